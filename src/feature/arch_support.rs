//! Owns the kernel's tables `Documentation/features/SUBSYSTEM/FEATURE/arch-support.txt`, read and written.
//!
//! A table is read line by line and every line is kept, understood or not: what was read is written back byte for byte, and
//! reading never fails. What counts as which line follows `tools/lib/python/feat/parse_features.py` (7.2), which makes the
//! kernel's documentation out of the tables. A line that it would warn about gets a diagnostic, with one exception: it
//! warns about empty lines, too, but only because of a slip in its pattern for them.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use crate::diag::{Diagnostic, Label, Level, Location};

use super::name::{Directory, FeatureName, Line as OneLine, Term};
use super::spec::{FEATURES_DIRECTORY, Spec, TABLE_FILE};

mod line;
pub mod write;

/// The lint about a line of a table that is not in the table's format, or about a table that lacks a part.
pub const TABLE_SYNTAX: &str = "table-syntax";

/// The status of one architecture in a table.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Status {
    /// `ok`: the architecture supports the feature.
    Supported,
    /// `TODO`: it does not yet.
    Todo,
    /// `..`: its hardware cannot.
    Impossible,
    /// `N/A`: the feature means nothing there.
    NotApplicable,
    /// A word that the format does not know, kept as it stands.
    Other(String),
}

impl Status {
    /// The status that a word stands for.
    pub fn of_word(word: &str) -> Self {
        match word {
            "ok" => Self::Supported,
            "TODO" => Self::Todo,
            ".." => Self::Impossible,
            "N/A" => Self::NotApplicable,
            other => Self::Other(other.to_owned()),
        }
    }

    /// The word that stands in the table.
    pub fn word(&self) -> &str {
        match self {
            Self::Supported => "ok",
            Self::Todo => "TODO",
            Self::Impossible => "..",
            Self::NotApplicable => "N/A",
            Self::Other(word) => word,
        }
    }
}

/// The row of one architecture in a table, and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The architecture's name as written.
    pub arch: String,
    /// The status.
    pub status: Status,
    /// The whole row, from its first bar to its last.
    pub location: Location,
    /// The architecture's name.
    pub arch_location: Location,
    /// The word of the status.
    pub status_location: Location,
}

/// The kind of a line in a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// `# Feature name:`, with its value.
    FeatureName(String),
    /// `# Kconfig:`, with its value.
    Kconfig(String),
    /// `# description:`, with its value.
    Description(String),
    /// A comment line below the description that is indented like its value and goes on with it.
    Continuation(String),
    /// Any other comment line: prose, or the empty `#`.
    Comment,
    /// The line of dashes above and below the title and below the rows.
    Separator,
    /// The title of the columns.
    Title,
    /// An architecture's row.
    Row(Row),
    /// Nothing but white space.
    Blank,
    /// Anything else.
    Malformed,
}

/// A line of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The line as it stands in the file, with the newline at its end if it has one.
    pub text: String,
    /// The bytes of the line, where they are not UTF-8. Each of them is a `?` in the text.
    pub raw: Option<Box<[u8]>>,
    /// The kind of the line.
    pub kind: Kind,
    /// The place of the line's value if it has one, else of its text, in both cases without surrounding white space.
    pub location: Location,
}

impl Line {
    /// The line as it stands in the file, byte for byte.
    pub fn bytes(&self) -> &[u8] {
        self.raw.as_deref().unwrap_or(self.text.as_bytes())
    }

    /// Names the part of the line that no table has.
    fn damage(&self) -> Option<String> {
        const CONFLICT: [&str; 4] = ["<<<<<<<", "|||||||", "=======", ">>>>>>>"];
        let text = self.text.strip_suffix('\n').unwrap_or(&self.text);
        let text = text.strip_suffix('\r').unwrap_or(text);
        if let Some(control) = text.chars().find(|c| c.is_control() && *c != '\t') {
            let number = u32::from(control);
            return Some(format!("has the control character U+{number:04X}"));
        }
        let reason = match &self.kind {
            Kind::Malformed if CONFLICT.iter().any(|mark| text.starts_with(mark)) => {
                "is the mark of a merge conflict"
            }
            Kind::Row(_) if self.raw.is_some() => "is a row that is not valid UTF-8",
            Kind::Malformed if self.is_damaged_row() => "begins like a row, but is not one",
            _ => return None,
        };
        Some(reason.to_owned())
    }

