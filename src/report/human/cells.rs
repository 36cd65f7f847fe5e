//! Owns how the cells that a series changes are listed: a line each.

use std::fmt::Write as _;

use super::Options;
use crate::check::run::cells::{ChangedCell, State};
use crate::feature::arch_support::Status;
use crate::report::visible;

/// Most lines that are shown; a new architecture changes a cell of every feature.
const MAX_SHOWN: usize = 24;

/// Lists the cells, and an empty line after them; nothing where none changes.
pub(in crate::report) fn render(cells: &[ChangedCell], options: &Options, out: &mut String) {
    if cells.is_empty() {
        return;
    }
    let name = |cell: &ChangedCell| visible::line(&cell.feature).chars().count();
    let arch = |cell: &ChangedCell| visible::line(&cell.arch).chars().count();
    let shown = &cells[..cells.len().min(MAX_SHOWN)];
    let names = shown.iter().map(name).max().unwrap_or_default();
    let archs = shown.iter().map(arch).max().unwrap_or_default();
    out.push_str(&options.paint(super::BOLD, "changed cells of the matrix"));
    out.push('\n');
    for cell in shown {
        let what = visible::line(&change(cell)).into_owned();
        // Writing to a string cannot fail.
        let _ = write!(
            out,
            "  {:names$}  {:archs$}  {what}",
            visible::line(&cell.feature),
            visible::line(&cell.arch)
        );
        if let Some(place) = &cell.place {
            let place = format!("  {}", visible::line(&place.to_string()));
            out.push_str(&options.paint(super::DIM, &place));
        }
        out.push('\n');
    }
    if cells.len() > shown.len() {
        let _ = writeln!(out, "  and {} more", cells.len() - shown.len());
    }
    out.push('\n');
}

/// A change, with the state before and after.
pub(in crate::report) fn change(cell: &ChangedCell) -> String {
    let supported = |state: &Option<State>| match state {
        Some(state) => match &state.condition {
            Some(condition) => format!("{} if {condition}", state.supported.word()),
            None => state.supported.word().to_owned(),
        },
        None => "absent".to_owned(),
    };
    let documented = |state: &Option<State>| {
        let status = state.as_ref().and_then(|state| state.documented.as_ref());
        status.map_or("none", Status::word).to_owned()
    };
    let mut parts = Vec::new();
    let (before, after) = (supported(&cell.before), supported(&cell.after));
    if before != after {
        parts.push(format!("{before} -> {after}"));
    }
    let (before, after) = (documented(&cell.before), documented(&cell.after));
    if before != after {
        parts.push(format!("table: {before} -> {after}"));
    }
    parts.join("; ")
}
