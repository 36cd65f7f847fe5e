//! Owns which release declared a name that nothing declares any more, where the repository of the tree has its tag.
//!
//! Only a few releases are looked at, from their objects: all Kconfig files of the newest, of each one before only those that the next
//! one changed. What git cannot tell is not said.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use super::names::is_kconfig;
use crate::kconfig::sources::declares;
use crate::tree::git::Repository;
use crate::tree::{Tree, TreeError};

/// How many releases are looked at.
const RELEASES: usize = 5;

/// The last release that declares a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declared {
    /// The tag.
    pub tag: String,
    /// The file.
    pub path: String,
}

/// The last of a few releases up to `newest` that declares each of `names`; nothing of names that none of them declares.
///
/// # Errors
///
/// git fails, or lacks objects of a release.
pub fn last_declared(
    repository: &Arc<Repository>,
    newest: (u32, u32),
    names: &FxHashSet<&str>,
) -> Result<BTreeMap<String, Declared>, TreeError> {
    let mut found = BTreeMap::new();
    let tags = repository.releases(newest, RELEASES)?;
    let mut after: Option<String> = None;
    for tag in tags {
        let revision = format!("refs/tags/{tag}");
        let tree = Tree::at_revision(repository, &revision)?;
        let mut paths = match after.replace(revision.clone()) {
            None => tree.walk("", &is_kconfig)?,
            Some(after) => {
                let changed = repository.differences(&[(after, revision)])?;
                let paths = changed.into_iter().flatten().map(|one| one.path);
                paths.filter(|path| is_kconfig(path)).collect()
            }
        };
        paths.retain(|path| tree.is_file(path));
        let mut read = Ok(());
        tree.read_each(&paths, &mut |path, text| {
            let text = match text {
                Ok(text) => text,
                Err(error) => {
                    read = Err(error);
                    return;
                }
            };
            for name in declared(text) {
                if names.contains(name) && !found.contains_key(name) {
                    let (tag, path) = (tag.clone(), path.clone());
                    found.insert(name.to_owned(), Declared { tag, path });
                }
            }
        });
        read?;
        if found.len() == names.len() {
            break;
        }
    }
    Ok(found)
}

/// The names that the text of a Kconfig file declares.
fn declared(text: &[u8]) -> impl Iterator<Item = &str> {
    let lines = text.split(|&byte| byte == b'\n');
    lines.filter_map(|line| declares(std::str::from_utf8(line).ok()?))
}
