//! Owns what code does with the hooks of all features: where it uses them, and where source files hold their bodies. The names
//! of all features are looked for together, so that each file is searched once.
//!
//! [`generic`] looks at the code that all architectures share, [`of_arch`] at that of one. A place counts under the condition
//! of its file's conditionals, and under that of the lists that build its object.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;

use crate::check::error::CheckError;
use crate::check::feature::{argument, place};
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::is_code;
use crate::cpp::local;
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::region_at;
use crate::cpp::wanted::Wanted;
use crate::diag::Location;
use crate::kbuild;
use crate::tree::Change;

/// The directories of generic code that are searched: all but drivers, which are four fifths of the kernel and seldom call
/// an architecture.
pub const SEARCHED: &[&str] = &[
    "block",
    "crypto",
    "fs",
    "include/asm-generic",
    "include/linux",
    "init",
    "io_uring",
    "ipc",
    "kernel",
    "lib",
    "mm",
    "net/core",
    "security",
    "virt",
];

/// Holds what code does with the names that were looked for.
#[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
pub struct Code {
    /// The arena of all conditions in here.
    pub conditions: Conditions,
    names: FxHashMap<Box<str>, Places>,
}

/// Holds what code does with one name.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Places {
    /// Where it is used.
    pub uses: Vec<Use>,
    /// Where a source file holds its body.
    pub bodies: Vec<Body>,
    /// Where a source file of an architecture defines it as `static`, for itself alone.
    pub hidden: Vec<Body>,
    /// Whether a header of an architecture announces it with `#define name name`.
    pub is_announced: bool,
    /// Whether a header of an architecture gives it a body: a macro or an inline function.
    pub is_given: bool,
}

/// A use of a name.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Use {
    /// The name's place.
    pub location: Location,
    /// The macro whose replacement holds it, if one does: then it is used only where the macro is.
    pub within_macro: Option<Box<str>>,
    /// The inline function of a header that holds it, if one does: then it needs a body only where something calls the function.
    pub within_inline: Option<Box<str>>,
    /// When it is compiled, as far as that is known.
    pub condition: Condition,
    /// Whether that is all: the use stands in a source file, and the lists say when its object is built.
    pub is_certain: bool,
    /// The same, only that the file defines the name for itself in all these configurations.
    pub is_certain_but_own: bool,
    /// Whether all but the lists is known: they do not name the object in a way that holds for every architecture.
    pub wants_lists: bool,
    /// The architecture that the file is for, if its directory has the name of one, as `lib/crypto/x86`.
    pub arch: Option<Box<str>>,
}

/// The body of a function, or the definition of a variable, in a source file.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Body {
    /// The name's place.
    pub location: Location,
    /// When it is built; true where that is not known.
    pub condition: Condition,
    /// When the compiler gets to it, if the object is built.
    pub local: Condition,
    /// Whether that is known.
    pub is_certain: bool,
    /// The first line of a list that leaves the object out in some configuration.
    pub gate: Option<kbuild::Gate>,
    /// Whether no list near the file names its object: then nothing builds it, unless something far away does.
    pub is_unlisted: bool,
}

impl Use {
    /// A place in a header that the compiler gets to under a condition, outside of functions and macros.
    pub fn at(location: Location, condition: Condition) -> Self {
        Self {
            location,
            within_macro: None,
            within_inline: None,
            condition,
            is_certain: false,
            is_certain_but_own: false,
            wants_lists: false,
            arch: None,
        }
    }

    /// Whether the file of the use may be one of an architecture: it is not for another one.
    pub fn may_be_of(&self, srcarch: &str) -> bool {
        self.arch.as_deref().is_none_or(|arch| arch == srcarch)
    }
}

impl PartialEq for Code {
    fn eq(&self, other: &Self) -> bool {
        self.names == other.names && self.conditions.has_same_numbers(&other.conditions)
    }
}

impl Code {
    /// The uses of a name.
    pub fn places(&self, name: &str) -> Option<&Places> {
        self.names.get(name)
    }
}

/// Collects the uses of the names in generic code.
///
/// # Errors
///
/// The tree cannot be read.
pub fn generic(cache: &Cache<'_>, names: &Wanted) -> Result<Code, CheckError> {
    let holding = holding(cache, names, None)?;
    in_files(cache, names, &holding, "")
}

/// The same where it is known which files of generic code hold a name.
///
/// # Errors
///
/// The tree cannot be read.
pub fn generic_in(
    cache: &Cache<'_>,
    names: &Wanted,
    holding: &[String],
) -> Result<Code, CheckError> {
    in_files(cache, names, holding, "")
}

