//! Owns the lint `conflicting-types`.

use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "conflicting-types",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "the feature's symbol is declared with two types",
        what: "Reports two `config` entries that give the feature's symbol different types.",
        why: "Kconfig keeps the first type that it reads and warns about the others. The type of the symbol then depends on \
            the order of the files.",
        example: "config ARCH_HAS_X\n\
            \tbool\n\
            \n\
            config ARCH_HAS_X\n\
            \ttristate",
        fix: "Use the same type in all entries, or leave the type out of all but one. No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            for conflict in &on.symbols.conflicts {
                let kept = conflict.kept.map_or("another type", |kept| kept.text());
                let ignored = conflict.ignored.text();
                let symbol = subject.symbol();
                let mut finding = lint
                    .finding(
                        subject,
                        format!("`{symbol}` is declared as {kept} and as {ignored}"),
                        Label::new(
                            conflict.location.clone(),
                            format!("{ignored} here, which is ignored"),
                        ),
                    )
                    .with_arch(on.arch.clone())
                    .with_help("use one type in all entries");
                if let Some(first) = &conflict.first {
                    finding = finding.with_secondary(Label::new(
                        first.clone(),
                        format!("{kept} since this entry"),
                    ));
                }
                add(findings, finding);
            }
        }
    }),
};
