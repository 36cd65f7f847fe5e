//! Owns the command `lint`.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use super::output;
use crate::check::lint::Lint;
use crate::check::lint::group::GROUPS;
use crate::check::lints::{self, LINTS};
use crate::report::letter::fold;

/// The arguments of `lint`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kfeat lint list\n  kfeat lint explain select-without-hook")]
pub(super) struct LintArgs {
    #[command(subcommand)]
    command: LintCommand,
}

/// Describes what to tell about lints.
#[derive(Debug, Subcommand)]
enum LintCommand {
    /// List all lints with their levels
    #[command(after_help = "Examples:\n  kfeat lint list")]
    List,
    /// Explain what a lint finds, why that is wrong, and what to do about it
    #[command(
        after_help = "Examples:\n  kfeat lint explain retired-marker\n  kfeat lint explain retired-marker --format md"
    )]
    Explain {
        /// The name of the lint, which each finding shows in brackets
        #[arg(value_name = "LINT")]
        name: String,
        /// How to write the result
        #[arg(long, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
        format: Format,
    },
}

/// The forms of a page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text, wrapped to the width of the terminal
    Text,
    /// Markdown, as in docs/lints
    Md,
}

/// Runs `lint`.
pub(super) fn run(args: &LintArgs) -> anyhow::Result<output::Exit> {
    let mut out = String::new();
    match &args.command {
        LintCommand::List => list(&mut out),
        LintCommand::Explain { name, format } => {
            let Some(lint) = lints::find(name) else {
                let nearest = lints::nearest(name, LINTS.iter().map(|lint| lint.name));
                let nearest = nearest
                    .map_or_else(String::new, |nearest| format!(" did you mean `{nearest}`?"));
                bail!("no lint is called `{name}`;{nearest} `kfeat lint list` lists them all");
            };
            out = match format {
                Format::Text => as_text(lint),
                Format::Md => as_markdown(lint),
            };
        }
    }
    output::print(&out)?;
    Ok(output::Exit::Clean)
}

/// The table of all lints.
fn list(out: &mut String) {
    let width = LINTS.iter().map(|lint| lint.name.len()).max().unwrap_or(0);
    let of_groups = GROUPS.iter().map(|group| group.name.len()).max();
    let of_groups = of_groups.unwrap_or(0);
    for lint in LINTS {
        let (group, level) = (lint.group.name, level(lint));
        let (name, summary) = (lint.name, lint.docs.summary);
        let _ = writeln!(
            out,
            "{name:width$}  {group:of_groups$}  {level:7}  {summary}"
        );
    }
}

/// The level in words; `allow` for a lint that is off by default.
fn level(lint: &Lint) -> &'static str {
    lint.level().word()
}

/// The headings of the page and the texts below them, without the example.
fn parts(lint: &Lint) -> [(&'static str, &'static str); 3] {
    let docs = &lint.docs;
    [
        ("What it does", docs.what),
        ("Why is this bad", docs.why),
        ("Fix", docs.fix),
    ]
}

/// The page in lines of the terminal's width.
fn as_text(lint: &Lint) -> String {
    let mut text = format!(
        "{} ({}, group {}): {}\n",
        lint.name,
        level(lint),
        lint.group.name,
        lint.docs.summary
    );
    let width = output::width().min(100);
    for (heading, part) in parts(lint) {
        let _ = writeln!(text, "\n{heading}:");
        for (index, paragraph) in part.split("\n\n").enumerate() {
            if index > 0 {
                text.push('\n');
            }
            fold(&mut text, paragraph, "", "", width);
        }
        if part == lint.docs.why {
            text.push_str("\nExample:\n");
            for line in lint.docs.example.lines() {
                let _ = writeln!(text, "    {line}");
            }
        }
    }
    text
}

/// The page in Markdown; the paragraphs are written in it.
fn as_markdown(lint: &Lint) -> String {
    let mut text = format!(
        "# `{}`\n\nLevel `{}`, group `{}`: {}.\n",
        lint.name,
        level(lint),
        lint.group.name,
        lint.docs.summary
    );
    for (heading, part) in parts(lint) {
        let _ = writeln!(text, "\n## {heading}\n\n{part}");
        if part == lint.docs.why {
            let _ = writeln!(text, "\n## Example\n\n```text\n{}\n```", lint.docs.example);
        }
    }
    text
}
