//! Owns the model of one architecture: all its symbols with their definitions, properties and reverse dependencies, in the
//! order in which the kernel's `conf` sees them.
//!
//! Follows `menu.c` and `parser.y` of 7.2 up to the point where values come in; it does not know values. Nothing is run
//! unless whoever builds the model says so: see [`macros::Outside`].

mod build;
pub mod environment;
pub mod expr;
pub mod graph;
pub mod macros;
#[cfg(test)]
mod tests;

use std::borrow::Cow;
use std::sync::{Arc, Mutex, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};

use crate::diag::{Diagnostic, Level, Location};
use crate::kconfig::sources::{Circular, Name, NameId, Names, Source};
pub use crate::kconfig::syntax::Type;
use crate::kconfig::syntax::{Span, WordId, index};
pub use build::{DEFINITION, DIALECT, MACRO, SOURCE, build, of_all_configurations};
pub use environment::Unanswered;
pub use expr::{Expr, ExprId, Exprs};

index! {
    /// Index of a [`Symbol`].
    SymbolId
}

impl SymbolId {
    /// The constant `n`.
    pub const NO: SymbolId = SymbolId::new(0);
    /// The constant `m`.
    pub const MOD: SymbolId = SymbolId::new(1);
    /// The constant `y`.
    pub const YES: SymbolId = SymbolId::new(2);
}

index! {
    /// Index of an [`Entry`].
    EntryId
}

impl EntryId {
    /// The root menu.
    pub const ROOT: EntryId = EntryId::new(0);
}

index! {
    /// Index of a [`Property`].
    PropertyId
}

/// A place in a file of the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Index in [`Model::files`].
    pub file: u32,
    /// The first line of the statement, or the property.
    pub span: Span,
    /// Its line, counted from 1.
    pub line: u32,
}

/// A symbol: one that is defined, a constant, or a name that is only referred to.
#[derive(Clone, Debug)]
pub struct Symbol {
    /// Its name; `None` for a choice without a name.
    pub name: Option<Name>,
    /// Whether it was written in quotes, or is `y`, `m` or `n`.
    pub constant: bool,
    /// Whether its name holds a part that is unknown, such as the output of a command that is not run.
    pub unknown: bool,
    /// Whether it stands for a choice.
    pub is_choice: bool,
    /// Whether `transitional` is among its properties.
    pub transitional: bool,
    /// Whether `optional` is among the properties of this choice.
    pub optional: bool,
    /// Its type; the first one counts (`menu.c: menu_set_type`).
    pub type_: Option<Type>,
    /// The choice that it is a member of.
    pub choice: Option<EntryId>,
    first_entry: Option<EntryId>,
    last_entry: Option<EntryId>,
    first_property: Option<PropertyId>,
    last_property: Option<PropertyId>,
    first_own: Option<PropertyId>,
    last_own: Option<PropertyId>,
    first_select: Option<PropertyId>,
    last_select: Option<PropertyId>,
    first_imply: Option<PropertyId>,
    last_imply: Option<PropertyId>,
}

/// Describes what an entry is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    /// `config`
    Config,
    /// `menuconfig`
    Menuconfig,
    /// `choice`
    Choice,
    /// `comment`
    Comment,
    /// `menu`, and the root
    Menu,
    /// `if`
    If,
}

/// One entry of the tree of menus.
#[derive(Clone, Debug)]
pub struct Entry {
    /// Holds what it is.
    pub kind: EntryKind,
    /// The symbol of a `config`, `menuconfig` or `choice`.
    pub symbol: Option<SymbolId>,
    /// The block around it; the root is its own parent.
    pub parent: EntryId,
    /// Holds what its own `depends on` lines say, or the condition of an `if`.
    pub own_dependency: ExprId,
    /// Holds what its own lines and all blocks around it ask for.
    pub dependency: ExprId,
    /// Holds what its own `visible if` lines say, as written.
    pub visibility: ExprId,
    /// Holds what the `visible if` lines of all menus around it say, which holds for its prompts only.
    pub outer_visibility: ExprId,
    /// [`Entry::outer_visibility`] and its own `visible if` lines, for the prompts of what is in it.
    inner_visibility: ExprId,
    /// Its prompt, the title of a menu or the text of a comment; the last one counts.
    pub prompt: Option<PropertyId>,
    /// Where it stands.
    pub place: Place,
    /// The next entry of the same symbol.
    next: Option<EntryId>,
}

/// A text for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Text {
    /// As it stands in a file of the model.
    Word(u32, WordId),
    /// After expansion.
    Expanded(Arc<str>),
}

