//! Owns how a feature's table is made out of verdicts and of the table that is there already.
//!
//! The verdicts decide what is `ok` and what is not. Everything that people wrote stays: the comment lines, the words of
//! the header, and the rows `..` and `N/A`, which are statements about hardware that no Kconfig file can prove wrong.

use std::collections::BTreeMap;

use crate::feature::arch_support::{Kind, Line, Row, Status, Table, write};
use crate::feature::spec::Spec;

/// Describes what is known about an architecture.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cell {
    /// It supports the feature, in some configuration at least.
    Supported,
    /// It does not.
    NotSupported,
    /// It could not be told.
    Undecided,
}

/// Which architectures a table lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arches {
    /// All of them, as the kernel's tables do.
    All,
    /// Only those that support the feature.
    Supported,
}

/// The text of the feature's table.
///
/// It lists `architectures`, sorted. A supporting one is `ok`. One that does not support the feature keeps its `..` or
/// `N/A` of the existing table, otherwise it is `TODO`; an undecided one keeps whatever the existing table says,
/// otherwise it is `TODO`, too. Rows of other architectures are left out, and of repeated rows the last one counts.
///
/// The existing table's header lines stay, except for its conditions where they are no more those of the spec; its comment
/// lines stay where they are, those between two rows above the row that they stand above. Without an existing table the
/// header is the spec's.
pub fn arch_support(
    spec: &Spec,
    architectures: &[String],
    supported: &dyn Fn(&str) -> Cell,
    existing: Option<&Table>,
    arches: Arches,
) -> String {
    let mut names: Vec<&str> = architectures.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let mut old = existing.map(Parts::of).unwrap_or_default();

    let mut text = header(spec, existing, &old.head);
    text.push_str(write::SEPARATOR);
    text.push_str(write::TITLE);
    text.push_str(write::SEPARATOR);
    for arch in names {
        let row = old.rows.get(arch);
        let status = status(supported(arch), row.map(|(row, _)| &row.status));
        if arches == Arches::Supported && status != Status::Supported {
            continue;
        }
        for line in old.above_row.remove(arch).unwrap_or_default() {
            push_line(&mut text, line);
        }
        let exact = write::row(arch, &status);
        match row {
            Some((row, line)) if row.status == status && same_but_for_centring(line, &exact) => {
                push_line(&mut text, line);
            }
            _ => text.push_str(&exact),
        }
    }
    // Anything that stood above rows that are gone is still worth keeping.
    for line in old.above_row.into_values().flatten() {
        push_line(&mut text, line);
    }
    text.push_str(write::SEPARATOR);
    for line in old.tail {
        push_line(&mut text, line);
    }
    text
}

/// The status that an architecture gets.
fn status(cell: Cell, old: Option<&Status>) -> Status {
    match (cell, old) {
        (Cell::Supported, _) => Status::Supported,
        (Cell::NotSupported, Some(old @ (Status::Impossible | Status::NotApplicable)))
        | (Cell::Undecided, Some(old)) => old.clone(),
        (Cell::NotSupported | Cell::Undecided, _) => Status::Todo,
    }
}

/// Whether a row's line differs from the exact one at most by where the word stands in its cell: the tables of 6.1 have
/// `N/A` one column further to the left than those of 7.2, and neither is wrong.
fn same_but_for_centring(line: &Line, exact: &str) -> bool {
    let before_cell = exact.rfind(": |").unwrap_or(0);
    line.text.len() == exact.len()
        && line.text.get(..before_cell) == exact.get(..before_cell)
        && line.text.ends_with("|\n")
}

/// Describes what an existing table consists of, seen from the place where its rows are.
#[derive(Default)]
struct Parts<'a> {
    /// The lines above the rows and their title.
    head: Vec<&'a Line>,
    /// The last row of each architecture, with its line.
    rows: BTreeMap<&'a str, (&'a Row, &'a Line)>,
    /// Lines between the rows, by the architecture of the next row; `""` if no row follows.
    above_row: BTreeMap<&'a str, Vec<&'a Line>>,
    /// The lines below the rows.
    tail: Vec<&'a Line>,
}

impl<'a> Parts<'a> {
    fn of(table: &'a Table) -> Self {
        let lines = table.lines();
        let first = lines.iter().position(is_replaced).unwrap_or(lines.len());
        let end = lines
            .iter()
            .rposition(is_replaced)
            .map_or(lines.len(), |last| last + 1);
        let mut parts = Parts {
            head: lines[..first].iter().collect(),
            tail: lines[end..]
                .iter()
                .filter(|line| !is_header(&line.kind))
                .collect(),
            ..Parts::default()
        };
        let mut waiting: Vec<&Line> = Vec::new();
        for line in &lines[first..end] {
            if let Kind::Row(row) = &line.kind {
                parts.rows.insert(&row.arch, (row, line));
                if !waiting.is_empty() {
                    parts
                        .above_row
                        .entry(&row.arch)
                        .or_default()
                        .append(&mut waiting);
                }
            } else if !is_replaced(line) && !is_header(&line.kind) {
                waiting.push(line);
            }
        }
        if !waiting.is_empty() {
            parts.above_row.insert("", waiting);
        }
        parts
    }
}

/// Whether a line is one that the new table brings itself. A malformed line with a bar at its front was meant to be a row.
fn is_replaced(line: &Line) -> bool {
    match &line.kind {
        Kind::Separator | Kind::Title | Kind::Row(_) => true,
        Kind::Malformed => line.text.trim_start().starts_with('|'),
        _ => false,
    }
}

/// Whether a line belongs above the rows. Elsewhere it is dropped, because the new header has it.
fn is_header(kind: &Kind) -> bool {
    matches!(
        kind,
        Kind::FeatureName(_) | Kind::Kconfig(_) | Kind::Description(_) | Kind::Continuation(_)
    )
}

/// The header: that of the existing table, with the spec's conditions, or else the spec's own.
fn header(spec: &Spec, existing: Option<&Table>, head: &[&Line]) -> String {
    let conditions: String = spec.kconfig.iter().map(write::kconfig).collect();
    let has = |wanted: fn(&Kind) -> bool| head.iter().any(|line| wanted(&line.kind));
    let complete = has(|kind| matches!(kind, Kind::FeatureName(_)))
        && has(|kind| matches!(kind, Kind::Kconfig(_)))
        && has(|kind| matches!(kind, Kind::Description(_)));
    let mut text = String::new();
    if complete {
        let unchanged = existing.is_some_and(|table| table.kconfig() == spec.kconfig);
        let mut written = false;
        for line in head {
            match &line.kind {
                Kind::Kconfig(_) if !unchanged => {
                    if !written {
                        text.push_str(&conditions);
                    }
                    written = true;
                }
                _ => push_line(&mut text, line),
            }
        }
        return text;
    }
    let title = existing.and_then(Table::title).unwrap_or(&spec.title);
    let description = existing.and_then(Table::description);
    text.push_str(write::EMPTY_COMMENT);
    text.push_str(&write::feature_name(title));
    text.push_str(&conditions);
    text.push_str(&write::description(
        description.as_deref().unwrap_or(&spec.description),
    ));
    text.push_str(write::EMPTY_COMMENT);
    head.iter()
        .filter(|line| !is_header(&line.kind))
        .skip_while(|line| line.text.trim() == "#" || line.kind == Kind::Blank)
        .for_each(|line| push_line(&mut text, line));
    text
}

/// Adds a line with exactly one newline at its end.
fn push_line(text: &mut String, line: &Line) {
    text.push_str(line.text.trim_end_matches(['\n', '\r']));
    text.push('\n');
}

#[cfg(test)]
mod tests;
