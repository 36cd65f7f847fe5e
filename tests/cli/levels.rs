//! Which lints are reported, and at which level: `--select`, `--ignore`, `--warn`, `--deny`, and configuration files.

use super::program::{Copy, on};

/// A define of a retired marker: an error.
const ERROR: &str = "retired-marker-define";

/// The findings of a command as `level lint`, sorted, and the exit code.
fn told(tree: &Copy, arguments: &[&str]) -> (Vec<String>, i32) {
    let run = on(tree.path(), [arguments, &["--format", "concise"]].concat()).run();
    assert!(run.code < 2, "{}", run.err);
    let mut found: Vec<String> = run
        .out
        .lines()
        .map(|line| {
            let parts: Vec<&str> = line.splitn(4, ": ").collect();
            format!("{} {}", parts[1], parts[2])
        })
        .collect();
    found.sort();
    (found, run.code)
}

fn check(tree: &Copy, more: &[&str]) -> (Vec<String>, i32) {
    told(tree, &[&["check"], more].concat())
}

#[test]
fn options_set_levels_and_the_last_one_counts() {
    let tree = Copy::variant(ERROR);
    let marker = |level: &str| vec![format!("{level} retired-marker")];
    let none = Vec::<String>::new();
    assert_eq!(check(&tree, &[]), (marker("error"), 1));
    assert_eq!(
        check(&tree, &["--warn", "retired-marker"]),
        (marker("warning"), 0)
    );
    assert_eq!(
        check(&tree, &["--ignore", "retired-marker"]),
        (none.clone(), 0)
    );
    assert_eq!(check(&tree, &["--ignore", "feature"]), (none.clone(), 0));
    assert_eq!(
        check(&tree, &["--select", "unmet,stale-marker"]),
        (none.clone(), 0)
    );
    assert_eq!(check(&tree, &["--select", "feature"]), (marker("error"), 1));
    for (options, expected) in [
        (
            ["--ignore", "retired-marker", "--deny", "feature"],
            marker("error"),
        ),
        (
            ["--deny", "feature", "--ignore", "retired-marker"],
            none.clone(),
        ),
        (
            ["--deny", "all", "--warn", "retired-marker"],
            // The small tree has a symbol that nothing selects, and what only a strict reader objects to.
            [
                "error dead-symbol",
                "error redundant-condition",
                "error select-visible",
                "error select-visible",
                "warning retired-marker",
            ]
            .map(str::to_owned)
            .to_vec(),
        ),
        (
            ["--warn", "retired-marker", "--deny", "warnings"],
            marker("error"),
        ),
        (
            ["--deny", "warnings", "--warn", "retired-marker"],
            marker("warning"),
        ),
    ] {
        assert_eq!(check(&tree, &options).0, expected, "{options:?}");
    }
    // Anything that is kept from a run with other levels is not taken for the result.
    let cache = tempfile::tempdir().unwrap();
    let cache = cache.path().to_str().unwrap();
    for _ in 0..2 {
        assert_eq!(check(&tree, &["--cache-dir", cache]).1, 1);
        assert_eq!(check(&tree, &["--cache-dir", cache, "--warn", "all"]).1, 0);
    }
}

#[test]
fn a_lint_that_is_off_by_default_is_selected() {
    let tree = Copy::variant("unsorted-select-comment");
    assert_eq!(check(&tree, &[]).0, [""; 0]);
    for (options, level) in [
        (["--select", "unsorted-select"], "note"),
        (["--warn", "unsorted-select"], "warning"),
        (["--deny", "unsorted-select"], "error"),
    ] {
        let expected = vec![format!("{level} unsorted-select")];
        assert_eq!(check(&tree, &options).0, expected, "{options:?}");
    }
    let (pedantic, _) = check(&tree, &["--pedantic", "--ignore", "unsorted-select"]);
    let of_lint = pedantic
        .iter()
        .filter(|line| line.ends_with("unsorted-select"));
    assert_eq!(of_lint.count(), 0, "{pedantic:?}");
}

