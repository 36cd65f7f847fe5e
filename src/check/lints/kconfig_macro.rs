//! Owns the documentation of the lint `kconfig-macro`, whose findings come from the layer that reads Kconfig.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;
use crate::kconfig::model::MACRO;

pub(in crate::check) const LINT: Lint = Lint {
    name: MACRO,
    group: &group::KCONFIG,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a Kconfig macro cannot be expanded",
        what: "Reports a macro that refers to itself, has too many arguments, nests too deeply, or raises an error with \
            `$(error-if,…)`. `$(shell,…)` is never run and never an error: its output is an unknown value.",
        why: "`conf` stops at such a macro.",
        example: "x = $(y)\n\
            y = $(x)\n\
            \n\
            config A\n\
            \tdef_bool $(x)",
        fix: "Correct the macro. No automatic fix.",
    },
    pass: Pass::Reading,
};
