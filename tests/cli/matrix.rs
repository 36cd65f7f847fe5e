//! The command `matrix`.

use super::git::Repository;
use super::program::{Copy, kfeat, mini, on};

#[test]
fn every_format_shows_the_small_tree() {
    for format in ["table", "csv", "json", "yaml", "md", "rst", "html"] {
        let ended = on(&mini(), ["matrix", "--format", format]).exits(0);
        assert_eq!(ended.err, "", "{format}");
        assert!(ended.out.contains("huge-vmap"), "{format}: {}", ended.out);
        assert!(ended.out.ends_with('\n'), "{format}");
    }
    let out = on(&mini(), ["matrix", "--format", "csv", "--arch", "x86"])
        .exits(0)
        .out;
    assert!(out.starts_with("feature,arch,documented,actual,condition,evidence\r\n"));
    assert_eq!(out.lines().count(), 4, "{out}");
}

#[test]
fn a_selection_that_is_not_there_is_refused() {
    on(&mini(), ["matrix", "--feature", "nothing"]).refuses(&["`nothing`", "huge-vmap"]);
    on(&mini(), ["matrix", "--arch", "pdp11"]).refuses(&["`pdp11`"]);
    let ended = kfeat(["matrix", "--status", "fine"]).exits(2);
    assert!(ended.err.contains("undecided"), "{}", ended.err);
}

#[test]
fn templates_come_from_a_directory_and_their_mistakes_have_a_place() {
    let tree = Copy::new();
    tree.write("mine/matrix.md", "{{ features | length }}\n");
    let directory = tree.path().join("mine").display().to_string();
    let arguments = ["matrix", "--format", "md", "--template-dir", &directory];
    assert_eq!(on(tree.path(), arguments).exits(0).out, "3\n");
    tree.write("mine/matrix.md", "\n{{ nothing.there }}\n");
    on(tree.path(), arguments).refuses(&["mine/matrix.md:2:"]);
    tree.write("mine/matrix.md", "{% if %}\n");
    on(tree.path(), arguments).refuses(&["mine/matrix.md:1:"]);
    let nowhere = ["matrix", "--template-dir", "/nowhere/at/all"];
    on(tree.path(), nowhere).refuses(&["/nowhere/at/all"]);
}

/// The small tree with default configurations of x86, and with a feature that the compiler decides on.
fn with_defconfigs() -> Copy {
    let tree = Copy::new();
    tree.write("scripts/dummy-tools/gcc", "#!/bin/sh\nexit 0\n");
    for (name, text) in [
        ("x86_64_defconfig", "# CONFIG_COMPAT_32 is not set\n"),
        ("old/i386_defconfig", "# CONFIG_64BIT is not set\n"),
        ("guest.config", "CONFIG_HYPERVISOR_GUEST=y\n"),
    ] {
        tree.write(&format!("arch/x86/configs/{name}"), text);
    }
    let makefile = tree.read("arch/x86/Makefile");
    let target = "guest_defconfig:\n\t$(call merge_into_defconfig,x86_64_defconfig,guest)\n";
    tree.write("arch/x86/Makefile", &format!("{makefile}\n{target}"));
    let kconfig = tree.read("arch/x86/Kconfig");
    let probe = "$(shell,{ $(CC) -mlarge -c; } >/dev/null 2>&1 && echo \"y\" || echo \"n\")";
    let kconfig = kconfig.replace(
        "select HAVE_ARCH_HUGE_VMAP\n",
        &format!("select HAVE_ARCH_HUGE_VMAP if {probe}\n"),
    );
    tree.write("arch/x86/Kconfig", &kconfig);
    tree
}

