//! Owns what may reach a terminal or the log of a job: text from a tree, with whatever could steer either replaced by something to see.
//!
//! GitHub's runner takes a line that begins with `::`, white space aside, for a command, and in older ones `##[` anywhere in a line.

use std::borrow::Cow;
use std::fmt::Write as _;

/// The beginning of an older command of a workflow.
const OLD_COMMAND: &str = "##[";

/// Text that is to stand on one line: control characters become their pictures, a tab a space, a line's end `␊`. It begins no command.
pub(super) fn line(text: &str) -> Cow<'_, str> {
    without_commands(replace(text, |character| match character {
        '\t' => Some(' '),
        _ => picture(character),
    }))
}

/// Text that may have several lines: as [`line()`], with the lines kept. The end of the text loses its white space.
pub(super) fn lines(text: &str) -> Cow<'_, str> {
    without_commands(replace(text.trim_end(), |character| match character {
        '\n' => None,
        '\t' => Some(' '),
        _ => picture(character),
    }))
}

/// `text` with the first character of each command that a line of it would begin, or hold in the older form, in another width.
fn without_commands(text: Cow<'_, str>) -> Cow<'_, str> {
    let begins_one = |line: &str| line.trim_start().starts_with("::");
    if !text.contains(OLD_COMMAND) && !text.split('\n').any(begins_one) {
        return text;
    }
    let lines = text.split('\n').map(|line| {
        let line = line.replace(OLD_COMMAND, "##\u{ff3b}");
        match begins_one(&line) {
            true => line.replacen(':', "\u{ff1a}", 1),
            false => line,
        }
    });
    Cow::Owned(lines.collect::<Vec<_>>().join("\n"))
}

/// A document of JSON with every character that a terminal might obey or not show as `\u…`. Outside strings JSON has none of
/// them, and inside strings it allows the escape.
pub(super) fn json(document: &str) -> Cow<'_, str> {
    let escaped = escape(document, |character, out| {
        let mut units = [0; 2];
        for unit in character.encode_utf16(&mut units) {
            // Writing to a string cannot fail.
            let _ = write!(out, "\\u{unit:04x}");
        }
    });
    exchange(escaped, "##\\u005b")
}

/// `document` with `with` in the place of the beginning of an older command, which only a string can hold.
fn exchange<'t>(document: Cow<'t, str>, with: &str) -> Cow<'t, str> {
    match document.contains(OLD_COMMAND) {
        true => Cow::Owned(document.replace(OLD_COMMAND, with)),
        false => document,
    }
}

/// The same for a document of XML, with `&#x…;`. XML has some characters in no form: those become U+FFFD.
pub(super) fn xml(document: &str) -> Cow<'_, str> {
    let is_excluded = |character: char| {
        matches!(character, '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
            && !matches!(character, '\t' | '\n' | '\r')
    };
    let shown = |character| match is_excluded(character) {
        true => Some(char::REPLACEMENT_CHARACTER),
        false => None,
    };
    let escaped = escape(document, |character, out| {
        let _ = write!(out, "&#x{:x};", u32::from(character));
    });
    let escaped = exchange(escaped, "##&#x5b;");
    match replace(&escaped, shown) {
        Cow::Borrowed(_) => escaped,
        Cow::Owned(replaced) => Cow::Owned(replaced),
    }
}

/// `text` with `with` in the place of what has a picture, line ends and the like aside.
fn escape(text: &str, with: impl Fn(char, &mut String)) -> Cow<'_, str> {
    let is_hidden = |character: char| character > ' ' && picture(character).is_some();
    if !text.chars().any(is_hidden) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 16);
    for character in text.chars() {
        match is_hidden(character) {
            true => with(character, &mut out),
            false => out.push(character),
        }
    }
    Cow::Owned(out)
}

/// Source text with every byte at the offset that it had. Control characters of one byte are left to the renderer of the
/// snippets, which knows them and keeps its underlines aligned.
pub(super) fn source(text: &str) -> Cow<'_, str> {
    let shown = replace(text, |character| match (picture(character)?, character) {
        (_, '\0'..='\u{7f}') => None,
        (_, '\u{80}'..='\u{7ff}') => Some('\u{b7}'),
        _ => Some(char::REPLACEMENT_CHARACTER),
    });
    // The number of the line stands before it, so that it begins no command.
    exchange(shown, "##(")
}

/// Returns what stands for a character that a terminal might obey or not show at all; `None` for any other.
fn picture(character: char) -> Option<char> {
    match character {
        '\0'..='\u{1f}' => char::from_u32(0x2400 + character as u32),
        '\u{7f}' => Some('\u{2421}'),
        // C1 controls, soft hyphen and Arabic letter mark, then what has no width or changes the direction of writing.
        '\u{80}'..='\u{9f}' | '\u{ad}' | '\u{61c}' => Some(char::REPLACEMENT_CHARACTER),
        '\u{200b}'..='\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}' => Some(char::REPLACEMENT_CHARACTER),
        _ => None,
    }
}

/// `text` with the characters for which `with` knows another.
fn replace(text: &str, with: impl Fn(char) -> Option<char>) -> Cow<'_, str> {
    if text.chars().all(|character| with(character).is_none()) {
        return Cow::Borrowed(text);
    }
    text.chars()
        .map(|character| with(character).unwrap_or(character))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_stays_one_line() {
        assert_eq!(
            line("a\tb\nc\u{1b}[31m\u{9b}d"),
            "a b\u{240a}c\u{241b}[31m\u{fffd}d"
        );
        assert_eq!(lines("a\nb\u{7}\n\n"), "a\nb\u{2407}");
    }

    #[test]
    fn no_line_is_a_command_of_a_workflow() {
        assert_eq!(line("::error::x"), "\u{ff1a}:error::x");
        assert_eq!(line(" \t::error::x"), "  \u{ff1a}:error::x");
        assert_eq!(line("a ::error::x"), "a ::error::x");
        assert_eq!(line("a ##[add-mask]b"), "a ##\u{ff3b}add-mask]b");
        assert_eq!(lines("a\n  ::b\n::c"), "a\n  \u{ff1a}:b\n\u{ff1a}:c");
        assert_eq!(source("\t##[error]x"), "\t##(error]x");
        let text = "{\"a\": \"##[group]\"}";
        assert_eq!(json(text), "{\"a\": \"##\\u005bgroup]\"}");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&json(text)), value(text));
        assert_eq!(xml("<a>##[x]</a>"), "<a>##&#x5b;x]</a>");
    }

    #[test]
    fn documents_hide_nothing() {
        let text = "{\"a\": \"\u{7f}\u{202e}x\u{feff}\"}\n";
        let escaped = json(text);
        assert_eq!(escaped, "{\"a\": \"\\u007f\\u202ex\\ufeff\"}\n");
        let value = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(value(&escaped), value(text));
        assert_eq!(xml("<a>\u{202e}\u{e9}</a>\n"), "<a>&#x202e;\u{e9}</a>\n");
    }

    #[test]
    fn source_keeps_its_offsets() {
        let text = "a\u{9b}\u{202e}\u{1b}\u{feff}\u{61c}b";
        let shown = source(text);
        assert_eq!(shown.len(), text.len());
        assert_eq!(shown, "a\u{b7}\u{fffd}\u{1b}\u{fffd}\u{b7}b");
    }
}
