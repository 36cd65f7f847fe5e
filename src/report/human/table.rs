//! Owns how the verdicts of one feature look: a table of the architectures that support it, the others in one sentence.

use std::fmt::Write as _;

use anstyle::Style;

use super::{BOLD, DIM, GREEN, Options, YELLOW, count};
use crate::check::support::verdict::{Supported, Verdict};
use crate::report::{visible, wrap};

/// A condition of more columns than this does not widen the table: it is wrapped below its row. On a wide terminal it may be longer.
const MAX_CONDITION: usize = 40;

/// The columns that a row needs beside its condition.
const BESIDE: usize = 80;

/// One line of the table.
struct Row {
    /// The cells, of which the last is not padded.
    cells: [String; 4],
    /// The style of each cell.
    styles: [Style; 4],
    /// Holds what did not fit into the cells.
    below: Option<String>,
}

/// Writes the table of `verdicts`, which are those of one feature.
pub(super) fn render(verdicts: &[Verdict], options: &Options, out: &mut String) {
    let Some(first) = verdicts.first() else {
        return;
    };
    let name = visible::line(&first.feature);
    let _ = writeln!(out, "{}", options.paint(BOLD, &name));

    let (full, brief): (Vec<&Verdict>, Vec<&Verdict>) = verdicts
        .iter()
        .partition(|v| options.verbose || v.supported != Supported::No);
    if !full.is_empty() {
        let mut rows = vec![Row::header()];
        for verdict in &full {
            rows.push(Row::verdict(verdict, options));
            rows.extend(verdict.evidence.iter().map(Row::evidence));
        }
        write_rows(&rows, options, out);
    }
    if !brief.is_empty() {
        let archs: Vec<&str> = brief.iter().map(|v| v.arch.as_str()).collect();
        let text = format!("no: {}", visible::line(&archs.join(", ")));
        wrap(&text, 2, 6, Style::new(), options, out);
    }
    for (reason, archs) in reasons(&full) {
        write_reason(reason, &archs, options, out);
    }
}

/// Writes a reason with the architectures that have it.
pub(super) fn write_reason(reason: &str, archs: &[&str], options: &Options, out: &mut String) {
    let text = format!("note: {} ({})", visible::line(reason), archs.join(", "));
    wrap(&visible::line(&text), 2, 8, Style::new(), options, out);
}

/// How many architectures support the feature of `verdicts`, in words.
pub(super) fn tally(verdicts: &[Verdict]) -> String {
    let name = verdicts.first().map_or("", |v| v.feature.as_str());
    let yes = count(verdicts, Supported::Yes);
    let all = verdicts.len();
    let noun = if all == 1 {
        "architecture"
    } else {
        "architectures"
    };
    let mut text = format!("{} on {yes} of {all} {noun}", visible::line(name));
    let undecided = count(verdicts, Supported::Undecided);
    if undecided > 0 {
        let _ = write!(text, ", {undecided} undecided");
    }
    text
}

/// The reasons that the verdicts give, each once, with the architectures that have it.
pub(super) fn reasons<'a>(verdicts: &[&'a Verdict]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for verdict in verdicts {
        let Some(reason) = verdict.reason.as_deref() else {
            continue;
        };
        match found.iter_mut().find(|(known, _)| *known == reason) {
            Some((_, archs)) => archs.push(&verdict.arch),
            None => found.push((reason, vec![&verdict.arch])),
        }
    }
    found
}

impl Row {
    fn header() -> Self {
        Self {
            cells: ["arch", "supported", "condition", "where"].map(str::to_owned),
            styles: [DIM; 4],
            below: None,
        }
    }

    fn verdict(verdict: &Verdict, options: &Options) -> Self {
        let style = match verdict.supported {
            Supported::Yes => GREEN,
            Supported::No => DIM,
            Supported::Undecided => YELLOW,
        };
        let condition = match (&verdict.condition, verdict.supported) {
            (Some(condition), _) => visible::line(condition).into_owned(),
            (None, Supported::Yes) => "always".to_owned(),
            (None, _) => String::new(),
        };
        let place = verdict
            .evidence
            .first()
            .map(|first| visible::line(&first.location.to_string()).into_owned());
        let room = options.columns().saturating_sub(BESIDE).max(MAX_CONDITION);
        let (condition, below) = if condition.chars().count() > room {
            (String::new(), Some(condition))
        } else {
            (condition, None)
        };
        Self {
            cells: [
                visible::line(&verdict.arch).into_owned(),
                verdict.supported.word().to_owned(),
                condition,
                place.unwrap_or_default(),
            ],
            styles: [BOLD, style, Style::new(), Style::new()],
            below,
        }
    }

    fn evidence(evidence: &crate::check::support::verdict::Evidence) -> Self {
        Self {
            cells: [
                String::new(),
                evidence.role.word().to_owned(),
                visible::line(&evidence.symbol).into_owned(),
                visible::line(&evidence.location.to_string()).into_owned(),
            ],
            styles: [DIM; 4],
            below: match (&evidence.condition, &evidence.note) {
                (Some(condition), None) => Some(format!("if {}", visible::line(condition))),
                (None, Some(note)) => Some(visible::line(note).into_owned()),
                (Some(condition), Some(note)) => Some(format!(
                    "if {}; {}",
                    visible::line(condition),
                    visible::line(note)
                )),
                (None, None) => None,
            },
        }
    }
}

/// Writes the rows with their columns aligned, indented by two columns.
fn write_rows(rows: &[Row], options: &Options, out: &mut String) {
    let mut widths = [0; 3];
    for row in rows {
        for (width, cell) in widths.iter_mut().zip(&row.cells) {
            *width = cell.chars().count().max(*width);
        }
    }
    let third = 2 + widths[0] + 2 + widths[1] + 2;
    for row in rows {
        let mut line = String::from(" ");
        for (index, (cell, style)) in row.cells.iter().zip(row.styles).enumerate() {
            line.push(' ');
            line.push_str(&options.paint(style, cell));
            if let Some(width) = widths.get(index) {
                let missing = width - cell.chars().count();
                line.extend(std::iter::repeat_n(' ', missing + 1));
            }
        }
        let mut used = third + widths[2] + 2 + row.cells[3].chars().count();
        match &row.below {
            // The condition of a piece of evidence stands behind its place, where there is room for it.
            Some(below)
                if row.cells[0].is_empty()
                    && used + 2 + below.chars().count() <= options.columns() =>
            {
                used = 0;
                let _ = writeln!(out, "{line}  {}", options.paint(row.styles[3], below));
            }
            _ => {
                let _ = writeln!(out, "{}", line.trim_end());
            }
        }
        if let (Some(below), true) = (&row.below, used > 0) {
            wrap(below, third, third + 2, row.styles[3], options, out);
        }
    }
}

/// Writes `text` wrapped, the first line indented by `first` columns, the others by `rest`.
pub(super) fn wrap(
    text: &str,
    first: usize,
    rest: usize,
    style: Style,
    options: &Options,
    out: &mut String,
) {
    for line in wrap::lines(text, first, rest, options.columns()) {
        let words = line.trim_start();
        let indent = line.len() - words.len();
        // Writing to a string cannot fail.
        let _ = writeln!(out, "{:indent$}{}", "", options.paint(style, words));
    }
}
