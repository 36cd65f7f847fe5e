//! Owns the way from a tree to what the lints look at, and keeps what it learnt: of the next tree with the same base, only what
//! a change bears on is worked out anew.
//!
//! The work is cut into pieces: what generic code does with the hooks of all features, the callers of a feature; and for an
//! architecture its model, what its headers define of all features that share an entry header, what its code does with the hooks,
//! where its headers name a feature, the facts of both with what is proved of them, and the facts of its translation units.
//! Each notes what it read. A piece is kept as long as nothing of that changes, and the pieces that it was made from say the same.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;

use crate::check::conclude;
use crate::check::error::CheckError;
use crate::check::feature::near::Near;
use crate::check::feature::search::{self, Search};
use crate::check::feature::subject::{OnArch, Subject};
use crate::check::feature::{
    callers, code, contract, entries, exports, headers, markers, objects, symbols, undefs, units,
};
use crate::check::kconfig::definitions;
use crate::check::kconfig::merge::merge;
use crate::check::lints;
use crate::check::outcome::Outcome;
use crate::check::support::engine::{Engine, Support};
use crate::check::support::proof;
use crate::check::table::bearing::Tables;
use crate::check::table::{Cell, Matrix, Row};
use crate::check::tree::whole;
use crate::cpp::cache::{self, Cache};
use crate::cpp::condition::Conditions;
use crate::cpp::presence::Presence;
use crate::cpp::wanted::Wanted;
use crate::diag::{self, Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, SymbolId, Unread};
use crate::kconfig::solve::Solver;
use crate::kconfig::sources::{self, Sources};
use crate::tree::reads::Reads;
use crate::tree::{Change, Tree};

/// So many models exist at a time, however many threads there are: each takes some megabytes, and with more of them the threads
/// wait for memory.
const MODELS_AT_ONCE: usize = 6;

/// Checks features on one tree after the other.
#[derive(Debug)]
pub struct Checker<'s> {
    specs: &'s [Spec],
    search: Search,
    /// Whether another tree may come, so that it pays to keep things.
    keeps: bool,
    /// The tables to compare with the models, if any.
    tables: Option<Tables>,
    /// Whether the names that a series writes are judged, and if so, whether those of all symbols are.
    names: Option<bool>,
    /// Files in which users of the features are looked for besides, sorted.
    besides: Arc<[String]>,
    sources: Arc<sources::Store>,
    files: Arc<cache::Store>,
    before: Option<Before>,
}

/// What is known of the tree before.
#[derive(Debug)]
struct Before {
    tree: Tree,
    version: Version,
    survey: Option<Kept<whole::Survey>>,
    /// Where the features are named, if only near the core is searched.
    near: Option<Near>,
    generic: Kept<code::Code>,
    callers: Vec<Kept<Vec<callers::Caller>>>,
    archs: Vec<(String, OfArch)>,
    /// The tables, without cells.
    rows: Option<Kept<Vec<Row>>>,
    /// What is asked of the architectures that are not checked.
    others: Vec<(String, Kept<Other>)>,
}

/// What belongs to an architecture.
fn find<'a, T>(archs: &'a [(String, T)], arch: &str) -> Option<&'a T> {
    let mut archs = archs.iter();
    archs.find(|(name, _)| name == arch).map(|(_, of)| of)
}

/// A piece with what was read for it. A clone is the same piece.
#[derive(Debug)]
struct Kept<T> {
    value: Arc<T>,
    reads: Arc<Reads>,
}

impl<T> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self {
            value: self.value.clone(),
            reads: self.reads.clone(),
        }
    }
}

impl<T: Default> Default for Kept<T> {
    /// A piece for which nothing was read.
    fn default() -> Self {
        Self {
            value: Arc::default(),
            reads: Arc::default(),
        }
    }
}

impl<T> Kept<T> {
    /// A piece that is made now.
    fn make<E>(tree: &Tree, make: impl FnOnce(&Tree) -> Result<T, E>) -> Result<Self, E> {
        let (value, reads) = tree.read_for(make)?;
        let value = Arc::new(value);
        Ok(Self { value, reads })
    }

    /// The same, as that piece if it says the same: most changes of what was read say nothing about the feature.
    fn or(mut self, known: Option<&Self>) -> Self
    where
        T: PartialEq,
    {
        if let Some(known) = known.filter(|known| known.value == self.value) {
            self.value = known.value.clone();
        }
        self
    }

