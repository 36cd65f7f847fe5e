//! Owns a change of a table as a mail that `git am` takes: one patch, with the reasons in its message.
//!
//! The form is that of `git format-patch`. Who signs it off is not known here, so nobody does.

pub mod fix;

use std::fmt::Write as _;

use similar::{ChangeTag, TextDiff};

use super::diff::unified_diff_of_bytes;
use super::refresh::{Change, Refreshed};
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Cell, Row};
use crate::feature::arch_support::Status;
use crate::report::letter::{header, plain, wrap};

/// Columns of the subject without its prefix; where the architectures do not fit, they are counted.
const MAX_SUBJECT: usize = 75;

/// Of a row's proof so many places are named.
const MAX_PLACES: usize = 6;

/// Who sends a mail, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Author {
    /// The name.
    pub name: String,
    /// The address.
    pub email: String,
    /// Seconds since 1970, UTC.
    pub seconds: i64,
    /// Minutes east of Greenwich.
    pub offset: i32,
}

/// The history of a change: for a cell and a place of its proof, a phrase about a commit.
pub type History<'a> = &'a dyn Fn(&Cell, &Evidence) -> Option<String>;

/// The mail with the change of one table; `number` of `total` that are sent together. The text of the message comes from the
/// cells of `row`.
pub fn mail(
    row: &Row,
    refreshed: &Refreshed,
    author: &Author,
    (number, total): (usize, usize),
    history: History<'_>,
) -> Vec<u8> {
    let mut out = start(&subject(row, refreshed), author, (number, total));
    out.push_str(&message(row, refreshed, history));
    out.push_str("---\n");
    out.push_str(&statistics(refreshed));
    let _ = writeln!(out, "\ndiff --git a/{0} b/{0}", refreshed.path);
    if refreshed.old.is_none() {
        out.push_str("new file mode 100644\n");
    }
    let mut out = out.into_bytes();
    out.extend_from_slice(&unified_diff_of_bytes(
        refreshed.old.as_deref(),
        &refreshed.new,
        &refreshed.path,
    ));
    out.extend_from_slice(end().as_bytes());
    out
}

/// The headers of a mail, and the empty line after them.
fn start(subject: &str, author: &Author, (number, total): (usize, usize)) -> String {
    let mut out =
        String::from("From 0000000000000000000000000000000000000000 Mon Sep 17 00:00:00 2001\n");
    let prefix = match total {
        1 => "[PATCH]".to_owned(),
        _ => format!(
            "[PATCH {number:0width$}/{total}]",
            width = total.to_string().len()
        ),
    };
    let subject = plain(subject);
    // Writing to a string cannot fail.
    let _ = writeln!(
        out,
        "From: {} <{}>",
        header(&author.name),
        plain(&author.email)
    );
    let _ = writeln!(out, "Date: {}", date(author.seconds, author.offset));
    let _ = writeln!(out, "Subject: {prefix} {subject}");
    out.push_str("MIME-Version: 1.0\nContent-Type: text/plain; charset=UTF-8\nContent-Transfer-Encoding: 8bit\n\n");
    out
}

/// The end of a mail.
fn end() -> String {
    format!("-- \nkfeat {}\n\n", env!("CARGO_PKG_VERSION"))
}

/// The name of a patch's file, as `git format-patch` makes it.
pub fn file_name(row: &Row, refreshed: &Refreshed, number: usize) -> String {
    let mut name = String::new();
    for byte in subject(row, refreshed).bytes() {
        let kept = byte.is_ascii_alphanumeric() || byte == b'.' || byte == b'_';
        match kept {
            true => name.push(char::from(byte)),
            false if name.ends_with('-') => {}
            false => name.push('-'),
        }
    }
    name.truncate(52);
    format!("{number:04}-{}.patch", name.trim_matches(['-', '.']))
}

/// The first line of the message.
fn subject(row: &Row, refreshed: &Refreshed) -> String {
    let archs: Vec<&str> = refreshed
        .changes
        .iter()
        .map(|change| &*change.arch)
        .collect();
    if refreshed.old.is_none() {
        return format!("Documentation/features: add {}/{}", row.subsystem, row.name);
    }
    let start = format!("Documentation/features: {}/{}:", row.subsystem, row.name);
    let named = match &*archs {
        [] => format!("{start} update the format"),
        [one] => format!("{start} update {one}"),
        [first @ .., last] => format!("{start} update {} and {last}", first.join(", ")),
    };
    if named.len() <= MAX_SUBJECT {
        named
    } else {
        format!("{start} update {} architectures", archs.len())
    }
}

