//! What `check` finds in Kconfig files without a feature: what `conf` refuses in every run, and proofs about all lines on request.

use super::program::{Copy, on};

/// A copy of the small tree with more lines at the end of one of its Kconfig files.
fn with(lines: &str) -> Copy {
    let tree = Copy::new();
    let text = tree.read("mm/Kconfig");
    tree.write("mm/Kconfig", &format!("{text}\n{lines}"));
    tree
}

const UNMET: &str = "config MINE_D\n\tbool \"d\"\n\nconfig MINE_B\n\tbool\n\tdepends on MINE_D\n\nconfig MINE_A\n\tbool \"a\"\n\tselect MINE_B\n";

#[test]
fn every_select_is_proved_on_request() {
    let tree = with(UNMET);
    on(tree.path(), ["check"]).exits(0);
    let ended = on(
        tree.path(),
        ["check", "--select", "unmet", "--format", "concise"],
    )
    .exits(1);
    let line = ended.out.lines().next().unwrap_or_default();
    let expected =
        "error: unmet-dependency: `MINE_A` selects `MINE_B` without its dependency `MINE_D`";
    assert!(line.contains(expected), "{}", ended.out);
    let ended = on(tree.path(), ["check", "--select", "unmet"]).exits(1);
    assert!(ended.out.contains("CONFIG_MINE_A=y"), "{}", ended.out);
}

#[test]
fn a_proved_fix_closes_the_hole() {
    let tree = with(UNMET);
    let fix = ["check", "--select", "unmet", "--fix"];
    let ended = on(tree.path(), fix).exits(1);
    assert!(
        ended.out.contains("+\tdepends on MINE_D\n"),
        "{}",
        ended.out
    );
    on(tree.path(), [&fix[..], &["--write"]].concat()).exits(0);
    let again = on(
        tree.path(),
        ["check", "--select", "unmet", "--format", "concise"],
    )
    .exits(0);
    assert!(!again.out.contains("MINE_A"), "{}", again.out);
}

#[test]
fn what_conf_refuses_does_not_pass() {
    for (lines, expected) in [
        (
            "config MINE_A\n\tbool \"a\"\n\tdepends on MINE_B\n\nconfig MINE_B\n\tbool \"b\"\n\tselect MINE_A\n\tdepends on MINE_A\n",
            "depends on itself",
        ),
        (
            "if MMU\n\nconfig MINE_OLD\n\tbool\n\ttransitional\n\nendif\n",
            "`MINE_OLD` is transitional",
        ),
        (
            "choice\n\tprompt \"c\"\n\nconfig MINE_A\n\tbool \"a\"\n\tdefault y\n\nendchoice\n",
            "belongs to a choice and has a default",
        ),
        (
            "choice\n\tbool \"c\"\n\nconfig MINE_A\n\tbool \"a\"\n\nendchoice\n",
            "a choice with a type: `conf` refuses that since 6.18",
        ),
    ] {
        let tree = with(lines);
        let ended = on(tree.path(), ["check", "--format", "concise"]).exits(1);
        assert!(ended.out.contains(expected), "{expected}: {}", ended.out);
    }
}
