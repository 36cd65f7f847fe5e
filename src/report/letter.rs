//! Owns what every mail has: lines of a width that mailing lists read, and what may stand in a header.

use std::fmt::Write as _;

/// Columns of a line of the text.
pub const WIDTH: usize = 72;

/// Columns of a line of a header.
const HEADER_WIDTH: usize = 76;

/// An encoded word of a header has at most so many characters (RFC 2047).
const MAX_ENCODED: usize = 75;

/// Adds a text in lines of [`WIDTH`] columns. The first begins with `first`, the others with `rest`.
pub fn wrap(out: &mut String, text: &str, first: &str, rest: &str) {
    fold(out, text, first, rest, WIDTH);
}

/// Adds a text in lines of `width` columns, broken at white space; a longer word stands alone. The first begins with `first`, the
/// others with `rest`.
pub fn fold(out: &mut String, text: &str, first: &str, rest: &str, width: usize) {
    let mut line = first.to_owned();
    let mut is_empty = true;
    for word in text.split_whitespace() {
        if !is_empty && line.chars().count() + 1 + word.chars().count() > width {
            out.push_str(&line);
            out.push('\n');
            line = rest.to_owned();
            is_empty = true;
        }
        if !is_empty {
            line.push(' ');
        }
        line.push_str(word);
        is_empty = false;
    }
    out.push_str(&line);
    out.push('\n');
}

/// A text without what could break a line of the mail.
pub fn plain(text: &str) -> String {
    text.replace(char::is_control, " ")
}

/// A name as a header has it: beyond ASCII, and where a character means something in a header, it is encoded (RFC 2047).
pub fn header(name: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || " .-_'".contains(c);
    if name.chars().all(is_plain) && !name.contains('.') {
        return name.to_owned();
    }
    if name.is_ascii() {
        return format!("\"{}\"", plain(name).replace(['"', '\\'], ""));
    }
    encoded(name)
}

/// A text as encoded words.
fn encoded(text: &str) -> String {
    let (start, end) = ("=?UTF-8?q?", "?=");
    let mut out = String::new();
    let mut word = String::from(start);
    for character in text.chars() {
        let mut piece = String::new();
        for byte in character.encode_utf8(&mut [0; 4]).bytes() {
            // Writing to a string cannot fail.
            let _ = match byte {
                b' ' => write!(piece, "_"),
                _ if byte.is_ascii_alphanumeric() => write!(piece, "{}", char::from(byte)),
                _ => write!(piece, "={byte:02X}"),
            };
        }
        if word.len() + piece.len() + end.len() > MAX_ENCODED {
            out.push_str(&word);
            out.push_str(end);
            out.push(' ');
            word = start.to_owned();
        }
        word.push_str(&piece);
    }
    out + &word + end
}

/// Adds a header with words, folded.
pub fn add_header(out: &mut String, name: &str, text: &str) {
    let text = plain(text);
    let text = if text.is_ascii() {
        text
    } else {
        encoded(text.trim())
    };
    fold(out, &text, &format!("{name}: "), " ", HEADER_WIDTH);
}

/// Adds a header with addresses, each on a line of its own; nothing for an empty list.
pub fn add_addresses(out: &mut String, name: &str, addresses: &[String]) {
    if addresses.is_empty() {
        return;
    }
    let _ = writeln!(out, "{name}: {}", addresses.join(",\n\t"));
}

/// The addresses of a header, each as it may stand in another one.
pub fn addresses(list: &str) -> Vec<String> {
    let (mut parts, mut part) = (Vec::new(), String::new());
    let (mut quoted, mut angled) = (false, false);
    for character in plain(list).chars() {
        match character {
            '"' => quoted = !quoted,
            '<' if !quoted => angled = true,
            '>' if !quoted => angled = false,
            ',' if !quoted && !angled => {
                parts.push(std::mem::take(&mut part));
                continue;
            }
            _ => {}
        }
        part.push(character);
    }
    parts.push(part);
    let trimmed = parts.iter().map(|part| part.trim());
    let addresses = trimmed.filter(|part| part.contains('@'));
    addresses
        .map(|part| match part.split_once('<') {
            // Anything that is encoded already is ASCII.
            Some((name, address)) if !name.is_ascii() => {
                format!("{} <{address}", encoded(name.trim().trim_matches('"')))
            }
            _ => part.to_owned(),
        })
        .filter(|part| part.is_ascii())
        .collect()
}

/// The address without the name, in small letters.
pub fn bare(address: &str) -> String {
    let bare = address
        .rsplit_once('<')
        .and_then(|(_, rest)| rest.split_once('>'))
        .map_or(address, |(bare, _)| bare);
    bare.trim().to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart() {
        assert_eq!(
            addresses("\"B, A\" <a@b>, c@d ,\tJ\u{f6}rg <e@f>, nobody"),
            ["\"B, A\" <a@b>", "c@d", "=?UTF-8?q?J=C3=B6rg?= <e@f>"]
        );
        assert_eq!(
            (bare("A <a@B>"), bare(" c@d ")),
            ("a@b".into(), "c@d".into())
        );
    }

    #[test]
    fn headers_are_folded_and_hold_no_other_header() {
        let mut out = String::new();
        add_header(
            &mut out,
            "Subject",
            &format!("a\nX-Bad: {}", "word ".repeat(30)),
        );
        assert!(
            out.lines().skip(1).all(|line| line.starts_with(' ')),
            "{out}"
        );
        assert!(out.lines().all(|line| line.len() <= HEADER_WIDTH));
        let mut out = String::new();
        add_header(&mut out, "Subject", &"\u{e9}".repeat(100));
        assert!(
            out.is_ascii() && out.lines().all(|line| line.len() <= 86),
            "{out}"
        );
    }
}
