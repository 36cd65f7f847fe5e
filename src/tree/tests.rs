//! Tests of trees in directories.

use super::*;

/// A directory that passes for a kernel tree.
fn small_tree() -> tempfile::TempDir {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    std::fs::create_dir_all(root.join("arch/one")).unwrap();
    for file in ["Kconfig", "Makefile", "arch/one/Kconfig"] {
        std::fs::write(root.join(file), "# text\n").unwrap();
    }
    directory
}

#[test]
fn a_directory_without_kconfig_is_no_tree() {
    let directory = tempfile::tempdir().unwrap();
    let error = Tree::open(directory.path()).unwrap_err();
    assert!(error.to_string().contains("it has no `Kconfig`"), "{error}");
    let error = Tree::open(&directory.path().join("absent")).unwrap_err();
    assert!(matches!(error, TreeError::NoRoot { .. }));
}

#[test]
fn paths_stay_inside() {
    let directory = small_tree();
    let tree = Tree::open(directory.path()).unwrap();
    for path in ["../x", "arch/../../x", "/etc/passwd"] {
        let error = tree.read(path).unwrap_err();
        assert!(matches!(error, TreeError::LeavesTree { .. }), "{error}");
    }
    assert!(tree.read("arch/../Kconfig").is_ok());
    assert!(tree.read("./Kconfig").is_ok());
}

#[test]
fn what_is_below_a_directory_that_was_walked_is_known() {
    let directory = small_tree();
    let root = directory.path();
    for file in [
        "a/b/c/one.h",
        "a/b/two.h",
        "a/b-c/three.h",
        "a/b.h",
        "a/bc/four.h",
    ] {
        std::fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        std::fs::write(root.join(file), "").unwrap();
    }
    let is_header = |path: &str| path.ends_with(".h");
    let known = Tree::open(root).unwrap();
    assert_eq!(known.walk("", &is_header).unwrap().len(), 5);
    for below in ["a", "a/b", "a/b/c", "a/b-c", "a/bc"] {
        let new = Tree::open(root).unwrap();
        let expected = new.walk(below, &is_header).unwrap();
        assert!(!expected.is_empty(), "{below}");
        assert_eq!(known.walk(below, &is_header).unwrap(), expected, "{below}");
    }
    for below in ["a/b.h", "a/absent"] {
        assert!(known.walk(below, &is_header).is_err(), "{below}");
    }
}

#[cfg(unix)]
#[test]
fn links_stay_inside_and_loops_end() {
    use std::os::unix::fs::symlink;
    let directory = small_tree();
    let root = directory.path();
    symlink("/etc", root.join("out")).unwrap();
    symlink("/etc/hostname", root.join("file")).unwrap();
    symlink("loop", root.join("loop")).unwrap();
    symlink("..", root.join("arch/up")).unwrap();
    symlink("../Kconfig", root.join("arch/inside")).unwrap();
    symlink("gone", root.join("arch/nowhere")).unwrap();
    let tree = Tree::open(root).unwrap();
    for path in ["out/hostname", "file"] {
        let error = tree.read(path).unwrap_err();
        assert!(
            matches!(
                error,
                TreeError::LeavesTree {
                    target: Some(_),
                    ..
                }
            ),
            "{error}"
        );
    }
    assert!(matches!(
        tree.read("loop"),
        Err(TreeError::SymlinkLoop { .. })
    ));
    assert!(tree.read("arch/inside").is_ok());
    assert!(tree.read("arch/up/Kconfig").is_ok());
    let files = tree.walk("arch", &|_| true).unwrap();
    assert_eq!(files, ["arch/inside", "arch/one/Kconfig"]);
}

#[cfg(target_os = "linux")]
#[test]
fn a_tree_may_lie_below_a_directory_whose_name_is_no_text() {
    use std::os::unix::ffi::OsStrExt;
    let above = tempfile::tempdir().unwrap();
    let root = above.path().join(std::ffi::OsStr::from_bytes(b"k\xff"));
    std::fs::rename(small_tree().keep(), &root).unwrap();
    std::os::unix::fs::symlink("one", root.join("arch/two")).unwrap();
    std::os::unix::fs::symlink("../Kconfig", root.join("arch/file")).unwrap();
    let tree = Tree::open(&root).unwrap();
    for _ in 0..2 {
        assert_eq!(
            tree.walk("arch", &|_| true).unwrap(),
            ["arch/file", "arch/one/Kconfig"]
        );
        assert_eq!(
            tree.walk("arch/two", &|_| true).unwrap(),
            ["arch/two/Kconfig"]
        );
        let all = ["Kconfig", "Makefile", "arch/file", "arch/one/Kconfig"];
        assert_eq!(tree.walk("", &|_| true).unwrap(), all);
    }
}

#[test]
fn a_directory_is_no_file() {
    let directory = small_tree();
    let tree = Tree::open(directory.path()).unwrap();
    assert!(matches!(tree.read("arch"), Err(TreeError::NotAFile { .. })));
    assert!(matches!(tree.read("gone"), Err(TreeError::NotFound { .. })));
    assert!(matches!(
        tree.read("Kconfig/x"),
        Err(TreeError::NotFound { .. })
    ));
}

#[test]
fn the_overlay_covers_adds_and_hides() {
    let directory = small_tree();
    let mut tree = Tree::open(directory.path()).unwrap();
    tree.overlay("Kconfig", Some(b"new".to_vec())).unwrap();
    tree.overlay("arch/two/Kconfig", Some(b"two".to_vec()))
        .unwrap();
    tree.overlay("arch/one/Kconfig", None).unwrap();
    assert_eq!(tree.read("Kconfig").unwrap(), b"new");
    assert_eq!(tree.architectures().unwrap(), ["two"]);
    assert!(matches!(
        tree.read("arch/one/Kconfig"),
        Err(TreeError::NotFound { .. })
    ));
    assert_eq!(tree.walk("arch", &|_| true).unwrap(), ["arch/two/Kconfig"]);
}

#[test]
fn bytes_that_are_no_text_keep_their_place() {
    assert_eq!(text_of(b"a\xff\xfe\xc3\xa9b".to_vec()), "a??\u{e9}b");
}
