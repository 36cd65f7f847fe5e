//! Owns the condition of each line on one architecture: when the compiler, or whoever else reads its file, gets to it.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::entries::Users;
use super::lines::{self, Language, What};
use super::{Object, Obstacle, Outcome, Target, entries};
use crate::check::support::types::Types;
use crate::cpp::cache::Cache;
use crate::cpp::expression::Unknown;
use crate::cpp::presence::reaching;
use crate::cpp::scan::{File, region_at};
use crate::cpp::{Atom, Condition, Conditions};
use crate::kbuild::objects::{Built, Objects};
use crate::kconfig::model::{Model, Type};
use crate::limits::COVER_REGIONS;

/// Most source files that are tried for one header, of those near it and of those anywhere.
const MAX_TRIES: (usize, usize) = (14, 8);

/// Most reasons that are named for a line that is never compiled.
const MAX_STEPS: usize = 8;

/// Most source files that are tried for lines which those before exclude.
const MAX_TRIES_AGAIN: usize = 4;

/// Tells whether a condition can hold in a configuration.
pub type MayHold<'a> = &'a dyn Fn(&Conditions, Condition) -> bool;

/// The condition of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// It does not depend on an architecture.
    Settled(Outcome),
    /// It is read under a condition.
    Under(Under),
    /// Nothing on this architecture reads it: why.
    NotHere(String),
    /// Whether this architecture reads it is not known: why.
    Unknown(String),
}

/// A condition, and what is compiled for it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Under {
    /// Where this holds the line is read, whatever is not known.
    pub certain: Condition,
    /// Where this does not hold the line is not read.
    pub possible: Condition,
    /// The object whose source leads there; none for Kconfig and makefiles.
    pub object: Option<Object>,
    /// Conditions of the code around it by which the compiler eliminates it.
    pub eliminated: Vec<Arc<str>>,
    /// Why `possible` does not hold, where no configuration has to be asked: the condition before that was found, and reasons.
    pub excluded: Option<(String, Vec<String>)>,
    /// The names that Kconfig does not decide, where the line depends on some.
    pub undecided: Vec<String>,
    /// Whether `possible` is all: no other source file may lead to the line.
    pub is_complete: bool,
}

impl Under {
    /// Of a file that no compiler reads.
    fn plain(certain: Condition, possible: Condition, object: Option<Object>) -> Self {
        Self {
            certain,
            possible,
            object,
            eliminated: Vec::new(),
            excluded: None,
            undecided: Vec::new(),
            is_complete: true,
        }
    }
}

/// The way of the compiler from a source file to a line.
#[derive(Clone, Debug)]
struct Way {
    certain: Condition,
    possible: Condition,
    /// The same with what is never true in it.
    stated: Condition,
    /// Before the bounds.
    all: Condition,
}

/// The result for a line.
#[derive(Clone, Debug, Default)]
struct Found {
    under: Option<Under>,
    /// Whether there is nothing more to look for: the line can be compiled, or never is.
    is_settled: bool,
}

/// The source files that are tried for one file.
struct Search {
    /// In reverse order.
    pending: Vec<String>,
    seen: FxHashSet<String>,
    tried: usize,
    /// Whether files of other directories are among them.
    is_far: bool,
    /// Whether none was left out.
    is_complete: bool,
    /// Whether one that names the file was not found to include it.
    is_lost: bool,
}

impl Search {
    fn new(mut entries: Vec<String>) -> Self {
        entries.reverse();
        Self {
            pending: entries,
            seen: FxHashSet::default(),
            tried: 0,
            is_far: false,
            is_complete: true,
            is_lost: false,
        }
    }

    fn next(&mut self) -> Option<String> {
        loop {
            let entry = self.pending.pop()?;
            if self.seen.insert(entry.clone()) {
                return Some(entry);
            }
        }
    }

    /// Goes on with the files that lead to a header from anywhere; `is_all` says of them whether none is missing.
    fn go_far(&mut self, (mut entries, is_all): (Vec<String>, bool), is_reached: bool) {
        self.is_far = true;
        self.is_complete &= is_all;
        self.tried = 0;
        if is_reached {
            entries.retain(|entry| !self.seen.contains(entry));
            entries.sort_by_key(|entry| !entry.ends_with(".S"));
            self.is_complete &= entries.len() <= MAX_TRIES_AGAIN;
            entries.truncate(MAX_TRIES_AGAIN);
        }
        entries.reverse();
        self.pending = entries;
    }

