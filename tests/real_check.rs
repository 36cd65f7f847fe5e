//! Describes what `check`, `emit` and `explain` say of the lazy MMU layer in real kernel trees.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. The `Makefile` of each tells its version. A test of a
//! version that is not among them is ignored, and says so.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `page`"
)]

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use kfeat::check::support::verdict::Supported;
use kfeat::check::{self, Outcome};
use kfeat::feature::builtin;
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

#[path = "docs/page.rs"]
mod page;

type Test = fn(&Path) -> Result<(), Failed>;

/// Every test with its name and the version of the trees that it is about.
const TESTS: &[(&str, (u32, u32), Test)] = &[
    ("verdicts", (7, 2), verdicts_of_7_2),
    ("check_is_clean", (7, 2), clean),
    ("emit_supported_is_exact", (7, 2), emit_supported),
    ("explain_tells_who_selects", (7, 2), explain),
    ("each_file_is_read_once", (7, 2), each_file_once),
    ("documentation_is_true", (7, 2), documentation),
    ("documented_commands_run", (7, 2), commands),
    ("a_kept_result_is_the_same", (7, 2), kept_result),
    ("whole_tree", (7, 2), whole_tree),
    ("whole_tree", (6, 12), whole_tree),
    ("whole_tree", (6, 1), whole_tree),
    ("findings", (6, 12), findings_of_6_12),
    ("a_kept_result_is_the_same", (6, 12), kept_result),
];

