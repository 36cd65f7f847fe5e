//! Owns the Kconfig files of a tree by the names that they declare and the files that they source, and which of them a change leaves
//! without anybody who reads them: their `source` went, or they are new and have none.
//!
//! Texts alone are looked at, so what a macro in a path may stand for counts as all files that fit.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::check::change::models::Models;
use crate::diag::Location;
use crate::kconfig::sources::{declares, is_named_kconfig};
use crate::tree::{Tree, TreeError};

/// The names and paths in the text of a Kconfig file.
#[derive(Clone, Debug, Default)]
pub struct Said {
    /// The symbols that it declares.
    pub names: Vec<String>,
    /// The paths that it sources, as they are written.
    sources: Vec<String>,
}

impl Said {
    /// Of a text.
    pub fn of(text: &str) -> Self {
        let owned = |found: &str| found.to_owned();
        Self {
            names: text.lines().filter_map(declares).map(owned).collect(),
            sources: text.lines().filter_map(sourced).map(owned).collect(),
        }
    }
}

/// By path: what a file says.
pub type Files = BTreeMap<Arc<str>, Said>;

/// The files of a tree.
///
/// # Errors
///
/// The tree cannot be listed.
pub fn files(tree: &Tree) -> Result<Files, TreeError> {
    let paths = tree.walk("", &is_looked_at)?;
    tree.fetch(&paths);
    let said = paths.par_iter().map(|path| {
        let text = tree.text_if_there(path).unwrap_or_default();
        (Arc::from(&**path), Said::of(&text))
    });
    Ok(said.collect())
}

/// Whether the declarations of a file count.
pub fn is_looked_at(path: &str) -> bool {
    is_named_kconfig(path) && !path.starts_with("scripts/")
}

/// The path that a line sources, as it is written. Only the line is looked at.
pub fn sourced(line: &str) -> Option<&str> {
    let rest = line.trim_start().strip_prefix("source")?;
    let path = rest.strip_prefix([' ', '\t'])?.trim();
    Some(path.trim_matches(['"', '\'']))
}

/// Where the `source` of a file was: the file with it, and the line that took its place.
pub type Place = (Arc<str>, Location);

/// A file that may have nobody any more who reads it.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Its path, as the `source` had it.
    pub path: String,
    /// `None` for a new file.
    pub place: Option<Place>,
}

/// Those of some files that nothing reads, and those that only they source.
pub fn lost(
    models: &dyn Models,
    files: &Files,
    candidates: &[Candidate],
) -> BTreeMap<Arc<str>, Option<Place>> {
    let mut lost: BTreeMap<Arc<str>, Option<Place>> = BTreeMap::new();
    if candidates.is_empty() {
        return lost;
    }
    let models = models.all();
    let read: FxHashSet<&str> = models
        .iter()
        .flat_map(|model| &model.files)
        .map(|of| &**of.file.path())
        .collect();
    let archs: Vec<&str> = files.keys().filter_map(|path| arch_of(path)).collect();
    let mut pending: Vec<(Arc<str>, Option<Place>)> = Vec::new();
    for Candidate { path, place } in candidates {
        let paths = meant(path, &archs).into_iter();
        pending.extend(paths.map(|path| (path.into(), place.clone())));
    }
    while let Some((path, place)) = pending.pop() {
        let Some(said) = files.get(&path).filter(|_| !lost.contains_key(&path)) else {
            continue;
        };
        let is_first = &*path == "Kconfig" || arch_of(&path).is_some();
        let has_reader = files.iter().any(|(other, said)| {
            other != &path
                && !lost.contains_key(other)
                && said.sources.iter().any(|source| may_mean(source, &path))
        });
        if is_first || has_reader || read.contains(&*path) {
            continue;
        }
        for source in &said.sources {
            let paths = meant(source, &archs).into_iter();
            pending.extend(paths.map(|path| (path.into(), place.clone())));
        }
        lost.insert(path, place);
    }
    lost
}

/// The architecture whose first Kconfig file this is.
fn arch_of(path: &str) -> Option<&str> {
    let arch = path.strip_prefix("arch/")?.strip_suffix("/Kconfig")?;
    (!arch.contains('/')).then_some(arch)
}

/// The paths that a `source` means, if it has no other macro than the one for the architecture.
fn meant(source: &str, archs: &[&str]) -> Vec<String> {
    const ARCH: &str = "$(SRCARCH)";
    let paths: Vec<String> = match source.contains(ARCH) {
        true => archs
            .iter()
            .map(|arch| source.replace(ARCH, arch))
            .collect(),
        false => vec![source.to_owned()],
    };
    paths
        .into_iter()
        .filter(|path| !path.contains('$'))
        .collect()
}

/// Whether a `source` may mean a path.
fn may_mean(source: &str, path: &str) -> bool {
    match (source.split_once('$'), source.rsplit_once(')')) {
        (Some((before, _)), Some((_, behind))) => {
            path.starts_with(before) && path.ends_with(behind)
        }
        (Some((before, _)), None) => path.starts_with(before),
        (None, _) => source == path,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_means_files() {
        assert_eq!(sourced("\tsource \"a/Kconfig\"\n"), Some("a/Kconfig"));
        assert_eq!(sourced("source a/Kconfig"), Some("a/Kconfig"));
        assert_eq!(sourced("sources \"a\""), None);
        assert_eq!(sourced("config source"), None);
        assert!(may_mean(
            "arch/$(HEADER_ARCH)/um/Kconfig",
            "arch/x86/um/Kconfig"
        ));
        assert!(!may_mean(
            "arch/$(HEADER_ARCH)/um/Kconfig",
            "arch/x86/Kconfig"
        ));
        assert_eq!(
            meant("arch/$(SRCARCH)/K", &["a", "b"]),
            ["arch/a/K", "arch/b/K"]
        );
        assert!(meant("$(X)/K", &["a"]).is_empty());
    }

    #[test]
    fn what_only_a_lost_file_sources_is_lost() {
        let files: Files = [
            ("Kconfig", "source \"a/Kconfig\"\n"),
            ("a/Kconfig", ""),
            (
                "b/Kconfig",
                "source \"b/c/Kconfig\"\nsource \"a/Kconfig\"\nconfig B\n",
            ),
            ("b/c/Kconfig", "config C\n"),
        ]
        .into_iter()
        .map(|(path, text)| (Arc::from(path), Said::of(text)))
        .collect();
        let of = |path: &str| {
            let candidate = Candidate {
                path: path.to_owned(),
                place: None,
            };
            let models: Vec<&crate::kconfig::model::Model> = Vec::new();
            lost(&models, &files, &[candidate])
                .into_keys()
                .collect::<Vec<_>>()
        };
        assert_eq!(of("b/Kconfig"), ["b/Kconfig".into(), "b/c/Kconfig".into()]);
        assert!(of("a/Kconfig").is_empty());
        assert!(of("Kconfig").is_empty());
    }
}
