//! Owns which mails of a thread are meant. An archive serves all of it: several versions of a series, and replies with a difference
//! in them. Of a series the newest version counts, and a reply never does; what is left out is said.
//!
//! Two series are versions of one where they share a title, or where they stand in one thread with different numbers of a version
//! (`[PATCH v2 1/3]`). A newer version that sends only some patches again is completed from the version before it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use rustc_hash::FxHashMap;

use super::mail::{self, Mail, Subject};
use super::{Patch, PatchError, parse};
use crate::limits::{MAILS, PATCH_SIZE};

/// From so many older versions patches are taken that the newest does not have.
const MAX_OLDER: usize = 8;

/// The mails of one or several texts, in their order.
#[derive(Debug, Default)]
pub struct Mails {
    /// Each with the number of the text that it is from.
    mails: Vec<(usize, Mail)>,
    /// For each text, the first line that has the colours of a terminal.
    coloured: Vec<Option<usize>>,
    size: usize,
}

/// The patches that are meant.
#[derive(Debug, Default)]
pub struct Selected {
    /// Each with the number of the text that it is from, counted from 0.
    pub patches: Vec<(usize, Patch)>,
    /// Omitted patches that one may expect.
    pub notes: Vec<Note>,
}

/// Something that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Note {
    /// Older versions of a series.
    Older {
        /// The title of the first patch of the version that is taken.
        title: String,
        /// The version that is taken.
        version: u32,
        /// The versions that are left out, ascending.
        older: Vec<u32>,
    },
    /// The same version, sent before.
    Resent {
        /// The title of its first patch.
        title: String,
    },
    /// Patches of an older version stand for those that the newest does not have.
    Completed {
        /// The title of the first patch of the version that is taken.
        title: String,
        /// The newest version.
        version: u32,
        /// The patches that are from older versions, by their numbers.
        numbers: Vec<u32>,
    },
    /// A patch of a series that changes nothing.
    Empty {
        /// Its title.
        title: String,
        /// Its number, and the size of its series.
        number: (u32, u32),
    },
    /// Patches of a series of which no mail is there, in any version.
    Missing {
        /// The title of the first patch that is there.
        title: String,
        /// Their numbers, as ranges with both ends.
        numbers: Vec<(u32, u32)>,
        /// The size of the series.
        of: u32,
    },
    /// A reply with a difference.
    Reply {
        /// Its whole subject.
        subject: String,
        /// Who wrote it.
        author: Option<String>,
    },
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Older {
                title,
                version,
                older,
            } => {
                let plural = if older.len() == 1 { "" } else { "s" };
                let older: Vec<String> = older.iter().map(u32::to_string).collect();
                let older = match &*older {
                    [all @ .., last] if !all.is_empty() => format!("{} and {last}", all.join(", ")),
                    all => all.concat(),
                };
                write!(
                    f,
                    "version {version} of \"{}\" is the newest; version{plural} {older} skipped",
                    plain(title)
                )
            }
            Self::Resent { title } => {
                write!(
                    f,
                    "\"{}\" was sent twice; the first copy skipped",
                    plain(title)
                )
            }
            Self::Completed {
                title,
                version,
                numbers,
            } => {
                let plural = if numbers.len() == 1 { "" } else { "es" };
                let numbers: Vec<String> = numbers.iter().map(u32::to_string).collect();
                write!(
                    f,
                    "version {version} of \"{}\" is incomplete; patch{plural} {} taken from the previous version",
                    plain(title),
                    numbers.join(", ")
                )
            }
            Self::Empty {
                title,
                number: (number, of),
            } => {
                write!(
                    f,
                    "the mail of patch {number}/{of}, \"{}\", contains no diff",
                    plain(title)
                )
            }
            Self::Missing { title, numbers, of } => {
                let ranges: Vec<String> = numbers
                    .iter()
                    .map(|&(first, last)| match first == last {
                        true => first.to_string(),
                        false => format!("{first}-{last}"),
                    })
                    .collect();
                let plural = match &**numbers {
                    [(first, last)] if first == last => "",
                    _ => "es",
                };
                write!(
                    f,
                    "the series with \"{}\" is incomplete; patch{plural} {} of {of} missing",
                    plain(title),
                    ranges.join(", ")
                )
            }
            Self::Reply { subject, author } => {
                write!(f, "skipped the diff in the reply \"{}\"", plain(subject))?;
                match author {
                    Some(author) => write!(f, " from {}", plain(author)),
                    None => Ok(()),
                }
            }
        }
    }
}

