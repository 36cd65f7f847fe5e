//! Owns whether one architecture keeps a contract: whether everything that is built in some configuration finds each hook that
//! it uses.
//!
//! For each hook three conditions are worked out: when the headers declare it, when something gives it a body (a macro, an
//! inline function, an object that is built), and when code that is built uses it. The solver then looks for a configuration
//! in which a use finds no hook. Where a condition is not known for sure it is taken so that nothing is reported. Before a
//! finding is given, the unit of the use itself is preprocessed, for it may have the hook from another header.

use rustc_hash::FxHashMap;

use crate::arch;
use crate::check::error::CheckError;
use crate::check::feature::code::{Body, Code, Use};
use crate::check::feature::fallback::with_feature;
use crate::check::feature::headers;
use crate::check::support::formula::off_on;
use crate::check::support::proof;
use crate::check::support::question::{self, Example, Finding};
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Definition, Presence, Question, presence};
use crate::cpp::wanted::Wanted;
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kbuild::Gate;
use crate::kconfig::model::{Model, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{self, Formula, Literal, Node, Solver, Value};

/// How many uses of a hook are looked at one by one before nothing is said about it.
const MAX_USES: usize = 12;

/// How one architecture breaks a contract. Everything is empty where it keeps it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// Whether the contract was looked at. It is not where the spec's wrappers and nothing else use the hooks: then
    /// [`crate::check::support::proof`] answers.
    pub is_open: bool,
    /// Hooks that are used and not there while the symbol is on, in the order of the spec.
    pub missing: Vec<Missing>,
    /// Hooks that are not there while the symbol is on, and that nothing that is known to be built uses.
    pub unused: Vec<String>,
    /// Hooks that are used and not there while the symbol is off.
    pub no_fallback: Vec<Missing>,
    /// Hooks that two headers define in the same configuration.
    pub twice: Vec<Twice>,
    /// The architecture's own definitions of all hooks, where it never turns the symbol on and nothing but the feature uses them.
    pub idle: Vec<Location>,
    /// The first place of each hook that the architecture has: what `matrix` shows.
    pub kept: Vec<Location>,
}

/// A hook that is used and not there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing {
    /// The hook.
    pub hook: String,
    /// Where it is used.
    pub used: Location,
    /// A configuration in which that is so.
    pub example: Example,
    /// Where it is declared in that configuration: then only its body is missing.
    pub declared: Option<Location>,
    /// The line of a list that leaves the object with the body out.
    pub gate: Option<(Gate, Location)>,
    /// Where it is there under another condition.
    pub elsewhere: Option<(Location, Option<String>)>,
}

/// A hook with two definitions in one configuration.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Twice {
    /// The hook.
    pub hook: String,
    /// The architecture's definition, then the other one.
    pub places: [Location; 2],
    /// A configuration in which both are there.
    pub example: Example,
}

/// What is asked about.
pub struct Subject<'a, 't> {
    /// The files.
    pub cache: &'a Cache<'t>,
    /// The architecture.
    pub model: &'a Model,
    /// The contract.
    pub spec: &'a Spec,
    /// The hooks of all features.
    pub names: &'a Wanted,
    /// What generic code does with the hooks.
    pub generic: &'a Code,
    /// What the code of the architecture does with them.
    pub own: &'a Code,
}

