//! Owns what can be wrong with the Kconfig files of a tree, whatever the feature: proved for all configurations of all
//! architectures.
//!
//! | module | owns |
//! |---|---|
//! | [`alarm`] | one of these selects as a finding, and the change that fixes it |
//! | [`names`] | names that nothing declares |
//! | [`past`] | which release declared them last |
//! | [`uses`] | the same of `CONFIG_…` in C files and makefiles |
//! | `words` | where C files and makefiles name symbols |
//! | [`dead`] | lines that can never act |
//! | [`constant`] | conditions that decide nothing |
//! | [`line`] | what identifies a line on several architectures |
//! | `merge` | one finding of what several architectures say |
//! | [`together`] | one finding of what has one cause |
//! | [`definitions`] | what `conf` refuses or warns about |
//! | [`differences`] | which symbols two texts of a file treat otherwise |
//! | [`touched`] | what a change of some lines bears on |
//! | `same` | which touched symbols are the same nevertheless |
//! | [`before`] | the tree before a change, asked as seldom as can be |
//! | [`brought`] | the unmet dependencies that a change brings |
//! | [`idle`] | the lines without effect that a change brings |
//! | [`undecided`] | the questions that have no answer |
//!
//! [`check`] asks everything of a whole tree, [`brought::brought`] and [`idle::idle`] what a change brings. A line that several architectures read is one
//! finding with all of them. It must not know features, tables and formats of output.

pub mod alarm;
pub mod before;
pub mod brought;
pub mod constant;
pub mod dead;
pub mod definitions;
pub mod differences;
pub mod idle;
pub mod line;
pub(in crate::check) mod merge;
pub mod names;
pub mod past;
mod same;
#[cfg(test)]
mod tests;
pub mod together;
pub mod touched;
pub mod undecided;
pub mod uses;
pub(in crate::check) mod words;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::diag::{self, Diagnostic, Level};
use crate::kconfig::eval::Evaluator;
use crate::kconfig::implied::Implied;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, Unread};
use crate::kconfig::solve::Solver;
use crate::kconfig::sources::Sources;
use crate::kconfig::unmet;
use crate::tree::{Tree, TreeError};
use alarm::Alarm;
use constant::Claim;
use dead::Idle;
use line::Shared;
use merge::merge;
use undecided::Unanswered;

/// The groups of findings to look for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Groups {
    /// Selects that can leave dependencies unmet.
    pub unmet: bool,
    /// Names that nothing declares.
    pub names: bool,
    /// Lines that can never act, and conditions that decide nothing.
    pub dead: bool,
    /// Matters of style: selects of symbols with a prompt, and conditions that other symbols imply.
    pub style: bool,
    /// Names in C files and makefiles that nothing declares.
    pub uses: bool,
    /// What `conf` refuses or warns about.
    pub definitions: bool,
}

impl Groups {
    /// Everything.
    pub const ALL: Self = Self {
        unmet: true,
        names: true,
        dead: true,
        style: true,
        uses: true,
        definitions: true,
    };

    /// Nothing.
    pub const NONE: Self = Self {
        unmet: false,
        names: false,
        dead: false,
        style: false,
        uses: false,
        definitions: false,
    };
}

/// The findings, and the architectures that could not be checked.
#[derive(Clone, Debug, Default)]
pub struct Found {
    /// The findings, sorted.
    pub findings: Vec<Diagnostic>,
    /// The alarms about selects, each also one of the findings.
    pub alarms: Vec<Alarm>,
    /// The architectures about which nothing is concluded, because a Kconfig file of theirs could not be read, each with the reason.
    pub unread: Vec<(String, Unread)>,
    /// The questions that have no answer.
    pub undecided: Vec<Unanswered>,
    /// How many questions about selects were asked, in all forms on all architectures.
    pub asked: usize,
    /// How many of them went to the solver.
    pub solved: usize,
}

