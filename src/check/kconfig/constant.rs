//! Owns conditions that decide nothing: those that always hold, operands that are implied or occur twice,
//! empty ranges, conditions of a wrong type, and selects of symbols that the user can set.
//!
//! A finding follows from the lines alone ([`crate::kconfig::implied`]): it holds in every configuration. On an architecture where a
//! line is never reached it says nothing; it is reported if it holds wherever the line is reached.
//!
//! An operand that follows from what is written beside it or in a block around it in the same file repeats that. An operand that follows
//! only from what other symbols depend on ([`IMPLIED`]) is how most maintainers write a direct dependency, and is a matter of style.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::dead::BROKEN;
use super::line::{Key, Keys, Part, Shared};
use super::together::Together;
use super::touched::Lines;
use crate::diag::{Diagnostic, Label, Level, Location};
use crate::kconfig::implied::{Facts, Implied, Level as From, union};
use crate::kconfig::model::{
    DependencyLine, EntryId, EntryKind, Expr, ExprId, Model, Place, PropertyId, PropertyKind,
    SymbolId, Type,
};
use crate::kconfig::syntax::Comparison;
use crate::kconfig::unmet;

/// The name of the lint about whole conditions.
pub const CONSTANT: &str = "constant-condition";
/// The name of the lint about operands that follow from others.
pub const REDUNDANT: &str = "redundant-condition";
/// The name of the lint about operands that other symbols imply.
pub const IMPLIED: &str = "implied-condition";
/// The name of the lint about operands that are written twice.
pub const DUPLICATE: &str = "duplicate-dependency";
/// The name of the lint about ranges.
pub const RANGE: &str = "reversed-range";
/// The name of the lint about types.
pub const TYPE: &str = "condition-type";
/// The name of the lint about selects of symbols with a prompt.
pub const VISIBLE: &str = "select-visible";

/// Stands for all operands of a line.
const ALL: Part = Part::Operand(u32::MAX);

/// Which claims are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Those about conditions and ranges.
    pub conditions: bool,
    /// Those about matters of style: selects of symbols with a prompt, and operands that other symbols imply.
    pub style: bool,
}

/// Something that holds on one architecture. It is a finding unless another one shows that it does not hold there.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The line. A claim about all of a condition takes the place of those about its operands.
    pub key: Key,
    /// The finding to report.
    pub finding: Diagnostic,
    /// The shared cause of findings in the same file.
    pub cause: Option<String>,
    /// Whether it is worth a word only if all architectures claim it.
    pub of_all: bool,
}

/// The claims about the conditions of some lines of one model, matters of style left out.
pub fn claims_in(model: &Model, shared: &Shared, lines: &Lines) -> Vec<Claim> {
    let wanted = Wanted {
        conditions: true,
        style: false,
    };
    match lines.is_empty() {
        true => Vec::new(),
        false => {
            let (keys, mut implied) = (shared.keys(model), Implied::new(model));
            claims(model, &mut implied, &keys, shared, wanted, Some(lines))
        }
    }
}

/// Everything that is claimed about the lines of one model, or about those of `limit`. What does not hold here is settled for all
/// architectures.
pub fn claims<'m>(
    model: &'m Model,
    implied: &mut Implied<'m>,
    keys: &Keys,
    shared: &Shared,
    wanted: Wanted,
    limit: Option<&Lines>,
) -> Vec<Claim> {
    let mut survey = Survey {
        model,
        of_expressions: Implied::of_expressions(model),
        of_symbols: implied,
        by: By::Expressions,
        around: FxHashMap::default(),
        keys,
        shared,
        wanted,
        found: Vec::new(),
    };
    for index in 1..model.entries.len() {
        let entry = EntryId::new(index);
        if limit.is_none_or(|limit| limit.entries.contains(&entry)) {
            survey.dependencies(entry);
        }
    }
    for index in 0..model.properties.len() {
        let id = PropertyId::new(index);
        if limit.is_some_and(|limit| !limit.properties.contains(&id)) {
            continue;
        }
        survey.condition(id);
        if wanted.conditions {
            survey.range(id);
        }
        if wanted.style {
            survey.select(id);
        }
    }
    survey.found
}

