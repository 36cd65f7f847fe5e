//! Small Kconfig texts with what can be, and agreement with the evaluator on many small random ones.

use std::collections::BTreeSet;

use super::{Answer, Asker, Formula, Literal, Node, Prepared, Question, Solver, Value};
use crate::kconfig::eval::{Evaluator, Tristate};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, PropertyKind, SymbolId, Type};
use crate::kconfig::sources::Sources;
use crate::tree::Tree;

const RELEASE: (u32, u32) = (7, 2);

/// Runs `test` on the model of a Kconfig text.
fn with(kconfig: &str, test: impl FnOnce(&Model)) {
    with_release(kconfig, RELEASE, test);
}

/// The same for a tree of another release.
pub(super) fn with_release(kconfig: &str, release: (u32, u32), test: impl FnOnce(&Model)) {
    let directory = tempfile::tempdir().unwrap();
    let mut tree = Tree::open_directory(directory.path()).unwrap();
    tree.overlay("Kconfig", Some(kconfig.into())).unwrap();
    let sources = Sources::new(&tree);
    let version = Version {
        release,
        text: "7.2".into(),
    };
    let model = model::of_all_configurations(&sources, "x86", &version);
    assert_eq!(model.diagnostics, [], "{kconfig}");
    test(&model);
}

fn agrees(value: Tristate, asked: Value) -> bool {
    match asked {
        Value::No => value == Tristate::No,
        Value::Mod => value == Tristate::Mod,
        Value::Yes => value == Tristate::Yes,
        Value::On => value != Tristate::No,
    }
}

fn ask(kconfig: &str, symbol: &str, value: Value) -> (Answer, Vec<String>) {
    let mut result = None;
    with(kconfig, |model| {
        let symbol = model.find(symbol).unwrap();
        let mut solver = Solver::new(model);
        let answer = solver.can(&Question::is(symbol, value));
        let text = match &answer {
            Answer::Possible(witness) => {
                let mut lines = witness.lines(model);
                for unknown in &witness.unknowns {
                    lines.push(format!("{}: {}", unknown.text, unknown.holds));
                }
                lines.extend(witness.arch.iter().map(|arch| format!("ARCH={arch}")));
                lines
            }
            Answer::Impossible(reason) => reason
                .steps
                .iter()
                .map(|step| format!("{}: {}", step.place.line, step.text))
                .collect(),
            Answer::Undecided(why) => vec![why.clone()],
        };
        result = Some((answer, text));
    });
    result.unwrap()
}

fn possible(kconfig: &str, symbol: &str, value: Value, witness: &[&str]) {
    let (answer, text) = ask(kconfig, symbol, value);
    assert!(answer.is_possible(), "{answer:?}");
    assert_eq!(text, witness);
}

fn impossible(kconfig: &str, symbol: &str, value: Value, reason: &[&str]) {
    let (answer, text) = ask(kconfig, symbol, value);
    assert!(answer.is_impossible(), "{answer:?}");
    assert_eq!(text, reason);
}

#[test]
fn a_witness_is_what_the_user_has_to_say() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\n\tselect F\n\
                   config D\n\tbool \"d\"\n\tdefault y\nconfig F\n\tbool\n";
    possible(kconfig, "F", Value::Yes, &["CONFIG_A=y", "CONFIG_B=y"]);
    possible(kconfig, "F", Value::No, &[]);
    possible(kconfig, "D", Value::No, &["# CONFIG_D is not set"]);
}

#[test]
fn a_witness_says_y_unless_m_is_meant() {
    let kconfig = "config MODULES\n\tbool \"m\"\n\tmodules\nconfig T\n\ttristate \"t\"\n";
    possible(kconfig, "T", Value::Yes, &["CONFIG_T=y"]);
    possible(
        kconfig,
        "T",
        Value::Mod,
        &["CONFIG_MODULES=y", "CONFIG_T=m"],
    );
}

