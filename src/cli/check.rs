//! Owns the command `check`.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use clap::Args;

use super::at::TreeArgs;
use super::baseline::BaselineArgs;
use super::format::{Format, FormatArgs};
use super::global::{Global, Selection};
use super::kept::{CacheArgs, Lookup};
use super::levels::LintOptions;
use super::{baseline, fix, output, reply, series, unread};
use crate::check::lint::Lint;
use crate::check::run::cells::ChangedCell;
use crate::check::run::series::{Finish, Step};
use crate::check::run::suppression;
use crate::check::support::verdict::Verdict;
use crate::check::table::bearing::Tables;
use crate::check::{self, Checker, Outcome, lints};
use crate::diag::{self, Commit, Diagnostic, Level};
use crate::feature::builtin;
use crate::feature::spec::Spec;
use crate::kconfig::model::Unread;
use crate::report::{Report, Series};
use crate::tree::Tree;

/// The arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat check\n  kfeat check --arch arm64,x86 --verbose\n  \
    kfeat check --format concise\n  kfeat check --format json | jq '.verdicts[] | select(.supported == \"yes\")'\n  \
    kfeat check --fix > fixes.diff\n  kfeat check --spec my-feature.yaml\n  kfeat check --rev v7.2\n  kfeat check --range v7.2..HEAD\n  kfeat check --feature all --format concise\n  \
    kfeat check --write-baseline known.json\n  kfeat check --baseline known.json\n  \
    git format-patch --stdout v7.2.. | kfeat check --rev v7.2 --patch -\n  \
    kfeat check --rev v7.2 --patch series.mbox --format mail > replies.mbox\n\n\
    Findings go to standard output, everything else to standard error.\n\
    Exit codes: 0 no finding of level error, 1 such findings, 2 the job could not be done."
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    at: TreeArgs,
    /// More files of the series that `--patch` begins
    #[arg(value_name = "PATCH", requires = "patch")]
    patches: Vec<PathBuf>,
    /// With --range, --patch or --baseline: also show what was there before
    #[arg(long)]
    all_findings: bool,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    lints: LintOptions,
    #[command(flatten)]
    cache: CacheArgs,
    #[command(flatten)]
    format: FormatArgs,
    /// Show the evidence for architectures without support, too
    #[arg(short, long)]
    verbose: bool,
    /// Also note what breaks nothing today
    #[arg(long)]
    pedantic: bool,
    /// Show the safe fixes of the findings, and of what `audit` finds in the features' tables (without `--feature` in all), as a
    /// diff; with `--write`, make them in the tree
    #[arg(long, conflicts_with_all = ["format", "range", "patch"])]
    fix: bool,
    /// With `--fix`: change the files
    #[arg(long, requires = "fix", conflicts_with = "rev")]
    write: bool,
    /// Tell on standard error where the time went
    #[arg(long)]
    timings: bool,
    /// What a hook of git wants to know, in the place of all others.
    #[arg(skip)]
    pub(super) hook: Option<series::OfHook>,
}