/// A text of a mail as it may be shown: with nothing that could steer a terminal.
fn plain(text: &str) -> String {
    text.replace(char::is_control, "\u{fffd}")
}

/// A mail that changes files, or that is damaged where it should.
struct Candidate {
    /// Where in all mails.
    index: usize,
    source: usize,
    patch: Result<Patch, PatchError>,
    subject: Subject,
}

/// Patches that were sent together, by their numbers; one that has no number is alone.
struct Series {
    version: u32,
    of: u32,
    /// The thread that it stands in.
    thread: usize,
    is_numbered: bool,
    /// Indices of candidates.
    patches: BTreeMap<u32, usize>,
}

impl Mails {
    /// Adds the mails of a text, or the text where it is no mail.
    ///
    /// # Errors
    ///
    /// With it, all texts are larger than [`PATCH_SIZE`].
    pub fn add(&mut self, bytes: &[u8]) -> Result<(), PatchError> {
        self.size = self.size.saturating_add(bytes.len());
        if self.size > PATCH_SIZE.length() {
            return Err(PATCH_SIZE.reached("the series").into());
        }
        let source = self.coloured.len();
        self.coloured.push(coloured_line(bytes));
        let mails = mail::split(bytes);
        self.mails
            .extend(mails.into_iter().map(|mail| (source, mail)));
        if self.mails.len() > MAILS.length() {
            return Err(MAILS.reached("the series").into());
        }
        Ok(())
    }

    /// The patches that are meant.
    ///
    /// # Errors
    ///
    /// There is no patch, or a selected one is damaged; with the number of the text that it is from, counted from 0.
    pub fn select(self) -> Result<Selected, (usize, PatchError)> {
        let mut selected = Selected::default();
        let threads = threads(&self.mails);
        let mut candidates = candidates(&self.mails, &threads, &mut selected.notes);
        let series = series(&candidates, &threads);
        let others = mails_without_changes(&self.mails, &candidates);
        let chosen = choose(series, &candidates, &others, &mut selected.notes);
        let mut versions = BTreeSet::new();
        for index in chosen {
            let candidate = &mut candidates[index];
            let source = candidate.source;
            let patch = std::mem::replace(&mut candidate.patch, Err(PatchError::NoPatch));
            let patch = patch.map_err(|error| match self.coloured.get(source) {
                Some(&Some(line)) => (source, PatchError::Coloured { line }),
                _ => (source, error),
            });
            selected.patches.push((source, patch?));
            versions.insert(candidate.subject.version);
        }
        if !selected.patches.is_empty() {
            if versions.len() == 1 {
                add_empty(
                    &self.mails,
                    versions.first().copied().flatten(),
                    &mut selected,
                );
            }
            return Ok(selected);
        }
        let coloured = self.coloured.iter().enumerate();
        let mut coloured = coloured.filter_map(|(source, &line)| Some((source, line?)));
        Err(coloured
            .next()
            .map_or((0, PatchError::NoPatch), |(source, line)| {
                (source, PatchError::Coloured { line })
            }))
    }
}

