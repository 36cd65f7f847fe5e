//! Owns the documentation of the lint `dead-default`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::DEFAULT;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: DEFAULT,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a default applies in no configuration of any architecture",
        what: "Reports a `default` whose condition never holds together with what its symbol depends on, on no architecture that \
            reads the line. Every configuration counts, and every answer of the compiler.\n\
            \n\
            `check --select dead` and `check --select kconfig` look for it in the whole tree. Over a series, the lines of entries that it \
            touches, and those that name what it touches, are looked at without an option.",
        why: "The line has no effect. Its condition is likely to be wrong.",
        example: "config A\n\
            \tint \"a\"\n\
            \tdepends on 64BIT\n\
            \tdefault 32 if !64BIT",
        fix: "Correct the condition, or remove the line. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
