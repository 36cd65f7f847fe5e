//! Names of symbols that a series writes, moves or leaves behind.

use super::{File, of_hook};

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
    assert!(
        found[0].starts_with("undeclared-name mm/Kconfig:3"),
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
