//! Owns the lint `table-denies-support`.

use crate::check::lint::Lint;
use crate::check::table::{Agreement, Matrix, Row};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-denies-support",
    level: Level::Deny,
    summary: "a table says `TODO`, `..` or `N/A` for an architecture that has the feature",
    explanation: "The table says that the architecture does not have the feature, and there is a configuration of it that has. \
        `ok` is right as soon as one configuration has it; the tables have no word for the condition.\n\n\
        `..` and `N/A` are statements about hardware that no Kconfig file can prove, so they are right as long as no configuration \
        has the feature. Where a feature is there without a symbol (`!SYMBOL`), both `ok` and `TODO` are right for an architecture of \
        which only some configurations do without.",
    run: |_, _, _| {},
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
