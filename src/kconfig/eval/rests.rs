//! Owns which unknown texts a value rests on: the answers of commands that, were they others, could lead to another value.
//!
//! Describes what holds a value already counts alone: `n && UNKNOWN` does not rest on the unknown, and neither does a symbol that a
//! `select` without doubt makes `y`. So nothing that could change a value is left out, and what cannot is, as far as one
//! expression shows it. Follows the order in which `symbol.c: sym_calc_value` (7.2) decides.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use super::{Configuration, Dialect, Tristate};
use crate::kconfig::model::{Expr, ExprId, PropertyId, PropertyKind, SymbolId, Type};

/// Deepest way from a value to what it is computed from that is followed; what is further away counts as resting on all. Real
/// trees stay below 150.
const MAX_DEPTH: usize = 400;

/// Symbols with unknown texts, in order, each once.
type Set = Option<Rc<[SymbolId]>>;

/// Describes what the values of one configuration rest on. The configuration must not change meanwhile.
pub struct Rests<'c, 'e, 'm> {
    configuration: &'c mut Configuration<'e, 'm>,
    /// The unknown texts that count.
    all: Rc<[SymbolId]>,
    symbols: FxHashMap<SymbolId, Set>,
    exprs: FxHashMap<ExprId, Set>,
    depth: usize,
}

impl<'c, 'e, 'm> Rests<'c, 'e, 'm> {
    /// For the values of `configuration`; `unknown` are the symbols of the unknown texts that count.
    pub fn new(configuration: &'c mut Configuration<'e, 'm>, unknown: &[SymbolId]) -> Self {
        let mut all = unknown.to_vec();
        all.sort_unstable();
        all.dedup();
        Self {
            configuration,
            all: all.into(),
            symbols: FxHashMap::default(),
            exprs: FxHashMap::default(),
            depth: 0,
        }
    }

    /// The unknown texts that the value of a symbol rests on, in the order of the symbols.
    pub fn of(&mut self, symbol: SymbolId) -> Vec<SymbolId> {
        self.symbol(symbol)
            .map_or_else(Vec::new, |set| set.to_vec())
    }

    fn symbol(&mut self, symbol: SymbolId) -> Set {
        if symbol <= SymbolId::YES {
            return None;
        }
        if let Some(known) = self.symbols.get(&symbol) {
            return known.clone();
        }
        if self.all.binary_search(&symbol).is_ok() {
            return Some(Rc::from([symbol]));
        }
        if self.depth >= MAX_DEPTH {
            return Some(self.all.clone());
        }
        // A recursive call for the same symbol adds nothing.
        self.symbols.insert(symbol, None);
        self.depth += 1;
        let set = self.symbol_now(symbol);
        self.depth -= 1;
        self.symbols.insert(symbol, set.clone());
        set
    }

    fn symbol_now(&mut self, symbol: SymbolId) -> Set {
        let rules = self.configuration.rules;
        let type_ = rules.type_of(symbol)?;
        if let Some(choice) = rules.choice_of[symbol.index()]
            && !rules.is_choice(symbol)
        {
            return self.member(symbol, choice);
        }
        if rules.is_choice(symbol) && rules.dialect == Dialect::OldChoices {
            return self.behind(symbol);
        }
        let logical = matches!(type_, Type::Bool | Type::Tristate);
        let value = self.configuration.tristate(symbol);
        let set = match logical {
            true => self.logical(symbol, value),
            false => {
                let own = self.own(symbol);
                join(own, self.ranges(symbol))
            }
        };
        match (type_, rules.model.modules) {
            (Type::Tristate, Some(modules)) if modules != symbol => join(set, self.symbol(modules)),
            _ => set,
        }
    }

    /// The larger of what the user or a default gives and what selects ask for.
    fn logical(&mut self, symbol: SymbolId, value: Tristate) -> Set {
        let model = self.configuration.rules.model;
        let mut reverse = None;
        for id in model.selects_of(symbol) {
            let set = self.reverse(id);
            let asked = self.configuration.reverse(id);
            if set.is_none() && asked == Tristate::Yes {
                return None;
            }
            // Where the value is `y`, only what asks for that keeps it.
            if value != Tristate::Yes || asked != Tristate::No {
                reverse = join(reverse, set);
            }
        }
        let state = *self.configuration.state(symbol);
        let own = self.own(symbol);
        let is_of_user =
            state.visible != Tristate::No && state.has_user && state.user == Tristate::Yes;
        if is_of_user && state.visible == Tristate::Yes && own.is_none() {
            return None;
        }
        if !state.has_user && own.is_none() && self.default_is_yes(symbol) {
            return None;
        }
        join(own, reverse)
    }

    fn default_is_yes(&mut self, symbol: SymbolId) -> bool {
        let default = self.configuration.active_default(symbol);
        default.is_some_and(|(value, condition)| {
            self.configuration.expr(value).min(condition) == Tristate::Yes
        })
    }

    /// Returns what the user or a default gives, weak selects included.
    fn own(&mut self, symbol: SymbolId) -> Set {
        let model = self.configuration.rules.model;
        let state = *self.configuration.state(symbol);
        let mut set = None;
        if state.has_user {
            for id in model.properties_of(symbol) {
                if let PropertyKind::Prompt(_) | PropertyKind::Menu(_) = model.property(id).kind {
                    set = join(set, self.condition(id));
                }
            }
            if set.is_none() && state.visible != Tristate::No {
                return None;
            }
        }
        for id in model.properties_of(symbol) {
            let PropertyKind::Default(value) = model.property(id).kind else {
                continue;
            };
            set = join(set, self.condition(id));
            if self.configuration.condition(id) != Tristate::No {
                set = join(set, self.expr(value));
                break;
            }
        }
        let mut implied = false;
        for id in model.implies_of(symbol) {
            let of = self.reverse(id);
            implied |= of.is_some() || self.configuration.reverse(id) != Tristate::No;
            set = join(set, of);
        }
        if implied {
            for entry in model.definitions(symbol) {
                set = join(set, self.expr(model.entry(entry).dependency));
            }
        }
        set
    }