    /// Whether it is the same piece.
    fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.value, &other.value)
    }
}

/// The pieces of one architecture.
#[derive(Clone, Debug)]
struct OfArch {
    model: Kept<Built>,
    /// The cells of the tables.
    cells: Option<Kept<Vec<Cell>>>,
    /// What the headers define of all features with the same entry header, by that.
    entries: Vec<(String, Kept<Presence>)>,
    /// What the architecture's own code does with the hooks.
    code: Option<Kept<code::Code>>,
    /// By feature.
    features: Vec<OfFeature>,
}

/// What the lints over the whole tree, and the tables, ask of an architecture that is not checked.
#[derive(Debug)]
struct Other {
    whole: Option<Arc<whole::OfArch>>,
    cells: Vec<Cell>,
}

/// The pieces of one feature on one architecture.
#[derive(Clone, Debug)]
struct OfFeature {
    named: Kept<headers::Named>,
    defined: Kept<Option<Presence>>,
    facts: Kept<Facts>,
    contract: Kept<contract::Facts>,
    /// Whether its hooks are needed only where something uses them.
    is_open: bool,
    users: Kept<Vec<exports::User>>,
    lacking: Kept<Vec<objects::Needed>>,
    sites: Kept<undefs::Sites>,
    undefs: Kept<Vec<undefs::Undef>>,
    units: Kept<units::Facts>,
}

/// A model, and what is wrong with the Kconfig files.
#[derive(Debug)]
struct Built {
    model: Model,
    diagnostics: Vec<Diagnostic>,
    /// What the lints over the whole tree ask, where they run.
    whole: Option<Arc<whole::OfArch>>,
}

/// A model that is kept although the tree has changed.
#[derive(Debug)]
pub struct KeptModel(Arc<Built>);

impl KeptModel {
    /// The model.
    pub fn model(&self) -> &Model {
        &self.0.model
    }
}

/// What comes of one architecture.
struct Made {
    /// By feature.
    on: Vec<OnArch>,
    diagnostics: Vec<Diagnostic>,
    whole: Option<Arc<whole::OfArch>>,
    unread: Option<Unread>,
    cells: Option<Vec<Cell>>,
    kept: Option<OfArch>,
}

/// What headers and Kconfig say about a feature.
#[derive(Debug)]
struct Facts {
    headers: Arc<headers::Facts>,
    when: Option<headers::When>,
    proof: Arc<proof::Proof>,
    symbols: Arc<symbols::Facts>,
    support: Arc<Support>,
}

/// What changed since the tree before.
struct Step<'b> {
    before: &'b Before,
    tree: &'b Tree,
    changes: Vec<Change>,
}

/// A tree, with what changed since the one before.
#[derive(Clone, Copy)]
struct View<'b> {
    tree: &'b Tree,
    step: Option<&'b Step<'b>>,
}

impl View<'_> {
    /// The piece of the tree before, if there is one that still holds, or a new one.
    fn piece<T, E>(
        self,
        known: Option<&Kept<T>>,
        make: impl FnOnce(&Tree) -> Result<T, E>,
    ) -> Result<Kept<T>, E> {
        match self.step.and_then(|step| step.held(known)) {
            Some(held) => Ok(held),
            None => Kept::make(self.tree, make),
        }
    }
}

impl Step<'_> {
    /// The piece, if it still holds.
    fn held<T>(&self, piece: Option<&Kept<T>>) -> Option<Kept<T>> {
        let piece = piece?;
        let touched = piece
            .reads
            .bear(&self.changes, &self.before.tree, self.tree);
        (!touched).then(|| piece.clone())
    }
}

impl<'s> Checker<'s> {
    /// For one tree, with users of the features looked for where `search` says.
    pub fn once(specs: &'s [Spec], search: Search) -> Self {
        Self {
            specs,
            search,
            keeps: false,
            tables: None,
            names: None,
            besides: Arc::default(),
            sources: Arc::default(),
            files: Arc::default(),
            before: None,
        }
    }

    /// For several trees, most of whose files are the same.
    pub fn for_series(specs: &'s [Spec], search: Search) -> Self {
        Self {
            keeps: true,
            ..Self::once(specs, search)
        }
    }

    /// Also compares tables with the models.
    #[must_use]
    pub fn with_tables(mut self, tables: Tables) -> Self {
        self.tables = (!tables.is_none()).then_some(tables);
        self
    }