/// From what an operand has to follow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum By {
    /// From what is written in the entry and in the blocks around it in the same file.
    Expressions,
    /// From that, wherever it is written, and from what the symbols in it depend on.
    Symbols,
}

/// One operand of a conjunction.
struct Operand {
    expr: ExprId,
    place: Place,
    key: Key,
}

/// The results about the operands of a line.
struct Asked {
    /// Whether the line is reached and was asked about: what is not claimed then does not hold.
    was_asked: bool,
    /// All operands, if they all follow from the rest.
    whole: Option<Vec<Redundant>>,
    /// Otherwise those that repeat what is written around them.
    written: Vec<Redundant>,
}

/// An operand that follows from what is around it.
struct Redundant {
    /// Its number.
    at: usize,
    /// The line that says so, if one does alone.
    why: Option<String>,
    /// Whether it is worth a word only if all architectures claim it.
    of_all: bool,
}

impl Operand {
    /// The key of whether other symbols imply it.
    fn implied(&self) -> Key {
        match self.key.part() {
            Part::Operand(index) => self.key.with(Part::Implied(index)),
            _ => self.key,
        }
    }
}

/// Where operands stand, and what holds there besides.
struct Context {
    /// The file of the line, by its number in the model.
    file: u32,
    /// The surroundings: an entry, with its dependencies and those of the blocks around it.
    around: EntryId,
    /// The symbol that is on where the line acts.
    selector: Option<SymbolId>,
}

struct Survey<'a, 'm> {
    model: &'m Model,
    of_expressions: Implied<'m>,
    of_symbols: &'a mut Implied<'m>,
    by: By,
    /// The conditions of blocks in the same file around entries, with the entry itself.
    around: FxHashMap<(u32, EntryId, From), Facts>,
    keys: &'a Keys,
    shared: &'a Shared,
    wanted: Wanted,
    found: Vec<Claim>,
}

