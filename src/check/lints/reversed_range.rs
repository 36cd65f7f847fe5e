//! Owns the documentation of the lint `reversed-range`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::RANGE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: RANGE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "the first number of a range is larger than the second",
        what: "Reports a `range` of two numbers that holds none, on all architectures that read it. A symbol counts as a number if \
            its only line is a default without a condition.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "conf replaces every value by one of the two numbers, and says nothing.",
        example: "config A\n\
            \tint \"a\"\n\
            \trange 64 2",
        fix: "Exchange the numbers, or correct the wrong one. No automatic fix: only the author knows which.",
    },
    pass: Pass::Kconfig,
};
