//! Builds the `conf` of a kernel tree and runs it.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use super::answers::Answers;
use super::environment::{Environment, INHERITED_NAMES};

/// The C files of `conf` besides the two that flex and bison write; the same in 6.1, 6.12, 7.2
/// (`conf-objs` in `scripts/kconfig/Makefile`).
const C_FILES: [&str; 7] = [
    "conf.c",
    "confdata.c",
    "expr.c",
    "menu.c",
    "preprocess.c",
    "symbol.c",
    "util.c",
];

/// Holds what kbuild compiles host programs with, but for its warnings.
const FLAGS: [&str; 5] = ["-O2", "-fomit-frame-pointer", "-std=gnu11", "-I", "."];

/// The preloaded library that answers `popen`.
const SHIM: &str = include_str!("shim.c");

/// The exit status of a run whose answers lack a command.
pub const STATUS_NO_ANSWER: i32 = 97;

/// The `conf` of one tree.
#[derive(Debug, Clone)]
pub struct Oracle {
    tree: PathBuf,
    directory: PathBuf,
    program: &'static str,
    table: Option<PathBuf>,
    limit: Duration,
}

/// Describes what `conf` is asked for; the names are kbuild's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `--defconfig=FILE`; the path is looked up in the working directory, then in the tree.
    Defconfig(String),
    /// `--olddefconfig`.
    Olddefconfig,
    /// `--allnoconfig`.
    Allnoconfig,
    /// `--allyesconfig`.
    Allyesconfig,
    /// `--allmodconfig`.
    Allmodconfig,
    /// `--alldefconfig`.
    Alldefconfig,
    /// `--savedefconfig=defconfig`.
    Savedefconfig,
    /// `--listnewconfig`.
    Listnewconfig,
    /// `--syncconfig`, with nothing to read on standard input.
    Syncconfig,
    /// `--randconfig` with this seed.
    Randconfig(u32),
}

impl Target {
    /// The four targets that need no input.
    pub const ALL: [Self; 4] = [
        Self::Allnoconfig,
        Self::Allyesconfig,
        Self::Allmodconfig,
        Self::Alldefconfig,
    ];

    /// The name of the target for kbuild.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Defconfig(_) => "defconfig",
            Self::Olddefconfig => "olddefconfig",
            Self::Allnoconfig => "allnoconfig",
            Self::Allyesconfig => "allyesconfig",
            Self::Allmodconfig => "allmodconfig",
            Self::Alldefconfig => "alldefconfig",
            Self::Savedefconfig => "savedefconfig",
            Self::Listnewconfig => "listnewconfig",
            Self::Syncconfig => "syncconfig",
            Self::Randconfig(_) => "randconfig",
        }
    }
}

/// One run of `conf`, in a temporary directory of its own.
#[derive(Debug, Clone)]
pub struct Run<'a> {
    /// The variables that kbuild gives; see [`super::environment`].
    pub environment: &'a Environment,
    /// Holds what to do.
    pub target: Target,
    /// The file `.config` before the run.
    pub config_in: Option<&'a [u8]>,
    /// The top Kconfig file: `Kconfig` is found in `files` or else in the tree.
    pub kconfig: &'a str,
    /// More files in the working directory, for Kconfig files of one's own or `allno.config`.
    pub files: &'a [(String, Vec<u8>)],
    /// More variables, such as `KCONFIG_ALLCONFIG`; they win over `environment`.
    pub extra: &'a [(String, String)],
    /// Whether `auto.conf` and the other generated files shall be written. It costs `conf` tens of
    /// thousands of small files below `include/config`.
    pub auto_files: bool,
}

impl<'a> Run<'a> {
    /// A run on the tree's own Kconfig files without any input.
    pub fn new(environment: &'a Environment, target: Target) -> Self {
        Self {
            environment,
            target,
            config_in: None,
            kconfig: "Kconfig",
            files: &[],
            extra: &[],
            auto_files: false,
        }
    }

