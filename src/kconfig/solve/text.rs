//! Owns what is known of texts and numbers: the values of `int`, `hex` and `string` symbols, of unknown texts such as the
//! output of a command, and comparisons of them.
//!
//! A text is a list of cases, each with the condition under which it is the value. A case is a text that is written
//! somewhere, or a variable: what the user gives, or what a command says. Of a variable only what comparisons ask for exists:
//! "at least 5" for the numbers that are mentioned, with the order of the numbers as clauses, and "is GCC" for texts, which
//! exclude each other. Whether two unknown texts are the same is a literal, too: where it holds, all that is asked of one holds of the
//! other. What does not fit into this is a free literal with a reason ([`Encoder::opaque`]).

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use rustsat::types::Lit;

use super::assume::{SUCCEEDS, equality, exit_status};
use super::encode::{Encoder, User, UserValue};
use super::gates::Tri;
use crate::arch;
use crate::kconfig::eval::value::{Number, compare, leading_number, number};
use crate::kconfig::model::{Expr, PropertyKind, SymbolId, Type};
use crate::kconfig::syntax::Comparison;

/// Most cases that a text may have.
const MAX_CASES: usize = 64;

/// How deep one text may lead to another.
const MAX_DEPTH: usize = 32;

/// Index of a [`Variable`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct VariableId(pub usize);

/// Describes what a variable stands for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum VariableKey {
    /// Stands for what the user gives for a symbol.
    User(SymbolId),
    /// A text with unknown parts.
    Unknown(Arc<str>),
}

/// A text of which only some properties matter.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub key: VariableKey,
    /// Whether it is a number for certain.
    pub numeric: bool,
    /// For numbers the condition that the value is at least that.
    pub at_least: BTreeMap<i128, Lit>,
    /// For texts that are no numbers the condition that it is the value. They exclude each other.
    pub is: BTreeMap<Arc<str>, Lit>,
    /// The condition that it is a number, once something asks for it. It excludes each of `is`.
    pub number: Option<Lit>,
}

impl Variable {
    /// The conditions of all that is asked of it.
    pub fn lits(&self) -> impl Iterator<Item = Lit> + '_ {
        let lits = self.at_least.values().chain(self.is.values());
        lits.copied().chain(self.number)
    }
}

/// One value that a text may have.
#[derive(Clone, Debug)]
pub(super) enum Leaf {
    /// As it is written somewhere.
    Text(Arc<str>),
    /// A variable, moved to the nearer end of a range.
    Variable(VariableId, Option<(i128, i128)>),
    /// Not encoded, for a reason.
    Opaque(&'static str),
}

/// The values that a text may have, with conditions of which exactly one holds.
pub(super) type Cases = Rc<[(Lit, Leaf)]>;

impl Encoder<'_> {
    /// The logical value of an unknown text.
    pub fn value_of_unknown(&mut self, symbol: SymbolId) -> Tri {
        let cases = self.unknown_cases(symbol);
        let mut on = Vec::new();
        let mut yes = Vec::new();
        for (guard, leaf) in cases.iter() {
            match leaf {
                Leaf::Text(text) => {
                    on.extend(matches!(&**text, "y" | "m").then_some(*guard));
                    yes.extend((&**text == "y").then_some(*guard));
                }
                Leaf::Variable(variable, _) => {
                    let is_yes = self.is_text(*variable, "y");
                    let hit = self.gates.and(*guard, is_yes);
                    on.push(hit);
                    yes.push(hit);
                }
                Leaf::Opaque(_) => {}
            }
        }
        Tri {
            on: self.gates.any(&on),
            yes: self.gates.any(&yes),
        }
    }

    /// Whether one symbol compares with another (`expr.c: __expr_calc_value`).
    pub fn compare(&mut self, operator: Comparison, left: SymbolId, right: SymbolId) -> Lit {
        let sides = (self.compared(left, 0), self.compared(right, 0));
        let types = (self.type_of(left), self.type_of(right));
        self.compare_cases(operator, sides, types)
    }

