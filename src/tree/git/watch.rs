//! Owns how long git may take. A repository can have git wait for ever: a FIFO as the file of `include.path`, or in the place of
//! its own files. A call that does not end within the limit is killed, and git is not asked again in the same run. Settings can also
//! have git compute for ever, so a child that this process leaves behind must end, too: a signal that ends this process ends it
//! ([`end_all`]), and where nothing can be done any more, after `SIGKILL`, a limit on its processor time does.

use std::process::{Child, Command, Output};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{Builder, JoinHandle};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::GitError;
use crate::limits::{GIT_SECONDS, GIT_SETTINGS_SECONDS, Limit};

/// Whether git did not answer in this run.
static IS_STUCK: AtomicBool = AtomicBool::new(false);

/// The children that run.
static RUNNING: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

/// Kills every `git` that this process has started, for whoever ends the process.
pub fn end_all() {
    let running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
    for &pid in running.iter() {
        // One that has ended by itself is as good.
        let _ = kill_process(pid, Signal::KILL);
    }
}

/// The limit on a call of `git WHAT`. What only settings and names decide takes no time, however large the repository is.
fn limit(what: &str) -> &'static Limit {
    let is_about_settings = matches!(what, "rev-parse" | "config" | "var");
    match is_about_settings && GIT_SETTINGS_SECONDS.get() < GIT_SECONDS.get() {
        true => &GIT_SETTINGS_SECONDS,
        false => &GIT_SECONDS,
    }
}

/// Limits the processor time of a child that owes its first answer, or lifts that limit. Nothing says so where that cannot be done.
#[cfg(target_os = "linux")]
fn limit_processor_time(pid: Pid, seconds: Option<u64>) {
    use rustix::process::{Resource, getrlimit, prlimit};
    let mut limit = getrlimit(Resource::Cpu);
    limit.current = match (seconds, limit.current) {
        (Some(seconds), Some(current)) => Some(seconds.min(current)),
        (seconds, current) => seconds.or(current),
    };
    let _ = prlimit(Some(pid), Resource::Cpu, limit);
}

#[cfg(not(target_os = "linux"))]
fn limit_processor_time(_pid: Pid, _seconds: Option<u64>) {}

/// How often the clock is looked at.
const POLL: Duration = Duration::from_millis(250);

/// The error of a call that takes too long.
fn stuck(what: &str) -> GitError {
    GitError::Stuck(limit(what).reached(format!("`git {what}`")))
}

/// Runs a command to its end.
///
/// # Errors
///
/// It cannot be started, or takes too long.
pub(super) fn output(what: &str, command: &mut Command) -> Result<Output, GitError> {
    if IS_STUCK.load(Ordering::Relaxed) {
        return Err(stuck(what));
    }
    let child = command.spawn();
    let child = child.map_err(|source| GitError::NoGit { source })?;
    let watch = Watch::over(what, &child);
    watch.begin();
    let output = child.wait_with_output();
    watch.end();
    let is_over = output.as_ref().is_ok_and(|output| {
        use std::os::unix::process::ExitStatusExt;
        output.status.signal() == Some(Signal::XCPU.as_raw())
    });
    if is_over {
        IS_STUCK.store(true, Ordering::Relaxed);
    }
    if is_over || watch.has_killed() {
        return Err(stuck(what));
    }
    output.map_err(|source| GitError::Broken {
        what: what.to_owned(),
        source,
    })
}

/// The state that a watch and the thread that it watches with share.
#[derive(Debug, Default)]
struct Shared {
    /// Milliseconds since the watch was made at which the child was asked something, counted from 1; 0 where it owes no answer.
    asked: AtomicU64,
    has_ended: AtomicBool,
    has_killed: AtomicBool,
}

/// A watch over a child: it kills one that owes an answer for longer than the limit.
#[derive(Debug)]
pub(super) struct Watch {
    shared: Arc<Shared>,
    made: Instant,
    pid: Pid,
    is_trusted: AtomicBool,
    thread: Option<JoinHandle<()>>,
}

impl Watch {
    /// Over a child that owes nothing yet. Where the system has no thread for it, nothing is watched.
    pub(super) fn over(what: &str, child: &Child) -> Self {
        let (shared, made) = (Arc::new(Shared::default()), Instant::now());
        let (pid, of_thread) = (Pid::from_child(child), shared.clone());
        let seconds = limit(what).get();
        limit_processor_time(pid, Some(seconds));
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        running.push(pid);
        drop(running);
        let watch = move || {
            while !of_thread.has_ended.load(Ordering::Acquire) {
                std::thread::park_timeout(POLL);
                let asked = of_thread.asked.load(Ordering::Acquire);
                let now = made.elapsed().as_millis() as u64;
                if asked > 0 && now.saturating_sub(asked) > seconds.saturating_mul(1000) {
                    of_thread.has_killed.store(true, Ordering::Release);
                    IS_STUCK.store(true, Ordering::Relaxed);
                    // One that has ended by itself is as good.
                    let _ = kill_process(pid, Signal::KILL);
                    return;
                }
            }
        };
        Self {
            shared,
            made,
            pid,
            is_trusted: AtomicBool::new(false),
            thread: Builder::new().name("git".to_owned()).spawn(watch).ok(),
        }
    }

    /// The child is asked something.
    pub(super) fn begin(&self) {
        let now = self.made.elapsed().as_millis() as u64;
        self.shared.asked.store(now.max(1), Ordering::Release);
    }

    /// It has answered.
    pub(super) fn end(&self) {
        self.shared.asked.store(0, Ordering::Release);
    }

    /// It has given the first of many answers. It has read its settings by then, and all answers together may take any time.
    pub(super) fn trust(&self) {
        if !self.is_trusted.swap(true, Ordering::Relaxed) {
            limit_processor_time(self.pid, None);
        }
    }

    /// Whether the child took too long.
    pub(super) fn has_killed(&self) -> bool {
        self.shared.has_killed.load(Ordering::Acquire)
    }

    /// The error of a child that took too long, else another one.
    pub(super) fn blame(&self, what: &str, other: GitError) -> GitError {
        match self.has_killed() {
            true => stuck(what),
            false => other,
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.shared.has_ended.store(true, Ordering::Release);
        let mut running = RUNNING.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = running.iter().position(|&pid| pid == self.pid) {
            running.swap_remove(at);
        }
        drop(running);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // It cannot panic.
            let _ = thread.join();
        }
    }
}
