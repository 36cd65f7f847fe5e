//! Edits of a tree's files, made in memory. Lines are found by what stands in them; an edit that does not find its line, or finds
//! it twice, is an error.
//!
//! Two lines are the same if they are so without the blanks at both ends and with every other run of blanks as one. `a > b` stands
//! for the next line `b` behind the one line `a`.

use std::collections::BTreeMap;
use std::ops::Range;

use kfeat::tree::Tree;
use libtest_mimic::Failed;

/// The lines from the first one up to the next other one, which is not among them.
pub type Lines = (&'static str, &'static str);

/// One edit. The first field is the file's path; a text that is put in consists of whole lines.
#[derive(Clone, Copy, Debug)]
pub enum Edit {
    /// Removes the line.
    Drop(&'static str, &'static str),
    /// Puts a text before the line.
    Before(&'static str, &'static str, &'static str),
    /// Puts a text after the line.
    After(&'static str, &'static str, &'static str),
    /// Puts a text in the place of the line.
    Replace(&'static str, &'static str, &'static str),
    /// Removes the lines.
    Cut(&'static str, Lines),
    /// Puts one text before the lines and another after them.
    Around(&'static str, Lines, &'static str, &'static str),
    /// Moves the lines into another file, behind a line of it.
    Move(&'static str, Lines, &'static str, &'static str),
    /// Puts another word in the place of each such word of the file.
    Word(&'static str, &'static str, &'static str),
    /// Puts a text at the end of the file.
    Append(&'static str, &'static str),
    /// Makes a new file.
    Create(&'static str, &'static str),
    /// Gives the file another path.
    Rename(&'static str, &'static str),
}

/// The files that edits change, with their new text; `None` for one that is gone.
pub type Changed = BTreeMap<String, Option<String>>;

/// Makes the edits on top of the tree, and says what they changed.
pub fn apply(tree: &mut Tree, edits: &[Edit]) -> Result<Changed, Failed> {
    let mut changed = Changed::new();
    for edit in edits {
        make(tree, edit, &mut changed)
            .map_err(|error| format!("{edit:?}: {}", error.message().unwrap_or("")))?;
    }
    for (path, text) in &changed {
        tree.overlay(path, text.clone().map(String::into_bytes))?;
    }
    Ok(changed)
}

/// The number of the line in the file, from 1.
pub fn line_of(tree: &Tree, path: &str, line: &str) -> Result<usize, Failed> {
    let text = tree.read_text(path)?;
    Ok(index(&split(&text), line)? + 1)
}

fn make(tree: &Tree, edit: &Edit, changed: &mut Changed) -> Result<(), Failed> {
    let read = |changed: &Changed, path: &str| -> Result<String, Failed> {
        match changed.get(path) {
            Some(Some(text)) => Ok(text.clone()),
            Some(None) => Err(format!("{path} is gone").into()),
            None => Ok(tree.read_text(path)?),
        }
    };
    match *edit {
        Edit::Create(path, text) => {
            if tree.is_file(path) && changed.get(path) != Some(&None) {
                return Err(format!("{path} is there").into());
            }
            changed.insert(path.into(), Some(text.into()));
            return Ok(());
        }
        Edit::Rename(path, to) => {
            let text = read(changed, path)?;
            changed.insert(path.into(), None);
            changed.insert(to.into(), Some(text));
            return Ok(());
        }
        _ => {}
    }
    let path = edit.path();
    let old = read(changed, path)?;
    let mut lines = split(&old);
    match *edit {
        Edit::Drop(_, line) => {
            let at = index(&lines, line)?;
            lines.remove(at);
        }
        Edit::Before(_, line, text) => {
            let at = index(&lines, line)?;
            lines.insert(at, text.into());
        }
        Edit::After(_, line, text) => {
            let at = index(&lines, line)?;
            lines.insert(at + 1, text.into());
        }
        Edit::Replace(_, line, text) => {
            let at = index(&lines, line)?;
            lines[at] = text.into();
        }
        Edit::Cut(_, which) => {
            lines.drain(range(&lines, which)?);
        }
        Edit::Around(_, which, before, behind) => {
            let which = range(&lines, which)?;
            lines.insert(which.end, behind.into());
            lines.insert(which.start, before.into());
        }
        Edit::Move(_, which, target, behind) => {
            let moved: Vec<String> = lines.drain(range(&lines, which)?).collect();
            let text = read(changed, target)?;
            let mut others = split(&text);
            let at = index(&others, behind)? + 1;
            others.splice(at..at, moved);
            changed.insert(target.into(), Some(others.concat()));
        }
        Edit::Word(_, old, new) => {
            for line in &mut lines {
                *line = replace_word(line, old, new);
            }
        }
        Edit::Append(_, text) => lines.push(text.into()),
        Edit::Create(..) | Edit::Rename(..) => {}
    }
    let new = lines.concat();
    if new == old {
        return Err("nothing was changed".into());
    }
    changed.insert(path.into(), Some(new));
    Ok(())
}

impl Edit {
    fn path(&self) -> &'static str {
        match self {
            Edit::Drop(path, ..)
            | Edit::Before(path, ..)
            | Edit::After(path, ..)
            | Edit::Replace(path, ..)
            | Edit::Cut(path, ..)
            | Edit::Around(path, ..)
            | Edit::Move(path, ..)
            | Edit::Word(path, ..)
            | Edit::Append(path, ..)
            | Edit::Create(path, ..)
            | Edit::Rename(path, ..) => path,
        }
    }
}

/// The lines with their ends.
fn split(text: &str) -> Vec<String> {
    text.split_inclusive('\n').map(str::to_owned).collect()
}

fn is_same(line: &str, wanted: &str) -> bool {
    line.split_whitespace().eq(wanted.split_whitespace())
}

/// The index of the one line that is `wanted`.
fn index(lines: &[String], wanted: &str) -> Result<usize, Failed> {
    if let Some((first, next)) = wanted.split_once(" > ") {
        let from = index(lines, first)? + 1;
        return next_one(lines, from, next);
    }
    let mut found = (0..lines.len()).filter(|&at| is_same(&lines[at], wanted));
    match (found.next(), found.next()) {
        (Some(at), None) => Ok(at),
        (None, _) => Err(format!("there is no line `{wanted}`").into()),
        (Some(_), Some(_)) => Err(format!("there are several lines `{wanted}`").into()),
    }
}

fn next_one(lines: &[String], from: usize, wanted: &str) -> Result<usize, Failed> {
    (from..lines.len())
        .find(|&at| is_same(&lines[at], wanted))
        .ok_or_else(|| format!("there is no line `{wanted}` from line {from} on").into())
}

/// The indices of the lines.
fn range(lines: &[String], (first, until): Lines) -> Result<Range<usize>, Failed> {
    let from = index(lines, first)?;
    Ok(from..next_one(lines, from + 1, until)?)
}

fn replace_word(line: &str, old: &str, new: &str) -> String {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let mut replaced = String::new();
    let mut rest = line;
    while let Some(at) = rest.find(old) {
        let (before, behind) = (&rest[..at], &rest[at + old.len()..]);
        replaced.push_str(before);
        let is_whole = !replaced.ends_with(is_word) && !behind.starts_with(is_word);
        replaced.push_str(if is_whole { new } else { old });
        rest = behind;
    }
    replaced + rest
}
