//! Owns findings as the protocol shows them, and how one moves while the text around it is edited.

use std::path::Path;

use serde_json::{Value, json};

use super::text::Lines;
use super::uri;
use crate::diag::{Diagnostic, Level, Location};
use crate::kconfig::model::SOURCE;

/// The text of a file of the tree, as the editor sees it.
pub(super) type TextOf<'a> = &'a dyn Fn(&str) -> Option<String>;

/// A finding about the file with this text, as a diagnostic of the protocol.
pub(super) fn to_json(
    finding: &Diagnostic,
    text: &str,
    lines: &Lines,
    root: &Path,
    other: TextOf<'_>,
) -> Value {
    let place = &finding.primary.location;
    let severity = match finding.level {
        Level::Deny => 1,
        Level::Warn => 2,
        Level::Note => 3,
        Level::Allow => 4,
    };
    let mut message = finding.headline.clone();
    let label = &finding.primary.text;
    if !label.is_empty() && !message.contains(&**label) {
        message += &format!("\n{label}");
    }
    if !finding.archs.is_empty() {
        message += &format!("\non: {}", finding.archs.join(", "));
    }
    for note in &finding.notes {
        message += &format!("\nnote: {note}");
    }
    if let Some(help) = &finding.help {
        message += &format!("\nhelp: {help}");
    }
    let mut texts: Vec<(String, Option<(String, Lines)>)> = Vec::new();
    let mut related = Vec::new();
    for label in finding.secondary.iter().filter(|of| !of.text.is_empty()) {
        let path = &*label.location.path;
        let range = if *path == *place.path {
            to_range(&label.location, text, lines)
        } else {
            if !texts.iter().any(|(known, _)| known == path) {
                let read = other(path).map(|text| {
                    let lines = Lines::new(&text);
                    (text, lines)
                });
                texts.push((path.to_owned(), read));
            }
            let known = texts.iter().find(|(known, _)| known == path);
            match known.and_then(|(_, of)| of.as_ref()) {
                Some((text, lines)) => to_range(&label.location, text, lines),
                None => line_alone(label.location.line),
            }
        };
        related.push(json!({
            "location": { "uri": uri::from_path(&root.join(path)), "range": range },
            "message": label.text,
        }));
    }
    json!({
        "range": to_range(place, text, lines),
        "severity": severity,
        "code": finding.lint,
        "source": "kfeat",
        "message": message,
        "relatedInformation": related,
    })
}

/// Makes one finding of those that say of one `source` with `$(SRCARCH)` that the file of each architecture is missing.
pub(super) fn merge(findings: &mut Vec<Diagnostic>) {
    let mut merged: Vec<Diagnostic> = Vec::new();
    for finding in std::mem::take(findings) {
        let known = merged
            .iter_mut()
            .find(|known| differ_in_architecture(known, &finding));
        match known {
            Some(known) => {
                known.headline = of_any_architecture(known);
                known.archs.extend(finding.archs);
                known.archs.sort_unstable();
            }
            None => merged.push(finding),
        }
    }
    *findings = merged;
}

fn differ_in_architecture(one: &Diagnostic, other: &Diagnostic) -> bool {
    one.lint == SOURCE
        && other.lint == SOURCE
        && one.primary.location == other.primary.location
        && !one.archs.is_empty()
        && !other.archs.is_empty()
        && one.archs != other.archs
        && of_any_architecture(one) == of_any_architecture(other)
}

/// The headline with the macro in place of the architecture.
fn of_any_architecture(finding: &Diagnostic) -> String {
    let mut headline = finding.headline.clone();
    for arch in &finding.archs {
        headline = headline.replace(&format!("arch/{arch}/"), "arch/$(SRCARCH)/");
    }
    headline
}

/// The range of a place. A whole file is its first line.
pub(super) fn to_range(place: &Location, text: &str, lines: &Lines) -> lsp_types::Range {
    if place.end == 0 {
        let end = text.find(['\r', '\n']).unwrap_or(text.len());
        return lines.range(text, 0, end);
    }
    lines.range(text, place.start as usize, place.end as usize)
}

/// The start of a line of a file that cannot be read.
fn line_alone(line: u32) -> lsp_types::Range {
    let position = lsp_types::Position::new(line.saturating_sub(1), 0);
    lsp_types::Range::new(position, position)
}

/// Findings about `old` as far as they still hold in `new`: those on lines before and after the changed ones, at their new places.
pub(super) fn carry(findings: &[Diagnostic], old: &str, new: &str) -> Vec<Diagnostic> {
    let (a, b) = (old.as_bytes(), new.as_bytes());
    // Whole lines only: a changed line says something else.
    let prefix = a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let prefix = a[..prefix]
        .iter()
        .rposition(|byte| *byte == b'\n')
        .map_or(0, |at| at + 1);
    let rest = a.len().min(b.len()) - prefix;
    let suffix = a.iter().rev().zip(b.iter().rev()).take(rest);
    let suffix = suffix.take_while(|(a, b)| a == b).count();
    let starts_line = |text: &[u8]| match text.len() - suffix {
        0 => true,
        at => text[at - 1] == b'\n',
    };
    let from = a.len() - suffix;
    let suffix = if starts_line(a) && starts_line(b) {
        from
    } else {
        let newline = a[from..].iter().position(|byte| *byte == b'\n');
        newline.map_or(a.len(), |at| from + at + 1)
    };
    let lines = |text: &[u8]| memchr::memchr_iter(b'\n', text).count() as i64;
    let by_bytes = b.len() as i64 - a.len() as i64;
    let by_lines = lines(b) - lines(a);
    let is_same = a == b;
    findings
        .iter()
        .filter_map(|finding| {
            let mut finding = finding.clone();
            // An edit is about the text as it was.
            finding.fix = finding.fix.filter(|_| is_same);
            let path = finding.primary.location.path.clone();
            let labels = finding
                .secondary
                .iter_mut()
                .map(|label| &mut label.location);
            for (index, place) in std::iter::once(&mut finding.primary.location)
                .chain(labels)
                .enumerate()
            {
                if place.path != path || place.end == 0 || place.end as usize <= prefix {
                    continue;
                }
                if place.start as usize >= suffix {
                    let moved = |at: u32, by: i64| u32::try_from(i64::from(at) + by).unwrap_or(at);
                    place.start = moved(place.start, by_bytes);
                    place.end = moved(place.end, by_bytes);
                    place.line = moved(place.line, by_lines);
                } else if index == 0 && !is_same {
                    return None;
                }
            }
            Some(finding)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Label;

    #[test]
    fn findings_move_with_their_lines() {
        let old = "one\ntwo\nthree\n";
        let at = |start: u32, end: u32| {
            let place = Location::in_text("a".into(), old.as_bytes(), start, end);
            Diagnostic::new("x", Level::Warn, "bad", Label::new(place, ""))
        };
        let findings = [at(0, 3), at(4, 7), at(8, 13)];
        let places = |new: &str| -> Vec<(u32, u32, u32)> {
            let carried = carry(&findings, old, new);
            let places = carried.iter().map(|of| &of.primary.location);
            places.map(|of| (of.line, of.start, of.end)).collect()
        };
        assert_eq!(places(old), [(1, 0, 3), (2, 4, 7), (3, 8, 13)]);
        assert_eq!(places("one\ntwoo\n\nthree\n"), [(1, 0, 3), (4, 10, 15)]);
        assert_eq!(places("one\nthree\n"), [(1, 0, 3), (2, 4, 9)]);
        assert_eq!(places(""), []);
    }
}
