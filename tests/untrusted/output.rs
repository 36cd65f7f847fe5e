//! Describes what is written for programs: cells of a spreadsheet, documents, and files that must not be overwritten.

use std::fs;

use crate::limited;
use crate::program::{Copy, on};

const SECONDS: u64 = 120;

#[test]
fn documents_hide_no_character() {
    let tree = Copy::new();
    let before = tree.read("arch/arm64/Kconfig");
    // The text of a finding has it: nothing declares the symbol that is selected, and the syntax is wrong.
    let hidden = "\u{202e}\u{7f}\u{1b}[31m";
    tree.write(
        "arch/arm64/Kconfig",
        &format!("{before}\nconfig WRONG\n\tbool \"a\"\n\tnonsense {hidden}\n"),
    );
    for format in ["json", "jsonl", "sarif", "gitlab", "junit", "github"] {
        let arguments = [
            "check",
            "--no-cache",
            "--feature",
            "all",
            "--format",
            format,
        ];
        let ended = limited::run(on(tree.path(), arguments), SECONDS);
        assert!(ended.out.contains("nonsense"), "{format}: {}", ended.out);
        let bad = |c: char| {
            c != '\n'
                && c != '\r'
                && c != '\t'
                && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c))
        };
        let found: Vec<char> = ended.out.chars().filter(|&c| bad(c)).collect();
        assert!(found.is_empty(), "{format}: {found:?}");
    }
}

#[test]
fn what_cover_says_of_a_tree_is_harmless() {
    const HIDDEN: &str = "\u{202e}\u{7f}\u{1b}[31m";
    const PATH: &str = "mm/a\n::error::\u{1b}[31mb.c";
    let tree = Copy::new();
    let before = tree.read("mm/memory.c");
    let count = before.lines().count();
    tree.write(
        "mm/memory.c",
        &format!(
            "{before}#if 0 // {HIDDEN}\nint a;\n#endif\n#ifdef X // {HIDDEN}\nint b;\n#endif\n"
        ),
    );
    tree.write(PATH, "int a;\n");
    let line = format!("mm/memory.c:{}-{}", count + 1, count + 6);
    for format in ["human", "json"] {
        let arguments = ["cover", "--verbose", "--format", format, &line, PATH];
        let ended = limited::run(on(tree.path(), arguments), SECONDS);
        let bad = |c: char| c != '\n' && (c.is_control() || ('\u{202a}'..='\u{202e}').contains(&c));
        let found: Vec<char> = ended.out.chars().filter(|&c| bad(c)).collect();
        assert!(found.is_empty(), "{format}: {found:?} in {}", ended.out);
        assert!(!ended.out.contains("\n::error"), "{format}: {}", ended.out);
        assert!(ended.out.contains("memory.c"), "{format}: {}", ended.out);
    }
}

#[test]
fn what_is_not_a_baseline_is_not_overwritten() {
    let tree = Copy::new();
    let path = tree.path().join("mm/Kconfig");
    let before = fs::read(&path).unwrap();
    let write = |path: &std::path::Path| {
        limited::run(
            on(
                tree.path(),
                [
                    "check",
                    "--no-cache",
                    "--write-baseline",
                    path.to_str().unwrap(),
                ],
            ),
            SECONDS,
        )
    };
    let ended = write(&path);
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("not a baseline"), "{}", ended.err);
    assert_eq!(fs::read(&path).unwrap(), before);
    let own = tempfile::tempdir().unwrap();
    let baseline = own.path().join("baseline.json");
    for _ in 0..2 {
        assert_ne!(write(&baseline).code, 2);
    }
    assert_eq!(fs::read_dir(own.path()).unwrap().count(), 1);
}

#[test]
fn no_error_and_no_warning_steers_a_terminal() {
    const RED: &str = "\u{1b}[31mX";
    let tree = Copy::new();
    std::os::unix::fs::symlink("/", tree.path().join("mm").join(RED)).unwrap();
    tree.write("fragment", &format!("{RED}\nCONFIG_{RED}=y\n"));
    tree.write(
        "patch",
        &format!("--- a/mm/{RED}\n+++ b/mm/{RED}\n@@ -1 +1 @@\n-{RED}\n+{RED}\n"),
    );
    tree.write("own.yaml", &format!("name: \"{RED}\"\n{RED}: 1\n"));
    let (fragment, patch) = (tree.path().join("fragment"), tree.path().join("patch"));
    let (fragment, patch) = (fragment.to_str().unwrap(), patch.to_str().unwrap());
    let spec = tree.path().join("own.yaml");
    for arguments in [
        &["check", "--no-cache"][..],
        &["check", "--patch", patch],
        &["check", "--spec", spec.to_str().unwrap()],
        &["check", "--rev", RED],
        &["explain", RED],
        &[
            "config",
            "alldefconfig",
            "--arch",
            "arm64",
            "--fragment",
            fragment,
        ],
        &["matrix", "--feature", RED],
    ] {
        let all = [&["--color", "always"], arguments].concat();
        let ended = on(tree.path(), all).run();
        assert!(!ended.err.is_empty(), "{arguments:?}");
        assert!(!ended.err.contains(RED), "{arguments:?}: {:?}", ended.err);
    }
}

