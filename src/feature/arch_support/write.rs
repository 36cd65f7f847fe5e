//! Owns the exact form of the lines that a table is made of.
//!
//! The widths are those of all tables of 6.1 to 7.2 and of `tools/docs/features-refresh.sh` (7.2): a name that is longer
//! than its column moves the rest of its row to the right and leaves the other lines alone.

use super::Status;

/// The line of dashes, with its newline.
pub const SEPARATOR: &str = "    -----------------------\n";

/// The title of the columns, with its newline.
pub const TITLE: &str = "    |         arch |status|\n";

/// The comment line without a text, with its newline.
pub const EMPTY_COMMENT: &str = "#\n";

/// The line of a feature's name, with its newline.
pub fn feature_name(value: &str) -> String {
    format!("# Feature name:          {value}\n")
}

/// The line of a Kconfig condition, with its newline.
pub fn kconfig(value: impl std::fmt::Display) -> String {
    format!("#         Kconfig:       {value}\n")
}

/// The line of the description, with its newline.
pub fn description(value: &str) -> String {
    format!("#         description:   {value}\n")
}

/// An architecture's row, with its newline.
pub fn row(arch: &str, status: &Status) -> String {
    const WIDTH: usize = 6;
    let word = status.word();
    // A word of odd length stands one column to the right of the middle.
    let left = WIDTH.saturating_sub(word.chars().count()).div_ceil(2);
    format!(
        "    |{arch:>12}: |{:<WIDTH$}|\n",
        format!("{:left$}{word}", "")
    )
}

/// Whether a row can name an architecture, so that reading the row gives the same name. A tree may have a directory of any name.
pub fn can_have_row(arch: &str) -> bool {
    let is_part = |c: char| c == '|' || c.is_whitespace() || c.is_control();
    !arch.is_empty() && !arch.contains(is_part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_aligned_as_in_the_kernel() {
        let cases = [
            ("x86", "ok", "    |         x86: |  ok  |\n"),
            ("microblaze", "TODO", "    |  microblaze: | TODO |\n"),
            ("um", "..", "    |          um: |  ..  |\n"),
            ("arc", "N/A", "    |         arc: |  N/A |\n"),
            ("a", "x", "    |           a: |   x  |\n"),
            (
                "averyverylongname",
                "whatever",
                "    |averyverylongname: |whatever|\n",
            ),
        ];
        for (arch, word, expected) in cases {
            assert_eq!(row(arch, &Status::of_word(word)), expected);
        }
    }

    #[test]
    fn a_name_that_a_row_cannot_hold_is_told() {
        for arch in ["x86", "\u{e9}", "a:b", "::"] {
            assert!(can_have_row(arch), "{arch:?}");
        }
        for arch in ["", "a b", "a|b", "a\nb", "a\u{85}b", "a\u{1b}b"] {
            assert!(!can_have_row(arch), "{arch:?}");
        }
    }
}
