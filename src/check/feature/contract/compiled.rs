//! Owns whether a line of a header is compiled: whether a source file that is built in some configuration gets there.
//!
//! An entry header need not be part of every kernel: nothing that alpha builds includes `linux/entry-common.h`. What such a header
//! uses is missed by nobody. A line of a source file may stand under macros of headers, which only all of its includes tell.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::{Hook, Search};
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Use};
use crate::check::feature::contract::Subject;
use crate::check::support::formula::off_on;
use crate::check::support::question::Example;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition};
use crate::cpp::is_code;
use crate::cpp::presence::reaching;
use crate::kbuild::Lists;

/// How many source files are tried.
const MAX_SOURCES: usize = 32;

/// How many steps there may be between the header and a source file.
const MAX_STEPS: usize = 4;

/// How many headers are followed from one step to the next.
const MAX_HEADERS: usize = 64;

impl Search<'_, '_, '_, '_, '_> {
    /// A configuration in which `bare` holds and in which a source file that is built gets to a place in a header; `None` where none
    /// is known.
    pub(super) fn compiled(
        &mut self,
        hooks: &[Hook<'_>],
        place: &Use,
        bare: Condition,
        feature: bool,
    ) -> Result<Option<Example>, CheckError> {
        let header = &*place.location.path;
        let near = hooks.iter().flat_map(|hook| &hook.uses);
        let near = near.filter(|(_, place)| place.is_certain);
        let near: Vec<String> = near
            .map(|(_, place)| (*place.location.path).to_owned())
            .collect();
        let lists = Lists::new(self.subject.cache.tree());
        let mut tried = FxHashSet::default();
        for source in &near {
            if tried.len() < MAX_SOURCES
                && tried.insert(source.clone())
                && let Some(example) = self.through(&lists, source, place, bare, feature)
            {
                return Ok(Some(example));
            }
        }
        let srcarch = &self.subject.model.srcarch;
        for source in sources(self.subject.cache, &lists, srcarch, header)? {
            if tried.insert(source.clone())
                && let Some(example) = self.through(&lists, &source, place, bare, feature)
            {
                return Ok(Some(example));
            }
        }
        Ok(None)
    }

    /// A configuration in which `bare` holds, one source file is built, and its compiler gets to the place.
    pub(super) fn through(
        &mut self,
        lists: &Lists<'_>,
        source: &str,
        place: &Use,
        bare: Condition,
        feature: bool,
    ) -> Option<Example> {
        let (cache, model) = (self.subject.cache, self.subject.model);
        let own = format!("arch/{}", model.srcarch);
        let lists_from = match source.starts_with(&format!("{own}/")) {
            true => &*own,
            false => "",
        };
        let ways = lists.of_object(source, lists_from)?;
        // The preprocessor reads the names in a macro where it is defined.
        let file = cache.file(&place.location.path)?;
        let directive = file.file.directive_at(place.location.start);
        let start = directive.map_or(place.location.start, |directive| directive.span.start);
        let line = self.reached(source, (&*place.location.path, start))?;
        let conditions = &mut self.conditions;
        let built = code::in_one_way(conditions, &ways);
        let compiled = conditions.and(built, line);
        let compiled = conditions.assume(compiled, &|atom| off_on(model, atom));
        let compiled = self.with(compiled, feature);
        let compiled = self.bound(compiled, false);
        let both = self.conditions.and(bare, compiled);
        if !self.conditions.is_satisfiable(both) {
            return None;
        }
        self.example(both, Some(feature))
    }
}

