//! Owns the documentation of the lint `kconfig-source`, whose findings come from the layer that reads Kconfig.

use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;
use crate::kconfig::model::SOURCE;

pub(in crate::check) const LINT: Lint = Lint {
    name: SOURCE,
    group: &group::KCONFIG,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a sourced Kconfig file cannot be read",
        what: "Reports a `source` line whose file is missing, is not a regular file, is outside the tree, or includes itself. \
            From Linux 7.0 on, sourcing a file twice is reported as well. A path with a macro whose value kfeat cannot know \
            is reported, too.\n\n\
            The check continues without the file. What it may declare or select is unknown, so no lint reports a missing \
            declaration or `select` on such an architecture.",
        why: "`conf` refuses the tree, and every verdict that the file could change is undecided.",
        example: "source \"arch/riscv/Kconfig.missing\"",
        fix: "Correct the path, or add the file. No automatic fix.",
    },
    pass: Pass::Reading,
};
