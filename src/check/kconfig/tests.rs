//! Tests of the proofs on trees of a few lines.

use super::*;

/// A tree with two architectures, whose files are these besides a `Kconfig` that sources what is of each architecture.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let directory = tempfile::tempdir().unwrap();
    for arch in ["one", "two"] {
        std::fs::create_dir_all(directory.path().join("arch").join(arch)).unwrap();
    }
    let mut tree = Tree::open_directory(directory.path()).unwrap();
    let mut put = |path: &str, text: &str| tree.overlay(path, Some(text.into())).unwrap();
    put("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n");
    put(
        "Kconfig",
        "source \"arch/$(SRCARCH)/Kconfig\"\nsource \"all/Kconfig\"\n",
    );
    put("arch/one/Kconfig", "config ONE\n\tdef_bool y\n");
    put("arch/two/Kconfig", "config TWO\n\tdef_bool y\n");
    put(
        "all/Kconfig",
        "config MODULES\n\tbool \"modules\"\n\tmodules\n",
    );
    for (path, text) in files {
        put(path, text);
    }
    (directory, tree)
}

const MODULES: &str = "config MODULES\n\tbool \"modules\"\n\tmodules\n";

/// The findings in a tree with this text for all architectures.
fn found_in(files: &[(&str, &str)], groups: Groups) -> Found {
    let (_directory, tree) = tree(files);
    let sources = Sources::new(&tree);
    let architectures = tree.architectures().unwrap();
    let found = check(&tree, &sources, &architectures, groups).unwrap();
    assert_eq!(found.undecided, []);
    found
}

const UNMET: Groups = Groups {
    unmet: true,
    names: false,
    dead: false,
    style: false,
    uses: false,
    definitions: false,
};

fn unmet(text: &str) -> Vec<Diagnostic> {
    let text = format!("{MODULES}{text}");
    found_in(&[("all/Kconfig", &text)], UNMET).findings
}

fn headlines(findings: &[Diagnostic]) -> Vec<&str> {
    findings.iter().map(|finding| &*finding.headline).collect()
}

#[test]
fn a_select_without_the_dependency_is_found() {
    let findings = unmet(
        "config D\n\tbool \"d\"\nconfig B\n\tbool\n\tdepends on D && MODULES\nconfig A\n\tbool \"a\"\n\
         \tdepends on MODULES\n\tselect B\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`A` selects `B` without its dependency `D`"]
    );
    let finding = &findings[0];
    assert_eq!((finding.level, finding.archs.len()), (Level::Deny, 0));
    assert!(
        finding.notes[0].ends_with("CONFIG_MODULES=y\n    CONFIG_A=y"),
        "{:?}",
        finding.notes
    );
    let fix = finding.fix.as_ref().unwrap();
    assert_eq!(fix.title, "add `depends on D` to `A`");
    assert_eq!(fix.edits[0].text, "\tdepends on D\n");
    assert_eq!(fix.edits[0].location.line, 12);
}

#[test]
fn a_dependency_that_is_only_a_module_is_found() {
    let findings = unmet(
        "config D\n\ttristate \"d\"\nconfig B\n\ttristate\n\tdepends on D\nconfig A\n\ttristate \"a\"\n\
         \tdepends on D != n\n\tselect B\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`A` can select `B` as y while its dependency `D` is only m"]
    );
    let safe = unmet(
        "config D\n\ttristate \"d\"\nconfig B\n\ttristate\n\tdepends on D\nconfig A\n\ttristate \"a\"\n\tdepends on D\n\
         \tselect B\nconfig BOOL\n\tbool \"e\"\n\tdepends on D=y\n\tselect B\n",
    );
    assert_eq!(headlines(&safe), [""; 0]);
}

#[test]
fn what_follows_by_other_lines_is_safe() {
    for text in [
        // A select of the same symbol.
        "config D\n\tbool\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\tselect D\n\tselect B\n",
        // A symbol that always is on.
        "config D\n\tdef_bool y\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\tselect B\n",
        // Every way to turn the selector on.
        "config D\n\tbool \"d\"\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool\n\tselect B\nconfig X\n\tbool \"x\"\n\
         \tdepends on D\n\tselect A\nconfig Y\n\tbool \"y\"\n\tdepends on X\n\tselect A\n",
        // Each case of an `||`.
        "config D\n\tbool \"d\"\nconfig E\n\tbool \"e\"\nconfig B\n\tbool\n\tdepends on E || D\nconfig A\n\tbool \"a\"\n\
         \tdepends on D || E\n\tselect B\n",
        // A comparison of two symbols.
        "config L\n\ttristate \"l\"\nconfig W\n\ttristate \"w\"\nconfig B\n\tbool\n\tdepends on L=y || L=W\nconfig A\n\
         \ttristate \"a\"\n\tdepends on L=W\n\tselect B\n",
        // A definition without dependencies adds nothing to one that has some, and one of two is enough.
        "config D\n\tbool \"d\"\nif D\nconfig B\n\tbool\nendif\nif !D\nconfig B\n\tbool\nendif\nconfig A\n\tbool \"a\"\n\
         \tselect B\n",
        // Symbols that the user can see, and members of a choice.
        "choice\n\tprompt \"c\"\nconfig B\n\tbool \"b\"\n\tdepends on MODULES\nconfig C\n\tbool \"c\"\nendchoice\n\
         config A\n\tbool \"a\"\n\tselect B\n",
    ] {
        assert_eq!(headlines(&unmet(text)), [""; 0], "{text}");
    }
}

