//! Owns the lint `hook-guards-differ`.

use std::collections::BTreeMap;

use crate::check::feature::sighting::Sighting;
use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::check::lints::hook_without_select::calls_its_own_hooks;
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-guards-differ",
    group: &group::FEATURE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "one hook of an architecture is guarded differently from its siblings",
        what: "Reports a hook that is defined in a configuration in which the symbol is off and its siblings are not defined. \
            Also reports a hook without an early return that at least two siblings have, such as `if (radix_enabled()) \
            return;`.\n\n\
            An architecture that calls its own hooks may need only one of them, so that is not reported. An empty hook needs \
            no early return.",
        why: "The hooks of a feature belong together. A hook without its siblings is of no use; it was probably meant to have \
            the same guard. A missing test was probably forgotten.",
        example: "#ifdef CONFIG_64BIT\n\
            static inline void arch_enter_lazy_mmu_mode(void) { }\n\
            #endif\n\
            static inline void arch_leave_lazy_mmu_mode(void) { }",
        fix: "Give all hooks the same condition, or add the missing test. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            if on.symbols.selects.is_empty() {
                continue;
            }
            findings.extend(alone(lint, subject, on));
            findings.extend(without_test(lint, subject, on));
        }
    }),
};

/// A hook that is there where the symbol is off and a sibling is not there.
fn alone(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Option<Diagnostic> {
    if calls_its_own_hooks(subject, on) {
        return None;
    }
    let (hook, example) = on
        .proof
        .hooks
        .iter()
        .find_map(|hook| Some((hook, hook.alone.as_ref()?.example()?)))?;
    let others: Vec<&Sighting> = on
        .headers
        .hooks
        .iter()
        .filter(|other| other.name != hook.name)
        .collect();
    // Of several definitions it is the one that no sibling stands beside.
    let is_alone = |place: &&Sighting| {
        others
            .iter()
            .all(|other| other.condition != place.condition)
    };
    let place = on
        .hook(&hook.name)
        .find(is_alone)
        .or_else(|| on.hook(&hook.name).next())?;
    let mut finding = lint
        .finding(
            subject,
            format!(
                "{} defines `{}` where its siblings are not",
                on.arch, hook.name
            ),
            Label::new(place.location.clone(), place.when()),
        )
        .with_arch(on.arch.clone())
        .with_note(example.note("for example with"))
        .with_help("use the same condition for all hooks");
    for other in others {
        finding = finding.with_secondary(Label::new(other.location.clone(), other.when()));
    }
    Some(finding)
}

/// A hook that lacks a test on which at least two siblings return at once.
fn without_test(lint: &Lint, subject: &Subject<'_>, on: &OnArch) -> Option<Diagnostic> {
    let bodies: Vec<(&Sighting, &Vec<String>)> = on
        .headers
        .hooks
        .iter()
        .filter_map(|hook| Some((hook, hook.returns.as_ref()?)))
        .collect();
    let mut having: BTreeMap<&str, Vec<&Sighting>> = BTreeMap::new();
    for (hook, returns) in &bodies {
        for test in *returns {
            let hooks = having.entry(test).or_default();
            if hooks.iter().all(|known| known.name != hook.name) {
                hooks.push(hook);
            }
        }
    }
    for (test, with) in having {
        let without = bodies
            .iter()
            .filter(|(hook, _)| with.iter().all(|known| known.name != hook.name))
            .map(|(hook, _)| hook)
            .min_by_key(|hook| &hook.location);
        let (true, Some(without)) = (with.len() >= 2, without) else {
            continue;
        };
        let shown = test
            .replace(" ( ", "(")
            .replace("( )", "()")
            .replace(" )", ")");
        let mut finding = lint
            .finding(
                subject,
                format!(
                    "`{}` of {} lacks the test `{shown}` of its siblings",
                    without.name, on.arch
                ),
                Label::new(without.location.clone(), "no such test here"),
            )
            .with_arch(on.arch.clone())
            .with_help(format!(
                "return early where `{shown}` holds, or explain why not"
            ));
        for hook in with {
            finding =
                finding.with_secondary(Label::new(hook.location.clone(), "returns early here"));
        }
        return Some(finding);
    }
    None
}
