//! Owns what is proved about the Kconfig lines that a series touches: the unmet dependencies that it brings, and the lines without effect.
//!
//! Each tree is compared with the one before the series, so that a state which the series completes comes and goes as all other
//! findings do.

use std::collections::BTreeSet;

use similar::{DiffOp, TextDiff};

use crate::check::error::CheckError;
use crate::check::kconfig::before::{Before, Summary};
use crate::check::kconfig::differences::Differences;
use crate::check::kconfig::names::is_kconfig;
use crate::check::kconfig::touched::Touched;
use crate::check::kconfig::{self, brought::brought, idle::idle, undecided};
use crate::check::lints;
use crate::check::memo::Checker;
use crate::check::outcome::Outcome;
use crate::diag::{Diagnostic, Level};
use crate::kconfig::model::Model;
use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::{File, StatementKind};
use crate::tree::Tree;

/// Larger files are not compared, in bytes.
const MAX_SIZE: usize = 4 << 20;

/// The changes of a series, followed from tree to tree.
#[derive(Debug, Default)]
pub struct Unmet {
    /// The tree before the series.
    before: Option<(Tree, Summary)>,
    /// The tree that was asked last.
    last: Option<Tree>,
    /// The findings in it.
    found: Vec<Diagnostic>,
    /// Those about what could not be decided, which nothing else says.
    undecided: Vec<Diagnostic>,
}

impl Unmet {
    /// Takes up the next tree, which `checker` has just checked, and adds what the series so far brings to what was found in it.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub fn follow(
        &mut self,
        tree: &Tree,
        checker: &Checker<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), CheckError> {
        let Some((before, summary)) = &self.before else {
            let models: Vec<&Model> = checker.models().collect();
            self.before = Some((tree.clone(), Summary::new(&models)));
            return Ok(());
        };
        let since = self.last.as_ref().unwrap_or(before);
        let bears_on_models = |path: &str| is_kconfig(path) || path.starts_with("scripts/");
        let mut changes = since.changes(tree).into_iter();
        if changes.any(|change| bears_on_models(&change.path)) {
            let models: Vec<&Model> = checker.models().collect();
            let touched = touched(before, tree);
            let before = Before {
                summary,
                models: &checker.models_of(before)?,
            };
            let mut found = match touched.is_empty() {
                true => kconfig::Found::default(),
                false => brought(before, &models, &touched),
            };
            let count = tree.architectures()?.len();
            let alarms = found.alarms.iter();
            self.found = alarms
                .map(|alarm| alarm.finding(Level::Deny, alarm.archs.len() == count))
                .collect();
            // A line without effect has none on any architecture.
            if !touched.is_empty() && models.len() == count {
                let idle = idle(before, &models, &touched);
                self.found.extend(idle.findings);
                found.undecided.extend(idle.undecided);
            }
            self.undecided = undecided::findings(&found.undecided);
        }
        self.last = Some(tree.clone());
        let mut found = self.found.clone();
        found.retain(|finding| !is_told(finding, outcome));
        outcome.findings.append(&mut found);
        outcome.findings.extend(self.undecided.iter().cloned());
        Ok(())
    }
}

/// Whether something else says it already: a feature's own lint about the same line, that a name which the symbol depends on is
/// declared nowhere, or that users of the old name of the symbol in this line are left.
fn is_told(finding: &Diagnostic, outcome: &Outcome) -> bool {
    let at = |finding: &Diagnostic| {
        let place = &finding.primary.location;
        (place.path.clone(), place.line)
    };
    let mut known = outcome.findings.iter().chain(&outcome.pedantic);
    known.any(|known| {
        let is_name = known.lint == lints::undeclared_name::LINT.name;
        let names = |name: &str| {
            let dependencies = finding.secondary.iter().map(|label| &*label.text);
            let mut words = dependencies
                .chain([&*finding.headline])
                .flat_map(|text| text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_'));
            words.any(|word| word == name)
        };
        (known.lint == finding.lint || is_name) && at(known) == at(finding)
            || is_name && known.symbol.as_deref().is_some_and(names)
    })
}

/// Whether a line of a Kconfig file says nothing: a blank one or a comment.
fn is_silent(line: &str) -> bool {
    let line = line.trim_start();
    line.is_empty() || line.starts_with('#')
}

/// The lines of Kconfig files that `tree` has otherwise than `before`.
fn touched(before: &Tree, tree: &Tree) -> Touched {
    let mut touched = Touched::new();
    let mut sources = BTreeSet::new();
    for change in before.changes(tree) {
        if !is_kconfig(&change.path) {
            continue;
        }
        let text = |tree: &Tree| tree.read_text(&change.path).unwrap_or_default();
        let (old, new) = (text(before), text(tree));
        if old.len().max(new.len()) > MAX_SIZE {
            touched.add_file(&change.path);
            continue;
        }
        let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
            (old.lines().collect(), new.lines().collect());
        for op in TextDiff::from_lines(&*old, &*new).ops() {
            let of_old = old_lines.get(op.old_range()).unwrap_or_default();
            let of_new = new_lines.get(op.new_range()).unwrap_or_default();
            if of_old.iter().chain(of_new).all(|line| is_silent(line)) {
                continue;
            }
            let lines = op.new_range();
            let (first, last) = (lines.start as u32 + 1, lines.end as u32);
            match op {
                DiffOp::Equal { .. } => {}
                // The line before and the line after are what is left of the place.
                DiffOp::Delete { .. } => {
                    touched.add_lines(&change.path, first.saturating_sub(1), first);
                }
                _ => touched.add_lines(&change.path, first, last),
            }
        }
        let file = |text: &str| File::parse(change.path.as_str().into(), text.to_owned());
        let differences = Differences::new(&file(&old), &file(&new));
        for name in &differences.symbols {
            touched.add_symbol(name);
        }
        for name in &differences.targets {
            touched.add_target(name);
        }
        sources.extend(differences.sources);
    }
    add_sources(tree, sources.into_iter().collect(), &mut touched);
    touched
}

/// Adds files that are sourced in other blocks now, with all that they source.
fn add_sources(tree: &Tree, mut pending: Vec<String>, touched: &mut Touched) {
    let mut seen = BTreeSet::new();
    while let Some(path) = pending.pop() {
        if !is_kconfig(&path) || !seen.insert(path.clone()) {
            continue;
        }
        let Ok(text) = tree.read_text(&path) else {
            continue;
        };
        touched.add_file(&path);
        let file = File::parse(path.as_str().into(), text);
        each_statement(file.statements(), &mut |statement| {
            if let StatementKind::Source(word) = statement.kind
                && !file.word(word).kind.needs_expansion()
            {
                pending.push(file.word_text(word).to_owned());
            }
        });
    }
}
