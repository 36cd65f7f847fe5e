//! Owns the lint `incomplete-hooks`.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::check::support::question::Example;
use crate::diag::{Diagnostic, Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "incomplete-hooks",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "an architecture selects the feature's symbol and lacks some of its hooks",
        what: "Reports an architecture that selects the feature's symbol and lacks some of its hooks in a configuration in \
            which the symbol is on. If a missing hook is defined in some configurations, the finding shows one in which it is \
            not.\n\n\
            A hook that a header of the architecture only declares needs a body in an object that is built, where something \
            that is built uses the hook or one of its wrappers.\n\n\
            A hook that a source file of the architecture defines as `static`, although a header that it includes declares the hook for \
            other files, does not compile.\n\n\
            If generic code uses the hooks outside the feature's wrappers, a hook is needed only where some code uses it, and \
            an `imply`, a `default` or a prompt that can turn the symbol on counts as a `select`. A header of the \
            architecture that the feature's spec requires, or that its entry header includes, is needed where something includes it.\n\n\
            An architecture that does not select the symbol may define any of the hooks for its own use.",
        why: "The generic wrappers call all hooks of a feature. If one is missing, the kernel does not compile.",
        example: "/* selects the symbol, but does not define arch_flush_lazy_mmu_mode() */\n\
            static inline void arch_enter_lazy_mmu_mode(void) { }\n\
            static inline void arch_leave_lazy_mmu_mode(void) { }",
        fix: "Define the missing hook beside the others, even if its body is empty. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            findings.extend(of_contract(lint, subject, on));
            if on.contract.is_open {
                findings.extend(of_headers(lint, subject, on));
                for finding in of_hidden(lint, subject, on) {
                    add(findings, finding);
                }
                for missing in &on.contract.without {
                    let headline = format!(
                        "`{}` is not defined where `{}` is off",
                        missing.hook,
                        subject.symbol()
                    );
                    let finding = lint
                        .finding(
                            subject,
                            headline,
                            Label::new(missing.used.clone(), "used here"),
                        )
                        .with_arch(on.arch.clone())
                        .breaking(missing.breaks())
                        .with_note(missing.example.note("fails with"))
                        .with_help("define it in the architecture where the symbol is off");
                    add(findings, finding);
                }
                continue;
            }
            // A select of `X` turns a feature off that is there where `X` is off.
            let select = on.symbols.selects.first();
            let Some(select) = select.filter(|_| !subject.is_negated()) else {
                continue;
            };
            let lacks_all = on.headers.hooks.is_empty()
                || on
                    .proof
                    .none
                    .as_ref()
                    .is_some_and(|none| none.example().is_some());
            if on.symbols.declarations.is_empty() || on.is_never_on() || lacks_all {
                continue;
            }
            let missing: Vec<(&str, Option<&Example>)> = subject
                .spec
                .hooks
                .iter()
                .filter(|hook| subject.needs(hook))
                .filter_map(|hook| missing(on, hook))
                .collect();
            let is_missing = |name: &str| missing.iter().any(|(missing, _)| *missing == name);
            let sibling = on
                .headers
                .hooks
                .iter()
                .filter(|sighting| !is_missing(&sighting.name))
                .min_by_key(|sighting| &sighting.location);
            let (Some((_, example)), Some(sibling)) = (missing.first(), sibling) else {
                continue;
            };
            let names: Vec<String> = missing
                .iter()
                .map(|(hook, _)| format!("`{hook}`"))
                .collect();
            let names = names.join(", ");
            let defined_elsewhere = on
                .headers
                .hooks
                .iter()
                .any(|sighting| is_missing(&sighting.name));
            let headline = if defined_elsewhere {
                format!(
                    "{} selects `{}` where it does not define {names}",
                    on.arch, select.target
                )
            } else {
                format!(
                    "{} selects `{}` but does not define {names}",
                    on.arch, select.target
                )
            };
            let mut finding = lint
                .finding(
                    subject,
                    headline,
                    Label::new(sibling.location.clone(), "defined here, without the others"),
                )
                .with_arch(on.arch.clone())
                .breaking(Stage::Compile)
                .with_secondary(Label::new(select.location.clone(), "selected here"))
                .with_help(format!("define {names} beside it"));
            for sighting in on
                .headers
                .hooks
                .iter()
                .filter(|hook| is_missing(&hook.name))
            {
                let when = sighting.condition.as_deref().unwrap_or("y");
                let label = Label::new(sighting.location.clone(), format!("only with {when}"));
                finding = finding.with_secondary(label);
            }
            finding
                .notes
                .extend(example.map(|example| example.note("fails with")));
            findings.push(finding);
        }
    }),
};

