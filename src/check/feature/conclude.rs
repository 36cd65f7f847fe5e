//! Owns the step from facts to results: one verdict per feature and architecture, and the findings of all lints.

use crate::check::lints;
use crate::check::support::verdict::{Evidence, Role, Supported, Verdict};
use crate::check::table::Matrix;
use crate::check::{OnArch, Subject};
use crate::diag::Diagnostic;
use crate::feature::spec::Spec;
use crate::kconfig::model::Unread;

/// What a run found.
#[derive(Debug, Default)]
pub struct Outcome {
    /// The findings, in the order in which they are shown.
    pub findings: Vec<Diagnostic>,
    /// What breaks nothing and is only of interest to who asks for it: of level [`crate::diag::Level::Allow`], in the same
    /// order.
    pub pedantic: Vec<Diagnostic>,
    /// What somebody does not want to be reported, each with its reason; see [`crate::check::run::suppression`].
    pub suppressed: Vec<Diagnostic>,
    /// The verdicts: by feature in the order of the specs, then by architecture.
    pub verdicts: Vec<Verdict>,
    /// The architectures about which nothing is concluded, because a Kconfig file of theirs could not be read, each with the
    /// reason.
    pub unread: Vec<(String, Unread)>,
    /// What the tables say and what Kconfig says, where tables were compared; see [`crate::check::Checker::with_tables`].
    pub matrix: Option<Matrix>,
}

/// Adds the verdicts on one feature, and what the lints find.
///
/// Nothing is concluded about an architecture of which a Kconfig file could not be read: it is undecided, and no lint sees it.
pub(in crate::check) fn conclude(mut subject: Subject<'_>, outcome: &mut Outcome) {
    outcome
        .verdicts
        .extend(subject.archs.iter().map(|on| verdict(subject.spec, on)));
    subject.archs.retain(|on| !on.symbols.incomplete);
    lints::run_feature(&subject, &mut outcome.findings);
}

/// The verdict on one architecture: that of Kconfig, with the places of the hooks and markers beside its evidence.
fn verdict(spec: &Spec, on: &OnArch) -> Verdict {
    let support = &*on.support;
    let hooks = on.headers.hooks.iter().map(|hook| (Role::Hook, hook));
    let markers = on.headers.markers.iter();
    let sightings = hooks.chain(markers.map(|marker| (Role::Marker, marker)));
    let sightings = sightings.map(|(role, sighting)| Evidence {
        role,
        symbol: sighting.name.clone(),
        condition: sighting.condition.clone(),
        location: sighting.location.clone(),
        note: None,
    });
    let is_line = |evidence: &&Evidence| evidence.role != Role::Declaration;
    let lines = support.evidence.iter().filter(is_line).cloned();
    let declarations = support
        .evidence
        .iter()
        .filter(|evidence| !is_line(evidence));
    Verdict {
        feature: spec.name.to_string(),
        arch: on.arch.clone(),
        supported: support.supported,
        condition: support.condition.clone(),
        reason: match support.supported {
            Supported::Yes => reservation(on),
            Supported::No | Supported::Undecided => support.reason.clone(),
        },
        evidence: lines
            .chain(sightings)
            .chain(declarations.cloned())
            .collect(),
    }
}

/// What could not be told about the hooks of an architecture that supports the feature.
fn reservation(on: &OnArch) -> Option<String> {
    let about_headers = on.headers.undecided.clone();
    about_headers.or_else(|| {
        let reason = on.proof.undecided()?;
        Some(format!(
            "whether select and hooks always agree is not decided: {reason}"
        ))
    })
}
