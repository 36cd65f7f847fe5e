//! Owns choices as they were until 6.10: symbols with a value of their own, which limits that of their members.
//!
//! Follows `menu.c: menu_finalize`, `symbol.c: sym_calc_choice`, `sym_calc_value`, `sym_calc_visibility`,
//! `confdata.c: conf_read_simple`, `conf_read` and `conf.c: conf_set_all_new_symbols` (6.1).

use rustc_hash::FxHashSet;

use super::read::WarningKind;
use super::shape::Shape;
use super::value::leading_number;
use super::{Choice, Configuration, Dialect, Evaluator, Tristate};
use crate::kconfig::model::{EntryId, EntryKind, Symbol, SymbolId, Type};

/// The members that a choice has and was given.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Chosen {
    /// The member that is set where the choice is `y` (`curr.val`).
    current: Option<SymbolId>,
    /// The member that the user set last (`def[S_DEF_USER].val`).
    by_user: Option<SymbolId>,
}

impl Evaluator<'_> {
    /// Finds the members of all choices and gives both the types that they have from each other.
    pub(super) fn find_old_choices(&mut self) {
        let entries = &self.model.entries;
        let is_choice = |id: EntryId| entries[id.index()].kind == EntryKind::Choice;
        // The type of a choice is that of its first member with one, members without one get that of the choice.
        for entry in entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Choice)
        {
            if let Some(symbol) = entry.symbol {
                self.types[symbol.index()] = self.model.symbol(symbol).type_;
            }
        }
        for entry in entries {
            if let (Some(choice), Some(member)) =
                (entries[entry.parent.index()].symbol, entry.symbol)
                && is_choice(entry.parent)
                && self.types[choice.index()].is_none()
            {
                self.types[choice.index()] = self.types[member.index()];
            }
        }
        for entry in entries {
            if let (Some(choice), Some(member)) =
                (entries[entry.parent.index()].symbol, entry.symbol)
                && is_choice(entry.parent)
                && self.types[member.index()].is_none()
            {
                self.types[member.index()] = self.types[choice.index()];
            }
        }
        for entry in entries
            .iter()
            .filter(|entry| entry.kind == EntryKind::Choice)
        {
            if let Some(symbol) = entry.symbol
                && !self.choice_index.contains_key(&symbol)
            {
                self.choice_index.insert(symbol, self.choices.len() as u32);
                self.choices.push(Choice {
                    symbol,
                    members: Vec::new(),
                    inside: Vec::new(),
                });
            }
        }
        // A member that depends on the one before it is below that one, and no member.
        let shape = Shape::new(self);
        self.unfinished.extend(&shape.unfinished);
        for (index, entry) in entries.iter().enumerate() {
            let id = EntryId::new(index);
            let parent = shape.parent(id);
            let (Some(member), Some(choice)) = (entry.symbol, entries[parent.index()].symbol)
            else {
                continue;
            };
            if !is_choice(parent) || self.choice_of[member.index()].is_some() {
                continue;
            }
            let Some(&choice_index) = self.choice_index.get(&choice) else {
                continue;
            };
            self.choice_of[member.index()] = Some(choice_index);
            let found = &mut self.choices[choice_index as usize];
            found.members.push(member);
            found.inside.push(member);
            let tristate = Some(Type::Tristate);
            if self.types[choice.index()] == tristate && self.types[member.index()] != tristate {
                self.needs_yes.insert(id, choice);
            }
        }
    }

    /// The symbols that stand in a choice and are no members of it, because they depend on the one before them (until 6.10).
    pub fn outsiders(&self) -> FxHashSet<SymbolId> {
        let stands_in_choice = |(index, symbol): (usize, &Symbol)| {
            let is_outside = symbol.choice.is_some() && self.choice_of[index].is_none();
            is_outside.then_some(SymbolId::new(index))
        };
        if self.dialect != Dialect::OldChoices {
            return FxHashSet::default();
        }
        let symbols = self.model.symbols.iter().enumerate();
        symbols.filter_map(stands_in_choice).collect()
    }

    /// The choice that a symbol is, of those until 6.10.
    fn old_choice(&self, symbol: SymbolId) -> Option<u32> {
        if self.dialect != Dialect::OldChoices {
            return None;
        }
        self.choice_index.get(&symbol).copied()
    }
}

