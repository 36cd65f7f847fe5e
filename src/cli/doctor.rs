//! Owns the command `doctor`, and where compilers are looked for.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::global::{Global, select_architectures};
use super::{locate, output};
use crate::drive::doctor;
use crate::drive::process::Children;
use crate::drive::toolchain::Surroundings;

/// The arguments of `doctor`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat doctor\n  kfeat doctor --arch arm64,sparc\n  LLVM=-19 kfeat doctor\n  \
    kfeat doctor --cross-compile arm64=/opt/gcc-14/bin/aarch64-linux-\n  kfeat doctor --format json\n\n\
    This command runs a script of the tree, scripts/min-tool-version.sh, to check the versions.\n\
    Exit codes: 0 everything is installed, 1 something is missing, 2 error: bad arguments or unreadable input."
)]
pub(super) struct DoctorArgs {
    /// Only these architectures, by directory below arch/ or an alias such as `amd64` [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    #[command(flatten)]
    compilers: Compilers,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
}

/// Where compilers are looked for.
#[derive(Debug, Args)]
pub(super) struct Compilers {
    /// The prefix of the tools for one architecture, such as `arm64=/opt/bin/aarch64-linux-`
    #[arg(long, value_name = "ARCH=PREFIX")]
    cross_compile: Vec<String>,
    /// Build with LLVM: `1`, a suffix such as `-19`, or a directory that ends in `/` [default: $LLVM]
    #[arg(long, value_name = "HOW", allow_hyphen_values = true)]
    llvm: Option<String>,
    /// A directory with unpacked cross compilers from kernel.org [default: ~/cross, /opt/cross, /opt/toolchains]
    #[arg(long, value_name = "DIR")]
    crosstool: Vec<PathBuf>,
}

impl Compilers {
    /// Returns what the arguments and the environment say.
    pub fn surroundings(&self) -> anyhow::Result<Surroundings> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut cross_compile_for = Vec::new();
        for given in &self.cross_compile {
            let Some((arch, prefix)) = given.split_once('=') else {
                bail!("`--cross-compile {given}` does not name an architecture: write ARCH=PREFIX");
            };
            cross_compile_for.push((arch.to_owned(), prefix.to_owned()));
        }
        let path = std::env::var_os("PATH").context("$PATH is not set")?;
        let mut archives = self.crosstool.clone();
        if archives.is_empty() {
            archives.extend(variable("HOME").map(|home| PathBuf::from(home).join("cross")));
            archives.extend(["/opt/cross", "/opt/toolchains"].map(PathBuf::from));
        }
        Ok(Surroundings {
            path: std::env::split_paths(&path).collect(),
            archives,
            cross_compile: variable("CROSS_COMPILE"),
            cross_compile_for,
            // As for make, `LLVM=0` is no way to say no, but nobody means clang by it.
            llvm: self
                .llvm
                .clone()
                .or_else(|| variable("LLVM"))
                .filter(|llvm| llvm != "0"),
            machine: match std::env::consts::ARCH {
                "powerpc64" if cfg!(target_endian = "little") => "ppc64le".to_owned(),
                "powerpc64" => "ppc64".to_owned(),
                "arm" => "armv7l".to_owned(),
                machine => machine.to_owned(),
            },
        })
    }
}

/// How the diagnosis is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables
    Human,
    /// A document; its schema is docs/schema/doctor.schema.json
    Json,
}

/// Runs `doctor`.
pub(super) fn run(global: &Global, args: &DoctorArgs) -> anyhow::Result<output::Exit> {
    let tree = locate::open(global)?;
    let architectures = select_architectures(&tree, &args.arch)?;
    let around = args.compilers.surroundings()?;
    let children = Children::new();
    let root = std::path::absolute(tree.root()).context("cannot determine the path of the tree")?;
    let diagnosis = doctor::diagnose(&children, &root, &architectures, &around);
    output::print(&match args.format {
        Format::Human => doctor::text(&diagnosis),
        Format::Json => doctor::json(&diagnosis),
    })?;
    // Nobody has every compiler: only those that were asked for by name count.
    let named = !args.arch.is_empty();
    let missing = diagnosis
        .archs
        .iter()
        .any(|of| named && of.found.usable().is_none())
        || architectures
            .iter()
            .any(|arch| doctor::lacking(&diagnosis, arch).next().is_some());
    Ok(if missing {
        output::Exit::Findings
    } else {
        output::Exit::Clean
    })
}
