//! Owns translation units: what the includes of a source file lead to, whatever the conditionals around them say.
//!
//! Because conditionals are not looked at, "does not reach" is certain and "reaches" may be too much said: whoever reports
//! what a unit reaches asks [`crate::cpp::presence`] as well.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::CheckError;
use crate::check::feature::callers::Caller;
use crate::check::feature::{headers, markers, objects, undefs};
use crate::cpp::cache::Cache;
use crate::cpp::include::{Resolution, SearchPath};
use crate::cpp::scan::{DirectiveKind, File, Target};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::model::Model;

/// What a file includes, as far as it is the same on every architecture.
#[derive(Debug)]
pub struct Generic<'a, 't> {
    cache: &'a Cache<'t>,
    entry: &'a str,
    /// Files that are known to lead to the entry header.
    known: FxHashSet<Arc<str>>,
}

impl<'a, 't> Generic<'a, 't> {
    /// For the question which files lead to the header at `entry`.
    pub fn new(cache: &'a Cache<'t>, entry: &'a str) -> Self {
        Self {
            cache,
            entry,
            known: FxHashSet::default(),
        }
    }

    /// Whether the includes of the file lead to the entry header by way of generic headers alone. No means only that it
    /// takes a look at each architecture.
    pub fn reaches(&mut self, path: &Arc<str>) -> bool {
        let mut holders: FxHashMap<Arc<str>, Option<Arc<str>>> = FxHashMap::default();
        holders.insert(path.clone(), None);
        let mut order = vec![path.clone()];
        let mut next = 0;
        while let Some(from) = order.get(next).cloned() {
            next += 1;
            let Some(indexed) = self.cache.file(&from) else {
                continue;
            };
            for target in targets(&indexed.file) {
                let Some(to) = self.resolve(&from, target) else {
                    continue;
                };
                if *to == *self.entry || self.known.contains(&to) {
                    let mut on_the_way = Some(from.clone());
                    while let Some(file) = on_the_way {
                        on_the_way = holders.get(&file).cloned().flatten();
                        self.known.insert(file);
                    }
                    return true;
                }
                if !holders.contains_key(&to) {
                    holders.insert(to.clone(), Some(from.clone()));
                    order.push(to);
                }
            }
        }
        false
    }

    fn resolve(&self, from: &str, target: Name<'_>) -> Option<Arc<str>> {
        if let Name::Quote(name) = target {
            let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
            let beside = format!("{directory}/{name}");
            if !name.contains("./") && self.cache.is_file(&beside) {
                return Some(beside.into());
            }
        }
        let (Name::Angle(name) | Name::Quote(name)) = target else {
            return None;
        };
        if name.starts_with("asm/") {
            return None;
        }
        let path = format!("include/{name}");
        self.cache.is_file(&path).then(|| path.into())
    }
}

/// What an include names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::check) enum Name<'f> {
    Angle(&'f str),
    Quote(&'f str),
    /// What a macro stands for.
    Unknown,
}

/// What the includes of a file name, in their order.
pub(in crate::check) fn targets(file: &File) -> impl Iterator<Item = Name<'_>> {
    file.directives.iter().filter_map(|directive| {
        let DirectiveKind::Include(target) = directive.kind else {
            return None;
        };
        Some(name_of(file, target))
    })
}

pub(in crate::check) fn name_of(file: &File, target: Target) -> Name<'_> {
    match target {
        Target::Angle(span) => Name::Angle(span.of(&file.text)),
        Target::Quote(span) => Name::Quote(span.of(&file.text)),
        Target::Macro(_) => Name::Unknown,
    }
}

/// What the translation units of one architecture say about a feature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Uses of wrappers without the header that defines them, by path.
    pub missing_includes: Vec<MissingInclude>,
    /// Markers in the architecture's headers that nothing defines, or nothing looks at.
    pub stale: Vec<markers::Stale>,
    /// Places that undefine what the hooks need and leave the feature on.
    pub undefs: Arc<Vec<undefs::Undef>>,
    /// What hooks need and may not get when the kernel is linked.
    pub lacking: Arc<Vec<objects::Needed>>,
}

