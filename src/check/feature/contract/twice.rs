//! Owns hooks that two headers define in one configuration.

use rustc_hash::FxHashMap;

use super::{Hook, Search, Twice};
use crate::check::feature::headers;
use crate::check::support::formula::off_on;
use crate::cpp::condition::Condition;
use crate::cpp::occurrence::Kind;
use crate::cpp::presence::{Definition, Presence};

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
