//! Owns the Kconfig files of a tree: each is read and parsed once, whatever the number of architectures, and every name in
//! them gets a number.
//!
//! Which files an architecture needs is known only while its model is built (a path may hold a macro), so files come in on
//! demand, from any thread. [`Sources::preload`] brings in most of them at once.

mod circular;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::syntax::{File, PropertyKind, Statement, StatementKind, WordId, WordKind, index};
use crate::limits::KCONFIG_TEXT;
use crate::tree::{Stamp, Tree, TreeError};
pub use circular::Circular;

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

/// A symbol that a file names. A constant and a symbol of the same name are two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Mention {
    /// Its name.
    pub name: NameId,
    /// Whether it stands in quotes.
    pub constant: bool,
}

/// The use of a word in a file.
#[derive(Clone, Copy, Debug)]
enum Use {
    /// A symbol: an index into [`Source::symbols`].
    Symbol(u32),
    /// A prompt, help text or path that is used verbatim.
    Text,
    /// A text that has to be expanded or trimmed.
    Expanded,
}

/// What `conf` writes before the name of each symbol, unless the environment says otherwise (`confdata.c: CONFIG_`).
pub const PREFIX: &str = "CONFIG_";

/// A parsed file with the numbers of the names in it.
#[derive(Debug)]
pub struct Source {
    /// The syntax tree.
    pub file: File,
    /// The use of each word, in the order of [`File::words`].
    uses: Vec<Use>,
    /// The symbols that the file names as they stand, each once.
    symbols: Vec<Mention>,
    /// Whether a help text of the file has nothing but blanks in it.
    has_empty_help: bool,
    /// Whether an entry of the file is of a symbol whose name begins with [`PREFIX`].
    has_prefixed_entry: bool,
    /// How much is in it.
    extent: Extent,
}

impl Source {
    /// The symbol that a word spells as it stands, as an index into [`Source::symbols`].
    pub fn mention(&self, word: WordId) -> Option<usize> {
        match self.uses[word.index()] {
            Use::Symbol(index) => Some(index as usize),
            Use::Text | Use::Expanded => None,
        }
    }

    /// The symbols that the file names as they stand, each once.
    pub fn symbols(&self) -> &[Mention] {
        &self.symbols
    }

    /// Whether a word is a prompt, help text or path that is used verbatim: without macros and leading blanks.
    pub fn is_plain_text(&self, word: WordId) -> bool {
        matches!(self.uses[word.index()], Use::Text)
    }

    /// Whether a help text of the file has nothing but blanks in it.
    pub fn has_empty_help(&self) -> bool {
        self.has_empty_help
    }

    /// Whether an entry of the file is of a symbol whose name begins with [`PREFIX`].
    pub fn has_prefixed_entry(&self) -> bool {
        self.has_prefixed_entry
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
            let is_logical = properties.iter().any(|of| of.kind.gives_logical_type());
            if is_logical {
                found.push(self.file.word_text(*name).into());
            }
        });
        found
    }
}

/// The text of a name. It lives as long as the process: the names of all trees of a run take about a megabyte, and with a copy
/// that costs nothing a symbol of each of many models can have its own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(&'static str);

impl Name {
    fn new(text: &str) -> Self {
        Self(Box::leak(Box::from(text)))
    }

    /// The text.
    pub fn text(self) -> &'static str {
        self.0
    }
}

impl std::ops::Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        self.0
    }
}

impl std::fmt::Display for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.0)
    }
}

impl std::fmt::Debug for Name {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Debug::fmt(self.0, f)
    }
}

impl std::borrow::Borrow<str> for Name {
    fn borrow(&self) -> &str {
        self.0
    }
}

impl From<Name> for Arc<str> {
    fn from(name: Name) -> Self {
        name.0.into()
    }
}

/// All names seen so far, with their numbers; copies share the same names.
#[derive(Clone, Debug, Default)]
pub struct Names(Arc<RwLock<Table>>);

#[derive(Debug, Default)]
struct Table {
    numbers: FxHashMap<&'static str, NameId>,
    texts: Vec<Name>,
    /// The same as far as somebody has asked for all.
    listed: Arc<[Name]>,
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
        let name = Name::new(text);
        self.texts.push(name);
        self.numbers.insert(name.text(), id);
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
    circular: Mutex<Option<Circular>>,
}

impl Store {
    /// Forgets every text of a file but the one that it has in `tree`, where that is known, and the one of the base.
    pub fn forget_others(&self, tree: &Tree) {
        let mut files = self
            .files
            .write()
            .unwrap_or_else(|poisoned| poisoned.into_inner());
        files.retain(|(path, stamp), _| *stamp == Stamp::BASE || *stamp == tree.stamp(path));
    }
}

