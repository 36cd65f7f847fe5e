//! Owns how the values of symbols become gates: each symbol is a function of what the user says and of other symbols.
//!
//! Follows `symbol.c: sym_calc_value` and `sym_calc_visibility` (7.2), as the evaluator does. Symbols are encoded when
//! something refers to them, one after the other, so that only the cone of a question exists and nothing recurses along it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use rustsat::types::{Lit, Var};

use super::choice::Choices;
use super::formula::{Formula, Literal, Node, NodeId, Question, Value};
use super::gates::{Gates, Tri};
use super::text::{Cases, Variable, VariableId, VariableKey};
use crate::kconfig::eval::Dialect;
use crate::kconfig::model::{
    EntryId, EntryKind, Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type,
};

/// Describes what the user may say of one symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct User {
    /// The user gives a value.
    pub has: Lit,
    /// Which one.
    pub value: UserValue,
}

/// A value that the user gives.
#[derive(Clone, Copy, Debug)]
pub(super) enum UserValue {
    /// Of a bool or tristate.
    Logical(Tri),
    /// `y`, for a member of a choice.
    Picked,
    /// Of an `int`, `hex` or `string`.
    Text(VariableId),
}

/// Describes what a part of the encoding comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) enum Part {
    /// That a symbol has the definitions, properties and selects that it has and no other.
    Symbol(SymbolId),
    /// One operand of what the lines of an entry ask for.
    Dependency(EntryId, ExprId),
    /// That the value of a choice limits what is in it (until 6.10).
    InChoice(EntryId),
    /// A property with its condition.
    Property(PropertyId),
}

/// The encoding of the symbols that were asked for so far.
#[derive(Debug)]
pub(super) struct Encoder<'m> {
    pub model: &'m Model,
    /// Whether choices are symbols with values of their own (until 6.10).
    pub old_choices: bool,
    pub gates: Gates,
    /// Whether each part can be switched off, which is needed to name the parts that exclude something.
    explain: bool,
    /// The switches of the parts, in the order in which they were made.
    pub parts: IndexMap<Part, Lit>,
    guarded: FxHashMap<(Part, bool), Tri>,
    values: FxHashMap<SymbolId, Tri>,
    exprs: FxHashMap<ExprId, Tri>,
    visible: FxHashMap<SymbolId, Tri>,
    /// Holds what entries depend on, where there are switches.
    dependencies: FxHashMap<EntryId, Tri>,
    pending: VecDeque<SymbolId>,
    pub users: IndexMap<SymbolId, User>,
    pub choices: Choices,
    pub cases: FxHashMap<SymbolId, Option<Cases>>,
    pub variables: Vec<Variable>,
    pub variable_of: FxHashMap<VariableKey, VariableId>,
    /// For two variables the condition that they are the same, once something compares them.
    pub same: BTreeMap<(VariableId, VariableId), Lit>,
    /// Holds what is not decided by Kconfig: commands, the environment, free atoms. Each with the text that states it.
    pub unknowns: IndexMap<Var, Arc<str>>,
    /// Holds what is not encoded, and therefore free, each with the reason.
    pub opaque: IndexMap<Var, Arc<str>>,
    free: FxHashMap<Arc<str>, Lit>,
    /// How many symbols were encoded.
    pub encoded: usize,
}

impl<'m> Encoder<'m> {
    /// `outsiders` are the symbols in choices that are no members.
    pub fn knowing(mut self, outsiders: FxHashSet<SymbolId>) -> Self {
        self.choices.outsiders = outsiders;
        self
    }

    pub fn new(model: &'m Model, explain: bool) -> Self {
        Self {
            model,
            old_choices: Dialect::of(model.release) == Dialect::OldChoices,
            gates: Gates::new(),
            explain,
            parts: IndexMap::new(),
            guarded: FxHashMap::default(),
            values: FxHashMap::default(),
            exprs: FxHashMap::default(),
            visible: FxHashMap::default(),
            dependencies: FxHashMap::default(),
            pending: VecDeque::new(),
            users: IndexMap::new(),
            choices: Choices::default(),
            cases: FxHashMap::default(),
            variables: Vec::new(),
            variable_of: FxHashMap::default(),
            same: BTreeMap::new(),
            unknowns: IndexMap::new(),
            opaque: IndexMap::new(),
            free: FxHashMap::default(),
            encoded: 0,
        }
    }

