//! Owns which lines without effect a change brings: lines that it touches that can never act or decide nothing in the tree after it, and
//! that were not so in the tree before.
//!
//! Only these lines are asked about: those of touched entries, and the symbols that lines which went away name. All architectures that
//! read such a line are asked, since a line of a shared file may act on another one only. A line is the same in both trees if its lint, its symbol and what is said of it are. It must not know how
//! a change was found out.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::constant;
use super::dead::{self, Idle};
use super::line::Shared;
use super::touched::{Lines, Touched};
use super::{Found, names};
use crate::diag::{self, Diagnostic, Level};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::implied::Implied;
use crate::kconfig::model::{EntryId, Model, Place, PropertyId};

/// The findings that a change introduces. The models are those of all architectures of each tree. Where one of them could not be read,
/// or has a loop, nothing is said: what is dead is dead on all.
pub fn idle(before: &[&Model], after: &[&Model], touched: &Touched) -> Found {
    let mut models = before.iter().chain(after);
    if models.any(|model| model.unread.is_some()) {
        return Found::default();
    }
    let lines = |model: &&Model| touched.lines(model);
    let mut lines: Vec<Lines> = after.par_iter().map(lines).collect();
    everywhere(after, &mut lines);
    let mut found = ask(after, &lines);
    if found.findings.is_empty() {
        return found;
    }
    let lines: Vec<Lines> = before
        .par_iter()
        .map(|model| same_lines(model, &found.findings))
        .collect();
    let known = ask(before, &lines).findings;
    found.findings.retain(|finding| {
        let mut known = known.iter();
        !known.any(|known| is_same(known, finding))
    });
    for finding in &mut found.findings {
        finding.level = level(finding);
    }
    found
}

/// Adds to the lines of each model those that are asked about in another one: a block of one architecture may have the `source` of a
/// file in it that others read, too, and what it leaves without effect there may act elsewhere.
fn everywhere(models: &[&Model], lines: &mut [Lines]) {
    let mut places: FxHashMap<Arc<str>, FxHashSet<u32>> = FxHashMap::default();
    for (model, lines) in models.iter().zip(&*lines) {
        let entries = lines.entries.iter().map(|&id| model.entry(id).place);
        let properties = lines.properties.iter().map(|&id| model.property(id).place);
        for place in entries.chain(properties) {
            let path = model.files[place.file as usize].file.path();
            places.entry(path.clone()).or_default().insert(place.line);
        }
    }
    models.par_iter().zip(lines).for_each(|(model, lines)| {
        let files = model.files.iter();
        let files = files.map(|file| places.get(file.file.path()));
        let of_files: Vec<Option<&FxHashSet<u32>>> = files.collect();
        let is_meant = |place: Place| {
            let of_file = of_files[place.file as usize];
            of_file.is_some_and(|lines| lines.contains(&place.line))
        };
        for (index, entry) in model.entries.iter().enumerate().skip(1) {
            if is_meant(entry.place) {
                lines.entries.insert(EntryId::new(index));
            }
        }
        for (index, property) in model.properties.iter().enumerate() {
            if is_meant(property.place) {
                lines.properties.insert(PropertyId::new(index));
            }
        }
    });
}

/// The level: a line that contradicts its surroundings is refused in a review. One that is only superfluous, or waits for a user, is a
/// note.
fn level(finding: &Diagnostic) -> Level {
    let waits = finding.notes.iter().any(|note| note == dead::UNUSED);
    match finding.lint {
        constant::CONSTANT | constant::REDUNDANT | constant::DUPLICATE => Level::Note,
        dead::SYMBOL if waits => Level::Note,
        _ => Level::Warn,
    }
}

fn is_same(known: &Diagnostic, finding: &Diagnostic) -> bool {
    let is_of_file = known.primary.location.path == finding.primary.location.path;
    known.lint == finding.lint
        && known.headline == finding.headline
        && known.symbol == finding.symbol
        && (finding.symbol.is_some() || is_of_file)
}

/// The lines of the tree before that may be those of the findings: all of the same symbols, and for blocks all of the same files.
fn same_lines(model: &Model, findings: &[Diagnostic]) -> Lines {
    let mut symbols = FxHashSet::default();
    let mut files = FxHashSet::default();
    for finding in findings {
        match &finding.symbol {
            Some(name) => symbols.extend(model.find(name)),
            None => {
                files.insert(&*finding.primary.location.path);
            }
        }
    }
    let mut lines = Lines::default();
    for (index, entry) in model.entries.iter().enumerate().skip(1) {
        let path = model.files[entry.place.file as usize].file.path();
        let is_of_symbol = entry.symbol.is_some_and(|symbol| symbols.contains(&symbol));
        if is_of_symbol || files.contains(&**path) {
            lines.entries.insert(EntryId::new(index));
        }
    }
    for (index, property) in model.properties.iter().enumerate() {
        if lines.entries.contains(&property.entry) {
            lines.properties.insert(PropertyId::new(index));
        }
    }
    lines
}

/// Asks about some lines of each model.
fn ask(models: &[&Model], lines: &[Lines]) -> Found {
    let shared = Shared::new();
    let of: Vec<(&Model, &Lines)> = models.iter().copied().zip(lines).collect();
    let claims: Vec<_> = of
        .par_iter()
        .map(|(model, lines)| constant::claims_in(model, &shared, lines))
        .collect();
    let mut found = Found {
        findings: constant::findings(claims, &shared, models.len()),
        ..Found::default()
    };
    // One architecture after the other: most lines act on the first one, and nothing is left for the others.
    let mut idle = Idle::default();
    for (model, lines) in &of {
        let keys = shared.keys(model);
        if !dead::is_open(model, &keys, &shared, lines) {
            continue;
        }
        let evaluator = Evaluator::new(model, "CONFIG_");
        if !evaluator.loops().is_empty() {
            return Found::default();
        }
        idle.add(dead::survey(&evaluator, &keys, &shared, Some(lines)));
    }
    idle.keys.retain(|key| !shared.settled().contains(key));
    if idle.keys.is_empty() {
        return found;
    }
    let verdicts: Vec<_> = of
        .par_iter()
        .map(|(model, lines)| {
            let evaluator = Evaluator::new(model, "CONFIG_");
            let keys = shared.keys(model);
            let mut implied = Implied::new(model);
            let verdicts =
                dead::verdicts(&evaluator, &mut implied, &idle, &keys, &shared, Some(lines));
            (&*model.srcarch, verdicts)
        })
        .collect();
    let is_declared = |name: &str| {
        let mut models = models.iter();
        !names::is_name(name)
            || models.any(|model| model.find(name).is_some_and(|id| model.is_defined(id)))
    };
    let (findings, undecided) = dead::findings(&verdicts, &shared, models.len(), &is_declared);
    found.findings.extend(findings);
    constant::leave_types(&mut found.findings);
    found.undecided = undecided;
    diag::sort(&mut found.findings);
    found
}
