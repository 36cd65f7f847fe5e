//! Owns what the commits of a series bring and repair: findings of one tree after the other, followed from commit to commit.
//!
//! Two findings of neighbouring trees are the same one if lint, symbol and architecture are the same, whatever the line; for one
//! without a symbol the file takes its place. Where a tree has several of the same, they are told apart by file and headline,
//! and what is left over is new or gone.
//!
//! A finding that one commit introduces and a later one fixes concerns bisection: it is reported where the tree in between does not
//! configure, compile or link ([`Diagnostic::breaks`]). Every other state that the series itself completes is how series are
//! split, and no finding.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::Arc;

use crate::check::change::names::Names;
use crate::check::change::{api, exports};
use crate::check::error::CheckError;
use crate::check::lints::{self, table_other_symbol};
use crate::check::memo::Checker;
use crate::check::outcome::Outcome;
use crate::check::reported::{Commit, Episode, Reported, Status};
use crate::check::run::cells::{self, ChangedCell, Snapshot};
use crate::check::run::renamed::Renamed;
pub use crate::check::run::step::Step;
use crate::check::run::unmet::Unmet;
use crate::check::run::{blame, moved};
use crate::check::support::verdict::Verdict;
use crate::diag::identity::Identity;
use crate::diag::{self, Diagnostic, Level, Stage};
use crate::feature::spec::TABLE_FILE;
use crate::kconfig::model::Unread;
use crate::tree::Tree;

/// A commit that cannot be checked.
#[derive(Debug, thiserror::Error)]
#[error("cannot check {}", of(commit))]
pub struct SeriesError {
    /// The commit; `None` for the tree before the series.
    pub commit: Option<Arc<Commit>>,
    /// Why.
    #[source]
    pub source: CheckError,
}

fn of(commit: &Option<Arc<Commit>>) -> String {
    match commit {
        Some(commit) => format!("the tree after {commit}"),
        None => "the tree before the series".to_owned(),
    }
}

/// The effects of a series. Each finding has its [`Episode`].
#[derive(Debug, Default)]
pub struct History {
    /// Findings that its commits introduce, in display order.
    pub new: Vec<Reported>,
    /// Findings they introduce that break nothing, of level [`crate::diag::Level::Allow`].
    pub pedantic: Vec<Reported>,
    /// Findings that were there before and are gone afterwards.
    pub fixed: Vec<Reported>,
    /// Findings that were there before and remain.
    pub known: Vec<Reported>,
    /// Suppressed findings that they introduce.
    pub suppressed: Vec<Reported>,
    /// The verdicts on the last tree.
    pub verdicts: Vec<Verdict>,
    /// The architectures of any of the trees about which nothing is concluded, each with the reason.
    pub unread: Vec<(String, Unread)>,
    /// The cells of the matrix that differ between the first tree and the last.
    pub cells: Vec<ChangedCell>,
}

/// Takes a tree, its architectures and what was found there, and changes it.
pub type Finish<'a> = &'a dyn Fn(&Tree, &[String], &mut Outcome) -> Result<(), CheckError>;

