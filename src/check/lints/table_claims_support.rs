//! Owns the lint `table-claims-support`.

use crate::check::lint::Lint;
use crate::check::table::{Agreement, Matrix, Row};
use crate::diag::{Diagnostic, Level};
use crate::feature::arch_support::Status;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-claims-support",
    level: Level::Deny,
    summary: "a table says `ok` for an architecture that cannot have the feature",
    explanation: "The table says that the architecture has the feature, and no configuration of it has: nothing turns the symbol \
        on, or every line that would needs what cannot be. The script that refreshes the tables does not see this. It searches \
        by text, so that a comment and a longer name count as support, and it never takes an `ok` back.\n\n\
        Every place below the architecture's directory that names the symbol is shown, with the reason why it does not count. A status \
        that has to stay undecided is never reported. Where most of a table is wrong, the table has the lint \
        `table-other-symbol` instead.",
    run: |_, _, _| {},
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
