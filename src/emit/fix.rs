//! Owns how the safe fixes of findings become new texts of files.

use std::collections::BTreeMap;

use crate::diag::{Diagnostic, Edit};

/// A file that fixes change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// The path, relative to the tree's root.
    pub path: String,
    /// The text as it is.
    pub before: String,
    /// The text with all fixes.
    pub after: String,
    /// The changes that lead there, in order and apart from each other.
    edits: Vec<Edit>,
}

impl Fixed {
    /// The bytes of the file with all fixes, from those that it has now: what is not UTF-8 stands in the texts as `?`, and is to
    /// stay what it is. `None` where the bytes are not those of the text.
    pub fn bytes(&self, now: &[u8]) -> Option<Vec<u8>> {
        let before = self.before.as_bytes();
        let is_same = |(now, text): (&u8, &u8)| now == text || (*text == b'?' && *now >= 0x80);
        if now.len() != before.len() || !now.iter().zip(before).all(is_same) {
            return None;
        }
        let mut out = Vec::with_capacity(now.len());
        let mut done = 0;
        for edit in &self.edits {
            out.extend_from_slice(&now[done..edit.location.start as usize]);
            out.extend_from_slice(edit.text.as_bytes());
            done = edit.location.end as usize;
        }
        out.extend_from_slice(&now[done..]);
        Some(out)
    }
}

/// Describes what fixes come to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fixes {
    /// The files that change, sorted by path.
    pub files: Vec<Fixed>,
    /// For each finding whether its fix is among the changes. A finding without a fix is not; nor is one whose fix touches
    /// bytes that an earlier one changes, or a file that `source` cannot give: a second run sees it again.
    pub fixed: Vec<bool>,
}

/// The texts that the fixes of all findings make together. `source` takes a path and gives the text of the file.
pub fn apply(findings: &[Diagnostic], source: &dyn Fn(&str) -> Option<String>) -> Fixes {
    let mut texts: BTreeMap<String, Option<String>> = BTreeMap::new();
    let mut accepted: BTreeMap<String, Vec<&Edit>> = BTreeMap::new();
    let mut fixed = Vec::with_capacity(findings.len());
    for finding in findings {
        let Some(fix) = &finding.fix else {
            fixed.push(false);
            continue;
        };
        let fits = fix.edits.iter().all(|edit| {
            let path = edit.location.path.to_string();
            let text = texts.entry(path).or_insert_with_key(|path| source(path));
            let others = accepted.get(&*edit.location.path);
            text.as_deref().is_some_and(|text| is_in(edit, text))
                && others.is_none_or(|others| others.iter().all(|other| can_join(edit, other)))
        });
        fixed.push(fits);
        if fits {
            for edit in &fix.edits {
                let of_file = accepted.entry(edit.location.path.to_string()).or_default();
                // Two findings may have the same remedy.
                if !of_file.contains(&edit) {
                    of_file.push(edit);
                }
            }
        }
    }
    let files = accepted.into_iter().filter_map(|(path, mut edits)| {
        edits.sort_by_key(|edit| (edit.location.start, edit.location.end));
        let before = texts.remove(&path)??;
        let after = replace(&before, &edits);
        Some(Fixed {
            path,
            before,
            after,
            edits: edits.into_iter().cloned().collect(),
        })
    });
    Fixes {
        files: files.collect(),
        fixed,
    }
}

/// The fixes of findings one after the other, each on top of those before it. All of them fit together, as [`apply`] found.
#[derive(Debug, Default)]
pub struct Steps {
    files: BTreeMap<String, Fixed>,
}

impl Steps {
    /// Adds the fix of the next finding. Returns the files that it changes, each with all fixes so far; no other file is looked at.
    pub fn add(
        &mut self,
        finding: &Diagnostic,
        source: &dyn Fn(&str) -> Option<String>,
    ) -> Vec<&Fixed> {
        let edits = finding.fix.iter().flat_map(|fix| &fix.edits);
        let mut paths: Vec<String> = Vec::new();
        for edit in edits {
            let path = edit.location.path.to_string();
            if !self.files.contains_key(&path) {
                let Some(before) = source(&path) else {
                    continue;
                };
                let fixed = Fixed {
                    path: path.clone(),
                    after: before.clone(),
                    before,
                    edits: Vec::new(),
                };
                self.files.insert(path.clone(), fixed);
            }
            if let Some(file) = self.files.get_mut(&path)
                && !file.edits.contains(edit)
            {
                let place = |edit: &Edit| (edit.location.start, edit.location.end);
                let at = file
                    .edits
                    .partition_point(|known| place(known) <= place(edit));
                file.edits.insert(at, edit.clone());
                paths.push(path);
            }
        }
        paths.sort();
        paths.dedup();
        for path in &paths {
            if let Some(file) = self.files.get_mut(path) {
                file.after = replace(&file.before, &file.edits.iter().collect::<Vec<_>>());
            }
        }
        let changed = paths.iter();
        changed.filter_map(|path| self.files.get(path)).collect()
    }
}

