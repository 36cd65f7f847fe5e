//! Owns where bytes come from: a kernel tree's files, read by paths relative to its root. Nothing else opens a tree's file.
//!
//! A tree is a directory, with an overlay of changed files on top that exists only in memory. It is never written to.
//! No path leads out of the tree: neither `..`, nor an absolute path, nor a symbolic link.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustc_hash::FxHashSet;

/// No file of a kernel tree that kfeat reads comes near this size, in bytes; a larger one is refused.
pub const MAX_FILE_SIZE: u64 = 64 * 1024 * 1024;

/// What could not be read, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The directory is no kernel tree.
    #[error("`{}` is not a kernel tree: it has no `{missing}`", root.display())]
    NotATree {
        /// The directory.
        root: PathBuf,
        /// The first file or directory that it lacks.
        missing: &'static str,
    },
    /// The directory cannot be opened at all.
    #[error("cannot open the tree `{}`", root.display())]
    NoRoot {
        /// The directory.
        root: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The tree has no such file.
    #[error("the tree has no file `{path}`")]
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// The path is a directory or a device.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// The path that was asked for.
        path: String,
    },
    /// The path, or a link on it, leads out of the tree.
    #[error("`{path}` leads out of the tree{}", target.as_ref().map(|t| format!(", to `{}`", t.display())).unwrap_or_default())]
    LeavesTree {
        /// The path that was asked for.
        path: String,
        /// Where a link leads, where it is a link that leads out.
        target: Option<PathBuf>,
    },
    /// A symbolic link leads back to itself.
    #[error("`{path}` is a symbolic link that leads back to itself")]
    SymlinkLoop {
        /// The path that was asked for.
        path: String,
    },
    /// The file is larger than [`MAX_FILE_SIZE`].
    #[error("`{path}` has {size} bytes; kfeat reads files of up to {MAX_FILE_SIZE}")]
    TooLarge {
        /// The path that was asked for.
        path: String,
        /// Its size in bytes.
        size: u64,
    },
    /// The system refused.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The path that was asked for.
        path: String,
        /// What the system said.
        source: std::io::Error,
    },
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name, without the directory.
    pub name: String,
    /// Whether it is a directory. A link to a directory is one, too.
    pub is_dir: bool,
}

/// A kernel tree.
#[derive(Debug)]
pub struct Tree {
    /// The directory, without links in its path.
    root: PathBuf,
    /// Changed files; `None` stands for a file that was removed.
    overlay: BTreeMap<String, Option<Arc<[u8]>>>,
    /// Directories (relative) that are known to lie inside the tree, links on the way followed.
    inside: RwLock<FxHashSet<String>>,
}

