//! Owns where a feature's hooks and markers stand in the headers of one architecture.
//!
//! Hooks count where including the entry header makes them available, under the condition that the preprocessor finds for
//! this architecture. Markers count wherever they stand in the architecture's headers, for they should be gone.

use std::sync::Arc;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::fallback::{self, Absent, Fallback};
use crate::check::feature::search::own_markers;
use crate::check::feature::sighting::{Sighting, in_headers_of_arch, sightings, text};
use crate::check::support::formula::off_on;
use crate::check::support::simplify::Simplifier;
use crate::cpp::body::early_returns;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Condition, Conditions};
use crate::cpp::lex::Span;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Presence, Question, presence_after};
use crate::feature::name::FilePath;
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;
use crate::tree::{Tree, TreeError};

/// When each hook of a feature is there, in the order of the spec.
#[derive(Debug, serde::Serialize, serde::Deserialize)]
pub struct When {
    /// The arena of the conditions.
    pub conditions: Conditions,
    /// One for each hook.
    pub hooks: Vec<Condition>,
}

/// Facts about a feature in the headers of one architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Definitions that make the hooks available once the entry header is included, by hook and place. Definitions of the
    /// entry header itself and of other headers in `include/linux` are not hooks of an architecture and not among them.
    pub hooks: Vec<Sighting>,
    /// Where retired markers stand, by path and place.
    pub markers: Vec<Sighting>,
    /// Where names stand that look like the feature's own markers ([`own_markers`]), by path and place.
    pub own_names: Vec<Sighting>,
    /// The wrappers that are not what they should be where the feature is off, in the order of the spec.
    pub fallbacks: Vec<Fallback>,
    /// The wrappers that are not there where the feature is on, or not at all, in the order of the spec.
    pub absent: Vec<Absent>,
    /// The symbols of `CONFIG_` macros without which some hook is never there, sorted; the feature's own is not among them.
    pub guards: Vec<String>,
    /// Those without two of which together some hook is never there, although it can do without each; sorted.
    pub guards_together: Vec<[String; 2]>,
    /// The headers that define a wrapper, sorted; the entry header is among them if it does.
    pub wrapper_headers: Vec<Arc<str>>,
    /// Why the hooks cannot be told for sure.
    pub undecided: Option<String>,
}

/// The symbols and headers that the hooks of a feature depend on.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Guards {
    guards: Vec<String>,
    guards_together: Vec<[String; 2]>,
    undecided: Option<String>,
}

impl Facts {
    /// The symbols and headers that its hooks depend on.
    pub fn guards(&self) -> Guards {
        Guards {
            guards: self.guards.clone(),
            guards_together: self.guards_together.clone(),
            undecided: self.undecided.clone(),
        }
    }
}

impl PartialEq for When {
    fn eq(&self, other: &Self) -> bool {
        self.hooks == other.hooks && self.conditions.has_same_numbers(&other.conditions)
    }
}

/// Fails unless the tree has the entry header of each feature.
///
/// # Errors
///
/// [`CheckError::MissingFile`], or why the file cannot be read.
pub fn require_entry_headers(tree: &Tree, specs: &[&Spec]) -> Result<(), CheckError> {
    for spec in specs {
        // Of several headers a release may lack some.
        let headers = spec.entry_header.all();
        let is_there = |header: &FilePath| is_of_arch(header) || tree.is_file(header);
        let Some(header) = headers.first().filter(|_| !headers.iter().any(is_there)) else {
            continue;
        };
        match tree.read(header) {
            Ok(_) => {}
            Err(TreeError::NotFound { .. }) => {
                return Err(CheckError::MissingFile {
                    feature: spec.name.to_string(),
                    what: "entry header",
                    path: header.to_string(),
                });
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}

/// The first header that a spec names for its hooks and a tree does not have. Of several entry headers one is enough, as a release
/// may lack some.
pub fn missing_header<'s>(tree: &Tree, spec: &'s Spec) -> Option<&'s str> {
    let is_there = |header: &FilePath| is_of_arch(header) || tree.is_file(header);
    let lists = spec.entry_header.lists();
    let mut lists = lists.filter(|headers| !headers.iter().any(is_there));
    if let Some(header) = lists.find_map(<[FilePath]>::first) {
        return Some(header);
    }
    let mut of_hooks = spec.hooks.iter().filter_map(|hook| hook.header.as_ref());
    of_hooks
        .find(|header| !is_there(header))
        .map(|header| &**header)
}

/// Whether an entry header is one that each architecture has for itself.
pub fn is_of_arch(entry: &str) -> bool {
    entry.starts_with("asm/")
}

/// Where names of a feature stand in the headers of one architecture, whatever the configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Named {
    /// Retired markers.
    pub markers: Vec<Sighting>,
    /// Names that look like the feature's own markers.
    pub own_names: Vec<Sighting>,
}

