//! Owns what an architecture lacks although nothing has to use it, because the spec asks for it: required headers, and fallbacks.

use rustc_hash::FxHashMap;

use super::{Hook, Missing, Search, Subject};
use crate::check::error::CheckError;
use crate::check::feature::required;
use crate::check::support::formula::off_on;
use crate::check::support::question::Example;
use crate::cpp::condition::Condition;
use crate::diag::Location;

impl Search<'_, '_, '_, '_, '_> {
    /// That the name is not there without the feature, although the spec says that generic code defines it then. Where it would not be
    /// there with the feature either, as under `#ifdef CONFIG_PCI`, nobody can use it.
    pub(super) fn no_fallback(&mut self, hook: &Hook<'_>) -> Option<Missing> {
        let mut definitions = hook.definitions.iter();
        let (_, with) = definitions.find(|(_, definition)| hook.is_provided_by(definition))?;
        let wanted = self.with(hook.declared, true);
        let wanted = self.bound(wanted, false);
        let declared = self.with(hook.declared, false);
        let declared = self.bound(declared, true);
        let bare = self.conditions.and_not(wanted, declared);
        if !self.conditions.is_satisfiable(bare) {
            return None;
        }
        Some(Missing {
            hook: hook.name.to_owned(),
            used: with.location.clone(),
            is_used: false,
            example: self.example(bare, Some(false))?,
            declared: None,
            gate: None,
            elsewhere: None,
        })
    }

    /// The headers that the spec requires and the architecture lacks.
    pub(super) fn no_header(
        &mut self,
    ) -> Result<Vec<(String, Option<Location>, Example)>, CheckError> {
        let &Subject {
            cache, model, spec, ..
        } = self.subject;
        let mut lacking = Vec::new();
        for header in &spec.required_headers {
            if required::has_header(cache, &model.srcarch, header) {
                continue;
            }
            let (conditions, places) = required::includes(cache, header)?;
            let mut imported = FxHashMap::default();
            let mut found = None;
            for (place, condition) in places {
                let condition = self
                    .conditions
                    .import(&conditions, condition, &mut imported);
                let own = &mut self.conditions;
                let condition = own.assume(condition, &|atom| off_on(model, atom));
                let condition = self.with(condition, true);
                let condition = self.bound(condition, false);
                if self.conditions.is_satisfiable(condition)
                    && let Some(example) = self.example(condition, Some(true))
                {
                    found = Some((Some(place), example));
                    break;
                }
            }
            let found = found.or_else(|| {
                let example = self.example(Condition::TRUE, Some(true))?;
                Some((None, example))
            });
            if let Some((place, example)) = found {
                lacking.push((header.to_string(), place, example));
            }
        }
        Ok(lacking)
    }
}
