//! Owns what the syntax tree of one file alone answers: its outline, and what can be folded.

use serde_json::{Value, json};

use super::document::Document;
use crate::kconfig::syntax::{File, Property, PropertyKind, Statement, StatementKind, Type};

/// Kinds of symbols, as the protocol numbers them.
const NAMESPACE: u32 = 3;
const ENUM: u32 = 10;
const VARIABLE: u32 = 13;
const STRING: u32 = 15;
const NUMBER: u32 = 16;
const BOOLEAN: u32 = 17;

/// The entries of a file, those of menus, choices and `if` blocks inside them.
pub(super) fn symbols(document: &Document) -> Vec<Value> {
    document
        .file()
        .map_or_else(Vec::new, |file| entries(document, file, file.statements()))
}

fn entries(document: &Document, file: &File, statements: &[Statement]) -> Vec<Value> {
    let mut found = Vec::new();
    for statement in statements {
        let (name, detail, kind, name_span, body): (String, String, _, _, &[Statement]) =
            match &statement.kind {
                StatementKind::Config {
                    name, properties, ..
                } => {
                    let type_ = type_of(properties);
                    let kind = match type_ {
                        Some(Type::Bool | Type::Tristate) => BOOLEAN,
                        Some(Type::Int | Type::Hex) => NUMBER,
                        Some(Type::String) => STRING,
                        None => VARIABLE,
                    };
                    let mut detail = type_.map_or_else(String::new, |of| of.text().to_owned());
                    if let Some(prompt) = prompt_of(file, properties) {
                        detail += &format!(" {prompt}");
                    }
                    let name = *name;
                    (
                        file.word_text(name).to_owned(),
                        detail,
                        kind,
                        file.word(name).span,
                        &[],
                    )
                }
                StatementKind::Menu { title, body, .. } => {
                    let title = *title;
                    (
                        file.word_text(title).to_owned(),
                        "menu".to_owned(),
                        NAMESPACE,
                        statement.span,
                        body,
                    )
                }
                StatementKind::Choice {
                    properties, body, ..
                } => {
                    let prompt = prompt_of(file, properties);
                    (
                        prompt.unwrap_or_else(|| "choice".to_owned()),
                        "choice".to_owned(),
                        ENUM,
                        statement.span,
                        body,
                    )
                }
                StatementKind::If { body, .. } => {
                    let condition = file.slice(statement.span).trim();
                    (
                        condition.to_owned(),
                        String::new(),
                        NAMESPACE,
                        statement.span,
                        body,
                    )
                }
                _ => continue,
            };
        let (start, end) = (statement.span.start as usize, end_of(file, statement));
        let (lines, text) = (&document.lines, &*document.text);
        found.push(json!({
            // A client may refuse an empty name.
            "name": if name.trim().is_empty() { "(no name)" } else { &*name },
            "detail": detail.trim(),
            "kind": kind,
            "range": lines.range(text, start, end),
            "selectionRange": lines.range(text, name_span.start as usize, name_span.end as usize),
            "children": entries(document, file, body),
        }));
    }
    found
}

/// The type that the lines of an entry give.
pub(super) fn type_of(properties: &[Property]) -> Option<Type> {
    properties.iter().find_map(|property| match property.kind {
        PropertyKind::Type(type_, _)
        | PropertyKind::Default {
            type_: Some(type_), ..
        } => Some(type_),
        _ => None,
    })
}

/// The prompt of an entry, without its quotes.
pub(super) fn prompt_of(file: &File, properties: &[Property]) -> Option<String> {
    properties.iter().find_map(|property| match property.kind {
        PropertyKind::Type(_, Some(prompt)) | PropertyKind::Prompt(prompt) => {
            Some(file.word_text(prompt.text).to_owned())
        }
        _ => None,
    })
}

/// The lines below the first of a statement, and the statements in it.
fn parts(statement: &Statement) -> (&[Property], &[Statement]) {
    match &statement.kind {
        StatementKind::Config { properties, .. } | StatementKind::Comment { properties, .. } => {
            (properties, &[])
        }
        StatementKind::Choice {
            properties, body, ..
        }
        | StatementKind::Menu {
            properties, body, ..
        } => (properties, body),
        StatementKind::If { body, .. } => (&[], body),
        _ => (&[], &[]),
    }
}

/// The byte after a statement, with all that is in it and the keyword that closes it.
fn end_of(file: &File, statement: &Statement) -> usize {
    let (properties, body) = parts(statement);
    let mut end = statement.span.end;
    for property in properties {
        end = end.max(property.span.end);
        if let PropertyKind::Help(span) = property.kind {
            end = end.max(span.end);
        }
    }
    let mut end = end as usize;
    if let Some(last) = body.last() {
        end = end.max(end_of(file, last));
    }
    let text = file.text();
    let keyword = match statement.kind {
        StatementKind::Menu { .. } => "endmenu",
        StatementKind::Choice { .. } => "endchoice",
        StatementKind::If { .. } => "endif",
        _ => return trimmed(text, statement.span.end as usize, end),
    };
    let mut at = end.min(text.len());
    // The end of a line that was begun, then lines without meaning, then the keyword.
    for line in text.get(at..).unwrap_or("").split_inclusive('\n') {
        let word = line.trim();
        if word.split(|c: char| !c.is_ascii_alphanumeric()).next() == Some(keyword) {
            return at + line.trim_end().len();
        }
        if !word.is_empty() && !word.starts_with('#') {
            break;
        }
        at += line.len();
    }
    trimmed(text, statement.span.end as usize, end)
}

/// `end` without blanks and empty lines before it.
fn trimmed(text: &str, from: usize, end: usize) -> usize {
    let rest = text.get(from..end).unwrap_or("");
    from + rest.trim_end().len()
}

/// The foldable ranges: entries, blocks, help texts and comments of several lines.
pub(super) fn folds(document: &Document) -> Vec<Value> {
    let mut found = Vec::new();
    let Some(file) = document.file() else {
        return found;
    };
    let mut add = |start: usize, end: usize, kind: &str| {
        let range = document.lines.range(&document.text, start, end);
        if range.start.line < range.end.line {
            found.push(json!({
                "startLine": range.start.line,
                "endLine": range.end.line,
                "kind": kind,
            }));
        }
    };
    let mut pending: Vec<&Statement> = file.statements().iter().collect();
    while let Some(statement) = pending.pop() {
        let (properties, body) = parts(statement);
        if !properties.is_empty() || !body.is_empty() {
            add(
                statement.span.start as usize,
                end_of(file, statement),
                "region",
            );
        }
        for property in properties {
            if let PropertyKind::Help(span) = property.kind {
                let end = trimmed(file.text(), property.span.start as usize, span.end as usize);
                add(property.span.start as usize, end, "comment");
            }
        }
        pending.extend(body);
    }
    let (mut at, mut comment) = (0, None);
    for line in document.text.split_inclusive('\n') {
        if line.starts_with('#') {
            let (start, _) = comment.unwrap_or((at, at));
            comment = Some((start, at));
        } else if let Some((start, last)) = comment.take() {
            add(start, last, "comment");
        }
        at += line.len();
    }
    if let Some((start, last)) = comment {
        add(start, last, "comment");
    }
    found.sort_by_key(|fold| fold["startLine"].as_u64());
    found
}