/// The first line, counted from 1, that shows a text to be a difference with the colours of a terminal: an escape sequence begins a line
/// that has a meaning, which in a patch none of its lines does.
fn coloured_line(text: &[u8]) -> Option<usize> {
    let mut escapes = memchr::memmem::find_iter(text, b"\x1b[");
    let at = escapes.find(|&at| {
        let is_start = at == 0 || text[at - 1] == b'\n';
        let rest = &text[at + 2..];
        let is_code = |byte: &u8| byte.is_ascii_digit() || *byte == b';';
        let length = rest.iter().take_while(|byte| is_code(byte)).count();
        let rest = rest.get(length..).unwrap_or_default();
        let starts: [&[u8]; 4] = [b"mdiff --git ", b"m@@ ", b"m+", b"m-"];
        is_start && starts.iter().any(|start| rest.starts_with(start))
    })?;
    Some(memchr::memchr_iter(b'\n', &text[..at]).count() + 1)
}

/// Adds to the patches of a single series those that change nothing, so that the others keep their places.
fn add_empty(mails: &[(usize, Mail)], version: Option<u32>, selected: &mut Selected) {
    let numbers = selected.patches.iter().map(|(_, patch)| patch.number);
    let Some(numbers) = numbers.collect::<Option<Vec<(u32, u32)>>>() else {
        return;
    };
    let Some(&(_, of)) = numbers.first() else {
        return;
    };
    let is_in_order = numbers
        .windows(2)
        .all(|two| two[0].0 < two[1].0 && two[1].1 == of);
    if !is_in_order {
        return;
    }
    let mut empty: BTreeMap<u32, Option<(usize, Patch)>> = BTreeMap::new();
    for (source, mail) in mails {
        let Some(subject) = &mail.subject else {
            continue;
        };
        let Some((number, _)) = subject.number.filter(|&(number, all)| {
            all == of && (1..=of).contains(&number) && !numbers.contains(&(number, of))
        }) else {
            continue;
        };
        let is_empty = || matches!(&parse::files(&mail.text), Ok(files) if files.is_empty());
        if subject.is_patch && !subject.is_reply && subject.version == version && is_empty() {
            let patch = Patch {
                subject: Some(subject.title.clone()),
                number: subject.number,
                head: mail.head.clone(),
                files: Vec::new(),
            };
            // Of two mails with the same number, neither is known to be the one.
            let known = empty.insert(number, Some((*source, patch)));
            if known.is_some() {
                empty.insert(number, None);
            }
        }
    }
    for (source, patch) in empty.into_values().flatten() {
        selected
            .notes
            .extend(patch.number.map(|number| Note::Empty {
                title: patch.subject.clone().unwrap_or_default(),
                number,
            }));
        selected.patches.push((source, patch));
    }
    selected
        .patches
        .sort_by_key(|(_, patch)| patch.number.map(|(number, _)| number));
}

/// For each mail the number of its thread: that of the first mail that it is connected with by `References`.
fn threads(mails: &[(usize, Mail)]) -> Vec<usize> {
    let mut parents: Vec<usize> = (0..mails.len()).collect();
    let mut known: FxHashMap<&str, usize> = FxHashMap::default();
    for (index, (_, mail)) in mails.iter().enumerate() {
        let Some(head) = &mail.head else { continue };
        let names = [&head.message_id, &head.references];
        for id in names.into_iter().flatten().flat_map(|list| ids(list)) {
            let other = *known.entry(id).or_insert(index);
            let (a, b) = (root(&mut parents, index), root(&mut parents, other));
            parents[a.max(b)] = a.min(b);
        }
    }
    (0..mails.len())
        .map(|index| root(&mut parents, index))
        .collect()
}

/// The names of mails in a header.
fn ids(header: &str) -> impl Iterator<Item = &str> {
    header
        .split('<')
        .skip(1)
        .filter_map(|rest| Some(rest.split_once('>')?.0))
}

/// The first of those that are joined, with the way to it made shorter.
fn root(parents: &mut [usize], of: usize) -> usize {
    let mut at = of;
    while parents[at] != at {
        parents[at] = parents[parents[at]];
        at = parents[at];
    }
    at
}