/// A name with lines of its own: commands of a service that runs jobs, and what kfeat itself might say.
const LINES: &str = "z\n::error::forged\rx\n::add-mask::forged\u{85}kfeat: forged";

/// No name, of whatever it is, begins a line of what a command says.
#[test]
fn no_name_begins_a_line() {
    let tree = Copy::new();
    // An architecture whose Kconfig files cannot be read, and one that can be.
    tree.write(&format!("arch/{LINES}/Kconfig"), "source \"nope\"\n");
    tree.write(
        &format!("arch/y{LINES}/Kconfig"),
        "config Y\n\tbool\n\tselect NOWHERE\n",
    );
    let table = tree.read("Documentation/features/vm/lazy_mmu/arch-support.txt");
    let damaged = table.replace("|  ok  |", "|  ok  | why");
    for (directory, text) in [(LINES, &damaged), ("a", &damaged)] {
        let path = format!("Documentation/features/vm/{directory}/arch-support.txt");
        tree.write(&path, text);
    }
    tree.write(
        "mm/Kconfig",
        &(tree.read("mm/Kconfig") + "config A\n\tselect NOWHERE\n"),
    );
    std::os::unix::fs::symlink("/", tree.path().join("mm").join(LINES)).unwrap();
    tree.write(LINES, "not a patch\n");
    let file = tree.path().join(LINES);
    let file = file.to_str().unwrap();
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["emit", "--all"],
        vec!["emit", "--all", "--check"],
        vec!["emit"],
        vec!["audit", "--fix"],
        vec!["check", "--fix"],
        vec!["check", "--patch", file],
        vec!["check", "--spec", file],
        vec!["check", "--rev", LINES],
        vec!["check", "--range", LINES],
        vec!["check", "--baseline", file],
        vec!["check", "--arch", LINES],
        vec!["check", "--feature", LINES],
        vec!["check", "--max", LINES],
        vec!["check", LINES],
        vec!["check", "-C", LINES],
        vec!["matrix", "--between", LINES, "x"],
        vec!["matrix", "--template", file],
        vec!["explain", LINES],
        vec!["cover", LINES],
        vec!["plan", "--format", "json", "--arch", LINES],
        vec!["build", "--dry-run", "--arch", LINES],
        vec!["config", "alldefconfig", "--arch", LINES],
        vec![
            "config",
            "alldefconfig",
            "--arch",
            "arm64",
            "--fragment",
            file,
        ],
        vec!["hook", "run", LINES],
        vec!["feature", LINES],
        vec!["lint", LINES],
        vec![LINES],
    ];
    for format in [
        "human",
        "concise",
        "json",
        "sarif",
        "junit",
        "github",
        "gitlab",
        "checkpatch",
        "nipa",
    ] {
        commands.push(vec!["check", "--feature", "all", "--format", format]);
        commands.push(vec!["audit", "--format", format]);
    }
    for format in ["table", "csv", "json", "md", "html"] {
        commands.push(vec!["matrix", "--format", format]);
    }
    let mut forged = Vec::new();
    for arguments in commands {
        let ended = limited::run(on(tree.path(), &arguments), SECONDS);
        assert!(
            ended.code <= 2 || ended.code == 250,
            "{arguments:?}: {}",
            ended.err
        );
        for line in ended.err.split(['\n', '\r', '\u{85}']) {
            let start = line.trim_start();
            let starts = ["::", "##", "kfeat: forged", "x"];
            if starts.iter().any(|forged| start.starts_with(forged)) {
                forged.push(format!("{arguments:?}: error: {line:?}"));
            }
        }
        // Fields of a spreadsheet hold what they hold, and a template is the user's.
        if !arguments.contains(&"csv") {
            let lines = ended.out.split(['\n', '\r', '\u{85}']);
            let found = lines.filter(|line| line.trim_start().starts_with("::"));
            // These are kfeat's own, in the format that has them.
            forged.extend(
                found
                    .filter(|line| line.contains("forged") && !line.contains(" file="))
                    .map(|line| format!("{arguments:?}: {line:?}")),
            );
        }
    }
    assert!(forged.is_empty(), "{}", forged.join("\n"));
}

/// Names of architectures that would do something if a shell, make or GitHub took them for its own text.
const HOSTILE: [&str; 5] = [
    "a$(touch PWNED)`touch PWNED`;touch PWNED;'",
    "nl\ntouch PWNED\n#: x",
    "${{ github.token }}",
    "-rf",
    "--out=x",
];

