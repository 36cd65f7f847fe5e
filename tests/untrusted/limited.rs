//! Runs the program with a limit on its time and memory.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::program::{Ended, Program};

/// The address space that a run may take, in KiB: the stated 1 GiB, and what is reserved for the stacks of threads.
const ADDRESS_SPACE: u64 = 3 << 20;

/// Runs the program; one that takes longer than `seconds` or more memory than is stated fails the test.
#[track_caller]
pub fn run(program: Program, seconds: u64) -> Ended {
    let inner = program.command();
    let mut command = Command::new("sh");
    command
        .arg("-c")
        .arg(format!("ulimit -v {ADDRESS_SPACE}; exec \"$@\""))
        .arg("sh")
        .arg(inner.get_program())
        .args(inner.get_args());
    command.current_dir(inner.get_current_dir().unwrap_or(Path::new("/")));
    for (name, value) in inner.get_envs() {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    ended(command, seconds)
}

/// Runs a command to its end, with nothing on its standard input unless it has one.
#[track_caller]
pub fn ended(mut command: Command, seconds: u64) -> Ended {
    let (out, err) = (tempfile::tempfile().unwrap(), tempfile::tempfile().unwrap());
    command
        .stdin(Stdio::null())
        .stdout(out.try_clone().unwrap())
        .stderr(err.try_clone().unwrap());
    let mut child = command.spawn().unwrap();
    let started = Instant::now();
    let status = loop {
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        if started.elapsed() > Duration::from_secs(seconds) {
            child.kill().unwrap();
            child.wait().unwrap();
            panic!("{command:?} took more than {seconds} s");
        }
        std::thread::sleep(Duration::from_millis(5));
    };
    let text = |mut file: std::fs::File| {
        use std::io::{Read, Seek};
        let mut bytes = Vec::new();
        file.rewind().unwrap();
        file.read_to_end(&mut bytes).unwrap();
        String::from_utf8(bytes).unwrap()
    };
    let ended = Ended {
        code: status.code().unwrap_or(-1),
        out: text(out),
        err: text(err),
    };
    assert!(!ended.err.contains("panicked"), "{}", ended.err);
    assert!((0..=2).contains(&ended.code), "{status}: {}", ended.err);
    ended
}
