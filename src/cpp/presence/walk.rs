//! Owns the symbolic run: the relevant directives in the order in which the preprocessor meets them, each under its condition.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use super::slice::{Edge, Slice};
use super::{
    Chain, Definition, Figures, Presence, Question, Reaching, Step, Unresolved, locations,
};
use crate::arch::compiler::{Fact, macro_fact};
use crate::cpp::cache::{Cache, Indexed};
use crate::cpp::condition::{Atom, Condition, Conditions};
use crate::cpp::expression::{Expression, Macros, Term, Value, always, choose};
use crate::cpp::include::{Passed, unit_macros};
use crate::cpp::lex::Span;
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::{Branches, DirectiveKind, Target};
use crate::limits::{CONDITION_STEPS, INCLUDE_DEPTH, INCLUDES, Limit, Reached};

/// How deeply macros may stand for macros in an expression.
const MAX_EXPANSION: usize = 16;

/// The header that a build makes of the configuration. It has no include guard: reading it again undoes each `#undef`.
const AUTOCONF: &str = "generated/autoconf.h";

/// A definition of a macro that is in force.
#[derive(Clone, Debug)]
struct Live {
    condition: Condition,
    file: usize,
    directive: u32,
}

/// The state of a macro at this point.
#[derive(Clone, Debug)]
struct Macro {
    /// When it is defined.
    defined: Condition,
    /// When it is defined by the compiler, the command line or autoconf.h.
    outside: Condition,
    /// Its definitions in files. Their conditions exclude each other and that of `outside`.
    live: Vec<Live>,
}

/// The macros at this point.
struct Table<'a> {
    srcarch: &'a str,
    /// Whether the unit is assembler, and whether it is a linker script.
    assembler: (bool, bool),
    /// The macros that the makefile of the unit passes.
    passed: FxHashMap<Box<str>, Passed>,
    cache: &'a Cache<'a>,
    slice: &'a Slice,
    macros: FxHashMap<Box<str>, Macro>,
    expansion: usize,
    /// Where the expression stands that is being evaluated.
    place: (usize, u32),
}

/// Occurrences of a name in code.
struct Found {
    name: usize,
    kind: Kind,
    file: usize,
    span: Span,
    body: Option<Span>,
    condition: Condition,
    chain: Chain,
}

struct Walk<'a> {
    question: &'a Question<'a>,
    table: Table<'a>,
    conditions: Conditions,
    /// Occurrences in code, in the order in which they were found; indexed by place.
    found: Vec<Found>,
    found_at: FxHashMap<(usize, Span), usize>,
    /// On which way each definition of a macro was first reached.
    macro_chains: FxHashMap<(usize, u32), Chain>,
    unresolved: FxHashMap<(usize, u32), (bool, Condition)>,
    chain: Vec<Step>,
    figures: Figures,
    reached: Option<Reached>,
    /// The places that are asked about, by file, in the order of the offsets, each with its number.
    marks: FxHashMap<usize, Vec<(u32, usize)>>,
    /// When each of them is reached.
    marked: Vec<Condition>,
}

/// Runs the slice from its roots and collects the definitions.
pub fn run(cache: &Cache<'_>, question: &Question<'_>, slice: &Slice) -> Presence {
    let mut walk = Walk::new(cache, question, slice);
    for &root in &slice.roots {
        walk.visit(root, Condition::TRUE);
    }
    walk.finish()
}

/// Runs the slice from its roots and notes when places are reached: for each its file and an offset there.
pub fn reaching(
    cache: &Cache<'_>,
    question: &Question<'_>,
    slice: &Slice,
    places: &[Option<(usize, u32)>],
) -> Reaching {
    let mut walk = Walk::new(cache, question, slice);
    walk.marked = vec![Condition::FALSE; places.len()];
    for (number, place) in places.iter().enumerate() {
        if let Some((file, offset)) = *place {
            walk.marks.entry(file).or_default().push((offset, number));
        }
    }
    walk.marks
        .values_mut()
        .for_each(|marks| marks.sort_unstable());
    for &root in &slice.roots {
        walk.visit(root, Condition::TRUE);
    }
    let marked = places.iter().zip(walk.marked);
    Reaching {
        conditions: walk.conditions,
        places: marked
            .map(|(place, condition)| place.map(|_| condition))
            .collect(),
        reached: walk.reached,
    }
}