/// Checks the tree before a series and the one after each commit. `architectures` says which ones of a tree are meant, and
/// `finish` adds to what is found in a tree what else is looked for, and puts aside what is suppressed; `done` is
/// called after each step of each tree, and `next` before each tree with the number of commits that it has.
///
/// # Errors
///
/// A tree cannot be checked.
pub fn series(
    checker: &mut Checker<'_>,
    before: &Tree,
    steps: &[Step],
    architectures: &dyn Fn(&Tree) -> Result<Vec<String>, crate::tree::TreeError>,
    finish: Finish<'_>,
    next: &mut dyn FnMut(usize),
    done: &mut dyn FnMut(&'static str),
) -> Result<History, SeriesError> {
    let mut trees = std::iter::once(before).chain(steps.iter().map(|step| &step.tree));
    let mut changed = Vec::new();
    if let Some(mut last) = trees.next() {
        for tree in trees {
            changed.extend(last.changes(tree));
            last = tree;
        }
    }
    checker.search_besides(changed.into_iter().map(|change| change.path));
    let mut findings = Threads::default();
    let mut pedantic = Threads::default();
    let mut suppressed = Threads::default();
    let mut unread = Vec::new();
    let mut names = checker.judges_names().map(|all| (Names::default(), all));
    let mut seen = api::Seen::default();
    let mut renamed = Renamed::default();
    // As with names: of a few features only their own lints are wanted.
    let judges_all = checker.judges_names() == Some(true);
    let mut unmet = judges_all.then(Unmet::default);
    let mut ends: Option<(Snapshot, Snapshot)> = None;
    let mut blind = Blind::default();
    let trees = std::iter::once((None, before))
        .chain(steps.iter().map(|step| (Some(&step.commit), &step.tree)));
    for (index, (commit, tree)) in trees.enumerate() {
        next(index);
        let failed = |source| SeriesError {
            commit: commit.cloned(),
            source,
        };
        let archs = architectures(tree).map_err(|error| failed(error.into()))?;
        let mut outcome: Outcome = checker.check(tree, &archs, done).map_err(failed)?;
        if let Some((names, all)) = &mut names {
            let found = names.follow(tree, &*checker).map_err(failed)?;
            let only = (!*all).then(|| checker.specs());
            names.add(found, &archs, only, &mut outcome);
            if let Some((before, paths)) = names.changed() {
                let change = api::Change {
                    before,
                    tree,
                    paths: &paths,
                    added: &|path| names.added_lines(path),
                    models: &*checker,
                };
                for spec in checker.specs() {
                    let found = api::findings(change, spec, &outcome.verdicts, &mut seen)
                        .map_err(failed)?;
                    outcome.findings.extend(found);
                }
                let (specs, files) = (checker.specs(), checker.files());
                let found = exports::findings(change, specs, &outcome.findings, files);
                outcome.findings.extend(found.map_err(failed)?);
            }
            renamed
                .follow(tree, &archs, checker, &mut outcome)
                .map_err(failed)?;
            done("names");
        }
        if let Some(unmet) = &mut unmet {
            unmet.follow(tree, checker, &mut outcome).map_err(failed)?;
            done("unmet");
        }
        refuse_tables(&mut outcome.findings);
        finish(tree, &archs, &mut outcome).map_err(failed)?;
        done("rest");
        blind.add(&outcome, &archs);
        suppressed.follow(index, outcome.suppressed, &blind);
        findings.follow(index, Reported::all(outcome.findings), &blind);
        pedantic.follow(index, Reported::all(outcome.pedantic), &blind);
        for of_arch in outcome.unread {
            if !unread.contains(&of_arch) {
                unread.push(of_arch);
            }
        }
        let snapshot = Snapshot {
            matrix: outcome.matrix,
            verdicts: outcome.verdicts,
        };
        ends = Some(match ends {
            Some((first, _)) => (first, snapshot),
            None => (snapshot.clone(), snapshot),
        });
    }
    let trees: Vec<&Tree> = std::iter::once(before)
        .chain(steps.iter().map(|step| &step.tree))
        .collect();
    for threads in [&mut findings, &mut pedantic] {
        threads.join_moved(&trees);
    }
    let (first, last) = ends.unwrap_or_default();
    let commits: Vec<Arc<Commit>> = steps.iter().map(|step| step.commit.clone()).collect();
    let mut history = History {
        unread,
        cells: cells::changed(&first, &last),
        verdicts: last.verdicts,
        pedantic: pedantic.end(&commits, Beside::after(&suppressed)),
        ..History::default()
    };
    history
        .pedantic
        .retain(|finding| status(finding) == Some(Status::New));
    for finding in findings.end(&commits, Beside::after(&suppressed)) {
        match status(&finding) {
            Some(Status::Fixed) => history.fixed.push(finding),
            // It is among the suppressed ones.
            Some(Status::Known) if is_suppressed(&finding) => {}
            Some(Status::Known) => history.known.push(finding),
            Some(Status::New) | None => history.new.push(finding),
        }
    }
    blame::place(&mut history.new, before, steps);
    // A finding that one commit introduces and a later one suppresses is shown as new.
    let shown = [&findings, &pedantic];
    history.suppressed = suppressed.end(&commits, Beside::before(&shown));
    history.suppressed.retain(|finding| match status(finding) {
        Some(Status::New) => !is_suppressed(finding),
        Some(Status::Known) => is_suppressed(finding),
        Some(Status::Fixed) | None => false,
    });
    Ok(history)
}

/// Makes an error of each warning about a table: in a change, a row that is missing, misnamed or misplaced is what a reviewer
/// refuses. In a tree it is a warning, for it may have been there for years.
fn refuse_tables(findings: &mut [Diagnostic]) {
    for finding in findings {
        if finding.level == Level::Warn && lints::is_about_tables(finding.lint) {
            finding.level = Level::Deny;
        }
    }
}

/// Whether a commit of the series suppresses a finding that was not suppressed before.
fn is_suppressed(finding: &Reported) -> bool {
    let episode = finding.episode.as_ref();
    episode.is_some_and(|episode| episode.suppressed.is_some())
}

fn status(finding: &Reported) -> Option<Status> {
    finding.episode.as_ref().map(|episode| episode.status)
}

/// The key by which findings of two trees are the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Key {
    identity: Identity,
    /// `None` for the whole tree.
    arch: Option<String>,
}

