//! Owns a baseline: the findings that somebody wrote down once, and that are not held against anyone since.
//!
//! A finding is in it if lint, symbol, architecture and the text of its line are the same, whatever the number of the line and
//! whatever the file; for one without a symbol the file counts, too. An entry stands for as many findings as it says, on each of
//! its architectures.

use std::collections::{BTreeMap, BTreeSet};

use crate::check::lints::unused_baseline_entry::{self, Gone};
use crate::check::reported::Reported;
use crate::check::run::scope::Scope;
use crate::diag::identity::Identity;
use crate::diag::{Diagnostic, Level, Location, Text};

/// The name of the lint about an entry that matches nothing.
pub const UNUSED: &str = unused_baseline_entry::LINT.name;

/// Of a line so many characters are kept.
const MAX_TEXT: usize = 300;

/// A finding as a baseline keeps it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The file that it is in, relative to the tree's root.
    pub file: String,
    /// The lint.
    pub lint: String,
    /// The feature, if it is about one.
    pub feature: Option<String>,
    /// The symbol, if it is about one.
    pub symbol: Option<String>,
    /// The line that it is about, with one blank for all white space; of a finding about a whole file its headline.
    pub text: String,
    /// The architectures, sorted; none for the whole tree.
    pub archs: Vec<String>,
    /// How many findings say the same.
    pub count: u32,
}

/// Takes a finding and the path of one of its places, returns the text of the file, or `None` where it cannot be read any more.
///
/// The offsets of a location are offsets into this text. Where they do not fit it, the nearest place is shown.
pub type Source<'a> = &'a dyn Fn(&Reported, &str) -> Option<Text>;

/// The entries for findings, sorted; those that say the same are one.
pub fn entries(findings: &[Reported], source: Source<'_>) -> Vec<Entry> {
    let shown = findings
        .iter()
        .filter(|finding| finding.level > Level::Allow);
    let mut count: BTreeMap<Entry, u32> = BTreeMap::new();
    for finding in shown {
        let mut archs = finding.archs.clone();
        archs.sort();
        let entry = Entry {
            file: finding.primary.location.path.to_string(),
            lint: finding.lint.to_owned(),
            feature: finding.feature.clone(),
            symbol: finding.symbol.clone(),
            text: text(finding, source),
            archs,
            count: 0,
        };
        *count.entry(entry).or_default() += 1;
    }
    let counted = count.into_iter();
    counted
        .map(|(entry, count)| Entry { count, ..entry })
        .collect()
}

/// The line that a finding is about, without its white space.
fn text(finding: &Reported, source: Source<'_>) -> String {
    let place = &finding.primary.location;
    let text = match place.end {
        0 => None,
        _ => source(finding, &place.path),
    };
    let line = text.as_ref().and_then(|text| text.line(place.line));
    let line = line.unwrap_or(&finding.headline);
    let words: Vec<&str> = line.split_whitespace().collect();
    words.join(" ").chars().take(MAX_TEXT).collect()
}

/// The key that makes a finding equal to a baseline entry, on one architecture.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    identity: Identity,
    text: String,
    arch: String,
}

/// An entry on one architecture, with the number of findings that it still stands for.
#[derive(Debug)]
struct Slot {
    entry: usize,
    left: u32,
}

/// A baseline while findings are held against it.
#[derive(Debug)]
pub struct Baseline<'a> {
    entries: &'a [Entry],
    architectures: &'a [String],
    slots: BTreeMap<Key, Vec<Slot>>,
}

impl<'a> Baseline<'a> {
    /// Nothing is taken from it yet. `architectures` are those of the run: what is said of the whole tree is said of them.
    pub fn new(entries: &'a [Entry], architectures: &'a [String]) -> Self {
        let mut slots: BTreeMap<Key, Vec<Slot>> = BTreeMap::new();
        for (index, entry) in entries.iter().enumerate() {
            let archs = match &*entry.archs {
                [] => architectures,
                archs => archs,
            };
            let archs: BTreeSet<&String> = archs.iter().collect();
            for arch in archs {
                let key = Key {
                    identity: Identity::new(&entry.lint, entry.symbol.as_deref(), &entry.file),
                    text: entry.text.clone(),
                    arch: arch.clone(),
                };
                slots.entry(key).or_default().push(Slot {
                    entry: index,
                    left: entry.count,
                });
            }
        }
        Self {
            entries,
            architectures,
            slots,
        }
    }

