//! Owns what the targets of `conf` do with a configuration: `allnoconfig`, `allyesconfig`, `listnewconfig`, …
//!
//! Follows `conf.c: conf_set_all_new_symbols` and `check_conf` (7.2). `randconfig` is in `random`.

use super::shape::Shape;
use super::write::WriteNo;
use super::{Configuration, Dialect, Evaluator, Random, Tristate};
use crate::kconfig::model::{EntryId, Type};

/// Describes what symbols get that the user said nothing about.
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
    /// `randconfig`
    Random(Random),
}

impl Configuration<'_, '_> {
    /// Gives a value to every bool and tristate with a prompt that has none (`conf_set_all_new_symbols`).
    pub fn set_new(&mut self, values: NewValues) {
        let value = match values {
            NewValues::No => Some(Tristate::No),
            NewValues::Yes => Some(Tristate::Yes),
            NewValues::Mod => Some(Tristate::Mod),
            NewValues::Default => None,
            NewValues::Random(random) => return self.set_random(random),
        };
        if self.rules.dialect == Dialect::OldChoices {
            self.set_new_of_old_choices(value);
        } else if let Some(value) = value {
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
        let rules = self.rules;
        let entries = &rules.model.entries;
        let shape = Shape::new(rules);
        let (visible, mut shown) = self.shown(&shape);
        let mut seen = Seen::new(rules, &shape);
        let mut out = Vec::new();
        for index in 1..entries.len() {
            let id = EntryId::new(index);
            // Nothing below what is not shown is looked at.
            if !shown[shape.parent(id).index()] {
                shown[index] = false;
            } else if rules.dialect == Dialect::OldChoices {
                self.look_at(id, &visible, &shown, &mut seen);
            }
            let Some(symbol) = entries[index].symbol else {
                continue;
            };
            // A choice with a name counts, too (until 6.10).
            let is_new_choice = rules.is_choice(symbol)
                && rules.model.symbol(symbol).name.is_some()
                && self.is_new_choice(symbol);
            let is_new = !self.state(symbol).has_user && self.is_changeable(symbol);
            if shown[index] && (is_new || is_new_choice) {
                self.write_symbol(symbol, WriteNo::AsValue, &mut out);
            }
        }
        out
    }

    /// Until 6.10, asking whether an entry is to be seen gave its symbol a value of the user's where it is only seen for what is
    /// below it, so that it is not new any more.
    fn look_at(&mut self, id: EntryId, visible: &[bool], shown: &[bool], seen: &mut Seen) {
        let mut pending = vec![id];
        while let Some(id) = pending.pop() {
            if std::mem::replace(&mut seen.looked_at[id.index()], true) {
                continue;
            }
            let entry = self.rules.model.entry(id);
            let Some(symbol) = entry.symbol else { continue };
            if visible[id.index()]
                || entry.prompt.is_none()
                || self.expr(entry.visibility) == Tristate::No
                || self.state(symbol).value == Tristate::No
            {
                continue;
            }
            for &child in &seen.children[id.index()] {
                pending.push(child);
                if shown[child.index()] {
                    self.state_mut(symbol).has_user = true;
                    break;
                }
            }
        }
    }

    /// For each entry whether its own prompt is visible, and whether it is to be seen (`menu.c: menu_is_visible`).
    fn shown(&mut self, shape: &Shape) -> (Vec<bool>, Vec<bool>) {
        let rules = self.rules;
        let entries = &rules.model.entries;
        let mut has_shown_child = vec![false; entries.len()];
        let mut prompts = vec![false; entries.len()];
        let mut shown = vec![false; entries.len()];
        shown[0] = true;
        // Entries below an entry come after it.
        for index in (1..entries.len()).rev() {
            let entry = &entries[index];
            let Some(prompt) = entry.prompt else { continue };
            if self.expr(entry.visibility) == Tristate::No {
                continue;
            }
            let mut visible = self.condition(prompt) != Tristate::No;
            if let Some(symbol) = entry.symbol {
                self.calculate(symbol);
                visible &= !rules.model.symbol(symbol).transitional;
                prompts[index] = visible;
                let has_value = self.state(symbol).value != Tristate::No;
                visible |= has_value && has_shown_child[index];
            }
            shown[index] = visible;
            has_shown_child[shape.parent(EntryId::new(index)).index()] |= visible;
        }
        (prompts, shown)
    }
}

/// Describes what was asked about entries while new symbols are listed (until 6.10).
struct Seen {
    /// The entries below each entry.
    children: Vec<Vec<EntryId>>,
    looked_at: Vec<bool>,
}

impl Seen {
    /// Nothing was asked. Later trees need none of it.
    fn new(rules: &Evaluator<'_>, shape: &Shape) -> Self {
        let count = match rules.dialect {
            Dialect::OldChoices => rules.model.entries.len(),
            Dialect::NewChoices | Dialect::Transitional => 0,
        };
        let mut children = vec![Vec::new(); count];
        for id in (1..count).map(EntryId::new) {
            children[shape.parent(id).index()].push(id);
        }
        Self {
            children,
            looked_at: vec![false; count],
        }
    }
}
