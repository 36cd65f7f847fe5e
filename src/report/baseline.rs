//! Owns the file of a baseline: JSON with a line for each entry, so that a difference of two tells what came and went.
//! `docs/schema/baseline.schema.json` describes it.

use std::ops::Range;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::check::run::baseline::Entry;

/// The version of the form. The first number changes when a field goes away or changes its meaning, the second when one
/// is added.
pub const SCHEMA_VERSION: &str = "1.0";

/// Holds what says that a file is a baseline and nothing else.
const KIND: &str = "kfeat baseline";

/// Why a file is no baseline, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}:{column}: {reason}")]
pub struct BaselineError {
    /// The path that the caller gave.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// Holds what is wrong.
    pub reason: String,
}

/// The document, with the entries as they are written. What it is has been looked at before.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct Document<'a> {
    #[serde(rename = "kind")]
    _kind: IgnoredAny,
    #[serde(rename = "schema")]
    _schema: IgnoredAny,
    #[serde(borrow)]
    findings: Vec<&'a RawValue>,
}

/// Describes what of a document tells what it is.
#[derive(Deserialize)]
struct Head {
    kind: Option<String>,
    schema: Option<String>,
}

/// An entry.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object")]
struct EntryView {
    file: String,
    lint: String,
    feature: Option<String>,
    symbol: Option<String>,
    archs: Vec<String>,
    count: u32,
    text: String,
}

/// The text of the file for entries.
pub fn render(entries: &[Entry]) -> String {
    let mut out =
        format!("{{\n\"kind\": \"{KIND}\",\n\"schema\": \"{SCHEMA_VERSION}\",\n\"findings\": [");
    for (index, entry) in entries.iter().enumerate() {
        let view = EntryView {
            file: entry.file.clone(),
            lint: entry.lint.clone(),
            feature: entry.feature.clone(),
            symbol: entry.symbol.clone(),
            archs: entry.archs.clone(),
            count: entry.count,
            text: entry.text.clone(),
        };
        let line = serde_json::to_string(&view).unwrap_or_else(|error| {
            unreachable!("invariant: an entry has only strings, numbers and lists: {error}")
        });
        out.push_str(if index == 0 { "\n" } else { ",\n" });
        out.push_str(&line);
    }
    out.push_str(if entries.is_empty() {
        "]\n}\n"
    } else {
        "\n]\n}\n"
    });
    out
}

