//! Owns results of `check` that are kept from one run to the next, in a directory of the user's.
//!
//! An entry is believed only if its text is whole, if it answers the same question, which names the program, its arguments and the
//! specs, and if everything that was read for it still stands in the tree; else it is as if it were not there. An entry comes into
//! being under its name at once and as a whole, so runs at the same time do not disturb each other, and no lock is needed.
//!
//! That an entry is whole says nothing of who wrote it. A directory that somebody else could write to is not used ([`Store::fault`]), and
//! an answer about an object of git is for the repository that gave it: git does not prove that an object is the one of its name.
//!
//! | module | owns |
//! |---|---|
//! | `outcome` | findings and verdicts as JSON and back |
//! | [`pieces`] | the pieces of a check as text and back |
//!
//! Beside an answer stand the pieces that the check was made of. Where nothing but texts of files is different from then, the next check
//! goes on from these. They stay those of the tree that was checked from the start: an answer that was reached from them names the files
//! whose texts differ from that tree.

mod outcome;
pub mod pieces;

use std::collections::BTreeMap;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use crate::check::Outcome;
use crate::check::kept::Kept;
use crate::disk::{self, ReadError, Sync};
use crate::limits::{FILE_SIZE, PROGRAM_SIZE};
use crate::tree::Tree;
use crate::tree::manifest::{Manifest, Standing, Texts};
use crate::tree::reads::Reads;
use crate::tree::signature::{Digest, Signature};
use pieces::Pieces;