/// The mails that change files, without replies and without what came twice.
fn candidates(mails: &[(usize, Mail)], threads: &[usize], notes: &mut Vec<Note>) -> Vec<Candidate> {
    // Lists that got the same mail each serve it.
    let mut seen = BTreeSet::new();
    let mut all: Vec<Candidate> = Vec::new();
    for (index, (source, mail)) in mails.iter().enumerate() {
        let id = mail
            .head
            .as_ref()
            .and_then(|head| head.message_id.as_deref());
        if id.is_some_and(|id| !seen.insert((id, &*mail.text))) {
            continue;
        }
        let subject = mail.subject.clone().unwrap_or_default();
        let patch = match parse::files(&mail.text) {
            Ok(files) if files.is_empty() => continue,
            Ok(files) => Ok(Patch {
                subject: mail.subject.as_ref().map(|subject| subject.title.clone()),
                number: subject.number,
                head: mail.head.clone(),
                files,
            }),
            Err((line, what)) => Err(PatchError::Damaged {
                subject: mail.subject.as_ref().map(|subject| subject.title.clone()),
                line,
                what,
            }),
        };
        all.push(Candidate {
            index,
            source: *source,
            patch,
            subject,
        });
    }
    // Threads that have a numbered series, in which a mail without a number is somebody's proposal.
    let is_original = |candidate: &Candidate| !candidate.subject.is_reply;
    let numbered: BTreeSet<usize> = all
        .iter()
        .filter(|candidate| is_original(candidate) && candidate.subject.number.is_some())
        .map(|candidate| threads[candidate.index])
        .collect();
    let is_answer = |candidate: &Candidate| {
        let head = mails[candidate.index].1.head.as_ref();
        let subject = &candidate.subject;
        let refers = head.is_some_and(|head| head.references.is_some());
        refers
            && subject.number.is_none()
            && subject.version.is_none()
            && numbered.contains(&threads[candidate.index])
    };
    // Where there is nothing but replies, they are what is meant.
    if !all.iter().any(|one| is_original(one) && !is_answer(one)) {
        return all;
    }
    let (kept, left): (Vec<_>, Vec<_>) = all
        .into_iter()
        .partition(|one| is_original(one) && !is_answer(one));
    notes.extend(left.into_iter().map(|one| {
        let head = mails[one.index].1.head.clone().unwrap_or_default();
        Note::Reply {
            subject: head.subject,
            author: head.author,
        }
    }));
    kept
}

/// The candidates as series, in the order of their first patches.
fn series(candidates: &[Candidate], threads: &[usize]) -> Vec<Series> {
    let mut all: Vec<Series> = Vec::new();
    // The open series of a version, a length and a thread, and of those in no thread.
    let mut open: FxHashMap<(u32, u32, usize), usize> = FxHashMap::default();
    let mut sizes: FxHashMap<usize, usize> = FxHashMap::default();
    for candidate in candidates {
        *sizes.entry(threads[candidate.index]).or_default() += 1;
    }
    for (index, candidate) in candidates.iter().enumerate() {
        let thread = threads[candidate.index];
        let version = candidate.subject.version.unwrap_or(1);
        let (number, of) = candidate.subject.number.unwrap_or((1, 1));
        let is_numbered = candidate.subject.number.is_some();
        // Files of `git format-patch` are not threaded.
        let place = if sizes[&thread] > 1 {
            thread
        } else {
            usize::MAX
        };
        let key = (version, of, place);
        let known = open.get(&key).copied().filter(|&known| {
            let known: &Series = &all[known];
            is_numbered && known.is_numbered && !known.patches.contains_key(&number)
        });
        let at = known.unwrap_or_else(|| {
            all.push(Series {
                version,
                of,
                thread,
                is_numbered,
                patches: BTreeMap::new(),
            });
            all.len() - 1
        });
        if is_numbered {
            open.insert(key, at);
        }
        all[at].patches.insert(number, index);
    }
    all
}

/// The numbers of the mails of each version and length of a series that change nothing; the introduction has 0.
type Others = FxHashMap<(u32, u32), BTreeSet<u32>>;

