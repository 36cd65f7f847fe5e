//! Owns the command `config`: the configuration that the kernel's `make …config` would make, and why a symbol has its value.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use crate::arch;
use crate::disk;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, SymbolId};
use crate::kconfig::sources::Sources;
use crate::limits::FILE_SIZE;
use crate::report::explain::Because;
use crate::tree::Tree;

use super::args::Global;
use super::at::TreeArgs;
use super::output::Exit;
use input::Part;

mod environment;
mod input;
pub(super) mod toolchain;

/// Make a configuration as the kernel's own `conf` does, or say why a symbol has its value
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  kfeat config --arch arm64 --allow-shell defconfig -o .config\n  \
    kfeat config --arch x86 --shell-answers answers.json --set KASAN=y olddefconfig\n  \
    kfeat config --arch x86 --shell-answers answers.json why KASAN\n\n\
    Kconfig asks for the output of commands. They run only with --allow-shell, as make would run them, with the\n\
    CC, LD, CROSS_COMPILE, … of the environment; --record-shell-answers keeps what they said for --shell-answers.\n\n\
    As for conf, KCONFIG_ALLCONFIG names a file of values for the all*config targets, KCONFIG_WARN_UNKNOWN_SYMBOLS warns\n\
    of names that no file mentions, KCONFIG_WARN_CHANGED_INPUT of all values that did not survive, and with KCONFIG_WERROR\n\
    nothing is written after a warning and the exit code is 1."
)]
pub(super) struct ConfigArgs {
    /// The value of `ARCH`
    #[arg(long, global = true, env = "ARCH", value_name = "ARCH")]
    pub arch: Option<String>,
    /// The configuration to start from, or to explain [default: .config]
    #[arg(long, global = true, env = "KCONFIG_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Values that count on top of those of the target; the last one wins
    #[arg(long, global = true, value_name = "FILE")]
    pub fragment: Vec<PathBuf>,
    /// One more value, such as `KASAN=y`
    #[arg(long, global = true, value_name = "SYMBOL=VALUE")]
    pub set: Vec<String>,
    /// Exit with 1 if a value of `--fragment` or `--set` did not survive; the result is written all the same
    #[arg(long, global = true)]
    pub strict: bool,
    /// Where to write the result [default: standard output]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub at: TreeArgs,
    #[command(flatten)]
    pub commands: Commands,
    /// What to make
    #[command(subcommand)]
    pub target: Target,
}

/// What answers for the commands that Kconfig asks for.
#[derive(Args, Debug)]
pub(super) struct Commands {
    /// Run the commands that Kconfig asks for, with `CC`, `LD`, `CROSS_COMPILE`, … of the environment
    #[arg(long, global = true)]
    pub allow_shell: bool,
    /// Take the output of commands from this file instead of running them
    #[arg(long, global = true, value_name = "FILE")]
    pub shell_answers: Option<PathBuf>,
    /// Write the output of all commands to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub record_shell_answers: Option<PathBuf>,
}

impl Commands {
    /// Whether the user said anything about commands.
    pub fn are_given(&self) -> bool {
        self.allow_shell || self.shell_answers.is_some() || self.record_shell_answers.is_some()
    }

    /// Refuses to run the commands of a tree that is not there as a directory.
    pub fn look_at(&self, at: &TreeArgs) -> Result<()> {
        if self.allow_shell && !at.is_directory() {
            bail!(
                "`--allow-shell` runs scripts of the tree, and a revision or a tree with patches is not a directory: check it \
                 out, or give `--shell-answers FILE`"
            );
        }
        Ok(())
    }
}

/// The targets, by the names of the kernel's makefiles.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the documentation of each is what `--help` prints"
)]
pub(super) enum Target {
    /// The configuration of a file below `arch/*/configs`
    #[command(
        after_help = "Examples:\n  kfeat config defconfig --arch arm64 --allow-shell -o .config\n  kfeat config defconfig i386_defconfig --arch i386 --shell-answers answers.json"
    )]
    Defconfig { name: Option<String> },
    /// The given configuration, with defaults for what is new
    #[command(
        after_help = "Examples:\n  kfeat config olddefconfig --arch x86 --config .config --set KASAN=y --allow-shell -o .config"
    )]
    Olddefconfig,
    /// As little as possible
    #[command(
        after_help = "Examples:\n  kfeat config allnoconfig --arch riscv --fragment mine.config --allow-shell"
    )]
    Allnoconfig,
    /// As much as possible built in
    #[command(after_help = "Examples:\n  kfeat config allyesconfig --arch s390 --allow-shell")]
    Allyesconfig,
    /// As much as possible as modules
    #[command(after_help = "Examples:\n  kfeat config allmodconfig --arch powerpc --allow-shell")]
    Allmodconfig,
    /// Nothing but defaults
    #[command(
        after_help = "Examples:\n  kfeat config alldefconfig --arch sparc64 --shell-answers answers.json"
    )]
    Alldefconfig,
    /// The smallest file that leads to the given configuration
    #[command(
        after_help = "Examples:\n  kfeat config savedefconfig --arch arm64 --config .config --allow-shell -o defconfig"
    )]
    Savedefconfig,
    /// What the given configuration does not say
    #[command(
        after_help = "Examples:\n  kfeat config listnewconfig --arch arm64 --config .config --allow-shell"
    )]
    Listnewconfig,
    /// Why a symbol has its value in the given configuration
    #[command(
        after_help = "Examples:\n  kfeat config why KASAN --arch x86 --config .config --allow-shell"
    )]
    Why { symbol: String },
}

