//! Owns where bytes come from: a kernel tree's files, read by paths relative to its root. Nothing else opens a tree's file.
//!
//! A tree is a directory or a git revision, with an overlay of changed files on top that exists only in memory. It is never
//! written to, and of a repository neither index nor refs are. No path leads out of the tree: neither `..`, nor an absolute
//! path, nor a symbolic link.
//!
//! | module | owns |
//! |---|---|
//! | `directory` | a tree's files on disk |
//! | [`git`] | a repository, asked through the `git` program: revisions, series of commits, objects |
//! | `revision` | the files of a git revision |
//! | `overlay` | changed files on top |
//! | [`reads`] | what was read of a tree, and whether a change bears on it |
//! | [`snapshot`] | what stood on disk where something was read, and whether it still does |
//! | [`signature`] | how a file or directory on disk is known again |
//! | [`manifest`] | a record of what was read from a directory, kept across runs, and whether it is still current |
//! | `texts` | texts that stay in memory |
//! | `unreadable` | the files that are there and could not be read |
//! | `walk` | the files below a directory, and what is passed over on the way |

mod directory;
pub mod git;
pub mod manifest;
mod overlay;
mod pass;
pub mod reads;
mod revision;
pub mod signature;
pub mod snapshot;
mod texts;
mod unreadable;
mod walk;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, RwLock};

use rustc_hash::FxHashSet;

use crate::diag;

use directory::Directory;
pub use overlay::{Change, Stamp};
use overlay::{Layer, Overlay, Text};
use reads::{Part, Reads};
use revision::Revision;
use signature::Signature;
use texts::Texts;
pub use walk::{PassedOver, error_with_causes};

/// The path relative to the root of the tree, without `.`, `..` and empty parts; `None` where it leads out of it.
pub fn normalized(path: &str) -> Option<String> {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// A path that could not be read, and why.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum TreeError {
    /// The directory is no kernel tree.
    #[error("`{}` is not a kernel tree: it has no `{missing}`", root.display())]
    NotATree {
        /// The directory.
        root: PathBuf,
        /// The first file or directory that it lacks.
        missing: &'static str,
    },
    /// The directory cannot be opened at all.
    #[error("cannot open the tree `{}`", root.display())]
    NoRoot {
        /// The directory.
        root: PathBuf,
        /// The error of the system.
        source: std::io::Error,
    },
    /// The tree has no such file.
    #[error("the tree has no file `{path}`")]
    NotFound {
        /// The path that was asked for.
        path: String,
    },
    /// The path is a directory or a device.
    #[error("`{path}` is not a regular file")]
    NotAFile {
        /// The path that was asked for.
        path: String,
    },
    /// The path, or a link on it, leads out of the tree.
    #[error("`{path}` points outside the tree{}", target.as_ref().map(|t| format!(", to `{}`", t.display())).unwrap_or_default())]
    LeavesTree {
        /// The path that was asked for.
        path: String,
        /// Where a link leads, where it is a link that leads out.
        target: Option<PathBuf>,
    },
    /// A symbolic link leads back to itself.
    #[error("`{path}` is part of a loop of symbolic links")]
    SymlinkLoop {
        /// The path that was asked for.
        path: String,
    },
    /// The file is larger than [`FILE_SIZE`](crate::limits::FILE_SIZE).
    #[error(transparent)]
    TooLarge(#[from] crate::limits::Reached),
    /// The repository does not give an object that the revision needs.
    #[error("cannot read `{path}` (object {oid}) from the repository")]
    NoObject {
        /// The path that was asked for.
        path: String,
        /// The object's name.
        oid: String,
        /// The error of git.
        source: git::GitError,
    },
    /// The revision is not that of a kernel tree.
    #[error("`{revision}` is not a kernel tree: it has no `{missing}`")]
    NotAKernelRevision {
        /// The revision, as it was given.
        revision: String,
        /// The first file or directory that it lacks.
        missing: &'static str,
    },
    /// The repository cannot be asked.
    #[error(transparent)]
    Git(#[from] git::GitError),
    /// The system refused.
    #[error("cannot read `{path}`")]
    Unreadable {
        /// The path that was asked for.
        path: String,
        /// The error of the system.
        source: std::io::Error,
    },
}

/// An entry of a directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Entry {
    /// The name, without the directory.
    pub name: String,
    /// Whether it is a directory. A link to a directory is one, too.
    pub is_dir: bool,
    /// Whether it is a regular file. A link to one is one, too, and so is one that leads out of the tree or to itself, so that
    /// reading it reports an error; a dangling link is not a file.
    pub is_file: bool,
    /// Whether it is a symbolic link.
    pub is_link: bool,
}

/// The kind of a path's entry, links not followed.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Kind {
    File,
    Directory,
    /// A symbolic link with its target.
    Link(String),
    /// A device and the like.
    Other,
    Missing,
}

