//! Owns the pieces of a check in the form in which they outlast the run, and the way back: a later run of the same question works out anew
//! only what the files bear on that have changed since.
//!
//! The files that were read for a piece become a number ([`ReadSets`]), as most pieces share it with others. Models are not
//! kept: of an architecture on which nothing bears only the facts are taken, and the model of another one is made when a piece asks for
//! it; where only plain entries of Kconfig files differ that nothing rests on, the old one stands (`models`). Only texts of files may have changed; whoever finds that one came or went starts anew. It must not know how the forms are written.

mod models;

use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};

use rustc_hash::{FxHashMap, FxHashSet};
use serde::{Deserialize, Serialize};

use super::arch::{ArchPieces, Parts};
use super::built::{Built, Recipe};
use super::feature::{FeaturePieces, Found};
use super::generic::GenericCode;
use super::piece::{Content, Piece, PieceParts};
use super::standing::Standing;
use crate::check::feature::near::Near;
use crate::check::feature::subject::OnArch;
use crate::check::feature::{callers, code, exports, headers, objects, undefs};
use crate::check::lints;
use crate::cpp::presence::Presence;
use crate::diag::Diagnostic;
use crate::kconfig::model::Unread;
use crate::kconfig::sources::{Source, Sources};
use crate::tree::reads::{Asked, Part, Reads};
use crate::tree::{Change, Tree};

pub use models::Models;
use models::{Collected, Differences, ModelForm};

/// The file that says which release a tree is of; no piece holds for another one.
const VERSION: &str = "Makefile";

/// Takes the pieces of a check while it is made. Threads share it.
pub trait Keep: Debug + Send + Sync {
    /// Takes the pieces of one architecture.
    fn arch(&self, arch: &str, facts: &ArchFacts, rest: &ArchRest);

    /// Takes the rest. It is called once, at the end.
    fn end(&self, end: &End<'_>);
}

/// Holds what is kept of a check besides the pieces of each architecture.
#[derive(Debug)]
pub struct End<'a> {
    /// The pieces that all architectures share.
    pub shared: &'a SharedPieces,
    /// Holds what is known of the models.
    pub models: &'a Models,
    /// Holds what was read for all pieces.
    pub reads: &'a ReadSets,
    /// The Kconfig files whose texts will be compared with those of a later tree.
    pub texts: &'a [Arc<Source>],
}

/// The pieces of an earlier run.
pub struct Kept {
    /// The pieces that all architectures share.
    pub shared: SharedPieces,
    /// The pieces of each architecture.
    pub archs: Vec<KeptArch>,
    /// The files whose texts are other ones than those that were read then.
    pub changed: Vec<String>,
    /// Each of them that was read then, with the sets of files that it is in.
    pub sets: Vec<(String, FxHashSet<u32>)>,
    /// Reads what is known of the models; nothing where it is damaged.
    pub models: Box<dyn Fn() -> Option<Models> + Send + Sync>,
    /// Reads the text that a changed Kconfig file had then, where it was kept.
    pub old_text: Box<OldText>,
}

/// Reads a text by its path.
pub type OldText = dyn Fn(&str) -> Option<String> + Send + Sync;

impl Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Kept")
            .field("changed", &self.changed)
            .finish_non_exhaustive()
    }
}

impl Kept {
    /// Whether the pieces may serve at all.
    pub fn is_of_use(&self) -> bool {
        !self.changed.iter().any(|path| path == VERSION)
    }
}

/// The pieces of one architecture.
pub struct KeptArch {
    /// The directory below `arch/`.
    pub arch: String,
    /// Holds what the lints look at.
    pub facts: ArchFacts,
    /// Reads the rest, which is seldom needed; nothing where it is damaged.
    pub rest: Box<dyn Fn() -> Option<ArchRest> + Send + Sync>,
}

impl Debug for KeptArch {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("KeptArch")
            .field("arch", &self.arch)
            .finish_non_exhaustive()
    }
}

/// All of a piece but its value: its identity, the pieces that it was made from, and the number of what was read for it.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Origin(Content, Box<[Content]>, u32);

/// A piece.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Form<T>(Arc<T>, Origin);

/// The pieces that all architectures share.
#[derive(Debug, Serialize, Deserialize)]
pub struct SharedPieces {
    /// How many identities of contents there are.
    count: u64,
    near: Option<Near>,
    paths: Vec<Form<Vec<String>>>,
    holding: Form<Vec<String>>,
    generic: Form<code::Code>,
    callers: Vec<Form<Vec<callers::Caller>>>,
    /// Everything that was read for some piece, by its number.
    reads: Vec<ReadForm>,
    /// The names that files were asked for.
    questions: Vec<Arc<[Box<str>]>>,
}

