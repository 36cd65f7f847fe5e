//! Owns which directives can bear on a question: the include graph without its conditions, and from the names backwards the
//! conditionals around them, the macros that those test, and the includes that lead to any of these.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::Question;
use crate::cpp::cache::{Cache, Indexed, NameId};
use crate::cpp::include::{FORCED, Resolution, SearchPath};
use crate::cpp::lex::{Kind as TokenKind, Lexer};
use crate::cpp::occurrence::{Kind, Sighting};
use crate::cpp::scan::{DirectiveKind, Target};
use crate::cpp::wanted::Wanted;

/// A file of the include graph.
#[derive(Debug)]
pub struct Node {
    /// The file.
    pub indexed: Arc<Indexed>,
    /// Where its includes lead, in the order of [`Indexed::includes`].
    pub edges: Vec<Edge>,
    /// Where the names stand in it as definitions.
    pub sightings: Vec<Sighting>,
    /// Whether something relevant stands in it or behind one of its includes.
    pub matters: bool,
    /// For each conditional whether it is relevant.
    pub groups: Vec<bool>,
}

/// Where an include leads.
#[derive(Debug, PartialEq, Eq)]
pub enum Edge {
    /// To a file.
    File(usize),
    /// To one of several files; each with the directory that the platform must pass for it, or none for the last one.
    Platform(Vec<(Arc<str>, usize)>),
    /// To no file of the tree; `generated` if a build makes it.
    Nowhere {
        /// Whether a build makes it.
        generated: bool,
    },
}

impl Edge {
    /// The files that it may lead to.
    pub fn targets(&self) -> impl Iterator<Item = usize> {
        let (one, many) = match self {
            Edge::File(file) => (Some(*file), None),
            Edge::Platform(files) => (None, Some(files.iter().map(|&(_, file)| file))),
            Edge::Nowhere { .. } => (None, None),
        };
        one.into_iter().chain(many.into_iter().flatten())
    }
}

/// The include graph with its relevant parts.
#[derive(Debug)]
pub struct Slice {
    /// The files. The order is that in which they are found, breadth first.
    pub nodes: Vec<Node>,
    /// The forced headers and the entry header, in their order.
    pub roots: Vec<usize>,
    /// For each name whether its definitions are relevant.
    relevant: Vec<bool>,
    /// For each name whether its value is.
    valued: Vec<bool>,
    /// For each name whether a file of the graph defines it.
    defined: Vec<bool>,
}

impl Slice {
    /// Follows the includes and marks what is relevant.
    pub fn new(cache: &Cache<'_>, question: &Question<'_>, before: &[&str]) -> Self {
        Self::build(cache, question, before, &[], &[]).0
    }

    /// The same for places, each a file and an offset in it: also the file of each place as an index into the nodes, and `None`
    /// where the includes do not lead to it. Headers are looked for in `directories`, too.
    pub fn of_places(
        cache: &Cache<'_>,
        question: &Question<'_>,
        directories: &[String],
        places: &[(&str, u32)],
    ) -> (Self, Vec<Option<(usize, u32)>>) {
        Self::build(cache, question, &[], directories, places)
    }

    fn build(
        cache: &Cache<'_>,
        question: &Question<'_>,
        before: &[&str],
        directories: &[String],
        places: &[(&str, u32)],
    ) -> (Self, Vec<Option<(usize, u32)>>) {
        let mut path = SearchPath::new(cache, question.srcarch);
        let is_assembler = question.entry.ends_with(".S");
        if question.entry.ends_with(".c") || is_assembler {
            path.enter_unit(cache, question.entry);
            path.add_to_unit(directories);
        }
        let mut graph = Graph {
            cache,
            path,
            wanted: cache.wanted(question.names),
            numbers: FxHashMap::default(),
            nodes: Vec::new(),
        };
        // `a_flags` in scripts/Makefile.lib leaves out what is for the compiler alone.
        let forced = match is_assembler {
            true => &FORCED[..FORCED.len() - 1],
            false => &FORCED[..],
        };
        let roots: Vec<usize> = forced
            .iter()
            .chain(before)
            .chain([&question.entry])
            .filter_map(|path| graph.node(path))
            .collect();
        graph.follow();
        // Other threads give out numbers meanwhile: those that are looked up before they are counted are among them.
        let asked: Vec<NameId> = question
            .names
            .iter()
            .filter_map(|name| cache.name_id(name))
            .collect();
        let names = cache.name_count();
        let marks: Vec<Option<(usize, u32)>> = places
            .iter()
            .map(|&(path, offset)| Some((*graph.numbers.get(path)?, offset)))
            .collect();
        let mut slice = Self {
            nodes: graph.nodes,
            roots,
            relevant: vec![false; names],
            valued: vec![false; names],
            defined: vec![false; names],
        };
        for &(file, offset) in marks.iter().flatten() {
            let group = slice.nodes[file].indexed.group_at(offset);
            slice.mark_group(file, group);
            slice.nodes[file].matters = true;
        }
        slice.mark(cache, &asked);
        (slice, marks)
    }

