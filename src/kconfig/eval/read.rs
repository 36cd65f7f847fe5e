//! Owns reading a `.config`, with the warnings that `conf` gives.
//!
//! Follows `confdata.c: conf_read_simple`, `conf_set_sym_val` and `conf_read` (7.2); lines until 6.7 follow those of 6.1.

use nom::Parser;
use nom::bytes::complete::{tag, take_until};
use nom::combinator::{all_consuming, rest};
use nom::sequence::{delimited, preceded, separated_pair};

use super::value::is_valid;
use super::{Configuration, Dialect, State, Text, Tristate};
use crate::kconfig::model::{SymbolId, Type};

/// Something in a `.config` that is not taken over as it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// Line in the file, counted from 1.
    pub line: u32,
    /// Holds what is wrong.
    pub kind: WarningKind,
}

/// Describes what is wrong with a line of a `.config`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WarningKind {
    /// The line is neither a value nor a comment.
    UnexpectedData(String),
    /// No file mentions the symbol with this name.
    UnknownSymbol(String),
    /// The symbol has got a value by an earlier line.
    Reassigned(String),
    /// The value does not fit the symbol's type: symbol and value.
    InvalidValue(String, String),
    /// A quoted text has no end.
    InvalidString,
    /// A member of a choice is `m` while the choice is `y` (until 6.10).
    Inconsistent(String),
    /// A second member of a choice is set (until 6.10).
    ChangesChoice(String),
}

impl WarningKind {
    /// The warning as one line.
    pub fn text(&self) -> String {
        match self {
            WarningKind::UnexpectedData(line) => format!("`{line}` is not a line of a .config"),
            WarningKind::UnknownSymbol(name) => format!("unknown symbol `{name}`"),
            WarningKind::Reassigned(name) => format!("`{name}` is set a second time"),
            WarningKind::InvalidValue(name, value) => {
                format!("`{value}` is not a valid value of `{name}`")
            }
            WarningKind::InvalidString => "a quoted string is not closed".to_owned(),
            WarningKind::Inconsistent(name) => {
                format!("`{name}` is `m` in a choice that another member makes `y`")
            }
            WarningKind::ChangesChoice(name) => {
                format!("`{name}` is set in a choice that has another member set")
            }
        }
    }
}

impl Configuration<'_, '_> {
    /// Takes the values of a `.config` for those of the user, whose earlier ones are forgotten (`conf_read_simple`).
    /// `warn_unknown` is whether names that no file mentions are warned about.
    pub fn read(&mut self, text: &[u8], warn_unknown: bool) -> Vec<Warning> {
        for state in &mut self.states {
            state.has_user = false;
            state.user = Tristate::No;
        }
        self.user_texts.fill(None);
        self.forget_old_choices();
        self.forget();
        let mut warnings = Vec::new();
        let split = match self.rules.reads_loosely() {
            true => split_loosely,
            false => split,
        };
        for (index, line) in text.split_inclusive(|&byte| byte == b'\n').enumerate() {
            let line = split(self.rules.prefix.as_bytes(), line);
            let number = index as u32 + 1;
            self.read_line(line, warn_unknown, &mut |kind| {
                warnings.push(Warning { line: number, kind });
            });
        }
        warnings
    }

    /// Reads a `.config` and computes all values (`conf_read`). A warning makes the configuration count as changed.
    pub fn load(&mut self, text: &[u8], warn_unknown: bool) -> Vec<Warning> {
        self.changed = false;
        let warnings = self.read(text, warn_unknown);
        self.calculate_modules();
        for index in 0..self.states.len() {
            let symbol = match &self.rules.order {
                Some(order) => order[index],
                None => SymbolId::new(index),
            };
            self.calculate(symbol);
            if !self.rules.is_choice(symbol) && self.differs_from_user(symbol) {
                self.changed = true;
            }
        }
        if self.rules.dialect == Dialect::OldChoices {
            self.drop_out_of_range();
        }
        self.changed |= !warnings.is_empty();
        warnings
    }

    /// Takes the values of a `.config` for those of the user, and computes only what is asked for later, where it does not
    /// matter what is computed first.
    pub fn take(&mut self, text: &[u8]) {
        if self.rules.order.is_some() || self.rules.dialect == Dialect::OldChoices {
            self.load(text, false);
        } else {
            self.read(text, false);
            self.calculate_modules();
        }
    }

    /// Says that there is no `.config` to read (`conf_read` when it finds none).
    pub fn load_nothing(&mut self) {
        self.changed = true;
        self.calculate_modules();
    }

    fn differs_from_user(&self, symbol: SymbolId) -> bool {
        let state: &State = self.state(symbol);
        match (state.has_user, state.write) {
            (true, true) => match self.rules.type_of(symbol) {
                Some(Type::Bool | Type::Tristate) => state.user != state.value,
                _ => Some(&self.plain_text(symbol)) != self.user_texts[symbol.index()].as_ref(),
            },
            (has_user, write) => has_user || write,
        }
    }

    fn read_line(
        &mut self,
        line: Line<'_>,
        warn_unknown: bool,
        warn: &mut impl FnMut(WarningKind),
    ) {
        let (name, value) = match line {
            Line::Comment => return,
            Line::Unexpected(line) => return warn(WarningKind::UnexpectedData(lossy(line))),
            Line::Value(name, value) => (name, value),
        };
        let symbol = std::str::from_utf8(name)
            .ok()
            .and_then(|name| self.rules.find(name));
        let Some(symbol) = symbol else {
            self.changed = true;
            if warn_unknown {
                warn(WarningKind::UnknownSymbol(lossy(name)));
            }
            return;
        };
        if self.state(symbol).has_user {
            warn(WarningKind::Reassigned(lossy(name)));
        }
        if let Err(kind) = self.set_user(symbol, value) {
            return warn(kind);
        }
        if self.rules.dialect == Dialect::OldChoices {
            self.read_old_member(symbol, warn);
        } else if let Some(choice) = self.rules.choice_of[symbol.index()] {
            let members = &mut self.recent[choice as usize];
            if let Some(at) = members.iter().position(|&member| member == symbol) {
                members[..=at].rotate_right(1);
            }
        }
    }

