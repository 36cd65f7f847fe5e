//! Owns where `#include` finds a header: the directories that kbuild passes for an architecture, in their order, and the
//! wrappers that it writes into `arch/<srcarch>/include/generated`.
//!
//! Source of the order: `LINUXINCLUDE` and `USERINCLUDE` in the top Makefile, `c_flags` in scripts/Makefile.lib, the
//! architectures' Makefiles through [`crate::arch::include`], all of 7.2. Source of the wrappers:
//! scripts/Makefile.asm-headers.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use super::cache::Cache;
use crate::arch;
use crate::tree::normalized;

/// Headers that the compiler includes before anything else (`-include`).
pub const FORCED: [&str; 3] = [
    "include/linux/compiler-version.h",
    "include/linux/kconfig.h",
    "include/linux/compiler_types.h",
];

/// Describes what a header's name leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolution {
    /// A file of the tree.
    File(Arc<str>),
    /// One of several files, depending on the platform: each with the directory that must be passed for it, in the order in
    /// which they are tried. The last may have no directory (an empty name): it is taken where none of the others is.
    Platform(Vec<(Arc<str>, Arc<str>)>),
    /// A file that only a build makes.
    Generated,
    /// No file that is known.
    Missing,
}

/// A directory of the search path.
#[derive(Debug)]
enum Directory {
    /// One of the tree.
    Source(String),
    /// One that a build fills with wrappers for headers of `asm-generic`: the names below `asm/` that it wraps, and those
    /// that it writes on its own.
    Wrappers {
        wrapped: FxHashSet<String>,
        written: FxHashSet<String>,
    },
    /// Several of which the platform picks.
    Platform(Vec<Arc<str>>),
}

/// The search path of one architecture.
#[derive(Debug)]
pub struct SearchPath {
    directories: Vec<Directory>,
    found: FxHashMap<Box<str>, Resolution>,
    /// Holds what the makefiles add for one source file, behind all others.
    of_unit: Vec<String>,
}

impl SearchPath {
    /// The search path for `arch/<srcarch>`.
    pub fn new(cache: &Cache<'_>, srcarch: &str) -> Self {
        let own = format!("arch/{srcarch}/include");
        let mut directories = vec![
            Directory::Source(own.clone()),
            wrappers(cache, &format!("{own}/asm"), "include/asm-generic", srcarch),
            Directory::Source("include".to_owned()),
            Directory::Source(format!("{own}/uapi")),
            wrappers(
                cache,
                &format!("{own}/uapi/asm"),
                "include/uapi/asm-generic",
                srcarch,
            ),
            Directory::Source("include/uapi".to_owned()),
        ];
        let extra = arch::include::extra(srcarch);
        for directory in extra {
            directories.push(match directory.split_once('*') {
                None => Directory::Source((*directory).to_owned()),
                Some((before, behind)) => {
                    let mut found = platforms(cache, before, behind);
                    // One that is named on its own has its own place in the order.
                    found.retain(|platform| !extra.contains(&&**platform));
                    Directory::Platform(found)
                }
            });
        }
        // User-mode Linux has the wrappers of its host made, too (`archheaders` in arch/um/Makefile).
        if srcarch == "um" {
            let (host, of_host) = ("x86", "arch/x86/include");
            for (own, generic) in [
                ("asm", "include/asm-generic"),
                ("uapi/asm", "include/uapi/asm-generic"),
            ] {
                let own = format!("{of_host}/{own}");
                directories.push(wrappers(cache, &own, generic, host));
            }
        }
        Self {
            directories,
            found: FxHashMap::default(),
            of_unit: Vec::new(),
        }
    }

    /// From here on names are looked up as in the unit of the source file at `path`: its makefile, and those above it, may pass
    /// more directories (`-I`). A header counts as part of a unit in its directory.
    pub fn enter_unit(&mut self, cache: &Cache<'_>, path: &str) {
        self.of_unit = unit_directories(cache, path);
    }

    /// Puts directories that are passed for the source file before those that are known.
    pub fn add_to_unit(&mut self, directories: &[String]) {
        let mut all = directories.to_vec();
        let known = std::mem::take(&mut self.of_unit);
        all.extend(
            known
                .into_iter()
                .filter(|known| !directories.contains(known)),
        );
        self.of_unit = all;
    }

