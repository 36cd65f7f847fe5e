//! Owns how two versions of a file are compared: as the unified diff that `git apply` and `patch -p1` take.

use similar::TextDiff;

/// The unified diff that turns the file at `path` (relative to the tree's root) from `old` into `new`, with three lines of
/// context; empty where they are the same. `None` is a file that does not exist.
pub fn unified_diff(old: Option<&str>, new: &str, path: &str) -> String {
    if old == Some(new) {
        return String::new();
    }
    let before = match old {
        Some(_) => format!("a/{path}"),
        None => "/dev/null".to_owned(),
    };
    TextDiff::from_lines(old.unwrap_or_default(), new)
        .unified_diff()
        .context_radius(3)
        .header(&before, &format!("b/{path}"))
        .to_string()
}

/// The same for files that may have other bytes than text in them.
pub fn unified_diff_of_bytes(old: Option<&[u8]>, new: &[u8], path: &str) -> Vec<u8> {
    // To compare lines it does not matter what the bytes mean: each becomes a character, and that the byte again.
    let chars = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
    let old = old.map(chars);
    let diff = unified_diff(old.as_deref(), &chars(new), &chars(path.as_bytes()));
    let byte = |c: char| u8::try_from(u32::from(c)).unwrap_or(b'?');
    diff.chars().map(byte).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_text_has_no_diff() {
        assert_eq!(unified_diff(Some("a\n"), "a\n", "x"), "");
    }

    #[test]
    fn a_changed_line_has_its_context() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        let new = old.replace('5', "five");
        assert_eq!(
            unified_diff(Some(old), &new, "dir/x"),
            "--- a/dir/x\n+++ b/dir/x\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn bytes_come_out_as_they_are() {
        assert_eq!(
            unified_diff_of_bytes(Some(b"\xf6\na\n"), b"\xf6\nb\n", "\u{fc}"),
            b"--- a/\xc3\xbc\n+++ b/\xc3\xbc\n@@ -1,2 +1,2 @@\n \xf6\n-a\n+b\n"
        );
    }

    #[test]
    fn a_new_file_comes_from_nowhere() {
        assert_eq!(
            unified_diff(None, "a\nb\n", "x"),
            "--- /dev/null\n+++ b/x\n@@ -0,0 +1,2 @@\n+a\n+b\n"
        );
    }

    #[test]
    fn a_missing_newline_is_named() {
        assert_eq!(
            unified_diff(Some("a"), "a\n", "x"),
            "--- a/x\n+++ b/x\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
        );
    }
}
