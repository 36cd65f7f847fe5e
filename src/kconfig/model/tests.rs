//! Small Kconfig texts with the model that they give.

use std::sync::Arc;

use super::environment::Version;
use super::macros::Message as Said;
use super::{EntryKind, Model, PropertyKind, SymbolId, Type, of_all_configurations};
use crate::kconfig::sources::Sources;
use crate::tree::Tree;

/// A tree of these files, that exists in memory only.
fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Tree) {
    let directory = tempfile::tempdir().unwrap();
    let mut tree = Tree::open_directory(directory.path()).unwrap();
    for (path, text) in files {
        tree.overlay(path, Some((*text).into())).unwrap();
    }
    (directory, tree)
}

fn version(release: (u32, u32)) -> Version {
    Version {
        release,
        text: format!("{}.{}", release.0, release.1),
    }
}

/// The model of x86 from these files, in the dialect of a release.
fn with_release(release: (u32, u32), files: &[(&str, &str)]) -> Model {
    let (_directory, tree) = tree(files);
    let sources = Sources::new(&tree);
    on(&sources, "x86", &version(release))
}

fn on(sources: &Sources<'_>, arch: &str, version: &Version) -> Model {
    of_all_configurations(sources, arch, version)
}

/// The model of one file in the dialect of 7.2, in which nothing is wrong.
fn of(text: &str) -> Model {
    let model = with_release((7, 2), &[("Kconfig", text)]);
    assert_eq!(model.diagnostics, []);
    model
}

/// Returns what is wrong, as `file:line:column: headline`.
fn wrong(files: &[(&str, &str)]) -> Vec<String> {
    said(&with_release((7, 2), files))
}

fn said(model: &Model) -> Vec<String> {
    model
        .diagnostics
        .iter()
        .map(|diagnostic| {
            let at = &diagnostic.primary.location;
            format!(
                "{}:{}:{}: {}",
                at.path, at.line, at.column, diagnostic.headline
            )
        })
        .collect()
}

fn find(model: &Model, name: &str) -> SymbolId {
    model
        .find(name)
        .unwrap_or_else(|| panic!("there is no {name}"))
}

/// Returns what each definition of a symbol depends on.
fn dependencies(model: &Model, name: &str) -> Vec<String> {
    model
        .definitions(find(model, name))
        .map(|id| model.write(model.entry(id).dependency))
        .collect()
}

/// The properties of a symbol in order, each with its condition.
fn properties(model: &Model, name: &str) -> Vec<String> {
    model
        .properties_of(find(model, name))
        .map(|id| property(model, id))
        .collect()
}

fn property(model: &Model, id: super::PropertyId) -> String {
    let property = model.property(id);
    let text = match &property.kind {
        PropertyKind::Prompt(text) => format!("prompt {}", model.text(text)),
        PropertyKind::Menu(text) => format!("menu {}", model.text(text)),
        PropertyKind::Comment(text) => format!("comment {}", model.text(text)),
        PropertyKind::Default(value) => format!("default {}", model.write(*value)),
        PropertyKind::Select(target) => format!("select {}", model.name(*target)),
        PropertyKind::Imply(target) => format!("imply {}", model.name(*target)),
        PropertyKind::Range(low, high) => {
            format!("range {} {}", model.name(*low), model.name(*high))
        }
    };
    match model.write(property.condition).as_str() {
        "y" => text,
        condition => format!("{text} if {condition}"),
    }
}

