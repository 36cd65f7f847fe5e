//! Owns which tables a series bears on, and what a finding about the feature itself says about them.
//!
//! A table is looked at if the series changes its text, or any Kconfig file: what a `select` at the far end of a chain of
//! dependencies does to a feature is for the solver to say, not for names of files.

use std::collections::BTreeSet;

use crate::check::lints::{table_claims_support, table_denies_support, table_other_symbol};
use crate::check::table::{Row, rows};
use crate::diag::{Diagnostic, Level};
use crate::feature::spec::{FEATURES_DIRECTORY, Spec};
use crate::tree::{Tree, TreeError};

/// The tables that a run looks at.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The paths of the tables that were asked for; `None` stands for all.
    pub only: Option<Vec<String>>,
    /// The paths that change between the trees; `None` where all tables are meant, changed or not.
    pub changed: Option<BTreeSet<String>>,
}

impl Tables {
    /// Those that a series bears on: `before` is the tree before it, `trees` are those after its commits.
    pub fn of_series<'a>(
        only: Option<Vec<String>>,
        before: &Tree,
        trees: impl Iterator<Item = &'a Tree>,
    ) -> Self {
        let mut changed = BTreeSet::new();
        let mut last = before;
        for tree in trees {
            let paths = last.changes(tree).into_iter();
            changed.extend(paths.map(|change| change.path.to_string()));
            last = tree;
        }
        let changes_kconfig = changed.iter().any(|path| may_be_kconfig(path));
        Self {
            only,
            changed: (!changes_kconfig).then_some(changed),
        }
    }

    /// Whether no table is looked at, whatever the tree.
    pub fn is_none(&self) -> bool {
        let is_table = |path: &String| path.starts_with(FEATURES_DIRECTORY);
        let changed = self.changed.as_ref();
        changed.is_some_and(|changed| !changed.iter().any(is_table))
    }

    /// The rows of a tree, without cells.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub(in crate::check) fn rows(
        &self,
        tree: &Tree,
        specs: &[Spec],
    ) -> Result<Vec<Row>, TreeError> {
        let mut rows = rows::of_tree(tree, specs)?;
        rows.retain(|row| {
            let only = self.only.as_ref();
            let is_meant = only.is_none_or(|only| only.contains(&row.path));
            let changed = self.changed.as_ref();
            is_meant && row.table.is_some() && changed.is_none_or(|paths| paths.contains(&row.path))
        });
        Ok(rows)
    }
}

/// Whether a file may be one that Kconfig reads. Any name will do for `source`, but none of these is ever used.
fn may_be_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.contains("Kconfig") {
        return true;
    }
    let others = [
        "c", "h", "S", "s", "rs", "rst", "txt", "dts", "dtsi", "dtso", "yaml", "json", "py", "sh",
        "pl", "lds", "config",
    ];
    let is_other = match name.rsplit_once('.') {
        Some((_, extension)) => others.contains(&extension),
        None => ["Makefile", "Kbuild", "MAINTAINERS", "CREDITS", "README"].contains(&name),
    };
    !is_other && !path.starts_with("Documentation/") && !path.starts_with("tools/")
}

/// Whether a finding, or its fix, bears on what a table has to say, so that the finding about the table has to wait: with the
/// first one fixed the table may be right.
pub fn bears_on(finding: &Diagnostic, of_table: &Diagnostic) -> bool {
    // How a table looks is wrong whatever Kconfig says, and what breaks nothing excuses nothing.
    let compared = [
        table_claims_support::LINT.name,
        table_denies_support::LINT.name,
        table_other_symbol::LINT.name,
    ];
    if finding.level == Level::Allow || !compared.contains(&of_table.lint) {
        return false;
    }
    let is_kconfig = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with("Kconfig")
    };
    let edits_kconfig = finding.fix.as_ref().is_some_and(|fix| {
        let mut edits = fix.edits.iter();
        edits.any(|edit| is_kconfig(&edit.location.path))
    });
    let is_same_feature = finding.feature.is_some() && finding.feature == of_table.feature;
    let shares_arch = finding.archs.is_empty()
        || of_table.archs.is_empty()
        || finding
            .archs
            .iter()
            .any(|arch| of_table.archs.contains(arch));
    shares_arch && (is_same_feature || edits_kconfig)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_c_say_nothing_to_kconfig() {
        for path in [
            "mm/memory.c",
            "Documentation/a",
            "arch/x86/Makefile",
            "a.b.h",
        ] {
            assert!(!may_be_kconfig(path), "{path}");
        }
        for path in [
            "mm/Kconfig",
            "arch/x86/Kconfig.cpu",
            "drivers/x/options",
            "a/x.in",
        ] {
            assert!(may_be_kconfig(path), "{path}");
        }
    }
}
