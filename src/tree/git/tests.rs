//! Tests of what git is asked, and of trees that are revisions.

use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use super::objects::Object;
use super::{GitError, Repository};
use crate::tree::reads::Reads;
use crate::tree::{Stamp, Tree, TreeError};

/// A repository with a work tree that passes for a kernel tree.
struct Scratch(tempfile::TempDir);

impl Scratch {
    fn new() -> Self {
        let scratch = Self(tempfile::tempdir().unwrap());
        scratch.git(&["init", "-q", "-b", "main"]);
        for file in ["Kconfig", "Makefile", "arch/one/Kconfig"] {
            scratch.write(file, "# text\n");
        }
        scratch
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    fn git(&self, arguments: &[&str]) -> String {
        let output = Command::new("git")
            .arg("-C")
            .arg(self.path())
            .args(["-c", "user.name=Somebody", "-c", "user.email=s@example.org"])
            .args(arguments)
            .output()
            .unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        String::from_utf8(output.stdout).unwrap().trim().to_owned()
    }

    fn commit(&self, subject: &str) {
        self.git(&["add", "-A"]);
        self.git(&["commit", "-q", "--no-verify", "-m", subject]);
    }

    fn repository(&self) -> Arc<Repository> {
        Repository::open(self.path(), true).unwrap()
    }

    /// The trees before, and after each commit of, a range.
    fn series(&self, range: &str) -> Vec<Tree> {
        let repository = self.repository();
        let commits = repository.commits(range).unwrap();
        let mut before = commits[0].parents[0].clone();
        let mut trees = vec![Tree::at_revision(&repository, &before).unwrap()];
        for commit in commits {
            let pair = (before, commit.id.clone());
            let steps = repository.differences(&[pair]).unwrap();
            trees.push(trees.last().unwrap().follow(&steps[0]).unwrap());
            before = commit.id;
        }
        trees
    }
}

/// Anything that can be read of a tree.
fn picture(tree: &Tree) -> Vec<(String, Vec<u8>)> {
    let paths = tree.walk("", &|path| !path.starts_with(".git/")).unwrap();
    let read = |path: String| {
        let text = tree.read(&path).unwrap_or_default();
        (path, text)
    };
    paths.into_iter().map(read).collect()
}

#[test]
fn a_revision_reads_as_its_checkout_does() {
    let scratch = Scratch::new();
    scratch.write("arch/one/include/a.h", "a");
    scratch.write("arch/one.h", "sorts between arch/one and what is in it");
    scratch.write("arch/one-b/c", "c");
    #[cfg(unix)]
    {
        use std::os::unix::fs::symlink;
        symlink("../one/include", scratch.path().join("arch/one-b/inc")).unwrap();
        symlink("one/include/a.h", scratch.path().join("arch/a.h")).unwrap();
        symlink("loop", scratch.path().join("loop")).unwrap();
    }
    scratch.commit("all");
    let on_disk = Tree::open(scratch.path()).unwrap();
    let revision = Tree::at_revision(&scratch.repository(), "HEAD").unwrap();
    assert_eq!(picture(&revision), picture(&on_disk));
    assert_eq!(
        revision.list("arch").unwrap(),
        on_disk.list("arch").unwrap()
    );
    for tree in [&on_disk, &revision] {
        assert_eq!(tree.read("arch/one-b/inc/a.h").unwrap(), b"a");
        assert!(tree.is_file("arch/a.h") && !tree.is_file("arch/one"));
        assert!(matches!(tree.read("arch"), Err(TreeError::NotAFile { .. })));
        assert!(matches!(
            tree.read("loop"),
            Err(TreeError::SymlinkLoop { .. })
        ));
        for path in ["none", "none/a", "Kconfig/a", "arch/a.h/b"] {
            assert!(
                matches!(tree.read(path), Err(TreeError::NotFound { .. })),
                "{path}"
            );
        }
        assert!(tree.list("none").is_err() && tree.list("Kconfig").is_err());
    }
    // Texts that are brought in at once are the same.
    revision.fetch(&["Kconfig", "none", "arch/one/include/a.h"]);
    assert_eq!(picture(&revision), picture(&on_disk));
}

#[cfg(unix)]
#[test]
fn links_of_a_revision_stay_inside() {
    use std::os::unix::fs::symlink;
    let scratch = Scratch::new();
    symlink("/etc/passwd", scratch.path().join("absolute")).unwrap();
    symlink("../../outside", scratch.path().join("arch/up")).unwrap();
    symlink("../Kconfig", scratch.path().join("arch/inside")).unwrap();
    scratch.commit("links");
    let tree = Tree::at_revision(&scratch.repository(), "HEAD").unwrap();
    for path in ["absolute", "arch/up", "arch/up/x"] {
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
    assert_eq!(tree.read("arch/inside").unwrap(), b"# text\n");
}

#[test]
fn a_kernel_below_the_top_directory_is_found_from_inside() {
    let scratch = Scratch::new();
    for file in ["linux/Kconfig", "linux/Makefile", "linux/arch/two/Kconfig"] {
        scratch.write(file, "# text\n");
    }
    scratch.write("linux/arch/two/x", "");
    scratch.commit("two kernels");
    let archs = |directory: &str| {
        let repository = Repository::open(&scratch.path().join(directory), true).unwrap();
        let tree = Tree::at_revision(&repository, "HEAD").unwrap();
        tree.architectures().unwrap()
    };
    assert_eq!(archs(""), ["one"]);
    assert_eq!(archs("arch/one"), ["one"]);
    assert_eq!(archs("linux"), ["two"]);
    assert_eq!(archs("linux/arch/two"), ["two"]);
}

#[test]
fn a_series_gives_the_trees_of_its_commits() {
    let scratch = Scratch::new();
    scratch.write("arch/one/a", "1");
    scratch.write("arch/two/Kconfig", "two");
    scratch.commit("base");
    scratch.write("arch/one/a", "2");
    scratch.write("new/deep/file", "new");
    scratch.commit("change and add");
    std::fs::remove_dir_all(scratch.path().join("arch/two")).unwrap();
    scratch.commit("remove");
    scratch.git(&[
        "commit",
        "-q",
        "--allow-empty",
        "--no-verify",
        "-m",
        "nothing",
    ]);
    scratch.write("arch/one/a", "1");
    scratch.write("arch/two", "a file now");
    scratch.commit("back");
    let trees = scratch.series("HEAD~4..HEAD");
    let repository = scratch.repository();
    for (step, tree) in trees.iter().enumerate() {
        let revision = format!("HEAD~{}", trees.len() - 1 - step);
        let alone = Tree::at_revision(&repository, &revision).unwrap();
        assert_eq!(picture(tree), picture(&alone), "{revision}");
    }
    let changed = |a: usize, b: usize| -> Vec<(String, bool)> {
        let changes = trees[a].changes(&trees[b]).into_iter();
        changes
            .map(|change| (change.path, change.comes_or_goes))
            .collect()
    };
    assert_eq!(
        changed(0, 1),
        [
            ("arch/one/a".to_owned(), false),
            ("new/deep/file".to_owned(), true)
        ]
    );
    assert_eq!(changed(1, 2), [("arch/two/Kconfig".to_owned(), true)]);
    assert_eq!(changed(2, 3), []);
    // Anything that is as it was at the beginning is no change from there.
    assert!(!changed(0, 4).iter().any(|(path, _)| path == "arch/one/a"));
}

#[test]
fn a_result_holds_until_what_was_read_changes() {
    let scratch = Scratch::new();
    scratch.write("arch/one/a", "1");
    scratch.write("other/b", "1");
    scratch.commit("base");
    scratch.write("arch/one/a", "2");
    scratch.commit("a");
    scratch.write("arch/one/new/c", "1");
    scratch.commit("c");
    let trees = scratch.series("HEAD~2..HEAD");
    let holds = |look: &dyn Fn(&Tree), from: usize, to: usize| {
        let reads = Arc::new(Reads::default());
        look(&trees[from].noting(reads.clone()));
        let changes = trees[from].changes(&trees[to]);
        !reads.bear(&changes, &trees[from], &trees[to])
    };
    assert!(!holds(&|tree| drop(tree.read("arch/one/a")), 0, 1));
    assert!(holds(&|tree| drop(tree.read("other/b")), 0, 2));
    // Names stay the same when a text changes.
    assert!(holds(&|tree| drop(tree.list("arch/one")), 0, 1));
    // A file that comes in a directory of its own shows in the directory above.
    assert!(!holds(&|tree| drop(tree.list("arch/one")), 1, 2));
    assert!(holds(&|tree| drop(tree.list("arch")), 1, 2));
    assert!(!holds(
        &|tree| assert!(!tree.is_file("arch/one/new/c")),
        1,
        2
    ));
    assert!(!holds(
        &|tree| assert_eq!(tree.stamp("arch/one/new/c"), Stamp::BASE),
        1,
        2
    ));
}

#[test]
fn what_cannot_be_told_is_said() {
    let scratch = Scratch::new();
    scratch.commit("first");
    let repository = scratch.repository();
    let unknown = |revision: &str| {
        let error = Tree::at_revision(&repository, revision).unwrap_err();
        assert!(
            matches!(error, TreeError::Git(GitError::NoRevision { .. })),
            "{revision}: {error}"
        );
    };
    for revision in [
        "v9.9",
        "",
        "-x",
        "--help",
        "HEAD..HEAD",
        "a b",
        "HEAD:nothing",
    ] {
        unknown(revision);
    }
    assert!(matches!(
        repository.commits("HEAD"),
        Err(GitError::NoRange { .. })
    ));
    assert!(matches!(
        repository.commits("HEAD...HEAD"),
        Err(GitError::NoRange { .. })
    ));
    assert!(matches!(
        repository.commits("HEAD..HEAD"),
        Err(GitError::NoCommits { .. })
    ));
    assert!(matches!(
        repository.commits("x..HEAD"),
        Err(GitError::NoRevision { .. })
    ));
    let outside = tempfile::tempdir().unwrap();
    let error = Repository::open(outside.path(), true).unwrap_err();
    assert!(matches!(error, GitError::NoRepository { .. }), "{error}");
    scratch.git(&["rm", "-q", "Kconfig"]);
    scratch.commit("no kernel any more");
    let error = Tree::at_revision(&repository, "HEAD").unwrap_err();
    assert!(error.to_string().contains("it has no `Kconfig`"), "{error}");
}

#[test]
fn an_object_that_is_not_there_is_an_error_and_no_fetch() {
    let scratch = Scratch::new();
    scratch.write("arch/one/a", "this blob will be lost\n");
    scratch.commit("all");
    let oid = scratch.git(&["rev-parse", "HEAD:arch/one/a"]);
    let object = scratch
        .path()
        .join(format!(".git/objects/{}/{}", &oid[..2], &oid[2..]));
    std::fs::remove_file(object).unwrap();
    let tree = Tree::at_revision(&scratch.repository(), "HEAD").unwrap();
    let error = tree.read("arch/one/a").unwrap_err();
    assert!(matches!(error, TreeError::NoObject { .. }), "{error}");
    // The next question is answered all the same.
    assert!(tree.read("Kconfig").is_ok());
}

#[test]
fn objects_that_are_asked_for_together_have_a_limit() {
    let scratch = Scratch::new();
    let size = 20 << 20;
    scratch.write("arch/one/large", &" ".repeat(size));
    scratch.commit("all");
    let oid = scratch.git(&["rev-parse", "HEAD:arch/one/large"]);
    let small = scratch.git(&["rev-parse", "HEAD:Kconfig"]);
    let repository = scratch.repository();
    let (oid, small) = (oid.as_str(), small.as_str());
    let read = |oids: &[&str]| -> Vec<Option<usize>> {
        let objects = repository.objects(oids).unwrap();
        let length = |object: Object| match object {
            Object::Bytes(bytes) => Some(bytes.len()),
            Object::Unread => None,
            other => panic!("{other:?}"),
        };
        objects.into_iter().map(length).collect()
    };
    let large = Some(size);
    let three = [large, large, large, None, None, None];
    assert_eq!(read(&[oid; 6]), three);
    assert_eq!(
        read(&[small, oid, oid, oid, oid, small]),
        [Some(7), large, large, large, None, Some(7)]
    );
    // More than are asked for at once.
    let many = read(&vec![oid; 1200]);
    assert_eq!(many.iter().flatten().count(), 3);
    // Each can still be read on its own.
    assert_eq!(read(&[oid]), [large]);
    let tree = Tree::at_revision(&repository, "HEAD").unwrap();
    assert_eq!(tree.read("arch/one/large").unwrap().len(), size);
}
