//! Owns the lint `table-syntax`.

use crate::check::lint::Lint;
use crate::check::table::{Matrix, Row, repair};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::TABLE_SYNTAX;

pub(in crate::check) const LINT: Lint = Lint {
    name: TABLE_SYNTAX,
    level: Level::Warn,
    summary: "a line of a table that is not in its format, or a table that lacks a part",
    explanation: "A table `arch-support.txt` has comment lines with the feature's name, its Kconfig symbol and a description, \
        and one row for each architecture: `| ARCH: | STATUS |`. The kernel's documentation leaves out a line that is \
        neither, and a whole table without one of these parts.\n\n\
        A `Kconfig:` line holds one symbol, or several with `,`, `||` or `or` between them, each with or without `!`. Several lines \
        and several symbols mean any of them.",
    run: |_, _, _| {},
};

/// What the reader of the table found.
pub(in crate::check) fn find(_: &Lint, matrix: &Matrix, row: &Row, findings: &mut Vec<Diagnostic>) {
    findings.extend(row.syntax.iter().cloned().map(|mut finding| {
        finding.feature = Some(row.name.clone());
        finding.fix = row.table.as_ref().and_then(|table| {
            let mut lines = table.lines().iter();
            let line = lines.find(|line| line.location == finding.primary.location)?;
            repair::malformed(table, matrix, line)
        });
        finding
    }));
}
