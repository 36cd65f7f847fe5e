//! The table of limits: each is in `docs/security.md`, and one that is reached is named, with what reached it and how to raise it.

use std::fmt::Write;

use kfeat::limits::TABLE;

use crate::limited;
use crate::program::{Copy, on, package};

/// The first line of the table.
const HEAD: &str = "| limit | default | what it bounds |\n";

#[test]
fn the_page_has_the_limits() {
    let mut table = String::from(HEAD);
    table += "|---|---|---|\n";
    for limit in TABLE {
        table += &format!(
            "| `{}` | {} | {} |\n",
            limit.name,
            limit.amount(),
            limit.what
        );
    }
    let path = package("docs/security.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = page.split_once(HEAD).unwrap();
    let after = rest.find("\n\n").map_or("", |end| &rest[end + 1..]);
    let expected = format!("{before}{table}{after}");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&path, &expected).unwrap();
        return;
    }
    assert_eq!(page, expected, "run it with SNAPSHOTS=overwrite");
}

/// How a limit is reached: by a run on a tree. Most limits are lowered, for the input of the defaults would be large.
struct Case {
    tree: Copy,
    arguments: Vec<String>,
    environment: Option<(&'static str, &'static str)>,
    /// The subject that the message must name.
    subject: String,
}

/// A tree with more text at the end of a file.
fn with(path: &str, text: &str) -> Copy {
    let tree = Copy::new();
    let before = match tree.path().join(path).exists() {
        true => tree.read(path),
        false => String::new(),
    };
    tree.write(path, &(before + "\n" + text));
    tree
}

/// A tree whose entry header includes this one.
fn with_header(text: &str) -> Copy {
    let tree = Copy::new();
    let entry = tree.read("include/linux/pgtable.h");
    let entry = entry.replacen("#include", "#include <linux/first.h>\n#include", 1);
    tree.write("include/linux/pgtable.h", &entry);
    tree.write("include/linux/first.h", text);
    tree
}

fn case(tree: Copy, arguments: &[&str], subject: &str) -> Case {
    let root = tree.path().to_str().unwrap().to_owned();
    let replaced = arguments.iter().map(|word| word.replace("DIR", &root));
    Case {
        arguments: replaced.collect(),
        tree,
        environment: None,
        subject: subject.to_owned(),
    }
}

const CHECK: &[&str] = &["check", "--no-cache", "--arch", "arm64", "--verbose"];

fn check(tree: Copy, more: &[&str], subject: &str) -> Case {
    case(tree, &[CHECK, more].concat(), subject)
}

/// A patch that makes some files, each with some hunks.
fn patched(paths: &[&str], mails: usize, more: &[&str], subject: &str) -> Case {
    let mut text = String::new();
    for mail in 1..=mails {
        let _ = write!(
            text,
            "From 1234 Mon Sep 17 00:00:00 2001\nFrom: A <a@example.org>\nSubject: [PATCH {mail}/{mails}] many\n\
             Message-ID: <{mail}@example.org>\n\nText.\n---\n"
        );
        for path in paths {
            let _ = write!(
                text,
                "diff --git a/{path} b/{path}\nnew file mode 100644\n--- /dev/null\n+++ b/{path}\n@@ -0,0 +1 @@\n+int x;\n"
            );
        }
    }
    let tree = Copy::new();
    tree.write("series.mbox", &text);
    check(
        tree,
        &[&["--patch", "DIR/series.mbox"], more].concat(),
        subject,
    )
}

/// A page made from a template of the user's.
fn template(text: &str, limit: &str, subject: &str) -> Case {
    let tree = with("templates/matrix.md", text);
    let arguments = [
        "matrix",
        "--format",
        "md",
        "--template-dir",
        "DIR/templates",
    ];
    case(tree, &[&arguments[..], &["--max", limit]].concat(), subject)
}

const HOOK: &str = "#define arch_enter_lazy_mmu_mode() do {} while (0)\n";

/// A symbol that depends on itself, so that expressions are rewritten, and one with a long condition.
fn loop_and_operands() -> String {
    let operands: Vec<String> = (0..40).map(|index| format!("D{index}")).collect();
    let mut text = String::from("config RING\n\tbool \"r\"\n\tdepends on RING2\n");
    text += "config RING2\n\tbool \"r\"\n\tdepends on RING\n";
    for operand in &operands {
        let _ = write!(text, "config {operand}\n\tbool \"d\"\n");
    }
    text + "config MANY\n\tbool \"m\"\n\tdepends on " + &operands.join(" || ") + "\n"
}

/// Four pigeons in three holes: the solver needs some conflicts to see that there is no way.
fn pigeons() -> String {
    let mut text = String::new();
    let mut clauses = Vec::new();
    for pigeon in 0..6 {
        let holes: Vec<String> = (0..5).map(|hole| format!("P{pigeon}_{hole}")).collect();
        for (hole, name) in holes.iter().enumerate() {
            let _ = write!(text, "config {name}\n\tbool \"p\"\n");
            clauses.extend((0..pigeon).map(|other| format!("!{name} || !P{other}_{hole}")));
        }
        clauses.push(holes.join(" || "));
    }
    text += "config PIGEONS\n\tbool \"p\"\n\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    for clause in clauses {
        let _ = writeln!(text, "\tdepends on {clause}");
    }
    text
}