/// Whether the bytes that go away are there and are whole characters.
fn is_in(edit: &Edit, text: &str) -> bool {
    let (start, end) = (edit.location.start as usize, edit.location.end as usize);
    start <= end && text.is_char_boundary(start) && text.is_char_boundary(end)
}

/// Whether both can be made: they are the same, or they touch different bytes, or both add lines.
fn can_join(edit: &Edit, other: &Edit) -> bool {
    let (a, b) = (&edit.location, &other.location);
    let is_line =
        |edit: &Edit| edit.location.start == edit.location.end && edit.text.ends_with('\n');
    edit == other
        || a.end <= b.start && a.start < b.start
        || b.end <= a.start && b.start < a.start
        // Whole lines that are added at the same place stay in the order of the findings.
        || a.start == b.start && is_line(edit) && is_line(other)
}

/// The text with the edits, which are in order and apart from each other.
fn replace(text: &str, edits: &[&Edit]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut done = 0;
    for edit in edits {
        out.push_str(&text[done..edit.location.start as usize]);
        out.push_str(&edit.text);
        done = edit.location.end as usize;
    }
    out.push_str(&text[done..]);
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Fix, Label, Level, Location};

    const TEXT: &str = "one two three\n";

    fn finding(edits: &[(u32, u32, &str)]) -> Diagnostic {
        let edit = |&(start, end, text): &(u32, u32, &str)| Edit {
            location: Location::in_text("f".into(), TEXT.as_bytes(), start, end),
            text: text.to_owned(),
        };
        let fix = Fix {
            title: "change it".to_owned(),
            edits: edits.iter().map(edit).collect(),
        };
        let label = Label::new(Location::file("f"), "");
        Diagnostic::new("a-lint", Level::Deny, "bad", label).with_fix(fix)
    }

    fn applied(findings: &[Diagnostic]) -> (Vec<bool>, String) {
        let fixes = apply(findings, &|path| (path == "f").then(|| TEXT.to_owned()));
        let after = fixes.files.first().map(|file| file.after.clone());
        (fixes.fixed, after.unwrap_or_default())
    }

    #[test]
    fn edits_of_several_findings_are_joined() {
        let findings = [
            finding(&[(8, 13, "3")]),
            finding(&[(0, 3, "1"), (4, 7, "2")]),
        ];
        assert_eq!(applied(&findings), (vec![true, true], "1 2 3\n".to_owned()));
    }

    #[test]
    fn bytes_that_are_no_text_stay() {
        let fixes = apply(&[finding(&[(4, 7, "2")])], &|_| {
            Some("?ne two ?".to_owned())
        });
        let file = &fixes.files[0];
        assert_eq!(
            file.bytes(b"\xf6ne two ?").unwrap(),
            b"\xf6ne 2 ?".as_slice()
        );
        assert_eq!(file.bytes(b"one two ?"), None);
        assert_eq!(file.bytes(b"?ne two"), None);
    }

    #[test]
    fn what_overlaps_waits_for_the_next_run_and_the_same_is_made_once() {
        let findings = [
            finding(&[(0, 7, "x")]),
            finding(&[(4, 7, "y"), (8, 13, "z")]),
            finding(&[(0, 7, "x")]),
        ];
        let expected = (vec![true, false, true], "x three\n".to_owned());
        assert_eq!(applied(&findings), expected);
    }

    #[test]
    fn steps_come_to_the_same_and_read_each_file_once() {
        let findings = [
            finding(&[(8, 13, "3")]),
            finding(&[(0, 3, "1"), (4, 7, "2")]),
            finding(&[(0, 3, "1")]),
        ];
        let reads = std::cell::Cell::new(0);
        let source = |_: &str| {
            reads.set(reads.get() + 1);
            Some(TEXT.to_owned())
        };
        let mut steps = Steps::default();
        let mut texts = Vec::new();
        for finding in &findings {
            let changed = steps.add(finding, &source);
            texts.push(changed.first().map(|file| file.after.clone()));
        }
        let expected = [
            Some("one two 3\n".to_owned()),
            Some("1 2 3\n".to_owned()),
            None,
        ];
        assert_eq!(texts, expected);
        assert_eq!(reads.get(), 1);
    }

    #[test]
    fn lines_that_are_added_at_one_place_are_all_added() {
        let findings = [finding(&[(4, 4, "a\n")]), finding(&[(4, 4, "b\n")])];
        let expected = (vec![true, true], "one a\nb\ntwo three\n".to_owned());
        assert_eq!(applied(&findings), expected);
        let findings = [finding(&[(4, 4, "a")]), finding(&[(4, 4, "b\n")])];
        assert_eq!(applied(&findings).0, [true, false]);
    }

    #[test]
    fn a_place_that_is_not_in_the_text_changes_nothing() {
        let mut behind = finding(&[(0, 3, "x")]);
        behind.fix.as_mut().unwrap().edits[0].location.end = 900;
        assert_eq!(applied(&[behind]), (vec![false], String::new()));
        let mut elsewhere = finding(&[(0, 3, "x")]);
        elsewhere.fix.as_mut().unwrap().edits[0].location.path = "gone".into();
        assert_eq!(applied(&[elsewhere]), (vec![false], String::new()));
    }
}
