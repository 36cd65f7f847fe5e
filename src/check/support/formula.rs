//! Owns how Kconfig's expressions and the code's conditions become formulas for the solver, and what is known of a condition of the code without it.

use rustc_hash::FxHashMap;

use crate::cpp::condition::{self as code, Atom, Condition, Conditions, Operator};
use crate::kconfig::model::{Expr, ExprId, Model, SymbolId, Type};
use crate::kconfig::solve::{Formula, Literal, Node, NodeId, Value};
use crate::kconfig::syntax::Comparison;

/// Adds an expression of Kconfig to a formula: whether it is not `n`.
pub(in crate::check) fn add_expr(model: &Model, formula: &mut Formula, expr: ExprId) -> NodeId {
    let mut nodes = model.exprs.reachable(expr);
    // Operands have smaller numbers than what is made of them.
    nodes.sort_unstable();
    let mut done: FxHashMap<ExprId, NodeId> = FxHashMap::default();
    // `!a` is not `n` where `a` is not `y`, so both questions are needed of every node.
    let mut is_yes: FxHashMap<ExprId, NodeId> = FxHashMap::default();
    for id in nodes {
        let (on, yes) = match model.exprs.get(id) {
            Expr::Symbol(symbol) => (
                formula.add(Node::Literal(Literal::new(symbol, Value::On))),
                formula.add(Node::Literal(Literal::new(symbol, Value::Yes))),
            ),
            Expr::Module => {
                let on = match model.modules {
                    Some(modules) => Node::Literal(Literal::new(modules, Value::On)),
                    None => Node::Constant(false),
                };
                (formula.add(on), formula.add(Node::Constant(false)))
            }
            Expr::Compare(operator, left, right) => {
                let node = compare(model, operator, left, right);
                let node = formula.add(node);
                (node, node)
            }
            Expr::Not(a) => {
                let (on, yes) = (is_yes[&a], done[&a]);
                (formula.add(Node::Not(on)), formula.add(Node::Not(yes)))
            }
            Expr::And(a, b) => (
                formula.add(Node::And(vec![done[&a], done[&b]])),
                formula.add(Node::And(vec![is_yes[&a], is_yes[&b]])),
            ),
            Expr::Or(a, b) => (
                formula.add(Node::Or(vec![done[&a], done[&b]])),
                formula.add(Node::Or(vec![is_yes[&a], is_yes[&b]])),
            ),
        };
        done.insert(id, on);
        is_yes.insert(id, yes);
    }
    // The last node of a formula is the formula, so the result comes last.
    formula.add(Node::And(vec![done[&expr]]))
}

/// A comparison of two symbols, where one of them is a constant or nothing that is declared: its name counts then.
fn compare(model: &Model, operator: Comparison, left: SymbolId, right: SymbolId) -> Node {
    let constant = |symbol: SymbolId| {
        let known = !model.is_defined(symbol) && !model.symbol(symbol).unknown;
        model.symbol(symbol).name.filter(|_| known)
    };
    match (constant(left), constant(right)) {
        (_, Some(text)) => Node::Compare(operator, left, text.into()),
        (Some(text), None) => Node::Compare(operator.turned(), right, text.into()),
        (None, None) => Node::Free(
            format!(
                "{}{}{}",
                model.name(left),
                operator.text(),
                model.name(right)
            )
            .into(),
        ),
    }
}

/// Adds a condition of the code, one of `conditions`, to a formula.
pub(in crate::check) fn add_condition(
    model: &Model,
    conditions: &Conditions,
    formula: &mut Formula,
    condition: Condition,
) -> NodeId {
    let mut done: FxHashMap<Condition, NodeId> = FxHashMap::default();
    let mut last = None;
    for id in conditions.reachable(condition) {
        let node = match conditions.node(id) {
            code::Node::Constant(value) => Node::Constant(*value),
            code::Node::Atom(atom) => of_atom(model, atom),
            code::Node::Not(operand) => Node::Not(done[operand]),
            code::Node::And(operands) => {
                Node::And(operands.iter().map(|operand| done[operand]).collect())
            }
            code::Node::Or(operands) => {
                Node::Or(operands.iter().map(|operand| done[operand]).collect())
            }
        };
        let node = formula.add(node);
        done.insert(id, node);
        last = Some(node);
    }
    // `reachable` gives the condition itself last.
    last.unwrap_or_else(|| formula.add(Node::Constant(true)))
}

/// A header's test of a macro in terms of Kconfig.
fn of_atom(model: &Model, atom: &Atom) -> Node {
    let logical = |name: &str| {
        let symbol = model.find(name)?;
        matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        )
        .then_some(symbol)
    };
    match atom {
        Atom::Builtin(name) => match logical(name) {
            Some(symbol) => Node::Literal(Literal::new(symbol, Value::Yes)),
            None => Node::Free(format!("CONFIG_{name} is defined").into()),
        },
        Atom::Module(name) => match logical(name) {
            Some(symbol) => Node::Literal(Literal::new(symbol, Value::Mod)),
            None => Node::Free(format!("CONFIG_{name}_MODULE is defined").into()),
        },
        Atom::Macro(name) => Node::Free(format!("{name} is defined").into()),
        Atom::Comparison {
            name,
            operator,
            value,
        } => {
            let number = name
                .strip_prefix("CONFIG_")
                .and_then(|symbol| model.find(symbol))
                .filter(|&symbol| model.symbol(symbol).type_ == Some(Type::Int));
            match (number, operator) {
                (Some(symbol), Operator::Equal) => {
                    Node::Compare(Comparison::Equal, symbol, value.to_string().into())
                }
                (Some(symbol), Operator::Greater) => {
                    Node::Compare(Comparison::Greater, symbol, value.to_string().into())
                }
                (None, Operator::Equal) => Node::Free(format!("{name} == {value}").into()),
                (None, Operator::Greater) => Node::Free(format!("{name} > {value}").into()),
            }
        }
        Atom::Opaque(text) => Node::Free(text.clone()),
    }
}

/// `Some(false)` for an atom that is off in every configuration because nothing on this architecture declares its symbol.
pub(in crate::check) fn off_on(model: &Model, atom: &Atom) -> Option<bool> {
    let (Atom::Builtin(name) | Atom::Module(name)) = atom else {
        return None;
    };
    let declared = model
        .find(name)
        .is_some_and(|symbol| model.is_defined(symbol));
    (!declared).then_some(false)
}
