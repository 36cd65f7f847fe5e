//! Errors and kills at each system call that writes: a file is the old one or the new one, the exit code says which, nothing
//! is left behind, and the next run is right.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::program::{Copy, Program, on};

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

/// The program under strace, with the `number`th call of a name injected.
fn strace(program: Program, log: &Path, call: &str, number: usize, what: &str) -> Command {
    let program = program.command();
    let mut strace = Command::new("strace");
    strace
        .args(["-f", "-qq", "-o"])
        .arg(log)
        .arg(format!("-etrace={call}"))
        .arg(format!("-einject={call}:{what}:when={number}"))
        .arg(program.get_program())
        .args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    strace
}

/// Runs a program so; `None` where it has not so many calls.
fn traced(program: Program, log: &Path, call: &str, number: usize, what: &str) -> Option<i32> {
    let program = program.with("RAYON_NUM_THREADS", "1");
    let output = strace(program, log, call, number, what).output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(!err.contains("panicked"), "{call} {number}: {err}");
    let log = fs::read_to_string(log).unwrap();
    log.contains("INJECTED")
        .then(|| output.status.code().unwrap_or(-1))
}

/// Runs the program on a tree so.
fn injected(tree: &Path, arguments: &[&str], call: &str, number: usize, what: &str) -> Option<i32> {
    let log = tempfile::NamedTempFile::new().unwrap();
    traced(on(tree, arguments), log.path(), call, number, what)
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

/// A command with its expected output, and how its tree is made.
struct Case {
    arguments: &'static [&'static str],
    /// The file, relative to the tree.
    file: &'static str,
    tree: fn() -> Copy,
    /// Whether calls that only read fail, too. Each run costs a fifth of a second.
    reads: bool,
}

/// The text of a file, if it is there.
fn text(tree: &Copy, file: &str) -> Option<String> {
    fs::read_to_string(tree.path().join(file)).ok()
}

fn whole_or_not_at_all(case: &Case) {
    let Case {
        arguments,
        file,
        tree: made,
        reads,
    } = *case;
    let fixed = made();
    on(fixed.path(), arguments.iter()).run();
    let (old, new) = (text(&made(), file), text(&fixed, file));
    assert_ne!(old, new, "{arguments:?} writes {file}");
    let all = names(fixed.path());
    let mut faults = 0;
    for call in CALLS.iter().filter(|call| reads || step(call) == 1) {
        let mut number = 1;
        loop {
            let tree = made();
            let before = names(tree.path());
            let Some(code) = injected(tree.path(), arguments, call, number, "error=EIO") else {
                break;
            };
            faults += 1;
            let now = text(&tree, file);
            let at = format!("{arguments:?}: {call} {number}, exit {code}");
            assert!(now == old || now == new, "{at}:\n{now:?}");
            // With the old file the job is not done, and the exit code says so.
            assert!(now == new || code != 0, "{at}");
            let after = names(tree.path());
            assert!(after == before || after == all, "{at}: {after:?}");
            on(tree.path(), arguments.iter()).run();
            assert_eq!(text(&tree, file), new, "{at}: the next run");
            number += step(call);
        }
    }
    assert!(faults > if reads { 20 } else { 2 }, "{faults} faults");
    for call in ["write", "fsync", "linkat", "renameat"] {
        let tree = made();
        if injected(tree.path(), arguments, call, 1, "signal=KILL").is_none() {
            continue;
        }
        let now = text(&tree, file);
        assert!(now == old || now == new, "{call}:\n{now:?}");
        on(tree.path(), arguments.iter()).run();
        assert_eq!(text(&tree, file), new);
        assert_eq!(names(tree.path()), all, "killed at {call}");
    }
}

#[test]
fn emit_all_writes_a_whole_table_or_none() {
    whole_or_not_at_all(&Case {
        arguments: &["emit", "--all", "--write"],
        file: TABLE,
        tree: wrong,
        reads: true,
    });
}

