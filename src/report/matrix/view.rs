//! Owns what every format shows of a matrix.
//!
//! The structures are views of their own, so that a rename inside the program never changes what is written.

use serde::Serialize;

use super::{SCHEMA_VERSION, Selection, contradicts, meaning, state};
use crate::check::support::verdict;
use crate::check::table::matrix::{self, ArchDefconfigs, Contract};
use crate::check::table::{self, Matrix, Row};
use crate::diag::Location;
use crate::report::visible as shown;

/// A matrix as it is shown.
#[derive(Debug, Serialize)]
pub(super) struct Page {
    pub schema: &'static str,
    pub kfeat: &'static str,
    pub architectures: Vec<String>,
    /// The default configurations of each architecture, where they were asked for.
    pub defconfigs: Option<Vec<OfArch>>,
    pub features: Vec<Feature>,
}

/// The default configurations of one architecture.
#[derive(Debug, Serialize)]
pub(super) struct OfArch {
    pub arch: String,
    pub names: Vec<String>,
    /// The one that `make defconfig` takes.
    pub default: Option<String>,
    /// Why none was computed.
    pub refused: Option<String>,
}

/// The default configurations that turn a feature on.
#[derive(Debug, Serialize)]
pub(super) struct Defconfigs {
    pub on: Vec<String>,
    /// Those for which a command without an answer decides.
    pub open: Vec<String>,
    /// How many the architecture has.
    pub of: usize,
    pub probes: Vec<Probe>,
}

/// A command that decides in some of them.
#[derive(Debug, Serialize)]
pub(super) struct Probe {
    pub text: String,
    pub answer: Option<String>,
    #[serde(flatten)]
    pub place: Place,
    pub defconfigs: Vec<String>,
}

/// A feature on all architectures.
#[derive(Debug, Serialize)]
pub(super) struct Feature {
    pub name: String,
    pub subsystem: String,
    pub title: Option<String>,
    pub description: Option<String>,
    pub kconfig: Vec<String>,
    pub path: String,
    /// One for each architecture; `None` where the selection leaves it out.
    pub cells: Vec<Option<Cell>>,
}

/// A feature on one architecture.
#[derive(Debug, Serialize)]
pub(super) struct Cell {
    pub arch: String,
    pub documented: Option<Documented>,
    pub actual: &'static str,
    pub state: &'static str,
    pub agreement: &'static str,
    pub condition: Option<String>,
    pub reason: Option<String>,
    pub evidence: Vec<Evidence>,
    pub contract: Option<&'static str>,
    pub defconfigs: Option<Defconfigs>,
}

/// The claim of a table.
#[derive(Debug, Serialize)]
pub(super) struct Documented {
    pub status: String,
    pub meaning: &'static str,
    #[serde(flatten)]
    pub place: Place,
}

/// A place that a cell rests on.
#[derive(Debug, Serialize)]
pub(super) struct Evidence {
    pub role: &'static str,
    pub symbol: String,
    pub condition: Option<String>,
    #[serde(flatten)]
    pub place: Place,
    pub note: Option<String>,
}

/// A place in the tree.
#[derive(Debug, Serialize)]
pub(super) struct Place {
    pub path: String,
    pub line: u32,
    pub column: u32,
    /// Where a source browser shows it; only the page has that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Page {
    /// The page without the cells that the selection leaves out.
    pub fn without_gaps(mut self) -> Self {
        for feature in &mut self.features {
            feature.cells.retain(Option::is_some);
        }
        self
    }
}

impl Cell {
    /// Whether the two sides contradict each other.
    pub fn contradicts(&self) -> bool {
        contradicts(self.agreement)
    }
}

/// How many default configurations turn a feature on: `all 12`, `3 of 12`.
pub(super) fn counted(defconfigs: &Defconfigs) -> String {
    counted_of(defconfigs.on.len(), defconfigs.of)
}

/// The same from two numbers.
pub(super) fn counted_of(on: usize, of: usize) -> String {
    match (on, of) {
        (_, 0) => "none: there are no default configurations".to_owned(),
        (on, of) if on == of => format!("all {of}"),
        (on, of) => format!("{on} of {of}"),
    }
}

/// The answer of a command, as part of a sentence.
pub(super) fn answered(answer: Option<&str>) -> String {
    match answer {
        Some("") => "whose output is empty".to_owned(),
        Some(answer) => format!("which is {answer}"),
        None => "whose output is unknown".to_owned(),
    }
}

