//! Owns what was read of a tree: a result holds for another tree if nothing that was read for it is different there.

use std::sync::Mutex;

use rustc_hash::FxHashSet;

use super::{Change, Tree};

/// The files and directories that a computation looked at, there or not.
#[derive(Debug, Default)]
pub struct Reads {
    texts: Mutex<FxHashSet<Box<str>>>,
    listings: Mutex<FxHashSet<Box<str>>>,
}

impl Reads {
    /// Notes that it was looked whether a file is there, and what it says.
    pub(super) fn text(&self, path: &str) {
        add(&self.texts, path);
    }

    /// Notes that the names in a directory were looked at.
    pub(super) fn listing(&self, directory: &str) {
        add(&self.listings, directory);
    }

    /// Whether a change bears on what was read. `before` and `after` are the trees on both sides of it.
    pub fn bear(&self, changes: &[Change], before: &Tree, after: &Tree) -> bool {
        changes.iter().any(|change| {
            has(&self.texts, &change.path)
                || (change.comes_or_goes && self.lists(&change.path, before, after))
        })
    }

    /// Whether the coming or going of a file shows in a listing: in that of its directory, and where that comes or goes with
    /// it, in that of the one above.
    fn lists(&self, path: &str, before: &Tree, after: &Tree) -> bool {
        let mut inner = path;
        loop {
            let directory = inner.rsplit_once('/').map_or("", |(above, _)| above);
            if has(&self.listings, directory) {
                return true;
            }
            let stays = [before, after].iter().all(|tree| {
                tree.list(directory)
                    .is_ok_and(|entries| !entries.is_empty())
            });
            if directory.is_empty() || stays {
                return false;
            }
            inner = directory;
        }
    }
}

/// A lock whose holder panicked still holds whole values: every change to it is a single insertion.
fn has(set: &Mutex<FxHashSet<Box<str>>>, path: &str) -> bool {
    let set = set.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    set.contains(path)
}

fn add(set: &Mutex<FxHashSet<Box<str>>>, path: &str) {
    let mut set = set.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    if !set.contains(path) {
        set.insert(path.into());
    }
}
