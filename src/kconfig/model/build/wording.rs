//! Owns findings about what an entry is called and how it is explained, which bear on nothing else.

use super::{Builder, DEFINITION, Outside, Reading};
use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::model::{Place, SymbolId};
use crate::kconfig::sources::PREFIX;
use crate::kconfig::syntax::Span;

impl<O: Outside> Builder<'_, '_, O> {
    /// Reports an entry whose name has the prefix that `conf` itself writes before each name (`confdata.c: CONFIG_`).
    pub(super) fn prefixed_entry(&mut self, reading: &Reading, symbol: SymbolId, place: Place) {
        let name = self.model.name(symbol);
        if let Some(rest) = name.strip_prefix(PREFIX).filter(|rest| !rest.is_empty()) {
            let headline = format!("code sees the symbol `{name}` as `{PREFIX}{name}`");
            let label = Label::new(reading.file().location(place.span), "");
            let finding = Diagnostic::new(DEFINITION, Level::Warn, headline, label)
                .with_help(format!("write `config {rest}`"));
            self.model.diagnostics.push(finding);
        }
    }

    /// Checks a help text, `helps` being how many the entry has already: until 6.17 `conf` only warned.
    pub(super) fn help(&mut self, reading: &Reading, text: Span, place: Place, helps: usize) {
        let level = if self.is_since((6, 18)) {
            Level::Deny
        } else {
            Level::Warn
        };
        let mut report = |headline: &str| {
            let label = Label::new(reading.file().location(place.span), "");
            let finding = Diagnostic::new(DEFINITION, level, headline.to_owned(), label);
            self.model.diagnostics.push(finding);
        };
        if helps > 0 {
            report("the entry has more than one help text");
        }
        // The texts take several megabytes, which are not worth a look each time.
        if reading.source.has_empty_help() && reading.file().slice(text).trim_ascii().is_empty() {
            report("this help text is empty");
        }
    }
}
