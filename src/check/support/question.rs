//! Owns one question to the solver and its answer, in the form in which findings show it: a configuration, the lines that make it
//! impossible, or why it could not be told.

use crate::diag::Label;
use crate::kconfig::model::Model;
use crate::kconfig::solve::{Answer, Question, Solver, Witness};

/// A configuration that shows something.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Example {
    /// Lines for a `.config`, such as `CONFIG_X=y`.
    pub lines: Vec<String>,
    /// Holds what it relies on that no `.config` sets: the output of commands, the value of `ARCH`.
    pub relies_on: Vec<String>,
}

impl Example {
    /// The configuration as a note: `shows`, such as "fails with", then the configuration's lines, so that they can be pasted.
    pub fn note(&self, shows: &str) -> String {
        let mut note = if self.lines.is_empty() {
            format!("{shows} the default configuration")
        } else {
            format!(
                "{shows} this configuration:\n    {}",
                self.lines.join("\n    ")
            )
        };
        if !self.relies_on.is_empty() {
            note.push_str(&format!("\n  where {}", self.relies_on.join(" and ")));
        }
        note
    }
}

/// Describes what was found out about one question.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Finding {
    /// There is such a configuration.
    Possible(Example),
    /// No configuration exists, because of these lines.
    Impossible(Vec<Label>),
    /// It could not be told.
    Undecided(String),
}

impl Finding {
    /// The configuration, if there is one.
    pub fn example(&self) -> Option<&Example> {
        match self {
            Finding::Possible(example) => Some(example),
            _ => None,
        }
    }
}

/// Asks the solver of a model.
pub(in crate::check) fn ask(solver: &mut Solver<'_>, question: &Question) -> Finding {
    let model = solver.model();
    match solver.can(question) {
        Answer::Possible(witness) => Finding::Possible(example(model, &witness)),
        Answer::Impossible(reason) => {
            let steps = reason.steps.into_iter();
            Finding::Impossible(
                steps
                    .map(|step| Label::new(model.location(step.place), step.text))
                    .collect(),
            )
        }
        Answer::Undecided(reason) => Finding::Undecided(reason),
    }
}

/// The lines of a reason, each with its place.
pub(in crate::check) fn reasons(lines: &[Label]) -> impl Iterator<Item = String> + '_ {
    lines
        .iter()
        .map(|line| format!("{}: {}", line.location, line.text))
}

/// A witness as lines.
pub(in crate::check) fn example(model: &Model, witness: &Witness) -> Example {
    let unknowns = witness.unknowns.iter();
    let mut relies_on: Vec<String> = unknowns.map(|unknown| unknown.written(model)).collect();
    relies_on.extend(witness.arch.as_ref().map(|arch| format!("`ARCH={arch}`")));
    Example {
        lines: witness.lines(model),
        relies_on,
    }
}
