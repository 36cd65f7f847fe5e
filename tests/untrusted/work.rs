//! Input that would take exponential time or memory: a limit is named, the rest of the run goes on, and the run ends.

use crate::limited;
use crate::program::{Copy, on};

/// Holds what a run may take in a build without optimisation on a busy machine. Without a limit none of these runs ends.
const SECONDS: u64 = 300;

/// Runs `check` on one architecture, and fails unless it names the limit.
#[track_caller]
fn check(tree: &Copy, limit: &str) -> String {
    let arguments = ["check", "--no-cache", "--arch", "arm64", "--verbose"];
    let ended = limited::run(on(tree.path(), arguments), SECONDS);
    let said = format!("{}{}", ended.out, ended.err);
    // Long lines of a table are cut.
    let named = format!("exceeds the limit `{limit}`");
    assert!(
        said.contains(&named) || said.contains("exceeds the limit"),
        "{named}: {said}"
    );
    said
}

/// A tree with more text at the end of a Kconfig file.
fn with_kconfig(text: &str) -> Copy {
    let tree = Copy::new();
    let before = tree.read("mm/Kconfig");
    tree.write("mm/Kconfig", &(before + "\n" + text));
    tree
}

/// A tree whose entry header includes `linux/first.h`.
fn with_header(files: &[(String, String)]) -> Copy {
    let tree = Copy::new();
    let entry = tree.read("include/linux/pgtable.h");
    tree.write(
        "include/linux/pgtable.h",
        &entry.replacen("#include", "#include <linux/first.h>\n#include", 1),
    );
    for (path, text) in files {
        tree.write(&format!("include/linux/{path}"), text);
    }
    tree
}

const HOOK: &str = "#define arch_enter_lazy_mmu_mode() do {} while (0)\n";

/// More pigeons than holes, each in one of them, no two in the same: `symbol` depends on that.
fn pigeons(pigeons: usize, holes: usize, more: &str) -> String {
    let mut text = String::new();
    let mut clauses = Vec::new();
    for pigeon in 0..pigeons {
        let mut any = Vec::new();
        for hole in 0..holes {
            text += &format!("config P{pigeon}_{hole}\n\tbool \"p\"\n\n");
            any.push(format!("P{pigeon}_{hole}"));
            clauses
                .extend((0..pigeon).map(|other| format!("!P{pigeon}_{hole} || !P{other}_{hole}")));
        }
        clauses.push(any.join(" || "));
    }
    text += "config PIGEONS\n\tbool \"pigeons\"\n";
    text.extend(
        clauses
            .iter()
            .map(|clause| format!("\tdepends on {clause}\n")),
    );
    text + more
}

#[test]
fn the_solver_gives_up_after_a_number_of_conflicts_everywhere() {
    let tree = with_kconfig(&pigeons(11, 10, "\tselect ARCH_HAS_LAZY_MMU_MODE\n"));
    check(&tree, "solver-conflicts");
    // That the limit is asked everywhere shows sooner where it is low.
    let few = ["--arch", "arm64", "--max", "solver-conflicts=500"];
    let few = [&few[..], &["--max", "solver-conflicts-total=2000"]].concat();
    for command in [&["explain", "PIGEONS"][..], &["matrix"], &["audit"]] {
        let arguments = [command, &few].concat();
        let run = || on(tree.path(), &arguments);
        let first = limited::run(run(), SECONDS);
        let again = limited::run(run().with("RAYON_NUM_THREADS", "1"), SECONDS);
        assert_eq!(
            (first.code, &first.out),
            (again.code, &again.out),
            "{arguments:?}"
        );
    }
    let ended = limited::run(
        on(tree.path(), ["explain", "PIGEONS", "--arch", "arm64"]),
        SECONDS,
    );
    let said = format!("{}{}", ended.out, ended.err);
    let flat = said.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(
        flat.contains("exceeds the limit `solver-conflicts`"),
        "{said}"
    );
    // A small case is decided.
    let tree = with_kconfig(&pigeons(4, 3, ""));
    let ended = limited::run(
        on(tree.path(), ["explain", "PIGEONS", "--arch", "arm64"]),
        SECONDS,
    );
    assert!(!ended.out.contains("exceeds"), "{}", ended.out);
}

