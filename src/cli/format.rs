//! Owns the choice of an output format for findings and verdicts, and what a format means for streams and exit code.

use std::io::Write;

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::output;
use crate::diag::Level;
use crate::report::{
    Report, Source, checkpatch, concise, github, gitlab, human, json, junit, nipa, reply, sarif,
};

/// The environment variable with the number of the file descriptor that netdev's CI reads a line from.
const DESC_FD: &str = "DESC_FD";

/// How a result is to be written.
#[derive(Debug, Args)]
pub(super) struct FormatArgs {
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub format: Format,
    /// With `--format checkpatch`: print one line for each finding, and nothing if there are no findings
    #[arg(long)]
    terse: bool,
    /// With `--format checkpatch`: start each finding with its place in the tree
    #[arg(long)]
    showfile: bool,
}

/// How a result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Format {
    /// Findings with their source lines, and a table of verdicts
    Human,
    /// One line for each finding: file:line:col: level: lint: text
    Concise,
    /// A document; its schema is docs/schema/report.schema.json
    Json,
    /// The same objects as JSON Lines, one object on each line
    Jsonl,
    /// SARIF 2.1.0, for code scanning services
    Sarif,
    /// JUnit XML: a suite for each feature, a case for each architecture
    Junit,
    /// Workflow commands of GitHub Actions
    Github,
    /// A code quality report of GitLab
    Gitlab,
    /// The format of the kernel's checkpatch.pl: LEVEL:TYPE: text
    Checkpatch,
    /// For netdev's CI: a log, a line to $DESC_FD, exit code 0, 250 or 1
    Nipa,
    /// For `check` with --range or --patch: a reply to each patch that introduces findings, with quoted hunks
    Mail,
}

impl FormatArgs {
    /// Refuses options that another format has.
    ///
    /// # Errors
    ///
    /// `--terse` or `--showfile` was given with a format that has no use for it, or `mail` where there is no patch to reply to.
    pub fn check(&self, is_series: bool) -> anyhow::Result<()> {
        if self.format == Format::Mail && !is_series {
            anyhow::bail!(
                "`--format mail` replies to patches: it needs `kfeat check` with `--patch` or `--range`"
            );
        }
        if (self.terse || self.showfile) && self.format != Format::Checkpatch {
            anyhow::bail!("`--terse` and `--showfile` need `--format checkpatch`");
        }
        Ok(())
    }

    /// The report in the format. `verbose` shows more in the format for people.
    pub fn render(&self, report: &Report<'_>, source: Source<'_>, verbose: bool) -> String {
        match self.format {
            Format::Human => {
                let options = human::Options {
                    color: output::color_on_stdout(),
                    verbose,
                    quiet: output::is_quiet(),
                    width: output::width(),
                };
                human::render(report, source, &options)
            }
            Format::Concise => concise::render(report),
            Format::Json => json::render(report),
            Format::Jsonl => json::render_lines(report),
            Format::Sarif => sarif::render(report, source),
            Format::Junit => junit::render(report),
            Format::Github => github::render(report),
            Format::Gitlab => gitlab::render(report),
            Format::Checkpatch => {
                let options = checkpatch::Options {
                    terse: self.terse,
                    showfile: self.showfile,
                };
                checkpatch::render(report, source, options)
            }
            Format::Nipa => nipa::render(report),
            // Without a patch there is nobody to reply to.
            Format::Mail => reply::render(report, source, &[], None),
        }
    }

    /// The exit code that the report means in the format, after what the format has to say elsewhere than on standard
    /// output.
    ///
    /// # Errors
    ///
    /// `$DESC_FD` is not a writable file descriptor.
    pub fn exit(&self, report: &Report<'_>) -> anyhow::Result<output::Exit> {
        if self.format == Format::Nipa {
            describe(&nipa::description(report))?;
            return Ok(match nipa::status(report) {
                nipa::Status::Success => output::Exit::Clean,
                nipa::Status::Warning => output::Exit::Warnings,
                nipa::Status::Failure => output::Exit::Findings,
            });
        }
        Ok(match report.count(Level::Deny) {
            0 => output::Exit::Clean,
            _ => output::Exit::Findings,
        })
    }
}

/// Writes a line to the file descriptor that `$DESC_FD` names, where it names one.
fn describe(line: &str) -> anyhow::Result<()> {
    let Some(fd) = std::env::var_os(DESC_FD) else {
        return Ok(());
    };
    let shown = fd.to_string_lossy();
    let number: u32 = shown
        .parse()
        .with_context(|| format!("`${DESC_FD}` is `{shown}`, which is not a file descriptor"))?;
    // An inherited descriptor can be used without unsafe code through its name only.
    std::fs::OpenOptions::new()
        .append(true)
        .open(format!("/dev/fd/{number}"))
        .and_then(|mut file| writeln!(file, "{line}"))
        .with_context(|| format!("cannot write to the file descriptor {number} of `${DESC_FD}`"))
}
