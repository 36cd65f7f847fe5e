//! Owns the names that some lines of a file mention, whatever the kind of file: how often a change writes a name, and how often it
//! removes one.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::lines;
use crate::check::kconfig::words::{PREFIX, words};
use crate::kconfig::sources::is_named_kconfig;
use crate::kconfig::syntax::File;

/// A name that a line mentions.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Name {
    /// That of a symbol without its prefix; any other as it is written.
    pub name: String,
    /// Whether it is not a symbol's, for it lacks the prefix.
    pub is_other: bool,
}

/// Calls `found` with each name in some lines of a file, counted from 1, as often as they mention it. In code only names that
/// something tests count.
pub(super) fn each_mention(
    path: &Arc<str>,
    text: &str,
    lines: &BTreeSet<u32>,
    found: &mut dyn FnMut(Name),
) {
    if is_named_kconfig(path) {
        let file = File::parse(path.clone(), text.to_owned());
        lines::each_name(&file, lines, &mut |name| {
            found(Name {
                name: name.to_owned(),
                is_other: false,
            });
        });
        return;
    }
    for word in words(path, text) {
        if word.asks() && lines.contains(&word.location.line) {
            let name = word.text.strip_prefix(PREFIX);
            found(Name {
                name: name.unwrap_or(&word.text).to_owned(),
                is_other: name.is_none(),
            });
        }
    }
}
