//! Owns as much knowledge of Rust as the guard needs: tokens, which of them are test code, and the paths that they name.

/// A token with the line that it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// An identifier, `::`, or one character of punctuation. Literals are left out.
    pub text: String,
    /// From 1.
    pub line: usize,
}

/// One source file, with the code that is only there for tests taken out.
#[derive(Debug, Default)]
pub struct Code {
    /// Holds what is left.
    pub tokens: Vec<Token>,
    /// The names of modules that are declared for tests and stand in files of their own.
    pub test_modules: Vec<String>,
}

/// A path that starts with `crate`, `self`, `super` or the name of a crate.
#[derive(Debug, PartialEq, Eq)]
pub struct Named {
    /// Its parts; those that start in this crate are counted from its root and start with `crate`.
    pub parts: Vec<String>,
    /// From 1.
    pub line: usize,
}

/// Splits `text` into tokens. Comments, strings, characters and numbers are left out.
pub fn tokens(text: &str) -> Vec<Token> {
    let chars: Vec<char> = text.chars().collect();
    let at = |index: usize| chars.get(index).copied().unwrap_or('\0');
    let mut found = Vec::new();
    let (mut index, mut line) = (0, 1);
    while index < chars.len() {
        let start = index;
        let next = at(index + 1);
        match chars[index] {
            '/' if next == '/' => {
                while index < chars.len() && at(index) != '\n' {
                    index += 1;
                }
            }
            '/' if next == '*' => {
                let mut depth = 0;
                loop {
                    match (at(index), at(index + 1)) {
                        ('/', '*') => (depth, index) = (depth + 1, index + 2),
                        ('*', '/') => (depth, index) = (depth - 1, index + 2),
                        _ => index += 1,
                    }
                    if depth == 0 || index >= chars.len() {
                        break;
                    }
                }
            }
            '"' => index = behind_string(&chars, index),
            // A character, unless it is a lifetime: 'a' and '\n' end with a quote, 'a does not.
            '\'' if next == '\\' => {
                index += 3;
                while index < chars.len() && at(index) != '\'' {
                    index += 1;
                }
                index += 1;
            }
            '\'' if at(index + 2) == '\'' => index += 3,
            c if c.is_alphabetic() || c == '_' => {
                while at(index).is_alphanumeric() || at(index) == '_' {
                    index += 1;
                }
                let word: String = chars[start..index].iter().collect();
                let hashes = chars[index..].iter().take_while(|c| **c == '#').count();
                let prefix = matches!(&*word, "r" | "b" | "br" | "c" | "cr");
                if prefix && at(index + hashes) == '"' {
                    index = if word.contains('r') {
                        behind_raw_string(&chars, index + hashes + 1, hashes)
                    } else {
                        behind_string(&chars, index)
                    };
                } else {
                    found.push(Token { text: word, line });
                }
            }
            c if c.is_ascii_digit() => {
                while at(index).is_alphanumeric() || at(index) == '_' {
                    index += 1;
                }
            }
            ':' if next == ':' => {
                index += 2;
                found.push(Token {
                    text: "::".to_owned(),
                    line,
                });
            }
            c => {
                index += 1;
                if !c.is_whitespace() {
                    found.push(Token {
                        text: c.to_string(),
                        line,
                    });
                }
            }
        }
        index = index.min(chars.len());
        line += chars[start..index].iter().filter(|c| **c == '\n').count();
    }
    found
}

/// The index behind the string that starts with the quote at `start`.
fn behind_string(chars: &[char], start: usize) -> usize {
    let mut index = start + 1;
    while index < chars.len() && chars[index] != '"' {
        index += if chars[index] == '\\' { 2 } else { 1 };
    }
    index + 1
}

/// The index behind the raw string whose text starts at `start` and ends with a quote and so many hashes.
fn behind_raw_string(chars: &[char], start: usize, hashes: usize) -> usize {
    let mut index = start;
    while index < chars.len() {
        let closed = chars[index] == '"'
            && chars[index + 1..]
                .iter()
                .take_while(|c| **c == '#')
                .take(hashes)
                .count()
                == hashes;
        index += 1;
        if closed {
            return index + hashes;
        }
    }
    index
}

