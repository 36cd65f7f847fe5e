//! Names of symbols that a series writes, moves or leaves behind.

use super::{CONTRACT, File, of_hook, reported, spec};
use crate::diag::Level;

#[test]
fn a_name_that_a_series_only_moves_is_not_new() {
    let conditional = "int a;\n#ifdef CONFIG_NOPE\nint b;\n#endif\n";
    let entry = "config PRE\n\tbool \"p\"\n\tdepends on NOPE || ONE\n\tselect NOPE2\n";
    let kconfig = "config HAS_X\n\tbool\n\nconfig SECOND\n\tbool \"second\"\n";
    let with = |more: &str| format!("{kconfig}\n{more}");
    let files = [
        ("mm/old.c", conditional),
        (
            "mm/Makefile",
            "obj-y += x.o\nobj-$(CONFIG_NOPE3) += old.o\n",
        ),
        ("mm/Kconfig", &*with(entry)),
        ("mm/Kconfig.old", ""),
    ];
    let touched = entry.replace("|| ONE", "|| SECOND");
    let sourced = with("source \"mm/Kconfig.new\"\n");
    let quiet: &[&[File<'_>]] = &[
        // Renamed and moved to another directory.
        &[("mm/old.c", None), ("mm/new.c", Some(conditional))],
        &[("mm/old.c", None), ("drivers/d.c", Some(conditional))],
        // Moved within the file, and asked for in another way.
        &[(
            "mm/old.c",
            Some("#ifdef CONFIG_NOPE\nint b;\n#endif\nint a;\n"),
        )],
        &[(
            "mm/old.c",
            Some("int a;\n#if IS_ENABLED(CONFIG_NOPE)\nint b;\n#endif\n"),
        )],
        &[(
            "mm/old.c",
            Some("int a;\n#if defined(CONFIG_SECOND) || defined(CONFIG_NOPE)\n#endif\n"),
        )],
        // Aligned.
        &[(
            "mm/Makefile",
            Some("obj-y += x.o\nobj-$(CONFIG_NOPE3)\t+= old.o\n"),
        )],
        // Entries that are touched, and moved to a new file.
        &[("mm/Kconfig", Some(&*with(&touched)))],
        &[
            ("mm/Kconfig", Some(&*sourced)),
            ("mm/Kconfig.new", Some(entry)),
        ],
    ];
    for commit in quiet {
        assert_eq!(of_hook(&files, &[commit]), [""; 0], "{commit:?}");
    }
    // One that is mentioned once more than before is new.
    let twice = format!("{conditional}#ifdef CONFIG_NOPE\n#endif\n");
    let copied: &[File<'_>] = &[("mm/old.c", None), ("mm/new.c", Some(&twice))];
    assert_eq!(
        of_hook(&files, &[copied]),
        ["undeclared-name mm/new.c:2 , 1"]
    );
    // A comment was not a use.
    let files = [("mm/old.c", "/* CONFIG_NOPE */\n")];
    let used: &[File<'_>] = &[("mm/old.c", Some("#ifdef CONFIG_NOPE\n#endif\n"))];
    assert_eq!(of_hook(&files, &[used]), ["undeclared-name mm/old.c:1 , 1"]);
    // It counts whatever commit of the series removes the line.
    let files = [("mm/old.c", conditional)];
    let removed: &[File<'_>] = &[("mm/old.c", None)];
    let added: &[File<'_>] = &[("mm/new.c", Some(conditional))];
    assert_eq!(of_hook(&files, &[removed, added]), [""; 0]);
}

#[test]
fn a_macro_that_some_file_of_the_tree_defines_is_not_a_symbol() {
    let files = [
        (
            "arch/one/Makefile",
            "KBUILD_CFLAGS += -DCONFIG_FROM_MAKE=1\n",
        ),
        ("include/linux/own.h", "#define CONFIG_FROM_HEADER 1\n"),
        ("mm/Makefile", "obj-y += x.o\n"),
        ("drivers/Makefile", "CONFIG_VARIABLE = y\n"),
    ];
    let tests = |name: &str| format!("#ifdef CONFIG_{name}\n#endif\n");
    for name in ["FROM_MAKE", "FROM_HEADER"] {
        let commit: &[File<'_>] = &[("mm/x.c", Some(&*tests(name)))];
        assert_eq!(of_hook(&files, &[commit]), [""; 0], "{name}");
    }
    // C does not see a variable of a makefile.
    let object = "CONFIG_LOCAL := y\nobj-$(CONFIG_LOCAL) += x.o\nobj-$(CONFIG_VARIABLE) += x.o\n";
    let commit: &[File<'_>] = &[("mm/Makefile", Some(object))];
    assert_eq!(of_hook(&files, &[commit]), [""; 0]);
    let in_c: &[File<'_>] = &[("mm/x.c", Some(&*tests("VARIABLE")))];
    assert_eq!(of_hook(&files, &[in_c]), ["undeclared-name mm/x.c:1 , 1"]);
    // No macro is a symbol of Kconfig.
    let entry = "config HAS_X\n\tbool\n\tdepends on FROM_MAKE\n";
    let in_kconfig: &[File<'_>] = &[("mm/Kconfig", Some(entry))];
    let found = of_hook(&files, &[in_kconfig]);
    let mut lines = found.iter();
    assert!(
        lines.any(|line| line.starts_with("undeclared-name mm/Kconfig:3")),
        "{found:?}"
    );
    // The definition goes with a later commit, and comes back.
    let commit: &[File<'_>] = &[("mm/x.c", Some(&*tests("FROM_HEADER")))];
    let removed: &[File<'_>] = &[("include/linux/own.h", Some(""))];
    let found = of_hook(&files, &[commit, removed]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].ends_with(", 2"), "{found:?}");
    let restored: &[File<'_>] = &[("drivers/d.c", Some("#define CONFIG_FROM_HEADER\n"))];
    assert_eq!(of_hook(&files, &[commit, removed, restored]), [""; 0]);
}

/// The entries of `mm/Kconfig` that every series here keeps.
const KEPT: &str = "config HAS_X\n\tbool\n\nconfig SECOND\n\tbool \"second\"\n\nconfig DRIVER\n\ttristate \"driver\"\n";

/// The findings where the entry of `GONE` with this type goes, and a file of the tree before still has a text.
fn of_removal(type_: &str, path: &str, text: &str) -> Vec<String> {
    let kconfig = format!("{KEPT}\nconfig GONE\n\t{type_} \"gone\"\n");
    let files = [("mm/Kconfig", &*kconfig), (path, text)];
    of_hook(&files, &[&[("mm/Kconfig", Some(KEPT))]])
}

#[test]
fn what_is_not_tested_is_no_use_of_a_symbol_that_goes() {
    for (path, text) in [
        (
            "mm/entry.S",
            "\tnop\n# only with CONFIG_GONE\n\tnop # IS_ENABLED(CONFIG_GONE)\n",
        ),
        ("arch/arm/x.S", "\tnop @ IS_ENABLED(CONFIG_GONE)\n"),
        (
            "mm/x.c",
            "enum reg { CONFIG_GONE, CONFIG_OTHER };\nint r = CONFIG_GONE;\n",
        ),
        ("mm/x.c", "struct s { int CONFIG_GONE; };\n"),
        ("mm/x.c", "/* CONFIG_GONE */\nchar *s = \"CONFIG_GONE\";\n"),
    ] {
        assert_eq!(of_removal("bool", path, text), [""; 0], "{text}");
    }
    for (type_, path, text) in [
        ("bool", "mm/x.c", "int x = IS_ENABLED(CONFIG_GONE);\n"),
        ("bool", "mm/entry.S", "#ifdef CONFIG_GONE\n#endif\n"),
        (
            "bool",
            "mm/entry.S",
            ".if IS_ENABLED(CONFIG_GONE)\n.endif\n",
        ),
        ("tristate", "mm/x.c", "#ifdef CONFIG_GONE_MODULE\n#endif\n"),
        // A number is used as it stands.
        ("int", "mm/x.c", "int x = CONFIG_GONE;\n"),
    ] {
        let found = of_removal(type_, path, text);
        assert_eq!(found.len(), 1, "{text}: {found:?}");
        assert!(found[0].starts_with("undeclared-name "), "{found:?}");
    }
}

#[test]
fn makefiles_ask_for_a_symbol_in_several_ways() {
    for line in [
        "obj-$(CONFIG_GONE) += x.o\n",
        "obj-${CONFIG_GONE} += x.o\n",
        "ifdef CONFIG_GONE\nendif\n",
        "ifndef CONFIG_GONE\nendif\n",
    ] {
        let found = of_removal("bool", "mm/Makefile", line);
        assert_eq!(found.len(), 1, "{line}: {found:?}");
        let files = [("mm/Makefile", "")];
        let commit: &[File<'_>] = &[("mm/Makefile", Some(line))];
        assert_eq!(
            of_hook(&files, &[commit]),
            ["undeclared-name mm/Makefile:1 , 1"],
            "{line}"
        );
    }
}

#[test]
fn conditions_of_rust_name_symbols() {
    let text = "#[cfg(not(CONFIG_GONE))]\nmod a {}\n";
    let found = of_removal("bool", "mm/x.rs", text);
    assert_eq!(found.len(), 1, "{found:?}");
    let commit: &[File<'_>] = &[(
        "mm/y.rs",
        Some("fn f() -> bool {\n\tcfg!(CONFIG_NOPE)\n}\n"),
    )];
    assert_eq!(of_hook(&[], &[commit]), ["undeclared-name mm/y.rs:2 , 1"]);
}

#[test]
fn a_use_is_shown_where_the_entry_is_not() {
    let entry = "config GONE\n\tbool \"gone\"\n";
    let sourced = "source \"mm/Kconfig.gone\"\n";
    let with = |more: &str| format!("{KEPT}\n{more}");
    let used = "#ifdef CONFIG_GONE\n#endif\n";
    // The entry goes with its file, and another line that named it goes elsewhere.
    let before = with(&format!(
        "{sourced}config NEXT\n\tbool \"next\"\n\tdepends on GONE\n"
    ));
    let after = with("config NEXT\n\tbool \"next\"\n");
    let files = [
        ("mm/Kconfig", &*before),
        ("mm/Kconfig.gone", entry),
        ("mm/x.c", used),
    ];
    let commit: &[File<'_>] = &[("mm/Kconfig", Some(&after)), ("mm/Kconfig.gone", None)];
    assert_eq!(of_hook(&files, &[commit]), ["undeclared-name mm/x.c:1 , 1"]);
    // An entry that goes alone is shown where it was.
    let (before, after) = (with(entry), with(""));
    let files = [("mm/Kconfig", &*before), ("mm/x.c", used)];
    let commit: &[File<'_>] = &[("mm/Kconfig", Some(&after))];
    let found = of_hook(&files, &[commit]);
    assert!(
        found[0].starts_with("undeclared-name mm/Kconfig:"),
        "{found:?}"
    );
    // Of one that comes and goes within the series, the use is left.
    let files = [("mm/Kconfig", &*after)];
    let added: &[File<'_>] = &[("mm/Kconfig", Some(&before)), ("mm/x.c", Some(used))];
    assert_eq!(
        of_hook(&files, &[added, commit]),
        ["undeclared-name mm/x.c:1 , 2"]
    );
}

#[test]
fn uses_of_a_symbol_that_goes_are_found_in_the_whole_tree() {
    let used = "#ifdef CONFIG_GONE\n#endif\n";
    for (path, text) in [
        ("drivers/d.c", used),
        ("net/deep/down/x.c", used),
        ("arch/one/x.c", used),
        ("samples/x.c", used),
        ("scripts/Makefile.extra", "ifdef CONFIG_GONE\nendif\n"),
    ] {
        let found = of_removal("bool", path, text);
        assert_eq!(found.len(), 1, "{path}: {found:?}");
    }
    for (path, text) in [
        // Programs that are not the kernel.
        ("tools/x.c", used),
        ("scripts/x.c", used),
        // A macro of the same name, in whatever header.
        (
            "drivers/d.h",
            "#ifndef CONFIG_GONE\n#define CONFIG_GONE 1\n#endif\n",
        ),
    ] {
        assert_eq!(of_removal("bool", path, text), [""; 0], "{path}");
    }
    // A later commit removes the last use.
    let kconfig = format!("{KEPT}\nconfig GONE\n\tbool \"gone\"\n");
    let files = [("mm/Kconfig", &*kconfig), ("drivers/d.c", used)];
    let entry: &[File<'_>] = &[("mm/Kconfig", Some(KEPT))];
    let last: &[File<'_>] = &[("drivers/d.c", Some(""))];
    assert_eq!(of_hook(&files, &[entry, last]), [""; 0]);
}

#[test]
fn each_undeclared_name_of_a_line_is_reported() {
    let with = |more: &str| format!("{KEPT}\n{more}");
    let added = |more: &str| of_hook(&[], &[&[("mm/Kconfig", Some(&with(more)))]]);
    let line = |line: u32| format!("undeclared-name mm/Kconfig:{line} , 1");
    let first = 1 + KEPT.lines().count() as u32;
    let several = "config NEW\n\tbool \"new\"\n\tdepends on NOPE1 && (NOPE2 || \\\n\t\tNOPE3)\n";
    assert_eq!(
        added(several),
        [line(first + 3), line(first + 3), line(first + 4)]
    );
    // Only the line that is added counts.
    let old = with(several);
    let new = old.replace("NOPE3", "NOPE4");
    let found = of_hook(&[("mm/Kconfig", &*old)], &[&[("mm/Kconfig", Some(&*new))]]);
    assert_eq!(found, [line(first + 4)]);
    let code = "#if defined(CONFIG_NOPE1) || defined(CONFIG_NOPE2)\n#endif\n";
    let found = of_hook(&[], &[&[("mm/x.c", Some(code))]]);
    assert_eq!(found, ["undeclared-name mm/x.c:1 , 1"; 2]);
    // In the condition of a menu, whether it has prompts or none.
    let menu = "menu \"m\"\n\tvisible if NOPE\n\nendmenu\n";
    assert_eq!(added(menu), [line(first + 2)]);
    let full = menu.replace("endmenu", "config NEW\n\tbool \"new\"\n\nendmenu");
    assert_eq!(added(&full), [line(first + 2)]);
    // An entry that a later change adds to such a menu names nothing.
    let more = full.replace("endmenu", "config NEW2\n\tbool \"new\"\n\nendmenu");
    let found = of_hook(
        &[("mm/Kconfig", &*with(&full))],
        &[&[("mm/Kconfig", Some(&with(&more)))]],
    );
    assert_eq!(found, [""; 0]);
}

#[test]
fn an_undeclared_name_is_one_finding_whatever_else_is_wrong_with_it() {
    let with = |more: &str| format!("{KEPT}\n{more}");
    let added = |more: &str| of_hook(&[], &[&[("mm/Kconfig", Some(&with(more)))]]);
    let at = |line: u32| format!("mm/Kconfig:{} , 1", KEPT.lines().count() as u32 + 1 + line);
    let undeclared = |line| [format!("undeclared-name {}", at(line))];
    let choice = |default: &str| {
        format!(
            "choice\n\tprompt \"c\"\n\tdefault {default}\n\nconfig FAST\n\tbool \"fast\"\n\nconfig SLOW\n\t\
             bool \"slow\"\n\nendchoice\n"
        )
    };
    assert_eq!(added(&choice("NOPE")), undeclared(3));
    assert_eq!(
        added(&choice("SECOND")),
        [format!("kconfig-definition {}", at(3))]
    );
    let number = |line: &str| format!("config NUMBER\n\tint \"n\"\n\t{line}\n");
    assert_eq!(added(&number("default NOPE")), undeclared(3));
    assert_eq!(added(&number("range NOPE 10")), undeclared(3));
    // A default that is not a number is wrong, whatever its condition names.
    assert_eq!(
        added(&number("default x if NOPE")),
        [
            format!("kconfig-definition {}", at(3)),
            format!("undeclared-name {}", at(3)),
        ]
    );
}

#[test]
fn an_entry_that_a_series_adds_and_drops_leaves_nothing_or_an_error() {
    let with = |more: &str| format!("{KEPT}\n{more}");
    let entry = "config TEMPORARY\n\tbool \"t\"\n";
    let user = "config USER\n\tbool \"u\"\n\tdepends on TEMPORARY\n";
    let texts = [entry, &format!("{entry}\n{user}"), user, ""].map(with);
    let commits = texts.each_ref().map(|text| [("mm/Kconfig", Some(&**text))]);
    let commits: Vec<&[File<'_>]> = commits.iter().map(|commit| &commit[..]).collect();
    // In whatever order the entry and its user go.
    let base = [("mm/Kconfig", &*with(""))];
    assert_eq!(of_hook(&base, &commits), [""; 0]);
    let [added, used, unused, none] = *commits else {
        unreachable!();
    };
    assert_eq!(of_hook(&base, &[used, added, none]), [""; 0]);
    assert_eq!(of_hook(&base, &[added, none]), [""; 0]);
    // The user that is left has lost it as if it had always been there.
    let found = reported(&[spec("x", CONTRACT)], &base, &[used, unused]);
    let found = found
        .iter()
        .map(|one| (one.lint, one.level, &*one.headline));
    let headline = "`TEMPORARY` is no longer declared, but still used";
    assert_eq!(
        found.collect::<Vec<_>>(),
        [("undeclared-name", Level::Deny, headline)]
    );
}
