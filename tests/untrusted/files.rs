//! Describes what is no regular file, in every place where one is read.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::git::Repository;
use crate::limited;
use crate::program::{Copy, kfeat, mini, on};

/// Long for a run on the small tree; what waits for a FIFO waits for ever.
const SECONDS: u64 = 60;

fn fifo(path: &Path) {
    let status = Command::new("mkfifo").arg(path).status().unwrap();
    assert!(status.success());
}

/// The files below a directory.
fn files(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// The commands that read a tree, none of which runs anything of it.
const COMMANDS: &[&[&str]] = &[
    &["check", "--feature", "all", "--no-cache"],
    &["audit"],
    &["emit", "--check"],
    &["emit", "--all", "--check"],
    &["matrix"],
    &["explain", "ARCH_HAS_LAZY_MMU_MODE"],
    &["config", "--arch", "x86", "allyesconfig"],
];

#[test]
fn no_file_of_a_tree_makes_a_run_wait() {
    // All at once first: a run that opens any of them hangs.
    let tree = Copy::new();
    for path in files(tree.path()) {
        if path.parent() != Some(tree.path()) || path.extension().is_some() {
            fs::remove_file(&path).unwrap();
            fifo(&path);
        }
    }
    tree.write("kfeat.yaml", "");
    tree.remove("kfeat.yaml");
    fifo(&tree.path().join("kfeat.yaml"));
    for command in COMMANDS {
        limited::run(on(tree.path(), *command), SECONDS);
    }
}

#[test]
fn a_fifo_in_the_place_of_one_file_is_reported_or_passed_over() {
    for path in [
        "Kconfig",
        "Makefile",
        "mm/Kconfig",
        "mm/Makefile",
        "arch/x86/Kconfig",
        "arch/x86/include/asm/Kbuild",
        "arch/x86/include/asm/pgtable.h",
        "include/linux/pgtable.h",
        "Documentation/features/vm/lazy_mmu/arch-support.txt",
        "kfeat.yaml",
    ] {
        let tree = Copy::new();
        let full = tree.path().join(path);
        let _ = fs::remove_file(&full);
        fifo(&full);
        for command in COMMANDS {
            limited::run(on(tree.path(), *command), SECONDS);
        }
    }
}

#[test]
fn a_kconfig_that_is_no_file_is_named() {
    let tree = Copy::new();
    tree.remove("mm/Kconfig");
    fifo(&tree.path().join("mm/Kconfig"));
    let ended = limited::run(
        on(tree.path(), ["check", "--feature", "all", "--no-cache"]),
        SECONDS,
    );
    let said = format!("{}{}", ended.out, ended.err);
    assert!(
        said.contains("`mm/Kconfig` is not a regular file"),
        "{said}"
    );
}

#[test]
fn git_that_waits_for_a_fifo_is_given_up() {
    let oid = |repository: &Repository| {
        let blob = repository.git(&["rev-parse", "HEAD:mm/Kconfig"]);
        let (directory, name) = blob.trim().split_at(2);
        format!("objects/{directory}/{name}")
    };
    let of_config = |repository: &Repository| {
        repository.git(&["config", "include.path", "waits"]);
        "waits".to_owned()
    };
    type Place = fn(&Repository) -> String;
    let places: [(&str, Place); 4] = [
        ("rev-parse", of_config),
        ("rev-parse", |_| "config".to_owned()),
        ("rev-parse", |_| "HEAD".to_owned()),
        ("cat-file", oid),
    ];
    for (what, place) in places {
        let repository = Repository::new();
        let path = repository.path().join(".git").join(place(&repository));
        let _ = fs::remove_file(&path);
        fifo(&path);
        for command in [
            &["check", "--rev", "HEAD"][..],
            &["check", "--range", "base..HEAD"],
            &["cover", "--range", "base..HEAD"],
            &["hook", "run", "pre-commit"],
        ] {
            // Each waits for a second: what reads objects is the same in all.
            if what == "cat-file" && command[1] != "--rev" {
                continue;
            }
            let command = [command, &["--max", "git-seconds=1"]].concat();
            let ended = limited::run(on(repository.path(), &command), SECONDS);
            let at = format!("{}: {command:?}: {}", path.display(), ended.err);
            assert_eq!(ended.code, 2, "{at}");
            if command[1] == "--rev" {
                assert!(
                    ended
                        .err
                        .contains(&format!("`git {what}` exceeds the limit `git-seconds`")),
                    "{at}"
                );
            }
        }
    }
}

/// The arguments of each command that reads a file which the user names, `@` being that file.
const NAMED: &[&[&str]] = &[
    &["check", "--spec", "@"],
    &["check", "--baseline", "@"],
    &["check", "--suppressions", "@"],
    &["check", "--patch", "@"],
    &["config", "--arch", "x86", "--fragment", "@", "alldefconfig"],
    &["config", "--arch", "x86", "--config", "@", "olddefconfig"],
    &[
        "config",
        "--arch",
        "x86",
        "--shell-answers",
        "@",
        "alldefconfig",
    ],
    &["report", "merge", "@"],
];

#[test]
fn a_named_file_must_be_a_file_of_limited_size() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("fifo");
    fifo(&path);
    let small = Copy::new();
    // Its Kconfig files ask for no commands.
    small.write("Kconfig", "config A\n\tbool \"a\"\n");
    let large = directory.path().join("large");
    fs::File::create(&large).unwrap().set_len(5 << 30).unwrap();
    for (file, why) in [
        (path.to_str().unwrap(), "is a FIFO, not a regular file"),
        ("/dev/zero", "is a device, not a regular file"),
        ("/", "is a directory, not a regular file"),
        (large.to_str().unwrap(), "raise it with `--max"),
    ] {
        for arguments in NAMED {
            let arguments = arguments.iter().map(|part| part.replace('@', file));
            let ended = limited::run(on(small.path(), arguments.clone()), SECONDS);
            // Specs may be in a directory.
            let why = match (file, arguments.clone().any(|part| part == "--spec")) {
                ("/", true) => "the directory has no `.yaml` file",
                _ => why,
            };
            assert_eq!(
                ended.code,
                2,
                "{:?}: {}",
                arguments.collect::<Vec<_>>(),
                ended.err
            );
            assert!(
                ended.err.contains(why),
                "{:?}: {}",
                arguments.collect::<Vec<_>>(),
                ended.err
            );
        }
    }
}

