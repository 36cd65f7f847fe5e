//! Owns hooks that a series renames: what the features' specs ask for under the old name, architectures owe under the new one as soon
//! as generic code uses that, and no sooner.
//!
//! A name counts as renamed where generic code used it before the series and does so no more, and lines that it stood in differ
//! from the series' own in this one word only, which is the same one everywhere. Then the contract is checked once more under the new name, on each
//! architecture that has the old one.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashSet;

use crate::check::change::api::is_generic;
use crate::check::error::CheckError;
use crate::check::feature::code;
use crate::check::feature::search::Search;
use crate::check::kconfig::names::is_kconfig;
use crate::check::kconfig::words::is_makefile;
use crate::check::lints::{hook_object, incomplete_hooks, select_without_hook, spec_mismatch};
use crate::check::memo::Checker;
use crate::check::outcome::Outcome;
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::lex::{Kind, Lexer, whole_words};
use crate::cpp::occurrence::Sighting;
use crate::cpp::wanted::Wanted;
use crate::diag::{Diagnostic, Label, Location};
use crate::feature::name::Identifier;
use crate::tree::Tree;

/// The hooks that the trees of a series rename, followed from tree to tree.
#[derive(Debug, Default)]
pub struct Renamed {
    /// The tree before the series.
    before: Option<Tree>,
    /// The tree that was asked last.
    last: Option<Tree>,
    /// The files of generic code that the series changes, and that had a hook in them before.
    had_hooks: BTreeSet<Arc<str>>,
    /// The new name of each renamed hook.
    names: BTreeMap<String, String>,
    /// The hooks that all architectures lacked before the series already.
    at_fault: BTreeSet<String>,
    /// The findings in the last tree.
    found: Vec<Diagnostic>,
}

impl Renamed {
    /// Takes up the next tree, which `checker` has just checked, and adds the architectures that lack a hook under its new name.
    ///
    /// # Errors
    ///
    /// The tree cannot be read.
    pub fn follow(
        &mut self,
        tree: &Tree,
        architectures: &[String],
        checker: &Checker<'_>,
        outcome: &mut Outcome,
    ) -> Result<(), CheckError> {
        let at_fault: BTreeSet<String> = at_fault(outcome, checker).map(str::to_owned).collect();
        let Some(before) = &self.before else {
            self.before = Some(tree.clone());
            self.at_fault = at_fault;
            return Ok(());
        };
        let since = self.last.as_ref().unwrap_or(before);
        let changed: Vec<Arc<str>> = since
            .changes(tree)
            .into_iter()
            .map(|change| change.path.into())
            .collect();
        let old_cache = Cache::sharing(before, checker.files());
        let specs = checker.specs();
        let hooks = specs.iter().flat_map(|spec| &spec.hooks);
        let hooks: BTreeSet<&str> = hooks.map(|hook| &*hook.name).collect();
        let hooks: Vec<&str> = hooks.into_iter().collect();
        let wanted = old_cache.wanted(&hooks);
        let mut is_other = false;
        for path in changed.iter().filter(|path| is_generic(path)) {
            let bytes = before.bytes_if_there(path).unwrap_or_default();
            if !wanted.words_in(&bytes).is_empty() {
                self.had_hooks.insert(path.clone());
                is_other = true;
            }
        }
        if is_other {
            let names = new_names(before, tree, &self.had_hooks, &hooks);
            self.names = gone(checker, before, tree, names)?;
        }
        // Where every architecture lacks a hook, the spec is taken to be wrong; it was not before they all lost it.
        self.names.retain(|old, new| old != new);
        for hook in at_fault.difference(&self.at_fault) {
            if !self.names.contains_key(hook) {
                self.names.insert(hook.clone(), hook.clone());
                is_other = true;
            }
        }
        if is_other || self.bears_on(tree, &changed) {
            self.found = self.lacking(tree, architectures, checker)?;
        }
        self.last = Some(tree.clone());
        for finding in &self.found {
            let is_same = |known: &Diagnostic| {
                known.lint == finding.lint
                    && known.feature == finding.feature
                    && known.archs == finding.archs
            };
            if !outcome.findings.iter().any(is_same) {
                outcome.findings.push(finding.clone());
            }
        }
        Ok(())
    }

    /// Whether a change of these files may change what is found.
    fn bears_on(&self, tree: &Tree, changed: &[Arc<str>]) -> bool {
        let names = || self.names.iter().flat_map(|(old, new)| [old, new]);
        let has_name = |text: &str| names().any(|name| whole_words(text, name).next().is_some());
        let of_last = |path: &str| {
            let last = self.last.as_ref();
            last.and_then(|last| last.text_if_there(path))
        };
        !self.names.is_empty()
            && changed.iter().any(|path| {
                is_kconfig(path)
                    || is_makefile(path)
                    || tree.text_if_there(path).is_some_and(|text| has_name(&text))
                    || of_last(path).is_some_and(|text| has_name(&text))
            })
    }

