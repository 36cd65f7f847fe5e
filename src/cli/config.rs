//! Owns the command `config`: the configuration that the kernel's `make …config` would make, and why a symbol has its value.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, Result, anyhow, bail};
use clap::{Args, Subcommand};

use crate::arch;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::macros::Outside;
use crate::kconfig::model::{self, Model};
use crate::kconfig::shell::Shell;
use crate::kconfig::sources::Sources;
use crate::tree::Tree;

/// Make a configuration as the kernel's own `conf` does, or say why a symbol has its value
#[derive(Args, Debug)]
pub struct ConfigArgs {
    /// The value of `ARCH`
    #[arg(long, global = true, env = "ARCH", value_name = "ARCH")]
    pub arch: Option<String>,
    /// The configuration to start from, or to explain [default: .config]
    #[arg(long, global = true, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Values that count on top of those of the target; the last one wins
    #[arg(long, global = true, value_name = "FILE")]
    pub fragment: Vec<PathBuf>,
    /// One more value, such as `KASAN=y`
    #[arg(long, global = true, value_name = "SYMBOL=VALUE")]
    pub set: Vec<String>,
    /// Where to write the result [default: standard output]
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Run the commands that Kconfig asks for, with `CC`, `LD`, `CROSS_COMPILE`, … of the environment
    #[arg(long, global = true)]
    pub allow_shell: bool,
    /// Take the output of commands from this file instead of running them
    #[arg(long, global = true, value_name = "FILE")]
    pub shell_answers: Option<PathBuf>,
    /// Write the output of all commands to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub record_shell_answers: Option<PathBuf>,
    /// What to make
    #[command(subcommand)]
    pub target: Target,
}

/// The targets, by the names of the kernel's makefiles.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the documentation of each is what `--help` prints"
)]
pub enum Target {
    /// The configuration of a file below `arch/*/configs`
    Defconfig { name: Option<String> },
    /// The given configuration, with defaults for what is new
    Olddefconfig,
    /// As little as possible
    Allnoconfig,
    /// As much as possible built in
    Allyesconfig,
    /// As much as possible as modules
    Allmodconfig,
    /// Nothing but defaults
    Alldefconfig,
    /// The smallest file that leads to the given configuration
    Savedefconfig,
    /// What the given configuration does not say
    Listnewconfig,
    /// Why a symbol has its value in the given configuration
    Why { symbol: String },
}

/// The file of recorded answers.
#[derive(serde::Serialize, serde::Deserialize, Default)]
struct Answers {
    answers: BTreeMap<String, String>,
}

