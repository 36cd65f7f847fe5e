//! Tests of patches in their forms, and of what is said where they do not apply.

use std::path::Path;
use std::process::Command;

use super::{Mails, Nearest, PatchError, apply, read};
use crate::tree::Tree;

/// Ten lines, of which two are the same.
const TEXT: &str = "one\ntwo\nthree\nfour\nfive\nsix\nsame\nsame\nnine\nten\n";

/// A directory that passes for a kernel tree.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        for file in ["Kconfig", "Makefile", "arch/one/Kconfig"] {
            scratch.write(file, "# text\n");
        }
        scratch.write("arch/one/a.h", TEXT);
        scratch
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path())
            .args(["-c", "user.name=Somebody", "-c", "user.email=s@example.org"])
            .args(["-c", "diff.noprefix=false", "-c", "core.autocrlf=false"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        output.stdout
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "-m", subject]);
    }

    fn tree(&self) -> Tree {
        Tree::open(self.path()).unwrap()
    }

    /// The tree with the patches of a text on top.
    fn patched(&self, patch: impl AsRef<[u8]>) -> Result<Tree, PatchError> {
        let patches = read(patch.as_ref())?;
        patches
            .iter()
            .try_fold(self.tree(), |tree, patch| apply(&tree, patch))
    }

    fn error(&self, patch: &str) -> PatchError {
        self.patched(patch).unwrap_err()
    }
}

