//! Owns the types of a model's symbols, as makefiles ask for them.

use crate::kbuild::run::Symbols;
use crate::kconfig::model::{Model, Type};

/// The types of a model's symbols.
pub struct Types<'m>(pub &'m Model);

impl Symbols for Types<'_> {
    fn is_logical(&self, name: &str) -> bool {
        let symbol = self
            .0
            .find(name)
            .filter(|&symbol| self.0.is_defined(symbol));
        symbol.is_none_or(|symbol| {
            matches!(
                self.0.symbol(symbol).type_,
                Some(Type::Bool | Type::Tristate)
            )
        })
    }
}
