//! Owns what can be wrong with the Kconfig files of a tree, whatever the feature: proved for all configurations of all
//! architectures.
//!
//! | module | owns |
//! |---|---|
//! | [`alarm`] | what is told about one of them, and the change that closes the hole |
//! | [`names`] | names that nothing declares |
//! | [`dead`] | lines that can never act |
//! | `merge` | one finding of what several architectures say |
//! | [`definitions`] | what `conf` refuses or warns about |
//! | [`touched`] | what a change of some lines bears on |
//! | [`brought`] | the unmet dependencies that a change brings |
//!
//! [`check`] asks everything of a whole tree, [`brought::brought`] what a change brings. A line that several architectures read is one
//! finding with all of them. It must not know features, tables and formats of output.

pub mod alarm;
pub mod brought;
pub mod dead;
pub mod definitions;
pub(in crate::check) mod merge;
pub mod names;
#[cfg(test)]
mod tests;
pub mod touched;

use std::collections::BTreeMap;
use std::sync::Mutex;

use rayon::prelude::*;

use crate::diag::{self, Diagnostic, Label, Level};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::implied::Implied;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model};
use crate::kconfig::solve::Solver;
use crate::kconfig::sources::Sources;
use crate::kconfig::unmet;
use crate::tree::{Tree, TreeError};
use alarm::Alarm;
use merge::merge;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Selects that can leave dependencies unmet.
    pub unmet: bool,
    /// Names that nothing declares.
    pub names: bool,
    /// Lines that can never act.
    pub dead: bool,
    /// What `conf` refuses or warns about.
    pub definitions: bool,
}

impl Groups {
    /// Everything.
    pub const ALL: Self = Self {
        unmet: true,
        names: true,
        dead: true,
        definitions: true,
    };

    /// Nothing.
    pub const NONE: Self = Self {
        unmet: false,
        names: false,
        dead: false,
        definitions: false,
    };
}

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The findings, sorted.
    pub findings: Vec<Diagnostic>,
    /// The alarms about selects, each also one of the findings.
    pub alarms: Vec<Alarm>,
    /// What could not be decided: a place with the reason.
    pub undecided: Vec<String>,
    /// How many questions about selects were asked, in all forms on all architectures.
    pub asked: usize,
    /// How many of them went to the solver.
    pub solved: usize,
}

/// What one architecture says.
#[derive(Default)]
struct OnArch {
    alarms: Vec<Alarm>,
    undecided: Vec<String>,
    asked: usize,
    solved: usize,
    problems: Vec<Diagnostic>,
    survey: dead::Survey,
}

/// Checks the Kconfig files of a whole tree for some architectures. Whether a name is declared, and whether a line is dead, is a matter
/// of all architectures: with some left out nothing is said about dead lines.
///
/// # Errors
///
/// The tree cannot be read.
pub fn check(
    tree: &Tree,
    sources: &Sources<'_>,
    architectures: &[String],
    groups: Groups,
) -> Result<Found, TreeError> {
    let version = Version::of(tree)?;
    let mut found = Found::default();
    let of_archs: Vec<OnArch> = if groups.unmet || groups.dead || groups.definitions {
        let mut roots = vec!["Kconfig".to_owned()];
        let archs = architectures.iter();
        roots.extend(archs.map(|arch| format!("arch/{arch}/Kconfig")));
        sources.preload(&roots);
        architectures
            .par_iter()
            .map(|arch| {
                let model = model::of_all_configurations(sources, arch, &version);
                on_arch(&model, arch, groups)
            })
            .collect()
    } else {
        Vec::new()
    };
    let (mut problems, mut survivors) = (Vec::new(), dead::Survivors::default());
    for of in of_archs {
        for alarm in of.alarms {
            add_alarm(&mut found.alarms, alarm);
        }
        found.undecided.extend(of.undecided);
        found.asked += of.asked;
        found.solved += of.solved;
        problems.push(of.problems);
        survivors.add(of.survey);
    }
    found.undecided.sort();
    found.undecided.dedup();
    let count = tree.architectures()?.len();
    for alarm in &found.alarms {
        let finding = alarm.finding(Level::Deny, alarm.archs.len() == count);
        found.findings.push(finding);
    }
    found.findings.extend(merge(problems, architectures));
    if groups.names {
        let names = names::Names::read(tree, sources)?;
        found.findings.extend(names.findings(Level::Warn));
    }
    if groups.dead && architectures.len() == count {
        found
            .findings
            .extend(dead_lines(sources, architectures, &version, &survivors));
    }
    diag::sort(&mut found.findings);
    Ok(found)
}

