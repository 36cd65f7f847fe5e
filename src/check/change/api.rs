//! Owns what the entry header of a feature declares on one side of the feature's conditional only, as far as a series has a hand
//! in it: functions and macros that generic code uses where they are not there, and hooks that a wrapper calls and nobody defines.
//!
//! The wrappers and hooks of the spec have lints of their own; this is about names that the spec does not know yet.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use memchr::memmem::Finder;
use rayon::prelude::*;
use rustc_hash::FxHashMap;

use crate::check::change::models::Models;
use crate::check::error::CheckError;
use crate::check::feature::fallback::with_feature;
use crate::check::feature::search::SEARCHED;
use crate::check::lints::{incomplete_hooks, missing_fallback};
use crate::check::support::verdict::{Supported, Verdict};
use crate::cpp::condition::{Atom, Conditions};
use crate::cpp::is_c;
use crate::cpp::lex::{Kind as TokenKind, Lexer, Token};
use crate::cpp::occurrence::{Kind, Occurrence};
use crate::cpp::scan::File;
use crate::diag::{Diagnostic, Label, Location, Stage};
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::model::graph::required_by;
use crate::tree::{Stamp, Tree};

/// How the names of functions begin that an architecture has to define.
const HOOK: &str = "arch_";

/// The lines, counted from 1, that a series adds to a file.
pub type Added<'a> = &'a (dyn Fn(&str) -> Option<&'a BTreeSet<u32>> + Sync);

/// Describes what a series has made of a tree.
#[derive(Clone, Copy)]
pub struct Change<'a> {
    /// The tree before the series.
    pub before: &'a Tree,
    /// The tree as it is now.
    pub tree: &'a Tree,
    /// The files that differ.
    pub paths: &'a BTreeSet<Arc<str>>,
    /// The lines that are new in them.
    pub added: Added<'a>,
    /// The models of the tree.
    pub models: &'a dyn Models,
}

/// Names with their first definition, and whether the header can be read at all.
type OnSide = Option<Arc<BTreeMap<Box<str>, Location>>>;

/// The uses of some names in a text, each with the index of the name.
type Uses = Arc<[(usize, Location)]>;

/// Finds in the texts of a series so far: most files are the same in the next tree. A text is known by its stamp.
#[derive(Debug, Default)]
pub struct Seen {
    /// The tree that was seen last. Stamps hold for the trees of one base.
    tree: Option<Tree>,
    /// By feature.
    of: FxHashMap<String, OfFeature>,
}

/// Of one feature: the names that the texts of its entry header have on one side only, and the uses of some names by file.
#[derive(Debug, Default)]
struct OfFeature {
    sides: FxHashMap<Stamp, OnSide>,
    words: Vec<Box<str>>,
    files: FxHashMap<(String, Stamp), Uses>,
}

impl Seen {
    fn of(&mut self, tree: &Tree, spec: &Spec) -> &mut OfFeature {
        if self
            .tree
            .as_ref()
            .is_none_or(|seen| !seen.has_base_of(tree))
        {
            *self = Self::default();
            self.tree = Some(tree.clone());
        }
        self.of.entry(spec.name.to_string()).or_default()
    }
}

impl OfFeature {
    /// The names that the entry header has on one side only.
    fn on_side_only(&mut self, tree: &Tree, spec: &Spec, entry: &str) -> OnSide {
        let find = || {
            let header = parse(tree, entry)?;
            Some(Arc::new(on_side_only(spec, &header)))
        };
        self.sides
            .entry(tree.stamp(entry))
            .or_insert_with(find)
            .clone()
    }

    /// The uses of names in files, by file, as [`uses_without`] has them.
    fn uses(
        &mut self,
        tree: &Tree,
        spec: &Spec,
        paths: Vec<String>,
        words: &[&str],
    ) -> Vec<(String, Uses)> {
        if !self
            .words
            .iter()
            .map(|word| &**word)
            .eq(words.iter().copied())
        {
            self.words = words.iter().map(|word| (*word).into()).collect();
            self.files.clear();
        }
        let keys = paths.into_iter().map(|path| {
            let stamp = tree.stamp(&path);
            (path, stamp)
        });
        let keys: Vec<(String, Stamp)> = keys.collect();
        let new = keys.iter().filter(|key| !self.files.contains_key(key));
        let new: Vec<(String, Stamp)> = new.cloned().collect();
        let paths: Vec<&str> = new.iter().map(|(path, _)| &**path).collect();
        tree.fetch(&paths);
        let found: Vec<Uses> = paths
            .par_iter()
            .map(|path| uses_without(tree, spec, path, words).into())
            .collect();
        self.files.extend(new.into_iter().zip(found));
        let uses = keys.into_iter().filter_map(|key| {
            let uses = self.files.get(&key)?.clone();
            Some((key.0, uses))
        });
        uses.collect()
    }
}