#[test]
fn lints_about_tables_have_levels_and_can_be_asked_for() {
    let tree = Copy::variant("table-rows-missing");
    let audit = |more: &[&str]| told(&tree, &[&["audit"], more].concat());
    let rows = |level: &str| vec![format!("{level} table-rows")];
    assert_eq!(audit(&[]), (rows("warning"), 0));
    assert_eq!(audit(&["--deny", "warnings"]), (rows("error"), 1));
    assert_eq!(audit(&["--ignore", "table"]).0, [""; 0]);
    assert_eq!(check(&tree, &[]).0, [""; 0]);
    assert_eq!(check(&tree, &["--select", "table"]), (rows("warning"), 0));
    assert_eq!(check(&tree, &["--deny", "table-rows"]), (rows("error"), 1));
}

#[test]
fn unknown_names_get_the_nearest_one() {
    let tree = Copy::new();
    for (option, name, nearest) in [
        ("--select", "STALE_MARKER", "`stale-marker`"),
        ("--ignore", "kconfg", "`kconfig`"),
        ("--warn", "hook-without-selct", "`hook-without-select`"),
        ("--deny", "warning", "`warnings`"),
    ] {
        for command in ["check", "audit"] {
            on(tree.path(), [command, option, name]).refuses(&[
                option,
                name,
                "did you mean",
                nearest,
            ]);
        }
    }
    on(tree.path(), ["lint", "explain", "STALE_MARKER"]).refuses(&["`stale-marker`"]);
}

#[test]
fn configuration_files_say_the_same_and_options_override_them() {
    let tree = Copy::variant(ERROR);
    tree.write("kfeat.yaml", "warn: [retired-marker]\n");
    assert_eq!(
        check(&tree, &[]),
        (vec!["warning retired-marker".to_owned()], 0)
    );
    assert_eq!(check(&tree, &["--deny", "warnings"]).1, 1);
    assert_eq!(check(&tree, &["--ignore", "feature"]).0, [""; 0]);
    // One that stands elsewhere replaces it.
    let elsewhere = tempfile::tempdir().unwrap();
    let file = elsewhere.path().join("levels.yaml");
    std::fs::write(&file, "ignore: [feature]\nsuppress: []\n").unwrap();
    let file = file.to_str().unwrap();
    assert_eq!(check(&tree, &["--config-file", file]).0, [""; 0]);
    assert_eq!(
        check(&tree, &["--config-file", file, "--deny", "retired-marker"]).1,
        1
    );
    assert_eq!(check(&tree, &["--config-file", "/dev/null"]).1, 1);
    on(tree.path(), ["check", "--config-file", "/nowhere"]).refuses(&["/nowhere"]);
    std::fs::write(file, "deny:\n  - warnings\n  - STALE_MARKER\n").unwrap();
    on(tree.path(), ["check", "--config-file", file])
        .refuses(&["levels.yaml:3:5: ", "did you mean `stale-marker`?"]);
    std::fs::write(file, "denny: []\n").unwrap();
    on(tree.path(), ["audit", "--config-file", file]).refuses(&["unknown field `denny`"]);
}

#[test]
fn the_configuration_of_a_user_is_for_all_trees() {
    let tree = Copy::variant(ERROR);
    let home = tempfile::tempdir().unwrap();
    let directory = home.path().join("kfeat");
    std::fs::create_dir(&directory).unwrap();
    let entry = "suppress:\n  - {lint: retired-marker, arch: arm64, reason: mine}\n";
    std::fs::write(directory.join("kfeat.yaml"), entry).unwrap();
    let run = |tree: &Copy, more: &[&str]| {
        let arguments = [&["check", "--format", "concise"], more].concat();
        let program = on(tree.path(), arguments).with("XDG_CONFIG_HOME", home.path());
        program.run().out
    };
    assert_eq!(run(&tree, &[]), "");
    // An entry that fits nothing in this tree may fit something in another one.
    assert_eq!(run(&Copy::new(), &[]), "");
    assert!(run(&tree, &["--config-file", "/dev/null"]).contains("retired-marker"));
    // The tree's own file is on top of it.
    std::fs::write(directory.join("kfeat.yaml"), "ignore: [retired-marker]\n").unwrap();
    assert_eq!(run(&tree, &[]), "");
    tree.write("kfeat.yaml", "warn: [retired-marker]\n");
    assert!(run(&tree, &[]).contains(": warning: retired-marker"));
}

/// Handles what a select that never acts does is what no select does.
#[test]
fn the_level_follows_from_the_effect() {
    let tree = Copy::variant("proof-select-never");
    assert_eq!(
        check(&tree, &[]),
        (vec!["error select-never".to_owned()], 1)
    );
}