    /// Also judges the names that a series writes: those of all symbols, or of the features' own.
    #[must_use]
    pub fn with_names(mut self, all: bool) -> Self {
        self.names = Some(all);
        self
    }

    /// Also looks for users of the features in these files, wherever else it looks: in those that a series changes.
    pub(in crate::check) fn search_besides(&mut self, paths: impl Iterator<Item = String>) {
        let paths: BTreeSet<String> = paths
            .filter(|path| {
                (path.ends_with(".c") || path.ends_with(".h")) && callers::is_of_kernel(path)
            })
            .collect();
        self.besides = paths.into_iter().collect();
    }

    /// The features.
    pub fn specs(&self) -> &'s [Spec] {
        self.specs
    }

    /// Whether the names that a series writes are judged, and if so, whether those of all symbols are.
    pub fn judges_names(&self) -> Option<bool> {
        self.names
    }

    /// The models of the tree that was checked last, where they are kept.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        let archs = self.before.iter().flat_map(|before| &before.archs);
        archs.map(|(_, of)| &of.model.value.model)
    }

    /// The same, as models that outlive the next tree.
    pub fn kept_models(&self) -> Vec<KeptModel> {
        let archs = self.before.iter().flat_map(|before| &before.archs);
        archs
            .map(|(_, of)| KeptModel(of.model.value.clone()))
            .collect()
    }

    /// Checks architectures of a tree. After each step `done` is called with its name, so that the caller can tell what each
    /// costs.
    ///
    /// # Errors
    ///
    /// The tree lacks a file that a feature names, or cannot be read.
    pub fn check(
        &mut self,
        tree: &Tree,
        architectures: &[String],
        done: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, CheckError> {
        let specs: Vec<&Spec> = self.specs.iter().collect();
        headers::require_entry_headers(tree, &specs)?;
        let version = Version::of(tree)?;
        let mut before = self.before.take();
        if before
            .as_ref()
            .is_some_and(|before| !before.tree.has_base_of(tree))
        {
            // Stamps tell texts apart for one base only.
            (self.sources, self.files) = (Arc::default(), Arc::default());
        }
        before = before.filter(|before| before.tree.has_base_of(tree) && before.version == version);
        let mut of_archs_before = before
            .as_mut()
            .map_or_else(Vec::new, |before| std::mem::take(&mut before.archs));
        let step = before.as_ref().map(|before| Step {
            changes: before.tree.changes(tree),
            before,
            tree,
        });
        let step = step.as_ref();
        let view = View { tree, step };
        let sources = Sources::sharing(tree, &self.sources);
        if step.is_none() {
            let mut roots = vec!["Kconfig".to_owned()];
            let archs = architectures.iter();
            roots.extend(archs.map(|arch| format!("arch/{arch}/Kconfig")));
            sources.preload(&roots);
        }
        done("kconfig");
        let cache = Cache::sharing(tree, &self.files);
        let survey = self.survey(view, &cache)?;
        let same_survey = match (&survey, step.and_then(|step| step.before.survey.as_ref())) {
            (Some(survey), Some(known)) => survey.is(known),
            (survey, _) => survey.is_none(),
        };
        let near_before = step.and_then(|step| step.before.near.as_ref());
        let near = match &survey {
            Some(_) => None,
            None => {
                let changes = step.map(|step| step.changes.as_slice());
                Some(Near::find(
                    &cache,
                    &specs,
                    &self.besides,
                    near_before.zip(changes),
                )?)
            }
        };
        let names = entries::hooks(self.specs);
        let names = cache.wanted(&names);
        let known = step.map(|step| &step.before.generic);
        let generic = view.piece(known, |view| code::generic(&cache.through(view), &names))?;
        let generic = generic.or(known);
        let callers: Vec<Kept<Vec<callers::Caller>>> = specs
            .iter()
            .enumerate()
            .map(|(index, spec)| {
                let known = step.and_then(|step| step.before.callers.get(index));
                let callers = match (&survey, &near) {
                    (Some(survey), _) => view.piece(known.filter(|_| same_survey), |view| {
                        let paths = &survey.value.named[index];
                        Ok::<_, CheckError>(callers::in_files(&cache.through(view), spec, paths))
                    })?,
                    (None, near) => {
                        let of = |near: &Near| near.of_feature(index, spec);
                        let paths = near.as_ref().map(of).unwrap_or_default();
                        let same = near_before.is_some_and(|before| of(before) == paths);
                        view.piece(known.filter(|_| same), |view| {
                            let cache = cache.through(view);
                            Ok::<_, CheckError>(callers::in_near_files(&cache, spec, &paths))
                        })?
                    }
                };
                Ok(callers.or(known))
            })
            .collect::<Result<_, CheckError>>()?;
        done("callers");
        let rows = match &self.tables {
            Some(tables) => {
                let known = step.and_then(|step| step.before.rows.as_ref());
                let rows = view.piece(known, |view| tables.rows(view, self.specs))?;
                Some(rows.or(known))
            }
            None => None,
        };
        let same_rows = match (&rows, step.and_then(|step| step.before.rows.as_ref())) {
            (Some(rows), Some(known)) => rows.is(known),
            (rows, known) => rows.is_none() && known.is_none(),
        };
        let rows_now = self.tables.as_ref().zip(rows.as_ref());
        let rows_now = rows_now.map(|(tables, rows)| (tables, &*rows.value, same_rows));
        let with_known: Vec<(&String, Option<OfArch>)> = architectures
            .iter()
            .map(|arch| {
                let mut known = of_archs_before.extract_if(.., |(name, _)| name == arch);
                (arch, known.next().map(|(_, of)| of))
            })
            .collect();
        let shared = Shared {
            cache: &cache,
            names: &names,
            generic: &generic,
            callers: &callers,
        };
        let make = |(arch, known): (&String, Option<OfArch>)| {
            let of = self.of_arch(view, arch, known, (&version, rows_now), &shared)?;
            let on = of.features.iter().map(|of| OnArch {
                arch: arch.clone(),
                symbols: of.facts.value.symbols.clone(),
                support: of.facts.value.support.clone(),
                headers: of.facts.value.headers.clone(),
                proof: of.facts.value.proof.clone(),
                units: of.units.value.clone(),
                contract: of.contract.value.clone(),
            });
            Ok(Made {
                on: on.collect(),
                diagnostics: of.model.value.diagnostics.clone(),
                whole: of.model.value.whole.clone(),
                unread: of.model.value.model.unread.clone(),
                cells: of.cells.as_ref().map(|cells| (*cells.value).clone()),
                // Only as many models exist at a time as are made at once, where nobody needs them again.
                kept: self.keeps.then_some(of),
            })
        };
        let at_once = if self.keeps || rayon::current_num_threads() <= MODELS_AT_ONCE {
            with_known.len()
        } else {
            MODELS_AT_ONCE
        };
        let mut with_known = with_known;
        let mut made: Vec<Made> = Vec::with_capacity(with_known.len());
        while !with_known.is_empty() {
            let rest = with_known.split_off(at_once.min(with_known.len()));
            let part = std::mem::replace(&mut with_known, rest);
            let part = part.into_par_iter().map(make);
            made.extend(part.collect::<Result<Vec<_>, CheckError>>()?);
        }
        done("architectures");
        let (mut of_archs, mut diagnostics, mut kept) = (Vec::new(), Vec::new(), Vec::new());
        let (mut wholes, mut columns) = (Vec::new(), Vec::new());
        let mut unread = Vec::new();
        for (arch, made) in architectures.iter().zip(made) {
            unread.extend(made.unread.map(|unread| (arch.clone(), unread)));
            of_archs.push(made.on.into_iter());
            diagnostics.push(made.diagnostics);
            wholes.extend(made.whole);
            columns.extend(made.cells.map(|cells| (arch.clone(), cells)));
            kept.extend(made.kept.map(|of| (arch.clone(), of)));
        }
        let mut outcome = Outcome {
            findings: merge(diagnostics, architectures),
            unread,
            ..Outcome::default()
        };
        for (spec, callers) in specs.into_iter().zip(&callers) {
            let subject = Subject {
                spec,
                unread: !outcome.unread.is_empty(),
                stale: markers::in_generic_code(tree, spec, &callers.value)?,
                callers: callers.value.clone(),
                archs: of_archs.iter_mut().filter_map(Iterator::next).collect(),
                generic: headers::in_entry_header(&cache, spec)?,
            };
            conclude::conclude(subject, &mut outcome);
        }
        one_finding_per_conflict(&mut outcome.findings);
        let mut others = Vec::new();
        // A symbol may be declared by an architecture that nobody asked for, and a table is about all of them.
        let mut archs = architectures.to_vec();
        if survey.is_some() || rows.is_some() {
            let mut names = tree.architectures()?;
            names.retain(|arch| !archs.contains(arch));
            others = names
                .par_iter()
                .map(|arch| {
                    let known = step.and_then(|step| find(&step.before.others, arch));
                    let of = view.piece(known.filter(|_| same_rows), |view| {
                        let sources = Sources::sharing(view, &self.sources);
                        let built = build(&sources, arch, &version, self.search);
                        let cells = match rows_now {
                            Some((tables, rows, _)) => {
                                tables.cells(&sources, &built.model, rows)?
                            }
                            None => Vec::new(),
                        };
                        let whole = built.whole;
                        Ok::<_, CheckError>(Other { whole, cells })
                    })?;
                    Ok((arch.clone(), of))
                })
                .collect::<Result<Vec<_>, CheckError>>()?;
            archs.extend(names);
        }
        if let Some(survey) = &survey {
            wholes.extend(others.iter().filter_map(|(_, of)| of.value.whole.clone()));
            let facts = survey.value.facts(tree, (&wholes, &archs))?;
            lints::run_tree(&facts, architectures, &mut outcome.findings);
        }
        if let Some((_, rows, _)) = rows_now {
            let of_others = others.iter();
            columns.extend(of_others.map(|(arch, of)| (arch.clone(), of.value.cells.clone())));
            let matrix = Matrix::from_columns(rows.clone(), columns, outcome.unread.clone());
            let mut of_tables = lints::run_tables(&matrix);
            of_tables.retain(|finding| {
                let archs = &finding.archs;
                let is_meant =
                    archs.is_empty() || archs.iter().any(|arch| architectures.contains(arch));
                let findings = &outcome.findings;
                is_meant
                    && !findings
                        .iter()
                        .any(|known| conclude::bears_on(known, finding))
            });
            outcome.findings.append(&mut of_tables);
            outcome.matrix = Some(matrix);
        }
        diag::sort(&mut outcome.findings);
        let findings = std::mem::take(&mut outcome.findings);
        let (pedantic, findings): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.level == Level::Allow);
        outcome.findings = findings;
        outcome.pedantic.extend(pedantic);
        diag::sort(&mut outcome.pedantic);
        if self.keeps {
            self.before = Some(Before {
                tree: tree.clone(),
                version,
                survey,
                near,
                generic,
                callers,
                archs: kept,
                rows,
                others,
            });
        }
        done("lints");
        Ok(outcome)
    }

    /// What all files of the tree say, where that is asked for.
    fn survey(
        &self,
        view: View<'_>,
        cache: &Cache<'_>,
    ) -> Result<Option<Kept<whole::Survey>>, CheckError> {
        if self.search == Search::Near {
            return Ok(None);
        }
        let known = view.step.and_then(|step| step.before.survey.as_ref());
        let survey = view.piece(known, |view| {
            let features: Vec<_> = self
                .specs
                .iter()
                .map(|spec| search::stems(cache, spec))
                .collect();
            let sources = Sources::sharing(view, &self.sources);
            let before = known.map(|known| &*known.value);
            whole::Survey::read(view, &sources, &features, before)
        });
        survey.map(Some)
    }

    /// The pieces of one architecture, those of the tree before where they hold.
    fn of_arch(
        &self,
        view: View<'_>,
        arch: &str,
        known: Option<OfArch>,
        (version, rows): (&Version, Option<RowsNow<'_>>),
        shared: &Shared<'_>,
    ) -> Result<OfArch, CheckError> {
        let cache = shared.cache;
        let (known_model, known_cells, known) = match known {
            Some(of) => (
                Some(of.model),
                of.cells,
                Some((of.entries, of.code, of.features)),
            ),
            None => (None, None, None),
        };
        let (known_entries, known_code, known) = known.unwrap_or_default();
        let held = view.step.and_then(|step| step.held(known_model.as_ref()));
        let same_model = held.is_some();
        let model = match held {
            Some(held) => held,
            None => {
                // The new model can have the memory of the one before.
                drop(known_model);
                Kept::make(view.tree, |view| {
                    let sources = Sources::sharing(view, &self.sources);
                    Ok::<_, CheckError>(build(&sources, arch, version, self.search))
                })?
            }
        };
        let engine = RefCell::new(Engine::new(&model.value.model));
        let mut entries = Vec::new();
        for (names, functions) in entries::by_entry(self.specs) {
            let key = names.join(" ");
            let presence = view.piece(find(&known_entries, &key), |view| {
                let cache = cache.through(view);
                Ok::<_, CheckError>(headers::defined(&cache, arch, &names, &functions))
            })?;
            entries.push((key, presence));
        }
        let mut of_specs = Vec::new();
        for (index, spec) in self.specs.iter().enumerate() {
            of_specs.push(of_spec(spec, &entries, known.get(index), &known_entries));
        }
        let is_open = |(spec, defined): (&Spec, &Kept<Option<Presence>>)| {
            let defined = defined.value.as_ref().as_ref();
            defined.is_some_and(|defined| contract::is_open(spec, &shared.generic.value, defined))
        };
        let open: Vec<bool> = self.specs.iter().zip(&of_specs).map(is_open).collect();
        let code = match open.contains(&true) {
            true => {
                let code = view.piece(known_code.as_ref(), |view| {
                    code::of_arch(&cache.through(view), shared.names, arch)
                })?;
                Some(code.or(known_code.as_ref()))
            }
            false => None,
        };
        let same_code = match (&code, &known_code) {
            (Some(code), Some(known)) => code.is(known),
            (code, _) => code.is_none(),
        };
        let mut solver = Solver::new(&model.value.model);
        let undeclared = symbols::undeclared_targets(&model.value.model);
        let mut features = Vec::new();
        for (index, (spec, defined)) in self.specs.iter().zip(of_specs).enumerate() {
            let Some(callers) = shared.callers.get(index) else {
                unreachable!("invariant: every feature has its callers, be they none");
            };
            let before = view.step.map(|step| step.before);
            let same_callers = before
                .and_then(|before| before.callers.get(index))
                .is_some_and(|known| known.is(callers));
            let same_code =
                same_code && before.is_some_and(|before| before.generic.is(shared.generic));
            let of = On {
                view,
                cache,
                spec,
                model: &model,
                engine: &engine,
                same_model,
                callers: &callers.value,
                same_callers,
                undeclared: &undeclared,
                names: shared.names,
                generic: &shared.generic.value,
                code: code.as_ref().map(|code| &*code.value),
                same_code,
            };
            // A feature may be of the other kind in this tree.
            let known = known.get(index).filter(|of| of.is_open == open[index]);
            features.push(match open[index] {
                true => of.contract(defined, known, &mut solver)?,
                false => of.feature(defined, known)?,
            });
        }
        drop((engine, solver));
        let cells = match rows {
            Some((tables, rows, same_rows)) => {
                let known = known_cells.filter(|_| same_model && same_rows);
                Some(view.piece(known.as_ref(), |view| {
                    let sources = Sources::sharing(view, &self.sources);
                    tables.cells(&sources, &model.value.model, rows)
                })?)
            }
            None => None,
        };
        Ok(OfArch {
            model,
            cells,
            entries,
            code,
            features,
        })
    }
}

