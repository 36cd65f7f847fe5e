//! Owns changed files on top of a tree, in memory only.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::{Kind, below};

/// Which of the texts that a path has in the trees of one base it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stamp(u64);

impl Stamp {
    /// The text of the base, or none where that has none.
    pub const BASE: Self = Self(0);
    /// No text, whatever the base has.
    pub const NONE: Self = Self(1);

    /// One that no other text has.
    pub(super) fn new() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(2);
        Self(NEXT.fetch_add(1, Ordering::Relaxed))
    }
}

/// A text, or where it is.
#[derive(Clone, Debug)]
pub(super) enum Text {
    Here(Arc<[u8]>),
    /// A blob of the repository, by its name.
    Blob(Box<str>),
}

/// Describes what covers a path.
#[derive(Clone, Debug)]
pub(super) enum Layer {
    File {
        text: Text,
        stamp: Stamp,
    },
    /// A symbolic link with its target.
    Link(Arc<str>),
}

impl Layer {
    pub(super) fn file(text: Vec<u8>) -> Self {
        Self::File {
            text: Text::Here(text.into()),
            stamp: Stamp::new(),
        }
    }
}

/// Describes what a step of a series does to a path.
#[derive(Clone, Debug)]
pub(super) enum Cover {
    With(Layer),
    /// Nothing is there, whatever the base has.
    Hide,
    /// Stands for what the base has is there again.
    Uncover,
}

/// A path at which two trees differ.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Change {
    /// The path, relative to the root.
    pub path: String,
    /// Whether one of the trees has nothing there.
    pub comes_or_goes: bool,
}

impl Change {
    /// The change of the text of a file.
    pub fn of_text(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            comes_or_goes: false,
        }
    }
}

/// Changed files; `None` stands for a file that was removed.
#[derive(Clone, Debug, Default)]
pub(super) struct Overlay {
    files: BTreeMap<String, Option<Layer>>,
    links: usize,
}

impl Overlay {
    pub(super) fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    pub(super) fn has_links(&self) -> bool {
        self.links > 0
    }

    pub(super) fn put(&mut self, path: String, layer: Option<Layer>) {
        self.links += usize::from(matches!(layer, Some(Layer::Link(_))));
        let before = self.files.insert(path, layer);
        self.links -= usize::from(matches!(before, Some(Some(Layer::Link(_)))));
    }

    pub(super) fn cover_with(&mut self, path: String, cover: Cover) {
        match cover {
            Cover::With(layer) => self.put(path, Some(layer)),
            Cover::Hide => self.put(path, None),
            Cover::Uncover => {
                let before = self.files.remove(&path);
                self.links -= usize::from(matches!(before, Some(Some(Layer::Link(_)))));
            }
        }
    }

    pub(super) fn get(&self, path: &str) -> Option<&Option<Layer>> {
        self.files.get(path)
    }

    pub(super) fn stamp(&self, path: &str) -> Stamp {
        match self.files.get(path) {
            None => Stamp::BASE,
            Some(Some(Layer::File { stamp, .. })) => *stamp,
            Some(_) => Stamp::NONE,
        }
    }

    /// Whether it adds anything below a directory.
    pub(super) fn has_below(&self, directory: &str) -> bool {
        self.below(directory).any(|(_, layer)| layer.is_some())
    }

    /// Whether the files right in a directory have the same names as in the base, of which `base_has` knows the names. There
    /// must be no links.
    pub(super) fn keeps_files(&self, directory: &str, base_has: &dyn Fn(&str) -> bool) -> bool {
        self.below(directory)
            .all(|(rest, layer)| match rest.split_once('/') {
                Some((inner, _)) => !base_has(inner),
                None => layer.is_some() == base_has(rest),
            })
    }

    fn below<'a>(
        &'a self,
        directory: &str,
    ) -> impl Iterator<Item = (&'a str, &'a Option<Layer>)> + use<'a> {
        let prefix = if directory.is_empty() {
            String::new()
        } else {
            format!("{directory}/")
        };
        self.files
            .range(prefix.clone()..)
            .map_while(move |(path, layer)| Some((path.strip_prefix(&prefix)?, layer)))
    }

    /// Puts what it has right in a directory over what the base has there.
    pub(super) fn cover(&self, directory: &str, kinds: &mut BTreeMap<String, Kind>) {
        for (rest, layer) in self.below(directory) {
            match (rest.split_once('/'), layer) {
                (Some((name, _)), Some(_)) => {
                    kinds.insert(name.to_owned(), Kind::Directory);
                }
                (Some(_), None) => {}
                (None, Some(Layer::File { .. })) => {
                    kinds.insert(rest.to_owned(), Kind::File);
                }
                (None, Some(Layer::Link(target))) => {
                    kinds.insert(rest.to_owned(), Kind::Link(target.to_string()));
                }
                (None, None) => {
                    if !self.has_below(&below(directory, rest)) {
                        kinds.remove(rest);
                    }
                }
            }
        }
    }

    /// Where `other` differs; `is_there` says whether the base has something at a path.
    pub(super) fn changes(&self, other: &Self, is_there: &dyn Fn(&str) -> bool) -> Vec<Change> {
        let mut paths: Vec<&String> = self.files.keys().chain(other.files.keys()).collect();
        paths.sort_unstable();
        paths.dedup();
        let mut changes = Vec::new();
        for path in paths {
            let (before, after) = (self.files.get(path), other.files.get(path));
            let is_same = match (before, after) {
                (Some(Some(Layer::Link(before))), Some(Some(Layer::Link(after)))) => {
                    before == after
                }
                (Some(Some(Layer::Link(_))), _) | (_, Some(Some(Layer::Link(_)))) => false,
                _ => self.stamp(path) == other.stamp(path),
            };
            if is_same {
                continue;
            }
            let kind = |layer: Option<&Option<Layer>>| match layer {
                None => is_there(path),
                Some(Some(Layer::File { .. })) => true,
                // To a link it matters what it leads to.
                Some(_) => false,
            };
            let (before, after) = (kind(before), kind(after));
            changes.push(Change {
                path: path.clone(),
                comes_or_goes: !(before && after),
            });
        }
        changes
    }
}
