//! Owns what a feature's wrappers are on one architecture where the feature is off.
//!
//! A wrapper has to be there in every configuration in which turning the feature on would make it appear, and to be the same
//! kind of thing: code that ignores what a function returns must not meet a bare value. And where code calls it with the
//! feature on, it has to be there, too.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::check::feature::search::{SEARCHED, stem};
use crate::check::support::formula::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition};
use crate::cpp::lex::{Kind as TokenKind, Lexer};
use crate::cpp::presence::{Definition, Presence};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;
use crate::tree::TreeError;

/// A wrapper that is not what it should be where the feature is off.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Fallback {
    /// The wrapper.
    pub wrapper: String,
    /// Where it is defined while the feature is on.
    pub with_feature: Location,
    /// The macro that expands to a bare value where the feature is off; `None` if there is no definition at all.
    pub value: Option<Location>,
}

/// The wrappers that are missing, or are a value, where the feature is off. Only what is certain without Kconfig's
/// dependencies: a wrapper counts as missing when no configuration has it with the feature off.
pub(in crate::check) fn lacking(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    answer: &mut Presence,
) -> Vec<Fallback> {
    let mut lacking = Vec::new();
    if !answer.is_complete() {
        return lacking;
    }
    for wrapper in &spec.wrappers {
        let definitions: Vec<Definition> = answer.of(wrapper).cloned().collect();
        let mut under = |feature: bool| -> Vec<Condition> {
            let known = |atom: &Atom| with_feature(spec, atom, feature).or(off_on(model, atom));
            let conditions = &mut answer.conditions;
            let each = definitions.iter();
            each.map(|definition| conditions.assume(definition.condition, &known))
                .collect()
        };
        let (on, off) = (under(true), under(false));
        let conditions = &mut answer.conditions;
        let first = (0..on.len()).find(|&index| conditions.is_satisfiable(on[index]));
        let Some(first) = first else {
            continue;
        };
        let (any_on, any_off) = (conditions.any(on), conditions.any(off.iter().copied()));
        let both = conditions.and(any_on, any_off);
        let mut fallback = Fallback {
            wrapper: wrapper.to_string(),
            with_feature: definitions[first].location.clone(),
            value: None,
        };
        if !conditions.is_satisfiable(both) {
            lacking.push(fallback);
            continue;
        }
        let value = definitions.iter().zip(off).find(|(definition, off)| {
            conditions.is_satisfiable(*off) && is_value(cache, definition)
        });
        if let Some((definition, _)) = value {
            fallback.value = Some(definition.location.clone());
            lacking.push(fallback);
        }
    }
    lacking
}

/// A wrapper that is not there where it is called.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Absent {
    /// The wrapper.
    pub wrapper: String,
    /// Where it is defined while the feature is off; `None` where it is not defined at all.
    pub without_feature: Option<Location>,
}

/// The wrappers that no configuration has with the feature on, though one has them with the feature off; and those that
/// neither the entry header nor another header defines, where the entry header has others.
pub(in crate::check) fn absent(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    answer: &mut Presence,
) -> Vec<Absent> {
    let (mut absent, mut has_others) = (Vec::new(), false);
    if !answer.is_complete() {
        return absent;
    }
    for wrapper in &spec.wrappers {
        let definitions: Vec<Definition> = answer.of(wrapper).cloned().collect();
        let mut first_under = |feature: bool| {
            let known = |atom: &Atom| with_feature(spec, atom, feature).or(off_on(model, atom));
            let conditions = &mut answer.conditions;
            definitions.iter().find(|definition| {
                let condition = conditions.assume(definition.condition, &known);
                conditions.is_satisfiable(condition)
            })
        };
        if first_under(true).is_some() {
            has_others = true;
            continue;
        }
        absent.push(Absent {
            wrapper: wrapper.to_string(),
            without_feature: first_under(false).map(|definition| definition.location.clone()),
        });
    }
    let is_nowhere = |one: &Absent| one.without_feature.is_none();
    if has_others && absent.iter().any(is_nowhere) {
        // Callers may have it from a header that the entry header does not include.
        if let Ok(elsewhere) = provided(cache, spec) {
            absent.retain(|one| !is_nowhere(one) || !elsewhere.contains(&one.wrapper));
            return absent;
        }
    }
    absent.retain(|one| !is_nowhere(one));
    absent
}

/// The wrappers that any header below `include`, of an architecture, or beside code that may call them defines.
fn provided(cache: &Cache<'_>, spec: &Spec) -> Result<BTreeSet<String>, TreeError> {
    let wrappers: Vec<&str> = spec.wrappers.iter().map(|wrapper| &**wrapper).collect();
    let common = cache.wanted(&stem(&wrappers));
    let wanted = cache.wanted(&wrappers);
    let tree = cache.tree();
    let mut provided = BTreeSet::new();
    let directories = ["include", "arch"].iter().chain(SEARCHED);
    for directory in directories.filter(|directory| tree.list(directory).is_ok()) {
        let is_header = |path: &str| path.ends_with(".h");
        for path in tree.walk(directory, &is_header)? {
            if !cache.holds(&path, &common)? {
                continue;
            }
            let Some(indexed) = cache.file(&path) else {
                continue;
            };
            let sightings = indexed.sightings(&wanted);
            let places = sightings.iter().filter(|place| place.kind.provides());
            provided.extend(places.map(|place| wrappers[place.name].to_owned()));
        }
    }
    Ok(provided)
}

/// The headers in which a wrapper is defined, sorted.
pub(in crate::check) fn headers(spec: &Spec, answer: &Presence) -> Vec<Arc<str>> {
    let mut headers: Vec<Arc<str>> = answer
        .definitions
        .iter()
        .filter(|definition| {
            spec.wrappers
                .iter()
                .any(|wrapper| **wrapper == *definition.name)
        })
        .map(|definition| definition.location.path.clone())
        .collect();
    headers.sort_unstable();
    headers.dedup();
    headers
}

/// Returns what an atom is where the feature is on, or off; `None` where it is not about the feature's symbols.
pub(in crate::check) fn with_feature(spec: &Spec, atom: &Atom, feature: bool) -> Option<bool> {
    let (Atom::Builtin(name) | Atom::Module(name)) = atom else {
        return None;
    };
    let term = spec.kconfig.iter().find(|term| *term.symbol == **name)?;
    Some(feature != term.negated && matches!(atom, Atom::Builtin(_)))
}

/// Whether it is a macro whose replacement is a number and nothing else.
fn is_value(cache: &Cache<'_>, definition: &Definition) -> bool {
    let (true, Some(body)) = (definition.kind.is_macro(), definition.body) else {
        return false;
    };
    let Some(text) = cache.part(&definition.location.path, body) else {
        return false;
    };
    let mut numbers = 0;
    let plain = Lexer::new(&text, 0, text.len()).all(|token| {
        numbers += usize::from(token.kind == TokenKind::Number);
        matches!(
            token.kind,
            TokenKind::Number | TokenKind::Punctuation(b'(' | b')' | b'-' | b'!' | b'~')
        )
    });
    plain && numbers == 1
}
