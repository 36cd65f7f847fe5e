//! Owns which symbols are the same in the trees before and after a change, although lines about them are touched: entries that were moved,
//! or of which only texts for people differ.
//!
//! A symbol may have other values if its own entries differ, in what they say or in the blocks around them, or what selects or implies
//! it. A symbol that is gone need not count as a selector if a user could set it to `n`: each configuration of the tree after is then
//! one of the tree before in which it is off. It must not know selects that come out badly.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;

use super::touched::Symbols;
use crate::kconfig::model::{
    EntryKind, ExprId, Model, Property, PropertyId, PropertyKind, SymbolId,
};

/// Leaves out the symbols of `new` that are the same in `old`.
pub fn retain(symbols: &mut Symbols, old: &Model, new: &Model) {
    let both = symbols.own.union(&symbols.changed).copied();
    let (mut own, mut changed) = (FxHashSet::default(), FxHashSet::default());
    for symbol in both {
        let before = old.find(&new.name(symbol));
        let is_changed = !has_same_values(old, before, new, symbol);
        if is_changed {
            changed.insert(symbol);
        }
        let lines = |model: &Model, symbol| reverse_lines(model, symbol);
        if is_changed || before.map(|before| lines(old, before)) != Some(lines(new, symbol)) {
            own.insert(symbol);
        }
    }
    symbols.own.retain(|symbol| own.contains(symbol));
    symbols.changed.retain(|symbol| changed.contains(symbol));
}

/// Whether a symbol has the same values in all configurations, as far as its own lines and those that select it say.
fn has_same_values(old: &Model, before: Option<SymbolId>, new: &Model, symbol: SymbolId) -> bool {
    let Some(before) = before else {
        return false;
    };
    let (of_old, of_new) = (old.symbol(before), new.symbol(symbol));
    (of_old.type_, of_old.transitional) == (of_new.type_, of_new.transitional)
        && own_lines(old, before) == own_lines(new, symbol)
        && has_same_selectors(old, before, new, symbol)
}

/// The own lines of a symbol besides what it selects, each with its conditions, in order, after its dependencies and its choice.
fn own_lines(model: &Model, symbol: SymbolId) -> Vec<String> {
    let mut lines: Vec<String> = model
        .definitions(symbol)
        .map(|entry| model.write(model.entry(entry).dependency))
        .collect();
    add_properties(model, symbol, &mut lines);
    if let Some(choice) = model.symbol(symbol).choice {
        lines.push(model.write(model.entry(choice).dependency));
        if let Some(choice) = model.entry(choice).symbol {
            add_properties(model, choice, &mut lines);
        }
        let members = model.entries.iter();
        let members = members.filter(|entry| entry.parent == choice);
        let members = members.filter_map(|entry| entry.symbol);
        lines.extend(members.map(|member| model.name(member)));
    }
    lines
}

fn add_properties(model: &Model, symbol: SymbolId, lines: &mut Vec<String>) {
    for id in model.own_properties_of(symbol) {
        let property = model.property(id);
        let what = match property.kind {
            PropertyKind::Default(value) => format!("default {}", model.write(value)),
            PropertyKind::Range(low, high) => {
                format!("range {} {}", model.name(low), model.name(high))
            }
            _ => "prompt".to_owned(),
        };
        lines.push(format!("{what} if {}", conditions(model, property)));
    }
}

/// The conditions of a line, with those of its entry.
fn conditions(model: &Model, property: &Property) -> String {
    let of = model.entry(property.entry).dependency;
    format!("{} && {}", model.write(property.condition), model.write(of))
}

/// The lines in which a symbol selects and implies others.
fn reverse_lines(model: &Model, symbol: SymbolId) -> BTreeSet<String> {
    let lines = model.properties_of(symbol).filter_map(|id| {
        let property = model.property(id);
        let (word, target) = match property.kind {
            PropertyKind::Select(target) => ("select", target),
            PropertyKind::Imply(target) => ("imply", target),
            _ => return None,
        };
        let conditions = conditions(model, property);
        Some(format!("{word} {} if {conditions}", model.name(target)))
    });
    lines.collect()
}

/// Whether the same lines select and imply a symbol, those left out of symbols that are gone and that a user could set to `n`.
fn has_same_selectors(old: &Model, before: SymbolId, new: &Model, symbol: SymbolId) -> bool {
    let is_defined = |model: &Model, name: &str| {
        let symbol = model.find(name);
        symbol.is_some_and(|symbol| model.is_defined(symbol))
    };
    let lines = |model: &Model, symbol, counts: &dyn Fn(SymbolId, &str) -> bool| {
        let lines = model.selects_of(symbol).chain(model.implies_of(symbol));
        let lines = lines.filter_map(|id: PropertyId| {
            let property = model.property(id);
            let selector = model.entry(property.entry).symbol?;
            let name = model.name(selector);
            let word = match property.kind {
                PropertyKind::Select(_) => "select",
                _ => "imply",
            };
            counts(selector, &name)
                .then(|| format!("{word} of {name} if {}", conditions(model, property)))
        });
        lines.collect::<BTreeSet<String>>()
    };
    let counts = |selector, name: &str| is_defined(new, name) || !may_be_off(old, selector);
    lines(old, before, &counts) == lines(new, symbol, &|_, _| true)
}

/// Whether a user may set a symbol to `n` in every configuration: it has one entry, with a prompt that is always shown where the entry
/// counts, and nothing selects it.
fn may_be_off(model: &Model, symbol: SymbolId) -> bool {
    let is_entry = |kind| matches!(kind, EntryKind::Config | EntryKind::Menuconfig);
    let mut entries = model.definitions(symbol);
    let entry = entries.next().map(|entry| model.entry(entry));
    let has_prompt = model.own_properties_of(symbol).any(|id| {
        let property = model.property(id);
        let is_prompt = matches!(
            property.kind,
            PropertyKind::Prompt(_) | PropertyKind::Menu(_)
        );
        is_prompt && property.condition == ExprId::YES
    });
    has_prompt
        && entries.next().is_none()
        && entry.is_some_and(|entry| is_entry(entry.kind))
        && model.symbol(symbol).choice.is_none()
        && model.selects_of(symbol).next().is_none()
}
