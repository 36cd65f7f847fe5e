//! Owns the lint `table-other-symbol`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::table::{Agreement, Doubt, Matrix, Row};
use crate::diag::{Diagnostic, Label, Level, Location};

/// Of the wrong rows so many are shown; the headline counts all of them.
const MAX_SHOWN: usize = 12;

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-other-symbol",
    group: &group::TABLE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "the symbol of a table is undeclared, or most of the table's `ok` rows are wrong",
        what: "Reports a table whose symbol no architecture declares. Also reports a table whose symbol cannot be on for at \
            least three of the architectures with `ok`, if these are at least half of them. The rows of such a table are not \
            reported, and `kfeat emit` does not change their status. If a symbol with a longer name can be on for all of \
            these architectures, the finding names it.",
        why: "The symbol was probably renamed or split without an update of the `Kconfig:` line. Either the line or the rows \
            are wrong.",
        example: "#         Kconfig:       HAVE_OLD_NAME",
        fix: "Name the right symbol, or correct the rows. No automatic fix: only a person can tell which is wrong.",
    },
    pass: Pass::Table(find),
};

/// Whether the whole table is about another symbol.
pub(in crate::check) fn find(lint: &Lint, _: &Matrix, row: &Row, findings: &mut Vec<Diagnostic>) {
    let Some(doubt) = row.doubt() else { return };
    let name = &row.name;
    let headline = match doubt {
        Doubt::Undeclared => format!(
            "`{name}` is about {}, which no Kconfig file declares",
            row.symbols()
        ),
        Doubt::Rows { wrong, of } => format!(
            "`{name}` is about {}, but {wrong} of its {of} rows with `ok` are wrong",
            row.symbols()
        ),
    };
    let place = row
        .table
        .iter()
        .flat_map(|table| table.kconfig_lines())
        .map(|(_, place)| place.clone())
        .next();
    let place = place.unwrap_or_else(|| Location::file(row.path.as_str()));
    let mut finding = row.finding(lint, headline, Label::new(place, "the symbol of the table"));
    let wrong: Vec<_> = row
        .cells
        .iter()
        .filter(|cell| cell.agreement == Agreement::Claimed)
        .collect();
    finding.archs = wrong.iter().map(|cell| cell.arch.clone()).collect();
    let rows = wrong.iter().filter_map(|cell| cell.documented.as_ref());
    for documented in rows.take(MAX_SHOWN) {
        let label = Label::new(documented.location.clone(), "it cannot be on here");
        finding = finding.with_secondary(label);
    }
    let mut instead = wrong
        .first()
        .map_or_else(Vec::new, |cell| cell.instead.clone());
    instead.retain(|name| wrong.iter().all(|cell| cell.instead.contains(name)));
    findings.push(match &*instead {
        [] => finding.with_help("name the right symbol, or correct the rows"),
        names => {
            let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
            let names = names.join(", ");
            finding
                .with_note(format!("{names} can be on for each of these architectures"))
                .with_help(format!(
                    "name {names} instead, or on an additional line, if that is what you meant"
                ))
        }
    });
}
