//! Owns the step from facts to results: one verdict per feature and architecture, and the findings of all lints.

use crate::check::feature::symbols::Cause;
use crate::check::lints;
use crate::check::support::proof::Finding;
use crate::check::support::verdict::{Evidence, Role, Supported, Verdict};
use crate::check::{OnArch, Subject};
use crate::diag::Diagnostic;
use crate::feature::spec::Spec;

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
}

/// Adds the verdicts on one feature, and what the lints find.
pub(in crate::check) fn conclude(subject: &Subject<'_>, outcome: &mut Outcome) {
    outcome
        .verdicts
        .extend(subject.archs.iter().map(|on| verdict(subject.spec, on)));
    lints::run_feature(subject, &mut outcome.findings);
}

/// The verdict on one architecture.
fn verdict(spec: &Spec, on: &OnArch) -> Verdict {
    let facts = &on.symbols;
    let causes: Vec<(Role, &Cause)> = [
        (Role::Select, &facts.selects),
        (Role::Default, &facts.defaults),
        (Role::Imply, &facts.implies),
    ]
    .into_iter()
    .flat_map(|(role, causes)| causes.iter().map(move |cause| (role, cause)))
    .collect();
    let declared = !facts.declarations.is_empty();
    let mut verdict = Verdict {
        feature: spec.name.to_string(),
        arch: on.arch.clone(),
        supported: if declared && !causes.is_empty() {
            Supported::Yes
        } else {
            Supported::No
        },
        condition: None,
        reason: None,
        evidence: Vec::new(),
    };
    for &(role, cause) in &causes {
        verdict.evidence.push(Evidence {
            role,
            symbol: cause.by.clone(),
            condition: cause.condition.clone(),
            location: cause.location.clone(),
            note: None,
        });
    }
    let hooks = on.headers.hooks.iter().map(|hook| (Role::Hook, hook));
    let markers = on
        .headers
        .markers
        .iter()
        .map(|marker| (Role::Marker, marker));
    for (role, sighting) in hooks.chain(markers) {
        verdict.evidence.push(Evidence {
            role,
            symbol: sighting.name.clone(),
            condition: sighting.condition.clone(),
            location: sighting.location.clone(),
            note: None,
        });
    }
    if !declared {
        let symbols: Vec<String> = spec
            .kconfig
            .iter()
            .map(|term| format!("`{}`", term.symbol))
            .collect();
        verdict.reason = Some(format!("{} is not declared", symbols.join(", ")));
        if facts.incomplete {
            verdict.supported = Supported::Undecided;
            verdict.reason = Some(format!(
                "{} is not declared in the Kconfig files that could be read",
                symbols.join(", ")
            ));
        }
        return verdict;
    }
    if verdict.supported == Supported::Yes {
        for declaration in &facts.declarations {
            verdict.evidence.push(Evidence {
                role: Role::Declaration,
                symbol: spec
                    .kconfig
                    .first()
                    .map_or_else(String::new, |term| term.symbol.to_string()),
                condition: declaration.dependency.clone(),
                location: declaration.location.clone(),
                note: None,
            });
        }
        verdict.condition = disjunction(&causes);
        match &on.proof.on {
            Some(Finding::Impossible(reasons)) => {
                verdict.supported = Supported::No;
                verdict.reason = Some(
                    match crate::check::support::proof::reasons(reasons).next() {
                        Some(first) => format!("no configuration turns it on: {first}"),
                        None => "no configuration turns it on".to_owned(),
                    },
                );
            }
            Some(Finding::Undecided(reason)) => {
                verdict.supported = Supported::Undecided;
                verdict.reason = Some(format!("whether it can be on is not decided: {reason}"));
            }
            Some(Finding::Possible(_)) | None => verdict.reason = reservation(on),
        }
    }
    verdict
}

/// The condition under which any of several lines acts; `None` for always.
fn disjunction(causes: &[(Role, &Cause)]) -> Option<String> {
    let mut conditions: Vec<&str> = Vec::new();
    for (_, cause) in causes {
        let condition = cause.condition.as_deref()?;
        if !conditions.contains(&condition) {
            conditions.push(condition);
        }
    }
    Some(conditions.join(" || "))
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