#[test]
fn a_reason_names_the_lines_that_exclude() {
    let kconfig = "config A\n\tbool\nconfig B\n\tbool \"b\"\n\tdepends on A\n\tselect F\n\
                   config F\n\tbool\nconfig G\n\tbool \"g\"\n";
    impossible(
        kconfig,
        "F",
        Value::Yes,
        &[
            "7: `F` has no prompt and one line selects it",
            "5: `B` depends on `A`",
            "1: `A` has no prompt and nothing selects it",
        ],
    );
}

#[test]
fn a_reason_names_one_operand_at_its_own_line() {
    let kconfig = "config A\n\tbool\nconfig C\n\tbool \"c\"\nif C\nmenu \"m\"\n\tdepends on A\nconfig B\n\tbool \"b\"\n\
                   \tdepends on C && NOWHERE\n\tdepends on C\nconfig D\n\tbool \"d\"\nendmenu\nendif\n";
    impossible(
        kconfig,
        "B",
        Value::Yes,
        &[
            "8: `B` has a prompt and nothing selects it",
            "10: `B` depends on `NOWHERE`",
        ],
    );
    impossible(
        kconfig,
        "D",
        Value::Yes,
        &[
            "12: `D` has a prompt and nothing selects it",
            "7: everything in this menu depends on `A`",
            "1: `A` has no prompt and nothing selects it",
        ],
    );
}

#[test]
fn dependencies_that_go_in_circles_are_refused_first() {
    let kconfig = "config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool \"b\"\n\tdepends on A\n\
                   config C\n\tbool \"c\"\nconfig D\n\tint \"d\"\n\trange 1 E\nconfig E\n\tint\n\tdefault 5 if A\n\
                   config F\n\tbool\n\tdefault y if D > 2\n";
    for symbol in ["A", "B", "F"] {
        let (answer, text) = ask(kconfig, symbol, Value::Yes);
        assert!(matches!(answer, Answer::Undecided(_)), "{answer:?}");
        assert!(text[0].starts_with("Kconfig:"), "{text:?}");
    }
    // Unrelated assumptions are reported all the same.
    let (answer, _) = ask(kconfig, "C", Value::Yes);
    assert!(answer.is_possible(), "{answer:?}");
}

#[test]
fn a_witness_tells_the_answers_that_it_assumes() {
    let kconfig = "name := $(shell,cc)\n\
                   success = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"y\" || echo \"n\")\n\
                   config CLANG\n\tdef_bool $(success,test \"$(name)\" = Clang)\n\
                   config VERSION\n\tint\n\tdefault $(shell,version)\n\
                   config OK\n\tdef_bool CLANG && VERSION >= 12 && VERSION < 14 && $(success,x)\n";
    with(kconfig, |model| {
        let ok = model.find("OK").unwrap();
        let mut solver = Solver::new(model);
        let Answer::Possible(witness) = solver.can(&Question::is(ok, Value::Yes)) else {
            panic!("possible");
        };
        let success = |command| {
            format!("$(shell,{{ {command}; }} >/dev/null 2>&1 && echo \"y\" || echo \"n\")")
        };
        assert_eq!(witness.answer("$(shell,cc)").as_deref(), Some("Clang"));
        assert_eq!(witness.answer("$(shell,version)").as_deref(), Some("12"));
        assert_eq!(witness.answer(&success("x")).as_deref(), Some("y"));
        let test = success("test \"$(shell,cc)\" = GCC");
        assert_eq!(witness.answer(&test).as_deref(), Some("n"));
        assert_eq!(witness.answer(&success("y")), None);
    });
}

