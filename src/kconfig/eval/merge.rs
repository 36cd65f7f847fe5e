//! Owns changing lines of a `.config` as the kernel's `merge_config.sh` does: the last word counts, and stands last.

/// The text of a `.config` with new lines for some symbols: names without the prefix, and values as `.config` writes them, `n`
/// for "is not set". Earlier lines about the same symbols go; all others stay as they are, to the byte.
pub fn with_lines(config: &[u8], prefix: &str, lines: &[(String, String)]) -> Vec<u8> {
    let is_changed = |line: &[u8]| {
        let name = name_in(line, prefix.as_bytes());
        name.is_some_and(|name| lines.iter().any(|(changed, _)| changed.as_bytes() == name))
    };
    let mut text: Vec<u8> = Vec::with_capacity(config.len());
    for line in config.split_inclusive(|&byte| byte == b'\n') {
        if !is_changed(line) {
            text.extend_from_slice(line);
        }
    }
    if !text.is_empty() && !text.ends_with(b"\n") {
        text.push(b'\n');
    }
    for (name, value) in lines {
        text.extend_from_slice(line(prefix, name, value).as_bytes());
        text.push(b'\n');
    }
    text
}

/// A line of a `.config`.
pub fn line(prefix: &str, name: &str, value: &str) -> String {
    match value {
        "n" => format!("# {prefix}{name} is not set"),
        value => format!("{prefix}{name}={value}"),
    }
}

/// The symbol that a line sets or unsets, without the prefix.
fn name_in<'a>(line: &'a [u8], prefix: &[u8]) -> Option<&'a [u8]> {
    let (rest, end) = match line.strip_prefix(b"# ") {
        Some(rest) => (rest, b' '),
        None => (line, b'='),
    };
    let rest = rest.strip_prefix(prefix)?;
    Some(&rest[..memchr::memchr(end, rest)?])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts_and_the_others_stay() {
        let config = b"# a comment\nCONFIG_A=y\n# CONFIG_B is not set\nCONFIG_AB=m\nCONFIG_C=\"x\"";
        let lines = [
            ("A".to_owned(), "n".to_owned()),
            ("C".to_owned(), "\"z\"".to_owned()),
        ];
        let text = with_lines(config, "CONFIG_", &lines);
        assert_eq!(
            String::from_utf8(text).unwrap(),
            "# a comment\n# CONFIG_B is not set\nCONFIG_AB=m\n# CONFIG_A is not set\nCONFIG_C=\"z\"\n"
        );
    }
}