    /// The findings about architectures that have a hook under its old name and not under the new one.
    fn lacking(
        &self,
        tree: &Tree,
        architectures: &[String],
        checker: &Checker<'_>,
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let mut findings = Vec::new();
        let Some(before) = &self.before else {
            return Ok(findings);
        };
        let now = Cache::sharing(tree, checker.files());
        let cache = Cache::sharing(before, checker.files());
        for spec in checker.specs() {
            let mut renamed = spec.clone();
            let mut pairs: Vec<(&str, &str)> = Vec::new();
            for hook in &mut renamed.hooks {
                if let Some((old, new)) = self.names.get_key_value(&*hook.name) {
                    let Ok(name) = Identifier::new(new) else {
                        continue;
                    };
                    hook.name = name;
                    // An architecture that had this one of several hooks is asked for it, whatever else it has.
                    hook.group = None;
                    pairs.push((old, new));
                }
            }
            if pairs.is_empty() {
                continue;
            }
            let (old, new): (Vec<&str>, Vec<&str>) = pairs.iter().copied().unzip();
            let wanted = cache.wanted(&old);
            for arch in architectures {
                let had = provided(&cache, &wanted, arch)?;
                if had.is_empty() || old != new && is_known(&cache, &new, arch)? {
                    continue;
                }
                let left = provided(&now, &wanted, arch)?;
                // Of one architecture, so that it is not the spec's fault if all of them were forgotten.
                let specs = std::slice::from_ref(&renamed);
                let mut alone = Checker::once(specs, Search::default());
                let outcome = alone.check(tree, std::slice::from_ref(arch), &mut |_| {})?;
                findings.extend(outcome.findings.into_iter().filter_map(|mut finding| {
                    let lints = [
                        &incomplete_hooks::LINT,
                        &select_without_hook::LINT,
                        &hook_object::LINT,
                    ];
                    let is_contract = lints.iter().any(|lint| lint.name == finding.lint);
                    let names = |name: &str| finding.headline.contains(&format!("`{name}`"));
                    let pair = pairs.iter().find(|(_, new)| {
                        names(new) || finding.lint == select_without_hook::LINT.name
                    });
                    let (old, new) = pair.filter(|_| is_contract)?;
                    if old == new {
                        return Some(finding);
                    }
                    if let Some((_, place)) = left.iter().find(|(name, _)| name == old) {
                        let label = Label::new(place.clone(), "under its old name here");
                        finding.secondary.push(label);
                    }
                    Some(finding.with_note(format!(
                        "generic code uses `{new}` now, and no longer `{old}`"
                    )))
                }));
            }
        }
        Ok(findings)
    }
}

/// Whether the code of an architecture has one of the names anywhere.
fn is_known(cache: &Cache<'_>, names: &[&str], arch: &str) -> Result<bool, CheckError> {
    let wanted = cache.wanted(names);
    let paths = code::of_arch_holding(cache, &wanted, arch)?;
    Ok(sightings(cache, &wanted, &paths).next().is_some())
}

/// Each place where one of the names stands in these files, with its file.
fn sightings<'a>(
    cache: &'a Cache<'_>,
    wanted: &'a Wanted,
    paths: &'a [String],
) -> impl Iterator<Item = (Arc<Indexed>, Sighting)> {
    let files = paths.iter().filter_map(|path| cache.file(path));
    files.flat_map(move |file| {
        let of_file = file.sightings(wanted);
        let of_file: Vec<_> = of_file.iter().map(|one| (file.clone(), *one)).collect();
        of_file
    })
}

/// The hooks that every architecture lacks which has the feature.
fn at_fault<'a>(outcome: &'a Outcome, checker: &'a Checker<'_>) -> impl Iterator<Item = &'a str> {
    let hooks = checker.specs().iter().flat_map(|spec| &spec.hooks);
    hooks.map(|hook| &*hook.name).filter(move |hook| {
        let mut findings = outcome.findings.iter().chain(&outcome.pedantic);
        findings.any(|finding| spec_mismatch::is_lacked_by_all(finding, hook))
    })
}

/// Those of the names that the code of an architecture provides, each with the first place.
fn provided(
    cache: &Cache<'_>,
    wanted: &Wanted,
    arch: &str,
) -> Result<Vec<(String, Location)>, CheckError> {
    let mut found: Vec<(String, Location)> = Vec::new();
    let names = wanted.names();
    let paths = code::of_arch_holding(cache, wanted, arch)?;
    for (file, sighting) in sightings(cache, wanted, &paths) {
        let name = names[sighting.name];
        let is_new = !found.iter().any(|(known, _)| known == name);
        let is_there = sighting.kind.provides() || sighting.body.is_some();
        if is_there && is_new {
            found.push((name.to_owned(), file.file.location(sighting.span)));
        }
    }
    Ok(found)
}