#[test]
fn defaults_are_functions_not_wishes() {
    let kconfig = "config A\n\tbool \"a\"\nconfig F\n\tdef_bool A\nconfig G\n\tbool\n\tdefault n if A\n\tdefault y\n";
    with(kconfig, |model| {
        let [a, f, g] = ["A", "F", "G"].map(|name| model.find(name).unwrap());
        let mut solver = Solver::new(model);
        let on = |symbol| Question::is(symbol, Value::Yes);
        assert!(solver.can_without(&on(f), &on(a)).is_impossible());
        assert!(solver.can_without(&on(a), &on(f)).is_impossible());
        assert!(solver.can(&on(f).and(g, Value::Yes)).is_impossible());
        assert!(solver.can(&on(g).and(f, Value::No)).is_possible());
    });
}

#[test]
fn unknown_texts_are_one_thing_wherever_they_stand() {
    let kconfig = "name := $(shell,cc)\n\
                   success = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"y\" || echo \"n\")\n\
                   failure = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"n\" || echo \"y\")\n\
                   config GCC\n\tdef_bool $(success,test \"$(name)\" = GCC)\n\
                   config CLANG\n\tdef_bool $(success,test \"$(name)\" = Clang)\n\
                   config BOTH\n\tdef_bool GCC && CLANG\n\
                   config ODD\n\tdef_bool $(success,x) && $(failure,x)\n\
                   config VERSION\n\tint\n\tdefault $(shell,version) if GCC\n\tdefault 0\n\
                   config NEW\n\tdef_bool VERSION >= 12 && VERSION < 14\n\
                   config NEVER\n\tdef_bool VERSION >= 14 && VERSION < 12\n\
                   config X32\n\tdef_bool \"$(ARCH)\" = \"i386\"\n\
                   config ARM\n\tdef_bool \"$(ARCH)\" = \"arm\"\n";
    for never in ["BOTH", "ODD", "NEVER", "ARM"] {
        assert!(ask(kconfig, never, Value::Yes).0.is_impossible(), "{never}");
    }
    possible(kconfig, "CLANG", Value::Yes, &["$(shell,cc) = Clang: true"]);
    possible(
        kconfig,
        "NEW",
        Value::Yes,
        &[
            "$(shell,cc) = GCC: true",
            "$(shell,version) >= 12: true",
            "$(shell,version) >= 14: false",
        ],
    );
    possible(kconfig, "X32", Value::Yes, &["ARCH=i386"]);
}

#[test]
fn numbers_have_an_order_and_ranges() {
    let kconfig = "config N\n\tint \"n\"\n\trange 2 64\n\tdefault 8\nconfig BIG\n\tdef_bool N > 32\n\
                   config HUGE\n\tdef_bool N > 64\nconfig ONE\n\tdef_bool N = 1\n\
                   config S\n\tstring \"s\"\nconfig EMPTY\n\tdef_bool S = \"\"\n";
    possible(kconfig, "BIG", Value::Yes, &["CONFIG_N=33"]);
    for never in ["HUGE", "ONE"] {
        assert!(ask(kconfig, never, Value::Yes).0.is_impossible(), "{never}");
    }
    possible(kconfig, "EMPTY", Value::Yes, &[]);
    possible(kconfig, "EMPTY", Value::No, &["CONFIG_S=\"other\""]);
}

#[test]
fn what_is_not_encoded_is_undecided() {
    let kconfig = "config N\n\tint \"n\"\nconfig M\n\tint \"m\"\nconfig LESS\n\tdef_bool N < M && N > 5\n\
                   config X\n\tdef_bool LESS && !LESS\n";
    assert!(matches!(
        ask(kconfig, "LESS", Value::Yes).0,
        Answer::Undecided(_)
    ));
    assert!(ask(kconfig, "X", Value::Yes).0.is_impossible());
}

#[test]
fn one_member_of_a_choice_is_set() {
    let kconfig = "config P\n\tbool \"p\"\nchoice\n\tprompt \"c\"\n\tdefault B\nconfig A\n\tbool \"a\"\n\
                   config B\n\tbool \"b\"\n\tdepends on P\nendchoice\nconfig NONE\n\tdef_bool !A && !B\n";
    possible(kconfig, "A", Value::Yes, &[]);
    possible(kconfig, "B", Value::Yes, &["CONFIG_P=y"]);
    assert!(ask(kconfig, "NONE", Value::Yes).0.is_impossible());
}

