//! Owns the command `check`.

use std::path::{Path, PathBuf};

use clap::Args;

use super::at::TreeArgs;
use super::author::author;
use super::baseline::{self, BaselineArgs};
use super::format::{Format, FormatArgs};
use super::global::{Global, Selection};
use super::kept::{CacheArgs, Lookup, Pieced};
use super::levels::{LintOptions, Settings};
use super::paths::Paths;
use super::series::Input;
use super::specs::Specs;
use super::timings::Timings;
use super::watch::{self, Noted};
use super::{fix, output, reply, series, unread};
use crate::check::feature::declared;
use crate::check::lint::group::FEATURE;
use crate::check::reported::Reported;
use crate::check::run::passes::Passes;
use crate::check::run::past;
use crate::check::run::request::{Checked, Request};
use crate::check::run::step::Step;
use crate::diag;
use crate::report::reply::Original;
use crate::report::{OfBaseline, OfFeatures, Report, Series};
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
    Exit codes: 0 no finding of level error, 1 such findings, 2 error: bad arguments or unreadable input."
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    selection: Selection,
    #[command(flatten)]
    at: TreeArgs,
    /// Report only findings in these files and directories of the tree; with --patch, further patch files of the series
    #[arg(value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// With --range, --patch or --baseline: also show findings that are in the baseline or older than the series
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
    /// Show the verdicts of all features, the evidence for architectures without support, and every note
    #[arg(short, long)]
    verbose: bool,
    /// Also report findings that break nothing today
    #[arg(long)]
    pedantic: bool,
    /// Show the safe fixes as a diff, including those that `audit` finds in the tables of the features (without `--feature`, in
    /// all tables); with `--write`, apply them to the tree
    #[arg(long, conflicts_with_all = ["format", "range", "patch"])]
    fix: bool,
    /// With `--fix`: write a mail for each fix to standard output, for git am
    #[arg(long, requires = "fix", conflicts_with = "write")]
    mail: bool,
    /// With `--mail`: From: address [default: git's user.name and user.email]
    #[arg(long = "from", requires = "mail", value_name = "NAME <ADDRESS>")]
    sender: Option<String>,
    /// With `--fix`: change the files in the tree
    #[arg(long, requires = "fix", conflicts_with = "rev")]
    write: bool,
    /// Print timings to standard error
    #[arg(long)]
    timings: bool,
    /// Repeat the check whenever a file that it has read changes, until Ctrl-C
    #[arg(long, conflicts_with_all = ["rev", "range", "patch", "fix", "write_baseline"])]
    watch: bool,
    /// The input of a git hook, in place of all other arguments.
    #[arg(skip)]
    pub(super) hook: Option<series::OfHook>,
}

/// Runs `check`.
pub(super) fn run(global: &Global, args: &CheckArgs) -> anyhow::Result<output::Exit> {
    args.refuse_contradictions()?;
    if !args.watch {
        return once(global, args, None);
    }
    if global.output.is_some() {
        anyhow::bail!("`--watch` prints each result: it cannot be combined with `--output`");
    }
    let mut others = watch::files(&args.selection.spec);
    others.extend(args.lints.files());
    others.extend(args.baseline.baseline.clone());
    watch::repeat(&others, |noted| once(global, args, Some(noted)).map(drop))
}

