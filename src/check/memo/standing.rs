//! Owns whether the model of an architecture that was made for one tree may stand for the one of a later tree.
//!
//! Most changes of Kconfig files add, change or take away plain entries ([`crate::kconfig::difference`]) that nothing rests on which the
//! features ask. Then the old model says the same of all that they ask, at the same places, and no other is made until somebody
//! asks about the entries themselves. Anything in doubt has no answer here, and the model is made anew.
//!
//! Everything learnt from a model rests on the names that were looked up in it, and on what their symbols can rest on
//! ([`graph::cone`]).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use super::built::Built;
use super::piece::{Piece, View};
use crate::check::change::models::declares;
use crate::check::feature::symbols::is_misspelling;
use crate::kconfig::difference::{Difference, Plain, difference};
use crate::kconfig::eval::{Evaluator, Written};
use crate::kconfig::model::{EntryId, Model, SymbolId, Type, graph};
use crate::kconfig::sources::{Source, Sources, each_statement};
use crate::kconfig::syntax::StatementKind;
use crate::tree::Change;

/// The files in which a model differs from those of the tree that it stands for.
pub(super) type Differing = Vec<(Arc<str>, Arc<Difference>)>;

/// How a model stands for that of a tree.
#[derive(Debug, Default)]
pub(super) struct Standing {
    /// The names that were looked up in the model for the pieces that are kept.
    roots: FxHashSet<Box<str>>,
    /// For each symbol of the model whether they rest on it; made when it is first needed.
    cone: OnceLock<Vec<bool>>,
    differing: Differing,
    /// The model of the tree itself, where another one stands for it and somebody has asked.
    exact: OnceLock<Arc<Built>>,
}

impl Standing {
    /// How the model stands for the next tree, with the differences that there are by then.
    pub fn with(self, differing: Differing) -> Self {
        Self {
            differing,
            exact: OnceLock::new(),
            ..self
        }
    }

    /// The names that were looked up in the model for the pieces.
    pub fn roots(&self) -> &FxHashSet<Box<str>> {
        &self.roots
    }

    /// Whether the model is of another tree.
    pub fn is_of_another_tree(&self) -> bool {
        !self.differing.is_empty()
    }

    /// Puts the tree's own model, if somebody has asked for it, in the place of the one that stands for it. They say the same of all that
    /// the pieces were made from, so it counts as the same one.
    pub fn settle(&mut self, model: &mut Piece<Built>) {
        if let Some(exact) = self.exact.take() {
            model.value = exact;
            self.differing.clear();
            self.cone = OnceLock::new();
        }
    }

    /// Takes up the names that were looked up for pieces that were made now. Whether the model may stand for that of the tree all
    /// the same.
    pub fn take_up(&mut self, built: &Built) -> bool {
        let Some(lookups) = &built.lookups else {
            return !self.is_of_another_tree();
        };
        let count = self.roots.len();
        self.roots.extend(lookups.take());
        if self.roots.len() == count {
            return true;
        }
        self.cone = OnceLock::new();
        !self.is_of_another_tree() || !self.rests_on(built.model(), &self.differing)
    }

