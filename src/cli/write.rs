//! Owns how a command writes a file of the tree: whole or not at all, and never outside of the tree.

use std::path::Path;

use anyhow::{Context, bail};

use crate::disk::{self, Sync};
use crate::tree::Tree;

/// Writes a file of the tree so that at any time the old or the new file is there, whole.
pub(super) fn write(tree: &Tree, path: &str, bytes: &[u8]) -> anyhow::Result<()> {
    let target = tree.root().join(path);
    let directory = target
        .parent()
        .context("the path of the table has no directory")?;
    make_directories(tree, directory)?;
    replace(tree, &target, bytes).with_context(|| format!("cannot write `{path}`"))
}

/// Replaces the file at a path below the root. Where its directory is, is asked once: a link that somebody puts in its place
/// afterwards is not followed.
pub(super) fn replace(tree: &Tree, target: &Path, bytes: &[u8]) -> anyhow::Result<()> {
    let (Some(directory), Some(name)) = (target.parent(), target.file_name()) else {
        bail!("it is not the path of a file");
    };
    let real = directory.canonicalize()?;
    let Ok(inside) = real.strip_prefix(tree.root()) else {
        bail!("it points outside the tree, to `{}`", real.display());
    };
    disk::replace_beneath(tree.root(), inside, name, bytes, Sync::Always)?;
    Ok(())
}

/// Makes the directories of a new table, and refuses a link that leads out of the tree before it makes anything.
fn make_directories(tree: &Tree, directory: &Path) -> anyhow::Result<()> {
    let existing = directory
        .ancestors()
        .find(|above| above.exists())
        .context("no directory above the table exists")?;
    let real = existing
        .canonicalize()
        .with_context(|| format!("cannot find `{}`", existing.display()))?;
    if !real.starts_with(tree.root()) {
        bail!(
            "`{}` points outside the tree, to `{}`",
            existing.display(),
            real.display()
        );
    }
    std::fs::create_dir_all(directory)
        .with_context(|| format!("cannot create the directory `{}`", directory.display()))
}