/// Takes the items out that are only compiled for tests.
pub fn without_tests(tokens: &[Token]) -> Code {
    let mut code = Code::default();
    let text = |index: usize| tokens.get(index).map_or("", |token| &*token.text);
    let mut index = 0;
    while index < tokens.len() {
        if text(index) != "#" || text(index + 1) != "[" {
            code.tokens.push(tokens[index].clone());
            index += 1;
            continue;
        }
        let end = behind_brackets(tokens, index + 1);
        let attribute: Vec<&str> = (index..end).map(text).collect();
        let has = |word| attribute.contains(&word);
        if !(has("cfg") && has("test")) || has("not") {
            code.tokens.extend_from_slice(&tokens[index..end]);
            index = end;
            continue;
        }
        index = end;
        while text(index) == "#" {
            index = behind_brackets(tokens, index + 1);
        }
        // The item ends with its first `;` outside of brackets, or with the braces that come before one.
        let start = index;
        while index < tokens.len() {
            match text(index) {
                "{" => {
                    index = behind_brackets(tokens, index);
                    break;
                }
                ";" => {
                    index += 1;
                    break;
                }
                "(" | "[" => index = behind_brackets(tokens, index),
                _ => index += 1,
            }
        }
        if text(start) == "mod" && text(start + 2) == ";" {
            code.test_modules.push(text(start + 1).to_owned());
        }
    }
    code
}

/// The index behind the bracket that closes the one at `start`, whatever its kind.
fn behind_brackets(tokens: &[Token], start: usize) -> usize {
    let mut depth = 0;
    for (index, token) in tokens.iter().enumerate().skip(start) {
        match &*token.text {
            "{" | "(" | "[" => depth += 1,
            "}" | ")" | "]" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return index + 1;
        }
    }
    tokens.len()
}

/// Every path in `tokens` that has more than one part. `module` is the path of the file's module, from the crate's root.
pub fn paths(tokens: &[Token], module: &[String]) -> Vec<Named> {
    let text = |index: usize| tokens.get(index).map_or("", |token| &*token.text);
    let mut found = Vec::new();
    // The modules that are open: `module`, then the inline ones with the depth of braces at which each ends.
    let mut base = module.to_vec();
    let mut inline: Vec<usize> = Vec::new();
    let mut depth = 0;
    let mut index = 0;
    while index < tokens.len() {
        match text(index) {
            "{" => {
                depth += 1;
                if index >= 2 && text(index - 2) == "mod" {
                    base.push(text(index - 1).to_owned());
                    inline.push(depth);
                }
            }
            "}" => {
                if inline.last() == Some(&depth) {
                    inline.pop();
                    base.pop();
                }
                depth -= 1;
            }
            word if is_name(word) && text(index + 1) == "::" => {
                let mut list = Vec::new();
                // Its brackets are in pairs, so `depth` need not see them.
                index = tree(tokens, index, &[], &mut list);
                found.extend(list.into_iter().map(|(parts, line)| Named {
                    parts: absolute(parts, &base),
                    line,
                }));
                continue;
            }
            _ => {}
        }
        index += 1;
    }
    found
}

/// Adds the paths of the use tree, or of the plain path, that starts at `index`; returns the index after it.
fn tree(
    tokens: &[Token],
    mut index: usize,
    before: &[String],
    found: &mut Vec<(Vec<String>, usize)>,
) -> usize {
    let text = |index: usize| tokens.get(index).map_or("", |token| &*token.text);
    let mut parts = before.to_vec();
    let line = tokens.get(index).map_or(0, |token| token.line);
    loop {
        if text(index) == "{" {
            index += 1;
            while index < tokens.len() && text(index) != "}" {
                let next = tree(tokens, index, &parts, found);
                index = next.max(index + 1);
                // Behind a tree may stand `as name` and the comma.
                while index < tokens.len() && !matches!(text(index), "," | "}") {
                    index += 1;
                }
                if text(index) == "," {
                    index += 1;
                }
            }
            return index + 1;
        }
        if text(index) != "*" && !is_name(text(index)) {
            break;
        }
        parts.push(text(index).to_owned());
        index += 1;
        if text(index) != "::" {
            break;
        }
        index += 1;
    }
    found.push((parts, line));
    index
}

/// A path from the root of the crate, for one that starts in the module `base`. Paths into other crates stay as they are.
fn absolute(parts: Vec<String>, base: &[String]) -> Vec<String> {
    let mut rest = parts.iter().map(String::as_str).peekable();
    let mut from: Vec<&str> = match rest.peek() {
        Some(&"crate") => Vec::new(),
        Some(&("self" | "super")) => base.iter().map(String::as_str).collect(),
        _ => return parts,
    };
    while let Some(part @ ("crate" | "self" | "super")) = rest.peek().copied() {
        if part == "super" {
            from.pop();
        }
        rest.next();
    }
    std::iter::once("crate")
        .chain(from)
        .chain(rest.filter(|part| *part != "self"))
        .map(str::to_owned)
        .collect()
}

fn is_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}
