//! Owns the documentation of the lint `reversed-range`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::constant::RANGE;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: RANGE,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "the first number of a range is larger than the second",
        what: "Reports a `range` that no number can be in, because its first number is larger than the second on all \
            architectures that read it. A bound may also be a symbol whose only property is an unconditional default.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "`conf` silently replaces every value by one of the two numbers.",
        example: "config A\n\
            \tint \"a\"\n\
            \trange 64 2",
        fix: "Swap the numbers, or correct the wrong one. No automatic fix: only the author knows which is right.",
    },
    pass: Pass::Kconfig,
};
