//! Each kind of contract that a spec can say, on a tree of three architectures: what keeps it, and what breaks it.

use crate::check;
use crate::diag::Level;
use crate::feature::spec::Spec;
use crate::tree::Tree;

/// `one` and `two` select the symbol, `six` does not.
const FILES: &[(&str, &str)] = &[
    (
        "Makefile",
        "VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 0\nEXTRAVERSION =\n",
    ),
    (
        "Kconfig",
        "mainmenu \"t\"\nsource \"arch/$(SRCARCH)/Kconfig\"\nconfig HAS_X\n\tbool\nconfig SECOND\n\tbool \"second\"\nconfig DRIVER\n\ttristate \"driver\"\nconfig MODULES\n\tbool \"modules\"\n\tmodules\n",
    ),
    ("Kbuild", "obj-y += mm/\nobj-y += arch/$(SRCARCH)/\n"),
    ("mm/Makefile", "obj-y += x.o\nobj-$(CONFIG_DRIVER) += d.o\n"),
    ("include/linux/x.h", "#include <asm/x.h>\n"),
    (
        "arch/one/Kconfig",
        "config ONE\n\tdef_bool y\n\tselect HAS_X\n",
    ),
    (
        "arch/two/Kconfig",
        "config TWO\n\tdef_bool y\n\tselect HAS_X\n",
    ),
    ("arch/six/Kconfig", "config SIX\n\tdef_bool y\n"),
    ("arch/one/Kbuild", "obj-y += x.o\n"),
    ("arch/two/Kbuild", "obj-y += x.o\n"),
    ("arch/six/Kbuild", "obj-y += x.o\n"),
    ("arch/one/include/asm/x.h", ""),
    ("arch/two/include/asm/x.h", ""),
    ("arch/six/include/asm/x.h", ""),
    ("arch/one/x.c", ""),
    ("arch/two/x.c", ""),
    ("arch/six/x.c", ""),
    ("mm/x.c", ""),
    ("mm/d.c", ""),
];

/// The findings with some of the files replaced: lint and architectures, without notes.
fn found(contract: &str, files: &[(&str, &str)]) -> Vec<String> {
    let outcome = outcome(contract, files);
    let findings = outcome.findings.iter();
    let findings = findings.filter(|finding| finding.level > Level::Note);
    let mut found: Vec<String> = findings
        .map(|finding| format!("{} {}", finding.lint, finding.archs.join(",")))
        .collect();
    found.sort();
    found
}

/// The headlines of what the pedantic say about hooks that nothing uses.
fn unused(contract: &str, files: &[(&str, &str)]) -> Vec<String> {
    let outcome = outcome(contract, files);
    let notes = outcome.pedantic.iter();
    let notes = notes.filter(|finding| finding.lint == "unused-hook");
    notes.map(|finding| finding.headline.clone()).collect()
}

fn outcome(contract: &str, files: &[(&str, &str)]) -> check::Outcome {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in FILES.iter().chain(files) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let tree = Tree::open(directory.path()).unwrap();
    let symbol = match contract {
        _ if contract.contains("markers:") || contract.contains("kconfig:") => "",
        _ => "kconfig: HAS_X\n",
    };
    let head = format!("name: x\ntitle: x\ndirectory: vm/x\ndescription: x\n{symbol}");
    let spec = Spec::parse("x.yaml", &format!("{head}{contract}")).unwrap();
    let spec = spec.in_release((7, 2)).unwrap();
    let architectures = tree.architectures().unwrap();
    check::check(&tree, &[spec], &architectures, &mut |_| {}).unwrap()
}

/// The architectures of the only finding.
fn only(contract: &str, files: &[(&str, &str)]) -> String {
    let found = found(contract, files);
    assert_eq!(found.len(), 1, "{found:?}");
    found.into_iter().next().unwrap()
}

const USE: (&str, &str) = (
    "mm/x.c",
    "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
);
const ONE: (&str, &str) = (
    "arch/one/include/asm/x.h",
    "static inline void hook(void)\n{\n\tone();\n}\n",
);
const TWO: (&str, &str) = (
    "arch/two/include/asm/x.h",
    "static inline void hook(void)\n{\n\ttwo();\n}\n",
);
const PLAIN: &str = "entry_header: include/linux/x.h\nhooks: [hook]\n";

#[test]
fn a_name_alone_is_needed_where_it_is_used() {
    assert_eq!(found(PLAIN, &[USE, ONE, TWO]), [""; 0]);
    assert_eq!(only(PLAIN, &[USE, ONE]), "select-without-hook two");
    assert_eq!(found(PLAIN, &[ONE]), [""; 0]);
}

#[test]
fn when_leaves_out_what_needs_no_hook() {
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, when: SECOND}\n";
    let with_second = "static inline void hook(void)\n{\n\ttwo();\n}\n";
    let two = format!("#ifdef CONFIG_SECOND\n{with_second}#endif\n");
    let files = [USE, ONE, ("arch/two/include/asm/x.h", &*two)];
    assert_eq!(found(hooks, &files), [""; 0]);
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    assert_eq!(only(hooks, &[USE, ONE]), "select-without-hook two");
    let all = "entry_header: include/linux/x.h\nwhen: SECOND\nhooks: [hook]\n";
    assert_eq!(found(all, &files), [""; 0]);
    let never =
        "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, when: SECOND && !SECOND}\n";
    assert_eq!(found(never, &[USE, ONE]), [""; 0]);
}

