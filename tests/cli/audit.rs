//! The command `audit`, and `emit --all` that corrects what it finds.

use std::process::Command;

use super::program::{Copy, kfeat, mini, on};

const VMAP: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// The small tree with two wrong rows in one table.
fn wrong() -> Copy {
    let tree = Copy::new();
    let text = tree.read(VMAP);
    let text = text
        .replace("x86: |  ok  |", "x86: | TODO |")
        .replace("sparc: | TODO |", "sparc: |  ok  |");
    tree.write(VMAP, &text);
    tree
}

#[test]
fn tables_that_agree_are_clean() {
    let ended = on(&mini(), ["audit"]).exits(0);
    assert_eq!(
        ended.out,
        "no findings\n21 cells of 3 tables: 21 match Kconfig, 0 do not\n"
    );
    assert_eq!(ended.err, "");
    assert_eq!(
        on(&mini(), ["audit", "--format", "concise"]).exits(0).out,
        ""
    );
}

#[test]
fn a_wrong_row_is_shown_with_both_sides() {
    let tree = wrong();
    let ended = on(tree.path(), ["audit", "--format", "concise"]).exits(1);
    assert_eq!(
        ended.out,
        format!(
            "{VMAP}:13:23: error: table-claims-support: `huge-vmap` says `ok` for `sparc`, but no configuration turns \
             `HAVE_ARCH_HUGE_VMAP` on [sparc]\n\
             {VMAP}:15:22: error: table-denies-support: `huge-vmap` says `TODO` for `x86`, but `HAVE_ARCH_HUGE_VMAP` is on with \
             `X86_64` [x86]\n"
        )
    );
    let human = on(tree.path(), ["audit"]).exits(1).out;
    assert!(human.contains("arch/x86/Kconfig:14"), "{human}");
    assert!(human.contains("mm/Kconfig:8"), "{human}");
    assert!(
        human.ends_with("21 cells of 3 tables: 19 match Kconfig, 2 do not\n"),
        "{human}"
    );
}

#[test]
fn tables_and_architectures_can_be_chosen() {
    let tree = wrong();
    let lines = |arguments: &[&str]| {
        let all = ["audit", "--format", "concise"].iter().chain(arguments);
        on(tree.path(), all).run().out.lines().count()
    };
    assert_eq!(lines(&["--arch", "x86"]), 1);
    assert_eq!(lines(&["--arch", "arm64,um"]), 0);
    assert_eq!(lines(&["--feature", "huge-vmap"]), 2);
    assert_eq!(lines(&["--feature", "vm/huge-vmap"]), 2);
    assert_eq!(lines(&["--feature", "idle-poll"]), 0);
    on(tree.path(), ["audit", "--feature", "nope"]).refuses(&["`nope`", "huge-vmap, lazy_mmu"]);
    on(tree.path(), ["audit", "--arch", "x87"]).refuses(&["`x87`"]);
}

#[test]
fn every_cell_has_a_verdict_in_json() {
    let text = on(&mini(), ["audit", "--format", "json"]).exits(0).out;
    let document: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(document["verdicts"].as_array().unwrap().len(), 21);
}

#[test]
fn all_tables_are_compared_and_written() {
    let tree = wrong();
    let plain = on(tree.path(), ["emit", "--all"]).exits(0);
    let check = on(tree.path(), ["emit", "--all", "--check"]).exits(1);
    assert_eq!(plain.out, check.out);
    assert_eq!(
        on(tree.path(), ["emit", "--all", "--diff"]).exits(0).out,
        check.out
    );
    assert!(
        check.out.contains("+    |       sparc: | TODO |\n"),
        "{}",
        check.out
    );
    assert!(
        check.out.contains("+    |         x86: |  ok  |\n"),
        "{}",
        check.out
    );
    on(tree.path(), ["emit", "--all", "--write"]).exits(0);
    assert_eq!(
        tree.read(VMAP),
        std::fs::read_to_string(mini().join(VMAP)).unwrap()
    );
    assert_eq!(
        on(tree.path(), ["emit", "--all", "--check"]).exits(0).out,
        ""
    );
    assert_eq!(on(tree.path(), ["emit", "--diff"]).exits(0).out, "");
    on(tree.path(), ["emit", "--all", "--git"]).refuses(&["--format-patch"]);
}