/// For each tree the architectures of which `conf` refuses the Kconfig files, or which could not be read: little is known of them, and a
/// finding that is not there may be again in the next tree.
#[derive(Debug, Default)]
struct Blind(Vec<BTreeSet<String>>);

impl Blind {
    /// Takes up the next tree, which has these architectures.
    fn add(&mut self, outcome: &Outcome, archs: &[String]) {
        let refused = outcome.findings.iter();
        let refused = refused.filter(|finding| finding.breaks == Some(Stage::Configure));
        let refused = refused.flat_map(|finding| match &*finding.archs {
            [] => archs,
            of_finding => of_finding,
        });
        let unread = outcome.unread.iter().map(|(arch, _)| arch);
        self.0.push(refused.chain(unread).cloned().collect());
    }

    /// The last tree before another one in which the architecture, or with `None` each of them, was looked at.
    fn last_seen(&self, before: usize, arch: Option<&str>) -> Option<usize> {
        let is_blind = |index: &usize| match (self.0.get(*index), arch) {
            (Some(archs), Some(arch)) => archs.contains(arch),
            (Some(archs), None) => !archs.is_empty(),
            (None, _) => false,
        };
        (0..before).rev().find(|index| !is_blind(index))
    }
}

/// A finding on one architecture, from the tree that has it first to the last one in a row.
#[derive(Debug)]
struct Thread {
    first: Reported,
    last: Reported,
    /// The trees, by the number of commits that they have.
    from: usize,
    to: usize,
    /// How it reads where it first makes the tree fail to build, with the trees from there to the last one that does.
    broken: Option<(Reported, usize, usize)>,
}

impl Thread {
    fn new(finding: Reported, index: usize) -> Self {
        Self {
            first: finding.clone(),
            broken: finding.breaks.map(|_| (finding.clone(), index, index)),
            last: finding,
            from: index,
            to: index,
        }
    }

    /// Goes on in the next tree.
    fn extend(&mut self, finding: Reported, index: usize) {
        if finding.breaks.is_some() {
            match &mut self.broken {
                Some((.., to)) => *to = index,
                None => self.broken = Some((finding.clone(), index, index)),
            }
        }
        self.last = finding;
        self.to = index;
    }

