//! Owns names that are looked for in many files, and what was found out for them.

use std::sync::{Arc, Mutex, PoisonError};

use memchr::memmem::Finder;

/// Names that are looked for in many files. Equal names make the same one in all caches that share a store ([`super::cache::Cache::wanted`]),
/// so that each file is searched for them once.
#[derive(Clone, Debug)]
pub struct Wanted(Arc<[(Box<str>, Finder<'static>)]>);

impl Wanted {
    pub(super) fn new(names: &[&str]) -> Self {
        let finder = |name: &&str| ((*name).into(), Finder::new(*name).into_owned());
        Self(names.iter().map(finder).collect())
    }

    /// The names, in their order.
    pub fn names(&self) -> Vec<&str> {
        self.0.iter().map(|(name, _)| &**name).collect()
    }

    /// Whether one of them stands anywhere in a text, be it as a part of a longer one.
    pub fn are_in(&self, text: &[u8]) -> bool {
        let mut finders = self.0.iter().map(|(_, finder)| finder);
        finders.any(|finder| finder.find(text).is_some())
    }
}

/// What was found out for names that are wanted.
#[derive(Debug)]
pub(super) struct Answers<T>(Mutex<Vec<(Wanted, T)>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Answers<T> {
    /// The answer for the names. Two threads may look for it at the same time, and find the same.
    pub(super) fn get<E>(
        &self,
        wanted: &Wanted,
        find: impl FnOnce(&Wanted) -> Result<T, E>,
    ) -> Result<T, E> {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |answers: &[(Wanted, T)]| {
            let mut answers = answers.iter();
            let known = answers.find(|(names, _)| Arc::ptr_eq(&names.0, &wanted.0));
            known.map(|(_, answer)| answer.clone())
        };
        if let Some(answer) = known(&lock()) {
            return Ok(answer);
        }
        let answer = find(wanted)?;
        let mut answers = lock();
        if known(&answers).is_none() {
            answers.push((wanted.clone(), answer.clone()));
        }
        Ok(answer)
    }
}
