//! The command `check`.

use std::io::{BufRead, BufReader};
use std::process::Stdio;

use super::program::{Copy, kfeat, mini, on, package};

const MARKER: &str = "retired-marker-define";

#[test]
fn the_whole_tree_is_searched_only_where_that_is_asked_for() {
    let tree = Copy::new();
    tree.write(
        "drivers/new.c",
        "#ifdef ARCH_HAS_LAZY_MMU_MODE\nint x;\n#endif\n",
    );
    let finding = "drivers/new.c:1:8: warning: stale-marker: `ARCH_HAS_LAZY_MMU_MODE` is tested";
    let all = ["check", "--feature", "all", "--format", "concise"];
    let out = on(tree.path(), all).exits(0).out;
    assert!(out.contains(finding), "{out}");
    let out = on(tree.path(), ["check", "--format", "concise"])
        .exits(0)
        .out;
    assert!(!out.contains(finding), "{out}");
    assert_eq!(on(&mini(), all).exits(0).out, "");
    on(&mini(), ["check", "--feature", "all,nothing"]).refuses(&["`nothing`"]);
}

#[test]
fn the_small_tree_is_clean_and_its_verdicts_are_shown() {
    let ended = on(&mini(), ["check"]).exits(0);
    assert_eq!(ended.err, "");
    assert!(ended.out.contains("no: riscv, s390, um\n"), "{}", ended.out);
    assert!(
        ended
            .out
            .ends_with("no findings; lazy_mmu on 4 of 7 architectures\n")
    );
}

#[test]
fn a_finding_is_shown_and_exits_with_1() {
    let tree = Copy::variant(MARKER);
    let ended = on(tree.path(), ["check"]).exits(1);
    assert_eq!(ended.err, "");
    assert!(
        ended.out.contains("error[retired-marker]: "),
        "{}",
        ended.out
    );
    assert!(ended.out.contains(" --> arch/"), "{}", ended.out);
}

#[test]
fn concise_is_one_line_a_finding_and_nothing_without_one() {
    let ended = on(&mini(), ["check", "--format", "concise"]).exits(0);
    assert_eq!(ended.out, "");
    let tree = Copy::variant(MARKER);
    let ended = on(tree.path(), ["check", "--format", "concise"]).exits(1);
    assert_eq!(ended.out.lines().count(), 1);
    let fields: Vec<&str> = ended.out.splitn(5, ':').map(str::trim).collect();
    assert!(fields[0].starts_with("arch/"));
    assert!(fields[1].parse::<u32>().is_ok() && fields[2].parse::<u32>().is_ok());
    assert_eq!(fields[3], "error");
    assert!(fields[4].starts_with("retired-marker: "));
}

#[test]
fn json_has_findings_and_verdicts() {
    let tree = Copy::variant(MARKER);
    let ended = on(tree.path(), ["check", "--format", "json"]).exits(1);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(report["findings"].as_array().unwrap().len(), 1);
    assert_eq!(report["findings"][0]["lint"], "retired-marker");
    let verdicts = report["verdicts"].as_array().unwrap();
    assert_eq!(verdicts.len(), 7);
    for verdict in verdicts {
        for field in ["feature", "arch", "supported", "condition", "evidence"] {
            assert!(verdict.get(field).is_some(), "{field}");
        }
        let supported = verdict["supported"].as_str().unwrap();
        assert!(["yes", "no", "undecided"].contains(&supported));
    }
}

#[test]
fn the_same_tree_gives_the_same_bytes_whatever_the_number_of_threads() {
    let tree = Copy::variant("undeclared-symbol-removed");
    let run = |threads: &str| {
        on(tree.path(), ["check", "--format", "json"])
            .with("RAYON_NUM_THREADS", threads)
            .exits(1)
            .out
    };
    let one = run("1");
    for threads in ["2", "7", "1", "16"] {
        assert_eq!(run(threads), one);
    }
}