impl<'m> Survey<'_, 'm> {
    fn claim(&mut self, lint: &'static str, key: Key, place: Place, headline: String) {
        let label = Label::new(self.model.location(place), "");
        let finding = Diagnostic::new(lint, Level::Note, headline, label);
        self.found.push(Claim {
            key,
            finding,
            cause: None,
            of_all: false,
        });
    }

    fn implied(&mut self) -> &mut Implied<'m> {
        match self.by {
            By::Expressions => &mut self.of_expressions,
            By::Symbols => self.of_symbols,
        }
    }

    /// Asks about the operands of one line: which of them repeat what is written around them, and whether all follow from what is known of
    /// symbols, too. As a matter of style those that other symbols imply are claimed, each with the text of `headline` about it.
    fn asked(
        &mut self,
        operands: &[Operand],
        context: &Context,
        headline: &dyn Fn(&str) -> String,
        symbol: Option<&String>,
        has_whole: bool,
    ) -> Asked {
        self.by = By::Expressions;
        let written = self.redundant(operands, context);
        let is_all =
            |of: &Option<Vec<Redundant>>| of.as_ref().is_some_and(|of| of.len() == operands.len());
        let mut asked = Asked {
            was_asked: written.is_some(),
            whole: None,
            written: Vec::new(),
        };
        let asks_for_whole = self.wanted.conditions && has_whole && !is_all(&written);
        if self.wanted.style || asks_for_whole {
            self.by = By::Symbols;
            let implied = self.redundant(operands, context);
            self.by = By::Expressions;
            // Where the line is never reached, nothing is known of the whole.
            asked.was_asked = implied.is_some();
            let known: Vec<usize> = written.iter().flatten().map(|of| of.at).collect();
            if self.wanted.style {
                for of in implied
                    .iter()
                    .flatten()
                    .filter(|of| !known.contains(&of.at))
                {
                    let operand = &operands[of.at];
                    let text = self.model.write(operand.expr);
                    self.claim(IMPLIED, operand.implied(), operand.place, headline(&text));
                    self.note(of.why.clone());
                    if let Some(claim) = self.found.last_mut() {
                        claim.finding.symbol = symbol.cloned();
                        claim.of_all = of.of_all;
                    }
                }
            }
            if asks_for_whole && is_all(&implied) {
                asked.whole = implied;
            }
        }
        if self.wanted.conditions {
            if has_whole && is_all(&written) {
                asked.whole = written;
            } else {
                asked.written = written.unwrap_or_default();
            }
        }
        asked
    }

    fn note(&mut self, note: Option<String>) {
        if let (Some(claim), Some(note)) = (self.found.last_mut(), note) {
            claim.finding.notes.push(note);
        }
    }

    /// The dependencies of the entry itself: its `depends on` lines, or the condition of an `if`.
    fn dependencies(&mut self, entry: EntryId) {
        let model = self.model;
        let of = model.entry(entry);
        if of.own_dependency == ExprId::YES {
            return;
        }
        let lines: Vec<DependencyLine> = model.own_operands(entry);
        let operand = |(index, line): (usize, &DependencyLine)| Operand {
            expr: line.dependency,
            place: line.place,
            key: self.keys.key(line.place, Part::Operand(index as u32)),
        };
        let operands: Vec<Operand> = lines.iter().enumerate().map(operand).collect();
        let owner = match of.symbol {
            Some(symbol) if of.kind != EntryKind::Choice => format!("`{}`", model.name(symbol)),
            _ => match of.kind {
                EntryKind::Choice => "this choice".to_owned(),
                EntryKind::Comment => "this comment".to_owned(),
                EntryKind::If => "this `if` block".to_owned(),
                _ => "this menu".to_owned(),
            },
        };
        let unique = match self.wanted.conditions {
            true => {
                for operand in &operands {
                    self.types(operand);
                }
                self.duplicates(operands, &owner)
            }
            false => operands,
        };
        let context = Context {
            file: of.place.file,
            around: of.parent,
            selector: None,
        };
        let symbol = of.symbol.map(|symbol| model.name(symbol));
        let headline =
            |text: &str| format!("{owner} depends on `{text}`, which its other dependencies imply");
        let is_if = of.kind == EntryKind::If;
        let asked = self.asked(&unique, &context, &headline, symbol.as_ref(), is_if);
        let key = self.keys.key(of.place, ALL);
        if let Some(whole) = &asked.whole {
            let headline = "the condition of this `if` block always holds here".to_owned();
            self.claim(CONSTANT, key, of.place, headline);
            if let Some(claim) = self.found.last_mut() {
                claim.of_all = whole.iter().any(|of| of.of_all);
            }
            self.note(whole.iter().find_map(|of| of.why.clone()));
        } else if is_if && asked.was_asked && self.wanted.conditions {
            self.shared.settled().insert(key);
        }
        for Redundant { at, why, of_all } in asked.written {
            let operand = &unique[at];
            let text = model.write(operand.expr);
            let headline = format!("{owner} need not depend on `{text}`: it follows from the rest");
            self.claim(REDUNDANT, operand.key, operand.place, headline);
            if let Some(claim) = self.found.last_mut() {
                claim.finding.symbol.clone_from(&symbol);
                claim.cause = why.as_ref().map(|why| format!("`{text}`, {why}"));
                claim.of_all = of_all;
            }
            self.note(why);
        }
    }

    /// Claims the operands that are written a second time, and gives the others.
    fn duplicates(&mut self, operands: Vec<Operand>, owner: &str) -> Vec<Operand> {
        if operands.len() < 2 {
            return operands;
        }
        let mut unique: Vec<Operand> = Vec::new();
        for operand in operands {
            let mut known = unique.iter();
            let first = known.find(|known| is_same(self.model, known.expr, operand.expr));
            let Some(first) = first else {
                unique.push(operand);
                continue;
            };
            let first = self.model.location(first.place);
            let text = self.model.write(operand.expr);
            let headline = format!("{owner} depends on `{text}` twice");
            self.claim(DUPLICATE, operand.key, operand.place, headline);
            self.note(Some(format!("{first}: the first one is here")));
        }
        unique
    }

    /// The condition of a property.
    fn condition(&mut self, id: PropertyId) {
        let model = self.model;
        let property = model.property(id);
        let entry = model.entry(property.entry);
        // The condition of a prompt holds what menus around it make visible, too.
        let is_prompt = matches!(
            property.kind,
            PropertyKind::Prompt(_) | PropertyKind::Menu(_)
        );
        let Some(symbol) = entry.symbol else { return };
        if property.condition == ExprId::YES
            || is_prompt && entry.outer_visibility != ExprId::YES
            || matches!(property.kind, PropertyKind::Comment(_))
        {
            return;
        }
        let and = |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        };
        let exprs = model.exprs.chain(property.condition, and);
        let operand = |(index, expr): (usize, ExprId)| Operand {
            expr,
            place: property.place,
            key: self.keys.key(property.place, Part::Operand(index as u32)),
        };
        let operands: Vec<Operand> = exprs.into_iter().enumerate().map(operand).collect();
        if self.wanted.conditions {
            for operand in &operands {
                self.types(operand);
            }
        }
        let is_reverse = matches!(
            property.kind,
            PropertyKind::Select(_) | PropertyKind::Imply(_)
        );
        let context = Context {
            file: property.place.file,
            around: property.entry,
            selector: is_reverse.then_some(symbol),
        };
        let what = match property.kind {
            PropertyKind::Select(_) => "select",
            PropertyKind::Imply(_) => "imply",
            PropertyKind::Default(_) => "default",
            PropertyKind::Range(..) => "range",
            _ => "prompt",
        };
        let name = Some(model.name(symbol)).filter(|_| entry.kind != EntryKind::Choice);
        let headline =
            |text: &str| format!("other symbols imply `{text}` in the condition of this {what}");
        let asked = self.asked(&operands, &context, &headline, name.as_ref(), true);
        let key = self.keys.key(property.place, ALL);
        if let Some(whole) = &asked.whole {
            let text = model.write(property.condition);
            let headline = format!("the condition `{text}` of this {what} always holds here");
            self.claim(CONSTANT, key, property.place, headline);
            let mut why: Vec<String> = whole.iter().filter_map(|of| of.why.clone()).collect();
            why.dedup();
            if let Some(claim) = self.found.last_mut() {
                claim.of_all = whole.iter().any(|of| of.of_all);
                claim.finding.symbol.clone_from(&name);
                // The same condition is one matter, whatever selects it there.
                claim.cause = Some(format!("`{text}` {what}"));
                claim.finding.notes = why;
            }
        } else if asked.was_asked && self.wanted.conditions {
            self.shared.settled().insert(key);
        }
        for Redundant { at, why, of_all } in asked.written {
            let operand = &operands[at];
            let text = model.write(operand.expr);
            let headline =
                format!("`{text}` in the condition of this {what} follows from the rest");
            self.claim(REDUNDANT, operand.key, operand.place, headline);
            if let Some(claim) = self.found.last_mut() {
                claim.finding.symbol.clone_from(&name);
                claim.cause = why.as_ref().map(|why| format!("`{text}` {what}, {why}"));
                claim.of_all = of_all;
            }
            self.note(why);
        }
    }

    /// The conditions that hold where a line is reached, except one operand and those that were found to be redundant.
    fn facts(
        &mut self,
        operands: &[Operand],
        skipped: &[usize],
        context: &Context,
        level: From,
    ) -> Facts {
        let mut parts = vec![self.facts_around(context, level)];
        if let Some(selector) = context.selector {
            parts.push(self.implied().facts(selector, level));
        }
        for (index, operand) in operands.iter().enumerate() {
            if !skipped.contains(&index) {
                parts.push(self.implied().expr(operand.expr, level, true));
            }
        }
        union(&parts)
    }

    /// The conditions of an entry and the blocks around it.
    fn facts_around(&mut self, context: &Context, level: From) -> Facts {
        let model = self.model;
        if self.by == By::Symbols {
            let dependency = model.entry(context.around).dependency;
            return self.of_symbols.expr(dependency, level, true);
        }
        let key = (context.file, context.around, level);
        if let Some(known) = self.around.get(&key) {
            return known.clone();
        }
        let facts: Vec<Facts> = in_file(model, context)
            .into_iter()
            .map(|(_, expr)| self.of_expressions.expr(expr, level, true))
            .collect();
        let facts = union(&facts);
        self.around.insert(key, facts.clone());
        facts
    }

    /// Whether an operand holds because of what one architecture always has, or never, in a file for all of them: what its code needs is
    /// written there.
    fn is_of_all(&mut self, operand: &Operand, context: &Context) -> bool {
        let model = self.model;
        let path = model.files[operand.place.file as usize].file.path();
        let mut around = in_file(model, context).into_iter();
        if path.starts_with("arch/") || around.any(|(_, expr)| is_same(model, expr, operand.expr)) {
            return false;
        }
        let mut named = Vec::new();
        model
            .exprs
            .symbols_of(&[operand.expr], model.modules, &mut named);
        let mut symbols = named.into_iter().filter(|&symbol| symbol > SymbolId::YES);
        symbols.any(|symbol| !model.is_defined(symbol) || self.of_expressions.is_constant(symbol))
            || self.by == By::Symbols
                && self.of_symbols.holds(operand.expr, From::On, &[])
                && !self.of_expressions.holds(operand.expr, From::On, &[])
    }

    /// The operands that follow from the others and from what is around them, each with the line that says so if one does alone;
    /// `None` where there is nothing to ask. Of
    /// two that follow from each other the first one goes.
    fn redundant(&mut self, operands: &[Operand], context: &Context) -> Option<Vec<Redundant>> {
        let mut redundant: Vec<usize> = Vec::new();
        // A line is settled once all of its operands are. With one of them open all are asked, so that the answer does not
        // depend on which architecture comes first.
        let key = |operand: &Operand| match self.by {
            By::Expressions => operand.key,
            By::Symbols => operand.implied(),
        };
        let keys: Vec<Key> = operands.iter().map(key).collect();
        // Where only the whole matters, one operand that does not follow is enough.
        let only_all = self.by == By::Symbols && !self.wanted.style;
        {
            let settled = self.shared.settled();
            let mut keys = keys.iter().map(|key| settled.contains(key));
            let is_settled = match only_all {
                true => keys.any(|is_settled| is_settled),
                false => keys.all(|is_settled| is_settled),
            };
            if is_settled {
                return None;
            }
        }
        let mut is_reached = true;
        for (index, operand) in operands.iter().enumerate() {
            let mut skipped = redundant.clone();
            skipped.push(index);
            // Where the rest never holds, everything follows from it, and nothing is to be learnt.
            if self.facts(operands, &skipped, context, From::On).is_none() {
                is_reached = false;
                continue;
            }
            let mut follows = !self.is_broken(operand.expr);
            for level in [From::On, From::Yes] {
                follows = follows
                    && match self.facts(operands, &skipped, context, level) {
                        Some(facts) => self.implied().holds(operand.expr, level, &facts),
                        // It is nowhere reached as `y`.
                        None => true,
                    };
            }
            if follows {
                redundant.push(index);
            } else {
                self.shared.settled().insert(keys[index]);
                if only_all {
                    return Some(Vec::new());
                }
            }
        }
        if !is_reached {
            return None;
        }
        let mut found = Vec::new();
        for &index in &redundant {
            found.push(Redundant {
                at: index,
                why: self.because(operands, &redundant, operands[index].expr, context),
                of_all: self.is_of_all(&operands[index], context),
            });
        }
        Some(found)
    }

    /// Whether an expression asks for what is known not to work: that nothing turns it on is meant.
    fn is_broken(&self, expr: ExprId) -> bool {
        let Some(broken) = self.model.find(BROKEN) else {
            return false;
        };
        let mut named = Vec::new();
        self.model.exprs.symbols_of(&[expr], None, &mut named);
        named.contains(&broken)
    }

    /// The one line from which an expression follows.
    fn because(
        &mut self,
        operands: &[Operand],
        redundant: &[usize],
        expr: ExprId,
        context: &Context,
    ) -> Option<String> {
        let model = self.model;
        let kept = operands.iter().enumerate();
        let mut sources: Vec<(Place, ExprId)> = kept
            .filter(|(index, _)| !redundant.contains(index))
            .map(|(_, operand)| (operand.place, operand.expr))
            .collect();
        let outer = match self.by {
            By::Expressions => in_file(model, context),
            By::Symbols => unmet::operands(model, context.around),
        };
        sources.extend(outer.into_iter().map(|(entry, expr)| {
            let lines = model.own_operands(entry);
            let line = lines.iter().find(|line| line.dependency == expr);
            let place = line.map_or(model.entry(entry).place, |line| line.place);
            (place, expr)
        }));
        let says = |place, text: String| format!("{}: `{text}` implies it", model.location(place));
        for (place, source) in sources {
            let facts = self.implied().expr(source, From::On, true)?;
            if self.implied().holds(expr, From::On, &facts) {
                let is_constant = self.implied().holds(expr, From::On, &[]);
                return Some(match is_constant {
                    true => "it holds in every configuration".to_owned(),
                    false => says(place, model.write(source)),
                });
            }
        }
        if self.implied().holds(expr, From::On, &[]) {
            return Some("it holds in every configuration".to_owned());
        }
        let selector = context.selector?;
        let facts = self.implied().facts(selector, From::On)?;
        self.implied()
            .holds(expr, From::On, &facts)
            .then(|| format!("`{}` is on only where it holds", model.name(selector)))
    }

    /// Symbols in an expression that are no condition, and comparisons that no value of a bool or tristate satisfies.
    fn types(&mut self, operand: &Operand) {
        let model = self.model;
        let Part::Operand(index) = operand.key.part() else {
            return;
        };
        // Another architecture has looked at it, and had all its symbols.
        let looked_at = operand.key.with(Part::Node(index, u32::MAX));
        if self.shared.settled().contains(&looked_at) {
            return;
        }
        let (mut is_known, before) = (true, self.found.len());
        for (number, id) in model.exprs.reachable(operand.expr).into_iter().enumerate() {
            is_known &= match model.exprs.get(id) {
                Expr::Symbol(symbol) => symbol <= SymbolId::YES || model.is_defined(symbol),
                Expr::Compare(_, left, right) => model.is_defined(left) || model.is_defined(right),
                _ => true,
            };
            let headline = match model.exprs.get(id) {
                Expr::Symbol(symbol) => self.of_type(symbol),
                Expr::Compare(operator, left, right) => self.of_comparison(operator, left, right),
                _ => None,
            };
            let Some(headline) = headline else { continue };
            let key = operand.key.with(Part::Node(index, number as u32));
            self.claim(TYPE, key, operand.place, headline);
        }
        if is_known && self.found.len() == before {
            self.shared.settled().insert(looked_at);
        }
    }

    fn of_type(&self, symbol: SymbolId) -> Option<String> {
        let of = self.model.symbol(symbol);
        let type_ = match of.type_? {
            Type::Int => "an int",
            Type::Hex => "a hex",
            Type::String => "a string",
            _ => return None,
        };
        let name = self.model.name(symbol);
        Some(format!(
            "`{name}` is {type_}: as a condition it is always n"
        ))
    }

    fn of_comparison(&self, operator: Comparison, a: SymbolId, b: SymbolId) -> Option<String> {
        if !matches!(operator, Comparison::Equal | Comparison::Unequal) {
            return None;
        }
        let model = self.model;
        let logical = |symbol: SymbolId| {
            let of = model.symbol(symbol);
            of.type_.filter(|type_| {
                symbol > SymbolId::YES
                    && model.is_defined(symbol)
                    && matches!(type_, Type::Bool | Type::Tristate)
            })
        };
        let (symbol, type_, other) = match (logical(a), logical(b)) {
            (Some(type_), None) => (a, type_, b),
            (None, Some(type_)) => (b, type_, a),
            _ => return None,
        };
        let of_other = model.symbol(other);
        let (is, values) = match type_ {
            Type::Bool => ("a bool", "y or n"),
            _ => ("a tristate", "y, m or n"),
        };
        let impossible = match other {
            SymbolId::MOD => type_ == Type::Bool,
            SymbolId::NO | SymbolId::YES => false,
            _ => {
                // Digits are compared as numbers.
                let name = of_other.name.as_deref().unwrap_or_default();
                of_other.constant
                    && !of_other.unknown
                    && !name.starts_with(|first: char| first.is_ascii_digit())
            }
        };
        let (name, text) = (model.name(symbol), model.name(other));
        impossible.then(|| format!("`{name}` is {is}: it can be {values}, but never `{text}`"))
    }

    /// A range of two numbers of which the first one is the larger.
    fn range(&mut self, id: PropertyId) {
        let model = self.model;
        let property = model.property(id);
        let PropertyKind::Range(low, high) = property.kind else {
            return;
        };
        let Some(symbol) = model.entry(property.entry).symbol else {
            return;
        };
        let key = self.keys.key(property.place, Part::Range);
        let hex = model.symbol(symbol).type_ == Some(Type::Hex);
        let (Some(first), Some(last)) = (self.number(low, hex), self.number(high, hex)) else {
            self.shared.settled().insert(key);
            return;
        };
        if first <= last {
            self.shared.settled().insert(key);
            return;
        }
        let name = model.name(symbol);
        let (low, high) = (model.name(low), model.name(high));
        let headline = format!("this range of `{name}` is empty: `{low}` is greater than `{high}`");
        self.claim(RANGE, key, property.place, headline);
        self.note(Some(
            "conf replaces every value with one of the two".to_owned(),
        ));
        if let Some(claim) = self.found.last_mut() {
            claim.finding.symbol = Some(name);
        }
    }

    /// The number that a bound of a range always is.
    fn number(&self, symbol: SymbolId, hex: bool) -> Option<i64> {
        let model = self.model;
        let of = model.symbol(symbol);
        if !model.is_defined(symbol) {
            let name = of.name.as_deref().filter(|_| !of.unknown)?;
            let digits = name.strip_prefix("0x").or_else(|| name.strip_prefix("0X"));
            return match digits {
                Some(digits) => i64::from_str_radix(digits, 16).ok(),
                None if hex => i64::from_str_radix(name, 16).ok(),
                None => name.parse().ok(),
            };
        }
        // A symbol without a prompt whose only line is an unconditional default.
        let mut properties = model.properties_of(symbol);
        let (only, None) = (properties.next()?, properties.next()) else {
            return None;
        };
        let property = model.property(only);
        let PropertyKind::Default(value) = property.kind else {
            return None;
        };
        let is_always = property.condition == ExprId::YES
            && model.entry(property.entry).dependency == ExprId::YES;
        match model.exprs.get(value) {
            Expr::Symbol(value) if is_always && !model.is_defined(value) => {
                self.number(value, of.type_ == Some(Type::Hex))
            }
            _ => None,
        }
    }

    /// A select of a symbol with a prompt.
    fn select(&mut self, id: PropertyId) {
        let model = self.model;
        let property = model.property(id);
        let Some((selector, target)) = unmet::ends(model, id) else {
            return;
        };
        let prompt = model.properties_of(target).find(|&id| {
            let kind = &model.property(id).kind;
            matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_))
        });
        let Some(prompt) = prompt.filter(|_| model.symbol(target).choice.is_none()) else {
            return;
        };
        let (name, target) = (model.name(selector), model.name(target));
        let headline = format!("`{name}` selects `{target}`, which has a prompt");
        let key = self.keys.key(property.place, Part::Prompt);
        self.claim(VISIBLE, key, property.place, headline);
        let prompt = model.location(model.property(prompt).place);
        self.note(Some(format!("{prompt}: the prompt is here")));
        if let Some(claim) = self.found.last_mut() {
            claim.finding.symbol = Some(name);
        }
    }
}

