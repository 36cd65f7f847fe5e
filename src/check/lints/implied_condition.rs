//! Owns the documentation of the lint `implied-condition`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::IMPLIED;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: IMPLIED,
    group: &group::STYLE,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "an operand of a dependency or condition is implied by the dependencies of other symbols",
        what: "Reports an operand of a dependency or condition that the other operands imply: one of them is a symbol that \
            can be on only where the operand holds. A kernel tree has thousands of these, and most are intentional: an entry \
            states what its own code needs, even if another of its dependencies needs the same. An operand that repeats a \
            line of the same entry, or a block around it in the same file, is reported as `redundant-condition` instead.\n\n\
            `check --select kconfig-style` reports it; `--select kconfig` does not.",
        why: "The operand has no effect, which is good to know before rewriting the dependency.",
        example: "config I2C_THING\n\
            \tbool \"thing\"\n\
            \tdepends on I2C\n\
            \n\
            config THING_EXTRA\n\
            \tbool \"extra\"\n\
            \tdepends on I2C && I2C_THING",
        fix: "Remove the operand if the entry's own code does not need it. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
