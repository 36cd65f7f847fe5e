//! Owns the tests of reading directives, and the one that no text makes the reader panic.

use proptest::prelude::*;

use super::*;

fn file(text: &str) -> File {
    File::parse("x.h".into(), text)
}

/// The directives in short: what they are and the name or path that they are about.
fn shapes(text: &str) -> Vec<String> {
    let file = file(text);
    file.directives
        .iter()
        .map(|directive| match &directive.kind {
            DirectiveKind::If(_) => "if".to_owned(),
            DirectiveKind::Elif(_) => "elif".to_owned(),
            DirectiveKind::Else => "else".to_owned(),
            DirectiveKind::Endif => "endif".to_owned(),
            DirectiveKind::Define {
                name,
                parameters,
                body,
            } => format!(
                "define {}{} {}",
                name.of(text),
                parameters.map_or(String::new(), |span| format!("({})", span.of(text))),
                body.of(text)
            ),
            DirectiveKind::Undef(name) => format!("undef {}", name.of(text)),
            DirectiveKind::Include(Target::Angle(path)) => format!("include <{}>", path.of(text)),
            DirectiveKind::Include(Target::Quote(path)) => format!("include '{}'", path.of(text)),
            DirectiveKind::Include(Target::Macro(name)) => format!("include {}", name.of(text)),
        })
        .collect()
}

fn problems(text: &str) -> Vec<&'static str> {
    file(text)
        .problems
        .iter()
        .map(|problem| problem.text)
        .collect()
}

#[test]
fn directives_of_every_kind() {
    let text = "#if A\n # elif B\n#else\n\t#endif\n#define X 1 + \\\n 2 // c\n#define F(a, b) (a)\n\
        #undef X\n#include <a/b.h>\n#include \"c.h\"\n#include D\n#define E\n#pragma once\n#error no 'such\n";
    assert_eq!(
        shapes(text),
        [
            "if",
            "elif",
            "else",
            "endif",
            "define X 1 + \\\n 2",
            "define F(a, b) (a)",
            "undef X",
            "include <a/b.h>",
            "include 'c.h'",
            "include D",
            "define E ",
        ]
    );
    assert_eq!(problems(text), [""; 0]);
}

#[test]
fn comments_and_literals_hide_directives() {
    let text = "/* \n#define A\n*/ #define B\n// x \\\n#define C\nchar *s = \"/*\";\n#define D\nint a; #define E\n\
        #if 0 /* goes\n on */ || 1\n don't\n#endif\n";
    assert_eq!(shapes(text), ["define B ", "define D ", "if", "endif"]);
}

#[test]
fn the_guard_is_found_only_around_everything() {
    let guarded = file("/* c */\n#ifndef G\n#define G\n#if A\n#else\n#endif\n#endif /* G */\n");
    assert!(guarded.guard.is_some());
    let mut c = Conditions::new();
    assert_eq!(guarded.condition_at(25, &mut c), Condition::TRUE);
    for text in [
        "#ifndef G\n#define G\n#endif\n#define X\n",
        "#ifndef G\n#define G\n#else\n#endif\n",
        "#ifndef G\n#define H\n#endif\n",
        "#ifndef G\n#define G\n#endif\n#if A\n#endif\n",
        "#ifdef G\n#define G\n#endif\n",
    ] {
        assert_eq!(file(text).guard, None, "{text}");
    }
    assert!(file("#if !defined(G)\n#define G\n#endif\n").guard.is_some());
}

#[test]
fn branches_exclude_each_other() {
    let text = "#ifdef CONFIG_A\n1\n#elif defined(CONFIG_B)\n2\n#elifndef CONFIG_C\n3\n#else\n4\n#endif\n5\n";
    let file = file(text);
    let mut c = Conditions::new();
    let mut at = |digit: &str| {
        let offset = text.find(&format!("\n{digit}\n")).unwrap() as u32 + 1;
        let condition = file.condition_at(offset, &mut c);
        c.in_kconfig_style(condition)
    };
    assert_eq!(at("1"), "A");
    assert_eq!(at("2"), "!A && B");
    assert_eq!(at("3"), "!A && !B && !C");
    assert_eq!(at("4"), "!A && !B && C");
    assert_eq!(at("5"), "y");
}

#[test]
fn what_does_not_fit_is_left_out_and_named() {
    assert_eq!(problems("#endif\n"), ["`#endif` without a conditional"]);
    assert_eq!(
        problems("#else\n"),
        ["`#else` or `#elif` without a conditional"]
    );
    assert_eq!(problems("#if A\n"), ["a conditional without `#endif`"]);
    assert_eq!(
        problems("#if A\n#else\n#elif B\n#endif\n"),
        ["`#else` or `#elif` after `#else`"]
    );
    assert_eq!(problems("#ifdef\n#endif\n"), ["a macro's name is missing"]);
    assert_eq!(problems("#define\n#undef 1\n#include\n").len(), 3);
    assert_eq!(problems("#define F(a\n"), ["`(` without `)`"]);
    let deep = "#if A\n".repeat(300) + &"#endif\n".repeat(300);
    assert_eq!(
        problems(&deep),
        ["conditionals nest too deeply (the limit `conditional-nesting` is 200 levels)"]
    );
    assert_eq!(
        file(&deep).directives.len(),
        2 * CONDITIONAL_NESTING.length()
    );
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => prop::sample::select(vec![
            "#if ", "#ifdef ", "#ifndef X\n", "#elif ", "#else", "#endif\n", "#define X(", "#define X ", "#undef ",
            "#include <", "#include \"", "\n", "\\\n", "\\", "/*", "*/", "//", "\"", "'", "(", ")", "{", "}", ";", "&&", "||",
            "defined", "?", ":", "static inline void X(void)", "X", "EXPORT_SYMBOL(X);", "extern \"C\" {", "\r\n", "é", "<<",
            "0x", "9", "-", "IS_ENABLED(CONFIG_A)", ",", "=", "!",
        ]).prop_map(str::to_owned),
        1 => any::<String>(),
    ]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(pieces in prop::collection::vec(piece(), 0..60)) {
        let text = pieces.concat();
        let file = file(&text);
        let mut c = Conditions::new();
        for occurrence in file.occurrences(&["X", "CONFIG_A"], &mut c) {
            let location = &occurrence.location;
            let found = &file.text[location.start as usize..location.end as usize];
            prop_assert!(found == "X" || found == "CONFIG_A");
            c.in_preprocessor_style(occurrence.condition);
        }
        let depth = file.directives.iter().fold(0i32, |depth, directive| match directive.kind {
            DirectiveKind::If(_) => depth + 1,
            DirectiveKind::Endif => depth - 1,
            _ => depth,
        });
        prop_assert_eq!(depth, 0);
    }
}
