//! Owns the classification of a table's lines.

use std::borrow::Cow;
use std::sync::Arc;

use nom::bytes::complete::{tag, take_while, take_while1};
use nom::character::complete::char;
use nom::combinator::all_consuming;
use nom::sequence::{delimited, separated_pair};
use nom::{IResult, Parser};

use crate::diag::{Location, text_of};

use super::{Kind, Line, Row, Status};

/// A comment line goes on with the description above it if its text stands deeper than the word `description`, in
/// columns behind the `#`.
const CONTINUATION_INDENT: usize = 11;

/// Splits a table's bytes into lines and says what each is.
pub(super) fn read(path: &Arc<str>, bytes: &[u8]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    let mut offset = 0;
    for (index, raw) in bytes.split_inclusive(|&byte| byte == b'\n').enumerate() {
        let whole = text_of(raw);
        let place = Place {
            path,
            line: number(index + 1),
            offset,
            whole: &whole,
        };
        let in_description = matches!(
            lines.last().map(|line| &line.kind),
            Some(Kind::Description(_) | Kind::Continuation(_))
        );
        let (kind, said) = classify(&place, in_description);
        let location = place.of(said);
        lines.push(Line {
            raw: matches!(whole, Cow::Owned(_)).then(|| raw.into()),
            text: whole.into_owned(),
            kind,
            location,
        });
        offset += raw.len();
    }
    lines
}

/// A line and where it stands.
struct Place<'a> {
    path: &'a Arc<str>,
    line: u32,
    /// Where it begins in the file.
    offset: usize,
    /// The line with its newline.
    whole: &'a str,
}

impl Place<'_> {
    /// The location of `part`, which is a slice of the line.
    fn of(&self, part: &str) -> Location {
        // A slice does not know where it was cut from; the addresses tell it.
        let within = (part.as_ptr().addr()).saturating_sub(self.whole.as_ptr().addr());
        let within = within.min(self.whole.len());
        Location {
            path: self.path.clone(),
            line: self.line,
            column: number(within + 1),
            start: number(self.offset + within),
            end: number(self.offset + within + part.len()),
        }
    }
}

/// A count as the diagnostics have it. A file that a tree gives out is far too small for it to be cut.
fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}

/// Returns what a line is, and the part of it that says something.
fn classify<'a>(place: &Place<'a>, in_description: bool) -> (Kind, &'a str) {
    let text = place.whole.trim();
    if text.is_empty() {
        (Kind::Blank, text)
    } else if let Some(comment) = text.strip_prefix('#') {
        classify_comment(text, comment, in_description)
    } else if text.bytes().all(|byte| byte == b'-') {
        (Kind::Separator, text)
    } else if let Some((arch, status)) = cells(text) {
        if (arch, status) == ("arch", "status") {
            (Kind::Title, text)
        } else {
            let row = row(place, text, arch, status);
            (row.map_or(Kind::Malformed, Kind::Row), text)
        }
    } else {
        (Kind::Malformed, text)
    }
}

/// Returns what a comment line is: `comment` is `text` without its `#`.
fn classify_comment<'a>(text: &'a str, comment: &'a str, in_description: bool) -> (Kind, &'a str) {
    let words = comment.trim_start();
    if words.len() == comment.len() {
        return (Kind::Comment, text);
    }
    if let Some(value) = value_of(words, &["Feature", "name:"]) {
        (Kind::FeatureName(value.to_owned()), value)
    } else if let Some(value) = value_of(words, &["Kconfig:"]) {
        (Kind::Kconfig(value.to_owned()), value)
    } else if let Some(value) = value_of(words, &["description:"]) {
        (Kind::Description(value.to_owned()), value)
    } else if in_description && !words.is_empty() && indent(comment) >= CONTINUATION_INDENT {
        (Kind::Continuation(words.to_owned()), words)
    } else {
        (Kind::Comment, text)
    }
}

/// Returns what follows a key of one or two words; `None` where it is another key or where nothing follows.
fn value_of<'a>(words: &'a str, key: &[&str]) -> Option<&'a str> {
    let mut rest = words;
    for (index, &word) in key.iter().enumerate() {
        if index > 0 {
            (rest, _) = blanks(rest).ok()?;
        }
        (rest, _) = start(word, rest).ok()?;
    }
    let value = rest.trim_start();
    (!value.is_empty()).then_some(value)
}

/// White space, some of it.
fn blanks(text: &str) -> IResult<&str, &str> {
    take_while1(char::is_whitespace).parse(text)
}

fn start<'a>(word: &str, text: &'a str) -> IResult<&'a str, &'a str> {
    tag(word).parse(text)
}

/// How deep a text is indented, in columns.
fn indent(text: &str) -> usize {
    text.chars()
        .take_while(|c| c.is_whitespace())
        .fold(0, |column, c| match c {
            '\t' => (column / 8 + 1) * 8,
            _ => column + 1,
        })
}

/// The two cells of `| a | b |`, without the white space around them.
fn cells(text: &str) -> Option<(&str, &str)> {
    let cells = separated_pair(cell, char('|'), cell);
    let row = delimited(char('|'), cells, char('|'));
    let (_, cells) = all_consuming(row).parse(text).ok()?;
    Some(cells)
}

fn cell(text: &str) -> IResult<&str, &str> {
    take_while(|character| character != '|')
        .map(str::trim)
        .parse(text)
}

/// The row with these cells; `None` where they are not `ARCH:` and one word.
fn row(place: &Place<'_>, text: &str, arch: &str, status: &str) -> Option<Row> {
    let arch = arch.strip_suffix(':')?;
    let one_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    (one_word(arch) && one_word(status)).then(|| Row {
        arch: arch.to_owned(),
        status: Status::of_word(status),
        location: place.of(text),
        arch_location: place.of(arch),
        status_location: place.of(status),
    })
}
