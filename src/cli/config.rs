//! Owns the command `config`: the configuration that the kernel's `make …config` would make, why a symbol has its value, and what
//! has to change so that it has another one.
//!
//! | module | owns |
//! |---|---|
//! | `args` | the arguments |
//! | `part` | a text that values come from, with its name |
//! | `base` | which files a configuration starts from, and where they are looked for |
//! | `merged` | the defconfigs that makefiles merge from several files |
//! | `input` | the values on top of them, and what is said about those that do not count |
//! | `environment`, `toolchain` | variables and commands |
//! | `random` | the seed and the probabilities of `randconfig` |
//! | `want` | from a wish to the lines that give it |

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use crate::arch;
use crate::disk;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model};
use crate::kconfig::sources::Sources;
use crate::limits::FILE_SIZE;
use crate::report::want::{self as report, Outcome};
use crate::tree::Tree;

use super::global::Global;
use super::output::{self, Exit};
pub(super) use args::{Commands, ConfigArgs, Start};
use args::{Format, Target};
pub(super) use input::{find, near_names, why_lines};
pub(super) use part::Part;

mod args;
mod base;
mod environment;
mod input;
mod merged;
mod part;
mod random;
pub(super) mod toolchain;
mod want;

/// The oldest release whose configurations are the same as those of its own `conf`.
const OLDEST: (u32, u32) = (6, 1);

/// Runs `config`.
pub(super) fn run(global: &Global, args: &ConfigArgs) -> Result<Exit> {
    let tree = args.at.open(global)?;
    args.commands.look_at(&args.at)?;
    make_config(args, &tree, global.output.as_deref())
}

