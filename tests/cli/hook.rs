//! The command `hook`, with real git.

use std::process::{Command, Output};

use super::git::Repository;
use super::program::on;

const KCONFIG: &str = "arch/arm64/Kconfig";

/// git, with the program that is tested first on the path, as a user has it.
fn git(repository: &Repository, arguments: &[&str]) -> Output {
    let program = std::path::Path::new(env!("CARGO_BIN_EXE_kfeat"));
    let path = std::env::var_os("PATH").unwrap_or_default();
    let first = std::iter::once(program.parent().unwrap().to_owned());
    let path = std::env::join_paths(first.chain(std::env::split_paths(&path))).unwrap();
    Command::new("git")
        .current_dir(repository.path())
        .args(["-c", "user.name=Somebody", "-c", "user.email=s@example.org"])
        .args(arguments)
        .env("PATH", path)
        .output()
        .unwrap()
}

fn misspell(repository: &Repository) {
    let text = repository.tree.read(KCONFIG);
    let wrong = text.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MODES");
    assert_ne!(wrong, text);
    repository.tree.write(KCONFIG, &wrong);
}

#[test]
fn a_commit_that_breaks_the_tree_is_refused_and_another_is_made() {
    let repository = Repository::new();
    on(repository.path(), ["hook", "install", "pre-commit"]).exits(0);
    let text = repository.tree.read(KCONFIG);
    repository
        .tree
        .write(KCONFIG, &format!("{text}\n# The end.\n"));
    repository.git(&["add", "-A"]);
    let made = git(&repository, &["commit", "-q", "-m", "harmless"]);
    assert!(made.status.success(), "{made:?}");
    // What is not staged does not count.
    misspell(&repository);
    let made = git(
        &repository,
        &["commit", "-q", "--allow-empty", "-m", "empty"],
    );
    assert!(made.status.success(), "{made:?}");
    repository.git(&["add", "-A"]);
    let refused = git(&repository, &["commit", "-q", "-m", "broken"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stdout) + String::from_utf8_lossy(&refused.stderr);
    assert!(said.contains("error[select-undeclared]"), "{said}");
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "empty\n");
}

#[test]
fn a_push_of_commits_that_break_the_tree_is_refused() {
    let repository = Repository::new();
    let remote = tempfile::tempdir().unwrap();
    repository.git(&["init", "-q", "--bare", remote.path().to_str().unwrap()]);
    repository.git(&["remote", "add", "origin", remote.path().to_str().unwrap()]);
    let pushed = git(&repository, &["push", "-q", "origin", "main"]);
    assert!(pushed.status.success(), "{pushed:?}");
    on(repository.path(), ["hook", "install", "pre-push"]).exits(0);
    misspell(&repository);
    repository.commit("broken");
    let refused = git(&repository, &["push", "-q", "origin", "main"]);
    assert!(!refused.status.success());
    let new = git(&repository, &["push", "-q", "origin", "main:topic"]);
    assert!(!new.status.success(), "{new:?}");
    repository.git(&["reset", "-q", "--hard", "base"]);
    repository.commit("harmless");
    let pushed = git(&repository, &["push", "-q", "origin", "main:topic"]);
    assert!(pushed.status.success(), "{pushed:?}");
}

#[test]
fn a_hook_of_somebody_else_stays_unless_forced() {
    let repository = Repository::new();
    let path = ".git/hooks/pre-commit";
    repository.tree.write(path, "#!/bin/sh\ntrue\n");
    let install = ["hook", "install", "pre-commit"];
    on(repository.path(), install).refuses(&["`--force` replaces it"]);
    on(repository.path(), ["hook", "remove", "pre-commit"]).refuses(&["is not kfeat's"]);
    assert_eq!(repository.tree.read(path), "#!/bin/sh\ntrue\n");
    on(
        repository.path(),
        ["hook", "install", "pre-commit", "--force"],
    )
    .exits(0);
    on(repository.path(), install).exits(0);
    on(repository.path(), ["hook", "remove", "pre-commit"]).exits(0);
    on(repository.path(), ["hook", "remove", "pre-commit"]).refuses(&["there is no `"]);
}
