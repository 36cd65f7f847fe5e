//! `cover`: the builds that compile lines, on a tree of its own with two architectures.

use std::path::Path;

use super::program::on;

const FILES: &[(&str, &str)] = &[
    (
        "Makefile",
        "VERSION = 7\nPATCHLEVEL = 2\ncore-y :=\nlibs-y := lib/\n",
    ),
    ("Kbuild", "obj-y += core/ arch/$(SRCARCH)/\n"),
    (
        "Kconfig",
        "source \"arch/$(SRCARCH)/Kconfig\"\n\nconfig A\n\tbool \"a\"\n\nconfig B\n\tbool \"b\"\n\nconfig DRIVER\n\ttristate \"driver\"\n\tdepends on A\n\nconfig FAST\n\tbool \"fast\"\n\nconfig NEVER\n\tbool\n\nconfig COUNT\n\tint \"count\"\n\trange 1 64\n\tdefault 2\n\nconfig MANY\n\tdef_bool y\n\tdepends on COUNT >= 4\n\nconfig MODULES\n\tbool \"modules\"\n\tmodules\n",
    ),
    (
        "arch/x86/Kconfig",
        "config X86\n\tdef_bool y\n\nconfig 64BIT\n\tbool \"64-bit\" if \"$(ARCH)\" = \"x86\"\n\tdefault \"$(ARCH)\" != \"i386\"\n",
    ),
    ("arch/x86/Makefile", "\n"),
    (
        "arch/x86/Kbuild",
        "obj-y += own.o entry.o\nalways-$(KBUILD_BUILTIN) += vmlinux.lds\n",
    ),
    (
        "arch/x86/entry.S",
        "#include <linux/entry.h>\n#ifdef __ASSEMBLY__\nENTRY\n#else\nint never;\n#endif\n",
    ),
    (
        "arch/x86/vmlinux.lds.S",
        "#ifdef LINKER_SCRIPT\nSECTIONS { }\n#endif\n",
    ),
    (
        "include/linux/entry.h",
        "#ifdef __ASSEMBLY__\n.macro ENTRY\n.endm\n#endif\n",
    ),
    ("arch/x86/own.c", "int own;\n"),
    ("arch/arm64/Kconfig", "config ARM64\n\tdef_bool y\n"),
    ("arch/arm64/Makefile", "\n"),
    ("arch/arm64/Kbuild", "obj-y += other.o\n"),
    ("arch/arm64/other.c", "int other;\n"),
    (
        "include/linux/kconfig.h",
        "#include <generated/autoconf.h>\n",
    ),
    ("include/linux/compiler-version.h", ""),
    ("include/linux/compiler_types.h", ""),
    (
        "include/linux/lib.h",
        "#ifndef LIB_H\n#define LIB_H\n#ifdef CONFIG_A\nint with_a(void);\n#else\nint without_a(void);\n#endif\n#define HAS_LIB\n#endif\n",
    ),
    (
        "core/Makefile",
        "obj-y += main.o\nobj-$(CONFIG_DRIVER) += driver.o\ndriver-y := one.o\ndriver-$(CONFIG_B) += two.o\n\
         ifeq ($(CONFIG_NEVER),y)\nobj-y += never.o\nendif\nobj-$(shell echo y) += shell.o\n\
         obj-y += narrow.o debug.o many.o\nccflags-$(CONFIG_B) += -DDEBUG\nCFLAGS_other.o := -DTRACE\nhostprogs := generate\n",
    ),
    (
        "core/main.c",
        "#include <linux/lib.h>\n/* a comment */\n\n#ifdef HAS_LIB\nint has_lib;\n#else\nint has_none;\n#endif\n\
         #if defined(CONFIG_A) && !defined(CONFIG_B)\nint a_alone;\n#elif defined(CONFIG_B)\nint b;\n#endif\n#if 0\nint zero;\n#endif\n\
         void f(void)\n{\n\tif (IS_ENABLED(CONFIG_FAST))\n\t\tfast();\n}\n",
    ),
    (
        "core/one.c",
        "#ifdef MODULE\nint module;\n#else\nint built_in;\n#endif\n",
    ),
    ("core/two.c", "int two;\n"),
    (
        "core/many.c",
        "#if defined(CONFIG_MANY) && WIDTH > 3\nint wide;\n#endif\n#ifdef CONFIG_MANY\nint many;\n#endif\n",
    ),
    (
        "core/narrow.c",
        "#ifndef CONFIG_64BIT\nint narrow;\n#endif\n",
    ),
    (
        "core/debug.c",
        "#ifdef DEBUG\nint debug;\n#endif\n#ifdef TRACE\nint trace;\n#endif\n",
    ),
    ("core/generate.c", "int main(void) { return 0; }\n"),
    ("core/never.c", "int never;\n"),
    ("core/lost.c", "int lost;\n"),
    ("tools/x.c", "int tool;\n"),
];

