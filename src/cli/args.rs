//! Owns the list of commands.

use clap::builder::{NonEmptyStringValueParser, ValueParser};
use clap::{CommandFactory, Parser, Subcommand};

use super::global::Global;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "kfeat",
    version = VERSION,
    about = "Check that Kconfig, C headers and Documentation/features of a Linux kernel tree agree",
    after_help = "Examples:\n  \
        kfeat                                    show what is wrong in this tree\n  \
        kfeat check                              check all features of the tree\n  \
        kfeat check --range v7.2..HEAD           check your series, commit by commit\n  \
        kfeat -C ~/src/linux check --arch x86    check one architecture of a tree\n  \
        kfeat audit                              compare all tables with Kconfig\n  \
        kfeat emit --all                         show how the tables would change\n  \
        kfeat explain ARCH_HAS_LAZY_MMU_MODE     show where a symbol comes from\n  \
        kfeat lint explain select-without-hook   explain what a finding means\n\n\
        Exit codes: 0 clean, 1 findings, 2 error: bad arguments or unreadable input.",
    propagate_version = true
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Option<Command>,
}

/// The version of the package and, where the build knows it, the commit: `0.1.0 (0123456789ab 2026-01-31)`.
pub(super) const VERSION: &str = env!("KFEAT_VERSION");

/// The headings in `--help`, each with the identifiers of its options. Options that are not here stand below "Options".
const HEADINGS: &[(&str, &[&str])] = &[
    (
        "Tree",
        &[
            "tree", "rev", "range", "patch", "patches", "between", "releases",
        ],
    ),
    (
        "Selection",
        &[
            "feature", "spec", "arch", "status", "arches", "without", "require",
        ],
    ),
    (
        "Baseline",
        &[
            "all_findings",
            "baseline",
            "write_baseline",
            "baseline_context",
            "compare_with",
        ],
    ),
    (
        "Output",
        &[
            "format",
            "terse",
            "showfile",
            "verbose",
            "quiet",
            "output",
            "color",
            "timings",
            "template_dir",
            "link_template",
            "exit_code",
            "diff",
            "graph",
            "watch",
            "site",
        ],
    ),
    ("Changes to the tree", &["fix", "mail", "sender", "write"]),
    (
        "Cache and limits",
        &["cache_dir", "no_cache", "max", "limit", "boot_limit"],
    ),
    (
        "Commands that Kconfig runs",
        &["allow_shell", "shell_answers", "record_shell_answers"],
    ),
    (
        "Compilers",
        &["cross_compile", "llvm", "crosstool", "wrapper", "jobs"],
    ),
    ("Mails", &["format_patch", "git", "from"]),
];

/// Arguments that name something of the tree, by their identifiers. Nothing has an empty name, so a variable that was not set in a
/// script is refused as that.
const NAMES: &[&str] = &["feature", "arch", "symbol", "symbols", "without", "require"];

/// The command line with its options grouped below headings, which refuses empty names.
pub(super) fn command() -> clap::Command {
    grouped(Cli::command())
}

fn grouped(command: clap::Command) -> clap::Command {
    let filled = |arg: clap::Arg| {
        let is_text = arg.get_value_parser().type_id() == ValueParser::string().type_id();
        match is_text && NAMES.contains(&arg.get_id().as_str()) {
            true => arg.value_parser(NonEmptyStringValueParser::new()),
            false => arg,
        }
    };
    let heading = |arg: clap::Arg| {
        let id = arg.get_id().as_str().to_owned();
        let found = HEADINGS.iter().find(|(_, ids)| ids.contains(&&*id));
        match found {
            Some((heading, _)) if !arg.is_positional() => arg.help_heading(*heading),
            _ => arg,
        }
    };
    command
        .mut_args(filled)
        .mut_args(heading)
        .mut_subcommands(grouped)
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Check whether Kconfig and headers agree about a feature, for every architecture
    Check(super::check::CheckArgs),
    /// Compare the tables of Documentation/features with Kconfig, cell by cell
    Audit(super::audit::AuditArgs),
    /// Write a feature's arch-support.txt
    Emit(super::emit::EmitArgs),
    /// Show the matrix of features and architectures: what the tables say and what Kconfig says
    Matrix(super::matrix::MatrixArgs),
    /// Show where a Kconfig symbol comes from, and when it can be on
    Explain(super::explain::ExplainArgs),
    /// List the features that kfeat knows, or draft a spec for another one
    Feature(super::feature::FeatureArgs),
    /// Build the code that uses a feature, for every architecture, and prove that the compiler saw the feature
    Build(super::build::BuildArgs),
    /// Find a small set of builds that compiles every changed line
    Cover(super::cover::CoverArgs),
    /// Write the plan of a build as a matrix of jobs for GitHub, GitLab, make or TuxSuite
    Plan(super::plan::PlanArgs),
    /// Join the results of builds
    Report(super::report::ReportArgs),
    /// Show which compilers and build tools are installed, and which packages provide the missing ones
    Doctor(super::doctor::DoctorArgs),
    /// Install git hooks that check what a commit or a push adds
    Hook(super::hook::HookArgs),
    /// List the lints, or explain one of them
    Lint(super::lint::LintArgs),
    /// Serve an editor over the language server protocol: findings and answers for Kconfig files and tables
    Lsp(super::lsp::LspArgs),
    /// Write the completion script of a shell
    Completions(super::completions::CompletionsArgs),
    /// Write the manual pages
    Man(super::man::ManArgs),
    /// Make a configuration as the kernel's own conf does, or explain the value of a symbol
    Config(super::config::ConfigArgs),
}
