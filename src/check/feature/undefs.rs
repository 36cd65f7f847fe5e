//! Owns the places where an architecture's source files undefine a `CONFIG_` macro that the hooks cannot do without, while the
//! feature's own stays defined.
//!
//! Which units such a file is part of is first asked without conditionals ([`Unit`]). Where that makes the entry header look
//! reached, the preprocessor runs over the whole unit and has the last word.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::check::error::CheckError;
use crate::check::feature::{headers, symbols};
use crate::check::support::formula::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::include::{FORCED, Resolution, SearchPath};
use crate::cpp::is_c;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Presence, Question, presence_after};
use crate::cpp::reach::{Name, name_of, resolve, targets};
use crate::cpp::scan::{DirectiveKind, File};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kconfig::model::Model;
use crate::kconfig::model::graph::required_by;

/// How deep includes may nest.
const MAX_DEPTH: usize = 200;

/// An `#undef` that takes a hook away.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Undef {
    /// The symbol, without `CONFIG_`.
    pub symbol: String,
    /// The directive.
    pub location: Location,
    /// The source file whose unit it is in.
    pub unit: Arc<str>,
    /// The `#include`s that lead from there to the entry header; empty where none does.
    pub chain: Vec<Location>,
    /// The directive that undefines the feature's symbol as well, which puts all in order.
    pub also: Option<Location>,
}

/// The files of one architecture.
struct Files<'a> {
    cache: &'a Cache<'a>,
    paths: Vec<String>,
}

impl Files<'_> {
    /// Those that hold `word`. One that cannot be read holds nothing.
    fn with(&self, word: &str) -> impl Iterator<Item = &String> {
        let word = self.cache.wanted(&[word]);
        let holds = move |path: &&String| self.cache.holds(path, &word).unwrap_or_default();
        self.paths.iter().filter(holds)
    }
}

/// The units of an architecture in which symbols are undefined that the hooks cannot do without.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sites {
    /// Each with the header that the compiler reads before it (`-include`), if any; sorted.
    units: Vec<(Arc<str>, Option<Arc<str>>)>,
    /// Files that undefine the feature's symbol as well, sorted.
    settled: Vec<Arc<str>>,
}

/// Looks for them in all files of an architecture.
///
/// # Errors
///
/// The tree cannot be read.
pub(in crate::check) fn sites(
    cache: &Cache<'_>,
    arch: &str,
    spec: &Spec,
    headers: &headers::Facts,
) -> Result<Sites, CheckError> {
    let mut sites = Sites::default();
    let guards = Guards(headers);
    if spec.entry_header.is_none() || guards.all().next().is_none() || headers.undecided.is_some() {
        return Ok(sites);
    }
    let tree = cache.tree();
    let paths = tree.walk(&format!("arch/{arch}"), &is_c)?;
    tree.fetch(&paths);
    let files = Files { cache, paths };
    let is_own = |symbol: &str| spec.kconfig.iter().any(|term| *term.symbol == *symbol);
    let is_guard = |symbol: &str| guards.all().any(|guard| guard == symbol);
    let mut path = None;
    let undef = cache.wanted(&["undef"]);
    let named: Vec<String> = guards
        .all()
        .map(|guard| format!("CONFIG_{guard}"))
        .collect();
    let named: Vec<&str> = named.iter().map(String::as_str).collect();
    let named = cache.wanted(&named);
    for site in &files.paths {
        if !cache.holds(site, &undef)? || !cache.holds(site, &named)? {
            continue;
        }
        let text = tree.read(site)?;
        if !guards.all().any(|guard| mentions(&text, guard)) {
            continue;
        }
        let Some(indexed) = cache.file(site) else {
            continue;
        };
        if leaves_feature_on(&indexed.file, &is_guard, &is_own) {
            let path = path.get_or_insert_with(|| SearchPath::new(cache, arch));
            let units = units_of(path, &files, &indexed.file.path);
            sites.units.extend(units);
        } else {
            sites.settled.push(indexed.file.path.clone());
        }
    }
    sites.units.sort_unstable();
    sites.units.dedup();
    Ok(sites)
}

/// How the preprocessor arrives at the entry header in a unit.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct UnitArrival {
    unit: Arc<str>,
    before: Option<Arc<str>>,
    arrival: Arrival,
    /// When the names of the feature are there, if hooks may be missing.
    names: Option<Presence>,
}

