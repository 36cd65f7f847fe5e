//! Owns what a witness takes the unknown to be, as the answers of commands and the texts of variables.

use std::fmt;
use std::sync::Arc;

use super::Witness;

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
