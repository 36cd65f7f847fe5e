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
//! | `generic` | the pieces that all architectures share |
//! | [`kept`] | pieces that outlast the run |
//! | `standing` | whether the model of one tree may stand for that of a later one |

mod arch;
mod built;
mod earlier;
mod feature;
mod generic;
pub mod kept;
mod piece;
mod standing;

use std::cell::{OnceCell, RefCell};
use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use rayon::prelude::*;

use crate::check::change::models::Models;
use crate::check::conclude;
use crate::check::error::CheckError;
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
use generic::GenericCode;
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
    generic: GenericCode,
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

    /// The C files that were read, and what was found out about them.
    pub fn files(&self) -> &Arc<cache::Store> {
        &self.files
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
        let kept = self.kept.take();
        let kept = kept.map(|kept| Reader::new(*kept, tree, &self.symbols()));
        if let Some(kept) = &kept {
            *before = Some(Before {
                tree: tree.clone(),
                version: version.clone(),
                survey: None,
                generic: kept.generic_code(),
                archs: Vec::new(),
                rows: None,
                others: Vec::new(),
            });
        }
        let known = before
            .as_mut()
            .map(|before| std::mem::take(&mut before.archs));
        let before = before.as_ref();
        let changes: Option<Vec<Change>> = match &kept {
            Some(kept) => {
                let changed = kept.changed().iter();
                Some(changed.map(|path| Change::of_text(path)).collect())
            }
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
        let names = cache.wanted(&entries::hooks(self.specs));
        let survey = self.survey(view, before, &cache)?;
        let asked = generic::Asked {
            view,
            cache: &cache,
            specs: &specs,
            names: &names,
            besides: &self.besides,
            survey: survey.as_ref(),
        };
        let known_of_generic = before.map(|before| &before.generic);
        let generic = GenericCode::find(&asked, known_of_generic.zip(changes.as_deref()))?;
        done("callers");
        let rows = match &self.tables {
            Some(tables) => {
                let known = before.and_then(|before| before.rows.as_ref());
                let rows = view.piece(known, &[], |view| tables.rows(view, self.specs))?;
                Some(rows.or(known))
            }
            None => None,
        };
        let shared = Shared {
            view,
            version: &version,
            cache: &cache,
            names: &names,
            generic: &generic,
            rows: self.tables.as_ref().zip(rows.as_ref()),
        };
        let made = self.architectures(
            &shared,
            architectures,
            known.unwrap_or_default(),
            kept.as_ref(),
        )?;
        if let Some(writer) = &self.writer {
            writer.end(&generic, &sources);
        }
        done("architectures");
        let (mut outcome, of_archs) = collected(made, architectures);
        self.conclude(&shared, of_archs.on, &mut outcome)?;
        one_finding_per_conflict(&mut outcome.findings);
        let others = self.others(&shared, survey.is_some(), before, architectures)?;
        if let Some(survey) = &survey {
            let of_others = others.iter().filter_map(|(_, of)| of.value.whole.clone());
            let wholes: Vec<_> = of_archs.wholes.into_iter().chain(of_others).collect();
            let of_others = others.iter().map(|(arch, _)| arch.clone());
            let archs: Vec<String> = architectures.iter().cloned().chain(of_others).collect();
            let facts = survey.value.facts(tree, (&wholes, &archs))?;
            lints::run_tree(&facts, architectures, &mut outcome.findings);
        }
        if let Some(rows) = &rows {
            let of_others = others.iter();
            let of_others = of_others.map(|(arch, of)| (arch.clone(), of.value.cells.clone()));
            let columns = of_archs.columns.into_iter().chain(of_others).collect();
            let matrix =
                Matrix::from_columns((*rows.value).clone(), columns, outcome.unread.clone());
            compare_tables(matrix, architectures, &mut outcome);
        }
        let findings = std::mem::take(&mut outcome.findings);
        let (pedantic, findings): (Vec<_>, Vec<_>) = findings
            .into_iter()
            .partition(|finding| finding.level == Level::Allow);
        outcome.findings = findings;
        outcome.pedantic.extend(pedantic);
        diag::sort(&mut outcome.findings);
        diag::sort(&mut outcome.pedantic);
        if self.keeps {
            self.before = Some(Before {
                tree: tree.clone(),
                version,
                survey,
                generic,
                archs: of_archs.kept,
                rows,
                others,
            });
        }
        done("lints");
        Ok(outcome)
    }

    /// The symbols of the features.
    fn symbols(&self) -> Vec<&'s str> {
        let terms = self.specs.iter().flat_map(|spec| &spec.kconfig);
        terms.map(|term| &*term.symbol).collect()
    }

    /// Makes the pieces of all architectures. `known` are those of the tree before, `kept` those of an earlier run.
    fn architectures(
        &self,
        shared: &Shared<'_>,
        architectures: &[String],
        mut known: Vec<(String, ArchPieces)>,
        kept: Option<&Reader>,
    ) -> Result<Vec<Made>, CheckError> {
        let of_arch = |arch| {
            let mut of_arch = known.extract_if(.., |(name, _)| name == arch);
            (arch, of_arch.next().map(|(_, of)| of))
        };
        let left: Vec<_> = architectures.iter().map(of_arch).collect();
        // Threads beyond the processors would only fill the memory.
        let processors = std::thread::available_parallelism().map_or(1, usize::from);
        let at_once = match self.keeps {
            true => left.len(),
            false => left.len().min(MODELS_AT_ONCE).min(processors),
        };
        let queue = Mutex::new(left.into_iter().enumerate());
        let next = || {
            let mut queue = queue.lock().unwrap_or_else(PoisonError::into_inner);
            queue.next()
        };
        let work = |_| -> Result<Vec<(usize, Made)>, CheckError> {
            let mut made = Vec::new();
            while let Some((index, (arch, known))) = next() {
                made.push((index, self.made(shared, arch, known, kept)?));
            }
            Ok(made)
        };
        let made = (0..at_once).into_par_iter().with_max_len(1).map(work);
        let made = made.collect::<Result<Vec<_>, CheckError>>()?;
        let mut made: Vec<(usize, Made)> = made.into_iter().flatten().collect();
        made.sort_by_key(|(index, _)| *index);
        Ok(made.into_iter().map(|(_, made)| made).collect())
    }

    /// Makes the pieces of one architecture, or takes what was kept of it.
    fn made(
        &self,
        shared: &Shared<'_>,
        arch: &str,
        mut known: Option<ArchPieces>,
        kept: Option<&Reader>,
    ) -> Result<Made, CheckError> {
        if let Some(kept) = kept {
            if let Some((on, diagnostics, unread)) = kept.facts(arch, shared.generic) {
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
                tree: shared.view.tree.clone(),
                sources: self.sources.clone(),
                version: shared.version.clone(),
            };
            known = kept.pieces(arch, recipe);
        }
        let of = self.arch_pieces(arch, known, shared)?;
        if let Some(writer) = &self.writer {
            writer.arch(arch, &of);
        }
        let features = of.parts.features.iter();
        Ok(Made {
            on: features.map(|feature| feature.on(arch)).collect(),
            diagnostics: of.model.value.diagnostics.clone(),
            whole: of.model.value.whole.clone(),
            unread: of.model.value.unread.clone(),
            cells: of.parts.cells.as_ref().map(|cells| (*cells.value).clone()),
            // Only as many models exist at a time as are made at once, where nobody needs them again.
            kept: self.keeps.then_some(of),
        })
    }

    /// The step from the facts of each feature to its verdicts and findings.
    fn conclude(
        &self,
        shared: &Shared<'_>,
        mut of_archs: Vec<std::vec::IntoIter<OnArch>>,
        outcome: &mut Outcome,
    ) -> Result<(), CheckError> {
        let tree = shared.view.tree;
        for (spec, callers) in self.specs.iter().zip(&shared.generic.callers) {
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
                generic: headers::in_entry_header(shared.cache, spec)?,
            };
            conclude::conclude(subject, outcome);
        }
        Ok(())
    }

    /// The pieces of architectures that are not checked, for the survey and the tables: a symbol may be declared by one that nobody asked
    /// for, and a table is about all of them.
    fn others(
        &self,
        shared: &Shared<'_>,
        is_survey: bool,
        before: Option<&Before>,
        architectures: &[String],
    ) -> Result<Vec<(String, Piece<Other>)>, CheckError> {
        if !is_survey && shared.rows.is_none() {
            return Ok(Vec::new());
        }
        let mut names = shared.view.tree.architectures()?;
        names.retain(|arch| !architectures.contains(arch));
        let other = |arch: &String| {
            let known = before.and_then(|before| find(&before.others, arch));
            let inputs: Vec<_> = shared.rows.iter().map(|(_, rows)| rows.content()).collect();
            let of = shared.view.piece(known, &inputs, |view| {
                let sources = Sources::sharing(view, &self.sources);
                let built = build(&sources, arch, shared.version, self.search);
                let cells = match shared.rows {
                    Some((tables, rows)) => tables.cells(&sources, built.model(), &rows.value)?,
                    None => Vec::new(),
                };
                let whole = built.whole;
                Ok::<_, CheckError>(Other { whole, cells })
            })?;
            Ok((arch.clone(), of))
        };
        names.par_iter().map(other).collect()
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
        arch: &str,
        known: Option<ArchPieces>,
        shared: &Shared<'_>,
    ) -> Result<ArchPieces, CheckError> {
        let (view, rows) = (shared.view, shared.rows);
        let mut parts = Parts::default();
        if let Some(given) = &self.given
            && let Some(model) = find(&given.models, arch)
        {
            let known = find(&given.known, arch).unwrap_or(&parts);
            let parts = self.parts(arch, model, known, shared)?;
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
                let now = self.parts(arch, &model, &parts, shared)?;
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
            let built = build(&sources, arch, shared.version, self.search);
            Ok::<_, CheckError>(
                match is_kept && self.stands && self.search == Search::Near {
                    true => built.note_lookups(),
                    false => built,
                },
            )
        })?;
        let parts = self.parts(arch, &model, &parts, shared)?;
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
        let terms = self.symbols();
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
        arch: &str,
        model: &Piece<Built>,
        known: &Parts,
        shared: &Shared<'_>,
    ) -> Result<Parts, CheckError> {
        let (view, cache) = (shared.view, shared.cache);
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
        let (mut of_specs, mut alone) = (Vec::new(), 0);
        for (index, spec) in self.specs.iter().enumerate() {
            self.go_on()?;
            let known = known.features.get(index);
            let both = (view, cache);
            let defined = feature::defined(both, spec, arch, &entries, known, &mut alone)?;
            of_specs.push(defined);
        }
        let is_open = |(spec, defined): (&Spec, &Piece<Option<Presence>>)| {
            let defined = defined.value.as_ref().as_ref();
            contract::is_open(spec, &shared.generic.code.value, defined)
        };
        let open: Vec<bool> = self.specs.iter().zip(&of_specs).map(is_open).collect();
        let mut of_each = self.specs.iter().zip(&of_specs);
        let has_promise = of_each.any(|(spec, defined)| {
            contract::promises_bodies(spec, defined.value.as_ref().as_ref())
        });
        let code = match open.contains(&true) || has_promise {
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
            let Some(callers) = shared.generic.callers.get(index) else {
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
                generic: &shared.generic.code,
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
        let cells = match shared.rows {
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
    view: View<'a>,
    version: &'a Version,
    cache: &'a Cache<'a>,
    names: &'a Wanted,
    generic: &'a GenericCode,
    rows: Option<TablesNow<'a>>,
}

/// Everything computed for all architectures, by what it is for.
struct OfArchs {
    /// By architecture: its facts, feature by feature.
    on: Vec<std::vec::IntoIter<OnArch>>,
    wholes: Vec<Arc<whole::OfArch>>,
    columns: Vec<(String, Vec<Cell>)>,
    kept: Vec<(String, ArchPieces)>,
}

/// Sorts what was computed for each architecture; what is wrong with the Kconfig files is in the outcome already.
fn collected(made: Vec<Made>, architectures: &[String]) -> (Outcome, OfArchs) {
    let (mut diagnostics, mut unread) = (Vec::new(), Vec::new());
    let mut of_archs = OfArchs {
        on: Vec::new(),
        wholes: Vec::new(),
        columns: Vec::new(),
        kept: Vec::new(),
    };
    for (arch, made) in architectures.iter().zip(made) {
        unread.extend(made.unread.map(|unread| (arch.clone(), unread)));
        diagnostics.push(made.diagnostics);
        of_archs.on.push(made.on.into_iter());
        of_archs.wholes.extend(made.whole);
        let cells = made.cells.map(|cells| (arch.clone(), cells));
        of_archs.columns.extend(cells);
        of_archs.kept.extend(made.kept.map(|of| (arch.clone(), of)));
    }
    let outcome = Outcome {
        findings: merge(diagnostics, architectures),
        unread,
        ..Outcome::default()
    };
    (outcome, of_archs)
}

/// Adds what the lints say of the tables, as far as it is about an architecture that was asked for and no finding says so already.
fn compare_tables(matrix: Matrix, architectures: &[String], outcome: &mut Outcome) {
    let mut of_tables = lints::run_tables(&matrix);
    of_tables.retain(|finding| {
        let archs = &finding.archs;
        let is_meant = archs.is_empty() || archs.iter().any(|arch| architectures.contains(arch));
        let mut findings = outcome.findings.iter();
        is_meant && !findings.any(|known| conclude::says_so(known, finding))
    });
    outcome.findings.append(&mut of_tables);
    outcome.matrix = Some(matrix);
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
