//! `check --range` and `check --patch`: what commits and patches bring and repair.

use std::io::Write;

use super::git::Repository;
use super::program::on;

const HEADER: &str = "arch/x86/include/asm/paravirt.h";
const HOOK: &str = "arch_leave_lazy_mmu_mode";

/// A repository whose `base` has one finding, and four commits on top of it: one that touches nothing, one that renames a hook,
/// one that shifts lines, and one that gives the hook its name back and misspells a select.
fn repository() -> Repository {
    let repository = Repository::new();
    let kconfig = repository.tree.read("arch/arm64/Kconfig");
    let misspelt = |text: &str| text.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MOD");
    repository
        .tree
        .write("arch/arm64/Kconfig", &misspelt(&kconfig));
    repository.commit("arm64: was wrong all the time");
    repository.git(&["tag", "-f", "base"]);
    repository.tree.write("README", "words\n");
    repository.commit("words");
    let header = repository.tree.read(HEADER);
    repository.tree.write(HEADER, &without_hook(&header));
    repository.commit("x86: rename a hook");
    repository.tree.write(
        "arch/arm64/Kconfig",
        &format!("# a line\n{}", misspelt(&kconfig)),
    );
    repository.commit("arm64: a comment");
    repository.tree.write(HEADER, &header);
    let sparc = repository.tree.read("arch/sparc/Kconfig");
    repository
        .tree
        .write("arch/sparc/Kconfig", &misspelt(&sparc));
    repository.commit("sparc: a slip of the pen");
    repository
}

fn without_hook(header: &str) -> String {
    assert!(header.contains(HOOK));
    header.replace(HOOK, "arch_end_lazy_mmu_mode")
}

fn concise(repository: &Repository, arguments: &[&str], code: i32) -> Vec<String> {
    let arguments = [&["check", "--format", "concise"], arguments].concat();
    let out = on(repository.path(), arguments).exits(code).out;
    out.lines().map(str::to_owned).collect()
}

/// Fails unless each line holds the words of its row.
#[track_caller]
fn each(lines: &[String], rows: &[&[&str]]) {
    assert_eq!(lines.len(), rows.len(), "{lines:#?}");
    for (line, words) in lines.iter().zip(rows) {
        for word in *words {
            assert!(line.contains(word), "`{word}` is not in {line}");
        }
    }
}

#[test]
fn a_range_shows_what_its_commits_bring_and_repair() {
    let repository = repository();
    repository.tree.write("mm/Kconfig", "half done\n");
    let before = repository.tree.picture();
    let hook: &[&str] = &[
        HEADER,
        "incomplete-hooks",
        "[x86] (broken from 2/4 to 3/4: not bisectable)",
    ];
    let slip: &[&str] = &[
        "arch/sparc/Kconfig",
        "select-undeclared",
        "(since 4/4: ",
        "\"sparc: a slip of the pen\")",
    ];
    each(
        &concise(&repository, &["--range", "base..main"], 1),
        &[slip, hook],
    );
    each(
        &concise(&repository, &["--range", "base.."], 1),
        &[slip, hook],
    );
    let old: &[&str] = &["arch/arm64/Kconfig:", "(this finding is not new)"];
    each(
        &concise(&repository, &["--range", "base..main", "--all-findings"], 1),
        &[old, slip, hook],
    );
    // One commit at a time: the lost hook is known to the second half, and repaired by it.
    each(&concise(&repository, &["--range", "base..main~3"], 0), &[]);
    each(
        &concise(&repository, &["--range", "main~2..main~1"], 0),
        &[],
    );
    let shown = on(repository.path(), ["check", "--range", "main~2..main"])
        .exits(1)
        .out;
    assert!(
        shown.contains("1 error, 1 fixed, 1 known before; 1 cell of the matrix changed\n"),
        "{shown}"
    );
    let shown = on(repository.path(), ["check", "--range", "base..main"])
        .exits(1)
        .out;
    assert!(
        shown.contains("arch_enter_lazy_mmu_mode(void)"),
        "the snippet is that of the commit:\n{shown}"
    );
    assert!(
        shown.contains("introduced by 2/4: ") && shown.contains("does not compile until 4/4: "),
        "{shown}"
    );
    assert!(before == repository.tree.picture());
}

