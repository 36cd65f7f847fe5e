//! Owns which files near the core of the kernel name a feature: each is read once for all features, and of the next tree of a
//! series only what changed is read.

use std::collections::BTreeMap;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::search::{SEARCHED, entry_header, stems};
use crate::check::error::CheckError;
use crate::cpp::cache::Cache;
use crate::cpp::is_c;
use crate::cpp::wanted::{Groups, Wanted};
use crate::feature::spec::Spec;
use crate::tree::Change;

/// How many files are a part of the work for one thread.
const AT_ONCE: usize = 128;

/// The files that have a name of some feature in them.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(in crate::check) struct Near {
    /// For each file whether it has a name of each feature in it.
    files: BTreeMap<String, Box<[bool]>>,
    /// The files that were searched besides, sorted.
    also: Arc<[String]>,
}

impl Near {
    /// Looks through [`SEARCHED`] and the files `also`, and for each feature through its entry header and its objects. `before` is
    /// what was found in a tree with the same base, and what changed since. The same files will be asked for `names`, which is noted
    /// in the cache.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub(in crate::check) fn find(
        cache: &Cache<'_>,
        specs: &[&Spec],
        also: &Arc<[String]>,
        names: &Wanted,
        before: Option<(&Self, &[Change])>,
    ) -> Result<Self, CheckError> {
        let tree = cache.tree();
        let also = also.clone();
        let groups = Groups::new(specs.iter().map(|spec| stems(cache, spec)).collect());
        let specs = specs.iter().filter(|spec| entry_header(spec).is_some());
        let named: FxHashSet<&str> = specs.flat_map(|spec| named(spec)).collect();
        if named.is_empty() {
            return Ok(Self {
                files: BTreeMap::new(),
                also,
            });
        }
        // A link makes one file appear at several places.
        let before = before.filter(|(before, _)| !tree.has_links_on_top() && before.also == also);
        let Some((before, changes)) = before else {
            let named = named.into_iter().map(str::to_owned);
            let mut paths: Vec<String> = named.chain(also.iter().cloned()).collect();
            paths.retain(|path| tree.is_file(path));
            for directory in SEARCHED {
                if tree.list(directory).is_ok() {
                    paths.extend(tree.walk(directory, &is_c)?);
                }
            }
            paths.sort_unstable();
            paths.dedup();
            let files = search(cache, &groups, names, &paths)?.into_iter().collect();
            return Ok(Self { files, also });
        };
        let mut files = before.files.clone();
        let is_besides = |path: &str| {
            also.binary_search_by(|also| also.as_str().cmp(path))
                .is_ok()
        };
        let bears = |path: &&str| named.contains(path) || is_searched(path) || is_besides(path);
        let changed = changes.iter().map(|change| change.path.as_str());
        let (there, gone): (Vec<&str>, Vec<&str>) =
            changed.filter(bears).partition(|path| tree.is_file(path));
        for path in there.iter().chain(&gone) {
            files.remove(*path);
        }
        let there: Vec<String> = there.into_iter().map(str::to_owned).collect();
        files.extend(search(cache, &groups, names, &there)?);
        Ok(Self { files, also })
    }

    /// The files that have a name of the feature in them, sorted. `index` is its place among the features that were looked for.
    pub(in crate::check) fn of_feature(&self, index: usize, spec: &Spec) -> Vec<String> {
        if entry_header(spec).is_none() {
            return Vec::new();
        }
        let besides = self.also.iter().map(String::as_str);
        let own: FxHashSet<&str> = named(spec).chain(besides).collect();
        let files = self.files.iter();
        files
            .filter(|(path, has)| {
                has.get(index).is_some_and(|has| *has)
                    && (is_searched(path) || own.contains(path.as_str()))
            })
            .map(|(path, _)| path.clone())
            .collect()
    }
}

/// The files that the spec itself names.
fn named(spec: &Spec) -> impl Iterator<Item = &str> {
    let objects = spec.objects.iter().map(|object| &**object);
    objects.chain(spec.entry_header.as_deref())
}

fn is_searched(path: &str) -> bool {
    let top = path.split_once('/').map_or("", |(top, _)| top);
    SEARCHED.contains(&top) && is_c(path)
}

/// A file, and for each feature whether it has a name of it.
type Hit = (String, Box<[bool]>);

/// Those of the files that have a name in them.
fn search(
    cache: &Cache<'_>,
    groups: &Groups,
    names: &Wanted,
    paths: &[String],
) -> Result<Vec<Hit>, CheckError> {
    let tree = cache.tree();
    let of_part = |part: &[String]| -> Result<Vec<Hit>, CheckError> {
        let mut hits = Vec::new();
        let mut look = |path: &String, text: &[u8]| {
            let has = groups.are_in(text);
            hits.extend(has.map(|has| (path.clone(), has)));
        };
        if tree.is_directory_alone() {
            // Most files have none of the names, and nothing of them is kept.
            let mut text = Vec::new();
            for path in part {
                cache.read_into(path, &mut text, names)?;
                look(path, &text);
            }
        } else {
            let mut read = Ok(());
            tree.read_each(part, &mut |path, text| match text {
                Ok(text) => look(path, text),
                Err(error) => read = Err(error),
            });
            read?;
        }
        Ok(hits)
    };
    let parts = paths.par_chunks(AT_ONCE).map(of_part);
    let parts = parts.collect::<Result<Vec<_>, CheckError>>()?;
    Ok(parts.into_iter().flatten().collect())
}
