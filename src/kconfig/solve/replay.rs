//! Owns trying a witness in the evaluator.

use super::formula::{Formula, Literal, Node, NodeId, Question, Value};
use super::{Unknown, Witness};
use crate::kconfig::eval::value::compare;
use crate::kconfig::eval::{Configuration, Evaluator, Tristate};
use crate::kconfig::model::{SymbolId, Type};

/// The configuration that a witness describes, with the answers that it assumes. The evaluator is one for `CONFIG_`.
pub fn configuration<'e, 'm>(
    evaluator: &'e Evaluator<'m>,
    witness: &Witness,
) -> Configuration<'e, 'm> {
    let model = evaluator.model();
    let mut configuration = evaluator.configuration();
    if !witness.assumptions.is_empty() {
        for (index, symbol) in model.symbols.iter().enumerate() {
            let text = symbol.name.as_ref().filter(|_| symbol.unknown);
            if let Some(answer) = text.and_then(|text| witness.answer(text)) {
                configuration.assume(SymbolId::new(index), &answer);
            }
        }
    }
    let mut text = witness.lines(model).join("\n");
    text.push('\n');
    configuration.take(text.as_bytes());
    configuration
}

/// Whether what was asked for holds in the configuration that the witness describes, with the answers that it assumes. The
/// evaluator is one for `CONFIG_`.
pub(super) fn holds(evaluator: &Evaluator<'_>, question: &Question, witness: &Witness) -> bool {
    let mut configuration = configuration(evaluator, witness);
    holds_in(&mut configuration, question, &witness.unknowns)
}

/// Whether what was asked for holds in a configuration, where what Kconfig does not decide is as `unknowns` say.
pub(super) fn holds_in(
    configuration: &mut Configuration<'_, '_>,
    question: &Question,
    unknowns: &[Unknown],
) -> bool {
    let free = |text: &str| {
        let known = unknowns.iter().find(|unknown| *unknown.text == *text);
        known.map(|unknown| unknown.holds)
    };
    // Values that the witness does not mention do not matter, and count as those that make the formula true.
    holds_where(configuration, question, &free, true)
}

/// Whether what was asked for holds in a configuration, where what Kconfig does not decide is as `free` says. `open` is what a formula
/// counts as that rests on what `free` does not know.
pub(super) fn holds_where(
    configuration: &mut Configuration<'_, '_>,
    question: &Question,
    free: &dyn Fn(&str) -> Option<bool>,
    open: bool,
) -> bool {
    let mut literals = question.literals.iter();
    literals.all(|literal| agrees(configuration, literal))
        && question
            .formulas
            .iter()
            .all(|formula| evaluate(formula, configuration, free).unwrap_or(open))
}

fn agrees(configuration: &mut Configuration<'_, '_>, literal: &Literal) -> bool {
    is(configuration.tristate(literal.symbol), literal.value)
}

fn is(value: Tristate, wanted: Value) -> bool {
    match wanted {
        Value::No => value == Tristate::No,
        Value::Mod => value == Tristate::Mod,
        Value::Yes => value == Tristate::Yes,
        Value::On => value != Tristate::No,
    }
}

/// Whether a formula holds; `None` where that rests on what is not known.
fn evaluate(
    formula: &Formula,
    configuration: &mut Configuration<'_, '_>,
    free: &dyn Fn(&str) -> Option<bool>,
) -> Option<bool> {
    let mut values: Vec<Option<bool>> = Vec::with_capacity(formula.nodes().len());
    for node in formula.nodes() {
        let of = |id: &NodeId| values.get(id.index()).copied().flatten();
        let value = match node {
            Node::Constant(value) => Some(*value),
            Node::Literal(literal) => Some(agrees(configuration, literal)),
            Node::Compare(operator, symbol, text) => {
                let own = configuration.text(*symbol);
                let type_ = configuration.evaluator().type_of(*symbol);
                // As the solver has it: a letter is a constant of Kconfig, anything else has no type.
                let logical = matches!(&**text, "y" | "m" | "n");
                let other_type = logical.then_some(Type::Tristate);
                let other = (text.as_bytes(), other_type);
                Some(compare(*operator, (&own, type_), other))
            }
            Node::Expr(expr, wanted) => Some(is(configuration.value_of(*expr), *wanted)),
            Node::Free(text) => free(text),
            Node::Not(a) => of(a).map(|value| !value),
            Node::And(operands) if operands.iter().any(|a| of(a) == Some(false)) => Some(false),
            Node::And(operands) => operands.iter().all(|a| of(a).is_some()).then_some(true),
            Node::Or(operands) if operands.iter().any(|a| of(a) == Some(true)) => Some(true),
            Node::Or(operands) => operands.iter().all(|a| of(a).is_some()).then_some(false),
        };
        values.push(value);
    }
    // A formula without nodes is true.
    values.last().copied().unwrap_or(Some(true))
}
