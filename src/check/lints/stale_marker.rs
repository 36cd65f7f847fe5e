//! Owns the lint `stale-marker`.

use crate::arch;
use crate::check::feature::markers::Stale;
use crate::check::feature::subject::Subject;
use crate::check::lint::{Docs, Lint, Pass, add, group};
use crate::check::tree::whole::Facts;
use crate::diag::{Diagnostic, Label, Level};

pub(in crate::check) const LINT: Lint = Lint {
    name: "stale-marker",
    group: &group::FEATURE,
    default_level: Level::Warn,
    is_on: true,
    docs: Docs {
        summary: "a macro that looks like the feature's is tested and never defined, or defined and never tested",
        what: "Reports a macro that is tested but not defined, or defined but not tested, if its name is the feature's symbol \
            without `CONFIG_`, or `__HAVE_ARCH_` followed by the name of the symbol or of a hook. Such macros are searched in \
            the headers of each architecture, the files below `mm`, `fs`, `kernel`, `lib` and `virt`, the entry header and \
            the objects of the spec. The matching definition or test may be anywhere below `include` or in the architecture's \
            directory. Macros that the spec lists as retired are reported as `retired-marker`. A macro that is defined to its \
            own name announces a function and is not reported.\n\n\
            With `--feature all`, every C file of the kernel is searched for macros whose names begin with `__HAVE_ARCH_`, \
            `HAVE_ARCH_`, `ARCH_HAS_` or `ARCH_HAVE_`, and for tests of any bool or tristate symbol without its `CONFIG_`. A \
            definition in any file, `-D` in a Makefile and, for macros with such a prefix, any other use outside comments and \
            documentation count as a match. UAPI headers, `tools` and `scripts` are not reported.",
        why: "`#ifdef ARCH_HAS_X` without `CONFIG_` is never true, and the compiler does not warn. The code under it is dead.",
        example: "#ifdef ARCH_HAS_LAZY_MMU_MODE\n\
            \t/* never compiled */\n\
            #endif",
        fix: "Test `CONFIG_ARCH_HAS_X` instead, or remove the macro and the code that depends on it. No automatic fix.\n\n\
            Tests that only allow an architecture to replace something (`#ifndef __HAVE_ARCH_X`), and tests that look like a \
            debugging switch that a developer sets by hand, are reported only with `--pedantic`.",
    },
    pass: Pass::FeatureAndTree(of_feature, of_tree),
};

/// Reports macros that look like the feature's.
fn of_feature(lint: &Lint, subject: &Subject<'_>, findings: &mut Vec<Diagnostic>) {
    let symbol = subject.symbol();
    let of_stale = |stale: &Stale| -> Option<Diagnostic> {
        let (first, others) = stale.places.split_first()?;
        let name = &stale.name;
        let (headline, label) = if stale.tested {
            (
                format!("`{name}` is tested, but nothing defines it"),
                "never true",
            )
        } else {
            (
                format!("`{name}` is defined, but nothing tests it"),
                "this macro has no effect",
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
            format!("test `CONFIG_{symbol}`, if you meant that")
        } else {
            format!("remove it, and select `{symbol}` in Kconfig if you meant that")
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
}

/// Reports all macros of the tree that only one side knows.
fn of_tree(lint: &Lint, facts: &Facts, findings: &mut Vec<Diagnostic>) {
    for marker in &facts.markers {
        let Some((first, others)) = marker.places.split_first() else {
            continue;
        };
        let name = &marker.name;
        let (headline, label, help) = if !marker.is_tested {
            (
                format!("`{name}` is defined, but nothing tests it"),
                "this macro has no effect",
                "remove it".to_owned(),
            )
        } else {
            (
                format!("`{name}` is tested, but nothing defines it"),
                "it is never defined",
                if marker.is_symbol {
                    format!("test `CONFIG_{name}`, if you meant the Kconfig symbol")
                } else {
                    "remove what depends on it".to_owned()
                },
            )
        };
        let level = if marker.is_harmless {
            Level::Allow
        } else {
            lint.level()
        };
        let label = Label::new(first.clone(), label);
        let mut finding = Diagnostic::new(lint.name, level, headline, label).with_help(help);
        finding.symbol = Some(name.to_string());
        let arch = arch::of_file(&first.path);
        finding.archs = arch.map(str::to_owned).into_iter().collect();
        for other in others {
            finding = finding.with_secondary(Label::new(other.clone(), "and here"));
        }
        findings.push(finding);
    }
}
