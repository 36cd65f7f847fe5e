//! Owns what follows from the graph of symbols without a solver: what is always on, what a symbol needs, and what its value can
//! rest on.
//!
//! It errs on one side: what it claims holds in every configuration, or can never matter.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{EntryId, Expr, ExprId, Model, PropertyKind, SymbolId};
use crate::kconfig::syntax::Type;

/// How deep the question whether a symbol is always on follows other symbols.
const ALWAYS_DEPTH: usize = 8;

/// Whether an expression is `y` in every configuration, as far as that shows without a solver.
pub fn holds_always(model: &Model, expr: ExprId, depth: usize) -> bool {
    match model.exprs.get(expr) {
        Expr::Symbol(symbol) => is_always_on(model, symbol, depth),
        Expr::And(a, b) => holds_always(model, a, depth) && holds_always(model, b, depth),
        Expr::Or(a, b) => holds_always(model, a, depth) || holds_always(model, b, depth),
        _ => false,
    }
}

/// Whether a symbol is `y` in every configuration, as far as that shows without a solver: it has no prompt, and its first
/// default is `y` without a condition.
pub fn is_always_on(model: &Model, symbol: SymbolId, depth: usize) -> bool {
    if symbol == SymbolId::YES {
        return true;
    }
    if depth >= ALWAYS_DEPTH
        || !matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        )
    {
        return false;
    }
    let prompted = |entry: EntryId| model.entry(entry).prompt.is_some();
    if model.definitions(symbol).any(prompted) {
        return false;
    }
    let first_default = model
        .properties_of(symbol)
        .find_map(|id| match model.property(id).kind {
            PropertyKind::Default(value) => Some((value, model.property(id))),
            _ => None,
        });
    first_default.is_some_and(|(value, property)| {
        model.exprs.get(value) == Expr::Symbol(SymbolId::YES)
            && holds_always(model, property.condition, depth + 1)
            && holds_always(model, model.entry(property.entry).dependency, depth + 1)
    })
}

/// The symbol itself and those that have to be on wherever it is, as far as that shows without a solver: what the entry of a
/// symbol with one entry depends on, what selects a symbol that nothing else turns on, and so on from there.
pub fn required_by(model: &Model, name: &str) -> FxHashSet<String> {
    let mut required = FxHashSet::default();
    let mut pending: Vec<SymbolId> = model.find(name).into_iter().collect();
    required.insert(name.to_owned());
    while let Some(symbol) = pending.pop() {
        let mut definitions = model.definitions(symbol);
        let (Some(only), None) = (definitions.next(), definitions.next()) else {
            continue;
        };
        let entry = model.entry(only);
        let operands = model.exprs.chain(entry.dependency, |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        });
        let mut needs: Vec<SymbolId> = operands
            .into_iter()
            .filter_map(|operand| match model.exprs.get(operand) {
                Expr::Symbol(symbol) => Some(symbol),
                _ => None,
            })
            .collect();
        let mut selects = model.selects_of(symbol);
        if let (Some(select), None, None) = (selects.next(), selects.next(), entry.prompt)
            && model.implies_of(symbol).next().is_none()
            && !model
                .properties_of(symbol)
                .any(|id| matches!(model.property(id).kind, PropertyKind::Default(_)))
        {
            needs.extend(model.entry(model.property(select).entry).symbol);
        }
        for need in needs {
            let is_plain = !model.symbol(need).constant && model.is_defined(need);
            if is_plain && required.insert(model.name(need)) {
                pending.push(need);
            }
        }
    }
    required
}

/// Whether the value of one of `symbols`, or of one of `conditions`, can rest on one of `on`: by way of dependencies, defaults,
/// ranges, selects, implies and choices of any length. One that rests on more than `limit` symbols counts as resting on everything.
pub fn rests_on(
    model: &Model,
    symbols: Vec<SymbolId>,
    conditions: &[ExprId],
    on: &FxHashSet<SymbolId>,
    limit: usize,
) -> bool {
    let mut following = Following::from(model, symbols);
    following.exprs.extend(conditions);
    let mut count = 0;
    while let Some(symbol) = following.next() {
        if on.contains(&symbol) {
            return true;
        }
        count += 1;
        if count > limit {
            return true;
        }
    }
    false
}

