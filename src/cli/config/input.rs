//! Owns the values that a configuration is made from: files and `--set`, and what is said about those that do not count.

use std::collections::{BTreeMap, BTreeSet};

use std::path::Path;

use anyhow::{Context, Result, anyhow, bail};

use super::args::{ConfigArgs, Start};
use super::base;
use super::part::Part;
use crate::cli::output;
use crate::diag::Location;
use crate::kconfig::eval::{Configuration, Evaluator, Reason, Tristate, Warning, WarningKind};
use crate::kconfig::model::{Model, SymbolId, Type};
use crate::kconfig::solve::{Answer, Question, Solver, Value};
use crate::report::explain::Because;
use crate::tree::Tree;

/// Upper bound on overridden values whose reason is searched over all configurations, which takes a moment each.
const MAX_PROVED: usize = 4;

/// Upper bound on similar names that are suggested for an unknown symbol.
const MAX_NEAR: usize = 3;

/// Longer names are compared with no other, in bytes: no symbol has one.
const MAX_LENGTH: usize = 200;

/// The symbol with this name, with or without `CONFIG_`.
///
/// # Errors
///
/// No file mentions it; names that are spelled like it are told.
pub(in crate::cli) fn find(evaluator: &Evaluator<'_>, name: &str) -> Result<SymbolId> {
    let name = name.strip_prefix("CONFIG_").unwrap_or(name);
    evaluator.find(name).ok_or_else(|| {
        let near = near_names(evaluator.model(), name);
        let text = format!("no Kconfig file of this architecture mentions `{name}`");
        match near.is_empty() {
            true => anyhow!("{text}; `kfeat explain {name}` looks at all architectures"),
            false => anyhow!("{text}; similar names: {}", near.join(", ")),
        }
    })
}

/// The names of defined symbols that are spelled most like a name, the nearest first.
pub(in crate::cli) fn near_names(model: &Model, name: &str) -> Vec<String> {
    if name.len() > MAX_LENGTH {
        return Vec::new();
    }
    let upper = name.to_uppercase();
    let likeness =
        |known: &str| strsim::jaro_winkler(name, known).max(strsim::jaro_winkler(&upper, known));
    let mut near: Vec<(f64, String)> = (0..model.symbols.len())
        .map(SymbolId::new)
        .filter(|&symbol| model.is_defined(symbol) && !model.symbol(symbol).is_choice)
        .map(|symbol| model.name(symbol))
        .map(|known| (likeness(&known), known))
        .filter(|(likeness, _)| *likeness > 0.9)
        .collect();
    near.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    near.truncate(MAX_NEAR);
    near.into_iter().map(|(_, name)| name).collect()
}

/// Says which symbols are selected although their dependencies do not hold, what fails and who selects them.
pub(super) fn report_unmet(configuration: &mut Configuration<'_, '_>) {
    let model = configuration.evaluator().model();
    for unmet in configuration.unmet().to_vec() {
        let name = model.name(unmet.symbol);
        output::say(&format!(
            "warning: `{name}` is selected although its dependencies do not hold"
        ));
        for reason in configuration.why_unmet(unmet.symbol) {
            output::say(&format!("  {}", because(model, reason).line()));
        }
    }
}

fn because(model: &Model, reason: Reason) -> Because {
    Because {
        text: reason.text,
        place: reason.place.map(|place| model.location(place)),
    }
}