/// The results of one architecture.
#[derive(Default)]
struct OnArch {
    unread: Option<Unread>,
    alarms: Vec<Alarm>,
    undecided: Vec<Unanswered>,
    asked: usize,
    solved: usize,
    problems: Vec<Diagnostic>,
    idle: Idle,
    claims: Vec<Claim>,
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
    let count = tree.architectures()?.len();
    // A line is dead only if it is dead on all architectures.
    let groups = Groups {
        dead: groups.dead && architectures.len() == count,
        ..groups
    };
    let shared = Shared::new();
    let build = |arch: &String| model::of_all_configurations(sources, arch, &version);
    let needs_models = groups.unmet || groups.dead || groups.style || groups.definitions;
    if needs_models {
        sources.preload(architectures);
    }
    // Lines without effect are asked about twice, so all models are kept at a time. Otherwise only as many exist as there are threads.
    let models: Vec<Model> = match groups.dead {
        true => architectures.par_iter().map(build).collect(),
        false => Vec::new(),
    };
    let evaluators: Vec<Evaluator<'_>> = models.par_iter().map(evaluator).collect();
    let mut of_archs: Vec<OnArch> = match (needs_models, groups.dead) {
        (false, _) => Vec::new(),
        (true, true) => on_kept(&evaluators, groups, &shared),
        (true, false) => {
            let ask = |arch| on_arch(&evaluator(&build(arch)), groups, &shared);
            architectures.par_iter().map(ask).collect()
        }
    };
    for (arch, of) in architectures.iter().zip(&mut of_archs) {
        found
            .unread
            .extend(of.unread.take().map(|unread| (arch.clone(), unread)));
    }
    if !found.unread.is_empty() {
        // On an architecture that could not be read, the effect of a line is not known.
        for of in &mut of_archs {
            (of.claims, of.idle) = (Vec::new(), Idle::default());
        }
    }
    let (mut problems, mut idle) = (Vec::new(), Idle::default());
    let mut claims = Vec::new();
    for (arch, of) in architectures.iter().zip(of_archs) {
        for alarm in of.alarms {
            add_alarm(&mut found.alarms, alarm);
        }
        found.undecided.extend(of.undecided);
        found.asked += of.asked;
        found.solved += of.solved;
        problems.push(of.problems);
        idle.add(of.idle);
        claims.push((arch.as_str(), of.claims));
    }
    for alarm in &found.alarms {
        let finding = alarm.finding(Level::Deny, alarm.archs.len() == count);
        found.findings.push(finding);
    }
    found.findings.extend(merge(problems, architectures));
    let names = match groups.names || groups.uses {
        true => Some(names::Names::read(tree, sources)?),
        false => None,
    };
    for reason in names.iter().flat_map(names::Names::unread) {
        found.undecided.push(Unanswered {
            lint: names::UNDECLARED,
            place: None,
            archs: Vec::new(),
            reason: format!("which names are undeclared: {reason}"),
            count: 1,
        });
    }
    let is_read = |names: &&names::Names| names.unread().is_empty();
    if let Some(names) = names.as_ref().filter(|_| groups.uses).filter(is_read) {
        found.findings.extend(uses::findings(tree, names)?);
    }
    if let Some(names) = names.as_ref().filter(|_| groups.names) {
        found.findings.extend(names.findings(Level::Warn));
    }
    let undeclared: FxHashSet<String> = found
        .findings
        .iter()
        .filter(|finding| finding.lint == names::UNDECLARED)
        .filter_map(|finding| finding.symbol.clone())
        .collect();
    let mut claimed = constant::findings(claims, &shared, count);
    if groups.dead {
        idle.keys.retain(|key| !shared.settled().contains(key));
        // A name that nothing declares is a finding of its own, as is a type that no condition has.
        let is_declared = |name: &str| !undeclared.contains(name);
        let mut dead = dead_lines(&evaluators, &idle, &shared, &is_declared);
        claimed.append(&mut dead.findings);
        constant::leave_types(&mut claimed);
        found.undecided.extend(dead.undecided);
    }
    found.findings.extend(claimed);
    found.undecided.sort();
    found.undecided.dedup();
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

fn evaluator(model: &Model) -> Evaluator<'_> {
    Evaluator::new(model, "CONFIG_")
}