/// The files of generic code that hold one of the names, also as a part of a longer one, sorted as they are searched. `before` is the same of
/// a tree with the same base, for the same names, and what changed since.
///
/// # Errors
///
/// The tree cannot be read.
pub fn holding(
    cache: &Cache<'_>,
    names: &Wanted,
    before: Option<(&[String], &[Change])>,
) -> Result<Vec<String>, CheckError> {
    let tree = cache.tree();
    // A link makes one file appear at several places.
    let before = before.filter(|_| !tree.has_links_on_top());
    let Some((before, changes)) = before else {
        return search(cache, names, SEARCHED);
    };
    let place = |path: &str| {
        let is_in = |directory: &&str| {
            let rest = path.strip_prefix(*directory);
            rest.is_some_and(|rest| rest.starts_with('/'))
        };
        SEARCHED.iter().position(is_in)
    };
    let mut holding: BTreeSet<(Option<usize>, &str)> =
        before.iter().map(|path| (place(path), &**path)).collect();
    for change in changes {
        let path = &*change.path;
        let key = (place(path), path);
        if key.0.is_none() || !is_code(path) {
            continue;
        }
        match tree.is_file(path) && cache.holds(path, names)? {
            true => holding.insert(key),
            false => holding.remove(&key),
        };
    }
    Ok(holding
        .into_iter()
        .map(|(_, path)| path.to_owned())
        .collect())
}

/// Collects the uses of the names in the code of one architecture.
///
/// # Errors
///
/// The tree cannot be read.
pub fn of_arch(cache: &Cache<'_>, names: &Wanted, arch: &str) -> Result<Code, CheckError> {
    let holding = of_arch_holding(cache, names, arch)?;
    in_files(cache, names, &holding, &format!("arch/{arch}"))
}

/// The source files and headers of an architecture that hold one of the names, also as a part of a longer one.
///
/// # Errors
///
/// The tree cannot be read.
pub fn of_arch_holding(
    cache: &Cache<'_>,
    names: &Wanted,
    arch: &str,
) -> Result<Vec<String>, CheckError> {
    search(cache, names, &[&format!("arch/{arch}")])
}

/// The directories of generic code that are searched only for a hook that is nowhere.
pub const DRIVERS: &[&str] = &["drivers", "net", "sound", "certs"];

/// Collects the uses of one name in drivers, below some directories of [`DRIVERS`]. They are four fifths of the kernel, where one name is
/// found faster than all of them are.
///
/// # Errors
///
/// The tree cannot be read.
pub fn of_drivers(cache: &Cache<'_>, name: &str, directories: &[&str]) -> Result<Code, CheckError> {
    let wanted = cache.wanted(&[name]);
    let holding = search(cache, &wanted, directories)?;
    in_files(cache, &wanted, &holding, "")
}

/// The source files and headers in some directories that hold one of the names.
fn search(
    cache: &Cache<'_>,
    names: &Wanted,
    directories: &[&str],
) -> Result<Vec<String>, CheckError> {
    if names.names().is_empty() {
        return Ok(Vec::new());
    }
    let tree = cache.tree();
    let mut paths = Vec::new();
    for directory in directories
        .iter()
        .filter(|directory| tree.list(directory).is_ok())
    {
        paths.extend(tree.walk(directory, &is_code)?);
    }
    Ok(cache.holding(paths, names)?)
}

/// Collects the uses of names in files that hold one: each text is asked for all of them once.
fn in_files(
    cache: &Cache<'_>,
    names: &Wanted,
    paths: &[String],
    lists_from: &str,
) -> Result<Code, CheckError> {
    let mut code = Code::default();
    if names.names().is_empty() {
        return Ok(code);
    }
    let tree = cache.tree();
    let words = names.names();
    let archs = tree.architectures()?;
    let lists = kbuild::Lists::new(tree);
    for path in paths {
        let Some(indexed) = cache.file(path) else {
            continue;
        };
        let sightings = indexed.sightings(names);
        if sightings.is_empty() {
            continue;
        }
        let mut file = InFile::new(&lists, &indexed, lists_from);
        file.arch = path
            .split('/')
            .find(|part| lists_from.is_empty() && archs.iter().any(|arch| arch == part))
            .map(Box::from);
        // A file that defines the name for itself says nothing about others, where it does.
        let defined = sightings.iter().filter(|sighting| {
            sighting.kind.provides() && !matches!(sighting.kind, Kind::Prototype)
        });
        let mut own: FxHashMap<usize, Condition> = FxHashMap::default();
        for sighting in defined {
            let here = region_at(&file.regions, sighting.span.start);
            let known = own.entry(sighting.name).or_insert(Condition::FALSE);
            *known = file.own.or(*known, here);
        }
        for sighting in sightings.iter() {
            let places = code.names.entry(words[sighting.name].into()).or_default();
            let own = own.get(&sighting.name).copied();
            file.add(sighting, own, places, &mut code.conditions);
        }
    }
    Ok(code)
}

