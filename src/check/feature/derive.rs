//! Owns the draft of a contract: which names look like the hooks of a Kconfig symbol, and how sure that is.
//!
//! A name that generic headers stub while the symbol is off, or only declare while it is on, is what an architecture with the
//! symbol has to define. A name whose body generic code has itself, or that no architecture with the symbol has, is no hook.

use std::collections::{BTreeMap, BTreeSet};

use rayon::prelude::*;
use rustc_hash::FxHashSet;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::{code, place};
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::is_code;
use crate::cpp::lex::Span;
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::wanted::Wanted;
use crate::diag::Location;
use crate::kconfig::sources::is_named_kconfig;
use crate::tree::Tree;

/// Where generic headers are that declare hooks.
const HEADERS: &[&str] = &["include/linux", "include/asm-generic"];

/// How sure it is that a name is a hook.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A stub of the same name stands where the symbol is off, and every architecture that selects the symbol has the name.
    Certain,
    /// It is declared where the symbol is on, and every architecture that selects the symbol has the name.
    Likely,
    /// Some architecture that selects the symbol does not have the name.
    Unsure,
}

impl Confidence {
    /// The word that stands in every output format.
    pub fn word(self) -> &'static str {
        match self {
            Confidence::Certain => "certain",
            Confidence::Likely => "likely",
            Confidence::Unsure => "unsure",
        }
    }
}

/// A name that looks like a hook.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The name.
    pub name: String,
    /// Where generic headers stub or declare it.
    pub generic: Location,
    /// Whether it is a stub where the symbol is off; else a declaration where it is on.
    pub is_stub: bool,
    /// The architectures that select the symbol and have the name.
    pub having: Vec<String>,
    /// Those that select it and do not.
    pub lacking: Vec<String>,
}

impl Candidate {
    /// How sure it is that this is a hook.
    pub fn confidence(&self) -> Confidence {
        match (self.lacking.is_empty(), self.is_stub) {
            (true, true) => Confidence::Certain,
            (true, false) => Confidence::Likely,
            (false, _) => Confidence::Unsure,
        }
    }
}

/// A draft of a symbol's contract.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// The symbol.
    pub symbol: String,
    /// Where it is declared.
    pub declared: Option<Location>,
    /// The architectures whose own Kconfig files select it.
    pub archs: Vec<String>,
    /// The names, those of the header with most of them first.
    pub candidates: Vec<Candidate>,
}

impl Draft {
    /// The header that stubs or declares most of the hooks.
    pub fn entry_header(&self) -> Option<&str> {
        self.candidates.first().map(|first| &*first.generic.path)
    }
}

/// Derives the contracts of symbols, in the order of their names. Without symbols, all are meant that an architecture selects and
/// no user can set; of these, only those with a name that looks like a hook are returned.
///
/// # Errors
///
/// The tree cannot be read.
pub fn drafts(tree: &Tree, symbols: &[&str]) -> Result<Vec<Draft>, CheckError> {
    let cache = Cache::new(tree);
    let mut drafts = in_kconfig(tree, symbols)?;
    let names: FxHashSet<&str> = drafts.keys().map(String::as_str).collect();
    let found = in_headers(&cache, &names)?;
    let words: BTreeSet<&str> = found.keys().map(|(_, name)| &**name).collect();
    let words: Vec<&str> = words.into_iter().collect();
    if !words.is_empty() {
        let wanted = cache.wanted(&words);
        let generic = code::generic(&cache, &wanted)?;
        let archs: BTreeSet<&String> = drafts.values().flat_map(|draft| &draft.archs).collect();
        let of_archs = archs
            .into_par_iter()
            .map(|arch| Ok((arch.clone(), words_of_arch(&cache, arch, &wanted)?)))
            .collect::<Result<BTreeMap<String, FxHashSet<usize>>, CheckError>>()?;
        for ((symbol, name), (place, is_stub)) in &found {
            let Some(draft) = drafts.get_mut(symbol) else {
                continue;
            };
            let Ok(index) = words.binary_search(&&**name) else {
                continue;
            };
            let has = |arch: &&String| {
                let words = of_archs.get(*arch);
                words.is_some_and(|words| words.contains(&index))
            };
            let (having, lacking): (Vec<&String>, Vec<&String>) = draft.archs.iter().partition(has);
            if having.is_empty() || (!is_stub && has_body(&generic, symbol, name)) {
                continue;
            }
            let candidate = Candidate {
                name: name.clone(),
                generic: place.clone(),
                is_stub: *is_stub,
                having: having.into_iter().cloned().collect(),
                lacking: lacking.into_iter().cloned().collect(),
            };
            draft.candidates.push(candidate);
        }
    }
    let mut drafts: Vec<Draft> = drafts.into_values().collect();
    drafts.retain(|draft| !symbols.is_empty() || !draft.candidates.is_empty());
    for draft in &mut drafts {
        let mut by_header: BTreeMap<String, usize> = BTreeMap::new();
        for candidate in &draft.candidates {
            let path = candidate.generic.path.to_string();
            *by_header.entry(path).or_default() += 1;
        }
        let count = |candidate: &Candidate| by_header.get(&*candidate.generic.path).copied();
        draft.candidates.sort_by(|a, b| {
            let by_count = count(b).cmp(&count(a));
            by_count.then_with(|| a.generic.cmp(&b.generic))
        });
    }
    Ok(drafts)
}

