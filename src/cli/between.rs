//! Owns `matrix --between`: the matrices of two trees, compared, with the commits where both are revisions.

use std::path::Path;

use anyhow::Context;

use super::global::{Global, named_architectures};
use super::locate;
use super::output::note;
use crate::check::table::between::{Between, Origin, Side, between};
use crate::check::table::{self, Matrix, Row, rows};
use crate::feature::{builtin, lookup};
use crate::tree::Tree;
use crate::tree::git::history::ChangedLine;

/// Returns what changed from `old` to `new`, each a directory with a kernel tree or a revision of the repository. Only these features
/// and architectures are compared; all where none is named. Each has to be in one of the trees at least.
///
/// # Errors
///
/// A tree cannot be found or read, or does not have what was asked for.
pub(super) fn changes(
    global: &Global,
    old: &str,
    new: &str,
    features: &[String],
    archs: &[String],
) -> anyhow::Result<Between> {
    let (old_tree, old_is_revision) = open(global, old)?;
    let (new_tree, new_is_revision) = open(global, new)?;
    let rows_of = |tree: &Tree| rows::of_tree(tree, builtin::default());
    let (old_rows, new_rows) = (rows_of(&old_tree)?, rows_of(&new_tree)?);
    // A feature may have come or gone, so each name has to be known in one of the trees only.
    let all_rows: Vec<&Row> = old_rows.iter().chain(&new_rows).collect();
    let is_of_all = features.is_empty() || features.iter().any(|name| name == rows::ALL);
    let wanted: Vec<String> = if is_of_all {
        Vec::new()
    } else {
        let candidates: Vec<_> = all_rows.iter().map(|row| row.names()).collect();
        let found = lookup::find_all(features, &candidates)?;
        found
            .into_iter()
            .map(|index| all_rows[index].path.clone())
            .collect()
    };
    let (old_archs, new_archs) = (old_tree.architectures()?, new_tree.architectures()?);
    let mut all_archs = [&*old_archs, &*new_archs].concat();
    all_archs.sort_unstable();
    all_archs.dedup();
    let archs = named_architectures(&all_archs, archs)?;
    let matrix =
        |tree: &Tree, mut rows: Vec<Row>, mut all: Vec<String>| -> anyhow::Result<Matrix> {
            rows.retain(|row| is_of_all || wanted.contains(&row.path));
            all.retain(|arch| archs.is_empty() || archs.contains(arch));
            Ok(table::matrix(tree, rows, &all, &mut |_| {})?)
        };
    let of_old = End {
        name: old,
        matrix: &matrix(&old_tree, old_rows, old_archs)?,
        tree: &old_tree,
        is_revision: old_is_revision,
    };
    let of_new = End {
        name: new,
        matrix: &matrix(&new_tree, new_rows, new_archs)?,
        tree: &new_tree,
        is_revision: new_is_revision,
    };
    compare(global, of_old, of_new)
}

/// One of two trees that are compared.
#[derive(Clone, Copy)]
pub(super) struct End<'a> {
    /// The directory or the revision.
    pub name: &'a str,
    pub tree: &'a Tree,
    pub is_revision: bool,
    pub matrix: &'a Matrix,
}

/// Returns what changed from one matrix to another, with the commits between revisions.
///
/// # Errors
///
/// The repository cannot be read.
pub(super) fn compare(global: &Global, old: End<'_>, new: End<'_>) -> anyhow::Result<Between> {
    for row in old.matrix.features.iter().chain(&new.matrix.features) {
        if let Some(why) = row.why_unread() {
            note(&format!("cannot compare a table: {why}"));
        }
    }
    let mut changes = between(old.matrix, new.matrix);
    if old.is_revision && new.is_revision {
        let ends = [old, new].map(|end| (end.name, end.tree));
        find_commits(global, ends[0], ends[1], &mut changes)?;
    }
    Ok(changes)
}

/// The tree that a name means, and whether it is a revision.
pub(super) fn open(global: &Global, name: &str) -> anyhow::Result<(Tree, bool)> {
    if Tree::is_tree(Path::new(name)) {
        return Ok((Tree::open(Path::new(name))?, false));
    }
    let tree = locate::open_at(global, Some(name)).with_context(|| {
        format!(
            "`{name}` is neither a directory with a kernel tree nor a revision that can be read"
        )
    })?;
    Ok((tree, true))
}

/// Finds the commit of each line that came or went.
fn find_commits(
    global: &Global,
    (old, old_tree): (&str, &Tree),
    (new, new_tree): (&str, &Tree),
    changes: &mut Between,
) -> anyhow::Result<()> {
    let repository = locate::repository(global)?;
    let mut texts = std::collections::HashMap::new();
    let mut lines = Vec::new();
    for cause in changes.causes_mut() {
        let place = cause.location();
        let tree = match cause.side {
            Side::Old => old_tree,
            Side::New => new_tree,
        };
        let text = texts
            .entry((cause.side, place.path.clone()))
            .or_insert_with(|| tree.read_text(&place.path).unwrap_or_default());
        let line = (place.line as usize).saturating_sub(1);
        lines.push(ChangedLine {
            path: place.path.to_string(),
            text: text.lines().nth(line).unwrap_or_default().to_owned(),
            is_added: cause.side == Side::New,
        });
    }
    let commits = repository.commits_of_lines(old, new, &lines)?;
    for (cause, commit) in changes.causes_mut().zip(commits) {
        cause.origin = commit.map(|commit| Origin {
            commit: commit.short,
            subject: commit.subject,
        });
    }
    Ok(())
}
