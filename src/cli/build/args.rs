//! Owns the arguments of `build`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::cli::at::TreeArgs;
use crate::cli::doctor::Compilers;

/// The arguments of `build`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat build\n  kfeat build lazy_mmu --arch arm64,sparc --without riscv\n  \
    kfeat build --dry-run --arch powerpc\n  LLVM=-19 kfeat build --arch arm64\n  \
    kfeat build --cover v7.2..HEAD\n  \
    kfeat build --resume\n  kfeat build --require arm64,x86 --out ../run --format json\n  \
    kfeat build --arch arm64 --rev v7.2 --patch series.mbox\n  kfeat build --rev v7.2\n\n\
    This command runs the makefiles and scripts of the tree, as `make` would. It writes nothing into the tree. With --rev, --range \
    or --patch, even with --dry-run, it creates a working tree in the directory `tree` below --out.\n\
    Exit codes: 0 all passed, 1 something failed or was not exercised, or a compiler of --require is missing, 2 error: bad arguments or unreadable input."
)]
pub(in crate::cli) struct BuildArgs {
    #[command(flatten)]
    pub(in crate::cli) which: Which,
    #[command(flatten)]
    pub(in crate::cli) at: TreeArgs,
    /// Fail if one of these has no compiler
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub(in crate::cli) require: Vec<String>,
    /// Build the objects of these lines instead of a feature, and prove that each line is compiled: `A..B`, a file with patches
    /// (`*.patch`, `*.mbox`, `*.diff`), or `FILE:LINE`; may be repeated. See `kfeat cover`
    #[arg(long, value_name = "WHAT", conflicts_with_all = ["named", "feature", "spec", "without", "config_target", "fragment", "resume", "kunit", "compare_with"])]
    pub(in crate::cli) cover: Vec<String>,
    #[command(flatten)]
    pub(in crate::cli) compilers: Compilers,
    /// Start from this target of the tree's makefiles, such as `defconfig`, instead of allnoconfig
    #[arg(long, value_name = "TARGET")]
    pub(in crate::cli) config_target: Option<String>,
    /// Additional lines for the configuration; the last one wins
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) fragment: Vec<PathBuf>,
    /// Program that runs the compilers, such as `distcc` [default: ccache if installed; `none` to disable]
    #[arg(long, value_name = "PROGRAM")]
    pub(in crate::cli) wrapper: Option<String>,
    /// Number of parallel processes, for all architectures together [default: number of processors]
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    pub(in crate::cli) jobs: Option<u16>,
    /// Stop the other architectures when one fails
    #[arg(long, conflicts_with = "keep_going")]
    pub(in crate::cli) fail_fast: bool,
    /// Continue after the first object that fails [default]
    #[arg(long)]
    pub(in crate::cli) keep_going: bool,
    /// Do not repeat what passed in the last run on the same inputs
    #[arg(long)]
    pub(in crate::cli) resume: bool,
    /// After the build, link a kernel for each architecture, boot it in QEMU, and run the feature's KUnit tests there
    #[arg(long)]
    pub(in crate::cli) kunit: bool,
    /// How long one stage may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 1800)]
    pub(in crate::cli) limit: u64,
    /// How long a kernel may take to boot and to finish its tests, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 300)]
    pub(in crate::cli) boot_limit: u64,
    /// The directory of the run, outside the tree [default: below $XDG_CACHE_HOME or ~/.cache]
    #[arg(long, value_name = "DIR")]
    pub(in crate::cli) out: Option<PathBuf>,
    /// Mark each finding as new or known, compared with this results.json of an earlier run
    #[arg(long, value_name = "FILE")]
    pub(in crate::cli) compare_with: Option<PathBuf>,
    /// Print the shell commands without running them
    #[arg(long)]
    pub(in crate::cli) dry_run: bool,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    pub(in crate::cli) format: Format,
}

/// The part of the feature to build.
#[derive(Debug, Args)]
pub(in crate::cli) struct Which {
    /// The feature, as for --feature
    #[arg(value_name = "FEATURE", conflicts_with = "feature")]
    pub(in crate::cli) named: Option<String>,
    /// Build this feature: NAME, SUBSYSTEM/NAME or a Kconfig symbol [default: lazy_mmu]
    #[arg(long, value_name = "NAME")]
    pub(in crate::cli) feature: Option<String>,
    /// The spec of your own feature, a YAML file
    #[arg(long, value_name = "FILE", conflicts_with_all = ["named", "feature"])]
    pub(in crate::cli) spec: Option<PathBuf>,
    /// Only these architectures, by directory below arch/ or an alias such as `amd64` [default: all that can have the feature;
    /// `none` for none]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub(in crate::cli) arch: Vec<String>,
    /// Also build these with the feature off, to test the fallbacks
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub(in crate::cli) without: Vec<String>,
}

/// How the result is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// A table, and what failed
    Human,
    /// The document results.json; its schema is docs/schema/results.schema.json, with --cover docs/schema/cover-results.schema.json
    Json,
}
