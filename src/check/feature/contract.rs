//! Owns whether one architecture keeps a contract: whether everything that is built in some configuration finds each hook that
//! it uses.
//!
//! For each hook three conditions are worked out: when the headers declare it, when something gives it a body (a macro, an
//! inline function, an object that is built), and when code that is built uses it. The solver then looks for a configuration
//! in which a use finds no hook. Where a condition is not known for sure it is taken so that nothing is reported. Before a
//! finding is given, the unit of the use itself is preprocessed, for it may have the hook from another header.

use std::borrow::Cow;
use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Body, Code, Use};
use crate::check::feature::fallback::with_feature;
use crate::check::feature::place;
use crate::check::support::formula::off_on;
use crate::check::support::proof;
use crate::check::support::question::{self, Example, Finding};
use crate::check::support::types::Types;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Definition, Presence};
use crate::cpp::wanted::Wanted;
use crate::diag::{Location, Stage};
use crate::feature::hook as spec;
use crate::feature::requirement::Requirement;
use crate::feature::spec::Spec;
use crate::kbuild::Gate;
use crate::kconfig::model::{Model, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{self, Asker, Formula, Literal, Node, Solver, Value};

use makefiles::Makefiles;
use named::is_named;

mod asked;
mod blame;
mod bodies;
mod compiled;
mod confirm;
mod elsewhere;
mod hidden;
mod idle;
mod inline;
mod makefiles;
mod named;
mod pasted;
mod twice;

/// How many uses of a hook are looked at one by one before nothing is said about it.
const MAX_USES: usize = 12;

/// How many uses of a hook are looked at with all that their files include, where macros of headers bear on them.
const MAX_IN_SOURCES: usize = 4;

/// How one architecture breaks a contract. Everything is empty where it keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// Whether the whole contract was looked at. Where the spec's wrappers and nothing else use the hooks,
    /// [`crate::check::support::proof`] answers, and only bodies are missed here.
    pub is_open: bool,
    /// Hooks that are used and not there while the symbol is on, in the order of the spec.
    pub missing: Vec<Missing>,
    /// Hooks that are not there while the symbol is on, and that nothing that is known to be built uses.
    pub unused: Vec<String>,
    /// Hooks that are used and not there while the symbol is off.
    pub no_fallback: Vec<Missing>,
    /// Hooks of the other implementation that are used and not there while the symbol is off.
    pub without: Vec<Missing>,
    /// Hooks that two headers define in the same configuration.
    pub twice: Vec<Twice>,
    /// Hooks that the architecture defines as `static` where a header declares them for other files.
    pub hidden: Vec<Twice>,
    /// Headers that the spec requires and the architecture lacks while the symbol is on; with a place that includes each, and a
    /// configuration.
    pub no_header: Vec<(String, Option<Location>, Example)>,
    /// Hooks that the architecture defines for itself also while the symbol is off.
    pub always: Vec<(String, Location)>,
    /// Hooks that generic code defines in every configuration with the symbol, and the architecture does not.
    pub generic: Vec<(String, Location)>,
    /// Hooks that neither the architecture nor generic code names.
    pub unknown: Vec<String>,
    /// The architecture's own definitions of all hooks, where it never turns the symbol on and nothing but the feature uses them.
    pub idle: Vec<Location>,
    /// The first place of each hook that the architecture has: what `matrix` shows.
    pub kept: Vec<Location>,
}

/// A hook that is used and not there.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Missing {
    /// The hook.
    pub hook: String,
    /// Where it is used; where it is there with the feature, if nothing uses it without.
    pub used: Location,
    /// Whether something that is built uses it, and not only the spec asks for it.
    pub is_used: bool,
    /// A configuration in which that is so.
    pub example: Example,
    /// Where it is declared in that configuration: then only its body is missing.
    pub declared: Option<Location>,
    /// The line of a list that leaves the object with the body out.
    pub gate: Option<(Gate, Location)>,
    /// The body in a source file that no list builds.
    pub unlisted: Option<Location>,
    /// Where it is there under another condition.
    pub elsewhere: Option<(Location, Option<String>)>,
}

impl Missing {
    /// The step of making a kernel that fails, if something is known to use the hook.
    pub fn breaks(&self) -> Option<Stage> {
        let stage = match self.declared.is_some() || self.used.path.ends_with(".S") {
            true => Stage::Link,
            false => Stage::Compile,
        };
        self.is_used.then_some(stage)
    }
}

