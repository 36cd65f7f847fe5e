//! Owns which directory is the kernel tree.

use std::path::{Path, PathBuf};

use anyhow::{Context, bail};

use super::args::Global;
use crate::tree::Tree;

/// Opens the tree that the arguments, the environment or the current directory mean.
pub(super) fn open(global: &Global) -> anyhow::Result<Tree> {
    if let Some(directory) = &global.tree {
        return Tree::open(directory).context("the tree that `-C` names cannot be used");
    }
    if let Some(directory) = std::env::var_os("KFEAT_TREE").filter(|value| !value.is_empty()) {
        return Tree::open(Path::new(&directory))
            .context("the tree that $KFEAT_TREE names cannot be used");
    }
    let here = std::env::current_dir().context("cannot tell the current directory")?;
    if let Some(around) = here.ancestors().find(|directory| is_kernel(directory)) {
        return Ok(Tree::open(around)?);
    }
    let submodule: PathBuf = here.join("linux");
    if Tree::is_tree(&submodule) {
        return Ok(Tree::open(&submodule)?);
    }
    bail!(
        "no kernel tree: there is no `-C DIR` (or `--tree DIR`), $KFEAT_TREE is not set, the current directory is not in a \
         kernel tree, and it has no `linux/` with one (the submodule is not initialised)"
    )
}

/// Whether a directory around the current one is a kernel tree. More is asked than of one that the user names: other projects
/// have a `Kconfig` and an `arch` directory, too.
fn is_kernel(directory: &Path) -> bool {
    Tree::is_tree(directory) && directory.join("include/linux").is_dir()
}
