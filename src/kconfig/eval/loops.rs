//! Owns finding dependencies that lead back to where they start.
//!
//! Follows `symbol.c: sym_check_deps`, `sym_check_sym_deps`, `sym_check_choice_deps` and `sym_check_print_recursive` (7.2).
//! Anything that counts are dependencies, selects, implies, prompts and defaults; comparisons count, ranges do not.

use rustc_hash::FxHashMap;

use super::simplify::{Id, Simplifier};
use super::{Dialect, Evaluator};
use crate::kconfig::model::{Expr, ExprId, Place, PropertyId, PropertyKind, SymbolId};

/// Dependencies that lead back to where they start.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Loop {
    /// The steps in order; the last one leads to the symbol of the first.
    pub steps: Vec<Step>,
}

/// One step of a loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The symbol.
    pub symbol: SymbolId,
    /// Holds what it needs.
    pub needs: SymbolId,
    /// How it needs it.
    pub how: How,
    /// Where that is said, or where the symbol is defined.
    pub place: Option<Place>,
}

/// How a symbol needs another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// By `depends on`, `if` or a menu.
    Dependency,
    /// The other one selects it.
    Selected,
    /// The other one implies it.
    Implied,
    /// By the value of a property.
    Value(PropertyId),
    /// By the condition of a property.
    Condition(PropertyId),
    /// The other one is the choice that it belongs to.
    Choice,
}

/// A reference from a symbol to another.
#[derive(Clone, Copy)]
struct Reference {
    to: SymbolId,
    how: How,
}

/// All loops, as far as they are found one after another: a symbol on a loop that is known is not looked at again.
pub(super) fn find(rules: &Evaluator<'_>) -> Vec<Loop> {
    // Rewriting only ever removes symbols from expressions, so if the original expressions have no loop, there is no loop.
    if rules.rewritten.is_none() {
        return Vec::new();
    }
    let mut search = Search {
        rules,
        simplifier: Simplifier::new(rules),
        checking: vec![false; rules.model.symbols.len()],
        checked: vec![false; rules.model.symbols.len()],
        stack: Vec::new(),
        choices: rules
            .choices
            .iter()
            .enumerate()
            .rev()
            .map(|(index, choice)| (choice.symbol, index as u32))
            .collect(),
        found: Vec::new(),
    };
    for entry in &rules.model.entries {
        if let Some(symbol) = entry.symbol {
            search.run(symbol);
        }
    }
    search.found
}

/// Describes what is known of a symbol.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Color {
    New,
    /// On the way that is being looked at.
    Open,
    /// It leads to no loop.
    Done,
}

/// The search for loops in the expressions as they are written, where the members of a choice and the choice count as one. It
/// can be asked about one symbol after the other, and looks at each only once.
#[derive(Debug)]
pub struct Written {
    colors: Vec<Color>,
    /// For each expression the last symbol that it was walked for.
    seen: Vec<u32>,
    /// The state of each expression, where it is a step of its own.
    exprs: Vec<Color>,
    /// The symbols in each choice.
    members: FxHashMap<SymbolId, Vec<SymbolId>>,
    /// The symbols that symbols need besides, since 6.11.
    more: FxHashMap<SymbolId, Vec<SymbolId>>,
}

impl Written {
    /// The same with lines that the model, of 6.11 or later, does not have: by symbol, which others it needs because of them. `count`
    /// symbols come after those of the model.
    pub fn with(
        rules: &Evaluator<'_>,
        count: usize,
        more: FxHashMap<SymbolId, Vec<SymbolId>>,
    ) -> Self {
        let mut written = Self::new(rules);
        let all = written.colors.len() + count;
        written.colors.resize(all, Color::New);
        written.more = more;
        written
    }

    /// Nothing is known yet.
    pub fn new(rules: &Evaluator<'_>) -> Self {
        let mut members: FxHashMap<SymbolId, Vec<SymbolId>> = FxHashMap::default();
        for choice in &rules.choices {
            members
                .entry(choice.symbol)
                .or_default()
                .extend(&choice.inside);
        }
        Self {
            colors: vec![Color::New; rules.model.symbols.len()],
            seen: vec![0; rules.model.exprs.len()],
            exprs: vec![Color::New; rules.model.exprs.len()],
            members,
            more: FxHashMap::default(),
        }
    }

