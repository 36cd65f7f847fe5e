//! Series on a small tree of three architectures, with contracts of their own: what a reviewer would refuse is reported once, at a line
//! that the commit changes, and what he would pass is not.

use std::sync::Arc;

use crate::check::feature::declared::follow_headers;
use crate::check::feature::search::Search;
use crate::check::memo::Checker;
use crate::check::reported::{Commit, Reported};
use crate::check::run::series::{Step, series};
use crate::diag::Level;
use crate::feature::spec::Spec;
use crate::tree::Tree;

mod names;
mod renamed;

/// `one` and `two` select the symbol, `six` does not.
const FILES: &[(&str, &str)] = &[
    (
        "Makefile",
        "VERSION = 7\nPATCHLEVEL = 2\nSUBLEVEL = 0\nEXTRAVERSION =\n",
    ),
    (
        "Kconfig",
        "mainmenu \"t\"\nsource \"arch/$(SRCARCH)/Kconfig\"\nsource \"mm/Kconfig\"\n",
    ),
    (
        "mm/Kconfig",
        "config HAS_X\n\tbool\n\nconfig SECOND\n\tbool \"second\"\n\nconfig DRIVER\n\ttristate \"driver\"\n\nconfig MODULES\n\tbool \"modules\"\n\tmodules\n",
    ),
    (
        "Kbuild",
        "obj-y += mm/\nobj-y += drivers/\nobj-y += arch/$(SRCARCH)/\n",
    ),
    ("mm/Makefile", "obj-y += x.o\n"),
    ("mm/x.c", ""),
    ("drivers/Makefile", "obj-$(CONFIG_DRIVER) += d.o\n"),
    ("drivers/d.c", ""),
    ("include/linux/x.h", "#include <asm/x.h>\n"),
    (
        "arch/one/Kconfig",
        "config ONE\n\tdef_bool y\n\tselect HAS_X\n",
    ),
    (
        "arch/two/Kconfig",
        "config TWO\n\tdef_bool y\n\tselect HAS_X\n",
    ),
    ("arch/six/Kconfig", "config SIX\n\tdef_bool y\n"),
    ("arch/one/Kbuild", "obj-y += x.o\n"),
    ("arch/two/Kbuild", "obj-y += x.o\n"),
    ("arch/six/Kbuild", "obj-y += x.o\n"),
    ("arch/one/include/asm/x.h", INLINE),
    ("arch/two/include/asm/x.h", INLINE),
    ("arch/six/include/asm/x.h", ""),
    ("arch/one/x.c", ""),
    ("arch/two/x.c", ""),
    ("arch/six/x.c", ""),
];

const INLINE: &str = "static inline void hook(void)\n{\n\tnow();\n}\n";
const DECLARED: &str = "void hook(void);\n";
const BODY: &str = "#include <linux/x.h>\nvoid hook(void)\n{\n\tnow();\n}\n";
const EXPORTED: &str =
    "#include <linux/x.h>\nvoid hook(void)\n{\n\tnow();\n}\nEXPORT_SYMBOL(hook);\n";
const USER: &str = "#include <linux/x.h>\nvoid f(void)\n{\n\thook();\n}\n";
const HEADER: &str = "arch/one/include/asm/x.h";
const OBJECT: &str = "arch/one/x.c";
const CONTRACT: &str = "entry_header: include/linux/x.h\nhooks: [hook]\n";

/// A file and its text after a commit; `None` where it is gone.
type File<'a> = (&'a str, Option<&'a str>);

fn spec(name: &str, text: &str) -> Spec {
    let symbol = format!("HAS_{}", name.to_uppercase());
    let head = format!(
        "name: {name}\ntitle: {name}\ndirectory: vm/{name}\ndescription: {name}\nkconfig: {symbol}\n"
    );
    let spec = Spec::parse("x.yaml", &format!("{head}{text}")).unwrap();
    spec.in_release((7, 2)).unwrap()
}