/// Whether generic code does more with the hooks of a feature than to call them in the feature's wrappers: then a hook is
/// needed only where something uses it. `answer` is what the headers of some architecture define.
pub fn is_open(spec: &Spec, generic: &Code, answer: &Presence) -> bool {
    if spec.hooks.is_empty() || spec.entry_header.is_none() {
        return false;
    }
    if spec.wrappers.is_empty() {
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

/// The conditions of one hook.
struct Hook<'a> {
    name: &'a str,
    /// The macros, functions and others that stand for it, with their conditions in headers.
    definitions: Vec<(Condition, &'a Definition)>,
    /// When a header gives it a body, or it needs none.
    real: Condition,
    /// When a header declares it.
    declared: Condition,
    /// When an object holds its body.
    body: Condition,
    uses: Vec<(Condition, &'a Use)>,
    bodies: Vec<&'a Body>,
}

/// Looks whether the architecture keeps the contract.
///
/// # Errors
///
/// The tree cannot be read.
pub fn facts(
    subject: &Subject<'_, '_>,
    answer: &Presence,
    solver: &mut Solver<'_>,
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
    if !facts.is_open || answer.reached.is_some() || symbols.is_empty() || model.unread.is_some() {
        return Ok(facts);
    }
    let mut conditions = answer.conditions.clone();
    let hooks = hooks(subject, answer, &mut conditions);
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
    let can_change = symbols.iter().any(|&symbol| can_be_on(model, symbol));
    let is_negated = spec.kconfig.iter().any(|term| term.negated);
    let mut search = Search {
        subject,
        conditions,
        solver,
    };
    for hook in &hooks {
        if can_change || is_negated {
            match search.lacking(hook, true)? {
                Lacking::No => {}
                Lacking::Used(missing) => facts.missing.push(*missing),
                Lacking::Unused => facts.unused.push(hook.name.to_owned()),
            }
        }
        if !is_negated && let Lacking::Used(missing) = search.lacking(hook, false)? {
            facts.no_fallback.push(*missing);
        }
        facts.twice.extend(search.twice(hook));
    }
    // An architecture that borrows headers from another needs some of its hooks for the other's sake.
    let borrows = arch::header_arch(&model.srcarch) != &*model.srcarch;
    if !can_change && !is_negated && !borrows {
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
    // um has the objects of the architecture that it borrows from, and which those are is not looked at.
    let borrows = arch::header_arch(&model.srcarch) != &*model.srcarch;
    let mut hooks = Vec::new();
    for name in &spec.hooks {
        let mut hook = Hook {
            name,
            definitions: Vec::new(),
            real: Condition::FALSE,
            declared: Condition::FALSE,
            body: if borrows {
                Condition::TRUE
            } else {
                Condition::FALSE
            },
            uses: Vec::new(),
            bodies: Vec::new(),
        };
        for definition in answer.of(name) {
            let condition = conditions.assume(definition.condition, &is_off);
            if condition == Condition::FALSE {
                continue;
            }
            hook.definitions.push((condition, definition));
            match definition.kind {
                // The mark says nothing about what it stands for.
                Kind::SelfMacro | Kind::Member => continue,
                Kind::Prototype => {}
                Kind::Variable if is_extern(subject.cache, definition) => {}
                _ => hook.real = conditions.or(hook.real, condition),
            }
            hook.declared = conditions.or(hook.declared, condition);
        }
        for (code, imported) in [(generic, &mut from_generic), (own, &mut from_own)] {
            for body in code.places(name).map_or(&[][..], |places| &places.bodies) {
                let condition = conditions.import(&code.conditions, body.condition, imported);
                let condition = conditions.assume(condition, &is_off);
                hook.body = conditions.or(hook.body, condition);
                hook.bodies.push(body);
            }
        }
        for place in generic.places(name).map_or(&[][..], |places| &places.uses) {
            let arch = place.arch.as_deref();
            if arch.is_some_and(|arch| arch != &*model.srcarch) {
                continue;
            }
            let condition =
                conditions.import(&generic.conditions, place.condition, &mut from_generic);
            let condition = conditions.assume(condition, &is_off);
            if condition != Condition::FALSE {
                hook.uses.push((condition, place));
            }
        }
        hooks.push(hook);
    }
    hooks
}

/// Whether a variable is only declared, or bound to a register or an assembler name.
fn is_extern(cache: &Cache<'_>, definition: &Definition) -> bool {
    let Some(file) = cache.file(&definition.location.path) else {
        return false;
    };
    let text = &file.file.text;
    let before = text
        .get(..definition.location.start as usize)
        .unwrap_or_default();
    before[before.rfind([';', '}']).map_or(0, |at| at + 1)..].contains("extern")
}

/// Whether a hook is there where it is used.
enum Lacking {
    No,
    Used(Box<Missing>),
    /// It is not there, and nothing is known to use it.
    Unused,
}

struct Search<'a, 't, 's, 'm> {
    subject: &'a Subject<'a, 't>,
    conditions: Conditions,
    solver: &'s mut Solver<'m>,
}

impl Search<'_, '_, '_, '_> {
    /// Whether a hook may be missing while the feature is on, or off.
    fn lacking(&mut self, hook: &Hook<'_>, feature: bool) -> Result<Lacking, CheckError> {
        let spec = self.subject.spec;
        let conditions = &mut self.conditions;
        let with_body = conditions.and(hook.declared, hook.body);
        // Without the feature only what does not compile is looked for: a body may be left out by the compiler.
        let there = match feature {
            true => conditions.or(hook.real, with_body),
            false => hook.declared,
        };
        let known = |atom: &Atom| match spec.kconfig.len() {
            1 => with_feature(spec, atom, feature),
            _ => None,
        };
        let declared = conditions.assume(hook.declared, &known);
        let there = conditions.assume(there, &known);
        if there == Condition::TRUE {
            return Ok(Lacking::No);
        }
        let there = self.bound(there, true);
        let declared = self.bound(declared, true);
        let entry = spec.entry_header.as_deref().unwrap_or_default();
        let mut looked_at = 0;
        for &(condition, place) in &hook.uses {
            let is_evidence = place.is_certain
                || (&*place.location.path == entry && place.within_macro.is_none());
            if !is_evidence || looked_at >= MAX_USES {
                continue;
            }
            let used = self.conditions.assume(condition, &known);
            let used = self.bound(used, false);
            // An inline function that nobody calls needs no body of what it calls.
            let there = match place.is_certain {
                true => there,
                false => declared,
            };
            let bare = self.conditions.and_not(used, there);
            if !self.conditions.is_satisfiable(bare) {
                continue;
            }
            let question = self.question(bare, Some(feature));
            if matches!(self.solver.is_possible(&question), Ok(true)) {
                looked_at += 1;
                if let Some(missing) = self.confirm(hook, place, used, feature)? {
                    return Ok(Lacking::Used(Box::new(missing)));
                }
            }
        }
        // What no header and no object has at all is worth a note.
        Ok(match feature && there == Condition::FALSE {
            true => Lacking::Unused,
            false => Lacking::No,
        })
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
        let mut solver = Solver::new(self.subject.model);
        match question::ask(&mut solver, &question) {
            Finding::Possible(example) => Some(example),
            _ => None,
        }
    }

    fn question(&self, condition: Condition, feature: Option<bool>) -> solve::Question {
        let model = self.subject.model;
        let formula = proof::formula_of(model, &self.conditions, condition);
        let mut question = solve::Question::new().and_formula(formula);
        if let Some(feature) = feature {
            let mut on = Formula::new();
            let terms = self.subject.spec.kconfig.iter().filter_map(|term| {
                let symbol = model.find(&term.symbol)?;
                let value = if term.negated { Value::No } else { Value::On };
                Some(on.add(Node::Literal(Literal::new(symbol, value))))
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

    /// Looks whether the unit of a use has the hook from another header, or another directory its body.
    fn confirm(
        &mut self,
        hook: &Hook<'_>,
        place: &Use,
        used: Condition,
        feature: bool,
    ) -> Result<Option<Missing>, CheckError> {
        let &Subject { cache, model, .. } = self.subject;
        let known = |atom: &Atom| match self.subject.spec.kconfig.len() {
            1 => with_feature(self.subject.spec, atom, feature),
            _ => None,
        };
        let mut unit = presence(
            cache,
            &Question {
                srcarch: &model.srcarch,
                entry: &place.location.path,
                names: &[hook.name],
            },
        );
        if unit.reached.is_some() {
            return Ok(None);
        }
        let (mut real, mut declared) = (Vec::new(), Vec::new());
        for definition in unit.of(hook.name) {
            match definition.kind {
                Kind::SelfMacro | Kind::Member => continue,
                Kind::Prototype => {}
                Kind::Variable if is_extern(cache, definition) => {}
                _ => real.push(definition.condition),
            }
            declared.push(definition.condition);
        }
        let real = unit.conditions.any(real);
        let declared = unit.conditions.any(declared);
        let mut imported = FxHashMap::default();
        let conditions = &mut self.conditions;
        let mut here = |condition| {
            let condition = conditions.import(&unit.conditions, condition, &mut imported);
            let condition = conditions.assume(condition, &|atom| off_on(model, atom));
            conditions.assume(condition, &known)
        };
        let (real, declared) = (here(real), here(declared));
        let with_body = conditions.and(declared, hook.body);
        let there = match feature && place.is_certain {
            true => conditions.or(real, with_body),
            false => declared,
        };
        let there = self.bound(there, true);
        let bare = self.conditions.and_not(used, there);
        if !self.conditions.is_satisfiable(bare) {
            return Ok(None);
        }
        let Some(example) = self.example(bare, Some(feature)) else {
            return Ok(None);
        };
        if feature && may_be_elsewhere(self.subject, hook.name)? {
            return Ok(None);
        }
        let declared = hook
            .definitions
            .iter()
            .find(|(_, definition)| matches!(definition.kind, Kind::Prototype | Kind::Variable))
            .map(|(_, definition)| definition.location.clone());
        let gate = hook.bodies.iter().find_map(|body| {
            let gate = body.gate.clone()?;
            Some((gate, body.location.clone()))
        });
        let elsewhere = hook
            .definitions
            .iter()
            .find(|(_, definition)| definition.kind != Kind::SelfMacro)
            .map(|&(condition, definition)| {
                let text = (condition != Condition::TRUE)
                    .then(|| self.conditions.in_kconfig_style(condition));
                (definition.location.clone(), text)
            });
        Ok(Some(Missing {
            hook: hook.name.to_owned(),
            used: place.location.clone(),
            example,
            gate: gate.filter(|_| declared.is_some()),
            declared,
            elsewhere,
        }))
    }

    /// Two headers that define the hook in one configuration.
    fn twice(&mut self, hook: &Hook<'_>) -> Option<Twice> {
        let renames = hook
            .definitions
            .iter()
            .filter(|(_, definition)| matches!(definition.kind, Kind::Macro | Kind::FunctionMacro))
            .map(|&(condition, _)| condition);
        let renamed = self.conditions.any(renames.collect::<Vec<_>>());
        let functions: Vec<_> = hook
            .definitions
            .iter()
            .filter(|(_, definition)| definition.kind.has_body())
            .collect();
        for (index, (first, one)) in functions.iter().enumerate() {
            for (second, other) in &functions[index + 1..] {
                if one.location.path == other.location.path {
                    continue;
                }
                let both = self.conditions.and(*first, *second);
                let both = self.conditions.and_not(both, renamed);
                let both = self.bound(both, false);
                if !self.conditions.is_satisfiable(both) {
                    continue;
                }
                let question = self.question(both, None);
                if !matches!(self.solver.is_possible(&question), Ok(true))
                    || !self.is_twice_in_unit(hook, one, other)
                {
                    continue;
                }
                if let Some(example) = self.example(both, None) {
                    let mut places = [one.location.clone(), other.location.clone()];
                    places.sort_by_key(|place| !place.path.starts_with("arch/"));
                    return Some(Twice {
                        hook: hook.name.to_owned(),
                        places,
                        example,
                    });
                }
            }
        }
        None
    }

    /// Whether the entry header alone has both definitions in one configuration.
    fn is_twice_in_unit(&mut self, hook: &Hook<'_>, one: &Definition, other: &Definition) -> bool {
        let model = self.subject.model;
        let entry = self
            .subject
            .spec
            .entry_header
            .as_deref()
            .unwrap_or_default();
        let mut unit = headers::defined(self.subject.cache, &model.srcarch, &[entry], &[hook.name]);
        let when = |unit: &Presence, definition: &Definition| {
            let mut found = unit.of(hook.name);
            let found = found.find(|found| found.location == definition.location);
            found.map_or(Condition::FALSE, |found| found.condition)
        };
        let (first, second) = (when(&unit, one), when(&unit, other));
        let both = unit.conditions.and(first, second);
        let both = unit.conditions.assume(both, &|atom| off_on(model, atom));
        let mut imported = FxHashMap::default();
        let both = self
            .conditions
            .import(&unit.conditions, both, &mut imported);
        let both = self.bound(both, false);
        if !self.conditions.is_satisfiable(both) {
            return false;
        }
        let question = self.question(both, None);
        matches!(self.solver.is_possible(&question), Ok(true))
    }

    /// The architecture's own definitions, where it has all hooks and nothing uses them because the symbol is never on.
    fn idle(&mut self, hooks: &[Hook<'_>]) -> Vec<Location> {
        let &Subject {
            model, spec, own, ..
        } = self.subject;
        let is_own = |place: &Location| arch::is_own_file(&model.srcarch, &place.path);
        let on = |atom: &Atom| with_feature(spec, atom, true);
        let off = |atom: &Atom| with_feature(spec, atom, false);
        let mut found = Vec::new();
        for hook in hooks {
            let mut place = None;
            let mut is_guarded = true;
            for &(condition, definition) in &hook.definitions {
                let is_real = !matches!(
                    definition.kind,
                    Kind::SelfMacro | Kind::Member | Kind::Prototype
                );
                if !is_real || !is_own(&definition.location) {
                    continue;
                }
                let with = self.conditions.assume(condition, &on);
                if !self.conditions.is_satisfiable(with) {
                    continue;
                }
                place.get_or_insert_with(|| definition.location.clone());
                let without = self.conditions.assume(condition, &off);
                is_guarded &= !self.conditions.is_satisfiable(without);
            }
            let bodies = own
                .places(hook.name)
                .map_or(&[][..], |places| &places.bodies);
            if let (None, Some(body)) = (&place, bodies.first()) {
                place = Some(body.location.clone());
                is_guarded = false;
            }
            let Some(place) = place else {
                return Vec::new();
            };
            // The architecture may have them for itself.
            let own_uses = own.places(hook.name).map_or(&[][..], |places| &places.uses);
            if !is_guarded && !own_uses.is_empty() {
                return Vec::new();
            }
            let has_uses = !hook.uses.is_empty();
            for &(condition, _) in hook.uses.iter().filter(|_| !is_guarded) {
                let used = self.conditions.assume(condition, &off);
                if self.conditions.is_satisfiable(used) {
                    let question = self.question(used, Some(false));
                    if !matches!(self.solver.is_possible(&question), Ok(false)) {
                        return Vec::new();
                    }
                }
            }
            if !is_guarded && !has_uses {
                return Vec::new();
            }
            found.push(place);
        }
        found
    }
}

/// Whether Kconfig says nothing about an atom.
fn is_unknown(model: &Model, atom: &Atom) -> bool {
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

/// Whether a source file that was not searched, or a macro of the architecture, may hold the body of a hook.
fn may_be_elsewhere(subject: &Subject<'_, '_>, name: &str) -> Result<bool, CheckError> {
    let &Subject {
        cache,
        model,
        names: wanted,
        ..
    } = subject;
    let words = wanted.names();
    let tree = cache.tree();
    let own = format!("arch/{}", model.srcarch);
    for directory in ["drivers", "net", "sound", "tools/lib", "certs"] {
        if tree.list(directory).is_err() {
            continue;
        }
        let is_source = |path: &str| path.ends_with(".c") || path.ends_with(".S");
        for path in tree.walk(directory, &is_source)? {
            if !cache.holds(&path, wanted)? {
                continue;
            }
            let Some(indexed) = cache.file(&path) else {
                continue;
            };
            let sightings = indexed.sightings(wanted);
            let mut sightings = sightings.iter().filter(|place| words[place.name] == name);
            if sightings.any(|sighting| {
                matches!(sighting.kind, Kind::Function { .. } | Kind::Variable)
                    || (sighting.kind == Kind::Use && sighting.within.is_none())
            }) {
                return Ok(true);
            }
        }
    }
    // A body in assembler may stand in a string of C.
    for path in tree.walk(&own, &|path| path.ends_with(".c"))? {
        if !cache.holds(&path, wanted)? {
            continue;
        }
        let text = tree.read_text(&path)?;
        let in_string = text.match_indices(name).any(|(at, _)| {
            let line = &text[text[..at].rfind('\n').map_or(0, |newline| newline + 1)..at];
            line.matches('"').count() % 2 == 1
        });
        if in_string {
            return Ok(true);
        }
    }
    // A macro of another file may paste the name together.
    let is_code = |path: &str| path.ends_with(".h") || path.ends_with(".c");
    let mut rests: Vec<String> = Vec::new();
    let paths = tree.walk(&own, &is_code)?;
    let pastes = cache.wanted(&["##"]);
    for path in &paths {
        if !cache.holds(path, &pastes)? {
            continue;
        }
        let text = tree.read_text(path)?;
        for (at, _) in text.match_indices("##") {
            let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
            let before = text[..at].trim_end();
            let prefix = &before[before.trim_end_matches(is_word).len()..];
            let behind = text[at + 2..].trim_start();
            let suffix = &behind[..behind.find(|c| !is_word(c)).unwrap_or(behind.len())];
            let rest = (prefix.len() > 2)
                .then(|| name.strip_prefix(prefix))
                .flatten();
            rests.extend(rest.map(str::to_owned));
            let rest = (suffix.len() > 2)
                .then(|| name.strip_suffix(suffix))
                .flatten();
            rests.extend(rest.map(str::to_owned));
        }
    }
    rests.retain(|rest| rest.len() > 1);
    rests.sort_unstable();
    rests.dedup();
    let rests: Vec<&str> = rests.iter().map(String::as_str).collect();
    if rests.is_empty() {
        return Ok(false);
    }
    let wanted = cache.wanted(&rests);
    for path in &paths {
        if cache.holds(path, &wanted)? && !wanted.words_in(&tree.read(path)?).is_empty() {
            return Ok(true);
        }
    }
    Ok(false)
}
