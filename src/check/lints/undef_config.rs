//! Owns the lint `undef-config`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "undef-config",
    level: Level::Deny,
    summary: "a source file undefines a CONFIG_ macro that the hooks need and leaves the feature's symbol on",
    explanation: "Code that runs before the kernel proper undefines `CONFIG_` macros to be rid of what does not work there. Where \
        one of them, or two together, guard an architecture's hooks and the feature's own macro stays defined, the entry header calls hooks that \
        are not there. The unit is preprocessed from the source file on, so what counts is the order of `#undef` and `#include`: \
        an `#undef` behind the entry header is harmless, and one before `generated/autoconf.h` is undone, for that header has \
        no guard and defines the macros again.\n\n\
        All source files and headers of an architecture whose hooks stand behind such a macro are searched; the directories that \
        makefiles pass for them (`-I`) are known. A file whose units \
        do not reach the entry header breaks nothing, and is only noted with `--pedantic`; so is one that undefines both.\n\n\
        Undefine the feature's symbol as well.",
    run: |lint, subject, findings| {
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
                            format!("`CONFIG_{name}` and `CONFIG_{symbol}` are undone together"),
                            Label::new(undef.location.clone(), "the hooks go with this"),
                        )
                        .with_arch(on.arch.clone())
                        .with_secondary(Label::new(also.clone(), "and who calls them with this"))
                        .with_note(format!(
                            "nothing breaks: where `<{header}>` is included behind these lines, the wrappers are empty"
                        ));
                    finding.level = Level::Allow;
                    findings.push(finding);
                    continue;
                }
                let reached = !undef.chain.is_empty();
                let (headline, label) = if reached {
                    (
                        format!("`CONFIG_{name}` is undone and `CONFIG_{symbol}` is not"),
                        "the hooks go with this, and their callers stay",
                    )
                } else {
                    (
                        format!(
                            "`CONFIG_{name}` is undone and `CONFIG_{symbol}` is not, which `<{header}>` would not bear"
                        ),
                        "the hooks go with this",
                    )
                };
                let mut finding = lint
                    .finding(subject, headline, Label::new(undef.location.clone(), label))
                    .with_arch(on.arch.clone());
                if reached {
                    for step in &undef.chain {
                        finding = finding.with_secondary(Label::new(
                            step.clone(),
                            format!("the way from `{}` to `<{header}>`", undef.unit),
                        ));
                    }
                } else {
                    finding.level = Level::Allow;
                    finding = finding.with_note(format!(
                        "nothing breaks: `{}` does not reach `<{header}>`; an include of it there would",
                        undef.unit
                    ));
                }
                findings.push(finding.with_help(format!("undefine `CONFIG_{symbol}` as well")));
            }
        }
    },
};