/// All files with their texts, those of git left out.
fn picture(tree: &Tree) -> Vec<(String, Vec<u8>)> {
    let paths = tree.walk("", &|path| !path.starts_with(".git/")).unwrap();
    let read = |path: String| {
        let text = tree.read_itself(&path).unwrap();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

fn text(tree: &Tree, path: &str) -> String {
    tree.read_text(path).unwrap()
}

const HUNK: &str = "@@ -3,4 +3,4 @@ somewhere\n three\n four\n-five\n+FIVE\n six\n";

#[test]
fn names_come_in_many_forms() {
    let scratch = Scratch::new();
    let expected = TEXT.replace("five", "FIVE");
    for names in [
        "diff --git a/arch/one/a.h b/arch/one/a.h\nindex 1..2 100644\n--- a/arch/one/a.h\n+++ b/arch/one/a.h\n",
        "diff --git arch/one/a.h arch/one/a.h\n--- arch/one/a.h\n+++ arch/one/a.h\n",
        "--- a/arch/one/a.h\n+++ b/arch/one/a.h\n",
        "--- linux.orig/arch/one/a.h\t2026-01-01 00:00:00\n+++ linux/arch/one/a.h\t2026-01-02 00:00:00\n",
        "--- arch/one/a.h.orig\t2026-01-01\n+++ arch/one/a.h\t2026-01-02\n",
        "Index: arch/one/a.h\n=====\n--- arch/one/a.h\n+++ arch/one/a.h\n",
        "commit 0123\nAuthor: Somebody\n\n    what it does\n\ndiff --git a/arch/one/a.h b/arch/one/a.h\n--- a/arch/one/a.h\n+++ b/arch/one/a.h\n",
        "--- \"a/arch/one/\\141.h\"\t2026-01-01 00:00:00 +0000\n+++ \"b/arch/one/\\141.h\"\t2026-01-02 00:00:00 +0000\n",
        "diff --git \"a/arch/one/\\141.h\" \"b/arch/one/\\141.h\"\n--- \"a/arch/one/\\141.h\"\n+++ \"b/arch/one/\\141.h\"\n",
    ] {
        let tree = scratch
            .patched(format!("{names}{HUNK}"))
            .unwrap_or_else(|error| panic!("{names}: {error}"));
        assert_eq!(text(&tree, "arch/one/a.h"), expected, "{names}");
    }
}

/// Where a name without its first part is that of another file.
#[test]
fn names_without_a_prefix_are_told_from_those_with_one() {
    let scratch = Scratch::new();
    scratch.write("one/a.h", "another\nfile\n");
    scratch.write("a.h", TEXT);
    scratch.write("arch/b.h", "b\n");
    scratch.write("b.h", "b\n");
    let expected = TEXT.replace("five", "FIVE");
    for names in [
        "diff --git arch/one/a.h arch/one/a.h\nindex 1..2 100644\n--- arch/one/a.h\n+++ arch/one/a.h\n",
        "--- arch/one/a.h.orig\t2026-01-01\n+++ arch/one/a.h\t2026-01-02\n",
        "--- arch/one/a.h\n+++ arch/one/a.h\n",
        "diff --git x/arch/one/a.h x/arch/one/a.h\n--- x/arch/one/a.h\n+++ x/arch/one/a.h\n",
    ] {
        let tree = scratch
            .patched(format!("{names}{HUNK}"))
            .unwrap_or_else(|error| panic!("{names}: {error}"));
        assert_eq!(text(&tree, "arch/one/a.h"), expected, "{names}");
        assert_eq!(text(&tree, "one/a.h"), "another\nfile\n", "{names}");
    }
    let new = "@@ -0,0 +1 @@\n+new\n";
    for (names, path) in [
        (
            "diff --git arch/n.h arch/n.h\nnew file mode 100644\nindex 0..2\n--- /dev/null\n+++ arch/n.h\n",
            "arch/n.h",
        ),
        ("--- /dev/null\n+++ arch/n.h\n", "arch/n.h"),
        ("--- arch/n.h\t1970-01-01\n+++ arch/n.h\n", "arch/n.h"),
        ("--- /dev/null\n+++ b/arch/n.h\n", "arch/n.h"),
        (
            "--- linux.orig/arch/two/n.h\n+++ linux/arch/two/n.h\n",
            "arch/two/n.h",
        ),
    ] {
        let tree = scratch.patched(format!("{names}{new}")).unwrap();
        assert_eq!(text(&tree, path), "new\n", "{names}");
    }
    // The same with an empty file, of which only the header tells, and with one whose lines are left out.
    let moved = "diff --git arch/b.h arch/b.h\ndeleted file mode 100644\nindex 1..0\n";
    let tree = scratch.patched(moved).unwrap();
    assert!(!tree.has_entry("arch/b.h") && tree.has_entry("b.h"));
}

#[test]
fn mails_come_in_many_forms() {
    let scratch = Scratch::new();
    let expected = TEXT.replace("five", "FIVE");
    let diff = format!(
        "---\n a.h | 2 +-\n\ndiff --git a/arch/one/a.h b/arch/one/a.h\n--- a/arch/one/a.h\n+++ b/arch/one/a.h\n{HUNK}-- \n2.47.3\n\n"
    );
    let head = "From: Somebody <s@example.org>\nSubject: [PATCH v2 1/1] one: shout\n";
    let mime = "MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\n";
    let quoted = diff.replace("=", "=3D").replace("+FIVE", "+F=49=\nVE");
    let encoded = "LS0tIGEvYXJjaC9vbmUvYS5oCisrKyBiL2FyY2gvb25lL2EuaApAQCAtMyw0ICszLDQgQEAg\nc29tZXdoZXJlCiB0aHJlZQogZm91cgotZml2ZQorRklWRQogc2l4Cg==\n";
    let forms = [
        format!(
            "From 0123456789 Mon Sep 17 00:00:00 2001\n{head}\nWhy.\n\nFrom now on it shouts.\n{diff}"
        ),
        format!("{head}{mime}Content-Transfer-Encoding: quoted-printable\n\n{quoted}"),
        format!("{head}{mime}Content-Transfer-Encoding: base64\n\n{encoded}"),
        format!("{head}\n{diff}").replace('\n', "\r\n"),
        format!("{head}{mime}Content-Transfer-Encoding: 8bit\n\nGr\u{fc}\u{df}e\n{diff}"),
        format!(
            "{head}Content-Type: multipart/mixed;\n boundary=xyz\n\n--xyz\nContent-Type: text/plain\n\n{diff}\n--xyz--\n"
        ),
    ];
    for form in forms {
        let patches = read(form.as_bytes()).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(patches.len(), 1);
        assert_eq!(patches[0].subject.as_deref(), Some("one: shout"));
        assert_eq!(patches[0].number, Some((1, 1)));
        let tree = scratch
            .patched(&form)
            .unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(text(&tree, "arch/one/a.h"), expected, "{form}");
    }
}

#[test]
fn a_mailbox_is_a_series() {
    let scratch = Scratch::new();
    let mail = |number: &str, from: &str, to: &str| {
        format!(
            "From 0123456789 Mon Sep 17 00:00:00 2001\nFrom: S <s@example.org>\nSubject: [PATCH {number}] step {to}\n\n---\n\
            --- a/arch/one/a.h\n+++ b/arch/one/a.h\n@@ -4,3 +4,3 @@\n four\n-{from}\n+{to}\n six\n--\n2.47\n\n"
        )
    };
    let cover = "From 0123456789 Mon Sep 17 00:00:00 2001\nFrom: S <s@example.org>\nSubject: [PATCH 0/2] cover\n\nWords.\n\n";
    let (first, second) = (mail("1/2", "five", "5"), mail("2/2", "5", "V"));
    for order in [
        format!("{cover}{first}{second}"),
        format!("{second}{first}"),
    ] {
        let subjects: Vec<_> = read(order.as_bytes())
            .unwrap()
            .into_iter()
            .map(|patch| patch.subject.unwrap())
            .collect();
        assert_eq!(subjects, ["step 5", "step V"]);
        let tree = scratch.patched(order).unwrap();
        assert_eq!(text(&tree, "arch/one/a.h"), TEXT.replace("five", "V"));
    }
}

#[test]
fn hunks_are_found_elsewhere_but_fit_to_the_letter() {
    let scratch = Scratch::new();
    scratch.write("arch/one/a.h", &format!("new\nnew\nnew\n{TEXT}"));
    let patch = format!(
        "--- a/arch/one/a.h\n+++ b/arch/one/a.h\n{HUNK}@@ -8,3 +8,4 @@\n same\n same\n+between\n nine\n"
    );
    let tree = scratch.patched(&patch).unwrap();
    let expected = format!("new\nnew\nnew\n{TEXT}")
        .replace("five", "FIVE")
        .replace("nine", "between\nnine");
    assert_eq!(text(&tree, "arch/one/a.h"), expected);

    scratch.write("arch/one/a.h", &TEXT.replace("four", "vier"));
    let error = scratch.error(&patch);
    assert_eq!(
        error.to_string(),
        "`arch/one/a.h`: hunk 1 of 2 (`@@ -3,4 +3,4 @@`) does not apply"
    );
    let PatchError::Rejected { nearest, .. } = error else {
        panic!()
    };
    assert_eq!(
        nearest.to_string(),
        "nearest match at line 3: line 4 is `vier`, but the patch has `four`"
    );

    scratch.write("arch/one/a.h", &TEXT.replace("five", "FIVE"));
    let PatchError::Rejected { nearest, .. } = scratch.error(&patch) else {
        panic!()
    };
    assert_eq!(*nearest, Nearest::Applied { line: 3 });

    scratch.write("arch/one/a.h", "nothing of it\n");
    let PatchError::Rejected { nearest, .. } = scratch.error(&patch) else {
        panic!()
    };
    assert_eq!(*nearest, Nearest::Nothing);

    // Steering characters of the tree do not reach a terminal.
    scratch.write("arch/one/a.h", "three\n\u{1b}[2J\nfive\nsix\n");
    let PatchError::Rejected { nearest, .. } = scratch.error(&patch) else {
        panic!()
    };
    assert!(!nearest.to_string().contains('\u{1b}'), "{nearest}");
}

#[test]
fn what_git_writes_gives_what_git_has() {
    let scratch = Scratch::new();
    scratch.write("arch/one/moved.h", &"a long text\nthat moves\n".repeat(9));
    scratch.write("arch/one/gone.h", "gone\n");
    scratch.write("arch/one/no-end", "no end");
    scratch.write("arch/one/crlf", "one\r\ntwo\r\nthree\r\n");
    scratch.write("arch/one/name with space", "x\n");
    scratch.git(&["init", "-q", "-b", "main"]);
    scratch.commit("base");
    let base = Tree::at_revision(
        &crate::tree::git::Repository::open(scratch.path(), true).unwrap(),
        "HEAD",
    )
    .unwrap();

    std::fs::rename(
        scratch.path().join("arch/one/moved.h"),
        scratch.path().join("arch/one/there.h"),
    )
    .unwrap();
    let moved = std::fs::read_to_string(scratch.path().join("arch/one/there.h")).unwrap();
    scratch.write("arch/one/there.h", &moved.replacen("long", "longer", 1));
    std::fs::remove_file(scratch.path().join("arch/one/gone.h")).unwrap();
    scratch.write("arch/one/no-end", "no end\n");
    scratch.write("arch/one/a.h", TEXT.trim_end());
    scratch.write("arch/one/crlf", "one\r\nTWO\r\nthree\r\n");
    scratch.write("arch/two/Kconfig", "new\n");
    scratch.write("arch/two/empty", "");
    scratch.write("arch/one/name with space", "y\n");
    scratch.write("arch/one/\u{fc}", "not ASCII\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::{PermissionsExt, symlink};
        symlink("one/a.h", scratch.path().join("arch/link.h")).unwrap();
        std::fs::set_permissions(
            scratch.path().join("Makefile"),
            PermissionsExt::from_mode(0o755),
        )
        .unwrap();
    }
    scratch.commit("everything: [at once]");
    std::fs::rename(
        scratch.path().join("arch/one/there.h"),
        scratch.path().join("arch/one/back.h"),
    )
    .unwrap();
    scratch.commit("move on");
    let expected = picture(&scratch.tree());
    for options in [
        &["-M"][..],
        &["--no-renames"],
        &["-C", "-C", "-B"],
        &["-U0"],
        &["-U9", "--attach"],
    ] {
        let arguments = [&["format-patch", "--stdout", "HEAD~2.."], options].concat();
        let mails = scratch.git(&arguments);
        let patches = read(&mails).unwrap();
        assert_eq!(patches.len(), 2);
        let tree = patches
            .iter()
            .try_fold(base.clone(), |tree, patch| apply(&tree, patch));
        let tree = tree.unwrap_or_else(|error| panic!("{options:?}: {error}"));
        assert_eq!(picture(&tree), expected, "{options:?}");
    }
    let difference = scratch.git(&["diff", "-R", "-M", "HEAD~2"]);
    let back = scratch.git(&["diff", "-M", "HEAD~2"]);
    let tree = apply(&base, &read(&back).unwrap()[0]).unwrap();
    assert_eq!(picture(&tree), expected);
    let tree = apply(&tree, &read(&difference).unwrap()[0]).unwrap();
    assert_eq!(picture(&tree), picture(&base));
}

/// git takes a hunk without lines after it for one of the file's end, so that what was appended is not appended again.
#[test]
fn what_was_appended_is_not_appended_again() {
    let scratch = Scratch::new();
    scratch.git(&["init", "-q"]);
    scratch.commit("one");
    scratch.write("arch/one/a.h", &format!("{TEXT}\nthe end\n"));
    let patch = String::from_utf8(scratch.git(&["diff"])).unwrap();
    let PatchError::Rejected { nearest, .. } = scratch.error(&patch) else {
        panic!("it was applied twice");
    };
    assert_eq!(*nearest, Nearest::Applied { line: 8 });
    // Further lines in front of it do no harm.
    scratch.write("arch/one/a.h", &format!("before\n{TEXT}"));
    let patched = scratch.patched(&patch).unwrap();
    let expected = format!("before\n{TEXT}\nthe end\n");
    assert_eq!(text(&patched, "arch/one/a.h"), expected);
}

#[test]
fn what_cannot_be_applied_is_refused() {
    let scratch = Scratch::new();
    let named = |old: &str, new: &str, hunk: &str| {
        scratch
            .error(&format!("--- {old}\n+++ {new}\n{hunk}"))
            .to_string()
    };
    for (old, new) in [
        ("a/../x", "b/../x"),
        ("/etc/passwd", "/etc/passwd"),
        ("a/arch/../../x", "b/arch/../../x"),
    ] {
        let said = named(old, new, HUNK);
        assert!(said.contains("outside the tree"), "{said}");
    }
    assert!(
        named("a/none.h", "b/none.h", HUNK)
            .contains("the patch changes `none.h`, but the tree has no such file")
    );
    assert!(
        named("/dev/null", "b/Kconfig", "@@ -0,0 +1 @@\n+x\n").contains("already has this file")
    );
    assert!(
        named(
            "a/arch/one/a.h",
            "b/arch/one/a.h",
            "@@ -1,3 +1,3 @@\n one\n-two\n"
        )
        .contains("line 6")
    );
    assert!(
        named(
            "a/arch/one/a.h",
            "b/arch/one/a.h",
            "@@ -1,2 +1 @@\n one\nwrapped\n"
        )
        .contains("the hunk has fewer lines")
    );
    assert!(
        named("a/arch/one/a.h", "b/arch/one/a.h", "@@ -x +1 @@\n one\n")
            .contains("invalid numbers")
    );
    let binary = "diff --git a/x.bin b/x.bin\nindex 1..2 100644\nGIT binary patch\nliteral 3\nKcmZ\n\nliteral 0\n\n";
    // A text that was cut off, wherever.
    let head = "diff --git a/arch/one/a.h b/arch/one/a.h\nindex 1..2 100644\n--- a/arch/one/a.h\n+++ b/arch/one/a.h\n";
    let whole = format!("{head}{HUNK}");
    let starts = whole.match_indices('\n').map(|(end, _)| &whole[..end]);
    let mut starts = starts.filter(|start| start.len() < whole.len() - 1).skip(1);
    assert!(starts.all(|start| matches!(scratch.patched(start), Err(PatchError::Damaged { .. }))));
    // Anything that kfeat never reads it need not know.
    scratch.write("x.bin", "x");
    let other = "Binary files a/x.bin and b/x.bin differ\n";
    let other = format!("diff --git a/x.bin b/x.bin\nindex 1..2 100644\n{other}");
    for binary in [binary, &other] {
        assert_eq!(text(&scratch.patched(binary).unwrap(), "x.bin"), "x");
        let binary = binary.replace("x.bin", "arch/one/a.h");
        assert!(scratch.error(&binary).to_string().contains("binary"));
        let gone = binary.replace("index", "deleted file mode 100644\nindex");
        assert!(scratch.error(&gone).to_string().contains("binary"));
        let gone = gone.replace("arch/one/a.h", "x.bin");
        assert!(!scratch.patched(&gone).unwrap().has_entry("x.bin"));
    }
    // One that changes a binary file, too, and ones of which git colours only some lines.
    for (line, coloured) in [
        (1, "\u{1b}[1mdiff --git a/x b/x\u{1b}[m\n"),
        (
            1,
            "\u{1b}[1mdiff --git a/x b/x\u{1b}[m\nBinary files /dev/null and b/x differ\n",
        ),
        (
            5,
            "diff --git a/x b/x\nindex 1..2 100644\n--- a/x\n+++ b/x\n\u{1b}[36m@@ -1 +1 @@\u{1b}[m\n\u{1b}[31m-a\u{1b}[m\n",
        ),
        (
            4,
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n\u{1b}[1;31m-a\u{1b}[m\n\u{1b}[32m+\u{1b}[m\u{1b}[32mb\u{1b}[m\n",
        ),
    ] {
        let error = scratch.error(coloured);
        assert!(
            matches!(error, PatchError::Coloured { line: at } if at == line),
            "{coloured:?}: {error}"
        );
    }
    for nothing in [
        "",
        "just words\n",
        "Subject: x\n\nwords\n---\n--- words\n",
        "\u{0}\u{1}",
    ] {
        assert!(
            matches!(scratch.error(nothing), PatchError::NoPatch),
            "{nothing:?}"
        );
    }
    assert!(
        scratch
            .error("diff --cc arch/one/a.h\n")
            .to_string()
            .contains("merge")
    );
    #[cfg(unix)]
    {
        std::os::unix::fs::symlink("/tmp", scratch.path().join("arch/out")).unwrap();
        std::os::unix::fs::symlink("one", scratch.path().join("arch/in")).unwrap();
        for path in ["arch/out/x", "arch/in/x"] {
            let said = named("/dev/null", &format!("b/{path}"), "@@ -0,0 +1 @@\n+x\n");
            assert!(said.contains("outside the tree"), "{said}");
        }
    }
}

/// Random edits, written as differences by another program's code, give the edited text.
#[test]
fn random_edits_come_back() {
    let mut state = 42u64;
    let mut random = move |below: usize| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let scratch = Scratch::new();
    for _ in 0..200 {
        let lines: Vec<String> = (0..random(60))
            .map(|_| format!("line {}\n", random(12)))
            .collect();
        let mut edited = lines.clone();
        for _ in 0..1 + random(6) {
            let at = random(edited.len() + 1);
            match random(3) {
                0 => edited.insert(at, format!("new {}\n", random(3))),
                1 if at < edited.len() => drop(edited.remove(at)),
                _ if at < edited.len() => edited[at] = format!("changed {}\n", random(3)),
                _ => edited.push("end\n".to_owned()),
            }
        }
        let (mut before, mut after) = (lines.concat(), edited.concat());
        for text in [&mut before, &mut after] {
            if random(8) == 0 {
                text.pop();
            }
        }
        if before == after || before.is_empty() || after.is_empty() {
            continue;
        }
        let difference = similar::TextDiff::from_lines(&before, &after)
            .unified_diff()
            .context_radius(random(4))
            .header("a/arch/one/r", "b/arch/one/r")
            .to_string();
        scratch.write("arch/one/r", &before);
        let tree = scratch
            .patched(&difference)
            .unwrap_or_else(|error| panic!("{error}\n{difference}\n{before}"));
        assert_eq!(text(&tree, "arch/one/r"), after, "{difference}");
        // Whatever happens to the text, reading it ends.
        let mut broken = difference.into_bytes();
        for _ in 0..3 {
            let at = random(broken.len());
            broken[at] = b"\n@-+ \\x0"[random(8)];
        }
        let _ = scratch.patched(&broken);
    }
}

#[test]
fn a_patch_that_changes_nothing_keeps_its_place() {
    let mail = |number: u32, diff: &str| {
        format!(
            "From 0 Mon Sep 17 00:00:00 2001\nFrom: A <a@b.c>\nDate: x\nSubject: [PATCH {number}/4] t{number}\n\nwords\n---\n{diff}\n"
        )
    };
    let diff = |path: &str| {
        format!(
            "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+x\n"
        )
    };
    let subjects = |texts: &[String]| {
        let mut mails = Mails::default();
        for text in texts {
            mails.add(text.as_bytes()).unwrap();
        }
        let patches = mails.select().unwrap().patches.into_iter();
        let subjects = patches.map(|(_, patch)| patch.subject.unwrap_or_default());
        subjects.collect::<Vec<_>>()
    };
    let (one, three, four) = (
        mail(1, &diff("a")),
        mail(3, &diff("b")),
        mail(4, &diff("c")),
    );
    let all = [mail(0, ""), one, mail(2, ""), three.clone(), four.clone()];
    assert_eq!(subjects(&all), ["t1", "t2", "t3", "t4"]);
    // A mail that is missing is not made up, and a reply does not count.
    let reply = mail(2, "").replace("Subject: ", "Subject: Re: ");
    assert_eq!(subjects(&[reply, three.clone(), four]), ["t3", "t4"]);
    let twice = [mail(2, ""), three, mail(2, "")];
    assert_eq!(subjects(&twice), ["t3"]);
}