#[test]
fn an_optional_hook_is_missed_where_it_is_announced() {
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, optional: true}\n";
    assert_eq!(found(hooks, &[USE, ONE]), [""; 0]);
    let announced = ("arch/two/include/asm/x.h", "#define hook hook\n");
    assert_eq!(only(hooks, &[USE, ONE, announced]), "incomplete-hooks two");
}

#[test]
fn one_of_several_is_enough() {
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - any_of: [hook, other]\n";
    let both = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n\tother();\n}\n#endif\n",
    );
    let two = (
        "arch/two/include/asm/x.h",
        "static inline void other(void) { }\n",
    );
    assert_eq!(found(hooks, &[both, ONE, two]), [""; 0]);
    assert_eq!(only(hooks, &[both, ONE]), "select-without-hook two");
    // It is enough for one that does not select the symbol, too.
    let six = (
        "arch/six/include/asm/x.h",
        "static inline void other(void) { }\n",
    );
    assert_eq!(
        only(hooks, &[both, ONE, two, six]),
        "hook-without-select six"
    );
    let more = "entry_header: include/linux/x.h\nhooks:\n  - any_of: [hook, other]\n  - third\n";
    let third = (
        "arch/six/include/asm/x.h",
        "static inline void third(void) { }\n",
    );
    let all = [both, ONE, two, third];
    assert!(!found(more, &all).contains(&"hook-without-select six".to_owned()));
}

#[test]
fn one_architecture_without_any_of_several_is_to_blame_for_it() {
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - third\n  - any_of: [hook, other]\n";
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\tthird();\n#ifdef BATCH\n\tother();\n#else\n\thook();\n\
         #endif\n}\n#endif\n",
    );
    let third = "static inline void third(void) { }\n";
    let single = format!("{third}static inline void hook(void) {{ }}\n");
    let queue = format!("{third}#define BATCH\nstatic inline void other(void) {{ }}\n");
    let (one, two) = ("arch/one/include/asm/x.h", "arch/two/include/asm/x.h");
    let right = [user, (one, &*single), (two, &*queue)];
    assert_eq!(found(hooks, &right), [""; 0]);
    let broken = queue.replace("other", "othr");
    let files = [user, (one, &*single), (two, &*broken)];
    assert_eq!(only(hooks, &files), "incomplete-hooks two");
    let broken = single.replace("hook", "hok");
    let files = [user, (one, &*broken), (two, &*queue)];
    assert_eq!(only(hooks, &files), "incomplete-hooks one");
}

#[test]
fn a_fallback_that_the_spec_names_has_to_be_there() {
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, fallback: true}\n";
    let with =
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\nstatic inline void hook(void) { }\n#endif\n";
    let select = (
        "arch/two/Kconfig",
        "config TWO\n\tdef_bool y\n\tselect HAS_X if SECOND\n",
    );
    let guarded = (
        "arch/two/include/asm/x.h",
        "#ifdef CONFIG_HAS_X\nstatic inline void hook(void)\n{\n\ttwo();\n}\n#endif\n",
    );
    let files = [USE, ONE, guarded, select];
    assert_eq!(
        found(
            hooks,
            &[&files[..], &[("include/linux/x.h", with)]].concat()
        ),
        [""; 0]
    );
    assert_eq!(only(hooks, &files), "missing-fallback two");
    assert_eq!(found(PLAIN, &files), [""; 0]);
    // Where the symbol cannot be on, nothing that it stands for is there.
    let with_second = format!("#include <asm/x.h>\n#ifdef CONFIG_SECOND\n{with}#endif\n");
    let root = FILES.iter().find(|(path, _)| *path == "Kconfig").unwrap().1;
    let depends = root.replace(
        "config HAS_X\n\tbool\n",
        "config HAS_X\n\tbool\n\tdepends on SECOND\n",
    );
    let files = [&files[..], &[("include/linux/x.h", &*with_second)]].concat();
    assert_eq!(only(hooks, &files), "missing-fallback two");
    let one = ("arch/one/Kconfig", &*select.1.replace("TWO", "ONE"));
    let files = [&files[..], &[("Kconfig", &*depends), one]].concat();
    assert_eq!(found(hooks, &files), [""; 0]);
    // Without SECOND nobody could use the hook, whatever HAS_X is.
    let within = format!("#ifdef CONFIG_SECOND\n{with}#endif\n");
    let within = [&files[..], &[("include/linux/x.h", &*within)]].concat();
    let by_itself = (
        "arch/two/Kconfig",
        "config TWO\n\tdef_bool y\n\tselect HAS_X if DRIVER\n",
    );
    let within = [&within[..], &[by_itself]].concat();
    assert!(!found(hooks, &within).contains(&"missing-fallback two".to_owned()));
}

#[test]
fn what_a_header_uses_counts_where_a_source_that_is_built_includes_it() {
    let inline = (
        "include/linux/x.h",
        "#include <asm/x.h>\nstatic inline void f(void)\n{\n\thook();\n}\n",
    );
    let source = |text: &'static str| ("mm/d.c", text);
    assert_eq!(found(PLAIN, &[inline, ONE, TWO]), [""; 0]);
    let direct = source("#include <linux/x.h>\n");
    assert_eq!(
        only(PLAIN, &[inline, ONE, TWO, direct]),
        "missing-fallback six"
    );
    let through = [
        source("#include <linux/y.h>\n"),
        ("include/linux/y.h", "#include <linux/x.h>\n"),
    ];
    let files = [inline, ONE, TWO, through[0], through[1]];
    assert_eq!(only(PLAIN, &files), "missing-fallback six");
    // On the architecture without the symbol the line is not compiled, or the object is not built.
    let guarded = source("#ifdef CONFIG_HAS_X\n#include <linux/x.h>\n#endif\n");
    assert_eq!(found(PLAIN, &[inline, ONE, TWO, guarded]), [""; 0]);
    let gate = ("mm/Makefile", "obj-y += x.o\nobj-$(CONFIG_HAS_X) += d.o\n");
    assert_eq!(found(PLAIN, &[inline, ONE, TWO, direct, gate]), [""; 0]);
}

