//! Owns the lint `undef-config`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "undef-config",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a source file undefines a CONFIG_ macro that the hooks need and leaves the feature's symbol on",
        what: "Reports an `#undef` of a `CONFIG_` macro that guards an architecture's hooks, alone or together with another \
            macro, in a file that leaves the feature's own macro defined. The file is preprocessed from its first line, so \
            the order of `#undef` and `#include` matters: an `#undef` after the entry header is harmless, and one before \
            `generated/autoconf.h` has no effect, because that header defines the macros again.\n\n\
            If an architecture guards its hooks, all of its source files and headers are searched, including headers in \
            directories that makefiles add with `-I`. A file that does not include the entry header breaks nothing and is \
            reported only with `--pedantic`. The same holds for a file that undefines both macros.",
        why: "Code that runs before the kernel proper, such as a decompressor, undefines `CONFIG_` macros of features that do \
            not work there. If the feature's macro stays defined, the wrappers call hooks that are not defined in this file, \
            and it does not compile.",
        example: "/* arch/x86/boot/compressed/misc.h */\n\
            #undef CONFIG_PARAVIRT\n\
            #include <linux/pgtable.h>",
        fix: "Undefine the macro of the feature's symbol as well. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let symbol = subject.symbol();
        let entry = subject.spec.entry_header.as_deref().unwrap_or_default();
        let header = entry.strip_prefix("include/").unwrap_or(entry);
        for on in &subject.archs {
            for undef in on.units.undefs.iter() {
                let name = &undef.symbol;
                if let Some(also) = &undef.also {
                    let mut finding = lint
                        .finding(
                            subject,
                            format!("`CONFIG_{name}` and `CONFIG_{symbol}` are undefined together"),
                            Label::new(undef.location.clone(), "this removes the hooks"),
                        )
                        .with_arch(on.arch.clone())
                        .with_secondary(Label::new(also.clone(), "and this removes their callers"))
                        .with_note(format!(
                            "nothing breaks: if `<{header}>` is included after these lines, the wrappers are empty"
                        ));
                    finding.level = Level::Allow;
                    findings.push(finding);
                    continue;
                }
                let reached = !undef.chain.is_empty();
                let (headline, label) = if reached {
                    (
                        format!("`CONFIG_{name}` is undefined, but `CONFIG_{symbol}` is not"),
                        "this removes the hooks, but their callers remain",
                    )
                } else {
                    (
                        format!(
                            "`CONFIG_{name}` is undefined, but `CONFIG_{symbol}` is not: including `<{header}>` would then fail to compile"
                        ),
                        "this removes the hooks",
                    )
                };
                let mut finding = lint
                    .finding(subject, headline, Label::new(undef.location.clone(), label))
                    .with_arch(on.arch.clone())
                    .breaking_if(reached, Stage::Compile);
                if reached {
                    for step in &undef.chain {
                        finding = finding.with_secondary(Label::new(
                            step.clone(),
                            format!("how `{}` includes `<{header}>`", undef.unit),
                        ));
                    }
                } else {
                    finding.level = Level::Allow;
                    finding = finding.with_note(format!(
                        "nothing breaks: `{}` does not include `<{header}>`; it would break if it did",
                        undef.unit
                    ));
                }
                findings.push(finding.with_help(format!("also undefine `CONFIG_{symbol}`")));
            }
        }
    }),
};
