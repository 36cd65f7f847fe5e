//! Owns how a model is put together: files in the order of their `source` lines, macros in order, entries in order.
//!
//! Follows `parser.y` and the first half of `menu.c: _menu_finalize` (7.2).

mod wording;

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::environment::{Environment, Unanswered, Version};
use super::expr::{Expr, ExprId, Exprs};
use super::macros::{Expanded, Here, Macros, Outside};
use super::{
    DependencyLine, Entry, EntryId, EntryKind, Loops, Message, Model, Place, Property, PropertyId,
    PropertyKind, Symbol, SymbolId, Text, Type, TypeConflict, Unread,
};
use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::sources::{Mention, Name, NameId, Source, Sources};
use crate::kconfig::syntax::{
    self, File, Prompt, PropertyKind as Line, Span, Statement, StatementKind, WordId, WordKind,
};
use crate::limits::KCONFIG_BLOCKS;
use crate::tree::TreeError;

/// Name of the lint for files that cannot be put together.
pub const SOURCE: &str = "kconfig-source";

/// Name of the lint for definitions that contradict themselves.
pub const DEFINITION: &str = "kconfig-definition";

/// Name of the lint for what the Kconfig of another release has.
pub const DIALECT: &str = "kconfig-dialect";

/// Name of the lint for macros that cannot be expanded.
pub const MACRO: &str = "kconfig-macro";

/// Builds the model of all configurations of `arch/<srcarch>`: what commands and the machine say is unknown.
pub fn of_all_configurations(sources: &Sources<'_>, srcarch: &str, version: &Version) -> Model {
    let environment = Environment::of_all_configurations(srcarch, version);
    let mut outside = Unanswered(&environment);
    build(sources, "Kconfig", srcarch, version, &mut outside)
}

/// Builds the model of `arch/<srcarch>` from the file at `root`, which is `Kconfig` in a kernel tree.
///
/// Never fails: what is wrong is in [`Model::diagnostics`], and what could be read is in the model.
pub fn build(
    sources: &Sources<'_>,
    root: &str,
    srcarch: &str,
    version: &Version,
    outside: &mut impl Outside,
) -> Model {
    let names = sources.all_names();
    // Reserved and unused memory costs nothing, and growing step by step costs copies.
    let extent = sources.extent();
    let mut builder = Builder {
        model: Model {
            srcarch: srcarch.to_owned(),
            release: version.release,
            files: Vec::new(),
            symbols: Vec::with_capacity(names.len()),
            entries: Vec::with_capacity(extent.entries + 1),
            properties: Vec::with_capacity(extent.properties),
            dependency_lines: Vec::with_capacity(extent.entries),
            exprs: Exprs::with_capacity(extent.exprs + extent.entries + extent.properties),
            modules: None,
            mainmenu: None,
            type_conflicts: Vec::new(),
            messages: Vec::new(),
            unread: None,
            diagnostics: Vec::new(),
            names: sources.names().clone(),
            by_name: vec![None; names.len()],
            circular: None,
            loops: Loops::default(),
            lookups: None,
            written: FxHashMap::default(),
        },
        sources,
        outside,
        macros: Macros::default(),
        constants: vec![None; names.len()],
        names,
        new_names: Vec::new(),
        expanded: Vec::new(),
        named_choices: FxHashMap::default(),
        choice: None,
        inclusions: Vec::new(),
        included: FxHashMap::default(),
        tables: Vec::new(),
        depth: 0,
    };
    for (id, name) in [SymbolId::NO, SymbolId::MOD, SymbolId::YES]
        .into_iter()
        .zip(["n", "m", "y"])
    {
        let name = sources.intern(name);
        let text = builder.name_text(name);
        builder.new_symbol(Some(text), true);
        builder.model.by_name[name.index()] = Some(id);
        builder.constants[name.index()] = Some(id);
    }
    let place = Place {
        file: 0,
        span: Span { start: 0, end: 0 },
        line: 0,
    };
    builder
        .model
        .entries
        .push(new_entry(EntryKind::Menu, None, EntryId::ROOT, place));
    builder.include(root, EntryId::ROOT, None);
    let Builder {
        mut model,
        expanded,
        ..
    } = builder;
    if !expanded.iter().any(|&symbol| model.leads_on(symbol)) {
        model.circular = Some(sources.circular(&model.files));
    }
    model
}