/// A hook with two definitions in one configuration.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Twice {
    /// The hook.
    pub hook: String,
    /// The architecture's definition, then the other one.
    pub places: [Location; 2],
    /// A configuration in which both are there.
    pub example: Example,
}

/// The contract and architecture to check.
pub struct Subject<'a, 't> {
    /// The files.
    pub cache: &'a Cache<'t>,
    /// The architecture.
    pub model: &'a Model,
    /// The contract.
    pub spec: &'a Spec,
    /// The hooks of all features.
    pub names: &'a Wanted,
    /// Uses of the hooks in generic code.
    pub generic: &'a Code,
    /// Uses of the hooks in the architecture's code.
    pub own: &'a Code,
}

/// Whether generic code does more with the hooks of a feature than to call them in the feature's wrappers: then a hook is
/// needed only where something uses it. `answer` is what the headers of some architecture define.
pub fn is_open(spec: &Spec, generic: &Code, answer: Option<&Presence>) -> bool {
    if !spec.required_headers.is_empty() {
        return true;
    }
    let Some(answer) = answer else {
        return false;
    };
    if spec.hooks.is_empty() || spec.entry_header.is_none() {
        return false;
    }
    if spec.wrappers.is_empty() || spec.is_detailed() {
        return true;
    }
    let mut conditions = generic.conditions.clone();
    let is_on = |atom: &Atom| with_feature(spec, atom, false);
    spec.hooks.iter().any(|hook| {
        let is_generic = |definition: &Definition| {
            definition.location.path.starts_with("include/")
                && !definition.location.path.starts_with("include/asm-generic/")
        };
        let uses = generic.places(hook).map_or(&[][..], |places| &places.uses);
        // A call in a source file, or in a header that holds nothing of the feature, makes no contract: it should be one of a
        // wrapper.
        let mut uses = uses.iter().filter(|place| {
            let path = &place.location.path;
            spec.entry_header.as_deref() == Some(&**path)
                || answer.definitions.iter().any(|definition| {
                    definition.location.path == *path
                        && spec.functions().contains(&&*definition.name)
                })
        });
        answer.of(hook).any(is_generic)
            || uses.any(|place| conditions.assume(place.condition, &is_on) != Condition::FALSE)
    })
}

/// Whether a header of the architecture declares a hook whose body has to come from an object. `answer` is what its headers define.
pub fn promises_bodies(spec: &Spec, answer: Option<&Presence>) -> bool {
    let is_promise = |definition: &Definition| {
        definition.kind == Kind::Prototype && definition.location.path.starts_with("arch/")
    };
    let mut hooks = spec.hooks.iter();
    answer.is_some_and(|answer| hooks.any(|hook| answer.of(hook).any(is_promise)))
}

/// When an expression of a spec holds.
fn requirement(conditions: &mut Conditions, requirement: &Requirement) -> Condition {
    let mut each = |operands: &[Requirement]| -> Vec<Condition> {
        let operands = operands.iter();
        operands
            .map(|operand| self::requirement(conditions, operand))
            .collect()
    };
    match requirement {
        Requirement::Symbol(symbol) => code::either(conditions, symbol),
        Requirement::Not(operand) => {
            let operand = self::requirement(conditions, operand);
            conditions.not(operand)
        }
        Requirement::And(operands) => {
            let operands = each(operands);
            conditions.all(operands)
        }
        Requirement::Or(operands) => {
            let operands = each(operands);
            conditions.any(operands)
        }
    }
}

