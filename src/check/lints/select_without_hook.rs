//! Owns the lint `select-without-hook`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "select-without-hook",
    level: Level::Deny,
    summary: "an architecture selects the feature's symbol and defines none of its hooks",
    explanation: "With the symbol on, the generic wrappers call the architecture's hooks. An architecture that selects it and has \
        none of them does not compile. The same holds where the hooks are there, but not in every configuration in which the \
        symbol is on: then the finding shows such a configuration.\n\n\
        An empty inline function, a prototype whose body is elsewhere, and a macro are all hooks. A name in a comment, in a \
        string or in a call is none, and neither is a definition that including the entry header does not reach.",
    run: |lint, subject, findings| {
        if subject.spec.hooks.is_empty() {
            return;
        }
        for on in &subject.archs {
            let Some(select) = on.symbols.selects.first() else {
                continue;
            };
            if on.symbols.declarations.is_empty() || on.is_never_on() {
                continue;
            }
            let has_none = on.headers.hooks.is_empty() && on.headers.undecided.is_none();
            let example = on.proof.none.as_ref().and_then(|none| none.example());
            if !has_none && example.is_none() {
                continue;
            }
            let headline = if has_none {
                format!(
                    "{} selects `{}` and defines none of its hooks",
                    on.arch, select.target
                )
            } else {
                format!(
                    "{} selects `{}` where it defines none of its hooks",
                    on.arch, select.target
                )
            };
            let names: Vec<String> = subject
                .spec
                .hooks
                .iter()
                .map(|hook| format!("`{hook}`"))
                .collect();
            let mut finding = lint
                .finding(
                    subject,
                    headline,
                    Label::new(select.location.clone(), "selected here"),
                )
                .with_arch(on.arch.clone())
                .with_note(format!("the hooks are {}", names.join(", ")));
            finding
                .notes
                .extend(example.map(|example| example.note("it breaks with")));
            for other in &on.symbols.selects[1..] {
                finding = finding.with_secondary(Label::new(other.location.clone(), "and here"));
            }
            for hook in &on.headers.hooks {
                let when = hook.condition.as_deref().unwrap_or("y");
                finding = finding.with_secondary(Label::new(
                    hook.location.clone(),
                    format!("here with {when}"),
                ));
            }
            let help = if has_none {
                format!(
                    "define the hooks in a header of `arch/{}`, or drop the select",
                    on.arch
                )
            } else {
                "give select and hooks the same condition".to_owned()
            };
            findings.push(finding.with_help(help));
        }
    },
};
