//! Owns the macros that define functions: `#define PTE_BIT_FUNC(fn, op) static inline pte_t pte_##fn(pte_t pte) { … }` and an
//! invocation at file scope make `pte_mkspecial`.
//!
//! Known are macros of the same file whose replacement is a function's definition or prototype, its name being an argument, or
//! pasted together from arguments and words. Expanding them needs no more than the text of the invocation.

use super::Kind;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Span, Token};
use crate::cpp::scan::{DirectiveKind, File};

/// A macro that defines or declares functions.
#[derive(Debug)]
pub struct Maker<'f> {
    /// Its name.
    pub name: &'f str,
    made: Vec<Made<'f>>,
}

/// A function that the macro makes.
#[derive(Debug)]
struct Made<'f> {
    parts: Vec<Part<'f>>,
    kind: Kind,
}

/// A part of a name that a macro makes.
#[derive(Clone, Copy, Debug)]
pub enum Part<'f> {
    /// It stands in the macro.
    Word(&'f str),
    /// The argument with this index.
    Argument(usize),
}

impl Maker<'_> {
    /// The functions that an invocation with these arguments makes.
    pub fn expand(&self, arguments: &str) -> Vec<(String, Kind)> {
        let arguments = split(arguments);
        let expand = |made: &Made<'_>| {
            let mut name = String::new();
            for part in &made.parts {
                name.push_str(match part {
                    Part::Word(word) => word,
                    Part::Argument(index) => arguments.get(*index)?,
                });
            }
            Some((name, made.kind))
        };
        self.made.iter().filter_map(expand).collect()
    }
}

/// The macros of a file that define or declare functions whose names are made of their arguments.
pub fn makers(file: &File) -> Vec<Maker<'_>> {
    let text = &*file.text;
    let mut makers = Vec::new();
    for directive in &file.directives {
        let DirectiveKind::Define {
            name,
            parameters: Some(parameters),
            body,
        } = &directive.kind
        else {
            continue;
        };
        let body_text = body.of(text);
        // Most macros are expressions; a function's body or its type gives the others away.
        if !(body_text.contains('{') || body_text.contains("extern") || body_text.contains("##")) {
            continue;
        }
        let parameters: Vec<&str> = parameters.of(text).split(',').map(str::trim).collect();
        let made = functions(text, *body, &parameters);
        if !made.is_empty() {
            makers.push(Maker {
                name: name.of(text),
                made,
            });
        }
    }
    makers
}

/// The functions that a macro's replacement defines or declares at its top level.
fn functions<'f>(text: &'f str, body: Span, parameters: &[&str]) -> Vec<Made<'f>> {
    let tokens: Vec<Token> = Lexer::new(text, body.start as usize, body.end as usize).collect();
    let is = |index: usize, byte: u8| {
        tokens
            .get(index)
            .is_some_and(|token: &Token| token.is(byte))
    };
    let mut made = Vec::new();
    let (mut braces, mut statement, mut index) = (0usize, 0, 0);
    while index < tokens.len() {
        let token = tokens[index];
        match token.kind {
            TokenKind::Punctuation(b'{') => braces += 1,
            TokenKind::Punctuation(b'}') => {
                braces = braces.saturating_sub(1);
                statement = index + 1;
            }
            TokenKind::Punctuation(b';') => statement = index + 1,
            TokenKind::Punctuation(b'(') if braces == 0 => {
                index = behind_parentheses(&tokens, index);
                continue;
            }
            TokenKind::Identifier if braces == 0 => {
                let (parts, behind) = name(text, &tokens, index, parameters);
                let has_argument = parts.iter().any(|part| matches!(part, Part::Argument(_)));
                // A type stands before a function's name.
                if has_argument && index > statement && is(behind, b'(') {
                    let mut after = behind_parentheses(&tokens, behind);
                    while tokens
                        .get(after)
                        .is_some_and(|token| token.kind == TokenKind::Identifier)
                    {
                        after += 1;
                    }
                    let words = || {
                        tokens[statement..index]
                            .iter()
                            .map(|token| token.span.of(text))
                    };
                    let kind = if !is(after, b'{') {
                        Kind::Prototype
                    } else if words().any(|word| word.contains("inline")) {
                        Kind::Inline { empty: false }
                    } else {
                        Kind::Function {
                            empty: false,
                            is_static: words().any(|word| word == "static"),
                        }
                    };
                    made.push(Made { parts, kind });
                }
                index = behind;
                continue;
            }
            _ => {}
        }
        index += 1;
    }
    made
}