/// Makes a configuration and writes it.
fn make_config(args: &ConfigArgs, tree: &Tree, output: Option<&Path>) -> Result<Exit> {
    let Some(arch) = args.arch.as_deref().filter(|arch| !arch.is_empty()) else {
        bail!("no architecture: pass `--arch`, or set $ARCH");
    };
    let arch = arch::arch_of_alias(arch);
    with_evaluator(tree, arch, &args.commands, |evaluator, prefix| {
        let on_top = input::on_top(args, tree, evaluator, prefix)?;
        if let Target::Want {
            wishes,
            ways,
            format,
        } = &args.target
        {
            let base = base::parts(args, tree, evaluator, arch)?;
            let parts: Vec<&Part> = base.iter().chain(&on_top).collect();
            let found = want::find_ways(evaluator, arch, wishes, (&parts, usize::from(*ways)))?;
            return answer(&found, *format, output, (tree, evaluator));
        }
        let mut configuration = evaluator.configuration();
        let made = make(args, tree, arch, (&mut configuration, prefix), &on_top)?;
        input::report_unmet(&mut configuration);
        let Made { out: Some(out), .. } = &made else {
            output::say("nothing is written: $KCONFIG_WERROR turns warnings into errors");
            return Ok(Exit::Findings);
        };
        if args.target.is_written_by_conf() && is_set("KCONFIG_WARN_CHANGED_INPUT") {
            input::report_changed(&mut configuration, prefix);
        }
        let lost = input::report_lost(&mut configuration, &on_top, &args.start());
        match output {
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

/// Shows the answer to a wish, and writes the configuration with the first way.
fn answer(
    found: &want::Found,
    format: Format,
    output: Option<&Path>,
    (tree, evaluator): (&Tree, &Evaluator<'_>),
) -> Result<Exit> {
    output::print(&match format {
        Format::Human => report::text(&found.want),
        Format::Json => report::json(&found.want),
    })?;
    if let (Some(path), Some(changed)) = (output, &found.changed) {
        let mut configuration = evaluator.configuration();
        configuration.load(changed, false);
        refuse_source(tree, path)
            .and_then(|()| Ok(disk::write_named(path, &configuration.write())?))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
    }
    Ok(match found.want.outcome {
        Outcome::Already | Outcome::Possible(_) => Exit::Clean,
        Outcome::Impossible(_) => Exit::Findings,
        Outcome::Undecided(_) => Exit::Failed,
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
    if version.release != (0, 0) && version.release < OLDEST {
        let ((major, minor), (oldest_major, oldest_minor)) = (version.release, OLDEST);
        bail!(
            "configurations of Linux {major}.{minor} are not supported, because its Kconfig has other rules, such as `option defconfig_list`; \
             the oldest supported release is Linux {oldest_major}.{oldest_minor}"
        );
    }
    // Commands leave temporary files where they run, and nothing may be written into the tree.
    let scratch = tempfile::tempdir().context("cannot create a directory to run commands in")?;
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
        output::say(&format!(
            "{}: {level}: {}",
            finding.primary.location, finding.headline
        ));
        for step in &finding.secondary {
            output::say(&format!("  {}: {}", step.location, step.text));
        }
        refused |= problem.is_error;
    }
    if refused {
        bail!("the Kconfig files of `{arch}` have errors");
    }
    then(&evaluator, &prefix)
}

/// Describes what was made.
struct Made {
    /// Holds what is to be written, if anything is.
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
        Target::Randconfig => {
            let random = random::of_environment()?;
            output::say(&format!("KCONFIG_SEED=0x{:X}", random.seed));
            Some(NewValues::Random(random))
        }
        target => base::new_values(target).map(|(values, _)| values),
    };
    let base = base::parts(args, tree, configuration.evaluator(), arch)?;
    // Parts after the first one may set again what those before them have set.
    let count = base.len().min(1);
    let parts: Vec<&Part> = base.iter().chain(on_top).collect();
    let text: Vec<u8> = parts.iter().flat_map(|part| &part.text).copied().collect();
    let warnings = match (parts.is_empty(), new_values) {
        (true, None) => {
            configuration.load_nothing();
            Vec::new()
        }
        (true, Some(_)) => Vec::new(),
        (false, None) => configuration.load(&text, warn_unknown),
        (false, Some(_)) => configuration.read(&text, warn_unknown),
    };
    input::tell_unquoted(&parts, configuration.evaluator());
    if input::tell(&parts, count, prefix, &warnings) && warnings_are_errors {
        return Ok(Made {
            out: None,
            is_refused: true,
        });
    }
    match (&args.target, new_values) {
        (_, Some(values)) => configuration.set_new(values),
        (Target::Defconfig { .. }, _) => configuration.set_new(NewValues::Default),
        _ => {}
    }
    if args.target == Target::Listnewconfig {
        for problem in configuration.evaluator().problems_of_menus() {
            let finding = configuration.evaluator().finding(&problem);
            let (place, headline) = (&finding.primary.location, &finding.headline);
            output::say(&format!("{place}: {}: {headline}", finding.level.word()));
        }
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
        Target::Why { symbol } => why(&args.start(), configuration, &parts, symbol)?,
        _ => configuration.write(),
    };
    Ok(Made {
        out: Some(out),
        is_refused: false,
    })
}

fn why(
    start: &Start<'_>,
    configuration: &mut Configuration<'_, '_>,
    parts: &[&Part],
    name: &str,
) -> Result<Vec<u8>> {
    let symbol = find(configuration.evaluator(), name)?;
    let mut out = String::new();
    for line in why_lines(configuration, symbol, parts, start) {
        out += &line.line();
        out.push('\n');
    }
    Ok(out.into_bytes())
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
        bail!("it is a file of the tree, not a configuration");
    }
    Ok(())
}

/// Reads a `.config` of the user.
pub(super) fn read_config(tree: &Tree, path: &Path) -> Result<Vec<u8>> {
    let text = base::read_named(tree, path)?;
    text.with_context(|| format!("there is no configuration `{}`", path.display()))
}

/// Whether a variable of the environment is there and not empty.
fn is_set(variable: &str) -> bool {
    std::env::var_os(variable).is_some_and(|value| !value.is_empty())
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
            "the Kconfig files use the output of commands: pass `--allow-shell` or `--shell-answers FILE`",
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
        let mut line = vec!["config", "--arch", "x"];
        line.extend(arguments);
        let line = Line::parse_from(line);
        let tree = Tree::open(directory.path()).unwrap();
        make_config(&line.config, &tree, Some(&out)).map_err(|error| format!("{error:#}"))?;
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