    /// The literals of a question. Everything that bears on it is encoded then.
    pub fn question(&mut self, question: &Question) -> Vec<Lit> {
        let mut lits: Vec<Lit> = question
            .literals
            .iter()
            .map(|&literal| self.literal(literal))
            .collect();
        for formula in &question.formulas {
            lits.push(self.formula(formula));
        }
        self.finish();
        lits
    }

    /// The literals of a question, with the symbols that bear on it still free: [`Encoder::grow`] encodes them.
    pub fn question_alone(&mut self, question: &Question) -> Vec<Lit> {
        // Anything that this question names is encoded first, what earlier ones left comes after it.
        let waiting = std::mem::take(&mut self.pending);
        let mut lits: Vec<Lit> = question
            .literals
            .iter()
            .map(|&literal| self.literal(literal))
            .collect();
        for formula in &question.formulas {
            lits.push(self.formula(formula));
        }
        self.pending.extend(waiting);
        lits
    }

    /// Encodes at most `count` of the symbols that something refers to. Returns whether all are encoded now.
    pub fn grow(&mut self, count: usize) -> bool {
        for _ in 0..count {
            let Some(symbol) = self.pending.pop_front() else {
                break;
            };
            self.encode(symbol);
        }
        self.pending.is_empty()
    }

    fn literal(&mut self, literal: Literal) -> Lit {
        let value = self.value(literal.symbol);
        self.threshold(value, literal.value)
    }

    fn threshold(&mut self, value: Tri, is: Value) -> Lit {
        match is {
            Value::No => !value.on,
            Value::On => value.on,
            Value::Yes => value.yes,
            Value::Mod => self.gates.and(value.on, !value.yes),
        }
    }

    fn formula(&mut self, formula: &Formula) -> Lit {
        let mut done: Vec<Lit> = Vec::with_capacity(formula.nodes().len());
        for node in formula.nodes() {
            let yes = self.gates.yes();
            let at = |id: &NodeId| done.get(id.index()).copied().unwrap_or(yes);
            let lit = match node {
                Node::Constant(value) => self.gates.constant(*value),
                Node::Literal(literal) => self.literal(*literal),
                Node::Compare(operator, symbol, text) => {
                    self.compare_with_text(*operator, *symbol, text)
                }
                Node::Expr(expr, value) => {
                    let signal = self.expr(*expr);
                    self.threshold(signal, *value)
                }
                Node::Free(name) => match self.free.get(name) {
                    Some(&lit) => lit,
                    None => {
                        let lit = self.gates.fresh();
                        self.free.insert(name.clone(), lit);
                        self.unknowns.insert(lit.var(), name.clone());
                        lit
                    }
                },
                Node::Not(a) => !at(a),
                Node::And(operands) => {
                    let lits: Vec<Lit> = operands.iter().map(at).collect();
                    self.gates.all(&lits)
                }
                Node::Or(operands) => {
                    let lits: Vec<Lit> = operands.iter().map(at).collect();
                    self.gates.any(&lits)
                }
            };
            done.push(lit);
        }
        done.last().copied().unwrap_or(self.gates.yes())
    }

    /// Encodes all symbols that something refers to.
    fn finish(&mut self) {
        while let Some(symbol) = self.pending.pop_front() {
            self.encode(symbol);
        }
    }

    fn encode(&mut self, symbol: SymbolId) {
        self.encoded += 1;
        let guard = self.switch(Part::Symbol(symbol));
        let result = self.define(symbol);
        let value = self.values[&symbol];
        self.gates.equate_tri(guard, value, result);
    }

    /// The switch of a part, if there are switches.
    fn switch(&mut self, part: Part) -> Option<Lit> {
        if !self.explain {
            return None;
        }
        if let Some(&switch) = self.parts.get(&part) {
            return Some(switch);
        }
        let switch = self.gates.fresh();
        self.parts.insert(part, switch);
        Some(switch)
    }