/// Why a symbol has its value, with the lines of `parts` that say so.
fn reasons(
    configuration: &mut Configuration<'_, '_>,
    symbol: SymbolId,
    parts: &[&Part],
) -> Vec<Because> {
    let evaluator = configuration.evaluator();
    let (model, prefix) = (evaluator.model(), evaluator.prefix());
    let mut reasons: Vec<Because> = Vec::new();
    for reason in configuration.why(symbol) {
        let given = reason.given;
        let mut because = because(model, reason);
        if let Some(given) = given {
            match line_of(parts, prefix, &model.name(given)) {
                Some(Source::Line(place)) => because.place = Some(place),
                Some(Source::Argument(argument)) => {
                    because.text = because
                        .text
                        .replace("the configuration", &format!("`{argument}`"));
                }
                None => {}
            }
        }
        reasons.push(because);
    }
    let is_unmet = configuration
        .unmet()
        .iter()
        .any(|unmet| unmet.symbol == symbol);
    if is_unmet {
        reasons.push(Because {
            text: "it is selected although its dependencies do not hold".to_owned(),
            place: None,
        });
    }
    if configuration.evaluator().type_of(symbol) == Some(Type::String)
        && let Some((place, value)) = unquoted_line(parts, prefix, &model.name(symbol))
    {
        reasons.push(Because {
            text: format!("the value `{value}` is ignored because it is not quoted"),
            place: Some(place),
        });
    }
    reasons
}

/// That a symbol is off in every configuration, with the lines that exclude it; nothing where it can be on.
fn never_on(configuration: &mut Configuration<'_, '_>, symbol: SymbolId) -> Vec<Because> {
    let evaluator = configuration.evaluator();
    let is_logical = matches!(evaluator.type_of(symbol), Some(Type::Bool | Type::Tristate));
    if !is_logical || configuration.tristate(symbol) != Tristate::No {
        return Vec::new();
    }
    let Some(lines) = impossible(evaluator.model(), symbol, Value::On) else {
        return Vec::new();
    };
    let first = Because {
        text: "it is off in every configuration of this architecture and these tools".to_owned(),
        place: None,
    };
    std::iter::once(first).chain(lines).collect()
}

impl Start<'_> {
    /// The command that finds the changes for a wish.
    fn want(&self, wish: &str) -> String {
        let mut command = format!("kfeat config want {wish} --arch {}", self.arch);
        if let Some(config) = self.config {
            command += &format!(" --config {}", config.display());
        }
        if let Some(answers) = &self.commands.shell_answers {
            command += &format!(" --shell-answers {}", answers.display());
        } else if self.commands.allow_shell {
            command += " --allow-shell";
        }
        command
    }
}

/// Why a symbol has its value, with the lines of `parts` that say so, and where to go on.
pub(in crate::cli) fn why_lines(
    configuration: &mut Configuration<'_, '_>,
    symbol: SymbolId,
    parts: &[&Part],
    start: &Start<'_>,
) -> Vec<Because> {
    let mut lines = reasons(configuration, symbol, parts);
    let never = never_on(configuration, symbol);
    let evaluator = configuration.evaluator();
    let model = evaluator.model();
    if never.is_empty()
        && model.is_defined(symbol)
        && let Some(type_) = evaluator.type_of(symbol)
    {
        let other = match type_ {
            Type::Bool | Type::Tristate if configuration.tristate(symbol) == Tristate::No => "y",
            Type::Bool | Type::Tristate => "n",
            _ => "VALUE",
        };
        let wish = format!("{}={other}", model.name(symbol));
        lines.push(Because {
            text: format!("to change it: {}", start.want(&wish)),
            place: None,
        });
    }
    if !model.is_defined(symbol) {
        let near = near_names(model, &model.name(symbol));
        lines.extend((!near.is_empty()).then(|| Because {
            text: format!("similar names: {}", near.join(", ")),
            place: None,
        }));
    }
    lines.extend(never);
    lines
}

/// The lines that exclude a value of a symbol in every configuration; `None` where it can have it or nobody knows.
fn impossible(model: &Model, symbol: SymbolId, value: Value) -> Option<Vec<Because>> {
    let Answer::Impossible(reason) = Solver::new(model).can(&Question::is(symbol, value)) else {
        return None;
    };
    let lines = reason.steps.into_iter().map(|step| Because {
        text: step.text,
        place: Some(model.location(step.place)),
    });
    Some(lines.collect())
}

/// Describes what gives a symbol its value.
enum Source {
    Line(Location),
    Argument(String),
}

