//! The symbols that the tables of a tree name.

use kfeat::tree::{Tree, TreeError};

/// The symbols that the `Kconfig:` lines below `Documentation/features` name.
pub fn feature_symbols(tree: &Tree) -> Result<Vec<String>, TreeError> {
    let mut names = Vec::new();
    for path in tree.walk("Documentation/features", &|path| {
        path.ends_with("arch-support.txt")
    })? {
        for line in tree.read_text(&path)?.lines() {
            if let Some((_, names_of)) = line.split_once("Kconfig:") {
                let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
                let words = names_of.split(is_part);
                names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}
