//! Owns the arguments that several commands have: the tree, and which features and architectures of it are meant.

use std::path::PathBuf;

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::check::run::suppression;
use crate::disk;
use crate::feature::builtin;
use crate::feature::spec::Spec;
use crate::limits::{SPEC_SIZE, Setting};
use crate::tree::Tree;

/// What every command takes.
#[derive(Debug, Args)]
pub(super) struct Global {
    /// The kernel tree [default: $KFEAT_TREE, else the tree around the current directory, else ./linux]
    #[arg(short = 'C', long = "tree", value_name = "DIR", global = true)]
    pub tree: Option<PathBuf>,
    /// When to write colours
    #[arg(long, value_enum, default_value_t = Color::Auto, global = true, value_name = "WHEN")]
    pub color: Color,
    /// Set a limit on untrusted input; N may end with K, M or G. docs/security.md lists the limits
    #[arg(long, value_name = "NAME=N", global = true)]
    pub max: Vec<Setting>,
}

/// When to write colours.
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
#[derive(Debug, Args)]
pub(super) struct Selection {
    /// Only these features, by their names; `all` for those that kfeat knows and the whole tree besides [default: those that
    /// kfeat knows]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    pub feature: Vec<String>,
    /// A feature of your own: its spec as a YAML file, or a directory of such files; may be repeated. With --feature, only those
    /// of the features in these files that are named
    #[arg(long, value_name = "FILE")]
    pub spec: Vec<PathBuf>,
    /// Only these architectures, by their directories below arch/ [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    pub arch: Vec<String>,
}

impl Selection {
    /// The specs of the features that are meant; without a choice, all that are compiled in.
    pub fn specs(&self) -> anyhow::Result<Vec<Spec>> {
        let named = self.feature.iter().filter(|name| *name != "all");
        if !self.spec.is_empty() {
            let mut specs = read_specs(&self.spec)?;
            let named: Vec<&String> = named.collect();
            if named.is_empty() {
                return Ok(specs);
            }
            if let Some(unknown) = named.iter().find(|name| {
                let mut specs = specs.iter();
                specs.all(|spec| *spec.name != ***name)
            }) {
                let known: Vec<&str> = specs.iter().map(|spec| &*spec.name).collect();
                bail!(
                    "no feature of the specs is called `{unknown}`; there are: {}",
                    known.join(", ")
                );
            }
            specs.retain(|spec| named.iter().any(|name| *spec.name == ***name));
            return Ok(specs);
        }
        let specs = named
            .map(|name| builtin_spec(name))
            .collect::<anyhow::Result<Vec<Spec>>>()?;
        Ok(if specs.is_empty() || self.is_of_whole_tree() {
            builtin::shipped().to_vec()
        } else {
            specs
        })
    }

    /// The specs of the features that a command builds or writes: without a choice, the one that is meant for that.
    pub fn specs_to_write(&self) -> anyhow::Result<Vec<Spec>> {
        match self.spec.is_empty() && self.feature.is_empty() {
            true => Ok(builtin::all().to_vec()),
            false => self.specs(),
        }
    }

    /// Whether the lints over the whole tree are meant, too.
    pub fn is_of_whole_tree(&self) -> bool {
        self.feature.iter().any(|name| name == "all")
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
    if let Some(unknown) = wanted.iter().find(|arch| !all.contains(arch)) {
        bail!(
            "the tree has no architecture `{unknown}`; it has: {}",
            all.join(", ")
        );
    }
    if all.is_empty() {
        bail!("the tree has no architecture: there is no `arch/*/Kconfig`");
    }
    Ok(all
        .into_iter()
        .filter(|arch| wanted.is_empty() || wanted.contains(arch))
        .collect())
}

/// The spec of a feature that kfeat knows.
pub(super) fn builtin_spec(name: &str) -> anyhow::Result<Spec> {
    builtin::find(name).cloned().with_context(|| {
        let known: Vec<&str> = builtin::shipped().iter().map(|spec| &*spec.name).collect();
        format!(
            "no feature is called `{name}`; there are: {}",
            known.join(", ")
        )
    })
}

/// Reads specs of the user's own: files, and all `.yaml` files of directories in the order of their names.
fn read_specs(paths: &[PathBuf]) -> anyhow::Result<Vec<Spec>> {
    let mut files = Vec::new();
    for path in paths {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let failed = || format!("cannot read the specs in `{}`", path.display());
        let mut found = Vec::new();
        for entry in std::fs::read_dir(path).with_context(failed)? {
            let file = entry.with_context(failed)?.path();
            let is_spec = file
                .extension()
                .is_some_and(|end| end == "yaml" || end == "yml");
            if is_spec && file.is_file() {
                found.push(file);
            }
        }
        if found.is_empty() {
            bail!(
                "cannot read the specs in `{}`: the directory has no `.yaml` file",
                path.display()
            );
        }
        found.sort();
        files.extend(found);
    }
    let mut specs: Vec<(Spec, PathBuf)> = Vec::new();
    for file in files {
        let spec = read_spec(&file)?;
        if let Some((_, first)) = specs.iter().find(|(known, _)| known.name == spec.name) {
            bail!(
                "`{}` and `{}` both describe the feature `{}`: give one of them",
                first.display(),
                file.display(),
                spec.name
            );
        }
        specs.push((spec, file));
    }
    Ok(specs.into_iter().map(|(spec, _)| spec).collect())
}

/// Reads a spec of the user's own.
pub(super) fn read_spec(path: &std::path::Path) -> anyhow::Result<Spec> {
    let spec = Spec::parse(&path.display().to_string(), &read_yaml(path, "spec")?)?;
    suppression::look_at_lints(&spec.suppress)?;
    Ok(spec)
}

/// Reads the text of a file that is to be YAML; `what` it is serves the errors.
pub(super) fn read_yaml(path: &std::path::Path, what: &str) -> anyhow::Result<String> {
    let shown = path.display();
    let failed = || format!("cannot read the {what} `{shown}`");
    disk::read_named_text(path, &SPEC_SIZE).with_context(failed)
}
