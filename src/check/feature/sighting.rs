//! Owns a name at a place in a header, and where an architecture's headers and a file have names.

use super::search::stem;
use crate::arch;
use crate::check::error::CheckError;
use crate::cpp::cache::Cache;
use crate::cpp::condition::{Condition, Conditions};
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::File;
use crate::diag::Location;

/// A name at a place in a header.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Sighting {
    /// The hook or marker.
    pub name: String,
    /// Holds what it is there.
    pub kind: Kind,
    /// The place of the name.
    pub location: Location,
    /// Under which condition, in the style of Kconfig; `None` for always. For a hook it is that of the whole way from the
    /// entry header, for a marker that of the `#if`s in its own file.
    pub condition: Option<String>,
    /// For a hook whose body is here and not empty: the conditions on which it returns at once.
    pub returns: Option<Vec<String>>,
    /// For a marker: the whole line with its end, where nothing stands on it but `#define` and the name.
    pub line: Option<Location>,
}

impl Sighting {
    /// When the name is there, in words for a label at its place.
    pub fn when(&self) -> String {
        match &self.condition {
            Some(condition) => format!("here with {condition}"),
            None => "here in every configuration".to_owned(),
        }
    }
}

/// The sightings of names in the headers of one architecture.
pub(super) fn in_headers_of_arch(
    cache: &Cache<'_>,
    arch: &str,
    names: &[&str],
) -> Result<Vec<Sighting>, CheckError> {
    let tree = cache.tree();
    let mut found = Vec::new();
    if names.is_empty() {
        return Ok(found);
    }
    let stem = cache.wanted(&stem(names));
    for directory in header_directories(arch) {
        if tree.list(&directory).is_err() {
            continue;
        }
        let paths = tree.walk(&directory, &|path| path.ends_with(".h"))?;
        tree.fetch(&paths);
        for path in paths {
            if cache.holds(&path, &stem)?
                && let Some(indexed) = cache.file(&path)
            {
                found.extend(sightings(&indexed.file, names));
            }
        }
    }
    Ok(found)
}

/// Where an architecture keeps the headers that the kernel's own code includes as `<asm/…>`. What is exported to user space
/// holds no hooks.
fn header_directories(arch: &str) -> Vec<String> {
    let mut directories = vec![format!("arch/{arch}/include/asm")];
    let borrowed = arch::header_arch(arch);
    if borrowed != arch {
        // um has its own headers for the processor that it runs on (`arch/um/Makefile`).
        directories.push(format!("arch/{borrowed}/{arch}/asm"));
        directories.push(format!("arch/{arch}/include/shared"));
    }
    directories
}

/// The places of `names` in one file.
pub(super) fn sightings(file: &File, names: &[&str]) -> Vec<Sighting> {
    let mut conditions = Conditions::new();
    file.occurrences(names, &mut conditions)
        .into_iter()
        .map(|occurrence| Sighting {
            name: occurrence.name.into_string(),
            kind: occurrence.kind,
            condition: text(&conditions, occurrence.condition),
            line: line_of_define(file.text.as_bytes(), &occurrence.location),
            location: occurrence.location,
            returns: None,
        })
        .collect()
}

/// The whole line of the name at `location`, where the line is `#define` and the name and nothing else.
fn line_of_define(text: &[u8], location: &Location) -> Option<Location> {
    let (name, start) = (location.start as usize, location.end as usize);
    let line_start = memchr::memrchr(b'\n', text.get(..name)?).map_or(0, |newline| newline + 1);
    let line_end = start + memchr::memchr(b'\n', text.get(start..)?)? + 1;
    let before = text[line_start..name].trim_ascii().strip_prefix(b"#")?;
    let is_define = before.trim_ascii() == b"define";
    // The line before must not go on with this one.
    let continues = text[..line_start].trim_ascii_end().ends_with(b"\\");
    let is_all = text[start..line_end].trim_ascii().is_empty();
    (is_define && is_all && !continues).then(|| {
        let path = location.path.clone();
        Location::in_text(path, text, line_start as u32, line_end as u32)
    })
}

/// A condition as Kconfig writes it; `None` for always.
pub(super) fn text(conditions: &Conditions, condition: Condition) -> Option<String> {
    (condition != Condition::TRUE).then(|| conditions.in_kconfig_style(condition))
}
