//! Owns writing a `.config`, whole or minimal.
//!
//! Follows `confdata.c: conf_write`, `conf_write_defconfig`, `__print_symbol` and `symbol.c: sym_get_string_default` (7.2).

use super::{Configuration, Text, Tristate};
use crate::kconfig::model::{EntryId, EntryKind, PropertyKind, SymbolId, Type};

/// Describes what is written for a symbol whose value is `n`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteNo {
    /// `CONFIG_X=n`
    AsValue,
    /// `# CONFIG_X is not set`
    AsComment,
}

/// A value of the user's that a symbol did not get.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangedInput {
    /// The symbol.
    pub symbol: SymbolId,
    /// The user's value.
    pub given: Text,
    /// The value that the symbol has.
    pub now: Text,
}

impl Configuration<'_, '_> {
    /// The whole `.config`, byte for byte as `conf` writes it (`conf_write`).
    pub fn write(&mut self) -> Vec<u8> {
        let model = self.rules.model;
        let title = match &model.mainmenu {
            Some(title) => model.text(title),
            None => "Main menu".into(),
        };
        let mut out =
            format!("#\n# Automatically generated file; DO NOT EDIT.\n# {title}\n#\n").into_bytes();
        if !self.changed {
            self.clear_before_writing();
        }
        self.clear_written();
        let mut needs_newline = false;
        // The blocks around the current entry that are not ended yet.
        let mut open: Vec<EntryId> = Vec::new();
        for index in 1..model.entries.len() {
            let id = EntryId::new(index);
            let entry = model.entry(id);
            while let Some(&block) = open.last()
                && block != entry.parent
            {
                open.pop();
                self.write_end(block, &mut out, &mut needs_newline);
            }
            match entry.symbol {
                None => {
                    if let Some(title) = self.visible_title(id) {
                        out.extend_from_slice(format!("\n#\n# {title}\n#\n").as_bytes());
                        needs_newline = false;
                    }
                }
                Some(symbol) if !self.rules.is_choice(symbol) => {
                    self.write_entry(symbol, &mut out, &mut needs_newline);
                }
                Some(_) => {}
            }
            open.push(id);
        }
        while let Some(block) = open.pop() {
            self.write_end(block, &mut out, &mut needs_newline);
        }
        out
    }

    /// The values of the user's that the symbols did not get, in the order of the text, once all is written
    /// (`conf_append_changed_input_warning`).
    pub fn changed_input(&mut self) -> Vec<ChangedInput> {
        let model = self.rules.model;
        let mut changed: Vec<ChangedInput> = Vec::new();
        self.clear_written();
        for entry in &model.entries {
            let Some(symbol) = entry.symbol else { continue };
            let done = std::mem::replace(&mut self.state_mut(symbol).written, true);
            if done || self.rules.is_choice(symbol) || !self.state(symbol).has_user {
                continue;
            }
            let given = match self.rules.type_of(symbol) {
                None => continue,
                Some(Type::Bool | Type::Tristate) => {
                    Text::from(self.state(symbol).user.text().as_bytes())
                }
                Some(_) => self.user_texts[symbol.index()]
                    .clone()
                    .unwrap_or_else(|| self.rules.empty.clone()),
            };
            let now = self.text(symbol);
            if given != now {
                changed.push(ChangedInput { symbol, given, now });
            }
        }
        self.clear_written();
        changed
    }

    fn write_entry(&mut self, symbol: SymbolId, out: &mut Vec<u8>, needs_newline: &mut bool) {
        if self.state(symbol).written {
            return;
        }
        self.calculate(symbol);
        self.state_mut(symbol).written = true;
        if self.state(symbol).write {
            if std::mem::take(needs_newline) {
                out.push(b'\n');
            }
            self.write_symbol(symbol, WriteNo::AsComment, out);
        }
    }

    fn write_end(&mut self, block: EntryId, out: &mut Vec<u8>, needs_newline: &mut bool) {
        if self.rules.model.entry(block).kind == EntryKind::Menu
            && let Some(title) = self.visible_title(block)
        {
            out.extend_from_slice(format!("# end of {title}\n").as_bytes());
            *needs_newline = true;
        }
    }

    fn clear_written(&mut self) {
        for state in &mut self.states {
            state.written = false;
        }
    }

