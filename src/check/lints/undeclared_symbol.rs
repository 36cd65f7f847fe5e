//! Owns the lint `undeclared-symbol`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "undeclared-symbol",
    level: Level::Deny,
    summary: "the feature's Kconfig symbol is declared nowhere",
    explanation: "No Kconfig file that an architecture sources has a `config` entry for the feature's symbol. Every `select` of \
        it does nothing, and code under its `#ifdef` is never compiled. One finding is given for the whole tree, at the first \
        `select` if there is one; an architecture that has neither is not reported.\n\n\
        Declare the symbol in a file that all architectures source, or check an older tree, or one in \
        which the symbol has another name, with a spec of its own (`--spec`).",
    run: |lint, subject, findings| {
        let symbols: Vec<String> = subject
            .spec
            .kconfig
            .iter()
            .map(|term| format!("`{}`", term.symbol))
            .collect();
        let symbols = symbols.join(", ");
        let mut undeclared = subject
            .archs
            .iter()
            .filter(|on| on.symbols.declarations.is_empty() && !on.symbols.incomplete)
            .peekable();
        if undeclared.peek().is_none() {
            return;
        }
        let everywhere = subject
            .archs
            .iter()
            .all(|on| on.symbols.declarations.is_empty() && !on.symbols.incomplete);
        let selects: Vec<_> = undeclared
            .flat_map(|on| {
                on.symbols
                    .selects
                    .iter()
                    .map(move |select| (&on.arch, select))
            })
            .collect();
        let mut finding = match selects.first() {
            Some((_, first)) => lint.finding(
                subject,
                format!(
                    "{symbols} is selected, but no Kconfig file of the architecture declares it"
                ),
                Label::new(first.location.clone(), "this select does nothing"),
            ),
            None if everywhere => lint.finding(
                subject,
                format!("{symbols} is not declared in any Kconfig file"),
                Label::new(
                    Location::file("Kconfig"),
                    "neither here nor in any file that this one sources",
                ),
            ),
            // An architecture that neither declares nor selects it has nothing to do with the feature.
            None => return,
        };
        let mut named = Vec::new();
        for (arch, select) in selects {
            if !finding.archs.contains(arch) {
                finding.archs.push(arch.clone());
            }
            if select.location != finding.primary.location && !named.contains(&&select.location) {
                named.push(&select.location);
                finding = finding
                    .with_secondary(Label::new(select.location.clone(), "nor does this one"));
            }
        }
        findings.push(
            finding.with_help(
                "declare the symbol where all architectures see it, such as `mm/Kconfig`; where it has another name by now, \
                 give a spec with that name (`--spec`)",
            ),
        );
    },
};
