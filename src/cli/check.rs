//! Owns the command `check`.

use std::io::Write;
use std::time::{Duration, Instant};

use clap::Args;

use super::args::{Global, Selection};
use super::format::FormatArgs;
use super::{fix, locate, output};
use crate::check::{self, whole};
use crate::diag::{self, Level};
use crate::report::Report;
use crate::tree::Tree;

/// The arguments of `check`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat check\n  kfeat check --arch arm64,x86 --verbose\n  \
    kfeat check --format concise\n  kfeat check --format json | jq '.verdicts[] | select(.supported == \"yes\")'\n  \
    kfeat check --fix > fixes.diff\n  kfeat check --spec my-feature.yaml\n  kfeat check --rev v7.2\n  \
    kfeat check --feature all --format concise\n\n\
    Findings go to standard output, everything else to standard error.\n\
    Exit codes: 0 no finding of level error, 1 such findings, 2 the job could not be done."
)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    selection: Selection,
    /// Check a git revision, read from the repository's objects: no checkout, and nothing in the repository is touched
    #[arg(long, value_name = "REV")]
    rev: Option<String>,
    #[command(flatten)]
    format: FormatArgs,
    /// Show the evidence for architectures without support, too
    #[arg(short, long)]
    verbose: bool,
    /// Also note what breaks nothing today
    #[arg(long)]
    pedantic: bool,
    /// Show the safe fixes of the findings as a diff; with `--write`, make them in the tree
    #[arg(long, conflicts_with = "format")]
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
    let tree = match &args.rev {
        Some(revision) => Tree::at_revision(&locate::repository(global)?, revision)?,
        None => locate::open(global)?,
    };
    let specs = args.selection.specs()?;
    let architectures = args.selection.architectures(&tree)?;
    let search = if args.selection.is_of_whole_tree() {
        check::Search::Whole
    } else {
        check::Search::Near
    };
    let mut timings = Timings::start();
    let mut outcome = check::check_within(&tree, &specs, &architectures, search, &mut |step| {
        timings.done(step)
    })?;
    if args.selection.is_of_whole_tree() {
        let mut found = whole::check(&tree)?;
        // What is about a feature has been said with more words.
        found.findings.retain(|finding| {
            let place = &finding.primary.location;
            !outcome.findings.iter().any(|known| {
                let at = &known.primary.location;
                known.lint == finding.lint && (&at.path, at.line) == (&place.path, place.line)
            })
        });
        outcome.findings.extend(found.findings);
        outcome.pedantic.extend(found.pedantic);
        diag::sort(&mut outcome.findings);
        timings.done("whole tree");
    }
    if args.pedantic {
        let notes = outcome.pedantic.drain(..).map(|mut finding| {
            finding.level = Level::Note;
            finding
        });
        outcome.findings.extend(notes);
        diag::sort(&mut outcome.findings);
    }
    let report = Report {
        findings: &outcome.findings,
        verdicts: &outcome.verdicts,
    };
    if args.fix {
        let exit = fix::run(&tree, &outcome.findings, args.write)?;
        timings.done("fix");
        if args.timings {
            timings.print();
        }
        return Ok(exit);
    }
    let source = |path: &str| tree.read_text(path).ok();
    let text = args.format.render(&report, &source, args.verbose);
    timings.done("report");
    output::print(&text)?;
    if args.timings {
        timings.print();
    }
    args.format.exit(&report)
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

    /// A step ended, and the next starts now.
    fn done(&mut self, step: &'static str) {
        let now = Instant::now();
        self.steps.push((step, now - self.since));
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
