//! Owns how the `git` program is started. A repository's settings and attributes are untrusted: many of them name a program
//! that git starts, and a few name a file that it reads. All of them are switched off here, for every call.
//!
//! Settings of the command line win over those of the repository, the user and the system. What the user's own environment
//! asks for and only concerns where the repository is (`$GIT_DIR` and its like) stays as it is.
//!
//! Other settings change what git answers: differences without context or as binary ones, other objects in the place of those that a name
//! stands for (`refs/replace`). They are set to what git does without them, so that a repository cannot hide a line.

use std::path::Path;
use std::process::{Command, Stdio};

/// Settings that start no program, read no file outside the repository, and have git answer what it does without settings.
const SETTINGS: &[&str] = &[
    "core.fsmonitor=false",
    "core.pager=cat",
    "core.editor=false",
    "core.askPass=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=true",
    "core.attributesFile=/dev/null",
    "core.quotePath=false",
    "core.bigFileThreshold=512m",
    "core.useReplaceRefs=false",
    "color.ui=false",
    "credential.helper=",
    "diff.submodule=short",
    "diff.orderFile=/dev/null",
    "diff.context=3",
    "diff.interHunkContext=0",
    "diff.suppressBlankEmpty=false",
    "diff.noPrefix=false",
    "diff.mnemonicPrefix=false",
    "diff.colorMoved=no",
    "diff.algorithm=default",
    "blame.ignoreRevsFile=",
    "mailmap.file=",
    "log.mailmap=false",
    "log.follow=false",
    "log.showRoot=true",
    "log.decorate=false",
    "log.showSignature=false",
    "gpg.program=false",
    "gpg.openpgp.program=false",
    "gpg.x509.program=false",
    "gpg.ssh.program=false",
    "gpg.ssh.defaultKeyCommand=false",
    "gc.auto=0",
    "maintenance.auto=false",
    "protocol.allow=never",
    "i18n.logOutputEncoding=UTF-8",
];

/// Variables of the environment that name a program for git to start, or change what it writes.
const VARIABLES: &[&str] = &[
    "GIT_EXTERNAL_DIFF",
    "GIT_DIFF_OPTS",
    "GIT_PAGER",
    "PAGER",
    "GIT_EDITOR",
    "GIT_SEQUENCE_EDITOR",
    "GIT_ASKPASS",
    "SSH_ASKPASS",
    "GIT_SSH",
    "GIT_SSH_COMMAND",
    "GIT_PROXY_COMMAND",
    "GIT_ATTR_SOURCE",
    "GIT_GLOB_PATHSPECS",
    "GIT_NOGLOB_PATHSPECS",
    "GIT_ICASE_PATHSPECS",
];

/// Where the repository is. They do not count where the user names a directory.
const PLACES: &[&str] = &["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX"];

/// The options of a subcommand that start no program named by attributes (`diff.*.command`, `diff.*.textconv`), check no
/// signatures, do not look into submodules, which have settings of their own, and show every file as text, whatever attributes call it.
fn options(what: &str) -> &'static [&'static str] {
    match what {
        "log" | "show" => &[
            "--no-ext-diff",
            "--no-textconv",
            "--no-show-signature",
            "--submodule=short",
            "--no-color",
            "--text",
        ],
        "blame" => &["--no-textconv", "--no-ext-diff"],
        "diff-tree" | "diff-index" => &["--no-ext-diff", "--no-textconv", "--submodule=short"],
        _ => &[],
    }
}

/// `git WHAT ARGUMENTS` in `directory`: it runs no other program, locks and fetches nothing, asks nobody, answers in English,
/// and takes paths literally. Where the user names the directory (`is_named`), `$GIT_DIR` and its like do not count.
pub(super) fn git(directory: &Path, is_named: bool, what: &str, arguments: &[&str]) -> Command {
    let mut command = Command::new("git");
    command.args(["--no-pager", "--literal-pathspecs"]);
    for setting in SETTINGS {
        command.args(["-c", setting]);
    }
    // `rev-parse` runs no hook, and tells where they are.
    if what != "rev-parse" {
        command.args(["-c", "core.hooksPath=/dev/null"]);
    }
    command
        .arg("-C")
        .arg(directory)
        .arg(what)
        .args(options(what))
        .args(arguments)
        .env("GIT_OPTIONAL_LOCKS", "0")
        .env("GIT_NO_LAZY_FETCH", "1")
        .env("GIT_NO_REPLACE_OBJECTS", "1")
        // The same for a git that does not know the former yet.
        .env("GIT_ALLOW_PROTOCOL", "none")
        .env("GIT_TERMINAL_PROMPT", "0")
        .env("LC_ALL", "C")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let places = PLACES.iter().filter(|_| is_named);
    for name in VARIABLES.iter().chain(places) {
        command.env_remove(name);
    }
    command
}