fn tree(directory: &Path) {
    for (path, text) in FILES {
        let path = directory.join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

/// The document of `cover` for lines, on the small tree.
fn cover(lines: &[&str], code: i32) -> serde_json::Value {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let arguments = [&["cover", "--format", "json"], lines].concat();
    let ended = on(directory.path(), arguments).exits(code);
    serde_json::from_str(&ended.out).unwrap()
}

/// `outcome` of each line, and the number of builds.
fn outcomes(document: &serde_json::Value) -> (Vec<String>, usize) {
    let lines = document["lines"].as_array().unwrap().iter();
    let outcome = |line: &serde_json::Value| {
        let number = line["line"].as_u64().unwrap();
        format!("{number} {}", line["outcome"].as_str().unwrap())
    };
    (
        lines.map(outcome).collect(),
        document["builds"].as_array().unwrap().len(),
    )
}

#[test]
fn conditions_that_exclude_each_other_need_two_builds() {
    let document = cover(&["core/main.c:2-12"], 1);
    let (lines, builds) = outcomes(&document);
    assert_eq!(
        lines,
        [
            "2 no-code",
            "3 no-code",
            "4 covered",
            "5 covered",
            "6 covered",
            "7 dead",
            "8 covered",
            "9 covered",
            "10 covered",
            "11 covered",
            "12 covered",
        ]
    );
    assert_eq!(builds, 2);
    let fragments: Vec<&str> = document["builds"]
        .as_array()
        .unwrap()
        .iter()
        .flat_map(|build| {
            let lines = build["fragment"].as_array().unwrap().iter();
            lines.map(|line| line.as_str().unwrap())
        })
        .collect();
    assert!(
        fragments.contains(&"CONFIG_A=y") && fragments.contains(&"CONFIG_B=y"),
        "{fragments:?}"
    );
}

#[test]
fn headers_modules_and_composite_objects_are_followed() {
    let document = cover(
        &[
            "include/linux/lib.h:4-6",
            "core/one.c:2",
            "core/one.c:4",
            "core/two.c",
        ],
        0,
    );
    let (lines, _) = outcomes(&document);
    assert!(
        lines.iter().all(|line| line.ends_with("covered")),
        "{document:#}"
    );
    let of = |path: &str, line: u64| {
        let lines = document["lines"].as_array().unwrap().iter();
        let mut lines = lines.filter(|known| known["path"] == path && known["line"] == line);
        let build = lines.next().unwrap()["builds"][0].as_u64().unwrap() as usize;
        document["builds"][build - 1]["fragment"].to_string()
    };
    assert!(
        of("core/one.c", 2).contains("CONFIG_DRIVER=m"),
        "{document:#}"
    );
    assert!(
        of("core/one.c", 4).contains("CONFIG_DRIVER=y"),
        "{document:#}"
    );
    assert!(of("core/two.c", 1).contains("CONFIG_B=y"), "{document:#}");
    assert!(
        of("include/linux/lib.h", 4).contains("CONFIG_A=y"),
        "{document:#}"
    );
    assert!(
        !of("include/linux/lib.h", 6).contains("CONFIG_A=y"),
        "{document:#}"
    );
}

#[test]
fn what_no_configuration_compiles_is_named_with_the_reason() {
    let document = cover(
        &[
            "core/main.c:15",
            "core/never.c",
            "core/lost.c",
            "tools/x.c",
            "arch/arm64/other.c",
        ],
        1,
    );
    let of = |path: &str| {
        let mut lines = document["lines"].as_array().unwrap().iter();
        lines.rfind(|line| line["path"] == path).unwrap()
    };
    assert_eq!(of("core/main.c")["outcome"], "dead");
    assert!(
        of("core/main.c")["reasons"][0]
            .as_str()
            .unwrap()
            .contains("core/main.c:14: excluded by `#if 0`")
    );
    assert_eq!(of("core/never.c")["outcome"], "dead");
    assert!(
        of("core/never.c")["reasons"].to_string().contains("NEVER"),
        "{document:#}"
    );
    // A list that a command makes may name it.
    assert_ne!(of("core/lost.c")["outcome"], "covered");
    assert_eq!(of("tools/x.c")["outcome"], "out-of-scope");
    assert_eq!(of("arch/arm64/other.c")["outcome"], "covered");
    assert_eq!(document["builds"][0]["srcarch"], "arm64");
}

#[test]
fn branches_that_the_compiler_eliminates_get_their_symbol() {
    let document = cover(&["core/main.c:20"], 0);
    assert!(
        document["lines"][0]["note"]
            .as_str()
            .unwrap()
            .contains("IS_ENABLED(CONFIG_FAST)")
    );
    assert!(
        document["builds"][0]["fragment"]
            .to_string()
            .contains("CONFIG_FAST=y")
    );
}

#[test]
fn configurations_are_written() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let out = directory.path().join("out");
    let arguments = ["cover", "core/two.c", "--out", out.to_str().unwrap()];
    let ended = on(directory.path(), arguments).exits(0);
    assert!(ended.out.contains("core/two.o"), "{}", ended.out);
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    let name = std::fs::read_dir(&out)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .find(|name| name.ends_with(".config"))
        .unwrap();
    assert!(read(&name).contains("CONFIG_B=y\n"));
    assert_eq!(read(&name.replace(".config", ".objects")), "core/two.o\n");
    assert_eq!(read(&name.replace(".config", ".lines")), "core/two.c:1\n");
}

#[test]
fn lines_that_are_not_there_are_refused() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    on(directory.path(), ["cover", "core/two.c:9"]).refuses(&["core/two.c", "is 1"]);
    on(directory.path(), ["cover", "core/two.c:0"]).refuses(&["core/two.c", "is 1"]);
    on(directory.path(), ["cover", "core/two.c:1-0"]).refuses(&["core/two.c", "is 1"]);
    on(directory.path(), ["cover", "core/nothing.c:9"]).refuses(&["core/nothing.c"]);
    on(directory.path(), ["cover"]).refuses(&["FILE:LINE"]);
}

