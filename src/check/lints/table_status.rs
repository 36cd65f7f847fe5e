//! Owns the lint `table-status`.

use crate::check::lint::Lint;
use crate::check::support::verdict::Supported;
use crate::check::table::{Matrix, Row, repair};
use crate::diag::{Diagnostic, Label, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-status",
    level: Level::Warn,
    summary: "a row of a table with a status that the tables do not have",
    explanation: "There are four words for an architecture: `ok` (it has the feature), `TODO` (not yet), `..` (its hardware \
        cannot) and `N/A` (the feature means nothing there). The kernel's documentation shows any other word as it stands, and \
        no program can compare it with what Kconfig says.",
    run: |_, _, _| {},
};

/// The rows with another word.
pub(in crate::check) fn find(
    lint: &Lint,
    matrix: &Matrix,
    row: &Row,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(table) = &row.table else { return };
    for line in table.rows() {
        let Status::Other(word) = &line.status else {
            continue;
        };
        let headline = format!("`{word}` is no status that `{}` may have", line.arch);
        let primary = Label::new(
            line.status_location.clone(),
            "not `ok`, `TODO`, `..` or `N/A`",
        );
        let help = match row.cell(matrix, &line.arch).map(|cell| cell.supported) {
            Some(Supported::Yes) => "write `ok`, which is what Kconfig says",
            Some(Supported::No) => "write `TODO`, which is what Kconfig says",
            _ => "write `ok`, `TODO`, `..` or `N/A`",
        };
        let mut finding = row.finding(lint, headline, primary).with_help(help);
        // Where the table seems to be about another symbol, Kconfig says nothing about its rows.
        if row.doubt().is_none() {
            let known = repair::status_of(row.cell(matrix, &line.arch));
            finding.fix = known.map(|known| repair::status(line, &known));
        }
        findings.push(finding);
    }
}
