//! Owns a text that values of a configuration come from, with what to call it.

use std::sync::Arc;

use crate::diag::Location;

/// A part of what is read: a file, or one `--set`.
pub(in crate::cli) struct Part {
    /// The path of the file, or the argument.
    pub name: String,
    /// Whether it is a file.
    pub is_file: bool,
    /// Whole lines.
    pub text: Vec<u8>,
}

impl Part {
    /// The text of a file with this name.
    pub fn file(name: String, mut text: Vec<u8>) -> Self {
        if !text.is_empty() && !text.ends_with(b"\n") {
            text.push(b'\n');
        }
        Self {
            name,
            is_file: true,
            text,
        }
    }

    /// The place of a line.
    pub fn location(&self, line: u32) -> Location {
        Location {
            path: Arc::from(self.name.as_str()),
            line,
            column: 1,
            start: 0,
            end: 0,
        }
    }
}