/// The Kconfig files of one tree.
#[derive(Debug)]
pub struct Sources<'tree> {
    tree: &'tree Tree,
    store: Arc<Store>,
    /// How many bytes of text were read for this tree.
    read: AtomicU64,
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
            read: AtomicU64::new(0),
        }
    }

    /// The tree that the files come from.
    pub fn tree(&self) -> &'tree Tree {
        self.tree
    }

    /// Reads the files of architectures, in parallel: the first one, theirs, and all that these source by a path without other macros than
    /// `SRCARCH`. Files that cannot be read are left for [`Sources::file`] to report, where the statement that names them is known.
    pub fn preload(&self, archs: &[String]) {
        let of_archs = archs
            .iter()
            .map(|arch| format!("arch/{arch}/Kconfig").into());
        let mut wanted: Vec<Arc<str>> = std::iter::once("Kconfig".into()).chain(of_archs).collect();
        let mut seen: FxHashSet<Arc<str>> = wanted.iter().cloned().collect();
        while !wanted.is_empty() {
            self.tree.fetch(&wanted);
            let loaded: Vec<Loaded> = wanted.par_iter().map(|path| self.file(path)).collect();
            let mut next: Vec<Arc<str>> = Vec::new();
            for source in loaded.iter().flatten() {
                each_statement(source.file.statements(), &mut |statement| {
                    let StatementKind::Source(path) = statement.kind else {
                        return;
                    };
                    let text = source.file.word_text(path);
                    if source.file.word(path).kind == WordKind::Quoted {
                        next.push(text.into());
                    } else if let Some((before, after)) = text.split_once("$(SRCARCH)")
                        && !before.contains(['$', '\\'])
                        && !after.contains(['$', '\\'])
                    {
                        let paths = archs
                            .iter()
                            .map(|arch| format!("{before}{arch}{after}").into());
                        next.extend(paths);
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
    /// The tree cannot give the file, or those that were read for it exceed [`KCONFIG_TEXT`] with this one. Threads read in no certain
    /// order, so which of the files does may differ.
    pub fn file(&self, path: &str) -> Loaded {
        let path: Arc<str> = Arc::from(path);
        let key = (path.clone(), self.tree.stamp(&path));
        if let Some(loaded) = read(&self.store.files).get(&key) {
            return loaded.clone();
        }
        let loaded = match self.tree.read_text(&path) {
            Ok(text) if self.exceeds_limit(text.len()) => {
                let reached = KCONFIG_TEXT.reached(format!("with `{path}` the text"));
                Err(Arc::new(TreeError::TooLarge(reached)))
            }
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

    fn exceeds_limit(&self, more: usize) -> bool {
        let more = more as u64;
        self.read.fetch_add(more, Ordering::Relaxed) + more > KCONFIG_TEXT.get()
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

    /// Which symbols may lead back to themselves in a model of these files, and of others that were read.
    pub fn circular(&self, of: &[Arc<Source>]) -> Circular {
        // A second thread waits for the answer, which is mostly the same.
        let known = self.store.circular.lock();
        let mut known = known.unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = known.as_ref().filter(|known| known.covers(of)) {
            return known.clone();
        }
        let m = self.intern("m");
        let files = self.loaded();
        let names = read(&self.store.names.0).texts.len();
        known.insert(Circular::find(&files, names, m)).clone()
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
    pub fn all_names(&self) -> Arc<[Name]> {
        let mut table = self.store.names.write();
        if table.listed.len() < table.texts.len() {
            table.listed = table.texts.as_slice().into();
        }
        table.listed.clone()
    }

    /// The names from number `first` on, by their numbers.
    pub fn names_from(&self, first: usize) -> Vec<Name> {
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
        let mut has_empty_help = false;
        let mut has_prefixed_entry = false;
        each_statement(file.statements(), &mut |statement| {
            extent.entries += 1;
            extent.properties += mark_texts(statement, &mut is_text);
            has_prefixed_entry |= matches!(statement.kind, StatementKind::Config { name, .. }
                if file.word_text(name).starts_with(PREFIX));
            has_empty_help |= statement.kind.properties().iter().any(|property| {
                matches!(property.kind, PropertyKind::Help(text)
                    if file.slice(text).trim_ascii().is_empty())
            });
        });
        let mut symbols: Vec<Mention> = Vec::new();
        // A file names most symbols several times; the table of all files is asked once for each.
        let mut known: FxHashMap<(&str, bool), u32> = FxHashMap::default();
        let mut names = self.store.names.write();
        let uses = file.words().iter().zip(is_text).map(|(word, is_text)| {
            let text = file.slice(word.span);
            if word.kind.needs_expansion()
                || is_text && text.starts_with(|c: char| c.is_ascii_whitespace())
            {
                return Use::Expanded;
            }
            if is_text {
                return Use::Text;
            }
            let constant = word.kind.is_quoted();
            Use::Symbol(*known.entry((text, constant)).or_insert_with(|| {
                let name = names.intern(text);
                symbols.push(Mention { name, constant });
                symbols.len() as u32 - 1
            }))
        });
        let uses = uses.collect();
        drop(known);
        drop(names);
        Source {
            file,
            uses,
            symbols,
            has_empty_help,
            has_prefixed_entry,
            extent,
        }
    }
}

/// A lock whose holder panicked still holds whole values: every change to it is a single insertion.
fn read<T>(lock: &RwLock<T>) -> std::sync::RwLockReadGuard<'_, T> {
    lock.read().unwrap_or_else(|poisoned| poisoned.into_inner())
}

/// Whether a file is called as Kconfig files are.
pub fn is_named_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("Kconfig")
}

/// The symbol whose entry a line opens. Only the line is looked at.
pub fn declares(line: &str) -> Option<&str> {
    let mut words = line.split_whitespace();
    match words.next()? {
        "config" | "menuconfig" => words.next(),
        _ => None,
    }
}

/// Visits statements in order, those inside blocks included. Blocks nest a limited number of levels.
pub fn each_statement(statements: &[Statement], visit: &mut impl FnMut(&Statement)) {
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
    match &statement.kind {
        StatementKind::MainMenu(word) | StatementKind::Source(word) => mark(*word),
        StatementKind::Menu { title: text, .. } | StatementKind::Comment { text, .. } => {
            mark(*text);
        }
        _ => {}
    }
    let properties = statement.kind.properties();
    for property in properties {
        if let PropertyKind::Type(_, Some(prompt)) | PropertyKind::Prompt(prompt) = property.kind {
            mark(prompt.text);
        }
    }
    properties.len()
}
