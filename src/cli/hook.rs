//! Owns the command `hook`: git hooks that check what a commit or a push adds.

use std::io::{Read, Write};
use std::path::Path;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::args::{self, Cli, Global};
use super::{check, locate, output};
use crate::tree::git::Repository;

/// A line by which an installed hook is known as one of kfeat's.
const MARK: &str = "# Installed by `kfeat hook install`; `kfeat hook remove` takes it away.";

/// More commits than this are not checked one by one when a branch is pushed.
const MAX_COMMITS: usize = 250;

/// The arguments of `hook`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat hook install pre-commit\n  kfeat hook install pre-push\n  kfeat hook remove pre-push\n\n\
    A hook checks only what the commit or the push adds, and is skipped as any hook with `git commit --no-verify`."
)]
pub(super) struct HookArgs {
    #[command(subcommand)]
    command: HookCommand,
}

/// What to do with a hook.
#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Write the hook into the repository of the tree
    #[command(after_help = "Examples:\n  kfeat hook install pre-commit")]
    Install {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
        /// Replace a hook that somebody else wrote
        #[arg(long)]
        force: bool,
    },
    /// Take away a hook that kfeat wrote
    #[command(after_help = "Examples:\n  kfeat hook remove pre-commit")]
    Remove {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
    },
    /// Do what the hook does; the hook calls this
    #[command(after_help = "Examples:\n  kfeat hook run pre-commit")]
    Run {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
        /// What git gives the hook: for `pre-push` the name of the remote and its address
        #[arg(value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
}

/// A hook of git.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// Checks what is staged, before it is committed
    PreCommit,
    /// Checks each commit that the remote does not have yet, before it is pushed
    PrePush,
}

impl Hook {
    fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrePush => "pre-push",
        }
    }
}

/// Runs `hook`.
pub(super) fn run(global: &Global, arguments: &HookArgs) -> anyhow::Result<output::Exit> {
    let directory = locate::open(global)?.root().to_owned();
    // What git has set for the hook counts, such as the index of a commit of some files only.
    let repository = &*Repository::open(&directory, false)?;
    match &arguments.command {
        HookCommand::Install { hook, force } => install(repository, *hook, *force),
        HookCommand::Remove { hook } => remove(repository, *hook),
        HookCommand::Run { hook, arguments } => match hook {
            Hook::PreCommit => pre_commit(repository, global),
            Hook::PrePush => pre_push(repository, global, arguments.first()),
        },
    }
}

fn install(repository: &Repository, hook: Hook, force: bool) -> anyhow::Result<output::Exit> {
    let path = repository.hook(hook.name())?;
    let shown = path.display();
    if !force && path.exists() && !is_ours(&path)? {
        bail!("`{shown}` is there already and is not kfeat's; `--force` replaces it");
    }
    let parent = path.parent().context("a hook lies in a directory")?;
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot make the directory `{}`", parent.display()))?;
    let name = hook.name();
    let script = format!("#!/bin/sh\n{MARK}\nexec kfeat hook run {name} -- \"$@\"\n");
    output::replace_file(&path, script.as_bytes())
        .and_then(|()| make_executable(&path))
        .with_context(|| format!("cannot write `{shown}`"))?;
    output::print(&format!("installed {shown}\n"))?;
    Ok(output::Exit::Clean)
}

fn remove(repository: &Repository, hook: Hook) -> anyhow::Result<output::Exit> {
    let path = repository.hook(hook.name())?;
    let shown = path.display();
    if !path.exists() {
        bail!("there is no `{shown}`");
    }
    if !is_ours(&path)? {
        bail!("`{shown}` is not kfeat's; remove it yourself if you want that");
    }
    std::fs::remove_file(&path).with_context(|| format!("cannot remove `{shown}`"))?;
    output::print(&format!("removed {shown}\n"))?;
    Ok(output::Exit::Clean)
}

/// Checks what is staged against the last commit.
fn pre_commit(repository: &Repository, global: &Global) -> anyhow::Result<output::Exit> {
    let staged = repository.staged()?;
    if staged.is_empty() {
        return Ok(output::Exit::Clean);
    }
    let mut file = tempfile::NamedTempFile::new().context("cannot make a temporary file")?;
    file.write_all(&staged)
        .context("cannot write a temporary file")?;
    let patch = file
        .path()
        .to_str()
        .context("the temporary directory has a strange name")?;
    check_with(
        global,
        repository.directory(),
        &["--rev", "HEAD", "--patch", patch],
    )
}

/// Checks what each line of standard input wants to push, as git writes it: local name and object, remote name and object.
fn pre_push(
    repository: &Repository,
    global: &Global,
    remote: Option<&String>,
) -> anyhow::Result<output::Exit> {
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .context("cannot read standard input")?;
    let mut exit = output::Exit::Clean;
    for line in input.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[_, local, _, known] = &*fields else {
            bail!("git says `{line}`; expected four fields");
        };
        let is_nothing = |object: &str| object.bytes().all(|byte| byte == b'0');
        if is_nothing(local) {
            continue;
        }
        let Some(range) = new_commits(repository, local, known, is_nothing(known), remote)? else {
            continue;
        };
        if check_with(global, repository.directory(), &["--range", &range])? != output::Exit::Clean
        {
            exit = output::Exit::Findings;
        }
    }
    Ok(exit)
}

/// The range of the commits that the remote does not have; `None` where there is none.
fn new_commits(
    repository: &Repository,
    local: &str,
    known: &str,
    is_new: bool,
    remote: Option<&String>,
) -> anyhow::Result<Option<String>> {
    let remotes = remote.map_or("--remotes".to_owned(), |remote| {
        format!("--remotes={remote}")
    });
    // What the remote has now may not be here, after somebody else has pushed.
    let have = !is_new && repository.has(known);
    let commits = repository.commits_without(local, if have { known } else { &remotes })?;
    let Some(oldest) = commits.last() else {
        return Ok(None);
    };
    if commits.len() > MAX_COMMITS {
        return Ok(Some(format!("{local}~1..{local}")));
    }
    Ok(Some(format!("{oldest}~1..{local}")))
}

/// Runs `check` with more arguments, as if it had been called with them.
fn check_with(global: &Global, directory: &Path, more: &[&str]) -> anyhow::Result<output::Exit> {
    let mut arguments = vec![
        "kfeat".into(),
        "-C".into(),
        directory.as_os_str().to_owned(),
    ];
    arguments.push("check".into());
    arguments.extend(more.iter().map(Into::into));
    let mut cli = Cli::try_parse_from(arguments)
        .unwrap_or_else(|error| unreachable!("invariant: `check` has these arguments: {error}"));
    cli.global.color = global.color;
    match &cli.command {
        args::Command::Check(of_check) => check::run(&cli.global, of_check),
        _ => unreachable!("invariant: the command is `check`"),
    }
}

fn is_ours(path: &Path) -> anyhow::Result<bool> {
    let text = std::fs::read(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .any(|line| line == MARK))
}

#[cfg(unix)]
fn make_executable(path: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
}

#[cfg(not(unix))]
fn make_executable(_path: &Path) -> std::io::Result<()> {
    Ok(())
}
