//! Owns where a help text ends and what it says: state `HELP` of `lexer.l`.

/// The length in bytes of the help lines at the start of `text`, which begins on the line below `help`.
///
/// A help ends before the first line that is indented less than its first line, and always before a line that is not
/// indented at all, unless it is the very first.
pub(super) fn length(text: &str) -> usize {
    let mut position = 0;
    let mut first_indent = 0;
    for (number, line) in text.split_inclusive('\n').enumerate() {
        let content = line.trim_end_matches('\n');
        let (indent, blank) = indent(content);
        let unindented = content.starts_with(|c| c != ' ' && c != '\t');
        if !blank && number > 0 && (unindented || indent < first_indent) {
            break;
        }
        if !blank && first_indent == 0 {
            first_indent = indent;
        }
        position += line.len();
    }
    position
}

/// Returns what the help lines say: without the indentation of the first, deeper indentation as blanks.
pub(super) fn text(lines: &str) -> String {
    let mut result = String::with_capacity(lines.len());
    let mut first_indent = 0;
    for line in lines.split('\n') {
        let (indent, blank) = indent(line);
        if !blank {
            if first_indent == 0 {
                first_indent = indent;
            }
            let deeper = indent.saturating_sub(first_indent);
            result.extend(std::iter::repeat_n(' ', deeper));
            result.push_str(line.trim_matches([' ', '\t']));
        }
        result.push('\n');
    }
    result.truncate(result.trim_end_matches('\n').len());
    result
}

/// The column of a line's first character that is no blank, tabs reaching to the next multiple of 8, and whether there is
/// none.
fn indent(line: &str) -> (usize, bool) {
    let mut column = 0;
    for byte in line.bytes() {
        match byte {
            b'\t' => column = (column & !7) + 8,
            b' ' => column += 1,
            _ => return (column, false),
        }
    }
    (column, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ends_at_less_indentation() {
        assert_eq!(length("\t  a\n\n\t  b\n\tbool\n"), 11);
        assert_eq!(length("  a\nconfig B\n"), 4);
        assert_eq!(length("  a\n\n\nconfig B\n"), 6);
        assert_eq!(length("a\nconfig B\n"), 2);
        assert_eq!(length(""), 0);
    }

    #[test]
    fn keeps_deeper_indentation_and_cuts_blanks() {
        assert_eq!(text("\t  a  \n\t\n\t\t  b\n\n"), "a\n\n        b");
        assert_eq!(text("   \n"), "");
    }
}
