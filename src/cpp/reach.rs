//! Owns which headers the includes of a file lead to, whatever the conditionals around them say.
//!
//! Because conditionals are not looked at, "does not reach" is certain and "reaches" may be too much said: whoever reports
//! what a unit reaches asks [`super::presence`] as well.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cache::Cache;
use super::include::{Resolution, SearchPath};
use super::scan::{DirectiveKind, File, Target};

/// Describes what a file includes, as far as it is the same on every architecture.
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

/// Describes what an include names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Name<'f> {
    /// `<name>`.
    Angle(&'f str),
    /// `"name"`.
    Quote(&'f str),
    /// Stands for what a macro stands for.
    Unknown,
}

/// Returns what the includes of a file name, in their order.
pub fn targets(file: &File) -> impl Iterator<Item = Name<'_>> {
    file.directives.iter().filter_map(|directive| {
        let DirectiveKind::Include(target) = directive.kind else {
            return None;
        };
        Some(name_of(file, target))
    })
}

/// Returns what one include names.
pub fn name_of(file: &File, target: Target) -> Name<'_> {
    match target {
        Target::Angle(span) => Name::Angle(span.of(&file.text)),
        Target::Quote(span) => Name::Quote(span.of(&file.text)),
        Target::Macro(_) => Name::Unknown,
    }
}

/// Whether the unit may reach one of the headers: it does, or an include of its own cannot be followed.
pub fn may_reach(
    cache: &Cache<'_>,
    path: &mut SearchPath,
    unit: &str,
    headers: &[Arc<str>],
) -> bool {
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

/// Where an include in the file at `from` leads.
pub fn resolve(cache: &Cache<'_>, path: &mut SearchPath, from: &str, name: Name<'_>) -> Resolution {
    match name {
        Name::Angle(name) => path.angle(cache, name),
        Name::Quote(name) => path.quote(cache, from, name),
        Name::Unknown => Resolution::Missing,
    }
}