/// Where the bytes come from that no overlay covers.
#[derive(Debug)]
enum Base {
    Directory(Directory),
    Revision(Revision),
}

/// How many links one path may lead through.
const MAX_LINKS: usize = 40;

/// How many files are fetched at once where all of some directories are looked at.
const FETCHED_AT_ONCE: usize = 1_000;

/// A kernel tree. A clone is another view of the same files, and cheap.
#[derive(Clone, Debug)]
pub struct Tree {
    base: Arc<Base>,
    overlay: Arc<Overlay>,
    /// Paths of the base that are known to have no link in them, nor to be one.
    plain: Arc<RwLock<FxHashSet<String>>>,
    /// Texts of the base that are in memory, by path.
    texts: Arc<RwLock<Texts>>,
    /// Whether texts that are read stay in memory.
    remembers: bool,
    reads: Option<Arc<Reads>>,
    /// Paths passed over without a message so far, by this tree and those made from it.
    passed_over: Arc<RwLock<BTreeSet<PassedOver>>>,
    /// Files that are there and could not be read, by this tree and those made from it.
    unreadable: Arc<RwLock<BTreeSet<PassedOver>>>,
}

impl Tree {
    /// Opens the kernel tree in `root`.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened, or it lacks what every kernel tree has: `Kconfig`, `Makefile` and `arch`.
    pub fn open(root: &Path) -> Result<Self, TreeError> {
        let directory = Directory::open(root)?;
        if let Some(missing) = missing_from(directory.root()) {
            return Err(TreeError::NotATree {
                root: root.to_owned(),
                missing,
            });
        }
        Ok(Self::of(Base::Directory(directory)))
    }

    /// Opens any directory with Kconfig files, as `conf` does: it need not be a kernel tree.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened.
    pub fn open_directory(root: &Path) -> Result<Self, TreeError> {
        Ok(Self::of(Base::Directory(Directory::open(root)?)))
    }

    /// The kernel tree at a revision, read from the repository's objects. Where the kernel is not the repository's top
    /// directory, it is the innermost one around that of `repository`.
    ///
    /// # Errors
    ///
    /// git cannot resolve the revision, or it is not one of a kernel tree.
    pub fn at_revision(
        repository: &Arc<git::Repository>,
        revision: &str,
    ) -> Result<Self, TreeError> {
        let revision = Revision::open(repository, revision)?;
        Ok(Self::of(Base::Revision(revision)))
    }

    fn of(base: Base) -> Self {
        Self {
            base: Arc::new(base),
            overlay: Arc::default(),
            plain: Arc::default(),
            texts: Arc::default(),
            remembers: false,
            reads: None,
            passed_over: Arc::default(),
            unreadable: Arc::default(),
        }
    }

    /// Whether `directory` has what every kernel tree has.
    pub fn is_tree(directory: &Path) -> bool {
        missing_from(directory).is_none()
    }

    /// The tree's directory, without links in its path; of a revision, the directory where its repository was looked for.
    pub fn root(&self) -> &Path {
        match &*self.base {
            Base::Directory(directory) => directory.root(),
            Base::Revision(revision) => revision.root(),
        }
    }

