//! Owns which lines of a file a change touches.

use similar::DiffOp;

use crate::cover::lines::{self, Language, What};
use crate::cpp::scan::File;
use crate::tree::{Tree, TreeError};

/// The lines of a file that are new in `after`, counted from 1. Where lines are only removed, the line of code next to them stands for
/// them: what is left there has to compile. `None` where `after` has no such file.
///
/// # Errors
///
/// One of the two texts is there and cannot be read: nothing can be said about the change.
pub(super) fn lines(
    before: &Tree,
    after: &Tree,
    path: &str,
) -> Result<Option<Vec<u32>>, TreeError> {
    let text = |tree: &Tree| match tree.read(path) {
        Ok(text) => Ok(Some(text)),
        // A directory may have replaced the file.
        Err(TreeError::NotFound { .. } | TreeError::NotAFile { .. }) => Ok(None),
        Err(error) => Err(error),
    };
    let Some(new) = text(after)? else {
        return Ok(None);
    };
    let old = text(before)?.unwrap_or_default();
    let (old, new) = (String::from_utf8_lossy(&old), String::from_utf8_lossy(&new));
    Ok(Some(touched(path, &old, &new)))
}

fn touched(path: &str, old: &str, new: &str) -> Vec<u32> {
    let difference = similar::TextDiff::from_lines(old, new);
    let mut kinds: Option<Vec<What>> = None;
    let mut numbers: Vec<u32> = Vec::new();
    for op in difference.ops() {
        match *op {
            DiffOp::Equal { .. } => {}
            DiffOp::Insert {
                new_index, new_len, ..
            }
            | DiffOp::Replace {
                new_index, new_len, ..
            } => numbers.extend((new_index..new_index + new_len).map(|at| at as u32 + 1)),
            DiffOp::Delete { new_index, .. } => {
                let kinds = kinds.get_or_insert_with(|| kinds_of(path, new));
                numbers.extend(beside(kinds, new_index));
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers
}

/// Returns what each line of a text is.
fn kinds_of(path: &str, text: &str) -> Vec<What> {
    let language = lines::language(path);
    if let Language::C | Language::Assembler | Language::Header = language {
        let file = File::parse(path.into(), text);
        let all: Vec<u32> = (1..=text.lines().count() as u32).collect();
        return lines::classify(&file, &all, language == Language::Assembler);
    }
    let kind = |line: &str| match line.trim_start() {
        "" => What::Blank,
        comment if comment.starts_with('#') => What::Comment,
        _ => What::Code(0),
    };
    text.lines().map(kind).collect()
}

/// The line of code next to a gap with `at` lines before it: the one after it, unless a directive comes first.
fn beside(kinds: &[What], at: usize) -> Option<u32> {
    let is_one = |what: &What| matches!(what, What::Code(_) | What::Directive(_));
    let is_code = |&index: &usize| matches!(kinds[index], What::Code(_));
    let (before, after) = kinds.split_at(at.min(kinds.len()));
    let next = after.iter().position(is_one).map(|index| at + index);
    let last = before.iter().rposition(is_one);
    let found = next.filter(is_code).or_else(|| last.filter(is_code));
    found.or(next).or(last).map(|index| index as u32 + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn new_lines_are_named_and_code_beside_removed_ones() {
        let of = |old: &str, new: &str| touched("mm/a.c", old, new);
        assert_eq!(of("a;\nb;\n", "a;\nx;\ny;\nb;\n"), [2, 3]);
        assert_eq!(of("a;\nb;\nc;\n", "a;\nx;\nc;\n"), [2]);
        assert_eq!(of("a;\nb;\n\n/* c */\nd;\n", "a;\n\n/* c */\nd;\n"), [4]);
        // Code after a conditional may be compiled where the removed lines were not.
        let (old, new) = (
            "#ifdef A\na;\nb;\n#endif\nc;\n",
            "#ifdef A\na;\n#endif\nc;\n",
        );
        assert_eq!(of(old, new), [2]);
        assert_eq!(of("#ifdef A\nb;\n#endif\n", "#ifdef A\n#endif\n"), [2]);
        assert_eq!(of("a;\nb;\n", "a;\n"), [1]);
        assert_eq!(of("a;\n", ""), [0u32; 0]);
        assert_eq!(touched("mm/Kconfig", "a\nb\n# c\nd\n", "a\n# c\nd\n"), [3]);
    }
}
