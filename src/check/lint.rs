//! Owns what a lint is: a name, a group, a level, its documentation, and the pass that runs it.
//!
//! A lint is data. To add one, write its file in `check/lints`, with its [`Docs`] and the function that its [`Pass`] runs, and
//! add it to the list in `check/lints.rs`. Every listing, option, page and test takes it from there.

pub mod group;
mod row;

use crate::check::feature::subject::Subject;
use crate::check::table::{Matrix, Row};
use crate::check::tree::whole;
pub(in crate::check) use crate::diag::identity::add;
use crate::diag::{Diagnostic, Level};
use group::Group;

/// A lint.
#[derive(Clone, Copy, Debug)]
pub struct Lint {
    /// The name in output, on the command line and in configuration files.
    pub name: &'static str,
    /// The group that it belongs to.
    pub group: &'static Group,
    /// The level of its findings unless an option says otherwise; single findings may weigh less.
    pub default_level: Level,
    /// Whether it is reported unless an option says otherwise.
    pub is_on: bool,
    /// Its documentation.
    pub docs: Docs,
    /// Holds what runs it.
    pub pass: Pass,
}

/// The documentation of a lint: plain text with names in backticks, and an empty line between paragraphs.
#[derive(Clone, Copy, Debug)]
pub struct Docs {
    /// Holds what it finds, in one line: lower case, no full stop.
    pub summary: &'static str,
    /// Holds what it reports, and what it does not.
    pub what: &'static str,
    /// Why that is wrong.
    pub why: &'static str,
    /// A few lines of a file that it reports.
    pub example: &'static str,
    /// Holds what to do about it, whether there is an automatic fix, and why that fix is safe.
    pub fix: &'static str,
}

/// The pass over the tree that runs a lint.
#[derive(Clone, Copy, Debug)]
pub enum Pass {
    /// The parser and the models of Kconfig, which report what they cannot read.
    Reading,
    /// The definitions of all Kconfig files, once they are read: what `conf` objects to.
    Definitions,
    /// One feature on all architectures.
    Feature(FeatureFn),
    /// One feature on all architectures, and the survey of the whole tree if that is asked for.
    FeatureAndTree(FeatureFn, TreeFn),
    /// The tables of the tree, one after the other.
    Table(TableFn),
    /// Stands for what a series writes, from tree to tree, and the proofs about all Kconfig files if an option asks for them.
    ChangeAndKconfig,
    /// The proofs about all Kconfig files, which [`crate::check::kconfig`] makes if an option asks for them.
    Kconfig,
    /// One feature on all architectures, and the proofs about all Kconfig files if an option asks for them.
    FeatureAndKconfig(FeatureFn),
    /// The baseline of a run, after all other passes.
    Baseline,
    /// The suppressions of a run, after all other passes.
    Suppression,
}

/// Adds what a lint finds about a feature.
pub type FeatureFn = fn(&Lint, &Subject<'_>, &mut Vec<Diagnostic>);

/// Adds what a lint finds in the survey of the whole tree.
pub type TreeFn = fn(&Lint, &whole::Facts, &mut Vec<Diagnostic>);

/// Adds what a lint finds in one table.
pub type TableFn = fn(&Lint, &Matrix, &Row, &mut Vec<Diagnostic>);

impl Lint {
    /// The level that findings get where nothing says otherwise: a lint that is off reports nothing.
    pub fn level(&self) -> Level {
        if self.is_on {
            self.default_level
        } else {
            Level::Allow
        }
    }

    /// Whether a name is that of the lint or of a group that it belongs to.
    pub fn is_called(&self, name: &str) -> bool {
        self.name == name || self.group.is_in(name)
    }

    /// Whether it looks at tables.
    pub fn is_about_tables(&self) -> bool {
        matches!(self.pass, Pass::Table(_))
    }

    /// Whether it is found in every run of `check`, whatever the features.
    pub fn needs_no_feature(&self) -> bool {
        matches!(self.pass, Pass::Reading | Pass::Definitions)
    }

    /// Whether the proofs about all Kconfig files report it.
    pub fn is_about_kconfig(&self) -> bool {
        matches!(
            self.pass,
            Pass::Kconfig | Pass::FeatureAndKconfig(_) | Pass::ChangeAndKconfig
        )
    }

    /// Whether it is also looked for in the whole tree.
    pub fn is_about_tree(&self) -> bool {
        matches!(self.pass, Pass::FeatureAndTree(..))
    }

    /// A finding of this lint about a feature.
    pub(in crate::check) fn finding(
        &self,
        subject: &Subject<'_>,
        headline: String,
        primary: crate::diag::Label,
    ) -> Diagnostic {
        let symbol = subject.symbol();
        Diagnostic::new(self.name, self.level(), headline, primary)
            .about(&subject.spec.name, symbol)
    }
}