#[test]
fn defconfigs_that_turn_a_feature_on_are_named_with_the_probe_that_decides() {
    let tree = with_defconfigs();
    let line = |more: &[&str]| {
        let mut arguments = vec!["matrix", "--feature", "huge-vmap", "--arch", "x86,arm64"];
        arguments.extend(more);
        on(tree.path(), arguments).exits(0).out
    };
    let document: serde_json::Value =
        serde_json::from_str(&line(&["--defconfigs", "--format", "json"])).unwrap();
    let of_x86 = &document["defconfigs"][1];
    assert_eq!(of_x86["arch"], "x86");
    assert_eq!(of_x86["default"], "x86_64_defconfig");
    let names = ["guest_defconfig", "old/i386_defconfig", "x86_64_defconfig"];
    assert_eq!(of_x86["names"], serde_json::json!(names));
    let of_cell = &document["features"][0]["cells"][1]["defconfigs"];
    assert_eq!(
        of_cell["on"],
        serde_json::json!(["guest_defconfig", "x86_64_defconfig"])
    );
    assert_eq!(of_cell["of"], 3);
    let probe = &of_cell["probes"][0];
    assert_eq!(probe["answer"], "y");
    assert_eq!(probe["path"], "arch/x86/Kconfig");
    assert!(
        probe["text"].as_str().unwrap().contains("-mlarge"),
        "{probe}"
    );
    assert_eq!(
        probe["defconfigs"],
        serde_json::json!(["guest_defconfig", "x86_64_defconfig"])
    );
    // arm64 has none, which is said as such.
    assert_eq!(document["features"][0]["cells"][0]["defconfigs"]["of"], 0);
    for format in ["table", "csv", "md", "html", "yaml"] {
        // Markdown escapes what it would take for markup.
        let text = line(&["--defconfigs", "--format", format]).replace('\\', "");
        for part in ["guest_defconfig", "-mlarge", "arch/x86/Kconfig"] {
            assert!(text.contains(part), "{format}: {text}");
        }
        let without = line(&["--format", format]);
        assert!(!without.contains("guest_defconfig"), "{format}: {without}");
    }
}

/// Asks for the defconfigs of one cell.
const HUGE_VMAP_ON_X86: [&str; 6] = [
    "matrix",
    "--feature",
    "huge-vmap",
    "--arch",
    "x86",
    "--defconfigs",
];

#[test]
fn without_an_answer_a_defconfig_is_open() {
    let tree = with_defconfigs();
    tree.write("answers.json", "{\"answers\": {}}");
    let path = tree.path().join("answers.json").display().to_string();
    let ended = on(
        tree.path(),
        HUGE_VMAP_ON_X86.iter().chain(&["--shell-answers", &path]),
    )
    .exits(0);
    assert!(ended.out.contains("x86: on in 0 of 3"), "{}", ended.out);
    assert!(ended.out.contains("undecided in 2:"), "{}", ended.out);
    assert!(
        ended.out.contains("whose output is unknown"),
        "{}",
        ended.out
    );
    let gcc = "{ gcc -mlarge -c; } >/dev/null 2>&1 && echo \\\"y\\\" || echo \\\"n\\\"";
    for (answer, count) in [("y", 2), ("n", 0)] {
        tree.write(
            "answers.json",
            &format!("{{\"answers\": {{\"{gcc}\": \"{answer}\"}}}}"),
        );
        let ended = on(
            tree.path(),
            HUGE_VMAP_ON_X86.iter().chain(&["--shell-answers", &path]),
        )
        .exits(0);
        assert!(
            ended.out.contains(&format!("x86: on in {count} of 3")),
            "{}",
            ended.out
        );
    }
    let ended = on(tree.path(), ["matrix", "--shell-answers", &path]).exits(2);
    assert!(ended.err.contains("--defconfigs"), "{}", ended.err);
    tree.write("answers.json", "{");
    on(
        tree.path(),
        HUGE_VMAP_ON_X86.iter().chain(&["--shell-answers", &path]),
    )
    .refuses(&["answers.json"]);
}

#[test]
fn a_compiler_that_kfeat_does_not_know_is_told() {
    let tree = with_defconfigs();
    let gcc = "#!/bin/sh\nif arg_contain -mlarge \"$@\"; then\n\texit 1\nfi\n";
    tree.write("scripts/dummy-tools/gcc", gcc);
    let ended = on(tree.path(), HUGE_VMAP_ON_X86).exits(0);
    assert!(ended.err.contains("-mlarge"), "{}", ended.err);
    assert!(ended.out.contains("undecided in 2:"), "{}", ended.out);
}

