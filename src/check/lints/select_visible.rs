//! Owns the documentation of the lint `select-visible`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::VISIBLE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: VISIBLE,
    group: &group::STYLE,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a symbol that the user can set is selected",
        what: "Reports a `select` of a symbol with a prompt. A kernel tree has thousands of these, and most are harmless.\n\n\
            `check --select kconfig-style` reports it; `--select kconfig` does not.",
        why: "A `select` overrides the user's choice and the dependencies of the symbol. The documentation of Kconfig advises \
            selecting only symbols without prompts and without dependencies.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tselect B\n\
            config B\n\
            \tbool \"b\"",
        fix: "Use `depends on`, or `imply` if the symbol is only recommended. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
