//! Describes what cannot be read: nothing is concluded from it and nothing written, and the exit code says so.

use super::git::Repository;
use super::program::{Copy, on};

const TABLE: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";

/// How a file is made unreadable, also for root, and how `check` ends then: a fault of the tree is a finding.
type Way = (fn(&Copy, &str), i32);

/// A link that leads back to itself, and a file that is larger than what is read.
const WAYS: [Way; 2] = [
    (
        |tree, path| {
            tree.remove(path);
            let name = path.rsplit('/').next().unwrap();
            tree.link(path, name);
        },
        1,
    ),
    (
        |tree, path| {
            let file = std::fs::File::create(tree.path().join(path)).unwrap();
            file.set_len(1 << 30).unwrap();
        },
        2,
    ),
];

/// The root file of an architecture, and one that it sources.
const FILES: [&str; 2] = ["arch/sparc/Kconfig", "arch/sparc/Kconfig.debug"];

fn each(check: impl Fn(&Copy, &str, i32)) {
    for path in FILES {
        for (spoil, code) in WAYS {
            let tree = Copy::new();
            if !tree.path().join(path).exists() {
                let root = tree.read("arch/sparc/Kconfig");
                tree.write(
                    "arch/sparc/Kconfig",
                    &format!("{root}\nsource \"{path}\"\n"),
                );
                tree.write(path, "");
            }
            spoil(&tree, path);
            check(&tree, path, code);
        }
    }
}

#[test]
fn read_commands_show_the_rest_and_fail() {
    each(|tree, path, code| {
        for arguments in [
            &["audit", "--verbose"][..],
            &["matrix"],
            &["matrix", "--format", "json"],
            &["emit"],
            &["emit", "--all"],
            &["emit", "--check"],
            &["explain", "MMU"],
        ] {
            let ended = on(tree.path(), arguments).exits(2);
            assert!(
                ended.err.contains("undecided on sparc") && ended.err.contains(path),
                "{arguments:?}: {}",
                ended.err
            );
        }
        let json = on(tree.path(), ["check", "--format", "json"])
            .exits(code)
            .out;
        let report: serde_json::Value = serde_json::from_str(&json).unwrap();
        for verdict in report["verdicts"].as_array().unwrap() {
            let expected = match verdict["arch"].as_str().unwrap() {
                "sparc" => "undecided",
                "arm64" | "powerpc" | "x86" => "yes",
                _ => "no",
            };
            assert_eq!(verdict["supported"], expected, "{verdict}");
        }
        // Anything that is wrong elsewhere is still found, and nothing is said about the hooks of sparc.
        let lints: Vec<_> = report["findings"].as_array().unwrap().iter().collect();
        assert!(
            lints
                .iter()
                .all(|finding| finding["lint"] == "kconfig-source"),
            "{lints:?}"
        );
    });
}

#[test]
fn nothing_is_written() {
    each(|tree, path, _| {
        let text = tree.read(TABLE);
        // A row that would be corrected, and that of sparc, which would be lost.
        tree.write(TABLE, &text.replace("x86: |  ok  |", "x86: | TODO |"));
        let before = tree.picture();
        for arguments in [
            &["emit", "--write"][..],
            &["emit", "--all", "--write"],
            &["audit", "--fix", "--write"],
            &["check", "--fix", "--write"],
        ] {
            on(tree.path(), arguments).refuses(&["nothing is written", "sparc", path]);
            assert!(tree.picture() == before, "{arguments:?} {path}");
        }
        let out = tempfile::tempdir().unwrap();
        let mails = out.path().join("mails");
        let arguments = ["emit", "--all", "--format-patch", mails.to_str().unwrap()];
        on(tree.path(), arguments).refuses(&["nothing is written", path]);
        assert!(!mails.exists());
    });
}

#[test]
fn a_revision_may_lack_an_object() {
    let repository = Repository::new();
    let object = repository.git(&["rev-parse", "HEAD:arch/sparc/Kconfig"]);
    let (head, rest) = object.trim().split_at(2);
    let object = repository.path().join(".git/objects").join(head).join(rest);
    std::fs::remove_file(object).unwrap();
    for command in ["check", "audit", "matrix"] {
        let ended = on(repository.path(), [command, "--rev", "HEAD"]).exits(2);
        assert!(
            ended.err.contains("sparc") && ended.err.contains("arch/sparc/Kconfig"),
            "{command}: {}",
            ended.err
        );
    }
    let range = on(repository.path(), ["check", "--range", "HEAD~0..HEAD"]).run();
    assert_ne!(range.code, 1, "{}", range.err);
}