    /// Where `#include <name>` leads.
    pub fn angle(&mut self, cache: &Cache<'_>, name: &str) -> Resolution {
        let resolution = match self.found.get(name) {
            Some(known) => known.clone(),
            None => {
                let resolution = self.search(cache, name, 0);
                self.found.insert(name.into(), resolution.clone());
                resolution
            }
        };
        if resolution != Resolution::Missing {
            return resolution;
        }
        let mut of_unit = self.of_unit.iter();
        of_unit
            .find_map(|directory| join(directory, name).filter(|path| cache.is_file(path)))
            .map_or(resolution, |path| Resolution::File(path.into()))
    }

    /// Where `#include "name"` in the file at `from` leads: first beside the file.
    pub fn quote(&mut self, cache: &Cache<'_>, from: &str, name: &str) -> Resolution {
        let directory = from.rsplit_once('/').map_or("", |(directory, _)| directory);
        if let Some(beside) = join(directory, name)
            && cache.is_file(&beside)
        {
            return Resolution::File(beside.into());
        }
        self.angle(cache, name)
    }

    /// Looks `name` up in the directories from the one at `first` on.
    fn search(&self, cache: &Cache<'_>, name: &str, first: usize) -> Resolution {
        for directory in &self.directories[first..] {
            match directory {
                Directory::Source(directory) => {
                    if let Some(path) = join(directory, name)
                        && cache.is_file(&path)
                    {
                        return Resolution::File(path.into());
                    }
                }
                Directory::Wrappers { wrapped, written } => {
                    let Some(header) = name.strip_prefix("asm/") else {
                        continue;
                    };
                    if written.contains(header) {
                        return Resolution::Generated;
                    }
                    if wrapped.contains(header) {
                        return self.search(cache, &format!("asm-generic/{header}"), 0);
                    }
                }
                Directory::Platform(directories) => {
                    let mut found: Vec<(Arc<str>, Arc<str>)> = directories
                        .iter()
                        .filter_map(|directory| {
                            let path = join(directory, name)?;
                            cache
                                .is_file(&path)
                                .then(|| (directory.clone(), path.into()))
                        })
                        .collect();
                    if !found.is_empty() {
                        // A directory that is passed to all platforms comes last and takes what is left.
                        if let Resolution::File(rest) = self.search_behind(cache, name, directory) {
                            found.push(("".into(), rest));
                        }
                        return Resolution::Platform(found);
                    }
                }
            }
        }
        if is_generated(name) {
            Resolution::Generated
        } else {
            Resolution::Missing
        }
    }

    /// Looks `name` up in the directories behind `directory`.
    fn search_behind(&self, cache: &Cache<'_>, name: &str, directory: &Directory) -> Resolution {
        let index = self
            .directories
            .iter()
            .position(|other| std::ptr::eq(other, directory));
        self.search(
            cache,
            name,
            index
                .map_or(usize::MAX, |index| index + 1)
                .min(self.directories.len()),
        )
    }
}

/// Whether a build makes the header: those below `generated/`, and the lists of system calls.
fn is_generated(name: &str) -> bool {
    name.starts_with("generated/")
        || matches!(name, "linux/version.h" | "linux/utsrelease.h")
        || (name.starts_with("asm/")
            && (name.contains("/unistd_") || name.contains("/syscall_table_")))
}

/// `directory/name` without `.` and `..`; `None` where it leads out of the tree.
fn join(directory: &str, name: &str) -> Option<String> {
    let joined = format!("{directory}/{name}");
    if !name.contains("./") && !name.contains("//") {
        return Some(joined);
    }
    normalized(&joined)
}

/// The directories of a pattern with one `*`, which stands for a part of one directory's name. Sorted by name.
fn platforms(cache: &Cache<'_>, before: &str, behind: &str) -> Vec<Arc<str>> {
    let (parent, prefix) = before.rsplit_once('/').unwrap_or(("", before));
    cache
        .tree()
        .list(parent)
        .unwrap_or_default()
        .into_iter()
        .filter(|entry| entry.is_dir && entry.name.starts_with(prefix))
        .map(|entry| format!("{parent}/{}{behind}", entry.name).into())
        .collect()
}

