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

use client::{Client, applied, uri};
use serde_json::json;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = Vec::new();
    for root in trees::real() {
        let of_tree = root.file_name().unwrap_or_default().to_string_lossy();
        let name = |test: &str| format!("{test}::{of_tree}");
        let (checked, formatted) = (root.clone(), root.clone());
        trials.push(Trial::test(
            name("files_get_the_findings_of_check"),
            move || compare(&checked),
        ));
        trials.push(Trial::test(
            name("formatting_changes_white_space_once"),
            move || format(&formatted),
        ));
    }
    if trials.is_empty() {
        trials.push(trees::missing("files_get_the_findings_of_check"));
        trials.push(trees::missing("formatting_changes_white_space_once"));
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

/// All Kconfig files of a tree, as `find` has them.
fn kconfig_files(root: &Path) -> Vec<String> {
    let listed = Command::new("find")
        .args([
            ".",
            "-type",
            "f",
            "-name",
            "Kconfig*",
            "-not",
            "-path",
            "./scripts/kconfig/tests/*",
        ])
        .current_dir(root)
        .output()
        .unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    let mut files: Vec<String> = listed
        .lines()
        .map(|path| path.trim_start_matches("./").to_owned())
        .collect();
    files.sort_unstable();
    files
}

/// Upper bound on how many of a thousand files may have white space that differs from the coding style.
const SPOILT: usize = 250;

fn format(root: &Path) -> Result<(), Failed> {
    let mut client = Client::on(root);
    let files = kconfig_files(root);
    let mut spoilt = 0;
    for path in &files {
        let uri = uri(root, path);
        let old = text(root, path);
        client.open(&uri, &old);
        let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 8, "insertSpaces": false } });
        let edits = client.request("textDocument/formatting", params.clone());
        let new = applied(&old, &edits["result"]);
        let bare = |text: &str| text.split([' ', '\t', '\n']).collect::<String>();
        assert_eq!(bare(&new), bare(&old), "{path}");
        if new != old {
            spoilt += 1;
            client.change(&uri, 2, json!([{ "text": new }]));
            let again = client.request("textDocument/formatting", params);
            assert_eq!(again["result"], json!([]), "{path}");
        }
        client.notify(
            "textDocument/didClose",
            json!({ "textDocument": { "uri": uri } }),
        );
        client.seen.clear();
    }
    assert!(files.len() > 1000);
    assert!(
        spoilt * 1000 < SPOILT * files.len(),
        "{spoilt} of {} files",
        files.len()
    );
    println!(
        "{}: {spoilt} of {} files have other white space",
        root.display(),
        files.len()
    );
    Ok(())
}
