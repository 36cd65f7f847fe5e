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
        what: "Reports an `int`, `hex` or `string` that is used as a condition, where it is always n, and a bool or tristate that \
            is compared with a text which it can never be, such as `m` for a bool.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The condition never changes, whatever the configuration.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on NR_CPUS",
        fix: "Compare the symbol, as in `NR_CPUS > 1`, or write the value that was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