fn main() {
    let arguments = Arguments::from_args();
    let trees: Vec<PathBuf> = std::env::var_os("KFEAT_TEST_TREES")
        .map(|trees| {
            std::env::split_paths(&trees)
                .filter(|path| !path.as_os_str().is_empty())
                .collect()
        })
        .unwrap_or_default();
    let mut trials = Vec::new();
    let mut releases = Vec::new();
    for path in trees {
        match Tree::open(&path).and_then(|tree| Version::of(&tree)) {
            Ok(version) => releases.push((version.release, path)),
            Err(error) => trials.push(Trial::test(path.display().to_string(), move || {
                Err(error.to_string().into())
            })),
        }
    }
    for &(name, release, test) in TESTS {
        let (major, minor) = release;
        let mut of_release = releases
            .iter()
            .filter(|(of, _)| *of == release)
            .map(|(_, path)| path.clone())
            .peekable();
        let full = format!("{major}.{minor}::{name}");
        if of_release.peek().is_none() {
            let reason = format!("KFEAT_TEST_TREES names no tree of {major}.{minor}");
            trials.push(
                Trial::test(&full, || Ok(()))
                    .with_kind(reason)
                    .with_ignored_flag(true),
            );
        }
        for path in of_release {
            trials.push(Trial::test(&full, move || test(&path)));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

const SYMBOL: &str = "ARCH_HAS_LAZY_MMU_MODE";

/// Checks all architectures of a tree.
fn outcome(tree: &Tree) -> Result<Outcome, Failed> {
    let architectures = tree.architectures()?;
    Ok(check::check(
        tree,
        builtin::default(),
        &architectures,
        &mut |_| {},
    )?)
}

/// Runs the program on a tree, and gives back its exit code and standard output.
fn run(tree: &Path, arguments: &[&str]) -> (i32, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .env("XDG_CACHE_HOME", "/dev/null")
        .arg("-C")
        .arg(tree)
        .args(arguments)
        .output()
        .unwrap();
    // With `--verbose`, features that the tree does not have are counted.
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let is_expected = |line: &str| line.starts_with("kfeat: skipped ");
    assert!(told.lines().all(is_expected), "{told}");
    let code = output.status.code().unwrap_or(-1);
    (code, String::from_utf8(output.stdout).unwrap())
}

/// Returns what the lints over the whole tree find, against a list of what was verified by hand (`docs/whole-tree.md`).
/// `SNAPSHOTS=overwrite` writes the list anew.
fn whole_tree(path: &Path) -> Result<(), Failed> {
    // Anything that is about a feature or a dependency has tests of its own.
    let lints = "stale-marker,select-undeclared";
    let (_, text) = run(
        path,
        &[
            "check",
            "--feature",
            "all",
            "--select",
            lints,
            "--format",
            "concise",
        ],
    );
    let of_tree = |line: &&str| !line.contains("LAZY_MMU");
    let found: String = text
        .lines()
        .filter(of_tree)
        .flat_map(|line| [line, "\n"])
        .collect();
    let version = Version::of(&Tree::open(path)?)?.text;
    let kept =
        Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/real_check/whole-{version}.txt"));
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(&kept, &found)?;
    }
    let expected = std::fs::read_to_string(&kept)
        .map_err(|_| format!("nobody has verified what is found in {version}:\n{found}"))?;
    assert_eq!(found, expected);
    Ok(())
}

fn verdicts_of_7_2(path: &Path) -> Result<(), Failed> {
    let outcome = outcome(&Tree::open(path)?)?;
    let said: Vec<(&str, Supported, Option<&str>)> = outcome
        .verdicts
        .iter()
        .map(|verdict| {
            let condition = verdict.condition.as_deref();
            (&*verdict.arch, verdict.supported, condition)
        })
        .collect();
    assert_eq!(said.len(), 21);
    let (yes, others): (Vec<_>, Vec<_>) = said
        .iter()
        .partition(|(_, supported, _)| *supported == Supported::Yes);
    assert_eq!(
        yes,
        [
            ("arm64", Supported::Yes, None),
            ("powerpc", Supported::Yes, Some("PPC_BOOK3S_64")),
            ("sparc", Supported::Yes, Some("SPARC64")),
            ("x86", Supported::Yes, Some("PARAVIRT_XXL")),
        ]
    );
    for (arch, supported, _) in others {
        assert_eq!(supported, Supported::No, "{arch}");
    }
    // Each place of the evidence holds what it stands for.
    let tree = Tree::open(path)?;
    for verdict in &outcome.verdicts {
        for evidence in &verdict.evidence {
            let place = &evidence.location;
            let text = tree.read_text(&place.path)?;
            let line = text.lines().nth(place.line as usize - 1).unwrap_or("");
            let named = ["arch_", SYMBOL].iter().any(|name| line.contains(name));
            assert!(named, "{place}: {line}");
        }
    }
    Ok(())
}

/// The check of the lazy MMU layer alone.
const LAYER: [&str; 3] = ["check", "--feature", "lazy_mmu"];

/// Holds what is found in 7.2 about all features, each compared with the sources by hand: docs/contracts.md.
const CONTRACTS: [&str; 7] = [
    "hook-without-select: arm defines all hooks but does not select `ARCH_HAS_KERNEL_FPU_SUPPORT`",
    "select-never: loongarch never selects `ARCH_HAS_TICK_BROADCAST`",
    "hook-without-select: mips defines all hooks but does not select `HAVE_ARCH_SOFT_DIRTY`",
    "hook-without-select: parisc defines all hooks but does not select `HAVE_ARCH_JUMP_LABEL`",
    "select-never: sh never selects `HAVE_SOFTIRQ_ON_OWN_STACK`",
    "missing-fallback: `ioremap_prot` is not defined where the feature is off [sh]",
    "stale-marker: `ARCH_HAS_CURRENT_STACK_POINTER` is tested",
];

fn clean(path: &Path) -> Result<(), Failed> {
    let (code, text) = run(path, &["check", "--format", "concise"]);
    assert_eq!(code, 1, "{text}");
    let known = |line: &str| CONTRACTS.iter().any(|words| line.contains(words));
    assert!(text.lines().all(known), "{text}");
    assert_eq!(text.lines().count(), CONTRACTS.len(), "{text}");
    assert_eq!(
        run(path, &[&LAYER[..], &["--format", "concise"]].concat()),
        (0, String::new())
    );
    let (code, text) = run(path, &LAYER);
    assert_eq!(code, 0);
    assert!(
        text.ends_with("no findings; lazy_mmu on 4 of 21 architectures\n"),
        "{text}"
    );
    // The conditions of powerpc and x86 differ as text; the solver decides all the same.
    assert!(!text.contains("undecided"), "{text}");
    Ok(())
}

fn emit_supported(path: &Path) -> Result<(), Failed> {
    let expected = "\
#
# Feature name:          lazy_mmu mode
#         Kconfig:       ARCH_HAS_LAZY_MMU_MODE
#         description:   arch supports arch_{enter|flush|leave}_lazy_mmu_mode()
#
    -----------------------
    |         arch |status|
    -----------------------
    |       arm64: |  ok  |
    |     powerpc: |  ok  |
    |       sparc: |  ok  |
    |         x86: |  ok  |
    -----------------------
";
    assert_eq!(
        run(path, &["emit", "--arches", "supported"]),
        (0, expected.to_owned())
    );
    let (code, all) = run(path, &["emit"]);
    assert_eq!(code, 0);
    assert_eq!(all.matches("|  ok  |").count(), 4);
    assert_eq!(all.matches("| TODO |").count(), 17);
    Ok(())
}

fn explain(path: &Path) -> Result<(), Failed> {
    let (code, text) = run(path, &["explain", SYMBOL]);
    assert_eq!(code, 0);
    let tree = Tree::open(path)?;
    let declared = line_of(&tree, "mm/Kconfig", &format!("config {SYMBOL}"))?;
    for (by, file, arch) in [
        ("ARM64", "arch/arm64/Kconfig", "arm64"),
        (
            "PPC_BOOK3S_64",
            "arch/powerpc/platforms/Kconfig.cputype",
            "powerpc",
        ),
        ("SPARC64", "arch/sparc/Kconfig", "sparc"),
        ("PARAVIRT_XXL", "arch/x86/Kconfig", "x86"),
    ] {
        let line = line_of(&tree, file, &format!("select {SYMBOL}"))?;
        let found = text.lines().any(|row| {
            row.contains("selected by ")
                && row.contains(by)
                && row.ends_with(&format!("{file}:{line}  [{arch}]"))
        });
        assert!(found, "{by} at {file}:{line} in\n{text}");
    }
    assert!(text.contains(&format!("bool, declared  mm/Kconfig:{declared}")));
    Ok(())
}

/// One file of a tree has one syntax tree, which all architectures share.
fn each_file_once(path: &Path) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let mut read = 0;
    for arch in tree.architectures()? {
        let model = model::of_all_configurations(&sources, &arch, &version);
        for source in &model.files {
            let again = sources.file(source.file.path()).unwrap();
            assert!(Arc::ptr_eq(source, &again), "{}", source.file.path());
        }
        read += model.files.len();
    }
    let loaded = sources.loaded().len();
    assert!(loaded > 1_500 && read > 10 * loaded, "{read} of {loaded}");
    Ok(())
}

/// Returns what a run finds of another one's result has the same bytes as what it would find itself.
fn kept_result(path: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let place = directory.path().to_str().unwrap();
    let kept: &[&str] = &["check", "--feature", "lazy_mmu", "--cache-dir", place];
    let (code, first) = run(path, kept);
    let results = std::fs::read_dir(place)?.filter(|entry| {
        let path = entry.as_ref().map(std::fs::DirEntry::path);
        path.is_ok_and(|path| path.extension().is_some_and(|end| end == "result"))
    });
    assert_eq!(results.count(), 1);
    assert_eq!(run(path, kept), (code, first));
    for format in [
        &["--format", "json", "--pedantic"][..],
        &["--format", "human", "--verbose"],
        &["--format", "sarif"],
    ] {
        let fresh = run(path, &[&LAYER[..], &["--no-cache"], format].concat());
        assert_eq!(run(path, &[kept, format].concat()), fresh, "{format:?}");
    }
    Ok(())
}

/// The line, counted from 1, of the first one in a file that begins with `text` after its indentation.
fn line_of(tree: &Tree, path: &str, text: &str) -> Result<usize, Failed> {
    let file = tree.read_text(path)?;
    let index = file
        .lines()
        .position(|line| line.trim_start().starts_with(text))
        .ok_or_else(|| format!("{path}: no line begins with `{text}`"))?;
    Ok(index + 1)
}

fn findings_of_6_12(path: &Path) -> Result<(), Failed> {
    let (code, text) = run(path, &[&LAYER[..], &["--format", "concise"]].concat());
    assert_eq!(code, 1, "{text}");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 4, "{text}");
    let of = |lint: &str| {
        let part = format!(": error: {lint}: ");
        lines.iter().filter(|line| line.contains(&part)).count()
    };
    assert_eq!(of("undeclared-symbol"), 1, "{text}");
    assert_eq!(of("retired-marker"), 3, "{text}");
    let tree = Tree::open(path)?;
    for arch in ["powerpc", "sparc", "x86"] {
        let line = lines
            .iter()
            .find(|line| line.ends_with(&format!("[{arch}]")))
            .ok_or_else(|| format!("nothing about {arch} in\n{text}"))?;
        // The line that is named is the one that defines the marker.
        let mut parts = line.split(':');
        let (file, number) = (parts.next().unwrap(), parts.next().unwrap());
        let named = tree.read_text(file)?;
        let named = named.lines().nth(number.parse::<usize>()? - 1).unwrap();
        assert!(named.contains("__HAVE_ARCH_ENTER_LAZY_MMU_MODE"), "{line}");
    }
    let verdicts = outcome(&tree)?.verdicts;
    assert!(
        verdicts
            .iter()
            .all(|verdict| verdict.supported == Supported::No)
    );
    Ok(())
}

