//! Owns specs of the user's own: the files and directories that are given, and what becomes of a run where some of several cannot
//! be used. A spec that is given alone ends the run with its error; of several the others are used, and the run fails at its end.

use std::path::{Path, PathBuf};

use anyhow::{Context, anyhow, bail};

use super::error;
use crate::check::feature::misfit::misfits;
use crate::check::run::suppression;
use crate::disk;
use crate::feature::requirement::Release;
use crate::feature::spec::{Spec, SpecError};
use crate::kconfig::model::environment::Version;
use crate::limits::SPEC_SIZE;
use crate::tree::Tree;

/// The specs that a run is about.
#[derive(Debug, Default)]
pub(super) struct Specs {
    /// Those that can be used.
    pub specs: Vec<Spec>,
    /// Where those come from that the user gave, one for each of `specs`; empty for the features that kfeat ships.
    files: Vec<SpecFile>,
    /// Whether a spec that was given cannot be used. Its error was printed.
    pub is_partial: bool,
}

/// A file with a spec.
#[derive(Clone, Debug)]
struct SpecFile {
    path: PathBuf,
    text: String,
}

impl SpecFile {
    /// The field of the top level that holds a value: that of all hooks, or else the list of hooks.
    fn field_with<'f>(&self, field: &'f str, value: &str) -> &'f str {
        let mut lines = self.text.lines();
        let is_there = lines.any(|line| line.starts_with(field) && line.contains(value));
        if is_there || field != "when" {
            return field;
        }
        "hooks"
    }

    /// An error about the value of a field.
    fn error(&self, field: &str, value: &str, reason: &str) -> SpecError {
        let path = self.path.display().to_string();
        SpecError::about(&path, &self.text, (field, value), reason)
    }

    /// Why a spec says nothing about a tree of this release.
    fn of_another_release(&self, spec: &Spec, version: &Version) -> SpecError {
        let (field, release, reason) = of_another_release(spec, version);
        self.error(field, &release.to_string(), &reason)
    }
}

/// The field at fault of a spec that says nothing about a tree of this release, the release in it, and the reason without its place.
fn of_another_release(spec: &Spec, version: &Version) -> (&'static str, Release, String) {
    let (major, minor) = version.release;
    let since = spec.since.filter(|since| *since > Release { major, minor });
    let (field, release) = match since {
        Some(since) => ("since", since),
        None => ("until", spec.until.unwrap_or(Release { major, minor })),
    };
    let reason = format!(
        "the feature `{}` is skipped: its spec is for releases {field} {release}, but the tree is {}",
        spec.name, version.text
    );
    (field, release, reason)
}

impl Specs {
    /// Specs that kfeat ships.
    pub fn shipped(specs: Vec<Spec>) -> Self {
        let (files, is_partial) = (Vec::new(), false);
        Self {
            specs,
            files,
            is_partial,
        }
    }

    /// Reads specs of the user's own: files, and all `.yaml` files of directories in the order of their names. Of several, those
    /// that cannot be read are printed as errors.
    ///
    /// # Errors
    ///
    /// A directory cannot be listed or has no spec, or no spec can be read.
    pub fn read(paths: &[PathBuf]) -> anyhow::Result<Self> {
        let files = files(paths)?;
        let mut read = Self::default();
        let mut errors = Vec::new();
        for path in files {
            match read.read_one(&path) {
                Ok((spec, text)) => {
                    read.specs.push(spec);
                    read.files.push(SpecFile { path, text });
                }
                Err(error) => errors.push(error),
            }
        }
        read.report(errors)?;
        Ok(read)
    }

    /// Reads a spec that is to join those that were read before.
    fn read_one(&self, path: &Path) -> anyhow::Result<(Spec, String)> {
        let (spec, text) = read(path)?;
        let mut known = self.specs.iter().zip(&self.files);
        if let Some((_, first)) = known.find(|(known, _)| known.name == spec.name) {
            bail!(
                "`{}` and `{}` both describe the feature `{}`: give one of them",
                first.path.display(),
                path.display(),
                spec.name
            );
        }
        Ok((spec, text))
    }

