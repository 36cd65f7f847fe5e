//! Tests of manifests: whatever changes in a way that an answer could depend on is seen.

use std::fs;
use std::os::unix::fs::symlink;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use super::*;

/// A tree, and what a reader looked at: files, a directory, a link, and places where nothing is.
struct Case {
    directory: tempfile::TempDir,
    tree: Tree,
    manifest: Manifest,
}

fn now() -> i128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.unwrap().as_nanos() as i128
}

/// Lets so much time pass that what was written counts as left alone.
fn pass() {
    std::thread::sleep(Duration::from_millis(60));
}

fn read(tree: &Tree) -> Option<Manifest> {
    read_at(tree, now())
}

/// Returns what was read, as if at this moment.
fn read_at(tree: &Tree, since: i128) -> Option<Manifest> {
    let reads = Arc::new(Reads::with_contents());
    let view = tree.noting(reads.clone());
    assert!(view.read("include/a.h").is_ok());
    assert!(view.read("include/linked.h").is_ok());
    assert!(view.is_file("include/there.h"));
    assert!(!view.is_file("include/asm/a.h"));
    assert!(!view.is_file("no/such/directory/x.h"));
    assert!(!view.is_file("broken/x.h"));
    assert!(view.list("arch").is_ok());
    let (result, _) = view.read_for(|part| part.read("arch/one/Kconfig")).unwrap();
    assert_eq!(result, b"config A\n");
    Manifest::of(tree, &reads, since)
}

fn case() -> Case {
    let directory = tempfile::tempdir().unwrap();
    let root = directory.path();
    for path in ["arch/one", "include/asm", "real", "other"] {
        fs::create_dir_all(root.join(path)).unwrap();
    }
    for (path, text) in [
        ("Kconfig", "# text\n"),
        ("Makefile", "# text\n"),
        ("arch/one/Kconfig", "config A\n"),
        ("include/a.h", "#define A 1\n"),
        ("include/there.h", "\n"),
        ("real/linked.h", "#define B 1\n"),
        ("other/linked.h", "#define B 1\n"),
        ("unread", "\n"),
    ] {
        fs::write(root.join(path), text).unwrap();
    }
    symlink("../real/linked.h", root.join("include/linked.h")).unwrap();
    symlink("nowhere", root.join("broken")).unwrap();
    pass();
    let tree = Tree::open(root).unwrap();
    let manifest = read(&tree).expect("nothing changes meanwhile");
    Case {
        directory,
        tree,
        manifest,
    }
}

impl Case {
    fn path(&self, path: &str) -> std::path::PathBuf {
        self.directory.path().join(path)
    }

    /// Returns what is said after a change, once some time has passed.
    fn after(&self, change: impl FnOnce(&Self)) -> Standing {
        change(self);
        pass();
        self.manifest.stands_in(&self.tree, now())
    }

    #[track_caller]
    fn changes(change: impl FnOnce(&Self)) {
        assert_eq!(case().after(change), Standing::Changed);
    }

    /// The text of one file is another one, and nothing else is.
    #[track_caller]
    fn differs(path: &str, change: impl FnOnce(&Self)) {
        let case = case();
        match case.after(change) {
            Standing::Texts(texts) => {
                let paths: Vec<&str> = texts.different.iter().map(|(of, ..)| &**of).collect();
                assert_eq!((paths, texts.is_certain), (vec![path], true));
                assert_eq!(texts.now.stands_in(&case.tree, now()), Standing::Same);
                assert_eq!(
                    case.manifest.with(texts.now),
                    None,
                    "they contradict each other"
                );
            }
            other => panic!("{other:?}"),
        }
    }

    /// The new manifest after a change that changes nothing that was read.
    #[track_caller]
    fn stays(change: impl FnOnce(&Self)) {
        let case = case();
        match case.after(change) {
            Standing::Again(again) => {
                assert_eq!(again.stands_in(&case.tree, now()), Standing::Same);
            }
            other => panic!("{other:?}"),
        }
    }
}

/// Gives a file another text and its old modification time.
fn edit_in_secret(path: &std::path::Path, text: &str) {
    let before = fs::metadata(path).unwrap();
    assert_eq!(before.len(), text.len() as u64);
    fs::write(path, text).unwrap();
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(before.modified().unwrap()).unwrap();
    let after = fs::metadata(path).unwrap();
    assert_eq!(before.modified().unwrap(), after.modified().unwrap());
}

#[test]
fn nothing_changed() {
    let case = case();
    assert_eq!(case.manifest.stands_in(&case.tree, now()), Standing::Same);
    let text = case.manifest.to_string();
    assert_eq!(Manifest::parse(&text), Some(case.manifest.clone()));
    assert_eq!(
        case.after(|case| fs::write(case.path("unread"), "x").unwrap()),
        Standing::Same
    );
}

#[test]
fn texts_change() {
    Case::differs("include/a.h", |case| {
        fs::write(case.path("include/a.h"), "#define A 12\n").unwrap();
    });
    Case::differs("include/a.h", |case| {
        edit_in_secret(&case.path("include/a.h"), "#define A 2\n");
    });
    Case::differs("arch/one/Kconfig", |case| {
        edit_in_secret(&case.path("arch/one/Kconfig"), "config B\n");
    });
    Case::changes(|case| fs::remove_file(case.path("include/a.h")).unwrap());
    Case::changes(|case| edit_in_secret(&case.path("real/linked.h"), "#define B 2\n"));
    Case::changes(|case| {
        fs::remove_file(case.path("include/a.h")).unwrap();
        fs::create_dir(case.path("include/a.h")).unwrap();
    });
}

