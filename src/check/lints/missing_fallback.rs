//! Owns the lint `missing-fallback`.

use crate::check::Subject;
use crate::check::fallback::Fallback;
use crate::check::lint::{Lint, add};
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "missing-fallback",
    level: Level::Deny,
    summary: "a generic wrapper is missing, or is a mere value, where the feature's symbol is off",
    explanation: "Generic code calls the wrappers whether an architecture has the feature or not. Where the symbol is off, the \
        entry header has to give each of them an empty function, be it by way of another header. Without it the callers do not \
        compile there; and a macro that stands for a number makes gcc warn of a statement without effect wherever a caller \
        ignores the result, which a build with `-Werror` does not survive.\n\n\
        A wrapper is reported as missing where no configuration of the architecture has it with the symbol off, though one has \
        it with the symbol on. Architectures that always select the symbol are not looked at. A macro that is a statement, \
        such as `do { } while (0)`, is accepted. Wrappers with the same fault share a finding.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
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
    },
};

/// One finding about wrappers that all lack a fallback, or all have one that is a value.
fn of_alike(lint: &Lint, subject: &Subject<'_>, alike: &[&Fallback]) -> Option<Diagnostic> {
    let first = alike.first()?;
    let names: Vec<String> = alike
        .iter()
        .map(|fallback| format!("`{}`", fallback.wrapper))
        .collect();
    let names = names.join(", ");
    let is = if alike.len() > 1 { "are" } else { "is" };
    let mut finding = match &first.value {
        None => lint
            .finding(
                subject,
                format!("{names} {is} not defined where the feature is off"),
                Label::new(
                    first.with_feature.clone(),
                    "defined here, with the feature only",
                ),
            )
            .with_help(if alike.len() > 1 {
                "define them as empty inline functions as well"
            } else {
                "define it as an empty inline function as well"
            }),
        Some(value) => lint
            .finding(
                subject,
                format!("{names} {is} a mere value where the feature is off"),
                Label::new(
                    value.clone(),
                    "a call of this is a statement without effect",
                ),
            )
            .with_help("write an inline function instead"),
    };
    for (index, fallback) in alike.iter().enumerate() {
        let also = (index > 0).then_some("likewise");
        if let (Some(value), Some(text)) = (&fallback.value, also) {
            finding = finding.with_secondary(Label::new(value.clone(), text));
        }
        let with_feature = match (&fallback.value, also) {
            (None, None) => continue,
            (None, Some(text)) => text,
            (Some(_), _) => "a function with the feature",
        };
        finding = finding.with_secondary(Label::new(fallback.with_feature.clone(), with_feature));
    }
    Some(finding)
}
