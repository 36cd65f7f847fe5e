//! Owns what a run says about the tables: all of those that are meant, compared with Kconfig on all architectures of the tree, as far
//! as it is about the architectures of the run.

use crate::check::error::CheckError;
use crate::check::lints;
use crate::check::outcome::Outcome;
use crate::check::run::levels::Levels;
use crate::check::run::scope::Scope;
use crate::check::run::suppression;
use crate::check::table::{self, Matrix, rows};
use crate::diag::Diagnostic;
use crate::feature::builtin;
use crate::tree::{Tree, TreeError};

/// Returns what is wrong with the rows of these architectures, or with whole tables.
pub fn about(matrix: &Matrix, architectures: &[String]) -> Vec<Diagnostic> {
    let mut findings = lints::run_tables(matrix);
    findings.retain(|finding| {
        finding.archs.is_empty()
            || finding
                .archs
                .iter()
                .any(|arch| architectures.contains(arch))
    });
    findings
}

/// Returns what is wrong with the tables at these paths, or with all of them; nothing where the tree has no such table.
///
/// # Errors
///
/// The tree cannot be read.
pub fn findings(
    tree: &Tree,
    paths: Option<&[String]>,
    architectures: &[String],
) -> Result<Vec<Diagnostic>, TreeError> {
    let mut rows = rows::of_tree(tree, builtin::default())?;
    rows.retain(|row| row.is_in_tree() && paths.is_none_or(|paths| paths.contains(&row.path)));
    if rows.is_empty() {
        return Ok(Vec::new());
    }
    let all = tree.architectures()?;
    let matrix = table::matrix(tree, rows, &all, &mut |_| {})?;
    Ok(about(&matrix, architectures))
}

/// The same, without what is suppressed or ignored.
///
/// # Errors
///
/// The tree cannot be read, or its suppressions are wrong.
pub fn reported_findings(
    tree: &Tree,
    paths: Option<&[String]>,
    architectures: &[String],
    levels: &Levels,
    suppressions: &suppression::Source,
) -> Result<Vec<Diagnostic>, CheckError> {
    let scope = Scope {
        architectures,
        is_of_all_architectures: false,
        features: Vec::new(),
        specs: &[],
        is_of_all_features: false,
        is_of_whole_tree: false,
        is_about_tables: true,
        levels,
    };
    let mut outcome = Outcome {
        findings: findings(tree, paths, architectures)?,
        ..Outcome::default()
    };
    suppression::apply(tree, suppressions, &scope, &mut outcome)?;
    levels.apply(&mut outcome);
    // Anything that is said of the suppressions themselves is for a run about the tables to say.
    outcome
        .findings
        .retain(|finding| lints::is_about_tables(finding.lint));
    Ok(outcome.findings)
}
