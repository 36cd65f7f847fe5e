//! Owns mailboxes and mails: where one begins, its subject, and its text with the encoding of its transport undone.
//!
//! As `git am` does, it looks only at what a patch needs. Lines end with `\n` afterwards: mail transport makes `\r\n` of every
//! line's end, so one that is meant comes encoded.

use std::borrow::Cow;

use super::Head;

/// How deep mails may hold parts that hold parts.
const MAX_PARTS_DEPTH: usize = 8;

/// A mail, or a text that is none.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Mail {
    /// The subject without what stands in brackets before it.
    pub subject: Option<String>,
    /// `n/m` of the subject.
    pub number: Option<(u32, u32)>,
    /// What a reply needs to know.
    pub head: Option<Head>,
    /// The text.
    pub text: Vec<u8>,
}

/// The mails of a mailbox; one where it is a single mail or none at all.
pub(super) fn split(bytes: &[u8]) -> Vec<Mail> {
    let mut starts = Vec::new();
    let mut at = 0;
    for line in bytes.split_inclusive(|&byte| byte == b'\n') {
        if is_separator(line) {
            starts.push((at, at + line.len()));
        }
        at += line.len();
    }
    // Whatever stands before the first separator is a mail of its own, if it is anything.
    let mut mails = Vec::new();
    let first = starts.first().map_or(bytes.len(), |(start, _)| *start);
    if !bytes[..first].trim_ascii().is_empty() || starts.is_empty() {
        mails.push(mail(&bytes[..first]));
    }
    for (index, (_, body)) in starts.iter().enumerate() {
        let end = starts
            .get(index + 1)
            .map_or(bytes.len(), |(start, _)| *start);
        mails.push(mail(&bytes[*body..end]));
    }
    mails
}

/// Whether it is the line before a mail: `From `, a sender, and a date with time and year. A sentence that begins so is none.
fn is_separator(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(b"From ") else {
        return false;
    };
    let Ok(rest) = std::str::from_utf8(rest) else {
        return false;
    };
    // As git takes it, seconds and all (`mailsplit.c: is_from_line`); a year may also follow a time zone.
    let is_time = |word: &str| {
        let parts: Vec<&str> = word.split(':').collect();
        let is_number = |part: &&str| (1..=2).contains(&part.len()) && is_digits(part);
        parts.len() == 3 && parts.iter().all(is_number)
    };
    let is_year = |word: &&str| word.len() == 4 && is_digits(word);
    let words: Vec<&str> = rest.split_whitespace().collect();
    let time = words.iter().rposition(|word| is_time(word));
    time.is_some_and(|time| time > 0 && words[time + 1..].iter().take(2).any(is_year))
}

fn is_digits(text: &str) -> bool {
    text.bytes().all(|byte| byte.is_ascii_digit())
}

/// One mail, without the line before it.
fn mail(bytes: &[u8]) -> Mail {
    let bytes = bytes.trim_ascii_start();
    let (headers, body) = headers(bytes);
    if !headers.iter().any(|(name, _)| is_of_mail(name)) {
        return Mail {
            subject: None,
            number: None,
            head: None,
            text: without_carriage_returns(bytes).into_owned(),
        };
    }
    let subject = value(&headers, "subject").map(decode_words);
    let own = |name: &str| value(&headers, name).map(str::to_owned);
    let head = Head {
        subject: subject.clone().unwrap_or_default(),
        from: own("from"),
        author: value(&headers, "from").map(decode_words),
        reply_to: own("reply-to"),
        to: own("to"),
        cc: own("cc"),
        date: own("date"),
        message_id: own("message-id"),
        references: own("references").or_else(|| own("in-reply-to")),
    };
    let (subject, number) = match subject {
        Some(subject) => {
            let (rest, number) = strip_brackets(&subject);
            (Some(rest), number)
        }
        None => (None, None),
    };
    Mail {
        subject,
        number,
        head: Some(head),
        text: text(&headers, body),
    }
}

/// Whether a header is one that mails have, and not the `Index:` of a difference.
fn is_of_mail(name: &str) -> bool {
    [
        "from",
        "subject",
        "date",
        "message-id",
        "content-type",
        "mime-version",
    ]
    .contains(&name)
}

type Headers = Vec<(String, String)>;

/// The headers with lower-case names and unfolded values, and what follows them.
fn headers(bytes: &[u8]) -> (Headers, &[u8]) {
    let mut headers: Headers = Vec::new();
    let mut rest = bytes;
    while let Some(line) = rest.split_inclusive(|&byte| byte == b'\n').next() {
        let text = String::from_utf8_lossy(line);
        let text = text.trim_end_matches(['\r', '\n']);
        if text.is_empty() {
            rest = &rest[line.len()..];
            break;
        }
        if text.starts_with([' ', '\t']) {
            let Some((_, value)) = headers.last_mut() else {
                break;
            };
            value.push(' ');
            value.push_str(text.trim());
        } else {
            let Some((name, value)) = text.split_once(':') else {
                break;
            };
            let is_name = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
            if name.is_empty() || !name.chars().all(is_name) {
                break;
            }
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        rest = &rest[line.len()..];
    }
    (headers, rest)
}

fn value<'a>(headers: &'a Headers, name: &str) -> Option<&'a str> {
    headers
        .iter()
        .find(|(known, _)| known == name)
        .map(|(_, value)| &**value)
}

