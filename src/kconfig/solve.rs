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
//! | `fewest` | a solution that breaks as few wishes as possible |
//! | `want` | the few lines of a given `.config` that have to change |
//! | `bare` | the lines of a witness for `allnoconfig` |
//! | [`assume`] | what a witness takes the unknown to be |
//! | `refute` | whether something is impossible, from as few symbols as show it |
//! | `samples` | a few configurations that show what is possible |
//! | `possible` | whether something is possible, for many questions |
//! | `replay` | whether a witness holds when the evaluator computes it |
//! | `reason` | the places that exclude something |

pub mod assume;
mod bare;
mod choice;
mod encode;
mod fewest;
pub mod formula;
mod gates;
mod possible;
mod reason;
mod refute;
mod replay;
mod samples;
#[cfg(test)]
mod tests;
mod text;
mod want;
mod witness;

use std::sync::Arc;

use crate::kconfig::eval::{Evaluator, Written};
use crate::kconfig::model::{Model, Place, SymbolId};
pub use assume::Assumption;
pub use bare::{for_allnoconfig, with_answers};
use encode::Encoder;
pub use formula::{Formula, Literal, Node, NodeId, Question, Value};
use gates::Gates;
pub use possible::{Asker, Prepared};
pub use refute::Refuter;
pub use replay::configuration;
use rustsat::types::Lit;
pub use want::{Granted, Proposal, Wishes};

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
    /// The assumption: a command with its result, or the name of a [`Node::Free`].
    pub text: Arc<str>,
    /// Whether it has to hold, or must not.
    pub holds: bool,
}

/// A cause of a value. Symbols that are not named keep their defaults.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Witness {
    /// The user's values, in the order of the definitions.
    pub assignments: Vec<Assignment>,
    /// On what else it relies.
    pub unknowns: Vec<Unknown>,
    /// The same, told as texts.
    pub assumptions: Vec<Assumption>,
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
    /// Its text.
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

/// How many configurations are tried in the evaluator before a question counts as undecided.
const MAX_ATTEMPTS: usize = 8;

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
    /// Configurations that the evaluator found not to be what was asked for.
    pub refused: usize,
}

/// Answers questions about one model.
#[derive(Debug)]
pub struct Solver<'m> {
    plain: Encoder<'m>,
    /// With switches, made when the first reason is asked for.
    explaining: Option<Encoder<'m>>,
    /// Tries every witness before anybody sees it. Made when the first question is asked.
    evaluator: Option<Evaluator<'m>>,
    /// Where loops were looked for; `None` once the whole model was.
    written: Option<Written>,
    /// Why `conf` refuses the files, so that there is no configuration at all.
    refused: Option<String>,
    /// The clauses at the time when they were last found to be free of contradictions.
    consistent: usize,
    /// How many configurations did not hold in the evaluator.
    attempts: usize,
}

