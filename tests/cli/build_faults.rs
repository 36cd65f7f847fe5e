//! `kfeat build` with errors and kills at the system calls that write: what a run leaves behind is whole, the exit code says whether the
//! job was done, and the next run is right.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use super::build::Machine;

/// The system calls that make, fill and name files, each with every how many of them one fails.
const CALLS: &[(&str, usize)] = &[
    ("mkdir", 3),
    ("write", 11),
    ("fchmod", 1),
    ("linkat", 1),
    ("renameat", 1),
];

/// Most faults for one system call: a run takes a second.
const MOST: usize = 6;

const ARGUMENTS: &[&str] = &["--arch", "arm64"];

/// Where a program of the real machine is; the build sees none of them.
fn real(name: &str) -> PathBuf {
    let path = std::env::var_os("PATH").unwrap();
    let mut found = std::env::split_paths(&path).map(|directory| directory.join(name));
    found.find(|path| path.is_file()).unwrap()
}

/// Runs a build in which the `number`th call fails; `None` where it has not so many. What it starts is left alone.
fn injected(machine: &Machine, call: &str, number: usize, what: &str) -> Option<i32> {
    let build = machine.command(ARGUMENTS);
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new(real("strace"));
    strace
        .args(["-f", "-b", "execve", "-qq", "-o"])
        .arg(log.path())
        .arg(format!("-etrace={call}"))
        .arg(format!("-einject={call}:{what}:when={number}"))
        .arg(build.get_program())
        .args(build.get_args());
    for (name, value) in build.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let output = strace.env("RAYON_NUM_THREADS", "1").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked"), "{call} {number}: {err}");
    let log = fs::read_to_string(log.path()).unwrap();
    let killed = what.starts_with("signal") && log.contains("killed");
    (log.contains("INJECTED") || killed).then(|| output.status.code().unwrap_or(-1))
}

/// All that is below a directory.
fn names(directory: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path.clone());
            }
            names.push(path.strip_prefix(directory).unwrap().display().to_string());
        }
    }
    names.sort();
    names
}

/// What the run of a machine says of itself; `None` where there is no document yet. A half of one fails.
fn document(machine: &Machine, at: &str) -> Option<Value> {
    let text = fs::read(machine.out().join("results.json")).ok()?;
    let document = serde_json::from_slice(&text);
    Some(document.unwrap_or_else(|error| panic!("{at}: {error}")))
}

/// Whether the document says that everything was built.
fn is_done(document: &Value) -> bool {
    let archs = document["archs"].as_array().unwrap();
    let stages = archs
        .iter()
        .flat_map(|arch| arch["stages"].as_array().unwrap());
    document["complete"] == true && stages.clone().all(|stage| stage["status"] == "pass")
}

#[test]
fn a_build_leaves_whole_files_and_the_next_one_is_right() {
    let clean = Machine::new();
    clean.build(ARGUMENTS, 0);
    let all = names(&clean.out());
    let mut faults = 0;
    for what in ["error=EIO", "signal=KILL"] {
        for &(call, step) in CALLS {
            for number in (1..).step_by(step).take(MOST) {
                let machine = Machine::new();
                let Some(code) = injected(&machine, call, number, what) else {
                    break;
                };
                faults += 1;
                let at = format!("{call} {number} {what}, exit {code}");
                let is_done = document(&machine, &at).is_some_and(|document| is_done(&document));
                assert!(is_done || code != 0, "{at}");
                machine.build(ARGUMENTS, 0);
                assert!(
                    self::is_done(&document(&machine, &at).unwrap()),
                    "{at}: the next run"
                );
                assert_eq!(names(&machine.out()), all, "{at}");
            }
        }
    }
    assert!(faults > 10, "{faults} faults");
}
