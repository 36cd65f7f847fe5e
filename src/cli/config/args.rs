//! Owns the arguments of `config`, and of other commands what they share with it.

use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, Subcommand, ValueEnum};

use crate::cli::at::TreeArgs;

/// Make a configuration as the kernel's own `conf` does, say why a symbol has its value, or find what gives it another one
#[derive(Args, Debug)]
#[command(
    after_help = "Examples:\n  kfeat config --arch arm64 --allow-shell defconfig -o .config\n  \
    kfeat config --arch x86 --shell-answers answers.json olddefconfig\n  \
    kfeat config --arch x86 --shell-answers answers.json why KASAN\n  \
    kfeat config --arch x86 --shell-answers answers.json want KASAN=y\n\n\
    Kconfig files use the output of commands. kfeat runs these only with --allow-shell, as make would, with CC, LD, CROSS_COMPILE, … from the environment; --record-shell-answers records their output for --shell-answers.\n\n\
    The environment variables of conf have the same meaning: KCONFIG_ALLCONFIG names a file of values for randconfig and the all*config targets; KCONFIG_SEED and KCONFIG_PROBABILITY make randconfig repeatable; KCONFIG_DEFCONFIG_LIST names the files to start from without a .config; KCONFIG_WARN_UNKNOWN_SYMBOLS warns of names that no Kconfig file mentions; KCONFIG_WARN_CHANGED_INPUT warns of all values that were overridden; with KCONFIG_WERROR, a warning makes the exit code 1, and nothing is written. Files that are not in the current directory are looked up in the tree."
)]
pub(in crate::cli) struct ConfigArgs {
    /// The value of `ARCH`
    #[arg(long, global = true, env = "ARCH", value_name = "ARCH")]
    pub arch: Option<String>,
    /// The configuration to start from, or to explain [default: .config]
    #[arg(long, global = true, env = "KCONFIG_CONFIG", value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Values that override those of the target; the last one wins
    #[arg(long, global = true, value_name = "FILE")]
    pub fragment: Vec<PathBuf>,
    /// Another value, such as `KASAN=y`
    #[arg(long, global = true, value_name = "SYMBOL=VALUE")]
    pub set: Vec<String>,
    /// Exit with 1 if a value of `--fragment` or `--set` was overridden; the result is still written
    #[arg(long, global = true)]
    pub strict: bool,
    #[command(flatten)]
    pub at: TreeArgs,
    #[command(flatten)]
    pub commands: Commands,
    /// The kind of configuration to make.
    #[command(subcommand)]
    pub target: Target,
}

impl ConfigArgs {
    /// Returns what leads to the configuration.
    pub fn start(&self) -> Start<'_> {
        Start {
            arch: self.arch.as_deref().unwrap_or_default(),
            config: self.config.as_deref(),
            commands: &self.commands,
        }
    }
}

/// Describes what answers for the commands that Kconfig asks for.
#[derive(Args, Debug)]
pub(in crate::cli) struct Commands {
    /// Run the commands that Kconfig asks for, with `CC`, `LD`, `CROSS_COMPILE`, … from the environment
    #[arg(long, global = true)]
    pub allow_shell: bool,
    /// Take the output of commands from this file instead of running them
    #[arg(long, global = true, value_name = "FILE")]
    pub shell_answers: Option<PathBuf>,
    /// Write the output of all commands to this file
    #[arg(long, global = true, value_name = "FILE")]
    pub record_shell_answers: Option<PathBuf>,
}

impl Commands {
    /// Whether the user said anything about commands.
    pub fn are_given(&self) -> bool {
        self.allow_shell || self.shell_answers.is_some() || self.record_shell_answers.is_some()
    }

    /// Refuses to run the commands of a tree that is not there as a directory.
    pub fn look_at(&self, at: &TreeArgs) -> Result<()> {
        if self.allow_shell && !at.is_directory() {
            bail!(
                "`--allow-shell` runs scripts of the tree, which must be a directory, not a revision or a patched tree: check it \
                 out, or pass `--shell-answers FILE`"
            );
        }
        Ok(())
    }
}

