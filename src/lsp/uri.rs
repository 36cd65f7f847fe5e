//! Owns the way between `file:` URIs and paths.

use std::path::{Component, Path, PathBuf};

/// The path of a `file:` URI, without segments of dots. `None` for one of another scheme or another machine, or of a path that is not
/// UTF-8 or that no file can have.
pub(super) fn to_path(uri: &str) -> Option<PathBuf> {
    let rest = uri.strip_prefix("file://")?;
    let rest = rest.strip_prefix("localhost").unwrap_or(rest);
    if !rest.starts_with('/') {
        return None;
    }
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    let mut bytes = Vec::with_capacity(rest.len());
    let mut left = rest.bytes();
    while let Some(byte) = left.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(left.next()?).to_digit(16);
        let (high, low) = (digit()?, digit()?);
        bytes.push((high * 16 + low) as u8);
    }
    let path = String::from_utf8(bytes).ok()?;
    if path.contains('\0') {
        return None;
    }
    // RFC 3986, 6.2.2: a dot that is written with `%` is a dot.
    let mut clean = PathBuf::from("/");
    for component in Path::new(&path).components() {
        match component {
            Component::Normal(name) => clean.push(name),
            Component::ParentDir => {
                clean.pop();
            }
            Component::RootDir | Component::CurDir | Component::Prefix(_) => {}
        }
    }
    Some(clean)
}

/// The URI of an absolute path.
pub(super) fn from_path(path: &Path) -> String {
    let mut uri = "file://".to_owned();
    for byte in path.to_string_lossy().bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~+@,=".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri += &format!("%{byte:02X}");
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_survive_the_way_there_and_back() {
        for path in ["/a/Kconfig", "/a b/\u{e9}%41/#x?", "/"] {
            assert_eq!(
                to_path(&from_path(Path::new(path))),
                Some(PathBuf::from(path))
            );
        }
        assert_eq!(to_path("file://localhost/a"), Some(PathBuf::from("/a")));
        assert_eq!(to_path("untitled:Untitled-1"), None);
        assert_eq!(to_path("file://host/a"), None);
        assert_eq!(to_path("file:///a%4"), None);
        assert_eq!(to_path("file:///a%00b"), None);
        for dots in [
            "/tree/../etc/x",
            "/tree/%2e%2E/./etc/x",
            "/../etc//x",
            "/tree/..%2fetc/x",
        ] {
            let path = to_path(&format!("file://{dots}"));
            assert_eq!(path, Some(PathBuf::from("/etc/x")), "{dots}");
        }
    }
}