/// The conditions of one hook.
struct Hook<'a> {
    spec: &'a spec::Hook,
    name: &'a str,
    /// The macros, functions and others that stand for it, with their conditions in headers.
    definitions: Vec<(Condition, &'a Definition)>,
    /// When a header gives it a body, or it needs none.
    real: Condition,
    /// When a header declares it.
    declared: Condition,
    /// When an object holds its body.
    body: Condition,
    /// When a header announces it with `#define hook hook`.
    announced: Condition,
    /// Uses in generic code.
    uses: Vec<(Condition, &'a Use)>,
    /// Uses in the architecture's own code.
    own_uses: Vec<(Condition, &'a Use)>,
    /// Its bodies, each with the condition under which it is compiled. Where it is not known when its object is built, that is left out.
    bodies: Vec<(Condition, &'a Body)>,
}

impl Hook<'_> {
    /// When something declares it and gives it a body.
    fn there(&self, conditions: &mut Conditions) -> Condition {
        let with_body = conditions.and(self.declared, self.body);
        conditions.or(self.real, with_body)
    }

    /// Whether a definition provides the hook, and does not only announce it.
    fn is_provided_by(&self, definition: &Definition) -> bool {
        match definition.kind {
            // The mark says nothing about what it stands for.
            Kind::SelfMacro => false,
            Kind::Member => self.spec.kind == spec::Kind::Member,
            _ => true,
        }
    }

    /// Whether a definition needs no body elsewhere.
    fn is_whole(&self, cache: &Cache<'_>, definition: &Definition) -> bool {
        match definition.kind {
            Kind::Prototype => false,
            Kind::Variable => !is_extern(cache, definition),
            _ => true,
        }
    }
}

/// Looks whether the architecture keeps the contract.
///
/// # Errors
///
/// The tree cannot be read.
pub fn facts(
    subject: &Subject<'_, '_>,
    answer: Option<&Presence>,
    asker: &mut Asker<'_, '_>,
) -> Result<Facts, CheckError> {
    let &Subject {
        model,
        spec,
        generic,
        own,
        ..
    } = subject;
    let mut facts = Facts {
        is_open: is_open(spec, generic, answer),
        ..Facts::default()
    };
    let symbols: Vec<SymbolId> = spec
        .kconfig
        .iter()
        .filter_map(|term| model.find(&term.symbol))
        .filter(|&symbol| model.is_defined(symbol))
        .collect();
    let is_marked = spec.kconfig.is_empty();
    // A symbol that the architecture does not know is off.
    let is_negated = spec.kconfig.iter().any(|term| term.negated);
    let is_known = is_marked || is_negated || !symbols.is_empty();
    if !is_known || model.unread.is_some() {
        return Ok(facts);
    }
    let types = Types(model);
    let mut makefiles = Makefiles::new(subject.cache, model, &types);
    let Some(answer) = answer else {
        let built = &mut |_: &str, _: &mut Conditions| None;
        let mut search = Search::new(subject, Conditions::new(), asker, built, None);
        facts.no_header = search.no_header()?;
        return Ok(facts);
    };
    if answer.reached.is_some() {
        return Ok(facts);
    }
    let mut conditions = answer.conditions.clone();
    let can_be_on =
        is_marked || is_negated || symbols.iter().any(|&one| self::can_be_on(model, one));
    let built =
        &mut |source: &str, conditions: &mut Conditions| makefiles.built(source, conditions);
    let hooks = hooks(
        subject,
        answer,
        &mut conditions,
        can_be_on.then_some(&mut *built),
    );
    let marker = is_marked.then(|| {
        let definitions = spec.markers.iter().flat_map(|marker| answer.of(marker));
        let markers: Vec<Condition> = definitions.map(|marker| marker.condition).collect();
        let any = conditions.any(markers);
        conditions.assume(any, &|atom| off_on(model, atom))
    });
    let can_change = match marker {
        Some(marker) => marker != Condition::FALSE,
        None => symbols.iter().any(|&symbol| self::can_be_on(model, symbol)),
    };
    let mut search = Search::new(subject, conditions, asker, built, marker);
    if !facts.is_open {
        facts.missing = search.without_body(hooks)?;
        return Ok(facts);
    }
    for hook in &hooks {
        let definitions = hook.definitions.iter();
        let mut places = definitions.map(|(_, definition)| &definition.location);
        let place = places.find(|place| place.path.starts_with("arch/"));
        let bodies = own
            .places(hook.name)
            .and_then(|places| places.bodies.first());
        facts
            .kept
            .extend(place.or(bodies.map(|body| &body.location)).cloned());
    }
    // An architecture that borrows headers from another needs some of its hooks for the other's sake.
    let borrows = arch::header_arch(&model.srcarch) != &*model.srcarch;
    let mut lacking_groups = Vec::new();
    for hook in &hooks {
        let group = hook.spec.group;
        if group.is_some_and(|group| lacking_groups.contains(&group)) {
            continue;
        }
        if hook.spec.with && (can_change || is_negated) {
            match search.lacking(&hooks, hook, true)? {
                Lacking::No => {}
                Lacking::Used(missing) => {
                    facts.missing.push(*missing);
                    lacking_groups.extend(group);
                }
                Lacking::Unused => facts.unused.push(hook.name.to_owned()),
            }
        }
        if !is_negated && hook.spec.with {
            match search.lacking(&hooks, hook, false)? {
                Lacking::Used(missing) => facts.no_fallback.push(*missing),
                _ if hook.spec.fallback => facts.no_fallback.extend(search.no_fallback(hook)),
                _ => {}
            }
        } else if hook.spec.without
            && let Lacking::Used(missing) = search.lacking(&hooks, hook, false)?
        {
            facts.without.push(*missing);
            lacking_groups.extend(group);
        }
        let twice = search.twice(hook);
        let twice = twice.or_else(|| search.twice_with_body(hook));
        let twice = twice.or_else(|| search.twice_in_objects(hook));
        let twice = twice.or_else(|| search.taken_by_macro(hook));
        facts.twice.extend(twice);
        facts.hidden.extend(search.hidden(hook));
        let always = search.always(hook);
        facts
            .always
            .extend(always.map(|place| (hook.name.to_owned(), place)));
        if can_change || is_negated {
            let generic = search.generic(hook);
            facts
                .generic
                .extend(generic.map(|place| (hook.name.to_owned(), place)));
        }
        let generic = subject.generic.places(hook.name);
        if hook.definitions.is_empty() && generic.is_none() && own.places(hook.name).is_none() {
            facts.unknown.push(hook.name.to_owned());
        }
    }
    // Of several hooks that are all missing, the one that something uses says it.
    let group_of = |name: &str| {
        let mut hooks = hooks.iter().filter(|hook| *hook.name == *name);
        hooks.find_map(|hook| hook.spec.group)
    };
    facts
        .unused
        .retain(|name| group_of(name).is_none_or(|group| !lacking_groups.contains(&group)));
    if can_change || is_negated {
        facts.no_header = search.no_header()?;
        if facts.missing.is_empty() && facts.no_header.is_empty() {
            facts.no_header = search.no_included_header(&hooks)?;
        }
    }
    if !can_change && !is_negated && !borrows && !is_marked {
        facts.idle = search.idle(&hooks);
    }
    Ok(facts)
}

/// Whether anything can turn a symbol on: a prompt, a `select`, an `imply`, a `default`.
fn can_be_on(model: &Model, symbol: SymbolId) -> bool {
    model.selects_of(symbol).next().is_some()
        || model.implies_of(symbol).next().is_some()
        || model
            .definitions(symbol)
            .any(|entry| model.entry(entry).prompt.is_some())
        || model
            .properties_of(symbol)
            .any(|id| matches!(model.property(id).kind, PropertyKind::Default(_)))
}

/// Works out the conditions of all hooks.
fn hooks<'a>(
    subject: &Subject<'a, '_>,
    answer: &'a Presence,
    conditions: &mut Conditions,
    mut built: Option<&mut Built<'_>>,
) -> Vec<Hook<'a>> {
    let &Subject {
        model,
        spec,
        generic,
        own,
        ..
    } = subject;
    let is_off = |atom: &Atom| off_on(model, atom);
    let mut from_generic = FxHashMap::default();
    let mut from_own = FxHashMap::default();
    let mut hooks = Vec::new();
    for asked in spec.hooks.iter().filter(|hook| hook.is_of(&model.srcarch)) {
        let name = &*asked.name;
        let mut hook = Hook {
            spec: asked,
            name,
            definitions: Vec::new(),
            real: Condition::FALSE,
            declared: match asked.kind {
                spec::Kind::Assembler => Condition::TRUE,
                _ => Condition::FALSE,
            },
            announced: Condition::FALSE,
            body: Condition::FALSE,
            uses: Vec::new(),
            own_uses: Vec::new(),
            bodies: Vec::new(),
        };
        for definition in answer.of(name) {
            let condition = conditions.assume(definition.condition, &is_off);
            if condition == Condition::FALSE {
                continue;
            }
            hook.definitions.push((condition, definition));
            if definition.kind == Kind::SelfMacro {
                hook.announced = conditions.or(hook.announced, condition);
            }
            if !hook.is_provided_by(definition) {
                continue;
            }
            if hook.is_whole(subject.cache, definition) {
                hook.real = conditions.or(hook.real, condition);
            }
            hook.declared = conditions.or(hook.declared, condition);
        }
        for (code, imported) in [(generic, &mut from_generic), (own, &mut from_own)] {
            for body in code.places(name).map_or(&[][..], |places| &places.bodies) {
                let asks = !body.is_certain && !body.is_unlisted;
                // To evaluate makefiles takes longer than all else.
                let asks = asks && is_missed(spec, &hook, conditions);
                let built = built.as_mut().filter(|_| asks);
                let path = &body.location.path;
                let built = built.and_then(|built| built(path, conditions));
                // A source that no makefile builds may be included by one that is built.
                let built = built.filter(|&built| {
                    built != Condition::FALSE || !is_named(subject.cache, &model.srcarch, path)
                });
                let is_known = built.is_some() || body.is_certain || body.is_unlisted;
                let condition = match (built, is_known) {
                    (Some(built), _) => {
                        let local = conditions.import(&code.conditions, body.local, imported);
                        conditions.and(local, built)
                    }
                    (None, true) => conditions.import(&code.conditions, body.condition, imported),
                    (None, false) => conditions.import(&code.conditions, body.local, imported),
                };
                let condition = conditions.assume(condition, &is_off);
                let there = if is_known { condition } else { Condition::TRUE };
                hook.body = conditions.or(hook.body, there);
                hook.bodies.push((condition, body));
            }
        }
        let (mut uses, mut own_uses) = (Vec::new(), Vec::new());
        let of_generic = (generic, &mut from_generic, &mut uses);
        let of_own = (own, &mut from_own, &mut own_uses);
        for (code, imported, uses) in [of_generic, of_own] {
            for place in code.places(name).map_or(&[][..], |places| &places.uses) {
                if !place.may_be_of(&model.srcarch) {
                    continue;
                }
                let condition = conditions.import(&code.conditions, place.condition, imported);
                let condition = conditions.assume(condition, &is_off);
                let condition = in_hook(asked, conditions, condition);
                if condition != Condition::FALSE && is_of_kind(subject.cache, asked.kind, place) {
                    uses.push((condition, place));
                }
            }
        }
        (hook.uses, hook.own_uses) = (uses, own_uses);
        hooks.push(hook);
    }
    hooks
}