/// The name that begins at a token of a macro's replacement, with what `##` pastes to it, and the index of the next token. `text` is
/// that of the file, and `index` one of `tokens`.
pub fn name<'f>(
    text: &'f str,
    tokens: &[Token],
    mut index: usize,
    parameters: &[&str],
) -> (Vec<Part<'f>>, usize) {
    let part = |token: &Token| {
        let word = token.span.of(text);
        match parameters.iter().position(|parameter| *parameter == word) {
            Some(index) => Part::Argument(index),
            None => Part::Word(word),
        }
    };
    let is = |index: usize, byte: u8| tokens.get(index).is_some_and(|token| token.is(byte));
    let mut parts = vec![part(&tokens[index])];
    index += 1;
    while is(index, b'#')
        && is(index + 1, b'#')
        && let Some(next) = tokens.get(index + 2)
    {
        parts.push(part(next));
        index += 3;
    }
    (parts, index)
}

/// Index behind the parenthesis that closes the one at `open`; the end where none does.
fn behind_parentheses(tokens: &[Token], open: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(open) {
        if token.is(b'(') {
            depth += 1;
        } else if token.is(b')') {
            depth = depth.saturating_sub(1);
            if depth == 0 {
                return index + 1;
            }
        }
    }
    tokens.len()
}

/// The arguments of an invocation.
fn split(arguments: &str) -> Vec<&str> {
    let (mut depth, mut start) = (0usize, 0);
    let mut found = Vec::new();
    for (index, byte) in arguments.bytes().enumerate() {
        match byte {
            b'(' | b'{' | b'[' => depth += 1,
            b')' | b'}' | b']' => depth = depth.saturating_sub(1),
            b',' if depth == 0 => {
                found.push(arguments[start..index].trim());
                start = index + 1;
            }
            _ => {}
        }
    }
    found.push(arguments[start..].trim());
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cpp::condition::Conditions;

    fn kinds(text: &str, name: &str) -> Vec<(u32, Kind)> {
        let file = File::parse("x.h".into(), text);
        let places = file.occurrences(&[name], &mut Conditions::new());
        let places = places.into_iter();
        places
            .map(|place| (place.location.line, place.kind))
            .collect()
    }

    #[test]
    fn names_are_pasted_together_or_given() {
        let text = "#define PTE_BIT_FUNC(fn, op) \\\nstatic inline pte_t pte_##fn(pte_t pte) { pte_val(pte) op; return pte; }\n\
            PTE_BIT_FUNC(mkspecial, |= (1, 2));\nPTE_BIT_FUNC(other, &= 1);\n";
        let inline = Kind::Inline { empty: false };
        assert_eq!(kinds(text, "pte_mkspecial"), [(3, inline)]);
        assert_eq!(kinds(text, "pte_other"), [(4, inline)]);
        assert_eq!(kinds(text, "pte_op"), []);
        let text = "#define SET(fname, flags) static inline int fname(long a) { return 0; }\nSET(set_ro, 1)\n";
        assert!(kinds(text, "set_ro").contains(&(2, inline)));
        let text = "#define D(x) extern int a_##x##_b(void);\nD(c)\n";
        assert_eq!(kinds(text, "a_c_b"), [(2, Kind::Prototype)]);
    }

    #[test]
    fn what_makes_no_function_is_none() {
        assert_eq!(kinds("#define A(x) x##_t y\nA(f)\n", "f_t"), []);
        assert_eq!(
            kinds("#define A(x) do { x##_f(1); } while (0)\nA(g)\n", "g_f"),
            []
        );
        assert_eq!(kinds("#define A(x) int x##_f(void) {\n", "g_f"), []);
        assert_eq!(
            kinds("#define A(x) int x##_f(\nA(g)\nA(\n", "g_f"),
            [(2, Kind::Prototype)]
        );
    }
}