/// The first word of an entry, with the number of its form.
const FORM: &str = "kfeat-result-2";
/// How the names of entries end.
const SUFFIX: &str = ".result";
/// And those of the pieces of an entry.
const PIECES: &str = ".pieces";
/// And those of the texts of Kconfig files that belong to the pieces.
const TEXTS: &str = ".texts";
/// The file that says which program was met last.
const PROGRAM: &str = "program";
/// The most entries, and bytes in all of them; the oldest go first.
const MAX_ENTRIES: usize = 96;
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
        let (place, repository) = match &object {
            Some(object) => (object.as_bytes(), tree.repository()?),
            None if tree.is_directory_alone() => {
                let root = tree.root().as_os_str().as_encoded_bytes();
                (root, String::new())
            }
            None => return None,
        };
        let parts = [
            FORM.as_bytes(),
            text.as_bytes(),
            place,
            repository.as_bytes(),
        ];
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

    /// Whether the answer rests on files that may change.
    pub fn is_about_files(&self) -> bool {
        !self.is_about_object
    }

    fn file_name(&self, suffix: &str) -> String {
        format!("{}{suffix}", self.key)
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

    /// Why nothing is read from the directory or written to it, as the end of a sentence: somebody else could put an answer there. `None`
    /// where it is the user's alone, or is not there yet.
    pub fn fault(&self) -> Option<String> {
        use std::os::unix::fs::MetadataExt;
        let metadata = std::fs::metadata(&self.directory).ok()?;
        let me = rustix::process::geteuid().as_raw();
        if metadata.uid() != me {
            return Some(format!("it belongs to another user ({})", metadata.uid()));
        }
        let others = metadata.mode() & 0o022;
        (others != 0).then(|| "other users may write to it (`chmod go-w` changes that)".to_owned())
    }

    /// The answer to a question about `tree`, if it is known and still holds, or the pieces to go on from.
    pub fn find(&self, tree: &Tree, question: &Question) -> Found {
        self.look_for(tree, question).unwrap_or(Found::Nothing)
    }

    fn look_for(&self, tree: &Tree, question: &Question) -> Option<Found> {
        let path = self.directory.join(question.file_name(SUFFIX));
        let text = String::from_utf8(disk::read(&path, &FILE_SIZE).ok()?).ok()?;
        let entry = Entry::open(question, &text)?;
        // Anything that is used stays longest.
        touch(&path);
        if question.is_about_object {
            let outcome = outcome::from_json(entry.answer)?;
            return entry
                .manifest
                .is_empty()
                .then_some(Found::Outcome(Box::new(outcome)));
        }
        match Manifest::parse(entry.manifest)?.stands_in(tree, now()) {
            Standing::Same => {}
            Standing::Again(manifest) => {
                // Where it cannot be written, the next look only takes longer.
                let again = Entry {
                    manifest: &manifest.to_string(),
                    ..entry
                };
                let _ = self.write(question, &again);
            }
            Standing::Texts(texts) => {
                let basis = Basis::parse(entry.basis)?.after(*texts);
                let kept = self.pieces(question, &basis)?;
                return Some(Found::Pieces(Box::new(kept), Box::new(basis)));
            }
            Standing::Changed => return None,
        }
        let outcome = outcome::from_json(entry.answer)?;
        Some(Found::Outcome(Box::new(outcome)))
    }

    /// The pieces that an entry names.
    fn pieces(&self, question: &Question, basis: &Basis) -> Option<Kept> {
        let path = self.directory.join(question.file_name(PIECES));
        let text = String::from_utf8(disk::read(&path, &FILE_SIZE).ok()?).ok()?;
        if Digest::of(text.as_bytes()) != basis.pieces {
            return None;
        }
        touch(&path);
        touch(&self.directory.join(question.file_name(TEXTS)));
        let texts = self.directory.join(question.file_name(TEXTS));
        let old_text = move |start, length, digest| {
            let (file, metadata) = disk::open_known(&texts).ok()?;
            // So much is there, or it is not read.
            metadata
                .len()
                .checked_sub(start)?
                .checked_sub(length as u64)?;
            let mut text = vec![0; length];
            file.read_exact_at(&mut text, start).ok()?;
            (Digest::of(&text) == digest).then_some(String::from_utf8(text).ok()?)
        };
        pieces::parse(&text.into(), &basis.different, old_text)
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
        from: &From,
    ) -> std::io::Result<bool> {
        let (mut manifest, mut basis) = (String::new(), String::new());
        if !question.is_about_object {
            let Some(read) = Manifest::of(tree, &watch.reads, watch.since) else {
                return Ok(false);
            };
            make_directory(&self.directory)?;
            let all = match from {
                From::Start(pieces) => {
                    let all = pieces.texts();
                    if let Some([text, texts]) = all.filter(|all| all.iter().all(|of| fits(of))) {
                        for (text, suffix) in [(&text, PIECES), (&texts, TEXTS)] {
                            let path = self.directory.join(question.file_name(suffix));
                            disk::replace(&path, text.as_bytes(), Sync::Never)?;
                        }
                        basis = Digest::of(text.as_bytes()).to_string();
                    }
                    Some(read)
                }
                From::Pieces(of) => {
                    basis = of.to_string();
                    of.now.as_ref().and_then(|now| now.with(read))
                }
            };
            match all {
                Some(all) => manifest = all.to_string(),
                None => return Ok(false),
            }
        }
        make_directory(&self.directory)?;
        let entry = Entry {
            basis: &basis,
            answer: &answer.0,
            manifest: &manifest,
        };
        self.write(question, &entry)?;
        self.tidy_up();
        Ok(true)
    }

    fn write(&self, question: &Question, entry: &Entry<'_>) -> std::io::Result<()> {
        let Entry {
            basis,
            answer,
            manifest,
        } = entry;
        let body = format!("{}\n{basis}\n{answer}\n{manifest}", question.key);
        let head = format!("{FORM} {}\n", Digest::of(body.as_bytes()));
        let entry = head + &body;
        if !fits(&entry) {
            return Ok(());
        }
        let path = self.directory.join(question.file_name(SUFFIX));
        disk::replace(&path, entry.as_bytes(), Sync::Never)
    }

    /// The digest of the program at `path`. It takes long to read, so the directory has that of the last one, with what the system says of
    /// its file.
    ///
    /// # Errors
    ///
    /// The program cannot be read.
    pub fn digest_of_program(&self, path: &Path) -> Result<Digest, ReadError> {
        let since = now();
        let signature = || Some(Signature::of(&std::fs::metadata(path).ok()?));
        let before = signature().filter(|signature| signature.is_older_than(since));
        let file = self.directory.join(PROGRAM);
        let known = || {
            let text = String::from_utf8(disk::read(&file, &FILE_SIZE).ok()?).ok()?;
            let (of, digest) = text.strip_suffix('\n')?.split_once('\t')?;
            (Signature::parse(of) == before).then_some(Digest::parse(digest)?)
        };
        if let Some(known) = before.and_then(|_| known()) {
            return Ok(known);
        }
        let digest = Digest::of(&disk::read(path, &PROGRAM_SIZE)?);
        if let Some(signature) = before.filter(|_| before == signature()) {
            let line = format!("{signature}\t{digest}\n");
            // Where it cannot be written, the next look only takes longer.
            let _ = make_directory(&self.directory)
                .and_then(|()| disk::replace(&file, line.as_bytes(), Sync::Never));
        }
        Ok(digest)
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
            let mut keys = [SUFFIX, PIECES, TEXTS].into_iter();
            let key = keys.find_map(|suffix| name.strip_suffix(suffix));
            let is_entry = key.and_then(Digest::parse).is_some();
            if is_entry && metadata.is_file() {
                entries.push((modified, metadata.len(), entry.path()));
            }
        }
        entries.sort_unstable_by(|a, b| b.cmp(a));
        let mut bytes = 0;
        for (index, (_, size, path)) in entries.iter().enumerate() {
            bytes += size;
            // The newest are those that were just written.
            if index > 2 && (index >= MAX_ENTRIES || bytes > MAX_BYTES) {
                let _ = std::fs::remove_file(path);
            }
        }
    }
}

