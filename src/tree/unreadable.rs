//! Owns the files that exist and could not be read: too large, refused by the system, an object that the repository lacks. Missing files
//! are not among them.

use std::collections::BTreeSet;

use super::{PassedOver, Tree, TreeError, error_with_causes};

impl Tree {
    /// Notes a file that is there and could not be read ([`Tree::unreadable`]).
    pub(super) fn watch<T>(&self, path: &str, read: &Result<T, TreeError>) {
        let Err(error) = read else { return };
        let is_there = matches!(
            error,
            TreeError::TooLarge(_)
                | TreeError::NoObject { .. }
                | TreeError::Git(_)
                | TreeError::Unreadable { .. }
        );
        if is_there {
            self.note_unreadable(path, error);
        }
    }

    /// Notes a file without which nothing can be concluded, and why it could not be read ([`Tree::unreadable`]).
    pub fn note_unreadable(&self, path: &str, error: &TreeError) {
        if let Ok(mut unreadable) = self.unreadable.write() {
            unreadable.insert(PassedOver {
                path: path.to_owned(),
                why: error_with_causes(error),
            });
        }
    }

    /// The files and directories that are there and that this tree and those made from it could not read so far, sorted. Most who read a
    /// header or a makefile go on without it, so a command that concludes from them has to ask.
    pub fn unreadable(&self) -> BTreeSet<PassedOver> {
        self.unreadable
            .read()
            .map(|unreadable| unreadable.clone())
            .unwrap_or_default()
    }
}
