//! Owns the hooks whose export a series drops or limits, or that it puts into an object without one, although code that may be a module uses them.
//!
//! A tree is asked for this by the lint `unexported-hook` as far as it is about wrappers. That a hook itself is not exported says
//! nothing about a tree: most of them are for built-in code. In a series the drivers, four fifths of the kernel, are searched for users of
//! the few hooks that it bears on.

use std::collections::BTreeSet;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::api::Change;
use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Body, Code, Use};
use crate::check::feature::exports::{Exports, User};
use crate::check::feature::{contract, headers};
use crate::check::lints::unexported_hook;
use crate::check::support::formula::off_on;
use crate::check::support::proof;
use crate::check::support::question::{self, Example};
use crate::cpp::cache::{Cache, Store};
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::lex::is_word;
use crate::cpp::occurrence::Kind as Occurring;
use crate::cpp::presence::{Question, presence};
use crate::cpp::wanted::Wanted;
use crate::diag::{Diagnostic, Label, Stage};
use crate::feature::hook::Kind;
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::model::{Model, Type};
use crate::kconfig::solve::{self, Solver};
use crate::tree::Tree;

/// How many users of a hook are looked at one by one.
const MAX_USERS: usize = 16;

/// Returns the hooks that a series leaves without an export that a module needs. Those of `known`, which the lint has found, are left
/// out. What is found out about a file stays in `store` for the next tree of the series.
///
/// # Errors
///
/// The tree cannot be read.
pub fn findings(
    change: Change<'_>,
    specs: &[Spec],
    known: &[Diagnostic],
    store: &Arc<Store>,
) -> Result<Vec<Diagnostic>, CheckError> {
    let hooks = specs.iter().flat_map(|spec| {
        let functions = spec.hooks.iter().filter(|hook| is_linked(hook.kind));
        functions.map(move |hook| (spec, &*hook.name))
    });
    let hooks: Vec<(&Spec, &str)> = hooks.collect();
    let names: Vec<&str> = hooks.iter().map(|(_, name)| *name).collect();
    let before = Cache::sharing(change.before, store);
    let after = Cache::sharing(change.tree, store);
    let wanted = after.wanted(&names);
    let mut suspects: BTreeSet<(&str, usize)> = BTreeSet::new();
    for path in change.paths {
        let Some(arch) = source_of_arch(path) else {
            continue;
        };
        let (old, new) = (text(change.before, path), text(change.tree, path));
        let (old_words, new_words) = (wanted.words_in(&old), wanted.words_in(&new));
        for &hook in &old_words {
            // An export that is another one now may be for others.
            let (old, new) = (exports_of(&old, names[hook]), exports_of(&new, names[hook]));
            if old.iter().any(|line| !new.contains(line)) {
                suspects.insert((arch, hook));
            }
        }
        let is_new = |hook: &&usize| !old_words.contains(hook);
        suspects.extend(new_words.iter().filter(is_new).map(|&hook| (arch, hook)));
    }
    let mut findings: Vec<Diagnostic> = Vec::new();
    let mut models = None;
    for (arch, hook) in suspects {
        let (spec, name) = hooks[hook];
        let is_same = |finding: &Diagnostic| {
            finding.lint == unexported_hook::LINT.name
                && finding.symbol.as_deref() == Some(name)
                && finding.archs.iter().any(|known| known == arch)
        };
        if known.iter().chain(&findings).any(is_same) {
            continue;
        }
        let wanted = after.wanted(&[name]);
        let own = code::of_arch(&after, &wanted, arch)?;
        let Some(body) = bodies(&own, name).first() else {
            continue;
        };
        // They may have to be made for this alone.
        let models = models.get_or_insert_with(|| change.models.all());
        let Some(model) = models.iter().find(|model| *model.srcarch == *arch) else {
            continue;
        };
        let found = Hook {
            cache: &after,
            model,
            spec,
            name,
            body,
        }
        .unexported(&before, &wanted, &own)?;
        findings.extend(found);
    }
    Ok(findings)
}

/// Whether a hook of a kind can be a name for the linker.
fn is_linked(kind: Kind) -> bool {
    matches!(kind, Kind::Any | Kind::Function | Kind::Variable)
}

