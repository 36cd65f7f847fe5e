//! Owns names that are looked for in many files, and what was found out for them.

use std::sync::{Arc, Mutex, PoisonError};

use aho_corasick::{AhoCorasick, AhoCorasickKind};
use memchr::memmem;

/// Names that are looked for in many files. Equal names make the same one in all caches that share a store ([`super::cache::Cache::wanted`]),
/// so that each file is searched for them once.
#[derive(Clone, Debug)]
pub struct Wanted(Arc<Names>);

#[derive(Debug)]
struct Names {
    names: Arc<[Box<str>]>,
    parts: Option<Parts>,
    /// All of them at once; `None` where there are more than one automaton can hold.
    automaton: Option<AhoCorasick>,
}

/// Upper bound on the bytes of all names that become one table of transitions. It takes up to 256 bytes for each of them.
const MAX_IN_TABLE: usize = 16 << 10;

/// Builds an automaton that finds all names at once; `None` if there are too many. The table takes one look-up per byte of text;
/// the crate's own choice for more than a hundred names takes several.
fn automaton<'a>(names: impl Iterator<Item = &'a str> + Clone) -> Option<AhoCorasick> {
    let is_small = names.clone().map(str::len).sum::<usize>() <= MAX_IN_TABLE;
    let mut builder = AhoCorasick::builder();
    builder.kind(is_small.then_some(AhoCorasickKind::DFA));
    builder.build(names).ok()
}

/// Texts of which every name of a list holds one. The names of a feature mostly have a long word in common, and a search for that alone is
/// several times as fast as one for all names.
#[derive(Clone, Debug)]
struct Parts(Vec<memmem::Finder<'static>>);

/// Most texts that are looked for one after the other.
const MAX_PARTS: usize = 2;

/// Length from which on a text is rare enough to be looked for in place of a name that holds it.
pub const MIN_PART: usize = 6;

impl Parts {
    /// `None` where the names have too little in common.
    fn of<'a>(names: impl Iterator<Item = &'a str>) -> Option<Self> {
        let mut parts: Vec<&str> = Vec::new();
        for name in names {
            let shared = parts.iter().map(|part| shared_part(part, &[name]));
            let best = shared.enumerate().max_by_key(|(_, shared)| shared.len());
            match best.filter(|(_, shared)| shared.len() >= MIN_PART) {
                Some((index, shared)) => parts[index] = shared,
                None if parts.len() < MAX_PARTS && name.len() >= MIN_PART => parts.push(name),
                None => return None,
            }
        }
        let finders = parts.into_iter().map(memmem::Finder::new);
        Some(Self(finders.map(memmem::Finder::into_owned).collect()))
    }

    /// Whether one of the names may be in a text.
    fn may_be_in(&self, text: &[u8]) -> bool {
        self.0.iter().any(|part| part.find(text).is_some())
    }
}

/// The longest text that a name has in common with all others; empty if they have nothing in common.
pub fn shared_part<'a>(name: &'a str, others: &[&str]) -> &'a str {
    let lengths = (1..=name.len()).rev();
    let mut parts = lengths.flat_map(|length| {
        let starts = 0..=name.len() - length;
        starts.filter_map(move |start| name.get(start..start + length))
    });
    let in_all = |part: &&str| others.iter().all(|other| other.contains(part));
    parts.find(in_all).unwrap_or("")
}

impl Wanted {
    pub(super) fn new(names: &[&str]) -> Self {
        Self(Arc::new(Names {
            parts: Parts::of(names.iter().copied()),
            names: names.iter().map(|name| (*name).into()).collect(),
            automaton: automaton(names.iter().copied()),
        }))
    }

    /// The names, in their order.
    pub fn names(&self) -> Vec<&str> {
        self.0.names.iter().map(|name| &**name).collect()
    }

    /// The same, shared.
    pub(super) fn shared_names(&self) -> &Arc<[Box<str>]> {
        &self.0.names
    }

    /// Whether one of them occurs anywhere in a text, also as a part of a longer one.
    pub fn are_in(&self, text: &[u8]) -> bool {
        let mut parts = self.0.parts.iter();
        if parts.any(|parts| !parts.may_be_in(text)) {
            return false;
        }
        match &self.0.automaton {
            Some(automaton) => automaton.is_match(text),
            None => {
                let mut names = self.0.names.iter();
                names.any(|name| memmem::find(text, name.as_bytes()).is_some())
            }
        }
    }