    /// As [`Written::new`], for a search among all symbols: those that a look at the names of all architectures' files clears are passed over.
    pub fn among_circular(rules: &Evaluator<'_>) -> Self {
        let mut written = Self::new(rules);
        if let Some(circular) = rules.model.may_be_circular() {
            written.colors.fill(Color::Done);
            let choices = rules.choices.iter().map(|choice| choice.symbol);
            for symbol in circular.chain(choices) {
                written.colors[symbol.index()] = Color::New;
            }
        }
        written
    }

    /// Whether any of the symbols, or any that its value is computed from, leads back to itself. After that nothing more is
    /// known.
    pub fn has_loop(
        &mut self,
        rules: &Evaluator<'_>,
        symbols: impl IntoIterator<Item = SymbolId>,
    ) -> bool {
        if rules.dialect > Dialect::OldChoices {
            return self.has_loop_by_steps(rules, symbols);
        }
        let choice_symbol = |symbol: SymbolId| match rules.choice_of[symbol.index()] {
            Some(choice) => rules.choices[choice as usize].symbol,
            None => symbol,
        };
        let mut pending: Vec<(SymbolId, bool)> = Vec::new();
        let (mut needed, mut exprs) = (Vec::new(), Vec::new());
        // A range bears on a value, and `conf` does not count it as a step of a loop.
        let mut starts: Vec<SymbolId> = symbols.into_iter().collect();
        while let Some(start) = starts.pop() {
            pending.push((choice_symbol(start), false));
            while let Some((symbol, leave)) = pending.pop() {
                let color = &mut self.colors[symbol.index()];
                if leave {
                    *color = Color::Done;
                    continue;
                }
                if symbol <= SymbolId::YES || *color != Color::New {
                    continue;
                }
                *color = Color::Open;
                pending.push((symbol, true));
                needed.clear();
                let inside = self.members.get(&symbol);
                for own in std::iter::once(&symbol).chain(inside.into_iter().flatten()) {
                    written_references(
                        rules,
                        *own,
                        (&mut self.seen, symbol.index() as u32 + 1),
                        &mut exprs,
                        &mut needed,
                    );
                    starts.extend(bounds_of(rules, *own));
                }
                for &other in &needed {
                    // Until 6.10 all members refer to their choice.
                    if other == symbol && rules.is_choice(symbol) {
                        continue;
                    }
                    let other = choice_symbol(other);
                    match self.colors[other.index()] {
                        Color::Open => return true,
                        Color::New => pending.push((other, false)),
                        Color::Done => {}
                    }
                }
            }
        }
        false
    }

    /// The same where no symbol refers to its own choice, which would not count. Then an expression can be a step like a symbol: that of
    /// a menu is looked at once, and not once for each symbol in the menu and for each that one of them selects.
    fn has_loop_by_steps(
        &mut self,
        rules: &Evaluator<'_>,
        symbols: impl IntoIterator<Item = SymbolId>,
    ) -> bool {
        let model = rules.model;
        let count = model.symbols.len();
        let choice_symbol = |symbol: SymbolId| match rules.choice_of.get(symbol.index()) {
            Some(&Some(choice)) => rules.choices[choice as usize].symbol,
            _ => symbol,
        };
        let mut pending: Vec<(Walk, bool)> = Vec::new();
        let (mut needed, mut exprs) = (Vec::new(), Vec::new());
        let mut starts: Vec<SymbolId> = symbols.into_iter().collect();
        while let Some(start) = starts.pop() {
            pending.push((Walk::Symbol(choice_symbol(start)), false));
            while let Some((step, leave)) = pending.pop() {
                let color = match step {
                    Walk::Symbol(symbol) => &mut self.colors[symbol.index()],
                    Walk::Expr(expr) => &mut self.exprs[expr.index()],
                };
                if leave {
                    *color = Color::Done;
                    continue;
                }
                if *color != Color::New {
                    continue;
                }
                *color = Color::Open;
                needed.clear();
                exprs.clear();
                match step {
                    Walk::Symbol(symbol) => {
                        let inside = self.members.get(&symbol);
                        for own in std::iter::once(&symbol).chain(inside.into_iter().flatten()) {
                            needed.extend(self.more.get(own).into_iter().flatten());
                            if own.index() >= count {
                                continue;
                            }
                            written_steps(rules, *own, &mut exprs, &mut needed);
                            starts.extend(bounds_of(rules, *own));
                        }
                    }
                    Walk::Expr(expr) => match model.exprs.get(expr) {
                        Expr::Symbol(symbol) => needed.push(symbol),
                        Expr::Module => needed.extend(model.modules),
                        Expr::Compare(_, left, right) => needed.extend([left, right]),
                        Expr::Not(a) => exprs.push(a),
                        Expr::And(a, b) | Expr::Or(a, b) => exprs.extend([a, b]),
                    },
                }
                pending.push((step, true));
                for &symbol in needed.iter().filter(|&&symbol| symbol > SymbolId::YES) {
                    let symbol = choice_symbol(symbol);
                    match self.colors[symbol.index()] {
                        Color::Open => return true,
                        Color::New => pending.push((Walk::Symbol(symbol), false)),
                        Color::Done => {}
                    }
                }
                for &expr in &exprs {
                    match self.exprs[expr.index()] {
                        // Operands come before what is made of them: some symbol led here, and it is one of the expression. That of a
                        // menu can be met on the way like that.
                        Color::Open => return true,
                        Color::New => pending.push((Walk::Expr(expr), false)),
                        Color::Done => {}
                    }
                }
            }
        }
        false
    }
}

