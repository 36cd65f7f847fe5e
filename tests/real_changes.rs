//! `check` on changes of our own writing, in the shape of real ones: some that a reviewer would pass, and others that a reviewer would
//! refuse, each made in memory on top of a real tree of 7.2, and a sample of them on 6.12.
//!
//! A right change brings nothing of level warning or error. A wrong one brings exactly one finding, of the lint that is about it,
//! since the commit that makes it, at a line that this commit changes. `SNAPSHOTS=overwrite` writes docs/changes.md,
//! and `KFEAT_CHANGE=part` makes only the changes with this in their names, on all trees.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "changes/reworks.rs"]
mod reworks;
#[path = "changes/right.rs"]
mod right;
#[path = "changes/slips.rs"]
mod slips;
#[path = "trees/mod.rs"]
mod trees;
#[path = "changes/work.rs"]
mod work;
#[path = "changes/wrong.rs"]
mod wrong;

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use kfeat::check::reported::{Commit, Reported};
use kfeat::check::run::series::{Step, series};
use kfeat::check::table::bearing::Tables;
use kfeat::check::{Checker, Search};
use kfeat::diag::{Level, Location};
use kfeat::feature::builtin;
use kfeat::feature::spec::Spec;
use kfeat::kconfig::model::environment::Version;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};
use similar::{DiffOp, TextDiff};

use work::Work;

/// The edit of a commit.
pub type Edit = fn(&mut Work);

/// A change: some commits.
pub struct Change {
    /// Its name, in snake case.
    pub name: &'static str,
    /// Whether it can be made in a tree of 6.12, too.
    pub is_of_old: bool,
    /// The edit of each commit.
    pub commits: &'static [Edit],
    /// The expected finding: the lint, the commit, and the beginning of the file's path.
    pub says: Option<(&'static str, u32, &'static str)>,
}

/// The features that reworks and slips are about. The other changes are judged with lazy_mmu alone, and these with the few: each change of
/// a header that much includes takes long with all of them.
const FEATURES: &[&str] = &[
    "cache-line-size",
    "dma-prep-coherent",
    "lazy_mmu",
    "pmem-api",
    "subpage-faults",
];

/// Which changes are made on a release other than [`RELEASE`]: each of so many.
const SAMPLE: usize = 4;

