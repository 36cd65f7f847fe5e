//! Owns the command `lint`.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, Subcommand};

use super::output;
use crate::check::page::{self, pages};

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
            let Some(page) = page::find(name) else {
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
