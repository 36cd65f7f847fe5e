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
use std::ops::Range;
use std::path::Path;
use std::process::Command;

use kfeat::kconfig::sources::each_statement;
use kfeat::kconfig::syntax::{File, PropertyKind, StatementKind};
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

/// The meaning of a file, statement by statement and line by line, without the white space at both ends of lines. A help text is as people
/// read it: what is common to the indentation of its lines does not count, and the rest does.
fn meaning(path: &str, text: &str) -> Vec<String> {
    let file = File::parse(path.into(), text.to_owned());
    let trimmed = |span| {
        let lines = file.slice(span).lines();
        lines.map(str::trim).collect::<Vec<_>>().join("\n")
    };
    let mut said = Vec::new();
    each_statement(file.statements(), &mut |statement| {
        said.push(trimmed(statement.span));
        for property in statement.kind.properties() {
            said.push(match property.kind {
                PropertyKind::Help(span) => file.help_text(span).trim_end().to_owned(),
                _ => format!("\t{}", trimmed(property.span)),
            });
        }
    });
    for finding in file.diagnostics() {
        said.push(finding.headline.clone());
    }
    said
}

/// The lines, counted from 0, of the entries that are as the coding style asks: tabs before the first line, one more before each
/// property, two blanks more before a help, no blanks before a tab or at the end of a line.
fn in_order(path: &str, text: &str) -> Vec<Range<usize>> {
    let file = File::parse(path.into(), text.to_owned());
    let lines: Vec<&str> = text.lines().collect();
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .collect();
    let line_of = |offset: u32| starts.partition_point(|start| *start <= offset as usize) - 1;
    let mut found = Vec::new();
    each_statement(file.statements(), &mut |statement| {
        if !matches!(statement.kind, StatementKind::Config { .. }) {
            return;
        }
        let first = statement.line as usize - 1;
        let indent = lines[first].len() - lines[first].trim_start_matches('\t').len();
        let own = "\t".repeat(indent + 1);
        let begins = |line: &str, blanks: &str| {
            line.strip_prefix(blanks)
                .is_some_and(|rest| !rest.starts_with([' ', '\t']))
        };
        let mut end = first + 1;
        let mut is_in_order = begins(lines[first], &own[1..]);
        for property in statement.kind.properties() {
            let at = property.line as usize - 1;
            is_in_order &= begins(lines[at], &own);
            end = end.max(at + 1);
            if let PropertyKind::Help(span) = property.kind
                && span.end > span.start
            {
                let of_help = line_of(span.start)..line_of(span.end - 1) + 1;
                let texts = lines[of_help.clone()]
                    .iter()
                    .filter(|line| !line.is_empty());
                let mut texts = texts.clone().zip(0..);
                is_in_order &= texts.all(|(line, number)| match number {
                    0 => begins(line, &format!("{own}  ")),
                    _ => line.starts_with(&format!("{own}  ")),
                });
                end = end.max(of_help.end);
            }
        }
        // Blank lines at the end of a help may be those at the end of the file.
        while lines[end - 1].is_empty() {
            end -= 1;
        }
        let blanks = |line: &str| line[..line.len() - line.trim_start().len()].contains(" \t");
        let mut all = lines[first..end].iter();
        is_in_order &= all.all(|line| !line.ends_with([' ', '\t']) && !blanks(line));
        if is_in_order {
            found.push(first..end);
        }
    });
    found
}

fn format(root: &Path) -> Result<(), Failed> {
    let mut client = Client::on(root);
    let files = kconfig_files(root);
    let (mut spoilt, mut in_order_entries) = (0, 0);
    for path in &files {
        let uri = uri(root, path);
        let old = text(root, path);
        client.open(&uri, &old);
        let params = json!({ "textDocument": { "uri": uri }, "options": { "tabSize": 8, "insertSpaces": false } });
        let edits = client.request("textDocument/formatting", params.clone());
        let new = applied(&old, &edits["result"]);
        let bare = |text: &str| text.split([' ', '\t', '\n']).collect::<String>();
        assert_eq!(bare(&new), bare(&old), "{path}");
        assert_eq!(meaning(path, &new), meaning(path, &old), "{path}");
        for lines in in_order(path, &old) {
            in_order_entries += 1;
            let of = |text: &str| -> Vec<String> {
                let lines_ = text.split_inclusive('\n').skip(lines.start);
                lines_
                    .take(lines.len())
                    .map(|line| line.trim_end_matches('\n').to_owned())
                    .collect()
            };
            assert_eq!(of(&new), of(&old), "{path}:{}", lines.start + 1);
        }
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
    assert!(in_order_entries > 10 * files.len() / 2);
    println!(
        "{}: {spoilt} of {} files have other white space; {in_order_entries} entries are in order and stay",
        root.display(),
        files.len()
    );
    Ok(())
}
