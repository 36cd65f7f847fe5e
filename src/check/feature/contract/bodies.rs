//! Owns the bodies of hooks that only a feature's wrappers use: those that a header of the architecture promises, and no object holds.
//! Whether the headers have the hooks at all is for [`crate::check::support::proof`].

use super::{Hook, Lacking, Missing, Search};
use crate::check::error::CheckError;

impl Search<'_, '_, '_, '_, '_> {
    /// The hooks that something uses where a header only declares them, and where no object has their body.
    pub(super) fn without_body(
        &mut self,
        mut hooks: Vec<Hook<'_>>,
    ) -> Result<Vec<Missing>, CheckError> {
        for hook in &mut hooks {
            let conditions = &mut self.conditions;
            let promised = conditions.and_not(hook.declared, hook.real);
            for (condition, _) in hook.uses.iter_mut().chain(&mut hook.own_uses) {
                *condition = conditions.and(*condition, promised);
            }
        }
        let mut missing = Vec::new();
        for hook in hooks.iter().filter(|hook| hook.declared != hook.real) {
            if let Lacking::Used(found) = self.lacking(&hooks, hook, true)?
                && found.declared.is_some()
            {
                missing.push(*found);
            }
        }
        Ok(missing)
    }
}
