//! Owns telling one state of a tree from another without reading its files.

use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rayon::prelude::*;
use walkdir::WalkDir;

use crate::tree::signature::Inputs;

/// A text that is another one when a file of the tree at `root` was changed, added or removed: made of the names, sizes and
/// times of all files. What cannot be read counts as not there.
pub fn stamp(root: &Path) -> String {
    let Ok(entries) = std::fs::read_dir(root) else {
        return String::new();
    };
    let mut names: Vec<_> = entries
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|path| path.file_name().is_some_and(|name| name != ".git"))
        .collect();
    names.sort();
    let parts: Vec<u64> = names.par_iter().map(|path| below(path)).collect();
    let mut inputs = Inputs::default();
    for part in parts {
        inputs.add(&part.to_le_bytes());
    }
    inputs.digest()
}

/// The part of one entry of the root and of what is below it. Links are not followed.
fn below(path: &Path) -> u64 {
    let mut total = 0u64;
    let entries = WalkDir::new(path).follow_root_links(false);
    for entry in entries.into_iter().filter_map(Result::ok) {
        let Ok(metadata) = entry.metadata() else {
            continue;
        };
        if metadata.is_dir() {
            continue;
        }
        let mut inputs = Inputs::default();
        inputs.add(entry.path().as_os_str().as_encoded_bytes());
        inputs.add(&metadata.len().to_le_bytes());
        inputs.add(&metadata.mtime().to_le_bytes());
        inputs.add(&metadata.mtime_nsec().to_le_bytes());
        // The order of a directory is not defined, that of a sum does not matter.
        total = total.wrapping_add(inputs.number());
    }
    total
}
