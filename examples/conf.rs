//! A small front with the command line of the kernel's `conf`, so that the kernel's own tests of the language can run on kfeat.
//!
//! It is no part of the product: it says what kfeat found in the words of `conf`, as far as these tests compare them. The
//! questions of `oldaskconfig` and `oldconfig` are answered by their defaults and not shown. `KFEAT_CONF_RELEASE`, such as
//! `6.12`, says whose dialect the files are in; without it that is the latest.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, bail};
use kfeat::diag::{Diagnostic, Level};
use kfeat::kconfig::eval::{
    Configuration, Evaluator, How, Loop, NewValues, Problem, ProblemKind, Warning,
};
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::macros::Message;
use kfeat::kconfig::model::{self, Model, PropertyKind, SymbolId};
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;

fn main() -> Result<ExitCode> {
    let mut silent = false;
    let mut target = String::new();
    let mut root = String::new();
    for argument in std::env::args().skip(1) {
        match argument.strip_prefix("--") {
            Some(name) => target = name.to_owned(),
            None if argument == "-s" => silent = true,
            None => root = argument,
        }
    }
    if target.is_empty() || root.is_empty() {
        bail!("usage: conf [-s] --TARGET KCONFIG-FILE");
    }
    let srctree = variable("srctree").unwrap_or_else(|| ".".to_owned());
    let tree = Tree::open_directory(Path::new(&srctree))?;
    let sources = Sources::new(&tree);
    let mut shell = Shell {
        variables: std::env::vars().collect(),
        permitted_in: Some(std::env::current_dir()?),
        ..Shell::default()
    };
    let version = version();
    let model = model::build(&sources, &root, "", &version, &mut shell);
    for message in &model.messages {
        match &message.message {
            Message::Info(text) => println!("{text}"),
            Message::Warning(text) => {
                let place = model.location(message.place);
                eprintln!("{}:{}: {text}", place.path, place.line);
            }
        }
    }
    let errors = |finding: &&Diagnostic| finding.level == Level::Deny;
    if let Some(first) = model.diagnostics.iter().find(errors) {
        eprintln!("{}", in_words_of_conf(first));
        return Ok(ExitCode::FAILURE);
    }
    let prefix = variable("CONFIG_").unwrap_or_else(|| "CONFIG_".to_owned());
    let evaluator = Evaluator::new(&model, &prefix);
    let mut problems = evaluator.problems();
    // Warnings come while menus are built, errors after that.
    problems.sort_by_key(|problem| problem.is_error);
    for problem in &problems {
        eprint!("{}", problem_in_words_of_conf(&evaluator, problem));
    }
    if problems.iter().any(|problem| problem.is_error) {
        return Ok(ExitCode::FAILURE);
    }
    make(&evaluator, &target, silent, &prefix)
}

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn version() -> Version {
    let text = variable("KFEAT_CONF_RELEASE").unwrap_or_default();
    let mut numbers = text.split('.').map(|part| part.parse().unwrap_or(0));
    Version {
        release: (
            numbers.next().unwrap_or_default(),
            numbers.next().unwrap_or_default(),
        ),
        text,
    }
}

/// Makes what the target asks for (`conf.c: main`).
fn make(evaluator: &Evaluator<'_>, target: &str, silent: bool, prefix: &str) -> Result<ExitCode> {
    let (target, file) = match target.split_once('=') {
        Some((target, file)) => (target, Some(file)),
        None => (target, None),
    };
    let dot_config = variable("KCONFIG_CONFIG").unwrap_or_else(|| ".config".to_owned());
    let mut configuration = evaluator.configuration();
    let new_values = match target {
        "allnoconfig" => Some((NewValues::No, "allno.config")),
        "allyesconfig" => Some((NewValues::Yes, "allyes.config")),
        "allmodconfig" => Some((NewValues::Mod, "allmod.config")),
        "alldefconfig" => Some((NewValues::Default, "alldef.config")),
        "defconfig" | "savedefconfig" | "listnewconfig" | "olddefconfig" | "oldconfig"
        | "oldaskconfig" => None,
        _ => bail!("kfeat does not have the target `{target}`"),
    };
    let warn_unknown = variable("KCONFIG_WARN_UNKNOWN_SYMBOLS").is_some();
    let mut warnings = Vec::new();
    let mut name = dot_config.clone();
    if let Some((values, of_target)) = new_values {
        if let Some((seed, text)) = seed(of_target)? {
            warnings = configuration.read(&text, warn_unknown);
            name = seed;
        }
        tell(&name, &warnings);
        configuration.set_new(values);
    } else {
        if target == "defconfig" {
            name = file.context("`--defconfig` names no file")?.to_owned();
        }
        match std::fs::read(&name) {
            Ok(text) => warnings = configuration.load(&text, warn_unknown),
            Err(error) if target == "defconfig" => bail!("cannot read `{name}`: {error}"),
            Err(_) => configuration.load_nothing(),
        }
        tell(&name, &warnings);
        if target == "defconfig" {
            configuration.set_new(NewValues::Default);
        }
    }
    let errors = variable("KCONFIG_WERROR").is_some();
    if errors && !warnings.is_empty() {
        return Ok(ExitCode::FAILURE);
    }
    if target == "listnewconfig" {
        print!("{}", String::from_utf8_lossy(&configuration.list_new()));
        tell_unmet(&configuration);
        let failed = errors && !configuration.unmet().is_empty();
        return Ok(ExitCode::from(u8::from(failed)));
    }
    if errors && !configuration.unmet().is_empty() {
        tell_unmet(&configuration);
        return Ok(ExitCode::FAILURE);
    }
    if target == "savedefconfig" {
        let text = configuration.write_minimal();
        std::fs::write(file.unwrap_or("defconfig"), text)?;
    } else {
        std::fs::write(&dot_config, configuration.write())?;
        if !silent {
            println!("#\n# configuration written to {dot_config}\n#");
        }
    }
    tell_unmet(&configuration);
    tell_changed(&mut configuration, prefix);
    Ok(ExitCode::SUCCESS)
}

