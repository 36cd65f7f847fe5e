//! Owns what `kfeat` says without a command: what it found in a tree, in a few lines, and what to type next.

use std::fmt::Write as _;

use super::human::Options;
use crate::check::support::verdict::Supported;
use crate::check::table::{Agreement, Cell, Matrix, Row};
use crate::diag::{Diagnostic, Level};

/// How many tables, and how many features, are listed at most.
const MAX_LISTED: usize = 8;

/// Describes what was found in the tables of a tree.
#[derive(Clone, Debug)]
pub struct Tables<'a> {
    /// The directory of the tree, as the user would write it.
    pub tree: &'a str,
    /// The release of the kernel, such as `7.2.13`.
    pub release: &'a str,
    /// The tables, on all architectures.
    pub matrix: &'a Matrix,
}

/// Describes what was found in the headers of a tree.
#[derive(Clone, Debug)]
pub struct Features<'a> {
    /// The findings of `check`.
    pub findings: &'a [Diagnostic],
    /// How many features were checked.
    pub checked: usize,
    /// Whether the tree is a git repository, so that a series can be checked.
    pub is_git: bool,
}

/// Findings about one feature, or about none.
struct Group<'a> {
    name: &'a str,
    errors: usize,
    warnings: usize,
}

/// The first part of the overview, which takes the shorter time, as text for a person: at most 80 columns wide where names allow it.
pub fn of_tables(tables: &Tables<'_>, options: &Options) -> String {
    let mut out = String::new();
    let archs = plural(tables.matrix.architectures.len(), "architecture");
    let title = format!("Linux {}", tables.release);
    let title = options.paint(super::human::BOLD, &title);
    // Writing to a string cannot fail.
    let _ = writeln!(out, "{title} in {}: {archs}\n", tables.tree);
    cells(tables.matrix, options, &mut out);
    out.push('\n');
    out
}

/// The rest of the overview.
pub fn of_features(features: &Features<'_>, tables: &Tables<'_>, options: &Options) -> String {
    let mut out = String::new();
    let first = self::features(features, options, &mut out);
    out.push('\n');
    let is_wrong = cells_of(tables.matrix).any(|cell| is_wrong(cell.agreement));
    next(features.is_git, is_wrong, first, &mut out);
    out
}

/// The features whose tables the tree has.
fn rows_of(matrix: &Matrix) -> impl Iterator<Item = &Row> {
    matrix.features.iter().filter(|row| row.table.is_some())
}

/// The cells of these tables.
fn cells_of(matrix: &Matrix) -> impl Iterator<Item = &Cell> {
    rows_of(matrix).flat_map(|row| &row.cells)
}

/// Whether a cell contradicts Kconfig.
fn is_wrong(agreement: Agreement) -> bool {
    matches!(agreement, Agreement::Claimed | Agreement::Denied)
}

/// Writes how many cells contradict Kconfig, and which tables have them.
fn cells(matrix: &Matrix, options: &Options, out: &mut String) {
    let rows = rows_of(matrix).count();
    let cells = || cells_of(matrix);
    let wrong = cells().filter(|cell| is_wrong(cell.agreement)).count();
    let undecided = cells()
        .filter(|cell| cell.supported == Supported::Undecided)
        .count();
    let of = format!(
        "{} in {} of Documentation/features",
        plural(cells().count(), "cell"),
        plural(rows, "table")
    );
    let _ = match (rows == 0, wrong) {
        (true, _) => writeln!(out, "no table below Documentation/features"),
        (false, 0) => {
            let all = options.paint(super::human::GREEN, "no cell contradicts Kconfig");
            writeln!(out, "{all}: {of}")
        }
        (false, 1) => writeln!(
            out,
            "{} contradicts Kconfig, of {of}",
            red("1 cell", options)
        ),
        (false, _) => {
            let count = red(&format!("{wrong} cells"), options);
            writeln!(out, "{count} contradict Kconfig, of {of}")
        }
    };
    let listed = rows_of(matrix).filter_map(|row| {
        let archs: Vec<&str> = row
            .cells
            .iter()
            .filter(|cell| is_wrong(cell.agreement))
            .map(|cell| &*cell.arch)
            .collect();
        (!archs.is_empty()).then(|| (format!("{}/{}", row.subsystem, row.name), archs.join(" ")))
    });
    list(listed.collect(), "tables", out);
    if undecided > 0 {
        let _ = writeln!(out, "{} undecided", plural(undecided, "cell"));
    }
}

