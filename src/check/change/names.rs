//! Owns the names of Kconfig symbols that a change adds or takes away: those that it writes and nothing declares, and those that
//! it no longer declares and the tree still uses.
//!
//! Only what the change says is looked at: every line that the trees so far have and the tree before the series has not, and
//! every entry that went. A name that the series only moves is not new. A name counts as declared if any architecture declares it, or any
//! file called `Kconfig…` but those that the change leaves without a `source`.

use std::cell::{OnceCell, RefCell};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use rustc_hash::{FxHashMap, FxHashSet};
use similar::{DiffOp, TextDiff};

use crate::arch;
use crate::check::change::code::{Code, is_defined_near};
use crate::check::change::lines;
use crate::check::change::lost::{
    self, Candidate, Files, Said, files, is_looked_at, lost, sourced,
};
use crate::check::change::mentions::{Name, each_mention};
use crate::check::change::models::Models;
use crate::check::change::sorted::unsorted;
use crate::check::change::spelling::{is_name, is_name_as, nearest};
use crate::check::error::CheckError;
use crate::check::kconfig::definitions;
use crate::check::kconfig::words::{PREFIX, Word, is_of_kernel, words};
use crate::check::lints;
use crate::check::lints::undeclared_name::{Dangling, Unread, Use, Written, dangling, written};
use crate::check::outcome::Outcome;
use crate::diag::{Diagnostic, Location};
use crate::feature::spec::Spec;
use crate::kconfig::model::{Expr, ExprId, Model, Place, PropertyKind, SymbolId, Type};
use crate::kconfig::sources::{declares, each_statement, is_named_kconfig};
use crate::kconfig::syntax::{File, StatementKind};
use crate::tree::Tree;

/// Larger files are not compared, in bytes.
const MAX_SIZE: usize = 4 << 20;

/// The changes of a series, followed from tree to tree.
#[derive(Debug, Default)]
pub struct Names {
    /// The tree before the series, once it has been seen.
    before: Option<Tree>,
    /// The tree that was seen last.
    last: Option<Tree>,
    /// By path: what the lines say that the series adds to the file.
    added: BTreeMap<Arc<str>, Added>,
    /// By path: the symbols whose entries are no longer in the file.
    removed: BTreeMap<Arc<str>, Vec<Removed>>,
    /// The symbols of entries that some commit adds, whether a later one drops them or not.
    came: BTreeSet<String>,
    /// The symbols that the files called `Kconfig…` of the last tree declare; read when a name is in no model.
    in_files: OnceLock<Files>,
    /// What C files and makefiles of the last tree say of the names that were asked about.
    code: Code,
    /// Whether C files and makefiles are not searched now, and whether some would have been.
    puts_off: bool,
    is_put_off: bool,
    /// A search goes on as long as the counter has the value.
    valid: Option<(Arc<AtomicU64>, u64)>,
}

/// A symbol whose entry is no longer in a file.
#[derive(Debug)]
struct Removed {
    name: String,
    /// The line that took the place of the entry.
    place: Location,
    /// Whether it was a number or a text, which code uses as it stands: a name in such code meant the symbol.
    is_value: bool,
    /// Whether the entry is still there, in a file that nothing sources any more.
    is_unread: bool,
}

/// The additions of a series to one file.
#[derive(Debug, Default)]
struct Added {
    /// The lines, counted from 1.
    lines: BTreeSet<u32>,
    /// The lines of the tree before the series that the file no longer has, counted from 1.
    removed: BTreeSet<u32>,
    /// The names in C and makefiles.
    words: Vec<Word>,
    /// The symbols that the lines of a Kconfig file name; `None` where only a model tells.
    named: Option<Vec<Box<str>>>,
    /// The selects among them that are out of order.
    unsorted: Vec<Diagnostic>,
    /// The paths without macros that the lines of a Kconfig file source.
    sources: Vec<String>,
    /// The paths that a Kconfig file no longer sources, each with the place in it where it did.
    unsourced: Vec<(String, Location)>,
    /// Whether it is a Kconfig file that the tree before the series has not.
    is_new_kconfig: bool,
}

impl Names {
    /// Ends searches with [`CheckError::Stopped`] soon after the counter has another value than this one.
    pub fn while_it_is(&mut self, counter: &Arc<AtomicU64>, value: u64) {
        self.valid = Some((counter.clone(), value));
    }

    fn is_wanted(&self) -> bool {
        let mut valid = self.valid.iter();
        valid.all(|(counter, value)| counter.load(Ordering::Relaxed) == *value)
    }