/// The result of a search.
#[derive(Debug)]
pub enum Found {
    /// The answer.
    Outcome(Box<Outcome>),
    /// The pieces of an earlier check, to go on from, and what is known of the tree.
    Pieces(Box<Kept>, Box<Basis>),
    /// Nothing that holds.
    Nothing,
}

/// How an answer was reached.
#[derive(Debug)]
pub enum From {
    /// From the start, with these pieces.
    Start(Arc<Pieces>),
    /// From the pieces of an earlier check.
    Pieces(Box<Basis>),
}

/// Pieces of an earlier check, and how the tree differs from the one that it was about.
#[derive(Debug)]
pub struct Basis {
    /// The digest of the pieces.
    pieces: Digest,
    /// The files whose texts are other ones, with the digests of those that were read then.
    different: BTreeMap<String, Digest>,
    /// The present state of the tree. `None` where that cannot be told later.
    now: Option<Manifest>,
}

impl Basis {
    /// What [`std::fmt::Display`] wrote.
    fn parse(text: &str) -> Option<Self> {
        let mut fields = text.split('\t');
        let pieces = Digest::parse(fields.next()?)?;
        let mut different = BTreeMap::new();
        while let Some(path) = fields.next() {
            different.insert(path.to_owned(), Digest::parse(fields.next()?)?);
        }
        Some(Self {
            pieces,
            different,
            now: None,
        })
    }

    /// The same after more texts have changed.
    fn after(mut self, texts: Texts) -> Self {
        for (path, then, now) in texts.different {
            let first = self.different.get(&path).copied().unwrap_or(then);
            match first == now {
                true => self.different.remove(&path),
                false => self.different.insert(path, first),
            };
        }
        self.now = texts.is_certain.then_some(texts.now);
        self
    }
}

impl std::fmt::Display for Basis {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.pieces)?;
        let mut different = self.different.iter();
        different.try_for_each(|(path, digest)| write!(f, "\t{path}\t{digest}"))
    }
}

/// An entry that is whole.
struct Entry<'t> {
    /// The pieces that the answer was reached from, or with; empty if no pieces are kept.
    basis: &'t str,
    answer: &'t str,
    manifest: &'t str,
}

impl<'t> Entry<'t> {
    /// The entry in a text, if it is whole and belongs to the question.
    fn open(question: &Question, text: &'t str) -> Option<Self> {
        let (head, body) = text.split_once('\n')?;
        let digest = head.strip_prefix(FORM)?.strip_prefix(' ')?;
        if Digest::parse(digest)? != Digest::of(body.as_bytes()) {
            return None;
        }
        let (key, rest) = body.split_once('\n')?;
        if Digest::parse(key)? != question.key {
            return None;
        }
        let (basis, rest) = rest.split_once('\n')?;
        let (answer, manifest) = rest.split_once('\n')?;
        Some(Self {
            basis,
            answer,
            manifest,
        })
    }
}

/// Whether a file of the cache is as small as it has to be to be read again.
fn fits(text: &str) -> bool {
    text.len() as u64 <= FILE_SIZE.get()
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