/// Whether a hook may be missed with the feature, as far as its conditions are known.
fn is_missed(spec: &Spec, hook: &Hook<'_>, conditions: &mut Conditions) -> bool {
    let there = hook.there(conditions);
    let is_single = spec.kconfig.len() == 1;
    let known = |atom: &Atom| is_single.then(|| with_feature(spec, atom, true)).flatten();
    conditions.assume(there, &known) != Condition::TRUE
}

/// The condition of a use, where the hook is asked for under a condition of its own.
fn in_hook(hook: &spec::Hook, conditions: &mut Conditions, condition: Condition) -> Condition {
    let mut condition = condition;
    if let Some(when) = &hook.when {
        let when = requirement(conditions, when);
        condition = conditions.and(condition, when);
    }
    match hook.builtin {
        true => conditions.assume(condition, &in_builtin),
        false => condition,
    }
}

/// The value of an atom in built-in code.
fn in_builtin(atom: &Atom) -> Option<bool> {
    match atom {
        Atom::Module(_) => Some(false),
        Atom::Macro(name) if **name == *"MODULE" => Some(false),
        _ => None,
    }
}

/// Whether the use of a name can be one of a hook of this kind: a word may be the name of something else as well.
fn is_of_kind(cache: &Cache<'_>, kind: spec::Kind, place: &Use) -> bool {
    let Some(file) = cache.file(&place.location.path) else {
        return false;
    };
    let before = file.file.text.get(..place.location.start as usize);
    let before = before.unwrap_or_default().trim_end();
    let is_member = before.ends_with("->") || (before.ends_with('.') && !before.ends_with("..."));
    match kind {
        spec::Kind::Member => is_member,
        spec::Kind::Struct => before.ends_with("struct") || before.ends_with("union"),
        _ => !is_member,
    }
}

