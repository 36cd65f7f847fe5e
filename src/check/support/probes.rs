//! Owns where the Kconfig files ask for an unknown text, and how they write it.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::Location;
use crate::kconfig::model::{Model, Place, PropertyKind, SymbolId};
use crate::kconfig::syntax::reference_length;

/// Longest text of a command that is shown where the line does not tell which macro it is, in characters.
const MAX_SHOWN: usize = 80;

/// Where each of some unknown texts stands first.
#[derive(Debug)]
pub(in crate::check) struct Places<'m> {
    model: &'m Model,
    places: FxHashMap<SymbolId, Place>,
}

impl<'m> Places<'m> {
    /// Looks for the symbols of unknown texts.
    pub fn new(model: &'m Model, wanted: impl Iterator<Item = SymbolId>) -> Self {
        let mut missing: FxHashSet<SymbolId> = wanted.collect();
        let mut places = FxHashMap::default();
        let mut look = |exprs: &[_], place: Place| {
            if missing.is_empty() {
                return;
            }
            let mut symbols = Vec::new();
            model.exprs.symbols_of(exprs, None, &mut symbols);
            for symbol in symbols {
                if missing.remove(&symbol) {
                    places.insert(symbol, place);
                }
            }
        };
        for property in &model.properties {
            let value = match property.kind {
                PropertyKind::Default(value) => Some(value),
                _ => None,
            };
            let exprs: Vec<_> = value.into_iter().chain([property.condition]).collect();
            look(&exprs, property.place);
        }
        for line in &model.dependency_lines {
            look(&[line.dependency], line.place);
        }
        Self { model, places }
    }

    /// Looks for all unknown texts of a model.
    pub fn of_all(model: &'m Model) -> Self {
        let unknown = model.symbols.iter().enumerate();
        let unknown = unknown.filter(|(_, symbol)| symbol.unknown);
        Self::new(model, unknown.map(|(index, _)| SymbolId::new(index)))
    }

    /// The macro as the file writes it, and where.
    pub fn of(&self, symbol: SymbolId) -> (String, Location) {
        let unknown = self
            .model
            .symbol(symbol)
            .name
            .as_deref()
            .unwrap_or_default();
        let Some(&place) = self.places.get(&symbol) else {
            return (shortened(unknown), Location::file("Kconfig"));
        };
        let file = &self.model.files[place.file as usize].file;
        let line = file.slice(place.span).lines().next().unwrap_or_default();
        let text = as_written(line, unknown).unwrap_or_else(|| shortened(unknown));
        (text, self.model.location(place))
    }
}

/// The reference in a line that an unknown text comes from, if that is clear.
fn as_written(line: &str, unknown: &str) -> Option<String> {
    let mut references = Vec::new();
    let mut rest = line;
    while let Some(at) = rest.find("$(") {
        let length = reference_length(rest.as_bytes(), at)?;
        references.push(rest.get(at..at + length)?);
        rest = rest.get(at + length..)?;
    }
    if references.len() > 1 {
        // The last argument goes into the command as it is.
        references.retain(|reference| {
            let argument = reference.trim_end_matches(')').rsplit(',').next();
            argument.is_some_and(|argument| unknown.contains(argument.trim()))
        });
    }
    match references[..] {
        [one] => Some(one.to_owned()),
        _ => None,
    }
}

fn shortened(unknown: &str) -> String {
    if unknown.chars().count() <= MAX_SHOWN {
        return unknown.to_owned();
    }
    unknown.chars().take(MAX_SHOWN - 1).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_macro_is_shown_as_it_is_written() {
        let unknown = "$(shell,{ gcc -fsanitize=kernel-address; } && echo y)";
        let line = "def_bool $(cc-option,-fsanitize=kernel-address) && $(cc-option,-fx)";
        let found = as_written(line, unknown);
        assert_eq!(
            found.as_deref(),
            Some("$(cc-option,-fsanitize=kernel-address)")
        );
        assert_eq!(as_written("def_bool $(x) $(x)", "y").as_deref(), None);
        assert_eq!(
            as_written("default $(cc-version) if A", "y").as_deref(),
            Some("$(cc-version)")
        );
        assert_eq!(as_written("default $(open", "y").as_deref(), None);
    }
}
