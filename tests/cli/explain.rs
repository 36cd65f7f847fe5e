//! The commands `explain` and `lint`.

use super::program::{Copy, kfeat, mini, on};
use kfeat::check::lints::LINTS;

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
fn a_feature_is_explained_for_all_configurations() {
    let ended = on(&mini(), ["explain", "lazy_mmu"]).exits(0);
    for part in [
        "\ny or n: powerpc\n  on if PPC_BOOK3S_64\n  y with\nCONFIG_PPC64=y\n  n by default\n",
        "\ny or n: x86\n  on if PARAVIRT_XXL\n  y with\nCONFIG_HYPERVISOR_GUEST=y\n",
        "  where `ARCH=sparc64`\n",
        "\nalways y: arm64\n",
        "    arch/arm64/Kconfig:5: `ARM64` selects `ARCH_HAS_LAZY_MMU_MODE`\n",
        "\nnever on: riscv, s390, um\n  cannot be y\n    mm/Kconfig:32: ",
    ] {
        assert!(
            ended.out.contains(part),
            "`{part}` is not in\n{}",
            ended.out
        );
    }
}

#[test]
fn what_cannot_be_decided_says_so() {
    let tree = Copy::new();
    let kconfig = tree.read("mm/Kconfig");
    let mine =
        "config N\n\tint \"n\"\nconfig M\n\tint \"m\"\nconfig MINE\n\tdef_bool N < M && N > 5\n";
    tree.write("mm/Kconfig", &format!("{kconfig}\n{mine}"));
    let out = on(tree.path(), ["explain", "MINE", "--arch", "arm64"])
        .exits(0)
        .out;
    assert!(
        out.contains("undecided: arm64\n  y is undecided: it depends on a comparison"),
        "{out}"
    );
    let out = on(tree.path(), ["explain", "N", "--arch", "arm64"])
        .exits(0)
        .out;
    assert!(
        out.contains("can have a value: arm64\n  a value by default\n"),
        "{out}"
    );
    tree.write(
        "mm/Kconfig",
        &format!(
            "{kconfig}\nconfig A\n\tbool\n\tdepends on B\nconfig B\n\tbool \"b\"\n\tdepends on A\n"
        ),
    );
    let out = on(tree.path(), ["explain", "B", "--arch", "arm64"])
        .exits(0)
        .out;
    assert!(
        out.contains("undecided: arm64\n  y is undecided: mm/Kconfig:"),
        "{out}"
    );
}

#[test]
fn a_configuration_tells_why_a_symbol_has_its_value() {
    let tree = Copy::new();
    tree.write("x.config", "CONFIG_PPC64=y\n");
    let config = tree.path().join("x.config");
    let config = config.to_str().unwrap();
    let symbol = "ARCH_HAS_LAZY_MMU_MODE";
    let ended = on(
        tree.path(),
        [
            "explain",
            symbol,
            "--arch",
            "powerpc",
            "--config",
            config,
            "--allow-shell",
        ],
    )
    .exits(0);
    let selected =
        "  arch/powerpc/platforms/Kconfig.cputype:32: `PPC_BOOK3S_64` selects it as `y`\n";
    assert!(ended.out.contains(selected), "{}", ended.out);
    assert!(ended.out.contains("\ny or n: powerpc\n"), "{}", ended.out);
    // The same words as those of `config why`.
    let why = on(
        tree.path(),
        [
            "config",
            "why",
            symbol,
            "--arch",
            "powerpc",
            "--config",
            config,
            "--allow-shell",
        ],
    )
    .exits(0);
    for line in why.out.lines() {
        assert!(ended.out.contains(line), "{line}\n{}", ended.out);
    }
    on(tree.path(), ["explain", symbol, "--config", config]).refuses(&["--arch"]);
    on(tree.path(), ["explain", symbol, "--allow-shell"]).refuses(&["--config FILE"]);
    on(
        tree.path(),
        ["explain", symbol, "--arch", "x86", "--config", "/nowhere"],
    )
    .refuses(&["`/nowhere`"]);
}