impl Target {
    /// Whether `conf` would write a configuration.
    fn is_written_by_conf(&self) -> bool {
        !matches!(self, Target::Listnewconfig | Target::Why { .. })
    }
}

/// Runs `config`.
pub(super) fn run(global: &Global, args: &ConfigArgs) -> Result<Exit> {
    let tree = args.at.open(global)?;
    args.commands.look_at(&args.at)?;
    make_config(args, &tree)
}

/// Makes a configuration and writes it.
fn make_config(args: &ConfigArgs, tree: &Tree) -> Result<Exit> {
    let Some(arch) = args.arch.as_deref().filter(|arch| !arch.is_empty()) else {
        bail!("no architecture: give `--arch`, or set $ARCH");
    };
    with_evaluator(tree, arch, &args.commands, |evaluator, prefix| {
        let on_top = input::on_top(args, evaluator, prefix)?;
        let mut configuration = evaluator.configuration();
        let made = make(args, tree, arch, (&mut configuration, prefix), &on_top)?;
        for unmet in configuration.unmet() {
            let name = evaluator.model().name(unmet.symbol);
            anstream::eprintln!(
                "warning: `{name}` is selected although its dependencies do not hold"
            );
        }
        let Made { out: Some(out), .. } = &made else {
            anstream::eprintln!("nothing is written: $KCONFIG_WERROR turns warnings into errors");
            return Ok(Exit::Findings);
        };
        if args.target.is_written_by_conf() && is_set("KCONFIG_WARN_CHANGED_INPUT") {
            input::report_changed(&mut configuration, prefix);
        }
        let lost = input::report_lost(&mut configuration, &on_top, prefix);
        match &args.output {
            Some(path) => refuse_source(tree, path)
                .and_then(|()| Ok(disk::write_named(path, out)?))
                .with_context(|| format!("cannot write `{}`", path.display()))?,
            // Not through anstream, which takes the bytes of a value for colours.
            None => {
                let mut stdout = std::io::stdout().lock();
                stdout.write_all(out)?;
                stdout.flush()?;
            }
        }
        Ok(if made.is_refused || args.strict && lost {
            Exit::Findings
        } else {
            Exit::Clean
        })
    })
}

