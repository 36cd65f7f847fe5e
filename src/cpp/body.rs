//! Owns the one thing about a function's body that is more than which names it holds: the tests on which it returns at once.

use super::lex::{Lexer, Span, Token};

/// The conditions of `if (…) return;` at the top level of a function's body, in order, with single blanks between tokens.
///
/// `body` is the place of the body in `text`, braces included. A `return` with a value counts, too; an `if` with `else` or
/// with more in its block does not.
pub fn early_returns(text: &str, body: Span) -> Vec<String> {
    let tokens: Vec<Token> = Lexer::new(text, body.start as usize, body.end as usize).collect();
    let mut found = Vec::new();
    let mut depth = 0usize;
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        at += 1;
        if token.is(b'{') || token.is(b'(') {
            depth += 1;
        } else if token.is(b'}') || token.is(b')') {
            depth = depth.saturating_sub(1);
        } else if depth == 1
            && token.span.of(text) == "if"
            && let Some(close) = closing(&tokens, at)
            && returns(text, &tokens[close + 1..])
        {
            let words: Vec<&str> = tokens[at + 1..close]
                .iter()
                .map(|token| token.span.of(text))
                .collect();
            found.push(words.join(" "));
            at = close + 1;
        }
    }
    found
}

/// The index of the parenthesis that closes the one at `open`, if there is one.
fn closing(tokens: &[Token], open: usize) -> Option<usize> {
    tokens.get(open).filter(|token| token.is(b'('))?;
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(b'(') {
            depth += 1;
        } else if token.is(b')') {
            depth -= 1;
            if depth == 0 {
                return Some(index);
            }
        }
    }
    None
}

/// Whether a statement is nothing but a `return`, with braces around it or without.
fn returns(text: &str, statement: &[Token]) -> bool {
    let (braces, statement) = match statement.split_first() {
        Some((first, rest)) if first.is(b'{') => (true, rest),
        _ => (false, statement),
    };
    if statement
        .first()
        .is_none_or(|first| first.span.of(text) != "return")
    {
        return false;
    }
    let Some(end) = statement.iter().position(|token| token.is(b';')) else {
        return false;
    };
    !braces || statement.get(end + 1).is_some_and(|token| token.is(b'}'))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Vec<String> {
        early_returns(
            text,
            Span {
                start: 0,
                end: text.len() as u32,
            },
        )
    }

    #[test]
    fn only_tests_that_end_the_function_count() {
        assert_eq!(
            of("{ int a; if (radix_enabled()) return; if (x && (y)) { return 1; } z(); }"),
            ["radix_enabled ( )", "x && ( y )"].map(|text| text.replace("&&", "& &"))
        );
        assert_eq!(of("{ if (a) b(); while (c) { if (d) return; } }"), [""; 0]);
        assert_eq!(
            of("{ /* if (a) return; */ if (a) { b(); return; } }"),
            [""; 0]
        );
        assert_eq!(of("{ if (a"), [""; 0]);
        assert_eq!(of("if"), [""; 0]);
    }
}
