//! Repositories made to change an answer, to fill the results of others, or to keep git busy after the program has ended.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::git::Repository;
use crate::limited;
use crate::program::{Copy, Program, on};

const SECONDS: u64 = 120;

const KCONFIG: &str = "arch/arm64/Kconfig";
const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// A repository whose first commit has a table that claims too much, and whose last one misspells a select.
fn repository() -> Repository {
    let repository = Repository::new();
    let table = repository.tree.read(TABLE);
    repository
        .tree
        .write(TABLE, &table.replacen("TODO", "ok  ", 1));
    // The first commit of all, so that `log.showRoot` matters.
    repository.git(&["add", "-A"]);
    repository.git(&["commit", "-q", "--amend", "--no-verify", "-m", "root"]);
    repository.git(&["tag", "-f", "base"]);
    repository
        .tree
        .replace(KCONFIG, "ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MODES");
    repository.commit("arm64: a slip of the pen");
    repository
}

/// The file of an object.
fn object(repository: &Repository, revision: &str) -> PathBuf {
    let oid = repository.git(&["rev-parse", revision]);
    let (directory, name) = oid.trim().split_at(2);
    let objects = repository.path().join(".git/objects");
    objects.join(directory).join(name)
}

fn said(program: Program) -> String {
    let program = program
        .with("GIT_AUTHOR_NAME", "A")
        .with("GIT_AUTHOR_EMAIL", "a@example.org");
    let ended = limited::run(program, SECONDS);
    let text = format!("{}\n{}{}", ended.code, ended.out, ended.err);
    // The time of the run.
    let lines = text
        .lines()
        .filter(|line| !line.starts_with("Date: ") && !line.starts_with("Message-ID: "));
    lines.collect::<Vec<_>>().join("\n")
}

/// Commands that show what git says of lines and commits, each with what it has to say.
const OF_HISTORY: &[(&[&str], &str)] = &[
    (
        &["check", "--range", "base..HEAD", "--format", "mail"],
        "+\tselect ARCH_HAS_LAZY_MMU_MODES",
    ),
    (&["check", "--range", "base..HEAD"], "a slip of the pen"),
    (
        &["check", "--rev", "HEAD", "--no-cache"],
        "ARCH_HAS_LAZY_MMU_MODES",
    ),
    (&["matrix", "--between", "base", "HEAD"], "slip of the pen"),
    (
        &["emit", "--all", "--git", "--format-patch=-"],
        "(\"root\")",
    ),
    (&["cover", "--range", "base..HEAD"], ""),
];

