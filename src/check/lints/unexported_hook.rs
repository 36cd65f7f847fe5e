//! Owns the lint `unexported-hook`.

use crate::check::Subject;
use crate::check::feature::objects::Needed;
use crate::check::lint::Lint;
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unexported-hook",
    level: Level::Deny,
    summary: "code that may be a module uses a hook, and what the hook needs is not exported",
    explanation: "The wrappers are inline functions, so a module that calls them has the hooks in it, and refers to whatever they \
        refer to. A function or variable that is not exported is not found when modules are linked. The KUnit test of a feature \
        is such a module; `EXPORT_SYMBOL_IF_KUNIT` is enough for it.\n\n\
        Users are the callers below `mm`, `fs`, `kernel`, `lib` and `virt`, and the objects of the spec, whose line in kbuild's lists has a tristate \
        symbol. Each architecture that selects the feature's symbol is looked at: the hooks that a header only declares, and \
        the functions and variables that an inline hook names and its own header declares. Before a finding is given, the whole \
        directory of the architecture is searched for an export. What other headers add is not followed.",
    run: |lint, subject, findings| {
        for on in &subject.archs {
            // What one file defines, one patch exports.
            let mut by_file: Vec<Vec<&Needed>> = Vec::new();
            for needed in on
                .units
                .lacking
                .iter()
                .filter(|needed| needed.module.is_some())
            {
                let file = &needed.defined.path;
                match by_file
                    .iter_mut()
                    .find(|group| group[0].defined.path == *file)
                {
                    Some(group) => group.push(needed),
                    None => by_file.push(vec![needed]),
                }
            }
            for mut group in by_file {
                group.sort_by_key(|needed| &needed.defined);
                findings.extend(
                    finding(lint, subject, &group)
                        .map(|finding| finding.with_arch(on.arch.clone())),
                );
            }
        }
    },
};

/// One finding about names that the same file defines.
fn finding(lint: &Lint, subject: &Subject<'_>, group: &[&Needed]) -> Option<Diagnostic> {
    let (first, others) = group.split_first()?;
    let module = first.module.as_ref()?;
    let names: Vec<String> = group
        .iter()
        .map(|needed| format!("`{}`", needed.name))
        .collect();
    let are = if others.is_empty() { "is" } else { "are" };
    let exports: Vec<String> = group
        .iter()
        .map(|needed| format!("`EXPORT_SYMBOL_IF_KUNIT({})`", needed.name))
        .collect();
    let mut finding = lint
        .finding(
            subject,
            format!(
                "{} {are} not exported, and `{module}` may be a module",
                names.join(", ")
            ),
            Label::new(first.defined.clone(), "modules cannot use this"),
        )
        .with_help(format!(
            "add {} if only a test needs it",
            exports.join(", ")
        ));
    for needed in others {
        finding = finding.with_secondary(Label::new(needed.defined.clone(), "nor this"));
    }
    for needed in group.iter().filter(|needed| needed.name != needed.hook) {
        let label = format!("the hook `{}` uses `{}`", needed.hook, needed.name);
        finding = finding.with_secondary(Label::new(needed.declared.clone(), label));
    }
    Some(finding)
}