/// The message below its first line.
fn message(row: &Row, refreshed: &Refreshed, history: History<'_>) -> String {
    let mut out = String::new();
    let symbols = row.symbols_plain();
    let is_new = refreshed.old.is_none();
    let intro = if is_new {
        format!(
            "{} has no table yet. This one states what the Kconfig files say about {symbols}, over all configurations of each architecture.",
            plain(row.spec.as_ref().map_or(&*row.name, |spec| &*spec.title))
        )
    } else if refreshed.changes.is_empty() {
        "The content of the table is right, but its format differs from that of the other tables. No status changes.".to_owned()
    } else {
        format!(
            "The rows below disagree with the Kconfig files about {symbols}. All configurations of each \
             architecture were taken into account, not only the lines that name the symbol."
        )
    };
    wrap(&mut out, &intro, "", "");
    let is_todo = |change: &&Change| is_new && change.new == Some(Status::Todo);
    let (todo, told): (Vec<&Change>, Vec<&Change>) = refreshed.changes.iter().partition(is_todo);
    for change in told {
        out.push('\n');
        let word = |status: &Option<Status>| {
            let word = status.as_ref().map_or("no row", Status::word);
            word.to_owned()
        };
        let arch = plain(&change.arch);
        let _ = match is_new {
            true => writeln!(out, "{arch}: {}", word(&change.new)),
            false => writeln!(
                out,
                "{arch}: {} -> {}",
                plain(&word(&change.old)),
                word(&change.new)
            ),
        };
        out.push('\n');
        let cell = row.cells.iter().find(|cell| cell.arch == change.arch);
        match cell {
            Some(cell) => because(&mut out, cell, history),
            None => wrap(&mut out, "the tree has no such architecture", "  ", "  "),
        }
    }
    if !todo.is_empty() {
        let archs: Vec<String> = todo.iter().map(|change| plain(&change.arch)).collect();
        out.push('\n');
        let others = format!("No configuration of {} turns it on.", archs.join(", "));
        wrap(&mut out, &others, "", "");
    }
    out
}

/// Why a row changes.
fn because(out: &mut String, cell: &Cell, history: History<'_>) {
    if let Some(reason) = cell.reason.as_ref() {
        wrap(out, &plain(reason).replace('`', ""), "  ", "  ");
    }
    if let (Supported::Yes, Some(condition)) = (cell.supported, &cell.condition) {
        wrap(out, &format!("with {}", plain(condition)), "  ", "    ");
    }
    for evidence in cell.evidence.iter().take(MAX_PLACES) {
        let mut text = format!("{}: {}", evidence.location, words(evidence));
        if let Some(commit) = history(cell, evidence) {
            text.push_str(&format!(", {commit}"));
        }
        wrap(out, &plain(&text).replace('`', ""), "  ", "    ");
    }
}

/// The text about a place.
fn words(evidence: &Evidence) -> String {
    let when = match &evidence.condition {
        Some(condition) => format!(" with {condition}"),
        None => String::new(),
    };
    let what = match evidence.role {
        Role::Declaration => "the declaration".to_owned(),
        Role::Default => format!("on by default{when}"),
        Role::Imply => format!("implied{when}"),
        Role::Select => format!("selected{when}"),
        _ => String::new(),
    };
    match &evidence.note {
        Some(note) if what.is_empty() => note.clone(),
        Some(note) => format!("{what}, {note}"),
        None => what,
    }
}

/// How many lines change, as `git diff --stat` tells it.
fn statistics(refreshed: &Refreshed) -> String {
    let (old, new) = (refreshed.old.as_deref(), &*refreshed.new);
    let (old, new) = (
        String::from_utf8_lossy(old.unwrap_or_default()),
        String::from_utf8_lossy(new),
    );
    let diff = TextDiff::from_lines(&*old, &*new);
    let count = |tag| {
        diff.iter_all_changes()
            .filter(|change| change.tag() == tag)
            .count()
    };
    let (added, removed) = (count(ChangeTag::Insert), count(ChangeTag::Delete));
    let plural = |count: usize| if count == 1 { "" } else { "s" };
    let mut text = format!(
        " {} | {} {}{}\n 1 file changed",
        refreshed.path,
        added + removed,
        "+".repeat(added),
        "-".repeat(removed)
    );
    if added > 0 {
        let _ = write!(text, ", {added} insertion{}(+)", plural(added));
    }
    if removed > 0 {
        let _ = write!(text, ", {removed} deletion{}(-)", plural(removed));
    }
    text.push('\n');
    text
}

/// A date as mails have it (RFC 5322).
fn date(seconds: i64, offset: i32) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let local = seconds.saturating_add(i64::from(offset) * 60);
    let (days, rest) = (local.div_euclid(86_400), local.rem_euclid(86_400));
    // The calendar repeats every 400 years of 146,097 days; a year that begins in March ends with its leap day.
    let shifted = days.saturating_add(719_468);
    let (era, day) = (shifted.div_euclid(146_097), shifted.rem_euclid(146_097));
    let year = (day - day / 1_460 + day / 36_524 - day / 146_096) / 365;
    let of_year = day - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let of_month = of_year - (153 * month + 2) / 5 + 1;
    let (month, year) = if month < 10 {
        (month + 2, year + era * 400)
    } else {
        (month - 10, year + era * 400 + 1)
    };
    let name = |names: &[&'static str], index: i64| {
        let index = usize::try_from(index).unwrap_or(0);
        names.get(index).copied().unwrap_or("")
    };
    format!(
        "{}, {of_month} {} {year} {:02}:{:02}:{:02} {}{:02}{:02}",
        name(&DAYS, days.rem_euclid(7)),
        name(&MONTHS, month),
        rest / 3_600,
        rest / 60 % 60,
        rest % 60,
        if offset < 0 { '-' } else { '+' },
        offset.abs() / 60,
        offset.abs() % 60
    )
}

#[cfg(test)]
mod tests;