/// Whether two expressions are written alike.
fn is_same(model: &Model, a: ExprId, b: ExprId) -> bool {
    let mut pending = vec![(a, b)];
    while let Some((a, b)) = pending.pop() {
        let is_alike = match (model.exprs.get(a), model.exprs.get(b)) {
            (Expr::Not(a), Expr::Not(b)) => {
                pending.push((a, b));
                true
            }
            (Expr::And(a, b), Expr::And(c, d)) | (Expr::Or(a, b), Expr::Or(c, d)) => {
                pending.extend([(a, c), (b, d)]);
                true
            }
            (a, b) => a == b,
        };
        if !is_alike {
            return false;
        }
    }
    true
}

/// The conditions around a line in its own file, operand by operand, each with the entry that has it.
fn in_file(model: &Model, context: &Context) -> Vec<(EntryId, ExprId)> {
    let file = context.file;
    let mut operands = unmet::operands(model, context.around);
    let outside = operands
        .iter()
        .position(|&(from, _)| model.entry(from).place.file != file);
    operands.truncate(outside.unwrap_or(operands.len()));
    operands
}

/// The claims of some architecture that none has settled, each once, with the architectures that make it; those with one cause
/// together. `of_archs` are the claims of each architecture; `all` says how many there are.
pub fn findings(of_archs: Vec<(&str, Vec<Claim>)>, shared: &Shared, all: usize) -> Vec<Diagnostic> {
    let settled = shared.settled();
    let mut found: BTreeMap<Key, Claim> = BTreeMap::new();
    for (arch, claims) in of_archs {
        for claim in claims {
            if settled.contains(&claim.key) {
                continue;
            }
            let of_all = claim.of_all;
            let known = found.entry(claim.key).or_insert(claim);
            known.finding.archs.push(arch.to_owned());
            known.of_all |= of_all;
        }
    }
    found.retain(|_, claim| !claim.of_all || claim.finding.archs.len() == all);
    // A finding about a whole condition covers its operands.
    let is_whole = |key: &Key| key.part() == ALL;
    let whole: FxHashSet<Key> = found.keys().filter(|key| is_whole(key)).copied().collect();
    found.retain(|key, _| {
        let is_operand =
            matches!(key.part(), Part::Operand(_) | Part::Implied(_)) && !is_whole(key);
        !is_operand || !whole.contains(&key.with(ALL))
    });
    let mut together = Together::default();
    for mut claim in found.into_values() {
        if claim.finding.archs.len() == all {
            claim.finding.archs.clear();
        }
        let path = &claim.finding.primary.location.path;
        let cause = claim.cause.map(|cause| format!("{path} {cause}"));
        together.add(claim.finding, cause);
    }
    together.findings()
}

/// Leaves out the lines that never act because of a type that no condition has: that is a finding of its own.
pub fn leave_types(findings: &mut Vec<Diagnostic>) {
    let of_types: Vec<Location> = findings
        .iter()
        .filter(|finding| finding.lint == TYPE)
        .map(|finding| finding.primary.location.clone())
        .collect();
    findings
        .retain(|finding| finding.lint == TYPE || !of_types.contains(&finding.primary.location));
}
