//! Owns the files that were read: each is read and its directives are listed once, for all architectures and threads.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::expression::Expression;
use super::lex::{Kind, Lexer, Span};
use super::occurrence::Sighting;
use super::scan::{DirectiveKind, File};
use super::wanted::{Answers, Wanted};
use crate::tree::{Stamp, Tree, TreeError};

/// A macro's name as a number; which one it gets depends on the order in which files are read.
pub type NameId = u32;

/// A file with what is needed to tell which of its directives bear on a question.
#[derive(Debug)]
pub struct Indexed {
    /// The file.
    pub file: File,
    /// Its conditionals, in the order of their `#if`.
    pub groups: Vec<Group>,
    /// For each directive the conditional that it belongs to (`#if` to `#endif`) or stands in, as an index into `groups`.
    pub group: Vec<Option<u32>>,
    /// Its `#define`s and `#undef`s: index of the directive and the name.
    pub definitions: Vec<(u32, NameId)>,
    /// Its `#include`s: index of the directive.
    pub includes: Vec<u32>,
    /// The name of its include guard.
    pub guard: Option<Box<str>>,
    /// Where names stand in it, as far as that was asked.
    sighted: Answers<Arc<[Sighting]>>,
}

/// A conditional from `#if` to `#endif`.
#[derive(Debug)]
pub struct Group {
    /// The conditional around it.
    pub parent: Option<u32>,
    /// The names that its expressions test, each with whether its value counts and not only that it is defined.
    pub tests: Vec<(NameId, bool)>,
}

impl Indexed {
    /// Every place in code or directives where one of the names stands, as [`File::sightings`] has it.
    pub fn sightings(&self, wanted: &Wanted) -> Arc<[Sighting]> {
        let find = |wanted: &Wanted| {
            let is_worth_it = self.file.makes || wanted.are_in(self.file.text.as_bytes());
            Ok(match is_worth_it {
                true => self.file.search(&wanted.names()).into(),
                false => Arc::default(),
            })
        };
        let Ok(sightings) = self.sighted.get::<std::convert::Infallible>(wanted, find);
        sightings
    }

    /// The innermost conditional around the byte at `offset`, which stands in code.
    pub fn group_at(&self, offset: u32) -> Option<u32> {
        let behind = self
            .file
            .directives
            .partition_point(|directive| directive.span.start <= offset);
        let index = behind.checked_sub(1)?;
        let group = self.group[index];
        match self.file.directives[index].kind {
            DirectiveKind::Endif => self.groups[group? as usize].parent,
            _ => group,
        }
    }
}

/// The names of macros as numbers.
#[derive(Debug, Default)]
struct Names {
    numbers: FxHashMap<Box<str>, NameId>,
}

impl Names {
    fn intern(&mut self, name: &str) -> NameId {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.numbers.len() as NameId;
        self.numbers.insert(name.into(), number);
        number
    }
}

/// The names of the files in a directory.
type Listing = Arc<FxHashSet<Box<str>>>;

/// A file, or nothing where it cannot be read.
type Read = Option<Arc<Indexed>>;

/// Describes what is known of the text of a file.
#[derive(Debug)]
struct Text {
    stamp: Stamp,
    indexed: OnceLock<Read>,
    holds: Answers<bool>,
}

/// Files that were read and the names in them. Trees that have the same base share one, so that a text is read once for all of
/// them.
#[derive(Debug, Default)]
pub struct Store {
    files: RwLock<FxHashMap<Box<str>, Vec<Arc<Text>>>>,
    names: RwLock<Names>,
    wanted: Mutex<Vec<Wanted>>,
    /// The names in directories of the base that have no links, as far as a tree with nothing on top has been asked.
    directories: RwLock<FxHashMap<Box<str>, Listing>>,
}

/// The names in directories of one tree.
type Directories = Arc<RwLock<FxHashMap<Box<str>, Listing>>>;

/// The files of one tree that were read so far. Threads share it.
#[derive(Debug)]
pub struct Cache<'t> {
    tree: &'t Tree,
    store: Arc<Store>,
    directories: Directories,
}

impl<'t> Cache<'t> {
    /// A cache of the files of `tree` that holds none yet.
    pub fn new(tree: &'t Tree) -> Self {
        Self::sharing(tree, &Arc::default())
    }

    /// The files of a tree; those that `store` has are taken from there.
    pub fn sharing(tree: &'t Tree, store: &Arc<Store>) -> Self {
        Self {
            tree,
            store: store.clone(),
            directories: Arc::default(),
        }
    }

