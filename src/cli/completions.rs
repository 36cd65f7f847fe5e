//! Owns the command `completions`.

use clap::{Args, Command};
use clap_complete::Shell;

use super::output;

/// The arguments of `completions`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat completions bash > ~/.local/share/bash-completion/completions/kfeat\n  \
    kfeat completions zsh > ~/.zfunc/_kfeat"
)]
pub(super) struct CompletionsArgs {
    /// The shell
    #[arg(value_enum, value_name = "SHELL")]
    shell: Shell,
}

/// Runs `completions` for the command line that `program` describes.
pub(super) fn run(args: &CompletionsArgs, program: &mut Command) -> anyhow::Result<output::Exit> {
    let mut script = Vec::new();
    clap_complete::generate(args.shell, program, "kfeat", &mut script);
    output::print(&String::from_utf8_lossy(&script))?;
    Ok(output::Exit::Clean)
}
