//! Owns the matrix itself: a row for each feature, a cell for each architecture.

use super::configs::Defconfig;
use crate::check::support::question::Example;
use crate::check::support::verdict::{Evidence, Supported, Verdict};
use crate::diag::{Diagnostic, Location};
use crate::feature::arch_support::{Status, Table};
use crate::feature::lookup::Candidate;
use crate::feature::spec::Spec;
use crate::kconfig::model::Unread;

/// All features on all architectures that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The architectures, in the order of the cells of each row.
    pub architectures: Vec<String>,
    /// The default configurations of each of them, where they were asked for.
    pub defconfigs: Option<Vec<ArchDefconfigs>>,
    /// The features, sorted by the paths of their tables.
    pub features: Vec<Row>,
    /// The architectures whose cells are undecided, because a Kconfig file of theirs could not be read, each with the reason.
    pub unread: Vec<(String, Unread)>,
}

/// One feature on all architectures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The feature: its name, title, description, the directory of its table and the terms of Kconfig, of which any is enough.
    /// A table without a `Kconfig:` line that can be read has none of them here.
    pub spec: Option<Spec>,
    /// The feature's own directory, for example `lazy_mmu`.
    pub name: String,
    /// The directory around it, for example `vm`.
    pub subsystem: String,
    /// The path of its table, relative to the tree's root, whether there is one or not.
    pub path: String,
    /// The table, where the tree has it.
    pub table: Option<Table>,
    /// Problems with the form of the table.
    pub syntax: Vec<Diagnostic>,
    /// One cell for each of [`Matrix::architectures`].
    pub cells: Vec<Cell>,
}

/// One feature on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The architecture: the name of its directory below `arch/`.
    pub arch: String,
    /// The status in the table; `None` if it has no row for the architecture.
    pub documented: Option<Documented>,
    /// Whether some configuration has the feature.
    pub supported: Supported,
    /// The Kconfig expression under which it is there. `None` beside [`Supported::Yes`] means always.
    pub condition: Option<String>,
    /// Whether the table says the same.
    pub agreement: Agreement,
    /// Whether some file of the architecture declares one of the symbols.
    pub declared: bool,
    /// A configuration that has it, where the table denies support and not every configuration has it.
    pub example: Option<Example>,
    /// Symbols with longer names that can be on, where the table says that the feature is there and it is not.
    pub instead: Vec<String>,
    /// Why it is not, or why that is undecided; one sentence, lower case, no full stop.
    pub reason: Option<String>,
    /// The places that prove it, the decisive one first. Where the feature is not there: every place that names the symbol,
    /// with the reason why it does not count in [`Evidence::note`].
    pub evidence: Vec<Evidence>,
    /// Whether the headers keep the contract, where that was asked for, the architecture has the feature, and the feature has hooks.
    pub contract: Option<Contract>,
    /// Which default configurations turn it on, where that was asked for.
    pub defconfigs: Option<CellDefconfigs>,
}

/// Whether an architecture keeps the contract of a feature that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Contract {
    /// Nothing is missing.
    Kept,
    /// A hook is missing in some configuration.
    Broken,
}

impl Contract {
    /// The word that stands in output.
    pub fn word(self) -> &'static str {
        match self {
            Contract::Kept => "kept",
            Contract::Broken => "broken",
        }
    }
}

/// How what a table says of an architecture compares with what Kconfig says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Agreement {
    /// Both say the same. Where a feature is there without a symbol (`!SYMBOL`) and only some configurations do without, both
    /// `ok` and `TODO` say so: the table counts what is left to do.
    Agrees,
    /// The table says that the feature is there, and no configuration has it.
    Claimed,
    /// The table says that the feature is not there, and a configuration has it.
    Denied,
    /// There is nothing to compare: no table, no row, a status that the format does not know, or an undecided cell.
    Open,
}

