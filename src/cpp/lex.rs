//! Owns tokens of C: identifiers, numbers, literals and punctuation with their places, without comments and line breaks.
//!
//! A token that a backslash and a newline cut in two is read as two. The kernel does not write such, and so every token
//! is a piece of the text as it stands.

/// A piece of a file's text, in bytes.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub struct Span {
    /// Offset of the first byte.
    pub start: u32,
    /// Offset past the last byte.
    pub end: u32,
}

impl Span {
    /// The piece from `start` to `end`. Files are far smaller than 4 GiB; what lies behind that is cut off.
    pub fn new(start: usize, end: usize) -> Self {
        let cut = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self {
            start: cut(start),
            end: cut(end),
        }
    }

    /// The piece of `text`; empty if it is not one.
    pub fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize)
            .unwrap_or_default()
    }
}

/// Describes what a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// An identifier or keyword.
    Identifier,
    /// A preprocessing number.
    Number,
    /// A string or character constant, also if its end is missing.
    Literal,
    /// One byte of punctuation.
    Punctuation(u8),
}

/// A token and its place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Holds what it is.
    pub kind: Kind,
    /// Where it stands.
    pub span: Span,
}

impl Token {
    /// Whether it is this byte of punctuation.
    pub fn is(&self, byte: u8) -> bool {
        self.kind == Kind::Punctuation(byte)
    }
}

/// Whether an identifier may hold the byte. Bytes above ASCII count: gcc takes UTF-8 in identifiers.
pub fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// The word that a text ends with; empty where it ends with something else.
pub fn last_word(text: &str) -> &str {
    let start = text.bytes().rposition(|byte| !is_word(byte));
    &text[start.map_or(0, |start| start + 1)..]
}

/// The offsets at which a name stands in a text as a word of its own.
pub fn whole_words(text: &str, name: &str) -> impl Iterator<Item = usize> {
    let is_word_at = |at: Option<usize>| {
        let byte = at.and_then(|at| text.as_bytes().get(at));
        byte.is_some_and(|&byte| is_word(byte))
    };
    let places = memchr::memmem::find_iter(text.as_bytes(), name.as_bytes());
    places.filter(move |&at| !is_word_at(at.checked_sub(1)) && !is_word_at(Some(at + name.len())))
}

/// Offset behind the comment that begins at `start`, or `None` if none begins there. A comment without an end reaches to
/// the end of the text.
pub fn skip_comment(text: &[u8], start: usize) -> Option<usize> {
    if text.get(start) != Some(&b'/') {
        return None;
    }
    match text.get(start + 1) {
        Some(b'*') => Some(
            memchr::memmem::find(&text[start + 2..], b"*/")
                .map_or(text.len(), |found| start + 2 + found + 2),
        ),
        Some(b'/') => Some(end_of_line(text, start + 2)),
        _ => None,
    }
}

/// Offset of the newline that ends the line, lines that a backslash continues included; the end of the text if there is no newline.
pub fn end_of_line(text: &[u8], start: usize) -> usize {
    let mut from = start;
    while let Some(found) = memchr::memchr(b'\n', &text[from..]) {
        let newline = from + found;
        if newline == start || !is_continued(text, newline) {
            return newline;
        }
        from = newline + 1;
    }
    text.len()
}

/// Whether the newline at `newline` stands behind a backslash.
fn is_continued(text: &[u8], newline: usize) -> bool {
    let before = &text[..newline];
    before
        .strip_suffix(b"\r")
        .unwrap_or(before)
        .ends_with(b"\\")
}

/// Offset behind the literal whose quote stands at `start`. A literal ends at the end of its line at the latest: in text
/// that the preprocessor skips a lone apostrophe is legal.
pub fn skip_literal(text: &[u8], start: usize) -> usize {
    let quote = text[start];
    let mut at = start + 1;
    while let Some(found) = memchr::memchr3(quote, b'\\', b'\n', &text[at.min(text.len())..]) {
        at += found;
        match text[at] {
            b'\\' => {
                // A carriage return may stand between the backslash and the newline.
                at += if text[at + 1..].starts_with(b"\r\n") {
                    3
                } else {
                    2
                };
            }
            b'\n' => return at,
            _ => return at + 1,
        }
    }
    text.len()
}

/// Reads the tokens of a part of a text.
#[derive(Clone, Debug)]
pub struct Lexer<'a> {
    text: &'a [u8],
    at: usize,
    end: usize,
}

impl<'a> Lexer<'a> {
    /// Reads the tokens of `text` that begin in `start..end`.
    pub fn new(text: &'a str, start: usize, end: usize) -> Self {
        Self {
            text: text.as_bytes(),
            at: start,
            end: end.min(text.len()),
        }
    }
}

impl Iterator for Lexer<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        while self.at < self.end {
            let start = self.at;
            let byte = self.text[start];
            let (kind, end) = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                    self.at += 1;
                    continue;
                }
                b'\\' if matches!(self.text.get(start + 1), Some(b'\n' | b'\r')) => {
                    self.at += 2;
                    continue;
                }
                b'/' => match skip_comment(self.text, start) {
                    Some(behind) => {
                        self.at = behind;
                        continue;
                    }
                    None => (Kind::Punctuation(byte), start + 1),
                },
                b'"' | b'\'' => (Kind::Literal, skip_literal(self.text, start)),
                b'0'..=b'9' => (Kind::Number, self.skip_words(start)),
                _ if is_word(byte) => (Kind::Identifier, self.skip_words(start)),
                _ => (Kind::Punctuation(byte), start + 1),
            };
            self.at = end;
            return Some(Token {
                kind,
                span: Span::new(start, end),
            });
        }
        None
    }
}

impl Lexer<'_> {
    fn skip_words(&self, start: usize) -> usize {
        self.text[start..]
            .iter()
            .position(|&byte| !is_word(byte))
            .map_or(self.text.len(), |found| start + found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<&str> {
        Lexer::new(text, 0, text.len())
            .map(|token| token.span.of(text))
            .collect()
    }

    #[test]
    fn words_end_at_what_no_identifier_holds() {
        for (text, word) in [("a = MACRO", "MACRO"), ("f(x)", ""), ("x", "x"), ("", "")] {
            assert_eq!(last_word(text), word, "{text}");
        }
        // A character of several bytes is not cut.
        assert_eq!(last_word("a é"), "é");
        let places: Vec<usize> = whole_words("hook the_hook hook2 (hook)", "hook").collect();
        assert_eq!(places, [0, 21]);
    }

    #[test]
    fn comments_and_continuations_are_blanks() {
        assert_eq!(
            words("a/* b\n */c // d \\\n e\nf \\\n g"),
            ["a", "c", "f", "g"]
        );
        assert_eq!(words("a /* never closed"), ["a"]);
    }

    #[test]
    fn literals_end_at_the_line_at_the_latest() {
        assert_eq!(
            words("'a' \"b\\\"c\" don't\nx"),
            ["'a'", "\"b\\\"c\"", "don", "'t", "x"]
        );
        assert_eq!(words("\"/* no */\" y"), ["\"/* no */\"", "y"]);
    }
}
