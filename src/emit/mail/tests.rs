//! The parts of a mail, and a whole one.

use super::*;

#[test]
fn dates_are_those_of_the_calendar() {
    for (seconds, offset, expected) in [
        (0, 0, "Thu, 1 Jan 1970 00:00:00 +0000"),
        (951_782_400, 0, "Tue, 29 Feb 2000 00:00:00 +0000"),
        (1_700_000_000, 60, "Tue, 14 Nov 2023 23:13:20 +0100"),
        (1_700_000_000, -210, "Tue, 14 Nov 2023 18:43:20 -0330"),
        (-1, 0, "Wed, 31 Dec 1969 23:59:59 +0000"),
    ] {
        assert_eq!(date(seconds, offset), expected);
    }
    // Nothing that a clock may say is too much.
    let _ = (date(i64::MAX, 900), date(i64::MIN, -900));
}

#[test]
fn names_are_encoded_where_they_have_to_be() {
    assert_eq!(header("A B"), "A B");
    assert_eq!(header("A. B"), "\"A. B\"");
    assert_eq!(header("a\"\nX-Bad: 1"), "\"a X-Bad: 1\"");
    assert_eq!(header("J\u{f6}rg A"), "=?UTF-8?q?J=C3=B6rg_A?=");
}

#[test]
fn lines_are_wrapped_and_long_words_are_not_cut() {
    let mut out = String::new();
    wrap(&mut out, &"word ".repeat(20), "  ", "    ");
    assert!(
        out.lines()
            .all(|line| line.len() <= crate::report::letter::WIDTH),
        "{out}"
    );
    assert!(
        out.lines().skip(1).all(|line| line.starts_with("    w")),
        "{out}"
    );
    out.clear();
    wrap(&mut out, &"x".repeat(100), "  ", "    ");
    assert_eq!(out.lines().count(), 1);
}
