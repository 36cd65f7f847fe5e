//! Owns the documentation of the lint `dead-select`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::SELECT;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: SELECT,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a select or imply acts in no configuration of any architecture",
        what: "Reports a `select` or `imply` whose condition never holds together with what its symbol depends on, on no \
            architecture that reads the line. Lines of a symbol that cannot be enabled are part of the finding about the \
            symbol.\n\n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The line has no effect. Its condition is likely to be wrong.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on !X\n\
            \tselect B if X",
        fix: "Correct the condition, or remove the line. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