/// Returns what is wrong with names that the spec does not know. `seen` is what was found in the trees before this one.
///
/// # Errors
///
/// The tree cannot be read.
pub fn findings(
    change: Change<'_>,
    spec: &Spec,
    verdicts: &[Verdict],
    seen: &mut Seen,
) -> Result<Vec<Diagnostic>, CheckError> {
    let Some(entry) = spec.entry_header.as_deref() else {
        return Ok(Vec::new());
    };
    let bears = |path: &Arc<str>| is_generic(path) || **path == *entry;
    if !change.paths.iter().any(bears) {
        return Ok(Vec::new());
    }
    let seen = seen.of(change.tree, spec);
    let Some(names) = seen.on_side_only(change.tree, spec, entry) else {
        return Ok(Vec::new());
    };
    let of_feature = verdicts
        .iter()
        .filter(|verdict| verdict.feature == *spec.name);
    let archs = |supported: Supported| -> Vec<String> {
        let of_feature = of_feature.clone();
        let archs = of_feature.filter(|verdict| verdict.supported == supported);
        archs.map(|verdict| verdict.arch.clone()).collect()
    };
    let (with, without) = (archs(Supported::Yes), archs(Supported::No));
    let mut findings = Vec::new();
    if !without.is_empty() {
        findings.extend(one_sided(change, spec, (entry, &names), &without, seen)?);
    }
    if !with.is_empty()
        && change.paths.contains(entry)
        && let Some(header) = parse(change.tree, entry)
    {
        findings.extend(undefined_hooks(change, spec, &header, &with)?);
    }
    Ok(findings)
}

/// The names that generic code uses and the entry header has with the feature only, one finding each.
fn one_sided(
    change: Change<'_>,
    spec: &Spec,
    (entry, names): (&str, &BTreeMap<Box<str>, Location>),
    without: &[String],
    seen: &mut OfFeature,
) -> Result<Vec<Diagnostic>, CheckError> {
    let known = seen.on_side_only(change.before, spec, entry);
    let known = known.unwrap_or_default();
    let is_new = |name: &str| !known.contains_key(name);
    // A name that has become one-sided may be used anywhere; of the others only new uses count.
    let mut paths: BTreeSet<String> = change
        .paths
        .iter()
        .filter(|path| is_generic(path) && change.tree.is_file(path))
        .map(ToString::to_string)
        .collect();
    if names.keys().any(|name| is_new(name)) {
        for directory in SEARCHED
            .iter()
            .filter(|name| change.tree.list(name).is_ok())
        {
            paths.extend(change.tree.walk(directory, &is_c)?);
        }
    }
    paths.remove(entry);
    let paths: Vec<String> = paths.into_iter().collect();
    let words: Vec<&str> = names.keys().map(|name| &**name).collect();
    if words.is_empty() || paths.is_empty() {
        return Ok(Vec::new());
    }
    let mut uses: Vec<(usize, Location)> = Vec::new();
    for (path, of_file) in seen.uses(change.tree, spec, paths, &words) {
        let lines = (change.added)(&path);
        let of_file = of_file.iter().filter(|(name, place)| {
            is_new(words[*name]) || lines.is_some_and(|lines| lines.contains(&place.line))
        });
        uses.extend(of_file.cloned());
    }
    let mut by_name: BTreeMap<usize, Vec<Location>> = BTreeMap::new();
    for (name, place) in uses {
        if !needs_feature(change, spec, &place.path) {
            by_name.entry(name).or_default().push(place);
        }
    }
    let used: Vec<&str> = by_name.keys().map(|name| words[*name]).collect();
    let elsewhere = provided_in(change.tree, &["include"], entry, &used)?;
    let mut findings = Vec::new();
    for (name, places) in by_name {
        let name = words[name];
        if elsewhere.contains(name) {
            continue;
        }
        let (Some(definition), Some(first)) = (names.get(name), places.first()) else {
            continue;
        };
        let lint = &missing_fallback::LINT;
        let headline =
            format!("`{name}` is not defined where the feature is off, but generic code uses it");
        let label = "defined here, only with the feature";
        let mut finding = Diagnostic::new(
            lint.name,
            lint.level(),
            headline,
            Label::new(definition.clone(), label),
        )
        .about(&spec.name, name)
        .with_secondary(Label::new(
            first.clone(),
            "used here, whether the feature is on or off",
        ))
        .with_help("also define an empty inline function in the other branch of the conditional")
        .breaking(Stage::Compile);
        for place in places.iter().skip(1).take(7) {
            finding = finding.with_secondary(Label::new(place.clone(), "and here"));
        }
        finding.archs = without.to_vec();
        findings.push(finding);
    }
    Ok(findings)
}

