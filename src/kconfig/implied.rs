//! Owns what a symbol that is on implies, read from the lines of its definitions without a solver.
//!
//! A symbol is on only where something turns it on: its prompt, a default, a select or an imply. What all of these need holds
//! whenever the symbol is on. [`Implied::facts`] collects that as a sorted list of [`Fact`]s, and [`Implied::holds`] says whether an
//! expression follows from such a list. Both err on one side: what they claim holds in every configuration, what they do not claim
//! is left to the solver. Most questions about a line of Kconfig end here, at a thousandth of the solver's price.
//!
//! Follows `symbol.c: sym_calc_value` (7.2). It must not know lints.

use std::rc::Rc;

use rustc_hash::FxHashMap;

use crate::kconfig::model::{
    EntryKind, Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::syntax::Comparison;

/// How far the value of one symbol is followed to others.
const MAX_DEPTH: usize = 120;

/// How many steps [`Implied::holds`] takes through symbols that follow from others.
const MAX_STEPS: usize = 4;

/// Most facts that are kept of one symbol.
const MAX_FACTS: usize = 4_000;

/// From which value on something is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Level {
    /// `m` or `y`.
    On,
    /// `y`.
    Yes,
}

/// Something that holds: a statement about a symbol, a comparison, or that one of several holds.
pub type Fact = u32;

const ON: u32 = 0;
const YES: u32 = 1;
const OFF: u32 = 2;
const NOT_YES: u32 = 3;
/// Marks the number of a clause.
const CLAUSE: u32 = 1 << 31;
/// Marks the number of a comparison.
const COMPARISON: u32 = 1 << 30;
/// Of a comparison: it does not hold.
const NEGATED: u32 = 1;

fn fact(symbol: SymbolId, kind: u32) -> Fact {
    (symbol.index() as u32) << 2 | kind
}

/// Describes what holds together, sorted; `None` where it never does.
pub type Facts = Option<Rc<[Fact]>>;

/// One of several operands holds, each from its value on. The operands of a negated `&&` hold where they are not met.
#[derive(Debug)]
struct Clause {
    operands: Vec<(ExprId, Level, bool)>,
}

/// Describes what the symbols of one model imply.
#[derive(Debug)]
pub struct Implied<'m> {
    model: &'m Model,
    of_symbols: FxHashMap<(SymbolId, Level), Facts>,
    of_exprs: FxHashMap<(ExprId, Level, bool), Facts>,
    open: Vec<(SymbolId, Level)>,
    clauses: Vec<Clause>,
    clause_of: FxHashMap<Vec<(ExprId, Level, bool)>, u32>,
    comparisons: FxHashMap<(Comparison, SymbolId, SymbolId), u32>,
    always: FxHashMap<(SymbolId, Level), bool>,
    /// Whether a symbol that is on implies what turns it on.
    follows_symbols: bool,
}

impl<'m> Implied<'m> {
    /// Nothing is worked out yet.
    pub fn new(model: &'m Model) -> Self {
        Self {
            follows_symbols: true,
            model,
            of_symbols: FxHashMap::default(),
            of_exprs: FxHashMap::default(),
            open: Vec::new(),
            clauses: Vec::new(),
            clause_of: FxHashMap::default(),
            comparisons: FxHashMap::default(),
            always: FxHashMap::default(),
        }
    }

    /// The same for what expressions say by themselves: a symbol that is on implies nothing else, whatever its definitions need. A symbol
    /// that is on in every configuration is still known to be.
    pub fn of_expressions(model: &'m Model) -> Self {
        Self {
            follows_symbols: false,
            ..Self::new(model)
        }
    }

    /// The type of a symbol as the evaluator sees it.
    fn type_of(&self, symbol: SymbolId) -> Option<Type> {
        if symbol <= SymbolId::YES {
            return Some(Type::Tristate);
        }
        let of = self.model.symbol(symbol);
        of.type_
            .or(of.is_choice.then_some(Type::Bool))
            .filter(|_| !of.constant)
    }