impl<'m> Solver<'m> {
    /// Encodes nothing yet. The release of the model decides about the dialect.
    pub fn new(model: &'m Model) -> Self {
        Self {
            plain: Encoder::new(model, false),
            explaining: None,
            evaluator: None,
            written: None,
            refused: None,
            consistent: 0,
            attempts: 0,
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
        self.refuse_loops(question)?;
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

    /// Whether everything that a question states can hold together, with a witness or a reason. Every witness has been computed
    /// by the evaluator.
    pub fn can(&mut self, question: &Question) -> Answer {
        self.answer(question)
            .unwrap_or_else(|undecided| Answer::Undecided(undecided.0))
    }

    /// Whether `first` can hold while `second` does not: [`Answer::Impossible`] says that `first` implies `second`.
    pub fn can_without(&mut self, first: &Question, second: &Question) -> Answer {
        self.can(&first.clone().and_formula(negated(second)))
    }

    /// How much was encoded so far.
    pub fn size(&self) -> Size {
        Size {
            symbols: self.plain.encoded,
            variables: self.plain.gates.variables(),
            clauses: self.plain.gates.clauses,
            calls: self.plain.gates.calls,
            refused: self.attempts,
        }
    }

    fn answer(&mut self, question: &Question) -> Result<Answer, Undecided> {
        self.refuse_loops(question)?;
        let mut asked = self.plain.question(question);
        if !self.plain.gates.solve(&asked)? {
            self.check_consistent()?;
            return self.reason(question).map(Answer::Impossible);
        }
        let evaluator = self.evaluator.as_ref();
        let evaluator =
            evaluator.unwrap_or_else(|| unreachable!("invariant: loops were looked for"));
        let mut doubts = Vec::new();
        for _ in 0..MAX_ATTEMPTS {
            let Some(found) = self.plain.witness(&asked)? else {
                break;
            };
            self.plain.gates.took(self.plain.model.symbols.len());
            if replay::holds(evaluator, question, &found.witness) {
                return Ok(Answer::Possible(found.witness));
            }
            self.attempts += 1;
            // The same again is of no use, nor is what only adds to it.
            let without = self.plain.gates.fresh();
            let mut clause: Vec<Lit> = found.said.iter().map(|&lit| !lit).collect();
            if clause.is_empty() {
                clause.extend(self.plain.users.values().map(|user| user.has));
            }
            clause.push(!without);
            self.plain.gates.clause(&clause);
            asked.push(without);
            doubts = found.doubts;
        }
        Err(if doubts.is_empty() {
            Undecided("no configuration that the solver found holds when it is computed".to_owned())
        } else {
            doubtful(&doubts)
        })
    }

    fn reason(&mut self, question: &Question) -> Result<Reason, Undecided> {
        let model = self.plain.model;
        let outsiders = &self.plain.choices.outsiders;
        let encoder = self
            .explaining
            .get_or_insert_with(|| Encoder::new(model, true).knowing(outsiders.clone()));
        let asked: Vec<Lit> = encoder.question(question);
        encoder.reason(&asked)
    }

    /// Where dependencies lead back to where they start `conf` refuses the files, and values are no functions. Only what bears on
    /// the question is looked at: of a loop elsewhere `conf` itself tells.
    fn refuse_loops(&mut self, question: &Question) -> Result<(), Undecided> {
        let model = self.plain.model;
        if self.evaluator.is_none() {
            let evaluator = Evaluator::without_loops(model, "CONFIG_");
            let has_loop = evaluator.has_loop_as_written();
            self.written = has_loop.then(|| Written::new(&evaluator));
            self.plain.choices.outsiders = evaluator.outsiders();
            self.evaluator = Some(evaluator);
        }
        let exprs: Vec<_> = question.exprs().collect();
        let mut named = Vec::new();
        model.exprs.symbols_of(&exprs, model.modules, &mut named);
        let symbols = question.symbols().chain(model.modules).chain(named);
        if let (Some(written), Some(evaluator)) = (&mut self.written, &self.evaluator)
            && written.has_loop(evaluator, symbols)
        {
            self.written = None;
            if let Some(known) = model.known_loop() {
                self.refused = Some(known.to_owned());
            } else {
                // `conf` looks at expressions as it rewrites them, which removes symbols from them.
                let evaluator = Evaluator::new(model, "CONFIG_");
                self.refused = evaluator.first_loop().map(str::to_owned);
                self.evaluator = Some(evaluator);
            }
        }
        match &self.refused {
            Some(refused) => Err(Undecided(refused.clone())),
            None => Ok(()),
        }
    }

    /// Dependencies that go in circles, which Kconfig forbids, could contradict themselves, and then nothing is possible.
    fn check_consistent(&mut self) -> Result<(), Undecided> {
        let gates: &mut Gates = &mut self.plain.gates;
        if self.consistent != gates.clauses {
            if !gates.solve(&[])? {
                return Err(Undecided("the dependencies form a loop".to_owned()));
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