    /// Goes on as another one did.
    fn append(&mut self, next: Thread) {
        match (&mut self.broken, next.broken) {
            (Some((.., to)), Some((.., until))) => *to = until,
            (None, broken) => self.broken = broken,
            (Some(_), None) => {}
        }
        self.last = next.last;
        self.to = next.to;
    }

    /// Whether another one of the same key is the same finding from the next tree on.
    fn goes_on_as(&self, next: &Thread) -> bool {
        let (a, b) = (&self.last, &next.first);
        self.to + 1 == next.from
            && (a.headline == b.headline || a.primary.location.path == b.primary.location.path)
    }
}

/// Where findings go on that end because a commit suppresses them, or come from that begin so.
#[derive(Clone, Copy, Default)]
struct Beside<'a> {
    before: &'a [&'a Threads],
    after: Option<&'a Threads>,
}

impl<'a> Beside<'a> {
    fn before(threads: &'a [&'a Threads]) -> Self {
        Self {
            before: threads,
            after: None,
        }
    }

    fn after(threads: &'a Threads) -> Self {
        Self {
            before: &[],
            after: Some(threads),
        }
    }
}

/// The row that a finding in a table is about; `None` for one elsewhere. A table has many rows, and each of them is a matter of its own,
/// whichever directory the table is in, and whatever its symbol is called; but there is one symbol.
fn row(finding: &Reported) -> Option<String> {
    let table = finding.primary.location.path.strip_suffix(TABLE_FILE)?;
    let name = table.trim_end_matches('/').rsplit('/').next()?;
    // An architecture has one row.
    let is_of_row = finding.lint != table_other_symbol::LINT.name;
    let said = if finding.archs.is_empty() && is_of_row {
        &*finding.headline
    } else {
        ""
    };
    Some(format!("{name}: {said}"))
}

/// All findings of the trees so far.
#[derive(Debug, Default)]
struct Threads {
    of: BTreeMap<Key, Vec<Thread>>,
}

impl Threads {
    /// Takes up the findings of a tree.
    fn follow(&mut self, index: usize, findings: Vec<Reported>, blind: &Blind) {
        let mut by_key: BTreeMap<Key, Vec<Reported>> = BTreeMap::new();
        for finding in findings {
            let archs = match &*finding.archs {
                [] => vec![None],
                archs => archs.iter().cloned().map(Some).collect(),
            };
            for arch in archs {
                let mut identity = finding.identity();
                if let Some(row) = row(&finding) {
                    identity.about = row;
                }
                let key = Key {
                    identity,
                    arch: arch.clone(),
                };
                let mut finding = finding.clone();
                finding.archs = arch.into_iter().collect();
                by_key.entry(key).or_default().push(finding);
            }
        }
        for (key, findings) in by_key {
            // The trees after it said nothing.
            let seen = blind.last_seen(index, key.arch.as_deref());
            let seen = seen.unwrap_or_else(|| index.saturating_sub(1));
            // A finding about the whole tree holds for each of its architectures.
            if key.arch.is_some() {
                let whole = Key {
                    arch: None,
                    ..key.clone()
                };
                let threads = self.of.get_mut(&whole).into_iter().flatten();
                let mut running = threads.filter(|thread| thread.to >= seen && index > 0);
                if let Some(thread) = running.next() {
                    thread.to = index;
                    continue;
                }
            } else {
                // And what held for one of them still does when it is said of all.
                let same = |other: &Key| other.identity == key.identity;
                let threads = self.of.iter_mut().filter(|(other, _)| same(other));
                let threads = threads.filter(|(other, _)| other.arch.is_some());
                for thread in threads.flat_map(|(_, threads)| threads) {
                    if (seen..index).contains(&thread.to) {
                        thread.to = index;
                    }
                }
            }
            let threads = self.of.entry(key).or_default();
            take_up(threads, seen..index, findings);
        }
    }