    /// Everything that surely holds where a symbol is at least `level`.
    pub fn facts(&mut self, symbol: SymbolId, level: Level) -> Facts {
        let own = match symbol {
            SymbolId::NO => return None,
            SymbolId::YES | SymbolId::MOD => return Some(Rc::from([])),
            _ => symbol,
        };
        let of = self.model.symbol(own);
        let is_bool = match self.type_of(own) {
            Some(Type::Bool) => true,
            Some(Type::Tristate) => false,
            _ if of.unknown => return Some(Rc::from([fact(own, ON)])),
            _ => return None,
        };
        // A bool is `y` as soon as it is on.
        let level = if is_bool { Level::On } else { level };
        if let Some(known) = self.of_symbols.get(&(own, level)) {
            return known.clone();
        }
        let mut itself = vec![fact(own, ON)];
        if is_bool || level == Level::Yes {
            itself.push(fact(own, YES));
        }
        if of.transitional
            || !self.follows_symbols
            || self.open.len() > MAX_DEPTH
            || self.open.contains(&(own, level))
        {
            return Some(Rc::from(itself));
        }
        self.open.push((own, level));
        let common = self.common(own, level);
        self.open.pop();
        let facts = common.and_then(|common| {
            itself.extend(common.iter().copied());
            sorted(itself)
        });
        self.of_symbols.insert((own, level), facts.clone());
        facts
    }

