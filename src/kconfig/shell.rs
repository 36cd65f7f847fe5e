//! Owns what `$(shell,…)` answers where it shall not stay unknown: recorded answers, and running a command where whoever asks
//! has permitted it. Nothing else in the library runs a command of Kconfig.
//!
//! Follows `preprocess.c: do_shell` (7.2).

use std::collections::BTreeMap;
use std::io::Read;
use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use super::model::macros::Outside;

/// Most bytes of a command's output that are taken, as in C.
const MAX_OUTPUT: u64 = 4096;

/// How long a command may take. The slowest of the kernel compile an empty file.
const LIMIT: Duration = Duration::from_secs(60);

/// The outside of a model that holds for one toolchain.
#[derive(Clone, Debug)]
pub struct Shell {
    /// The environment; it is set for commands, too.
    pub variables: BTreeMap<String, String>,
    /// The output of each command that is known. Commands that are run are added.
    pub answers: BTreeMap<String, String>,
    /// The directory in which commands may be run; `None` if none may be run.
    pub permitted_in: Option<PathBuf>,
    /// How long a command may take before it and its children are killed.
    pub limit: Duration,
    /// How many commands were run.
    pub runs: usize,
}

impl Default for Shell {
    /// Nothing is known and nothing may be run.
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            answers: BTreeMap::new(),
            permitted_in: None,
            limit: LIMIT,
            runs: 0,
        }
    }
}

impl Outside for Shell {
    fn shell(&mut self, command: &str) -> Result<Option<String>, String> {
        if let Some(answer) = self.answers.get(command) {
            return Ok(Some(answer.clone()));
        }
        let answer = self.run(command)?;
        self.answers.insert(command.to_owned(), answer.clone());
        Ok(Some(answer))
    }

    fn variable(&self, name: &str) -> Option<Option<&str>> {
        self.variables.get(name).map(|value| Some(value.as_str()))
    }
}

impl Shell {
    /// Runs a command and gives its output as `conf` sees it: at most 4,095 bytes, without newlines at the end, with blanks for
    /// those inside. The exit status does not count.
    fn run(&mut self, command: &str) -> Result<String, String> {
        let Some(directory) = &self.permitted_in else {
            return Err(format!(
                "the output of `$(shell,{command})` is unknown, and running it is not permitted"
            ));
        };
        self.runs += 1;
        let failed = |error: std::io::Error| format!("cannot run `{command}`: {error}");
        let mut child = Command::new("/bin/sh")
            .arg("-c")
            .arg(command)
            .envs(&self.variables)
            .current_dir(directory)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            // A group of its own, so that the children of the command can be killed with it.
            .process_group(0)
            .spawn()
            .map_err(failed)?;
        let group = Pid::from_child(&child);
        let (done, end) = mpsc::channel();
        // The thread outlives a command that is killed only if a child left the group and keeps the pipe open.
        let reader = std::thread::Builder::new();
        let started = reader.spawn(move || {
            let mut output = Vec::new();
            let read = match child.stdout.take() {
                Some(pipe) => pipe.take(MAX_OUTPUT).read_to_end(&mut output),
                None => Ok(0),
            };
            let ended = read.and_then(|_| child.wait()).map(|_| output);
            // Nobody listens any more after the limit.
            let _ = done.send(ended);
        });
        if let Err(error) = started {
            let _ = kill_process_group(group, Signal::KILL);
            return Err(failed(error));
        }
        let mut output = match end.recv_timeout(self.limit) {
            Ok(ended) => ended.map_err(failed)?,
            Err(_) => {
                // The command may have ended just now, which is as good.
                let _ = kill_process_group(group, Signal::KILL);
                return Err(format!(
                    "`{command}` did not end within {} seconds and was killed",
                    self.limit.as_secs_f32()
                ));
            }
        };
        output.truncate(MAX_OUTPUT as usize - 1);
        let text = String::from_utf8_lossy(&output);
        // Anything that follows a zero byte is lost in C.
        let text = text.split('\0').next().unwrap_or_default();
        Ok(text.trim_end_matches('\n').replace('\n', " "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_runs_only_with_permission_and_once() {
        let mut shell = Shell::default();
        let refused = shell.shell("echo x").unwrap_err();
        assert!(refused.contains("$(shell,echo x)"), "{refused}");
        shell.permitted_in = Some(std::env::temp_dir());
        shell.variables.insert("WORD".into(), "w".into());
        let command = "printf 'a\\n%s\\n\\n' $WORD; exit 3";
        for _ in 0..2 {
            assert_eq!(shell.shell(command), Ok(Some("a w".into())));
        }
        assert_eq!(shell.runs, 1);
        shell.limit = Duration::from_millis(100);
        let killed = shell.shell("sleep 60 & wait; echo x").unwrap_err();
        assert!(killed.contains("did not end within 0.1"), "{killed}");
        shell.limit = LIMIT;
        let long = shell.shell("yes x | head -c 9000").unwrap().unwrap();
        assert_eq!(long.len(), 4095);
    }
}
