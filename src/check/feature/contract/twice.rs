//! Owns hooks that have two definitions in one configuration: in two headers, in a header and a source file, or in two source files.

use rustc_hash::FxHashMap;

use super::{Hook, Search, Subject, Twice, in_builtin, is_extern};
use crate::check::feature::code::Body;
use crate::check::feature::{headers, place};
use crate::check::support::formula::off_on;
use crate::cpp::cache::Cache;
use crate::cpp::condition::Condition;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Definition, Presence, Question, presence};
use crate::diag::Location;
use crate::kbuild;

impl Search<'_, '_, '_, '_, '_> {
    /// Two headers that define the hook in one configuration.
    pub(super) fn twice(&mut self, hook: &Hook<'_>) -> Option<Twice> {
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
                if !matches!(self.asker.is_possible(&question), Ok(true))
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

    /// A header and a source file that includes it, which both define the hook in one configuration: a fallback, and a body that is
    /// built although the feature is off.
    pub(super) fn twice_with_body(&mut self, hook: &Hook<'_>) -> Option<Twice> {
        let &Subject { cache, model, .. } = self.subject;
        let inlines = hook.definitions.iter();
        let inlines = inlines.filter(|(_, one)| one.kind.has_body() && !is_extern(cache, one));
        let inlines: Vec<_> = inlines.collect();
        for &(compiled, body) in &hook.bodies {
            for &&(condition, definition) in &inlines {
                let mut built = compiled;
                let both = self.conditions.and(condition, built);
                let both = self.bound(both, false);
                if definition.location.path == body.location.path
                    || !self.conditions.is_satisfiable(both)
                    || !is_function(cache, hook.name, body)
                {
                    continue;
                }
                let question = self.question(both, None);
                if !matches!(self.asker.is_possible(&question), Ok(true)) {
                    continue;
                }
                if !body.is_certain {
                    // To evaluate makefiles takes longer than all else.
                    let Some(of_object) = (self.built)(&body.location.path, &mut self.conditions)
                    else {
                        continue;
                    };
                    built = self.conditions.and(compiled, of_object);
                }
                // The includes of the source file itself decide, and its renames.
                let mut unit = presence(
                    cache,
                    &Question {
                        srcarch: &model.srcarch,
                        entry: &body.location.path,
                        names: &[hook.name],
                    },
                );
                if unit.reached.is_some() {
                    continue;
                }
                let (mut here, mut renamed) = (Condition::FALSE, Condition::FALSE);
                let found: Vec<Definition> = unit.of(hook.name).cloned().collect();
                for one in found {
                    let conditions = &mut unit.conditions;
                    if one.location == definition.location {
                        here = conditions.or(here, one.condition);
                    } else if one.kind.is_macro() {
                        renamed = conditions.or(renamed, one.condition);
                    }
                }
                let here = unit.conditions.and_not(here, renamed);
                let here = unit.conditions.assume(here, &|atom| off_on(model, atom));
                let mut imported = FxHashMap::default();
                let conditions = &mut self.conditions;
                let here = conditions.import(&unit.conditions, here, &mut imported);
                let both = conditions.and(here, built);
                let both = self.bound(both, false);
                if !self.conditions.is_satisfiable(both) {
                    continue;
                }
                if let Some(example) = self.example(both, None) {
                    return Some(Twice {
                        hook: hook.name.to_owned(),
                        places: [body.location.clone(), definition.location.clone()],
                        example,
                    });
                }
            }
        }
        None
    }

    /// Two functions that are linked together: a fallback of generic code that is not weak, and the architecture's own.
    pub(super) fn twice_in_objects(&mut self, hook: &Hook<'_>) -> Option<Twice> {
        let cache = self.subject.cache;
        let lists = kbuild::Lists::new(cache.tree());
        let is_meant = |body: &Body| body.is_certain && is_linked(&lists, &body.location.path);
        let bodies = hook.bodies.iter().filter(|(_, body)| is_meant(body));
        let (own, generic): (Vec<_>, Vec<_>) =
            bodies.partition(|(_, body)| body.location.path.starts_with("arch/"));
        for &&(first, body) in &own {
            for &&(second, other) in &generic {
                let both = self.conditions.and(first, second);
                // A module may have a function of any name.
                let both = self.conditions.assume(both, &in_builtin);
                let both = self.bound(both, false);
                if !self.conditions.is_satisfiable(both) {
                    continue;
                }
                let is_strong = |body: &Body| {
                    is_function(cache, hook.name, body) && !is_weak(cache, &body.location)
                };
                if !is_strong(body) || !is_strong(other) {
                    continue;
                }
                let question = self.question(both, None);
                if matches!(self.asker.is_possible(&question), Ok(true))
                    && self.stays_strong(hook, body)
                    && self.stays_strong(hook, other)
                    && let Some(example) = self.example(both, None)
                {
                    return Some(Twice {
                        hook: hook.name.to_owned(),
                        places: [body.location.clone(), other.location.clone()],
                        example,
                    });
                }
            }
        }
        None
    }

    /// Whether the function of a source file is what it looks like: no macro that it may see makes another name of the hook's, and no
    /// declaration makes it weak.
    fn stays_strong(&self, hook: &Hook<'_>, body: &Body) -> bool {
        let unit = presence(
            self.subject.cache,
            &Question {
                srcarch: &self.subject.model.srcarch,
                entry: &body.location.path,
                names: &[hook.name],
            },
        );
        let mut definitions = unit.of(hook.name);
        unit.reached.is_none()
            && definitions.all(|one| match one.kind {
                Kind::Macro | Kind::FunctionMacro => false,
                Kind::Prototype => !is_weak(self.subject.cache, &one.location),
                _ => true,
            })
    }

    /// Whether the entry header alone has both definitions in one configuration.
    pub(super) fn is_twice_in_unit(
        &mut self,
        hook: &Hook<'_>,
        one: &Definition,
        other: &Definition,
    ) -> bool {
        let model = self.subject.model;
        let entries = match &hook.spec.header {
            Some(header) => vec![&**header],
            None => {
                let mut entries = self.subject.spec.headers_on(&model.srcarch);
                entries.truncate(1);
                entries
            }
        };
        let mut unit = headers::defined(self.subject.cache, &model.srcarch, &entries, &[hook.name]);
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
        matches!(self.asker.is_possible(&question), Ok(true))
    }
}

