//! Owns the documentation of the lint `dead-prompt`, whose findings come from [`crate::check::kconfig`].

use crate::check::kconfig::dead::PROMPT;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::Level;

pub(in crate::check) const LINT: Lint = Lint {
    name: PROMPT,
    group: &group::DEAD,
    default_level: Level::Note,
    is_on: false,
    docs: Docs {
        summary: "a prompt or comment is shown in no configuration of any architecture",
        what: "Reports a prompt or a `comment` whose condition and dependencies never hold together, on any architecture that \
            reads the line. The `visible if` of the menus around a prompt is part of its condition.\n\n\
            `check --select dead` and `check --select kconfig` report it for the whole tree. In a series (`--range`, \
            `--patch`, a hook) it is checked by default, for the entries that the series touches and for the symbols that its \
            removed lines select or imply.",
        why: "No user can set the symbol or read the comment. The condition is likely to be wrong.",
        example: "config A\n\
            \tbool \"a\" if !MMU\n\
            \tdepends on MMU",
        fix: "Correct the condition, or remove the prompt. No automatic fix.",
    },
    pass: Pass::Kconfig,
};
