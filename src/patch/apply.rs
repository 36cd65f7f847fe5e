//! Owns putting hunks onto a tree, in memory. As with `git apply`, a hunk may stand at another line than it says, and has to fit
//! there to the letter.

use super::{FileChange, Hunk, Line, Nearest, Patch, PatchError, Sign};
use crate::limits::{PATCH_FILES, PATCH_HUNKS, PATH_DEPTH, PATH_LENGTH};
use crate::tree::Tree;

/// The tree with a patch on top of it.
///
/// # Errors
///
/// It does not apply, leaves the tree, or changes as a binary file what kfeat reads as text. Of other binary files it knows only
/// that they are there.
pub fn apply(tree: &Tree, patch: &Patch) -> Result<Tree, PatchError> {
    within_limits(patch)?;
    let mut patched = tree.clone();
    for file in &patch.files {
        // A file may occur twice, and then the second change builds on the first; but what is renamed is what was there.
        let (old, new) = paths(tree, &patched, file)?;
        if file.modes.0.as_deref() == Some("160000") || file.modes.1.as_deref() == Some("160000") {
            // A submodule has no files in the tree.
            continue;
        }
        let shown = || {
            new.as_deref()
                .or(old.as_deref())
                .unwrap_or_default()
                .to_owned()
        };
        if file.is_binary && is_read(&shown()) {
            return Err(PatchError::Binary { path: shown() });
        }
        let is_moved = old.is_some() && new.is_some() && old != new;
        if old == new && file.hunks.is_empty() {
            continue;
        }
        let text = match &old {
            None => Vec::new(),
            Some(old) => {
                let from = if is_moved { tree } else { &patched };
                from.read_itself(old)?
            }
        };
        let text = put(&text, &file.hunks, &shown())?;
        match (&old, &new) {
            (Some(old), None) if text.is_empty() || (file.is_git && file.hunks.is_empty()) => {
                // A binary file, or one of which the lines were left out (`git diff -D`).
                patched.overlay(old, None)?;
            }
            // A file that a plain difference does not fully remove keeps the rest.
            (Some(old), None) => patched.overlay(old, Some(text))?,
            (_, Some(new)) => {
                if let Some(old) = old.as_ref().filter(|_| is_moved && !file.is_copy) {
                    patched.overlay(old, None)?;
                }
                if file.modes.1.as_deref() == Some("120000") {
                    patched.overlay_link(new, &String::from_utf8_lossy(&text))?;
                } else {
                    patched.overlay(new, Some(text))?;
                }
            }
            (None, None) => {}
        }
    }
    Ok(patched)
}

/// Refuses what would take very long.
fn within_limits(patch: &Patch) -> Result<(), PatchError> {
    if patch.files.len() > PATCH_FILES.length() {
        return Err(PATCH_FILES.reached("a patch").into());
    }
    let hunks: usize = patch.files.iter().map(|file| file.hunks.len()).sum();
    if hunks > PATCH_HUNKS.length() {
        return Err(PATCH_HUNKS.reached("a patch").into());
    }
    for file in &patch.files {
        for path in [&file.old, &file.new].into_iter().flatten() {
            let start: String = path.chars().take(60).collect();
            let subject = || format!("the path `{start}…` of a patch");
            if path.len() > PATH_LENGTH.length() {
                return Err(PATH_LENGTH.reached(subject()).into());
            }
            if path.matches('/').count() > PATH_DEPTH.length() {
                return Err(PATH_DEPTH.reached(subject()).into());
            }
        }
    }
    Ok(())
}