#[test]
fn comparisons_of_two_symbols_are_exact() {
    let findings = unmet(
        "config L\n\ttristate \"l\"\nconfig W\n\ttristate \"w\"\nconfig B\n\tbool\n\tdepends on L=W\nconfig A\n\
         \ttristate \"a\"\n\tdepends on L\n\tselect B\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`A` selects `B` without its dependency `L=W`"]
    );
}

#[test]
fn what_a_command_answers_is_a_note() {
    let findings = unmet(
        "config D\n\tdef_bool $(shell,gcc)\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\tselect B\n",
    );
    assert_eq!(findings[0].level, Level::Note);
    assert!(
        findings[0].notes[0].contains("`D = y`"),
        "{:?}",
        findings[0].notes
    );
    assert!(findings[0].fix.is_none());
}

#[test]
fn a_change_that_would_close_a_loop_is_not_proposed() {
    let findings = unmet(
        "config D\n\tbool \"d\"\n\tdepends on !A\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\tselect B\n",
    );
    let help = findings[0].help.as_deref().unwrap();
    assert!(
        findings[0].fix.is_none() && help.contains("add `if D` to the select"),
        "{help}"
    );
    // A symbol that is only there to be selected is selected, too.
    let findings = unmet(
        "config D\n\tbool\nconfig X\n\tbool \"x\"\n\tselect D\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\
         \tselect B\n",
    );
    let fix = findings[0].fix.as_ref().unwrap();
    assert_eq!(fix.title, "add `select D` to `A`");
}

#[test]
fn a_condition_is_extended() {
    let findings = unmet(
        "config D\n\tbool \"d\"\nconfig B\n\tbool\n\tdepends on D\nconfig X\n\tbool \"x\"\nconfig A\n\tbool \"a\"\n\
         \tselect B if X || MODULES\n",
    );
    let fix = findings[0].fix.as_ref().unwrap();
    let texts: Vec<&str> = fix.edits.iter().map(|edit| &*edit.text).collect();
    assert_eq!(texts, ["(", ") && D"]);
    assert_eq!(fix.edits[0].location.column, 14);
}

#[test]
fn what_one_architecture_asks_for_is_not_asked_of_all() {
    let found = found_in(
        &[
            (
                "arch/one/Kconfig",
                "config D\n\tbool \"d\"\nconfig B\n\tbool\n\tdepends on D\n",
            ),
            ("arch/two/Kconfig", "config B\n\tbool\n"),
            ("all/Kconfig", "config A\n\tbool \"a\"\n\tselect B\n"),
        ],
        UNMET,
    );
    let finding = &found.findings[0];
    assert_eq!(finding.archs, ["one"]);
    assert!(finding.fix.is_none());
    assert!(finding.help.as_deref().unwrap().contains("`B` on one"));
}

#[test]
fn nothing_is_concluded_from_what_could_not_be_read() {
    let groups = Groups {
        unmet: true,
        dead: true,
        ..DEAD
    };
    let dead = format!("{MODULES}config A\n\tbool \"a\"\n\tdepends on B\nconfig B\n\tbool\n");
    let of = |text: &str| found_in(&[("all/Kconfig", text)], groups);
    let found = of(&dead);
    assert!(!found.findings.is_empty() && found.unread.is_empty());
    // The file may select `B`.
    let found = of(&format!("{dead}source \"all/gone\"\n"));
    assert_eq!(found.findings, []);
    let archs: Vec<&str> = found.unread.iter().map(|(arch, _)| &**arch).collect();
    assert_eq!(archs, ["one", "two"]);
}

#[test]
fn names_that_nothing_declares_are_found() {
    let groups = Groups {
        unmet: false,
        names: true,
        ..UNMET
    };
    let text = "config USB_STORAGE\n\tbool \"s\"\n\tdefault Y\nconfig A\n\tbool \"a\"\n\tdepends on USB_STORAG && ONE\n\
                \tselect NOWHERE if TWO && CONFIG_TWO\n\trange 8 0x10\n\tdefault y if \"QUOTED\" = \"x\"\n";
    let findings = found_in(&[("all/Kconfig", text)], groups).findings;
    let shown: Vec<String> = findings
        .iter()
        .map(|finding| {
            let help = finding.help.as_deref().unwrap_or_default();
            format!("{}: {}", finding.primary.location.line, help)
        })
        .collect();
    assert_eq!(
        shown,
        [
            "3: write `y`: Kconfig's constants are lower case",
            "6: write `USB_STORAGE`, if you meant that",
            "7: remove it, or declare the symbol",
            "7: write `TWO`, without the prefix `CONFIG_`",
        ]
    );
}