    /// A signal that equals `signal` as long as the part is not switched off. `second` tells two signals of one part apart.
    fn guarded(&mut self, part: Part, second: bool, signal: Tri) -> Tri {
        if signal == Tri::bool(self.gates.yes()) && !second {
            return signal;
        }
        self.switched(part, second, signal)
    }

    /// The same for a signal that always holds, too.
    fn switched(&mut self, part: Part, second: bool, signal: Tri) -> Tri {
        if !self.explain {
            return signal;
        }
        if let Some(&known) = self.guarded.get(&(part, second)) {
            return known;
        }
        let switch = self.switch(part);
        let fresh = self.gates.fresh_tri(signal.on == signal.yes);
        self.gates.equate_tri(switch, fresh, signal);
        self.guarded.insert((part, second), fresh);
        fresh
    }

    /// A literal that is free, for what is not encoded.
    pub fn opaque(&mut self, reason: &str) -> Lit {
        let lit = self.gates.fresh();
        self.opaque.insert(lit.var(), Arc::from(reason));
        lit
    }

    /// The type of a symbol; a choice without one is `bool`.
    pub fn type_of(&self, symbol: SymbolId) -> Option<Type> {
        if symbol <= SymbolId::YES {
            return Some(Type::Tristate);
        }
        let symbol = self.model.symbol(symbol);
        symbol
            .type_
            .or(symbol.is_choice.then_some(Type::Bool))
            .filter(|_| !symbol.constant)
    }