/// Users of a feature are looked for in a few directories, and in whatever a series changes.
#[test]
fn what_a_series_changes_is_searched_wherever_it_stands() {
    let repository = Repository::new();
    let call = "static inline void batch_flush(void) { arch_flush_lazy_mmu_mode(); }\n";
    repository.tree.write("include/linux/batch.h", call);
    repository.commit("mm: a header that flushes");
    repository.tree.write("drivers/char/batch.c", call);
    repository.commit("char: a driver that flushes");
    let of = |path: &'static str, since: &'static str| [path, "direct-hook-call", since];
    each(
        &concise(&repository, &["--range", "base..main"], 1),
        &[
            &of("drivers/char/batch.c:1:", "(since 2/2: "),
            &of("include/linux/batch.h:1:", "(since 1/2: "),
        ],
    );
}

/// b4 keeps a cover letter in a commit that changes nothing.
#[test]
fn empty_commits_count_wherever_they_stand() {
    let repository = Repository::new();
    let header = repository.tree.read(HEADER);
    repository.commit("cover letter");
    repository.commit("another one");
    repository.tree.write(HEADER, &without_hook(&header));
    repository.commit("x86: rename a hook");
    repository.commit("nothing");
    repository.tree.write(HEADER, &header);
    repository.commit("x86: name it as it was");
    repository.commit("nothing more");
    let hook: &[&str] = &["incomplete-hooks", "[x86] (broken from 3/6 to 4/6: "];
    each(
        &concise(&repository, &["--range", "base..main"], 1),
        &[hook],
    );
    each(&concise(&repository, &["--range", "base..main~4"], 0), &[]);
}

#[test]
fn json_tells_episodes_and_commits() {
    let repository = repository();
    let out = on(
        repository.path(),
        ["check", "--range", "base..main", "--format", "json"],
    )
    .exits(1)
    .out;
    let report: serde_json::Value = serde_json::from_str(&out).unwrap();
    assert_eq!(report["series"]["commits"].as_array().unwrap().len(), 4);
    assert_eq!(report["series"]["known"], 1);
    let episode = &report["findings"][1]["episode"];
    assert_eq!(
        (&episode["status"], &episode["since"], &episode["until"]),
        (&"new".into(), &2.into(), &4.into())
    );
    // sparc no longer has the feature that it selects under another name.
    let cells = report["series"]["cells"].as_array().unwrap();
    let cell = cells.iter().find(|cell| cell["feature"] == "lazy_mmu");
    let cell = cell.unwrap();
    assert_eq!(
        (
            &cell["arch"],
            &cell["before"]["supported"],
            &cell["after"]["supported"]
        ),
        (&"sparc".into(), &"yes".into(), &"no".into())
    );
}

#[test]
fn patches_show_the_same_without_git() {
    let repository = repository();
    let mails = repository.git(&["format-patch", "--stdout", "base..main"]);
    let file = repository.path().join("series.mbox");
    std::fs::write(&file, &mails).unwrap();
    let file = file.to_str().unwrap();
    let hook: &[&str] = &[
        "incomplete-hooks",
        "[x86] (broken from 2/4 to 3/4: not bisectable",
    ];
    let slip: &[&str] = &[
        "select-undeclared",
        "(since 4/4: \"sparc: a slip of the pen\")",
    ];
    let lines = concise(&repository, &["--rev", "base", "--patch", file], 1);
    each(&lines, &[slip, hook]);
    // Files as `git format-patch` leaves them, whatever their order, with a letter that has no patch.
    let made = repository.git(&[
        "format-patch",
        "-q",
        "--cover-letter",
        "-o",
        "out",
        "base..main",
    ]);
    assert_eq!(made, "");
    let out = repository.path().join("out");
    let mut files: Vec<String> = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().path().to_str().unwrap().to_owned())
        .collect();
    files.sort_by(|a, b| b.cmp(a));
    assert_eq!(files.len(), 5);
    let mut arguments = vec!["--rev", "base", "--patch"];
    arguments.extend(files.iter().map(String::as_str));
    each(&concise(&repository, &arguments, 1), &[slip, hook]);
    let letter = files.last().unwrap();
    on(repository.path(), ["check", "--patch", letter])
        .refuses(&["0000-cover-letter.patch", "it contains no patch"]);
    // On the tree as it stands, and without any git.
    repository.git(&["checkout", "-q", "-f", "base"]);
    let directory = on(
        repository.path(),
        ["check", "--patch", file, "--format", "concise"],
    );
    let directory = directory.with("PATH", "/nonexistent").exits(1).out;
    assert_eq!(directory, lines.join("\n") + "\n");

    let one = repository.git(&["show", "main"]);
    std::fs::write(file, one.replace("diff --git", "\n\ndiff --git")).unwrap();
    let text = on(
        repository.path(),
        ["check", "--rev", "main~1", "--patch", file],
    )
    .exits(1)
    .out;
    assert!(text.contains("1 error, 1 fixed, 1 known before"), "{text}");
    assert!(!text.contains("since 1/1"), "{text}");
}

