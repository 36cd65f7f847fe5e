//! Owns the way from a witness to a configuration with few options on: the lines for `allnoconfig`.
//!
//! A witness tells what has to be said on top of the defaults, and `allnoconfig` has no defaults: so the evaluator computes both
//! configurations, and what the one has by default and the other lacks is added.

use std::collections::BTreeMap;

use super::Witness;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues, Tristate};
use crate::kconfig::model::{ExprId, Model, PropertyKind, SymbolId, Type};

/// How often what `allnoconfig` lacks is looked for: each round adds what the one before made visible.
const MAX_ROUNDS: usize = 12;

/// The lines of a witness and those that make up for defaults: with them `allnoconfig` gives each of these symbols the value that it has with
/// the witness. Where no lines do, the result has the closest ones; the caller computes what they give.
pub fn for_allnoconfig(
    evaluator: &Evaluator<'_>,
    witness: &Witness,
    symbols: impl IntoIterator<Item = SymbolId>,
) -> Vec<String> {
    let model = evaluator.model();
    let mut lines: BTreeMap<usize, String> = BTreeMap::new();
    let mut order = 0;
    for line in witness.lines(model) {
        lines.insert(order, line);
        order += 1;
    }
    let mut full = with_answers(evaluator, witness);
    full.load(text(lines.values()).as_bytes(), false);
    let mut wanted: Vec<(SymbolId, Tristate)> = Vec::new();
    for symbol in symbols {
        if wanted.iter().all(|&(known, _)| known != symbol) {
            wanted.push((symbol, full.tristate(symbol)));
        }
    }
    let mut added: Vec<SymbolId> = witness
        .assignments
        .iter()
        .map(|assignment| assignment.symbol)
        .collect();
    // Which member of a choice is the default may depend on the compiler, which has more than the witness assumes.
    for &(symbol, value) in &wanted {
        let is_member = model.symbol(symbol).choice.is_some();
        if is_member && value == Tristate::Yes && !added.contains(&symbol) {
            added.push(symbol);
            lines.insert(order, format!("CONFIG_{}=y", model.name(symbol)));
            order += 1;
        }
    }
    for _ in 0..MAX_ROUNDS {
        let mut bare = with_answers(evaluator, witness);
        bare.read(text(lines.values()).as_bytes(), false);
        bare.set_new(NewValues::No);
        let failed: Vec<SymbolId> = wanted
            .iter()
            .filter(|&&(symbol, value)| bare.tristate(symbol) != value)
            .map(|&(symbol, _)| symbol)
            .collect();
        if failed.is_empty() {
            break;
        }
        let before = added.len();
        for symbol in differing(model, &mut full, &mut bare, failed) {
            let value = full.tristate(symbol);
            let has_prompt = model
                .definitions(symbol)
                .any(|entry| model.entry(entry).prompt.is_some());
            if has_prompt && value != Tristate::No && !added.contains(&symbol) {
                added.push(symbol);
                lines.insert(
                    order,
                    format!("CONFIG_{}={}", model.name(symbol), value.text()),
                );
                order += 1;
            }
        }
        if added.len() == before {
            break;
        }
    }
    lines.into_values().collect()
}

fn text<'l>(lines: impl Iterator<Item = &'l String>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

/// A configuration with the answers that a witness assumes.
pub fn with_answers<'e, 'm>(
    evaluator: &'e Evaluator<'m>,
    witness: &Witness,
) -> Configuration<'e, 'm> {
    let mut configuration = evaluator.configuration();
    for (index, symbol) in evaluator.model().symbols.iter().enumerate() {
        let name = symbol.name.as_ref().filter(|_| symbol.unknown);
        if let Some(answer) = name.and_then(|name| witness.answer(name)) {
            configuration.assume(SymbolId::new(index), &answer);
        }
    }
    configuration
}

/// The symbols that bear on `failed` and are on in `full` and not in `bare`.
fn differing(
    model: &Model,
    full: &mut Configuration<'_, '_>,
    bare: &mut Configuration<'_, '_>,
    failed: Vec<SymbolId>,
) -> Vec<SymbolId> {
    let mut pending = failed;
    let mut seen: Vec<SymbolId> = Vec::new();
    let mut found = Vec::new();
    while let Some(symbol) = pending.pop() {
        if seen.contains(&symbol) {
            continue;
        }
        seen.push(symbol);
        let logical = matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        );
        if !logical || full.tristate(symbol) == bare.tristate(symbol) {
            continue;
        }
        found.push(symbol);
        let mut exprs: Vec<ExprId> = Vec::new();
        let mut near: Vec<SymbolId> = Vec::new();
        for entry in model.definitions(symbol) {
            exprs.push(model.entry(entry).dependency);
            exprs.extend(
                model
                    .entry(entry)
                    .prompt
                    .map(|prompt| model.property(prompt).condition),
            );
        }
        for id in model.properties_of(symbol) {
            let property = model.property(id);
            exprs.push(property.condition);
            if let PropertyKind::Default(value) = property.kind {
                exprs.push(value);
            }
        }
        for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
            let property = model.property(id);
            exprs.push(property.condition);
            near.extend(model.entry(property.entry).symbol);
        }
        model.exprs.symbols_of(&exprs, None, &mut near);
        pending.extend(near);
    }
    found
}