/// An entry without dependencies yet.
fn new_entry(kind: EntryKind, symbol: Option<SymbolId>, parent: EntryId, place: Place) -> Entry {
    Entry {
        kind,
        symbol,
        parent,
        own_dependency: ExprId::YES,
        dependency: ExprId::YES,
        visibility: ExprId::YES,
        outer_visibility: ExprId::YES,
        inner_visibility: ExprId::YES,
        prompt: None,
        place,
        next: None,
    }
}

/// A file while it is being read for this model.
struct Reading {
    source: Arc<Source>,
    /// Its index in [`Model::files`].
    index: u32,
    /// The file's expressions so far, as expressions of the model. Macros are expanded in the order of the text, so an
    /// expression is only translated when its line is reached.
    exprs: Vec<ExprId>,
    /// The symbols of [`Source::symbols`], as far as they were met. What a file names is looked up once, not each time.
    symbols: Vec<Option<SymbolId>>,
}

impl Reading {
    fn file(&self) -> &File {
        &self.source.file
    }
}

struct Builder<'a, 'tree, O> {
    model: Model,
    sources: &'a Sources<'tree>,
    outside: &'a mut O,
    macros: Macros,
    /// The symbols that are constants, by the numbers of their names.
    constants: Vec<Option<SymbolId>>,
    /// The texts of the names that there were at the start.
    names: Arc<[Name]>,
    /// The new names after them, as far as they were asked for.
    new_names: Vec<Name>,
    /// The symbols that macros name.
    expanded: Vec<SymbolId>,
    /// Choices with a name, which may stand in several places (until 6.1).
    named_choices: FxHashMap<String, SymbolId>,
    /// The choice around the entry that is being read.
    choice: Option<EntryId>,
    /// The files that are being read, from the root on, each with the place of its `source` line.
    inclusions: Vec<(Arc<str>, Option<Place>)>,
    /// Every file that was included, with the place of its first `source` line.
    included: FxHashMap<Arc<str>, Option<Place>>,
    /// Tables of files that were read, for the next one.
    tables: Vec<(Vec<ExprId>, Vec<Option<SymbolId>>)>,
    depth: usize,
}

impl<O: Outside> Builder<'_, '_, O> {
    /// Reads the file at `path` into the block `parent`.
    fn include(&mut self, path: &str, parent: EntryId, from: Option<(&Reading, Place)>) {
        let at = |from: Option<(&Reading, Place)>| match from {
            Some((reading, place)) => reading.file().location(place.span),
            None => crate::diag::Location::file(path),
        };
        if let Some(first) = self.inclusions.iter().position(|(open, _)| &**open == path) {
            let mut finding = Diagnostic::new(
                SOURCE,
                Level::Deny,
                format!("`{path}` includes itself"),
                Label::new(at(from), ""),
            );
            for (file, place) in &self.inclusions[first + 1..] {
                if let Some(place) = place {
                    let label = format!("`{file}` is included here");
                    finding =
                        finding.with_secondary(Label::new(self.model.location(*place), label));
                }
            }
            self.model.diagnostics.push(finding);
            return;
        }
        let path: Arc<str> = Arc::from(path);
        // `util.c: file_lookup` refuses a second inclusion since the 7.x series; 6.12 sources some files twice.
        let place = from.map(|(_, place)| place);
        if let Some(&first) = self.included.get(&path) {
            if self.is_since((7, 0)) {
                let headline = format!("`{path}` is sourced a second time");
                let mut finding =
                    Diagnostic::new(SOURCE, Level::Deny, headline, Label::new(at(from), ""));
                if let Some(first) = first {
                    let label = Label::new(self.model.location(first), "first sourced here");
                    finding = finding.with_secondary(label);
                }
                self.model.diagnostics.push(finding);
                return;
            }
        } else {
            self.included.insert(path.clone(), place);
        }
        let source = match self.sources.file(&path) {
            Ok(source) => source,
            Err(error) => {
                let mut headline = error.to_string();
                // The error of the system belongs to the reason.
                if let Some(cause) = std::error::Error::source(&*error) {
                    headline = format!("{headline}: {cause}");
                }
                let location = at(from);
                self.model.unread.get_or_insert_with(|| Unread {
                    reason: match from {
                        Some(_) => format!("{headline}, which is sourced at {location}"),
                        None => headline.clone(),
                    },
                    is_fault_of_tree: matches!(
                        *error,
                        TreeError::NotFound { .. }
                            | TreeError::NotAFile { .. }
                            | TreeError::LeavesTree { .. }
                            | TreeError::SymlinkLoop { .. }
                    ),
                });
                self.model.diagnostics.push(Diagnostic::new(
                    SOURCE,
                    Level::Deny,
                    headline,
                    Label::new(location, "included here"),
                ));
                return;
            }
        };
        let index = self.model.files.len() as u32;
        self.model.files.push(source.clone());
        self.model
            .diagnostics
            .extend_from_slice(source.file.diagnostics());
        // Until 6.10 the end of any file ended its last line.
        if from.is_none() && source.file.lacks_newline() && self.is_since((6, 11)) {
            let headline = "the last line of the top-level file has no newline".to_owned();
            let end = source.file.text().len() as u32;
            let location = source.file.location(Span { start: end, end });
            self.model.diagnostics.push(Diagnostic::new(
                SOURCE,
                Level::Deny,
                headline,
                Label::new(location, ""),
            ));
        }
        self.inclusions.push((path, from.map(|(_, place)| place)));
        let (mut exprs, mut symbols) = self.tables.pop().unwrap_or_default();
        exprs.reserve(source.file.exprs().len());
        symbols.resize(source.symbols().len(), None);
        let mut reading = Reading {
            exprs,
            symbols,
            source: source.clone(),
            index,
        };
        self.statements(&mut reading, source.file.statements(), parent);
        let Reading {
            mut exprs,
            mut symbols,
            ..
        } = reading;
        exprs.clear();
        symbols.clear();
        self.tables.push((exprs, symbols));
        self.inclusions.pop();
    }

