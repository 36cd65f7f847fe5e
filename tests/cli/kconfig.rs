//! What `check` finds in Kconfig files without a feature: what `conf` refuses in every run, and proofs about all lines on request.

use super::git::Repository;
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
fn fixes_are_mails_that_git_takes() {
    let repository = Repository::new();
    let text = repository.tree.read("mm/Kconfig");
    let second = UNMET.replace("MINE", "YOURS");
    let text = format!("{text}\n{UNMET}\n{second}");
    repository.tree.write("mm/Kconfig", &text);
    repository.commit("two holes");
    let mail = ["check", "--select", "unmet", "--fix", "--mail"];
    let from = ["--from", "A. B <a@example.org>"];
    let ended = on(repository.path(), [&mail[..], &from].concat()).exits(1);
    for part in [
        "From: \"A. B\" <a@example.org>\n",
        "Subject: [PATCH 1/2] mm: add depends on MINE_D to MINE_A\n",
        "Subject: [PATCH 2/2] mm: add depends on YOURS_D to YOURS_A\n",
        "CONFIG_MINE_A=y\n",
    ] {
        assert!(ended.out.contains(part), "no {part:?} in\n{}", ended.out);
    }
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("fixes.mbox");
    std::fs::write(&file, &ended.out).unwrap();
    repository.git(&["am", "-q", file.to_str().unwrap()]);
    on(repository.path(), ["check", "--select", "unmet"]).exits(0);
    on(repository.path(), ["check", "--mail"]).refuses(&["--fix"]);
    let bad = ["check", "--fix", "--mail", "--from", "nobody"];
    on(repository.path(), bad).refuses(&["`nobody`"]);
}

#[test]
fn conditions_and_names_are_proved_on_request() {
    let tree = with(
        "config MINE_A\n\tbool \"a\"\n\tdepends on MMU\n\tselect MINE_B if MMU\n\nconfig MINE_B\n\tbool\n",
    );
    let text = tree.read("lib/Makefile");
    tree.write(
        "lib/Makefile",
        &format!("{text}obj-$(CONFIG_MINE_C) += c.o\n"),
    );
    let found = |group: &str| {
        let arguments = ["check", "--select", group, "--format", "concise"];
        on(tree.path(), arguments).run().out
    };
    assert!(!found("names").contains("MINE"));
    for group in ["dead", "kconfig"] {
        let out = found(group);
        assert!(
            out.contains("constant-condition: the condition `MMU`"),
            "{out}"
        );
        assert!(!out.contains("MINE_C"), "{out}");
    }
    let out = found("config-names");
    assert!(
        out.contains("lib/Makefile:3") && out.contains("`CONFIG_MINE_C`"),
        "{out}"
    );
    let out = found("kconfig-style");
    assert!(!out.contains("MINE"), "{out}");
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
            "belongs to a choice, but has a default",
        ),
        (
            "choice\n\tbool \"c\"\n\nconfig MINE_A\n\tbool \"a\"\n\nendchoice\n",
            "a choice with a type: rejected by `conf` since 6.18",
        ),
    ] {
        let tree = with(lines);
        let ended = on(tree.path(), ["check", "--format", "concise"]).exits(1);
        assert!(ended.out.contains(expected), "{expected}: {}", ended.out);
    }
}

#[test]
fn the_release_that_declared_a_name_last_is_told() {
    let repository = Repository::new();
    let tree = &repository.tree;
    let mm = tree.read("mm/Kconfig");
    let declare = |names: &[&str]| {
        let entries = names.iter().map(|name| format!("config {name}\n\tbool\n"));
        let user = "config USER\n\tdef_bool FIRST || SECOND || NEVER_THERE\n";
        tree.write(
            "mm/Kconfig",
            &format!("{mm}\n{}{user}", entries.collect::<String>()),
        );
        repository.commit("change");
    };
    declare(&["FIRST", "SECOND"]);
    repository.git(&["tag", "v6.9"]);
    declare(&["SECOND"]);
    repository.git(&["tag", "v6.10"]);
    declare(&[]);
    // None of the main line, and one that is newer than the tree.
    repository.git(&["tag", "v6.10.3"]);
    repository.git(&["tag", "v99.0"]);
    let ended = on(
        tree.path(),
        [
            "check",
            "--select",
            "names",
            "--no-cache",
            "--format",
            "json",
        ],
    )
    .exits(0);
    let shown: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let of = |name: &str| {
        let mut findings = shown["findings"].as_array().unwrap().iter();
        let finding = findings.find(|finding| finding["symbol"] == name).unwrap();
        finding["notes"].to_string()
    };
    let told = |tag: &str| format!("[\"the tag `{tag}` still declares it, in `mm/Kconfig`\"]");
    assert_eq!(of("FIRST"), told("v6.9"));
    assert_eq!(of("SECOND"), told("v6.10"));
    assert_eq!(of("NEVER_THERE"), "[]");
}
