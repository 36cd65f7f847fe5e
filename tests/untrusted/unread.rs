//! Files that are there and cannot be read: every command that concludes from them names them and fails.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use crate::git::Repository;
use crate::limited;
use crate::program::{Copy, Ended, on};

const SECONDS: u64 = 60;

/// Commands that tell what a change of `mm/memory.c` has to do with builds.
const OF_CHANGE: &[&[&str]] = &[
    &["cover", "--range", "base..HEAD"],
    &["cover", "--range", "base..HEAD", "--format", "json"],
    &["plan", "--cover", "base..HEAD", "--format", "json"],
    &["plan", "--cover", "base..HEAD", "--format", "make"],
];

/// Commands that tell for which architectures there is something to build.
const OF_ARCHITECTURES: &[&[&str]] = &[
    &["plan", "--format", "github"],
    &["plan", "--format", "gitlab"],
    &["plan", "--format", "make"],
    &["plan", "--format", "json"],
    &["plan", "--format", "tuxsuite"],
    &["plan", "--format", "json", "--arch", "arm64"],
    &["build", "--dry-run"],
    &["cover", "mm/memory.c:2", "--arch", "arm64"],
];

fn run(tree: &Path, command: &[&str]) -> Ended {
    limited::run(on(tree, command).with("COLUMNS", "4000"), SECONDS)
}

#[track_caller]
fn assert_named(ended: &Ended, command: &[&str], parts: &[&str]) {
    let at = format!(
        "{command:?}: exit {}\n{}{}",
        ended.code, ended.out, ended.err
    );
    assert_eq!(ended.code, 2, "{at}");
    for part in parts {
        assert!(ended.err.contains(part), "no `{part}` in {at}");
    }
}

/// A repository whose last commit changes `mm/memory.c`.
fn changed(text: &str) -> Repository {
    let repository = Repository::new();
    let before = repository.tree.read("mm/memory.c");
    repository
        .tree
        .write("mm/memory.c", &format!("{before}{text}"));
    repository.commit("mm: change");
    repository
}

/// The file of an object.
fn object(repository: &Repository, revision: &str) -> std::path::PathBuf {
    let oid = repository.git(&["rev-parse", revision]);
    let (directory, name) = oid.trim().split_at(2);
    repository
        .path()
        .join(".git/objects")
        .join(directory)
        .join(name)
}

#[test]
fn a_text_of_a_change_that_cannot_be_read_is_named() {
    for command in OF_CHANGE {
        let ended = run(changed("int new;\n").path(), command);
        assert!(ended.code < 2, "{command:?}: {}", ended.err);
        for revision in ["HEAD:mm/memory.c", "base:mm/memory.c"] {
            for is_there in [false, true] {
                let repository = changed("int new;\n");
                let object = object(&repository, revision);
                fs::remove_file(&object).unwrap();
                if is_there {
                    fs::write(&object, "damaged").unwrap();
                }
                let ended = run(repository.path(), command);
                assert_named(&ended, command, &["`mm/memory.c`"]);
                assert!(!ended.out.contains("no file has a changed line"));
            }
        }
        let repository = changed(&"int new;\n".repeat(10_000));
        let command = [*command, &["--max", "file-size=64K"]].concat();
        let ended = run(repository.path(), &command);
        assert_named(&ended, &command, &["`mm/memory.c`", "`file-size`"]);
    }
}

#[test]
fn a_makefile_that_cannot_be_read_is_named() {
    for command in OF_CHANGE {
        let repository = changed("int new;\n");
        fs::remove_file(object(&repository, "HEAD:mm/Makefile")).unwrap();
        assert_named(
            &run(repository.path(), command),
            command,
            &["`mm/Makefile`"],
        );
    }
}

#[test]
fn an_architecture_whose_kconfig_cannot_be_read_is_named() {
    let path = "arch/arm64/Kconfig";
    type Spoil = fn(&Path);
    let ways: [(Spoil, &str); 3] = [
        (
            |path| fs::set_permissions(path, fs::Permissions::from_mode(0o0)).unwrap(),
            "`arch/arm64/Kconfig`",
        ),
        (
            |path| {
                fs::remove_file(path).unwrap();
                let made = std::process::Command::new("mkfifo").arg(path).status();
                assert!(made.unwrap().success());
            },
            "is not a regular file",
        ),
        (
            |path| {
                let text = fs::read_to_string(path).unwrap();
                let nested = "if MMU\n".repeat(700);
                fs::write(path, format!("{text}{nested}")).unwrap();
            },
            "`kconfig-",
        ),
    ];
    for command in OF_ARCHITECTURES {
        let ended = run(Copy::new().path(), command);
        assert!(ended.code < 2, "{command:?}: {}", ended.err);
        for (spoil, why) in ways {
            let tree = Copy::new();
            let path = tree.path().join(path);
            spoil(&path);
            // A user who may read everything, such as root, has nothing to find here.
            if fs::metadata(&path).unwrap().is_file()
                && why.starts_with("`arch")
                && fs::read(&path).is_ok()
            {
                continue;
            }
            let ended = run(tree.path(), command);
            assert_named(&ended, command, &["undecided on arm64", why]);
        }
        let tree = Copy::new();
        tree.write(
            path,
            &format!("{}{}", tree.read(path), "# x\n".repeat(100_000)),
        );
        let command = [*command, &["--max", "file-size=256K"]].concat();
        let ended = run(tree.path(), &command);
        assert_named(&ended, &command, &["undecided on arm64", "`file-size`"]);
    }
}

/// A name that is found nowhere may be in what could not be read.
#[test]
fn explain_names_what_it_could_not_read() {
    let fifo = |tree: &Copy, path: &str| {
        let path = tree.path().join(path);
        fs::remove_file(&path).unwrap();
        let made = std::process::Command::new("mkfifo").arg(&path).status();
        assert!(made.unwrap().success());
    };
    let tree = Copy::new();
    fifo(&tree, "mm/Kconfig");
    for name in ["ARM64", "lazy_mmu", "NOWHERE", "CONFIG_NOWHERE"] {
        let command = ["explain", name, "--arch", "arm64"];
        let ended = run(tree.path(), &command);
        assert_named(&ended, &command, &["undecided on arm64", "`mm/Kconfig`"]);
    }
    let tree = Copy::new();
    fifo(
        &tree,
        "Documentation/features/core/idle-poll/arch-support.txt",
    );
    let command = ["explain", "idle-poll"];
    let named = ["cannot judge a table", "not a regular file"];
    assert_named(&run(tree.path(), &command), &command, &named);
}