/// That a member is asked for must not hide that a command has to say that it is visible.
#[test]
fn a_member_of_a_choice_may_depend_on_a_command() {
    let kconfig = "config S\n\tdef_bool $(shell,echo)\nchoice\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\n\
                   config B\n\tbool \"b\"\n\tdepends on S\nendchoice\n";
    possible(
        kconfig,
        "B",
        Value::Yes,
        &["CONFIG_B=y", "$(shell,echo) = y: true"],
    );
    possible(kconfig, "B", Value::No, &[]);
}

#[test]
fn choices_of_old_releases_are_on_where_they_are_seen() {
    let plain = "config P\n\tbool \"p\"\nchoice\n\tprompt \"c\"\n\tdefault B\nconfig A\n\tbool \"a\"\n\
                 config B\n\tbool \"b\"\n\tdepends on P\nendchoice\nconfig BOTH\n\tdef_bool A && B\n\
                 config NONE\n\tdef_bool !A && !B\n";
    let of = |kconfig: &str, symbol: &str, value| {
        let mut answer = None;
        with_release(kconfig, (6, 1), |model| {
            let symbol = model.find(symbol).unwrap();
            answer = Some(Solver::new(model).can(&Question::is(symbol, value)));
        });
        answer.unwrap()
    };
    assert!(of(plain, "A", Value::Yes).is_possible());
    assert!(of(plain, "B", Value::Yes).is_possible());
    for never in ["BOTH", "NONE"] {
        assert!(of(plain, never, Value::Yes).is_impossible(), "{never}");
    }
    // Anything that is optional can be left.
    let optional = plain.replace("\tdefault B\n", "\toptional\n");
    for may_be in ["NONE", "A", "B"] {
        assert!(of(&optional, may_be, Value::Yes).is_possible(), "{may_be}");
    }
    assert!(of(&optional, "BOTH", Value::Yes).is_impossible());
    // A member that depends on the one before it is not a member.
    let below = plain.replace("depends on P", "depends on A");
    for may_be in ["BOTH", "A"] {
        assert!(of(&below, may_be, Value::Yes).is_possible(), "{may_be}");
    }
    assert!(of(&below, "NONE", Value::Yes).is_impossible());
    let tristate = plain.replace("\tbool \"a\"", "\ttristate \"a\"");
    assert!(!of(&tristate, "BOTH", Value::On).is_impossible());
    // A second definition of a member that only selects leaves it one; what it has as a default is not followed.
    let again = format!("{plain}config A\n\tbool\n\tselect X\nconfig X\n\tbool\n");
    for never in ["BOTH", "NONE"] {
        assert!(of(&again, never, Value::Yes).is_impossible(), "{never}");
    }
    assert!(of(&again, "X", Value::Yes).is_possible());
    let default = format!("{plain}config A\n\tbool\n\tdefault y\n");
    assert!(matches!(
        of(&default, "NONE", Value::Yes),
        Answer::Undecided(_)
    ));
}

#[test]
fn outputs_of_two_commands_may_be_the_same_number() {
    let kconfig = "config ONE\n\tint\n\tdefault $(shell,one)\nconfig SAME\n\tdef_bool ONE = $(shell,two)\n\
                   config OTHER\n\tdef_bool ONE != $(shell,two)\n\
                   config FOUR\n\tdef_bool ONE >= 4\nconfig BELOW\n\tdef_bool $(shell,two) < 4\n";
    let all = |more: &str| format!("{kconfig}config ALL\n\tdef_bool {more}\n");
    for may_be in ["SAME", "OTHER", "SAME && FOUR"] {
        let (answer, text) = ask(&all(may_be), "ALL", Value::Yes);
        assert!(answer.is_possible(), "{may_be}: {text:?}");
    }
    for never in ["SAME && OTHER", "!SAME && !OTHER", "SAME && FOUR && BELOW"] {
        let (answer, text) = ask(&all(never), "ALL", Value::Yes);
        assert!(answer.is_impossible(), "{never}: {text:?}");
    }
    possible(
        &all("SAME"),
        "ALL",
        Value::Yes,
        &["$(shell,one) = $(shell,two): true"],
    );
}

