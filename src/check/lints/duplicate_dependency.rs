//! Owns the documentation of the lint `duplicate-dependency`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::DUPLICATE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: DUPLICATE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "an entry depends on the same thing twice",
        what: "Reports an operand that the `depends on` lines of one entry, or the condition of one `if` block, have twice.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The second one has no effect. Often another symbol was meant.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on PCI\n\
            \tdepends on PCI && OF",
        fix: "Remove the second one, or write what was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
