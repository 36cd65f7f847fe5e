//! Owns where Kconfig symbols are declared and used, over all Kconfig files of a tree, whatever the architecture.
//!
//! An open file counts as it stands in the editor. It must not know models or the protocol.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::kconfig::names::is_kconfig;
use crate::kconfig::sources::{Sources, Store, each_statement};
use crate::kconfig::syntax::{
    ExprId, File, Property, PropertyKind, Span, Statement, StatementKind, Type, WordId, WordKind,
};
use crate::tree::Tree;

/// The role of a place for a symbol.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// Declares it.
    Declares,
    /// Selects it.
    Selects,
    /// Implies it.
    Implies,
    /// Names it in an expression.
    Names,
}

/// A place that has to do with a symbol.
#[derive(Clone, Copy, Debug)]
pub(super) struct Site {
    /// The bytes of the name.
    pub span: Span,
    /// Its role.
    pub role: Role,
    /// Of a `select` or `imply`, the bytes of the name of the entry that it is in.
    pub by: Option<Span>,
    /// The type that a declaration gives.
    type_: Option<Type>,
}

impl Site {
    fn new(span: Span, role: Role, by: Option<Span>, type_: Option<Type>) -> Self {
        Self {
            span,
            role,
            by,
            type_,
        }
    }

    fn declares(&self) -> bool {
        self.role == Role::Declares
    }
}

/// The places in one file.
#[derive(Debug, Default)]
pub(super) struct OfFile {
    sites: FxHashMap<Box<str>, Vec<Site>>,
}

impl OfFile {
    /// Reads a syntax tree.
    pub fn new(file: &File) -> Self {
        let mut found = Self::default();
        each_statement(file.statements(), &mut |statement| {
            found.statement(file, statement);
        });
        found
    }

    /// The places of a symbol.
    pub fn sites(&self, name: &str) -> &[Site] {
        self.sites.get(name).map_or(&[], Vec::as_slice)
    }

    /// Whether it declares a symbol.
    pub fn declares(&self, name: &str) -> bool {
        self.sites(name).iter().any(Site::declares)
    }

    fn statement(&mut self, file: &File, statement: &Statement) {
        let (properties, by): (&[Property], _) = match &statement.kind {
            StatementKind::Config {
                name, properties, ..
            } => {
                let type_ = properties.iter().find_map(|of| match of.kind {
                    PropertyKind::Type(type_, _)
                    | PropertyKind::Default {
                        type_: Some(type_), ..
                    } => Some(type_),
                    _ => None,
                });
                let span = file.word(*name).span;
                self.add(file, Site::new(span, Role::Declares, None, type_));
                (properties, Some(span))
            }
            StatementKind::Choice { properties, .. }
            | StatementKind::Menu { properties, .. }
            | StatementKind::Comment { properties, .. } => (properties, None),
            StatementKind::If { condition, .. } => {
                self.expression(file, Some(*condition));
                (&[], None)
            }
            _ => (&[], None),
        };
        for property in properties {
            match property.kind {
                PropertyKind::Type(_, prompt) => {
                    self.expression(file, prompt.and_then(|prompt| prompt.condition));
                }
                PropertyKind::Prompt(prompt) => self.expression(file, prompt.condition),
                PropertyKind::Default {
                    value, condition, ..
                } => {
                    self.expression(file, Some(value));
                    self.expression(file, condition);
                }
                PropertyKind::DependsOn {
                    dependency,
                    condition,
                } => {
                    self.expression(file, Some(dependency));
                    self.expression(file, condition);
                }
                PropertyKind::Select(target, condition) => {
                    self.word(file, target, Role::Selects, by);
                    self.expression(file, condition);
                }
                PropertyKind::Imply(target, condition) => {
                    self.word(file, target, Role::Implies, by);
                    self.expression(file, condition);
                }
                PropertyKind::Range(low, high, condition) => {
                    self.word(file, low, Role::Names, None);
                    self.word(file, high, Role::Names, None);
                    self.expression(file, condition);
                }
                PropertyKind::Visible(condition) => self.expression(file, condition),
                _ => {}
            }
        }
    }

    fn expression(&mut self, file: &File, root: Option<ExprId>) {
        if let Some(root) = root {
            file.each_word(root, &mut |word, _| {
                self.word(file, word, Role::Names, None)
            });
        }
    }

    fn word(&mut self, file: &File, word: WordId, role: Role, by: Option<Span>) {
        let of = file.word(word);
        if of.kind == WordKind::Plain {
            self.add(file, Site::new(of.span, role, by, None));
        }
    }

    fn add(&mut self, file: &File, site: Site) {
        let name = file.slice(site.span);
        match self.sites.get_mut(name) {
            Some(sites) => sites.push(site),
            None => {
                self.sites.insert(name.into(), vec![site]);
            }
        }
    }
}

/// All Kconfig files of a tree, without what is open.
#[derive(Debug, Default)]
pub(super) struct Index {
    /// The paths of the files, sorted.
    files: Vec<Arc<str>>,
    /// By symbol, its places, each with the number of its file: there are a hundred thousand, so they are packed.
    by_name: FxHashMap<Box<str>, Box<[(u32, Site)]>>,
}

