//! Owns the lint `unsorted-select`.

use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unsorted-select",
    group: &group::FEATURE,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a select of the feature's symbol is out of order in an otherwise sorted list",
        what: "Reports a `select` of the feature's symbol that is out of alphabetical order. A list consists of consecutive \
            `select` lines of one entry, without comments or empty lines between them. Only lists with at least six other \
            lines, nine tenths of them in order, are checked.",
        why: "Architectures keep their long lists of selects sorted, so that series which add lines do not all conflict at \
            the end of the list. The order has no meaning for Kconfig.",
        example: "\tselect ARCH_HAS_KCOV\n\
            \tselect ARCH_HAS_ZONE_DEVICE\n\
            \tselect ARCH_HAS_LAZY_MMU_MODE\n\
            \tselect ARCH_WANT_FRAME_POINTERS",
        fix: "Move the line. The automatic fix does that; it is safe because the order of selects has no effect.\n\n\
            The lint is off by default, because such a line breaks nothing. `--pedantic` and `--select unsorted-select` \
            report it.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            for misplaced in &on.symbols.misplaced {
                let side = if misplaced.is_before {
                    "before"
                } else {
                    "behind"
                };
                let order = format!("{side} `select {}`", misplaced.beside);
                let finding = lint
                    .finding(
                        subject,
                        format!(
                            "`{}` is selected out of order: it belongs {order}",
                            misplaced.target
                        ),
                        Label::new(misplaced.location.clone(), "this line is out of order"),
                    )
                    .with_secondary(Label::new(
                        misplaced.place.clone(),
                        format!("it belongs {side} this line"),
                    ))
                    .with_help(format!("move it {order}"))
                    .with_arch(on.arch.clone());
                add(
                    findings,
                    match misplaced.fix.clone() {
                        Some(fix) => finding.with_fix(fix),
                        None => finding,
                    },
                );
            }
        }
    }),
};
