//! Owns the command `check`.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use super::args::{Global, Selection};
use super::format::FormatArgs;
use super::{fix, output, series};
use crate::check::series::Step;
use crate::check::verdict::Verdict;
use crate::check::{self, Checker, whole};
use crate::diag::{self, Commit, Diagnostic, Level};
use crate::feature::spec::Spec;
use crate::report::{Report, Series};
use crate::tree::Tree;

/// The arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat check\n  kfeat check --arch arm64,x86 --verbose\n  \
    kfeat check --format concise\n  kfeat check --format json | jq '.verdicts[] | select(.supported == \"yes\")'\n  \
    kfeat check --fix > fixes.diff\n  kfeat check --spec my-feature.yaml\n  kfeat check --rev v7.2\n  kfeat check --range v7.2..HEAD\n  kfeat check --feature all --format concise\n  \
    git format-patch --stdout v7.2.. | kfeat check --rev v7.2 --patch -\n\n\
    Findings go to standard output, everything else to standard error.\n\
    Exit codes: 0 no finding of level error, 1 such findings, 2 the job could not be done."
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    selection: Selection,
    /// Check a git revision, read from the repository's objects: no checkout, and nothing in the repository is touched
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    /// Check every commit of a series, and show what it brings; A..B as git writes it, of merges the first parent
    #[arg(long, value_name = "A..B", conflicts_with_all = ["rev", "patch"])]
    range: Option<String>,
    /// Check a patch or a mailbox of patches (`-` for standard input) on top of the tree or of --rev, and show what it brings
    #[arg(long, value_name = "FILE")]
    patch: Option<PathBuf>,
    /// With --range or --patch: also show what was there before
    #[arg(long)]
    all_findings: bool,
    #[command(flatten)]
    format: FormatArgs,
    /// Show the evidence for architectures without support, too
    #[arg(short, long)]
    verbose: bool,
    /// Also note what breaks nothing today
    #[arg(long)]
    pedantic: bool,
    /// Show the safe fixes of the findings as a diff; with `--write`, make them in the tree
    #[arg(long, conflicts_with_all = ["format", "range", "patch"])]
    fix: bool,
    /// With `--fix`: change the files
    #[arg(long, requires = "fix", conflicts_with = "rev")]
    write: bool,
    /// Tell on standard error where the time went
    #[arg(long)]
    timings: bool,
}

/// Runs `check`.
pub(super) fn run(global: &Global, args: &CheckArgs) -> anyhow::Result<output::Exit> {
    args.format.check()?;
    if args.all_findings && args.range.is_none() && args.patch.is_none() {
        anyhow::bail!(
            "`--all-findings` needs `--range` or `--patch`: without one, all findings are shown"
        );
    }
    let specs = args.selection.specs()?;
    let mut timings = Timings::start();
    let input = series::input(global, args.sources())?;
    timings.done("input");
    let mut checked = match input.steps {
        None => one_tree(&input.before, &specs, args, &mut timings)?,
        Some(steps) => all_trees(input.before, steps, &specs, args, &mut timings)?,
    };
    if args.pedantic {
        let notes = checked.pedantic.drain(..).map(|mut finding| {
            finding.level = Level::Note;
            finding
        });
        checked.findings.extend(notes);
        diag::sort(&mut checked.findings);
    }
    let report = Report {
        findings: &checked.findings,
        verdicts: &checked.verdicts,
        series: checked.series.as_ref().map(|series| Series {
            commits: &series.commits,
            fixed: &series.fixed,
            known: series.known,
        }),
    };
    let source = |finding: &Diagnostic, path: &str| {
        let index = finding.episode.as_ref().map_or(0, |episode| episode.tree);
        checked.trees.get(index)?.read_text(path).ok()
    };
    if args.fix {
        let Some(tree) = checked.trees.first() else {
            unreachable!("invariant: what was checked is a tree");
        };
        let exit = fix::run(tree, &checked.findings, args.write)?;
        timings.done("fix");
        if args.timings {
            timings.print();
        }
        return Ok(exit);
    }
    let text = args.format.render(&report, &source, args.verbose);
    timings.done("report");
    output::print(&text)?;
    if args.timings {
        timings.print();
    }
    args.format.exit(&report)
}