#[test]
fn what_an_inline_function_uses_is_needed_where_it_is_called() {
    let inline = (
        "include/linux/x.h",
        "#include <asm/x.h>\nint hook(void);\nstatic inline int e(void)\n{\n\treturn hook();\n}\n",
    );
    let user = |text: &str| format!("#include <linux/x.h>\n#ifdef CONFIG_HAS_X\n{text}\n#endif\n");
    let of = |text: &str| found(PLAIN, &[inline, ONE, ("mm/x.c", &user(text))]);
    assert_eq!(
        of("int g(void)\n{\n\treturn e();\n}"),
        ["incomplete-hooks two"]
    );
    // Other things of that name need nothing.
    for text in [
        "int g(struct ops *o)\n{\n\treturn o->e();\n}",
        "int g(struct e *o)\n{\n\treturn 0;\n}",
        "int g(void)\n{\n\tstruct ops o = { .e = 0 };\n\n\treturn 0;\n}",
    ] {
        assert_eq!(of(text), [""; 0], "{text}");
    }
    // A macro makes another name, or a string, of it.
    for text in ["hook##_x()", "s##hook", "__stringify(#hook)"] {
        let text = format!("#define u() {text}\nint g(void)\n{{\n\treturn u();\n}}");
        assert_eq!(of(&text), [""; 0], "{text}");
    }
}

#[test]
fn a_symbol_that_only_a_user_sets_has_a_contract() {
    let kconfig = (
        "Kconfig",
        "mainmenu \"t\"\nsource \"arch/$(SRCARCH)/Kconfig\"\nconfig CAN\n\tbool\nconfig HAS_X\n\tbool \"x\"\n\tdepends on CAN\n",
    );
    let can = |arch| ("config A\n\tdef_bool y\n\tselect CAN\n", arch);
    let ((one, at_one), (two, at_two)) = (can("arch/one/Kconfig"), can("arch/two/Kconfig"));
    let files = [USE, ONE, kconfig, (at_one, one), (at_two, two)];
    let outcome = outcome(PLAIN, &files);
    let found: Vec<&str> = outcome.findings.iter().map(|one| &*one.headline).collect();
    assert_eq!(
        found,
        ["two can turn on `HAS_X` but defines none of its hooks"]
    );
    assert_eq!(self::found(PLAIN, &[&files[..], &[TWO]].concat()), [""; 0]);
}

#[test]
fn the_type_of_a_member_is_a_use() {
    let contract = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, kind: struct}\n";
    let one = ("arch/one/include/asm/x.h", "struct hook {\n\tint x;\n};\n");
    let user = |text: &'static str| ("mm/x.c", text);
    let member = user(
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nstruct all {\n\tstruct hook hook;\n};\n#endif\n",
    );
    assert_eq!(only(contract, &[one, member]), "select-without-hook two");
    let pointer = user(
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nstruct all {\n\tstruct hook *hook;\n};\n#endif\n",
    );
    assert_eq!(found(contract, &[one, pointer]), [""; 0]);
}

#[test]
fn a_test_of_a_symbol_in_c_leaves_a_use_out() {
    let two = (
        "arch/two/include/asm/x.h",
        "#ifdef CONFIG_SECOND\nvoid hook(void);\n#endif\n",
    );
    let user = |body: &str| {
        format!(
            "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nint f(void)\n{{\n{body}\treturn 0;\n}}\n#endif\n"
        )
    };
    let body = (
        "arch/two/x.c",
        "#ifdef CONFIG_SECOND\nvoid hook(void)\n{\n}\n#endif\n",
    );
    for (test, breaks) in [
        ("\thook();\n", true),
        ("\tif (IS_ENABLED(CONFIG_SECOND))\n\t\thook();\n", false),
        ("\tif (!IS_ENABLED(CONFIG_SECOND))\n\t\thook();\n", true),
        (
            "\tif (!IS_ENABLED(CONFIG_SECOND))\n\t\treturn 1;\n\thook();\n",
            false,
        ),
        (
            "\tif (!IS_ENABLED(CONFIG_SECOND))\n\t\tg();\n\telse\n\t\thook();\n",
            false,
        ),
    ] {
        let text = user(test);
        let found = found(PLAIN, &[("mm/x.c", &*text), ONE, two, body]);
        assert_eq!(!found.is_empty(), breaks, "{test}: {found:?}");
    }
}

#[test]
fn a_source_that_another_one_includes_has_its_headers() {
    let user = |text: &'static str| ("mm/part.c", text);
    let part = user("void f(void)\n{\n\thook();\n}\n");
    let whole = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\n#include \"part.c\"\n#endif\n",
    );
    assert_eq!(found(PLAIN, &[part, whole, ONE, TWO]), [""; 0]);
    assert_eq!(only(PLAIN, &[part, whole, ONE]), "select-without-hook two");
    assert_eq!(found(PLAIN, &[part, ONE]), [""; 0]);
}

