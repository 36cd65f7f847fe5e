//! Owns the proof: whether Kconfig and the headers of one architecture agree in every configuration, and a configuration in
//! which they do not.
//!
//! The conditions of the headers become formulas over Kconfig's symbols, and the solver answers for all configurations at
//! once. Every configuration that it shows has been computed by the evaluator, too, before it gets here.

use crate::check::support::engine::{Engine, MAX_ASKED};
use crate::check::support::formula::{add_condition, add_expr};
use crate::check::support::question::{Example, Finding, ask};
use crate::cpp::condition::{Condition, Conditions};
use crate::feature::spec::Spec;
use crate::kconfig::model::graph::{holds_always, is_always_on};
use crate::kconfig::model::{ExprId, Model, PropertyId, SymbolId};
use crate::kconfig::solve::{Asker, Formula, Literal, Node, NodeId, Question, Solver, Value};

/// Describes what is proved about one hook.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OfHook {
    /// The hook.
    pub name: String,
    /// Whether the symbol can be on without it; `None` where it is there in every configuration.
    pub missing: Option<Finding>,
    /// Whether it can be there while the symbol is off and another hook is not there.
    pub alone: Option<Finding>,
}

/// Describes what is proved about one `select` of the feature's symbol.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct OfSelect {
    /// Whether it can act at all.
    pub acts: Finding,
    /// Whether it can act while the dependencies of the symbol do not hold; `None` where the symbol has none.
    pub unmet: Option<Finding>,
}

/// Describes what is proved about a feature on one architecture. Everything is `None` or empty where there was nothing to prove.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Proof {
    /// Whether some configuration has the feature; `None` where Kconfig's lines alone tell.
    pub on: Option<Finding>,
    /// The hooks, in the order of the spec, those only that the architecture defines under a condition or not at all.
    pub hooks: Vec<OfHook>,
    /// Whether the symbol can be on while there is no hook at all.
    pub none: Option<Finding>,
    /// Whether all hooks can be there while the symbol is off.
    pub idle: Option<Finding>,
    /// The selects, in the order of `feature::symbols::Facts::selects`.
    pub selects: Vec<OfSelect>,
}

impl Proof {
    /// Why something could not be told, if anything could not.
    pub fn undecided(&self) -> Option<&str> {
        let of_hooks = self
            .hooks
            .iter()
            .flat_map(|hook| [hook.missing.as_ref(), hook.alone.as_ref()]);
        let of_selects = self
            .selects
            .iter()
            .flat_map(|select| [Some(&select.acts), select.unmet.as_ref()]);
        [self.on.as_ref(), self.none.as_ref(), self.idle.as_ref()]
            .into_iter()
            .chain(of_hooks)
            .chain(of_selects)
            .flatten()
            .find_map(|finding| match finding {
                Finding::Undecided(reason) => Some(reason.as_str()),
                _ => None,
            })
    }
}

