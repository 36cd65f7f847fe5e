//! Owns the way around git for objects that the work tree holds as files: to read a file and to compute its object's name takes less
//! time than git takes to unpack the object, and far less where the file is read again.
//!
//! A file counts only if its bytes have the name that the revision gives them, so that nothing which is in the work tree alone, or which
//! settings and attributes have git write there in another form, gets in. SHA-1 is computed as git does, with the look for texts that were
//! made to share a name; where there is any doubt git answers.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use rustc_hash::FxHashMap;
use sha1_checked::{CollisionResult, Digest, Sha1};

use super::directory::Directory;
use super::signature::Signature;

/// A name in SHA-1.
type Name = [u8; 20];

/// After how many files of other content, more than twice as many as were right, the work tree is taken for another revision's.
const MOST_OTHERS: usize = 200;

/// The files of a work tree.
#[derive(Debug)]
pub(super) struct Checkout {
    /// Where the kernel is in it; `None` where nothing is there.
    directory: Option<Directory>,
    /// How many files held what was asked for, and how many held something else.
    right: AtomicUsize,
    others: AtomicUsize,
    /// The files that were right, and that whatever writes to them gives another signature.
    known: Mutex<FxHashMap<Name, Signature>>,
}

impl Checkout {
    /// The files below a directory, which need not exist.
    pub(super) fn at(root: &Path) -> Self {
        Self {
            directory: Directory::open(root).ok(),
            right: AtomicUsize::default(),
            others: AtomicUsize::default(),
            known: Mutex::default(),
        }
    }

    /// The bytes of the object of this name, if the file at `path` has them. No link is followed.
    pub(super) fn object(&self, path: &str, oid: &str) -> Option<Vec<u8>> {
        let directory = self.directory.as_ref()?;
        let (right, others) = (
            self.right.load(Ordering::Relaxed),
            self.others.load(Ordering::Relaxed),
        );
        if others > MOST_OTHERS && others > 2 * right {
            return None;
        }
        let name = parse(oid)?;
        let now = SystemTime::now().duration_since(UNIX_EPOCH);
        let mut text = Vec::new();
        let read = directory.read_plain(path, false, &mut text)?;
        let is_it = read.ok().is_some_and(|signature| {
            let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
            if known.get(&name) == Some(&signature) {
                return true;
            }
            drop(known);
            let is_it = name_of_blob(&text) == Some(name);
            let is_old = now.is_ok_and(|now| signature.is_older_than(now.as_nanos() as i128));
            if is_it && is_old {
                known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
                known.insert(name, signature);
            }
            is_it
        });
        let count = if is_it { &self.right } else { &self.others };
        count.fetch_add(1, Ordering::Relaxed);
        is_it.then_some(text)
    }
}

/// The name that git gives to a file's bytes; `None` if they look like those of an attack on SHA-1.
fn name_of_blob(bytes: &[u8]) -> Option<Name> {
    let mut hash = Sha1::new();
    hash.update(format!("blob {}\0", bytes.len()));
    hash.update(bytes);
    match hash.try_finalize() {
        CollisionResult::Ok(digest) => Some(digest.into()),
        CollisionResult::Mitigated(_) | CollisionResult::Collision(_) => None,
    }
}

/// The name that git writes so. Names of SHA-256, in repositories that have them, are longer.
fn parse(oid: &str) -> Option<Name> {
    let mut name = Name::default();
    if oid.len() != 2 * name.len() {
        return None;
    }
    for (byte, digits) in name.iter_mut().zip(oid.as_bytes().chunks(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()?;
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_git() {
        // `git hash-object` on an empty file, and on one with a line.
        let empty = "e69de29bb2d1d6434b8b29ae775ad8c2e48c5391";
        assert_eq!(name_of_blob(b""), parse(empty));
        let line = "ce013625030ba8dba906f756967f9e9ca394464a";
        assert_eq!(name_of_blob(b"hello\n"), parse(line));
        assert_eq!(parse(&line.repeat(2)), None);
    }

    #[test]
    fn a_file_counts_only_with_the_bytes_of_the_object() {
        let scratch = tempfile::tempdir().unwrap();
        let path = scratch.path().join("a");
        std::fs::write(&path, "hello\n").unwrap();
        let checkout = Checkout::at(scratch.path());
        let line = "ce013625030ba8dba906f756967f9e9ca394464a";
        let whole = Some(b"hello\n".to_vec());
        assert_eq!(checkout.object("a", line), whole);
        // After a while it is known again, and a file in its place is not.
        std::thread::sleep(std::time::Duration::from_millis(50));
        assert_eq!(checkout.object("a", line), whole);
        assert!(!checkout.known.lock().unwrap().is_empty());
        assert_eq!(checkout.object("a", line), whole);
        assert_eq!(checkout.object("b", line), None, "nothing is there");
        std::os::unix::fs::symlink("a", scratch.path().join("b")).unwrap();
        assert_eq!(checkout.object("b", line), None);
        std::fs::write(&path, "Hello\n").unwrap();
        assert_eq!(checkout.object("a", line), None);
        // Of a directory that is not there nothing is.
        let nowhere = Checkout::at(&scratch.path().join("x"));
        assert_eq!(nowhere.object("a", line), None);
    }

    #[test]
    fn a_work_tree_of_another_revision_is_left_alone() {
        let scratch = tempfile::tempdir().unwrap();
        std::fs::write(scratch.path().join("a"), "hello\n").unwrap();
        let checkout = Checkout::at(scratch.path());
        let (line, other) = ("ce013625030ba8dba906f756967f9e9ca394464a", "0".repeat(40));
        for _ in 0..=MOST_OTHERS {
            assert_eq!(checkout.object("a", &other), None);
        }
        assert_eq!(checkout.object("a", line), None);
    }
}