/// Describes what a property says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PropertyKind {
    /// A prompt of a symbol or choice.
    Prompt(Text),
    /// The title of a menu, or the prompt of a `menuconfig`.
    Menu(Text),
    /// The text of a comment.
    Comment(Text),
    /// `default`
    Default(ExprId),
    /// `select`
    Select(SymbolId),
    /// `imply`
    Imply(SymbolId),
    /// `range`
    Range(SymbolId, SymbolId),
}

/// One property of a symbol, or the text of a menu or comment.
#[derive(Clone, Debug)]
pub struct Property {
    /// Holds what it says.
    pub kind: PropertyKind,
    /// The entry below which it stands.
    pub entry: EntryId,
    /// Its own condition, and for a prompt also the `visible if` of the menus around it. It only holds together with
    /// [`Entry::dependency`].
    pub condition: ExprId,
    /// Where it stands.
    pub place: Place,
    /// The next property of the same symbol.
    next: Option<PropertyId>,
    /// The next property of the same symbol that neither selects nor implies another.
    next_own: Option<PropertyId>,
    /// The next property that selects, or implies, the same symbol.
    next_reverse: Option<PropertyId>,
}

/// Why a file is missing from a model.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unread {
    /// Holds what happened and where the file is sourced; one sentence, lower case, no full stop.
    pub reason: String,
    /// Whether the tree is at fault: it has no such file, its path depends on the output of a command, a link leads nowhere. `conf` would
    /// refuse it, too. Otherwise the file is there and could not be read.
    pub is_fault_of_tree: bool,
}

/// Describes what `$(info,…)` or `$(warning-if,…)` says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Where it is said.
    pub place: Place,
    /// Holds what is said.
    pub message: macros::Message,
}

/// A `depends on` line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DependencyLine {
    /// The entry below which it stands.
    pub entry: EntryId,
    /// Holds what it asks for; with a condition (7.0 and later) that this holds or the condition does not.
    pub dependency: ExprId,
    /// Where it stands.
    pub place: Place,
}

/// A definition that gives a symbol a type which it already has in another way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TypeConflict {
    /// The symbol.
    pub symbol: SymbolId,
    /// The type that is ignored.
    pub ignored: Type,
    /// Where that type stands.
    pub place: Place,
}

/// The model of one architecture.
#[derive(Clone, Debug)]
pub struct Model {
    /// `SRCARCH`: the directory below `arch/`.
    pub srcarch: String,
    /// The release of the tree, for example `(7, 2)`, which decides about the dialect.
    pub release: (u32, u32),
    /// The files in the order in which they were sourced.
    pub files: Vec<Arc<Source>>,
    /// All symbols; the constants `n`, `m` and `y` come first.
    pub symbols: Vec<Symbol>,
    /// All entries in the order of the text; the root comes first.
    pub entries: Vec<Entry>,
    /// All properties in the order of the text.
    pub properties: Vec<Property>,
    /// All `depends on` lines in the order of the text, which is that of their entries.
    pub dependency_lines: Vec<DependencyLine>,
    /// All expressions.
    pub exprs: Exprs,
    /// The symbol that carries `modules`.
    pub modules: Option<SymbolId>,
    /// The title of the root menu.
    pub mainmenu: Option<Text>,
    /// Types that were given to a symbol of another type.
    pub type_conflicts: Vec<TypeConflict>,
    /// Holds what macros said while the files were read.
    pub messages: Vec<Message>,
    /// The first file that is sourced and could not be read, so that what it declares is not here.
    pub unread: Option<Unread>,
    /// Holds what was wrong in the files that were read, and in putting them together.
    pub diagnostics: Vec<Diagnostic>,
    /// The names of all models of these sources.
    names: Names,
    /// The symbols that are no constants, and `n`, `m` and `y`, by the numbers of their names.
    by_name: Vec<Option<SymbolId>>,
    /// Which symbols may lead back to themselves; `None` where any may.
    circular: Option<Circular>,
    /// Holds what evaluators have found out about loops.
    loops: Loops,
    /// The names that were looked up, where somebody wants to know.
    lookups: Option<Lookups>,
    /// The macro references that the names of unknown symbols come from, each as its first place has it.
    written: FxHashMap<SymbolId, Text>,
}

/// Whether symbols lead back to themselves, once an evaluator has looked.
#[derive(Clone, Debug, Default)]
struct Loops {
    /// As the lines are written.
    written: OnceLock<bool>,
    /// As `conf` has them: the place of the first one and what is said of it.
    rewritten: OnceLock<Option<Box<str>>>,
}

/// The names that were looked up in a model, there or not. Copies note the same.
#[derive(Clone, Debug, Default)]
pub struct Lookups(Arc<Mutex<FxHashSet<Box<str>>>>);