/// Text that is to stand on one line, with nothing in it that could steer a terminal or hide in a page.
pub(super) fn visible(text: &str) -> String {
    shown::line(text).into_owned()
}

/// The visible part of the matrix. Every text from the tree passes through `text`. A feature without visible cells is left out.
pub(super) fn page(matrix: &Matrix, selection: &Selection, text: &dyn Fn(&str) -> String) -> Page {
    let features = matrix
        .features
        .iter()
        .filter(|row| row.cells.iter().any(|cell| selection.has(cell)));
    Page {
        schema: SCHEMA_VERSION,
        kfeat: env!("CARGO_PKG_VERSION"),
        architectures: matrix.architectures.iter().map(|arch| text(arch)).collect(),
        defconfigs: matrix.defconfigs.as_ref().map(|of_archs| {
            let each = matrix.architectures.iter().zip(of_archs);
            each.map(|(arch, of)| of_arch(arch, of, text)).collect()
        }),
        features: features
            .map(|row| feature(matrix, row, selection, text))
            .collect(),
    }
}

fn of_arch(arch: &str, of: &ArchDefconfigs, text: &dyn Fn(&str) -> String) -> OfArch {
    let default = of.all.iter().find(|defconfig| defconfig.is_default);
    OfArch {
        arch: text(arch),
        names: of
            .all
            .iter()
            .map(|defconfig| text(&defconfig.name))
            .collect(),
        default: default.map(|defconfig| text(&defconfig.name)),
        refused: of.refused.as_deref().map(text),
    }
}

fn feature(
    matrix: &Matrix,
    row: &Row,
    selection: &Selection,
    text: &dyn Fn(&str) -> String,
) -> Feature {
    let spec = row.spec.as_ref();
    let cells = row.cells.iter().enumerate().map(|(index, of)| {
        let of_archs = matrix.defconfigs.as_ref();
        let of_arch = of_archs.and_then(|of_archs| of_archs.get(index));
        let count = of_arch.map_or(0, |of_arch| of_arch.all.len());
        selection.has(of).then(|| cell(of, count, text))
    });
    Feature {
        name: text(&row.name),
        subsystem: text(&row.subsystem),
        title: spec.map(|spec| text(&spec.title)),
        description: spec.map(|spec| text(&spec.description)),
        kconfig: spec.map_or_else(Vec::new, |spec| {
            spec.kconfig
                .iter()
                .map(|term| text(&term.to_string()))
                .collect()
        }),
        path: text(&row.path),
        cells: cells.collect(),
    }
}

pub(super) fn cell(cell: &table::Cell, count: usize, text: &dyn Fn(&str) -> String) -> Cell {
    Cell {
        arch: text(&cell.arch),
        documented: cell.documented.as_ref().map(|of| Documented {
            status: text(of.status.word()),
            meaning: meaning(&of.status),
            place: place(&of.location, text),
        }),
        actual: cell.supported.word(),
        state: state(cell),
        agreement: cell.agreement.word(),
        condition: cell.condition.as_deref().map(text),
        reason: cell.reason.as_deref().map(text),
        evidence: cell.evidence.iter().map(|of| evidence(of, text)).collect(),
        contract: cell.contract.map(Contract::word),
        defconfigs: cell.defconfigs.as_ref().map(|of| {
            let all = |names: &[String]| names.iter().map(|name| text(name)).collect();
            Defconfigs {
                on: all(&of.on),
                open: all(&of.open),
                of: count,
                probes: of.probes.iter().map(|of| probe(of, text)).collect(),
            }
        }),
    }
}

fn probe(probe: &matrix::Probe, text: &dyn Fn(&str) -> String) -> Probe {
    Probe {
        text: text(&probe.text),
        answer: probe.answer.as_deref().map(text),
        place: place(&probe.location, text),
        defconfigs: probe.defconfigs.iter().map(|name| text(name)).collect(),
    }
}

fn evidence(evidence: &verdict::Evidence, text: &dyn Fn(&str) -> String) -> Evidence {
    Evidence {
        role: evidence.role.word(),
        symbol: text(&evidence.symbol),
        condition: evidence.condition.as_deref().map(text),
        place: place(&evidence.location, text),
        note: evidence.note.as_deref().map(text),
    }
}

pub(super) fn place(location: &Location, text: &dyn Fn(&str) -> String) -> Place {
    Place {
        path: text(&location.path),
        line: location.line,
        column: location.column,
        link: None,
    }
}
