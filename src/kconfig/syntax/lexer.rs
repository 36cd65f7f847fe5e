//! Owns the tokens of one logical line: the rules of `lexer.l` outside help texts and macro values.
//!
//! A logical line ends at a newline that no backslash joins. Whether a word is a keyword is not decided here: that depends
//! on where it stands.

use super::{Span, Word, WordKind};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Token {
    /// Holds what it is.
    pub kind: TokenKind,
    /// Where it stands; with the quotes, for a quoted word.
    pub span: Span,
}

/// Describes what a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A word, quoted or not.
    Word(WordKind),
    /// A quoted word whose closing quote is missing.
    Unterminated,
    /// A macro reference whose closing parenthesis is missing; it takes the rest of the line.
    OpenReference,
    /// `||`
    Or,
    /// `&&`
    And,
    /// `!`
    Not,
    /// `=`
    Equal,
    /// `!=`
    Unequal,
    /// `<`
    Less,
    /// `<=`
    LessEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterEqual,
    /// `(`
    Open,
    /// `)`
    Close,
    /// `:=`
    ColonEqual,
    /// `+=`
    PlusEqual,
    /// A character that the language does not have.
    Unknown,
}

impl Token {
    /// The word that this token is, without its quotes.
    pub fn word(self) -> Option<Word> {
        let inner = |end_quote: u32| Span {
            start: self.span.start + 1,
            end: self.span.end - end_quote,
        };
        match self.kind {
            TokenKind::Word(kind) if kind.is_quoted() => Some(Word {
                span: inner(1),
                kind,
            }),
            TokenKind::Word(kind) => Some(Word {
                span: self.span,
                kind,
            }),
            TokenKind::Unterminated => Some(Word {
                span: inner(0),
                kind: WordKind::QuotedMacro,
            }),
            _ => None,
        }
    }
}

/// Whether a byte may be part of a word.
pub(super) fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

/// Reads the tokens of the logical line that starts at `position` into `tokens`, and returns the offset behind its newline.
///
/// Where the line turns out to be an assignment (a word and then `=`, `:=` or `+=`), the tokens end with the operator: what
/// follows is raw text.
pub(super) fn logical_line(text: &str, position: usize, tokens: &mut Vec<Token>) -> usize {
    let bytes = text.as_bytes();
    let mut at = position;
    tokens.clear();
    while let Some(&byte) = bytes.get(at) {
        let start = at;
        let next = bytes.get(at + 1).copied();
        let (kind, length) = match byte {
            b'\n' => return at + 1,
            b' ' | b'\t' => {
                at += 1;
                continue;
            }
            b'\\' if next == Some(b'\n') => {
                at += 2;
                continue;
            }
            b'#' => {
                at = end_of_line(bytes, at);
                continue;
            }
            b'"' | b'\'' => quoted(bytes, at),
            b'|' if next == Some(b'|') => (TokenKind::Or, 2),
            b'&' if next == Some(b'&') => (TokenKind::And, 2),
            b'!' if next == Some(b'=') => (TokenKind::Unequal, 2),
            b'!' => (TokenKind::Not, 1),
            b'<' if next == Some(b'=') => (TokenKind::LessEqual, 2),
            b'<' => (TokenKind::Less, 1),
            b'>' if next == Some(b'=') => (TokenKind::GreaterEqual, 2),
            b'>' => (TokenKind::Greater, 1),
            b'=' => (TokenKind::Equal, 1),
            b'(' => (TokenKind::Open, 1),
            b')' => (TokenKind::Close, 1),
            b':' if next == Some(b'=') => (TokenKind::ColonEqual, 2),
            b'+' if next == Some(b'=') => (TokenKind::PlusEqual, 2),
            _ if is_word_byte(byte) || byte == b'$' => word(bytes, at),
            _ => {
                let length = text
                    .get(at..)
                    .and_then(|rest| rest.chars().next())
                    .map_or(1, char::len_utf8);
                (TokenKind::Unknown, length)
            }
        };
        at += length;
        tokens.push(Token {
            kind,
            span: Span {
                start: start as u32,
                end: at as u32,
            },
        });
        if tokens.len() == 2
            && is_assignment(kind)
            && matches!(
                tokens[0].kind,
                TokenKind::Word(WordKind::Plain | WordKind::Macro)
            )
        {
            return (end_of_line(bytes, at) + 1).min(bytes.len());
        }
    }
    at
}

