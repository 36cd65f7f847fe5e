//! Hooks that are there twice or out of reach: what clashes with another definition or a declaration, what is linked apart, and what a header
//! announces without a body.

use super::{ONE, PLAIN, TWO, USE, found, only};

const BODY: &str = "#include <linux/x.h>\nvoid hook(void)\n{\n\tg();\n}\n";
const DECLARED: (&str, &str) = ("include/linux/x.h", "void hook(void);\n");
const OF_ONE: (&str, &str) = ("arch/one/x.c", BODY);
const OF_TWO: (&str, &str) = ("arch/two/x.c", BODY);

#[test]
fn a_static_function_hides_what_a_header_declares() {
    let weak = (
        "mm/d.c",
        "#include <linux/x.h>\nvoid __weak hook(void)\n{\n}\n",
    );
    let lists = ("mm/Makefile", "obj-y += x.o d.o\n");
    let with = |text| {
        found(
            PLAIN,
            &[DECLARED, USE, weak, lists, OF_ONE, ("arch/two/x.c", text)],
        )
    };
    for text in [
        "#include <linux/x.h>\nstatic void hook(void)\n{\n\tg();\n}\n",
        "#include <linux/x.h>\nstatic inline void hook(void)\n{\n\tg();\n}\n",
    ] {
        assert_eq!(with(text), ["incomplete-hooks two"], "{text}");
    }
    for text in [
        // It does not see the declaration, or too late.
        "static void hook(void)\n{\n\tg();\n}\n",
        "static void hook(void)\n{\n\tg();\n}\n#include <linux/x.h>\n",
        "#include <linux/x.h>\n#define hook my_hook\nstatic void hook(void)\n{\n\tg();\n}\n",
        "#include <linux/x.h>\n#ifndef CONFIG_HAS_X\nstatic void hook(void)\n{\n\tg();\n}\n#endif\n",
        BODY,
    ] {
        assert_eq!(with(text), [""; 0], "{text}");
    }
    let private = ("include/linux/x.h", "static void hook(void);\n");
    let own = (
        "arch/two/x.c",
        "#include <linux/x.h>\nstatic void hook(void)\n{\n\tg();\n}\n",
    );
    assert_eq!(found(PLAIN, &[private, own]), [""; 0]);
}

#[test]
fn a_static_variable_in_a_source_that_another_includes_hides_one_of_a_header() {
    let header = ("include/linux/x.h", "extern int hook;\n");
    let lists = ("arch/two/Kbuild", "obj-y += y.o\n");
    let part = |text| ("arch/two/y.c", text);
    let variable = (
        "arch/two/x.c",
        "#include <linux/x.h>\nstatic int hook = 1;\n",
    );
    let with = |text| found(PLAIN, &[header, lists, variable, part(text)]);
    assert_eq!(with("#include \"x.c\"\n"), ["incomplete-hooks two"]);
    assert_eq!(with("int y;\n"), [""; 0]);
}

#[test]
fn a_macro_of_a_fallback_takes_the_definition_for_an_invocation() {
    let header = (
        "include/linux/x.h",
        "int hook(void);\n#ifndef CONFIG_HAS_X\n#define hook() 0\n#endif\n",
    );
    let with = |text| found(PLAIN, &[header, ("arch/six/x.c", text)]);
    assert_eq!(
        with("#include <linux/x.h>\nint hook(void)\n{\n\treturn 1;\n}\n"),
        ["hook-defined-twice six"]
    );
    for text in [
        "#include <linux/x.h>\n#undef hook\nint hook(void)\n{\n\treturn 1;\n}\n",
        "int hook(void)\n{\n\treturn 1;\n}\n#include <linux/x.h>\n",
    ] {
        assert_eq!(with(text), [""; 0], "{text}");
    }
}

#[test]
fn an_object_of_lib_is_linked_whole_unless_it_is_one_of_a_library() {
    let own = ("arch/six/mm/x.c", BODY);
    let lists = ("arch/six/Kbuild", "obj-y += mm/\n");
    let of_mm = ("arch/six/mm/Makefile", "obj-y += x.o\n");
    let root = ("Kbuild", "obj-y += mm/ lib/ arch/$(SRCARCH)/\n");
    let generic = ("lib/l.c", BODY);
    let with = |list| {
        let files = [
            DECLARED,
            own,
            lists,
            of_mm,
            root,
            generic,
            ("lib/Makefile", list),
        ];
        found(PLAIN, &files)
    };
    assert_eq!(
        with("obj-$(CONFIG_SECOND) += l.o\n"),
        ["hook-defined-twice six"]
    );
    assert_eq!(with("lib-$(CONFIG_SECOND) += l.o\n"), [""; 0]);
    assert_eq!(with("obj-$(CONFIG_HAS_X) += l.o\n"), [""; 0]);
}

