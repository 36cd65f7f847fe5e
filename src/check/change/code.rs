//! Owns what the C files and makefiles of a tree say of a few names: whether they define a macro of that name.
//!
//! The whole tree is searched once for all names that are asked about together. After that only the files that a change touches
//! are looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::check::kconfig::words::{
    Definition, PREFIX, each_prefixed, is_code_of_kernel, is_makefile,
};
use crate::tree::{Tree, TreeError};

/// How many files are read with one question.
const AT_ONCE: usize = 512;

/// What is known of the names so far, without their prefix.
#[derive(Debug, Default)]
pub(super) struct Code {
    known: BTreeMap<String, BTreeMap<Arc<str>, InFile>>,
}

/// What one file says of a name.
#[derive(Debug, Default)]
struct InFile {
    definitions: Vec<Definition>,
}

/// What one file says of each name.
type Found = BTreeMap<String, InFile>;

impl Code {
    /// Whether a name has been searched for.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Searches a tree for those of the names that are not known yet.
    ///
    /// # Errors
    ///
    /// The tree cannot be listed.
    pub fn search(&mut self, tree: &Tree, names: &BTreeSet<&str>) -> Result<(), TreeError> {
        let names: BTreeSet<&str> = names
            .iter()
            .copied()
            .filter(|name| !self.knows(name))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut paths = tree.walk("", &is_code_of_kernel)?;
        paths.sort_unstable();
        let finder = Finder::new(PREFIX);
        let of_part = |part: &[String]| -> Vec<(Arc<str>, Found)> {
            let mut found = Vec::new();
            let mut look = |path: &str, text: &[u8]| {
                let of_file = of_file(path, text, &finder, &|name| names.contains(name));
                if !of_file.is_empty() {
                    found.push((Arc::from(path), of_file));
                }
            };
            // A file that cannot be read says nothing.
            if tree.is_directory_alone() {
                let mut text = Vec::new();
                for path in part {
                    if tree.read_into(path, &mut text).is_ok() {
                        look(path, &text);
                    }
                }
            } else {
                for (path, text) in part.iter().zip(tree.read_many(part)) {
                    if let Ok(text) = text {
                        look(path, &text);
                    }
                }
            }
            found
        };
        let found: Vec<_> = paths.par_chunks(AT_ONCE).flat_map_iter(of_part).collect();
        for name in names {
            self.known.insert(name.to_owned(), BTreeMap::new());
        }
        for (path, of_file) in found {
            self.take_up(&path, of_file);
        }
        Ok(())
    }

    /// Looks at a file again that differs from that of the tree which was searched.
    pub fn follow(&mut self, tree: &Tree, path: &Arc<str>) {
        if self.known.is_empty() || !is_code_of_kernel(path) {
            return;
        }
        for of_name in self.known.values_mut() {
            of_name.remove(path);
        }
        let text = tree.bytes_if_there(path).unwrap_or_default();
        let finder = Finder::new(PREFIX);
        let found = of_file(path, &text, &finder, &|name| self.knows(name));
        self.take_up(path, found);
    }

    fn take_up(&mut self, path: &Arc<str>, of_file: Found) {
        for (name, in_file) in of_file {
            if let Some(of_name) = self.known.get_mut(&name) {
                of_name.insert(path.clone(), in_file);
            }
        }
    }

    /// Whether some file defines the macro, or for a makefile the variable, that the file at `path` names.
    pub fn is_defined(&self, name: &str, path: &str) -> bool {
        let of_name = self.known.get(name).into_iter().flatten();
        let mut definitions = of_name.flat_map(|(_, in_file)| &in_file.definitions);
        definitions.any(|definition| match definition {
            Definition::Macro => true,
            Definition::Variable => is_makefile(path),
        })
    }
}

fn of_file(
    path: &str,
    text: &[u8],
    finder: &Finder<'_>,
    is_wanted: &dyn Fn(&str) -> bool,
) -> Found {
    let mut found = Found::new();
    each_prefixed(path, text, finder, &mut |name, definition| {
        if let Some(definition) = definition
            && is_wanted(name)
        {
            let in_file = found.entry(name.to_owned()).or_default();
            in_file.definitions.push(definition);
        }
    });
    found
}
