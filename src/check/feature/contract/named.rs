//! Owns whether anything names a source file that no list near it builds.

use crate::cpp::cache::Cache;
use crate::cpp::is_c;
use crate::cpp::lex::is_word;

/// Whether a file of the architecture, or of the directory at the root that the source file is in, names the source file or its object: a
/// list far away builds it, or another source includes it.
pub(super) fn is_named(cache: &Cache<'_>, srcarch: &str, source: &str) -> bool {
    let tree = cache.tree();
    let name = source.rsplit_once('/').map_or(source, |(_, name)| name);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = [name.to_owned(), format!("{stem}.o")];
    let is_searched = |path: &str| is_c(path) || path.ends_with(".S") || is_list(path);
    let mut directories = vec![format!("arch/{srcarch}")];
    match source.split_once('/') {
        Some((top, _)) if top != "arch" => directories.push(top.to_owned()),
        _ => {}
    }
    let of_directory = |directory: &String| {
        // A directory that cannot be listed may name anything.
        tree.walk(directory, &is_searched).map_or(true, |paths| {
            paths.iter().any(|path| {
                let text = tree.bytes_if_there(path).unwrap_or_default();
                words.iter().any(|word| is_named_in(path, &text, word))
            })
        })
    };
    directories.iter().any(of_directory)
}

/// The source files beside a source file that include it.
pub(super) fn includers(cache: &Cache<'_>, source: &str) -> Vec<String> {
    let (directory, name) = source.rsplit_once('/').unwrap_or(("", source));
    let tree = cache.tree();
    let beside = tree.list(directory).unwrap_or_default();
    let paths = beside
        .iter()
        .map(|entry| format!("{directory}/{}", entry.name));
    let includes = |path: &String| {
        path != source
            && is_c(path)
            && !path.ends_with(".h")
            && is_named_in(path, &tree.bytes_if_there(path).unwrap_or_default(), name)
    };
    paths.filter(includes).collect()
}

/// Whether a path is that of a list of kbuild.
fn is_list(path: &str) -> bool {
    let file = path.rsplit_once('/').map_or(path, |(_, file)| file);
    file.starts_with("Makefile") || file == "Kbuild"
}

/// Whether a list, outside of its comments, or a directive of a source file names a file.
fn is_named_in(path: &str, text: &[u8], name: &str) -> bool {
    let mut places = memchr::memmem::find_iter(text, name.as_bytes());
    places.any(|at| {
        let is_longer = at.checked_sub(1).is_some_and(|at| is_word(text[at]));
        let start = memchr::memrchr(b'\n', &text[..at]).map_or(0, |newline| newline + 1);
        let before = text[start..at].trim_ascii_start();
        let counts = match is_list(path) {
            true => !before.contains(&b'#'),
            false => before.starts_with(b"#"),
        };
        !is_longer && counts
    })
}
