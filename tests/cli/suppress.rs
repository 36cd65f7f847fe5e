//! Suppressions: `kfeat.yaml` in the tree, `--suppressions`, and the list in a spec.

use super::git::Repository;
use super::program::{Copy, mini, on, package};

const MARKER: &str = "retired-marker-define";

const ENTRY: &str = "suppress:\n  - lint: retired-marker\n    arch: arm64\n    reason: >-\n      an old module of ours\n      needs it\n";

fn concise(tree: &Copy, more: &[&str], code: i32) -> String {
    on(
        tree.path(),
        [&["check", "--format", "concise"], more].concat(),
    )
    .exits(code)
    .out
}

#[test]
fn what_is_suppressed_is_counted_and_shown_to_programs() {
    let tree = Copy::variant(MARKER);
    assert!(concise(&tree, &[], 1).contains("retired-marker"));
    tree.write("kfeat.yaml", ENTRY);
    assert_eq!(concise(&tree, &[], 0), "");
    let shown = on(tree.path(), ["check"]).exits(0).out;
    assert!(shown.contains("no findings, 1 suppressed; "), "{shown}");
    let format = |format| on(tree.path(), ["check", "--format", format]).exits(0).out;
    let json: serde_json::Value = serde_json::from_str(&format("json")).unwrap();
    assert_eq!(json["findings"].as_array().unwrap().len(), 0);
    assert_eq!(json["suppressed"][0]["lint"], "retired-marker");
    assert_eq!(
        json["suppressed"][0]["suppression"],
        serde_json::json!({"reason": "an old module of ours needs it", "path": "kfeat.yaml", "line": 2, "column": 3})
    );
    assert!(format("jsonl").starts_with("{\"kind\":\"suppressed\",\"lint\":\"retired-marker\""));
    let sarif: serde_json::Value = serde_json::from_str(&format("sarif")).unwrap();
    let suppression = &sarif["runs"][0]["results"][0]["suppressions"][0];
    assert_eq!(
        suppression["justification"],
        "an old module of ours needs it"
    );
    for other in ["junit", "github", "gitlab", "checkpatch", "nipa"] {
        assert!(!format(other).contains("retired-marker"), "{other}");
    }
    // Anything that is suppressed is not fixed either.
    assert_eq!(on(tree.path(), ["check", "--fix"]).exits(0).out, "");
    // A file that is named stands in the place of the tree's own.
    assert!(concise(&tree, &["--suppressions", "/dev/null"], 1).contains("retired-marker"));
}

#[test]
fn one_that_suppresses_nothing_is_a_finding_where_it_is_looked_for() {
    let tree = Copy::new();
    tree.write("kfeat.yaml", ENTRY);
    assert_eq!(
        concise(&tree, &[], 0),
        "kfeat.yaml:2:3: warning: unused-suppression: this suppression has no effect: it matches no `retired-marker` [arm64]\n"
    );
    assert_eq!(concise(&tree, &["--arch", "x86"], 0), "");
    let audit = ["audit", "--format", "concise"];
    assert_eq!(on(tree.path(), audit).exits(0).out, "");
    // An architecture that is misspelt is one that nothing is found on, whatever is looked for.
    for lint in ["retired-marker", "stale-marker"] {
        let entry = ENTRY
            .replace("retired-marker", lint)
            .replace("arm64", "amr64");
        tree.write("kfeat.yaml", &entry);
        let shown = on(tree.path(), ["check"]).exits(0).out;
        assert!(
            shown.contains("the tree has no architecture `amr64`; the nearest name is `arm64`"),
            "{shown}"
        );
        assert_eq!(on(tree.path(), audit).exits(0).out, "");
    }
    // Markers of the whole tree are only looked for with `--feature all`.
    tree.write(
        "kfeat.yaml",
        "suppress:\n  - lint: stale-marker\n    symbol: ARCH_HAS_NOTHING\n    reason: why\n",
    );
    assert_eq!(concise(&tree, &[], 0), "");
    assert_eq!(
        concise(&tree, &["--feature", "all"], 0)
            .matches("unused-suppression")
            .count(),
        1
    );
}

#[test]
fn a_spec_suppresses_findings_about_its_feature() {
    let tree = Copy::variant(MARKER);
    let spec = std::fs::read_to_string(package("features/lazy_mmu.yaml")).unwrap();
    let file = tree.path().join("my.yaml");
    let file = file.to_str().unwrap();
    tree.write("my.yaml", &spec);
    assert!(concise(&tree, &["--spec", file], 1).contains("retired-marker"));
    tree.write("my.yaml", &format!("{spec}{ENTRY}"));
    assert_eq!(concise(&tree, &["--spec", file], 0), "");
    tree.write(
        "my.yaml",
        &format!("{spec}suppress: [{{lint: nothing, reason: why}}]\n"),
    );
    on(tree.path(), ["check", "--spec", file])
        .refuses(&["my.yaml:", "no lint is called `nothing`"]);
}