/// The paths of a file in the tree before and afterwards.
fn paths(
    tree: &Tree,
    patched: &Tree,
    file: &FileChange,
) -> Result<(Option<String>, Option<String>), PatchError> {
    for name in [&file.old, &file.new].into_iter().flatten() {
        if name.starts_with('/') || name.split('/').any(|part| part == "..") {
            return Err(PatchError::LeavesTree { path: name.clone() });
        }
    }
    let is_there = |path: &str| patched.has_entry(path) || tree.has_entry(path);
    let stripped = |name: &String| match name.split_once('/') {
        Some((_, rest)) if file.is_prefixed => rest.trim_start_matches('/').to_owned(),
        _ => name.clone(),
    };
    let inside = |path: String| match patched.is_behind_link(&path) {
        true => Err(PatchError::LeavesTree { path }),
        false => Ok(path),
    };
    if !file.is_git {
        // A plain difference names a file twice, and with some tools only one of the names is that of the tree. It may be
        // written for `patch -p0`, too: of several files it is the one that it fits.
        let written = || [&file.new, &file.old].into_iter().flatten();
        let mut candidates: Vec<String> = Vec::new();
        for path in written().map(stripped).chain(written().cloned()) {
            if is_there(&path) && !candidates.contains(&path) {
                candidates.push(path);
            }
        }
        let fits = |path: &&String| {
            let text = patched.read_itself(path);
            text.is_ok_and(|text| put(&text, &file.hunks, path).is_ok())
        };
        let fitting = match &*candidates {
            [_, _, ..] => candidates.iter().find(fits),
            _ => None,
        };
        let existing = fitting.or(candidates.first()).cloned();
        // A file that comes does so in a directory, if one of its names has one that is there.
        let place = |name: &String| match name.rsplit_once('/') {
            Some((directory, _)) if patched.list(directory).is_ok() => name.clone(),
            _ => stripped(name),
        };
        return match (&file.old, &file.new, existing) {
            (_, None, Some(path)) => Ok((Some(inside(path)?), None)),
            (Some(_), Some(_), Some(path)) => {
                let path = inside(path)?;
                Ok((Some(path.clone()), Some(path)))
            }
            // `diff -N` gives a file that is not there a name all the same.
            (Some(_), Some(new), None) if creates(file) => Ok((None, Some(inside(place(new))?))),
            (None, Some(_), Some(path)) => Err(PatchError::Exists { path }),
            (None, Some(new), None) => Ok((None, Some(inside(place(new))?))),
            (Some(name), _, None) => Err(PatchError::NoFile {
                path: stripped(name),
            }),
            (None, None, _) => Ok((None, None)),
        };
    }
    let path = |name: &String| {
        let stripped = stripped(name);
        // The author may have removed the prefix, or given both names the same.
        let without_first = name.split_once('/').map(|(_, rest)| rest.to_owned());
        let mut others = std::iter::once(name.clone()).chain(without_first);
        match is_there(&stripped) {
            true => stripped,
            false => others.find(|path| is_there(path)).unwrap_or(stripped),
        }
    };
    let old = file.old.as_ref().map(path).map(inside).transpose()?;
    let new = match (&file.new, &old) {
        (Some(new), Some(old)) if Some(new) != file.old.as_ref() && stripped(new) == *old => {
            Some(old.clone())
        }
        (Some(new), _) => Some(inside(path(new))?),
        (None, _) => None,
    };
    if let Some(old) = old.as_ref().filter(|old| !is_there(old)) {
        return Err(PatchError::NoFile { path: old.clone() });
    }
    if let (None, Some(new)) = (&old, &new)
        && patched.has_entry(new)
    {
        return Err(PatchError::Exists { path: new.clone() });
    }
    Ok((old, new))
}

/// Whether kfeat may read the file as text.
fn is_read(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let starts = ["Kconfig", "Makefile", "Kbuild"];
    starts.iter().any(|start| name.starts_with(start))
        || ["S", "c", "config", "h", "s", "txt", "yaml"].contains(&extension)
        || name.ends_with("defconfig")
}

/// Whether the hunks make a file out of nothing.
fn creates(file: &FileChange) -> bool {
    file.hunks.iter().all(|hunk| hunk.old_start == 0)
}

/// The text with the hunks in it; `path` is for the error.
fn put(text: &[u8], hunks: &[Hunk], path: &str) -> Result<Vec<u8>, PatchError> {
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let has_carriage_returns = lines.first().is_some_and(|line| line.ends_with(b"\r\n"));
    let mut out = Vec::with_capacity(text.len());
    // How many lines were taken over, and how far the last hunk stood from where it said.
    let (mut taken, mut offset) = (0usize, 0isize);
    for (index, hunk) in hunks.iter().enumerate() {
        let old: Vec<&[u8]> = side(hunk, Sign::Added);
        // Without lines of the old file the number is that of the line before.
        let said = if old.is_empty() {
            hunk.old_start
        } else {
            hunk.old_start.saturating_sub(1)
        };
        let expected = said.saturating_add_signed(offset);
        let Some(at) = find(&lines, hunk, &old, expected, taken) else {
            return Err(PatchError::Rejected {
                path: path.to_owned(),
                number: index + 1,
                of: hunks.len(),
                header: hunk.header.clone(),
                nearest: Box::new(nearest(&lines, hunk, &old, expected)),
            });
        };
        offset = at as isize - said as isize;
        out.extend(lines[taken..at].iter().flat_map(|line| line.iter()));
        taken = at;
        for Line { sign, text } in &hunk.lines {
            match sign {
                // The file's own line stays, whatever its end is in the patch.
                Sign::Context => {
                    out.extend_from_slice(lines[taken]);
                    taken += 1;
                }
                Sign::Removed => taken += 1,
                Sign::Added => match text.strip_suffix(b"\n") {
                    Some(line) if has_carriage_returns && !line.ends_with(b"\r") => {
                        out.extend_from_slice(line);
                        out.extend_from_slice(b"\r\n");
                    }
                    _ => out.extend_from_slice(text),
                },
            }
        }
    }
    out.extend(lines[taken..].iter().flat_map(|line| line.iter()));
    Ok(out)
}