/// How the preprocessor arrives at the entry header in the units of an architecture; `sites` are those of the same facts.
pub(in crate::check) fn arrivals(
    cache: &Cache<'_>,
    arch: &str,
    spec: &Spec,
    headers: &headers::Facts,
    sites: &Sites,
) -> Vec<UnitArrival> {
    let entry = spec.entry_header.as_deref().unwrap_or_default();
    let guards = Guards(headers);
    let is_own = |symbol: &str| spec.kconfig.iter().any(|term| *term.symbol == *symbol);
    let mut path = None;
    let mut arrivals = Vec::new();
    for (unit, before) in &sites.units {
        let path = path.get_or_insert_with(|| SearchPath::new(cache, arch));
        path.enter_unit(cache, unit);
        let arrival = Unit::new(entry).run(cache, path, before.iter().chain([unit]));
        if arrival.undefined.keys().any(|symbol| is_own(symbol)) {
            continue;
        }
        let undefined = |symbol: &str| arrival.undefined.get(symbol);
        let may_lack = arrival.chain.is_some() && !guards.undefined(&undefined).is_empty();
        let names = may_lack.then(|| {
            let before: Vec<&str> = before.iter().map(|before| &**before).collect();
            let names = spec.functions();
            let question = Question {
                srcarch: arch,
                entry: unit,
                names: &names,
            };
            presence_after(cache, &question, &before)
        });
        arrivals.push(UnitArrival {
            unit: unit.clone(),
            before: before.clone(),
            arrival,
            names,
        });
    }
    arrivals
}

/// The places on the model's architecture, by path and place; `sites` and `arrivals` are those of the same facts.
pub(in crate::check) fn undefs<'m>(
    cache: &Cache<'_>,
    model: &dyn Fn() -> &'m Model,
    spec: &Spec,
    headers: &headers::Facts,
    kconfig: &symbols::Facts,
    (sites, arrivals): (&Sites, &[UnitArrival]),
) -> Vec<Undef> {
    let guards = Guards(headers);
    let is_own = |symbol: &str| spec.kconfig.iter().any(|term| *term.symbol == *symbol);
    let settled = sites.settled.iter().filter_map(|path| cache.file(path));
    let mut found: Vec<Undef> = settled
        .filter_map(|indexed| both(&indexed.file, &guards, &is_own, kconfig))
        .collect();
    for of_unit in arrivals {
        let UnitArrival { unit, arrival, .. } = of_unit;
        let mut own: Vec<Undef> = Vec::new();
        let undefined = |symbol: &str| arrival.undefined.get(symbol);
        for (symbol, location) in guards.undefined(&undefined) {
            let mut undef = Undef {
                symbol: symbol.to_owned(),
                location: location.clone(),
                unit: unit.clone(),
                chain: arrival.chain.clone().unwrap_or_default(),
                also: None,
            };
            let names = of_unit.names.as_ref();
            let breaks =
                names.is_some_and(|names| lacks_hook(model(), spec, headers, names, symbol));
            if !breaks {
                undef.chain.clear();
            }
            own.push(undef);
        }
        // A unit that undoes several of them has one mistake: that of the symbol which turns the feature on, if it is there.
        let best = own.into_iter().max_by_key(|undef| {
            let is_named = turns_on(kconfig, &undef.symbol);
            (!undef.chain.is_empty(), is_named, undef.location.clone())
        });
        if let Some(undef) = best {
            let known = found
                .iter_mut()
                .find(|known| known.location == undef.location);
            match known {
                Some(known) if known.chain.is_empty() => *known = undef,
                Some(_) => {}
                None => found.push(undef),
            }
        }
    }
    found.sort_by(|a, b| a.location.cmp(&b.location));
    found
}

/// The symbols whose `#undef` takes a hook away, alone or two together.
struct Guards<'a>(&'a headers::Facts);

impl Guards<'_> {
    /// All of them.
    fn all(&self) -> impl Iterator<Item = &str> {
        let together = self.0.guards_together.iter().flatten();
        self.0.guards.iter().chain(together).map(|guard| &**guard)
    }

    /// The `#undef`s that remove a hook, where `place` knows which symbols are undefined: of two, the later one.
    fn undefined<'p>(
        &self,
        place: &dyn Fn(&str) -> Option<&'p Location>,
    ) -> Vec<(&str, &'p Location)> {
        let alone = self.0.guards.iter();
        let mut found: Vec<(&str, &Location)> = alone
            .filter_map(|guard| Some((&**guard, place(guard)?)))
            .collect();
        for [first, second] in &self.0.guards_together {
            if let (Some(at), Some(second_at)) = (place(first), place(second)) {
                let last = std::cmp::max((at, first), (second_at, second));
                found.push((last.1, last.0));
            }
        }
        found
    }
}

/// Whether a select of the feature's symbol names the symbol.
fn turns_on(kconfig: &symbols::Facts, symbol: &str) -> bool {
    let selects = kconfig.selects.iter();
    selects
        .filter_map(|select| select.condition.as_deref())
        .flat_map(|text| text.split(|c: char| !is_word(c)))
        .any(|word| word == symbol)
}

