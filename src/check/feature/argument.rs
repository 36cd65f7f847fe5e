//! Owns names that a table at file scope hands to a macro of its file, as `ONE("status", name)` does in a list of entries: whether the macro
//! makes a value of the argument that the linker has to find.

use crate::cpp::lex::{Kind as TokenKind, Lexer, Span, Token};
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::{DirectiveKind, File};

/// How many macros may hand the argument on.
const MAX_MACROS: usize = 4;

/// A bracket that is open.
struct Open<'t> {
    byte: u8,
    /// The word before it.
    word: &'t str,
    /// How many commas stand in it so far.
    commas: usize,
}

/// Whether a place in a source file is an argument of a macro in the braces of a variable's first value, and the macro keeps it as a value.
/// The macro, and those that it hands the argument to, have to stand in the same file, once.
pub fn is_kept(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let at = sighting.span.start as usize;
    if sighting.kind != Kind::Use
        || sighting.within.is_some()
        || !file.path.ends_with(".c")
        || file.directive_at(sighting.span.start).is_some()
    {
        return false;
    }
    let before = text.get(..at).unwrap_or_default();
    let start = statement(before);
    // A plain text tells most places at file scope apart.
    if !before[start..].contains('=') {
        return false;
    }
    let tokens = Lexer::new(text, start, at);
    let tokens = tokens.filter(|token| file.directive_at(token.span.start).is_none());
    let tokens: Vec<Token> = tokens.collect();
    let open = open(text, &tokens);
    let Some((call, around)) = open.split_last() else {
        return false;
    };
    let is_value = tokens
        .iter()
        .rposition(|token| !token.is(b'&'))
        .is_some_and(|last| tokens[last].is(b'(') || tokens[last].is(b','));
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    call.byte == b'('
        && !call.word.is_empty()
        && !around.is_empty()
        && around.iter().all(|one| one.byte == b'{')
        && is_value
        && behind.trim_start().starts_with([',', ')'])
        && keeps(file, call.word, call.commas, MAX_MACROS)
}

/// Where the statement begins that a text at file scope ends in.
pub fn statement(before: &str) -> usize {
    let behind_statement = before.rfind(';').map_or(0, |at| at + 1);
    // A function ends with a brace alone.
    let behind_function = before.rfind("\n}").map_or(0, |at| at + 2);
    behind_statement.max(behind_function)
}

/// The brackets that are open behind some tokens.
fn open<'t>(text: &'t str, tokens: &[Token]) -> Vec<Open<'t>> {
    let mut open: Vec<Open<'t>> = Vec::new();
    let mut word = "";
    for token in tokens {
        match token.kind {
            TokenKind::Punctuation(byte @ (b'(' | b'[' | b'{')) => open.push(Open {
                byte,
                word,
                commas: 0,
            }),
            TokenKind::Punctuation(b')' | b']' | b'}') => {
                open.pop();
            }
            TokenKind::Punctuation(b',') => {
                if let Some(inner) = open.last_mut() {
                    inner.commas += 1;
                }
            }
            _ => {}
        }
        word = match token.kind {
            TokenKind::Identifier => token.span.of(text),
            _ => "",
        };
    }
    open
}

/// Whether a macro of the file makes a value of an argument.
fn keeps(file: &File, name: &str, argument: usize, left: usize) -> bool {
    let text = &*file.text;
    let mut defined = file.directives.iter().filter_map(|one| match one.kind {
        DirectiveKind::Define {
            name: of,
            parameters,
            body,
        } if of.of(text) == name => Some((parameters, body)),
        _ => None,
    });
    let (Some((Some(parameters), body)), None) = (defined.next(), defined.next()) else {
        return false;
    };
    let parameter = parameters.of(text).split(',').nth(argument);
    let parameter = parameter.map(str::trim).unwrap_or_default();
    if left == 0 || parameter.is_empty() || parameter.ends_with("...") {
        return false;
    }
    keeps_in(file, body, parameter, left)
}

/// Whether a parameter is a value somewhere in the replacement of a macro: not a member, not pasted, not made a string, and handed to nothing
/// but macros that keep it.
fn keeps_in(file: &File, body: Span, parameter: &str, left: usize) -> bool {
    let text = &*file.text;
    let tokens = Lexer::new(text, body.start as usize, body.end as usize);
    let tokens: Vec<Token> = tokens.collect();
    let is_one_of = |index: Option<usize>, bytes: &[u8]| {
        let token = index.and_then(|index| tokens.get(index));
        token.is_some_and(|token| bytes.iter().any(|&byte| token.is(byte)))
    };
    tokens.iter().enumerate().any(|(index, token)| {
        token.kind == TokenKind::Identifier
            && token.span.of(text) == parameter
            && !is_one_of(index.checked_sub(1), b"#.>")
            && !is_one_of(Some(index + 1), b"#")
            && open(text, &tokens[..index])
                .iter()
                .filter(|one| one.byte == b'(' && !one.word.is_empty())
                .all(|call| keeps(file, call.word, call.commas, left - 1))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_kept_in(text: &str) -> bool {
        let file = File::parse("x.c".into(), text);
        let sightings = file.sightings(&["hook"]);
        sightings.iter().any(|one| is_kept(&file, one))
    }

    #[test]
    fn a_macro_of_the_file_makes_an_entry() {
        let one = "#define NOD(NAME, OP) { .name = (NAME), .op = OP, }\n#define ONE(NAME, show) NOD(NAME, { .proc_show = show })\n";
        for table in [
            "static const struct e table[] = {\n\tONE(\"a\", hook),\n};\n",
            "static const struct e table[] = {\n\tONE(\"a\", other),\n#ifdef CONFIG_X\n\tONE(\"b\", &hook),\n#endif\n};\n",
            "int f(void)\n{\n\tg();\n}\n\nstruct e table[] = { ONE(\"a\", hook) };\n",
        ] {
            assert!(is_kept_in(&format!("{one}{table}")), "{table}");
        }
    }

    #[test]
    fn a_macro_may_drop_an_argument_or_come_from_elsewhere() {
        let table = "static const struct e table[] = {\n\tONE(\"a\", hook),\n};\n";
        for one in [
            "",
            "#define ONE(NAME, show) { .name = NAME }\n",
            "#define ONE(NAME, show) { .name = #show }\n",
            "#define ONE(NAME, show) { .proc_show = my_##show }\n",
            "#define ONE(NAME, show) { .proc_show = show##_my }\n",
            "#define ONE(NAME, show) { .show = 0 }\n",
            "#define ONE(NAME, show) { .size = sizeof(show) }\n",
            "#define ONE(NAME, show) NOD(show)\n#define NOD(x) 0\n",
            "#define ONE(NAME, show) { .proc_show = show }\n#undef ONE\n#define ONE(NAME, show) 0\n",
            "#define ONE(NAME, show) ONE(NAME, show)\n",
        ] {
            assert!(!is_kept_in(&format!("{one}{table}")), "{one}");
        }
        let one = "#define ONE(NAME, show) { .proc_show = show }\n";
        for no_table in [
            "ONE(\"a\", hook);\n",
            "int a = ONE(\"a\", hook);\n",
            "struct e table[] = { ONE(\"a\", g(hook)) };\n",
        ] {
            assert!(!is_kept_in(&format!("{one}{no_table}")), "{no_table}");
        }
    }
}
