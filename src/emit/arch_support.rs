//! Owns how a feature's table is made out of verdicts and of the table that is there already.
//!
//! The verdicts decide what is `ok` and what is not. Everything that people wrote stays: the comment lines, the words of
//! the header, and the rows `..` and `N/A`, which are statements about hardware that no Kconfig file can prove wrong.

use std::collections::{BTreeMap, HashSet};

use crate::feature::arch_support::{Kind, Line, Row, Status, Table, write};
use crate::feature::name::Term;
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

/// A table as it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTable {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// Why it must not replace the table that is there: what would be lost with it. One sentence, lower case, no full stop.
    pub loss: Option<String>,
}

/// The feature's table.
///
/// It lists `architectures`, sorted. A supporting one is `ok`. One that does not support the feature keeps its `..` or
/// `N/A` of the existing table, otherwise it is `TODO`; an undecided one keeps whatever the existing table says,
/// otherwise it is `TODO`, too. Rows of other architectures are left out, and of repeated rows the last one counts.
///
/// The existing table's header lines stay, except for its conditions where they are no more those of the spec; its comment
/// lines stay where they are, those between two rows above the row that they stand above. All that stays keeps its bytes, and
/// new lines end as the first one does. Without an existing table the header is the spec's.
pub fn arch_support(
    spec: &Spec,
    architectures: &[String],
    supported: &dyn Fn(&str) -> Cell,
    existing: Option<&Table>,
    arches: Arches,
) -> NewTable {
    let mut names: Vec<&str> = architectures.iter().map(String::as_str).collect();
    names.sort_unstable();
    names.dedup();
    let unnameable = names.iter().find(|arch| !write::can_have_row(arch));
    let unnameable = unnameable.map(|arch| format!("no row can hold the name of `arch/{arch}`"));
    names.retain(|arch| write::can_have_row(arch));
    let mut old = existing.map(Parts::of).unwrap_or_default();

    let mut text = Text::new(existing);
    header(&mut text, spec, existing, &old.head);
    text.add(write::SEPARATOR);
    text.add(write::TITLE);
    text.add(write::SEPARATOR);
    for arch in names {
        let row = old.rows.get(arch);
        let status = status(supported(arch), row.map(|(row, _)| &row.status));
        if arches == Arches::Supported && status != Status::Supported {
            continue;
        }
        for line in old.above_row.remove(arch).unwrap_or_default() {
            text.keep(line);
        }
        let exact = write::row(arch, &status);
        match row {
            Some((row, line)) if row.status == status && same_but_for_centring(line, &exact) => {
                text.keep(line);
            }
            _ => text.add(&exact),
        }
    }
    // Anything that stood above rows that are gone is still worth keeping.
    for line in old.above_row.into_values().flatten() {
        text.keep(line);
    }
    text.add(write::SEPARATOR);
    for line in old.tail {
        text.keep(line);
    }
    NewTable {
        loss: unnameable.or_else(|| loss(existing?, &text.bytes)),
        bytes: text.bytes,
    }
}

/// Names the first loss if `new` replaced the table: lines that cannot be read, and parts of the header that are not in the new one.
fn loss(table: &Table, new: &[u8]) -> Option<String> {
    if let Some(damage) = table.why_damaged() {
        return Some(damage);
    }
    let kept: HashSet<&[u8]> = new.split(|&byte| byte == b'\n').collect();
    let text = String::from_utf8_lossy(new);
    let is_lost = |line: &Line| {
        let bytes = line.bytes();
        if kept.contains(bytes.strip_suffix(b"\n").unwrap_or(bytes)) {
            return false;
        }
        match &line.kind {
            Kind::FeatureName(value) | Kind::Description(value) | Kind::Continuation(value) => {
                line.raw.is_some() || !text.contains(&**value)
            }
            // The conditions are the spec's, which are what could be read of these lines.
            Kind::Kconfig(value) => line.raw.is_some() || Term::any_of(value).is_err(),
            _ => false,
        }
    };
    let (number, _) = (1..).zip(table.lines()).find(|(_, line)| is_lost(line))?;
    Some(format!(
        "line {number} is part of a header, and has no place in the new one"
    ))
}

/// The bytes of a table that is being made.
struct Text {
    bytes: Vec<u8>,
    /// Whether lines end with CR LF.
    has_returns: bool,
}

impl Text {
    /// Nothing, to replace a table if there is one.
    fn new(existing: Option<&Table>) -> Self {
        let first = existing.and_then(|table| table.lines().first());
        Self {
            bytes: Vec::new(),
            has_returns: first.is_some_and(|line| line.text.ends_with("\r\n")),
        }
    }

    /// Adds new lines.
    fn add(&mut self, lines: &str) {
        for line in lines.lines() {
            self.bytes.extend_from_slice(line.as_bytes());
            self.end_line();
        }
    }

    /// Adds a line of the existing table as it is.
    fn keep(&mut self, line: &Line) {
        self.bytes.extend_from_slice(line.bytes());
        if !line.text.ends_with('\n') {
            self.end_line();
        }
    }

    fn end_line(&mut self) {
        let end: &[u8] = if self.has_returns { b"\r\n" } else { b"\n" };
        self.bytes.extend_from_slice(end);
    }
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
    let (text, exact) = (line.text.trim_end_matches(['\n', '\r']), exact.trim_end());
    text.len() == exact.len()
        && text.get(..before_cell) == exact.get(..before_cell)
        && text.ends_with('|')
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

/// Adds the header: that of the existing table, with the spec's conditions, or else the spec's own.
fn header(text: &mut Text, spec: &Spec, existing: Option<&Table>, head: &[&Line]) {
    let conditions: String = spec.kconfig.iter().map(write::kconfig).collect();
    let has = |wanted: fn(&Kind) -> bool| head.iter().any(|line| wanted(&line.kind));
    let complete = has(|kind| matches!(kind, Kind::FeatureName(_)))
        && has(|kind| matches!(kind, Kind::Kconfig(_)))
        && has(|kind| matches!(kind, Kind::Description(_)));
    if complete {
        let unchanged = existing.is_some_and(|table| table.kconfig() == spec.kconfig);
        let mut written = false;
        for line in head {
            match &line.kind {
                Kind::Kconfig(_) if !unchanged => {
                    if !written {
                        text.add(&conditions);
                    }
                    written = true;
                }
                _ => text.keep(line),
            }
        }
        return;
    }
    let title = existing.and_then(Table::title).unwrap_or(&spec.title);
    let description = existing.and_then(Table::description);
    text.add(write::EMPTY_COMMENT);
    text.add(&write::feature_name(title));
    text.add(&conditions);
    text.add(&write::description(
        description.as_deref().unwrap_or(&spec.description),
    ));
    text.add(write::EMPTY_COMMENT);
    head.iter()
        .filter(|line| !is_header(&line.kind))
        .skip_while(|line| line.text.trim() == "#" || line.kind == Kind::Blank)
        .for_each(|line| text.keep(line));
}

#[cfg(test)]
mod tests;
