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
        what: "Reports a `select` of a symbol with a prompt. There are thousands of these, and most are harmless.\n\
            \n\
            `check --select kconfig-style` looks for it; `--select kconfig` does not.",
        why: "A select overrides what the user says and what the symbol depends on. The documentation of Kconfig advises to \
            select only symbols without a prompt and without dependencies.",
        example: "config A\n\
            \tbool \"a\"\n\
            \tselect B\n\
            config B\n\
            \tbool \"b\"",
        fix: "Use `depends on`, or `imply` for what is only recommended. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
