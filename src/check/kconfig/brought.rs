//! Owns which unmet dependencies a change brings: selects that it bears on, that can leave dependencies unmet in the tree after it,
//! and that could not in the tree before.
//!
//! A select is the same in both trees if the same symbol selects the same one, wherever the lines stand. A symbol that only the tree after
//! declares may be one that only the tree before does, under another name. It must not know how a change was found out.

use std::sync::{Arc, LazyLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::alarm::{self, Alarm};
use super::before::{Before, Renames, Select, Selects};
use super::touched::Touched;
use super::undecided::Unanswered;
use super::{Found, add_alarm, same};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::implied::Implied;
use crate::kconfig::model::{Model, PropertyId};
use crate::kconfig::solve::Solver;
use crate::kconfig::unmet;

/// Of more selects than this on one architecture, only those are asked whose own lines or whose target's lines a change touches, and
/// not those of everything that depends on a touched symbol: a change to the entry of `NET` bears on a tenth of the tree.
const MAX_SELECTS: usize = 250;

/// The selects of one architecture that came out badly.
#[derive(Default)]
struct OfArch {
    alarms: Vec<Alarm>,
    undecided: Vec<Unanswered>,
    /// The selects that were left out, being more than [`MAX_SELECTS`].
    left_out: Vec<PropertyId>,
    asked: usize,
    solved: usize,
}

/// The findings that a change introduces. `after` are the models of the tree after it; about an architecture whose Kconfig files
/// could not be read in one of both trees, or are refused as a whole in one of them, nothing is said. An architecture that was not there before is
/// new.
pub fn brought(before: Before<'_>, after: &[&Model], touched: &Touched) -> Found {
    let mut found = Found::default();
    let renames = LazyLock::new(|| Renames::new(before, after));
    let of_archs: Vec<OfArch> = after
        .par_iter()
        .map(|model| of_arch(before, model, touched, &|| &renames))
        .collect();
    let mut left_out: Option<Unanswered> = None;
    for (of, model) in of_archs.into_iter().zip(after) {
        let places = of.left_out.iter();
        let places = places.map(|&select| model.location(model.property(select).place));
        if let Some(place) = places.min() {
            let all = left_out.get_or_insert_with(|| Unanswered {
                lint: alarm::UNMET,
                place: None,
                archs: Vec::new(),
                reason: format!(
                    "the first select that was not checked: the change affects more than {MAX_SELECTS} selects of an architecture, \
                     so those of symbols that only depend on a changed symbol, or are selected by one, are left out; to check all, \
                     run `check --select unmet` on the resulting tree"
                ),
                count: 0,
            });
            let first = all.place.take();
            all.place = first.into_iter().chain([place]).min();
            all.archs.push(model.srcarch.clone());
            all.count += of.left_out.len();
        }
        for alarm in of.alarms {
            add_alarm(&mut found.alarms, alarm);
        }
        found.undecided.extend(of.undecided);
        found.asked += of.asked;
        found.solved += of.solved;
    }
    found.undecided.sort();
    found.undecided.dedup();
    found.undecided.extend(left_out);
    found
}

fn of_arch<'a>(
    before: Before<'_>,
    model: &Model,
    touched: &Touched,
    renames: &dyn Fn() -> &'a Renames<'a>,
) -> OfArch {
    let mut of = OfArch::default();
    if model.unread.is_some() || before.is_unread(&model.srcarch) || model.has_syntax_errors() {
        return of;
    }
    let mut symbols = touched.symbols(model);
    let mut selection = symbols.selects(model);
    if selection.len() > MAX_SELECTS {
        // Entries that were only moved need not be asked about. It takes the model of the tree before to tell.
        before.ask(&model.srcarch, &mut |old| {
            same::retain(&mut symbols, old, model);
        });
        selection = symbols.selects(model);
    }
    if selection.len() > MAX_SELECTS {
        let own = symbols.own_selects(model);
        let left = selection.difference(&own).copied();
        of.left_out = left.collect();
        selection = own;
    }
    for select in symbols.selects_turned_on(model) {
        if selection.len() < MAX_SELECTS {
            selection.insert(select);
        } else if !selection.contains(&select) {
            of.left_out.push(select);
        }
    }
    if selection.is_empty() {
        return of;
    }
    let evaluator = Evaluator::new(model, "CONFIG_");
    if evaluator.refusal().is_some() {
        return of;
    }
    let mut implied = Implied::new(model);
    let selects = unmet::selects(&evaluator, &mut implied, &mut |select| {
        selection.contains(&select)
    });
    (of.asked, of.solved) = (selects.asked, selects.solved);
    let bad = selects.holes.iter().map(|hole| hole.select);
    let bad = bad.chain(selects.undecided.iter().map(|(select, _)| *select));
    let bad = bad.filter_map(|select| Some((names(model, select)?, path(model, select))));
    let bad: Vec<(Select, &Arc<str>)> = bad.collect();
    if bad.is_empty() {
        return of;
    }
    let older = older(before, &model.srcarch, &bad, renames);
    let mut wanted: FxHashSet<Select> = bad.into_iter().map(|(names, _)| names).collect();
    wanted.extend(older.values().flatten().cloned());
    let Some(known) = before.selects(&model.srcarch, &wanted, &known) else {
        return of;
    };
    // How the select came out before, under its name or an older one.
    let known = |select: PropertyId| {
        let names = names(model, select);
        let older = names.iter().filter_map(|names| older.get(names)).flatten();
        let forms = names.iter().chain(older).filter_map(|one| known.get(one));
        forms.copied().collect::<Vec<_>>()
    };
    let arch = &model.srcarch;
    let mut undecided = |select: PropertyId, reason: String| {
        let place = model.location(model.property(select).place);
        let one = Unanswered::new(alarm::UNMET, place, arch, reason);
        of.undecided.push(one);
    };
    let mut solver = Solver::new(model);
    for hole in selects.holes {
        // The same select as before, in the same form or a milder one.
        let mut forms = known(hole.select).into_iter();
        if forms.any(|form| form.is_none_or(|form| form <= hole.form)) {
            continue;
        }
        match alarm::alarm(&evaluator, &mut implied, &mut solver, arch, hole) {
            // This select is not at fault for another one.
            Ok(alarm) => of.alarms.extend(alarm.filter(|alarm| !alarm.follows)),
            Err(reason) => undecided(hole.select, reason),
        }
    }
    for (select, reason) in selects.undecided {
        if known(select).is_empty() {
            undecided(select, reason);
        }
    }
    of
}

