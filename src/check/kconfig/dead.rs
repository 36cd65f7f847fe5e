//! Owns lines that can never act: symbols that no configuration of any architecture turns on, and selects, implies, defaults, ranges,
//! prompts, menus and `if` blocks whose conditions never hold.
//!
//! Dead is what is dead on every architecture that reads the line. First each architecture says what surely acts, in a few
//! configurations; what acts nowhere is put to the solver afterwards.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::line::{Key, Keys, Part, Shared};
use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::eval::{Evaluator, NewValues, Tristate};
use crate::kconfig::implied::{Implied, Level as From};
use crate::kconfig::model::{
    EntryId, EntryKind, ExprId, Model, Place, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::solve::{Formula, Literal, Node, Question, Refuter, Undecided, Value};
use crate::kconfig::unmet;

/// The name of the lint about symbols.
pub const SYMBOL: &str = "dead-symbol";
/// The name of the lint about selects and implies.
pub const SELECT: &str = "dead-select";
/// The name of the lint about defaults.
pub const DEFAULT: &str = "dead-default";
/// The name of the lint about ranges.
pub const RANGE: &str = "dead-range";
/// The name of the lint about prompts and comments.
pub const PROMPT: &str = "dead-prompt";
/// The name of the lint about menus and `if` blocks.
pub const BLOCK: &str = "dead-block";

/// A symbol that is meant to be off: what depends on it is known not to work.
pub(super) const BROKEN: &str = "BROKEN";

/// From so many symbols it has to follow that a line never acts. A line that acts in some configuration that was not tried would need all
/// symbols that bear on it, by the thousand, for nothing to be said in the end.
const MOST_SYMBOLS: usize = 176;

/// A line of one model that may act or not.
#[derive(Clone, Copy, Debug)]
enum Item {
    Symbol(SymbolId),
    Block(EntryId),
    Line(PropertyId),
}

/// What the solver says of the lines that acted nowhere, of one architecture.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What never acts, as a finding, with the symbol and the blocks that it stands in: where one of these is dead, too, that tells all.
    pub dead: BTreeMap<Key, (Vec<Key>, Diagnostic)>,
    /// What could not be decided: the line with its place and the reason.
    pub undecided: Vec<(Key, String)>,
}

/// Every line that can act or not.
fn items(model: &Model, keys: &Keys) -> Vec<(Key, Item)> {
    let key = |place: Place, part| keys.key(place, part);
    let mut found = Vec::new();
    for index in 1..model.entries.len() {
        let id = EntryId::new(index);
        let entry = model.entry(id);
        match (entry.kind, entry.symbol) {
            (EntryKind::Config | EntryKind::Menuconfig, Some(symbol)) => {
                let of = model.symbol(symbol);
                let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
                if logical && !of.transitional && model.definitions(symbol).next() == Some(id) {
                    found.push((key(entry.place, Part::Symbol), Item::Symbol(symbol)));
                }
            }
            (EntryKind::Menu | EntryKind::If | EntryKind::Choice | EntryKind::Comment, _)
                if model
                    .own_dependencies(id)
                    .iter()
                    .any(|line| line.dependency != ExprId::YES) =>
            {
                found.push((key(entry.place, Part::Block), Item::Block(id)));
            }
            _ => {}
        }
    }
    for index in 0..model.properties.len() {
        let id = PropertyId::new(index);
        let property = model.property(id);
        let is_line = match property.kind {
            PropertyKind::Select(_) | PropertyKind::Imply(_) => true,
            // A prompt without a condition of its own lives as its symbol does.
            PropertyKind::Prompt(_) | PropertyKind::Menu(_) | PropertyKind::Comment(_) => {
                property.condition != ExprId::YES
            }
            PropertyKind::Default(_) | PropertyKind::Range(..) => property.condition != ExprId::YES,
        };
        if is_line {
            found.push((key(property.place, Part::Line), Item::Line(id)));
        }
    }
    found
}

/// What a line needs to act, as expressions, and the symbol that has to be on.
fn needs(model: &Model, item: Item) -> (Option<SymbolId>, Vec<ExprId>) {
    match item {
        Item::Symbol(symbol) => (Some(symbol), Vec::new()),
        Item::Block(entry) => (None, vec![model.entry(entry).dependency]),
        Item::Line(id) => {
            let property = model.property(id);
            let entry = model.entry(property.entry);
            let selector = matches!(
                property.kind,
                PropertyKind::Select(_) | PropertyKind::Imply(_)
            );
            (
                entry.symbol.filter(|_| selector),
                vec![entry.dependency, property.condition],
            )
        }
    }
}

