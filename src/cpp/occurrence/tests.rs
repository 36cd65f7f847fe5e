//! Owns the tests of what a name is at a place.

use super::*;

/// Every place of `f` in short: line, kind, condition.
fn places(text: &str) -> Vec<(u32, Kind, String)> {
    let file = File::parse("x.h".into(), text);
    let mut c = Conditions::new();
    file.occurrences(&["f"], &mut c)
        .into_iter()
        .map(|found| {
            (
                found.location.line,
                found.kind,
                c.in_kconfig_style(found.condition),
            )
        })
        .collect()
}

fn kinds(text: &str) -> Vec<Kind> {
    places(text).into_iter().map(|(_, kind, _)| kind).collect()
}

#[test]
fn macros() {
    assert_eq!(kinds("#define f f\n"), [Kind::SelfMacro]);
    assert_eq!(kinds("#define f(x) g(x)\n"), [Kind::FunctionMacro]);
    assert_eq!(
        kinds("#define f() do {} while (0)\n"),
        [Kind::FunctionMacro]
    );
    assert_eq!(
        kinds("#define f g\n#undef f\n"),
        [Kind::Macro, Kind::Undefine]
    );
    assert_eq!(kinds("#define g() f()\n"), [Kind::Use]);
    assert_eq!(
        kinds("#ifndef f\n#endif\n#if defined(f) && f\n#endif\n"),
        [Kind::Test, Kind::Test, Kind::Test]
    );
}

#[test]
fn functions() {
    let inline = |empty| Kind::Inline { empty };
    assert_eq!(kinds("static inline void f(void) {}\n"), [inline(true)]);
    assert_eq!(
        kinds("static inline void f(void) { /* c */ }\n"),
        [inline(true)]
    );
    assert_eq!(
        kinds("static __always_inline void\nf(int (*g)(void))\n{\n\treturn;\n}\n"),
        [inline(false)]
    );
    assert_eq!(
        kinds("void __init f(void) __must_hold(x)\n{ if (a) { } }\n"),
        [Kind::Function {
            empty: false,
            is_static: false
        }]
    );
    assert_eq!(kinds("extern void f(void);\n"), [Kind::Prototype]);
    // A macro around the name.
    assert_eq!(
        kinds("static inline int SANITIZED(f)(int x)\n{\n\treturn x;\n}\n"),
        [inline(false)]
    );
    assert_eq!(
        kinds("extern int SANITIZED(f)(int x);\n"),
        [Kind::Prototype]
    );
    assert_eq!(kinds("int (*g)(int) = MAKE(f)(int);\n"), [Kind::Use]);
    assert_eq!(kinds("MAKE(f)(int);\n"), [Kind::Use]);
    // Parentheses around it.
    assert_eq!(kinds("bool (f)(int x);\n"), [Kind::Prototype]);
    assert_eq!(
        kinds("static bool (f)(int x)\n{\n\treturn x;\n}\n"),
        [Kind::Function {
            empty: false,
            is_static: true
        }]
    );
    assert_eq!(
        kinds("void *f(int x) __attribute__((pure)) asm(\"g\");\n"),
        [Kind::Prototype]
    );
}

#[test]
fn uses() {
    assert_eq!(
        kinds("void g(void)\n{\n\tf();\n}\nEXPORT_SYMBOL_GPL(f);\n"),
        [Kind::Use, Kind::Export]
    );
    assert_eq!(kinds("struct s { void (*g)(int f); };\n"), [Kind::Use]);
    assert_eq!(
        kinds("static struct ops o = { .f = f };\n"),
        [Kind::Use, Kind::Use]
    );
    assert_eq!(kinds("f(x);\nstruct f;\n"), [Kind::Use, Kind::Use]);
    assert_eq!(
        kinds("extern int f[2];\nint f = 1;\n"),
        [Kind::Variable, Kind::Variable]
    );
    assert_eq!(kinds("// f\n/* f */ char *s = \"f\"; int ff, xf;\n"), []);
}

#[test]
fn a_macro_may_put_a_variable_into_a_section() {
    for text in [
        "struct page *__bootdata(f);\n",
        "unsigned long __bootdata_kept(f) = 1;\n",
        "extern char __mysection(f)[4];\n",
    ] {
        assert_eq!(kinds(text), [Kind::Variable], "{text}");
    }
    for text in [
        "int __bootdata(struct f);\n",
        "typedef int __bootdata(f);\n",
        "int __kept(f);\n",
        "extern void g(int x) __acquires(f);\n",
        "extern void g(int x) __guards_data(f);\n",
        "int x[2] __aligned_data(f);\n",
        "__bootdata(f);\n",
        "int __bootdata(f, int);\n",
        "int x = __bootdata(f);\n",
        "int __section(f);\n",
    ] {
        assert_eq!(kinds(text), [Kind::Use], "{text}");
    }
}