    /// Whether one more may be tried; if not, the others are left out.
    fn may_try(&mut self) -> bool {
        let most = if self.is_far {
            MAX_TRIES.1
        } else {
            MAX_TRIES.0
        };
        if self.tried >= most {
            self.is_complete = false;
            self.pending.clear();
            return false;
        }
        self.tried += 1;
        true
    }
}

/// The conditions of lines on one architecture.
pub struct Places<'a> {
    cache: &'a Cache<'a>,
    users: &'a Users<'a>,
    target: &'a Target,
    model: &'a Model,
    may_hold: MayHold<'a>,
    /// The source files that lead to lines so far: one that leads to another file as well needs no further object.
    chosen: FxHashSet<String>,
    /// How many parts of files between directives were looked at.
    regions: u64,
    /// The arena of all answers.
    pub conditions: Conditions,
}

impl<'a> Places<'a> {
    /// For one architecture. `may_hold` is asked before a source file is taken for a line: others are tried where it says no.
    pub fn new(
        cache: &'a Cache<'a>,
        users: &'a Users<'a>,
        target: &'a Target,
        model: &'a Model,
        may_hold: MayHold<'a>,
    ) -> Self {
        Self {
            cache,
            users,
            target,
            model,
            may_hold,
            chosen: FxHashSet::default(),
            regions: 0,
            conditions: Conditions::new(),
        }
    }

    /// The places of lines of files, each file with its lines; `sources` are the source files among those that are asked about,
    /// which may lead to headers as well.
    pub fn of(&mut self, asked: &[(&str, &[u32])], sources: &[&str]) -> Vec<Vec<Place>> {
        let types = Types(self.model);
        let (srcarch, arch) = (&self.target.srcarch, &self.target.arch);
        let mut objects = Objects::new(self.cache.tree(), &types, srcarch, arch);
        let each = asked.iter();
        each.map(|&(path, numbers)| self.file(&mut objects, path, numbers, sources))
            .collect()
    }

    fn file(
        &mut self,
        objects: &mut Objects<'_>,
        path: &str,
        numbers: &[u32],
        sources: &[&str],
    ) -> Vec<Place> {
        let all = |place: Place| vec![place; numbers.len()];
        let language = lines::language(path);
        if let Language::Other(why) = language {
            return all(Place::Settled(Outcome::OutOfScope(why)));
        }
        if !entries::may_compile(&self.target.srcarch, path) {
            return all(Place::NotHere(format!(
                "only another architecture reads `{path}`"
            )));
        }
        match language {
            Language::Kconfig => self.kconfig(path, numbers),
            Language::Makefile => self.makefile(objects, path, numbers),
            _ => {
                if language == Language::C
                    && !objects.built(path).is_possible()
                    && objects.is_program(path)
                {
                    let why = "a program for the build host or for user space";
                    return all(Place::Settled(Outcome::OutOfScope(why)));
                }
                let Some(indexed) = self.cache.file(path) else {
                    return all(Place::Unknown(format!("`{path}` cannot be read")));
                };
                self.code(objects, &indexed.file, language, numbers, sources)
            }
        }
    }