    /// Keeps the specs at these sorted indices.
    pub fn select(self, indices: &[usize]) -> Self {
        let specs = indices.iter().map(|&index| self.specs[index].clone());
        let files = indices.iter().filter_map(|&index| self.files.get(index));
        Self {
            specs: specs.collect(),
            files: files.cloned().collect(),
            is_partial: self.is_partial,
        }
    }

    /// Leaves out specs that do not fit the trees of a run, the newest of which is the last: those of another release, each
    /// with a note that is returned, and those that name headers, architectures or symbols that a tree lacks, which is an error. Of specs
    /// that kfeat ships, those of another release are left out with a note.
    ///
    /// # Errors
    ///
    /// A tree cannot be read, or none of the specs that the user gave can be used.
    pub fn fit(&mut self, trees: &[&Tree]) -> anyhow::Result<Vec<String>> {
        let mut notes = Vec::new();
        let Some(newest) = trees.last() else {
            return Ok(notes);
        };
        let is_limited = |spec: &Spec| spec.since.is_some() || spec.until.is_some();
        if self.files.is_empty() && !self.specs.iter().any(is_limited) {
            return Ok(notes);
        }
        let version = Version::of(newest)?;
        if self.files.is_empty() {
            self.specs.retain(|spec| {
                let is_meant = spec.in_release(version.release).is_some();
                notes.extend((!is_meant).then(|| of_another_release(spec, &version).2));
                is_meant
            });
            return Ok(notes);
        }
        let (specs, files) = (
            std::mem::take(&mut self.specs),
            std::mem::take(&mut self.files),
        );
        let mut fitting = (Vec::new(), Vec::new());
        for (spec, file) in specs.into_iter().zip(files) {
            match spec.in_release(version.release) {
                Some(spec) => {
                    fitting.0.push(spec);
                    fitting.1.push(file);
                }
                None => notes.push(file.of_another_release(&spec, &version).to_string()),
            }
        }
        let (specs, files) = fitting;
        let mut errors = Vec::new();
        let misfits = misfits(&specs, trees)?;
        for ((spec, file), misfit) in specs.into_iter().zip(files).zip(misfits) {
            match misfit {
                None => {
                    self.specs.push(spec);
                    self.files.push(file);
                }
                Some(misfit) => {
                    let field = file.field_with(misfit.field, &misfit.value);
                    errors.push(anyhow!(file.error(field, &misfit.value, &misfit.reason)));
                }
            }
        }
        self.report(errors)?;
        Ok(notes)
    }

    /// Prints errors about some of the specs. Where nothing else is left, the last of them is the error of the run.
    fn report(&mut self, mut errors: Vec<anyhow::Error>) -> anyhow::Result<()> {
        let last = match self.specs.is_empty() {
            true => errors.pop(),
            false => None,
        };
        for error in &errors {
            error::print(error);
        }
        self.is_partial |= !errors.is_empty();
        last.map_or(Ok(()), Err)
    }
}

/// The files that are given, and those of the directories.
fn files(paths: &[PathBuf]) -> anyhow::Result<Vec<PathBuf>> {
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
    Ok(files)
}

/// Reads a spec of the user's own, with its text.
pub(super) fn read(path: &Path) -> anyhow::Result<(Spec, String)> {
    let text = read_yaml(path, "spec")?;
    let spec = Spec::parse(&path.display().to_string(), &text)?;
    suppression::look_at_lints(&spec.suppress)?;
    Ok((spec, text))
}

/// Reads the text of a file that is to be YAML; `what` it is serves the errors.
pub(super) fn read_yaml(path: &std::path::Path, what: &str) -> anyhow::Result<String> {
    let shown = path.display();
    let failed = || format!("cannot read the {what} `{shown}`");
    disk::read_named_text(path, &SPEC_SIZE).with_context(failed)
}