#[test]
fn types_and_what_they_hold() {
    assert_eq!(kinds("struct s { void (*f)(void); };\n"), [Kind::Member]);
    assert_eq!(
        kinds("struct s { int a; unsigned long f; };\nunion u { struct { int *f[2]; } g; };\n"),
        [Kind::Member, Kind::Member]
    );
    assert_eq!(kinds("struct f { int a; };\n"), [Kind::Type]);
    assert_eq!(kinds("typedef unsigned long f;\n"), [Kind::Type]);
    assert_eq!(kinds("typedef struct { int a; } f;\n"), [Kind::Type]);
    assert_eq!(
        kinds("typedef struct s {\n\tunion { int a; };\n} f;\n"),
        [Kind::Type]
    );
    assert_eq!(kinds("static struct { int a; } f;\n"), [Kind::Variable]);
    assert_eq!(kinds("void g(void)\n{\n}\nf;\n"), [Kind::Use]);
    assert_eq!(
        kinds("enum e { a = X(1, f), f, b = f };\nenum { f = 1 };\n"),
        [Kind::Use, Kind::Enumerator, Kind::Use, Kind::Enumerator]
    );
    assert_eq!(
        kinds("register unsigned long f asm(\"sp\");\nint f __read_mostly;\n"),
        [Kind::Variable, Kind::Variable]
    );
}

#[test]
fn the_holder_of_a_use_is_named() {
    let file = File::parse(
        "x.c".into(),
        "static int g(int x)\n{\n\treturn f(x);\n}\n#define h f\n",
    );
    let found = file.occurrences(&["f"], &mut Conditions::new());
    let holders: Vec<Option<&str>> = found.iter().map(|found| found.within.as_deref()).collect();
    assert_eq!(holders, [Some("g"), Some("h")]);
}

#[test]
fn conditions_and_bodies() {
    let text = "#ifndef G\n#define G\n#ifdef CONFIG_A\nstatic inline void f(void) { g(); }\n#else\n\
        static inline void f(void) {}\n#endif\n#endif\n";
    assert_eq!(
        places(text),
        [
            (4, Kind::Inline { empty: false }, "A".to_owned()),
            (6, Kind::Inline { empty: true }, "!A".to_owned()),
        ]
    );
    let file = File::parse("x.h".into(), text);
    let body = file.sightings(&["f"])[0].body.unwrap();
    assert_eq!(body.of(text), "{ g(); }");
    assert_eq!(file.identifiers(body), ["g"]);
}

#[test]
fn branches_that_open_a_brace_twice() {
    let text = "#ifdef A\nvoid g(int x) {\n#else\nvoid g(void) {\n#endif\n}\nvoid f(void);\n\
        extern \"C\" {\nvoid f(void);\n}\nvoid f(void);\n";
    assert_eq!(kinds(text), [Kind::Prototype; 3]);
}

#[test]
fn macros_declare_variables() {
    for text in [
        "DECLARE_STATIC_KEY_TRUE(f);\n",
        "DECLARE_PER_CPU(struct s *, f);\n",
        "DEFINE_PER_CPU_SHARED_ALIGNED(irq_t, f);\n",
        "static DEFINE_PER_CPU(int, f) = 1;\n",
        "DECLARE_BITMAP(f, 8);\n",
    ] {
        assert_eq!(kinds(text), [Kind::Variable], "{text}");
    }
    for text in [
        "DECLARE_PER_CPU(f, name);\n",
        "DECLARE_STATIC_CALL(name, f);\n",
        "DEFINE_MUTEX(name[f]);\n",
        "REGISTER(f);\n",
    ] {
        assert_eq!(kinds(text), [Kind::Use], "{text}");
    }
}

#[test]
fn pointers_to_functions_are_variables() {
    for text in [
        "extern void (*f)(int);\n",
        "int (*f)(void) = other;\n",
        "static void (*const f[2])(int) = { a, b };\n",
        "struct s *(*f)(void);\n",
    ] {
        assert_eq!(kinds(text), [Kind::Variable], "{text}");
    }
    assert_eq!(kinds("typedef int (*f)(int);\n"), [Kind::Type]);
    for text in [
        "int g(int (*f)(int));\n",
        "int g = (*f)(1);\n",
        "MAKE(*f)(int);\n",
    ] {
        assert_eq!(kinds(text), [Kind::Use], "{text}");
    }
}

#[test]
fn labels_are_not_mentioned() {
    for text in [
        "int g(void)\n{\n\tgoto f;\nf:\n\treturn 0;\n}\n",
        "int g(void)\n{\n\tstatic void *t[] = { &&f };\n\tg();\nf:\n\treturn 0;\n}\n",
    ] {
        assert_eq!(kinds(text), [], "{text}");
    }
    for text in [
        "int g(void)\n{\n\treturn a && f;\n}\n",
        "int g(void)\n{\n\treturn a ? b : f;\n}\n",
        "int g(void)\n{\n\tswitch (a) {\n\tcase f:\n\t\treturn 0;\n\t}\n}\n",
    ] {
        assert_eq!(kinds(text), [Kind::Use], "{text}");
    }
}

#[test]
fn a_function_may_declare_another_one() {
    let text = "int g(void)\n{\n\textern void f(void);\n\n\tf();\n\treturn 0;\n}\n";
    assert_eq!(kinds(text), [Kind::Prototype, Kind::Use]);
}