/// How each limit is reached.
fn case_of(limit: &str) -> Case {
    let kconfig = |text: &str| with("mm/Kconfig", text);
    let explain = |more: &[&str]| {
        let arguments = [&["explain", "PIGEONS", "--arch", "arm64"], more].concat();
        case(kconfig(&pigeons()), &arguments, "")
    };
    match limit {
        "file-size" => check(
            kconfig(&"#\n".repeat(40_000)),
            &["--max", "file-size=64K"],
            "`mm/Kconfig`",
        ),
        "patch-size" => patched(&["mm/new.c"], 1, &["--max", "patch-size=64"], "series.mbox"),
        "program-size" => {
            let cache = [
                "check",
                "--cache-dir",
                "/nonexistent",
                "--max",
                "program-size=1K",
            ];
            case(Copy::new(), &cache, "kfeat")
        }
        "spec-size" => {
            let tree = with("own.yaml", "name: own\n");
            check(
                tree,
                &["--spec", "DIR/own.yaml", "--max", "spec-size=4"],
                "own.yaml",
            )
        }
        "template-size" => template(&"x".repeat(2000), "template-size=1K", "matrix.md"),
        "template-output" => template(
            "{% for i in range(end=100) %}x{% endfor %}",
            "template-output=64",
            "templates",
        ),
        "template-seconds" => template(
            "{% for i in range(end=100000) %}{% for j in range(end=100000) %}{% endfor %}{% endfor %}",
            "template-seconds=1",
            "templates",
        ),
        // A text that doubles.
        "template-memory" => template(
            "{% set x = \"aaaaaaaaaaaaaaaa\" %}{% for i in range(end=40) %}{% set_global x = x ~ x %}{% endfor %}{{ x }}",
            "template-memory=64M",
            "templates",
        ),
        "patch-files" => patched(
            &["mm/a.c", "mm/b.c"],
            1,
            &["--max", "patch-files=1"],
            "a patch",
        ),
        "patch-hunks" => patched(
            &["mm/a.c", "mm/b.c"],
            1,
            &["--max", "patch-hunks=1"],
            "a patch",
        ),
        "path-length" => patched(&["mm/abcdefgh.c"], 1, &["--max", "path-length=8"], "path"),
        "path-depth" => patched(&["mm/a/b/c.c"], 1, &["--max", "path-depth=2"], "path"),
        "mails" => patched(&["mm/a.c"], 3, &["--max", "mails=2"], "series"),
        "cover-lines" => {
            let tree = with("mm/many.c", "int a;\nint b;\n");
            let arguments = ["cover", "-C", "DIR", "mm/many.c", "--max", "cover-lines=1"];
            case(tree, &arguments, "`mm/many.c`")
        }
        "cover-regions" => {
            let tree = with("mm/Makefile", "obj-y += many.o\n");
            tree.write("mm/many.c", "#ifdef CONFIG_A\nint a;\n#endif\nint b;\n");
            let arguments = [
                "cover",
                "-C",
                "DIR",
                "mm/many.c",
                "--max",
                "cover-regions=1",
            ];
            case(tree, &arguments, "`mm/many.c`")
        }
        "kconfig-text" => check(
            kconfig(&"#\n".repeat(40_000)),
            &["--max", "kconfig-text=64K"],
            "`mm/Kconfig`",
        ),
        "kconfig-nesting" => {
            let text = format!(
                "config N\n\tbool\n\tdepends on {}A{}\n",
                "(".repeat(300),
                ")".repeat(300)
            );
            check(kconfig(&text), &[], "mm/Kconfig")
        }
        "kconfig-blocks" => {
            let tree = kconfig("source \"mm/Kconfig.0\"\n");
            for file in 0..5 {
                let inner = format!("source \"mm/Kconfig.{}\"\n", file + 1);
                let text = "if A\n".repeat(180) + &inner + &"endif\n".repeat(180);
                tree.write(&format!("mm/Kconfig.{file}"), &text);
            }
            tree.write("mm/Kconfig.5", "");
            check(tree, &[], "mm/Kconfig.")
        }
        "kconfig-operands" => {
            let text = format!(
                "config N\n\tbool\n\tdepends on A{}\n",
                " && A".repeat(10_001)
            );
            check(kconfig(&text), &[], "mm/Kconfig")
        }
        "macro-depth" => {
            let text: String = (0..300)
                .map(|step| format!("M{step} = $(M{})\n", step + 1))
                .collect();
            check(kconfig(&(text + "X := $(M0)\n")), &[], "mm/Kconfig")
        }
        "macro-length" => {
            let text = "X = 0123456789\nY := $(X)$(X)$(X)$(X)$(X)$(X)$(X)$(X)\n";
            check(kconfig(text), &["--max", "macro-length=64"], "mm/Kconfig")
        }
        "expansion-references" | "macro-references" => {
            let text = "X = x\nY := $(X)$(X)$(X)$(X)$(X)$(X)$(X)$(X)$(X)$(X)\n";
            let setting = format!("{limit}=8");
            check(kconfig(text), &["--max", &setting], "Kconfig")
        }
        "macro-text" => {
            let text = format!("X = {}\nY := $(X)$(X)\n", "x".repeat(3000));
            check(kconfig(&text), &["--max", "macro-text=4K"], "Kconfig")
        }
        "rewritten-nodes" => check(
            kconfig(&loop_and_operands()),
            &["--max", "rewritten-nodes=50"],
            "mm/Kconfig",
        ),
        "rewriting-steps" => check(
            kconfig(&loop_and_operands()),
            &["--max", "rewriting-steps=10"],
            "Kconfig",
        ),
        name @ ("makefile-expansions" | "makefile-text") => {
            let tree = with("mm/Makefile", "V := a.o b.o\nobj-y += $(V) $(V)\n");
            tree.write("mm/none.c", "int a;\n");
            let limit = format!("{name}=1");
            let arguments = ["cover", "-C", "DIR", "mm/none.c", "--max", &limit];
            case(tree, &arguments, "makefile")
        }
        "makefile-steps" => check(Copy::new(), &["--max", "makefile-steps=1"], "is built"),
        "includes" => {
            let tree = with_header(&format!("#include <linux/second.h>\n{HOOK}"));
            tree.write("include/linux/second.h", HOOK);
            check(tree, &["--max", "includes=1"], "linux/")
        }
        "include-depth" => {
            let tree = with_header(&format!("#include <linux/second.h>\n{HOOK}"));
            tree.write("include/linux/second.h", HOOK);
            check(tree, &["--max", "include-depth=1"], "linux/")
        }
        "conditional-nesting" => {
            let text = "#ifdef CONFIG_A\n".repeat(300) + HOOK + &"#endif\n".repeat(300);
            check(with_header(&text), &[], "linux/first.h")
        }
        "condition-nesting" => {
            let text = format!(
                "#if {}1{}\n{HOOK}#endif\n",
                "(".repeat(200),
                ")".repeat(200)
            );
            check(with_header(&text), &[], "linux/first.h")
        }
        "condition-operators" => {
            let text = format!("#if A{}\n{HOOK}#endif\n", " || A".repeat(400));
            check(with_header(&text), &[], "linux/first.h")
        }
        "condition-steps" => {
            let chain: String = (0..200)
                .map(|step| format!("#elif defined(CONFIG_E{step})\n#define E {step}\n"))
                .collect();
            let text = format!("#if defined(CONFIG_E)\n{chain}#else\n{HOOK}#endif\n");
            check(
                with_header(&text),
                &["--max", "condition-steps=100"],
                "linux/",
            )
        }
        "solver-conflicts" => explain(&["--max", "solver-conflicts=5"]),
        "solver-conflicts-total" => explain(&["--max", "solver-conflicts-total=5"]),
        "git-seconds" => {
            let tree = Copy::new();
            tree.write(".git/config", "[include]\n\tpath = fifo\n");
            tree.write(".git/HEAD", "ref: refs/heads/main\n");
            tree.write(".git/objects/info/packs", "");
            tree.write(".git/refs/heads/x", "");
            let fifo = tree.path().join(".git/fifo");
            let status = std::process::Command::new("mkfifo").arg(fifo).status();
            assert!(status.unwrap().success());
            check(
                tree,
                &["--rev", "HEAD", "--max", "git-seconds=1"],
                "`git rev-parse`",
            )
        }
        "git-settings-seconds" => check(
            crate::repositories::endless().tree,
            &["--rev", "HEAD", "--max", "git-settings-seconds=1"],
            "`git rev-parse`",
        ),
        "solver-steps" => explain(&["--max", "solver-steps=20"]),
        "threads" => Case {
            environment: Some(("RAYON_NUM_THREADS", "100000")),
            ..check(Copy::new(), &[], "RAYON_NUM_THREADS")
        },
        other => panic!("no case for the limit `{other}`"),
    }
}

#[test]
fn each_limit_names_itself_where_it_is_reached() {
    let mut wrong = String::new();
    for limit in TABLE {
        let case = case_of(limit.name);
        let mut program = on(case.tree.path(), &case.arguments);
        if let Some((name, value)) = case.environment {
            program = program.with(name, value);
        }
        let ended = limited::run(program.with("COLUMNS", "4000"), 300);
        let said = format!("{}\n{}", ended.out, ended.err);
        let how = match limit.is_fixed {
            true => "it cannot be raised".to_owned(),
            false => format!("--max {}=N", limit.name),
        };
        for part in [&format!("`{}`", limit.name), &how, &case.subject] {
            if !said.contains(part.as_str()) {
                let _ = writeln!(wrong, "== {}: no `{part}` in\n{said}\n", limit.name);
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}
