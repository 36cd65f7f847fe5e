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
        summary: "a select or imply has no effect in any configuration of any architecture",
        what: "Reports a `select` or `imply` whose condition and the dependencies of its symbol never hold together, on any \
            architecture that reads the line. If the symbol itself cannot be enabled, `dead-symbol` reports the symbol \
            instead of its lines.\n\n\
            It also reports a `select` or `imply` of a member of a choice. The choice alone decides which of its members is `y`; \
            `conf` ignores what selects them.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The line has no effect. Its condition or its target is likely to be wrong.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on !X\n\
            \tselect B if X",
        fix: "Correct the condition, or remove the line. To choose a member, give the choice a `default`. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
