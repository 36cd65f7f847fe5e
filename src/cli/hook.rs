//! Owns the command `hook`: git hooks that check what a commit or a push adds.

use std::collections::BTreeSet;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};

use super::check::CheckArgs;
use super::global::Global;
use super::series::OfHook;
use super::{check, locate, output};
use crate::disk::{self, Sync};
use crate::limits::FILE_SIZE;
use crate::report::harmless_line;
use crate::tree::git::Repository;
use crate::tree::{Tree, TreeError};

/// The start of a line by which an installed hook is recognised as one of kfeat's.
const MARK: &str = "# Installed by `kfeat hook install`;";

/// More commits than this are not checked one by one when a branch is pushed.
const MAX_COMMITS: usize = 250;

/// The arguments of `hook`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat hook install pre-commit\n  kfeat hook install pre-push\n  kfeat hook remove pre-push\n\n\
    A hook checks only what the commit or the push adds. As with any hook, git's `--no-verify` skips it.\n\
    A repository may say that its hooks are anywhere. Outside its git directory, for example where you share hooks by way of\n\
    `core.hooksPath`, a hook is installed or removed only in the directory that you name with `--hooks-dir`."
)]
pub(super) struct HookArgs {
    #[command(subcommand)]
    command: HookCommand,
}

/// Describes what to do with a hook.
#[derive(Debug, Subcommand)]
enum HookCommand {
    /// Write the hook into the repository of the tree
    #[command(after_help = "Examples:\n  kfeat hook install pre-commit")]
    Install {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
        /// Replace a hook that kfeat did not install
        #[arg(long)]
        force: bool,
        #[command(flatten)]
        place: Place,
    },
    /// Remove a hook installed by kfeat
    #[command(after_help = "Examples:\n  kfeat hook remove pre-commit")]
    Remove {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
        #[command(flatten)]
        place: Place,
    },
    /// Run the check of a hook; the hook calls this command
    #[command(after_help = "Examples:\n  kfeat hook run pre-commit")]
    Run {
        /// Which hook
        #[arg(value_enum, value_name = "HOOK")]
        hook: Hook,
        /// The arguments that git passes to the hook: for `pre-push` the name of the remote and its address
        #[arg(value_name = "ARGUMENT")]
        arguments: Vec<String>,
    },
}

/// Where the hook is.
#[derive(Debug, Args)]
struct Place {
    /// The directory from which git runs the hooks. Needed only where it is outside the repository's git directory, for example where
    /// `core.hooksPath` is set
    #[arg(long, value_name = "DIR")]
    hooks_dir: Option<PathBuf>,
}

/// A hook of git.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Hook {
    /// Checks what is staged, before it is committed
    PreCommit,
    /// Checks each commit that no remote has yet, before it is pushed
    PrePush,
}

impl Hook {
    fn name(self) -> &'static str {
        match self {
            Hook::PreCommit => "pre-commit",
            Hook::PrePush => "pre-push",
        }
    }

    /// The command of git that it stops.
    fn action(self) -> &'static str {
        match self {
            Hook::PreCommit => "commit",
            Hook::PrePush => "push",
        }
    }
}

/// Runs `hook`.
pub(super) fn run(global: &Global, arguments: &HookArgs) -> anyhow::Result<output::Exit> {
    match &arguments.command {
        HookCommand::Install { hook, force, place } => {
            install(&place.path(&*of_tree(global)?, *hook)?, *hook, *force)
        }
        HookCommand::Remove { hook, place } => remove(&place.path(&*of_tree(global)?, *hook)?),
        HookCommand::Run { hook, .. } => {
            let repository = locate::repository_of_hook(global)?;
            if let Some(revision) = is_no_kernel(&repository) {
                // Hooks may lie in a directory that all repositories of somebody share.
                output::note(&format!("nothing to check: {revision}"));
                return Ok(output::Exit::Clean);
            }
            let exit = match hook {
                Hook::PreCommit => pre_commit(&repository, global),
                Hook::PrePush => pre_push(&repository, global),
            }?;
            if exit == output::Exit::Findings {
                let (name, action) = (hook.name(), hook.action());
                output::note(&format!(
                    "refused by the {name} hook; `git {action} --no-verify` skips it, `kfeat hook remove {name}` removes it"
                ));
            }
            Ok(exit)
        }
    }
}