    /// The logical value of a symbol; `n` for one of another type.
    pub fn value(&mut self, symbol: SymbolId) -> Tri {
        let (yes, no) = (self.gates.yes(), self.gates.no());
        match symbol {
            SymbolId::NO => return Tri::bool(no),
            SymbolId::MOD => return Tri { on: yes, yes: no },
            SymbolId::YES => return Tri::bool(yes),
            _ => {}
        }
        if let Some(&value) = self.values.get(&symbol) {
            return value;
        }
        let value = match self.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) => {
                self.pending.push_back(symbol);
                self.gates
                    .fresh_tri(self.type_of(symbol) == Some(Type::Bool))
            }
            None if self.model.symbol(symbol).unknown => self.value_of_unknown(symbol),
            _ => Tri::bool(no),
        };
        self.values.insert(symbol, value);
        value
    }

    /// The value of a symbol that is encoded.
    pub fn known_value(&self, symbol: SymbolId) -> Option<Tri> {
        self.values.get(&symbol).copied()
    }

    /// Whether a symbol is on in the solution that was found last. One that is not encoded is not.
    pub fn is_on(&self, symbol: SymbolId) -> bool {
        let value = self.values.get(&symbol);
        value.is_some_and(|value| self.gates.holds(value.on))
    }

    /// Whether there are modules.
    fn modules(&mut self) -> Lit {
        match self.model.modules {
            Some(symbol) => self.value(symbol).on,
            None => self.gates.no(),
        }
    }

    /// The value of an expression (`expr.c: expr_calc_value`), each node encoded once and without recursion.
    pub fn expr(&mut self, id: ExprId) -> Tri {
        let mut stack = vec![id];
        while let Some(&top) = stack.last() {
            if self.exprs.contains_key(&top) {
                stack.pop();
                continue;
            }
            let known = |this: &Self, id: &ExprId| this.exprs.get(id).copied();
            let value = match self.model.exprs.get(top) {
                Expr::Symbol(symbol) => Some(self.value(symbol)),
                Expr::Module => Some(Tri {
                    on: self.modules(),
                    yes: self.gates.no(),
                }),
                Expr::Compare(operator, left, right) => {
                    Some(Tri::bool(self.compare(operator, left, right)))
                }
                Expr::Not(a) => match known(self, &a) {
                    Some(a) => Some(self.gates.negated(a)),
                    None => {
                        stack.push(a);
                        None
                    }
                },
                node @ (Expr::And(a, b) | Expr::Or(a, b)) => {
                    match (known(self, &a), known(self, &b)) {
                        (Some(a), Some(b)) if matches!(node, Expr::And(..)) => {
                            Some(self.gates.min(a, b))
                        }
                        (Some(a), Some(b)) => Some(self.gates.max(a, b)),
                        (first, second) => {
                            stack.extend(first.is_none().then_some(a));
                            stack.extend(second.is_none().then_some(b));
                            None
                        }
                    }
                }
            };
            if let Some(value) = value {
                self.exprs.insert(top, value);
                stack.pop();
            }
        }
        self.exprs[&id]
    }

    /// Returns what an entry and the blocks around it depend on. Where there are switches each operand has its own.
    fn dependency(&mut self, entry: EntryId) -> Tri {
        let model = self.model;
        if !self.explain {
            return self.expr(model.entry(entry).dependency);
        }
        if let Some(&known) = self.dependencies.get(&entry) {
            return known;
        }
        let mut all = Tri::bool(self.gates.yes());
        let mut at = entry;
        loop {
            for operand in model.own_operands(at) {
                let value = self.expr(operand.dependency);
                let value = self.guarded(Part::Dependency(at, operand.dependency), false, value);
                all = self.gates.min(all, value);
            }
            let parent = model.entry(at).parent;
            if parent == at {
                break;
            }
            let around = model.entry(parent);
            if let Some(choice) = around.symbol.filter(|_| around.kind == EntryKind::Choice)
                && self.old_choices
            {
                let value = self.value(choice);
                let value = self.guarded(Part::InChoice(at), false, value);
                all = self.gates.min(all, value);
                break;
            }
            at = parent;
        }
        self.dependencies.insert(entry, all);
        all
    }

    /// The condition of a property together with the dependencies of its entry.
    pub fn condition(&mut self, property: PropertyId) -> Tri {
        let of = self.model.property(property);
        let dependency = self.dependency(of.entry);
        let own = self.expr(of.condition);
        let part = Part::Property(property);
        let own = match of.kind {
            // Which line selects is worth to be told, whatever its condition.
            PropertyKind::Select(_) | PropertyKind::Imply(_) => self.switched(part, false, own),
            _ => self.guarded(part, false, own),
        };
        self.gates.min(dependency, own)
    }

    /// `m` is `y` for a bool, and for a tristate without modules.
    fn promoted(&mut self, symbol: SymbolId, value: Tri) -> Tri {
        if value.on == value.yes {
            return value;
        }
        if self.type_of(symbol) != Some(Type::Tristate) {
            return Tri::bool(value.on);
        }
        let modules = self.modules();
        let lifted = self.gates.and(value.on, !modules);
        Tri {
            on: value.on,
            yes: self.gates.or(value.yes, lifted),
        }
    }

    /// Up to which value the user may set a symbol (`symbol.c: sym_calc_visibility`).
    pub fn visibility(&mut self, symbol: SymbolId) -> Tri {
        if let Some(&visible) = self.visible.get(&symbol) {
            return visible;
        }
        let model = self.model;
        let visible = if model.symbol(symbol).transitional {
            Tri::bool(self.gates.yes())
        } else {
            let mut visible = Tri::bool(self.gates.no());
            for id in model.properties_of(symbol) {
                if let PropertyKind::Prompt(_) | PropertyKind::Menu(_) = model.property(id).kind {
                    let condition = self.condition(id);
                    visible = self.gates.max(visible, condition);
                }
            }
            self.promoted(symbol, visible)
        };
        self.visible.insert(symbol, visible);
        visible
    }

    /// Returns what the dependencies of all definitions allow; a definition without any adds nothing to those that have one.
    fn direct_dependency(&mut self, symbol: SymbolId) -> Tri {
        let model = self.model;
        let mut direct = None;
        for entry in model.definitions(symbol) {
            if model.entry(entry).dependency != ExprId::YES {
                let value = self.dependency(entry);
                direct = Some(match direct {
                    None => value,
                    Some(direct) => self.gates.max(direct, value),
                });
            }
        }
        let direct = direct.unwrap_or(Tri::bool(self.gates.yes()));
        self.promoted(symbol, direct)
    }

    /// Returns what all selects, or implies, ask for.
    fn reverse(&mut self, symbol: SymbolId, properties: impl Iterator<Item = PropertyId>) -> Tri {
        let mut ons = Vec::new();
        let mut yeses = Vec::new();
        for id in properties {
            let selecting = self.model.entry(self.model.property(id).entry).symbol;
            let Some(selecting) = selecting else { continue };
            let selecting = self.value(selecting);
            let condition = self.condition(id);
            let value = self.gates.min(selecting, condition);
            ons.push(value.on);
            yeses.push(value.yes);
        }
        let on = self.gates.any(&ons);
        if self.type_of(symbol) == Some(Type::Bool) || ons == yeses {
            return Tri::bool(on);
        }
        let yes = self.gates.any(&yeses);
        self.promoted(symbol, Tri { on, yes })
    }

    /// For each default that can come to bear: the condition under which it is the first one, and its property and value.
    pub fn active_defaults(&mut self, symbol: SymbolId) -> Vec<(Lit, PropertyId, ExprId)> {
        let model = self.model;
        let mut rest = self.gates.yes();
        let mut found = Vec::new();
        for id in model.properties_of(symbol) {
            let PropertyKind::Default(value) = model.property(id).kind else {
                continue;
            };
            let condition = self.condition(id).on;
            let active = self.gates.and(rest, condition);
            if active != self.gates.no() {
                found.push((active, id, value));
            }
            rest = self.gates.and(rest, !condition);
        }
        found
    }

    /// The value of the first default whose condition holds.
    fn default(&mut self, symbol: SymbolId) -> Tri {
        let mut ons = Vec::new();
        let mut yeses = Vec::new();
        for (active, id, value) in self.active_defaults(symbol) {
            let value = self.expr(value);
            let value = self.guarded(Part::Property(id), true, value);
            let condition = self.condition(id);
            let value = self.gates.min(value, condition);
            ons.push(self.gates.and(active, value.on));
            yeses.push(self.gates.and(active, value.yes));
        }
        let on = self.gates.any(&ons);
        if self.type_of(symbol) == Some(Type::Bool) || ons == yeses {
            return Tri::bool(on);
        }
        Tri {
            on,
            yes: self.gates.any(&yeses),
        }
    }

    /// The value of a bool or tristate as a function of others (`symbol.c: sym_calc_value`).
    fn define(&mut self, symbol: SymbolId) -> Tri {
        let model = self.model;
        if let Some(result) = self.choice_member(symbol) {
            return result;
        }
        if self.old_choices && self.model.symbol(symbol).is_choice {
            return self.old_choice(symbol);
        }
        let is_bool = self.type_of(symbol) == Some(Type::Bool);
        let no = Tri::bool(self.gates.no());
        let of = model.symbol(symbol);
        // What C does not compute for transitional symbols and members of choices stays `n`.
        let plain = !of.transitional && !self.is_choice_value(symbol);
        let implied = if plain {
            self.reverse(symbol, model.implies_of(symbol))
        } else {
            no
        };
        let mut value = if of.is_choice {
            no
        } else {
            let default = self.default(symbol);
            if implied == no {
                default
            } else {
                let direct = self.direct_dependency(symbol);
                let lifted = self.gates.max(default, implied);
                let lifted = self.gates.min(lifted, direct);
                self.gates.choose_tri(implied.on, lifted, default)
            }
        };
        let visible = self.visibility(symbol);
        if visible != no && of.name.is_some() {
            let user = User {
                has: self.gates.fresh(),
                value: UserValue::Logical(self.gates.fresh_tri(is_bool)),
            };
            self.users.insert(symbol, user);
            if let UserValue::Logical(given) = user.value {
                let clipped = self.gates.min(given, visible);
                let by_user = self.gates.and(user.has, visible.on);
                value = self.gates.choose_tri(by_user, clipped, value);
            }
        }
        if plain {
            let reverse = self.reverse(symbol, model.selects_of(symbol));
            value = self.gates.max(value, reverse);
        }
        self.promoted(symbol, value)
    }
}
