//! Owns one open file: its text as it stands in the editor, what is read from it at once, and what was found in it.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde_json::Value;
use similar::{DiffOp, TextDiff};

use super::finding;
use super::index::OfFile;
use super::text::{Lines, replace};
use crate::diag::Diagnostic;
use crate::feature::arch_support::Table;
use crate::kconfig::syntax::File;
use crate::limits::FILE_SIZE;

/// The kind of a file.
#[derive(Debug)]
pub(super) enum Content {
    /// Kconfig, with its syntax tree.
    Kconfig(Box<File>),
    /// The table of a feature, with what is wrong with its lines.
    Table(Box<Table>, Vec<Diagnostic>),
    /// Anything else, in which `CONFIG_X` names a symbol.
    Other,
    /// More than a file of the tree may have. It is not looked at.
    TooLarge,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Document {
    /// Its URI, as the editor writes it.
    pub uri: String,
    /// The number of its root.
    pub root: usize,
    /// Its path in the tree.
    pub path: Arc<str>,
    /// The version of the text, as the editor counts.
    pub version: Option<i64>,
    /// The text.
    pub text: String,
    /// Its lines.
    pub lines: Lines,
    /// Its kind and parsed content.
    pub content: Content,
    /// The symbols that it declares and names.
    pub symbols: OfFile,
    /// The text on disk when it was opened; `None` where there was no such file.
    pub opened: Option<String>,
    /// The findings of the last check, and the text that they are about.
    checked: (Vec<Diagnostic>, String),
    /// The visible findings.
    pub shown: Vec<Diagnostic>,
}

/// Whether the editor's files of this path are read as Kconfig.
fn is_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.contains("Kconfig") && !name.ends_with(".rst")
}

impl Document {
    /// A file that was just opened.
    pub fn new(
        uri: String,
        (root, path): (usize, &str),
        version: Option<i64>,
        text: String,
        opened: Option<String>,
    ) -> Self {
        let mut document = Self {
            uri,
            root,
            path: Arc::from(path),
            version,
            lines: Lines::new(&text),
            text,
            content: Content::Other,
            symbols: OfFile::default(),
            opened,
            checked: Default::default(),
            shown: Vec::new(),
        };
        document.read();
        document
    }

    /// Applies the changes of an edit, in their order; one without a range is the whole text. Malformed ones change nothing.
    pub fn edit(&mut self, version: Option<i64>, changes: &[Value]) {
        for change in changes {
            let Some(new) = change.get("text").and_then(Value::as_str) else {
                continue;
            };
            let range = change.get("range").filter(|range| !range.is_null());
            match range.map(|range| serde_json::from_value(range.clone())) {
                None => self.text = new.to_owned(),
                Some(Ok(range)) => replace(&mut self.text, range, new),
                Some(Err(_)) => {}
            }
        }
        self.version = version.or(self.version);
        self.read();
    }

    fn read(&mut self) {
        self.lines = Lines::new(&self.text);
        self.symbols = OfFile::default();
        self.content = if self.text.len() as u64 > FILE_SIZE.get() {
            Content::TooLarge
        } else if is_kconfig(&self.path) {
            let file = File::parse(self.path.clone(), self.text.clone());
            self.symbols = OfFile::new(&file);
            Content::Kconfig(Box::new(file))
        } else if Table::is_table_path(&self.path) {
            let (table, wrong) = Table::parse(self.path.clone(), &self.text);
            Content::Table(Box::new(table), wrong)
        } else {
            Content::Other
        };
    }

    /// The syntax tree, if it is Kconfig.
    pub fn file(&self) -> Option<&File> {
        match &self.content {
            Content::Kconfig(file) => Some(file),
            _ => None,
        }
    }

    /// Whether it exceeds the limit on files.
    pub fn is_too_large(&self) -> bool {
        matches!(self.content, Content::TooLarge)
    }

    /// The lines that differ from what was opened, counted from 1.
    pub fn changed_lines(&self) -> BTreeSet<u32> {
        let opened = self.opened.as_deref().unwrap_or_default();
        let mut lines = BTreeSet::new();
        if opened == self.text || matches!(self.content, Content::TooLarge) {
            return lines;
        }
        for op in TextDiff::from_lines(opened, &*self.text).ops() {
            if !matches!(op, DiffOp::Equal { .. }) {
                lines.extend(op.new_range().map(|line| line as u32 + 1));
            }
        }
        lines
    }

    /// Takes up what a check found in this very text.
    pub fn set_checked(&mut self, findings: Vec<Diagnostic>) {
        self.shown.clone_from(&findings);
        self.checked = (findings, self.text.clone());
    }

    /// Forgets what was found.
    pub fn forget(&mut self) {
        self.checked = Default::default();
    }

    /// The findings of the last check that still hold.
    pub fn carried(&self) -> Vec<Diagnostic> {
        finding::carry(&self.checked.0, &self.checked.1, &self.text)
    }

    /// The symbol at a byte, with the start of the word. In Kconfig it is a name of the language; elsewhere, and in comments and help
    /// texts, it has the prefix `CONFIG_`.
    pub fn symbol_at(&self, offset: usize) -> Option<(usize, &str)> {
        let (start, word) = super::text::word_at(&self.text, offset)?;
        if let Some(name) = word.strip_prefix("CONFIG_").filter(|name| !name.is_empty()) {
            let declares = self.symbols.sites(word);
            if declares.is_empty() {
                return Some((start, name));
            }
        }
        match &self.content {
            Content::Kconfig(_) => {
                let mut sites = self.symbols.sites(word).iter();
                sites
                    .any(|site| site.span.start as usize == start)
                    .then_some((start, word))
            }
            Content::Table(table, _) => {
                let terms = table.kconfig();
                terms
                    .iter()
                    .any(|term| &*term.symbol == word)
                    .then_some((start, word))
            }
            Content::Other | Content::TooLarge => None,
        }
    }
}