#[test]
fn bodies_take_many_forms() {
    let declared = ("arch/two/include/asm/x.h", "int hook(void);\n");
    let two = |text: &'static str| ("arch/two/x.c", text);
    let beside = ("arch/two/part.h", "int hook(void)\n{\n\treturn 1;\n}\n");
    assert_eq!(
        found(
            PLAIN,
            &[USE, ONE, declared, beside, two("#include \"part.h\"\n")]
        ),
        [""; 0]
    );
    for text in [
        "int hook(void)\n{\n\treturn 1;\n}\n",
        "int (hook)(void)\n{\n\treturn 1;\n}\n",
        "static int own(void)\n{\n\treturn 1;\n}\nint hook(void) __attribute__((alias(\"own\")));\n",
    ] {
        assert_eq!(
            found(PLAIN, &[USE, ONE, declared, two(text)]),
            [""; 0],
            "{text}"
        );
    }
    assert_eq!(
        only(PLAIN, &[USE, ONE, declared, two("int (*hook_fn)(void);\n")]),
        "incomplete-hooks two"
    );
}

#[test]
fn a_shared_hook_says_nothing_about_the_select() {
    let six = (
        "arch/six/include/asm/x.h",
        "static inline void hook(void)\n{\n\tsix();\n}\n",
    );
    assert_eq!(
        found(PLAIN, &[USE, ONE, TWO, six]),
        ["hook-without-select six", "spec-mismatch "]
    );
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, shared: true}\n";
    assert_eq!(found(hooks, &[USE, ONE, TWO, six]), [""; 0]);
}

#[test]
fn hooks_are_visible_in_any_of_the_entry_headers() {
    let other = ("include/linux/y.h", "#include <asm/y.h>\n");
    let one = ("arch/one/include/asm/y.h", ONE.1);
    let own = ("arch/two/include/asm/own.h", TWO.1);
    let user = (
        "mm/x.c",
        "#include <linux/y.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    let empty = ("arch/two/include/asm/y.h", "");
    let files = [user, other, one, empty];
    let several = "entry_header: [include/linux/x.h, include/linux/y.h]\nhooks: [hook]\n";
    assert_eq!(only(several, &files), "select-without-hook two");
    let by_arch = "entry_header: {default: include/linux/y.h, two: arch/two/include/asm/own.h}\nhooks: [hook]\n";
    let with_own = ("arch/two/include/asm/y.h", "#include <asm/own.h>\n");
    assert_eq!(found(by_arch, &[user, other, one, with_own, own]), [""; 0]);
    let of_hook =
        "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, header: include/linux/y.h}\n";
    let two = ("arch/two/include/asm/y.h", TWO.1);
    assert_eq!(found(of_hook, &[user, other, one, two]), [""; 0]);
    assert_eq!(only(of_hook, &files), "select-without-hook two");
}

#[test]
fn variables_structs_members_and_constants_are_hooks() {
    for (kind, used, defined) in [
        ("variable", "\tf(hook);\n", "extern int hook;\n"),
        (
            "struct",
            "\tstruct hook *p = q;\n",
            "struct hook {\n\tint a;\n};\n",
        ),
        (
            "member",
            "\tq->hook = 1;\n",
            "struct q {\n\tint hook;\n};\n",
        ),
        ("enum", "\tf(hook);\n", "enum q {\n\tfirst,\n\thook,\n};\n"),
        ("macro", "\thook(1);\n", "#define hook(x) f(x)\n"),
    ] {
        let contract =
            format!("entry_header: include/linux/x.h\nhooks:\n  - {{name: hook, kind: {kind}}}\n");
        let user = format!(
            "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{{\n{used}}}\n#endif\n"
        );
        let body = ("arch/two/x.c", "#include <asm/x.h>\nint hook;\n");
        let own = ("arch/one/x.c", "#include <asm/x.h>\nint hook;\n");
        let one = ("arch/one/include/asm/x.h", defined);
        let two = ("arch/two/include/asm/x.h", defined);
        let mut files = vec![("mm/x.c", &*user), one, two];
        if kind == "variable" {
            files.extend([body, own]);
        }
        assert_eq!(found(&contract, &files), [""; 0], "{kind}");
        files.retain(|(path, _)| !path.starts_with("arch/two"));
        assert_eq!(only(&contract, &files), "select-without-hook two", "{kind}");
    }
    // A local variable with the name of a member is no use of it.
    let contract = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, kind: member}\n";
    let user = (
        "mm/x.c",
        "#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\tint hook;\n\n\tg(hook);\n}\n#endif\n",
    );
    assert_eq!(found(contract, &[user, ONE]), [""; 0]);
}

#[test]
fn assembler_symbols_need_no_declaration() {
    let contract = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, kind: assembler}\n";
    let user = (
        "mm/x.c",
        "#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\textern char hook[];\n\tg(hook);\n}\n#endif\n",
    );
    let body = |path| (path, "SYM_CODE_START(hook)\n\tret\nSYM_CODE_END(hook)\n");
    let (one, two) = (body("arch/one/x.S"), body("arch/two/x.S"));
    assert_eq!(found(contract, &[user, one, two]), [""; 0]);
    assert_eq!(only(contract, &[user, one]), "select-without-hook two");
}

#[test]
fn required_headers_are_own_ones_or_made_by_kbuild() {
    let contract = "required_headers: [asm/fpu.h]\n";
    let user = (
        "mm/x.c",
        "#ifdef CONFIG_HAS_X\n#include <asm/fpu.h>\n#endif\n",
    );
    let one = ("arch/one/include/asm/fpu.h", "");
    assert_eq!(only(contract, &[user, one]), "incomplete-hooks two");
    assert_eq!(found(contract, &[one]), [""; 0]);
    let generic = ("include/asm-generic/fpu.h", "");
    assert_eq!(
        only(contract, &[user, one, generic]),
        "incomplete-hooks two"
    );
    let list = (
        "arch/two/include/asm/Kbuild",
        "generic-y += a.h \\\n\tfpu.h\n",
    );
    assert_eq!(found(contract, &[user, one, generic, list]), [""; 0]);
}