/// What the headers define of one feature, out of what they define of all of its group.
fn of_spec(
    spec: &Spec,
    entries: &[(String, Kept<Presence>)],
    known: Option<&OfFeature>,
    known_entries: &[(String, Kept<Presence>)],
) -> Kept<Option<Presence>> {
    let entry = spec
        .entry_header
        .as_deref()
        .filter(|_| !spec.hooks.is_empty());
    let of_entry = entry.and_then(|entry| match spec.wrappers.is_empty() {
        true => entries.last(),
        false => entries.iter().find(|(key, _)| key == entry),
    });
    let Some((key, of_entry)) = of_entry else {
        return Kept::default();
    };
    if let (Some(known), Some(before)) = (known, find(known_entries, key))
        && of_entry.is(before)
    {
        return known.defined.clone();
    }
    Kept {
        value: Arc::new(Some(of_entry.value.only(&spec.functions()))),
        reads: of_entry.reads.clone(),
    }
}

/// The tables, their rows, and whether the rows are those of the tree before.
type RowsNow<'a> = (&'a Tables, &'a Vec<Row>, bool);

/// What all architectures share.
struct Shared<'a> {
    cache: &'a Cache<'a>,
    names: &'a Wanted,
    generic: &'a Kept<code::Code>,
    callers: &'a [Kept<Vec<callers::Caller>>],
}

