//! Owns results of `check` that are kept from one run to the next, in a directory of the user's.
//!
//! An entry is believed only if its text is whole, if it answers the same question, which names the program, its arguments and the
//! specs, and if everything that was read for it still stands in the tree; else it is as if it were not there. An entry comes into
//! being under its name at once and as a whole, so runs at the same time do not disturb each other, and no lock is needed.
//!
//! | module | owns |
//! |---|---|
//! | `outcome` | findings and verdicts as JSON and back |

mod outcome;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::check::Outcome;
use crate::disk::{self, Sync};
use crate::limits::FILE_SIZE;
use crate::tree::Tree;
use crate::tree::manifest::{Manifest, Standing};
use crate::tree::reads::Reads;
use crate::tree::signature::Digest;

/// The first word of an entry, with the number of its form.
const FORM: &str = "kfeat-result-1";
/// How the names of entries end.
const SUFFIX: &str = ".result";
/// The most entries, and bytes in all of them; the oldest go first.
const MAX_ENTRIES: usize = 64;
const MAX_BYTES: u64 = 128 * 1024 * 1024;

/// A directory with results.
#[derive(Clone, Debug)]
pub struct Store {
    directory: PathBuf,
}

/// Describes what a result is kept for: a question about a tree.
#[derive(Clone, Debug)]
pub struct Question {
    /// A digest of everything but the files.
    key: Digest,
    /// Whether the answer can never change, for the tree is that of an object of git.
    is_about_object: bool,
}

impl Question {
    /// The question that is asked with `text`, which names the program and all that was given to it, about `tree`. `None` for a tree
    /// that has changes on top in memory.
    pub fn about(tree: &Tree, text: &str) -> Option<Self> {
        let object = tree.object();
        let place = match &object {
            Some(object) => object.as_bytes(),
            None if tree.is_directory_alone() => tree.root().as_os_str().as_encoded_bytes(),
            None => return None,
        };
        let parts = [FORM.as_bytes(), text.as_bytes(), place];
        let whole: Vec<u8> = parts
            .into_iter()
            .flat_map(|part| [&(part.len() as u64).to_le_bytes(), part].concat())
            .chain([u8::from(object.is_some())])
            .collect();
        Some(Self {
            key: Digest::of(&whole),
            is_about_object: object.is_some(),
        })
    }

    fn file_name(&self) -> String {
        format!("{}{SUFFIX}", self.key)
    }
}

/// Notes what is read while an answer is sought.
#[derive(Clone, Debug)]
pub struct Watch {
    reads: Arc<Reads>,
    since: i128,
}

impl Watch {
    /// Starts now.
    pub fn start() -> Self {
        Self {
            reads: Arc::new(Reads::with_contents()),
            since: now(),
        }
    }

    /// The tree, with all that is read through it noted.
    pub fn over(&self, tree: &Tree) -> Tree {
        tree.noting(self.reads.clone())
    }
}

/// An answer that may be kept.
#[derive(Clone, Debug)]
pub struct Answer(String);

impl Answer {
    /// The answer with what was found. `None` for that of a series, which is not kept.
    pub fn of(outcome: &Outcome) -> Option<Self> {
        outcome::to_json(outcome).map(Self)
    }

    /// Returns what was found.
    pub fn outcome(&self) -> Option<Outcome> {
        outcome::from_json(&self.0)
    }
}

impl Store {
    /// The results in `directory`, which need not be there yet.
    pub fn in_directory(directory: PathBuf) -> Self {
        Self { directory }
    }

    /// The directory.
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// The answer to a question about `tree`, if it is known and still holds.
    pub fn find(&self, tree: &Tree, question: &Question) -> Option<Outcome> {
        let path = self.directory.join(question.file_name());
        let text = String::from_utf8(disk::read(&path, &FILE_SIZE).ok()?).ok()?;
        let found = self.read(tree, question, &text)?;
        // Anything that is used stays longest.
        touch(&path);
        Some(found)
    }

