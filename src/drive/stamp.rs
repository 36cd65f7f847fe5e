//! Owns telling one state of a tree from another without reading its files.

use std::hash::Hasher;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rayon::prelude::*;
use rustc_hash::FxHasher;
use walkdir::WalkDir;

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
    let mut hasher = FxHasher::default();
    for part in parts {
        hasher.write_u64(part);
    }
    format!("{:016x}", hasher.finish())
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
        let mut hasher = FxHasher::default();
        hasher.write(entry.path().as_os_str().as_encoded_bytes());
        hasher.write_u64(metadata.len());
        hasher.write_i64(metadata.mtime());
        hasher.write_i64(metadata.mtime_nsec());
        // The order of a directory is not defined, that of a sum does not matter.
        total = total.wrapping_add(hasher.finish());
    }
    total
}
