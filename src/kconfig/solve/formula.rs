//! Owns what can be asked: literals over symbols, and boolean formulas over them.

use std::sync::Arc;

use crate::kconfig::model::{ExprId, SymbolId};
use crate::kconfig::syntax::Comparison;

/// Describes what a literal says of the value of a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Value {
    /// It is `n`.
    No,
    /// It is `m`.
    Mod,
    /// It is `y`.
    Yes,
    /// It is `m` or `y`.
    On,
}

/// A statement about one symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Literal {
    /// The symbol.
    pub symbol: SymbolId,
    /// Holds what is said of it.
    pub value: Value,
}

impl Literal {
    /// `symbol` is `value`.
    pub fn new(symbol: SymbolId, value: Value) -> Self {
        Self { symbol, value }
    }
}

/// Index of a node in a [`Formula`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(u32);

/// A node of a formula.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Always, or never, true.
    Constant(bool),
    /// A statement about a symbol.
    Literal(Literal),
    /// The value of a symbol compared with a number, or any other text, that is written as in Kconfig.
    Compare(Comparison, SymbolId, Arc<str>),
    /// A statement about the value of an expression of the model, comparisons included.
    Expr(ExprId, Value),
    /// Something that Kconfig does not decide. The same name is the same everywhere.
    Free(Arc<str>),
    /// The contrary.
    Not(NodeId),
    /// All operands.
    And(Vec<NodeId>),
    /// At least one operand.
    Or(Vec<NodeId>),
}

/// A boolean formula: nodes behind their operands, the whole of it last. A formula without nodes is true.
#[derive(Clone, Debug, Default)]
pub struct Formula {
    nodes: Vec<Node>,
}

impl Formula {
    /// Without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a node whose operands have been added before; the last one added is the formula. Operands that are not there
    /// count as true.
    pub fn add(&mut self, node: Node) -> NodeId {
        self.nodes.push(node);
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// Adds all nodes of another formula, and gives what stands for it.
    pub fn append(&mut self, other: &Formula) -> NodeId {
        let offset = self.nodes.len() as u32;
        let moved = |id: &NodeId| NodeId(id.0 + offset);
        for node in &other.nodes {
            self.nodes.push(match node {
                Node::Not(a) => Node::Not(moved(a)),
                Node::And(operands) => Node::And(operands.iter().map(moved).collect()),
                Node::Or(operands) => Node::Or(operands.iter().map(moved).collect()),
                node => node.clone(),
            });
        }
        if other.nodes.is_empty() {
            self.nodes.push(Node::Constant(true));
        }
        NodeId(self.nodes.len() as u32 - 1)
    }

    /// The nodes in the order in which they were added.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }
}

impl NodeId {
    /// The position in [`Formula::nodes`].
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Statements that are to hold together.
#[derive(Clone, Debug, Default)]
pub struct Question {
    /// Statements about symbols.
    pub literals: Vec<Literal>,
    /// Formulas.
    pub formulas: Vec<Formula>,
}

impl Question {
    /// Nothing is asked for.
    pub fn new() -> Self {
        Self::default()
    }

    /// `symbol` is `value`.
    pub fn is(symbol: SymbolId, value: Value) -> Self {
        Self::new().and(symbol, value)
    }

    /// The same, and `symbol` is `value`.
    #[must_use]
    pub fn and(mut self, symbol: SymbolId, value: Value) -> Self {
        self.literals.push(Literal::new(symbol, value));
        self
    }

    /// The same, and `formula` holds.
    #[must_use]
    pub fn and_formula(mut self, formula: Formula) -> Self {
        self.formulas.push(formula);
        self
    }

    /// Every expression that is named, maybe several times.
    pub fn exprs(&self) -> impl Iterator<Item = ExprId> + '_ {
        let nodes = self.formulas.iter().flat_map(Formula::nodes);
        nodes.filter_map(|node| match node {
            Node::Expr(expr, _) => Some(*expr),
            _ => None,
        })
    }

    /// Every symbol that is named outside of expressions, maybe several times.
    pub fn symbols(&self) -> impl Iterator<Item = SymbolId> + '_ {
        let nodes = self.formulas.iter().flat_map(Formula::nodes);
        let in_formulas = nodes.filter_map(|node| match node {
            Node::Literal(literal) => Some(literal.symbol),
            Node::Compare(_, symbol, _) => Some(*symbol),
            _ => None,
        });
        let literals = self.literals.iter().map(|literal| literal.symbol);
        literals.chain(in_formulas)
    }
}
