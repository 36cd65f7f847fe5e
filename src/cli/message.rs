//! Owns the form of a message on standard error: one line, whatever it quotes.

use std::io::Write;

use crate::report;

/// Writes a line to standard error, with `start` as it is. All messages pass here. The text may quote the tree, for example the name
/// of a file, so nothing of it steers a terminal or begins another line: a service that runs jobs takes commands from lines.
pub(super) fn line(start: impl std::fmt::Display, text: &str) {
    let text = report::harmless_line(text.trim_end());
    // Where standard error is gone, nobody wants to know.
    let _ = writeln!(anstream::stderr(), "{start}{text}");
}
