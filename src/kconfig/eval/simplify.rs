//! Owns the rewriting of expressions that `conf` does while it reads the files.
//!
//! Values do not depend on it, for every rewriting keeps the value, unless a symbol that rewriting removes would lead back to
//! where it is asked for: [`Rewritten`]. But which entries form a submenu, and whether a symbol
//! depends on itself, is decided on the rewritten expressions.
//!
//! Follows `menu.c: rewrite_m` and `expr.c: expr_transform`, `expr_eliminate_dups`, `expr_eliminate_yn`, `expr_eliminate_eq`,
//! `expr_eq`, `expr_trans_compare`, `expr_contains_symbol`, `expr_depends_symbol` (7.2). For `BOOL != y` it follows what
//! their comments say: `!BOOL`.

use std::cell::Cell;
use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::{Dialect, Evaluator};
use crate::kconfig::model::{EntryId, EntryKind, Expr, ExprId, Place, PropertyId, SymbolId, Type};
use crate::kconfig::syntax::{Comparison, index};
use crate::limits::{Limit, REWRITING_STEPS, REWRITTEN_NODES};

index! {
    /// Index of a node in [`Simplifier::nodes`].
    Id
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Node {
    Symbol(SymbolId),
    Compare(Comparison, SymbolId, SymbolId),
    Not(Id),
    Join(Join, Id, Id),
}

/// `&&` or `||`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Join {
    And,
    Or,
}

impl Join {
    /// The operand that changes nothing.
    fn neutral(self) -> SymbolId {
        match self {
            Join::And => SymbolId::YES,
            Join::Or => SymbolId::NO,
        }
    }

    /// The operand that decides alone.
    fn absorbing(self) -> SymbolId {
        match self {
            Join::And => SymbolId::NO,
            Join::Or => SymbolId::YES,
        }
    }
}

/// All conditions of a model as `conf` rewrites them.
#[derive(Debug)]
pub(super) struct Rewritten {
    nodes: Vec<Node>,
    /// For each entry its dependencies.
    pub(super) dependencies: Vec<Option<Id>>,
    /// For each property its condition together with the dependencies of its entry.
    pub(super) conditions: Vec<Option<Id>>,
    /// The limits that were reached.
    pub(super) unfinished: Vec<Unfinished>,
}

/// A limit because of which an expression stays as it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Unfinished {
    /// The limit.
    pub limit: &'static Limit,
    /// The entry or the line whose expression was the first to reach it.
    pub place: Place,
    /// Its symbol, if it has one.
    pub symbol: Option<SymbolId>,
}

impl Rewritten {
    pub(super) fn new(rules: &Evaluator<'_>) -> Self {
        let mut simplifier = Simplifier::new(rules);
        let model = rules.model;
        let dependencies = (0..model.entries.len())
            .map(|entry| simplifier.dependency(EntryId::new(entry)))
            .collect();
        let conditions = (0..model.properties.len())
            .map(|property| simplifier.condition(PropertyId::new(property)))
            .collect();
        Self {
            nodes: simplifier.nodes,
            dependencies,
            conditions,
            unfinished: simplifier.unfinished,
        }
    }

    /// A node; its operands were made before it.
    pub(super) fn get(&self, id: Id) -> Node {
        self.nodes[id.index()]
    }
}

/// Expressions as `conf` rewrites them, each distinct one once. `None` stands for an absent expression, which counts as `y`.
pub(super) struct Simplifier<'e, 'm> {
    rules: &'e Evaluator<'m>,
    nodes: Vec<Node>,
    index: FxHashMap<Node, Id>,
    dependencies: FxHashMap<EntryId, Option<Id>>,
    transformed: FxHashMap<Id, Id>,
    without_dups: FxHashMap<Id, Id>,
    /// How much work there was.
    steps: Cell<u64>,
    /// The limit that the expression in work reached.
    reached: Cell<Option<&'static Limit>>,
    /// The limits that were reached, each once.
    pub(super) unfinished: Vec<Unfinished>,
}

