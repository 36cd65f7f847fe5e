//! Uses in the headers of generic code.

use super::{ONE, PLAIN, TWO, USE, found, only};

#[test]
fn what_a_header_uses_where_the_feature_is_off_is_needed_there() {
    let inverted = (
        "include/linux/x.h",
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\nstatic inline void f(void)\n{\n\thook();\n}\n#else\nstatic inline void f(void) { }\n#endif\n",
    );
    let source = (
        "mm/d.c",
        "#include <linux/x.h>\nvoid g(void)\n{\n\tf();\n}\n",
    );
    assert_eq!(
        only(PLAIN, &[inverted, ONE, TWO, source]),
        "missing-fallback six"
    );
    let for_c = inverted
        .1
        .replace("#ifndef CONFIG", "#ifndef __ASSEMBLY__\n#ifndef CONFIG");
    let for_c = ("include/linux/x.h", &*format!("{for_c}#endif\n"));
    assert_eq!(
        only(PLAIN, &[for_c, ONE, TWO, source]),
        "missing-fallback six"
    );
    let for_assembler = for_c
        .1
        .replace("#ifndef __ASSEMBLY__", "#ifdef __ASSEMBLY__");
    let for_assembler = ("include/linux/x.h", &*for_assembler);
    assert_eq!(found(PLAIN, &[for_assembler, ONE, TWO, source]), [""; 0]);
}

/// The wrapper of a feature that generic code calls by no other way.
const WRAPPER: (&str, &str) = (
    "include/linux/x.h",
    "#include <asm/x.h>\n#ifdef CONFIG_HAS_X\nstatic inline void w(void)\n{\n\thook();\n}\n#else\nstatic inline void w(void) { }\n#endif\n",
);
const WRAPPED: &str = "entry_header: include/linux/x.h\nhooks: [hook]\nwrappers: [w]\n";

#[test]
fn a_wrapper_needs_the_body_that_a_header_promises() {
    let caller = (
        "mm/x.c",
        "#include <linux/x.h>\nvoid g(void)\n{\n\tw();\n}\n",
    );
    let promise = ("arch/two/include/asm/x.h", "void hook(void);\n");
    let files = [WRAPPER, caller, ONE, promise];
    let with = |body| found(WRAPPED, &[&files[..], &[("arch/two/x.c", body)]].concat());
    assert_eq!(with("void hook(void)\n{\n}\n"), [""; 0]);
    for body in [
        "",
        "static void hook(void)\n{\n}\n",
        "void hooks(void)\n{\n}\n",
        "#if 0\nvoid hook(void)\n{\n}\n#endif\n",
        "#ifdef CONFIG_SECOND\nvoid hook(void)\n{\n}\n#endif\n",
    ] {
        assert_eq!(with(body), ["incomplete-hooks two"], "{body}");
    }
    // Nothing that is built calls the wrapper.
    let none = [WRAPPER, ONE, promise];
    assert_eq!(found(WRAPPED, &none), [""; 0]);
    // Where the object is not built, that is the finding; a line of a list that is always there is not to blame.
    let of_list = |list, body| {
        let body = ("arch/two/x.c", body);
        found(
            WRAPPED,
            &[&files[..], &[("arch/two/Kbuild", list), body]].concat(),
        )
    };
    let body = "void hook(void)\n{\n}\n";
    let gated = of_list("obj-$(CONFIG_SECOND) += x.o\n", body);
    assert_eq!(gated, ["hook-object two"]);
    assert_eq!(of_list("obj-$(CONFIG_TWO) += x.o\n", body), [""; 0]);
    let half = of_list(
        "obj-$(CONFIG_TWO) += x.o\n",
        "#ifdef CONFIG_SECOND\nvoid hook(void)\n{\n}\n#endif\n",
    );
    assert_eq!(half, ["incomplete-hooks two"]);
}

#[test]
fn what_reaches_code_through_headers_is_needed_there() {
    let header = |text: &str| {
        format!("#include <asm/x.h>\n#ifdef CONFIG_HAS_X\nint hook(void);\n{text}\n#endif\n")
    };
    let user = |text: &str| format!("#include <linux/x.h>\n#ifdef CONFIG_HAS_X\n{text}\n#endif\n");
    let of = |headers: &str, text: &str| {
        let header = header(headers);
        let user = user(text);
        let files = [("include/linux/x.h", &*header), ONE, ("mm/x.c", &*user)];
        found(PLAIN, &files)
    };
    let inner = "static inline int e(void)\n{\n\treturn hook();\n}\n";
    let outer = "static inline int d(void)\n{\n\treturn e();\n}\n";
    let both = format!("{inner}{outer}");
    let call = |name: &str| format!("int g(void)\n{{\n\treturn {name}();\n}}");
    assert_eq!(of(inner, &call("e")), ["incomplete-hooks two"]);
    assert_eq!(of(&both, &call("d")), ["incomplete-hooks two"]);
    assert_eq!(of(&both, &call("c")), [""; 0]);
    // A macro is what it becomes.
    let undeclared = |headers: &str, text: &str| {
        let header = format!("#include <asm/x.h>\n{headers}\n");
        let user = user(text);
        let files = [("include/linux/x.h", &*header), ONE, ("mm/x.c", &*user)];
        found(PLAIN, &files)
    };
    let macro_ = "#define e(x) (x ? hook() : 0)\n";
    let used = "int g(void)\n{\n\treturn e(1);\n}";
    assert_eq!(undeclared(macro_, used), ["select-without-hook two"]);
    assert_eq!(undeclared(macro_, "int g(void);"), [""; 0]);
    assert_eq!(undeclared(macro_, &call("d")), [""; 0]);
    // Another macro of the name, and a branch that the compiler drops.
    let other = format!("#undef e\n#define e(x) (x)\n{used}");
    assert_eq!(undeclared(macro_, &other), [""; 0]);
    assert_eq!(of(macro_, used), [""; 0]);
}

#[test]
fn a_header_that_the_entry_header_includes_has_to_be_there() {
    let of_one = ("arch/one/include/asm/y.h", "int y;\n");
    let with = |guard: &str, more: &[(&str, &str)]| {
        let header = format!("#include <asm/x.h>\n#ifdef {guard}\n#include <asm/y.h>\n#endif\n");
        let files = [("include/linux/x.h", &*header), of_one, USE, ONE, TWO];
        found(PLAIN, &[&files[..], more].concat())
    };
    assert_eq!(with("CONFIG_HAS_X", &[]), ["incomplete-hooks two"]);
    let of_two = ("arch/two/include/asm/y.h", "int y;\n");
    let generic = ("include/asm-generic/y.h", "int y;\n");
    let list = ("arch/two/include/asm/Kbuild", "generic-y += y.h\n");
    let unused = ("mm/x.c", "int x;\n");
    for more in [&[of_two][..], &[generic, list], &[unused]] {
        assert_eq!(with("CONFIG_HAS_X", more), [""; 0], "{more:?}");
    }
    for guard in ["CONFIG_ONE", "__ONE__", "CONFIG_OF_ANOTHER"] {
        assert_eq!(with(guard, &[]), [""; 0], "{guard}");
    }
}
