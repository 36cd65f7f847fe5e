//! Names that users type: of features, architectures and lints.

use super::program::{Copy, kfeat, mini, on};

/// The same feature by all its names, for the commands that take one.
#[test]
fn a_feature_has_one_meaning_in_all_commands() {
    for command in ["check", "audit", "matrix", "emit"] {
        let out = |name: &str| on(&mini(), [command, "--feature", name]).exits(0).out;
        let expected = out("lazy_mmu");
        for name in [
            "LAZY_MMU",
            "lazy-mmu",
            "vm/lazy_mmu",
            "ARCH_HAS_LAZY_MMU_MODE",
            "CONFIG_ARCH_HAS_LAZY_MMU_MODE",
            "arch_has_lazy_mmu_mode",
        ] {
            assert_eq!(out(name), expected, "{command} --feature {name}");
        }
        let misspelt = on(&mini(), [command, "--feature", "lasy_mmu"]);
        misspelt.refuses(&["`lasy_mmu`", "did you mean `lazy_mmu`?"]);
    }
    for command in ["audit", "matrix"] {
        let (all, none) = ([command, "--feature", "all"].to_vec(), [command].to_vec());
        assert_eq!(
            on(&mini(), all).exits(0).out,
            on(&mini(), none).exits(0).out
        );
    }
}

#[test]
fn an_architecture_answers_to_the_names_that_compilers_use() {
    for command in ["check", "audit", "matrix"] {
        let out = |arch: &str| on(&mini(), [command, "--arch", arch]).exits(0).out;
        for (name, of) in [
            ("x86_64", "x86"),
            ("amd64", "x86"),
            ("AMD64", "x86"),
            ("i386", "x86"),
            ("aarch64", "arm64"),
            ("ppc64le", "powerpc"),
            ("sparc64", "sparc"),
            ("riscv64", "riscv"),
        ] {
            assert_eq!(out(name), out(of), "{command} --arch {name}");
        }
        on(&mini(), [command, "--arch", "pwerpc"]).refuses(&[
            "`pwerpc`",
            "did you mean `powerpc`?",
            "it has: arm64, ",
        ]);
    }
}

#[test]
fn a_lint_as_checkpatch_writes_it_gets_its_name() {
    kfeat(["lint", "explain", "STALE_MARKER"]).refuses(&["did you mean `stale-marker`?"]);
    on(&mini(), ["check", "--ignore", "STALE_MARKER"]).refuses(&["did you mean `stale-marker`?"]);
}

/// `--arch "$ARCH"` in a script that did not set it.
#[test]
fn a_name_that_is_empty_is_refused_as_that() {
    for arguments in [
        ["check", "--feature", ""],
        ["check", "--arch", ""],
        ["audit", "--arch", "x86,"],
        ["emit", "--feature", ""],
        ["matrix", "--arch", ""],
        ["cover", "--arch", ""],
        ["feature", "derive", ""],
    ] {
        on(&mini(), arguments).refuses(&["a value is required for"]);
    }
    on(&mini(), ["explain", ""]).refuses(&["a value is required for"]);
}

#[test]
fn a_lint_like_none_gets_no_other_one() {
    for arguments in [
        ["check", "--select", "nosuchlint"],
        ["lint", "explain", "nosuchlint"],
    ] {
        let refused = on(&mini(), arguments).exits(2);
        assert!(!refused.err.contains("did you mean"), "{}", refused.err);
        assert!(refused.err.contains("`kfeat lint list`"), "{}", refused.err);
    }
}

#[test]
fn a_symbol_that_is_misspelt_gets_near_names() {
    on(&mini(), ["explain", "arch_has_lazy_mmu_mod"]).refuses(&["ARCH_HAS_LAZY_MMU_MODE"]);
}

/// Paths of files and directories narrow what is reported, from wherever in the tree they are typed.
#[test]
fn paths_narrow_what_is_reported() {
    let tree = Copy::variant("proof-select-without-hook-32bit");
    let all = on(tree.path(), ["check", "--format", "concise"])
        .exits(1)
        .out;
    let place = all.lines().next().unwrap().split(':').next().unwrap();
    let (directory, name) = place.rsplit_once('/').unwrap();
    for path in [place, directory, "arch/", "."] {
        let out = on(tree.path(), ["check", path, "--format", "concise"])
            .exits(1)
            .out;
        assert!(out.contains(place), "{path}: {out}");
    }
    let below = tree.path().join(directory);
    let ended = kfeat(["check", name]).inside(&below).exits(1);
    assert!(ended.out.contains("error["), "{}", ended.out);
    let ended = on(tree.path(), ["check", "lib", "-q"]).exits(0);
    assert_eq!(ended.out, "");
    on(tree.path(), ["check", "nothing"]).refuses(&["`nothing`"]);
    on(tree.path(), ["check", "../elsewhere"]).refuses(&["../elsewhere"]);
    on(tree.path(), ["check", "v7.2..HEAD"]).refuses(&["--range"]);
}