/// A step of the search.
#[derive(Clone, Copy)]
enum Walk {
    Symbol(SymbolId),
    Expr(ExprId),
}

/// Whether the value of any of the symbols is computed from that of another, as far as expressions as they are written tell: where
/// it is, a line that makes the other depend on them would close a loop. The members of a choice and the choice count as one.
pub fn leads_to(
    rules: &Evaluator<'_>,
    from: impl IntoIterator<Item = SymbolId>,
    to: SymbolId,
) -> bool {
    let model = rules.model;
    let choice_symbol = |symbol: SymbolId| match rules.choice_of[symbol.index()] {
        Some(choice) => rules.choices[choice as usize].symbol,
        None => symbol,
    };
    let to = choice_symbol(to);
    let mut is_known = vec![false; model.symbols.len()];
    let mut seen = vec![0; model.exprs.len()];
    let mut exprs = Vec::new();
    let mut pending: Vec<SymbolId> = from.into_iter().map(choice_symbol).collect();
    while let Some(symbol) = pending.pop() {
        if symbol == to {
            return true;
        }
        if symbol <= SymbolId::YES || std::mem::replace(&mut is_known[symbol.index()], true) {
            continue;
        }
        let mut needed = Vec::new();
        let choice = rules.choices.iter().find(|choice| choice.symbol == symbol);
        let inside = choice.map_or(&[][..], |choice| &choice.inside);
        for own in std::iter::once(&symbol).chain(inside) {
            // Each expression counts once for all symbols: what it names is in the list already.
            written_references(rules, *own, (&mut seen, 1), &mut exprs, &mut needed);
        }
        pending.extend(needed.into_iter().map(choice_symbol));
    }
    false
}

/// The symbols that limit the value of a number.
fn bounds_of(rules: &Evaluator<'_>, symbol: SymbolId) -> impl Iterator<Item = SymbolId> {
    let model = rules.model;
    let properties = model.properties_of(symbol);
    properties
        .filter_map(|id| match model.property(id).kind {
            PropertyKind::Range(low, high) => Some([low, high]),
            _ => None,
        })
        .flatten()
}

/// Adds the symbols that a symbol refers to, from the expressions as they are written. `seen` and `mark` keep each expression
/// from being walked twice for one symbol. `pending` is room for expressions, empty before and afterwards: there are too many
/// symbols for one each.
fn written_references(
    rules: &Evaluator<'_>,
    symbol: SymbolId,
    (seen, mark): (&mut [u32], u32),
    pending: &mut Vec<ExprId>,
    needed: &mut Vec<SymbolId>,
) {
    written_steps(rules, symbol, pending, needed);
    let model = rules.model;
    model
        .exprs
        .symbols_of_marked(pending, model.modules, (seen, mark), needed);
}