impl<'a> Walk<'a> {
    fn new(cache: &'a Cache<'a>, question: &'a Question<'a>, slice: &'a Slice) -> Self {
        Walk {
            question,
            table: Table {
                srcarch: question.srcarch,
                assembler: (
                    question.entry.ends_with(".S"),
                    question.entry.ends_with(".lds.S"),
                ),
                passed: match question.entry.ends_with(".c") || question.entry.ends_with(".S") {
                    true => unit_macros(cache, question.entry),
                    false => FxHashMap::default(),
                },
                cache,
                slice,
                macros: FxHashMap::default(),
                expansion: 0,
                place: (0, 0),
            },
            conditions: Conditions::new(),
            found: Vec::new(),
            found_at: FxHashMap::default(),
            macro_chains: FxHashMap::default(),
            unresolved: FxHashMap::default(),
            chain: Vec::new(),
            figures: Figures {
                files: slice.nodes.len(),
                macros: slice.relevant_count(),
                ..Figures::default()
            },
            reached: None,
            marks: FxHashMap::default(),
            marked: Vec::new(),
        }
    }
}

impl Walk<'_> {
    /// Runs the file under a condition.
    fn visit(&mut self, file: usize, condition: Condition) {
        let slice = self.table.slice;
        let node = &slice.nodes[file];
        if !node.matters {
            return;
        }
        let condition = match &node.indexed.guard {
            Some(guard) => {
                let defined = self.table.defined(guard, &mut self.conditions);
                self.conditions.and_not(condition, defined)
            }
            None => condition,
        };
        if !self.conditions.is_satisfiable(condition) {
            return;
        }
        self.figures.visits += 1;
        if self.chain.len() >= INCLUDE_DEPTH.length() {
            return self.stop(&INCLUDE_DEPTH, file);
        }
        if self.figures.visits > INCLUDES.length() {
            return self.stop(&INCLUDES, file);
        }
        let indexed = &node.indexed;
        let mut branches = Branches::new(condition);
        let mut sightings = node.sightings.iter().peekable();
        let marks = self.marks.get(&file).cloned().unwrap_or_default();
        let mut marks = marks.into_iter().peekable();
        let mut include = 0;
        let mut definition = 0;
        for (index, directive) in indexed.file.directives.iter().enumerate() {
            while let Some(sighting) =
                sightings.next_if(|sighting| sighting.span.start < directive.span.start)
            {
                self.find(
                    file,
                    sighting.name,
                    sighting.kind,
                    sighting.span,
                    sighting.body,
                    branches.current(),
                );
            }
            while let Some((_, mark)) = marks.next_if(|&(offset, _)| offset <= directive.span.start)
            {
                self.mark(mark, branches.current());
            }
            if self.conditions.is_exhausted() {
                return self.stop(&CONDITION_STEPS, file);
            }
            let number = index as u32;
            let relevant = || indexed.group[index].is_some_and(|group| node.groups[group as usize]);
            match &directive.kind {
                DirectiveKind::If(expression) if relevant() => {
                    let truth = self.truth(file, number, indexed, expression, branches.current());
                    branches.open(truth, &mut self.conditions);
                }
                DirectiveKind::Elif(expression) if relevant() => {
                    let truth = self.truth(file, number, indexed, expression, branches.rest());
                    branches.next(truth, &mut self.conditions);
                }
                DirectiveKind::Else if relevant() => branches.otherwise(),
                DirectiveKind::Endif if relevant() => branches.close(),
                DirectiveKind::Define { name, .. } => {
                    let (_, id) = indexed.definitions[definition];
                    definition += 1;
                    if slice.is_relevant(id) {
                        self.define(
                            file,
                            number,
                            name.of(&indexed.file.text),
                            branches.current(),
                        );
                    }
                }
                DirectiveKind::Undef(name) => {
                    let (_, id) = indexed.definitions[definition];
                    definition += 1;
                    if slice.is_relevant(id) {
                        self.undefine(name.of(&indexed.file.text), branches.current());
                    }
                }
                DirectiveKind::Include(_) => {
                    let edge = &node.edges[include];
                    include += 1;
                    self.include(file, number, edge, branches.current());
                }
                _ => {}
            }
        }
        for sighting in sightings {
            self.find(
                file,
                sighting.name,
                sighting.kind,
                sighting.span,
                sighting.body,
                branches.current(),
            );
        }
        for (_, mark) in marks {
            self.mark(mark, branches.current());
        }
    }

    fn mark(&mut self, mark: usize, under: Condition) {
        self.marked[mark] = self.conditions.or(self.marked[mark], under);
    }

    /// A limit is reached, in a file: the answer is not complete.
    fn stop(&mut self, limit: &'static Limit, file: usize) {
        if self.reached.is_none() {
            let path = &self.table.slice.nodes[file].indexed.file.path;
            self.reached = Some(limit.reached(format!("following the includes to `{path}`")));
        }
    }

    /// When a conditional's expression is true, under a condition that it is evaluated under.
    fn truth(
        &mut self,
        file: usize,
        directive: u32,
        indexed: &Indexed,
        expression: &Expression,
        under: Condition,
    ) -> Condition {
        if under == Condition::FALSE {
            return Condition::FALSE;
        }
        self.figures.directives += 1;
        self.table.place = (file, directive);
        expression.truth(&indexed.file.text, &mut self.table, &mut self.conditions)
    }

    fn define(&mut self, file: usize, directive: u32, name: &str, under: Condition) {
        if under == Condition::FALSE {
            return;
        }
        self.undefine(name, under);
        self.macro_chains
            .entry((file, directive))
            .or_insert_with(|| self.chain.as_slice().into());
        let conditions = &mut self.conditions;
        if let Some(known) = self.table.macros.get_mut(name) {
            known.defined = conditions.or(known.defined, under);
            match known
                .live
                .iter_mut()
                .find(|live| (live.file, live.directive) == (file, directive))
            {
                Some(live) => live.condition = conditions.or(live.condition, under),
                None => known.live.push(Live {
                    condition: under,
                    file,
                    directive,
                }),
            }
        }
    }

    fn undefine(&mut self, name: &str, under: Condition) {
        if under == Condition::FALSE {
            return;
        }
        self.figures.directives += 1;
        self.table.know(name, &mut self.conditions);
        let conditions = &mut self.conditions;
        if let Some(known) = self.table.macros.get_mut(name)
            && known.defined != Condition::FALSE
        {
            known.defined = conditions.and_not(known.defined, under);
            known.outside = conditions.and_not(known.outside, under);
            for live in &mut known.live {
                live.condition = conditions.and_not(live.condition, under);
            }
            known
                .live
                .retain(|live| conditions.is_satisfiable(live.condition));
        }
    }

    fn include(&mut self, file: usize, directive: u32, edge: &Edge, under: Condition) {
        if under == Condition::FALSE {
            return;
        }
        match edge {
            Edge::File(target) => self.enter(file, directive, *target, under),
            Edge::Platform(targets) => {
                if !targets
                    .iter()
                    .any(|&(_, target)| self.table.slice.nodes[target].matters)
                {
                    return;
                }
                let mut rest = under;
                for (directory, target) in targets {
                    let chosen = if directory.is_empty() {
                        Condition::TRUE
                    } else {
                        self.conditions
                            .atom(Atom::Opaque(format!("-I{directory}").into()))
                    };
                    let under = self.conditions.and(rest, chosen);
                    rest = self.conditions.and_not(rest, chosen);
                    self.enter(file, directive, *target, under);
                }
            }
            Edge::Nowhere { generated } => {
                if *generated && self.is_autoconf(file, directive) {
                    self.table.reset_symbols(under, &mut self.conditions);
                }
                if self.conditions.is_satisfiable(under) {
                    let (_, known) = self
                        .unresolved
                        .entry((file, directive))
                        .or_insert((*generated, Condition::FALSE));
                    *known = self.conditions.or(*known, under);
                }
            }
        }
    }

    /// Whether the include is that of the header that defines the `CONFIG_` macros.
    fn is_autoconf(&self, file: usize, directive: u32) -> bool {
        let file = &self.table.slice.nodes[file].indexed.file;
        match file.directives[directive as usize].kind {
            DirectiveKind::Include(Target::Angle(span) | Target::Quote(span)) => {
                span.of(&file.text) == AUTOCONF
            }
            _ => false,
        }
    }

    fn enter(&mut self, file: usize, directive: u32, target: usize, under: Condition) {
        self.chain.push((file, directive));
        self.visit(target, under);
        self.chain.pop();
    }

    /// Keeps what a name is in code.
    fn find(
        &mut self,
        file: usize,
        name: usize,
        kind: Kind,
        span: Span,
        body: Option<Span>,
        under: Condition,
    ) {
        if !self.conditions.is_satisfiable(under) {
            return;
        }
        match self.found_at.get(&(file, span)) {
            Some(&index) => {
                let found = &mut self.found[index];
                found.condition = self.conditions.or(found.condition, under);
            }
            None => {
                self.found_at.insert((file, span), self.found.len());
                self.found.push(Found {
                    name,
                    kind,
                    file,
                    span,
                    body,
                    condition: under,
                    chain: self.chain.as_slice().into(),
                });
            }
        }
    }

    /// The answer, from what was found in code and from the macros that are defined at the end.
    fn finish(self) -> Presence {
        let slice = self.table.slice;
        let names = self.question.names;
        let mut definitions: Vec<Definition> = self
            .found
            .into_iter()
            .map(|found| Definition {
                name: names[found.name].into(),
                kind: found.kind,
                location: slice.nodes[found.file].indexed.file.location(found.span),
                condition: found.condition,
                chain: locations(slice, &found.chain),
                body: found.body,
            })
            .collect();
        for &name in names {
            let live = self
                .table
                .macros
                .get(name)
                .map_or(&[][..], |known| &known.live);
            for live in live {
                let file = &slice.nodes[live.file].indexed.file;
                let DirectiveKind::Define {
                    name: span,
                    parameters,
                    body,
                } = file.directives[live.directive as usize].kind
                else {
                    continue;
                };
                let kind = if parameters.is_some() {
                    Kind::FunctionMacro
                } else if body.of(&file.text) == name {
                    Kind::SelfMacro
                } else {
                    Kind::Macro
                };
                let chain = self.macro_chains.get(&(live.file, live.directive));
                definitions.push(Definition {
                    name: name.into(),
                    kind,
                    location: file.location(span),
                    condition: live.condition,
                    chain: chain.map_or(Vec::new(), |chain| locations(slice, chain)),
                    body: Some(body),
                });
            }
        }
        definitions
            .sort_by(|a, b| (&a.name, &a.location, a.kind).cmp(&(&b.name, &b.location, b.kind)));
        let mut unresolved: Vec<Unresolved> = self
            .unresolved
            .into_iter()
            .map(|((file, directive), (generated, condition))| {
                let file = &slice.nodes[file].indexed.file;
                let directive = &file.directives[directive as usize];
                let target = match directive.kind {
                    DirectiveKind::Include(
                        Target::Angle(span) | Target::Quote(span) | Target::Macro(span),
                    ) => span.of(&file.text),
                    _ => "",
                };
                Unresolved {
                    location: file.location(directive.span),
                    target: target.into(),
                    generated,
                    condition,
                }
            })
            .filter(|unresolved| &*unresolved.target != AUTOCONF)
            .collect();
        unresolved.sort_by(|a, b| a.location.cmp(&b.location));
        let mut symbols: Vec<Box<str>> = self
            .table
            .macros
            .keys()
            .filter_map(|name| name.strip_prefix("CONFIG_").map(Box::from))
            .collect();
        symbols.sort_unstable();
        Presence {
            conditions: self.conditions,
            definitions,
            unresolved,
            reached: self.reached,
            symbols,
            figures: self.figures,
        }
    }
}

