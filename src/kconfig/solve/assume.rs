//! Owns what a witness takes the unknown to be, as the answers of commands and the texts of variables.

use std::fmt;
use std::sync::Arc;

use super::{Unknown, Witness};
use crate::kconfig::model::{Expr, Model, PropertyKind, SymbolId};

/// Stands for the text of a command of which only the exit status counts, where it succeeds.
pub(super) const SUCCEEDS: &str = "succeeds";

/// Describes what a witness takes an unknown text to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumption {
    /// The unknown text, such as `$(shell,command)` or `$(ARCH)`, or a command of which only the exit status counts.
    pub of: Arc<str>,
    /// Holds what it is.
    pub text: Arc<str>,
}

impl fmt::Display for Assumption {
    /// The assumption as a sentence without its full stop.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = &self.of;
        match &*self.text {
            SUCCEEDS => write!(f, "`{of}` succeeds"),
            // Of a command only the exit status counts.
            _ if !of.starts_with('$') => write!(f, "`{of}` fails"),
            "" => write!(f, "`{of}` is empty"),
            text => write!(f, "`{of}` is `{text}`"),
        }
    }
}

impl Assumption {
    /// The assumption in the words of the Kconfig files, as a sentence without its full stop: a command by the symbol that has its
    /// value, or else by the macro reference that runs it.
    pub fn written(&self, model: &Model) -> String {
        let mut others = Vec::new();
        for (symbol, name) in unknown_names(model) {
            let value = match exit_status(name) {
                None if *name == *self.of => &*self.text,
                Some((command, then, otherwise)) => match equality(command) {
                    Some((left, right)) if *left == *self.of && *right == *self.text => then,
                    Some((left, _)) if *left == *self.of => {
                        others.push((symbol, otherwise));
                        continue;
                    }
                    None if *command == *self.of => match &*self.text {
                        SUCCEEDS => then,
                        _ => otherwise,
                    },
                    _ => continue,
                },
                None => continue,
            };
            return is(&shown(model, symbol), value);
        }
        // No symbol asks for this text.
        if others.is_empty() {
            return self.to_string();
        }
        let others = others.into_iter();
        let others = others.map(|(symbol, value)| is(&shown(model, symbol), value));
        others.collect::<Vec<_>>().join(" and ")
    }
}

impl Unknown {
    /// As [`Assumption::written`].
    pub fn written(&self, model: &Model) -> String {
        for (symbol, name) in unknown_names(model) {
            if let Some((command, then, otherwise)) = exit_status(name) {
                let is_of = match equality(command) {
                    Some((left, right)) => {
                        let of = self.text.strip_prefix(left);
                        of.and_then(|rest| rest.strip_prefix(" = ")) == Some(right)
                    }
                    None => command_of(&self.text) == Some(command),
                };
                if is_of {
                    let value = if self.holds { then } else { otherwise };
                    return is(&shown(model, symbol), value);
                }
            } else if let Some(rest) = self.text.strip_prefix(name)
                && rest.starts_with(' ')
            {
                let not = if self.holds { "" } else { "not " };
                return format!("{not}`{}{rest}`", shown(model, symbol));
            }
        }
        match (command_of(&self.text), self.holds) {
            (Some(_), true) => self.text.to_string(),
            (Some(command), false) => format!("`{command}` fails"),
            (None, true) => format!("`{}`", self.text),
            (None, false) => format!("not `{}`", self.text),
        }
    }
}

fn is(name: &str, value: &str) -> String {
    match value {
        "" => format!("`{name}` is empty"),
        value => format!("`{name}` is `{value}`"),
    }
}

/// The command that a statement about an exit status is about.
fn command_of(statement: &str) -> Option<&str> {
    statement.strip_prefix('`')?.strip_suffix("` succeeds")
}

/// The symbols whose names are unknown, with these.
fn unknown_names(model: &Model) -> impl Iterator<Item = (SymbolId, &str)> {
    let symbols = model.symbols.iter().enumerate();
    let unknown = symbols.filter(|(_, symbol)| symbol.unknown);
    unknown.filter_map(|(index, symbol)| Some((SymbolId::new(index), symbol.name.as_deref()?)))
}

/// The symbol that always has the value of an unknown one, or else the macro reference that this comes from.
fn shown(model: &Model, unknown: SymbolId) -> String {
    let always_has = |symbol: &SymbolId| {
        let mut own = model.own_properties_of(*symbol);
        let only = own.next().filter(|_| own.next().is_none());
        let is_forced = model.selects_of(*symbol).next().is_some();
        let is_forced = is_forced || model.implies_of(*symbol).next().is_some();
        only.filter(|_| !is_forced).is_some_and(|id| {
            let property = model.property(id);
            let is_it = |value| model.exprs.get(value) == Expr::Symbol(unknown);
            matches!(property.kind, PropertyKind::Default(value) if is_it(value))
                && model.exprs.get(property.condition) == Expr::Symbol(SymbolId::YES)
                && model.entry(property.entry).dependency == property.condition
        })
    };
    let mut symbols = (0..model.symbols.len()).map(SymbolId::new);
    let name = model.name(symbols.find(always_has).unwrap_or(unknown));
    name.trim_matches('"').to_owned()
}

impl Witness {
    /// Returns what the witness takes an unknown text of the model to be, or `None` where it does not rely on it.
    pub fn answer(&self, unknown: &str) -> Option<String> {
        let of = |text: &str| {
            let found = self.assumptions.iter().find(|known| &*known.of == text);
            found.map(|known| &*known.text)
        };
        let Some((command, then, otherwise)) = exit_status(unknown) else {
            return of(unknown).map(str::to_owned);
        };
        let succeeds = match equality(command) {
            Some((left, right)) => of(left)? == right,
            None => of(command)? == SUCCEEDS,
        };
        Some(if succeeds { then } else { otherwise }.to_owned())
    }
}

/// A command of which only the exit status counts: `$(shell,{ …; } >/dev/null 2>&1 && echo "y" || echo "n")`
/// (`scripts/Kconfig.include`, `if-success`). Gives the command and the two texts.
pub(super) fn exit_status(text: &str) -> Option<(&str, &str, &str)> {
    let body = text.strip_prefix("$(shell,{ ")?.strip_suffix("\")")?;
    let (command, rest) = body.rsplit_once("; } >/dev/null 2>&1 && echo \"")?;
    let (then, otherwise) = rest.split_once("\" || echo \"")?;
    Some((command, then, otherwise))
}

/// The test for equality that a command is: `test "left" = right`.
pub(super) fn equality(command: &str) -> Option<(&str, &str)> {
    let (left, right) = command.strip_prefix("test \"")?.rsplit_once("\" = ")?;
    let plain = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    (!right.is_empty() && right.chars().all(plain)).then_some((left, right))
}
