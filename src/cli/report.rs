//! Owns the command `report`: what runs of `build` left, joined.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, Subcommand, ValueEnum};

use super::build::{exit, read_results};
use super::output;
use crate::drive::results::Results;
use crate::drive::summary;

/// The arguments of `report`.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  kfeat report merge *.results.json")]
pub(super) struct ReportArgs {
    #[command(subcommand)]
    command: Command,
}

/// Describes what to do with results.
#[derive(Debug, Subcommand)]
enum Command {
    /// Join the results of several runs; the last one for an architecture counts
    #[command(
        after_help = "Examples:\n  kfeat report merge *.results.json\n  kfeat report merge --format json a.json b.json > all.json\n\n\
        Exit codes: 0 all passed, 1 something failed or was not exercised, 2 error: bad arguments or unreadable input."
    )]
    Merge(MergeArgs),
}

/// The arguments of `report merge`.
#[derive(Debug, Args)]
struct MergeArgs {
    /// The results.json files of `kfeat build`
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// Fail if one of these has no compiler or no result
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    require: Vec<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A table, and what failed
    Human,
    /// A document; its schema is docs/schema/results.schema.json
    Json,
}

/// Runs `report`.
pub(super) fn run(args: &ReportArgs) -> anyhow::Result<output::Exit> {
    let Command::Merge(args) = &args.command;
    let runs = args
        .files
        .iter()
        .map(|path| read_results(path))
        .collect::<anyhow::Result<Vec<Results>>>()?;
    if let Some((first, other)) = runs.first().and_then(|first| {
        let other = runs
            .iter()
            .find(|other| other.feature != first.feature || other.version != first.version)?;
        Some((first, other))
    }) {
        bail!(
            "results of `{}` on {} and of `{}` on {} cannot be joined",
            first.feature,
            first.version,
            other.feature,
            other.version
        );
    }
    let merged = Results::merge(runs).context("no files to merge")?;
    if let Some(arch) = args
        .require
        .iter()
        .find(|arch| !merged.archs.iter().any(|of| of.arch == **arch))
    {
        bail!("no file has results for `{arch}`");
    }
    output::print(&match args.format {
        Format::Human => summary::text(&merged),
        Format::Json => merged.json(),
    })?;
    Ok(exit(&merged, &args.require))
}
