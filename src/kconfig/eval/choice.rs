//! Owns which member of a choice is set.
//!
//! Follows `symbol.c: sym_calc_choice` and `sym_choice_default` (6.12 to 7.2).

use super::{Configuration, Dialect, Tristate};
use crate::kconfig::model::{PropertyKind, SymbolId};

impl Configuration<'_, '_> {
    /// Computes the values of all visible members of a choice.
    pub(super) fn calculate_choice(&mut self, choice: u32) {
        let rules = self.rules;
        let inside = &rules.choices[choice as usize].inside;
        let members = self.recent[choice as usize].clone();
        // The member that the user set to `y` last; the visibility of later members is not computed here.
        let mut set = None;
        for &member in &members {
            self.calculate_visibility(member);
            let state = self.state(member);
            if state.visible != Tristate::No && state.has_user && state.user == Tristate::Yes {
                set = Some(member);
                break;
            }
        }
        let is_visible = |this: &Self, member| this.state(member).visible != Tristate::No;
        if set.is_none() {
            set = self.choice_default(choice).filter(|&member| {
                let state = self.state(member);
                !(state.has_user && state.user == Tristate::No)
            });
        }
        // Then the first one that the user said nothing about, then the one that was set to `n` longest ago.
        let set = set
            .or_else(|| {
                inside
                    .iter()
                    .copied()
                    .find(|&member| is_visible(self, member) && !self.state(member).has_user)
            })
            .or_else(|| {
                members
                    .iter()
                    .rev()
                    .copied()
                    .find(|&member| is_visible(self, member))
            });
        let round = self.round;
        for &member in inside {
            if is_visible(self, member) {
                let state = self.state_mut(member);
                state.value = Tristate::from_bool(Some(member) == set);
                state.valid_in = round;
                state.write = true;
            }
        }
    }

    /// The member that the user asked for last in the choice around a member, whether it is visible or not.
    pub fn picked(&self, member: SymbolId) -> Option<SymbolId> {
        let choice = self.rules.choice_of[member.index()]?;
        if self.rules.dialect == Dialect::OldChoices {
            return self.picked_in_old_choice(choice);
        }
        let mut members = self.recent[choice as usize].iter().copied();
        members.find(|&member| {
            let state = self.state(member);
            state.has_user && state.user == Tristate::Yes
        })
    }

    /// The members of the choice around a member, the one that the user set last first.
    pub fn members_as_read(&self, member: SymbolId) -> Option<Vec<SymbolId>> {
        let choice = self.rules.choice_of[member.index()]?;
        Some(self.recent[choice as usize].clone())
    }

    /// The member that is set where the user says nothing: the first visible default, then the first visible member.
    pub(super) fn choice_default(&mut self, choice: u32) -> Option<SymbolId> {
        let rules = self.rules;
        let model = rules.model;
        let choice = &rules.choices[choice as usize];
        for id in model.properties_of(choice.symbol) {
            let PropertyKind::Default(value) = model.property(id).kind else {
                continue;
            };
            if self.condition(id) == Tristate::No {
                continue;
            }
            if let Some(member) = self.only_symbol(value)
                && self.state(member).visible != Tristate::No
            {
                return Some(member);
            }
        }
        let visible = |&&member: &&SymbolId| self.state(member).visible != Tristate::No;
        choice.inside.iter().find(visible).copied()
    }
}