impl Table<'_> {
    /// Makes sure that the macro is in the table; before any file defines it, it is what the world outside makes of it.
    fn know(&mut self, name: &str, conditions: &mut Conditions) {
        if self.macros.contains_key(name) {
            return;
        }
        let outside = self.outside(name, conditions);
        self.macros.insert(
            name.into(),
            Macro {
                defined: outside,
                outside,
                live: Vec::new(),
            },
        );
    }

    /// autoconf.h is read (once more): what it defines is there again.
    fn reset_symbols(&mut self, under: Condition, conditions: &mut Conditions) {
        for (name, known) in &mut self.macros {
            if !name.starts_with("CONFIG_") {
                continue;
            }
            let by_autoconf = conditions.defined(name);
            let again = conditions.and(under, by_autoconf);
            known.defined = conditions.or(known.defined, again);
            known.outside = conditions.or(known.outside, again);
            for live in &mut known.live {
                live.condition = conditions.and_not(live.condition, again);
            }
            known
                .live
                .retain(|live| conditions.is_satisfiable(live.condition));
        }
    }

    /// When the compiler, the command line or autoconf.h defines the macro.
    fn outside(&self, name: &str, conditions: &mut Conditions) -> Condition {
        if name.starts_with("CONFIG_") {
            return conditions.defined(name);
        }
        match self.passed.get(name) {
            Some(Passed::Always) => return Condition::TRUE,
            Some(Passed::When(symbol)) => return conditions.atom(Atom::Builtin(symbol.clone())),
            Some(Passed::Unknown) => return conditions.defined(name),
            None => {}
        }
        match self.fact(name) {
            Some(Fact::When(symbols)) => conjunction(symbols, conditions),
            Some(Fact::Value(_)) => Condition::TRUE,
            Some(Fact::Open) if !self.is_defined_in_a_file(name) => conditions.defined(name),
            Some(Fact::Open | Fact::Never) | None => Condition::FALSE,
        }
    }

    /// Looks up the known fact about a macro that no file defines.
    fn fact(&self, name: &str) -> Option<Fact> {
        let (is_assembler, is_script) = self.assembler;
        match name {
            "__ASSEMBLY__" | "__ASSEMBLER__" if is_assembler => Some(Fact::When(&[])),
            "LINKER_SCRIPT" if is_script => Some(Fact::When(&[])),
            // The value is not followed.
            _ if self.passed.contains_key(name) => Some(Fact::Open),
            _ => macro_fact(self.srcarch, name),
        }
    }

    /// Whether a file of the include graph defines the name. It may look like a compiler's and be an include guard.
    fn is_defined_in_a_file(&self, name: &str) -> bool {
        self.cache
            .name_id(name)
            .is_some_and(|id| self.slice.is_defined(id))
    }

    /// The value that the world outside gives the macro.
    fn outside_value(&self, name: &str, conditions: &mut Conditions) -> Value {
        let Some(Fact::Value(cases)) = self.fact(name) else {
            return always(Term::Name(name.into()));
        };
        let mut value = always(Term::Unknown);
        for (symbols, number) in cases.iter().rev() {
            let when = conjunction(symbols, conditions);
            value = choose(when, always(Term::Number(*number)), value, conditions);
        }
        value
    }
}