/// Each sample of the documentation that says it is of this tree: what the program prints now has its lines, in order and without a
/// gap but where it has `[...]`. `tests/docs.rs` sees to the other samples.
fn documentation(path: &Path) -> Result<(), Failed> {
    let pages = page::pages();
    let blocks = pages.iter().flat_map(|page| page::blocks(page));
    let mut samples = 0;
    for block in blocks {
        let command = block.mark("verify").unwrap_or_default();
        let Some(arguments) = command.strip_prefix("kfeat -C linux-7.2 ") else {
            continue;
        };
        let place = block.place();
        let typed = format!("$ kfeat -C ~/src/linux {arguments}\n");
        assert!(block.text.starts_with(&typed), "{place}");
        let arguments: Vec<&str> = arguments.split(' ').collect();
        let (code, printed) = run(path, &arguments);
        assert_eq!(
            code.to_string(),
            block.mark("exits").unwrap_or("0"),
            "{place}"
        );
        page::compare(&block, &(typed + &printed)).map_err(|said| format!("{place}: {said}"))?;
        samples += 1;
    }
    assert!(samples >= 4, "{samples}");
    Ok(())
}

/// Holds what of a command needs more than a tree: a repository, or files.
const MORE: [&str; 16] = [
    "|",
    ">",
    "--rev",
    "--range",
    "--patch",
    "--between",
    "--releases",
    "--format-patch",
    "--write",
    "--baseline",
    "--write-baseline",
    "--spec",
    "--config",
    "--config-file",
    "--git",
    // Minutes.
    "all",
];

