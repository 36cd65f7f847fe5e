//! Owns names that are looked for in many files, and what was found out for them.

use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, MatchKind};
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

/// Several kinds of names that are looked for in many files at once: most files have none, and one search tells.
#[derive(Clone, Debug)]
pub struct Groups {
    groups: Vec<Wanted>,
    /// All names; `None` where there are more than it can take.
    any: Option<AhoCorasick>,
}

impl Groups {
    /// The names of each kind.
    pub fn new(groups: Vec<Wanted>) -> Self {
        let names = groups.iter().flat_map(Wanted::names);
        let any = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostFirst)
            .build(names)
            .ok();
        Self { groups, any }
    }

    /// For each kind whether one of its names stands anywhere in a text; `None` where none of any kind does.
    pub fn are_in(&self, text: &[u8]) -> Option<Box<[bool]>> {
        if self.any.as_ref().is_some_and(|any| !any.is_match(text)) {
            return None;
        }
        let has: Box<[bool]> = self.groups.iter().map(|names| names.are_in(text)).collect();
        has.contains(&true).then_some(has)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_find_what_each_of_them_finds() {
        let of = [&["lazy_mmu", "enter_lazy"][..], &["huge_pte"], &["lazy"]];
        let groups = Groups::new(of.iter().map(|names| Wanted::new(names)).collect());
        let has = |text: &str| groups.are_in(text.as_bytes()).map(Vec::from);
        assert_eq!(has("nothing of it"), None);
        assert_eq!(has("arch_enter_lazy_mmu"), Some(vec![true, false, true]));
        assert_eq!(has("lazy, and a huge_pte"), Some(vec![false, true, true]));
        assert_eq!(Groups::new(Vec::new()).are_in(b"text"), None);
    }
}