/// Whether a declaration says `extern`: that of a variable defines none, and an inline function with it leaves the body to an object
/// (`-std=gnu89`).
fn is_extern(cache: &Cache<'_>, definition: &Definition) -> bool {
    let Some(file) = cache.file(&definition.location.path) else {
        return false;
    };
    let mut words = place::words_before(&file.file, definition.location.start);
    words.any(|word| word == "extern")
}

/// Whether a hook is there where it is used.
enum Lacking {
    No,
    Used(Box<Missing>),
    /// It is not there, and nothing is known to use it.
    Unused,
}

/// When the makefiles build a source file of the kernel or of a module; `None` where that is not known.
type Built<'f> = dyn FnMut(&str, &mut Conditions) -> Option<Condition> + 'f;

/// A hook and a source file, with the feature or without, and whether the hook needs a body.
type InUnit = (Box<str>, Arc<str>, bool, bool);

struct Search<'a, 't, 's, 'e, 'm> {
    subject: &'a Subject<'a, 't>,
    conditions: Conditions,
    asker: &'s mut Asker<'e, 'm>,
    built: &'s mut Built<'s>,
    /// When the markers are defined that stand in the place of a symbol.
    marker: Option<Condition>,
    /// Whether the feature can be on, once that was asked.
    can_be_on: Option<bool>,
    /// When a hook may have a body that was not looked for at first, by name, once that was looked for.
    elsewhere: FxHashMap<Box<str>, Condition>,
    /// When a source file has a hook, once that was asked.
    units: FxHashMap<InUnit, Option<Condition>>,
    /// By source file: all hooks that it has.
    presences: FxHashMap<Arc<str>, Presence>,
    /// When the preprocessor gets to a place of a source file, once that was asked.
    lines: FxHashMap<(Arc<str>, u32), Option<Condition>>,
}

