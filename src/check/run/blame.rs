//! Owns where in a series a finding is shown: at a line that its commit changes, where there is one, with everything else that
//! follows from that line beside it.
//!
//! A lint points at the place where the tree is wrong. A reviewer looks for the line of the patch that made it so: a renamed
//! symbol shows at every `select` of it, but only one line changed. So each finding moves to a changed line that it names
//! already, or else to one with a name that it is about; and findings that share such a line are one finding.

use std::cell::OnceCell;
use std::ops::RangeInclusive;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use similar::{DiffOp, TextDiff};

use crate::arch;
use crate::check::change::api::is_generic;
use crate::check::kconfig::words::is_of_kernel;
use crate::check::lint::{Lint, group};
use crate::check::lints::{self, missing_fallback, table_rows, undeclared_name};
use crate::check::reported::{Episode, Reported, Status};
use crate::check::run::step::Step;
use crate::cpp::is_c;
use crate::diag::{Diagnostic, Label, Location};
use crate::kconfig::sources::{each_statement, is_named_kconfig};
use crate::kconfig::syntax::{File, StatementKind};
use crate::tree::Tree;

/// Larger files are not compared, in bytes.
const MAX_SIZE: usize = 4 << 20;

/// The lints about macros: whatever file a macro stands in, it is the same mistake.
const ABOUT_MACROS: [&str; 2] = ["retired-marker", "stale-marker"];

/// Moves the findings of a series to lines that their commits change, and joins those with the same cause. `before` is the
/// tree before the series.
pub fn place(findings: &mut Vec<Reported>, before: &Tree, steps: &[Step]) {
    let mut blame = Blame {
        before,
        steps,
        commits: steps.iter().map(|_| OnceCell::new()).collect(),
    };
    let mut placed: Vec<(Reported, Option<Cause>)> = Vec::new();
    for mut finding in std::mem::take(findings) {
        let moved = match &finding.episode {
            Some(Episode {
                status: Status::New,
                since: Some(since),
                tree,
                ..
            }) => {
                let (number, tree) = (since.number as usize, *tree);
                blame.place(&mut finding, number, tree)
            }
            _ => None,
        };
        let same = placed
            .iter_mut()
            .find(|(known, known_moved)| is_same_cause((known, known_moved), (&finding, &moved)));
        match same {
            Some((known, _)) => {
                // Broken code comes first, and a table that is wrong because of it second.
                if lints::is_about_tables(known.lint) && !lints::is_about_tables(finding.lint) {
                    std::mem::swap(&mut known.finding, &mut finding.finding);
                }
                join(known, finding.finding);
            }
            None => placed.push((finding, moved)),
        }
    }
    blame.join_guarded(&mut placed);
    findings.extend(placed.into_iter().map(|(finding, _)| finding));
    crate::diag::sort(findings);
}

/// The lines of the conditional of a C file that begins in a line, both counted from 1.
fn conditional_at(text: &str, line: u32) -> Option<RangeInclusive<u32>> {
    let mut depth = 0usize;
    for (number, text) in (1..).zip(text.lines()).skip(line.checked_sub(1)? as usize) {
        let directive = text.trim_start().strip_prefix('#').map(str::trim_start);
        let directive = directive.unwrap_or_default();
        if directive.starts_with("if") || (depth == 0 && directive.starts_with("el")) {
            depth += 1;
        } else if directive.starts_with("endif") {
            depth = depth.saturating_sub(1);
        }
        if depth == 0 {
            return (number > line).then_some(line..=number);
        }
    }
    None
}

/// An action of a commit that causes findings at places that the commit does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Cause {
    /// It changes a line.
    Line(Location),
    /// It removes an architecture.
    Removed(String),
}