/// The lines of one side of a hunk: all but those of a sign.
fn side(hunk: &Hunk, without: Sign) -> Vec<&[u8]> {
    let lines = hunk.lines.iter().filter(|line| line.sign != without);
    lines.map(|line| &*line.text).collect()
}

/// Where the lines stand that the hunk has of the old file, nearest to where they are expected and not before `from`.
fn find(
    lines: &[&[u8]],
    hunk: &Hunk,
    old: &[&[u8]],
    expected: usize,
    from: usize,
) -> Option<usize> {
    let last = lines.len().checked_sub(old.len())?;
    let fits = |at: usize| {
        at >= from && at <= last && old.iter().zip(&lines[at..]).all(|(a, b)| is_same(a, b))
    };
    let expected = expected.min(last);
    let context = |line: Option<&Line>| line.is_some_and(|line| line.sign == Sign::Context);
    let (leads, trails) = (context(hunk.lines.first()), context(hunk.lines.last()));
    // Lines before it and none after it mean the end of the file: where more follows, it may have been applied before
    // (`apply.c: apply_one_fragment`, `match_end`, in git).
    let is_of_the_end = leads && !trails;
    if fits(expected) && (!is_of_the_end || expected == last) {
        return Some(expected);
    }
    // Without lines around it, or at an end of the file, there is nothing to find it by elsewhere.
    if old.is_empty() {
        return None;
    }
    if hunk.old_start <= 1 {
        return fits(0).then_some(0);
    }
    if is_of_the_end {
        return fits(last).then_some(last);
    }
    (1..=lines.len()).find_map(|distance| {
        let before = expected.checked_sub(distance).filter(|&at| fits(at));
        before.or_else(|| Some(expected.saturating_add(distance)).filter(|&at| fits(at)))
    })
}

/// Whether two lines are the same but for a carriage return at their ends.
fn is_same(a: &[u8], b: &[u8]) -> bool {
    a == b || (a.ends_with(b"\n") && b.ends_with(b"\n") && without_end(a) == without_end(b))
}

fn without_end(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// The text of the file where most lines of the hunk match.
fn nearest(lines: &[&[u8]], hunk: &Hunk, old: &[&[u8]], expected: usize) -> Nearest {
    let new = side(hunk, Sign::Removed);
    let changes = hunk.lines.iter().any(|line| line.sign == Sign::Added);
    let is_new_at = |&at: &usize| new.iter().zip(&lines[at..]).all(|(a, b)| is_same(a, b));
    if let Some(last) = lines.len().checked_sub(new.len())
        && changes
        && let Some(at) = (0..=last).find(is_new_at)
    {
        return Nearest::Applied { line: at + 1 };
    }
    let score = |at: usize| {
        let pairs = old.iter().zip(&lines[at..]);
        // Empty lines and single braces are everywhere.
        pairs
            .filter(|(a, b)| a.trim_ascii().len() > 1 && is_same(a, b))
            .count()
    };
    let best = (0..lines.len())
        .map(|at| (score(at), at))
        .max_by_key(|&(score, at)| (score, std::cmp::Reverse(at.abs_diff(expected))));
    let Some((1.., at)) = best else {
        return Nearest::Nothing;
    };
    let text = |line: &[u8]| String::from_utf8_lossy(without_end(line)).into_owned();
    let differs = (0..old.len()).find(|&index| {
        let found = lines.get(at + index);
        !found.is_some_and(|found| is_same(old[index], found))
    });
    match differs {
        Some(index) => Nearest::Line {
            line: at + 1,
            differs: at + index + 1,
            found: lines.get(at + index).map(|line| text(line)),
            expected: text(old[index]),
        },
        // It matches, but before the place of an earlier hunk.
        None => Nearest::Earlier { line: at + 1 },
    }
}
