//! Owns the command `matrix`.

use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::builder::PossibleValuesParser;
use clap::{Args, ValueEnum};

use super::at::TreeArgs;
use super::config::toolchain;
use super::global::{Global, select_architectures};
use super::site::Site;
use super::template::{self, bounded};
use super::{between, busy, locate, output, unread};
use crate::check::run::hooks;
use crate::check::table::{self, Matrix, Row, Toolchain, rows};
use crate::feature::builtin;
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::Version;
use crate::report::matrix::between::Change;
use crate::report::matrix::{
    self, About, LinkTemplate, Options, Part, STATUSES, Script, Selection, Shown, TemplateFile,
};
use crate::tree::Tree;

/// The script that generates the documentation of older trees, in Perl.
const OLD_SCRIPT: &str = "scripts/get_feat.pl";

/// The arguments of `matrix`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat matrix                                  all features and architectures\n  \
    kfeat matrix --arch x86,um --status denied    what the tables wrongly deny\n  \
    kfeat matrix --feature jump-labels --format md\n  kfeat matrix --format html > matrix.html      one page that needs no network\n  \
    kfeat matrix --format csv | grep ',ok,no,'\n  \
    kfeat matrix --format rst --actual --arch x86\n  \
    kfeat matrix --defconfigs --feature KASAN     the defconfigs that turn it on\n  \
    kfeat matrix --between v6.12 v7.2             what changed, with the commits\n  \
    kfeat matrix --between v6.12..v7.2 --format html > changes.html\n  \
    kfeat matrix --site public --releases v6.12,v7.2\n\n\
    The features are the tables below Documentation/features, lazy_mmu even without a table, and other known features without a table if --feature names them. Each cell holds what the table says and what Kconfig says over all configurations, with the lines that prove it.\n\
    Exit codes: 0 done; 1 something changed, with --exit-code; 2 error: bad arguments or unreadable input."
)]
pub(super) struct MatrixArgs {
    /// How to write the matrix
    #[arg(long, value_enum, default_value_t = Format::Table, value_name = "FORMAT")]
    format: Format,
    /// Show only these features: NAME, SUBSYSTEM/NAME or a Kconfig symbol [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    feature: Vec<String>,
    /// Only these architectures, by directory below arch/ or an alias such as `amd64`
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    /// Show only cells with this status: what the table says (none: no row), what Kconfig says, or how the two compare
    #[arg(long, value_name = "STATUS", value_delimiter = ',', value_parser = PossibleValuesParser::new(STATUSES))]
    status: Vec<String>,
    #[command(flatten)]
    at: TreeArgs,
    /// Show for each cell which of the tree's default configurations turn it on, and on which commands that depends
    #[arg(long)]
    defconfigs: bool,
    /// Show for each cell with the feature whether the headers keep its contract, with the places of the hooks
    #[arg(long, conflicts_with = "between")]
    hooks: bool,
    /// With `--format rst`: show what Kconfig says instead of what the tables say, and the claim of the table where it differs
    #[arg(long, conflicts_with = "between")]
    actual: bool,
    /// Take the output of commands from this file [default: the output of scripts/dummy-tools]
    #[arg(long, value_name = "FILE", requires = "defconfigs")]
    shell_answers: Option<PathBuf>,
    /// Show what changed from one tree to another, cell by cell, with the added and removed lines. Each tree is a git revision or
    /// a directory; OLD..NEW works as well. Between revisions, the commits are named, too
    #[arg(long, num_args = 1..=2, value_names = ["OLD", "NEW"], conflicts_with_all = ["rev", "range", "patch", "defconfigs"])]
    between: Option<Vec<String>>,
    /// Write pages into this directory: one for each release of --releases, what changed between them, and an index
    #[arg(long, value_name = "DIR", requires = "releases", conflicts_with_all = ["rev", "range", "patch", "defconfigs", "between", "hooks", "format"])]
    site: Option<PathBuf>,
    /// With `--site`: the releases, from the oldest to the newest, each a git revision or a directory
    #[arg(long, value_name = "REV", value_delimiter = ',', requires = "site")]
    releases: Vec<String>,
    /// With `--between`: exit with 1 if something changed
    #[arg(long, requires = "between")]
    exit_code: bool,
    /// Take the templates (matrix.html, matrix.md, between.html, between.md, index.html, matrix.rst, matrix-arch.rst,
    /// matrix-feature.rst) from this directory, if they exist there
    #[arg(long, value_name = "DIR")]
    template_dir: Option<PathBuf>,
    /// With `--format html`: link each place to a source browser: `elixir`, `kernel.org`, `github`, or an address with {path},
    /// {line}, {rev} and {tag}
    #[arg(long, value_name = "ADDRESS")]
    link_template: Option<LinkTemplate>,
}

