//! Owns the lint `missing-include`.

use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "missing-include",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a file calls a wrapper without including the header that defines it",
        what: "Reports a source file that calls a wrapper and includes the header that defines it neither directly nor \
            through another header. The finding names the architectures on which no chain of includes leads to the header, \
            even if all conditionals around the includes are ignored.\n\n\
            By default, kfeat searches the source files below `mm`, `fs`, `kernel`, `lib` and `virt` and the objects that the \
            feature's spec names; with `--feature all`, it searches all source files. Nothing is reported if an include of \
            the file cannot be followed, or if it is uncertain whether the architecture builds the object.",
        why: "The file compiles only on architectures whose own headers happen to include the header. On the others, the call \
            is an implicit declaration, which is an error.",
        example: "/* mm/example.c, without #include <linux/pgtable.h> */\n\
            void example(void)\n\
            {\n\
            \tlazy_mmu_mode_enable();\n\
            }",
        fix: "Include the header in the file that calls the wrapper. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        let entry = subject.spec.entry_header.as_deref().unwrap_or_default();
        let header = entry.strip_prefix("include/").unwrap_or(entry);
        for on in &subject.archs {
            for missing in &on.units.missing_includes {
                let finding = lint
                    .finding(
                        subject,
                        format!(
                            "`{}` is called, but no include leads to `<{header}>`",
                            missing.wrapper
                        ),
                        Label::new(missing.location.clone(), "not declared here"),
                    )
                    .with_arch(on.arch.clone())
                    .breaking(Stage::Compile)
                    .with_help(format!("include `<{header}>`"));
                add(findings, finding);
            }
        }
    }),
};