#[test]
fn a_table_that_is_missing_is_made() {
    const LAZY: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";
    let tree = Copy::new();
    tree.remove(LAZY);
    let diff = on(tree.path(), ["emit", "--all"]).exits(0).out;
    assert!(
        diff.starts_with(&format!("--- /dev/null\n+++ b/{LAZY}\n")),
        "{diff}"
    );
    on(tree.path(), ["emit", "--all", "--check"]).exits(1);
    let from = ["--from", "A B <a@example.org>"];
    let patch = on(
        tree.path(),
        [&["emit", "--all", "--format-patch"][..], &from].concat(),
    );
    let patch = patch.exits(0).out;
    for part in [
        "Subject: [PATCH] Documentation/features: add vm/lazy_mmu\n",
        "\narm64: ok\n\n  arch/arm64/Kconfig:",
        "\nNo configuration of riscv, s390, um turns it on.\n",
        &format!("\ndiff --git a/{LAZY} b/{LAZY}\nnew file mode 100644\n--- /dev/null\n"),
    ] {
        assert!(patch.contains(part), "{part}\n{patch}");
    }
    // It is the table that the feature's own `emit` makes.
    let one = on(tree.path(), ["emit", "--feature", "lazy_mmu"])
        .exits(0)
        .out;
    let written = on(tree.path(), ["emit", "--all", "--write"]).exits(0);
    assert_eq!(written.err, format!("kfeat: wrote {LAZY}\n"));
    assert_eq!(tree.read(LAZY), one);
    on(tree.path(), ["emit", "--all", "--check"]).exits(0);
    // A tree that does not declare the symbol does not have the feature.
    tree.remove(LAZY);
    let path = "mm/Kconfig";
    let text = tree.read(path);
    tree.write(
        path,
        &text.replace("config ARCH_HAS_LAZY_MMU_MODE\n", "config ANOTHER\n"),
    );
    let nothing = on(tree.path(), ["emit", "--all"]).exits(0);
    assert_eq!(nothing.out, "");
}

#[test]
fn a_doubtful_table_is_left_alone() {
    let tree = Copy::new();
    let text = tree
        .read(VMAP)
        .replace("HAVE_ARCH_HUGE_VMAP", "HAVE_ARCH_HUGE_MAP");
    tree.write(VMAP, &text);
    let ended = on(tree.path(), ["emit", "--all", "--check"]).exits(0);
    assert!(ended.err.contains("`huge-vmap`"), "{}", ended.err);
    let found = on(tree.path(), ["audit", "--format", "concise"])
        .exits(1)
        .out;
    assert_eq!(found.lines().count(), 1, "{found}");
}

#[test]
fn a_patch_is_a_mail_that_git_takes() {
    let tree = wrong();
    let git = |arguments: &[&str]| {
        let output = Command::new("git")
            .args(["-c", "user.name=A", "-c", "user.email=a@example.org"])
            .args(arguments)
            .current_dir(tree.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "{arguments:?}: {said}");
        String::from_utf8(output.stdout).unwrap()
    };
    git(&["init", "-q"]);
    git(&["add", "-A"]);
    git(&["commit", "-q", "-m", "all of it"]);
    let arguments = [
        "emit",
        "--all",
        "--format-patch",
        "--git",
        "--from",
        "A. B <a@example.org>",
    ];
    let mail = on(tree.path(), arguments).exits(0).out;
    let commit = git(&["rev-parse", "--short=12", "HEAD"]);
    for part in [
        "From: \"A. B\" <a@example.org>\n",
        "Subject: [PATCH] Documentation/features: vm/huge-vmap: update sparc and x86\n",
        "arch/x86/Kconfig:14: selected",
        &format!("commit {} (\"all of it\")", commit.trim()),
    ] {
        // Long lines of the message are wrapped.
        let flat = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(flat(&mail).contains(&flat(part)), "no {part:?} in\n{mail}");
    }
    let directory = tempfile::tempdir().unwrap();
    let out = directory.path().join("mails");
    let arguments = [
        "emit",
        "--all",
        "--from",
        "A B <a@example.org>",
        "--format-patch",
    ];
    let listed = on(
        tree.path(),
        arguments.iter().map(AsRef::as_ref).chain([out.as_os_str()]),
    )
    .exits(0)
    .out;
    git(&["am", "-q", listed.trim()]);
    assert_eq!(
        on(tree.path(), ["emit", "--all", "--check"]).exits(0).out,
        ""
    );
    let bad = ["emit", "--all", "--format-patch", "--from", "nobody"];
    on(tree.path(), bad).refuses(&["`nobody`", "NAME <ADDRESS>"]);
}

#[test]
fn a_tree_without_tables_is_no_job() {
    let tree = Copy::new();
    for path in ["core/idle-poll", "vm/huge-vmap", "vm/lazy_mmu"] {
        tree.remove(&format!("Documentation/features/{path}/arch-support.txt"));
    }
    on(tree.path(), ["audit"]).refuses(&["no table"]);
    kfeat(["audit", "--format", "nonsense"]).refuses(&["nonsense"]);
}
