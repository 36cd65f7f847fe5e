//! A `conf` that reads the Kconfig files once and makes many configurations of them.
//!
//! Three quarters of a run of `conf` go into reading the Kconfig files. A server does that once
//! and forks a child for each configuration (`shim.c: become_server`), so what runs is the same
//! program in the same state as in a run of its own.

use std::fs;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ChildStdout, ExitStatus, Stdio};

use anyhow::{Context, Result, bail};

use super::environment::Environment;
use super::oracle::{Ended, Oracle, Outcome, Run, Target};

/// The name of the input of a server for `defconfig`.
const INPUT: &str = "kfeat-input";

/// A process that waits for configurations to make.
pub struct Server {
    child: Child,
    directories: Option<ChildStdin>,
    statuses: BufReader<ChildStdout>,
    input: &'static str,
}

impl Oracle {
    /// Starts a server for a target that reads a configuration; the name of a defconfig does not
    /// count. The answers must have been recorded. Fails if `conf` cannot be run.
    pub fn serve(&self, environment: &Environment, target: Target) -> Result<Server> {
        let (target, input) = match target {
            Target::Defconfig(_) => (Target::Defconfig(INPUT.to_owned()), INPUT),
            target => (target, ".config"),
        };
        let mut child = self
            .command(&Run::new(environment, target), None)
            .env("KFEAT_SERVE", input)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run conf")?;
        let directories = child.stdin.take();
        let statuses = child.stdout.take().context("invariant: it is piped")?;
        Ok(Server {
            child,
            directories,
            statuses: BufReader::new(statuses),
            input,
        })
    }
}

impl Server {
    /// Makes a configuration out of the bytes of one. Fails if the server is gone.
    pub fn run(&mut self, config: &[u8]) -> Result<Outcome> {
        let directory = tempfile::tempdir()?;
        let objtree = directory.path();
        fs::create_dir_all(objtree.join("include/config"))?;
        fs::write(objtree.join("include/config/auto.conf"), "")?;
        fs::write(objtree.join(self.input), config)?;
        let directories = self
            .directories
            .as_mut()
            .context("invariant: it is piped")?;
        writeln!(directories, "{}", objtree.display())?;
        let mut line = String::new();
        self.statuses.read_line(&mut line)?;
        let Ok(status) = line.trim().parse() else {
            bail!("the server of conf ended");
        };
        let status = ExitStatus::from_raw(status);
        let read = |name: &str| fs::read(objtree.join(name)).ok();
        Ok(Outcome {
            ended: status.code().map_or(Ended::Signal, Ended::Exit),
            config: read(".config"),
            defconfig: read("defconfig"),
            auto_conf: None,
            autoconf_h: None,
            rustc_cfg: None,
            stdout: read("stdout").unwrap_or_default(),
            stderr: read("stderr").unwrap_or_default(),
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.directories.take());
        // It ends with its input; there is nobody to tell if it does not.
        let _ = self.child.wait();
    }
}
