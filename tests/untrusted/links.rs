//! Links that lead out of the tree, and whatever else is passed over: a run says so, and goes on.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::symlink;

use crate::program::{Copy, Ended, on};

/// A table that says something wrong of every architecture.
const TABLE: &str = "#\n# Feature name:          elsewhere\n#         Kconfig:       MMU\n#         description:   arch supports it\n#\n";

/// A directory outside of the tree with a table and some code.
fn outside() -> tempfile::TempDir {
    let outside = tempfile::tempdir().unwrap();
    fs::create_dir(outside.path().join("elsewhere")).unwrap();
    fs::write(outside.path().join("elsewhere/arch-support.txt"), TABLE).unwrap();
    fs::write(outside.path().join("arch-support.txt"), TABLE).unwrap();
    fs::write(outside.path().join("Kconfig"), "config SECRET\n\tbool\n").unwrap();
    outside
}

/// Entry below `Documentation/features` that is not a table: its path, the function that makes it, and a part of the reason.
type Case = (&'static str, fn(&Copy, &std::path::Path), &'static str);

const CASES: [Case; 7] = [
    (
        "Documentation/features/vm/elsewhere",
        |tree, outside| link(tree, "vm/elsewhere", &outside.join("elsewhere")),
        "points outside the tree, to",
    ),
    (
        "Documentation/features/elsewhere",
        |tree, outside| link(tree, "elsewhere", outside),
        "points outside the tree, to",
    ),
    (
        "Documentation/features/vm/again",
        |tree, _| link(tree, "vm/again", "lazy_mmu".as_ref()),
        "is a symbolic link to a directory",
    ),
    (
        "Documentation/features/vm/loop",
        |tree, _| link(tree, "vm/loop", "loop".as_ref()),
        "part of a loop of symbolic links",
    ),
    (
        "Documentation/features/vm/other/arch-support.txt",
        |tree, outside| {
            tree.write("Documentation/features/vm/other/notes.txt", "");
            let table = outside.join("arch-support.txt");
            link(tree, "vm/other/arch-support.txt", &table);
        },
        "points outside the tree, to",
    ),
    (
        "Documentation/features/vm/nowhere/arch-support.txt",
        |tree, _| {
            tree.write("Documentation/features/vm/nowhere/notes.txt", "");
            link(tree, "vm/nowhere/arch-support.txt", "gone".as_ref());
        },
        "is a broken symbolic link",
    ),
    (
        "Documentation/features/vm/table-that-is-none/arch-support.txt",
        |tree, _| {
            let directory = "Documentation/features/vm/table-that-is-none";
            tree.write(&format!("{directory}/notes.txt"), "");
            let table = tree.path().join(directory).join("arch-support.txt");
            let mut mkfifo = std::process::Command::new("mkfifo");
            assert!(mkfifo.arg(table).status().unwrap().success());
        },
        "is not a regular file",
    ),
];

#[test]
fn a_directory_that_becomes_a_link_is_not_written_through() {
    const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";
    let (tree, outside) = (Copy::new(), tempfile::tempdir().unwrap());
    tree.write(TABLE, &tree.read(TABLE).replacen("TODO", "ok  ", 1));
    let directory = tree.path().join("Documentation/features/vm/huge-vmap");
    // Between the look at the directory and the name for the new file the run takes long.
    let program = on(tree.path(), ["emit", "--all", "--write"]).command();
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-qq", "-o", "/dev/null", "-etrace=fsync"]);
    strace.arg("-einject=fsync:delay_enter=2000000");
    strace.arg(program.get_program()).args(program.get_args());
    for (name, value) in program.get_envs() {
        if let Some(value) = value {
            strace.env(name, value);
        }
    }
    let mut strace = strace.spawn().unwrap();
    // The new file is open and has no name yet.
    let children = format!("/proc/{0}/task/{0}/children", strace.id());
    let is_writing = || {
        let children = fs::read_to_string(&children).unwrap_or_default();
        children.split_whitespace().any(|child| {
            let open = fs::read_dir(format!("/proc/{child}/fd"));
            open.into_iter().flatten().flatten().any(|file| {
                let target = fs::read_link(file.path()).unwrap_or_default();
                let target = target.display().to_string();
                target.contains("/huge-vmap/") && target.ends_with("(deleted)")
            })
        })
    };
    while !is_writing() {
        assert!(strace.try_wait().unwrap().is_none(), "it ended too early");
        std::thread::sleep(std::time::Duration::from_millis(2));
    }
    fs::rename(&directory, tree.path().join("aside")).unwrap();
    symlink(outside.path(), &directory).unwrap();
    strace.wait().unwrap();
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

fn link(tree: &Copy, path: &str, target: &std::path::Path) {
    symlink(
        target,
        tree.path().join("Documentation/features").join(path),
    )
    .unwrap();
}

/// All that is in a tree: the texts of files, and where links lead.
fn picture(tree: &Copy) -> BTreeMap<String, Vec<u8>> {
    let mut picture = BTreeMap::new();
    let mut pending = vec![tree.path().to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let entry = entry.unwrap();
            let (path, kind) = (entry.path(), entry.file_type().unwrap());
            let bytes = if kind.is_symlink() {
                fs::read_link(&path)
                    .unwrap()
                    .into_os_string()
                    .into_encoded_bytes()
            } else if kind.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            picture.insert(path.display().to_string(), bytes);
            if kind.is_dir() {
                pending.push(path);
            }
        }
    }
    picture
}

