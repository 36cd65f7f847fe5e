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
        summary: "an operand of a dependency or condition follows from what other symbols depend on",
        what: "Reports an operand of what an entry depends on, or of a condition, that holds in every configuration in which the \
            rest holds, because a symbol in the rest is only on where it holds. The tree has thousands of these, \
            and most are wanted: an entry states what its own code needs, although something else that it depends on \
            needs the same. What repeats a line of the same entry, or a block around it in the same file, is \
            `redundant-condition`.\n\
            \n\
            `check --select kconfig-style` looks for it; `--select kconfig` does not.",
        why: "The operand decides nothing. It helps to know that before a dependency is rewritten.",
        example: "config I2C_THING\n\
            \tbool \"thing\"\n\
            \tdepends on I2C\n\
            \n\
            config THING_EXTRA\n\
            \tbool \"extra\"\n\
            \tdepends on I2C && I2C_THING",
        fix: "Remove the operand if the entry does not need it for its own sake. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
