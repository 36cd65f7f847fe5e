//! Owns standard output and standard error: colours, closed pipes, errors with their causes and a hint, and exit codes.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, PoisonError};

use anyhow::Context;

use super::busy;
use super::global::Color;
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
    /// The job could not be done.
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
            "`{}` is a source file of a kernel tree: give `--output` another name",
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

/// The width of the terminal in columns, or a width that reads well where there is none.
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
    // Where standard error is gone, nobody wants to know.
    let _ = writeln!(std::io::stderr(), "kfeat: {text}");
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

    /// So many steps are done.
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

/// Whether an error only says that nobody reads standard output any more.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes an error with its causes to standard error, and a hint where there is one.
pub(super) fn error(error: &anyhow::Error) {
    busy::end();
    let mut out = anstream::stderr().lock();
    let bold_red = anstyle::AnsiColor::Red.on_default().bold();
    // Where standard error is gone, the exit code still tells.
    let _ = writeln!(out, "{bold_red}error{bold_red:#}: {error}");
    for cause in error.chain().skip(1) {
        let _ = writeln!(out, "  because: {cause}");
    }
    if let Some(hint) = hint(error) {
        let _ = writeln!(out, "  hint: {hint}");
    }
}

/// What the user may do about an error of the library, which does not know the command line.
fn hint(error: &anyhow::Error) -> Option<&'static str> {
    use crate::check::CheckError;
    use crate::tree::TreeError;
    use crate::tree::git::GitError;
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<crate::patch::PatchError>() {
            return patch_hint(error);
        }
        // An error that only passes another one on hides it from the chain.
        let tree = match cause.downcast_ref::<CheckError>() {
            Some(CheckError::MissingFile { .. }) => {
                return Some("use a spec that fits this tree with `--spec FILE`");
            }
            Some(CheckError::Suppressions(_)) => return None,
            Some(CheckError::Tree(tree)) => tree,
            None => match cause.downcast_ref::<GitError>() {
                Some(error) => return git_hint(error),
                None => cause.downcast_ref::<TreeError>()?,
            },
        };
        match tree {
            TreeError::Git(error) | TreeError::NoObject { source: error, .. } => git_hint(error),
            TreeError::NotAKernelRevision { .. } => {
                Some("name a repository that holds a kernel with `-C DIR`")
            }
            TreeError::NotATree { .. } | TreeError::NoRoot { .. } => Some(
                "name the top directory of a kernel tree, the one with `Kconfig`, `Makefile` and `arch`",
            ),
            TreeError::LeavesTree { .. } | TreeError::SymlinkLoop { .. } => {
                Some("kfeat reads nothing outside the tree; replace the link by the file")
            }
            _ => None,
        }
    })
}

/// What the user may do about an answer of git.
fn git_hint(error: &crate::tree::git::GitError) -> Option<&'static str> {
    use crate::tree::git::GitError;
    match error {
        GitError::NoGit { .. } => Some("install git, or check a directory instead"),
        GitError::NoRepository { said, .. } if said.contains("dubious ownership") => {
            Some("tell git that you trust it: `git config --global --add safe.directory DIR`")
        }
        GitError::NoRepository { .. } => Some("name a git repository with `-C DIR`"),
        GitError::NoRevision { revision, .. } if revision.contains("..") => {
            Some("for the commits of a series there is `--range A..B`")
        }
        GitError::NoRevision { .. } => {
            Some("name a commit, a tag or a branch that `git log` knows; kfeat fetches nothing")
        }
        GitError::MissingObject => {
            Some("fetch it first: `git fetch --unshallow` or `git fetch --refetch`")
        }
        _ => None,
    }
}

/// What the user may do about a patch that does not apply.
fn patch_hint(error: &crate::patch::PatchError) -> Option<&'static str> {
    use crate::patch::{Nearest, PatchError};
    match error {
        PatchError::Rejected { nearest, .. } if matches!(**nearest, Nearest::Applied { .. }) => {
            Some("name the commit before it with `--rev REV`")
        }
        PatchError::Rejected { .. } | PatchError::NoFile { .. } | PatchError::Exists { .. } => {
            Some("name the commit that the patch is made for with `--rev REV`")
        }
        PatchError::Damaged { .. } => Some(
            "take the patch as `git format-patch` wrote it; a mailer may have wrapped its lines",
        ),
        PatchError::Coloured => Some("let git write it with `--no-color`"),
        PatchError::Compressed(_) => Some("decompress it and pipe the text to `--patch -`"),
        PatchError::DamagedGzip(_) => Some("download it again; it may have been cut off"),
        PatchError::Tree(_) | PatchError::NoPatch => None,
        _ => None,
    }
}
