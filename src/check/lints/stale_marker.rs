//! Owns the lint `stale-marker`.

use crate::check::feature::markers::Stale;
use crate::check::lint::{Lint, add};
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "stale-marker",
    level: Level::Warn,
    summary: "a macro that looks like the feature's is tested and never defined, or defined and never tested",
    explanation: "`#ifdef ARCH_HAS_X` without `CONFIG_` is never true, and the compiler says nothing. The same holds for a \
        `__HAVE_ARCH_X` that only one side knows. Looked for are the feature's symbol without `CONFIG_`, and `__HAVE_ARCH_` \
        before the symbol's or a hook's name; markers that the spec lists as retired have the lint `retired-marker`.\n\n\
        The headers of each architecture, the files below `mm`, `fs`, `kernel`, `lib` and `virt`, the entry header and the objects of the spec are \
        searched. Before a finding is given, everything below `include` and the architecture's directory is searched for the \
        other half. A macro that is defined to its own name is none of these: it says that a function exists.\n\n\
        With `--feature all` every C file of the kernel is searched for macros whose names begin with `__HAVE_ARCH_`, \
        `HAVE_ARCH_`, `ARCH_HAS_` or `ARCH_HAVE_`, and for tests of any bool or tristate symbol of Kconfig without its \
        `CONFIG_`. Whatever may be the other half counts: a definition in any file, `-D` in a makefile, for a marker any word \
        outside comments and documentation. What only lets an architecture replace something (`#ifndef __HAVE_ARCH_X`) and \
        what looks like a program's own switch is shown with `--pedantic`: the file has the definition in a comment, or it \
        also tests other names that nothing defines. Headers of the user's interface, `tools` and `scripts` are not reported.",
    run: |lint, subject, findings| {
        let symbol = subject.symbol();
        let of_stale = |stale: &Stale| -> Option<Diagnostic> {
            let (first, others) = stale.places.split_first()?;
            let name = &stale.name;
            let (headline, label) = if stale.tested {
                (
                    format!("`{name}` is tested, and nothing defines it"),
                    "never true",
                )
            } else {
                (
                    format!("`{name}` is defined, and nothing tests it"),
                    "this says nothing",
                )
            };
            let is_symbol = subject
                .spec
                .kconfig
                .iter()
                .any(|term| *term.symbol == **name);
            let help = if is_symbol && stale.tested {
                format!("test `CONFIG_{name}`")
            } else if stale.tested {
                format!("test `CONFIG_{symbol}`, if that is what is meant")
            } else {
                format!("select `{symbol}` in Kconfig, if that is what is meant, and remove it")
            };
            let mut finding = lint
                .finding(subject, headline, Label::new(first.clone(), label))
                .with_help(help);
            for other in others {
                finding = finding.with_secondary(Label::new(other.clone(), "and here"));
            }
            Some(finding)
        };
        for on in &subject.archs {
            for finding in on.units.stale.iter().filter_map(of_stale) {
                add(findings, finding.with_arch(on.arch.clone()));
            }
        }
        findings.extend(subject.stale.iter().filter_map(of_stale));
    },
};