#[test]
fn lines_that_never_act_are_found() {
    let groups = Groups {
        unmet: false,
        dead: true,
        ..UNMET
    };
    let text = "config NEVER\n\tbool\nconfig X\n\tbool \"x\"\nconfig A\n\tbool \"a\"\n\tdepends on X\n\tselect T if !X\n\
                \timply T if NEVER\n\tdefault y if ONE\nconfig T\n\tbool \"t\"\nif X && !X\nconfig IN\n\tbool \"in\"\n\
                endif\nconfig BROKEN\n\tbool\nconfig OLD\n\tbool \"old\"\n\tdepends on BROKEN\n";
    let findings = found_in(&[("all/Kconfig", text)], groups).findings;
    assert_eq!(
        headlines(&findings),
        [
            "`NEVER` cannot be enabled on any architecture",
            "`A` never selects `T` on any architecture",
            "the condition of this `if` block never holds on any architecture",
        ]
    );
    assert_eq!(
        findings[0].notes,
        ["it has no prompt, and nothing selects it"]
    );
}

#[test]
fn what_conf_refuses_is_found() {
    let groups = Groups {
        unmet: true,
        definitions: true,
        ..UNMET
    };
    let (_directory, tree) = tree(&[(
        "all/Kconfig",
        "config A\n\tbool \"a\"\n\tdepends on C\nconfig B\n\tbool \"b\"\n\tselect A\n\tdepends on A\nconfig C\n\tbool \"c\"\n",
    )]);
    let sources = Sources::new(&tree);
    let found = check(&tree, &sources, &tree.architectures().unwrap(), groups).unwrap();
    let lints: Vec<_> = found.findings.iter().map(|finding| finding.lint).collect();
    assert_eq!(lints, ["kconfig-loop"]);
    assert_eq!(found.findings[0].archs, [""; 0]);
}

/// The tree before, with its models at hand.
fn of_models<'a>(summary: &'a before::Summary, models: &'a &[&Model]) -> before::Before<'a> {
    before::Before { summary, models }
}

#[test]
fn a_change_brings_what_it_touches() {
    let text = "config D\n\tbool \"d\"\nconfig B\n\tbool\n\tdepends on D\nconfig A\n\tbool \"a\"\n\tselect B\nconfig E\n\
                \tbool \"e\"\n\tselect B\n\tselect NOWHERE\n";
    let (_directory, tree) = tree(&[("all/Kconfig", text)]);
    let sources = Sources::new(&tree);
    let version = Version::of(&tree).unwrap();
    let models = ["one", "two"].map(|arch| model::of_all_configurations(&sources, arch, &version));
    let models: Vec<&Model> = models.iter().collect();
    let on = |lines: &[(u32, u32)]| {
        let mut touched = touched::Touched::new();
        for &(first, last) in lines {
            touched.add_lines("all/Kconfig", first, last);
        }
        // To an architecture that was not there before, a change brings all that it touches.
        let before = before::Before {
            summary: &before::Summary::default(),
            models: &&[][..],
        };
        let found = brought::brought(before, &models, &touched);
        let mut lines: Vec<u32> = found.alarms.iter().map(|alarm| alarm.place.line).collect();
        lines.sort_unstable();
        lines
    };
    assert_eq!(on(&[]), [0; 0]);
    assert_eq!(on(&[(7, 7)]), [8]);
    // The dependencies of a symbol matter to all that select it.
    assert_eq!(on(&[(5, 5)]), [8, 11]);
    assert_eq!(on(&[(12, 12)]), [11]);
    assert_eq!(on(&[(1, 1)]), [8, 11]);
}

const DEAD: Groups = Groups {
    unmet: false,
    dead: true,
    ..UNMET
};

fn dead(text: &str) -> Vec<Diagnostic> {
    let text = format!("{MODULES}{text}");
    found_in(&[("all/Kconfig", &text)], DEAD).findings
}

#[test]
fn what_repeats_a_block_is_one_finding_and_what_a_symbol_implies_is_none() {
    let findings = dead(
        "config X\n\tbool \"x\"\nif X\nconfig A\n\tbool \"a\"\n\tdepends on X\nconfig B\n\tbool \"b\"\n\tdepends on X && ONE\n\
         endif\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`A` need not depend on `X`: it follows from the rest"]
    );
    assert_eq!(
        findings[0].notes,
        [
            "all/Kconfig:6: `X` implies it",
            "the same at one more place: all/Kconfig:12"
        ]
    );
    // A direct dependency is stated although something else needs it, too.
    let text = "config X\n\tbool \"x\"\nconfig Y\n\tbool \"y\"\n\tdepends on X\nconfig A\n\tbool \"a\"\n\tdepends on X && Y\n";
    assert_eq!(headlines(&dead(text)), [""; 0]);
    let style = Groups {
        dead: false,
        style: true,
        ..DEAD
    };
    let found = found_in(&[("all/Kconfig", &format!("{MODULES}{text}"))], style);
    assert_eq!(
        headlines(&found.findings),
        ["`A` depends on `X`, which its other dependencies imply"]
    );
}