/// Adds the expressions that a symbol refers to, as they are written, and the symbols that select or imply it.
fn written_steps(
    rules: &Evaluator<'_>,
    symbol: SymbolId,
    pending: &mut Vec<ExprId>,
    needed: &mut Vec<SymbolId>,
) {
    let model = rules.model;
    for entry in model.definitions(symbol) {
        pending.push(model.entry(entry).dependency);
    }
    for id in model.own_properties_of(symbol) {
        let property = model.property(id);
        match property.kind {
            PropertyKind::Default(value) if !rules.is_choice(symbol) => pending.push(value),
            _ => {}
        }
        pending.push(property.condition);
    }
    for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
        let property = model.property(id);
        let entry = model.entry(property.entry);
        needed.extend(entry.symbol);
        pending.extend([property.condition, entry.dependency]);
    }
}

/// Describes what one level of the search does.
enum Level {
    /// Checks what a symbol refers to (`sym_check_sym_deps`).
    Symbol {
        symbol: SymbolId,
        references: Vec<Reference>,
        next: usize,
        /// Whether the symbol counts as done once this level ends.
        alone: bool,
    },
    /// A member that leads to its choice.
    Member(SymbolId),
    /// A choice with its members (`sym_check_choice_deps`), and which of them is next.
    Choice(u32, usize),
}

struct Search<'e, 'm> {
    rules: &'e Evaluator<'m>,
    simplifier: Simplifier<'e, 'm>,
    checking: Vec<bool>,
    checked: Vec<bool>,
    stack: Vec<Level>,
    choices: FxHashMap<SymbolId, u32>,
    found: Vec<Loop>,
}

impl Search<'_, '_> {
    fn run(&mut self, symbol: SymbolId) {
        // Anything that the level above ended with: nothing, or that a loop was found.
        let mut result = self.enter(symbol);
        while let Some(level) = self.stack.last_mut() {
            let ended = match (&mut *level, result.take()) {
                (Level::Symbol { .. } | Level::Member(_) | Level::Choice(..), Some(true)) => {
                    Some(true)
                }
                (Level::Member(_), ended) => ended,
                (
                    Level::Symbol {
                        references, next, ..
                    },
                    _,
                ) => match references.get(*next) {
                    Some(reference) => {
                        *next += 1;
                        let to = reference.to;
                        result = self.enter(to);
                        continue;
                    }
                    None => Some(false),
                },
                (Level::Choice(choice, next), _) => {
                    let choice = &self.rules.choices[*choice as usize];
                    if *next == 0 {
                        self.checking[choice.symbol.index()] = false;
                    }
                    match choice.inside.get(*next) {
                        Some(&member) => {
                            *next += 1;
                            self.push_symbol(member, false);
                            continue;
                        }
                        None => Some(false),
                    }
                }
            };
            result = ended;
            self.leave();
        }
    }

    /// Starts to check a symbol. Returns whether a loop was found where that is known at once.
    fn enter(&mut self, symbol: SymbolId) -> Option<bool> {
        if symbol <= SymbolId::YES {
            return Some(false);
        }
        if self.checking[symbol.index()] {
            self.report(symbol);
            return Some(true);
        }
        if self.checked[symbol.index()] {
            return Some(false);
        }
        if let Some(choice) = self.rules.choice_of[symbol.index()] {
            self.stack.push(Level::Member(symbol));
            return self.enter(self.rules.choices[choice as usize].symbol);
        }
        self.checking[symbol.index()] = true;
        self.checked[symbol.index()] = true;
        if let Some(&choice) = self.choices.get(&symbol) {
            for &member in &self.rules.choices[choice as usize].inside {
                self.checking[member.index()] = true;
                self.checked[member.index()] = true;
            }
            self.stack.push(Level::Choice(choice, 0));
            self.push_symbol(symbol, false);
        } else {
            self.push_symbol(symbol, true);
        }
        None
    }

    fn push_symbol(&mut self, symbol: SymbolId, alone: bool) {
        let references = self.references(symbol);
        self.stack.push(Level::Symbol {
            symbol,
            references,
            next: 0,
            alone,
        });
    }

    fn leave(&mut self) {
        match self.stack.pop() {
            Some(Level::Symbol {
                symbol,
                alone: true,
                ..
            }) => self.checking[symbol.index()] = false,
            Some(Level::Choice(choice, _)) => {
                let choice = &self.rules.choices[choice as usize];
                self.checking[choice.symbol.index()] = false;
                for &member in &choice.inside {
                    self.checking[member.index()] = false;
                }
            }
            _ => {}
        }
    }

