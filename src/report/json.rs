//! Owns the formats `json` and `jsonl`: their structures, which `docs/schema/report.schema.json` describes for programs.
//!
//! The structures are views of their own, so that a rename inside the program never changes what is written.

use std::sync::Arc;

use serde::Serialize;

use super::{OfBaseline, Report, Series, visible};
use crate::check::reported::{Commit, Episode, Reason, Reported};
use crate::check::run::cells::{ChangedCell, State};
use crate::check::support::verdict::{Evidence, Verdict};
use crate::diag::{Fix, Label, Location};
use crate::feature::arch_support::Status;

/// The version of the schema. The first number changes when a field goes away or changes its meaning, the second when one
/// is added.
pub const SCHEMA_VERSION: &str = "1.4";

/// The report as one JSON object, indented, with a line's end.
pub fn render(report: &Report<'_>) -> String {
    let document = Document {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        findings: report.shown().map(FindingView::of).collect(),
        verdicts: report.verdicts.iter().map(VerdictView::of).collect(),
        series: report.series.as_ref().map(SeriesView::of),
        baseline: report.baseline.map(BaselineView::of),
        suppressed: super::shown(report.suppressed)
            .map(FindingView::of)
            .collect(),
    };
    written(&document)
}

/// A document as JSON, indented, with a line's end: the form of every format that is one.
pub(super) fn written(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_else(|error| {
        unreachable!("invariant: the views have only strings, numbers and lists: {error}")
    });
    text.push('\n');
    visible::json(&text).into_owned()
}

/// The report as JSON Lines: an object a line, each finding as in `json` with `"kind": "finding"`, each one that is suppressed
/// with `"kind": "suppressed"`, then each verdict with `"kind": "verdict"`, and over a series each changed cell of the matrix with
/// `"kind": "cell"`. A report with none of them is the empty string.
pub fn render_lines(report: &Report<'_>) -> String {
    let findings = report.shown().map(FindingView::of).map(LineView::Finding);
    let verdicts = report.verdicts.iter().map(VerdictView::of);
    let suppressed = super::shown(report.suppressed).map(FindingView::of);
    let suppressed = suppressed.map(LineView::Suppressed);
    let cells = report.series.iter().flat_map(|series| series.cells);
    let mut text = String::new();
    for line in findings
        .chain(suppressed)
        .chain(verdicts.map(LineView::Verdict))
        .chain(cells.map(CellView::of).map(LineView::Cell))
    {
        text.push_str(&serde_json::to_string(&line).unwrap_or_else(|error| {
            unreachable!("invariant: the views have only strings, numbers and lists: {error}")
        }));
        text.push('\n');
    }
    visible::json(&text).into_owned()
}

/// One line of `jsonl`.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
enum LineView<'a> {
    Finding(FindingView<'a>),
    Suppressed(FindingView<'a>),
    Verdict(VerdictView<'a>),
    Cell(CellView<'a>),
}

/// The whole document.
#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kfeat: &'static str,
    findings: Vec<FindingView<'a>>,
    verdicts: Vec<VerdictView<'a>>,
    series: Option<SeriesView<'a>>,
    baseline: Option<BaselineView>,
    suppressed: Vec<FindingView<'a>>,
}

/// The effect of a baseline.
#[derive(Serialize)]
struct BaselineView {
    known: usize,
    unused: usize,
}

impl BaselineView {
    fn of(baseline: OfBaseline) -> Self {
        Self {
            known: baseline.known,
            unused: baseline.unused,
        }
    }
}

/// The effects of the commits of a series.
#[derive(Serialize)]
struct SeriesView<'a> {
    commits: Vec<CommitView<'a>>,
    fixed: Vec<FindingView<'a>>,
    known: usize,
    cells: Vec<CellView<'a>>,
}

impl<'a> SeriesView<'a> {
    fn of(series: &Series<'a>) -> Self {
        Self {
            commits: series
                .commits
                .iter()
                .map(|commit| CommitView::of(commit))
                .collect(),
            fixed: super::shown(series.fixed).map(FindingView::of).collect(),
            known: series.known,
            cells: series.cells.iter().map(CellView::of).collect(),
        }
    }
}

/// A cell of the matrix that a series changes.
#[derive(Serialize)]
struct CellView<'a> {
    feature: &'a str,
    arch: &'a str,
    before: Option<StateView<'a>>,
    after: Option<StateView<'a>>,
    place: Option<PlaceView<'a>>,
}

impl<'a> CellView<'a> {
    fn of(cell: &'a ChangedCell) -> Self {
        Self {
            feature: &cell.feature,
            arch: &cell.arch,
            before: cell.before.as_ref().map(StateView::of),
            after: cell.after.as_ref().map(StateView::of),
            place: cell.place.as_ref().map(PlaceView::of),
        }
    }
}

/// The state of a cell in one tree.
#[derive(Serialize)]
struct StateView<'a> {
    supported: &'static str,
    condition: Option<&'a str>,
    documented: Option<&'a str>,
}

impl<'a> StateView<'a> {
    fn of(state: &'a State) -> Self {
        Self {
            supported: state.supported.word(),
            condition: state.condition.as_deref(),
            documented: state.documented.as_ref().map(Status::word),
        }
    }
}

