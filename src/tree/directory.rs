//! Owns a tree's files on disk. Paths come in relative to the root and without links in them.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use walkdir::{DirEntry, WalkDir};

use super::signature::Signature;
use super::{Kind, TreeError, classify};
use crate::disk::{self, ReadError};
use crate::limits::FILE_SIZE;

/// A directory.
#[derive(Debug)]
pub(super) struct Directory {
    /// Without links in its path.
    root: PathBuf,
    /// The same, open, so that the system need not find it again for each file.
    handle: std::fs::File,
    /// Holds what the walks so far have found, by the directory where they began.
    walked: RwLock<BTreeMap<String, Arc<Walk>>>,
}

/// Describes what a walk finds at a path, links not followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Found {
    File,
    Directory,
    Link,
    /// A device and the like.
    Other,
}

/// Everything below a directory.
#[derive(Debug, Default)]
struct Walk {
    /// All paths in one text: there are tens of thousands.
    text: String,
    /// Start and end of each path in the text, and what is there; sorted by path.
    entries: Vec<(usize, usize, Found)>,
}

impl Walk {
    fn add(&mut self, path: &str, found: Found) {
        let start = self.text.len();
        self.text.push_str(path);
        self.entries.push((start, self.text.len(), found));
    }

    fn path(&self, (start, end, _): (usize, usize, Found)) -> &str {
        &self.text[start..end]
    }

    fn sort(&mut self) {
        let text = &self.text;
        let path = |&(start, end, _): &(usize, usize, Found)| &text[start..end];
        self.entries.sort_unstable_by_key(path);
    }

    /// The entries below a directory.
    fn below(&self, directory: &str) -> Range<usize> {
        if directory.is_empty() {
            return 0..self.entries.len();
        }
        let is_before = |path: &str| match path.strip_prefix(directory) {
            Some(rest) => rest.bytes().next().is_none_or(|byte| byte < b'/'),
            None => path < directory,
        };
        let is_below = |path: &str| {
            let rest = path.strip_prefix(directory);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        let start = self
            .entries
            .partition_point(|&entry| is_before(self.path(entry)));
        let count = self.entries[start..].partition_point(|&entry| is_below(self.path(entry)));
        start..start + count
    }
}

/// Stands for what is below a directory.
pub(super) struct Below {
    walk: Arc<Walk>,
    range: Range<usize>,
}

impl Below {
    /// Each path relative to the root with what is there, sorted.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, Found)> {
        let entries = self.walk.entries[self.range.clone()].iter();
        entries.map(|&entry| (self.walk.path(entry), entry.2))
    }
}

impl Directory {
    pub(super) fn open(root: &Path) -> Result<Self, TreeError> {
        let real = root.canonicalize().and_then(|real| {
            std::fs::read_dir(&real)?;
            let handle = std::fs::File::open(&real)?;
            Ok((real, handle))
        });
        match real {
            Ok((root, handle)) => Ok(Self {
                root,
                handle,
                walked: RwLock::default(),
            }),
            Err(source) => Err(TreeError::NoRoot {
                root: root.to_owned(),
                source,
            }),
        }
    }

    pub(super) fn root(&self) -> &Path {
        &self.root
    }

    /// Returns what stands at a path.
    pub(super) fn kind(&self, real: &str) -> std::io::Result<Kind> {
        let full = self.root.join(real);
        let file_type = match std::fs::symlink_metadata(&full) {
            Ok(metadata) => metadata.file_type(),
            Err(error) if is_missing(&error) => return Ok(Kind::Missing),
            Err(error) => return Err(error),
        };
        Ok(if file_type.is_symlink() {
            // A target that is not valid UTF-8 names nothing that a Kconfig or C file could name.
            match std::fs::read_link(&full)?.into_os_string().into_string() {
                Ok(target) => Kind::Link(target),
                Err(_) => Kind::Other,
            }
        } else {
            of_type(file_type)
        })
    }

    /// Reads a file, and tells which one it was; `path` is what was asked for.
    pub(super) fn read(&self, path: &str, real: &str) -> Result<(Vec<u8>, Signature), TreeError> {
        let full = self.root.join(real);
        let failed = |error| failure(path, error);
        let (file, metadata) = disk::open_known(&full).map_err(failed)?;
        let mut text = Vec::new();
        disk::read_into(file, &metadata, &full, &FILE_SIZE, &mut text).map_err(failed)?;
        Ok((text, Signature::of(&metadata)))
    }

    /// Reads a file into `text`, whose content is replaced, if no part of its path is a link; `None` where one is, or where the
    /// system cannot tell. Opening and checking is one call of the system, where a look at each part of the path takes one each.
    /// `is_known` says that a regular file was seen there.
    pub(super) fn read_plain(
        &self,
        path: &str,
        is_known: bool,
        text: &mut Vec<u8>,
    ) -> Option<Result<Signature, TreeError>> {
        let read =
            disk::open_beneath(&self.handle, path, is_known)?.and_then(|(file, metadata)| {
                disk::read_into(file, &metadata, Path::new(path), &FILE_SIZE, text)?;
                Ok(Signature::of(&metadata))
            });
        Some(read.map_err(|error| failure(path, error)))
    }