/// Holds what was read for a piece: the set of the texts, and of the files that were asked about the question, the set of all and the set of those
/// that hold a name; then the parts of files, each with its file, its beginning, and its text.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ReadForm(u32, Box<[(u32, u32, u32)]>, Box<[PartForm]>);

/// A part of a file: the file, where the part begins, and what it says.
type PartForm = (Box<str>, u32, Box<str>);

/// Holds what the lints look at on one architecture.
#[derive(Debug, Serialize, Deserialize)]
pub struct ArchFacts {
    /// The findings about the Kconfig files.
    #[serde(deserialize_with = "lints::read_findings")]
    problems: Vec<Diagnostic>,
    unread: Option<Unread>,
    features: Vec<OnArch>,
    /// Holds what was read for the model.
    model: u32,
    /// Everything that was read for the other pieces.
    reads: Vec<u32>,
}

/// All else that is known of one architecture.
#[derive(Debug, Serialize, Deserialize)]
pub struct ArchRest {
    model: Origin,
    entries: Vec<(String, Form<Presence>)>,
    code: Option<Form<code::Code>>,
    features: Vec<FeatureRest>,
}

#[derive(Debug, Serialize, Deserialize)]
struct FeatureRest {
    is_open: bool,
    named: Form<headers::Named>,
    defined: Form<Option<Presence>>,
    found: Origin,
    headers: Origin,
    guards: Form<headers::Guards>,
    when: Form<Option<headers::When>>,
    symbols: Origin,
    support: Origin,
    proof: Origin,
    contract: Origin,
    users: Form<Vec<exports::User>>,
    sites: Form<undefs::Sites>,
    arrivals: Form<Vec<undefs::UnitArrival>>,
    undefs: Form<Vec<undefs::Undef>>,
    lacking: Form<Vec<objects::Needed>>,
    units: Origin,
}

/// Holds what was read for pieces, each set of files once.
#[derive(Debug, Default)]
pub struct ReadSets(Mutex<Sets>);

#[derive(Debug, Default)]
struct Sets {
    files: FxHashMap<Box<str>, u32>,
    sets: FxHashMap<Box<[u32]>, u32>,
    questions: FxHashMap<Arc<[Box<str>]>, u32>,
    reads: FxHashMap<ReadForm, u32>,
}

impl Sets {
    fn set<'p>(&mut self, paths: impl Iterator<Item = &'p str>) -> u32 {
        let files = &mut self.files;
        let mut set: Vec<u32> = paths
            .map(|path| match files.get(path) {
                Some(&number) => number,
                None => {
                    let next = files.len() as u32;
                    files.insert(path.into(), next);
                    next
                }
            })
            .collect();
        set.sort_unstable();
        number(&mut self.sets, set.into())
    }
}

/// The number of something that is new, or was met before.
fn number<T: std::hash::Hash + Eq>(numbers: &mut FxHashMap<T, u32>, of: T) -> u32 {
    let next = numbers.len() as u32;
    *numbers.entry(of).or_insert(next)
}

/// Everything that has a number, in the order of the numbers.
fn in_order<T: Clone>(numbers: &FxHashMap<T, u32>) -> Vec<T> {
    let mut all: Vec<(&T, u32)> = numbers.iter().map(|(of, &number)| (of, number)).collect();
    all.sort_unstable_by_key(|(_, number)| *number);
    all.into_iter().map(|(of, _)| of.clone()).collect()
}

impl ReadSets {
    fn lock(&self) -> std::sync::MutexGuard<'_, Sets> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The number of what was read.
    fn number(&self, reads: &Reads) -> u32 {
        let mut sets = self.lock();
        let mut texts = Vec::new();
        reads.each_text(&mut |path| texts.push(Box::<str>::from(path)));
        let texts = sets.set(texts.iter().map(|path| &**path));
        let mut all = Vec::new();
        reads.each_asked(&mut |asked| {
            let question = number(&mut sets.questions, asked.names.clone());
            let [files, held] = [&asked.files, &asked.held];
            let files = sets.set(files.iter().map(|path| &**path));
            let held = sets.set(held.iter().map(|path| &**path));
            all.push((question, files, held));
        });
        let mut parts = Vec::new();
        reads.each_part(&mut |part| {
            parts.push((part.path.clone(), part.start, part.text.clone()));
        });
        parts.sort_unstable();
        number(&mut sets.reads, ReadForm(texts, all.into(), parts.into()))
    }