#[test]
fn a_limit_also_holds_for_a_stream() {
    for option in ["--spec", "--baseline", "--patch"] {
        let mut command = on(
            &mini(),
            [
                "--max",
                "file-size=1M",
                "--max",
                "spec-size=1M",
                "--max",
                "patch-size=1M",
            ],
        )
        .command();
        command.args(["check", option, "/dev/stdin"]);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", "exec \"$@\" </dev/zero", "sh"])
            .arg(command.get_program())
            .args(command.get_args());
        let ended = limited::ended(shell, SECONDS);
        assert_eq!(ended.code, 2, "{}", ended.err);
        assert!(
            ended.err.contains("of 1 MiB; raise it with `--max"),
            "{}",
            ended.err
        );
    }
}

#[test]
fn what_a_shell_hands_over_is_read() {
    let program = kfeat(["-C", mini().to_str().unwrap(), "check", "--patch"]).command();
    let mut shell = Command::new("bash");
    shell
        .args(["-c", "\"$@\" <(sleep 0.2; echo no patch)", "bash"])
        .arg(program.get_program())
        .args(program.get_args());
    let ended = limited::ended(shell, SECONDS);
    assert!(ended.err.contains("it contains no patch"), "{}", ended.err);
}

#[test]
fn a_cache_entry_that_is_no_file_is_as_if_it_were_not_there() {
    let (tree, cache) = (Copy::new(), tempfile::tempdir().unwrap());
    let check = || on(tree.path(), ["check"]).with("XDG_CACHE_HOME", cache.path());
    let first = limited::run(check(), SECONDS);
    let entries = files(cache.path());
    assert!(!entries.is_empty());
    for entry in &entries {
        fs::remove_file(entry).unwrap();
        fifo(entry);
    }
    let second = limited::run(check(), SECONDS);
    assert_eq!((second.code, second.out), (first.code, first.out));
}

/// Files that are named in no unit test of reading: whatever becomes a FIFO right after its type was asked is not waited for.
#[test]
fn a_fifo_that_is_swapped_in_is_not_waited_for() {
    let tree = Copy::new();
    let path = tree.path().join("mm/Kconfig");
    let (file, other) = (tree.path().join("file"), tree.path().join("other"));
    fs::copy(&path, &file).unwrap();
    fifo(&other);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                for from in [&other, &file] {
                    let next = tree.path().join("next");
                    let _ = fs::remove_file(&next);
                    fs::hard_link(from, &next).unwrap();
                    fs::rename(&next, &path).unwrap();
                }
            }
        });
        for _ in 0..20 {
            limited::run(
                on(tree.path(), ["explain", "ARCH_HAS_LAZY_MMU_MODE"]),
                SECONDS,
            );
        }
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
}