    /// Returns what a directory holds; `path` is what was asked for. The target of a link is left out.
    pub(super) fn list(&self, path: &str, real: &str) -> Result<BTreeMap<String, Kind>, TreeError> {
        let failed = |source| classify(path, source);
        let mut kinds = BTreeMap::new();
        for entry in std::fs::read_dir(self.root.join(real)).map_err(failed)? {
            let entry = entry.map_err(failed)?;
            // A name that is not UTF-8 cannot be written in a Kconfig or C file either; it is known as something that nobody reads.
            let name = match entry.file_name().into_string() {
                Ok(name) => name,
                Err(name) => {
                    kinds.insert(name.to_string_lossy().into_owned(), Kind::Other);
                    continue;
                }
            };
            let file_type = entry.file_type().map_err(failed)?;
            let kind = if file_type.is_symlink() {
                Kind::Link(String::new())
            } else {
                of_type(file_type)
            };
            kinds.insert(name, kind);
        }
        Ok(kinds)
    }

    /// Everything below a directory, and whether the system was asked just now: what is below one that was walked before is known.
    /// Links are not followed; `path` is what was asked for.
    pub(super) fn walk(&self, path: &str, real: &str) -> Result<(Below, bool), TreeError> {
        let known = |walked: &BTreeMap<String, Arc<Walk>>| {
            let mut above = Some(real);
            std::iter::from_fn(|| {
                let at = above?;
                above = match at.rsplit_once('/') {
                    Some((above, _)) => Some(above),
                    None => Some("").filter(|_| !at.is_empty()),
                };
                Some(at)
            })
            .find_map(|above| walked.get(above).cloned())
        };
        let walked = self.walked.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(walk) = known(&walked) {
            // Where nothing is, or a file, the system says so.
            let below = walk.below(real);
            if !below.is_empty() {
                return Ok((Below { walk, range: below }, false));
            }
        }
        drop(walked);
        let walk = Arc::new(self.walk_now(path, real)?);
        let mut walked = self.walked.write().unwrap_or_else(PoisonError::into_inner);
        walked.insert(real.to_owned(), walk.clone());
        let range = 0..walk.entries.len();
        Ok((Below { walk, range }, true))
    }

    fn walk_now(&self, path: &str, real: &str) -> Result<Walk, TreeError> {
        let start = self.root.join(real);
        // The walk takes a file for a directory with nothing in it.
        std::fs::read_dir(&start).map_err(|source| classify(path, source))?;
        // A name that is not UTF-8 cannot be written in a Kconfig or C file either.
        let is_text = |entry: &DirEntry| entry.file_name().to_str().is_some();
        let failed = |error: walkdir::Error| {
            let at = error.path().and_then(|at| at.strip_prefix(&self.root).ok());
            let at = at.map_or_else(|| path.to_owned(), |at| at.display().to_string());
            // Such an error needs a loop of links, and no link is followed.
            let source = error
                .into_io_error()
                .unwrap_or_else(|| std::io::ErrorKind::InvalidInput.into());
            classify(&at, source)
        };
        let mut found = Walk::default();
        let walk = WalkDir::new(&start).min_depth(1).into_iter();
        for entry in walk.filter_entry(is_text) {
            let entry = entry.map_err(failed)?;
            let kind = match entry.file_type() {
                link if link.is_symlink() => Found::Link,
                file if file.is_file() => Found::File,
                directory if directory.is_dir() => Found::Directory,
                _ => Found::Other,
            };
            // By bytes: a look at each component of each path takes longer than the system needs to list them. The root need not be text.
            let root = self.root.as_os_str().as_encoded_bytes();
            let full = entry.path().as_os_str().as_encoded_bytes();
            let at = full.strip_prefix(root).map(std::str::from_utf8);
            if let Some(Ok(at)) = at {
                found.add(at.trim_start_matches('/'), kind);
            }
        }
        found.sort();
        Ok(found)
    }

    /// Whether a link leads to a directory, inside or outside the tree.
    pub(super) fn leads_to_directory(&self, link: &str) -> bool {
        self.root.join(link).is_dir()
    }

    /// Where a link leads that is absolute or leaves the tree on its way: a path that starts with `/`, which stands for the
    /// root. `path` is what was asked for.
    pub(super) fn target_inside(&self, path: &str, link: &str) -> Result<String, TreeError> {
        let real = self.root.join(link).canonicalize();
        let real = real.map_err(|source| classify(path, source))?;
        let inside = real.strip_prefix(&self.root).ok().and_then(Path::to_str);
        match inside {
            Some(inside) => Ok(format!("/{inside}")),
            None => Err(TreeError::LeavesTree {
                path: path.to_owned(),
                target: Some(real),
            }),
        }
    }
}

/// Why the file at `path` cannot be read.
fn failure(path: &str, error: ReadError) -> TreeError {
    match error {
        ReadError::System(source) => classify(path, source),
        ReadError::TooLarge(_) => TreeError::TooLarge(FILE_SIZE.reached(format!("`{path}`"))),
        ReadError::NotAFile(_) | ReadError::NotText => TreeError::NotAFile {
            path: path.to_owned(),
        },
    }
}

fn of_type(file_type: std::fs::FileType) -> Kind {
    if file_type.is_file() {
        Kind::File
    } else if file_type.is_dir() {
        Kind::Directory
    } else {
        Kind::Other
    }
}

/// Whether an error says that nothing is there.
pub(super) fn is_missing(error: &std::io::Error) -> bool {
    matches!(
        error.kind(),
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory
    )
}
