//! Owns the list of commands.

use clap::{Parser, Subcommand};

use super::global::Global;

/// The command line.
#[derive(Debug, Parser)]
#[command(
    name = "kfeat",
    version,
    about = "Check that Kconfig, C headers and Documentation/features of a Linux kernel tree agree",
    after_help = "Examples:\n  kfeat check                              check the kernel tree around the current directory\n  \
        kfeat -C ~/src/linux check --arch x86    check one architecture of another tree\n  \
        kfeat audit                              compare all tables of Documentation/features with Kconfig\n  \
        kfeat emit --check                       show how arch-support.txt differs from the truth\n  \
        kfeat explain ARCH_HAS_LAZY_MMU_MODE     tell where a symbol comes from, when it can be on\n  \
        kfeat lint explain select-without-hook   tell what a finding means\n\n\
        Exit codes: 0 clean, 1 findings, 2 the job could not be done.",
    propagate_version = true,
    disable_help_subcommand = true
)]
pub(super) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What to do.
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
    /// Tell where a Kconfig symbol comes from, and when it can be on
    Explain(super::explain::ExplainArgs),
    /// Build what uses a feature, for every architecture, and prove that the compiler saw the feature
    Build(super::build::BuildArgs),
    /// Write the plan of a build as a matrix of jobs for GitHub, GitLab, make or TuxSuite
    Plan(super::plan::PlanArgs),
    /// Join the results of builds
    Report(super::report::ReportArgs),
    /// Tell which compilers and tools for building are there, and which packages have those that are missing
    Doctor(super::doctor::DoctorArgs),
    /// Install git hooks that check what a commit or a push adds
    Hook(super::hook::HookArgs),
    /// List the lints, or tell what one of them means
    Lint(super::lint::LintArgs),
    /// Write the completion script of a shell
    Completions(super::completions::CompletionsArgs),
    /// Write the manual pages
    Man(super::man::ManArgs),
    /// Make a configuration as the kernel's own conf does, or say why a symbol has its value
    Config(super::config::ConfigArgs),
}
