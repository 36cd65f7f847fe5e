//! Owns the matrix of features and architectures: for every table below `Documentation/features` what it says of each
//! architecture, and what Kconfig says.
//!
//! Each architecture's model is built once, and one solver answers the questions of all features.
//!
//! | module | owns |
//! |---|---|
//! | [`mod@matrix`] | the rows and cells |
//! | [`bearing`] | which tables a run looks at, and which cells a series bears on |
//! | [`between`] | what changed from one matrix to another |
//! | [`rows`] | the features, taken from the tables and the specs |
//! | `cells` | what each table says of an architecture beside what Kconfig says |
//! | [`configs`] | which default configurations an architecture has |
//! | [`defconfigs`] | which of them turn a feature on |
//! | `findings` | whether a table can be trusted, and which of its cells contradict Kconfig |
//! | `repair` | the safe changes of a table |

pub mod bearing;
pub mod between;
pub(in crate::check) mod cells;
pub mod configs;
pub mod defconfigs;
mod findings;
pub mod matrix;
pub(in crate::check) mod repair;
pub mod rows;
#[cfg(test)]
mod tests;

use rayon::prelude::*;

use crate::kconfig::model::environment::{Environment, Version};
use crate::kconfig::model::{self, Unanswered, Unread};
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};
pub use defconfigs::Toolchain;
pub use findings::Doubt;
pub use matrix::{Agreement, Cell, Documented, Matrix, Row};

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
type Column = (Vec<Cell>, Option<matrix::ArchDefconfigs>, Option<Unread>);

fn made(
    tree: &Tree,
    mut rows: Vec<Row>,
    architectures: &[String],
    toolchain: Option<Toolchain<'_>>,
    done: &mut dyn FnMut(&'static str),
) -> Result<Matrix, TreeError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    sources.preload(architectures);
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