/// The configuration that `KCONFIG_ALLCONFIG` asks for, with its name.
fn seed(of_target: &str) -> Result<Option<(String, Vec<u8>)>> {
    let Some(name) = variable("KCONFIG_ALLCONFIG") else {
        return Ok(None);
    };
    let names = match name.as_str() {
        "" | "1" => vec![of_target, "all.config"],
        name => vec![name],
    };
    for name in names {
        if let Ok(text) = std::fs::read(name) {
            return Ok(Some((name.to_owned(), text)));
        }
    }
    bail!("KCONFIG_ALLCONFIG is set, but its file does not exist");
}

fn tell(name: &str, warnings: &[Warning]) {
    for warning in warnings {
        eprintln!("{name}:{}:warning: {}", warning.line, warning.kind.text());
    }
}

fn tell_unmet(configuration: &Configuration<'_, '_>) {
    for unmet in configuration.unmet() {
        let name = configuration.evaluator().model().name(unmet.symbol);
        eprintln!("\nWARNING: unmet direct dependencies detected for {name}");
    }
}

/// Reports overridden values of the user, if `KCONFIG_WARN_CHANGED_INPUT` asks for it.
fn tell_changed(configuration: &mut Configuration<'_, '_>, prefix: &str) {
    if variable("KCONFIG_WARN_CHANGED_INPUT").is_none_or(|value| value.is_empty()) {
        return;
    }
    let changed = configuration.changed_input();
    if !changed.is_empty() {
        eprintln!("warning: user-provided values changed by Kconfig:");
    }
    for changed in changed {
        let name = configuration.evaluator().model().name(changed.symbol);
        let (given, now) = (
            String::from_utf8_lossy(&changed.given),
            String::from_utf8_lossy(&changed.now),
        );
        eprintln!("  {prefix}{name}: {given} -> {now}");
    }
}

/// Why the files could not be put together.
fn in_words_of_conf(finding: &Diagnostic) -> String {
    let at = |location: &kfeat::diag::Location| format!("{}:{}", location.path, location.line);
    let place = at(&finding.primary.location);
    let quoted = finding.headline.split('`').nth(1).unwrap_or_default();
    if finding.headline.ends_with("includes itself") {
        let mut text = format!(
            "Recursive inclusion detected.\nInclusion path:\n  current file : {quoted}\n  included from: {place}"
        );
        for step in finding.secondary.iter().rev() {
            text += &format!("\n  included from: {}", at(&step.location));
        }
        return text;
    }
    if let (true, Some(first)) = (
        finding.headline.ends_with("sourced a second time"),
        finding.secondary.first(),
    ) {
        return format!(
            "{place}: error: repeated inclusion of {quoted}\n{}: note: location of first inclusion of {quoted}",
            at(&first.location)
        );
    }
    if finding.headline.ends_with("refers to itself") {
        return format!("{place}: Recursive variable '{quoted}' references itself (eventually)");
    }
    format!("{place}: {}", finding.headline)
}

/// Returns what is wrong with the definitions.
fn problem_in_words_of_conf(evaluator: &Evaluator<'_>, problem: &Problem) -> String {
    let model = evaluator.model();
    let place = model.location(problem.place);
    let place = format!("{}:{}", place.path, place.line);
    match &problem.kind {
        ProblemKind::Loop(found) => loop_in_words_of_conf(model, found),
        ProblemKind::NoType => format!("{place}:warning: config symbol defined without type\n"),
        ProblemKind::Transitional => {
            format!("{place}: error: transitional symbols can only have help sections\n")
        }
        _ => {
            let level = if problem.is_error {
                " error"
            } else {
                "warning"
            };
            format!("{place}:{level}: {}\n", evaluator.finding(problem).headline)
        }
    }
}

fn loop_in_words_of_conf(model: &Model, found: &Loop) -> String {
    let mut text = "error: recursive dependency detected!\n".to_owned();
    let name = |symbol: SymbolId| match &model.symbol(symbol).name {
        Some(name) => name.to_string(),
        None => "<choice>".to_owned(),
    };
    for step in &found.steps {
        let (symbol, needs) = (name(step.symbol), name(step.needs));
        let how = match step.how {
            How::Dependency => format!("depends on {needs}"),
            How::Selected => format!("is selected by {needs}"),
            How::Implied => format!("is implied by {needs}"),
            How::Value(_) => format!("default value contains {needs}"),
            How::Condition(property) => {
                let kind = match model.property(property).kind {
                    PropertyKind::Prompt(_) => "prompt",
                    PropertyKind::Menu(_) => "menu",
                    PropertyKind::Range(..) => "range",
                    _ => "default",
                };
                format!("{kind} is visible depending on {needs}")
            }
            How::Choice => {
                let place = step.place.map(|place| model.location(place));
                let place = place.map(|place| format!("{}:{}", place.path, place.line));
                format!("is part of choice block at {}", place.unwrap_or_default())
            }
        };
        text += &format!("\tsymbol {symbol} {how}\n");
    }
    text + "For a resolution refer to Documentation/kbuild/kconfig-language.rst\n\
            subsection \"Kconfig recursive dependency limitations\"\n\n"
}
