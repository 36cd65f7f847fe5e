//! Owns which names may belong to symbols that lead back to themselves: one look at the files as they are written serves the models of
//! all architectures.
//!
//! A name leads to another where its value may be computed from it in some model that is made of the files: whatever sources a file by a
//! path that may be its own, whichever entry of a name an architecture has. So each loop of a model is one of names, and where names have
//! none, no model has one. Names that macros make are not seen; a model in which such a name is defined has to be looked at as a whole.

use std::sync::{Arc, Weak};

use rustc_hash::FxHashMap;

use super::{NameId, Source};
use crate::kconfig::syntax::{ExprId, Property, PropertyKind, Statement, StatementKind, WordId};

/// The names of symbols that may lead back to themselves, in some files.
#[derive(Clone, Debug)]
pub struct Circular(Arc<Found>);

#[derive(Debug)]
struct Found {
    /// The files, by their addresses. No other file can have one of these as long as this is there, and their texts need not stay.
    files: FxHashMap<usize, Weak<Source>>,
    /// By the number of the name; empty where no name is circular.
    names: Vec<bool>,
    /// Whether there is something that this does not understand, so that any name may be circular.
    all: bool,
}

/// Most kinds of paths with macros, each of which is compared with all files. A kernel has three.
const MAX_PATTERNS: usize = 100;

/// A file as long as it is there.
fn address(source: &Arc<Source>) -> usize {
    Arc::as_ptr(source) as usize
}

impl Circular {
    /// Looks through files. `names` is how many names there are, and `m` is one of them.
    pub(super) fn find(files: &[Arc<Source>], names: usize, m: NameId) -> Self {
        let mut graph = Graph::new(files, names);
        for source in files {
            let around = graph.by_path[&**source.file.path()];
            let mut reading = Reading {
                source,
                graph: &mut graph,
                m,
                choice: None,
            };
            reading.statements(source.file.statements(), around);
        }
        let all = graph.all;
        let mut found = graph.left_over();
        found.truncate(names);
        if !found.contains(&true) {
            found.clear();
        }
        Self(Arc::new(Found {
            files: files
                .iter()
                .map(|file| (address(file), Arc::downgrade(file)))
                .collect(),
            names: found,
            all,
        }))
    }

    /// Whether the files were looked at.
    pub(super) fn covers(&self, files: &[Arc<Source>]) -> bool {
        let mut files = files.iter();
        files.all(|file| self.0.files.contains_key(&address(file)))
    }

    /// Whether no symbol leads back to itself in any model.
    pub fn is_empty(&self) -> bool {
        self.0.names.is_empty() && !self.0.all
    }

    /// Whether the symbol with this name may lead back to itself.
    pub fn may_be(&self, name: NameId) -> bool {
        self.0.all || self.0.names.get(name.index()).is_some_and(|is| *is)
    }
}

/// The names; then nodes for files and blocks, which lead to what everything in them depends on.
struct Graph<'f> {
    /// For each node the one that stands for it: the members of a choice and the choice are one.
    is_one_with: Vec<u32>,
    edges: Vec<(u32, u32)>,
    /// The nodes of files. Several texts of a file have one.
    by_path: FxHashMap<&'f str, u32>,
    /// The nodes of paths with macros, by what is before them and after them: all files that may have such a path lead to it.
    patterns: FxHashMap<(&'f str, &'f str), u32>,
    all: bool,
}

impl<'f> Graph<'f> {
    fn new(files: &'f [Arc<Source>], names: usize) -> Self {
        let mut graph = Self {
            is_one_with: (0..names as u32).collect(),
            edges: Vec::with_capacity(files.iter().map(|file| file.file.exprs().len()).sum()),
            by_path: FxHashMap::default(),
            patterns: FxHashMap::default(),
            all: false,
        };
        for file in files {
            let next = graph.is_one_with.len() as u32;
            let node = *graph.by_path.entry(&**file.file.path()).or_insert(next);
            if node == next {
                graph.node();
            }
        }
        graph
    }

    fn node(&mut self) -> u32 {
        let node = self.is_one_with.len() as u32;
        self.is_one_with.push(node);
        node
    }