/// The entries of a file, each with the bytes that it has there. The path only serves the error.
///
/// # Errors
///
/// It is no JSON, no baseline, or one of another version.
pub fn read(path: &str, text: &str) -> Result<Vec<(Entry, Range<usize>)>, BaselineError> {
    let failed = |line: usize, column: usize, reason: String| BaselineError {
        path: path.to_owned(),
        line: line.max(1),
        column: column.max(1),
        reason,
    };
    let of_json =
        |error: &serde_json::Error| failed(error.line(), error.column(), without_place(error));
    // A file of another version or program has other fields: the error names its kind.
    if let Ok(head) = serde_json::from_str::<Head>(text) {
        let at = |word: &str| {
            let offset = text.find(word).unwrap_or(0);
            (line_of(text, offset), 1)
        };
        if head.kind.as_deref() != Some(KIND) {
            let (line, column) = at("\"kind\"");
            let reason = format!("this is not a baseline: it has no `\"kind\": \"{KIND}\"`");
            return Err(failed(line, column, reason));
        }
        if let Some(schema) = head.schema.filter(|schema| schema != SCHEMA_VERSION) {
            let (line, column) = at("\"schema\"");
            let number = |text: &str| -> Option<(u32, u32)> {
                let (major, minor) = text.split_once('.')?;
                Some((major.parse().ok()?, minor.parse().ok()?))
            };
            let reason = match number(&schema) > number(SCHEMA_VERSION) {
                true => "a newer kfeat wrote this baseline",
                false => "this baseline has a format that kfeat does not support",
            };
            let reason = format!(
                "{reason}: its schema is `{schema}`, this kfeat supports `{SCHEMA_VERSION}`; recreate it with `--write-baseline`"
            );
            return Err(failed(line, column, reason));
        }
    }
    let document: Document<'_> = serde_json::from_str(text).map_err(|error| of_json(&error))?;
    let mut entries = Vec::with_capacity(document.findings.len());
    for raw in document.findings {
        let raw = raw.get();
        // A raw value is a part of the text.
        let start = (raw.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
        // Only a mistake needs them: to count the lines before each entry would take time by the square of the file.
        let place = || (line_of(text, start), column_of(text, start));
        let view: EntryView = serde_json::from_str(raw).map_err(|error| {
            let (line, column) = place();
            let before = if error.line() > 1 { 0 } else { column - 1 };
            failed(
                line + error.line().max(1) - 1,
                before + error.column().max(1),
                without_place(&error),
            )
        })?;
        if view.count == 0 {
            let (line, column) = place();
            return Err(failed(
                line,
                column,
                "`count` is 0: an entry stands for at least one finding".to_owned(),
            ));
        }
        let entry = Entry {
            file: view.file,
            lint: view.lint,
            feature: view.feature,
            symbol: view.symbol,
            text: view.text,
            archs: view.archs,
            count: view.count,
        };
        entries.push((entry, start..start + raw.len()));
    }
    Ok(entries)
}

fn line_of(text: &str, offset: usize) -> usize {
    text.as_bytes()[..offset]
        .iter()
        .filter(|byte| **byte == b'\n')
        .count()
        + 1
}

fn column_of(text: &str, offset: usize) -> usize {
    let line_start = text[..offset].rfind('\n').map_or(0, |newline| newline + 1);
    offset - line_start + 1
}

/// The message without the place at its end.
fn without_place(error: &serde_json::Error) -> String {
    let message = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    message.replace(&place, "")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(file: &str) -> Entry {
        Entry {
            file: file.to_owned(),
            lint: "a-lint".to_owned(),
            feature: None,
            symbol: Some("S".to_owned()),
            text: "select \"S\"".to_owned(),
            archs: vec!["x".to_owned()],
            count: 2,
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        for entries in [vec![], vec![entry("a")], vec![entry("a"), entry("b")]] {
            let text = render(&entries);
            let read = read("f", &text).unwrap();
            assert_eq!(read.len(), entries.len());
            for ((entry, bytes), expected) in read.into_iter().zip(&entries) {
                assert_eq!(&entry, expected);
                assert!(text[bytes].starts_with("{\"file\":"));
            }
            // An entry is a line.
            let lines = if entries.is_empty() {
                5
            } else {
                6 + entries.len()
            };
            assert_eq!(text.lines().count(), lines);
        }
    }

    #[test]
    fn a_wrong_file_is_refused_with_its_place() {
        let good = render(&[entry("a"), entry("b")]);
        let cases = [
            (String::new(), "f:1:1: EOF while parsing a value"),
            ("[]".to_owned(), "f:1:2: invalid length 0"),
            (
                "{}".to_owned(),
                "f:1:1: this is not a baseline: it has no `\"kind\": \"kfeat baseline\"`",
            ),
            (
                good.replace("kfeat baseline", "x"),
                "f:2:1: this is not a baseline",
            ),
            (
                good.replace("\"1.0\"", "\"1.1\""),
                "f:3:1: a newer kfeat wrote this baseline: its schema is `1.1`, this kfeat supports `1.0`",
            ),
            (
                good.replace("\"1.0\"", "\"0.9\""),
                "f:3:1: this baseline has a format that kfeat does not support",
            ),
            (good[..good.len() - 4].to_owned(), "f:7:"),
            (good.replacen("\"count\":2", "\"count\":-2", 1), "f:5:"),
            (
                good.replacen("\"count\":2", "\"count\":0", 1),
                "f:5:1: `count` is 0",
            ),
            (good.replace("\"file\":\"b\",", ""), "f:6:"),
            (
                good.replace("\"b\"", "\"b\",\"line\":3"),
                "f:6:18: unknown field `line`",
            ),
        ];
        for (text, expected) in cases {
            let error = read("f", &text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}\nis not\n{expected}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_damage_makes_the_reader_panic(at in 0..200usize, with in "(?s).{0,4}") {
            let mut text = render(&[entry("a"), entry("\u{e9}")]);
            let at = at.min(text.len() - 1);
            if text.is_char_boundary(at) && text.is_char_boundary(at + 1) {
                text.replace_range(at..=at, &with);
            }
            let _ = read("f", &text);
        }
    }
}