#[test]
fn assembler_and_linker_scripts_have_macros_of_their_own() {
    let lines = [
        "arch/x86/entry.S:3",
        "arch/x86/entry.S:5",
        "arch/x86/vmlinux.lds.S:2",
        "include/linux/entry.h:2",
    ];
    let document = cover(&lines, 1);
    let (outcomes, _) = outcomes(&document);
    let expected = ["3 covered", "5 dead", "2 covered", "2 covered"];
    assert_eq!(outcomes, expected, "{document:#}");
    let objects = document["builds"][0]["objects"].to_string();
    assert!(objects.contains("arch/x86/vmlinux.lds\""), "{objects}");
}

#[test]
fn kernels_of_the_other_width_are_tried() {
    let document = cover(&["core/narrow.c:2"], 0);
    assert_eq!(document["builds"][0]["arch"], "i386", "{document:#}");
}

#[test]
fn macros_that_makefiles_pass_count() {
    let document = cover(&["core/debug.c:2"], 0);
    let fragment = document["builds"][0]["fragment"].to_string();
    assert!(fragment.contains("CONFIG_B=y"), "{document:#}");
    // A macro that is passed for another object is not defined here.
    assert_eq!(cover(&["core/debug.c:5"], 1)["lines"][0]["outcome"], "dead");
}

#[test]
fn what_is_not_asked_about_is_not_dead() {
    let document = cover(&["--arch", "x86", "arch/arm64/other.c"], 1);
    assert_eq!(document["lines"][0]["outcome"], "undecided", "{document:#}");
    let document = cover(&["core/generate.c"], 0);
    assert_eq!(
        document["lines"][0]["outcome"], "out-of-scope",
        "{document:#}"
    );
}

#[test]
fn comparisons_of_numbers_are_tried() {
    let document = cover(&["core/many.c:2", "core/many.c:5"], 1);
    let (lines, _) = outcomes(&document);
    assert_eq!(lines, ["2 undecided", "5 covered"], "{document:#}");
    let fragment = document["builds"][0]["fragment"].to_string();
    assert!(fragment.contains("CONFIG_COUNT="), "{document:#}");
    let why = document["lines"][0]["reasons"][0].as_str().unwrap();
    assert!(why.contains("it depends on `WIDTH"), "{why}");
}