#[test]
fn two_revisions_are_compared_and_the_commits_are_named() {
    let repository = Repository::new();
    let edit = |path: &str, from: &str, to: &str, subject: &str| {
        let text = repository.tree.read(path);
        assert!(text.contains(from), "{path}: {from}");
        repository.tree.write(path, &text.replacen(from, to, 1));
        repository.commit(subject);
    };
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    edit("arch/arm64/Kconfig", select, "", "arm64: do without");
    edit(
        "arch/arm64/Kconfig",
        "config ARM64\n",
        "# A comment.\nconfig ARM64\n",
        "arm64: a comment",
    );
    let table = "Documentation/features/vm/huge-vmap/arch-support.txt";
    let row = repository.tree.read(table);
    let row = row.lines().find(|line| line.contains("| TODO |")).unwrap();
    edit(
        table,
        row,
        &row.replace("TODO", " ok "),
        "docs: a row that is wrong",
    );
    // Anything that is not committed does not count.
    repository.tree.write("arch/x86/Kconfig", "nothing\n");
    let between = ["matrix", "--between", "base", "HEAD"];
    let text = on(repository.path(), between).exits(0).out;
    for part in [
        "vm/lazy_mmu (ARCH_HAS_LAZY_MMU_MODE)\n  arm64: always -> no\n    - arch/arm64/Kconfig:",
        "(\"arm64: do without\")",
        "table: TODO -> ok\n    + Documentation/features/vm/huge-vmap/arch-support.txt:",
        "(\"docs: a row that is wrong\")",
        "2 cells of 2 features changed\n",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!text.contains("a comment"), "{text}");
    for format in ["csv", "json", "yaml", "md", "html"] {
        let text = on(
            repository.path(),
            [&between[..], &["--format", format]].concat(),
        );
        let text = text.exits(0).out;
        assert!(text.contains("arm64: do without"), "{format}: {text}");
    }
    let code = |arguments: &[&str], code| {
        on(repository.path(), [&between[..], arguments].concat()).exits(code);
    };
    code(&["--exit-code"], 1);
    code(
        &["--exit-code", "--arch", "x86", "--feature", "lazy_mmu"],
        0,
    );
    on(repository.path(), ["matrix", "--between", "base", "gone"]).refuses(&["`gone`"]);
    on(
        repository.path(),
        [&between[..], &["--feature", "x"]].concat(),
    )
    .refuses(&["`x`"]);
    on(
        repository.path(),
        [&between[..], &["--arch", "pdp11"]].concat(),
    )
    .refuses(&["`pdp11`"]);
    on(
        repository.path(),
        [&between[..], &["--format", "rst"]].concat(),
    )
    .refuses(&["table, csv"]);
    let joined = on(repository.path(), ["matrix", "--between", "base..HEAD"]);
    assert_eq!(joined.exits(0).out, text);
    for wrong in ["base", "base..", "base...HEAD"] {
        on(repository.path(), ["matrix", "--between", wrong]).refuses(&["OLD..NEW"]);
    }
}

#[test]
fn a_site_has_a_page_for_each_release_and_an_index() {
    let repository = Repository::new();
    let text = repository.tree.read("arch/arm64/Kconfig");
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    repository
        .tree
        .write("arch/arm64/Kconfig", &text.replacen(select, "", 1));
    repository.commit("arm64: do without");
    let directory = tempfile::tempdir().unwrap();
    let site = directory.path().join("public");
    let shown = site.display().to_string();
    let arguments = ["matrix", "--site", &shown, "--releases", "base,HEAD"];
    let ended = on(repository.path(), arguments).exits(0);
    assert_eq!(ended.out, "");
    let read = |name: &str| std::fs::read_to_string(site.join(name)).unwrap();
    let index = read("index.html");
    for part in [
        "<a href=\"base.html\">",
        "<a href=\"HEAD.html\">",
        "<a href=\"base..HEAD.html\">1 cell of 1 feature since base</a>",
    ] {
        assert!(index.contains(part), "{part}\n{index}");
    }
    for page in ["base.html", "HEAD.html", "base..HEAD.html"] {
        assert!(read(page).contains("<a href=\"index.html\">"), "{page}");
    }
    assert!(read("base..HEAD.html").contains("arm64: do without"));
    on(
        repository.path(),
        ["matrix", "--site", &shown, "--releases", "base,base"],
    )
    .refuses(&["`base`"]);
    on(repository.path(), ["matrix", "--site", &shown]).refuses(&["--releases"]);
}

