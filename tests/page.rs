//! The page of `kfeat matrix --format html` in a real browser: Chromium, driven by Playwright with real clicks and keys.
//!
//! `tests/page/browser.js` does what a reader does and compares what the page shows with `--format json`. It needs node,
//! Debian's `chromium`, and `playwright-core` below `target/browser`:
//! `npm install --prefix target/browser playwright-core@1.65.1`. What is not there leaves the tests ignored.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `program`"
)]

use std::path::{Path, PathBuf};
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "cli/program.rs"]
mod program;
mod trees;

use program::{Copy, mini, on, package};

fn main() {
    let arguments = Arguments::from_args();
    let programs = programs();
    let trial = |name: &str, tree: PathBuf| match &programs {
        Ok(programs) => {
            let programs = programs.clone();
            Trial::test(name, move || page_works(&programs, &tree))
        }
        Err(reason) => Trial::test(name, || Ok(()))
            .with_kind(reason.clone())
            .with_ignored_flag(true),
    };
    // One full matrix is enough, and it has all that the small one has; the first tree is the newest.
    let trials = match trees::real().into_iter().next() {
        Some(tree) => vec![trial("page_of_a_real_tree", tree)],
        None => vec![
            trial("page_of_the_small_tree", mini()),
            trees::missing("page_of_a_real_tree"),
        ],
    };
    libtest_mimic::run(&arguments, trials).exit();
}

/// Describes what the tests need.
#[derive(Clone)]
struct Programs {
    node: PathBuf,
    chromium: PathBuf,
    /// Where npm has put Playwright.
    modules: PathBuf,
}

/// The programs, or what is not there, in words.
fn programs() -> Result<Programs, String> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let find = |name: &str| {
        std::env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|program| program.is_file())
            .ok_or_else(|| format!("{name} is not installed"))
    };
    let modules = Path::new(env!("CARGO_TARGET_TMPDIR"))
        .with_file_name("browser")
        .join("node_modules");
    if !modules.join("playwright-core").is_dir() {
        return Err(
            "playwright-core is not installed in target/browser, see CONTRIBUTING.md".to_owned(),
        );
    }
    Ok(Programs {
        node: find("node")?,
        chromium: find("chromium")?,
        modules,
    })
}

fn page_works(programs: &Programs, tree: &Path) -> Result<(), Failed> {
    let directory = tempfile::tempdir().unwrap();
    // Of the small tree, with default configurations; there they take no time.
    let copy = Copy::new();
    copy.write("arch/arm64/configs/small_defconfig", "CONFIG_MMU=y\n");
    let (tree, more): (&Path, &[&str]) = match tree == mini() {
        true => (copy.path(), &["--defconfigs"]),
        false => (tree, &[]),
    };
    for format in ["html", "json"] {
        let arguments = [&["matrix", "--format", format], more].concat();
        let text = on(tree, arguments).exits(0).out;
        std::fs::write(directory.path().join(format!("matrix.{format}")), text).unwrap();
    }
    let output = Command::new(&programs.node)
        .arg(package("tests/page/browser.js"))
        .args([&*programs.chromium, directory.path()])
        .env("NODE_PATH", &programs.modules)
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout) + String::from_utf8_lossy(&output.stderr);
    match output.status.success() {
        true => Ok(()),
        false => Err(said.into_owned().into()),
    }
}
