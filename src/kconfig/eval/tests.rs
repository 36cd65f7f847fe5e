//! Small Kconfig texts with the `.config` that `conf` makes of them.

use super::loops::Written;
use super::{Configuration, Evaluator, NewValues, Random};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, SymbolId};
use crate::kconfig::sources::Sources;
use crate::tree::Tree;

/// Runs `test` on a configuration of the Kconfig text, in the dialect of a release.
fn with_release(release: (u32, u32), kconfig: &str, test: impl FnOnce(&mut Configuration<'_, '_>)) {
    with_release_of_any(release, kconfig, |configuration| {
        let diagnostics = &configuration.evaluator().model().diagnostics;
        assert_eq!(*diagnostics, []);
        test(configuration);
    });
}

/// The same for a text that may be wrong.
fn with_release_of_any(
    release: (u32, u32),
    kconfig: &str,
    test: impl FnOnce(&mut Configuration<'_, '_>),
) {
    let directory = tempfile::tempdir().unwrap();
    let mut tree = Tree::open_directory(directory.path()).unwrap();
    tree.overlay("Kconfig", Some(kconfig.into())).unwrap();
    let sources = Sources::new(&tree);
    let version = Version {
        release,
        text: format!("{}.{}", release.0, release.1),
    };
    let model = model::of_all_configurations(&sources, "x86", &version);
    let evaluator = Evaluator::new(&model, "CONFIG_");
    test(&mut evaluator.configuration());
}

fn with(kconfig: &str, test: impl FnOnce(&mut Configuration<'_, '_>)) {
    with_release((7, 2), kconfig, test);
}

/// Returns what `olddefconfig` makes of a `.config`, without its heading.
fn olddefconfig(kconfig: &str, config: &str) -> String {
    let mut result = String::new();
    with(kconfig, |configuration| {
        configuration.load(config.as_bytes(), false);
        result = body(&configuration.write());
    });
    result
}

/// A `.config` without the four lines of its heading.
fn body(config: &[u8]) -> String {
    let text = String::from_utf8_lossy(config);
    text.split_inclusive('\n').skip(4).collect()
}

/// Checks what `olddefconfig` makes of each of several `.config` files.
fn check(kconfig: &str, cases: &[(&str, &str)]) {
    for (config, expected) in cases {
        assert_eq!(olddefconfig(kconfig, config), *expected, "from {config:?}");
    }
}

const MODULES: &str = "config MODULES\n\tmodules\n\tbool \"modules\"\n\tdefault y\n";

#[test]
fn the_user_is_clipped_to_what_is_visible_and_selects_win() {
    let kconfig = format!(
        "{MODULES}config A\n\ttristate \"a\"\nconfig B\n\ttristate \"b\"\n\tdepends on A\n\
         config S\n\tbool \"s\"\n\tselect B\n"
    );
    check(
        &kconfig,
        &[
            (
                "CONFIG_A=m\nCONFIG_B=y\n",
                "CONFIG_MODULES=y\nCONFIG_A=m\nCONFIG_B=m\n# CONFIG_S is not set\n",
            ),
            (
                "CONFIG_S=y\n",
                "CONFIG_MODULES=y\n# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_S=y\n",
            ),
            (
                "# CONFIG_MODULES is not set\nCONFIG_A=m\n",
                "# CONFIG_MODULES is not set\nCONFIG_A=y\n# CONFIG_B is not set\n# CONFIG_S is not set\n",
            ),
        ],
    );
}

#[test]
fn a_definition_without_dependencies_does_not_lift_those_of_another() {
    // C joins the dependencies of all definitions with a function that drops what is absent.
    let kconfig = "config A\n\tbool \"a\"\nconfig X\n\tbool\n\tdepends on A\nconfig X\n\tbool\n\
                   config S\n\tbool \"s\"\n\tselect X\n";
    with(kconfig, |configuration| {
        configuration.load(b"CONFIG_S=y\n", false);
        let unmet = configuration.unmet().to_vec();
        assert_eq!(unmet.len(), 1);
        assert_eq!(configuration.evaluator().model().name(unmet[0].symbol), "X");
    });
}

