//! Owns the command `lint`.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use super::output;
use crate::check::page::{self, Page, pages};
use crate::report::letter::fold;

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
    #[command(
        after_help = "Examples:\n  kfeat lint explain retired-marker\n  kfeat lint explain retired-marker --format md"
    )]
    Explain {
        /// The name of the lint, as it stands in brackets at a finding
        #[arg(value_name = "LINT")]
        name: String,
        /// How to write it
        #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
        format: Format,
    },
}

/// The forms of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines that fit into the terminal
    Text,
    /// Markdown, as in docs/lints
    Md,
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
        LintCommand::Explain { name, format } => {
            let Some(page) = page::find(name) else {
                bail!("no lint is called `{name}`; `kfeat lint list` lists them all");
            };
            out = match format {
                Format::Text => as_text(&page),
                Format::Md => as_markdown(&page),
            };
        }
    }
    output::print(&out)?;
    Ok(output::Exit::Clean)
}

/// The page in lines of the terminal's width.
fn as_text(page: &Page) -> String {
    let mut text = format!("{} ({}): {}\n", page.name, page.level.word(), page.summary);
    let width = output::width().min(100);
    for paragraph in page.explanation.split("\n\n") {
        text.push('\n');
        fold(&mut text, paragraph, "", "", width);
    }
    text
}

/// The page in Markdown; the paragraphs are written in it.
fn as_markdown(page: &Page) -> String {
    format!(
        "# `{}`\n\nLevel `{}`: {}.\n\n{}\n",
        page.name,
        page.level.word(),
        page.summary,
        page.explanation
    )
}
