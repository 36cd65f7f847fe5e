//! Owns the names of Kconfig symbols in C files and makefiles of the whole tree: `CONFIG_…` for which no Kconfig file has an entry.
//!
//! A macro that some C file or makefile defines itself is not that of a symbol, nor is a variable that a makefile assigns. Programs that are not the kernel, and texts about it,
//! are left out. It must not know models.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use memchr::memmem::Finder;
use rayon::prelude::*;

use super::names::Names;
use super::words::{Definition, PREFIX, each_prefixed, is_code_of_kernel, is_makefile, words};
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::tree::{Tree, TreeError};

/// The name of the lint.
pub const UNDECLARED: &str = "undeclared-config";

/// Most places that one finding shows besides the first.
const MAX_PLACES: usize = 8;

/// The names that one file uses and defines.
#[derive(Default)]
struct OfFile {
    /// The names with the prefix that it defines itself.
    defined: Vec<(String, Definition)>,
    /// The names, without the prefix, that nothing declares.
    named: Vec<(String, Location)>,
}

/// A finding for each name that C files and makefiles use and no Kconfig file declares, at its first place.
///
/// # Errors
///
/// The tree cannot be listed. A file that cannot be read says nothing.
pub fn findings(tree: &Tree, names: &Names) -> Result<Vec<Diagnostic>, TreeError> {
    let mut paths = tree.walk("", &is_code_of_kernel)?;
    paths.sort_unstable();
    let finder = Finder::new(PREFIX);
    let mut of_files: Vec<OfFile> = Vec::new();
    for part in tree.in_parts(&paths) {
        of_files.par_extend(part.par_iter().map_init(Vec::new, |text, path| {
            text.clear();
            match tree.read_into(path, text) {
                Ok(()) => of_file(path, text, &finder, names),
                Err(_) => OfFile::default(),
            }
        }));
    }
    let (mut macros, mut variables) = (BTreeSet::new(), BTreeSet::new());
    let mut uses: BTreeMap<String, Vec<Location>> = BTreeMap::new();
    for of in of_files {
        for (name, definition) in of.defined {
            match definition {
                Definition::Macro => macros.insert(name),
                Definition::Variable => variables.insert(name),
            };
        }
        for (name, place) in of.named {
            uses.entry(name).or_default().push(place);
        }
    }
    uses.retain(|name, places| {
        // Only makefiles see what a makefile assigns.
        if variables.contains(name) {
            places.retain(|place| !is_makefile(&place.path));
        }
        !macros.contains(name) && !places.is_empty()
    });
    let found = uses
        .iter()
        .map(|(name, places)| finding(name, places, names));
    Ok(found.collect())
}

/// The symbol that a macro stands for: `CONFIG_X` is on, `CONFIG_X_MODULE` is a module.
fn is_declared(name: &str, names: &Names) -> bool {
    let is = |name| names.is_declared(name);
    is(name) || name.strip_suffix("_MODULE").is_some_and(is)
}

fn of_file(path: &str, text: &[u8], finder: &Finder<'_>, names: &Names) -> OfFile {
    let mut of = OfFile::default();
    let mut is_suspect = false;
    each_prefixed(path, text, finder, &mut |name, definition| {
        if let Some(definition) = definition {
            of.defined.push((name.to_owned(), definition));
        } else if !is_declared(name, names) {
            is_suspect = true;
        }
    });
    // Most files name only what is declared; the others are cut into tokens, for comments and texts name what they like.
    if is_suspect {
        let text = String::from_utf8_lossy(text);
        let found = words(&Arc::from(path), &text).into_iter();
        // Other code does not compile unless something, such as an `enum`, defines the name.
        let tested = found.filter(|word| word.is_tested);
        of.named.extend(tested.filter_map(|word| {
            let name = word.text.strip_prefix(PREFIX)?;
            (!is_declared(name, names)).then(|| (name.to_owned(), word.location))
        }));
    }
    of
}

fn finding(name: &str, places: &[Location], names: &Names) -> Diagnostic {
    let headline = format!("`{PREFIX}{name}` is used, but no Kconfig file declares `{name}`");
    let first = places.first().cloned();
    let first = first.unwrap_or_else(|| Location::file("Kconfig"));
    let label = Label::new(first, "this is never set");
    let mut finding = Diagnostic::new(UNDECLARED, Level::Warn, headline, label);
    finding.symbol = Some(name.to_owned());
    for other in places.iter().skip(1).take(MAX_PLACES) {
        finding = finding.with_secondary(Label::new(other.clone(), "and here"));
    }
    let hidden = places.len().saturating_sub(1 + MAX_PLACES);
    if hidden > 0 {
        finding = finding.with_note(format!("{hidden} more places name it"));
    }
    finding.with_help(match names.nearest(name) {
        Some(nearest) => format!("write `{PREFIX}{nearest}`, if you meant that"),
        None => "declare the symbol, or remove what depends on it".to_owned(),
    })
}
