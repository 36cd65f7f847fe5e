//! Owns standard output and standard error: colours, notes, progress, and exit codes.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

use super::busy;
use super::global::Color;
use super::message::line;
use crate::disk;
use crate::tree::Tree;

/// Where the result goes instead of standard output, with what was printed so far.
static TO_FILE: Mutex<Option<(PathBuf, Vec<u8>)>> = Mutex::new(None);

/// Whether only findings and errors are printed.
static QUIET: AtomicBool = AtomicBool::new(false);

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Exit {
    /// Done, and nothing at level deny was found.
    Clean,
    /// Done, with findings at level deny, or with a difference.
    Findings,
    /// Done, with warnings only, for a reader that wants them told apart (netdev's CI).
    Warnings,
    /// Bad arguments or unreadable input.
    Failed,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        ExitCode::from(match exit {
            Exit::Clean => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::Warnings => 250,
        })
    }
}

/// Decides about colours for the whole run.
pub(super) fn set_color(color: Color) {
    match color {
        // anstream looks at the terminal, $NO_COLOR and $CLICOLOR itself.
        Color::Auto => anstream::ColorChoice::Auto,
        Color::Always => anstream::ColorChoice::Always,
        Color::Never => anstream::ColorChoice::Never,
    }
    .write_global();
}

/// From now on [`print`] collects the result for a file, which [`finish`] writes.
///
/// # Errors
///
/// The file is a source file of a kernel tree: nothing but `--write` changes one.
pub(super) fn redirect(path: &Path) -> anyhow::Result<()> {
    let real = path.canonicalize().ok().filter(|real| real.is_file());
    let is_in_tree = real.is_some_and(|real| real.ancestors().any(Tree::is_tree));
    if is_in_tree && is_named_as_source(path) {
        anyhow::bail!(
            "`{}` is a source file of a kernel tree: choose another name for `--output`",
            path.display()
        );
    }
    let mut to_file = TO_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    *to_file = Some((path.to_owned(), Vec::new()));
    Ok(())
}

/// Whether a file has a name as sources of the kernel have.
fn is_named_as_source(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    ["Kconfig", "Makefile", "Kbuild"]
        .iter()
        .any(|start| name.starts_with(start))
        || [
            "c", "dts", "dtsi", "h", "pl", "py", "rs", "rst", "S", "sh", "txt",
        ]
        .contains(&&*extension)
}

/// Writes the file of [`redirect`], in one step.
///
/// # Errors
///
/// It cannot be written.
pub(super) fn finish() -> anyhow::Result<()> {
    busy::end();
    let mut to_file = TO_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    let Some((path, bytes)) = to_file.take() else {
        return Ok(());
    };
    disk::write_named(&path, &bytes).with_context(|| format!("cannot write `{}`", path.display()))
}

/// Decides for the whole run whether only findings and errors are printed.
pub(super) fn set_quiet(quiet: bool) {
    QUIET.store(quiet, Ordering::Relaxed);
}

/// Whether only findings and errors are printed.
pub(super) fn is_quiet() -> bool {
    QUIET.load(Ordering::Relaxed)
}

fn is_to_file() -> bool {
    let to_file = TO_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    to_file.is_some()
}

/// Whether the result may hold colours.
pub(super) fn color_on_stdout() -> bool {
    if is_to_file() {
        return anstream::ColorChoice::global() == anstream::ColorChoice::Always;
    }
    anstream::AutoStream::choice(&std::io::stdout()) != anstream::ColorChoice::Never
}

/// The width of the terminal in columns, or a readable width if there is no terminal.
pub(super) fn width() -> usize {
    if is_to_file() || !std::io::stdout().is_terminal() {
        return 100;
    }
    terminal_size::terminal_size().map_or(100, |(width, _)| usize::from(width.0))
}

/// Writes to standard output.
pub(super) fn print(text: &str) -> anyhow::Result<()> {
    print_bytes(text.as_bytes())
}

/// The same for what may be no text.
pub(super) fn print_bytes(bytes: &[u8]) -> anyhow::Result<()> {
    busy::end();
    let mut to_file = TO_FILE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some((_, collected)) = &mut *to_file {
        collected.extend_from_slice(bytes);
        return Ok(());
    }
    drop(to_file);
    let mut out = std::io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()?;
    Ok(())
}

/// Tells the user on standard error what was done, unless the run is quiet.
pub(super) fn note(text: &str) {
    busy::end();
    if is_quiet() {
        return;
    }
    line("kfeat: ", text);
}

/// Writes a line to standard error, such as a warning.
pub(super) fn say(text: &str) {
    line("", text);
}

/// How far a long job is, on standard error; only where that is a terminal, and not before it has lasted a while.
#[derive(Debug)]
pub(super) struct Progress {
    what: &'static str,
    of: usize,
    since: std::time::Instant,
    is_shown: bool,
}

impl Progress {
    /// The job has so many steps.
    pub fn new(what: &'static str, of: usize) -> Self {
        Self {
            what,
            of,
            since: std::time::Instant::now(),
            is_shown: false,
        }
    }

    /// Sets the number of finished steps.
    pub fn at(&mut self, done: usize) {
        let mut err = std::io::stderr();
        if err.is_terminal() && !is_quiet() && self.since.elapsed().as_millis() > 500 {
            busy::end();
            self.is_shown = true;
            // Where standard error is gone, nobody wants to know.
            let _ = write!(err, "\r{done}/{} {}", self.of, self.what);
        }
    }

    /// The job is done, and nothing of this is left to see.
    pub fn end(self) {
        if self.is_shown {
            let _ = write!(std::io::stderr(), "\r\u{1b}[K");
        }
    }
}
