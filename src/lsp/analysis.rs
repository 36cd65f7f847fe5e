//! Owns the work that takes a while: reading all Kconfig files of a tree, and checking it, in one thread beside the one that answers.
//!
//! Its findings are those of `check`, from the same functions. A file counts as a change from what it was when it was opened, so that
//! names and selects on edited lines are judged as `check --patch` judges those of a patch; on the other lines nothing is said that
//! `check` without a patch does not say.
//!
//! Most of the tree is the same after an edit, so the pieces of the run before are kept. An edit that comes meanwhile ends the work at
//! the next step. It must not know the protocol.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, Sender};

use rustc_hash::FxHashSet;

use super::index::{Index, Signatures};
use super::server::Event;
use crate::check::change::names::Names;
use crate::check::feature::declared;
use crate::check::run::levels::Levels;
use crate::check::run::suppression::{self, Source};
use crate::check::run::tables;
use crate::check::run::unmet::Unmet;
use crate::check::{self, CheckError, Checker, KeptModel, Outcome, Search};
use crate::diag::{Diagnostic, Level};
use crate::feature::spec::Spec;
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
    /// Check a tree.
    Check(Box<Request>),
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
}

/// The result of a check, for the open files.
pub(super) struct Found {
    /// As in [`Request`].
    pub epoch: Epoch,
    /// As in [`Request`].
    pub generation: u64,
    /// The findings, by path.
    pub findings: BTreeMap<Arc<str>, Vec<Diagnostic>>,
    /// The models of all architectures; none where the tree cannot be checked.
    pub models: Option<Arc<Vec<KeptModel>>>,
    /// The reason if the tree cannot be checked.
    pub error: Option<String>,
}

/// Data of a tree kept from check to check.
struct Kept {
    root: PathBuf,
    store: Arc<Store>,
    signatures: Signatures,
    specs: &'static [Spec],
    checker: Checker<'static>,
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
        let job = waiting.remove(0);
        // A panic is a bug; it costs this answer and not the editor's session.
        let work = std::panic::AssertUnwindSafe(|| match job {
            Job::Load { epoch, tree } => {
                // Earlier states of the same tree are of no use any more, and take memory.
                trees.retain(|known, _| !known.is_same_root(epoch));
                let loaded = load(epoch, &tree, events, policy);
                trees.insert(epoch, loaded);
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
        });
        if std::panic::catch_unwind(work).is_err() {
            trees.clear();
            let _ = events.send(Event::Broken);
        }
    }
}

fn load(epoch: Epoch, tree: &Tree, events: &Sender<Event>, policy: PolicyOf<'_>) -> Kept {
    let store: Arc<Store> = Arc::default();
    // Where nobody listens any more the session is over.
    let _ = events.send(Event::Policy(epoch, policy(tree)));
    let index = Index::read(tree, &store, &|reached| {
        let _ = events.send(Event::Reached(epoch, reached));
    });
    let index = Arc::new(index);
    let signatures = Signatures::of(tree.root(), &index);
    let _ = events.send(Event::Indexed(epoch, index));
    // As `check` without a choice of features.
    let specs = declared::of_trees(std::iter::once(tree), tree).unwrap_or_default();
    // A session has few trees, and each of them is checked until it ends.
    let specs: &'static [Spec] = Vec::leak(specs);
    Kept {
        root: tree.root().to_owned(),
        signatures,
        specs,
        checker: Checker::for_series(specs, Search::Near).with_sources(&store),
        store,
        names: Names::default(),
        unmet: Unmet::default(),
        before: None,
    }
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
    let mut found = Found {
        epoch: request.epoch,
        generation: request.generation,
        findings: BTreeMap::new(),
        models: None,
        error: None,
    };
    match findings(kept, request, &policy, &mut found) {
        Ok(true) => {}
        // There is a newer request.
        Ok(false) => return,
        Err(error) => found.error = Some(error.to_string()),
    }
    let _ = events.send(Event::Found(Box::new(found)));
}

/// Fills in what is found; `false` where a later edit has ended the work.
fn findings(
    kept: &mut Kept,
    request: &Request,
    policy: &Policy,
    found: &mut Found,
) -> Result<bool, CheckError> {
    let mut add = |findings: Vec<Diagnostic>| {
        for finding in findings {
            let path = finding.primary.location.path.clone();
            found.findings.entry(path).or_default().push(finding);
        }
    };
    let archs = request.tree.architectures()?;
    if !request.tables.is_empty() {
        let (levels, suppressions) = (&policy.levels, &policy.suppressions);
        let mut of_tables = tables::reported_findings(
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
        add(of_tables);
        if request.is_obsolete() {
            return Ok(false);
        }
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
        if request.is_obsolete() {
            return Ok(false);
        }
    }
    let mut outcome = kept.checker.check(&request.tree, &archs, &mut |_| {})?;
    kept.store.forget_others(&request.tree);
    if request.is_obsolete() {
        return Ok(false);
    }
    let models: Vec<_> = kept.checker.models().collect();
    let of_names = kept.names.follow(&request.tree, &models)?;
    kept.names.add(of_names, &archs, None, &mut outcome);
    if request.is_obsolete() {
        return Ok(false);
    }
    kept.unmet
        .follow(&request.tree, &kept.checker, &mut outcome)?;
    self::request(kept.specs, policy).finish(&request.tree, &archs, &mut outcome)?;
    let is_open = |finding: &Diagnostic| {
        finding.level > Level::Allow && request.kconfig.contains(&finding.primary.location.path)
    };
    outcome.findings.retain(is_open);
    add(outcome.findings);
    found.models = Some(Arc::new(kept.checker.kept_models()));
    Ok(true)
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
