//! Owns what git hooks ask a repository: where hooks lie, what is staged, and which commits a remote lacks.

use std::path::{Path, PathBuf};

use super::{Difference, GitError, Repository, text};
use crate::disk;
use crate::limits::FILE_SIZE;

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

    /// The real path of the git directory that is this repository's own, so that what lies in it is about no other repository. `None`
    /// where the directory that git uses does not name this one: a repository is the work of strangers, and its file `.git`, a link of
    /// this name or the file `commondir` may name any directory.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn own_directory(&self) -> Result<Option<PathBuf>, GitError> {
        let git = self.real_path("--absolute-git-dir")?;
        let common = self.real_path("--git-common-dir")?;
        let (Some(git), Some(common)) = (git, common) else {
            return Ok(None);
        };
        let Ok(start) = self.directory.canonicalize() else {
            return Ok(None);
        };
        let is_entry = |above: &&Path| above.join(".git").symlink_metadata().is_ok();
        let Some(top) = start.ancestors().find(is_entry) else {
            // A bare repository.
            return Ok((git == common && start.starts_with(&git)).then_some(common));
        };
        let is_named_by = |file: &Path| {
            // A repository of another owner has no reason to name this one; a file that cannot be read names none.
            let named = disk::read(file, &FILE_SIZE).ok();
            let named = named.and_then(|bytes| String::from_utf8(bytes).ok());
            let named = named.and_then(|named| git.join(named.trim_end()).canonicalize().ok());
            named.is_some() && named == top.join(".git").canonicalize().ok()
        };
        let is_directory = top.join(".git") == git;
        let is_own = if git == common {
            is_directory || self.is_work_tree_of(&git, top)?
        } else {
            let of_common = git.parent().and_then(Path::parent) == Some(&common);
            of_common && !is_directory && is_named_by(&git.join("gitdir"))
        };
        Ok(is_own.then_some(common))
    }

    /// Whether the settings in a git directory name `top` as its work tree, as those of a submodule do.
    fn is_work_tree_of(&self, git: &Path, top: &Path) -> Result<bool, GitError> {
        let file = git.join("config").to_string_lossy().into_owned();
        let answer = self.run("config", &["--file", &file, "--get", "core.worktree"]);
        match answer {
            Ok(named) => {
                let named = git.join(text(&named).trim_end_matches('\n'));
                Ok(named.canonicalize().is_ok_and(|named| named == top))
            }
            // There is no such setting.
            Err(GitError::Failed { .. }) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The file with the setting `core.hooksPath` that counts, as git names it; `None` without one.
    ///
    /// # Errors
    ///
    /// git fails.
    pub fn hooks_setting(&self) -> Result<Option<String>, GitError> {
        let all = self.run("config", &["--show-origin", "--get-all", "core.hooksPath"])?;
        let all = text(&all);
        let origins = all.lines().filter_map(|line| line.split_once('\t'));
        // The last one is that of this program, which runs no hook.
        let mut of_files = origins.filter_map(|(origin, _)| origin.strip_prefix("file:"));
        Ok(of_files.next_back().map(str::to_owned))
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