#[test]
fn an_explanation_for_programs() {
    let ended = on(&mini(), ["explain", "lazy_mmu", "--format", "json"]).exits(0);
    let document: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let symbol = &document["symbols"][0];
    assert_eq!(symbol["feature"], "lazy_mmu");
    assert_eq!(symbol["values"][0]["verdict"], "varies");
    assert_eq!(
        symbol["values"][0]["answers"][0]["config"][0],
        "CONFIG_PPC64=y"
    );
}

#[test]
fn what_is_not_there_is_refused() {
    on(&mini(), ["explain", "NO_SUCH_SYMBOL"]).refuses(&["`NO_SUCH_SYMBOL`"]);
    on(&mini(), ["explain", "MMU", "--arch", "x87"]).refuses(&["no architecture `x87`"]);
    kfeat(["explain"]).refuses(&["SYMBOL"]);
}

/// The words of a text, whatever its lines.
fn words(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn lints_are_listed_and_explained() {
    let list = kfeat(["lint", "list"]).exits(0).out;
    for lint in LINTS {
        let docs = &lint.docs;
        assert!(list.contains(lint.name) && list.contains(docs.summary));
        let text = kfeat(["lint", "explain", lint.name]).exits(0).out;
        // The lines are as wide as the terminal, the words are the same.
        for part in [docs.summary, docs.what, docs.why, docs.example, docs.fix] {
            assert!(words(&text).contains(&words(part)), "{part}");
        }
    }
    for name in [
        "kconfig-syntax",
        "kconfig-source",
        "kconfig-macro",
        "kconfig-definition",
        "kconfig-loop",
    ] {
        kfeat(["lint", "explain", name]).exits(0);
    }
    kfeat(["lint", "explain", "no-such-lint"]).refuses(&["no-such-lint", "kfeat lint list"]);
}

#[test]
fn a_symbol_of_other_architectures_is_told_with_theirs() {
    let tree = Copy::new();
    let kconfig = tree.read("arch/arm64/Kconfig");
    tree.write(
        "arch/arm64/Kconfig",
        &format!("{kconfig}\nconfig MINE_ALONE\n\tbool\n"),
    );
    on(tree.path(), ["explain", "MINE_ALONE", "--arch", "x86"]).refuses(&[
        "no Kconfig file of x86 mentions",
        "it is mentioned by arm64",
    ]);
    let mm = tree.read("mm/Kconfig");
    tree.write(
        "mm/Kconfig",
        &format!("{mm}\nconfig USER\n\tdef_bool MINE_ALONE\n"),
    );
    let ended = on(tree.path(), ["explain", "MINE_ALONE", "--arch", "x86"]).exits(0);
    assert!(
        ended.out.contains("declared elsewhere: arm64"),
        "{}",
        ended.out
    );
    on(tree.path(), ["explain", "MINE_ALON"]).refuses(&["similar names: MINE_ALONE"]);
}

#[test]
fn a_symbol_that_nothing_declares_is_shown_where_it_is_named() {
    let tree = Copy::new();
    let mm = tree.read("mm/Kconfig");
    tree.write(
        "mm/Kconfig",
        &format!("{mm}\nif MMU\nconfig USER\n\tbool \"user\"\n\tdepends on MMU\n\tdepends on GONE || MMU\n\tdefault y if GONE\nendif\n"),
    );
    let ended = on(tree.path(), ["explain", "GONE"]).exits(0);
    for part in [
        "└─ not declared\n   ├─ USER depends on it  mm/Kconfig:",
        "\n   └─ a line of USER refers to it  mm/Kconfig:",
    ] {
        assert!(ended.out.contains(part), "{}", ended.out);
    }
    let ended = on(tree.path(), ["explain", "USER"]).exits(0);
    let depends = "depends on MMU && (GONE || MMU)\n";
    assert!(ended.out.contains(depends), "{}", ended.out);
}