    /// Takes up the next tree, and says what is wrong with the names that the series has written so far. `models` are those of
    /// the tree; most changes are judged without.
    ///
    /// # Errors
    ///
    /// The tree cannot be read, or nobody wants to know any more.
    pub fn follow(
        &mut self,
        tree: &Tree,
        models: &dyn Models,
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let Some(before) = self.before.clone() else {
            self.before = Some(tree.clone());
            self.last = Some(tree.clone());
            return Ok(Vec::new());
        };
        let changes = self
            .last
            .as_ref()
            .map_or_else(Vec::new, |last| last.changes(tree));
        self.last = Some(tree.clone());
        for change in changes {
            let path: Arc<str> = Arc::from(&*change.path);
            if !is_named_kconfig(&path) {
                self.code.follow(tree, &path);
            }
            if is_looked_at(&path)
                && let Some(in_files) = self.in_files.get_mut()
            {
                let text = tree.text_if_there(&path).unwrap_or_default();
                in_files.insert(path.clone(), Said::of(&text));
            }
            if !is_of_kernel(&path) {
                continue;
            }
            let (old, new) = (text_of(&before, &path), text_of(tree, &path));
            let mut added = added(&path, &old, &new);
            if is_named_kconfig(&path) {
                let removed = removed(&path, &old, &new);
                self.removed.insert(path.clone(), removed);
                let came = gone(&path, &new, &old, declares).into_iter();
                self.came.extend(came.map(|(name, _)| name));
                let lines = (1..).zip(new.lines());
                let lines = lines.filter(|(number, _)| added.lines.contains(number));
                let sources = lines.filter_map(|(_, line)| sourced(line));
                let sources = sources.filter(|path| !path.contains('$'));
                added.sources = sources.map(str::to_owned).collect();
                added.unsourced = gone(&path, &old, &new, sourced);
                added.is_new_kconfig = old.is_empty() && !new.is_empty();
            }
            self.added.insert(path, added);
        }
        let mut code = std::mem::take(&mut self.code);
        let mut declared = Declared {
            tree,
            models,
            in_files: &self.in_files,
            lost: BTreeMap::new(),
            known: RefCell::default(),
            names: OnceCell::new(),
        };
        let mut is_put_off = false;
        let candidates = self.candidates(tree);
        if self.puts_off && self.in_files.get().is_none() {
            // To look for all Kconfig files takes long, too.
            is_put_off |= !candidates.is_empty();
        } else if !candidates.is_empty() {
            declared.lost = lost(models, declared.in_files()?, &candidates);
        }
        let judged = self.judged(&declared, tree, &mut code, &mut is_put_off);
        // The results of a search stay known.
        self.code = code;
        self.is_put_off = is_put_off;
        let mut findings = judged?;
        let unsorted = self.added.values().flat_map(|added| &added.unsorted);
        findings.extend(unsorted.cloned());
        for finding in &mut findings {
            finding.archs = arch_of(finding).into_iter().collect();
        }
        Ok(findings)
    }

    /// The Kconfig files that the series may leave without a `source`. A `source` of a file that is not there is a mistake of its own.
    fn candidates(&self, tree: &Tree) -> Vec<Candidate> {
        let new = self.added.iter().filter(|(_, added)| added.is_new_kconfig);
        let new = new.map(|(path, _)| Candidate {
            path: path.to_string(),
            place: None,
        });
        let gone = self.added.iter().filter(|(_, added)| {
            let mut sources = added.sources.iter();
            added.unsourced.is_empty() || sources.all(|path| tree.is_file(path))
        });
        let gone = gone.flat_map(|(path, added)| {
            let gone = added.unsourced.iter();
            gone.map(|(target, place)| Candidate {
                path: target.clone(),
                place: Some((path.clone(), place.clone())),
            })
        });
        gone.chain(new).collect()
    }

    /// The names that are gone and still used, and those that nothing declares.
    fn judged(
        &self,
        declared: &Declared<'_>,
        tree: &Tree,
        code: &mut Code,
        is_put_off: &mut bool,
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let mut findings = self.dangling(declared, tree, code, is_put_off)?;
        // That a name is gone says that what still uses it has none.
        let is_gone = |finding: &Diagnostic| {
            let mut gone = findings.iter();
            finding.symbol.is_some() && gone.any(|gone| gone.symbol == finding.symbol)
        };
        let mut undeclared = self.undeclared(declared, tree, code, is_put_off)?;
        undeclared.retain(|finding| !is_gone(finding));
        findings.append(&mut undeclared);
        Ok(findings)
    }