/// Looks which lines act in a few configurations: with everything on, as far as possible as modules, with nothing on, and with the
/// defaults; all that is tried in a shell succeeds, and fails. Gives the lines that acted in none and on no architecture before.
pub fn survey(evaluator: &Evaluator<'_>, keys: &Keys, shared: &Shared) -> FxHashSet<Key> {
    let model = evaluator.model();
    let mut left = items(model, keys);
    left.retain({
        let settled = shared.settled();
        move |(key, _)| !settled.contains(key)
    });
    let mut acted = Vec::new();
    for (values, answer) in [
        (NewValues::Yes, "y"),
        (NewValues::Mod, "y"),
        (NewValues::No, "n"),
        (NewValues::Default, "y"),
        (NewValues::Yes, "n"),
        (NewValues::No, "y"),
    ] {
        let mut configuration = evaluator.configuration();
        for (index, symbol) in model.symbols.iter().enumerate() {
            if symbol.unknown {
                configuration.assume(SymbolId::new(index), answer);
            }
        }
        configuration.set_new(values);
        left.retain(|&(key, item)| {
            let (symbol, exprs) = needs(model, item);
            let acts = symbol.is_none_or(|symbol| configuration.tristate(symbol) != Tristate::No)
                && exprs
                    .into_iter()
                    .all(|expr| configuration.value_of(expr) != Tristate::No);
            if acts {
                acted.push(key);
            }
            !acts
        });
    }
    shared.settled().extend(acted);
    left.into_iter().map(|(key, _)| key).collect()
}

/// Asks of the lines that acted nowhere whether they can act on this architecture. What may is settled for all of them: nothing is said
/// of a line that does not surely act on none.
pub fn verdicts(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    idle: &FxHashSet<Key>,
    keys: &Keys,
    shared: &Shared,
) -> Verdicts {
    let model = evaluator.model();
    let mut refuter = Refuter::new(evaluator);
    let mut verdicts = Verdicts::default();
    let mut dead_symbols: FxHashMap<SymbolId, bool> = FxHashMap::default();
    let broken = model.find(BROKEN);
    for (key, item) in items(model, keys) {
        // What another architecture found to act is not dead, whatever this one says.
        if !idle.contains(&key) || shared.settled().contains(&key) {
            continue;
        }
        let never = match item {
            Item::Line(id) => {
                let property = model.property(id);
                let symbol = model.entry(property.entry).symbol;
                // Its symbol, or a block around it, is reported once.
                if symbol.is_some_and(|symbol| dead_symbols.get(&symbol) == Some(&true)) {
                    Ok(true)
                } else {
                    never(model, implied, &mut refuter, item)
                }
            }
            _ => never(model, implied, &mut refuter, item),
        };
        if let Item::Symbol(symbol) = item {
            dead_symbols.insert(symbol, never == Ok(true));
        }
        match never {
            Ok(true) => {}
            Ok(false) => {
                shared.settled().insert(key);
                continue;
            }
            Err(reason) => {
                let place = model.location(place(model, item));
                verdicts
                    .undecided
                    .push((key, format!("{place} on {}: {reason}", model.srcarch)));
                continue;
            }
        }
        let (symbol, exprs) = needs(model, item);
        let mut named = Vec::new();
        let mut all = exprs;
        if let Some(symbol) = symbol {
            all.extend(
                model
                    .definitions(symbol)
                    .map(|entry| model.entry(entry).dependency),
            );
        }
        model.exprs.symbols_of(&all, None, &mut named);
        let is_broken = |symbol: SymbolId| broken == Some(symbol);
        if symbol.is_some_and(is_broken) || named.into_iter().any(is_broken) {
            continue;
        }
        let around = around(model, keys, item);
        verdicts
            .dead
            .insert(key, (around, finding(model, implied, item)));
    }
    verdicts
}

/// Where a line stands.
fn place(model: &Model, item: Item) -> Place {
    let entry = match item {
        Item::Symbol(symbol) => model.definitions(symbol).next().unwrap_or(EntryId::ROOT),
        Item::Block(entry) => entry,
        Item::Line(id) => return model.property(id).place,
    };
    model.entry(entry).place
}

/// What a line stands in: its symbol, if it is not one itself, and the blocks around it.
fn around(model: &Model, keys: &Keys, item: Item) -> Vec<Key> {
    let (mut at, mut found) = match item {
        Item::Symbol(symbol) => {
            let entry = model.definitions(symbol).next();
            (entry.unwrap_or(EntryId::ROOT), Vec::new())
        }
        Item::Block(entry) => (entry, Vec::new()),
        Item::Line(id) => {
            let entry = model.property(id).entry;
            let symbol = model.entry(entry).symbol;
            let first = symbol.and_then(|symbol| model.definitions(symbol).next());
            let first = first.map(|first| keys.key(model.entry(first).place, Part::Symbol));
            (entry, first.into_iter().collect())
        }
    };
    while at != EntryId::ROOT {
        at = model.entry(at).parent;
        found.push(keys.key(model.entry(at).place, Part::Block));
    }
    found
}

