//! Owns what the text around a name says of its place: whether it is a body, an operand, a value, the type of a member or a part of
//! another word, and which symbols the code before it tests.
//!
//! It looks at one file alone, and must not know which names are hooks.

use crate::check::feature::argument;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Token, last_word};
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::{Directive, DirectiveKind, File};

/// How code asks for a symbol.
const TEST: &str = "IS_ENABLED(CONFIG_";

/// The symbols of the `IS_ENABLED(CONFIG_X)` in a piece of code in front of a use, each with the value that the symbol has to have for the
/// use to be reached, as far as that test goes; `None` where nothing is known of it. A test that lets the use be reached with either value
/// is left out.
pub fn tests_of_symbols(text: &str) -> impl Iterator<Item = (&str, Option<bool>)> {
    text.match_indices(TEST).filter_map(move |(at, _)| {
        let behind = &text[at + TEST.len()..];
        let end = behind
            .bytes()
            .position(|byte| !crate::cpp::lex::is_word(byte));
        let (symbol, behind) = behind.split_at(end.unwrap_or(behind.len()));
        let before = &text[..at];
        let reached = match reached(before, behind) {
            Reached::With => Some(true),
            Reached::Without => Some(false),
            Reached::Either => return None,
            Reached::Unknown if is_reached_without(before, behind) => Some(false),
            Reached::Unknown => None,
        };
        Some((symbol, reached))
    })
}

/// The values of a symbol with which what stands behind a test of it is reached.
enum Reached {
    /// It has to be on.
    With,
    /// It has to be off.
    Without,
    Either,
    Unknown,
}

/// When what stands behind a test is reached. `behind` begins with the parenthesis that closes the test.
fn reached(before: &str, behind: &str) -> Reached {
    let inner = before.trim_end_matches([' ', '(', '\n', '\t']);
    let tokens: Vec<Token> = Lexer::new(behind, 0, behind.len()).skip(1).collect();
    let word = |token: &Token| token.span.of(behind);
    let open = open_parentheses(before);
    // The statement that the test decides about is over before the use, or holds it.
    let end = end_of_statement(&tokens, open);
    if inner.ends_with('!') {
        // `if (!IS_ENABLED(CONFIG_X)) return;` lets pass what has the symbol.
        return match end {
            Some(_) => Reached::With,
            None => Reached::Unknown,
        };
    }
    let Some(end) = end else {
        let has = |byte: u8| tokens.iter().any(|token| token.is(byte));
        let is_other_value = has(b'?') && has(b':') && !has(b'{');
        let is_alternative = first_pair(&tokens) == Some(b'|');
        return match is_other_value || is_alternative {
            true => Reached::Unknown,
            false => Reached::With,
        };
    };
    let (statement, rest) = tokens.split_at(end);
    if rest.iter().any(|token| word(token) == "else") {
        return Reached::Unknown;
    }
    if !statement.iter().any(|token| LEAVES.contains(&word(token))) {
        return Reached::Either;
    }
    let condition = condition_of(statement, open);
    if pairs(condition).any(|byte| byte == b'|') {
        return Reached::Unknown;
    }
    // Anything else in the condition than other tests is only known when the kernel runs.
    let is_other = |token: &Token| {
        token.kind == TokenKind::Identifier
            && !(word(token).starts_with("IS_") || word(token).starts_with("CONFIG_"))
    };
    match pairs(condition).any(|byte| byte == b'&') && condition.iter().any(is_other) {
        true => Reached::Either,
        false => Reached::Without,
    }
}

/// Words of statements after which the code does not go on.
const LEAVES: [&str; 9] = [
    "return",
    "goto",
    "break",
    "continue",
    "panic",
    "BUG",
    "BUILD_BUG",
    "unreachable",
    "do_exit",
];

/// How many parentheses of the last `if` are open at the end of a text.
fn open_parentheses(before: &str) -> usize {
    let opened = before.rfind("if").map_or("", |at| &before[at..]);
    let count = |byte: u8| opened.bytes().filter(|&one| one == byte).count();
    count(b'(').saturating_sub(count(b')'))
}

