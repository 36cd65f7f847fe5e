//! The commands `explain` and `lint`.

use super::program::{Copy, kfeat, mini, on};
use kfeat::check::lint::LINTS;

#[test]
fn a_symbol_with_its_definition_and_who_selects_it() {
    let ended = on(&mini(), ["explain", "ARCH_HAS_LAZY_MMU_MODE"]).exits(0);
    assert_eq!(ended.err, "");
    for part in [
        "ARCH_HAS_LAZY_MMU_MODE\n",
        "bool, declared  mm/Kconfig:32",
        "no prompt",
        "selected by ARM64  arch/arm64/Kconfig:5  [arm64]",
        "selected by PPC_BOOK3S_64 ",
        "arch/powerpc/platforms/Kconfig.cputype:32  [powerpc]",
    ] {
        assert!(
            ended.out.contains(part),
            "`{part}` is not in\n{}",
            ended.out
        );
    }
}

#[test]
fn one_architecture_and_the_name_with_its_prefix() {
    let ended = on(
        &mini(),
        ["explain", "CONFIG_ARCH_HAS_LAZY_MMU_MODE", "--arch", "x86"],
    )
    .exits(0);
    assert!(
        ended.out.contains("selected by PARAVIRT_XXL"),
        "{}",
        ended.out
    );
    assert!(
        ended.out.contains("PARAVIRT_XXL depends on "),
        "{}",
        ended.out
    );
    assert!(ended.out.contains("arch/x86/xen/Kconfig:"), "{}", ended.out);
    assert!(!ended.out.contains("ARM64"), "{}", ended.out);
}

#[test]
fn a_prompt_is_told() {
    let tree = Copy::new();
    let kconfig = tree.read("mm/Kconfig");
    tree.write(
        "mm/Kconfig",
        &format!(
            "{kconfig}\nconfig MINE\n\tbool \"my option\" if MMU\n\tdepends on 64BIT\n\tdefault y\n"
        ),
    );
    let ended = on(tree.path(), ["explain", "MINE", "--arch", "x86"]).exits(0);
    for part in [
        "prompt \"my option\" if MMU",
        "depends on 64BIT",
        "default y",
    ] {
        assert!(ended.out.contains(part), "{}", ended.out);
    }
}

#[test]
fn what_is_not_there_is_refused() {
    on(&mini(), ["explain", "NO_SUCH_SYMBOL"]).refuses(&["`NO_SUCH_SYMBOL`"]);
    on(&mini(), ["explain", "MMU", "--arch", "x87"]).refuses(&["no architecture `x87`"]);
    kfeat(["explain"]).refuses(&["SYMBOL"]);
}

#[test]
fn lints_are_listed_and_explained() {
    let list = kfeat(["lint", "list"]).exits(0).out;
    for lint in LINTS {
        assert!(list.contains(lint.name) && list.contains(lint.summary));
        let text = kfeat(["lint", "explain", lint.name]).exits(0).out;
        assert!(text.contains(lint.summary) && text.contains(lint.explanation));
    }
    for name in ["kconfig-syntax", "kconfig-source", "kconfig-macro"] {
        kfeat(["lint", "explain", name]).exits(0);
    }
    kfeat(["lint", "explain", "no-such-lint"]).refuses(&["no-such-lint", "kfeat lint list"]);
}
