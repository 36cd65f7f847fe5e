//! Owns lines that can never act: symbols that no configuration of any architecture turns on, and selects, implies, defaults, ranges,
//! prompts, menus and `if` blocks whose conditions never hold.
//!
//! Dead is what is dead on every architecture that reads the line. First each architecture says what surely acts, in two
//! configurations with everything on; what acts nowhere is put to the solver afterwards.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::eval::{Evaluator, NewValues, Tristate};
use crate::kconfig::implied::{Implied, Level as From};
use crate::kconfig::model::{
    EntryId, EntryKind, ExprId, Model, Place, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::solve::{Formula, Literal, Node, Question, Refuter, Value};
use crate::kconfig::unmet;

/// The name of the lint about symbols.
pub const SYMBOL: &str = "dead-symbol";
/// The name of the lint about selects and implies.
pub const SELECT: &str = "dead-select";
/// The name of the lint about defaults, ranges and prompts.
pub const LINE: &str = "dead-line";
/// The name of the lint about menus and `if` blocks.
pub const BLOCK: &str = "dead-block";

/// A symbol that is meant to be off: what depends on it is known not to work.
const BROKEN: &str = "BROKEN";

/// What identifies a line in all architectures: its file, where it begins, and what it is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    path: Arc<str>,
    start: u32,
    kind: Kind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Kind {
    Symbol,
    Block,
    Line,
}

/// A line of one model that may act or not.
#[derive(Clone, Copy, Debug)]
enum Item {
    Symbol(SymbolId),
    Block(EntryId),
    Line(PropertyId),
}

/// What acts and what may not, of one architecture.
#[derive(Debug, Default)]
pub struct Survey {
    /// What surely acts in some configuration.
    alive: FxHashSet<Key>,
    /// All lines that were looked at and did not act.
    idle: FxHashSet<Key>,
}

/// What is known of all architectures together.
#[derive(Debug, Default)]
pub struct Survivors {
    idle: FxHashSet<Key>,
    alive: FxHashSet<Key>,
}

impl Survivors {
    /// Adds what one architecture says.
    pub fn add(&mut self, survey: Survey) {
        self.alive.extend(survey.alive);
        self.idle.extend(survey.idle);
    }

    /// The lines that acted nowhere.
    pub fn idle(&self) -> FxHashSet<Key> {
        self.idle.difference(&self.alive).cloned().collect()
    }
}

/// What the solver says of the lines that acted nowhere, of one architecture.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// What can act, or may.
    pub possible: FxHashSet<Key>,
    /// What never acts, as a finding, with the symbol and the blocks that it stands in: where one of these is dead, too, that tells all.
    pub dead: BTreeMap<Key, (Vec<Key>, Diagnostic)>,
}

fn key(model: &Model, place: Place, kind: Kind) -> Key {
    Key {
        path: model.files[place.file as usize].file.path().clone(),
        start: place.span.start,
        kind,
    }
}