    /// Puts the text of one file on top of the tree, in memory only; `None` hides the file.
    ///
    /// # Errors
    ///
    /// The path leads out of the tree.
    pub fn overlay(&mut self, path: &str, text: Option<Vec<u8>>) -> Result<(), TreeError> {
        let path = normalize(path)?;
        Arc::make_mut(&mut self.overlay).put(path, text.map(Layer::file));
        Ok(())
    }

    /// Puts on top of the tree what `other`, a tree with the same base, has on top at `path`: the same text, so that both count as
    /// equal there. Where `other` has nothing on top, the base is seen again.
    ///
    /// # Errors
    ///
    /// The path leads out of the tree.
    pub fn overlay_like(&mut self, path: &str, other: &Self) -> Result<(), TreeError> {
        let relative = normalize(path)?;
        match other.overlay.get(&relative).cloned() {
            Some(layer) => Arc::make_mut(&mut self.overlay).put(relative, layer),
            None => self.uncover(path)?,
        }
        Ok(())
    }

    /// Takes what is on top of the tree at `path` away, so that the base is seen again.
    ///
    /// # Errors
    ///
    /// The path leads out of the tree.
    pub fn uncover(&mut self, path: &str) -> Result<(), TreeError> {
        let path = normalize(path)?;
        Arc::make_mut(&mut self.overlay).cover_with(path, overlay::Cover::Uncover);
        Ok(())
    }

    /// Puts a symbolic link on top of the tree, in memory only. Where it leads is asked when something is read through it.
    ///
    /// # Errors
    ///
    /// The path leads out of the tree.
    pub fn overlay_link(&mut self, path: &str, target: &str) -> Result<(), TreeError> {
        let path = normalize(path)?;
        Arc::make_mut(&mut self.overlay).put(path, Some(Layer::Link(target.into())));
        Ok(())
    }

    /// Whether a file or a link, whatever it leads to, stands at `path`.
    pub fn has_entry(&self, path: &str) -> bool {
        normalize(path).is_ok_and(|relative| {
            !self.is_behind_link(&relative)
                && matches!(self.kind(path, &relative), Ok(Kind::File | Kind::Link(_)))
        })
    }

    /// Whether a part of `path` before the last is a link, so that the file there has another path.
    pub fn is_behind_link(&self, path: &str) -> bool {
        let mut above = path.match_indices('/').map(|(at, _)| &path[..at]);
        above.any(|directory| matches!(self.kind(path, directory), Ok(Kind::Link(_))))
    }

    /// Reads a whole file, or the target of a link, as git keeps it.
    ///
    /// # Errors
    ///
    /// As [`Tree::read`].
    pub fn read_itself(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        match self.kind(path, &normalize(path)?)? {
            Kind::Link(target) => Ok(target.into_bytes()),
            _ => self.read(path),
        }
    }

    /// The tree after a step of a series of commits, which goes from this one's revision to another's. Both share what they
    /// have in common, and a text that comes back is the same.
    ///
    /// # Errors
    ///
    /// The repository does not give the target of a link.
    pub fn follow(&self, step: &[git::Difference]) -> Result<Self, TreeError> {
        let Base::Revision(revision) = &*self.base else {
            unreachable!("invariant: a series of commits starts at a revision");
        };
        let mut tree = self.clone();
        let overlay = Arc::make_mut(&mut tree.overlay);
        for difference in step {
            if let Some((path, cover)) = revision.cover(difference)? {
                overlay.cover_with(path, cover);
            }
        }
        Ok(tree)
    }

    /// The same tree; it and every tree made from it keep what they read in memory, for those who read the same files many
    /// times.
    #[must_use]
    pub fn remembering(&self) -> Self {
        Self {
            remembers: true,
            ..self.clone()
        }
    }

    /// The same tree without what is known of its files and directories, for those who want to know what is on disk now.
    ///
    /// # Errors
    ///
    /// The directory cannot be opened.
    pub fn anew(&self) -> Result<Self, TreeError> {
        let Base::Directory(directory) = &*self.base else {
            return Ok(self.clone());
        };
        Ok(Self {
            overlay: self.overlay.clone(),
            ..Self::open_directory(directory.root())?
        })
    }