/// The `#undef` of a guard in a file that undefines the feature's symbol as well.
fn both(
    file: &File,
    guards: &Guards<'_>,
    is_own: &dyn Fn(&str) -> bool,
    kconfig: &symbols::Facts,
) -> Option<Undef> {
    let directives = file.directives.iter();
    let undefined: Vec<(&str, Location)> = directives
        .filter_map(|directive| {
            let DirectiveKind::Undef(name) = directive.kind else {
                return None;
            };
            let symbol = name.of(&file.text).strip_prefix("CONFIG_")?;
            Some((symbol, file.location(directive.span)))
        })
        .collect();
    let (_, also) = undefined.iter().find(|(symbol, _)| is_own(symbol))?;
    let place = |wanted: &str| {
        let mut undefined = undefined.iter();
        undefined
            .find(|(symbol, _)| *symbol == wanted)
            .map(|(_, place)| place)
    };
    let (symbol, location) = guards
        .undefined(&place)
        .into_iter()
        .max_by_key(|(symbol, _)| turns_on(kconfig, symbol))?;
    Some(Undef {
        symbol: symbol.to_owned(),
        location: location.clone(),
        unit: file.path.clone(),
        chain: Vec::new(),
        also: Some(also.clone()),
    })
}

/// Whether the character may stand in a symbol's name.
fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// Whether `undef CONFIG_…` of the symbol may stand in the text.
fn mentions(text: &[u8], symbol: &str) -> bool {
    let name = format!("CONFIG_{symbol}");
    memchr::memmem::find_iter(text, &name).any(|at| {
        let behind = text.get(at + name.len());
        let before = text[..at].trim_ascii_end();
        before.ends_with(b"undef") && !behind.is_some_and(|&byte| crate::cpp::lex::is_word(byte))
    })
}

/// Whether the file undoes a guard and does not, before it includes anything more, undo the feature as well.
fn leaves_feature_on(
    file: &File,
    is_guard: &dyn Fn(&str) -> bool,
    is_own: &dyn Fn(&str) -> bool,
) -> bool {
    let (mut guard, mut own) = (false, false);
    for directive in &file.directives {
        match directive.kind {
            DirectiveKind::Undef(name) => {
                let symbol = name.of(&file.text).strip_prefix("CONFIG_").unwrap_or("");
                guard |= is_guard(symbol);
                own |= is_own(symbol);
            }
            DirectiveKind::Define { name, .. } => {
                let symbol = name.of(&file.text).strip_prefix("CONFIG_").unwrap_or("");
                own &= !is_own(symbol);
            }
            DirectiveKind::Include(target) => {
                if guard && !own {
                    return true;
                }
                if is_autoconf(name_of(file, target)) {
                    (guard, own) = (false, false);
                }
            }
            _ => {}
        }
    }
    guard && !own
}

fn is_autoconf(name: Name<'_>) -> bool {
    matches!(name, Name::Angle(name) | Name::Quote(name) if name == "generated/autoconf.h")
}

/// The source files that include the one at `site`, directly or through others; itself if it is one. Each with the header that its
/// list of make has the compiler read before it, if it is included that way.
fn units_of(
    path: &mut SearchPath,
    files: &Files<'_>,
    site: &Arc<str>,
) -> Vec<(Arc<str>, Option<Arc<str>>)> {
    let cache = files.cache;
    let mut units = Vec::new();
    let mut seen: FxHashSet<Arc<str>> = FxHashSet::default();
    let mut pending = vec![site.clone()];
    while let Some(included) = pending.pop() {
        if !seen.insert(included.clone()) {
            continue;
        }
        if included.ends_with(".c") {
            units.push((included.clone(), None));
        } else {
            let forced = forced_on(files, &included);
            units.extend(forced.map(|unit| (unit, Some(included.clone()))));
        }
        let name = included.rsplit('/').next().unwrap_or(&included);
        for holder in files.with(name) {
            let Some(indexed) = cache.file(holder) else {
                continue;
            };
            path.enter_unit(cache, holder);
            let includes = targets(&indexed.file).any(|target| {
                matches!(resolve(cache, path, holder, target), Resolution::File(to) if to == included)
            });
            if includes {
                pending.push(indexed.file.path.clone());
            }
        }
    }
    units
}

/// The source files beside a header that their list of make has the compiler read first (`-include`).
fn forced_on<'a>(
    files: &'a Files<'_>,
    header: &'a str,
) -> impl Iterator<Item = Arc<str>> + use<'a> {
    let (directory, name) = header.rsplit_once('/').unwrap_or(("", header));
    let is_forced = ["Makefile", "Kbuild"].iter().any(|list| {
        let text = files.cache.tree().read_text(&format!("{directory}/{list}"));
        text.is_ok_and(|text| {
            text.lines()
                .any(|line| line.contains("-include") && line.contains(name))
        })
    });
    files
        .paths
        .iter()
        .filter(move |path| {
            is_forced
                && path.ends_with(".c")
                && path.rsplit_once('/').is_some_and(|(d, _)| d == directory)
        })
        .map(|path| Arc::from(&**path))
}

