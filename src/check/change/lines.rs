//! Owns the names that changed lines of one Kconfig file write, judged from its syntax tree alone: the quick form of what
//! [`super::names`] finds with the models of all architectures, for those who cannot wait for models.

use std::collections::{BTreeMap, BTreeSet};

use super::spelling::{is_name_as, nearest};
use crate::check::lints::undeclared_name::{Use, Written, written};
use crate::diag::{Diagnostic, Location};
use crate::kconfig::sources::each_statement;
use crate::kconfig::syntax::{
    Expr, ExprId, File, PropertyKind, Span, StatementKind, WordId, WordKind,
};

/// The names that some lines of a file, counted from 1, write and nothing declares, one finding each. `is_declared` answers for the
/// whole tree, this file included; `declared` lists what it declares, to find the name that was meant.
pub fn undeclared<'n, I: Iterator<Item = &'n str>>(
    file: &File,
    lines: &BTreeSet<u32>,
    is_declared: &dyn Fn(&str) -> bool,
    declared: &dyn Fn() -> I,
) -> Vec<Diagnostic> {
    let unknown = in_lines(file, lines)
        .into_iter()
        .filter(|(name, _)| !is_declared(name));
    unknown
        .map(|(name, mut of_name)| {
            of_name.meant = nearest(name, declared());
            written(name, false, &of_name)
        })
        .collect()
}

/// The names that some lines of a file write, each once.
pub(super) fn names(file: &File, lines: &BTreeSet<u32>) -> Vec<Box<str>> {
    let names = in_lines(file, lines).into_keys();
    names.map(Box::from).collect()
}

/// Calls `found` with each name in some lines of a file, as often as they mention it.
pub(super) fn each_name(file: &File, lines: &BTreeSet<u32>, found: &mut dyn FnMut(&str)) {
    each_use(file, lines, &mut |name, _, _| found(name));
}

fn in_lines<'f>(file: &'f File, lines: &BTreeSet<u32>) -> BTreeMap<&'f str, Written> {
    let mut names: BTreeMap<&str, Written> = BTreeMap::new();
    each_use(file, lines, &mut |name, span, what| {
        let location = file.location(span);
        let uses = &mut names.entry(name).or_default().uses;
        if uses.iter().all(|known| known.location != location) {
            uses.push(Use::new(location, what));
        }
    });
    names
}

/// The places in some lines of a file where the condition of a menu's visibility names a symbol. A model keeps these conditions with the
/// prompts of the menu only, of which there may be none.
pub(super) fn in_visibility<'f>(file: &'f File, lines: &BTreeSet<u32>) -> Vec<(&'f str, Location)> {
    let mut places = Vec::new();
    let mut names = InLines {
        file,
        lines,
        found: &mut |name, span, _| places.push((name, file.location(span))),
    };
    each_statement(file.statements(), &mut |statement| {
        for property in statement.kind.properties() {
            if let PropertyKind::Visible(Some(condition)) = property.kind {
                names.expression(condition);
            }
        }
    });
    places
}

/// Whether some of these lines belong to a statement or property with this span, which begins in line `first`: a backslash continues it
/// in the next one.
pub(super) fn is_touched(file: &File, span: Span, first: u32, lines: &BTreeSet<u32>) -> bool {
    lines.range(first..).next().is_some_and(|&line| {
        let breaks = || {
            file.slice(span)
                .bytes()
                .filter(|&byte| byte == b'\n')
                .count()
        };
        line == first || line <= first + breaks() as u32
    })
}

/// The places in some lines of a file where a statement or property with this span names a symbol. One that a macro makes is in its line
/// as a whole. One that is in no word is in the block around it, such as in the `visible if` of a menu.
pub(super) fn places(file: &File, span: Span, lines: &BTreeSet<u32>, name: &str) -> Vec<Location> {
    let words = file.words();
    let first = words.partition_point(|word| word.span.start < span.start);
    let words = words[first..].iter();
    let words = words.take_while(|word| word.span.end <= span.end);
    let named = words.filter(|word| word.kind == WordKind::Plain && file.slice(word.span) == name);
    let named: Vec<Location> = named.map(|word| file.location(word.span)).collect();
    if named.is_empty() && file.slice(span).contains('$') {
        return vec![file.location(span)];
    }
    let of_lines = named.into_iter();
    of_lines
        .filter(|location| lines.contains(&location.line))
        .collect()
}

/// A function that takes a name, the place that names it, and what its line does with it.
type Found<'a, 'f> = dyn FnMut(&'f str, Span, &'static str) + 'a;

fn each_use<'f>(file: &'f File, lines: &BTreeSet<u32>, found: &mut Found<'_, 'f>) {
    let mut names = InLines { file, lines, found };
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::If { condition, .. } = statement.kind
            && is_touched(file, statement.span, statement.line, lines)
        {
            names.expression(condition);
        }
        let properties = statement.kind.properties();
        let is_logical = properties.iter().any(|of| of.kind.gives_logical_type());
        for property in properties {
            if is_touched(file, property.span, property.line, lines) {
                names.property(property.kind, is_logical);
            }
        }
    });
}

/// The names in the lines that are looked at.
struct InLines<'a, 'f> {
    file: &'f File,
    lines: &'a BTreeSet<u32>,
    found: &'a mut Found<'a, 'f>,
}

impl InLines<'_, '_> {
    /// `is_logical` says that the symbol is known to be a `bool` or `tristate`.
    fn property(&mut self, kind: PropertyKind, is_logical: bool) {
        let condition = match kind {
            PropertyKind::Type(_, prompt) => prompt.and_then(|prompt| prompt.condition),
            PropertyKind::Prompt(prompt) => prompt.condition,
            PropertyKind::Default {
                value, condition, ..
            } => {
                match self.file.expr(value) {
                    Expr::Symbol(word) if !is_logical => self.word(word, ""),
                    _ => self.expression(value),
                }
                condition
            }
            PropertyKind::DependsOn {
                dependency,
                condition,
            } => {
                self.expression(dependency);
                condition
            }
            PropertyKind::Select(target, condition) => {
                self.word(target, "selected here");
                condition
            }
            PropertyKind::Imply(target, condition) => {
                self.word(target, "implied here");
                condition
            }
            PropertyKind::Range(low, high, condition) => {
                self.word(low, "");
                self.word(high, "");
                condition
            }
            PropertyKind::Visible(condition) => condition,
            _ => None,
        };
        if let Some(condition) = condition {
            self.expression(condition);
        }
    }

    fn expression(&mut self, root: ExprId) {
        let file = self.file;
        file.each_word(root, &mut |word, is_compared| {
            self.word_as(word, "", !is_compared);
        });
    }

    fn word(&mut self, word: WordId, what: &'static str) {
        self.word_as(word, what, false);
    }

    fn word_as(&mut self, word: WordId, what: &'static str, is_truth: bool) {
        let file = self.file;
        let name = file.word_text(word);
        if file.word(word).kind != WordKind::Plain || !is_name_as(name, is_truth) {
            return;
        }
        let span = file.word(word).span;
        if self.lines.contains(&file.location(span).line) {
            (self.found)(name, span, what);
        }
    }
}