impl Index {
    /// Reads the Kconfig files of a tree into a store. `reached` is called with those that the
    /// architectures source by a path without macros, as soon as they are known.
    pub fn read(tree: &Tree, store: &Arc<Store>, reached: &dyn Fn(FxHashSet<Arc<str>>)) -> Self {
        let sources = Sources::sharing(tree, store);
        let archs = tree.architectures().unwrap_or_default();
        sources.preload(&archs);
        let mut index = Self::default();
        let loaded = sources.loaded().into_iter();
        reached(loaded.map(|source| source.file.path().clone()).collect());
        // A symbol may also be declared where no architecture looks.
        for path in tree.walk("", &is_kconfig).unwrap_or_default() {
            let _ = sources.file(&path);
        }
        let mut by_name: FxHashMap<Box<str>, Vec<(u32, Site)>> = FxHashMap::default();
        for source in sources.loaded() {
            let number = index.files.len() as u32;
            for (name, sites) in OfFile::new(&source.file).sites {
                let sites = sites.into_iter().map(|site| (number, site));
                by_name.entry(name).or_default().extend(sites);
            }
            index.files.push(source.file.path().clone());
        }
        let by_name = by_name.into_iter();
        index.by_name = by_name
            .map(|(name, sites)| (name, sites.into_boxed_slice()))
            .collect();
        index
    }

    /// The places of a symbol, by file.
    fn sites(&self, name: &str) -> impl Iterator<Item = (&str, &Site)> {
        let sites = self.by_name.get(name).map_or(&[][..], |sites| &**sites);
        sites
            .iter()
            .map(|(file, site)| (&*self.files[*file as usize], site))
    }

    /// The paths of all files.
    pub fn paths(&self) -> impl Iterator<Item = &Arc<str>> {
        self.files.iter()
    }
}

/// The index with the open files as they stand.
pub(super) struct Symbols<'i> {
    /// The files on disk.
    pub index: &'i Index,
    /// The open ones.
    pub open: BTreeMap<&'i str, &'i OfFile>,
}

impl<'i> Symbols<'i> {
    /// The places of a symbol, sorted by path.
    pub fn sites(&self, name: &str) -> Vec<(&'i str, &'i Site)> {
        let on_disk = self.index.sites(name);
        let on_disk = on_disk.filter(|(path, _)| !self.open.contains_key(path));
        let open = self.open.iter().map(|(path, of)| (*path, *of));
        let open = open.flat_map(|(path, of)| of.sites(name).iter().map(move |site| (path, site)));
        let mut found: Vec<(&str, &Site)> = on_disk.chain(open).collect();
        found.sort_by_key(|(path, site)| (*path, site.span.start));
        found
    }

    /// Whether some file declares a symbol.
    pub fn is_declared(&self, name: &str) -> bool {
        let mut on_disk = self.index.sites(name);
        on_disk.any(|(path, site)| site.declares() && !self.open.contains_key(path))
            || self.open.values().any(|of| of.declares(name))
    }

    /// All declared symbols with their types, each once, sorted. A type is empty where no declaration gives one.
    pub fn declared(&self) -> BTreeMap<&'i str, &'static str> {
        let mut all = BTreeMap::new();
        let mut add = |name: &'i str, site: &Site| {
            let known: &mut &'static str = all.entry(name).or_default();
            if known.is_empty() {
                *known = site.type_.map_or("", Type::text);
            }
        };
        let is_open = |file: u32| self.open.contains_key(&*self.index.files[file as usize]);
        for (name, sites) in &self.index.by_name {
            let declares = sites.iter().filter(|(_, site)| site.declares());
            for (_, site) in declares.filter(|(file, _)| !is_open(*file)) {
                add(name, site);
            }
        }
        for of in self.open.values() {
            for (name, sites) in &of.sites {
                for site in sites.iter().filter(|site| site.declares()) {
                    add(name, site);
                }
            }
        }
        all
    }
}

/// Metadata of files on disk, to notice changes outside the editor.
#[derive(Debug, Default)]
pub(super) struct Signatures(Vec<(Arc<str>, Option<Signature>)>);

/// The length and the time of the last change.
type Signature = (u64, Option<std::time::Duration>);

impl Signatures {
    /// Looks at the files of an index, and at those that say how findings are reported.
    pub fn of(root: &Path, index: &Index) -> Self {
        let more = ["Makefile", crate::feature::configuration::FILE];
        let paths = index.paths().cloned().chain(more.map(Arc::from));
        Self(
            paths
                .map(|path| (path.clone(), signature(root, &path)))
                .collect(),
        )
    }

    /// Whether a file that is not one of `open` has changed.
    pub fn differ(&self, root: &Path, open: &FxHashSet<Arc<str>>) -> bool {
        let mut closed = self.0.iter().filter(|(path, _)| !open.contains(path));
        closed.any(|(path, known)| signature(root, path) != *known)
    }
}

fn signature(root: &Path, path: &str) -> Option<Signature> {
    let of = std::fs::metadata(root.join(path)).ok()?;
    let since = of.modified().ok();
    let since = since.and_then(|time| time.duration_since(std::time::UNIX_EPOCH).ok());
    Some((of.len(), since))
}
