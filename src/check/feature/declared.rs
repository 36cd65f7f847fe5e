//! Owns which features a tree knows: those whose symbols one of its Kconfig files declares, or turns on without a declaration.
//!
//! It reads the words of Kconfig files and not their meaning: what a model says of the symbol is asked afterwards, and tells of
//! files that cannot be read.

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::error::CheckError;
use crate::cpp::cache::Cache;
use crate::feature::builtin;
use crate::feature::name::FilePath;
use crate::feature::spec::Spec;
use crate::kconfig::model::environment::Version;
use crate::kconfig::sources::{self, is_named_kconfig};
use crate::tree::Tree;

use super::headers::is_of_arch;

/// The shipped features that `check` looks at where none is named: those that the release of the newest tree has and one of the
/// trees knows, in their order. A tree that knows none of them is asked about the first, so that the run says what is missing
/// instead of nothing.
///
/// # Errors
///
/// A tree cannot be read, or the newest has no Makefile.
pub fn of_trees<'t>(
    trees: impl Iterator<Item = &'t Tree>,
    newest: &Tree,
) -> Result<Vec<Spec>, CheckError> {
    let mut specs = in_release(builtin::shipped(), newest)?;
    let trees: Vec<&Tree> = trees.collect();
    if let [before, ..] = *trees {
        follow_headers(&mut specs, before, newest);
    }
    let mut known = only(&specs, trees.into_iter())?;
    if known.is_empty() {
        known.extend_from_slice(builtin::default());
    }
    Ok(known)
}

/// The features that the trees know, in their order: a Kconfig file that can be read declares or selects one of their symbols in one of
/// the trees, and all trees have the entry header. A series may move that to another place.
pub fn only<'t>(
    specs: &[Spec],
    trees: impl Iterator<Item = &'t Tree>,
) -> Result<Vec<Spec>, CheckError> {
    let mut is_known = vec![false; specs.len()];
    let mut has_header = vec![true; specs.len()];
    for tree in trees {
        for (known, found) in is_known.iter_mut().zip(known(specs, tree)?) {
            *known |= found;
        }
        for (has, spec) in has_header.iter_mut().zip(specs) {
            let headers = spec.entry_header.all();
            let is_there = |path: &FilePath| is_of_arch(path) || tree.is_file(path);
            *has &= headers.is_empty() || headers.iter().any(is_there);
        }
    }
    let is_known = is_known.into_iter().zip(has_header);
    let is_known = is_known.map(|(known, has)| known && has);
    let known = specs.iter().zip(is_known).filter(|(_, known)| *known);
    Ok(known.map(|(spec, _)| spec.clone()).collect())
}

/// Adds to each spec the headers that took the place of its entry header between two trees of a series: those that name one of its hooks
/// since then. A feature with wrappers is left as it is, for all that is said of wrappers is about one header.
pub fn follow_headers(specs: &mut [Spec], before: &Tree, after: &Tree) {
    let mut changed: Option<Vec<String>> = None;
    for spec in specs.iter_mut().filter(|spec| spec.wrappers.is_empty()) {
        let has_header = |tree: &Tree| {
            let mut headers = spec.entry_header.all().iter();
            headers.any(|path| is_of_arch(path) || tree.is_file(path))
        };
        if !has_header(before) || has_header(after) {
            continue;
        }
        let changed = changed.get_or_insert_with(|| {
            let changes = before.changes(after).into_iter();
            let headers = changes.map(|change| change.path);
            let mut headers: Vec<String> = headers
                .filter(|path| path.starts_with("include/") && path.ends_with(".h"))
                .collect();
            headers.sort_unstable();
            headers
        });
        let names = spec.names();
        let wanted = Cache::new(after).wanted(&names);
        let names_it = |tree: &Tree, path: &str| {
            let text = tree.bytes_if_there(path).unwrap_or_default();
            !wanted.words_in(&text).is_empty()
        };
        let headers = changed
            .iter()
            .filter(|path| names_it(after, path) && !names_it(before, path));
        let headers: Vec<FilePath> = headers
            .filter_map(|path| FilePath::new(path).ok())
            .collect();
        for header in headers {
            spec.entry_header.push(header);
        }
    }
}

