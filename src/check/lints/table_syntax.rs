//! Owns the lint `table-syntax`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::table::{Matrix, Row, repair};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::TABLE_SYNTAX;

pub(in crate::check) const LINT: Lint = Lint {
    name: TABLE_SYNTAX,
    group: &group::TABLE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "a line of a table that is not in its format, or a table that lacks a part",
        what: "Reports a line of an `arch-support.txt` that is neither a comment nor a row (`| ARCH: | STATUS |`), and a table \
            without the feature's name, its Kconfig symbol or rows.\n\n\
            A `Kconfig:` line holds one symbol, or several with `,`, `||` or `or` between them, each with or without `!`. \
            Several lines and several symbols mean any of them.\n\n\
            In a change (`--range`, `--patch`, a hook) it is an error.",
        why: "The kernel's documentation silently leaves out such a line, and a whole table without one of these parts.",
        example: "    |       riscv   TODO |",
        fix: "Write the line in the format of the table. The automatic fix does that if the words of the line leave no doubt; \
            it is safe because every other byte stays as it is.",
    },
    pass: Pass::Table(find),
};

/// Reports the problems that the table's parser found.
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