    /// The same without the search of C files and makefiles for what is gone, which takes longer than all else. Also returns whether that
    /// is left, for another call with the same tree.
    ///
    /// # Errors
    ///
    /// As [`Names::follow`].
    pub fn follow_without_code(
        &mut self,
        tree: &Tree,
        models: &dyn Models,
    ) -> Result<(Vec<Diagnostic>, bool), CheckError> {
        (self.puts_off, self.is_put_off) = (true, false);
        let found = self.follow(tree, models);
        self.puts_off = false;
        Ok((found?, self.is_put_off))
    }

    /// Reads files of code again that may have changed on disk, which no difference of two trees tells: those at `paths`, and those
    /// that still name a symbol which is gone.
    pub fn read_again(&mut self, tree: &Tree, paths: &[Arc<str>]) {
        for path in paths {
            self.code.follow(tree, path);
        }
        self.code.read_again(tree);
    }

    /// The tree before the series, the paths of the files with names in them that the series changes, once it changes any.
    pub fn changed(&self) -> Option<(&Tree, BTreeSet<Arc<str>>)> {
        let before = self.before.as_ref()?;
        (!self.added.is_empty()).then(|| (before, self.added.keys().cloned().collect()))
    }

    /// The lines, counted from 1, that the series adds to a file.
    pub fn added_lines(&self, path: &str) -> Option<&BTreeSet<u32>> {
        self.added.get(path).map(|added| &added.lines)
    }

    /// Puts what [`Names::follow`] found beside the other findings about a tree. What two lints say of one name is said once, by the
    /// one that knows all of its places; and that a feature's symbol is gone is not an error where nothing uses it any more.
    ///
    /// With `only`, nothing is said of names that have nothing to do with these features.
    pub fn add(
        &self,
        mut found: Vec<Diagnostic>,
        architectures: &[String],
        only: Option<&[Spec]>,
        outcome: &mut Outcome,
    ) {
        if let Some(specs) = only {
            let terms = || specs.iter().flat_map(|spec| &spec.kconfig);
            found.retain(|finding| {
                let help = finding.help.as_deref().unwrap_or_default();
                terms().any(|term| {
                    finding.symbol.as_deref() == Some(&*term.symbol)
                        || help.contains(&format!("`{}`", term.symbol))
                })
            });
        }
        found.retain(|finding| {
            let archs = &finding.archs;
            archs.is_empty() || archs.iter().any(|arch| architectures.contains(arch))
        });
        let is_gone = |symbol: &str| {
            let mut removed = self.removed.values().flatten();
            removed.any(|removed| removed.name == symbol)
        };
        outcome.findings.retain(|known| {
            let symbol = known.symbol.as_deref().unwrap_or_default();
            known.lint != lints::undeclared_symbol::LINT.name || !is_gone(symbol)
        });
        // A misspelt select of a feature's symbol has a lint of its own.
        found.retain(|finding| {
            let name = format!("`{}`", finding.symbol.as_deref().unwrap_or_default());
            finding.lint != lints::undeclared_name::LINT.name
                || !outcome.findings.iter().any(|known| {
                    known.lint == lints::select_undeclared::LINT.name
                        && known.headline.starts_with(&name)
                })
        });
        // Every added line has been looked at, those of features too.
        let is_sorted = |known: &Diagnostic| known.lint == lints::unsorted_select::LINT.name;
        outcome.pedantic.retain(|known| !is_sorted(known));
        outcome.findings.append(&mut found);
        definitions::leave_undeclared(&mut outcome.findings);
    }

