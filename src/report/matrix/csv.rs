//! Owns the format `csv`, as RFC 4180 describes it.

use std::fmt::Write as _;

use crate::report::visible;

use super::view::{Cell, Defconfigs, Evidence, Page};

/// The names of the columns.
const COLUMNS: &str = "feature,arch,documented,actual,condition,evidence";

/// The names of the columns that follow them if default configurations were asked for.
const OF_DEFCONFIGS: &str = ",defconfigs,depends";

/// One line a cell that is shown, each with CR LF at its end.
pub(super) fn render(page: &Page) -> String {
    let more = if page.defconfigs.is_some() {
        OF_DEFCONFIGS
    } else {
        ""
    };
    let mut out = format!("{COLUMNS}{more}\r\n");
    for feature in &page.features {
        for cell in feature.cells.iter().flatten() {
            let documented = cell.documented.as_ref().map_or("", |of| &of.status);
            let evidence = of_cell(cell);
            let mut fields = vec![
                &*feature.name,
                &cell.arch,
                documented,
                cell.actual,
                cell.condition.as_deref().unwrap_or_default(),
                &evidence,
            ];
            let (on, depends);
            if let Some(defconfigs) = &cell.defconfigs {
                on = defconfigs.on.join(" ");
                depends = of_probes(defconfigs);
                fields.extend([&*on, &*depends]);
            }
            record(&fields, &mut out);
        }
    }
    out
}

/// Adds a line with these fields, in quotes where they need them.
pub(super) fn record(fields: &[impl AsRef<str>], out: &mut String) {
    let mut writer = csv::WriterBuilder::new()
        .terminator(csv::Terminator::CRLF)
        .buffer_capacity(512)
        .from_writer(Vec::new());
    let fields = fields.iter().map(|field| cell(field.as_ref()));
    let written = writer.write_record(fields.collect::<Vec<_>>());
    let bytes = written
        .ok()
        .and_then(|()| writer.into_inner().ok())
        .unwrap_or_else(|| unreachable!("invariant: writing to memory does not fail"));
    out.push_str(&String::from_utf8_lossy(&bytes));
}

/// A field as a spreadsheet may see it: on one line, without what could steer a terminal, and never a formula, which begins
/// with one of these characters. An apostrophe before it makes it a text (OWASP, CSV injection).
fn cell(field: &str) -> String {
    let field = visible::line(field);
    match field.starts_with(['=', '+', '-', '@']) {
        true => format!("'{field}"),
        false => field.into_owned(),
    }
}

/// The reason and the places of a cell, with `; ` between them.
fn of_cell(cell: &Cell) -> String {
    let reason = cell.reason.iter().cloned();
    let all: Vec<String> = reason.chain(cell.evidence.iter().map(of_place)).collect();
    all.join("; ")
}

/// The commands that decide, each with its answer and the default configurations: `MACRO at path:line is y in NAME NAME`.
fn of_probes(defconfigs: &Defconfigs) -> String {
    let each = defconfigs.probes.iter().map(|probe| {
        let answer = probe.answer.as_deref().unwrap_or("not known");
        let place = &probe.place;
        format!(
            "{} at {}:{} is {answer} in {}",
            probe.text,
            place.path,
            place.line,
            probe.defconfigs.join(" ")
        )
    });
    each.collect::<Vec<_>>().join("; ")
}

/// A place: `path:line: role SYMBOL if CONDITION (note)`.
fn of_place(evidence: &Evidence) -> String {
    let place = &evidence.place;
    let mut text = format!(
        "{}:{}: {} {}",
        place.path, place.line, evidence.role, evidence.symbol
    );
    // Writing to a string cannot fail.
    if let Some(condition) = &evidence.condition {
        let _ = write!(text, " if {condition}");
    }
    if let Some(note) = &evidence.note {
        let _ = write!(text, " ({note})");
    }
    text
}