    /// Whether the tree is of this release or a later one; one that does not tell its release counts as the latest.
    fn is_since(&self, release: (u32, u32)) -> bool {
        self.model.release == (0, 0) || self.model.release >= release
    }

    /// Reports a construct that `conf` refuses since a release.
    fn refuse_dropped(&mut self, reading: &Reading, place: Place, what: &str, since: (u32, u32)) {
        let (major, minor) = since;
        let headline = format!("{what}: rejected by `conf` since {major}.{minor}");
        self.report(reading, DEFINITION, place.span, headline);
    }

    /// Reports a construct that `conf` knows since a later release. A tree on the way to that release still says that it is the one
    /// before.
    fn refuse_new(&mut self, reading: &Reading, place: Place, what: &str, since: (u32, u32)) {
        let (major, minor) = since;
        let headline = format!("{what}: supported by `conf` since {major}.{minor}");
        // Majors end with their release 19.
        let count = |(major, minor): (u32, u32)| major * 20 + minor;
        let is_next = count(self.model.release) + 1 >= count(since);
        let lint = if is_next { DIALECT } else { DEFINITION };
        self.report(reading, lint, place.span, headline);
    }

    fn statements(&mut self, reading: &mut Reading, statements: &[Statement], parent: EntryId) {
        self.depth += 1;
        if self.depth > KCONFIG_BLOCKS.length() {
            if let Some(first) = statements.first() {
                let headline = format!("blocks nest too deeply: {}", KCONFIG_BLOCKS.at_most());
                let location = reading.file().location(first.span);
                self.model.unread.get_or_insert_with(|| Unread {
                    reason: format!("{location}: {headline}"),
                    is_fault_of_tree: false,
                });
                self.report(reading, SOURCE, first.span, headline);
            }
        } else {
            for statement in statements {
                self.statement(reading, statement, parent);
            }
        }
        self.depth -= 1;
    }

