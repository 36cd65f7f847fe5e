//! Owns the tests of reading: what is understood, what is reported, and that both survive arbitrary text.

use super::*;
use crate::limits::KCONFIG_OPERANDS;
use proptest::prelude::*;

fn parse(text: &str) -> File {
    File::parse("Kconfig".into(), text.to_owned())
}

/// `line:column: level: text` of every diagnostic.
fn reports(text: &str) -> Vec<String> {
    parse(text)
        .diagnostics()
        .iter()
        .map(|diagnostic| {
            let place = &diagnostic.primary.location;
            let level = diagnostic.level.word();
            format!(
                "{}:{}: {level}: {}",
                place.line, place.column, diagnostic.headline
            )
        })
        .collect()
}

/// All constructs of both dialects.
const EVERYTHING: &str = r##"mainmenu "Title $(V)"
comma := ,
f = $(shell,echo $(1)"#) # all of this
f += more
$(x) := y
$(error-if,$(f,a b),no "way")
source "arch/$(SRCARCH)/Kconfig"
menu "Menu"
	depends on A || !B && (C = y || D != "x")
	visible if E < 3 && F >= 0x10
config A
	tristate "Prompt" if B
	default m if C
	default A$(x)-b if $(f,1)
	def_bool y && \
		n
	depends on X if Y
	select S$(x) if Z
	imply T
	range 1 N if A <= B
	modules
	transitional
	option env="X"
	$(warning-if,n,text)
	help
	    First.

	      Second: "it's" # here
	  	  Third.
	prompt 'It is "so"'
choice
	prompt "Choose"
	bool
	optional
	default M1
comment "in a choice"
config M1
	bool "m1"
if A
menuconfig M2
	bool "m2"
endif
endchoice
choice NAMED
	tristate "Old"
endchoice
endmenu
"##;

#[test]
fn every_construct_is_read() {
    assert_eq!(reports(EVERYTHING), [""; 0]);
    let file = parse(EVERYTHING);
    let printed = file.print();
    assert!(file.same_tree(&parse(&printed)), "{printed}");
}

#[test]
fn precedence_is_that_of_the_grammar() {
    let file = parse("if !A = B || C && D && !(E || F)\nendif\n");
    assert!(file.diagnostics().is_empty());
    assert_eq!(file.print(), "if !A=B || C && D && !(E || F)\nendif\n");
    let StatementKind::If { condition, .. } = file.statements()[0].kind else {
        panic!("an `if`");
    };
    assert!(matches!(file.expr(condition), Expr::Or(..)));
}

#[test]
fn lines_are_counted_across_joined_lines_and_helps() {
    let file = parse("config A\n\tbool \\\n\t\t\"x\"\n\thelp\n\t  a\n\n\t  b\nconfig B\n");
    let lines: Vec<u32> = file
        .statements()
        .iter()
        .map(|statement| statement.line)
        .collect();
    assert_eq!(lines, [1, 8]);
}

#[test]
fn three_mistakes_are_three_reports() {
    let text = "config A\n\tbool \"a\" if\n\tslect B\n\nconfg C\n\tbool\n\thelp\n\t  x\n\ndepends on A\nconfig D\n\tbool\n";
    assert_eq!(
        reports(text),
        [
            "2:13: error: expected a symbol, `!` or `(`, found the end of the line",
            "3:2: error: unknown statement `slect`; did you mean `select`?",
            "5:1: error: unknown statement `confg`; did you mean `config`?",
        ]
    );
    assert_eq!(parse(text).statements().len(), 2);
}

#[test]
fn blocks_end_where_they_began() {
    assert_eq!(
        reports("menu \"m\"\nif A\nendmenu\nendif\n"),
        [
            "2:1: error: this file has no `endif` for this block",
            "4:1: error: `endif` does not end a block of this file",
        ]
    );
    assert_eq!(
        reports("if A\nconfig B\n\tbool\n"),
        ["1:1: error: this file has no `endif` for this block"]
    );
}

#[test]
fn what_cannot_be_is_reported_where_it_stands() {
    for (text, report) in [
        (
            "config \"A\"\n",
            "1:8: error: expected the name of a symbol",
        ),
        ("config A B\n", "1:10: error: expected the end of the line"),
        ("config bool\n", "1:8: error: expected the name of a symbol"),
        (
            "config A\n\tbool foo\n",
            "2:7: error: expected the prompt in quotes",
        ),
        (
            "config A\n\tbool \"x\n",
            "2:7: warning: this quote is not closed on its line",
        ),
        (
            "config A\n\tdefault $(x\n",
            "2:10: error: this macro reference has no closing parenthesis on its line",
        ),
        ("config A\n\tdepends A\n", "2:10: error: expected `on`"),
        (
            "config A\n\tdefault (A\n",
            "2:12: error: expected `)`, `&&` or `||`, found the end of the line",
        ),
        (
            "choice\n\tdefault A && B\nendchoice\n",
            "2:2: error: the default of a choice must be the name of a symbol",
        ),
        (
            "choice\n\tdefault \"A\"\nendchoice\n",
            "2:2: error: the default of a choice must be the name of a symbol",
        ),
        (
            "config A\n\tvisible if B\n",
            "2:2: error: an entry of a symbol cannot have this line",
        ),
        (
            "choice\n\tint\nendchoice\n",
            "2:2: error: a choice cannot have this line",
        ),
        (
            "choice\nsource \"x\"\nendchoice\n",
            "2:1: error: a choice can contain only `config`, `comment` and `if`",
        ),
        (
            "config A\nmainmenu \"x\"\n",
            "2:1: error: `mainmenu` must come before all other entries",
        ),
        (
            "\tbool\n\tdefault y\n",
            "1:2: error: this line belongs to no entry",
        ),
        (
            "config A.B\n",
            "1:9: warning: this character has no meaning in Kconfig and is ignored",
        ),
        (
            "config A",
            "1:9: warning: no newline at the end of the file",
        ),
    ] {
        assert_eq!(
            reports(text).first().map(String::as_str),
            Some(report),
            "{text}"
        );
    }
}

#[test]
fn nesting_and_chains_have_limits() {
    let deep = format!("if {}A\nendif\n", "!".repeat(100_000));
    assert_eq!(reports(&deep).len(), 2);
    let deep = format!("if {}A\nendif\n", "(".repeat(100_000));
    assert_eq!(reports(&deep).len(), 2);
    let long = format!(
        "if A{}\nendif\n",
        " && A".repeat(KCONFIG_OPERANDS.length() + 1)
    );
    assert_eq!(reports(&long).len(), 2);
    let blocks = format!("{}{}", "if A\n".repeat(300), "endif\n".repeat(300));
    assert!(!reports(&blocks).is_empty());
}

/// Text that looks enough like Kconfig to reach every corner.
fn kconfig_like() -> impl Strategy<Value = String> {
    let piece = proptest::sample::select(vec![
        "config ",
        "menuconfig ",
        "choice",
        "endchoice",
        "menu ",
        "endmenu",
        "if ",
        "endif",
        "comment ",
        "source ",
        "mainmenu ",
        "bool ",
        "tristate",
        "int ",
        "def_bool ",
        "default ",
        "depends on ",
        "select ",
        "imply ",
        "range ",
        "visible if ",
        "help",
        "modules",
        "transitional",
        "optional",
        "option ",
        "prompt ",
        "A",
        "B_C",
        "0x1",
        "\"text\"",
        "'t\"'",
        "\"$(x)\"",
        "\"un",
        "$(a,b)",
        "$(",
        "$",
        "y",
        "m",
        "n",
        " && ",
        " || ",
        "!",
        "=",
        "!=",
        "<",
        ">=",
        "(",
        ")",
        " := ",
        " += ",
        "#c",
        "\\\n",
        "\n",
        "\n",
        "\n\t",
        "\n\t  ",
        "  ",
        "\t",
        "\u{e9}",
        ";",
        "\\",
    ]);
    proptest::collection::vec(piece, 0..80).prop_map(|pieces| pieces.concat())
}

/// Statements that are Kconfig, made from a grammar.
fn kconfig() -> impl Strategy<Value = String> {
    let symbol = proptest::sample::select(vec![
        "A",
        "B-1",
        "C_D",
        "y",
        "\"n\"",
        "'q$(x)'",
        "$(f,a (b))",
        "E$(x)F",
        "0x1f",
    ]);
    let name = proptest::sample::select(vec!["A", "B_2", "C$(x)"]);
    let leaf = prop_oneof![
        symbol.clone().prop_map(str::to_owned),
        (
            symbol.clone(),
            proptest::sample::select(vec!["=", "!=", "<", "<=", ">", ">="]),
            symbol.clone()
        )
            .prop_map(|(a, operator, b)| format!("{a} {operator} {b}")),
    ];
    let expression = leaf.prop_recursive(4, 16, 2, |inner| {
        prop_oneof![
            inner.clone().prop_map(|a| format!("!({a})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) && {b}")),
            (inner.clone(), inner).prop_map(|(a, b)| format!("{a} || ({b})")),
        ]
    });
    let condition = proptest::option::of(expression.clone())
        .prop_map(|condition| condition.map(|c| format!(" if {c}")).unwrap_or_default());
    let property = prop_oneof![
        condition
            .clone()
            .prop_map(|c| format!("\ttristate \"text \\\" x\"{c}\n")),
        (expression.clone(), condition.clone()).prop_map(|(e, c)| format!("\tdefault {e}{c}\n")),
        (expression.clone(), condition.clone()).prop_map(|(e, c)| format!("\tdepends on {e}{c}\n")),
        (name.clone(), condition.clone()).prop_map(|(s, c)| format!("\tselect {s}{c}\n")),
        (symbol.clone(), symbol, condition).prop_map(|(l, h, c)| format!("\trange {l} {h}{c}\n")),
        Just("\t$(info,x)\n".to_owned()),
    ];
    let entry = (
        name,
        proptest::collection::vec(property, 0..5),
        any::<bool>(),
    )
        .prop_map(|(name, properties, help)| {
            let help = if help {
                "\thelp\n\t  Text.\n\n\t    More.\n"
            } else {
                ""
            };
            format!("config {name}\n{}{help}", properties.concat())
        });
    entry.prop_recursive(4, 20, 4, move |inner| {
        let body = proptest::collection::vec(inner, 1..4).prop_map(|entries| entries.concat());
        prop_oneof![
            body.clone()
                .prop_map(|body| format!("menu \"M\"\n\tvisible if A\n{body}endmenu\n")),
            body.clone().prop_map(|body| format!("x := 1 # \"\n{body}")),
            (expression.clone(), body).prop_map(|(e, body)| format!("if {e}\n{body}endif\n")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_is_read_without_a_panic(text in any::<String>()) {
        let file = parse(&text);
        file.print();
    }

    #[test]
    fn broken_kconfig_is_read_without_a_panic(text in kconfig_like()) {
        let file = parse(&text);
        if file.diagnostics().is_empty() {
            let printed = file.print();
            let again = parse(&printed);
            prop_assert!(file.same_tree(&again), "{:?}\n{:?}", text, printed);
        }
    }

    #[test]
    fn kconfig_printed_and_read_again_is_the_same(text in kconfig()) {
        let file = parse(&text);
        prop_assert!(file.diagnostics().is_empty(), "{:?}\n{}", file.diagnostics(), text);
        let printed = file.print();
        let again = parse(&printed);
        prop_assert!(again.diagnostics().is_empty() && file.same_tree(&again), "{text}\n{printed}");
    }
}
