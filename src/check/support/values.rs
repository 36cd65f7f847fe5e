//! Owns which values a symbol can have over all configurations of one architecture, each with a configuration that gives it
//! or the lines that exclude it.

use crate::check::support::proof::{self, Finding};
use crate::kconfig::model::{ExprId, Model, SymbolId, Type};
use crate::kconfig::solve::{Formula, Node, Question, Solver, Value};

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

/// What the answers come to.
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
    /// What the answers come to.
    pub verdict: Verdict,
    /// The answers; none for a symbol that is not declared.
    pub answers: Vec<(Asked, Finding)>,
}

/// Asks for all values that a symbol of its type may have.
pub fn values(model: &Model, symbol: SymbolId) -> Values {
    if !model.is_defined(symbol) {
        return Values {
            verdict: Verdict::Undeclared,
            answers: Vec::new(),
        };
    }
    let asked: &[Asked] = match model.symbol(symbol).type_ {
        Some(Type::Bool) => &[Asked::Yes, Asked::No],
        Some(Type::Tristate) => &[Asked::Yes, Asked::Mod, Asked::No],
        _ => &[Asked::Any],
    };
    let mut solver = Solver::new(model);
    let mut answers = Vec::new();
    for &asked in asked {
        let question = match asked {
            Asked::Yes => Question::is(symbol, Value::Yes),
            Asked::Mod => Question::is(symbol, Value::Mod),
            Asked::No => Question::is(symbol, Value::No),
            Asked::Any => Question::new().and_formula(in_force(model, symbol)),
        };
        answers.push((asked, proof::ask(&mut solver, &question)));
    }
    Values {
        verdict: verdict(&answers),
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
        .map(|dependency| proof::add_expr(model, &mut formula, dependency))
        .collect();
    formula.add(Node::Or(operands));
    formula
}

fn verdict(answers: &[(Asked, Finding)]) -> Verdict {
    let possible = |off: bool| {
        answers.iter().any(|(asked, finding)| {
            (*asked == Asked::No) == off && matches!(finding, Finding::Possible(_))
        })
    };
    let undecided = |off: bool| {
        answers.iter().any(|(asked, finding)| {
            (*asked == Asked::No) == off && matches!(finding, Finding::Undecided(_))
        })
    };
    let has_off = answers.iter().any(|(asked, _)| *asked == Asked::No);
    match (possible(false), possible(true)) {
        (true, true) => Verdict::Varies,
        (false, _) if undecided(false) => Verdict::Undecided,
        (false, _) => Verdict::Never,
        (true, false) if undecided(true) => Verdict::Undecided,
        (true, false) if has_off => Verdict::Always,
        (true, false) => Verdict::Varies,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::support::proof::Example;

    fn of(answers: &[(Asked, Finding)]) -> Verdict {
        verdict(answers)
    }

    #[test]
    fn answers_come_to_a_verdict() {
        let yes = || {
            Finding::Possible(Example {
                lines: Vec::new(),
                relies_on: Vec::new(),
            })
        };
        let no = || Finding::Impossible(Vec::new());
        let open = || Finding::Undecided(String::new());
        assert_eq!(
            of(&[(Asked::Yes, yes()), (Asked::No, yes())]),
            Verdict::Varies
        );
        assert_eq!(
            of(&[(Asked::Yes, yes()), (Asked::No, no())]),
            Verdict::Always
        );
        assert_eq!(
            of(&[(Asked::Yes, no()), (Asked::No, yes())]),
            Verdict::Never
        );
        assert_eq!(
            of(&[(Asked::Yes, open()), (Asked::No, yes())]),
            Verdict::Undecided
        );
        assert_eq!(
            of(&[(Asked::Yes, yes()), (Asked::No, open())]),
            Verdict::Undecided
        );
        // That it can be `m` is enough to know that it can be on.
        let tristate = [
            (Asked::Yes, open()),
            (Asked::Mod, yes()),
            (Asked::No, yes()),
        ];
        assert_eq!(of(&tristate), Verdict::Varies);
        assert_eq!(of(&[(Asked::Any, yes())]), Verdict::Varies);
        assert_eq!(of(&[(Asked::Any, no())]), Verdict::Never);
    }
}