    /// The names that the series writes and nothing declares, one finding each.
    fn undeclared(
        &self,
        declared: &Declared<'_>,
        tree: &Tree,
        code: &mut Code,
        is_put_off: &mut bool,
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let mut uses: BTreeMap<Name, Written> = BTreeMap::new();
        let mut add = |name: String, is_other: bool, meant: Option<String>, place: Use| {
            let written = uses.entry(Name { name, is_other }).or_default();
            written.meant = written.meant.take().or(meant);
            if written
                .uses
                .iter()
                .all(|known| known.location != place.location)
            {
                written.uses.push(place);
            }
        };
        if !self.declares_all(declared) {
            for model in declared.models.all() {
                for (name, place, what) in self.in_kconfig(model) {
                    if declared.has(&name)? {
                        continue;
                    }
                    let file = &model.files[place.file as usize].file;
                    let added = self.added.get(file.path()).into_iter();
                    for location in
                        added.flat_map(|of| lines::places(file, place.span, &of.lines, &name))
                    {
                        add(name.clone(), false, None, Use::new(location, what));
                    }
                }
            }
            for (path, added) in &self.added {
                if added.lines.is_empty() || !is_named_kconfig(path) {
                    continue;
                }
                let models = declared.models.all().into_iter();
                let mut read = models.flat_map(|model| &model.files);
                let Some(source) = read.find(|source| source.file.path() == path) else {
                    continue;
                };
                for (name, location) in lines::in_visibility(&source.file, &added.lines) {
                    if !declared.has(name)? {
                        add(name.to_owned(), false, None, Use::new(location, ""));
                    }
                }
            }
        }
        for (path, added) in &self.added {
            for word in added.words.iter().filter(|word| word.asks()) {
                let place = Use::new(word.location.clone(), "");
                let Some(name) = word.text.strip_prefix(PREFIX) else {
                    // Of other names only those count that were meant to be one of a symbol.
                    if let Some(meant) = declared.meant_by(&word.text, word.is_asked)?
                        && !is_defined_near(tree, path, &word.text)
                    {
                        add(word.text.clone(), true, Some(meant), place);
                    }
                    continue;
                };
                // A macro may do anything with its argument: only a word that is nearly the name of a symbol counts.
                let counts = || word.is_tested || declared.nearest(name).is_some();
                if !declared.has_macro(name)? && counts() {
                    add(name.to_owned(), false, None, place);
                }
            }
        }
        for (name, written) in uses.iter_mut().filter(|(name, _)| !name.is_other) {
            let Some(path) = declared.unsourced(&name.name) else {
                continue;
            };
            // A later patch may add the directory to those that are read; until then nothing enters it.
            written.uses.retain(|place| !place.is_beside(path));
            written.unsourced = Some(path.clone());
        }
        uses.retain(|_, written| !written.uses.is_empty());
        self.drop_moved(tree, &mut uses);
        *is_put_off |= self.drop_defined(tree, &mut uses, code)?;
        let findings = uses
            .into_iter()
            .map(|(Name { name, is_other }, mut written_)| {
                if !is_other {
                    written_.meant = declared.nearest(&name);
                }
                // A use of a dropped entry is an error, even if the series itself added the entry.
                if !is_other && written_.unsourced.is_none() && self.came.contains(&name) {
                    return dangling(&name, &Dangling::dropped(written_));
                }
                written(&name, is_other, &written_)
            });
        Ok(findings.collect())
    }

    /// Drops the names that the series only moves: those that the lines it removes, in whatever file, mention at least as often as
    /// the lines it adds.
    fn drop_moved(&self, tree: &Tree, uses: &mut BTreeMap<Name, Written>) {
        let Some(before) = self.before.as_ref().filter(|_| !uses.is_empty()) else {
            return;
        };
        let count = |tree: &Tree, lines_of: &dyn Fn(&Added) -> &BTreeSet<u32>| {
            let mut counts: BTreeMap<Name, usize> = BTreeMap::new();
            for (path, added) in &self.added {
                let lines = lines_of(added);
                if lines.is_empty() {
                    continue;
                }
                let text = text_of(tree, path);
                if !uses.keys().any(|name| text.contains(&*name.name)) {
                    continue;
                }
                each_mention(path, &text, lines, &mut |name| {
                    if uses.contains_key(&name) {
                        *counts.entry(name).or_default() += 1;
                    }
                });
            }
            counts
        };
        let removed = count(before, &|added| &added.removed);
        if removed.is_empty() {
            return;
        }
        let added = count(tree, &|added| &added.lines);
        uses.retain(|name, _| {
            let of = |counts: &BTreeMap<Name, usize>| counts.get(name).copied().unwrap_or_default();
            of(&removed) == 0 || of(&added) > of(&removed)
        });
    }

    /// Drops the uses in code of names that some file of the tree defines as a macro or variable of its own. Returns whether files
    /// would have to be searched for that; uses that this leaves open are dropped, too.
    fn drop_defined(
        &self,
        tree: &Tree,
        uses: &mut BTreeMap<Name, Written>,
        code: &mut Code,
    ) -> Result<bool, CheckError> {
        let is_in_code = |place: &Use| !is_named_kconfig(&place.location.path);
        let of_code = uses
            .iter()
            .filter(|(name, written)| !name.is_other && written.uses.iter().any(is_in_code));
        let names: BTreeSet<&str> = of_code.map(|(name, _)| &*name.name).collect();
        let is_left = self.puts_off && !names.iter().all(|name| code.knows(name));
        if !is_left {
            code.search(tree, &names, &|| self.is_wanted())?;
        }
        for (name, written) in uses.iter_mut().filter(|(name, _)| !name.is_other) {
            written.uses.retain(|place| {
                let is_open = is_left && !code.knows(&name.name);
                !is_in_code(place) || !is_open && !code.is_defined(&name.name, &place.location.path)
            });
        }
        uses.retain(|_, written| !written.uses.is_empty());
        Ok(is_left)
    }

