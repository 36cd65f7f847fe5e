//! Owns a commit of a series with the tree after it.

use std::sync::Arc;

use crate::check::reported::Commit;
use crate::tree::Tree;

/// A commit and the tree after it.
#[derive(Clone, Debug)]
pub struct Step {
    /// The commit.
    pub commit: Arc<Commit>,
    /// The tree.
    pub tree: Tree,
}
