//! Owns the kernel trees of a session: which folder is one, and what each looks like with the open files on top.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use rustc_hash::FxHashSet;
use serde_json::Value;

use super::analysis::{Epoch, Job, Policy};
use super::document::Document;
use super::index::{Index, Signatures, Symbols};
use super::uri;
use crate::limits::FILE_SIZE;
use crate::tree::{Tree, TreeError};

/// How long a look at the files on disk holds.
const LOOK: Duration = Duration::from_secs(1);

/// A kernel tree.
pub(super) struct Root {
    /// Its directory, as the editor names it.
    pub path: PathBuf,
    /// Which of the states on disk this is.
    pub epoch: Epoch,
    /// The tree with every open file as it was on disk when it was opened.
    pub before: Tree,
    /// The tree with every open file as it stands in the editor.
    pub tree: Tree,
    /// The architectures.
    pub architectures: Vec<String>,
    /// How findings are reported, once that is known.
    pub policy: Option<Policy>,
    /// The files that an architecture sources, once they are known.
    pub reached: Option<FxHashSet<Arc<str>>>,
    /// The symbols, once they are known.
    pub index: Option<Arc<Index>>,
    /// The metadata of the files that the symbols are from.
    signatures: Option<Arc<Signatures>>,
    /// When these were last compared with the disk.
    looked: Option<Instant>,
    /// The files that the architectures read, as the last check found.
    pub read: FxHashSet<Arc<str>>,
    /// The number of edits when the last check ended, with or without a result.
    pub checked: Option<u64>,
    /// When the next check is due.
    pub due: Option<Instant>,
    /// The number of edits so far.
    pub generation: u64,
    /// The same, for the thread that checks.
    pub newest: Arc<AtomicU64>,
    /// The last error that was shown.
    told: Option<String>,
    is_started: bool,
    /// Whether the analysis failed because of a bug, and nothing has changed since.
    pub is_broken: bool,
    /// Whether the editor has removed its folder, and no file of it was opened since.
    pub is_removed: bool,
}

impl Root {
    fn open_at(path: &Path, epoch: Epoch) -> Option<Self> {
        let tree = Tree::open(path).ok()?;
        Some(Self {
            path: path.to_owned(),
            epoch,
            before: tree.clone(),
            architectures: tree.architectures().unwrap_or_default(),
            tree,
            policy: None,
            reached: None,
            index: None,
            signatures: None,
            looked: None,
            read: FxHashSet::default(),
            checked: None,
            due: None,
            generation: 0,
            newest: Arc::default(),
            told: None,
            is_started: false,
            is_broken: false,
            is_removed: false,
        })
    }

    /// Whether its files have been asked for.
    pub fn is_started(&self) -> bool {
        self.is_started
    }

    /// Has its Kconfig files read, unless they are already.
    pub fn start(&mut self, jobs: &Sender<Job>) {
        self.is_removed = false;
        if !std::mem::replace(&mut self.is_started, true) {
            let job = Job::Load {
                epoch: self.epoch,
                tree: Tree::clone(&self.before),
            };
            // The other end lives as long as the session.
            let _ = jobs.send(job);
        }
    }

    /// Forgets everything that was read, and reads it again. Without the tree there is nothing to read, and the old state stays.
    pub fn reopen(&mut self, jobs: &Sender<Job>) {
        let epoch = Epoch {
            number: self.epoch.number + 1,
            ..self.epoch
        };
        let Some(new) = Self::open_at(&self.path, epoch) else {
            return;
        };
        let generation = self.generation;
        let newest = self.newest.clone();
        let told = self.told.take();
        *self = Self {
            generation,
            newest,
            told,
            ..new
        };
        self.start(jobs);
    }

    /// Forgets everything that was read, until a file is opened.
    pub fn forget(&mut self, jobs: &Sender<Job>) {
        let epoch = Epoch {
            number: self.epoch.number + 1,
            ..self.epoch
        };
        // The other end lives as long as the session.
        let _ = jobs.send(Job::Forget(epoch));
        if let Some(new) = Self::open_at(&self.path, epoch) {
            *self = Self {
                generation: self.generation,
                newest: self.newest.clone(),
                is_removed: true,
                ..new
            };
        }
    }

    /// The text of a file on disk.
    pub fn on_disk(&self, path: &str) -> Option<String> {
        let base = Tree::open(&self.path).ok()?;
        base.read_text(path).ok()
    }

    /// Takes up its symbols.
    pub fn set_index(&mut self, index: Arc<Index>, signatures: Arc<Signatures>) {
        self.index = Some(index);
        self.signatures = Some(signatures);
        self.looked = Some(Instant::now());
    }

    /// Whether files on disk, other than the open ones, have changed since they were read. Unless the question `is_urgent`, an answer
    /// holds for a while.
    pub fn is_stale(&mut self, open: &FxHashSet<Arc<str>>, is_urgent: bool) -> bool {
        let Some(signatures) = &self.signatures else {
            return false;
        };
        if !is_urgent && self.looked.is_some_and(|looked| looked.elapsed() < LOOK) {
            return false;
        }
        self.looked = Some(Instant::now());
        signatures.differ(self.tree.root(), open)
    }

    /// Whether a path leads out of the tree, or nowhere, by way of links.
    pub fn leads_out(&self, path: &str) -> bool {
        let read = self.before.read_text(path);
        matches!(
            read,
            Err(TreeError::LeavesTree { .. } | TreeError::SymlinkLoop { .. })
        )
    }

