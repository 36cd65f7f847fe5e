//! Owns verdicts and lints: whether each architecture supports a feature, and what is wrong between Kconfig and headers.
//!
//! [`check`] asks the models what they say of the feature's symbol, asks the headers where its hooks stand, and concludes
//! verdicts and findings from both.
//!
//! | module | owns |
//! |---|---|
//! | [`support`] | the verdict of Kconfig: the support of a feature on one architecture, with the proof |
//! | [`feature`] | the facts of one contract: hooks in headers, objects, callers |
//! | [`kconfig`] | what can be wrong with the Kconfig files, whatever the feature |
//! | [`table`] | all tables of the tree, and what Kconfig says of each of their cells |
//! | [`tree`] | the lints over the whole tree, which need no feature |
//! | `memo` | the order of the work, and what of it holds for the next tree |
//! | [`run`] | scope, baseline, suppressions, and what each commit of a series brings and repairs |
//! | [`lint`] | what a lint is: its level, group, documentation and pass |
//! | [`lints`] | the list of all lints, and one file each |

pub mod feature;
pub mod kconfig;
pub mod lint;
pub mod lints;
mod memo;
pub mod run;
pub mod support;
pub mod table;
pub mod tree;

use std::sync::Arc;

use crate::check::support::engine::Support;
use crate::diag::{Diagnostic, Level, Stage, identity};
use crate::feature::spec::Spec;
use crate::tree::Tree;
pub use feature::callers::Search;
pub use feature::conclude::Outcome;
pub use memo::{Checker, KeptModel};

/// Why a feature cannot be checked on a tree.
#[derive(Debug, thiserror::Error)]
pub enum CheckError {
    /// The spec names a file that the tree does not have.
    #[error("the tree has no `{path}`, which the feature `{feature}` names as its {what}")]
    MissingFile {
        /// The feature's name.
        feature: String,
        /// The field of the spec, in words.
        what: &'static str,
        /// The path.
        path: String,
    },
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] crate::tree::TreeError),
    /// The tree's suppressions are wrong.
    #[error(transparent)]
    Suppressions(#[from] crate::feature::spec::SpecError),
}