/// Looks for a feature's names in the headers of an architecture: its retired markers, and if that is wanted the names that look
/// like its own markers.
///
/// # Errors
///
/// The tree cannot be read.
pub fn named(
    cache: &Cache<'_>,
    arch: &str,
    spec: &Spec,
    wants_own: bool,
) -> Result<Named, CheckError> {
    let own = if wants_own {
        own_markers(spec)
    } else {
        Vec::new()
    };
    let own: Vec<&str> = own.iter().map(|name| &**name).collect();
    let wanted = [names(&spec.retired_markers), own.clone()].concat();
    if wanted.is_empty() {
        return Ok(Named::default());
    }
    let sightings = in_headers_of_arch(cache, arch, &wanted)?;
    let (own_names, markers) = sightings
        .into_iter()
        .partition(|sighting| own.contains(&&*sighting.name));
    Ok(Named { markers, own_names })
}

/// When hooks and wrappers are there once the headers at `entries` are included one after the other on an architecture.
pub fn defined(cache: &Cache<'_>, arch: &str, entries: &[&str], names: &[&str]) -> Presence {
    let paths: Vec<String> = entries
        .iter()
        .map(|entry| entry_path(cache, arch, entry))
        .collect();
    let mut before: Vec<&str> = paths.iter().map(String::as_str).collect();
    let entry = before.pop().unwrap_or_default();
    let question = Question {
        srcarch: arch,
        entry,
        names,
    };
    presence_after(cache, &question, &before)
}

/// Where an architecture has an entry header: `asm/x.h` is the architecture's own, or the generic one that it wraps.
pub fn entry_path(cache: &Cache<'_>, arch: &str, entry: &str) -> String {
    // A generic header below `asm` is reached through the architecture's own header.
    let generic = || entry.strip_prefix("include/asm-generic/");
    let Some(name) = entry.strip_prefix("asm/").or_else(generic) else {
        return entry.to_owned();
    };
    let borrowed = arch::header_arch(arch);
    let places = [
        format!("arch/{arch}/include/asm/{name}"),
        format!("arch/{borrowed}/{arch}/asm/{name}"),
        format!("arch/{borrowed}/include/asm/{name}"),
    ];
    let own = places.into_iter().find(|path| cache.is_file(path));
    own.unwrap_or_else(|| format!("include/asm-generic/{name}"))
}

/// Facts about a feature whose hooks are needed only where something uses them: the places alone.
pub fn of_contract(model: &Model, named: &Named, defined: &Option<Presence>) -> Facts {
    let mut facts = Facts {
        markers: named.markers.clone(),
        ..Facts::default()
    };
    let Some(mut answer) = defined.clone() else {
        return facts;
    };
    facts.undecided = answer.reached.as_ref().map(|reached| {
        format!("not all headers that the entry header includes could be followed: {reached}")
    });
    let mut simplifier = Simplifier::new(model);
    for definition in answer.definitions {
        let path = &definition.location.path;
        if !(path.starts_with("arch/") || path.starts_with("include/asm-generic/")) {
            continue;
        }
        let conditions = &mut answer.conditions;
        let condition = conditions.assume(definition.condition, &|atom| off_on(model, atom));
        if condition != Condition::FALSE {
            let shown = simplifier.simplify(conditions, condition);
            facts.hooks.push(Sighting {
                name: definition.name.into_string(),
                kind: definition.kind,
                condition: text(conditions, shown),
                location: definition.location,
                returns: None,
                line: None,
            });
        }
    }
    facts
}

