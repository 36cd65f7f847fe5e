//! Owns which source files show that a feature builds: those that use it, and those that the spec names.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem::Finder;

use crate::arch::machine::Machine;
use crate::check::CheckError;
use crate::check::feature::callers::{self, Caller};
use crate::cpp::cache::Cache;
use crate::cpp::condition::Conditions;
use crate::cpp::is_c;
use crate::cpp::occurrence::Kind;
use crate::feature::hook::Hook;
use crate::feature::name::Identifier;
use crate::feature::spec::Spec;
use crate::tree::{Tree, TreeError};

/// A source file that may be compiled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The file, ending in `.c`.
    pub source: String,
    /// How often it calls a wrapper or a hook.
    pub sites: usize,
    /// Whether it belongs to a makefile of its own, with flags of its own.
    pub apart: bool,
    /// Whether an `#undef` switches the feature off in it by hand, so that fallbacks are what it has to have.
    pub undefined: bool,
}

/// An inline function or macro of a generic header that uses a hook, by itself or by way of another one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Through {
    /// Its name.
    pub name: Identifier,
    /// The header.
    pub header: Arc<str>,
}

/// The users of a feature whose hooks only functions of headers use.
#[derive(Debug)]
pub struct ThroughHeaders {
    /// These functions.
    pub functions: Vec<Through>,
    /// The feature as it looks to their callers: its hooks are the functions.
    pub seen: Spec,
    /// The source files that call them.
    pub callers: Vec<Caller>,
}

/// How many functions of headers may stand between a hook and a source file.
const MAX_LEVELS: usize = 3;

/// Most source files that are compiled because functions of headers that they call use a hook: one is enough to show it.
const MAX_THROUGH: usize = 12;

/// The source files that use a hook by way of functions of headers; `None` where one of generic code uses a hook itself, or nothing does.
///
/// # Errors
///
/// The tree cannot be read.
pub fn through_headers(
    cache: &Cache<'_>,
    spec: &Spec,
    callers: &[Caller],
) -> Result<Option<ThroughHeaders>, CheckError> {
    let names = |spec: &Spec| -> Vec<Identifier> {
        let hooks = spec.hooks.iter();
        hooks.map(|hook| hook.name.clone()).collect()
    };
    let has_source = |callers: &[Caller], names: &[Identifier]| {
        let mut sources = callers.iter().filter(|caller| caller.path.ends_with(".c"));
        sources.any(|caller| caller.uses(names).next().is_some())
    };
    if !spec.wrappers.is_empty() || has_source(callers, &names(spec)) {
        return Ok(None);
    }
    let mut all: Vec<Through> = Vec::new();
    let mut through = in_headers(callers, &names(spec));
    for _ in 0..MAX_LEVELS {
        through.retain(|new| all.iter().all(|known| known.name != new.name));
        if through.is_empty() {
            return Ok(None);
        }
        let mut seen = spec.clone();
        seen.hooks = through
            .iter()
            .map(|of| Hook::new(of.name.clone()))
            .collect();
        all.append(&mut through);
        let mut callers = callers::search(cache, &seen)?;
        if has_source(&callers, &names(&seen)) {
            callers.retain(|caller| caller.path.ends_with(".c"));
            callers.truncate(MAX_THROUGH);
            return Ok(Some(ThroughHeaders {
                functions: all,
                seen,
                callers,
            }));
        }
        through = in_headers(&callers, &names(&seen));
    }
    Ok(None)
}

/// The inline functions and macros of generic headers that use one of the names.
fn in_headers(callers: &[Caller], names: &[Identifier]) -> Vec<Through> {
    let mut found: Vec<Through> = Vec::new();
    for caller in callers {
        if !caller.path.ends_with(".h") || caller.arch().is_some() {
            continue;
        }
        let within = caller
            .uses(names)
            .filter_map(|place| place.within.as_deref());
        for name in within.filter_map(|name| Identifier::new(name).ok()) {
            if found.iter().all(|known| known.name != name) {
                let header = caller.path.clone();
                found.push(Through { name, header });
            }
        }
    }
    found
}

impl Candidate {
    /// The object for make.
    pub fn object(&self) -> String {
        with_suffix(&self.source, "o")
    }
}