#[test]
fn imply_is_a_default_within_the_dependencies() {
    let kconfig = format!(
        "{MODULES}config D\n\ttristate \"d\"\nconfig I\n\ttristate \"i\"\n\tdepends on D\n\
         config S\n\tbool \"s\"\n\timply I\n"
    );
    check(
        &kconfig,
        &[
            (
                "CONFIG_D=m\nCONFIG_S=y\n",
                "CONFIG_MODULES=y\nCONFIG_D=m\nCONFIG_I=m\nCONFIG_S=y\n",
            ),
            (
                "CONFIG_D=y\n# CONFIG_I is not set\nCONFIG_S=y\n",
                "CONFIG_MODULES=y\nCONFIG_D=y\n# CONFIG_I is not set\nCONFIG_S=y\n",
            ),
        ],
    );
}

#[test]
fn ranges_clamp_defaults_and_users() {
    let kconfig = "config LOW\n\tint\n\tdefault 5\nconfig N\n\tint \"n\"\n\tdefault 99\n\trange LOW 10\n\
                   config H\n\thex \"h\"\n\tdefault 0x1\n";
    check(
        kconfig,
        &[
            ("", "CONFIG_LOW=5\nCONFIG_N=10\nCONFIG_H=0x1\n"),
            (
                "CONFIG_N=1\nCONFIG_H=ff\n",
                "CONFIG_LOW=5\nCONFIG_N=5\nCONFIG_H=ff\n",
            ),
            (
                "CONFIG_N=07\nCONFIG_H=xyz\n",
                "CONFIG_LOW=5\nCONFIG_N=10\nCONFIG_H=0x1\n",
            ),
        ],
    );
}

#[test]
fn a_choice_takes_what_was_set_last() {
    let kconfig = "choice\n\tprompt \"c\"\n\tdefault B\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\
                   config C\n\tbool \"c\"\nendchoice\n";
    let result = |set: &str| {
        ["A", "B", "C"]
            .map(|name| {
                if name == set {
                    format!("CONFIG_{name}=y\n")
                } else {
                    format!("# CONFIG_{name} is not set\n")
                }
            })
            .concat()
    };
    for (config, set) in [
        ("", "B"),
        ("CONFIG_A=y\nCONFIG_C=y\n", "C"),
        ("CONFIG_C=y\nCONFIG_A=y\n", "A"),
        ("# CONFIG_B is not set\n", "A"),
        ("# CONFIG_B is not set\n# CONFIG_A is not set\n", "C"),
        (
            "# CONFIG_C is not set\n# CONFIG_B is not set\n# CONFIG_A is not set\n",
            "C",
        ),
    ] {
        assert_eq!(olddefconfig(kconfig, config), result(set), "{config}");
    }
}

/// As `KCONFIG_SEED=… conf --randconfig` of 7.2 wrote them.
#[test]
fn random_values_are_those_of_conf() {
    let kconfig = "config MODULES\n\tbool \"modules\"\n\tmodules\nchoice\n\tprompt \"one\"\nconfig A\n\tbool \"a\"\n\
                   config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\nendchoice\nconfig D\n\ttristate \"d\"\n\
                   config E\n\tbool \"e\"\nconfig F\n\ttristate \"f\"\n";
    let cases = [
        (0, "B=y E=y"),
        (2, "B=y D=y F=y"),
        (3, "MODULES=y B=y D=y E=y"),
        (77, "MODULES=y C=y E=y F=y"),
    ];
    for (seed, expected) in cases {
        with(kconfig, |configuration| {
            configuration.set_new(NewValues::Random(Random::new(seed)));
            let text = String::from_utf8(configuration.write()).unwrap();
            let set: Vec<&str> = text
                .lines()
                .filter_map(|line| line.strip_prefix("CONFIG_"))
                .collect();
            assert_eq!(set.join(" "), expected, "{seed}");
        });
    }
}

#[test]
fn a_transitional_symbol_hands_its_value_on() {
    let kconfig = "config OLD\n\tbool\n\ttransitional\nconfig NEW\n\tbool \"new\"\n\tdefault OLD\n";
    check(
        kconfig,
        &[
            ("CONFIG_OLD=y\n", "CONFIG_NEW=y\n"),
            ("", "# CONFIG_NEW is not set\n"),
        ],
    );
}

