//! Owns what may be written at the cursor: keywords at the start of a line, symbols with their types where the language takes one.

use std::collections::BTreeMap;

use lsp_types::Position;
use serde_json::{Value, json};

use super::document::{Content, Document};
use super::text::is_word;
use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::PropertyKind;

/// Most symbols of one answer. With more, the editor asks again after the next letter.
const MAX_ITEMS: usize = 500;

/// The keywords that begin a line, each with a few words about it.
const KEYWORDS: [(&str, &str); 26] = [
    ("bool", "type: y or n"),
    ("choice", "opens a choice"),
    ("comment", "text shown in the menu"),
    ("config", "declares a symbol"),
    ("def_bool", "type and default"),
    ("def_tristate", "type and default"),
    ("default", "value unless the user sets one"),
    ("depends on", "what the entry needs"),
    ("endchoice", "closes a choice"),
    ("endif", "closes an if"),
    ("endmenu", "closes a menu"),
    ("help", "help text for the user"),
    ("hex", "type: a hexadecimal number"),
    ("if", "opens a conditional block"),
    (
        "imply",
        "turns a symbol on, unless dependencies or the user prevent it",
    ),
    ("int", "type: a number"),
    ("mainmenu", "title of the configuration"),
    ("menu", "opens a menu"),
    ("menuconfig", "declares a symbol with a menu"),
    ("prompt", "text of the prompt"),
    ("range", "bounds of a number"),
    ("select", "turns a symbol on, ignoring its dependencies"),
    ("source", "includes another file"),
    ("string", "type: a string"),
    ("tristate", "type: y, m or n"),
    ("visible if", "when a menu is shown"),
];

/// The kind of completion at the cursor.
#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Keyword,
    Symbol,
    /// A symbol, or `if`.
    SymbolOrIf,
    /// The second word of `depends on`.
    On,
    Nothing,
}

/// The completions at a position. `declared` are all symbols with their types.
pub(super) fn items(
    document: &Document,
    position: Position,
    declared: &dyn Fn() -> BTreeMap<String, &'static str>,
) -> Value {
    let offset = document.lines.offset(&document.text, position);
    let before = &document.text[..offset];
    let line = &before[before.rfind('\n').map_or(0, |at| at + 1)..];
    let typed = &line[line.trim_end_matches(is_word).len()..];
    let prefix = continued(before, typed);
    let prefix = &*prefix;
    let (wanted, marker) = match &document.content {
        Content::Kconfig(_) if is_in_help(document, offset) => (Wanted::Nothing, ""),
        Content::Kconfig(_) => (wanted(prefix), ""),
        Content::Table(..) => (
            match prefix.contains("Kconfig:") {
                true => Wanted::Symbol,
                false => Wanted::Nothing,
            },
            "",
        ),
        Content::TooLarge => (Wanted::Nothing, ""),
        Content::Other => match typed.strip_prefix("CONFIG_") {
            Some(_) => (Wanted::Symbol, "CONFIG_"),
            None => (Wanted::Nothing, ""),
        },
    };
    let typed_name = typed.strip_prefix(marker).unwrap_or(typed);
    let range = document
        .lines
        .range(&document.text, offset - typed.len(), offset);
    let item = |label: &str, kind: u32, detail: &str| {
        json!({
            "label": label,
            "kind": kind,
            "detail": detail,
            "textEdit": { "range": range, "newText": label },
        })
    };
    let mut items = Vec::new();
    if wanted == Wanted::Keyword {
        let fits = KEYWORDS.iter().filter(|(word, _)| word.starts_with(typed));
        items.extend(fits.map(|(word, detail)| item(word, 14, detail)));
    }
    if wanted == Wanted::SymbolOrIf && "if".starts_with(typed) {
        items.push(item("if", 14, "a condition"));
    }
    if wanted == Wanted::On && "on".starts_with(typed) {
        items.push(item("on", 14, "what the entry needs"));
    }
    let mut is_incomplete = false;
    if matches!(wanted, Wanted::Symbol | Wanted::SymbolOrIf) {
        let upper = typed_name.to_ascii_uppercase();
        let all = declared();
        // Those that begin with it come first, then those that have it somewhere.
        let starts = all.iter().filter(|(name, _)| name.starts_with(&upper));
        let others = all
            .iter()
            .filter(|(name, _)| !name.starts_with(&upper) && name.contains(&upper));
        for (name, type_) in starts.chain(others) {
            if items.len() == MAX_ITEMS {
                is_incomplete = true;
                break;
            }
            items.push(item(&format!("{marker}{name}"), 21, type_));
        }
    }
    json!({ "isIncomplete": is_incomplete, "items": items })
}