    /// The tree's own model; `make` makes it, if it is not there yet.
    pub fn exact<'a>(
        &'a self,
        model: &'a Arc<Built>,
        make: impl FnOnce() -> Built,
    ) -> &'a Arc<Built> {
        match self.is_of_another_tree() {
            true => self.exact.get_or_init(|| Arc::new(make())),
            false => model,
        }
    }

    /// The model, if it is the one of another tree itself.
    pub fn own_model_of(
        &self,
        model: &Piece<Built>,
        view: View<'_>,
        sources: &Sources<'_>,
    ) -> Option<Arc<Built>> {
        let step = view.step?;
        let is_differing = |path: &str| self.differing.iter().any(|(of, _)| **of == *path);
        let others = step.changes.iter();
        let others = others.filter(|change| !is_differing(&change.path));
        let others: Vec<Change> = others.cloned().collect();
        let files = &model.value.model().files;
        let is_same = |(path, _): &(Arc<str>, _)| {
            let mut files = files.iter();
            let old = files.find(|source| source.file.path() == path);
            old.is_some_and(|old| sources.file(path).is_ok_and(|new| Arc::ptr_eq(old, &new)))
        };
        let is_own = !model.reads().bear(&others, step.before, view.tree)
            && self.differing.iter().all(is_same);
        is_own.then(|| model.value.clone())
    }

    /// Whether the tree declares a symbol on this architecture.
    pub fn declares(&self, built: &Built, name: &str) -> bool {
        if let Some(exact) = self.exact.get() {
            return declares(exact.model(), name);
        }
        let has = |plain: &[Plain]| plain.iter().any(|plain| &*plain.name == name);
        let mut differing = self.differing.iter();
        match differing.find(|(_, of)| has(&of.old) || has(&of.new)) {
            Some((_, of)) => has(&of.new),
            None => declares(built.model(), name),
        }
    }

    /// Whether the pieces rest on anything that differs: on an entry, on what it selects, or on one that stands at another place.
    fn rests_on(&self, model: &Model, differing: &Differing) -> bool {
        let cone = self.cone.get_or_init(|| {
            let roots = self.roots.iter();
            let roots = roots.filter_map(|name| model.find_unnoted(name));
            graph::cone(model, roots.chain(model.modules).collect())
        });
        let is_in = |name: &str| {
            let symbol = model.find_unnoted(name);
            self.roots.contains(name) || symbol.is_some_and(|symbol| cone[symbol.index()])
        };
        differing.iter().any(|(_, of)| {
            let mut names = names(of).chain(&of.moved);
            names.any(|name| is_in(name))
        })
    }
}

/// The symbols whose entries differ, and those that these select or imply.
fn names(of: &Difference) -> impl Iterator<Item = &Box<str>> {
    let entries = of.old.iter().chain(&of.new);
    entries.flat_map(|plain| std::iter::once(&plain.name).chain(&plain.targets))
}

/// Two texts of a file, and how they differ, where that is known to be plain.
type Pair = (Arc<Source>, Arc<Source>, Option<Arc<Difference>>);

/// The differences between texts that were compared; all architectures ask about the same ones.
#[derive(Debug, Default)]
pub(super) struct Compared(Mutex<Vec<Pair>>);

/// Most pairs of texts that are kept.
const MAX_COMPARED: usize = 400;

impl Compared {
    fn difference(&self, old: &Arc<Source>, new: &Arc<Source>) -> Option<Arc<Difference>> {
        let locked = self.0.lock();
        let mut known = locked.unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut pairs = known.iter();
        let is_it =
            |(a, b, _): &&(Arc<Source>, Arc<Source>, _)| Arc::ptr_eq(a, old) && Arc::ptr_eq(b, new);
        if let Some((.., found)) = pairs.find(is_it) {
            return found.clone();
        }
        if known.len() >= MAX_COMPARED {
            known.clear();
        }
        let found = difference(&old.file, &new.file).map(Arc::new);
        known.push((old.clone(), new.clone(), found.clone()));
        found
    }
}

/// Asks whether a model may stand for that of the next tree.
pub(super) struct Question<'a> {
    pub view: View<'a>,
    pub sources: &'a Sources<'a>,
    pub compared: &'a Compared,
    pub model: &'a Piece<Built>,
    pub standing: &'a Standing,
    /// The symbols of all features.
    pub terms: &'a [&'a str],
    /// The symbols of the rows of tables that are looked at. What says no of them is compared with longer names.
    pub of_rows: &'a [&'a str],
}