/// How a matrix is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Signs in columns, for a terminal
    Table,
    /// One line for each cell: feature,arch,documented,actual,condition,evidence
    Csv,
    /// A document; its schema is docs/schema/matrix.schema.json
    Json,
    /// The same as YAML
    Yaml,
    /// The tables as the kernel's documentation shows them: all, one architecture (--arch) or one feature (--feature)
    Rst,
    /// Tables in Markdown
    Md,
    /// A page with filters, in one file
    Html,
}

/// Runs `matrix`.
pub(super) fn run(global: &Global, args: &MatrixArgs) -> anyhow::Result<output::Exit> {
    let files = match &args.template_dir {
        Some(directory) => template::read_all(directory)?,
        None => Vec::new(),
    };
    if let Some(names) = &args.between {
        return changes(global, args, ends(names)?, &files);
    }
    if let Some(directory) = &args.site {
        let site = Site {
            directory,
            features: &args.feature,
            archs: &args.arch,
            selection: &args.selection(),
            links: args.link_template.as_ref(),
            files: &files,
        };
        return site.write(global, &args.releases);
    }
    let tree = args.at.open(global)?;
    let named = |spec: &&Spec| {
        let is_called = args.feature.iter().any(|name| **name == *spec.name);
        is_called || (args.hooks && tree.is_file(&spec.table_path()))
    };
    let all = rows::of_tree(&tree, &builtin::default_and(named))?;
    let architectures = select_architectures(&tree, &args.arch)?;
    if args.actual && args.format != Format::Rst {
        bail!("`--actual` needs `--format rst`: the other formats always show what Kconfig says");
    }
    if args.format == Format::Rst {
        return documentation(args, &tree, &all, &architectures, &files);
    }
    let rows = rows::select(all, &args.feature)?;
    let matrix = made(args, &tree, rows, &architectures)?;
    let selection = args.selection();
    let text = match args.format {
        Format::Table => {
            let options = Options {
                color: output::color_on_stdout(),
                width: output::width(),
            };
            matrix::table(&matrix, &selection, &options)
        }
        Format::Csv => matrix::csv(&matrix, &selection),
        Format::Json => matrix::json(&matrix, &selection),
        Format::Yaml => matrix::yaml(&matrix, &selection),
        Format::Md => bounded(&files, || matrix::md(&matrix, &selection, &files))?,
        Format::Html => {
            let about = about(global, args, &tree)?;
            bounded(&files, || matrix::html(&matrix, &selection, &about, &files))?
        }
        Format::Rst => unreachable!("invariant: the documentation is made above"),
    };
    output::print(&text)?;
    Ok(unread::exit_of_tables(&matrix, output::Exit::Clean))
}

impl MatrixArgs {
    fn selection(&self) -> Selection {
        Selection {
            statuses: self.status.clone(),
        }
    }
}

/// The page's description of the tree: its release, and its commit if git knows one.
fn about(global: &Global, args: &MatrixArgs, tree: &Tree) -> anyhow::Result<About> {
    let revision = match (&args.at.rev, &args.at.range) {
        (Some(revision), _) => Some(revision.as_str()),
        (None, Some(range)) => Some(range.rsplit("..").next().unwrap_or("HEAD")),
        (None, None) => tree.root().join(".git").exists().then_some("HEAD"),
    };
    // A tree with a patch on top is not one of the repository's commits, and without git the page does without.
    let revision = revision.filter(|_| args.at.patch.is_empty());
    let commit = revision.and_then(|revision| {
        let repository = locate::repository(global).ok()?;
        repository
            .day_of(if revision.is_empty() {
                "HEAD"
            } else {
                revision
            })
            .ok()
    });
    let (commit, date) = commit.unzip();
    Ok(About {
        release: Version::of(tree)?.text,
        commit,
        date,
        links: args.link_template.clone(),
        index: None,
    })
}

/// What Kconfig says of the features.
fn made(
    args: &MatrixArgs,
    tree: &Tree,
    rows: Vec<Row>,
    architectures: &[String],
) -> anyhow::Result<Matrix> {
    let mut matrix = if args.defconfigs {
        let toolchains =
            toolchain::of_architectures(tree, architectures, args.shell_answers.as_deref())?;
        let bar = Bar::new();
        let toolchain = Toolchain {
            answers: &|arch| toolchains.get(arch).cloned().unwrap_or_default(),
            progress: &|more| bar.step(more),
        };
        table::matrix_with_defconfigs(tree, rows, architectures, toolchain)?
    } else {
        table::matrix(tree, rows, architectures, &mut |_| {})?
    };
    if args.hooks {
        hooks::add(tree, &mut matrix, architectures)?;
    }
    Ok(matrix)
}

