//! Owns the work that takes a while: reading all Kconfig files of a tree, and checking it, in one thread beside the one that answers.
//!
//! Its findings are those of `check`, from the same functions. A file counts as a change from what it was when it was opened, so that
//! names and selects on edited lines are judged as `check --patch` judges those of a patch; on the other lines nothing is said that
//! `check` without a patch does not say.
//!
//! Most of the tree is the same after an edit, so the pieces of the run before are kept. An edit that comes meanwhile ends the work at
//! the next step. It must not know the protocol.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use lsp_server::{ErrorCode, RequestId};
use rustc_hash::FxHashSet;
use serde_json::Value;

use super::index::{Index, Signatures};
use super::server::{Answer, Event};
use super::{finding, hints, hover};
use crate::check::change::names::Names;
use crate::check::feature::declared;
use crate::check::run::levels::Levels;
use crate::check::run::suppression::{self, Source};
use crate::check::run::tables;
use crate::check::run::unmet::Unmet;
use crate::check::{self, CheckError, Checker, Memory, Outcome, Search};
use crate::diag::{Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;
use crate::kconfig::sources::Store;
use crate::tree::Tree;

/// The user's settings.
#[derive(Clone, Debug, Default)]
pub struct Policy {
    /// The levels of lints.
    pub levels: Levels,
    /// Which findings are not reported.
    pub suppressions: Source,
}

/// Takes a tree, returns its policy, or why that cannot be read.
pub type PolicyOf<'a> = &'a (dyn Fn(&Tree) -> Result<Policy, String> + Sync);

/// Which tree a job is about. A root gets a new number when files changed on disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Epoch {
    /// The place of the root in the list of all.
    pub root: usize,
    /// How often it was opened before.
    pub number: u64,
}

impl Epoch {
    fn is_same_root(self, other: Self) -> bool {
        self.root == other.root
    }
}

/// Something to do.
pub(super) enum Job {
    /// Read the Kconfig files of a tree.
    Load {
        /// The root's number.
        epoch: Epoch,
        /// The tree as it stands on disk.
        tree: Tree,
    },
    /// Forget the states of a root before this one.
    Forget(Epoch),
    /// These files of code have changed on disk.
    Changed(Epoch, Vec<Arc<str>>),
    /// Check a tree.
    Check(Box<Request>),
    /// Ask the models of the last check for what a hover shows.
    Hover(Box<hover::Query>),
    /// Ask them for what always holds.
    Hints(Box<hints::Query>),
}

impl Job {
    fn epoch(&self) -> Epoch {
        match self {
            Self::Load { epoch, .. } | Self::Forget(epoch) | Self::Changed(epoch, _) => *epoch,
            Self::Check(request) => request.epoch,
            Self::Hover(query) => query.epoch,
            Self::Hints(query) => query.epoch,
        }
    }
}

/// A tree to check.
pub(super) struct Request {
    /// The root's number.
    pub epoch: Epoch,
    /// The edits that it has, by their number; later ones make it obsolete.
    pub generation: u64,
    /// The number of the last edit.
    pub newest: Arc<AtomicU64>,
    /// The tree with every open file as it was when it was opened.
    pub before: Tree,
    /// The tree with every open file as it stands in the editor.
    pub tree: Tree,
    /// The open Kconfig files.
    pub kconfig: FxHashSet<Arc<str>>,
    /// The open tables.
    pub tables: Vec<String>,
}

impl Request {
    fn is_obsolete(&self) -> bool {
        self.newest.load(Ordering::Relaxed) != self.generation
    }

    fn go_on(&self) -> Result<(), CheckError> {
        match self.is_obsolete() {
            true => Err(CheckError::Stopped),
            false => Ok(()),
        }
    }
}

/// The result of a check, for the open files.
pub(super) struct Found {
    /// As in [`Request`].
    pub epoch: Epoch,
    /// As in [`Request`].
    pub generation: u64,
    /// The findings, by path.
    pub findings: BTreeMap<Arc<str>, Vec<Diagnostic>>,
    /// The Kconfig files that some architecture reads.
    pub reached: FxHashSet<Arc<str>>,
    /// Whether that is all. If not, the contracts of features follow, or uses in C files and makefiles.
    pub is_whole: bool,
    /// Whether these uses follow, of names that nothing declares any more.
    pub uses_follow: bool,
    /// Why the tree cannot be checked. If set, there are no findings.
    pub error: Option<String>,
}

