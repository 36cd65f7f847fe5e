//! Owns the expressions of a model: over its symbols, in one arena, operands before the nodes that use them.

use rustc_hash::FxHashMap;

use super::SymbolId;
use crate::kconfig::syntax::{Comparison, index};

index! {
    /// Index of a node in [`Exprs`].
    ExprId
}

impl ExprId {
    /// `y`: what an absent condition stands for.
    pub const YES: ExprId = ExprId::new(0);
}

/// A node of an expression.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Expr {
    /// The value of a symbol.
    Symbol(SymbolId),
    /// `m && MODULES`: what a bare `m` in a dependency or a condition means (`menu.c: rewrite_m`).
    Module,
    /// Two symbols compared, by their names where they are not defined.
    Compare(Comparison, SymbolId, SymbolId),
    /// `2 - a`
    Not(ExprId),
    /// The smaller of two.
    And(ExprId, ExprId),
    /// The larger of two.
    Or(ExprId, ExprId),
}

/// All expressions of a model. Operands have smaller indices than what is made of them.
#[derive(Clone, Debug)]
pub struct Exprs {
    nodes: Vec<Expr>,
}

impl Default for Exprs {
    fn default() -> Self {
        Self {
            nodes: vec![Expr::Symbol(SymbolId::YES)],
        }
    }
}

impl Exprs {
    /// Only `y`, with room for `capacity` nodes.
    pub fn with_capacity(capacity: usize) -> Self {
        let mut exprs = Self {
            nodes: Vec::with_capacity(capacity.max(1)),
        };
        exprs.nodes.push(Expr::Symbol(SymbolId::YES));
        exprs
    }

    /// Adds a node.
    pub fn add(&mut self, expr: Expr) -> ExprId {
        self.nodes.push(expr);
        ExprId::new(self.nodes.len() - 1)
    }

    /// `a && b`, without a node where one of them is [`ExprId::YES`].
    pub fn and(&mut self, a: ExprId, b: ExprId) -> ExprId {
        match (a, b) {
            (ExprId::YES, other) | (other, ExprId::YES) => other,
            _ => self.add(Expr::And(a, b)),
        }
    }

    /// The node at `id`.
    pub fn get(&self, id: ExprId) -> Expr {
        self.nodes[id.index()]
    }

    /// Replaces the node at `id`; it may only have operands with smaller indices.
    pub(super) fn set(&mut self, id: ExprId, expr: Expr) {
        self.nodes[id.index()] = expr;
    }

    /// Turns `m && MODULES` back into `m` in an expression that nothing else uses.
    pub(super) fn unrewrite_modules(&mut self, value: ExprId) {
        match self.get(value) {
            Expr::Module => self.set(value, Expr::Symbol(SymbolId::MOD)),
            Expr::Symbol(_) | Expr::Compare(..) => {}
            _ => {
                for id in self.reachable(value) {
                    if self.get(id) == Expr::Module {
                        self.set(id, Expr::Symbol(SymbolId::MOD));
                    }
                }
            }
        }
    }

    /// The same expression with `m` as it was written; the given one stays as it is.
    pub(super) fn as_written(&mut self, expr: ExprId) -> ExprId {
        let mut nodes = self.reachable(expr);
        if nodes.iter().all(|&id| self.get(id) != Expr::Module) {
            return expr;
        }
        nodes.sort_unstable();
        let mut copies: FxHashMap<ExprId, ExprId> = FxHashMap::default();
        for id in nodes {
            let node = match self.get(id) {
                Expr::Module => Expr::Symbol(SymbolId::MOD),
                Expr::Not(a) => Expr::Not(copies[&a]),
                Expr::And(a, b) => Expr::And(copies[&a], copies[&b]),
                Expr::Or(a, b) => Expr::Or(copies[&a], copies[&b]),
                node => node,
            };
            let copy = self.add(node);
            copies.insert(id, copy);
        }
        copies[&expr]
    }