#[test]
fn headings_follow_menus_and_comments() {
    let kconfig = "mainmenu \"title\"\nconfig A\n\tbool \"a\"\nmenu \"one\"\nconfig B\n\tbool \"b\"\n\
                   comment \"say\"\n\tdepends on A\nendmenu\nconfig C\n\tbool \"c\"\nmenu \"two\"\n\
                   \tvisible if A\nendmenu\n";
    with(kconfig, |configuration| {
        configuration.set_new(NewValues::Yes);
        assert_eq!(
            String::from_utf8(configuration.write()).unwrap(),
            "#\n# Automatically generated file; DO NOT EDIT.\n# title\n#\nCONFIG_A=y\n\n#\n# one\n#\n\
             CONFIG_B=y\n\n#\n# say\n#\n# end of one\n\nCONFIG_C=y\n\n#\n# two\n#\n# end of two\n"
        );
    });
    assert_eq!(
        olddefconfig(kconfig, ""),
        "# CONFIG_A is not set\n\n#\n# one\n#\n# CONFIG_B is not set\n# end of one\n\n# CONFIG_C is not set\n"
    );
}

#[test]
fn the_minimal_config_leaves_defaults_out() {
    let kconfig = "config A\n\tbool \"a\"\n\tdefault y\nconfig B\n\tbool \"b\"\n\
                   config T\n\tstring \"t\"\n\tdefault \"x\"\n";
    with(kconfig, |configuration| {
        configuration.load(
            b"# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_T=\"q\\\"\\\\\"\n",
            false,
        );
        assert_eq!(
            String::from_utf8(configuration.write_minimal()).unwrap(),
            "# CONFIG_A is not set\nCONFIG_B=y\nCONFIG_T=\"q\\\"\\\\\"\n"
        );
    });
}

#[test]
fn what_a_config_says_wrongly_is_told() {
    let kconfig = "config A\n\tbool \"a\"\nconfig T\n\tstring \"t\"\n";
    with(kconfig, |configuration| {
        let text = b"CONFIG_A=m\nCONFIG_T=\"x\nnoise\nCONFIG_A=y\nCONFIG_A=x\nCONFIG_Q=y\n# note\nCONFIG_T=x\n";
        let warnings: Vec<String> = configuration
            .load(text, true)
            .into_iter()
            .map(|warning| format!("{}: {}", warning.line, warning.kind.text()))
            .collect();
        assert_eq!(
            warnings,
            [
                "1: `m` is not a valid value of `A`",
                "2: a quoted string is not closed",
                "3: `noise` is not a line of a .config",
                "5: `A` is set a second time",
                "5: `x` is not a valid value of `A`",
                "6: unknown symbol `Q`",
            ]
        );
    });
}

#[test]
fn a_long_chain_of_dependencies_does_not_overflow_the_stack() {
    let mut kconfig = String::from("config S0\n\tbool \"s\"\n");
    for index in 1..50_000 {
        kconfig += &format!("config S{index}\n\tdef_bool S{}\n", index - 1);
    }
    with(&kconfig, |configuration| {
        configuration.read(b"CONFIG_S0=y\n", false);
        let last = configuration.evaluator().find("S49999").unwrap();
        assert_eq!(configuration.tristate(last).text(), "y");
    });
}

/// The problems of a Kconfig text as `line: level: headline`, and the steps of loops.
fn problems(kconfig: &str) -> Vec<String> {
    let mut found = Vec::new();
    with(kconfig, |configuration| {
        let evaluator = configuration.evaluator();
        for problem in evaluator.problems() {
            let finding = evaluator.finding(&problem);
            let line = finding.primary.location.line;
            found.push(format!(
                "{line}: {}: {}",
                finding.level.word(),
                finding.headline
            ));
            for step in &finding.secondary {
                found.push(format!("  {}: {}", step.location.line, step.text));
            }
        }
    });
    found
}

