//! Owns which member of a choice is set, as gates.
//!
//! Follows `symbol.c: sym_calc_choice` and `sym_choice_default` (6.11 to 7.2): one visible member is set, the one that the
//! user asks for, or else the first visible default, or else the first visible member. What the user sets to `n` only moves
//! the choice to members that the user could have asked for, and is not encoded. Choices of older releases are symbols with
//! values of their own. Where such a choice is a plain one, of bools, it is `y` as soon as it is seen, or, if it is optional, as
//! soon as the user asks for a member; and its members follow the same rules. A symbol in it that depends on the member before
//! it is not a member. The members of other choices, those of tristates above all, are free here, and whatever depends on them is
//! undecided.

use rustc_hash::{FxHashMap, FxHashSet};
use rustsat::types::Lit;

use super::encode::{Encoder, User, UserValue};
use super::gates::Tri;
use crate::kconfig::model::{EntryId, EntryKind, Expr, PropertyKind, SymbolId, Type};

/// Up to so many members exclude each other by a clause for each pair. Choices of real trees have fewer than 40.
const MAX_PAIRED: usize = 64;

/// The values in a given `.config` of the other members of choices. It decides which member is set where
/// that one is not visible (since 6.11).
#[derive(Debug, Default)]
pub(super) struct Given {
    /// The symbols that it sets to `n`.
    pub denied: FxHashSet<SymbolId>,
    /// The symbols that it sets at all.
    pub said: FxHashSet<SymbolId>,
    /// For each choice its members, the one that was read last first.
    pub order: FxHashMap<EntryId, Vec<SymbolId>>,
}

/// The choices of a model, found when the first one is asked for.
#[derive(Debug, Default)]
pub(super) struct Choices {
    known: bool,
    /// For each entry the choice around it, and whether other blocks stand between them.
    around: Vec<Option<(EntryId, bool)>>,
    /// The symbols of all entries in a choice, each once, in the order of the text.
    members: FxHashMap<EntryId, Vec<SymbolId>>,
    /// For each member of an encoded choice whether it is the one that is set.
    selected: FxHashMap<SymbolId, Lit>,
    /// For each encoded choice whether the user asks for a member.
    asked: FxHashMap<EntryId, Lit>,
    /// The configuration that questions start from, if they start from one.
    pub given: Option<Given>,
    /// The symbols in choices that are no members (until 6.10).
    pub outsiders: FxHashSet<SymbolId>,
}

