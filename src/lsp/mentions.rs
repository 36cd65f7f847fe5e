//! Owns where files name a symbol otherwise than as a word of Kconfig: `CONFIG_X` in C, makefiles, configurations and texts, and the
//! `Kconfig:` lines of tables. The files are read when somebody asks, for there are many of them.
//!
//! It must not know models or the protocol's messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use lsp_types::Range;
use memchr::memmem::Finder;
use rayon::prelude::*;

use super::text::{Lines, is_word};
use crate::check::kconfig::names::is_kconfig;
use crate::cpp::is_code;
use crate::feature::arch_support::Table;
pub(super) use crate::kconfig::sources::PREFIX;
use crate::tree::{Tree, TreeError};

/// Suffix of the name in code that tests whether the symbol is `m`.
const MODULE: &str = "_MODULE";

/// The kinds of files, as a preview sorts them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Group {
    /// A word of Kconfig.
    Kconfig,
    /// A makefile.
    Makefile,
    /// C, assembler, Rust, device trees.
    Code,
    /// The table of a feature.
    Table,
    /// A `defconfig` or a fragment.
    Configuration,
    /// Documentation, scripts, comments and help texts in Kconfig files.
    Text,
}

impl Group {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Kconfig,
        Self::Makefile,
        Self::Code,
        Self::Table,
        Self::Configuration,
        Self::Text,
    ];

    /// Its name and what a preview calls it.
    pub fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Kconfig => ("kconfig", "Kconfig files"),
            Self::Makefile => ("makefiles", "Makefiles"),
            Self::Code => ("code", "C and other sources"),
            Self::Table => ("tables", "Tables of features"),
            Self::Configuration => ("configurations", "Configurations"),
            Self::Text => ("texts", "Documentation, scripts, comments"),
        }
    }

    /// The kind of a file, by its path.
    pub fn of(path: &str) -> Self {
        let name = path.rsplit('/').next().unwrap_or(path);
        let has_extension = |all: &[&str]| {
            let extension = name.rsplit_once('.').map(|(_, extension)| extension);
            extension.is_some_and(|extension| all.contains(&extension))
        };
        if Table::is_table_path(path) {
            Self::Table
        } else if is_kconfig(path) || path.starts_with("Documentation/") {
            Self::Text
        } else if name.starts_with("Makefile")
            || name.starts_with("Kbuild")
            || has_extension(&["mk"])
        {
            Self::Makefile
        } else if is_code(path) || has_extension(&["rs", "dts", "dtsi", "lds", "y", "l", "inc"]) {
            Self::Code
        } else if path.contains("/configs/")
            || name.ends_with("defconfig")
            || name == "config"
            || is_hidden_configuration(name)
            || has_extension(&["config"])
        {
            Self::Configuration
        } else {
            Self::Text
        }
    }

    /// Whether references are looked for in a file at this path: in code, and in the configurations beside it with which it is tested.
    pub fn has_references(path: &str) -> bool {
        let name = path.rsplit('/').next().unwrap_or(path);
        matches!(Self::of(path), Self::Code | Self::Makefile) || is_hidden_configuration(name)
    }

    /// Whether a name in such a file means something to a build.
    pub fn is_read_by_builds(self) -> bool {
        matches!(self, Self::Makefile | Self::Code | Self::Configuration)
    }
}

/// Mentions in one file.
#[derive(Debug)]
pub(super) struct OfFile {
    /// Its path in the tree.
    pub path: String,
    /// The kind of the file.
    pub group: Group,
    /// The places of the bare name, without what comes before and after it.
    pub places: Vec<Range>,
}

/// Ends of the names of files that are no text, or made by a build.
const NO_TEXT: [&str; 20] = [
    "o", "a", "ko", "so", "mod", "order", "cmd", "dtb", "dtbo", "png", "gif", "jpg", "svg", "pdf",
    "gz", "xz", "bin", "ihex", "ppm", "pyc",
];

/// Whether a file of this name is hidden and holds a configuration that belongs to the tree, as `.kunitconfig` does. A `.config` is that
/// of a build.
fn is_hidden_configuration(name: &str) -> bool {
    name.starts_with('.') && name.ends_with("config") && name != ".config"
}

/// Whether a file may name symbols by hand: it is text, and no build has made it.
pub(super) fn is_searched(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
    let is_made = ["include/config/", "LICENSES/", "scripts/kconfig/tests/"];
    let directory = path.rsplit_once('/').map_or("", |(directory, _)| directory);
    let is_hidden = |part: &str| part.starts_with('.');
    !directory.split('/').any(is_hidden)
        && (!is_hidden(name) || is_hidden_configuration(name))
        && !NO_TEXT.contains(&extension)
        && !name.ends_with(".mod.c")
        && !path.contains("include/generated/")
        && !is_made.iter().any(|directory| path.starts_with(directory))
}

/// A name that is looked for.
pub(super) struct Wanted<'n> {
    /// The symbol, without its prefix.
    pub name: &'n str,
    /// Whether the symbol with `_MODULE` behind its name is another symbol.
    pub module_is_other: bool,
}

