//! Owns the lint `table-status`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::support::verdict::Supported;
use crate::check::table::{Matrix, Row, repair};
use crate::diag::{Diagnostic, Label, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-status",
    group: &group::TABLE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "a row of a table has an unknown status",
        what: "Reports a row whose status is not one of the four words: `ok` (the architecture has the feature), `TODO` (not \
            yet), `..` (its hardware does not support it) and `N/A` (the feature does not apply).\n\n\
            In a series (`--range`, `--patch`, a hook) it is an error.",
        why: "The kernel's documentation shows any other word unchanged, and no program can compare it with Kconfig.",
        example: "    |        riscv: | yes  |",
        fix: "Write one of the four words. The automatic fix writes the status that follows from Kconfig, unless that is \
            undecided.",
    },
    pass: Pass::Table(find),
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
        let headline = format!("unknown status `{word}` for `{}`", line.arch);
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
