//! Owns how findings and verdicts look: one module a format. It does not know how a verdict is reached, and prints nothing.
//!
//! Each format is a function from a [`Report`] to a string. The order of the report is kept; sorting is the caller's part.

pub mod audit;
pub mod baseline;
pub mod checkpatch;
pub mod concise;
pub mod explain;
pub mod feature;
pub mod github;
pub mod gitlab;
pub mod graph;
pub mod human;
pub mod json;
pub mod junit;
pub mod letter;
pub mod matrix;
pub mod nipa;
pub mod overview;
pub mod reply;
#[cfg(test)]
mod samples;
pub mod sarif;
mod visible;
pub mod want;
pub mod wrap;

use std::sync::Arc;

use crate::check::reported::{Commit, Reported, Status};
use crate::check::run::cells::ChangedCell;
use crate::check::support::verdict::Verdict;
use crate::diag::{Level, Text};

/// The result of a run, in display order.
#[derive(Clone, Copy, Debug, Default)]
pub struct Report<'a> {
    /// The findings. Those of level [`Level::Allow`] are not shown in any format.
    pub findings: &'a [Reported],
    /// The verdicts, those of one feature next to each other.
    pub verdicts: &'a [Verdict],
    /// The commits of a series and their effects, if a series was checked.
    pub series: Option<Series<'a>>,
    /// The number of findings that a baseline removed, if there is a baseline.
    pub baseline: Option<OfBaseline>,
    /// Suppressed findings, each with its reason. Only formats for programs show them, the others count them.
    pub suppressed: &'a [Reported],
    /// Counts of features without findings.
    pub features: OfFeatures,
}

/// The features without findings in a run over several features.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfFeatures {
    /// Whether all lints that judge a contract were on and every finding is reported, so that a feature without findings keeps its
    /// contract.
    pub is_contract_checked: bool,
    /// How many features were not checked, because the tree does not have them.
    pub skipped: usize,
}

/// The effect of a baseline on the findings.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct OfBaseline {
    /// How many findings are in it. They are among the findings of the report only if all were asked for.
    pub known: usize,
    /// How many of its entries match nothing any more.
    pub unused: usize,
}

/// The effects of the commits of a series. How each finding relates to them is in its [`crate::check::reported::Episode`].
#[derive(Clone, Copy, Debug, Default)]
pub struct Series<'a> {
    /// The commits in their order.
    pub commits: &'a [Arc<Commit>],
    /// The findings that were there before and are not afterwards.
    pub fixed: &'a [Reported],
    /// How many findings were there before and are still. They are among the findings only if all were asked for.
    pub known: usize,
    /// The cells of the matrix that the series changes.
    pub cells: &'a [ChangedCell],
}

pub use crate::check::run::baseline::Source;

/// [`Source`] for the places of one finding.
type SourceOfOne<'a> = &'a dyn Fn(&str) -> Option<Text>;

/// A text as a terminal may get it on one line: what it would obey, or not show at all, and a line's end are replaced by their
/// pictures.
pub fn harmless_line(text: &str) -> std::borrow::Cow<'_, str> {
    visible::line(text)
}

/// A document of JSON with all of that as `\u…`.
pub fn harmless_document(text: &str) -> std::borrow::Cow<'_, str> {
    visible::json(text)
}

/// One line on how a finding relates to its series; nothing if a single patch says it all.
fn episode(finding: &Reported) -> Option<String> {
    let episode = finding.episode.as_ref()?;
    match (episode.status, &episode.since, &episode.until) {
        (Status::Known, Some(since), _) => Some(format!("in the baseline, since {since}")),
        (Status::Known, ..) => Some("this finding is not new".to_owned()),
        (_, Some(since), None) => match &episode.suppressed {
            Some(commit) => Some(format!("since {since}; {}", suppressed(commit))),
            None => (since.of > 1 || since.id.is_some()).then(|| format!("since {since}")),
        },
        (_, Some(since), Some(until)) => {
            let broken = match until.number - since.number {
                1 => format!("at {}/{}", since.number, since.of),
                _ => format!(
                    "from {}/{of} to {}/{of}",
                    since.number,
                    until.number - 1,
                    of = since.of
                ),
            };
            let broken = format!("broken {broken}: not bisectable");
            Some(match &episode.suppressed {
                Some(commit) => format!("{broken}; {}", suppressed(commit)),
                None => broken,
            })
        }
        (_, None, Some(until)) => Some(format!("fixed by {until}")),
        (_, None, None) => None,
    }
}

/// From which commit on a finding is suppressed.
fn suppressed(commit: &Commit) -> String {
    format!(
        "suppressed, not fixed, from {}/{} on",
        commit.number, commit.of
    )
}

impl<'a> Report<'a> {
    /// How many findings of this level are shown.
    pub fn count(&self, level: Level) -> usize {
        self.shown()
            .filter(|finding| finding.level == level)
            .count()
    }

    /// Whether there are findings that are shown.
    pub fn has_findings(&self) -> bool {
        self.shown().next().is_some()
    }

    /// The findings that are shown.
    fn shown(&self) -> impl Iterator<Item = &'a Reported> + use<'a> {
        shown(self.findings)
    }
}

/// Those of the findings that are shown in some format.
fn shown(findings: &[Reported]) -> impl Iterator<Item = &Reported> {
    findings
        .iter()
        .filter(|finding| finding.level != Level::Allow)
}

/// The text of a finding, for formats that show it as one text: the headline with its architectures, then notes and help, a
/// line or more each.
fn message(finding: &Reported) -> String {
    let mut text = visible::line(&finding.headline).into_owned();
    if !finding.archs.is_empty() {
        text.push_str(&format!(" [{}]", visible::line(&finding.archs.join(", "))));
    }
    if let Some(episode) = episode(finding) {
        text.push_str(&format!("\nnote: {}", visible::line(&episode)));
    }
    for note in &finding.notes {
        text.push_str(&format!("\nnote: {}", visible::lines(note)));
    }
    if let Some(help) = &finding.help {
        text.push_str(&format!("\nhelp: {}", visible::lines(help)));
    }
    text
}
