//! Errors and kills at each system call that writes: a file is the old one or the new one, the exit code says which, nothing
//! is left behind, and the next run is right.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{Copy, on};

const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// The system calls that make, fill, name and look at files.
const CALLS: &[&str] = &[
    "openat",
    "write",
    "fchmod",
    "fsync",
    "linkat",
    "renameat",
    "flock",
    "statx",
    "getdents64",
    "read",
    "mmap",
];

/// Every how many calls of one name one fails; those that write all do.
fn step(call: &str) -> usize {
    match call {
        "write" | "fchmod" | "fsync" | "linkat" | "renameat" => 1,
        _ => 23,
    }
}

/// A tree with a wrong table.
fn wrong() -> Copy {
    let tree = Copy::new();
    let table = tree.read(TABLE);
    tree.write(TABLE, &table.replacen("TODO", "ok  ", 1));
    tree
}

/// Runs the program with the `number`th call of a name injected; `None` where it has not so many.
fn injected(tree: &Path, arguments: &[&str], call: &str, number: usize, what: &str) -> Option<i32> {
    let log = tempfile::NamedTempFile::new().unwrap();
    let program = on(tree, arguments).with("RAYON_NUM_THREADS", "1").command();
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-o"])
        .arg(log.path())
        .arg(format!("-etrace={call}"))
        .arg(format!("-einject={call}:{what}:when={number}"))
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    let output = strace.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked"), "{call} {number}: {err}");
    let log = fs::read_to_string(log.path()).unwrap();
    log.contains("INJECTED")
        .then(|| output.status.code().unwrap_or(-1))
}

/// Whether there is something in a tree that was not there.
fn names(tree: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut pending = vec![tree.to_owned()];
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path.clone());
            }
            names.push(path.strip_prefix(tree).unwrap().display().to_string());
        }
    }
    names.sort();
    names
}

fn whole_or_not_at_all(arguments: &[&str]) {
    let fixed = wrong();
    on(fixed.path(), arguments.iter()).run();
    let (old, new) = (wrong().read(TABLE), fixed.read(TABLE));
    assert_ne!(old, new, "{arguments:?} writes the table");
    let mut faults = 0;
    for call in CALLS {
        let mut number = 1;
        loop {
            let tree = wrong();
            let before = names(tree.path());
            let Some(code) = injected(tree.path(), arguments, call, number, "error=EIO") else {
                break;
            };
            faults += 1;
            let now = tree.read(TABLE);
            let at = format!("{arguments:?}: {call} {number}, exit {code}");
            assert!(now == old || now == new, "{at}:\n{now}");
            // With the old file the job is not done, and the exit code says so.
            assert!(now == new || code != 0, "{at}");
            assert_eq!(names(tree.path()), before, "{at}");
            on(tree.path(), arguments.iter()).run();
            assert_eq!(tree.read(TABLE), new, "{at}: the next run");
            number += step(call);
        }
    }
    assert!(faults > 20, "{faults} faults");
    for call in ["write", "fsync", "linkat", "renameat"] {
        let tree = wrong();
        let before = names(tree.path());
        if injected(tree.path(), arguments, call, 1, "signal=KILL").is_none() {
            continue;
        }
        let now = tree.read(TABLE);
        assert!(now == old || now == new, "{call}:\n{now}");
        on(tree.path(), arguments.iter()).run();
        assert_eq!(tree.read(TABLE), new);
        assert_eq!(names(tree.path()), before, "killed at {call}");
    }
}

#[test]
fn emit_all_writes_a_whole_table_or_none() {
    whole_or_not_at_all(&["emit", "--all", "--write"]);
}

#[test]
fn audit_fix_writes_a_whole_table_or_none() {
    whole_or_not_at_all(&["audit", "--fix", "--write"]);
}
