//! Owns `emit --all`: all tables of a tree brought up to date, as a difference, in place, or as mails.

use std::cell::RefCell;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use super::audit::Tables;
use super::emit::{EmitArgs, write};
use super::output::{self, note};
use super::unread;
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Cell, Row};
use crate::disk::{self, Sync};
use crate::emit::diff::unified_diff;
use crate::emit::mail::{self, Author};
use crate::emit::refresh::{Refreshed, refreshed};
use crate::tree::Tree;
use crate::tree::git::history::Named;
use crate::tree::git::{GitError, Repository};

/// Where `--patch` writes without a directory.
pub(super) const STDOUT: &str = "-";

/// Runs `emit --all`.
pub(super) fn run(tree: &Tree, args: &EmitArgs) -> anyhow::Result<output::Exit> {
    let tables = Tables {
        feature: args.feature.clone(),
    };
    let matrix = tables.with_missing(tree)?;
    for row in matrix.features.iter().filter(|row| row.doubt().is_some()) {
        note(&format!(
            "the rows of `{0}` stay as they are, for it seems to be about another symbol: see `kfeat audit --feature {0}`",
            row.name
        ));
    }
    if args.write || args.patch.is_some() {
        unread::refuse_to_write(&matrix.unread)?;
    }
    let changed: Vec<(&Row, Refreshed)> = matrix
        .features
        .iter()
        .filter_map(|row| Some((row, refreshed(row)?)))
        .filter(|(_, refreshed)| refreshed.is_change())
        .collect();
    if let Some(directory) = &args.patch {
        patches(tree, args, directory, &changed)?;
        return Ok(output::Exit::Clean);
    }
    for (_, refreshed) in &changed {
        if args.write {
            write(tree, &refreshed.path, &refreshed.new)?;
            note(&format!("wrote {}", refreshed.path));
        } else {
            output::print(&unified_diff(
                refreshed.old.as_deref(),
                &refreshed.new,
                &refreshed.path,
            ))?;
        }
    }
    if changed.is_empty() {
        note("all tables are up to date");
    }
    let exit = if args.check && !changed.is_empty() {
        output::Exit::Findings
    } else {
        output::Exit::Clean
    };
    Ok(unread::exit(&matrix.unread, exit))
}

/// Writes one mail for each table.
fn patches(
    tree: &Tree,
    args: &EmitArgs,
    directory: &Path,
    changed: &[(&Row, Refreshed)],
) -> anyhow::Result<()> {
    let author = author(tree, args.from.as_deref())?;
    let repository = match args.git {
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
            output::print(&mail)?;
            continue;
        }
        std::fs::create_dir_all(directory)
            .with_context(|| format!("cannot make the directory `{}`", directory.display()))?;
        let path = directory.join(mail::file_name(row, refreshed, number));
        disk::replace(&path, mail.as_bytes(), Sync::Always)
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        output::print(&format!("{}\n", path.display()))?;
    }
    if changed.is_empty() {
        note("all tables are up to date");
    }
    Ok(())
}

/// What the history tells about a place.
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
    let what = format!("the last change of its uses in arch/{} is", cell.arch);
    Ok(commit.map(|commit| words(commit, &what)))
}

/// Who sends the mails: whom `--from` names, or whom git would name.
fn author(tree: &Tree, from: Option<&str>) -> anyhow::Result<Author> {
    if let Some(from) = from {
        let (name, email) = name_and_address(from)
            .with_context(|| format!("`{from}` is no sender: it is written `NAME <ADDRESS>`"))?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let seconds = now.map_or(0, |now| now.as_secs());
        return Ok(Author {
            name,
            email,
            seconds: i64::try_from(seconds).unwrap_or(0),
            offset: 0,
        });
    }
    let ident = Repository::author_of(tree.root())
        .context("git does not tell who you are, so that the mails have no sender; name one with `--from 'NAME <ADDRESS>'`")?;
    let Some(author) = author_of_ident(&ident) else {
        bail!("git says `{ident}`, which is no sender; name one with `--from 'NAME <ADDRESS>'`");
    };
    Ok(author)
}

/// `NAME <ADDRESS>`.
fn name_and_address(text: &str) -> Option<(String, String)> {
    let (name, rest) = text.split_once('<')?;
    let (email, rest) = rest.split_once('>')?;
    let (name, email) = (name.trim(), email.trim());
    let is_address = email.contains('@') && !email.contains(char::is_whitespace);
    (rest.trim().is_empty() && !name.is_empty() && is_address)
        .then(|| (name.to_owned(), email.to_owned()))
}

/// `NAME <ADDRESS> SECONDS +HHMM`, as git writes it.
pub(super) fn author_of_ident(ident: &str) -> Option<Author> {
    let (who, when) = ident.rsplit_once('>')?;
    let (name, email) = name_and_address(&format!("{who}>"))?;
    let (seconds, zone) = when.trim().split_once(' ')?;
    let zone: i32 = zone.parse().ok()?;
    Some(Author {
        name,
        email,
        seconds: seconds.parse().ok()?,
        offset: zone / 100 * 60 + zone % 100,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sender_is_a_name_and_an_address() {
        let good = name_and_address("A B <a@b>").unwrap();
        assert_eq!(good, ("A B".to_owned(), "a@b".to_owned()));
        for bad in [
            "",
            "a@b",
            "<a@b>",
            "A <b>",
            "A <a@b",
            "A <a@b> c",
            "A <a @b>",
        ] {
            assert!(name_and_address(bad).is_none(), "{bad}");
        }
    }

    #[test]
    fn git_names_the_sender_and_the_time() {
        let author = author_of_ident("A B <a@b> 1700000000 -0330").unwrap();
        assert_eq!((author.seconds, author.offset), (1_700_000_000, -210));
        assert!(author_of_ident("A B <a@b>").is_none());
    }
}