/// The text of a mail or a part of one. Of several parts those that are text or a patch are joined.
fn text(headers: &Headers, body: &[u8]) -> Vec<u8> {
    let mut joined = Vec::new();
    let mut pending = vec![(headers.clone(), body, 0)];
    while let Some((headers, body, depth)) = pending.pop() {
        let kind = value(&headers, "content-type").unwrap_or("text/plain");
        let of_parts = kind.to_ascii_lowercase().starts_with("multipart/");
        if let (true, Some(boundary)) = (of_parts && depth < MAX_PARTS_DEPTH, boundary(kind)) {
            let parts = parts(body, &boundary);
            for part in parts.into_iter().rev() {
                let (headers, body) = self::headers(part);
                pending.push((headers, body, depth + 1));
            }
            continue;
        }
        let lower = kind.to_ascii_lowercase();
        if lower.starts_with("text/html")
            || !(lower.starts_with("text/") || lower.contains("patch"))
        {
            continue;
        }
        let encoding = value(&headers, "content-transfer-encoding").unwrap_or_default();
        let body = without_carriage_returns(body);
        let decoded = match &*encoding.to_ascii_lowercase() {
            "quoted-printable" => Cow::Owned(quoted_printable(&body, false)),
            "base64" => without_carriage_returns(&base64(&body)).into_owned().into(),
            _ => body,
        };
        joined.extend_from_slice(&decoded);
        if !joined.ends_with(b"\n") {
            joined.push(b'\n');
        }
    }
    joined
}

/// The `boundary` of a `Content-Type`.
fn boundary(kind: &str) -> Option<String> {
    let at = kind.to_ascii_lowercase().find("boundary=")?;
    let value = &kind[at + "boundary=".len()..];
    let boundary = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next()?,
        None => value.split([';', ' ']).next()?,
    };
    (!boundary.is_empty()).then(|| boundary.to_owned())
}

/// What stands between the lines of a boundary.
fn parts<'a>(body: &'a [u8], boundary: &str) -> Vec<&'a [u8]> {
    let mark = format!("--{boundary}");
    let (mut parts, mut start, mut at) = (Vec::new(), None, 0);
    for line in body.split_inclusive(|&byte| byte == b'\n') {
        if let Some(rest) = line.strip_prefix(mark.as_bytes()) {
            let rest = rest.trim_ascii_end();
            if rest.is_empty() || rest == b"--" {
                if let Some(start) = start {
                    parts.push(&body[start..at]);
                }
                start = rest.is_empty().then_some(at + line.len());
            }
        }
        at += line.len();
    }
    if let Some(start) = start {
        parts.push(&body[start..]);
    }
    parts
}

/// The text with `\n` where it has `\r\n`, if all of its lines end so.
fn without_carriage_returns(text: &[u8]) -> Cow<'_, [u8]> {
    let mut lines = text.split_inclusive(|&byte| byte == b'\n');
    let crlf = |line: &[u8]| line.ends_with(b"\r\n") || !line.ends_with(b"\n");
    if !text.contains(&b'\r') || !lines.all(crlf) {
        return Cow::Borrowed(text);
    }
    let mut out = Vec::with_capacity(text.len());
    for line in text.split_inclusive(|&byte| byte == b'\n') {
        match line.strip_suffix(b"\r\n") {
            Some(line) => {
                out.extend_from_slice(line);
                out.push(b'\n');
            }
            None => out.extend_from_slice(line),
        }
    }
    Cow::Owned(out)
}

/// Undoes quoted-printable; in a header `_` is a space.
fn quoted_printable(text: &[u8], in_header: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&byte, behind)) = rest.split_first() {
        let hex = |index: usize| char::from(*behind.get(index)?).to_digit(16);
        rest = behind;
        match byte {
            b'=' => {
                if let (Some(high), Some(low)) = (hex(0), hex(1)) {
                    out.push((high * 16 + low) as u8);
                    rest = &behind[2..];
                } else if let Some(end) = behind.iter().position(|&byte| byte == b'\n')
                    && behind[..end].trim_ascii().is_empty()
                {
                    // A line that goes on.
                    rest = &behind[end + 1..];
                } else {
                    out.push(byte);
                }
            }
            b'_' if in_header => out.push(b' '),
            _ => out.push(byte),
        }
    }
    out
}

/// Undoes base64; what does not belong to it is passed over.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut count) = (0u32, 0);
    for &byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => continue,
        };
        bits = bits << 6 | u32::from(value);
        count += 6;
        if count >= 8 {
            count -= 8;
            out.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    out
}