/// Whether two findings, each with its cause where that is elsewhere, have one cause.
fn is_same_cause(
    (a, of_line_a): (&Reported, &Option<Cause>),
    (b, of_line_b): (&Reported, &Option<Cause>),
) -> bool {
    let (Some(of_a), Some(of_b)) = (&a.episode, &b.episode) else {
        return false;
    };
    let is_new = |episode: &Episode| episode.status == Status::New;
    if !is_new(of_a) || !is_new(of_b) || of_a.since != of_b.since || of_a.until != of_b.until {
        return false;
    }
    let same_place = of_line_a.is_some() && of_line_a == of_line_b;
    let same_lint = a.lint == b.lint && a.level == b.level;
    let same_words = a.headline == b.headline
        || ABOUT_MACROS.contains(&a.lint) && names(&a.headline).eq(names(&b.headline));
    // The findings of one lint about one line of a table are one mistake, such as a row with a wrong name.
    let (at_a, at_b) = (&a.primary.location, &b.primary.location);
    let same_line = (&at_a.path, at_a.line) == (&at_b.path, at_b.line) && at_a.end > 0;
    // A line may name several symbols, and each of them is a slip of its own.
    let same_line = same_line && (a.lint != undeclared_name::LINT.name || a.symbol == b.symbol);
    same_place || same_lint && (same_words || same_line)
}

/// Adds what another finding of the same cause says.
fn join(known: &mut Diagnostic, other: Diagnostic) {
    if known.archs.is_empty() != other.archs.is_empty() {
        known.archs.clear();
    } else {
        known.archs.extend(other.archs);
        known.archs.sort_unstable();
        known.archs.dedup();
    }
    let (known_lint, known_headline) = (known.lint, known.headline.clone());
    let mut add = |label: Label| {
        let at = |known: &Label| known.location == label.location;
        if !at(&known.primary) && !known.secondary.iter().any(at) {
            known.secondary.push(label);
        }
    };
    let is_other = known_lint != other.lint || known_headline != other.headline;
    let mut labels = std::iter::once(other.primary).chain(other.secondary);
    if is_other {
        // The first place that is not the common one says what the other finding is.
        if let Some(first) = labels.find(|label| label.text != CHANGED) {
            add(Label::new(first.location, other.headline));
        }
    }
    labels.for_each(&mut add);
    known.breaks = known.breaks.or(other.breaks);
    if other.level > known.level {
        known.level = other.level;
    }
    // A fix of one of them alone would not do.
    if known.fix != other.fix {
        known.fix = None;
    }
}

/// The words of a place that a finding was moved to.
const CHANGED: &str = "changed here";

/// The names in backticks.
fn names(headline: &str) -> impl Iterator<Item = &str> {
    headline.split('`').skip(1).step_by(2)
}

/// The changes of the commits, compared on demand.
struct Blame<'a> {
    before: &'a Tree,
    steps: &'a [Step],
    commits: Vec<OnceCell<Vec<Changed>>>,
}

/// The changes of a commit to one file.
struct Changed {
    path: Arc<str>,
    /// The text after the commit; `None` where it removes the file.
    text: Option<String>,
    /// Whether the file comes with the commit.
    is_new: bool,
    lines: Vec<Line>,
}

/// A line that comes or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// Its place in the text after the commit, counted from 0; of one that goes, the line that takes its place.
    at: usize,
    text: String,
    comes: bool,
    /// The symbol in whose entry of a Kconfig file it stands, or stood.
    entry: Option<String>,
}

impl Changed {
    fn new(path: Arc<str>, old: Option<String>, new: Option<String>) -> Self {
        let (old_text, new_text) = (
            old.as_deref().unwrap_or_default(),
            new.as_deref().unwrap_or_default(),
        );
        let entries = |text| match is_named_kconfig(&path) {
            true => entries(&path, text),
            false => FxHashMap::default(),
        };
        let (old_entries, new_entries) = (entries(old_text), entries(new_text));
        let mut lines = Vec::new();
        let diff = TextDiff::from_lines(old_text, new_text);
        for op in diff.ops() {
            if matches!(op, DiffOp::Equal { .. }) {
                continue;
            }
            let first = op.new_range().start;
            lines.extend(op.old_range().enumerate().map(|(index, line)| {
                // A line that is replaced is where its replacement is.
                let last = op.new_range().end.saturating_sub(1).max(first);
                Line {
                    at: (first + index).min(last),
                    text: diff.old_slice(line).unwrap_or_default().to_owned(),
                    comes: false,
                    entry: old_entries.get(&line).cloned(),
                }
            }));
            lines.extend(op.new_range().map(|line| Line {
                at: line,
                text: diff.new_slice(line).unwrap_or_default().to_owned(),
                comes: true,
                entry: new_entries.get(&line).cloned(),
            }));
        }
        Self {
            path,
            is_new: old.is_none(),
            text: new,
            lines,
        }
    }

    /// The lines that come.
    fn added(&self) -> impl Iterator<Item = usize> {
        let added = self.lines.iter().filter(|line| line.comes);
        added.map(|line| line.at)
    }
}

