//! `check --fix`: safe fixes shown as a diff, or made.

use super::program::{Copy, mini, on};

const MISSPELT: &str = "select-undeclared-misspelt";
const MARKER: &str = "retired-marker-define";

#[test]
fn fixes_are_shown_as_a_diff_and_nothing_is_touched() {
    for (variant, removed) in [
        (MISSPELT, "-\tselect ARCH_HAS_LAZY_MMU_MODES\n"),
        (MARKER, "-#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n"),
    ] {
        let tree = Copy::variant(variant);
        let before = tree.picture();
        let ended = on(tree.path(), ["check", "--fix"]).exits(1);
        assert!(ended.out.starts_with("--- a/arch/arm64/"), "{}", ended.out);
        assert!(ended.out.contains(removed), "{}", ended.out);
        assert_eq!(ended.err, "");
        assert_eq!(tree.picture(), before);
    }
}

#[test]
fn written_fixes_leave_a_clean_tree() {
    for variant in [MISSPELT, MARKER] {
        let tree = Copy::variant(variant);
        let ended = on(tree.path(), ["check", "--fix", "--write"]).exits(0);
        assert_eq!(ended.out, "");
        assert!(
            ended.err.starts_with("kfeat: wrote arch/arm64/"),
            "{}",
            ended.err
        );
        on(tree.path(), ["check"]).exits(0);
    }
}

#[test]
fn what_has_no_safe_fix_is_named_and_left() {
    let tree = Copy::variant("proof-select-without-hook-radix");
    let before = tree.picture();
    let ended = on(tree.path(), ["check", "--fix", "--write"]).exits(1);
    assert_eq!(ended.out, "");
    assert!(
        ended.err.contains("kfeat: no safe fix: arch/"),
        "{}",
        ended.err
    );
    assert_eq!(tree.picture(), before);
    assert_eq!(on(&mini(), ["check", "--fix"]).exits(0).err, "");
}

/// A table with a row that is extra, one that is missing, two that are misplaced, one twice, one malformed, one with no status and two
/// with the wrong one.
const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// Its rows with one mistake of each kind.
const WRONG: &str = "    |       arm64: | TODO |
    |       riscv: |  ok  |
# Why this is so.
    |     powerpc: |  ok  |
    |        s390: | done |
    |       sparc: | TODO
    |        ia64: |  ok  |
    |          um: | TODO |
    |          um: |  ..  |
";

#[test]
fn rows_of_tables_are_corrected_and_nothing_else() {
    let right = mini_table();
    let start = right.find("    |       arm64").unwrap();
    let end = right.rfind("    ---").unwrap();
    let mistaken = format!("{}{WRONG}{}", &right[..start], &right[end..]);
    // Whether the hardware could do it nobody knows any more who finds `done`.
    let fixed = right
        .replace("    |     powerpc", "# Why this is so.\n    |     powerpc")
        .replace("|        s390: |  ..  |", "|        s390: | TODO |");
    for command in ["audit", "check"] {
        let tree = Copy::new();
        tree.write(TABLE, &mistaken);
        let before = tree.picture();
        let shown = on(tree.path(), [command, "--fix"]).exits(1);
        assert!(
            shown.out.starts_with("--- a/Documentation/"),
            "{}",
            shown.out
        );
        assert_eq!(tree.picture(), before);
        let written = on(tree.path(), [command, "--fix", "--write"]).exits(0);
        assert_eq!(written.out, "");
        assert_eq!(written.err, format!("kfeat: wrote {TABLE}\n"));
        assert_eq!(tree.read(TABLE), fixed, "{command}");
        on(tree.path(), ["audit"]).exits(0);
        let nothing = on(tree.path(), ["emit", "--all"]).exits(0);
        assert_eq!(nothing.err, "kfeat: all tables are up to date\n");
    }
    // Of a feature that is named, its own table counts.
    let tree = Copy::new();
    tree.write(TABLE, &mistaken);
    let other = on(tree.path(), ["check", "--feature", "lazy_mmu", "--fix"]).exits(0);
    assert_eq!((other.out, other.err), (String::new(), String::new()));
    let one = on(tree.path(), ["audit", "--fix", "--arch", "s390"]).exits(0);
    assert!(
        one.out.contains("+    |        s390: | TODO |\n"),
        "{}",
        one.out
    );
    assert!(!one.out.contains("+    |       arm64"), "{}", one.out);
}

#[test]
fn what_only_a_person_can_tell_stays() {
    // A word for a cell that is not decided, and a line that may be anything.
    let tree = Copy::new();
    let text = mini_table();
    tree.write(
        TABLE,
        &text.replace("|        s390: |  ..  |", "|        s390: maybe |"),
    );
    let before = tree.picture();
    let ended = on(tree.path(), ["audit", "--fix", "--write"]).exits(0);
    assert!(ended.err.contains("no safe fix: "), "{}", ended.err);
    assert!(ended.err.contains("table-syntax"), "{}", ended.err);
    let after = tree.read(TABLE);
    assert!(after.contains("|        s390: maybe |"), "{after}");
    assert!(after.contains("    |        s390: | TODO |\n"), "{after}");
    assert_ne!(tree.picture(), before);
}

/// The table in the small tree.
fn mini_table() -> String {
    std::fs::read_to_string(mini().join(TABLE)).unwrap()
}

