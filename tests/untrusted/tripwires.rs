//! A repository all of whose settings that name a program name a tripwire.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::git::Repository;
use crate::limited;
use crate::program::on;

const SECONDS: u64 = 120;

/// The settings, `@` being the command that leaves a mark.
const SETTINGS: &[(&str, &str)] = &[
    ("core.fsmonitor", "@"),
    ("core.pager", "@"),
    ("core.editor", "@"),
    ("core.askPass", "@"),
    ("core.sshCommand", "@"),
    ("core.gitProxy", "@"),
    ("core.alternateRefsCommand", "@"),
    ("credential.helper", "!@"),
    ("diff.external", "@"),
    ("diff.trip.command", "@"),
    ("diff.trip.textconv", "@"),
    ("diff.trip.cachetextconv", "false"),
    ("merge.trip.driver", "@"),
    ("filter.trip.clean", "@"),
    ("filter.trip.smudge", "@"),
    ("filter.trip.process", "@"),
    ("gpg.program", "@"),
    ("gpg.openpgp.program", "@"),
    ("gpg.x509.program", "@"),
    ("gpg.ssh.program", "@"),
    ("gpg.ssh.defaultKeyCommand", "@"),
    ("log.showSignature", "true"),
    ("diff.submodule", "diff"),
    ("interactive.diffFilter", "@"),
    ("sequence.editor", "@"),
    ("trailer.trip.command", "@"),
    ("uploadpack.packObjectsHook", "@"),
    ("remote.origin.url", "ext::@"),
    ("remote.origin.uploadpack", "@"),
    ("remote.origin.promisor", "true"),
    ("remote.origin.partialclonefilter", "blob:none"),
    ("extensions.partialClone", "origin"),
    ("protocol.allow", "always"),
    ("protocol.ext.allow", "always"),
    ("pager.log", "@"),
    ("pager.show", "@"),
    ("pager.blame", "@"),
    ("color.ui", "always"),
    ("color.pager", "true"),
];

/// Anything that git calls aliases, each named as a subcommand that is asked for.
const ALIASES: &[&str] = &[
    "log",
    "show",
    "blame",
    "rev-list",
    "rev-parse",
    "cat-file",
    "diff-tree",
    "ls-tree",
    "var",
];

/// Variables of the environment that name a program.
const VARIABLES: &[&str] = &[
    "GIT_EXTERNAL_DIFF",
    "GIT_PAGER",
    "PAGER",
    "GIT_EDITOR",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_PROXY_COMMAND",
];

/// A directory with a program that leaves a mark, and the mark.
struct Tripwire {
    _directory: tempfile::TempDir,
    program: PathBuf,
    mark: PathBuf,
}

impl Tripwire {
    fn new() -> Self {
        use std::os::unix::fs::PermissionsExt;
        let directory = tempfile::tempdir().unwrap();
        let (program, mark) = (directory.path().join("trip"), directory.path().join("mark"));
        // Some of them copy their input, as a filter does.
        let script = format!(
            "#!/bin/sh\necho \"$0 $*\" >>{}\ncat \"$1\" 2>/dev/null\nexit 0\n",
            mark.display()
        );
        fs::write(&program, script).unwrap();
        fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
        Self {
            _directory: directory,
            program,
            mark,
        }
    }

    /// Everything in a repository that could start it.
    fn lay(&self, repository: &Repository) {
        let program = self.program.to_str().unwrap();
        for (name, value) in SETTINGS {
            repository.git(&["config", name, &value.replace('@', program)]);
        }
        for alias in ALIASES {
            repository.git(&["config", &format!("alias.{alias}"), &format!("!{program}")]);
        }
        // git takes `false` for core.hooksPath as a directory: hooks of the repository's own are the last word.
        let hooks = repository.path().join(".git/hooks");
        for hook in [
            "post-index-change",
            "reference-transaction",
            "post-checkout",
            "pre-auto-gc",
            "fsmonitor-watchman",
        ] {
            fs::copy(&self.program, hooks.join(hook)).unwrap();
        }
    }

    fn assert_untouched(&self, by: &str) {
        let said = fs::read_to_string(&self.mark).unwrap_or_default();
        assert_eq!(said, "", "{by} ran what the repository names");
    }
}

const KCONFIG: &str = "arch/arm64/Kconfig";
const TABLE: &str = "Documentation/features/vm/huge-vmap/arch-support.txt";

