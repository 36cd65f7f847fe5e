//! The command `emit`.

use std::fs;

use super::program::{Copy, kfeat, mini, on};

const TABLE: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";

#[test]
fn the_table_goes_to_standard_output() {
    let ended = on(&mini(), ["emit"]).exits(0);
    assert_eq!(ended.err, "");
    assert_eq!(ended.out, fs::read_to_string(mini().join(TABLE)).unwrap());
}

#[test]
fn only_those_that_support_it_where_that_is_asked_for() {
    let tree = Copy::new();
    tree.remove(TABLE);
    let ended = on(tree.path(), ["emit", "--arches", "supported"]).exits(0);
    assert_eq!(
        ended.out,
        "#\n\
         # Feature name:          lazy_mmu mode\n\
         #         Kconfig:       ARCH_HAS_LAZY_MMU_MODE\n\
         #         description:   arch supports arch_{enter|flush|leave}_lazy_mmu_mode()\n\
         #\n    \
             -----------------------\n    \
             |         arch |status|\n    \
             -----------------------\n    \
             |       arm64: |  ok  |\n    \
             |     powerpc: |  ok  |\n    \
             |       sparc: |  ok  |\n    \
             |         x86: |  ok  |\n    \
             -----------------------\n"
    );
}

#[test]
fn check_shows_the_difference_and_exits_with_1() {
    let tree = Copy::new();
    let ended = on(tree.path(), ["emit", "--check"]).exits(0);
    assert_eq!((&*ended.out, &*ended.err), ("", ""));
    let right = tree.read(TABLE);
    let wrong = right.replace("|       arm64: |  ok  |", "|       arm64: | TODO |");
    assert_ne!(right, wrong);
    tree.write(TABLE, &wrong);
    let ended = on(tree.path(), ["emit", "--check"]).exits(1);
    assert!(
        ended.out.contains("-    |       arm64: | TODO |\n"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("+    |       arm64: |  ok  |\n"),
        "{}",
        ended.out
    );
    assert_eq!(tree.read(TABLE), wrong);
    tree.remove(TABLE);
    // A tree need not have the table, unless the feature is named.
    let ended = on(tree.path(), ["emit", "--check"]).exits(0);
    assert!(ended.err.contains("does not exist"), "{}", ended.err);
    let named = ["emit", "--check", "--feature", "lazy_mmu"];
    let ended = on(tree.path(), named).exits(1);
    assert!(ended.out.contains("/dev/null"), "{}", ended.out);
    let ended = on(tree.path(), ["emit", "--diff"]).exits(0);
    assert!(ended.out.contains("/dev/null"), "{}", ended.out);
    kfeat(["emit", "--check", "--write"]).refuses(&["cannot be used with"]);
}

#[test]
fn write_makes_the_file_and_does_nothing_the_second_time() {
    let tree = Copy::new();
    let right = tree.read(TABLE);
    tree.remove("Documentation/features/vm/lazy_mmu");
    let ended = on(tree.path(), ["emit", "--write"]).exits(0);
    assert_eq!(ended.out, "");
    assert!(
        ended.err.contains(&format!("wrote {TABLE}")),
        "{}",
        ended.err
    );
    for row in right.lines().filter(|line| line.contains("ok")) {
        assert!(tree.read(TABLE).contains(row), "{row}");
    }
    let before = tree.picture();
    let ended = on(tree.path(), ["emit", "--write"]).exits(0);
    assert!(ended.err.contains("is up to date"), "{}", ended.err);
    assert!(before == tree.picture());
    on(tree.path(), ["emit", "--check"]).exits(0);
}

#[test]
fn write_keeps_what_people_wrote_and_leaves_no_other_file() {
    let tree = Copy::new();
    let wrong = tree
        .read(TABLE)
        .replace("|       arm64: |  ok  |", "|       arm64: | TODO |")
        .replace("|       riscv: | TODO |", "|       riscv: |  ..  |")
        .replace("|        s390: | TODO |", "|        s390: | N/A  |");
    tree.write(TABLE, &wrong);
    on(tree.path(), ["emit", "--write"]).exits(0);
    let text = tree.read(TABLE);
    for row in [
        "|       arm64: |  ok  |",
        "|       riscv: |  ..  |",
        "|        s390: | N/A  |",
    ] {
        assert!(text.contains(row), "{row}\n{text}");
    }
    let names: Vec<_> = fs::read_dir(tree.path().join(TABLE).parent().unwrap())
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    assert_eq!(names, ["arch-support.txt"]);
}

#[cfg(unix)]
#[test]
fn write_keeps_the_permissions() {
    use std::os::unix::fs::PermissionsExt;
    let tree = Copy::new();
    let path = tree.path().join(TABLE);
    let mode = || fs::metadata(&path).unwrap().permissions().mode() & 0o7777;
    tree.write(TABLE, "");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o640)).unwrap();
    on(tree.path(), ["emit", "--write"]).exits(0);
    assert_eq!(mode(), 0o640);
    tree.remove(TABLE);
    on(tree.path(), ["emit", "--write"]).exits(0);
    assert_eq!(mode(), 0o644);
}

/// Root may write everywhere, so what cannot be written is a place below a file.
#[test]
fn a_tree_that_cannot_be_written_gives_an_error_and_stays_as_it_is() {
    let tree = Copy::new();
    tree.remove("Documentation/features/vm");
    tree.write("Documentation/features/vm", "a file");
    let before = tree.picture();
    on(tree.path(), ["emit", "--write"]).refuses(&["Documentation/features/vm"]);
    assert!(before == tree.picture());
}