/// Every value that Kconfig comes to, for the architectures that have the feature and three targets of `conf`.
fn configurations(tree: &Copy) -> Vec<String> {
    let archs = ["arm64", "powerpc", "sparc", "x86"];
    let targets = ["allnoconfig", "allyesconfig", "alldefconfig"];
    let runs = archs
        .iter()
        .flat_map(|arch| targets.map(|target| ["config", "--arch", arch, "--allow-shell", target]));
    runs.map(|run| on(tree.path(), run).exits(0).out).collect()
}

#[test]
fn a_select_is_moved_into_its_place_and_means_the_same() {
    let tree = Copy::variant("unsorted-select-end");
    let before = configurations(&tree);
    let shown = on(tree.path(), ["check", "--fix"]).exits(0).out;
    let line = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    assert!(
        shown.contains(&format!("+{line}")) && shown.contains(&format!("-{line}")),
        "{shown}"
    );
    on(tree.path(), ["check", "--fix", "--write"]).exits(0);
    // The small tree itself has the line where it belongs.
    let right = std::fs::read_to_string(mini().join("arch/arm64/Kconfig")).unwrap();
    assert_eq!(tree.read("arch/arm64/Kconfig"), right);
    assert_eq!(configurations(&tree), before);
    // A line with a comment is reported, but its author has to move it.
    let commented = Copy::variant("unsorted-select-comment");
    let said = on(commented.path(), ["check", "--fix", "--pedantic"]).exits(0);
    assert!(
        said.out.is_empty() && said.err.contains("no safe fix"),
        "{}",
        said.err
    );
}

#[test]
fn a_marker_that_goes_changes_no_configuration() {
    let tree = Copy::variant(MARKER);
    let before = configurations(&tree);
    on(tree.path(), ["check", "--fix", "--write"]).exits(0);
    assert_eq!(configurations(&tree), before);
}

#[test]
fn a_select_that_belongs_last_is_moved_to_the_end() {
    let fix = ["check", "--feature", "lazy_mmu", "--fix"];
    let write = [&fix[..], &["--write"]].concat();
    let line = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    let list: String = (0..8).map(|n| format!("\tselect ARCH_A{n}\n")).collect();
    let last = "\tselect ARCH_B if MMU # the last one\n";
    for behind in [
        "\thelp\n\t  An architecture.\n",
        "\n",
        "\t# a comment\n",
        "\tdepends on MMU\n",
    ] {
        let (tree, right) = (Copy::new(), Copy::new());
        let text = right.read("arch/arm64/Kconfig");
        let (head, rest) = text.split_once("def_bool y\n").unwrap();
        let rest = rest.split_once("\n\n").unwrap().1;
        let with = |list: &str| format!("{head}def_bool y\n{list}{behind}\n{rest}");
        let sorted = with(&format!("{list}{last}{line}"));
        right.write("arch/arm64/Kconfig", &sorted);
        tree.write("arch/arm64/Kconfig", &with(&format!("{line}{list}{last}")));
        assert_eq!(on(right.path(), fix).run().out, "");
        on(tree.path(), &write).run();
        assert_eq!(tree.read("arch/arm64/Kconfig"), sorted);
        assert_eq!(configurations(&tree), configurations(&right));
    }
    // A line that goes on in the next one is no place to stand behind.
    let tree = Copy::new();
    let text = tree.read("arch/arm64/Kconfig");
    let (head, rest) = text.split_once("def_bool y\n").unwrap();
    let rest = rest.split_once("\n\n").unwrap().1;
    let text = format!("{head}def_bool y\n{line}{list}\tselect ARCH_B \\\n\t\tif MMU\n\n{rest}");
    tree.write("arch/arm64/Kconfig", &text);
    on(tree.path(), &write).run();
    assert_eq!(tree.read("arch/arm64/Kconfig"), text);
}

/// Only the line at fault goes, whatever the others are made of.
#[test]
fn what_is_no_utf_8_stays_as_it_is() {
    let tree = Copy::variant(MARKER);
    let fix = ["check", "--feature", "lazy_mmu", "--fix"];
    let path = "arch/arm64/include/asm/pgtable.h";
    let line = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n";
    let text = tree.read(path);
    let (head, rest) = text.split_once(line).unwrap();
    let near = b"/* K\xf6nig */\r\n";
    let whole = [
        head.as_bytes(),
        near,
        line.as_bytes(),
        near,
        rest.as_bytes(),
    ]
    .concat();
    std::fs::write(tree.path().join(path), &whole).unwrap();
    let shown = on(tree.path(), fix).command().output().unwrap().stdout;
    let part = [b" ".as_slice(), near, b"-", line.as_bytes(), b" ", near].concat();
    assert!(shown.windows(part.len()).any(|window| window == part));
    on(tree.path(), [&fix[..], &["--write"]].concat()).exits(0);
    let fixed = [head.as_bytes(), near, near, rest.as_bytes()].concat();
    assert!(std::fs::read(tree.path().join(path)).unwrap() == fixed);
}

/// Wherever the line stands in the list, it is moved to the one place, or is there.
#[test]
fn every_place_of_a_list_is_mended_to_the_same_text() {
    let right = std::fs::read_to_string(mini().join("arch/arm64/Kconfig")).unwrap();
    let line = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    let others = right.replace(line, "");
    let starts = others.match_indices("\tselect ").map(|(at, _)| at);
    for at in starts.collect::<Vec<_>>() {
        let tree = Copy::new();
        let mut moved = others.clone();
        moved.insert_str(at, line);
        tree.write("arch/arm64/Kconfig", &moved);
        on(tree.path(), ["check", "--fix", "--write"]).exits(0);
        assert_eq!(tree.read("arch/arm64/Kconfig"), right);
    }
}
