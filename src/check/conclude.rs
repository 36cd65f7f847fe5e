//! Owns the step from facts to results: one verdict per feature and architecture, and the findings of all lints.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lints::{
    self, hook_defined_twice, missing_fallback, table_claims_support, table_denies_support,
    table_other_symbol,
};
use crate::check::outcome::Outcome;
use crate::check::support::verdict::{Evidence, Role, Supported, Verdict};
use crate::diag::{Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::kconfig::sources::is_named_kconfig;

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

/// Returns what could not be told about the hooks of an architecture that supports the feature.
fn reservation(on: &OnArch) -> Option<String> {
    let about_headers = on.headers.undecided.clone();
    about_headers.or_else(|| {
        let reason = on.proof.undecided()?;
        Some(format!(
            "undecided whether the select and the hooks always agree: {reason}"
        ))
    })
}

/// Whether what a table has wrong follows from a finding, so that one of them is enough. That code is defined twice, or has no fallback,
/// says nothing of the row.
pub(in crate::check) fn says_so(finding: &Diagnostic, of_table: &Diagnostic) -> bool {
    let of_code = [hook_defined_twice::LINT.name, missing_fallback::LINT.name];
    !of_code.contains(&finding.lint) && bears_on(finding, of_table)
}

/// Whether a finding, or its fix, bears on what a table has to say, so that the finding about the table has to wait: with the
/// first one fixed the table may be right.
pub fn bears_on(finding: &Diagnostic, of_table: &Diagnostic) -> bool {
    // How a table looks is wrong whatever Kconfig says, and what breaks nothing excuses nothing.
    let compared = [
        table_claims_support::LINT.name,
        table_denies_support::LINT.name,
        table_other_symbol::LINT.name,
    ];
    if finding.level == Level::Allow || !compared.contains(&of_table.lint) {
        return false;
    }
    let edits_kconfig = finding.fix.as_ref().is_some_and(|fix| {
        let mut edits = fix.edits.iter();
        edits.any(|edit| is_named_kconfig(&edit.location.path))
    });
    let is_same_feature = finding.feature.is_some() && finding.feature == of_table.feature;
    let shares_arch = finding.archs.is_empty()
        || of_table.archs.is_empty()
        || finding
            .archs
            .iter()
            .any(|arch| of_table.archs.contains(arch));
    shares_arch && (is_same_feature || edits_kconfig)
}