/// Facts about a feature in the headers of the model's architecture, and when its hooks are present, if it has any and that
/// is decided.
pub fn facts(
    cache: &Cache<'_>,
    model: &Model,
    spec: &Spec,
    named: &Named,
    defined: Option<&Presence>,
) -> (Facts, Option<When>) {
    let mut facts = Facts {
        markers: named.markers.clone(),
        own_names: named.own_names.clone(),
        ..Facts::default()
    };
    let Some(defined) = defined else {
        return (facts, None);
    };
    let entry = spec.entry_header.as_deref().unwrap_or_default();
    let hooks = names(&spec.hooks);
    let mut answer = defined.clone();
    facts.fallbacks = fallback::lacking(cache, model, spec, &mut answer);
    facts.absent = fallback::absent(cache, model, spec, &mut answer);
    facts.wrapper_headers = fallback::headers(spec, &answer);
    (facts.guards, facts.guards_together) = guards(model, spec, &mut answer);
    if let Some(reached) = &answer.reached {
        facts.undecided = Some(format!(
            "not all headers that `{entry}` includes could be followed: {reached}"
        ));
    }
    let mut simplifier = Simplifier::new(model);
    let mut when = vec![Condition::FALSE; hooks.len()];
    for definition in answer.definitions {
        let path = &definition.location.path;
        let is_wrapper = spec
            .wrappers
            .iter()
            .any(|wrapper| **wrapper == *definition.name);
        if is_wrapper
            || !definition.kind.provides()
            || !(path.starts_with("arch/") || path.starts_with("include/asm-generic/"))
        {
            continue;
        }
        let conditions = &mut answer.conditions;
        let condition = conditions.assume(definition.condition, &|atom| off_on(model, atom));
        if condition == Condition::FALSE {
            continue;
        }
        if let Some(hook) = hooks.iter().position(|hook| *hook == &*definition.name) {
            when[hook] = conditions.or(when[hook], condition);
        }
        let is_empty = matches!(
            definition.kind,
            Kind::Inline { empty: true } | Kind::Function { empty: true, .. }
        );
        let returns = definition
            .body
            .filter(|_| !is_empty && !definition.kind.is_macro())
            .and_then(|body| {
                let text = cache.part(path, body)?;
                Some(early_returns(&text, Span::new(0, text.len())))
            });
        let shown = simplifier.simplify(conditions, condition);
        facts.hooks.push(Sighting {
            name: definition.name.into_string(),
            kind: definition.kind,
            condition: text(conditions, shown),
            location: definition.location,
            returns,
            line: None,
        });
    }
    let when = answer.reached.is_none().then_some(When {
        conditions: answer.conditions,
        hooks: when,
    });
    (facts, when)
}

/// Of so many symbols in the condition of a hook, pairs are looked at.
const MAX_PAIRED: usize = 12;

/// The symbols that a hook cannot do without, and the pairs of others without both of which it cannot do.
fn guards(model: &Model, spec: &Spec, answer: &mut Presence) -> (Vec<String>, Vec<[String; 2]>) {
    let (mut guards, mut pairs) = (Vec::new(), Vec::new());
    for hook in &spec.hooks {
        let when = answer.when(hook);
        let conditions = &mut answer.conditions;
        let when = conditions.assume(when, &|atom| off_on(model, atom));
        let mut symbols: Vec<String> = conditions
            .atoms(when)
            .into_iter()
            .filter_map(|atom| atom.symbol().map(str::to_owned))
            .filter(|symbol| !spec.kconfig.iter().any(|term| *term.symbol == **symbol))
            // A macro that the compiler defines along with a symbol does not depend on the symbol's macro.
            .filter(|symbol| {
                answer
                    .symbols
                    .binary_search_by(|known| (**known).cmp(symbol))
                    .is_ok()
            })
            .collect();
        symbols.sort_unstable();
        symbols.dedup();
        if !conditions.is_satisfiable(when) {
            continue;
        }
        let mut goes_with = |undefined: &[&str]| {
            let undefined = conditions.assume(when, &|atom| {
                undefined.contains(&atom.symbol()?).then_some(false)
            });
            !conditions.is_satisfiable(undefined)
        };
        symbols.retain(|symbol| {
            let is_guard = goes_with(&[symbol]);
            if is_guard {
                guards.push(symbol.clone());
            }
            !is_guard
        });
        symbols.truncate(MAX_PAIRED);
        for (index, first) in symbols.iter().enumerate() {
            for second in &symbols[index + 1..] {
                if goes_with(&[first, second]) {
                    pairs.push([first.clone(), second.clone()]);
                }
            }
        }
    }
    guards.sort_unstable();
    guards.dedup();
    pairs.retain(|pair| !pair.iter().any(|symbol| guards.contains(symbol)));
    pairs.sort_unstable();
    pairs.dedup();
    (guards, pairs)
}

/// The sightings of a feature's markers in its entry header.
///
/// # Errors
///
/// The tree cannot be read.
pub fn in_entry_header(cache: &Cache<'_>, spec: &Spec) -> Result<Vec<Sighting>, CheckError> {
    let headers = spec.entry_header.all().iter();
    let mut headers = headers.filter(|header| !is_of_arch(header));
    let Some(header) = headers.find(|header| cache.is_file(header)) else {
        return Ok(Vec::new());
    };
    let Some(indexed) = cache.file(header) else {
        // To read it tells why it cannot be.
        cache.tree().read(header)?;
        return Ok(Vec::new());
    };
    Ok(sightings(&indexed.file, &names(&spec.retired_markers)))
}

fn names<T: std::ops::Deref<Target = str>>(names: &[T]) -> Vec<&str> {
    names.iter().map(|name| &**name).collect()
}