/// Writes how many findings there are, and which features have them. Returns the first of these.
fn features<'a>(overview: &Features<'a>, options: &Options, out: &mut String) -> Option<&'a str> {
    let mut groups: Vec<Group<'a>> = Vec::new();
    let shown = overview
        .findings
        .iter()
        .filter(|finding| finding.level >= Level::Warn);
    for finding in shown {
        let name = finding.feature.as_deref().unwrap_or_default();
        let index = match groups.iter().position(|group| group.name == name) {
            Some(index) => index,
            None => {
                groups.push(Group {
                    name,
                    errors: 0,
                    warnings: 0,
                });
                groups.len() - 1
            }
        };
        match finding.level {
            Level::Deny => groups[index].errors += 1,
            _ => groups[index].warnings += 1,
        }
    }
    // The worst first, and what is about no feature last.
    groups.sort_by_key(|group| {
        let order = (usize::MAX - group.errors, usize::MAX - group.warnings);
        (group.name.is_empty(), order, group.name)
    });
    let with_findings = groups.iter().filter(|group| !group.name.is_empty()).count();
    let checked = plural(overview.checked, "feature");
    let _ = match groups.is_empty() {
        true => {
            let none = options.paint(super::human::GREEN, "no findings");
            writeln!(out, "{none}: {checked} checked against the C headers")
        }
        false => {
            let sum = |count: fn(&Group<'_>) -> usize| groups.iter().map(count).sum::<usize>();
            let counts = counts(sum(|group| group.errors), sum(|group| group.warnings));
            writeln!(
                out,
                "{} in {with_findings} of {checked} checked against the C headers",
                red(&counts, options)
            )
        }
    };
    let listed = groups.iter().map(|group| {
        let name = match group.name {
            "" => "(no feature)",
            name => name,
        };
        (name.to_owned(), counts(group.errors, group.warnings))
    });
    list(listed.collect(), "features", out);
    groups
        .first()
        .map(|group| group.name)
        .filter(|name| !name.is_empty())
}

/// Writes what to type next.
fn next(is_git: bool, is_table_wrong: bool, feature: Option<&str>, out: &mut String) {
    let mut commands: Vec<(String, &str)> = Vec::new();
    if is_table_wrong {
        commands.push(("kfeat audit".to_owned(), "show the proof for each cell"));
        commands.push((
            "kfeat emit --all".to_owned(),
            "show corrected tables as a diff",
        ));
    }
    match feature {
        Some(name) => commands.push((
            format!("kfeat check --feature {name}"),
            "show the findings of a feature",
        )),
        None => commands.push(("kfeat check".to_owned(), "show each architecture's support")),
    }
    if is_git {
        commands.push((
            "kfeat check --range A..B".to_owned(),
            "check what a series of commits adds",
        ));
    } else {
        commands.push((
            "kfeat check --patch FILE".to_owned(),
            "check what a patch or mailbox adds",
        ));
    }
    commands.push((
        "kfeat matrix".to_owned(),
        "show all features on all architectures",
    ));
    commands.push(("kfeat help".to_owned(), "list the commands"));
    let width = commands.iter().map(|(command, _)| command.len()).max();
    let width = width.unwrap_or(0);
    out.push_str("Next:\n");
    for (command, what) in commands {
        let _ = writeln!(out, "  {command:width$}  {what}");
    }
}

/// Writes names with a few words each, the first ones only.
fn list(lines: Vec<(String, String)>, what: &str, out: &mut String) {
    let more = lines.len().saturating_sub(MAX_LISTED);
    let listed = &lines[..lines.len() - more];
    let width = listed.iter().map(|(name, _)| name.len()).max().unwrap_or(0);
    for (name, words) in listed {
        let _ = writeln!(out, "  {name:width$}  {words}");
    }
    if more > 0 {
        let _ = writeln!(out, "  and {more} more {what}");
    }
}

fn counts(errors: usize, warnings: usize) -> String {
    let parts = [(errors, "error"), (warnings, "warning")];
    let parts = parts.iter().filter(|(count, _)| *count > 0);
    let parts: Vec<String> = parts.map(|(count, word)| plural(*count, word)).collect();
    parts.join(", ")
}

fn plural(count: usize, word: &str) -> String {
    match count {
        1 => format!("1 {word}"),
        _ => format!("{count} {word}s"),
    }
}

fn red(text: &str, options: &Options) -> String {
    options.paint(super::human::RED, text)
}
