//! Owns who uses a feature's names: the places in generic code, and in the objects that the spec names, where a hook or a
//! wrapper is called or one of the feature's own markers is looked at.
//!
//! The search goes through [`super::search::SEARCHED`], the entry header and the spec's objects, or through the whole tree where that is
//! asked for: to read all drivers takes longer than everything else together.

use std::sync::Arc;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::code;
use crate::check::feature::near::Near;
use crate::check::feature::search::{entry_header, own_markers};
use crate::check::support::formula::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Conditions};
use crate::cpp::is_c;
use crate::cpp::occurrence::{Kind, Occurrence};
use crate::cpp::reach;
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;

/// The directories of the tree's root that hold no code of the kernel.
const NOT_SEARCHED: &[&str] = &["Documentation", "LICENSES", "scripts", "tools", "usr"];

/// A file that has one of the names in it.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct Caller {
    /// The file.
    pub path: Arc<str>,
    /// The places, in the order of the text.
    pub places: Vec<Occurrence>,
    /// Whether the includes of generic headers alone lead to the entry header.
    pub reaches: bool,
    conditions: Conditions,
}

impl PartialEq for Caller {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
            && self.places == other.places
            && self.reaches == other.reaches
            && self.conditions.has_same_numbers(&other.conditions)
    }
}

impl Caller {
    /// The architecture whose file it is, if it is one's.
    pub fn arch(&self) -> Option<&str> {
        arch::of_file(&self.path)
    }

    /// The table that the conditions of its places refer to.
    pub fn conditions(&self) -> &Conditions {
        &self.conditions
    }

    /// Whether the file makes one of `names` available itself.
    pub fn provides<T: std::ops::Deref<Target = str>>(&self, names: &[T]) -> bool {
        self.places
            .iter()
            .any(|place| place.kind.provides() && names.iter().any(|name| **name == *place.name))
    }

    /// The places where one of `names` is used and not defined.
    pub fn uses<'a, T: std::ops::Deref<Target = str>>(
        &'a self,
        names: &'a [T],
    ) -> impl Iterator<Item = &'a Occurrence> {
        self.places.iter().filter(move |place| {
            place.kind == Kind::Use && names.iter().any(|name| **name == *place.name)
        })
    }

    /// Whether the place is compiled in no configuration of the architecture, because a symbol that nothing declares would
    /// have to be on.
    pub fn is_left_out(&self, place: &Occurrence, model: &Model) -> bool {
        let known = |atom: &Atom| off_on(model, atom);
        self.conditions.evaluate(place.condition, &known) == Some(false)
    }
}

/// Looks for the names of a feature: near the core those of its wrappers and hooks, or its hooks in all generic code but drivers
/// where it has neither wrappers nor objects.
///
/// # Errors
///
/// The tree cannot be read.
pub fn search(cache: &Cache<'_>, spec: &Spec) -> Result<Vec<Caller>, CheckError> {
    let Some(entry) = entry_header(spec) else {
        return of_hooks(cache, spec);
    };
    let paths =
        Near::find(cache, &[spec], &Arc::default(), &cache.wanted(&[]), None)?.of_feature(0, spec);
    Ok(among(cache, spec, entry, &paths))
}

/// The files of generic code that use the hooks of a feature.
fn of_hooks(cache: &Cache<'_>, spec: &Spec) -> Result<Vec<Caller>, CheckError> {
    let Some(entry) = spec.entry_header.as_deref() else {
        return Ok(Vec::new());
    };
    let tree = cache.tree();
    let wanted = cache.wanted(&spec.functions());
    let mut paths = Vec::new();
    for directory in code::SEARCHED {
        if tree.list(directory).is_ok() {
            paths.extend(tree.walk(directory, &is_c)?);
        }
    }
    let paths = cache.holding(paths, &wanted)?;
    Ok(among(cache, spec, entry, &paths))
}

/// Those of the files at `paths`, which [`Near`] has found, that use the names of a feature.
pub(in crate::check) fn in_near_files(
    cache: &Cache<'_>,
    spec: &Spec,
    paths: &[String],
) -> Vec<Caller> {
    entry_header(spec).map_or_else(Vec::new, |entry| among(cache, spec, entry, paths))
}

/// Those of the files at `paths` that use the names of a feature; of all files of the tree that have one of them
/// ([`super::search::stems`]) those that are no code of the kernel are left out.
pub(in crate::check) fn in_files(cache: &Cache<'_>, spec: &Spec, paths: &[String]) -> Vec<Caller> {
    let Some(entry) = entry_header(spec) else {
        return Vec::new();
    };
    let is_of_kernel = |path: &&String| is_of_kernel(path);
    let paths: Vec<String> = paths.iter().filter(is_of_kernel).cloned().collect();
    among(cache, spec, entry, &paths)
}

/// Whether a path may be that of code of the kernel.
pub(in crate::check) fn is_of_kernel(path: &str) -> bool {
    let top = path.split('/').next().unwrap_or_default();
    path.contains('/') && !top.starts_with('.') && !NOT_SEARCHED.contains(&top)
}

fn among(cache: &Cache<'_>, spec: &Spec, entry: &str, paths: &[String]) -> Vec<Caller> {
    let functions = spec.functions();
    let own = own_markers(spec);
    let own: Vec<&str> = own.iter().map(|name| &**name).collect();
    let names = [functions, own].concat();
    let wanted = cache.wanted(&names);
    let mut callers = Vec::new();
    let mut graph = reach::Generic::new(cache, entry);
    for path in paths {
        let Some(indexed) = cache.file(path) else {
            continue;
        };
        let mut conditions = Conditions::new();
        let sightings = indexed.sightings(&wanted);
        let places = indexed
            .file
            .with_conditions(&sightings, &names, &mut conditions);
        if places.is_empty() {
            continue;
        }
        callers.push(Caller {
            reaches: graph.reaches(&indexed.file.path),
            path: indexed.file.path.clone(),
            places,
            conditions,
        });
    }
    callers
}