#[test]
fn what_one_architecture_always_has_is_no_matter_of_a_file_for_all() {
    let generic = "config A\n\tbool \"a\"\n\tdepends on ONE && HAS\n";
    let text = format!("{MODULES}{generic}");
    let always = "config ONE\n\tdef_bool y\nconfig HAS\n\tdef_bool y\n";
    let found = found_in(
        &[("all/Kconfig", &text), ("arch/one/Kconfig", always)],
        DEAD,
    );
    assert_eq!(headlines(&found.findings), [""; 0]);
    let own = format!("{always}config C\n\tbool \"c\"\n\tdepends on HAS\n");
    let found = found_in(
        &[("all/Kconfig", MODULES), ("arch/one/Kconfig", &own)],
        DEAD,
    );
    assert_eq!(
        headlines(&found.findings),
        ["`C` need not depend on `HAS`: it follows from the rest"]
    );
    // In every configuration of all architectures.
    let findings = dead("config D\n\tdef_bool y\nconfig A\n\tbool \"a\"\n\tdepends on D\n");
    assert_eq!(
        headlines(&findings),
        ["`A` need not depend on `D`: it follows from the rest"]
    );
}

#[test]
fn one_cause_of_death_is_one_finding() {
    let findings = dead(
        "config ROOT\n\tbool\nconfig LEAF\n\tbool \"leaf\"\n\tdepends on ROOT\n\tselect T\nconfig T\n\tbool \"t\"\n\
         \tdefault y if ROOT\nconfig N\n\tint \"n\"\n\trange 1 2 if LEAF\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`ROOT` cannot be enabled on any architecture"]
    );
    // In a block that is off, on purpose, as are those that only it selects.
    let off = "config OFF\n\tbool \"off\"\n\tselect H\n\tdefault y if MODULES && n\n";
    let findings = dead(&format!("if n\n{off}endif\nconfig H\n\tbool\n"));
    assert_eq!(headlines(&findings), [""; 0]);
    // Code that nobody can have.
    let findings = dead(&format!(
        "{off}\tdepends on MODULES && n\nconfig H\n\tbool\n"
    ));
    assert_eq!(
        headlines(&findings),
        ["`OFF` cannot be enabled on any architecture"]
    );
    let findings = dead(
        "config X\n\tbool \"x\"\nconfig A\n\tbool \"a\"\n\tdepends on X\n\tselect T if !X\n\tselect U if !X\nconfig T\n\
         \tbool \"t\"\nconfig U\n\tbool \"u\"\n",
    );
    assert_eq!(
        headlines(&findings),
        ["`A` never selects `T` on any architecture"]
    );
    assert_eq!(
        findings[0].notes,
        ["the same at one more place: all/Kconfig:10"]
    );
}

#[test]
fn a_symbol_that_one_architecture_declares_to_be_off_is_not_dead() {
    let found = found_in(
        &[
            ("arch/one/Kconfig", "config BUS\n\tbool\n"),
            ("arch/two/Kconfig", "config BUS\n\tbool \"bus\"\n"),
        ],
        DEAD,
    );
    assert_eq!(headlines(&found.findings), [""; 0]);
    let both = "config BUS\n\tbool\n";
    let found = found_in(
        &[("arch/one/Kconfig", both), ("arch/two/Kconfig", both)],
        DEAD,
    );
    assert_eq!(
        headlines(&found.findings),
        ["`BUS` cannot be enabled on any architecture"]
    );
    assert_eq!(
        found.findings[0].notes,
        [
            dead::UNUSED,
            "the same at one more place: arch/two/Kconfig:1"
        ]
    );
}

/// The models of both architectures with this text for all of them.
fn models(text: &str) -> Vec<Model> {
    let (_directory, tree) = tree(&[("all/Kconfig", text)]);
    let sources = Sources::new(&tree);
    let version = Version::of(&tree).unwrap();
    ["one", "two"]
        .map(|arch| model::of_all_configurations(&sources, arch, &version))
        .into()
}

