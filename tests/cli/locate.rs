//! Which directory is the tree.

use std::path::Path;

use super::program::{Copy, Ended, kfeat, mini, on};

const CHECK: [&str; 3] = ["check", "--format", "json"];

/// The architectures that a run spoke of, which tell the trees of these tests apart.
fn archs(ended: &Ended) -> Vec<String> {
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    report["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| verdict["arch"].as_str().unwrap().to_owned())
        .collect()
}

/// A tree that has one architecture only.
fn only(arch: &str) -> Copy {
    let tree = Copy::new();
    for other in ["arm64", "powerpc", "riscv", "s390", "sparc", "um", "x86"] {
        if other != arch {
            tree.remove(&format!("arch/{other}"));
        }
    }
    tree
}

#[test]
fn the_option_wins_over_the_variable_over_the_tree_around_over_linux() {
    let (option, variable, around) = (only("arm64"), only("sparc"), only("s390"));
    let deep = around.path().join("arch/s390/include/asm");
    let run = kfeat(CHECK)
        .inside(&deep)
        .with("KFEAT_TREE", variable.path());
    let mut command = run.command();
    command.arg("-C").arg(option.path());
    let output = command.output().unwrap();
    let ended = Ended {
        code: 0,
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::new(),
    };
    assert_eq!(archs(&ended), ["arm64"]);

    let run = kfeat(CHECK)
        .inside(&deep)
        .with("KFEAT_TREE", variable.path());
    assert_eq!(archs(&run.exits(0)), ["sparc"]);

    // An empty variable is as good as none.
    let run = kfeat(CHECK).inside(&deep).with("KFEAT_TREE", "");
    assert_eq!(archs(&run.exits(0)), ["s390"]);

    let outside = tempfile::tempdir().unwrap();
    let submodule = outside.path().join("linux");
    std::fs::rename(only("riscv").path(), &submodule).unwrap();
    assert_eq!(
        archs(&kfeat(CHECK).inside(outside.path()).exits(0)),
        ["riscv"]
    );
}

#[test]
fn without_a_tree_all_four_ways_are_named() {
    let nowhere = tempfile::tempdir().unwrap();
    std::fs::create_dir(nowhere.path().join("linux")).unwrap();
    kfeat(["check"]).inside(nowhere.path()).refuses(&[
        "no kernel tree",
        "-C DIR",
        "$KFEAT_TREE",
        "current directory",
        "linux/",
    ]);
}

#[test]
fn a_tree_that_is_named_and_is_none_is_refused() {
    let empty = tempfile::tempdir().unwrap();
    let hint = "hint: name the top directory of a kernel tree";
    on(empty.path(), ["check"]).refuses(&["`-C`", "it has no `Kconfig`", hint]);
    on(Path::new("/nonexistent/tree"), ["check"]).refuses(&["/nonexistent/tree", hint]);
    on(&mini().join("Kconfig"), ["check"]).refuses(&["Kconfig", hint]);
    // It is not replaced by another tree in silence.
    kfeat(["check"])
        .inside(&mini())
        .with("KFEAT_TREE", empty.path())
        .refuses(&["$KFEAT_TREE", "it has no `Kconfig`", hint]);
    let tree = Copy::new();
    tree.remove("Makefile");
    on(tree.path(), ["check"]).refuses(&["it has no `Makefile`"]);
}

#[test]
fn a_tree_without_architectures_is_refused() {
    let tree = only("none");
    on(tree.path(), ["check"]).refuses(&["no architecture"]);
}
