//! The command `feature`.

use super::program::{Copy, kfeat, mini, on};

#[test]
fn the_list_has_all_features_with_their_tables() {
    let ended = on(&mini(), ["feature", "list"]).exits(0);
    assert_eq!(ended.err, "");
    let line = |name: &str| {
        let mut lines = ended.out.lines();
        let line = lines.find(|line| line.starts_with(&format!("{name} ")));
        line.unwrap_or_else(|| panic!("`{name}` is not in\n{}", ended.out))
    };
    let lazy_mmu = line("lazy_mmu");
    assert!(lazy_mmu.contains("ARCH_HAS_LAZY_MMU_MODE"), "{lazy_mmu}");
    assert!(
        lazy_mmu.ends_with("3 hooks  Documentation/features/vm/lazy_mmu/arch-support.txt"),
        "{lazy_mmu}"
    );
    assert!(line("kgdb").ends_with("not in this tree"));
    assert!(ended.out.lines().count() > 80);
    let json = on(&mini(), ["feature", "list", "--format", "json"]).exits(0);
    let json: serde_json::Value = serde_json::from_str(&json.out).unwrap();
    let features = json["features"].as_array().unwrap();
    assert_eq!(features.len(), ended.out.lines().count());
    let lazy_mmu = features
        .iter()
        .find(|one| one["name"] == "lazy_mmu")
        .unwrap();
    assert_eq!(lazy_mmu["in_tree"], true);
    assert_eq!(lazy_mmu["has_table"], true);
    kfeat(["-C", "/no/such/tree", "feature", "list"]).exits(2);
}

/// The small tree with a feature that nobody has described: a stub, a declaration, and a name that is generic.
fn with_quiet() -> Copy {
    let tree = Copy::new();
    let header = "#ifdef CONFIG_ARCH_HAS_QUIET\n#include <asm/quiet.h>\nvoid arch_quiet_all(void);\nvoid generic_quiet(void);\n#else\n\
                  static inline void arch_quiet(void) { }\nextern int quiet_data[];\n#endif\n\
                  .macro quiet, word\n#ifndef CONFIG_ARCH_HAS_QUIET\n\t.long\t\\word\n#endif\n.endm\n";
    tree.write("include/linux/quiet.h", header);
    let kconfig = tree.read("mm/Kconfig");
    tree.write(
        "mm/Kconfig",
        &format!("{kconfig}\nconfig ARCH_HAS_QUIET\n\tbool\n"),
    );
    for arch in ["arm64", "riscv"] {
        let path = format!("arch/{arch}/Kconfig");
        let kconfig = tree.read(&path);
        let select = "\tselect HAVE_PCI\n";
        assert!(kconfig.contains(select));
        let with = kconfig.replacen(select, &format!("\tselect ARCH_HAS_QUIET\n{select}"), 1);
        tree.write(&path, &with);
        let header = "static inline void arch_quiet(void)\n{\n\tbarrier();\n}\nextern int quiet_data[];\n#define word 1\n";
        tree.write(&format!("arch/{arch}/include/asm/quiet.h"), header);
    }
    tree.write("arch/arm64/mm/quiet.c", "void arch_quiet_all(void)\n{\n}\n");
    tree.write("mm/quiet.c", "void generic_quiet(void)\n{\n}\n");
    tree
}

