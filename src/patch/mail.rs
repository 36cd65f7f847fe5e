//! Owns mailboxes and mails: where one begins, its headers, and its text, decoded.
//!
//! Where a mail begins is decided as `git mailsplit` does it. What is in it, MIME and encoded headers included, is read by the
//! crate mail-parser. The bytes of the text stay as they were sent, whatever the charset says: a patch has to fit a file to the
//! byte, and `git am` does not convert it either. Lines end with `\n` afterwards: mail transport makes `\r\n` of every line's end,
//! so one that is meant comes encoded.

use std::borrow::Cow;

use mail_parser::decoders::{base64::base64_decode, quoted_printable::quoted_printable_decode};
use mail_parser::{
    HeaderForm, HeaderName, HeaderValue, Message, MessageParser, MessagePart, MimeHeaders, PartType,
};
use nom::branch::alt;
use nom::bytes::complete::{tag, tag_no_case, take_until, take_while1};
use nom::character::complete::{char, multispace0, u32 as number};
use nom::combinator::{all_consuming, eof, opt, recognize};
use nom::multi::many0_count;
use nom::sequence::{delimited, preceded, separated_pair, terminated};
use nom::{IResult, Parser};

use super::Head;

/// A mail, or a text that is not one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Mail {
    /// Holds what the subject says.
    pub subject: Option<Subject>,
    /// Holds what a reply needs to know.
    pub head: Option<Head>,
    /// The text.
    pub text: Vec<u8>,
}

/// The subject of a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Subject {
    /// Holds what follows the brackets.
    pub title: String,
    /// `n/m` in the brackets.
    pub number: Option<(u32, u32)>,
    /// `vN` in the brackets.
    pub version: Option<u32>,
    /// Whether the brackets call it a patch.
    pub is_patch: bool,
    /// Whether the brackets say that it was sent before.
    pub is_resend: bool,
    /// Whether it begins with `Re:` or the like.
    pub is_reply: bool,
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

/// Whether it is the line before a mail: `From `, a sender, and a date with time and year. A sentence that begins so does not count.
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
    let plain = || Mail {
        text: without_carriage_returns(bytes).into_owned(),
        ..Mail::default()
    };
    if !begins_with_header(bytes) {
        return plain();
    }
    let Some(message) = MessageParser::default().parse(bytes) else {
        return plain();
    };
    if !message
        .headers()
        .iter()
        .any(|header| is_of_mail(&header.name))
    {
        return plain();
    }
    let own = |name: HeaderName<'static>| raw(&message, name);
    let whole = decoded(&message, HeaderName::Subject);
    let head = Head {
        subject: whole.clone().unwrap_or_default(),
        from: own(HeaderName::From),
        author: decoded(&message, HeaderName::From),
        reply_to: own(HeaderName::ReplyTo),
        to: own(HeaderName::To),
        cc: own(HeaderName::Cc),
        date: own(HeaderName::Date),
        message_id: own(HeaderName::MessageId),
        references: own(HeaderName::References).or_else(|| own(HeaderName::InReplyTo)),
    };
    Mail {
        subject: whole.map(|subject| self::subject(&subject)),
        head: Some(head),
        text: text(&message),
    }
}

/// Whether the first line is `Name: …`, as the first line of a mail is.
fn begins_with_header(bytes: &[u8]) -> bool {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    let header: IResult<&[u8], _> = terminated(take_while1(is_name), tag(&b":"[..])).parse(bytes);
    header.is_ok()
}

/// Whether a header is one that mails have, and not the `Index:` of a difference.
fn is_of_mail(name: &HeaderName<'_>) -> bool {
    matches!(
        name,
        HeaderName::From
            | HeaderName::Subject
            | HeaderName::Date
            | HeaderName::MessageId
            | HeaderName::ContentType
            | HeaderName::MimeVersion
    )
}

/// A header as it is written, unfolded.
fn raw(message: &Message<'_>, name: HeaderName<'static>) -> Option<String> {
    let headers = message.headers();
    let header = headers.iter().find(|header| header.name == name)?;
    let (start, end) = (header.offset_start as usize, header.offset_end as usize);
    let text = String::from_utf8_lossy(message.raw_message.get(start..end)?);
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    Some(lines.join(" ").trim().to_owned())
}

/// A header with its encoded words (RFC 2047) decoded.
fn decoded(message: &Message<'_>, name: HeaderName<'static>) -> Option<String> {
    let values = message.header_as(name.clone(), HeaderForm::Text);
    match values.first()? {
        HeaderValue::Text(text) => Some(text.to_string()),
        _ => raw(message, name),
    }
}

/// The text of a mail: all of its parts, whatever they call themselves, as `git am` reads them. HTML counts only where no other part has
/// a difference, for it mostly repeats the plain text.
fn text(message: &Message<'_>) -> Vec<u8> {
    let bodies = message
        .parts
        .iter()
        .filter(|part| !matches!(part.body, PartType::Multipart(_)));
    let (html, plain): (Vec<_>, Vec<_>) = bodies.partition(|part| is_html(part));
    let text = joined(message, &plain);
    if html.is_empty() || has_difference(&text) {
        return text;
    }
    let of_html = joined(message, &html);
    match has_difference(&of_html) {
        true => [text, of_html].concat(),
        false => text,
    }
}

