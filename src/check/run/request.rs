//! Owns what a run is asked for, and the way from there to what it reports: of one tree or of a series, with the tables and proofs
//! that are asked for, without what is suppressed, each finding at its level.
//!
//! It must not know arguments, the cache or formats of output.

use std::sync::Arc;

use crate::check::conclude;
use crate::check::error::CheckError;
use crate::check::feature::search::Search;
use crate::check::kconfig::Groups;
use crate::check::lint::Lint;
use crate::check::lints;
use crate::check::memo::Checker;
use crate::check::memo::kept::{Keep, Kept};
use crate::check::outcome::Outcome;
use crate::check::reported::{Commit, Reported};
use crate::check::run::cells::ChangedCell;
use crate::check::run::levels::Levels;
use crate::check::run::passes::Passes;
use crate::check::run::scope::Scope;
use crate::check::run::series::{History, SeriesError, series};
use crate::check::run::step::Step;
use crate::check::run::{kconfig, suppression, tables};
use crate::check::support::verdict::Verdict;
use crate::check::table::bearing::Tables;
use crate::diag::{self, Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::kconfig::model::Unread;
use crate::tree::Tree;

/// The input of a run.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// The features.
    pub specs: &'a [Spec],
    /// The architectures; none for all of the tree.
    pub architectures: &'a [String],
    /// Whether these are all features that are known without a choice.
    pub is_of_all_features: bool,
    /// Whether the whole tree is looked through, and all its files for users of the features.
    pub is_of_whole_tree: bool,
    /// Which lints are reported, and at which level.
    pub levels: &'a Levels,
    /// The findings not to report.
    pub suppressions: &'a suppression::Source,
}

/// The result of a run.
#[derive(Debug)]
pub struct Checked {
    /// The findings; of a series those that it brings.
    pub findings: Vec<Reported>,
    /// Suppressed findings.
    pub suppressed: Vec<Reported>,
    /// Findings that break nothing.
    pub pedantic: Vec<Reported>,
    /// The verdicts, of a series those on the last tree.
    pub verdicts: Vec<Verdict>,
    /// The architectures about which nothing is concluded, each with the reason.
    pub unread: Vec<(String, Unread)>,
    /// The other effects of a series.
    pub series: Option<CheckedSeries>,
    /// The trees that the findings' places are in.
    pub trees: Vec<Tree>,
    /// The architectures that were looked at, of several trees those of the last.
    pub architectures: Vec<String>,
}

/// The effects of a series besides the findings that it introduces.
#[derive(Debug)]
pub struct CheckedSeries {
    /// The commits.
    pub commits: Vec<Arc<Commit>>,
    /// Findings that it fixes.
    pub fixed: Vec<Reported>,
    /// Findings that were there before and still are.
    pub known: Vec<Reported>,
    /// The cells of the matrix that differ.
    pub cells: Vec<ChangedCell>,
}

impl<'a> Request<'a> {
    /// Where users of the features are looked for.
    fn search(&self) -> Search {
        match self.is_of_whole_tree {
            true => Search::Whole,
            false => Search::Near,
        }
    }

    /// The passes that it makes over a tree.
    fn passes(&self) -> Passes {
        Passes::new(self.levels, !self.is_of_all_features)
    }

    /// The paths of the tables that belong to the features; `None` for all tables of the tree, where no feature was chosen.
    fn tables(&self) -> Option<Vec<String>> {
        (!self.is_of_all_features).then(|| self.specs.iter().map(Spec::table_path).collect())
    }

    /// The scope of a run over these architectures.
    pub fn scope<'s>(&'s self, architectures: &'s [String]) -> Scope<'s> {
        Scope {
            architectures,
            is_of_all_architectures: self.architectures.is_empty(),
            features: self
                .specs
                .iter()
                .map(|spec| spec.name.to_string())
                .collect(),
            specs: self.specs,
            is_of_all_features: self.is_of_all_features,
            is_of_whole_tree: self.is_of_whole_tree,
            is_about_tables: false,
            levels: self.levels,
        }
    }