impl Tree {
    /// Opens the kernel tree in `root`.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened, or it lacks what every kernel tree has: `Kconfig`, `Makefile` and `arch`.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        let no_root = |source| TreeError::NoRoot {
            root: root.to_owned(),
            source,
        };
        let real = root.canonicalize().map_err(no_root)?;
        std::fs::read_dir(&real).map_err(no_root)?;
        if let Some(missing) = missing_from(&real) {
            return Err(TreeError::NotATree {
                root: root.to_owned(),
                missing,
            });
        }
        Ok(Self::of(real))
    }

    /// Opens any directory with Kconfig files, as `conf` does: it need not be a kernel tree.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened.
    pub fn open_directory(root: &Path) -> Result<Self, TreeError> {
        let real = root.canonicalize().and_then(|real| {
            std::fs::read_dir(&real)?;
            Ok(real)
        });
        real.map(Self::of).map_err(|source| TreeError::NoRoot {
            root: root.to_owned(),
            source,
        })
    }

    fn of(root: PathBuf) -> Self {
        Self {
            root,
            overlay: BTreeMap::new(),
            inside: RwLock::default(),
        }
    }

    /// Whether `directory` has what every kernel tree has.
    pub fn is_tree(directory: &Path) -> bool {
        missing_from(directory).is_none()
    }

    /// The tree's directory, without links in its path.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Puts the text of one file on top of the tree, in memory only; `None` hides the file.
    ///
    /// # Errors
    ///
    /// The path leads out of the tree.
    pub fn overlay(&mut self, path: &str, text: Option<Vec<u8>>) -> Result<(), TreeError> {
        let path = normalize(path)?;
        self.overlay.insert(path, text.map(Arc::from));
        Ok(())
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// Every variant of [`TreeError`] but the two about the root.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let relative = normalize(path)?;
        match self.overlay.get(&relative) {
            Some(Some(text)) => return Ok(text.to_vec()),
            Some(None) => {
                return Err(TreeError::NotFound {
                    path: path.to_owned(),
                });
            }
            None => {}
        }
        let full = self.resolve(path, &relative)?;
        let file = std::fs::File::open(&full).map_err(|source| classify(path, source))?;
        let metadata = file.metadata().map_err(|source| classify(path, source))?;
        if !metadata.is_file() {
            return Err(TreeError::NotAFile {
                path: path.to_owned(),
            });
        }
        let size = metadata.len();
        if size > MAX_FILE_SIZE {
            return Err(TreeError::TooLarge {
                path: path.to_owned(),
                size,
            });
        }
        let mut text = Vec::with_capacity(size as usize + 1);
        // The limit also holds for a file that grows while it is read.
        file.take(MAX_FILE_SIZE)
            .read_to_end(&mut text)
            .map_err(|source| classify(path, source))?;
        Ok(text)
    }

    /// Reads a whole file as text. Bytes that are not UTF-8 become `?`, one for one, so that offsets stay true: the
    /// languages that kfeat reads are ASCII outside comments and prompts.
    ///
    /// # Errors
    ///
    /// As [`Tree::read`].
    pub fn read_text(&self, path: &str) -> Result<String, TreeError> {
        Ok(text_of(self.read(path)?))
    }

    /// Whether the tree has a regular file at `path`. A path that cannot be looked at counts as absent.
    pub fn is_file(&self, path: &str) -> bool {
        let Ok(relative) = normalize(path) else {
            return false;
        };
        match self.overlay.get(&relative) {
            Some(text) => text.is_some(),
            None => self
                .resolve(path, &relative)
                .is_ok_and(|full| full.is_file()),
        }
    }

    /// The entries of a directory, sorted by name, with those of the overlay.
    ///
    /// # Errors
    ///
    /// The directory is missing, unreadable or outside the tree.
    pub fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let relative = normalize(directory)?;
        let mut entries = BTreeMap::new();
        let on_disk = self
            .resolve(directory, &relative)
            .and_then(|full| std::fs::read_dir(full).map_err(|source| classify(directory, source)));
        let unreadable = |source| classify(directory, source);
        let missing = match on_disk {
            Ok(read_dir) => {
                for entry in read_dir {
                    let entry = entry.map_err(unreadable)?;
                    // A name that is not UTF-8 cannot be written in a Kconfig or C file either.
                    let Ok(name) = entry.file_name().into_string() else {
                        continue;
                    };
                    let file_type = entry.file_type().map_err(unreadable)?;
                    let is_dir =
                        file_type.is_dir() || (file_type.is_symlink() && entry.path().is_dir());
                    entries.insert(name, is_dir);
                }
                None
            }
            Err(error @ TreeError::NotFound { .. }) => Some(error),
            Err(error) => return Err(error),
        };
        let prefix = if relative.is_empty() {
            String::new()
        } else {
            format!("{relative}/")
        };
        for (path, text) in self.overlay.range(prefix.clone()..) {
            let Some(rest) = path.strip_prefix(&prefix) else {
                break;
            };
            match (rest.split_once('/'), text) {
                (Some((name, _)), Some(_)) => {
                    entries.insert(name.to_owned(), true);
                }
                (None, Some(_)) => {
                    entries.insert(rest.to_owned(), false);
                }
                (None, None) => {
                    entries.remove(rest);
                }
                (Some(_), None) => {}
            }
        }
        if let (Some(error), true) = (missing, entries.is_empty()) {
            return Err(error);
        }
        Ok(entries
            .into_iter()
            .map(|(name, is_dir)| Entry { name, is_dir })
            .collect())
    }

    /// Every regular file below `directory` whose path `keep` accepts, sorted. Links to directories are not followed, so a
    /// loop of links ends the walk at once.
    ///
    /// # Errors
    ///
    /// As [`Tree::list`], for `directory` or one below it.
    pub fn walk(
        &self,
        directory: &str,
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, TreeError> {
        let mut files = Vec::new();
        let mut pending = vec![normalize(directory)?];
        while let Some(directory) = pending.pop() {
            for entry in self.list(&directory)? {
                let path = if directory.is_empty() {
                    entry.name
                } else {
                    format!("{directory}/{}", entry.name)
                };
                if entry.is_dir {
                    if !self.root.join(&path).is_symlink() {
                        pending.push(path);
                    }
                } else if keep(&path) {
                    files.push(path);
                }
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// The architectures of the tree: the directories below `arch/` that hold a `Kconfig`, sorted.
    ///
    /// # Errors
    ///
    /// As [`Tree::list`].
    pub fn architectures(&self) -> Result<Vec<String>, TreeError> {
        Ok(self
            .list("arch")?
            .into_iter()
            .filter(|entry| entry.is_dir && self.is_file(&format!("arch/{}/Kconfig", entry.name)))
            .map(|entry| entry.name)
            .collect())
    }

    /// The full path of `relative`, after a look at every link on the way.
    fn resolve(&self, path: &str, relative: &str) -> Result<PathBuf, TreeError> {
        if let Some((directory, _)) = relative.rsplit_once('/') {
            self.require_inside(path, directory)?;
        }
        let full = self.root.join(relative);
        let metadata = std::fs::symlink_metadata(&full).map_err(|source| classify(path, source))?;
        if metadata.is_symlink() {
            self.require_target_inside(path, &full)?;
        }
        Ok(full)
    }

    /// Fails unless the directory at `relative` lies inside the tree once its links are followed. Each directory is looked at
    /// once: a directory that is no link, in one that is inside, is inside.
    fn require_inside(&self, path: &str, relative: &str) -> Result<(), TreeError> {
        let is_known = |relative: &str| {
            self.inside
                .read()
                .is_ok_and(|inside| inside.contains(relative))
        };
        if is_known(relative) {
            return Ok(());
        }
        let ends = relative
            .match_indices('/')
            .map(|(at, _)| at)
            .chain([relative.len()]);
        for directory in ends.map(|end| &relative[..end]) {
            if is_known(directory) {
                continue;
            }
            let full = self.root.join(directory);
            let metadata =
                std::fs::symlink_metadata(&full).map_err(|source| classify(path, source))?;
            if metadata.is_symlink() {
                self.require_target_inside(path, &full)?;
            }
            if let Ok(mut inside) = self.inside.write() {
                inside.insert(directory.to_owned());
            }
        }
        Ok(())
    }

    /// Fails unless the link at `full` leads to a place inside the tree.
    fn require_target_inside(&self, path: &str, full: &Path) -> Result<(), TreeError> {
        let real = full
            .canonicalize()
            .map_err(|source| classify(path, source))?;
        if real.starts_with(&self.root) {
            return Ok(());
        }
        Err(TreeError::LeavesTree {
            path: path.to_owned(),
            target: Some(real),
        })
    }
}

/// What `directory` lacks of what every kernel tree has.
fn missing_from(directory: &Path) -> Option<&'static str> {
    ["Kconfig", "Makefile", "arch"]
        .into_iter()
        .find(|name| !directory.join(name).exists())
}

/// The bytes of a file as text, as [`Tree::read_text`] describes it.
fn text_of(bytes: Vec<u8>) -> String {
    String::from_utf8(bytes).unwrap_or_else(|error| {
        let bytes = error.into_bytes();
        let mut text = String::with_capacity(bytes.len());
        for chunk in bytes.utf8_chunks() {
            text.push_str(chunk.valid());
            text.extend(std::iter::repeat_n('?', chunk.invalid().len()));
        }
        text
    })
}

/// `path` relative to the root without `.` and empty parts.
fn normalize(path: &str) -> Result<String, TreeError> {
    let leaves = || TreeError::LeavesTree {
        path: path.to_owned(),
        target: None,
    };
    // The usual path has nothing to normalize; it is worth the look, for every file of the tree passes here.
    let plain =
        !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain && !path.contains('\0') {
        return Ok(path.to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(leaves)?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or_else(leaves)?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(leaves()),
        }
    }
    Ok(parts.join("/"))
}

/// What a system error means for `path`.
fn classify(path: &str, source: std::io::Error) -> TreeError {
    let path = path.to_owned();
    match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            TreeError::NotFound { path }
        }
        // `ErrorKind::FilesystemLoop` is not stable yet; 40 is ELOOP on Linux.
        _ if source.raw_os_error() == Some(40) => TreeError::SymlinkLoop { path },
        _ => TreeError::Unreadable { path, source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A directory that passes for a kernel tree.
    fn small_tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        let root = directory.path();
        std::fs::create_dir_all(root.join("arch/one")).unwrap();
        for file in ["Kconfig", "Makefile", "arch/one/Kconfig"] {
            std::fs::write(root.join(file), "# text\n").unwrap();
        }
        directory
    }

    #[test]
    fn a_directory_without_kconfig_is_no_tree() {
        let directory = tempfile::tempdir().unwrap();
        let error = Tree::open(directory.path()).unwrap_err();
        assert!(error.to_string().contains("it has no `Kconfig`"), "{error}");
        let error = Tree::open(&directory.path().join("absent")).unwrap_err();
        assert!(matches!(error, TreeError::NoRoot { .. }));
    }

    #[test]
    fn paths_stay_inside() {
        let directory = small_tree();
        let tree = Tree::open(directory.path()).unwrap();
        for path in ["../x", "arch/../../x", "/etc/passwd"] {
            let error = tree.read(path).unwrap_err();
            assert!(matches!(error, TreeError::LeavesTree { .. }), "{error}");
        }
        assert!(tree.read("arch/../Kconfig").is_ok());
        assert!(tree.read("./Kconfig").is_ok());
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_inside_and_loops_end() {
        use std::os::unix::fs::symlink;
        let directory = small_tree();
        let root = directory.path();
        symlink("/etc", root.join("out")).unwrap();
        symlink("/etc/hostname", root.join("file")).unwrap();
        symlink("loop", root.join("loop")).unwrap();
        symlink("..", root.join("arch/up")).unwrap();
        symlink("../Kconfig", root.join("arch/inside")).unwrap();
        let tree = Tree::open(root).unwrap();
        for path in ["out/hostname", "file"] {
            let error = tree.read(path).unwrap_err();
            assert!(
                matches!(
                    error,
                    TreeError::LeavesTree {
                        target: Some(_),
                        ..
                    }
                ),
                "{error}"
            );
        }
        assert!(matches!(
            tree.read("loop"),
            Err(TreeError::SymlinkLoop { .. })
        ));
        assert!(tree.read("arch/inside").is_ok());
        assert!(tree.read("arch/up/Kconfig").is_ok());
        let files = tree.walk("arch", &|_| true).unwrap();
        assert_eq!(files, ["arch/inside", "arch/one/Kconfig"]);
    }

    #[test]
    fn a_directory_is_no_file() {
        let directory = small_tree();
        let tree = Tree::open(directory.path()).unwrap();
        assert!(matches!(tree.read("arch"), Err(TreeError::NotAFile { .. })));
        assert!(matches!(tree.read("gone"), Err(TreeError::NotFound { .. })));
        assert!(matches!(
            tree.read("Kconfig/x"),
            Err(TreeError::NotFound { .. })
        ));
    }

    #[test]
    fn the_overlay_covers_adds_and_hides() {
        let directory = small_tree();
        let mut tree = Tree::open(directory.path()).unwrap();
        tree.overlay("Kconfig", Some(b"new".to_vec())).unwrap();
        tree.overlay("arch/two/Kconfig", Some(b"two".to_vec()))
            .unwrap();
        tree.overlay("arch/one/Kconfig", None).unwrap();
        assert_eq!(tree.read("Kconfig").unwrap(), b"new");
        assert_eq!(tree.architectures().unwrap(), ["two"]);
        assert!(matches!(
            tree.read("arch/one/Kconfig"),
            Err(TreeError::NotFound { .. })
        ));
        assert_eq!(tree.walk("arch", &|_| true).unwrap(), ["arch/two/Kconfig"]);
    }

    #[test]
    fn bytes_that_are_no_text_keep_their_place() {
        assert_eq!(text_of(b"a\xff\xfe\xc3\xa9b".to_vec()), "a??\u{e9}b");
    }
}