impl<'a, 't, 's, 'e, 'm> Search<'a, 't, 's, 'e, 'm> {
    fn new(
        subject: &'a Subject<'a, 't>,
        conditions: Conditions,
        asker: &'s mut Asker<'e, 'm>,
        built: &'s mut Built<'s>,
        marker: Option<Condition>,
    ) -> Self {
        Self {
            subject,
            conditions,
            asker,
            built,
            marker,
            can_be_on: None,
            elsewhere: FxHashMap::default(),
            units: FxHashMap::default(),
            presences: FxHashMap::default(),
            lines: FxHashMap::default(),
        }
    }
}

impl Search<'_, '_, '_, '_, '_> {
    /// The value of an atom while the feature is on, or off.
    fn known(&self, atom: &Atom, feature: bool) -> Option<bool> {
        let spec = self.subject.spec;
        match (atom, spec.kconfig.len()) {
            (Atom::Macro(name), 0) => {
                let mut markers = spec.markers.iter();
                markers.any(|marker| **marker == **name).then_some(feature)
            }
            (_, 1) => with_feature(spec, atom, feature),
            _ => None,
        }
    }

    /// A condition while the feature is on, or off.
    fn with(&mut self, condition: Condition, feature: bool) -> Condition {
        let mut conditions = std::mem::take(&mut self.conditions);
        let condition = conditions.assume(condition, &|atom| self.known(atom, feature));
        self.conditions = conditions;
        condition
    }

    /// When a use of a hook that was looked for apart is compiled, with the feature.
    fn used(
        &mut self,
        hook: &Hook<'_>,
        code: &Code,
        place: &Use,
        imported: &mut FxHashMap<Condition, Condition>,
    ) -> Condition {
        let model = self.subject.model;
        let own = &mut self.conditions;
        let condition = own.import(&code.conditions, place.condition, imported);
        let condition = own.assume(condition, &|atom| off_on(model, atom));
        let condition = in_hook(hook.spec, own, condition);
        let condition = self.with(condition, true);
        let condition = self.for_compiler(condition, place);
        self.bound(condition, false)
    }

    /// Whether a condition holds in some configuration with the feature, or without it, as far as that is known.
    fn is_possible(&mut self, condition: Condition, feature: bool) -> bool {
        if !self.conditions.is_satisfiable(condition) {
            return false;
        }
        let question = self.question(condition, Some(feature));
        matches!(self.asker.is_possible(&question), Ok(true))
    }

    /// Whether a hook may be missing while the feature is on, or off.
    fn lacking(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        feature: bool,
    ) -> Result<Lacking, CheckError> {
        let spec = self.subject.spec;
        let needs_body = feature || hook.spec.without;
        let (mut there, mut declared) = (Condition::FALSE, Condition::FALSE);
        for one in alternatives(hooks, hook) {
            let conditions = &mut self.conditions;
            // Without the feature only what does not compile is looked for: a body may be left out by the compiler.
            let of_one = match needs_body {
                true => one.there(conditions),
                false => one.declared,
            };
            there = conditions.or(there, of_one);
            declared = conditions.or(declared, one.declared);
        }
        if hook.spec.optional {
            // A hook that is not announced is not missed.
            let silent = self.conditions.not(hook.announced);
            there = self.conditions.or(there, silent);
            declared = self.conditions.or(declared, silent);
        }
        let declared = self.with(declared, feature);
        let there = self.with(there, feature);
        // A fallback that the entry header has by itself is not there where a file gets what the architecture announces first.
        let is_doubtful = feature && self.is_only_announced(hook);
        if there == Condition::TRUE && !is_doubtful {
            return Ok(Lacking::No);
        }
        let there = self.bound(there, true);
        let declared = self.bound(declared, true);
        let entries = spec.headers_on(&self.subject.model.srcarch);
        let (mut looked_at, mut in_sources) = (0, 0);
        let mut is_from_elsewhere = false;
        for &(condition, place) in hook.uses.iter().chain(&hook.own_uses) {
            let is_evidence = place.is_certain
                || place.wants_lists
                || (entries.contains(&&*place.location.path) && place.within_macro.is_none());
            if !is_evidence || looked_at >= MAX_USES {
                continue;
            }
            let stated = self.with(condition, feature);
            let stated = self.for_compiler(stated, place);
            let mut used = self.bound(stated, false);
            // An inline function that nobody calls needs no body of what it calls.
            let there = match place.is_certain || place.wants_lists {
                true => there,
                false => declared,
            };
            let mut bare = self.conditions.and_not(used, there);
            if place.is_certain
                && bare == Condition::FALSE
                && in_sources < MAX_IN_SOURCES
                && let Some(decided) = self.in_its_source(stated, place)
            {
                in_sources += 1;
                let decided = self.with(decided, feature);
                used = self.bound(decided, false);
                bare = self.conditions.and_not(used, there);
            }
            if place.is_certain
                && is_doubtful
                && in_sources < MAX_IN_SOURCES
                && !self.is_possible(bare, feature)
                && let Some(there) =
                    self.in_unit(hooks, hook, &place.location.path, (feature, true))
            {
                in_sources += 1;
                bare = self.conditions.and_not(used, there);
            }
            if self.is_possible(bare, feature) {
                looked_at += 1;
                let mut place = Cow::Borrowed(place);
                let (mut used, mut caller) = (used, None);
                if place.wants_lists {
                    let Some((built, source)) = self.built_with(&place.location.path) else {
                        continue;
                    };
                    let built = self.with(built, feature);
                    let built = self.bound(built, false);
                    used = self.conditions.and(used, built);
                    place.to_mut().is_certain = true;
                    caller = (*source != *place.location.path).then(|| {
                        let mut caller = place.clone().into_owned();
                        caller.location = Location::file(source);
                        caller
                    });
                }
                let caller = caller.as_ref();
                if let Some(missing) = self.confirm(hooks, hook, &place, caller, used, feature)? {
                    return Ok(Lacking::Used(Box::new(missing)));
                }
                is_from_elsewhere = true;
            }
        }
        // A use may have it from a header that the entry header does not include.
        if !feature || is_from_elsewhere || there == Condition::TRUE {
            return Ok(Lacking::No);
        }
        if let Some(missing) = self.lacking_in_headers(hooks, hook, (there, declared))? {
            return Ok(Lacking::Used(Box::new(missing)));
        }
        let question = self.question(there, Some(true));
        if there != Condition::FALSE && !matches!(self.asker.is_possible(&question), Ok(false)) {
            // A hook that only drivers use may still be missing in some configuration.
            let absent = self.conditions.not(there);
            let is_used = !hook.uses.is_empty() || !hook.own_uses.is_empty();
            if is_used || !self.is_possible(absent, true) {
                return Ok(Lacking::No);
            }
            return Ok(match self.lacking_in_drivers(hooks, hook, there, false)? {
                Lacking::Unused => Lacking::No,
                found => found,
            });
        }
        if !self.can_be_on() {
            return Ok(Lacking::No);
        }
        // A hook that no header and no object has is worth a note; one that nothing near the core uses, a look at the drivers.
        match hook.uses.is_empty() {
            true => self.lacking_in_drivers(hooks, hook, there, true),
            false => Ok(Lacking::Unused),
        }
    }

    /// Whether a header of the architecture announces the hook with `#define hook hook`, none of its headers has a body for it, and its objects
    /// have none in some configuration with the feature.
    fn is_only_announced(&mut self, hook: &Hook<'_>) -> bool {
        let own = self.subject.own.places(hook.name);
        if !own.is_some_and(|places| places.is_announced && !places.is_given) {
            return false;
        }
        self.with(hook.body, true) != Condition::TRUE
    }

    /// Whether the feature is on in some configuration, as far as that is known.
    fn can_be_on(&mut self) -> bool {
        if let Some(known) = self.can_be_on {
            return known;
        }
        let question = self.question(Condition::TRUE, Some(true));
        let can = !matches!(self.asker.is_possible(&question), Ok(false));
        *self.can_be_on.insert(can)
    }

    /// A bound of a condition that does not rest on what Kconfig does not decide.
    fn bound(&mut self, condition: Condition, upper: bool) -> Condition {
        let model = self.subject.model;
        self.conditions
            .bound(condition, upper, &|atom| is_unknown(model, atom))
    }

    /// A configuration with or without the feature in which a condition holds. The answer does not depend on what was asked
    /// before.
    fn example(&mut self, condition: Condition, feature: Option<bool>) -> Option<Example> {
        let question = self.question(condition, feature);
        self.example_of(&question)
    }

    /// A configuration in which all of a question holds.
    fn example_of(&self, question: &solve::Question) -> Option<Example> {
        let mut solver = Solver::new(self.subject.model);
        match question::ask(&mut solver, question) {
            Finding::Possible(example) => Some(example),
            _ => None,
        }
    }

    fn question(&mut self, condition: Condition, feature: Option<bool>) -> solve::Question {
        let model = self.subject.model;
        let condition = match (self.marker, feature) {
            (Some(marker), Some(true)) => self.conditions.and(condition, marker),
            (Some(marker), Some(false)) => self.conditions.and_not(condition, marker),
            _ => condition,
        };
        let feature = feature.filter(|_| self.marker.is_none());
        let formula = proof::formula_of(model, &self.conditions, condition);
        let mut question = solve::Question::new().and_formula(formula);
        if let Some(feature) = feature {
            let mut on = Formula::new();
            let terms = self.subject.spec.kconfig.iter().map(|term| {
                let value = if term.negated { Value::No } else { Value::On };
                on.add(match model.find(&term.symbol) {
                    Some(symbol) => Node::Literal(Literal::new(symbol, value)),
                    None => Node::Constant(term.negated),
                })
            });
            let terms = terms.collect();
            let any = on.add(Node::Or(terms));
            on.add(match feature {
                true => Node::And(vec![any]),
                false => Node::Not(any),
            });
            question = question.and_formula(on);
        }
        question
    }
}

/// The hook and those that may take its place.
fn alternatives<'h, 'a>(
    hooks: &'h [Hook<'a>],
    hook: &'h Hook<'a>,
) -> impl Iterator<Item = &'h Hook<'a>> {
    let others = hooks.iter().filter(|other| {
        hook.spec.group.is_some() && other.spec.group == hook.spec.group && other.name != hook.name
    });
    std::iter::once(hook).chain(others)
}

/// Whether Kconfig says nothing about an atom.
pub(in crate::check) fn is_unknown(model: &Model, atom: &Atom) -> bool {
    let type_of = |name: &str| {
        let symbol = model.find(name)?;
        model.symbol(symbol).type_
    };
    match atom {
        Atom::Macro(_) | Atom::Opaque(_) => true,
        Atom::Comparison { name, .. } => {
            let symbol = name.strip_prefix("CONFIG_");
            symbol.and_then(type_of) != Some(Type::Int)
        }
        Atom::Builtin(name) | Atom::Module(name) => {
            !matches!(type_of(name), Some(Type::Bool | Type::Tristate))
        }
    }
}

#[cfg(test)]
mod tests;