    fn statement(&mut self, reading: &mut Reading, statement: &Statement, parent: EntryId) {
        let place = Place {
            file: reading.index,
            span: statement.span,
            line: statement.line,
        };
        match &statement.kind {
            StatementKind::MainMenu(title) => {
                self.model.mainmenu = Some(self.text(reading, *title, statement.line));
            }
            StatementKind::Assignment(name, assign, value) => {
                let Some(name) = self.expand(reading, *name, statement.line) else {
                    return;
                };
                if name.text.is_empty() {
                    let headline = "the name on the left expands to nothing".to_owned();
                    return self.report(reading, MACRO, statement.span, headline);
                }
                let here = Here {
                    path: reading.file().path(),
                    line: statement.line,
                };
                let value = reading.file().slice(*value);
                let result = self
                    .macros
                    .assign(&name.text, value, *assign, self.outside, here);
                if let Err(error) = result {
                    self.report(reading, MACRO, statement.span, error);
                }
            }
            StatementKind::Source(path) => {
                let Some(path) = self.expand(reading, *path, statement.line) else {
                    return;
                };
                if path.unknown {
                    let headline = format!(
                        "the path `{}` is unknown without running a command",
                        path.text
                    );
                    let location = reading.file().location(statement.span);
                    self.model.unread.get_or_insert_with(|| Unread {
                        reason: format!("{location}: {headline}"),
                        is_fault_of_tree: true,
                    });
                    self.report(reading, SOURCE, statement.span, headline);
                } else {
                    self.include(&path.text, parent, Some((reading, place)));
                }
            }
            StatementKind::Config {
                menuconfig,
                name,
                properties,
            } => {
                let Some(symbol) = self.symbol(reading, *name, statement.line) else {
                    return;
                };
                let kind = if *menuconfig {
                    EntryKind::Menuconfig
                } else {
                    EntryKind::Config
                };
                if reading.source.has_prefixed_entry() {
                    self.prefixed_entry(reading, symbol, place);
                }
                let entry = self.entry(kind, Some(symbol), parent, place);
                self.properties(reading, properties, entry);
                if self.choice.is_some() {
                    self.model.symbols[symbol.index()].choice = self.choice;
                }
            }
            StatementKind::Choice {
                name,
                properties,
                body,
            } => {
                let symbol = match name {
                    None => self.new_symbol(None, false),
                    Some(name) => {
                        if self.is_since((6, 11)) {
                            self.refuse_dropped(reading, place, "a choice with a name", (6, 11));
                        }
                        let name = reading.file().word_text(*name).to_owned();
                        match self.named_choices.get(&name) {
                            Some(&symbol) => symbol,
                            None => {
                                let number = self.sources.intern(&name);
                                let text = self.name_text(number);
                                let symbol = self.new_symbol(Some(text), false);
                                self.named_choices.insert(name, symbol);
                                symbol
                            }
                        }
                    }
                };
                let entry = self.entry(EntryKind::Choice, Some(symbol), parent, place);
                self.properties(reading, properties, entry);
                let outer = self.choice.replace(entry);
                self.statements(reading, body, entry);
                self.choice = outer;
            }
            StatementKind::Menu {
                title,
                properties,
                body,
            } => {
                let entry = self.entry(EntryKind::Menu, None, parent, place);
                let text = self.text(reading, *title, statement.line);
                self.add_property(PropertyKind::Menu(text), ExprId::YES, entry, place);
                self.properties(reading, properties, entry);
                self.statements(reading, body, entry);
            }
            StatementKind::If { condition, body } => {
                let entry = self.entry(EntryKind::If, None, parent, place);
                let condition = self.expr(reading, *condition, statement.line);
                self.model.entries[entry.index()].own_dependency = condition;
                self.finish(entry);
                self.statements(reading, body, entry);
            }
            StatementKind::Comment { text, properties } => {
                let entry = self.entry(EntryKind::Comment, None, parent, place);
                let text = self.text(reading, *text, statement.line);
                self.add_property(PropertyKind::Comment(text), ExprId::YES, entry, place);
                self.properties(reading, properties, entry);
            }
            StatementKind::Expand(word) => self.expand_to_nothing(reading, *word, statement.line),
        }
    }

    /// Adds an entry, which takes the visibility of the menus around it.
    fn entry(
        &mut self,
        kind: EntryKind,
        symbol: Option<SymbolId>,
        parent: EntryId,
        place: Place,
    ) -> EntryId {
        let id = EntryId::new(self.model.entries.len());
        let mut entry = new_entry(kind, symbol, parent, place);
        entry.outer_visibility = self.model.entry(parent).inner_visibility;
        entry.inner_visibility = entry.outer_visibility;
        self.model.entries.push(entry);
        if let Some(symbol) = symbol {
            let symbol = &mut self.model.symbols[symbol.index()];
            let last = symbol.last_entry.replace(id);
            match last {
                Some(last) => self.model.entries[last.index()].next = Some(id),
                None => symbol.first_entry = Some(id),
            }
            if kind == EntryKind::Choice && symbol.type_.is_none() {
                // A choice is bool unless its own lines say otherwise (until 6.12).
                symbol.is_choice = true;
            }
        }
        id
    }