/// Proves what the spec asks of one architecture. Where a Kconfig file could not be read, nothing is proved. `hooks` are the conditions under which each of the spec's hooks is there,
/// in the order of the spec.
pub fn prove(
    engine: &mut Engine<'_, '_>,
    spec: &Spec,
    conditions: &Conditions,
    hooks: &[Condition],
) -> Proof {
    let model = engine.model();
    if model.unread.is_some() {
        return Proof::default();
    }
    let declared: Vec<SymbolId> = spec
        .kconfig
        .iter()
        .filter_map(|term| engine.declared(term))
        .collect();
    if declared.is_empty() {
        return Proof::default();
    }
    let is_used = spec.kconfig.iter().any(|term| term.negated)
        || declared.iter().any(|&symbol| {
            model.selects_of(symbol).next().is_some()
                || model.implies_of(symbol).next().is_some()
                || model.properties_of(symbol).next().is_some()
        });
    if !is_used && hooks.iter().all(|&hook| hook == Condition::FALSE) {
        return Proof::default();
    }
    let on = engine.has(&spec.kconfig);
    let off = engine.lacks(&spec.kconfig);
    let mut prover = Prover {
        model,
        conditions,
        solver: &mut engine.fresh_solver(),
        asker: engine.asker().fresh(),
        asked: 0,
    };
    let mut proof = Proof {
        selects: declared
            .iter()
            .flat_map(|&symbol| prover.selects(symbol))
            .collect(),
        on: Some(prover.ask(&on)),
        ..Proof::default()
    };
    if hooks.is_empty() {
        return proof;
    }
    let can_be_on = !matches!(proof.on, Some(Finding::Impossible(_)));
    for (index, (name, &hook)) in spec.hooks.iter().zip(hooks).enumerate() {
        if hook == Condition::TRUE && hooks.iter().all(|&other| other == Condition::TRUE) {
            continue;
        }
        let missing = (can_be_on && hook != Condition::TRUE).then(|| {
            let formula = prover.formula(&[(hook, false)]);
            prover.ask(&on.clone().and_formula(formula))
        });
        let others = hooks
            .iter()
            .enumerate()
            .filter(|&(other, _)| other != index);
        let alone = (hook != Condition::FALSE).then(|| {
            let mut formula = Formula::new();
            let mut all = Vec::new();
            for (_, &other) in others {
                all.push(prover.add(&mut formula, other));
            }
            let all = formula.add(Node::And(all));
            let not_all = formula.add(Node::Not(all));
            let own = prover.add(&mut formula, hook);
            formula.add(Node::And(vec![not_all, own]));
            prover.ask(&off.clone().and_formula(formula))
        });
        proof.hooks.push(OfHook {
            name: name.to_string(),
            missing,
            alone,
        });
    }
    let breaks = proof
        .hooks
        .iter()
        .filter(|hook| {
            hook.missing
                .as_ref()
                .is_some_and(|missing| missing.example().is_some())
        })
        .count();
    if breaks == spec.hooks.len() {
        let all: Vec<(Condition, bool)> = hooks.iter().map(|&hook| (hook, false)).collect();
        let formula = prover.formula(&all);
        proof.none = Some(prover.ask(&on.and_formula(formula)));
    }
    if !hooks.contains(&Condition::FALSE) {
        let all: Vec<(Condition, bool)> = hooks.iter().map(|&hook| (hook, true)).collect();
        let formula = prover.formula(&all);
        proof.idle = Some(prover.ask(&off.and_formula(formula)));
    }
    proof
}

/// As [`prove`] for a feature whose hooks are proved elsewhere. `asker` answers the many questions whose answer is that all
/// is well; what is shown is asked of a new solver, so that it is always the same. Selects that stand in no file of the
/// architecture count as acting, and of a symbol that is never on nobody asks for the reason.
pub fn prove_selects(spec: &Spec, asker: &mut Asker<'_, '_>) -> Proof {
    let model = asker.model();
    let Some(term) = spec.kconfig.first().filter(|_| spec.kconfig.len() == 1) else {
        return Proof::default();
    };
    let symbol = model.find(&term.symbol);
    let Some(symbol) = symbol.filter(|&symbol| model.is_defined(symbol)) else {
        return Proof::default();
    };
    let is_used = model.selects_of(symbol).next().is_some()
        || model.implies_of(symbol).next().is_some()
        || model.properties_of(symbol).next().is_some();
    if !is_used {
        return Proof::default();
    }
    let mut expects = |question: &Question, expected: bool| match asker.is_possible(question) {
        Ok(found) if found == expected => bare(found),
        _ => ask(&mut Solver::new(model), question),
    };
    let dependencies: Vec<ExprId> = model
        .definitions(symbol)
        .map(|entry| model.entry(entry).dependency)
        .collect();
    let depends = !dependencies.is_empty() && !dependencies.contains(&ExprId::YES);
    let selects = model.selects_of(symbol).map(|id| {
        let place = model.location(model.property(id).place);
        let is_own = crate::arch::is_own_file(&model.srcarch, &place.path);
        let acts = acts(model, id);
        let unmet = (depends && is_own).then(|| {
            let none = unmet(model, &dependencies);
            expects(&acts.clone().and_formula(none), false)
        });
        OfSelect {
            acts: match !is_own || is_plain(model, id) {
                true => bare(true),
                false => expects(&acts, true),
            },
            unmet,
        }
    });
    let selects = selects.collect();
    let is_always_on = model.selects_of(symbol).any(|id| is_plain(model, id));
    let on = match is_always_on {
        true => bare(true),
        false => match asker.can_be(symbol, Value::On) {
            Ok(found) => bare(found),
            Err(_) => ask(&mut Solver::new(model), &Question::is(symbol, Value::On)),
        },
    };
    Proof {
        selects,
        on: Some(on),
        ..Proof::default()
    }
}

/// The bare answer, without an example or a reason.
fn bare(possible: bool) -> Finding {
    match possible {
        true => Finding::Possible(Example::default()),
        false => Finding::Impossible(Vec::new()),
    }
}