impl Found {
    /// Nothing was found.
    fn new(request: &Request) -> Self {
        Self {
            epoch: request.epoch,
            generation: request.generation,
            findings: BTreeMap::new(),
            reached: FxHashSet::default(),
            is_whole: true,
            uses_follow: false,
            error: None,
        }
    }
}

/// State of a tree that is kept from check to check.
struct Kept {
    root: PathBuf,
    store: Arc<Store>,
    signatures: Arc<Signatures>,
    /// The files of code that have changed on disk since the last check.
    changed: Vec<Arc<str>>,
    /// The features that the tree knows.
    specs: Vec<Spec>,
    /// Makes the models; contracts are asked about with another one, which takes them from here.
    checker: Checker<'static>,
    /// The features and architectures whose contracts were asked about last, and what is known of them.
    contracts: Option<(Vec<Spec>, Vec<String>, Memory)>,
    names: Names,
    unmet: Unmet,
    before: Option<Tree>,
}

/// Works until nobody sends jobs any more.
pub(super) fn run(jobs: &Receiver<Job>, events: &Sender<Event>, policy: PolicyOf<'_>) {
    let mut trees: BTreeMap<Epoch, Kept> = BTreeMap::new();
    let mut waiting: Vec<Job> = Vec::new();
    loop {
        if waiting.is_empty() {
            match jobs.recv() {
                Ok(job) => waiting.push(job),
                Err(_) => return,
            }
        }
        waiting.extend(jobs.try_iter());
        // Questions come first, because the user waits for them; a check takes longer.
        let is_question = |job: &Job| matches!(job, Job::Hover(_) | Job::Hints(_));
        let job = waiting.remove(waiting.iter().position(is_question).unwrap_or(0));
        let epoch = job.epoch();
        // A panic is a bug; it costs this answer and not the editor's session.
        let work = std::panic::AssertUnwindSafe(|| match job {
            Job::Load { epoch, tree } => {
                // Earlier states of the same tree are of no use any more, and take memory.
                trees.retain(|known, _| !known.is_same_root(epoch));
                let loaded = load(epoch, &tree, events, policy);
                trees.insert(epoch, loaded);
            }
            Job::Forget(epoch) => trees.retain(|known, _| !known.is_same_root(epoch)),
            Job::Changed(epoch, paths) => {
                if let Some(kept) = trees.get_mut(&epoch) {
                    kept.changed.extend(paths);
                    // Contracts are about code.
                    kept.contracts = None;
                }
            }
            Job::Check(request) => {
                if request.is_obsolete() {
                    return;
                }
                let Some(kept) = trees.get_mut(&request.epoch) else {
                    return;
                };
                check_tree(kept, &request, events, policy);
            }
            Job::Hover(query) => {
                let is_cancelled = query.is_cancelled.load(Ordering::Relaxed);
                let kept = trees.get(&query.epoch).filter(|_| !is_cancelled);
                ask(&query.id, kept, events, &|models| {
                    hover::answer(&query, models)
                });
            }
            Job::Hints(query) => {
                let kept = trees.get(&query.epoch);
                ask(&query.id, kept, events, &|models| {
                    hints::answer(&query, models)
                });
            }
        });
        if std::panic::catch_unwind(work).is_err() {
            trees.remove(&epoch);
            let _ = events.send(Event::Broken(epoch));
        }
    }
}

/// Answers a question to the models of the last check.
fn ask(
    id: &RequestId,
    kept: Option<&Kept>,
    events: &Sender<Event>,
    question: &dyn Fn(&[&Model]) -> Value,
) {
    let answer: Answer = match kept {
        Some(kept) => {
            let models: Vec<&Model> = kept.checker.models().collect();
            let answer = std::panic::AssertUnwindSafe(|| question(&models));
            std::panic::catch_unwind(answer)
                .map_err(|_| (ErrorCode::InternalError, "internal error".to_owned()))
        }
        None => Err((
            ErrorCode::ContentModified,
            "the tree changed in the meantime".to_owned(),
        )),
    };
    // Where nobody listens any more the session is over.
    let _ = events.send(Event::Answer(id.clone(), answer));
}