/// The text before what was `typed` on its line, and on the lines that go on there, each of which ends with a backslash.
fn continued(before: &str, typed: &str) -> String {
    let prefix = &before[..before.len() - typed.len()];
    let mut lines: Vec<&str> = Vec::new();
    for line in prefix.rsplit('\n') {
        let whole = match lines.is_empty() {
            true => Some(line),
            false => line.strip_suffix('\\'),
        };
        let Some(whole) = whole else {
            break;
        };
        lines.push(whole);
    }
    lines.reverse();
    lines.join(" ")
}

/// The kind of completion after the start of a line.
fn wanted(prefix: &str) -> Wanted {
    let quotes = prefix.matches('"').count();
    if quotes % 2 == 1 || prefix.trim_start().starts_with('#') {
        return Wanted::Nothing;
    }
    let words: Vec<&str> = prefix.split_whitespace().collect();
    let Some((&first, rest)) = words.split_first() else {
        return Wanted::Keyword;
    };
    let last = rest.last().copied().unwrap_or_default();
    let takes_operand = last.is_empty()
        || matches!(last, "if" | "on")
        || last.ends_with(['&', '|', '!', '(', '=', '<', '>']);
    match first {
        "depends" if rest.is_empty() => Wanted::On,
        "if" | "depends" | "visible" | "select" | "imply" | "default" | "def_bool"
        | "def_tristate" | "range" => match takes_operand {
            true => Wanted::Symbol,
            false => Wanted::SymbolOrIf,
        },
        _ if rest.contains(&"if") => Wanted::Symbol,
        "bool" | "tristate" | "int" | "hex" | "string" | "prompt" if !last.is_empty() => {
            Wanted::SymbolOrIf
        }
        _ => Wanted::Nothing,
    }
}

/// Whether a byte is in a help text. The line on which `help` stands is not.
fn is_in_help(document: &Document, offset: usize) -> bool {
    let mut is_in = false;
    let Some(file) = document.file() else {
        return false;
    };
    each_statement(file.statements(), &mut |statement| {
        let properties = statement.kind.properties();
        is_in |= properties.iter().any(|property| {
            matches!(property.kind, PropertyKind::Help(span)
                if span.start as usize <= offset && offset < span.end as usize)
        });
    });
    is_in
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_goes_on_is_one() {
        for (before, expected) in [
            (
                "config A\n\tdepends on B && \\\n\t\tC",
                "\tdepends on B &&  \t\t",
            ),
            ("a\\\nb\nC", ""),
            ("C", ""),
        ] {
            assert_eq!(continued(before, "C"), expected);
        }
    }

    #[test]
    fn the_start_of_the_line_says_what_belongs_after_it() {
        for (prefix, expected) in [
            ("", Wanted::Keyword),
            ("\t", Wanted::Keyword),
            ("config ", Wanted::Nothing),
            ("\tselect ", Wanted::Symbol),
            ("\tselect A ", Wanted::SymbolOrIf),
            ("\tselect A if ", Wanted::Symbol),
            ("\tdepends ", Wanted::On),
            ("\tdepends on ", Wanted::Symbol),
            ("\tdepends on A && ", Wanted::Symbol),
            ("\tdepends on (", Wanted::Symbol),
            ("\tbool \"a ", Wanted::Nothing),
            ("\tbool \"a\" if ", Wanted::Symbol),
            ("if ", Wanted::Symbol),
            ("# select ", Wanted::Nothing),
        ] {
            assert_eq!(wanted(prefix), expected, "{prefix:?}");
        }
    }
}