    fn pattern(&mut self, before: &'f str, after: &'f str) -> u32 {
        if let Some(&known) = self.patterns.get(&(before, after)) {
            return known;
        }
        let node = self.node();
        self.patterns.insert((before, after), node);
        if self.patterns.len() > MAX_PATTERNS {
            self.all = true;
            return node;
        }
        let files = self.by_path.iter();
        let files = files.filter(|(path, _)| path.starts_with(before) && path.ends_with(after));
        self.edges.extend(files.map(|(_, &file)| (file, node)));
        node
    }

    fn edge(&mut self, from: u32, to: u32) {
        self.edges.push((from, to));
    }

    fn representative(&mut self, mut node: u32) -> u32 {
        while self.is_one_with[node as usize] != node {
            let next = self.is_one_with[node as usize];
            self.is_one_with[node as usize] = self.is_one_with[next as usize];
            node = next;
        }
        node
    }

    fn unite(&mut self, a: u32, b: u32) {
        let (a, b) = (self.representative(a), self.representative(b));
        self.is_one_with[a as usize] = b;
    }

    /// For each node whether it is on a circle, or on a way from one to another: what is left once nodes that lead nowhere, and such as
    /// nothing leads to, are taken away again and again.
    fn left_over(mut self) -> Vec<bool> {
        let count = self.is_one_with.len();
        let mut edges = std::mem::take(&mut self.edges);
        for (from, to) in &mut edges {
            *from = self.representative(*from);
            *to = self.representative(*to);
        }
        let mut is_left = vec![true; count];
        for _ in 0..2 {
            take_away(&edges, &mut is_left);
            for (from, to) in &mut edges {
                std::mem::swap(from, to);
            }
        }
        let nodes = 0..count as u32;
        nodes
            .map(|node| is_left[self.representative(node) as usize])
            .collect()
    }
}

/// Takes nodes that lead nowhere away, again and again.
fn take_away(edges: &[(u32, u32)], is_left: &mut [bool]) {
    let counts = |edge: &&(u32, u32)| is_left[edge.0 as usize] && is_left[edge.1 as usize];
    // For each node how many edges lead away from it, and where the edges to it begin among all.
    let mut leads_to = vec![0_u32; is_left.len()];
    let mut begins = vec![0_u32; is_left.len() + 1];
    for &(from, to) in edges.iter().filter(counts) {
        leads_to[from as usize] += 1;
        begins[to as usize + 1] += 1;
    }
    for node in 0..is_left.len() {
        begins[node + 1] += begins[node];
    }
    let mut next = begins.clone();
    let mut sources = vec![0_u32; *begins.last().unwrap_or(&0) as usize];
    for &(from, to) in edges.iter().filter(counts) {
        let at = &mut next[to as usize];
        sources[*at as usize] = from;
        *at += 1;
    }
    let nodes = 0..is_left.len() as u32;
    let is_end = |node: &u32| is_left[*node as usize] && leads_to[*node as usize] == 0;
    let mut pending: Vec<u32> = nodes.filter(is_end).collect();
    while let Some(node) = pending.pop() {
        is_left[node as usize] = false;
        let edges = begins[node as usize] as usize..begins[node as usize + 1] as usize;
        for &from in &sources[edges] {
            let left = &mut leads_to[from as usize];
            *left -= 1;
            if *left == 0 {
                pending.push(from);
            }
        }
    }
}

/// A file while it is looked at.
struct Reading<'r, 'f> {
    source: &'f Source,
    graph: &'r mut Graph<'f>,
    m: NameId,
    /// The choice around, whose members are one with it.
    choice: Option<u32>,
}

impl Reading<'_, '_> {
    fn name(&self, word: WordId) -> Option<u32> {
        let mention = self.source.symbols()[self.source.mention(word)?];
        // In quotes a name is a constant, but `m` is always the same.
        let is_symbol = !mention.constant || mention.name == self.m;
        is_symbol.then_some(mention.name.index() as u32)
    }

    /// The node leads to all names of an expression.
    fn leads_to(&mut self, node: u32, expr: impl IntoIterator<Item = ExprId>) {
        let source = self.source;
        for expr in expr {
            source.file.each_word(expr, &mut |word, _| {
                if let Some(name) = self.name(word) {
                    self.graph.edge(node, name);
                }
            });
        }
    }

