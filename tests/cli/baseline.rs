//! `--write-baseline` and `--baseline`: known findings without git.

use super::git::Repository;
use super::program::{Copy, mini, on};

const KCONFIG: &str = "arch/arm64/Kconfig";

/// A tree with a misspelt select on arm64, and its baseline.
fn tree() -> (Copy, String) {
    let tree = Copy::variant("select-undeclared-misspelt");
    let file = tree.path().join("known.json").to_str().unwrap().to_owned();
    let ended = on(tree.path(), ["check", "--write-baseline", &file]).exits(0);
    assert_eq!(ended.out, "");
    assert!(
        ended.err.contains("kfeat: wrote 1 finding to ") && ended.err.contains("known.json"),
        "{}",
        ended.err
    );
    (tree, file)
}

/// Checks with the baseline, and returns the lines of `concise`.
fn with(tree: &Copy, file: &str, more: &[&str], code: i32) -> Vec<String> {
    let arguments = ["check", "--format", "concise", "--baseline", file];
    let out = on(tree.path(), [&arguments, more].concat()).exits(code).out;
    out.lines().map(str::to_owned).collect()
}

#[test]
fn what_was_written_down_is_known_and_what_comes_is_new() {
    let (tree, file) = tree();
    assert_eq!(
        tree.read("known.json"),
        "{\n\"kind\": \"kfeat baseline\",\n\"schema\": \"1.0\",\n\"findings\": [\n\
         {\"file\":\"arch/arm64/Kconfig\",\"lint\":\"select-undeclared\",\"feature\":\"lazy_mmu\",\"symbol\":\"ARCH_HAS_LAZY_MMU_MODE\",\
         \"archs\":[\"arm64\"],\"count\":1,\"text\":\"select ARCH_HAS_LAZY_MMU_MODES\"}\n]\n}\n"
    );
    assert_eq!(with(&tree, &file, &[], 0), [""; 0]);
    // Neither lines before it nor its white space matter.
    let text = tree.read(KCONFIG);
    tree.write(
        KCONFIG,
        &format!(
            "# a line\n{}",
            text.replace("select ARCH_HAS_L", "select  ARCH_HAS_L")
        ),
    );
    assert_eq!(with(&tree, &file, &[], 0), [""; 0]);
    let shown = on(tree.path(), ["check", "--baseline", &file]).exits(0).out;
    assert!(
        shown.contains("no new findings, 1 in the baseline; "),
        "{shown}"
    );
    let all = with(&tree, &file, &["--all-findings"], 1);
    assert!(
        all[0].ends_with("[arm64] (this finding is not new)"),
        "{all:?}"
    );
    // The same line once more is one more finding.
    tree.write(
        KCONFIG,
        &text.replace(
            "\tselect ARCH_HAS_LAZY_MMU_MODES\n",
            "\tselect ARCH_HAS_LAZY_MMU_MODES\n\tselect ARCH_HAS_LAZY_MMU_MODES\n",
        ),
    );
    assert_eq!(with(&tree, &file, &[], 1).len(), 1);
    let sparc = tree.read("arch/sparc/Kconfig");
    tree.write(KCONFIG, &text);
    tree.write(
        "arch/sparc/Kconfig",
        &sparc.replace("LAZY_MMU_MODE", "LAZY_MMU_MOD"),
    );
    let new = with(&tree, &file, &[], 1);
    assert!(
        new.len() == 1 && new[0].starts_with("arch/sparc/Kconfig:"),
        "{new:?}"
    );
}

#[test]
fn an_entry_that_matches_nothing_is_reported_where_it_would_be_found() {
    let (tree, file) = tree();
    let text = tree.read(KCONFIG);
    tree.write(KCONFIG, &text.replace("LAZY_MMU_MODES", "LAZY_MMU_MODE"));
    assert_eq!(
        with(&tree, &file, &[], 0),
        [
            "known.json:5:1: warning: unused-baseline-entry: `select-undeclared` is no longer reported for `ARCH_HAS_LAZY_MMU_MODE` [arm64]"
        ]
    );
    let shown = on(tree.path(), ["check", "--baseline", &file]).exits(0).out;
    assert!(
        shown.contains("known.json:5:1") && shown.contains("it was in arch/arm64/Kconfig: "),
        "{shown}"
    );
    assert!(shown.contains("1 warning; "), "{shown}");
    let json = on(
        tree.path(),
        ["check", "--baseline", &file, "--format", "json"],
    )
    .exits(0)
    .out;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    assert_eq!(
        json["baseline"],
        serde_json::json!({"known": 0, "unused": 1})
    );
    assert_eq!(with(&tree, &file, &["--arch", "sparc"], 0), [""; 0]);
    assert_eq!(with(&tree, &file, &["--arch", "arm64"], 0).len(), 1);
    let audit = on(
        tree.path(),
        ["audit", "--baseline", &file, "--format", "concise"],
    );
    assert_eq!(audit.exits(0).out, "");
}