#[test]
fn a_formula_may_hold_what_kconfig_does_not_decide() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tdef_bool A\n";
    with(kconfig, |model| {
        let [a, b] = ["A", "B"].map(|name| model.find(name).unwrap());
        let mut solver = Solver::new(model);
        // (free || A) && !B
        let mut formula = Formula::new();
        let free = formula.add(Node::Free("__x__".into()));
        let is_a = formula.add(Node::Literal(Literal::new(a, Value::Yes)));
        let is_b = formula.add(Node::Literal(Literal::new(b, Value::Yes)));
        let either = formula.add(Node::Or(vec![free, is_a]));
        let not_b = formula.add(Node::Not(is_b));
        formula.add(Node::And(vec![either, not_b]));
        let question = Question::new().and_formula(formula);
        let Answer::Possible(witness) = solver.can(&question) else {
            panic!("possible");
        };
        assert_eq!(witness.assignments, []);
        assert_eq!(witness.unknowns.len(), 1);
        assert!(witness.unknowns[0].holds);
        let question = question.and(a, Value::Yes);
        assert_eq!(solver.is_possible(&question), Ok(false));
    });
}

#[test]
fn a_probe_is_told_as_the_file_has_it() {
    let kconfig = "if-success = $(shell,{ $(1); } >/dev/null 2>&1 && echo \"$(2)\" || echo \"$(3)\")\n\
        success = $(if-success,$(1),y,n)\n\
        knows = $(success,$(CC) $(1))\n\
        name = $(shell,name $(CC))\n\
        config GCC\n\tdef_bool $(success,test \"$(name)\" = GCC)\n\
        config CLANG\n\tdef_bool $(success,test \"$(name)\" = Clang)\n\
        config FORCED\n\tdef_bool $(knows,-forced)\n\
        config FORCES\n\tbool \"f\"\n\tselect FORCED\n\
        config VERSION\n\tint\n\tdefault $(shell,version) if GCC\n\
        config A\n\tbool \"a\"\n\tdepends on CLANG && !$(knows,-fa) && $(knows,-forced)\n\
        config B\n\tbool \"b\"\n\tdepends on VERSION >= 5\n\
        config C\n\tbool \"c\"\n\tdepends on !GCC && !CLANG\n";
    with(kconfig, |model| {
        let told = |name| {
            let symbol = model.find(name).unwrap();
            let question = Question::is(symbol, Value::Yes);
            let Answer::Possible(witness) = Solver::new(model).can(&question) else {
                panic!("possible");
            };
            let unknowns = witness.unknowns.iter();
            let unknowns: BTreeSet<String> = unknowns.map(|it| it.written(model)).collect();
            let assumptions = witness.assumptions.iter();
            let assumptions: BTreeSet<String> = assumptions.map(|it| it.written(model)).collect();
            [unknowns, assumptions].map(|texts| texts.into_iter().collect::<Vec<_>>())
        };
        let [unknowns, assumptions] = told("A");
        let of_a = [
            "`$(knows,-fa)` is `n`",
            "`$(knows,-forced)` is `y`",
            "`CLANG` is `y`",
        ];
        assert_eq!(unknowns, of_a);
        assert_eq!(assumptions, of_a);
        let [_, assumptions] = told("C");
        assert_eq!(assumptions, ["`GCC` is `n` and `CLANG` is `n`"]);
        let [unknowns, _] = told("B");
        assert_eq!(unknowns, ["`$(shell,version) >= 5`", "`GCC` is `y`"]);
        let a = model.find("A");
        let mut entries = model.entries.iter();
        let entry = entries.find(|entry| entry.symbol == a).unwrap();
        let written = model.write(entry.own_dependency);
        assert_eq!(written, "CLANG && !$(knows,-fa) && $(knows,-forced)");
    });
}