    /// Reads the lines below the first of an entry.
    fn properties(&mut self, reading: &mut Reading, lines: &[syntax::Property], entry: EntryId) {
        let symbol = self.model.entry(entry).symbol;
        let mut helps = 0;
        for line in lines {
            let place = Place {
                file: reading.index,
                span: line.span,
                line: line.line,
            };
            match line.kind {
                Line::Type(type_, prompt) => {
                    let of_choice = self.model.entry(entry).kind == EntryKind::Choice;
                    let other_way_to_prompt = type_ == Type::Bool && prompt.is_some();
                    let dropped = if other_way_to_prompt {
                        (6, 18)
                    } else {
                        (6, 11)
                    };
                    if of_choice && self.is_since(dropped) {
                        self.refuse_dropped(reading, place, "a choice with a type", dropped);
                    }
                    if let Some(prompt) = prompt {
                        self.prompt(reading, prompt, entry, place);
                    }
                    self.set_type(symbol, type_, place);
                }
                Line::Prompt(prompt) => self.prompt(reading, prompt, entry, place),
                Line::Default {
                    type_,
                    value,
                    condition,
                } => {
                    let value = self.expr(reading, value, line.line);
                    // Only dependencies and conditions have `m` rewritten, not values.
                    self.model.exprs.unrewrite_modules(value);
                    let condition = self.condition(reading, condition, line.line);
                    self.add_property(PropertyKind::Default(value), condition, entry, place);
                    if let Some(type_) = type_ {
                        self.set_type(symbol, type_, place);
                    }
                }
                Line::DependsOn {
                    dependency,
                    condition,
                } => {
                    let mut dependency = self.expr(reading, dependency, line.line);
                    if let Some(condition) = condition {
                        if !self.is_since((7, 0)) {
                            self.refuse_new(reading, place, "`depends on … if …`", (7, 0));
                        }
                        let condition = self.expr(reading, condition, line.line);
                        let unless = self.model.exprs.equals_no(condition);
                        dependency = self.model.exprs.add(Expr::Or(dependency, unless));
                    }
                    let so_far = self.model.entry(entry).own_dependency;
                    let all = self.model.exprs.and(so_far, dependency);
                    self.model.entries[entry.index()].own_dependency = all;
                    self.model.dependency_lines.push(DependencyLine {
                        entry,
                        dependency,
                        place,
                    });
                }
                Line::Select(target, condition) => {
                    self.reverse(
                        reading,
                        target,
                        condition,
                        entry,
                        place,
                        PropertyKind::Select,
                    );
                }
                Line::Imply(target, condition) => {
                    self.reverse(
                        reading,
                        target,
                        condition,
                        entry,
                        place,
                        PropertyKind::Imply,
                    );
                }
                Line::Range(low, high, condition) => {
                    let low = self.symbol(reading, low, line.line);
                    let high = self.symbol(reading, high, line.line);
                    let condition = self.condition(reading, condition, line.line);
                    if let (Some(low), Some(high)) = (low, high) {
                        let kind = PropertyKind::Range(low, high);
                        self.add_property(kind, condition, entry, place);
                    }
                }
                Line::Visible(condition) => {
                    let condition = self.condition(reading, condition, line.line);
                    let as_written = self.model.exprs.as_written(condition);
                    let Model { exprs, entries, .. } = &mut self.model;
                    let entry = &mut entries[entry.index()];
                    entry.visibility = exprs.and(entry.visibility, as_written);
                    entry.inner_visibility = exprs.and(entry.inner_visibility, condition);
                }
                Line::Modules => self.carries_modules(reading, symbol, place),
                Line::Option(_) if self.is_since((5, 14)) => {
                    self.refuse_dropped(reading, place, "an `option` line", (5, 14));
                }
                Line::Option(span) if reading.file().slice(span) == "modules" => {
                    self.carries_modules(reading, symbol, place);
                }
                Line::Transitional => {
                    if !self.is_since((6, 18)) {
                        self.refuse_new(reading, place, "`transitional`", (6, 18));
                    }
                    if let Some(symbol) = symbol {
                        self.model.symbols[symbol.index()].transitional = true;
                    }
                }
                Line::Optional => {
                    if self.is_since((6, 11)) {
                        self.refuse_dropped(reading, place, "an `optional` choice", (6, 11));
                    }
                    if let Some(symbol) = symbol {
                        self.model.symbols[symbol.index()].optional = true;
                    }
                }
                Line::Help(text) => {
                    self.help(reading, text, place, helps);
                    helps += 1;
                }
                Line::Option(_) => {}
                Line::Expand(word) => self.expand_to_nothing(reading, word, line.line),
            }
        }
        self.finish(entry);
    }

