//! Owns the documentation of the lint `dead-symbol`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::SYMBOL;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: SYMBOL,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "no configuration of any architecture can enable a symbol",
        what: "Reports a bool or tristate that is `n` in every configuration of every architecture. Symbols that depend on \
            `BROKEN`, or stand in a block that depends on `n`, are meant to be off and are not reported. One that depends on `n` \
            itself is.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The code that the symbol builds is never compiled, and nobody notices when it breaks.",
        example: "config NEVER\n\
            \tbool\n\
            # no prompt, no default, no select",
        fix: "Remove the symbol with its code, or correct what it depends on. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