/// A commit or a patch.
#[derive(Serialize)]
struct CommitView<'a> {
    number: u32,
    id: Option<&'a str>,
    subject: &'a str,
}

impl<'a> CommitView<'a> {
    fn of(commit: &'a Commit) -> Self {
        Self {
            number: commit.number,
            id: commit.id.as_deref(),
            subject: &commit.subject,
        }
    }
}

/// Where in a series a finding comes and goes; commits by their numbers.
#[derive(Serialize)]
struct EpisodeView {
    status: &'static str,
    since: Option<u32>,
    until: Option<u32>,
    suppressed: Option<u32>,
    tree: usize,
}

impl EpisodeView {
    fn of(episode: &Episode) -> Self {
        let number = |commit: &Arc<Commit>| commit.number;
        Self {
            status: episode.status.word(),
            since: episode.since.as_ref().map(number),
            until: episode.until.as_ref().map(number),
            suppressed: episode.suppressed.as_ref().map(number),
            tree: episode.tree,
        }
    }
}

/// A finding.
#[derive(Serialize)]
struct FindingView<'a> {
    lint: &'a str,
    level: &'static str,
    headline: &'a str,
    feature: Option<&'a str>,
    symbol: Option<&'a str>,
    archs: &'a [String],
    primary: LabelView<'a>,
    secondary: Vec<LabelView<'a>>,
    notes: &'a [String],
    help: Option<&'a str>,
    fix: Option<FixView<'a>>,
    episode: Option<EpisodeView>,
    suppression: Option<ReasonView<'a>>,
}

/// Why a finding is not reported, and where that stands.
#[derive(Serialize)]
struct ReasonView<'a> {
    reason: &'a str,
    #[serde(flatten)]
    place: PlaceView<'a>,
}

impl<'a> ReasonView<'a> {
    fn of(reason: &'a Reason) -> Self {
        Self {
            reason: &reason.text,
            place: PlaceView::of(&reason.place),
        }
    }
}

impl<'a> FindingView<'a> {
    fn of(finding: &'a Reported) -> Self {
        Self {
            lint: finding.lint,
            level: finding.level.word(),
            headline: &finding.headline,
            feature: finding.feature.as_deref(),
            symbol: finding.symbol.as_deref(),
            archs: &finding.archs,
            primary: LabelView::of(&finding.primary),
            secondary: finding.secondary.iter().map(LabelView::of).collect(),
            notes: &finding.notes,
            help: finding.help.as_deref(),
            fix: finding.fix.as_ref().map(FixView::of),
            episode: finding.episode.as_ref().map(EpisodeView::of),
            suppression: finding.suppression.as_ref().map(ReasonView::of),
        }
    }
}

/// A change that fixes a finding.
#[derive(Serialize)]
struct FixView<'a> {
    title: &'a str,
    edits: Vec<LabelView<'a>>,
}

impl<'a> FixView<'a> {
    fn of(fix: &'a Fix) -> Self {
        let edits = fix.edits.iter();
        Self {
            title: &fix.title,
            edits: edits
                .map(|edit| LabelView::at(&edit.location, &edit.text))
                .collect(),
        }
    }
}

/// A place with a text: a label, or the replacement.
#[derive(Serialize)]
struct LabelView<'a> {
    #[serde(flatten)]
    place: PlaceView<'a>,
    start: u32,
    end: u32,
    text: &'a str,
}

impl<'a> LabelView<'a> {
    fn of(label: &'a Label) -> Self {
        Self::at(&label.location, &label.text)
    }

    fn at(location: &'a Location, text: &'a str) -> Self {
        Self {
            place: PlaceView::of(location),
            start: location.start,
            end: location.end,
            text,
        }
    }
}

/// A place.
#[derive(Serialize)]
pub(super) struct PlaceView<'a> {
    path: &'a str,
    line: u32,
    column: u32,
}

impl<'a> PlaceView<'a> {
    pub(super) fn of(location: &'a Location) -> Self {
        Self {
            path: &location.path,
            line: location.line,
            column: location.column,
        }
    }
}

/// A verdict.
#[derive(Serialize)]
struct VerdictView<'a> {
    feature: &'a str,
    arch: &'a str,
    supported: &'static str,
    condition: Option<&'a str>,
    reason: Option<&'a str>,
    evidence: Vec<EvidenceView<'a>>,
}

impl<'a> VerdictView<'a> {
    fn of(verdict: &'a Verdict) -> Self {
        Self {
            feature: &verdict.feature,
            arch: &verdict.arch,
            supported: verdict.supported.word(),
            condition: verdict.condition.as_deref(),
            reason: verdict.reason.as_deref(),
            evidence: verdict.evidence.iter().map(EvidenceView::of).collect(),
        }
    }
}

/// A place that a verdict rests on.
#[derive(Serialize)]
struct EvidenceView<'a> {
    role: &'static str,
    symbol: &'a str,
    condition: Option<&'a str>,
    #[serde(flatten)]
    place: PlaceView<'a>,
    note: Option<&'a str>,
}

impl<'a> EvidenceView<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        Self {
            role: evidence.role.word(),
            symbol: &evidence.symbol,
            condition: evidence.condition.as_deref(),
            place: PlaceView::of(&evidence.location),
            note: evidence.note.as_deref(),
        }
    }
}

#[cfg(test)]
pub(super) mod tests;
