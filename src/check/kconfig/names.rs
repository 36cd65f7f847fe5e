//! Owns names that nothing declares: words in expressions, `select`, `imply`, `range` and `default` lines of the Kconfig files for
//! which no file has a `config` entry.
//!
//! Declared counts for the whole tree, whatever the architecture: a driver for several platforms names the symbols of them all. It
//! must not know models: a file that no architecture sources is looked at, too.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::words::PREFIX;
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::kconfig::sources::{Source, Sources, each_statement};
use crate::kconfig::syntax::{Expr, PropertyKind, Statement, StatementKind, WordId, WordKind};
use crate::tree::{Tree, TreeError};

/// The name of the lint.
pub const UNDECLARED: &str = "undeclared-name";

/// Most places that one finding shows besides the first.
const MAX_PLACES: usize = 8;

/// The names in the Kconfig files of a tree.
#[derive(Debug, Default)]
pub struct Names {
    /// The symbols that some file declares.
    declared: FxHashSet<Arc<str>>,
    /// The places of the names that no file declares, by name, in the order of the files.
    undeclared: Vec<(Arc<str>, Vec<Reference>)>,
    /// The files that could not be read, each with the reason, sorted.
    unread: Vec<String>,
}

/// A place where a symbol is named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// Where.
    pub location: Location,
    /// Whether a `select` or `imply` names it.
    pub is_reverse: bool,
}

/// Whether a file is one that `conf` may read. The files that test `conf` itself are not.
pub fn is_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains("Kconfig")
        && !name.ends_with(".rst")
        && !name.ends_with(".include")
        && !path.starts_with("scripts/kconfig/tests/")
        && !path.starts_with(".git/")
}

impl Names {
    /// Reads all Kconfig files of a tree.
    ///
    /// # Errors
    ///
    /// The tree cannot be listed.
    pub fn read(tree: &Tree, sources: &Sources<'_>) -> Result<Self, TreeError> {
        let paths = tree.walk("", &is_kconfig)?;
        let read: Vec<Result<OfFile, String>> = paths
            .par_iter()
            .filter_map(|path| match sources.file(path) {
                Ok(source) => Some(Ok(of_file(&source))),
                // A link that leads nowhere declares nothing.
                Err(error) if matches!(*error, TreeError::NotFound { .. }) => None,
                Err(error) => Some(Err(error.to_string())),
            })
            .collect();
        let mut names = Self::default();
        let mut files = Vec::new();
        for of in read {
            match of {
                Ok(of) => files.push(of),
                Err(reason) => names.unread.push(reason),
            }
        }
        for of in &files {
            names.declared.extend(of.declared.iter().cloned());
        }
        let mut index: FxHashMap<Arc<str>, usize> = FxHashMap::default();
        for (name, reference) in files.into_iter().flat_map(|of| of.named) {
            if names.declared.contains(&name) {
                continue;
            }
            let next = names.undeclared.len();
            let at = *index.entry(name.clone()).or_insert(next);
            if at == next {
                names.undeclared.push((name, Vec::new()));
            }
            names.undeclared[at].1.push(reference);
        }
        names.undeclared.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(names)
    }

    /// Whether some Kconfig file declares a symbol of this name.
    pub fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// The Kconfig files that could not be read, each with the reason. What they declare is not known.
    pub fn unread(&self) -> &[String] {
        &self.unread
    }

    /// The names that no file that was read declares, sorted, each with its places.
    pub fn undeclared(&self) -> impl Iterator<Item = (&str, &[Reference])> {
        self.undeclared
            .iter()
            .map(|(name, references)| (&**name, &**references))
    }

