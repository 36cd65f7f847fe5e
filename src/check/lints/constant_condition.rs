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
        summary: "a condition always holds where it stands",
        what: "Reports the condition of a property or of an `if` block that holds in every configuration in which the line is \
            reached, on all architectures that reach it: by what the symbol depends on, by the blocks around it, or \
            by what the symbols in these imply. A condition that only one architecture always has is reported in files of that \
            architecture. Whatever the lines of the tree do not show is not reported. The same condition at several lines of \
            a file is one finding, which lists the lines.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The condition decides nothing. It may be left over, or another symbol may have been meant.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on PCI\n\
            \tselect B if PCI",
        fix: "Remove the condition, or write the one that was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
