//! Owns `matrix --site`: a directory with a page for each of several releases, pages of what changed between them, and an index.

use std::path::Path;

use anyhow::{Context, bail};

use super::between::{End, compare, open};
use super::global::{Global, select_architectures};
use super::template::bounded;
use super::{locate, output};
use crate::check::table::{self, Matrix, rows};
use crate::disk;
use crate::feature::builtin;
use crate::kconfig::model::environment::Version;
use crate::report::matrix::between::Change;
use crate::report::matrix::{self, About, Changes, LinkTemplate, Release, Selection, TemplateFile};
use crate::tree::Tree;

/// The file of the index.
const INDEX: &str = "index.html";

/// Options for writing the pages of a site.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site<'a> {
    /// The directory, which is made where it is not there.
    pub directory: &'a Path,
    /// Only these features.
    pub features: &'a [String],
    /// Only these architectures.
    pub archs: &'a [String],
    pub selection: &'a Selection,
    pub links: Option<&'a LinkTemplate>,
    pub files: &'a [TemplateFile],
}

/// A release with its matrix, which its own page and those of the changes before and after it need.
struct Read<'n> {
    name: &'n str,
    tree: Tree,
    is_revision: bool,
    matrix: Matrix,
}

impl Read<'_> {
    fn end(&self) -> End<'_> {
        End {
            name: self.name,
            tree: &self.tree,
            is_revision: self.is_revision,
            matrix: &self.matrix,
        }
    }
}

impl Site<'_> {
    /// Writes the pages of `names`, each a directory with a kernel tree or a revision, from the oldest to the newest.
    ///
    /// # Errors
    ///
    /// A tree cannot be read, a name is there twice, or a file cannot be written. No page is written before all trees were found.
    pub fn write(&self, global: &Global, names: &[String]) -> anyhow::Result<output::Exit> {
        for (index, name) in names.iter().enumerate() {
            if names[..index].iter().any(|other| stem(other) == stem(name)) {
                bail!("two releases are called `{}`", stem(name));
            }
            open(global, name)?;
        }
        std::fs::create_dir_all(self.directory)
            .with_context(|| format!("cannot create `{}`", self.directory.display()))?;
        let mut releases: Vec<Release> = Vec::new();
        let mut before: Option<Read<'_>> = None;
        for name in names {
            let read = self.read(global, name)?;
            let mut release = self.release(global, &read)?;
            if let Some(before) = &before {
                release.changes = Some(self.changes(global, before.end(), read.end())?);
            }
            releases.push(release);
            before = Some(read);
        }
        // The newest release is what most readers look for.
        releases.reverse();
        let index = bounded(self.files, || matrix::index(&releases, self.files))?;
        self.file(INDEX, &index)?;
        output::note(&format!("wrote `{}`", self.directory.join(INDEX).display()));
        Ok(output::Exit::Clean)
    }

    /// Computes the matrix of one release.
    fn read<'n>(&self, global: &Global, name: &'n str) -> anyhow::Result<Read<'n>> {
        let (tree, is_revision) = open(global, name)?;
        let architectures = select_architectures(&tree, self.archs)?;
        let all = rows::of_tree(&tree, builtin::default())?;
        let chosen = rows::select(all, self.features)?;
        Ok(Read {
            matrix: table::matrix(&tree, chosen, &architectures, &mut |_| {})?,
            name,
            tree,
            is_revision,
        })
    }

    /// Writes the page of one release.
    fn release(&self, global: &Global, read: &Read<'_>) -> anyhow::Result<Release> {
        let (name, matrix) = (read.name, &read.matrix);
        let known = match read.is_revision {
            true => locate::repository(global)?.day_of(name).ok(),
            false => None,
        };
        let (commit, date) = known.unzip();
        let release = Version::of(&read.tree)?.text;
        let about = About {
            release: release.clone(),
            commit,
            date: date.clone(),
            links: self.links.cloned(),
            index: Some(INDEX.to_owned()),
        };
        let page = format!("{}.html", stem(name));
        let html = || matrix::html(matrix, self.selection, &about, self.files);
        let text = bounded(self.files, html)?;
        self.file(&page, &text)?;
        let [cells, yes, against] = matrix::counts(matrix, self.selection);
        Ok(Release {
            name: stem(name),
            release,
            date,
            page,
            features: matrix.features.len(),
            architectures: matrix.architectures.len(),
            cells,
            yes,
            against,
            changes: None,
        })
    }

    /// Writes the page of what changed between two releases.
    fn changes(&self, global: &Global, old: End<'_>, new: End<'_>) -> anyhow::Result<Changes> {
        let found = compare(global, old, new)?;
        let (before, now) = (stem(old.name), stem(new.name));
        let change = Change {
            between: &found,
            old: &before,
            new: &now,
        };
        let page = format!("{before}..{now}.html");
        let html = || change.html(self.selection, self.links, Some(INDEX), self.files);
        let text = bounded(self.files, html)?;
        self.file(&page, &text)?;
        let count = change.count(self.selection);
        Ok(Changes {
            since: before,
            page,
            cells: count.cells,
            features: count.features,
        })
    }

    fn file(&self, name: &str, text: &str) -> anyhow::Result<()> {
        let path = self.directory.join(name);
        disk::write_named(&path, text.as_bytes())
            .with_context(|| format!("cannot write `{}`", path.display()))
    }
}

/// File name stem of a release: the last part of a directory, or the revision. Characters that do not fit in a URL become `-`.
fn stem(name: &str) -> String {
    let last = match Path::new(name).is_dir() {
        true => {
            let real = Path::new(name).canonicalize().ok();
            let last = real.as_deref().and_then(Path::file_name);
            last.map_or_else(
                || name.to_owned(),
                |last| last.to_string_lossy().into_owned(),
            )
        }
        false => name.to_owned(),
    };
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    let plain: String = last
        .chars()
        .map(|c| if is_plain(c) { c } else { '-' })
        .collect();
    match &*plain {
        // The index has this name.
        "index" => "index-".to_owned(),
        _ => plain,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_files_need_no_escapes() {
        assert_eq!(stem("v7.2"), "v7.2");
        assert_eq!(stem("origin/master~3"), "origin-master-3");
        assert_eq!(stem("index"), "index-");
        assert_eq!(stem("/"), "-");
    }
}
