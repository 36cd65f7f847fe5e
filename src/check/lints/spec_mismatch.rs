//! Owns the lint `spec-mismatch`.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::feature::builtin;

/// How the finding about a hook begins that every architecture lacks.
const LACKED_BY_ALL: &str = "no architecture";

pub(in crate::check) const LINT: Lint = Lint {
    name: "spec-mismatch",
    group: &group::FEATURE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "the feature's spec does not describe this tree",
        what: "Reports a hook that cannot be right, because of what the tree contains. There is one finding for the whole \
            tree. It is an error if every architecture defines the hook, whether or not it turns the symbol on, or if generic \
            code defines the hook in every configuration with the symbol on. It is a warning if at least two architectures \
            turn the symbol on and all of them lack the hook, or if nothing in the tree has the hook's name.\n\n\
            For a spec that comes with kfeat, the finding is shown only with `--pedantic`.",
        why: "No release fails to compile on every architecture with the feature, so the spec must be wrong: the hook has \
            another name in this release, or does not belong to the symbol.",
        example: "# my-feature.yaml, for a tree in which the function is called pte_mkspecial()\n\
            hooks:\n\
            \x20 - pte_mk_special",
        fix: "Correct the spec. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let is_shipped =
            builtin::find(&subject.spec.name).is_some_and(|spec| *spec == *subject.spec);
        let mut add = |level: Level, headline: String, primary: Label, help: &str| {
            let mut finding = lint.finding(subject, headline, primary).with_help(help);
            // Of a shipped feature, a release may know less.
            finding.level = if is_shipped { Level::Allow } else { level };
            findings.push(finding);
        };
        for hook in &subject.spec.hooks {
            if let Some(place) = defined_by_all(subject, hook) {
                add(
                    Level::Deny,
                    format!(
                        "every architecture defines `{hook}`, whether it {} `{}` or not",
                        subject.turns_on(),
                        subject.symbol()
                    ),
                    Label::new(place, "defined here, without the feature as well"),
                    "remove it from the hooks of the feature's spec, or mark it as `shared`",
                );
            } else if let Some(place) = defined_by_none(subject, hook) {
                add(
                    Level::Deny,
                    format!("generic code defines `{hook}`, so no architecture can"),
                    Label::new(
                        place,
                        "defined here in every configuration with the feature",
                    ),
                    "list the functions that it calls instead, or move it to the `wrappers`",
                );
            } else if subject.is_spec_at_fault(hook) {
                let missing = subject.archs.iter().find_map(|on| {
                    let mut missing = on.contract.missing.iter();
                    missing.find(|missing| missing.hook == **hook)
                });
                let Some(missing) = missing else {
                    continue;
                };
                add(
                    Level::Warn,
                    format!(
                        "{LACKED_BY_ALL} that {} `{}` defines `{hook}`",
                        subject.turns_on(),
                        subject.symbol()
                    ),
                    Label::new(missing.used.clone(), "used here"),
                    "correct the hooks of the feature's spec",
                );
            } else if let Some(place) = named_by_none(subject, hook) {
                add(
                    Level::Warn,
                    format!(
                        "neither generic code nor a checked architecture defines or uses `{hook}`"
                    ),
                    Label::new(place, "the feature is turned on here"),
                    "correct the hooks of the feature's spec, or name the releases that have it (`since`, `until`)",
                );
            }
        }
    }),
};

/// Whether a finding says that every architecture lacks the hook which has the feature.
pub(in crate::check) fn is_lacked_by_all(finding: &Diagnostic, hook: &str) -> bool {
    finding.lint == LINT.name
        && finding.headline.starts_with(LACKED_BY_ALL)
        && finding.headline.contains(&format!("`{hook}`"))
}

/// Where an architecture defines a hook although it never turns the feature on, if all architectures define it, and some turn the
/// feature on.
fn defined_by_all(subject: &Subject<'_>, hook: &str) -> Option<Location> {
    let places: Option<Vec<_>> = subject
        .archs
        .iter()
        .map(|on| {
            let mut always = on.contract.always.iter();
            let (_, place) = always.find(|(name, _)| name == hook)?;
            Some((on.turned_on_at().is_some(), place))
        })
        .collect();
    let places = places.filter(|places| places.len() > 1)?;
    let is_on_somewhere = places.iter().any(|(is_on, _)| *is_on);
    let mut without = places.iter().filter(|(is_on, _)| !is_on);
    let (_, place) = without.next().filter(|_| is_on_somewhere)?;
    Some((*place).clone())
}

/// Where generic code defines a hook, if it does so on every architecture that turns the feature on.
fn defined_by_none(subject: &Subject<'_>, hook: &str) -> Option<Location> {
    let with = subject
        .archs
        .iter()
        .filter(|on| on.contract.is_open && on.turned_on_at().is_some() && !on.is_never_on());
    let places: Option<Vec<&Location>> = with
        .map(|on| {
            let mut generic = on.contract.generic.iter();
            generic
                .find(|(name, _)| name == hook)
                .map(|(_, place)| place)
        })
        .collect();
    places?.first().map(|place| (*place).clone())
}

/// A line that turns the feature on, if no architecture and no generic code names the hook.
fn named_by_none(subject: &Subject<'_>, hook: &str) -> Option<Location> {
    let is_alternative = subject
        .spec
        .hooks
        .iter()
        .any(|other| **other == *hook && (other.group.is_some() || other.optional));
    let is_unknown = |on: &OnArch| on.contract.unknown.iter().any(|name| name == hook);
    if is_alternative || !subject.archs.iter().all(is_unknown) {
        return None;
    }
    let cause = subject.archs.iter().find_map(OnArch::turned_on_at)?;
    Some(cause.location.clone())
}