#[test]
fn a_patch_comes_from_standard_input() {
    use std::io::Write;
    let repository = repository();
    let patch = repository.git(&["diff", "main~1", "main"]);
    let mut child = on(
        repository.path(),
        [
            "check", "--rev", "main~1", "--patch", "-", "--format", "concise",
        ],
    )
    .command()
    .stdin(std::process::Stdio::piped())
    .stdout(std::process::Stdio::piped())
    .spawn()
    .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(patch.as_bytes())
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(
        String::from_utf8(output.stdout)
            .unwrap()
            .contains("select-undeclared")
    );
}

#[test]
fn what_cannot_be_applied_or_listed_is_said() {
    let repository = repository();
    let file = repository.path().join("x.patch");
    let patch = |text: &str| {
        std::fs::write(&file, text).unwrap();
        on(
            repository.path(),
            ["check".as_ref(), "--patch".as_ref(), file.as_os_str()],
        )
    };
    let said = repository.git(&["format-patch", "--stdout", "-1", "main"]);
    patch(&said).refuses(&[
        "cannot apply patch 1/1: \"sparc: a slip of the pen\"",
        "hunk 1 of 1 (`@@ -",
        "at line ",
        "`--rev",
    ]);
    let wrong = said.replace("ARCH_HAS_LAZY_MMU_MODE", "SOMETHING_ELSE");
    repository.git(&["checkout", "-q", "main~1"]);
    patch(&wrong).refuses(&[
        "does not apply",
        "nearest match at line ",
        "but the patch has `",
        "SOMETHING_ELSE",
    ]);
    patch("no patch\n").refuses(&["cannot use `", "it contains no patch"]);
    patch("--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n").refuses(&["outside the tree"]);
    let run = |arguments: &[&str]| on(repository.path(), [&["check"], arguments].concat());
    run(&["--patch", "/nonexistent"]).refuses(&["cannot read the patch `/nonexistent`"]);
    run(&["--range", "main"]).refuses(&["`main` is not a range", "`A..B`"]);
    run(&["--range", "main..main"]).refuses(&["has no commits"]);
    run(&["--range", "nothing..main"]).refuses(&["no revision `nothing`"]);
    run(&["--range", "base..main", "--rev", "main"]).exits(2);
    run(&["--range", "base..main", "--arch", "x87"]).refuses(&["no architecture `x87`"]);
    run(&["--all-findings"]).refuses(&["needs `--range`, `--patch` or `--baseline`"]);
    // A commit in the middle that cannot be checked is named.
    repository.git(&["checkout", "-q", "-b", "side", "base"]);
    repository.git(&["rm", "-q", "include/linux/pgtable.h"]);
    repository.commit("mm: lose the header");
    run(&["--range", "base..side"]).refuses(&[
        "cannot check the tree after 1/1: ",
        "lose the header",
        "pgtable.h",
    ]);
}