/// Checks once. What is read goes into `noted`, if it is there.
fn once(global: &Global, args: &CheckArgs, noted: Option<&Noted>) -> anyhow::Result<output::Exit> {
    let baseline = args.baseline.read()?;
    let mut timings = Timings::start();
    let (asked, mut input) = Asked::read(global, args, noted, &mut timings)?;
    let request = asked.request();
    let originals = asked.originals(global, &input)?;
    let mut lookup = None;
    let mut checked = match input.steps.take() {
        None => {
            // A kept result does not say what it rests on; the question is the texts of all specs that were given. Nothing is written to
            // the tree that this run has not found itself.
            if noted.is_none() && !asked.specs.is_partial && !args.fix {
                let given = (&*asked.specs.specs, &args.selection, &asked.settings);
                lookup = args.cache.lookup(&input.before, given)?;
            }
            one_tree(input.before, &request, args, &mut lookup, &mut timings)?
        }
        Some(steps) => all_trees(input.before, &steps, &request, args, &mut timings)?,
    };
    let mut unasked = checked.take_pedantic();
    if args.pedantic {
        checked.findings.append(&mut unasked);
        diag::sort(&mut checked.findings);
    }
    let mut findings = std::mem::take(&mut checked.findings);
    let texts = baseline::Texts::new(baseline.as_ref());
    let source =
        |finding: &Reported, path: &str| texts.of(checked.tree_of(finding)?, finding, path);
    if args.baseline.write(&findings, &source)? {
        return Ok(unread::exit_of_specs(&asked.specs, output::Exit::Clean));
    }
    if checked.series.is_none()
        && let Some(tree) = checked.trees.first()
    {
        past::add_releases(tree, &mut findings);
    }
    let of_baseline = baseline.as_ref().map(|baseline| {
        let mut open = baseline::Findings {
            before: vec![&unasked],
            new: std::mem::take(&mut findings),
        };
        if let Some(series) = &checked.series {
            open.before.extend([&*series.fixed, &*series.known]);
        }
        let scope = request.scope(&checked.architectures);
        let root = root_of(&checked);
        let count = baseline.apply(root, &scope, &mut open, &source, args.all_findings);
        findings = open.new;
        count
    });
    if let Some(series) = checked.series.as_ref().filter(|_| args.all_findings) {
        findings.extend(series.known.iter().cloned());
        diag::sort(&mut findings);
    }
    let exit = if args.fix {
        let exit = asked.fix(&request, &checked, &findings, &unasked)?;
        timings.done("fix");
        exit
    } else {
        asked.paths.narrow(&mut findings);
        let report = asked.report(&checked, &findings, of_baseline);
        let text = match args.format.format {
            Format::Mail => reply::text(&report, &source, &originals, root_of(&checked)),
            _ if args.hook.is_some() && !report.has_findings() => String::new(),
            _ => args.format.render(&report, &source, args.verbose),
        };
        timings.done("report");
        output::print(&text)?;
        if let Some(lookup) = &lookup {
            lookup.keep();
            timings.done("cache");
        }
        args.format.exit(&report)?
    };
    timings.print_if(args.timings);
    Ok(unread::exit_of_specs(
        &asked.specs,
        unread::exit_of_check(&checked.unread, exit),
    ))
}

/// Where the files are that were checked.
fn root_of(checked: &Checked) -> &Path {
    checked.trees.first().map_or(Path::new("."), Tree::root)
}

/// The question that the arguments put to the trees that they name.
struct Asked<'a> {
    args: &'a CheckArgs,
    specs: Specs,
    /// How many features the trees do not know.
    skipped: usize,
    settings: Settings,
    paths: Paths,
    /// The architectures that are named; none where all are meant.
    architectures: Vec<String>,
}

impl<'a> Asked<'a> {
    /// Reads what was given: the specs, the trees and the settings that apply to them.
    fn read(
        global: &Global,
        args: &'a CheckArgs,
        noted: Option<&Noted>,
        timings: &mut Timings,
    ) -> anyhow::Result<(Self, Input)> {
        let mut specs = args.selection.specs()?;
        let mut input = args.input(global)?;
        if let Some(noted) = noted {
            input.before = noted.over(&input.before);
        }
        timings.done("input");
        let settings = args.lints.settings(&input.before)?;
        let skipped = args.leave_out_unknown(&input, &mut specs)?;
        timings.done("features");
        let last = input.steps.as_ref().and_then(|steps| steps.last());
        let last = last.map_or(&input.before, |step| &step.tree);
        let paths = args.paths(last)?;
        // A mistake in the names shows before the work; an architecture may still come or go on the way.
        let architectures = match &args.selection.arch[..] {
            [] => Vec::new(),
            _ => args.selection.architectures(last)?,
        };
        let is_partial =
            !architectures.is_empty() && architectures.len() < last.architectures()?.len();
        let asks_for_dead = match &input.steps {
            // A series is asked about the lines that it touches.
            Some(_) => args.selection.is_of_all_features(),
            None => Passes::new(&settings.levels, true).kconfig.dead,
        };
        if is_partial && asks_for_dead {
            output::note(
                "with `--arch`, lines without effect (group `dead`) are not looked for: a line may act on another architecture",
            );
        }
        let asked = Self {
            args,
            specs,
            skipped,
            settings,
            paths,
            architectures,
        };
        Ok((asked, input))
    }

