//! Owns the way from a tree to what the lints look at, and keeps what it learnt: of the next tree with the same base, only what
//! a change bears on is worked out anew.
//!
//! The work is cut into pieces: what generic code does with the hooks of all features, the callers of a feature; and for an
//! architecture its model, what its headers define of all features that share an entry header, what its code does with the hooks,
//! where its headers name a feature, the facts of both with what is proved of them, and the facts of its translation units.
//! Each notes what it read, and declares the pieces that it is made from; whether it holds for the next tree follows from both
//! (`piece`).
//!
//! | module | owns |
//! |---|---|
//! | `piece` | a piece, and whether it still holds |
//! | `arch` | all pieces of an architecture |
//! | `built` | the model of an architecture |
//! | `earlier` | models of a tree that was checked before, made when somebody asks |
//! | `feature` | the pieces of one feature on one architecture |
//! | [`kept`] | pieces that outlast the run |
//! | `standing` | whether the model of one tree may stand for that of a later one |

mod arch;
mod built;
mod earlier;
mod feature;
pub mod kept;
mod piece;
mod standing;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use crate::check::change::models::Models;
use crate::check::conclude;
use crate::check::error::CheckError;
use crate::check::feature::near::Near;
use crate::check::feature::search::{self, Search};
use crate::check::feature::subject::{OnArch, Subject};
use crate::check::feature::{
    callers, code, contract, declared, entries, headers, markers, symbols,
};
use crate::check::kconfig::merge::merge;
use crate::check::lints;
use crate::check::outcome::Outcome;
use crate::check::support::engine::Engine;
use crate::check::table::bearing::Tables;
use crate::check::table::{Cell, Matrix, Row};
use crate::check::tree::whole;
use crate::cpp::cache::{self, Cache};
use crate::cpp::is_c;
use crate::cpp::presence::Presence;
use crate::cpp::wanted::{Groups, Wanted};
use crate::diag::{self, Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, SymbolId, Unread};
use crate::kconfig::solve::Prepared;
use crate::kconfig::sources::{self, Sources};
use crate::tree::{Change, Tree};
use arch::{ArchPieces, Parts};
use built::{Built, Recipe, build};
use earlier::{Earlier, MODELS_AT_ONCE};
use feature::FeatureOnArch;
use kept::{Keep, Kept, Reader, Writer};
use piece::{Piece, Step, View};
use standing::{Compared, Question, Standing};

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
    /// Texts of Kconfig files that were compared.
    compared: Compared,
    /// Whether the model of one tree may stand for that of a later one.
    stands: bool,
    /// The check ends where the counter has another value.
    valid: Option<(Arc<AtomicU64>, u64)>,
    before: Option<Before>,
    /// The models to take instead of making them, and what is known of each architecture from the tree before.
    given: Option<Given>,
    /// The pieces of an earlier run.
    kept: Option<Box<Kept>>,
    /// Takes the pieces of this run.
    writer: Option<Writer>,
}

/// Models of another checker.
#[derive(Debug)]
struct Given {
    models: Vec<(String, Piece<Built>)>,
    known: Vec<(String, Parts)>,
}

/// The results of a checker, without models: for another one of the same features and architectures, which is given models.
#[derive(Debug, Default)]
pub struct Memory {
    before: Option<Before>,
    known: Vec<(String, Parts)>,
    files: Arc<cache::Store>,
}

/// Results from earlier trees.
#[derive(Debug)]
struct Before {
    tree: Tree,
    version: Version,
    survey: Option<Piece<whole::Survey>>,
    /// Where the features are named, if only near the core is searched.
    near: Option<Near>,
    /// By feature: the files near the core that name it.
    paths: Vec<Piece<Vec<String>>>,
    /// The files of generic code that hold the name of a hook.
    holding: Piece<Vec<String>>,
    generic: Piece<code::Code>,
    callers: Vec<Piece<Vec<callers::Caller>>>,
    archs: Vec<(String, ArchPieces)>,
    /// The tables, without cells.
    rows: Option<Piece<Vec<Row>>>,
    /// Results about architectures that are not checked.
    others: Vec<(String, Piece<Other>)>,
}