#[test]
fn audit_has_baselines_of_its_own() {
    let tree = Copy::variant("table-claims-support-comment");
    let file = tree.path().join("known.json");
    let file = file.to_str().unwrap();
    let audit = |more: &[&str], code| {
        let arguments = [&["audit", "--format", "concise"], more].concat();
        on(tree.path(), arguments).exits(code).out
    };
    let before = audit(&[], 1);
    assert_eq!(audit(&["--write-baseline", file], 0), "");
    assert_eq!(audit(&["--baseline", file], 0), "");
    let all = audit(&["--baseline", file, "--all-findings"], 1);
    assert_eq!(all.lines().count(), before.lines().count());
    assert_eq!(with(&tree, file, &[], 0), [""; 0]);
    on(tree.path(), ["audit", "--all-findings"]).refuses(&["--baseline"]);
}

#[test]
fn a_change_is_measured_against_what_was_there_first() {
    let repository = Repository::new();
    let known = repository.path().join("known.json");
    let known = known.to_str().unwrap();
    let kconfig = repository.tree.read(KCONFIG);
    let right = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    let wrong = "\tselect ARCH_HAS_LAZY_MMU_MODES\n";
    assert!(kconfig.contains(right));
    repository
        .tree
        .write(KCONFIG, &kconfig.replace(right, wrong));
    repository.commit("arm64: a slip of the pen");
    let write = ["check", "--rev", "HEAD", "--write-baseline", known];
    on(repository.path(), write).exits(0);
    let range = |range: &str, code| with(&repository.tree, known, &["--range", range], code);
    assert_eq!(range("base..HEAD", 0), [""; 0]);
    let all = with(
        &repository.tree,
        known,
        &["--range", "base..HEAD", "--all-findings"],
        1,
    );
    assert!(all[0].contains("(in the baseline, since 1/1: "), "{all:?}");
    // The entry is used up by what was there before.
    repository
        .tree
        .write(KCONFIG, &kconfig.replace(right, &wrong.repeat(2)));
    repository.commit("arm64: the same slip");
    assert_eq!(range("HEAD~..HEAD", 1).len(), 1);
    // Who fixes it need not touch the baseline at once, but the next run says so.
    repository.tree.write(KCONFIG, &kconfig);
    repository.commit("arm64: fix it");
    assert_eq!(range("HEAD~..HEAD", 0), [""; 0]);
    assert_eq!(
        with(&repository.tree, known, &["--rev", "HEAD"], 0).len(),
        1
    );
}

#[test]
fn a_file_that_is_no_baseline_is_refused_with_its_place() {
    let (tree, file) = tree();
    let good = tree.read("known.json");
    let refuses = |text: &str, parts: &[&str]| {
        tree.write("known.json", text);
        on(tree.path(), ["check", "--baseline", &file]).refuses(parts);
    };
    refuses("", &["known.json:1:1: "]);
    refuses("{}\n", &["known.json:1:1: this is not a baseline"]);
    refuses(&good[..good.len() / 2], &["known.json:5:"]);
    refuses(
        &good.replace("\"1.0\"", "\"9.0\""),
        &["known.json:3:1: a newer kfeat wrote", "--write-baseline"],
    );
    refuses(
        &good.replace("\"count\":1", "\"count\":\"1\""),
        &["known.json:5:", "invalid type: string"],
    );
    on(&mini(), ["check", "--baseline", "/nonexistent"])
        .refuses(&["cannot read the baseline `/nonexistent`"]);
    on(&mini(), ["check", "--write-baseline", "/nonexistent/x"])
        .refuses(&["cannot write the baseline"]);
    let write = ["check", "--write-baseline", &file];
    on(tree.path(), [&write[..], &["--range", "a..b"]].concat())
        .refuses(&["--write-baseline", "--range"]);
    on(tree.path(), [&write[..], &["--baseline", &file]].concat()).refuses(&["--baseline"]);
    on(tree.path(), [&write[..], &["--fix"]].concat()).refuses(&["--fix"]);
}
