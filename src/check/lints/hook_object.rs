//! Owns the lint `hook-object`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-object",
    level: Level::Deny,
    summary: "the object that a hook needs is not built in some configuration with the feature",
    explanation: "A hook that a header only declares has its body in a source file, and an inline hook may name functions and \
        variables that its header declares. The object of that file has to be built wherever the feature's symbol is on, or the \
        kernel does not link. kbuild's lists say when it is: `obj-$(CONFIG_X)`, by way of composite objects and of the \
        directories above.\n\n\
        Reported is a line whose symbol no Kconfig file declares, or whose symbol the user can turn off without a bearing on \
        what selects the feature. Where that cannot be told (the symbol is selected, an object has two lines, make decides, the \
        reference stands behind an `if` of the hook) nothing is reported: powerpc's hooks are in order, for the compiler \
        leaves them out where only radix page tables are built in.\n\n\
        Definitions are looked for in the objects of the spec and in `mm`, `kernel` and `lib` of the architecture.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
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
                        format!("{what} is built with `CONFIG_{}` only", gate.symbol),
                        Label::new(gate.location.clone(), "the feature can be on without this"),
                    )
                    .with_arch(on.arch.clone())
                    .with_secondary(Label::new(needed.defined.clone(), "defined here"))
                    .with_secondary(Label::new(needed.declared.clone(), "declared for all"));
                if let Some(select) = on.symbols.selects.first() {
                    let symbol = &select.target;
                    finding = finding
                        .with_secondary(Label::new(select.location.clone(), "selected here"))
                        .with_help(format!("let the object hang on `CONFIG_{symbol}`"));
                }
                findings.push(finding);
            }
        }
    },
};