    /// The title of a menu or the text of a comment, if it is to be seen (`menu.c: menu_is_visible`).
    fn visible_title(&mut self, id: EntryId) -> Option<String> {
        let model = self.rules.model;
        let entry = model.entry(id);
        let prompt = entry.prompt?;
        if self.expr(entry.visibility) == Tristate::No || self.condition(prompt) == Tristate::No {
            return None;
        }
        match &model.property(prompt).kind {
            PropertyKind::Prompt(text) | PropertyKind::Menu(text) | PropertyKind::Comment(text) => {
                Some(model.text(text).into_owned())
            }
            _ => None,
        }
    }

    /// One line for a symbol (`__print_symbol`).
    pub(super) fn write_symbol(&self, symbol: SymbolId, no: WriteNo, out: &mut Vec<u8>) {
        let Some(type_) = self.rules.type_of(symbol) else {
            return;
        };
        let name = self
            .rules
            .model
            .symbol(symbol)
            .name
            .as_deref()
            .unwrap_or("");
        let value = self.current_text(symbol);
        let logical = matches!(type_, Type::Bool | Type::Tristate);
        let prefix = &self.rules.prefix;
        if logical && no == WriteNo::AsComment && &*value == b"n" {
            out.extend_from_slice(format!("# {prefix}{name} is not set\n").as_bytes());
            return;
        }
        out.extend_from_slice(format!("{prefix}{name}=").as_bytes());
        if type_ == Type::String {
            out.push(b'"');
            for &byte in value.iter() {
                if matches!(byte, b'"' | b'\\') {
                    out.push(b'\\');
                }
                out.push(byte);
            }
            out.push(b'"');
        } else {
            out.extend_from_slice(&value);
        }
        out.push(b'\n');
    }

    /// The smallest `.config` that leads to these values (`conf_write_defconfig`).
    pub fn write_minimal(&mut self) -> Vec<u8> {
        let model = self.rules.model;
        let mut out = Vec::new();
        self.clear_valid();
        self.clear_written();
        for entry in &model.entries {
            let Some(symbol) = entry.symbol else { continue };
            if self.rules.is_choice(symbol) || self.state(symbol).written {
                continue;
            }
            self.calculate(symbol);
            let state = self.state_mut(symbol);
            state.written = true;
            if !std::mem::take(&mut state.write) || !self.is_changeable(symbol) {
                continue;
            }
            if self.current_text(symbol) == self.default_text(symbol) {
                continue;
            }
            if let Some(choice) = self.rules.choice_of[symbol.index()]
                && self.choice_default(choice) == Some(symbol)
                && self.state(symbol).value == Tristate::Yes
                && self.may_be_left_out(choice, symbol)
            {
                continue;
            }
            self.write_symbol(symbol, WriteNo::AsComment, &mut out);
        }
        out
    }

    /// Whether the user can set another value (`symbol.c: sym_is_changeable`).
    pub(super) fn is_changeable(&self, symbol: SymbolId) -> bool {
        let state = self.state(symbol);
        !self.rules.is_choice(symbol) && state.visible > state.reverse
    }

    /// The value that a symbol would have if the user said nothing (`symbol.c: sym_get_string_default`). Ranges do not count.
    fn default_text(&mut self, symbol: SymbolId) -> Text {
        let rules = self.rules;
        self.calculate_visibility(symbol);
        self.calculate_modules();
        let type_ = rules.type_of(symbol);
        let logical = matches!(type_, Some(Type::Bool | Type::Tristate));
        let mut value = Tristate::No;
        let mut text = rules.empty.clone();
        if let Some((default, condition)) = self.active_default(symbol) {
            if logical {
                value = self.expr(default).min(condition);
            } else if let Some(source) = self.only_symbol(default) {
                self.calculate(source);
                text = self.plain_text(source);
            }
        }
        let state = *self.state(symbol);
        value = value.max(state.reverse);
        let no_modules = rules
            .model
            .modules
            .is_none_or(|modules| self.state(modules).value == Tristate::No);
        if value == Tristate::Mod
            && (type_ == Some(Type::Bool) || (no_modules && !rules.is_choice_value(symbol)))
        {
            value = Tristate::Yes;
        }
        value = value.max(state.implied);
        match type_ {
            Some(Type::Bool | Type::Tristate) => Text::from(value.text().as_bytes()),
            Some(Type::Int) if text.is_empty() => rules.zero.clone(),
            Some(Type::Hex) if text.is_empty() => rules.hex_zero.clone(),
            _ => text,
        }
    }
}
