//! The language server on real kernel trees: no file is shown anything that `check` does not say of it.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without it these tests are ignored, and say so. Nothing is
//! written to a tree.

#![allow(
    clippy::unwrap_used,
    dead_code,
    reason = "all of this is a test; clippy only knows functions marked as one. Other tests use the rest of `client`"
)]

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Arguments, Failed, Trial};

#[path = "lsp/client.rs"]
mod client;
mod trees;

use client::{Client, uri};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = trees::real()
        .into_iter()
        .map(|root| {
            let name = root.file_name().unwrap_or_default().to_string_lossy();
            let name = format!("files_get_the_findings_of_check::{name}");
            Trial::test(name, move || compare(&root))
        })
        .collect();
    if trials.is_empty() {
        trials.push(trees::missing("files_get_the_findings_of_check"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn text(root: &Path, path: &str) -> String {
    String::from_utf8_lossy(&fs::read(root.join(path)).unwrap()).into_owned()
}

fn compare(root: &Path) -> Result<(), Failed> {
    let checked = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .args(["check", "--format", "concise", "-C"])
        .arg(root)
        .env("XDG_CONFIG_HOME", "/dev/null")
        .output()
        .unwrap();
    let said = String::from_utf8(checked.stdout).unwrap();
    let mut client = Client::on(root);
    let paths = [
        "Kconfig",
        "init/Kconfig",
        "mm/Kconfig",
        "arch/x86/Kconfig",
        "arch/um/Kconfig",
        "drivers/net/Kconfig",
        "drivers/gpu/drm/Kconfig",
        "scripts/kconfig/tests/err_recursive_inc/Kconfig",
    ];
    // Also those of which `check` says something.
    let named = said.lines().filter_map(|line| line.split(':').next());
    let mut files: Vec<&str> = paths
        .into_iter()
        .chain(named.filter(|path| path.contains("Kconfig")))
        .filter(|path| root.join(path).is_file())
        .collect();
    files.sort_unstable();
    files.dedup();
    for path in &files {
        client.open(&uri(root, path), &text(root, path));
    }
    for path in &files {
        let shown = client.checked(&uri(root, path), 1);
        let of_check = said
            .lines()
            .filter(|line| line.starts_with(&format!("{path}:")));
        assert_eq!(
            shown.len(),
            of_check.count(),
            "{}: {path}: {shown:?}",
            root.display()
        );
    }
    Ok(())
}
