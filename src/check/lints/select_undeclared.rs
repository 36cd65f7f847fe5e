//! Owns the lint `select-undeclared`.

use crate::check::lint::{Lint, add};
use crate::diag::{Edit, Fix, Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-undeclared",
    level: Level::Deny,
    summary: "a select of a symbol that nothing declares and that is spelled like the feature's",
    explanation: "Kconfig accepts a `select` of a symbol that does not exist, without a word: the line does nothing. Where its \
        name differs from the feature's symbol in at most two letters, it was meant to be that symbol.\n\n\
        Selects of undeclared symbols with other names are not reported: they have nothing to do with the feature. With \
        `--feature all` every select is reported, as a warning, whose symbol no architecture of the tree declares; one that \
        another architecture declares may be meant for that one.",
    run: |lint, subject, findings| {
        for on in subject.archs.iter().filter(|on| !on.symbols.incomplete) {
            for select in &on.symbols.misspelt {
                let symbol = subject.symbol();
                let mut finding = lint
                    .finding(
                        subject,
                        format!(
                            "`{}` is selected, but no Kconfig file declares it",
                            select.target
                        ),
                        Label::new(select.location.clone(), "this select does nothing"),
                    )
                    .with_arch(on.arch.clone())
                    .with_help(format!("select `{symbol}`, if that is what is meant"));
                if let Some(location) = name_in(&select.location, &select.target) {
                    finding = finding.with_fix(Fix {
                        title: format!("select `{symbol}`"),
                        edits: vec![Edit {
                            location,
                            text: symbol.to_owned(),
                        }],
                    });
                }
                if let Some(declaration) = on.symbols.declarations.first() {
                    finding = finding.with_secondary(Label::new(
                        declaration.location.clone(),
                        "a symbol with a similar name is declared here",
                    ));
                }
                add(findings, finding);
            }
        }
    },
};

/// The place of the name in a `select`, where the statement is that word, one blank and the name. With a condition behind it
/// or other white space the place of the name is not known here.
fn name_in(statement: &Location, name: &str) -> Option<Location> {
    let before = "select ".len() as u32;
    let length = u32::try_from(name.len()).ok()?;
    (statement.end - statement.start == before + length).then(|| Location {
        column: statement.column + before,
        start: statement.start + before,
        ..statement.clone()
    })
}