/// Whether each byte of a charset is the character of that number, as far as names and subjects have it. A language may follow
/// the name (RFC 2231).
fn is_latin_1(charset: &str) -> bool {
    let name = charset.split('*').next().unwrap_or_default();
    let names = ["iso-8859-1", "iso-8859-15", "latin1", "windows-1252"];
    names.iter().any(|known| name.eq_ignore_ascii_case(known))
}

/// Undoes `=?charset?Q?…?=` and `=?charset?B?…?=` in a header. Of other charsets than Latin-1 what is not UTF-8 is replaced.
fn decode_words(header: &str) -> String {
    let mut out: Vec<u8> = Vec::new();
    let mut rest = header;
    let mut after_word = false;
    while let Some(at) = rest.find("=?") {
        let (before, word) = rest.split_at(at);
        let mut fields = word[2..].splitn(4, '?');
        let decoded = match (fields.next(), fields.next(), fields.next(), fields.next()) {
            (Some(charset), Some(how), Some(text), Some(behind)) if behind.starts_with('=') => {
                let decoded = match how {
                    "q" | "Q" => Some(quoted_printable(text.as_bytes(), true)),
                    "b" | "B" => Some(base64(text.as_bytes())),
                    _ => None,
                };
                let decoded = decoded.map(|decoded| match is_latin_1(charset) {
                    true => decoded
                        .into_iter()
                        .map(char::from)
                        .collect::<String>()
                        .into_bytes(),
                    false => decoded,
                });
                decoded.map(|decoded| (decoded, &behind[1..]))
            }
            _ => None,
        };
        match decoded {
            Some((decoded, behind)) => {
                // The space between two encoded words belongs to neither.
                if !(after_word && before.trim().is_empty()) {
                    out.extend_from_slice(before.as_bytes());
                }
                out.extend_from_slice(&decoded);
                rest = behind;
                after_word = true;
            }
            None => {
                out.extend_from_slice(&rest.as_bytes()[..at + 2]);
                rest = &rest[at + 2..];
                after_word = false;
            }
        }
    }
    out.extend_from_slice(rest.as_bytes());
    String::from_utf8_lossy(&out).into_owned()
}

/// The subject without `[PATCH n/m]` and its like before it, and the numbers.
fn strip_brackets(subject: &str) -> (String, Option<(u32, u32)>) {
    let mut rest = subject.trim();
    let mut number = None;
    while let Some((inside, behind)) = rest.strip_prefix('[').and_then(|rest| rest.split_once(']'))
    {
        for word in inside.split_whitespace() {
            if let Some((n, of)) = word.split_once('/')
                && let (Ok(n), Ok(of)) = (n.parse(), of.parse())
            {
                number = number.or(Some((n, of)));
            }
        }
        rest = behind.trim_start();
    }
    (rest.to_owned(), number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        assert_eq!(
            quoted_printable(b"a=3Db=\nc=C3=A9 =x\n", false),
            "a=bc\u{e9} =x\n".as_bytes()
        );
        assert_eq!(base64(b"aGVs\nbG8="), b"hello");
        assert_eq!(
            decode_words("=?UTF-8?q?a_=C3=A9?= =?utf-8?B?Yg==?= c =? d"),
            "a \u{e9}b c =? d"
        );
        assert_eq!(
            decode_words("=?ISO-8859-1?q?gr=F6=DFer?= =?iso-8859-1?B?+A==?="),
            "gr\u{f6}\u{df}er\u{f8}"
        );
        assert_eq!(
            without_carriage_returns(b"a\r\nb\r\n"),
            b"a\nb\n".as_slice()
        );
        assert_eq!(
            without_carriage_returns(b"a\r\nb\n"),
            b"a\r\nb\n".as_slice()
        );
    }

    #[test]
    fn subjects_lose_their_brackets() {
        assert_eq!(
            strip_brackets("[RFC][PATCH v3 02/12] mm: a thing [x]"),
            ("mm: a thing [x]".to_owned(), Some((2, 12)))
        );
        assert_eq!(strip_brackets("plain"), ("plain".to_owned(), None));
    }

    #[test]
    fn sentences_are_no_separators() {
        assert!(is_separator(
            b"From 0123456789abcdef Mon Sep 17 00:00:00 2001\n"
        ));
        assert!(is_separator(b"From mboxrd@z Thu Jan  1 00:00:00 1970\r\n"));
        assert!(!is_separator(
            b"From here on all is well, said he at 10:00.\n"
        ));
        assert!(!is_separator(
            b"From here on all is well at 10:00 in 2020\n"
        ));
        assert!(is_separator(
            b"From s@example.org Thu Jan  1 00:00:00 UTC 1970\n"
        ));
        assert!(!is_separator(b"From: Somebody <s@example.org>\n"));
    }

    #[test]
    fn parts_that_are_no_text_are_left_out() {
        let mail = b"Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\ntext\n--b\n\
            Content-Type: text/html\n\n<p>\n--b\nContent-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n--b--\n";
        let mails = split(mail);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].text, b"text\nhello\n");
    }
}