#[test]
fn arch_and_feature_narrow() {
    let ended = on(&mini(), ["check", "--arch", "x86,s390", "--format", "json"]).exits(0);
    let report: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    let archs: Vec<_> = report["verdicts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|verdict| verdict["arch"].as_str().unwrap())
        .collect();
    assert_eq!(archs, ["s390", "x86"]);

    // Anything that is wrong with another architecture is not shown.
    let tree = Copy::variant(MARKER);
    let all = on(tree.path(), ["check", "--format", "concise"])
        .exits(1)
        .out;
    let guilty = all
        .trim_end()
        .rsplit('[')
        .next()
        .unwrap()
        .trim_end_matches(']')
        .to_owned();
    on(tree.path(), ["check", "--arch", &guilty]).exits(1);
    on(tree.path(), ["check", "--arch", "riscv"]).exits(0);

    on(&mini(), ["check", "--feature", "lazy_mmu"]).exits(0);
    on(&mini(), ["check", "--feature", "lazy_mmux"])
        .refuses(&["no feature is called `lazy_mmux`; did you mean `lazy_mmu`?"]);
    on(&mini(), ["check", "--feature", "qqq"])
        .refuses(&["no feature is called `qqq`", "there are: lazy_mmu"]);
    on(&mini(), ["check", "--arch", "x87"]).refuses(&[
        "no architecture `x87`",
        "arm64, powerpc, riscv, s390, sparc, um, x86",
    ]);
}

#[test]
fn verbose_shows_those_without_support_too() {
    let brief = on(&mini(), ["check"]).exits(0).out;
    let verbose = on(&mini(), ["check", "--verbose"]).exits(0).out;
    assert!(!brief.contains("\n  riscv "));
    assert!(verbose.contains("\n  riscv "), "{verbose}");
}

#[test]
fn colour_is_written_where_it_is_asked_for() {
    let tree = Copy::variant(MARKER);
    let run = |arguments: &[&str]| {
        on(tree.path(), [&["check"], arguments].concat())
            .exits(1)
            .out
    };
    assert!(!run(&[]).contains('\u{1b}'));
    assert!(!run(&["--color", "never"]).contains('\u{1b}'));
    assert!(run(&["--color", "always"]).contains('\u{1b}'));
    assert!(!run(&["--color", "always", "--format", "json"]).contains('\u{1b}'));
    let errors = kfeat(["check", "-C", "/nonexistent", "--color", "always"]).exits(2);
    assert!(errors.err.contains('\u{1b}'));
}

#[test]
fn timings_go_to_standard_error() {
    let ended = on(&mini(), ["check", "--timings", "--format", "concise"]).exits(0);
    assert_eq!(ended.out, "");
    for step in ["kconfig", "architectures", "lints", "report", "total"] {
        assert!(ended.err.contains(step), "{}", ended.err);
    }
}

#[test]
fn a_reader_that_leaves_early_is_no_failure() {
    let tree = Copy::new();
    // More than a pipe holds: many findings.
    let mut kconfig = tree.read("mm/Kconfig");
    for _ in 0..2_000 {
        kconfig.push_str(
            "\nthis is no statement of the language at all and long enough to fill a pipe soon\n",
        );
    }
    tree.write("mm/Kconfig", &kconfig);
    let mut child = on(tree.path(), ["check"])
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap())
        .read_line(&mut first)
        .unwrap();
    assert!(first.starts_with("error"), "{first}");
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stderr), "");
    assert!(output.status.code().is_some());
}

