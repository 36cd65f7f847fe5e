//! Owns the lint `spec-mismatch`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "spec-mismatch",
    group: &group::FEATURE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "no architecture defines a hook that the feature's spec names",
        what: "Reports a hook that every architecture which turns the feature's symbol on lacks, if there are at least two of them. \
            It is one finding for the whole tree.",
        why: "A kernel in which none of them compiles does not exist. The spec does not describe this tree: the hook has another \
            name in this release, or does not belong to the symbol.",
        example: "# my-feature.yaml, for a tree in which the function is called pte_mkspecial()\n\
            hooks:\n\
            \x20 - pte_mk_special",
        fix: "Correct the spec. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for hook in &subject.spec.hooks {
            if !subject.is_spec_at_fault(hook) {
                continue;
            }
            let missing = subject.archs.iter().find_map(|on| {
                let mut missing = on.contract.missing.iter();
                missing.find(|missing| missing.hook == **hook)
            });
            let Some(missing) = missing else {
                continue;
            };
            findings.push(
                lint.finding(
                    subject,
                    format!(
                        "no architecture that selects `{}` defines `{hook}`",
                        subject.symbol()
                    ),
                    Label::new(missing.used.clone(), "used here"),
                )
                .with_help("correct the hooks of the feature's spec"),
            );
        }
    }),
};