    /// Whether the definitions of a name are relevant.
    pub fn is_relevant(&self, name: NameId) -> bool {
        self.relevant.get(name as usize) == Some(&true)
    }

    /// Whether a file of the graph defines the name.
    pub fn is_defined(&self, name: NameId) -> bool {
        self.defined.get(name as usize) == Some(&true)
    }

    /// How many names are relevant.
    pub fn relevant_count(&self) -> usize {
        self.relevant.iter().filter(|&&relevant| relevant).count()
    }

    /// Marks from the names that are asked for on, until nothing new is found.
    fn mark(&mut self, cache: &Cache<'_>, asked: &[NameId]) {
        for &name in asked {
            self.relevant[name as usize] = true;
        }
        for node in &self.nodes {
            for &(_, name) in &node.indexed.definitions {
                if let Some(defined) = self.defined.get_mut(name as usize) {
                    *defined = true;
                }
            }
        }
        let mut holders: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (index, node) in self.nodes.iter().enumerate() {
            for target in node.edges.iter().flat_map(Edge::targets) {
                holders[target].push(index);
            }
        }
        // Bodies of macros whose value counts, so that each is looked at once.
        let mut seen_bodies = rustc_hash::FxHashSet::default();
        loop {
            let mut changed = false;
            for index in 0..self.nodes.len() {
                changed |= self.mark_file(cache, index, &mut seen_bodies);
            }
            changed |= self.spread(&holders);
            if !changed {
                return;
            }
        }
    }

    /// Marks what is relevant in one file. Returns whether that is more than before.
    fn mark_file(
        &mut self,
        cache: &Cache<'_>,
        index: usize,
        seen_bodies: &mut rustc_hash::FxHashSet<(usize, u32)>,
    ) -> bool {
        let indexed = self.nodes[index].indexed.clone();
        let mut changed = false;
        let mut any = !self.nodes[index].sightings.is_empty();
        for sighting in 0..self.nodes[index].sightings.len() {
            let offset = self.nodes[index].sightings[sighting].span.start;
            changed |= self.mark_group(index, indexed.group_at(offset));
        }
        for &(directive, name) in &indexed.definitions {
            if !self.is_relevant(name) {
                continue;
            }
            any = true;
            changed |= self.mark_group(index, indexed.group[directive as usize]);
            if self.valued[name as usize] && seen_bodies.insert((index, directive)) {
                changed |= self.mark_body(cache, &indexed, directive);
            }
        }
        for (position, &directive) in indexed.includes.iter().enumerate() {
            let node = &self.nodes[index];
            let edge = &node.edges[position];
            // An include that leads nowhere is reported with its condition, which must be exact then.
            let reported = node.matters && matches!(edge, Edge::Nowhere { .. });
            if reported || edge.targets().any(|target| self.nodes[target].matters) {
                changed |= self.mark_group(index, indexed.group[directive as usize]);
            }
        }
        let node = &mut self.nodes[index];
        changed |= any && !node.matters;
        node.matters |= any;
        changed
    }

    /// Marks a conditional, those around it, and the names that they test.
    fn mark_group(&mut self, index: usize, mut group: Option<u32>) -> bool {
        let node = &mut self.nodes[index];
        let mut changed = false;
        while let Some(number) = group {
            let marked = &mut node.groups[number as usize];
            if *marked {
                break;
            }
            *marked = true;
            changed = true;
            let group_of = &node.indexed.groups[number as usize];
            for &(name, value) in &group_of.tests {
                self.relevant[name as usize] = true;
                self.valued[name as usize] |= value;
            }
            group = group_of.parent;
        }
        changed
    }

