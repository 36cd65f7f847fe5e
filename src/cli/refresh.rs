//! Owns `emit --all`: all tables of a tree brought up to date, as a difference, in place, or as mails.

use std::cell::RefCell;
use std::path::Path;

use anyhow::{Context, bail};

use super::audit::Tables;
use super::author::author;
use super::output::{self, note};
use super::unread;
use super::write::write;
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Cell, Row};
use crate::disk::{self, Sync};
use crate::emit::diff::unified_diff_of_bytes;
use crate::emit::mail;
use crate::emit::refresh::{Refreshed, refreshed};
use crate::tree::git::history::Named;
use crate::tree::git::{GitError, Repository};
use crate::tree::{Tree, TreeError};

/// Output for the tables that change; without any, the difference is shown.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Options<'a> {
    /// The features; none for all.
    pub features: &'a [String],
    /// The tables are written into the tree.
    pub write: bool,
    /// A difference is a finding.
    pub check: bool,
    /// A mail for each table is written into this directory, or to standard output for [`STDOUT`].
    pub patch: Option<&'a Path>,
    /// The mails name the commits that the changes go back to.
    pub git: bool,
    /// Who sends the mails.
    pub from: Option<&'a str>,
}

/// Where `--format-patch` writes without a directory.
pub(super) const STDOUT: &str = "-";

/// Runs `emit --all`.
pub(super) fn run(tree: &Tree, options: &Options<'_>) -> anyhow::Result<output::Exit> {
    let tables = Tables {
        feature: options.features.to_vec(),
    };
    let matrix = tables.with_missing(tree)?;
    for row in matrix.features.iter().filter(|row| row.doubt().is_some()) {
        note(&format!(
            "the rows of `{0}` are not changed, because the table seems to name the wrong symbol: see `kfeat audit --feature {0}`",
            row.name
        ));
    }
    if options.write || options.patch.is_some() {
        unread::refuse_to_write(&matrix.unread)?;
    }
    let mut is_all = true;
    let mut changed: Vec<(&Row, Refreshed)> = Vec::new();
    for row in &matrix.features {
        let refreshed = refreshed(row);
        if let Some(reason) = why_left_alone(row, refreshed.as_ref()) {
            unread::leave_alone(&row.path, &reason);
            is_all = false;
        } else if let Some(refreshed) = refreshed.filter(Refreshed::is_change) {
            changed.push((row, refreshed));
        }
    }
    let is_changed = !changed.is_empty();
    let exit = |exit| {
        match is_all {
            _ if is_changed => {}
            true => note("all tables are up to date"),
            false => note("all other tables are up to date"),
        }
        match (is_all, unread::exit_of_tables(&matrix, exit)) {
            (true, exit) => exit,
            (false, _) => output::Exit::Failed,
        }
    };
    if let Some(directory) = options.patch {
        patches(tree, options, directory, &changed)?;
        return Ok(exit(output::Exit::Clean));
    }
    for (index, (_, refreshed)) in changed.iter().enumerate() {
        if options.write {
            let written = unchanged(tree, refreshed)
                .and_then(|()| write(tree, &refreshed.path, &refreshed.new));
            written.with_context(|| match index {
                0 => "no table was written".to_owned(),
                _ => format!(
                    "wrote {index} of {} tables, named above; the others are unchanged",
                    changed.len()
                ),
            })?;
            note(&format!("wrote {}", refreshed.path));
        } else {
            output::print_bytes(&unified_diff_of_bytes(
                refreshed.old.as_deref(),
                &refreshed.new,
                &refreshed.path,
            ))?;
        }
    }
    Ok(exit(match options.check && !changed.is_empty() {
        true => output::Exit::Findings,
        false => output::Exit::Clean,
    }))
}

/// Why a table that is there is neither brought up to date nor known to be right.
fn why_left_alone(row: &Row, refreshed: Option<&Refreshed>) -> Option<String> {
    let table = row.table.as_ref()?;
    let nameless = || "it has no `Kconfig:` line with a symbol".to_owned();
    match refreshed {
        Some(refreshed) => refreshed.loss.clone(),
        None => Some(table.why_damaged().unwrap_or_else(nameless)),
    }
}

/// Refuses to replace a table that is not the one that was read.
fn unchanged(tree: &Tree, refreshed: &Refreshed) -> anyhow::Result<()> {
    let now = match tree.read(&refreshed.path) {
        Ok(now) => Some(now),
        Err(TreeError::NotFound { .. }) => None,
        Err(error) => return Err(error.into()),
    };
    if now != refreshed.old {
        bail!("`{}` changed in the meantime", refreshed.path);
    }
    Ok(())
}

/// Writes one mail for each table.
fn patches(
    tree: &Tree,
    options: &Options<'_>,
    directory: &Path,
    changed: &[(&Row, Refreshed)],
) -> anyhow::Result<()> {
    let author = author(tree, options.from)?;
    let repository = match options.git {
        true => Some(Repository::open(tree.root(), true)?),
        false => None,
    };
    let failure = RefCell::new(None);
    for (index, (row, refreshed)) in changed.iter().enumerate() {
        let history = |cell: &Cell, evidence: &Evidence| {
            let repository = repository.as_ref()?;
            match commit_of(repository, row, cell, evidence) {
                Ok(words) => words,
                // A file that is not committed has no history.
                Err(GitError::Failed { .. }) => None,
                Err(error) => {
                    failure.replace(Some(error));
                    None
                }
            }
        };
        let number = index + 1;
        let mail = mail::mail(row, refreshed, &author, (number, changed.len()), &history);
        if let Some(error) = failure.take() {
            return Err(error.into());
        }
        if directory == Path::new(STDOUT) {
            output::print_bytes(&mail)?;
            continue;
        }
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot create the directory `{}`", directory.display()))?;
        let path = directory.join(mail::file_name(row, refreshed, number));
        disk::replace(&path, &mail, Sync::Always)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        output::print(&format!("{}\n", path.display()))?;
    }
    Ok(())
}

/// The commit that the history gives for a place.
fn commit_of(
    repository: &Repository,
    row: &Row,
    cell: &Cell,
    evidence: &Evidence,
) -> Result<Option<String>, GitError> {
    let words = |commit: Named, what: &str| {
        format!("{what} commit {} (\"{}\")", commit.short, commit.subject)
    };
    let place = &evidence.location;
    if evidence.role != Role::Declaration {
        let commit = repository.commit_of_line(&place.path, place.line)?;
        return Ok(commit.map(|commit| words(commit, "since")));
    }
    // Where nothing turns the symbol on, what counts is who took away the line that did.
    let term = row.spec.iter().flat_map(|spec| &spec.kconfig).next();
    let Some(term) = term.filter(|_| cell.supported == Supported::No) else {
        return Ok(None);
    };
    let commit = repository.last_commit_about(&term.symbol, &format!("arch/{}", cell.arch))?;
    let what = format!("its uses in arch/{} last changed in", cell.arch);
    Ok(commit.map(|commit| words(commit, &what)))
}