/// The part of a statement that belongs to the condition of its `if`, of which so many parentheses are open.
fn condition_of(statement: &[Token], mut open: usize) -> &[Token] {
    let end = statement.iter().position(|token| {
        if token.is(b'(') {
            open += 1;
        } else if token.is(b')') {
            open = open.saturating_sub(1);
            return open == 0;
        }
        false
    });
    &statement[..end.unwrap_or(statement.len())]
}

/// Whether it is for sure that what stands behind a test is reached where its symbol is off: the test is all that an `if` asks, and the use
/// is in the branch of the other answer, or behind a return.
fn is_reached_without(before: &str, behind: &str) -> bool {
    let tokens: Vec<Token> = Lexer::new(behind, 0, behind.len()).skip(1).collect();
    let word = |token: &Token| token.span.of(behind);
    let (is_negated, before) = match before.strip_suffix('!') {
        Some(before) => (true, before),
        None => (false, before),
    };
    let is_alone = before.ends_with("if (") && tokens.first().is_some_and(|token| token.is(b')'));
    let end = end_of_statement(&tokens, open_parentheses(before));
    let is_value = |byte: u8| byte == b'|' || byte == b'&';
    match (is_alone, is_negated, end) {
        // The right side of an operator need not be reached.
        (true, true, None) => {
            !pairs(&tokens).any(is_value) && !tokens.iter().any(|token| token.is(b'?'))
        }
        (true, false, Some(end)) => {
            let (statement, rest) = tokens.split_at(end);
            let first = statement.iter().skip(1).find(|token| !token.is(b'{'));
            match rest.split_first() {
                Some((other, branch)) if word(other) == "else" => {
                    end_of_statement(branch, 0).is_none()
                        && !pairs(branch).any(is_value)
                        && !branch.iter().any(|token| token.is(b'?'))
                }
                _ => first.is_some_and(|first| word(first) == "return"),
            }
        }
        _ => false,
    }
}

/// The punctuation that stands twice in a row.
fn pairs(tokens: &[Token]) -> impl Iterator<Item = u8> {
    tokens.windows(2).filter_map(|pair| match pair[0].kind {
        TokenKind::Punctuation(byte) if pair[1].is(byte) => Some(byte),
        _ => None,
    })
}

/// The first two tokens, where they are the same punctuation.
fn first_pair(tokens: &[Token]) -> Option<u8> {
    pairs(tokens.get(..2)?).next()
}

/// Whether a use is in the value that a variable of a function begins with, and the first statement behind the declarations tests a symbol:
/// where that returns, the compiler leaves the value out.
pub fn is_before_test(text: &str, sighting: &Sighting) -> bool {
    /// How many declarations may follow.
    const MOST: usize = 8;
    let Some(function) = sighting.within else {
        return false;
    };
    let at = sighting.span.start as usize;
    let before: Vec<Token> = Lexer::new(text, function.end as usize, at).collect();
    let ends = |token: &Token| [b';', b'{', b'}'].iter().any(|&byte| token.is(byte));
    let statement = before.rsplit(ends).next().unwrap_or_default();
    let mut behind = Lexer::new(text, sighting.span.end as usize, text.len()).peekable();
    // A call stays, whatever becomes of its value.
    if !is_declaration(text, statement) || behind.peek().is_none_or(|token| token.is(b'(')) {
        return false;
    }
    let mut behind = behind.skip_while(|token| !token.is(b';')).skip(1);
    for _ in 0..MOST {
        let statement: Vec<Token> = behind.by_ref().take_while(|token| !ends(token)).collect();
        let Some((first, last)) = statement.first().zip(statement.last()) else {
            return false;
        };
        if first.span.of(text) == "if" {
            let statement = text.get(first.span.start as usize..last.span.end as usize);
            return statement.is_some_and(|statement| statement.contains(TEST));
        }
        if !is_declaration(text, &statement) {
            return false;
        }
    }
    false
}

/// Whether a statement declares a variable, with a value or without, as in `unsigned long at = x`.
fn is_declaration(text: &str, statement: &[Token]) -> bool {
    let mut parts = statement.split(|token| token.is(b'='));
    let declared = parts.next().unwrap_or_default();
    let is_word = |token: &&Token| token.kind == TokenKind::Identifier;
    let first = declared.first().map_or("", |token| token.span.of(text));
    declared.iter().filter(is_word).count() > 1
        && declared
            .iter()
            .all(|token| is_word(&token) || token.is(b'*') || token.is(b','))
        && !matches!(first, "return" | "goto" | "else" | "case")
}