/// What the translation units of the model's architecture say about a feature, with what was found out about `undefs` and what is
/// `lacking`.
///
/// # Errors
///
/// The tree cannot be read.
pub fn facts(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    callers: &[Caller],
    headers: &headers::Facts,
    undefs: Arc<Vec<undefs::Undef>>,
    lacking: Arc<Vec<objects::Needed>>,
) -> Result<Facts, CheckError> {
    Ok(Facts {
        lacking,
        undefs,
        stale: markers::in_headers(cache.tree(), model, spec, &headers.own_names, callers)?,
        missing_includes: missing_includes(cache, model, spec, callers, &headers.wrapper_headers),
    })
}

/// A use of a wrapper in a unit that does not include the header that defines it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MissingInclude {
    /// The wrapper.
    pub wrapper: String,
    /// Its first use.
    pub location: Location,
}

/// The callers of wrappers whose units do not reach any of the headers that define them on the model's architecture. Silent
/// where an include cannot be followed, and where the object may not be built on the architecture.
fn missing_includes(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    callers: &[Caller],
    headers: &[Arc<str>],
) -> Vec<MissingInclude> {
    let mut missing = Vec::new();
    let mut path = None;
    if headers.is_empty() {
        return missing;
    }
    for caller in callers {
        let foreign = caller.arch().is_some_and(|arch| arch != model.srcarch);
        // A header is read where others include it, and they may have included the rest before.
        if caller.reaches
            || foreign
            || !caller.path.ends_with(".c")
            || caller.provides(&spec.wrappers)
        {
            continue;
        }
        let first = caller
            .uses(&spec.wrappers)
            .find(|place| !caller.is_left_out(place, model));
        let Some(first) = first else {
            continue;
        };
        let path = path.get_or_insert_with(|| SearchPath::new(cache, &model.srcarch));
        path.enter_unit(cache, &caller.path);
        if may_reach(cache, path, &caller.path, headers) || !is_built(cache, model, &caller.path) {
            continue;
        }
        missing.push(MissingInclude {
            wrapper: first.name.to_string(),
            location: first.location.clone(),
        });
    }
    missing
}

/// Whether kbuild's lists say for sure that the architecture can build the object.
fn is_built(cache: &Cache<'_>, model: &Model, source: &str) -> bool {
    let declared = |name: &str| {
        model
            .find(name)
            .is_some_and(|symbol| model.is_defined(symbol))
    };
    let arch = format!("arch/{}", model.srcarch);
    let from = if source.starts_with(&format!("{arch}/")) {
        &arch
    } else {
        ""
    };
    kbuild::of_object(cache.tree(), source, from).is_some_and(|ways| {
        ways.iter()
            .any(|gates| gates.iter().all(|gate| declared(&gate.symbol)))
    })
}

/// Whether the unit may reach one of the headers: it does, or an include of its own cannot be followed.
fn may_reach(cache: &Cache<'_>, path: &mut SearchPath, unit: &str, headers: &[Arc<str>]) -> bool {
    let mut seen: FxHashSet<Arc<str>> = FxHashSet::default();
    let mut pending: Vec<Arc<str>> = vec![unit.into()];
    while let Some(from) = pending.pop() {
        if headers.contains(&from) {
            return true;
        }
        if !seen.insert(from.clone()) {
            continue;
        }
        let Some(indexed) = cache.file(&from) else {
            return true;
        };
        for target in targets(&indexed.file) {
            match resolve(cache, path, &from, target) {
                Resolution::File(to) => pending.push(to),
                Resolution::Platform(files) => {
                    pending.extend(files.into_iter().map(|(_, file)| file));
                }
                Resolution::Generated => {}
                // The headers that everyone includes are known to be followed well enough.
                Resolution::Missing if from.starts_with("include/") => {}
                Resolution::Missing => return true,
            }
        }
    }
    false
}

pub(in crate::check) fn resolve(
    cache: &Cache<'_>,
    path: &mut SearchPath,
    from: &str,
    name: Name<'_>,
) -> Resolution {
    match name {
        Name::Angle(name) => path.angle(cache, name),
        Name::Quote(name) => path.quote(cache, from, name),
        Name::Unknown => Resolution::Missing,
    }
}
