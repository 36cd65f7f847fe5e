//! Owns the documentation of the lint `dead-block`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::BLOCK;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: BLOCK,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "the condition of a menu, choice or if block never holds on any architecture",
        what: "Reports a `menu`, a `choice` or an `if` block whose condition holds in no configuration of any architecture \
            that reads it. Everything in the block is part of this finding.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "Nothing in the block can be set. Its condition is likely to be wrong.",
        example: "if MMU && !MMU\n\
            config A\n\
            \tbool \"a\"\n\
            endif",
        fix: "Correct the condition, or remove the block. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
