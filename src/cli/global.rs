//! Owns the arguments that several commands have: the tree, and which features and architectures of it are meant.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use super::specs::Specs;
use crate::arch;
use crate::check::lints;
use crate::check::table::rows;
use crate::feature::builtin;
use crate::feature::lookup::{self, Candidate};
use crate::feature::spec::Spec;
use crate::limits::Setting;
use crate::tree::Tree;

/// Describes what every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The kernel tree [default: $KFEAT_TREE, else the tree around the current directory, else ./linux]
    #[arg(short = 'C', long = "tree", value_name = "DIR", global = true)]
    pub tree: Option<PathBuf>,
    /// When to use colours
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub color: Color,
    /// Print findings and errors only: no verdicts, summaries or notes
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Write the result to this file instead of standard output
    #[arg(short, long, global = true, value_name = "FILE")]
    pub output: Option<PathBuf>,
    /// Set a limit on untrusted input; N may end with K, M or G. docs/security.md lists the limits
    #[arg(long, value_name = "NAME=N", global = true)]
    pub max: Vec<Setting>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Color {
    /// On a terminal, unless $NO_COLOR says otherwise
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// Which features and architectures to look at.
#[derive(Debug, Default, Args)]
pub(super) struct Selection {
    /// Check only these features: NAME, SUBSYSTEM/NAME or a Kconfig symbol; `all` also surveys the whole tree [default: those
    /// that kfeat knows]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub feature: Vec<String>,
    /// Check features of your own: a spec as a YAML file, or a directory of such files; may be repeated. --feature selects among
    /// them
    #[arg(long, value_name = "FILE")]
    pub spec: Vec<PathBuf>,
    /// Check only these architectures: `x86`, `x86_64` and `amd64` all mean arch/x86 [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub arch: Vec<String>,
}

impl Selection {
    /// The specs of the features that are meant; without a choice, all that are compiled in.
    pub fn specs(&self) -> anyhow::Result<Specs> {
        let named = self.feature.iter().filter(|name| *name != rows::ALL);
        let named: Vec<&String> = named.collect();
        if !self.spec.is_empty() {
            let own = Specs::read(&self.spec)?;
            return match named.is_empty() {
                true => Ok(own),
                false => {
                    let found = find_specs(&own.specs, &named)?;
                    Ok(own.select(&found))
                }
            };
        }
        let shipped = builtin::shipped();
        let specs = select_specs(shipped, &named)?;
        Ok(Specs::shipped(
            if named.is_empty() || self.is_of_whole_tree() {
                shipped.to_vec()
            } else {
                specs
            },
        ))
    }

    /// The specs of the features that a command builds or writes: without a choice, the one that is meant for that.
    pub fn specs_to_write(&self) -> anyhow::Result<Specs> {
        match self.spec.is_empty() && self.feature.is_empty() {
            true => Ok(Specs::shipped(builtin::default().to_vec())),
            false => self.specs(),
        }
    }

    /// Whether the lints over the whole tree are meant, too.
    pub fn is_of_whole_tree(&self) -> bool {
        self.feature.iter().any(|name| name == rows::ALL)
    }

    /// Whether no feature was chosen out of those that are known.
    pub fn is_of_all_features(&self) -> bool {
        self.spec.is_empty() && (self.feature.is_empty() || self.is_of_whole_tree())
    }

    /// The architectures that are meant, in the order of the tree.
    pub fn architectures(&self, tree: &Tree) -> anyhow::Result<Vec<String>> {
        select_architectures(tree, &self.arch)
    }
}

/// Those of the tree's architectures that were asked for; all where none was.
pub(super) fn select_architectures(tree: &Tree, wanted: &[String]) -> anyhow::Result<Vec<String>> {
    let all = tree.architectures()?;
    let wanted = named_architectures(&all, wanted)?;
    if all.is_empty() {
        bail!("the tree has no architecture: there is no `arch/*/Kconfig`");
    }
    Ok(all
        .into_iter()
        .filter(|arch| wanted.is_empty() || wanted.contains(arch))
        .collect())
}

/// The directories below `arch/` that the user names, by their own names, values of `ARCH` or names of compilers and distributions,
/// such as `x86`, `x86_64` and `amd64`.
pub(super) fn named_architectures(
    all: &[String],
    wanted: &[String],
) -> anyhow::Result<Vec<String>> {
    let directory = |typed: &String| {
        let lower = typed.to_lowercase();
        let of_alias = arch::srcarch_of(arch::arch_of_alias(&lower));
        let names = [typed.as_str(), &lower, of_alias];
        let found = names
            .into_iter()
            .find(|name| all.iter().any(|arch| arch == name));
        found.map(str::to_owned).with_context(|| {
            let near = lints::nearest(&lower, all.iter().map(String::as_str));
            let near = near.map_or_else(String::new, |near| format!(" did you mean `{near}`?"));
            format!(
                "the tree has no architecture `{typed}`;{near} it has: {}",
                all.join(", ")
            )
        })
    };
    wanted.iter().map(directory).collect()
}

/// Those of the specs that `typed` names.
fn select_specs(specs: &[Spec], typed: &[&String]) -> anyhow::Result<Vec<Spec>> {
    let found = find_specs(specs, typed)?.into_iter();
    Ok(found.map(|index| specs[index].clone()).collect())
}

/// Their sorted indices.
fn find_specs(specs: &[Spec], typed: &[&String]) -> anyhow::Result<Vec<usize>> {
    let candidates: Vec<Candidate<'_>> = specs.iter().map(Candidate::from).collect();
    Ok(lookup::find_all(typed, &candidates)?)
}

/// The spec of a feature that kfeat knows.
pub(super) fn builtin_spec(name: &str) -> anyhow::Result<Spec> {
    let mut found = select_specs(builtin::shipped(), &[&name.to_owned()])?;
    match found.len() {
        1 => Ok(found.remove(0)),
        _ => {
            let names: Vec<&str> = found.iter().map(|spec| &*spec.name).collect();
            bail!(
                "`{name}` stands for several features: name one of {}",
                names.join(", ")
            )
        }
    }
}