    /// Whether a symbol compares with a text, as a comparison in Kconfig would.
    pub fn compare_with_text(
        &mut self,
        operator: Comparison,
        symbol: SymbolId,
        text: &Arc<str>,
    ) -> Lit {
        let other = Rc::from([(self.gates.yes(), Leaf::Text(text.clone()))]);
        let type_ = self.type_of(symbol);
        let logical = matches!(&**text, "y" | "m" | "n");
        let other_type = logical.then_some(Type::Tristate);
        let cases = self.compared(symbol, 0);
        self.compare_cases(operator, (cases, other), (type_, other_type))
    }

    fn compare_cases(
        &mut self,
        operator: Comparison,
        (left, right): (Cases, Cases),
        types: (Option<Type>, Option<Type>),
    ) -> Lit {
        let mut holds = Vec::new();
        for (left_guard, left_leaf) in left.iter() {
            for (right_guard, right_leaf) in right.iter() {
                let guard = self.gates.and(*left_guard, *right_guard);
                if guard == self.gates.no() {
                    continue;
                }
                let lit = match self.compare_leaves(operator, (left_leaf, right_leaf), types) {
                    Ok(lit) => lit,
                    Err(reason) => self.opaque(reason),
                };
                holds.push(self.gates.and(guard, lit));
            }
        }
        self.gates.any(&holds)
    }

