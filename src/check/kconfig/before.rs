//! Owns the tree before a change, as far as questions about the change need it: whether an alarm was there before.
//!
//! Most changes bring nothing, or bring it with new symbols, so most models of the tree before are never asked. What tells is a
//! summary; the models, which take megabytes each, are made when somebody asks. It must not know how a change was found out.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::Diagnostic;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::{Model, SymbolId};
use crate::kconfig::sources::Name;
use crate::kconfig::unmet::Form;

/// Most sets of lines whose findings are kept.
const MAX_ASKED: usize = 64;

/// A select, by the names of its selector and its target.
pub(super) type Select = (String, String);

/// By select, how one that is no good came out: in which form, or `None` if it is undecided.
pub(super) type Selects = FxHashMap<Select, Option<Form>>;

/// The symbols and the files of findings, each sorted.
pub(super) type About = (Vec<String>, Vec<Arc<str>>);

/// The models of the tree before, made when somebody asks.
pub trait Models: Sync {
    /// Asks the model of one architecture, which there is.
    fn ask(&self, srcarch: &str, question: &mut dyn FnMut(&Model));

    /// Calls `question` with all of them, in order, some at a time.
    fn each(&self, question: &mut dyn FnMut(&[&Model]));
}

/// Models that are there anyway.
impl Models for &[&Model] {
    fn ask(&self, srcarch: &str, question: &mut dyn FnMut(&Model)) {
        if let Some(model) = self.iter().find(|model| model.srcarch == srcarch) {
            question(model);
        }
    }

    fn each(&self, question: &mut dyn FnMut(&[&Model])) {
        question(self);
    }
}

/// An architecture of the tree before.
#[derive(Clone, Copy, Debug)]
struct Arch {
    /// Whether a file could not be read.
    is_unread: bool,
    /// Whether symbols may lead back to themselves.
    may_loop: bool,
}

/// The summary of a tree, and what its models have answered so far.
#[derive(Debug, Default)]
pub struct Summary {
    archs: BTreeMap<String, Arch>,
    /// The symbols that some architecture declares.
    declared: FxHashSet<Name>,
    /// The Kconfig files that some architecture reads.
    files: FxHashSet<Arc<str>>,
    /// By architecture, the selects that were asked about, and how those came out that are no good.
    selects: Mutex<BTreeMap<String, (FxHashSet<Select>, Selects)>>,
    /// The findings about lines without effect, by what was asked about.
    idle: Mutex<BTreeMap<About, Arc<[Diagnostic]>>>,
}

impl Summary {
    /// Looks at the models of a tree.
    pub fn new(models: &[&Model]) -> Self {
        let mut summary = Self::default();
        for model in models {
            let arch = Arch {
                is_unread: model.unread.is_some(),
                may_loop: Evaluator::new(model, "CONFIG_").may_loop(),
            };
            summary.archs.insert(model.srcarch.clone(), arch);
            let symbols = model.symbols.iter().enumerate();
            let declared = symbols.filter(|(index, _)| model.is_defined(SymbolId::new(*index)));
            summary
                .declared
                .extend(declared.filter_map(|(_, symbol)| symbol.name));
            let files = model.files.iter();
            summary
                .files
                .extend(files.map(|source| source.file.path().clone()));
        }
        summary
    }
}

/// The symbols and files that a change takes away. What it adds may be one of them under another name: a rename takes its old name
/// away, and a defect of the renamed symbol is not one that the change brings.
#[derive(Clone)]
pub(super) struct Renames<'a> {
    before: Before<'a>,
    /// The names that nothing declares any more, or only to read an old `.config`.
    symbols: FxHashSet<Name>,
    /// The files that no architecture reads any more.
    files: FxHashSet<Arc<str>>,
}

impl<'a> Renames<'a> {
    /// Compares the models of the tree after a change with the summary of the tree before.
    pub(super) fn new(before: Before<'a>, after: &[&Model]) -> Self {
        let mut symbols = before.summary.declared.clone();
        let mut files = before.summary.files.clone();
        for model in after {
            for source in &model.files {
                files.remove(source.file.path());
            }
            for (index, symbol) in model.symbols.iter().enumerate() {
                if let Some(name) = symbol.name
                    && !symbol.transitional
                    && model.is_defined(SymbolId::new(index))
                {
                    symbols.remove(&*name);
                }
            }
        }
        Self {
            before,
            symbols,
            files,
        }
    }

    /// The names that may be old ones.
    pub(super) fn symbols(&self) -> impl Iterator<Item = &str> {
        self.symbols.iter().map(|name| &**name)
    }

    /// The files that may have another name now.
    pub(super) fn files(&self) -> impl Iterator<Item = &Arc<str>> {
        self.files.iter()
    }

