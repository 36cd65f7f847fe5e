//! Which places count as the body of a hook: by the words around them, and by the files that build them.

use super::{ONE, PLAIN, TWO, USE, found, only};

/// The header of all architectures declares the hook while the feature is on.
const DECLARED: (&str, &str) = (
    "include/linux/x.h",
    "#ifdef CONFIG_HAS_X\nvoid hook(void);\n#endif\n",
);
const BODY: &str = "#include <linux/x.h>\nvoid hook(void)\n{\n\tg();\n}\n";
const OF_ONE: (&str, &str) = ("arch/one/x.c", BODY);

#[test]
fn words_of_comments_do_not_make_a_variable_static() {
    let contract = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, kind: variable}\n";
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\tf(hook);\n}\n#endif\n",
    );
    let header = ("include/linux/x.h", "extern struct static_key hook;\n");
    let of = |text| {
        let files = [
            user,
            header,
            ("arch/one/x.c", "struct static_key hook;\n"),
            ("arch/two/x.c", text),
        ];
        found(contract, &files)
    };
    for text in [
        "struct static_key hook;\n",
        "/* cannot be static: others use it; see there */\nstruct static_key hook;\n",
        "// declared extern in a header\nint hook;\n",
        "#define scope static\nint hook;\n",
        "int a = 1, hook = 2;\n",
    ] {
        assert_eq!(of(text), [""; 0], "{text}");
    }
    for text in [
        "static struct static_key hook;\n",
        "static\n#ifdef A\n#endif\nint hook;\n",
        "extern int hook;\n",
        "int other = hook;\n",
        "int other = g(1, 2) + hook;\n",
    ] {
        assert_eq!(of(text), ["incomplete-hooks two"], "{text}");
    }
}

#[test]
fn a_fallback_in_the_file_that_uses_it_holds_where_it_is_defined() {
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifndef CONFIG_HAS_X\nstatic inline void hook(void)\n{\n}\n#endif\nvoid f(void)\n{\n\thook();\n}\n",
    );
    let two = ("arch/two/include/asm/x.h", ONE.1);
    assert_eq!(found(PLAIN, &[user, ONE, two]), [""; 0]);
    assert_eq!(only(PLAIN, &[user, ONE]), "select-without-hook two");
    let always = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifndef hook\nstatic inline void hook(void)\n{\n}\n#endif\nvoid f(void)\n{\n\thook();\n}\n",
    );
    assert_eq!(found(PLAIN, &[always, ONE]), [""; 0]);
}

#[test]
fn a_source_that_another_includes_is_built_with_it() {
    let lists = ("arch/two/Kbuild", "obj-y += y.o\n");
    let two = ("arch/two/x.c", BODY);
    let files = |of_y| [DECLARED, USE, OF_ONE, lists, two, ("arch/two/y.c", of_y)];
    assert_eq!(found(PLAIN, &files("#include \"x.c\"\n")), [""; 0]);
    let commented = files("/* x.c has the rest */\n");
    assert_eq!(only(PLAIN, &commented), "incomplete-hooks two");
    let mut files = commented;
    files[3].1 = "obj-y += y.o # and x.o one day\n";
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    // The same in generic code.
    let weak = (
        "mm/w.c",
        "#include <linux/x.h>\nvoid __weak hook(void)\n{\n}\n",
    );
    let all = |text| [DECLARED, USE, OF_ONE, weak, ("mm/d.c", text)];
    let always = ("mm/Makefile", "obj-y += x.o d.o\n");
    let with = |text| [&all(text)[..], &[always]].concat();
    assert_eq!(found(PLAIN, &with("#include \"w.c\"\n")), [""; 0]);
    assert_eq!(only(PLAIN, &with("int d;\n")), "incomplete-hooks two");
}

#[test]
fn the_nearest_makefile_passes_directories() {
    let user = (
        "mm/sub/u.c",
        "#include <own.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    let own = (
        "mm/own/own.h",
        "static inline void hook(void)\n{\n\tg();\n}\n",
    );
    let lists = (
        "mm/Makefile",
        "ccflags-y += -I $(srctree)/mm/own\nobj-y += sub/u.o\n",
    );
    assert_eq!(found(PLAIN, &[user, own, lists, ONE]), [""; 0]);
}