fn load(epoch: Epoch, tree: &Tree, events: &Sender<Event>, policy: PolicyOf<'_>) -> Kept {
    let store: Arc<Store> = Arc::default();
    // Where nobody listens any more the session is over.
    let _ = events.send(Event::Policy(epoch, policy(tree)));
    let index = Index::read(tree, &store, &|reached| {
        let _ = events.send(Event::Reached(epoch, reached));
    });
    let index = Arc::new(index);
    let signatures = Arc::new(Signatures::of(tree.root(), &index));
    let _ = events.send(Event::Indexed(epoch, index, signatures.clone()));
    // As `check` without a choice of features.
    let specs = declared::of_trees(std::iter::once(tree), tree).unwrap_or_default();
    Kept {
        root: tree.root().to_owned(),
        signatures,
        changed: Vec::new(),
        specs,
        // With a model that stands for another one there would be two.
        checker: Checker::for_series(&[], Search::Near)
            .with_sources(&store)
            .with_own_models(),
        contracts: None,
        store,
        names: Names::default(),
        unmet: Unmet::default(),
        before: None,
    }
}

/// The features whose contracts are asked about, and on which architectures: those that the open files name. A finding about a contract
/// stands where its symbol does, so no other one can be in these files, and in those of an architecture none about another one.
fn contracts(specs: &[Spec], request: &Request, archs: &[String]) -> (Vec<Spec>, Vec<String>) {
    let mut chosen = vec![false; specs.len()];
    let mut meant: BTreeSet<&String> = BTreeSet::new();
    for path in &request.kconfig {
        let Ok(text) = request.tree.read_text(path) else {
            continue;
        };
        let mut is_named = false;
        for (chosen, spec) in chosen.iter_mut().zip(specs) {
            let mut terms = spec.kconfig.iter();
            if terms.any(|term| text.contains(&*term.symbol)) {
                (*chosen, is_named) = (true, true);
            }
        }
        if is_named {
            let own = path
                .strip_prefix("arch/")
                .and_then(|rest| rest.split_once('/'));
            let own = own.map(|(arch, _)| arch);
            // User-mode Linux reads files of x86.
            let is_meant = |arch: &&String| {
                own.is_none_or(|own| **arch == own || own == "x86" && **arch == "um")
            };
            meant.extend(archs.iter().filter(is_meant));
        }
    }
    let specs = specs.iter().zip(chosen).filter(|(_, chosen)| *chosen);
    let archs = archs.iter().filter(|arch| meant.contains(arch));
    (
        specs.map(|(spec, _)| spec.clone()).collect(),
        archs.cloned().collect(),
    )
}

fn check_tree(kept: &mut Kept, request: &Request, events: &Sender<Event>, policy: PolicyOf<'_>) {
    let mut open = request.kconfig.clone();
    open.extend(request.tables.iter().map(|path| Arc::from(&**path)));
    if kept.signatures.differ(&kept.root, &open) {
        let _ = events.send(Event::Stale(request.epoch));
        return;
    }
    let policy = match policy(&request.tree) {
        Ok(policy) => policy,
        Err(error) => {
            let _ = events.send(Event::Policy(request.epoch, Err(error)));
            return;
        }
    };
    let tell = |found: Found| {
        let _ = events.send(Event::Found(Box::new(found)));
    };
    match findings(kept, request, &policy, &tell) {
        // There is a newer request, which asks again.
        Ok(()) | Err(CheckError::Stopped) => {}
        Err(error) => tell(Found {
            error: Some(error.to_string()),
            ..Found::new(request)
        }),
    }
}