impl<'e, 'm> Simplifier<'e, 'm> {
    pub(super) fn new(rules: &'e Evaluator<'m>) -> Self {
        Self {
            rules,
            nodes: Vec::new(),
            index: FxHashMap::default(),
            dependencies: FxHashMap::default(),
            transformed: FxHashMap::default(),
            without_dups: FxHashMap::default(),
            steps: Cell::new(0),
            reached: Cell::new(None),
            unfinished: Vec::new(),
        }
    }

    fn step(&self) {
        self.steps.set(self.steps.get() + 1);
    }

    /// The dependencies of an entry, those of the blocks around it included (`menu->dep` after `_menu_finalize`).
    pub(super) fn dependency(&mut self, entry: EntryId) -> Option<Id> {
        // From the entry up to the first block whose dependencies are known; blocks nest a limited number of levels.
        let mut unknown = Vec::new();
        let mut at = entry;
        let mut dependency = loop {
            if at == EntryId::ROOT {
                break None;
            }
            if let Some(&known) = self.dependencies.get(&at) {
                break known;
            }
            unknown.push(at);
            at = self.rules.model.entry(at).parent;
            let around = self.rules.model.entry(at);
            if self.rules.dialect == Dialect::OldChoices
                && around.kind == EntryKind::Choice
                && let Some(choice) = around.symbol
            {
                break Some(self.symbol(choice));
            }
        };
        while let Some(entry) = unknown.pop() {
            let of_entry = self.rules.model.entry(entry);
            let (own, place, symbol) = (of_entry.own_dependency, of_entry.place, of_entry.symbol);
            dependency = self.narrowed(dependency, own);
            self.note_unfinished(place, symbol);
            self.dependencies.insert(entry, dependency);
        }
        dependency
    }

    /// The condition of a property together with the dependencies of its entry (`prop->visible.expr`).
    pub(super) fn condition(&mut self, property: PropertyId) -> Option<Id> {
        let property = self.rules.model.property(property);
        let dependency = self.dependency(property.entry);
        let narrowed = self.narrowed(dependency, property.condition);
        self.note_unfinished(
            property.place,
            self.rules.model.entry(property.entry).symbol,
        );
        narrowed
    }

    /// Notes where a limit was reached for the first time.
    fn note_unfinished(&mut self, place: Place, symbol: Option<SymbolId>) {
        let Some(limit) = self.reached.take() else {
            return;
        };
        if self.unfinished.iter().all(|known| known.limit != limit) {
            self.unfinished.push(Unfinished {
                limit,
                place,
                symbol,
            });
        }
    }

    /// An expression and one more condition.
    fn narrowed(&mut self, outer: Option<Id>, own: ExprId) -> Option<Id> {
        let own = self.import(own).map(|own| self.transform(own));
        let both = match (outer, own) {
            (Some(outer), Some(own)) => Some(self.add(Node::Join(Join::And, outer, own))),
            (one, None) | (None, one) => one,
        };
        both.map(|both| self.eliminate_dups(both))
    }