/// Returns what gives a symbol its value: the last line about it.
fn line_of(parts: &[&Part], prefix: &str, name: &str) -> Option<Source> {
    let mut found = None;
    each_line(parts, prefix, |part, number, of, _| {
        if of == name {
            found = Some(if part.is_file {
                Source::Line(part.location(number))
            } else {
                Source::Argument(part.name.clone())
            });
        }
    });
    found
}

/// The last line that gives a symbol a value without quotes, unless a later one has them.
fn unquoted_line(parts: &[&Part], prefix: &str, name: &str) -> Option<(Location, String)> {
    let mut found = None;
    each_line(parts, prefix, |part, number, of, value| {
        if of == name {
            let is_wrong = !value.starts_with('"');
            found = is_wrong.then(|| (part.location(number), value.to_owned()));
        }
    });
    found
}

/// Goes through the lines that set or unset something: part, number of the line, name, value.
fn each_line(parts: &[&Part], prefix: &str, mut then: impl FnMut(&Part, u32, &str, &str)) {
    for part in parts {
        for (number, line) in (1..).zip(String::from_utf8_lossy(&part.text).lines()) {
            if let Some((name, value)) = assignment(line, prefix) {
                then(part, number, name, value);
            }
        }
    }
}

/// Reports which values on top were overridden, and why. Returns whether there are any.
pub(super) fn report_lost(
    configuration: &mut Configuration<'_, '_>,
    on_top: &[Part],
    start: &Start<'_>,
) -> bool {
    let evaluator = configuration.evaluator();
    let prefix = evaluator.prefix();
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for part in on_top {
        for line in String::from_utf8_lossy(&part.text).lines() {
            if let Some((name, value)) = assignment(line, prefix) {
                wanted.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    let mut lost = false;
    let mut proved = 0;
    let parts: Vec<&Part> = on_top.iter().collect();
    let model = evaluator.model();
    for (name, value) in wanted {
        let Some(symbol) = evaluator.find(&name) else {
            // Anything that nothing mentions is not set.
            if value == "n" {
                continue;
            }
            output::say(&format!(
                "warning: `{name}={value}` was overridden: no file mentions `{name}`"
            ));
            let near = near_names(model, &name);
            if !near.is_empty() {
                output::say(&format!("  similar names: {}", near.join(", ")));
            }
            lost = true;
            continue;
        };
        let got = configuration.text(symbol);
        let type_ = evaluator.type_of(symbol);
        let is_logical = matches!(type_, Some(Type::Bool | Type::Tristate));
        // A number that is not written looks like a 0, and a text like none.
        let is_there = is_logical || configuration.is_written(symbol);
        if is_there && String::from_utf8_lossy(&got) == unquoted(&value) {
            continue;
        }
        lost = true;
        output::say(&format!("warning: `{name}={value}` was overridden"));
        for reason in reasons(configuration, symbol, &parts) {
            output::say(&format!("  {}", reason.line()));
        }
        let literal = match (value.as_str(), type_) {
            ("y", Some(Type::Bool | Type::Tristate)) => Some(Value::Yes),
            ("m", Some(Type::Tristate)) => Some(Value::Mod),
            ("n", Some(Type::Bool | Type::Tristate)) => Some(Value::No),
            _ => None,
        };
        let Some(literal) = literal else { continue };
        proved += 1;
        let excluded = match proved <= MAX_PROVED {
            true => impossible(model, symbol, literal),
            false => None,
        };
        match excluded {
            Some(lines) => {
                output::say(&format!(
                    "  cannot be `{value}` with this architecture and these tools:"
                ));
                for line in lines {
                    output::say(&format!("    {}", line.line()));
                }
            }
            None => {
                let wish = format!("{name}={value}");
                output::say(&format!("  to get it: {}", start.want(&wish)));
            }
        }
    }
    lost
}

/// Reports which of the user's values were overridden, those of the base included.
pub(super) fn report_changed(configuration: &mut Configuration<'_, '_>, prefix: &str) {
    let changed = configuration.changed_input();
    if !changed.is_empty() {
        output::say("warning: overridden values:");
    }
    for changed in changed {
        let name = configuration.evaluator().model().name(changed.symbol);
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let (given, now) = (text(&changed.given), text(&changed.now));
        output::say(&format!("  {prefix}{name}: {given} -> {now}"));
    }
}

/// The symbol that a line of a `.config` gives a value, and the value as it is written.
fn assignment<'a>(line: &'a str, prefix: &str) -> Option<(&'a str, &'a str)> {
    let unset = line
        .strip_prefix("# ")
        .and_then(|line| line.strip_suffix(" is not set"));
    let (name, value) = match unset {
        Some(name) => (name, "n"),
        None => line.split_once('=')?,
    };
    Some((name.strip_prefix(prefix)?, value))
}

/// A value as the symbol has it.
fn unquoted(value: &str) -> String {
    let Some(text) = value
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return value.to_owned();
    };
    let mut out = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        out.extend(match character {
            '\\' => characters.next(),
            _ => Some(character),
        });
    }
    out
}