/// The names that a header provides where the feature is on and nowhere else, with their first definition; those of the spec are
/// left out.
fn on_side_only(spec: &Spec, header: &File) -> BTreeMap<Box<str>, Location> {
    let functions = spec.functions();
    let mut words = BTreeSet::new();
    for token in Lexer::new(&header.text, 0, header.text.len()) {
        if token.kind == TokenKind::Identifier {
            words.insert(token.span.of(&header.text));
        }
    }
    let words: Vec<&str> = words
        .into_iter()
        .filter(|word| !functions.contains(word))
        .collect();
    let mut conditions = Conditions::new();
    let places = header.occurrences(&words, &mut conditions);
    let mut definitions: BTreeMap<Box<str>, Vec<Occurrence>> = BTreeMap::new();
    for place in places.into_iter().filter(|place| place.kind.provides()) {
        // A variable or function inside another one does not belong to the header.
        if place.within.is_none() {
            definitions
                .entry(place.name.clone())
                .or_default()
                .push(place);
        }
    }
    definitions.retain(|_, places| {
        let mut is_there = |feature: bool| {
            let known = |atom: &Atom| with_feature(spec, atom, feature);
            places.iter().any(|place| {
                let condition = conditions.assume(place.condition, &known);
                conditions.is_satisfiable(condition)
            })
        };
        is_there(true) && !is_there(false)
    });
    let first = |(name, places): (Box<str>, Vec<Occurrence>)| {
        Some((name, places.into_iter().next()?.location))
    };
    definitions.into_iter().filter_map(first).collect()
}

/// The uses of names in a file, as far as they are compiled with the feature off; none of a name that the file provides itself.
fn uses_without(tree: &Tree, spec: &Spec, path: &str, words: &[&str]) -> Vec<(usize, Location)> {
    let bytes = tree.bytes_if_there(path).unwrap_or_default();
    if !words
        .iter()
        .any(|word| Finder::new(word).find(&bytes).is_some())
    {
        return Vec::new();
    }
    let Some(file) = parse(tree, path) else {
        return Vec::new();
    };
    let mut conditions = Conditions::new();
    let places = file.occurrences(words, &mut conditions);
    let provides = |name: &str| {
        places
            .iter()
            .any(|place| *place.name == *name && place.kind.provides())
    };
    let mut uses = Vec::new();
    for place in places.iter().filter(|place| place.kind == Kind::Use) {
        let known = |atom: &Atom| with_feature(spec, atom, false);
        let condition = conditions.assume(place.condition, &known);
        let is_call = file.text[place.location.end as usize..]
            .trim_start()
            .starts_with('(');
        if is_call && conditions.is_satisfiable(condition) && !provides(&place.name) {
            let index = words.iter().position(|word| **word == *place.name);
            uses.extend(index.map(|index| (index, place.location.clone())));
        }
    }
    uses
}

/// Whether a file is only built with the feature on, or whether that cannot be told.
fn needs_feature(change: Change<'_>, spec: &Spec, path: &str) -> bool {
    if !path.ends_with(".c") {
        return false;
    }
    let Some(ways) = kbuild::of_object(change.tree, path, "") else {
        // Lists that are not understood are for plain files of the core, which are always built.
        return false;
    };
    let of_feature = |symbol: &str| spec.kconfig.iter().any(|term| *term.symbol == *symbol);
    let needs = |symbol: &str| {
        of_feature(symbol)
            || change.models.all().into_iter().any(|model| {
                let required = required_by(model, symbol);
                required.iter().any(|required| of_feature(required))
            })
    };
    ways.iter()
        .all(|gates| gates.iter().any(|gate| needs(&gate.symbol)))
}

