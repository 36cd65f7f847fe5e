//! Owns the documentation of the lint `condition-type`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::TYPE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: TYPE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a condition uses a symbol of the wrong type",
        what: "Reports an `int`, `hex` or `string` that is used as a condition, which is then always `n`. Also reports a bool \
            or tristate that is compared with a value that it can never have, such as `m` for a bool.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The condition has the same value in every configuration.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on NR_CPUS",
        fix: "Compare the symbol, as in `NR_CPUS > 1`, or write the value that was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