    /// Whether every name that the series writes into Kconfig files is declared, as far as that shows without the models.
    fn declares_all(&self, declared: &Declared<'_>) -> bool {
        self.added.iter().all(|(path, added)| {
            added.lines.is_empty()
                || match &added.named {
                    Some(named) => named.iter().all(|name| declared.models.declares(name)),
                    None => !is_named_kconfig(path),
                }
        })
    }

    /// The symbols that the lines of a model name which the series adds and the model does not define, each with the property or block
    /// and what that does with it.
    fn in_kconfig(&self, model: &Model) -> Vec<(String, Place, &'static str)> {
        let lines_of: Vec<Option<&BTreeSet<u32>>> = model
            .files
            .iter()
            .map(|source| {
                let added = self.added.get(&**source.file.path())?;
                (!added.lines.is_empty()).then_some(&added.lines)
            })
            .collect();
        if lines_of.iter().all(Option::is_none) {
            return Vec::new();
        }
        let is_added = |place: &Place| {
            let file = || &model.files[place.file as usize].file;
            let lines = lines_of.get(place.file as usize).copied().flatten();
            lines.is_some_and(|lines| lines::is_touched(file(), place.span, place.line, lines))
        };
        let mut found = Vec::new();
        let mut add = |(symbol, is_truth): (SymbolId, bool), place, what: &'static str| {
            let of = model.symbol(symbol);
            let is_meant = |name: &&str| is_name_as(name, is_truth);
            if let Some(name) = of.name.as_deref().filter(is_meant)
                && !of.constant
                && !of.unknown
                && !model.is_defined(symbol)
            {
                found.push((name.to_owned(), place, what));
            }
        };
        for property in model
            .properties
            .iter()
            .filter(|property| is_added(&property.place))
        {
            match property.kind {
                PropertyKind::Select(target) => {
                    add((target, false), property.place, "selected here");
                }
                PropertyKind::Imply(target) => {
                    add((target, false), property.place, "implied here");
                }
                PropertyKind::Default(value) => {
                    let symbol = model.entry(property.entry).symbol;
                    let type_ = symbol.and_then(|symbol| model.symbol(symbol).type_);
                    let is_logical = matches!(type_, Some(Type::Bool | Type::Tristate));
                    let is_alone = matches!(model.exprs.get(value), Expr::Symbol(_));
                    in_expression(model, value, &mut |(symbol, is_truth)| {
                        let is_truth = is_truth && (is_logical || !is_alone);
                        add((symbol, is_truth), property.place, "");
                    });
                }
                PropertyKind::Range(low, high) => {
                    for symbol in [low, high] {
                        add((symbol, false), property.place, "");
                    }
                }
                _ => {}
            }
            in_expression(model, property.condition, &mut |symbol| {
                add(symbol, property.place, "")
            });
        }
        for line in model
            .dependency_lines
            .iter()
            .filter(|line| is_added(&line.place))
        {
            in_expression(model, line.dependency, &mut |symbol| {
                add(symbol, line.place, "")
            });
        }
        for entry in model.entries.iter().filter(|entry| is_added(&entry.place)) {
            if entry.kind == crate::kconfig::model::EntryKind::If {
                in_expression(model, entry.own_dependency, &mut |symbol| {
                    add(symbol, entry.place, "")
                });
            }
        }
        found
    }

    /// The symbols of Kconfig files whose `source` the series removes.
    fn unread(
        &self,
        declared: &Declared<'_>,
        tree: &Tree,
    ) -> Result<Vec<(Arc<str>, Removed)>, CheckError> {
        let mut unread = Vec::new();
        for (path, place) in &declared.lost {
            let Some((_, place)) = place else {
                continue;
            };
            let values = values(path, &text_of(tree, path));
            let said = declared.in_files()?.get(path);
            for name in said.iter().flat_map(|said| &said.names) {
                let removed = Removed {
                    name: name.clone(),
                    place: place.clone(),
                    is_value: values.contains(name),
                    is_unread: true,
                };
                unread.push((path.clone(), removed));
            }
        }
        Ok(unread)
    }

    /// The symbols that the series no longer declares and the tree still uses, one finding each.
    fn dangling(
        &self,
        declared: &Declared<'_>,
        tree: &Tree,
        code: &mut Code,
        is_put_off: &mut bool,
    ) -> Result<Vec<Diagnostic>, CheckError> {
        let unread = self.unread(declared, tree)?;
        let unread = unread.iter().map(|(path, removed)| (path, removed));
        let removed = self.removed.iter();
        let removed = removed.flat_map(|(path, all)| all.iter().map(move |one| (path, one)));
        let mut gone: BTreeMap<&str, (&Arc<str>, &Removed)> = BTreeMap::new();
        for (path, removed) in unread.chain(removed) {
            gone.insert(&removed.name, (path, removed));
        }
        let mut is_declared = Ok(false);
        gone.retain(|name, _| {
            let has = declared.has(name);
            let is_gone = matches!(has, Ok(false));
            if has.is_err() {
                is_declared = has;
            }
            is_gone
        });
        is_declared?;
        let names: BTreeSet<&str> = gone.keys().copied().collect();
        if self.puts_off {
            *is_put_off |= !names.iter().all(|name| code.knows(name));
        } else {
            code.search(tree, &names, &|| self.is_wanted())?;
        }
        let mut findings = Vec::new();
        let mut unread: BTreeMap<Location, Unread> = BTreeMap::new();
        for (name, (path, removed)) in gone {
            let mut uses: Vec<Use> = Vec::new();
            for model in declared.models.all() {
                for use_ in kconfig_uses(model, name) {
                    if uses.iter().all(|known| known.location != use_.location) {
                        uses.push(use_);
                    }
                }
            }
            uses.sort_by(|a, b| a.location.cmp(&b.location));
            let in_code = code.uses(name, removed.is_value);
            uses.extend(in_code.map(|place| Use::new(place.clone(), "still used here")));
            if removed.is_unread {
                let of_line = unread.entry(removed.place.clone()).or_default();
                of_line.add(path, name, uses);
            } else if !uses.is_empty() {
                let nearest = declared.nearest(name);
                let place = tree.is_file(path).then(|| removed.place.clone());
                findings.push(dangling(
                    name,
                    &Dangling {
                        place,
                        uses,
                        nearest,
                    },
                ));
            }
        }
        let of_lines = unread.into_iter();
        findings.extend(of_lines.filter_map(|(place, of_line)| of_line.finding(place)));
        Ok(findings)
    }
}