    /// Whether a malformed line begins like a row and has more to say than a row.
    fn is_damaged_row(&self) -> bool {
        let words = self
            .text
            .split(|c: char| c == '|' || c == ':' || c.is_whitespace());
        self.text.trim_start().starts_with('|')
            && (self.raw.is_some() || words.filter(|word| !word.is_empty()).count() > 2)
    }
}

/// A table: all its lines, in order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Table {
    path: Arc<str>,
    lines: Vec<Line>,
}

impl Table {
    /// Reads the bytes of the table at `path` (relative to the tree's root), with a diagnostic for each line that is
    /// malformed and for each part that is missing, in the order of the lines.
    pub fn parse(path: impl Into<Arc<str>>, bytes: impl AsRef<[u8]>) -> (Self, Vec<Diagnostic>) {
        let path = path.into();
        let lines = line::read(&path, bytes.as_ref());
        let table = Self { path, lines };
        let mut findings: Vec<Diagnostic> = table.lines.iter().filter_map(complaint).collect();
        findings.extend(table.missing_parts());
        (table, findings)
    }

    /// Whether the file at `path` (relative to the tree's root) is a feature's table. The file of this name right below
    /// `Documentation/features` is not: it explains the format.
    pub fn is_table_path(path: &str) -> bool {
        directory_of(path).is_some()
    }

    /// The table's path, relative to the tree's root.
    pub fn path(&self) -> &Arc<str> {
        &self.path
    }

    /// All lines, in order.
    pub fn lines(&self) -> &[Line] {
        &self.lines
    }

    /// The table as it was read, byte for byte.
    pub fn to_bytes(&self) -> Vec<u8> {
        let lines = self.lines.iter().map(Line::bytes);
        lines.collect::<Vec<_>>().concat()
    }

    /// Why the file cannot be read as one table, so that no line of it may be changed by a program; one sentence, lower case, no
    /// full stop. A line of prose does not count: it can stay where it is.
    pub fn why_damaged(&self) -> Option<String> {
        let mut lines = (1..).zip(&self.lines);
        lines.find_map(|(number, line)| Some(format!("line {number} {}", line.damage()?)))
    }

    /// The value of the last `Feature name:` line, which is the one that the kernel's documentation shows.
    pub fn title(&self) -> Option<&str> {
        self.lines.iter().rev().find_map(|line| match &line.kind {
            Kind::FeatureName(value) => Some(value.as_str()),
            _ => None,
        })
    }

    /// The conditions of the `Kconfig:` lines, in order, each once. A line that holds something else is left out; reading the
    /// table gave a diagnostic about it.
    pub fn kconfig(&self) -> Vec<Term> {
        let mut terms = Vec::new();
        for (value, _) in self.kconfig_lines() {
            for term in Term::any_of(value).unwrap_or_default() {
                if !terms.contains(&term) {
                    terms.push(term);
                }
            }
        }
        terms
    }

    /// The values of the `Kconfig:` lines as written, with their places.
    pub fn kconfig_lines(&self) -> impl Iterator<Item = (&str, &Location)> {
        self.lines.iter().filter_map(|line| match &line.kind {
            Kind::Kconfig(value) => Some((value.as_str(), &line.location)),
            _ => None,
        })
    }

    /// The last description, its continuation lines joined with spaces.
    pub fn description(&self) -> Option<String> {
        let mut description = None;
        for line in &self.lines {
            match (&line.kind, &mut description) {
                (Kind::Description(value), _) => description = Some(value.clone()),
                (Kind::Continuation(value), Some(text)) => {
                    text.push(' ');
                    text.push_str(value);
                }
                _ => {}
            }
        }
        description
    }