/// Returns what has to hold for a `select` to act.
fn acts(model: &Model, select: PropertyId) -> Question {
    let property = model.property(select);
    let entry = model.entry(property.entry);
    let mut acts = Formula::new();
    let mut parts = vec![
        add_expr(model, &mut acts, property.condition),
        add_expr(model, &mut acts, entry.dependency),
    ];
    if let Some(selector) = entry.symbol {
        parts.push(acts.add(Node::Literal(Literal::new(selector, Value::On))));
    }
    acts.add(Node::And(parts));
    Question::new().and_formula(acts)
}

/// Returns what holds where none of several dependencies does.
fn unmet(model: &Model, dependencies: &[ExprId]) -> Formula {
    let mut none = Formula::new();
    let met = dependencies
        .iter()
        .map(|&dependency| add_expr(model, &mut none, dependency))
        .collect();
    let met = none.add(Node::Or(met));
    none.add(Node::Not(met));
    none
}

/// Whether a `select` acts in every configuration, as far as that shows without the solver.
fn is_plain(model: &Model, select: PropertyId) -> bool {
    let property = model.property(select);
    let entry = model.entry(property.entry);
    holds_always(model, property.condition, 0)
        && holds_always(model, entry.dependency, 0)
        && entry
            .symbol
            .is_some_and(|selector| is_always_on(model, selector, 0))
}

/// Most questions about selects that take the asker a search, besides a tenth of all. Where there are more, for example among members of
/// one choice, the others are asked of the solver alone, whose work has a limit.
const MAX_SEARCHES: usize = 60;

/// The solver of one model, with the conditions of the headers, and the asker for answers of which nothing is shown.
struct Prover<'a, 'e, 'm> {
    model: &'m Model,
    conditions: &'a Conditions,
    solver: &'a mut Solver<'m>,
    asker: Asker<'e, 'm>,
    /// How many questions the asker was asked.
    asked: usize,
}

impl Prover<'_, '_, '_> {
    fn ask(&mut self, question: &Question) -> Finding {
        ask(self.solver, question)
    }

    /// The answer without an example or a reason where it is the expected one.
    fn expects(&mut self, question: &Question, expected: bool) -> Finding {
        if self.asker.searches() < MAX_SEARCHES + self.asked / 10 {
            self.asked += 1;
            if self.asker.is_possible(question) == Ok(expected) {
                return bare(expected);
            }
        }
        self.ask(question)
    }

    /// Returns what is asked of each `select` of the symbol.
    fn selects(&mut self, symbol: SymbolId) -> Vec<OfSelect> {
        let model = self.model;
        let dependencies: Vec<ExprId> = model
            .definitions(symbol)
            .map(|entry| model.entry(entry).dependency)
            .collect();
        let depends = !dependencies.is_empty() && !dependencies.contains(&ExprId::YES);
        let selects: Vec<_> = model.selects_of(symbol).collect();
        // An example takes several calls of the solver, each with all that bears on the symbol, and of most selects nobody sees one.
        let is_long = selects.len() > MAX_ASKED;
        let mut ask = |question: &Question, expected| match is_long {
            true => self.expects(question, expected),
            false => self.ask(question),
        };
        selects
            .into_iter()
            .map(|id| {
                let acts = acts(model, id);
                let unmet = depends.then(|| {
                    let none = unmet(model, &dependencies);
                    ask(&acts.clone().and_formula(none), false)
                });
                OfSelect {
                    acts: ask(&acts, true),
                    unmet,
                }
            })
            .collect()
    }

    /// A formula that says of each condition whether it holds.
    fn formula(&self, conditions: &[(Condition, bool)]) -> Formula {
        let mut formula = Formula::new();
        let operands = conditions
            .iter()
            .map(|&(condition, holds)| {
                let node = self.add(&mut formula, condition);
                if holds {
                    node
                } else {
                    formula.add(Node::Not(node))
                }
            })
            .collect();
        formula.add(Node::And(operands));
        formula
    }

    fn add(&self, formula: &mut Formula, condition: Condition) -> NodeId {
        add_condition(self.model, self.conditions, formula, condition)
    }
}

/// Returns what a condition of the code, one of `conditions`, asks of Kconfig.
pub fn formula_of(model: &Model, conditions: &Conditions, condition: Condition) -> Formula {
    let mut formula = Formula::new();
    add_condition(model, conditions, &mut formula, condition);
    formula
}