/// Reads the Kconfig files for a value of `ARCH` with the answers of commands, and does something with them. It is also given
/// what stands before each name in a `.config`.
pub(super) fn with_evaluator<T>(
    tree: &Tree,
    arch: &str,
    commands: &Commands,
    then: impl FnOnce(&Evaluator<'_>, &str) -> Result<T>,
) -> Result<T> {
    let srcarch = arch::srcarch_of(arch);
    let known = tree.architectures()?;
    if !known.iter().any(|name| name == srcarch) {
        bail!(
            "the tree has no architecture `{arch}`; it has: {}",
            known.join(", ")
        );
    }
    let sources = Sources::new(tree);
    let version = Version::of(tree)?;
    // Commands leave temporary files where they run, and nothing may be written into the tree.
    let scratch = tempfile::tempdir().context("cannot make a directory to run commands in")?;
    let mut shell = environment::shell(commands, tree, arch, &version, scratch.path())?;
    let model = model::build(&sources, "Kconfig", srcarch, &version, &mut shell);
    if let Some(path) = &commands.record_shell_answers {
        environment::record(&shell, tree, path)?;
    }
    refuse(&model)?;
    let prefix = std::env::var("CONFIG_").unwrap_or_else(|_| "CONFIG_".to_owned());
    let evaluator = Evaluator::new(&model, &prefix);
    let mut refused = false;
    for problem in evaluator.problems() {
        let finding = evaluator.finding(&problem);
        let level = finding.level.word();
        anstream::eprintln!(
            "{}: {level}: {}",
            finding.primary.location,
            finding.headline
        );
        for step in &finding.secondary {
            anstream::eprintln!("  {}: {}", step.location, step.text);
        }
        refused |= problem.is_error;
    }
    if refused {
        bail!("the Kconfig files of `{arch}` are refused");
    }
    then(&evaluator, &prefix)
}

/// What was made.
struct Made {
    /// What is to be written, if anything is.
    out: Option<Vec<u8>>,
    /// Whether `$KCONFIG_WERROR` turns a warning into an error.
    is_refused: bool,
}

/// Makes what the target asks for (`conf.c: main`).
fn make(
    args: &ConfigArgs,
    tree: &Tree,
    arch: &str,
    (configuration, prefix): (&mut Configuration<'_, '_>, &str),
    on_top: &[Part],
) -> Result<Made> {
    let warnings_are_errors =
        std::env::var_os("KCONFIG_WERROR").is_some() && !matches!(args.target, Target::Why { .. });
    let warn_unknown = std::env::var_os("KCONFIG_WARN_UNKNOWN_SYMBOLS").is_some();
    let new_values = match &args.target {
        Target::Allnoconfig => Some((NewValues::No, "allno.config")),
        Target::Allyesconfig => Some((NewValues::Yes, "allyes.config")),
        Target::Allmodconfig => Some((NewValues::Mod, "allmod.config")),
        Target::Alldefconfig => Some((NewValues::Default, "alldef.config")),
        _ => None,
    };
    let base = match (&args.target, new_values) {
        (_, Some((_, of_target))) => input::seed(of_target)?,
        (Target::Defconfig { name }, _) => {
            let path = defconfig(tree, arch, name.as_deref())?;
            let text = tree.read(&path)?;
            Some(Part::file(path, text))
        }
        _ => {
            let path = args
                .config
                .clone()
                .unwrap_or_else(|| PathBuf::from(".config"));
            Some(Part::file(path.display().to_string(), read_config(&path)?))
        }
    };
    let count = base.iter().count();
    let parts: Vec<&Part> = base.iter().chain(on_top).collect();
    let text: Vec<u8> = parts.iter().flat_map(|part| &part.text).copied().collect();
    let warnings = if new_values.is_none() {
        configuration.load(&text, warn_unknown)
    } else if parts.is_empty() {
        Vec::new()
    } else {
        configuration.read(&text, warn_unknown)
    };
    if input::tell(&parts, count, prefix, &warnings) && warnings_are_errors {
        return Ok(Made {
            out: None,
            is_refused: true,
        });
    }
    match (&args.target, new_values) {
        (_, Some((values, _))) => configuration.set_new(values),
        (Target::Defconfig { .. }, _) => configuration.set_new(NewValues::Default),
        _ => {}
    }
    if args.target == Target::Listnewconfig {
        // The list is written before the warnings count.
        let out = configuration.list_new();
        return Ok(Made {
            out: Some(out),
            is_refused: warnings_are_errors && !configuration.unmet().is_empty(),
        });
    }
    if warnings_are_errors && !configuration.unmet().is_empty() {
        return Ok(Made {
            out: None,
            is_refused: true,
        });
    }
    let out = match &args.target {
        Target::Savedefconfig => configuration.write_minimal(),
        Target::Why { symbol } => why(configuration, symbol)?,
        _ => configuration.write(),
    };
    Ok(Made {
        out: Some(out),
        is_refused: false,
    })
}

fn why(configuration: &mut Configuration<'_, '_>, name: &str) -> Result<Vec<u8>> {
    let symbol = find(configuration.evaluator(), name)?;
    let mut out = String::new();
    for reason in reasons(configuration, symbol) {
        out += &reason.line();
        out.push('\n');
    }
    Ok(out.into_bytes())
}

/// The symbol with this name, with or without `CONFIG_`.
pub(super) fn find(evaluator: &Evaluator<'_>, name: &str) -> Result<SymbolId> {
    let name = name.strip_prefix("CONFIG_").unwrap_or(name);
    evaluator
        .find(name)
        .ok_or_else(|| anyhow!("no Kconfig file of this architecture mentions `{name}`"))
}

/// Refuses to overwrite a file of the tree that is not a configuration.
fn refuse_source(tree: &Tree, path: &Path) -> Result<()> {
    let is_inside = path
        .canonicalize()
        .is_ok_and(|real| real.starts_with(tree.root()) && real.is_file());
    if !is_inside {
        return Ok(());
    }
    let text = disk::read(path, &FILE_SIZE)?;
    let is_configuration = String::from_utf8_lossy(&text)
        .lines()
        .all(|line| line.trim().is_empty() || line.starts_with('#') || line.contains('='));
    if !is_configuration {
        bail!("it is a file of the tree and not a configuration");
    }
    Ok(())
}

/// Why a symbol has its value.
pub(super) fn reasons(configuration: &mut Configuration<'_, '_>, symbol: SymbolId) -> Vec<Because> {
    let model = configuration.evaluator().model();
    let reasons = configuration.why(symbol).into_iter();
    reasons
        .map(|reason| Because {
            text: reason.text,
            place: reason.place.map(|place| model.location(place)),
        })
        .collect()
}

/// Reads a `.config` of the user.
pub(super) fn read_config(path: &Path) -> Result<Vec<u8>> {
    disk::read_named(path, &FILE_SIZE)
        .with_context(|| format!("cannot read the configuration `{}`", path.display()))
}

/// Whether a variable of the environment is there and not empty.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
}