/// The architecture whose files alone a finding is about.
fn arch_of(finding: &Diagnostic) -> Option<String> {
    let first = arch::of_file(&finding.primary.location.path)?;
    let mut others = finding.secondary.iter();
    others
        .all(|label| arch::of_file(&label.location.path) == Some(first))
        .then(|| first.to_owned())
}

/// Calls `found` with each symbol of an expression.
fn in_expression(model: &Model, expr: ExprId, found: &mut dyn FnMut((SymbolId, bool))) {
    for node in model.exprs.reachable(expr) {
        match model.exprs.get(node) {
            Expr::Symbol(symbol) => found((symbol, true)),
            Expr::Compare(_, left, right) => {
                found((left, false));
                found((right, false));
            }
            Expr::Module | Expr::Not(_) | Expr::And(..) | Expr::Or(..) => {}
        }
    }
}

/// Where the Kconfig files of an architecture still name a symbol that none of them declares.
fn kconfig_uses(model: &Model, name: &str) -> Vec<Use> {
    let Some(symbol) = model.find(name) else {
        return Vec::new();
    };
    let named = model.exprs.that_name(&|other| other == symbol);
    let has = |expr: ExprId| named.get(expr.index()).copied().unwrap_or_default();
    let mut uses = Vec::new();
    for property in &model.properties {
        let what = match property.kind {
            PropertyKind::Select(target) if target == symbol => "still selected here",
            PropertyKind::Imply(target) if target == symbol => "still implied here",
            PropertyKind::Default(value) if has(value) => "still used here",
            _ if has(property.condition) => "still used here",
            _ => continue,
        };
        uses.push(Use::new(model.location(property.place), what));
    }
    for line in model
        .dependency_lines
        .iter()
        .filter(|line| has(line.dependency))
    {
        uses.push(Use::new(model.location(line.place), "still used here"));
    }
    uses
}

