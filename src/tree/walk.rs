//! Owns the files below a directory, and what is passed over on the way: links that are not followed, and whatever else nobody can
//! read.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::directory::Found;
use super::{Base, Directory, Entry, Kind, Reads, Tree, TreeError, below, normalize, text_of};

/// A part of the tree that was passed over, so that a run can say so.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// The path, relative to the root.
    pub path: String,
    /// Why, as a sentence that names the path: lower case, no full stop.
    pub why: String,
}

/// An error with its causes, in one line.
pub fn error_with_causes(error: &TreeError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(error) = source {
        text.push_str(&format!(": {error}"));
        source = error.source();
    }
    text
}

impl Tree {
    /// Every regular file below `directory` whose path `keep` accepts, sorted. Links to directories are not followed, so a
    /// loop of links ends the walk at once; links that lead nowhere, such as the locks of an editor, are no files. A link out of the
    /// tree below which files could be is noted ([`Tree::passed_over`]).
    ///
    /// # Errors
    ///
    /// As [`Tree::list`], for `directory` or one below it.
    pub fn walk(
        &self,
        directory: &str,
        keep: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<String>, TreeError> {
        let mut files = Vec::new();
        if let Err(error @ TreeError::LeavesTree { .. }) =
            self.resolve(directory, &normalize(directory)?)
        {
            self.pass_over(directory, format!("{error}; nothing below it is read"));
            return Ok(files);
        }
        if let (Base::Directory(base), true) = (&*self.base, self.is_base()) {
            self.walk_base(base, directory, keep, &mut files)?;
            files.sort_unstable();
            return Ok(files);
        }
        let mut pending = vec![normalize(directory)?];
        while let Some(directory) = pending.pop() {
            for entry in self.list(&directory)? {
                let path = below(&directory, &entry.name);
                if entry.is_dir {
                    if !entry.is_link {
                        pending.push(path);
                    }
                } else if entry.is_file && keep(&path) {
                    files.push(path);
                } else if entry.is_link {
                    self.pass_over_link(&path);
                }
            }
        }
        files.sort_unstable();
        Ok(files)
    }

    /// [`Tree::walk`] on disk, where nothing is on top: without the sorted list of each directory that an overlay needs.
    fn walk_base(
        &self,
        base: &Directory,
        directory: &str,
        keep: &dyn Fn(&str) -> bool,
        files: &mut Vec<String>,
    ) -> Result<(), TreeError> {
        let relative = normalize(directory)?;
        let real = self.resolve(directory, &relative)?;
        let note = |within: &str| {
            self.note(&below(&relative, within), Reads::listing);
            if real != relative {
                self.note(&below(&real, within), Reads::listing);
            }
        };
        note("");
        let (found, is_new) = base.walk(directory, &real)?;
        // All but the first of several walks meet what is known.
        let mut new = Vec::new();
        for (at, found) in found.iter() {
            let within = at.get(real.len()..).unwrap_or_default();
            let within = within.strip_prefix('/').unwrap_or(within);
            if is_new && matches!(found, Found::Directory | Found::File) && !self.is_plain(at) {
                new.push(at.to_owned());
            }
            let is_file = match found {
                Found::Directory => {
                    note(within);
                    continue;
                }
                Found::File => true,
                Found::Link => self.followed(at) == Kind::File,
                Found::Other => false,
            };
            let path = match real == relative {
                true => Cow::Borrowed(at),
                false => Cow::Owned(below(&relative, within)),
            };
            if is_file && keep(&path) {
                files.push(path.into_owned());
            } else if found == Found::Link {
                self.pass_over_link(&path);
            }
        }
        if let (false, Ok(mut known)) = (new.is_empty(), self.plain.write()) {
            known.extend(new);
        }
        Ok(())
    }

    /// The kind of a link's target; a file where something may exist, so that reading it reports why it cannot be read.
    pub(super) fn followed(&self, link: &str) -> Kind {
        let target = self.resolve(link, link);
        match target.and_then(|target| self.kind(link, &target)) {
            Ok(kind) => kind,
            Err(TreeError::NotFound { .. }) => Kind::Missing,
            Err(TreeError::NotAFile { .. }) => Kind::Other,
            Err(_) => Kind::File,
        }
    }

    /// The architectures of the tree: the directories below `arch/` that hold a `Kconfig`, sorted. A link that leads out of the tree
    /// is one, too: nobody can tell, and whoever reads its `Kconfig` learns why.
    ///
    /// # Errors
    ///
    /// As [`Tree::list`].
    pub fn architectures(&self) -> Result<Vec<String>, TreeError> {
        Ok(self
            .list("arch")?
            .into_iter()
            .filter(|entry| {
                (entry.is_dir || entry.is_link)
                    && self.may_be_file(&format!("arch/{}/Kconfig", entry.name))
            })
            .map(|entry| entry.name)
            .collect())
    }

    /// Notes that a part of the tree is passed over, for the command to say ([`Tree::passed_over`]). A result that rests on it is not
    /// kept, so that the next run says it, too.
    pub fn pass_over(&self, path: &str, why: impl Into<String>) {
        if let Some(reads) = &self.reads {
            reads.uncertain();
        }
        if let Ok(mut passed_over) = self.passed_over.write() {
            passed_over.insert(PassedOver {
                path: path.to_owned(),
                why: why.into(),
            });
        }
    }

    /// The bytes of a file, for those who do without it. `None` where it is not there, and where it cannot be read, which is noted.
    pub fn bytes_if_there(&self, path: &str) -> Option<Vec<u8>> {
        match self.read(path) {
            Ok(bytes) => Some(bytes),
            Err(TreeError::NotFound { .. }) => None,
            // A directory in the place of a file counts as a missing file.
            Err(TreeError::NotAFile { .. }) if self.is_directory(path) => None,
            Err(error) => {
                self.pass_over(path, error_with_causes(&error));
                None
            }
        }
    }

    /// The same as text, as [`Tree::read_text`] gives it.
    pub fn text_if_there(&self, path: &str) -> Option<String> {
        self.bytes_if_there(path).map(text_of)
    }

    fn is_directory(&self, path: &str) -> bool {
        let Ok(relative) = normalize(path) else {
            return false;
        };
        self.resolve(path, &relative)
            .and_then(|real| self.kind(path, &real))
            .is_ok_and(|kind| kind == Kind::Directory)
    }

    /// Returns the paths passed over so far by this tree and those made from it, sorted.
    pub fn passed_over(&self) -> BTreeSet<PassedOver> {
        self.passed_over
            .read()
            .map(|passed_over| passed_over.clone())
            .unwrap_or_default()
    }

    /// Notes a link that is not followed, if files could be below it. Right in the root of a tree people keep links to their builds,
    /// and no source file is read through them.
    fn pass_over_link(&self, link: &str) {
        let Err(error @ TreeError::LeavesTree { .. }) = self.resolve(link, link) else {
            return;
        };
        let may_be_directory = match &*self.base {
            Base::Directory(directory) if self.overlay.get(link).is_none() => {
                directory.leads_to_directory(link)
            }
            _ => true,
        };
        if link.contains('/') && may_be_directory {
            self.pass_over(link, format!("{error}; nothing below it is read"));
        }
    }

    /// Returns the entries below `directory` that [`Tree::walk`] always passes over: links to directories, links that lead out of
    /// the tree or to themselves, names that are not UTF-8, and what is neither a file nor a directory. Each with the reason, as
    /// a sentence that names it; sorted by path.
    ///
    /// # Errors
    ///
    /// As [`Tree::list`], for `directory` or one below it.
    pub fn irregular(&self, directory: &str) -> Result<Vec<PassedOver>, TreeError> {
        let mut found = Vec::new();
        let mut pending = vec![normalize(directory)?];
        while let Some(directory) = pending.pop() {
            for entry in self.list(&directory)? {
                let path = below(&directory, &entry.name);
                if entry.is_dir && !entry.is_link {
                    pending.push(path);
                } else if let Some(why) = self.why_irregular(&path, &entry) {
                    found.push(PassedOver { path, why });
                }
            }
        }
        found.sort_unstable();
        Ok(found)
    }

    /// Why an entry is passed over; `None` for a file, and for a link to one.
    fn why_irregular(&self, path: &str, entry: &Entry) -> Option<String> {
        if entry.name.contains(char::REPLACEMENT_CHARACTER) {
            return Some(format!("the name `{path}` is not valid UTF-8"));
        }
        if !entry.is_link {
            let is_other = !entry.is_dir && !entry.is_file;
            return is_other.then(|| format!("`{path}` is not a regular file"));
        }
        match self.resolve(path, path) {
            // Editors leave their locks that way.
            Err(TreeError::NotFound { .. }) if entry.name.starts_with('.') => None,
            Err(TreeError::NotFound { .. }) => Some(format!("`{path}` is a broken symbolic link")),
            Err(error) => Some(error.to_string()),
            Ok(_) if entry.is_dir => Some(format!("`{path}` is a symbolic link to a directory")),
            Ok(_) => None,
        }
    }
}
