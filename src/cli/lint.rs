//! Owns the command `lint`.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::output;
use crate::check::lint::LINTS;
use crate::diag::Level;

/// The arguments of `lint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kfeat lint list\n  kfeat lint explain select-without-hook")]
pub(super) struct LintArgs {
    #[command(subcommand)]
    command: LintCommand,
}

/// What to tell about lints.
#[derive(Debug, Subcommand)]
enum LintCommand {
    /// List all lints with their levels
    #[command(after_help = "Examples:\n  kfeat lint list")]
    List,
    /// Tell what a lint finds, why that is wrong, and what to do about it
    #[command(after_help = "Examples:\n  kfeat lint explain retired-marker")]
    Explain {
        /// The name of the lint, as it stands in brackets at a finding
        #[arg(value_name = "LINT")]
        name: String,
    },
}

/// What is documented about a name in brackets.
#[derive(Clone, Copy, Debug)]
struct Page {
    name: &'static str,
    level: Level,
    summary: &'static str,
    explanation: &'static str,
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
            also: it was sourced before. The verdict goes on without it, so symbols that it declares count as undeclared.\n\n\
            A path with a macro whose value kfeat cannot know is reported, too.",
    },
    Page {
        name: crate::kconfig::model::MACRO,
        level: Level::Deny,
        summary: "a Kconfig macro cannot be expanded",
        explanation: "A macro refers to itself, has too many arguments, nests too deeply, or asks for an error with `$(error-if,…)`. \
            `$(shell,…)` is never run and never an error: its output is an unknown that is carried along.",
    },
];

/// Everything that has a name in brackets, in the order in which it is looked for.
fn pages() -> impl Iterator<Item = Page> {
    let lints = LINTS.iter().map(|lint| Page {
        name: lint.name,
        level: lint.level,
        summary: lint.summary,
        explanation: lint.explanation,
    });
    WHILE_READING.iter().copied().chain(lints)
}

/// Runs `lint`.
pub(super) fn run(args: &LintArgs) -> anyhow::Result<output::Exit> {
    let mut out = String::new();
    match &args.command {
        LintCommand::List => {
            let width = pages().map(|page| page.name.len()).max().unwrap_or(0);
            for page in pages() {
                let _ = writeln!(
                    out,
                    "{:width$}  {:7}  {}",
                    page.name,
                    page.level.word(),
                    page.summary
                );
            }
        }
        LintCommand::Explain { name } => {
            let Some(page) = pages().find(|page| page.name == name) else {
                bail!("no lint is called `{name}`; `kfeat lint list` lists them all");
            };
            let _ = writeln!(
                out,
                "{} ({}): {}\n\n{}",
                page.name,
                page.level.word(),
                page.summary,
                page.explanation
            );
        }
    }
    output::print(&out)?;
    Ok(output::Exit::Clean)
}