    fn code(
        &mut self,
        objects: &mut Objects<'_>,
        file: &File,
        language: Language,
        numbers: &[u32],
        sources: &[&str],
    ) -> Vec<Place> {
        let path = &*file.path;
        let what = lines::classify(file, numbers, language == Language::Assembler);
        let mut places: Vec<Option<Place>> = Vec::with_capacity(what.len());
        let mut offsets: Vec<(usize, u32)> = Vec::new();
        let own = Conditionals::new(file);
        let mut last_region = None;
        for (index, what) in what.iter().enumerate() {
            let settled = match *what {
                What::Blank => Outcome::NoCode("blank"),
                What::Comment => Outcome::NoCode("a comment"),
                What::Error => Outcome::NoCode("`#error`: a build that reaches it stops"),
                What::Code(offset) | What::Directive(offset) => {
                    let region = Some(own.region(offset));
                    self.regions +=
                        u64::from(std::mem::replace(&mut last_region, region) != region);
                    if self.regions > COVER_REGIONS.get() {
                        let reached = COVER_REGIONS.reached(format!("with `{path}` their number"));
                        places.push(Some(Place::Unknown(reached.to_string())));
                        continue;
                    }
                    if own.at(offset) != Condition::FALSE {
                        offsets.push((index, offset));
                        places.push(None);
                        continue;
                    }
                    Outcome::Dead(vec![Obstacle {
                        steps: own.excluded_by(offset),
                        ..Obstacle::default()
                    }])
                }
            };
            places.push(Some(Place::Settled(settled)));
        }
        let of_code = offsets
            .iter()
            .filter(|(index, _)| matches!(what[*index], What::Code(_)));
        let of_code: Vec<u32> = of_code.map(|&(_, offset)| offset).collect();
        let eliminated = lines::eliminated(file, &of_code);
        let eliminated: FxHashMap<u32, Vec<Arc<str>>> =
            of_code.into_iter().zip(eliminated).collect();
        let mut found = self.excluded(&own, &offsets);
        let mut why = String::new();
        let mut search = Search::new(self.entries(objects, path, language, sources));
        while found.iter().any(|found| !found.is_settled) {
            let Some(entry) = search.next() else {
                let is_included =
                    language == Language::Header || !objects.built(path).is_possible();
                if !search.is_far && is_included {
                    // Where sources of C lead to all lines, what is left may be for the assembler.
                    let is_reached = found.iter().all(|found| found.under.is_some());
                    let (mut far, is_all) = self.users.far(path, &self.target.srcarch);
                    far.sort_by_cached_key(|(step, entry)| (*step, self.cost(objects, entry)));
                    let far = far.into_iter().map(|(_, entry)| entry).collect();
                    search.go_far((far, is_all), is_reached);
                    continue;
                }
                break;
            };
            let built = objects.built(&entry);
            if !built.is_possible() {
                why = match built.unknown.first() {
                    Some(unknown) => format!(
                        "no list names the object of `{entry}`; unknown: {} ({}:{})",
                        unknown.text, unknown.path, unknown.line
                    ),
                    None => format!("no makefile builds the object of `{entry}`"),
                };
                search.is_complete &= built.unknown.is_empty();
                continue;
            }
            if !search.may_try() {
                continue;
            }
            let conditions = self.through(objects, &built, &entry, file, &offsets);
            if conditions.iter().all(Option::is_none) {
                search.is_lost = true;
            } else if language == Language::Header {
                self.users.note(path, &entry);
            }
            for ((found, &(index, offset)), condition) in
                found.iter_mut().zip(&offsets).zip(conditions)
            {
                let Some(way) = condition else {
                    continue;
                };
                if found.is_settled {
                    continue;
                }
                found.is_settled = (self.may_hold)(&self.conditions, way.certain);
                let before = found.under.as_ref();
                let before = before.map_or(Condition::FALSE, |under| under.possible);
                let possible = self.conditions.or(before, way.possible);
                let is_better = found
                    .under
                    .as_ref()
                    .is_none_or(|under| under.certain == Condition::FALSE);
                if found.is_settled || is_better {
                    let mut under =
                        Under::plain(way.certain, possible, Some(object(&entry, &built)));
                    if found.is_settled {
                        self.chosen.insert(entry.clone());
                    } else {
                        under.undecided = self.undecided(way.all);
                        under.excluded = (possible == Condition::FALSE)
                            .then(|| self.why_never(&own, offset, way.stated));
                    }
                    if let What::Code(_) = what[index] {
                        under.eliminated = eliminated.get(&offset).cloned().unwrap_or_default();
                    }
                    found.under = Some(under);
                } else if let Some(under) = &mut found.under {
                    under.possible = possible;
                    under.excluded = under
                        .excluded
                        .take()
                        .filter(|_| possible == Condition::FALSE);
                }
            }
        }
        for (found, &(index, _)) in found.into_iter().zip(&offsets) {
            places[index] = found.under.map(|under| {
                let is_complete = found.is_settled || search.is_complete;
                Place::Under(Under {
                    is_complete,
                    ..under
                })
            });
        }
        let is_of_device_trees =
            path.starts_with("include/dt-bindings/") || path.contains("/boot/dts/");
        if why.is_empty() && is_of_device_trees {
            let only = Outcome::OutOfScope("a header of device trees that no source file includes");
            return places
                .into_iter()
                .map(|place| place.unwrap_or_else(|| Place::Settled(only.clone())))
                .collect();
        }
        if why.is_empty() || search.is_lost {
            why = "none of the source files that were tried includes it".to_owned();
        }
        let is_unknown = language == Language::Header || search.is_lost || !search.is_complete;
        places
            .into_iter()
            .map(|place| {
                // Another architecture may still tell.
                place.unwrap_or_else(|| match is_unknown {
                    true => Place::Unknown(why.clone()),
                    false => Place::NotHere(why.clone()),
                })
            })
            .collect()
    }

