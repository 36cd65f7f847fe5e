//! Owns patches: reads them from mails, mailboxes and plain differences, and applies them to a tree, in memory only.
//!
//! | module | owns |
//! |---|---|
//! | `mail` | mailboxes and mails: where one begins, its subject, its decoded text |
//! | `packed` | compressed mailboxes |
//! | `thread` | which mails are meant: the newest version of a series, and no replies |
//! | `parse` | the text of a patch: files and hunks |
//! | `apply` | hunks onto a tree |

mod apply;
mod mail;
mod packed;
mod parse;
#[cfg(test)]
mod tests;
mod thread;

pub use apply::apply;
pub use packed::unpack;
pub use thread::{Mails, Note, Selected};

use crate::limits::Reached;
use crate::tree::TreeError;

/// Why patches cannot be read or applied.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum PatchError {
    /// There is no difference in the text.
    #[error("it contains no patch: no line begins with `diff --git`, or with `---` and `+++`")]
    NoPatch,
    /// It is made for a terminal.
    #[error("line {line}: it contains a patch with colour codes")]
    Coloured {
        /// The first line that has one, in the file as it stands, counted from 1.
        line: usize,
    },
    /// It exceeds a limit.
    #[error(transparent)]
    TooLarge(#[from] Reached),
    /// It is compressed in a way that kfeat does not read.
    #[error("it is compressed with {0}; kfeat reads plain text and gzip")]
    Compressed(&'static str),
    /// It is compressed and damaged.
    #[error("it is a damaged gzip file")]
    DamagedGzip(#[source] std::io::Error),
    /// A difference is not written as one.
    #[error("{}line {line} of its text: {what}", of_patch(subject))]
    Damaged {
        /// The subject of the mail, if it is one.
        subject: Option<String>,
        /// The line in the decoded text of the mail or file, counted from 1.
        line: usize,
        /// Holds what is wrong.
        what: &'static str,
    },
    /// It changes a file as a binary one that kfeat reads as text.
    #[error("the change to `{path}` is binary, and kfeat cannot apply binary patches")]
    Binary {
        /// The file.
        path: String,
    },
    /// It changes something outside the tree.
    #[error("the patch changes `{path}`, which is outside the tree")]
    LeavesTree {
        /// The path as the patch has it.
        path: String,
    },
    /// It changes a file that is not there.
    #[error("the patch changes `{path}`, but the tree has no such file")]
    NoFile {
        /// The path as the patch has it.
        path: String,
    },
    /// It makes a file that is there already.
    #[error("the patch adds `{path}`, but the tree already has this file")]
    Exists {
        /// The path.
        path: String,
    },
    /// A hunk does not apply.
    #[error("`{path}`: hunk {number} of {of} (`{header}`) does not apply")]
    Rejected {
        /// The file.
        path: String,
        /// Which hunk, counted from 1.
        number: usize,
        /// How many hunks the file has.
        of: usize,
        /// The line with the numbers.
        header: String,
        /// Holds what the file has instead.
        #[source]
        nearest: Box<Nearest>,
    },
    /// The tree cannot be read.
    #[error(transparent)]
    Tree(#[from] TreeError),
}

/// Describes what a file has where a hunk comes nearest.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Nearest {
    /// Stands for what the hunk makes is there already.
    #[error("the file already has this change, at line {line}")]
    Applied {
        /// The line at which the hunk begins.
        line: usize,
    },
    /// Most lines are there.
    #[error("nearest match at line {line}: line {differs} is {}, but the patch has {}", shown(found), shown(&Some(expected.clone())))]
    Line {
        /// The line at which the hunk would begin, counted from 1.
        line: usize,
        /// The first line that differs.
        differs: usize,
        /// The text at the expected place; `None` past the end.
        found: Option<String>,
        /// Holds what the patch has there.
        expected: String,
    },
    /// It matches, but before the place of the previous hunk.
    #[error("its lines are at line {line}, before those of the previous hunk")]
    Earlier {
        /// The line at which it matches, counted from 1.
        line: usize,
    },
    /// No line of it is there.
    #[error("the file has none of its lines")]
    Nothing,
}

/// A line as it may be shown: without its end, and with nothing that could steer a terminal.
fn shown(line: &Option<String>) -> String {
    match line {
        Some(line) => {
            let plain: String = line
                .chars()
                .map(|c| {
                    if c.is_control() && c != '\t' {
                        '\u{fffd}'
                    } else {
                        c
                    }
                })
                .collect();
            format!("`{plain}`")
        }
        None => "the end of the file".to_owned(),
    }
}

/// The words about a mail that come before those about its text.
fn of_patch(subject: &Option<String>) -> String {
    match subject {
        Some(subject) => format!("\"{subject}\", "),
        None => String::new(),
    }
}

/// Describes what one mail or one text changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Patch {
    /// The subject of the mail, without `[PATCH …]`; `None` if the text is not a mail.
    pub subject: Option<String>,
    /// Its number and the size of its series, where the subject has them.
    pub number: Option<(u32, u32)>,
    /// The fields that a reply needs; `None` if the text is not a mail.
    pub head: Option<Head>,
    /// Holds what it does to files, in its order.
    pub files: Vec<FileChange>,
}

/// The headers of a mail that a reply needs, unfolded, each as it is written but the subject.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The whole subject, decoded; empty if there is no subject.
    pub subject: String,
    /// Who wrote it.
    pub from: Option<String>,
    /// The same, decoded.
    pub author: Option<String>,
    /// Who wants the replies.
    pub reply_to: Option<String>,
    /// The recipients, as in `To:`.
    pub to: Option<String>,
    /// Who else got it.
    pub cc: Option<String>,
    /// When.
    pub date: Option<String>,
    /// Its name, with `<` and `>`.
    pub message_id: Option<String>,
    /// The names of the mails before it in its thread.
    pub references: Option<String>,
}