#[test]
fn a_change_brings_the_lines_without_effect_that_it_makes() {
    let base = "config X\n\tbool \"x\"\nconfig H\n\tbool\nconfig A\n\tbool \"a\"\n\tselect H\nconfig OLD\n\tbool \"o\"\n\
                \tdepends on X && X\n\tdefault y if !X\n";
    let brings = |after: &str, lines: &[(u32, u32)], target: &str| {
        let (before, after) = (models(base), models(after));
        let mut touched = touched::Touched::new();
        for &(first, last) in lines {
            touched.add_lines("all/Kconfig", first, last);
        }
        touched.add_target(target);
        let of = |models: &[Model]| -> Vec<String> {
            models.iter().map(|of| of.srcarch.to_string()).collect()
        };
        assert_eq!(of(&before), of(&after));
        let before: Vec<&Model> = before.iter().collect();
        let summary = before::Summary::new(&before);
        let after: Vec<&Model> = after.iter().collect();
        let found = idle::idle(of_models(&summary, &&before[..]), &after, &touched);
        assert_eq!(found.undecided, []);
        let findings = found.findings.into_iter();
        findings
            .map(|one| format!("{}: {}", one.level.word(), one.headline))
            .collect::<Vec<_>>()
    };
    let nothing: [&str; 0] = [];
    // A finding that was there before is not new, although a line of its entry is touched.
    assert_eq!(brings(base, &[(8, 9)], ""), nothing);
    let dead = base.replace("\tselect H\n", "\tdepends on X\n\tselect H if !X\n");
    assert_eq!(
        brings(&dead, &[(7, 8)], ""),
        ["warning: `A` never selects `H` on any architecture"]
    );
    // Nothing selects it any more, which the line that went away tells.
    let gone = base.replace("\tselect H\n", "");
    assert_eq!(
        brings(&gone, &[(6, 7)], "H"),
        ["note: `H` cannot be enabled on any architecture"]
    );
    // A line of an entry that is not touched is not asked about, whatever it depends on.
    let other = format!("{base}config Z\n\tbool \"z\"\n\tdepends on A\n\tdefault y if !X\n");
    let touched = other.replace("\tselect H\n", "\tdepends on X\n\tselect H\n");
    assert_eq!(brings(&touched, &[(7, 7)], ""), nothing);
    // A correct change.
    let right = format!(
        "{base}config R\n\tbool \"r\"\n\tdepends on X\n\tselect H if A\n\tdefault y if OLD\n"
    );
    assert_eq!(brings(&right, &[(12, 16)], ""), nothing);
}

#[test]
fn a_block_of_one_architecture_says_nothing_about_what_others_read_too() {
    let shared = (
        "shared/Kconfig",
        "config S\n\tbool \"s\"\n\tdepends on TWO\n",
    );
    let models = |condition: &str| -> Vec<Model> {
        let one = format!(
            "config ONE\n\tdef_bool y\nconfig A\n\tbool \"a\"\nif {condition}\nsource \"shared/Kconfig\"\nendif\n"
        );
        let two = "config TWO\n\tdef_bool y\nsource \"shared/Kconfig\"\n";
        let (_directory, tree) = tree(&[
            shared,
            ("arch/one/Kconfig", &one),
            ("arch/two/Kconfig", two),
        ]);
        let sources = Sources::new(&tree);
        let version = Version::of(&tree).unwrap();
        ["one", "two"]
            .map(|arch| model::of_all_configurations(&sources, arch, &version))
            .into()
    };
    let brings = |condition: &str| {
        let (before, after) = (models("A"), models(condition));
        let mut touched = touched::Touched::new();
        touched.add_lines("arch/one/Kconfig", 5, 5);
        let before: Vec<&Model> = before.iter().collect();
        let summary = before::Summary::new(&before);
        let after: Vec<&Model> = after.iter().collect();
        let found = idle::idle(of_models(&summary, &&before[..]), &after, &touched).findings;
        let of_shared = found.iter().filter(|one| one.symbol.is_some());
        of_shared
            .map(|one| one.headline.clone())
            .collect::<Vec<_>>()
    };
    // `S` is dead on `one` before and after, and alive on `two`.
    assert_eq!(brings("A && ONE"), [""; 0]);
    assert_eq!(brings("!A"), [""; 0]);
}

/// The symbols that alarms are about, with whether they follow from another select.
fn alarms(text: &str) -> Vec<(String, bool)> {
    let text = format!("{MODULES}{text}");
    let found = found_in(&[("all/Kconfig", &text)], UNMET);
    let of = |alarm: &Alarm| (alarm.selector.clone(), alarm.follows);
    found.alarms.iter().map(of).collect()
}

#[test]
fn what_another_unmet_select_causes_is_known() {
    let old = "config NET\n\tbool \"net\"\nconfig DEVICES\n\tbool \"devices\"\n\tdepends on NET\n\
               config CELLS\n\tbool\n\tdepends on NET\nconfig ETHERNET\n\tbool\n\tdepends on DEVICES\n";
    let board = "config BOARD\n\tbool \"board\"\n\tselect DEVICES\n";
    let driver =
        "if DEVICES\nconfig DRIVER\n\tbool \"driver\"\n\tselect CELLS\n\tselect ETHERNET\nendif\n";
    assert_eq!(alarms(&format!("{old}{driver}")), []);
    let expected = |name: &str, follows| (name.to_owned(), follows);
    assert_eq!(
        alarms(&format!("{old}{board}{driver}")),
        [expected("BOARD", false), expected("DRIVER", true)]
    );
    // Without the block the driver is wrong by itself.
    let alone = "config DRIVER\n\tbool \"driver\"\n\tselect CELLS\n";
    assert_eq!(
        alarms(&format!("{old}{board}{alone}")),
        [expected("BOARD", false), expected("DRIVER", false)]
    );
    // A bool may be `y` where what it depends on is `m`, and its dependencies are met then.
    let module = "config BUS\n\ttristate \"bus\"\nconfig PART\n\tbool \"part\"\n\tdepends on BUS\n";
    let below = "config DRIVER\n\tbool \"driver\"\n\tdepends on PART && BUS=m\n\tselect CELLS\n";
    assert_eq!(
        alarms(&format!("{old}{module}{below}")),
        [expected("DRIVER", false)]
    );
    // A change that adds the driver is not told what the board does.
    let (before, after) = (
        models(&format!("{MODULES}{old}{board}")),
        models(&format!("{MODULES}{old}{board}{driver}")),
    );
    let (before, after): (Vec<&Model>, Vec<&Model>) =
        (before.iter().collect(), after.iter().collect());
    let summary = before::Summary::new(&before);
    let mut touched = touched::Touched::new();
    touched.add_file("all/Kconfig");
    let brought = brought::brought(of_models(&summary, &&before[..]), &after, &touched);
    assert_eq!(headlines(&brought.findings), [""; 0]);
    assert!(brought.alarms.is_empty());
}