/// A repository with attributes that name a driver for every file, a wrong table, and a signed commit that misspells a select.
fn repository() -> Repository {
    let repository = Repository::new();
    repository
        .tree
        .write(".gitattributes", "* diff=trip filter=trip merge=trip\n");
    let table = repository.tree.read(TABLE);
    repository
        .tree
        .write(TABLE, &table.replacen("TODO", "ok  ", 1));
    repository.commit("a table claims too much");
    let text = repository.tree.read(KCONFIG);
    let wrong = text.replace("ARCH_HAS_LAZY_MMU_MODE", "ARCH_HAS_LAZY_MMU_MODES");
    repository.tree.write(KCONFIG, &wrong);
    repository.commit("arm64: a slip of the pen");
    // Anything that is checked where signatures are to be shown.
    let commit = repository.git(&["cat-file", "commit", "HEAD"]);
    let (head, message) = commit.split_once("\n\n").unwrap();
    let signed = format!(
        "{head}\ngpgsig -----BEGIN PGP SIGNATURE-----\n \n AAAA\n -----END PGP SIGNATURE-----\n\n{message}"
    );
    let file = repository.path().join(".git/signed");
    fs::write(&file, signed).unwrap();
    let id = repository.git(&["hash-object", "-t", "commit", "-w", file.to_str().unwrap()]);
    repository.git(&["reset", "-q", "--soft", id.trim()]);
    repository
}

fn run(repository: &Repository, tripwire: &Tripwire, arguments: &[&str]) -> String {
    let mut program = on(repository.path(), arguments.iter());
    for variable in VARIABLES {
        program = program.with(variable, &tripwire.program);
    }
    let ended = limited::run(
        program
            .with("GIT_AUTHOR_NAME", "A")
            .with("GIT_AUTHOR_EMAIL", "a@example.org"),
        SECONDS,
    );
    tripwire.assert_untouched(&arguments.join(" "));
    format!("{}{}{}", ended.code, ended.out, ended.err)
}

#[test]
fn nothing_that_a_repository_names_is_run() {
    let (repository, tripwire) = (repository(), Tripwire::new());
    tripwire.lay(&repository);
    let mails = tempfile::tempdir().unwrap();
    let mails = mails.path().join("mails");
    let mails = mails.to_str().unwrap();
    for (arguments, shows) in [
        (vec!["check", "--rev", "HEAD"], "ARCH_HAS_LAZY_MMU_MODES"),
        (vec!["check", "--range", "base..HEAD"], "a slip of the pen"),
        (
            vec!["check", "--range", "base..HEAD", "--format", "mail"],
            "Re: [PATCH",
        ),
        (
            vec![
                "check",
                "--range",
                "base..HEAD",
                "--feature",
                "all",
                "--format",
                "json",
            ],
            "select",
        ),
        (vec!["emit", "--git", "--check"], ""),
        (
            vec!["emit", "--all", "--git", "--format-patch"],
            "Subject: ",
        ),
        (vec!["emit", "--all", "--git", "--format-patch", mails], ""),
        (vec!["audit", "--rev", "HEAD"], ""),
        (vec!["matrix", "--between", "base", "HEAD"], ""),
        (vec!["hook", "run", "pre-commit"], ""),
        (vec!["hook", "install", "pre-push"], "installed"),
        (vec!["hook", "remove", "pre-push"], "removed"),
        (
            vec!["explain", "ARCH_HAS_LAZY_MMU_MODE"],
            "ARCH_HAS_LAZY_MMU_MODE",
        ),
    ] {
        let said = run(&repository, &tripwire, &arguments);
        assert!(said.contains(shows), "{arguments:?}: {said}");
    }
}

#[test]
fn a_missing_object_is_not_fetched() {
    let (repository, tripwire) = (repository(), Tripwire::new());
    let blob = repository.git(&["rev-parse", "HEAD:mm/Kconfig"]);
    let (directory, name) = blob.trim().split_at(2);
    tripwire.lay(&repository);
    fs::remove_file(
        repository
            .path()
            .join(".git/objects")
            .join(directory)
            .join(name),
    )
    .unwrap();
    let said = run(&repository, &tripwire, &["check", "--rev", "HEAD"]);
    assert!(said.contains("kfeat does not fetch"), "{said}");
}

/// The test can fail: git itself runs into the wire.
#[test]
fn git_itself_trips() {
    let (repository, tripwire) = (repository(), Tripwire::new());
    tripwire.lay(&repository);
    for arguments in [
        &["log", "-1", "-p"][..],
        &["log", "-1", "--show-signature"],
        &["blame", KCONFIG],
    ] {
        let mut git = Command::new("git");
        git.arg("-C").arg(repository.path()).args(arguments);
        git.stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null());
        let _ = git.status().unwrap();
        assert!(Path::exists(&tripwire.mark), "{arguments:?}");
        fs::remove_file(&tripwire.mark).unwrap();
    }
}

/// Every call of git passes the one place with the settings.
#[test]
fn git_is_started_in_one_place() {
    let mut pending = vec![crate::program::package("src")];
    let mut found = Vec::new();
    while let Some(path) = pending.pop() {
        for entry in fs::read_dir(path).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if !path.ends_with("tests.rs")
                && fs::read_to_string(&path)
                    .unwrap()
                    .contains("Command::new(\"git\"")
            {
                found.push(path);
            }
        }
    }
    assert_eq!(found, [crate::program::package("src/tree/git/command.rs")]);
}