/// A feature on the architecture of a model.
struct On<'a, 'm> {
    view: View<'a>,
    cache: &'a Cache<'a>,
    spec: &'a Spec,
    model: &'a Kept<Built>,
    /// One for all features of the architecture.
    engine: &'a RefCell<Engine<'m>>,
    /// Whether the model is that of the tree before.
    same_model: bool,
    callers: &'a [callers::Caller],
    /// Whether the callers are.
    same_callers: bool,
    /// The symbols of the model that are selected and not declared.
    undeclared: &'a [SymbolId],
    names: &'a Wanted,
    generic: &'a code::Code,
    code: Option<&'a code::Code>,
    /// Whether what code does with the hooks is the same.
    same_code: bool,
}

impl On<'_, '_> {
    /// The pieces of a feature whose hooks are needed only where something uses them, those of the tree before where they hold.
    fn contract(
        &self,
        defined: Kept<Option<Presence>>,
        known: Option<&OfFeature>,
        solver: &mut Solver<'_>,
    ) -> Result<OfFeature, CheckError> {
        let &Self {
            view, cache, spec, ..
        } = self;
        let model = &self.model.value.model;
        let arch = &*model.srcarch;
        let named = view.piece(known.map(|of| &of.named), |view| {
            headers::named(&cache.through(view), arch, spec, false)
        })?;
        let before = known.filter(|_| self.same_model);
        let same = before.filter(|of| of.named.is(&named) && of.defined.is(&defined));
        let facts = view.piece(same.map(|of| &of.facts), |_| {
            let before = before.map(|of| &*of.facts.value);
            let headers = headers::of_contract(model, &named.value, &defined.value);
            Ok::<_, CheckError>(Facts {
                headers: headers.into(),
                when: None,
                support: match before {
                    Some(before) => before.support.clone(),
                    None => self.engine.borrow_mut().support(&spec.kconfig).into(),
                },
                proof: match before {
                    Some(before) => before.proof.clone(),
                    None => proof::prove_selects(model, spec, solver).into(),
                },
                symbols: match before {
                    Some(before) => before.symbols.clone(),
                    None => symbols::facts(model, spec, self.undeclared).into(),
                },
            })
        })?;
        let same = same.filter(|_| self.same_code);
        let contract = view.piece(same.map(|of| &of.contract), |view| {
            let cache = cache.through(view);
            match (&*defined.value, self.code) {
                (Some(answer), Some(own)) => {
                    let subject = contract::Subject {
                        cache: &cache,
                        model,
                        spec,
                        names: self.names,
                        generic: self.generic,
                        own,
                    };
                    contract::facts(&subject, answer, solver)
                }
                _ => Ok(contract::Facts::default()),
            }
        })?;
        Ok(OfFeature {
            named,
            defined,
            facts,
            contract,
            is_open: true,
            users: Kept::default(),
            lacking: Kept::default(),
            sites: Kept::default(),
            undefs: Kept::default(),
            units: Kept::default(),
        })
    }

