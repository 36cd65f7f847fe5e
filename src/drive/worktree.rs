//! Owns the working tree that a build makes for a git revision, or for a tree with patches on top: what no directory holds, but make
//! needs in one. It must not know who asks for which tree.
//!
//! The files are those that [`Tree`] reads, so neither the user's directory nor the repository is touched, and git is not asked to
//! check anything out: no filter and no hook of the repository runs. `git worktree` would leave an entry in the repository.
//!
//! A second time only what differs is written. All other files keep their times, so that what was built from them holds.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::disk;
use crate::limits::FILE_SIZE;
use crate::tree::{Tree, TreeError};

/// Why there is no working tree.
#[derive(Debug, thiserror::Error)]
pub enum WorktreeError {
    /// The directory holds what kfeat has not written.
    #[error("`{}` was not created by kfeat: refusing to overwrite it; choose another `--out`", path.display())]
    Foreign {
        /// The directory.
        path: PathBuf,
    },
    /// A file of the tree cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The system refuses to write.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file or directory.
        path: PathBuf,
        /// The error of the system.
        source: io::Error,
    },
}

/// The working tree, below the directory of the run.
const NAME: &str = "tree";

/// The file beside it that says who made it.
const MARK: &str = "tree.kfeat";

/// Upper bound on files in memory at a time.
const BATCH: usize = 512;

/// Makes the directory `tree` below `out` hold the files of `tree` and no others, and returns its path.
///
/// # Errors
///
/// There is something else, a file of the tree cannot be read, or the system refuses to write.
pub fn make(tree: &Tree, out: &Path) -> Result<PathBuf, WorktreeError> {
    let (root, mark) = (out.join(NAME), out.join(MARK));
    fs::create_dir_all(out).map_err(|source| written(out, source))?;
    let is_ours = fs::symlink_metadata(&mark).is_ok_and(|mark| mark.is_file());
    match fs::symlink_metadata(&root) {
        Ok(found) if !is_ours || !found.is_dir() => {
            return Err(WorktreeError::Foreign { path: root });
        }
        _ => {}
    }
    // An empty file will do: its name says it.
    fs::write(&mark, b"").map_err(|source| written(&mark, source))?;
    let mut files = Vec::new();
    let mut pending = vec![String::new()];
    while let Some(directory) = pending.pop() {
        directories(tree, &root, &directory, &mut pending, &mut files)?;
    }
    for paths in files.chunks(BATCH) {
        let mut texts: Vec<Result<(&String, Vec<u8>), TreeError>> = Vec::new();
        let each = paths.iter().collect::<Vec<_>>();
        tree.read_each(&each, &mut |path, text| {
            texts.push(text.map(|text| (*path, text.to_vec())));
        });
        let texts = texts.into_iter().collect::<Result<Vec<_>, TreeError>>()?;
        texts.par_iter().try_for_each(|(path, text)| {
            let path = root.join(path);
            file(&path, text).map_err(|source| written(&path, source))
        })?;
    }
    Ok(root)
}

/// Makes one directory, with its links and without what the tree does not have there; adds those below it and its files.
fn directories(
    tree: &Tree,
    root: &Path,
    directory: &str,
    pending: &mut Vec<String>,
    files: &mut Vec<String>,
) -> Result<(), WorktreeError> {
    let place = root.join(directory);
    let failed = |source| written(&place, source);
    if !kind(&place).map_err(failed)?.is_some_and(|it| it.is_dir()) {
        remove(&place).map_err(failed)?;
        fs::create_dir(&place).map_err(failed)?;
    }
    let mut names: FxHashSet<String> = FxHashSet::default();
    for entry in tree.list(directory)? {
        // The repository is no part of its tree.
        if directory.is_empty() && entry.name == ".git" {
            continue;
        }
        let path = match directory {
            "" => entry.name.clone(),
            directory => format!("{directory}/{}", entry.name),
        };
        names.insert(entry.name);
        if entry.is_link {
            let target = String::from_utf8_lossy(&tree.read_itself(&path)?).into_owned();
            let at = root.join(&path);
            link(&at, Path::new(&target)).map_err(|source| written(&at, source))?;
        } else if entry.is_dir {
            pending.push(path);
        } else if entry.is_file {
            files.push(path);
        }
    }
    for entry in fs::read_dir(&place).map_err(failed)? {
        let entry = entry.map_err(failed)?;
        let is_known = entry
            .file_name()
            .to_str()
            .is_some_and(|name| names.contains(name));
        if !is_known {
            let at = entry.path();
            remove(&at).map_err(|source| written(&at, source))?;
        }
    }
    Ok(())
}