impl Search<'_, '_, '_, '_, '_> {
    /// When the preprocessor gets from a source file to a place, a file and an offset in it; `None` where that is not known.
    fn reached(&mut self, source: &str, place: (&str, u32)) -> Option<Condition> {
        let &Subject { cache, model, .. } = self.subject;
        let found = reaching(cache, &model.srcarch, source, &[], &[place]);
        let line = found.places.first().copied().flatten();
        let line = line.filter(|_| found.reached.is_none())?;
        let conditions = &mut self.conditions;
        Some(conditions.import(&found.conditions, line, &mut FxHashMap::default()))
    }

    /// When a use in a source file is compiled, where macros of headers bear on it: the same condition, with all that its file includes
    /// known. `None` where no macro does, or where that is not known.
    pub(super) fn in_its_source(&mut self, used: Condition, place: &Use) -> Option<Condition> {
        let model = self.subject.model;
        let path = &*place.location.path;
        let is_macro = |atom: &Atom| matches!(atom, Atom::Macro(_));
        let has_macro = self.conditions.atoms(used).into_iter().any(is_macro);
        if !has_macro || !path.ends_with(".c") {
            return None;
        }
        let key = (place.location.path.clone(), place.location.start);
        let line = match self.lines.get(&key) {
            Some(known) => *known,
            None => {
                let line = self.reached(path, (path, place.location.start));
                let line = line.map(|line| {
                    self.conditions.assume(line, &|atom| {
                        announced(atom).or_else(|| off_on(model, atom))
                    })
                });
                self.lines.insert(key, line);
                line
            }
        }?;
        let rest = self.conditions.bound(used, true, &is_macro);
        Some(self.conditions.and(rest, line))
    }
}

/// The value of a macro with which headers announce something, once all includes are known: none of them defines it. Makefiles define
/// none of these.
fn announced(atom: &Atom) -> Option<bool> {
    match atom {
        Atom::Macro(name) => ["HAVE_", "ARCH_HAS_", "ARCH_HAVE_", "__HAVE_ARCH_"]
            .iter()
            .any(|start| name.starts_with(start))
            .then_some(false),
        _ => None,
    }
}

/// Source files of generic code and of the architecture whose includes may lead to a header, those with the fewest steps first and of
/// these the ones that are built in the most configurations.
fn sources(
    cache: &Cache<'_>,
    lists: &Lists<'_>,
    srcarch: &str,
    header: &str,
) -> Result<Vec<String>, CheckError> {
    let tree = cache.tree();
    let own = format!("arch/{srcarch}");
    let mut paths = Vec::new();
    for directory in code::SEARCHED.iter().copied().chain([&*own]) {
        if tree.list(directory).is_ok() {
            paths.extend(tree.walk(directory, &is_code)?);
        }
    }
    let mut found: Vec<String> = Vec::new();
    let mut seen: FxHashSet<String> = FxHashSet::default();
    let mut headers = vec![header.to_owned()];
    for _ in 0..MAX_STEPS {
        let names: Vec<String> = headers.iter().flat_map(|header| names(header)).collect();
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let wanted = cache.wanted(&names);
        let holds = paths
            .par_iter()
            .map(|path| cache.holds(path, &wanted))
            .collect::<Result<Vec<bool>, _>>()?;
        let users = paths.iter().zip(holds).filter(|(_, holds)| *holds);
        let users = users.filter(|(path, _)| seen.insert((*path).clone()));
        let (mut next, mut files): (Vec<String>, Vec<String>) = users
            .map(|(path, _)| path.clone())
            .partition(|path| path.ends_with(".h"));
        files.sort_by_cached_key(|path| {
            let lists_from = if path.starts_with(&own) { &*own } else { "" };
            let ways = lists.of_object(path, lists_from);
            ways.and_then(|ways| ways.iter().map(Vec::len).min())
                .unwrap_or(usize::MAX)
        });
        found.extend(files);
        next.truncate(MAX_HEADERS);
        if found.len() >= MAX_SOURCES || next.is_empty() {
            break;
        }
        headers = next;
    }
    found.truncate(MAX_SOURCES);
    Ok(found)
}

/// How an `#include` may name a header.
fn names(path: &str) -> Vec<String> {
    let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
    let above = directory
        .rsplit_once('/')
        .map_or(directory, |(_, last)| last);
    match above {
        // A build writes wrappers `asm/x.h` for `asm-generic/x.h`.
        "asm-generic" => vec![format!("asm-generic/{name}"), format!("asm/{name}")],
        _ if path.starts_with("include/") || path.contains("/include/") => {
            vec![format!("{above}/{name}")]
        }
        _ => vec![name.to_owned()],
    }
}