    /// Takes a value as `.config` writes it for that of the user (`conf_set_sym_val`).
    fn set_user(&mut self, symbol: SymbolId, value: &[u8]) -> Result<(), WarningKind> {
        let invalid = |this: &Self, value: &[u8]| {
            let name = this.rules.model.name(symbol);
            Err(WarningKind::InvalidValue(name, lossy(value)))
        };
        let type_ = self.rules.type_of(symbol);
        match type_ {
            None => {}
            Some(Type::Bool | Type::Tristate) => {
                let user = match value.first() {
                    Some(b'y') => Tristate::Yes,
                    Some(b'm') if type_ == Some(Type::Tristate) => Tristate::Mod,
                    Some(b'n') => Tristate::No,
                    _ => return invalid(self, value),
                };
                let state = self.state_mut(symbol);
                state.user = user;
                state.has_user = true;
            }
            Some(Type::String) => {
                // A text without quotes is skipped silently.
                let Some(quoted) = value.strip_prefix(b"\"") else {
                    return Ok(());
                };
                let text = unquote(quoted).ok_or(WarningKind::InvalidString)?;
                self.user_texts[symbol.index()] = Some(Text::from(text));
                self.state_mut(symbol).has_user = true;
            }
            Some(Type::Int | Type::Hex) => {
                if !is_valid(type_, value) {
                    return invalid(self, value);
                }
                self.user_texts[symbol.index()] = Some(Text::from(value));
                self.state_mut(symbol).has_user = true;
            }
        }
        Ok(())
    }
}

fn lossy(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Describes what a line of a `.config` is.
enum Line<'a> {
    /// Nothing that counts.
    Comment,
    /// None of the forms that a line has.
    Unexpected(&'a [u8]),
    /// A name without its prefix, and a value.
    Value(&'a [u8], &'a [u8]),
}

/// Returns what a line is, as of 6.8. The line may end with a newline, and with a carriage return before it; C sees it up to a zero
/// byte.
fn split<'a>(prefix: &[u8], line: &'a [u8]) -> Line<'a> {
    let line = match line {
        [line @ .., b'\r', b'\n'] | [line @ .., b'\n'] => line,
        line => line,
    };
    let line = up_to_zero(line);
    if line.is_empty() {
        return Line::Comment;
    }
    if line[0] == b'#' {
        return match all_consuming(unset(prefix)).parse(line) {
            Ok((_, name)) => Line::Value(name, b"n"),
            Err(_) => Line::Comment,
        };
    }
    match assignment(prefix).parse(line) {
        Ok((_, (name, value))) => Line::Value(name, value),
        Err(_) => Line::Unexpected(line),
    }
}

type Bytes<'a> = nom::error::Error<&'a [u8]>;

/// `# CONFIG_NAME is not set`, and whatever follows: the name.
fn unset<'a>(prefix: &[u8]) -> impl Parser<&'a [u8], Output = &'a [u8], Error = Bytes<'a>> {
    let start = (tag(&b"# "[..]), tag(prefix));
    delimited(start, take_until(&b" "[..]), tag(&b" is not set"[..]))
}

/// `CONFIG_NAME=value`: the name and the value.
fn assignment<'a>(
    prefix: &[u8],
) -> impl Parser<&'a [u8], Output = (&'a [u8], &'a [u8]), Error = Bytes<'a>> {
    let name = preceded(tag(prefix), take_until(&b"="[..]));
    separated_pair(name, tag(&b"="[..]), rest)
}

/// Returns what a line is, until 6.7: `is not set` may go on, a value ends at the newline, and a bare name is passed over.
fn split_loosely<'a>(prefix: &[u8], line: &'a [u8]) -> Line<'a> {
    let line = up_to_zero(line);
    let (text, has_end) = match line {
        [text @ .., b'\n'] => (text, true),
        text => (text, false),
    };
    if line.first() == Some(&b'#') {
        return match unset(prefix).parse(line) {
            Ok((_, name)) => Line::Value(name, b"n"),
            Err(_) => Line::Comment,
        };
    }
    if let Ok((_, (name, value))) = assignment(prefix).parse(text) {
        let stripped = value.strip_suffix(b"\r").filter(|_| has_end);
        return Line::Value(name, stripped.unwrap_or(value));
    }
    if text.starts_with(prefix) {
        return Line::Comment;
    }
    match line.first() {
        Some(b'\r' | b'\n') => Line::Comment,
        _ => {
            let end = memchr::memchr2(b'\r', b'\n', line).unwrap_or(line.len());
            Line::Unexpected(&line[..end])
        }
    }
}

/// A line as C sees it.
fn up_to_zero(line: &[u8]) -> &[u8] {
    match memchr::memchr(0, line) {
        Some(end) => &line[..end],
        None => line,
    }
}

/// The text up to the closing quote, with backslashes removed; `None` where there is no such quote.
fn unquote(quoted: &[u8]) -> Option<Vec<u8>> {
    let mut text = Vec::with_capacity(quoted.len());
    let mut bytes = quoted.iter().copied();
    loop {
        match bytes.next()? {
            b'"' => return Some(text),
            b'\\' => text.push(bytes.next()?),
            byte => text.push(byte),
        }
    }
}
