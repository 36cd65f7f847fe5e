//! Owns the lint `select-undeclared`.

use crate::check::feature::subject::Subject;
use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::check::tree::whole::Facts;
use crate::diag::{Diagnostic, Edit, Fix, Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-undeclared",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a select names an undeclared symbol that is spelled like the feature's",
        what: "Reports a `select` of an undeclared symbol whose name differs from the feature's symbol in at most two \
            letters. Selects of undeclared symbols with other names have nothing to do with the feature and are not reported.\n\n\
            With `--feature all`, every `select` of a symbol that no architecture declares is reported as a warning. A symbol \
            that another architecture declares is not reported: the `select` may be meant for that architecture.",
        why: "Kconfig silently accepts a `select` of a symbol that does not exist. The line does nothing, so the feature stays \
            off.",
        example: "config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_LAZY_MMU_MODES",
        fix: "Correct the name, or remove the line. The automatic fix writes the feature's symbol into a `select` without a \
            condition; it is safe because the line had no effect before.",
    },
    pass: Pass::FeatureAndTree(of_feature, of_tree),
};

/// Reports misspelt selects of a feature's symbol.
fn of_feature(lint: &Lint, subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    for on in &subject.archs {
        for select in &on.symbols.misspelt {
            let symbol = subject.symbol();
            let mut finding = lint
                .finding(
                    subject,
                    format!(
                        "`{}` is selected, but no Kconfig file of the architecture declares it",
                        select.target
                    ),
                    Label::new(select.location.clone(), "this select does nothing"),
                )
                .with_arch(on.arch.clone())
                .with_help(format!("select `{symbol}`, if you meant that"));
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
}

/// Reports selects of symbols that no architecture declares, whatever the feature.
fn of_tree(lint: &Lint, facts: &Facts, findings: &mut Vec<Diagnostic>) {
    for select in &facts.undeclared {
        let name = &select.symbol;
        let headline = format!("`{name}` is selected, but no architecture declares it");
        let label = Label::new(select.location.clone(), "this select does nothing");
        let mut finding = Diagnostic::new(lint.name, Level::Warn, headline, label)
            .with_help("remove the select, or declare the symbol");
        finding.symbol = Some(name.to_string());
        finding.archs.clone_from(&select.archs);
        findings.push(finding);
    }
}

/// The place of the name in a `select`, where the statement is that word, one blank and the name. With a condition after it
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
