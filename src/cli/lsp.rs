//! Owns the command `lsp`.

use std::io::BufReader;

use anyhow::Context;
use clap::Args;

use super::levels::LintOptions;
use super::output;
use crate::lsp::{self, Policy};
use crate::tree::Tree;

/// The stack of each thread that reads Kconfig, in bytes: blocks nest a limited number of levels, which fits.
const STACK_SIZE: usize = 16 * 1024 * 1024;

/// The arguments of `lsp`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat lsp                                   the command that an editor starts\n  \
    kfeat lsp --warn names,unmet                report lines that are not edited, too\n\n\
    docs/guide/editors.md describes the setup of Neovim, Vim, Emacs, VS Code, Helix and Kate, and the settings.\n\
    The trees are those of the folders and files that the editor opens.\n\
    Exit codes: 0 after the request `shutdown`, 1 without it, 2 error: bad arguments."
)]
pub(super) struct LspArgs {
    #[command(flatten)]
    lints: LintOptions,
    /// Use standard input and output, as it always does: some editors add this
    #[arg(long, hide = true)]
    stdio: bool,
}

/// Has the C library give large blocks back to the system as soon as they are freed.
///
/// A session makes models and frees them by the hundred. glibc takes blocks as large as any that was freed before from heaps, one for each
/// thread, where gaps remain: on 7.2 a session grew from 185 to 363 MiB in a hundred edits, and to 224 MiB without that. Of
/// this the environment at the start decides; the call that would, too, is not safe Rust. So the program starts once more, as the
/// same process.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
fn give_memory_back() {
    use std::os::unix::process::CommandExt;

    const VARIABLE: &str = "MALLOC_MMAP_THRESHOLD_";
    if std::env::var_os(VARIABLE).is_some() {
        return;
    }
    let mut arguments = std::env::args_os();
    if let (Ok(program), Some(name)) = (std::env::current_exe(), arguments.next()) {
        let mut again = std::process::Command::new(program);
        again.arg0(name).args(arguments).env(VARIABLE, "131072");
        // It returns only where it fails, and then the session takes more memory.
        let _ = again.exec();
    }
}

/// Runs `lsp`.
pub(super) fn run(args: &LspArgs) -> anyhow::Result<output::Exit> {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    give_memory_back();
    let policy = |tree: &Tree| {
        let settings = args.lints.settings(tree);
        let settings = settings.map_err(|error| format!("{error:#}"))?;
        Ok(Policy {
            levels: settings.levels,
            suppressions: settings.suppressions,
        })
    };
    let session = lsp::Session {
        input: Box::new(BufReader::new(std::io::stdin())),
        output: Box::new(std::io::stdout()),
        policy: &policy,
        version: env!("CARGO_PKG_VERSION"),
        stack_size: STACK_SIZE,
        // Work in progress is of no use any more, and freeing it takes time.
        exit: &|status| std::process::exit(i32::from(status)),
    };
    lsp::serve(session).context("cannot start a thread")?;
    Ok(output::Exit::Clean)
}