/// The release whose results are on the page.
const RELEASE: (u32, u32) = (7, 2);

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = Vec::new();
    for path in trees::real() {
        let Ok(tree) = Tree::open(&path) else {
            continue;
        };
        let release = Version::of(&tree).unwrap().release;
        if release == RELEASE || release == (6, 12) {
            trials.push(Trial::test(
                format!("changes::{}.{}", release.0, release.1),
                move || all(&tree, release),
            ));
        }
    }
    if trials.is_empty() {
        trials.push(trees::missing("changes"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A change with what is said of it.
struct Judged {
    change: &'static Change,
    lines: Vec<String>,
    is_as_said: bool,
}

fn all(tree: &Tree, release: (u32, u32)) -> Result<(), Failed> {
    let before = tree.remembering();
    // To try one, while it is written.
    let only = std::env::var("KFEAT_CHANGE").unwrap_or_default();
    let meant = |changes: &'static [Change]| -> Vec<&'static Change> {
        let changes = changes.iter().filter(|change| {
            (release == RELEASE || change.is_of_old) && change.name.contains(&*only)
        });
        match release == RELEASE || !only.is_empty() {
            true => changes.collect(),
            false => changes.step_by(SAMPLE).collect(),
        }
    };
    let few: Vec<Spec> = FEATURES
        .iter()
        .filter_map(|name| builtin::find(name).cloned())
        .collect();
    let few = || [reworks::CHANGES, slips::CHANGES].map(|of| judge_all(&before, &few, &meant(of)));
    let every = || {
        [right::CHANGES, wrong::CHANGES]
            .map(|of| judge_all(&before, builtin::default(), &meant(of)))
    };
    let (every, few) = std::thread::scope(|scope| {
        let few = scope.spawn(few);
        (every(), few.join().unwrap())
    });
    let mut page = String::from(
        "# Changes\n\n\
         These changes were written for the tests, on top of Linux 7.2 and modelled on real ones. The tables show what\n\
         `kfeat check --range` reports for each. A right change has no finding of level warning or error. A wrong one has exactly one,\n\
         at a line that the commit changes. The test `real_changes` generates this page and checks it; it also makes a sample of the\n\
         changes on 6.12.\n",
    );
    let mut failed = String::new();
    for (title, judged) in ["Right", "Wrong"].iter().zip(every.iter().zip(&few)) {
        let _ = write!(
            page,
            "\n## {title}\n\n| change | commits | finding |\n|---|---|---|\n"
        );
        for one in judged.0.iter().chain(judged.1) {
            if !one.is_as_said {
                let _ = writeln!(failed, "{}: {:#?}", one.change.name, one.lines);
            }
            let said = match &one.lines[..] {
                [] => "none".to_owned(),
                lines => lines.join("; "),
            };
            let _ = writeln!(
                page,
                "| {} | {} | {said} |",
                one.change.name.replace('_', " "),
                one.change.commits.len()
            );
        }
    }
    if !failed.is_empty() {
        return Err(failed.into());
    }
    if release != RELEASE || !only.is_empty() {
        return Ok(());
    }
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/changes.md");
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        std::fs::write(path, page)?;
        return Ok(());
    }
    let known = std::fs::read_to_string(path)?;
    match known == page {
        true => Ok(()),
        false => Err(format!("docs/changes.md is not up to date; it should be\n{page}").into()),
    }
}

/// Makes changes one after the other on top of a tree, and compares what is said of each with what is expected.
fn judge_all(before: &Tree, specs: &[Spec], changes: &[&'static Change]) -> Vec<Judged> {
    let mut checker = Checker::for_series(specs, Search::Near)
        .with_tables(Tables::default())
        .with_names(true);
    let mut judged = Vec::new();
    for &change in changes {
        let (found, steps) = judge(&mut checker, before, change);
        let found: Vec<&Reported> = found
            .iter()
            .filter(|one| one.level >= Level::Warn)
            .collect();
        let is_as_said = match (change.says, &found[..]) {
            (None, []) => true,
            (Some((lint, number, path)), [one]) => {
                let since = one
                    .episode
                    .as_ref()
                    .and_then(|episode| episode.since.as_ref());
                one.lint == lint
                    && since.is_some_and(|since| since.number == number)
                    && one.primary.location.path.starts_with(path)
                    && (is_changed(before, &steps, number, &one.primary.location)
                        || is_left_over(before, &steps, number, one))
            }
            _ => false,
        };
        judged.push(Judged {
            change,
            lines: found.iter().map(|one| line(one)).collect(),
            is_as_said,
        });
    }
    judged
}

/// A finding in one line, without what differs from release to release.
fn line(finding: &Reported) -> String {
    let since = finding
        .episode
        .as_ref()
        .and_then(|episode| episode.since.as_ref());
    let since = since.map_or(0, |since| since.number);
    // The file of a use may be another one in the next release.
    let headline = match finding.headline.rsplit_once(" in ") {
        Some((words, _)) if words.ends_with("still used") => words,
        _ => &finding.headline,
    };
    let headline = headline.replace('|', "\\|");
    let path = &finding.primary.location.path;
    format!(
        "`{}` since commit {since}, in {path}: {headline}",
        finding.lint
    )
}

/// Whether a commit removes the architecture that a finding is about, of which no line is left to point at.
fn is_left_over(before: &Tree, steps: &[Step], number: u32, finding: &Reported) -> bool {
    let index = number as usize - 1;
    let old = index.checked_sub(1).map_or(before, |at| &steps[at].tree);
    let mut names = finding.headline.split('`').skip(1).step_by(2);
    names.any(|name| {
        let kconfig = format!("arch/{name}/Kconfig");
        old.is_file(&kconfig) && !steps[index].tree.is_file(&kconfig)
    })
}

/// Whether a commit changes a line, or takes lines away there.
fn is_changed(before: &Tree, steps: &[Step], number: u32, place: &Location) -> bool {
    let index = number as usize - 1;
    let old = index.checked_sub(1).map_or(before, |at| &steps[at].tree);
    let text = |tree: &Tree| tree.read_text(&place.path).unwrap_or_default();
    let (old, new) = (text(old), text(&steps[index].tree));
    let line = place.line as usize - 1;
    TextDiff::from_lines(&*old, &*new).ops().iter().any(|op| {
        let range = op.new_range();
        let is_gone = range.is_empty() && (range.start..=range.start + 1).contains(&(line + 1));
        !matches!(op, DiffOp::Equal { .. }) && (range.contains(&line) || is_gone)
    })
}

/// The findings that a change introduces, and its commits.
fn judge(checker: &mut Checker<'_>, before: &Tree, change: &Change) -> (Vec<Reported>, Vec<Step>) {
    let mut steps: Vec<Step> = Vec::new();
    for (index, edit) in change.commits.iter().enumerate() {
        let last = steps.last().map_or(before, |step| &step.tree).clone();
        let mut work = Work { tree: last };
        edit(&mut work);
        let commit = Commit {
            number: index as u32 + 1,
            of: change.commits.len() as u32,
            id: None,
            subject: change.name.to_owned(),
        };
        steps.push(Step {
            commit: Arc::new(commit),
            tree: work.tree,
        });
    }
    let architectures = |tree: &Tree| tree.architectures();
    let finish = |_: &Tree, _: &[String], _: &mut kfeat::check::Outcome| Ok(());
    let history = series(
        checker,
        before,
        &steps,
        &architectures,
        &finish,
        &mut |_| {},
        &mut |_| {},
    );
    (history.unwrap().new, steps)
}