    /// Marks the names in the replacement of a macro whose value counts.
    fn mark_body(&mut self, cache: &Cache<'_>, indexed: &Indexed, directive: u32) -> bool {
        let DirectiveKind::Define { body, .. } = indexed.file.directives[directive as usize].kind
        else {
            return false;
        };
        let text = &indexed.file.text;
        let mut changed = false;
        for token in Lexer::new(text, body.start as usize, body.end as usize) {
            if token.kind != TokenKind::Identifier {
                continue;
            }
            let Some(name) = cache.name_id(token.span.of(text)) else {
                continue;
            };
            // A name that got its number after this question was begun stands in no file of its graph.
            let Some(valued) = self.valued.get_mut(name as usize) else {
                continue;
            };
            changed |= !*valued;
            *valued = true;
            self.relevant[name as usize] = true;
        }
        changed
    }

    /// Carries `matters` from files to those that include them.
    fn spread(&mut self, holders: &[Vec<usize>]) -> bool {
        let mut pending: Vec<usize> = (0..self.nodes.len())
            .filter(|&index| self.nodes[index].matters)
            .collect();
        let mut changed = false;
        while let Some(index) = pending.pop() {
            for &holder in &holders[index] {
                if !self.nodes[holder].matters {
                    self.nodes[holder].matters = true;
                    changed = true;
                    pending.push(holder);
                }
            }
        }
        changed
    }
}

/// The include graph while it is built.
struct Graph<'a, 't> {
    cache: &'a Cache<'t>,
    path: SearchPath,
    wanted: Wanted,
    numbers: FxHashMap<Arc<str>, usize>,
    nodes: Vec<Node>,
}

impl Graph<'_, '_> {
    /// The node of the file at `path`; `None` if it cannot be read.
    fn node(&mut self, path: &str) -> Option<usize> {
        if let Some(&known) = self.numbers.get(path) {
            return Some(known);
        }
        let indexed = self.cache.file(path)?;
        // Macros are followed by their directives.
        let defines = |sighting: &&Sighting| {
            let kind = sighting.kind;
            (kind.provides() && !kind.is_macro()) || kind == Kind::Member
        };
        let sightings = indexed.sightings(&self.wanted);
        let sightings = sightings.iter().filter(defines).copied().collect();
        let number = self.nodes.len();
        self.numbers.insert(path.into(), number);
        self.nodes.push(Node {
            groups: vec![false; indexed.groups.len()],
            indexed,
            edges: Vec::new(),
            sightings,
            matters: false,
        });
        Some(number)
    }

    /// Follows the includes of all nodes, those that are found on the way included.
    fn follow(&mut self) {
        let mut next = 0;
        while next < self.nodes.len() {
            let indexed = self.nodes[next].indexed.clone();
            let edges = indexed
                .includes
                .iter()
                .map(|&directive| self.edge(&indexed, directive))
                .collect();
            self.nodes[next].edges = edges;
            next += 1;
        }
    }

    fn edge(&mut self, indexed: &Indexed, directive: u32) -> Edge {
        let file = &indexed.file;
        let DirectiveKind::Include(target) = file.directives[directive as usize].kind else {
            return Edge::Nowhere { generated: false };
        };
        let resolution = match target {
            Target::Angle(name) => self.path.angle(self.cache, name.of(&file.text)),
            Target::Quote(name) => self.path.quote(self.cache, &file.path, name.of(&file.text)),
            Target::Macro(_) => Resolution::Missing,
        };
        match resolution {
            Resolution::File(path) => self
                .node(&path)
                .map_or(Edge::Nowhere { generated: false }, Edge::File),
            Resolution::Platform(files) => Edge::Platform(
                files
                    .into_iter()
                    .filter_map(|(directory, path)| Some((directory, self.node(&path)?)))
                    .collect(),
            ),
            Resolution::Generated => Edge::Nowhere { generated: true },
            Resolution::Missing => Edge::Nowhere { generated: false },
        }
    }
}