/// The wrappers that a build writes for the headers of `asm`, the directory whose `Kbuild` lists them.
fn wrappers(cache: &Cache<'_>, asm: &str, generic: &str, srcarch: &str) -> Directory {
    let own = variables(cache, &format!("{asm}/Kbuild"));
    let mut wrapped: FxHashSet<String> = own.get("generic-y").cloned().unwrap_or_default();
    let mut written: FxHashSet<String> = own.get("generated-y").cloned().unwrap_or_default();
    written.extend(own.get("syscall-y").cloned().unwrap_or_default());
    // scripts/Makefile.asm-headers leaves the list of mandatory headers out for um, which borrows them from its host.
    if srcarch != "um" {
        let mandatory = variables(cache, &format!("{generic}/Kbuild"));
        for header in mandatory.get("mandatory-y").into_iter().flatten() {
            if !written.contains(header) && !cache.is_file(&format!("{asm}/{header}")) {
                wrapped.insert(header.clone());
            }
        }
    }
    Directory::Wrappers { wrapped, written }
}

/// The directories of the tree that makefiles pass to the compiler for the source file at `path`, in their order: `ccflags-y`
/// and `CFLAGS_<object>` of its own, `subdir-ccflags-y` and `KBUILD_CFLAGS` of that and of those above, below the architecture's.
fn unit_directories(cache: &Cache<'_>, path: &str) -> Vec<String> {
    let mut found = Vec::new();
    for list in lists_of(cache, path) {
        let is_top = list.directory.matches('/').count() <= 1;
        if is_top && !list.is_own && !list.names_object && !list.text.is_empty() {
            break;
        }
        let of_object = format!("CFLAGS_{}.o", list.object);
        for line in lines(&list.text) {
            let Some((variable, words)) = assignment(line) else {
                continue;
            };
            let is_of_unit =
                list.names_object && (variable == "ccflags-y" || variable == of_object);
            if is_of_unit || matches!(variable, "subdir-ccflags-y" | "KBUILD_CFLAGS") {
                found.extend(passed(words, list.directory));
            }
        }
    }
    found
}

/// A list of kbuild that says something about a source file.
struct List<'p> {
    directory: &'p str,
    text: String,
    /// Whether it is that of the file's directory.
    is_own: bool,
    /// Whether it is the one that names the object: the nearest, for a directory need not have a list.
    names_object: bool,
    /// The name that it has for the object, without the suffix.
    object: &'p str,
}

/// The lists for the source file at `path`: that of its directory, and those of the ones above, but for the root.
fn lists_of<'p>(cache: &Cache<'_>, path: &'p str) -> impl Iterator<Item = List<'p>> {
    let own = path.rsplit_once('/').map(|(own, _)| own);
    let mut is_named = false;
    own.into_iter().flat_map(upwards).map(move |directory| {
        let text = list_of(cache, directory);
        let names_object = !is_named && !text.is_empty();
        is_named |= names_object;
        let within = path.get(directory.len() + 1..).unwrap_or_default();
        List {
            directory,
            text,
            is_own: Some(directory) == own,
            names_object,
            object: within.rsplit_once('.').map_or(within, |(stem, _)| stem),
        }
    })
}

/// A directory and those above it, but for the root.
fn upwards(directory: &str) -> impl Iterator<Item = &str> {
    std::iter::successors(Some(directory), |directory| {
        directory.rsplit_once('/').map(|(above, _)| above)
    })
}

/// The text of the list of kbuild in a directory, with each continued line as one; empty without a list.
fn list_of(cache: &Cache<'_>, directory: &str) -> String {
    let lists = ["Kbuild", "Makefile"].map(|list| format!("{directory}/{list}"));
    let list = lists.iter().find(|list| cache.is_file(list));
    let text = list.and_then(|list| cache.tree().text_if_there(list));
    text.unwrap_or_default().replace("\\\n", " ")
}

/// The lines of a list without comments.
fn lines(list: &str) -> impl Iterator<Item = &str> {
    list.lines()
        .map(|line| line.split('#').next().unwrap_or_default())
}

