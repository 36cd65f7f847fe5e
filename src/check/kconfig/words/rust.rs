//! Owns the names in Rust code: those in `#[cfg(…)]`, `cfg!(…)` and the condition of `#[cfg_attr(…)]`.

use crate::cpp::lex::is_word;

/// The places of the names with a prefix in the conditions of a Rust file. rustc does not know which there are.
pub(super) fn places(text: &str, prefix: &str) -> Vec<(usize, usize)> {
    let tokens = tokens(text);
    let token = |at: usize| tokens.get(at).map_or("", |&(start, end)| &text[start..end]);
    let mut words = Vec::new();
    for index in 0..tokens.len() {
        let name = token(index);
        let is_call = name == "cfg" && token(index + 1) == "!";
        // One attribute of `cfg_attr` may be another condition.
        let is_attribute = ["cfg", "cfg_attr"].contains(&name)
            && index > 0
            && ["[", ","].contains(&token(index - 1));
        if !is_call && !is_attribute {
            continue;
        }
        let open = index + if is_call { 2 } else { 1 };
        if !["(", "[", "{"].contains(&token(open)) {
            continue;
        }
        let mut depth = 1;
        for (at, &(start, end)) in tokens.iter().enumerate().skip(open + 1) {
            match token(at) {
                "(" | "[" | "{" => depth += 1,
                ")" | "]" | "}" => depth -= 1,
                "," if depth == 1 && name == "cfg_attr" => break,
                word if word.len() > prefix.len() && word.starts_with(prefix) => {
                    words.push((start, end));
                }
                _ => {}
            }
            if depth == 0 {
                break;
            }
        }
    }
    words
}

/// The places of identifiers and of single other characters, without blanks, comments and literals.
fn tokens(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        let rest = &bytes[at..];
        if rest.starts_with(b"//") {
            at += memchr::memchr(b'\n', rest).unwrap_or(rest.len());
        } else if rest.starts_with(b"/*") {
            at += comment(rest);
        } else if byte == b'"' {
            at += string(rest);
        } else if byte == b'\'' {
            at += character(&text[at..]);
        } else if is_word(byte) {
            let length = rest.iter().position(|&byte| !is_word(byte));
            let end = at + length.unwrap_or(rest.len());
            let is_raw = [&b"r"[..], b"br", b"cr"].contains(&&bytes[at..end]);
            match raw_string(&bytes[end..]).filter(|_| is_raw) {
                Some(length) => at = end + length,
                None => {
                    tokens.push((at, end));
                    at = end;
                }
            }
        } else {
            if !byte.is_ascii_whitespace() {
                tokens.push((at, at + 1));
            }
            at += 1;
        }
    }
    tokens
}

/// The length of a comment, which may hold others.
fn comment(text: &[u8]) -> usize {
    let (mut at, mut depth) = (0, 0usize);
    while at < text.len() {
        if text[at..].starts_with(b"/*") {
            depth += 1;
            at += 2;
        } else if text[at..].starts_with(b"*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                break;
            }
        } else {
            at += 1;
        }
    }
    at
}

/// The length of a string in quotes, which may hold several lines.
fn string(text: &[u8]) -> usize {
    let mut at = 1;
    while let Some(&byte) = text.get(at) {
        match byte {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    text.len()
}

/// The length of a raw string after its `r`, if one begins there.
fn raw_string(text: &[u8]) -> Option<usize> {
    let hashes = text.iter().position(|&byte| byte != b'#')?;
    if text[hashes] != b'"' {
        return None;
    }
    let end = [&b"\""[..], &text[..hashes]].concat();
    let found = memchr::memmem::find(&text[hashes + 1..], &end);
    Some(found.map_or(text.len(), |found| hashes + 1 + found + end.len()))
}

/// The length of a character in quotes, or of the quote of a lifetime.
fn character(text: &str) -> usize {
    let mut chars = text.char_indices().skip(1);
    match (chars.next(), chars.next()) {
        (Some((_, '\\')), _) => {
            // Past what is escaped, which may be a quote.
            let found = text.get(3..).and_then(|rest| rest.find('\''));
            found.map_or(text.len(), |found| 3 + found + 1)
        }
        (Some(_), Some((at, '\''))) => at + 1,
        _ => 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_stand_in_conditions() {
        let text = r###"//! `#[cfg(CONFIG_NO)]`
#![cfg(CONFIG_A)]
/* /* #[cfg(CONFIG_NO)] */ */
#[cfg(all(CONFIG_B, not(CONFIG_C = "m")))]
fn f<'a>(x: &'a str) -> char {
    let quote = ['\'', '"', 'é'];
    let text = "#[cfg(CONFIG_NO)] \" cfg!(CONFIG_NO)";
    let raw = r#"" cfg!(CONFIG_NO)"#;
    if cfg!(CONFIG_D) || other!(CONFIG_NO) { bindings::CONFIG_NO }
    #[cfg_attr(CONFIG_E, doc = "x", allow(CONFIG_NO), cfg(CONFIG_F))]
    r#type
}
"###;
        let names: Vec<String> = places(text, "CONFIG_")
            .into_iter()
            .map(|(start, end)| {
                let line = text[..start].matches('\n').count() + 1;
                format!("{}:{line}", &text[start..end])
            })
            .collect();
        assert_eq!(
            names,
            [
                "CONFIG_A:2",
                "CONFIG_B:4",
                "CONFIG_C:4",
                "CONFIG_D:9",
                "CONFIG_E:10",
                "CONFIG_F:10"
            ]
        );
        // Text that ends in the middle of a token.
        for text in [
            "'",
            "'\\",
            "\"",
            "r#\"",
            "/*",
            "#[cfg(",
            "cfg!(CONFIG_A",
            "'é",
        ] {
            places(text, "CONFIG_");
        }
    }
}