#[track_caller]
fn assert_named(ended: &Ended, path: &str, why: &str) {
    let said = format!("{}{}", ended.out, ended.err);
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains(path) && flat.contains(why),
        "{path}: {why}: {said}"
    );
}

#[test]
fn no_table_is_passed_over_in_silence() {
    for (path, make, why) in CASES {
        let (tree, outside) = (Copy::new(), outside());
        make(&tree, outside.path());
        let audit = on(tree.path(), ["audit"]).exits(1);
        assert_named(&audit, path, why);
        assert!(!audit.out.contains("for `arm64`"), "{}", audit.out);
        for arguments in [
            &["matrix"][..],
            &["emit", "--all"],
            &["matrix", "--format", "json"],
        ] {
            assert_named(&on(tree.path(), arguments).exits(2), path, why);
        }
        let before = picture(&tree);
        let ended = on(tree.path(), ["emit", "--all", "--write"]).exits(2);
        assert_named(&ended, path, why);
        assert!(picture(&tree) == before, "{path}: {}", ended.err);
        assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 3, "{path}");
    }
}

#[test]
fn a_name_that_is_no_text_is_said() {
    let tree = Copy::new();
    let name = std::ffi::OsStr::from_bytes(b"f\xffeature");
    let directory = tree.path().join("Documentation/features/vm").join(name);
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("arch-support.txt"), TABLE).unwrap();
    let audit = on(tree.path(), ["audit"]).exits(1);
    assert_named(&audit, "Documentation/features/vm/f", "is not valid UTF-8");
}

#[test]
fn a_feature_whose_table_cannot_be_read_gets_no_other_one() {
    let (tree, outside) = (Copy::new(), outside());
    let vm = tree.path().join("Documentation/features/vm");
    fs::rename(&vm, outside.path().join("vm")).unwrap();
    symlink(outside.path().join("vm"), &vm).unwrap();
    let before = picture(&tree);
    let ended = on(tree.path(), ["emit", "--all", "--write"]).exits(2);
    assert_named(
        &ended,
        "Documentation/features/vm",
        "points outside the tree",
    );
    assert!(picture(&tree) == before, "{}", ended.err);
    let ended = on(tree.path(), ["emit", "--write"]).exits(2);
    assert_named(
        &ended,
        "lazy_mmu/arch-support.txt",
        "points outside the tree",
    );
}

#[test]
fn an_architecture_that_is_a_link_is_undecided() {
    let (tree, outside) = (Copy::new(), outside());
    symlink(outside.path(), tree.path().join("arch/elsewhere")).unwrap();
    let ended = on(tree.path(), ["matrix"]).exits(2);
    assert_named(&ended, "undecided on elsewhere", "points outside the tree");
    assert!(!ended.out.contains("SECRET"), "{}", ended.out);
    // A link to a file, or to nothing, is no architecture.
    let tree = Copy::new();
    symlink("../Makefile", tree.path().join("arch/one")).unwrap();
    symlink("gone", tree.path().join("arch/other")).unwrap();
    let ended = on(tree.path(), ["matrix"]).exits(0);
    assert_eq!(ended.err, "");
}

#[test]
fn a_directory_that_is_not_searched_is_named() {
    let (tree, outside) = (Copy::new(), outside());
    symlink(outside.path(), tree.path().join("mm/elsewhere")).unwrap();
    // People keep links to their builds in the root.
    symlink(outside.path(), tree.path().join("out")).unwrap();
    let cache = tempfile::tempdir().unwrap();
    for _ in 0..2 {
        let run = on(tree.path(), ["check"]).with("XDG_CACHE_HOME", cache.path());
        let ended = run.exits(0);
        assert_named(
            &ended,
            "`mm/elsewhere` points outside the tree",
            "nothing below it is read",
        );
        assert!(!ended.err.contains("`out`"), "{}", ended.err);
    }
}
