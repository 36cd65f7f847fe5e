//! Owns the command `audit`.

use anyhow::bail;
use clap::Args;

use super::at::TreeArgs;
use super::baseline::{self, BaselineArgs};
use super::format::{Format, FormatArgs};
use super::global::{Global, select_architectures};
use super::levels::{LintOptions, Settings};
use super::{fix, output, unread};
use crate::check::Outcome;
use crate::check::reported::Reported;
use crate::check::run::scope::Scope;
use crate::check::run::{hooks, suppression, tables};
use crate::check::table::{self, Matrix, Row, rows};
use crate::diag;
use crate::feature::builtin;
use crate::report::{Report, audit as summary};
use crate::tree::Tree;

/// The arguments of `audit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat audit                               compare all tables with Kconfig\n  \
    kfeat audit --feature cBPF-JIT --verbose  show evidence for every cell\n  \
    kfeat audit --arch um --format concise    one line for each finding\n  \
    kfeat audit --hooks                       look for missing hooks, too\n  \
    kfeat audit --rev v7.2                    the tables of a git revision\n  \
    kfeat audit --rev v7.2 --patch series.mbox  the tables with a series applied\n  \
    kfeat audit --fix --write                 correct rows that are proved wrong\n\n\
    `--fix` corrects single rows; `kfeat emit --all` rewrites whole tables, also as patches.\n\
    Exit codes: 0 no finding of level error, 1 such findings, 2 error: bad arguments or unreadable input."
)]
pub(super) struct AuditArgs {
    #[command(flatten)]
    tables: Tables,
    /// Report only findings about these architectures, by directory below arch/ or an alias such as `amd64` [default: all of the
    /// tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    #[command(flatten)]
    at: TreeArgs,
    /// Also report architectures that turn a feature's symbol on but lack some of its hooks
    #[arg(long)]
    hooks: bool,
    #[command(flatten)]
    baseline: BaselineArgs,
    #[command(flatten)]
    lints: LintOptions,
    /// With --baseline: also show the findings in it
    #[arg(long, requires = "baseline")]
    all_findings: bool,
    #[command(flatten)]
    format: FormatArgs,
    /// Also show the verdict on every architecture, with its evidence
    #[arg(short, long)]
    verbose: bool,
    /// Show the safe fixes of the findings as a diff; with `--write`, apply them to the tree
    #[arg(long, conflicts_with_all = ["format", "verbose", "write_baseline"])]
    fix: bool,
    /// With `--fix`: change the files in the tree
    #[arg(long, requires = "fix", conflicts_with_all = ["rev", "range", "patch"])]
    write: bool,
}

/// Which tables to look at.
#[derive(Debug, Args)]
pub(super) struct Tables {
    /// Check only the tables of these features: NAME, SUBSYSTEM/NAME or a Kconfig symbol [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub feature: Vec<String>,
}

/// Runs `audit`.
pub(super) fn run(global: &Global, args: &AuditArgs) -> anyhow::Result<output::Exit> {
    args.format.check(false)?;
    let baseline = args.baseline.read()?;
    let tree = args.at.open(global)?;
    let Settings {
        levels,
        suppressions,
        ..
    } = args.lints.settings(&tree)?;
    let architectures = select_architectures(&tree, &args.arch)?;
    let mut matrix = args.tables.matrix(&tree, args.hooks)?;
    let mut findings = tables::about(&matrix, &architectures);
    if args.hooks {
        findings.extend(hooks::add(&tree, &mut matrix, &architectures)?);
        diag::sort(&mut findings);
    }
    matrix.keep_architectures(&architectures);
    let is_human = args.format.format == Format::Human;
    let verdicts = if is_human && !args.verbose {
        Vec::new()
    } else {
        matrix.verdicts()
    };
    let scope = Scope {
        architectures: &architectures,
        is_of_all_architectures: args.arch.is_empty(),
        features: matrix.features.iter().map(|row| row.name.clone()).collect(),
        specs: &[],
        is_of_all_features: args.tables.feature.is_empty(),
        is_of_whole_tree: false,
        is_about_tables: true,
        levels: &levels,
    };
    let mut outcome = Outcome {
        findings,
        ..Outcome::default()
    };
    suppression::apply(&tree, &suppressions, &scope, &mut outcome)?;
    levels.apply(&mut outcome);
    let mut findings = Reported::all(outcome.findings);
    let texts = baseline::Texts::new(baseline.as_ref());
    let source = |finding: &Reported, path: &str| texts.of(&tree, finding, path);
    if args.baseline.write(&findings, &source)? {
        return Ok(output::Exit::Clean);
    }
    let of_baseline = baseline.as_ref().map(|baseline| {
        let mut open = baseline::Findings {
            before: Vec::new(),
            new: std::mem::take(&mut findings),
        };
        let count = baseline.apply(tree.root(), &scope, &mut open, &source, args.all_findings);
        findings = open.new;
        count
    });
    if args.fix {
        if args.write {
            unread::refuse_to_write(&matrix.unread)?;
        }
        let to_fix: Vec<_> = findings.into_iter().map(|one| one.finding).collect();
        let exit = fix::run(&tree, &to_fix, args.write)?;
        return Ok(unread::exit(&matrix.unread, exit));
    }
    let report = Report {
        findings: &findings,
        verdicts: &verdicts,
        baseline: of_baseline,
        suppressed: &outcome.suppressed,
        ..Report::default()
    };
    let mut text = args.format.render(&report, &source, args.verbose);
    if is_human && !output::is_quiet() {
        text.push_str(&summary::summary(&matrix));
    }
    output::print(&text)?;
    Ok(unread::exit(&matrix.unread, args.format.exit(&report)?))
}

impl Tables {
    /// What Kconfig says of the tables that are meant, on all architectures of the tree; with the hooks of their features, if that
    /// is wanted.
    pub fn matrix(&self, tree: &Tree, hooks: bool) -> anyhow::Result<Matrix> {
        let specs = builtin::default_and(|spec| hooks && tree.is_file(&spec.table_path()));
        let mut rows = rows::of_tree(tree, &specs)?;
        rows.retain(|row| row.is_in_tree());
        self.of_rows(tree, rows)
    }

    /// The same, with the features that kfeat knows and the tree has no table of.
    pub fn with_missing(&self, tree: &Tree) -> anyhow::Result<Matrix> {
        self.of_rows(tree, rows::of_tree(tree, builtin::default())?)
    }

    fn of_rows(&self, tree: &Tree, rows: Vec<Row>) -> anyhow::Result<Matrix> {
        if rows.is_empty() {
            bail!(
                "the tree has no table `Documentation/features/SUBSYSTEM/FEATURE/arch-support.txt`"
            );
        }
        let rows = rows::select(rows, &self.feature)?;
        let architectures = select_architectures(tree, &[])?;
        Ok(table::matrix(tree, rows, &architectures, &mut |_| {})?)
    }
}