    /// Why a condition never holds, whatever is configured: what is never true in it, else the conditionals around the line.
    fn why_never(
        &self,
        own: &Conditionals<'_>,
        offset: u32,
        stated: Condition,
    ) -> (String, Vec<String>) {
        let mut steps: Vec<String> = Vec::new();
        for atom in self.conditions.atoms(stated) {
            let declared = |name: &str| {
                let symbol = self.model.find(name);
                symbol.is_some_and(|symbol| self.model.is_defined(symbol))
            };
            let step = match atom {
                Atom::Builtin(name) | Atom::Module(name) if !declared(name) => {
                    format!("nothing declares `{name}`")
                }
                Atom::Module(name) if never(self.model)(atom).is_some() => {
                    format!("`{name}` is not tristate")
                }
                _ => continue,
            };
            steps.push(step);
        }
        steps.sort();
        steps.dedup();
        steps.truncate(MAX_STEPS);
        if steps.is_empty() {
            steps = own.excluded_by(offset);
        }
        let condition = match stated {
            Condition::FALSE => String::new(),
            stated => self.conditions.in_kconfig_style(stated),
        };
        (condition, steps)
    }

    /// The names in a condition that Kconfig does not decide, a few of them.
    fn undecided(&self, condition: Condition) -> Vec<String> {
        let atoms = self.conditions.atoms(condition).into_iter();
        let mut names: Vec<String> = atoms
            .filter(|atom| is_unknown(atom))
            .map(|atom| match atom {
                Atom::Builtin(name) | Atom::Module(name) | Atom::Macro(name) => name.to_string(),
                Atom::Comparison { name, .. } => name.to_string(),
                Atom::Opaque(text) => text.to_string(),
            })
            .collect();
        names.sort();
        names.dedup();
        names
    }

    /// An order of source files by the configuration that they need: a file whose object another line needs anyway is free, else the
    /// fewer symbols its object depends on the better. One whose object is never built comes last.
    fn cost(&self, objects: &mut Objects<'_>, entry: &str) -> usize {
        if self.chosen.contains(entry) {
            return 0;
        }
        let built = objects.built(entry);
        match built.any(&mut objects.conditions) {
            Condition::FALSE => usize::MAX,
            condition => 1 + objects.conditions.atoms(condition).len(),
        }
    }

    /// The lines that the conditionals of the file itself exclude in every configuration: no source file has to be tried for them.
    fn excluded(&mut self, own: &Conditionals<'_>, offsets: &[(usize, u32)]) -> Vec<Found> {
        let mut imported = FxHashMap::default();
        let never = never(self.model);
        let mut known: Option<(usize, Found)> = None;
        let each = offsets.iter().map(|&(_, offset)| {
            // All lines between two directives share the answer.
            let region = own.region(offset);
            if let Some((of, found)) = &known
                && *of == region
            {
                return found.clone();
            }
            let found = self.excluded_there(own, offset, &never, &mut imported);
            known = Some((region, found.clone()));
            found
        });
        each.collect()
    }

    fn excluded_there(
        &mut self,
        own: &Conditionals<'_>,
        offset: u32,
        never: &dyn Fn(&Atom) -> Option<bool>,
        imported: &mut FxHashMap<Condition, Condition>,
    ) -> Found {
        let here = own.at(offset);
        let stated = self.conditions.import(&own.local, here, imported);
        let here = self.conditions.assume(stated, never);
        let possible = self.conditions.bound(here, true, &is_unknown);
        if possible == Condition::TRUE || (self.may_hold)(&self.conditions, possible) {
            return Found::default();
        }
        let mut under = Under::plain(Condition::FALSE, possible, None);
        under.excluded =
            (possible == Condition::FALSE).then(|| self.why_never(own, offset, stated));
        Found {
            under: Some(under),
            is_settled: true,
        }
    }

