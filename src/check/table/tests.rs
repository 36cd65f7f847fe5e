//! Describes what the matrix says of the small tree of the fixtures, with tables and option files on top.

use std::path::Path;

use crate::check::support::verdict::{Role, Supported};
use crate::check::table::*;
use crate::feature::builtin;

/// The small tree of the fixtures, with files on top.
fn mini(files: &[(&str, &str)]) -> Tree {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
    let mut tree = Tree::open(&root).unwrap();
    for (path, text) in files {
        tree.overlay(path, Some(text.as_bytes().to_vec())).unwrap();
    }
    tree
}

fn matrix_of(tree: &Tree) -> Matrix {
    let rows = rows::of_tree(tree, builtin::default()).unwrap();
    matrix(tree, rows, &tree.architectures().unwrap(), &mut |_| {}).unwrap()
}

fn cell<'a>(matrix: &'a Matrix, feature: &str, arch: &str) -> &'a Cell {
    let row = matrix.features.iter().find(|row| row.name == feature);
    let cells = &row.unwrap().cells;
    cells.iter().find(|cell| cell.arch == arch).unwrap()
}

/// A table about `kconfig`, with one row.
fn table(kconfig: &str, row: &str) -> String {
    format!("# Feature name: x\n# Kconfig: {kconfig}\n# description: x\n{row}\n")
}

const TABLE: &str = "Documentation/features/vm/x/arch-support.txt";

#[test]
fn every_table_is_a_row_and_every_architecture_a_cell() {
    let matrix = matrix_of(&mini(&[]));
    let names: Vec<&str> = matrix.features.iter().map(|row| &*row.name).collect();
    assert_eq!(names, ["idle-poll", "huge-vmap", "lazy_mmu"]);
    for row in &matrix.features {
        let archs: Vec<&str> = row.cells.iter().map(|cell| &*cell.arch).collect();
        assert_eq!(archs, matrix.architectures);
        for cell in &row.cells {
            assert_eq!(cell.agreement, Agreement::Agrees, "{cell:?}");
            assert!(!cell.evidence.is_empty(), "{cell:?}");
        }
    }
    // The spec that is compiled in adds the hooks.
    assert_eq!(matrix.features[2].spec.as_ref().unwrap().hooks.len(), 3);
    assert_eq!(matrix.features[2].subsystem, "vm");
}

#[test]
fn conditions_are_those_under_which_lines_act() {
    let matrix = matrix_of(&mini(&[]));
    let condition = |arch| cell(&matrix, "lazy_mmu", arch).condition.clone();
    assert_eq!(condition("arm64"), None);
    assert_eq!(condition("sparc").as_deref(), Some("SPARC64"));
    assert_eq!(condition("x86").as_deref(), Some("PARAVIRT_XXL"));
    assert_eq!(
        cell(&matrix, "lazy_mmu", "x86").evidence[0].role,
        Role::Select
    );
}

#[test]
fn where_a_symbol_is_off_every_mention_says_why_it_does_not_count() {
    let matrix = matrix_of(&mini(&[(
        "arch/riscv/Kconfig.unread",
        "config A\n\tselect ARCH_HAS_LAZY_MMU_MODE\n",
    )]));
    let cell = cell(&matrix, "lazy_mmu", "riscv");
    assert_eq!(cell.supported, Supported::No);
    let mentions: Vec<(String, &str)> = cell
        .evidence
        .iter()
        .filter(|evidence| evidence.role == Role::Mention)
        .map(|evidence| {
            let note = evidence.note.as_deref().unwrap();
            (evidence.location.to_string(), note)
        })
        .collect();
    assert_eq!(
        mentions,
        [
            (
                "arch/riscv/Kconfig:11".to_owned(),
                "in a comment or help text"
            ),
            (
                "arch/riscv/Kconfig.unread:2".to_owned(),
                "no Kconfig file of `riscv` sources this one"
            ),
        ]
    );
}

#[test]
fn a_line_that_never_acts_does_not_count() {
    let text = "config RISCV\n\tdef_bool y\n\tselect NEVER if BROKEN_BY_NATURE\n\n\
        config BROKEN_BY_NATURE\n\tbool\n\nconfig NEVER\n\tbool\n";
    let tree = mini(&[
        ("arch/riscv/Kconfig", text),
        (TABLE, &table("NEVER", "| riscv: | ok |")),
    ]);
    let matrix = matrix_of(&tree);
    let cell = cell(&matrix, "x", "riscv");
    assert_eq!(
        (cell.supported, cell.agreement),
        (Supported::No, Agreement::Claimed)
    );
    let select = &cell.evidence[0];
    assert_eq!(select.role, Role::Select);
    let note = select.note.as_deref().unwrap();
    assert!(note.contains("`BROKEN_BY_NATURE` has no prompt"), "{note}");
}