    /// Returns what everything needs that can turn the symbol on.
    fn common(&mut self, symbol: SymbolId, level: Level) -> Option<Vec<Fact>> {
        let model = self.model;
        let is_choice = model.symbol(symbol).is_choice;
        let mut common: Option<Vec<Fact>> = None;
        let mut meet = |facts: Facts| -> bool {
            let Some(facts) = facts else { return true };
            match &mut common {
                None => common = Some(facts.to_vec()),
                Some(common) => common.retain(|fact| facts.binary_search(fact).is_ok()),
            }
            common.as_ref().is_some_and(|common| !common.is_empty())
        };
        for id in model.properties_of(symbol) {
            let property = model.property(id);
            let facts = match property.kind {
                // The value of a choice until 6.10 is no more than that it is seen.
                PropertyKind::Prompt(_) | PropertyKind::Menu(_) if is_choice => {
                    self.of_line(id, Level::On)
                }
                PropertyKind::Prompt(_) | PropertyKind::Menu(_) => self.of_line(id, level),
                PropertyKind::Default(value) if !is_choice => {
                    let line = self.of_line(id, level);
                    let value = self.expr(value, level, true);
                    union(&[line, value])
                }
                _ => continue,
            };
            if !meet(facts) {
                return common;
            }
        }
        for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
            let facts = self.of_reverse(id, level);
            if !meet(facts) {
                return common;
            }
        }
        common
    }

    /// Returns what holds where the condition of a property and what its entry depends on are at least `level`.
    pub fn of_line(&mut self, property: PropertyId, level: Level) -> Facts {
        let of = self.model.property(property);
        let dependency = self.expr(self.model.entry(of.entry).dependency, level, true);
        if of.condition == ExprId::YES {
            return dependency;
        }
        let condition = self.expr(of.condition, level, true);
        union(&[dependency, condition])
    }

    /// Returns what holds where a select or imply asks for at least `level`.
    pub fn of_reverse(&mut self, property: PropertyId, level: Level) -> Facts {
        let entry = self.model.property(property).entry;
        let selector = self.model.entry(entry).symbol?;
        let line = self.of_line(property, level);
        line.as_ref()?;
        let selector = self.facts(selector, level);
        union(&[selector, line])
    }

    /// Returns what holds where an expression is at least `level`, or (`holds` is false) is not.
    pub fn expr(&mut self, id: ExprId, level: Level, holds: bool) -> Facts {
        // Along the left operands without recursion, for chains are long; parentheses nest a limited number of levels.
        let mut spine = Vec::new();
        let mut at = id;
        let mut facts = loop {
            if let Some(known) = self.of_exprs.get(&(at, level, holds)) {
                break known.clone();
            }
            match (self.model.exprs.get(at), holds) {
                (Expr::And(a, _), true) | (Expr::Or(a, _), false) => {
                    spine.push(at);
                    at = a;
                }
                (Expr::And(..), false) | (Expr::Or(..), true) => {
                    let facts = self.one_of(at, level, holds);
                    self.of_exprs.insert((at, level, holds), facts.clone());
                    break facts;
                }
                (Expr::Not(a), _) => break self.expr(a, other(level), !holds),
                (Expr::Symbol(symbol), true) => break self.facts(symbol, level),
                (Expr::Symbol(symbol), false) => break self.not(symbol, level),
                (Expr::Module, true) => {
                    break match (self.model.modules, level) {
                        (Some(modules), Level::On) => self.facts(modules, Level::On),
                        _ => None,
                    };
                }
                (Expr::Module, false) => {
                    break match (self.model.modules, level) {
                        (Some(modules), Level::On) => self.not(modules, Level::On),
                        _ => Some(Rc::from([])),
                    };
                }
                (Expr::Compare(operator, left, right), _) => {
                    break self.comparison(operator, left, right, holds);
                }
            }
        };
        while let Some(node) = spine.pop() {
            if let Expr::And(_, b) | Expr::Or(_, b) = self.model.exprs.get(node) {
                let right = facts.as_ref().and_then(|_| self.expr(b, level, holds));
                facts = union(&[facts, right]);
            }
            self.of_exprs.insert((node, level, holds), facts.clone());
        }
        facts
    }

    /// Returns what holds where a symbol is below `level`.
    fn not(&mut self, symbol: SymbolId, level: Level) -> Facts {
        match symbol {
            SymbolId::NO => return Some(Rc::from([])),
            SymbolId::YES => return None,
            SymbolId::MOD => return Some(Rc::from([])),
            _ => {}
        }
        match (self.type_of(symbol), level) {
            (Some(Type::Bool), _) | (Some(Type::Tristate), Level::On) => {
                let facts = vec![fact(symbol, OFF), fact(symbol, NOT_YES)];
                sorted(facts)
            }
            (Some(Type::Tristate), Level::Yes) => sorted(vec![fact(symbol, NOT_YES)]),
            // An unknown text may be anything, and what is nothing else is never on.
            _ => Some(Rc::from([])),
        }
    }

    fn comparison(
        &mut self,
        operator: Comparison,
        left: SymbolId,
        right: SymbolId,
        holds: bool,
    ) -> Facts {
        let (left, right, operator) = if left <= SymbolId::YES {
            (right, left, operator.turned())
        } else {
            (left, right, operator)
        };
        let logical = matches!(self.type_of(left), Some(Type::Bool | Type::Tristate));
        let equal = match operator {
            Comparison::Equal => Some(holds),
            Comparison::Unequal => Some(!holds),
            _ => None,
        };
        if let (true, Some(equal)) = (logical, equal) {
            match (right, equal) {
                (SymbolId::NO, true) => return self.not(left, Level::On),
                (SymbolId::NO, false) => return self.facts(left, Level::On),
                (SymbolId::YES, true) => return self.facts(left, Level::Yes),
                (SymbolId::YES, false) => return self.not(left, Level::Yes),
                (SymbolId::MOD, true) => {
                    let (on, not_yes) = (self.facts(left, Level::On), self.not(left, Level::Yes));
                    return union(&[on, not_yes]);
                }
                _ => {}
            }
        }
        let next = self.comparisons.len() as u32;
        let (operator, holds) = match operator {
            Comparison::Unequal => (Comparison::Equal, !holds),
            operator => (operator, holds),
        };
        let number = *self
            .comparisons
            .entry((operator, left, right))
            .or_insert(next);
        let negated = if holds { 0 } else { NEGATED };
        Some(Rc::from([COMPARISON | number << 1 | negated]))
    }

    /// Returns what holds where one operand of an `||` holds, or one of an `&&` does not.
    fn one_of(&mut self, id: ExprId, level: Level, holds: bool) -> Facts {
        let operands = self.operands(id, holds);
        let mut possible = Vec::new();
        let mut common: Option<Vec<Fact>> = None;
        for operand in operands {
            let Some(facts) = self.expr(operand, level, holds) else {
                continue;
            };
            possible.push((operand, level, holds));
            match &mut common {
                None => common = Some(facts.to_vec()),
                Some(common) => common.retain(|fact| facts.binary_search(fact).is_ok()),
            }
            if facts.is_empty() {
                return Some(facts);
            }
        }
        let mut common = common?;
        if possible.len() > 1 {
            let next = self.clauses.len() as u32;
            let number = *self.clause_of.entry(possible.clone()).or_insert(next);
            if number == next {
                self.clauses.push(Clause { operands: possible });
            }
            common.push(CLAUSE | number);
        }
        sorted(common)
    }

    /// The operands of a chain: of `||`, or of `&&` where it does not hold.
    fn operands(&self, id: ExprId, or: bool) -> Vec<ExprId> {
        self.model.exprs.chain(id, |expr| match expr {
            Expr::Or(a, b) if or => Some((a, b)),
            Expr::And(a, b) if !or => Some((a, b)),
            _ => None,
        })
    }

    /// Whether an expression is surely at least `level` where the facts hold.
    pub fn holds(&mut self, id: ExprId, level: Level, facts: &[Fact]) -> bool {
        self.follows(id, level, true, facts, MAX_STEPS) || self.holds_in_each_case(id, level, facts)
    }

    /// The fact that a bool or tristate is not `y`.
    pub fn not_yes(&self, symbol: SymbolId) -> [Fact; 1] {
        let kind = match self.type_of(symbol) {
            Some(Type::Tristate) => NOT_YES,
            _ => OFF,
        };
        [fact(symbol, kind)]
    }

    /// Whether a symbol is surely at least `level` where the facts hold: from them, or from each case of one of their clauses.
    pub fn symbol_holds(&mut self, symbol: SymbolId, level: Level, facts: &[Fact]) -> bool {
        if self.is(symbol, level, facts, MAX_STEPS) {
            return true;
        }
        let clauses: Vec<u32> = facts
            .iter()
            .filter(|&&fact| fact & CLAUSE != 0)
            .map(|fact| fact & !CLAUSE)
            .collect();
        clauses.into_iter().any(|clause| {
            let cases = self.clauses[clause as usize].operands.clone();
            cases.into_iter().all(|(case, of, holds)| {
                // A case that never is, or not together with the facts, proves nothing else.
                let case = self.expr(case, of, holds);
                let all = union(&[case, Some(Rc::from(facts))]);
                all.is_none_or(|all| self.is(symbol, level, &all, MAX_STEPS))
            })
        })
    }

    /// Whether a symbol is surely below `level` where the facts hold.
    pub fn symbol_fails(&mut self, symbol: SymbolId, level: Level, facts: &[Fact]) -> bool {
        self.is_not(symbol, level, facts)
    }

    /// Tries the clauses among the facts one after the other: the expression follows from each of their operands.
    fn holds_in_each_case(&mut self, id: ExprId, level: Level, facts: &[Fact]) -> bool {
        let and = self.model.exprs.chain(id, |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        });
        let clauses: Vec<u32> = facts
            .iter()
            .filter(|&&fact| fact & CLAUSE != 0)
            .map(|fact| fact & !CLAUSE)
            .collect();
        and.into_iter().all(|operand| {
            self.follows(operand, level, true, facts, MAX_STEPS)
                || clauses.iter().any(|&clause| {
                    let cases = self.clauses[clause as usize].operands.clone();
                    cases.into_iter().all(|(case, of, holds)| {
                        match self.expr(case, of, holds) {
                            Some(case) => {
                                let all = union(&[Some(case), Some(Rc::from(facts))]);
                                all.is_none_or(|all| {
                                    self.follows(operand, level, true, &all, MAX_STEPS)
                                })
                            }
                            // That case never is.
                            None => true,
                        }
                    })
                })
        })
    }

    /// Whether an expression surely is at least `level`, or surely is not.
    fn follows(
        &mut self,
        id: ExprId,
        level: Level,
        holds: bool,
        facts: &[Fact],
        steps: usize,
    ) -> bool {
        match (self.model.exprs.get(id), holds) {
            (Expr::Symbol(symbol), true) => self.is(symbol, level, facts, steps),
            (Expr::Symbol(symbol), false) => self.is_not(symbol, level, facts),
            (Expr::Module, true) => {
                let modules = self.model.modules;
                level == Level::On
                    && modules.is_some_and(|modules| self.is(modules, Level::On, facts, steps))
            }
            (Expr::Module, false) => {
                let modules = self.model.modules;
                level == Level::Yes
                    || modules.is_none_or(|modules| self.is_not(modules, Level::On, facts))
            }
            (Expr::Not(a), _) => self.follows(a, other(level), !holds, facts, steps),
            (Expr::Compare(operator, left, right), _) => {
                match self.comparison_literal(operator, left, right, holds) {
                    Some((symbol, of, is)) if is => self.is(symbol, of, facts, steps),
                    Some((symbol, of, _)) => self.is_not(symbol, of, facts),
                    None => self
                        .comparison(operator, left, right, holds)
                        .is_some_and(|wanted| {
                            !wanted.is_empty()
                                && wanted.iter().all(|fact| facts.binary_search(fact).is_ok())
                        }),
                }
            }
            (Expr::And(..), true) | (Expr::Or(..), false) => {
                let operands = self.operands(id, !holds);
                operands
                    .into_iter()
                    .all(|operand| self.follows(operand, level, holds, facts, steps))
            }
            (Expr::Or(..), true) | (Expr::And(..), false) => {
                let operands = self.operands(id, holds);
                self.is_tautology(&operands, level, holds)
                    || operands
                        .into_iter()
                        .any(|operand| self.follows(operand, level, holds, facts, steps))
            }
        }
    }

    /// A comparison with `y` or `n` as what it says of the symbol.
    fn comparison_literal(
        &self,
        operator: Comparison,
        left: SymbolId,
        right: SymbolId,
        holds: bool,
    ) -> Option<(SymbolId, Level, bool)> {
        let equal = match operator {
            Comparison::Equal => holds,
            Comparison::Unequal => !holds,
            _ => return None,
        };
        let (left, right) = if left <= SymbolId::YES {
            (right, left)
        } else {
            (left, right)
        };
        if !matches!(self.type_of(left), Some(Type::Bool | Type::Tristate)) {
            return None;
        }
        match right {
            SymbolId::NO => Some((left, Level::On, !equal)),
            SymbolId::YES => Some((left, Level::Yes, equal)),
            _ => None,
        }
    }

    /// Whether one of the operands always holds because another one is its contrary.
    fn is_tautology(&self, operands: &[ExprId], level: Level, holds: bool) -> bool {
        let literal = |&id: &ExprId| -> Option<(SymbolId, Level, bool)> {
            match self.model.exprs.get(id) {
                Expr::Symbol(symbol) => Some((symbol, level, holds)),
                Expr::Not(a) => match self.model.exprs.get(a) {
                    Expr::Symbol(symbol) => Some((symbol, other(level), !holds)),
                    _ => None,
                },
                Expr::Compare(operator, left, right) => {
                    self.comparison_literal(operator, left, right, holds)
                }
                _ => None,
            }
        };
        let literals: Vec<_> = operands.iter().filter_map(literal).collect();
        literals.iter().any(|&(symbol, of, is)| {
            let logical = self.type_of(symbol);
            is && literals.iter().any(|&(second, below, is)| {
                let covers = of == Level::On || below == Level::Yes || logical == Some(Type::Bool);
                let known = matches!(logical, Some(Type::Bool | Type::Tristate));
                !is && second == symbol && covers && known
            })
        })
    }

    fn is(&mut self, symbol: SymbolId, level: Level, facts: &[Fact], steps: usize) -> bool {
        match symbol {
            SymbolId::NO => return false,
            SymbolId::MOD => return level == Level::On,
            SymbolId::YES => return true,
            _ => {}
        }
        let is_bool = match self.type_of(symbol) {
            Some(Type::Bool) => true,
            Some(Type::Tristate) => false,
            _ => return false,
        };
        let level = if is_bool { Level::On } else { level };
        let kind = if level == Level::On { ON } else { YES };
        if facts.binary_search(&fact(symbol, kind)).is_ok() || self.is_always(symbol, level, steps)
        {
            return true;
        }
        steps > 0 && self.follows_symbols && self.is_turned_on(symbol, level, facts, steps - 1)
    }

    /// Whether the lines show that a symbol is `y` in every configuration.
    pub fn is_constant(&mut self, symbol: SymbolId) -> bool {
        self.is(symbol, Level::Yes, &[], MAX_STEPS)
    }

    /// Whether a symbol is at least `level` in every configuration.
    fn is_always(&mut self, symbol: SymbolId, level: Level, steps: usize) -> bool {
        if let Some(&known) = self.always.get(&(symbol, level)) {
            return known;
        }
        if steps == 0 {
            return false;
        }
        // Anything that leads back here says no.
        self.always.insert((symbol, level), false);
        let always = self.is_turned_on(symbol, level, &[], steps - 1);
        if always {
            self.always.insert((symbol, level), true);
        } else if steps < MAX_STEPS {
            // With more steps it may be so after all.
            self.always.remove(&(symbol, level));
        }
        always
    }

    /// Whether a select of a symbol, or its default, surely acts.
    fn is_turned_on(
        &mut self,
        symbol: SymbolId,
        level: Level,
        facts: &[Fact],
        steps: usize,
    ) -> bool {
        let model = self.model;
        let of = model.symbol(symbol);
        if of.choice.is_some() || of.is_choice || of.transitional {
            return false;
        }
        let kind = if level == Level::On { ON } else { YES };
        for id in model.selects_of(symbol) {
            let property = model.property(id);
            let entry = model.entry(property.entry);
            let Some(selector) = entry.symbol else {
                continue;
            };
            let is_bool = self.type_of(selector) == Some(Type::Bool);
            let known = facts
                .binary_search(&fact(selector, if is_bool { ON } else { kind }))
                .is_ok();
            if (known || self.always.get(&(selector, level)) == Some(&true))
                && self.follows(property.condition, level, true, facts, steps)
                && self.follows(entry.dependency, level, true, facts, steps)
            {
                return true;
            }
        }
        let mut has_prompt = false;
        for id in model.properties_of(symbol) {
            let kind = &model.property(id).kind;
            has_prompt |= matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_));
        }
        // An imply can lower what a default gives to what another definition depends on.
        if has_prompt || model.implies_of(symbol).next().is_some() {
            return false;
        }
        for id in model.properties_of(symbol) {
            let property = model.property(id);
            let PropertyKind::Default(value) = property.kind else {
                continue;
            };
            let dependency = model.entry(property.entry).dependency;
            if self.follows(dependency, level, true, facts, steps)
                && self.follows(property.condition, level, true, facts, steps)
            {
                return self.follows(value, level, true, facts, steps);
            }
            // An earlier default that may act would count first, unless it says as much.
            let never = self.follows(dependency, Level::On, false, facts, steps)
                || self.follows(property.condition, Level::On, false, facts, steps);
            if !never {
                return false;
            }
        }
        false
    }

    fn is_not(&mut self, symbol: SymbolId, level: Level, facts: &[Fact]) -> bool {
        match symbol {
            SymbolId::NO => return true,
            SymbolId::MOD => return level == Level::Yes,
            SymbolId::YES => return false,
            _ => {}
        }
        let is_bool = match self.type_of(symbol) {
            Some(Type::Bool) => true,
            Some(Type::Tristate) => false,
            _ => return !self.model.symbol(symbol).unknown,
        };
        let level = if is_bool { Level::On } else { level };
        let kind = if level == Level::On { OFF } else { NOT_YES };
        if facts.binary_search(&fact(symbol, kind)).is_ok() {
            return true;
        }
        match self.facts(symbol, level) {
            None => true,
            Some(implied) => {
                !facts.is_empty() && union(&[Some(implied), Some(Rc::from(facts))]).is_none()
            }
        }
    }
}

