//! Owns why a symbol has its value: which dependency is missing, which select forces it, which default gives it.
//!
//! Follows the order in which `symbol.c: sym_calc_value` (7.2) decides.

use super::{Configuration, Dialect, Tristate};
use crate::kconfig::model::{EntryId, Expr, ExprId, Place, PropertyKind, SymbolId, Type};

/// Most lines that are named of those that could turn a symbol on and do not.
const MAX_IDLE: usize = 8;

/// One reason for a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    /// The reason as a sentence without a full stop.
    pub text: String,
    /// Where it is said, if a file of the model says it.
    pub place: Option<Place>,
    /// The symbol whose line in the `.config` says it, if one does.
    pub given: Option<SymbolId>,
}

impl Configuration<'_, '_> {
    /// The value that the user, or the file that was read, gave, as text.
    pub fn user_text(&self, symbol: SymbolId) -> Option<String> {
        let state = self.state(symbol);
        if !state.has_user {
            return None;
        }
        Some(match self.rules.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) => state.user.text().to_owned(),
            _ => {
                let text = self.user_texts[symbol.index()].as_deref();
                String::from_utf8_lossy(text.unwrap_or_default()).into_owned()
            }
        })
    }

    /// Why a symbol has its value.
    pub fn why(&mut self, symbol: SymbolId) -> Vec<Reason> {
        let model = self.rules.model;
        let mut reasons = Vec::new();
        let text = self.text(symbol);
        let (name, value) = (
            model.name(symbol),
            String::from_utf8_lossy(&text).into_owned(),
        );
        let mut say = |text: String, place| {
            reasons.push(Reason {
                text,
                place,
                given: None,
            });
        };
        if !model.is_defined(symbol) {
            say(
                format!("`{name}` is not defined by any file of this architecture"),
                None,
            );
            return reasons;
        }
        let state = *self.state(symbol);
        say(format!("`{name}` is `{value}`"), None);
        if let Some((text, place, given)) = self.who_won(symbol) {
            reasons.push(Reason { text, place, given });
        }
        let mut say = |text: String, place| {
            reasons.push(Reason {
                text,
                place,
                given: None,
            });
        };
        for entry in model.definitions(symbol).collect::<Vec<_>>() {
            let place = Some(model.entry(entry).place);
            for (text, place) in self.missing(entry) {
                say(text, Some(place));
            }
            let Some(prompt) = model.entry(entry).prompt else {
                say(
                    "this definition has no prompt, so the value cannot be set here".into(),
                    place,
                );
                continue;
            };
            let place = Some(model.property(prompt).place);
            for (operand, value) in self.holding_back(model.property(prompt).condition) {
                let operand = model.write(operand);
                say(
                    format!("the prompt needs `{operand}`, which is `{}`", value.text()),
                    place,
                );
            }
        }
        let mut idle = Vec::new();
        for id in model
            .selects_of(symbol)
            .chain(model.implies_of(symbol))
            .collect::<Vec<_>>()
        {
            let asked = self.reverse(id);
            let property = model.property(id);
            let by = model
                .entry(property.entry)
                .symbol
                .map_or_else(String::new, |by| model.name(by));
            let word = match property.kind {
                PropertyKind::Select(_) => "selects",
                _ => "implies",
            };
            let condition = match property.condition {
                ExprId::YES => String::new(),
                condition => format!(" if `{}`", model.write(condition)),
            };
            if asked == Tristate::No {
                let by = model.entry(property.entry).symbol;
                let value = by.map_or(Tristate::No, |by| self.tristate(by));
                idle.push((format!("{word} it{condition}"), by, value, property.place));
            } else {
                say(
                    format!("`{by}` {word} it as `{}`{condition}", asked.text()),
                    Some(property.place),
                );
            }
        }
        // Where nothing else turns it on, these could.
        if text.as_ref() == b"n" {
            let more = idle.len().saturating_sub(MAX_IDLE);
            for (what, by, value, place) in idle.into_iter().take(MAX_IDLE) {
                let by = by.map_or_else(String::new, |by| model.name(by));
                let value = value.text();
                say(format!("`{by}`, which is `{value}`, {what}"), Some(place));
            }
            if more > 0 {
                say(format!("and {more} more lines that have no effect"), None);
            }
        }
        if let Some(user) = self.user_text(symbol) {
            let text = if state.visible == Tristate::No {
                format!(
                    "the configuration sets `{user}`, which is ignored without a visible prompt"
                )
            } else if user == value {
                format!("the configuration sets `{user}`")
            } else {
                format!("the configuration sets `{user}`, which is changed to `{value}`")
            };
            reasons.push(Reason {
                text,
                place: None,
                given: Some(symbol),
            });
            if state.visible != Tristate::No {
                return reasons;
            }
        } else {
            reasons.push(Reason {
                text: "the configuration does not set it".into(),
                place: None,
                given: None,
            });
        }
        for id in model.properties_of(symbol).collect::<Vec<_>>() {
            if let PropertyKind::Default(default) = model.property(id).kind
                && self.condition(id) != Tristate::No
            {
                let default = model.write(default);
                reasons.push(Reason {
                    text: format!("the default `{default}` applies"),
                    place: Some(model.property(id).place),
                    given: None,
                });
                break;
            }
        }
        reasons
    }

    /// For a member of a choice that is not set: which member is, and why.
    fn who_won(&mut self, symbol: SymbolId) -> Option<(String, Option<Place>, Option<SymbolId>)> {
        let model = self.rules.model;
        let choice = self.rules.choice_of[symbol.index()]?;
        if self.tristate(symbol) != Tristate::No {
            return None;
        }
        let members = self.rules.choices[choice as usize].members.clone();
        let winner = members
            .into_iter()
            .find(|&member| self.tristate(member) == Tristate::Yes)?;
        let name = model.name(winner);
        let place = model
            .symbol(symbol)
            .choice
            .map(|choice| model.entry(choice).place);
        let state = self.state(winner);
        if state.has_user && state.user == Tristate::Yes {
            let asked = self.state(symbol).has_user && self.state(symbol).user == Tristate::Yes;
            let is_visible = self.state(symbol).visible != Tristate::No;
            let text = if asked && is_visible {
                format!(
                    "`{name}` is the member of the choice that is set: the configuration sets it last"
                )
            } else {
                format!(
                    "`{name}` is the member of the choice that is set: the configuration sets it"
                )
            };
            return Some((text, None, Some(winner)));
        }
        let text = format!(
            "`{name}` is the member of the choice that is set, because the configuration sets no visible one"
        );
        Some((text, place, None))
    }

    /// Why a symbol is selected although its dependencies do not hold: the parts that fail, then the lines that select it.
    pub fn why_unmet(&mut self, symbol: SymbolId) -> Vec<Reason> {
        let model = self.rules.model;
        let mut reasons = Vec::new();
        let mut say = |text: String, place| {
            reasons.push(Reason {
                text,
                place: Some(place),
                given: None,
            });
        };
        for entry in model.definitions(symbol).collect::<Vec<_>>() {
            for (text, place) in self.missing(entry) {
                say(text, place);
            }
        }
        for id in model.selects_of(symbol).collect::<Vec<_>>() {
            let asked = self.reverse(id);
            if asked == Tristate::No {
                continue;
            }
            let property = model.property(id);
            let by = model.entry(property.entry).symbol;
            let by = by.map_or_else(String::new, |by| model.name(by));
            let condition = match property.condition {
                ExprId::YES => String::new(),
                condition => format!(" if `{}`", model.write(condition)),
            };
            let asked = asked.text();
            say(
                format!("`{by}` selects it as `{asked}`{condition}"),
                property.place,
            );
        }
        reasons
    }

    /// Returns what a definition needs and does not have, with the lines that say so: its own and those of the blocks around it.
    fn missing(&mut self, entry: EntryId) -> Vec<(String, Place)> {
        let model = self.rules.model;
        let mut missing = Vec::new();
        let mut at = entry;
        loop {
            for line in model.own_operands(at) {
                let value = self.expr(line.dependency);
                if value != Tristate::Yes {
                    let operand = model.write(line.dependency);
                    let value = value.text();
                    let text = format!("this definition needs `{operand}`, which is `{value}`");
                    missing.push((text, line.place));
                }
            }
            let parent = model.entry(at).parent;
            if parent == at {
                return missing;
            }
            let around = model.entry(parent);
            if let Some(choice) = around.symbol
                && self.rules.dialect == Dialect::OldChoices
            {
                let value = self.tristate(choice);
                if value != Tristate::Yes {
                    let text = format!("the choice around it is `{}`", value.text());
                    missing.push((text, around.place));
                }
                return missing;
            }
            at = parent;
        }
    }

    /// The operands of an outermost `&&` that are not `y`, each with its value.
    fn holding_back(&mut self, expr: ExprId) -> Vec<(ExprId, Tristate)> {
        let operands = self.rules.model.exprs.chain(expr, |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        });
        operands
            .into_iter()
            .map(|operand| (operand, self.expr(operand)))
            .filter(|&(_, value)| value != Tristate::Yes)
            .collect()
    }
}
