//! Owns the white space of a Kconfig file as the kernel's coding style asks for it: one tab before what belongs to an entry, two more
//! blanks before its help, no blanks at the end of a line, one newline at the end of the file.
//!
//! Nothing but white space changes, and nothing of what the file says: the result is read again, and where it says something else
//! there is no result. How a continued line is aligned, how deep a help goes below its first line and how far blocks are indented is
//! the author's choice. It must not know the protocol.

use std::ops::Range;
use std::sync::Arc;

use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::{File, PropertyKind, StatementKind};

/// How many columns a tab takes.
const TAB: usize = 8;

/// A change of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Edit {
    /// The bytes that go.
    pub bytes: Range<usize>,
    /// The replacement.
    pub text: String,
}

/// Change of the white space before a line.
#[derive(Clone, Debug)]
enum Indent {
    /// It stays.
    Keep,
    /// It becomes so many tabs.
    Tabs(usize),
    /// It belongs to the help text of this number.
    Help(usize),
}

/// A help text.
struct Help {
    /// The lines, counted from 0.
    lines: Range<usize>,
    /// The column of its first line.
    column: usize,
    /// How many tabs stand before the entry's other lines.
    tabs: usize,
}

/// Returns the edits for the lines `wanted` of a file, counted from 0; in order, one edit per place. A help text of which one line
/// is wanted is wanted as a whole.
pub(super) fn edits(file: &File, wanted: Range<usize>) -> Vec<Edit> {
    let text = file.text();
    let lines: Vec<Range<usize>> = line_ranges(text);
    let (indents, helps) = plan(file, &lines);
    let mut wanted = wanted.start.min(lines.len())..wanted.end.min(lines.len());
    for help in &helps {
        if help.lines.start < wanted.end && wanted.start < help.lines.end {
            wanted.start = wanted.start.min(help.lines.start);
            wanted.end = wanted.end.max(help.lines.end);
        }
    }
    let mut edits = Vec::new();
    for number in wanted.clone() {
        let range = lines[number].clone();
        let line = &text[range.clone()];
        let blank = line.len() - line.trim_start_matches([' ', '\t']).len();
        let old = &line[..blank];
        if blank < line.len() {
            let new = match &indents[number] {
                Indent::Keep => None,
                Indent::Tabs(tabs) => Some("\t".repeat(*tabs)),
                Indent::Help(index) => Some(help_indent(old, &helps[*index])),
            };
            if let Some(new) = new.filter(|new| new != old) {
                edits.push(Edit {
                    bytes: range.start..range.start + blank,
                    text: new,
                });
            }
        }
        let kept = line.trim_end_matches([' ', '\t']);
        // A backslash at the end of a line says that the next one belongs to it.
        if kept.len() < line.len() && !kept.ends_with('\\') && !is_assignment(file, &range) {
            edits.push(Edit {
                bytes: range.start + kept.len()..range.end,
                text: String::new(),
            });
        }
    }
    if wanted.end == lines.len() {
        end_of_file(text, &mut edits);
    }
    if says_the_same(file, &edits) {
        edits
    } else {
        Vec::new()
    }
}

/// The text with some edits, which are in order and apart.
pub(super) fn apply(text: &str, edits: &[Edit]) -> String {
    let mut new = String::with_capacity(text.len());
    let mut at = 0;
    for edit in edits {
        new.push_str(text.get(at..edit.bytes.start).unwrap_or_default());
        new.push_str(&edit.text);
        at = edit.bytes.end;
    }
    new.push_str(text.get(at..).unwrap_or_default());
    new
}

/// The bytes of each line, without what ends it.
fn line_ranges(text: &str) -> Vec<Range<usize>> {
    let mut start = 0;
    text.split_inclusive('\n')
        .map(|line| {
            let content = line.trim_end_matches('\n');
            let range = start..start + content.len();
            start += line.len();
            range
        })
        .collect()
}

