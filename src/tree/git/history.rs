//! Owns what a repository tells about the past of a line and of a name.

use std::path::Path;
use std::sync::Mutex;

use super::{GitError, Repository, text};

/// A commit, as the kernel's messages name one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The first twelve digits of its name.
    pub short: String,
    /// The first line of its message.
    pub subject: String,
}

impl Repository {
    /// Who git takes for the author of what is committed in `directory`, which need not be in a repository: `NAME <ADDRESS> SECONDS
    /// +HHMM`.
    ///
    /// # Errors
    ///
    /// git does not know, or there is no git.
    pub fn author_of(directory: &Path) -> Result<String, GitError> {
        let here = Self {
            directory: directory.to_owned(),
            is_named: true,
            prefix: String::new(),
            objects: Mutex::default(),
        };
        let ident = here.run(&["var", "GIT_AUTHOR_IDENT"])?;
        Ok(text(&ident).trim().to_owned())
    }

    /// The commit that brought a line of a file of `HEAD` into its present form. `path` is relative to the repository's directory,
    /// `line` counts from 1. `None` for a line that is not committed.
    ///
    /// # Errors
    ///
    /// The file is not in `HEAD`, has no such line, or git fails.
    pub fn commit_of_line(&self, path: &str, line: u32) -> Result<Option<Named>, GitError> {
        let range = format!("-L{line},{line}");
        let blamed = self.run(&["blame", "--porcelain", &range, "HEAD", "--", path])?;
        let blamed = text(&blamed);
        let id = blamed.split(' ').next().unwrap_or_default();
        let subject = blamed
            .lines()
            .find_map(|line| line.strip_prefix("summary "));
        Ok(named(id, subject.unwrap_or_default()))
    }

    /// The last commit that changed how often `word` stands below a directory. `None` where none did.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn last_commit_about(
        &self,
        word: &str,
        directory: &str,
    ) -> Result<Option<Named>, GitError> {
        let pattern = format!("-S{word}");
        let found = self.run(&[
            "log",
            "-1",
            "--format=%H %s",
            &pattern,
            "HEAD",
            "--",
            directory,
        ])?;
        let found = text(&found);
        let Some((id, subject)) = found.trim().split_once(' ') else {
            return Ok(None);
        };
        Ok(named(id, subject))
    }
}

/// A commit out of its name and subject; `None` for the name that git gives to what is not committed.
fn named(id: &str, subject: &str) -> Option<Named> {
    let is_name = id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    (is_name && id.bytes().any(|byte| byte != b'0')).then(|| Named {
        short: id.chars().take(12).collect(),
        subject: subject.to_owned(),
    })
}
