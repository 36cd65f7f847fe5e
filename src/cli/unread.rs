//! Owns what a command does about Kconfig files that could not be read: the read commands show the rest and fail, the write commands
//! write nothing.

use anyhow::bail;

use super::output::{Exit, note};
use super::specs::Specs;
use crate::check::table::Matrix;
use crate::kconfig::model::Unread;
use crate::tree::{PassedOver, Tree};

/// Says on standard error about which architectures nothing is concluded, and why.
pub(super) fn say(unread: &[(String, Unread)]) {
    for (reason, archs) in by_reason(unread) {
        note(&format!("undecided on {}: {reason}", archs.join(", ")));
    }
}

/// How a run ends that would end with `exit` if everything could be read. Says what could not.
pub(super) fn exit(unread: &[(String, Unread)], exit: Exit) -> Exit {
    say(unread);
    if unread.is_empty() {
        exit
    } else {
        Exit::Failed
    }
}

/// The same for a command that shows what the tables say: says also which tables could not be read.
pub(super) fn exit_of_tables(matrix: &Matrix, end: Exit) -> Exit {
    let reasons: Vec<&str> = matrix
        .features
        .iter()
        .filter_map(|row| row.why_unread())
        .collect();
    for reason in &reasons {
        say_table(reason);
    }
    match exit(&matrix.unread, end) {
        _ if !reasons.is_empty() => Exit::Failed,
        end => end,
    }
}

/// Says why a table of the tree could not be read.
pub(super) fn say_table(reason: &str) {
    note(&format!("cannot judge a table: {reason}"));
}

/// Says that a table of the tree is not touched.
pub(super) fn leave_alone(path: &str, reason: &str) {
    note(&format!("cannot update `{path}`: {reason}"));
}

/// The same for `check`, where a fault of the tree is a finding: only what is there and could not be read counts.
pub(super) fn exit_of_check(unread: &[(String, Unread)], end: Exit) -> Exit {
    let failed = unread.iter().filter(|(_, unread)| !unread.is_fault_of_tree);
    let failed: Vec<_> = failed.cloned().collect();
    exit(&failed, end)
}

/// Most files that are named one by one.
const MAX_NAMED: usize = 20;

/// The same for a command about builds, which goes on without headers and makefiles that could not be read: says also which of `tree`
/// these are.
pub(super) fn exit_of_builds(tree: &Tree, unread: &[(String, Unread)], end: Exit) -> Exit {
    let end = exit(unread, end);
    let unreadable = tree.unreadable();
    for PassedOver { why, .. } in unreadable.iter().take(MAX_NAMED) {
        note(&format!("cannot use a file: {why}"));
    }
    match unreadable.len() {
        0 => return end,
        count if count > MAX_NAMED => note(&format!("cannot use {} more files", count - MAX_NAMED)),
        _ => {}
    }
    Exit::Failed
}

/// How a run ends that would end with `end` if all specs that were given could be used.
pub(super) fn exit_of_specs(specs: &Specs, end: Exit) -> Exit {
    match specs.is_partial {
        true => Exit::Failed,
        false => end,
    }
}

/// Refuses to write what rests on files that could not be read.
///
/// # Errors
///
/// There is such a file.
pub(super) fn refuse_to_write(unread: &[(String, Unread)]) -> anyhow::Result<()> {
    if let Some((reason, archs)) = by_reason(unread).into_iter().next() {
        bail!(
            "nothing is written, because it is unknown what Kconfig says about {}: {reason}",
            archs.join(", ")
        );
    }
    Ok(())
}

/// The reasons, each once, with the architectures that have it.
fn by_reason(unread: &[(String, Unread)]) -> Vec<(&str, Vec<&str>)> {
    let mut found: Vec<(&str, Vec<&str>)> = Vec::new();
    for (arch, unread) in unread {
        match found.iter_mut().find(|(known, _)| *known == unread.reason) {
            Some((_, archs)) => archs.push(arch),
            None => found.push((&unread.reason, vec![arch])),
        }
    }
    found
}
