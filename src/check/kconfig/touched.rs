//! Owns what a change of some lines of Kconfig files bears on.

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::kconfig::model::{EntryId, Model, Place, PropertyId, PropertyKind, SymbolId};

/// Some of the lines of a model: entries, for what they depend on and whether they can be on, and properties.
#[derive(Clone, Debug, Default)]
pub struct Lines {
    /// The entries.
    pub entries: FxHashSet<EntryId>,
    /// The properties.
    pub properties: FxHashSet<PropertyId>,
}

/// The lines that a change touches in the tree after it, by file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// For each file its lines, as ranges with both ends, counted from 1.
    lines: BTreeMap<Arc<str>, Vec<(u32, u32)>>,
    /// Symbols that the change bears on, whether a line of theirs is touched or not: lines of theirs went away, or they stand in other
    /// blocks.
    symbols: FxHashSet<Arc<str>>,
    /// Symbols that a line which went away selected or implied.
    targets: FxHashSet<Arc<str>>,
}

impl Lines {
    /// Whether no entry and no line is touched.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty() && self.properties.is_empty()
    }
}

impl Touched {
    /// Nothing is touched.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds lines of a file, from the first to the last. A place where lines went away is the line before and the line after.
    pub fn add_lines(&mut self, path: &str, first: u32, last: u32) {
        let lines = self.lines.entry(Arc::from(path)).or_default();
        lines.push((first, last.max(first)));
    }

    /// Adds all lines of a file.
    pub fn add_file(&mut self, path: &str) {
        self.add_lines(path, 0, u32::MAX);
    }

    /// Adds a symbol, by its name without `CONFIG_`.
    pub fn add_symbol(&mut self, name: &str) {
        self.symbols.insert(Arc::from(name));
    }

    /// Adds a symbol that a line which went away selected or implied.
    pub fn add_target(&mut self, name: &str) {
        self.targets.insert(Arc::from(name));
    }

    /// Whether nothing is touched.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.symbols.is_empty() && self.targets.is_empty()
    }

    /// The touched lines of each file of a model.
    fn of_files(&self, model: &Model) -> Vec<&[(u32, u32)]> {
        let files = model.files.iter();
        let files = files.map(|source| self.lines.get(source.file.path()));
        files
            .map(|lines| lines.map_or(&[][..], Vec::as_slice))
            .collect()
    }

    /// Which entries of a model have a touched line, or are in a block that has one.
    fn entries(&self, model: &Model) -> Vec<bool> {
        let mut is_touched = vec![false; model.entries.len()];
        let of_files = self.of_files(model);
        if of_files.iter().all(|lines| lines.is_empty()) {
            return is_touched;
        }
        let has_lines = |file: u32, first: u32, last: u32| {
            let mut lines = of_files[file as usize].iter();
            lines.any(|&(from, to)| from <= last && first <= to)
        };
        for (index, (place, last)) in extents(model) {
            is_touched[index] = has_lines(place.file, place.line, last);
        }
        let has = |place: Place| has_lines(place.file, place.line, place.line);
        for line in &model.dependency_lines {
            if has(line.place) {
                is_touched[line.entry.index()] = true;
            }
        }
        for property in &model.properties {
            if has(property.place) {
                is_touched[property.entry.index()] = true;
            }
        }
        // Lines of a block are known now, and what is in it comes after it.
        for index in 1..model.entries.len() {
            let entry = model.entry(EntryId::new(index));
            let around = model.entry(entry.parent);
            if is_touched[entry.parent.index()] && around.symbol.is_none() {
                is_touched[index] = true;
            }
        }
        is_touched
    }

    /// The touched lines that select or imply, and the symbols of which nothing else is touched: what depends on them is as before.
    fn reverse(&self, model: &Model) -> (Vec<PropertyId>, FxHashSet<SymbolId>) {
        let of_files = self.of_files(model);
        let lines = |place: Place| of_files[place.file as usize];
        let mut of_entries: FxHashMap<EntryId, FxHashSet<u32>> = FxHashMap::default();
        let mut properties = Vec::new();
        for (index, property) in model.properties.iter().enumerate() {
            let is_reverse = matches!(
                property.kind,
                PropertyKind::Select(_) | PropertyKind::Imply(_)
            );
            if !is_reverse || lines(property.place).is_empty() {
                continue;
            }
            let line = property.place.line;
            of_entries.entry(property.entry).or_default().insert(line);
            let mut lines = lines(property.place).iter();
            if lines.any(|&(from, to)| (from..=to).contains(&line)) {
                properties.push(PropertyId::new(index));
            }
        }
        let mut found = FxHashSet::default();
        for (index, (place, last)) in extents(model) {
            let entry = EntryId::new(index);
            let Some(own) = of_entries.get(&entry) else {
                continue;
            };
            let here = lines(place)
                .iter()
                .map(|&(from, to)| from.max(place.line)..=to.min(last));
            let mut here = here.filter(|lines| !lines.is_empty()).peekable();
            if here.peek().is_some() && here.flatten().all(|line| own.contains(&line)) {
                found.extend(model.entry(entry).symbol);
            }
        }
        (properties, found)
    }

    /// The symbols of a model on whose entries, or on a block around them, a touched line stands.
    fn with_lines(&self, model: &Model) -> FxHashSet<SymbolId> {
        let is_touched = self.entries(model);
        let entries = model.entries.iter().zip(is_touched);
        let touched = entries.filter_map(|(entry, is_touched)| entry.symbol.filter(|_| is_touched));
        touched.collect()
    }

    /// The lines of touched entries, and the entries of symbols that lines which went away selected. They are the same for each model
    /// that reads the files.
    pub fn lines(&self, model: &Model) -> Lines {
        let mut is_touched = self.entries(model);
        for symbol in self.symbols.iter().filter_map(|name| model.find(name)) {
            for entry in model.definitions(symbol) {
                is_touched[entry.index()] = true;
            }
        }
        let mut lines = Lines::default();
        for index in (1..model.entries.len()).filter(|&index| is_touched[index]) {
            lines.entries.insert(EntryId::new(index));
        }
        for (index, property) in model.properties.iter().enumerate() {
            if is_touched[property.entry.index()] {
                lines.properties.insert(PropertyId::new(index));
            }
        }
        let targets = self.targets.iter().filter_map(|name| model.find(name));
        lines
            .entries
            .extend(targets.flat_map(|symbol| model.definitions(symbol)));
        lines
    }

    /// The symbols of a model that a change bears on.
    pub fn symbols(&self, model: &Model) -> Symbols {
        let own = self.with_lines(model);
        let named = self.symbols.iter().filter_map(|name| model.find(name));
        let named: FxHashSet<SymbolId> = named.collect();
        let (lines, only_reverse) = self.reverse(model);
        // A symbol that is selected now, or no longer, may meet what others depend on, or exclude it.
        let targets = lines
            .iter()
            .filter_map(|&line| match model.property(line).kind {
                PropertyKind::Select(target) | PropertyKind::Imply(target) => Some(target),
                _ => None,
            });
        let removed = self.targets.iter().filter_map(|name| model.find(name));
        let changed = own.difference(&only_reverse).copied();
        let changed = changed.chain(targets).chain(removed).chain(named.clone());
        Symbols {
            changed: changed.collect(),
            own: own.union(&named).copied().collect(),
        }
    }
}

