//! Owns the lint `hook-defined-twice`.

use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-defined-twice",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a hook is defined twice in one configuration",
        what: "Reports a hook that has two function bodies in one configuration, such as the architecture's own and a generic \
            fallback. They are in two headers, in a source file and a header that it includes, or in two source files that are \
            both built into the kernel, where neither is `__weak`. The finding shows such a configuration.\n\n\
            The second definition may also be a macro of a header that the source file includes, if it takes another number of \
            arguments than the function.\n\n\
            Other configurations in which the hook's name is also a macro are not considered. Two definitions in one file are not \
            reported.",
        why: "A fallback is guarded by `#ifndef CONFIG_X` or `#ifndef hook`. If the guard does not exclude it, the file does \
            not compile, or the kernel does not link.",
        example: "/* arch/riscv; the symbol is not selected, so <linux/mm.h> defines it as well */\n\
            static inline int pte_special(pte_t pte) { return 0; }",
        fix: "Select the symbol, or add `#define hook hook` beside the architecture's function. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            // An object under another symbol than the feature's is both missing and there twice, and has a lint of its own.
            let is_misplaced = |hook: &str| {
                let mut missing = on.contract.missing.iter();
                missing.any(|missing| missing.hook == hook && missing.gate.is_some())
            };
            let twice = on.contract.twice.iter();
            for twice in twice.filter(|twice| !is_misplaced(&twice.hook)) {
                let [own, other] = &twice.places;
                let stage = match twice.places.iter().all(|place| place.path.ends_with(".c")) {
                    true => Stage::Link,
                    false => Stage::Compile,
                };
                let finding = lint
                    .finding(
                        subject,
                        format!("`{}` is defined twice", twice.hook),
                        Label::new(own.clone(), "defined here"),
                    )
                    .with_secondary(Label::new(
                        other.clone(),
                        "and here in the same configuration",
                    ))
                    .with_note(twice.example.note("fails with"))
                    .with_help(format!(
                        "add `#define {0} {0}` where the architecture defines it, or exclude the other definition",
                        twice.hook
                    ))
                    .breaking(stage)
                    .with_arch(on.arch.clone());
                add(findings, finding);
            }
        }
    }),
};
