//! Owns the lint `unexported-hook`.

use crate::check::feature::objects::Needed;
use crate::check::feature::subject::Subject;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level, Stage};

pub(in crate::check) const LINT: Lint = Lint {
    name: "unexported-hook",
    group: &group::FEATURE,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a hook that a module may use, or a name that the hook needs, is not exported",
        what: "Reports a hook that is not exported although a caller of the wrappers may be a module. The same holds for a \
            function or variable that an inline hook uses, if the hook's header declares it. Callers are searched below `mm`, \
            `fs`, `kernel`, `lib` and `virt` and among the objects of the spec; a caller may be a module if its line in a \
            makefile has a tristate symbol. The whole directory of the architecture is searched for an export. Declarations \
            in other headers that the hook's header includes are not considered.",
        why: "The wrappers are inline functions, so a module that calls them also refers to the hooks and to everything that \
            these refer to. If one of these names is not exported, `modpost` fails. The KUnit test of a feature is such a \
            module.",
        example: "/* arch/sparc/mm/tlb.c; lib/x_kunit.c may be a module */\n\
            void arch_enter_lazy_mmu_mode(void)\n\
            {\n\
            }\n\
            /* no EXPORT_SYMBOL_IF_KUNIT(arch_enter_lazy_mmu_mode) */",
        fix: "Export the name; `EXPORT_SYMBOL_IF_KUNIT` is enough for a KUnit test. No automatic fix: which kind of export is \
            right is the maintainer's decision.",
    },
    pass: Pass::Feature(|lint, subject, findings| {
        for on in &subject.archs {
            // Anything that one file defines, one patch exports.
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
    }),
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
                "{} {are} not exported, but `{module}` may be a module",
                names.join(", ")
            ),
            Label::new(first.defined.clone(), "modules cannot use this"),
        )
        .breaking(Stage::Link)
        .with_help(format!(
            "add {} if only a test needs it",
            exports.join(", ")
        ));
    for needed in others {
        finding = finding.with_secondary(Label::new(
            needed.defined.clone(),
            "modules cannot use this either",
        ));
    }
    for needed in group.iter().filter(|needed| needed.name != needed.hook) {
        let label = format!("the hook `{}` uses `{}`", needed.hook, needed.name);
        finding = finding.with_secondary(Label::new(needed.declared.clone(), label));
    }
    Some(finding)
}