#[test]
fn a_watched_tree_is_checked_again_when_something_in_it_changes() {
    let tree = Copy::new();
    let mut child = on(tree.path(), ["check", "--watch", "--format", "concise"])
        .command()
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = BufReader::new(child.stderr.take().unwrap()).lines();
    let mut found = BufReader::new(child.stdout.take().unwrap()).lines();
    let mut wait = || {
        let line = told.next().unwrap().unwrap();
        assert!(line.starts_with("kfeat: watching "), "{line}");
    };
    wait();
    // A file that no run reads starts none.
    tree.write("Documentation/other.rst", "Other\n");
    let kconfig = tree.read("mm/Kconfig");
    tree.write("mm/Kconfig", &format!("{kconfig}\nno statement\n"));
    let line = found.next().unwrap().unwrap();
    assert!(line.contains("mm/Kconfig:"), "{line}");
    assert!(line.contains(": error: kconfig-syntax: "), "{line}");
    wait();
    tree.write("mm/Kconfig", &kconfig);
    wait();
    let interrupt = std::process::Command::new("kill")
        .args(["-s", "INT", &child.id().to_string()])
        .status()
        .unwrap();
    assert!(interrupt.success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(found.next().is_none(), "the last tree is clean");

    on(&mini(), ["check", "--watch", "--rev", "HEAD"]).refuses(&["--watch"]);
    on(&mini(), ["check", "--watch", "--output", "/dev/null"]).refuses(&["--output"]);
}

#[test]
fn a_wrong_spec_is_shown_with_its_line_and_column() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.yaml");
    let spec = std::fs::read_to_string(package("features/lazy_mmu.yaml")).unwrap();
    let run = |text: &str| {
        std::fs::write(&path, text).unwrap();
        on(
            &mini(),
            ["check".as_ref(), "--spec".as_ref(), path.as_os_str()],
        )
    };
    run(&spec).exits(0);
    let line = 1 + spec
        .lines()
        .position(|line| line.starts_with("entry_header"))
        .unwrap();
    run(&spec.replace("entry_header:", "entry_headre:")).refuses(&[
        &format!("mine.yaml:{line}:1: "),
        "unknown field `entry_headre`",
    ]);
    run("name: x\nhooks: [1\n").refuses(&["mine.yaml:2:"]);
    run("").refuses(&["mine.yaml:"]);
    run("\u{0}\u{1}").refuses(&["mine.yaml:"]);
    run(&"[".repeat(100_000)).refuses(&["mine.yaml"]);
    std::fs::remove_file(&path).unwrap();
    on(
        &mini(),
        ["check".as_ref(), "--spec".as_ref(), path.as_os_str()],
    )
    .refuses(&["cannot read the spec", "mine.yaml", "No such file"]);
    on(
        &mini(),
        [
            "check".as_ref(),
            "--spec".as_ref(),
            directory.path().as_os_str(),
        ],
    )
    .refuses(&["cannot read the specs", "no `.yaml` file"]);
}