    /// The same run with a `.config` to read.
    pub fn with_config(mut self, config: &'a [u8]) -> Self {
        self.config_in = Some(config);
        self
    }
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// With this exit status.
    Exit(i32),
    /// By a signal: `conf` crashed.
    Signal,
    /// It was killed after the time limit.
    TimedOut,
}

/// Describes what a run left behind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// How it ended.
    pub ended: Ended,
    /// The file `.config` after the run.
    pub config: Option<Vec<u8>>,
    /// The file that `savedefconfig` writes.
    pub defconfig: Option<Vec<u8>>,
    /// `include/config/auto.conf`, if `auto_files` was set.
    pub auto_conf: Option<Vec<u8>>,
    /// `include/generated/autoconf.h`, if `auto_files` was set.
    pub autoconf_h: Option<Vec<u8>>,
    /// `include/generated/rustc_cfg`, if `auto_files` was set.
    pub rustc_cfg: Option<Vec<u8>>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: Vec<u8>,
}

impl Oracle {
    /// Builds the `conf` of `tree` below the directory `cache`, or reuses a program built there from
    /// the same sources. Nothing is written into the tree. Fails if the tree has no
    /// `scripts/kconfig`, or if bison, flex or gcc fail.
    pub fn build(tree: &Path, cache: &Path) -> Result<Self> {
        let tree = tree
            .canonicalize()
            .with_context(|| format!("cannot find the tree {}", tree.display()))?;
        let sources = sources(&tree)?;
        let directory = cache.join(format!("{:016x}", digest(&sources)));
        if !directory.join("conf").is_file() {
            fs::create_dir_all(cache)?;
            // Built aside and moved, so that tests in parallel never see half of it.
            let building = tempfile::tempdir_in(cache)?;
            compile(building.path(), &sources)?;
            let built = building.keep();
            if let Err(error) = fs::rename(&built, &directory) {
                fs::remove_dir_all(&built)?;
                if !directory.join("conf").is_file() {
                    return Err(error).context("cannot keep the built conf");
                }
            }
        }
        let directory = directory.canonicalize()?;
        Ok(Self {
            tree,
            directory,
            program: "conf",
            table: None,
            limit: Duration::from_secs(120),
        })
    }

    /// The tree, as an absolute path.
    pub fn tree(&self) -> &Path {
        &self.tree
    }

    /// The program that runs.
    pub fn program(&self) -> PathBuf {
        self.directory.join(self.program)
    }

    /// The same `conf` with its hash table of expressions enlarged from 2^14 to 2^18 buckets:
    /// same output in a third of the time. Before 6.12 there is no such table and no difference.
    pub fn large_hash(mut self) -> Self {
        self.program = "conf-large-hash";
        self
    }

    /// The same with another time limit for each run; the first one is two minutes.
    pub fn limit(mut self, limit: Duration) -> Self {
        self.limit = limit;
        self
    }

    /// The same, but no command runs any more: `$(shell,...)` gets these answers, and a run that
    /// needs another one ends with [`STATUS_NO_ANSWER`]. Fails if the table cannot be written.
    pub fn with_answers(mut self, answers: &Answers) -> Result<Self> {
        let table = answers.to_table();
        let name = format!(
            "answers-{:016x}",
            digest(&[("table".to_owned(), table.clone())])
        );
        let path = self.directory.join(name);
        if !path.is_file() {
            let mut file = tempfile::NamedTempFile::new_in(&self.directory)?;
            std::io::Write::write_all(&mut file, &table)?;
            file.persist(&path)?;
        }
        self.table = Some(path);
        Ok(self)
    }

    /// Runs the commands of one architecture for real, but for those that have answers already, and
    /// returns the new answers. All commands run while the Kconfig files are read, so they do not
    /// depend on the target. Fails if `conf` does.
    pub fn record(&self, environment: &Environment) -> Result<Answers> {
        let directory = tempfile::tempdir()?;
        let record = directory.path().join("record");
        let run = Run::new(environment, Target::Alldefconfig);
        let outcome = self.run_recording(&run, Some(&record))?;
        if outcome.ended != Ended::Exit(0) {
            bail!("conf fails: {}", String::from_utf8_lossy(&outcome.stderr));
        }
        Ok(Answers::from_table(&fs::read(&record).unwrap_or_default()))
    }