/// Adds an alarm to those of other architectures. If one of them is about the same select, it takes this one over.
fn add_alarm(alarms: &mut Vec<Alarm>, alarm: Alarm) {
    let mut known = alarms.iter_mut();
    match known.find(|known| known.place == alarm.place && known.target == alarm.target) {
        Some(known) => known.merge(alarm),
        None => alarms.push(alarm),
    }
}

fn on_arch(model: &Model, arch: &str, groups: Groups) -> OnArch {
    let evaluator = Evaluator::new(model, "CONFIG_");
    let mut of = OnArch::default();
    if groups.definitions {
        let is_certain = |finding: &&Diagnostic| finding.lint != model::DIALECT;
        of.problems = model
            .diagnostics
            .iter()
            .filter(is_certain)
            .cloned()
            .collect();
        of.problems.extend(definitions::problems(&evaluator));
    }
    // With a loop there are no configurations to ask about; that is reported for itself.
    if !evaluator.loops().is_empty() {
        if groups.unmet && !groups.definitions {
            let why = format!("{arch}: dependencies lead back to where they start");
            of.undecided.push(why);
        }
        return of;
    }
    let mut implied = Implied::new(model);
    if groups.unmet {
        let selects = unmet::selects(&evaluator, &mut implied, &mut |_| true);
        of.asked = selects.asked;
        of.solved = selects.solved;
        let at = |select| model.location(model.property(select).place);
        for (select, reason) in selects.undecided {
            of.undecided
                .push(format!("{} on {arch}: {reason}", at(select)));
        }
        let mut solver = Solver::new(model);
        for hole in selects.holes {
            match alarm::alarm(&evaluator, &mut implied, &mut solver, arch, hole) {
                Ok(alarm) => of.alarms.extend(alarm),
                Err(reason) => {
                    let place = at(hole.select);
                    of.undecided.push(format!("{place} on {arch}: {reason}"));
                }
            }
        }
    }
    if groups.dead {
        of.survey = dead::survey(&evaluator);
    }
    of
}

/// The lines that are dead on all architectures that read them.
fn dead_lines(
    sources: &Sources<'_>,
    architectures: &[String],
    version: &Version,
    survivors: &dead::Survivors,
) -> Vec<Diagnostic> {
    let idle = survivors.idle();
    if idle.is_empty() {
        return Vec::new();
    }
    let elsewhere = Mutex::default();
    let of_archs: Vec<dead::Verdicts> = architectures
        .par_iter()
        .map(|arch| {
            let model = model::of_all_configurations(sources, arch, version);
            let evaluator = Evaluator::new(&model, "CONFIG_");
            if !evaluator.loops().is_empty() {
                let possible = idle.clone();
                return dead::Verdicts {
                    possible,
                    ..dead::Verdicts::default()
                };
            }
            dead::verdicts(&evaluator, &mut Implied::new(&model), &idle, &elsewhere)
        })
        .collect();
    let mut dead: BTreeMap<&dead::Key, &(Vec<dead::Key>, Diagnostic)> = BTreeMap::new();
    for of in &of_archs {
        for (key, finding) in &of.dead {
            if !of_archs.iter().any(|of| of.possible.contains(key)) {
                dead.entry(key).or_insert(finding);
            }
        }
    }
    let findings = dead.values().filter(|(around, _)| {
        // One cause is one finding.
        !around.iter().any(|key| dead.contains_key(key))
    });
    findings.map(|(_, finding)| finding.clone()).collect()
}

/// A finding that says what could not be decided, where anything could not.
pub fn undecided(found: &Found) -> Option<Diagnostic> {
    let (first, rest) = found.undecided.split_first()?;
    let label = Label::new(diag::Location::file("Kconfig"), "");
    let count = found.undecided.len();
    let (s, verb) = if count == 1 { ("", "is") } else { ("s", "are") };
    let headline = format!("{count} question{s} about selects {verb} undecided");
    let finding = Diagnostic::new(alarm::UNMET, Level::Note, headline, label);
    let notes = std::iter::once(first).chain(rest.iter().take(9));
    Some(notes.fold(finding, |finding, note| finding.with_note(note.clone())))
}
