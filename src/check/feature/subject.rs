//! Owns a feature with all its facts, as the lints look at it: what each architecture says, and what generic code does.

use std::sync::Arc;

use super::sighting::Sighting;
use super::symbols::{Cause, How};
use super::{callers, contract, headers, markers, symbols, units};
use crate::check::support::engine::Support;
use crate::check::support::proof::Proof;
use crate::check::support::question::Finding;
use crate::check::support::verdict::Supported;
use crate::feature::spec::Spec;

/// A feature with everything that the lints look at.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The feature's spec.
    pub spec: &'a Spec,
    /// Whether a Kconfig file of an architecture could not be read. Such an architecture is not among the others.
    pub unread: bool,
    /// Whether a Kconfig file declares a symbol of the feature that no architecture here has, because others were not asked.
    pub declared_elsewhere: bool,
    /// The facts of each architecture, in the order of their names.
    pub archs: Vec<OnArch>,
    /// Where markers stand in the entry header.
    pub generic: Vec<Sighting>,
    /// Markers that generic code looks at and nothing defines.
    pub stale: Vec<markers::Stale>,
    /// Who uses the feature's names, by path.
    pub callers: Arc<Vec<callers::Caller>>,
}

impl Subject<'_> {
    /// Whether the feature is there where its symbols are *off*.
    pub fn is_negated(&self) -> bool {
        let terms = &self.spec.kconfig;
        !terms.is_empty() && terms.iter().all(|term| term.negated)
    }

    /// The Kconfig symbol that findings name, or the marker in its place: the first of the feature's.
    pub fn symbol(&self) -> &str {
        let symbol = self.spec.kconfig.first().map(|term| &*term.symbol);
        let marker = self.spec.markers.first().map(|name| &**name);
        symbol.or(marker).unwrap_or("")
    }

    /// The word for an architecture that turns on the symbol, or the marker in its place.
    pub fn turns_on(&self) -> &'static str {
        match self.spec.kconfig.first() {
            None => "defines",
            Some(term) if term.negated => "can turn off",
            Some(_) => "selects",
        }
    }

    /// The word for an architecture that this line makes do so.
    pub fn turns_on_by(&self, cause: &Cause) -> &'static str {
        match cause.how {
            _ if self.spec.kconfig.is_empty() => self.turns_on(),
            How::Select => "selects",
            How::Imply => "implies",
            How::Default => "turns on",
            How::Prompt => "can turn on",
            How::Off => "can turn off",
        }
    }

    /// The label of the line.
    pub fn turned_on_here(&self, cause: &Cause) -> &'static str {
        match cause.how {
            _ if self.spec.kconfig.is_empty() => "defined here",
            How::Select => "selected here",
            How::Imply => "implied here",
            How::Default => "on by default here",
            How::Prompt => "the user can turn it on here",
            How::Off => "off in some configuration",
        }
    }

    /// Whether generic code, the entry header included, uses one of the feature's hooks.
    pub fn calls_hooks(&self) -> bool {
        self.calls(&self.spec.hooks)
    }

    /// Whether generic code uses this hook: else nothing fails where an architecture lacks it, as in a tree in which the hook has
    /// another name, or between the commits that do away with it.
    pub fn needs(&self, hook: &str) -> bool {
        self.calls(&[hook])
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
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct OnArch {
    /// The directory below `arch/`.
    pub arch: String,
    /// What Kconfig says.
    pub symbols: Arc<symbols::Facts>,
    /// Whether the architecture has the feature, as Kconfig says.
    pub support: Arc<Support>,
    /// Facts from headers.
    pub headers: Arc<headers::Facts>,
    /// Facts proved for all configurations.
    pub proof: Arc<Proof>,
    /// Facts from its source files, and from the generic ones that it compiles.
    pub units: Arc<units::Facts>,
    /// How it breaks the contract.
    pub contract: Arc<contract::Facts>,
}

impl OnArch {
    /// Whether the symbol is off in every configuration, although lines turn it on.
    pub fn is_never_on(&self) -> bool {
        let symbols = &self.symbols;
        let lines = symbols.selects.len() + symbols.implies.len() + symbols.defaults.len();
        lines > 0 && matches!(self.proof.on, Some(Finding::Impossible(_)))
    }

    /// The line that turns the symbol on, the architecture's own before one that all share; a prompt where there is no other. Where the
    /// feature is there without a symbol, the place that declares that.
    pub fn turned_on_at(&self) -> Option<&Cause> {
        let symbols = &self.symbols;
        if let Some(negated) = symbols.negated.first() {
            return Some(negated);
        }
        let mut causes = symbols
            .selects
            .iter()
            .chain(&symbols.defaults)
            .chain(&symbols.implies);
        let own = causes
            .clone()
            .find(|cause| crate::arch::is_own_file(&self.arch, &cause.location.path));
        // All architectures may share a prompt, also those that can never have the feature.
        let mut prompts = symbols.prompts.iter();
        let prompt = || prompts.find(|_| self.support.supported == Supported::Yes);
        own.or_else(|| causes.next()).or_else(prompt)
    }

    /// The places that make a hook available: definitions, prototypes and macros.
    pub fn hook<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Sighting> {
        self.headers
            .hooks
            .iter()
            .filter(move |sighting| sighting.name == name)
    }
}