/// The places of names in all files of a tree, by name, each sorted by path; `None` where nobody wants to know any more.
///
/// # Errors
///
/// The tree cannot be listed. A file that cannot be read says nothing.
pub(super) fn find(
    tree: &Tree,
    wanted: &[Wanted<'_>],
    is_meant: &(dyn Fn(&str) -> bool + Sync),
    is_cancelled: &AtomicBool,
) -> Result<Option<Vec<Vec<OfFile>>>, TreeError> {
    let paths = tree.walk("", &|path| is_searched(path) && is_meant(path))?;
    let finders: Vec<Finder<'_>> = wanted.iter().map(|of| Finder::new(of.name)).collect();
    let of_files: Vec<Vec<Option<OfFile>>> = paths
        .par_iter()
        .map_init(Vec::new, |text, path| {
            text.clear();
            if is_cancelled.load(Ordering::Relaxed) || tree.read_into(path, text).is_err() {
                return Vec::new();
            }
            let found = wanted.iter().zip(&finders).map(|(wanted, finder)| {
                finder.find(text)?;
                in_file(path, text, wanted)
            });
            found.collect()
        })
        .collect();
    if is_cancelled.load(Ordering::Relaxed) {
        return Ok(None);
    }
    let mut found: Vec<Vec<OfFile>> = wanted.iter().map(|_| Vec::new()).collect();
    for of_file in of_files {
        for (all, of) in found.iter_mut().zip(of_file) {
            all.extend(of);
        }
    }
    Ok(Some(found))
}

fn in_file(path: &str, bytes: &[u8], wanted: &Wanted<'_>) -> Option<OfFile> {
    // A file with a null byte is binary, even if its name suggests text.
    if bytes.contains(&0) {
        return None;
    }
    let text = String::from_utf8_lossy(bytes);
    let group = Group::of(path);
    let spans = match group {
        Group::Table => in_table(path, &text, wanted.name),
        _ => in_text(&text, wanted),
    };
    if spans.is_empty() {
        return None;
    }
    let lines = Lines::new(&text);
    let size = wanted.name.len();
    let places = spans.into_iter();
    Some(OfFile {
        path: path.to_owned(),
        group,
        places: places
            .map(|start| lines.range(&text, start, start + size))
            .collect(),
    })
}

/// Where a text has the name behind its prefix, as a word.
pub(super) fn in_text(text: &str, wanted: &Wanted<'_>) -> Vec<usize> {
    let name = wanted.name;
    let mut found = Vec::new();
    for (at, _) in text.match_indices(name) {
        let Some(before) = text[..at].strip_suffix(PREFIX) else {
            continue;
        };
        // `-DCONFIG_X` gives a macro to a compiler.
        let is_start =
            !before.ends_with(is_word) || before.ends_with("-D") || before.ends_with("-U");
        let after = &text[at + name.len()..];
        let after = match after.strip_prefix(MODULE) {
            Some(after) if !wanted.module_is_other => after,
            _ => after,
        };
        if is_start && !after.starts_with(is_word) {
            found.push(at);
        }
    }
    found
}

/// Where the `Kconfig:` lines of a table have the name.
pub(super) fn in_table(path: &str, text: &str, name: &str) -> Vec<usize> {
    let (table, _) = Table::parse(Arc::from(path), text);
    let mut found = Vec::new();
    for (_, place) in table.kconfig_lines() {
        let (start, end) = (place.start as usize, place.end as usize);
        let line = text.get(start..end).unwrap_or_default();
        for (at, _) in line.match_indices(name) {
            if !line[..at].ends_with(is_word) && !line[at + name.len()..].starts_with(is_word) {
                found.push(start + at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_a_whole_word_behind_its_prefix() {
        let text = "CONFIG_A CONFIG_AB XCONFIG_A CONFIG_A_MODULE -DCONFIG_A=1 $(CONFIG_A) A CONFIG_A_MODULES\n";
        let places = |module_is_other| {
            let wanted = Wanted {
                name: "A",
                module_is_other,
            };
            in_text(text, &wanted)
        };
        assert_eq!(places(false), [7, 36, 54, 67]);
        assert_eq!(places(true), [7, 54, 67]);
    }

    #[test]
    fn files_are_sorted_by_what_they_are() {
        for (path, group) in [
            ("arch/x86/Kbuild", Group::Makefile),
            ("scripts/Makefile.gcc-plugins", Group::Makefile),
            ("mm/memory.c", Group::Code),
            ("rust/kernel/lib.rs", Group::Code),
            ("arch/arm/configs/multi_v7_defconfig", Group::Configuration),
            ("kernel/configs/debug.config", Group::Configuration),
            ("tools/testing/selftests/mm/config", Group::Configuration),
            ("mm/damon/tests/.kunitconfig", Group::Configuration),
            ("mm/Kconfig", Group::Text),
            ("Documentation/mm/x.rst", Group::Text),
            (
                "Documentation/features/vm/huge-vmap/arch-support.txt",
                Group::Table,
            ),
        ] {
            assert_eq!(Group::of(path), group, "{path}");
        }
        assert!(!is_searched(".config") && !is_searched("include/generated/autoconf.h"));
        assert!(!is_searched("arch/x86/include/generated/asm/unistd.h"));
        assert!(!is_searched(".git/config") && !is_searched("mm/.memory.o.cmd"));
        assert!(is_searched("mm/memory.c") && is_searched("mm/damon/tests/.kunitconfig"));
    }
}