/// The decoded texts of parts, each with a line's end after it.
fn joined(message: &Message<'_>, parts: &[&MessagePart<'_>]) -> Vec<u8> {
    let mut joined = Vec::new();
    for part in parts {
        let (start, end) = (part.offset_body as usize, part.offset_end as usize);
        let body = message.raw_message.get(start..end).unwrap_or_default();
        let body = without_carriage_returns(body);
        let encoding = encoding(message, part);
        let decoded = if encoding.contains("base64") {
            without_carriage_returns(&base64(&body)).into_owned().into()
        } else if encoding.contains("quoted-printable") {
            quoted_printable(&body).into()
        } else {
            body
        };
        joined.extend_from_slice(&decoded);
        if !joined.ends_with(b"\n") {
            joined.push(b'\n');
        }
    }
    joined
}

/// Returns what a part says of its encoding, in small letters. Of several headers the last one counts, as for `git am`.
fn encoding(message: &Message<'_>, part: &MessagePart<'_>) -> String {
    let mut headers = part.headers.iter().rev();
    let header = headers.find(|header| header.name == HeaderName::ContentTransferEncoding);
    let value = header.and_then(|header| {
        let range = header.offset_start as usize..header.offset_end as usize;
        message.raw_message.get(range)
    });
    String::from_utf8_lossy(value.unwrap_or_default()).to_ascii_lowercase()
}

/// Whether a part calls itself HTML.
fn is_html(part: &MessagePart<'_>) -> bool {
    let kind = part.content_type().and_then(|kind| kind.subtype());
    kind.is_some_and(|subtype| subtype.eq_ignore_ascii_case("html"))
}

/// Whether a text has a line with which a difference may begin.
fn has_difference(text: &[u8]) -> bool {
    let starts: [&[u8]; 2] = [b"diff --git ", b"--- "];
    text.split(|&byte| byte == b'\n')
        .any(|line| starts.iter().any(|start| line.starts_with(start)))
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

/// Undoes quoted-printable. A `=` that encodes nothing stands for itself, as mailers read it.
fn quoted_printable(text: &[u8]) -> Vec<u8> {
    if let Some(decoded) = quoted_printable_decode(text) {
        return decoded;
    }
    let mut strict = Vec::with_capacity(text.len() + 16);
    for (at, &byte) in text.iter().enumerate() {
        strict.push(byte);
        let rest = &text[at + 1..];
        let is_hex = |index: usize| rest.get(index).is_some_and(u8::is_ascii_hexdigit);
        let mut blanks = rest.iter().skip_while(|byte| b" \t\r".contains(byte));
        let mut goes_on = || matches!(blanks.next(), None | Some(b'\n'));
        if byte == b'=' && !(is_hex(0) && is_hex(1)) && !goes_on() {
            strict.extend_from_slice(b"3D");
        }
    }
    quoted_printable_decode(&strict).unwrap_or_else(|| text.to_owned())
}

/// Decodes base64. Whatever is not of its alphabet is passed over, as by `git am`, so that no line hides those after it; a footer in
/// plain text, as lists add it, becomes a few bytes of nonsense after the text. Padding ends one piece, and another one may follow.
fn base64(text: &[u8]) -> Vec<u8> {
    let mut decoded = Vec::with_capacity(text.len() / 4 * 3);
    let mut decode = |piece: &mut Vec<u8>| {
        // A single character is less than a byte.
        piece.truncate(piece.len() - usize::from(piece.len() % 4 == 1));
        piece.resize(piece.len().next_multiple_of(4), b'=');
        decoded.extend(base64_decode(piece).unwrap_or_default());
        piece.clear();
    };
    let mut piece = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'=' => decode(&mut piece),
            byte if byte.is_ascii_alphanumeric() || b"+/".contains(&byte) => piece.push(byte),
            _ => {}
        }
    }
    decode(&mut piece);
    decoded
}

/// Returns what a subject says: `Re:`, then brackets such as `[RFC PATCH v2 1/3]`, then the title.
fn subject(text: &str) -> Subject {
    let mut subject = Subject::default();
    let mut rest = text.trim();
    if let Ok((after, count)) = many0_count(reply_word).parse(rest) {
        subject.is_reply = count > 0;
        rest = after;
    }
    while let Ok((after, inside)) = bracket(rest) {
        for word in inside.split_whitespace() {
            let upper = word.to_ascii_uppercase();
            subject.is_patch |= upper.starts_with("PATCH") || upper == "RFC" || upper == "RESEND";
            subject.is_resend |= upper == "RESEND";
            if let Ok((_, number)) = part_of_series(word) {
                subject.number = subject.number.or(Some(number));
            }
            if let Ok((_, version)) = version(word) {
                subject.version = subject.version.or(Some(version));
            }
        }
        rest = after;
    }
    subject.title = rest.to_owned();
    subject
}