    /// The pieces, those of the tree before where they hold.
    fn feature(
        &self,
        defined: Kept<Option<Presence>>,
        known: Option<&OfFeature>,
    ) -> Result<OfFeature, CheckError> {
        let &Self {
            view, cache, spec, ..
        } = self;
        let model = &self.model.value.model;
        let arch = &*model.srcarch;
        let named = view.piece(known.map(|of| &of.named), |view| {
            headers::named(&cache.through(view), arch, spec, true)
        })?;
        let before = known.filter(|_| self.same_model);
        let same = before.filter(|of| of.named.is(&named) && of.defined.is(&defined));
        let facts = view.piece(same.map(|of| &of.facts), |view| {
            let before = before.map(|of| &*of.facts.value);
            let cache = cache.through(view);
            let (named, defined) = (&named.value, &defined.value);
            let undeclared = self.undeclared;
            let mut engine = self.engine.borrow_mut();
            Ok::<_, CheckError>(facts(
                &cache,
                &mut engine,
                spec,
                named,
                defined,
                undeclared,
                before,
            ))
        })?;
        let Facts {
            headers, symbols, ..
        } = &*facts.value;
        let same = known.filter(|of| headers.has_same_guards(&of.facts.value.headers));
        let sites = view.piece(same.map(|of| &of.sites), |view| {
            undefs::sites(&cache.through(view), arch, spec, headers)
        })?;
        let sites = sites.or(same.map(|of| &of.sites));
        let before = before.filter(|of| Arc::ptr_eq(&of.facts.value.symbols, symbols));
        let same = before.filter(|_| self.same_callers);
        let users = view.piece(same.map(|of| &of.users), |view| {
            let cache = cache.through(view);
            let users = objects::modular_users(&cache, model, spec, self.callers, symbols);
            Ok::<_, CheckError>(users)
        })?;
        let users = users.or(before.map(|of| &of.users));
        // From here on the places count, too.
        let before = before.filter(|of| of.facts.value.headers == *headers);
        let same = before.filter(|of| of.sites.is(&sites));
        let undefs = view.piece(same.map(|of| &of.undefs), |view| {
            let cache = cache.through(view);
            let undefs = undefs::undefs(&cache, model, spec, headers, symbols, &sites.value);
            Ok::<_, CheckError>(undefs)
        })?;
        let undefs = undefs.or(before.map(|of| &of.undefs));
        let same = before.filter(|of| of.users.is(&users));
        let lacking = view.piece(same.map(|of| &of.lacking), |view| {
            let users = &users.value;
            objects::lacking(&cache.through(view), model, spec, users, headers, symbols)
        })?;
        let lacking = lacking.or(before.map(|of| &of.lacking));
        let same = before
            .filter(|of| self.same_callers && of.undefs.is(&undefs) && of.lacking.is(&lacking));
        let units = view.piece(same.map(|of| &of.units), |view| {
            let (undefs, lacking) = (undefs.value.clone(), lacking.value.clone());
            let cache = cache.through(view);
            units::facts(&cache, model, spec, self.callers, headers, undefs, lacking)
        })?;
        Ok(OfFeature {
            named,
            defined,
            facts,
            contract: Kept::default(),
            is_open: false,
            users,
            lacking,
            sites,
            undefs,
            units,
        })
    }
}

