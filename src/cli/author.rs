//! Owns who sends the mails that a command writes.

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};

use crate::emit::mail::Author;
use crate::tree::Tree;
use crate::tree::git::Repository;

/// The sender of the mails: `--from`, or git's `user.name` and `user.email`.
pub(super) fn author(tree: &Tree, from: Option<&str>) -> anyhow::Result<Author> {
    if let Some(from) = from {
        let (name, email) = name_and_address(from)
            .with_context(|| format!("`{from}` is not a valid sender: write `NAME <ADDRESS>`"))?;
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
        .context("git does not know who you are, so the mails have no sender; name one with `--from 'NAME <ADDRESS>'`")?;
    let Some(author) = author_of_ident(&ident) else {
        bail!(
            "git's identity `{ident}` is not a valid sender; name one with `--from 'NAME <ADDRESS>'`"
        );
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
