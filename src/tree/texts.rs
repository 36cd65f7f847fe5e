//! Owns texts that stay in memory, up to a bound.

use std::sync::Arc;

use rustc_hash::FxHashMap;

/// Upper bound on the bytes of texts that are in memory. A kernel has twenty times as much.
const MAX_TEXTS: usize = 64 << 20;

/// Texts that are in memory, by path. Where another one does not fit all are forgotten: whoever needs one again reads it again.
#[derive(Debug, Default)]
pub(super) struct Texts {
    pub(super) by_path: FxHashMap<String, Arc<[u8]>>,
    /// How many bytes they have.
    size: usize,
}

impl Texts {
    /// Keeps the text of a file.
    pub(super) fn keep(&mut self, path: String, text: Arc<[u8]>) {
        if self.size + text.len() > MAX_TEXTS {
            *self = Self::default();
        }
        self.size += text.len();
        if let Some(known) = self.by_path.insert(path, text) {
            self.size -= known.len();
        }
    }
}