impl Agreement {
    /// The word that stands in output.
    pub fn word(self) -> &'static str {
        match self {
            Agreement::Agrees => "agrees",
            Agreement::Claimed => "claimed",
            Agreement::Denied => "denied",
            Agreement::Open => "open",
        }
    }
}

/// The claim of a table about an architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// The status.
    pub status: Status,
    /// The word of the status.
    pub location: Location,
}

impl Row {
    /// Whether the tree has the table, even if it cannot be read.
    pub fn is_in_tree(&self) -> bool {
        self.table.is_some() || !self.syntax.is_empty()
    }

    /// Why the table, which is there, could not be read; one sentence, lower case, no full stop.
    pub fn why_unread(&self) -> Option<&str> {
        let finding = self.syntax.first().filter(|_| self.table.is_none())?;
        Some(finding.notes.first().unwrap_or(&finding.headline))
    }

    /// Its names, for [`crate::feature::lookup`].
    pub fn names(&self) -> Candidate<'_> {
        let spec = self.spec.as_ref();
        let symbols = spec.iter().flat_map(|spec| &spec.kconfig);
        Candidate {
            name: &self.name,
            subsystem: &self.subsystem,
            title: spec.map_or("", |spec| &spec.title),
            symbols: symbols.map(|term| &*term.symbol).collect(),
        }
    }
}

impl Matrix {
    /// A matrix from its rows without cells, and the cells of each architecture, in the order of the rows. The columns are
    /// sorted by architecture.
    pub(in crate::check) fn from_columns(
        mut rows: Vec<Row>,
        mut columns: Vec<(String, Vec<Cell>)>,
        unread: Vec<(String, Unread)>,
    ) -> Self {
        columns.sort_by(|(a, _), (b, _)| a.cmp(b));
        let mut architectures = Vec::new();
        for (arch, cells) in columns {
            for (row, cell) in rows.iter_mut().zip(cells) {
                row.cells.push(cell);
            }
            architectures.push(arch);
        }
        Self {
            architectures,
            defconfigs: None,
            features: rows,
            unread,
        }
    }

    /// Leaves out the cells of all other architectures.
    pub fn keep_architectures(&mut self, architectures: &[String]) {
        if let Some(of_archs) = &mut self.defconfigs {
            let mut kept = self.architectures.iter();
            of_archs.retain(|_| kept.next().is_some_and(|arch| architectures.contains(arch)));
        }
        self.architectures
            .retain(|arch| architectures.contains(arch));
        self.unread.retain(|(arch, _)| architectures.contains(arch));
        for row in &mut self.features {
            row.cells.retain(|cell| architectures.contains(&cell.arch));
        }
    }

    /// The cells as verdicts, feature by feature.
    pub fn verdicts(&self) -> Vec<Verdict> {
        let of_row = |row: &Row| -> Vec<Verdict> {
            let cells = row.cells.iter().map(|cell| Verdict {
                feature: row.name.clone(),
                arch: cell.arch.clone(),
                supported: cell.supported,
                condition: cell.condition.clone(),
                reason: cell.reason.clone(),
                evidence: cell.evidence.clone(),
            });
            cells.collect()
        };
        self.features.iter().flat_map(of_row).collect()
    }
}

/// The default configurations of one architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ArchDefconfigs {
    /// All of them, sorted by name.
    pub all: Vec<Defconfig>,
    /// Why none could be computed.
    pub refused: Option<String>,
}

/// Which default configurations turn a feature on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CellDefconfigs {
    /// Those that turn it on, by name.
    pub on: Vec<String>,
    /// Those for which it is open, for a command without an answer decides.
    pub open: Vec<String>,
    /// The commands that it rests on.
    pub probes: Vec<Probe>,
}

/// A command whose answer decides in some default configuration whether a feature is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The text of the file, for example `$(cc-option,-fx)`.
    pub text: String,
    /// The line that asks.
    pub location: Location,
    /// Its answer, or `None` if that is unknown.
    pub answer: Option<String>,
    /// The default configurations in which another answer would change the feature.
    pub defconfigs: Vec<String>,
}