    /// The declared symbol whose name is nearest to another, if one is so near that it may be meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let plain = name.strip_prefix(PREFIX).unwrap_or(name);
        if plain != name && self.declared.contains(plain) {
            return self.declared.get(plain).map(|known| &**known);
        }
        let upper = name.to_ascii_uppercase();
        if let Some(known) = self.declared.get(&*upper) {
            return Some(known);
        }
        let allowed = match name.len() {
            0..=4 => return None,
            5..=8 => 1,
            _ => 2,
        };
        self.declared
            .iter()
            .filter(|known| known.len().abs_diff(name.len()) <= allowed)
            .map(|known| (strsim::damerau_levenshtein(known, name), known))
            .filter(|&(distance, _)| distance <= allowed)
            // Names that differ in a number are different devices, not a typo.
            .filter(|(_, known)| digits(known) == digits(name))
            .min()
            .map(|(_, known)| &**known)
    }

    /// A finding for each name that is declared nowhere; none where a file that could not be read may declare it.
    pub fn findings(&self, level: Level) -> Vec<Diagnostic> {
        if !self.unread.is_empty() {
            return Vec::new();
        }
        let undeclared = self.undeclared.iter();
        let findings = undeclared.filter_map(|(name, references)| {
            let first = references.first()?;
            Some(self.finding(level, name, first, references))
        });
        findings.collect()
    }

    fn finding(
        &self,
        level: Level,
        name: &Arc<str>,
        first: &Reference,
        references: &[Reference],
    ) -> Diagnostic {
        let headline = format!("`{name}` is not declared in any Kconfig file");
        let text = if first.is_reverse {
            "this has no effect"
        } else {
            "this is always n"
        };
        let label = Label::new(first.location.clone(), text);
        let mut finding = Diagnostic::new(UNDECLARED, level, headline, label);
        finding.symbol = Some(name.to_string());
        let others = references.iter().filter(|other| *other != first);
        for other in others.clone().take(MAX_PLACES) {
            let label = Label::new(other.location.clone(), "and here");
            finding = finding.with_secondary(label);
        }
        let hidden = others.count().saturating_sub(MAX_PLACES);
        if hidden > 0 {
            finding = finding.with_note(format!("and {hidden} more"));
        }
        let help = match &**name {
            "Y" | "N" | "M" => format!(
                "write `{}`: Kconfig's constants are lower case",
                name.to_ascii_lowercase()
            ),
            _ => match self.nearest(name) {
                Some(nearest) if name.strip_prefix(PREFIX) == Some(nearest) => {
                    format!("write `{nearest}`, without the prefix `{PREFIX}`")
                }
                Some(nearest) => format!("write `{nearest}`, if you meant that"),
                None => "remove it, or declare the symbol".to_owned(),
            },
        };
        finding.with_help(help)
    }
}

fn digits(name: &str) -> String {
    name.chars().filter(char::is_ascii_digit).collect()
}

/// Whether a word names a symbol: not `y`, `m`, `n`, and no number.
pub fn is_name(text: &str) -> bool {
    let hex = text
        .strip_prefix("0x")
        .or_else(|| text.strip_prefix("0X"))
        .is_some_and(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    text.bytes().any(|byte| byte.is_ascii_alphabetic())
        && !matches!(text, "y" | "m" | "n")
        && !hex
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// The names that one file declares and uses.
struct OfFile {
    declared: Vec<Arc<str>>,
    named: Vec<(Arc<str>, Reference)>,
}

fn of_file(source: &Source) -> OfFile {
    let file = &source.file;
    let (mut declared, mut named) = (Vec::new(), Vec::new());
    let mut name = |word: WordId, is_reverse: bool| {
        let of = file.word(word);
        let text = file.slice(of.span);
        if of.kind == WordKind::Plain && is_name(text) {
            let location = file.location(of.span);
            named.push((
                Arc::from(text),
                Reference {
                    location,
                    is_reverse,
                },
            ));
        }
    };
    for expr in file.exprs() {
        match *expr {
            Expr::Symbol(word) => name(word, false),
            Expr::Compare(_, left, right) => {
                name(left, false);
                name(right, false);
            }
            _ => {}
        }
    }
    each_statement(file.statements(), &mut |statement: &Statement| {
        if let StatementKind::Config { name, .. } = &statement.kind {
            declared.push(Arc::from(file.word_text(*name)));
        }
        for property in statement.kind.properties() {
            match property.kind {
                PropertyKind::Select(target, _) | PropertyKind::Imply(target, _) => {
                    name(target, true);
                }
                PropertyKind::Range(low, high, _) => {
                    name(low, false);
                    name(high, false);
                }
                _ => {}
            }
        }
    });
    named.sort_by_key(|(_, reference)| reference.location.start);
    OfFile { declared, named }
}