/// Drops what `conf` says of types that contradict each other where a lint says so of a feature's symbol, with more words.
fn one_finding_per_conflict(findings: &mut Vec<Diagnostic>) {
    let conflicts = findings
        .iter()
        .filter(|finding| finding.lint == lints::conflicting_types::LINT.name);
    let symbols: Vec<Option<String>> = conflicts.map(|finding| finding.symbol.clone()).collect();
    findings.retain(|finding| {
        finding.lint != model::DEFINITION
            || finding.level != Level::Warn
            || !symbols.contains(&finding.symbol)
    });
}

fn build(sources: &Sources<'_>, arch: &str, version: &Version, search: Search) -> Built {
    let mut model = model::of_all_configurations(sources, arch, version);
    let whole = (search == Search::Whole).then(|| whole::OfArch::of(&model).into());
    let mut diagnostics = std::mem::take(&mut model.diagnostics);
    // A tree on the way to the next release may use what that brings.
    diagnostics.retain(|diagnostic| diagnostic.lint != model::DIALECT);
    // What `conf` refuses passes nowhere.
    diagnostics.extend(definitions::problems(&Evaluator::new(&model, "CONFIG_")));
    Built {
        model,
        diagnostics,
        whole,
    }
}

/// The facts of one feature; `before` are those of the same model in the tree before.
fn facts(
    cache: &Cache<'_>,
    engine: &mut Engine<'_>,
    spec: &Spec,
    named: &headers::Named,
    defined: &Option<Presence>,
    undeclared: &[SymbolId],
    before: Option<&Facts>,
) -> Facts {
    let model = engine.model();
    let (headers, when) = headers::facts(cache, model, spec, named, defined.as_ref());
    // A proof rests on the conditions and not on the places, and it is what takes longest.
    let same = before.filter(|before| match (&before.when, &when) {
        (Some(a), Some(b)) => a.hooks == b.hooks && a.conditions.has_same_numbers(&b.conditions),
        (a, b) => a.is_none() && b.is_none(),
    });
    let support = match before {
        Some(before) => before.support.clone(),
        None => engine.support(&spec.kconfig).into(),
    };
    let proof = match (same, &when) {
        (Some(before), _) => before.proof.clone(),
        (None, Some(when)) => proof::prove(engine, spec, &when.conditions, &when.hooks).into(),
        (None, None) => proof::prove(engine, spec, &Conditions::new(), &[]).into(),
    };
    Facts {
        support,
        headers: headers.into(),
        proof,
        symbols: match before {
            Some(before) => before.symbols.clone(),
            None => symbols::facts(model, spec, undeclared).into(),
        },
        when,
    }
}
