//! Owns the lint `unexported-hook`.

use crate::check::lint::Lint;
use crate::diag::{Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unexported-hook",
    level: Level::Deny,
    summary: "code that may be a module uses a hook, and what the hook needs is not exported",
    explanation: "The wrappers are inline functions, so a module that calls them has the hooks in it, and refers to whatever they \
        refer to. A function or variable that is not exported is not found when modules are linked. The KUnit test of a feature \
        is such a module; `EXPORT_SYMBOL_IF_KUNIT` is enough for it.\n\n\
        Users are the callers below `mm` and `fs/proc`, and the objects of the spec, whose line in kbuild's lists has a tristate \
        symbol. Each architecture that selects the feature's symbol is looked at: the hooks that a header only declares, and \
        the functions and variables that an inline hook names and its own header declares. Before a finding is given, the whole \
        directory of the architecture is searched for an export. What other headers add is not followed.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            for needed in &on.units.lacking {
                let Some(module) = &needed.module else {
                    continue;
                };
                let name = &needed.name;
                let hook = &needed.hook;
                let mut finding = lint
                    .finding(
                        subject,
                        format!("`{name}` is not exported, and `{module}` may be a module"),
                        Label::new(needed.defined.clone(), "modules cannot use this"),
                    )
                    .with_arch(on.arch.clone())
                    .with_help(format!(
                        "add `EXPORT_SYMBOL_IF_KUNIT({name})` if only a test needs it"
                    ));
                if name != hook {
                    finding = finding.with_secondary(Label::new(
                        needed.declared.clone(),
                        format!("the hook `{hook}` uses it"),
                    ));
                }
                findings.push(finding);
            }
        }
    },
};
