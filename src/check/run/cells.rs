//! Owns which cells of the matrix a series changes, from the tree before it to the one after its last commit.

use crate::check::support::verdict::{Supported, Verdict};
use crate::check::table::between::{Aspect, CellChange, between};
use crate::check::table::{Cell, Matrix};
use crate::diag::Location;
use crate::feature::arch_support::Status;

/// A feature on an architecture of which a series changes something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedCell {
    /// The feature.
    pub feature: String,
    /// The directory below `arch/`.
    pub arch: String,
    /// Before the series; `None` where the tree does not have the feature or the architecture.
    pub before: Option<State>,
    /// After it, likewise.
    pub after: Option<State>,
    /// The line that decides about it: in the tree after the series, or, where that has none, in the one before.
    pub place: Option<Location>,
}

/// Describes what a tree says of a cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct State {
    /// Whether some configuration has the feature.
    pub supported: Supported,
    /// Under which condition.
    pub condition: Option<String>,
    /// Holds what the table says; `None` where there is no row, or no table was looked at.
    pub documented: Option<Status>,
}

/// Describes what a tree says of all cells: the matrix of the tables, and the verdicts on the features that have a spec.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    /// The matrix, where tables were looked at.
    pub matrix: Option<Matrix>,
    /// The verdicts.
    pub verdicts: Vec<Verdict>,
}

/// The cells that differ, by feature and architecture.
pub fn changed(before: &Snapshot, after: &Snapshot) -> Vec<ChangedCell> {
    let mut changed = Vec::new();
    if let (Some(before), Some(after)) = (&before.matrix, &after.matrix) {
        for feature in between(before, after).features {
            let cells = feature.cells.into_iter();
            changed.extend(cells.map(|cell| of_cell(&feature.name, cell)));
        }
    }
    let find = |verdicts: &[Verdict], of: &Verdict| -> Option<usize> {
        let same = |one: &Verdict| (&one.feature, &one.arch) == (&of.feature, &of.arch);
        verdicts.iter().position(same)
    };
    let gone = before.verdicts.iter();
    let gone = gone.filter(|verdict| find(&after.verdicts, verdict).is_none());
    for verdict in after.verdicts.iter().chain(gone) {
        let at = |verdicts: &[Verdict]| find(verdicts, verdict).map(|at| verdicts[at].clone());
        let (old, new) = (at(&before.verdicts), at(&after.verdicts));
        let said = |verdict: &Option<Verdict>| {
            let verdict = verdict.as_ref();
            verdict.map(|verdict| (verdict.supported, verdict.condition.clone()))
        };
        let is_known = changed
            .iter()
            .any(|cell| (&cell.feature, &cell.arch) == (&verdict.feature, &verdict.arch));
        if said(&old) == said(&new) || is_known {
            continue;
        }
        let mut places = new.iter().chain(&old).flat_map(|verdict| &verdict.evidence);
        let place = places.next().map(|evidence| evidence.location.clone());
        let state = |verdict: Option<Verdict>| {
            verdict.map(|verdict| State {
                supported: verdict.supported,
                condition: verdict.condition,
                documented: None,
            })
        };
        changed.push(ChangedCell {
            feature: verdict.feature.clone(),
            arch: verdict.arch.clone(),
            before: state(old),
            after: state(new),
            place,
        });
    }
    changed.sort_by(|a, b| (&a.feature, &a.arch).cmp(&(&b.feature, &b.arch)));
    changed
}

fn of_cell(feature: &str, change: CellChange) -> ChangedCell {
    let state = |cell: Option<Cell>| {
        cell.map(|cell| State {
            supported: cell.supported,
            condition: cell.condition,
            documented: cell.documented.map(|documented| documented.status),
        })
    };
    // The line that made Kconfig say something else counts more than the row that follows it.
    let is_of_kconfig = change
        .changed
        .iter()
        .any(|aspect| *aspect != Aspect::Documented);
    let mut causes: Vec<_> = change.causes.iter().collect();
    if is_of_kconfig {
        causes.reverse();
    }
    let place = causes.first().map(|cause| cause.location().clone());
    ChangedCell {
        feature: feature.to_owned(),
        arch: change.arch,
        place,
        before: state(change.old),
        after: state(change.new),
    }
}