/// An archive serves a thread compressed, with all versions of the series and all replies.
#[test]
fn a_thread_as_archives_serve_it() {
    let repository = repository();
    let mailbox = |arguments: &[&str]| {
        let start = ["format-patch", "--stdout", "--thread", "--cover-letter"];
        repository.git(&[&start, arguments].concat())
    };
    let first = mailbox(&["base..main~1"]);
    let newest = mailbox(&["-v2", "base..main"]);
    let reply = "From mboxrd@z Thu Jan  1 00:00:00 1970\nFrom: B <b@example.org>\nSubject: Re: [PATCH v2 4/4] sparc: a slip of the \
        pen\nMessage-ID: <reply@example.org>\n\nRather so:\n\n--- a/README\n+++ b/README\n@@ -1,7 +1,7 @@\n-words\n+others\n[...]\n\n";
    let packed = |text: &str| {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(text.as_bytes()).unwrap();
        encoder.finish().unwrap()
    };
    let file = repository.path().join("t.mbox.gz");
    let check = |bytes: &[u8]| {
        std::fs::write(&file, bytes).unwrap();
        let arguments = ["check", "--format", "concise", "--rev", "base", "--patch"];
        on(
            repository.path(),
            arguments
                .iter()
                .map(std::ffi::OsStr::new)
                .chain([file.as_os_str()]),
        )
    };
    let alone = check(newest.as_bytes()).exits(1);
    assert_eq!(alone.err, "");
    assert_eq!(alone.out.lines().count(), 2, "{}", alone.out);
    let thread = check(&packed(&format!("{newest}{first}{reply}"))).exits(1);
    assert_eq!(thread.out, alone.out);
    let said: Vec<&str> = thread.err.lines().collect();
    assert_eq!(said.len(), 2, "{said:#?}");
    assert!(
        said[0].contains("skipped the diff in the reply \"Re: [PATCH v2 4/4] sparc"),
        "{said:#?}"
    );
    assert!(
        said[1].contains("version 2 of ") && said[1].ends_with("is the newest; version 1 skipped"),
        "{said:#?}"
    );
    // Truncated input, or input packed by another program, is refused with advice.
    let whole = packed(&newest);
    check(&whole[..whole.len() / 2]).refuses(&["t.mbox.gz", "damaged gzip", "download it again"]);
    check(b"\xfd7zXZ\0\0\0").refuses(&["compressed with xz", "decompress it"]);
    let limited = check(&packed(&newest.repeat(50)));
    let mut command = limited.command();
    command.args(["--max", "patch-size=65536"]);
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(2), "{said}");
    assert!(
        said.contains("the uncompressed patch exceeds the limit `patch-size`"),
        "{said}"
    );
}

/// The table of a repository's lazy MMU mode.
const TABLE: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";

#[test]
fn a_split_in_any_order_that_builds_is_no_finding() {
    let riscv = "arch/riscv/Kconfig";
    let header = "arch/riscv/include/asm/pgtable.h";
    let hooks = "static inline void arch_enter_lazy_mmu_mode(void) { }\n\
        static inline void arch_flush_lazy_mmu_mode(void) { }\n\
        static inline void arch_leave_lazy_mmu_mode(void) { }\n";
    type Step<'a> = (&'a str, &'a dyn Fn(&Repository));
    let steps: [Step<'_>; 3] = [
        ("hooks", &|repository| {
            let text = repository.tree.read(header);
            let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
            repository
                .tree
                .write(header, &format!("{head}\n{hooks}{last}\n"));
        }),
        ("select", &|repository| {
            let text = repository.tree.read(riscv);
            let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n\tselect HAVE_ARCH_HUGE_VMAP";
            repository.tree.write(
                riscv,
                &text.replacen("\tselect HAVE_ARCH_HUGE_VMAP", select, 1),
            );
        }),
        ("table", &|repository| {
            let text = repository.tree.read(TABLE);
            repository
                .tree
                .write(TABLE, &text.replace("riscv: | TODO |", "riscv: |  ok  |"));
        }),
    ];
    for (order, code) in [
        ([0, 1, 2], 0),
        ([0, 2, 1], 0),
        ([2, 0, 1], 0),
        ([1, 0, 2], 1),
        ([2, 1, 0], 1),
    ] {
        let repository = Repository::new();
        for index in order {
            let (subject, make) = steps[index];
            make(&repository);
            repository.commit(subject);
        }
        let lines = concise(&repository, &["--range", "base..main"], code);
        if code == 0 {
            each(&lines, &[]);
        } else {
            let hooks: &[&str] = &[riscv, "select-without-hook", "not bisectable"];
            each(&lines, &[hooks]);
        }
        let shown = on(repository.path(), ["check", "--range", "base..main"]);
        let shown = shown.exits(code).out;
        assert!(
            shown.contains("lazy_mmu  riscv  no -> yes; table: TODO -> ok  arch/riscv/Kconfig:")
                && shown.ends_with("; 1 cell of the matrix changed\n"),
            "{shown}"
        );
    }
    // Without its last part each of them is wrong, at the line that makes it so.
    for (parts, code, row) in [
        (
            &[0][..],
            1,
            &[
                "riscv/include/asm/pgtable.h:",
                "hook-without-select",
                "(since 1/1: ",
            ][..],
        ),
        (
            &[0, 1],
            1,
            &[
                "arch/riscv/Kconfig:",
                "table-denies-support",
                "(since 2/2: ",
            ],
        ),
        (
            &[2],
            1,
            &["arch-support.txt:", "table-claims-support", "(since 1/1: "],
        ),
    ] {
        let repository = Repository::new();
        for &index in parts {
            let (subject, make) = steps[index];
            make(&repository);
            repository.commit(subject);
        }
        each(
            &concise(&repository, &["--range", "base..main"], code),
            &[row],
        );
        let mails = repository.git(&["format-patch", "--stdout", "base..main"]);
        let file = repository.path().join("series.mbox");
        std::fs::write(&file, &mails).unwrap();
        let file = file.to_str().unwrap();
        let lines = concise(&repository, &["--rev", "base", "--patch", file], code);
        each(&lines, &[&row[..2]]);
    }
}

