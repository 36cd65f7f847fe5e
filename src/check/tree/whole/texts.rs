//! Owns what is known of each of many files: of the next tree only those are read whose texts are others.

use std::sync::Arc;

use rayon::prelude::*;

use crate::tree::{Stamp, Tree};

/// How many files are a part of the work for one thread.
const AT_ONCE: usize = 128;

/// Describes what is known of each file, sorted by path.
#[derive(Debug)]
pub struct OfTexts<T> {
    files: Vec<(String, Stamp, Arc<T>)>,
}

impl<T: Send + Sync> OfTexts<T> {
    /// Finds it out with `read`, which is given a path and the bytes, none where the file cannot be read. `paths` are sorted; what
    /// `before` knows of a text of the same base is taken from there.
    pub fn make(
        tree: &Tree,
        paths: Vec<String>,
        before: Option<&Self>,
        read: impl Fn(&str, Option<&[u8]>) -> T + Sync,
    ) -> Self {
        let known = |path: &str| {
            let stamp = tree.stamp(path);
            let known = before.and_then(|before| before.find(path));
            (stamp, known.filter(|(of, _)| *of == stamp))
        };
        let of_part = |part: &[String]| {
            let known: Vec<_> = part.iter().map(|path| known(path)).collect();
            let unread = part.iter().zip(&known);
            let unread: Vec<&String> = unread
                .filter(|(_, (_, known))| known.is_none())
                .map(|(path, _)| path)
                .collect();
            let mut read_now = Vec::new();
            tree.read_each(&unread, &mut |path, text| {
                read_now.push(Arc::new(read(path, text.ok())));
            });
            let mut read_now = read_now.into_iter();
            let files = known.into_iter().filter_map(|(stamp, known)| {
                let known = known.map(|(_, of)| of.clone());
                Some((stamp, known.or_else(|| read_now.next())?))
            });
            files.collect::<Vec<_>>()
        };
        let parts: Vec<_> = paths.par_chunks(AT_ONCE).map(of_part).collect();
        let of = parts.into_iter().flatten();
        let files = paths.into_iter().zip(of);
        Self {
            files: files.map(|(path, (stamp, of))| (path, stamp, of)).collect(),
        }
    }

    fn find(&self, path: &str) -> Option<(Stamp, &Arc<T>)> {
        let found = self
            .files
            .binary_search_by(|(of, ..)| of.as_str().cmp(path));
        let (_, stamp, of) = self.files.get(found.ok()?)?;
        Some((*stamp, of))
    }

    /// The files with what is known of each, by path.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &T)> {
        self.files
            .iter()
            .map(|(path, _, of)| (path.as_str(), &**of))
    }
}