#[test]
fn a_draft_names_the_evidence_of_each_line() {
    let tree = with_quiet();
    let ended = on(tree.path(), ["feature", "new", "CONFIG_ARCH_HAS_QUIET"]).exits(0);
    let lines: Vec<&str> = ended.out.lines().collect();
    assert!(
        lines[0].starts_with("# declared at mm/Kconfig:"),
        "{}",
        lines[0]
    );
    assert_eq!(
        lines[1..],
        [
            "# selected by arm64, riscv",
            "name: quiet",
            "title: quiet",
            "directory: core/quiet",
            "kconfig: ARCH_HAS_QUIET",
            "description: arch supports quiet",
            "entry_header: include/linux/quiet.h",
            "hooks:",
            "  # - arch_quiet_all  # unsure: declared with the symbol at include/linux/quiet.h:3; not found in riscv",
            "  - arch_quiet  # certain: stubbed without the symbol at include/linux/quiet.h:6",
        ]
    );
    // The draft can be checked unchanged.
    tree.write("quiet.yaml", &ended.out);
    let spec = tree.path().join("quiet.yaml");
    on(tree.path(), ["check", "--spec", spec.to_str().unwrap()]).exits(0);
    let ended = on(tree.path(), ["feature", "new", "NO_SUCH_SYMBOL"]).exits(2);
    assert!(
        ended
            .err
            .contains("no Kconfig file of the tree declares `NO_SUCH_SYMBOL`")
    );
    on(tree.path(), ["feature", "new", "NO-SYMBOL"]).exits(2);
}

#[test]
fn derived_names_say_how_sure_they_are() {
    let tree = with_quiet();
    let ended = on(tree.path(), ["feature", "derive"]).exits(0);
    for line in [
        "ARCH_HAS_QUIET: arch_quiet (certain; 2 of 2 architectures; include/linux/quiet.h:6)",
        "ARCH_HAS_QUIET: arch_quiet_all (unsure; 1 of 2 architectures; include/linux/quiet.h:3)",
    ] {
        assert!(
            ended.out.contains(line),
            "`{line}` is not in\n{}",
            ended.out
        );
    }
    assert!(!ended.out.contains("generic_quiet"), "{}", ended.out);
    let json = on(
        tree.path(),
        ["feature", "derive", "ARCH_HAS_QUIET", "--format", "json"],
    );
    let json: serde_json::Value = serde_json::from_str(&json.exits(0).out).unwrap();
    let names = json["symbols"][0]["names"].as_array().unwrap();
    assert_eq!(names.len(), 2);
    assert_eq!(names[1]["confidence"], "certain");
    assert_eq!(names[1]["place"]["path"], "include/linux/quiet.h");
}

#[test]
fn the_matrix_and_the_audit_know_whether_hooks_are_missing() {
    let tree = Copy::new();
    let contracts = |tree: &Copy| {
        let arguments = [
            "matrix",
            "--hooks",
            "--feature",
            "lazy_mmu",
            "--format",
            "json",
        ];
        let ended = on(tree.path(), arguments).exits(0);
        let json: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
        let cells = json["features"][0]["cells"].as_array().unwrap().clone();
        let of = |arch: &str| {
            let mut cells = cells.iter();
            cells.find(|cell| cell["arch"] == arch).unwrap().clone()
        };
        (of("arm64"), of("riscv"))
    };
    let (arm64, riscv) = contracts(&tree);
    assert_eq!(arm64["contract"], "kept");
    assert_eq!(riscv["contract"], serde_json::Value::Null);
    let evidence = arm64["evidence"].as_array().unwrap();
    assert!(
        evidence.iter().any(|one| {
            one["role"] == "hook" && one["path"] == "arch/arm64/include/asm/pgtable.h"
        })
    );
    on(tree.path(), ["audit", "--hooks"]).exits(0);
    let header = "arch/arm64/include/asm/pgtable.h";
    let text = tree.read(header);
    tree.write(
        header,
        &text.replace("arch_flush_lazy_mmu_mode", "arch_flash"),
    );
    assert_eq!(contracts(&tree).0["contract"], "broken");
    on(tree.path(), ["audit"]).exits(0);
    let ended = on(tree.path(), ["audit", "--hooks", "--format", "concise"]).exits(1);
    assert!(ended.out.contains("incomplete-hooks"), "{}", ended.out);
    let html = on(tree.path(), ["matrix", "--hooks", "--format", "html"]).exits(0);
    assert!(html.out.contains("! a hook is missing"));
}
