//! Owns how an error of the library becomes a message: its causes, and the hint that only the command line can give. The one place
//! where hints are attached.

use super::{busy, message};

/// Whether an error only says that nobody reads standard output any more.
pub(super) fn is_closed_pipe(error: &anyhow::Error) -> bool {
    error
        .downcast_ref::<std::io::Error>()
        .is_some_and(|error| error.kind() == std::io::ErrorKind::BrokenPipe)
}

/// Writes an error with its causes to standard error, and a hint where there is one.
pub(super) fn print(error: &anyhow::Error) {
    busy::end();
    let bold_red = anstyle::AnsiColor::Red.on_default().bold();
    let start = format!("{bold_red}error{bold_red:#}: ");
    message::line(start, &error.to_string());
    for cause in error.chain().skip(1) {
        message::line("  because: ", &cause.to_string());
    }
    if let Some(hint) = hint(error) {
        message::line("  hint: ", hint);
    }
}

/// A hint for an error of the library, which does not know the command line.
fn hint(error: &anyhow::Error) -> Option<&'static str> {
    use crate::check::CheckError;
    use crate::tree::TreeError;
    use crate::tree::git::GitError;
    error.chain().find_map(|cause| {
        if let Some(error) = cause.downcast_ref::<crate::patch::PatchError>() {
            return patch_hint(error);
        }
        // An error that only passes another one on hides it from the chain.
        let tree = match cause.downcast_ref::<CheckError>() {
            Some(CheckError::MissingFile { .. }) => {
                return Some("use `--spec FILE` with a spec that fits this tree");
            }
            Some(CheckError::Suppressions(_) | CheckError::Stopped) => return None,
            Some(CheckError::Tree(tree)) => tree,
            None => match cause.downcast_ref::<GitError>() {
                Some(error) => return git_hint(error),
                None => cause.downcast_ref::<TreeError>()?,
            },
        };
        match tree {
            TreeError::Git(error) | TreeError::NoObject { source: error, .. } => git_hint(error),
            TreeError::NotAKernelRevision { .. } => {
                Some("use `-C DIR` to name a repository that contains a kernel")
            }
            TreeError::NotATree { .. } | TreeError::NoRoot { .. } => Some(
                "name the top directory of a kernel tree, the one with `Kconfig`, `Makefile` and `arch`",
            ),
            TreeError::LeavesTree { .. } | TreeError::SymlinkLoop { .. } => {
                Some("kfeat reads nothing outside the tree; replace the link with the file")
            }
            _ => None,
        }
    })
}

/// A hint for an error of git.
fn git_hint(error: &crate::tree::git::GitError) -> Option<&'static str> {
    use crate::tree::git::GitError;
    match error {
        GitError::NoGit { .. } => Some("install git, or check a directory instead"),
        GitError::NoRepository { said, .. } if said.contains("dubious ownership") => {
            Some("if you trust the repository, run `git config --global --add safe.directory DIR`")
        }
        GitError::NoRepository { .. } => Some("use `-C DIR` to name a git repository"),
        GitError::NoRevision { revision, .. } if revision.contains("..") => {
            Some("to name the commits of a series, use `--range A..B`")
        }
        GitError::NoRevision { .. } => {
            Some("name a commit, a tag or a branch that `git log` knows; kfeat does not fetch")
        }
        GitError::MissingObject => {
            Some("fetch it first: `git fetch --unshallow` or `git fetch --refetch`")
        }
        _ => None,
    }
}

/// A hint for a patch that does not apply.
fn patch_hint(error: &crate::patch::PatchError) -> Option<&'static str> {
    use crate::patch::{Nearest, PatchError};
    match error {
        PatchError::Rejected { nearest, .. } if matches!(**nearest, Nearest::Applied { .. }) => {
            Some("use `--rev REV` to name the commit before it")
        }
        PatchError::Rejected { .. } | PatchError::NoFile { .. } | PatchError::Exists { .. } => {
            Some("use `--rev REV` to name the commit that the patch is based on")
        }
        PatchError::Damaged { .. } => {
            Some("use the output of `git format-patch`; a mailer may have wrapped the lines")
        }
        PatchError::Coloured { .. } => Some("create it with `--no-color`"),
        PatchError::Compressed(_) => Some("decompress it and pipe the text to `--patch -`"),
        PatchError::DamagedGzip(_) => Some("download it again; it may have been cut off"),
        PatchError::Tree(_) | PatchError::NoPatch => None,
        _ => None,
    }
}