/// `Re:` and its like, in the languages of common mailers.
fn reply_word(text: &str) -> IResult<&str, &str> {
    let word = alt((
        tag_no_case("re"),
        tag_no_case("fwd"),
        tag_no_case("fw"),
        tag_no_case("aw"),
        tag_no_case("wg"),
        tag_no_case("sv"),
        tag_no_case("antw"),
    ));
    terminated(word, (char(':'), multispace0)).parse(text)
}

/// `[…]` and the blanks after it.
fn bracket(text: &str) -> IResult<&str, &str> {
    let inside = delimited(char('['), take_until("]"), char(']'));
    terminated(inside, multispace0).parse(text)
}

/// `2/12`
fn part_of_series(word: &str) -> IResult<&str, (u32, u32)> {
    all_consuming(separated_pair(number, char('/'), number)).parse(word)
}

/// `v2`, also where it is part of `PATCHv2`.
fn version(word: &str) -> IResult<&str, u32> {
    let start = recognize((opt(tag_no_case("patch")), tag_no_case("v")));
    terminated(preceded(start, number), eof).parse(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn encodings_are_undone() {
        assert_eq!(
            quoted_printable(b"a=3Db=\nc=C3=A9 =x\n"),
            "a=bc\u{e9} =x\n".as_bytes()
        );
        assert_eq!(base64(b"aGVs\nbG8="), b"hello");
        assert!(base64(b"aGVs\nbG8=\n__\nlist info\n").starts_with(b"hello"));
        assert_eq!(base64(b"-- \naGVs\n!bG8=\n====\naGVsbG8="), b"hellohello");
        let title = |subject: &str| {
            let mail = split(format!("From: a@b\nSubject: {subject}\n\ntext\n").as_bytes());
            mail[0].subject.clone().unwrap().title
        };
        assert_eq!(
            title("=?UTF-8?q?a_=C3=A9?= =?utf-8?B?Yg==?= c =? d"),
            "a \u{e9}b c =? d"
        );
        assert_eq!(
            title("=?ISO-8859-1?q?gr=F6=DFer?=\n =?iso-8859-1*de?B?+A==?="),
            "gr\u{f6}\u{df}er\u{f8}"
        );
        assert_eq!(
            title("=?koi8-r?B?0NLJ18XU?="),
            "\u{43f}\u{440}\u{438}\u{432}\u{435}\u{442}"
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
    fn subjects_say_what_a_mail_is() {
        let long = subject("[RFC][PATCH v3 02/12] mm: a thing [x]");
        assert_eq!(long.title, "mm: a thing [x]");
        assert_eq!((long.number, long.version), (Some((2, 12)), Some(3)));
        assert!(long.is_patch && !long.is_reply);
        let plain = subject("plain");
        assert_eq!(
            (&*plain.title, plain.number, plain.version),
            ("plain", None, None)
        );
        assert!(!plain.is_patch);
        let reply = subject("Re: AW: [PATCHv2] x");
        assert!(reply.is_reply && reply.is_patch);
        assert_eq!((&*reply.title, reply.version), ("x", Some(2)));
        assert!(!subject("Revert \"x\"").is_reply);
        assert_eq!(subject("[tip: x86/mm] a").number, None);
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
    fn html_that_repeats_the_text_is_left_out() {
        let mail = b"Subject: x\nContent-Type: multipart/mixed; boundary=\"b\"\n\npreamble\n--b\n\ntext\n--b\n\
            Content-Type: text/html\n\n<p>\n--b\nContent-Type: text/x-patch\nContent-Transfer-Encoding: base64\n\naGVsbG8K\n--b--\n";
        let mails = split(mail);
        assert_eq!(mails.len(), 1);
        assert_eq!(mails[0].text, b"text\nhello\n");
    }

    #[test]
    fn no_type_and_no_encoding_hides_a_difference() {
        let of = |head: &str, body: &str| {
            let mails = split(format!("Subject: x\n{head}\n\n{body}").as_bytes());
            String::from_utf8(mails[0].text.clone()).unwrap()
        };
        let patch = "diff --git a/a b/a\n";
        for kind in [
            "text/html",
            "application/octet-stream",
            "message/rfc822",
            "message/external-body",
            "image/png",
            "garbage",
            "",
            "text/plain; charset=\"",
        ] {
            let found = of(&format!("Content-Type: {kind}"), patch);
            assert!(found.contains(patch), "{kind}: {found}");
            let parts = format!("--b\n\nhi\n--b\nContent-Type: {kind}\n\n{patch}\n--b--\n");
            let found = of("Content-Type: multipart/mixed; boundary=b", &parts);
            assert!(found.contains(patch), "{kind} as a part: {found}");
        }
        for name in [
            "base64;",
            "\"base64\"",
            "(x) BASE64",
            "7bit\nContent-Transfer-Encoding: base64",
        ] {
            let head = format!("Content-Type: text/plain\nContent-Transfer-Encoding: {name}");
            let found = of(&head, "!\nZGlmZiAtLWdpdCBhL2EgYi9hCg==\n");
            assert_eq!(found, patch, "{name}");
        }
    }
}