#[test]
fn tables_are_checked_with_a_change_and_what_was_wrong_before_is_not_told() {
    let repository = Repository::new();
    let text = repository.tree.read(TABLE);
    let change = |subject: &str, text: &str| {
        repository.tree.write(TABLE, text);
        repository.commit(subject);
    };
    let was_wrong = text.replace("s390: | TODO |", "s390: |  ok  |");
    change("wrong before", &was_wrong);
    repository.git(&["tag", "-f", "base"]);
    // A row beside the wrong one is another matter.
    change(
        "harmless",
        &was_wrong.replace("um: | TODO |", "um: |  ..  |"),
    );
    each(&concise(&repository, &["--range", "base..main"], 0), &[]);
    for (edit, words) in [
        (
            was_wrong.replace("    |          um: | TODO |\n", ""),
            "no row for `um`",
        ),
        (
            was_wrong.replace("          um: |", "        uml: |"),
            "`uml`",
        ),
        (
            was_wrong.replace("um: | TODO |", "um: | todo |"),
            "table-status",
        ),
        (
            was_wrong
                .replace("    |          um: | TODO |\n", "")
                .replace(
                    "    |       arm64:",
                    "    |          um: | TODO |\n    |       arm64:",
                ),
            "the row for `um`",
        ),
        (
            was_wrong.replace("um: | TODO |", "um: |  ok  |"),
            "table-claims-support",
        ),
        (
            was_wrong.replace("Kconfig:       ARCH_HAS", "Kconfig:       ARCH_HAVE"),
            "arch-support.txt:3",
        ),
    ] {
        repository.git(&["checkout", "-q", "-f", "-B", "side", "base"]);
        change("wrong", &edit);
        let arguments = ["check", "--range", "base..side", "--format", "concise"];
        let said = on(repository.path(), arguments).run();
        let lines: Vec<&str> = said.out.lines().collect();
        assert_eq!(said.code, 1, "{lines:#?}");
        assert!(!lines.is_empty() && lines.len() <= 2, "{lines:#?}");
        assert!(
            lines.iter().all(|line| line.starts_with(TABLE)),
            "{lines:#?}"
        );
        assert!(
            lines.iter().any(|line| line.contains(words)),
            "{words}: {lines:#?}"
        );
        // The same of a patch, and in a reply to it.
        let mails = repository.git(&["format-patch", "--stdout", "base..side"]);
        let file = repository.path().join("table.mbox");
        std::fs::write(&file, &mails).unwrap();
        let patch = ["--rev", "base", "--patch", file.to_str().unwrap()];
        let of_patch = concise(&repository, &patch, 1);
        assert_eq!(of_patch.len(), lines.len(), "{of_patch:#?}");
        let reply = [&["check", "--format", "mail"], &patch[..]].concat();
        let reply = on(repository.path(), reply).exits(1).out;
        assert!(reply.contains("arch-support.txt"), "{reply}");
        std::fs::remove_file(&file).unwrap();
        // Runs for another architecture or feature alone do not report it.
        if words == "table-claims-support" {
            let arm64 = ["--range", "base..side", "--arch", "arm64"];
            each(&concise(&repository, &arm64, 0), &[]);
        }
    }
}

