//! Owns the command line: arguments, environment, output streams and exit codes. The only module that prints, writes files,
//! reads the environment or the clock, or exits.
//!
//! | module | owns |
//! |---|---|
//! | `args` | the list of commands |
//! | `global` | the arguments that several commands have |
//! | `at` | which tree a command looks at: a directory, a revision, a series |
//! | `author` | who sends mails |
//! | `audit`, `build`, `check`, `config`, `cover`, `emit`, `explain`, `feature`, `hook`, `lint`, `lsp`, `matrix`, `doctor`, `plan`, `report`, `completions`, `man` | one command each |
//! | `between` | `matrix --between` |
//! | `fix` | the safe fixes of findings, shown or made |
//! | `format` | the output format of findings and verdicts, and its exit code |
//! | `levels` | which lints are reported and at which level: options and configuration files |
//! | `locate` | which directory is the tree |
//! | `refresh` | `emit --all` |
//! | `series` | which tree and which commits or patches `check` is about |
//! | `watch` | `check --watch` |
//! | `specs` | specs of the user's own, and a run where some of them cannot be used |
//! | `site` | `matrix --site` |
//! | `write` | files of the tree, written whole or not at all |
//! | `template` | the templates of `matrix --template-dir`, and how much they may take |
//! | `interrupt` | what a signal does that ends the program |
//! | `status` | what the system says of this process |
//! | `timings` | how long each step of a run took |
//! | `paths` | which files of the tree `check` reports about |
//! | `error` | errors with their causes, and the hint of the command line |
//! | `message` | the form of a message on standard error |
//! | `output` | standard output, colours, and the exit code |
//! | `overview` | `kfeat` without a command |
//! | `busy` | the sign of life of a command that works without printing |

mod args;
mod at;
mod audit;
mod author;
mod baseline;
mod between;
mod build;
mod busy;
mod check;
mod completions;
mod config;
mod cover;
mod doctor;
mod emit;
mod error;
mod explain;
mod feature;
mod fix;
mod format;
mod global;
mod hook;
mod interrupt;
mod kept;
mod levels;
mod lint;
mod locate;
mod lsp;
mod man;
mod matrix;
mod message;
mod output;
mod overview;
mod paths;
mod plan;
mod refresh;
mod reply;
mod report;
mod series;
mod site;
mod specs;
mod status;
mod template;
mod timings;
mod unread;
mod watch;
mod write;

use std::process::ExitCode;

use clap::FromArgMatches;

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
    let mut threads = asked.unwrap_or_else(processors);
    if threads > THREADS.length() {
        threads = THREADS.length();
        // More processors than that are nothing to complain about.
        if asked.is_some() {
            output::note(&format!(
                "warning: {}",
                THREADS.reached("the number of threads in `RAYON_NUM_THREADS`")
            ));
        }
    }
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
    let mut command = args::command();
    let matches = command.try_get_matches_from_mut(std::env::args_os());
    let cli = matches.and_then(|matches| {
        args::Cli::from_arg_matches(&matches).map_err(|error| error.format(&mut command))
    });
    let cli = match cli {
        Ok(cli) => cli,
        Err(error) => {
            // clap prints help and version to standard output with status 0, and mistakes to standard error with status 2.
            let error = match error.use_stderr() {
                true => harmless(&mut command).unwrap_or(error),
                false => error,
            };
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    output::set_color(cli.global.color);
    output::set_quiet(cli.global.quiet);
    cli.global.max.iter().for_each(Setting::apply);
    interrupt::watch();
    let result = with_threads(|| {
        let exit = run(&cli);
        locate::say_passed_over(exit.as_ref().err());
        let exit = exit?;
        output::finish()?;
        Ok(exit)
    });
    let exit = result.unwrap_or_else(|failure| {
        if error::is_closed_pipe(&failure) {
            // The reader has seen enough, as with `kfeat check | head`.
            return Exit::Clean;
        }
        error::print(&failure);
        Exit::Failed
    });
    exit.into()
}

/// The mistake in the arguments once more, as clap shows it where they hold nothing that could steer a terminal or the log of a job: it
/// quotes them as they are. `None` if they hold none.
fn harmless(command: &mut clap::Command) -> Option<clap::Error> {
    let arguments: Vec<String> = std::env::args_os()
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let steers = |argument: &String| crate::report::harmless_line(argument) != **argument;
    if !arguments.iter().any(steers) {
        return None;
    }
    let shown = arguments
        .iter()
        .map(|argument| crate::report::harmless_line(argument).into_owned());
    let matches = command.try_get_matches_from_mut(shown);
    let parsed = matches.and_then(|matches| args::Cli::from_arg_matches(&matches));
    Some(match parsed {
        Err(error) => error.format(command),
        Ok(_) => command.error(
            clap::error::ErrorKind::InvalidValue,
            "an argument holds a control character, or a command of a workflow",
        ),
    })
}

/// Runs the command.
fn run(cli: &args::Cli) -> anyhow::Result<Exit> {
    use args::Command;
    let (global, command) = (&cli.global, &cli.command);
    // `config` gives the option itself what it means there.
    if let (Some(path), false) = (&global.output, matches!(command, Some(Command::Config(_)))) {
        output::redirect(path)?;
    }
    if let Some(what) = doing(command.as_ref()) {
        busy::start(what);
    }
    let Some(command) = command else {
        return overview::run(global);
    };
    match command {
        Command::Check(args) => check::run(global, args),
        Command::Audit(args) => audit::run(global, args),
        Command::Emit(args) => emit::run(global, args),
        Command::Matrix(args) => matrix::run(global, args),
        Command::Explain(args) => explain::run(global, args),
        Command::Build(args) => build::run(global, args),
        Command::Cover(args) => cover::run(global, args),
        Command::Plan(args) => plan::run(global, args),
        Command::Report(args) => report::run(args),
        Command::Doctor(args) => doctor::run(global, args),
        Command::Hook(args) => hook::run(global, args),
        Command::Feature(args) => feature::run(global, args),
        Command::Lint(args) => lint::run(args),
        Command::Lsp(args) => lsp::run(args),
        Command::Completions(args) => completions::run(args, &mut args::command()),
        Command::Man(args) => man::run(args, args::command()),
        Command::Config(args) => config::run(global, args),
    }
}

/// Text for the progress line of a command that may take long before it prints anything.
fn doing(command: Option<&args::Command>) -> Option<&'static str> {
    use args::Command;
    match command {
        None => Some("scanning the tree"),
        Some(Command::Check(_)) => Some("checking features"),
        Some(Command::Audit(_)) => Some("comparing tables with Kconfig"),
        Some(Command::Emit(_)) => Some("computing tables"),
        Some(Command::Matrix(_)) => Some("computing the matrix"),
        Some(Command::Explain(_)) => Some("reading Kconfig"),
        Some(Command::Build(_) | Command::Cover(_) | Command::Plan(_)) => Some("planning builds"),
        Some(Command::Feature(_)) => Some("looking for hooks"),
        Some(Command::Doctor(_)) => Some("looking for compilers"),
        Some(_) => None,
    }
}
