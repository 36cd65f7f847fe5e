//! Owns questions about all configurations of one architecture at once: can a symbol be `y`, can symbols be so together,
//! and if so by which lines of a `.config`, and if not for which reason.
//!
//! The values of symbols are functions of what the user says, of what commands and the environment say, and of each other.
//! They become clauses for a SAT solver: exactly what the evaluator computes, not implications only, so that a solution is a
//! configuration. Only symbols that bear on a question are encoded; a solver grows with the questions that it is asked. What
//! cannot be encoded is left free: an answer "impossible" holds all the same, and an answer that rests on it is
//! [`Answer::Undecided`].
//!
//! | module | owns |
//! |---|---|
//! | [`formula`] | what can be asked |
//! | `gates` | clauses, and calls of the SAT solver |
//! | `encode` | symbols and expressions as gates |
//! | `choice` | choices |
//! | `text` | `int`, `hex`, `string`, unknown texts, comparisons |
//! | `witness` | the lines of a `.config` that make something so |
//! | `reason` | the places that exclude something |

mod choice;
mod encode;
pub mod formula;
mod gates;
mod reason;
#[cfg(test)]
mod tests;
mod text;
mod witness;

use std::sync::Arc;

use crate::kconfig::model::{Model, Place, SymbolId};
use encode::Encoder;
pub use formula::{Formula, Literal, Node, NodeId, Question, Value};
use gates::Gates;
use rustsat::types::Lit;

/// A line of a `.config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The symbol, which has a prompt.
    pub symbol: SymbolId,
    /// Its value as `.config` writes it; `n` for "is not set".
    pub value: String,
}

/// Something that the machine decides and that a witness relies on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unknown {
    /// What is stated: a command with its result, or the name of a [`Node::Free`].
    pub text: Arc<str>,
    /// Whether it has to hold, or must not.
    pub holds: bool,
}

/// What makes something so. Symbols that are not named keep their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// What the user says, in the order of the definitions.
    pub assignments: Vec<Assignment>,
    /// On what else it relies.
    pub unknowns: Vec<Unknown>,
    /// The value of `ARCH`, if it matters and there are several.
    pub arch: Option<Arc<str>>,
}

impl Witness {
    /// The assignments as lines of a `.config`.
    pub fn lines(&self, model: &Model) -> Vec<String> {
        self.assignments
            .iter()
            .map(|assignment| {
                let name = model.name(assignment.symbol);
                match assignment.value.as_str() {
                    "n" => format!("# CONFIG_{name} is not set"),
                    value => format!("CONFIG_{name}={value}"),
                }
            })
            .collect()
    }
}

/// One line that takes part in excluding something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// Where it stands.
    pub place: Place,
    /// What it says.
    pub text: String,
}

/// Lines that together exclude something, what is nearest to the question first. Empty where the question contradicts itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reason {
    /// The lines.
    pub steps: Vec<Step>,
}

/// Why a question has no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Undecided(pub String);

/// The answer to a question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// It can be, for example so.
    Possible(Witness),
    /// It cannot be.
    Impossible(Reason),
    /// That is not known, for a reason.
    Undecided(String),
}

impl Answer {
    /// Whether it can be.
    pub fn is_possible(&self) -> bool {
        matches!(self, Answer::Possible(_))
    }

    /// Whether it cannot be.
    pub fn is_impossible(&self) -> bool {
        matches!(self, Answer::Impossible(_))
    }
}

/// Whoever can try a witness: the evaluator, or the kernel's own `conf`.
pub trait Confirm {
    /// Whether what was asked for holds in the configuration that the witness describes.
    fn confirm(&mut self, witness: &Witness) -> bool;
}

/// How much was encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Size {
    /// Symbols whose values are functions of others.
    pub symbols: usize,
    /// Variables of the SAT solver.
    pub variables: u32,
    /// Clauses.
    pub clauses: usize,
    /// Calls of the SAT solver.
    pub calls: usize,
}

/// Answers questions about one model.
#[derive(Debug)]
pub struct Solver<'m> {
    plain: Encoder<'m>,
    /// With switches, made when the first reason is asked for.
    explaining: Option<Encoder<'m>>,
    old_choices: bool,
    /// The clauses at the time when they were last found to be free of contradictions.
    consistent: usize,
}