/// Runs the command.
///
/// # Errors
///
/// A file cannot be read or written, the Kconfig files are refused, or the answer of a command is needed and not known.
pub fn run(args: &ConfigArgs, tree: &Tree) -> Result<ExitCode> {
    let Some(arch) = args.arch.as_deref() else {
        bail!("no architecture: give `--arch`");
    };
    let sources = Sources::new(tree);
    let version = Version::of(tree)?;
    // Commands leave temporary files where they run, and nothing may be written into the tree.
    let scratch = tempfile::tempdir()?;
    let mut shell = shell(args, tree, arch, &version, scratch.path())?;
    let srcarch = arch::srcarch_of(arch);
    let model = model::build(&sources, "Kconfig", srcarch, &version, &mut shell);
    if let Some(path) = &args.record_shell_answers {
        let answers = Answers {
            answers: shell.answers.clone(),
        };
        let mut text = serde_json::to_vec_pretty(&answers)?;
        text.push(b'\n');
        write_file(path, &text)?;
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
    let on_top = on_top(args, &prefix)?;
    let mut configuration = evaluator.configuration();
    let out = make(args, tree, arch, &mut configuration, &on_top)?;
    for unmet in configuration.unmet() {
        let name = model.name(unmet.symbol);
        anstream::eprintln!("warning: `{name}` is selected although its dependencies do not hold");
    }
    report_lost(&mut configuration, &on_top, &prefix);
    match &args.output {
        Some(path) => write_file(path, &out)?,
        None => anstream::stdout().write_all(&out)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes what the target asks for.
fn make(
    args: &ConfigArgs,
    tree: &Tree,
    arch: &str,
    configuration: &mut Configuration<'_, '_>,
    on_top: &[u8],
) -> Result<Vec<u8>> {
    let new_values = match &args.target {
        Target::Allnoconfig => Some((NewValues::No, "allno.config")),
        Target::Allyesconfig => Some((NewValues::Yes, "allyes.config")),
        Target::Allmodconfig => Some((NewValues::Mod, "allmod.config")),
        Target::Alldefconfig => Some((NewValues::Default, "alldef.config")),
        _ => None,
    };
    if let Some((values, file)) = new_values {
        let (name, mut text) = seed(file)?;
        text.extend_from_slice(on_top);
        if !text.is_empty() {
            let warn = std::env::var_os("KCONFIG_WARN_UNKNOWN_SYMBOLS").is_some();
            tell(&name, configuration.read(&text, warn));
        }
        configuration.set_new(values);
        return Ok(configuration.write());
    }
    let (name, mut text) = match &args.target {
        Target::Defconfig { name } => {
            let path = defconfig(tree, arch, name.as_deref())?;
            let text = tree.read(&path)?;
            (path, text)
        }
        _ => {
            let path = args
                .config
                .clone()
                .unwrap_or_else(|| PathBuf::from(".config"));
            let text = std::fs::read(&path)
                .with_context(|| format!("cannot read the configuration `{}`", path.display()))?;
            (path.display().to_string(), text)
        }
    };
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    text.extend_from_slice(on_top);
    let warn = std::env::var_os("KCONFIG_WARN_UNKNOWN_SYMBOLS").is_some();
    tell(&name, configuration.load(&text, warn));
    Ok(match &args.target {
        Target::Defconfig { .. } => {
            configuration.set_new(NewValues::Default);
            configuration.write()
        }
        Target::Savedefconfig => configuration.write_minimal(),
        Target::Listnewconfig => configuration.list_new(),
        Target::Why { symbol } => why(configuration, symbol)?,
        _ => configuration.write(),
    })
}

fn why(configuration: &mut Configuration<'_, '_>, symbol: &str) -> Result<Vec<u8>> {
    let evaluator = configuration.evaluator();
    let name = symbol.strip_prefix("CONFIG_").unwrap_or(symbol);
    let symbol = evaluator
        .find(name)
        .ok_or_else(|| anyhow!("no Kconfig file of this architecture mentions `{name}`"))?;
    let mut out = String::new();
    for reason in configuration.why(symbol) {
        if let Some(place) = reason.place {
            out += &format!("{}: ", evaluator.model().location(place));
        }
        out += &reason.text;
        out.push('\n');
    }
    Ok(out.into_bytes())
}

/// Says which values on top did not survive, and why.
fn report_lost(configuration: &mut Configuration<'_, '_>, on_top: &[u8], prefix: &str) {
    let evaluator = configuration.evaluator();
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for line in String::from_utf8_lossy(on_top).lines() {
        let unset = line
            .strip_prefix("# ")
            .and_then(|line| line.strip_suffix(" is not set"));
        let (name, value) = match (unset, line.split_once('=')) {
            (Some(name), _) => (name, "n"),
            (None, Some((name, value))) => (name, value),
            _ => continue,
        };
        if let Some(name) = name.strip_prefix(prefix) {
            wanted.insert(name.to_owned(), value.trim_matches('"').to_owned());
        }
    }
    for (name, value) in wanted {
        let Some(symbol) = evaluator.find(&name) else {
            anstream::eprintln!(
                "warning: `{name}={value}` did not survive: no file mentions `{name}`"
            );
            continue;
        };
        let got = configuration.text(symbol);
        if String::from_utf8_lossy(&got) == value {
            continue;
        }
        anstream::eprintln!("warning: `{name}={value}` did not survive");
        for reason in configuration.why(symbol) {
            match reason.place {
                Some(place) => {
                    anstream::eprintln!("  {}: {}", evaluator.model().location(place), reason.text);
                }
                None => anstream::eprintln!("  {}", reason.text),
            }
        }
    }
}

fn tell(name: &str, warnings: Vec<crate::kconfig::eval::Warning>) {
    for warning in warnings {
        anstream::eprintln!("{name}:{}: warning: {}", warning.line, warning.kind.text());
    }
}

/// The text of all fragments and single values, in order.
fn on_top(args: &ConfigArgs, prefix: &str) -> Result<Vec<u8>> {
    let mut text = Vec::new();
    for path in &args.fragment {
        let fragment = std::fs::read(path)
            .with_context(|| format!("cannot read the fragment `{}`", path.display()))?;
        text.extend_from_slice(&fragment);
        text.push(b'\n');
    }
    for set in &args.set {
        let set = set.strip_prefix(prefix).unwrap_or(set);
        if !set.contains('=') {
            bail!("`--set {set}` is not of the form `SYMBOL=VALUE`");
        }
        text.extend_from_slice(format!("{prefix}{set}\n").as_bytes());
    }
    Ok(text)
}

/// The configuration that `KCONFIG_ALLCONFIG` names, with its name (`conf.c: main`).
fn seed(of_target: &str) -> Result<(String, Vec<u8>)> {
    let Ok(name) = std::env::var("KCONFIG_ALLCONFIG") else {
        return Ok(("the values on top".to_owned(), Vec::new()));
    };
    let names = match name.as_str() {
        "" | "1" => vec![of_target, "all.config"],
        name => vec![name],
    };
    for name in &names {
        if let Ok(mut text) = std::fs::read(name) {
            text.push(b'\n');
            return Ok(((*name).to_owned(), text));
        }
    }
    bail!(
        "KCONFIG_ALLCONFIG is set, but `{}` cannot be read",
        names.join("` or `")
    )
}

/// The path of a defconfig: the one with the name, or the one that the architecture's makefile names.
fn defconfig(tree: &Tree, arch: &str, name: Option<&str>) -> Result<String> {
    let srcarch = arch::srcarch_of(arch);
    if let Some(name) = name {
        if tree.is_file(name) {
            return Ok(name.to_owned());
        }
        return Ok(format!("arch/{srcarch}/configs/{name}"));
    }
    let makefile = tree
        .read_text(&format!("arch/{srcarch}/Makefile"))
        .unwrap_or_default();
    let named = makefile
        .lines()
        .filter_map(|line| line.trim().strip_prefix("KBUILD_DEFCONFIG"))
        .filter_map(|rest| rest.split_once('='))
        .map(|(_, name)| name.trim().to_owned());
    let own = format!("{arch}_defconfig");
    let mut candidates = vec![own, "defconfig".to_owned()];
    candidates.extend(named);
    candidates
        .into_iter()
        .map(|name| format!("arch/{srcarch}/configs/{name}"))
        .find(|path| tree.is_file(path))
        .ok_or_else(|| anyhow!("`{arch}` has no default configuration: name one"))
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

/// The environment that kbuild gives `conf`, and what commands answer.
fn shell(
    args: &ConfigArgs,
    tree: &Tree,
    arch: &str,
    version: &Version,
    scratch: &Path,
) -> Result<Shell> {
    let mut shell = Shell::default();
    if let Some(path) = &args.shell_answers {
        let text = std::fs::read(path)
            .with_context(|| format!("cannot read the answers `{}`", path.display()))?;
        let answers: Answers = serde_json::from_slice(&text)
            .with_context(|| format!("`{}` is no file of shell answers", path.display()))?;
        shell.answers = answers.answers;
    }
    if args.allow_shell {
        shell.permitted_in = Some(scratch.to_owned());
    }
    let given = |name: &str| std::env::var(name).ok();
    let cross = given("CROSS_COMPILE").unwrap_or_default();
    let srcarch = arch::srcarch_of(arch);
    let mut set = |name: &str, value: String| {
        shell.variables.insert(name.to_owned(), value);
    };
    for (name, tool) in [
        ("CC", "gcc"),
        ("LD", "ld"),
        ("AR", "ar"),
        ("OBJCOPY", "objcopy"),
    ] {
        set(
            name,
            given(name).unwrap_or_else(|| format!("{cross}{tool}")),
        );
    }
    let option = match srcarch {
        "alpha" => " -B",
        "powerpc" => " --synthetic",
        _ => "",
    };
    set(
        "NM",
        format!(
            "{}{option}",
            given("NM").unwrap_or_else(|| format!("{cross}nm"))
        ),
    );
    for (name, tool) in [
        ("RUSTC", "rustc"),
        ("BINDGEN", "bindgen"),
        ("PAHOLE", "pahole"),
        ("PYTHON3", "python3"),
    ] {
        set(name, given(name).unwrap_or_else(|| tool.to_owned()));
    }
    set("ARCH", arch.to_owned());
    set("SRCARCH", srcarch.to_owned());
    set("KERNELVERSION", version.text.clone());
    set("srctree", tree.root().display().to_string());
    set("RUSTC_BOOTSTRAP", "1".to_owned());
    set("LC_COLLATE", "C".to_owned());
    set("LC_NUMERIC", "C".to_owned());
    if srcarch == "um" {
        set(
            "SUBARCH",
            given("SUBARCH").unwrap_or_else(|| "x86_64".to_owned()),
        );
        set("HEADER_ARCH", arch::header_arch(srcarch).to_owned());
    }
    for name in [
        "CLANG_FLAGS",
        "CROSS_COMPILE_COMPAT",
        "USERCFLAGS",
        "USERLDFLAGS",
    ] {
        if let Some(value) = given(name) {
            set(name, value);
        }
    }
    for (name, command) in [
        (
            "CC_VERSION_TEXT",
            "LC_ALL=C $CC --version 2>/dev/null | head -n 1",
        ),
        ("RUSTC_VERSION_TEXT", "$RUSTC --version 2>/dev/null"),
        (
            "PAHOLE_VERSION",
            "$srctree/scripts/pahole-version.sh $PAHOLE 2>/dev/null",
        ),
    ] {
        let text = match given(name) {
            Some(text) => text,
            // Without permission and answer it stays empty; what depends on it asks for an answer of its own.
            None => shell.shell(command).ok().flatten().unwrap_or_default(),
        };
        shell
            .variables
            .insert(name.to_owned(), text.replace('#', ""));
    }
    Ok(shell)
}

/// Writes a file whole or not at all.
fn write_file(path: &Path, bytes: &[u8]) -> Result<()> {
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    };
    let context = || format!("cannot write `{}`", path.display());
    let mut file = tempfile::NamedTempFile::new_in(directory).with_context(context)?;
    file.write_all(bytes).with_context(context)?;
    file.persist(path).with_context(context)?;
    Ok(())
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
        let write =
            |path: &str, text: &str| std::fs::write(directory.path().join(path), text).unwrap();
        write("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n");
        write(
            "Kconfig",
            "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\n\
             config S\n\tstring\n\tdefault \"$(shell,echo hi)\"\n",
        );
        write("arch/x/configs/x_defconfig", "CONFIG_A=y\n");
        let out = directory.path().join("out");
        let mut line = vec!["config", "--arch", "x", "-o", out.to_str().unwrap()];
        line.extend(arguments);
        let line = Line::parse_from(line);
        let tree = Tree::open(directory.path()).unwrap();
        run(&line.config, &tree).map_err(|error| format!("{error:#}"))?;
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