/// The architecture whose source file it is.
fn source_of_arch(path: &str) -> Option<&str> {
    let is_source = path.ends_with(".c") || path.ends_with(".S");
    arch::of_file(path).filter(|_| is_source)
}

fn text(tree: &Tree, path: &str) -> Vec<u8> {
    tree.bytes_if_there(path).unwrap_or_default()
}

/// The lines of a source file that export a name.
fn exports_of(text: &[u8], name: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    let lines = text.lines().filter(|line| {
        let mut words = line.split(|c: char| !c.is_ascii() || !is_word(c as u8));
        line.contains("EXPORT") && words.any(|word| word == name)
    });
    lines.map(|line| line.trim().to_owned()).collect()
}

fn bodies<'c>(code: &'c Code, name: &str) -> &'c [Body] {
    code.places(name).map_or(&[], |places| &places.bodies)
}

/// A hook with a body in an object of an architecture.
struct Hook<'a, 't> {
    cache: &'a Cache<'t>,
    model: &'a Model,
    spec: &'a Spec,
    name: &'a str,
    body: &'a Body,
}

impl Hook<'_, '_> {
    /// The finding that a module uses the hook, nothing exports it, and that was not so `before`.
    fn unexported(
        &self,
        before: &Cache<'_>,
        wanted: &Wanted,
        own: &Code,
    ) -> Result<Option<Diagnostic>, CheckError> {
        let &Self {
            cache,
            model,
            spec,
            name,
            body,
        } = self;
        let Some(file) = cache.file(&body.location.path) else {
            return Ok(None);
        };
        // The drivers are read for those hooks alone that may lack something, and did not lack it all the time.
        let exports = Exports::of(cache, model, &file, name)?;
        if exports.serve_all() {
            return Ok(None);
        }
        let earlier = code::of_arch(before, wanted, &model.srcarch)?;
        let earlier = bodies(&earlier, name).first();
        let earlier = earlier.and_then(|body| before.file(&body.location.path));
        let earlier = earlier.map(|file| Exports::of(before, model, &file, name));
        let earlier = earlier.transpose()?;
        if earlier.as_ref().is_some_and(Exports::serve_none) {
            return Ok(None);
        }
        let generic = code::generic(cache, wanted)?;
        let drivers = code::of_drivers(cache, name, code::DRIVERS)?;
        for (code, place) in [&generic, &drivers].into_iter().flat_map(|code| {
            let uses = code.places(name).map_or(&[][..], |places| &places.uses);
            let mut uses: Vec<&Use> = uses.iter().filter(|place| self.may_be_of(place)).collect();
            // One use of each file is enough.
            uses.dedup_by(|a, b| a.location.path == b.location.path);
            uses.into_iter().take(MAX_USERS).map(move |one| (code, one))
        }) {
            let user = User::new(cache.tree(), &place.location.path);
            if exports.serve(cache.tree(), &user) {
                continue;
            }
            let Some(example) = self.as_module(own, code, place) else {
                continue;
            };
            // A tree that lacked the export before the series is not its fault.
            if earlier
                .as_ref()
                .is_some_and(|exports| !exports.serve(cache.tree(), &user))
            {
                return Ok(None);
            }
            let lint = &unexported_hook::LINT;
            let path = &place.location.path;
            let (headline, help) = match exports.serve_none() {
                true => (
                    format!("`{name}` is not exported, but `{path}` may be a module"),
                    format!("export `{name}` in the file that defines it"),
                ),
                false => (
                    format!("`{name}` is not exported for `{path}`, which may be a module"),
                    format!("let the module import the namespace, or export `{name}` for all"),
                ),
            };
            let label = Label::new(body.location.clone(), "modules cannot use this");
            let mut finding = Diagnostic::new(lint.name, lint.level(), headline, label)
                .about(&spec.name, name)
                .with_secondary(Label::new(place.location.clone(), "used here"))
                .with_note(example.note("fails with"))
                .with_help(help)
                .breaking(Stage::Link);
            finding.archs = vec![model.srcarch.to_string()];
            return Ok(Some(finding));
        }
        Ok(None)
    }

