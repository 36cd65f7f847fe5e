//! Owns presence conditions: boolean expressions over `CONFIG_` macros, other macros and undecided comparisons, each kept once.
//!
//! A [`Condition`] is a small number that stands for a node of one [`Conditions`] arena. Equal expressions get the same
//! number, negation stands only in front of atoms, and a node's operands always have smaller numbers than the node, so that
//! whoever encodes conditions for a SAT solver visits them in ascending order ([`Conditions::reachable`]).

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::limits::CONDITION_STEPS;

mod display;
pub mod minimal;
mod satisfy;
mod simplify;

/// A node of a [`Conditions`] arena. It has a meaning only together with the arena that made it.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Condition(u32);

impl Condition {
    /// Never true. The same number in every arena.
    pub const FALSE: Condition = Condition(0);
    /// Always true. The same number in every arena.
    pub const TRUE: Condition = Condition(1);

    /// The number, for tables that are indexed by it.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// How [`Atom::Comparison`] compares. The other operators are a negation of these two.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Operator {
    /// `==`
    Equal,
    /// `>`
    Greater,
}

/// Describes what a presence condition is made of.
#[derive(
    Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Atom {
    /// `CONFIG_X` is defined: a bool or tristate symbol is `y`, a symbol of another type has a value. Without `CONFIG_`.
    Builtin(Arc<str>),
    /// `CONFIG_X_MODULE` is defined: a tristate symbol is `m`. Without `CONFIG_` and `_MODULE`.
    Module(Arc<str>),
    /// The macro is defined, and no file of the tree says when.
    Macro(Arc<str>),
    /// A comparison of a macro's value, `CONFIG_` included in its name. A macro that is not defined counts as 0.
    Comparison {
        /// The macro.
        name: Arc<str>,
        /// How it is compared.
        operator: Operator,
        /// With what.
        value: i64,
    },
    /// An expression that is not decided here: its text with single blanks.
    Opaque(Arc<str>),
}

impl Atom {
    /// The Kconfig symbol whose value alone decides the atom, without `CONFIG_`.
    pub fn symbol(&self) -> Option<&str> {
        match self {
            Atom::Builtin(name) | Atom::Module(name) => Some(name),
            Atom::Comparison { name, .. } => name.strip_prefix("CONFIG_"),
            Atom::Macro(_) | Atom::Opaque(_) => None,
        }
    }
}

/// The shape of a condition, as [`Conditions::node`] shows it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Node {
    /// A constant.
    Constant(bool),
    /// An atom.
    Atom(Atom),
    /// The negation of an atom, which is the operand.
    Not(Condition),
    /// All of two or more operands, in ascending order.
    And(Box<[Condition]>),
    /// At least one of two or more operands, in ascending order.
    Or(Box<[Condition]>),
}

/// Which of the two operations that take a list of operands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Junction {
    And,
    Or,
}

impl Junction {
    /// The other one.
    fn dual(self) -> Self {
        match self {
            Junction::And => Junction::Or,
            Junction::Or => Junction::And,
        }
    }

    /// The operand that changes nothing.
    fn neutral(self) -> Condition {
        match self {
            Junction::And => Condition::TRUE,
            Junction::Or => Condition::FALSE,
        }
    }

    /// The operand that decides the result.
    fn dominant(self) -> Condition {
        self.dual().neutral()
    }
}

/// An arena of conditions.
#[derive(Clone, Debug)]
pub struct Conditions {
    nodes: Vec<Node>,
    numbers: FxHashMap<Node, u32>,
    /// The negation of each node, once it has been asked for.
    negations: Vec<Option<Condition>>,
    /// Holds what each node is on 64 pseudo-random assignments, which settles most questions of satisfiability at once.
    samples: Vec<u64>,
    /// Results of `and` and `or` of two conditions: headers ask the same again and again.
    joined: FxHashMap<(bool, Condition, Condition), Condition>,
    /// Answers of [`Conditions::is_satisfiable`] that took work.
    decided: FxHashMap<Condition, bool>,
    /// How much was done: operands that were looked at.
    work: u64,
}

impl serde::Serialize for Conditions {
    /// Writes the nodes, from which everything else follows. An arena with which much was done is not written, so that a limit is
    /// not reached later than it would be.
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.work > CONDITION_STEPS.get() / 4 {
            return Err(serde::ser::Error::custom(
                "much was done with the conditions",
            ));
        }
        (&self.nodes, self.work).serialize(serializer)
    }
}