    /// The source files that may lead to a file, the likeliest first.
    fn entries(
        &self,
        objects: &mut Objects<'_>,
        path: &str,
        language: Language,
        sources: &[&str],
    ) -> Vec<String> {
        let tree = self.cache.tree();
        if language == Language::Header {
            // The files that led there on another architecture are the likeliest.
            let srcarch = &self.target.srcarch;
            let mut found = self.users.known(path, srcarch);
            let mut near = entries::near(tree, path, srcarch);
            near.sort_by_cached_key(|(is_hub, entry)| (*is_hub, self.cost(objects, entry)));
            found.extend(near.into_iter().map(|(_, entry)| entry));
            found.sort_by_key(|entry| !self.chosen.contains(entry));
            // The objects of sources that are asked about are built anyway.
            let changed = sources
                .iter()
                .filter(|source| entries::may_compile(srcarch, source));
            found.splice(0..0, changed.map(|source| (*source).to_owned()));
            return found;
        }
        let mut found = vec![path.to_owned()];
        if !objects.built(path).is_possible() {
            found.extend(entries::includers(tree, path));
        }
        found
    }

    /// When the compiler of a source file gets to offsets of a file: for certain, and possibly. `None` where the includes do not
    /// lead there.
    fn through(
        &mut self,
        objects: &mut Objects<'_>,
        built: &Built,
        entry: &str,
        file: &File,
        offsets: &[(usize, u32)],
    ) -> Vec<Option<Way>> {
        let marks: Vec<(&str, u32)> = offsets
            .iter()
            .map(|&(_, offset)| (&*file.path, offset))
            .collect();
        let directories = objects.include_directories(entry);
        let srcarch = &self.target.srcarch;
        let found = reaching(self.cache, srcarch, entry, &directories, &marks);
        if found.reached.is_some() {
            let way = Way {
                certain: Condition::FALSE,
                possible: Condition::TRUE,
                stated: Condition::TRUE,
                all: Condition::TRUE,
            };
            return vec![Some(way); offsets.len()];
        }
        let (own, places) = (found.conditions, found.places);
        let (mut of_lines, mut of_objects) = (FxHashMap::default(), FxHashMap::default());
        let never = never(self.model);
        let conditions = &mut self.conditions;
        let [kernel, module, rule] = [built.kernel, built.module, built.rule]
            .map(|condition| conditions.import(&objects.conditions, condition, &mut of_objects));
        let kernel = conditions.or(kernel, rule);
        places
            .into_iter()
            .map(|place| {
                let line = conditions.import(&own, place?, &mut of_lines);
                let as_module = |is: bool| {
                    move |atom: &Atom| match atom {
                        Atom::Macro(name) if &**name == "MODULE" => Some(is),
                        _ => None,
                    }
                };
                let in_kernel = conditions.assume(line, &as_module(false));
                let in_module = conditions.assume(line, &as_module(true));
                let in_kernel = conditions.and(kernel, in_kernel);
                let in_module = conditions.and(module, in_module);
                let stated = conditions.or(in_kernel, in_module);
                let all = conditions.assume(stated, &never);
                Some(Way {
                    certain: conditions.bound(all, false, &is_unknown),
                    possible: conditions.bound(all, true, &is_unknown),
                    stated,
                    all,
                })
            })
            .collect()
    }