fn written(path: &Path, source: io::Error) -> WorktreeError {
    WorktreeError::Write {
        path: path.to_owned(),
        source,
    }
}

/// The metadata of a path itself, links not followed; `None` if nothing exists there.
fn kind(path: &Path) -> io::Result<Option<Metadata>> {
    match fs::symlink_metadata(path) {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Removes what stands at a path, if anything does.
fn remove(path: &Path) -> io::Result<()> {
    match kind(path)? {
        None => Ok(()),
        Some(found) if found.is_dir() => fs::remove_dir_all(path),
        Some(_) => fs::remove_file(path),
    }
}

fn link(path: &Path, target: &Path) -> io::Result<()> {
    let is_link = kind(path)?.is_some_and(|found| found.is_symlink());
    if is_link && fs::read_link(path)? == target {
        return Ok(());
    }
    remove(path)?;
    symlink(target, path)
}

/// Writes a file that says something else. A mail need not tell which files can be run, so it is the text that does.
fn file(path: &Path, text: &[u8]) -> io::Result<()> {
    let mode = if text.starts_with(b"#!") {
        0o755
    } else {
        0o644
    };
    let found = kind(path)?;
    let is_same = found.as_ref().is_some_and(|found| {
        found.is_file()
            && found.len() == text.len() as u64
            && disk::read(path, &FILE_SIZE).is_ok_and(|known| known == text)
    });
    if !is_same {
        // Nothing is written through a link.
        remove(path)?;
        fs::write(path, text)?;
    }
    let is_mode = found.is_some_and(|found| found.permissions().mode() & 0o777 == mode);
    if !is_same || !is_mode {
        fs::set_permissions(path, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A kernel tree of next to nothing.
    fn tree(directory: &Path) -> Tree {
        for (path, text) in [
            ("Kconfig", "config A\n"),
            ("Makefile", "all:\n"),
            ("arch/x86/Kconfig", ""),
            ("scripts/run.sh", "#!/bin/sh\n"),
            (".git/config", "[core]\n"),
        ] {
            let path = directory.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        symlink("x86", directory.join("arch/um")).unwrap();
        Tree::open(directory).unwrap()
    }

    #[test]
    fn only_what_differs_is_written() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let mut tree = tree(from.path());
        let root = make(&tree, to.path()).unwrap();
        let mode = |path: &str| fs::metadata(root.join(path)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("Makefile"), mode("scripts/run.sh")), (0o644, 0o755));
        assert_eq!(
            fs::read_link(root.join("arch/um")).unwrap(),
            Path::new("x86")
        );
        assert!(!root.join(".git").exists());
        let time = |path: &str| fs::metadata(root.join(path)).unwrap().modified().unwrap();
        let before = time("Makefile");
        fs::write(root.join("stray.o"), "").unwrap();
        fs::remove_file(root.join("scripts/run.sh")).unwrap();
        symlink(from.path().join("Kconfig"), root.join("scripts/run.sh")).unwrap();
        tree.overlay("Kconfig", Some(b"config B\n".to_vec()))
            .unwrap();
        tree.overlay("arch/x86/Kconfig", None).unwrap();
        tree.overlay("arch/arm/Kconfig", Some(Vec::new())).unwrap();
        make(&tree, to.path()).unwrap();
        let text = |path: &str| fs::read_to_string(root.join(path)).unwrap();
        assert_eq!(
            (text("Kconfig"), text("scripts/run.sh")),
            ("config B\n".into(), "#!/bin/sh\n".into())
        );
        assert_eq!(time("Makefile"), before);
        assert!(root.join("arch/arm/Kconfig").is_file());
        assert!(!root.join("arch/x86/Kconfig").exists() && !root.join("stray.o").exists());
        // The tree itself is as it was.
        assert_eq!(
            fs::read_to_string(from.path().join("Kconfig")).unwrap(),
            "config A\n"
        );
    }

    #[test]
    fn a_directory_of_somebody_else_stays() {
        let (from, to) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::create_dir(to.path().join("tree")).unwrap();
        fs::write(to.path().join("tree/mine"), "").unwrap();
        let made = make(&tree(from.path()), to.path());
        assert!(matches!(made, Err(WorktreeError::Foreign { .. })));
        assert!(to.path().join("tree/mine").is_file());
    }
}
