//! Owns the safe changes of a table: one row written right, moved, added or taken out, and every other byte left alone.
//!
//! All of them together make of a table what `emit::refresh` makes of it; a test compares both.

use crate::check::support::verdict::Supported;
use crate::diag::{Edit, Fix, Location};
use crate::feature::arch_support::{Kind, Line, Row, Status, Table, write};

use crate::check::table::matrix::{Cell, Matrix};

/// The row with another status.
pub(in crate::check) fn status(row: &Row, status: &Status) -> Fix {
    Fix {
        title: format!("write `{}` for `{}`", status.word(), row.arch),
        edits: vec![Edit {
            location: row.location.clone(),
            text: exact(&row.arch, status),
        }],
    }
}

/// The status that the row of a cell should have; `None` if that is unknown.
pub(in crate::check) fn status_of(cell: Option<&Cell>) -> Option<Status> {
    match cell?.supported {
        Supported::Yes => Some(Status::Supported),
        Supported::No => Some(Status::Todo),
        Supported::Undecided => None,
    }
}

/// The table without a row.
pub(in crate::check) fn without(table: &Table, row: &Row) -> Option<Fix> {
    let line = table.lines().get(index_of(table, row)?)?;
    Some(Fix {
        title: format!("remove the row for `{}`", row.arch),
        edits: vec![Edit {
            location: whole(line),
            text: String::new(),
        }],
    })
}

/// The table with a row for an architecture that has none, with the comments above the next row left there.
pub(in crate::check) fn with(table: &Table, arch: &str, status: &Status) -> Option<Fix> {
    if !write::can_have_row(arch) {
        return None;
    }
    Some(Fix {
        title: format!("add the row `{}`", exact(arch, status)),
        edits: vec![Edit {
            location: place_for(table, arch)?,
            text: write::row(arch, status),
        }],
    })
}

/// The table with a row, and the comments above it, at its place in the order of the names.
pub(in crate::check) fn moved(table: &Table, row: &Row) -> Option<Fix> {
    let index = index_of(table, row)?;
    let first = first_of_block(table, index);
    let lines = table.lines().get(first..=index)?;
    let text: String = lines.iter().map(|line| line.text.as_str()).collect();
    // An edit writes text, and would replace other bytes.
    if !text.ends_with('\n') || lines.iter().any(|line| line.raw.is_some()) {
        return None;
    }
    let (start, end) = (whole(lines.first()?), whole(lines.last()?));
    let from = Location {
        end: end.end,
        ..start
    };
    Some(Fix {
        title: format!("move the row for `{}` to its place", row.arch),
        edits: vec![
            Edit {
                location: place_for(table, &row.arch)?,
                text,
            },
            Edit {
                location: from,
                text: String::new(),
            },
        ],
    })
}

/// The line as the row that it was meant to be: it begins with a bar, and its only words are an architecture of the tree that has no
/// row, and a status.
pub(in crate::check) fn malformed(table: &Table, matrix: &Matrix, line: &Line) -> Option<Fix> {
    let (arch, status) = meant(table, matrix, line)?;
    Some(Fix {
        title: format!("write the row `{}`", exact(&arch, &status)),
        edits: vec![Edit {
            location: line.location.clone(),
            text: exact(&arch, &status),
        }],
    })
}

/// The same for the line that was meant to be the row of an architecture.
pub(in crate::check) fn malformed_row_of(
    table: &Table,
    matrix: &Matrix,
    arch: &str,
) -> Option<Fix> {
    let lines = table.lines().iter();
    lines
        .filter(|line| meant(table, matrix, line).is_some_and(|(meant, _)| meant == arch))
        .find_map(|line| malformed(table, matrix, line))
}

/// The row that a malformed line was meant to be.
fn meant(table: &Table, matrix: &Matrix, line: &Line) -> Option<(String, Status)> {
    let text = line.text.trim();
    if line.kind != Kind::Malformed || !text.starts_with('|') {
        return None;
    }
    let mut words = text
        .split(|c: char| c == '|' || c == ':' || c.is_whitespace())
        .filter(|word| !word.is_empty());
    let (arch, status) = (words.next()?, Status::of_word(words.next()?));
    let is_sure = words.next().is_none()
        && !matches!(status, Status::Other(_))
        && matrix.architectures.iter().any(|known| known == arch)
        && table.row(arch).is_none();
    is_sure.then(|| (arch.to_owned(), status))
}

/// A row without its indentation and its newline.
fn exact(arch: &str, status: &Status) -> String {
    write::row(arch, status).trim().to_owned()
}

/// Which line a row is.
fn index_of(table: &Table, row: &Row) -> Option<usize> {
    let is_row = |line: &Line| matches!(&line.kind, Kind::Row(of) if of.location == row.location);
    table.lines().iter().position(is_row)
}

/// The whole line with its indentation and its newline.
fn whole(line: &Line) -> Location {
    let place = &line.location;
    let start = place.start.saturating_sub(place.column.saturating_sub(1));
    let length = u32::try_from(line.text.len()).unwrap_or(u32::MAX);
    Location {
        column: 1,
        start,
        end: start.saturating_add(length),
        ..place.clone()
    }
}

/// The first of the lines that go with the line at `index`: the comments above it, as far as they are below another row.
fn first_of_block(table: &Table, index: usize) -> usize {
    let lines = table.lines().get(..index).unwrap_or_default();
    let is_beside = |line: &&Line| {
        matches!(line.kind, Kind::Comment | Kind::Blank)
            || line.kind == Kind::Malformed && !line.text.trim_start().starts_with('|')
    };
    let count = lines.iter().rev().take_while(is_beside).count();
    // Above the first row there are the lines of the title; without them, the lines there belong to the header.
    if count == index { index } else { index - count }
}

/// Where the row of an architecture has its place: above the first row with a greater name that is in its own, or below the last row.
fn place_for(table: &Table, arch: &str) -> Option<Location> {
    let misplaced = table.misplaced_rows();
    let is_in_place = |row: &Row| !misplaced.iter().any(|other| std::ptr::eq(*other, row));
    let rows = || {
        let lines = table.lines().iter().enumerate();
        lines.filter_map(|(index, line)| match &line.kind {
            Kind::Row(row) => Some((index, row)),
            _ => None,
        })
    };
    let next = rows().find(|(_, row)| *row.arch > *arch && is_in_place(row));
    let (line, at_end) = match next {
        Some((index, _)) => (first_of_block(table, index), false),
        None => (rows().next_back()?.0, true),
    };
    let line = table.lines().get(line)?;
    if at_end && !line.text.ends_with('\n') {
        return None;
    }
    let mut place = whole(line);
    if at_end {
        place.start = place.end;
        place.line = place.line.saturating_add(1);
    } else {
        place.end = place.start;
    }
    Some(place)
}
