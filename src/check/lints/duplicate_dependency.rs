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
        what: "Reports an operand that occurs twice in the `depends on` lines of one entry, or in the condition of one `if` \
            block.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "The second one has no effect. Often another symbol was meant.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on PCI\n\
            \tdepends on PCI && OF",
        fix: "Remove the second one, or write what was meant. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
