//! Owns which files and directories of the tree `check` reports about: those that the user names, or all.

use std::borrow::Borrow;
use std::path::{Component, Path, PathBuf};

use anyhow::bail;

use crate::diag::Diagnostic;
use crate::tree::Tree;

/// Files and directories of a tree; none for all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Paths(Vec<String>);

impl Paths {
    /// Returns what the user names: relative to the current directory where that is in the tree, or else to the root of the tree.
    ///
    /// # Errors
    ///
    /// The tree has no such file or directory.
    pub fn new(tree: &Tree, named: &[PathBuf]) -> anyhow::Result<Self> {
        let here = std::env::current_dir().ok();
        let here = here
            .as_deref()
            .and_then(|here| here.strip_prefix(tree.root()).ok());
        let find = |path: &PathBuf| {
            let absolute = path.strip_prefix(tree.root()).ok();
            let places = match (absolute, here) {
                (Some(inside), _) => vec![inside.to_owned()],
                (None, Some(here)) => vec![here.join(path), path.clone()],
                (None, None) => vec![path.clone()],
            };
            let places = places.iter().filter_map(|place| relative(place));
            let is_there = |place: &String| {
                place.is_empty() || tree.is_file(place) || tree.list(place).is_ok()
            };
            let found = places.into_iter().find(is_there);
            let shown = path.display();
            match found {
                Some(found) => Ok(found),
                None if path.to_string_lossy().contains("..") && !path.exists() => {
                    bail!(
                        "the tree has no `{shown}`: to name the commits of a series, use `--range A..B`"
                    )
                }
                None => bail!("the tree has no file or directory `{shown}`"),
            }
        };
        Ok(Self(named.iter().map(find).collect::<anyhow::Result<_>>()?))
    }

    /// Whether all of the tree is meant.
    pub fn is_all(&self) -> bool {
        self.0.is_empty()
    }

    /// Leaves out findings of which no place is in the files that are meant.
    pub fn narrow<T: Borrow<Diagnostic>>(&self, findings: &mut Vec<T>) {
        findings.retain(|finding| {
            let finding = finding.borrow();
            let mut labels = std::iter::once(&finding.primary).chain(&finding.secondary);
            self.is_all() || labels.any(|label| self.has(&label.location.path))
        });
    }

    fn has(&self, path: &str) -> bool {
        let is_in = |meant: &String| {
            let rest = path.strip_prefix(meant.as_str());
            meant.is_empty() || rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        self.0.iter().any(is_in)
    }
}

/// A path with `/` between its parts, without `.` and `..`; empty for the root. `None` for one that leads out of it.
fn relative(path: &Path) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::Normal(part) => parts.push(part.to_str()?),
            Component::ParentDir => {
                parts.pop()?;
            }
            Component::RootDir | Component::Prefix(_) => return None,
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_covers_itself_and_what_is_below_it() {
        let paths = Paths(vec!["mm".to_owned(), "arch/arm64/Kconfig".to_owned()]);
        for inside in ["mm", "mm/Kconfig", "mm/kasan/init.c", "arch/arm64/Kconfig"] {
            assert!(paths.has(inside), "{inside}");
        }
        for outside in ["mmc/Kconfig", "arch/arm64/Kconfig.debug", "arch/arm64", ""] {
            assert!(!paths.has(outside), "{outside}");
        }
        assert!(Paths(vec![String::new()]).has("Makefile"));
        assert_eq!(relative(Path::new("./mm/../fs/")), Some("fs".to_owned()));
        assert_eq!(relative(Path::new("../x")), None);
        assert_eq!(relative(Path::new("/x")), None);
    }
}