impl Lookups {
    fn note(&self, name: &str) {
        let mut names = self.lock();
        if !names.contains(name) {
            names.insert(name.into());
        }
    }

    /// The names since the last call.
    pub fn take(&self) -> FxHashSet<Box<str>> {
        std::mem::take(&mut *self.lock())
    }

    /// A set whose holder panicked still holds whole names.
    fn lock(&self) -> std::sync::MutexGuard<'_, FxHashSet<Box<str>>> {
        let locked = self.0.lock();
        locked.unwrap_or_else(|poisoned| poisoned.into_inner())
    }
}

impl Model {
    /// A symbol.
    pub fn symbol(&self, id: SymbolId) -> &Symbol {
        &self.symbols[id.index()]
    }

    /// Whether symbols lead back to themselves as their lines are written, from `find` if nobody has looked yet.
    pub fn may_loop_or(&self, find: impl FnOnce() -> bool) -> bool {
        *self.loops.written.get_or_init(find)
    }

    /// Whether some file has a syntax error: then it is not known on what entries depend.
    pub fn has_syntax_errors(&self) -> bool {
        let mut files = self.files.iter();
        files.any(|source| source.file.has_errors())
    }

    /// Why it is not known what all files declare: one could not be read, or `conf` refuses its text. `None` where everything is known.
    pub fn why_incomplete(&self) -> Option<Unread> {
        let of_text = || {
            let mut findings = self.files.iter().flat_map(|file| file.file.diagnostics());
            let first = findings.find(|finding| finding.level == Level::Deny)?;
            Some(Unread {
                reason: format!("{}: {}", first.primary.location, first.headline),
                is_fault_of_tree: true,
            })
        };
        self.unread.clone().or_else(of_text)
    }

    /// Where `conf` first sees a symbol that leads back to itself, and what is to be said of it; from `find` if nobody has looked yet.
    pub fn first_loop_or(&self, find: impl FnOnce() -> Option<String>) -> Option<&str> {
        let found = self.loops.rewritten.get_or_init(|| find().map(Into::into));
        found.as_deref()
    }

    /// The same, if somebody has looked and found one.
    pub fn known_loop(&self) -> Option<&str> {
        self.loops.rewritten.get()?.as_deref()
    }

    /// Whether the value of a symbol may be computed from that of another; `m` stands for that of `MODULES`.
    fn leads_on(&self, symbol: SymbolId) -> bool {
        symbol == SymbolId::MOD
            || self.is_defined(symbol)
            || self.selects_of(symbol).next().is_some()
            || self.implies_of(symbol).next().is_some()
    }