#[test]
fn what_a_select_line_bears_on() {
    // `C` needs `D`, which `BOARD` turns on, and must not have `E`.
    let text = |board: &str| {
        format!(
            "{MODULES}config D\n\tbool\nconfig E\n\tbool\nconfig C\n\tbool\n\tdepends on D && !E\n\
             config A\n\tbool \"a\"\n\tdepends on BOARD\n\tselect C\n\
             config BOARD\n\tbool \"board\"\n\tselect D\n{board}"
        )
    };
    let before = models(&text(""));
    let before: Vec<&Model> = before.iter().collect();
    let summary = before::Summary::new(&before);
    let brought = |text: &str, change: &dyn Fn(&mut touched::Touched)| {
        let after = models(text);
        let after: Vec<&Model> = after.iter().collect();
        let mut touched = touched::Touched::new();
        change(&mut touched);
        let found = brought::brought(of_models(&summary, &&before[..]), &after, &touched);
        let of = |alarm: &Alarm| format!("{} {}", alarm.selector, alarm.target);
        (found.alarms.iter().map(of).collect::<Vec<_>>(), found.asked)
    };
    let line = text("").lines().count() as u32 + 1;
    let add = |touched: &mut touched::Touched| touched.add_lines("all/Kconfig", line, line);
    assert_eq!(brought(&text("\tselect E\n"), &add).0, ["A C"]);
    // Dependents of the board are as before: only its targets are asked about.
    let other = text("\tselect MODULES\n");
    let (found, asked) = brought(&other, &add);
    assert_eq!(found, [""; 0]);
    assert!(asked <= 1, "{asked}");
    let without = text("").replace("\tselect D\n", "");
    let remove = |touched: &mut touched::Touched| {
        touched.add_target("D");
        touched.add_lines("all/Kconfig", line - 2, line - 1);
    };
    assert_eq!(brought(&without, &remove).0, ["A C"]);
}

/// The headlines of what a change brings at the lines that differ.
fn brought_by_lines(before: &str, after: &str) -> Vec<String> {
    let same = before
        .lines()
        .zip(after.lines())
        .take_while(|(a, b)| a == b);
    let first = same.count() as u32 + 1;
    let count = |text: &str| text.lines().count() as u32;
    let last = first.max(first + count(after).saturating_sub(count(before)));
    brought_at(before, after, first, last)
}

/// The headlines of what a change of all lines of a file brings.
fn brought_by(before: &str, after: &str) -> Vec<String> {
    brought_at(before, after, 0, u32::MAX)
}

fn brought_at(before: &str, after: &str, first: u32, last: u32) -> Vec<String> {
    let (before, after) = (models(before), models(after));
    let (before, after): (Vec<&Model>, Vec<&Model>) =
        (before.iter().collect(), after.iter().collect());
    let summary = before::Summary::new(&before);
    let mut touched = touched::Touched::new();
    touched.add_lines("all/Kconfig", first, last);
    let slice = &before[..];
    let of = of_models(&summary, &slice);
    let brought = brought::brought(of, &after, &touched);
    let alarms = brought.alarms.iter();
    let alarms = alarms.map(|alarm| alarm.finding(Level::Deny, true).headline);
    let idle = idle::idle(of, &after, &touched).findings.into_iter();
    alarms.chain(idle.map(|one| one.headline)).collect()
}

