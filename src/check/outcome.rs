//! Owns what a run of [`crate::check`] found.

use crate::check::reported::Reported;
use crate::check::support::verdict::Verdict;
use crate::check::table::Matrix;
use crate::diag::Diagnostic;
use crate::kconfig::model::Unread;

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings, in the order in which they are shown.
    pub findings: Vec<Diagnostic>,
    /// What breaks nothing and is only of interest to who asks for it: of level [`crate::diag::Level::Allow`], in the same
    /// order.
    pub pedantic: Vec<Diagnostic>,
    /// What somebody does not want to be reported, each with its reason; see [`crate::check::run::suppression`].
    pub suppressed: Vec<Reported>,
    /// The verdicts: by feature in the order of the specs, then by architecture.
    pub verdicts: Vec<Verdict>,
    /// The architectures about which nothing is concluded, because a Kconfig file of theirs could not be read, each with the
    /// reason.
    pub unread: Vec<(String, Unread)>,
    /// What the tables say and what Kconfig says, where tables were compared; see [`crate::check::Checker::with_tables`].
    pub matrix: Option<Matrix>,
}
