//! Owns the tests of presence: small trees with one entry header each.

use super::*;
use crate::tree::Tree;

/// A tree of these files that passes for a kernel tree with the architectures `one` and `mips`.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for path in ["Kconfig", "Makefile", "arch/one/Kconfig"] {
        std::fs::create_dir_all(root.join(path).parent().unwrap()).unwrap();
        std::fs::write(root.join(path), "").unwrap();
    }
    let mut tree = Tree::open(root).unwrap();
    for (path, text) in files {
        tree.overlay(path, Some(text.as_bytes().to_vec())).unwrap();
    }
    (directory, tree)
}

/// Returns what the entry header include/e.h makes of `f` and `g` on an architecture: place and condition of each definition.
fn ask(srcarch: &str, files: &[(&str, &str)]) -> Vec<String> {
    let (_directory, tree) = tree(files);
    let cache = Cache::new(&tree);
    let question = Question {
        srcarch,
        entry: "include/e.h",
        names: &["f", "g"],
    };
    let presence = presence(&cache, &question);
    assert!(presence.is_complete());
    presence
        .definitions
        .iter()
        .map(|definition| {
            let condition = presence.conditions.in_kconfig_style(definition.condition);
            format!("{} {} {condition}", definition.name, definition.location)
        })
        .collect()
}

#[test]
fn a_fallback_fills_what_the_architecture_leaves() {
    let entry = "#ifndef E\n#define E\n#include <asm/a.h>\n#ifndef f\nstatic inline void f(void) {}\n#endif\n#endif\n";
    let own = "#ifdef CONFIG_A\nvoid f(void);\n#define f f\n#endif\n";
    assert_eq!(
        ask(
            "one",
            &[("include/e.h", entry), ("arch/one/include/asm/a.h", own)]
        ),
        [
            "f arch/one/include/asm/a.h:2 A",
            "f arch/one/include/asm/a.h:3 A",
            "f include/e.h:5 !A",
        ]
    );
}

#[test]
fn guards_make_a_second_include_void() {
    let a = "#ifndef A_H\n#define A_H\n#include <b.h>\n#define f 1\n#endif\n";
    let b = "#ifndef B_H\n#define B_H\n#include <a.h>\n#ifdef f\n#define g\n#endif\n#endif\n";
    let entry = "#ifdef CONFIG_X\n#include <b.h>\n#endif\n#include <a.h>\n#include <b.h>\n";
    // With X, b.h includes a.h, whose include of b.h is void, so that `f` is there when b.h looks.
    assert_eq!(
        ask(
            "one",
            &[
                ("include/e.h", entry),
                ("include/a.h", a),
                ("include/b.h", b)
            ]
        ),
        ["f include/a.h:4 y", "g include/b.h:5 X"]
    );
}

#[test]
fn definitions_end_where_they_are_undone() {
    let entry = "#define f 1\n#ifdef CONFIG_A\n#undef f\n#elif CONFIG_N > 3\n#define f 2\n#endif\n";
    assert_eq!(
        ask("one", &[("include/e.h", entry)]),
        [
            "f include/e.h:1 !A && N <= 3",
            "f include/e.h:5 !A && N > 3",
        ]
    );
}

#[test]
fn config_macros_can_be_undone_by_hand() {
    let entry =
        "#ifdef CONFIG_B\n#undef CONFIG_A\n#endif\n#if IS_ENABLED(CONFIG_A)\n#define f\n#endif\n";
    assert_eq!(
        ask("one", &[("include/e.h", entry)]),
        ["f include/e.h:5 A=m || (A && !B)"]
    );
}