/// The selects of the tree before that those with a new symbol at one of their ends may have been: such as stood in the same file.
fn older<'a>(
    before: Before<'_>,
    srcarch: &str,
    bad: &[(Select, &Arc<str>)],
    renames: &dyn Fn() -> &'a Renames<'a>,
) -> FxHashMap<Select, Vec<Select>> {
    let mut older: FxHashMap<Select, Vec<Select>> = FxHashMap::default();
    let is_new = |((selector, target), _): &&(Select, &Arc<str>)| {
        !before.declares(selector) || !before.declares(target)
    };
    let new: Vec<&(Select, &Arc<str>)> = bad.iter().filter(is_new).collect();
    if new.is_empty() || renames().symbols().next().is_none() {
        return older;
    }
    let renames = renames();
    before.ask(srcarch, &mut |model| {
        for index in 0..model.properties.len() {
            let select = PropertyId::new(index);
            let Some(old) = names(model, select) else {
                continue;
            };
            for (new, file) in &new {
                if renames.may_be(&old.0, &new.0)
                    && renames.may_be(&old.1, &new.1)
                    && renames.may_be_file(path(model, select), file)
                {
                    older.entry(new.clone()).or_default().push(old.clone());
                }
            }
        }
    });
    older
}

/// How selects come out in the tree before; `None` if its files are refused as a whole.
fn known(model: &Model, wanted: &FxHashSet<Select>) -> Option<Selects> {
    let evaluator = Evaluator::new(model, "CONFIG_");
    if evaluator.refusal().is_some() {
        return None;
    }
    let mut implied = Implied::new(model);
    let selects = unmet::selects(&evaluator, &mut implied, &mut |select| {
        names(model, select).is_some_and(|names| wanted.contains(&names))
    });
    let undecided = selects.undecided.iter().map(|(select, _)| (*select, None));
    let holes = selects.holes.iter();
    let holes = holes.map(|hole| (hole.select, Some(hole.form)));
    let mut known = Selects::default();
    for (select, form) in undecided.chain(holes) {
        if let Some(names) = names(model, select) {
            let of = known.entry(names).or_insert(form);
            // The worst of several lines counts, and what is undecided may be the worst.
            *of = (*of).min(form);
        }
    }
    Some(known)
}

/// The file that a select stands in.
fn path(model: &Model, select: PropertyId) -> &Arc<str> {
    let place = model.property(select).place;
    model.files[place.file as usize].file.path()
}

/// The names of the selector and the target.
fn names(model: &Model, select: PropertyId) -> Option<Select> {
    let (selector, target) = unmet::ends(model, select)?;
    Some((model.name(selector), model.name(target)))
}