#[test]
fn the_nearest_makefile_passes_macros() {
    let user = (
        "mm/sub/u.c",
        "#include <linux/x.h>\n#include \"own.h\"\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    let own = (
        "mm/sub/own.h",
        "#ifdef OWN\nstatic inline void hook(void)\n{\n\tg();\n}\n#endif\n",
    );
    let of = |flags: &str| {
        let lists = format!("{flags}\nobj-y += sub/u.o\n");
        found(PLAIN, &[user, own, ("mm/Makefile", &lists), ONE])
    };
    for flags in ["ccflags-y += -DOWN", "CFLAGS_sub/u.o := -DOWN"] {
        assert_eq!(of(flags), [""; 0], "{flags}");
    }
    for flags in ["ccflags-y += -DOTHER", "CFLAGS_u.o := -DOWN"] {
        assert_eq!(of(flags), ["select-without-hook two"], "{flags}");
    }
}

#[test]
fn an_inline_function_with_extern_is_no_second_definition() {
    let header =
        |word: &str| format!("void hook(void);\n{word} inline void hook(void)\n{{\n\tg();\n}}\n");
    let (both, other) = (header("extern"), header("static"));
    let of = |text| {
        let two = ("arch/two/include/asm/x.h", text);
        let body = (
            "arch/two/x.c",
            "#include <asm/x.h>\nvoid hook(void)\n{\n\tg();\n}\n",
        );
        found(PLAIN, &[USE, ONE, two, body])
    };
    assert_eq!(of(&both), [""; 0]);
    assert_eq!(of(&other), ["hook-defined-twice two"]);
}

#[test]
fn a_fallback_that_is_not_weak_and_an_own_body_are_two() {
    let header = ("include/linux/x.h", "void hook(void);\n");
    let own = "#include <linux/x.h>\nvoid hook(void)\n{\n\tg();\n}\n";
    let fallback = |before: &str, word: &str, after: &str| {
        format!("#include <linux/x.h>\n{before}void {word}hook(void)\n{{\n}}\n{after}")
    };
    let lists = (
        "arch/one/Kbuild",
        "obj-y += mm/\nobj-$(CONFIG_SECOND) += x.o\n",
    );
    let of = |text: &str| {
        let files = [
            header,
            USE,
            lists,
            ("arch/one/mm/Makefile", "obj-y += x.o\n"),
            ("arch/one/mm/x.c", own),
            ("arch/two/x.c", own),
            ("mm/Makefile", "obj-y += x.o w.o\n"),
            ("mm/w.c", text),
        ];
        found(PLAIN, &files)
    };
    let inverted = of(&fallback("#ifdef CONFIG_HAS_X\n", "", "#endif\n"));
    assert_eq!(inverted, ["hook-defined-twice one"]);
    for text in [
        fallback("#ifndef CONFIG_HAS_X\n", "", "#endif\n"),
        fallback("", "__weak ", ""),
        fallback("#ifndef hook\n", "", "#endif\n"),
        fallback("#ifdef CONFIG_HAS_X\n#define hook other\n", "", "#endif\n"),
        fallback("#ifdef CONFIG_HAS_X\n", "static ", "#endif\n"),
        fallback("void __weak hook(void);\n", "", ""),
    ] {
        assert_eq!(of(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_part_of_another_source_needs_a_fallback() {
    let part = ("mm/part.c", "void f(void)\n{\n\thook();\n}\n");
    let whole = ("mm/x.c", "#include <linux/x.h>\n#include \"part.c\"\n");
    let with = |text| ("include/linux/x.h", text);
    let lost = with("#ifdef CONFIG_HAS_X\n#include <asm/x.h>\n#endif\n");
    let kept = with(
        "#ifdef CONFIG_HAS_X\n#include <asm/x.h>\n#else\nstatic inline void hook(void) { }\n#endif\n",
    );
    assert_eq!(
        only(PLAIN, &[part, whole, lost, ONE, TWO]),
        "missing-fallback six"
    );
    assert_eq!(found(PLAIN, &[part, whole, kept, ONE, TWO]), [""; 0]);
    assert_eq!(found(PLAIN, &[part, lost, ONE, TWO]), [""; 0]);
}

#[test]
fn the_other_branch_of_a_test_is_reached_without_the_symbol() {
    let user = |test: &str| {
        format!(
            "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nint f(void)\n{{\n\tif (IS_ENABLED({test})) {{\n\t\tg();\n\t}} else {{\n\t\thook();\n\t}}\n\treturn 0;\n}}\n#endif\n"
        )
    };
    // No architecture of these declares it.
    for symbol in ["CONFIG_OF_ANOTHER", "CONFIG_SECOND"] {
        let text = user(symbol);
        assert_eq!(
            found(PLAIN, &[("mm/x.c", &*text), ONE]),
            ["select-without-hook two"],
            "{symbol}"
        );
    }
    let text = user("CONFIG_TWO");
    assert_eq!(found(PLAIN, &[("mm/x.c", &*text), ONE]), [""; 0]);
}