#[test]
fn macros_that_double_have_a_limit_for_all_of_them() {
    // Each stays below what one expansion may give.
    let mut text = format!("A0 := {}\n", "x".repeat(64));
    for step in 1..5000 {
        let before = if step % 14 == 1 { 0 } else { step - 1 };
        text += &format!("A{step} := $(A{before})$(A{before})\n");
    }
    check(&with_kconfig(&text), "macro-text");
    let mut text = String::from("B0 = x\n");
    for step in 1..15 {
        text += &format!("B{step} = $(B{0})$(B{0})\n", step - 1);
    }
    for use_ in 0..100 {
        text += &format!("C{use_} := $(B14)\n");
    }
    check(&with_kconfig(&text), "macro-references");
}

#[test]
fn headers_that_include_twice_a_level_have_a_limit() {
    let mut files = vec![(
        "first.h".to_owned(),
        "#include <linux/level0.h>\n".to_owned(),
    )];
    for level in 0..100 {
        let next = level + 1;
        let text = format!(
            "#ifdef CONFIG_X{level}\n#include <linux/level{next}.h>\n#endif\n\
             #ifdef CONFIG_Y{level}\n#include <linux/level{next}.h>\n#endif\n"
        );
        files.push((format!("level{level}.h"), text));
    }
    files.push((
        "level100.h".to_owned(),
        format!("#ifdef CONFIG_LAST\n{HOOK}#endif\n"),
    ));
    check(&with_header(&files), "condition-steps");
}

#[test]
fn ladders_of_macros_have_a_limit() {
    let mut text = String::new();
    for step in 0..16 {
        let next = step + 1;
        text += &format!(
            "#ifdef CONFIG_M{step}\n#define Q{step} (Q{next} + 1)\n#else\n#define Q{step} (Q{next} + Q{next})\n#endif\n"
        );
    }
    text += "#ifdef CONFIG_M\n#define Q16 1\n#else\n#define Q16 2\n#endif\n#if Q0 > 3\n";
    text += HOOK;
    text += "#endif\n";
    check(
        &with_header(&[("first.h".to_owned(), text)]),
        "condition-steps",
    );
    let mut text = String::new();
    for step in 0..2000 {
        text += &format!(
            "#if defined(CONFIG_R{step}) && defined(STATE)\n#undef STATE\n#elif defined(CONFIG_S{step})\n#define STATE 1\n#endif\n"
        );
    }
    text += &format!("#ifdef STATE\n{HOOK}#endif\n");
    check(
        &with_header(&[("first.h".to_owned(), text)]),
        "condition-steps",
    );
}

#[test]
fn a_limit_can_be_raised_and_lowered() {
    let tree = with_kconfig(&pigeons(6, 5, "\tselect ARCH_HAS_LAZY_MMU_MODE\n"));
    let run = |conflicts: &str| {
        let setting = format!("solver-conflicts={conflicts}");
        let arguments = ["explain", "PIGEONS", "--arch", "arm64", "--max", &setting];
        limited::run(on(tree.path(), arguments), SECONDS).out
    };
    assert!(run("10").contains("solver-conflicts"), "{}", run("10"));
    assert!(!run("1M").contains("solver-conflicts"));
}

#[test]
fn threads_that_cannot_be_started_are_done_without() {
    let run = |threads: &str| {
        let arguments = ["check", "--no-cache", "--format", "json"];
        limited::run(
            on(&crate::program::mini(), arguments).with("RAYON_NUM_THREADS", threads),
            SECONDS,
        )
    };
    let (one, many) = (run("1"), run("100000"));
    assert_eq!((one.code, one.out), (many.code, many.out));
    // Few threads can be started without memory for their stacks.
    let program = on(
        &crate::program::mini(),
        ["check", "--no-cache", "--format", "json"],
    )
    .command();
    let mut shell = std::process::Command::new("sh");
    shell
        .args(["-c", "ulimit -v 200000; exec \"$@\"", "sh"])
        .arg(program.get_program())
        .args(program.get_args())
        .env("RAYON_NUM_THREADS", "64")
        .env("XDG_CACHE_HOME", "/dev/null");
    let none = limited::ended(shell, SECONDS);
    assert_eq!(none.code, one.code, "{}", none.err);
}