    /// Computes what only follows from all lines of an entry.
    fn finish(&mut self, id: EntryId) {
        let since_new_choices = self.is_since((6, 11));
        let Model {
            exprs,
            entries,
            properties,
            ..
        } = &mut self.model;
        let parent = &entries[entries[id.index()].parent.index()];
        // Until 6.10 the value of a choice limits what is in it.
        let outer = match parent.symbol {
            Some(choice) if parent.kind == EntryKind::Choice && !since_new_choices => {
                exprs.add(Expr::Symbol(choice))
            }
            _ => parent.dependency,
        };
        let entry = &mut entries[id.index()];
        entry.dependency = exprs.and(outer, entry.own_dependency);
        // The prompt of a `menuconfig` becomes the title of a menu.
        if entry.kind == EntryKind::Menuconfig
            && let Some(prompt) = entry.prompt
        {
            let kind = &mut properties[prompt.index()].kind;
            if let PropertyKind::Prompt(text) = kind {
                *kind = PropertyKind::Menu(text.clone());
            }
        }
    }

    /// `menu.c: menu_set_type`
    fn set_type(&mut self, symbol: Option<SymbolId>, type_: Type, place: Place) {
        let Some(id) = symbol else { return };
        let symbol = &mut self.model.symbols[id.index()];
        let is_logical = id <= SymbolId::YES;
        match symbol.type_.or(is_logical.then_some(Type::Tristate)) {
            None => symbol.type_ = Some(type_),
            Some(known) if known == type_ => {}
            Some(_) => {
                let conflict = TypeConflict {
                    symbol: id,
                    ignored: type_,
                    place,
                };
                self.model.type_conflicts.push(conflict);
            }
        }
    }

    /// `menu.c: menu_add_prompt`
    fn prompt(&mut self, reading: &mut Reading, prompt: Prompt, entry: EntryId, place: Place) {
        let text = self.text(reading, prompt.text, place.line);
        let own = self.condition(reading, prompt.condition, place.line);
        let outer = self.model.entry(entry).outer_visibility;
        let condition = self.model.exprs.and(own, outer);
        self.add_property(PropertyKind::Prompt(text), condition, entry, place);
    }

    /// `select` and `imply`.
    fn reverse(
        &mut self,
        reading: &mut Reading,
        target: WordId,
        condition: Option<syntax::ExprId>,
        entry: EntryId,
        place: Place,
        kind: fn(SymbolId) -> PropertyKind,
    ) {
        let target = self.symbol(reading, target, place.line);
        let condition = self.condition(reading, condition, place.line);
        let Some(target) = target else { return };
        let kind = kind(target);
        let is_select = matches!(kind, PropertyKind::Select(_));
        let id = self.add_property(kind, condition, entry, place);
        let Model {
            symbols,
            properties,
            ..
        } = &mut self.model;
        let target = &mut symbols[target.index()];
        let (first, last) = if is_select {
            (&mut target.first_select, &mut target.last_select)
        } else {
            (&mut target.first_imply, &mut target.last_imply)
        };
        match last.replace(id) {
            Some(last) => properties[last.index()].next_reverse = Some(id),
            None => *first = Some(id),
        }
    }