/// Tells what is found: first what the models say, then that with the contracts of features, which takes longer. Ends early where a
/// later edit makes it obsolete.
fn findings(
    kept: &mut Kept,
    request: &Request,
    policy: &Policy,
    tell: &dyn Fn(Found),
) -> Result<(), CheckError> {
    let archs = request.tree.architectures()?;
    let mut of_tables = Vec::new();
    if !request.tables.is_empty() {
        let (levels, suppressions) = (&policy.levels, &policy.suppressions);
        of_tables = tables::reported_findings(
            &request.tree,
            Some(&request.tables),
            &archs,
            levels,
            suppressions,
        )?;
        of_tables.retain(|finding| {
            let mut paths = request.tables.iter();
            paths.any(|path| **path == *finding.primary.location.path)
        });
        request.go_on()?;
    }
    let is_known = kept
        .before
        .as_ref()
        .is_some_and(|before| before.changes(&request.before).is_empty());
    if !is_known {
        kept.names = Names::default();
        kept.unmet = Unmet::default();
        let mut outcome = kept.checker.check(&request.before, &archs, &mut |_| {})?;
        let models: Vec<_> = kept.checker.models().collect();
        kept.names.follow(&request.before, &models)?;
        kept.unmet
            .follow(&request.before, &kept.checker, &mut outcome)?;
        kept.before = Some(request.before.clone());
        request.go_on()?;
    }
    let of_models = kept.checker.check(&request.tree, &archs, &mut |_| {})?;
    kept.store.forget_others(&request.tree);
    request.go_on()?;
    let models: Vec<_> = kept.checker.models().collect();
    let changed = std::mem::take(&mut kept.changed);
    kept.names.read_again(&request.tree, &changed);
    kept.names.while_it_is(&request.newest, request.generation);
    let (mut of_names, is_left) = kept.names.follow_without_code(&request.tree, &models)?;
    let reached = models.iter().flat_map(|model| &model.files);
    let reached: FxHashSet<Arc<str>> = reached.map(|of| of.file.path().clone()).collect();
    request.go_on()?;
    let mut all = |mut outcome: Outcome,
                   (names, of_names): (&Names, Vec<Diagnostic>),
                   specs: &[Spec],
                   (is_whole, uses_follow): (bool, bool)| {
        names.add(of_names, &archs, None, &mut outcome);
        kept.unmet
            .follow(&request.tree, &kept.checker, &mut outcome)?;
        self::request(specs, policy).finish(&request.tree, &archs, &mut outcome)?;
        let is_open = |finding: &Diagnostic| {
            finding.level > Level::Allow && request.kconfig.contains(&finding.primary.location.path)
        };
        outcome.findings.retain(is_open);
        finding::merge(&mut outcome.findings);
        let mut findings: BTreeMap<Arc<str>, Vec<Diagnostic>> = BTreeMap::new();
        for finding in of_tables.iter().cloned().chain(outcome.findings) {
            let path = finding.primary.location.path.clone();
            findings.entry(path).or_default().push(finding);
        }
        tell(Found {
            findings,
            reached: reached.clone(),
            is_whole,
            uses_follow,
            ..Found::new(request)
        });
        request.go_on()
    };
    let (specs, on) = contracts(&kept.specs, request, &archs);
    let of_models_alone = Outcome {
        findings: of_models.findings.clone(),
        pedantic: of_models.pedantic.clone(),
        ..Outcome::default()
    };
    let is_whole = specs.is_empty() && !is_left;
    let names = (&kept.names, of_names.clone());
    all(of_models_alone, names, &[], (is_whole, is_left))?;
    if is_left {
        of_names = kept.names.follow(&request.tree, &models)?;
        request.go_on()?;
    }
    if is_whole {
        return Ok(());
    }
    let mut outcome = Outcome {
        pedantic: of_models.pedantic,
        ..Outcome::default()
    };
    if !specs.is_empty() {
        let last = kept.contracts.take();
        let same = last.filter(|(last, archs, _)| *last == specs && *archs == on);
        let memory = same.map_or_else(Memory::default, |(.., memory)| memory);
        let mut checker = Checker::for_series(&specs, Search::Near)
            .with_sources(&kept.store)
            .while_it_is(&request.newest, request.generation)
            .with_models_of(&kept.checker, memory);
        let checked = checker.check(&request.tree, &on, &mut |_| {});
        let memory = checker.into_memory();
        kept.contracts = Some((specs.clone(), on, memory));
        outcome = checked?;
    }
    // Findings about definitions are already known for all architectures.
    let place = |finding: &Diagnostic| {
        let at = &finding.primary.location;
        (finding.lint, at.path.clone(), at.start)
    };
    let known: BTreeSet<_> = of_models.findings.iter().map(place).collect();
    outcome
        .findings
        .retain(|finding| !known.contains(&place(finding)));
    outcome.findings.extend(of_models.findings);
    all(outcome, (&kept.names, of_names), &specs, (true, false))
}

/// The input of a run over all of a tree, as for `check` without options.
pub(super) fn request<'a>(
    specs: &'a [Spec],
    policy: &'a Policy,
) -> check::run::request::Request<'a> {
    check::run::request::Request {
        specs,
        architectures: &[],
        is_of_all_features: true,
        is_of_whole_tree: false,
        levels: &policy.levels,
        suppressions: &policy.suppressions,
    }
}

/// Puts aside what is suppressed, and gives the rest its levels. What is left is what is shown.
pub(super) fn report(
    tree: &Tree,
    architectures: &[String],
    policy: &Policy,
    outcome: &mut Outcome,
) -> Result<(), CheckError> {
    let scope = request(&[], policy);
    suppression::apply(
        tree,
        &policy.suppressions,
        &scope.scope(architectures),
        outcome,
    )?;
    policy.levels.apply(outcome);
    outcome
        .findings
        .retain(|finding| finding.level > Level::Allow);
    Ok(())
}