/// The hook with a configuration that lacks it, if it is missing anywhere.
fn missing<'a>(on: &'a OnArch, hook: &'a str) -> Option<(&'a str, Option<&'a Example>)> {
    if on.hook(hook).next().is_none() && on.headers.undecided.is_none() {
        let example = on.proof.on.as_ref().and_then(|on| on.example());
        return Some((hook, example));
    }
    let proof = on.proof.hooks.iter().find(|proof| proof.name == hook)?;
    Some((hook, Some(proof.missing.as_ref()?.example()?)))
}

/// The findings about hooks that something uses in a configuration in which the architecture does not have them. What shares
/// a configuration and a place shares a finding.
fn of_contract(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Vec<Diagnostic> {
    let all = &on.contract.missing;
    let is_of_another_lint = all.len() == subject.spec.required()
        && all.iter().all(|missing| missing.elsewhere.is_none());
    let missing: Vec<_> = all
        .iter()
        .filter(|missing| missing.gate.is_none() && !subject.is_spec_at_fault(&missing.hook))
        .collect();
    let (Some(first), Some(cause)) = (missing.first(), on.turned_on_at()) else {
        return Vec::new();
    };
    let is_negated = subject.is_negated();
    if is_of_another_lint && !is_negated {
        return Vec::new();
    }
    let names: Vec<String> = missing
        .iter()
        .map(|missing| format!("`{}`", missing.hook))
        .collect();
    let names = names.join(", ");
    let turns_on = subject.turns_on_by(cause);
    let headline = match first.elsewhere {
        Some(_) => format!(
            "{} {turns_on} `{}` where it does not define {names}",
            on.arch, cause.target
        ),
        None => format!(
            "{} {turns_on} `{}` but does not define {names}",
            on.arch, cause.target
        ),
    };
    let used = Label::new(first.used.clone(), "used here");
    let finding = match is_negated {
        // There need not be a line that leaves the symbol off.
        true => lint.finding(subject, headline, used),
        false => {
            let place = Label::new(cause.location.clone(), subject.turned_on_here(cause));
            lint.finding(subject, headline, place).with_secondary(used)
        }
    };
    let when = if is_negated { "off" } else { "on" };
    let mut finding = finding
        .with_arch(on.arch.clone())
        .breaking(first.breaks())
        .with_note(first.example.note("fails with"))
        .with_help(format!("define {names} wherever the symbol is {when}"));
    for missing in &missing {
        match (&missing.declared, &missing.elsewhere) {
            (Some(declared), _) => {
                let label = Label::new(declared.clone(), "declared here, without a body");
                finding = finding.with_secondary(label);
            }
            (None, Some((place, condition))) => {
                let condition = condition.as_deref().unwrap_or("y");
                let label = Label::new(place.clone(), format!("only with {condition}"));
                finding = finding.with_secondary(label);
            }
            (None, None) => {}
        }
        if let Some(body) = &missing.unlisted {
            let label = Label::new(body.clone(), "no Makefile names the object of this file");
            finding = finding.with_secondary(label);
        }
    }
    vec![finding]
}

/// The findings about hooks that are `static` although a header declares them for other files. One that is missing as well has a finding.
fn of_hidden(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Vec<Diagnostic> {
    let is_missing = |hook: &str| {
        let mut missing = on.contract.missing.iter();
        missing.any(|missing| missing.hook == hook)
    };
    let hidden = on.contract.hidden.iter();
    let hidden = hidden.filter(|hidden| !is_missing(&hidden.hook));
    let findings = hidden.map(|hidden| {
        let [own, declared] = &hidden.places;
        let headline = format!(
            "{} defines `{}` as static, but a header declares it for other files",
            on.arch, hidden.hook
        );
        lint.finding(subject, headline, Label::new(own.clone(), "static here"))
            .with_arch(on.arch.clone())
            .with_secondary(Label::new(declared.clone(), "declared here"))
            .with_note(hidden.example.note("fails with"))
            .with_help("remove the `static`")
            .breaking(Stage::Compile)
    });
    findings.collect()
}

/// The findings about headers that the feature's spec requires and the architecture does not have. One that nothing includes is
/// no error.
fn of_headers(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Vec<Diagnostic> {
    let Some(cause) = on.turned_on_at() else {
        return Vec::new();
    };
    let findings = on
        .contract
        .no_header
        .iter()
        .filter_map(|(header, place, example)| {
            let place = place.as_ref()?;
            let headline = format!(
                "{} {} `{}` but has no `{header}`",
                on.arch,
                subject.turns_on_by(cause),
                cause.target
            );
            let label = Label::new(cause.location.clone(), subject.turned_on_here(cause));
            let finding = lint
                .finding(subject, headline, label)
                .with_arch(on.arch.clone())
                .with_secondary(Label::new(place.clone(), "included here"))
                .with_note(example.note("fails with"))
                .with_help(format!("add `arch/{}/include/{header}`", on.arch));
            Some(finding.breaking(Stage::Compile))
        });
    findings.collect()
}
