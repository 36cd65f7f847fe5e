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
        summary: "a table has a malformed line or lacks a required part",
        what: "Reports a line of an `arch-support.txt` that is neither a comment nor a row (`| ARCH: | STATUS |`), and a \
            table without the feature's name, its Kconfig symbol or rows.\n\n\
            A `Kconfig:` line holds one symbol, or several with `,`, `||` or `or` between them, each with or without `!`. If \
            there are several lines or symbols, the feature needs any one of them.\n\n\
            In a series (`--range`, `--patch`, a hook) it is an error.",
        why: "The kernel's documentation silently omits such a line, and omits the whole table if one of these parts is \
            missing.",
        example: "    |       riscv   TODO |",
        fix: "Write the line in the format of the table. The automatic fix does that if the words of the line are \
            unambiguous; it is safe because it changes nothing else.",
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