/// One file while its places are collected.
struct InFile<'a> {
    lists: &'a kbuild::Lists<'a>,
    indexed: &'a Indexed,
    lists_from: &'a str,
    own: Conditions,
    regions: Vec<(u32, Condition)>,
    imported: FxHashMap<Condition, Condition>,
    /// When the object is built, with the first gate, once that was asked.
    built: Option<(Option<Condition>, Option<kbuild::Gate>)>,
    /// The architecture that the file is for.
    arch: Option<Box<str>>,
}

impl<'a> InFile<'a> {
    fn new(lists: &'a kbuild::Lists<'a>, indexed: &'a Indexed, lists_from: &'a str) -> Self {
        let mut own = Conditions::new();
        let regions = indexed
            .file
            .regions(&mut crate::cpp::expression::Unknown, &mut own);
        Self {
            lists,
            indexed,
            lists_from,
            own,
            regions,
            imported: FxHashMap::default(),
            built: None,
            arch: None,
        }
    }

    fn add(
        &mut self,
        sighting: &Sighting,
        defined: Option<Condition>,
        places: &mut Places,
        conditions: &mut Conditions,
    ) {
        let file = &self.indexed.file;
        let is_source = !file.path.ends_with(".h");
        // A header beside the sources may have bodies that they share.
        let may_have_bodies = is_source || !file.path.contains("include/");
        let is_body = may_have_bodies && place::is_body(file, sighting);
        if is_body && place::is_linked_apart(&file.path) {
            return;
        }
        let is_operand = || place::is_operand(&file.text, sighting, &file.path);
        let is_use = sighting.kind == Kind::Use
            && !is_body
            && (sighting.within.is_some()
                || is_operand()
                || place::is_type_of_member(file, sighting)
                || place::is_initial_value(file, sighting)
                || argument::is_kept(file, sighting));
        if !is_source && !self.lists_from.is_empty() {
            places.is_announced |= sighting.kind == Kind::SelfMacro;
            places.is_given |= sighting.kind.has_body()
                || matches!(sighting.kind, Kind::Macro | Kind::FunctionMacro);
        }
        let is_hidden = !is_body && !self.lists_from.is_empty() && place::is_hidden(file, sighting);
        if !is_body && !is_use && !is_hidden {
            return;
        }
        let directive = file.directive_at(sighting.span.start);
        let is_macro = directive.is_some();
        let is_other_name = |directive| {
            place::is_parameter(file, directive, sighting)
                || place::is_part_of_word(&file.text, sighting)
                || place::is_for_parameter(file, directive, sighting)
        };
        if directive.is_some_and(is_other_name) {
            return;
        }
        if is_use
            && !is_macro
            && let Some(function) = sighting.within
        {
            let name = sighting.span.of(&file.text);
            // The decision needs at most two tokens after the name.
            let until = sighting.span.end.saturating_add(4);
            if local::declares(&file.text, function, until, name) {
                return;
            }
        }
        let mut local = region_at(&self.regions, sighting.span.start);
        let mut is_own = defined.is_some();
        if let Some(defined) = defined.filter(|_| is_use && is_source) {
            // In the other configurations the name has to come from elsewhere.
            let rest = self.own.and_not(local, defined);
            is_own = !self.own.is_satisfiable(rest);
            local = if is_own { local } else { rest };
        }
        let local = conditions.import(&self.own, local, &mut self.imported);
        if is_body || is_hidden {
            let (built, gate) = match is_source {
                true => self.built(conditions),
                false => (None, None),
            };
            let is_unlisted = is_source && built.is_none() && self.lists.is_in_no_list(&file.path);
            let bodies = match is_hidden {
                true => &mut places.hidden,
                false => &mut places.bodies,
            };
            bodies.push(Body {
                location: file.location(sighting.span),
                condition: match built {
                    Some(built) => conditions.and(local, built),
                    None if is_unlisted => Condition::FALSE,
                    None => Condition::TRUE,
                },
                local,
                is_certain: built.is_some(),
                gate,
                is_unlisted,
            });
            return;
        }
        let within = sighting.within.map(|span| span.of(&file.text));
        let mut condition = local;
        if let Some(function) = sighting.within.filter(|_| !is_macro) {
            let before = &file.text[function.end as usize..sighting.span.start as usize];
            for (symbol, value) in place::tests_of_symbols(before) {
                let test = match value {
                    Some(true) => either(conditions, symbol),
                    Some(false) => {
                        let is_on = either(conditions, symbol);
                        conditions.not(is_on)
                    }
                    None => {
                        let branch = format!("a branch of IS_ENABLED(CONFIG_{symbol})");
                        conditions.atom(Atom::Opaque(branch.into()))
                    }
                };
                condition = conditions.and(condition, test);
            }
        }
        let mut is_code = is_source && !is_macro && !place::is_before_test(&file.text, sighting);
        if is_source
            && is_macro
            && let Some(name) = within
            && let Some(used) = self.used_in_file(name)
        {
            let used = conditions.import(&self.own, used, &mut self.imported);
            condition = conditions.and(condition, used);
            is_code = true;
        }
        if is_code
            && file.path.ends_with(".S")
            && let Some(name) = place::assembler_macro(&file.text, sighting.span.start)
        {
            match self.expanded(name) {
                Some(used) => {
                    let used = conditions.import(&self.own, used, &mut self.imported);
                    condition = conditions.and(condition, used);
                }
                None => is_code = false,
            }
        }
        let mut is_certain = is_code;
        if is_source {
            match self.built(conditions).0 {
                Some(built) => condition = conditions.and(condition, built),
                None => is_certain = false,
            }
        }
        places.uses.push(Use {
            location: file.location(sighting.span),
            within_macro: within.filter(|_| is_macro).map(Box::from),
            within_inline: within.filter(|_| !is_macro && !is_source).map(Box::from),
            condition,
            is_certain: is_certain && !is_own,
            is_certain_but_own: is_certain && is_own,
            wants_lists: is_code && !is_certain && !is_own,
            arch: self.arch.clone(),
        });
    }

