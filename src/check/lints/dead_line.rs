//! Owns the documentation of the lint `dead-line`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::LINE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: LINE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a default, range, prompt or comment applies in no configuration of any architecture",
        what: "Reports a `default`, a `range`, a prompt or a comment whose condition never holds together with what its symbol \
            depends on, on no architecture that reads the line.\n\n\
            `check --select dead` and `check --select kconfig` look for it.",
        why: "The line has no effect. Its condition is likely to be wrong.",
        example: "config A\n\
            \tint \"a\"\n\
            \tdepends on 64BIT\n\
            \tdefault 32 if !64BIT",
        fix: "Correct the condition, or remove the line. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