    /// Those that stand in a text as words of their own, as indices in ascending order.
    pub fn words_in(&self, text: &[u8]) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let is_word_at = |at: Option<usize>| {
            let byte = at.and_then(|at| text.get(at));
            byte.is_some_and(|&byte| super::lex::is_word(byte))
        };
        let mut note = |index: usize, start: usize, end: usize| {
            if !is_word_at(start.checked_sub(1)) && !is_word_at(Some(end)) {
                found.push(index);
            }
        };
        match &self.0.automaton {
            Some(automaton) => {
                for place in automaton.find_overlapping_iter(text) {
                    note(place.pattern().as_usize(), place.start(), place.end());
                }
            }
            None => {
                for (index, name) in self.0.names.iter().enumerate() {
                    for start in memmem::find_iter(text, name.as_bytes()) {
                        note(index, start, start + name.len());
                    }
                }
            }
        }
        found.sort_unstable();
        found.dedup();
        found
    }
}

/// Several kinds of names that are looked for in many files at once: one pass over a text tells for all kinds.
#[derive(Clone, Debug)]
pub struct Groups {
    groups: Vec<Wanted>,
    parts: Option<Parts>,
    /// All names; `None` where there are more than it can take.
    all: Option<AhoCorasick>,
    /// The kind of each name of `all`.
    kinds: Vec<usize>,
}

impl Groups {
    /// The names of each kind.
    pub fn new(groups: Vec<Wanted>) -> Self {
        let of_kind = |(kind, names): (usize, &Wanted)| vec![kind; names.0.names.len()];
        let kinds = groups.iter().enumerate().flat_map(of_kind).collect();
        let names = || groups.iter().flat_map(Wanted::names);
        let (parts, all) = (Parts::of(names()), automaton(names()));
        Self {
            groups,
            parts,
            all,
            kinds,
        }
    }

    /// How many kinds there are.
    pub fn count(&self) -> usize {
        self.groups.len()
    }

    /// For each kind whether one of its names stands anywhere in a text; `None` where none of any kind does.
    pub fn are_in(&self, text: &[u8]) -> Option<Box<[bool]>> {
        let mut parts = self.parts.iter();
        if parts.any(|parts| !parts.may_be_in(text)) {
            return None;
        }
        let has: Box<[bool]> = match &self.all {
            Some(all) => {
                let mut has = vec![false; self.groups.len()].into_boxed_slice();
                for place in all.find_overlapping_iter(text) {
                    has[self.kinds[place.pattern().as_usize()]] = true;
                }
                has
            }
            None => self.groups.iter().map(|names| names.are_in(text)).collect(),
        };
        has.contains(&true).then_some(has)
    }
}

/// Describes what was found out for names that are wanted.
#[derive(Debug)]
pub(super) struct Answers<T>(Mutex<Vec<(Wanted, T)>>);

impl<T> Default for Answers<T> {
    fn default() -> Self {
        Self(Mutex::default())
    }
}

impl<T: Clone> Answers<T> {
    /// Whether the answer for the names is known.
    pub(super) fn knows(&self, wanted: &Wanted) -> bool {
        let answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = answers.iter();
        known.any(|(names, _)| Arc::ptr_eq(&names.0, &wanted.0))
    }

    /// The answer for the names. Of two threads that ask at the same time one looks for it, and the other waits.
    pub(super) fn get<E>(
        &self,
        wanted: &Wanted,
        find: impl FnOnce(&Wanted) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut answers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut known = answers.iter();
        if let Some((_, answer)) = known.find(|(names, _)| Arc::ptr_eq(&names.0, &wanted.0)) {
            return Ok(answer.clone());
        }
        let answer = find(wanted)?;
        answers.push((wanted.clone(), answer.clone()));
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_with_a_part_in_common_are_found_like_others() {
        let names = ["arch_enter_lazy_mode", "lazy_mode_pause", "HAVE_LAZY_MODE"];
        let parts = Parts::of(names.into_iter()).unwrap();
        let parts: Vec<&[u8]> = parts.0.iter().map(memmem::Finder::needle).collect();
        assert_eq!(parts, [&b"lazy_mode"[..], b"HAVE_LAZY_MODE"]);
        let wanted = Wanted::new(&names);
        for name in names {
            assert!(wanted.are_in(format!("x{name}y").as_bytes()));
        }
        assert!(!wanted.are_in(b"lazy_mode and HAVE_LAZY"));
        // Neither short names nor ones of too many kinds make a part.
        assert!(Parts::of(["pmd", "pmd_leaf"].into_iter()).is_none());
        assert!(Parts::of(["first_name", "second_word", "third_text"].into_iter()).is_none());
        assert!(!Wanted::new(&[]).are_in(b"text"));
    }

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
