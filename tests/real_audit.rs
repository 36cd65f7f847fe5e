//! Describes what the tables of real kernel trees are found to say wrongly, against tables of findings that were verified by hand.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without it these tests are ignored, and say so; so
//! is a comparison on a tree whose version has no table in `tests/real_audit`. `SNAPSHOTS=overwrite` writes the table
//! anew. `docs/audit.md` says how each finding was verified. No tree is written to.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

use kfeat::check::lints;
use kfeat::check::support::verdict::Supported;
use kfeat::check::table::{self, Agreement, Matrix, rows};
use kfeat::diag::Diagnostic;
use kfeat::emit::fix;
use kfeat::emit::refresh::{Refreshed, refreshed};
use kfeat::feature::builtin;
use kfeat::kconfig::model::environment::Version;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

const VARIABLE: &str = "KFEAT_TEST_TREES";

/// A test of one tree; `Ok` with a reason where there is nothing to test.
type Test = fn(&Tree) -> Result<(), Failed>;

/// Each test, and whether it needs the table of findings.
const TESTS: &[(&str, Test, bool)] = &[
    (
        "findings_are_those_that_were_verified",
        findings_are_as_kept,
        true,
    ),
    (
        "tables_that_were_brought_up_to_date_have_no_wrong_rows",
        corrected_tables_are_right,
        false,
    ),
    ("patches_apply_with_git_am", patches_apply, false),
    (
        "fixes_are_what_emit_writes",
        fixes_are_what_emit_writes,
        false,
    ),
];

