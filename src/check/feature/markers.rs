//! Owns which of the macros that look like a feature's own are stale.
//!
//! The headers have been searched already. Only when they make a marker look stale are the other files read that could
//! prove the opposite, which costs a sound tree nothing.

use std::sync::Arc;

use memchr::memmem;

use crate::check::error::CheckError;
use crate::check::feature::callers::Caller;
use crate::check::feature::search::own_markers;
use crate::check::feature::sighting::Sighting;
use crate::cpp::condition::Conditions;
use crate::cpp::is_code;
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::File;
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::tree::Tree;

/// A marker that says nothing.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Stale {
    /// The macro.
    pub name: String,
    /// Whether it is looked at and nothing defines it; else it is defined and nothing looks at it.
    pub tested: bool,
    /// The places, at least one.
    pub places: Vec<Location>,
}

/// The stale markers among the `sightings` in the headers of an architecture.
///
/// # Errors
///
/// The tree cannot be read.
pub(in crate::check) fn in_headers(
    tree: &Tree,
    arch: &str,
    spec: &Spec,
    sightings: &[Sighting],
    callers: &[Caller],
) -> Result<Vec<Stale>, CheckError> {
    let mut stale = Vec::new();
    if sightings.is_empty() {
        return Ok(stale);
    }
    let own = format!("arch/{arch}");
    let borrowed = format!("arch/{}", crate::arch::header_arch(arch));
    for name in own_markers(spec) {
        let of_name = |wanted: fn(Kind) -> bool| -> Vec<Location> {
            let places = sightings.iter().filter(|place| place.name == name);
            places
                .filter(|place| wanted(place.kind))
                .map(|place| place.location.clone())
                .collect()
        };
        let (defined, tested) = (of_name(Kind::is_macro), of_name(is_test));
        let (places, counterpart): (_, fn(Kind) -> bool) =
            match (defined.is_empty(), tested.is_empty()) {
                (true, false) => (tested, Kind::is_macro),
                (false, true) => (defined, is_used),
                _ => continue,
            };
        let among_callers = callers
            .iter()
            .flat_map(|caller| &caller.places)
            .any(|place| *place.name == *name && counterpart(place.kind));
        let is_test_finding = counterpart(Kind::Macro);
        if !among_callers && !is_somewhere(tree, &["include", &own, &borrowed], &name, counterpart)?
        {
            stale.push(Stale {
                name,
                tested: is_test_finding,
                places,
            });
        }
    }
    Ok(stale)
}

/// The markers that generic code looks at and that no header defines.
///
/// # Errors
///
/// The tree cannot be read.
pub(in crate::check) fn in_generic_code(
    tree: &Tree,
    spec: &Spec,
    callers: &[Caller],
) -> Result<Vec<Stale>, CheckError> {
    let mut stale = Vec::new();
    let generic = || callers.iter().filter(|caller| caller.arch().is_none());
    for name in own_markers(spec) {
        let places: Vec<Location> = generic()
            .flat_map(|caller| &caller.places)
            .filter(|place| *place.name == *name && is_test(place.kind))
            .map(|place| place.location.clone())
            .collect();
        let defined = callers
            .iter()
            .flat_map(|caller| &caller.places)
            .any(|place| *place.name == *name && place.kind.is_macro());
        if !places.is_empty()
            && !defined
            && !is_somewhere(tree, &["include", "arch"], &name, Kind::is_macro)?
        {
            stale.push(Stale {
                name,
                tested: true,
                places,
            });
        }
    }
    Ok(stale)
}

fn is_test(kind: Kind) -> bool {
    kind == Kind::Test
}

/// Whether the name has an effect there other than to be defined.
fn is_used(kind: Kind) -> bool {
    !kind.is_macro() && kind != Kind::Undefine
}

/// Whether the name stands anywhere below the directories in a way that `counts`. In a list of make, or in a file that is
/// not C, every way does.
fn is_somewhere(
    tree: &Tree,
    directories: &[&str],
    name: &str,
    counts: fn(Kind) -> bool,
) -> Result<bool, CheckError> {
    // What Kconfig and device trees say defines nothing for C.
    let is_other = |path: &str| {
        let name = path.rsplit('/').next().unwrap_or(path);
        let ends = ["defconfig", ".dts", ".dtsi", ".dtso"];
        name.starts_with("Kconfig") || ends.iter().any(|end| name.ends_with(end))
    };
    let finder = memmem::Finder::new(name);
    for (index, directory) in directories.iter().enumerate() {
        if directories[..index].contains(directory) || tree.list(directory).is_err() {
            continue;
        }
        let paths = tree.walk(directory, &|path| !is_other(path))?;
        for path in tree.in_parts(&paths).flatten() {
            let Some(text) = tree.bytes_if_there(path) else {
                continue;
            };
            if finder.find(&text).is_none() {
                continue;
            }
            if !is_code(path) {
                if is_word_of(&text, name) {
                    return Ok(true);
                }
                continue;
            }
            let file = File::parse(Arc::from(&**path), tree.read_text(path)?);
            let occurrences = file.occurrences(&[name], &mut Conditions::new());
            if occurrences.iter().any(|place| counts(place.kind)) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Whether the name is there and not only as a part of `CONFIG_…` or another longer name; `-D` may stand before it.
fn is_word_of(text: &[u8], name: &str) -> bool {
    let is_word = |byte: &u8| crate::cpp::lex::is_word(*byte);
    memmem::find_iter(text, name.as_bytes()).any(|start| {
        let before = &text[..start];
        let bare = before.strip_suffix(b"-D").unwrap_or(before);
        !bare.last().is_some_and(is_word) && !text.get(start + name.len()).is_some_and(is_word)
    })
}
