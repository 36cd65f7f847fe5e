//! Owns the lint `table-denies-support`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::table::{Agreement, Matrix, Row};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-denies-support",
    group: &group::TABLE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a table says `TODO`, `..` or `N/A` for an architecture that has the feature",
        what: "Reports a row that denies a feature although some configuration of the architecture has it. `ok` is right if \
            at least one configuration has the feature; the tables cannot state the condition.\n\n\
            `..` and `N/A` are statements about hardware that no Kconfig file can prove, so they are right as long as no \
            configuration has the feature. If a feature exists where a symbol is off (`!SYMBOL`), both `ok` and `TODO` are \
            right for an architecture on which only some configurations have it.",
        why: "The table hides existing support, and somebody may do the work again.",
        example: "# arch/riscv/Kconfig selects the symbol\n\
            \x20   |        riscv: | TODO |",
        fix: "Write `ok`. The automatic fix does that and changes only this row.",
    },
    pass: Pass::Table(find),
};

/// The rows that claim too little.
pub(in crate::check) fn find(lint: &Lint, _: &Matrix, row: &Row, findings: &mut Vec<Diagnostic>) {
    for (cell, documented) in row.contradicted(Agreement::Denied) {
        let truth = match (&cell.condition, row.is_negated()) {
            (None, false) => format!("{} is on in every configuration", row.symbols()),
            (None, true) => format!("no configuration turns {} on", row.symbols()),
            (Some(condition), false) => format!("{} is on with `{condition}`", row.symbols()),
            (Some(condition), true) => format!("{} is off with `{condition}`", row.symbols()),
        };
        let mut finding = row.contradiction(lint, cell, documented, &truth);
        if let Some(example) = &cell.example {
            finding = finding.with_note(example.note("for example with"));
        }
        findings.push(row.with_status(finding, cell, &Status::Supported));
    }
}