/// The symbols of a model that a change bears on.
#[derive(Clone, Debug, Default)]
pub struct Symbols {
    /// Those of which a line differs, or what is around it.
    pub own: FxHashSet<SymbolId>,
    /// Those that may have other values.
    pub changed: FxHashSet<SymbolId>,
}

impl Symbols {
    /// The selects of symbols with other lines, and those that they make.
    pub fn own_selects(&self, model: &Model) -> FxHashSet<PropertyId> {
        selects_of(model, &|symbol| self.own.contains(&symbol))
    }

    /// The selects of symbols that one with other values can turn on, by a line or by those of what it turns on: where it can be on in
    /// more configurations, they can act in more.
    pub fn selects_turned_on(&self, model: &Model) -> Vec<PropertyId> {
        let mut found = Vec::new();
        let mut pending: Vec<SymbolId> = self.changed.iter().copied().collect();
        let mut seen: FxHashSet<SymbolId> = pending.iter().copied().collect();
        while let Some(symbol) = pending.pop() {
            for id in model.properties_of(symbol) {
                let property = model.property(id);
                let (PropertyKind::Select(target) | PropertyKind::Imply(target)) = property.kind
                else {
                    continue;
                };
                if matches!(property.kind, PropertyKind::Select(_)) {
                    found.push(id);
                }
                if seen.insert(target) {
                    pending.push(target);
                }
            }
        }
        found.sort_unstable();
        found
    }

    /// The selects that a change bears on: those of symbols with other lines, those that select them or that select what depends on one
    /// with other values.
    pub fn selects(&self, model: &Model) -> FxHashSet<PropertyId> {
        if self.own.is_empty() && self.changed.is_empty() {
            return FxHashSet::default();
        }
        let is_changed = |symbol| self.changed.contains(&symbol);
        let names_one = model.exprs.that_name(&is_changed);
        let entries = model.entries.iter();
        let entries = entries.filter(|entry| names_one[entry.own_dependency.index()]);
        let depends: FxHashSet<SymbolId> = entries.filter_map(|entry| entry.symbol).collect();
        selects_of(model, &|symbol| {
            self.own.contains(&symbol) || depends.contains(&symbol)
        })
    }
}

/// The entries of a model but for the root, each with its place and its last line: an entry ends where the next one of its file begins, and
/// a line that went away leaves its neighbours.
fn extents(model: &Model) -> impl Iterator<Item = (usize, (Place, u32))> {
    let mut next = vec![u32::MAX; model.files.len()];
    (1..model.entries.len()).rev().map(move |index| {
        let place = model.entry(EntryId::new(index)).place;
        let end = std::mem::replace(&mut next[place.file as usize], place.line);
        (index, (place, end.saturating_sub(1).max(place.line)))
    })
}

/// The selects of which `is_meant` holds for one of both ends.
fn selects_of(model: &Model, is_meant: &dyn Fn(SymbolId) -> bool) -> FxHashSet<PropertyId> {
    let mut found = FxHashSet::default();
    for (index, property) in model.properties.iter().enumerate() {
        let PropertyKind::Select(target) = property.kind else {
            continue;
        };
        let selector = model.entry(property.entry).symbol;
        if is_meant(target) || selector.is_some_and(is_meant) {
            found.insert(PropertyId::new(index));
        }
    }
    found
}