    /// Parts findings into those that it does not have and those that it has. One that it has on some of its architectures
    /// is parted, too. What was taken once is used up: the same a second time has to be there a second time.
    pub fn part(
        &mut self,
        findings: Vec<Reported>,
        source: Source<'_>,
    ) -> (Vec<Reported>, Vec<Reported>) {
        let mut open: Vec<(Reported, String, Vec<String>, Vec<String>)> = findings
            .into_iter()
            .map(|finding| {
                let archs = match &*finding.archs {
                    [] => self.architectures.to_vec(),
                    archs => archs.to_vec(),
                };
                let text = text(&finding, source);
                (finding, text, archs, Vec::new())
            })
            .collect();
        // Of several that are alike, one in another file must not take what belongs to this one.
        for is_same_file in [true, false] {
            for (finding, text, left, taken) in &mut open {
                let file = &*finding.primary.location.path;
                left.retain(|arch| {
                    let is_taken = self.take(finding, text, arch, |entry| {
                        !is_same_file || entry.file == file
                    });
                    if is_taken {
                        taken.push(arch.clone());
                    }
                    !is_taken
                });
            }
        }
        let (mut new, mut known) = (Vec::new(), Vec::new());
        for (finding, _, left, taken) in open {
            let is_whole = |archs: &[String]| {
                finding.archs.is_empty() && archs.len() == self.architectures.len()
            };
            for (archs, part) in [(left, &mut new), (taken, &mut known)] {
                if archs.is_empty() {
                    continue;
                }
                let mut one = finding.clone();
                one.archs = if is_whole(&archs) { Vec::new() } else { archs };
                part.push(one);
            }
        }
        (new, known)
    }

    /// Takes one finding on one architecture from the entries that `fits` accepts.
    fn take(
        &mut self,
        finding: &Diagnostic,
        text: &str,
        arch: &str,
        fits: impl Fn(&Entry) -> bool,
    ) -> bool {
        let key = Key {
            identity: finding.identity(),
            text: text.to_owned(),
            arch: arch.to_owned(),
        };
        let mut slots = self.slots.get_mut(&key).into_iter().flatten();
        match slots.find(|slot| slot.left > 0 && fits(&self.entries[slot.entry])) {
            Some(slot) => {
                slot.left -= 1;
                true
            }
            None => false,
        }
    }