/// The specs as they are for the release of a tree; those that it does not have are left out.
///
/// # Errors
///
/// The tree has no Makefile.
pub fn in_release(specs: &[Spec], tree: &Tree) -> Result<Vec<Spec>, CheckError> {
    let release = Version::of(tree)?.release;
    let specs = specs.iter();
    Ok(specs.filter_map(|spec| spec.in_release(release)).collect())
}

/// Whether some Kconfig file of the tree has an entry of the symbol, whichever architecture reads it.
///
/// # Errors
///
/// The tree cannot be read.
pub fn declares(cache: &Cache<'_>, symbol: &str) -> Result<bool, CheckError> {
    let tree = cache.tree();
    let wanted = cache.wanted(&[symbol]);
    for path in named_kconfig(tree)? {
        if cache.holds(&path, &wanted)? {
            let text = tree.read_text(&path)?;
            if text
                .lines()
                .any(|line| sources::declares(line) == Some(symbol))
            {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// The symbols that the Kconfig files of the tree declare, whichever architecture reads them.
///
/// # Errors
///
/// The tree cannot be read.
pub fn declared_names(tree: &Tree) -> Result<FxHashSet<String>, CheckError> {
    let paths = named_kconfig(tree)?;
    tree.fetch(&paths);
    let of_files = paths.par_iter().map(|path| {
        let text = tree.bytes_if_there(path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let names = text.lines().filter_map(sources::declares);
        names.map(str::to_owned).collect()
    });
    let of_files: Vec<Vec<String>> = of_files.collect();
    Ok(of_files.into_iter().flatten().collect())
}

/// The files of the tree whose names are those of Kconfig files, but for what is no part of the kernel.
fn named_kconfig(tree: &Tree) -> Result<Vec<String>, CheckError> {
    let mut paths = Vec::new();
    for entry in tree.list("")? {
        let name = &*entry.name;
        if name == "Kconfig" {
            paths.push(name.to_owned());
        } else if !entry.is_file
            && !entry.is_link
            && !matches!(name, "Documentation" | "tools" | ".git")
        {
            paths.extend(tree.walk(name, &is_named_kconfig).unwrap_or_default());
        }
    }
    Ok(paths)
}

fn known(specs: &[Spec], tree: &Tree) -> Result<Vec<bool>, CheckError> {
    let cache = Cache::new(tree);
    let symbols: Vec<&str> = specs
        .iter()
        .flat_map(|spec| spec.kconfig.iter().map(|term| &*term.symbol))
        .collect();
    let wanted = cache.wanted(&symbols);
    let paths = named_kconfig(tree)?;
    tree.fetch(&paths);
    let mut by_name: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (index, &symbol) in symbols.iter().enumerate() {
        by_name.entry(symbol).or_default().push(index);
    }
    let of_files = paths
        .par_iter()
        .map(|path| {
            let text = tree.bytes_if_there(path).unwrap_or_default();
            if !wanted.are_in(&text) {
                return Vec::new();
            }
            let text = String::from_utf8_lossy(&text);
            let named = text.lines().filter_map(|line| {
                let mut words = line.split_whitespace();
                let is_naming = matches!(
                    words.next(),
                    Some("config" | "menuconfig" | "select" | "imply")
                );
                is_naming.then(|| words.next())?
            });
            let found = named.filter_map(|name| by_name.get(name));
            found.flatten().copied().collect()
        })
        .collect::<Vec<Vec<usize>>>();
    let mut is_found = vec![false; symbols.len()];
    for symbol in of_files.into_iter().flatten() {
        is_found[symbol] = true;
    }
    let mut next = 0;
    let mut known = Vec::new();
    for spec in specs {
        let own = &is_found[next..next + spec.kconfig.len()];
        next += spec.kconfig.len();
        known.push(own.contains(&true) || own.is_empty());
    }
    Ok(known)
}
