//! Owns the lint `select-never`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::support::question::{self, Finding};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-never",
    group: &group::FEATURE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "the condition of a select of the feature's symbol can never be true",
        what: "Reports a `select` of the feature's symbol that has no effect in any configuration of the architecture. The \
            finding names the lines that exclude it. It is an error if the architecture defines all hooks and no other line \
            turns the symbol on.\n\n\
            A condition that depends on the output of a command is not reported: it may be true with another compiler.",
        why: "The line does nothing. If no other line turns the symbol on, the feature is off and its hooks are dead code, as \
            if the line did not exist.",
        example: "config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_LAZY_MMU_MODE if 64BIT && 32BIT",
        fix: "Correct the condition, or drop the `select`. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let hooks = &subject.spec.hooks;
        for on in &subject.archs {
            // The effect is that of no select at all: dead hooks, and a feature that is silently off.
            let has_all = hooks.iter().all(|hook| on.hook(hook).next().is_some());
            let is_feature_off = !hooks.is_empty() && has_all && on.is_never_on();
            for (select, proof) in on.symbols.selects.iter().zip(&on.proof.selects) {
                let Finding::Impossible(reasons) = &proof.acts else {
                    continue;
                };
                // A line that all architectures share says nothing about one that never comes to it.
                if !crate::arch::is_own_file(&on.arch, &select.location.path) {
                    continue;
                }
                let condition = select.condition.as_deref().unwrap_or("y");
                let mut finding = lint
                    .finding(
                        subject,
                        format!("{} never selects `{}` here", on.arch, select.target),
                        Label::new(
                            select.location.clone(),
                            format!("`{condition}` is never true"),
                        ),
                    )
                    .with_arch(on.arch.clone())
                    .with_help("correct the condition, or drop the select");
                if is_feature_off {
                    finding.level = Level::Deny;
                    let note = format!(
                        "no configuration turns the symbol on, so the hooks of {} are dead code",
                        on.arch
                    );
                    finding = finding.with_note(note);
                }
                let because = question::reasons(reasons);
                finding
                    .notes
                    .extend(because.map(|reason| format!("because {reason}")));
                findings.push(finding);
            }
        }
    }),
};