#[test]
fn audit_fix_writes_a_whole_table_or_none() {
    whole_or_not_at_all(&Case {
        arguments: &["audit", "--fix", "--write"],
        file: TABLE,
        tree: wrong,
        reads: true,
    });
}

#[test]
fn emit_writes_a_whole_table_or_none() {
    const OWN: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";
    whole_or_not_at_all(&Case {
        arguments: &["emit", "--write"],
        file: OWN,
        tree: || {
            let tree = Copy::new();
            let table = tree.read(OWN);
            tree.write(OWN, &table.replacen("ok", "TODO", 1));
            tree
        },
        reads: false,
    });
}

#[test]
fn config_writes_a_whole_configuration_or_none() {
    // `-o` is relative to where the program is started.
    let directory = tempfile::tempdir().unwrap();
    let output = directory.path().join("config");
    let path = output.to_str().unwrap();
    let arguments = ["config", "alldefconfig", "--arch", "arm64", "-o", path];
    let tree = Copy::new();
    // No output of a command is asked for.
    tree.write("Kconfig", "config A\n\tbool \"a\"\n\tdefault y\n");
    on(tree.path(), arguments).run();
    let new = fs::read_to_string(&output).unwrap();
    let mut faults = 0;
    for what in ["error=EIO", "signal=KILL"] {
        for call in CALLS.iter().filter(|call| step(call) == 1) {
            for number in 1.. {
                let _ = fs::remove_file(&output);
                let Some(code) = injected(tree.path(), &arguments, call, number, what) else {
                    break;
                };
                faults += 1;
                let now = fs::read_to_string(&output).ok();
                let at = format!("{call} {number} {what}, exit {code}");
                assert!(
                    now.is_none() || now.as_deref() == Some(&*new),
                    "{at}: {now:?}"
                );
                assert!(now.is_some() || code != 0, "{at}");
                on(tree.path(), arguments).run();
                assert_eq!(
                    fs::read_to_string(&output).unwrap(),
                    new,
                    "{at}: the next run"
                );
                assert_eq!(fs::read_dir(directory.path()).unwrap().count(), 1, "{at}");
            }
        }
    }
    assert!(faults > 3, "{faults} faults");
}

#[test]
fn a_cache_that_cannot_be_written_changes_no_result() {
    let tree = Copy::new();
    let arguments = ["check", "--format", "json"];
    let expected = on(tree.path(), arguments).run();
    let mut faults = 0;
    for what in ["error=EIO", "signal=KILL"] {
        for call in CALLS.iter().filter(|call| step(call) == 1) {
            for number in 1.. {
                let cache = tempfile::tempdir().unwrap();
                let log = tempfile::NamedTempFile::new().unwrap();
                let run = on(tree.path(), arguments).with("XDG_CACHE_HOME", cache.path());
                let Some(code) = traced(run, log.path(), call, number, what) else {
                    break;
                };
                faults += 1;
                let at = format!("{call} {number} {what}, exit {code}");
                // Without the cache the result is the same; where standard output fails the job is not done.
                assert!([expected.code, 2, -1].contains(&code), "{at}");
                let next = on(tree.path(), arguments).with("XDG_CACHE_HOME", cache.path());
                let next = next.run();
                assert_eq!(
                    (next.code, &next.out),
                    (expected.code, &expected.out),
                    "{at}"
                );
                let last = on(tree.path(), arguments).with("XDG_CACHE_HOME", cache.path());
                assert_eq!(last.run().out, expected.out, "{at}: from the cache");
            }
        }
    }
    assert!(faults > 3, "{faults} faults");
}

#[test]
fn an_interrupted_emit_says_which_tables_are_written() {
    let tree = wrong();
    let arguments = ["emit", "--all", "--write"];
    let log = tempfile::NamedTempFile::new().unwrap();
    let program = on(tree.path(), arguments).with("RAYON_NUM_THREADS", "1");
    let mut strace = strace(program, log.path(), "renameat", 1, "error=EIO");
    let output = strace.output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(err.contains("no table was written"), "{err}");
    assert_eq!(output.status.code(), Some(2));
}
