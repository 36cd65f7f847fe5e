//! Owns the text of a patch: which files it changes, and its hunks. Whether they fit a tree is not asked.

use nom::bytes::complete::tag;
use nom::character::complete::{char, u32 as number};
use nom::combinator::opt;
use nom::sequence::{delimited, preceded, separated_pair};
use nom::{IResult, Parser};

use super::{FileChange, Hunk, Line, Sign};

/// A line of the text, counted from 1, and what is wrong there.
type Damage = (usize, &'static str);

/// Holds what is wrong with a file of which only the header is there.
const NO_HUNKS: &str = "the file has no hunks";

/// Returns what a text does to files; nothing where it has no difference. What stands between differences is passed over.
pub(super) fn files(text: &[u8]) -> Result<Vec<FileChange>, Damage> {
    let lines: Vec<&[u8]> = text.split_inclusive(|&byte| byte == b'\n').collect();
    let mut files: Vec<FileChange> = Vec::new();
    let mut at = 0;
    while let Some(line) = lines.get(at) {
        let plain = chomp(line);
        if let Some(names) = plain.strip_prefix(b"diff --git ") {
            let (file, next) = git_header(&lines, at + 1, names)?;
            files.push(file);
            at = next;
        } else if plain.starts_with(b"diff --cc ") || plain.starts_with(b"diff --combined ") {
            return Err((
                at + 1,
                "a combined diff of a merge cannot be applied; give the diff against one parent",
            ));
        } else if let Some((old, new)) = names(&lines, at) {
            files.push(FileChange {
                old: (old != "/dev/null").then_some(old),
                new: (new != "/dev/null").then_some(new),
                is_prefixed: true,
                ..FileChange::default()
            });
            at += 2;
        } else {
            if plain.starts_with(b"Binary files ")
                && plain.ends_with(b" differ")
                && files.is_empty()
            {
                return Err((at + 1, "binary files cannot be applied"));
            }
            at += 1;
            continue;
        }
        let Some(file) = files.last_mut() else {
            continue;
        };
        while let Some(line) = lines.get(at).filter(|line| line.starts_with(b"@@ ")) {
            let (hunk, next) = hunk(&lines, at, line)?;
            file.hunks.push(hunk);
            at = next;
        }
        if lines.get(at).is_some_and(|line| line.starts_with(b"@@")) {
            return Err((at + 1, "invalid numbers in the header of the hunk"));
        }
        if !file.is_git && file.hunks.is_empty() {
            return Err((at, NO_HUNKS));
        }
    }
    Ok(files)
}

/// The names in the lines `---` and `+++` at `at`, if they are there.
fn names(lines: &[&[u8]], at: usize) -> Option<(String, String)> {
    let old = chomp(lines.get(at)?).strip_prefix(b"--- ")?;
    let new = chomp(lines.get(at + 1)?).strip_prefix(b"+++ ")?;
    // A rule of dashes in a message is no name; nor is a line before something else than a hunk.
    lines.get(at + 2)?.strip_prefix(b"@@ -")?;
    Some((name(old), name(new)))
}

/// A name as it stands behind `---` or `+++`: up to the tab before a time, and without quotes.
fn name(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    // Behind a quoted name there may be a time, too.
    if text.starts_with('"') {
        let mut ends = text.match_indices('"').map(|(at, _)| at).skip(1);
        let is_escaped = |at: usize| {
            let before = text[..at].bytes().rev();
            before.take_while(|&byte| byte == b'\\').count() % 2 == 1
        };
        let end = ends.find(|&at| !is_escaped(at));
        return unquote(end.map_or(&text, |end| &text[..=end]));
    }
    text.split('\t')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_owned()
}

/// The header of a file that git writes, from the line after `diff --git`; and the line after the header.
fn git_header(lines: &[&[u8]], start: usize, both: &[u8]) -> Result<(FileChange, usize), Damage> {
    // With `--no-prefix` both names are the same.
    let is_prefixed = git_names(both).is_none_or(|(old, new)| old != new);
    let mut file = FileChange {
        is_git: true,
        is_prefixed,
        ..FileChange::default()
    };
    let (mut is_new, mut is_gone) = (false, false);
    let mut moved: (Option<String>, Option<String>) = (None, None);
    let mut named = None;
    let mut at = start;
    while let Some(line) = lines.get(at) {
        let line = String::from_utf8_lossy(chomp(line)).into_owned();
        let word = |prefix: &str| line.strip_prefix(prefix).map(str::to_owned);
        if let Some(mode) = word("old mode ") {
            file.modes.0 = Some(mode);
        } else if let Some(mode) = word("new mode ") {
            file.modes.1 = Some(mode);
        } else if let Some(mode) = word("deleted file mode ") {
            file.modes.0 = Some(mode);
            is_gone = true;
        } else if let Some(mode) = word("new file mode ") {
            file.modes.1 = Some(mode);
            is_new = true;
        } else if let Some(from) = word("rename from ").or_else(|| word("rename old ")) {
            moved.0 = Some(unquote(&from));
        } else if let Some(to) = word("rename to ").or_else(|| word("rename new ")) {
            moved.1 = Some(unquote(&to));
        } else if let Some(from) = word("copy from ") {
            moved.0 = Some(unquote(&from));
            file.is_copy = true;
        } else if let Some(to) = word("copy to ") {
            moved.1 = Some(unquote(&to));
        } else if let Some(blobs) = word("index ") {
            let (blobs, mode) = blobs
                .split_once(' ')
                .map_or((&*blobs, None), |(a, b)| (a, Some(b)));
            file.blobs = blobs
                .split_once("..")
                .map(|(a, b)| (a.to_owned(), b.to_owned()));
            if let Some(mode) = mode {
                file.modes.0.get_or_insert_with(|| mode.to_owned());
                file.modes.1.get_or_insert_with(|| mode.to_owned());
            }
        } else if line.starts_with("GIT binary patch")
            || (line.starts_with("Binary files ") && line.ends_with(" differ"))
        {
            file.is_binary = true;
        } else if line.starts_with("--- ") {
            named = Some(names(lines, at).ok_or((at + 1, NO_HUNKS))?);
            at += 2;
            break;
        } else if !line.starts_with("similarity index ")
            && !line.starts_with("dissimilarity index ")
        {
            break;
        }
        at += 1;
    }
    // Where the text ends behind a header that tells of another content, it was cut off.
    let is_nothing = |blob: &str| blob.bytes().all(|byte| byte == b'0');
    let differs =
        |(old, new): &(String, String)| old != new && !is_nothing(old) && !is_nothing(new);
    if at == lines.len()
        && !file.is_binary
        && named.is_none()
        && file.blobs.as_ref().is_some_and(differs)
    {
        return Err((at, NO_HUNKS));
    }
    if let (Some(from), Some(to)) = moved {
        file.is_prefixed = false;
        (file.old, file.new) = (Some(from), Some(to));
        return Ok((file, at));
    }
    let (old, new) = match named {
        Some(names) => names,
        None => git_names(both).ok_or((start, "cannot tell where the first name ends"))?,
    };
    file.old = (old != "/dev/null" && !is_new).then_some(old);
    file.new = (new != "/dev/null" && !is_gone).then_some(new);
    Ok((file, at))
}

/// The names behind `diff --git` where no other line has them: then they are the same but for their first part.
fn git_names(both: &[u8]) -> Option<(String, String)> {
    let both = String::from_utf8_lossy(both);
    if both.starts_with('"') {
        let middle = both.find("\" \"")?;
        return Some((unquote(&both[..=middle]), unquote(&both[middle + 2..])));
    }
    let half = both.len().checked_sub(1)? / 2;
    let (old, new) = (both.get(..half)?, both.get(half + 1..)?);
    let tail = |name: &str| name.split_once('/').map(|(_, tail)| tail.to_owned());
    (both.as_bytes().get(half) == Some(&b' ') && (tail(old) == tail(new) || old == new))
        .then(|| (old.to_owned(), new.to_owned()))
}

/// A name without quotes and with the bytes that its escapes stand for.
fn unquote(text: &str) -> String {
    let Some(inside) = text
        .strip_prefix('"')
        .and_then(|text| text.strip_suffix('"'))
    else {
        return text.to_owned();
    };
    let mut out = Vec::new();
    let mut bytes = inside.bytes().peekable();
    while let Some(byte) = bytes.next() {
        if byte != b'\\' {
            out.push(byte);
            continue;
        }
        match bytes.next() {
            Some(b'n') => out.push(b'\n'),
            Some(b't') => out.push(b'\t'),
            Some(digit @ b'0'..=b'7') => {
                let mut value = u32::from(digit - b'0');
                for _ in 0..2 {
                    if let Some(digit @ b'0'..=b'7') = bytes.peek().copied() {
                        value = value * 8 + u32::from(digit - b'0');
                        bytes.next();
                    }
                }
                out.push(value as u8);
            }
            Some(other) => out.push(other),
            None => {}
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// The hunk whose numbers are in `header` at `at`, and the line after it.
fn hunk(lines: &[&[u8]], at: usize, header: &[u8]) -> Result<(Hunk, usize), Damage> {
    let header = String::from_utf8_lossy(chomp(header)).into_owned();
    let numbers = numbers(&header).ok_or((at + 1, "invalid numbers in the header of the hunk"))?;
    let ((old_start, mut old), (new_start, mut new)) = numbers;
    let end = header[3..].find(" @@").map_or(header.len(), |end| end + 6);
    let mut hunk = Hunk {
        header: header[..end].to_owned(),
        old_start,
        new_start,
        lines: Vec::new(),
    };
    let mut next = at + 1;
    while old > 0 || new > 0 {
        let line = lines.get(next).copied().unwrap_or_default();
        let short = (next + 1, "the hunk has fewer lines than its header says");
        let (sign, text) = match line.split_first() {
            Some((b' ', text)) => (Sign::Context, text),
            Some((b'+', text)) => (Sign::Added, text),
            Some((b'-', text)) => (Sign::Removed, text),
            // Some mailers drop a space at the end of a line.
            Some((b'\n', _)) => (Sign::Context, line),
            Some((b'\r', _)) if line == b"\r\n" => (Sign::Context, line),
            Some((b'\\', _)) => {
                without_end(&mut hunk);
                next += 1;
                continue;
            }
            _ => return Err(short),
        };
        let (of_old, of_new) = (sign != Sign::Added, sign != Sign::Removed);
        if (of_old && old == 0) || (of_new && new == 0) {
            return Err((next + 1, "the hunk has more lines than its header says"));
        }
        old -= usize::from(of_old);
        new -= usize::from(of_new);
        hunk.lines.push(Line {
            sign,
            text: text.to_owned(),
        });
        next += 1;
    }
    if lines.get(next).is_some_and(|line| line.starts_with(b"\\")) {
        without_end(&mut hunk);
        next += 1;
    }
    // A patch whose last line lost its end in a paste still means a whole line; one that means none says so.
    if let Some(last) = hunk.lines.last_mut()
        && next == lines.len()
        && !last.text.ends_with(b"\n")
        && !lines[next - 1].starts_with(b"\\")
    {
        last.text.push(b'\n');
    }
    Ok((hunk, next))
}

/// The line before has no end.
fn without_end(hunk: &mut Hunk) {
    if let Some(last) = hunk.lines.last_mut() {
        if last.text.ends_with(b"\n") {
            last.text.pop();
        }
        if last.text.ends_with(b"\r") {
            last.text.pop();
        }
    }
}

type Range = (usize, usize);

/// Start and length on both sides of `@@ -a,b +c,d @@`.
fn numbers(header: &str) -> Option<(Range, Range)> {
    let ranges = separated_pair(range, tag(" +"), range);
    let (_, ranges) = delimited(tag("@@ -"), ranges, tag(" @@"))
        .parse(header)
        .ok()?;
    Some(ranges)
}

/// `a,b`, or `a` for a single line.
fn range(text: &str) -> IResult<&str, Range> {
    (number, opt(preceded(char(','), number)))
        .map(|(start, length)| (start as usize, length.unwrap_or(1) as usize))
        .parse(text)
}

fn chomp(line: &[u8]) -> &[u8] {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    line.strip_suffix(b"\r").unwrap_or(line)
}