    fn ranges(&mut self, symbol: SymbolId) -> Set {
        let model = self.configuration.rules.model;
        let mut set = None;
        for id in model.properties_of(symbol) {
            if let PropertyKind::Range(low, high) = model.property(id).kind {
                set = join(set, self.condition(id));
                set = join(set, self.symbol(low));
                set = join(set, self.symbol(high));
            }
        }
        set
    }

    /// A member of a choice: which one is set depends on which of them are visible.
    fn member(&mut self, symbol: SymbolId, choice: u32) -> Set {
        let rules = self.configuration.rules;
        if rules.dialect == Dialect::OldChoices {
            return self.behind(symbol);
        }
        let model = rules.model;
        let choice = &rules.choices[choice as usize];
        let mut set = None;
        for &id in &choice.inside {
            for property in model.properties_of(id) {
                if let PropertyKind::Prompt(_) = model.property(property).kind {
                    let of = self.condition(property);
                    let is_hidden = self.configuration.condition(property) == Tristate::No;
                    if id == symbol && of.is_none() && is_hidden {
                        return None;
                    }
                    set = join(set, of);
                }
            }
        }
        for id in model.properties_of(choice.symbol) {
            if let PropertyKind::Default(_) = model.property(id).kind {
                set = join(set, self.condition(id));
            }
        }
        set
    }

    /// Anything that any symbol behind this one rests on.
    fn behind(&mut self, symbol: SymbolId) -> Set {
        let mut symbols = self.configuration.rules.symbols_behind(symbol);
        symbols.sort_unstable();
        symbols.dedup();
        let each = symbols.into_iter().map(|symbol| self.symbol(symbol));
        each.fold(None, join)
    }

    /// Returns what a `select` or `imply` asks for.
    fn reverse(&mut self, property: PropertyId) -> Set {
        let model = self.configuration.rules.model;
        let by = model.entry(model.property(property).entry).symbol;
        let asks = by.map_or(Tristate::No, |by| self.configuration.tristate(by));
        let first = (asks, by.and_then(|by| self.symbol(by)));
        if first.0 == Tristate::No && first.1.is_none() {
            return None;
        }
        let condition = self.configuration.condition(property);
        both(Tristate::No, first, (condition, self.condition(property)))
    }

    /// The condition of a property together with the dependencies of its entry.
    fn condition(&mut self, property: PropertyId) -> Set {
        let rules = self.configuration.rules;
        let property = rules.model.property(property);
        let dependency = rules.model.entry(property.entry).dependency;
        let first = (self.configuration.expr(dependency), self.expr(dependency));
        if first.0 == Tristate::No && first.1.is_none() {
            return None;
        }
        let second = (
            self.configuration.expr(property.condition),
            self.expr(property.condition),
        );
        let set = both(Tristate::No, first, second);
        match rules.needs_yes.get(&property.entry) {
            Some(&choice) => join(set, self.symbol(choice)),
            None => set,
        }
    }

    /// Chains lean to the left and are walked without recursion.
    fn expr(&mut self, id: ExprId) -> Set {
        let exprs = &self.configuration.rules.model.exprs;
        let mut spine = Vec::new();
        let mut at = id;
        let mut set = loop {
            if let Some(known) = self.exprs.get(&at) {
                break known.clone();
            }
            match exprs.get(at) {
                Expr::And(left, _) | Expr::Or(left, _) | Expr::Not(left) => {
                    spine.push(at);
                    at = left;
                }
                Expr::Symbol(symbol) => break self.symbol(symbol),
                Expr::Module => {
                    let modules = self.configuration.rules.model.modules;
                    break modules.and_then(|modules| self.symbol(modules));
                }
                Expr::Compare(_, left, right) => {
                    break join(self.symbol(left), self.symbol(right));
                }
            }
        };
        while let Some(node) = spine.pop() {
            let decides = match exprs.get(node) {
                Expr::And(..) => Tristate::No,
                Expr::Or(..) => Tristate::Yes,
                _ => {
                    self.exprs.insert(node, set.clone());
                    continue;
                }
            };
            if let Expr::And(left, right) | Expr::Or(left, right) = exprs.get(node) {
                let first = (self.configuration.expr(left), set);
                set = if first.0 == decides && first.1.is_none() {
                    None
                } else {
                    self.depth += 1;
                    let second = (self.configuration.expr(right), self.expr(right));
                    self.depth -= 1;
                    both(decides, first, second)
                };
            }
            self.exprs.insert(node, set.clone());
        }
        set
    }
}

/// Returns what `a && b` (`decides` is `n`) or `a || b` (`decides` is `y`) rests on, out of the values of both and what they rest on.
fn both(decides: Tristate, a: (Tristate, Set), b: (Tristate, Set)) -> Set {
    match (a.0 == decides, b.0 == decides) {
        (true, true) if a.1.is_none() || b.1.is_none() => None,
        (true, false) => a.1,
        (false, true) => b.1,
        _ => join(a.1, b.1),
    }
}

fn join(a: Set, b: Set) -> Set {
    match (a, b) {
        (Some(a), Some(b)) if !Rc::ptr_eq(&a, &b) => {
            let mut joined: Vec<SymbolId> = a.iter().chain(b.iter()).copied().collect();
            joined.sort_unstable();
            joined.dedup();
            Some(joined.into())
        }
        (Some(one), _) | (None, Some(one)) => Some(one),
        (None, None) => None,
    }
}