/// Index of the token after the first statement of some tokens, which begin within so many of its parentheses; `None` where it does not
/// end.
fn end_of_statement(tokens: &[Token], mut parentheses: usize) -> Option<usize> {
    let mut braces = 0usize;
    for (index, token) in tokens.iter().enumerate() {
        match token.kind {
            TokenKind::Punctuation(b'{') => braces += 1,
            TokenKind::Punctuation(b'}') if braces <= 1 => return Some(index + 1),
            TokenKind::Punctuation(b'}') => braces -= 1,
            TokenKind::Punctuation(b'(') => parentheses += 1,
            TokenKind::Punctuation(b')') => parentheses = parentheses.saturating_sub(1),
            TokenKind::Punctuation(b';') if braces == 0 && parentheses == 0 => {
                return Some(index + 1);
            }
            _ => {}
        }
    }
    None
}

/// Whether a place in a source file defines the name for the linker. What cannot be told counts as a definition: a macro at file
/// scope, an alias.
pub fn is_body(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    if file.path.ends_with(".S") {
        if matches!(sighting.kind, Kind::Test | Kind::Undefine) || sighting.kind.is_macro() {
            return false;
        }
        let start = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(start..).unwrap_or_default();
        let line = &line[..line.find('\n').unwrap_or(line.len())];
        let label = text.get(sighting.span.end as usize..).unwrap_or_default();
        return label.trim_start().starts_with(':') || is_defined_by_macro(line, &before[start..]);
    }
    let has = |word: &str| words_before(file, sighting.span.start).any(|one| one == word);
    match sighting.kind {
        Kind::Function { is_static, .. } => !is_static,
        // Without `static` the compiler may call the function of another object, and with `extern` it makes none.
        Kind::Inline { .. } => !has("static") && !has("extern"),
        Kind::Variable => defines_variable(file, sighting.span.start),
        // An attribute may name the function whose body it has.
        Kind::Prototype => {
            let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
            behind[..behind.find(';').unwrap_or(behind.len())].contains("alias(")
        }
        Kind::Use => {
            let statement = &before[before.rfind([';', '}']).map_or(0, |at| at + 1)..];
            let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
            let marks = ["DEFINE", "alias", "asm", "SYSCALL", "ALIAS"];
            sighting.within.is_none()
                && (marks.iter().any(|mark| statement.contains(mark))
                    || statement.trim_end().ends_with(['(', ',']) && opens_body(behind))
        }
        _ => false,
    }
}

/// Whether the objects of an architecture's directory are no part of the kernel: what loads it, and what runs before the kernel that kexec
/// starts. Since 6.16, x86 has early code of the kernel itself in `boot/startup`.
pub fn is_linked_apart(path: &str) -> bool {
    let mut parts = path.split('/');
    let (top, inner) = (parts.next(), parts.nth(1));
    let below = parts.next();
    top == Some("arch")
        && match inner {
            Some("boot") => below != Some("startup"),
            Some("purgatory") => true,
            _ => false,
        }
}

/// Whether a place in a source file defines a function or a variable as `static`.
pub fn is_hidden(file: &File, sighting: &Sighting) -> bool {
    let is_static = || {
        words_before(file, sighting.span.start).any(|word| word == "static")
            && file.directive_at(sighting.span.start).is_none()
    };
    file.path.ends_with(".c")
        && match sighting.kind {
            Kind::Function { is_static, .. } => is_static,
            Kind::Inline { .. } => is_static(),
            Kind::Variable => sighting.within.is_none() && is_static(),
            _ => false,
        }
}

/// Whether the arguments of a macro that end in a text are followed by a body, as in `FN(name) {`.
fn opens_body(behind: &str) -> bool {
    let Some((arguments, rest)) = behind.split_once(')') else {
        return false;
    };
    !arguments.contains(['(', ';', '{', '}']) && rest.trim_start().starts_with('{')
}

/// Whether a variable that is named at a place of a file is one that others can link to.
pub fn defines_variable(file: &File, at: u32) -> bool {
    let mut words = words_before(file, at);
    !words.any(|word| matches!(word, "extern" | "static") || word.starts_with("DECLARE_"))
}

