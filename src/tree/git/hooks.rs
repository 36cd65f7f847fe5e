//! Owns what git hooks ask a repository: where hooks lie, what is staged, and which commits a remote lacks.

use std::path::PathBuf;

use super::{Difference, GitError, Repository, text};

impl Repository {
    /// The path of the hook `name`, wherever the repository keeps its hooks and whether it is there or not.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn hook(&self, name: &str) -> Result<PathBuf, GitError> {
        let path = self.run("rev-parse", &["--git-path", &format!("hooks/{name}")])?;
        Ok(self.directory.join(text(&path).trim_end_matches('\n')))
    }

    /// Where what is staged differs from `HEAD`; nowhere before the first commit.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn staged(&self) -> Result<Vec<Difference>, GitError> {
        const WHAT: &str = "diff-index";
        let Ok(head) = self.name("HEAD", "commit") else {
            return Ok(Vec::new());
        };
        let output = self.run(
            WHAT,
            &[
                "--cached",
                "-r",
                "-z",
                "--raw",
                "--no-renames",
                "--no-abbrev",
                "--ignore-submodules=none",
                "--ita-invisible-in-index",
                &head,
                "--",
            ],
        )?;
        let output = text(&output);
        let garbled = || GitError::Garbled { what: WHAT.into() };
        let mut fields = output.split('\0').filter(|field| !field.is_empty());
        let mut differences = Vec::new();
        while let Some(raw) = fields.next() {
            let path = fields.next().ok_or_else(garbled)?;
            differences.push(Difference::of(raw, path).ok_or_else(garbled)?);
        }
        Ok(differences)
    }

    /// Whether the repository has the object.
    pub fn has(&self, object: &str) -> bool {
        self.run("cat-file", &["-e", object]).is_ok()
    }

    /// The commits up to `commit` that no branch of a remote has, and `known` has not if it is given: at most `most` of them, the
    /// newest first, each with its first parent, if that is there. Of a merge the first parent is followed.
    ///
    /// # Errors
    ///
    /// A name is unknown, or git fails.
    pub fn new_commits(
        &self,
        commit: &str,
        known: Option<&str>,
        most: usize,
    ) -> Result<Vec<(String, Option<String>)>, GitError> {
        let most = format!("--max-count={most}");
        let mut arguments = vec!["--first-parent", "--parents", &most, commit];
        arguments.extend(["--not", "--remotes"]);
        arguments.extend(known);
        let listed = self.run("rev-list", &arguments)?;
        let listed = text(&listed);
        let commits = listed.lines().filter_map(|line| {
            let mut names = line.split_whitespace().map(str::to_owned);
            Some((names.next()?, names.next()))
        });
        Ok(commits.collect())
    }
}
