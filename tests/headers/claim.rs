//! The claim of `cpp` under one configuration, side by side with what the real preprocessor leaves.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use kfeat::cpp::cache::Cache;
use kfeat::cpp::condition::{Atom, Operator};
use kfeat::cpp::occurrence::Kind;
use kfeat::cpp::presence::{Question, presence};
use kfeat::cpp::scan::{DirectiveKind, File};
use kfeat::tree::Tree;
use libtest_mimic::Failed;

use crate::objtree::Configuration;

/// A name, what it is and where: `macro` or `code`, the file, and the line for a macro. (The compiler does not keep the line
/// of a name in code when macros around it are expanded.)
type Definitions = BTreeSet<(String, &'static str, String, Option<u32>)>;

/// Fails where claim and preprocessor differ.
pub fn compare(tree: &Tree, configuration: &Configuration) -> Result<(), Failed> {
    let objtree = configuration.objtree(tree.root())?;
    let config = read_config(&objtree)?;
    for symbol in configuration.on {
        if !config.contains_key(*symbol) {
            return Err(format!("{symbol} is not on, so this tests nothing").into());
        }
    }
    let names = names(tree)?;
    let text = configuration.preprocess(tree.root(), &objtree, "linux/pgtable.h")?;
    let real = left_by_preprocessor(&text, &names);
    let claimed = claimed(tree, configuration.srcarch, &names, &config)?;
    let mut wrong: Vec<String> = Vec::new();
    for missing in real.difference(&claimed) {
        wrong.push(format!("not claimed: {missing:?}"));
    }
    for extra in claimed.difference(&real) {
        wrong.push(format!("claimed, but not there: {extra:?}"));
    }
    if real.len() < 40 {
        wrong.push(format!(
            "only {} definitions: is this the right header?",
            real.len()
        ));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

/// The names that are looked at: the hooks, the wrappers, and everything for which `<linux/pgtable.h>` has a fallback or asks
/// whether the architecture has it.
fn names(tree: &Tree) -> Result<Vec<String>, Failed> {
    let path = "include/linux/pgtable.h";
    let file = File::parse(path.into(), tree.read_text(path)?);
    let mut names: BTreeSet<String> = [
        "arch_enter_lazy_mmu_mode",
        "arch_flush_lazy_mmu_mode",
        "arch_leave_lazy_mmu_mode",
        "lazy_mmu_mode_enable",
        "lazy_mmu_mode_disable",
        "lazy_mmu_mode_pause",
        "lazy_mmu_mode_resume",
        "PAGE_SHIFT",
        "BITS_PER_LONG",
        "pte_val",
        "pmd_val",
        "flush_tlb_range",
        "set_pte",
    ]
    .map(str::to_owned)
    .into();
    for directive in &file.directives {
        let (DirectiveKind::If(expression) | DirectiveKind::Elif(expression)) = &directive.kind
        else {
            continue;
        };
        for name in expression.names(&file.text) {
            let name = name.of(&file.text);
            if !name.starts_with("CONFIG_") && !name.starts_with("__ASSEMBL") {
                names.insert(name.to_owned());
            }
        }
    }
    // The include guard is known by another name to the test of guards.
    names.remove("_LINUX_PGTABLE_H");
    Ok(names.into_iter().collect())
}

/// The symbols of a `.config` with their values.
fn read_config(objtree: &Path) -> Result<BTreeMap<String, String>, Failed> {
    let text = std::fs::read_to_string(objtree.join(".config"))?;
    Ok(text
        .lines()
        .filter_map(|line| line.strip_prefix("CONFIG_")?.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect())
}

/// Returns what an atom is under a `.config`; `None` for what the `.config` does not say.
fn value_of(atom: &Atom, config: &BTreeMap<String, String>) -> Option<bool> {
    let value = |symbol: &str| config.get(symbol).map(String::as_str);
    match atom {
        Atom::Builtin(symbol) => Some(value(symbol).is_some_and(|value| value != "m")),
        Atom::Module(symbol) => Some(value(symbol) == Some("m")),
        Atom::Macro(name) => (&**name == "MODULE").then_some(false),
        Atom::Comparison {
            name,
            operator,
            value: other,
        } => {
            let number = match value(name.strip_prefix("CONFIG_")?) {
                None => 0,
                Some("y") => 1,
                Some(text) => match text.strip_prefix("0x") {
                    Some(hex) => i64::from_str_radix(hex, 16).ok()?,
                    None => text.parse().ok()?,
                },
            };
            Some(match operator {
                Operator::Equal => number == *other,
                Operator::Greater => number > *other,
            })
        }
        Atom::Opaque(_) => None,
    }
}

fn kind_word(kind: Kind) -> &'static str {
    if kind.is_macro() { "macro" } else { "code" }
}

/// Returns what `cpp` says is there under the configuration.
fn claimed(
    tree: &Tree,
    srcarch: &str,
    names: &[String],
    config: &BTreeMap<String, String>,
) -> Result<Definitions, Failed> {
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let cache = Cache::new(tree);
    let question = Question {
        srcarch,
        entry: "include/linux/pgtable.h",
        names: &names,
    };
    let presence = presence(&cache, &question);
    if !presence.is_complete() {
        return Err("not complete".into());
    }
    let mut claimed = Definitions::new();
    let mut undecided = Vec::new();
    // A member of a struct is no name at file scope.
    let at_file_scope = presence.definitions.iter();
    for definition in at_file_scope.filter(|definition| definition.kind != Kind::Member) {
        let assignment = |atom: &Atom| value_of(atom, config);
        match presence
            .conditions
            .evaluate(definition.condition, &assignment)
        {
            Some(true) => {
                let word = kind_word(definition.kind);
                claimed.insert((
                    definition.name.to_string(),
                    word,
                    definition.location.path.to_string(),
                    (word == "macro").then_some(definition.location.line),
                ));
            }
            Some(false) => {}
            None => undecided.push(format!(
                "{} {}: {}",
                definition.name,
                definition.location,
                presence
                    .conditions
                    .in_preprocessor_style(definition.condition)
            )),
        }
    }
    if undecided.is_empty() {
        Ok(claimed)
    } else {
        Err(format!("undecided:\n{}", undecided.join("\n")).into())
    }
}

/// The definitions in the preprocessor's output. Its line marks say where each line comes from.
fn left_by_preprocessor(text: &str, names: &[String]) -> Definitions {
    let mut origins: Vec<(String, u32)> = Vec::new();
    let (mut path, mut line) = (String::new(), 0u32);
    for text in text.lines() {
        let mark = text.strip_prefix("# ").and_then(|rest| {
            let (number, rest) = rest.split_once(' ')?;
            Some((number.parse::<u32>().ok()?, rest.split('"').nth(1)?))
        });
        origins.push((path.clone(), line));
        match mark {
            Some((number, marked)) => {
                path = marked.to_owned();
                line = number;
            }
            None => line += 1,
        }
    }
    let names: Vec<&str> = names.iter().map(String::as_str).collect();
    let file = File::parse("probe.i".into(), text);
    let mut definitions = Definitions::new();
    for sighting in file.sightings(&names) {
        if sighting.kind == Kind::Member {
            continue;
        }
        let name = names[sighting.name].to_owned();
        let location = file.location(sighting.span);
        let (path, line) = origins[location.line as usize - 1].clone();
        if sighting.kind.is_macro() || sighting.kind == Kind::Undefine {
            definitions.retain(|(known, word, ..)| *known != name || *word != "macro");
        }
        if sighting.kind.provides() {
            let word = kind_word(sighting.kind);
            let line = (word == "macro").then_some(line);
            definitions.insert((name, word, path, line));
        }
    }
    definitions
}
