//! Owns whether a table as a whole can be trusted, and which of its cells contradict Kconfig.

use super::matrix::{Agreement, Cell, Documented, Matrix, Row};
use crate::check::support::verdict::Supported;
use crate::feature::arch_support::Status;

/// Why a whole table seems to be about something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doubt {
    /// No architecture declares any of its symbols.
    Undeclared,
    /// Most of its `ok` rows are wrong.
    Rows {
        /// Number of rows with `ok` that are wrong.
        wrong: usize,
        /// Number of rows with `ok` that can be compared.
        of: usize,
    },
}

impl Row {
    /// Whether the table as a whole seems to be about something else, so that its rows say nothing about its symbol.
    pub fn doubt(&self) -> Option<Doubt> {
        let has_symbol = self.table.is_some() && self.spec.is_some();
        // A file that could not be read may declare it.
        let lacks_it = |cell: &Cell| !cell.declared && cell.supported != Supported::Undecided;
        if has_symbol && !self.cells.is_empty() && self.cells.iter().all(lacks_it) {
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
}
