//! Owns the documentation of the lint `dead-range`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::RANGE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: RANGE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a range applies in no configuration of any architecture",
        what: "Reports a `range` whose condition and the dependencies of its symbol never hold together, on any architecture \
            that reads the line.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The line has no effect: values that it should exclude are accepted.",
        example: "config A\n\
            \tint \"a\"\n\
            \tdepends on SMP\n\
            \trange 1 1 if !SMP\n\
            \trange 2 64",
        fix: "Correct the condition, or remove the line. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