/// The repository of the tree that is meant.
fn of_tree(global: &Global) -> anyhow::Result<Arc<Repository>> {
    let directory = locate::open(global)?.root().to_owned();
    Ok(Repository::open(&directory, false)?)
}

/// Why the repository holds no kernel, if that is so.
fn is_no_kernel(repository: &Arc<Repository>) -> Option<TreeError> {
    match Tree::at_revision(repository, "HEAD") {
        Err(error @ TreeError::NotAKernelRevision { .. }) => Some(error),
        _ => None,
    }
}

impl Place {
    /// The path of the hook, after a check that the user can have meant it: a repository is the work of strangers, and its settings,
    /// links and files may name any directory.
    fn path(&self, repository: &Repository, hook: Hook) -> anyhow::Result<PathBuf> {
        let path = repository.hook(hook.name())?;
        let directory = path
            .parent()
            .context("the path of the hook has no directory")?;
        let real = real_path(directory)?;
        let target = real_path(&path)?;
        if let Some(named) = &self.hooks_dir {
            if real_path(named)? != real {
                bail!(
                    "git runs the hooks of this repository from `{}`, not from `{}`",
                    real.display(),
                    named.display()
                );
            }
            if target.parent() != Some(&real) {
                bail!(
                    "`{}` is a link to `{}`: name the directory of that file in `core.hooksPath`, or remove the link",
                    path.display(),
                    target.display()
                );
            }
            return Ok(path);
        }
        let own = repository.own_directory()?;
        if own.is_some_and(|own| real.starts_with(&own) && target.starts_with(&own)) {
            return Ok(path);
        }
        let cause = match repository.hooks_setting()? {
            Some(file) => format!("`core.hooksPath` in `{file}`"),
            None => "a link, or a file in place of the directory `.git`,".to_owned(),
        };
        bail!(
            "the hooks of this repository are outside its git directory, in `{0}`: {cause} leads there; if this is what you want, add \
             `--hooks-dir {0}`",
            real.display()
        )
    }
}

/// The path without links, as far as it exists.
fn real_path(path: &Path) -> anyhow::Result<PathBuf> {
    let absolute = std::path::absolute(path)?;
    for above in absolute.ancestors() {
        // A link that leads nowhere exists, too: whoever writes there would follow it.
        if above.symlink_metadata().is_err() {
            continue;
        }
        let real = above
            .canonicalize()
            .with_context(|| format!("cannot find `{}`", above.display()))?;
        let rest = absolute.strip_prefix(above)?;
        let is_plain = |part| matches!(part, std::path::Component::Normal(_));
        if !rest.components().all(is_plain) {
            bail!("`{}` does not exist", path.display());
        }
        // `join` of nothing adds a `/`.
        return Ok(match rest.as_os_str().is_empty() {
            true => real,
            false => real.join(rest),
        });
    }
    Ok(absolute)
}

fn install(path: &Path, hook: Hook, force: bool) -> anyhow::Result<output::Exit> {
    let shown = path.display();
    if !force && path.exists() && !is_ours(path)? {
        bail!(
            "`{shown}` already exists and was not installed by kfeat; to replace it, use `--force`"
        );
    }
    let parent = path
        .parent()
        .context("the path of the hook has no directory")?;
    std::fs::create_dir_all(parent)
        .with_context(|| format!("cannot create the directory `{}`", parent.display()))?;
    let name = hook.name();
    let script = format!(
        "#!/bin/sh\n{MARK} remove it with `kfeat hook remove`.\n\
        if ! command -v kfeat >/dev/null 2>&1; then\n\
        \techo \"kfeat: not found in PATH; {name} hook skipped\" >&2\n\
        \texit 0\n\
        fi\n\
        exec kfeat hook run {name} -- \"$@\"\n"
    );
    disk::replace(path, script.as_bytes(), Sync::Always)
        .and_then(|()| make_executable(path))
        .with_context(|| format!("cannot write `{shown}`"))?;
    output::print(&format!(
        "installed {}\n",
        harmless_line(&shown.to_string())
    ))?;
    Ok(output::Exit::Clean)
}

