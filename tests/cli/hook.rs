//! The command `hook`, with real git.

use std::process::{Command, Output};

use super::git::Repository;
use super::program::{kfeat, on};

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
    assert!(
        made.stdout.is_empty() && made.stderr.is_empty(),
        "nothing to say: {made:?}"
    );
    // Unstaged changes do not count.
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
    assert!(
        said.contains("kfeat: refused by the pre-commit hook") && said.contains("--no-verify"),
        "{said}"
    );
    assert_eq!(repository.git(&["log", "-1", "--format=%s"]), "empty\n");
}

#[test]
fn a_table_counts_as_the_rest_does() {
    let repository = Repository::new();
    on(repository.path(), ["hook", "install", "pre-commit"]).exits(0);
    on(repository.path(), ["hook", "install", "pre-push"]).exits(0);
    let table = "Documentation/features/vm/lazy_mmu/arch-support.txt";
    let text = repository.tree.read(table);
    let row = "    |          um: | TODO |\n";
    let first = "    |       arm64:";
    for (edit, words) in [
        (text.replace(row, ""), "no row for `um`"),
        (text.replace(" um: |", " uml: |"), "`uml`"),
        (text.replace("um: | TODO", "um: | todo"), "`todo`"),
        (
            text.replace("um: | TODO |", "um: |  ok  |"),
            "says `ok` for `um`",
        ),
        (
            text.replace(row, "")
                .replacen(first, &format!("{row}{first}"), 1),
            "the row for `um`",
        ),
    ] {
        assert_ne!(edit, text, "{words}");
        repository.tree.write(table, &edit);
        repository.git(&["add", "-A"]);
        let refused = git(&repository, &["commit", "-q", "-m", "broken"]);
        let said =
            String::from_utf8_lossy(&refused.stdout) + String::from_utf8_lossy(&refused.stderr);
        assert!(
            !refused.status.success() && said.contains(words),
            "{words}: {said}"
        );
    }
    // A commit that skipped the hook is caught by the hook before a push.
    repository.commit("broken");
    let remote = tempfile::tempdir().unwrap();
    let remote = remote.path().to_str().unwrap();
    let made = Command::new("git")
        .args(["init", "-q", "--bare", remote])
        .status();
    assert!(made.unwrap().success());
    let base = git(
        &repository,
        &["push", "-q", "--no-verify", remote, "base:refs/heads/main"],
    );
    assert!(base.status.success(), "{base:?}");
    let pushed = git(&repository, &["push", "-q", remote, "main"]);
    assert!(!pushed.status.success(), "{pushed:?}");
    // A row that Kconfig agrees with is not reported.
    repository
        .tree
        .write(table, &text.replace("um: | TODO |", "um: |  ..  |"));
    repository.git(&["add", "-A"]);
    let made = git(&repository, &["commit", "-q", "-m", "right"]);
    assert!(made.status.success(), "{made:?}");
}

#[test]
fn a_commit_is_made_where_kfeat_is_not_installed() {
    let repository = Repository::new();
    on(repository.path(), ["hook", "install", "pre-commit"]).exits(0);
    misspell(&repository);
    repository.git(&["add", "-A"]);
    let directory = tempfile::tempdir().unwrap();
    let made = Command::new("git")
        .current_dir(repository.path())
        .args(["-c", "user.name=S", "-c", "user.email=s@example.org"])
        .args(["commit", "-q", "-m", "no kfeat here"])
        .env("PATH", without_kfeat(directory.path()))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&made.stderr);
    assert!(made.status.success(), "{made:?}");
    assert!(said.contains("kfeat: not found in PATH"), "{said}");
}