/// Runs the lines in an empty directory where a shell has `touch` and nothing else, and returns the files that are there afterwards.
fn files_after(script: &str) -> Vec<String> {
    let own = tempfile::tempdir().unwrap();
    let (programs, place) = (own.path().join("bin"), own.path().join("place"));
    fs::create_dir(&programs).unwrap();
    fs::create_dir(&place).unwrap();
    std::os::unix::fs::symlink("/usr/bin/touch", programs.join("touch")).unwrap();
    let ran = std::process::Command::new("/bin/sh")
        .args(["-c", script])
        .current_dir(&place)
        .env("PATH", &programs)
        .output();
    drop(ran.unwrap());
    let entries = fs::read_dir(&place).unwrap();
    entries
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect()
}

#[test]
fn names_of_architectures_do_nothing_in_plans_and_scripts() {
    assert_eq!(files_after("touch PWNED"), ["PWNED"], "the test itself");
    let tree = Copy::new();
    let kconfig = tree.read("arch/arm64/Kconfig");
    for name in HOSTILE {
        tree.write(&format!("arch/{name}/Kconfig"), &kconfig);
        tree.write(&format!("arch/{name}/Kconfig.debug"), "");
    }
    let json = on(tree.path(), ["plan", "--format", "json"]).exits(0).out;
    let plan: serde_json::Value = serde_json::from_str(&json).unwrap();
    let jobs = plan["jobs"].as_array().unwrap();
    let mut names = std::collections::BTreeSet::new();
    for job in jobs {
        let command = job["command"].as_str().unwrap();
        assert!(!command.contains('\n'), "{command}");
        assert!(
            !command.contains("--arch -") && !command.contains("--require -"),
            "{command}"
        );
        let name = job["name"].as_str().unwrap();
        assert!(names.insert(name.to_owned()), "{name}");
        // The result's file, and nothing else.
        assert_eq!(files_after(command), [format!("{name}.results.json")]);
    }
    for name in HOSTILE {
        assert!(jobs.iter().any(|job| job["arch"] == *name), "{name}");
    }
    let github = on(tree.path(), ["plan", "--format", "github"]).exits(0).out;
    for expression in github.split("${{").skip(1) {
        let text = expression.trim_start();
        assert!(
            text == "'"
                || text.starts_with("matrix.")
                || text.starts_with("'${{' }}")
                || text.starts_with("' }}"),
            "{text}"
        );
    }
    for format in ["gitlab", "make", "tuxsuite"] {
        let out = on(tree.path(), ["plan", "--format", format]).exits(0).out;
        for line in out.lines() {
            assert!(
                !line.starts_with("touch") && !line.contains("--require -"),
                "{format}: {line}"
            );
        }
        if format == "make" {
            let file = tree.path().join("plan.mk");
            fs::write(&file, &out).unwrap();
            let ran = std::process::Command::new("make")
                .args(["-n", "-f", "plan.mk"])
                .current_dir(tree.path())
                .output();
            if let Ok(ran) = ran {
                let said = String::from_utf8_lossy(&ran.stdout);
                assert_eq!(said.matches("kfeat build").count(), jobs.len(), "{said}");
            }
            assert!(!tree.path().join("PWNED").exists());
        }
    }
    let script = on(tree.path(), ["build", "--dry-run"]).exits(0).out;
    assert!(script.contains("github.token"), "{script}");
    assert_eq!(files_after(&script), Vec::<String>::new(), "{script}");
}

/// A service takes a line that begins with `::` for a command, and in its older form `##[` anywhere.
#[test]
fn no_output_for_people_is_a_command() {
    const PATH: &str = "::error::forged";
    const OLD: &str = "##[add-mask]forged";
    let tree = Copy::new();
    tree.write(
        PATH,
        &format!("config A\n\tbool \"a\"\n\tnonsense {OLD}\n\tselect NOWHERE\n"),
    );
    tree.write(
        "Kconfig",
        &(tree.read("Kconfig") + &format!("source \"{PATH}\"\nsource \"{OLD}\"\n")),
    );
    let mut commands: Vec<Vec<&str>> = vec![
        vec!["explain", "A"],
        vec!["explain", "A", "--format", "json"],
        vec!["explain", "NOWHERE"],
        vec!["check", "--patch", OLD],
        vec!["check", OLD],
        vec!["check", PATH],
        vec!["check", "--rev", PATH],
        vec![OLD],
    ];
    for format in [
        "human", "concise", "json", "jsonl", "sarif", "junit", "gitlab",
    ] {
        commands.push(vec!["check", "--feature", "all", "--format", format]);
    }
    let (mut wrong, mut shown) = (String::new(), 0);
    for arguments in commands {
        let ended = limited::run(on(tree.path(), &arguments), SECONDS);
        for line in ended.out.lines().chain(ended.err.lines()) {
            shown += usize::from(line.contains("forged"));
            if line.trim_start().starts_with("::") || line.contains("##[") {
                wrong += &format!("{arguments:?}: {line}\n");
            }
        }
    }
    assert!(shown > 20, "{shown}");
    assert!(wrong.is_empty(), "{wrong}");
}
