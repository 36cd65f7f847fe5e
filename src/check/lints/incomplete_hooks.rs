//! Owns the lint `incomplete-hooks`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "incomplete-hooks",
    level: Level::Deny,
    summary: "an architecture selects the feature's symbol and lacks some of its hooks",
    explanation: "The generic wrappers call all hooks of a feature; an architecture that selects its symbol has to define every \
        one, if only with an empty body. The finding stands where the first of the others is defined, for that is where the \
        missing one belongs.\n\n\
        An architecture that does not select the symbol may have any of them: it may call its own hooks.",
    run: |lint, subject, findings| {
        let hooks = &subject.spec.hooks;
        for on in &subject.archs {
            let Some(select) = on.symbols.selects.first() else {
                continue;
            };
            let (present, missing): (Vec<_>, Vec<_>) = hooks
                .iter()
                .partition(|hook| on.hook(hook).next().is_some());
            let sibling = present
                .iter()
                .flat_map(|hook| on.hook(hook))
                .min_by_key(|sighting| &sighting.location);
            let (false, Some(sibling)) = (missing.is_empty(), sibling) else {
                continue;
            };
            let names: Vec<String> = missing.iter().map(|hook| format!("`{hook}`")).collect();
            let names = names.join(", ");
            findings.push(
                lint.finding(
                    subject,
                    format!(
                        "{} selects `{}` and does not define {names}",
                        on.arch, select.target
                    ),
                    Label::new(sibling.location.clone(), "defined here, without the others"),
                )
                .with_arch(on.arch.clone())
                .with_secondary(Label::new(select.location.clone(), "selected here"))
                .with_help(format!("define {names} beside it")),
            );
        }
    },
};
