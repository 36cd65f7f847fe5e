//! Owns the lint `table-rows`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::table::{Matrix, Row, repair};
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::feature::arch_support::{Status, Table, write};

pub(in crate::check) const LINT: Lint = Lint {
    name: "table-rows",
    group: &group::TABLE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "a row of a table is missing, repeated, misplaced or extra",
        what: "Reports a table that does not have exactly one row for each architecture of the tree, or whose rows are not in \
            alphabetical order.\n\n\
            In a series (`--range`, `--patch`, a hook) it is an error.",
        why: "Adding or removing an architecture requires an update of all tables, which is easily forgotten. If an \
            architecture has two rows, the kernel's documentation shows the last one.",
        example: "    |       parisc: | TODO |\n\
            \x20   |        sparc: |  ok  |\n\
            \x20   |        riscv: | TODO |",
        fix: "Add, remove or move the row. The automatic fix does that; a comment above a row moves with it. `kfeat emit \
            --all` writes whole tables.",
    },
    pass: Pass::Table(find),
};

/// The rows that are not where they should be.
pub(in crate::check) fn find(
    lint: &Lint,
    matrix: &Matrix,
    row: &Row,
    findings: &mut Vec<Diagnostic>,
) {
    let Some(table) = &row.table else { return };
    if table.rows().next().is_none() {
        // That the table has no rows at all is one finding, of `table-syntax`.
        return;
    }
    let name = &row.name;
    for line in table
        .rows()
        .filter(|line| !matrix.architectures.contains(&line.arch))
    {
        let arch = &line.arch;
        let headline =
            format!("`{name}` has a row for `{arch}`, which is not an architecture of this tree");
        let primary = Label::new(
            line.arch_location.clone(),
            format!("there is no `arch/{arch}/Kconfig`"),
        );
        let mut finding = row.finding(lint, headline, primary);
        finding.fix = repair::without(table, line);
        findings.push(finding.with_help("remove the row"));
    }
    for line in table.repeated_rows() {
        let arch = &line.arch;
        let headline = format!("`{name}` has a second row for `{arch}`");
        let mut finding = row.finding(
            lint,
            headline,
            Label::new(line.location.clone(), "the second row"),
        );
        if let Some(first) = table.rows().find(|first| first.arch == *arch) {
            let first = Label::new(first.location.clone(), "the first row");
            finding = finding.with_secondary(first);
        }
        // The last row is the one that counts; without those above it the table says the same.
        let above = table.rows().take_while(|above| *above != line);
        let above = above.filter(|above| above.arch == *arch).last();
        finding.fix = above.and_then(|above| repair::without(table, above));
        findings.push(
            finding
                .with_arch(arch.clone())
                .with_help("remove one of them"),
        );
    }
    let misplaced = table.misplaced_rows();
    for &line in &misplaced {
        let headline = format!(
            "the row for `{}` in `{name}` is not in alphabetical order",
            line.arch
        );
        let mut finding = row.finding(
            lint,
            headline,
            Label::new(line.arch_location.clone(), "misplaced"),
        );
        let mut in_place = table.rows().filter(|row| !misplaced.contains(row));
        if let Some(next) = in_place.find(|next| next.arch > line.arch) {
            let place = Label::new(next.arch_location.clone(), "it belongs above this row");
            finding = finding
                .with_secondary(place)
                .with_help(format!("move it above the row for `{}`", next.arch));
        }
        // A row that has to go need not be moved first.
        if table.row(&line.arch) == Some(line) && matrix.architectures.contains(&line.arch) {
            finding.fix = repair::moved(table, line);
        }
        findings.push(finding.with_arch(line.arch.clone()));
    }
    for arch in matrix
        .architectures
        .iter()
        .filter(|arch| table.row(arch).is_none())
    {
        findings.push(missing(lint, matrix, row, table, arch));
    }
}

/// An architecture without a row.
fn missing(lint: &Lint, matrix: &Matrix, row: &Row, table: &Table, arch: &str) -> Diagnostic {
    let headline = format!("`{}` has no row for `{arch}`", row.name);
    let next = table.rows().find(|next| *next.arch > *arch);
    let last = table.rows().last();
    let (primary, place) = match (next, last) {
        (Some(next), _) => (
            Label::new(next.arch_location.clone(), "it belongs above this row"),
            format!("above the row for `{}`", next.arch),
        ),
        (None, Some(last)) => (
            Label::new(last.arch_location.clone(), "it belongs below this row"),
            format!("below the row for `{}`", last.arch),
        ),
        (None, None) => (
            Label::new(Location::file(table.path().clone()), ""),
            "to the table".to_owned(),
        ),
    };
    let known = repair::status_of(row.cell(matrix, arch));
    let line = write::row(arch, known.as_ref().unwrap_or(&Status::Todo));
    let help = match write::can_have_row(arch) {
        true => format!("add `{}` {place}", line.trim()),
        false => "rename the directory: no row can hold its name".to_owned(),
    };
    let mut finding = row
        .finding(lint, headline, primary)
        .with_arch(arch)
        .with_help(help);
    finding.fix = repair::malformed_row_of(table, matrix, arch)
        .or_else(|| repair::with(table, arch, known.as_ref()?));
    finding
}