    /// The question to the engine.
    fn request(&self) -> Request<'_> {
        Request {
            specs: &self.specs.specs,
            architectures: &self.architectures,
            is_of_all_features: self.args.selection.is_of_all_features(),
            is_of_whole_tree: self.args.selection.is_of_whole_tree(),
            levels: &self.settings.levels,
            suppressions: &self.settings.suppressions,
        }
    }

    /// The mails of the series that are answered, where the answer is mails.
    fn originals(&self, global: &Global, input: &Input) -> anyhow::Result<Vec<Original>> {
        let steps = input.steps.as_ref();
        let Some(steps) = steps.filter(|_| self.args.format.format == Format::Mail) else {
            return Ok(Vec::new());
        };
        let asked = reply::Asked {
            selection: &self.args.selection,
            revision: self.args.at.rev.as_deref(),
            pedantic: self.args.pedantic,
        };
        reply::originals(global, asked, steps, &input.patches)
    }

    /// Makes the safe fixes, shows them, or writes them as mails.
    fn fix(
        &self,
        request: &Request<'_>,
        checked: &Checked,
        findings: &[Reported],
        unasked: &[Reported],
    ) -> anyhow::Result<output::Exit> {
        let args = self.args;
        if args.write {
            unread::refuse_to_write(&checked.unread)?;
        }
        let Some(tree) = checked.trees.first() else {
            unreachable!("invariant: what was checked is a tree");
        };
        let mut to_fix = request.to_fix(tree, &checked.architectures, findings, unasked)?;
        self.paths.narrow(&mut to_fix);
        match args.mail {
            true => fix::mails(tree, &to_fix, &author(tree, args.sender.as_deref())?),
            false => fix::run(tree, &to_fix, args.write),
        }
    }

    /// The report of a check.
    fn report<'r>(
        &self,
        checked: &'r Checked,
        findings: &'r [Reported],
        of_baseline: Option<OfBaseline>,
    ) -> Report<'r> {
        // A commit that touches no feature passes silently, and a run on given paths shows findings only.
        let is_short = self.args.hook.is_some() || !self.paths.is_all();
        Report {
            findings,
            verdicts: if is_short { &[] } else { &checked.verdicts },
            series: checked.series.as_ref().map(|series| Series {
                commits: &series.commits,
                fixed: &series.fixed,
                known: series.known.len(),
                cells: if is_short { &[] } else { &series.cells },
            }),
            baseline: of_baseline,
            suppressed: &checked.suppressed,
            features: OfFeatures {
                is_contract_checked: of_baseline.is_none() && self.settings.levels.keeps(&FEATURE),
                skipped: self.skipped,
            },
        }
    }
}

impl CheckArgs {
    /// Refuses options that say nothing, or too much, together.
    fn refuse_contradictions(&self) -> anyhow::Result<()> {
        let is_series = self.at.is_series() || self.hook.is_some();
        self.format.check(is_series)?;
        if self.all_findings && !is_series && self.baseline.baseline.is_none() {
            anyhow::bail!(
                "`--all-findings` needs `--range`, `--patch` or `--baseline`: without one, all findings are shown"
            );
        }
        if self.baseline.write_baseline.is_some() && (is_series || self.fix) {
            anyhow::bail!(
                "`--write-baseline` describes a single tree: it cannot be combined with `--range`, `--patch` or `--fix`"
            );
        }
        Ok(())
    }