fn remove(path: &Path) -> anyhow::Result<output::Exit> {
    let shown = path.display();
    if !path.exists() {
        bail!("there is no `{shown}`");
    }
    if !is_ours(path)? {
        bail!("`{shown}` was not installed by kfeat; if you do not need it, remove it by hand");
    }
    std::fs::remove_file(path).with_context(|| format!("cannot remove `{shown}`"))?;
    output::print(&format!("removed {}\n", harmless_line(&shown.to_string())))?;
    Ok(output::Exit::Clean)
}

/// Checks what is staged against the last commit, or the commits that pre-commit.com was told to look at.
fn pre_commit(repository: &Arc<Repository>, global: &Global) -> anyhow::Result<output::Exit> {
    let end = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    if let (Some(from), Some(to)) = (end("PRE_COMMIT_FROM_REF"), end("PRE_COMMIT_TO_REF")) {
        if from == to {
            return Ok(output::Exit::Clean);
        }
        return check_with(global, repository, Some(format!("{from}..{to}")));
    }
    if repository.staged()?.is_empty() {
        return Ok(output::Exit::Clean);
    }
    check_with(global, repository, None)
}

/// Checks what each line of standard input wants to push, as git writes it: local name and object, remote name and object.
fn pre_push(repository: &Arc<Repository>, global: &Global) -> anyhow::Result<output::Exit> {
    let mut input = String::new();
    std::io::stdin()
        .read_to_string(&mut input)
        .context("cannot read standard input")?;
    let mut exit = output::Exit::Clean;
    let mut done = BTreeSet::new();
    for line in input.lines() {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let &[_, local, _, known] = &*fields else {
            bail!("unexpected line from git: `{line}`; expected four fields");
        };
        let is_nothing = |object: &str| object.bytes().all(|byte| byte == b'0');
        if is_nothing(local) {
            continue;
        }
        // Anything that the remote has now may not be here, after somebody else has pushed.
        let known = (!is_nothing(known) && repository.has(known)).then_some(known);
        let Some(range) = new_commits(repository, local, known)? else {
            continue;
        };
        // A tag may come with its branch.
        if !done.insert(range.clone()) {
            continue;
        }
        // An unreadable file outranks a finding.
        exit = match (exit, check_with(global, repository, Some(range))?) {
            (output::Exit::Failed, _) | (_, output::Exit::Failed) => output::Exit::Failed,
            (exit, output::Exit::Clean) => exit,
            _ => output::Exit::Findings,
        };
    }
    Ok(exit)
}

/// The range of the commits that are new to the remote, and not from another one; `None` if there are no new commits.
fn new_commits(
    repository: &Repository,
    local: &str,
    known: Option<&str>,
) -> anyhow::Result<Option<String>> {
    let commits = repository.new_commits(local, known, MAX_COMMITS + 1)?;
    let (Some((newest, before_newest)), Some((oldest, before))) = (commits.first(), commits.last())
    else {
        return Ok(None);
    };
    if commits.len() > MAX_COMMITS {
        output::note(&format!(
            "more than {MAX_COMMITS} commits are new: only the last one is checked"
        ));
        return Ok(before_newest
            .as_ref()
            .map(|before| format!("{before}..{newest}")));
    }
    // Nothing comes before the first commit of all, nor before the last one of a shallow clone.
    let before = before.as_ref().unwrap_or(oldest);
    Ok((before != newest).then(|| format!("{before}..{newest}")))
}

/// The arguments of `check` alone, with which a hook runs it.
#[derive(Debug, Parser)]
struct CheckAlone {
    #[command(flatten)]
    check: CheckArgs,
}

/// Runs `check` on a range, or on what is staged, and shows only what it finds.
fn check_with(
    global: &Global,
    repository: &Arc<Repository>,
    range: Option<String>,
) -> anyhow::Result<output::Exit> {
    let mut arguments = CheckAlone::try_parse_from(["kfeat"])
        .unwrap_or_else(|error| unreachable!("invariant: `check` needs no arguments: {error}"));
    arguments.check.hook = Some(OfHook {
        repository: repository.clone(),
        range,
    });
    check::run(global, &arguments.check)
}

fn is_ours(path: &Path) -> anyhow::Result<bool> {
    let text = disk::read(path, &FILE_SIZE)
        .with_context(|| format!("cannot read `{}`", path.display()))?;
    Ok(String::from_utf8_lossy(&text)
        .lines()
        .any(|line| line.starts_with(MARK)))
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