#[test]
fn two_directories_are_compared_without_any_git() {
    let tree = Copy::new();
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    let text = tree.read("arch/arm64/Kconfig");
    tree.write("arch/arm64/Kconfig", &text.replacen(select, "", 1));
    let (old, new) = (
        mini().display().to_string(),
        tree.path().display().to_string(),
    );
    let text = kfeat(["matrix", "--between", &old, &new]).exits(0).out;
    assert!(text.contains("arm64: always -> no\n"), "{text}");
    let back = kfeat(["matrix", "--between", &new, &old]).exits(0).out;
    assert!(
        back.contains("arm64: no -> always\n    + arch/arm64/Kconfig:"),
        "{back}"
    );
    let same = kfeat(["matrix", "--exit-code", "--between", &old, &old])
        .exits(0)
        .out;
    assert!(same.ends_with("no cell changed\n"), "{same}");
}

#[test]
fn the_documentation_is_about_all_or_one() {
    let rst = |more: &[&str]| {
        let arguments = ["matrix", "--format", "rst"].iter().chain(more);
        on(&mini(), arguments).exits(0).out
    };
    assert!(rst(&[]).contains("Subsystem: vm\n=============\n\n+--"));
    let of_um = rst(&["--arch", "um"]);
    assert!(
        of_um.starts_with("=================================\nFeature status on um architecture\n")
    );
    assert!(
        of_um.contains("huge-vmap      HAVE_ARCH_HUGE_VMAP     ---"),
        "{of_um}"
    );
    let of_feature = rst(&["--feature", "huge-vmap", "--status", "..,TODO"]);
    assert!(
        of_feature.contains("\num            ---   \n"),
        "{of_feature}"
    );
    assert!(!of_feature.contains("x86"), "{of_feature}");
    let actual = rst(&["--actual", "--feature", "lazy_mmu"]);
    assert!(actual.contains("x86"), "{actual}");
    on(&mini(), ["matrix", "--actual"]).refuses(&["--format rst"]);
    assert!(of_feature.contains("\n\nArch can map large pages into the vmalloc area.\n\n"));
    // A script for the documentation names features by their titles.
    assert_eq!(
        rst(&["--feature", "vm/huge-vmap"]),
        rst(&["--feature", "huge-vmap"])
    );
    let tree = with_defconfigs();
    let arguments = ["matrix", "--format", "rst", "--defconfigs"];
    on(tree.path(), arguments).refuses(&["--arch", "--feature"]);
    for (of, expected) in [
        (
            ["--arch", "x86"],
            "ok      2 of 3 (depends on the compiler)  arch can",
        ),
        (
            ["--feature", "huge-vmap"],
            "\nx86           ok      2 of 3 (depends on the compiler)",
        ),
    ] {
        let text = on(tree.path(), arguments.iter().chain(&of)).exits(0).out;
        assert!(text.contains("Defconfigs"), "{text}");
        assert!(text.contains(expected), "{text}");
    }
    tree.remove("Documentation/features/vm/lazy_mmu/arch-support.txt");
    on(
        tree.path(),
        ["matrix", "--format", "rst", "--feature", "lazy_mmu"],
    )
    .refuses(&["lazy_mmu"]);
    tree.write("mine/matrix-arch.rst", "{{ title | nothing }}\n");
    let directory = tree.path().join("mine").display().to_string();
    let own = ["--template-dir", &directory, "--arch", "um"];
    let arguments = ["matrix", "--format", "rst"];
    on(tree.path(), arguments.iter().chain(&own)).refuses(&["mine/matrix-arch.rst:1:"]);
    tree.write(
        "mine/matrix-arch.rst",
        "{{ rows | length }} {{ \"x\" | times(count=99999999999) | length }}\n",
    );
    let text = on(tree.path(), arguments.iter().chain(&own)).exits(0).out;
    assert!(text.ends_with(" 100000\n"), "{text}");
}
