//! Owns the signs that a spec is at fault and not the architecture: that the architecture has a hook whether the feature is on or
//! not, and that generic code has it, so that no architecture can.

use super::{Hook, Search, Subject};
use crate::arch;
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::occurrence::Kind;
use crate::diag::Location;

impl Search<'_, '_, '_, '_, '_> {
    /// Where the architecture defines a hook for itself whether the feature is on or not.
    pub(super) fn always(&mut self, hook: &Hook<'_>) -> Option<Location> {
        let &Subject { model, own, .. } = self.subject;
        if hook.spec.shared || hook.spec.without || hook.spec.optional {
            return None;
        }
        for &(condition, definition) in &hook.definitions {
            let is_own = arch::is_own_file(&model.srcarch, &definition.location.path);
            let is_real = hook.is_provided_by(definition) && definition.kind != Kind::Prototype;
            if is_own && is_real && self.with(condition, false) == Condition::TRUE {
                return Some(definition.location.clone());
            }
        }
        let bodies = own
            .places(hook.name)
            .map_or(&[][..], |places| &places.bodies);
        let mut conditions = own.conditions.clone();
        let body = bodies.iter().find(|body| {
            let off = |atom: &Atom| self.known(atom, false);
            // Where it is not known when an object is built, nothing is said.
            body.is_certain && conditions.assume(body.condition, &off) == Condition::TRUE
        });
        body.map(|body| body.location.clone())
    }

    /// Where generic code defines a hook in every configuration with the feature, so that an architecture cannot.
    pub(super) fn generic(&mut self, hook: &Hook<'_>) -> Option<Location> {
        let &Subject { model, cache, .. } = self.subject;
        let is_own = |place: &Location| !place.path.starts_with("include/");
        let mut definitions = hook.definitions.iter();
        if hook.spec.shared
            || definitions.any(|(_, definition)| {
                is_own(&definition.location) || definition.kind == Kind::SelfMacro
            })
        {
            return None;
        }
        let own = self.subject.own.places(hook.name);
        if own.is_some_and(|places| !places.bodies.is_empty())
            || arch::header_arch(&model.srcarch) != &*model.srcarch
        {
            return None;
        }
        for &(condition, definition) in &hook.definitions {
            if !definition.kind.has_body()
                || definition.location.path.starts_with("include/asm-generic/")
                || self.with(condition, true) != Condition::TRUE
            {
                continue;
            }
            let file = cache.file(&definition.location.path)?;
            let mut local = Conditions::new();
            let condition = file
                .file
                .condition_at(definition.location.start, &mut local);
            let is_override = |atom: &&Atom| matches!(atom, Atom::Macro(_));
            if !local.atoms(condition).iter().any(is_override) {
                return Some(definition.location.clone());
            }
        }
        None
    }
}