#[test]
fn lines_with_the_same_reasons_stand_together() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let lines = [
        "cover",
        "core/main.c:4-5,7,14-16",
        "core/never.c",
        "tools/x.c",
    ];
    let out = on(directory.path(), lines).exits(1).out;
    let expected = "build 1: x86 (ARCH=x86_64), allnoconfig\n  objects: core/main.o\n  lines:   core/main.c:4-5,14,16\n";
    assert!(out.starts_with(expected), "{out}");
    assert!(
        out.contains(
            "dead: no configuration compiles\n  core/main.c:15\n    core/main.c:14: excluded by `#if 0`\n"
        ),
        "{out}"
    );
    assert!(
        out.contains(
            "  core/main.c:7\n    each architecture: core/main.c:6: excluded by `#else` of `#ifdef HAS_LIB` in line 4\n"
        ),
        "{out}"
    );
    assert!(
        out.contains(
            "  core/never.c:1\n    each architecture: `NEVER` cannot hold:\n      Kconfig:"
        ),
        "{out}"
    );
    assert!(
        out.ends_with("1 build for 4 of 8 lines: 3 dead, 1 out of scope (--verbose names them)\n"),
        "{out}"
    );
}

#[test]
fn what_is_removed_is_stood_for_by_its_neighbour() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let patch = directory.path().join("x.patch");
    let text = "Subject: [PATCH] x\n\n---\ndiff --git a/core/main.c b/core/main.c\n--- a/core/main.c\n+++ b/core/main.c\n\
                @@ -8,5 +8,4 @@\n #endif\n #if defined(CONFIG_A) && !defined(CONFIG_B)\n-int a_alone;\n \
                #elif defined(CONFIG_B)\n int b;\n\
                diff --git a/core/lost.c b/core/lost.c\ndeleted file mode 100644\n--- a/core/lost.c\n+++ /dev/null\n\
                @@ -1 +0,0 @@\n-int lost;\n";
    std::fs::write(&patch, text).unwrap();
    let words = ["cover", "--patch", patch.to_str().unwrap()];
    let out = on(directory.path(), words).exits(0).out;
    assert!(out.contains("  lines:   core/main.c:10\n"), "{out}");
    assert!(
        out.ends_with(
            "removed: nothing is left to compile of\n  core/lost.c\n1 build for 1 of 1 line\n"
        ),
        "{out}"
    );
}

#[test]
fn a_dry_run_prints_the_commands_of_each_build() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let out = directory
        .path()
        .parent()
        .unwrap()
        .join("kfeat-out-of-dry-run");
    let words = [
        "build",
        "--dry-run",
        "-j",
        "3",
        "--wrapper",
        "none",
        "--arch",
        "x86",
    ];
    let words = [
        &words[..],
        &["--cover", "core/two.c", "--out", out.to_str().unwrap()],
    ]
    .concat();
    let text = on(directory.path(), words).exits(0).out;
    assert!(text.starts_with("# build 1: x86: "), "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert!(lines.contains(&"CONFIG_B=y"), "{text}");
    let make = |end: &str| {
        let is_it = |line: &&str| line.contains(" make ") || line.starts_with("make ");
        let mut lines = lines.iter().copied().filter(is_it);
        lines.any(|line| line.ends_with(end))
    };
    let flags = "KCFLAGS=-dD KAFLAGS=-dD -j3";
    assert!(make(&format!(" allnoconfig {flags}")), "{text}");
    assert!(make(&format!(" prepare {flags}")), "{text}");
    assert!(
        make(&format!(" -k core/two.i core/two.o {flags}")),
        "{text}"
    );
    assert!(!out.exists());
}

#[test]
fn builds_become_jobs() {
    let directory = tempfile::tempdir().unwrap();
    tree(directory.path());
    let plan = |format: &str| {
        let lines = ["--cover", "core/two.c", "--cover", "core/main.c:4-5"];
        let arguments = [&["plan", "--format", format], &lines[..]].concat();
        on(directory.path(), arguments).exits(0).out
    };
    let make = plan("make");
    assert!(make.contains("\n\tenv "), "{make}");
    assert!(
        make.contains("--cover core/main.c:4-5 --cover core/two.c:1"),
        "{make}"
    );
    let document: serde_json::Value = serde_json::from_str(&plan("json")).unwrap();
    assert_eq!(document["jobs"][0]["arch"], "x86");
    assert_eq!(document["merge"], "");
    assert!(!plan("github").contains("report:"));
    assert!(plan("tuxsuite").contains("core/two.o"));
}