#[test]
fn a_rename_keeps_the_defects_of_its_symbol() {
    let old = format!(
        "{MODULES}config D\n\tbool \"d\"\nconfig B\n\ttristate \"b\"\n\tdepends on D\nconfig A\n\ttristate \"a\"\n\tselect B\n\
         config X\n\tbool \"x\"\n\tdepends on D && D\n\tdefault y if !D\nconfig Z\n\tbool \"z\"\n\tdepends on D && !D\n"
    );
    let rename = |text: &str, names: &[(&str, &str)]| {
        let mut text = text.to_owned();
        for (from, to) in names {
            for (before, after) in [
                ("config ", "\n"),
                ("select ", "\n"),
                ("on ", "\n"),
                ("on ", " "),
                ("&& ", "\n"),
                ("!", "\n"),
            ] {
                text = text.replace(
                    &format!("{before}{from}{after}"),
                    &format!("{before}{to}{after}"),
                );
            }
        }
        text
    };
    let nothing: [&str; 0] = [];
    for names in [
        &[("A", "A_NEW")][..],
        &[("B", "B_NEW")],
        &[("A", "A_NEW"), ("B", "B_NEW")],
        &[("D", "D_NEW")],
        &[("X", "X_NEW")],
        &[("Z", "Z_NEW")],
        &[("X", "X_NEW"), ("D", "D_NEW")],
    ] {
        assert_eq!(brought_by(&old, &rename(&old, names)), nothing, "{names:?}");
    }
    // A new symbol beside the old one, or in place of one without the defect, is not the old one.
    let more = "config N\n\ttristate \"n\"\n\tselect B\n";
    let expected = ["`N` selects `B` without its dependency `D`"];
    assert_eq!(brought_by(&old, &format!("{old}{more}")), expected);
    let without = old.replace("config Z\n\tbool \"z\"\n\tdepends on D && !D\n", more);
    assert_eq!(brought_by(&old, &without), expected);
    // Nor are two of them.
    let two = format!(
        "{without}config O\n\tbool \"o\"\n\tdepends on D && !D\nconfig P\n\tbool \"p\"\n\tdepends on D && !D\n"
    );
    let two = two.replace(more, "");
    assert_eq!(
        brought_by(&old, &two),
        ["`P` cannot be enabled on any architecture"]
    );
    let dead = without.replace(
        more,
        "config N\n\tbool \"n\"\n\tdepends on D\n\tselect X if !D\n",
    );
    assert_eq!(
        brought_by(&old, &dead),
        ["`N` never selects `X` on any architecture"]
    );
}

#[test]
fn what_is_only_moved_bears_on_nothing() {
    let popular = "config P\n\tbool \"p\"\n";
    let mut users = String::new();
    for number in 0..260 {
        users += &format!(
            "config T{number}\n\tbool\n\tdepends on P\nconfig S{number}\n\tbool \"s\"\n\tdepends on P\n\tselect T{number}\n"
        );
    }
    let asked = |before: &str, after: &str, change: &dyn Fn(&mut touched::Touched)| {
        let (before, after) = (models(before), models(after));
        let (before, after): (Vec<&Model>, Vec<&Model>) =
            (before.iter().collect(), after.iter().collect());
        let summary = before::Summary::new(&before);
        let mut touched = touched::Touched::new();
        change(&mut touched);
        let found = brought::brought(of_models(&summary, &&before[..]), &after, &touched);
        let mut places = found.undecided.iter().map(|one| one.place.as_ref());
        assert!(places.all(|place| place.is_some_and(|place| place.line > 5)));
        let counts = found.undecided.iter().map(|one| one.count);
        (found.asked, counts.sum::<usize>())
    };
    let base = format!("{MODULES}{popular}{users}");
    let end = base.lines().count() as u32;
    let moved = format!("{MODULES}{users}{popular}");
    let at_end = |touched: &mut touched::Touched| touched.add_lines("all/Kconfig", end - 1, end);
    assert_eq!(asked(&base, &moved, &at_end), (0, 0));
    // A driver that a user need not have.
    let driver = |kind: &str| format!("{base}config X\n\tbool{kind}\n\tselect P\n");
    let without = |touched: &mut touched::Touched| {
        touched.add_symbol("X");
        touched.add_target("P");
    };
    assert_eq!(asked(&driver(" \"x\""), &base, &without), (0, 0));
    // Without one that is always on, `P` is on more seldom.
    assert_eq!(asked(&driver("\n\tdefault y"), &base, &without), (0, 520));
    let other = base.replace("bool \"p\"", "bool \"p\" if MODULES");
    let prompt = |touched: &mut touched::Touched| touched.add_symbol("P");
    assert_eq!(asked(&base, &other, &prompt), (0, 520));
}

#[test]
fn a_select_of_a_member_of_a_choice_has_no_effect() {
    let text = "config A\n\tbool \"a\"\n\tselect M\n\timply N if MODULES\n\tselect O\nchoice\n\tprompt \"c\"\nconfig M\n\tbool \"m\"\n\
                config N\n\tbool \"n\"\nendchoice\nconfig O\n\tbool \"o\"\n";
    let findings = dead(text);
    let expected = [
        "`A` selects `M` without effect on any architecture",
        "`A` implies `N` without effect on any architecture",
    ];
    assert_eq!(headlines(&findings), expected);
    assert_eq!(findings[0].lint, dead::SELECT);
    let note = "`M` is a member of a choice, and only the choice decides which of them is `y`";
    assert_eq!(findings[0].notes, [note]);
    // Outside of the choice it may be selected.
    let both = format!("{text}config M\n\tbool\n");
    assert_eq!(headlines(&dead(&both)), expected[1..]);
    let free = text.replace("config O", "config P\n\tbool \"p\"\n\tselect O\nconfig O");
    assert_eq!(headlines(&dead(&free)), expected);
}

