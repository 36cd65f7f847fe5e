//! Owns the shape of the menus: which entries are below which, after `conf` has made submenus of entries that depend on the
//! one before them and dissolved the blocks that have no title.
//!
//! The order of entries is not changed by it, so `.config` does not need it; `listnewconfig` does.
//!
//! Follows `menu.c: _menu_finalize`, its second half (7.2).

use super::simplify::{Id, Simplifier, Unfinished};
use super::{Dialect, Evaluator};
use crate::kconfig::model::{EntryId, EntryKind};

/// For each entry the one that it is below.
pub(super) struct Shape {
    parents: Vec<EntryId>,
    /// The limits that were reached.
    pub(super) unfinished: Vec<Unfinished>,
}

impl Shape {
    /// The shape of all menus.
    pub(super) fn new(rules: &Evaluator<'_>) -> Self {
        let entries = &rules.model.entries;
        let mut children: Vec<Vec<EntryId>> = vec![Vec::new(); entries.len()];
        for index in 1..entries.len() {
            children[entries[index].parent.index()].push(EntryId::new(index));
        }
        let mut parents: Vec<EntryId> = entries.iter().map(|entry| entry.parent).collect();
        let mut simplifier = Simplifier::new(rules);
        for (parent, children) in children.iter().enumerate() {
            // The members of a choice form no submenus since 6.11, unless they stand in an `if` in it.
            if entries[parent].kind != EntryKind::Choice || rules.dialect == Dialect::OldChoices {
                make_submenus(rules, &mut simplifier, children, &mut parents);
            }
        }
        // Blocks come before what is in them, so each sees where the block around it went.
        for index in 1..entries.len() {
            let parent = parents[index];
            if parent != EntryId::ROOT && entries[parent.index()].prompt.is_none() {
                parents[index] = parents[parent.index()];
            }
        }
        Self {
            parents,
            unfinished: simplifier.unfinished,
        }
    }

    /// The entry that an entry is below.
    pub(super) fn parent(&self, entry: EntryId) -> EntryId {
        self.parents[entry.index()]
    }
}

/// Puts siblings below the symbol before them that they depend on.
fn make_submenus(
    rules: &Evaluator<'_>,
    simplifier: &mut Simplifier<'_, '_>,
    siblings: &[EntryId],
    parents: &mut [EntryId],
) {
    // The symbols that may still take the next sibling, the innermost last, with their own conditions once asked for.
    let mut open: Vec<(EntryId, Option<Id>)> = Vec::new();
    for (index, &sibling) in siblings.iter().enumerate() {
        while let Some((owner, own)) = open.last_mut() {
            if takes(rules, simplifier, *owner, own, sibling) {
                parents[sibling.index()] = *owner;
                break;
            }
            open.pop();
        }
        let has_children = siblings.get(index + 1).map_or_else(
            || {
                let next = sibling.index() + 1;
                rules
                    .model
                    .entries
                    .get(next)
                    .is_some_and(|entry| entry.parent == sibling)
            },
            |next| next.index() != sibling.index() + 1,
        );
        if !has_children && rules.model.entry(sibling).symbol.is_some() {
            open.push((sibling, None));
        }
    }
}

/// Whether an entry becomes part of the submenu of the symbol before it.
fn takes(
    rules: &Evaluator<'_>,
    simplifier: &mut Simplifier<'_, '_>,
    owner: EntryId,
    own: &mut Option<Id>,
    entry: EntryId,
) -> bool {
    let model = rules.model;
    let Some(symbol) = model.entry(owner).symbol else {
        return false;
    };
    // Most pairs are decided by this, without rewriting anything.
    let mut exprs = vec![model.entry(entry).dependency];
    exprs.extend(
        model
            .entry(entry)
            .prompt
            .map(|id| model.property(id).condition),
    );
    let mut symbols = Vec::new();
    model.exprs.symbols_of(&exprs, model.modules, &mut symbols);
    if !symbols.contains(&symbol) {
        return false;
    }
    let condition = match model.entry(entry).prompt {
        Some(prompt) => simplifier.condition(prompt),
        None => simplifier.dependency(entry),
    };
    if !simplifier.contains(condition, symbol) {
        return false;
    }
    if simplifier.depends(condition, symbol) {
        return true;
    }
    let own = *own.get_or_insert_with(|| {
        let prompt = model.entry(owner).prompt;
        let condition = prompt.and_then(|prompt| simplifier.condition(prompt));
        simplifier.is_not_no(condition)
    });
    let condition = simplifier.is_not_no(condition);
    simplifier.is_superset(condition, own)
}
