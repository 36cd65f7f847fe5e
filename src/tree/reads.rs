//! Owns what was read of a tree: a result holds for another tree if nothing that was read for it is different there.

use std::sync::{Arc, Mutex};

use memchr::memmem;
use rustc_hash::{FxHashMap, FxHashSet};

use super::signature::{Digest, Signature};
use super::{Change, Tree};

/// The files and directories that a computation looked at, there or not.
#[derive(Debug, Default)]
pub struct Reads {
    texts: Mutex<FxHashSet<Box<str>>>,
    listings: Mutex<FxHashSet<Box<str>>>,
    asked: Mutex<Vec<Asked>>,
    parts: Mutex<Vec<Part>>,
    contents: Option<Mutex<Contents>>,
}

/// A part of a file of which nothing else mattered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Part {
    /// The file.
    pub path: Box<str>,
    /// Where the part begins, in bytes.
    pub start: u32,
    /// Its text.
    pub text: Box<str>,
}

impl Part {
    /// Whether a tree has something else there.
    fn differs(&self, after: &Tree) -> bool {
        let start = self.start as usize;
        let is_same = |text: String| text.get(start..start + self.text.len()) == Some(&*self.text);
        !after.read_text(&self.path).is_ok_and(is_same)
    }
}

/// Files of which nothing mattered but whether one of some names stands in them.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The names.
    pub names: Arc<[Box<str>]>,
    /// The files.
    pub files: FxHashSet<Box<str>>,
    /// Those of them that hold a name.
    pub held: FxHashSet<Box<str>>,
}

impl Asked {
    /// Whether a file that is asked about has another answer in a tree.
    fn differs(&self, path: &str, after: &Tree) -> bool {
        let holds = |text: &[u8]| {
            let mut names = self.names.iter();
            names.any(|name| memmem::find(text, name.as_bytes()).is_some())
        };
        let text = after.read(path);
        !text.is_ok_and(|text| holds(&text) == self.held.contains(path))
    }
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

    /// Reads of these texts, of files that were asked about, and of parts.
    pub fn of_texts<'p>(
        paths: impl Iterator<Item = &'p str>,
        asked: Vec<Asked>,
        parts: Vec<Part>,
    ) -> Self {
        Self {
            texts: Mutex::new(paths.map(Box::from).collect()),
            asked: Mutex::new(asked),
            parts: Mutex::new(parts),
            ..Self::default()
        }
    }

    /// Calls `each` with the path of each file that was looked at, there or not, in no order.
    pub fn each_text(&self, each: &mut dyn FnMut(&str)) {
        for path in &*lock(&self.texts) {
            each(path);
        }
    }

    /// Calls `each` with the files that were asked about.
    pub fn each_asked(&self, each: &mut dyn FnMut(&Asked)) {
        for asked in &*lock(&self.asked) {
            each(asked);
        }
    }

    /// Calls `each` with the parts of files that were read.
    pub fn each_part(&self, each: &mut dyn FnMut(&Part)) {
        for part in &*lock(&self.parts) {
            each(part);
        }
    }

    /// Notes that nothing of a file matters but a part.
    pub(super) fn part(&self, part: Part) {
        let mut parts = lock(&self.parts);
        if !parts.contains(&part) {
            parts.push(part);
        }
    }

    /// Notes that nothing of a file matters but whether one of some names stands in it.
    pub(super) fn asked(&self, path: &str, names: &Arc<[Box<str>]>, holds: bool) {
        let mut all = lock(&self.asked);
        let known = all
            .iter()
            .position(|asked| Arc::ptr_eq(&asked.names, names));
        let at = known.unwrap_or_else(|| {
            all.push(Asked {
                names: names.clone(),
                files: FxHashSet::default(),
                held: FxHashSet::default(),
            });
            all.len() - 1
        });
        let asked = &mut all[at];
        if !asked.files.contains(path) {
            asked.files.insert(path.into());
            if holds {
                asked.held.insert(path.into());
            }
        }
    }

    /// Whether what the files hold is noted, too.
    pub(super) fn has_contents(&self) -> bool {
        self.contents.is_some()
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
        // Parts are taken up where paths alone are asked for.
        let mut texts = lock(&self.texts);
        for asked in &*lock(&part.asked) {
            for path in &asked.files {
                if !texts.contains(path) {
                    texts.insert(path.clone());
                }
            }
        }
        for part in &*lock(&part.parts) {
            if !texts.contains(&part.path) {
                texts.insert(part.path.clone());
            }
        }
        drop(texts);
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
        let [mut texts, listings] = [&self.texts, &self.listings].map(|set| lock(set).clone());
        for asked in &*lock(&self.asked) {
            texts.extend(asked.files.iter().cloned());
        }
        texts.extend(lock(&self.parts).iter().map(|part| part.path.clone()));
        [texts, listings].map(|set| set.into_iter().collect())
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
                || self.has_asked(change, after)
                || (change.comes_or_goes && self.lists(&change.path, (before, after), &mut stays))
        })
    }

    /// Whether a file that was asked about comes or goes, or has another answer now, or a part of it says something else.
    fn has_asked(&self, change: &Change, after: &Tree) -> bool {
        let mut parts = lock(&self.parts).clone().into_iter();
        let is_other = |part: Part| {
            *part.path == *change.path && (change.comes_or_goes || part.differs(after))
        };
        if parts.any(is_other) {
            return true;
        }
        lock(&self.asked).iter().any(|asked| {
            asked.files.contains(&*change.path)
                && (change.comes_or_goes || asked.differs(&change.path, after))
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