/// Whether a line acts in no configuration of this architecture.
fn never(
    model: &Model,
    implied: &mut Implied<'_>,
    refuter: &mut Refuter<'_>,
    item: Item,
) -> Result<bool, Undecided> {
    let (symbol, exprs) = needs(model, item);
    let by_text = symbol.is_some_and(|symbol| implied.facts(symbol, From::On).is_none())
        || exprs
            .iter()
            .any(|&expr| implied.expr(expr, From::On, true).is_none());
    if by_text {
        return Ok(true);
    }
    let mut formula = Formula::new();
    let mut parts = Vec::new();
    if let Some(symbol) = symbol {
        parts.push(formula.add(Node::Literal(Literal::new(symbol, Value::On))));
    }
    for expr in exprs {
        parts.push(formula.add(Node::Expr(expr, Value::On)));
    }
    formula.add(Node::And(parts));
    refuter.forget();
    refuter.excludes_within(&Question::new().and_formula(formula), MOST_SYMBOLS)
}

fn finding(model: &Model, implied: &mut Implied<'_>, item: Item) -> Diagnostic {
    let (lint, place, headline, symbol) = match item {
        Item::Symbol(symbol) => {
            let entry = model.definitions(symbol).next().unwrap_or(EntryId::ROOT);
            let name = model.name(symbol);
            let headline = format!("`{name}` cannot be enabled on any architecture");
            (SYMBOL, model.entry(entry).place, headline, Some(symbol))
        }
        Item::Block(entry) => {
            let of = model.entry(entry);
            let word = match of.kind {
                EntryKind::If => "this `if` block",
                EntryKind::Choice => "this choice",
                _ => "this menu",
            };
            if of.kind == EntryKind::Comment {
                let headline = "this comment is never shown on any architecture".to_owned();
                (PROMPT, of.place, headline, None)
            } else {
                let headline = format!("the condition of {word} never holds on any architecture");
                (BLOCK, of.place, headline, None)
            }
        }
        Item::Line(id) => {
            let property = model.property(id);
            let symbol = model.entry(property.entry).symbol;
            let name = symbol.map_or_else(String::new, |symbol| model.name(symbol));
            let (lint, what) = match &property.kind {
                PropertyKind::Select(target) => (
                    SELECT,
                    format!("`{name}` never selects `{}`", model.name(*target)),
                ),
                PropertyKind::Imply(target) => (
                    SELECT,
                    format!("`{name}` never implies `{}`", model.name(*target)),
                ),
                PropertyKind::Default(value) => (
                    DEFAULT,
                    format!(
                        "the default `{}` of `{name}` never applies",
                        model.write(*value)
                    ),
                ),
                PropertyKind::Range(..) => (RANGE, format!("this range of `{name}` never applies")),
                PropertyKind::Comment(_) => (PROMPT, "this comment is never shown".to_owned()),
                _ => (PROMPT, format!("this prompt of `{name}` is never shown")),
            };
            let headline = format!("{what} on any architecture");
            (lint, property.place, headline, symbol)
        }
    };
    let label = Label::new(model.location(place), "");
    let mut finding = Diagnostic::new(lint, Level::Note, headline, label);
    finding.symbol = symbol.map(|symbol| model.name(symbol));
    if let Some(why) = because(model, implied, item) {
        finding = finding.with_note(why);
    }
    finding
}

/// The operand of what a line needs that never holds by itself, if one tells.
fn because(model: &Model, implied: &mut Implied<'_>, item: Item) -> Option<String> {
    let mut operands = Vec::new();
    match item {
        Item::Symbol(symbol) => {
            if let Some(entry) = model.definitions(symbol).next() {
                operands.extend(unmet::operands(model, entry));
            }
        }
        Item::Block(entry) => operands.extend(unmet::operands(model, entry)),
        Item::Line(id) => {
            let property = model.property(id);
            operands.push((property.entry, property.condition));
            operands.extend(unmet::operands(model, property.entry));
        }
    }
    let never = operands
        .into_iter()
        .find(|&(_, expr)| implied.expr(expr, From::On, true).is_none());
    match (never, item) {
        (Some((entry, expr)), _) => {
            let place = model.location(model.entry(entry).place);
            Some(format!("{place}: `{}` never holds", model.write(expr)))
        }
        (None, Item::Symbol(symbol)) => {
            let has_prompt = model.properties_of(symbol).any(|id| {
                let kind = &model.property(id).kind;
                matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_))
            });
            (!has_prompt && model.selects_of(symbol).next().is_none())
                .then(|| "it has no prompt, and nothing selects it".to_owned())
        }
        _ => None,
    }
}
