//! Owns what the findings of the lints about tables share.

use crate::check::lint::Lint;
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Agreement, Cell, Documented, Matrix, Row, repair};
use crate::diag::{Diagnostic, Label};
use crate::feature::arch_support::Status;

/// Most places of the evidence that a finding shows.
const MAX_SHOWN: usize = 8;

/// Why a whole table seems to be about something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No architecture declares any of its symbols.
    Undeclared,
    /// Most of its `ok` rows are wrong.
    Rows {
        /// So many of the rows with `ok` are.
        wrong: usize,
        /// So many rows have `ok` and can be compared.
        of: usize,
    },
}

impl Row {
    /// Whether the table as a whole seems to be about something else, so that its rows say nothing about its symbol.
    pub fn doubt(&self) -> Option<Doubt> {
        let has_symbol = self.table.is_some() && self.spec.is_some();
        if has_symbol && !self.cells.is_empty() && self.cells.iter().all(|cell| !cell.declared) {
            return Some(Doubt::Undeclared);
        }
        let is_ok = |cell: &&Cell| {
            cell.agreement != Agreement::Open
                && cell
                    .documented
                    .as_ref()
                    .is_some_and(|documented| documented.status == Status::Supported)
        };
        let of = self.cells.iter().filter(is_ok).count();
        let is_wrong = |cell: &&Cell| cell.agreement == Agreement::Claimed;
        let wrong = self.cells.iter().filter(is_wrong).count();
        (wrong >= 3 && 2 * wrong >= of).then_some(Doubt::Rows { wrong, of })
    }

    /// The cell of an architecture.
    pub fn cell(&self, matrix: &Matrix, arch: &str) -> Option<&Cell> {
        let index = matrix
            .architectures
            .iter()
            .position(|known| known == arch)?;
        self.cells.get(index)
    }

    /// Whether the feature is there where its symbols are off.
    pub fn is_negated(&self) -> bool {
        self.spec
            .as_ref()
            .is_some_and(|spec| spec.kconfig.iter().all(|term| term.negated))
    }

    /// The symbols, as a finding names them.
    pub(in crate::check) fn symbols(&self) -> String {
        let terms = self.spec.iter().flat_map(|spec| &spec.kconfig);
        let names: Vec<String> = terms.map(|term| format!("`{}`", term.symbol)).collect();
        names.join(" or ")
    }

    /// The symbols as a sentence outside a terminal names them.
    pub fn symbols_plain(&self) -> String {
        self.symbols().replace('`', "")
    }

    /// A finding about the table.
    pub(in crate::check) fn finding(
        &self,
        lint: &Lint,
        headline: String,
        primary: Label,
    ) -> Diagnostic {
        let mut finding = Diagnostic::new(lint.name, lint.level(), headline, primary);
        finding.feature = Some(self.name.clone());
        finding.symbol = self
            .spec
            .as_ref()
            .and_then(|spec| spec.kconfig.first())
            .map(|term| term.symbol.to_string());
        finding
    }

    /// The cells with this agreement, each with what the table says of it; none where the table as a whole is in doubt.
    pub(in crate::check) fn contradicted(
        &self,
        agreement: Agreement,
    ) -> impl Iterator<Item = (&Cell, &Documented)> {
        let is_sure = self.doubt().is_none();
        self.cells
            .iter()
            .filter(move |cell| is_sure && cell.agreement == agreement)
            .filter_map(|cell| Some((cell, cell.documented.as_ref()?)))
    }

    /// The finding that the table says something else of a cell than is true.
    pub(in crate::check) fn contradiction(
        &self,
        lint: &Lint,
        cell: &Cell,
        documented: &Documented,
        truth: &str,
    ) -> Diagnostic {
        let (arch, word) = (&cell.arch, documented.status.word());
        let headline = format!("`{}` says `{word}` for `{arch}`, but {truth}", self.name);
        let primary = Label::new(documented.location.clone(), "the table says so");
        let mut finding = self
            .finding(lint, headline, primary)
            .with_arch(arch.clone());
        self.show(cell, &mut finding);
        finding
    }

    /// The finding about a cell with the order, and the change, to write another status.
    pub(in crate::check) fn with_status(
        &self,
        mut finding: Diagnostic,
        cell: &Cell,
        status: &Status,
    ) -> Diagnostic {
        let row = self.table.as_ref().and_then(|table| table.row(&cell.arch));
        finding.fix = row.map(|row| repair::status(row, status));
        finding.with_help(format!("write `{}`", status.word()))
    }

    /// Adds what proves a cell to a finding about it.
    fn show(&self, cell: &Cell, finding: &mut Diagnostic) {
        for evidence in cell.evidence.iter().take(MAX_SHOWN) {
            let label = Label::new(evidence.location.clone(), words(evidence));
            finding.secondary.push(label);
        }
        let more = cell.evidence.len().saturating_sub(MAX_SHOWN);
        if more > 0 {
            finding.notes.push(format!("{more} more places name it"));
        }
        if let Some(reason) = cell
            .reason
            .as_ref()
            .filter(|_| cell.supported == Supported::No)
        {
            finding.notes.push(reason.clone());
        }
    }
}

/// What a place has to do with the symbol.
fn words(evidence: &Evidence) -> String {
    if let Some(note) = &evidence.note {
        return note.clone();
    }
    let when = evidence
        .condition
        .as_ref()
        .map_or_else(String::new, |condition| format!(" with `{condition}`"));
    match evidence.role {
        Role::Declaration => "declared here".to_owned(),
        Role::Default => format!("on by default{when}"),
        Role::Imply => format!("implied{when}"),
        _ => format!("selected{when}"),
    }
}