    fn statements(&mut self, statements: &[Statement], around: u32) {
        for statement in statements {
            match &statement.kind {
                StatementKind::Config {
                    name, properties, ..
                } => {
                    let Some(symbol) = self.name(*name) else {
                        continue;
                    };
                    self.graph.edge(symbol, around);
                    self.properties(properties, symbol, symbol, true);
                    if let Some(choice) = self.choice {
                        self.graph.unite(symbol, choice);
                    }
                }
                StatementKind::Choice {
                    name,
                    properties,
                    body,
                } => {
                    let (symbol, block) = (self.graph.node(), self.graph.node());
                    self.graph.edge(block, around);
                    self.graph.edge(symbol, block);
                    match name.map(|name| self.name(name)) {
                        Some(Some(name)) => self.graph.unite(symbol, name),
                        Some(None) => self.graph.all = true,
                        None => {}
                    }
                    // Until 6.10 a choice in a choice is a member.
                    if let Some(outer) = self.choice {
                        self.graph.unite(symbol, outer);
                    }
                    self.properties(properties, symbol, block, false);
                    let outer = self.choice.replace(symbol);
                    self.statements(body, block);
                    self.choice = outer;
                }
                StatementKind::Menu {
                    properties, body, ..
                } => {
                    let block = self.graph.node();
                    self.graph.edge(block, around);
                    self.properties(properties, block, block, false);
                    self.statements(body, block);
                }
                StatementKind::If { condition, body } => {
                    let block = self.graph.node();
                    self.graph.edge(block, around);
                    self.leads_to(block, [*condition]);
                    self.statements(body, block);
                }
                StatementKind::Source(path) => self.sourced(*path, around),
                StatementKind::MainMenu(_)
                | StatementKind::Assignment(..)
                | StatementKind::Comment { .. }
                | StatementKind::Expand(_) => {}
            }
        }
    }

    /// The lines of an entry: `symbol` leads to what they say, `block` to what they say of everything in it. Defaults of a choice name members,
    /// which is no step.
    fn properties(&mut self, lines: &[Property], symbol: u32, block: u32, has_value: bool) {
        for line in lines {
            match line.kind {
                PropertyKind::Type(_, Some(prompt)) | PropertyKind::Prompt(prompt) => {
                    self.leads_to(symbol, prompt.condition);
                }
                PropertyKind::Default {
                    value, condition, ..
                } => {
                    self.leads_to(symbol, has_value.then_some(value));
                    self.leads_to(symbol, condition);
                }
                PropertyKind::DependsOn {
                    dependency,
                    condition,
                } => {
                    self.leads_to(block, [dependency]);
                    self.leads_to(block, condition);
                }
                PropertyKind::Select(target, condition)
                | PropertyKind::Imply(target, condition) => {
                    if let Some(target) = self.name(target) {
                        self.graph.edge(target, symbol);
                        self.leads_to(target, condition);
                    }
                }
                PropertyKind::Range(_, _, condition) => self.leads_to(symbol, condition),
                // It bears on the prompts of what is in the menu.
                PropertyKind::Visible(condition) => self.leads_to(block, condition),
                // A bare `m` in an expression stands for this symbol, too.
                PropertyKind::Modules => self.graph.edge(self.m.index() as u32, symbol),
                PropertyKind::Option(text) if self.source.file.slice(text) == "modules" => {
                    self.graph.edge(self.m.index() as u32, symbol);
                }
                PropertyKind::Option(_)
                | PropertyKind::Type(_, None)
                | PropertyKind::Help(_)
                | PropertyKind::Transitional
                | PropertyKind::Optional
                | PropertyKind::Expand(_) => {}
            }
        }
    }

    /// The files that may have the path lead to the block around the line.
    fn sourced(&mut self, path: WordId, around: u32) {
        if self.choice.is_some() {
            // Whatever the file declares belongs to the choice.
            self.graph.all = true;
        }
        let source = self.source;
        let text = source.file.word_text(path);
        let is_plain = !source.file.word(path).kind.needs_expansion();
        if is_plain {
            if let Some(&file) = self.graph.by_path.get(text) {
                self.graph.edge(file, around);
            }
            return;
        }
        let first = text.find(['$', '\\']).unwrap_or(text.len());
        let last = text.rfind([')', '\\', '$']).map_or(0, |last| last + 1);
        let (before, after) = (&text[..first], &text[last.max(first)..]);
        let pattern = self.graph.pattern(before, after);
        self.graph.edge(pattern, around);
    }
}