fn mails_without_changes(mails: &[(usize, Mail)], candidates: &[Candidate]) -> Others {
    let changing: BTreeSet<usize> = candidates.iter().map(|one| one.index).collect();
    let mut others = Others::default();
    for (index, (_, mail)) in mails.iter().enumerate() {
        let subject = mail
            .subject
            .as_ref()
            .filter(|subject| subject.is_patch && !subject.is_reply && !changing.contains(&index));
        if let Some((version, (number, of))) =
            subject.and_then(|subject| Some((subject.version.unwrap_or(1), subject.number?)))
        {
            others.entry((version, of)).or_default().insert(number);
        }
    }
    others
}

/// Of a series that was sent as one: the numbers of which there is no mail. Somebody who gives a single patch of a series means that.
fn missing(
    of: u32,
    patches: &BTreeMap<u32, usize>,
    others: Option<&BTreeSet<u32>>,
) -> Vec<(u32, u32)> {
    let others = others.into_iter().flatten().copied();
    let present: BTreeSet<u32> = patches.keys().copied().chain(others).collect();
    if present.len() < 2 {
        return Vec::new();
    }
    let mut ranges = Vec::new();
    let mut next = Some(1);
    // The size of a series is what its mails say, so nothing is done for each number.
    for number in present
        .into_iter()
        .filter(|number| (1..=of).contains(number))
    {
        if let Some(next) = next.filter(|&next| number > next) {
            ranges.push((next, number - 1));
        }
        next = number.checked_add(1);
    }
    if let Some(next) = next.filter(|&next| next <= of) {
        ranges.push((next, of));
    }
    ranges
}

/// The candidates that count, in order: of each series the newest version, its patches by their numbers.
fn choose(
    all: Vec<Series>,
    candidates: &[Candidate],
    others: &Others,
    notes: &mut Vec<Note>,
) -> Vec<usize> {
    // Series that are versions of one another.
    let mut parents: Vec<usize> = (0..all.len()).collect();
    let mut titles: FxHashMap<&str, usize> = FxHashMap::default();
    let mut threads: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    let join = |parents: &mut Vec<usize>, a: usize, b: usize| {
        let (a, b) = (root(parents, a), root(parents, b));
        parents[a.max(b)] = a.min(b);
    };
    for (index, series) in all.iter().enumerate() {
        for &patch in series.patches.values() {
            let subject = &candidates[patch].subject;
            // A title alone, without `[PATCH]`, is that of a text that somebody made.
            if subject.title.is_empty() || !(subject.is_patch || series.is_numbered) {
                continue;
            }
            let other = *titles.entry(&subject.title).or_insert(index);
            join(&mut parents, index, other);
        }
        threads.entry(series.thread).or_default().push(index);
    }
    for of_thread in threads.into_values() {
        // Each is another version than one of the others, so all belong together.
        let version = |index: usize| all[index].version;
        if of_thread
            .iter()
            .any(|&one| version(one) != version(of_thread[0]))
        {
            for pair in of_thread.windows(2) {
                join(&mut parents, pair[0], pair[1]);
            }
        }
    }
    let mut groups: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for index in 0..all.len() {
        let root = root(&mut parents, index);
        groups.entry(root).or_default().push(index);
    }
    let mut chosen = Vec::new();
    for group in groups.into_values() {
        chosen.extend(newest(&group, &all, candidates, others, notes));
    }
    chosen
}

/// The files that a patch changes.
fn paths(candidate: &Candidate) -> Vec<&str> {
    let files = candidate.patch.iter().flat_map(|patch| &patch.files);
    files.filter_map(super::FileChange::path).collect()
}

