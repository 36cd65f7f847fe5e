//! Owns what the C files, Rust files and makefiles of a tree say of a few names: where they use them, and whether they define a macro
//! of that name.
//!
//! The whole tree is searched once for all names that are asked about together. After that only the files that a change touches
//! are looked at again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use memchr::memmem::Finder;
use rayon::prelude::*;

use crate::check::error::CheckError;
use crate::check::kconfig::words::{
    Definition, PREFIX, each_prefixed, is_code_of_kernel, is_makefile, is_read, words,
};
use crate::diag::Location;
use crate::kconfig::sources::is_named_kconfig;
use crate::tree::Tree;

/// How many files are a part of the work for one thread.
const AT_ONCE: usize = 512;

/// How many of them are read before somebody may say that nobody wants to know.
const AT_A_TIME: usize = 64;

/// The definitions and uses of the names that were asked about, without their prefix.
#[derive(Debug, Default)]
pub(super) struct Code {
    known: BTreeMap<String, BTreeMap<Arc<str>, InFile>>,
}

/// The definitions and uses of a name in one file.
#[derive(Debug, Default)]
struct InFile {
    definitions: Vec<Definition>,
    /// The places that name it, and whether something tests it there.
    uses: Vec<(Location, bool)>,
}

/// The definitions and uses in one file, by name.
type Found = BTreeMap<String, InFile>;

impl Code {
    /// Whether a name has been searched for.
    pub fn knows(&self, name: &str) -> bool {
        self.known.contains_key(name)
    }

    /// Searches a tree for those of the names that are not known yet, as long as `is_wanted`.
    ///
    /// # Errors
    ///
    /// The tree cannot be listed, or nobody wants to know any more.
    pub fn search(
        &mut self,
        tree: &Tree,
        names: &BTreeSet<&str>,
        is_wanted: &(dyn Fn() -> bool + Sync),
    ) -> Result<(), CheckError> {
        let names: BTreeSet<&str> = names
            .iter()
            .copied()
            .filter(|name| !self.knows(name))
            .collect();
        if names.is_empty() {
            return Ok(());
        }
        let mut paths = tree.walk("", &is_searched)?;
        paths.sort_unstable();
        let finder = Finder::new(PREFIX);
        let of_part = |part: &[String]| -> Vec<(Arc<str>, Found)> {
            let mut found = Vec::new();
            let few = part.chunks(AT_A_TIME).take_while(|_| is_wanted());
            for few in few {
                tree.read_each(few, &mut |path, text| {
                    // A file that cannot be read says nothing.
                    let Ok(text) = text else { return };
                    let of_file = of_file(path, text, &finder, &|name| names.contains(name));
                    if !of_file.is_empty() {
                        found.push((Arc::from(&**path), of_file));
                    }
                });
            }
            found
        };
        let found: Vec<_> = paths.par_chunks(AT_ONCE).flat_map_iter(of_part).collect();
        if !is_wanted() {
            return Err(CheckError::Stopped);
        }
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
        if self.known.is_empty() || !is_searched(path) {
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

    /// Looks again at all files that name what was asked about, for those whose disk changes meanwhile.
    pub fn read_again(&mut self, tree: &Tree) {
        let files = self.known.values().flat_map(BTreeMap::keys);
        let files: BTreeSet<Arc<str>> = files.cloned().collect();
        for path in files {
            self.follow(tree, &path);
        }
    }

    fn take_up(&mut self, path: &Arc<str>, of_file: Found) {
        for (name, in_file) in of_file {
            if let Some(of_name) = self.known.get_mut(&name) {
                of_name.insert(path.clone(), in_file);
            }
        }
    }

    /// The places that still name a symbol, in the order of their files. A name that some file defines itself has none. With
    /// `is_value`, uses outside of tests count, too.
    pub fn uses(&self, name: &str, is_value: bool) -> impl Iterator<Item = &Location> {
        let of_name = self.known.get(name).into_iter().flatten();
        let files = of_name.filter(|(path, _)| !self.is_defined(name, path));
        files
            .flat_map(|(_, in_file)| &in_file.uses)
            .filter(move |(_, is_tested)| *is_tested || is_value)
            .map(|(place, _)| place)
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
    let mut is_used = false;
    // `CONFIG_X_MODULE` is the macro of a symbol that is a module.
    let symbol = |name: &str| {
        let names = [Some(name), name.strip_suffix("_MODULE")];
        let mut names = names.into_iter().flatten();
        names.find(|name| is_wanted(name)).map(str::to_owned)
    };
    each_prefixed(
        path,
        text,
        finder,
        &mut |name, definition| match definition {
            Some(definition) if is_wanted(name) => {
                let in_file = found.entry(name.to_owned()).or_default();
                in_file.definitions.push(definition);
            }
            Some(_) => {}
            None => is_used |= symbol(name).is_some(),
        },
    );
    // Only a file that names one is cut into tokens: comments and strings name what they like.
    if is_used {
        let text = String::from_utf8_lossy(text);
        for word in words(&Arc::from(path), &text) {
            if let Some(name) = word.text.strip_prefix(PREFIX).and_then(symbol) {
                let in_file = found.entry(name).or_default();
                let asks = word.asks();
                in_file.uses.push((word.location, asks));
            }
        }
    }
    found
}

/// Whether the names in a file count: those of the kernel, and those in the makefiles that build it.
fn is_searched(path: &str) -> bool {
    let is_helper = ["scripts/", "Documentation/"]
        .iter()
        .any(|directory| path.starts_with(directory));
    is_code_of_kernel(path) || is_helper && is_read(path) && is_makefile(path)
}

/// Whether a macro is defined in the files beside one that uses it, or by its makefile.
pub(super) fn is_defined_near(tree: &Tree, path: &str, name: &str) -> bool {
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let entries = tree.list(directory).unwrap_or_default();
    let finder = Finder::new(name);
    entries.iter().any(|entry| {
        let beside = match directory {
            "" => entry.name.to_string(),
            directory => format!("{directory}/{}", entry.name),
        };
        if !is_read(&beside) || is_named_kconfig(&beside) {
            return false;
        }
        let text = tree.bytes_if_there(&beside).unwrap_or_default();
        finder.find_iter(&text).any(|at| {
            let before = text[..at].trim_ascii_end();
            let is_whole = !text
                .get(at + name.len())
                .is_some_and(|&byte| crate::cpp::lex::is_word(byte));
            is_whole && (before.ends_with(b"define") || before.ends_with(b"-D"))
        })
    })
}
