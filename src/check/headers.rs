//! Owns where a feature's hooks and markers stand in the headers of each architecture.

use std::sync::Arc;

use rayon::prelude::*;

use super::CheckError;
use crate::arch;
use crate::cpp::condition::{Condition, Conditions};
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::File;
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::tree::Tree;

/// A name at a place in a header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sighting {
    /// The hook or marker.
    pub name: String,
    /// What it is there.
    pub kind: Kind,
    /// The place of the name.
    pub location: Location,
    /// What the `#if`s around it in its own file ask for, in the style of Kconfig; `None` for nothing.
    pub condition: Option<String>,
}

/// The headers of one tree that mention the names of some features.
#[derive(Debug)]
pub struct Gathered {
    /// For each architecture, in the order they were asked for, the sightings of each feature in the order of the specs.
    pub of_archs: Vec<Vec<Vec<Sighting>>>,
    /// The sightings of each feature in its entry header.
    pub generic: Vec<Vec<Sighting>>,
}

/// Looks for the names of each feature in the headers of each architecture and in the feature's entry header.
///
/// # Errors
///
/// The tree has no entry header, or cannot be read.
pub fn gather(
    tree: &Tree,
    architectures: &[String],
    specs: &[&Spec],
) -> Result<Gathered, CheckError> {
    let names: Vec<Vec<&str>> = specs
        .iter()
        .map(|spec| {
            spec.hooks
                .iter()
                .chain(&spec.retired_markers)
                .map(|name| &**name)
                .collect()
        })
        .collect();
    let mut generic = Vec::with_capacity(specs.len());
    for (spec, names) in specs.iter().zip(&names) {
        let Some(header) = &spec.entry_header else {
            generic.push(Vec::new());
            continue;
        };
        if !tree.is_file(header) {
            return Err(CheckError::MissingFile {
                feature: spec.name.to_string(),
                what: "entry header",
                path: header.to_string(),
            });
        }
        let file = File::parse(Arc::from(&**header), tree.read_text(header)?);
        generic.push(sightings(&file, names));
    }
    let of_archs = architectures
        .iter()
        .map(|arch| of_arch(tree, arch, &names))
        .collect::<Result<_, _>>()?;
    Ok(Gathered { of_archs, generic })
}

/// The sightings of each feature's names in the headers of one architecture.
fn of_arch(tree: &Tree, arch: &str, names: &[Vec<&str>]) -> Result<Vec<Vec<Sighting>>, CheckError> {
    if names.iter().all(Vec::is_empty) {
        return Ok(vec![Vec::new(); names.len()]);
    }
    let mut paths = Vec::new();
    for directory in header_directories(arch) {
        if tree.list(&directory).is_ok() {
            paths.extend(tree.walk(&directory, &|path| path.ends_with(".h"))?);
        }
    }
    let files: Vec<Vec<Vec<Sighting>>> = paths
        .into_par_iter()
        .map(|path| -> Result<_, CheckError> {
            let text = tree.read_text(&path)?;
            let mentioned = |names: &Vec<&str>| {
                names
                    .iter()
                    .any(|name| memchr::memmem::find(text.as_bytes(), name.as_bytes()).is_some())
            };
            if !names.iter().any(mentioned) {
                return Ok(Vec::new());
            }
            let file = File::parse(Arc::from(path), text);
            Ok(names.iter().map(|names| sightings(&file, names)).collect())
        })
        .collect::<Result<_, _>>()?;
    let mut result = vec![Vec::new(); names.len()];
    for file in files {
        for (all, of_file) in result.iter_mut().zip(file) {
            all.extend(of_file);
        }
    }
    Ok(result)
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
fn sightings(file: &File, names: &[&str]) -> Vec<Sighting> {
    let mut conditions = Conditions::new();
    file.occurrences(names, &mut conditions)
        .into_iter()
        .map(|occurrence| Sighting {
            name: occurrence.name.into_string(),
            kind: occurrence.kind,
            condition: (occurrence.condition != Condition::TRUE)
                .then(|| conditions.in_kconfig_style(occurrence.condition)),
            location: occurrence.location,
        })
        .collect()
}
