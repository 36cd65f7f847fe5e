//! Owns unmet dependencies: selects that can turn a symbol on although the symbol's own dependencies do not hold, or only as a
//! module.
//!
//! `conf` warns of "unmet direct dependencies" once the dependencies of a symbol are less than what its selects ask for
//! (`symbol.c: sym_calc_value` and `sym_warn_unmet_dep`, 7.2). For a select of `B` in `A` that is asked in two forms: `A` is on while
//! nothing that `B` depends on is; and `A` is `y` while all that `B`, a tristate, depends on is at most `m`.

use super::implied::{Implied, Level};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::{
    EntryId, EntryKind, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::solve::{Formula, Literal, Node, Question, Refuter, Value};

/// In which way dependencies can be unmet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Form {
    /// The symbol is selected while its dependencies are `n`.
    Off,
    /// The symbol is selected as `y` while its dependencies are only `m`.
    Module,
}

impl Form {
    /// The level from which on a selector counts.
    pub fn level(self) -> Level {
        match self {
            Form::Off => Level::On,
            Form::Module => Level::Yes,
        }
    }

    /// The statement that something is at least what the form asks of a selector.
    pub fn value(self) -> Value {
        match self {
            Form::Off => Value::On,
            Form::Module => Value::Yes,
        }
    }
}

/// A select that can leave dependencies unmet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hole {
    /// The `select` line.
    pub select: PropertyId,
    /// The weakest way in which it does.
    pub form: Form,
}

/// How the selects of one architecture came out.
#[derive(Clone, Debug, Default)]
pub struct Selects {
    /// The selects that can leave dependencies unmet, in the order of the text.
    pub holes: Vec<Hole>,
    /// The selects that could not be decided, each with the reason.
    pub undecided: Vec<(PropertyId, String)>,
    /// How many selects of symbols that have dependencies there are, in both forms.
    pub asked: usize,
    /// How many of these questions went to the solver.
    pub solved: usize,
    /// The selects that were found to be met in every configuration.
    pub safe: Vec<PropertyId>,
}

/// The dependencies of a symbol, one expression for each definition; empty if nothing can be unmet. A definition without any
/// dependency adds nothing to those that have one, as in C.
pub fn dependencies(model: &Model, symbol: SymbolId) -> Vec<ExprId> {
    model
        .definitions(symbol)
        .map(|entry| model.entry(entry).dependency)
        .filter(|&dependency| dependency != ExprId::YES)
        .collect()
}

/// The symbol below which a property stands, and the symbol that it selects.
pub fn ends(model: &Model, select: PropertyId) -> Option<(SymbolId, SymbolId)> {
    let property = model.property(select);
    match property.kind {
        PropertyKind::Select(target) => Some((model.entry(property.entry).symbol?, target)),
        _ => None,
    }
}

/// Whether selects of a symbol can leave its dependencies unmet at all. Those of a member of a choice have no effect.
fn is_target(model: &Model, symbol: SymbolId) -> bool {
    let of = model.symbol(symbol);
    model.is_defined(symbol)
        && matches!(of.type_, Some(Type::Bool | Type::Tristate))
        && of.choice.is_none()
        && !of.transitional
}

/// Whether a symbol can select: others are refused or ignored.
fn is_selector(model: &Model, symbol: SymbolId) -> bool {
    matches!(
        model.symbol(symbol).type_,
        Some(Type::Bool | Type::Tristate)
    )
}