    /// The answers for all of these environments, each distinct command run once. Fails if `conf`
    /// does for one of them.
    pub fn record_all<'a>(
        &self,
        environments: impl IntoIterator<Item = &'a Environment>,
    ) -> Result<Answers> {
        let mut answers = Answers::default();
        for environment in environments {
            let new = self.clone().with_answers(&answers)?.record(environment)?;
            answers.merge(&new);
        }
        Ok(answers)
    }

    /// Runs `conf`. Safe to call from several threads. Fails if the run could not be made, never
    /// because of what `conf` says.
    pub fn run(&self, run: &Run<'_>) -> Result<Outcome> {
        self.run_recording(run, None)
    }

    fn run_recording(&self, run: &Run<'_>, record: Option<&Path>) -> Result<Outcome> {
        let directory = tempfile::tempdir()?;
        let objtree = directory.path().join("objtree");
        fs::create_dir(&objtree)?;
        for (name, bytes) in run.files {
            let path = objtree.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            fs::write(path, bytes)?;
        }
        if let Some(config) = run.config_in {
            fs::write(objtree.join(".config"), config)?;
        }
        if !run.auto_files && run.target != Target::Syncconfig {
            // conf writes its generated files only where there is no auto.conf yet.
            fs::create_dir_all(objtree.join("include/config"))?;
            fs::write(objtree.join("include/config/auto.conf"), "")?;
        }
        let mut command = self.command(run, record);
        let (stdout, stderr) = (
            directory.path().join("stdout"),
            directory.path().join("stderr"),
        );
        let child = command
            .current_dir(&objtree)
            .stdin(Stdio::null())
            .stdout(File::create(&stdout)?)
            .stderr(File::create(&stderr)?)
            .spawn()
            .context("cannot run conf")?;
        let ended = self.wait(child)?;
        let read = |name: &str| fs::read(objtree.join(name)).ok();
        let generated = |name: &str| if run.auto_files { read(name) } else { None };
        Ok(Outcome {
            ended,
            config: read(".config"),
            defconfig: if run.target == Target::Savedefconfig {
                read("defconfig")
            } else {
                None
            },
            auto_conf: generated("include/config/auto.conf"),
            autoconf_h: generated("include/generated/autoconf.h"),
            rustc_cfg: generated("include/generated/rustc_cfg"),
            stdout: fs::read(stdout)?,
            stderr: fs::read(stderr)?,
        })
    }

    /// The command line and environment of a run.
    pub(super) fn command(&self, run: &Run<'_>, record: Option<&Path>) -> Command {
        let mut command = Command::new(self.program());
        command.env_clear();
        for name in INHERITED_NAMES {
            if let Some(value) = std::env::var_os(name) {
                command.env(name, value);
            }
        }
        command.envs(run.environment.iter().map(|(name, value)| (name, value)));
        command.envs(run.extra.iter().map(|(name, value)| (name, value)));
        if self.table.is_some() || record.is_some() {
            command.env("LD_PRELOAD", self.directory.join("shim.so"));
        }
        if let Some(table) = &self.table {
            command.env("KFEAT_SHELL_ANSWERS", table);
        }
        if let Some(record) = record {
            command.env("KFEAT_SHELL_RECORD", record);
        }
        let option = match &run.target {
            Target::Defconfig(path) => format!("--defconfig={path}"),
            Target::Savedefconfig => "--savedefconfig=defconfig".to_owned(),
            Target::Randconfig(seed) => {
                command.env("KCONFIG_SEED", seed.to_string());
                "--randconfig".to_owned()
            }
            target => format!("--{}", target.name()),
        };
        command.arg(option).arg(run.kconfig);
        command
    }

    /// Waits for the end of a run or of its time.
    fn wait(&self, mut child: std::process::Child) -> Result<Ended> {
        let start = Instant::now();
        let mut pause = Duration::from_micros(500);
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(status.code().map_or(Ended::Signal, Ended::Exit));
            }
            if start.elapsed() > self.limit {
                child.kill()?;
                child.wait()?;
                return Ok(Ended::TimedOut);
            }
            std::thread::sleep(pause);
            pause = (pause * 2).min(Duration::from_millis(10));
        }
    }
}