impl Macros for Table<'_> {
    fn defined(&mut self, name: &str, conditions: &mut Conditions) -> Condition {
        self.know(name, conditions);
        self.macros
            .get(name)
            .map_or(Condition::FALSE, |known| known.defined)
    }

    fn value(&mut self, name: &str, conditions: &mut Conditions) -> Value {
        self.know(name, conditions);
        let Some(known) = self.macros.get(name).cloned() else {
            return always(Term::Unknown);
        };
        // No file is known to define it, but one that a build makes may: bounds.h is full of such numbers.
        let nowhere = known.outside == Condition::FALSE && known.live.is_empty();
        if nowhere && self.fact(name).is_none() && !self.is_defined_in_a_file(name) {
            return always(Term::Name(name.into()));
        }
        // A symbol that is not set has the value 0 as well, so its name stands for both.
        let mut value = if name.starts_with("CONFIG_") {
            always(Term::Name(name.into()))
        } else {
            let outside = self.outside_value(name, conditions);
            choose(known.outside, outside, always(Term::Number(0)), conditions)
        };
        for live in &known.live {
            let body = self.body_value(live, conditions);
            value = choose(live.condition, body, value, conditions);
        }
        value
    }

    fn call(&mut self, _: &str, _: &str, _: &mut Conditions) -> Value {
        always(Term::Unknown)
    }

    fn place(&self, names: &[&str]) -> Option<String> {
        let made_here = |name: &&str| {
            self.macros
                .get(*name)
                .is_some_and(|known| !known.live.is_empty())
        };
        names.iter().any(made_here).then(|| {
            let (file, directive) = self.place;
            let file = &self.slice.nodes[file].indexed.file;
            file.location(file.directives[directive as usize].span)
                .to_string()
        })
    }
}