/// The parameters of a macro; none of another directive.
fn parameters<'f>(file: &'f File, directive: &Directive) -> impl Iterator<Item = &'f str> {
    let list = match directive.kind {
        DirectiveKind::Define { parameters, .. } => parameters,
        _ => None,
    };
    let list = list.map(|list| list.of(&file.text).split(','));
    list.into_iter().flatten().map(str::trim)
}

/// Whether a macro has a parameter of the name that its replacement holds.
pub fn is_parameter(file: &File, directive: &Directive, sighting: &Sighting) -> bool {
    let name = sighting.span.of(&file.text);
    parameters(file, directive).any(|parameter| parameter.trim_end_matches("...") == name)
}

/// Whether a macro hands the name on to one that its caller names, as in `#define EACH(F) F(name)`: that one may make another name of it.
pub fn is_for_parameter(file: &File, directive: &Directive, sighting: &Sighting) -> bool {
    let DirectiveKind::Define { body, .. } = &directive.kind else {
        return false;
    };
    let before = file
        .text
        .get(body.start as usize..sighting.span.start as usize);
    let before = before.unwrap_or_default();
    let mut depth = 0usize;
    let open = before.bytes().rposition(|byte| {
        match byte {
            b')' => depth += 1,
            b'(' if depth == 0 => return true,
            b'(' => depth -= 1,
            _ => {}
        }
        false
    });
    let Some(open) = open else { return false };
    let callee = last_word(before[..open].trim_end());
    !callee.is_empty() && parameters(file, directive).any(|parameter| parameter == callee)
}

/// The macro of the assembler (`.macro`) in whose body a place stands.
pub fn assembler_macro(text: &str, at: u32) -> Option<&str> {
    let before = text.get(..at as usize)?;
    let start = before.rfind(".macro")?;
    let rest = &before[start + ".macro".len()..];
    let is_over = rest.contains(".endm") || !rest.starts_with([' ', '\t']);
    let name = rest
        .split(|c: char| c.is_whitespace() || c == ',')
        .find(|word| !word.is_empty());
    name.filter(|_| !is_over)
}

/// Whether a place at file scope is a value that a variable begins with, as in `.call = name,`, `= &name;` or `{ name, other }`: the compiler
/// has to know it, and the linker has to find it. What stands among the arguments of a macro may be dropped by it.
pub fn is_initial_value(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    let statement = &before[argument::statement(before)..];
    let value = statement.trim_end().trim_end_matches('&').trim_end();
    let count = |byte: u8| statement.bytes().filter(|&one| one == byte).count();
    let is_in_braces = count(b'{') > count(b'}');
    let ends: &[char] = match is_in_braces {
        true => &['=', '{', ','],
        false => &['='],
    };
    let goes_on: &[char] = match is_in_braces {
        true => &[',', '}'],
        false => &[';'],
    };
    sighting.within.is_none()
        && file.path.ends_with(".c")
        && file.directive_at(sighting.span.start).is_none()
        && statement.contains('=')
        && count(b'(') == count(b')')
        && value.ends_with(ends)
        && behind.trim_start().starts_with(goes_on)
}

/// Whether `##` makes another name of a name in a macro, or `#` a string.
pub fn is_part_of_word(text: &str, sighting: &Sighting) -> bool {
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    before.trim_end_matches([' ', '\t']).ends_with('#')
        || behind.trim_start_matches([' ', '\t']).starts_with("##")
}

/// Whether a place outside of functions is the type of a member or of a variable, as in `struct name member;`: the compiler has to know
/// all of it.
pub fn is_type_of_member(file: &File, sighting: &Sighting) -> bool {
    let text = &*file.text;
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let behind = text.get(sighting.span.end as usize..).unwrap_or_default();
    let declarator = behind.trim_start();
    let end = declarator.find(|c: char| c != '_' && !c.is_ascii_alphanumeric());
    let (name, behind) = declarator.split_at(end.unwrap_or(declarator.len()));
    let is_tag = ["struct", "union"]
        .iter()
        .any(|tag| before.trim_end().ends_with(tag));
    is_tag
        && sighting.within.is_none()
        && file.directive_at(sighting.span.start).is_none()
        && !name.is_empty()
        && behind.trim_start().starts_with([';', '[', '='])
        && !words_before(file, sighting.span.start).any(|word| matches!(word, "extern" | "typedef"))
}