impl Question<'_> {
    /// The differences with which it may; `None` where it may not, or where that is in doubt.
    pub fn differing(&self) -> Option<Differing> {
        let built = &*self.model.value;
        if built.is_put_off() {
            return None;
        }
        let model = built.model();
        let release = model.release;
        // Until 6.10 values depend in places on the order of all symbols.
        let is_old = release != (0, 0) && release < (6, 11);
        if built.lookups.is_none() || !model.is_free_of_loops() || model.unread.is_some() || is_old
        {
            return None;
        }
        let differing = self.differences()?;
        let is_about = |path: &str| differing.iter().any(|(of, _)| **of == *path);
        let is_reported = built.diagnostics.iter().any(|finding| {
            let mut secondary = finding.secondary.iter();
            is_about(&finding.primary.location.path)
                || secondary.any(|label| is_about(&label.location.path))
        });
        if is_reported
            || !self.are_plain(&differing)
            || self.standing.rests_on(model, &differing)
            || self.may_close_a_loop(&differing)
        {
            return None;
        }
        Some(differing)
    }

    /// The files that differ from those of the model by now.
    fn differences(&self) -> Option<Differing> {
        let model = self.model.value.model();
        let step = self.view.step?;
        let reads = self.model.reads();
        let known = self.standing.differing.iter().map(|(path, _)| (&**path, 0));
        let changed = step.changes.iter();
        let changed =
            changed.filter(|change| !change.comes_or_goes && reads.has_text(&change.path));
        // By path: in how many places of the model the file is.
        let mut files: BTreeMap<&str, usize> = known
            .chain(changed.map(|change| (&*change.path, 0)))
            .collect();
        let others = step.changes.iter();
        let others = others.filter(|change| !files.contains_key(&*change.path));
        let others: Vec<Change> = others.cloned().collect();
        if reads.bear(&others, step.before, self.view.tree) {
            return None;
        }
        let mut differing = Vec::new();
        for old in &model.files {
            let path = old.file.path();
            let Some(count) = files.get_mut(&**path) else {
                continue;
            };
            *count += 1;
            // Those of an architecture are searched for names, too.
            if *count > 1 || path.starts_with("arch/") {
                return None;
            }
            let new = self.sources.file(path).ok()?;
            if Arc::ptr_eq(old, &new) || old.file.text() == new.file.text() {
                continue;
            }
            differing.push((path.clone(), self.compared.difference(old, &new)?));
        }
        let are_all_files = files.values().all(|&count| count == 1);
        are_all_files.then_some(differing)
    }

    /// Whether the entries that differ are the only ones of their symbols, and what they select can be selected, so that `conf` has
    /// nothing to say about them.
    fn are_plain(&self, differing: &Differing) -> bool {
        let model = self.model.value.model();
        let mut own: FxHashMap<&str, usize> = FxHashMap::default();
        for (index, (_, of)) in differing.iter().enumerate() {
            for plain in of.old.iter().chain(&of.new) {
                if *own.entry(&plain.name).or_insert(index) != index {
                    return false;
                }
            }
        }
        let is_plain = |(path, of): &(Arc<str>, Arc<Difference>)| {
            let is_of_file = |id: EntryId| {
                let file = model.entry(id).place.file;
                **model.files[file as usize].file.path() == **path
            };
            let has = |plain: &[Plain], name: &str| plain.iter().any(|plain| &*plain.name == name);
            let mut entries = of.old.iter().chain(&of.new);
            let are_only_ones = entries.all(|plain| {
                let is_old = has(&of.old, &plain.name);
                let Some(id) = model.find_unnoted(&plain.name) else {
                    return !is_old;
                };
                let symbol = model.symbol(id);
                let mut conflicts = model.type_conflicts.iter();
                model.definitions(id).count() == usize::from(is_old)
                    && model.definitions(id).all(is_of_file)
                    && !symbol.constant
                    && !symbol.unknown
                    && !symbol.is_choice
                    && symbol.choice.is_none()
                    && !symbol.transitional
                    && model.modules != Some(id)
                    && !conflicts.any(|conflict| conflict.symbol == id)
            });
            let mut targets = of.new.iter().flat_map(|plain| &plain.targets);
            are_only_ones
                && targets.all(|target| {
                    let id = model.find_unnoted(target);
                    id.is_none_or(|id| {
                        let symbol = model.symbol(id);
                        let is_logical =
                            matches!(symbol.type_, None | Some(Type::Bool | Type::Tristate));
                        is_logical && !symbol.is_choice && !symbol.unknown
                    })
                })
        };
        let is_near_a_term = |name: &str| {
            let mut terms = self.terms.iter();
            let mut rows = self.of_rows.iter();
            terms.any(|term| is_misspelling(name, term))
                || rows.any(|term| {
                    let rest = name.strip_prefix(*term);
                    rest.is_some_and(|rest| rest.starts_with('_'))
                })
        };
        // The lines that select what looks like a term are shown with their places.
        let is_shown = |name: &str| self.terms.iter().any(|term| is_misspelling(name, term));
        differing.iter().all(is_plain)
            && !differing
                .iter()
                .any(|(_, of)| of.moved_targets.iter().any(|name| is_shown(name)))
            && !differing
                .iter()
                .any(|(_, of)| names(of).any(|name| is_near_a_term(name)))
    }

    /// Whether a new entry may make a symbol lead back to itself. The model has no such symbol.
    fn may_close_a_loop(&self, differing: &Differing) -> bool {
        let model = self.model.value.model();
        let new = || differing.iter().flat_map(|(_, of)| &of.new);
        // To a name that is nowhere yet nothing leads.
        let is_new = |plain: &Plain| {
            let is_named = |other: &Plain| other.named.contains(&plain.name);
            plain.targets.is_empty()
                && model.find_unnoted(&plain.name).is_none()
                && !new().any(is_named)
        };
        if new().all(is_new) {
            return false;
        }
        // The names that the model does not have get the numbers after its own.
        let mut more: FxHashMap<&str, SymbolId> = FxHashMap::default();
        let mut number = |name| {
            model.find_unnoted(name).unwrap_or_else(|| {
                let next = SymbolId::new(model.symbols.len() + more.len());
                *more.entry(name).or_insert(next)
            })
        };
        let mut edges: FxHashMap<SymbolId, Vec<SymbolId>> = FxHashMap::default();
        for (path, of) in differing {
            let Some(around) = self.around(path) else {
                return true;
            };
            for plain in &of.new {
                let symbol = number(&plain.name);
                let mut needs: Vec<SymbolId> =
                    plain.named.iter().map(|name| number(name)).collect();
                needs.extend(around.iter().copied().chain(model.modules));
                for target in &plain.targets {
                    let target = number(target);
                    let of_target = edges.entry(target).or_default();
                    of_target.push(symbol);
                    of_target.extend(&needs);
                }
                edges.entry(symbol).or_default().append(&mut needs);
            }
        }
        let starts: Vec<SymbolId> = edges.keys().copied().collect();
        let evaluator = Evaluator::without_loops(model, "CONFIG_");
        Written::with(&evaluator, more.len(), edges).has_loop(&evaluator, starts)
    }

    /// The symbols that what is around the whole of a file depends on; `None` if that is not known.
    fn around(&self, path: &str) -> Option<Vec<SymbolId>> {
        let model = self.model.value.model();
        let mut files = model.files.iter();
        let file = files.position(|source| **source.file.path() == *path)?;
        let source = &model.files[file];
        let file = file as u32;
        let mut first = None;
        each_statement(source.file.statements(), &mut |statement| {
            if let StatementKind::Config { name, .. } = statement.kind
                && first.is_none()
            {
                first = model.find_unnoted(source.file.word_text(name));
            }
        });
        let mut definitions = model.definitions(first?);
        let mut entry = definitions.find(|&id| model.entry(id).place.file == file)?;
        loop {
            let parent = model.entry(entry).parent;
            if parent == EntryId::ROOT || model.entry(parent).place.file != file {
                break;
            }
            entry = parent;
        }
        let outer = model.entry(model.entry(entry).parent);
        let exprs = [outer.dependency, model.entry(entry).outer_visibility];
        let mut symbols = Vec::new();
        model.exprs.symbols_of(&exprs, model.modules, &mut symbols);
        Some(symbols)
    }
}