    /// Each file with the sets that have it.
    pub fn by_file(&self) -> Vec<(Box<str>, Vec<u32>)> {
        let locked = self.lock();
        let files = in_order(&locked.files).into_iter();
        let mut files: Vec<(Box<str>, Vec<u32>)> = files.map(|path| (path, Vec::new())).collect();
        for (number, set) in in_order(&locked.sets).iter().enumerate() {
            for &file in set {
                files[file as usize].1.push(number as u32);
            }
        }
        files
    }
}

/// Turns pieces into their forms.
#[derive(Debug)]
pub(super) struct Writer {
    keep: Arc<dyn Keep>,
    reads: ReadSets,
    models: Mutex<Collected>,
}

impl Writer {
    pub fn new(keep: Arc<dyn Keep>) -> Self {
        Self {
            keep,
            reads: ReadSets::default(),
            models: Mutex::default(),
        }
    }

    fn origin<T>(&self, piece: &Piece<T>) -> Origin {
        let PieceParts {
            content,
            inputs,
            reads,
        } = piece.parts();
        Origin(content, inputs, self.reads.number(&reads))
    }

    fn form<T>(&self, piece: &Piece<T>) -> Form<T> {
        Form(piece.value.clone(), self.origin(piece))
    }

    /// Writes the pieces of an architecture.
    pub fn arch(&self, arch: &str, pieces: &ArchPieces) {
        let Parts {
            cells: _,
            entries,
            code,
            features,
        } = &pieces.parts;
        let entries = entries.iter();
        let rest = ArchRest {
            model: self.origin(&pieces.model),
            entries: entries
                .map(|(key, entry)| (key.clone(), self.form(entry)))
                .collect(),
            code: code.as_ref().map(|code| self.form(code)),
            features: features.iter().map(|of| self.feature(of)).collect(),
        };
        let facts = features.iter().map(|of| of.on(arch));
        let built = &pieces.model.value;
        let facts = ArchFacts {
            problems: built.diagnostics.clone(),
            unread: built.unread.clone(),
            features: facts.collect(),
            model: rest.model.2,
            reads: rest.reads(),
        };
        self.keep.arch(arch, &facts, &rest);
        if let Some(form) = ModelForm::new(built, pieces.standing.roots()) {
            let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
            models.add(arch, form);
        }
    }

    fn feature(&self, of: &FeaturePieces) -> FeatureRest {
        let FeaturePieces {
            is_open,
            named,
            defined,
            found,
            headers,
            guards,
            when,
            symbols,
            support,
            proof,
            contract,
            users,
            sites,
            arrivals,
            undefs,
            lacking,
            units,
        } = of;
        FeatureRest {
            is_open: *is_open,
            named: self.form(named),
            defined: self.form(defined),
            found: self.origin(found),
            headers: self.origin(headers),
            guards: self.form(guards),
            when: self.form(when),
            symbols: self.origin(symbols),
            support: self.origin(support),
            proof: self.origin(proof),
            contract: self.origin(contract),
            users: self.form(users),
            sites: self.form(sites),
            arrivals: self.form(arrivals),
            undefs: self.form(undefs),
            lacking: self.form(lacking),
            units: self.origin(units),
        }
    }

    /// Writes what all architectures share, when they are done.
    pub fn end(&self, generic: &GenericCode, sources: &Sources<'_>) {
        let mut shared = SharedPieces {
            near: generic.near.clone(),
            paths: generic.paths.iter().map(|of| self.form(of)).collect(),
            holding: self.form(&generic.holding),
            generic: self.form(&generic.code),
            callers: generic.callers.iter().map(|of| self.form(of)).collect(),
            count: Content::count(),
            reads: Vec::new(),
            questions: Vec::new(),
        };
        let sets = self.reads.lock();
        shared.reads = in_order(&sets.reads);
        shared.questions = in_order(&sets.questions);
        drop(sets);
        let mut texts = sources.loaded();
        // Those of an architecture are not compared.
        texts.retain(|source| !source.file.path().starts_with("arch/"));
        let mut models = self.models.lock().unwrap_or_else(PoisonError::into_inner);
        self.keep.end(&End {
            shared: &shared,
            models: &models.models(&sources.all_names()),
            reads: &self.reads,
            texts: &texts,
        });
    }
}