impl<'m> Solver<'m> {
    /// Encodes nothing yet. `release` is that of the tree, such as `(7, 2)`, which decides about the dialect.
    pub fn new(model: &'m Model, release: (u32, u32)) -> Self {
        let old_choices = release != (0, 0) && release < (6, 11);
        Self {
            plain: Encoder::new(model, old_choices, false),
            explaining: None,
            old_choices,
            consistent: 0,
        }
    }

    /// The model that is asked about.
    pub fn model(&self) -> &'m Model {
        self.plain.model
    }

    /// Whether everything that a question states can hold together, without a witness or a reason, which cost more.
    ///
    /// # Errors
    ///
    /// It is not known.
    pub fn is_possible(&mut self, question: &Question) -> Result<bool, Undecided> {
        let asked = self.plain.question(question);
        if !self.plain.gates.solve(&asked)? {
            self.check_consistent()?;
            return Ok(false);
        }
        if self.plain.opaque.is_empty() {
            return Ok(true);
        }
        match self.plain.witness(&asked)? {
            Some(found) if found.doubts.is_empty() => Ok(true),
            Some(found) => Err(doubtful(&found.doubts)),
            None => Ok(false),
        }
    }

    /// Whether everything that a question states can hold together, with a witness or a reason. A witness is confirmed by
    /// `confirm` where that is given, and is none if that says so.
    pub fn can(&mut self, question: &Question, confirm: Option<&mut dyn Confirm>) -> Answer {
        self.answer(question, confirm)
            .unwrap_or_else(|undecided| Answer::Undecided(undecided.0))
    }

    /// Whether `first` can hold while `second` does not: [`Answer::Impossible`] says that `first` implies `second`.
    pub fn can_without(
        &mut self,
        first: &Question,
        second: &Question,
        confirm: Option<&mut dyn Confirm>,
    ) -> Answer {
        self.can(&first.clone().and_formula(negated(second)), confirm)
    }

    /// How much was encoded so far.
    pub fn size(&self) -> Size {
        Size {
            symbols: self.plain.encoded,
            variables: self.plain.gates.variables(),
            clauses: self.plain.gates.clauses,
            calls: self.plain.gates.calls,
        }
    }

    fn answer(
        &mut self,
        question: &Question,
        confirm: Option<&mut dyn Confirm>,
    ) -> Result<Answer, Undecided> {
        let asked = self.plain.question(question);
        if !self.plain.gates.solve(&asked)? {
            self.check_consistent()?;
            return self.reason(question).map(Answer::Impossible);
        }
        let Some(found) = self.plain.witness(&asked)? else {
            return Err(Undecided("the solver contradicts itself".to_owned()));
        };
        match confirm {
            Some(confirm) => {
                if confirm.confirm(&found.witness) {
                    Ok(Answer::Possible(found.witness))
                } else if found.doubts.is_empty() {
                    Err(Undecided(
                        "the configuration that was found does not hold".to_owned(),
                    ))
                } else {
                    Err(doubtful(&found.doubts))
                }
            }
            None if found.doubts.is_empty() => Ok(Answer::Possible(found.witness)),
            None => Err(doubtful(&found.doubts)),
        }
    }

    fn reason(&mut self, question: &Question) -> Result<Reason, Undecided> {
        let (model, old_choices) = (self.plain.model, self.old_choices);
        let encoder = self
            .explaining
            .get_or_insert_with(|| Encoder::new(model, old_choices, true));
        let asked: Vec<Lit> = encoder.question(question);
        encoder.reason(&asked)
    }

    /// Dependencies that go in circles, which Kconfig forbids, could contradict themselves, and then nothing is possible.
    fn check_consistent(&mut self) -> Result<(), Undecided> {
        let gates: &mut Gates = &mut self.plain.gates;
        if self.consistent != gates.clauses {
            if !gates.solve(&[])? {
                return Err(Undecided("dependencies go in circles".to_owned()));
            }
            self.consistent = gates.clauses;
        }
        Ok(())
    }
}

fn doubtful(doubts: &[Arc<str>]) -> Undecided {
    Undecided(format!("it depends on {}", doubts.join(", or on ")))
}

/// The contrary of a question.
fn negated(question: &Question) -> Formula {
    let mut formula = Formula::new();
    let mut operands = Vec::new();
    for &literal in &question.literals {
        operands.push(formula.add(Node::Literal(literal)));
    }
    for other in &question.formulas {
        operands.push(formula.append(other));
    }
    let all = formula.add(Node::And(operands));
    formula.add(Node::Not(all));
    formula
}
