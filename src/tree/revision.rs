//! Owns the files of a git revision: which there are, and their bytes.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use super::git::{Difference, Object, Repository};
use super::overlay::{Cover, Layer, Stamp, Text};
use super::{Kind, LANDMARKS, TreeError};
use crate::limits::FILE_SIZE;

/// A file or a link.
#[derive(Clone, Debug)]
struct Item {
    /// Where its path stands in the listing, relative to the kernel's root.
    path: Range<u32>,
    /// Where its object's name stands.
    oid: Range<u32>,
    is_link: bool,
}

/// The files of a revision.
#[derive(Debug)]
pub(super) struct Revision {
    repository: Arc<Repository>,
    /// The name of the object with all of it.
    tree: String,
    /// Where the kernel is in the repository; empty, or with `/` at its end.
    prefix: String,
    /// Holds what `ls-tree` said.
    listing: String,
    /// By path, in the order of bytes.
    items: Vec<Item>,
    /// The stamps of objects that cover files.
    stamps: Mutex<FxHashMap<Box<str>, Stamp>>,
}

impl Revision {
    /// The innermost kernel tree of a revision around the repository's directory.
    pub(super) fn open(repository: &Arc<Repository>, revision: &str) -> Result<Self, TreeError> {
        let tree = repository.name(revision, "tree")?;
        let listing = repository.list(&tree)?;
        let mut all = items(&listing);
        all.sort_unstable_by(|a, b| at(&listing, &a.path).cmp(at(&listing, &b.path)));
        let prefixes = || {
            let prefix = repository.prefix();
            let ends = prefix.match_indices('/').map(|(at, _)| at);
            let ends = std::iter::once(0).chain(ends).chain([prefix.len()]);
            ends.map(|end| match &prefix[..end] {
                "" => String::new(),
                prefix => format!("{prefix}/"),
            })
        };
        let lacks = |prefix: &str| {
            LANDMARKS.into_iter().find(|name| {
                let path = format!("{prefix}{name}");
                let from = all.partition_point(|item| at(&listing, &item.path) < &*path);
                let found = all[from..].iter().map(|item| at(&listing, &item.path));
                // A directory shows by what is in it; what stands between sorts before it.
                !found
                    .take_while(|found| found.starts_with(&path))
                    .any(|found| matches!(found.as_bytes().get(path.len()), None | Some(b'/')))
            })
        };
        let all_prefixes: Vec<String> = prefixes().collect();
        let innermost = all_prefixes
            .iter()
            .rev()
            .find(|prefix| lacks(prefix).is_none());
        let Some(prefix) = innermost.cloned() else {
            return Err(TreeError::NotAKernelRevision {
                revision: revision.to_owned(),
                missing: lacks("").unwrap_or_default(),
            });
        };
        all.retain_mut(|item| {
            let inside = at(&listing, &item.path).starts_with(&prefix);
            item.path.start += if inside { prefix.len() as u32 } else { 0 };
            inside
        });
        Ok(Self {
            repository: repository.clone(),
            tree,
            prefix,
            items: all,
            listing,
            stamps: Mutex::default(),
        })
    }

    pub(super) fn root(&self) -> &Path {
        self.repository.directory()
    }

    /// The name of the object, and where in it the kernel is.
    pub(super) fn object(&self) -> String {
        format!("{}:{}", self.tree, self.prefix)
    }

    /// The identity of the repository.
    pub(super) fn repository(&self) -> Option<String> {
        self.repository.identity()
    }

    /// Returns what stands at a path.
    pub(super) fn kind(&self, real: &str) -> std::io::Result<Kind> {
        if real.is_empty() {
            return Ok(Kind::Directory);
        }
        if let Some(item) = self.find(real) {
            if !item.is_link {
                return Ok(Kind::File);
            }
            let target = self
                .bytes(real, at(&self.listing, &item.oid))
                .map_err(std::io::Error::other)?;
            return Ok(String::from_utf8(target).map_or(Kind::Other, Kind::Link));
        }
        let below = format!("{real}/");
        let from = self.first_from(&below);
        let is_directory = self
            .items
            .get(from)
            .is_some_and(|item| self.path(item).starts_with(&below));
        Ok(if is_directory {
            Kind::Directory
        } else {
            Kind::Missing
        })
    }

    /// Reads a file; `path` is what was asked for.
    pub(super) fn read(&self, path: &str, real: &str) -> Result<Vec<u8>, TreeError> {
        match self.find(real) {
            Some(item) => self.bytes(path, at(&self.listing, &item.oid)),
            None => Err(match self.kind(real) {
                Ok(Kind::Directory) => TreeError::NotAFile {
                    path: path.to_owned(),
                },
                _ => TreeError::NotFound {
                    path: path.to_owned(),
                },
            }),
        }
    }

    /// Reads a blob that covers the file at `path`.
    pub(super) fn blob(&self, path: &str, oid: &str) -> Result<Vec<u8>, TreeError> {
        self.bytes(path, oid)
    }