#[test]
fn values_are_followed_through_macros() {
    let entry = "#ifdef CONFIG_64BIT\n#define BITS 64\n#else\n#define BITS (8 * 4)\n#endif\n#define WIDTH BITS\n\
        #if WIDTH == 64\n#define f\n#endif\n#if WIDTH > CONFIG_N + 1\n#define g\n#endif\n";
    assert_eq!(
        ask("one", &[("include/e.h", entry)]),
        [
            "f include/e.h:8 64BIT",
            "g include/e.h:11 (WIDTH > CONFIG_N + 1 at include/e.h:10)",
        ]
    );
}

#[test]
fn compilers_macros_are_tied_to_symbols() {
    let entry = "#ifdef __arch64__\n#define f\n#endif\n#ifdef __ASSEMBLER__\n#define g\n#endif\n";
    assert_eq!(
        ask("sparc", &[("include/e.h", entry)]),
        ["f include/e.h:2 SPARC64"]
    );
    assert_eq!(ask("one", &[("include/e.h", entry)]), [""; 0]);
}

#[test]
fn wrappers_lead_to_asm_generic() {
    let files = [
        (
            "include/e.h",
            "#include <asm/a.h>\n#include <asm/b.h>\n#include <asm/c.h>\n",
        ),
        (
            "arch/one/include/asm/Kbuild",
            "generic-y += a.h\ngenerated-y += c.h\n",
        ),
        ("include/asm-generic/Kbuild", "mandatory-y += b.h\n"),
        ("include/asm-generic/a.h", "#define f\n"),
        ("include/asm-generic/b.h", "#define g\n"),
        ("include/asm-generic/c.h", "#define g\n"),
    ];
    assert_eq!(
        ask("one", &files),
        [
            "f include/asm-generic/a.h:1 y",
            "g include/asm-generic/b.h:1 y"
        ]
    );
}

#[test]
fn the_platform_picks_a_header() {
    let files = [
        ("include/e.h", "#include <m.h>\n"),
        ("arch/mips/include/asm/mach-x/m.h", "#define f\n"),
        ("arch/mips/include/asm/mach-generic/m.h", "#define g\n"),
    ];
    assert_eq!(
        ask("mips", &files),
        [
            "f arch/mips/include/asm/mach-x/m.h:1 (-Iarch/mips/include/asm/mach-x)",
            "g arch/mips/include/asm/mach-generic/m.h:1 !(-Iarch/mips/include/asm/mach-x)",
        ]
    );
}

#[test]
fn the_chain_leads_to_the_definition_and_what_is_missing_is_named() {
    let (_directory, tree) = tree(&[
        ("include/e.h", "#include \"sub/a.h\"\n"),
        (
            "include/sub/a.h",
            "#ifdef CONFIG_A\n#include <generated/x.h>\n#endif\n#include \"b.h\"\n",
        ),
        ("include/sub/b.h", "int f(void)\n{\n}\n"),
    ]);
    let cache = Cache::new(&tree);
    let question = Question {
        srcarch: "one",
        entry: "include/e.h",
        names: &["f"],
    };
    let mut presence = presence(&cache, &question);
    let definition = &presence.definitions[0];
    let chain: Vec<String> = definition.chain.iter().map(ToString::to_string).collect();
    assert_eq!(chain, ["include/e.h:1", "include/sub/a.h:4"]);
    let unresolved = &presence.unresolved[0];
    assert_eq!(
        (&*unresolved.target, unresolved.generated),
        ("generated/x.h", true)
    );
    assert_eq!(
        presence.conditions.in_kconfig_style(unresolved.condition),
        "A"
    );
    assert_eq!(presence.when("f"), Condition::TRUE);
    assert_eq!(presence.when("absent"), Condition::FALSE);
}

#[test]
fn a_header_that_includes_itself_comes_to_an_end() {
    let (_directory, tree) = tree(&[(
        "include/e.h",
        "#define f\n#include \"e.h\"\n#include \"e.h\"\n",
    )]);
    let cache = Cache::new(&tree);
    let question = Question {
        srcarch: "one",
        entry: "include/e.h",
        names: &["f"],
    };
    assert!(!presence(&cache, &question).is_complete());
}
