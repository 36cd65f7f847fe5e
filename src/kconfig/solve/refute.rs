//! Owns showing that something is impossible from as few symbols as possible.
//!
//! A symbol that is not encoded is free, so what contradicts itself with some symbols free contradicts itself altogether. Most
//! questions about what a line of Kconfig implies end after a few of the thousands of symbols that bear on them.

use rustc_hash::FxHashSet;
use rustsat::types::Lit;

use super::encode::Encoder;
use super::formula::Question;
use super::{Undecided, Witness, doubtful};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::{Model, SymbolId};

/// How many symbols are encoded before the solver is called again, call by call; after the last number all are.
const ROUNDS: &[usize] = &[0, 4, 12, 40, 120, 400];

/// Most variables of a solver that is asked one more question: one that grows without end becomes slow.
const MAX_VARIABLES: u32 = 30_000;

/// Shows questions about one model to be impossible. The model has no loops: see [`Evaluator::loops`].
#[derive(Debug)]
pub struct Refuter<'m> {
    model: &'m Model,
    outsiders: FxHashSet<SymbolId>,
    encoder: Encoder<'m>,
    /// How often the SAT solver was called.
    pub calls: usize,
}

impl<'m> Refuter<'m> {
    /// Encodes nothing yet.
    pub fn new(evaluator: &Evaluator<'m>) -> Self {
        let model = evaluator.model();
        let outsiders = evaluator.outsiders();
        Self {
            model,
            encoder: Encoder::new(model, false).knowing(outsiders.clone()),
            outsiders,
            calls: 0,
        }
    }

    /// Whether everything that a question states can never hold together. Where it can, there is a configuration, which
    /// [`super::Solver::can`] shows.
    ///
    /// # Errors
    ///
    /// It is not known: it takes too many steps, or rests on what is not encoded.
    pub fn excludes(&mut self, question: &Question) -> Result<bool, Undecided> {
        if self.encoder.gates.variables() > MAX_VARIABLES {
            self.forget();
        }
        let asked: Vec<Lit> = self.encoder.question_alone(question);
        for &count in ROUNDS {
            let complete = self.encoder.grow(count);
            self.calls += 1;
            if !self.encoder.gates.solve(&asked)? {
                return Ok(true);
            }
            if complete {
                return self.possible(&asked);
            }
        }
        self.encoder.grow(usize::MAX);
        self.calls += 1;
        if !self.encoder.gates.solve(&asked)? {
            return Ok(true);
        }
        self.possible(&asked)
    }

    /// The choices of the user and the machine in a configuration in which everything that a question states holds, as the clauses have it;
    /// `None` without one.
    ///
    /// # Errors
    ///
    /// It takes too many steps.
    pub(super) fn find(&mut self, question: &Question) -> Result<Option<Witness>, Undecided> {
        let asked: Vec<Lit> = self.encoder.question(question);
        self.calls += 1;
        let is_found = self.encoder.gates.solve(&asked)?;
        Ok(is_found.then(|| self.encoder.found()))
    }

    /// Whether everything that a question states can never hold together, as far as that follows from about `most` symbols. Where it
    /// does not, nothing is known.
    ///
    /// # Errors
    ///
    /// It takes too many steps.
    pub fn excludes_within(&mut self, question: &Question, most: usize) -> Result<bool, Undecided> {
        let asked: Vec<Lit> = self.encoder.question_alone(question);
        let mut encoded = 0;
        for &count in ROUNDS {
            encoded += count;
            if encoded > most {
                break;
            }
            let complete = self.encoder.grow(count);
            self.calls += 1;
            if !self.encoder.gates.solve(&asked)? {
                return Ok(true);
            }
            if complete {
                break;
            }
        }
        Ok(false)
    }

    /// Starts anew. Questions about the same few symbols are best asked one after the other, and others after this.
    pub fn forget(&mut self) {
        self.encoder = Encoder::new(self.model, false).knowing(self.outsiders.clone());
    }

    /// How many variables the solver has by now.
    pub fn variables(&self) -> u32 {
        self.encoder.gates.variables()
    }

    /// Whether the symbol is on in the configuration that was found last, which excluded nothing.
    pub fn is_on(&self, symbol: SymbolId) -> bool {
        self.encoder.is_on(symbol)
    }

    fn possible(&mut self, asked: &[Lit]) -> Result<bool, Undecided> {
        if self.encoder.opaque.is_empty() {
            return Ok(false);
        }
        match self.encoder.witness(asked)? {
            Some(found) if found.doubts.is_empty() => Ok(false),
            Some(found) => Err(doubtful(&found.doubts)),
            None => Ok(true),
        }
    }
}
