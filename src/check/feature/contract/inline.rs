//! Owns uses of a hook that come into a source file from another one: what an inline function of a header calls needs a body where
//! something that is built calls the function, and a source file may be a part of another.

use rustc_hash::FxHashMap;

use super::named::includers;
use super::{Hook, MAX_USES, Missing, Search, is_of_kind};
use crate::check::error::CheckError;
use crate::check::feature::code::{self, Use};
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Atom, Condition};
use crate::feature::hook::Kind;

/// The macros that are defined where the assembler reads a file.
const ASSEMBLER: [&str; 2] = ["__ASSEMBLY__", "__ASSEMBLER__"];

impl Search<'_, '_, '_, '_, '_> {
    /// The condition of a use where the compiler reads it, which does not define what says that the assembler does (`Makefile`:
    /// `KBUILD_AFLAGS`).
    pub(super) fn for_compiler(&mut self, condition: Condition, place: &Use) -> Condition {
        if place.location.path.ends_with(".S") {
            return condition;
        }
        let known = |atom: &Atom| match atom {
            Atom::Macro(name) => ASSEMBLER.contains(&&**name).then_some(false),
            _ => None,
        };
        self.conditions.assume(condition, &known)
    }

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
            let used = self.for_compiler(used, place);
            let used = self.bound(used, false);
            let bare = self.conditions.and_not(used, there);
            if !self.is_possible(bare, true) {
                continue;
            }
            let code = code::generic(cache, &cache.wanted(&[function]))?;
            let callers = code.places(function).map_or(&[][..], |places| &places.uses);
            // A file has a function from a header or defines it for itself, not both.
            let callers = callers.iter().filter(|caller| {
                (caller.is_certain || caller.is_certain_but_own)
                    && caller.may_be_of(&model.srcarch)
                    && is_call(cache, caller)
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

    /// When the makefiles build a source file, by itself or as a part of another one, and which file the compiler reads then; `None` where
    /// that is not known.
    pub(super) fn built_with(&mut self, source: &str) -> Option<(Condition, String)> {
        let built = (self.built)(source, &mut self.conditions);
        if let Some(built) = built.filter(|&built| built != Condition::FALSE) {
            return Some((built, source.to_owned()));
        }
        includers(self.subject.cache, source)
            .into_iter()
            .find_map(|includer| {
                let built = (self.built)(&includer, &mut self.conditions)?;
                (built != Condition::FALSE).then_some((built, includer))
            })
    }
}

/// Whether a use is the call of a function: a word may also be a member or the name of a type.
fn is_call(cache: &Cache<'_>, place: &Use) -> bool {
    let Some(file) = cache.file(&place.location.path) else {
        return false;
    };
    let behind = file.file.text.get(place.location.end as usize..);
    behind.is_some_and(|behind| behind.trim_start().starts_with('('))
        && is_of_kind(cache, Kind::Function, place)
}
