//! Owns which lines without effect a change brings: lines that it touches that can never act or decide nothing in the tree after it, and
//! that were not so in the tree before.
//!
//! Only these lines are asked about: those of touched entries, and the symbols that lines which went away name. All architectures that
//! read such a line are asked, since a line of a shared file may act on another one only. A line is the same in both trees if its lint, its
//! symbol and what is said of it are. A symbol that only the tree after declares may be one that only the tree before does, under another
//! name. It must not know how a change was found out.

use std::borrow::Cow;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::before::{About, Before, Models, Renames};
use super::constant::{self, Claim};
use super::dead::{self, Idle, Verdicts};
use super::line::{Key, Shared};
use super::touched::{Lines, Touched};
use super::{Found, names};
use crate::diag::{self, Diagnostic, Level};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::implied::Implied;
use crate::kconfig::model::{EntryId, Model, Place, PropertyId};

/// The findings that a change introduces. The models are those of all architectures of the tree after it. Where one of either tree could
/// not be read, or has a loop, nothing is said: what is dead is dead on all.
pub fn idle(before: Before<'_>, after: &[&Model], touched: &Touched) -> Found {
    if before.has_unread() || after.iter().any(|model| model.unread.is_some()) {
        return Found::default();
    }
    let lines = |model: &&Model| touched.lines(model);
    let mut lines: Vec<Lines> = after.par_iter().map(lines).collect();
    everywhere(after, &mut lines);
    let archs = after.iter().map(|model| &*model.srcarch);
    let lines: FxHashMap<&str, Lines> = archs.zip(lines).collect();
    let lines_of = |model: &Model| match lines.get(&*model.srcarch) {
        Some(lines) => Cow::Borrowed(lines),
        None => Cow::default(),
    };
    let is_declared = |name: &str| {
        let mut models = after.iter();
        models.any(|model| model.find(name).is_some_and(|id| model.is_defined(id)))
    };
    let mut found = ask(&after, after.len(), &lines_of, &is_declared);
    if found.findings.is_empty() {
        return found;
    }
    let renames = Renames::new(before, after);
    let about = about(&found.findings, before, &renames);
    if about != About::default() {
        let known = before.idle(about.clone(), &|models, count| {
            let lines = |model: &Model| Cow::Owned(same_lines(model, &about));
            ask(models, count, &lines, &|name| before.declares(name)).findings
        });
        let mut is_used = vec![false; known.len()];
        found.findings.retain(|finding| {
            let mut known = known.iter().enumerate();
            // A finding about a symbol that went away stands for one about one new symbol, and not for any number of them.
            let known = known.find(|(at, known)| {
                is_same(known, finding, &renames)
                    && (known.symbol == finding.symbol || !is_used[*at])
            });
            known.map(|(at, _)| is_used[at] = true).is_none()
        });
    }
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

fn is_same(known: &Diagnostic, finding: &Diagnostic, renames: &Renames<'_>) -> bool {
    let (old, new) = (&known.primary.location, &finding.primary.location);
    let is_in_same_file = renames.may_be_file(&old.path, &new.path);
    let is_of_same = match (&known.symbol, &finding.symbol) {
        (Some(known), Some(name)) if known == name => true,
        (Some(known), Some(name)) => renames.may_be(known, name) && is_in_same_file,
        (None, None) => is_in_same_file,
        _ => false,
    };
    known.lint == finding.lint
        && is_of_same
        && renames.is_same_text(&known.headline, &finding.headline)
}

/// The symbols of the findings, and the files of those about blocks, as the tree before may have them: what it lacks may be anything of
/// what it alone has.
fn about(findings: &[Diagnostic], before: Before<'_>, renames: &Renames<'_>) -> About {
    let (mut symbols, mut files) = About::default();
    let (mut has_new_symbol, mut has_block) = (false, false);
    for finding in findings {
        match &finding.symbol {
            Some(name) if before.declares(name) => symbols.push(name.clone()),
            Some(_) => has_new_symbol = true,
            None => {
                has_block = true;
                files.push(finding.primary.location.path.clone());
            }
        }
    }
    if has_new_symbol {
        symbols.extend(renames.symbols().map(str::to_owned));
    }
    if has_block {
        files.extend(renames.files().cloned());
    }
    symbols.sort();
    symbols.dedup();
    files.sort();
    files.dedup();
    (symbols, files)
}

/// The lines of the tree before that may be those of the findings: all of the same symbols, and for blocks all of the same files.
fn same_lines(model: &Model, (symbols, files): &About) -> Lines {
    let symbols = symbols.iter().filter_map(|name| model.find(name));
    let symbols: FxHashSet<_> = symbols.collect();
    let mut lines = Lines::default();
    for (index, entry) in model.entries.iter().enumerate().skip(1) {
        let path = model.files[entry.place.file as usize].file.path();
        let is_of_symbol = entry.symbol.is_some_and(|symbol| symbols.contains(&symbol));
        if is_of_symbol || files.contains(path) {
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

/// The lines to ask about in a model.
type LinesOf<'a> = &'a (dyn Fn(&Model) -> Cow<'a, Lines> + Sync);

/// Asks about some lines of each of `count` models.
fn ask(
    models: &dyn Models,
    count: usize,
    lines: LinesOf<'_>,
    is_declared: &dyn Fn(&str) -> bool,
) -> Found {
    let shared = Shared::new();
    let (mut idle, mut is_refused) = (Idle::default(), false);
    let mut claims: Vec<(String, Vec<Claim>)> = Vec::new();
    models.each(&mut |models| {
        let of = models.par_iter();
        let of: Vec<(Cow<'_, Lines>, Vec<Claim>)> = of
            .map(|model| {
                let lines = lines(model);
                let claims = constant::claims_in(model, &shared, &lines);
                (lines, claims)
            })
            .collect();
        for (model, (lines, of)) in models.iter().zip(of) {
            claims.push((model.srcarch.clone(), of));
            let keys = shared.keys(model);
            let open = dead::open(model, &keys, &shared, Some(&lines));
            if open.keys.is_empty() {
                continue;
            }
            // Most lines act on the first architecture that has them. Configurations of the others show little more.
            if idle.keys.is_empty() {
                let evaluator = Evaluator::new(model, "CONFIG_");
                is_refused |= evaluator.refusal().is_some();
                idle.add(dead::survey(&evaluator, &keys, &shared, Some(&lines)));
            } else {
                idle.add(open);
            }
        }
    });
    if is_refused {
        return Found::default();
    }
    let of_archs = claims.iter_mut();
    let of_archs = of_archs.map(|(arch, claims)| (&**arch, std::mem::take(claims)));
    let mut found = Found {
        findings: constant::findings(of_archs.collect(), &shared, count),
        ..Found::default()
    };
    idle.keys.retain(|key| !shared.settled().contains(key));
    if idle.keys.is_empty() {
        return found;
    }
    let Some(mut verdicts) = decide(models, lines, &shared, &idle) else {
        return Found::default();
    };
    // Some configuration may answer where the solver cannot.
    let settled = |key: &Key| shared.settled().contains(key);
    let mut undecided = verdicts.iter().flat_map(|(_, of)| &of.undecided);
    if undecided.any(|(key, _)| !settled(key)) {
        models.each(&mut |models| {
            for model in models {
                let (evaluator, keys) = (Evaluator::new(model, "CONFIG_"), shared.keys(model));
                dead::survey(&evaluator, &keys, &shared, Some(&lines(model)));
            }
        });
        idle.keys.retain(|key| !settled(key));
        verdicts = decide(models, lines, &shared, &idle).unwrap_or_default();
    }
    let verdicts: Vec<(&str, Verdicts)> = verdicts
        .iter_mut()
        .map(|(arch, of)| (&**arch, std::mem::take(of)))
        .collect();
    let is_declared = |name: &str| !names::is_name(name) || is_declared(name);
    let (findings, undecided) = dead::findings(&verdicts, &shared, count, &is_declared);
    found.findings.extend(findings);
    constant::leave_types(&mut found.findings);
    found.undecided = undecided;
    diag::sort(&mut found.findings);
    found
}

/// Asks the solver about lines that acted nowhere; `None` if the files of one are refused as a whole.
fn decide(
    models: &dyn Models,
    lines: LinesOf<'_>,
    shared: &Shared,
    idle: &Idle,
) -> Option<Vec<(String, Verdicts)>> {
    let mut verdicts = Some(Vec::new());
    models.each(&mut |models| {
        let of = models.par_iter().map(|model| {
            let evaluator = Evaluator::new(model, "CONFIG_");
            if evaluator.refusal().is_some() {
                return None;
            }
            let (keys, mut implied) = (shared.keys(model), Implied::new(model));
            let lines = lines(model);
            let of = dead::verdicts(&evaluator, &mut implied, idle, &keys, shared, Some(&lines));
            Some((model.srcarch.clone(), of))
        });
        let of: Option<Vec<_>> = of.collect();
        match (of, &mut verdicts) {
            (Some(of), Some(verdicts)) => verdicts.extend(of),
            _ => verdicts = None,
        }
    });
    verdicts
}
