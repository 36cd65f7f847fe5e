//! Owns the lint `hook-without-select`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "hook-without-select",
    level: Level::Deny,
    summary: "an architecture defines all hooks and does not select the feature's symbol",
    explanation: "The generic wrappers are empty unless the symbol is on, so hooks of an architecture that never selects it are \
        dead code, and the feature that they implement is silently off.\n\n\
        An architecture that defines only some of the hooks may need them for itself and is not reported; neither is one whose \
        select is misspelt, for that is a finding of its own.",
    run: |lint, subject, findings| {
        let hooks = &subject.spec.hooks;
        if hooks.is_empty()
            || subject
                .archs
                .iter()
                .all(|on| on.symbols.declarations.is_empty())
        {
            return;
        }
        for on in &subject.archs {
            let symbols = &on.symbols;
            let is_turned_on = !symbols.selects.is_empty()
                || !symbols.implies.is_empty()
                || !symbols.defaults.is_empty()
                || !symbols.misspelt.is_empty();
            if is_turned_on || !hooks.iter().all(|hook| on.hook(hook).next().is_some()) {
                continue;
            }
            let mut places: Vec<_> = hooks
                .iter()
                .filter_map(|hook| on.hook(hook).next())
                .collect();
            places.sort_by(|a, b| a.location.cmp(&b.location));
            let Some((first, others)) = places.split_first() else {
                continue;
            };
            let symbol = subject
                .spec
                .kconfig
                .first()
                .map_or("", |term| &*term.symbol);
            let mut finding = lint
                .finding(
                    subject,
                    format!(
                        "{} defines all hooks and does not select `{symbol}`",
                        on.arch
                    ),
                    Label::new(
                        first.location.clone(),
                        "never called by the generic wrappers",
                    ),
                )
                .with_arch(on.arch.clone())
                .with_help(format!(
                    "select `{symbol}` in `arch/{}/Kconfig`, or remove the hooks",
                    on.arch
                ));
            for other in others {
                finding = finding.with_secondary(Label::new(other.location.clone(), ""));
            }
            findings.push(finding);
        }
    },
};