#[test]
fn a_witness_takes_the_compiler_for_gcc_where_it_may() {
    let kconfig = "config CC_IS_GCC\n\tdef_bool $(shell,gcc)\n\
        config VERSION\n\tint\n\tdefault $(shell,version) if CC_IS_GCC\n\tdefault 0\n\
        config A\n\tbool \"a\"\n\tdepends on !CC_IS_GCC || VERSION >= 5\n\
        config B\n\tbool \"b\"\n\tdepends on !CC_IS_GCC\n";
    with(kconfig, |model| {
        for (name, expected) in [
            ("A", &["`$(shell,version) >= 5`"][..]),
            ("B", &["not `CC_IS_GCC = y`"]),
        ] {
            let question = Question::is(model.find(name).unwrap(), Value::Yes);
            let Answer::Possible(witness) = Solver::new(model).can(&question) else {
                panic!("possible");
            };
            let unknowns = witness.unknowns.iter();
            let told: Vec<String> = unknowns.map(|unknown| unknown.written(model)).collect();
            assert_eq!(told, expected, "{name}");
        }
    });
}

/// Numbers that look random (a linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }
}

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// Commands whose answers are not known.
const COMMANDS: [&str; 2] = ["$(shell,one)", "$(shell,two)"];

/// An expression over the first `limit` symbols.
fn expression(numbers: &mut Numbers, limit: usize, depth: usize) -> String {
    let symbol = |numbers: &mut Numbers| -> String {
        if numbers.one_in(12) {
            return ["y", "n", "UNDEFINED", "MODULES"][numbers.below(4)].to_owned();
        }
        NAMES[numbers.below(limit.max(1))].to_owned()
    };
    if limit == 0 {
        return ["y", "m", "n", "MODULES", COMMANDS[0]][numbers.below(5)].to_owned();
    }
    let leaf = |numbers: &mut Numbers| -> String {
        if numbers.one_in(8) {
            return COMMANDS[numbers.below(COMMANDS.len())].to_owned();
        }
        symbol(numbers)
    };
    match numbers.below(if depth == 0 { 4 } else { 7 }) {
        0 | 1 => leaf(numbers),
        2 => format!("!{}", leaf(numbers)),
        3 => {
            let operator = ["=", "!=", "<", ">=", "<=", ">"][numbers.below(6)];
            let right = ["y", "m", "n", "A", "7"][numbers.below(5)];
            // A comparison with the symbol itself would go in circles.
            format!("{}{operator}{right}", symbol(numbers))
        }
        4 => format!("!({})", expression(numbers, limit, depth - 1)),
        5 => format!(
            "({} && {})",
            expression(numbers, limit, depth - 1),
            expression(numbers, limit, depth - 1)
        ),
        _ => format!(
            "({} || {})",
            expression(numbers, limit, depth - 1),
            expression(numbers, limit, depth - 1)
        ),
    }
}

