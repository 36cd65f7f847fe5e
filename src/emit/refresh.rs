//! Owns how a table is brought up to date, or made: which of its rows change, and its new text.

use super::arch_support::{self, Arches, NewTable};
use crate::check::support::verdict::Supported;
use crate::check::table::{Agreement, Cell, Row};
use crate::feature::arch_support::{Status, Table};

/// A table with what it should be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refreshed {
    /// Its path, relative to the tree's root.
    pub path: String,
    /// Its bytes as they are; `None` where the tree does not have it yet.
    pub old: Option<Vec<u8>>,
    /// Its bytes as they should be.
    pub new: Vec<u8>,
    /// Why the old ones must not be replaced: what would be lost.
    pub loss: Option<String>,
    /// The rows that say something else now, sorted by architecture. Empty where only the form changes, or nothing.
    pub changes: Vec<Change>,
}

/// A row that says something else now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// The architecture.
    pub arch: String,
    /// Holds what the row said; `None` where there was none.
    pub old: Option<Status>,
    /// Holds what it says; `None` where it is removed.
    pub new: Option<Status>,
}

impl Refreshed {
    /// Whether anything changes.
    pub fn is_change(&self) -> bool {
        self.old.as_ref() != Some(&self.new)
    }
}

/// The table of a row of the matrix, brought up to date. `None` if no symbol is known, or if neither a table exists nor an
/// architecture declares the symbol: the tree does not have the feature. The cells are those of all architectures of the tree.
///
/// A status changes only where Kconfig proves it wrong. Where the whole table seems to be about another symbol, none does.
pub fn refreshed(row: &Row) -> Option<Refreshed> {
    let (table, spec) = (row.table.as_ref(), row.spec.as_ref()?);
    if table.is_none() && !row.cells.iter().any(|cell| cell.declared) {
        return None;
    }
    let architectures: Vec<String> = row.cells.iter().map(|cell| cell.arch.clone()).collect();
    let is_doubtful = row.doubt().is_some();
    let of_arch = |arch: &str| {
        let cell = row.cells.iter().find(|cell| cell.arch == arch);
        cell.map_or(arch_support::Cell::Undecided, |cell| {
            known(cell, is_doubtful)
        })
    };
    let NewTable { bytes: new, loss } =
        arch_support::arch_support(spec, &architectures, &of_arch, table, Arches::All);
    let (after, _) = Table::parse(row.path.as_str(), &new);
    let mut archs: Vec<&str> = table
        .into_iter()
        .flat_map(Table::rows)
        .chain(after.rows())
        .map(|row| &*row.arch)
        .collect();
    archs.sort_unstable();
    archs.dedup();
    let status = |table: &Table, arch: &str| table.row(arch).map(|row| row.status.clone());
    let changes = archs
        .into_iter()
        .map(|arch| Change {
            arch: arch.to_owned(),
            old: table.and_then(|table| status(table, arch)),
            new: status(&after, arch),
        })
        .filter(|change| change.old != change.new);
    Some(Refreshed {
        path: row.path.clone(),
        old: table.map(Table::to_bytes),
        changes: changes.collect(),
        new,
        loss,
    })
}

/// Returns what a cell has to say about its row.
fn known(cell: &Cell, is_doubtful: bool) -> arch_support::Cell {
    // A row that is not wrong stays as it is: `..` and `TODO` may both be right.
    let stays = cell.documented.is_some() && (is_doubtful || cell.agreement == Agreement::Agrees);
    match cell.supported {
        _ if stays => arch_support::Cell::Undecided,
        Supported::Yes => arch_support::Cell::Supported,
        Supported::No => arch_support::Cell::NotSupported,
        Supported::Undecided => arch_support::Cell::Undecided,
    }
}