/// The targets, by the names of the kernel's makefiles.
#[derive(Subcommand, Clone, Debug, PartialEq, Eq)]
#[allow(
    missing_docs,
    reason = "the documentation of each is what `--help` prints"
)]
pub(in crate::cli) enum Target {
    /// The configuration from a file below `arch/*/configs`, or from several that a makefile merges
    #[command(
        after_help = "Examples:\n  kfeat config defconfig --arch arm64 --allow-shell -o .config\n  kfeat config defconfig i386_defconfig --arch i386 --shell-answers answers.json"
    )]
    Defconfig {
        /// The name of the file or target [default: the one of `make defconfig`]
        name: Option<String>,
    },
    /// The given configuration, with defaults for new symbols
    #[command(
        after_help = "Examples:\n  kfeat config olddefconfig --arch x86 --set KASAN=y --allow-shell"
    )]
    Olddefconfig,
    /// As little as possible
    #[command(
        after_help = "Examples:\n  kfeat config allnoconfig --arch riscv --fragment mine.config --allow-shell"
    )]
    Allnoconfig,
    /// As much as possible built in
    #[command(after_help = "Examples:\n  kfeat config allyesconfig --arch s390 --allow-shell")]
    Allyesconfig,
    /// As much as possible as modules
    #[command(after_help = "Examples:\n  kfeat config allmodconfig --arch powerpc --allow-shell")]
    Allmodconfig,
    /// Nothing but defaults
    #[command(
        after_help = "Examples:\n  kfeat config alldefconfig --arch sparc64 --shell-answers answers.json"
    )]
    Alldefconfig,
    /// Random values; the same for the same KCONFIG_SEED
    #[command(
        after_help = "Examples:\n  kfeat config randconfig --arch riscv --allow-shell\n  kfeat config randconfig --arch x86 --shell-answers answers.json -o .config"
    )]
    Randconfig,
    /// The smallest file that leads to the given configuration
    #[command(
        after_help = "Examples:\n  kfeat config savedefconfig --arch arm64 --allow-shell -o defconfig"
    )]
    Savedefconfig,
    /// The symbols that the given configuration does not set
    #[command(
        after_help = "Examples:\n  kfeat config listnewconfig --arch arm64 --config .config --allow-shell"
    )]
    Listnewconfig,
    /// Why a symbol has its value in the given configuration
    #[command(
        after_help = "Examples:\n  kfeat config why KASAN --arch x86 --config .config --allow-shell"
    )]
    Why {
        /// The symbol, with or without `CONFIG_`
        symbol: String,
    },
    /// The smallest change to the given configuration that gives symbols these values
    #[command(
        after_help = "Examples:\n  kfeat config want KASAN=y --arch arm64 --config .config --allow-shell\n  kfeat config want XEN_PV=y --arch x86 --shell-answers answers.json\n\nkfeat verifies each way before it shows it, by computing the configuration as conf would. With -o, it writes the configuration of the first way. If no .config gives the values, it shows the Kconfig lines that exclude them, and the exit code is 1."
    )]
    Want {
        /// The wanted values, such as `KASAN=y`
        #[arg(required = true, value_name = "SYMBOL=VALUE")]
        wishes: Vec<String>,
        /// Largest number of ways to show
        #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=9))]
        ways: u8,
        /// How to write the result
        #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
        format: Format,
    },
}

/// How the answer to a wish is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(in crate::cli) enum Format {
    /// Text
    Human,
    /// A document; its schema is docs/schema/want.schema.json
    Json,
}

impl Target {
    /// Whether `conf` would write a configuration.
    pub fn is_written_by_conf(&self) -> bool {
        !matches!(
            self,
            Target::Listnewconfig | Target::Why { .. } | Target::Want { .. }
        )
    }
}

/// Describes what leads to a configuration, for a command that goes on from there.
#[derive(Clone, Copy, Debug)]
pub(in crate::cli) struct Start<'a> {
    /// The value of `ARCH`.
    pub arch: &'a str,
    /// The `.config`, if one is named.
    pub config: Option<&'a Path>,
    /// Holds what answers for commands.
    pub commands: &'a Commands,
}