    /// Returns what a symbol refers to, in the order in which `conf` looks.
    fn references(&mut self, symbol: SymbolId) -> Vec<Reference> {
        let model = self.rules.model;
        let mut all = Vec::new();
        if !self.rules.is_choice(symbol) {
            for entry in model.definitions(symbol) {
                let dependency = self.simplifier.dependency(entry);
                self.add(dependency, How::Dependency, &mut all);
            }
        }
        for (how, id) in model
            .selects_of(symbol)
            .map(|id| (How::Selected, id))
            .chain(model.implies_of(symbol).map(|id| (How::Implied, id)))
        {
            if let Some(to) = model.entry(model.property(id).entry).symbol {
                all.push(Reference { to, how });
            }
            let condition = self.simplifier.condition(id);
            self.add(condition, how, &mut all);
        }
        for id in model.properties_of(symbol) {
            let kind = &model.property(id).kind;
            if matches!(kind, PropertyKind::Select(_) | PropertyKind::Imply(_)) {
                continue;
            }
            let condition = self.simplifier.condition(id);
            self.add(condition, How::Condition(id), &mut all);
            if let PropertyKind::Default(value) = *kind
                && !self.rules.is_choice(symbol)
            {
                let mut symbols = Vec::new();
                // Values are not rewritten; `m` in them is plain.
                model.exprs.symbols_of(&[value], None, &mut symbols);
                all.extend(symbols.into_iter().map(|to| Reference {
                    to,
                    how: How::Value(id),
                }));
            }
        }
        all
    }

    fn add(&self, expr: Option<Id>, how: How, all: &mut Vec<Reference>) {
        let mut symbols = Vec::new();
        if let Some(expr) = expr {
            self.simplifier.symbols_of(expr, &mut symbols);
        }
        all.extend(symbols.into_iter().map(|to| Reference { to, how }));
    }

    /// Notes the loop that leads back to `last` (`sym_check_print_recursive`).
    fn report(&mut self, last: SymbolId) {
        let rules = self.rules;
        let symbol_of = |level: &Level| match *level {
            Level::Symbol { symbol, .. } | Level::Member(symbol) => symbol,
            Level::Choice(choice, _) => rules.choices[choice as usize].symbol,
        };
        let how_of = |level: &Level| match level {
            Level::Symbol {
                references, next, ..
            } => next
                .checked_sub(1)
                .and_then(|at| references.get(at))
                .map(|reference| reference.how),
            _ => None,
        };
        let mut levels: Vec<(SymbolId, Option<How>)> = self
            .stack
            .iter()
            .map(|level| (symbol_of(level), how_of(level)))
            .collect();
        let mut last = last;
        if let Some(choice) = rules.choice_of[last.index()] {
            levels.push((last, None));
            last = rules.choices[choice as usize].symbol;
        }
        let Some(start) = levels.iter().rposition(|&(symbol, _)| symbol == last) else {
            return;
        };
        let levels = &levels[start..];
        let steps = levels
            .iter()
            .enumerate()
            .map(|(index, &(symbol, how))| {
                let needs = levels.get(index + 1).map_or(last, |&(symbol, _)| symbol);
                let how = if rules.is_choice(needs) {
                    How::Choice
                } else {
                    how.unwrap_or(How::Choice)
                };
                Step {
                    symbol,
                    needs,
                    how,
                    place: place_of(rules, symbol, needs, how),
                }
            })
            .collect();
        self.found.push(Loop { steps });
    }
}

/// Where it is said that `symbol` needs `needs`.
fn place_of(rules: &Evaluator<'_>, symbol: SymbolId, needs: SymbolId, how: How) -> Option<Place> {
    let model = rules.model;
    let defined = |symbol| {
        let entry = model.definitions(symbol).next()?;
        Some(model.entry(entry).place)
    };
    let by = |id: PropertyId| {
        let property = model.property(id);
        (model.entry(property.entry).symbol == Some(needs)).then_some(property.place)
    };
    match how {
        How::Value(id) | How::Condition(id) => Some(model.property(id).place),
        How::Selected => model
            .selects_of(symbol)
            .find_map(by)
            .or_else(|| defined(symbol)),
        How::Implied => model
            .implies_of(symbol)
            .find_map(by)
            .or_else(|| defined(symbol)),
        How::Choice => defined(needs),
        How::Dependency => defined(symbol),
    }
}
