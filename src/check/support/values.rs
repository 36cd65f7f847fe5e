//! Owns which values a symbol can have over all configurations of one architecture, each with a configuration that gives it
//! or the lines that exclude it.

use crate::check::support::engine::Engine;
use crate::check::support::formula::add_expr;
use crate::check::support::question::{self, Finding};
use crate::check::support::verdict::Supported;
use crate::kconfig::model::{ExprId, Model, SymbolId, Type};
use crate::kconfig::solve::{Formula, Node, Question, Value};

/// A value that is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Asked {
    /// `y`
    Yes,
    /// `m`
    Mod,
    /// `n`
    No,
    /// Any, of an `int`, `hex` or `string`: that its dependencies hold.
    Any,
}

impl Asked {
    /// The value as a word.
    pub fn word(self) -> &'static str {
        match self {
            Asked::Yes => "y",
            Asked::Mod => "m",
            Asked::No => "n",
            Asked::Any => "any",
        }
    }
}

/// Describes what the answers come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// It is on in some configurations and off in others; an `int`, `hex` or `string` has a value in some.
    Varies,
    /// It is on in every configuration.
    Always,
    /// It is off in every configuration.
    Never,
    /// One of the questions has no answer.
    Undecided,
    /// No file of the architecture declares it.
    Undeclared,
}

impl Verdict {
    /// The verdict as a word.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Varies => "varies",
            Verdict::Always => "always",
            Verdict::Never => "never",
            Verdict::Undecided => "undecided",
            Verdict::Undeclared => "undeclared",
        }
    }
}

/// The values of one symbol on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Values {
    /// Holds what the answers come to.
    pub verdict: Verdict,
    /// The Kconfig expression under which it is on, where that is more than its own name.
    pub condition: Option<String>,
    /// The answers; none for a symbol that is not declared.
    pub answers: Vec<(Asked, Finding)>,
}

/// Asks for all values that a symbol of its type may have. Whether it can be on, and under which condition, is the answer of
/// [`Engine::support_of`].
pub fn values(engine: &mut Engine<'_, '_>, symbol: SymbolId) -> Values {
    let model = engine.model();
    if !model.is_defined(symbol) {
        return Values {
            verdict: Verdict::Undeclared,
            condition: None,
            answers: Vec::new(),
        };
    }
    let asked: &[Asked] = match model.symbol(symbol).type_ {
        Some(Type::Bool) => &[Asked::Yes, Asked::No],
        Some(Type::Tristate) => &[Asked::Yes, Asked::Mod, Asked::No],
        _ => &[Asked::Any],
    };
    let mut answers = Vec::new();
    let mut solver = engine.fresh_solver();
    for &asked in asked {
        let question = match asked {
            Asked::Yes => Question::is(symbol, Value::Yes),
            Asked::Mod => Question::is(symbol, Value::Mod),
            Asked::No => Question::is(symbol, Value::No),
            Asked::Any => Question::new().and_formula(in_force(model, symbol)),
        };
        answers.push((asked, question::ask(&mut solver, &question)));
    }
    let (verdict, condition) = if asked == [Asked::Any] {
        let verdict = match &answers[..] {
            _ if model.unread.is_some() => Verdict::Undecided,
            [(_, Finding::Possible(_))] => Verdict::Varies,
            [(_, Finding::Impossible(_))] => Verdict::Never,
            _ => Verdict::Undecided,
        };
        (verdict, None)
    } else {
        let support = engine.support_of(symbol);
        let verdict = match (support.supported, &support.condition) {
            (Supported::Yes, None) => Verdict::Always,
            (Supported::Yes, Some(_)) => Verdict::Varies,
            (Supported::No, _) => Verdict::Never,
            (Supported::Undecided, _) => Verdict::Undecided,
        };
        // That a symbol is on where it is on says nothing.
        let is_news = |condition: &String| *condition != model.name(symbol);
        (verdict, support.condition.filter(is_news))
    };
    Values {
        verdict,
        condition,
        answers,
    }
}

/// That the dependencies of one of the definitions hold.
fn in_force(model: &Model, symbol: SymbolId) -> Formula {
    let dependencies: Vec<ExprId> = model
        .definitions(symbol)
        .map(|entry| model.entry(entry).dependency)
        .collect();
    let mut formula = Formula::new();
    let operands = dependencies
        .into_iter()
        .map(|dependency| add_expr(model, &mut formula, dependency))
        .collect();
    formula.add(Node::Or(operands));
    formula
}
