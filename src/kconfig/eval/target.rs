//! Owns what the targets of `conf` do with a configuration: `allnoconfig`, `allyesconfig`, `listnewconfig`, …
//!
//! Follows `conf.c: conf_set_all_new_symbols` and `check_conf` (7.2).

use super::{Configuration, Tristate};
use crate::kconfig::model::Type;

/// What symbols get that the user said nothing about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NewValues {
    /// `allnoconfig`
    No,
    /// `allyesconfig`
    Yes,
    /// `allmodconfig`
    Mod,
    /// `alldefconfig`, `defconfig`
    Default,
}

impl Configuration<'_, '_> {
    /// Gives a value to every bool and tristate with a prompt that has none (`conf_set_all_new_symbols`).
    pub fn set_new(&mut self, values: NewValues) {
        let value = match values {
            NewValues::No => Some(Tristate::No),
            NewValues::Yes => Some(Tristate::Yes),
            NewValues::Mod => Some(Tristate::Mod),
            NewValues::Default => None,
        };
        if let Some(value) = value {
            for entry in &self.rules.model.entries {
                let (Some(symbol), Some(_)) = (entry.symbol, entry.prompt) else {
                    continue;
                };
                let logical = matches!(
                    self.rules.type_of(symbol),
                    Some(Type::Bool | Type::Tristate)
                );
                if !logical
                    || self.state(symbol).has_user
                    || self.rules.is_choice_value(symbol)
                    || self.rules.is_choice(symbol)
                {
                    continue;
                }
                let state = self.state_mut(symbol);
                state.user = value;
                state.has_user = true;
            }
        }
        self.clear_valid();
    }

    /// The symbols that the user can set and has not, each as a line of a `.config` (`listnewconfig`; `check_conf`).
    pub fn list_new(&mut self) -> Vec<u8> {
        let mut out = Vec::new();
        for index in 1..self.rules.model.entries.len() as u32 {
            let id = crate::kconfig::model::EntryId(index);
            let Some(symbol) = self.rules.model.entry(id).symbol else {
                continue;
            };
            if self.rules.model.entry(id).prompt.is_none() {
                continue;
            }
            self.calculate(symbol);
            if !self.state(symbol).has_user && self.is_changeable(symbol) {
                self.write_symbol(symbol, super::write::WriteNo::AsValue, &mut out);
            }
        }
        out
    }
}
