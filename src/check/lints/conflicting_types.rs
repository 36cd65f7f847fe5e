//! Owns the lint `conflicting-types`.

use crate::check::lint::{Lint, add};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "conflicting-types",
    level: Level::Deny,
    summary: "the feature's symbol is declared with two types",
    explanation: "Several `config` entries may declare one symbol, but only with one type. Kconfig keeps the first type that it \
        sees and warns about the others, so what the symbol is depends on the order of the files.\n\n\
        Give all entries the same type, or leave the type out of all but one.",
    run: |lint, subject, findings| {
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
    },
};