/// The variable and the words of an assignment.
fn assignment(line: &str) -> Option<(&str, &str)> {
    let (variable, words) = line.split_once('=')?;
    Some((variable.trim_end_matches(['+', ':', '?']).trim(), words))
}

/// When a makefile passes a macro (`-D`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Passed {
    /// In every configuration.
    Always,
    /// Where this symbol, named without `CONFIG_`, is `y`.
    When(Arc<str>),
    /// Where something holds that is not followed.
    Unknown,
}

/// The macros that the makefiles pass for the source file at `path`: the one that names its object, and those above it with what they
/// say for all below them.
pub fn unit_macros(cache: &Cache<'_>, path: &str) -> FxHashMap<Box<str>, Passed> {
    let mut found: FxHashMap<Box<str>, Passed> = FxHashMap::default();
    for list in lists_of(cache, path) {
        // Most makefiles pass none.
        if !list.text.contains("-D") {
            continue;
        }
        let mut depth = 0usize;
        for line in lines(&list.text) {
            match line.split_whitespace().next() {
                Some("ifeq" | "ifneq" | "ifdef" | "ifndef") => depth += 1,
                Some("endif") => depth = depth.saturating_sub(1),
                _ => {}
            }
            let Some((variable, words)) = assignment(line) else {
                continue;
            };
            let object = ["CFLAGS_", "AFLAGS_"].iter().find_map(|kind| {
                let object = variable.strip_prefix(kind)?;
                Some(object.strip_suffix(".o").unwrap_or(object))
            });
            let is_below = variable.starts_with("subdir-");
            let counts = match object {
                Some(object) => list.names_object && object == list.object,
                None => is_below || list.names_object,
            };
            if !counts {
                continue;
            }
            let passed = match variable.split_once("-$(CONFIG_") {
                _ if depth > 0 => Passed::Unknown,
                Some((_, symbol)) => match symbol.strip_suffix(')') {
                    Some(symbol) => Passed::When(symbol.into()),
                    None => Passed::Unknown,
                },
                None if object.is_some() || variable.ends_with("flags-y") => Passed::Always,
                None => Passed::Unknown,
            };
            // What `$(if …)` and the like surround is not certain.
            let is_plain = !words.contains("$(if") && !words.contains("$(call");
            for word in words.split_whitespace() {
                let Some(rest) = word.strip_prefix("-D") else {
                    continue;
                };
                let end = rest
                    .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                    .unwrap_or(rest.len());
                if end == 0 {
                    continue;
                }
                let passed = match is_plain {
                    true => passed.clone(),
                    false => Passed::Unknown,
                };
                match found.get_mut(&rest[..end]) {
                    Some(known) if *known != passed => *known = Passed::Unknown,
                    Some(_) => {}
                    None => {
                        found.insert(rest[..end].into(), passed);
                    }
                }
            }
        }
    }
    found
}

/// The directories of the tree after each `-I`; those of the build, and those from other variables, are left out.
fn passed(words: &str, directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut words = words.split_whitespace();
    while let Some(word) = words.next() {
        let Some(rest) = word.strip_prefix("-I") else {
            continue;
        };
        let word = if rest.is_empty() {
            words.next().unwrap_or_default()
        } else {
            rest
        };
        let word = word
            .replace("$(srctree)/$(src)", directory)
            .replace("$(src)", directory)
            .replace("$(srctree)/", "");
        let word = word.trim_end_matches('/');
        if !word.contains('$') && !word.starts_with('/') {
            found.extend(join("", word).map(|path| path.trim_start_matches('/').to_owned()));
        }
    }
    found
}

/// The words that a `Kbuild` file adds to each variable.
fn variables(cache: &Cache<'_>, path: &str) -> FxHashMap<String, FxHashSet<String>> {
    let mut variables: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
    let Some(text) = cache.tree().text_if_there(path) else {
        return variables;
    };
    for line in lines(&text.replace("\\\n", " ")) {
        let Some((name, words)) = line.split_once("+=").or_else(|| line.split_once('=')) else {
            continue;
        };
        let name = name.trim_end_matches(':').trim();
        let words = words.split_whitespace().map(str::to_owned);
        variables.entry(name.to_owned()).or_default().extend(words);
    }
    variables
}

#[cfg(test)]
mod tests;
