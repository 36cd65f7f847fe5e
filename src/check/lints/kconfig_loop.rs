//! Owns the documentation of the lint `kconfig-loop`, whose findings come from the layer that reads Kconfig.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;
use crate::kconfig::eval::LOOP;

pub(in crate::check) const LINT: Lint = Lint {
    name: LOOP,
    group: &group::KCONFIG,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a symbol depends on itself",
        what: "Reports a symbol whose value depends on its own value through dependencies, selects, choices or ranges. The \
            finding names each step. Both `kfeat check` and `kfeat config` report it.",
        why: "`conf` refuses such files with \"recursive dependency detected\".",
        example: "config A\n\
            \tbool \"a\"\n\
            \tdepends on B\n\
            \tselect B\n\n\
            config B\n\
            \tbool \"b\"",
        fix: "Break the loop at one of the steps. No automatic fix.",
    },
    pass: Pass::Definitions,
};