    fn compare_leaves(
        &mut self,
        operator: Comparison,
        leaves: (&Leaf, &Leaf),
        (left_type, right_type): (Option<Type>, Option<Type>),
    ) -> Result<Lit, &'static str> {
        match leaves {
            (Leaf::Opaque(reason), _) | (_, Leaf::Opaque(reason)) => Err(reason),
            (Leaf::Text(left), Leaf::Text(right)) => {
                let sides = ((left.as_bytes(), left_type), (right.as_bytes(), right_type));
                Ok(self.gates.constant(compare(operator, sides.0, sides.1)))
            }
            (Leaf::Variable(variable, clamp), Leaf::Text(text)) => {
                self.compare_variable(operator, (*variable, *clamp, left_type), (text, right_type))
            }
            (Leaf::Text(text), Leaf::Variable(variable, clamp)) => {
                let side = (*variable, *clamp, right_type);
                self.compare_variable(operator.turned(), side, (text, left_type))
            }
            (Leaf::Variable(left, in_left), Leaf::Variable(right, in_right))
                if left == right && in_left == in_right && left_type == right_type =>
            {
                let holds = matches!(
                    operator,
                    Comparison::Equal | Comparison::LessEqual | Comparison::GreaterEqual
                );
                Ok(self.gates.constant(holds))
            }
            (Leaf::Variable(left, None), Leaf::Variable(right, None))
                if matches!(operator, Comparison::Equal | Comparison::Unequal)
                    && self.is_unknown(*left)
                    && self.is_unknown(*right) =>
            {
                let same = self.same(*left, *right);
                Ok(if operator == Comparison::Equal {
                    same
                } else {
                    !same
                })
            }
            _ => Err("a comparison of two values that come from the user or a command"),
        }
    }

    /// The condition that two unknown texts are the same, or the same number. It is not encoded that they are the same number where no
    /// other is possible for both: a witness that differs there is refused when it is computed.
    fn same(&mut self, left: VariableId, right: VariableId) -> Lit {
        let pair = (left.min(right), left.max(right));
        if let Some(&lit) = self.same.get(&pair) {
            return lit;
        }
        let lit = self.gates.fresh();
        let states = format!(
            "{} = {}",
            self.variable_name(left),
            self.variable_name(right)
        );
        self.unknowns.insert(lit.var(), Arc::from(states));
        self.same.insert(pair, lit);
        for id in [left, right] {
            let Variable {
                at_least,
                is,
                number,
                ..
            } = self.variables[id.0].clone();
            at_least
                .keys()
                .for_each(|&value| self.match_at_least(id, value));
            is.keys().for_each(|text| self.match_text(id, text));
            if number.is_some() {
                self.match_number(id);
            }
        }
        lit
    }

    /// The variables that may be the same as another one, each with the condition that it is.
    fn partners(&self, id: VariableId) -> Vec<(VariableId, Lit)> {
        let same = self.same.iter();
        let partner = |(&(left, right), &lit): (&(VariableId, VariableId), &Lit)| match id {
            _ if id == left => Some((right, lit)),
            _ if id == right => Some((left, lit)),
            _ => None,
        };
        same.filter_map(partner).collect()
    }

    /// Where two variables are the same, they are alike in what is asked of one of them.
    fn alike(&mut self, same: Lit, one: Lit, other: Lit) {
        self.gates.clause(&[!same, !one, other]);
        self.gates.clause(&[!same, one, !other]);
    }

    fn match_at_least(&mut self, id: VariableId, value: i128) {
        for (partner, same) in self.partners(id) {
            let one = self.at_least(id, value, None);
            let other = self.at_least(partner, value, None);
            self.alike(same, one, other);
        }
    }

    fn match_text(&mut self, id: VariableId, text: &str) {
        for (partner, same) in self.partners(id) {
            let (one, other) = (self.is_text(id, text), self.is_text(partner, text));
            self.alike(same, one, other);
        }
    }

    fn match_number(&mut self, id: VariableId) {
        for (partner, same) in self.partners(id) {
            let (one, other) = (self.is_number(id), self.is_number(partner));
            self.alike(same, one, other);
        }
    }

    fn compare_variable(
        &mut self,
        operator: Comparison,
        (variable, clamp, own_type): (VariableId, Option<(i128, i128)>, Option<Type>),
        (text, type_): (&Arc<str>, Option<Type>),
    ) -> Result<Lit, &'static str> {
        let both_strings = own_type == Some(Type::String) && type_ == Some(Type::String);
        let value = match (number(text.as_bytes(), type_), own_type) {
            (Number::None, _) => None,
            (_, Some(Type::Hex)) if self.variables[variable.0].numeric => {
                match number(text.as_bytes(), type_) {
                    Number::Signed(value) => Some(i128::from(value as u64)),
                    Number::Unsigned(value) => Some(i128::from(value)),
                    Number::None => None,
                }
            }
            (Number::Signed(value), _) => Some(i128::from(value)),
            (Number::Unsigned(value), _) => match i64::try_from(value) {
                Ok(value) if own_type == Some(Type::Hex) => Some(i128::from(value)),
                _ => return Err("a comparison of signed and unsigned numbers"),
            },
        };
        let Some(value) = value else {
            let is = self.is_text(variable, text);
            return match operator {
                Comparison::Equal => Ok(is),
                Comparison::Unequal => Ok(!is),
                _ => Err("an ordering of texts that come from the user or a command"),
            };
        };
        if both_strings {
            return Err("a comparison of two texts that look like numbers");
        }
        let least = self.at_least(variable, value, clamp);
        let above = self.at_least(variable, value + 1, clamp);
        Ok(match operator {
            Comparison::GreaterEqual => least,
            Comparison::Less => !least,
            Comparison::Greater => above,
            Comparison::LessEqual => !above,
            Comparison::Equal | Comparison::Unequal => {
                let mut equal = self.gates.and(least, !above);
                if !self.variables[variable.0].numeric {
                    let number = self.is_number(variable);
                    equal = self.gates.and(equal, number);
                    // A letter of Kconfig counts as a number only beside one: `0 = n` holds, and so does `n = n`.
                    if type_ == Some(Type::Tristate) {
                        let is = self.is_text(variable, text);
                        equal = self.gates.or(equal, is);
                    }
                }
                if operator == Comparison::Equal {
                    equal
                } else {
                    !equal
                }
            }
        })
    }

    fn variable(&mut self, key: VariableKey, numeric: bool) -> VariableId {
        if let Some(&id) = self.variable_of.get(&key) {
            return id;
        }
        let id = VariableId(self.variables.len());
        self.variables.push(Variable {
            key: key.clone(),
            numeric,
            at_least: BTreeMap::new(),
            is: BTreeMap::new(),
            number: None,
        });
        self.variable_of.insert(key.clone(), id);
        if let VariableKey::Unknown(text) = &key
            && &**text == "$(ARCH)"
        {
            // One of few values.
            let values: Vec<Lit> = arch::values_of_arch(&self.model.srcarch)
                .into_iter()
                .map(|value| self.is_text(id, value))
                .collect();
            self.gates.clause(&values);
        }
        id
    }

    /// The text as a reader may know it.
    fn variable_name(&self, id: VariableId) -> String {
        match &self.variables[id.0].key {
            VariableKey::User(symbol) => self.model.name(*symbol),
            VariableKey::Unknown(text) => text.to_string(),
        }
    }

    fn is_unknown(&self, id: VariableId) -> bool {
        matches!(self.variables[id.0].key, VariableKey::Unknown(_))
    }

    /// The condition that a variable is a text that is not a number.
    fn is_text(&mut self, id: VariableId, text: &str) -> Lit {
        if self.variables[id.0].numeric {
            return self.gates.no();
        }
        if let Some(&lit) = self.variables[id.0].is.get(text) {
            return lit;
        }
        let lit = self.gates.fresh();
        let of = &self.variables[id.0];
        let others: Vec<Lit> = of.is.values().copied().chain(of.number).collect();
        for other in others {
            self.gates.clause(&[!lit, !other]);
        }
        let text: Arc<str> = Arc::from(text);
        if self.is_unknown(id) {
            let states = format!("{} = {text}", self.variable_name(id));
            self.unknowns.insert(lit.var(), Arc::from(states));
        }
        self.variables[id.0].is.insert(text.clone(), lit);
        self.match_text(id, &text);
        lit
    }

    /// The condition that a variable that may be any text is a number.
    fn is_number(&mut self, id: VariableId) -> Lit {
        if let Some(lit) = self.variables[id.0].number {
            return lit;
        }
        let lit = self.gates.fresh();
        let texts: Vec<Lit> = self.variables[id.0].is.values().copied().collect();
        for text in texts {
            self.gates.clause(&[!lit, !text]);
        }
        if self.is_unknown(id) {
            let states = format!("{} is a number", self.variable_name(id));
            self.unknowns.insert(lit.var(), Arc::from(states));
        }
        self.variables[id.0].number = Some(lit);
        self.match_number(id);
        lit
    }

    /// The condition that a variable is at least `value`.
    fn at_least(&mut self, id: VariableId, value: i128, clamp: Option<(i128, i128)>) -> Lit {
        if let Some((low, high)) = clamp {
            if value <= low {
                return self.gates.yes();
            }
            if value > high {
                return self.gates.no();
            }
        }
        if let Some(&lit) = self.variables[id.0].at_least.get(&value) {
            return lit;
        }
        let lit = self.gates.fresh();
        let known = &self.variables[id.0].at_least;
        let below = known.range(..value).next_back().map(|(_, &lit)| lit);
        let above = known.range(value..).next().map(|(_, &lit)| lit);
        if let Some(below) = below {
            self.gates.clause(&[!lit, below]);
        }
        if let Some(above) = above {
            self.gates.clause(&[!above, lit]);
        }
        if self.is_unknown(id) {
            let states = format!("{} >= {value}", self.variable_name(id));
            self.unknowns.insert(lit.var(), Arc::from(states));
        }
        self.variables[id.0].at_least.insert(value, lit);
        self.match_at_least(id, value);
        lit
    }

    /// The values of a symbol as a comparison sees them (`symbol.c: sym_get_string_value`).
    fn compared(&mut self, symbol: SymbolId, depth: usize) -> Cases {
        match self.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) => {
                let value = self.value(symbol);
                let module = self.gates.and(value.on, !value.yes);
                let cases = [(value.yes, "y"), (module, "m"), (!value.on, "n")];
                cases
                    .into_iter()
                    .filter(|&(guard, _)| guard != self.gates.no())
                    .map(|(guard, text)| (guard, Leaf::Text(Arc::from(text))))
                    .collect()
            }
            _ => self.plain(symbol, depth),
        }
    }

    /// The texts that a symbol may hold besides its logical value, which for a bool is always `n`.
    fn plain(&mut self, symbol: SymbolId, depth: usize) -> Cases {
        let yes = self.gates.yes();
        let one = |leaf: Leaf| -> Cases { Rc::from([(yes, leaf)]) };
        let name = match &self.model.symbol(symbol).name {
            Some(name) => Arc::from(*name),
            None => Arc::from(""),
        };
        match self.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) if symbol > SymbolId::YES => {
                one(Leaf::Text(Arc::from("n")))
            }
            Some(Type::Bool | Type::Tristate) => one(Leaf::Text(name)),
            None if self.model.symbol(symbol).unknown => self.unknown_cases(symbol),
            None => one(Leaf::Text(name)),
            Some(type_) => {
                if let Some(known) = self.cases.get(&symbol) {
                    return match known {
                        Some(cases) => cases.clone(),
                        None => one(Leaf::Opaque("a value that depends on itself")),
                    };
                }
                if depth > MAX_DEPTH {
                    return one(Leaf::Opaque("a long chain of defaults"));
                }
                self.cases.insert(symbol, None);
                let mut cases = self.text_cases(symbol, type_, depth);
                if cases.len() > MAX_CASES {
                    cases = vec![(yes, Leaf::Opaque("a symbol with many values"))];
                }
                let cases: Cases = Rc::from(cases);
                self.cases.insert(symbol, Some(cases.clone()));
                cases
            }
        }
    }

    fn unknown_cases(&mut self, symbol: SymbolId) -> Cases {
        let text = match &self.model.symbol(symbol).name {
            Some(name) => Arc::from(*name),
            None => Arc::from(""),
        };
        let yes = self.gates.yes();
        let Some((command, then, otherwise)) = exit_status(&text) else {
            let id = self.variable(VariableKey::Unknown(text), false);
            return Rc::from([(yes, Leaf::Variable(id, None))]);
        };
        let succeeds = match equality(command) {
            Some((left, right)) => {
                let id = self.variable(VariableKey::Unknown(Arc::from(left)), false);
                self.is_text(id, right)
            }
            None => {
                let id = self.variable(VariableKey::Unknown(Arc::from(command)), false);
                let lit = self.is_text(id, SUCCEEDS);
                self.unknowns
                    .insert(lit.var(), Arc::from(format!("`{command}` succeeds")));
                lit
            }
        };
        Rc::from([
            (succeeds, Leaf::Text(Arc::from(then))),
            (!succeeds, Leaf::Text(Arc::from(otherwise))),
        ])
    }

    /// The values of an `int`, `hex` or `string`.
    fn text_cases(&mut self, symbol: SymbolId, type_: Type, depth: usize) -> Vec<(Lit, Leaf)> {
        let numeric = type_ != Type::String;
        let mut cases = Vec::new();
        let mut rest = self.gates.yes();
        let visible = self.visibility(symbol).on;
        if visible != self.gates.no() {
            let variable = self.variable(VariableKey::User(symbol), numeric);
            let has = self.gates.fresh();
            let user = User {
                has,
                value: UserValue::Text(variable),
            };
            self.users.insert(symbol, user);
            let by_user = self.gates.and(has, visible);
            cases.push((by_user, Leaf::Variable(variable, None)));
            rest = !by_user;
        }
        let mut covered = Vec::new();
        for (active, _, value) in self.active_defaults(symbol) {
            let Expr::Symbol(source) = self.model.exprs.get(value) else {
                continue;
            };
            covered.push(active);
            let active = self.gates.and(active, rest);
            let of_source = self.plain(source, depth + 1);
            for (guard, leaf) in of_source.iter() {
                let guard = self.gates.and(active, *guard);
                if guard != self.gates.no() {
                    cases.push((guard, leaf.clone()));
                }
            }
        }
        let covered = self.gates.any(&covered);
        let initial = self.gates.and(rest, !covered);
        if initial != self.gates.no() {
            let text = match type_ {
                Type::Int => "0",
                Type::Hex => "0x0",
                _ => "",
            };
            cases.push((initial, Leaf::Text(Arc::from(text))));
        }
        if numeric {
            self.in_ranges(symbol, type_, cases, depth)
        } else {
            cases
        }
    }

    /// Moves each value to the nearer end of the first range whose condition holds (`symbol.c: sym_validate_range`).
    fn in_ranges(
        &mut self,
        symbol: SymbolId,
        type_: Type,
        cases: Vec<(Lit, Leaf)>,
        depth: usize,
    ) -> Vec<(Lit, Leaf)> {
        let model = self.model;
        let mut rest = self.gates.yes();
        let mut result = Vec::new();
        for id in model.properties_of(symbol) {
            let PropertyKind::Range(low, high) = model.property(id).kind else {
                continue;
            };
            let condition = self.condition(id).on;
            let active = self.gates.and(rest, condition);
            rest = self.gates.and(rest, !condition);
            if active == self.gates.no() {
                continue;
            }
            let (lows, highs) = (self.plain(low, depth + 1), self.plain(high, depth + 1));
            let bases = (self.base(low, type_), self.base(high, type_));
            for (guard, leaf) in &cases {
                let guard = self.gates.and(active, *guard);
                for (low_guard, low_leaf) in lows.iter() {
                    let guard = self.gates.and(guard, *low_guard);
                    for (high_guard, high_leaf) in highs.iter() {
                        let guard = self.gates.and(guard, *high_guard);
                        if guard == self.gates.no() {
                            continue;
                        }
                        let ends = (low_leaf, high_leaf);
                        result.push((guard, clamped(leaf, type_, ends, bases)));
                        if result.len() > MAX_CASES {
                            return result;
                        }
                    }
                }
            }
        }
        for (guard, leaf) in cases {
            let guard = self.gates.and(rest, guard);
            if guard != self.gates.no() {
                result.push((guard, leaf));
            }
        }
        result
    }

    /// The base in which the end of a range is read (`symbol.c: sym_get_range_val`).
    fn base(&self, end: SymbolId, type_: Type) -> u32 {
        match self.type_of(end) {
            Some(Type::Int) => 10,
            Some(Type::Hex) => 16,
            _ if type_ == Type::Hex => 16,
            _ => 10,
        }
    }
}

/// A value moved into a range.
fn clamped(
    leaf: &Leaf,
    type_: Type,
    (low, high): (&Leaf, &Leaf),
    (low_base, high_base): (u32, u32),
) -> Leaf {
    let (Leaf::Text(low), Leaf::Text(high)) = (low, high) else {
        return Leaf::Opaque("a range with unknown bounds");
    };
    let own_base = if type_ == Type::Hex { 16 } else { 10 };
    let least = leading_number(low.as_bytes(), low_base);
    let most = leading_number(high.as_bytes(), high_base);
    match leaf {
        Leaf::Text(text) => {
            let value = leading_number(text.as_bytes(), own_base);
            if value < least {
                Leaf::Text(low.clone())
            } else if value > most {
                Leaf::Text(high.clone())
            } else {
                leaf.clone()
            }
        }
        Leaf::Variable(variable, None) if least <= most && (type_ == Type::Int || least >= 0) => {
            Leaf::Variable(*variable, Some((i128::from(least), i128::from(most))))
        }
        Leaf::Variable(..) => Leaf::Opaque("a value in two ranges"),
        Leaf::Opaque(reason) => Leaf::Opaque(reason),
    }
}