impl<'de> serde::Deserialize<'de> for Conditions {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let (nodes, work) = <(Vec<Node>, u64)>::deserialize(deserializer)?;
        Self::from_nodes(nodes, work)
            .ok_or_else(|| serde::de::Error::custom("nodes that no arena has"))
    }
}

impl Default for Conditions {
    fn default() -> Self {
        Self::new()
    }
}

impl Conditions {
    /// Whether the same number stands for the same condition in both.
    pub fn has_same_numbers(&self, other: &Self) -> bool {
        self.nodes == other.nodes
    }

    /// An arena that holds only the two constants.
    pub fn new() -> Self {
        let mut conditions = Self {
            nodes: Vec::new(),
            numbers: FxHashMap::default(),
            negations: Vec::new(),
            samples: Vec::new(),
            joined: FxHashMap::default(),
            decided: FxHashMap::default(),
            work: 0,
        };
        let never = conditions.intern(Node::Constant(false));
        let always = conditions.intern(Node::Constant(true));
        conditions.negations[never.index()] = Some(always);
        conditions.negations[always.index()] = Some(never);
        conditions
    }

    /// Whether so much was done that nothing is simplified any more, and every condition counts as possible. Whoever builds
    /// conditions from a text stops then.
    pub fn is_exhausted(&self) -> bool {
        self.work > CONDITION_STEPS.get()
    }

    /// The arena that has these nodes; `None` if no arena has.
    fn from_nodes(nodes: Vec<Node>, work: u64) -> Option<Self> {
        let mut conditions = Self::new();
        for (number, node) in nodes.into_iter().enumerate() {
            let is_before = |operand: &Condition| operand.index() < number;
            let is_sound = match &node {
                Node::Constant(_) => number < 2,
                Node::Atom(_) => number >= 2,
                Node::Not(operand) => {
                    is_before(operand) && matches!(conditions.nodes[operand.index()], Node::Atom(_))
                }
                Node::And(operands) | Node::Or(operands) => {
                    operands.len() > 1 && operands.iter().all(is_before)
                }
            };
            if !is_sound || conditions.intern(node).index() != number {
                return None;
            }
        }
        conditions.work = work;
        (conditions.nodes.len() >= 2).then_some(conditions)
    }

    /// How much was done so far, in operands that were looked at.
    pub fn work(&self) -> u64 {
        self.work
    }

    /// Counts work that is done elsewhere for the conditions here.
    pub fn spend(&mut self, work: usize) {
        self.work += work as u64;
    }

