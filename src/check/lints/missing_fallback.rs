//! Owns the lint `missing-fallback`.

use crate::check::feature::fallback::{Absent, Fallback};
use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Diagnostic, Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "missing-fallback",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a generic wrapper is missing where it is called, or is a bare value where the feature's symbol is off",
        what: "Reports a wrapper that is defined on an architecture with the symbol on, but never with the symbol off. Also \
            reports a wrapper that is a macro for a number with the symbol off, a wrapper that is defined only with the \
            symbol off, and a wrapper that generic code calls although no header defines it any more. Wrappers with the same \
            fault share a finding. A hook that the spec marks with `fallback`, and one that generic code calls with the symbol \
            off, must be defined there as well.\n\n\
            An architecture that always selects the symbol needs no fallback. A macro that is a statement, such as `do { } \
            while (0)`, is accepted. Nothing is reported if none of the wrappers is defined, as in a tree that is older than \
            the wrappers.",
        why: "Generic code calls the wrappers whether or not the architecture has the feature. Without a fallback, the \
            callers do not compile with the symbol off. A bare value makes the compiler warn about a statement without \
            effect, which breaks a build with `-Werror`.",
        example: "#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n\
            static inline void lazy_mmu_mode_enable(void) { arch_enter_lazy_mmu_mode(); }\n\
            #endif /* no #else: nothing defines lazy_mmu_mode_enable() here */",
        fix: "Define the wrapper as an empty inline function where the symbol is off. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            for missing in &on.contract.no_fallback {
                let (label, note) = match missing.is_used {
                    true => ("used here", "fails with"),
                    false => ("defined here, only with the feature", "it is missing with"),
                };
                let finding = lint
                    .finding(
                        subject,
                        format!("`{}` is not defined where the feature is off", missing.hook),
                        Label::new(missing.used.clone(), label),
                    )
                    .breaking(missing.breaks())
                    .with_note(missing.example.note(note))
                    .with_help("also define it where the symbol is off")
                    .with_arch(on.arch.clone());
                add(findings, finding);
            }
            for absent in &on.headers.absent {
                if let Some(finding) = of_absent(lint, subject, on, absent) {
                    add(findings, finding.with_arch(on.arch.clone()));
                }
            }
            let causes = on.symbols.selects.iter().chain(&on.symbols.defaults);
            let never_off = causes
                .clone()
                .any(|cause| cause.condition.is_none() && cause.dependency.is_none());
            if on.symbols.declarations.is_empty() || never_off {
                continue;
            }
            for is_value in [false, true] {
                let alike = on
                    .headers
                    .fallbacks
                    .iter()
                    .filter(|fallback| fallback.value.is_some() == is_value);
                if let Some(finding) = of_alike(lint, subject, &alike.collect::<Vec<_>>()) {
                    add(findings, finding.with_arch(on.arch.clone()));
                }
            }
        }
    }),
};

/// The finding about a wrapper that is not there with the feature, or not at all.
fn of_absent(
    lint: &Lint,
    subject: &Subject<'_>,
    on: &OnArch,
    absent: &Absent,
) -> Option<Diagnostic> {
    let wrapper = &absent.wrapper;
    if let Some(place) = &absent.without_feature {
        let is_ever_on = !(on.symbols.selects.is_empty() && on.symbols.defaults.is_empty());
        return is_ever_on.then(|| {
            lint.finding(
                subject,
                format!("`{wrapper}` is not defined where the feature is on"),
                Label::new(place.clone(), "defined here, only without the feature"),
            )
            .with_help("also define it where the feature is on")
            .breaking_if(subject.calls(&[&**wrapper]), Stage::Compile)
        });
    }
    // A file that the generic headers alone lead to the entry header has from there what it calls.
    let names = [&**wrapper];
    let call = subject
        .callers
        .iter()
        .filter(|caller| caller.arch().is_none() && caller.reaches && !caller.provides(&names))
        .find_map(|caller| caller.uses(&names).next())?;
    let entry = subject.spec.entry_header.as_deref().unwrap_or_default();
    let finding = lint.finding(
        subject,
        format!("`{wrapper}` is called, but no header defines it"),
        Label::new(call.location.clone(), "called here"),
    );
    let help = format!("define it in `{entry}`, or call its replacement");
    Some(finding.with_help(help).breaking(Stage::Compile))
}

/// One finding about wrappers that all lack a fallback, or all have one that is a value.
fn of_alike(lint: &Lint, subject: &Subject<'_>, alike: &[&Fallback]) -> Option<Diagnostic> {
    let first = alike.first()?;
    let names: Vec<String> = alike
        .iter()
        .map(|fallback| format!("`{}`", fallback.wrapper))
        .collect();
    let names = names.join(", ");
    let is = if alike.len() > 1 { "are" } else { "is" };
    let wrappers: Vec<&str> = alike.iter().map(|one| &*one.wrapper).collect();
    let mut finding = match &first.value {
        None => lint
            .finding(
                subject,
                format!("{names} {is} not defined where the feature is off"),
                Label::new(
                    first.with_feature.clone(),
                    "defined here, only with the feature",
                ),
            )
            .with_help(if alike.len() > 1 {
                "also define them as empty inline functions where the symbol is off"
            } else {
                "also define it as an empty inline function where the symbol is off"
            })
            .breaking_if(subject.calls(&wrappers), Stage::Compile),
        Some(value) => lint
            .finding(
                subject,
                format!("{names} {is} a bare value where the feature is off"),
                Label::new(
                    value.clone(),
                    "a call of this is a statement without effect",
                ),
            )
            .with_help("define an inline function instead"),
    };
    let mut generic = subject.callers.iter();
    let call = generic.find_map(|caller| {
        let mut uses = caller.uses(&wrappers);
        uses.next().filter(|_| caller.arch().is_none())
    });
    if let Some(call) = call.filter(|_| first.value.is_none()) {
        finding = finding.with_secondary(Label::new(call.location.clone(), "called here"));
    }
    for (index, fallback) in alike.iter().enumerate() {
        let also = (index > 0).then_some("likewise");
        if let (Some(value), Some(text)) = (&fallback.value, also) {
            finding = finding.with_secondary(Label::new(value.clone(), text));
        }
        let with_feature = match (&fallback.value, also) {
            (None, None) => continue,
            (None, Some(text)) => text,
            (Some(_), _) => "a function where the feature is on",
        };
        finding = finding.with_secondary(Label::new(fallback.with_feature.clone(), with_feature));
    }
    Some(finding)
}