#[cfg(unix)]
#[test]
fn write_follows_no_link_out_of_the_tree() {
    let tree = Copy::new();
    let outside = tempfile::tempdir().unwrap();
    tree.remove("Documentation/features/vm/lazy_mmu");
    tree.link(
        "Documentation/features/vm/lazy_mmu",
        outside.path().to_str().unwrap(),
    );
    on(tree.path(), ["emit", "--write"]).refuses(&["points outside the tree"]);
    tree.remove("Documentation/features/vm");
    tree.link(
        "Documentation/features/vm",
        outside.path().to_str().unwrap(),
    );
    on(tree.path(), ["emit", "--write"]).refuses(&["points outside the tree"]);
    tree.link("Documentation/features/vm", "nowhere/at/all");
    on(tree.path(), ["emit", "--write"]).refuses(&["Documentation/features/vm"]);
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 0);
}

/// A table of another feature, for `--all`, in a tree where nothing else is wrong.
const OTHER: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// Nothing is written from a table that cannot be read as one, whichever command writes.
#[test]
fn a_table_that_cannot_be_read_is_named_and_left_alone() {
    let tree = Copy::new();
    let path = tree.path().join(OTHER);
    let right = tree.read(OTHER);
    let wrong = right.replace("TODO", " ok ");
    assert_ne!(right, wrong);
    let utf16: Vec<u8> = wrong.encode_utf16().flat_map(u16::to_le_bytes).collect();
    let conflict = format!("<<<<<<< HEAD\n{wrong}=======\n{right}>>>>>>> topic\n");
    for (bytes, reason) in [
        (
            [b"\xff\xfe".to_vec(), utf16].concat(),
            "has the control character U+0000",
        ),
        (
            wrong.replace('\n', "\r").into_bytes(),
            "has the control character U+000D",
        ),
        (
            wrong.replacen('|', "|\0", 3).into_bytes(),
            "has the control character U+0000",
        ),
        (
            conflict.into_bytes(),
            "line 1 is the mark of a merge conflict",
        ),
        (Vec::new(), "it has no `Kconfig:` line with a symbol"),
        (
            b"\n# nothing\n".to_vec(),
            "it has no `Kconfig:` line with a symbol",
        ),
    ] {
        fs::write(&path, &bytes).unwrap();
        let before = tree.picture();
        let message = format!("cannot update `{OTHER}`: ");
        for option in ["--write", "--check", "--diff", "--format-patch=-"] {
            let ended = on(
                tree.path(),
                ["emit", "--all", option, "--from", "A <a@b.org>"]
                    .into_iter()
                    .take(if option.starts_with("--f") { 5 } else { 3 }),
            )
            .exits(2);
            assert!(ended.err.contains(&message), "{option}: {}", ended.err);
            assert!(ended.err.contains(reason), "{option}: {}", ended.err);
            assert_eq!(ended.out, "", "{option}");
            assert!(!ended.err.contains("all tables are"), "{}", ended.err);
        }
        for command in ["audit", "check"] {
            on(tree.path(), [command, "--fix", "--write"]).run();
        }
        assert!(before == tree.picture(), "{reason}");
    }
    // The table of a feature that is named, without `--all`.
    let text = tree
        .read(TABLE)
        .replace("arm64: |  ok  |", "arm64: | TODO | # why");
    tree.write(OTHER, &right);
    tree.write(TABLE, &text);
    let before = tree.picture();
    for arguments in [
        &["emit"][..],
        &["emit", "--write"],
        &["emit", "--check"],
        &["emit", "--diff"],
    ] {
        let ended = on(tree.path(), arguments).exits(2);
        assert!(
            ended.err.contains("begins like a row, but is not one"),
            "{}",
            ended.err
        );
        assert_eq!(ended.out, "");
    }
    assert!(before == tree.picture());
}

#[test]
fn bytes_that_are_not_utf_8_stay() {
    let latin = |text: &str| {
        let text = text.replace("#\n    ---", "# gr@n\n#\n    ---");
        let text = text.replace("    |     powerpc", "# @ber\n    |     powerpc");
        let bytes = text.into_bytes().into_iter();
        bytes
            .map(|byte| if byte == b'@' { 0xfc } else { byte })
            .collect::<Vec<u8>>()
    };
    let tree = Copy::new();
    let path = tree.path().join(OTHER);
    let right = tree.read(OTHER);
    // The row of powerpc has to move, and a status to change.
    let row = right
        .lines()
        .find(|line| line.contains(" powerpc:"))
        .map(|row| format!("{row}\n"))
        .unwrap();
    let moved = right.replace(&row, "");
    let at = moved.rfind("    ---").unwrap();
    let wrong = format!("{}{row}{}", &moved[..at], &moved[at..]);
    let wrong = wrong.replace("arm64: |  ok  |", "arm64: | TODO |");
    for command in [
        &["emit", "--all", "--write"][..],
        &["audit", "--fix", "--write"],
    ] {
        fs::write(&path, latin(&wrong)).unwrap();
        let shown = on(
            tree.path(),
            ["emit", "--all", "--format-patch", "--from", "A <a@b.org>"],
        );
        let shown = shown.command().output().unwrap();
        assert!(shown.stdout.windows(6).any(|part| part == b"# \xfcber"));
        on(tree.path(), command).run();
        let written = fs::read(&path).unwrap();
        let count = |bytes: &[u8]| bytes.iter().filter(|byte| **byte == 0xfc).count();
        assert_eq!(count(&written), 2, "{command:?}");
        assert!(!written.contains(&b'?'), "{command:?}");
        assert_ne!(written, latin(&wrong));
        if command[0] == "emit" {
            assert_eq!(written, latin(&right));
        }
    }
}
