//! Owns hooks that an architecture has for nothing: it never turns the symbol on, and nothing else uses them.

use super::{Hook, MAX_USES, Search, Subject};
use crate::arch;
use crate::check::feature::code::Use;
use crate::check::feature::fallback::with_feature;
use crate::check::feature::headers;
use crate::check::support::formula::off_on;
use crate::cpp::condition::{Atom, Condition};
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Question, presence};
use crate::diag::Location;

impl Search<'_, '_, '_, '_, '_> {
    /// The architecture's own definitions, where it has all hooks and nothing uses them because the symbol is never on.
    pub(super) fn idle(&mut self, hooks: &[Hook<'_>]) -> Vec<Location> {
        let &Subject {
            model, spec, own, ..
        } = self.subject;
        let is_own = |place: &Location| arch::is_own_file(&model.srcarch, &place.path);
        let on = |atom: &Atom| with_feature(spec, atom, true);
        let off = |atom: &Atom| with_feature(spec, atom, false);
        let mut found = Vec::new();
        // Of hooks that stand for each other one is enough.
        let (mut groups, mut open_groups) = (Vec::new(), Vec::new());
        let own_alone = hooks
            .iter()
            .filter(|hook| hook.spec.with && !hook.spec.shared && !hook.spec.optional);
        for hook in own_alone {
            let mut place = None;
            let mut is_guarded = true;
            for &(condition, definition) in &hook.definitions {
                let is_real = hook.is_provided_by(definition) && definition.kind != Kind::Prototype;
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
            if place.is_none() {
                let mut bodies = hook.bodies.iter();
                if let Some((_, body)) = bodies.find(|(_, body)| is_own(&body.location)) {
                    place = Some(body.location.clone());
                }
                for &(condition, body) in &hook.bodies {
                    let without = self.conditions.assume(condition, &off);
                    is_guarded &= body.is_certain && !self.conditions.is_satisfiable(without);
                }
            }
            let group = hook.spec.group;
            let Some(place) = place else {
                match group {
                    Some(group) => open_groups.push(group),
                    None => return Vec::new(),
                }
                continue;
            };
            groups.extend(group);
            // The architecture may have them for itself.
            let own_uses = own.places(hook.name).map_or(&[][..], |places| &places.uses);
            if !is_guarded && !own_uses.is_empty() && self.compiles_one_of(hook, own_uses) {
                return Vec::new();
            }
            let has_uses = !hook.uses.is_empty();
            for &(condition, _) in hook.uses.iter().filter(|_| !is_guarded) {
                let used = self.conditions.assume(condition, &off);
                if self.conditions.is_satisfiable(used) {
                    let question = self.question(used, Some(false));
                    if !matches!(self.asker.is_possible(&question), Ok(false)) {
                        return Vec::new();
                    }
                }
            }
            if !is_guarded && !has_uses {
                return Vec::new();
            }
            found.push(place);
        }
        match open_groups.iter().all(|group| groups.contains(group)) {
            true => found,
            false => Vec::new(),
        }
    }

    /// Whether one of the architecture's own uses of a hook may find it declared while the feature is off. Where none does, it does
    /// not compile then, so the hook is not there for the architecture's own sake.
    fn compiles_one_of(&mut self, hook: &Hook<'_>, uses: &[Use]) -> bool {
        let &Subject { cache, model, .. } = self.subject;
        let declared = self.with(hook.declared, false);
        if uses.len() > MAX_USES || self.conditions.is_satisfiable(declared) {
            return true;
        }
        uses.iter().any(|place| {
            if !place.is_certain {
                return true;
            }
            let entry = headers::entry_path(cache, &model.srcarch, &place.location.path);
            let question = Question {
                srcarch: &model.srcarch,
                entry: &entry,
                names: &[hook.name],
            };
            let mut unit = presence(cache, &question);
            let found = unit.definitions.iter().map(|one| one.condition);
            let found: Vec<Condition> = found.collect();
            let declared = unit.conditions.any(found);
            let known = |atom: &Atom| self.known(atom, false).or(off_on(model, atom));
            let declared = unit.conditions.assume(declared, &known);
            unit.reached.is_some() || unit.conditions.is_satisfiable(declared)
        })
    }
}