impl CheckArgs {
    fn search(&self) -> check::Search {
        if self.selection.is_of_whole_tree() {
            check::Search::Whole
        } else {
            check::Search::Near
        }
    }

    fn sources(&self) -> series::Sources<'_> {
        series::Sources {
            revision: self.rev.as_deref(),
            range: self.range.as_deref(),
            patch: self.patch.as_deref(),
        }
    }
}

/// What was found.
struct Checked {
    findings: Vec<Diagnostic>,
    pedantic: Vec<Diagnostic>,
    verdicts: Vec<Verdict>,
    series: Option<OfSeries>,
    /// The trees that the findings' places are in.
    trees: Vec<Tree>,
}

/// What a series did.
struct OfSeries {
    commits: Vec<Arc<Commit>>,
    fixed: Vec<Diagnostic>,
    known: usize,
}

fn one_tree(
    tree: &Tree,
    specs: &[Spec],
    args: &CheckArgs,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    let architectures = args.selection.architectures(tree)?;
    let search = args.search();
    let mut outcome = check::check_within(tree, specs, &architectures, search, &mut |step| {
        timings.done(step)
    })?;
    if args.selection.is_of_whole_tree() {
        whole::add(tree, &mut outcome)?;
        timings.done("whole tree");
    }
    Ok(Checked {
        findings: outcome.findings,
        pedantic: outcome.pedantic,
        verdicts: outcome.verdicts,
        series: None,
        trees: vec![tree.clone()],
    })
}

fn all_trees(
    before: Tree,
    steps: Vec<Step>,
    specs: &[Spec],
    args: &CheckArgs,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    // A mistake in the names shows before the work; an architecture may still come or go on the way.
    let last = steps.last().map_or(&before, |step| &step.tree);
    args.selection.architectures(last)?;
    let wanted = &args.selection.arch;
    let architectures = |tree: &Tree| {
        let mut all = tree.architectures()?;
        all.retain(|arch| wanted.is_empty() || wanted.contains(arch));
        Ok(all)
    };
    let mut progress = output::Progress::new("commits", steps.len());
    let mut history = check::series::series(
        &mut Checker::for_series(specs, args.search()),
        &before,
        &steps,
        &architectures,
        args.selection.is_of_whole_tree(),
        &mut |index| progress.at(index),
        &mut |step| timings.done(step),
    )?;
    progress.end();
    let known = history.known.len();
    if args.all_findings {
        history.new.append(&mut history.known);
        diag::sort(&mut history.new);
    }
    let trees = steps.iter().map(|step| step.tree.clone());
    Ok(Checked {
        findings: history.new,
        pedantic: history.pedantic,
        verdicts: history.verdicts,
        series: Some(OfSeries {
            commits: steps.iter().map(|step| step.commit.clone()).collect(),
            fixed: history.fixed,
            known,
        }),
        trees: std::iter::once(before).chain(trees).collect(),
    })
}

/// How long each step took.
#[derive(Debug)]
struct Timings {
    since: Instant,
    steps: Vec<(&'static str, Duration)>,
}

impl Timings {
    /// The first step starts now.
    fn start() -> Self {
        Self {
            since: Instant::now(),
            steps: Vec::new(),
        }
    }

    /// A step ended, and the next starts now. The same step of several trees counts together.
    fn done(&mut self, step: &'static str) {
        let now = Instant::now();
        let time = now - self.since;
        match self.steps.iter_mut().find(|(known, _)| *known == step) {
            Some((_, known)) => *known += time,
            None => self.steps.push((step, time)),
        }
        self.since = now;
    }

    /// Writes the steps to standard error.
    fn print(&self) {
        let mut err = std::io::stderr().lock();
        let total: Duration = self.steps.iter().map(|(_, time)| *time).sum();
        for (step, time) in self.steps.iter().chain([&("total", total)]) {
            // Where standard error is gone, nobody wants to know.
            let _ = writeln!(err, "{step:>10} {:>8.1} ms", time.as_secs_f64() * 1e3);
        }
    }
}