#[test]
fn a_marker_may_stand_in_the_place_of_a_symbol() {
    let contract = "markers: [__HAVE_ARCH_HOOK]\nentry_header: include/linux/x.h\nhooks: [hook]\n";
    let generic = (
        "include/linux/x.h",
        "#include <asm/x.h>\n#ifndef __HAVE_ARCH_HOOK\nstatic inline void hook(void) { }\n#endif\n",
    );
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\nvoid f(void)\n{\n\thook();\n}\n",
    );
    let marked = format!("#define __HAVE_ARCH_HOOK\n{}", ONE.1);
    let one = ("arch/one/include/asm/x.h", &*marked);
    assert_eq!(found(contract, &[generic, user, one]), [""; 0]);
    let two = ("arch/two/include/asm/x.h", "#define __HAVE_ARCH_HOOK\n");
    assert_eq!(
        only(contract, &[generic, user, one, two]),
        "select-without-hook two"
    );
}

#[test]
fn what_only_modules_use_is_not_asked_of_built_in_code() {
    let user = (
        "mm/d.c",
        "#include <linux/x.h>\n#if defined(CONFIG_HAS_X) && defined(CONFIG_DRIVER_MODULE)\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    let hooks = "entry_header: include/linux/x.h\nhooks:\n  - {name: hook, builtin: true}\n";
    assert_eq!(only(PLAIN, &[user, ONE]), "select-without-hook two");
    assert_eq!(found(hooks, &[user, ONE]), [""; 0]);
}

#[test]
fn the_symbol_may_choose_between_two_implementations() {
    let contract = "entry_header: include/linux/x.h\nhooks: [hook]\nhooks_without: [other]\n";
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\nvoid f(void)\n{\n#ifdef CONFIG_HAS_X\n\thook();\n#else\n\tother();\n#endif\n}\n",
    );
    let six = (
        "arch/six/include/asm/x.h",
        "static inline void other(void) { }\n",
    );
    assert_eq!(found(contract, &[user, ONE, TWO, six]), [""; 0]);
    assert_eq!(only(contract, &[user, ONE, TWO]), "incomplete-hooks six");
}

#[test]
fn a_generic_header_is_reached_by_way_of_the_architectures_own() {
    let contract = "entry_header: include/asm-generic/t.h\nhooks: [hook]\n";
    let generic = (
        "include/asm-generic/t.h",
        "static inline void f(void)\n{\n#ifdef CONFIG_HAS_X\n\thook();\n#endif\n}\n",
    );
    let own = "static inline void hook(void);\n#include <asm-generic/t.h>\nstatic inline void hook(void)\n{\n\tg();\n}\n";
    let one = ("arch/one/include/asm/t.h", own);
    let two = ("arch/two/include/asm/t.h", own);
    let six = ("arch/six/include/asm/t.h", "#include <asm-generic/t.h>\n");
    let source = ("mm/x.c", "#include <asm/t.h>\n");
    assert_eq!(found(contract, &[generic, one, two, six, source]), [""; 0]);
    assert_eq!(
        only(
            contract,
            &[
                generic,
                one,
                six,
                source,
                ("arch/two/include/asm/t.h", six.1)
            ]
        ),
        "select-without-hook two"
    );
}

#[test]
fn releases_and_architectures_limit_a_hook() {
    for (limit, is_missed) in [
        ("since: \"7.3\"", false),
        ("since: \"7.2\"", true),
        ("until: \"7.1\"", false),
        ("until: \"7.2\"", true),
        ("archs: [one]", false),
        ("archs: [two]", true),
    ] {
        let contract =
            format!("entry_header: include/linux/x.h\nhooks:\n  - name: hook\n    {limit}\n");
        let found = found(&contract, &[USE, ONE]);
        assert_eq!(!found.is_empty(), is_missed, "{limit}: {found:?}");
    }
}

#[test]
fn a_weak_default_and_a_body_in_an_object_are_bodies() {
    let declared = (
        "include/linux/x.h",
        "#ifdef CONFIG_HAS_X\nvoid hook(void);\n#endif\n",
    );
    let body = |path| (path, "void hook(void)\n{\n\tg();\n}\n");
    let (one, two) = (body("arch/one/x.c"), body("arch/two/x.c"));
    assert_eq!(found(PLAIN, &[declared, USE, one, two]), [""; 0]);
    assert_eq!(only(PLAIN, &[declared, USE, one]), "incomplete-hooks two");
    let weak = (
        "mm/d.c",
        "#include <linux/x.h>\nvoid __weak hook(void)\n{\n}\n",
    );
    let always = ("mm/Makefile", "obj-y += x.o d.o\n");
    assert_eq!(found(PLAIN, &[declared, USE, one, weak, always]), [""; 0]);
}

#[test]
fn a_spec_that_cannot_be_right_is_one_finding() {
    // All architectures that select the symbol lack it.
    assert_eq!(found(PLAIN, &[USE]), ["spec-mismatch "]);
    // Nothing has the name.
    let misspelt = "entry_header: include/linux/x.h\nhooks: [hook, houk]\n";
    assert_eq!(found(misspelt, &[USE, ONE, TWO]), ["spec-mismatch "]);
    // Generic code has the body.
    let generic = (
        "include/linux/x.h",
        "#include <asm/x.h>\nstatic inline void hook(void)\n{\n\tg();\n}\n",
    );
    assert_eq!(found(PLAIN, &[USE, generic]), ["spec-mismatch "]);
    let overridden = (
        "include/linux/x.h",
        "#include <asm/x.h>\n#ifndef hook\nstatic inline void hook(void)\n{\n\tg();\n}\n#endif\n",
    );
    assert_eq!(found(PLAIN, &[USE, overridden]), [""; 0]);
}

#[test]
fn a_variable_of_a_function_is_no_use() {
    let declared = (
        "include/linux/x.h",
        "#ifdef CONFIG_HAS_X\nvoid hook(void);\n#endif\n",
    );
    let body = |path| (path, "void hook(void)\n{\n\tg();\n}\n");
    let (one, two) = (body("arch/one/x.c"), body("arch/two/x.c"));
    let uses = |text: &str| found(PLAIN, &[declared, one, two, ("mm/x.c", text)]);
    let head = "#include <linux/x.h>\nvoid f(struct s *x)\n{\n";
    let call = format!("{head}\thook();\n}}\n");
    assert_eq!(uses(&call), ["missing-fallback six"]);
    let variable = format!("{head}\tunsigned long hook;\n\n\thook = 1;\n}}\n");
    assert_eq!(uses(&variable), [""; 0]);
    let member = format!("{head}\tx->hook = g();\n}}\n");
    assert_eq!(uses(&member), [""; 0]);
    assert_eq!(uses("int f(int hook)\n{\n\treturn hook;\n}\n"), [""; 0]);
}

#[test]
fn what_only_drivers_use_has_to_be_there_for_them() {
    let declared = (
        "include/linux/x.h",
        "#ifdef CONFIG_HAS_X\nvoid hook(void);\n#endif\n",
    );
    let one = ("arch/one/x.c", "void hook(void)\n{\n\tg();\n}\n");
    let driver = ("drivers/d.c", USE.1);
    let list = ("drivers/Makefile", "obj-$(CONFIG_DRIVER) += d.o\n");
    let all = ("Kbuild", "obj-y += mm/ drivers/\n");
    let files = [declared, one, driver, list, all];
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    let two = ("arch/two/x.c", "void hook(void)\n{\n\tg();\n}\n");
    assert_eq!(
        found(PLAIN, &[declared, one, two, driver, list, all]),
        [""; 0]
    );
    // Generic code has a body that this architecture never builds.
    let generic = ("mm/d.c", one.1);
    let never = ("mm/Makefile", "obj-y += x.o\nobj-$(CONFIG_NEVER) += d.o\n");
    let two = (
        "arch/two/Kconfig",
        "config TWO\n\tdef_bool y\n\tselect HAS_X\nconfig NEVER\n\tbool\n",
    );
    let files = [declared, one, driver, list, all, generic, never, two];
    assert_eq!(only(PLAIN, &files), "hook-object two");
}

#[test]
fn a_body_beside_the_fallback_is_a_second_definition() {
    let fallback = (
        "include/linux/x.h",
        "#ifdef CONFIG_HAS_X\nvoid hook(void);\n#else\nstatic inline void hook(void) { }\n#endif\n",
    );
    let text = "#include <linux/x.h>\nvoid hook(void)\n{\n\tg();\n}\n";
    let guarded = format!("#ifdef CONFIG_HAS_X\n{text}#endif\n");
    let (one, two) = (("arch/one/x.c", text), ("arch/two/x.c", text));
    assert_eq!(found(PLAIN, &[fallback, USE, one, two]), [""; 0]);
    let six = ("arch/six/x.c", text);
    let twice = found(PLAIN, &[fallback, USE, one, two, six]);
    assert!(
        twice.contains(&"hook-defined-twice six".to_owned()),
        "{twice:?}"
    );
    let renamed = format!("#include <linux/x.h>\n#define hook other\n{}", &text[21..]);
    let renamed = ("arch/six/x.c", &*renamed);
    let found_then = found(PLAIN, &[fallback, USE, one, two, renamed]);
    assert!(
        !found_then.contains(&"hook-defined-twice six".to_owned()),
        "{found_then:?}"
    );
    let idle = ("arch/six/x.c", &*guarded);
    assert_eq!(
        only(PLAIN, &[fallback, USE, one, two, idle]),
        "hook-without-select six"
    );
}

#[test]
fn a_hook_of_a_symbol_that_is_never_on_is_not_missed() {
    let never = (
        "arch/six/Kconfig",
        "config SIX\n\tdef_bool y\n\tselect HAS_X if SECOND && !SECOND\n",
    );
    assert_eq!(unused(PLAIN, &[ONE, TWO, never]), [""; 0]);
    let select = (
        "arch/six/Kconfig",
        "config SIX\n\tdef_bool y\n\tselect HAS_X if SECOND\n",
    );
    assert_eq!(
        unused(PLAIN, &[ONE, TWO, select]),
        ["six selects `HAS_X` but has no `hook`"]
    );
    // A driver has the body for all.
    let driver = ("drivers/h.c", "void hook(void)\n{\n\tg();\n}\n");
    assert_eq!(unused(PLAIN, &[ONE, TWO, select, driver]), [""; 0]);
}

#[test]
fn a_feature_without_its_symbol_needs_its_hooks_where_that_can_be_off() {
    let hooks = "kconfig: '!HAS_X'\nentry_header: include/linux/x.h\nhooks: [hook]\n";
    let six = (
        "arch/six/include/asm/x.h",
        "static inline void hook(void) { }\n",
    );
    // One and two always have the symbol, so nothing is asked of them.
    assert_eq!(unused(hooks, &[six]), [""; 0]);
    assert_eq!(
        unused(hooks, &[]),
        ["six can turn off `HAS_X` but has no `hook`"]
    );
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifndef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    assert_eq!(found(hooks, &[six, user]), [""; 0]);
    assert_eq!(only(hooks, &[user]), "incomplete-hooks six");
}

#[test]
fn a_select_that_all_share_says_nothing_about_one_architecture_without_the_symbol() {
    let of_two = [
        (
            "Kconfig",
            "mainmenu \"t\"\nsource \"arch/$(SRCARCH)/Kconfig\"\nconfig MODULES\n\tbool \"modules\"\n\tmodules\nconfig USER\n\tbool \"user\"\n\tselect HAS_X\n",
        ),
        (
            "arch/one/Kconfig",
            "config ONE\n\tdef_bool y\nconfig HAS_X\n\tbool\n",
        ),
        (
            "arch/two/Kconfig",
            "config TWO\n\tdef_bool y\nconfig HAS_X\n\tbool\n",
        ),
    ];
    let files = [&of_two[..], &[USE, ONE, TWO]].concat();
    assert_eq!(found(PLAIN, &files), [""; 0]);
    let own = (
        "arch/six/Kconfig",
        "config SIX\n\tdef_bool y\n\tselect HAS_X\n",
    );
    assert_eq!(
        only(PLAIN, &[&files[..], &[own]].concat()),
        "undeclared-symbol six"
    );
}

#[test]
fn a_negated_symbol_that_an_architecture_does_not_know_is_off() {
    let without = "kconfig: '!OWN'\nentry_header: include/linux/x.h\nhooks: [hook]\n";
    let six = (
        "arch/six/Kconfig",
        "config SIX\n\tdef_bool y\nconfig OWN\n\tdef_bool y\n",
    );
    let plain_use = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifndef CONFIG_OWN\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    assert_eq!(found(without, &[plain_use, ONE, TWO, six]), [""; 0]);
    assert_eq!(
        only(without, &[plain_use, ONE, six]),
        "incomplete-hooks two"
    );
}

/// Declared for all, with a body on `one` and one on `two` under a condition.
const DECLARED: (&str, &str) = ("include/linux/x.h", "void hook(void);\n");
const BODY_OF_ONE: (&str, &str) = ("arch/one/x.c", "void hook(void)\n{\n\tone();\n}\n");
const BODY_OF_TWO: (&str, &str) = ("arch/two/x.c", "void hook(void)\n{\n\ttwo();\n}\n");
const HALF_A_BODY: (&str, &str) = (
    "arch/two/x.c",
    "#ifdef CONFIG_SECOND\nvoid hook(void)\n{\n\ttwo();\n}\n#endif\n",
);

#[test]
fn an_inline_function_uses_a_hook_where_something_calls_it() {
    let inline = (
        "mm/local.h",
        "#ifdef CONFIG_HAS_X\nstatic inline void through(void)\n{\n\thook();\n}\n#endif\n",
    );
    let caller = (
        "mm/x.c",
        "#include <linux/x.h>\n#include \"local.h\"\n#ifndef CONFIG_HAS_X\nstatic void through(void)\n{\n}\n#endif\nvoid f(void)\n{\n\tthrough();\n}\n",
    );
    let files = [DECLARED, inline, caller, BODY_OF_ONE];
    let whole = [&files[..], &[BODY_OF_TWO]].concat();
    assert_eq!(found(PLAIN, &whole), [""; 0]);
    let half = [&files[..], &[HALF_A_BODY]].concat();
    assert_eq!(only(PLAIN, &half), "incomplete-hooks two");
    let none = ("mm/x.c", "#include <linux/x.h>\n#include \"local.h\"\n");
    assert_eq!(found(PLAIN, &[&half[..], &[none]].concat()), [""; 0]);
    // Another function of that name is not the one of the header.
    let other = (
        "mm/x.c",
        "#include <linux/x.h>\nstatic void through(void)\n{\n}\nvoid f(void)\n{\n\tthrough();\n}\n",
    );
    assert_eq!(found(PLAIN, &[&half[..], &[other]].concat()), [""; 0]);
}

#[test]
fn a_driver_may_use_a_hook_without_its_body() {
    let driver = (
        "drivers/base/d.c",
        "#include <linux/x.h>\nvoid f(void)\n{\n\thook();\n}\n",
    );
    let list = ("drivers/base/Makefile", "obj-$(CONFIG_DRIVER) += d.o\n");
    let above = ("drivers/Makefile", "obj-y += base/\n");
    let root = (
        "Kbuild",
        "obj-y += mm/\nobj-y += arch/$(SRCARCH)/\nobj-y += drivers/\n",
    );
    let files = [DECLARED, driver, list, above, root, BODY_OF_ONE];
    let six = (
        "arch/six/Kconfig",
        "config SIX\n\tdef_bool y\n\tselect HAS_X\n",
    );
    let body_of_six = ("arch/six/x.c", "void hook(void)\n{\n\tsix();\n}\n");
    let files = [&files[..], &[six, body_of_six]].concat();
    assert_eq!(
        found(PLAIN, &[&files[..], &[BODY_OF_TWO]].concat()),
        [""; 0]
    );
    let half = [&files[..], &[HALF_A_BODY]].concat();
    assert_eq!(only(PLAIN, &half), "incomplete-hooks two");
    // One that has the body whenever it uses it is right.
    let elsewhere = (
        "drivers/base/e.c",
        "#include <linux/x.h>\nvoid hook(void)\n{\n\te();\n}\n",
    );
    let list = ("drivers/base/Makefile", "obj-$(CONFIG_DRIVER) += d.o e.o\n");
    assert_eq!(
        found(PLAIN, &[&half[..], &[elsewhere, list]].concat()),
        [""; 0]
    );
    // One of another machine is no help.
    let list = (
        "drivers/base/Makefile",
        "obj-$(CONFIG_DRIVER) += d.o\nobj-$(CONFIG_ONE) += e.o\n",
    );
    assert_eq!(
        only(PLAIN, &[&half[..], &[elsewhere, list]].concat()),
        "incomplete-hooks two"
    );
}

#[test]
fn the_code_of_an_architecture_uses_hooks() {
    let own_use = (
        "arch/two/y.c",
        "#include <linux/x.h>\nvoid f(void)\n{\n\thook();\n}\n",
    );
    let list = ("arch/two/Kbuild", "obj-y += x.o y.o\n");
    let files = [DECLARED, own_use, list, BODY_OF_ONE];
    assert_eq!(
        found(PLAIN, &[&files[..], &[BODY_OF_TWO]].concat()),
        [""; 0]
    );
    let half = [&files[..], &[HALF_A_BODY]].concat();
    assert_eq!(only(PLAIN, &half), "incomplete-hooks two");
    // Assembler needs the body, and no declaration.
    let assembler = ("arch/two/y.S", "entry:\n\tcall hook\n\tret\n");
    let files = [assembler, list, BODY_OF_ONE, DECLARED];
    assert_eq!(
        found(PLAIN, &[&files[..], &[BODY_OF_TWO]].concat()),
        [""; 0]
    );
    let half = [&files[..], &[HALF_A_BODY]].concat();
    assert_eq!(only(PLAIN, &half), "incomplete-hooks two");
}

#[test]
fn makefiles_are_evaluated_where_lists_do_not_tell() {
    let makefile = (
        "arch/two/Makefile",
        "ifdef CONFIG_SECOND\nBITS := 64\nelse\nBITS := 32\nendif\nexport BITS\n",
    );
    let list = ("arch/two/Kbuild", "obj-y += x_$(BITS).o\n");
    let body = |bits: &'static str| (bits, "void hook(void)\n{\n\ttwo();\n}\n");
    let files = [
        DECLARED,
        USE,
        makefile,
        list,
        BODY_OF_ONE,
        ("arch/two/x.c", ""),
    ];
    let both = [body("arch/two/x_32.c"), body("arch/two/x_64.c")];
    assert_eq!(found(PLAIN, &[&files[..], &both].concat()), [""; 0]);
    let one = [body("arch/two/x_64.c"), ("arch/two/x_32.c", "")];
    assert_eq!(
        only(PLAIN, &[&files[..], &one].concat()),
        "incomplete-hooks two"
    );
}

#[test]
fn the_list_at_the_root_has_gates() {
    let root = (
        "Kbuild",
        "obj-$(CONFIG_SECOND) += mm/\nobj-y += arch/$(SRCARCH)/\n",
    );
    let body = (
        "arch/two/x.c",
        "#ifdef CONFIG_SECOND\nvoid hook(void)\n{\n\ttwo();\n}\n#endif\n",
    );
    let files = [DECLARED, USE, BODY_OF_ONE, body];
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    assert_eq!(found(PLAIN, &[&files[..], &[root]].concat()), [""; 0]);
}

#[test]
fn a_name_that_a_macro_pastes_together_is_elsewhere() {
    let body = |call: &'static str| {
        let text = format!("#define F(x) void x##ook(void)\n{{\n}}\n{call}\nint h;\n");
        text.replace("(void)\n{\n}\n", "(void) { }\n")
    };
    let files = [DECLARED, USE, BODY_OF_ONE];
    let made = body("F(h)");
    let two = ("arch/two/x.c", &*made);
    assert_eq!(found(PLAIN, &[&files[..], &[two]].concat()), [""; 0]);
    let other = body("F(l)");
    let two = ("arch/two/x.c", &*other);
    assert_eq!(
        only(PLAIN, &[&files[..], &[two]].concat()),
        "incomplete-hooks two"
    );
}