impl Table<'_> {
    /// The value of a macro's replacement.
    fn body_value(&mut self, live: &Live, conditions: &mut Conditions) -> Value {
        let indexed: Arc<Indexed> = self.slice.nodes[live.file].indexed.clone();
        let file = &indexed.file;
        let DirectiveKind::Define {
            parameters: None,
            body,
            ..
        } = file.directives[live.directive as usize].kind
        else {
            return always(Term::Unknown);
        };
        conditions.spend(1 + (body.end - body.start) as usize);
        if self.expansion >= MAX_EXPANSION || conditions.is_exhausted() {
            return always(Term::Unknown);
        }
        let (expression, problem) =
            Expression::parse(&file.text, body.start as usize, body.end as usize);
        if problem.is_some() {
            return always(Term::Unknown);
        }
        self.expansion += 1;
        let value = expression.value(&file.text, self, conditions);
        self.expansion -= 1;
        value
    }
}

/// All symbols on, or off where `!` stands before them.
fn conjunction(symbols: &[&str], conditions: &mut Conditions) -> Condition {
    let literals: Vec<Condition> = symbols
        .iter()
        .map(|symbol| match symbol.strip_prefix('!') {
            Some(symbol) => {
                let atom = conditions.atom(Atom::Builtin(symbol.into()));
                conditions.not(atom)
            }
            None => conditions.atom(Atom::Builtin((*symbol).into())),
        })
        .collect();
    conditions.all(literals)
}