/// The text of a file; nothing where it is missing or too large.
fn text_of(tree: &Tree, path: &str) -> String {
    let text = tree.text_if_there(path).unwrap_or_default();
    if text.len() > MAX_SIZE {
        return String::new();
    }
    text
}

/// The names in those lines of a file that `old` lacks.
fn added(path: &Arc<str>, old: &str, new: &str) -> Added {
    let mut added = Added::default();
    let mut lines = BTreeSet::new();
    let diff = TextDiff::from_lines(old, new);
    for op in diff.ops() {
        if !matches!(op, DiffOp::Equal { .. }) {
            lines.extend(op.new_range().map(|line| line as u32 + 1));
            let removed = op.old_range().map(|line| line as u32 + 1);
            added.removed.extend(removed);
        }
    }
    if lines.is_empty() {
        return added;
    }
    if is_named_kconfig(path) {
        let file = File::parse(path.clone(), new.to_owned());
        let has_macro = file.words().iter().any(|word| word.kind.needs_expansion());
        let is_clear = !has_macro && file.diagnostics().is_empty();
        added.named = is_clear.then(|| lines::names(&file, &lines));
        added.unsorted = unsorted(path, old, new, &lines);
    } else {
        added.words = words(path, new);
        added
            .words
            .retain(|word| lines.contains(&word.location.line));
    }
    added.lines = lines;
    added
}

/// The symbols whose `config` lines `old` has and `new` has not, each with the place in `new` where the entry was.
fn removed(path: &Arc<str>, old: &str, new: &str) -> Vec<Removed> {
    let gone = gone(path, old, new, declares).into_iter();
    let mut removed: Vec<Removed> = gone
        .map(|(name, place)| Removed {
            name,
            place,
            is_value: false,
            is_unread: false,
        })
        .collect();
    if !removed.is_empty() {
        let values = values(path, old);
        for one in &mut removed {
            one.is_value = values.contains(&one.name);
        }
    }
    removed
}

/// Anything that `find` finds in lines of `old` and not in `new`, each with the place in `new` where the line was.
fn gone(
    path: &Arc<str>,
    old: &str,
    new: &str,
    find: impl Fn(&str) -> Option<&str>,
) -> Vec<(String, Location)> {
    let kept: BTreeSet<&str> = new.lines().filter_map(&find).collect();
    let is_gone = |line: &str| find(line).is_some_and(|found| !kept.contains(found));
    if !old.lines().any(is_gone) {
        return Vec::new();
    }
    let diff = TextDiff::from_lines(old, new);
    let mut offsets = vec![0];
    offsets.extend(new.split_inclusive('\n').scan(0, |at, line| {
        *at += line.len();
        Some(*at)
    }));
    let mut gone = Vec::new();
    for op in diff
        .ops()
        .iter()
        .filter(|op| !matches!(op, DiffOp::Equal { .. }))
    {
        for line in op.old_range() {
            let Some(found) = diff.old_slice(line).and_then(&find) else {
                continue;
            };
            if kept.contains(found) {
                continue;
            }
            let at = op.new_range().start.min(offsets.len().saturating_sub(2));
            let (start, end) = (
                offsets[at],
                offsets.get(at + 1).copied().unwrap_or(offsets[at]),
            );
            let place = (
                start as u32,
                (end as u32).saturating_sub(1).max(start as u32),
            );
            let location = Location::in_text(path.clone(), new.as_bytes(), place.0, place.1.max(1));
            gone.push((found.to_owned(), location));
        }
    }
    gone
}

/// The symbols to which a file gives a type that is neither `bool` nor `tristate`.
fn values(path: &Arc<str>, text: &str) -> BTreeSet<String> {
    let file = File::parse(path.clone(), text.to_owned());
    let mut values = BTreeSet::new();
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::Config {
            name, properties, ..
        } = &statement.kind
        {
            let is_value = properties.iter().any(|property| {
                use crate::kconfig::syntax::{PropertyKind::Type as OfType, Type};
                matches!(
                    property.kind,
                    OfType(Type::Int | Type::Hex | Type::String, _)
                )
            });
            if is_value {
                values.insert(file.word_text(*name).to_owned());
            }
        }
    });
    values
}

/// The symbols of a tree.
struct Declared<'a> {
    tree: &'a Tree,
    models: &'a dyn Models,
    in_files: &'a OnceLock<Files>,
    /// The Kconfig files that the series leaves unread.
    lost: BTreeMap<Arc<str>, Option<lost::Place>>,
    /// The names that were asked about: each architecture asks about the same ones.
    known: RefCell<FxHashMap<String, bool>>,
    /// All of their names, sorted.
    names: OnceCell<Vec<&'a str>>,
}