    /// How many nodes the arena holds.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether the arena holds nothing but the constants.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() <= 2
    }

    /// The shape of `condition`.
    pub fn node(&self, condition: Condition) -> &Node {
        &self.nodes[condition.index()]
    }

    /// The condition that consists of one atom.
    pub fn atom(&mut self, atom: Atom) -> Condition {
        self.intern(Node::Atom(atom))
    }

    /// `defined(name)` for a macro that no file of the tree defines: an atom for the Kconfig symbol where the name begins with
    /// `CONFIG_`, else for the macro.
    ///
    /// `CONFIG_X_MODULE` is taken for the symbol `X` being `m`, which is what autoconf.h makes of it; a symbol whose own
    /// name ends in `_MODULE` is not told apart.
    pub fn defined(&mut self, name: &str) -> Condition {
        let atom = match name.strip_prefix("CONFIG_") {
            Some(symbol) => match symbol.strip_suffix("_MODULE") {
                Some(symbol) if !symbol.is_empty() => Atom::Module(symbol.into()),
                _ => Atom::Builtin(symbol.into()),
            },
            None => Atom::Macro(name.into()),
        };
        self.atom(atom)
    }

    /// The negation.
    pub fn not(&mut self, condition: Condition) -> Condition {
        if let Some(known) = self.negations[condition.index()] {
            return known;
        }
        // Operands are negated before the nodes that hold them, so the work needs no recursion.
        let nodes = self.not_negated(condition);
        self.spend(nodes.len());
        for node in nodes {
            if self.negations[node.index()].is_some() {
                continue;
            }
            let negated = match self.nodes[node.index()].clone() {
                Node::Constant(_) | Node::Not(_) => continue,
                Node::Atom(_) => self.intern(Node::Not(node)),
                Node::And(operands) => {
                    let negated = self.negated_operands(&operands);
                    self.join(Junction::Or, negated)
                }
                Node::Or(operands) => {
                    let negated = self.negated_operands(&operands);
                    self.join(Junction::And, negated)
                }
            };
            self.negations[node.index()] = Some(negated);
            self.negations[negated.index()].get_or_insert(node);
        }
        self.negations[condition.index()]
            .unwrap_or_else(|| unreachable!("every reachable node has just been negated"))
    }

    /// The nodes that `condition` is made of whose negation has not been made, in ascending order. Where the negation of a node
    /// is there, so are those below it.
    fn not_negated(&self, condition: Condition) -> Vec<Condition> {
        let mut found = rustc_hash::FxHashSet::default();
        let mut pending = vec![condition];
        while let Some(next) = pending.pop() {
            if self.negations[next.index()].is_some() || !found.insert(next) {
                continue;
            }
            if let Node::And(operands) | Node::Or(operands) = self.node(next) {
                pending.extend(operands.iter());
            }
        }
        let mut nodes: Vec<Condition> = found.into_iter().collect();
        nodes.sort_unstable();
        nodes
    }

    /// The negations of operands that have been negated before.
    fn negated_operands(&self, operands: &[Condition]) -> Vec<Condition> {
        operands
            .iter()
            .map(|operand| {
                self.negations[operand.index()]
                    .unwrap_or_else(|| unreachable!("operands are negated first"))
            })
            .collect()
    }

    /// Both.
    pub fn and(&mut self, a: Condition, b: Condition) -> Condition {
        self.join_two(Junction::And, a, b)
    }

    /// At least one of both.
    pub fn or(&mut self, a: Condition, b: Condition) -> Condition {
        self.join_two(Junction::Or, a, b)
    }

    /// `a` and not `b`.
    pub fn and_not(&mut self, a: Condition, b: Condition) -> Condition {
        let not_b = self.not(b);
        self.and(a, not_b)
    }

    /// All of them; true for none.
    pub fn all(&mut self, operands: impl IntoIterator<Item = Condition>) -> Condition {
        self.join(Junction::And, operands.into_iter().collect())
    }

    /// At least one of them; false for none.
    pub fn any(&mut self, operands: impl IntoIterator<Item = Condition>) -> Condition {
        self.join(Junction::Or, operands.into_iter().collect())
    }

    fn join_two(&mut self, junction: Junction, a: Condition, b: Condition) -> Condition {
        if a == b || b == junction.neutral() {
            return a;
        }
        if a == junction.neutral() {
            return b;
        }
        if a == junction.dominant() || b == junction.dominant() {
            return junction.dominant();
        }
        let key = (junction == Junction::And, a.min(b), a.max(b));
        if let Some(&known) = self.joined.get(&key) {
            return known;
        }
        let result = self.join(junction, vec![a, b]);
        self.joined.insert(key, result);
        result
    }

    /// The nodes that `condition` is made of and itself, in ascending order: operands before the nodes that hold them.
    pub fn reachable(&self, condition: Condition) -> Vec<Condition> {
        let mut found = rustc_hash::FxHashSet::default();
        let mut pending = vec![condition];
        while let Some(next) = pending.pop() {
            if found.insert(next) {
                match self.node(next) {
                    Node::Constant(_) | Node::Atom(_) => {}
                    Node::Not(operand) => pending.push(*operand),
                    Node::And(operands) | Node::Or(operands) => pending.extend(operands.iter()),
                }
            }
        }
        let mut nodes: Vec<Condition> = found.into_iter().collect();
        nodes.sort_unstable();
        nodes
    }

    /// The atoms that `condition` is made of, sorted.
    pub fn atoms(&self, condition: Condition) -> Vec<&Atom> {
        let mut atoms: Vec<&Atom> = self
            .reachable(condition)
            .into_iter()
            .filter_map(|node| match self.node(node) {
                Node::Atom(atom) => Some(atom),
                _ => None,
            })
            .collect();
        atoms.sort_unstable();
        atoms
    }

    /// Returns what `condition` is under `assignment`, which says of an atom whether it is true or that it is not known. The result
    /// is `None` where it depends on atoms that are not known.
    pub fn evaluate(
        &self,
        condition: Condition,
        assignment: &dyn Fn(&Atom) -> Option<bool>,
    ) -> Option<bool> {
        let mut values: FxHashMap<Condition, Option<bool>> = FxHashMap::default();
        for node in self.reachable(condition) {
            let value_of = |operand: &Condition| values.get(operand).copied().flatten();
            let value = match self.node(node) {
                Node::Constant(value) => Some(*value),
                Node::Atom(atom) => assignment(atom),
                Node::Not(operand) => value_of(operand).map(|value| !value),
                Node::And(operands) => junction_value(operands.iter().map(value_of), false),
                Node::Or(operands) => junction_value(operands.iter().map(value_of), true),
            };
            values.insert(node, value);
        }
        values.get(&condition).copied().flatten()
    }

    /// `condition` where some atoms are known: what is left to say about the others.
    pub fn assume(
        &mut self,
        condition: Condition,
        known: &dyn Fn(&Atom) -> Option<bool>,
    ) -> Condition {
        self.substitute(condition, &|_, atom| {
            known(atom).map(|value| {
                if value {
                    Condition::TRUE
                } else {
                    Condition::FALSE
                }
            })
        })
    }

    /// `condition` with some atoms replaced; the function gets an atom's node and the atom.
    fn substitute(
        &mut self,
        condition: Condition,
        replacement: &dyn Fn(Condition, &Atom) -> Option<Condition>,
    ) -> Condition {
        let mut simpler: FxHashMap<Condition, Condition> = FxHashMap::default();
        let nodes = self.reachable(condition);
        self.spend(nodes.len());
        for node in nodes {
            let result = match self.node(node).clone() {
                Node::Constant(_) => node,
                Node::Atom(atom) => replacement(node, &atom).unwrap_or(node),
                Node::Not(operand) => self.not(simpler[&operand]),
                Node::And(operands) => self.all(operands.iter().map(|operand| simpler[operand])),
                Node::Or(operands) => self.any(operands.iter().map(|operand| simpler[operand])),
            };
            simpler.insert(node, result);
        }
        simpler[&condition]
    }

    /// A bound of `condition` that does not rest on some atoms: the upper one holds wherever the condition may hold, whatever
    /// those atoms are, the lower one only where it holds in any case.
    pub fn bound(
        &mut self,
        condition: Condition,
        upper: bool,
        is_unknown: &dyn Fn(&Atom) -> bool,
    ) -> Condition {
        let constant = if upper {
            Condition::TRUE
        } else {
            Condition::FALSE
        };
        let mut bounds: FxHashMap<Condition, Condition> = FxHashMap::default();
        for node in self.reachable(condition) {
            let result = match self.node(node).clone() {
                Node::Constant(_) => node,
                Node::Atom(atom) => match is_unknown(&atom) {
                    true => constant,
                    false => node,
                },
                // Negation stands in front of atoms only.
                Node::Not(operand) => match bounds[&operand] == operand {
                    true => node,
                    false => constant,
                },
                Node::And(operands) => self.all(operands.iter().map(|operand| bounds[operand])),
                Node::Or(operands) => self.any(operands.iter().map(|operand| bounds[operand])),
            };
            bounds.insert(node, result);
        }
        bounds[&condition]
    }

    /// The condition of another arena in this one. `known` keeps what was carried over, for the next condition of that arena.
    pub fn import(
        &mut self,
        other: &Conditions,
        condition: Condition,
        known: &mut FxHashMap<Condition, Condition>,
    ) -> Condition {
        if let Some(&here) = known.get(&condition) {
            return here;
        }
        for node in other.reachable(condition) {
            if known.contains_key(&node) {
                continue;
            }
            let here = match other.node(node) {
                Node::Constant(true) => Condition::TRUE,
                Node::Constant(false) => Condition::FALSE,
                Node::Atom(atom) => self.atom(atom.clone()),
                Node::Not(operand) => self.not(known[operand]),
                Node::And(operands) => self.all(operands.iter().map(|operand| known[operand])),
                Node::Or(operands) => self.any(operands.iter().map(|operand| known[operand])),
            };
            known.insert(node, here);
        }
        known[&condition]
    }

    /// The number of `node`, which is made if it is new.
    fn intern(&mut self, node: Node) -> Condition {
        if let Some(&number) = self.numbers.get(&node) {
            return Condition(number);
        }
        // Four thousand million nodes do not fit into memory, so the number cannot overflow before that is gone.
        let number = self.nodes.len() as u32;
        self.samples.push(self.sample(&node, number));
        self.negations.push(match node {
            Node::Not(operand) => Some(operand),
            _ => None,
        });
        if let Node::Not(operand) = node {
            self.negations[operand.index()] = Some(Condition(number));
        }
        self.numbers.insert(node.clone(), number);
        self.nodes.push(node);
        Condition(number)
    }
}

/// `decisive` if an operand is, the opposite if all are the opposite, else not known.
fn junction_value(operands: impl Iterator<Item = Option<bool>>, decisive: bool) -> Option<bool> {
    let mut unknown = false;
    for operand in operands {
        match operand {
            Some(value) if value == decisive => return Some(decisive),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(!decisive) }
}

#[cfg(test)]
mod tests;