    /// `menu.c: menu_add_prop`
    fn add_property(
        &mut self,
        kind: PropertyKind,
        condition: ExprId,
        entry: EntryId,
        place: Place,
    ) -> PropertyId {
        let id = PropertyId::new(self.model.properties.len());
        let Model {
            symbols,
            entries,
            properties,
            ..
        } = &mut self.model;
        if matches!(
            kind,
            PropertyKind::Prompt(_) | PropertyKind::Menu(_) | PropertyKind::Comment(_)
        ) {
            entries[entry.index()].prompt = Some(id);
        }
        let is_reverse = matches!(kind, PropertyKind::Select(_) | PropertyKind::Imply(_));
        properties.push(Property {
            kind,
            entry,
            condition,
            place,
            next: None,
            next_own: None,
            next_reverse: None,
        });
        if let Some(symbol) = entries[entry.index()].symbol {
            let symbol = &mut symbols[symbol.index()];
            match symbol.last_property.replace(id) {
                Some(last) => properties[last.index()].next = Some(id),
                None => symbol.first_property = Some(id),
            }
            if !is_reverse {
                match symbol.last_own.replace(id) {
                    Some(last) => properties[last.index()].next_own = Some(id),
                    None => symbol.first_own = Some(id),
                }
            }
        }
        id
    }

    /// `modules`: there can be one such symbol.
    fn carries_modules(&mut self, reading: &Reading, symbol: Option<SymbolId>, place: Place) {
        let previous = std::mem::replace(&mut self.model.modules, symbol);
        if let Some(previous) = previous {
            let name = self.model.name(previous);
            let headline = format!("`{name}` already has the property `modules`");
            self.report(reading, DEFINITION, place.span, headline);
        }
    }

    /// A condition of the file as an expression of the model; `y` if there is no condition.
    fn condition(
        &mut self,
        reading: &mut Reading,
        condition: Option<syntax::ExprId>,
        line: u32,
    ) -> ExprId {
        condition.map_or(ExprId::YES, |condition| self.expr(reading, condition, line))
    }

    /// An expression of the file as one of the model, with `m` rewritten (`menu.c: rewrite_m`).
    fn expr(&mut self, reading: &mut Reading, id: syntax::ExprId, line: u32) -> ExprId {
        for index in reading.exprs.len()..=id.index() {
            let node = match reading.file().exprs()[index] {
                syntax::Expr::Symbol(word) => match self.symbol_or_no(reading, word, line) {
                    SymbolId::MOD => Expr::Module,
                    symbol => Expr::Symbol(symbol),
                },
                syntax::Expr::Compare(operator, left, right) => Expr::Compare(
                    operator,
                    self.symbol_or_no(reading, left, line),
                    self.symbol_or_no(reading, right, line),
                ),
                syntax::Expr::Not(a) => Expr::Not(reading.exprs[a.index()]),
                syntax::Expr::And(a, b) => {
                    Expr::And(reading.exprs[a.index()], reading.exprs[b.index()])
                }
                syntax::Expr::Or(a, b) => {
                    Expr::Or(reading.exprs[a.index()], reading.exprs[b.index()])
                }
            };
            let id = self.model.exprs.add(node);
            reading.exprs.push(id);
        }
        reading.exprs[id.index()]
    }

    /// The symbol that a word names, or `n` where it names none; that has been reported then.
    fn symbol_or_no(&mut self, reading: &mut Reading, word: WordId, line: u32) -> SymbolId {
        self.symbol(reading, word, line).unwrap_or(SymbolId::NO)
    }

    /// The symbol that a word names (`symbol.c: sym_lookup`).
    fn symbol(&mut self, reading: &mut Reading, word: WordId, line: u32) -> Option<SymbolId> {
        if let Some(index) = reading.source.mention(word) {
            if let Some(known) = reading.symbols[index] {
                return Some(known);
            }
            let Mention { name, constant } = reading.source.symbols()[index];
            let symbol = self.lookup(name, constant, false);
            reading.symbols[index] = Some(symbol);
            return Some(symbol);
        }
        let kind = reading.file().word(word).kind;
        let constant = kind.is_quoted();
        let expanded = self.expand(reading, word, line)?;
        if expanded.text.is_empty() && kind == WordKind::Macro {
            let span = reading.file().word(word).span;
            let headline = "this macro expands to nothing where a symbol is required".to_owned();
            self.report(reading, MACRO, span, headline);
            return None;
        }
        let name = self.sources.intern(&expanded.text);
        let symbol = self.lookup(name, constant, expanded.unknown);
        self.expanded.push(symbol);
        if expanded.unknown {
            let word = Text::Word(reading.index, word);
            self.model.written.entry(symbol).or_insert(word);
        }
        Some(symbol)
    }

