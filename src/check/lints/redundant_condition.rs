//! Owns the documentation of the lint `redundant-condition`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::REDUNDANT;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: REDUNDANT,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "an operand of a dependency or condition repeats its surroundings",
        what: "Reports an operand of a dependency or condition that follows from the other operands and the blocks around the \
            entry in the same file, on all architectures that reach the line. In a file of one architecture, an operand that \
            always holds on that architecture is reported, too. If two operands follow from each other, the first one is \
            reported. Operands that follow from the dependencies of other symbols are left to `implied-condition`. All \
            operands in a file that repeat the same block are one finding, which lists the lines.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The operand has no effect. Readers mistake it for a requirement, and it becomes outdated when the real one \
            changes.",
        example: "if NET\n\
            config A\n\
            \tbool \"a\"\n\
            \tdepends on NET && PCI\n\
            endif",
        fix: "Remove the operand. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
