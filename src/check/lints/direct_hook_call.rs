//! Owns the lint `direct-hook-call`.

use crate::check::feature::subject::{OnArch, Subject};
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "direct-hook-call",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "generic code calls an architecture's hook instead of its wrapper",
        what: "Reports generic code that calls a hook of an architecture directly. By default, kfeat searches the files below \
            `mm`, `fs`, `kernel`, `lib` and `virt` and the objects that the feature's spec names; with `--feature all`, it \
            searches every source file and header. All calls in one file are one finding.\n\n\
            These may call hooks directly: code of an architecture, the entry header, the callers that the spec permits, and \
            a file that defines a hook. Nothing is reported if the tree does not have the wrappers yet.",
        why: "The hooks exist only on architectures that select the feature's symbol, so the call does not compile elsewhere. \
            The call also bypasses the nesting and pause counters of the wrappers.",
        example: "/* mm/memory.c */\n\
            \tarch_enter_lazy_mmu_mode();",
        fix: "Call the wrapper. No automatic fix: which wrapper is meant depends on the code around the call.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let spec = subject.spec;
        // Before there were wrappers everyone called the hooks.
        if subject
            .archs
            .iter()
            .all(|on| on.headers.wrapper_headers.is_empty())
        {
            return;
        }
        for caller in subject.callers.iter() {
            if caller.arch().is_some()
                || spec.may_call_hooks(&caller.path)
                || caller.provides(&spec.hooks)
            {
                continue;
            }
            // One file is fixed in one go.
            let places: Vec<_> = caller.uses(&spec.hooks).collect();
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let mut called: Vec<String> = Vec::new();
            for place in &places {
                let name = format!("`{}`", place.name);
                if !called.contains(&name) {
                    called.push(name);
                }
            }
            let hooks = if called.len() > 1 { "hooks" } else { "hook" };
            let mut finding = lint
                .finding(
                    subject,
                    format!("generic code calls the {hooks} {}", called.join(", ")),
                    Label::new(
                        first.location.clone(),
                        "architectures without the feature do not have it",
                    ),
                )
                .with_help(format!("call one of the wrappers: {}", wrappers(subject)));
            // Where every architecture has them, the tree still compiles.
            let lacks = |on: &OnArch| {
                let mut called = places.iter().map(|place| &*place.name);
                called.any(|hook| on.hook(hook).next().is_none())
            };
            finding = finding.breaking_if(subject.archs.iter().any(lacks), Stage::Compile);
            for place in others {
                finding = finding.with_secondary(Label::new(place.location.clone(), "and here"));
            }
            findings.push(finding);
        }
    }),
};

fn wrappers(subject: &Subject<'_>) -> String {
    let names = subject.spec.wrappers.iter();
    let names: Vec<String> = names.map(|name| format!("`{name}`")).collect();
    names.join(", ")
}
