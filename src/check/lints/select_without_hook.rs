//! Owns the lint `select-without-hook`.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::feature::symbols::How;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-without-hook",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "an architecture selects the feature's symbol and defines none of its hooks",
        what: "Reports an architecture that selects the feature's symbol in a configuration without any of its hooks. If the \
            hooks exist in other configurations, the finding shows one in which they are missing. If generic code uses the \
            hooks outside the feature's wrappers, an `imply`, a `default` or a prompt counts as a `select`.\n\n\
            Empty inline functions, prototypes and macros all count as hooks. A name in a comment, a string or a call does \
            not, and neither does a definition in a header that the entry header does not include, directly or indirectly.",
        why: "With the symbol on, the generic wrappers call the hooks. An architecture without them does not compile.",
        example: "# arch/riscv/Kconfig; no header below arch/riscv defines a hook\n\
            config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_LAZY_MMU_MODE",
        fix: "Define the hooks in a header of the architecture, drop the `select`, or give both the same condition. No \
            automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        // A select of `X` turns a feature off that is there where `X` is off.
        if subject.spec.hooks.is_empty() || subject.is_negated() {
            return;
        }
        for on in &subject.archs {
            if on.contract.is_open {
                findings.extend(of_contract(lint, subject, on));
                continue;
            }
            let Some(select) = on.symbols.selects.first() else {
                continue;
            };
            if on.symbols.declarations.is_empty() || on.is_never_on() || !subject.calls_hooks() {
                continue;
            }
            let has_none = on.headers.hooks.is_empty() && on.headers.undecided.is_none();
            let example = on.proof.none.as_ref().and_then(|none| none.example());
            if !has_none && example.is_none() {
                continue;
            }
            let headline = if has_none {
                format!(
                    "{} selects `{}` but defines none of its hooks",
                    on.arch, select.target
                )
            } else {
                format!(
                    "{} selects `{}` where it defines none of its hooks",
                    on.arch, select.target
                )
            };
            let names: Vec<String> = subject
                .spec
                .hooks
                .iter()
                .map(|hook| format!("`{hook}`"))
                .collect();
            let mut finding = lint
                .finding(
                    subject,
                    headline,
                    Label::new(select.location.clone(), "selected here"),
                )
                .with_arch(on.arch.clone())
                .breaking(Stage::Compile)
                .with_note(format!("the hooks are {}", names.join(", ")));
            finding
                .notes
                .extend(example.map(|example| example.note("fails with")));
            for other in &on.symbols.selects[1..] {
                finding = finding.with_secondary(Label::new(other.location.clone(), "and here"));
            }
            for hook in &on.headers.hooks {
                finding = finding.with_secondary(Label::new(hook.location.clone(), hook.when()));
            }
            let help = if has_none {
                format!(
                    "define the hooks in a header of `arch/{}`, or drop the select",
                    on.arch
                )
            } else {
                "use the same condition for the select and the hooks".to_owned()
            };
            findings.push(finding.with_help(help));
        }
    }),
};

/// The finding about an architecture that lacks every hook that something uses.
fn of_contract(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Option<Diagnostic> {
    let missing = &on.contract.missing;
    let first = missing.first().filter(|first| first.gate.is_none())?;
    let has_none = missing.len() == subject.spec.required()
        && missing.iter().all(|missing| missing.elsewhere.is_none());
    if !has_none || subject.is_spec_at_fault(&first.hook) {
        return None;
    }
    let cause = on.turned_on_at()?;
    let names: Vec<String> = missing
        .iter()
        .map(|missing| format!("`{}`", missing.hook))
        .collect();
    Some(
        lint.finding(
            subject,
            format!(
                "{} {} `{}` but defines none of its hooks",
                on.arch,
                subject.turns_on_by(cause),
                cause.target
            ),
            Label::new(cause.location.clone(), subject.turned_on_here(cause)),
        )
        .with_arch(on.arch.clone())
        .breaking(first.breaks())
        .with_secondary(Label::new(first.used.clone(), "used here"))
        .with_note(format!("the hooks are {}", names.join(", ")))
        .with_note(first.example.note("fails with"))
        .with_help(match cause.how {
            How::Select | How::Imply => format!(
                "define the hooks below `arch/{}`, or drop the select",
                on.arch
            ),
            _ => format!("define the hooks below `arch/{}`", on.arch),
        }),
    )
}
