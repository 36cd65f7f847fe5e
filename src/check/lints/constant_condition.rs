//! Owns the documentation of the lint `constant-condition`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::CONSTANT;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: CONSTANT,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a condition holds in every configuration that reaches it",
        what: "Reports the condition of a property or of an `if` block that holds in every configuration that reaches the \
            line, on all architectures that reach it. The condition follows from what the symbol depends on, from the blocks \
            around it, or from what the symbols in these imply. A condition that always holds on one architecture only is \
            reported in the files of that architecture. Only what follows from the Kconfig files is reported. The same \
            condition at several lines of a file is one finding, which lists the lines.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The condition has no effect. It may be a leftover, or another symbol may have been meant.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on PCI\n\
            \tselect B if PCI",
        fix: "Remove the condition, or write the one that was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