/// Finds the entry of an architecture.
fn find<'a, T>(archs: &'a [(String, T)], arch: &str) -> Option<&'a T> {
    let mut archs = archs.iter();
    archs.find(|(name, _)| name == arch).map(|(_, of)| of)
}

/// Input from an architecture that is not checked, for the whole-tree lints and the tables.
#[derive(Debug)]
struct Other {
    whole: Option<Arc<whole::OfArch>>,
    cells: Vec<Cell>,
}

/// Everything computed for one architecture.
struct Made {
    /// By feature.
    on: Vec<OnArch>,
    diagnostics: Vec<Diagnostic>,
    whole: Option<Arc<whole::OfArch>>,
    unread: Option<Unread>,
    cells: Option<Vec<Cell>>,
    kept: Option<ArchPieces>,
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
            compared: Compared::default(),
            stands: true,
            valid: None,
            before: None,
            given: None,
            kept: None,
            writer: None,
        }
    }

    /// Goes on from the pieces of an earlier run, which asked the same question about the same tree, except for texts that have changed
    /// since. Only for one tree, of which no tables are asked.
    #[must_use]
    pub fn with_kept(mut self, kept: Option<Box<Kept>>) -> Self {
        let can_go_on = self.can_be_kept();
        self.kept = kept.filter(|kept| can_go_on && kept.is_of_use());
        self
    }

    /// Gives the pieces of the check of one tree to `keep`.
    #[must_use]
    pub fn keeping(mut self, keep: Option<Arc<dyn Keep>>) -> Self {
        let keep = keep.filter(|_| self.can_be_kept() && self.kept.is_none());
        self.writer = keep.map(Writer::new);
        self
    }

    /// Whether the pieces are such as can outlast the run.
    fn can_be_kept(&self) -> bool {
        !self.keeps && self.tables.is_none() && self.search == Search::Near
    }

    /// For several trees, most of whose files are the same.
    pub fn for_series(specs: &'s [Spec], search: Search) -> Self {
        Self {
            keeps: true,
            ..Self::once(specs, search)
        }
    }

    /// Takes the Kconfig files that `store` has from there; they are those of the base of the trees to come.
    #[must_use]
    pub fn with_sources(mut self, store: &Arc<sources::Store>) -> Self {
        self.sources = store.clone();
        self
    }

    /// Ends with [`CheckError::Stopped`] soon after the counter has another value than this one.
    #[must_use]
    pub fn while_it_is(mut self, counter: &Arc<AtomicU64>, value: u64) -> Self {
        self.valid = Some((counter.clone(), value));
        self
    }

    /// Makes the models of each tree whose Kconfig files changed anew, whatever rests on them: what is said then is never different, and
    /// takes longer.
    #[must_use]
    pub fn with_own_models(mut self) -> Self {
        self.stands = false;
        self
    }

    /// Takes the models of another checker, which has just checked the same tree with models of its own, and goes on from what one like
    /// this one knew of an earlier tree.
    #[must_use]
    pub fn with_models_of(mut self, other: &Checker<'_>, memory: Memory) -> Self {
        let archs = other.before.iter().flat_map(|before| &before.archs);
        let models = archs.map(|(arch, of)| (arch.clone(), of.model.clone()));
        self.given = Some(Given {
            models: models.collect(),
            known: memory.known,
        });
        self.keeps = true;
        self.before = memory.before;
        self.files = memory.files;
        self
    }

    /// The knowledge of the checker, without its models.
    pub fn into_memory(mut self) -> Memory {
        let mut memory = Memory {
            before: self.before.take(),
            files: self.files,
            ..Memory::default()
        };
        let archs = memory.before.iter_mut();
        let archs = archs.flat_map(|before| std::mem::take(&mut before.archs));
        memory.known = archs.map(|(arch, of)| (arch, of.parts)).collect();
        if memory.known.is_empty() {
            // The check was ended.
            memory.known = self.given.map_or_else(Vec::new, |given| given.known);
        }
        memory
    }

    fn go_on(&self) -> Result<(), CheckError> {
        match &self.valid {
            Some((counter, value)) if counter.load(Ordering::Relaxed) != *value => {
                Err(CheckError::Stopped)
            }
            _ => Ok(()),
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
            .filter(|path| is_c(path) && callers::is_of_kernel(path))
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

    /// The models of the tree that was checked last, where they are kept. Those that the check did without are made now.
    pub fn models(&self) -> impl Iterator<Item = &Model> {
        self.built().into_iter().map(|built| built.model())
    }

    /// The models of another tree with the same base, each made when somebody asks. Of an architecture whose files are the same in both
    /// it is the one that is kept.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub fn models_of<'c>(&'c self, tree: &'c Tree) -> Result<Earlier<'c>, CheckError> {
        let kept = self.before.as_ref().map(|before| earlier::Kept {
            tree: &before.tree,
            version: &before.version,
            archs: before
                .archs
                .iter()
                .map(|(arch, of)| (&**arch, &of.model, &of.standing))
                .collect(),
        });
        Earlier::new(tree, &self.sources, kept)
    }

    fn built(&self) -> Vec<&Arc<Built>> {
        let Some(before) = &self.before else {
            return Vec::new();
        };
        let archs = before.archs.par_iter();
        archs
            .map(|(_, of)| {
                let built = &of.model.value;
                of.standing.exact(built, || {
                    let sources = Sources::sharing(&before.tree, &self.sources);
                    built.again(&sources, &before.version)
                })
            })
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
        let mut before = self.before.take();
        let outcome = self.check_next(&mut before, tree, architectures, done);
        if outcome.is_err() && self.given.is_some() {
            // It took no part of what was known.
            self.before = before;
        }
        outcome
    }

    fn check_next(
        &mut self,
        before: &mut Option<Before>,
        tree: &Tree,
        architectures: &[String],
        done: &mut dyn FnMut(&'static str),
    ) -> Result<Outcome, CheckError> {
        let specs: Vec<&Spec> = self.specs.iter().collect();
        headers::require_entry_headers(tree, &specs)?;
        let version = Version::of(tree)?;
        if before
            .as_ref()
            .is_some_and(|before| !before.tree.has_base_of(tree))
        {
            // Stamps tell texts apart for one base only.
            (self.sources, self.files) = (Arc::default(), Arc::default());
        }
        before.take_if(|before| !before.tree.has_base_of(tree) || before.version != version);
        let terms = self.specs.iter().flat_map(|spec| &spec.kconfig);
        let terms: Vec<&str> = terms.map(|term| &*term.symbol).collect();
        let kept = self.kept.take();
        let kept = kept.map(|kept| Reader::new(*kept, tree, &terms));
        if let Some(kept) = &kept {
            let shared = kept.shared();
            *before = Some(Before {
                tree: tree.clone(),
                version: version.clone(),
                survey: None,
                near: shared.near,
                paths: shared.paths,
                holding: shared.holding,
                generic: shared.generic,
                callers: shared.callers,
                archs: Vec::new(),
                rows: None,
                others: Vec::new(),
            });
        }
        let mut of_archs_before = before
            .as_mut()
            .map_or_else(Vec::new, |before| std::mem::take(&mut before.archs));
        let before = before.as_ref();
        let changes: Option<Vec<Change>> = match &kept {
            Some(kept) => Some(
                kept.changed()
                    .iter()
                    .map(|path| Change::of_text(path))
                    .collect(),
            ),
            None => before.map(|before| before.tree.changes(tree)),
        };
        let step = before.zip(changes.as_deref());
        let step = step.map(|(before, changes)| Step {
            before: &before.tree,
            changes,
        });
        let view = View { tree, step };
        let sources = Sources::sharing(tree, &self.sources);
        if step.is_none() && self.given.is_none() {
            sources.preload(architectures);
        }
        done("kconfig");
        let cache = Cache::sharing(tree, &self.files);
        let names = entries::hooks(self.specs);
        let names = cache.wanted(&names);
        let survey = self.survey(view, before, &cache)?;
        let near = match &survey {
            Some(_) => None,
            None => {
                let known = before.and_then(|before| before.near.as_ref());
                let before = known.zip(changes.as_deref());
                Some(Near::find(&cache, &specs, &self.besides, &names, before)?)
            }
        };
        let known = before.map(|before| &before.holding);
        let holding = view.piece(None, &[], |_| {
            let before = known.map(|known| known.value.as_slice());
            code::holding(&cache, &names, before.zip(changes.as_deref()))
        })?;
        let holding = holding.or(known);
        let known = before.map(|before| &before.generic);
        let generic = view.piece(known, &[holding.content()], |view| {
            code::generic_in(&cache.through(view), &names, &holding.value)
        })?;
        let generic = generic.or(known);
        let mut paths = Vec::new();
        let mut callers = Vec::new();
        for (index, spec) in specs.iter().enumerate() {
            let known = before.and_then(|before| before.callers.get(index));
            let of_feature = match (&survey, &near) {
                (Some(survey), _) => view.piece(known, &[survey.content()], |view| {
                    let paths = &survey.value.named[index];
                    Ok::<_, CheckError>(callers::in_files(&cache.through(view), spec, paths))
                })?,
                (None, near) => {
                    let near = near.as_ref();
                    let named = view.piece(None, &[], |_| {
                        let named = near.map(|near| near.of_feature(index, spec));
                        Ok::<_, CheckError>(named.unwrap_or_default())
                    })?;
                    let named = named.or(before.and_then(|before| before.paths.get(index)));
                    let of_feature = view.piece(known, &[named.content()], |view| {
                        let cache = cache.through(view);
                        Ok::<_, CheckError>(callers::in_near_files(&cache, spec, &named.value))
                    })?;
                    paths.push(named);
                    of_feature
                }
            };
            callers.push(of_feature.or(known));
        }
        done("callers");
        let rows = match &self.tables {
            Some(tables) => {
                let known = before.and_then(|before| before.rows.as_ref());
                let rows = view.piece(known, &[], |view| tables.rows(view, self.specs))?;
                Some(rows.or(known))
            }
            None => None,
        };
        let rows_now = self.tables.as_ref().zip(rows.as_ref());
        let with_known: Vec<(&String, Option<ArchPieces>)> = architectures
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
        let make = |(arch, mut known): (&String, Option<ArchPieces>)| {
            if let Some(kept) = &kept {
                if let Some((on, diagnostics, unread)) = kept.facts(arch, &generic, &callers) {
                    return Ok(Made {
                        on,
                        diagnostics,
                        whole: None,
                        unread,
                        cells: None,
                        kept: None,
                    });
                }
                let recipe = Recipe {
                    tree: tree.clone(),
                    sources: self.sources.clone(),
                    version: version.clone(),
                };
                known = kept.pieces(arch, recipe);
            }
            let of = self.arch_pieces(view, arch, known, (&version, rows_now), &shared)?;
            if let Some(writer) = &self.writer {
                writer.arch(arch, &of);
            }
            let on = of.parts.features.iter().map(|of| OnArch {
                arch: arch.clone(),
                symbols: of.symbols.value.clone(),
                support: of.support.value.clone(),
                headers: of.headers.value.clone(),
                proof: of.proof.value.clone(),
                units: of.units.value.clone(),
                contract: of.contract.value.clone(),
            });
            Ok(Made {
                on: on.collect(),
                diagnostics: of.model.value.diagnostics.clone(),
                whole: of.model.value.whole.clone(),
                unread: of.model.value.unread.clone(),
                cells: of.parts.cells.as_ref().map(|cells| (*cells.value).clone()),
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
        if let Some(writer) = &self.writer {
            let shared = kept::Shared {
                near: near.as_ref(),
                paths: &paths,
                holding: &holding,
                generic: &generic,
                callers: &callers,
            };
            writer.end(&shared, &sources);
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
            let archs: Vec<OnArch> = of_archs.iter_mut().filter_map(Iterator::next).collect();
            let is_declared = archs.iter().any(|on| !on.symbols.declarations.is_empty());
            let declared_elsewhere = !is_declared
                && tree.architectures()?.len() > archs.len()
                && !declared::only(std::slice::from_ref(spec), std::iter::once(tree))?.is_empty();
            let subject = Subject {
                spec,
                unread: !outcome.unread.is_empty(),
                declared_elsewhere,
                stale: markers::in_generic_code(tree, spec, &callers.value)?,
                callers: callers.value.clone(),
                archs,
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
                    let known = before.and_then(|before| find(&before.others, arch));
                    let inputs: Vec<_> = rows.iter().map(Piece::content).collect();
                    let of = view.piece(known, &inputs, |view| {
                        let sources = Sources::sharing(view, &self.sources);
                        let built = build(&sources, arch, &version, self.search);
                        let cells = match rows_now {
                            Some((tables, rows)) => {
                                tables.cells(&sources, built.model(), &rows.value)?
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
        if let Some(rows) = &rows {
            let of_others = others.iter();
            columns.extend(of_others.map(|(arch, of)| (arch.clone(), of.value.cells.clone())));
            let matrix =
                Matrix::from_columns((*rows.value).clone(), columns, outcome.unread.clone());
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
                paths,
                holding,
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

    /// The survey of all files of the tree, if it is asked for.
    fn survey(
        &self,
        view: View<'_>,
        before: Option<&Before>,
        cache: &Cache<'_>,
    ) -> Result<Option<Piece<whole::Survey>>, CheckError> {
        if self.search == Search::Near {
            return Ok(None);
        }
        let known = before.and_then(|before| before.survey.as_ref());
        let survey = view.piece(known, &[], |view| {
            let features = self.specs.iter();
            let features = features.map(|spec| search::stems(cache, spec)).collect();
            let features = Groups::new(features);
            let sources = Sources::sharing(view, &self.sources);
            let before = known.map(|known| &*known.value);
            whole::Survey::read(view, &sources, &features, before)
        });
        survey.map(Some)
    }

    /// The pieces of one architecture, those of the tree before where they hold.
    fn arch_pieces(
        &self,
        view: View<'_>,
        arch: &str,
        known: Option<ArchPieces>,
        (version, rows): (&Version, Option<TablesNow<'_>>),
        shared: &Shared<'_>,
    ) -> Result<ArchPieces, CheckError> {
        let mut parts = Parts::default();
        if let Some(given) = &self.given
            && let Some(model) = find(&given.models, arch)
        {
            let known = find(&given.known, arch).unwrap_or(&parts);
            let parts = self.parts(view, arch, model, known, rows, shared)?;
            return Ok(ArchPieces {
                model: model.clone(),
                standing: Standing::default(),
                parts,
            });
        }
        if let Some(known) = known {
            parts = known.parts;
            let of_model = self.holding(view, (known.model, known.standing), rows);
            if let Some((model, mut standing)) = of_model {
                let now = self.parts(view, arch, &model, &parts, rows, shared)?;
                if standing.take_up(&model.value) {
                    return Ok(ArchPieces {
                        model,
                        standing,
                        parts: now,
                    });
                }
            }
        }
        let is_kept = self.keeps || self.writer.is_some();
        // The new model can have the memory of the one before.
        let model = view.piece(None, &[], |view| {
            let sources = Sources::sharing(view, &self.sources);
            let built = build(&sources, arch, version, self.search);
            Ok::<_, CheckError>(
                match is_kept && self.stands && self.search == Search::Near {
                    true => built.note_lookups(),
                    false => built,
                },
            )
        })?;
        let parts = self.parts(view, arch, &model, &parts, rows, shared)?;
        let mut standing = Standing::default();
        standing.take_up(&model.value);
        Ok(ArchPieces {
            model,
            standing,
            parts,
        })
    }

    /// The model of the tree before, if it holds or may stand for that of this one.
    fn holding(
        &self,
        view: View<'_>,
        (mut model, mut standing): (Piece<Built>, Standing),
        rows: Option<TablesNow<'_>>,
    ) -> Option<(Piece<Built>, Standing)> {
        standing.settle(&mut model);
        // Others have looked for names since then.
        if let Some(lookups) = &model.value.lookups {
            lookups.take();
        }
        if let Some(held) = view.held(Some(&model), &[]) {
            return Some((held, standing));
        }
        let terms = self.specs.iter().flat_map(|spec| &spec.kconfig);
        let terms: Vec<&str> = terms.map(|term| &*term.symbol).collect();
        let of_rows = rows.map_or(&[][..], |(_, rows)| &rows.value);
        let of_rows = of_rows.iter().filter_map(|row| row.spec.as_ref());
        let of_rows = of_rows.flat_map(|spec| &spec.kconfig);
        let of_rows: Vec<&str> = of_rows.map(|term| &*term.symbol).collect();
        let question = Question {
            view,
            sources: &Sources::sharing(view.tree, &self.sources),
            compared: &self.compared,
            model: &model,
            standing: &standing,
            terms: &terms,
            of_rows: &of_rows,
        };
        let differing = question.differing()?;
        Some((model, standing.with(differing)))
    }

    /// The pieces that are made from a model, those of the tree before where they hold.
    fn parts(
        &self,
        view: View<'_>,
        arch: &str,
        model: &Piece<Built>,
        known: &Parts,
        rows: Option<TablesNow<'_>>,
        shared: &Shared<'_>,
    ) -> Result<Parts, CheckError> {
        let cache = shared.cache;
        // Most pieces of a later run hold, and then nobody asks the model.
        let (prepared, engine, undeclared) = (OnceCell::new(), OnceCell::new(), OnceCell::new());
        let prepare = || prepared.get_or_init(|| Prepared::new(model.value.model()));
        let ask = || engine.get_or_init(|| RefCell::new(Engine::new(prepare())));
        let undeclared_targets = || -> &[SymbolId] {
            undeclared.get_or_init(|| symbols::undeclared_targets(model.value.model()))
        };
        let mut entries = Vec::new();
        for (names, functions) in entries::by_entry(self.specs, arch) {
            let key = names.join(" ");
            let presence = view.piece(find(&known.entries, &key), &[], |view| {
                let cache = cache.through(view);
                Ok::<_, CheckError>(headers::defined(&cache, arch, &names, &functions))
            })?;
            let presence = presence.or(find(&known.entries, &key));
            entries.push((key, presence));
        }
        let mut of_specs = Vec::new();
        for (index, spec) in self.specs.iter().enumerate() {
            self.go_on()?;
            of_specs.push(feature::defined(
                view,
                spec,
                arch,
                &entries,
                known.features.get(index),
            )?);
        }
        let is_open = |(spec, defined): (&Spec, &Piece<Option<Presence>>)| {
            let defined = defined.value.as_ref().as_ref();
            contract::is_open(spec, &shared.generic.value, defined)
        };
        let open: Vec<bool> = self.specs.iter().zip(&of_specs).map(is_open).collect();
        let code = match open.contains(&true) {
            true => {
                let code = view.piece(known.code.as_ref(), &[], |view| {
                    code::of_arch(&cache.through(view), shared.names, arch)
                })?;
                Some(code.or(known.code.as_ref()))
            }
            false => None,
        };
        let mut features = Vec::new();
        for (index, (spec, defined)) in self.specs.iter().zip(of_specs).enumerate() {
            self.go_on()?;
            let Some(callers) = shared.callers.get(index) else {
                unreachable!("invariant: every feature has its callers, be they none");
            };
            let of = FeatureOnArch {
                view,
                cache,
                spec,
                model,
                engine: &ask,
                callers,
                undeclared: &undeclared_targets,
                names: shared.names,
                generic: shared.generic,
                code: code.as_ref(),
            };
            // A feature may be of the other kind in this tree.
            let known = known.features.get(index);
            let known = known.filter(|of| of.is_open == open[index]);
            features.push(match open[index] {
                true => of.contract_pieces(defined, known)?,
                false => of.pieces(defined, known)?,
            });
        }
        let cells = match rows {
            Some((tables, rows)) => {
                let inputs = [model.content(), rows.content()];
                Some(view.piece(known.cells.as_ref(), &inputs, |view| {
                    let sources = Sources::sharing(view, &self.sources);
                    tables.cells(&sources, model.value.model(), &rows.value)
                })?)
            }
            None => None,
        };
        Ok(Parts {
            cells,
            entries,
            code,
            features,
        })
    }
}

impl Models for Checker<'_> {
    fn all(&self) -> Vec<&Model> {
        self.models().collect()
    }

    fn declares(&self, name: &str) -> bool {
        let archs = self.before.iter().flat_map(|before| &before.archs);
        let mut archs = archs.map(|(_, of)| of);
        archs.any(|of| of.standing.declares(&of.model.value, name))
    }
}

/// The tables, and their rows in the tree.
type TablesNow<'a> = (&'a Tables, &'a Piece<Vec<Row>>);

/// The state that all architectures share.
struct Shared<'a> {
    cache: &'a Cache<'a>,
    names: &'a Wanted,
    generic: &'a Piece<code::Code>,
    callers: &'a [Piece<Vec<callers::Caller>>],
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