/// The format `rst`: the documents that the documentation has for what was asked for.
fn documentation(
    args: &MatrixArgs,
    tree: &Tree,
    all: &[Row],
    architectures: &[String],
    files: &[TemplateFile],
) -> anyhow::Result<output::Exit> {
    let wanted = rows::select(all.to_vec(), &args.feature)?;
    if let Some(row) = wanted
        .iter()
        .find(|row| !args.feature.is_empty() && !matrix::is_documented(row))
    {
        bail!(
            "the documentation does not show `{}`: `{}` is missing or incomplete",
            row.name,
            row.path
        );
    }
    let parts: Vec<Part<'_>> = match (&args.arch[..], &args.feature[..]) {
        ([], []) if args.defconfigs => bail!(
            "`--defconfigs` with `--format rst` needs `--arch` or `--feature`: the document about all features does not show them"
        ),
        ([], []) => vec![Part::Whole],
        ([], _) => wanted.iter().map(|row| Part::Feature(&row.path)).collect(),
        _ => architectures.iter().map(|arch| Part::Arch(arch)).collect(),
    };
    let features: Vec<String> = match &args.feature[..] {
        [] => Vec::new(),
        _ => wanted.iter().map(|row| row.path.clone()).collect(),
    };
    let selection = args.selection();
    // The tables alone need no look at Kconfig.
    let matrix = match args.actual || args.defconfigs || !args.status.is_empty() {
        true => Some(made(args, tree, wanted.clone(), architectures)?),
        false => None,
    };
    let shown = Shown {
        features: &features,
        script: match tree.is_file(OLD_SCRIPT) {
            true => Script::Perl,
            false => Script::Python,
        },
        cells: matrix.as_ref().map(|matrix| (matrix, &selection)),
        actual: args.actual,
    };
    let mut text = String::new();
    for part in parts {
        text.push_str(&bounded(files, || matrix::rst(all, part, &shown, files))?);
    }
    output::print(&text)?;
    let unread = matrix.as_ref().map_or(&[][..], |matrix| &matrix.unread);
    Ok(unread::exit(unread, output::Exit::Clean))
}

/// How many default configurations are done, on a terminal.
struct Bar(Option<indicatif::ProgressBar>);

impl Bar {
    fn new() -> Self {
        busy::end();
        Self(std::io::stderr().is_terminal().then(|| {
            let bar = indicatif::ProgressBar::new(0);
            let style = indicatif::ProgressStyle::with_template("{bar:30} {pos}/{len} defconfigs");
            match style {
                Ok(style) => bar.with_style(style),
                Err(_) => bar,
            }
        }))
    }

    /// Adds `more` to the total, or, with 0, counts one as done.
    fn step(&self, more: usize) {
        match &self.0 {
            Some(bar) if more == 0 => bar.inc(1),
            Some(bar) => bar.inc_length(more as u64),
            None => {}
        }
    }
}

impl Drop for Bar {
    fn drop(&mut self) {
        if let Some(bar) = &self.0 {
            bar.finish_and_clear();
        }
    }
}

/// The two trees of `--between`: two names, or one with `..` between them.
fn ends(names: &[String]) -> anyhow::Result<(&str, &str)> {
    match names {
        [old, new] => Ok((old.as_str(), new.as_str())),
        [both] if !Path::new(both).is_dir() => both
            .split_once("..")
            .filter(|(old, new)| !old.is_empty() && !new.is_empty() && !new.starts_with('.'))
            .with_context(|| {
                format!("`--between {both}` names one tree: write OLD NEW or OLD..NEW")
            }),
        _ => bail!("`--between` needs two trees: write OLD NEW or OLD..NEW"),
    }
}

/// Shows what changed from one tree to another.
fn changes(
    global: &Global,
    args: &MatrixArgs,
    (old, new): (&str, &str),
    files: &[TemplateFile],
) -> anyhow::Result<output::Exit> {
    let between = between::changes(global, old, new, &args.feature, &args.arch)?;
    let change = Change {
        between: &between,
        old,
        new,
    };
    let selection = Selection {
        statuses: args.status.clone(),
    };
    let text = match args.format {
        Format::Table => {
            let options = Options {
                color: output::color_on_stdout(),
                width: output::width(),
            };
            change.table(&selection, &options)
        }
        Format::Csv => change.csv(&selection),
        Format::Json => change.json(&selection),
        Format::Yaml => change.yaml(&selection),
        Format::Md => bounded(files, || change.md(&selection, files))?,
        Format::Html => {
            let links = args.link_template.as_ref();
            bounded(files, || change.html(&selection, links, None, files))?
        }
        Format::Rst => {
            bail!("`--between` supports the formats table, csv, json, yaml, md and html")
        }
    };
    output::print(&text)?;
    let exit = if args.exit_code && !between.is_empty() {
        output::Exit::Findings
    } else {
        output::Exit::Clean
    };
    Ok(unread::exit(&between.unread, exit))
}
