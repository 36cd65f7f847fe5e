//! Owns what was read of a tree: a result holds for another tree if nothing that was read for it is different there.

use std::sync::{Arc, Mutex};

use rustc_hash::{FxHashMap, FxHashSet};

use super::signature::{Digest, Signature};
use super::{Change, Tree};

/// The files and directories that a computation looked at, there or not.
#[derive(Debug, Default)]
pub struct Reads {
    texts: Mutex<FxHashSet<Box<str>>>,
    listings: Mutex<FxHashSet<Box<str>>>,
    contents: Option<Mutex<Contents>>,
}

/// The contents of a directory's files when they were read.
#[derive(Clone, Debug, Default)]
pub(super) struct Contents {
    /// By path.
    pub of: FxHashMap<Box<str>, (Signature, Digest)>,
    /// Whether something was read that cannot be told later: it could not be read, changed meanwhile, or lies outside.
    pub is_uncertain: bool,
}

impl Reads {
    /// Reads that also know what each file held, so that they can be kept beyond the run.
    pub fn with_contents() -> Self {
        Self {
            contents: Some(Mutex::default()),
            ..Self::default()
        }
    }

    /// Reads of a part of what is read through `tree`, to be noted apart: of the same kind as that tree's.
    pub(super) fn of_part(tree: &Tree) -> Self {
        match &tree.reads {
            Some(reads) if reads.contents.is_some() => Self::with_contents(),
            _ => Self::default(),
        }
    }

    /// Takes up what was noted apart.
    pub(super) fn absorb(&self, part: &Self) {
        for (all, part) in [(&self.texts, &part.texts), (&self.listings, &part.listings)] {
            let part = lock(part);
            lock(all).extend(part.iter().cloned());
        }
        if let (Some(all), Some(part)) = (&self.contents, &part.contents) {
            let (mut all, part) = (lock(all), lock(part));
            all.is_uncertain |= part.is_uncertain;
            for (path, content) in &part.of {
                all.put(path, *content);
            }
        }
    }

    /// The files and directories, there or not: texts, then listings.
    pub(super) fn paths(&self) -> [Vec<Box<str>>; 2] {
        [&self.texts, &self.listings].map(|set| lock(set).iter().cloned().collect())
    }

    /// The contents of the files; `None` if they were not recorded.
    pub(super) fn contents(&self) -> Option<Contents> {
        Some(lock(self.contents.as_ref()?).clone())
    }

    /// Notes what a file holds.
    pub(super) fn content(&self, path: &str, signature: Signature, text: &[u8]) {
        if let Some(contents) = &self.contents {
            let digest = Digest::of(text);
            lock(contents).put(path, (signature, digest));
        }
    }

    /// Notes that something was met that cannot be told later.
    pub(super) fn uncertain(&self) {
        if let Some(contents) = &self.contents {
            lock(contents).is_uncertain = true;
        }
    }

    /// Notes that it was looked whether a file is there, and what it says.
    pub(super) fn text(&self, path: &str) {
        add(&self.texts, path);
    }

    /// Whether it was looked whether a file is there, and what it says.
    pub fn has_text(&self, path: &str) -> bool {
        has(&self.texts, path)
    }

    /// Notes that the names in a directory were looked at.
    pub(super) fn listing(&self, directory: &str) {
        add(&self.listings, directory);
    }

    /// Whether a change bears on what was read. `before` and `after` are the trees on both sides of it.
    pub fn bear(&self, changes: &[Change], before: &Tree, after: &Tree) -> bool {
        let mut stays = FxHashMap::default();
        changes.iter().any(|change| {
            has(&self.texts, &change.path)
                || (change.comes_or_goes && self.lists(&change.path, (before, after), &mut stays))
        })
    }

    /// Whether the coming or going of a file shows in a listing: in that of its directory, and where that comes or goes with
    /// it, in that of the one above. `known` has the directories that were looked at before, and whether both trees have them.
    fn lists(
        &self,
        path: &str,
        (before, after): (&Tree, &Tree),
        known: &mut FxHashMap<String, bool>,
    ) -> bool {
        let mut inner = path;
        loop {
            let directory = inner.rsplit_once('/').map_or("", |(above, _)| above);
            if has(&self.listings, directory) {
                return true;
            }
            let stays = match known.get(directory) {
                Some(&stays) => stays,
                None => {
                    let stays = [before, after].iter().all(|tree| {
                        tree.list(directory)
                            .is_ok_and(|entries| !entries.is_empty())
                    });
                    known.insert(directory.to_owned(), stays);
                    stays
                }
            };
            if directory.is_empty() || stays {
                return false;
            }
            inner = directory;
        }
    }
}

impl Contents {
    fn put(&mut self, path: &str, content: (Signature, Digest)) {
        match self.of.get(path) {
            Some(known) => self.is_uncertain |= *known != content,
            None => {
                self.of.insert(path.into(), content);
            }
        }
    }
}

/// A lock whose holder panicked still holds whole values: every change to it is a single insertion.
fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(|poisoned| poisoned.into_inner())
}

fn has(set: &Mutex<FxHashSet<Box<str>>>, path: &str) -> bool {
    lock(set).contains(path)
}

fn add(set: &Mutex<FxHashSet<Box<str>>>, path: &str) {
    let mut set = lock(set);
    if !set.contains(path) {
        set.insert(path.into());
    }
}

impl Tree {
    /// Does a part of the work on this tree, and gives back with its result what was read for it. A tree whose own reads are noted
    /// has those, too.
    ///
    /// # Errors
    ///
    /// The work fails.
    pub fn read_for<T, E>(
        &self,
        work: impl FnOnce(&Self) -> Result<T, E>,
    ) -> Result<(T, Arc<Reads>), E> {
        let part = Arc::new(Reads::of_part(self));
        let result = work(&self.noting(part.clone()))?;
        if let Some(all) = &self.reads {
            all.absorb(&part);
        }
        Ok((result, part))
    }
}