/// The functions that an architecture has to define, that new lines of the entry header call where the feature is on, and that
/// an architecture with the feature does not have.
fn undefined_hooks(
    change: Change<'_>,
    spec: &Spec,
    header: &File,
    with: &[String],
) -> Result<Vec<Diagnostic>, CheckError> {
    let entry = &*header.path;
    let Some(lines) = (change.added)(entry) else {
        return Ok(Vec::new());
    };
    let functions = spec.functions();
    let tokens: Vec<Token> = Lexer::new(&header.text, 0, header.text.len()).collect();
    let mut words: Vec<&str> = Vec::new();
    for pair in tokens.windows(2) {
        let word = pair[0].span.of(&header.text);
        if pair[1].is(b'(')
            && word.starts_with(HOOK)
            && !functions.contains(&word)
            && !words.contains(&word)
        {
            words.push(word);
        }
    }
    let mut conditions = Conditions::new();
    let mut calls: BTreeMap<&str, Location> = BTreeMap::new();
    for place in header.occurrences(&words, &mut conditions) {
        let mut is_compiled = |feature: bool| {
            let known = |atom: &Atom| with_feature(spec, atom, feature);
            let condition = conditions.assume(place.condition, &known);
            conditions.is_satisfiable(condition)
        };
        let is_new = place.kind == Kind::Use && lines.contains(&place.location.line);
        // The header may serve several features: what is compiled with and without this one is not for it.
        if is_new && place.within.is_some() && is_compiled(true) && !is_compiled(false) {
            let word = words.iter().find(|word| ***word == *place.name);
            if let Some(word) = word {
                calls.entry(word).or_insert(place.location);
            }
        }
    }
    let called: Vec<&str> = calls.keys().copied().collect();
    if called.is_empty() {
        return Ok(Vec::new());
    }
    let generic = provided_in(change.tree, &["include"], "", &called)?;
    let mut lacking: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for arch in with {
        let own = format!("arch/{arch}");
        let borrowed = crate::arch::include::extra(arch).iter().copied();
        let mut directories: Vec<&str> = vec![&own];
        directories.extend(borrowed.filter(|directory| !directory.contains('*')));
        let provided = provided_in(change.tree, &directories, "", &called)?;
        for name in called.iter().filter(|name| !generic.contains(**name)) {
            if !provided.contains(*name) {
                lacking.entry(name).or_default().push(arch.clone());
            }
        }
    }
    let findings = lacking.into_iter().filter_map(|(name, archs)| {
        let lint = &incomplete_hooks::LINT;
        let headline = format!("`{name}` is called where the feature is on, but nothing defines it");
        let label = Label::new(calls.get(name)?.clone(), "called here");
        let mut finding = Diagnostic::new(lint.name, lint.level(), headline, label)
            .about(&spec.name, name)
            .with_help("define it in a header of each architecture that selects the symbol, or give it a default")
            .breaking(Stage::Compile);
        finding.archs = archs;
        Some(finding)
    });
    Ok(findings.collect())
}

/// Those of the names that a header or source file below the directories provides, but for the file `except`.
fn provided_in(
    tree: &Tree,
    directories: &[&str],
    except: &str,
    names: &[&str],
) -> Result<BTreeSet<String>, CheckError> {
    let mut paths = Vec::new();
    if !names.is_empty() {
        for directory in directories
            .iter()
            .filter(|directory| tree.list(directory).is_ok())
        {
            paths.extend(tree.walk(directory, &|path| path.ends_with(".h") && path != except)?);
        }
    }
    tree.fetch(&paths);
    let finders: Vec<Finder<'_>> = names.iter().map(|name| Finder::new(*name)).collect();
    let provided = paths.par_iter().flat_map_iter(|path| {
        let bytes = tree.bytes_if_there(path).unwrap_or_default();
        let is_there = finders.iter().any(|finder| finder.find(&bytes).is_some());
        let file = is_there.then(|| parse(tree, path)).flatten();
        file.map_or_else(Vec::new, |file| {
            let places = file.sightings(names);
            let places = places.iter().filter(|place| place.kind.provides());
            places.map(|place| names[place.name].to_owned()).collect()
        })
    });
    Ok(provided.collect())
}

fn parse(tree: &Tree, path: &str) -> Option<File> {
    let text = tree.text_if_there(path)?;
    Some(File::parse(Arc::from(path), text))
}

/// Whether a file is code of the kernel that no architecture owns.
pub(in crate::check) fn is_generic(path: &str) -> bool {
    let others = [
        "arch/",
        "Documentation/",
        "tools/",
        "scripts/",
        "samples/",
        "usr/",
    ];
    is_c(path) && !others.iter().any(|other| path.starts_with(other)) && !path.contains("/uapi/")
}