    /// The symbols that may lead back to themselves; `None` where any may.
    pub fn may_be_circular(&self) -> Option<impl Iterator<Item = SymbolId> + '_> {
        let circular = self.circular.as_ref()?;
        let named = if circular.is_empty() {
            &[]
        } else {
            &self.by_name[..]
        };
        let named = named.iter().enumerate();
        Some(
            named.filter_map(|(number, symbol)| {
                symbol.filter(|_| circular.may_be(NameId::new(number)))
            }),
        )
    }

    /// Whether it is known that no symbol leads back to itself.
    pub fn is_free_of_loops(&self) -> bool {
        self.loops.written.get() == Some(&false)
    }

    /// The same model, of which it is known that no symbol leads back to itself.
    #[must_use]
    pub fn free_of_loops(mut self) -> Self {
        self.loops.written = OnceLock::from(false);
        self
    }

    /// An entry.
    pub fn entry(&self, id: EntryId) -> &Entry {
        &self.entries[id.index()]
    }

    /// A property.
    pub fn property(&self, id: PropertyId) -> &Property {
        &self.properties[id.index()]
    }

    /// The symbol with this name, defined or only referred to. The look is noted where [`Model::note_lookups`] says so.
    pub fn find(&self, name: &str) -> Option<SymbolId> {
        if let Some(lookups) = &self.lookups {
            lookups.note(name);
        }
        self.find_unnoted(name)
    }

    /// The same for whoever wants to know what others look up.
    pub fn find_unnoted(&self, name: &str) -> Option<SymbolId> {
        self.find_name(self.names.find(name)?)
    }

    /// The number that a name has in all models of the sources, if one of them has it. The look is not noted.
    pub fn number_of(&self, name: &str) -> Option<NameId> {
        self.names.find(name)
    }

    /// The symbols with the numbers of their names.
    pub fn numbered(&self) -> impl Iterator<Item = (NameId, SymbolId)> + '_ {
        let symbols = self.by_name.iter().enumerate();
        symbols.filter_map(|(number, symbol)| Some((NameId::new(number), (*symbol)?)))
    }

    /// From now on notes the names that are looked up: what somebody learns from the model by names rests on them, and on what their
    /// symbols rest on.
    pub fn note_lookups(&mut self) -> Lookups {
        self.lookups.get_or_insert_default().clone()
    }

    /// The symbol with this number, if this architecture has or mentions it.
    pub fn find_name(&self, name: NameId) -> Option<SymbolId> {
        self.by_name.get(name.index()).copied().flatten()
    }

    /// The entries that define a symbol, in order.
    pub fn definitions(&self, symbol: SymbolId) -> impl Iterator<Item = EntryId> + '_ {
        std::iter::successors(self.symbol(symbol).first_entry, |&entry| {
            self.entry(entry).next
        })
    }

    /// Returns what an entry itself asks for, line by line: its `depends on` lines, or the condition of an `if`.
    pub fn own_dependencies(&self, entry: EntryId) -> Vec<DependencyLine> {
        let of = self.entry(entry);
        if of.kind == EntryKind::If {
            return vec![DependencyLine {
                entry,
                dependency: of.own_dependency,
                place: of.place,
            }];
        }
        let from = self
            .dependency_lines
            .partition_point(|line| line.entry < entry);
        let lines = self.dependency_lines[from..].iter();
        lines
            .take_while(|line| line.entry == entry)
            .copied()
            .collect()
    }

    /// The same, each operand of an outermost `&&` on its own, with the place of its line.
    pub fn own_operands(&self, entry: EntryId) -> Vec<DependencyLine> {
        let and = |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        };
        let mut operands = Vec::new();
        for line in self.own_dependencies(entry) {
            let of_line = self.exprs.chain(line.dependency, and);
            operands.extend(
                of_line
                    .into_iter()
                    .map(|dependency| DependencyLine { dependency, ..line }),
            );
        }
        operands
    }

    /// Whether some entry defines the symbol.
    pub fn is_defined(&self, symbol: SymbolId) -> bool {
        self.symbol(symbol).first_entry.is_some()
    }

    /// The properties of a symbol, in order, over all its definitions.
    pub fn properties_of(&self, symbol: SymbolId) -> impl Iterator<Item = PropertyId> + '_ {
        std::iter::successors(self.symbol(symbol).first_property, |&property| {
            self.property(property).next
        })
    }

    /// The properties of a symbol that are about itself, such as prompts, defaults and ranges, in order: all but selects and implies,
    /// of which there may be many.
    pub fn own_properties_of(&self, symbol: SymbolId) -> impl Iterator<Item = PropertyId> + '_ {
        std::iter::successors(self.symbol(symbol).first_own, |&property| {
            self.property(property).next_own
        })
    }

    /// The properties that select a symbol, in the order of the text.
    pub fn selects_of(&self, symbol: SymbolId) -> impl Iterator<Item = PropertyId> + '_ {
        std::iter::successors(self.symbol(symbol).first_select, |&property| {
            self.property(property).next_reverse
        })
    }

    /// The properties that imply a symbol, in the order of the text.
    pub fn implies_of(&self, symbol: SymbolId) -> impl Iterator<Item = PropertyId> + '_ {
        std::iter::successors(self.symbol(symbol).first_imply, |&property| {
            self.property(property).next_reverse
        })
    }

    /// The place of an entry or property, with its column.
    pub fn location(&self, place: Place) -> Location {
        self.files[place.file as usize].file.location(place.span)
    }

    /// A text as people read it.
    pub fn text<'a>(&'a self, text: &'a Text) -> Cow<'a, str> {
        match text {
            Text::Word(file, word) => {
                Cow::Borrowed(self.files[*file as usize].file.word_text(*word))
            }
            Text::Expanded(text) => Cow::Borrowed(text),
        }
    }

    /// The name of a symbol as Kconfig writes it: constants other than `y`, `m` and `n` in quotes, and what is unknown as the macro
    /// reference that it comes from, such as `$(cc-option,-fshort)`.
    pub fn name(&self, symbol: SymbolId) -> String {
        let symbol_ = self.symbol(symbol);
        // Few are unknown, so the others need not be looked for.
        let written = symbol_.unknown.then(|| self.written.get(&symbol)).flatten();
        let name = match (written, &symbol_.name) {
            (Some(written), _) => self.text(written),
            (None, Some(name)) => Cow::Borrowed(&**name),
            (None, None) => return "<choice>".to_owned(),
        };
        match symbol_.constant && symbol > SymbolId::YES {
            true => format!("\"{name}\""),
            false => name.into_owned(),
        }
    }

    /// An expression as Kconfig writes it.
    pub fn write(&self, expr: ExprId) -> String {
        let mut out = String::new();
        self.exprs
            .write(expr, &|symbol| self.name(symbol), &mut out);
        out
    }
}
