//! Owns the lint `table-claims-support`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::table::{Agreement, Matrix, Row};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-claims-support",
    group: &group::TABLE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a table says `ok` for an architecture that cannot have the feature",
        what: "Reports a row with `ok` for an architecture on which no configuration has the feature: nothing turns the \
            symbol on, or the lines that would can never take effect. The finding shows every place below the architecture's \
            directory that names the symbol, with the reason why it does not count. If the support is undecided, the row is \
            not reported. If most of a table is wrong, it is reported as `table-other-symbol` instead.",
        why: "Readers of the table rely on support that does not exist. The script that refreshes the tables does not notice: \
            it searches the text, so a comment or a longer name counts as support, and it never removes an `ok`.",
        example: "# arch/riscv/Kconfig does not select the symbol\n\
            \x20   |        riscv: |  ok  |",
        fix: "Write `TODO`. The automatic fix does that and changes only this row.",
    },
    pass: Pass::Table(find),
};

/// The rows that claim too much.
pub(in crate::check) fn find(lint: &Lint, _: &Matrix, row: &Row, findings: &mut Vec<Diagnostic>) {
    for (cell, documented) in row.contradicted(Agreement::Claimed) {
        let truth = match row.is_negated() {
            true => format!("{} is on in every configuration", row.symbols()),
            false => format!("no configuration turns {} on", row.symbols()),
        };
        let finding = row.contradiction(lint, cell, documented, &truth);
        findings.push(row.with_status(finding, cell, &Status::Todo));
    }
}