/// Checks features on architectures of a tree. After each step `done` is called with its name, so that the caller can tell
/// what each costs.
///
/// Each Kconfig file and each header is read once for all architectures. Only as many models exist at a time as there are
/// threads.
///
/// # Errors
///
/// The tree lacks a file that a feature names, or cannot be read.
pub fn check(
    tree: &Tree,
    specs: &[Spec],
    architectures: &[String],
    done: &mut dyn FnMut(&'static str),
) -> Result<Outcome, CheckError> {
    check_within(tree, specs, architectures, Search::default(), done)
}

/// As [`check`], with users of the features looked for where `search` says.
///
/// # Errors
///
/// As those of [`check`].
pub fn check_within(
    tree: &Tree,
    specs: &[Spec],
    architectures: &[String],
    search: Search,
    done: &mut dyn FnMut(&'static str),
) -> Result<Outcome, CheckError> {
    Checker::once(specs, search).check(tree, architectures, done)
}

/// What is wrong with the tree's Kconfig, each with the architectures on which it shows; none named where it is all of them.
fn merge(of_archs: Vec<Vec<Diagnostic>>, architectures: &[String]) -> Vec<Diagnostic> {
    // The same file is read for many architectures; its mistake is one finding.
    let named = architectures
        .iter()
        .zip(of_archs)
        .flat_map(|(arch, found)| {
            found.into_iter().map(|mut diagnostic| {
                diagnostic.archs = vec![arch.clone()];
                diagnostic
            })
        });
    let mut merged = identity::merge(named);
    for diagnostic in &mut merged {
        if diagnostic.level == Level::Deny {
            diagnostic.breaks = Some(Stage::Configure);
        }
        if diagnostic.archs.len() == architectures.len() {
            diagnostic.archs.clear();
        }
    }
    merged
}

/// A feature with everything that the lints look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The feature's spec.
    pub spec: &'a Spec,
    /// Whether a Kconfig file of an architecture could not be read. Such an architecture is not among the others.
    pub unread: bool,
    /// What each architecture has to say, in the order of their names.
    pub archs: Vec<OnArch>,
    /// Where markers stand in the entry header.
    pub generic: Vec<feature::headers::Sighting>,
    /// Markers that generic code looks at and nothing defines.
    pub stale: Vec<feature::markers::Stale>,
    /// Who uses the feature's names, by path.
    pub callers: Arc<Vec<feature::callers::Caller>>,
}

impl Subject<'_> {
    /// Whether the feature is there where its symbols are *off*.
    pub fn is_negated(&self) -> bool {
        self.spec.kconfig.iter().all(|term| term.negated)
    }

    /// The Kconfig symbol that findings name: the first of the feature's.
    pub fn symbol(&self) -> &str {
        self.spec.kconfig.first().map_or("", |term| &*term.symbol)
    }

    /// Whether generic code, the entry header included, uses one of the feature's hooks.
    pub fn calls_hooks(&self) -> bool {
        self.calls(&self.spec.hooks)
    }

    /// Whether generic code, the entry header included, uses one of `names`.
    pub fn calls<T: std::ops::Deref<Target = str>>(&self, names: &[T]) -> bool {
        let mut generic = self.callers.iter().filter(|caller| caller.arch().is_none());
        generic.any(|caller| caller.uses(names).next().is_some())
    }

    /// Whether every architecture that selects the symbol, of at least two, lacks a hook: then the spec is at fault, and not
    /// they.
    pub(in crate::check) fn is_spec_at_fault(&self, hook: &str) -> bool {
        let turned_on = || {
            let archs = self.archs.iter();
            archs.filter(|on| {
                on.contract.is_open && on.turned_on_at().is_some() && !on.is_never_on()
            })
        };
        let lacks = |on: &OnArch| {
            let mut missing = on.contract.missing.iter();
            on.contract.unused.iter().any(|unused| unused == hook)
                || missing.any(|missing| missing.hook == hook && missing.gate.is_none())
        };
        let is_missing = |on: &OnArch| {
            let mut missing = on.contract.missing.iter();
            missing.any(|missing| missing.hook == hook)
        };
        turned_on().count() > 1 && turned_on().all(lacks) && turned_on().any(is_missing)
    }
}

/// A feature on one architecture.
#[derive(Debug)]
pub struct OnArch {
    /// The directory below `arch/`.
    pub arch: String,
    /// What Kconfig says.
    pub symbols: Arc<feature::symbols::Facts>,
    /// Whether the architecture has the feature, as Kconfig says.
    pub support: Arc<Support>,
    /// What the headers say.
    pub headers: Arc<feature::headers::Facts>,
    /// What is proved for all configurations.
    pub proof: Arc<support::proof::Proof>,
    /// What its source files, and the generic ones that it compiles, say.
    pub units: Arc<feature::units::Facts>,
    /// How it breaks the contract.
    pub contract: Arc<feature::contract::Facts>,
}

impl OnArch {
    /// Whether the symbol is off in every configuration, although lines turn it on.
    pub fn is_never_on(&self) -> bool {
        let symbols = &self.symbols;
        let lines = symbols.selects.len() + symbols.implies.len() + symbols.defaults.len();
        lines > 0 && matches!(self.proof.on, Some(support::proof::Finding::Impossible(_)))
    }

    /// The line that turns the symbol on, the architecture's own before one that all share.
    pub fn turned_on_at(&self) -> Option<&feature::symbols::Cause> {
        let symbols = &self.symbols;
        let mut causes = symbols
            .selects
            .iter()
            .chain(&symbols.defaults)
            .chain(&symbols.implies);
        let own = causes
            .clone()
            .find(|cause| crate::arch::is_own_file(&self.arch, &cause.location.path));
        own.or_else(|| causes.next())
    }

    /// The places that make a hook available: definitions, prototypes and macros.
    pub fn hook<'a>(
        &'a self,
        name: &'a str,
    ) -> impl Iterator<Item = &'a feature::headers::Sighting> {
        self.headers
            .hooks
            .iter()
            .filter(move |sighting| sighting.name == name)
    }
}
