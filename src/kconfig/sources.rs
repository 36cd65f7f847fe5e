//! Owns the Kconfig files of a tree: each is read and parsed once, whatever the number of architectures, and every name in
//! them gets a number.
//!
//! Which files an architecture needs is known only while its model is built (a path may hold a macro), so files come in on
//! demand, from any thread. [`Sources::preload`] brings in most of them at once.

use std::sync::{Arc, RwLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::syntax::{
    File, Property, PropertyKind, Statement, StatementKind, Type, WordId, WordKind, index,
};
use crate::tree::{Stamp, Tree, TreeError};

index! {
    /// The number of a name; the same name has the same number in all files and models of one [`Sources`].
    NameId
}

/// How many entries, properties and nodes of expressions there are.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// Statements.
    pub entries: usize,
    /// Lines below the first of an entry, help texts included.
    pub properties: usize,
    /// Nodes of expressions.
    pub exprs: usize,
}

/// A parsed file with the numbers of the names in it.
#[derive(Debug)]
pub struct Source {
    /// The syntax tree.
    pub file: File,
    /// The name of each word, in the order of [`File::words`]; `None` for prompts and for words with macros in them.
    names: Vec<Option<NameId>>,
    /// How much is in it.
    extent: Extent,
}

impl Source {
    /// The name that a word spells as it stands.
    pub fn name(&self, word: WordId) -> Option<NameId> {
        self.names[word.index()]
    }

    /// The names of the symbols to which an entry of the file gives the type `bool` or `tristate`, each as often as it does.
    pub fn logical_symbols(&self) -> Vec<Box<str>> {
        let mut found = Vec::new();
        each_statement(self.file.statements(), &mut |statement| {
            let StatementKind::Config {
                name, properties, ..
            } = &statement.kind
            else {
                return;
            };
            let is_logical = properties.iter().any(|property| {
                let (PropertyKind::Type(type_, _)
                | PropertyKind::Default {
                    type_: Some(type_), ..
                }) = property.kind
                else {
                    return false;
                };
                matches!(type_, Type::Bool | Type::Tristate)
            });
            if is_logical {
                found.push(self.file.word_text(*name).into());
            }
        });
        found
    }
}

/// All names seen so far, with their numbers; copies share the same names.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<RwLock<Table>>);

#[derive(Debug, Default)]
struct Table {
    numbers: FxHashMap<Arc<str>, NameId>,
    texts: Vec<Arc<str>>,
    /// The same as far as somebody has asked for all.
    listed: Arc<[Arc<str>]>,
}

impl Names {
    /// The number of a name that was seen, or `None`.
    pub fn find(&self, text: &str) -> Option<NameId> {
        read(&self.0).numbers.get(text).copied()
    }

    fn write(&self) -> std::sync::RwLockWriteGuard<'_, Table> {
        self.0
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Table {
    fn intern(&mut self, text: &str) -> NameId {
        if let Some(&id) = self.numbers.get(text) {
            return id;
        }
        let id = NameId::new(self.texts.len());
        let text: Arc<str> = Arc::from(text);
        self.texts.push(text.clone());
        self.numbers.insert(text, id);
        id
    }
}

/// A file, or why it cannot be read. The error is shared, for many architectures may ask for the same file.
type Loaded = Result<Arc<Source>, Arc<TreeError>>;

/// Parsed files and their names. Trees that have the same base share one, so that a text is parsed once for all of them.
#[derive(Debug, Default)]
pub struct Store {
    names: Names,
    files: RwLock<FxHashMap<(Arc<str>, Stamp), Loaded>>,
}

/// The Kconfig files of one tree.
#[derive(Debug)]
pub struct Sources<'tree> {
    tree: &'tree Tree,
    store: Arc<Store>,
}

impl<'tree> Sources<'tree> {
    /// No file read yet.
    pub fn new(tree: &'tree Tree) -> Self {
        Self::sharing(tree, &Arc::default())
    }

    /// The files of a tree; those that `store` has are taken from there.
    pub fn sharing(tree: &'tree Tree, store: &Arc<Store>) -> Self {
        Self {
            tree,
            store: store.clone(),
        }
    }