/// Of several specs those that can be used are checked; each of the others is an error of its own, and the run fails.
#[test]
fn one_wrong_spec_among_several_does_not_keep_the_others_from_being_checked() {
    let directory = tempfile::tempdir().unwrap();
    let spec = std::fs::read_to_string(package("features/lazy_mmu.yaml")).unwrap();
    let line = |field: &str| {
        1 + spec
            .lines()
            .position(|line| line.starts_with(field))
            .unwrap()
    };
    let write = |name: &str, text: &str| {
        let text = text.replace("name: lazy_mmu", &format!("name: {name}"));
        std::fs::write(directory.path().join(format!("{name}.yaml")), text).unwrap();
    };
    let run = |more: &[&str]| {
        let path = directory.path().to_str().unwrap();
        let arguments = ["check", "--format", "json", "--no-cache", "--spec", path];
        on(&mini(), [&arguments[..], more].concat())
    };
    write("good", &spec);
    let alone = run(&[]).exits(0);
    write(
        "absent",
        &spec.replace("linux/pgtable.h", "linux/nowhere.h"),
    );
    write("hookless", &spec.replace("\nhooks:\n", "\nhoks:\n"));
    write(
        "lint",
        &format!("{spec}suppress:\n  - {{lint: no-such, reason: none}}\n"),
    );
    write("later", &format!("{spec}since: \"99.1\"\n"));
    write("unmarked", "name: [\n");
    std::fs::write(
        directory.path().join("twice.yaml"),
        spec.replace("lazy_mmu", "good"),
    )
    .unwrap();
    let ended = run(&[]).exits(2);
    assert_eq!(
        ended.out, alone.out,
        "the good one is checked as if it were alone"
    );
    let column = 1 + "entry_header: ".len();
    for wanted in [
        &*format!(
            "absent.yaml:{}:{column}: the tree has no `include/linux/nowhere.h`",
            line("entry_header")
        ),
        &format!("hookless.yaml:{}:1: unknown field `hoks`", line("hooks")),
        "no lint is called `no-such`",
        &format!(
            "later.yaml:{}:9: the feature `later` is skipped",
            spec.lines().count() + 1
        ),
        "unmarked.yaml:",
        "both describe the feature `good`",
    ] {
        assert!(ended.err.contains(wanted), "{wanted}: {}", ended.err);
    }
    let ended = run(&["--feature", "good"]).exits(2);
    assert_eq!(ended.out, alone.out);
    std::fs::remove_file(directory.path().join("good.yaml")).unwrap();
    std::fs::remove_file(directory.path().join("twice.yaml")).unwrap();
    std::fs::remove_file(directory.path().join("later.yaml")).unwrap();
    run(&[]).refuses(&["absent.yaml:", "lint.yaml:", "unmarked.yaml:"]);
}

#[test]
fn a_spec_alone_that_does_not_fit_the_tree_is_refused_with_its_place() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("mine.yaml");
    let spec = std::fs::read_to_string(package("features/lazy_mmu.yaml")).unwrap();
    let header = "entry_header: include/linux/pgtable.h";
    assert!(spec.contains(header));
    for (text, place) in [
        ("entry_header: include/linux/no.h", ":15: "),
        (
            "entry_header: [include/linux/no.h, include/linux/no2.h]",
            ":16: ",
        ),
    ] {
        std::fs::write(&path, spec.replace(header, text)).unwrap();
        let arguments = ["check".as_ref(), "--spec".as_ref(), path.as_os_str()];
        on(&mini(), arguments).refuses(&[place, "the tree has no `include/linux/no.h`", "`since`"]);
    }
    for (text, place, reason) in [
        (
            "entry_header: asm/no.h",
            ":15: ",
            "no architecture of the tree has `asm/no.h`",
        ),
        (
            "entry_header: include/linux/pgtable.h\nwhen: ARM64 && SPARCC",
            ":16: ",
            "declares `SPARCC`, so the hook `arch_enter_lazy_mmu_mode` would never be checked; did you mean `SPARC`?",
        ),
        (
            "entry_header: {default: include/linux/pgtable.h, amr64: asm/pgtable.h}",
            ":50: ",
            "no release has an architecture `amr64`; did you mean `arm64`?",
        ),
    ] {
        std::fs::write(&path, spec.replace(header, text)).unwrap();
        let arguments = ["check".as_ref(), "--spec".as_ref(), path.as_os_str()];
        on(&mini(), arguments).refuses(&[place, reason]);
    }
}

#[test]
fn a_shipped_feature_of_another_release_is_skipped_with_a_note() {
    let arguments = ["check", "--feature", "pte-devmap"];
    let ended = on(&mini(), arguments).exits(0);
    let note = "the feature `pte-devmap` is skipped: its spec is for releases until 6.16";
    assert!(ended.err.contains(note), "{}", ended.err);
}

#[test]
fn a_tree_without_a_file_that_the_feature_names_is_refused() {
    let tree = Copy::new();
    tree.remove("include/linux/pgtable.h");
    on(tree.path(), ["check"]).refuses(&[
        "the tree has no `include/linux/pgtable.h`",
        "`lazy_mmu`",
        "entry header",
        "hint: use `--spec FILE` with a spec that fits this tree",
    ]);
}

