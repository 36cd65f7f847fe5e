//! Owns the command line: arguments, environment, output streams and exit codes. The only module that prints, writes files,
//! reads the environment or the clock, or exits.
//!
//! | module | owns |
//! |---|---|
//! | `args` | the list of commands |
//! | `global` | the arguments that several commands have |
//! | `at` | which tree a command looks at: a directory, a revision, a series |
//! | `author` | who sends mails |
//! | `audit`, `build`, `check`, `config`, `emit`, `explain`, `hook`, `lint`, `matrix`, `doctor`, `plan`, `report`, `completions`, `man` | one command each |
//! | `between` | `matrix --between` |
//! | `fix` | the safe fixes of findings, shown or made |
//! | `format` | the output format of findings and verdicts, and its exit code |
//! | `levels` | which lints are reported and at which level: options and configuration files |
//! | `locate` | which directory is the tree |
//! | `refresh` | `emit --all` |
//! | `series` | which tree and which commits or patches `check` is about |
//! | `write` | files of the tree, written whole or not at all |
//! | `timings` | how long each step of a run took |
//! | `output` | standard output, colours, and the exit code |

mod args;
mod at;
mod audit;
mod author;
mod baseline;
mod between;
mod build;
mod check;
mod completions;
mod config;
mod doctor;
mod emit;
mod explain;
mod fix;
mod format;
mod global;
mod hook;
mod kept;
mod levels;
mod lint;
mod locate;
mod man;
mod matrix;
mod output;
mod plan;
mod refresh;
mod reply;
mod report;
mod series;
mod timings;
mod unread;
mod write;

use std::process::ExitCode;

use clap::{CommandFactory, Parser};

use crate::limits::{Setting, THREADS};
use output::Exit;

/// The stack of each worker thread, in bytes. Blocks of Kconfig nest a limited number of levels over all files, which fits.
const STACK_SIZE: usize = 16 * 1024 * 1024;

/// Does `work` with the threads that it may be spread over: as many as `RAYON_NUM_THREADS` or the number of processors says,
/// within the limit. Where the system does not start so many, half as many are tried, and so on; in the end this thread works
/// alone.
fn with_threads<T: Send>(work: impl FnOnce() -> T + Send) -> T {
    let asked = std::env::var("RAYON_NUM_THREADS").ok();
    let asked = asked.and_then(|number| number.parse().ok());
    let asked = asked.filter(|&number| number > 0);
    let processors = || std::thread::available_parallelism().map_or(1, usize::from);
    let mut threads = asked.unwrap_or_else(processors).min(THREADS.length());
    while threads > 0 {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads)
            .stack_size(STACK_SIZE);
        match pool.build() {
            Ok(pool) => return pool.install(work),
            Err(_) => threads /= 2,
        }
    }
    let alone = rayon::ThreadPoolBuilder::new().num_threads(1);
    // An error only says that there is a pool already, which cannot be here.
    let _ = alone.use_current_thread().build_global();
    work()
}

/// Runs the program: reads the arguments of the process, does what they say, and returns the exit code.
pub fn main() -> ExitCode {
    let cli = match args::Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output with status 0, and mistakes to standard error with status 2.
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    output::set_color(cli.global.color);
    cli.global.max.iter().for_each(Setting::apply);
    let result = with_threads(|| run(&cli));
    let exit = result.unwrap_or_else(|error| {
        if output::is_closed_pipe(&error) {
            // Whoever read the output has seen enough, as with `kfeat check | head`.
            return Exit::Clean;
        }
        output::error(&error);
        Exit::Failed
    });
    exit.into()
}

/// Runs the command.
fn run(cli: &args::Cli) -> anyhow::Result<Exit> {
    match &cli.command {
        args::Command::Check(args) => check::run(&cli.global, args),
        args::Command::Audit(args) => audit::run(&cli.global, args),
        args::Command::Emit(args) => emit::run(&cli.global, args),
        args::Command::Matrix(args) => matrix::run(&cli.global, args),
        args::Command::Explain(args) => explain::run(&cli.global, args),
        args::Command::Build(args) => build::run(&cli.global, args),
        args::Command::Plan(args) => plan::run(&cli.global, args),
        args::Command::Report(args) => report::run(args),
        args::Command::Doctor(args) => doctor::run(&cli.global, args),
        args::Command::Hook(args) => hook::run(&cli.global, args),
        args::Command::Lint(args) => lint::run(args),
        args::Command::Completions(args) => completions::run(args, &mut args::Cli::command()),
        args::Command::Man(args) => man::run(args, args::Cli::command()),
        args::Command::Config(args) => config::run(&cli.global, args),
    }
}