#[test]
fn a_type_with_members_is_a_fallback() {
    let header =
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\ntypedef struct {\n\tint a;\n} hook;\n#endif\n";
    let with = "typedef int hook;\n";
    let plain_use = (
        "mm/x.c",
        "#include <linux/x.h>\nint f(void)\n{\n\thook a = { 1 };\n}\n",
    );
    let files = [
        plain_use,
        ("arch/one/include/asm/x.h", with),
        ("arch/two/include/asm/x.h", with),
    ];
    let whole = [&files[..], &[("include/linux/x.h", header)]].concat();
    assert_eq!(found(PLAIN, &whole), [""; 0]);
    assert_eq!(only(PLAIN, &files), "missing-fallback six");
}

#[test]
fn a_macro_of_a_source_file_uses_a_hook_where_the_file_uses_the_macro() {
    let with = |rest: &str| {
        format!(
            "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\n#define through() hook()\n{rest}#endif\n"
        )
    };
    let called = with("void f(void)\n{\n\tthrough();\n}\n");
    let files = [DECLARED, BODY_OF_ONE, ("mm/x.c", &*called)];
    assert_eq!(
        found(PLAIN, &[&files[..], &[BODY_OF_TWO]].concat()),
        [""; 0]
    );
    let half = [&files[..], &[HALF_A_BODY]].concat();
    assert_eq!(only(PLAIN, &half), "incomplete-hooks two");
    let unused = with("");
    let unused = [&half[..], &[("mm/x.c", &*unused)]].concat();
    assert_eq!(found(PLAIN, &unused), [""; 0]);
}

mod bodies;
mod clashes;
mod headers;