/// Asks each architecture whose model is kept. A line that acts on the largest one need not be looked at on the others.
fn on_kept(evaluators: &[Evaluator<'_>], groups: Groups, shared: &Shared) -> Vec<OnArch> {
    let size = |at: &usize| evaluators[*at].model().properties.len();
    let largest = (0..evaluators.len()).max_by_key(size);
    let mut first = largest.map(|at| on_arch(&evaluators[at], groups, shared));
    let mut rest: Vec<Option<OnArch>> = evaluators
        .par_iter()
        .enumerate()
        .map(|(at, evaluator)| (Some(at) != largest).then(|| on_arch(evaluator, groups, shared)))
        .collect();
    let of = rest.iter_mut();
    of.map(|of| of.take().or_else(|| first.take()).unwrap_or_default())
        .collect()
}

fn on_arch(evaluator: &Evaluator<'_>, groups: Groups, shared: &Shared) -> OnArch {
    let model = evaluator.model();
    let arch = &*model.srcarch;
    let mut of = OnArch::default();
    if groups.definitions {
        let is_certain = |finding: &&Diagnostic| finding.lint != model::DIALECT;
        of.problems = model
            .diagnostics
            .iter()
            .filter(is_certain)
            .cloned()
            .collect();
        of.problems.extend(definitions::problems(evaluator));
    }
    // Nothing is concluded from what could not be read.
    if model.unread.is_some() {
        of.unread.clone_from(&model.unread);
        return of;
    }
    if let Some(why) = evaluator.refusal() {
        if groups.unmet && !groups.definitions {
            of.undecided.push(Unanswered {
                lint: alarm::UNMET,
                place: None,
                archs: vec![arch.to_owned()],
                reason: why.to_string(),
                count: 1,
            });
        }
        return of;
    }
    let mut implied = Implied::new(model);
    if groups.unmet {
        let selects = unmet::selects(evaluator, &mut implied, &mut |_| true);
        of.asked = selects.asked;
        of.solved = selects.solved;
        let at = |select| model.location(model.property(select).place);
        for (select, reason) in selects.undecided {
            let one = Unanswered::new(alarm::UNMET, at(select), arch, reason);
            of.undecided.push(one);
        }
        let mut solver = Solver::new(model);
        for hole in selects.holes {
            match alarm::alarm(evaluator, &mut implied, &mut solver, arch, hole) {
                Ok(alarm) => of.alarms.extend(alarm),
                Err(reason) => {
                    let one = Unanswered::new(alarm::UNMET, at(hole.select), arch, reason);
                    of.undecided.push(one);
                }
            }
        }
    }
    let wanted = constant::Wanted {
        conditions: groups.dead,
        style: groups.style,
    };
    if groups.dead || groups.style {
        let keys = shared.keys(model);
        of.claims = constant::claims(model, &mut implied, &keys, shared, wanted, None);
        if groups.dead {
            of.idle = dead::survey(evaluator, &keys, shared, None);
        }
    }
    of
}

/// Asks of the lines that acted nowhere whether they can, on all architectures that read them.
fn dead_lines(
    evaluators: &[Evaluator<'_>],
    idle: &Idle,
    shared: &Shared,
    is_declared: &dyn Fn(&str) -> bool,
) -> Found {
    if idle.keys.is_empty() {
        return Found::default();
    }
    let of_archs: Vec<(&str, dead::Verdicts)> = evaluators
        .par_iter()
        .map(|evaluator| {
            let model = evaluator.model();
            if evaluator.refusal().is_some() {
                // Without configurations nothing is known of the lines of this architecture, and nothing is said of those of all.
                shared.settled().extend(idle.keys.iter().copied());
                return (&*model.srcarch, dead::Verdicts::default());
            }
            let keys = shared.keys(model);
            let mut implied = Implied::new(model);
            let verdicts = dead::verdicts(evaluator, &mut implied, idle, &keys, shared, None);
            (&*model.srcarch, verdicts)
        })
        .collect();
    let (findings, undecided) = dead::findings(&of_archs, shared, evaluators.len(), is_declared);
    Found {
        findings,
        undecided,
        ..Found::default()
    }
}