/// The files that `conf` is made of, by the name they get in the build directory: the kernel's
/// own, flat, and the preloaded library.
fn sources(tree: &Path) -> Result<Vec<(String, Vec<u8>)>> {
    let mut sources = vec![("shim.c".to_owned(), SHIM.as_bytes().to_vec())];
    let kconfig = tree.join("scripts/kconfig");
    let entries =
        fs::read_dir(&kconfig).with_context(|| format!("cannot list {}", kconfig.display()))?;
    let mut paths: Vec<PathBuf> = Vec::new();
    for entry in entries {
        let path = entry?.path();
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        if C_FILES.contains(&name.as_str())
            || name == "lexer.l"
            || name == "parser.y"
            || name.ends_with(".h")
        {
            paths.push(path);
        }
    }
    // 6.1 has no such directory: its list.h stands in scripts/kconfig.
    if let Ok(entries) = fs::read_dir(tree.join("scripts/include")) {
        for entry in entries {
            paths.push(entry?.path());
        }
    }
    for path in paths {
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
        sources.push((name, bytes));
    }
    sources.sort();
    Ok(sources)
}

/// Builds both variants of `conf` and the preloaded library in `directory`.
fn compile(directory: &Path, sources: &[(String, Vec<u8>)]) -> Result<()> {
    for (name, bytes) in sources {
        fs::write(directory.join(name), bytes)?;
    }
    let call = |program: &str, arguments: &[&str]| -> Result<()> {
        let output = Command::new(program)
            .args(arguments)
            .current_dir(directory)
            .output()
            .with_context(|| format!("cannot run {program}"))?;
        if !output.status.success() {
            bail!(
                "{program} {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        Ok(())
    };
    call(
        "bison",
        &[
            "-o",
            "parser.tab.c",
            "--defines=parser.tab.h",
            "-t",
            "-l",
            "parser.y",
        ],
    )?;
    call("flex", &["-olexer.lex.c", "-L", "lexer.l"])?;
    call(
        "gcc",
        &["-O2", "-shared", "-fPIC", "-o", "shim.so", "shim.c"],
    )?;
    let mut arguments = FLAGS.to_vec();
    arguments.extend(C_FILES);
    arguments.extend(["parser.tab.c", "lexer.lex.c", "-o"]);
    let large: Vec<&str> = arguments
        .iter()
        .copied()
        .chain(["conf-large-hash"])
        .collect();
    let stock: Vec<&str> = arguments.iter().copied().chain(["conf"]).collect();
    call("gcc", &stock)?;
    if let Some((name, bytes)) = sources.iter().find(|(name, _)| name == "internal.h") {
        let text = String::from_utf8_lossy(bytes)
            .lines()
            .map(|line| {
                if line.starts_with("#define EXPR_HASHSIZE") {
                    "#define EXPR_HASHSIZE (1U << 18)\n".to_owned()
                } else {
                    format!("{line}\n")
                }
            })
            .collect::<String>();
        fs::write(directory.join(name), text)?;
    }
    call("gcc", &large)
}

/// 64-bit FNV-1a over names and contents.
fn digest(files: &[(String, Vec<u8>)]) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    let mut feed = |bytes: &[u8]| {
        for &byte in bytes {
            hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        hash = (hash ^ bytes.len() as u64).wrapping_mul(0x0000_0100_0000_01b3);
    };
    for (name, bytes) in files {
        feed(name.as_bytes());
        feed(bytes);
    }
    hash
}