#[test]
fn a_rename_is_reported_once_where_the_name_changed() {
    let repository = Repository::new();
    let text = repository.tree.read("mm/Kconfig");
    let renamed = text.replace("config ARCH_HAS_LAZY_MMU_MODE", "config ARCH_CAN_BE_LAZY");
    repository.tree.write("mm/Kconfig", &renamed);
    repository.commit("mm: rename the symbol, and forget who selects it");
    let lines = concise(&repository, &["--range", "base..main"], 1);
    let said = [
        "mm/Kconfig:32:",
        "undeclared-name: `ARCH_HAS_LAZY_MMU_MODE`",
        "(since 1/1: ",
    ];
    each(&lines, &[&said]);
    // Renamed everywhere, over two commits, it is not one.
    repository.git(&["reset", "-q", "--hard", "base"]);
    let files = ["git", "grep", "-l", "ARCH_HAS_LAZY_MMU_MODE"];
    let files = repository.git(&files[1..]);
    let (generic, archs): (Vec<&str>, Vec<&str>) =
        files.lines().partition(|path| !path.starts_with("arch/"));
    for (subject, paths) in [("rename", generic), ("follow", archs)] {
        for path in paths {
            let text = repository.tree.read(path);
            let text = text.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_CAN_BE_LAZY");
            repository.tree.write(path, &text);
        }
        repository.commit(subject);
    }
    each(&concise(&repository, &["--range", "base..main"], 0), &[]);
}

#[test]
fn names_that_nothing_declares_are_found_in_what_a_change_adds() {
    let repository = Repository::new();
    let mut number = 0;
    let mut added = |path: &str, lines: &str| {
        number += 1;
        repository.git(&["checkout", "-q", "-B", &format!("side{number}"), "base"]);
        let text = repository.tree.read(path);
        repository.tree.write(path, &format!("{text}{lines}"));
        repository.commit("add lines");
        let out = on(
            repository.path(),
            ["check", "--range", "base..HEAD", "--format", "concise"],
        )
        .run();
        let lines: Vec<String> = out.out.lines().map(str::to_owned).collect();
        (lines, out.code)
    };
    let entry = "config NEW_THING\n\tbool \"new\"\n";
    for (path, lines, words) in [
        (
            "mm/Kconfig",
            format!("{entry}\tdepends on HAVE_ARCH_HUGE_VMPA\n"),
            "HAVE_ARCH_HUGE_VMAP",
        ),
        (
            "mm/Kconfig",
            format!("{entry}\tdepends on CONFIG_SLAB_TINY\n"),
            "write `SLAB_TINY`, without the prefix `CONFIG_`",
        ),
        (
            "mm/Kconfig",
            format!("{entry}\timply HAVE_ARCH_KASAM\n"),
            "HAVE_ARCH_KASAN",
        ),
        (
            "mm/Kconfig",
            format!("{entry}\tdefault y if SLAB_TINI\n"),
            "SLAB_TINY",
        ),
        (
            "mm/Kconfig",
            "if SLAB_TINI\nendif\n".to_owned(),
            "SLAB_TINY",
        ),
        (
            "mm/memory.c",
            "#ifdef CONFIG_SLAB_TINI\n#endif\n".to_owned(),
            "SLAB_TINY",
        ),
        (
            "mm/memory.c",
            "int a(void)\n{\n\treturn IS_ENABLED(CONFIG_SLAB_TINI);\n}\n".to_owned(),
            "SLAB_TINY",
        ),
        (
            "mm/memory.c",
            "int a = IS_REACHABLE(SLAB_TINY);\n".to_owned(),
            "write `CONFIG_SLAB_TINY`",
        ),
        (
            "mm/memory.c",
            "int a = IS_BUILTIN(CCONFIG_SLAB_TINY);\n".to_owned(),
            "write `CONFIG_SLAB_TINY`",
        ),
        (
            "mm/memory.c",
            "#if defined(CCONFIG_SLAB_TINY)\n#endif\n".to_owned(),
            "write `CONFIG_SLAB_TINY`",
        ),
        (
            "mm/Makefile",
            "obj-$(CONFIG_SLAB_TINI) += tiny.o\n".to_owned(),
            "SLAB_TINY",
        ),
    ] {
        let (said, code) = added(path, &lines);
        assert_eq!((said.len(), code), (1, 1), "{lines}: {said:#?}");
        assert!(
            said[0].starts_with(path) && said[0].contains("error: undeclared-name"),
            "{said:#?}"
        );
        let shown = on(repository.path(), ["check", "--range", "base..HEAD"])
            .exits(1)
            .out;
        assert!(shown.contains(words), "{words}: {shown}");
    }
    for (path, lines) in [
        (
            "mm/Kconfig",
            format!("{entry}\tdepends on HAVE_ARCH_HUGE_VMAP && 64BIT\n\tdefault y if SMP = y\n"),
        ),
        (
            "mm/memory.c",
            "#define CONFIG_SLAB_TINI 1\n#ifdef CONFIG_SLAB_TINI\n#endif\n".to_owned(),
        ),
        (
            "mm/memory.c",
            "/* CONFIG_SLAB_TINI */\n#define ask(x) IS_ENABLED(x)\n#define cat(x) CONFIG_##x\n"
                .to_owned(),
        ),
        (
            "mm/memory.c",
            "#ifdef CONFIG_KUNIT_MODULE\n#endif\nint a = IS_MODULE(CONFIG_KUNIT);\n".to_owned(),
        ),
    ] {
        let (said, code) = added(path, &lines);
        assert_eq!((said.len(), code), (0, 0), "{lines}: {said:#?}");
    }
    // A name that is like no other is suspect, and no more.
    let (said, code) = added("mm/memory.c", "#ifdef CONFIG_SOMETHING_TO_COME\n#endif\n");
    assert_eq!((said.len(), code), (1, 0), "{said:#?}");
    assert!(said[0].contains("warning: undeclared-name"), "{said:#?}");
}