/// The words of a statement before a place in it, without those of comments and directives.
pub fn words_before(file: &File, at: u32) -> impl Iterator<Item = &str> {
    let text = &*file.text;
    let before = text.get(..at as usize).unwrap_or_default();
    let mut start = before.rfind([';', '}']).map_or(0, |end| end + 1);
    // A comment may hold the end of a sentence.
    if let Some(end) = before[start..].find("*/")
        && !before[start..start + end].contains("/*")
    {
        start += end + 2;
    }
    Lexer::new(text, start, at as usize)
        .filter(|token| token.kind == TokenKind::Identifier)
        .filter(|token| file.directive_at(token.span.start).is_none())
        .map(|token| token.span.of(text))
}

/// Whether a place in assembler is an operand of an instruction, as in `call name`.
pub fn is_operand(text: &str, sighting: &Sighting, path: &str) -> bool {
    if !path.ends_with(".S") {
        return false;
    }
    let before = text.get(..sighting.span.start as usize).unwrap_or_default();
    let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
    let instruction = match line.split_once(':') {
        Some((_, behind)) => behind,
        None => line,
    };
    let instruction = instruction.trim_start();
    let (mnemonic, operands) = instruction
        .split_once(char::is_whitespace)
        .unwrap_or_default();
    let is_mnemonic = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '.';
    let is_of_operand = |c: char| c.is_ascii_alphanumeric() || " \t_%$,()*-".contains(c);
    mnemonic.starts_with(|c: char| c.is_ascii_lowercase())
        && mnemonic.chars().all(is_mnemonic)
        && operands.chars().all(is_of_operand)
}