    /// The same tree; what is read through it is noted in `reads`.
    #[must_use]
    pub fn noting(&self, reads: Arc<Reads>) -> Self {
        Self {
            reads: Some(reads),
            ..self.clone()
        }
    }

    /// As [`Tree::stamp`]; nothing is noted.
    pub fn stamp_quietly(&self, path: &str) -> Stamp {
        self.stamp_of(path, &mut |_| {})
    }

    /// Which text stands at a path, among all trees that have the same base: two that have the same stamp there have the
    /// same text there, or none. It is noted as a read.
    pub fn stamp(&self, path: &str) -> Stamp {
        self.stamp_of(path, &mut |path| self.note(path, Reads::text))
    }

    fn stamp_of(&self, path: &str, note: &mut dyn FnMut(&str)) -> Stamp {
        if self.overlay.is_empty() {
            note(path);
            return Stamp::BASE;
        }
        if !self.overlay.has_links() && self.is_plain(path) {
            note(path);
            return self.overlay.stamp(path);
        }
        let Ok(relative) = normalize(path) else {
            return Stamp::BASE;
        };
        note(&relative);
        let real = self.resolve(path, &relative).unwrap_or(relative);
        self.overlay.stamp(&real)
    }

    /// The paths where `other`, a tree with the same base, differs from this one.
    pub fn changes(&self, other: &Self) -> Vec<Change> {
        self.overlay.changes(&other.overlay, &|path| {
            !matches!(self.base_kind(path), Ok(Kind::Missing) | Err(_))
        })
    }