/// Decides how the white space before each line changes, and finds the help texts.
fn plan(file: &File, lines: &[Range<usize>]) -> (Vec<Indent>, Vec<Help>) {
    let text = file.text();
    let mut indents = vec![Indent::Keep; lines.len()];
    let mut helps = Vec::new();
    let columns = |number: usize| {
        let line = lines.get(number).map_or("", |range| &text[range.clone()]);
        column(line)
    };
    let set = |indents: &mut Vec<Indent>, line: u32, tabs: usize| {
        if let Some(indent) = indents.get_mut(line as usize - 1) {
            *indent = Indent::Tabs(tabs);
        }
    };
    each_statement(file.statements(), &mut |statement| {
        let tabs = columns(statement.line as usize - 1) / TAB;
        if !matches!(statement.kind, StatementKind::Assignment(..)) {
            set(&mut indents, statement.line, tabs);
        }
        for property in statement.kind.properties() {
            set(&mut indents, property.line, tabs + 1);
            let PropertyKind::Help(span) = property.kind else {
                continue;
            };
            let number = |byte: u32| lines.partition_point(|range| range.end < byte as usize);
            let (start, end) = (number(span.start), number(span.end));
            // Where the text ends without a newline, its last line belongs to it.
            let end = match text.as_bytes().get(span.end as usize - 1) {
                Some(b'\n') | None => end,
                Some(_) => end + 1,
            };
            let has_text = |number: &usize| {
                let line = lines.get(*number).map_or("", |range| &text[range.clone()]);
                !line.trim_matches([' ', '\t']).is_empty()
            };
            let Some(first) = (start..end).find(has_text) else {
                continue;
            };
            for indent in indents.iter_mut().take(end).skip(start) {
                *indent = Indent::Help(helps.len());
            }
            helps.push(Help {
                lines: start..end,
                column: columns(first),
                tabs: tabs + 1,
            });
        }
    });
    close_blocks(text, lines, &mut indents);
    (indents, helps)
}

/// Lines that close a block have no statement of their own.
fn close_blocks(text: &str, lines: &[Range<usize>], indents: &mut [Indent]) {
    let mut is_continued = false;
    for (range, indent) in lines.iter().zip(indents) {
        let line = &text[range.clone()];
        let word = line
            .trim_start_matches([' ', '\t'])
            .split(|c: char| !c.is_ascii_alphanumeric());
        let closes = matches!(
            word.into_iter().next(),
            Some("endif" | "endmenu" | "endchoice")
        );
        if closes && !is_continued && matches!(indent, Indent::Keep) {
            *indent = Indent::Tabs(column(line) / TAB);
        }
        is_continued = line.ends_with('\\');
    }
}

/// The column of the first character of a line that is not blank.
fn column(line: &str) -> usize {
    let mut column = 0;
    for byte in line.bytes() {
        match byte {
            b'\t' => column = column / TAB * TAB + TAB,
            b' ' => column += 1,
            _ => break,
        }
    }
    column
}

/// The white space before a line of a help, which has `old` now.
fn help_indent(old: &str, help: &Help) -> String {
    let deeper = column(old).saturating_sub(help.column);
    let base = help.tabs * TAB + 2;
    // If the help is in the right column and the line starts with tabs, the author's indentation stays.
    let tabs = "\t".repeat(help.tabs);
    if help.column == base && old.starts_with(&*tabs) && !old.contains(" \t") {
        return old.to_owned();
    }
    if column(old) == base + deeper && old.starts_with(&*tabs) && !old.contains(" \t") {
        return old.to_owned();
    }
    format!("{tabs}  {}", " ".repeat(deeper))
}

/// Whether a line is one of an assignment, whose value goes to the end of the line.
fn is_assignment(file: &File, line: &Range<usize>) -> bool {
    let mut is_one = false;
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::Assignment(_, _, value) = statement.kind {
            let of = statement.span.start as usize..value.end.max(statement.span.end) as usize;
            is_one |= of.start <= line.end && line.start <= of.end;
        }
    });
    is_one
}

