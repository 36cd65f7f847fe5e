//! Owns passes over most files of a tree, each of which is looked at once, so that nothing of them stays in memory.

use rustc_hash::FxHashMap;
use std::sync::Arc;

use super::reads::Reads;
use super::{Base, Tree, TreeError};

/// How many files of a revision `git` is asked for at once. Register lists of graphics drivers have more than 10 MB each, and stand
/// beside one another.
const AT_ONCE: usize = 64;

/// The text of a file, or why it cannot be read.
type Text<'t> = Result<&'t [u8], TreeError>;

impl Tree {
    /// Hands each of the files to `look`, in their order, with its text or why it cannot be read.
    pub fn read_each<P: AsRef<str>>(&self, paths: &[P], look: &mut dyn FnMut(&P, Text<'_>)) {
        let passing = Self {
            remembers: false,
            ..self.clone()
        };
        match &*self.base {
            Base::Directory(_) => {
                let mut text = Vec::new();
                for path in paths {
                    let read = passing.read_into(path.as_ref(), &mut text);
                    look(path, read.map(|()| &*text));
                }
            }
            Base::Revision(revision) => {
                for part in paths.chunks(AT_ONCE) {
                    let fetched = revision.fetch(&self.uncovered(part));
                    let mut fetched: FxHashMap<String, Arc<[u8]>> = fetched.into_iter().collect();
                    for path in part {
                        match fetched.remove(path.as_ref()) {
                            Some(text) => {
                                self.note(path.as_ref(), Reads::text);
                                look(path, Ok(&text));
                            }
                            None => match passing.read(path.as_ref()) {
                                Ok(text) => look(path, Ok(&text)),
                                Err(error) => look(path, Err(error)),
                            },
                        }
                    }
                }
            }
        }
    }

    /// Those of the files whose texts are the base's and not in memory.
    pub(super) fn uncovered<'p>(&self, paths: &'p [impl AsRef<str>]) -> Vec<&'p str> {
        let mut wanted: Vec<&str> = paths.iter().map(AsRef::as_ref).collect();
        if let Ok(texts) = self.texts.read() {
            let is_here = |path: &str| texts.by_path.contains_key(path);
            wanted.retain(|path| !is_here(path) && self.overlay.get(path).is_none());
        }
        wanted
    }
}
