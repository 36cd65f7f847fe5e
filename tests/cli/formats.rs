//! The output formats of findings, on a tree that has some.

use super::program::{Copy, mini, on};

const MARKER: &str = "retired-marker-define";

#[test]
fn every_format_tells_of_the_finding_and_exits_with_1() {
    let tree = Copy::variant(MARKER);
    for (format, words) in [
        ("jsonl", "{\"kind\":\"finding\",\"lint\":\"retired-marker\""),
        ("sarif", "\"ruleId\": \"retired-marker\""),
        ("junit", "type=\"retired-marker\""),
        ("github", "title=kfeat%3A retired-marker::"),
        ("gitlab", "\"check_name\": \"retired-marker\""),
        ("checkpatch", "ERROR:RETIRED_MARKER: "),
        ("nipa", ": error: retired-marker: "),
    ] {
        let ended = on(tree.path(), ["check", "--format", format]).exits(1);
        assert!(ended.out.contains(words), "{format}: {}", ended.out);
        assert_eq!(ended.err, "", "{format}");
        let clean = on(&mini(), ["check", "--format", format]).exits(0);
        assert!(!clean.out.contains("retired-marker"), "{format}");
        assert_eq!(clean.err, "", "{format}");
    }
}

#[test]
fn terse_checkpatch_is_silent_on_a_clean_tree() {
    let terse = ["check", "--format", "checkpatch", "--terse", "--showfile"];
    assert_eq!(on(&mini(), terse).exits(0).out, "");
    let tree = Copy::variant(MARKER);
    let ended = on(tree.path(), terse).exits(1);
    assert_eq!(ended.out.lines().count(), 1);
    assert!(ended.out.starts_with("arch/"), "{}", ended.out);
    on(&mini(), ["check", "--terse"]).refuses(&["--format checkpatch"]);
}

#[cfg(unix)]
#[test]
fn nipa_gets_a_line_at_the_file_descriptor_that_it_names() {
    let tree = Copy::variant(MARKER);
    let described = tempfile::NamedTempFile::new().unwrap();
    // A shell opens the descriptor, as the scripts of that CI do.
    let status = std::process::Command::new("sh")
        .args([
            "-c",
            "DESC_FD=7 \"$0\" -C \"$1\" check --format nipa 7>\"$2\"",
        ])
        .arg(env!("CARGO_BIN_EXE_kfeat"))
        .env("XDG_CACHE_HOME", "/dev/null")
        .args([tree.path(), described.path()])
        .output()
        .unwrap()
        .status;
    assert_eq!(status.code(), Some(1));
    let line = std::fs::read_to_string(described.path()).unwrap();
    assert_eq!(line, "1 errors, 0 warnings\n");
    on(&mini(), ["check", "--format", "nipa"])
        .with("DESC_FD", "x")
        .refuses(&["DESC_FD", "`x`"]);
}