#[test]
fn an_object_that_only_make_lists_is_a_second_body() {
    let inline = "static inline void hook(void)\n{\n\tg();\n}\n";
    let user = (
        "mm/d.c",
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\nvoid hook(void)\n{\n\tg();\n}\n#endif\n",
    );
    let lists = ("mm/Makefile", "of-mm := d.o\nobj-y += x.o $(of-mm)\n");
    let of_arch = |arch| [user, lists, (arch, inline)];
    assert_eq!(
        only(PLAIN, &of_arch("arch/six/include/asm/x.h")),
        "hook-defined-twice six"
    );
    assert_eq!(found(PLAIN, &of_arch("arch/one/include/asm/x.h")), [""; 0]);
}

#[test]
fn what_is_announced_first_in_the_file_of_the_use_needs_a_body() {
    let fallback = (
        "include/linux/x.h",
        "#ifndef hook\nstatic inline void hook(void)\n{\n}\n#endif\n",
    );
    let announced = (
        "arch/two/include/asm/y.h",
        "void hook(void);\n#define hook hook\n",
    );
    let others = ["one", "six"].map(|arch| format!("arch/{arch}/include/asm/y.h"));
    let user = (
        "mm/x.c",
        "#include <asm/y.h>\n#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nvoid f(void)\n{\n\thook();\n}\n#endif\n",
    );
    let files = [
        fallback,
        announced,
        user,
        (&*others[0], ""),
        (&*others[1], ""),
    ];
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    let with = |more| found(PLAIN, &[&files[..], &[more]].concat());
    let body = "#include <asm/y.h>\n#include <linux/x.h>\nvoid hook(void)\n{\n\tg();\n}\n";
    assert_eq!(with(("arch/two/x.c", body)), [""; 0]);
    let later = user.1.replace("#include <asm/y.h>\n", "");
    assert_eq!(with(("mm/x.c", &later)), [""; 0]);
}

#[test]
fn what_loads_the_kernel_is_no_part_of_it() {
    let lists = ("arch/two/Kbuild", "obj-y += x.o\n");
    let files = |path| [DECLARED, USE, OF_ONE, lists, (path, BODY)];
    for path in ["arch/two/boot/h.c", "arch/two/purgatory/h.c"] {
        assert_eq!(only(PLAIN, &files(path)), "incomplete-hooks two", "{path}");
    }
    assert_eq!(found(PLAIN, &files("arch/two/x.c")), [""; 0]);
}

#[test]
fn a_macro_that_is_another_name_of_a_hook_uses_it() {
    let header = |macros: &str| {
        format!("#include <asm/x.h>\nvoid hook(void);\n#ifndef HOOK_ADDR\n{macros}\n#endif\n")
    };
    let user = (
        "mm/x.c",
        "#include <linux/x.h>\n#ifdef CONFIG_HAS_X\nunsigned long f(void)\n{\n\treturn HOOK_ADDR;\n}\n#endif\n",
    );
    let address = header("#define HOOK_ADDR ((unsigned long)hook)");
    let files = [("include/linux/x.h", &*address), user, OF_ONE];
    assert_eq!(only(PLAIN, &files), "incomplete-hooks two");
    let own = ("arch/two/include/asm/x.h", "#define HOOK_ADDR 1\n");
    assert_eq!(found(PLAIN, &[&files[..], &[own]].concat()), [""; 0]);
    let size = header("#define HOOK_ADDR sizeof(hook)");
    assert_eq!(
        found(PLAIN, &[("include/linux/x.h", &*size), user, OF_ONE]),
        [""; 0]
    );
    assert_eq!(found(PLAIN, &[ONE, TWO]), [""; 0]);
}

#[test]
fn um_has_the_objects_that_its_makefiles_name() {
    let config = (
        "arch/um/Kconfig",
        "config UML\n\tdef_bool y\n\tselect HAS_X\n",
    );
    let x86 = (
        "arch/x86/Kconfig",
        "config X86\n\tdef_bool y\n\tselect HAS_X\n",
    );
    let of_x86 = [
        ("arch/x86/Kbuild", "obj-y += lib/\n"),
        ("arch/x86/lib/Makefile", "obj-y += h.o\n"),
    ];
    let makefile = (
        "arch/um/Makefile",
        "core-y += arch/um/kernel/ arch/x86/um/\n",
    );
    let kernel = ("arch/um/kernel/Makefile", "obj-y += k.o\n");
    let lender = ("arch/x86/lib/h.c", BODY);
    let of_um = ("arch/x86/um/Makefile", "obj-y = u.o\n");
    let files = [
        DECLARED, USE, OF_ONE, OF_TWO, config, x86, makefile, kernel, lender, of_um, of_x86[0],
        of_x86[1],
    ];
    assert_eq!(only(PLAIN, &files), "incomplete-hooks um");
    let with = |more| found(PLAIN, &[&files[..], &[more]].concat());
    for more in [
        (
            "arch/x86/um/Makefile",
            "obj-y = u.o\nsubarch-y = ../lib/h.o\nobj-y += $(subarch-y)\n",
        ),
        ("arch/x86/um/u.c", BODY),
        ("arch/um/kernel/k.c", BODY),
    ] {
        assert_eq!(with(more), [""; 0], "{more:?}");
    }
}