/// Root can read everything, so what cannot be read is a directory where a file should be.
#[test]
fn a_file_that_cannot_be_read_is_an_error_of_its_own() {
    let tree = Copy::new();
    tree.remove("Makefile");
    tree.write("Makefile/file", "");
    on(tree.path(), ["check"]).refuses(&["`Makefile` is not a regular file"]);
    // A Kconfig file is a finding at the line that sources it, for the job goes on.
    let tree = Copy::new();
    tree.remove("mm/Kconfig");
    tree.write("mm/Kconfig/file", "");
    let ended = on(tree.path(), ["check", "--format", "concise"]).exits(1);
    // Anything that the file would have declared is not reported as undeclared on top of that.
    assert_eq!(
        ended.out,
        "Kconfig:12:1: error: kconfig-source: `mm/Kconfig` is not a regular file\n"
    );
}

#[cfg(unix)]
#[test]
fn a_loop_of_links_and_a_path_out_of_the_tree_are_errors_of_their_own() {
    const HEADER: &str = "arch/arm64/include/asm/pgtable.h";
    let hint = "hint: kfeat reads nothing outside the tree";
    let tree = Copy::new();
    tree.link(HEADER, "pgtable.h");
    on(tree.path(), ["check"]).refuses(&[
        &format!("`{HEADER}` is part of a loop of symbolic links"),
        hint,
    ]);
    tree.link(HEADER, "/etc/passwd");
    on(tree.path(), ["check"]).refuses(&[
        &format!("`{HEADER}` points outside the tree, to `/etc/passwd`"),
        hint,
    ]);

    let tree = Copy::new();
    let kconfig = tree.read("mm/Kconfig");
    let first = |tree: &Copy| {
        let out = on(tree.path(), ["check", "--format", "concise"])
            .exits(1)
            .out;
        out.lines().next().unwrap_or_default().to_owned()
    };
    tree.link("mm/Kconfig", "Kconfig");
    assert_eq!(
        first(&tree),
        "Kconfig:12:1: error: kconfig-source: `mm/Kconfig` is part of a loop of symbolic links"
    );
    tree.link("mm/Kconfig", "/etc/passwd");
    assert_eq!(
        first(&tree),
        "Kconfig:12:1: error: kconfig-source: `mm/Kconfig` points outside the tree, to `/etc/passwd`"
    );
    tree.remove("mm/Kconfig");
    tree.write(
        "mm/Kconfig",
        &format!("{kconfig}source \"../outside/Kconfig\"\n"),
    );
    let line = kconfig.lines().count() + 1;
    assert_eq!(
        first(&tree),
        format!(
            "mm/Kconfig:{line}:1: error: kconfig-source: `../outside/Kconfig` points outside the tree"
        )
    );
}

#[cfg(unix)]
#[test]
fn links_that_lead_nowhere_are_passed_over() {
    let tree = Copy::new();
    // As an editor leaves them while a file is open.
    tree.link("mm/.#memory.c", "somebody@host.4711:1");
    tree.link("arch/arm64/include/asm/.#pgtable.h", "somebody@host.4711:1");
    for arguments in [
        &["check", "--no-cache"][..],
        &["check", "--no-cache", "--feature", "all"],
        &["audit"],
    ] {
        let ended = on(tree.path(), arguments).exits(0);
        let clean = on(&mini(), arguments).exits(0);
        assert_eq!((ended.out, ended.err), (clean.out, clean.err));
    }
}

#[test]
fn nothing_is_written_to_the_tree() {
    let tree = Copy::variant(MARKER);
    let before = tree.picture();
    on(tree.path(), ["check"]).exits(1);
    on(tree.path(), ["emit"]).exits(0);
    on(tree.path(), ["emit", "--check"]).run();
    on(tree.path(), ["explain", "ARCH_HAS_LAZY_MMU_MODE"]).exits(0);
    assert!(before == tree.picture());
}