/// Runs `check`.
pub(super) fn run(global: &Global, args: &CheckArgs) -> anyhow::Result<output::Exit> {
    let is_series = args.at.is_series() || args.hook.is_some();
    args.format.check(is_series)?;
    if args.all_findings && !is_series && args.baseline.baseline.is_none() {
        anyhow::bail!(
            "`--all-findings` needs `--range`, `--patch` or `--baseline`: without one, all findings are shown"
        );
    }
    if args.baseline.write_baseline.is_some() && (is_series || args.fix) {
        anyhow::bail!(
            "`--write-baseline` is about one tree as it stands, or about `--rev`: it goes with none of `--range`, `--patch` and `--fix`"
        );
    }
    let baseline = args.baseline.read()?;
    let mut specs = args.selection.specs()?;
    let mut timings = Timings::start();
    let patches = [&*args.at.patch, &*args.patches].concat();
    let input = series::input(global, args.sources(&patches))?;
    timings.done("input");
    let settings = args.lints.settings(&input.before)?;
    let levels = &settings.levels;
    let asks_for_tables = levels.asks_for(Lint::is_about_tables);
    let mut skipped = 0;
    if args.selection.is_of_all_features() {
        let last = input.steps.as_ref().and_then(|steps| steps.last());
        let trees = [Some(&input.before), last.map(|step| &step.tree)];
        let known = specs.len();
        let of_trees = check::feature::declared::only(&specs, trees.into_iter().flatten())?;
        // Those that need no table are looked at in any case, and a tree without their files is refused.
        specs.retain(|spec| {
            let is_same = |other: &Spec| other.name == spec.name;
            of_trees.iter().any(is_same) || builtin::all().iter().any(is_same)
        });
        skipped = known - specs.len();
        timings.done("features");
    }
    if skipped > 0 && args.verbose {
        output::note(&format!(
            "skipped {skipped} features: the tree does not declare their symbols, or lacks their headers"
        ));
    }
    let finish = |tree: &Tree, architectures: &[String], outcome: &mut Outcome| {
        // A series has its own way to look at tables.
        if asks_for_tables && !is_series {
            let paths = args.selection.tables(&specs);
            let of_tables = super::audit::findings(tree, paths.as_deref(), architectures)?;
            outcome.findings.extend(of_tables);
            diag::sort(&mut outcome.findings);
        }
        check::run::kconfig::add_asked_for(tree, architectures, levels, outcome)?;
        let scope = args.selection.scope(&specs, architectures, levels);
        suppression::apply(tree, &settings.suppressions, &scope, outcome)?;
        levels.apply(outcome);
        Ok(())
    };
    let originals = match &input.steps {
        Some(steps) if args.format.format == Format::Mail => {
            let asked = reply::Asked {
                selection: &args.selection,
                revision: args.at.rev.as_deref(),
                pedantic: args.pedantic,
            };
            reply::originals(global, asked, steps, &input.patches)?
        }
        _ => Vec::new(),
    };
    let mut checked = match input.steps {
        None => {
            let given = (&*specs, &args.selection, &settings);
            let lookup = args.cache.lookup(&input.before, given)?;
            one_tree(&input.before, &specs, args, &finish, lookup, &mut timings)?
        }
        Some(steps) => all_trees(input.before, steps, &specs, args, &finish, &mut timings)?,
    };
    let pedantic = checked.pedantic.drain(..).map(|mut finding| {
        finding.level = Level::Note;
        finding
    });
    let mut unasked: Vec<Diagnostic> = pedantic.collect();
    if args.pedantic {
        checked.findings.append(&mut unasked);
        diag::sort(&mut checked.findings);
    }
    let trees = checked.trees;
    let source = |finding: &Diagnostic, path: &str| {
        let index = finding.episode.as_ref().map_or(0, |episode| episode.tree);
        let tree = trees.get(index)?;
        let of_baseline = baseline
            .as_ref()
            .filter(|_| finding.lint == check::run::baseline::UNUSED);
        match of_baseline.and_then(|baseline| baseline.text(tree.root(), path)) {
            Some(text) => Some(text),
            None => tree.read_text(path).ok(),
        }
    };
    if args.baseline.write(&checked.findings, &source)? {
        return Ok(output::Exit::Clean);
    }
    let of_baseline = baseline.as_ref().map(|baseline| {
        let mut findings = baseline::Findings {
            before: vec![&unasked],
            new: std::mem::take(&mut checked.findings),
        };
        if let Some(series) = &checked.series {
            findings.before.extend([&*series.fixed, &*series.known]);
        }
        let scope = args.selection.scope(&specs, &checked.architectures, levels);
        let root = trees.first().map_or(Path::new(""), Tree::root);
        let count = baseline.apply(root, &scope, &mut findings, &source, args.all_findings);
        checked.findings = findings.new;
        count
    });
    if let Some(series) = checked.series.as_mut().filter(|_| args.all_findings) {
        checked.findings.extend(series.known.iter().cloned());
        diag::sort(&mut checked.findings);
    }
    let report = Report {
        findings: &checked.findings,
        // A commit that has nothing to do with a feature is to pass without a word.
        verdicts: match args.hook {
            Some(_) => &[],
            None => &checked.verdicts,
        },
        series: checked.series.as_ref().map(|series| Series {
            commits: &series.commits,
            fixed: &series.fixed,
            known: series.known.len(),
            cells: match args.hook {
                Some(_) => &[],
                None => &series.cells,
            },
        }),
        baseline: of_baseline,
        suppressed: &checked.suppressed,
    };
    if args.fix && args.write {
        unread::refuse_to_write(&checked.unread)?;
    }
    if args.fix {
        let Some(tree) = trees.first() else {
            unreachable!("invariant: what was checked is a tree");
        };
        let mut findings = checked.findings.clone();
        // Who asks for fixes also gets those of what is shown with --pedantic alone.
        findings.extend(unasked.into_iter().filter(|finding| finding.fix.is_some()));
        let paths = args.selection.tables(&specs);
        let mut rows =
            super::audit::findings_with(tree, paths.as_deref(), &checked.architectures, &settings)?;
        if asks_for_tables {
            findings
                .retain(|finding| !lints::find(finding.lint).is_some_and(Lint::is_about_tables));
        }
        // Where the feature itself is broken, its table may be right: the other fixes come first.
        rows.retain(|row| {
            !checked
                .findings
                .iter()
                .any(|finding| check::bears_on(finding, row))
        });
        findings.extend(rows);
        let exit = fix::run(tree, &findings, args.write)?;
        timings.done("fix");
        if args.timings {
            timings.print();
        }
        return Ok(unread::exit_of_check(&checked.unread, exit));
    }
    let text = match args.format.format {
        Format::Mail => {
            let directory = trees.first().map_or(Path::new("."), Tree::root);
            reply::text(&report, &source, &originals, directory)
        }
        _ if args.hook.is_some() && !report.has_findings() => String::new(),
        _ => args.format.render(&report, &source, args.verbose),
    };
    timings.done("report");
    output::print(&text)?;
    if let Some(lookup) = &checked.lookup {
        lookup.keep();
        timings.done("cache");
    }
    if args.timings {
        timings.print();
    }
    let exit = args.format.exit(&report)?;
    Ok(unread::exit_of_check(&checked.unread, exit))
}