/// Whether the objects of a source file's directory are linked into the kernel whole. Those of a library are taken where they are needed,
/// and what is for booting or for user space is linked apart.
fn is_linked(lists: &kbuild::Lists<'_>, path: &str) -> bool {
    let parts: Vec<&str> = path.split('/').collect();
    // The last are for code that runs before the kernel is where it should be, whose names get a prefix.
    let is_apart = |part: &&str| part.starts_with("vdso") || *part == "pi";
    match parts[..] {
        ["arch", _, "kernel" | "mm", ..] => !parts.iter().any(is_apart),
        ["lib", _] => lists.is_linked_whole(path),
        _ => matches!(
            parts.first(),
            Some(&("block" | "fs" | "init" | "kernel" | "mm"))
        ),
    }
}

/// Whether a function or its declaration says that the linker may take another one of the name in its place.
fn is_weak(cache: &Cache<'_>, at: &Location) -> bool {
    let Some(file) = cache.file(&at.path) else {
        return true;
    };
    let text = &*file.file.text;
    let behind = text.get(at.end as usize..).unwrap_or_default();
    let behind = &behind[..behind.find([';', '{']).unwrap_or(behind.len())];
    let mut words = place::words_before(&file.file, at.start);
    behind.contains("weak") || words.any(|word| word.contains("weak"))
}

/// Whether a source file holds a function there: a macro at file scope, an alias and a label of assembler may be something else.
fn is_function(cache: &Cache<'_>, name: &str, body: &Body) -> bool {
    if !body.location.path.ends_with(".c") {
        return false;
    }
    let Some(file) = cache.file(&body.location.path) else {
        return false;
    };
    let sightings = file.sightings(&cache.wanted(&[name]));
    let mut here = sightings
        .iter()
        .filter(|one| one.span.start == body.location.start);
    here.any(|one| one.kind.has_body())
}