/// All symbols that the value of one of `symbols` can rest on, themselves among them: for each symbol of the model whether it is one.
pub fn cone(model: &Model, symbols: Vec<SymbolId>) -> Vec<bool> {
    let mut following = Following::from(model, symbols);
    while following.next().is_some() {}
    following.seen
}

/// Goes from symbols to what their values can rest on.
struct Following<'m> {
    model: &'m Model,
    seen: Vec<bool>,
    seen_exprs: Vec<bool>,
    symbols: Vec<SymbolId>,
    exprs: Vec<ExprId>,
    /// The members of each choice, once one is met.
    members: Option<FxHashMap<SymbolId, Vec<SymbolId>>>,
}

impl<'m> Following<'m> {
    fn from(model: &'m Model, symbols: Vec<SymbolId>) -> Self {
        Self {
            model,
            seen: vec![false; model.symbols.len()],
            seen_exprs: vec![false; model.exprs.len()],
            symbols,
            exprs: Vec::new(),
            members: None,
        }
    }

    /// The next symbol, each once.
    fn next(&mut self) -> Option<SymbolId> {
        self.follow_exprs();
        while let Some(symbol) = self.symbols.pop() {
            if std::mem::replace(&mut self.seen[symbol.index()], true) {
                continue;
            }
            if !self.model.symbol(symbol).constant {
                self.follow(symbol);
            }
            return Some(symbol);
        }
        None
    }

    fn follow(&mut self, symbol: SymbolId) {
        let model = self.model;
        for id in model.definitions(symbol) {
            let entry = model.entry(id);
            let of_entry = [entry.dependency, entry.visibility, entry.outer_visibility];
            self.exprs.extend(of_entry);
        }
        for id in model.properties_of(symbol) {
            match model.property(id).kind {
                // Anything that it does to others does not bear on itself.
                PropertyKind::Select(_) | PropertyKind::Imply(_) => continue,
                PropertyKind::Default(value) => self.exprs.push(value),
                PropertyKind::Range(low, high) => self.symbols.extend([low, high]),
                _ => {}
            }
            self.exprs.push(model.property(id).condition);
        }
        for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
            self.exprs.push(model.property(id).condition);
            let selector = model.entry(model.property(id).entry).symbol;
            self.symbols.extend(selector);
        }
        if let Some(choice) = model.symbol(symbol).choice {
            self.symbols.extend(model.entry(choice).symbol);
        }
        if model.symbol(symbol).is_choice {
            // One member being on keeps the others off.
            let members = self.members.get_or_insert_with(|| members(model));
            self.symbols
                .extend(members.get(&symbol).into_iter().flatten());
        }
        self.follow_exprs();
    }

    fn follow_exprs(&mut self) {
        while let Some(id) = self.exprs.pop() {
            if std::mem::replace(&mut self.seen_exprs[id.index()], true) {
                continue;
            }
            match self.model.exprs.get(id) {
                Expr::Symbol(symbol) => self.symbols.push(symbol),
                Expr::Compare(_, left, right) => self.symbols.extend([left, right]),
                Expr::Module => self.symbols.extend(self.model.modules),
                Expr::Not(a) => self.exprs.push(a),
                Expr::And(a, b) | Expr::Or(a, b) => self.exprs.extend([a, b]),
            }
        }
    }
}

/// The members of each choice.
fn members(model: &Model) -> FxHashMap<SymbolId, Vec<SymbolId>> {
    let mut members: FxHashMap<SymbolId, Vec<SymbolId>> = FxHashMap::default();
    for (index, member) in model.symbols.iter().enumerate() {
        let choice = member.choice.and_then(|choice| model.entry(choice).symbol);
        if let Some(choice) = choice {
            members
                .entry(choice)
                .or_default()
                .push(SymbolId::new(index));
        }
    }
    members
}