/// A small Kconfig text. Symbols only refer to earlier ones, and select and imply later ones.
fn kconfig(numbers: &mut Numbers) -> String {
    let mut text = "config MODULES\n\tbool \"modules\"\n\tmodules\n\n".to_owned();
    if numbers.one_in(3) {
        text = "config MODULES\n\tdef_bool y\n\tmodules\n\n".to_owned();
    }
    let count = 3 + numbers.below(4);
    let choice = numbers.one_in(3).then(|| 1 + numbers.below(count - 2));
    for index in 0..count {
        let name = NAMES[index];
        let in_choice = choice.is_some_and(|at| index == at || index == at + 1);
        if choice == Some(index) {
            text.push_str("choice\n\tprompt \"choice\"\n");
            if numbers.one_in(2) {
                let default = NAMES[index + numbers.below(2)];
                let condition = expression(numbers, index, 1);
                text.push_str(&format!("\tdefault {default} if {condition}\n"));
            }
            if numbers.one_in(3) {
                let condition = expression(numbers, index, 1);
                text.push_str(&format!("\tdepends on {condition}\n"));
            }
        }
        let if_block = !in_choice && numbers.one_in(6);
        if if_block {
            text.push_str(&format!("if {}\n", expression(numbers, index, 1)));
        }
        let is_int = !in_choice && numbers.one_in(9);
        let type_ = if in_choice {
            "bool"
        } else if is_int {
            "int"
        } else {
            ["bool", "tristate"][numbers.below(2)]
        };
        text.push_str(&format!("config {name}\n\t{type_}\n"));
        let limit = match choice {
            Some(at) if index == at + 1 => at,
            _ => index,
        };
        if !in_choice && !is_int && numbers.one_in(12) {
            text.push_str("\ttransitional\n\n");
            text.push_str(if if_block { "endif\n" } else { "" });
            continue;
        }
        if in_choice || !numbers.one_in(3) {
            text.push_str("\tprompt \"p\"");
            if numbers.one_in(3) {
                text.push_str(&format!(" if {}", expression(numbers, limit, 1)));
            }
            text.push('\n');
        }
        if !numbers.one_in(3) {
            text.push_str(&format!("\tdepends on {}", expression(numbers, limit, 2)));
            if numbers.one_in(5) {
                text.push_str(&format!(" if {}", expression(numbers, limit, 1)));
            }
            text.push('\n');
        }
        if !in_choice {
            for _ in 0..numbers.below(3) {
                let value = if is_int {
                    ["1", "7", "90"][numbers.below(3)].to_owned()
                } else {
                    expression(numbers, limit, 1)
                };
                text.push_str(&format!("\tdefault {value}"));
                if numbers.one_in(2) {
                    text.push_str(&format!(" if {}", expression(numbers, limit, 1)));
                }
                text.push('\n');
            }
            if is_int && numbers.one_in(2) {
                text.push_str("\trange 2 80\n");
            }
        }
        if index + 1 < count && !is_int && numbers.one_in(2) {
            let target = NAMES[index + 1 + numbers.below(count - index - 1)];
            let what = ["select", "select", "imply"][numbers.below(3)];
            // A member of a choice must not turn on what its own choice may need.
            if !in_choice || choice.is_some_and(|at| target != NAMES[at] && target != NAMES[at + 1])
            {
                text.push_str(&format!("\t{what} {target}"));
                if numbers.one_in(2) {
                    text.push_str(&format!(" if {}", expression(numbers, limit, 1)));
                }
                text.push('\n');
            }
        }
        if if_block {
            text.push_str("endif\n");
        }
        if choice.is_some_and(|at| index == at + 1) {
            text.push_str("endchoice\n");
        }
        if !in_choice && !is_int && numbers.one_in(6) {
            let visible = expression(numbers, limit, 1);
            text.push_str(&format!("menu \"m\"\n\tvisible if {visible}\n"));
            text.push_str(&format!("config {name}\n\t{type_}\n"));
            if numbers.one_in(2) {
                text.push_str("\tprompt \"again\"\n");
            }
            if numbers.one_in(2) {
                text.push_str(&format!("\tdepends on {}\n", expression(numbers, limit, 1)));
            }
            if numbers.one_in(2) {
                text.push_str(&format!("\tdefault {}\n", expression(numbers, limit, 1)));
            }
            text.push_str("endmenu\n");
        }
        text.push('\n');
    }
    text
}

