//! Owns the values that a configuration is made from: files and `--set`, and what is said about those that do not count.

use std::collections::{BTreeMap, BTreeSet};

use anyhow::{Context, Result, bail};

use super::{ConfigArgs, reasons};
use crate::disk;
use crate::kconfig::eval::{Configuration, Evaluator, Warning, WarningKind};
use crate::kconfig::model::Type;
use crate::limits::FILE_SIZE;

/// Says which values on top did not survive, and why. Returns whether there are any.
pub(super) fn report_lost(
    configuration: &mut Configuration<'_, '_>,
    on_top: &[Part],
    prefix: &str,
) -> bool {
    let evaluator = configuration.evaluator();
    let mut wanted: BTreeMap<String, String> = BTreeMap::new();
    for part in on_top {
        for line in String::from_utf8_lossy(&part.text).lines() {
            if let Some((name, value)) = assignment(line, prefix) {
                wanted.insert(name.to_owned(), value.to_owned());
            }
        }
    }
    let mut lost = false;
    for (name, value) in wanted {
        let Some(symbol) = evaluator.find(&name) else {
            anstream::eprintln!(
                "warning: `{name}={value}` did not survive: no file mentions `{name}`"
            );
            lost = true;
            continue;
        };
        let got = configuration.text(symbol);
        if String::from_utf8_lossy(&got) == unquoted(&value) {
            continue;
        }
        lost = true;
        anstream::eprintln!("warning: `{name}={value}` did not survive");
        for reason in reasons(configuration, symbol) {
            anstream::eprintln!("  {}", reason.line());
        }
    }
    lost
}

/// Says which values of the user's did not survive, those of the base included.
pub(super) fn report_changed(configuration: &mut Configuration<'_, '_>, prefix: &str) {
    let changed = configuration.changed_input();
    if !changed.is_empty() {
        anstream::eprintln!("warning: values that did not survive:");
    }
    for changed in changed {
        let name = configuration.evaluator().model().name(changed.symbol);
        let text = |text: &[u8]| String::from_utf8_lossy(text).into_owned();
        let (given, now) = (text(&changed.given), text(&changed.now));
        anstream::eprintln!("  {prefix}{name}: {given} -> {now}");
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

/// A part of what is read: a file, or one `--set`.
pub(super) struct Part {
    name: String,
    is_file: bool,
    /// Whole lines.
    pub text: Vec<u8>,
}

impl Part {
    /// The text of a file with this name.
    pub fn file(name: String, mut text: Vec<u8>) -> Self {
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        Self {
            name,
            is_file: true,
            text,
        }
    }
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
                    true => anstream::eprintln!("{}:{}: warning: {text}", part.name, line + 1),
                    false => anstream::eprintln!("{}: warning: {text}", part.name),
                }
            }
            set_here.extend(assignment(text, prefix).map(|(name, _)| name));
        }
    }
    said
}

/// The fragments and single values, in order.
pub(super) fn on_top(
    args: &ConfigArgs,
    evaluator: &Evaluator<'_>,
    prefix: &str,
) -> Result<Vec<Part>> {
    let mut parts = Vec::new();
    for path in &args.fragment {
        let fragment = disk::read_named(path, &FILE_SIZE)
            .with_context(|| format!("cannot read the fragment `{}`", path.display()))?;
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

/// The configuration that `KCONFIG_ALLCONFIG` names, if it is set (`conf.c: main`).
pub(super) fn seed(of_target: &str) -> Result<Option<Part>> {
    let Ok(name) = std::env::var("KCONFIG_ALLCONFIG") else {
        return Ok(None);
    };
    let names = match name.as_str() {
        "" | "1" => vec![of_target, "all.config"],
        name => vec![name],
    };
    for name in &names {
        if let Ok(text) = disk::read_named(std::path::Path::new(name), &FILE_SIZE) {
            return Ok(Some(Part::file((*name).to_owned(), text)));
        }
    }
    bail!(
        "KCONFIG_ALLCONFIG is set, but `{}` cannot be read",
        names.join("` or `")
    )
}
