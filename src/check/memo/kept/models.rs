//! Owns what outlasts the run of the models: enough to tell whether a model of then says the same as the one of now of all that pieces
//! rest on, where nothing but plain entries of Kconfig files differs ([`difference`]).
//!
//! The rules are those of [`Standing`](super::super::standing) with less knowledge, so that more is in doubt: of loops only that a new line
//! closes none where it leads to nothing new, or where nothing leads to its entry. Anything in doubt makes the model anew.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use crate::check::feature::symbols::is_misspelling;
use crate::check::memo::built::Built;
use crate::diag::Diagnostic;
use crate::kconfig::difference::{Difference, Plain, difference};
use crate::kconfig::model::{Expr, ExprId, Model, PropertyKind, Type, graph};
use crate::kconfig::sources::{Name, NameId};
use crate::kconfig::syntax::File;
use crate::tree::Tree;

/// The model has a symbol of the name.
const KNOWN: u8 = 1;
/// It is declared once, in a plain way.
const ONCE: u8 = 1 << 1;
/// It is not declared, and may be, in a plain way.
const NOWHERE: u8 = 1 << 2;
/// It can be selected.
const SELECTABLE: u8 = 1 << 3;
/// Pieces rest on it.
const RESTED_ON: u8 = 1 << 4;
/// Some line names it, so that another symbol may rest on it.
const NAMED: u8 = 1 << 5;

/// So that the flags are characters that stand for themselves in a string.
const FIRST: u8 = b'#';

/// The models of all architectures.
#[derive(Debug, Default, Serialize, Deserialize)]
pub struct Models {
    /// By number.
    names: Vec<Box<str>>,
    archs: FxHashMap<String, ModelForm>,
}

/// Holds what is known of a model.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(in crate::check::memo) struct ModelForm {
    /// For each of the names its flags; none for those at the end that came later.
    flags: String,
    /// Names that no model has, and that were looked up in this one.
    absent: Vec<Box<str>>,
    /// The files that the model has more than once.
    repeated: Vec<Arc<str>>,
}

/// The models as they are taken up, by architecture.
#[derive(Debug, Default)]
pub(in crate::check::memo) struct Collected(FxHashMap<String, ModelForm>);

impl Collected {
    /// Takes up a model after the pieces were made from it.
    pub fn add(&mut self, arch: &str, of: ModelForm) {
        self.0.insert(arch.to_owned(), of);
    }

    /// The models, to be written, with all names of their sources.
    pub fn models(&mut self, names: &[Name]) -> Models {
        Models {
            names: names.iter().map(|name| name.text().into()).collect(),
            archs: std::mem::take(&mut self.0),
        }
    }
}

impl ModelForm {
    /// Returns what is known of a model after the pieces were made from it, for which these names were looked up; `None` where it may not stand
    /// for another one.
    pub fn new(built: &Built, lookups: &FxHashSet<Box<str>>) -> Option<Self> {
        let model = built.model();
        if !may_stand(model) || built.lookups.is_none() {
            return None;
        }
        let roots = lookups.iter().filter_map(|name| model.find_unnoted(name));
        let cone = graph::cone(model, roots.chain(model.modules).collect());
        let named = named(model);
        let mut flags = Vec::new();
        for (number, id) in model.numbered() {
            let (symbol, index) = (model.symbol(id), id.index());
            let mut of = KNOWN;
            let is_plain = !symbol.constant
                && !symbol.unknown
                && !symbol.is_choice
                && symbol.choice.is_none()
                && !symbol.transitional
                && model.modules != Some(id)
                && !model.type_conflicts.iter().any(|one| one.symbol == id);
            match model.definitions(id).take(2).count() {
                0 if is_plain => of |= NOWHERE,
                1 if is_plain => of |= ONCE,
                _ => {}
            }
            let is_logical = matches!(symbol.type_, None | Some(Type::Bool | Type::Tristate));
            if is_logical && !symbol.is_choice && !symbol.unknown {
                of |= SELECTABLE;
            }
            if cone[index] {
                of |= RESTED_ON;
            }
            if named[index] {
                of |= NAMED;
            }
            add(&mut flags, number, of);
        }
        let mut absent = Vec::new();
        for name in lookups {
            match model.number_of(name) {
                Some(number) => add(&mut flags, number, RESTED_ON),
                None => absent.push(name.clone()),
            }
        }
        absent.sort_unstable();
        let (mut seen, mut repeated) = (FxHashSet::default(), Vec::new());
        for file in &model.files {
            let path = file.file.path();
            if !seen.insert(path.clone()) {
                repeated.push(path.clone());
            }
        }
        let flags = flags.into_iter().map(|flags| char::from(FIRST + flags));
        Some(Self {
            flags: flags.collect(),
            absent,
            repeated,
        })
    }
}

/// Adds flags to those of a name.
fn add(flags: &mut Vec<u8>, number: NameId, of: u8) {
    if flags.len() <= number.index() {
        flags.resize(number.index() + 1, 0);
    }
    flags[number.index()] |= of;
}

/// Whether the model may stand for another one at all. Until 6.10 values depend in places on the order of all symbols.
fn may_stand(model: &Model) -> bool {
    let is_old = model.release != (0, 0) && model.release < (6, 11);
    !is_old && model.is_free_of_loops() && model.unread.is_none()
}

/// For each symbol whether a line names it, so that the value of another one may be computed from it.
fn named(model: &Model) -> Vec<bool> {
    let mut named = vec![false; model.symbols.len()];
    for index in 0..model.exprs.len() {
        match model.exprs.get(ExprId::new(index)) {
            Expr::Symbol(symbol) => named[symbol.index()] = true,
            Expr::Compare(_, left, right) => {
                named[left.index()] = true;
                named[right.index()] = true;
            }
            Expr::Module | Expr::Not(_) | Expr::And(..) | Expr::Or(..) => {}
        }
    }
    for property in &model.properties {
        if let PropertyKind::Range(low, high) = property.kind {
            named[low.index()] = true;
            named[high.index()] = true;
        }
    }
    named
}