    /// When a function of the source file itself uses one of its macros; `None` where none does.
    fn used_in_file(&mut self, name: &str) -> Option<Condition> {
        let file = &self.indexed.file;
        let places = file.sightings(&[name]).into_iter().filter(|place| {
            place.kind == Kind::Use
                && place.within.is_some()
                && file.directive_at(place.span.start).is_none()
        });
        let regions = &self.regions;
        let used: Vec<Condition> = places
            .map(|place| region_at(regions, place.span.start))
            .collect();
        (!used.is_empty()).then(|| self.own.any(used))
    }

    /// When a line of the source file itself expands a macro of the assembler; `None` where none does.
    fn expanded(&mut self, name: &str) -> Option<Condition> {
        let file = &self.indexed.file;
        let mut start = 0;
        let mut used = Vec::new();
        for line in file.text.split_inclusive('\n') {
            if line.split_whitespace().next() == Some(name) {
                used.push(region_at(&self.regions, start));
            }
            start += line.len() as u32;
        }
        (!used.is_empty()).then(|| self.own.any(used))
    }

    /// When the lists build the object of the file, `None` where they do not tell; and the first gate.
    fn built(&mut self, conditions: &mut Conditions) -> (Option<Condition>, Option<kbuild::Gate>) {
        if let Some(known) = &self.built {
            return known.clone();
        }
        let ways = self
            .lists
            .of_object(&self.indexed.file.path, self.lists_from);
        let known = match ways {
            Some(ways) => {
                let gate = match &*ways {
                    [way] => way.first().cloned(),
                    _ => None,
                };
                (Some(in_one_way(conditions, &ways)), gate)
            }
            None => (None, None),
        };
        self.built.insert(known).clone()
    }
}

/// All gates of one way to an object are open.
pub fn in_one_way(conditions: &mut Conditions, ways: &[kbuild::Gates]) -> Condition {
    let mut any = Vec::new();
    for way in ways {
        let gates: Vec<Condition> = way
            .iter()
            .map(|gate| either(conditions, &gate.symbol))
            .collect();
        any.push(conditions.all(gates));
    }
    conditions.any(any)
}

/// A symbol is `y` or `m`.
pub fn either(conditions: &mut Conditions, symbol: &str) -> Condition {
    let builtin = conditions.atom(Atom::Builtin(symbol.into()));
    let module = conditions.atom(Atom::Module(symbol.into()));
    conditions.or(builtin, module)
}
