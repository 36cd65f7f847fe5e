//! Owns the second look at a use that seems to find no hook: whether its unit has the hook from another header, or another directory
//! its body; and what is said of it if not.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::makefiles::closed_gate;
use super::named::is_named;
use super::{Hook, Missing, Search, Subject, alternatives};
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Use};
use crate::check::feature::headers;
use crate::check::support::formula::off_on;
use crate::check::support::question::Example;
use crate::cpp::condition::Condition;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Presence, Question, presence};
use crate::feature::hook as spec;
use crate::kbuild;

impl Search<'_, '_, '_, '_, '_> {
    /// A configuration in which a condition holds and a use is compiled.
    fn example_in(
        &mut self,
        hooks: &[Hook<'_>],
        place: &Use,
        caller: Option<&Use>,
        bare: Condition,
        feature: bool,
    ) -> Result<Option<Example>, CheckError> {
        match caller {
            Some(caller) => {
                let lists = kbuild::Lists::new(self.subject.cache.tree());
                Ok(self.through(&lists, &caller.location.path, place, bare, feature))
            }
            None if place.is_certain => Ok(self.example(bare, Some(feature))),
            None => self.compiled(hooks, place, bare, feature),
        }
    }

    /// Looks whether the unit of a use has the hook from another header, or another directory its body. The unit of a use in an inline
    /// function is that of `caller`.
    pub(super) fn confirm(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        place: &Use,
        caller: Option<&Use>,
        used: Condition,
        feature: bool,
    ) -> Result<Option<Missing>, CheckError> {
        let &Subject { cache, model, .. } = self.subject;
        let source = &caller.unwrap_or(place).location.path;
        let is_certain = caller.is_some() || place.is_certain;
        let Some(there) = self.in_unit(hooks, hook, source, (feature, is_certain)) else {
            return Ok(None);
        };
        let mut bare = self.conditions.and_not(used, there);
        if !self.conditions.is_satisfiable(bare) {
            return Ok(None);
        }
        let example = self.example_in(hooks, place, caller, bare, feature)?;
        let Some(mut example) = example else {
            return Ok(None);
        };
        let mut bodies = hook.bodies.iter().map(|(_, body)| body);
        let unlisted = bodies.find(|body| body.is_unlisted);
        if feature {
            if unlisted.is_some_and(|body| is_named(cache, &model.srcarch, &body.location.path)) {
                return Ok(None);
            }
            let elsewhere = self.elsewhere(hook.name)?;
            if elsewhere != Condition::FALSE {
                let elsewhere = self.bound(elsewhere, true);
                bare = self.conditions.and_not(bare, elsewhere);
                let narrower = match self.conditions.is_satisfiable(bare) {
                    true => self.example_in(hooks, place, caller, bare, feature)?,
                    false => None,
                };
                let Some(narrower) = narrower else {
                    return Ok(None);
                };
                example = narrower;
            }
        }
        let declared = hook
            .definitions
            .iter()
            .find(|(_, definition)| matches!(definition.kind, Kind::Prototype | Kind::Variable))
            .map(|(_, definition)| definition.location.clone());
        let gate = closed_gate(hook.bodies.iter().map(|(_, body)| *body), &example);
        // One that need not be closed is not to blame.
        let gate = gate.filter(|(gate, _)| {
            let is_open = code::either(&mut self.conditions, &gate.symbol);
            let is_open = self.conditions.assume(is_open, &|atom| off_on(model, atom));
            let with_it = self.conditions.and(bare, is_open);
            !self.is_possible(with_it, feature)
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
            is_used: true,
            example,
            gate: gate.filter(|_| declared.is_some()),
            unlisted: unlisted.map(|body| body.location.clone()),
            declared,
            elsewhere,
        }))
    }

    /// When a source file has a hook from all that it includes; `None` where that is not known. Many uses stand in one file, and the answer
    /// for all of them is the same.
    pub(super) fn in_unit(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        source: &Arc<str>,
        (feature, is_certain): (bool, bool),
    ) -> Option<Condition> {
        let key = (Box::from(hook.name), source.clone(), feature, is_certain);
        if let Some(known) = self.units.get(&key) {
            return *known;
        }
        let found = self.look_in_unit(hooks, hook, source, (feature, is_certain));
        self.units.insert(key, found);
        found
    }

    fn look_in_unit(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        source: &Arc<str>,
        (feature, is_certain): (bool, bool),
    ) -> Option<Condition> {
        let &Subject { cache, model, .. } = self.subject;
        let alternatives: Vec<&Hook<'_>> = alternatives(hooks, hook).collect();
        let (mut unit, is_whole) = self.unit(hooks, &alternatives, source)?;
        let mut imported = FxHashMap::default();
        let mut there = Condition::FALSE;
        for one in alternatives {
            let (mut real, mut declared, mut announced) = (Vec::new(), Vec::new(), Vec::new());
            for definition in unit.of(one.name) {
                if definition.kind == Kind::SelfMacro {
                    announced.push(definition.condition);
                }
                if !one.is_provided_by(definition) {
                    continue;
                }
                if one.is_whole(cache, definition) {
                    real.push(definition.condition);
                }
                declared.push(definition.condition);
            }
            let mut here = |of_unit: Vec<Condition>| {
                let condition = unit.conditions.any(of_unit);
                let conditions = &mut self.conditions;
                let condition = conditions.import(&unit.conditions, condition, &mut imported);
                let condition = conditions.assume(condition, &|atom| off_on(model, atom));
                self.with(condition, feature)
            };
            let (real, mut declared, announced) = (here(real), here(declared), here(announced));
            let conditions = &mut self.conditions;
            // Assembler needs no declaration.
            if one.spec.kind == spec::Kind::Assembler || source.ends_with(".S") {
                declared = Condition::TRUE;
            }
            let with_body = conditions.and(declared, one.body);
            let of_one = match (feature || one.spec.without) && is_certain {
                true => conditions.or(real, with_body),
                false => declared,
            };
            there = conditions.or(there, of_one);
            if one.spec.optional {
                let silent = conditions.not(announced);
                there = conditions.or(there, silent);
            }
        }
        if is_whole {
            self.presences.insert(source.clone(), unit);
        }
        Some(self.bound(there, true))
    }

    /// Where a source file has the hooks: all of them, or some where all are too much, and whether it is all; `None` where even some are.
    fn unit(
        &mut self,
        hooks: &[Hook<'_>],
        some: &[&Hook<'_>],
        source: &Arc<str>,
    ) -> Option<(Presence, bool)> {
        if let Some(known) = self.presences.remove(source) {
            return Some((known, true));
        }
        let &Subject { cache, model, .. } = self.subject;
        let entry = headers::entry_path(cache, &model.srcarch, source);
        let of = |names: &[&str]| {
            let found = presence(
                cache,
                &Question {
                    srcarch: &model.srcarch,
                    entry: &entry,
                    names,
                },
            );
            found.reached.is_none().then_some(found)
        };
        let all: Vec<&str> = hooks.iter().map(|one| one.name).collect();
        if let Some(found) = of(&all) {
            return Some((found, true));
        }
        let some: Vec<&str> = some.iter().map(|one| one.name).collect();
        Some((of(&some)?, false))
    }
}
