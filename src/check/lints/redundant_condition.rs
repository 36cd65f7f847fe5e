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
        summary: "an operand of a dependency or condition repeats what is written around it",
        what: "Reports an operand of what an entry depends on, or of a condition, that holds in every configuration in which the \
            rest holds, on all architectures that reach the line. The rest is the other operands and the blocks around \
            the entry in the same file. In a file of one architecture, an operand that holds in every configuration of it is \
            reported, too. Of two operands that follow from each other the first one is reported. Operands that \
            follow from what other symbols depend on are left to `implied-condition`. Operands of a file that repeat the \
            same block are one finding, which lists the lines.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The operand decides nothing. Readers take it for a requirement, and it stays behind when the real one changes.",
        example: "if NET\n\
            config A\n\
            \tbool \"a\"\n\
            \tdepends on NET && PCI\n\
            endif",
        fix: "Remove the operand. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
