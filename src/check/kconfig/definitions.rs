//! Owns what `conf` itself refuses or warns about in the files of an architecture, as findings.
//!
//! Describes what is wrong in one file ([`crate::kconfig::model::Model::diagnostics`]) comes with the model; this adds what only shows once
//! all files are put together: types that contradict each other, defaults in a choice, dependencies that lead back to where they
//! start.

use crate::diag::Diagnostic;
use crate::kconfig::eval::Evaluator;

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