impl Configuration<'_, '_> {
    /// Whether a symbol is a member that is `y` or `n` by what its choice has.
    pub(super) fn is_chosen_alone(&self, symbol: SymbolId) -> bool {
        self.rules.dialect == Dialect::OldChoices
            && self.rules.choice_of[symbol.index()].is_some()
            && self.state(symbol).visible == Tristate::Yes
    }

    /// The value of such a member.
    pub(super) fn value_in_old_choice(&self, symbol: SymbolId) -> Tristate {
        let choice = self.rules.choice_of[symbol.index()];
        let current = choice.and_then(|choice| self.chosen[choice as usize].current);
        Tristate::from_bool(current == Some(symbol))
    }

    /// A tristate member that may only be `m` is not seen in a choice that is `y`.
    pub(super) fn within_old_choice(&self, symbol: SymbolId, condition: Tristate) -> Tristate {
        if self.rules.dialect == Dialect::OldChoices
            && condition == Tristate::Mod
            && let Some(choice) = self.rules.choice_of[symbol.index()]
            && self.rules.type_of(symbol) == Some(Type::Tristate)
            && self.state(self.rules.choices[choice as usize].symbol).value == Tristate::Yes
        {
            return Tristate::No;
        }
        condition
    }

    /// A choice that is seen and not optional is at least `m`.
    pub(super) fn asked_of_old_choice(&mut self, symbol: SymbolId) -> Tristate {
        let model = self.rules.model;
        let mut asked = Tristate::No;
        if self.rules.old_choice(symbol).is_some() && !model.symbol(symbol).optional {
            for entry in model.definitions(symbol) {
                if let Some(prompt) = model.entry(entry).prompt {
                    asked = asked.max(self.condition(prompt).min(Tristate::Mod));
                }
            }
        }
        asked
    }

    /// Finds the member that a choice has, once its own value is known.
    pub(super) fn calculate_old_choice(&mut self, symbol: SymbolId) {
        let Some(choice) = self.rules.old_choice(symbol) else {
            return;
        };
        let rules = self.rules;
        let members = &rules.choices[choice as usize].members;
        if self.state(symbol).value == Tristate::Yes {
            let mut all_by_user = true;
            for &member in members {
                self.calculate_visibility(member);
                let state = self.state(member);
                all_by_user &= state.visible == Tristate::No || state.has_user;
            }
            self.state_mut(symbol).has_user &= all_by_user;
            let by_user = self.chosen[choice as usize]
                .by_user
                .filter(|&member| self.state(member).visible != Tristate::No);
            let current = by_user.or_else(|| self.choice_default(choice));
            self.chosen[choice as usize].current = current;
            if current.is_none() {
                self.state_mut(symbol).value = Tristate::No;
            }
        } else {
            self.chosen[choice as usize].current = None;
        }
        if self.state(symbol).write {
            for &member in members {
                let state = self.state_mut(member);
                state.write |= state.visible != Tristate::No;
            }
        }
    }

    /// Whether a choice is one that the user has not made, or could make otherwise (`conf.c: check_conf`).
    pub(super) fn is_new_choice(&self, symbol: SymbolId) -> bool {
        let state = self.state(symbol);
        !state.has_user && (state.visible > state.reverse || state.value == Tristate::Yes)
    }

    /// Before a file is read all choices count as set, to `n`.
    pub(super) fn forget_old_choices(&mut self) {
        if self.rules.dialect != Dialect::OldChoices {
            return;
        }
        for (choice, chosen) in self.rules.choices.iter().zip(&mut self.chosen) {
            chosen.by_user = None;
            self.states[choice.symbol.index()].has_user = true;
        }
    }