    /// The tree that the files come from.
    pub fn tree(&self) -> &'tree Tree {
        self.tree
    }

    /// Reads `roots` and all files that they source by a path without macros, in parallel. Files that cannot be read are
    /// left for [`Sources::file`] to report, where the statement that names them is known.
    pub fn preload(&self, roots: &[String]) {
        let mut wanted: Vec<Arc<str>> = roots.iter().map(|root| Arc::from(root.as_str())).collect();
        let mut seen: FxHashSet<Arc<str>> = wanted.iter().cloned().collect();
        while !wanted.is_empty() {
            self.tree.fetch(&wanted);
            let loaded: Vec<Loaded> = wanted.par_iter().map(|path| self.file(path)).collect();
            let mut next: Vec<Arc<str>> = Vec::new();
            for source in loaded.iter().flatten() {
                each_statement(source.file.statements(), &mut |statement| {
                    if let StatementKind::Source(path) = statement.kind
                        && source.file.word(path).kind == WordKind::Quoted
                    {
                        next.push(Arc::from(source.file.word_text(path)));
                    }
                });
            }
            next.sort_unstable();
            next.dedup();
            next.retain(|path| seen.insert(path.clone()));
            wanted = next;
        }
    }

    /// The file at `path`, read now if it has not been.
    ///
    /// # Errors
    ///
    /// The tree cannot give the file.
    pub fn file(&self, path: &str) -> Loaded {
        let path: Arc<str> = Arc::from(path);
        let key = (path.clone(), self.tree.stamp(&path));
        if let Some(loaded) = read(&self.store.files).get(&key) {
            return loaded.clone();
        }
        let loaded = match self.tree.read_text(&path) {
            Ok(text) => Ok(Arc::new(self.source(File::parse(path.clone(), text)))),
            Err(error) => Err(Arc::new(error)),
        };
        // Two threads may have read the same file; the first one counts, so that all see the same.
        let mut files = self
            .store
            .files
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        files.entry(key).or_insert(loaded).clone()
    }

    /// Every file that was read, sorted by path; with a shared store also those of the other trees.
    pub fn loaded(&self) -> Vec<Arc<Source>> {
        let mut files: Vec<Arc<Source>> = read(&self.store.files)
            .values()
            .flatten()
            .cloned()
            .collect();
        files.sort_by(|a, b| a.file.path().cmp(b.file.path()));
        files
    }

    /// The number of a name.
    pub fn intern(&self, text: &str) -> NameId {
        self.store.names.write().intern(text)
    }

    /// All names so far, and those to come.
    pub fn names(&self) -> &Names {
        &self.store.names
    }

    /// The number of a name that occurs in some file, or `None` where no file has it.
    pub fn find(&self, text: &str) -> Option<NameId> {
        self.store.names.find(text)
    }

    /// All names so far, by their numbers.
    pub fn all_names(&self) -> Arc<[Arc<str>]> {
        let mut table = self.store.names.write();
        if table.listed.len() < table.texts.len() {
            table.listed = table.texts.as_slice().into();
        }
        table.listed.clone()
    }

    /// The names from number `first` on, by their numbers.
    pub fn names_from(&self, first: usize) -> Vec<Arc<str>> {
        read(&self.store.names.0)
            .texts
            .get(first..)
            .unwrap_or_default()
            .to_vec()
    }

    /// How much the files so far hold together, which is more than any one model of them will.
    pub fn extent(&self) -> Extent {
        let mut extent = Extent::default();
        for source in read(&self.store.files).values().flatten() {
            extent.entries += source.extent.entries;
            extent.properties += source.extent.properties;
            extent.exprs += source.extent.exprs;
        }
        extent
    }

    /// Numbers the names of a file.
    fn source(&self, file: File) -> Source {
        let mut is_text = vec![false; file.words().len()];
        let mut extent = Extent {
            exprs: file.exprs().len(),
            ..Extent::default()
        };
        each_statement(file.statements(), &mut |statement| {
            extent.entries += 1;
            extent.properties += mark_texts(statement, &mut is_text);
        });
        let mut names = self.store.names.write();
        let names = file
            .words()
            .iter()
            .zip(is_text)
            .map(|(word, is_text)| {
                let is_name = !is_text && !word.kind.needs_expansion();
                is_name.then(|| names.intern(file.slice(word.span)))
            })
            .collect();
        Source {
            file,
            names,
            extent,
        }
    }
}

/// A lock whose holder panicked still holds whole values: every change to it is a single insertion.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Visits statements in order, those inside blocks included. Blocks nest a limited number of levels.
fn each_statement(statements: &[Statement], visit: &mut impl FnMut(&Statement)) {
    for statement in statements {
        visit(statement);
        if let StatementKind::Choice { body, .. }
        | StatementKind::Menu { body, .. }
        | StatementKind::If { body, .. } = &statement.kind
        {
            each_statement(body, visit);
        }
    }
}

/// Marks the words of a statement that are texts for people and paths: nobody asks for them by name. Returns how many
/// properties the statement has.
fn mark_texts(statement: &Statement, is_text: &mut [bool]) -> usize {
    let mut mark = |word: WordId| is_text[word.index()] = true;
    let properties: &[Property] = match &statement.kind {
        StatementKind::MainMenu(word) | StatementKind::Source(word) => {
            mark(*word);
            &[]
        }
        StatementKind::Menu {
            title: text,
            properties,
            ..
        }
        | StatementKind::Comment { text, properties } => {
            mark(*text);
            properties
        }
        StatementKind::Config { properties, .. } | StatementKind::Choice { properties, .. } => {
            properties
        }
        _ => &[],
    };
    for property in properties {
        if let PropertyKind::Type(_, Some(prompt)) | PropertyKind::Prompt(prompt) = property.kind {
            mark(prompt.text);
        }
    }
    properties.len()
}
