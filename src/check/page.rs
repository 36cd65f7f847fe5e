//! Owns the documentation of everything that has a name in brackets: the lints, and what reading Kconfig can find,
//! and what a run says about suppressions and baselines.

use crate::check::lint::LINTS;
use crate::diag::Level;

/// What is documented about a name in brackets.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// The name in output and on the command line.
    pub name: &'static str,
    /// How much a finding weighs.
    pub level: Level,
    /// What it finds, in one line.
    pub summary: &'static str,
    /// Why that is wrong, what is not found, and what to do about it. Paragraphs of plain text.
    pub explanation: &'static str,
}

/// What reading Kconfig can find. No function looks for these: the rooms that read the files report them.
const WHILE_READING: &[Page] = &[
    Page {
        name: crate::kconfig::syntax::SYNTAX_ERROR,
        level: Level::Deny,
        summary: "a Kconfig file has a mistake of syntax",
        explanation: "A line is no statement of the Kconfig language, or a statement is incomplete or in the wrong place. Reading \
            goes on at the next entry, so one file may have several of these.\n\n\
            Both dialects are known, that of the older series (a `choice` with a type, tristate members, `optional`) and that of 7.2 \
            (`transitional`, `depends on … if …`). What a symbol means is not looked at here.",
    },
    Page {
        name: crate::kconfig::model::SOURCE,
        level: Level::Deny,
        summary: "a Kconfig file that is sourced cannot be read",
        explanation: "The file of a `source` line is missing, is no regular file, lies outside the tree, or includes itself; since 7.0 \
            also: it was sourced before. The verdict goes on without it. What it may declare or select is not known, so no lint \
            says on such an architecture that a declaration or a select is missing.\n\n\
            A path with a macro whose value kfeat cannot know is reported, too.",
    },
    Page {
        name: crate::kconfig::model::DEFINITION,
        level: Level::Deny,
        summary: "an entry of a Kconfig file contradicts itself or another one",
        explanation: "What `conf` says once it has read the files: a symbol has no type, or two; a default, a range or a \
            `select` does not fit the type; an entry has a second prompt or help text. `conf` refuses some of these and warns \
            about the others, and which is which changed over the releases; the level of the finding is that of the tree's own \
            `conf`.\n\n\
            `kfeat check` reports of these what comes up while the files are read: help texts, and a second symbol for \
            `modules`. `kfeat config` reports all.",
    },
    Page {
        name: crate::kconfig::eval::LOOP,
        level: Level::Deny,
        summary: "a symbol depends on itself",
        explanation: "The value of a symbol depends on its own value, by way of dependencies, selects, choices or ranges. `conf` \
            refuses such files; the finding names each step of the way. `kfeat config` reports it.",
    },
    Page {
        name: crate::kconfig::model::MACRO,
        level: Level::Deny,
        summary: "a Kconfig macro cannot be expanded",
        explanation: "A macro refers to itself, has too many arguments, nests too deeply, or asks for an error with `$(error-if,…)`. \
            `$(shell,…)` is never run and never an error: its output is an unknown that is carried along.",
    },
];

/// What a run says about what it was told to leave out.
const ABOUT_WHAT_IS_LEFT_OUT: &[Page] = &[
    Page {
        name: crate::check::run::suppression::UNUSED,
        level: Level::Warn,
        summary: "a suppression suppresses nothing",
        explanation: "An entry of `kfeat.yaml` in the top directory of the tree, of the file that `--suppressions` names, or of the list \
        `suppress` in a feature's spec fits no finding. What it excused was mended, or it never fitted: left in, it would hide a \
        finding to come.\n\n\
        Only what the run would have found is judged: with `--arch` not an entry for other architectures, without \
        `--feature all` not one for the whole tree; `kfeat check` leaves entries about tables to `kfeat audit`, and the other way \
        round. Take the entry out, or correct what it says.",
    },
    Page {
        name: crate::check::run::baseline::UNUSED,
        level: Level::Warn,
        summary: "an entry of a baseline matches nothing any more",
        explanation: "A baseline holds findings that are known. An entry that no finding matches is one of something that was mended; \
        left in, it would let the same come back unseen.\n\n\
        Only what the run would have found is reported: with `--arch` not the entries of other architectures, without \
        `--feature all` not those of the whole tree. Write the baseline anew, or take the entry out.",
    },
];

/// Everything that has a name in brackets, in the order in which it is looked for.
pub fn pages() -> impl Iterator<Item = Page> {
    let lints = LINTS.iter().map(|lint| Page {
        name: lint.name,
        level: lint.level,
        summary: lint.summary,
        explanation: lint.explanation,
    });
    let left_out = ABOUT_WHAT_IS_LEFT_OUT.iter().copied();
    WHILE_READING.iter().copied().chain(lints).chain(left_out)
}

/// What is documented about one name; `None` where nothing has it.
pub fn find(name: &str) -> Option<Page> {
    pages().find(|page| page.name == name)
}