fn main() {
    let arguments = Arguments::from_args();
    let trees: Vec<PathBuf> = std::env::var_os(VARIABLE)
        .map(|trees| std::env::split_paths(&trees).collect())
        .unwrap_or_default();
    let trees: Vec<PathBuf> = trees
        .into_iter()
        .filter(|path| !path.as_os_str().is_empty())
        .collect();
    let mut trials = Vec::new();
    for &(name, test, needs_table) in TESTS {
        if trees.is_empty() {
            trials.push(ignored(
                name.to_owned(),
                format!("set {VARIABLE} to kernel trees"),
            ));
        }
        for path in &trees {
            let label = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy();
            let name = format!("{name}::{label}");
            let tree = match Tree::open(path) {
                Ok(tree) => tree,
                Err(error) => {
                    let text = error.to_string();
                    trials.push(Trial::test(name, move || Err(text.into())));
                    continue;
                }
            };
            let missing = needs_table && !kept_path(&tree).is_file() && !overwrites();
            trials.push(if missing {
                ignored(name, "this version has no table of findings".to_owned())
            } else {
                Trial::test(name, move || test(&tree))
            });
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A test that cannot be run. It fails where the command line insists on ignored tests: it must never count as passed.
fn ignored(name: String, reason: String) -> Trial {
    let text = reason.clone();
    Trial::test(name, move || Err(text.into()))
        .with_kind(reason)
        .with_ignored_flag(true)
}

fn overwrites() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// The table of findings for a tree's version.
fn kept_path(tree: &Tree) -> PathBuf {
    let version = Version::of(tree).map_or_else(|_| "unknown".to_owned(), |version| version.text);
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/real_audit/{version}.txt"))
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what().into()) }
}

fn matrix_of(tree: &Tree) -> Result<Matrix, Failed> {
    let mut rows = rows::of_tree(tree, builtin::default())?;
    rows.retain(|row| row.table.is_some());
    ensure(rows.len() > 40, || format!("only {} tables", rows.len()))?;
    Ok(table::matrix(
        tree,
        rows,
        &tree.architectures()?,
        &mut |_| {},
    )?)
}

/// A finding as the table keeps it: the place, the headline, and the places that prove it.
fn line(finding: &Diagnostic) -> String {
    let mut text = format!(
        "{} {}: {}\n",
        finding.primary.location, finding.lint, finding.headline
    );
    for label in &finding.secondary {
        let _ = writeln!(text, "    {}: {}", label.location, label.text);
    }
    text
}

fn findings_are_as_kept(tree: &Tree) -> Result<(), Failed> {
    let matrix = matrix_of(tree)?;
    let undecided: Vec<String> = matrix
        .features
        .iter()
        .flat_map(|row| row.cells.iter().map(move |cell| (row, cell)))
        .filter(|(_, cell)| cell.supported == Supported::Undecided)
        .map(|(row, cell)| format!("{} {}: {:?}\n", row.name, cell.arch, cell.reason))
        .collect();
    let mut text =
        String::from("# Findings of `kfeat audit`, as verified by hand in docs/audit.md.\n");
    for finding in lints::run_tables(&matrix) {
        text.push_str(&line(&finding));
    }
    text.push_str("# Cells that are not decided\n");
    text.extend(undecided);
    let path = kept_path(tree);
    if overwrites() {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(&path, &text)?;
    }
    let kept = std::fs::read_to_string(&path)?;
    let lost = kept
        .lines()
        .filter(|line| !text.lines().any(|new| new == *line));
    let lost: Vec<String> = lost.map(|line| format!("- {line}")).collect();
    let new = text
        .lines()
        .filter(|line| !kept.lines().any(|old| old == *line));
    let new: Vec<String> = new.map(|line| format!("+ {line}")).collect();
    ensure(kept == text, || [lost, new].concat().join("\n"))
}

/// Returns what `emit --all` makes has no row that the audit finds wrong, and only what was wrong changes.
fn corrected_tables_are_right(tree: &Tree) -> Result<(), Failed> {
    let matrix = matrix_of(tree)?;
    let mut corrected = Tree::open(tree.root())?;
    for row in &matrix.features {
        let Some(new) = refreshed(row) else { continue };
        let is_wrong = |arch: &str| {
            let cell = row.cells.iter().find(|cell| cell.arch == arch);
            cell.is_none_or(|cell| {
                let open = cell.documented.is_none() || cell.agreement == Agreement::Open;
                open || matches!(cell.agreement, Agreement::Claimed | Agreement::Denied)
            })
        };
        for change in &new.changes {
            ensure(is_wrong(&change.arch), || {
                format!("{}: {change:?}", new.path)
            })?;
        }
        corrected.overlay(&new.path, Some(new.new))?;
    }
    let left: Vec<String> = lints::run_tables(&matrix_of(&corrected)?)
        .iter()
        .filter(|finding| finding.lint != "table-other-symbol")
        .map(line)
        .collect();
    ensure(left.is_empty(), || left.concat())
}

/// The fixes of the findings make of each table what `emit --all` makes of it.
fn fixes_are_what_emit_writes(tree: &Tree) -> Result<(), Failed> {
    let before = matrix_of(tree)?;
    let mut fixed = Tree::open(tree.root())?;
    let mut matrix = before.clone();
    // A fix may wait for another one of the same lines.
    for _ in 0..3 {
        let fixes = fix::apply(&lints::run_tables(&matrix), &|path| {
            fixed.read_text(path).ok()
        });
        if fixes.files.is_empty() {
            break;
        }
        for file in fixes.files {
            fixed.overlay(&file.path, Some(file.after.into_bytes()))?;
        }
        matrix = matrix_of(&fixed)?;
    }
    for row in &before.features {
        let Some(emitted) = refreshed(row) else {
            continue;
        };
        ensure(fixed.read(&row.path)? == emitted.new, || {
            format!("the fixes make another table of {}", row.path)
        })?;
    }
    Ok(())
}

/// The mails that `emit --all --format-patch` writes apply to a repository with the tables of the tree, and leave what `--write` would.
fn patches_apply(tree: &Tree) -> Result<(), Failed> {
    let directory = tempfile::tempdir()?;
    let (repository, mails) = (
        directory.path().join("repository"),
        directory.path().join("mails"),
    );
    // The tables that the tree has, and those that it lacks.
    let rows = rows::of_tree(tree, builtin::default())?;
    let matrix = table::matrix(tree, rows, &tree.architectures()?, &mut |_| {})?;
    let mut expected = Vec::new();
    for row in &matrix.features {
        let path = repository.join(&row.path);
        std::fs::create_dir_all(path.parent().unwrap_or(&repository))?;
        if row.table.is_some() {
            std::fs::write(&path, tree.read(&row.path)?)?;
        }
        if let Some(new) = refreshed(row).filter(Refreshed::is_change) {
            expected.push(new);
        }
    }
    let git = |arguments: &[&str]| -> Result<String, Failed> {
        let output = Command::new("git")
            .args([
                "-c",
                "user.name=A",
                "-c",
                "user.email=a@example.org",
                "-c",
                "init.defaultBranch=main",
            ])
            .args(arguments)
            .current_dir(&repository)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .output()?;
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        ensure(output.status.success(), || format!("{arguments:?}: {said}"))?;
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    };
    git(&["init", "-q"])?;
    git(&["add", "-A"])?;
    git(&["commit", "-q", "-m", "tables"])?;
    let written = Command::new(env!("CARGO_BIN_EXE_kfeat"))
        .arg("-C")
        .arg(tree.root())
        .args([
            "emit",
            "--all",
            "--from",
            "J\u{f6}rg <j@example.org>",
            "--format-patch",
        ])
        .arg(&mails)
        .output()?;
    ensure(written.status.code() == Some(0), || {
        String::from_utf8_lossy(&written.stderr).into_owned()
    })?;
    let listed = String::from_utf8_lossy(&written.stdout).into_owned();
    let files: Vec<&str> = listed.lines().collect();
    ensure(files.len() == expected.len(), || listed.clone())?;
    if files.is_empty() {
        return Ok(());
    }
    git(&[&["am", "-q"][..], &files].concat())?;
    for new in &expected {
        let bytes = std::fs::read(repository.join(&new.path))?;
        ensure(bytes == new.new, || format!("{} differs", new.path))?;
    }
    let log = git(&["log", "--format=%an <%ae>%x09%s", "--reverse", "HEAD~.."])?;
    ensure(
        log.starts_with("J\u{f6}rg <j@example.org>\tDocumentation/features: "),
        || log.clone(),
    )?;
    let subjects = git(&["log", "--format=%s"])?;
    for subject in subjects.lines() {
        ensure(subject.len() <= 75, || format!("long: {subject}"))?;
    }
    let status = git(&["status", "--porcelain"])?;
    ensure(status.is_empty(), || status.clone())
}