    /// Returns what a directory holds; `path` is what was asked for. The target of a link is left out.
    pub(super) fn list(&self, path: &str, real: &str) -> Result<BTreeMap<String, Kind>, TreeError> {
        let prefix = if real.is_empty() {
            String::new()
        } else {
            format!("{real}/")
        };
        let mut kinds = BTreeMap::new();
        let mut next = self.first_from(&prefix);
        while let Some(item) = self.items.get(next) {
            let Some(rest) = self.path(item).strip_prefix(&prefix) else {
                break;
            };
            match rest.split_once('/') {
                Some((name, _)) => {
                    kinds.insert(name.to_owned(), Kind::Directory);
                    // `0` follows `/` in the order of bytes: behind everything in that directory.
                    next = self.first_from(&format!("{prefix}{name}0"));
                }
                None => {
                    let kind = if item.is_link {
                        Kind::Link(String::new())
                    } else {
                        Kind::File
                    };
                    kinds.insert(rest.to_owned(), kind);
                    next += 1;
                }
            }
        }
        if kinds.is_empty() && !real.is_empty() {
            return Err(TreeError::NotFound {
                path: path.to_owned(),
            });
        }
        Ok(kinds)
    }

    /// The texts of files, all with one question; files that cannot be had are left out, for whoever reads them to report.
    pub(super) fn fetch(&self, paths: &[&str]) -> Vec<(String, Arc<[u8]>)> {
        let items: Vec<&Item> = paths.iter().filter_map(|path| self.find(path)).collect();
        let oids: Vec<&str> = items
            .iter()
            .map(|item| at(&self.listing, &item.oid))
            .collect();
        let objects = self.repository.objects(&oids).unwrap_or_default();
        let found = items
            .into_iter()
            .zip(objects)
            .filter(|(item, _)| !item.is_link);
        found
            .filter_map(|(item, object)| match object {
                Object::Bytes(bytes) => Some((self.path(item).to_owned(), bytes.into())),
                _ => None,
            })
            .collect()
    }

    /// Returns what a difference does to a path of the kernel's; `None` for a path outside.
    pub(super) fn cover(
        &self,
        difference: &Difference,
    ) -> Result<Option<(String, Cover)>, TreeError> {
        let Some(path) = difference.path.strip_prefix(&self.prefix) else {
            return Ok(None);
        };
        let item = self.find(path);
        let is_link = difference.mode == "120000";
        let is_back = item.is_some_and(|item| {
            item.is_link == is_link && *at(&self.listing, &item.oid) == *difference.oid
        });
        // A submodule has no files here.
        let is_gone = !difference.mode.starts_with("100") && !is_link;
        let cover = if is_back || (is_gone && item.is_none()) {
            Cover::Uncover
        } else if is_gone {
            Cover::Hide
        } else if is_link {
            let target = self.bytes(path, &difference.oid)?;
            Cover::With(Layer::Link(String::from_utf8_lossy(&target).into()))
        } else {
            let mut stamps = self
                .stamps
                .lock()
                .unwrap_or_else(|poisoned| poisoned.into_inner());
            Cover::With(Layer::File {
                text: Text::Blob(difference.oid.as_str().into()),
                stamp: *stamps
                    .entry(difference.oid.as_str().into())
                    .or_insert_with(Stamp::new),
            })
        };
        Ok(Some((path.to_owned(), cover)))
    }

    fn bytes(&self, path: &str, oid: &str) -> Result<Vec<u8>, TreeError> {
        let no_object = |source| TreeError::NoObject {
            path: path.to_owned(),
            oid: oid.to_owned(),
            source,
        };
        let objects = self.repository.objects(&[oid]).map_err(no_object)?;
        match objects.into_iter().next() {
            Some(Object::Bytes(bytes)) => Ok(bytes),
            Some(Object::TooLarge) => {
                Err(TreeError::TooLarge(FILE_SIZE.reached(format!("`{path}`"))))
            }
            Some(Object::Missing | Object::Unread) | None => {
                Err(no_object(super::git::GitError::MissingObject))
            }
        }
    }

    fn find(&self, path: &str) -> Option<&Item> {
        let item = self.items.get(self.first_from(path))?;
        (self.path(item) == path).then_some(item)
    }

    /// The first item whose path is not before `path`.
    fn first_from(&self, path: &str) -> usize {
        self.items.partition_point(|item| self.path(item) < path)
    }

    fn path(&self, item: &Item) -> &str {
        at(&self.listing, &item.path)
    }
}

fn at<'a>(text: &'a str, range: &Range<u32>) -> &'a str {
    &text[range.start as usize..range.end as usize]
}

/// The files and links that `ls-tree` lists: `MODE blob NAME<tab>PATH`, each with a zero byte at its end. Submodules, which have
/// no files of their own here, are left out.
fn items(listing: &str) -> Vec<Item> {
    let mut items = Vec::new();
    let mut start = 0;
    for line in listing.split_terminator('\0') {
        let end = start + line.len();
        if let Some((head, path)) = line.split_once('\t')
            && let [mode, "blob", oid] = head.split(' ').collect::<Vec<_>>()[..]
            && u32::try_from(end).is_ok()
        {
            let path = end - path.len()..end;
            let oid_end = start + head.len();
            items.push(Item {
                path: path.start as u32..path.end as u32,
                oid: (oid_end - oid.len()) as u32..oid_end as u32,
                is_link: mode == "120000",
            });
        }
        start = end + 1;
    }
    items
}
