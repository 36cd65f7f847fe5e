//! Owns what a feature's wrappers are on one architecture where the feature is off.
//!
//! A wrapper has to be there in every configuration in which turning the feature on would make it appear, and to be the same
//! kind of thing: code that ignores what a function returns must not meet a bare value.

use std::sync::Arc;

use super::headers::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition};
use crate::cpp::lex::{Kind as TokenKind, Lexer, Span};
use crate::cpp::presence::{Definition, Presence};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;

/// A wrapper that is not what it should be where the feature is off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fallback {
    /// The wrapper.
    pub wrapper: String,
    /// Where it is defined while the feature is on.
    pub with_feature: Location,
    /// The macro that stands for a mere value where the feature is off; `None` where there is nothing at all.
    pub value: Option<Location>,
}

/// The wrappers that are missing, or are a value, where the feature is off. Only what is certain without Kconfig's
/// dependencies: a wrapper counts as missing when no configuration has it with the feature off.
pub(super) fn lacking(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    answer: &mut Presence,
) -> Vec<Fallback> {
    let mut lacking = Vec::new();
    if !answer.complete {
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

/// The headers in which a wrapper is defined, sorted.
pub(super) fn headers(spec: &Spec, answer: &Presence) -> Vec<Arc<str>> {
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

/// What an atom is where the feature is on, or off; `None` where it is not about the feature's symbols.
fn with_feature(spec: &Spec, atom: &Atom, feature: bool) -> Option<bool> {
    let (Atom::Builtin(name) | Atom::Module(name)) = atom else {
        return None;
    };
    let term = spec.kconfig.iter().find(|term| *term.symbol == **name)?;
    Some(feature != term.negated && matches!(atom, Atom::Builtin(_)))
}

/// Whether it is a macro whose replacement is a number and nothing else.
fn is_value(cache: &Cache<'_>, definition: &Definition) -> bool {
    let Some(file) = cache.file(&definition.location.path) else {
        return false;
    };
    let (true, Some(Span { start, end })) = (definition.kind.is_macro(), definition.body) else {
        return false;
    };
    let mut numbers = 0;
    let plain = Lexer::new(&file.file.text, start as usize, end as usize).all(|token| {
        numbers += usize::from(token.kind == TokenKind::Number);
        matches!(
            token.kind,
            TokenKind::Number | TokenKind::Punctuation(b'(' | b')' | b'-' | b'!' | b'~')
        )
    });
    plain && numbers == 1
}
