//! Owns how findings and verdicts look: one module a format. It does not know how a verdict is reached, and prints nothing.
//!
//! Each format is a function from a [`Report`] to a string. The order of the report is kept; sorting is the caller's part.

pub mod audit;
pub mod checkpatch;
pub mod concise;
pub mod explain;
mod fingerprint;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
pub mod json;
pub mod junit;
pub mod nipa;
#[cfg(test)]
mod samples;
pub mod sarif;
mod visible;

use crate::check::verdict::Verdict;
use crate::diag::{Diagnostic, Level};

/// What a run found, in the order in which it is shown.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The findings. Those of level [`Level::Allow`] are not shown in any format.
    pub findings: &'a [Diagnostic],
    /// The verdicts, those of one feature next to each other.
    pub verdicts: &'a [Verdict],
}

/// Takes a path in the tree, returns the text of the file, or `None` where it cannot be read any more.
///
/// The offsets of a location are offsets into this text. Where they do not fit it, the nearest place is shown.
pub type Source<'a> = &'a dyn Fn(&str) -> Option<String>;

impl<'a> Report<'a> {
    /// How many findings of this level are shown.
    pub fn count(&self, level: Level) -> usize {
        self.shown()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// The findings that are shown.
    fn shown(&self) -> impl Iterator<Item = &'a Diagnostic> + use<'a> {
        self.findings
            .iter()
            .filter(|finding| finding.level != Level::Allow)
    }
}

/// What a finding says, for formats that have one text for it: the headline with its architectures, then notes and help, a
/// line or more each.
fn message(finding: &Diagnostic) -> String {
    let mut text = visible::line(&finding.headline).into_owned();
    if !finding.archs.is_empty() {
        text.push_str(&format!(" [{}]", visible::line(&finding.archs.join(", "))));
    }
    for note in &finding.notes {
        text.push_str(&format!("\nnote: {}", visible::lines(note)));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {}", visible::lines(help)));
    }
    text
}
