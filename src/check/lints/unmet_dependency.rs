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
        what: "Reports a `select` that turns a symbol on in a configuration in which the symbol's dependencies do not hold, \
            or that sets it to `y` where they are only `m`. The finding shows such a configuration and names the dependency \
            that fails. By default, only selects of the feature's symbol are checked.\n\n\
            `check --select unmet` and `check --select kconfig` check every `select` of the tree.\n\n\
            In a series (`--range`, `--patch`, a hook), every `select` that the series may affect is checked: a `select` by \
            or of a symbol that the series changes, a `select` by or of a symbol that depends on a changed one, and a `select` by a \
            symbol that a changed one selects. Findings \
            that the tree had before the series are not reported. If more than 250 selects are affected on an architecture, \
            others than those by or of a changed symbol are left out, and a note says so.\n\n\
            The proof covers all configurations of an architecture. If the configuration relies on the answer of a compiler \
            or another tool, the finding is a note that names the command. As long as `conf` refuses the files for a \
            syntax error or a loop of dependencies, selects are not checked.",
        why: "A `select` ignores the dependencies of its target. Kconfig then warns about unmet direct dependencies, and code \
            that the symbol needs may be missing, so that the kernel does not link.",
        example: "config ARCH_HAS_X\n\
            \tbool\n\
            \tdepends on MMU\n\
            \n\
            config RISCV\n\
            \tdef_bool y\n\
            \tselect ARCH_HAS_X",
        fix: "Add the missing condition to the `select`, make the selecting symbol depend on it, or use `imply`. The \
            automatic fix is offered only if it provably fixes the dependency and causes no other unmet dependency and no \
            loop.",
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
                    .with_help("make the select conditional on these dependencies");
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