/// Whether the entry is one that can select and be depended on.
pub fn is_config(kind: EntryKind) -> bool {
    matches!(kind, EntryKind::Config | EntryKind::Menuconfig)
}

/// `!a` is on where `a` is not `y`, and `y` where `a` is not on.
fn other(level: Level) -> Level {
    match level {
        Level::On => Level::Yes,
        Level::Yes => Level::On,
    }
}

/// Returns what holds where all of several hold.
pub fn union(all: &[Facts]) -> Facts {
    let mut facts: Vec<Fact> = Vec::new();
    let mut only: Option<&Rc<[Fact]>> = None;
    let mut filled = 0;
    for of in all {
        let of = of.as_ref()?;
        if !of.is_empty() {
            only = Some(of);
            filled += 1;
        }
        facts.extend(of.iter().copied());
    }
    match (filled, only) {
        (0, _) => Some(Rc::from([])),
        (1, Some(only)) => Some(only.clone()),
        _ => sorted(facts),
    }
}

/// Facts in order, each once; `None` where two of them contradict each other.
fn sorted(mut facts: Vec<Fact>) -> Facts {
    facts.sort_unstable();
    facts.dedup();
    for pair in facts.windows(2) {
        let (a, b) = (pair[0], pair[1]);
        if a & CLAUSE != 0 {
            break;
        }
        if a & COMPARISON != 0 {
            if b == a | NEGATED && b & CLAUSE == 0 && a & NEGATED == 0 {
                return None;
            }
            continue;
        }
        // The facts about one symbol are neighbours, in the order on, yes, off, not yes.
        if a >> 2 == b >> 2 && matches!((a & 3, b & 3), (ON, OFF) | (YES, OFF) | (YES, NOT_YES)) {
            return None;
        }
    }
    facts.truncate(MAX_FACTS);
    Some(Rc::from(facts))
}