/// The findings of a series on top of a tree with some of the files replaced: `lint path:line archs, commit`.
fn found(specs: &[Spec], files: &[(&str, &str)], commits: &[&[File<'_>]]) -> Vec<String> {
    let new = reported(specs, files, commits);
    let shown = new.iter().filter(|one| one.level >= Level::Warn);
    shown.map(line).collect()
}

/// The same as they are reported, notes included.
fn reported(specs: &[Spec], files: &[(&str, &str)], commits: &[&[File<'_>]]) -> Vec<Reported> {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in FILES.iter().chain(files) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let before = Tree::open(directory.path()).unwrap().remembering();
    let mut steps: Vec<Step> = Vec::new();
    for (number, commit) in (1..).zip(commits) {
        let mut tree = steps.last().map_or(&before, |step| &step.tree).clone();
        for (path, text) in *commit {
            let text = text.map(|text| text.as_bytes().to_vec());
            tree.overlay(path, text).unwrap();
        }
        let commit = Commit {
            number,
            of: commits.len() as u32,
            id: None,
            subject: String::new(),
        };
        steps.push(Step {
            commit: Arc::new(commit),
            tree,
        });
    }
    let mut specs = specs.to_vec();
    follow_headers(&mut specs, &before, &steps.last().unwrap().tree);
    let mut checker = Checker::for_series(&specs, Search::Near).with_names(true);
    let history = series(
        &mut checker,
        &before,
        &steps,
        &|tree| tree.architectures(),
        &|_, _, _| Ok(()),
        &mut |_| {},
        &mut |_| {},
    );
    history.unwrap().new
}

fn line(finding: &Reported) -> String {
    let episode = finding.episode.as_ref().unwrap();
    let since = episode.since.as_ref().map_or(0, |commit| commit.number);
    let at = &finding.primary.location;
    let archs = finding.archs.join(",");
    format!("{} {}:{} {archs}, {since}", finding.lint, at.path, at.line)
}

fn of_hook(files: &[(&str, &str)], commits: &[&[File<'_>]]) -> Vec<String> {
    found(&[spec("x", CONTRACT)], files, commits)
}

#[test]
fn a_dropped_export_is_reported_where_a_module_uses_the_hook() {
    let files = [
        (HEADER, DECLARED),
        (OBJECT, EXPORTED),
        ("drivers/d.c", USER),
    ];
    let dropped: &[File<'_>] = &[(OBJECT, Some(BODY))];
    let reported = ["unexported-hook arch/one/x.c:5 one, 1"];
    assert_eq!(of_hook(&files, &[dropped]), reported);
    // An export for others is no export for the module.
    let limited = |line: &str, module: &str| {
        let object = EXPORTED.replace("EXPORT_SYMBOL(hook)", line);
        let user = format!("{USER}{module}");
        let files = [
            (HEADER, DECLARED),
            (OBJECT, EXPORTED),
            ("drivers/d.c", &user),
        ];
        of_hook(&files, &[&[(OBJECT, Some(&object))]])
    };
    let import = "MODULE_IMPORT_NS(\"X\");\n";
    for (line, module) in [
        ("EXPORT_SYMBOL_FOR_MODULES(hook, \"kvm\")", ""),
        ("EXPORT_SYMBOL_NS_GPL(hook, \"X\")", ""),
        ("EXPORT_SYMBOL_NS_GPL(hook, \"Y\")", import),
    ] {
        let at_the_export = ["unexported-hook arch/one/x.c:6 one, 1"];
        assert_eq!(limited(line, module), at_the_export, "{line}");
    }
    for (line, module) in [
        ("EXPORT_SYMBOL_FOR_MODULES(hook, \"d\")", ""),
        ("EXPORT_SYMBOL_NS_GPL(hook, \"X\")", import),
        ("EXPORT_SYMBOL_GPL(hook)", ""),
    ] {
        assert_eq!(limited(line, module), [""; 0], "{line}");
    }
    let since_second = ["unexported-hook arch/one/x.c:5 one, 2"];
    let other: &[File<'_>] = &[("mm/x.c", Some("\n"))];
    assert_eq!(of_hook(&files, &[other, dropped]), since_second);
    // It does not link in between.
    let restored: &[File<'_>] = &[(OBJECT, Some(EXPORTED))];
    assert_eq!(of_hook(&files, &[dropped, restored]), reported);
    // A hook that moves from a header to an object without an export.
    let inline = [("drivers/d.c", USER)];
    let moved: &[File<'_>] = &[(HEADER, Some(DECLARED)), (OBJECT, Some(BODY))];
    let placed = of_hook(&inline, &[moved]);
    assert_eq!(placed.len(), 1, "{placed:?}");
    assert!(placed[0].starts_with("unexported-hook arch/one/x.c:2"));
}

#[test]
fn an_export_that_no_module_needs_may_go() {
    let files = [
        (HEADER, DECLARED),
        (OBJECT, EXPORTED),
        ("drivers/d.c", USER),
    ];
    let dropped: &[File<'_>] = &[(OBJECT, Some(BODY))];
    let kconfig = FILES
        .iter()
        .find(|(path, _)| *path == "mm/Kconfig")
        .unwrap();
    let builtin = kconfig.1.replace("tristate", "bool");
    let is_builtin = [&files[..], &[("mm/Kconfig", &*builtin)]].concat();
    assert_eq!(of_hook(&is_builtin, &[dropped]), [""; 0]);
    let guarded = "#include <linux/x.h>\n#ifndef MODULE\nvoid f(void)\n{\n\thook();\n}\n#endif\n";
    let is_guarded = [&files[..], &[("drivers/d.c", guarded)]].concat();
    assert_eq!(of_hook(&is_guarded, &[dropped]), [""; 0]);
    let is_unused = [&files[..2], &[("mm/x.c", USER)]].concat();
    assert_eq!(of_hook(&is_unused, &[dropped]), [""; 0]);
    // The export moves with the body, or into another file, or the body into a header.
    let elsewhere: &[File<'_>] = &[
        (OBJECT, Some(BODY)),
        ("arch/one/y.c", Some("EXPORT_SYMBOL(hook);\n")),
    ];
    assert_eq!(of_hook(&files, &[elsewhere]), [""; 0]);
    let inline: &[File<'_>] = &[(OBJECT, Some("")), (HEADER, Some(INLINE))];
    assert_eq!(of_hook(&files, &[inline]), [""; 0]);
    // It was not there before either.
    let lacked = [&files[..], &[(OBJECT, BODY)]].concat();
    let touched = format!("{BODY}\n");
    assert_eq!(of_hook(&lacked, &[&[(OBJECT, Some(&touched))]]), [""; 0]);
}

#[test]
fn a_hook_that_is_lost_for_a_commit_stops_bisection() {
    let files = [("mm/x.c", USER)];
    let lost: &[File<'_>] = &[(HEADER, Some("#define OTHER 1\n"))];
    let back: &[File<'_>] = &[(HEADER, Some(INLINE))];
    assert_eq!(
        of_hook(&files, &[lost, back]),
        ["select-without-hook arch/one/include/asm/x.h:1 one, 1"]
    );
    // Nothing uses it, so each commit builds.
    assert_eq!(of_hook(&[], &[lost, back]), [""; 0]);
}

#[test]
fn a_finding_is_not_placed_in_a_file_that_nothing_reads() {
    let files = [("mm/x.c", USER)];
    let lost: &[File<'_>] = &[
        (".mailmap", Some("hook HAS_X <hook@example.org>\n")),
        ("Documentation/x.rst", Some("hook\n\nHAS_X\n")),
        (HEADER, Some("#define OTHER 1\n")),
    ];
    assert_eq!(
        of_hook(&files, &[lost]),
        ["select-without-hook arch/one/include/asm/x.h:1 one, 1"]
    );
    // Without a line that may be the cause it stays where it is.
    let unrelated: &[File<'_>] = &[
        (".mailmap", Some("hook HAS_X <hook@example.org>\n")),
        ("include/linux/x.h", Some("\n")),
    ];
    let found = of_hook(&files, &[unrelated]);
    assert!(!found.is_empty());
    assert!(
        !found.iter().any(|one| one.contains("mailmap")),
        "{found:?}"
    );
}

#[test]
fn a_call_in_a_shared_entry_header_counts_for_its_own_feature() {
    let kconfig = FILES
        .iter()
        .find(|(path, _)| *path == "mm/Kconfig")
        .unwrap();
    let kconfig = format!("{}\nconfig HAS_Y\n\tbool\n", kconfig.1);
    let both = "config ONE\n\tdef_bool y\n\tselect HAS_X\n\tselect HAS_Y\n";
    let second = "config TWO\n\tdef_bool y\n\tselect HAS_Y\n";
    let more = format!("{INLINE}static inline void arch_more(void) {{ }}\n");
    let files = [
        ("mm/Kconfig", &*kconfig),
        ("arch/one/Kconfig", both),
        ("arch/two/Kconfig", second),
        (HEADER, &more),
    ];
    let specs = [spec("x", CONTRACT), spec("y", CONTRACT)];
    let call = "static inline void f(void)\n{\n\tarch_more();\n}\n";
    let of_x = format!("#include <asm/x.h>\n#ifdef CONFIG_HAS_X\n{call}#endif\n");
    let commit: &[File<'_>] = &[("include/linux/x.h", Some(&of_x))];
    assert_eq!(found(&specs, &files, &[commit]), [""; 0]);
    // Of the feature that two has it lacks the function.
    let of_y = of_x.replace("HAS_X", "HAS_Y");
    let commit: &[File<'_>] = &[("include/linux/x.h", Some(&of_y))];
    assert_eq!(
        found(&specs, &files, &[commit]),
        ["incomplete-hooks include/linux/x.h:5 two, 1"]
    );
    // A call that is compiled whatever a feature is belongs to none.
    let of_all = format!("#include <asm/x.h>\n{call}");
    let commit: &[File<'_>] = &[("include/linux/x.h", Some(&of_all))];
    assert_eq!(found(&specs, &files, &[commit]), [""; 0]);
}

#[test]
fn a_word_with_the_prefix_is_a_symbol_where_something_tests_it() {
    let of_line = |text: &str| of_hook(&[], &[&[("mm/x.c", Some(text))]]);
    assert_eq!(
        of_line("u32 x = FIELD(STATUS, CONFIG_ERROR, 3);\n"),
        [""; 0]
    );
    assert_eq!(of_line("u32 x = CONFIG_ERROR | CONFIG_BUSY;\n"), [""; 0]);
    for text in [
        "#ifdef CONFIG_ERROR\nint x;\n#endif\n",
        "int x = IS_ENABLED(CONFIG_ERROR);\n",
    ] {
        assert_eq!(of_line(text), ["undeclared-name mm/x.c:1 , 1"], "{text}");
    }
}

#[test]
fn a_misspelt_guard_is_one_finding() {
    let guarded = |symbol: &str| {
        format!(
            "#include <asm/x.h>\n#ifndef CONFIG_{symbol}\nstatic inline void hook(void) {{ }}\n#endif\n"
        )
    };
    let (right, wrong) = (guarded("HAS_X"), guarded("HAS_XX"));
    let files = [("include/linux/x.h", &*right), ("mm/x.c", USER)];
    assert_eq!(
        of_hook(&files, &[&[("include/linux/x.h", Some(&wrong))]]),
        ["undeclared-name include/linux/x.h:2 , 1"]
    );
    // Without any guard it is the definition itself.
    let none = right
        .replace("#ifndef CONFIG_HAS_X\n", "")
        .replace("#endif\n", "");
    let found = of_hook(&files, &[&[("include/linux/x.h", Some(&none))]]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].starts_with("hook-defined-twice include/linux/x.h"));
}

#[test]
fn an_entry_header_may_move() {
    let header =
        "#include <asm/x.h>\n#ifndef CONFIG_HAS_X\nstatic inline void hook(void) { }\n#endif\n";
    let moved_user = USER.replace("linux/x.h", "linux/new.h");
    let files = [("include/linux/x.h", header), ("mm/x.c", USER)];
    let renamed: &[File<'_>] = &[
        ("include/linux/x.h", None),
        ("include/linux/new.h", Some(header)),
        ("mm/x.c", Some(&moved_user)),
    ];
    assert_eq!(of_hook(&files, &[renamed]), [""; 0]);
    // Split: the old name goes a commit later.
    let forwards = "#include <linux/new.h>\n";
    let split: &[File<'_>] = &[
        ("include/linux/x.h", Some(forwards)),
        ("include/linux/new.h", Some(header)),
    ];
    let dropped: &[File<'_>] = &[("include/linux/x.h", None), ("mm/x.c", Some(&moved_user))];
    assert_eq!(of_hook(&files, &[split, dropped]), [""; 0]);
    // The contract is kept in sight: a hook that is lost on the way, and one that is lost afterwards.
    let lost: &[File<'_>] = &[(HEADER, Some("#define OTHER 1\n"))];
    let with_loss = [renamed, lost].concat();
    for (commits, number) in [(&[&*with_loss][..], 1), (&[renamed, lost], 2)] {
        let found = of_hook(&files, commits);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("incomplete-hooks "), "{found:?}");
        assert!(found[0].ends_with(&format!(" one, {number}")), "{found:?}");
    }
}

#[test]
fn a_fallback_that_goes_with_a_select_is_shown_where_it_was() {
    let wrapped = "#include <asm/x.h>\n#ifdef CONFIG_HAS_X\nstatic inline void wrap(void)\n{\n\thook();\n}\n#else\n\
                   static inline void wrap(void)\n{\n}\n#endif\n";
    let bare = wrapped.replace("#else\nstatic inline void wrap(void)\n{\n}\n", "");
    let user = "#include <linux/x.h>\nvoid f(void)\n{\n\twrap();\n}\n";
    let files = [("include/linux/x.h", wrapped), ("mm/x.c", user)];
    let contract = format!("{CONTRACT}wrappers: [wrap]\n");
    let unselected = ("arch/one/Kconfig", Some("config ONE\n\tdef_bool y\n"));
    let of = |commit: &[File<'_>]| found(&[spec("x", &contract)], &files, &[commit]);
    let reported = of(&[unselected, ("include/linux/x.h", Some(&bare))]);
    assert_eq!(
        reported,
        [
            "hook-without-select arch/one/Kconfig:2 one, 1",
            "missing-fallback include/linux/x.h:7 one,six, 1",
        ]
    );
    let reported = of(&[unselected]);
    assert_eq!(reported, ["hook-without-select arch/one/Kconfig:2 one, 1"]);
}