/// Has the file end with one newline.
fn end_of_file(text: &str, edits: &mut Vec<Edit>) {
    let content = text.trim_end_matches([' ', '\t', '\n']);
    if content.is_empty() || content.ends_with(['\\', '\r']) {
        return;
    }
    if text[content.len()..] == *"\n" {
        return;
    }
    edits.retain(|edit| edit.bytes.start < content.len());
    edits.push(Edit {
        bytes: content.len()..text.len(),
        text: "\n".to_owned(),
    });
}

/// Whether the file says the same with the edits.
fn says_the_same(file: &File, edits: &[Edit]) -> bool {
    if edits.is_empty() {
        return true;
    }
    let new = File::parse(Arc::clone(file.path()), apply(file.text(), edits));
    let bare = |text: &str| text.replace([' ', '\t', '\n'], "");
    bare(new.text()) == bare(file.text())
        && new.diagnostics().len() <= file.diagnostics().len()
        && new.same_tree(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn formatted(text: &str) -> String {
        let file = File::parse(Arc::from("Kconfig"), text.to_owned());
        apply(text, &edits(&file, 0..usize::MAX))
    }

    #[test]
    fn entries_get_a_tab_and_helps_two_blanks_more() {
        let text = "config A\n        bool \"a\"  \n  depends on B && \\\n             C\n    help\n      One.\n\n        Two.\n  endif\n\n\n";
        let expected = "config A\n\tbool \"a\"\n\tdepends on B && \\\n             C\n\thelp\n\t  One.\n\n\t    Two.\n";
        // The `endif` closes nothing, so what follows the help is an error; white space around it is still fixed.
        assert_eq!(formatted(text), format!("{expected}endif\n"));
        let again = formatted(expected);
        assert_eq!(again, expected);
    }

    #[test]
    fn what_is_in_order_stays() {
        for text in [
            "config A\n\tbool\n\thelp\n\t  One.\n\t\tTwo.\n\n\t      Three.\n",
            "X := a  \nconfig A\n\tbool\n",
            "choice\n\tprompt \"x\"\n\n\tconfig A\n\t\tbool \"a\"\n\t\thelp\n\t\t  One.\n\nendchoice\n",
            "# a\n  # b\n",
            "",
            "config A\n\tbool\n\thelp\nconfig B\n\tbool\n",
            "config A\r\n\tbool\r\n",
        ] {
            assert_eq!(formatted(text), text, "{text:?}");
        }
    }

    #[test]
    fn formatting_twice_is_formatting_once_and_says_the_same() {
        let texts = [
            "if X\n  config A\n    bool\n    help\n  One\n    two\n\n \t three\nconfig B\n  bool",
            " config A\n\t\tbool\n   \thelp\n\t\t\t x\n\t\t\t\ty\n    default y\n",
            "menu \"a\"\n    depends on B\n    source \"x\"\nendmenu   \n",
            "config A\n  bool\n  help\n    a\n  b\n",
            "config A\n  bool \\\n   \"x\"\n\n\n\n",
        ];
        for text in texts {
            let once = formatted(text);
            assert_eq!(formatted(&once), once, "{text:?}");
            let bare = |text: &str| text.replace([' ', '\t', '\n'], "");
            assert_eq!(bare(&once), bare(text));
        }
    }

    #[test]
    fn a_range_takes_whole_helps() {
        let text = "config A\n  bool\n  help\n    a\n    b\nconfig B\n  bool\n";
        let file = File::parse(Arc::from("Kconfig"), text.to_owned());
        let new = apply(text, &edits(&file, 4..5));
        assert_eq!(
            new,
            "config A\n  bool\n  help\n\t  a\n\t  b\nconfig B\n  bool\n"
        );
    }
}