/// A directory with git, a shell, and nothing else.
fn without_kfeat(directory: &std::path::Path) -> &std::path::Path {
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["git", "sh"] {
        let program = std::env::split_paths(&path)
            .map(|directory| directory.join(name))
            .find(|program| program.is_file())
            .unwrap();
        std::os::unix::fs::symlink(program, directory.join(name)).unwrap();
    }
    directory
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
    on(repository.path(), install).refuses(&["use `--force`"]);
    on(repository.path(), ["hook", "remove", "pre-commit"])
        .refuses(&["was not installed by kfeat"]);
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

#[test]
fn what_is_staged_is_read_from_the_index_whatever_it_is() {
    let repository = Repository::new();
    on(repository.path(), ["hook", "install", "pre-commit"]).exits(0);
    let bytes: Vec<u8> = (0..=255).collect();
    std::fs::write(repository.path().join("mm/logo.gif"), bytes).unwrap();
    repository.tree.write(".gitattributes", "Kconfig -diff\n");
    repository.tree.write("mm/a b \u{fc}.c", "int x;");
    let text = repository.tree.read(KCONFIG);
    repository.tree.write(KCONFIG, &format!("{text}# The end."));
    repository.git(&["add", "-A"]);
    let made = git(&repository, &["commit", "-q", "-m", "binary"]);
    assert!(made.status.success(), "{made:?}");
    // Nor does it count what else is staged where some files only are committed.
    misspell(&repository);
    repository.git(&["add", KCONFIG]);
    repository.tree.write("mm/other.c", "int y;\n");
    repository.git(&["add", "-N", "mm/other.c"]);
    let made = git(&repository, &["commit", "-q", "-m", "some", "mm/other.c"]);
    assert!(made.status.success(), "{made:?}");
    let before = (
        repository.git(&["status", "--porcelain"]),
        std::fs::read(repository.path().join(".git/index")).unwrap(),
    );
    // Another tree in the environment is not what is committed.
    let hook = ["hook", "run", "pre-commit"];
    let other = kfeat(hook)
        .inside(&repository.path().join("mm"))
        .with("KFEAT_TREE", "/nonexistent");
    let said = other.exits(1).out;
    assert!(
        said.starts_with("error[select-undeclared]") && said.ends_with("\n1 error\n"),
        "{said}"
    );
    let after = (
        repository.git(&["status", "--porcelain"]),
        std::fs::read(repository.path().join(".git/index")).unwrap(),
    );
    assert_eq!(before, after);
    // A work tree beside the repository, of which a part is checked out.
    let beside = tempfile::tempdir().unwrap();
    let path = beside.path().join("tree");
    repository.git(&[
        "worktree",
        "add",
        "-q",
        "--no-checkout",
        path.to_str().unwrap(),
    ]);
    let of_beside = |arguments: &[&str]| {
        let at = ["-C", path.to_str().unwrap()];
        repository.git(&[&at, arguments].concat());
    };
    of_beside(&["sparse-checkout", "set", "arch/arm64"]);
    of_beside(&["checkout", "-q"]);
    kfeat(hook).inside(&path).exits(0);
    std::fs::write(
        path.join(KCONFIG),
        text.replace("LAZY_MMU_MODE", "LAZY_MMU_MODES"),
    )
    .unwrap();
    of_beside(&["add", KCONFIG]);
    kfeat(hook).inside(&path).exits(1);
}

#[test]
fn a_repository_without_a_kernel_or_without_commits_passes() {
    let directory = tempfile::tempdir().unwrap();
    let git = |arguments: &[&str]| {
        let mut git = Command::new("git");
        git.arg("-C").arg(directory.path());
        git.args(["-c", "user.name=S", "-c", "user.email=s@example.org"]);
        assert!(git.args(arguments).status().unwrap().success());
    };
    let hook = || kfeat(["hook", "run", "pre-commit"]).inside(directory.path());
    git(&["init", "-q"]);
    std::fs::write(directory.path().join("a"), "a").unwrap();
    git(&["add", "a"]);
    hook().exits(0);
    git(&["commit", "-q", "-m", "a"]);
    let said = hook().exits(0);
    assert!(
        said.out.is_empty() && said.err.contains("nothing to check"),
        "{}",
        said.err
    );
}

#[test]
fn only_commits_that_no_remote_has_are_checked() {
    let repository = Repository::new();
    misspell(&repository);
    repository.commit("broken long ago");
    let remotes = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    for (name, remote) in ["upstream", "mine"].iter().zip(&remotes) {
        let path = remote.path().to_str().unwrap();
        repository.git(&["init", "-q", "--bare", path]);
        repository.git(&["remote", "add", name, path]);
    }
    // The first commit of all is nothing that could be compared.
    repository.git(&["checkout", "-q", "base"]);
    on(repository.path(), ["hook", "install", "pre-push"]).exits(0);
    let pushed = git(
        &repository,
        &["push", "-q", "mine", "base:refs/heads/first"],
    );
    assert!(pushed.status.success(), "{pushed:?}");
    repository.git(&["checkout", "-q", "main"]);
    repository.git(&["push", "-q", "--no-verify", "upstream", "main"]);
    repository.commit("harmless");
    // Upstream commits are not held against the user who pushes them on, under any name.
    let mine = remotes[1].path().to_str().unwrap();
    for to in ["mine", mine] {
        let pushed = git(&repository, &["push", "-q", to, "main"]);
        assert!(pushed.status.success(), "{pushed:?}");
    }
    let text = repository.tree.read("mm/Kconfig");
    let wrong = text.replace("config ARCH_HAS_LAZY", "config ARCH_HAS_LAZIER");
    repository.tree.write("mm/Kconfig", &wrong);
    repository.commit("broken");
    repository.git(&["tag", "-a", "-m", "x", "v1"]);
    let refused = git(&repository, &["push", "-q", "mine", "main", "v1"]);
    assert!(!refused.status.success());
    let said = String::from_utf8_lossy(&refused.stdout) + String::from_utf8_lossy(&refused.stderr);
    assert_eq!(
        said.matches("since 1/1: ").count(),
        said.matches("\nerror[").count() + 1,
        "{said}"
    );
    // A branch that goes is no commit.
    let gone = git(&repository, &["push", "-q", "mine", ":first"]);
    assert!(gone.status.success(), "{gone:?}");
    // pre-commit.com names commits where it was told to.
    let hook = |from: &str| {
        kfeat(["hook", "run", "pre-commit"])
            .inside(repository.path())
            .with("PRE_COMMIT_FROM_REF", from)
            .with("PRE_COMMIT_TO_REF", "main")
    };
    hook("main~2").exits(1);
    hook("main").exits(0);
    repository.git(&["reset", "-q", "--hard", "main~1"]);
    hook("main~1").exits(0);
}

/// Each way in which a stranger's repository could have a file written, or removed, elsewhere.
#[cfg(unix)]
#[test]
fn a_hook_is_written_nowhere_else() {
    use std::fs;
    use std::os::unix::fs::symlink;

    const MESSAGE: &str = "outside its git directory";
    let outside = tempfile::tempdir().unwrap();
    let elsewhere = outside.path().join("elsewhere");
    let victim = Repository::new();
    let own_hook =
        "#!/bin/sh\n# Installed by `kfeat hook install`; remove it with `kfeat hook remove`.\n";
    let hooks_of_victim = victim.path().join(".git/hooks");
    fs::create_dir_all(&hooks_of_victim).unwrap();
    fs::create_dir_all(&elsewhere).unwrap();
    for directory in [&elsewhere, &hooks_of_victim] {
        fs::write(directory.join("pre-commit"), own_hook).unwrap();
    }
    let config = |name: &str, value: &str| {
        let repository = Repository::new();
        repository.git(&["config", name, value]);
        repository
    };
    let elsewhere_text = elsewhere.to_str().unwrap();
    let mut repositories = vec![
        config("core.hooksPath", elsewhere_text),
        config("core.hooksPath", &format!("{elsewhere_text}/new/directory")),
    ];
    let included = config("include.path", "../settings");
    included.tree.write(
        "settings",
        &format!("[core]\n\thooksPath = {elsewhere_text}\n"),
    );
    repositories.push(included);
    // A tree's own files are not those of its git directory.
    repositories.push(config("core.hooksPath", "arch"));
    let with = |change: &dyn Fn(&std::path::Path)| {
        let repository = Repository::new();
        change(&repository.path().join(".git"));
        repository
    };
    let victim_git = victim.path().join(".git");
    repositories.push(with(&|git| {
        let _ = fs::remove_dir_all(git.join("hooks"));
        symlink(&elsewhere, git.join("hooks")).unwrap();
    }));
    repositories.push(with(&|git| {
        let _ = fs::remove_dir_all(git.join("hooks"));
        fs::create_dir(git.join("hooks")).unwrap();
        for hook in ["pre-commit", "pre-push"] {
            symlink(elsewhere.join("pre-commit"), git.join("hooks").join(hook)).unwrap();
        }
    }));
    repositories.push(with(&|git| {
        fs::remove_dir_all(git).unwrap();
        fs::write(git, format!("gitdir: {}\n", victim_git.display())).unwrap();
    }));
    repositories.push(with(&|git| {
        fs::remove_dir_all(git).unwrap();
        symlink(&victim_git, git).unwrap();
    }));
    repositories.push(with(&|git| {
        fs::write(git.join("commondir"), format!("{}\n", victim_git.display())).unwrap();
    }));
    let count = |directory: &std::path::Path| fs::read_dir(directory).unwrap().count();
    let before = (
        count(&elsewhere),
        count(&hooks_of_victim),
        count(outside.path()),
    );
    for repository in &repositories {
        for arguments in [
            &["install", "pre-push"][..],
            &["install", "--force", "pre-commit"],
            &["remove", "pre-commit"],
        ] {
            let ended = on(repository.path(), [&["hook"], arguments].concat()).exits(2);
            let words = ended.err.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(
                words.contains(MESSAGE) && words.contains("--hooks-dir"),
                "{words}"
            );
            assert_eq!(ended.out, "");
        }
        let after = (
            count(&elsewhere),
            count(&hooks_of_victim),
            count(outside.path()),
        );
        assert_eq!(before, after);
        for directory in [&elsewhere, &hooks_of_victim] {
            assert_eq!(
                fs::read_to_string(directory.join("pre-commit")).unwrap(),
                own_hook
            );
        }
        assert!(!repository.path().join("arch/pre-push").exists());
    }
    let named = on(repositories[0].path(), ["hook", "install", "pre-push"])
        .exits(2)
        .err;
    assert!(
        named.contains("`core.hooksPath` in `.git/config`"),
        "{named}"
    );
    assert!(named.contains(elsewhere_text), "{named}");
}

/// Many share their hooks by a setting of their own: then they name the directory.
#[test]
fn a_directory_of_hooks_that_is_named_is_used() {
    let outside = tempfile::tempdir().unwrap();
    let hooks = outside.path().join("hooks");
    let settings = outside.path().join("gitconfig");
    let hooks_text = hooks.to_str().unwrap();
    std::fs::write(&settings, format!("[core]\n\thooksPath = {hooks_text}\n")).unwrap();
    let repository = Repository::new();
    let run = |arguments: &[&str]| {
        let program = on(repository.path(), [&["hook"], arguments].concat());
        program.with("GIT_CONFIG_GLOBAL", &settings).run()
    };
    let refused = run(&["install", "pre-push"]);
    assert_eq!(refused.code, 2);
    assert!(refused.err.contains("gitconfig"), "{}", refused.err);
    let wrong = run(&[
        "install",
        "pre-push",
        "--hooks-dir",
        outside.path().to_str().unwrap(),
    ]);
    assert_eq!(wrong.code, 2);
    assert!(
        wrong
            .err
            .contains("git runs the hooks of this repository from"),
        "{}",
        wrong.err
    );
    assert!(!hooks.exists());
    assert_eq!(
        run(&["install", "pre-push", "--hooks-dir", hooks_text]).code,
        0
    );
    assert!(hooks.join("pre-push").is_file());
    assert_eq!(run(&["remove", "pre-push"]).code, 2);
    assert!(hooks.join("pre-push").is_file());
    assert_eq!(
        run(&["remove", "pre-push", "--hooks-dir", hooks_text]).code,
        0
    );
    assert!(!hooks.join("pre-push").exists());
    // Where nothing is set, the repository's own directory may be named, too.
    let own = repository.path().join(".git/hooks");
    let arguments = [
        "hook",
        "install",
        "pre-push",
        "--hooks-dir",
        own.to_str().unwrap(),
    ];
    on(repository.path(), arguments).exits(0);
}

/// The git directory of a linked work tree, or of a submodule, is elsewhere, and both name each other.
#[test]
fn a_submodule_and_a_linked_work_tree_have_their_hooks() {
    let (repository, other) = (Repository::new(), Repository::new());
    let address = other.path().to_str().unwrap();
    repository.git(&[
        "-c",
        "protocol.file.allow=always",
        "submodule",
        "add",
        "-q",
        address,
        "sub",
    ]);
    let sub = repository.path().join("sub");
    on(&sub, ["hook", "install", "pre-push"]).exits(0);
    assert!(
        repository
            .path()
            .join(".git/modules/sub/hooks/pre-push")
            .is_file()
    );
    on(&sub, ["hook", "remove", "pre-push"]).exits(0);
    let beside = tempfile::tempdir().unwrap();
    let linked = beside.path().join("linked");
    other.git(&["worktree", "add", "-q", linked.to_str().unwrap()]);
    on(&linked, ["hook", "install", "pre-push"]).exits(0);
    assert!(other.path().join(".git/hooks/pre-push").is_file());
    on(&linked, ["hook", "remove", "pre-push"]).exits(0);
}
