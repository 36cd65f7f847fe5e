//! Describes what is written for programs: cells of a spreadsheet, documents, and files that must not be overwritten.

use std::fs;

use crate::limited;
use crate::program::{Copy, on};

const SECONDS: u64 = 120;

#[test]
fn documents_hide_no_character() {
    let tree = Copy::new();
    let before = tree.read("arch/arm64/Kconfig");
    // The text of a finding has it: nothing declares the symbol that is selected, and the syntax is wrong.
    let hidden = "\u{202e}\u{7f}\u{1b}[31m";
    tree.write(
        "arch/arm64/Kconfig",
        &format!("{before}\nconfig WRONG\n\tbool \"a\"\n\tnonsense {hidden}\n"),
    );
    for format in ["json", "jsonl", "sarif", "gitlab", "junit", "github"] {
        let arguments = [
            "check",
            "--no-cache",
            "--feature",
            "all",
            "--format",
            format,
        ];
        let ended = limited::run(on(tree.path(), arguments), SECONDS);
        assert!(ended.out.contains("nonsense"), "{format}: {}", ended.out);
        let bad = |c: char| {
            c != '\n'
                && c != '\r'
                && c != '\t'
                && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))
        };
        let found: Vec<char> = ended.out.chars().filter(|&c| bad(c)).collect();
        assert!(found.is_empty(), "{format}: {found:?}");
    }
}

#[test]
fn what_is_not_a_baseline_is_not_overwritten() {
    let tree = Copy::new();
    let path = tree.path().join("mm/Kconfig");
    let before = fs::read(&path).unwrap();
    let write = |path: &std::path::Path| {
        limited::run(
            on(
                tree.path(),
                [
                    "check",
                    "--no-cache",
                    "--write-baseline",
                    path.to_str().unwrap(),
                ],
            ),
            SECONDS,
        )
    };
    let ended = write(&path);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("not a baseline"), "{}", ended.err);
    assert_eq!(fs::read(&path).unwrap(), before);
    let own = tempfile::tempdir().unwrap();
    let baseline = own.path().join("baseline.json");
    for _ in 0..2 {
        assert_ne!(write(&baseline).code, 2);
    }
    assert_eq!(fs::read_dir(own.path()).unwrap().count(), 1);
}