#[test]
fn manifests_go_together() {
    let case = case();
    let reads = Arc::new(Reads::with_contents());
    let view = case.tree.noting(reads.clone());
    view.read("unread").unwrap();
    assert!(!view.is_file("include/missing.h"));
    let later = Manifest::of(&case.tree, &reads, now()).unwrap();
    let both = case.manifest.with(later.clone()).unwrap();
    assert_eq!(both.stands_in(&case.tree, now()), Standing::Same);
    assert_eq!(both.with(later), Some(both.clone()));
    fs::write(case.path("unread"), "x").unwrap();
    pass();
    assert!(matches!(
        both.stands_in(&case.tree, now()),
        Standing::Texts(_)
    ));
    fs::write(case.path("include/missing.h"), "x").unwrap();
    assert_eq!(both.stands_in(&case.tree, now()), Standing::Changed);
}

#[test]
fn what_was_not_there_appears() {
    Case::changes(|case| fs::write(case.path("include/asm/a.h"), "").unwrap());
    Case::changes(|case| fs::create_dir_all(case.path("no/such/directory")).unwrap_or(()));
    Case::changes(|case| {
        fs::create_dir_all(case.path("no/such/directory")).unwrap();
        fs::write(case.path("no/such/directory/x.h"), "").unwrap();
    });
    Case::changes(|case| fs::create_dir(case.path("nowhere")).unwrap());
    Case::changes(|case| {
        fs::create_dir(case.path("arch/two")).unwrap();
        fs::write(case.path("arch/two/Kconfig"), "").unwrap();
    });
    Case::changes(|case| fs::remove_dir_all(case.path("arch/one")).unwrap());
    Case::changes(|case| fs::remove_file(case.path("include/there.h")).unwrap());
}

#[test]
fn links_and_directories_are_others() {
    Case::changes(|case| {
        fs::remove_file(case.path("include/linked.h")).unwrap();
        symlink("../other/linked.h", case.path("include/linked.h")).unwrap();
    });
    // A file in the place of a link with the same text has no link's path any more.
    Case::changes(|case| {
        fs::remove_file(case.path("include/linked.h")).unwrap();
        fs::copy(case.path("real/linked.h"), case.path("include/linked.h")).unwrap();
    });
    // The same files by way of a link, which may lead out of the tree.
    Case::changes(|case| {
        fs::rename(case.path("include"), case.path("moved")).unwrap();
        symlink("moved", case.path("include")).unwrap();
    });
}

#[test]
fn the_same_again_is_the_same() {
    Case::stays(|case| {
        let text = fs::read(case.path("include/a.h")).unwrap();
        fs::remove_file(case.path("include/a.h")).unwrap();
        fs::write(case.path("include/a.h"), text).unwrap();
    });
    Case::stays(|case| {
        let file = fs::File::options().append(true).open(case.path("Kconfig"));
        drop(file);
        fs::write(case.path("include/asm/b.h"), "").unwrap();
    });
    Case::stays(|case| {
        fs::write(case.path("arch/x"), "").unwrap();
        fs::remove_file(case.path("arch/x")).unwrap();
    });
}

#[test]
fn what_has_just_changed_is_not_taken_for_the_same() {
    let case = case();
    let text = fs::read(case.path("include/a.h")).unwrap();
    fs::write(case.path("include/a.h"), text).unwrap();
    // The moment after, however long this test had to wait for a processor.
    let changed = Signature::of(&fs::metadata(case.path("include/a.h")).unwrap()).changed;
    let soon = changed + 1;
    assert_eq!(case.manifest.stands_in(&case.tree, soon), Standing::Changed);
    // Nor is anything kept that was read so soon.
    assert_eq!(read_at(&case.tree, soon), None);
    pass();
    assert!(read(&case.tree).is_some());
}

#[test]
fn what_cannot_be_told_later_is_not_kept() {
    let case = case();
    fs::remove_file(case.path("include/linked.h")).unwrap();
    symlink(case.path("real/linked.h"), case.path("include/linked.h")).unwrap();
    pass();
    assert_eq!(read(&case.tree), None, "the link leads over the outside");
    let mut covered = case.tree.clone();
    covered.overlay("Kconfig", Some(Vec::new())).unwrap();
    let reads = Reads::with_contents();
    assert_eq!(Manifest::of(&covered, &reads, now()), None);
    assert_eq!(case.manifest.stands_in(&covered, now()), Standing::Changed);
    assert_eq!(Manifest::of(&case.tree, &Reads::default(), now()), None);
    // A text that is another one when it is read again.
    let reads = Arc::new(Reads::with_contents());
    let view = case.tree.noting(reads.clone());
    view.read("include/a.h").unwrap();
    fs::write(case.path("include/a.h"), "#define A 3\n").unwrap();
    view.read("include/a.h").unwrap();
    pass();
    assert_eq!(Manifest::of(&case.tree, &reads, now()), None);
}

#[test]
fn only_lines_of_a_manifest_are_read() {
    let case = case();
    let text = case.manifest.to_string();
    for (from, to) in [
        ("text\t", "words\t"),
        ("\tinclude/a.h\t", "\t../include/a.h\t"),
        ("\tinclude/a.h\t", "\t/include/a.h\t"),
        ("file\tinclude/there.h", "file\tinclude/there.h\tmore"),
        ("directory\tarch\n", "directory\n"),
    ] {
        assert!(text.contains(from), "{from}\n{text}");
        assert_eq!(Manifest::parse(&text.replacen(from, to, 1)), None, "{to}");
    }
}