    /// Whether a use stands in a source file that this architecture may build, and whose object is known.
    fn may_be_of(&self, place: &Use) -> bool {
        let arch = place.arch.as_deref();
        place.is_certain
            && place.location.path.ends_with(".c")
            && arch.is_none_or(|arch| arch == &*self.model.srcarch)
    }

    /// A configuration in which the feature is on, the file of a use is in a module, and the use needs the body.
    fn as_module(&self, own: &Code, code: &Code, place: &Use) -> Option<Example> {
        let &Self {
            cache, model, spec, ..
        } = self;
        let path = &*place.location.path;
        let ways = kbuild::of_object(cache.tree(), path, "")?;
        let mut conditions = Conditions::new();
        let used = conditions.import(&code.conditions, place.condition, &mut FxHashMap::default());
        let built = conditions.import(
            &own.conditions,
            self.body.condition,
            &mut FxHashMap::default(),
        );
        let module = in_module(&mut conditions, model, &ways, path);
        let mut terms = Vec::new();
        for term in &spec.kconfig {
            let on = code::either(&mut conditions, &term.symbol);
            terms.push(match term.negated {
                true => conditions.not(on),
                false => on,
            });
        }
        let feature = match terms.is_empty() {
            true => Condition::TRUE,
            false => conditions.any(terms),
        };
        let needed = self.body_needed(&mut conditions)?;
        let all = conditions.all([used, built, module, feature, needed]);
        let all = conditions.assume(all, &|atom| off_on(model, atom));
        let all = conditions.bound(all, false, &|atom| contract::is_unknown(model, atom));
        if !conditions.is_satisfiable(all) {
            return None;
        }
        let formula = proof::formula_of(model, &conditions, all);
        let question = solve::Question::new().and_formula(formula);
        let found = question::ask(&mut Solver::new(model), &question);
        found.example().cloned()
    }

    /// When the headers of the architecture declare the hook and do not give it a body.
    fn body_needed(&self, conditions: &mut Conditions) -> Option<Condition> {
        let &Self {
            cache,
            model,
            spec,
            name,
            ..
        } = self;
        let entry = spec.entry_header.as_deref()?;
        let mut found = presence(
            cache,
            &Question {
                srcarch: &model.srcarch,
                entry: &headers::entry_path(cache, &model.srcarch, entry),
                names: &[name],
            },
        );
        if found.reached.is_some() {
            return None;
        }
        let (mut declared, mut real) = (Vec::new(), Vec::new());
        for definition in found.of(name) {
            match definition.kind {
                Occurring::SelfMacro => {}
                Occurring::Prototype | Occurring::Variable => declared.push(definition.condition),
                _ => real.push(definition.condition),
            }
        }
        let declared = found.conditions.any(declared);
        let real = found.conditions.any(real);
        let needed = found.conditions.and_not(declared, real);
        Some(conditions.import(&found.conditions, needed, &mut FxHashMap::default()))
    }
}

/// When the object of a source file is a module or a part of one: in its own list, for an object in a directory that is only
/// descended into for modules is linked into none.
fn in_module(
    conditions: &mut Conditions,
    model: &Model,
    ways: &[kbuild::Gates],
    path: &str,
) -> Condition {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let is_tristate = |name: &str| {
        let symbol = model.find(name).filter(|&symbol| model.is_defined(symbol));
        symbol.is_some_and(|symbol| model.symbol(symbol).type_ == Some(Type::Tristate))
    };
    let mut all = Vec::new();
    for way in ways {
        let own = way.iter().filter(|gate| {
            let list = gate.location.path.rsplit_once('/');
            list.is_some_and(|(list, _)| list == directory) && is_tristate(&gate.symbol)
        });
        let modules: Vec<Condition> = own
            .map(|gate| conditions.atom(Atom::Module(gate.symbol.as_str().into())))
            .collect();
        let any = conditions.any(modules);
        let open = code::in_one_way(conditions, std::slice::from_ref(way));
        all.push(conditions.and(any, open));
    }
    conditions.any(all)
}
