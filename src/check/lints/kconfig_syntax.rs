//! Owns the documentation of the lint `kconfig-syntax`, whose findings come from the layer that reads Kconfig.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;
use crate::kconfig::syntax::SYNTAX_ERROR;

pub(in crate::check) const LINT: Lint = Lint {
    name: SYNTAX_ERROR,
    group: &group::KCONFIG,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a Kconfig file has a syntax error",
        what: "Reports a line that is not a statement of the Kconfig language, and a statement that is incomplete or in the \
            wrong place. Reading continues at the next entry, so one file may have several findings.\n\n\
            kfeat accepts the dialect of older releases (a `choice` with a type, tristate members, `optional`) and that of \
            7.2 (`transitional`, `depends on … if …`).",
        why: "`conf` refuses the file, so the tree cannot be configured.",
        example: "config X\n\
            \tboolean\n\
            \tdepnds on MMU",
        fix: "Correct the line. No automatic fix.",
    },
    pass: Pass::Reading,
};