    /// Lines of Kconfig: that of a symbol counts where the symbol is on, any other where the file is read at all.
    fn kconfig(&mut self, path: &str, numbers: &[u32]) -> Vec<Place> {
        let text = self.cache.tree().text_if_there(path).unwrap_or_default();
        let texts: Vec<&str> = text.lines().collect();
        let is_read = self
            .model
            .files
            .iter()
            .any(|file| &**file.file.path() == path);
        numbers
            .iter()
            .map(|&number| {
                let own = texts
                    .get(number as usize - 1)
                    .copied()
                    .unwrap_or_default()
                    .trim();
                if own.is_empty() {
                    return Place::Settled(Outcome::NoCode("blank"));
                }
                if own.starts_with('#') {
                    return Place::Settled(Outcome::NoCode("a comment"));
                }
                if !is_read {
                    return Place::NotHere(format!("`{path}` is not read"));
                }
                let condition = match symbol_at(&texts, number as usize) {
                    None => Condition::TRUE,
                    Some(name) => match self.model.find(name).filter(|&s| self.model.is_defined(s))
                    {
                        Some(_) => {
                            let yes = self.conditions.atom(Atom::Builtin(name.into()));
                            let module = self.conditions.atom(Atom::Module(name.into()));
                            self.conditions.or(yes, module)
                        }
                        None => return Place::NotHere(format!("nothing declares `{name}`")),
                    },
                };
                Place::Under(Under::plain(condition, condition, None))
            })
            .collect()
    }

    /// Lines of makefiles: one that names an object counts where that is built, any other where its directory is entered.
    fn makefile(&mut self, objects: &mut Objects<'_>, path: &str, numbers: &[u32]) -> Vec<Place> {
        let text = self.cache.tree().text_if_there(path).unwrap_or_default();
        let texts: Vec<&str> = text.lines().collect();
        let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
        let mut imported = FxHashMap::default();
        numbers
            .iter()
            .map(|&number| {
                let own = texts.get(number as usize - 1).copied().unwrap_or_default();
                if own.trim().is_empty() {
                    return Place::Settled(Outcome::NoCode("blank"));
                }
                if own.trim_start().starts_with('#') {
                    return Place::Settled(Outcome::NoCode("a comment"));
                }
                let words = own.split_whitespace().filter(|word| !word.contains('$'));
                let mut named: Option<(Condition, Option<Object>)> = None;
                for word in words {
                    let target = format!("{directory}/{word}");
                    let target = target.trim_start_matches('/');
                    if let Some(stem) = target.strip_suffix(".o") {
                        let built = objects.object(target);
                        let any = built.any(&mut objects.conditions);
                        let ends = [".c", ".S"];
                        let source = ends
                            .iter()
                            .map(|end| format!("{stem}{end}"))
                            .find(|source| self.cache.is_file(source));
                        if any != Condition::FALSE {
                            named = Some((any, source.map(|source| object(&source, &built))));
                            break;
                        }
                    } else if let Some(inner) = target.strip_suffix('/') {
                        let any = objects.entered(inner);
                        if any != Condition::FALSE {
                            named = Some((any, None));
                            break;
                        }
                    }
                }
                let (condition, object) = match named {
                    Some(named) => named,
                    None if own.contains(".o") && own.contains("$(CONFIG_") => {
                        match symbols_in(own).next() {
                            Some(name) => {
                                let conditions = &mut objects.conditions;
                                let yes = conditions.atom(Atom::Builtin(name.into()));
                                let module = conditions.atom(Atom::Module(name.into()));
                                (conditions.or(yes, module), None)
                            }
                            None => (objects.entered(directory), None),
                        }
                    }
                    None => (objects.entered(directory), None),
                };
                if condition == Condition::FALSE {
                    return Place::NotHere(format!("`{path}` is not read"));
                }
                let condition =
                    self.conditions
                        .import(&objects.conditions, condition, &mut imported);
                let certain = self.conditions.bound(condition, false, &is_unknown);
                let possible = self.conditions.bound(condition, true, &is_unknown);
                Place::Under(Under {
                    undecided: match certain == possible {
                        true => Vec::new(),
                        false => self.undecided(condition),
                    },
                    ..Under::plain(certain, possible, object)
                })
            })
            .collect()
    }
}

/// The conditionals of one file: when each of its places is read.
struct Conditionals<'f> {
    file: &'f File,
    /// The arena of the regions.
    local: Conditions,
    regions: Vec<(u32, Condition)>,
    branches: lines::Branches,
}

impl<'f> Conditionals<'f> {
    fn new(file: &'f File) -> Self {
        let mut local = Conditions::new();
        Self {
            file,
            regions: file.regions(&mut Unknown, &mut local),
            local,
            branches: lines::Branches::new(file),
        }
    }

    fn at(&self, offset: u32) -> Condition {
        region_at(&self.regions, offset)
    }

