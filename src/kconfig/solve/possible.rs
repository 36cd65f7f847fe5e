//! Owns the bare answer whether something can be, without a configuration or a reason, for many questions about one model.
//!
//! A question without an answer mostly contradicts itself within the nearest symbols (`refute`), and most others have an answer among a
//! few configurations (`samples`). Only a question that is left is encoded with all symbols that bear on it. Each configuration that is found
//! then is one more that may answer the next question.

use std::cell::OnceCell;

use super::formula::{Question, Value};
use super::samples::Samples;
use super::{Refuter, Solver, Undecided};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::{Model, SymbolId};

/// From so many symbols it has to follow that something cannot be, or all are looked at.
const NEAR: usize = 60;

/// Most variables of the solver for what is near: each answer gives all of them values.
const MAX_NEAR: u32 = 4_000;

/// Most questions that one solver is asked with all symbols that bear on them. It never forgets a clause.
const MAX_ASKED: usize = 30;

/// After so many questions to the solver one more random configuration is tried before each of the next. A tree that has thousands of
/// questions left would else have as many solutions of all that bears on them.
const MANY: usize = 20;

/// A model with what follows from it alone, made when it is first needed.
#[derive(Debug)]
pub struct Prepared<'m> {
    model: &'m Model,
    evaluator: OnceCell<Evaluator<'m>>,
}

impl<'m> Prepared<'m> {
    /// Nothing is made yet.
    pub fn new(model: &'m Model) -> Self {
        Self {
            model,
            evaluator: OnceCell::new(),
        }
    }

    /// The model.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    fn evaluator(&self) -> &Evaluator<'m> {
        let make = || Evaluator::new(self.model, "CONFIG_");
        self.evaluator.get_or_init(make)
    }
}

/// Answers whether things can be. An answer does not depend on what was asked before.
#[derive(Debug)]
pub struct Asker<'e, 'm> {
    prepared: &'e Prepared<'m>,
    quick: Option<Quick<'e, 'm>>,
    solver: Option<Solver<'m>>,
    /// How many questions the solver was asked.
    asked: usize,
    /// The same since the beginning.
    total: usize,
}

/// Answers most questions about a model in which no symbol leads back to itself.
#[derive(Debug)]
struct Quick<'e, 'm> {
    samples: Samples<'e, 'm>,
    /// Has few symbols at a time.
    near: Refuter<'m>,
    /// Has all symbols that bear on what it was asked.
    all: Refuter<'m>,
    /// How many questions that was since it started anew.
    asked: usize,
    /// How many it was altogether.
    total: usize,
}

impl<'e, 'm> Quick<'e, 'm> {
    fn new(evaluator: &'e Evaluator<'m>) -> Self {
        Self {
            samples: Samples::new(evaluator),
            near: Refuter::new(evaluator),
            all: Refuter::new(evaluator),
            asked: 0,
            total: 0,
        }
    }

    /// Whether everything that a question states can hold together; `None` where that takes more than this.
    fn answer(&mut self, question: &Question) -> Option<bool> {
        if self.samples.show(question) {
            return Some(true);
        }
        if self.near.variables() > MAX_NEAR {
            self.near.forget();
        }
        if self.near.excludes_within(question, NEAR) == Ok(true) {
            return Some(false);
        }
        if self.samples.grow_until(question) {
            return Some(true);
        }
        if self.total >= MANY && self.samples.add_random(question) {
            return Some(true);
        }
        self.total += 1;
        if self.asked >= MAX_ASKED {
            self.all.forget();
            self.asked = 0;
        }
        self.asked += 1;
        match self.all.find(question) {
            Ok(Some(found)) => self.samples.learn(question, &found).then_some(true),
            Ok(None) => Some(false),
            Err(_) => None,
        }
    }
}

impl<'e, 'm> Asker<'e, 'm> {
    /// Nothing is computed or encoded yet.
    pub fn new(prepared: &'e Prepared<'m>) -> Self {
        Self {
            prepared,
            quick: None,
            solver: None,
            asked: 0,
            total: 0,
        }
    }

    /// How many questions took a search through all symbols that bear on them.
    pub fn searches(&self) -> usize {
        self.total + self.quick.as_ref().map_or(0, |quick| quick.total)
    }

    /// One that was asked nothing yet.
    pub fn fresh(&self) -> Self {
        Self::new(self.prepared)
    }

    /// The model that is asked about.
    pub fn model(&self) -> &'m Model {
        self.prepared.model
    }

    /// Whether a symbol can have a value.
    ///
    /// # Errors
    ///
    /// It is not known.
    pub fn can_be(&mut self, symbol: SymbolId, value: Value) -> Result<bool, Undecided> {
        self.is_possible(&Question::is(symbol, value))
    }

    /// Whether everything that a question states can hold together.
    ///
    /// # Errors
    ///
    /// It is not known.
    pub fn is_possible(&mut self, question: &Question) -> Result<bool, Undecided> {
        let evaluator = self.prepared.evaluator();
        // Where a symbol may lead back to itself it takes more to tell whether that bears on the question.
        if !evaluator.may_loop() {
            let quick = self.quick.get_or_insert_with(|| Quick::new(evaluator));
            if let Some(answer) = quick.answer(question) {
                return Ok(answer);
            }
        }
        if self.asked >= MAX_ASKED {
            (self.solver, self.asked) = (None, 0);
        }
        self.asked += 1;
        self.total += 1;
        let model = self.prepared.model;
        let solver = self.solver.get_or_insert_with(|| Solver::new(model));
        solver.is_possible(question)
    }
}
