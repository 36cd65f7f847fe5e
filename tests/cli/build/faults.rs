//! Errors and kills at the system calls that `build` writes with: results are there as a whole or not at all, the exit code says
//! which, the tree stays as it is, and the next run is right.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use super::Machine;

/// The system calls that make, fill and name files, each with every how many calls one fails: a run writes much to its log and to
/// standard output.
const CALLS: &[(&str, usize)] = &[
    ("write", 23),
    ("mkdir", 1),
    ("openat", 97),
    ("fchmod", 1),
    ("fsync", 1),
    ("linkat", 1),
    ("renameat", 1),
    ("flock", 1),
];

/// The names of all files below a directory, logs of the stages included.
fn names(directory: &Path) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(path).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path.clone());
            }
            let name = path.strip_prefix(directory).unwrap();
            names.insert(name.display().to_string());
        }
    }
    names
}

/// The command under strace, with the `number`th call of a name injected; its children are left alone. The exit code, or `None`
/// where it has not so many calls.
fn injected(machine: &Machine, call: &str, number: usize, what: &str) -> Option<i32> {
    let program = machine.command(&["--arch", "arm64"]);
    let log = tempfile::NamedTempFile::new().unwrap();
    let mut strace = Command::new(
        std::env::split_paths(&std::env::var_os("PATH").unwrap())
            .map(|directory| directory.join("strace"))
            .find(|path| path.is_file())
            .expect("strace is installed"),
    );
    strace
        .args(["-f", "-b", "execve", "-qq", "-o"])
        .arg(log.path());
    strace.arg(format!("-etrace={call}"));
    strace.arg(format!("-einject={call}:{what}:when={number}"));
    strace.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        match value {
            Some(value) => strace.env(name, value),
            None => strace.env_remove(name),
        };
    }
    let output = strace.env("RAYON_NUM_THREADS", "1").output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked"), "{call} {number}: {err}");
    let log = fs::read_to_string(log.path()).unwrap();
    let has_happened = log.contains("INJECTED");
    has_happened.then(|| output.status.code().unwrap_or(-1))
}

#[test]
fn a_build_leaves_whole_results_or_none() {
    let (machine, built) = (Machine::new(), super::BUILT);
    let tree = names(machine.tree.path());
    machine.build(&["--arch", "arm64"], 0);
    let all = names(&machine.out());
    let mut faults = 0;
    for what in ["error=EIO", "signal=KILL"] {
        let writes = |call: &str| ["write", "linkat", "renameat"].contains(&call);
        let calls = CALLS
            .iter()
            .filter(|(call, _)| what != "signal=KILL" || writes(call));
        for &(call, step) in calls {
            for number in (1..).step_by(step) {
                let _ = fs::remove_dir_all(machine.out());
                let Some(code) = injected(&machine, call, number, what) else {
                    break;
                };
                faults += 1;
                let at = format!("{call} {number} {what}, exit {code}");
                let text = fs::read(machine.out().join("results.json")).ok();
                let is_whole = text.is_some();
                if let Some(text) = text {
                    serde_json::from_slice::<serde_json::Value>(&text).expect(&at);
                }
                if code == 0 {
                    assert!(is_whole, "{at}");
                    assert_eq!(machine.stages("arm64"), built, "{at}");
                }
                assert_eq!(names(machine.tree.path()), tree, "{at}");
                machine.build(&["--arch", "arm64"], 0);
                assert_eq!(machine.stages("arm64"), built, "{at}: the next run");
                assert_eq!(names(&machine.out()), all, "{at}: the next run");
            }
        }
    }
    println!("{faults} faults");
    assert!(faults > 20, "{faults} faults");
}
