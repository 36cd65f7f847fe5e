//! Owns how the matrix of features and architectures looks: one module a format.
//!
//! | module | owns |
//! |---|---|
//! | `view` | what every format shows of a matrix; the formats `json` and `yaml` are this as it is |
//! | `table` | the format `table`, for a terminal |
//! | [`between`] | what changed from one matrix to another, in all formats |
//! | `html` | what the page has besides the cells: the tree, links, sums; and the index of several pages |
//! | `csv` | the format `csv`, for spreadsheets and scripts |
//! | `template` | the formats that a template makes: `html`, `md`, `rst`, and those of the user |
//! | `rst` | what the kernel's documentation shows of the tables |

pub mod between;
mod csv;
mod html;
mod rst;
mod table;
mod template;
#[cfg(test)]
mod tests;
mod view;

use crate::check::support::verdict::Supported;
use crate::check::table::{Cell, Matrix};
use crate::feature::arch_support::Status;
use crate::report::json::written;

pub use html::{About, Changes, LinkTemplate, PRESETS, Release, counts, index};
pub use rst::{Part, Script, Shown, is_documented, rst};
pub use template::{TemplateError, TemplateFile};

/// The version of the schema of the matrix, `docs/schema/matrix.schema.json`. The first number changes when a field goes away
/// or changes its meaning, the second when one is added.
pub const SCHEMA_VERSION: &str = "1.2";

/// The words that select cells: what a table says (`none` where it has no row), what Kconfig says, and how they compare.
pub const STATUSES: &[&str] = &[
    "ok",
    "TODO",
    "..",
    "N/A",
    "none",
    "yes",
    "no",
    "undecided",
    "agrees",
    "claimed",
    "denied",
    "open",
];

/// Which cells of a matrix are shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Selection {
    /// Words out of [`STATUSES`], of which any is enough; empty for all cells.
    pub statuses: Vec<String>,
}

impl Selection {
    /// Whether the cell is shown.
    fn has(&self, cell: &Cell) -> bool {
        let documented = cell
            .documented
            .as_ref()
            .map_or("none", |of| of.status.word());
        let words = [documented, cell.supported.word(), cell.agreement.word()];
        self.statuses.is_empty()
            || self
                .statuses
                .iter()
                .any(|status| words.contains(&&**status))
    }
}

/// How the format `table` is to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether escape sequences for colours may be written.
    pub color: bool,
    /// The width of the terminal in columns.
    pub width: usize,
}

/// The format `table`: a row for each feature, a column for each architecture, a sign in each cell, and what they mean.
pub fn table(matrix: &Matrix, selection: &Selection, options: &Options) -> String {
    table::render(&view::page(matrix, selection, &view::visible), options)
}

/// The format `csv`: one line a cell after one with the names of the columns, as RFC 4180 has it.
pub fn csv(matrix: &Matrix, selection: &Selection) -> String {
    csv::render(&view::page(matrix, selection, &str::to_owned))
}

/// The format `json`: one object, indented, with a line's end. Its schema is `docs/schema/matrix.schema.json`.
pub fn json(matrix: &Matrix, selection: &Selection) -> String {
    let page = view::page(matrix, selection, &str::to_owned).without_gaps();
    written(&page)
}

/// The format `yaml`: what `json` holds, as YAML.
pub fn yaml(matrix: &Matrix, selection: &Selection) -> String {
    let page = view::page(matrix, selection, &str::to_owned).without_gaps();
    serde_yaml::to_string(&page).unwrap_or_else(|error| {
        unreachable!("invariant: the views have only strings, numbers and lists: {error}")
    })
}

/// The format `html`: one page that needs nothing else; `about` says what tree it is of. `files` are templates of the user, which replace those of the same name.
///
/// # Errors
///
/// A template of the user's is wrong.
pub fn html(
    matrix: &Matrix,
    selection: &Selection,
    about: &About,
    files: &[TemplateFile],
) -> Result<String, TemplateError> {
    let page = html::page(view::page(matrix, selection, &view::visible), about);
    template::render("matrix.html", &page, files)
}

/// The format `md`: an overview and a table for each feature, as Markdown. `files` are templates of the user, which replace those of the same
/// name.
///
/// # Errors
///
/// A template of the user's is wrong.
pub fn md(
    matrix: &Matrix,
    selection: &Selection,
    files: &[TemplateFile],
) -> Result<String, TemplateError> {
    let page = view::page(matrix, selection, &view::visible);
    let page = html::page(page, &About::default());
    template::render("matrix.md", &page, files)
}

/// The state of a cell in one word: `always`, `conditional`, `never` or `undecided`.
fn state(cell: &Cell) -> &'static str {
    match (cell.supported, &cell.condition) {
        (Supported::Yes, None) => "always",
        (Supported::Yes, Some(_)) => "conditional",
        (Supported::No, _) => "never",
        (Supported::Undecided, _) => "undecided",
    }
}

/// Whether the two sides of a cell contradict each other.
fn contradicts(agreement: &str) -> bool {
    matches!(agreement, "claimed" | "denied")
}

/// The meaning of a table's status, in words.
fn meaning(status: &Status) -> &'static str {
    match status {
        Status::Supported => "supported",
        Status::Todo => "not supported yet",
        Status::Impossible => "not supported by the hardware",
        Status::NotApplicable => "does not apply",
        Status::Other(_) => "unknown status",
    }
}
