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
        what: "Reports a `default` whose condition and the dependencies of its symbol never hold together, on any \
            architecture that reads the line. This covers all configurations, and all answers that a compiler might give.\n\n\
            It also reports a `default` after one of the same symbol that applies wherever the later one could: only the first \
            default whose condition holds counts.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The line has no effect. Its condition, or the order of the lines, is likely to be wrong.",
        example: "config A\n\
            \tint \"a\"\n\
            \tdepends on 64BIT\n\
            \tdefault 32 if !64BIT",
        fix: "Correct the condition, put the line before the one that always applies, or remove the line. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