    /// The files of the tree that are meant.
    fn paths(&self, tree: &Tree) -> anyhow::Result<Paths> {
        match self.at.patch.is_empty() {
            true => Paths::new(tree, &self.paths),
            false => Ok(Paths::default()),
        }
    }

    /// The tree, or the series.
    fn input(&self, global: &Global) -> anyhow::Result<Input> {
        let more = match self.at.patch.is_empty() {
            true => &[][..],
            false => &*self.paths,
        };
        let patches = [&*self.at.patch, more].concat();
        let sources = series::Sources {
            hook: self.hook.as_ref(),
            revision: self.at.rev.as_deref(),
            range: self.at.range.as_deref(),
            patches: &patches,
        };
        series::input(global, sources)
    }

    /// Leaves out the features that the trees do not know, where none is named, and specs that do not fit the trees. Returns how many
    /// were left out.
    fn leave_out_unknown(&self, input: &Input, chosen: &mut Specs) -> anyhow::Result<usize> {
        let steps = input.steps.iter().flatten().map(|step| &step.tree);
        let trees: Vec<&Tree> = std::iter::once(&input.before).chain(steps).collect();
        let newest = trees.last().copied().unwrap_or(&input.before);
        let count = chosen.specs.len();
        declared::follow_headers(&mut chosen.specs, trees[0], newest);
        match self.selection.is_of_all_features() {
            true => {
                let ends = [trees[0], newest];
                chosen.specs = declared::of_trees(ends.into_iter(), newest)?;
            }
            false => {
                for text in chosen.fit(&trees)? {
                    output::note(&text);
                }
                chosen.specs = declared::in_release(&chosen.specs, newest)?;
            }
        }
        let specs = &chosen.specs;
        let skipped = count - specs.len();
        if skipped > 0 && self.verbose {
            output::note(&format!(
                "skipped {skipped} features: the tree does not declare their symbols, lacks their headers, or is of another release"
            ));
        }
        Ok(skipped)
    }
}

/// Checks one tree, or finds what another run found there: then nothing is left in `lookup` to be kept.
fn one_tree(
    tree: Tree,
    request: &Request<'_>,
    args: &CheckArgs,
    lookup: &mut Option<Lookup>,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    let watched = lookup.as_ref().map(Lookup::watched);
    let watched = watched.as_ref().unwrap_or(&tree);
    let architectures = args.selection.architectures(watched)?;
    let found = lookup.as_mut().map(Lookup::find);
    let found = found.unwrap_or_else(|| Err(Pieced::default()));
    if lookup.is_some() {
        timings.done("cache");
    }
    let outcome = match found {
        Ok(outcome) => {
            *lookup = None;
            outcome
        }
        Err(Pieced { kept, keep }) => {
            let done = &mut |step| timings.done(step);
            let outcome = request.check_from(watched, &architectures, kept, keep, done)?;
            if let Some(lookup) = lookup {
                lookup.answer(&outcome);
            }
            outcome
        }
    };
    Ok(Checked::from_tree(tree.clone(), architectures, outcome))
}

/// Checks the trees of a series.
fn all_trees(
    before: Tree,
    steps: &[Step],
    request: &Request<'_>,
    args: &CheckArgs,
    timings: &mut Timings,
) -> anyhow::Result<Checked> {
    // A mistake in the names shows before the work; an architecture may still come or go on the way.
    let last = steps.last().map_or(&before, |step| &step.tree);
    let architectures = args.selection.architectures(last)?;
    let mut progress = output::Progress::new("commits", steps.len());
    let mut checker = request.checker(&before, steps);
    let next = &mut |index| progress.at(index);
    let done = &mut |step| timings.done(step);
    let history = request.check_series(&mut checker, &before, steps, next, done)?;
    progress.end();
    // The run ends soon; to free every model one by one takes longer than what is left to do.
    std::mem::forget(checker);
    Ok(Checked::from_series(before, steps, architectures, history))
}
