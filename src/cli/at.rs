//! Owns the options that say which tree a command looks at, shared by all commands that read a tree: a git revision, a range of
//! commits, patches on top.

use std::path::PathBuf;

use clap::Args;

use super::global::Global;
use super::series::{self, Sources};
use crate::tree::Tree;

/// Which tree is meant, where it is not the directory as it stands.
#[derive(Debug, Default, Args)]
pub(super) struct TreeArgs {
    /// Read the tree of a git revision from the repository's objects, without a checkout and without any change to the repository
    #[arg(long, value_name = "REV", global = true)]
    pub rev: Option<String>,
    /// Read a series of commits, A..B in git's notation, following the first parent of merges: `check` judges what each commit
    /// adds, other commands use the tree after the last one
    #[arg(long, value_name = "A..B", global = true, conflicts_with_all = ["rev", "patch"])]
    pub range: Option<String>,
    /// Apply a patch or a mailbox of patches (`-` for standard input) on top of the tree or of --rev, in memory; if repeated, the
    /// files form one series
    #[arg(long, value_name = "FILE", global = true)]
    pub patch: Vec<PathBuf>,
}

impl TreeArgs {
    /// Whether a series is meant, and not one tree.
    pub fn is_series(&self) -> bool {
        self.range.is_some() || !self.patch.is_empty()
    }

    /// Whether it is the directory as it stands.
    pub fn is_directory(&self) -> bool {
        self.rev.is_none() && !self.is_series()
    }

    /// The tree: that after the last commit or patch.
    ///
    /// # Errors
    ///
    /// The tree or the revision cannot be found, or a patch does not apply.
    pub fn open(&self, global: &Global) -> anyhow::Result<Tree> {
        let input = series::input(
            global,
            Sources {
                hook: None,
                revision: self.rev.as_deref(),
                range: self.range.as_deref(),
                patches: &self.patch,
            },
        )?;
        let last = input.steps.and_then(|mut steps| steps.pop());
        Ok(last.map_or(input.before, |step| step.tree))
    }
}
