//! Owns which tables a run looks at, and which of their cells a series bears on.
//!
//! A table is looked at if the series changes its text. A cell is also looked at if the feature's symbol rests on an entry that the
//! series changes, by way of dependencies, defaults and selects of any length, on that architecture; what the change does there is for
//! the solver to say.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use similar::{DiffOp, TextDiff};

use crate::check::table::matrix::{Cell, Row};
use crate::check::table::{cells, rows};
use crate::feature::spec::{FEATURES_DIRECTORY, Spec};
use crate::kconfig::model::graph;
use crate::kconfig::model::{Model, SymbolId};
use crate::kconfig::sources::{Sources, declares};
use crate::tree::{Tree, TreeError};

/// The tables that a run looks at.
#[derive(Clone, Debug, Default)]
pub struct Tables {
    /// The paths of the tables that were asked for; `None` stands for all.
    pub only: Option<Vec<String>>,
    /// The paths that change between the trees; `None` where all tables are meant, changed or not.
    pub changed: Option<BTreeSet<String>>,
    /// The symbols whose entries, selects or implies change; `None` where it may be any.
    pub symbols: Option<BTreeSet<String>>,
}

impl Tables {
    /// Those that a series bears on: `before` is the tree before it, `trees` are those after its commits.
    pub fn of_series<'a>(
        only: Option<Vec<String>>,
        before: &Tree,
        trees: impl Iterator<Item = &'a Tree>,
    ) -> Self {
        let mut changed = BTreeSet::new();
        let mut symbols = Some(BTreeSet::new());
        let mut last = before;
        for tree in trees {
            for change in last.changes(tree) {
                if may_be_kconfig(&change.path) {
                    let text = |tree: &Tree| tree.read_text(&change.path).unwrap_or_default();
                    let of_file = symbols_of(&text(last), &text(tree));
                    symbols = symbols.zip(of_file).map(|(mut all, of_file)| {
                        all.extend(of_file);
                        all
                    });
                }
                changed.insert(change.path.to_string());
            }
            last = tree;
        }
        Self {
            only,
            changed: Some(changed),
            symbols,
        }
    }

    /// No table is looked at.
    pub fn none() -> Self {
        Self {
            only: Some(Vec::new()),
            changed: Some(BTreeSet::new()),
            symbols: Some(BTreeSet::new()),
        }
    }

    /// Whether no table is looked at, whatever the tree.
    pub fn is_none(&self) -> bool {
        let is_table = |path: &String| path.starts_with(FEATURES_DIRECTORY);
        let changed = self.changed.as_ref();
        let changes_kconfig = self
            .symbols
            .as_ref()
            .is_none_or(|symbols| !symbols.is_empty());
        !changes_kconfig && changed.is_some_and(|changed| !changed.iter().any(is_table))
    }

    /// The rows of a tree, without cells.
    ///
    /// # Errors
    ///
    /// The tables cannot be read.
    pub(in crate::check) fn rows(
        &self,
        tree: &Tree,
        specs: &[Spec],
    ) -> Result<Vec<Row>, TreeError> {
        let mut rows = rows::of_tree(tree, specs)?;
        rows.retain(|row| {
            let only = self.only.as_ref();
            row.is_in_tree() && only.is_none_or(|only| only.contains(&row.path))
        });
        Ok(rows)
    }

    /// The cells of the rows on the architecture of a model. A row that the change does not bear on there is left open.
    ///
    /// # Errors
    ///
    /// The architecture's directory cannot be listed.
    pub(in crate::check) fn cells(
        &self,
        sources: &Sources<'_>,
        model: &Model,
        rows: &[Row],
    ) -> Result<Vec<Cell>, TreeError> {
        let is_asked: Vec<bool> = rows.iter().map(|row| self.bears(model, row)).collect();
        let pairs = rows.iter().zip(&is_asked);
        let asked: Vec<Row> = pairs
            .filter(|(_, is_asked)| **is_asked)
            .map(|(row, _)| row.clone())
            .collect();
        let mut answered = match asked.is_empty() {
            true => Vec::new().into_iter(),
            false => cells::cells(sources, model, &asked)?.into_iter(),
        };
        let pairs = rows.iter().zip(is_asked);
        let all = pairs.map(|(row, is_asked)| {
            let cell = if is_asked { answered.next() } else { None };
            cell.unwrap_or_else(|| cells::open(model, row))
        });
        Ok(all.collect())
    }

    /// Whether the change bears on a row on the architecture of a model: whether the table changes, or a symbol that the
    /// feature's own rest on.
    fn bears(&self, model: &Model, row: &Row) -> bool {
        let changed = self.changed.as_ref();
        if changed.is_none_or(|changed| changed.contains(&row.path)) {
            return true;
        }
        let Some(symbols) = &self.symbols else {
            return true;
        };
        let terms = row.spec.iter().flat_map(|spec| &spec.kconfig);
        let terms: Vec<&str> = terms.map(|term| &*term.symbol).collect();
        if terms.iter().any(|term| symbols.contains(*term)) {
            return true;
        }
        // They are looked for among what the feature's symbols rest on, and nothing is learnt from them else.
        let changed: FxHashSet<SymbolId> = symbols
            .iter()
            .filter_map(|name| model.find_unnoted(name))
            .collect();
        let terms = terms.iter().filter_map(|term| model.find(term)).collect();
        !changed.is_empty() && graph::rests_on(model, terms, &[], &changed, MAX_FOLLOWED)
    }
}

