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
fn what_cover_says_of_a_tree_is_harmless() {
    const HIDDEN: &str = "\u{202e}\u{7f}\u{1b}[31m";
    const PATH: &str = "mm/a\n::error::\u{1b}[31mb.c";
    let tree = Copy::new();
    let before = tree.read("mm/memory.c");
    let count = before.lines().count();
    tree.write(
        "mm/memory.c",
        &format!(
            "{before}#if 0 // {HIDDEN}\nint a;\n#endif\n#ifdef X // {HIDDEN}\nint b;\n#endif\n"
        ),
    );
    tree.write(PATH, "int a;\n");
    let line = format!("mm/memory.c:{}-{}", count + 1, count + 6);
    for format in ["human", "json"] {
        let arguments = ["cover", "--verbose", "--format", format, &line, PATH];
        let ended = limited::run(on(tree.path(), arguments), SECONDS);
        let bad = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        let found: Vec<char> = ended.out.chars().filter(|&c| bad(c)).collect();
        assert!(found.is_empty(), "{format}: {found:?} in {}", ended.out);
        assert!(!ended.out.contains("\n::error"), "{format}: {}", ended.out);
        assert!(ended.out.contains("memory.c"), "{format}: {}", ended.out);
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

#[test]
fn no_error_and_no_warning_steers_a_terminal() {
    const RED: &str = "\u{1b}[31mX";
    let tree = Copy::new();
    std::os::unix::fs::symlink("/", tree.path().join("mm").join(RED)).unwrap();
    tree.write("fragment", &format!("{RED}\nCONFIG_{RED}=y\n"));
    tree.write(
        "patch",
        &format!("--- a/mm/{RED}\n+++ b/mm/{RED}\n@@ -1 +1 @@\n-{RED}\n+{RED}\n"),
    );
    tree.write("own.yaml", &format!("name: \"{RED}\"\n{RED}: 1\n"));
    let (fragment, patch) = (tree.path().join("fragment"), tree.path().join("patch"));
    let (fragment, patch) = (fragment.to_str().unwrap(), patch.to_str().unwrap());
    let spec = tree.path().join("own.yaml");
    for arguments in [
        &["check", "--no-cache"][..],
        &["check", "--patch", patch],
        &["check", "--spec", spec.to_str().unwrap()],
        &["check", "--rev", RED],
        &["explain", RED],
        &[
            "config",
            "alldefconfig",
            "--arch",
            "arm64",
            "--fragment",
            fragment,
        ],
        &["matrix", "--feature", RED],
    ] {
        let all = [&["--color", "always"], arguments].concat();
        let ended = on(tree.path(), all).run();
        assert!(!ended.err.is_empty(), "{arguments:?}");
        assert!(!ended.err.contains(RED), "{arguments:?}: {:?}", ended.err);
    }
}