/// Whether a line of assembler may define the name that stands after `before`: a directive or a macro with the name among its
/// arguments. Macros such as `LEAF(name)` and `SYM_FUNC_START(name)` differ between architectures, so each that begins in the first
/// column counts unless it is known to close or to export what another line defines.
fn is_defined_by_macro(line: &str, before: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '.';
    let first = line.trim_start();
    let first = &first[..first.find(|c| !is_word(c)).unwrap_or(first.len())];
    let closes = ["END", "_ASM_", "EXPORT_"];
    let is_of_file = ["_END", "_LOCAL"].iter().any(|mark| first.contains(mark));
    if closes.iter().any(|mark| first.starts_with(mark)) || is_of_file {
        return false;
    }
    let marks = [
        "SYM_", "ENTRY", "FUNC", "GLOB", "glob", "ALIAS", "WEAK", "weak", "set",
    ];
    let is_macro = line.starts_with(first) && !first.is_empty() && before.contains('(');
    is_macro || marks.iter().any(|mark| before.contains(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_says_whether_a_use_is_reached_with_its_symbol() {
        let reaches = |text: &str| -> Vec<Option<bool>> {
            let tests = tests_of_symbols(text);
            tests.map(|(_, reaches)| reaches).collect()
        };
        for text in [
            "if (IS_ENABLED(CONFIG_A) && x)\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\treturn ",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tg();\n\t\tif (x)\n\t\t\tcontinue;\n",
            "return IS_ENABLED(CONFIG_A) ? ",
            "if (!IS_ENABLED(CONFIG_A))\n\t\treturn 1;\n\t",
            "BUILD_BUG_ON(!IS_ENABLED(CONFIG_A));\n\t",
            "if (!IS_ENABLED(CONFIG_A)) {\n\t\tpanic(\"x\");\n\t}\n\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tif (x)\n\t\t\tg();\n\t\telse\n\t\t\tf();\n\t\t",
            "if (IS_ENABLED(CONFIG_A) /* or else */ && \"x?:\")\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tfor (i = 0; i < n; i++)\n\t\t\t",
        ] {
            assert_eq!(reaches(text), [Some(true)], "{text}");
        }
        for text in [
            "if (!IS_ENABLED(CONFIG_A))\n\t\t",
            "if (!IS_ENABLED(CONFIG_A)) {\n\t\tg();\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\treturn;\n\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\treturn 1;\n\t}\n\tg();\n\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tif (x && y)\n\t\t\tg();\n\t\treturn;\n\t}\n\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tpanic(\"x\");\n\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tf();\n\telse\n\t\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tf();\n\t} else {\n\t\tif (x < ",
        ] {
            assert_eq!(reaches(text), [Some(false)], "{text}");
        }
        for text in [
            "if (IS_ENABLED(CONFIG_A))\n\t\tg();\n\t",
            "if (IS_ENABLED(CONFIG_A) && x)\n\t\treturn 1;\n\t",
            "if (IS_ENABLED(CONFIG_A) &&\n\t    !f(x) && y) {\n\t\tg();\n\t\treturn;\n\t}\n\n\t",
        ] {
            assert_eq!(reaches(text), [], "{text}");
        }
        let both = "if (IS_ENABLED(CONFIG_A) && IS_ENABLED(CONFIG_B))\n\t\treturn;\n\t";
        assert_eq!(reaches(both), [Some(false), Some(false)]);
        for text in [
            "if (!IS_ENABLED(CONFIG_A) || !",
            "if (!IS_ENABLED(CONFIG_A)) {\n\t\treturn x && ",
            "return !!IS_ENABLED(CONFIG_A) && ",
            "if (!(IS_ENABLED(CONFIG_A) && x))\n\t\t",
            "if (!unlikely(!IS_ENABLED(CONFIG_A)))\n\t\t",
            "if (IS_ENABLED(CONFIG_A) || x)\n\t\treturn;\n\t",
            "if (IS_ENABLED(CONFIG_A)) {\n\t\tif (x)\n\t\t\treturn;\n\t} else {\n\t\tg();\n\t}\n\t",
            "if (x || IS_ENABLED(CONFIG_A))\n\t\tf();\n\telse\n\t\t",
            "if (IS_ENABLED(CONFIG_A))\n\t\tf();\n\telse if (y)\n\t\tg();\n\telse\n\t\t",
            "x = IS_ENABLED(CONFIG_A) ? f() : ",
            "return IS_ENABLED(CONFIG_A) || ",
        ] {
            assert_eq!(reaches(text), [None], "{text}");
        }
    }

    #[test]
    fn a_macro_with_a_body_makes_a_function() {
        let is_body = |text: &str| {
            let file = crate::cpp::scan::File::parse("a.c".into(), text);
            file.sightings(&["hook"])
                .iter()
                .any(|one| is_body(&file, one))
        };
        assert!(is_body(
            "#define FN(n) int n(void)\nFN(hook)\n{\n\treturn 0;\n}\n"
        ));
        assert!(is_body("FN(int, hook, int) {\n}\n"));
        assert!(!is_body("FN(hook);\nint f(void)\n{\n}\n"));
        assert!(!is_body("int f(void)\n{\n\tfor_each(hook) {\n\t}\n}\n"));
    }

    #[test]
    fn operands_of_instructions_are_uses() {
        let is_use = |line: &str| {
            let file = crate::cpp::scan::File::parse("a.S".into(), line);
            let sightings = file.sightings(&["hook"]);
            let mut uses = sightings.iter();
            uses.any(|one| one.kind == Kind::Use && is_operand(line, one, "a.S"))
        };
        for line in [
            "\tcall\thook\n",
            "\tbl hook\n",
            "1:\tbl hook\n",
            "\tjal\thook\n",
            "\tbrasl\t%r14,hook\n",
            "\tb.eq hook\n",
        ] {
            assert!(is_use(line), "{line}");
        }
        for line in [
            "hook:\n",
            "\t.globl hook\n",
            "SYM_FUNC_START(hook)\n",
            "EXPORT_SYMBOL(hook)\n",
            "\tmov r0, r1 @ for hook\n",
            "# call hook\n",
        ] {
            assert!(!is_use(line), "{line}");
        }
    }

    #[test]
    fn a_value_before_a_return_may_be_left_out() {
        let is_left_out = |text: &str| {
            let file = File::parse("a.c".into(), text);
            let sightings = file.sightings(&["hook"]);
            sightings.iter().any(|one| is_before_test(&file.text, one))
        };
        let test = "\tif (IS_ENABLED(CONFIG_A))\n\t\treturn 0;\n";
        for start in [
            "\tunsigned long at = (unsigned long)&hook;\n\tint b = 1;\n\n",
            "\tunsigned long at = (unsigned long)&hook;\n",
            "\tunsigned long at = (unsigned long)&hook;\n\tinst_t old, new;\n\n\t/* A test; of it. */\n",
        ] {
            assert!(is_left_out(&format!("int f(void)\n{{\n{start}{test}}}\n")));
        }
        for start in [
            "\thook();\n",
            "\tint a = hook();\n\n",
            "\tint a = hook();\n\n\tg(a);\n",
            "\tint a = hook();\n\n\tif (a)\n\t\treturn 1;\n",
        ] {
            assert!(!is_left_out(&format!("int f(void)\n{{\n{start}{test}}}\n")));
        }
    }

    #[test]
    fn a_value_of_a_variable_is_a_use() {
        let is_use = |text: &str| {
            let file = File::parse("a.c".into(), text);
            let sightings = file.sightings(&["hook"]);
            sightings.iter().any(|one| is_initial_value(&file, one))
        };
        for text in [
            "static const struct table t[] = {\n\t{ .data = &hook, .mode = 1 },\n};\n",
            "struct ops ops = {\n\t.call = hook,\n};\n",
            "struct ops ops = {\n\t.size = sizeof(int),\n\t.call = hook\n};\n",
        ] {
            assert!(is_use(text), "{text}");
        }
        for text in [
            "struct ops ops = {\n\t.call = pm_ptr(hook),\n};\n",
            "struct ops ops = {\n\t.hook = other,\n};\n",
            "struct ops ops = {\n\tONE(\"name\", hook),\n};\n",
            "int f(void)\n{\n\tstruct ops ops = { .call = hook };\n}\n",
        ] {
            assert!(!is_use(text), "{text}");
        }
    }

    #[test]
    fn what_a_parameter_is_called_with_is_no_use() {
        let is_for = |text: &str| {
            let file = File::parse("a.c".into(), text);
            let sightings = file.sightings(&["hook"]);
            sightings.iter().any(|one| {
                let directive = file.directive_at(one.span.start);
                directive.is_some_and(|directive| is_for_parameter(&file, directive, one))
            })
        };
        assert!(is_for("#define EACH(F) F(hook)\n"));
        assert!(is_for(
            "#define EACH(F, G)\t\\\n\tF(a, b),\t\\\n\tG(a, hook)\n"
        ));
        assert!(!is_for("#define EACH(F) F(a) hook(F)\n"));
        assert!(!is_for("#define CALL(x) f(hook, x)\n"));
    }

    #[test]
    fn a_macro_of_the_assembler_holds_a_use() {
        let around = |text: &str| {
            let at = text.find("hook").unwrap() as u32;
            assembler_macro(text, at).map(str::to_owned)
        };
        let text = ".macro graph_caller a, b\n\tbl hook\n.endm\n";
        assert_eq!(around(text).as_deref(), Some("graph_caller"));
        assert_eq!(around(".macro other\n.endm\n\tbl hook\n"), None);
        assert_eq!(around("\tbl hook\n.macro other\n.endm\n"), None);
    }

    #[test]
    fn macros_of_assembler_define_names() {
        for line in [
            "LEAF(name)",
            "NESTED(name, 32, sp)",
            "SYM_FUNC_START(name)",
            "SYM_TYPED_FUNC_START(name)",
            "ENTRY(name)",
            "_GLOBAL(name)",
            "\t.globl name",
            "\t.set name, other",
        ] {
            let at = line.find("name").unwrap();
            assert!(is_defined_by_macro(line, &line[..at]), "{line}");
        }
        for line in [
            "END(name)",
            "SYM_FUNC_END(name)",
            "ENDPROC(name)",
            "EXPORT_SYMBOL(name)",
            "SYM_FUNC_START_LOCAL(name)",
            "SYM_CODE_START_LOCAL_NOALIGN(name)",
            "_ASM_NOKPROBE_SYMBOL(name)",
            "\tcall name",
            "\tPTR_LA t0, name",
        ] {
            let at = line.find("name").unwrap();
            assert!(!is_defined_by_macro(line, &line[..at]), "{line}");
        }
    }
}
