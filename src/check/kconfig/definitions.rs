//! Owns what `conf` itself refuses or warns about in the files of an architecture, as findings.
//!
//! Describes what is wrong in one file ([`crate::kconfig::model::Model::diagnostics`]) comes with the model; this adds what only shows once
//! all files are put together: types that contradict each other, defaults in a choice, dependencies that lead back to where they
//! start.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::names::UNDECLARED;
use crate::diag::Diagnostic;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::DEFINITION;

/// Everything that `conf` would refuse or warn about once all files are read. Loops come last.
pub fn problems(evaluator: &Evaluator<'_>) -> Vec<Diagnostic> {
    let problems = evaluator.problems();
    let mut found: Vec<Diagnostic> = Vec::new();
    for problem in &problems {
        let mut finding = evaluator.finding(problem);
        finding.symbol = Some(evaluator.model().name(problem.symbol)).filter(|name| name != "n");
        let is_known = found
            .iter()
            .any(|known| known.primary == finding.primary && known.headline == finding.headline);
        if !is_known {
            found.push(finding);
        }
    }
    found
}

/// Drops the warnings of `conf` about an undeclared name, such as that it does not belong to the choice or cannot be a number:
/// the finding about the name covers the same mistake and says how to fix it.
pub fn leave_undeclared(findings: &mut Vec<Diagnostic>) {
    let mut lines: FxHashMap<(Arc<str>, u32), Vec<String>> = FxHashMap::default();
    for finding in findings.iter().filter(|one| one.lint == UNDECLARED) {
        let Some(symbol) = &finding.symbol else {
            continue;
        };
        for label in std::iter::once(&finding.primary).chain(&finding.secondary) {
            let line = (label.location.path.clone(), label.location.line);
            lines.entry(line).or_default().push(format!("`{symbol}`"));
        }
    }
    findings.retain(|finding| {
        let at = &finding.primary.location;
        let undeclared = lines.get(&(at.path.clone(), at.line));
        let mut names = undeclared.into_iter().flatten();
        finding.lint != DEFINITION || !names.any(|name| finding.headline.contains(name))
    });
}