/// A repository whose `base` has more entries in `mm/Kconfig`, and a commit for each further text that takes their place.
fn with_entries(texts: &[&str]) -> Repository {
    let repository = Repository::new();
    let kconfig = repository.tree.read("mm/Kconfig");
    for (index, text) in texts.iter().enumerate() {
        repository
            .tree
            .write("mm/Kconfig", &format!("{kconfig}\n{text}"));
        repository.commit("mm: change entries");
        if index == 0 {
            repository.git(&["tag", "-f", "base"]);
        }
    }
    repository
}

#[test]
fn selects_that_a_change_bears_on_are_proved() {
    let target = "config NEW_D\n\tbool \"d\"\n\nconfig NEW_B\n\ttristate\n\tdepends on NEW_D\n\n";
    let free = target.replace("\tdepends on NEW_D\n", "");
    let entry = "config NEW_A\n\ttristate \"a\"\n";
    let old = "config NEW_OLD\n\tbool \"old\"\n\tselect NEW_B\n\n";
    let of = |target: &str, lines: &str| format!("{target}{entry}{lines}");
    let (bare, hole) = (of(target, ""), of(target, "\tselect NEW_B\n"));
    let range = ["--range", "base..main"];
    let unmet = "error: unmet-dependency: `NEW_A` selects `NEW_B` without its dependency `NEW_D`";
    let line_of = |text: &str| {
        let kconfig = Repository::new().tree.read("mm/Kconfig");
        let text = &text[..text.rfind("NEW_B\n").unwrap()];
        format!(
            "mm/Kconfig:{}:",
            kconfig.lines().count() + 1 + text.lines().count()
        )
    };
    // The select comes, or with the whole entry, or with a line that shows as nothing else.
    for before in [&*bare, target] {
        let repository = with_entries(&[before, &hole]);
        let found: &[&str] = &[&line_of(&hole), unmet];
        each(&concise(&repository, &range, 1), &[found]);
        let shown = on(repository.path(), ["check", "--range", "base..main"]).exits(1);
        assert!(shown.out.contains("CONFIG_NEW_A="), "{}", shown.out);
        assert!(shown.out.contains("depends on NEW_D"), "{}", shown.out);
        // The same from a patch.
        let mails = repository.git(&["format-patch", "--stdout", "base..main"]);
        let file = repository.path().join("unmet.mbox");
        std::fs::write(&file, &mails).unwrap();
        let patch = ["--rev", "base", "--patch", file.to_str().unwrap()];
        each(&concise(&repository, &patch, 1), &[found]);
    }
    // The dependency of a symbol that is selected already comes: the line that changed is where it stands.
    let loose = of(&free, "\tselect NEW_B\n");
    let repository = with_entries(&[&loose, &hole]);
    let found = concise(&repository, &range, 1);
    each(&found, &[&["mm/Kconfig:", unmet]]);
    let shown = on(repository.path(), ["check", "--range", "base..main"]).exits(1);
    assert!(shown.out.contains("selected here"), "{}", shown.out);
    // With a condition, with the dependency, and with a dependency that another line implies.
    let narrow = of(target, "\tselect NEW_B if NEW_D\n");
    let depends = of(target, "\tdepends on NEW_D\n\tselect NEW_B\n");
    let both = of(target, "\tselect NEW_B\n\tselect NEW_D\n");
    for after in [&narrow, &depends, &both] {
        each(&concise(&with_entries(&[&bare, after]), &range, 0), &[]);
    }
    // A later patch of the series completes it.
    let split = with_entries(&[&bare, &hole, &depends]);
    each(&concise(&split, &range, 0), &[]);
    each(
        &concise(&split, &["--range", "base..main~1"], 1),
        &[&[unmet]],
    );
    // A finding that was there before is not new, even if lines around it move or change.
    let known = format!("{target}{old}");
    let moved = format!("{old}{target}");
    let around = format!("if SMP\n\n{target}{old}endif\n");
    let help = known.replace("\"old\"", "\"another word\"");
    for after in [&moved, &around, &help] {
        each(&concise(&with_entries(&[&known, after]), &range, 0), &[]);
    }
    // A name that is declared nowhere is the one mistake, and not that of all who select the symbol.
    let slip = loose.replace("\ttristate\n", "\ttristate\n\tdepends on NEW_DD\n");
    each(
        &concise(&with_entries(&[&loose, &slip]), &range, 1),
        &[&["undeclared-name", "NEW_DD"]],
    );
}