/// Everything that the user may say of a symbol, as a line.
fn lines_of(model: &Model, symbol: SymbolId) -> Vec<String> {
    let name = model.name(symbol);
    let has_prompt = model.properties_of(symbol).any(|id| {
        let kind = &model.property(id).kind;
        matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_))
    });
    let mut lines = vec![String::new()];
    if has_prompt || model.symbol(symbol).transitional {
        let values: &[&str] = match model.symbol(symbol).type_ {
            Some(Type::Bool) => &["y"],
            Some(Type::Tristate) => &["y", "m"],
            Some(Type::Int) => &["-1", "0", "1", "2", "3", "7", "8", "90"],
            _ => &[],
        };
        lines.extend(
            values
                .iter()
                .map(|value| format!("CONFIG_{name}={value}\n")),
        );
        if model.symbol(symbol).type_ != Some(Type::Int) {
            lines.push(format!("# CONFIG_{name} is not set\n"));
        }
    }
    lines
}

fn all_configurations(model: &Model, symbols: &[SymbolId]) -> Vec<String> {
    let mut all = vec![String::new()];
    for &symbol in symbols {
        let lines = lines_of(model, symbol);
        all = all
            .iter()
            .flat_map(|config| lines.iter().map(move |line| format!("{config}{line}")))
            .collect();
    }
    all
}

/// Compares solver and evaluator on one text, in both directions, for every symbol and for pairs of symbols.
fn compare(text: &str) {
    with(text, |model| {
        let symbols: Vec<SymbolId> = ["MODULES"]
            .iter()
            .chain(&NAMES)
            .filter_map(|name| model.find(name))
            .filter(|&symbol| model.is_defined(symbol))
            .collect();
        let configurations = all_configurations(model, &symbols);
        let commands: Vec<SymbolId> = (0..model.symbols.len())
            .map(SymbolId::new)
            .filter(|&symbol| model.symbol(symbol).unknown)
            .collect();
        if configurations.len() << commands.len() > 3_000 {
            return;
        }
        let evaluator = Evaluator::new(model, "CONFIG_");
        let mut reached: BTreeSet<Vec<Tristate>> = BTreeSet::new();
        for answers in 0..1_usize << commands.len() {
            for config in &configurations {
                let mut configuration = evaluator.configuration();
                for (index, &command) in commands.iter().enumerate() {
                    let answer = if answers >> index & 1 == 1 { "y" } else { "n" };
                    configuration.assume(command, answer);
                }
                configuration.load(config.as_bytes(), false);
                reached.insert(
                    symbols
                        .iter()
                        .map(|&symbol| configuration.tristate(symbol))
                        .collect(),
                );
            }
        }
        let mut solver = Solver::new(model);
        let prepared = Prepared::new(model);
        let mut asker = Asker::new(&prepared);
        let values = [Value::No, Value::Mod, Value::Yes, Value::On];
        for (index, &symbol) in symbols.iter().enumerate() {
            for value in values {
                let expected = reached.iter().any(|state| agrees(state[index], value));
                let question = Question::is(symbol, value);
                let answer = solver.can(&question);
                let name = model.name(symbol);
                let context = || format!("{name} {value:?}: {answer:?}\n{text}");
                assert!(!matches!(answer, Answer::Undecided(_)), "{}", context());
                assert_eq!(answer.is_possible(), expected, "{}", context());
                assert_eq!(asker.is_possible(&question), Ok(expected), "{}", context());
                for (other_index, &other) in symbols.iter().enumerate() {
                    let expected = reached.iter().any(|state| {
                        agrees(state[index], value) && agrees(state[other_index], Value::Yes)
                    });
                    let question = Question::is(symbol, value).and(other, Value::Yes);
                    let found = solver.is_possible(&question);
                    let other = model.name(other);
                    assert_eq!(found, Ok(expected), "with {other}=y: {}", context());
                    let found = asker.is_possible(&question);
                    assert_eq!(found, Ok(expected), "with {other}=y: {}", context());
                }
            }
        }
        // A second try would hide that the first one was wrong.
        assert_eq!(solver.size().refused, 0, "{text}");
    });
}

#[test]
fn solver_and_evaluator_agree() {
    for seed in 0..400 {
        compare(&kconfig(&mut Numbers(seed * 7_919 + 1)));
    }
}