    /// The number of directives of conditionals before an offset.
    fn region(&self, offset: u32) -> usize {
        self.regions.partition_point(|&(start, _)| start <= offset)
    }

    /// Returns what excludes an offset: the outermost branch that never holds, else all around it.
    fn excluded_by(&self, offset: u32) -> Vec<String> {
        let around = || self.branches.around(offset);
        let never = around().filter(|branch| self.at(branch.start) == Condition::FALSE);
        let shown: Vec<&lines::Branch> = match never.last() {
            Some(branch) => vec![branch],
            None => around().take(4).collect(),
        };
        let step = |branch: &lines::Branch| {
            let (line, text) = (branch.line, &branch.text);
            format!("{}:{line}: excluded by {text}", self.file.path)
        };
        shown.into_iter().map(step).collect()
    }
}

/// The value in a model of atoms that hold in no configuration: symbols that nothing declares, and `m` of what is not tristate.
fn never(model: &Model) -> impl Fn(&Atom) -> Option<bool> {
    |atom| {
        let type_ = |name: &str| {
            let symbol = model.find(name).filter(|&symbol| model.is_defined(symbol));
            symbol.map(|symbol| model.symbol(symbol).type_)
        };
        match atom {
            Atom::Builtin(name) if type_(name).is_none() => Some(false),
            Atom::Module(name) if type_(name) != Some(Some(Type::Tristate)) => Some(false),
            _ => None,
        }
    }
}

/// Whether Kconfig does not decide the atom.
fn is_unknown(atom: &Atom) -> bool {
    atom.symbol().is_none()
}

fn object(source: &str, built: &Built) -> Object {
    let path = built.variant.as_ref().unwrap_or(&built.target);
    Object {
        path: path.clone(),
        target: match &built.holder {
            Some(holder) => through(holder, path),
            None => path.clone(),
        },
        source: source.to_owned(),
        by_rule: built.kernel == Condition::FALSE && built.module == Condition::FALSE,
    }
}

/// A path by way of a directory: `a/b/../c/x.o` for `a/c/x.o` and `a/b`.
fn through(directory: &str, path: &str) -> String {
    let (mut own, mut rest) = (directory.split('/').peekable(), path);
    while let (Some(part), Some((first, behind))) = (own.peek(), rest.split_once('/')) {
        if *part != first {
            break;
        }
        own.next();
        rest = behind;
    }
    format!("{directory}/{}{rest}", "../".repeat(own.count()))
}

/// The symbols that a line of a makefile names, without `CONFIG_`.
fn symbols_in(line: &str) -> impl Iterator<Item = &str> {
    line.match_indices("$(CONFIG_").map(|(at, found)| {
        let rest = &line[at + found.len()..];
        let end = rest
            .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
            .unwrap_or(rest.len());
        &rest[..end]
    })
}

/// The symbol to whose entry a line of a Kconfig file belongs; lines are counted from 1.
pub fn symbol_at<'t>(texts: &[&'t str], number: usize) -> Option<&'t str> {
    for text in texts.get(..number)?.iter().rev() {
        // The lines of an entry are indented.
        let is_own = text.starts_with([' ', '\t']);
        let mut words = text.split_whitespace();
        match words.next() {
            Some("config" | "menuconfig") => return words.next(),
            Some(_) if !is_own && !text.starts_with('#') => return None,
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_lead_by_way_of_a_directory() {
        assert_eq!(through("a/b", "a/c/x.o"), "a/b/../c/x.o");
        assert_eq!(through("a/b/d", "x/y.o"), "a/b/d/../../../x/y.o");
        assert_eq!(through("a", "a/c/x.o"), "a/c/x.o");
    }

    #[test]
    fn lines_of_kconfig_belong_to_symbols() {
        let texts = [
            "menu \"M\"",
            "config A",
            "\tbool \"a\"",
            "",
            "\tdepends on B",
            "endmenu",
            "source \"x\"",
        ];
        assert_eq!(symbol_at(&texts, 1), None);
        assert_eq!(symbol_at(&texts, 2), Some("A"));
        assert_eq!(symbol_at(&texts, 5), Some("A"));
        assert_eq!(symbol_at(&texts, 7), None);
    }
}