    /// Notes what a line about a member says about its choice.
    pub(super) fn read_old_member(&mut self, member: SymbolId, warn: &mut impl FnMut(WarningKind)) {
        let Some(choice) = self.rules.choice_of[member.index()] else {
            return;
        };
        let symbol = self.rules.choices[choice as usize].symbol;
        let value = self.state(member).user;
        let of_choice = self.state(symbol).user;
        match value {
            Tristate::No => {}
            Tristate::Mod if of_choice == Tristate::Yes => {
                warn(WarningKind::Inconsistent(self.rules.model.name(member)));
                self.state_mut(symbol).has_user = false;
            }
            Tristate::Mod => {}
            Tristate::Yes => {
                if of_choice != Tristate::No {
                    warn(WarningKind::ChangesChoice(self.rules.model.name(member)));
                }
                self.chosen[choice as usize].by_user = Some(member);
            }
        }
        self.state_mut(symbol).user = of_choice.max(value);
    }

    /// Sets one member to `y` and all others to `n`, as the user would (`conf.c: randomize_choice_values`). `pick` gives a number
    /// below that of the members.
    pub(super) fn randomize_old_choice(
        &mut self,
        symbol: SymbolId,
        mut pick: impl FnMut(usize) -> usize,
    ) {
        let rules = self.rules;
        let Some(choice) = rules.old_choice(symbol) else {
            return;
        };
        let members = &rules.choices[choice as usize].members;
        if members.is_empty() {
            return;
        }
        let picked = members.get(pick(members.len())).copied();
        for &member in members {
            let state = self.state_mut(member);
            state.user = Tristate::from_bool(Some(member) == picked);
            state.has_user = true;
            state.valid_in = 0;
        }
        self.chosen[choice as usize].by_user = picked;
        let state = self.state_mut(symbol);
        state.has_user = true;
        state.valid_in = 0;
        // `conf` keeps no values of expressions.
        self.forget_exprs();
    }

    /// The member that the user asked for last.
    pub(super) fn picked_in_old_choice(&self, choice: u32) -> Option<SymbolId> {
        self.chosen[choice as usize].by_user
    }

    /// Forgets the numbers of the user's that are out of their range, instead of limiting them.
    pub(super) fn drop_out_of_range(&mut self) {
        let is_number = |symbol: &SymbolId| {
            self.state(*symbol).has_user
                && matches!(self.rules.type_of(*symbol), Some(Type::Int | Type::Hex))
        };
        let mut numbers: Vec<SymbolId> = (0..self.states.len())
            .map(SymbolId::new)
            .filter(is_number)
            .collect();
        self.rules.sort_as_conf(&mut numbers);
        for symbol in numbers {
            let base = if self.rules.type_of(symbol) == Some(Type::Int) {
                10
            } else {
                16
            };
            let Some(text) = self.user_texts[symbol.index()].clone() else {
                continue;
            };
            let Some((low, high)) = self.active_range(symbol) else {
                continue;
            };
            let value = leading_number(&text, base);
            if value < self.range_limit(low, base) || value > self.range_limit(high, base) {
                let state = self.state_mut(symbol);
                state.has_user = false;
                state.valid_in = 0;
                self.changed = true;
                // Its new value counts in the ranges of later symbols.
                self.forget_exprs();
            }
        }
    }

    /// Gives a value to every bool and tristate that has none, choices included.
    pub(super) fn set_new_of_old_choices(&mut self, value: Option<Tristate>) {
        for index in SymbolId::YES.index() + 1..self.states.len() {
            let symbol = SymbolId::new(index);
            let logical = matches!(
                self.rules.type_of(symbol),
                Some(Type::Bool | Type::Tristate)
            );
            let is_choice = self.rules.is_choice(symbol);
            let state = self.state_mut(symbol);
            match value {
                Some(value) if logical && !state.has_user => {
                    state.user = value;
                    state.has_user = true;
                }
                None if is_choice => state.has_user = true,
                _ => {}
            }
        }
    }

    /// Whether a member that is the default of its choice goes without saying.
    pub(super) fn may_be_left_out(&self, choice: u32, member: SymbolId) -> bool {
        let optional = self
            .rules
            .model
            .symbol(self.rules.choices[choice as usize].symbol)
            .optional;
        self.rules.dialect != Dialect::OldChoices
            || !optional && self.rules.type_of(member) == Some(Type::Bool)
    }
}