/// Each command of the guides and of the examples below `--help` that reads a tree and nothing else: features, symbols and
/// architectures that it names are there. `tests/docs.rs` runs all commands, on the small tree.
fn commands(path: &Path) -> Result<(), Failed> {
    let mut commands = std::collections::BTreeSet::new();
    for page in page::pages() {
        let is_plain = |block: &page::Block| block.language == "sh" && block.mark("in").is_none();
        for block in page::blocks(&page) {
            if is_plain(&block) {
                commands.extend(page::typed(&block.text));
            } else if page == "docs/cli.md" {
                let examples = page::examples(&block.text);
                commands.extend(examples.into_iter().map(str::to_owned));
            }
        }
    }
    let mut run = 0;
    for command in commands {
        let words: Vec<&str> = command.split_whitespace().collect();
        let reads = ["check", "audit", "emit", "matrix", "explain"];
        let is_read = words[0] == "kfeat" && words.get(1).is_some_and(|word| reads.contains(word));
        if !is_read || words.iter().any(|word| MORE.contains(word)) {
            continue;
        }
        let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
            .env("XDG_CACHE_HOME", "/dev/null")
            .arg("-C")
            .arg(path)
            .args(&words[1..])
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr);
        // Findings there are, and what could not be done is 2.
        if !matches!(output.status.code(), Some(0 | 1)) || said.contains("error:") {
            return Err(format!("`{command}`: {said}").into());
        }
        run += 1;
    }
    assert!(run > 15, "{run}");
    Ok(())
}