    /// The symbol with this name. A constant and a symbol of the same name are two, but for `y`, `m` and `n`.
    fn lookup(&mut self, name: NameId, constant: bool, unknown: bool) -> SymbolId {
        if name.index() >= self.constants.len() {
            self.grow();
        }
        if let Some(id) = self.table(constant)[name.index()] {
            return id;
        }
        let text = self.name_text(name);
        let id = self.new_symbol(Some(text), constant);
        self.model.symbols[id.index()].unknown = unknown;
        self.table(constant)[name.index()] = Some(id);
        id
    }

    /// The constants, or all other symbols, by the numbers of their names.
    fn table(&mut self, constant: bool) -> &mut Vec<Option<SymbolId>> {
        match constant {
            true => &mut self.constants,
            false => &mut self.model.by_name,
        }
    }

    /// Makes the tables as long as the list of names is now.
    fn grow(&mut self) {
        let known = self.names.len() + self.new_names.len();
        self.new_names.extend(self.sources.names_from(known));
        let known = self.names.len() + self.new_names.len();
        self.constants.resize(known, None);
        self.model.by_name.resize(known, None);
    }

    fn name_text(&mut self, name: NameId) -> Name {
        if let Some(text) = self.names.get(name.index()) {
            return *text;
        }
        let new = name.index() - self.names.len();
        if new >= self.new_names.len() {
            self.grow();
        }
        self.new_names[new]
    }

    fn new_symbol(&mut self, name: Option<Name>, constant: bool) -> SymbolId {
        let id = SymbolId::new(self.model.symbols.len());
        self.model.symbols.push(Symbol {
            name,
            constant,
            unknown: false,
            is_choice: false,
            transitional: false,
            optional: false,
            type_: None,
            choice: None,
            first_entry: None,
            last_entry: None,
            first_property: None,
            last_property: None,
            first_own: None,
            last_own: None,
            first_select: None,
            last_select: None,
            first_imply: None,
            last_imply: None,
        });
        id
    }

    /// A prompt or title. Blanks at its start do not count.
    fn text(&mut self, reading: &Reading, word: WordId, line: u32) -> Text {
        if reading.source.is_plain_text(word) {
            return Text::Word(reading.index, word);
        }
        let text = self.expand(reading, word, line).unwrap_or_default().text;
        Text::Expanded(Arc::from(text.trim_ascii_start()))
    }

    /// A word after expansion; `None` if that fails, which has been reported then.
    fn expand(&mut self, reading: &Reading, word: WordId, line: u32) -> Option<Expanded> {
        let file = reading.file();
        let text = file.word_text(word);
        let here = Here {
            path: file.path(),
            line,
        };
        let result = match file.word(word).kind {
            WordKind::Plain | WordKind::Quoted => {
                return Some(Expanded {
                    text: text.to_owned(),
                    unknown: false,
                });
            }
            WordKind::Macro => self.macros.expand(text, self.outside, here),
            WordKind::QuotedMacro => self.macros.expand_quoted(text, self.outside, here),
        };
        for message in std::mem::take(&mut self.macros.messages) {
            let place = Place {
                file: reading.index,
                span: file.word(word).span,
                line,
            };
            self.model.messages.push(Message { place, message });
        }
        result
            .map_err(|error| self.report(reading, MACRO, file.word(word).span, error))
            .ok()
    }

    /// A line that is a macro reference.
    fn expand_to_nothing(&mut self, reading: &Reading, word: WordId, line: u32) {
        if let Some(expanded) = self.expand(reading, word, line)
            && !expanded.text.is_empty()
            && !expanded.unknown
        {
            let span = reading.file().word(word).span;
            let headline = format!(
                "this line expands to `{}`, which is not a statement",
                expanded.text
            );
            self.report(reading, MACRO, span, headline);
        }
    }

    fn report(&mut self, reading: &Reading, lint: &'static str, span: Span, headline: String) {
        let label = Label::new(reading.file().location(span), "");
        let finding = Diagnostic::new(lint, Level::Deny, headline, label);
        self.model.diagnostics.push(finding);
    }
}
