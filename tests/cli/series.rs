//! `check --range` and `check --patch`: what commits and patches bring and repair.

use std::io::Write;

use super::git::Repository;
use super::program::on;

const HEADER: &str = "arch/x86/include/asm/pgtable.h";
const MARKER: &str = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n";

/// A repository whose `base` has one finding, and four commits on top of it: one that touches nothing, one that brings a
/// marker, one that shifts lines, and one that takes the marker away again and brings a misspelt select.
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
    let (head, last) = header.trim_end().rsplit_once('\n').unwrap();
    repository
        .tree
        .write(HEADER, &format!("{head}\n{MARKER}{last}\n"));
    repository.commit("x86: a marker");
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
    let marker: &[&str] = &[
        HEADER,
        "retired-marker",
        "[x86] (broken from 2/4 to 3/4: bisection would stop here)",
    ];
    let slip: &[&str] = &[
        "arch/sparc/Kconfig",
        "select-undeclared",
        "(since 4/4: ",
        "\"sparc: a slip of the pen\")",
    ];
    each(
        &concise(&repository, &["--range", "base..main"], 1),
        &[slip, marker],
    );
    each(
        &concise(&repository, &["--range", "base.."], 1),
        &[slip, marker],
    );
    let old: &[&str] = &["arch/arm64/Kconfig:", "(it was there before)"];
    each(
        &concise(&repository, &["--range", "base..main", "--all-findings"], 1),
        &[old, slip, marker],
    );
    // One commit at a time: the marker is known to the second half, and repaired by it.
    each(&concise(&repository, &["--range", "base..main~3"], 0), &[]);
    each(
        &concise(&repository, &["--range", "main~2..main~1"], 0),
        &[],
    );
    let shown = on(repository.path(), ["check", "--range", "main~2..main"])
        .exits(1)
        .out;
    assert!(
        shown.contains("1 error, 1 fixed, 1 known before; "),
        "{shown}"
    );
    let shown = on(repository.path(), ["check", "--range", "base..main"])
        .exits(1)
        .out;
    assert!(
        shown.contains(MARKER.trim()),
        "the snippet is that of the commit:\n{shown}"
    );
    assert!(
        shown.contains("brought by 2/4: ") && shown.contains("repaired by 4/4: "),
        "{shown}"
    );
    assert!(before == repository.tree.picture());
}

/// b4 keeps a cover letter in a commit that changes nothing.
#[test]
fn empty_commits_count_wherever_they_stand() {
    let repository = Repository::new();
    let header = repository.tree.read(HEADER);
    repository.commit("cover letter");
    repository.commit("another one");
    repository.tree.write(
        HEADER,
        &header.replacen("#define", &format!("{MARKER}#define"), 1),
    );
    repository.commit("x86: a marker");
    repository.commit("nothing");
    repository.tree.write(HEADER, &header);
    repository.commit("x86: no marker");
    repository.commit("nothing more");
    let marker: &[&str] = &["retired-marker", "[x86] (broken from 3/6 to 4/6: "];
    each(
        &concise(&repository, &["--range", "base..main"], 1),
        &[marker],
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
}

#[test]
fn patches_show_the_same_without_git() {
    let repository = repository();
    let mails = repository.git(&["format-patch", "--stdout", "base..main"]);
    let file = repository.path().join("series.mbox");
    std::fs::write(&file, &mails).unwrap();
    let file = file.to_str().unwrap();
    let marker: &[&str] = &["retired-marker", "[x86] (broken from 2/4 to 3/4: bisection"];
    let slip: &[&str] = &[
        "select-undeclared",
        "(since 4/4: \"sparc: a slip of the pen\")",
    ];
    let lines = concise(&repository, &["--rev", "base", "--patch", file], 1);
    each(&lines, &[slip, marker]);
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
    each(&concise(&repository, &arguments, 1), &[slip, marker]);
    let letter = files.last().unwrap();
    on(repository.path(), ["check", "--patch", letter])
        .refuses(&["0000-cover-letter.patch", "no patch in it"]);
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
        "where the patch has `",
        "SOMETHING_ELSE",
    ]);
    patch("no patch\n").refuses(&["cannot use `", "there is no patch in it"]);
    patch("--- a/../x\n+++ b/../x\n@@ -0,0 +1 @@\n+x\n").refuses(&["leaves the tree"]);
    let run = |arguments: &[&str]| on(repository.path(), [&["check"], arguments].concat());
    run(&["--patch", "/nonexistent"]).refuses(&["cannot read the patch `/nonexistent`"]);
    run(&["--range", "main"]).refuses(&["`main` is no range", "`A..B`"]);
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
    // What is cut off, or packed by another program, is refused with what to do.
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
