//! Owns uses of a hook in inline functions of headers: what such a function calls needs a body where something that is built calls it.

use rustc_hash::FxHashMap;

use super::{Hook, MAX_USES, Missing, Search};
use crate::check::error::CheckError;
use crate::check::feature::code;
use crate::cpp::condition::Condition;

impl Search<'_, '_, '_, '_, '_> {
    /// A use of a hook in an inline function of a header that generic code calls in a configuration with the feature in which the hook
    /// is not there; `None` where none is known.
    pub(super) fn lacking_in_inline(
        &mut self,
        hooks: &[Hook<'_>],
        hook: &Hook<'_>,
        there: Condition,
    ) -> Result<Option<Missing>, CheckError> {
        let (cache, model) = (self.subject.cache, self.subject.model);
        for &(condition, place) in &hook.uses {
            let Some(function) = place.within_inline.as_deref() else {
                continue;
            };
            let used = self.with(condition, true);
            let used = self.bound(used, false);
            let bare = self.conditions.and_not(used, there);
            if !self.is_possible(bare, true) {
                continue;
            }
            let code = code::generic(cache, &cache.wanted(&[function]))?;
            let callers = code.places(function).map_or(&[][..], |places| &places.uses);
            // A file has a function from a header or defines it for itself, not both.
            let callers = callers.iter().filter(|caller| {
                (caller.is_certain || caller.is_certain_but_own) && caller.may_be_of(&model.srcarch)
            });
            let mut imported = FxHashMap::default();
            for caller in callers.take(MAX_USES) {
                let called = self.used(hook, &code, caller, &mut imported);
                let used = self.conditions.and(used, called);
                let bare = self.conditions.and(bare, called);
                if self.is_possible(bare, true)
                    && let Some(missing) =
                        self.confirm(hooks, hook, place, Some(caller), used, true)?
                {
                    return Ok(Some(missing));
                }
            }
        }
        Ok(None)
    }
}
