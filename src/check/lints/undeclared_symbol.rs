//! Owns the lint `undeclared-symbol`.

use crate::arch::is_own_file;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level, Location};

pub(in crate::check) const LINT: Lint = Lint {
    name: "undeclared-symbol",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "no Kconfig file declares the feature's symbol",
        what: "Reports a feature whose Kconfig symbol has no `config` entry in the files that an architecture sources. There \
            is one finding for the whole tree, at the first `select` of the symbol if there is one. If some architectures \
            declare the symbol, another one is reported only if one of its own files selects it: a `select` in a shared file \
            may never take effect there.",
        why: "A `select` of an undeclared symbol does nothing, and code under its `#ifdef` is never compiled.",
        example: "# arch/riscv/Kconfig, in a tree without `config ARCH_HAS_X`\n\
            config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_X",
        fix: "Declare the symbol in a file that all architectures source, such as `mm/Kconfig`. If the symbol has another name \
            in this tree, check with a spec that uses that name (`--spec`). No automatic fix.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        if subject.spec.kconfig.is_empty() {
            return;
        }
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
            .filter(|on| on.symbols.declarations.is_empty())
            .peekable();
        if undeclared.peek().is_none() {
            return;
        }
        let everywhere = !subject.unread
            && !subject.declared_elsewhere
            && subject
                .archs
                .iter()
                .all(|on| on.symbols.declarations.is_empty());
        // A select in a file that all share may be one that an architecture without the symbol cannot reach.
        let selects: Vec<_> = undeclared
            .flat_map(|on| {
                let selects = on.symbols.selects.iter();
                selects.map(move |select| (&on.arch, select))
            })
            .filter(|(arch, select)| everywhere || is_own_file(arch, &select.location.path))
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
                "declare the symbol in a file that all architectures source, such as `mm/Kconfig`; if it was renamed, give a spec with the new name (`--spec`)",
            ),
        );
    }),
};
