//! Owns what a command does with the safe fixes of its findings: show them, or make them in the tree.

use std::collections::BTreeMap;

use anyhow::{Context, bail};

use super::output::{self, note};
use super::write;
use crate::diag::{Diagnostic, Level};
use crate::emit::diff::unified_diff_of_bytes;
use crate::emit::fix;
use crate::emit::mail::{self, Author};
use crate::tree::Tree;

/// Writes a mail for each finding with a safe fix to standard output, as `git format-patch` does and `git am` takes. Each patch is one on
/// top of those before it.
///
/// # Errors
///
/// Standard output cannot be written, or a file has changed meanwhile.
pub(super) fn mails(
    tree: &Tree,
    findings: &[Diagnostic],
    author: &Author,
) -> anyhow::Result<output::Exit> {
    let source = |path: &str| tree.read_text(path).ok();
    let fixed = fix::apply(findings, &source).fixed;
    let fixable: Vec<Diagnostic> = findings
        .iter()
        .zip(fixed)
        .filter(|(_, fixed)| *fixed)
        .map(|(finding, _)| finding.clone())
        .collect();
    // The bytes of each changed file on disk, and with the fixes so far.
    let mut texts: BTreeMap<String, (Vec<u8>, Vec<u8>)> = BTreeMap::new();
    let mut steps = fix::Steps::default();
    for (index, finding) in fixable.iter().enumerate() {
        let mut diffs = Vec::new();
        for file in steps.add(finding, &source) {
            if !texts.contains_key(&file.path) {
                let now = tree.read(&file.path)?;
                texts.insert(file.path.clone(), (now.clone(), now));
            }
            let Some((now, before)) = texts.get_mut(&file.path) else {
                continue;
            };
            let Some(after) = file.bytes(now) else {
                bail!("`{}` changed in the meantime", file.path);
            };
            if *before != after {
                let diff = unified_diff_of_bytes(Some(before), &after, &file.path);
                diffs.push((file.path.clone(), diff));
            }
            *before = after;
        }
        // Two findings may have the same fix.
        if !diffs.is_empty() {
            let place = (index + 1, fixable.len());
            output::print_bytes(&mail::fix::mail(finding, &diffs, author, place))?;
        }
    }
    if fixable.is_empty() {
        note("no finding has a safe fix");
    }
    let denied = findings.iter().any(|finding| finding.level == Level::Deny);
    Ok(if denied {
        output::Exit::Findings
    } else {
        output::Exit::Clean
    })
}

/// Writes the safe fixes of the findings to standard output as one diff, or, with `write`, into the files of the tree, each
/// of which is replaced as a whole. What was done, and which findings have to be fixed by hand, goes to standard error.
/// Returns [`output::Exit::Findings`] where a finding of level deny is left: all of them while nothing is written.
///
/// # Errors
///
/// A file cannot be written.
pub(super) fn run(
    tree: &Tree,
    findings: &[Diagnostic],
    write: bool,
) -> anyhow::Result<output::Exit> {
    let fixes = fix::apply(findings, &|path| tree.read_text(path).ok());
    for file in &fixes.files {
        let now = tree.read(&file.path)?;
        let Some(bytes) = file.bytes(&now) else {
            bail!("`{}` changed in the meantime", file.path);
        };
        if write {
            let failed = || format!("cannot write `{}`", file.path);
            // The target of a link is changed, not the link; the tree has checked that it stays inside.
            let target = tree.root().join(&file.path).canonicalize();
            let target = target.with_context(failed)?;
            if !target.starts_with(tree.root()) {
                bail!("`{}` points outside the tree", file.path);
            }
            write::replace(tree, &target, &bytes).with_context(failed)?;
            note(&format!("wrote {}", file.path));
        } else {
            output::print_bytes(&unified_diff_of_bytes(Some(&now), &bytes, &file.path))?;
        }
    }
    let mut denied = false;
    for (finding, fixed) in findings.iter().zip(&fixes.fixed) {
        denied |= finding.level == Level::Deny && !(*fixed && write);
        if !fixed && finding.level > Level::Allow {
            note(&format!(
                "no safe fix: {}: {}: {}",
                finding.primary.location, finding.lint, finding.headline
            ));
        }
    }
    Ok(if denied {
        output::Exit::Findings
    } else {
        output::Exit::Clean
    })
}