/// The patches of the newest of series that are versions of one another.
fn newest(
    group: &[usize],
    all: &[Series],
    candidates: &[Candidate],
    others: &Others,
    notes: &mut Vec<Note>,
) -> Vec<usize> {
    let title_of = |patches: &BTreeMap<u32, usize>| {
        let first = patches.values().next();
        first.map_or_else(String::new, |&first| {
            candidates[first].subject.title.clone()
        })
    };
    let versions: BTreeSet<u32> = group.iter().map(|&index| all[index].version).collect();
    let newest = versions.last().copied().unwrap_or(1);
    let of_version = |version: u32| {
        let of = group.iter().map(|&index| &all[index]);
        of.filter(move |series| series.version == version)
    };
    // A patch sent again in the same version replaces the first; other patches of the version are kept beside it.
    let mut taken: Vec<BTreeMap<u32, usize>> = Vec::new();
    let mut kept: Vec<&Series> = Vec::new();
    let mut known: FxHashMap<(u32, &str, Vec<&str>), usize> = FxHashMap::default();
    for series in of_version(newest) {
        let keys = series.patches.values().map(|&patch| {
            let patch = &candidates[patch];
            (series.of, &*patch.subject.title, paths(patch))
        });
        let keys: Vec<_> = keys.collect();
        // A series may have two patches of the same title for the same file; numbers tell them apart.
        let may_repeat = series.is_numbered
            || series
                .patches
                .values()
                .any(|&patch| candidates[patch].subject.is_resend);
        let before = keys.iter().find_map(|key| known.get(key).copied());
        let at = match before.filter(|_| may_repeat) {
            Some(at) => {
                notes.push(Note::Resent {
                    title: title_of(&series.patches),
                });
                let patches = series.patches.iter();
                taken[at].extend(patches.map(|(&number, &patch)| (number, patch)));
                at
            }
            None => {
                kept.push(series);
                taken.push(series.patches.clone());
                taken.len() - 1
            }
        };
        known.extend(keys.into_iter().map(|key| (key, at)));
    }
    // Patches of the version before stand for those that were not sent again.
    if let ([series], [patches]) = (&*kept, &mut *taken) {
        for version in versions.iter().rev().skip(1).take(MAX_OLDER) {
            let Some(older) = of_version(*version).next_back() else {
                continue;
            };
            let title = title_of(patches);
            if !series.is_numbered && older.of > 1 {
                // One patch of a series, sent again by itself.
                let place = older.patches.iter().find(|(_, patch)| {
                    let title = &candidates[**patch].subject.title;
                    series
                        .patches
                        .values()
                        .any(|&new| candidates[new].subject.title == *title)
                });
                if let Some((&number, _)) = place {
                    let new = std::mem::take(patches);
                    *patches = older.patches.clone();
                    patches.extend(new.into_values().map(|patch| (number, patch)));
                    let numbers = older.patches.keys().copied();
                    notes.push(Note::Completed {
                        title,
                        version: newest,
                        numbers: numbers.filter(|&other| other != number).collect(),
                    });
                    break;
                }
            }
            let is_complete = (1..=series.of).all(|number| patches.contains_key(&number));
            if is_complete || !series.is_numbered || older.of != series.of {
                break;
            }
            let missing: Vec<(u32, usize)> = older
                .patches
                .iter()
                .filter(|(number, _)| !patches.contains_key(number))
                .map(|(&number, &patch)| (number, patch))
                .collect();
            if missing.is_empty() {
                continue;
            }
            notes.push(Note::Completed {
                title,
                version: newest,
                numbers: missing.iter().map(|(number, _)| *number).collect(),
            });
            patches.extend(missing);
        }
    }
    let older: Vec<u32> = versions.into_iter().filter(|&of| of != newest).collect();
    if !older.is_empty() {
        notes.push(Note::Older {
            title: taken.first().map(title_of).unwrap_or_default(),
            version: newest,
            older,
        });
    }
    for (series, patches) in kept
        .iter()
        .zip(&taken)
        .filter(|(series, _)| series.is_numbered)
    {
        let numbers = missing(series.of, patches, others.get(&(series.version, series.of)));
        if !numbers.is_empty() {
            notes.push(Note::Missing {
                title: title_of(patches),
                numbers,
                of: series.of,
            });
        }
    }
    let series = taken.into_iter();
    series.flat_map(BTreeMap::into_values).collect()
}

#[cfg(test)]
mod tests;
