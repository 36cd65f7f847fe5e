//! Owns the lint `unsorted-select`.

use crate::check::lint::{Lint, add};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unsorted-select",
    level: Level::Allow,
    summary: "a select of the feature's symbol stands out of a list that is sorted otherwise",
    explanation: "Architectures keep their long lists of selects in the order of the alphabet, so that series which add lines do not \
        meet at the end of the list. The order has no meaning for Kconfig.\n\n\
        A list is what stands line by line in one entry, without a comment or an empty line between. Only one with at least six \
        other lines is looked at of which nine tenths are in order: where nobody sorted, nothing is out of place.\n\n\
        As it breaks nothing, it is only noted with `--pedantic`, and mended by `--fix`.",
    run: |lint, subject, findings| {
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
                        format!("it belongs {side} this one"),
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
    },
};