#[test]
fn dependencies_come_from_menus_and_if_blocks() {
    let model = of("\
menu \"m\"
	depends on A
if B || C
config X
	bool
	depends on D
	depends on E
endif
config Y
	bool
endmenu
config Z
	bool
");
    assert_eq!(dependencies(&model, "X"), ["A && (B || C) && D && E"]);
    assert_eq!(dependencies(&model, "Y"), ["A"]);
    assert_eq!(dependencies(&model, "Z"), ["y"]);
    let entry = model.definitions(find(&model, "X")).next().unwrap();
    assert_eq!(model.write(model.entry(entry).own_dependency), "D && E");
    let kinds: Vec<EntryKind> = model.entries.iter().map(|entry| entry.kind).collect();
    assert_eq!(
        kinds,
        [
            EntryKind::Menu,
            EntryKind::Menu,
            EntryKind::If,
            EntryKind::Config,
            EntryKind::Config,
            EntryKind::Config
        ]
    );
}

#[test]
fn the_condition_of_a_dependency_is_its_alternative() {
    let model = of("config X\n\tbool\n\tdepends on A if B\n");
    assert_eq!(dependencies(&model, "X"), ["A || B=n"]);
    let model = of("config X\n\tbool\n\tdepends on A if B && !C\n\tdepends on D\n");
    assert_eq!(dependencies(&model, "X"), ["(A || B=n || C!=n) && D"]);
    let model = of("config X\n\tbool\n\tdepends on A if B = y\n");
    assert_eq!(dependencies(&model, "X"), ["A || !B=y"]);
}

#[test]
fn visible_if_holds_for_prompts_only() {
    let model = of("\
menu \"m\"
	visible if V
config X
	bool \"x\" if W
	default y
	select S
endmenu
config Y
	bool \"y\"
");
    assert_eq!(
        properties(&model, "X"),
        ["prompt x if W && V", "default y", "select S"]
    );
    assert_eq!(dependencies(&model, "X"), ["y"]);
    assert_eq!(properties(&model, "Y"), ["prompt y"]);
}

#[test]
fn m_asks_for_modules_in_dependencies_and_not_in_values() {
    let model = of("\
config MODULES
	modules
	bool
config X
	tristate \"x\" if m
	depends on A || m
	default m if B=m
");
    assert_eq!(model.modules, model.find("MODULES"));
    assert_eq!(dependencies(&model, "X"), ["A || m"]);
    assert_eq!(
        properties(&model, "X"),
        ["prompt x if m", "default m if B=m"]
    );
    // The two that are written as `m` are not the same: only the first asks for modules.
    let asks = |id| {
        let nodes = model.exprs.reachable(id);
        nodes
            .into_iter()
            .any(|id| model.exprs.get(id) == super::Expr::Module)
    };
    let x = find(&model, "X");
    let entry = model.definitions(x).next().unwrap();
    assert!(asks(model.entry(entry).dependency));
    for id in model.properties_of(x) {
        match model.property(id).kind {
            PropertyKind::Default(value) => {
                assert!(!asks(value) && !asks(model.property(id).condition));
            }
            _ => assert!(asks(model.property(id).condition)),
        }
    }
}

#[test]
fn a_choice_has_members_and_its_own_symbol() {
    let model = of("\
choice
	prompt \"one of\"
	depends on A
	default Y if B
config X
	bool \"x\"
config Y
	bool \"y\"
	depends on C
endchoice
config Z
	bool
");
    let entry = model.symbol(find(&model, "X")).choice.unwrap();
    assert_eq!(model.symbol(find(&model, "Y")).choice, Some(entry));
    assert_eq!(model.symbol(find(&model, "Z")).choice, None);
    let choice = model.entry(entry).symbol.unwrap();
    assert!(model.symbol(choice).is_choice);
    assert_eq!(model.name(choice), "<choice>");
    let own: Vec<String> = model
        .properties_of(choice)
        .map(|id| property(&model, id))
        .collect();
    assert_eq!(own, ["prompt one of", "default Y if B"]);
    assert_eq!(dependencies(&model, "X"), ["A"]);
    assert_eq!(dependencies(&model, "Y"), ["A && C"]);
}

#[test]
fn the_older_dialect_of_choices_is_read_too() {
    let text = "\
choice
	tristate \"one of\"
	optional
config X
	tristate \"x\"
endchoice
";
    let model = with_release((6, 1), &[("Kconfig", text)]);
    assert_eq!(model.diagnostics, []);
    let entry = model.symbol(find(&model, "X")).choice.unwrap();
    let choice = model.symbol(model.entry(entry).symbol.unwrap());
    assert_eq!(
        (choice.type_, choice.optional),
        (Some(Type::Tristate), true)
    );
}

#[test]
fn several_definitions_of_a_symbol_keep_their_own_conditions() {
    let model = of("\
config X
	bool \"first\"
	depends on A
	default y
if B
config X
	bool
	default n
	select S
endif
");
    assert_eq!(dependencies(&model, "X"), ["A", "B"]);
    assert_eq!(
        properties(&model, "X"),
        ["prompt first", "default y", "default n", "select S"]
    );
    let select = model.selects_of(find(&model, "S")).next().unwrap();
    let entry = model.property(select).entry;
    assert_eq!(model.write(model.entry(entry).dependency), "B");
    assert_eq!(model.type_conflicts, []);
}

#[test]
fn selects_and_implies_are_found_from_their_targets() {
    let model = of("\
config A
	bool
	select X if C
	imply Y
config B
	tristate
	depends on D
	select X
	imply Y if E
config X
	bool
");
    let x = find(&model, "X");
    let by: Vec<(String, String, u32)> = model
        .selects_of(x)
        .map(|id| {
            let one = model.property(id);
            let selector = model.entry(one.entry).symbol.unwrap();
            (
                model.name(selector),
                model.write(one.condition),
                one.place.line,
            )
        })
        .collect();
    assert_eq!(
        by,
        [
            ("A".to_owned(), "C".to_owned(), 3),
            ("B".to_owned(), "y".to_owned(), 8)
        ]
    );
    assert_eq!(model.implies_of(x).count(), 0);
    assert_eq!(model.implies_of(find(&model, "Y")).count(), 2);
    // `Y` is only referred to.
    assert!(model.is_defined(x) && !model.is_defined(find(&model, "Y")));
}

#[test]
fn ranges_defaults_and_types() {
    let model = of("\
config I
	int \"i\"
	range 1 MAX if A
	default 5 if B
	default 7
config H
	hex
	default 0x10
config S
	string
	default \"a b\"
config D
	def_tristate m if A
config OLD
	bool
	transitional
");
    assert_eq!(
        properties(&model, "I"),
        [
            "prompt i",
            "range 1 MAX if A",
            "default 5 if B",
            "default 7"
        ]
    );
    assert_eq!(properties(&model, "S"), ["default \"a b\""]);
    assert_eq!(properties(&model, "D"), ["default m if A"]);
    let types: Vec<Option<Type>> = ["I", "H", "S", "D", "MAX"]
        .map(|name| model.symbol(find(&model, name)).type_)
        .to_vec();
    assert_eq!(
        types,
        [
            Some(Type::Int),
            Some(Type::Hex),
            Some(Type::String),
            Some(Type::Tristate),
            None
        ]
    );
    assert!(model.symbol(find(&model, "OLD")).transitional);
}

#[test]
fn a_second_type_is_a_conflict_and_the_first_one_counts() {
    let model = of("config X\n\tbool\nconfig X\n\tbool\nconfig X\n\tint\nconfig Y\n\thex\n");
    assert_eq!(model.type_conflicts.len(), 1);
    let conflict = model.type_conflicts[0];
    assert_eq!(conflict.symbol, find(&model, "X"));
    assert_eq!((conflict.ignored, conflict.place.line), (Type::Int, 6));
    assert_eq!(model.symbol(conflict.symbol).type_, Some(Type::Bool));
}

#[test]
fn sourced_files_come_in_order() {
    let model = with_release(
        (7, 2),
        &[
            (
                "Kconfig",
                "DIR := lib\nif A\nsource \"$(DIR)/Kconfig\"\nendif\nsource \"arch/$(SRCARCH)/Kconfig\"\n",
            ),
            ("lib/Kconfig", "config X\n\tbool\n"),
            ("arch/x86/Kconfig", "config Y\n\tbool\n"),
        ],
    );
    assert_eq!(model.diagnostics, []);
    let files: Vec<&str> = model.files.iter().map(|file| &**file.file.path()).collect();
    assert_eq!(files, ["Kconfig", "lib/Kconfig", "arch/x86/Kconfig"]);
    assert_eq!(dependencies(&model, "X"), ["A"]);
    assert_eq!(dependencies(&model, "Y"), ["y"]);
    let entry = model.definitions(find(&model, "X")).next().unwrap();
    let place = model.entry(entry).place;
    assert_eq!(model.location(place).to_string(), "lib/Kconfig:1");
}

#[test]
fn a_file_that_includes_itself_is_reported() {
    assert_eq!(
        wrong(&[
            ("Kconfig", "source \"a\"\n"),
            ("a", "\nsource \"b\"\n"),
            ("b", "source \"a\"\nconfig X\n\tbool\n"),
        ]),
        ["b:1:1: `a` includes itself"]
    );
}

#[test]
fn a_file_is_included_twice_in_older_trees_only() {
    let files = [
        ("Kconfig", "source \"a\"\nsource \"a\"\n"),
        ("a", "config X\n\tbool\n"),
    ];
    assert_eq!(wrong(&files), ["Kconfig:2:1: `a` is sourced a second time"]);
    let model = with_release((6, 12), &files);
    assert_eq!(model.diagnostics, []);
    assert_eq!(model.definitions(find(&model, "X")).count(), 2);
}

#[test]
fn a_file_that_cannot_be_had_is_reported_and_the_rest_is_read() {
    let text = "source \"gone\"\nsource \"../out\"\nsource \"/etc/passwd\"\nconfig X\n\tbool\n";
    let model = with_release((7, 2), &[("Kconfig", text)]);
    assert_eq!(
        said(&model),
        [
            "Kconfig:1:1: the tree has no file `gone`",
            "Kconfig:2:1: `../out` points outside the tree",
            "Kconfig:3:1: `/etc/passwd` points outside the tree",
        ]
    );
    assert!(model.is_defined(find(&model, "X")));
}

#[test]
fn a_path_that_needs_a_command_is_reported() {
    let found = wrong(&[("Kconfig", "source \"$(shell,echo a)/Kconfig\"\n")]);
    assert_eq!(found.len(), 1);
    assert!(found[0].starts_with("Kconfig:1:1: the path `$(shell,echo a)/Kconfig` is unknown"));
}

#[test]
fn macros_are_expanded_in_order() {
    let model = with_release(
        (7, 2),
        &[
            (
                "Kconfig",
                "N := A\nE := $(N)\nL = $(N)\nsource \"one\"\nN := B\nsource \"two\"\n",
            ),
            ("one", "config $(N)_1\n\tbool\n"),
            (
                "two",
                "config $(N)_2\n\tbool\n\tdepends on $(E)X && $(L)Y\n",
            ),
        ],
    );
    assert_eq!(model.diagnostics, []);
    assert!(model.is_defined(find(&model, "A_1")));
    // `:=` is expanded where it stands, `=` where it is used.
    assert_eq!(dependencies(&model, "B_2"), ["AX && BY"]);
}

#[test]
fn the_output_of_a_command_is_an_unknown_that_is_carried() {
    let model = of("\
V := $(shell,cc --version)
success = $(shell,{ $(1); } && echo y || echo n)
config X
	def_bool $(success,cc -v)
config Y
	def_bool $(V)
	depends on KNOWN
config T
	string
	default \"$(V)\"
");
    let value = |name: &str| {
        let id = model.properties_of(find(&model, name)).next().unwrap();
        let PropertyKind::Default(value) = model.property(id).kind else {
            panic!("{name} has no default");
        };
        match model.exprs.get(value) {
            super::Expr::Symbol(symbol) => symbol,
            other => panic!("{other:?}"),
        }
    };
    for name in ["Y", "T"] {
        let symbol = model.symbol(value(name));
        assert!(symbol.unknown, "{name}");
        assert_eq!(
            symbol.name.as_deref(),
            Some("$(shell,cc --version)"),
            "{name}"
        );
    }
    assert!(!model.symbol(find(&model, "KNOWN")).unknown);
}

#[test]
fn what_macros_say_and_what_is_wrong_with_them() {
    let model = of("$(info,hello $(SRCARCH))\n$(warning-if,y,careful)\n");
    let said: Vec<(u32, &Said)> = model
        .messages
        .iter()
        .map(|message| (message.place.line, &message.message))
        .collect();
    assert_eq!(
        said,
        [
            (1, &Said::Info("hello x86".to_owned())),
            (2, &Said::Warning("careful".to_owned()))
        ]
    );
    let found = wrong(&[(
        "Kconfig",
        "$(error-if,y,stop here)\nA = $(A)\nconfig X$(A)\n\tbool\n",
    )]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(
        found[0].starts_with("Kconfig:1:1: ") && found[0].contains("stop here"),
        "{found:?}"
    );
    assert!(found[1].starts_with("Kconfig:3:"), "{found:?}");
}

#[test]
fn titles_belong_to_their_menus() {
    let model = of("\
mainmenu \"The $(SRCARCH) tree\"
menuconfig X
	bool \"x\"
comment \"look\"
	depends on X
");
    let title = model
        .mainmenu
        .as_ref()
        .map(|title| model.text(title).into_owned());
    assert_eq!(title.as_deref(), Some("The x86 tree"));
    assert_eq!(properties(&model, "X"), ["menu x"]);
    let comment = model.entries.last().unwrap();
    assert_eq!(comment.kind, EntryKind::Comment);
    assert_eq!(model.write(comment.dependency), "X");
}

#[test]
fn one_symbol_carries_modules() {
    let text = "config A\n\tbool\n\tmodules\nconfig B\n\tbool\n\tmodules\n";
    assert_eq!(
        wrong(&[("Kconfig", text)]),
        ["Kconfig:6:2: `A` already has the property `modules`"]
    );
}

#[test]
fn mistakes_in_a_file_are_those_of_the_model() {
    let found = wrong(&[(
        "Kconfig",
        "config A\n\tbool\n\tdepends A\nnonsense\nconfig B\n\tbool\n",
    )]);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].starts_with("Kconfig:3:") && found[1].starts_with("Kconfig:4:"));
}

#[test]
fn blocks_over_many_files_end_in_a_report_and_not_in_an_overflow() {
    let mut files: Vec<(String, String)> = Vec::new();
    for index in 0..5 {
        let mut text = "if A\n".repeat(150);
        text.push_str(&format!("source \"f{}\"\n", index + 1));
        text.push_str(&"endif\n".repeat(150));
        let name = if index == 0 {
            "Kconfig".to_owned()
        } else {
            format!("f{index}")
        };
        files.push((name, text));
    }
    files.push(("f5".to_owned(), "config X\n\tbool\n".to_owned()));
    let files: Vec<(&str, &str)> = files
        .iter()
        .map(|(path, text)| (&**path, &**text))
        .collect();
    let found = std::thread::scope(|scope| {
        std::thread::Builder::new()
            .stack_size(16 * 1024 * 1024)
            .spawn_scoped(scope, || wrong(&files))
            .unwrap()
            .join()
            .unwrap()
    });
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("nest"), "{found:?}");
}

#[test]
fn each_file_is_parsed_once_for_all_architectures() {
    let (_directory, tree) = tree(&[
        (
            "Kconfig",
            "source \"mm/Kconfig\"\nsource \"arch/$(SRCARCH)/Kconfig\"\n",
        ),
        ("mm/Kconfig", "config X\n\tbool\n"),
        ("arch/x86/Kconfig", "config X86\n\tdef_bool y\n"),
        ("arch/arm/Kconfig", "config ARM\n\tdef_bool y\n"),
    ]);
    let sources = Sources::new(&tree);
    let version = version((7, 2));
    let (x86, arm) = (on(&sources, "x86", &version), on(&sources, "arm", &version));
    assert_eq!(sources.loaded().len(), 4);
    for index in 0..2 {
        assert!(Arc::ptr_eq(&x86.files[index], &arm.files[index]));
    }
    assert!(x86.find("X86").is_some() && x86.find("ARM").is_none());
    assert!(arm.find("ARM").is_some() && arm.find("X86").is_none());
    // A name has one number in all models.
    let number = sources.find("X").unwrap();
    assert_eq!(x86.find_name(number), x86.find("X"));
    assert_eq!(arm.find_name(number), arm.find("X"));
}