/// Whether a token makes an assignment of the word before it.
pub(super) fn is_assignment(kind: TokenKind) -> bool {
    matches!(
        kind,
        TokenKind::Equal | TokenKind::ColonEqual | TokenKind::PlusEqual
    )
}

/// The offset of the newline at or after `at`, or the end of the text.
pub(super) fn end_of_line(bytes: &[u8], at: usize) -> usize {
    memchr::memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |offset| at + offset)
}

/// A word without quotes: `lexer.l`, the rules for `{n}+` and `({n}|$)+`, and `preprocess.c: expand_one_token`.
fn word(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let mut at = start;
    let mut kind = WordKind::Plain;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'$' {
            kind = WordKind::Macro;
            match reference(bytes, at) {
                Some(length) => at += length,
                None => {
                    let end = end_of_line(bytes, at);
                    return (TokenKind::OpenReference, end - start);
                }
            }
        } else if is_word_byte(byte) {
            at += 1;
        } else {
            break;
        }
    }
    (TokenKind::Word(kind), at - start)
}

/// A quoted word: `lexer.l`, state `STRING`. It ends at its line's end if the quote is missing.
fn quoted(bytes: &[u8], start: usize) -> (TokenKind, usize) {
    let quote = bytes[start];
    let mut at = start + 1;
    let mut kind = WordKind::Quoted;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => break,
            b'\\' => {
                kind = WordKind::QuotedMacro;
                // The escaped character may not be a newline, which ends the string in any case.
                at += if matches!(bytes.get(at + 1), None | Some(b'\n')) {
                    1
                } else {
                    2
                };
            }
            b'$' => {
                kind = WordKind::QuotedMacro;
                match reference(bytes, at) {
                    Some(length) => at += length,
                    None => {
                        let end = end_of_line(bytes, at);
                        return (TokenKind::OpenReference, end - start);
                    }
                }
            }
            _ if byte == quote => return (TokenKind::Word(kind), at + 1 - start),
            _ => at += 1,
        }
    }
    (TokenKind::Unterminated, at - start)
}

/// The length of the macro reference at `start`, which is a `$`: 1 where no parenthesis follows and the `$` stands for
/// itself, or `None` where the closing parenthesis is missing on this line (`preprocess.c: expand_dollar_with_args`).
pub(super) fn reference(bytes: &[u8], start: usize) -> Option<usize> {
    if bytes.get(start + 1) != Some(&b'(') {
        return Some(1);
    }
    let mut nesting = 0usize;
    let mut at = start + 2;
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\n' => return None,
            b'(' => nesting += 1,
            b')' if nesting == 0 => return Some(at + 1 - start),
            b')' => nesting -= 1,
            _ => {}
        }
        at += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind> {
        let mut tokens = Vec::new();
        logical_line(text, 0, &mut tokens);
        tokens.into_iter().map(|token| token.kind).collect()
    }

    #[test]
    fn words_quotes_and_operators() {
        use TokenKind::{And, Not, Unequal, Word};
        assert_eq!(
            kinds("depends on A!=\"b\" && !$(x, ) y)-z # end\nnext"),
            [
                Word(WordKind::Plain),
                Word(WordKind::Plain),
                Word(WordKind::Plain),
                Unequal,
                Word(WordKind::Quoted),
                And,
                Not,
                Word(WordKind::Macro),
                Word(WordKind::Plain),
                TokenKind::Close,
                Word(WordKind::Plain),
            ]
        );
    }

    #[test]
    fn a_reference_is_closed_by_its_own_parenthesis() {
        let text = "$(shell,(a) \"b\" # c)d e";
        let mut tokens = Vec::new();
        logical_line(text, 0, &mut tokens);
        assert_eq!(tokens.len(), 2);
        assert_eq!(tokens[0].span.end, 21);
    }

    #[test]
    fn lines_are_joined_and_assignments_stay_raw() {
        let mut tokens = Vec::new();
        assert_eq!(logical_line("a \\\n b\nc", 0, &mut tokens), 7);
        assert_eq!(tokens.len(), 2);
        assert_eq!(logical_line("x := # \"\\\ny", 0, &mut tokens), 10);
        assert_eq!(tokens.len(), 2);
    }

    #[test]
    fn what_is_open_ends_with_its_line() {
        assert_eq!(kinds("\"abc\nx"), [TokenKind::Unterminated]);
        assert_eq!(kinds("a$(b\nx"), [TokenKind::OpenReference]);
        assert_eq!(kinds("\"\\"), [TokenKind::Unterminated]);
        assert_eq!(kinds("\u{e9}"), [TokenKind::Unknown]);
    }
}
