//! Owns the lint `hook-object`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-object",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "the object that a hook needs is not built in some configuration with the feature",
        what: "Reports an object that kbuild may leave out although the feature's symbol is on. The object holds the body of \
            a hook, or a function or variable that an inline hook uses. Its `obj-$(CONFIG_X)` line names a symbol that no \
            Kconfig file declares, or one that the user can turn off independently of what selects the feature. Composite \
            objects and parent directories are followed.\n\n\
            Nothing is reported if the answer is not certain: something selects the symbol, two lines list the object, a \
            conditional or function of make decides, or the hook refers to the name only inside an `if`. Definitions are \
            searched in the objects of the spec and in the architecture's `mm`, `kernel` and `lib`.",
        why: "The object has to be built wherever the feature's symbol is on. Otherwise the kernel does not link.",
        example: "# arch/sparc/mm/Makefile\n\
            obj-$(CONFIG_NUMA) += tlb.o     # defines arch_enter_lazy_mmu_mode()",
        fix: "Build the object under the feature's symbol. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            for missing in &on.contract.missing {
                let Some((gate, defined)) = &missing.gate else {
                    continue;
                };
                let mut of_objects = on.units.lacking.iter();
                let is_known = of_objects.any(|needed| {
                    let known = needed.gate.as_ref();
                    known.is_some_and(|known| known.location == gate.location)
                });
                if is_known {
                    continue;
                }
                let mut finding = lint
                    .finding(
                        subject,
                        format!(
                            "the hook `{}` is built only with `CONFIG_{}`",
                            missing.hook, gate.symbol
                        ),
                        Label::new(gate.location.clone(), "the feature can be on without this"),
                    )
                    .with_arch(on.arch.clone())
                    .breaking(missing.breaks())
                    .with_secondary(Label::new(defined.clone(), "defined here"))
                    .with_secondary(Label::new(missing.used.clone(), "used here"))
                    .with_note(missing.example.note("fails with"));
                if let Some(cause) = on.turned_on_at() {
                    finding = finding
                        .with_secondary(Label::new(
                            cause.location.clone(),
                            subject.turned_on_here(cause),
                        ))
                        .with_help(format!("build the object under `CONFIG_{}`", cause.target));
                }
                findings.push(finding);
            }
            // All that one object holds is missing together.
            let mut gates = Vec::new();
            for needed in on.units.lacking.iter() {
                let Some(gate) = &needed.gate else {
                    continue;
                };
                if gates.contains(&&gate.location) {
                    continue;
                }
                gates.push(&gate.location);
                let what = if needed.name == needed.hook {
                    format!("the hook `{}`", needed.hook)
                } else {
                    format!("`{}`, which the hook `{}` needs,", needed.name, needed.hook)
                };
                let mut finding = lint
                    .finding(
                        subject,
                        format!("{what} is built only with `CONFIG_{}`", gate.symbol),
                        Label::new(gate.location.clone(), "the feature can be on without this"),
                    )
                    .with_arch(on.arch.clone())
                    .breaking(Stage::Link)
                    .with_secondary(Label::new(needed.defined.clone(), "defined here"))
                    .with_secondary(Label::new(
                        needed.declared.clone(),
                        "declared unconditionally",
                    ));
                if let Some(select) = on.symbols.selects.first() {
                    let symbol = &select.target;
                    finding = finding
                        .with_secondary(Label::new(select.location.clone(), "selected here"))
                        .with_help(format!("build the object under `CONFIG_{symbol}`"));
                }
                findings.push(finding);
            }
        }
    }),
};