    /// Joins findings that end with one tree with those that begin with the next one and are the same at another place, or about a renamed
    /// symbol. Each goes on as one other.
    fn join_moved(&mut self, trees: &[&Tree]) {
        let all = std::mem::take(&mut self.of).into_iter();
        let each = all.flat_map(|(key, threads)| {
            let threads = threads.into_iter();
            threads.map(move |thread| (key.clone(), thread))
        });
        let mut each: Vec<(Key, Thread)> = each.collect();
        each.sort_by_key(|(_, thread)| thread.from);
        let mut joined: Vec<(Key, Thread)> = Vec::new();
        for (key, thread) in each {
            let same = joined.iter_mut().find(|(other, old)| {
                let trees = trees.get(old.to).zip(trees.get(thread.from));
                old.to + 1 == thread.from
                    && other.arch == key.arch
                    && other.identity.lint == key.identity.lint
                    && trees.is_some_and(|(before, after)| {
                        moved::is_same((before, &old.last), (after, &thread.first))
                    })
            });
            match same {
                Some((_, old)) => old.append(thread),
                None => joined.push((key, thread)),
            }
        }
        for (key, thread) in joined {
            self.of.entry(key).or_default().push(thread);
        }
    }

    /// Those of a key, and those of the whole tree that are else the same.
    fn of_key(&self, key: &Key) -> impl Iterator<Item = &Thread> {
        let whole = Key {
            arch: None,
            ..key.clone()
        };
        let whole = key.arch.is_some().then_some(whole);
        let keys = std::iter::once(key.clone()).chain(whole);
        keys.filter_map(|key| self.of.get(&key)).flatten()
    }

    /// The findings with their episodes, in the order in which they are shown.
    fn end(&self, commits: &[Arc<Commit>], beside: Beside<'_>) -> Vec<Reported> {
        let mut findings: Vec<Reported> = Vec::new();
        let threads = self.of.iter();
        let threads = threads.flat_map(|(key, threads)| threads.iter().map(move |one| (key, one)));
        for (key, thread) in threads {
            let mut next = beside.after.into_iter().flat_map(|after| after.of_key(key));
            let next = next.find(|next| thread.goes_on_as(next));
            let mut previous = beside.before.iter().flat_map(|before| before.of_key(key));
            let previous = previous.find(|previous| previous.goes_on_as(thread));
            let mut from = previous.map_or(thread.from, |previous| previous.from);
            let mut to = next.map_or(thread.to, |next| next.to);
            let mut first = &thread.first;
            if from > 0 && to < commits.len() {
                // The series completes it: it counts as far as the tree cannot be built in between.
                match &thread.broken {
                    Some(broken) => (first, from, to) = (&broken.0, broken.1, broken.2),
                    None => continue,
                }
            }
            let status = match (from, to == commits.len()) {
                (0, true) => Status::Known,
                (0, false) => Status::Fixed,
                _ => Status::New,
            };
            let commit = |index: usize| commits.get(index).cloned();
            let until = commit(to);
            // A finding that is fixed later is shown where it appears, any other where it was last.
            let (finding, tree) = if status == Status::New && until.is_some() {
                (first, from)
            } else {
                (&thread.last, thread.to)
            };
            let mut finding = finding.clone();
            finding.episode = Some(Episode {
                status,
                since: from.checked_sub(1).and_then(commit),
                until,
                suppressed: match (previous, next) {
                    (Some(previous), _) => commit(previous.to),
                    (None, Some(_)) => commit(thread.to),
                    (None, None) => None,
                },
                tree,
            });
            // A finding of a tree about several architectures stays one finding, as far as it comes and goes at once.
            let same = findings.iter_mut().find(|known| {
                known.is_same_on_other_arch(&finding)
                    && known.episode == finding.episode
                    && !known.archs.is_empty()
            });
            match same {
                Some(known) => known.archs.append(&mut finding.archs),
                None => findings.push(finding),
            }
        }
        diag::sort(&mut findings);
        findings
    }
}

