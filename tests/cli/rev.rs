//! `check --rev`: trees that are git revisions.

use super::git::Repository;
use super::program::{kfeat, on};

const CONCISE: [&str; 3] = ["check", "--format", "concise"];

/// Returns what is found at a revision of the repository in a directory.
#[track_caller]
fn found(directory: &std::path::Path, revision: &str, code: i32) -> String {
    on(directory, [&CONCISE[..], &["--rev", revision]].concat())
        .exits(code)
        .out
}

/// A repository whose first commit is clean, whose second is broken, and whose work tree is neither.
fn repository() -> Repository {
    let repository = Repository::new();
    let marker = "#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE\n";
    let header = "arch/x86/include/asm/pgtable.h";
    let text = repository.tree.read(header);
    let (head, last) = text.trim_end().rsplit_once('\n').unwrap();
    repository
        .tree
        .write(header, &format!("{head}\n{marker}{last}\n"));
    repository.commit("x86: a marker");
    repository.tree.write("mm/Kconfig", "half done\n");
    repository.git(&["add", "mm/Kconfig"]);
    repository.tree.write("mm/Kconfig", "this is no Kconfig\n");
    repository.tree.write("new-file", "not added yet\n");
    repository
}

#[test]
fn a_revision_is_read_from_the_objects_and_nothing_is_touched() {
    let repository = repository();
    let before = repository.tree.picture();
    assert_eq!(found(repository.path(), "HEAD~1", 0), "");
    assert_eq!(found(repository.path(), "base", 0), "");
    let broken = found(repository.path(), "HEAD", 1);
    assert_eq!(broken.lines().count(), 1, "{broken}");
    assert!(broken.contains("retired-marker"), "{broken}");
    // The snippet is that of the revision as well.
    let shown = on(repository.path(), ["check", "--rev", "main"])
        .exits(1)
        .out;
    assert!(
        shown.contains("#define __HAVE_ARCH_ENTER_LAZY_MMU_MODE"),
        "{shown}"
    );
    assert!(before == repository.tree.picture());
}

#[test]
fn every_kind_of_repository_will_do() {
    let repository = repository();
    let deep = repository.path().join("arch/x86/include");
    let broken = found(repository.path(), "HEAD", 1);
    for revision in ["@", "main~0", "HEAD^{tree}", ":/a marker"] {
        assert_eq!(found(repository.path(), revision, 1), broken, "{revision}");
    }
    assert_eq!(found(&deep, "HEAD", 1), broken);
    // One of somebody else is only read once git allows it.
    on(repository.path(), ["check", "--rev", "HEAD"])
        .with("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
        .refuses(&["dubious ownership", "hint: if you trust the repository"]);
    assert_eq!(
        kfeat([&CONCISE[..], &["--rev", "HEAD"]].concat())
            .inside(&deep)
            .exits(1)
            .out,
        broken
    );

    let others = tempfile::tempdir().unwrap();
    let at = |name: &str| others.path().join(name).display().to_string();
    repository.git(&["worktree", "add", "-q", &at("worktree"), "base"]);
    assert_eq!(found(at("worktree").as_ref(), "HEAD", 0), "");
    assert_eq!(found(at("worktree").as_ref(), "main", 1), broken);
    repository.git(&["clone", "-q", "--bare", ".", &at("bare.git")]);
    assert_eq!(found(at("bare.git").as_ref(), "main", 1), broken);
    assert_eq!(
        found(repository.path().join(".git").as_path(), "main", 1),
        broken
    );
    // A directory that is named wins over the repository of a hook.
    let git_dir = at("bare.git");
    let base = on(
        repository.path(),
        [&CONCISE[..], &["--rev", "base"]].concat(),
    );
    base.with("GIT_DIR", "/nonexistent").exits(0);
    let hook = kfeat([&CONCISE[..], &["--rev", "main"]].concat()).with("GIT_DIR", git_dir);
    assert_eq!(hook.exits(1).out, broken);
}

#[test]
fn what_git_does_not_know_is_said_with_a_hint() {
    let repository = repository();
    let rev = |revision: &str| on(repository.path(), ["check", "--rev", revision]);
    rev("v0.0").refuses(&["no revision `v0.0`", "hint: name a commit"]);
    rev("base..main").refuses(&[
        "no revision",
        "hint: to name the commits of a series, use `--range",
    ]);
    rev("--").exits(2);
    let outside = tempfile::tempdir().unwrap();
    on(outside.path(), ["check", "--rev", "HEAD"]).refuses(&["is not in a git repository", "`-C`"]);
    kfeat(["check", "--rev", "HEAD", "-C", "/nonexistent"]).refuses(&["`/nonexistent`"]);
    rev("HEAD")
        .with("PATH", "/nonexistent")
        .refuses(&["cannot run the program `git`"]);
    repository.git(&["rm", "-q", "-f", "--cached", "Kconfig"]);
    repository.git(&["commit", "-q", "--no-verify", "-m", "no kernel"]);
    rev("HEAD").refuses(&["`HEAD` is not a kernel tree", "`Kconfig`"]);
}
