//! Owns the lint `select-without-hook`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-without-hook",
    level: Level::Deny,
    summary: "an architecture selects the feature's symbol and defines none of its hooks",
    explanation: "With the symbol on, the generic wrappers call the architecture's hooks. An architecture that selects it and has \
        none of them does not compile.\n\n\
        An empty inline function, a prototype whose body is elsewhere, and a macro are all hooks. A name in a comment, in a \
        string or in a call is none.",
    run: |lint, subject, findings| {
        let hooks = &subject.spec.hooks;
        if hooks.is_empty() {
            return;
        }
        for on in &subject.archs {
            let Some(select) = on.symbols.selects.first() else {
                continue;
            };
            if on.symbols.declarations.is_empty()
                || hooks.iter().any(|hook| on.hook(hook).next().is_some())
            {
                continue;
            }
            let names: Vec<String> = hooks.iter().map(|hook| format!("`{hook}`")).collect();
            let mut finding = lint
                .finding(
                    subject,
                    format!(
                        "{} selects `{}` and defines none of its hooks",
                        on.arch, select.target
                    ),
                    Label::new(select.location.clone(), "selected here"),
                )
                .with_arch(on.arch.clone())
                .with_note(format!("the hooks are {}", names.join(", ")))
                .with_help(format!(
                    "define the hooks in a header of `arch/{}`, or drop the select",
                    on.arch
                ));
            for other in &on.symbols.selects[1..] {
                finding = finding.with_secondary(Label::new(other.location.clone(), "and here"));
            }
            findings.push(finding);
        }
    },
};