    /// The symbols in an expression from left to right.
    pub(super) fn symbols_of(&self, id: Id, symbols: &mut Vec<SymbolId>) {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            match self.get(id) {
                Node::Symbol(symbol) => symbols.push(symbol),
                Node::Compare(_, left, right) => symbols.extend([left, right]),
                Node::Not(a) => pending.push(a),
                Node::Join(_, a, b) => pending.extend([b, a]),
            }
        }
    }

    /// Whether an expression is `y` whatever the configuration (`expr_is_yes`).
    pub(super) fn is_yes(&self, id: Option<Id>) -> bool {
        id.is_none_or(|id| self.get(id) == Node::Symbol(SymbolId::YES))
    }

    fn get(&self, id: Id) -> Node {
        self.nodes[id.index()]
    }

    fn add(&mut self, node: Node) -> Id {
        *self.index.entry(node).or_insert_with(|| {
            self.nodes.push(node);
            Id::new(self.nodes.len() - 1)
        })
    }

    fn symbol(&mut self, symbol: SymbolId) -> Id {
        self.add(Node::Symbol(symbol))
    }

    /// An expression of the model with `m` written out (`rewrite_m`); `None` for an absent one.
    fn import(&mut self, id: ExprId) -> Option<Id> {
        if id == ExprId::YES {
            return None;
        }
        let model = self.rules.model;
        let mut nodes = model.exprs.reachable(id);
        // Operands have smaller indices than what is made of them.
        nodes.sort_unstable();
        let mut done: FxHashMap<ExprId, Id> = FxHashMap::default();
        for id in nodes {
            let node = match model.exprs.get(id) {
                Expr::Symbol(symbol) => Node::Symbol(symbol),
                Expr::Module => {
                    let module = self.symbol(SymbolId::MOD);
                    let modules = self.symbol(model.modules.unwrap_or(SymbolId::NO));
                    Node::Join(Join::And, module, modules)
                }
                Expr::Compare(operator, left, right) => Node::Compare(operator, left, right),
                Expr::Not(a) => Node::Not(done[&a]),
                Expr::And(a, b) => Node::Join(Join::And, done[&a], done[&b]),
                Expr::Or(a, b) => Node::Join(Join::Or, done[&a], done[&b]),
            };
            let new = self.add(node);
            done.insert(id, new);
        }
        done.get(&id).copied()
    }

    /// Whether an expression is too large to be rewritten, or all of them took too much work before.
    fn is_large(&self, id: Id) -> bool {
        if self.steps.get() > REWRITING_STEPS.get() {
            self.reached.set(Some(&REWRITING_STEPS));
            return true;
        }
        let mut count = 0;
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            count += 1;
            if count > REWRITTEN_NODES.get() {
                self.reached.set(Some(&REWRITTEN_NODES));
                return true;
            }
            match self.get(id) {
                Node::Not(a) => pending.push(a),
                Node::Join(_, a, b) => pending.extend([a, b]),
                _ => {}
            }
        }
        false
    }

    /// `expr_transform`
    fn transform(&mut self, id: Id) -> Id {
        if self.is_large(id) {
            return id;
        }
        self.transform_small(id)
    }

    fn transform_small(&mut self, id: Id) -> Id {
        if let Some(&known) = self.transformed.get(&id) {
            return known;
        }
        let result = match self.get(id) {
            Node::Symbol(_) => id,
            Node::Compare(operator, left, right) => {
                self.transform_comparison(id, operator, left, right)
            }
            Node::Join(join, a, b) => {
                let (a, b) = (self.transform_small(a), self.transform_small(b));
                self.add(Node::Join(join, a, b))
            }
            Node::Not(a) => {
                let a = self.transform_small(a);
                self.negate(a)
            }
        };
        self.transformed.insert(id, result);
        result
    }

    fn transform_comparison(
        &mut self,
        id: Id,
        operator: Comparison,
        left: SymbolId,
        right: SymbolId,
    ) -> Id {
        if self.rules.type_of(left) != Some(Type::Bool) {
            return id;
        }
        let equal = match operator {
            Comparison::Equal => true,
            Comparison::Unequal => false,
            _ => return id,
        };
        let plain = self.symbol(left);
        match right {
            SymbolId::NO if equal => self.add(Node::Not(plain)),
            SymbolId::YES if !equal => self.add(Node::Not(plain)),
            SymbolId::NO | SymbolId::YES => plain,
            SymbolId::MOD if equal => self.symbol(SymbolId::NO),
            SymbolId::MOD => self.symbol(SymbolId::YES),
            _ => id,
        }
    }

    /// `!id`, with the negation moved inwards.
    fn negate(&mut self, id: Id) -> Id {
        match self.get(id) {
            Node::Not(a) => a,
            Node::Compare(operator, left, right) => {
                let operator = match operator {
                    Comparison::Equal => Comparison::Unequal,
                    Comparison::Unequal => Comparison::Equal,
                    Comparison::Less => Comparison::GreaterEqual,
                    Comparison::LessEqual => Comparison::Greater,
                    Comparison::Greater => Comparison::LessEqual,
                    Comparison::GreaterEqual => Comparison::Less,
                };
                self.add(Node::Compare(operator, left, right))
            }
            Node::Join(join, a, b) => {
                let join = match join {
                    Join::And => Join::Or,
                    Join::Or => Join::And,
                };
                let (a, b) = (self.add(Node::Not(a)), self.add(Node::Not(b)));
                let both = self.add(Node::Join(join, a, b));
                self.transform_small(both)
            }
            Node::Symbol(SymbolId::YES) => self.symbol(SymbolId::NO),
            Node::Symbol(SymbolId::NO) => self.symbol(SymbolId::YES),
            Node::Symbol(SymbolId::MOD) => id,
            Node::Symbol(_) => self.add(Node::Not(id)),
        }
    }

    /// `expr_eliminate_dups`
    fn eliminate_dups(&mut self, id: Id) -> Id {
        if self.is_large(id) {
            return id;
        }
        self.eliminate_dups_small(id)
    }

    fn eliminate_dups_small(&mut self, id: Id) -> Id {
        if let Some(&known) = self.without_dups.get(&id) {
            return known;
        }
        let mut at = id;
        loop {
            let mut changed = false;
            if let Node::Join(join, a, b) = self.get(at) {
                let (mut a, mut b) = (self.eliminate_dups_small(a), self.eliminate_dups_small(b));
                self.join_operands(join, &mut a, &mut b, &mut changed);
                at = self.add(Node::Join(join, a, b));
            }
            at = self.eliminate_constants(at);
            if !changed {
                break;
            }
        }
        self.without_dups.insert(id, at);
        at
    }

    /// Compares every operand of `a` with every one of `b` and joins what can be one (`expr_eliminate_dups1`).
    fn join_operands(&mut self, join: Join, a: &mut Id, b: &mut Id, changed: &mut bool) {
        if let Some((mut left, mut right)) = self.operands(join, *a) {
            self.join_operands(join, &mut left, b, changed);
            self.join_operands(join, &mut right, b, changed);
            *a = self.rejoined(*a, left, right);
        } else if let Some((mut left, mut right)) = self.operands(join, *b) {
            self.join_operands(join, a, &mut left, changed);
            self.join_operands(join, a, &mut right, changed);
            *b = self.rejoined(*b, left, right);
        } else {
            self.step();
            let joined = match join {
                Join::Or => self.join_or(*a, *b),
                Join::And => self.join_and(*a, *b),
            };
            if let Some(joined) = joined {
                *a = self.symbol(join.neutral());
                *b = joined;
                *changed = true;
            }
        }
    }

    /// The expression `id` with two operands in the place of its own. Most comparisons change none, and then it stays the node that
    /// it is, which need not be looked for.
    fn rejoined(&mut self, id: Id, left: Id, right: Id) -> Id {
        match self.get(id) {
            Node::Join(_, a, b) if (a, b) == (left, right) => id,
            Node::Join(join, ..) => self.add(Node::Join(join, left, right)),
            _ => unreachable!("invariant: only a join has operands"),
        }
    }

    fn operands(&self, join: Join, id: Id) -> Option<(Id, Id)> {
        match self.get(id) {
            Node::Join(found, a, b) if found == join => Some((a, b)),
            _ => None,
        }
    }

    /// Removes `y` and `n` at the top (`expr_eliminate_yn`). As in C, what is found below the top stays as it is.
    fn eliminate_constants(&self, id: Id) -> Id {
        self.step();
        let Node::Join(join, a, b) = self.get(id) else {
            return id;
        };
        let (a, b) = (self.eliminate_constants(a), self.eliminate_constants(b));
        for (one, other) in [(a, b), (b, a)] {
            if self.get(one) == Node::Symbol(join.absorbing()) {
                return one;
            }
            if self.get(one) == Node::Symbol(join.neutral()) {
                return other;
            }
        }
        id
    }

    /// The symbol that two operands are about, if they are about one bool or tristate and simple enough to be joined.
    fn common_symbol(&self, a: Id, b: Id) -> Option<SymbolId> {
        let equality = |operator| matches!(operator, Comparison::Equal | Comparison::Unequal);
        let plain = |node| match node {
            Node::Symbol(symbol) => Some(symbol),
            Node::Compare(operator, left, _) if equality(operator) => Some(left),
            _ => None,
        };
        let first = match self.get(a) {
            Node::Not(inner) => plain(self.get(inner))?,
            node => plain(node)?,
        };
        let second = match self.get(b) {
            Node::Not(inner) => match self.get(inner) {
                Node::Symbol(symbol) => symbol,
                _ => return None,
            },
            node => plain(node)?,
        };
        let logical = matches!(self.rules.type_of(first), Some(Type::Bool | Type::Tristate));
        (first == second && logical).then_some(first)
    }

    /// `a || b` as one operand (`expr_join_or`).
    fn join_or(&mut self, a: Id, b: Id) -> Option<Id> {
        use Comparison::{Equal, Unequal};
        if self.equal(a, b) {
            return Some(a);
        }
        let symbol = self.common_symbol(a, b)?;
        match (self.get(a), self.get(b)) {
            (Node::Compare(Equal, _, one), Node::Compare(Equal, _, other))
                if self.rules.type_of(symbol) == Some(Type::Tristate) =>
            {
                let missing = third(one, other)?;
                Some(self.add(Node::Compare(Unequal, symbol, missing)))
            }
            (Node::Not(inner), Node::Symbol(_)) | (Node::Symbol(_), Node::Not(inner))
                if self.rules.type_of(symbol) == Some(Type::Bool)
                    && matches!(self.get(inner), Node::Symbol(_)) =>
            {
                Some(self.symbol(SymbolId::YES))
            }
            _ => None,
        }
    }

    /// `a && b` as one operand (`expr_join_and`).
    fn join_and(&mut self, a: Id, b: Id) -> Option<Id> {
        use Comparison::{Equal, Unequal};
        if self.equal(a, b) {
            return Some(a);
        }
        let symbol = self.common_symbol(a, b)?;
        let (first, second) = (self.get(a), self.get(b));
        for (one, other) in [(first, second), (second, first)] {
            if let (Node::Symbol(_), Node::Compare(operator, _, right)) = (one, other) {
                match (operator, right) {
                    (Equal, SymbolId::YES) | (Unequal, SymbolId::MOD) => {
                        return Some(self.add(Node::Compare(Equal, symbol, SymbolId::YES)));
                    }
                    (Unequal, SymbolId::NO) => return Some(self.symbol(symbol)),
                    _ => {}
                }
            }
        }
        if self.rules.type_of(symbol) != Some(Type::Tristate) {
            return None;
        }
        match (first, second) {
            (Node::Compare(Equal, _, is), Node::Compare(Unequal, _, is_not))
            | (Node::Compare(Unequal, _, is_not), Node::Compare(Equal, _, is)) => {
                let constant = |symbol| self.rules.model.symbol(symbol).constant;
                if !constant(is) || !constant(is_not) {
                    return None;
                }
                Some(if is == is_not {
                    self.symbol(SymbolId::NO)
                } else {
                    self.add(Node::Compare(Equal, symbol, is))
                })
            }
            (Node::Compare(Unequal, _, one), Node::Compare(Unequal, _, other)) => {
                let left = third(one, other)?;
                Some(self.add(Node::Compare(Equal, symbol, left)))
            }
            _ => None,
        }
    }

    /// Whether two expressions are the same but for the order of operands (`expr_eq`).
    fn equal(&mut self, a: Id, b: Id) -> bool {
        if a == b && !matches!(self.get(a), Node::Join(..)) {
            return true;
        }
        match (self.get(a), self.get(b)) {
            (Node::Not(a), Node::Not(b)) => self.equal(a, b),
            (Node::Join(one, ..), Node::Join(other, ..)) if one == other => {
                let (mut a, mut b) = (a, b);
                self.eliminate_common(&mut a, &mut b);
                matches!(self.get(a), Node::Symbol(_)) && a == b
            }
            _ => false,
        }
    }

    /// Removes the operands that two expressions have in common (`expr_eliminate_eq`).
    fn eliminate_common(&mut self, a: &mut Id, b: &mut Id) {
        if let Node::Join(join, ..) = self.get(*a) {
            self.remove_common(join, a, b);
        }
        let kind = |node| match node {
            Node::Join(join, ..) => Some(join),
            _ => None,
        };
        let (first, second) = (kind(self.get(*a)), kind(self.get(*b)));
        if let Some(join) = second
            && first != second
        {
            self.remove_common(join, a, b);
        }
        *a = self.eliminate_constants(*a);
        *b = self.eliminate_constants(*b);
    }

    /// `__expr_eliminate_eq`: each operand of `a` and the first of `b` that is the same and still there become neutral. `conf` compares
    /// all pairs; most operands are the same only if they are the same node, and those are looked up.
    fn remove_common(&mut self, join: Join, a: &mut Id, b: &mut Id) {
        let (of_a, of_b) = (self.leaves(join, *a), self.leaves(join, *b));
        let mut simple: FxHashMap<Id, VecDeque<usize>> = FxHashMap::default();
        let mut complex: Vec<usize> = Vec::new();
        for (at, &leaf) in of_b.iter().enumerate() {
            match self.is_simple(leaf) {
                true => simple.entry(leaf).or_default().push_back(at),
                false => complex.push(at),
            }
        }
        let mut gone_of_a = vec![false; of_a.len()];
        let mut gone_of_b = vec![false; of_b.len()];
        for (at, &leaf) in of_a.iter().enumerate() {
            self.step();
            let same = if matches!(
                self.get(leaf),
                Node::Symbol(SymbolId::YES) | Node::Symbol(SymbolId::NO)
            ) {
                None
            } else if self.is_simple(leaf) {
                simple.get_mut(&leaf).and_then(VecDeque::pop_front)
            } else {
                let mut left = complex.iter().copied();
                left.find(|&other| !gone_of_b[other] && self.equal(leaf, of_b[other]))
            };
            if let Some(other) = same {
                (gone_of_a[at], gone_of_b[other]) = (true, true);
            }
        }
        *a = self.without(join, *a, &mut gone_of_a.into_iter());
        *b = self.without(join, *b, &mut gone_of_b.into_iter());
    }

    /// Whether an expression is the same as another one only if it is the same node.
    fn is_simple(&self, id: Id) -> bool {
        match self.get(id) {
            Node::Not(a) => !matches!(self.get(a), Node::Not(_) | Node::Join(..)),
            Node::Join(..) => false,
            _ => true,
        }
    }

    /// The operands of a chain, from left to right.
    fn leaves(&self, join: Join, id: Id) -> Vec<Id> {
        let mut leaves = Vec::new();
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            match self.operands(join, id) {
                Some((a, b)) => pending.extend([b, a]),
                None => leaves.push(id),
            }
        }
        leaves
    }

    /// A chain with what is neutral in the place of the operands that are `gone`.
    fn without(&mut self, join: Join, id: Id, gone: &mut impl Iterator<Item = bool>) -> Id {
        if let Some((a, b)) = self.operands(join, id) {
            let (left, right) = (self.without(join, a, gone), self.without(join, b, gone));
            return self.rejoined(id, left, right);
        }
        match gone.next() {
            Some(true) => self.symbol(join.neutral()),
            _ => id,
        }
    }

    /// Whether an expression names a symbol at all (`expr_contains_symbol`).
    pub(super) fn contains(&self, id: Option<Id>, symbol: SymbolId) -> bool {
        let mut symbols = Vec::new();
        if let Some(id) = id {
            self.symbols_of(id, &mut symbols);
        }
        symbols.contains(&symbol)
    }

    /// Whether an expression cannot hold without a symbol, as far as its outermost `&&` tells (`expr_depends_symbol`).
    pub(super) fn depends(&self, id: Option<Id>, symbol: SymbolId) -> bool {
        let mut pending: Vec<Id> = id.into_iter().collect();
        while let Some(id) = pending.pop() {
            let found = match self.get(id) {
                Node::Join(Join::And, a, b) => {
                    pending.extend([a, b]);
                    false
                }
                Node::Symbol(found) => found == symbol,
                Node::Compare(Comparison::Equal, left, right) => {
                    left == symbol && matches!(right, SymbolId::YES | SymbolId::MOD)
                }
                Node::Compare(Comparison::Unequal, left, right) => {
                    left == symbol && right == SymbolId::NO
                }
                _ => false,
            };
            if found {
                return true;
            }
        }
        false
    }

    /// `expr != n`, rewritten (`expr_trans_compare`).
    pub(super) fn is_not_no(&mut self, id: Option<Id>) -> Id {
        let compared = match id {
            None => {
                let no = self.symbol(SymbolId::NO);
                self.add(Node::Not(no))
            }
            Some(id) if self.is_large(id) => id,
            Some(id) => self.compared_with_no(id, false),
        };
        let transformed = self.transform(compared);
        self.eliminate_dups(transformed)
    }

    /// `id = n` or `id != n`
    fn compared_with_no(&mut self, id: Id, equal: bool) -> Id {
        match self.get(id) {
            Node::Symbol(symbol) => {
                let operator = if equal {
                    Comparison::Equal
                } else {
                    Comparison::Unequal
                };
                self.add(Node::Compare(operator, symbol, SymbolId::NO))
            }
            Node::Compare(..) if equal => self.add(Node::Not(id)),
            Node::Compare(..) => id,
            Node::Not(a) => self.compared_with_no(a, !equal),
            Node::Join(join, a, b) => {
                let (a, b) = (
                    self.compared_with_no(a, true),
                    self.compared_with_no(b, true),
                );
                let join = match join {
                    Join::And => Join::Or,
                    Join::Or => Join::And,
                };
                let is_no = self.add(Node::Join(join, a, b));
                if equal {
                    is_no
                } else {
                    self.add(Node::Not(is_no))
                }
            }
        }
    }

    /// Whether `inner` asks for all that `outer` asks for, operand by operand; `false` where that takes too much work to tell.
    pub(super) fn is_superset(&mut self, inner: Id, outer: Id) -> bool {
        if self.is_large(inner) || self.is_large(outer) {
            return false;
        }
        let (mut inner, mut outer) = (inner, outer);
        self.eliminate_common(&mut inner, &mut outer);
        self.is_yes(Some(outer))
    }
}

/// The one of `y`, `m` and `n` that is neither of two others; `None` where they are not two of these.
fn third(one: SymbolId, other: SymbolId) -> Option<SymbolId> {
    let all = [SymbolId::NO, SymbolId::MOD, SymbolId::YES];
    if one == other || !all.contains(&one) || !all.contains(&other) {
        return None;
    }
    all.into_iter()
        .find(|&symbol| symbol != one && symbol != other)
}
