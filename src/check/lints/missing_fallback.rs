//! Owns the lint `missing-fallback`.

use crate::check::lint::{Lint, add};
use crate::diag::{Label, Level};

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
        such as `do { } while (0)`, is accepted.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            let causes = on.symbols.selects.iter().chain(&on.symbols.defaults);
            let never_off = causes
                .clone()
                .any(|cause| cause.condition.is_none() && cause.dependency.is_none());
            if on.symbols.declarations.is_empty() || never_off {
                continue;
            }
            for fallback in &on.headers.fallbacks {
                let name = &fallback.wrapper;
                let with_feature = fallback.with_feature.clone();
                let finding = match &fallback.value {
                    None => lint
                        .finding(
                            subject,
                            format!("`{name}` is not defined where the feature is off"),
                            Label::new(with_feature, "defined here, with the feature only"),
                        )
                        .with_help(format!("define an empty inline function `{name}` as well")),
                    Some(value) => lint
                        .finding(
                            subject,
                            format!("`{name}` is a mere value where the feature is off"),
                            Label::new(
                                value.clone(),
                                "a call of this is a statement without effect",
                            ),
                        )
                        .with_secondary(Label::new(with_feature, "a function with the feature"))
                        .with_help("make it an inline function"),
                };
                add(findings, finding.with_arch(on.arch.clone()));
            }
        }
    },
};