impl CheckArgs {
    fn search(&self) -> check::Search {
        if self.selection.is_of_whole_tree() {
            check::Search::Whole
        } else {
            check::Search::Near
        }
    }

    fn sources<'a>(&'a self, patches: &'a [PathBuf]) -> series::Sources<'a> {
        series::Sources {
            hook: self.hook.as_ref(),
            revision: self.at.rev.as_deref(),
            range: self.at.range.as_deref(),
            patches,
        }
    }
}

/// What was found.
struct Checked {
    findings: Vec<Diagnostic>,
    suppressed: Vec<Diagnostic>,
    pedantic: Vec<Diagnostic>,
    verdicts: Vec<Verdict>,
    unread: Vec<(String, Unread)>,
    series: Option<OfSeries>,
    /// The trees that the findings' places are in.
    trees: Vec<Tree>,
    /// The architectures that were looked at, of several trees those of the last.
    architectures: Vec<String>,
    /// What is still to be kept for the next run.
    lookup: Option<Lookup>,
}

/// What a series did.
struct OfSeries {
    commits: Vec<Arc<Commit>>,
    fixed: Vec<Diagnostic>,
    known: Vec<Diagnostic>,
    cells: Vec<ChangedCell>,
}

fn one_tree(
    tree: &Tree,
    specs: &[Spec],
    args: &CheckArgs,
    finish: Finish<'_>,
    mut lookup: Option<Lookup>,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    let watched = lookup.as_ref().map(Lookup::watched);
    let watched = watched.as_ref().unwrap_or(tree);
    let architectures = args.selection.architectures(watched)?;
    let found = lookup.as_ref().and_then(Lookup::find);
    if lookup.is_some() {
        timings.done("cache");
    }
    let outcome = match found {
        Some(outcome) => {
            lookup = None;
            outcome
        }
        None => {
            let search = args.search();
            let mut outcome =
                check::check_within(watched, specs, &architectures, search, &mut |step| {
                    timings.done(step)
                })?;
            finish(watched, &architectures, &mut outcome)?;
            timings.done("rest");
            if let Some(lookup) = &mut lookup {
                lookup.answer(&outcome);
            }
            outcome
        }
    };
    Ok(Checked {
        findings: outcome.findings,
        suppressed: outcome.suppressed,
        pedantic: outcome.pedantic,
        verdicts: outcome.verdicts,
        unread: outcome.unread,
        series: None,
        trees: vec![tree.clone()],
        architectures,
        lookup,
    })
}

fn all_trees(
    before: Tree,
    steps: Vec<Step>,
    specs: &[Spec],
    args: &CheckArgs,
    finish: Finish<'_>,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    // A mistake in the names shows before the work; an architecture may still come or go on the way.
    let last = steps.last().map_or(&before, |step| &step.tree);
    let of_last = args.selection.architectures(last)?;
    let wanted = &args.selection.arch;
    let architectures = |tree: &Tree| {
        let mut all = tree.architectures()?;
        all.retain(|arch| wanted.is_empty() || wanted.contains(arch));
        Ok(all)
    };
    let mut progress = output::Progress::new("commits", steps.len());
    let trees = steps.iter().map(|step| &step.tree);
    let tables = Tables::of_series(args.selection.tables(specs), &before, trees);
    let mut checker = Checker::for_series(specs, args.search()).with_tables(tables);
    checker = checker.with_names(args.selection.is_of_all_features());
    let history = check::run::series::series(
        &mut checker,
        &before,
        &steps,
        &architectures,
        finish,
        &mut |index| progress.at(index),
        &mut |step| timings.done(step),
    )?;
    progress.end();
    // The run ends soon; to free every model one by one takes longer than what is left to do.
    std::mem::forget(checker);
    let trees = steps.iter().map(|step| step.tree.clone());
    Ok(Checked {
        findings: history.new,
        suppressed: history.suppressed,
        pedantic: history.pedantic,
        verdicts: history.verdicts,
        unread: history.unread,
        series: Some(OfSeries {
            commits: steps.iter().map(|step| step.commit.clone()).collect(),
            fixed: history.fixed,
            known: history.known,
            cells: history.cells,
        }),
        trees: std::iter::once(before).chain(trees).collect(),
        architectures: of_last,
        lookup: None,
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
