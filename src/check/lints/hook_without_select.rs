//! Owns the lint `hook-without-select`.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::support::verdict::Supported;
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-without-select",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "an architecture defines all hooks and does not select the feature's symbol",
        what: "Reports an architecture that defines all hooks of a feature and never turns its symbol on. If the symbol can \
            be on, but all hooks are also defined in configurations in which it is off, the finding is a warning.\n\n\
            An architecture that defines only some of the hooks may need them for itself and is not reported. Neither is one \
            whose `select` is misspelt; that is a finding of its own.",
        why: "The generic wrappers are empty unless the symbol is on. The hooks are dead code, and the feature that they \
            implement is silently off.",
        example: "/* arch/riscv/include/asm/pgtable.h, without a `select` in arch/riscv/Kconfig */\n\
            static inline void arch_enter_lazy_mmu_mode(void) { }\n\
            static inline void arch_leave_lazy_mmu_mode(void) { }\n\
            static inline void arch_flush_lazy_mmu_mode(void) { }",
        fix: "Select the symbol in the architecture's Kconfig, or remove the hooks. No automatic fix: only a person knows \
            whether the feature is ready.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let hooks = &subject.spec.hooks;
        if hooks.is_empty()
            || subject
                .archs
                .iter()
                .all(|on| on.symbols.declarations.is_empty())
        {
            return;
        }
        for on in &subject.archs {
            if on.contract.is_open {
                findings.extend(of_contract(lint, subject, on));
                continue;
            }
            let symbols = &on.symbols;
            // A prompt and `!SYMBOL` turn it on without a line; so what counts is whether a configuration has it.
            let is_turned_on = on.support.supported != Supported::No;
            let idle = on.proof.idle.as_ref().and_then(|idle| idle.example());
            // A misspelt select is a finding of its own, and so are a select that can never act and one of a symbol that is not declared.
            let is_never_selected = on.is_never_on() && !symbols.selects.is_empty();
            let is_undeclared = symbols.declarations.is_empty() && !symbols.selects.is_empty();
            let is_meant = !symbols.misspelt.is_empty() || is_never_selected || is_undeclared;
            let has_all = hooks.iter().all(|hook| on.hook(hook).next().is_some());
            if is_meant || !has_all || (is_turned_on && idle.is_none()) {
                continue;
            }
            // Where a select is the one at fault, it also leaves the hooks idle elsewhere.
            let is_select_wrong = on
                .proof
                .none
                .as_ref()
                .is_some_and(|none| none.example().is_some());
            if is_turned_on && (is_select_wrong || calls_its_own_hooks(subject, on)) {
                continue;
            }
            let mut places: Vec<_> = hooks
                .iter()
                .filter_map(|hook| on.hook(hook).next())
                .collect();
            places.sort_by(|a, b| a.location.cmp(&b.location));
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let symbol = subject.symbol();
            let headline = match (is_turned_on, subject.is_negated()) {
                (true, true) => {
                    format!("{} defines all hooks even where `{symbol}` is on", on.arch)
                }
                (true, false) => {
                    format!("{} defines all hooks even where `{symbol}` is off", on.arch)
                }
                (false, true) => {
                    format!("{} defines all hooks, but `{symbol}` is always on", on.arch)
                }
                (false, false) => format!(
                    "{} defines all hooks but does not select `{symbol}`",
                    on.arch
                ),
            };
            let mut finding = lint
                .finding(
                    subject,
                    headline,
                    Label::new(
                        first.location.clone(),
                        "never called by the generic wrappers",
                    ),
                )
                .with_arch(on.arch.clone());
            if is_turned_on {
                finding.level = Level::Warn;
                finding
                    .notes
                    .extend(idle.map(|example| example.note("for example with")));
                finding = finding.with_help(if subject.is_negated() {
                    format!("define the hooks only where `{symbol}` is off")
                } else {
                    "use the same condition for the select and the hooks".to_owned()
                });
            } else if subject.is_negated() {
                finding = finding.with_help(format!(
                    "make it possible to turn `{symbol}` off on this architecture, or remove the hooks"
                ));
            } else {
                finding = finding.with_help(format!(
                    "select `{symbol}` in `arch/{}/Kconfig`, or remove the hooks",
                    on.arch
                ));
            }
            for other in others {
                finding = finding.with_secondary(Label::new(other.location.clone(), ""));
            }
            findings.push(finding);
        }
    }),
};

/// Whether the architecture is among those that may call hooks directly, and so may need them with the symbol off.
pub(super) fn calls_its_own_hooks(subject: &Subject<'_>, on: &OnArch) -> bool {
    let directory = format!("arch/{}/", on.arch);
    subject
        .spec
        .direct_callers
        .iter()
        .any(|caller| caller.starts_with(&directory))
}

/// The finding about an architecture that has all hooks, never turns the symbol on, and has no other use for them.
fn of_contract(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Option<Diagnostic> {
    let mut places = on.contract.idle.clone();
    places.sort();
    places.dedup();
    let (first, others) = places.split_first()?;
    if !on.symbols.misspelt.is_empty() || on.symbols.incomplete {
        return None;
    }
    let symbol = subject.symbol();
    let mut finding = lint
        .finding(
            subject,
            format!(
                "{} defines all hooks but does not select `{symbol}`",
                on.arch
            ),
            Label::new(first.clone(), "nothing uses this while the symbol is off"),
        )
        .with_arch(on.arch.clone())
        .with_help(format!(
            "select `{symbol}` in `arch/{}/Kconfig`, or remove the hooks",
            on.arch
        ));
    for other in others {
        finding = finding.with_secondary(Label::new(other.clone(), ""));
    }
    Some(finding)
}
