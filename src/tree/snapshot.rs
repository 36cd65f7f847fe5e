//! Owns what stood on disk where something was read, so that a change of it is noticed: the metadata of files, the names in directories.
//!
//! A snapshot asks the system for the metadata of each path again (`stat`). It needs no descriptors, threads or limits of the system,
//! and works on every file system, such as one that is mounted over a network, where notifications of the kernel do not.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use rayon::prelude::*;

use super::Tree;
use super::reads::Reads;
use super::signature::Signature;

/// State of a set of files and directories on disk.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    files: Vec<File>,
    directories: Vec<Directory>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct File {
    path: PathBuf,
    /// `None` where nothing stood.
    signature: Option<Signature>,
}

#[derive(Clone, Debug)]
struct Directory {
    path: PathBuf,
    signature: Option<Signature>,
    names: Vec<OsString>,
}

impl Snapshot {
    /// Records the current state of the paths that were read through a tree.
    pub fn new(tree: &Tree, reads: &Reads) -> Self {
        let [texts, listings] = reads.paths();
        let full = |path: &str| tree.root().join(path);
        let mut files: Vec<PathBuf> = texts.iter().map(|path| full(path)).collect();
        let mut directories: Vec<PathBuf> = listings.iter().map(|path| full(path)).collect();
        files.sort_unstable();
        directories.sort_unstable();
        Self {
            files: files.into_par_iter().map(File::at).collect(),
            directories: directories.into_par_iter().map(Directory::at).collect(),
        }
    }

    /// The same with a file outside the tree.
    pub fn add(&mut self, path: &Path) {
        self.files.push(File::at(path.to_owned()));
    }

    /// How many files and directories it has.
    pub fn len(&self) -> usize {
        self.files.len() + self.directories.len()
    }

    /// Whether it has none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether a file in the snapshot was changed after `moment`, in nanoseconds since 1970.
    pub fn is_newer_than(&self, moment: i128) -> bool {
        let is_newer = |signature: &Option<Signature>| {
            signature.is_some_and(|signature| signature.changed > moment)
        };
        self.files.iter().any(|file| is_newer(&file.signature))
    }

    /// Whether the files and directories on disk now differ from the snapshot. In the names of a directory, hidden files and
    /// backups do not count, since editors create them.
    pub fn differs(&mut self) -> bool {
        let differs = |file: &File| File::at(file.path.clone()) != *file;
        self.files.par_iter().any(differs)
            || self.directories.par_iter_mut().any(Directory::differs)
    }
}

impl File {
    fn at(path: PathBuf) -> Self {
        let signature = signature(&path);
        Self { path, signature }
    }
}

impl Directory {
    fn at(path: PathBuf) -> Self {
        Self {
            signature: signature(&path),
            names: names(&path),
            path,
        }
    }

    fn differs(&mut self) -> bool {
        let now = signature(&self.path);
        if now == self.signature {
            return false;
        }
        self.signature = now;
        names(&self.path) != self.names
    }
}

fn signature(path: &Path) -> Option<Signature> {
    Some(Signature::of(&std::fs::metadata(path).ok()?))
}

/// The names in a directory, sorted, without hidden ones and backups.
fn names(path: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let names = entries.map(|entry| entry.file_name());
    let mut names: Vec<OsString> = names
        .filter(|name| {
            let name = name.as_encoded_bytes();
            !name.starts_with(b".") && !name.ends_with(b"~")
        })
        .collect();
    names.sort_unstable();
    names
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn only_what_was_read_counts() {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        let write = |path: &str, text: &str| std::fs::write(root.join(path), text).unwrap();
        std::fs::create_dir(root.join("arch")).unwrap();
        write("Kconfig", "config A\n");
        write("Makefile", "x\n");
        let reads = Arc::new(Reads::default());
        let tree = Tree::open_directory(root).unwrap().noting(reads.clone());
        tree.read_text("Kconfig").unwrap();
        assert!(!tree.is_file("missing"));
        assert!(tree.list("arch").unwrap().is_empty());

        let mut snapshot = Snapshot::new(&tree, &reads);
        assert!(!snapshot.differs());
        write("Makefile", "other\n");
        write("arch/.Kconfig.swp", "");
        write("arch/Kconfig~", "");
        assert!(!snapshot.differs());
        write("arch/Kconfig", "");
        assert!(snapshot.differs());

        let mut snapshot = Snapshot::new(&tree, &reads);
        write("missing", "");
        assert!(snapshot.differs());
        let mut snapshot = Snapshot::new(&tree, &reads);
        write("Kconfig", "config AB\n");
        assert!(snapshot.differs());
        assert!(Snapshot::new(&tree, &reads).is_newer_than(0));
        assert!(!Snapshot::new(&tree, &reads).is_newer_than(i128::MAX));
    }
}