/// By line of a Kconfig file, counted from 0, the symbol whose entry begins or goes on there. A help text says nothing of its symbol.
fn entries(path: &Arc<str>, text: &str) -> FxHashMap<usize, String> {
    let file = File::parse(path.clone(), text.to_owned());
    let mut entries = FxHashMap::default();
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::Config { name, .. } = statement.kind {
            let properties = statement.kind.properties().iter();
            let lines = std::iter::once(statement.line).chain(properties.map(|line| line.line));
            let name = file.word_text(name);
            entries.extend(lines.map(|line| (line as usize - 1, name.to_owned())));
        }
    });
    entries
}

impl Blame<'_> {
    /// Joins findings about a feature with the one that names the cause: a guard around one of their places, whose symbol nothing
    /// declares.
    fn join_guarded(&self, placed: &mut Vec<(Reported, Option<Cause>)>) {
        let mut index = 0;
        while index < placed.len() {
            let finding = &placed[index].0;
            let block = (finding.lint == undeclared_name::LINT.name)
                .then(|| self.guarded_by(finding))
                .flatten();
            let Some((path, lines)) = block else {
                index += 1;
                continue;
            };
            let episode = finding.episode.clone();
            let is_within = |label: &Label| {
                *label.location.path == *path && lines.contains(&label.location.line)
            };
            let caused = placed.extract_if(.., |(other, _)| {
                let mut labels = std::iter::once(&other.primary).chain(&other.secondary);
                other.lint != undeclared_name::LINT.name
                    && other.feature.is_some()
                    && other.episode == episode
                    && labels.any(is_within)
            });
            let caused: Vec<_> = caused.collect();
            // The others have moved up.
            index = if caused.is_empty() { index + 1 } else { 0 };
            let own = |(known, _): &(Reported, Option<Cause>)| {
                known.lint == undeclared_name::LINT.name
                    && *known.primary.location.path == *path
                    && known.primary.location.line == *lines.start()
            };
            if let Some((known, _)) = placed.iter_mut().find(|one| own(one)) {
                for (other, _) in caused {
                    join(known, other.finding);
                }
            }
        }
    }

    /// The conditional that a finding about a name stands at the beginning of.
    fn guarded_by(&self, finding: &Reported) -> Option<(Arc<str>, RangeInclusive<u32>)> {
        let episode = finding.episode.as_ref()?;
        let at = &finding.primary.location;
        if episode.status != Status::New || !is_c(&at.path) {
            return None;
        }
        let text = self.tree(episode.tree)?.read_text(&at.path).ok()?;
        Some((at.path.clone(), conditional_at(&text, at.line)?))
    }

    fn tree(&self, number: usize) -> Option<&Tree> {
        match number.checked_sub(1) {
            None => Some(self.before),
            Some(index) => self.steps.get(index).map(|step| &step.tree),
        }
    }

    /// The changes of commit `number`, counted from 1.
    fn changes(&self, number: usize) -> &[Changed] {
        let (Some(cell), Some(old), Some(new)) = (
            number.checked_sub(1).and_then(|at| self.commits.get(at)),
            number.checked_sub(1).and_then(|at| self.tree(at)),
            self.tree(number),
        ) else {
            return &[];
        };
        cell.get_or_init(|| {
            let text = |tree: &Tree, path: &str| tree.read_text(path).ok();
            let changes = old.changes(new).into_iter().filter_map(|change| {
                let (before, after) = (text(old, &change.path), text(new, &change.path));
                let size = [&before, &after].map(|text| text.as_ref().map_or(0, String::len));
                let is_compared = size.iter().all(|size| *size <= MAX_SIZE);
                (is_compared && before != after)
                    .then(|| Changed::new(Arc::from(&*change.path), before, after))
            });
            let mut changes: Vec<Changed> = changes.collect();
            changes.sort_by(|a, b| a.path.cmp(&b.path));
            changes
        })
    }

    /// The line of tree `tree` that a line (both counted from 0) of the tree after commit `number` has become.
    fn follow(&self, changed: &Changed, number: usize, tree: usize, line: usize) -> Option<usize> {
        if tree == number {
            return Some(line);
        }
        let text = self.tree(tree)?.read_text(&changed.path).ok()?;
        let diff = TextDiff::from_lines(changed.text.as_deref()?, &text);
        diff.ops().iter().find_map(|op| match op {
            DiffOp::Equal {
                old_index,
                new_index,
                len,
            } if (*old_index..old_index + len).contains(&line) => {
                Some(new_index + line - old_index)
            }
            _ => None,
        })
    }

    /// Moves a finding to a line that commit `number` changes. Returns its cause where that is one that it did not name before.
    fn place(&mut self, finding: &mut Diagnostic, number: usize, tree: usize) -> Option<Cause> {
        let changes = self.changes(number);
        let is_changed = |label: &Label| {
            let at = &label.location;
            let changed = changes.iter().find(|changed| *changed.path == *at.path);
            changed.is_some_and(|changed| {
                at.end > 0
                    && changed.added().any(|line| {
                        self.follow(changed, number, tree, line) == Some(at.line as usize - 1)
                    })
            })
        };
        if is_changed(&finding.primary) {
            return None;
        }
        if let Some(index) = finding.secondary.iter().position(is_changed) {
            std::mem::swap(&mut finding.primary, &mut finding.secondary[index]);
            return None;
        }
        // A use is what has to change, whatever lines with the same name the commit removes elsewhere.
        let lint = undeclared_name::LINT.name;
        if finding.lint == lint && finding.primary.text != undeclared_name::ENTRY {
            return None;
        }
        // Of an architecture that is gone there is no line left to point at.
        if finding.lint == table_rows::LINT.name {
            let removed = |name: &&str| {
                let kconfig = format!("arch/{name}/Kconfig");
                let mut gone = changes.iter().filter(|changed| changed.text.is_none());
                gone.any(|changed| *changed.path == *kconfig)
            };
            if let Some(name) = names(&finding.headline).find(removed) {
                return Some(Cause::Removed(name.to_owned()));
            }
        }
        let location = self.cause(finding, number, tree)?;
        let primary = Label::new(location.clone(), CHANGED);
        let old = std::mem::replace(&mut finding.primary, primary);
        finding.secondary.insert(0, old);
        Some(Cause::Line(location))
    }

    /// The changed line that the finding goes back to: of the names that it is about, the first one that such a line decides.
    fn cause(&self, finding: &Diagnostic, number: usize, tree: usize) -> Option<Location> {
        let changes = self.changes(number);
        let is_kconfig = lints::find(finding.lint).is_some_and(is_about_kconfig);
        let symbol = finding.symbol.as_deref().into_iter();
        let in_headline = names(&finding.headline);
        // The commit dropped a fallback from generic code; a change of the symbol is another matter.
        let is_fallback = finding.lint == missing_fallback::LINT.name;
        // A finding about Kconfig lines names the entry first, and its help the keywords of the remedy.
        let mut about: Vec<&str> = match is_kconfig || is_fallback {
            true => in_headline.chain(symbol).collect(),
            false => symbol.chain(in_headline).collect(),
        };
        if !is_kconfig {
            let said = finding.notes.iter().chain(&finding.help);
            about.extend(said.flat_map(|text| names(text)));
        }
        // `y` and `m` stand everywhere.
        about.retain(|name| name.len() > 1 && name.bytes().all(is_word));
        let may_cause = |changed: &&Changed| {
            let is_read = match is_kconfig {
                true => is_named_kconfig(&changed.path),
                false => is_looked_at(&changed.path),
            };
            is_read && may_be_of(&changed.path, &finding.archs)
        };
        let is_symbol = |name: &str| finding.symbol.as_deref() == Some(name);
        for name in about {
            // Who else selects it has no part in whether this one may.
            let is_selected = ["selects", "implies"]
                .iter()
                .any(|verb| finding.headline.contains(&format!("{verb} `{name}`")));
            let of_file = |changed: &'_ Changed| {
                let rank = |line: &Line| match is_kconfig {
                    true => decides(line, name, is_selected),
                    false => has_name(&line.text, name).then(|| rank(&line.text, name)),
                };
                let is_elsewhere = is_fallback && !is_generic(&changed.path);
                // Only a line of generic code that goes can have been the fallback.
                let may_be =
                    |line: &&Line| !is_fallback || is_symbol(name) || !is_elsewhere && !line.comes;
                let lines = changed.lines.iter().filter(may_be);
                let ranked = lines.filter_map(|line| Some((rank(line)?, line.at)));
                let ranked = ranked.map(|(rank, at)| ((is_elsewhere, rank), at));
                ranked.collect::<Vec<_>>()
            };
            let files = changes.iter().filter(may_cause);
            let mut lines: Vec<((bool, u8), &Changed, usize)> = files
                .flat_map(|changed| {
                    let lines = of_file(changed).into_iter();
                    lines.map(move |(rank, at)| (rank, changed, at))
                })
                .collect();
            lines.sort_by_key(|(rank, ..)| *rank);
            let found = lines.into_iter().find_map(|(_, changed, line)| {
                let line = self.follow(changed, number, tree, line)?;
                self.location(&changed.path, tree, line)
            });
            if found.is_some() {
                return found;
            }
        }
        // If an architecture lacks something from its first commit on, that commit is to blame.
        let new = changes.iter().find(|changed| {
            let mut archs = finding.archs.iter();
            changed.is_new && archs.any(|arch| *changed.path == *format!("arch/{arch}/Kconfig"))
        })?;
        self.location(&new.path, tree, 0)
    }

    /// A line of a tree, without the white space around it; the last one where the file is shorter.
    fn location(&self, path: &Arc<str>, tree: usize, line: usize) -> Option<Location> {
        let whole = self.tree(tree)?.read_text(path).ok()?;
        let mut start = 0;
        let mut lines = whole.split_inclusive('\n').enumerate().peekable();
        while let Some((index, text)) = lines.next() {
            if index == line || lines.peek().is_none() {
                let words = text.trim();
                let from = start + text.len() - text.trim_start().len();
                let from = if words.is_empty() { start } else { from };
                let place = (
                    u32::try_from(from).ok()?,
                    u32::try_from(from + words.len()).ok()?,
                );
                // The end also says that this is a place and not a whole file.
                let end = place.1.max(1);
                let bytes = whole.as_bytes();
                return Some(Location::in_text(path.clone(), bytes, place.0, end));
            }
            start += text.len();
        }
        None
    }
}