/// Says what is wrong with the lines of `parts`. The first `base` of them are no values on top, which may set again what the
/// parts before them have set. Returns whether anything was said.
pub(super) fn tell(parts: &[&Part], base: usize, prefix: &str, warnings: &[Warning]) -> bool {
    let mut said = false;
    let mut warnings = warnings.iter().peekable();
    let mut number = 0;
    for (index, part) in parts.iter().enumerate() {
        if warnings.peek().is_none() {
            break;
        }
        let text = String::from_utf8_lossy(&part.text);
        let mut set_here = BTreeSet::new();
        for (line, text) in text.lines().enumerate() {
            number += 1;
            while let Some(warning) = warnings.next_if(|warning| warning.line == number) {
                if let WarningKind::Reassigned(name) = &warning.kind
                    && index >= base
                    && !set_here.contains(name.as_str())
                {
                    continue;
                }
                said = true;
                let text = warning.kind.text();
                match part.is_file {
                    true => output::say(&format!("{}:{}: warning: {text}", part.name, line + 1)),
                    false => output::say(&format!("{}: warning: {text}", part.name)),
                }
            }
            set_here.extend(assignment(text, prefix).map(|(name, _)| name));
        }
    }
    said
}

/// Reports the lines with unquoted strings, which `conf` skips silently.
pub(super) fn tell_unquoted(parts: &[&Part], evaluator: &Evaluator<'_>) {
    each_line(parts, evaluator.prefix(), |part, number, name, value| {
        let is_string = evaluator
            .find(name)
            .is_some_and(|symbol| evaluator.type_of(symbol) == Some(Type::String));
        if is_string && value != "n" && !value.starts_with('"') {
            output::say(&format!(
                "{}:{number}: note: `{name}` is a string, and its value `{value}` is ignored because it is not quoted",
                part.name
            ));
        }
    });
}

/// The fragments and single values, in order.
pub(super) fn on_top(
    args: &ConfigArgs,
    tree: &Tree,
    evaluator: &Evaluator<'_>,
    prefix: &str,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for path in &args.fragment {
        let fragment = base::read_named(tree, Path::new(path))?
            .with_context(|| format!("there is no fragment `{}`", path.display()))?;
        parts.push(Part::file(path.display().to_string(), fragment));
    }
    for set in &args.set {
        let Some((name, value)) = set.strip_prefix(prefix).unwrap_or(set).split_once('=') else {
            bail!("`--set {set}` is not of the form `SYMBOL=VALUE`");
        };
        let type_ = evaluator
            .find(name)
            .and_then(|symbol| evaluator.type_of(symbol));
        let line = if type_ == Some(Type::String) && !value.starts_with('"') {
            // A shell has taken the quotes.
            let value = value.replace('\\', "\\\\").replace('"', "\\\"");
            format!("{prefix}{name}=\"{value}\"\n")
        } else {
            format!("{prefix}{name}={value}\n")
        };
        parts.push(Part {
            name: format!("--set {name}={value}"),
            is_file: false,
            text: line.into_bytes(),
        });
    }
    Ok(parts)
}
