//! Owns whether anything names a source file that no list near it builds.

use crate::cpp::cache::Cache;
use crate::cpp::is_c;
use crate::cpp::lex::is_word;

/// Whether a file of the architecture, or of the directory at the root that the source file is in, names the source file or its object: a
/// list far away builds it, or another source includes it.
pub(super) fn is_named(cache: &Cache<'_>, srcarch: &str, source: &str) -> bool {
    let tree = cache.tree();
    let (directory, name) = source.rsplit_once('/').unwrap_or(("", source));
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    let words = [name.to_owned(), format!("{stem}.o")];
    let is_searched = |path: &str| is_c(path) || path.ends_with(".S") || is_list(path);
    let mut directories = vec![format!("arch/{srcarch}")];
    match source.split_once('/') {
        Some((top, _)) if top != "arch" => directories.push(top.to_owned()),
        _ => {}
    }
    // A list that the own one takes in speaks of the same directory.
    let takes_in = ["Kbuild", "Makefile"].iter().any(|list| {
        let text = tree.bytes_if_there(&format!("{directory}/{list}"));
        let text = text.unwrap_or_default();
        text.split(|&byte| byte == b'\n')
            .any(|line| line.trim_ascii_start().starts_with(b"include"))
    });
    let of_directory = |searched: &String| {
        // A directory that cannot be listed may name anything.
        tree.walk(searched, &is_searched).map_or(true, |paths| {
            paths.iter().any(|path| {
                let text = tree.bytes_if_there(path).unwrap_or_default();
                let may_mean = takes_in || may_reach(path, &text, directory);
                may_mean && words.iter().any(|word| is_named_in(path, &text, word))
            })
        })
    };
    directories.iter().any(of_directory)
}

/// Whether the names of objects in a list may be those of another directory. A list speaks of its own directory, unless it names another
/// one (`../lib/x.o`, `$(addprefix ../lib/, x.o)`, a rule for `%.o`) or is a part that others take in. A source file may include any.
fn may_reach(path: &str, text: &[u8], directory: &str) -> bool {
    let (own, file) = path.rsplit_once('/').unwrap_or(("", path));
    if !is_list(path) || !matches!(file, "Makefile" | "Kbuild") || own == directory {
        return true;
    }
    let last = directory
        .rsplit_once('/')
        .map_or(directory, |(_, last)| last);
    memchr::memmem::find(text, format!("{last}/").as_bytes()).is_some()
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
