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
