//! Owns which features there are: every table of the tree is one, and a spec without a table is one, too.

use crate::check::table::matrix::Row;
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::feature::arch_support::{TABLE_SYNTAX, Table};
use crate::feature::lookup::{self, UnknownFeature};
use crate::feature::name::Directory;
use crate::feature::spec::{FEATURES_DIRECTORY, Spec, TABLE_FILE};
use crate::tree::{PassedOver, Tree, TreeError, error_with_causes};

/// The features of the tree's tables and of `specs`, sorted by the paths of their tables, without cells. A spec whose table
/// the tree has adds what a table cannot say, its hooks for example; title, description and terms are those of the table.
///
/// A table that cannot be read, and a link or whatever else stands where tables do, is a row with a finding: nothing is known of the
/// feature, and nothing is made in its place.
///
/// # Errors
///
/// The tables cannot be listed or read.
pub fn of_tree(tree: &Tree, specs: &[Spec]) -> Result<Vec<Row>, TreeError> {
    let is_table = |path: &str| path.ends_with(TABLE_FILE) && Table::is_table_path(path);
    let paths = match tree.walk(FEATURES_DIRECTORY, &is_table) {
        Err(TreeError::NotFound { .. }) => Vec::new(),
        paths => paths?,
    };
    let mut rows = Vec::new();
    for path in paths {
        let text = match tree.read(&path) {
            Ok(text) => text,
            // Where the repository or the system fails, nothing is known of the other tables either.
            Err(error @ (TreeError::Git(_) | TreeError::NoObject { .. })) => return Err(error),
            Err(error) => {
                rows.push(unread(&path, &path, &error_with_causes(&error)));
                continue;
            }
        };
        let (table, syntax) = Table::parse(path.as_str(), text);
        let known = specs.iter().find(|spec| spec.table_path() == path);
        rows.push(row(path, Some(table), syntax, known));
    }
    let irregular = match tree.irregular(FEATURES_DIRECTORY) {
        Err(TreeError::NotFound { .. }) => Vec::new(),
        irregular => irregular?,
    };
    for PassedOver { path: at, why } in &irregular {
        let path = match at.ends_with(TABLE_FILE) {
            true => at.clone(),
            false => format!("{at}/{TABLE_FILE}"),
        };
        if rows.iter().all(|row| row.path != path) {
            rows.push(unread(&path, at, why));
        }
    }
    let is_known = |path: &str| {
        irregular.iter().any(|PassedOver { path: at, .. }| {
            path.strip_prefix(&**at)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        })
    };
    for spec in specs {
        let path = spec.table_path();
        if rows.iter().all(|row| row.path != path) && !is_known(&path) {
            rows.push(row(path, None, Vec::new(), Some(spec)));
        }
    }
    rows.sort_by(|a, b| a.path.cmp(&b.path));
    Ok(rows)
}

/// The word that stands for all features.
pub const ALL: &str = "all";

/// Those of the features that `wanted` names; all of them where it is empty or says [`ALL`].
///
/// # Errors
///
/// One of the names names no feature.
pub fn select(rows: Vec<Row>, wanted: &[String]) -> Result<Vec<Row>, UnknownFeature> {
    if wanted.is_empty() || wanted.iter().any(|name| name == ALL) {
        return Ok(rows);
    }
    let candidates: Vec<_> = rows.iter().map(Row::names).collect();
    let found = lookup::find_all(wanted, &candidates)?;
    let mut rows: Vec<Option<Row>> = rows.into_iter().map(Some).collect();
    Ok(found
        .into_iter()
        .filter_map(|row| rows[row].take())
        .collect())
}

fn row(
    path: String,
    table: Option<Table>,
    mut syntax: Vec<Diagnostic>,
    known: Option<&Spec>,
) -> Row {
    let directory = directory_of(&path);
    let (subsystem, name) = directory.rsplit_once('/').unwrap_or(("", directory));
    if table.is_some() && Directory::new(directory).is_err() {
        syntax.push(Diagnostic::new(
            TABLE_SYNTAX,
            Level::Warn,
            "table is not in `Documentation/features/SUBSYSTEM/FEATURE`",
            Label::new(Location::file(path.as_str()), ""),
        ));
    }
    let spec = match &table {
        Some(table) => table.to_spec().map(|of_table| match known {
            Some(known) => Spec {
                title: of_table.title,
                description: of_table.description,
                kconfig: of_table.kconfig,
                ..known.clone()
            },
            None => of_table,
        }),
        None => known.cloned(),
    };
    Row {
        spec,
        name: name.to_owned(),
        subsystem: subsystem.to_owned(),
        path: path.clone(),
        table,
        syntax,
        cells: Vec::new(),
    }
}

/// The row of a table that cannot be read. `at` is what stands in the way: the table itself, or a directory above it.
fn unread(path: &str, at: &str, why: &str) -> Row {
    let directory = directory_of(path);
    let finding = Diagnostic::new(
        TABLE_SYNTAX,
        Level::Deny,
        format!("table of `{directory}` cannot be read"),
        Label::new(Location::file(at), ""),
    );
    let finding = finding.with_note(why).with_help(
        "put a regular file `arch-support.txt` there, in a directory that is not a link",
    );
    row(path.to_owned(), None, vec![finding], None)
}

/// Path of a table's directory, relative to the directory of all tables.
fn directory_of(path: &str) -> &str {
    path.strip_prefix(FEATURES_DIRECTORY)
        .and_then(|rest| rest.strip_suffix(TABLE_FILE))
        .unwrap_or(path)
        .trim_matches('/')
}
