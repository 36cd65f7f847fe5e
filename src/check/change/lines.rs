//! Owns the names that changed lines of one Kconfig file write, judged from its syntax tree alone: the quick form of what
//! [`super::names`] finds with the models of all architectures, for those who cannot wait for models.

use std::collections::{BTreeMap, BTreeSet};

use super::spelling::{is_name_as, nearest};
use crate::check::lints::undeclared_name::{Use, Written, written};
use crate::diag::Diagnostic;
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

/// A function that takes a name, the place of the line that names it, and what the line does with it.
type Found<'a, 'f> = dyn FnMut(&'f str, Span, &'static str) + 'a;

fn each_use<'f>(file: &'f File, lines: &BTreeSet<u32>, found: &mut Found<'_, 'f>) {
    let mut names = InLines { file, found };
    each_statement(file.statements(), &mut |statement| {
        if let StatementKind::If { condition, .. } = statement.kind
            && lines.contains(&statement.line)
        {
            names.expression(condition, statement.span);
        }
        let properties = statement.kind.properties();
        let is_logical = properties.iter().any(|of| of.kind.gives_logical_type());
        for property in properties.iter().filter(|of| lines.contains(&of.line)) {
            names.property(property.kind, property.span, is_logical);
        }
    });
}

/// The names in the lines that are looked at.
struct InLines<'a, 'f> {
    file: &'f File,
    found: &'a mut Found<'a, 'f>,
}

impl InLines<'_, '_> {
    /// `is_logical` says that the symbol is known to be a `bool` or `tristate`.
    fn property(&mut self, kind: PropertyKind, span: Span, is_logical: bool) {
        let condition = match kind {
            PropertyKind::Type(_, prompt) => prompt.and_then(|prompt| prompt.condition),
            PropertyKind::Prompt(prompt) => prompt.condition,
            PropertyKind::Default {
                value, condition, ..
            } => {
                match self.file.expr(value) {
                    Expr::Symbol(word) if !is_logical => self.word(word, span, ""),
                    _ => self.expression(value, span),
                }
                condition
            }
            PropertyKind::DependsOn {
                dependency,
                condition,
            } => {
                self.expression(dependency, span);
                condition
            }
            PropertyKind::Select(target, condition) => {
                self.word(target, span, "selected here");
                condition
            }
            PropertyKind::Imply(target, condition) => {
                self.word(target, span, "implied here");
                condition
            }
            PropertyKind::Range(low, high, condition) => {
                self.word(low, span, "");
                self.word(high, span, "");
                condition
            }
            PropertyKind::Visible(condition) => condition,
            _ => None,
        };
        if let Some(condition) = condition {
            self.expression(condition, span);
        }
    }

    fn expression(&mut self, root: ExprId, span: Span) {
        let file = self.file;
        file.each_word(root, &mut |word, is_compared| {
            self.word_as(word, span, "", !is_compared);
        });
    }

    fn word(&mut self, word: WordId, span: Span, what: &'static str) {
        self.word_as(word, span, what, false);
    }

    fn word_as(&mut self, word: WordId, span: Span, what: &'static str, is_truth: bool) {
        let file = self.file;
        let name = file.word_text(word);
        if file.word(word).kind != WordKind::Plain || !is_name_as(name, is_truth) {
            return;
        }
        (self.found)(name, span, what);
    }
}