    /// Puts a file on top that was opened with this text. Returns what stands on disk.
    pub fn open(&mut self, path: &str, text: &str) -> Option<String> {
        let opened = self.before.read_text(path).ok();
        if let Some(opened) = &opened {
            // From now on what is saved does not change what edits are compared with. A path that leads out of the tree has no text.
            let _ = self.before.overlay(path, Some(opened.clone().into_bytes()));
        }
        self.edit(path, text, opened.as_deref());
        opened
    }

    /// The file has this text now; `opened` is what it had on disk.
    pub fn edit(&mut self, path: &str, text: &str, opened: Option<&str>) {
        let is_too_large = text.len() as u64 > FILE_SIZE.get();
        let _ = if opened == Some(text) || is_too_large {
            self.tree.overlay_like(path, &self.before)
        } else {
            self.tree.overlay(path, Some(text.as_bytes().to_vec()))
        };
    }

    /// Takes a file from the top. Returns whether what stands on disk differs from what was read there.
    pub fn close(&mut self, path: &str, opened: Option<&str>) -> bool {
        if self.on_disk(path).as_deref() != opened {
            return true;
        }
        // Both have what is on disk.
        let _ = self.before.uncover(path);
        let _ = self.tree.uncover(path);
        false
    }

    /// Whether this error was not shown last.
    pub fn is_news(&mut self, error: &str) -> bool {
        let is_news = self.told.as_deref() != Some(error);
        self.told = Some(error.to_owned());
        is_news
    }

    /// Whether an architecture reads a file.
    pub fn is_reached(&self, path: &str) -> bool {
        let by_sources = self.reached.as_ref();
        by_sources.is_some_and(|reached| reached.contains(path)) || self.read.contains(path)
    }

    /// The symbols, with the open files as they stand.
    pub fn symbols<'i>(
        &'i self,
        documents: &'i BTreeMap<String, Document>,
        index: usize,
    ) -> Option<Symbols<'i>> {
        let open = documents
            .values()
            .filter(|of| of.root == index && of.file().is_some());
        Some(Symbols {
            index: self.index.as_deref()?,
            open: open.map(|of| (&*of.path, &of.symbols)).collect(),
        })
    }
}

/// All trees of a session.
#[derive(Default)]
pub(super) struct Roots {
    /// The trees.
    pub all: Vec<Root>,
    /// The folders that are not kernel trees.
    others: Vec<PathBuf>,
    message: Option<String>,
    has_told: bool,
}

impl Roots {
    /// Adds the folders that `initialize` names.
    pub fn add_folders(&mut self, params: &Value) {
        let folders = params["workspaceFolders"].as_array();
        let folders: Vec<&str> = folders
            .into_iter()
            .flatten()
            .filter_map(|folder| folder["uri"].as_str())
            .collect();
        if !folders.is_empty() {
            folders.into_iter().for_each(|uri| self.add_uri(uri));
        } else if let Some(uri) = params["rootUri"].as_str() {
            self.add_uri(uri);
        } else if let Some(path) = params["rootPath"].as_str() {
            self.add(Path::new(path));
        }
    }

    /// Adds a folder, or the tree around it.
    pub fn add_uri(&mut self, uri: &str) {
        if let Some(path) = uri::to_path(uri) {
            self.add(&path);
        }
    }

    /// The tree that is this folder.
    pub fn at_folder(&self, uri: &str) -> Option<usize> {
        let path = uri::to_path(uri)?;
        self.all.iter().position(|root| root.path == path)
    }

    fn add(&mut self, folder: &Path) -> Option<usize> {
        let tree = folder
            .ancestors()
            .find(|directory| Tree::is_tree(directory));
        let Some(tree) = tree else {
            if !self.has_told {
                self.has_told = true;
                self.message = Some(format!(
                    "kfeat: `{}` is not in a kernel tree; nothing is checked there",
                    folder.display()
                ));
            }
            self.others.push(folder.to_owned());
            return None;
        };
        if let Some(known) = self.all.iter().position(|root| root.path == tree) {
            self.all[known].is_removed = false;
            return Some(known);
        }
        let root = Root::open_at(
            tree,
            Epoch {
                root: self.all.len(),
                number: 0,
            },
        )?;
        self.all.push(root);
        Some(self.all.len() - 1)
    }

    /// The root of a file, and its path there. A tree that no folder named is found around the file.
    pub fn find(&mut self, uri: &str) -> Option<(usize, String)> {
        if let Some(known) = self.find_known(uri) {
            return Some(known);
        }
        let path = uri::to_path(uri)?;
        let directory = path.parent()?;
        if self.others.iter().any(|other| other == directory) {
            return None;
        }
        let name = path.file_name()?.to_string_lossy();
        if !name.contains("Kconfig") && name != crate::feature::spec::TABLE_FILE {
            return None;
        }
        self.add(directory)?;
        self.find_known(uri)
    }

    /// The same of the trees that are known.
    pub fn find_known(&self, uri: &str) -> Option<(usize, String)> {
        let path = uri::to_path(uri)?;
        let roots = self.all.iter().enumerate();
        let inner = roots.filter_map(|(index, root)| {
            // The editor may name a file by another way through links than its folder.
            let relative = path.strip_prefix(&root.path);
            let relative = relative
                .or_else(|_| path.strip_prefix(root.tree.root()))
                .ok()?;
            Some((index, relative.to_str()?.to_owned()))
        });
        // Of trees in each other the inner one counts.
        inner.min_by_key(|(_, relative)| relative.len())
    }

    /// The message about folders that are not kernel trees, once.
    pub fn take_message(&mut self) -> Option<String> {
        self.message.take()
    }
}