/// Whether a lint is about the lines of Kconfig files alone.
fn is_about_kconfig(lint: &Lint) -> bool {
    let groups = [&group::DEAD, &group::UNMET, &group::KCONFIG, &group::STYLE];
    groups.iter().any(|group| group.name == lint.group.name)
}

/// Whether something that is checked is read from the file: only a line of such a file can be why a finding is there.
fn is_looked_at(path: &str) -> bool {
    path.starts_with("Documentation/features/") || is_of_kernel(path)
}

/// Whether one of some architectures may read a file: it is not in the directory of another one. No architecture stands for all.
fn may_be_of(path: &str, archs: &[String]) -> bool {
    let Some(directory) = arch::of_file(path) else {
        return true;
    };
    let mut archs_of = archs.iter();
    archs.is_empty()
        || archs_of.any(|one| *one == *directory || arch::header_arch(one) == directory)
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

/// Whether a line has the name in it, as a word or with `CONFIG_` before it.
fn has_name(line: &str, name: &str) -> bool {
    line.match_indices(name).any(|(at, _)| {
        let before = line[..at].strip_suffix("CONFIG_").unwrap_or(&line[..at]);
        let after = &line[at + name.len()..];
        !before.bytes().next_back().is_some_and(is_word)
            && !after.bytes().next().is_some_and(is_word)
    })
}

/// How far a line of a Kconfig file is from being why there is a finding about the symbol; `None` where it cannot be: the head of its
/// entry comes first, then what else the entry says of it, then a line that goes and turned it on, unless that is the matter of
/// another entry. A line that only uses the symbol decides nothing about it.
fn decides(line: &Line, name: &str, is_selected: bool) -> Option<u8> {
    let words: Vec<&str> = line.text.split_whitespace().take(2).collect();
    match words[..] {
        ["config" | "menuconfig", declared] if declared == name => Some(0),
        ["select" | "imply", turned_on] => {
            (turned_on == name && !line.comes && !is_selected).then_some(2)
        }
        _ if line.entry.as_deref() == Some(name) => Some(1),
        _ => None,
    }
}

/// How far a line is from being the one that decides what the name is: a declaration comes first.
fn rank(line: &str, name: &str) -> u8 {
    let words: Vec<&str> = line.split_whitespace().collect();
    match &*words {
        ["config" | "menuconfig", declared, ..] if *declared == name => 0,
        ["#define" | "#undef", defined, ..] if defined.starts_with(name) => 1,
        ["select" | "imply", ..] => 2,
        ["*" | "//" | "/*" | "#", ..] => 4,
        _ => 3,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word() {
        for line in ["config A_B", "#ifdef CONFIG_A_B\n", "(A_B)", "A_B"] {
            assert!(has_name(line, "A_B"), "{line}");
        }
        for line in ["A_BC", "XA_B", "CONFIGA_B", "XCONFIG_A_B"] {
            assert!(!has_name(line, "A_B"), "{line}");
        }
    }

    #[test]
    fn a_file_of_another_architecture_is_no_cause() {
        let archs = ["parisc".to_owned(), "um".to_owned()];
        for path in [
            "arch/parisc/Kconfig",
            "arch/um/Kconfig",
            "arch/x86/um/Kconfig",
            "mm/Kconfig",
            "arch/Kconfig",
        ] {
            assert!(may_be_of(path, &archs), "{path}");
        }
        assert!(!may_be_of("arch/loongarch/Kconfig", &archs));
        assert!(may_be_of("arch/loongarch/Kconfig", &[]));
    }

    #[test]
    fn a_conditional_ends_at_its_endif() {
        let text = "#ifdef A\n#if B\n#endif\n#else\n#endif\nint x;\n";
        assert_eq!(conditional_at(text, 1), Some(1..=5));
        assert_eq!(conditional_at(text, 2), Some(2..=3));
        assert_eq!(conditional_at(text, 4), Some(4..=5));
        assert_eq!(conditional_at(text, 6), None);
        assert_eq!(conditional_at("#ifdef A\n", 1), None);
    }

    #[test]
    fn lines_that_go_are_where_others_take_their_place() {
        let changed = Changed::new(
            "a".into(),
            Some("1\n2\n3\n".into()),
            Some("1\nx\n3\n4\n".into()),
        );
        let removed = |changed: &Changed| -> Vec<(usize, String)> {
            let gone = changed.lines.iter().filter(|line| !line.comes);
            gone.map(|line| (line.at, line.text.clone())).collect()
        };
        assert_eq!(changed.added().collect::<Vec<_>>(), [1, 3]);
        assert_eq!(removed(&changed), [(1, "2\n".to_owned())]);
        let changed = Changed::new("a".into(), Some("1\n2\n3\n".into()), Some("1\n3\n".into()));
        assert_eq!(changed.added().count(), 0);
        assert_eq!(removed(&changed), [(1, "2\n".to_owned())]);
    }

    #[test]
    fn a_line_of_an_entry_decides_about_its_symbol() {
        let old = "config A\n\tbool \"a\"\n\tdepends on OF\n\tselect B\n\nconfig C\n\tbool \"c\"\n\tselect B if A\n";
        let new = "config A\n\tbool \"a\"\n\tselect B\n\nconfig C\n\tbool \"c\"\n";
        let changed = Changed::new("Kconfig".into(), Some(old.into()), Some(new.into()));
        let ranks = |name: &str, is_selected| -> Vec<(usize, u8)> {
            let lines = changed.lines.iter();
            lines
                .filter_map(|line| Some((line.at, decides(line, name, is_selected)?)))
                .collect()
        };
        // The dependency that goes is what makes `A select B` go wrong; that C selects B no more is not.
        assert_eq!(ranks("A", false), [(2, 1)]);
        assert_eq!(ranks("B", true), []);
        assert_eq!(ranks("B", false), [(6, 2)]);
        assert_eq!(ranks("imply", false), []);
        // A help text is no line of Kconfig, whatever word it begins with.
        let help = new.replace(
            "\tselect B\n",
            "\tselect B\n\thelp\n\t  Text\n\t  if any.\n",
        );
        let other = help.replace("if any", "if none");
        let changed = Changed::new("Kconfig".into(), Some(help), Some(other));
        let ranked = changed
            .lines
            .iter()
            .filter_map(|line| decides(line, "A", false));
        assert_eq!(ranked.count(), 0);
        // The targets of an entry say nothing of its own symbol.
        let changed = Changed::new(
            "Kconfig".into(),
            Some("config A\n\tselect C\n".into()),
            Some("config A\n\tselect B\n".into()),
        );
        let decides = |line: &Line| decides(line, "A", false);
        assert_eq!(changed.lines.iter().filter_map(decides).count(), 0);
    }
}
