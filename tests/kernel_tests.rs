//! Runs the kernel's own tests of the language, `scripts/kconfig/tests`, with kfeat in the place of `conf`.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons). Their tests are copied to a temporary directory
//! and run unchanged there; the front is `examples/conf.rs`. It needs pytest in a virtual environment below `target`:
//! `python3 -m venv target/pytest && target/pytest/bin/pip install pytest`.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use kfeat::kconfig::eval::Dialect;
use kfeat::kconfig::model::environment::Version;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};

mod trees;

/// The tests that are left out, and why. Those of later releases are not in earlier trees, and the other way round.
const LEFT_OUT: &[(&str, &str)] = &[
    ("auto_submenu/__init__.py::test", QUESTIONS),
    ("choice/__init__.py::test_oldask0", QUESTIONS),
    ("choice/__init__.py::test_oldask1", QUESTIONS),
    ("new_choice_with_dep/__init__.py::test", QUESTIONS),
    ("transitional/__init__.py::test", QUESTIONS),
    ("no_write_if_dep_unmet/__init__.py::test", ANSWERS),
    ("choice_value_with_m_dep/__init__.py::test", ANSWERS),
    ("choice_randomize/__init__.py::test", RANDOM),
    ("choice_randomize2/__init__.py::test", RANDOM),
];

const QUESTIONS: &str = "compares the questions of an interactive target";
const ANSWERS: &str = "answers the questions of an interactive target";
const RANDOM: &str = "needs randconfig";

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = trees::real().into_iter().map(trial).collect();
    if trials.is_empty() {
        trials.push(trees::missing("tests_of_the_kernel"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let label = format!("tests_of_the_kernel::{name}");
    let release = Tree::open(&path)
        .and_then(|tree| Version::of(&tree))
        .map(|version| version.release);
    let old = release.is_ok_and(|release| Dialect::of(release) == Dialect::OldChoices);
    let trial = Trial::test(label, move || {
        tests_of_the_kernel(&path).map_err(|error| format!("{error:#}").into())
    });
    if old {
        trial
            .with_kind("the front does not speak as `conf` did before 6.11")
            .with_ignored_flag(true)
    } else {
        trial
    }
}

fn tests_of_the_kernel(tree: &Path) -> Result<()> {
    // The link is called as it is, for a virtual environment knows itself by it.
    let python = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("pytest")
        .join("bin/python");
    ensure!(
        python.is_file(),
        "pytest is missing: python3 -m venv target/pytest && target/pytest/bin/pip install pytest"
    );
    // Cargo builds examples beside the directory of the tests.
    let front = std::env::current_exe()?
        .parent()
        .and_then(Path::parent)
        .context("this test stands in no directory")?
        .join("examples/conf");
    let directory = tempfile::tempdir()?;
    let kconfig = directory.path().join("scripts/kconfig");
    copy(&tree.join("scripts/kconfig/tests"), &kconfig.join("tests"))?;
    fs::copy(&front, kconfig.join("conf"))
        .with_context(|| format!("cannot copy {}", front.display()))?;
    let version = Version::of(&Tree::open(tree)?)?;
    let mut command = Command::new(&python);
    command
        .args(["-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"])
        .args([
            "-o",
            "console_output_style=classic",
            "scripts/kconfig/tests",
        ])
        .current_dir(directory.path())
        .env("KFEAT_CONF_RELEASE", &version.text);
    for (test, why) in LEFT_OUT {
        let file = test.split(':').next().unwrap_or_default();
        if kconfig.join("tests").join(file).is_file() {
            println!("left out: {test}: {why}");
            // Named from the directory on that has the tests' configuration.
            command.args(["--deselect", test]);
        }
    }
    let output = command.output().context("cannot run pytest")?;
    let said = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "{said}");
    println!(
        "{}: {}",
        tree.display(),
        said.lines().last().unwrap_or_default()
    );
    Ok(())
}

/// Copies a directory with all that is in it.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    let entries = fs::read_dir(from).with_context(|| format!("cannot list {}", from.display()))?;
    for entry in entries {
        let entry = entry?;
        let (from, to) = (entry.path(), to.join(entry.file_name()));
        if entry.file_type()?.is_dir() {
            copy(&from, &to)?;
        } else {
            fs::copy(&from, &to)?;
        }
    }
    Ok(())
}
