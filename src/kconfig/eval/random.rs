//! Owns `randconfig`: the same random values as `conf` for the same seed.
//!
//! Follows `conf.c: conf_set_all_new_symbols` and `randomize_choice_values` (6.1 to 7.2), and `rand` of glibc, with which kernels
//! are configured: an additive feedback generator over 31 words.

use super::{Configuration, Dialect, Tristate};
use crate::kconfig::model::{EntryId, EntryKind, SymbolId, Type};

/// Describes what a random configuration follows from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Random {
    /// The seed (`KCONFIG_SEED`).
    pub seed: u32,
    /// In how many of 100 cases a bool is `y`.
    pub bool_yes: u32,
    /// In how many of 100 cases a tristate is `y`.
    pub tristate_yes: u32,
    /// In how many of 100 cases a tristate is `m`.
    pub module: u32,
}

impl Random {
    /// The default probabilities of `conf`.
    pub const fn new(seed: u32) -> Self {
        Self {
            seed,
            bool_yes: 50,
            tristate_yes: 33,
            module: 33,
        }
    }

    /// The value for a number from 0 to 99.
    fn value(&self, type_: Option<Type>, number: u32) -> Tristate {
        let (yes, module) = match type_ {
            Some(Type::Tristate) => (self.tristate_yes, self.module),
            _ => (self.bool_yes, 0),
        };
        if number < yes {
            Tristate::Yes
        } else if number < yes + module {
            Tristate::Mod
        } else {
            Tristate::No
        }
    }
}

/// `rand` of glibc after `srand`.
struct Rand {
    words: [u32; 31],
    at: usize,
}

impl Rand {
    fn new(seed: u32) -> Self {
        let mut words = [0_u32; 31];
        let mut word = seed.max(1) as i32;
        for slot in &mut words {
            *slot = word as u32;
            // 16807 * word % 2147483647, without overflow.
            let (high, low) = (word / 127_773, word % 127_773);
            word = low
                .wrapping_mul(16_807)
                .wrapping_sub(high.wrapping_mul(2_836));
            if word < 0 {
                word = word.wrapping_add(i32::MAX);
            }
        }
        let mut rand = Self { words, at: 0 };
        for _ in 0..310 {
            rand.next();
        }
        rand
    }

    fn next(&mut self) -> u32 {
        let front = (self.at + 3) % 31;
        self.words[front] = self.words[front].wrapping_add(self.words[self.at]);
        self.at = (self.at + 1) % 31;
        self.words[front] >> 1
    }

    /// `rand() % bound`
    fn below(&mut self, bound: usize) -> usize {
        self.next() as usize % bound.max(1)
    }
}

impl Configuration<'_, '_> {
    /// Gives a random value to every bool and tristate that has none.
    pub(super) fn set_random(&mut self, random: Random) {
        let mut rand = Rand::new(random.seed);
        if self.rules.dialect == Dialect::OldChoices {
            return self.set_random_old(random, &mut rand);
        }
        let model = self.rules.model;
        for (index, entry) in model.entries.iter().enumerate() {
            let (Some(symbol), Some(_)) = (entry.symbol, entry.prompt) else {
                continue;
            };
            let type_ = self.rules.type_of(symbol);
            if self.state(symbol).has_user
                || !matches!(type_, Some(Type::Bool | Type::Tristate))
                || self.rules.is_choice_value(symbol)
            {
                continue;
            }
            if entry.kind == EntryKind::Choice {
                self.randomize_choice(EntryId::new(index), &mut rand);
                continue;
            }
            let user = random.value(type_, rand.below(100) as u32);
            let state = self.state_mut(symbol);
            state.user = user;
            state.has_user = true;
        }
        self.clear_valid();
    }

    /// Sets the members of a choice to `y` in a random order, of which the first one counts.
    fn randomize_choice(&mut self, choice: EntryId, rand: &mut Rand) {
        let model = self.rules.model;
        let Some(symbol) = model.entry(choice).symbol else {
            return;
        };
        let Some(&number) = self.rules.choice_index.get(&symbol) else {
            return;
        };
        let inside: Vec<SymbolId> = self.rules.choices[number as usize].inside.clone();
        let is_new = |this: &Self, member: SymbolId| !this.state(member).has_user;
        let mut count = inside
            .iter()
            .filter(|&&member| is_new(self, member))
            .count();
        while count > 0 {
            let at = rand.below(count);
            let mut open = inside
                .iter()
                .copied()
                .filter(|&member| is_new(self, member));
            if let Some(member) = open.nth(at) {
                let state = self.state_mut(member);
                state.user = Tristate::Yes;
                state.has_user = true;
                // Behind what a file asked for.
                let members = &mut self.recent[number as usize];
                if let Some(at) = members.iter().position(|&known| known == member) {
                    members[at..].rotate_left(1);
                }
            }
            count -= 1;
        }
    }

    /// The same until 6.10: all symbols in the order in which `conf` keeps them, and then choices that came out `y`, until there
    /// are no more of these.
    fn set_random_old(&mut self, random: Random, rand: &mut Rand) {
        let mut symbols: Vec<SymbolId> = (SymbolId::YES.index() + 1..self.states.len())
            .map(SymbolId::new)
            .collect();
        self.rules.sort_as_conf(&mut symbols);
        let mut changed = true;
        while changed {
            changed = false;
            for &symbol in &symbols {
                let type_ = self.rules.type_of(symbol);
                let state = self.state(symbol);
                // Choices that were computed in the last round are `n`, or not to be set.
                if state.has_user
                    || state.valid_in == self.round
                    || !matches!(type_, Some(Type::Bool | Type::Tristate))
                {
                    continue;
                }
                changed = true;
                let user = random.value(type_, rand.below(100) as u32);
                let is_choice = self.rules.is_choice(symbol);
                let state = self.state_mut(symbol);
                state.user = user;
                state.has_user = !is_choice;
            }
            self.clear_valid();
            for &symbol in &symbols {
                if self.state(symbol).has_user || !self.rules.is_choice(symbol) {
                    continue;
                }
                self.calculate(symbol);
                if self.state(symbol).value == Tristate::Yes {
                    self.randomize_old_choice(symbol, |count| rand.below(count));
                    changed = true;
                }
            }
        }
    }
}