#[test]
fn loops_are_found_where_rewriting_leaves_them() {
    let kconfig = "config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool\n\tdefault C\n\
                   config C\n\tbool \"c\"\n\tselect B\n\tdepends on A\n";
    assert_eq!(
        problems(kconfig),
        [
            "1: error: `A` depends on itself",
            "  1: `A` depends on `B`",
            "  9: `B` is selected by `C`",
            "  7: `C` depends on `A`",
        ]
    );
    // `A || y` is `y`, and `!B || B` of a bool, too.
    let kconfig = "config A\n\tbool \"a\"\n\tdepends on A || y\nconfig B\n\tbool \"b\"\n\tdepends on !B || B\n";
    assert_eq!(problems(kconfig), [""; 0]);
    // A range is no dependency.
    let kconfig = "config A\n\tint \"a\"\n\trange 0 B\nconfig B\n\tint\n\tdefault A\n";
    assert_eq!(problems(kconfig), [""; 0]);
}

#[test]
fn a_menu_that_depends_on_what_is_in_it_is_a_loop() {
    let menu =
        "menu \"m\"\n\tdepends on A\nconfig A\n\tdef_bool y\nconfig B\n\tdef_bool y\nendmenu\n";
    // Whichever symbol of the menu is looked at first.
    for kconfig in [
        menu.to_owned(),
        menu.replace("config A", "config T\n\tdef_bool y\nconfig A"),
    ] {
        let problems = problems(&kconfig);
        assert!(
            problems[0].ends_with("error: `A` depends on itself"),
            "{problems:?}"
        );
    }
}

/// A Kconfig text with blocks and a few symbols that name each other.
fn drawn(bytes: &[u8]) -> String {
    const NAMES: &[&str] = &[
        "A", "B", "C", "D", "E", "F", "U", "m", "\"m\"", "\"A\"", "$(a)", "$(u)", "$(m)", "y",
    ];
    let mut text =
        String::from("a := A\nu := U\nm := m\nconfig MODULES\n\tbool \"modules\"\n\tmodules\n");
    let mut ends: Vec<&str> = Vec::new();
    for bytes in bytes.chunks_exact(4) {
        let [what, symbol, a, b] = [0, 1, 2, 3].map(|at| usize::from(bytes[at]));
        let [a, b] = [a, b].map(|byte| NAMES[byte % NAMES.len()]);
        let symbol = ["A", "B", "C", "D", "E", "F"][symbol % 6];
        match what % 20 {
            0 => {
                text += &format!("if {a}\n");
                ends.push("endif");
            }
            1 => {
                text += &format!("menu \"menu\"\n\tdepends on {a}\n\tvisible if {b}\n");
                ends.push("endmenu");
            }
            2 | 3 => {
                let name = ["", " CHOICE", " $(a)"][what % 3];
                text += &format!("choice{name}\n\tprompt \"choice\" if {a}\n\tdepends on {b}\n");
                ends.push("endchoice");
            }
            4..=7 => text.extend(ends.pop().map(|end| format!("{end}\n"))),
            line => {
                let line = match line % 7 {
                    0 => format!("\tdepends on {a} || !{b}\n"),
                    1 => format!("\tselect {a} if {b}\n"),
                    2 => format!("\tdefault {a} if {b}\n"),
                    3 => format!("\timply {a}\n\tdepends on {b} != n\n"),
                    4 => format!("\tdepends on {a} if {b}\n"),
                    5 => format!("\trange 0 {a} if {b}\n"),
                    _ => String::new(),
                };
                let type_ = if line.contains("range") {
                    "int"
                } else {
                    "bool"
                };
                text += &format!("config {symbol}\n\t{type_} \"{symbol}\" if {b}\n{line}");
            }
        }
    }
    text.extend(ends.iter().rev().map(|end| format!("{end}\n")));
    text
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(1_000))]

    #[test]
    fn a_look_at_the_names_hides_no_loop(bytes in proptest::collection::vec(0..=255_u8, 0..80)) {
        let text = drawn(&bytes);
        for release in [(6, 1), (7, 2)] {
            with_release_of_any(release, &text, |configuration| {
                let rules = configuration.evaluator();
                let all = || (0..rules.model().symbols.len()).map(SymbolId::new);
                let among_some = Written::among_circular(rules).has_loop(rules, all());
                assert_eq!(among_some, Written::new(rules).has_loop(rules, all()), "{release:?}\n{text}");
            });
        }
    }
}

