//! Owns the lint `select-never`.

use crate::check::lint::Lint;
use crate::check::support::proof::{self, Finding};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-never",
    level: Level::Warn,
    summary: "a select of the feature's symbol whose condition can never be true",
    explanation: "No configuration of the architecture makes the selecting symbol and the condition of the `select` true together, \
        so the line does nothing. The finding names the lines that exclude it.\n\n\
        What depends on the output of a command counts as possible: with another compiler it may be.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            for (select, proof) in on.symbols.selects.iter().zip(&on.proof.selects) {
                let Finding::Impossible(reasons) = &proof.acts else {
                    continue;
                };
                let condition = select.condition.as_deref().unwrap_or("y");
                let mut finding = lint
                    .finding(
                        subject,
                        format!("{} never selects `{}` here", on.arch, select.target),
                        Label::new(
                            select.location.clone(),
                            format!("`{condition}` is never true"),
                        ),
                    )
                    .with_arch(on.arch.clone())
                    .with_help("correct the condition, or drop the select");
                let because = proof::reasons(reasons);
                finding
                    .notes
                    .extend(because.map(|reason| format!("because {reason}")));
                findings.push(finding);
            }
        }
    },
};