/// Takes up the findings of one key in the tree at the end of `since`, which begins with the last tree before it that was looked at:
/// those that run on, those that were there before the series and are there again, new ones.
fn take_up(threads: &mut Vec<Thread>, since: Range<usize>, findings: Vec<Reported>) {
    let index = since.end;
    let mut left = findings;
    let alike: [fn(&Reported, &Reported) -> bool; 3] = [
        |a, b| a.primary.location.path == b.primary.location.path && a.headline == b.headline,
        |a, b| a.primary.location.path == b.primary.location.path,
        |_, _| true,
    ];
    let runs: [fn(&Thread, &Range<usize>) -> bool; 2] = [
        |thread, since| since.contains(&thread.to),
        |thread, since| thread.from == 0 && thread.to < since.start,
    ];
    for run in runs {
        for alike in alike {
            left.retain(|finding| {
                let mut candidates = threads.iter_mut();
                let same =
                    candidates.find(|thread| run(thread, &since) && alike(&thread.last, finding));
                match same {
                    Some(thread) => {
                        thread.extend(finding.clone(), index);
                        false
                    }
                    None => true,
                }
            });
        }
    }
    threads.extend(left.into_iter().map(|finding| Thread::new(finding, index)));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::{Label, Location, Stage};

    fn finding(path: &str, archs: &[&str]) -> Diagnostic {
        let place = Location::file(path);
        let mut finding = Diagnostic::new("lint", Level::Deny, "bad", Label::new(place, ""))
            .about("f", "X")
            .breaking(Stage::Compile);
        finding.archs = archs.iter().map(ToString::to_string).collect();
        finding
    }

    /// `status path archs since-until` of what comes out of the findings of trees.
    fn told(trees: &[Vec<Diagnostic>]) -> Vec<String> {
        let (mut threads, mut blind) = (Threads::default(), Blind::default());
        for (index, findings) in trees.iter().enumerate() {
            blind.add(
                &Outcome {
                    findings: findings.clone(),
                    ..Outcome::default()
                },
                &[],
            );
            threads.follow(index, Reported::all(findings.clone()), &blind);
        }
        let of = trees.len() as u32 - 1;
        let commits: Vec<Arc<Commit>> = (1..=of)
            .map(|number| {
                Arc::new(Commit {
                    number,
                    of,
                    id: None,
                    subject: String::new(),
                })
            })
            .collect();
        let number =
            |commit: &Option<Arc<Commit>>| commit.as_ref().map_or(0, |commit| commit.number);
        let told = threads
            .end(&commits, Beside::default())
            .into_iter()
            .map(|finding| {
                let episode = finding.episode.clone().unwrap();
                let (since, until) = (number(&episode.since), number(&episode.until));
                let (word, archs) = (episode.status.word(), finding.archs.join(","));
                format!(
                    "{word} {} {archs} {since}-{until}",
                    finding.primary.location.path
                )
            });
        told.collect()
    }

    #[test]
    fn a_row_is_the_same_in_another_directory_and_with_another_symbol() {
        let row = |directory: &str, symbol: &str, arch: &str| {
            let path = format!("Documentation/features/{directory}/{TABLE_FILE}");
            let mut row = finding(&path, &[arch]);
            row.headline = format!("`x` says `TODO` for `{arch}`, but `{symbol}` is on");
            row.symbol = Some(symbol.to_owned());
            row
        };
        let at = "Documentation/features/vm/x/arch-support.txt";
        let old = row("vm/x", "HAVE_X", "one");
        for new in [
            row("vm/x", "ARCH_HAS_X", "one"),
            row("core/x", "HAVE_X", "one"),
        ] {
            let known = format!("known {} one 0-0", new.primary.location.path);
            assert_eq!(told(&[vec![old.clone()], vec![new]]), [known]);
        }
        let other = row("vm/x", "HAVE_X", "two");
        let expected = [format!("known {at} one 0-0"), format!("new {at} two 1-0")];
        assert_eq!(
            told(&[vec![old.clone()], vec![old.clone(), other]]),
            expected
        );
        let other = row("vm/y", "HAVE_X", "one");
        let expected = ["fixed", "new"].map(|word| word.to_owned());
        let told = told(&[vec![old], vec![other]]);
        let words = told
            .iter()
            .map(|one| one.split(' ').next().unwrap_or_default());
        assert_eq!(words.collect::<Vec<_>>(), expected);
    }

    #[test]
    fn findings_come_and_go() {
        let (a, b) = (|| finding("a", &["x"]), || finding("b", &["y"]));
        assert_eq!(
            told(&[vec![], vec![a()], vec![a(), b()]]),
            ["new a x 1-0", "new b y 2-0"]
        );
        assert_eq!(told(&[vec![], vec![a()], vec![]]), ["new a x 1-2"]);
        assert_eq!(
            told(&[vec![a()], vec![], vec![b()]]),
            ["fixed a x 0-1", "new b y 2-0"]
        );
        assert_eq!(told(&[vec![a()], vec![a()]]), ["known a x 0-0"]);
        // A finding that was there before is not new when it comes back; one that a commit introduces twice is reported twice.
        assert_eq!(told(&[vec![a()], vec![], vec![a()]]), ["known a x 0-0"]);
        assert_eq!(
            told(&[vec![], vec![a()], vec![], vec![a()]]),
            ["new a x 1-2", "new a x 3-0"]
        );
    }

    #[test]
    fn a_tree_that_does_not_configure_hides_what_was_there() {
        let a = || finding("a", &["x"]);
        let refused = |archs: &[&str]| {
            let mut finding = finding("k", archs);
            finding.lint = "refused";
            finding.breaks = Some(Stage::Configure);
            finding
        };
        assert_eq!(
            told(&[vec![], vec![a()], vec![refused(&["x"])], vec![a()]]),
            ["new a x 1-0", "new k x 2-3"]
        );
        // It is over on an architecture that was looked at.
        assert_eq!(
            told(&[vec![], vec![a()], vec![refused(&["y"])], vec![a()]]),
            ["new a x 1-2", "new a x 3-0", "new k y 2-3"]
        );
        assert_eq!(
            told(&[vec![], vec![a()], vec![refused(&["x"])], vec![]]),
            ["new a x 1-2", "new k x 2-3"]
        );
    }

    #[test]
    fn what_the_series_completes_counts_where_it_does_not_build() {
        let builds = || {
            let mut finding = finding("a", &["x"]);
            finding.breaks = None;
            finding
        };
        let fails = || finding("a", &["x"]);
        assert_eq!(told(&[vec![], vec![builds()], vec![]]), [""; 0]);
        assert_eq!(
            told(&[
                vec![],
                vec![builds()],
                vec![fails()],
                vec![builds()],
                vec![]
            ]),
            ["new a x 2-3"]
        );
        assert_eq!(told(&[vec![], vec![builds()]]), ["new a x 1-0"]);
        assert_eq!(told(&[vec![builds()], vec![]]), ["fixed a x 0-1"]);
    }

    #[test]
    fn the_place_does_not_matter_but_the_count_does() {
        assert_eq!(
            told(&[vec![finding("a", &["x"])], vec![finding("b", &["x"])]]),
            ["known b x 0-0"]
        );
        let both = || vec![finding("a", &["x"]), finding("b", &["x"])];
        assert_eq!(
            told(&[vec![finding("b", &["x"])], both()]),
            ["new a x 1-0", "known b x 0-0"]
        );
    }

    #[test]
    fn architectures_count_each_for_itself() {
        let on = |archs: &[&str]| vec![finding("a", archs)];
        assert_eq!(
            told(&[on(&["x"]), on(&["x", "y", "z"])]),
            ["known a x 0-0", "new a y,z 1-0"]
        );
        assert_eq!(told(&[on(&[]), on(&["x"])]), ["known a  0-0"]);
        assert_eq!(
            told(&[on(&["x"]), on(&[])]),
            ["new a  1-0", "known a x 0-0"]
        );
    }
}