#[test]
fn no_spelling_hides_a_loop() {
    let loops = [
        "config MODULES\n\tbool \"M\"\n\tmodules\n\tdepends on A\nconfig A\n\tbool \"a\"\n\tdepends on \"m\"\n",
        "x := m\nconfig MODULES\n\tbool \"M\"\n\tmodules\n\tdepends on A\nconfig A\n\tbool \"a\"\n\tdepends on $(x)\n",
        "x := U\nconfig A\n\tbool \"a\"\n\tdepends on U\n\tselect $(x)\n",
        "x := U\nconfig A\n\tbool \"a\"\n\tdepends on $(x)\n\timply U\n",
    ];
    for text in loops {
        with(text, |configuration| {
            assert!(configuration.evaluator().may_loop(), "{text}");
        });
    }
    let choices = "x := FOO\nchoice $(x)\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\nendchoice\nconfig Z\n\tbool \"z\"\n\tdepends on A\n\
                   choice $(x)\n\tprompt \"c\"\nconfig B\n\tbool \"b\"\n\tdepends on Z\nendchoice\n";
    with_release_of_any((6, 1), choices, |configuration| {
        assert!(configuration.evaluator().may_loop());
    });
}

#[test]
fn members_of_a_choice_may_not_depend_on_each_other() {
    let kconfig = "choice\n\tprompt \"c\"\nconfig A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\nendchoice\n";
    assert_eq!(problems(kconfig)[0], "5: error: `B` depends on itself");
}

#[test]
fn definitions_that_conf_warns_about_or_refuses() {
    let kconfig = "config A\n\tdefault y\nconfig B\n\tint \"b\"\n\tdefault x\n\tselect A\n\trange 0 \"z\"\n\
                   config T\n\tbool\n\ttransitional\n\tdefault y\nchoice\n\tprompt \"c\"\n\tdefault B\n\
                   config M\n\ttristate \"m\"\n\tdefault y\nendchoice\nmenuconfig N\n\tbool\n";
    assert_eq!(
        problems(kconfig),
        [
            "11: error: `T` is transitional, but has more than a type and a help text",
            "15: error: `M` belongs to a choice, but is not bool",
            "17: error: `M` belongs to a choice, but has a default",
            "19: error: the menuconfig `N` has no prompt",
            "1: warning: `A` has no type",
            "5: warning: the default `x` of `B` is not a number",
            "6: warning: `B` cannot select anything: it is neither bool nor tristate",
            "7: warning: the bound `\"z\"` of the range of `B` is not a number",
            "14: warning: `B` is the default of a choice, but not a member of it",
        ]
    );
}

#[test]
fn new_symbols_are_listed_where_their_menus_are_seen() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A || X\nconfig X\n\tbool \"x\"\n\
                   menu \"m\"\n\tvisible if A\nconfig D\n\tbool \"d\"\nendmenu\nmenu \"k\"\n\tdepends on A\n\
                   config E\n\tint \"e\"\n\tdefault 3\nendmenu\n";
    let list = |config: &str| {
        let mut list = Vec::new();
        with(kconfig, |configuration| {
            configuration.load(config.as_bytes(), false);
            list = configuration.list_new();
        });
        String::from_utf8(list).unwrap()
    };
    assert_eq!(list(""), "CONFIG_A=n\nCONFIG_X=n\n");
    assert_eq!(
        list("CONFIG_A=y\n"),
        "CONFIG_B=n\nCONFIG_X=n\nCONFIG_D=n\nCONFIG_E=3\n"
    );
}

#[test]
fn a_value_has_reasons() {
    let kconfig = "config A\n\tbool \"a\"\nconfig B\n\tbool \"b\"\n\tdepends on A\nconfig S\n\tbool \"s\"\n\tselect B\n";
    with(kconfig, |configuration| {
        configuration.load(b"CONFIG_S=y\n", false);
        let b = configuration.evaluator().find("B").unwrap();
        let reasons: Vec<String> = configuration
            .why(b)
            .into_iter()
            .map(|reason| {
                format!(
                    "{}: {}",
                    reason.place.map_or(0, |place| place.line),
                    reason.text
                )
            })
            .collect();
        assert_eq!(
            reasons,
            [
                "0: `B` is `y`",
                "5: this definition needs `A`, which is `n`",
                "8: `S` selects it as `y`",
                "0: the configuration does not set it",
            ]
        );
    });
}

