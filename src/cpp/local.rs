//! Owns whether a function declares a name for itself, as a parameter or a variable: then the name says nothing there about a
//! function or a macro of the same name.
//!
//! Types are not known. Two adjacent words at the start of a statement are a declaration in the kernel's style, and so are a word
//! and a `*`.

use super::lex::{Kind, Lexer, Span, Token};

/// Whether the function whose name stands at `function` declares `name`, as far as the text up to `until` tells.
pub fn declares(text: &str, function: Span, until: u32, name: &str) -> bool {
    let end = text.len().min(until as usize);
    let tokens: Vec<Token> = Lexer::new(text, function.end as usize, end).collect();
    let is = |index: usize, byte: u8| tokens.get(index).is_some_and(|token| token.is(byte));
    let word = |index: usize| {
        let token = tokens.get(index);
        let token = token.filter(|token| token.kind == Kind::Identifier);
        token.map_or("", |token| token.span.of(text))
    };
    let is_type = |index: usize| {
        !matches!(
            word(index),
            "" | "return" | "goto" | "case" | "else" | "do" | "sizeof"
        )
    };
    let (mut start, mut parentheses, mut has_body) = (0, 0usize, false);
    let mut is_value = false;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            Kind::Punctuation(b'{' | b'}' | b';') => {
                has_body |= is(index, b'{');
                start = index + 1;
                parentheses = 0;
                is_value = false;
            }
            Kind::Punctuation(b'=') if parentheses == 0 => is_value = true,
            Kind::Punctuation(b',') if parentheses == 0 => is_value = false,
            Kind::Punctuation(b'(') => {
                parentheses += 1;
                // The first part of a `for` may declare a variable.
                if index > 0 && word(index - 1) == "for" {
                    start = index + 1;
                    parentheses = 0;
                }
            }
            Kind::Punctuation(b')') => parentheses = parentheses.saturating_sub(1),
            Kind::Identifier if word(index) == name && index > 0 => {
                let ends = [b',', b')', b'['].iter().any(|&byte| is(index + 1, byte));
                let is_parameter = !has_body
                    && parentheses == 1
                    && ends
                    && (is_type(index - 1) || is(index - 1, b'*'));
                let ends = [b';', b'=', b',', b'[']
                    .iter()
                    .any(|&byte| is(index + 1, byte))
                    && !is(index + 2, b'=');
                // `extern` inside of a function is about a name of the whole program.
                let is_declaration = is_type(start)
                    && word(start) != "extern"
                    && (is_type(start + 1) || is(start + 1, b'*'));
                let is_variable = has_body
                    && parentheses == 0
                    && !is_value
                    && ends
                    && index > start
                    && is_declaration
                    && (is_type(index - 1) || is(index - 1, b'*') || is(index - 1, b','));
                if is_parameter || is_variable {
                    return true;
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_local(text: &str) -> bool {
        let function = Span::new(4, 5);
        assert_eq!(function.of(text), "f");
        declares(text, function, text.len() as u32, "hook")
    }

    #[test]
    fn parameters_and_variables_are_local() {
        for text in [
            "int f(int hook)\n{\n\treturn hook;\n}",
            "int f(struct page *hook, int b)\n{\n\treturn 1;\n}",
            "int f(void)\n{\n\tunsigned long hook;\n\thook = 1;\n}",
            "int f(void)\n{\n\tint a = g(1), hook = 2;\n}",
            "int f(void)\n{\n\tstruct x *hook = g();\n}",
            "int f(void)\n{\n\tfor (int hook = 0; hook < 3; hook++)\n\t\tg();\n}",
            "int f(void)\n{\n\tchar hook[3];\n}",
        ] {
            assert!(is_local(text), "{text}");
        }
    }

    #[test]
    fn calls_are_not() {
        for text in [
            "int f(void)\n{\n\treturn hook;\n}",
            "int f(void)\n{\n\thook();\n}",
            "int f(int a)\n{\n\tint b = a * hook;\n}",
            "int f(int a)\n{\n\tint b = g(a, hook);\n}",
            "int f(int a)\n{\n\tint b = g(a * hook);\n}",
            "int f(int a)\n{\n\tx.call = hook;\n}",
            "int f(int a)\n{\n\tx(a, hook, b);\n}",
            "int f(void)\n{\n\textern char hook[];\n\tg(hook);\n}",
            "int f(int a)\n{\n\tif (a)\n\t\treturn g(sizeof hook);\n\telse hook;\n}",
        ] {
            assert!(!is_local(text), "{text}");
        }
    }
}