    /// `expr = n` as an expression: `expr.c: expr_trans_compare` with `E_EQUAL` and `n`.
    pub(super) fn equals_no(&mut self, expr: ExprId) -> ExprId {
        let mut nodes = self.reachable(expr);
        nodes.sort_unstable();
        // For each node: the expressions for "is n" and for "is not n".
        let mut done: FxHashMap<ExprId, (ExprId, ExprId)> = FxHashMap::default();
        let exprs = self;
        for id in nodes {
            let both = match exprs.get(id) {
                Expr::Symbol(symbol) => (
                    exprs.add(Expr::Compare(Comparison::Equal, symbol, SymbolId::NO)),
                    exprs.add(Expr::Compare(Comparison::Unequal, symbol, SymbolId::NO)),
                ),
                Expr::Module => (
                    exprs.add(Expr::Compare(
                        Comparison::Equal,
                        SymbolId::MOD,
                        SymbolId::NO,
                    )),
                    exprs.add(Expr::Compare(
                        Comparison::Unequal,
                        SymbolId::MOD,
                        SymbolId::NO,
                    )),
                ),
                Expr::Compare(..) => (exprs.add(Expr::Not(id)), id),
                Expr::Not(a) => {
                    let (is, is_not) = done[&a];
                    (is_not, is)
                }
                Expr::And(a, b) => {
                    let is = exprs.add(Expr::Or(done[&a].0, done[&b].0));
                    (is, exprs.add(Expr::Not(is)))
                }
                Expr::Or(a, b) => {
                    let is = exprs.add(Expr::And(done[&a].0, done[&b].0));
                    (is, exprs.add(Expr::Not(is)))
                }
            };
            done.insert(id, both);
        }
        done[&expr].0
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// Whether there are no expressions, which never happens: `y` is always there.
    pub fn is_empty(&self) -> bool {
        self.nodes.is_empty()
    }

    /// All nodes below `id` and `id` itself, each once, in an arbitrary order. Does not recurse, for chains may be long.
    pub fn reachable(&self, id: ExprId) -> Vec<ExprId> {
        let mut seen = rustc_hash::FxHashSet::default();
        let mut pending = vec![id];
        let mut found = Vec::new();
        while let Some(id) = pending.pop() {
            if !seen.insert(id) {
                continue;
            }
            found.push(id);
            match self.get(id) {
                Expr::Not(a) => pending.push(a),
                Expr::And(a, b) | Expr::Or(a, b) => pending.extend([a, b]),
                _ => {}
            }
        }
        found
    }

    /// For each node whether a symbol that is meant stands in it or below it. Looks at each node once, however many expressions are
    /// asked about.
    pub fn that_name(&self, is_meant: &dyn Fn(SymbolId) -> bool) -> Vec<bool> {
        let mut named: Vec<bool> = Vec::with_capacity(self.nodes.len());
        for node in &self.nodes {
            let is_named = match *node {
                Expr::Symbol(symbol) => is_meant(symbol),
                Expr::Compare(_, left, right) => is_meant(left) || is_meant(right),
                Expr::Module => false,
                Expr::Not(a) => named[a.index()],
                Expr::And(a, b) | Expr::Or(a, b) => named[a.index()] || named[b.index()],
            };
            named.push(is_named);
        }
        named
    }

    /// Adds the symbols in several expressions to `symbols`, each node looked at once. `m` stands for `modules`, too.
    pub fn symbols_of(
        &self,
        exprs: &[ExprId],
        modules: Option<SymbolId>,
        symbols: &mut Vec<SymbolId>,
    ) {
        let mut seen = rustc_hash::FxHashSet::default();
        self.each_symbol(&mut exprs.to_vec(), modules, symbols, |id| seen.insert(id));
    }

    /// The same without a table: `seen` has a number for each node, and nodes with the number `mark` have been looked at.
    /// `exprs` is empty afterwards, for whoever has more to ask.
    pub fn symbols_of_marked(
        &self,
        exprs: &mut Vec<ExprId>,
        modules: Option<SymbolId>,
        (seen, mark): (&mut [u32], u32),
        symbols: &mut Vec<SymbolId>,
    ) {
        self.each_symbol(exprs, modules, symbols, |id| {
            std::mem::replace(&mut seen[id.index()], mark) != mark
        });
    }

    fn each_symbol(
        &self,
        pending: &mut Vec<ExprId>,
        modules: Option<SymbolId>,
        symbols: &mut Vec<SymbolId>,
        mut is_new: impl FnMut(ExprId) -> bool,
    ) {
        while let Some(id) = pending.pop() {
            if !is_new(id) {
                continue;
            }
            match self.get(id) {
                Expr::Symbol(symbol) => symbols.push(symbol),
                Expr::Module => symbols.extend(modules),
                Expr::Compare(_, left, right) => symbols.extend([left, right]),
                Expr::Not(a) => pending.push(a),
                Expr::And(a, b) | Expr::Or(a, b) => pending.extend([b, a]),
            }
        }
    }

    /// Writes an expression with as few parentheses as its meaning needs.
    pub fn write(&self, id: ExprId, name: &dyn Fn(SymbolId) -> String, out: &mut String) {
        match self.get(id) {
            Expr::Symbol(symbol) => out.push_str(&name(symbol)),
            Expr::Module => out.push('m'),
            Expr::Compare(operator, left, right) => {
                out.push_str(&name(left));
                out.push_str(operator.text());
                out.push_str(&name(right));
            }
            Expr::Not(operand) => {
                out.push('!');
                self.write_operand(operand, name, out, |expr| {
                    matches!(expr, Expr::And(..) | Expr::Or(..))
                });
            }
            Expr::And(..) => {
                let operands = self.chain(id, |expr| match expr {
                    Expr::And(a, b) => Some((a, b)),
                    _ => None,
                });
                for (index, operand) in operands.into_iter().enumerate() {
                    out.push_str(if index > 0 { " && " } else { "" });
                    self.write_operand(operand, name, out, |expr| matches!(expr, Expr::Or(..)));
                }
            }
            Expr::Or(..) => {
                let operands = self.chain(id, |expr| match expr {
                    Expr::Or(a, b) => Some((a, b)),
                    _ => None,
                });
                for (index, operand) in operands.into_iter().enumerate() {
                    out.push_str(if index > 0 { " || " } else { "" });
                    self.write(operand, name, out);
                }
            }
        }
    }

    fn write_operand(
        &self,
        id: ExprId,
        name: &dyn Fn(SymbolId) -> String,
        out: &mut String,
        needs_parentheses: impl Fn(Expr) -> bool,
    ) {
        if needs_parentheses(self.get(id)) {
            out.push('(');
            self.write(id, name, out);
            out.push(')');
        } else {
            self.write(id, name, out);
        }
    }

    /// The operands of a chain of one operator from left to right, nested in either direction.
    pub fn chain(
        &self,
        id: ExprId,
        operands: impl Fn(Expr) -> Option<(ExprId, ExprId)>,
    ) -> Vec<ExprId> {
        let mut pending = vec![id];
        let mut found = Vec::new();
        while let Some(id) = pending.pop() {
            match operands(self.get(id)) {
                Some((left, right)) => pending.extend([right, left]),
                None => found.push(id),
            }
        }
        found
    }
}