    fn read(&self, tree: &Tree, question: &Question, text: &str) -> Option<Outcome> {
        let (answer, manifest) = open(question, text)?;
        if question.is_about_object {
            return (manifest.is_empty()).then(|| outcome::from_json(answer))?;
        }
        match Manifest::parse(manifest)?.stands_in(tree, now()) {
            Standing::Same => {}
            Standing::Again(manifest) => {
                // Where it cannot be written, the next look only takes longer.
                let _ = self.write(question, answer, &manifest.to_string());
            }
            Standing::Changed => return None,
        }
        outcome::from_json(answer)
    }

    /// Keeps an answer, with what was read of `tree` for it. Whether it is kept: not where something changed meanwhile.
    ///
    /// # Errors
    ///
    /// The directory cannot be made or written to.
    pub fn keep(
        &self,
        tree: &Tree,
        question: &Question,
        answer: &Answer,
        watch: &Watch,
    ) -> std::io::Result<bool> {
        let manifest = if question.is_about_object {
            String::new()
        } else {
            match Manifest::of(tree, &watch.reads, watch.since) {
                Some(manifest) => manifest.to_string(),
                None => return Ok(false),
            }
        };
        make_directory(&self.directory)?;
        self.write(question, &answer.0, &manifest)?;
        self.tidy_up();
        Ok(true)
    }

    fn write(&self, question: &Question, answer: &str, manifest: &str) -> std::io::Result<()> {
        let body = format!("{}\n{answer}\n{manifest}", question.key);
        let head = format!("{FORM} {}\n", Digest::of(body.as_bytes()));
        let entry = head + &body;
        if entry.len() as u64 > FILE_SIZE.get() {
            return Ok(());
        }
        let path = self.directory.join(question.file_name());
        disk::replace(&path, entry.as_bytes(), Sync::Never)
    }

    /// Removes what is too much. Only what has the name of an entry is touched; what cannot be removed stays.
    fn tidy_up(&self) {
        let Ok(directory) = std::fs::read_dir(&self.directory) else {
            return;
        };
        let mut entries = Vec::new();
        for entry in directory.flatten() {
            let name = entry.file_name();
            let Some(name) = name.to_str() else { continue };
            let Ok(metadata) = entry.metadata() else {
                continue;
            };
            let Ok(modified) = metadata.modified() else {
                continue;
            };
            let is_entry = name.strip_suffix(SUFFIX).and_then(Digest::parse).is_some();
            if is_entry && metadata.is_file() {
                entries.push((modified, metadata.len(), entry.path()));
            }
        }
        entries.sort_unstable_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (index, (_, size, path)) in entries.iter().enumerate() {
            bytes += size;
            // The newest is the one that was just written.
            if index > 0 && (index >= MAX_ENTRIES || bytes > MAX_BYTES) {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// The answer and the manifest of an entry that is whole and belongs to the question.
fn open<'t>(question: &Question, text: &'t str) -> Option<(&'t str, &'t str)> {
    let (head, body) = text.split_once('\n')?;
    let digest = head.strip_prefix(FORM)?.strip_prefix(' ')?;
    if Digest::parse(digest)? != Digest::of(body.as_bytes()) {
        return None;
    }
    let (key, rest) = body.split_once('\n')?;
    if Digest::parse(key)? != question.key {
        return None;
    }
    rest.split_once('\n')
}

/// The time in nanoseconds since 1970.
fn now() -> i128 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since.map_or(0, |since| since.as_nanos() as i128)
}

/// Sets the time of an entry to now.
fn touch(path: &Path) {
    if let Ok((file, _)) = disk::open_known(path) {
        // Where that is not allowed, the entry goes sooner than it should.
        let _ = file.set_modified(SystemTime::now());
    }
}

/// Makes a directory that only its owner looks into.
fn make_directory(directory: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

#[cfg(test)]
mod tests;