#[test]
fn settings_and_attributes_change_no_answer() {
    let mut wrong = String::new();
    let repository = repository();
    let before: Vec<String> = OF_HISTORY
        .iter()
        .map(|(arguments, _)| said(on(repository.path(), *arguments)))
        .collect();
    for ((arguments, shows), said) in OF_HISTORY.iter().zip(&before) {
        if !said.contains(shows) {
            wrong += &format!("{arguments:?} does not show `{shows}`: {said}\n");
        }
    }
    type Change = fn(&Repository);
    let changes: &[(&str, Change)] = &[
        ("core.bigFileThreshold", |repository| {
            repository.git(&["config", "core.bigFileThreshold", "1"]);
        }),
        ("log.showRoot", |repository| {
            repository.git(&["config", "log.showRoot", "false"]);
        }),
        ("diff.context", |repository| {
            repository.git(&["config", "diff.context", "0"]);
        }),
        ("diff.noPrefix", |repository| {
            repository.git(&["config", "diff.noPrefix", "true"]);
        }),
        ("diff.orderFile", |repository| {
            fs::write(repository.path().join(".git/order"), "mm/*\n").unwrap();
            repository.git(&["config", "diff.orderFile", ".git/order"]);
        }),
        ("-diff", |repository| {
            fs::write(repository.path().join(".git/info/attributes"), "* -diff\n").unwrap();
        }),
        ("binary", |repository| {
            fs::write(repository.path().join(".git/info/attributes"), "* binary\n").unwrap();
        }),
    ];
    for (name, change) in changes {
        change(&repository);
        for ((arguments, _), before) in OF_HISTORY.iter().zip(&before) {
            let after = said(on(repository.path(), *arguments));
            if after != *before {
                wrong += &format!("{name}: {arguments:?}: {before}\n-- became --\n{after}\n");
            }
        }
        let _ = fs::remove_file(repository.path().join(".git/info/attributes"));
        if !name.starts_with('-') && *name != "binary" {
            repository.git(&["config", "--unset", name]);
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn an_object_that_replaces_another_is_not_read() {
    let repository = repository();
    let of = |revision: &str| repository.git(&["rev-parse", &format!("{revision}:{KCONFIG}")]);
    let (bad, good) = (of("HEAD"), of("base"));
    repository.git(&["replace", bad.trim(), good.trim()]);
    for arguments in [
        &["check", "--rev", "HEAD", "--no-cache"][..],
        &["check", "--range", "base..HEAD"],
    ] {
        let ended = limited::run(on(repository.path(), arguments), SECONDS);
        assert_eq!(ended.code, 1, "{arguments:?}: {}{}", ended.out, ended.err);
    }
}

/// git does not compare the bytes of a loose object with its name.
#[test]
fn a_result_of_another_repository_is_not_believed() {
    let honest = repository();
    let (bad, good) = (
        object(&honest, &format!("HEAD:{KCONFIG}")),
        object(&honest, &format!("base:{KCONFIG}")),
    );
    let place = tempfile::tempdir().unwrap();
    let hostile = place.path().join("hostile");
    let copied = Command::new("cp")
        .arg("-r")
        .args([honest.path(), &hostile])
        .status();
    assert!(copied.unwrap().success());
    let in_hostile = hostile.join(bad.strip_prefix(honest.path()).unwrap());
    fs::remove_file(&in_hostile).unwrap();
    fs::copy(good, in_hostile).unwrap();
    let results = place.path().join("results");
    let results = results.to_str().unwrap();
    let check = |tree: &Path| {
        let arguments = ["check", "--rev", "HEAD", "--cache-dir", results];
        limited::run(on(tree, arguments), SECONDS)
    };
    let ended = check(&hostile);
    assert_eq!(ended.code, 0, "the copy lies: {}{}", ended.out, ended.err);
    assert!(fs::read_dir(results).unwrap().next().is_some());
    for _ in 0..2 {
        let ended = check(honest.path());
        assert_eq!(ended.code, 1, "{}{}", ended.out, ended.err);
    }
}

/// Settings with which git matches a pattern for ever. That takes a long path to match it with.
pub fn endless() -> Repository {
    let repository = Repository::new();
    let deep = "d/".repeat(20);
    let (own, deep) = (
        repository.path().join(".git"),
        repository.path().join(deep).join("git"),
    );
    fs::create_dir_all(deep.parent().unwrap()).unwrap();
    fs::rename(&own, &deep).unwrap();
    fs::write(&own, format!("gitdir: {}\n", deep.display())).unwrap();
    let pattern = "*/**".repeat(300);
    let text = format!("\n[includeIf \"gitdir:{pattern}x\"]\n\tpath = x\n");
    let path = deep.join("config");
    let before = fs::read_to_string(&path).unwrap();
    fs::write(path, before + &text).unwrap();
    repository
}

/// The state and the parent of a process.
fn state(pid: u32) -> Option<(char, u32)> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace();
    Some((fields.next()?.chars().next()?, fields.next()?.parse().ok()?))
}

fn runs(pid: u32) -> bool {
    state(pid).is_some_and(|(state, _)| state != 'Z')
}

fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let start = Instant::now();
    while !holds() {
        assert!(start.elapsed() < Duration::from_secs(30), "not {what}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

/// The git that a process has started.
fn child_of(parent: u32) -> u32 {
    let mut found = None;
    wait_until("a child", || {
        let entries = fs::read_dir("/proc").unwrap();
        let names = entries.map(|entry| entry.unwrap().file_name());
        let mut pids = names.filter_map(|name| name.to_str()?.parse().ok());
        found = pids.find(|&pid| {
            let is_git = |pid| {
                fs::read_to_string(format!("/proc/{pid}/comm")).is_ok_and(|name| name == "git\n")
            };
            state(pid).is_some_and(|(_, of)| of == parent) && is_git(pid)
        });
        found.is_some()
    });
    found.unwrap()
}

fn start(repository: &Repository, ignoring: &str) -> Child {
    let inner = on(
        repository.path(),
        [
            "check",
            "--no-cache",
            "--rev",
            "HEAD",
            "--max",
            "git-settings-seconds=5",
        ],
    )
    .command();
    let mut command = Command::new("sh");
    command.arg("-c");
    command.arg(format!("trap '' {ignoring} QUIT; exec \"$@\""));
    command.arg("sh").arg(inner.get_program());
    command.args(inner.get_args());
    command.stdout(Stdio::null()).stderr(Stdio::null());
    command.spawn().unwrap()
}

fn send(signal: &str, pid: u32) {
    let sent = Command::new("kill")
        .args([&format!("-{signal}"), &pid.to_string()])
        .status();
    assert!(sent.unwrap().success());
}

#[test]
fn git_ends_with_the_program() {
    use std::os::unix::process::ExitStatusExt;
    let repository = endless();
    // The other signals may be ignored where tests run in the background.
    for (signal, number) in [("TERM", 15), ("KILL", 9)] {
        let mut program = start(&repository, "");
        let git = child_of(program.id());
        send(signal, program.id());
        let status = program.wait().unwrap();
        assert_eq!(status.signal(), Some(number), "{signal}: {status}");
        // After SIGKILL the limit on its processor time is what ends it.
        wait_until(&format!("the end of git after {signal}"), || !runs(git));
    }
}

#[test]
fn a_signal_that_is_ignored_stays_ignored() {
    let repository = endless();
    let mut program = start(&repository, "HUP");
    let git = child_of(program.id());
    send("HUP", program.id());
    std::thread::sleep(Duration::from_millis(300));
    assert!(program.try_wait().unwrap().is_none());
    assert!(runs(git));
    send("TERM", program.id());
    program.wait().unwrap();
    wait_until("the end of git", || !runs(git));
}

/// No signal but `SIGKILL` leaves a file that has no final name.
#[test]
fn a_signal_leaves_no_unfinished_file() {
    let tree = Copy::new();
    let table = tree.read(TABLE).replace("TODO", "ok  ");
    for number in 0..150 {
        tree.write(
            &format!("Documentation/features/vm/f{number}/arch-support.txt"),
            &table.replacen("huge-vmap", &format!("f{number}"), 1),
        );
    }
    let unfinished = |tree: &Path| {
        let features = tree.join("Documentation/features/vm");
        let directories = fs::read_dir(features).unwrap();
        let mut names = directories.flat_map(|entry| fs::read_dir(entry.unwrap().path()).unwrap());
        names.any(|entry| {
            let name = entry.unwrap().file_name();
            name.to_str().unwrap().starts_with(".kfeat-")
        })
    };
    for round in 0..9 {
        let mut command = on(tree.path(), ["emit", "--all", "--write"]).command();
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let mut program = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(40 * round as u64));
        send("TERM", program.id());
        program.wait().unwrap();
        assert!(!unfinished(tree.path()), "in round {round}");
    }
}