    /// Whether both are made of the same base.
    pub fn has_base_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.base, &other.base)
    }

    /// Reads a whole file.
    ///
    /// # Errors
    ///
    /// Every variant of [`TreeError`] but those about the root.
    pub fn read(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let read = self.read_unwatched(path);
        self.watch(path, &read);
        read
    }

    fn read_unwatched(&self, path: &str) -> Result<Vec<u8>, TreeError> {
        let relative = normalize(path)?;
        self.note(&relative, Reads::text);
        if !self.remembers {
            let mut text = Vec::new();
            if let Some(read) = self.read_plain(&relative, &mut text) {
                return read.map(|()| text);
            }
        }
        let real = self.resolve(path, &relative)?;
        match (self.overlay.get(&real), &*self.base) {
            (Some(Some(Layer::File { text, .. })), base) => match (text, base) {
                (Text::Here(text), _) => Ok(text.to_vec()),
                (Text::Blob(oid), Base::Revision(revision)) => revision.blob(path, oid),
                (Text::Blob(_), Base::Directory(_)) => {
                    unreachable!("invariant: only a revision is covered by blobs")
                }
            },
            (Some(Some(Layer::Link(_))), _) => {
                unreachable!("invariant: a resolved path is no link")
            }
            (Some(None), _) => Err(TreeError::NotFound {
                path: path.to_owned(),
            }),
            (None, base) => {
                if let Ok(texts) = self.texts.read()
                    && let Some(text) = texts.by_path.get(&real)
                {
                    return Ok(text.to_vec());
                }
                let text = match base {
                    Base::Directory(directory) => {
                        let read = directory.read(path, &real);
                        self.note_content(&real, &read);
                        read?.0
                    }
                    Base::Revision(revision) => revision.read(path, &real)?,
                };
                if self.remembers
                    && let Ok(mut texts) = self.texts.write()
                {
                    texts.keep(real, text.as_slice().into());
                }
                Ok(text)
            }
        }
    }

    /// Reads a whole file into `text`, whose content is replaced: for those who look at one file after the other and keep none.
    ///
    /// # Errors
    ///
    /// As [`Tree::read`].
    pub fn read_into(&self, path: &str, text: &mut Vec<u8>) -> Result<(), TreeError> {
        let relative = normalize(path)?;
        if !self.remembers
            && let Some(read) = self.read_plain(&relative, text)
        {
            self.note(&relative, Reads::text);
            self.watch(path, &read);
            return read;
        }
        *text = self.read(path)?;
        Ok(())
    }

    /// As [`Tree::read_into`], for those who only ask whether names stand in the text, and say so themselves ([`Tree::note_asked`]).
    ///
    /// # Errors
    ///
    /// As [`Tree::read`].
    pub fn read_to_ask(&self, path: &str, text: &mut Vec<u8>) -> Result<(), TreeError> {
        let relative = normalize(path)?;
        if !self.remembers
            && let Some(read) = self.read_plain(&relative, text)
        {
            self.watch(path, &read);
            return read;
        }
        // Nobody asks the same of a file twice.
        let passing = Self {
            reads: self.reads.clone().filter(|reads| reads.has_contents()),
            remembers: false,
            ..self.clone()
        };
        *text = passing.read(path)?;
        Ok(())
    }

    /// Notes that nothing of a file, which has been read, matters but the part that begins at a byte of its text.
    pub fn note_part(&self, path: &str, start: u32, text: &str) {
        let Some(reads) = &self.reads else { return };
        match !self.overlay.has_links() && self.is_plain(path) {
            true => reads.part(Part {
                path: path.into(),
                start,
                text: text.into(),
            }),
            false => drop(self.stamp(path)),
        }
    }

    /// Notes that nothing of a file matters but whether one of some names stands in it.
    pub fn note_asked(&self, path: &str, names: &Arc<[Box<str>]>, holds: bool) {
        let Some(reads) = &self.reads else { return };
        // Where a link leads to the file, its own path matters.
        match !self.overlay.has_links() && self.is_plain(path) {
            true => reads.asked(path, names, holds),
            false => drop(self.stamp(path)),
        }
    }

    /// Reads a file of a directory with nothing on top, where no part of its path is a link; `None` where that is not so, or not
    /// known.
    fn read_plain(&self, relative: &str, text: &mut Vec<u8>) -> Option<Result<(), TreeError>> {
        let Base::Directory(directory) = &*self.base else {
            return None;
        };
        if !self.overlay.is_empty() {
            return None;
        }
        let read = directory.read_plain(relative, self.is_plain(relative), text)?;
        if let Some(reads) = &self.reads {
            match &read {
                Ok(signature) => reads.content(relative, *signature, text),
                // That nothing is there can be told later.
                Err(TreeError::NotFound { .. } | TreeError::NotAFile { .. }) => {}
                Err(_) => reads.uncertain(),
            }
        }
        Some(read.map(|_| ()))
    }

    /// Reads a whole file as text. Bytes that are not UTF-8 become `?`, one for one, so that offsets stay true: the
    /// languages that kfeat reads are ASCII outside comments and prompts.
    ///
    /// # Errors
    ///
    /// As [`Tree::read`].
    pub fn read_text(&self, path: &str) -> Result<String, TreeError> {
        Ok(text_of(self.read(path)?))
    }

    /// Whether the tree has a regular file at `path`. A path that cannot be looked at counts as absent.
    pub fn is_file(&self, path: &str) -> bool {
        let Ok(relative) = normalize(path) else {
            return false;
        };
        self.note(&relative, Reads::text);
        let kind = self
            .resolve(path, &relative)
            .and_then(|real| self.kind(path, &real));
        self.watch(path, &kind);
        kind.is_ok_and(|kind| kind == Kind::File)
    }

    /// Whether the tree has a file at `path`, or something there that cannot be looked at, so that whoever reads it learns why.
    fn may_be_file(&self, path: &str) -> bool {
        let Ok(relative) = normalize(path) else {
            return false;
        };
        self.note(&relative, Reads::text);
        let kind = self
            .resolve(path, &relative)
            .and_then(|real| self.kind(path, &real));
        match kind {
            Ok(Kind::Missing | Kind::Directory) | Err(TreeError::NotFound { .. }) => false,
            Ok(Kind::File | Kind::Link(_) | Kind::Other) | Err(_) => true,
        }
    }

    /// The entries of a directory, sorted by name, with those of the overlay.
    ///
    /// # Errors
    ///
    /// The directory is missing, unreadable or outside the tree.
    pub fn list(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let entries = self.list_unwatched(directory);
        self.watch(directory, &entries);
        entries
    }

    fn list_unwatched(&self, directory: &str) -> Result<Vec<Entry>, TreeError> {
        let relative = normalize(directory)?;
        self.note(&relative, Reads::listing);
        let real = self.resolve(directory, &relative)?;
        if real != relative {
            self.note(&real, Reads::listing);
        }
        let mut kinds = match &*self.base {
            Base::Directory(of) => of.list(directory, &real),
            Base::Revision(of) => of.list(directory, &real),
        }
        .or_else(|error| match error {
            TreeError::NotFound { .. } if self.overlay.has_below(&real) => Ok(BTreeMap::new()),
            error => Err(error),
        })?;
        if self.overlay.is_empty()
            && let Ok(mut plain) = self.plain.write()
        {
            let is_plain = |kind: &Kind| matches!(kind, Kind::File | Kind::Directory);
            let plain_ones = kinds.iter().filter(|(_, kind)| is_plain(kind));
            plain.extend(plain_ones.map(|(name, _)| below(&real, name)));
        }
        self.overlay.cover(&real, &mut kinds);
        let entries = kinds.into_iter().map(|(name, kind)| {
            let is_link = matches!(kind, Kind::Link(_));
            let path = below(&real, &name);
            let kind = match kind {
                Kind::Link(_) => self.followed(&path),
                kind => kind,
            };
            Entry {
                name,
                is_dir: kind == Kind::Directory,
                is_file: kind == Kind::File,
                is_link,
            }
        });
        Ok(entries.collect())
    }

    /// Whether nothing is on top.
    pub fn is_base(&self) -> bool {
        self.overlay.is_empty()
    }

    /// Whether a symbolic link is on top.
    pub fn has_links_on_top(&self) -> bool {
        self.overlay.has_links()
    }

    /// Whether it is certain that the files right in a directory have the same names as in the base, of which `base_has` knows the
    /// names.
    pub fn has_files_of_base(&self, directory: &str, base_has: &dyn Fn(&str) -> bool) -> bool {
        !self.overlay.has_links()
            && self.is_plain(directory)
            && self.overlay.keeps_files(directory, base_has)
    }

    /// Brings the texts of files into memory in one go, where one at a time is slow. Files that are not there are left out.
    pub fn fetch(&self, paths: &[impl AsRef<str>]) {
        let Base::Revision(revision) = &*self.base else {
            return;
        };
        let fetched = revision.fetch(&self.uncovered(paths));
        if let Ok(mut texts) = self.texts.write() {
            for (path, text) in fetched {
                texts.keep(path, text);
            }
        }
    }

    /// Whether reading one file at a time is slow, so that it pays to fetch several.
    pub fn is_fetched(&self) -> bool {
        matches!(&*self.base, Base::Revision(_))
    }

    /// Files in parts that are looked at one after the other, so that no more texts are in memory than those of one: where reading one
    /// file at a time is slow each part is fetched first, and elsewhere all are one.
    pub fn in_parts<'p, P: AsRef<str>>(&self, paths: &'p [P]) -> impl Iterator<Item = &'p [P]> {
        let size = match &*self.base {
            Base::Revision(_) => FETCHED_AT_ONCE,
            Base::Directory(_) => paths.len().max(1),
        };
        let parts = paths.chunks(size);
        parts.inspect(|part| self.fetch(part))
    }

    /// Notes that the names in a directory were looked at, where somebody has them already.
    pub fn note_listing(&self, directory: &str) {
        self.note(directory, Reads::listing);
    }

    fn note(&self, path: &str, how: fn(&Reads, &str)) {
        if let Some(reads) = &self.reads {
            how(reads, path);
        }
    }

    /// Notes what a file on disk held.
    fn note_content(&self, real: &str, read: &Result<(Vec<u8>, Signature), TreeError>) {
        match (&self.reads, read) {
            (Some(reads), Ok((text, signature))) => reads.content(real, *signature, text),
            // That nothing is there can be told later.
            (None, _) | (_, Err(TreeError::NotFound { .. } | TreeError::NotAFile { .. })) => {}
            (Some(reads), Err(_)) => reads.uncertain(),
        }
    }

    /// The identity of a tree that is an unchanged git revision: the name of its object, and where in it the kernel
    /// is. `None` for a directory, or with anything on top.
    pub fn object(&self) -> Option<String> {
        match &*self.base {
            Base::Revision(revision) if self.is_base() => Some(revision.object()),
            _ => None,
        }
    }

    /// The identity of the git repository of a revision, by its place on this machine; `None` for a directory, or where it cannot be told.
    pub fn repository(&self) -> Option<String> {
        match &*self.base {
            Base::Revision(revision) => revision.repository(),
            Base::Directory(_) => None,
        }
    }

    /// Whether the tree is a directory with nothing on top.
    pub fn is_directory_alone(&self) -> bool {
        matches!(&*self.base, Base::Directory(_)) && self.is_base()
    }

    /// The kind of the entry at a path that has no link above it.
    fn kind(&self, path: &str, real: &str) -> Result<Kind, TreeError> {
        match self.overlay.get(real) {
            Some(Some(Layer::File { .. })) => return Ok(Kind::File),
            Some(Some(Layer::Link(target))) => return Ok(Kind::Link(target.to_string())),
            Some(None) if !self.overlay.has_below(real) => return Ok(Kind::Missing),
            Some(None) => return Ok(Kind::Directory),
            None => {}
        }
        let kind = self
            .base_kind(real)
            .map_err(|source| classify(path, source))?;
        if kind == Kind::Missing && self.overlay.has_below(real) {
            return Ok(Kind::Directory);
        }
        Ok(kind)
    }

    fn base_kind(&self, real: &str) -> std::io::Result<Kind> {
        match &*self.base {
            Base::Directory(directory) => directory.kind(real),
            Base::Revision(revision) => revision.kind(real),
        }
    }

    /// The path at which `relative` stands once all links are followed, that of its last part included. What is known to
    /// be a plain path of the base is returned unchanged, covered or not.
    fn resolve(&self, path: &str, relative: &str) -> Result<String, TreeError> {
        if !self.overlay.has_links() && self.is_plain(relative) {
            return Ok(relative.to_owned());
        }
        let mut real = String::new();
        let mut rest: Vec<String> = relative.rsplit('/').map(str::to_owned).collect();
        let mut links = 0;
        // Entries below a covered path are not those of the base.
        let mut of_base = true;
        while let Some(part) = rest.pop() {
            if part == ".." {
                let Some((above, _)) = real
                    .rsplit_once('/')
                    .or((!real.is_empty()).then_some(("", "")))
                else {
                    return Err(TreeError::LeavesTree {
                        path: path.to_owned(),
                        target: None,
                    });
                };
                real.truncate(above.len());
                continue;
            }
            if part.is_empty() || part == "." {
                continue;
            }
            let at = below(&real, &part);
            // A directory of the base that was not a link before is not one now; checking each costs a system call.
            if !self.overlay.has_links() && self.is_plain(&at) {
                real = at;
                continue;
            }
            match self.kind(path, &at)? {
                Kind::Link(target) => {
                    links += 1;
                    if links > MAX_LINKS {
                        return Err(TreeError::SymlinkLoop {
                            path: path.to_owned(),
                        });
                    }
                    self.note(&at, Reads::text);
                    let target = self.target(path, &real, &at, target)?;
                    if target.starts_with('/') {
                        real.clear();
                    }
                    rest.extend(target.rsplit('/').map(str::to_owned));
                }
                Kind::Missing => {
                    if links > 0 {
                        self.note(&at, Reads::text);
                    }
                    return Err(TreeError::NotFound {
                        path: path.to_owned(),
                    });
                }
                Kind::File | Kind::Other if !rest.is_empty() => {
                    if links > 0 {
                        self.note(&at, Reads::text);
                    }
                    return Err(TreeError::NotFound {
                        path: path.to_owned(),
                    });
                }
                // Nothing opens it: already that can wait, or do something.
                Kind::Other => {
                    return Err(TreeError::NotAFile {
                        path: path.to_owned(),
                    });
                }
                Kind::File | Kind::Directory => {
                    of_base &= links == 0 && self.overlay.get(&at).is_none();
                    if of_base && let Ok(mut plain) = self.plain.write() {
                        plain.insert(at.clone());
                    }
                    real = at;
                }
            }
        }
        if real != relative {
            self.note(&real, Reads::text);
        }
        Ok(real)
    }

    /// Where a link leads: a path relative to its directory, or one that starts with `/`, which then is the tree's root.
    fn target(
        &self,
        path: &str,
        directory: &str,
        link: &str,
        target: String,
    ) -> Result<String, TreeError> {
        let mut depth = directory.split('/').filter(|part| !part.is_empty()).count() as i64;
        let leaves = target.starts_with('/')
            || target.split('/').any(|part| {
                depth += match part {
                    ".." => -1,
                    "" | "." => 0,
                    _ => 1,
                };
                depth < 0
            });
        if !leaves {
            return Ok(target);
        }
        if let Some(reads) = &self.reads {
            reads.uncertain();
        }
        match &*self.base {
            // It may come back.
            Base::Directory(of) => of.target_inside(path, link),
            Base::Revision(_) => Err(TreeError::LeavesTree {
                path: path.to_owned(),
                target: Some(target.into()),
            }),
        }
    }

    fn is_plain(&self, path: &str) -> bool {
        path.is_empty() || self.plain.read().is_ok_and(|plain| plain.contains(path))
    }
}