/// Upper bound on symbols that are followed; a symbol that depends on more counts as depending on everything.
const MAX_FOLLOWED: usize = 4_000;

/// The symbols that the changed lines of a Kconfig file are about; `None` where a line may be about any.
fn symbols_of(old: &str, new: &str) -> Option<BTreeSet<String>> {
    let (old_lines, new_lines): (Vec<&str>, Vec<&str>) =
        (old.lines().collect(), new.lines().collect());
    let mut symbols = BTreeSet::new();
    for op in TextDiff::from_lines(old, new).ops() {
        if matches!(op, DiffOp::Equal { .. }) {
            continue;
        }
        for (lines, range) in [(&old_lines, op.old_range()), (&new_lines, op.new_range())] {
            for at in range {
                let mut words = lines.get(at)?.split_whitespace();
                match words.next() {
                    None => continue,
                    Some(word) if word.starts_with('#') => continue,
                    Some("select" | "imply") => symbols.extend(words.next().map(str::to_owned)),
                    Some(_) => {}
                }
                symbols.insert(entry_of(lines, at)?.to_owned());
            }
        }
    }
    Some(symbols)
}

/// The symbol of the entry that a line belongs to; `None` where it belongs to none.
fn entry_of<'a>(lines: &[&'a str], at: usize) -> Option<&'a str> {
    let is_of_entry = |line: &str| line.is_empty() || line.starts_with([' ', '\t', '#']);
    let head = lines[..=at].iter().rev().find(|line| !is_of_entry(line))?;
    declares(head)
}

/// Whether a file may be one that Kconfig reads. Any name will do for `source`, but none of these is ever used.
fn may_be_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    if name.contains("Kconfig") {
        return true;
    }
    let others = [
        "c", "h", "S", "s", "rs", "rst", "txt", "dts", "dtsi", "dtso", "yaml", "json", "py", "sh",
        "pl", "lds", "config",
    ];
    let is_other = match name.rsplit_once('.') {
        Some((_, extension)) => others.contains(&extension),
        None => ["Makefile", "Kbuild", "MAINTAINERS", "CREDITS", "README"].contains(&name),
    };
    !is_other && !path.starts_with("Documentation/") && !path.starts_with("tools/")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changed_lines_belong_to_entries() {
        let old = "config A\n\tbool\n\nmenu \"m\"\nconfig B\n\tbool\n\tselect C\nendmenu\n";
        let changed = |from: &str, to: &str| {
            let symbols = symbols_of(old, &old.replacen(from, to, 1))?;
            Some(symbols.into_iter().collect::<Vec<_>>().join(" "))
        };
        assert_eq!(changed("select C", "select D").as_deref(), Some("B C D"));
        assert_eq!(changed("config A", "config E").as_deref(), Some("A E"));
        assert_eq!(
            changed("\tbool\n\n", "\tbool\n# more\n\n").as_deref(),
            Some("")
        );
        assert_eq!(changed("menu", "if X\nendif\nmenu"), None);
        assert_eq!(changed("endmenu\n", "endmenu\nx := y\n"), None);
    }

    #[test]
    fn files_of_c_say_nothing_to_kconfig() {
        for path in [
            "mm/memory.c",
            "Documentation/a",
            "arch/x86/Makefile",
            "a.b.h",
        ] {
            assert!(!may_be_kconfig(path), "{path}");
        }
        for path in [
            "mm/Kconfig",
            "arch/x86/Kconfig.cpu",
            "drivers/x/options",
            "a/x.in",
        ] {
            assert!(may_be_kconfig(path), "{path}");
        }
    }
}
