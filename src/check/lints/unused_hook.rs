//! Owns the lint `unused-hook`.

use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unused-hook",
    group: &group::FEATURE,
    default_level: Level::Allow,
    is_on: true,
    docs: Docs {
        summary: "an architecture selects the symbol and lacks a hook that no known code uses",
        what: "Reports a hook of the spec that an architecture does not define although its symbol can be on, if no code that \
            is known to be built on this architecture uses the hook. Drivers are not searched. The finding is shown only with \
            `--pedantic`.",
        why: "Nothing fails today. A future use of the hook would not compile on this architecture.",
        example: "# nothing on this architecture defines arch_dma_set_mask()\n\
            config PPC\n\
            \tselect ARCH_HAS_DMA_SET_MASK",
        fix: "Define the hook, or drop the `select`. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            let Some(cause) = on.turned_on_at() else {
                continue;
            };
            let headers = on.contract.no_header.iter();
            let headers = headers.filter(|(_, place, _)| place.is_none());
            let unused = on.contract.unused.iter();
            for hook in unused.chain(headers.map(|(header, _, _)| header)) {
                let finding = lint
                    .finding(
                        subject,
                        format!(
                            "{} {} `{}` but has no `{hook}`",
                            on.arch,
                            subject.turns_on_by(cause),
                            cause.target
                        ),
                        Label::new(cause.location.clone(), subject.turned_on_here(cause)),
                    )
                    .with_note("nothing that is known to be built uses it")
                    .with_arch(on.arch.clone());
                add(findings, finding);
            }
        }
    }),
};