    /// Whether a symbol has the same name as before, or a new one and may have had the old one.
    pub(super) fn may_be(&self, old: &str, new: &str) -> bool {
        old == new || self.symbols.contains(old) && !self.before.declares(new)
    }

    /// The same of a file.
    pub(super) fn may_be_file(&self, old: &Arc<str>, new: &Arc<str>) -> bool {
        old == new || self.files.contains(old) && !self.before.summary.files.contains(new)
    }

    /// Whether two texts are the same but for the names of symbols that may be the same ones.
    pub(super) fn is_same_text(&self, old: &str, new: &str) -> bool {
        let is_end = |c: char| !c.is_ascii_alphanumeric() && c != '_';
        let (mut old, mut new) = (old.split_inclusive(is_end), new.split_inclusive(is_end));
        loop {
            match (old.next(), new.next()) {
                (None, None) => return true,
                (Some(old), Some(new)) => {
                    let (of_old, of_new) =
                        (old.trim_end_matches(is_end), new.trim_end_matches(is_end));
                    let is_same_end = old[of_old.len()..] == new[of_new.len()..];
                    if !is_same_end || !self.may_be(of_old, of_new) {
                        return false;
                    }
                }
                _ => return false,
            }
        }
    }
}

/// The tree before a change.
#[derive(Clone, Copy)]
pub struct Before<'a> {
    /// The summary of it.
    pub summary: &'a Summary,
    /// Its models.
    pub models: &'a dyn Models,
}

impl Before<'_> {
    /// Whether a Kconfig file of an architecture could not be read; `false` where there is no such architecture.
    pub(super) fn is_unread(&self, srcarch: &str) -> bool {
        let arch = self.summary.archs.get(srcarch);
        arch.is_some_and(|arch| arch.is_unread)
    }

    /// Whether that is so of any architecture.
    pub(super) fn has_unread(&self) -> bool {
        self.summary.archs.values().any(|arch| arch.is_unread)
    }

    /// Whether an architecture declares the symbol.
    pub(super) fn declares(&self, name: &str) -> bool {
        self.summary.declared.contains(name)
    }

    /// Asks the model of an architecture, if there is one.
    pub(super) fn ask(&self, srcarch: &str, question: &mut dyn FnMut(&Model)) {
        if self.summary.archs.contains_key(srcarch) {
            self.models.ask(srcarch, question);
        }
    }

    /// How some selects of an architecture come out, as far as they are no good; `None` if `ask` says so, which is not asked again
    /// about what it has told.
    pub(super) fn selects(
        &self,
        srcarch: &str,
        wanted: &FxHashSet<Select>,
        ask: &dyn Fn(&Model, &FxHashSet<Select>) -> Option<Selects>,
    ) -> Option<Selects> {
        let Some(arch) = self.summary.archs.get(srcarch) else {
            return Some(Selects::default());
        };
        // The answer about a loop does not depend on what is wanted.
        let is_there = |select: &&Select| arch.may_loop || self.declares(&select.0);
        let mut missing: FxHashSet<Select> = wanted.iter().filter(is_there).cloned().collect();
        let mut found = Selects::default();
        if let Some((asked, known)) = lock(&self.summary.selects).get(srcarch) {
            missing.retain(|select| !asked.contains(select));
            let known = known.iter().filter(|(select, _)| wanted.contains(*select));
            found.extend(known.map(|(select, form)| (select.clone(), *form)));
        }
        if missing.is_empty() {
            return Some(found);
        }
        let mut answer = None;
        self.models
            .ask(srcarch, &mut |model| answer = ask(model, &missing));
        let answer = answer?;
        found.extend(answer.iter().map(|(select, form)| (select.clone(), *form)));
        let mut selects = lock(&self.summary.selects);
        let (asked, known) = selects.entry(srcarch.to_owned()).or_default();
        asked.extend(missing);
        known.extend(answer);
        Some(found)
    }

    /// The findings about lines without effect of some symbols and in some files; `ask` is not asked twice about the same.
    pub(super) fn idle(
        &self,
        about: About,
        ask: &dyn Fn(&dyn Models, usize) -> Vec<Diagnostic>,
    ) -> Arc<[Diagnostic]> {
        if let Some(known) = lock(&self.summary.idle).get(&about) {
            return known.clone();
        }
        let answer: Arc<[Diagnostic]> = ask(self.models, self.summary.archs.len()).into();
        let mut idle = lock(&self.summary.idle);
        if idle.len() >= MAX_ASKED {
            idle.clear();
        }
        idle.insert(about, answer.clone());
        answer
    }
}

/// A map stays whole whatever happens to who holds it: every change is a single insertion.
fn lock<T>(of: &Mutex<T>) -> MutexGuard<'_, T> {
    of.lock().unwrap_or_else(|poisoned| poisoned.into_inner())
}