/// Entries at the top of every kernel tree.
const LANDMARKS: [&str; 3] = ["Kconfig", "Makefile", "arch"];

/// What `directory` lacks of what every kernel tree has.
fn missing_from(directory: &Path) -> Option<&'static str> {
    LANDMARKS
        .into_iter()
        .find(|name| !directory.join(name).exists())
}

/// A path below a directory; the root's is empty.
fn below(directory: &str, name: &str) -> String {
    if directory.is_empty() {
        name.to_owned()
    } else if name.is_empty() {
        directory.to_owned()
    } else {
        [directory, "/", name].concat()
    }
}

/// The bytes of a file as text, as [`Tree::read_text`] describes it.
fn text_of(bytes: Vec<u8>) -> String {
    let text = String::from_utf8(bytes);
    text.unwrap_or_else(|error| diag::text_of(error.as_bytes()).into_owned())
}

/// `path` relative to the root without `.` and empty parts.
fn normalize(path: &str) -> Result<String, TreeError> {
    let leaves = || TreeError::LeavesTree {
        path: path.to_owned(),
        target: None,
    };
    // The usual path has nothing to normalize; it is worth the look, for every file of the tree passes here.
    let plain =
        !path.starts_with('/') && path.split('/').all(|part| !matches!(part, "" | "." | ".."));
    if plain && !path.contains('\0') {
        return Ok(path.to_owned());
    }
    let mut parts: Vec<&str> = Vec::new();
    for component in Path::new(path).components() {
        match component {
            Component::Normal(part) => parts.push(part.to_str().ok_or_else(leaves)?),
            Component::CurDir => {}
            Component::ParentDir => {
                parts.pop().ok_or_else(leaves)?;
            }
            Component::RootDir | Component::Prefix(_) => return Err(leaves()),
        }
    }
    Ok(parts.join("/"))
}

/// Classifies a system error for `path`.
fn classify(path: &str, source: std::io::Error) -> TreeError {
    let path = path.to_owned();
    match source.kind() {
        std::io::ErrorKind::NotFound | std::io::ErrorKind::NotADirectory => {
            TreeError::NotFound { path }
        }
        // `ErrorKind::FilesystemLoop` is not stable yet; 40 is ELOOP on Linux.
        _ if source.raw_os_error() == Some(40) => TreeError::SymlinkLoop { path },
        _ => TreeError::Unreadable { path, source },
    }
}

#[cfg(test)]
mod tests;
