//! Owns the documentation of the lint `kconfig-definition`, whose findings come from the layer that reads Kconfig.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;
use crate::kconfig::model::DEFINITION;

pub(in crate::check) const LINT: Lint = Lint {
    name: DEFINITION,
    group: &group::KCONFIG,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "an entry of a Kconfig file contradicts itself or another one",
        what: "Reports inconsistent entries to which `conf` objects: a symbol without a type or with two types; a default, a \
            range or a `select` that does not fit the type; an entry with a second prompt or help text. The finding is an \
            error if the tree's own `conf` refuses the files because of it, and a warning if `conf` only warns. An entry whose \
            name begins with `CONFIG_`, which `conf` writes before each name itself, is a warning, too.\n\n\
            Both `kfeat check` and `kfeat config` report it.",
        why: "`conf` refuses the tree, or prints a warning in every build and picks one of the meanings.",
        example: "config X\n\
            \tbool \"First prompt\"\n\
            \tprompt \"Second prompt\"",
        fix: "Remove one of the two statements, or correct the type. No automatic fix.",
    },
    pass: Pass::Definitions,
};
