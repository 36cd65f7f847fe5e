//! Owns the command `man`.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Command};

use super::output;

/// The arguments of `man`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat man | man -l -              read the page of kfeat itself\n  \
    kfeat man ~/.local/share/man/man1  write the page of each command there"
)]
pub(super) struct ManArgs {
    /// Where to write the page of each command, as DIR/kfeat-COMMAND.1 [default: the main page, to standard output]
    #[arg(value_name = "DIR")]
    directory: Option<PathBuf>,
}

/// Runs `man` for the command line that `program` describes.
pub(super) fn run(args: &ManArgs, program: Command) -> anyhow::Result<output::Exit> {
    let Some(directory) = &args.directory else {
        let mut page = Vec::new();
        clap_mangen::Man::new(program).render(&mut page)?;
        output::print(&String::from_utf8_lossy(&page))?;
        return Ok(output::Exit::Clean);
    };
    let failed = || format!("cannot write manual pages into `{}`", directory.display());
    std::fs::create_dir_all(directory).with_context(failed)?;
    clap_mangen::generate_to(program, directory).with_context(failed)?;
    Ok(output::Exit::Clean)
}
