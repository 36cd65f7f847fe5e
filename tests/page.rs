//! The page of `kfeat matrix --format html` in a real browser: Chromium, driven by Playwright with real clicks and keys.
//!
//! `tests/page/browser.js` does what a reader does and compares what the page shows with `--format json`; `tests/page/releases.js` reads
//! the pages of `--site`. Both need node,
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

#[path = "cli/git.rs"]
mod git;
#[path = "cli/program.rs"]
mod program;
mod trees;

use git::Repository;
use program::{Copy, mini, on, package};

fn main() {
    let arguments = Arguments::from_args();
    let programs = programs();
    let with_programs = |name: &str, test: Box<Test>| match &programs {
        Ok(programs) => {
            let programs = programs.clone();
            Trial::test(name, move || test(&programs))
        }
        Err(reason) => Trial::test(name, || Ok(()))
            .with_kind(reason.clone())
            .with_ignored_flag(true),
    };
    let trial = |name: &str, tree: PathBuf| {
        with_programs(name, Box::new(move |programs| page_works(programs, &tree)))
    };
    // One full matrix is enough, and it has all that the small one has; the first tree is the newest.
    let mut trials = match trees::real().into_iter().next() {
        Some(tree) => vec![trial("page_of_a_real_tree", tree)],
        None => vec![
            trial("page_of_the_small_tree", mini()),
            trees::missing("page_of_a_real_tree"),
        ],
    };
    trials.push(with_programs("pages_of_releases", Box::new(site_works)));
    libtest_mimic::run(&arguments, trials).exit();
}

type Test = dyn Fn(&Programs) -> Result<(), Failed> + Send;

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
    programs.run("tests/page/browser.js", directory.path())
}

/// The pages of two releases of the small tree, with what changed between them, and their index.
fn site_works(programs: &Programs) -> Result<(), Failed> {
    let repository = Repository::new();
    let select = "\tselect ARCH_HAS_LAZY_MMU_MODE\n";
    repository.tree.replace("arch/arm64/Kconfig", select, "");
    repository.commit("arm64: do without");
    let directory = tempfile::tempdir().unwrap();
    let site = directory.path().display().to_string();
    let arguments = ["matrix", "--site", &site, "--releases", "base,HEAD"];
    on(repository.path(), arguments).exits(0);
    programs.run("tests/page/releases.js", directory.path())
}

impl Programs {
    /// Runs a script of the tests on a directory of pages.
    fn run(&self, script: &str, pages: &Path) -> Result<(), Failed> {
        let output = Command::new(&self.node)
            .arg(package(script))
            .args([&*self.chromium, pages])
            .env("NODE_PATH", &self.modules)
            .output()
            .unwrap();
        let texts = [output.stdout, output.stderr];
        let said = texts.map(|text| String::from_utf8_lossy(&text).into_owned());
        match output.status.success() {
            true => Ok(()),
            false => Err(said.concat().into()),
        }
    }
}
