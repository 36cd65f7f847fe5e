//! Owns `check --watch`: a run again whenever something that the last one read has changed.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime};

use super::{busy, error, interrupt, output};
use crate::tree::Tree;
use crate::tree::reads::Reads;
use crate::tree::snapshot::Snapshot;

/// How long at least passes between two looks at what was read.
const PAUSE: Duration = Duration::from_millis(300);

/// A look may take this part of the time.
const SHARE: u32 = 20;

/// How long nothing may change before a new run starts, since tools write several files at once.
const SETTLE: Duration = Duration::from_millis(100);

/// Record of the files that one run reads.
#[derive(Debug, Default)]
pub(super) struct Noted {
    reads: Arc<Reads>,
    tree: OnceLock<Tree>,
}

impl Noted {
    /// The tree, with all that is read through it noted.
    pub fn over(&self, tree: &Tree) -> Tree {
        self.tree.get_or_init(|| tree.clone());
        tree.noting(self.reads.clone())
    }

    /// Records the current state of these files and of `others`. If no tree was read, it covers only `others`.
    fn snapshot(&self, others: &[PathBuf]) -> Snapshot {
        let mut snapshot = match self.tree.get() {
            Some(tree) => Snapshot::new(tree, &self.reads),
            None => Snapshot::default(),
        };
        others.iter().for_each(|path| snapshot.add(path));
        snapshot
    }
}

/// Does `once` again and again, until the user interrupts the program: whenever something that it read, or one of `others`, has
/// changed. The screen is cleared before each run where standard output is a terminal.
///
/// # Errors
///
/// The first run fails, or standard output is gone. Later errors are printed, since the next change may repair what they are about.
pub(super) fn repeat(
    others: &[PathBuf],
    mut once: impl FnMut(&Noted) -> anyhow::Result<()>,
) -> anyhow::Result<output::Exit> {
    interrupt::instead(|| {
        busy::end();
        std::process::exit(0)
    });
    let mut is_first = true;
    let mut is_at_once = false;
    loop {
        if std::io::stdout().is_terminal() {
            output::print("\u{1b}[2J\u{1b}[H")?;
        }
        busy::start("checking features");
        let since = now();
        let noted = Noted::default();
        match once(&noted) {
            Ok(()) => {}
            Err(failure) if is_first || error::is_closed_pipe(&failure) => return Err(failure),
            Err(failure) => error::print(&failure),
        }
        is_first = false;
        let snapshot = noted.snapshot(others);
        // A change during the run may or may not have been read. A wrong clock must not make this go on forever.
        is_at_once = !is_at_once && snapshot.is_newer_than(since);
        if is_at_once {
            continue;
        }
        output::note(&format!(
            "watching {} files and directories; press Ctrl-C to end",
            snapshot.len()
        ));
        wait(snapshot);
        settle(&noted, others);
    }
}

/// Waits until something is different.
fn wait(mut snapshot: Snapshot) {
    let mut pause = PAUSE;
    loop {
        std::thread::sleep(pause);
        let start = Instant::now();
        if snapshot.differs() {
            return;
        }
        pause = PAUSE.max(start.elapsed() * SHARE);
    }
}

/// Waits until nothing changes any more.
fn settle(noted: &Noted, others: &[PathBuf]) {
    loop {
        let mut snapshot = noted.snapshot(others);
        std::thread::sleep(SETTLE);
        if !snapshot.differs() {
            return;
        }
    }
}

/// The time in nanoseconds after 1970.
fn now() -> i128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as i128)
}

/// The files of these paths, and those in the directories among them.
pub(super) fn files(paths: &[PathBuf]) -> Vec<PathBuf> {
    let inside = |path: &Path| {
        let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect::<Vec<_>>()
    };
    let mut all: Vec<PathBuf> = paths.to_vec();
    all.extend(paths.iter().flat_map(|path| inside(path)));
    all
}