    /// Checks one tree on `architectures`. After each step `done` is called with its name.
    ///
    /// # Errors
    ///
    /// The tree lacks a file that a feature names, or cannot be read, or its suppressions are wrong.
    pub fn check(
        &self,
        tree: &Tree,
        architectures: &[String],
        done: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, CheckError> {
        self.check_from(tree, architectures, None, None, done)
    }

    /// The same, which goes on from the pieces of an earlier run, if there are such, and gives its own to `keep`.
    ///
    /// # Errors
    ///
    /// As [`Request::check`].
    pub fn check_from(
        &self,
        tree: &Tree,
        architectures: &[String],
        kept: Option<Box<Kept>>,
        keep: Option<Arc<dyn Keep>>,
        done: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, CheckError> {
        let passes = self.passes();
        let mut outcome = match passes.features {
            true => Checker::once(self.specs, self.search())
                .with_kept(kept)
                .keeping(keep)
                .check(tree, architectures, done)?,
            false => Outcome::default(),
        };
        if passes.tables {
            let of_tables = tables::findings(tree, self.tables().as_deref(), architectures)?;
            outcome.findings.extend(of_tables);
            diag::sort(&mut outcome.findings);
        }
        self.finish_with(passes.kconfig, tree, architectures, &mut outcome)?;
        done("rest");
        Ok(outcome)
    }

    /// The checker for the trees of a series, one after the other. It holds their models, which takes a moment to free.
    pub fn checker(&self, before: &Tree, steps: &[Step]) -> Checker<'a> {
        let trees = steps.iter().map(|step| &step.tree);
        // The models are needed for the lines that the series changes, whatever is reported.
        let has_tables = self.levels.may_report_some(Lint::is_about_tables);
        let (specs, tables) = match self.passes().features || has_tables {
            true => (self.specs, Tables::of_series(self.tables(), before, trees)),
            false => (&[][..], Tables::none()),
        };
        Checker::for_series(specs, self.search())
            .with_tables(tables)
            .with_names(self.is_of_all_features)
    }

    /// Checks the tree before a series and the one after each commit. `next` is called before each tree with the number of commits
    /// that it has, `done` after each step of each tree.
    ///
    /// # Errors
    ///
    /// A tree cannot be checked.
    pub fn check_series(
        &self,
        checker: &mut Checker<'a>,
        before: &Tree,
        steps: &[Step],
        next: &mut dyn FnMut(usize),
        done: &mut dyn FnMut(&'static str),
    ) -> Result<History, SeriesError> {
        let architectures = |tree: &Tree| {
            let mut all = tree.architectures()?;
            all.retain(|arch| self.architectures.is_empty() || self.architectures.contains(arch));
            Ok(all)
        };
        let finish = |tree: &Tree, architectures: &[String], outcome: &mut Outcome| {
            self.finish(tree, architectures, outcome)
        };
        series(checker, before, steps, &architectures, &finish, next, done)
    }

    /// Adds the proofs about Kconfig that are asked for to what a checker has found in a tree, puts aside what is suppressed, and gives
    /// each finding its level.
    ///
    /// # Errors
    ///
    /// The tree cannot be read, or its suppressions are wrong.
    pub fn finish(
        &self,
        tree: &Tree,
        architectures: &[String],
        outcome: &mut Outcome,
    ) -> Result<(), CheckError> {
        // The checker has reported what the models could not read, and what `conf` objects to.
        let groups = Groups {
            definitions: false,
            ..self.passes().kconfig
        };
        self.finish_with(groups, tree, architectures, outcome)
    }

    fn finish_with(
        &self,
        groups: Groups,
        tree: &Tree,
        architectures: &[String],
        outcome: &mut Outcome,
    ) -> Result<(), CheckError> {
        kconfig::add(tree, architectures, groups, self.specs, outcome)?;
        suppression::apply(tree, self.suppressions, &self.scope(architectures), outcome)?;
        self.levels.apply(outcome);
        Ok(())
    }

    /// The findings whose fixes are made in a tree: those of the run, of what breaks nothing those with a fix, and what is wrong
    /// with the tables, unless another fix comes first.
    ///
    /// # Errors
    ///
    /// The tree cannot be read, or its suppressions are wrong.
    pub fn to_fix(
        &self,
        tree: &Tree,
        architectures: &[String],
        findings: &[Reported],
        pedantic: &[Reported],
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let with_fix = pedantic.iter().filter(|finding| finding.fix.is_some());
        let all = findings.iter().chain(with_fix);
        let mut to_fix: Vec<Diagnostic> = all.map(|one| one.finding.clone()).collect();
        let (levels, suppressions) = (self.levels, self.suppressions);
        let paths = self.tables();
        let mut of_tables =
            tables::reported_findings(tree, paths.as_deref(), architectures, levels, suppressions)?;
        if levels.asks_for(Lint::is_about_tables) {
            to_fix.retain(|finding| !lints::is_about_tables(finding.lint));
        }
        // Where the feature itself is broken, its table may be right: the other fixes come first.
        of_tables.retain(|of_table| {
            let mut findings = findings.iter();
            !findings.any(|finding| conclude::bears_on(finding, of_table))
        });
        to_fix.extend(of_tables);
        Ok(to_fix)
    }
}

impl Checked {
    /// The findings of one tree.
    pub fn from_tree(tree: Tree, architectures: Vec<String>, outcome: Outcome) -> Self {
        Self {
            findings: Reported::all(outcome.findings),
            suppressed: outcome.suppressed,
            pedantic: Reported::all(outcome.pedantic),
            verdicts: outcome.verdicts,
            unread: outcome.unread,
            series: None,
            trees: vec![tree],
            architectures,
        }
    }

    /// The effects of a series; `architectures` are those of its last tree.
    pub fn from_series(
        before: Tree,
        steps: &[Step],
        architectures: Vec<String>,
        history: History,
    ) -> Self {
        let trees = steps.iter().map(|step| step.tree.clone());
        Self {
            findings: history.new,
            suppressed: history.suppressed,
            pedantic: history.pedantic,
            verdicts: history.verdicts,
            unread: history.unread,
            series: Some(CheckedSeries {
                commits: steps.iter().map(|step| step.commit.clone()).collect(),
                fixed: history.fixed,
                known: history.known,
                cells: history.cells,
            }),
            trees: std::iter::once(before).chain(trees).collect(),
            architectures,
        }
    }

    /// Takes out what breaks nothing, as notes.
    pub fn take_pedantic(&mut self) -> Vec<Reported> {
        let mut notes = std::mem::take(&mut self.pedantic);
        for note in &mut notes {
            note.level = Level::Note;
        }
        notes
    }

    /// The tree that a finding's place is in.
    pub fn tree_of(&self, finding: &Reported) -> Option<&Tree> {
        let index = finding.episode.as_ref().map_or(0, |episode| episode.tree);
        self.trees.get(index)
    }
}