/// A unit that is read in the order of the preprocessor, each file once, whatever the conditionals say.
struct Unit<'a> {
    entry: &'a str,
    seen: FxHashSet<Arc<str>>,
    undefined: BTreeMap<Box<str>, Location>,
    chain: Vec<Location>,
}

/// Tracks which symbols are undefined where a unit reaches the entry header, or at its end.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
struct Arrival {
    undefined: BTreeMap<Box<str>, Location>,
    /// The includes that lead to the entry header, if any do.
    chain: Option<Vec<Location>>,
}

impl<'a> Unit<'a> {
    fn new(entry: &'a str) -> Self {
        Self {
            entry,
            // The compiler has read these before the unit begins, and they have guards.
            seen: FORCED.iter().map(|&path| Arc::from(path)).collect(),
            undefined: BTreeMap::new(),
            chain: Vec::new(),
        }
    }

    /// Reads files one after the other.
    fn run<'f>(
        mut self,
        cache: &Cache<'_>,
        path: &mut SearchPath,
        mut files: impl Iterator<Item = &'f Arc<str>>,
    ) -> Arrival {
        let reached = files.any(|file| self.read(cache, path, file));
        Arrival {
            undefined: self.undefined,
            chain: reached.then_some(self.chain),
        }
    }

    /// Reads a file and what it includes until the entry header is reached; says whether it is.
    fn read(&mut self, cache: &Cache<'_>, path: &mut SearchPath, from: &Arc<str>) -> bool {
        if !self.seen.insert(from.clone()) || self.chain.len() >= MAX_DEPTH {
            return false;
        }
        let Some(indexed) = cache.file(from) else {
            return false;
        };
        let file = &indexed.file;
        for directive in &file.directives {
            match directive.kind {
                DirectiveKind::Undef(name) => {
                    if let Some(symbol) = name.of(&file.text).strip_prefix("CONFIG_") {
                        self.undefined
                            .insert(symbol.into(), file.location(directive.span));
                    }
                }
                DirectiveKind::Define { name, .. } => {
                    if let Some(symbol) = name.of(&file.text).strip_prefix("CONFIG_") {
                        self.undefined.remove(symbol);
                    }
                }
                DirectiveKind::Include(target) => {
                    let target = name_of(file, target);
                    if is_autoconf(target) {
                        self.undefined.clear();
                        continue;
                    }
                    self.chain.push(file.location(directive.span));
                    let reached = match resolve(cache, path, from, target) {
                        Resolution::File(to) if *to == *self.entry => true,
                        Resolution::File(to) => self.read(cache, path, &to),
                        Resolution::Platform(_) | Resolution::Generated | Resolution::Missing => {
                            false
                        }
                    };
                    if reached {
                        return true;
                    }
                    self.chain.pop();
                }
                _ => {}
            }
        }
        false
    }
}

/// Whether in the unit a wrapper calls hooks and one that the headers have elsewhere is not there, with the symbol on and all
/// that it needs.
fn lacks_hook(
    model: &Model,
    spec: &Spec,
    headers: &headers::Facts,
    answer: &Presence,
    symbol: &str,
) -> bool {
    if !answer.is_complete() {
        return false;
    }
    let mut answer = answer.clone();
    let needed = required_by(model, symbol);
    let known = |atom: &Atom| match atom {
        Atom::Builtin(name) if needed.contains(&**name) => Some(true),
        Atom::Builtin(name) => {
            let term = spec.kconfig.iter().find(|term| *term.symbol == **name);
            term.map(|term| !term.negated)
                .or_else(|| off_on(model, atom))
        }
        _ => off_on(model, atom),
    };
    let is_never = |conditions: &mut Conditions, when: Condition| {
        let when = conditions.assume(when, &known);
        !conditions.is_satisfiable(when)
    };
    let calling: Vec<Condition> = answer
        .definitions
        .iter()
        .filter(|definition| {
            let name = &*definition.name;
            spec.wrappers.iter().any(|wrapper| **wrapper == *name)
                && matches!(definition.kind, Kind::Inline { empty: false })
        })
        .map(|definition| definition.condition)
        .collect();
    let calls = answer.conditions.any(calling);
    if is_never(&mut answer.conditions, calls) {
        return false;
    }
    headers.hooks.iter().any(|hook| {
        let when = answer.when(&hook.name);
        is_never(&mut answer.conditions, when)
    })
}