#[test]
fn tables_are_suppressed_for_audit() {
    let tree = Copy::variant("table-claims-support-comment");
    let audit = |code| on(tree.path(), ["audit"]).exits(code).out;
    audit(1);
    tree.write(
        "kfeat.yaml",
        "suppress:\n  - lint: table-claims-support\n    reason: the next series selects it\n",
    );
    let shown = audit(0);
    assert!(shown.contains("no findings, 1 suppressed\n"), "{shown}");
    assert_eq!(concise(&tree, &[], 0), "");
}

#[test]
fn each_commit_has_the_suppressions_of_its_tree() {
    let repository = Repository::new();
    let tree = &repository.tree;
    let header = "arch/x86/include/asm/pgtable.h";
    let text = tree.read(header);
    let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
    let marker = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE";
    tree.write(header, &format!("{head}\n{marker}\n{last}\n"));
    repository.commit("x86: a marker");
    tree.write("kfeat.yaml", &ENTRY.replace("arm64", "x86"));
    repository.commit("kfeat: excuse it");
    tree.write(header, &text);
    repository.commit("x86: no marker");
    let range = |range: &str, code| {
        on(repository.path(), ["check", "--range", range])
            .exits(code)
            .out
    };
    let json = |range: &str| -> serde_json::Value {
        let out = on(
            repository.path(),
            ["check", "--format", "json", "--range", range],
        );
        serde_json::from_str(&out.run().out).unwrap()
    };
    let whole = range("base..main", 0);
    assert!(whole.contains("unused-suppression"), "{whole}");
    // An entry repairs nothing, and it is not called so.
    assert!(
        !whole.contains("retired-marker`:") && !whole.contains("1 suppressed"),
        "{whole}"
    );
    let formats = [
        "concise",
        "checkpatch",
        "github",
        "sarif",
        "junit",
        "gitlab",
        "nipa",
        "mail",
        "json",
    ];
    for format in formats {
        let arguments = ["check", "--range", "base..main~1", "--format", format];
        let out = on(repository.path(), arguments).exits(1).out;
        let said = match format {
            "json" => "\"suppressed\": 2,",
            "mail" => "suppresses this instead of fixing it",
            _ => "suppressed, not fixed, from 2/2 on",
        };
        let out = out.replace("\n", " ");
        assert!(
            out.contains(said) && !out.contains("bisection"),
            "{format}: {out}"
        );
    }
    let left = json("base..main~1");
    assert_eq!(
        left["findings"][0]["episode"]["until"],
        serde_json::Value::Null
    );
    assert_eq!(left["suppressed"].as_array().unwrap().len(), 0);
    // To excuse what was there is no new finding, and fixes none.
    let excused = json("main~2..main~1");
    assert_eq!(excused["findings"].as_array().unwrap().len(), 0);
    assert_eq!(excused["series"]["fixed"].as_array().unwrap().len(), 0);
    let suppressed = excused["suppressed"].as_array().unwrap();
    assert_eq!(suppressed.len(), 1);
    assert_eq!(
        suppressed[0]["episode"],
        serde_json::json!({"status": "known", "since": null, "until": null, "suppressed": 1, "tree": 1})
    );
    // To fix it leaves the entry behind.
    let fixed = range("main~1..main", 0);
    assert!(
        fixed.contains("unused-suppression") && fixed.contains("since 1/1: "),
        "{fixed}"
    );
    // The file as a patch leaves it counts, too.
    let patch = repository.git(&["diff", "base", "main~1"]);
    std::fs::write(repository.path().join("x.patch"), patch).unwrap();
    let file = repository.path().join("x.patch");
    let patched = ["check", "--rev", "base", "--patch", file.to_str().unwrap()];
    let shown = on(repository.path(), patched).exits(0).out;
    assert!(shown.contains("no new findings, 1 suppressed"), "{shown}");
}

#[test]
fn mistakes_are_refused_with_their_place() {
    let tree = Copy::new();
    let refuses = |text: &str, parts: &[&str]| {
        tree.write("kfeat.yaml", text);
        on(tree.path(), ["check"]).refuses(parts);
        on(tree.path(), ["audit"]).refuses(parts);
    };
    refuses(
        "suppress:\n  - lint: retired-marker\n",
        &["kfeat.yaml:2:5: suppress[0]: missing field `reason`"],
    );
    refuses(
        "suppress:\n  - lint: retired-markers\n    reason: x\n",
        &[
            "kfeat.yaml:2:3: no lint is called `retired-markers`; the nearest name is `retired-marker`",
        ],
    );
    refuses("suppress:\n\t- x\n", &["kfeat.yaml:2:"]);
    refuses(
        "suppress:\n  - lint: unused-suppression\n    reason: x\n",
        &["cannot be suppressed"],
    );
    let missing = ["check", "--suppressions", "/nonexistent"];
    on(&mini(), missing).refuses(&["cannot read the file of suppressions `/nonexistent`"]);
}