/// The target of make that is made from a source file.
pub fn with_suffix(source: &str, suffix: &str) -> String {
    let stem = source.strip_suffix(".c").unwrap_or(source);
    format!("{stem}.{suffix}")
}

/// The files for `arch/<srcarch>`, by path. `selectors` are the symbols that select the feature's: where one of them is undefined by
/// hand, hooks are missing, and the feature has to be undefined, too.
///
/// # Errors
///
/// The tree cannot be read.
pub fn candidates(
    cache: &Cache<'_>,
    srcarch: &str,
    machine: Option<&Machine>,
    spec: &Spec,
    callers: &[Caller],
    selectors: &[String],
) -> Result<Vec<Candidate>, TreeError> {
    let tree = cache.tree();
    let own = format!("arch/{srcarch}/");
    let is_own =
        |path: &str| path.ends_with(".c") && (!path.starts_with("arch/") || path.starts_with(&own));
    let names = spec.functions();
    // Each file with the number of its calls, and whether the feature is undefined in it.
    let mut found: BTreeMap<String, (usize, bool)> = BTreeMap::new();
    for caller in callers.iter().filter(|caller| is_own(&caller.path)) {
        let uses = caller
            .places
            .iter()
            .filter(|place| place.kind == Kind::Use && names.contains(&&*place.name));
        let sites = uses.count();
        if sites > 0 {
            found.insert(caller.path.to_string(), (sites, false));
        }
    }
    for object in &spec.objects {
        let path = object.to_string();
        if is_own(&path) && tree.is_file(&path) {
            found.entry(path).or_default();
        }
    }
    if names.is_empty() {
        return Ok(finished(found, machine));
    }
    let finders: Vec<Finder<'_>> = names.iter().map(Finder::new).collect();
    let undefs: Vec<String> = spec
        .kconfig
        .iter()
        .map(|term| format!("#undef CONFIG_{}", term.symbol))
        .collect();
    let undefs: Vec<Finder<'_>> = undefs.iter().map(Finder::new).collect();
    let near: Vec<String> = selectors
        .iter()
        .map(|name| format!("#undef CONFIG_{name}\n"))
        .collect();
    let near: Vec<Finder<'_>> = near.iter().map(Finder::new).collect();
    let mut undoing = Vec::new();
    for path in tree.walk(&own, &is_c)? {
        let text = tree.read(&path)?;
        if undefs.iter().any(|finder| finder.find(&text).is_some()) {
            undoing.push((path.clone(), true));
        } else if near.iter().any(|finder| finder.find(&text).is_some()) {
            undoing.push((path.clone(), false));
        }
        if !path.ends_with(".c") || !finders.iter().any(|finder| finder.find(&text).is_some()) {
            continue;
        }
        if let Some(indexed) = cache.file(&path) {
            let places = indexed.file.occurrences(&names, &mut Conditions::new());
            let sites = places
                .iter()
                .filter(|place| place.kind == Kind::Use)
                .count();
            if !places.is_empty() {
                found.entry(path).or_default().0 = sites;
            }
        }
    }
    for (path, undefined) in undoing {
        if path.ends_with(".c") {
            found.entry(path).or_default().1 |= undefined;
            continue;
        }
        for user in beside(tree, &path)? {
            found.entry(user).or_default().1 |= undefined;
        }
    }
    Ok(finished(found, machine))
}

fn finished(found: BTreeMap<String, (usize, bool)>, machine: Option<&Machine>) -> Vec<Candidate> {
    found
        .into_iter()
        .map(|(source, (sites, undefined))| Candidate {
            apart: machine.is_some_and(|machine| machine.is_apart(&source)),
            source,
            sites,
            undefined,
        })
        .collect()
}

/// The source files in a header's directory that include it, directly.
fn beside(tree: &Tree, header: &str) -> Result<Vec<String>, TreeError> {
    let Some((directory, name)) = header.rsplit_once('/') else {
        return Ok(Vec::new());
    };
    let line = format!("#include \"{name}\"");
    let finder = Finder::new(&line);
    let mut users = Vec::new();
    for path in tree.walk(directory, &|path| path.ends_with(".c"))? {
        let is_beside = path.rsplit_once('/').is_some_and(|(of, _)| of == directory);
        if is_beside && finder.find(&tree.read(&path)?).is_some() {
            users.push(path);
        }
    }
    Ok(users)
}
