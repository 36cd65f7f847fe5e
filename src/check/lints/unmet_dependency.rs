//! Owns the lint `unmet-dependency`.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unmet-dependency",
    group: &group::UNMET,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a symbol is selected where its own dependencies do not hold",
        what: "Reports a `select` that turns a symbol on in a configuration in which the symbol's dependencies do not hold, or \
            as `y` where they are only `m`. The finding shows such a configuration and names the part that fails. Without an \
            option, only selects of the feature's symbol are looked at.\n\n\
            `check --select unmet` and `check --select kconfig` look at every `select` of the tree.\n\n\
            Over a series (`--range`, `--patch`, a hook) every `select` is looked at that the series bears on: those that it \
            changes, those of and to symbols that it changes, and those of and to symbols that depend on one of these. Only what \
            the tree before the series does not have is reported. Where the last kind makes more than 250 on an architecture, \
            it is left out, and a note says so.\n\n\
            Everything is proved for all configurations of an architecture. Where the configuration relies on the answer of a \
            compiler or another tool, the finding is a note that names the command.",
        why: "A `select` ignores the dependencies of its target. Kconfig then warns about unmet direct dependencies, and what \
            the symbol needs may be missing: the kernel may not link.",
        example: "config ARCH_HAS_X\n\
            \tbool\n\
            \tdepends on MMU\n\
            \n\
            config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_X",
        fix: "Give the `select` the missing condition, let the selecting symbol depend on it, or use `imply`. The automatic fix \
            is offered where it is proved that it fixes the dependency and causes no other unmet dependency and no loop.",
    },
    pass: Pass::FeatureAndKconfig(|lint, subject, findings| {
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
                    .with_note(example.note("for example with"))
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
    }),
};