/// Whether generic code has the body of a name where the symbol is on.
fn has_body(generic: &code::Code, symbol: &str, name: &str) -> bool {
    let places = generic.places(name);
    let bodies = places.map_or(&[][..], |places| &places.bodies);
    let mut conditions = generic.conditions.clone();
    bodies.iter().any(|body| {
        let with = conditions.assume(body.condition, &|atom| known(atom, symbol, true));
        with != Condition::FALSE
    })
}

/// The value of an atom where the symbol is on, or off.
fn known(atom: &Atom, symbol: &str, on: bool) -> Option<bool> {
    match atom {
        Atom::Builtin(name) if **name == *symbol => Some(on),
        Atom::Module(name) if **name == *symbol => Some(false),
        _ => None,
    }
}

/// The declarations of symbols, and the architectures that select them. Without symbols all are meant that have no prompt and that
/// an architecture selects.
fn in_kconfig(tree: &Tree, symbols: &[&str]) -> Result<BTreeMap<String, Draft>, CheckError> {
    let mut paths = Vec::new();
    for entry in tree.list("")? {
        let name = &*entry.name;
        let is_searched = !matches!(name, "Documentation" | "tools") && !name.starts_with('.');
        if entry.is_dir && !entry.is_link && is_searched {
            paths.extend(tree.walk(name, &is_named_kconfig)?);
        }
    }
    tree.fetch(&paths);
    let mut drafts: BTreeMap<String, Draft> = BTreeMap::new();
    let mut with_prompt: FxHashSet<String> = FxHashSet::default();
    for path in &paths {
        let text = tree.read_text(path)?;
        let arch = arch::of_file(path);
        let mut at = 0;
        let mut current = "";
        for line in text.split_inclusive('\n') {
            let start = at;
            at += line.len();
            let mut words = line.split_whitespace();
            let (Some(first), Some(second)) = (words.next(), words.next()) else {
                continue;
            };
            let is_asked = |name: &str| symbols.is_empty() || symbols.contains(&name);
            match first {
                "config" | "menuconfig" => {
                    current = second;
                    if !is_asked(second) {
                        continue;
                    }
                    let draft = drafts.entry(second.to_owned()).or_default();
                    if draft.declared.is_none() {
                        let from = start + line.find(second).unwrap_or(0);
                        let (from, to) = (from as u32, (from + second.len()) as u32);
                        let path = path.as_str().into();
                        let place = Location::in_text(path, text.as_bytes(), from, to);
                        draft.declared = Some(place);
                    }
                }
                "bool" | "tristate" | "prompt" if second.starts_with(['"', '\'']) => {
                    with_prompt.insert(current.to_owned());
                }
                "select" if is_asked(second) => {
                    let draft = drafts.entry(second.to_owned()).or_default();
                    if let Some(arch) = arch
                        && !draft.archs.iter().any(|known| known == arch)
                    {
                        draft.archs.push(arch.to_owned());
                    }
                }
                _ => {}
            }
        }
    }
    drafts.retain(|name, draft| {
        draft.symbol.clone_from(name);
        draft.archs.sort_unstable();
        let is_derivable = !draft.archs.is_empty() && !with_prompt.contains(name);
        !symbols.is_empty() || (is_derivable && draft.declared.is_some())
    });
    Ok(drafts)
}

