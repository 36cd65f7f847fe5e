//! Owns the lint `missing-include`.

use crate::check::lint::{Lint, add};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "missing-include",
    level: Level::Deny,
    summary: "a file calls a wrapper and does not include the header that defines it",
    explanation: "A source file has to reach the header that defines the wrappers: itself, or by way of a header that it includes. \
        Where only the headers of some architectures happen to lead there, the file compiles on those and breaks on the others; \
        the finding names the architectures on which no include leads there, whatever the conditionals around it say.\n\n\
        The source files below `mm`, `fs`, `kernel`, `lib` and `virt` are searched, and the objects that the feature's spec names; with \
        `--feature all` all source files. Nothing is \
        reported where an include of the file cannot be followed, or where kbuild's lists do not say plainly that the \
        architecture builds the object.",
    run: |lint, subject, findings| {
        let entry = subject.spec.entry_header.as_deref().unwrap_or_default();
        let header = entry.strip_prefix("include/").unwrap_or(entry);
        for on in &subject.archs {
            for missing in &on.units.missing_includes {
                let finding = lint
                    .finding(
                        subject,
                        format!(
                            "`{}` is called, and no include leads to `<{header}>`",
                            missing.wrapper
                        ),
                        Label::new(missing.location.clone(), "not declared here"),
                    )
                    .with_arch(on.arch.clone())
                    .with_help(format!("include `<{header}>`"));
                add(findings, finding);
            }
        }
    },
};