#[test]
fn a_default_after_one_that_always_applies_is_dead() {
    let first = "config N\n\tint \"n\"\n\tdepends on MODULES\n";
    let findings = dead(&format!(
        "{first}\tdefault 1\n\tdefault 2 if ONE\n\tdefault 3\nconfig B\n\ttristate \"b\"\n\tdefault m\n\tdefault y if ONE\n\
         config S\n\tstring \"s\"\n\tdefault \"a\"\n\tdefault \"b\" if TWO\n"
    ));
    assert_eq!(
        headlines(&findings),
        [
            "the default `2` of `N` never applies on any architecture",
            "the default `y` of `B` never applies on any architecture",
            "the default `\"b\"` of `S` never applies on any architecture",
        ]
    );
    let expected = [
        "all/Kconfig:7: this default comes first and always applies",
        "the same at one more place: all/Kconfig:9",
    ];
    assert_eq!(findings[0].notes, expected);
    // A condition, dependencies of another entry, and the members of a choice decide.
    let nothing: [&str; 0] = [];
    for right in [
        format!("{first}\tdefault 1 if ONE\n\tdefault 2\n"),
        format!("{first}\tdefault 1\nconfig N\n\tint\n\tdefault 2 if ONE\n"),
        "choice\n\tprompt \"c\"\n\tdefault X\n\tdefault Y\nconfig X\n\tbool \"x\"\n\tdepends on ONE\nconfig Y\n\tbool \"y\"\nendchoice\n".to_owned(),
    ] {
        assert_eq!(headlines(&dead(&right)), nothing, "{right}");
    }
    // Until 5.13 a string may be a list, all of which `conf` tries.
    let list = "config L\n\tstring\n\toption defconfig_list\n\tdefault \"a\"\n\tdefault \"b\"\n";
    let old = ("Makefile", "VERSION = 5\nPATCHLEVEL = 10\n");
    let found = found_in(&[old, ("all/Kconfig", &format!("{MODULES}{list}"))], DEAD);
    assert_eq!(headlines(&found.findings), nothing);
    // The entry of one architecture comes first there only.
    let own = (
        "arch/one/Kconfig",
        "config ONE\n\tdef_bool y\nconfig N\n\tint\n\tdefault 1\n",
    );
    let generic = format!("{MODULES}config N\n\tint \"n\"\n\tdefault 2\n");
    let found = found_in(&[own, ("all/Kconfig", &generic)], DEAD);
    assert_eq!(headlines(&found.findings), nothing);
}

#[test]
fn beside_a_syntax_error_nothing_is_concluded() {
    let text = format!(
        "{MODULES}config A\n\tbool \"a\"\nconfig C\n\tbool \"c\"\n\tdepends on A\nif A\nconfig B\n\tbool \"b\"\n\tselect C\n\
         endif\nconfig D\n\tbool \"d\"\n\tselect C if A\n"
    );
    let nothing: [&str; 0] = [];
    let stray = text.replace("if A\nconfig B", "config B");
    let open = stray.replace("config D", "if MODULES\nconfig D");
    let unknown = stray
        .replace("endif\n", "")
        .replace("select C\nconfig", "dependson A\n\tselect C\nconfig");
    for broken in [&stray, &open, &unknown] {
        assert_eq!(brought_by(&text, broken), nothing, "{broken}");
        let (_directory, tree) = tree(&[("all/Kconfig", broken)]);
        let (sources, architectures) = (Sources::new(&tree), tree.architectures().unwrap());
        let found = check(&tree, &sources, &architectures, UNMET).unwrap();
        assert_eq!(headlines(&found.findings), nothing, "{broken}");
        let why = "on one: a Kconfig file has a syntax error";
        assert_eq!(found.undecided[0].to_string(), why);
    }
    // The same without the stray line.
    let unmet = stray.replace("endif\n", "");
    assert_eq!(
        brought_by(&text, &unmet),
        ["`B` selects `C` without its dependency `A`"]
    );
}

#[test]
fn what_a_new_selector_turns_on_is_asked() {
    let text = format!(
        "{MODULES}config D\n\tbool \"d\"\nconfig H\n\tbool\n\tdepends on D\nconfig U\n\tbool\n\tselect H\nconfig V\n\tbool\n\tselect U\n\
         config A\n\tbool \"a\"\n\tdepends on D\n\tselect V\n"
    );
    let unmet = ["`U` selects `H` without its dependency `D`"];
    let more = "config B\n\tbool \"b\"\n\tselect V\n";
    assert_eq!(brought_by_lines(&text, &format!("{text}{more}")), unmet);
    let less = text.replace("\tdepends on D\n\tselect V", "\tselect V");
    assert_eq!(brought_by_lines(&text, &less), unmet);
    // It is no different where the new selector has the dependency.
    let right = more.replace("\tselect", "\tdepends on D\n\tselect");
    assert_eq!(brought_by_lines(&text, &format!("{text}{right}")), [""; 0]);
}
