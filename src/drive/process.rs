//! Owns child processes: each in a process group of its own, with a time limit, its output in a file, and none left behind when
//! the user interrupts.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

/// How often a running child is looked at.
const POLL: Duration = Duration::from_millis(10);

/// How long children may take to end after they were asked to, before they are killed.
const GRACE: Duration = Duration::from_secs(3);

/// Most bytes that are read of the output of a child that only answers a question.
const MAX_ANSWER: u64 = 1 << 20;

/// Why a child did not do what it was started for.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// It could not be started, or its output not be kept.
    #[error("cannot run `{program}`")]
    Run {
        /// The program.
        program: String,
        /// Holds what the system says.
        source: io::Error,
    },
    /// It took too long, and was killed with all its children.
    #[error("`{program}` did not end within {} s and was killed", limit.as_secs())]
    TimeLimit {
        /// The program.
        program: String,
        /// The limit.
        limit: Duration,
    },
    /// The user interrupted.
    #[error("interrupted")]
    Interrupted,
}

/// The children that run, so that an interrupt can end them all. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Children {
    groups: Arc<Mutex<Vec<Pid>>>,
    interrupted: Arc<AtomicBool>,
}

impl Children {
    /// None runs yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether the user interrupted. Nothing is started any more.
    pub fn is_interrupted(&self) -> bool {
        self.interrupted.load(Ordering::SeqCst)
    }

    /// Asks every child, with its children, to end. Whoever waits for one returns [`ProcessError::Interrupted`].
    pub fn interrupt(&self) {
        self.interrupted.store(true, Ordering::SeqCst);
        self.signal(Signal::TERM);
    }

    fn signal(&self, signal: Signal) {
        let groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
        for &group in groups.iter() {
            // A group that has ended by itself is as good.
            let _ = kill_process_group(group, signal);
        }
    }

    /// Runs a command with its output, both streams together, at the end of the file `log`.
    ///
    /// # Errors
    ///
    /// It cannot be started, takes longer than `limit`, or the user interrupts.
    pub fn run(
        &self,
        mut command: Command,
        log: &File,
        limit: Duration,
    ) -> Result<ExitStatus, ProcessError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let failed = |source| ProcessError::Run {
            program: program.clone(),
            source,
        };
        command
            .stdin(Stdio::null())
            .stdout(log.try_clone().map_err(failed)?)
            .stderr(log.try_clone().map_err(failed)?)
            .process_group(0);
        let started = Instant::now();
        let (mut child, group) = {
            // Started under the lock: an interrupt comes either before, and nothing is started, or sees the child.
            let mut groups = self.groups.lock().unwrap_or_else(PoisonError::into_inner);
            if self.is_interrupted() {
                return Err(ProcessError::Interrupted);
            }
            let child = command.spawn().map_err(failed)?;
            let group = Pid::from_child(&child);
            groups.push(group);
            (child, group)
        };
        let ended = self.wait(&mut child, group, started, limit);
        self.groups
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .retain(|&known| known != group);
        match ended {
            Ok(Some(_)) if self.is_interrupted() => Err(ProcessError::Interrupted),
            Ok(Some(status)) => Ok(status),
            Ok(None) => Err(ProcessError::TimeLimit { program, limit }),
            Err(source) => Err(failed(source)),
        }
    }

    /// Waits for a child; `None` where it was killed at the limit.
    fn wait(
        &self,
        child: &mut Child,
        group: Pid,
        started: Instant,
        limit: Duration,
    ) -> io::Result<Option<ExitStatus>> {
        let mut asked: Option<Instant> = None;
        let mut out_of_time = false;
        loop {
            if let Some(status) = child.try_wait()? {
                if asked.is_some() {
                    // Anything that the child left behind goes, too.
                    let _ = kill_process_group(group, Signal::KILL);
                }
                return Ok((!out_of_time).then_some(status));
            }
            match asked {
                None if self.is_interrupted() => asked = Some(Instant::now()),
                None if started.elapsed() > limit => {
                    out_of_time = true;
                    asked = Some(Instant::now());
                    let _ = kill_process_group(group, Signal::TERM);
                }
                Some(since) if since.elapsed() > GRACE => {
                    let _ = kill_process_group(group, Signal::KILL);
                }
                _ => {}
            }
            std::thread::sleep(POLL);
        }
    }

    /// Runs a command that answers a question and gives what it says on both streams, with whether it succeeded.
    ///
    /// # Errors
    ///
    /// As for [`Children::run`].
    pub fn ask(&self, command: Command, limit: Duration) -> Result<(bool, String), ProcessError> {
        let program = command.get_program().to_string_lossy().into_owned();
        let failed = |source| ProcessError::Run {
            program: program.clone(),
            source,
        };
        let mut answer = tempfile::tempfile().map_err(failed)?;
        let status = self.run(command, &answer, limit)?;
        answer.seek(SeekFrom::Start(0)).map_err(failed)?;
        let mut bytes = Vec::new();
        answer
            .take(MAX_ANSWER)
            .read_to_end(&mut bytes)
            .map_err(failed)?;
        Ok((
            status.success(),
            String::from_utf8_lossy(&bytes).into_owned(),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str) -> Command {
        let mut command = Command::new("sh");
        command.arg("-c").arg(script);
        command
    }

    #[test]
    fn an_answer_has_both_streams() {
        let limit = Duration::from_secs(20);
        let (ok, text) = Children::new()
            .ask(shell("echo a; echo b >&2; exit 3"), limit)
            .unwrap();
        assert_eq!((ok, text.as_str()), (false, "a\nb\n"));
        let error = Children::new().ask(Command::new("/no/such/program"), limit);
        assert!(matches!(error, Err(ProcessError::Run { .. })));
    }

    #[test]
    fn a_limit_ends_the_children_of_a_child() {
        let children = Children::new();
        let directory = tempfile::tempdir().unwrap();
        let mark = directory.path().join("mark");
        let script = format!("(sleep 1; touch '{}') & wait", mark.display());
        let error = children.ask(shell(&script), Duration::from_millis(50));
        assert!(
            matches!(error, Err(ProcessError::TimeLimit { .. })),
            "{error:?}"
        );
        std::thread::sleep(Duration::from_millis(1300));
        assert!(!mark.exists());
    }

    #[test]
    fn an_interrupt_ends_what_runs_and_lets_nothing_start() {
        let children = Children::new();
        let other = children.clone();
        let interrupter = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(100));
            other.interrupt();
        });
        let ended = children.ask(shell("sleep 60 & wait"), Duration::from_secs(60));
        interrupter.join().unwrap();
        assert!(matches!(ended, Err(ProcessError::Interrupted)));
        let later = children.ask(shell("true"), Duration::from_secs(60));
        assert!(matches!(later, Err(ProcessError::Interrupted)));
    }
}