#[test]
fn a_negated_symbol_that_some_configurations_turn_on_allows_both_words() {
    let text = "config RISCV\n\tdef_bool y\n\nconfig OLD_BOARD\n\tbool \"board\"\n\tselect OLD\n\nconfig OLD\n\tbool\n";
    for (word, expected) in [
        ("ok", Agreement::Agrees),
        ("TODO", Agreement::Agrees),
        ("..", Agreement::Denied),
        ("what", Agreement::Open),
    ] {
        let tree = mini(&[
            ("arch/riscv/Kconfig", text),
            (TABLE, &table("!OLD", &format!("| riscv: | {word} |"))),
        ]);
        let matrix = matrix_of(&tree);
        let riscv = cell(&matrix, "x", "riscv");
        assert_eq!(riscv.condition.as_deref(), Some("!OLD_BOARD"));
        assert_eq!(riscv.agreement, expected, "{word}");
        // Elsewhere nothing declares the symbol, so it is off.
        assert_eq!(cell(&matrix, "x", "x86").supported, Supported::Yes);
        assert_eq!(cell(&matrix, "x", "x86").agreement, Agreement::Open);
    }
}

#[test]
fn several_lines_mean_any_of_them() {
    let text = "config RISCV\n\tdef_bool y\n\nconfig A\n\tbool\n\nconfig B\n\tbool \"b\"\n";
    let kconfig = "A\n# Kconfig: B";
    let tree = mini(&[
        ("arch/riscv/Kconfig", text),
        (TABLE, &table(kconfig, "| riscv: | ok |")),
    ]);
    let matrix = matrix_of(&tree);
    let riscv = cell(&matrix, "x", "riscv");
    assert_eq!(riscv.supported, Supported::Yes);
    assert_eq!(riscv.condition.as_deref(), Some("B"));
    assert_eq!(cell(&matrix, "x", "x86").supported, Supported::No);
}

#[test]
fn conditions_that_others_cover_are_left_out() {
    let text = "config RISCV\n\tdef_bool y\n\tselect X if P && Q\n\tselect X if P\n\nconfig P\n\tbool \"p\"\n\n\
        config Q\n\tbool \"q\"\n\tdepends on P\n\tselect X if P\n\nconfig X\n\tbool\n";
    let tree = mini(&[
        ("arch/riscv/Kconfig", text),
        (TABLE, &table("X", "| riscv: | ok |")),
    ]);
    let matrix = matrix_of(&tree);
    assert_eq!(cell(&matrix, "x", "riscv").condition.as_deref(), Some("P"));
}

#[test]
fn a_table_without_a_symbol_is_a_row_that_decides_nothing() {
    let tree = mini(&[(TABLE, "| riscv: | ok |\n")]);
    let matrix = matrix_of(&tree);
    let riscv = cell(&matrix, "x", "riscv");
    assert_eq!(riscv.supported, Supported::Undecided);
    assert_eq!(riscv.agreement, Agreement::Open);
}

#[test]
fn a_tree_without_tables_has_the_specs_alone() {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in [
        ("Kconfig", "source \"arch/$(SRCARCH)/Kconfig\"\n"),
        ("Makefile", ""),
        ("arch/a/Kconfig", "config A\n\tbool\n"),
    ] {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::open(directory.path()).unwrap();
    let matrix = matrix_of(&tree);
    assert_eq!(matrix.features.len(), builtin::default().len());
    assert!(matrix.features[0].table.is_none());
    assert_eq!(matrix.features[0].cells[0].supported, Supported::No);
    assert_eq!(matrix.features[0].cells[0].agreement, Agreement::Open);
}

#[test]
fn a_table_is_not_doubted_where_a_file_could_not_be_read() {
    let files = [(TABLE, &*table("NOWHERE", "| riscv: | TODO |"))];
    let doubt = |matrix: &Matrix| {
        let row = matrix.features.iter().find(|row| row.name == "x");
        row.unwrap().doubt()
    };
    assert_eq!(
        doubt(&matrix_of(&mini(&files))),
        Some(findings::Doubt::Undeclared)
    );
    let mut tree = mini(&files);
    let root = tree.read_text("Kconfig").unwrap() + "source \"gone/Kconfig\"\n";
    tree.overlay("Kconfig", Some(root.into())).unwrap();
    assert_eq!(doubt(&matrix_of(&tree)), None);
}
