//! Owns what identifies a line of a Kconfig file in the models of several architectures, and what is known of such lines together.
//!
//! Most files are read by all architectures. What one of them shows of a line, the others need not ask again.

use std::sync::{Arc, Mutex, MutexGuard};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::kconfig::model::{Model, Place};

/// A line: its file, where it begins, and which part of it is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    file: u32,
    start: u32,
    part: Part,
}

/// The part of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// The symbol whose first entry begins here.
    Symbol,
    /// The menu, choice or `if` block that begins here.
    Block,
    /// All of it.
    Line,
    /// One operand of what it depends on, or of its condition, counted from 0.
    Operand(u32),
    /// Whether other symbols imply the operand with this number.
    Implied(u32),
    /// A node of an operand: the number of the operand, and that of the node.
    Node(u32, u32),
    /// The numbers of a range.
    Range,
    /// The prompt of what it selects.
    Prompt,
}

impl Key {
    /// The part of its line.
    pub fn part(self) -> Part {
        self.part
    }

    /// Another part of the same line.
    #[must_use]
    pub fn with(self, part: Part) -> Self {
        Self { part, ..self }
    }
}

/// Facts about lines so far, shared by all architectures.
#[derive(Debug, Default)]
pub struct Shared {
    files: Mutex<FxHashMap<Arc<str>, u32>>,
    settled: Mutex<FxHashSet<Key>>,
}

impl Shared {
    /// Nothing is known.
    pub fn new() -> Self {
        Self::default()
    }

    /// The lines about which there is nothing left to ask: some architecture has shown that they are in order.
    pub fn settled(&self) -> MutexGuard<'_, FxHashSet<Key>> {
        lock(&self.settled)
    }

    /// The keys of the lines of one model.
    pub fn keys(&self, model: &Model) -> Keys {
        let mut files = lock(&self.files);
        let of = model.files.iter().map(|source| {
            let next = files.len() as u32;
            *files.entry(source.file.path().clone()).or_insert(next)
        });
        Keys(of.collect())
    }
}

/// A map stays whole whatever happens to who holds it: every change is a single insertion.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// The numbers of the files of a model.
#[derive(Debug)]
pub struct Keys(Vec<u32>);

impl Keys {
    /// The key of a part of the line at a place of the model.
    pub fn key(&self, place: Place, part: Part) -> Key {
        Key {
            file: self.0[place.file as usize],
            start: place.span.start,
            part,
        }
    }
}