    /// All rows, in the order of the file, repeated and misplaced ones included.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.lines.iter().filter_map(|line| match &line.kind {
            Kind::Row(row) => Some(row),
            _ => None,
        })
    }

    /// The row of an architecture. Of several it is the last, as in the kernel's documentation.
    pub fn row(&self, arch: &str) -> Option<&Row> {
        self.rows().filter(|row| row.arch == arch).last()
    }

    /// The rows whose architecture has a row further up.
    pub fn repeated_rows(&self) -> Vec<&Row> {
        let mut seen = BTreeSet::new();
        self.rows()
            .filter(|row| !seen.insert(row.arch.as_str()))
            .collect()
    }

    /// The fewest rows that have to move until all are in the order of the architectures' names, as the tables are sorted: those
    /// outside the longest ordered subsequence, of several the one that begins first.
    pub fn misplaced_rows(&self) -> Vec<&Row> {
        let rows: Vec<&Row> = self.rows().collect();
        // For each row how many ordered ones begin with it; `heads` has the greatest first name of each length.
        let mut lengths = vec![0; rows.len()];
        let mut heads: Vec<&str> = Vec::new();
        for (index, row) in rows.iter().enumerate().rev() {
            let shorter = heads.partition_point(|head| *head >= &*row.arch);
            match heads.get_mut(shorter) {
                Some(head) => *head = &row.arch,
                None => heads.push(&row.arch),
            }
            lengths[index] = shorter + 1;
        }
        let (mut left, mut last) = (heads.len(), "");
        let mut misplaced = Vec::new();
        for (row, length) in rows.into_iter().zip(lengths) {
            if length == left && left > 0 && &*row.arch >= last {
                (left, last) = (left - 1, &row.arch);
            } else {
                misplaced.push(row);
            }
        }
        misplaced
    }

    /// The feature that the table is about, as far as its header tells: its name is that of its directory, and it has no
    /// hooks. `None` where the path is not `Documentation/features/SUBSYSTEM/FEATURE/arch-support.txt` or where no
    /// `Kconfig:` line holds a condition.
    pub fn to_spec(&self) -> Option<Spec> {
        let directory = Directory::new(directory_of(&self.path)?).ok()?;
        let name = FeatureName::new(directory.last()).ok()?;
        let kconfig = self.kconfig();
        if kconfig.is_empty() {
            return None;
        }
        let title = one_line(self.title().unwrap_or(&name))?;
        let description = self
            .description()
            .and_then(|text| one_line(&text))
            .unwrap_or_else(|| title.clone());
        Some(Spec::without_hooks(
            name,
            directory,
            kconfig,
            title,
            description,
        ))
    }

    /// A diagnostic for each part without which the kernel's documentation leaves the table out.
    fn missing_parts(&self) -> Vec<Diagnostic> {
        let parts = [
            (self.title().is_some(), "`Feature name:` line"),
            (
                self.kconfig_lines().next().is_some(),
                "`Kconfig:` line with a symbol",
            ),
            (
                self.description().is_some(),
                "`description:` line with a text",
            ),
            (self.rows().next().is_some(), "row of an architecture"),
        ];
        parts
            .into_iter()
            .filter(|(present, _)| !present)
            .map(|(_, part)| {
                Diagnostic::new(
                    TABLE_SYNTAX,
                    Level::Warn,
                    format!("table has no {part}"),
                    Label::new(Location::file(self.path.clone()), ""),
                )
                .with_note("the kernel's documentation omits such a table")
            })
            .collect()
    }
}

impl fmt::Display for Table {
    /// Writes the text of the table as it was read. [`Table::to_bytes`] has the bytes that are not UTF-8.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines
            .iter()
            .try_for_each(|line| f.write_str(&line.text))
    }
}

/// `SUBSYSTEM/FEATURE` out of a table's path.
fn directory_of(path: &str) -> Option<&str> {
    path.strip_prefix(FEATURES_DIRECTORY)?
        .strip_prefix('/')?
        .strip_suffix(TABLE_FILE)?
        .strip_suffix('/')
}

/// A header's value as one line of text; `None` where nothing is left of it.
fn one_line(text: &str) -> Option<OneLine> {
    OneLine::new(text.replace(char::is_control, " ").trim()).ok()
}

/// The diagnostic about a line, where there is one.
fn complaint(line: &Line) -> Option<Diagnostic> {
    let primary = Label::new(line.location.clone(), "");
    match &line.kind {
        Kind::Malformed => Some(
            Diagnostic::new(
                TABLE_SYNTAX,
                Level::Warn,
                "line is not part of an `arch-support.txt` table",
                primary,
            )
            .with_help(
                "write rows as `| ARCH: | STATUS |` and prose as comment lines that begin with `#`",
            ),
        ),
        Kind::Kconfig(value) if Term::any_of(value).is_err() => Some(
            Diagnostic::new(
                TABLE_SYNTAX,
                Level::Warn,
                "`Kconfig:` line of a table contains something other than symbols and `!SYMBOL`",
                primary,
            )
            .with_help(
                "name one symbol per line, without `CONFIG_`; several lines mean any of them",
            ),
        ),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