impl Encoder<'_> {
    fn find_choices(&mut self) {
        if self.choices.known {
            return;
        }
        let model = self.model;
        let mut around: Vec<Option<(EntryId, bool)>> = Vec::with_capacity(model.entries.len());
        let mut members: FxHashMap<EntryId, Vec<SymbolId>> = FxHashMap::default();
        let mut is_member: FxHashSet<(EntryId, SymbolId)> = FxHashSet::default();
        for (index, entry) in model.entries.iter().enumerate() {
            let parent = model.entry(entry.parent);
            let here = if index == 0 {
                None
            } else if parent.kind == EntryKind::Choice {
                Some((entry.parent, false))
            } else if parent.symbol.is_some() {
                None
            } else {
                // Parents stand before what is in them.
                around[entry.parent.index()].map(|(choice, _)| (choice, true))
            };
            around.push(here);
            if let (Some((choice, _)), Some(symbol)) = (here, entry.symbol)
                && !self.choices.outsiders.contains(&symbol)
                && is_member.insert((choice, symbol))
            {
                members.entry(choice).or_default().push(symbol);
            }
        }
        self.choices.known = true;
        self.choices.around = around;
        self.choices.members = members;
    }

    /// The choice that the first prompt of a symbol stands in (`symbol.c: sym_get_choice_menu`), and whether other blocks stand
    /// between them.
    fn choice_of(&mut self, symbol: SymbolId) -> Option<(EntryId, bool)> {
        self.find_choices();
        let model = self.model;
        let with_prompt = model
            .definitions(symbol)
            .find(|&entry| model.entry(entry).prompt.is_some())?;
        self.choices.around[with_prompt.index()]
    }

    /// The value of a symbol that is a member of a choice, or `None` where it is not.
    pub fn choice_member(&mut self, symbol: SymbolId) -> Option<Tri> {
        if !self.is_choice_value(symbol) {
            return None;
        }
        let (choice, _) = self.choice_of(symbol)?;
        if !self.choices.selected.contains_key(&symbol) {
            self.encode_choice(choice);
        }
        let selected = match self.choices.selected.get(&symbol) {
            Some(&selected) => selected,
            None => self.opaque("a choice that is not encoded"),
        };
        let visible = self.visibility(symbol);
        Some(Tri::bool(self.gates.and(visible.on, selected)))
    }

    /// Whether a symbol is a member of a choice.
    pub fn is_choice_value(&self, symbol: SymbolId) -> bool {
        // Cheaper than to look for choices: the model knows in which symbols are.
        self.model.symbol(symbol).choice.is_some() && !self.choices.outsiders.contains(&symbol)
    }

    /// The value of a choice of a release before 6.11 (`menu.c: menu_finalize`, 6.1).
    pub fn old_choice(&mut self, symbol: SymbolId) -> Tri {
        let mut definitions = self.model.definitions(symbol);
        let (only, second) = (definitions.next(), definitions.next());
        let visible = self.visibility(symbol);
        match (only, second) {
            (Some(choice), None) if self.is_plain_old_choice(choice) => {
                if !self.model.symbol(symbol).optional {
                    return Tri::bool(visible.on);
                }
                if !self.choices.asked.contains_key(&choice) {
                    self.encode_choice(choice);
                }
                let asked = self.choices.asked.get(&choice).copied();
                let asked = asked.unwrap_or(self.gates.no());
                Tri::bool(self.gates.and(visible.on, asked))
            }
            _ => {
                let free = self.opaque("a choice of a release before 6.11");
                Tri::bool(self.gates.and(visible.on, free))
            }
        }
    }

    /// Whether a choice of a release before 6.11 is not named, and has only bools as members, of which none depends on another. Another
    /// definition of a member, such as one in a file of its own that only selects, changes nothing if it has no prompt and no default.
    fn is_plain_old_choice(&mut self, choice: EntryId) -> bool {
        self.find_choices();
        let model = self.model;
        let Some(symbol) = model.entry(choice).symbol else {
            return false;
        };
        let of = model.symbol(symbol);
        if of.name.is_some() || !matches!(of.type_, None | Some(Type::Bool)) {
            return false;
        }
        let members = self.choices.members.get(&choice);
        let members = members.map_or(&[][..], Vec::as_slice);
        let among: FxHashSet<SymbolId> = members.iter().copied().collect();
        let is_other = |member: SymbolId, expr| {
            model.exprs.reachable(expr).into_iter().any(|node| {
                let found = match model.exprs.get(node) {
                    Expr::Symbol(other) => [Some(other), None],
                    Expr::Compare(_, left, right) => [Some(left), Some(right)],
                    _ => [None, None],
                };
                let mut found = found.into_iter().flatten();
                found.any(|other| other != member && among.contains(&other))
            })
        };
        members.iter().all(|&member| {
            let has_prompt = |entry: &EntryId| model.entry(*entry).prompt.is_some();
            let mut with_prompt = model.definitions(member).filter(has_prompt);
            let (Some(own), None) = (with_prompt.next(), with_prompt.next()) else {
                return false;
            };
            let entry = model.entry(own);
            let prompt = entry.prompt.map(|prompt| model.property(prompt).condition);
            let has_default = |id| {
                let property = model.property(id);
                property.entry != own && matches!(property.kind, PropertyKind::Default(_))
            };
            self.type_of(member) == Some(Type::Bool)
                && entry.parent == choice
                && !is_other(member, entry.dependency)
                && prompt.is_some_and(|condition| !is_other(member, condition))
                && !model.properties_of(member).any(has_default)
        })
    }

    fn encode_choice(&mut self, choice: EntryId) {
        if self.choices.asked.contains_key(&choice) {
            return;
        }
        let members = self
            .choices
            .members
            .get(&choice)
            .cloned()
            .unwrap_or_default();
        let simple = |this: &mut Self, member| {
            this.choice_of(member) == Some((choice, false))
                && this.type_of(member) == Some(Type::Bool)
        };
        let reason = if self.old_choices && !self.is_plain_old_choice(choice) {
            Some("a choice of a release before 6.11")
        } else if !members.iter().all(|&member| simple(self, member)) {
            Some("a choice with members that are not plain bools")
        } else {
            None
        };
        if let Some(reason) = reason {
            for member in members {
                let free = self.opaque(reason);
                self.choices.selected.insert(member, free);
            }
            return;
        }
        let no = self.gates.no();
        let visible: Vec<Lit> = members
            .iter()
            .map(|&member| self.visibility(member).on)
            .collect();
        let mut asked: Vec<Lit> = Vec::with_capacity(members.len());
        let is_small = members.len() <= MAX_PAIRED;
        let mut picked: Vec<Lit> = Vec::with_capacity(members.len());
        for (&member, &visible) in members.iter().zip(&visible) {
            // The user's values are free: asking for a member does not make it visible. Otherwise a witness would seem not to
            // rely on what makes it so.
            let has = self.gates.fresh();
            if is_small {
                for &other in &asked {
                    self.gates.clause(&[!has, !other]);
                }
            }
            asked.push(has);
            picked.push(self.gates.and(has, visible));
            let user = User {
                has,
                value: UserValue::Picked,
            };
            self.users.insert(member, user);
        }
        if !is_small {
            self.gates.at_most_one(&asked);
        }
        let any_asked = self.gates.any(&asked);
        self.choices.asked.insert(choice, any_asked);
        let any_picked = self.gates.any(&picked);
        let mut by_default = vec![no; members.len()];
        let mut rest = self.gates.yes();
        let mut take = |this: &mut Self, index: usize, condition: Lit| {
            let hit = this.gates.and(rest, condition);
            by_default[index] = this.gates.or(by_default[index], hit);
            rest = this.gates.and(rest, !condition);
        };
        let model = self.model;
        let symbol = model.entry(choice).symbol;
        let indices = members.iter().enumerate();
        let index_of: FxHashMap<SymbolId, usize> = indices.map(|(at, &of)| (of, at)).collect();
        for id in symbol
            .into_iter()
            .flat_map(|symbol| model.properties_of(symbol))
        {
            if let PropertyKind::Default(value) = model.property(id).kind
                && let Expr::Symbol(default) = model.exprs.get(value)
                && let Some(&index) = index_of.get(&default)
            {
                let condition = self.condition(id).on;
                let condition = self.gates.and(condition, visible[index]);
                take(self, index, condition);
            }
        }
        for (index, &visible) in visible.iter().enumerate() {
            take(self, index, visible);
        }
        if !self.old_choices {
            by_default = self.instead_of_denied(choice, &members, &visible, by_default);
        }
        for (index, &member) in members.iter().enumerate() {
            let selected = self
                .gates
                .choose(any_picked, picked[index], by_default[index]);
            self.choices.selected.insert(member, selected);
        }
    }

    /// Where the default is denied: the first visible member that the configuration says nothing of, or else the visible one
    /// that it spoke of first.
    fn instead_of_denied(
        &mut self,
        choice: EntryId,
        members: &[SymbolId],
        visible: &[Lit],
        by_default: Vec<Lit>,
    ) -> Vec<Lit> {
        let Some(given) = self.choices.given.as_ref() else {
            return by_default;
        };
        let is_denied: Vec<bool> = members.iter().map(|m| given.denied.contains(m)).collect();
        let is_said = |index: &usize| given.said.contains(&members[*index]);
        let mut rest: Vec<usize> = (0..members.len()).filter(|index| !is_said(index)).collect();
        let order = given.order.get(&choice).map_or(&[][..], Vec::as_slice);
        let read = order.iter().rev();
        if !is_denied.contains(&true) {
            return by_default;
        }
        let indices = members.iter().enumerate();
        let index_of: FxHashMap<SymbolId, usize> = indices.map(|(at, &of)| (of, at)).collect();
        rest.extend(read.filter_map(|member| index_of.get(member).copied()));
        let denied: Vec<Lit> = (0..members.len())
            .filter(|&index| is_denied[index])
            .map(|index| by_default[index])
            .collect();
        let mut open = self.gates.any(&denied);
        let mut selected = by_default;
        for index in (0..members.len()).filter(|&index| is_denied[index]) {
            selected[index] = self.gates.no();
        }
        for index in rest {
            let hit = self.gates.and(open, visible[index]);
            selected[index] = self.gates.or(selected[index], hit);
            open = self.gates.and(open, !visible[index]);
        }
        selected
    }
}