impl ArchRest {
    /// Everything that was read for the pieces but the model.
    fn reads(&self) -> Vec<u32> {
        let mut sets = FxHashSet::default();
        sets.extend(self.entries.iter().map(|(_, entry)| entry.1.2));
        sets.extend(self.code.iter().map(|code| code.1.2));
        for of in &self.features {
            let FeatureRest {
                is_open: _,
                named,
                defined,
                found,
                headers,
                guards,
                when,
                symbols,
                support,
                proof,
                contract,
                users,
                sites,
                arrivals,
                undefs,
                lacking,
                units,
            } = of;
            let forms = [
                &named.1,
                &defined.1,
                found,
                headers,
                &guards.1,
                &when.1,
                symbols,
                support,
                proof,
                contract,
                &users.1,
                &sites.1,
                &arrivals.1,
                &undefs.1,
                &lacking.1,
                units,
            ];
            sets.extend(forms.map(|origin| origin.2));
        }
        let mut sets: Vec<u32> = sets.into_iter().collect();
        sets.sort_unstable();
        sets
    }
}

/// Turns forms back into pieces.
pub(super) struct Reader {
    kept: Kept,
    /// The first identity of those that were set aside for the contents of the earlier run.
    first: u64,
    /// By number: what was read, as far as it has changed, and whether the changes bear on it. The rest does not matter, for nothing came or
    /// went.
    reads: FxHashMap<u32, (Arc<Reads>, bool)>,
    none: Arc<Reads>,
    differences: Differences,
}

impl Reader {
    /// The pieces for a tree in which the changes have been made. `terms` are the symbols of the features.
    pub fn new(kept: Kept, tree: &Tree, terms: &[&str]) -> Self {
        let changes: Vec<Change> = kept
            .changed
            .iter()
            .map(|path| Change::of_text(path))
            .collect();
        let shared = &kept.shared;
        let mut reads = FxHashMap::default();
        for (number, ReadForm(texts, asked, parts)) in shared.reads.iter().enumerate() {
            let of = |set: &u32| {
                let files = kept.sets.iter();
                let files = files.filter(|(_, sets)| sets.contains(set));
                files.map(|(path, _)| &**path).collect::<Vec<&str>>()
            };
            let asked = asked.iter().filter_map(|(question, files, held)| {
                let files = of(files);
                let asked = Asked {
                    names: shared.questions.get(*question as usize)?.clone(),
                    held: of(held).into_iter().map(Box::from).collect(),
                    files: files.into_iter().map(Box::from).collect(),
                };
                (!asked.files.is_empty()).then_some(asked)
            });
            let (texts, asked) = (of(texts), asked.collect::<Vec<Asked>>());
            let parts = parts.iter().map(|(path, start, text)| Part {
                path: path.clone(),
                start: *start,
                text: text.clone(),
            });
            let is_changed = |part: &Part| kept.changed.iter().any(|path| **path == *part.path);
            let parts: Vec<Part> = parts.filter(is_changed).collect();
            if texts.is_empty() && asked.is_empty() && parts.is_empty() {
                continue;
            }
            let of = Reads::of_texts(texts.into_iter(), asked, parts);
            let bears = of.bear(&changes, tree, tree);
            reads.insert(number as u32, (Arc::new(of), bears));
        }
        let mut of_models = FxHashSet::default();
        for of in &kept.archs {
            if let Some((reads, _)) = reads.get(&of.facts.model) {
                reads.each_text(&mut |path| {
                    of_models.insert(path.to_owned());
                });
            }
        }
        let of_models: Vec<String> = of_models.into_iter().collect();
        let differences = Differences::new(tree, &of_models, &kept.old_text, &kept.models, terms);
        Self {
            first: Content::reserve(kept.shared.count),
            reads,
            none: Arc::default(),
            differences,
            kept,
        }
    }

    /// The files that have changed.
    pub fn changed(&self) -> &[String] {
        &self.kept.changed
    }

    fn piece_of<T>(&self, value: Arc<T>, origin: &Origin) -> Piece<T> {
        let Origin(content, inputs, reads) = origin;
        let inputs = inputs.iter().map(|input| input.in_this_run(self.first));
        let parts = PieceParts {
            content: content.in_this_run(self.first),
            inputs: inputs.collect(),
            reads: self
                .reads
                .get(reads)
                .map_or(&self.none, |(of, _)| of)
                .clone(),
        };
        Piece::with(value, parts)
    }

    fn piece<T>(&self, form: &Form<T>) -> Piece<T> {
        self.piece_of(form.0.clone(), &form.1)
    }