/// Every line that can act or not.
fn items(model: &Model) -> Vec<(Key, Item)> {
    let key = |place: Place, kind| key(model, place, kind);
    let mut found = Vec::new();
    for index in 1..model.entries.len() {
        let id = EntryId::new(index);
        let entry = model.entry(id);
        match (entry.kind, entry.symbol) {
            (EntryKind::Config | EntryKind::Menuconfig, Some(symbol)) => {
                let of = model.symbol(symbol);
                let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
                if logical && !of.transitional && model.definitions(symbol).next() == Some(id) {
                    found.push((key(entry.place, Kind::Symbol), Item::Symbol(symbol)));
                }
            }
            (EntryKind::Menu | EntryKind::If | EntryKind::Choice, _)
                if model
                    .own_dependencies(id)
                    .iter()
                    .any(|line| line.dependency != ExprId::YES) =>
            {
                found.push((key(entry.place, Kind::Block), Item::Block(id)));
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
            found.push((key(property.place, Kind::Line), Item::Line(id)));
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

/// Looks which lines act with everything on: as `allyesconfig` and `allmodconfig`, where all that is tried in a shell succeeds.
pub fn survey(evaluator: &Evaluator<'_>) -> Survey {
    let model = evaluator.model();
    let items = items(model);
    let mut acts = vec![false; items.len()];
    for values in [NewValues::Yes, NewValues::Mod, NewValues::No] {
        let mut configuration = evaluator.configuration();
        for (index, symbol) in model.symbols.iter().enumerate() {
            if symbol.unknown {
                configuration.assume(SymbolId::new(index), "y");
            }
        }
        configuration.set_new(values);
        for ((_, item), acts) in items.iter().zip(&mut acts) {
            if *acts {
                continue;
            }
            let (symbol, exprs) = needs(model, *item);
            *acts = symbol.is_none_or(|symbol| configuration.tristate(symbol) != Tristate::No)
                && exprs
                    .into_iter()
                    .all(|expr| configuration.value_of(expr) != Tristate::No);
        }
    }
    let mut survey = Survey::default();
    for ((key, _), acts) in items.into_iter().zip(acts) {
        let set = if acts {
            &mut survey.alive
        } else {
            &mut survey.idle
        };
        set.insert(key);
    }
    survey
}

/// A set stays whole whatever happens to who holds it: every change is a single insertion.
fn lock(set: &Mutex<FxHashSet<Key>>) -> MutexGuard<'_, FxHashSet<Key>> {
    set.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Asks of the lines that acted nowhere whether they can act on this architecture. `elsewhere` collects what acts on any, so that it is
/// found once; it only saves work.
pub fn verdicts(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    idle: &FxHashSet<Key>,
    elsewhere: &Mutex<FxHashSet<Key>>,
) -> Verdicts {
    let model = evaluator.model();
    let mut refuter = Refuter::new(evaluator).for_possible();
    let mut verdicts = Verdicts::default();
    let mut dead_symbols: FxHashMap<SymbolId, bool> = FxHashMap::default();
    let broken = model.find(BROKEN);
    for (key, item) in items(model) {
        // What another architecture found to act is not dead, whatever this one says.
        if !idle.contains(&key) || lock(elsewhere).contains(&key) {
            continue;
        }
        let never = match item {
            Item::Line(id) => {
                let property = model.property(id);
                let symbol = model.entry(property.entry).symbol;
                // Its symbol, or a block around it, is reported once.
                symbol.is_some_and(|symbol| dead_symbols.get(&symbol) == Some(&true))
                    || never(model, implied, &mut refuter, item)
            }
            _ => never(model, implied, &mut refuter, item),
        };
        if let Item::Symbol(symbol) = item {
            dead_symbols.insert(symbol, never);
        }
        if !never {
            lock(elsewhere).insert(key.clone());
            verdicts.possible.insert(key);
            continue;
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
        let around = around(model, item);
        verdicts
            .dead
            .insert(key, (around, finding(model, implied, item)));
    }
    verdicts
}

/// What a line stands in: its symbol, if it is not one itself, and the blocks around it.
fn around(model: &Model, item: Item) -> Vec<Key> {
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
            let first = first.map(|first| key(model, model.entry(first).place, Kind::Symbol));
            (entry, first.into_iter().collect())
        }
    };
    while at != EntryId::ROOT {
        at = model.entry(at).parent;
        found.push(key(model, model.entry(at).place, Kind::Block));
    }
    found
}

/// Whether a line acts in no configuration of this architecture. What is not known counts as no.
fn never(model: &Model, implied: &mut Implied<'_>, refuter: &mut Refuter<'_>, item: Item) -> bool {
    let (symbol, exprs) = needs(model, item);
    let by_text = symbol.is_some_and(|symbol| implied.facts(symbol, From::On).is_none())
        || exprs
            .iter()
            .any(|&expr| implied.expr(expr, From::On, true).is_none());
    by_text || {
        let mut formula = Formula::new();
        let mut parts = Vec::new();
        if let Some(symbol) = symbol {
            parts.push(formula.add(Node::Literal(Literal::new(symbol, Value::On))));
        }
        for expr in exprs {
            parts.push(formula.add(Node::Expr(expr, Value::On)));
        }
        formula.add(Node::And(parts));
        refuter
            .excludes(&Question::new().and_formula(formula))
            .unwrap_or(false)
    }
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
            let headline = format!("the condition of {word} never holds on any architecture");
            (BLOCK, of.place, headline, None)
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
                    LINE,
                    format!(
                        "the default `{}` of `{name}` never applies",
                        model.write(*value)
                    ),
                ),
                PropertyKind::Range(..) => (LINE, format!("this range of `{name}` never applies")),
                PropertyKind::Comment(_) => (LINE, "this comment is never shown".to_owned()),
                _ => (LINE, format!("this prompt of `{name}` is never shown")),
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
