//! Owns what a run of [`crate::check`] found.

use crate::check::reported::Reported;
use crate::check::support::verdict::Verdict;
use crate::check::table::Matrix;
use crate::diag::Diagnostic;
use crate::kconfig::model::Unread;

/// The result of a run.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings, in the order in which they are shown.
    pub findings: Vec<Diagnostic>,
    /// Findings that break nothing and are shown only on request: those of level [`crate::diag::Level::Allow`], in the same
    /// order.
    pub pedantic: Vec<Diagnostic>,
    /// Suppressed findings, each with its reason; see [`crate::check::run::suppression`].
    pub suppressed: Vec<Reported>,
    /// The verdicts: by feature in the order of the specs, then by architecture.
    pub verdicts: Vec<Verdict>,
    /// The architectures about which nothing is concluded, because a Kconfig file of theirs could not be read, each with the
    /// reason.
    pub unread: Vec<(String, Unread)>,
    /// The tables beside Kconfig, where tables were compared; see [`crate::check::Checker::with_tables`].
    pub matrix: Option<Matrix>,
}