    /// The shared pieces.
    pub fn generic_code(&self) -> GenericCode {
        let shared = &self.kept.shared;
        GenericCode {
            near: shared.near.clone(),
            paths: shared.paths.iter().map(|of| self.piece(of)).collect(),
            holding: self.piece(&shared.holding),
            code: self.piece(&shared.generic),
            callers: shared.callers.iter().map(|of| self.piece(of)).collect(),
        }
    }

    /// Whether the model of an architecture still says the same of all that the pieces rest on.
    fn does_model_hold(&self, of: &KeptArch) -> bool {
        let Some((reads, true)) = self.reads.get(&of.facts.model) else {
            return true;
        };
        let mut paths = Vec::new();
        reads.each_text(&mut |path| paths.push(path.to_owned()));
        let paths: Vec<&str> = paths.iter().map(String::as_str).collect();
        self.differences.leave(&of.arch, &paths, &of.facts.problems)
    }

    fn arch(&self, arch: &str) -> Option<&KeptArch> {
        let mut archs = self.kept.archs.iter();
        archs.find(|of| of.arch == arch)
    }

    /// The facts of an architecture, with the findings about its Kconfig files, if nothing that they rest on is different: no file that was
    /// read for them, and no piece that all architectures share.
    pub fn facts(
        &self,
        arch: &str,
        generic: &GenericCode,
    ) -> Option<(Vec<OnArch>, Vec<Diagnostic>, Option<Unread>)> {
        let of_arch = self.arch(arch)?;
        let of = &of_arch.facts;
        let is_same = |content: &Content, form: &Origin| *content == form.0.in_this_run(self.first);
        let shared = &self.kept.shared;
        let callers = &generic.callers;
        let mut pairs = callers.iter().zip(&shared.callers);
        let bears = |reads: &u32| self.reads.get(reads).is_some_and(|(_, bears)| *bears);
        let holds = self.does_model_hold(of_arch)
            && !of.reads.iter().any(bears)
            && is_same(generic.code.content(), &shared.generic.1)
            && callers.len() == shared.callers.len()
            && of.features.len() == callers.len()
            && pairs.all(|(now, then)| is_same(now.content(), &then.1));
        if !holds {
            return None;
        }
        Some((of.features.clone(), of.problems.clone(), of.unread.clone()))
    }

    /// The pieces of an architecture; `recipe` is what its model is made of, should one ask for it.
    pub fn pieces(&self, arch: &str, recipe: Recipe) -> Option<ArchPieces> {
        let of = self.arch(arch)?;
        let (facts, rest) = (&of.facts, (of.rest)()?);
        let holds = self.does_model_hold(of);
        let built = Built::known(arch, recipe, facts.problems.clone(), facts.unread.clone());
        let mut model = self.piece_of(Arc::new(built), &rest.model);
        if holds {
            model = Piece::with(
                model.value.clone(),
                PieceParts {
                    reads: self.none.clone(),
                    ..model.parts()
                },
            );
        }
        if facts.features.len() != rest.features.len() {
            return None;
        }
        let features = rest.features.iter().zip(&facts.features);
        let entries = rest.entries.iter();
        Some(ArchPieces {
            model,
            standing: Standing::default(),
            parts: Parts {
                cells: None,
                entries: entries
                    .map(|(key, form)| (key.clone(), self.piece(form)))
                    .collect(),
                code: rest.code.as_ref().map(|code| self.piece(code)),
                features: features
                    .map(|(of, facts)| self.feature(of, facts))
                    .collect(),
            },
        })
    }

    fn feature(&self, of: &FeatureRest, facts: &OnArch) -> FeaturePieces {
        let found = Found {
            headers: facts.headers.clone(),
            guards: of.guards.0.clone(),
            when: of.when.0.clone(),
        };
        FeaturePieces {
            is_open: of.is_open,
            named: self.piece(&of.named),
            defined: self.piece(&of.defined),
            found: self.piece_of(Arc::new(found), &of.found),
            headers: self.piece_of(facts.headers.clone(), &of.headers),
            guards: self.piece(&of.guards),
            when: self.piece(&of.when),
            symbols: self.piece_of(facts.symbols.clone(), &of.symbols),
            support: self.piece_of(facts.support.clone(), &of.support),
            proof: self.piece_of(facts.proof.clone(), &of.proof),
            contract: self.piece_of(facts.contract.clone(), &of.contract),
            users: self.piece(&of.users),
            sites: self.piece(&of.sites),
            arrivals: self.piece(&of.arrivals),
            undefs: self.piece(&of.undefs),
            lacking: self.piece(&of.lacking),
            units: self.piece_of(facts.units.clone(), &of.units),
        }
    }
}