/// The new name of each hook that lines of these files have another word in place of.
fn new_names(
    before: &Tree,
    tree: &Tree,
    paths: &BTreeSet<Arc<str>>,
    hooks: &[&str],
) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for path in paths {
        let (Some(old), Some(new)) = (before.text_if_there(path), tree.text_if_there(path)) else {
            continue;
        };
        let known: FxHashSet<&str> = old.lines().collect();
        let fresh = new.lines().filter(|line| !known.contains(line));
        let fresh: Vec<Vec<&str>> = fresh.map(words).collect();
        for line in old.lines() {
            let mut of_line = hooks.iter();
            let is_there = |hook: &&&str| whole_words(line, hook).next().is_some();
            // A line with two hooks says nothing about either.
            let Some(hook) = of_line
                .find(is_there)
                .filter(|_| !of_line.any(|hook| is_there(&hook)))
            else {
                continue;
            };
            let line = words(line);
            let found = fresh
                .iter()
                .filter_map(|fresh| in_place_of(hook, &line, fresh));
            let of_hook = names.entry((*hook).to_owned()).or_default();
            of_hook.extend(found.map(str::to_owned));
        }
    }
    let sure = names.into_iter().filter_map(|(old, new)| {
        let mut new = new.into_iter();
        let name = new.next()?;
        new.next().is_none().then_some((old, name))
    });
    sure.collect()
}

/// The words and signs of a line.
fn words(line: &str) -> Vec<&str> {
    let tokens = Lexer::new(line, 0, line.len());
    tokens.map(|token| token.span.of(line)).collect()
}

/// The identifier that one line has wherever the other one has the hook, if nothing else differs.
fn in_place_of<'a>(hook: &str, old: &[&str], new: &[&'a str]) -> Option<&'a str> {
    if old.len() != new.len() {
        return None;
    }
    let mut name = None;
    for (&old, &new) in old.iter().zip(new) {
        if old != hook {
            if old != new {
                return None;
            }
            continue;
        }
        let mut tokens = Lexer::new(new, 0, new.len());
        let is_identifier = tokens
            .next()
            .is_some_and(|token| token.kind == Kind::Identifier);
        if new == hook || !is_identifier || name.is_some_and(|name| name != new) {
            return None;
        }
        name = Some(new);
    }
    name
}

/// Those of the names that generic code used before the series and does not use any more, and whose new name nobody used.
fn gone(
    checker: &Checker<'_>,
    before: &Tree,
    tree: &Tree,
    mut names: BTreeMap<String, String>,
) -> Result<BTreeMap<String, String>, CheckError> {
    if names.is_empty() {
        return Ok(names);
    }
    let all = names.clone().into_iter().flat_map(<[String; 2]>::from);
    let all: BTreeSet<String> = all.collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let used = |tree: &Tree| {
        let cache = Cache::sharing(tree, checker.files());
        let code = code::generic(&cache, &cache.wanted(&all))?;
        let used = all.iter().filter(|name| {
            let places = code.places(name);
            places.is_some_and(|places| !places.uses.is_empty())
        });
        Ok::<_, CheckError>(used.map(|name| (*name).to_owned()).collect::<BTreeSet<_>>())
    };
    let (old, new) = (used(before)?, used(tree)?);
    names.retain(|from, to| {
        old.contains(from) && !new.contains(from) && new.contains(to) && !old.contains(to)
    });
    // A function of some driver.
    let cache = Cache::sharing(before, checker.files());
    for to in names.values().cloned().collect::<BTreeSet<String>>() {
        let drivers = code::of_drivers(&cache, &to, code::DRIVERS)?;
        if drivers.places(&to).is_some() {
            names.retain(|_, name| *name != to);
        }
    }
    // A function that generic code defines for itself in place of a hook is no hook.
    let (old, new) = (bodies(checker, before, &all)?, bodies(checker, tree, &all)?);
    names.retain(|from, to| {
        let mut paths = new.iter().filter(|(name, _)| name == to);
        paths.all(|(_, path)| old.contains(&(from.clone(), path.clone())))
    });
    Ok(names)
}

/// The names that files of generic code give a body, each with the file.
fn bodies(
    checker: &Checker<'_>,
    tree: &Tree,
    names: &[&str],
) -> Result<BTreeSet<(String, Arc<str>)>, CheckError> {
    let cache = Cache::sharing(tree, checker.files());
    let wanted = cache.wanted(names);
    let paths = code::holding(&cache, &wanted, None)?;
    let found = sightings(&cache, &wanted, &paths);
    let found = found.filter(|(_, sighting)| sighting.body.is_some());
    let found = found.map(|(file, one)| (names[one.name].to_owned(), file.file.path.clone()));
    Ok(found.collect())
}