impl<'a> Declared<'a> {
    /// Whether anything declares the symbol.
    fn has(&self, name: &str) -> Result<bool, CheckError> {
        if let Some(&known) = self.known.borrow().get(name) {
            return Ok(known);
        }
        let mut files = self.in_files()?.iter();
        let has = self.models.declares(name)
            || files.any(|(path, said)| {
                !self.lost.contains_key(path) && said.names.iter().any(|known| known == name)
            });
        self.known.borrow_mut().insert(name.to_owned(), has);
        Ok(has)
    }

    /// Whether the macro of a symbol has this name behind its prefix.
    fn has_macro(&self, name: &str) -> Result<bool, CheckError> {
        if self.has(name)? {
            return Ok(true);
        }
        name.strip_suffix("_MODULE")
            .map_or(Ok(false), |name| self.has(name))
    }

    fn in_files(&self) -> Result<&'a Files, CheckError> {
        if let Some(files) = self.in_files.get() {
            return Ok(files);
        }
        let files = files(self.tree)?;
        Ok(self.in_files.get_or_init(|| files))
    }

    /// The new Kconfig file that declares the symbol and that nothing sources.
    fn unsourced(&self, name: &str) -> Option<&Arc<str>> {
        let files = self.in_files.get()?;
        let mut lost = self.lost.iter().filter(|(_, place)| place.is_none());
        let found = lost.find(|(path, _)| {
            let names = files.get(&**path).map(|said| &said.names);
            names.is_some_and(|names| names.iter().any(|known| known == name))
        });
        found.map(|(path, _)| path)
    }

    /// The macro of a symbol that a name without the right prefix was meant to be.
    fn meant_by(&self, name: &str, is_asked: bool) -> Result<Option<String>, CheckError> {
        if is_asked && !name.starts_with("__") && is_name(name) && self.has(name)? {
            return Ok(Some(format!("{PREFIX}{name}")));
        }
        // A slip in the prefix leaves most of it: `CCONFIG_X`, `CONFIGX_Y`.
        for (at, _) in name.match_indices('_') {
            let (prefix, rest) = (&name[..=at], &name[at + 1..]);
            if prefix.len() >= 6
                && prefix != PREFIX
                && strsim::damerau_levenshtein(prefix, PREFIX) == 1
                && self.has(rest)?
            {
                return Ok(Some(format!("{PREFIX}{rest}")));
            }
        }
        Ok(None)
    }

    /// The declared symbol whose name is nearest, if one is near.
    fn nearest(&self, name: &str) -> Option<String> {
        // The name of the macro where that of the symbol is meant.
        if let Some(plain) = name.strip_prefix(PREFIX)
            && self.models.declares(plain)
        {
            return Some(plain.to_owned());
        }
        // Most symbols are in the model of every architecture.
        let names = self.names.get_or_init(|| {
            let mut seen = FxHashSet::default();
            let mut names: Vec<&str> = Vec::new();
            for model in self.models.all() {
                for (index, symbol) in model.symbols.iter().enumerate() {
                    if let Some(name) = symbol.name.filter(|_| !symbol.is_choice)
                        && model.is_defined(SymbolId::new(index))
                        // The models of a tree have the same text for the same name, so its place in memory tells most of them apart.
                        && seen.insert(name.text().as_ptr())
                    {
                        names.push(name.text());
                    }
                }
            }
            let of_files = self.in_files.get().into_iter().flatten();
            let of_files = of_files.filter(|(path, _)| !self.lost.contains_key(*path));
            let of_files = of_files.flat_map(|(_, said)| &said.names);
            names.extend(of_files.map(String::as_str));
            names.sort_unstable();
            names.dedup();
            names
        });
        nearest(name, names.iter().copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_that_go_leave_their_place() {
        let old = "config A\n\tbool\n\nconfig B\n\tbool\n";
        let gone = removed(
            &Arc::from("Kconfig"),
            old,
            "config A\n\tbool\n\nconfig C\n\tbool\n",
        );
        assert_eq!(gone.len(), 1);
        assert_eq!((&*gone[0].name, gone[0].place.line), ("B", 4));
        assert!(!gone[0].is_value);
        let size = removed(&Arc::from("Kconfig"), "config N\n\tint \"n\"\n", "");
        assert!(size[0].is_value);
        assert!(removed(&Arc::from("Kconfig"), old, &format!("\n{old}")).is_empty());
    }
}