    /// The same files through another view of the same tree.
    pub fn through<'a>(&self, view: &'a Tree) -> Cache<'a> {
        Cache {
            tree: view,
            store: self.store.clone(),
            directories: self.directories.clone(),
        }
    }

    /// The tree.
    pub fn tree(&self) -> &'t Tree {
        self.tree
    }

    /// The file at `path`, or `None` if it cannot be read.
    pub fn file(&self, path: &str) -> Option<Arc<Indexed>> {
        let text = self.text(path);
        let read = || {
            let text = self.tree.text_if_there(path)?;
            let file = File::parse(path.into(), text);
            let mut problems = file.problems.iter();
            // One is enough to tell what the file is like.
            if let Some((span, limit)) = problems.find_map(|one| Some((one.span, one.limit()?))) {
                let reached = limit.reached("this conditional");
                let why = format!("{}: {reached}", file.location(span));
                self.tree.pass_over(path, why);
            }
            Some(Arc::new(self.index(file)))
        };
        text.indexed.get_or_init(read).clone()
    }

    /// A part of the text of a file, of which nothing else matters to the caller; `None` if the file lacks it.
    pub fn part(&self, path: &str, part: Span) -> Option<String> {
        let known = self.text_at(path, self.tree.stamp_quietly(path));
        let known = known.indexed.get().cloned().flatten();
        // A caller that knows of the part has read the file, if not in an earlier run.
        let indexed = known.or_else(|| self.file(path))?;
        let text = indexed
            .file
            .text
            .get(part.start as usize..part.end as usize)?;
        self.tree.note_part(path, part.start, text);
        Some(text.to_owned())
    }

    /// Whether one of the names occurs anywhere in the file, also as a part of a longer one.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn holds(&self, path: &str, wanted: &Wanted) -> Result<bool, TreeError> {
        thread_local! {
            /// Most files hold none of the names, and nothing of them is kept.
            static TEXT: RefCell<Vec<u8>> = const { RefCell::new(Vec::new()) };
        }
        let find = |wanted: &Wanted| {
            TEXT.with_borrow_mut(|text| {
                self.tree.read_to_ask(path, text)?;
                Ok(wanted.are_in(text))
            })
        };
        let text = self.text_at(path, self.tree.stamp_quietly(path));
        let holds: Result<bool, TreeError> = text.holds.get(wanted, find);
        match &holds {
            Ok(holds) => self.tree.note_asked(path, wanted.shared_names(), *holds),
            Err(_) => drop(self.tree.stamp(path)),
        }
        holds
    }

    /// Those of the files in which one of the names occurs, looked at side by side.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub fn holding(&self, paths: Vec<String>, wanted: &Wanted) -> Result<Vec<String>, TreeError> {
        // Of what is known nothing is fetched: for each hook and architecture, all drivers may be asked.
        if self.tree.is_fetched() {
            let is_unknown = |path: &&String| {
                let text = self.text_at(path, self.tree.stamp_quietly(path));
                !text.holds.knows(wanted)
            };
            let unknown: Vec<&String> = paths.par_iter().filter(is_unknown).collect();
            for part in self.tree.in_parts(&unknown) {
                let of_part = part.par_iter();
                of_part.try_for_each(|path| self.holds(path, wanted).map(drop))?;
            }
        }
        let holds = paths.par_iter().map(|path| self.holds(path, wanted));
        let holds = holds.collect::<Result<Vec<bool>, _>>()?;
        let holding = paths.into_iter().zip(holds).filter(|(_, holds)| *holds);
        Ok(holding.map(|(path, _)| path).collect())
    }

    /// Reads a file into `text` for something else, and notes on the way whether one of the names occurs in it, as
    /// [`Cache::holds`] will be asked.
    ///
    /// # Errors
    ///
    /// The file cannot be read.
    pub fn read_into(
        &self,
        path: &str,
        text: &mut Vec<u8>,
        wanted: &Wanted,
    ) -> Result<(), TreeError> {
        self.tree.read_into(path, text)?;
        let holds = &self.text(path).holds;
        holds.get(wanted, |wanted| Ok::<_, TreeError>(wanted.are_in(text)))?;
        Ok(())
    }

    /// Returns what is known of the text that the tree has at `path`.
    fn text(&self, path: &str) -> Arc<Text> {
        self.text_at(path, self.tree.stamp(path))
    }

    fn text_at(&self, path: &str, stamp: Stamp) -> Arc<Text> {
        let known = |texts: &[Arc<Text>]| {
            let mut texts = texts.iter();
            texts.find(|text| text.stamp == stamp).cloned()
        };
        let files = self.store.files.read();
        let files = files.unwrap_or_else(PoisonError::into_inner);
        if let Some(text) = files.get(path).and_then(|texts| known(texts)) {
            return text;
        }
        drop(files);
        let files = self.store.files.write();
        let mut files = files.unwrap_or_else(PoisonError::into_inner);
        let texts = files.entry(path.into()).or_default();
        // Another thread may have been here meanwhile.
        known(texts).unwrap_or_else(|| {
            let text = Arc::new(Text {
                stamp,
                indexed: OnceLock::new(),
                holds: Answers::default(),
            });
            texts.push(text.clone());
            text
        })
    }

    /// The names as something that files can be asked for.
    pub fn wanted(&self, names: &[&str]) -> Wanted {
        let mut all = self
            .store
            .wanted
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|known| known.names() == names) {
            return known.clone();
        }
        let wanted = Wanted::new(names);
        all.push(wanted.clone());
        wanted
    }

    /// Whether the tree has a file at `path`, from the listing of its directory.
    pub fn is_file(&self, path: &str) -> bool {
        let (directory, name) = path.rsplit_once('/').unwrap_or(("", path));
        self.files_in(directory).contains(name)
    }

    /// The names of the files in a directory; none if it cannot be listed.
    fn files_in(&self, directory: &str) -> Listing {
        if let Ok(directories) = self.directories.read()
            && let Some(known) = directories.get(directory)
        {
            self.tree.note_listing(directory);
            return known.clone();
        }
        let files = self.names_of_base(directory).unwrap_or_else(|| {
            let entries = self.tree.list(directory).unwrap_or_default();
            // Whether a link leads to a file depends on other files.
            let is_shared = self.tree.is_base() && !entries.iter().any(|entry| entry.is_link);
            let files = entries.into_iter().filter(|entry| entry.is_file);
            let files: Listing = Arc::new(files.map(|entry| entry.name.into()).collect());
            if is_shared && let Ok(mut shared) = self.store.directories.write() {
                shared.insert(directory.into(), files.clone());
            }
            files
        });
        if let Ok(mut directories) = self.directories.write() {
            directories.insert(directory.into(), files.clone());
        }
        files
    }

    /// The names that the base has in a directory, if they are known and this tree has the same.
    fn names_of_base(&self, directory: &str) -> Option<Listing> {
        let directories = self.store.directories.read().ok()?;
        let files = directories.get(directory)?;
        let is_same = self
            .tree
            .has_files_of_base(directory, &|name| files.contains(name));
        is_same.then(|| {
            self.tree.note_listing(directory);
            files.clone()
        })
    }

    /// The number of a name, if any file that was read defines or tests it.
    pub fn name_id(&self, name: &str) -> Option<NameId> {
        let names = self.store.names.read().ok()?;
        names.numbers.get(name).copied()
    }

    /// How many names have numbers so far.
    pub fn name_count(&self) -> usize {
        self.store
            .names
            .read()
            .map_or(0, |names| names.numbers.len())
    }

    /// Lists what the directives of `file` define, test and include.
    fn index(&self, file: File) -> Indexed {
        let text = &file.text;
        let mut groups: Vec<Group> = Vec::new();
        let mut open: Vec<u32> = Vec::new();
        let mut group = Vec::with_capacity(file.directives.len());
        let mut definitions = Vec::new();
        let mut includes = Vec::new();
        // A poisoned lock means that another thread has panicked, and then no result will be used.
        let mut names = match self.store.names.write() {
            Ok(names) => names,
            Err(poisoned) => poisoned.into_inner(),
        };
        for (index, directive) in file.directives.iter().enumerate() {
            if let DirectiveKind::If(_) = directive.kind {
                groups.push(Group {
                    parent: open.last().copied(),
                    tests: Vec::new(),
                });
                open.push(groups.len() as u32 - 1);
            }
            group.push(open.last().copied());
            match &directive.kind {
                DirectiveKind::If(expression) | DirectiveKind::Elif(expression) => {
                    if let Some(&innermost) = open.last() {
                        let tests = &mut groups[innermost as usize].tests;
                        for (span, value) in tested_names(expression, text) {
                            tests.push((names.intern(span.of(text)), value));
                        }
                    }
                }
                DirectiveKind::Define { name, .. } | DirectiveKind::Undef(name) => {
                    definitions.push((index as u32, names.intern(name.of(text))));
                }
                DirectiveKind::Include(_) => includes.push(index as u32),
                DirectiveKind::Endif => {
                    open.pop();
                }
                DirectiveKind::Else => {}
            }
        }
        drop(names);
        let guard = file.guard.map(|span| span.of(text).into());
        Indexed {
            groups,
            group,
            definitions,
            includes,
            guard,
            file,
            sighted: Answers::default(),
        }
    }
}

/// The names in an expression, each with whether its value counts. What stands behind `defined` is only tested, and so is
/// the argument of `IS_ENABLED`, where `CONFIG_X` stands for `CONFIG_X_MODULE`, too: autoconf.h alone defines both.
fn tested_names(expression: &Expression, text: &str) -> Vec<(Span, bool)> {
    let mut behind_defined = false;
    let tokens = Lexer::new(
        text,
        expression.span.start as usize,
        expression.span.end as usize,
    );
    let mut names = Vec::new();
    // The expression of `#ifdef` is the bare name.
    let bare = matches!(expression.shape, super::expression::Shape::Defined(name) if name == expression.span)
        || expression.undefined_name() == Some(expression.span);
    for token in tokens {
        match token.kind {
            Kind::Identifier if token.span.of(text) == "defined" => behind_defined = true,
            Kind::Identifier => {
                names.push((token.span, !behind_defined && !bare));
                behind_defined = false;
            }
            Kind::Punctuation(b'(') => {}
            _ => behind_defined = false,
        }
    }
    names
}