const ENTRY: &str = "include/linux/pgtable.h";

/// A repository with a commit that puts lines into files: each before the first line with a text in it, or at the end.
fn with_lines(lines: &[(&str, &str, &str)]) -> Repository {
    let repository = Repository::new();
    for (path, before, lines) in lines {
        let text = repository.tree.read(path);
        let at = match *before {
            "" => text.len(),
            before => text[..text.find(before).unwrap()]
                .rfind('\n')
                .map_or(0, |at| at + 1),
        };
        let text = [&text[..at], lines, &text[at..]].concat();
        repository.tree.write(path, &text);
    }
    repository.commit("mm: more of the lazy mode");
    repository
}

#[test]
fn new_api_is_there_wherever_generic_code_uses_it() {
    let busy = "static inline int lazy_mmu_mode_busy(void)\n{\n\treturn 1;\n}\n\n";
    let call = "int busy(void)\n{\n\treturn lazy_mmu_mode_busy();\n}\n";
    let before = "static inline void lazy_mmu_mode_enable(void)\n";
    let fallback = "static inline int lazy_mmu_mode_busy(void) { return 0; }\n";
    let guarded = format!("#ifdef CONFIG_ARCH_HAS_LAZY_MMU_MODE\n{call}#endif\n");
    let range = ["--range", "base..main"];
    let wrong = with_lines(&[(ENTRY, before, busy), ("mm/memory.c", "", call)]);
    let said: &[&str] = &[
        ENTRY,
        "error: missing-fallback: `lazy_mmu_mode_busy`",
        "riscv",
    ];
    each(&concise(&wrong, &range, 1), &[said]);
    let empty = "static inline void lazy_mmu_mode_enable(void) { }";
    for lines in [
        &[
            (ENTRY, before, busy),
            (ENTRY, empty, fallback),
            ("mm/memory.c", "", call),
        ][..],
        &[(ENTRY, before, busy), ("mm/memory.c", "", &guarded)],
        &[(ENTRY, before, busy), ("arch/arm64/mm/mmu.c", "", call)],
        &[
            (ENTRY, before, busy),
            ("mm/tests/lazy_mmu_mode_kunit.c", "", call),
        ],
    ] {
        each(&concise(&with_lines(lines), &range, 0), &[]);
    }
    // A hook that only the wrapper knows.
    let inside = "\tif (!lazy->holds && !lazy->depth++)";
    let hook = "\tarch_prepare_lazy_mmu_mode();\n";
    let said: &[&str] = &[
        ENTRY,
        "error: incomplete-hooks: `arch_prepare_lazy_mmu_mode`",
    ];
    each(
        &concise(&with_lines(&[(ENTRY, inside, hook)]), &range, 1),
        &[said],
    );
    let default = "#ifndef arch_prepare_lazy_mmu_mode\n\
        static inline void arch_prepare_lazy_mmu_mode(void) { }\n#endif\n";
    let right = with_lines(&[
        (ENTRY, inside, hook),
        (ENTRY, "#ifndef ptep_age_hint", default),
    ]);
    each(&concise(&right, &range, 0), &[]);
}