#[test]
fn lines_that_could_turn_a_symbol_on_are_reasons_for_n() {
    let kconfig = "config S\n\tbool \"s\"\n\tselect B if T\nconfig T\n\tbool \"t\"\nif T\nconfig B\n\tbool\nendif\n";
    with(kconfig, |configuration| {
        configuration.load(b"CONFIG_S=y\n", false);
        let b = configuration.evaluator().find("B").unwrap();
        let reasons = configuration.why(b).into_iter().map(|reason| {
            let line = reason.place.map_or(0, |place| place.line);
            format!("{line}: {}", reason.text)
        });
        assert_eq!(
            reasons.collect::<Vec<_>>(),
            [
                "0: `B` is `n`",
                "6: this definition needs `T`, which is `n`",
                "7: this definition has no prompt, so the value cannot be set here",
                "3: `S`, which is `y`, selects it if `T`",
                "0: the configuration does not set it",
            ]
        );
    });
}

#[test]
fn what_rewriting_removes_is_not_asked_for() {
    // As they are written `A` needs `B`, which needs `X`, which `A` selects. But a bool is never `m`.
    let kconfig = "config A\n\tbool\n\tdefault y\n\tselect X\n\tprompt \"a\" if A0 = m && B\n\
                   config A0\n\tbool\n\
                   config X\n\tbool\nconfig B\n\tbool \"b\"\n\tdepends on X\n";
    check(
        kconfig,
        &[("", "CONFIG_A=y\nCONFIG_X=y\n# CONFIG_B is not set\n")],
    );
}

#[test]
fn symbols_are_computed_in_the_order_of_conf_where_it_counts() {
    // Whether the foreign default is visible is only known once its own choice was computed.
    let kconfig = "choice\n\tprompt \"first\"\nconfig A\n\tbool \"a\"\nendchoice\n\
         choice\n\tprompt \"second\"\n\tdefault A\nconfig B\n\tbool \"b\"\nendchoice\n";
    with_release((6, 12), kconfig, |configuration| {
        configuration.load(b"", false);
        let written = body(&configuration.write());
        assert!(written.contains("CONFIG_A=y\n"), "{written}");
        let order = configuration.evaluator().order_that_counts().unwrap();
        let names: Vec<String> = order
            .into_iter()
            .map(|symbol| configuration.evaluator().model().name(symbol))
            .collect();
        assert_eq!(names, ["<choice>", "<choice>", "y", "m", "n", "A", "B"]);
    });
    assert_eq!(
        olddefconfig("config A\n\tbool \"a\"\n", ""),
        "# CONFIG_A is not set\n"
    );
}

#[test]
fn a_number_out_of_its_range_changes_the_range_of_the_next() {
    let kconfig = "config S7\n\thex \"a\"\n\trange 0x3 0x8c\n\
         config S17\n\thex \"b\"\n\trange 0x24 0xc6 if S7 <= 0x4c\n";
    with_release((6, 1), kconfig, |configuration| {
        configuration.load(b"CONFIG_S7=0xff\nCONFIG_S17=0x0\n", false);
        let written = body(&configuration.write());
        assert_eq!(written, "CONFIG_S7=0x3\nCONFIG_S17=0x24\n");
    });
}

#[test]
fn what_is_seen_for_what_is_below_it_is_not_new() {
    let kconfig = "config A\n\tbool \"a\"\n\tdefault y\n\
         config A\n\tbool \"again\"\n\tdepends on NEVER\nconfig B\n\tbool \"b\"\n\tdepends on A\n";
    let listed = |release| {
        let mut listed = Vec::new();
        with_release(release, kconfig, |configuration| {
            configuration.load(b"", false);
            listed = configuration.list_new();
        });
        String::from_utf8(listed).unwrap()
    };
    assert_eq!(listed((6, 1)), "CONFIG_A=y\nCONFIG_B=n\n");
    assert_eq!(listed((7, 2)), "CONFIG_A=y\nCONFIG_A=y\nCONFIG_B=n\n");
}