/// Asks all selects of a model for which `wanted` holds. The model must have no loops: with one, `conf` refuses it.
pub fn selects(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    wanted: &mut dyn FnMut(PropertyId) -> bool,
) -> Selects {
    let model = evaluator.model();
    let mut refuter = Refuter::new(evaluator);
    let mut found = Selects::default();
    for index in 0..model.symbols.len() {
        let target = SymbolId::new(index);
        if !is_target(model, target) {
            continue;
        }
        let dependencies = dependencies(model, target);
        if dependencies.is_empty() {
            continue;
        }
        let mut left = Vec::new();
        for select in model.selects_of(target).filter(|&select| wanted(select)) {
            let Some((selector, _)) = ends(model, select) else {
                continue;
            };
            if !is_selector(model, selector) {
                continue;
            }
            let mut is_safe = true;
            for form in forms(model, target) {
                found.asked += 1;
                if !is_met(implied, select, form, &dependencies) {
                    left.push((select, form));
                    is_safe = false;
                }
            }
            if is_safe {
                found.safe.push(select);
            }
        }
        if left.is_empty() {
            continue;
        }
        refuter.forget();
        let mut at = 0;
        while at < left.len() {
            let (select, _) = left[at];
            let of_select = left[at..].iter().take_while(|(other, _)| *other == select);
            let forms: Vec<Form> = of_select.map(|&(_, form)| form).collect();
            at += forms.len();
            let mut outcome = Ok(None);
            for form in forms {
                found.solved += 1;
                match refuter.excludes(&question(model, select, form)) {
                    Ok(true) => {}
                    Ok(false) => {
                        outcome = Ok(Some(form));
                        break;
                    }
                    Err(undecided) => outcome = Err(undecided.0),
                }
            }
            match outcome {
                Ok(None) => found.safe.push(select),
                Ok(Some(form)) => found.holes.push(Hole { select, form }),
                Err(reason) => found.undecided.push((select, reason)),
            }
        }
    }
    found.holes.sort_by_key(|hole| hole.select);
    found.undecided.sort();
    found.safe.sort_unstable();
    found
}

/// The forms in which dependencies of a symbol can be unmet. A bool that depends on what is `m` may be `y`.
pub fn forms(model: &Model, target: SymbolId) -> impl Iterator<Item = Form> {
    let is_tristate = model.symbol(target).type_ == Some(Type::Tristate);
    [Some(Form::Off), is_tristate.then_some(Form::Module)]
        .into_iter()
        .flatten()
}

/// Whether the lines alone show that the dependencies hold where the select acts.
fn is_met(
    implied: &mut Implied<'_>,
    select: PropertyId,
    form: Form,
    dependencies: &[ExprId],
) -> bool {
    let level = form.level();
    let Some(facts) = implied.of_reverse(select, level) else {
        return true;
    };
    dependencies
        .iter()
        .any(|&dependency| implied.holds(dependency, level, &facts))
}

/// Whether a select acts while what its target depends on is less than it asks for.
pub fn question(model: &Model, select: PropertyId, form: Form) -> Question {
    let mut formula = Formula::new();
    let mut parts = acts(model, &mut formula, select, form);
    if let Some((_, target)) = ends(model, select) {
        for dependency in dependencies(model, target) {
            let met = formula.add(Node::Expr(dependency, form.value()));
            parts.push(formula.add(Node::Not(met)));
        }
    }
    formula.add(Node::And(parts));
    Question::new().and_formula(formula)
}

/// The parts of a formula that say that a select or imply acts.
pub fn acts(
    model: &Model,
    formula: &mut Formula,
    property: PropertyId,
    form: Form,
) -> Vec<crate::kconfig::solve::NodeId> {
    let of = model.property(property);
    let entry = model.entry(of.entry);
    let mut parts = Vec::new();
    if let Some(selector) = entry.symbol {
        parts.push(formula.add(Node::Literal(Literal::new(selector, form.value()))));
    }
    for expr in [entry.dependency, of.condition] {
        if expr != ExprId::YES {
            parts.push(formula.add(Node::Expr(expr, form.value())));
        }
    }
    parts
}

/// The dependencies of an entry and the blocks around it, operand by operand, each with the entry that has it.
pub fn operands(model: &Model, entry: EntryId) -> Vec<(EntryId, ExprId)> {
    let mut found = Vec::new();
    let mut at = entry;
    loop {
        let own = model.own_operands(at).into_iter();
        found.extend(own.map(|operand| (at, operand.dependency)));
        let parent = model.entry(at).parent;
        if parent == at || model.entry(parent).kind == EntryKind::Choice {
            break;
        }
        at = parent;
    }
    found
}

/// Whether a select surely acts only where an expression is at least what the form asks for.
pub fn requires(
    model: &Model,
    implied: &mut Implied<'_>,
    refuter: &mut Refuter<'_>,
    (select, form): (PropertyId, Form),
    expr: ExprId,
) -> bool {
    let met = implied
        .of_reverse(select, form.level())
        .is_none_or(|facts| implied.holds(expr, form.level(), &facts));
    met || {
        let mut formula = Formula::new();
        let mut parts = acts(model, &mut formula, select, form);
        let holds = formula.add(Node::Expr(expr, form.value()));
        parts.push(formula.add(Node::Not(holds)));
        formula.add(Node::And(parts));
        refuter
            .excludes(&Question::new().and_formula(formula))
            .unwrap_or(false)
    }
}