/// The path of a defconfig: the one with the name, or the one that `make defconfig` takes.
fn defconfig(tree: &Tree, arch: &str, name: Option<&str>) -> Result<String> {
    let srcarch = arch::srcarch_of(arch);
    let below = |name: &str| format!("arch/{srcarch}/configs/{name}");
    if let Some(name) = name {
        return Ok(if tree.is_file(name) {
            name.to_owned()
        } else {
            below(name)
        });
    }
    let makefile = tree
        .read_text(&format!("arch/{srcarch}/Makefile"))
        .unwrap_or_default();
    let name = environment::default_defconfig(&makefile, arch);
    if tree.is_file(&below(&name)) {
        return Ok(below(&name));
    }
    if srcarch == "powerpc" {
        bail!(
            "`{name}` is no file, make merges it: name one, such as `ppc64_defconfig` with `--fragment` and the path of \
             `arch/powerpc/configs/le.config`"
        );
    }
    bail!("`{arch}` has no default configuration `{name}`: name one")
}

/// Fails if the files could not be put together.
fn refuse(model: &Model) -> Result<()> {
    let mut errors = model
        .diagnostics
        .iter()
        .filter(|finding| finding.level == crate::diag::Level::Deny);
    let Some(first) = errors.next() else {
        return Ok(());
    };
    let more = errors.count();
    let mut text = format!("{}: {}", first.primary.location, first.headline);
    if more > 0 {
        text += &format!(", and {more} more");
    }
    let error = anyhow!(text);
    if first.headline.contains("$(shell,") {
        return Err(error.context(
            "Kconfig asks for the output of commands: give `--allow-shell` or `--shell-answers FILE`",
        ));
    }
    Err(error.context("the Kconfig files cannot be read"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        config: ConfigArgs,
    }

    /// Runs the command on a small tree; gives what it wrote, or the whole chain of its error.
    fn command(arguments: &[&str]) -> Result<String, String> {
        let directory = tempfile::tempdir().unwrap();
        std::fs::create_dir_all(directory.path().join("arch/x/configs")).unwrap();
        std::fs::write(directory.path().join("arch/x/Kconfig"), "").unwrap();
        let write =
            |path: &str, text: &str| std::fs::write(directory.path().join(path), text).unwrap();
        write("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n");
        write(
            "Kconfig",
            "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\n\
             config S\n\tstring\n\tdefault \"$(shell,echo hi)\"\n",
        );
        write("arch/x/configs/defconfig", "CONFIG_A=y\n");
        let out = directory.path().join("out");
        let mut line = vec!["config", "--arch", "x", "-o", out.to_str().unwrap()];
        line.extend(arguments);
        let line = Line::parse_from(line);
        let tree = Tree::open(directory.path()).unwrap();
        make_config(&line.config, &tree).map_err(|error| format!("{error:#}"))?;
        let text = std::fs::read_to_string(out).unwrap();
        Ok(text.lines().skip(4).collect::<Vec<_>>().join("|"))
    }

    #[test]
    fn a_target_is_made_only_with_answers() {
        let refused = command(&["alldefconfig"]).unwrap_err();
        assert!(
            refused.contains("Kconfig:8") && refused.contains("--allow-shell"),
            "{refused}"
        );
        assert_eq!(
            command(&["--allow-shell", "defconfig"]).as_deref(),
            Ok("CONFIG_A=y|# CONFIG_B is not set|CONFIG_S=\"hi\"")
        );
        assert_eq!(
            command(&["--allow-shell", "--set", "B=y", "allnoconfig"]).as_deref(),
            Ok("# CONFIG_A is not set|CONFIG_S=\"hi\"")
        );
    }

    #[test]
    fn answers_are_read_and_recorded() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("answers.json");
        let path = path.to_str().unwrap();
        std::fs::write(path, "{\"answers\": {\"echo hi\": \"ho\"}}").unwrap();
        assert_eq!(
            command(&[
                "--shell-answers",
                path,
                "--record-shell-answers",
                path,
                "allyesconfig"
            ])
            .as_deref(),
            Ok("CONFIG_A=y|CONFIG_B=y|CONFIG_S=\"ho\"")
        );
        assert!(
            std::fs::read_to_string(path)
                .unwrap()
                .contains("\"echo hi\": \"ho\"")
        );
    }
}