/// Describes what a patch does to one file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FileChange {
    /// The path before, as written; `None` for a new file.
    pub old: Option<String>,
    /// The path afterwards, as written; `None` for a removed file.
    pub new: Option<String>,
    /// Whether the paths have one more part at their beginning than those in the tree (`a/`, `b/`).
    pub is_prefixed: bool,
    /// Whether git wrote it: then what the header says of files that come and go is true.
    pub is_git: bool,
    /// Whether the old file stays, too.
    pub is_copy: bool,
    /// The mode before and afterwards, where git tells it.
    pub modes: (Option<String>, Option<String>),
    /// The names of the blobs before and afterwards, abbreviated, where git tells them.
    pub blobs: Option<(String, String)>,
    /// Whether the difference is that of a binary file.
    pub is_binary: bool,
    /// The hunks in their order.
    pub hunks: Vec<Hunk>,
}

impl FileChange {
    /// The path in the tree after the change, or before it where the file goes.
    pub fn path(&self) -> Option<&str> {
        let path = self.new.as_deref().or(self.old.as_deref())?;
        match self.is_prefixed {
            true => Some(path.split_once('/')?.1),
            false => Some(path),
        }
    }
}

/// A part of a file that changes, with the lines around it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hunk {
    /// Its first line, the one with the numbers, up to the second `@@`.
    pub header: String,
    /// Where it begins in the old file, counted from 1; 0 at the beginning of an empty one.
    pub old_start: usize,
    /// Where it begins in the new file.
    pub new_start: usize,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// Describes what a line of a hunk says about the line of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// It stays.
    Context,
    /// It comes.
    Added,
    /// It goes.
    Removed,
}

/// A line of a hunk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Holds what happens to it.
    pub sign: Sign,
    /// The line with its end, if it has one.
    pub text: Vec<u8>,
}

/// Reads the patches of a mailbox, a mail or a plain difference, compressed with gzip or not. Mails without a difference, such as
/// cover letters, are left out, and so are replies and older versions of a series; [`Mails`] says which. The order is that of the
/// text, and within a series that of the numbers in the subjects.
///
/// # Errors
///
/// There is no patch, or one is damaged.
pub fn read(bytes: &[u8]) -> Result<Vec<Patch>, PatchError> {
    let mut mails = Mails::default();
    mails.add(&unpack(bytes)?)?;
    let selected = mails.select().map_err(|(_, error)| error)?;
    Ok(selected
        .patches
        .into_iter()
        .map(|(_, patch)| patch)
        .collect())
}
