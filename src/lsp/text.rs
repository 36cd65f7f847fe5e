//! Owns positions: an editor counts lines and UTF-16 code units, the program counts bytes.

use lsp_types::{Position, Range};

/// Where the lines of a text start.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    starts: Vec<usize>,
}

impl Lines {
    /// Finds the lines of a text. As the protocol has it, `\n`, `\r\n` and `\r` end one.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut starts = vec![0];
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                starts.push(at + 1);
            }
        }
        Self { starts }
    }

    /// The position of a byte. One past the end, or inside a character, moves to the left.
    pub fn position(&self, text: &str, offset: usize) -> Position {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let line = self.starts.partition_point(|start| *start <= offset) - 1;
        let before = text.get(self.starts[line]..offset).unwrap_or("");
        let column = before.chars().map(char::len_utf16).sum::<usize>();
        Position::new(line as u32, column as u32)
    }

    /// The range of some bytes.
    pub fn range(&self, text: &str, start: usize, end: usize) -> Range {
        Range::new(
            self.position(text, start),
            self.position(text, end.max(start)),
        )
    }

    /// The byte of a position. A column past the end of its line is the end of the line, a line past the last the end of the text.
    pub fn offset(&self, text: &str, position: Position) -> usize {
        let line = position.line as usize;
        let Some(&start) = self.starts.get(line) else {
            return text.len();
        };
        let end = self.starts.get(line + 1).copied().unwrap_or(text.len());
        let mut left = position.character as usize;
        let of_line = text
            .get(start..end)
            .unwrap_or("")
            .trim_end_matches(['\r', '\n']);
        for (at, character) in of_line.char_indices() {
            // A position in the middle of a surrogate pair is before it.
            if left < character.len_utf16() {
                return start + at;
            }
            left -= character.len_utf16();
        }
        start + of_line.len()
    }
}

/// Replaces a range of a text.
pub(super) fn replace(text: &mut String, range: Range, new: &str) {
    let lines = Lines::new(text);
    let start = lines.offset(text, range.start);
    let end = lines.offset(text, range.end).max(start);
    text.replace_range(start..end, new);
}

/// Whether a character belongs to a word: letters, digits and `_`.
pub(super) fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// The word at a byte of a text, with its place.
pub(super) fn word_at(text: &str, offset: usize) -> Option<(usize, &str)> {
    let bytes = text.as_bytes();
    let is_word = |byte: &u8| is_word(char::from(*byte));
    let offset = offset.min(bytes.len());
    let start = bytes[..offset]
        .iter()
        .rposition(|byte| !is_word(byte))
        .map_or(0, |at| at + 1);
    let length = bytes[offset..]
        .iter()
        .take_while(|byte| is_word(byte))
        .count();
    text.get(start..offset + length)
        .filter(|word| !word.is_empty())
        .map(|word| (start, word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_are_utf16_code_units() {
        let text = "a\u{1f427}b\r\nc\u{e9}\rd\n";
        let lines = Lines::new(text);
        for (offset, position) in [
            (0, (0, 0)),
            (1, (0, 1)),
            (5, (0, 3)),
            (8, (1, 0)),
            (12, (2, 0)),
        ] {
            let (line, column) = position;
            assert_eq!(lines.position(text, offset), Position::new(line, column));
            assert_eq!(lines.offset(text, Position::new(line, column)), offset);
        }
        assert_eq!(lines.offset(text, Position::new(0, 2)), 1);
        assert_eq!(lines.offset(text, Position::new(0, 99)), 6);
        assert_eq!(lines.offset(text, Position::new(9, 0)), text.len());
        assert_eq!(lines.position(text, 3), Position::new(0, 1));
    }

    #[test]
    fn ranges_are_replaced() {
        let mut text = "one\ntwo\n".to_owned();
        replace(
            &mut text,
            Range::new(Position::new(0, 3), Position::new(1, 1)),
            "-",
        );
        assert_eq!(text, "one-wo\n");
        replace(
            &mut text,
            Range::new(Position::new(7, 0), Position::new(0, 0)),
            "x",
        );
        assert_eq!(text, "one-wo\nx");
        assert_eq!(word_at("a CONFIG_X)", 4), Some((2, "CONFIG_X")));
        assert_eq!(word_at("a ", 2), None);
    }
}
