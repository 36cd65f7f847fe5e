//! Owns the lint `unmet-dependency`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unmet-dependency",
    level: Level::Deny,
    summary: "the feature's symbol is selected where its own dependencies do not hold",
    explanation: "A `select` turns a symbol on whatever it depends on. Where the dependencies do not hold, Kconfig warns of unmet \
        direct dependencies, and what the symbol needs may be missing. The finding shows a configuration in which that \
        happens.\n\n\
        Give the `select` the missing condition, or let the selecting symbol depend on it.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            for (select, proof) in on.symbols.selects.iter().zip(&on.proof.selects) {
                let Some(example) = proof.unmet.as_ref().and_then(|unmet| unmet.example()) else {
                    continue;
                };
                let mut finding = lint
                    .finding(
                        subject,
                        format!(
                            "{} selects `{}` where its dependencies do not hold",
                            on.arch, select.target
                        ),
                        Label::new(select.location.clone(), "selected here"),
                    )
                    .with_arch(on.arch.clone())
                    .with_note(example.note("so it is with"))
                    .with_help("give the select that condition, too");
                for declaration in &on.symbols.declarations {
                    let needs = declaration.dependency.as_deref().unwrap_or("y");
                    finding = finding.with_secondary(Label::new(
                        declaration.location.clone(),
                        format!("depends on {needs}"),
                    ));
                }
                findings.push(finding);
            }
        }
    },
};
