//! Owns which directory is the kernel tree, and which repository holds its revisions.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::Context;

use super::global::Global;
use super::output::note;
use crate::tree::Tree;
use crate::tree::git::Repository;

/// The trees of this run, which know what was passed over in them.
static OPENED: Mutex<Vec<Tree>> = Mutex::new(Vec::new());

/// Remembers a tree for [`say_passed_over`].
pub(super) fn remember(tree: &Tree) {
    let mut opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    opened.push(tree.clone());
}

/// Says on standard error what was passed over in the trees of this run, except where the error that ends it says the same.
pub(super) fn say_passed_over(error: Option<&anyhow::Error>) {
    let said = error.map(|error| format!("{error:#}")).unwrap_or_default();
    let opened = OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let passed_over: BTreeSet<_> = opened.iter().flat_map(Tree::passed_over).collect();
    for one in passed_over {
        if said.contains(&one.why) {
            continue;
        }
        note(&format!("warning: {}", one.why));
    }
}

/// Opens the tree that the arguments, the environment or the current directory mean.
///
/// # Errors
///
/// None of them names a tree, or it cannot be opened.
pub(super) fn open(global: &Global) -> anyhow::Result<Tree> {
    find(global)?.context(
        "no kernel tree: neither `-C DIR` (`--tree DIR`) nor $KFEAT_TREE is given, the current directory is not in a kernel tree, and it has no `linux/` with one (the submodule is not initialised)",
    )
}

/// As [`open`]; `None` where neither the arguments, nor the environment, nor the current directory name a tree.
///
/// # Errors
///
/// The tree that they name cannot be opened.
pub(super) fn find(global: &Global) -> anyhow::Result<Option<Tree>> {
    let tree = find_unremembered(global)?;
    tree.iter().for_each(remember);
    Ok(tree)
}

fn find_unremembered(global: &Global) -> anyhow::Result<Option<Tree>> {
    if let Some(directory) = &global.tree {
        return Tree::open(directory)
            .map(Some)
            .context("cannot use the tree of `-C`");
    }
    if let Some(directory) = std::env::var_os("KFEAT_TREE").filter(|value| !value.is_empty()) {
        return Tree::open(Path::new(&directory))
            .map(Some)
            .context("cannot use the tree of $KFEAT_TREE");
    }
    let here = std::env::current_dir().context("cannot determine the current directory")?;
    if let Some(around) = here.ancestors().find(|directory| is_kernel(directory)) {
        return Ok(Some(Tree::open(around)?));
    }
    let submodule: PathBuf = here.join("linux");
    if Tree::is_tree(&submodule) {
        return Ok(Some(Tree::open(&submodule)?));
    }
    Ok(None)
}

/// Where a path leads that need not be there yet: without links and `..`, as far as it exists.
pub(super) fn real_path(path: &Path) -> std::io::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    let real = absolute.ancestors().find_map(|above| {
        let rest = absolute.strip_prefix(above).ok()?;
        Some(above.canonicalize().ok()?.join(rest))
    });
    Ok(real.unwrap_or(absolute))
}

/// The tree of a git revision, where one is given, or else the one that [`open`] finds.
pub(super) fn open_at(global: &Global, revision: Option<&str>) -> anyhow::Result<Tree> {
    match revision {
        Some(revision) => {
            let tree = Tree::at_revision(&repository(global)?, revision)?;
            remember(&tree);
            Ok(tree)
        }
        None => open(global),
    }
}

/// The git repository of the tree that the arguments, the environment or the current directory mean. It may be a bare one.
pub(super) fn repository(global: &Global) -> anyhow::Result<Arc<Repository>> {
    if let Some(directory) = &global.tree {
        return open_repository(directory).context("cannot use the directory of `-C`");
    }
    if let Some(directory) = std::env::var_os("KFEAT_TREE").filter(|value| !value.is_empty()) {
        return open_repository(Path::new(&directory))
            .context("cannot use the directory of $KFEAT_TREE");
    }
    let here = std::env::current_dir().context("cannot determine the current directory")?;
    let submodule = here.join("linux");
    if !here.ancestors().any(is_kernel) && Tree::is_tree(&submodule) {
        return open_repository(&submodule);
    }
    // `$GIT_DIR` and its like count here, as they do for git: hooks have them.
    Ok(Repository::open(&here, false)?)
}

/// The repository that a hook of git is run for. git runs it at the top of the work tree, and what it has set counts, such as the
/// index of a commit of some files only; `$KFEAT_TREE` may mean another tree.
pub(super) fn repository_of_hook(global: &Global) -> anyhow::Result<Arc<Repository>> {
    if global.tree.is_some() {
        return repository(global);
    }
    let here = std::env::current_dir().context("cannot determine the current directory")?;
    let top = here.ancestors().find(|directory| is_kernel(directory));
    Ok(Repository::open(top.unwrap_or(&here), false)?)
}

/// The repository that a directory is in which somebody named.
fn open_repository(directory: &Path) -> anyhow::Result<Arc<Repository>> {
    std::fs::read_dir(directory)
        .with_context(|| format!("cannot open the directory `{}`", directory.display()))?;
    Ok(Repository::open(directory, true)?)
}

/// Whether a directory around the current one is a kernel tree. More is asked than of one that the user names: other projects
/// have a `Kconfig` and an `arch` directory, too.
fn is_kernel(directory: &Path) -> bool {
    Tree::is_tree(directory) && directory.join("include/linux").is_dir()
}