    /// The entries that matched nothing, as findings; only those that the run would have found. `place` says where an entry
    /// stands.
    pub fn unused(&self, scope: &Scope<'_>, place: &dyn Fn(usize) -> Location) -> Vec<Diagnostic> {
        let mut left: BTreeMap<usize, BTreeMap<u32, Vec<String>>> = BTreeMap::new();
        for (key, slots) in &self.slots {
            for slot in slots.iter().filter(|slot| slot.left > 0) {
                let of_entry = left.entry(slot.entry).or_default();
                of_entry
                    .entry(slot.left)
                    .or_default()
                    .push(key.arch.clone());
            }
        }
        let mut findings = Vec::new();
        for (index, by_count) in left {
            let entry = &self.entries[index];
            for (count, mut archs) in by_count {
                if !scope.covers(&entry.lint, entry.feature.as_deref(), &entry.archs) {
                    continue;
                }
                archs.retain(|arch| {
                    scope.is_of_all_architectures || self.architectures.contains(arch)
                });
                if archs.is_empty() {
                    continue;
                }
                if entry.archs.is_empty() && archs.len() == self.architectures.len() {
                    archs.clear();
                }
                let gone = Gone {
                    lint: &entry.lint,
                    file: &entry.file,
                    feature: entry.feature.as_deref(),
                    symbol: entry.symbol.as_deref(),
                    text: &entry.text,
                    count,
                    of: entry.count,
                };
                findings.push(unused_baseline_entry::finding(gone, archs, place(index)));
            }
        }
        scope.levels.adjust(&mut findings);
        findings
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::run::levels::Levels;
    use crate::diag::Label;

    const ARCHS: [&str; 3] = ["x", "y", "z"];

    fn all() -> Vec<String> {
        ARCHS.map(str::to_owned).to_vec()
    }

    /// A finding at the line of `file` that has the text; the text of every file is that of its lines.
    fn finding(file: &str, line: u32, archs: &[&str]) -> Reported {
        let mut place = Location::file(file);
        (place.line, place.end) = (line, 1);
        let mut finding =
            Diagnostic::new("a-lint", Level::Deny, "bad", Label::new(place, "")).about("f", "S");
        finding.archs = archs.iter().map(ToString::to_string).collect();
        finding.into()
    }

    /// Three lines: two that say the same with other blanks, and another one.
    fn source(_: &Reported, _: &str) -> Option<Text> {
        Some(Text::new(
            "\tselect  S\nselect S\nselect S if T\n".to_owned(),
        ))
    }

    /// `file:line archs` of the new ones, then of the known ones, then of the entries that are left.
    fn told(before: &[Reported], now: &[Reported]) -> [Vec<String>; 3] {
        let entries = entries(before, &source);
        let archs = all();
        let mut baseline = Baseline::new(&entries, &archs);
        let (new, known) = baseline.part(now.to_vec(), &source);
        let scope = Scope {
            architectures: &archs,
            is_of_all_architectures: true,
            features: vec!["f".to_owned()],
            specs: &[],
            is_of_all_features: true,
            is_of_whole_tree: false,
            is_about_tables: false,
            levels: &Levels::default(),
        };
        let unused = baseline.unused(&scope, &|index| Location::file(index.to_string()));
        [new, known, Reported::all(unused)].map(|findings| {
            let told = findings.iter();
            told.map(|finding| {
                let archs = finding.archs.join(",");
                format!("{} {archs}", finding.primary.location)
            })
            .collect()
        })
    }

    #[test]
    fn neither_line_nor_white_space_counts_but_the_text_does() {
        let [new, known, unused] = told(
            &[finding("a", 1, &["x"])],
            &[finding("a", 2, &["x"]), finding("a", 3, &["x"])],
        );
        assert_eq!((new, known), (vec!["a:3 x".into()], vec!["a:2 x".into()]));
        assert!(unused.is_empty());
    }

    #[test]
    fn the_same_twice_has_to_be_there_twice() {
        let twice = [finding("a", 1, &["x"]), finding("a", 2, &["x"])];
        let [new, known, unused] = told(&twice[..1], &twice);
        assert_eq!((new.len(), known.len(), unused.len()), (1, 1, 0));
        let [new, known, unused] = told(&twice, &twice[..1]);
        assert_eq!((new.len(), known.len(), unused.len()), (0, 1, 1));
    }

    #[test]
    fn a_finding_that_moved_is_known_and_the_one_that_stayed_goes_first() {
        assert_eq!(
            told(&[finding("a", 1, &["x"])], &[finding("b", 1, &["x"])])[0].len(),
            0
        );
        let both = [finding("b", 1, &["x"]), finding("a", 1, &["x"])];
        let [new, known, _] = told(&both[1..], &both);
        assert_eq!((new, known), (vec!["b:1 x".into()], vec!["a:1 x".into()]));
    }

    #[test]
    fn architectures_count_each_for_itself() {
        let [new, known, unused] = told(
            &[finding("a", 1, &["x", "y"])],
            &[finding("a", 1, &["y", "z"])],
        );
        assert_eq!((new, known), (vec!["a:1 z".into()], vec!["a:1 y".into()]));
        assert_eq!(unused, ["0:1 x"]);
        // A finding about the whole tree holds for each architecture, and the other way round.
        let [new, _, unused] = told(&[finding("a", 1, &[])], &[finding("a", 1, &["x"])]);
        assert_eq!((new.len(), unused), (0, vec!["0:1 y,z".into()]));
        let [new, ..] = told(
            &[finding("a", 1, &["x", "y", "z"])],
            &[finding("a", 1, &[])],
        );
        assert!(new.is_empty());
        assert_eq!(told(&[finding("a", 1, &[])], &[])[2], ["0:1 "]);
    }

    #[test]
    fn a_finding_about_a_file_goes_by_its_headline_and_a_path_stands_for_a_symbol() {
        let mut about_file = finding("a", 1, &["x"]);
        about_file.primary.location.end = 0;
        about_file.symbol = None;
        assert_eq!(
            entries(std::slice::from_ref(&about_file), &source)[0].text,
            "bad"
        );
        let mut elsewhere = about_file.clone();
        elsewhere.primary.location.path = "b".into();
        assert_eq!(told(&[about_file], &[elsewhere])[0].len(), 1);
    }
}
