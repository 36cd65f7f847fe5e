//! Owns what git hooks ask a repository: where hooks lie, what is staged, and which commits a remote lacks.

use std::path::PathBuf;

use super::{GitError, Repository, text};

impl Repository {
    /// The path of the hook `name`, wherever the repository keeps its hooks and whether it is there or not.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn hook(&self, name: &str) -> Result<PathBuf, GitError> {
        let path = self.run(&["rev-parse", "--git-path", &format!("hooks/{name}")])?;
        Ok(self.directory.join(text(&path).trim_end_matches('\n')))
    }

    /// The patch from `HEAD` to what is staged below the repository's directory; empty where that is nothing.
    ///
    /// # Errors
    ///
    /// There is no `HEAD`, or git fails.
    pub fn staged(&self) -> Result<Vec<u8>, GitError> {
        self.run(&[
            "diff",
            "--cached",
            "--no-ext-diff",
            "--no-textconv",
            "--no-color",
            "--relative",
            "HEAD",
        ])
    }

    /// Whether the repository has the object.
    pub fn has(&self, object: &str) -> bool {
        self.run(&["cat-file", "-e", object]).is_ok()
    }

    /// The names of the commits up to `commit` that `known` does not have, the newest first; of a merge the first parent is
    /// followed. `known` is a revision, or `--remotes` with or without a pattern as `git rev-list` takes it.
    ///
    /// # Errors
    ///
    /// A name is unknown, or git fails.
    pub fn commits_without(&self, commit: &str, known: &str) -> Result<Vec<String>, GitError> {
        let listed = self.run(&["rev-list", "--first-parent", commit, "--not", known])?;
        Ok(text(&listed).lines().map(str::to_owned).collect())
    }
}
