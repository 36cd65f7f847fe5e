//! Owns the matrix of features and architectures: for every table below `Documentation/features` what it says of each
//! architecture, and what Kconfig says.
//!
//! Each architecture's model is built once, and one solver answers the questions of all features.
//!
//! | module | owns |
//! |---|---|
//! | [`between`] | what changed from one matrix to another |
//! | [`rows`] | the features, taken from the tables and the specs |
//! | `cells` | what each table says of an architecture beside what Kconfig says |
//! | [`configs`] | which default configurations an architecture has |
//! | [`defconfigs`] | which of them turn a feature on |
//! | `findings` | what the findings of the lints about tables share |
//! | `repair` | the safe changes of a table |

pub mod between;
pub(in crate::check) mod cells;
pub mod configs;
pub mod defconfigs;
mod findings;
pub(in crate::check) mod repair;
pub mod rows;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::diag::{Diagnostic, Location};
use crate::feature::arch_support::{Status, Table};
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::{Environment, Version};
use crate::kconfig::model::{self, Unanswered, Unread};
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};

use crate::check::support::proof::Example;
use crate::check::support::verdict::{Evidence, Supported, Verdict};
pub use defconfigs::Toolchain;
pub use findings::Doubt;

/// All features on all architectures that were asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Matrix {
    /// The architectures, in the order of the cells of each row.
    pub architectures: Vec<String>,
    /// The default configurations of each of them, where they were asked for.
    pub defconfigs: Option<Vec<defconfigs::OfArch>>,
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
    /// What is wrong with the form of the table.
    pub syntax: Vec<Diagnostic>,
    /// One cell for each of [`Matrix::architectures`].
    pub cells: Vec<Cell>,
}

/// One feature on one architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The architecture: the name of its directory below `arch/`.
    pub arch: String,
    /// What the table says; `None` where it has no row for the architecture.
    pub documented: Option<Documented>,
    /// Whether some configuration has the feature.
    pub supported: Supported,
    /// The Kconfig expression under which it is there. `None` beside [`Supported::Yes`] means always.
    pub condition: Option<String>,
    /// Whether the table says the same.
    pub agreement: Agreement,
    /// Whether some file of the architecture declares one of the symbols.
    pub declared: bool,
    /// A configuration that has it, where the table says that there is none and not every configuration has it.
    pub example: Option<Example>,
    /// Symbols with longer names that can be on, where the table says that the feature is there and it is not.
    pub instead: Vec<String>,
    /// Why it is not, or why that is undecided; one sentence, lower case, no full stop.
    pub reason: Option<String>,
    /// The places that prove it, the decisive one first. Where the feature is not there: every place that names the symbol,
    /// with the reason why it does not count in [`Evidence::note`].
    pub evidence: Vec<Evidence>,
    /// Which default configurations turn it on, where that was asked for.
    pub defconfigs: Option<defconfigs::OfCell>,
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

/// What a table says of an architecture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Documented {
    /// The status.
    pub status: Status,
    /// The word of the status.
    pub location: Location,
}

impl Row {
    /// Whether somebody who says `name` means this feature: its directory, with or without the one around it, or what its
    /// table calls it.
    pub fn is_called(&self, name: &str) -> bool {
        if self.spec.as_ref().is_some_and(|spec| *spec.title == *name) {
            return true;
        }
        match name.rsplit_once('/') {
            Some((subsystem, name)) => subsystem == self.subsystem && name == self.name,
            None => name == self.name,
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

/// What Kconfig and the tables say of each feature on each architecture. `rows` are those of [`rows::of_tree`], without cells;
/// `architectures` are directories below `arch/`, in the order in which the cells are to stand. After each step `done` is
/// called with its name.
///
/// # Errors
///
/// The tree cannot be read.
pub fn matrix(
    tree: &Tree,
    rows: Vec<Row>,
    architectures: &[String],
    done: &mut dyn FnMut(&'static str),
) -> Result<Matrix, TreeError> {
    made(tree, rows, architectures, None, done)
}

/// The same, with the default configurations that turn each feature on.
///
/// # Errors
///
/// The tree cannot be read.
pub fn matrix_with_defconfigs(
    tree: &Tree,
    rows: Vec<Row>,
    architectures: &[String],
    toolchain: Toolchain<'_>,
) -> Result<Matrix, TreeError> {
    made(tree, rows, architectures, Some(toolchain), &mut |_| {})
}

/// The cells of one architecture, its default configurations, and why a Kconfig file could not be read.
type Column = (Vec<Cell>, Option<defconfigs::OfArch>, Option<Unread>);

fn made(
    tree: &Tree,
    mut rows: Vec<Row>,
    architectures: &[String],
    toolchain: Option<Toolchain<'_>>,
    done: &mut dyn FnMut(&'static str),
) -> Result<Matrix, TreeError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let mut roots = vec!["Kconfig".to_owned()];
    roots.extend(
        architectures
            .iter()
            .map(|arch| format!("arch/{arch}/Kconfig")),
    );
    sources.preload(&roots);
    done("kconfig");
    let columns: Vec<Column> = architectures
        .par_iter()
        .map(|arch| {
            let environment = Environment::of_all_configurations(arch, &version);
            let mut outside = Unanswered(&environment);
            let model = model::build(&sources, "Kconfig", arch, &version, &mut outside);
            let mut cells = cells::cells(&sources, &model, &rows)?;
            let Some(toolchain) = toolchain else {
                return Ok((cells, None, model.unread));
            };
            let (of_arch, of_cells) = defconfigs::of_arch(tree, &model, &rows, toolchain)?;
            for (cell, of_cell) in cells.iter_mut().zip(of_cells) {
                cell.defconfigs = Some(of_cell);
            }
            Ok((cells, Some(of_arch), model.unread))
        })
        .collect::<Result<_, TreeError>>()?;
    done("architectures");
    let (mut of_archs, mut unread) = (Vec::new(), Vec::new());
    for (arch, (cells, of_arch, of_files)) in architectures.iter().zip(columns) {
        unread.extend(of_files.map(|unread| (arch.clone(), unread)));
        of_archs.extend(of_arch);
        for (row, cell) in rows.iter_mut().zip(cells) {
            row.cells.push(cell);
        }
    }
    Ok(Matrix {
        architectures: architectures.to_vec(),
        defconfigs: toolchain.map(|_| of_archs),
        features: rows,
        unread,
    })
}