/// How the Kconfig files differ from those that the models were made from, where that is known to be plain.
#[derive(Debug, Default)]
pub(super) struct Differences {
    of: Vec<(String, Difference)>,
    models: Models,
    /// The numbers of the names that matter.
    numbers: FxHashMap<Box<str>, usize>,
}

impl Differences {
    /// Compares the texts of files then and now. `terms` are the symbols of the features: whatever looks like one is in doubt.
    pub fn new(
        tree: &Tree,
        changed: &[String],
        old_text: &dyn Fn(&str) -> Option<String>,
        models: impl FnOnce() -> Option<Models>,
        terms: &[&str],
    ) -> Self {
        let mut of = Vec::new();
        for path in changed {
            let plain = || {
                let old = old_text(path)?;
                let parse = |text| File::parse(path.as_str().into(), text);
                difference(&parse(old), &parse(tree.read_text(path).ok()?))
            };
            // Those of an architecture are searched for names, too.
            if let Some(plain) = (!path.starts_with("arch/")).then(plain).flatten() {
                of.push((path.clone(), plain));
            }
        }
        let is_near_a_term = |name: &str| terms.iter().any(|term| is_misspelling(name, term));
        // So are the places of lines that select it.
        of.retain(|(_, of)| {
            let mut names = names(of).chain(&of.moved_targets);
            !names.any(|name| is_near_a_term(name))
        });
        let models = (!of.is_empty()).then(models).flatten().unwrap_or_default();
        let wanted: FxHashSet<&str> = of
            .iter()
            .flat_map(|(_, of)| names(of).chain(&of.moved))
            .map(|name| &**name)
            .collect();
        let names = models.names.iter().enumerate();
        let numbers = names
            .filter(|(_, name)| wanted.contains(&***name))
            .map(|(number, name)| (name.clone(), number))
            .collect();
        Self {
            of,
            models,
            numbers,
        }
    }

    /// Whether the model of an architecture stands although these of its files differ.
    pub fn leave(&self, arch: &str, paths: &[&str], problems: &[Diagnostic]) -> bool {
        let Some(model) = self.models.archs.get(arch) else {
            return false;
        };
        let mut differing: Vec<(&str, &Difference)> = Vec::new();
        for path in paths {
            let Some((path, of)) = self.of.iter().find(|(of, _)| of == path) else {
                return false;
            };
            if model.repeated.iter().any(|repeated| **repeated == **path) {
                return false;
            }
            differing.push((path, of));
        }
        let is_about = |path: &str| paths.contains(&path);
        let is_reported = problems.iter().any(|finding| {
            let mut secondary = finding.secondary.iter();
            is_about(&finding.primary.location.path)
                || secondary.any(|label| is_about(&label.location.path))
        });
        let flags = |name: &str| {
            let number = self.numbers.get(name);
            let flags = number.and_then(|&number| model.flags.as_bytes().get(number));
            let flags = flags.map_or(0, |flags| flags.saturating_sub(FIRST));
            match model.absent.iter().any(|absent| **absent == *name) {
                true => flags | RESTED_ON,
                false => flags,
            }
        };
        let has = |name: &str, flag: u8| flags(name) & flag != 0;
        let mut own: FxHashMap<&str, &str> = FxHashMap::default();
        for (path, of) in &differing {
            for plain in of.old.iter().chain(&of.new) {
                // One that goes from one file to another is in doubt.
                if *own.entry(&plain.name).or_insert(path) != *path {
                    return false;
                }
            }
        }
        let new = || differing.iter().flat_map(|(_, of)| &of.new);
        let is_plain = |of: &Difference| {
            let was = |name: &str| of.old.iter().any(|plain| *plain.name == *name);
            let mut entries = of.old.iter().chain(&of.new);
            entries.all(|plain| match was(&plain.name) {
                true => has(&plain.name, ONCE),
                false => !has(&plain.name, KNOWN) || has(&plain.name, NOWHERE),
            })
        };
        let is_selectable = |name: &str| !has(name, KNOWN) || has(name, SELECTABLE);
        let may_close_a_loop = |of: &Difference, plain: &Plain| {
            let mut old = of.old.iter().filter(|old| old.name == plain.name);
            let leads_to_nothing_new = old.any(|old| {
                let is_in = |names: &[Box<str>], all: &[Box<str>]| {
                    names.iter().all(|name| all.contains(name))
                };
                is_in(&plain.named, &old.named) && is_in(&plain.targets, &old.targets)
            });
            let nothing_leads_there = plain.targets.is_empty()
                && !has(&plain.name, NAMED)
                && !new().any(|other| other.named.contains(&plain.name));
            !leads_to_nothing_new && !nothing_leads_there
        };
        !is_reported
            && differing.iter().all(|(_, of)| {
                is_plain(of)
                    && of.new.iter().all(|plain| {
                        plain.targets.iter().all(|target| is_selectable(target))
                            && !may_close_a_loop(of, plain)
                    })
                    && !names(of).chain(&of.moved).any(|name| has(name, RESTED_ON))
            })
    }
}

/// The symbols whose entries differ, and those that these select or imply.
fn names(of: &Difference) -> impl Iterator<Item = &Box<str>> {
    let entries = of.old.iter().chain(&of.new);
    entries.flat_map(|plain| std::iter::once(&plain.name).chain(&plain.targets))
}