/// A symbol and a name, with the place in a generic header and whether it is a stub there.
type Found = BTreeMap<(String, String), (Location, bool)>;

/// The names that generic headers stub while a symbol is off, or only declare while it is on.
fn in_headers(cache: &Cache<'_>, symbols: &FxHashSet<&str>) -> Result<Found, CheckError> {
    let tree = cache.tree();
    let wanted = cache.wanted(&["CONFIG_"]);
    let mut found: Found = BTreeMap::new();
    let mut generic: BTreeSet<(String, String)> = BTreeSet::new();
    let directories = HEADERS.iter();
    for directory in directories.filter(|directory| tree.list(directory).is_ok()) {
        for path in tree.walk(directory, &|path| path.ends_with(".h"))? {
            if !cache.holds(&path, &wanted)? {
                continue;
            }
            let Some(indexed) = cache.file(&path) else {
                continue;
            };
            let file = &indexed.file;
            let all = Span {
                start: 0,
                end: file.text.len() as u32,
            };
            let words = file.identifiers(all);
            let mut conditions = Conditions::new();
            for place in file.occurrences(&words, &mut conditions) {
                if !place.kind.provides()
                    || matches!(place.kind, Kind::Type | Kind::SelfMacro)
                    || place.condition == Condition::TRUE
                {
                    continue;
                }
                let text = file.text.get(..place.location.start as usize);
                let line = text.and_then(|text| text.rsplit('\n').next());
                let line = line.unwrap_or_default();
                // `\name` is a parameter of an assembler's macro.
                if line.ends_with('\\') {
                    continue;
                }
                let is_declared = place.kind == Kind::Prototype
                    || place.kind == Kind::Variable && line.trim_start().starts_with("extern");
                let atoms = conditions.atoms(place.condition).into_iter();
                let tested: BTreeSet<String> = atoms
                    .filter_map(|atom| match atom {
                        Atom::Builtin(name) => Some(name.to_string()),
                        _ => None,
                    })
                    .filter(|name| symbols.contains(name.as_str()))
                    .collect();
                for symbol in tested {
                    let mut side = |on: bool| {
                        let known = |atom: &Atom| known(atom, &symbol, on);
                        conditions.assume(place.condition, &known) != Condition::FALSE
                    };
                    let (with, without) = (side(true), side(false));
                    let key = (symbol.clone(), place.name.to_string());
                    match (with, without) {
                        // A declaration is no stub.
                        (false, true) if !is_declared => {
                            found.insert(key, (place.location.clone(), true));
                        }
                        (true, false) if place.kind == Kind::Prototype => {
                            found.entry(key).or_insert((place.location.clone(), false));
                        }
                        // No architecture has to give a body that a generic header has.
                        (true, _) if place.kind != Kind::Prototype => {
                            generic.insert(key);
                        }
                        _ => {}
                    }
                }
            }
        }
    }
    found.retain(|key, _| !generic.contains(key));
    Ok(found)
}

/// Which of the names the code of an architecture defines.
fn words_of_arch(
    cache: &Cache<'_>,
    arch: &str,
    wanted: &Wanted,
) -> Result<FxHashSet<usize>, CheckError> {
    let tree = cache.tree();
    let mut found = FxHashSet::default();
    for path in tree.walk(&format!("arch/{arch}"), &is_code)? {
        if path.contains("/uapi/") || place::is_linked_apart(&path) {
            continue;
        }
        let holds = cache.holds(&path, wanted)?;
        // A macro may paste a name together that the text does not hold.
        if !holds && !path.ends_with(".h") {
            continue;
        }
        let indexed = cache.file(&path);
        let Some(indexed) = indexed.filter(|indexed| holds || indexed.file.makes) else {
            continue;
        };
        let sightings = indexed.sightings(wanted);
        let file = &indexed.file;
        // A macro of a source file is for that file alone, and most words of assembler are operands.
        let is_defined = |place: &&Sighting| match file.path.rsplit_once('.') {
            Some((_, "S")) => place::is_body(file, place),
            Some((_, "c")) => place.kind.provides() && !place.kind.is_macro(),
            _ => place.kind.provides() && place.kind != Kind::SelfMacro,
        };
        let defining = sightings.iter().filter(is_defined);
        found.extend(defining.map(|place| place.name));
    }
    Ok(found)
}
