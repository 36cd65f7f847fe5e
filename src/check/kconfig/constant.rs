//! Owns conditions that decide nothing: those that always hold where they stand, operands that repeat what is implied or stand there
//! twice, ranges that hold no number, conditions of a type that no condition has, and selects of symbols that the user can set.
//!
//! What is reported follows from the lines alone ([`crate::kconfig::implied`]): it holds in every configuration. On an architecture where a line
//! is never reached it says nothing; it is reported if it holds wherever the line is reached.

use std::collections::BTreeMap;

use rustc_hash::FxHashSet;

use super::dead::BROKEN;
use super::line::{Key, Keys, Part, Shared};
use crate::diag::{Diagnostic, Label, Level};
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
    /// Those about selects of symbols with a prompt.
    pub visible: bool,
}

/// Something that holds on one architecture. It is a finding unless another one shows that it does not hold there.
#[derive(Clone, Debug)]
pub struct Claim {
    /// The line. A claim about all of a condition takes the place of those about its operands.
    pub key: Key,
    /// What is reported.
    pub finding: Diagnostic,
}

/// Everything that is claimed about the lines of one model. What does not hold here is settled for all architectures.
pub fn claims<'m>(
    model: &'m Model,
    implied: &mut Implied<'m>,
    keys: &Keys,
    shared: &Shared,
    wanted: Wanted,
) -> Vec<Claim> {
    let mut survey = Survey {
        model,
        implied,
        keys,
        shared,
        found: Vec::new(),
    };
    if wanted.conditions {
        for index in 1..model.entries.len() {
            survey.dependencies(EntryId::new(index));
        }
    }
    for index in 0..model.properties.len() {
        let id = PropertyId::new(index);
        if wanted.conditions {
            survey.condition(id);
            survey.range(id);
        }
        if wanted.visible {
            survey.select(id);
        }
    }
    survey.found
}

/// One operand of a conjunction.
struct Operand {
    expr: ExprId,
    place: Place,
    key: Key,
}

/// Where operands stand, and what holds there besides.
struct Context {
    /// The blocks around, as the entry with its dependency.
    around: EntryId,
    /// What else holds at least as far as the condition is asked.
    own: Option<ExprId>,
    /// The symbol that is on where the line acts.
    selector: Option<SymbolId>,
}

struct Survey<'a, 'm> {
    model: &'m Model,
    implied: &'a mut Implied<'m>,
    keys: &'a Keys,
    shared: &'a Shared,
    found: Vec<Claim>,
}

impl Survey<'_, '_> {
    fn claim(&mut self, lint: &'static str, key: Key, place: Place, headline: String) {
        let label = Label::new(self.model.location(place), "");
        let finding = Diagnostic::new(lint, Level::Note, headline, label);
        self.found.push(Claim { key, finding });
    }

    fn note(&mut self, note: Option<String>) {
        if let (Some(claim), Some(note)) = (self.found.last_mut(), note) {
            claim.finding.notes.push(note);
        }
    }

    /// What the entry itself asks for: its `depends on` lines, or the condition of an `if`.
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
        for operand in &operands {
            self.types(operand);
        }
        let unique = self.duplicates(operands, &owner);
        let context = Context {
            around: of.parent,
            own: None,
            selector: None,
        };
        let Some(redundant) = self.redundant(&unique, &context) else {
            return;
        };
        if of.kind == EntryKind::If && redundant.len() == unique.len() {
            let headline = "the condition of this `if` block always holds here".to_owned();
            let key = self.keys.key(of.place, ALL);
            self.claim(CONSTANT, key, of.place, headline);
        } else if of.kind == EntryKind::If {
            let key = self.keys.key(of.place, ALL);
            self.shared.settled().insert(key);
        }
        let symbol = of.symbol.map(|symbol| model.name(symbol));
        for (at, why) in redundant {
            let operand = &unique[at];
            let text = model.write(operand.expr);
            let headline = format!("{owner} need not depend on `{text}`: it follows from the rest");
            self.claim(REDUNDANT, operand.key, operand.place, headline);
            self.note(why);
            if let Some(claim) = self.found.last_mut() {
                claim.finding.symbol.clone_from(&symbol);
            }
        }
    }

    /// Claims the operands that are written a second time, and gives the others.
    fn duplicates(&mut self, operands: Vec<Operand>, owner: &str) -> Vec<Operand> {
        if operands.len() < 2 {
            return operands;
        }
        let mut seen: Vec<(String, Place)> = Vec::new();
        let mut unique = Vec::new();
        for operand in operands {
            let text = self.model.write(operand.expr);
            match seen.iter().find(|(known, _)| *known == text) {
                Some(&(_, first)) => {
                    let headline = format!("{owner} depends on `{text}` twice");
                    self.claim(DUPLICATE, operand.key, operand.place, headline);
                    let first = self.model.location(first);
                    self.note(Some(format!("{first}: the same is written here")));
                }
                None => {
                    seen.push((text, operand.place));
                    unique.push(operand);
                }
            }
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
        for operand in &operands {
            self.types(operand);
        }
        let is_reverse = matches!(
            property.kind,
            PropertyKind::Select(_) | PropertyKind::Imply(_)
        );
        let context = Context {
            around: property.entry,
            own: Some(entry.dependency),
            selector: is_reverse.then_some(symbol),
        };
        let Some(redundant) = self.redundant(&operands, &context) else {
            return;
        };
        let what = match property.kind {
            PropertyKind::Select(_) => "select",
            PropertyKind::Imply(_) => "imply",
            PropertyKind::Default(_) => "default",
            PropertyKind::Range(..) => "range",
            _ => "prompt",
        };
        let whole = self.keys.key(property.place, ALL);
        let name = Some(model.name(symbol)).filter(|_| entry.kind != EntryKind::Choice);
        if redundant.len() == operands.len() {
            let text = model.write(property.condition);
            let headline = format!("the condition `{text}` of this {what} always holds here");
            self.claim(CONSTANT, whole, property.place, headline);
            let why: Vec<String> = redundant
                .iter()
                .filter_map(|(_, why)| why.clone())
                .collect();
            if let Some(claim) = self.found.last_mut() {
                claim.finding.symbol.clone_from(&name);
                claim.finding.notes = why;
            }
        } else {
            self.shared.settled().insert(whole);
        }
        for (at, why) in redundant {
            let operand = &operands[at];
            let text = model.write(operand.expr);
            let headline =
                format!("`{text}` in the condition of this {what} follows from the rest");
            self.claim(REDUNDANT, operand.key, operand.place, headline);
            self.note(why);
            if let Some(claim) = self.found.last_mut() {
                claim.finding.symbol.clone_from(&name);
            }
        }
    }

    /// What holds where a line is reached, but for one operand and those that were found to be redundant.
    fn facts(
        &mut self,
        operands: &[Operand],
        skipped: &[usize],
        context: &Context,
        level: From,
    ) -> Facts {
        let mut parts = Vec::new();
        let around = self.model.entry(context.around);
        let outer = context.own.unwrap_or(around.dependency);
        parts.push(self.implied.expr(outer, level, true));
        if let Some(selector) = context.selector {
            parts.push(self.implied.facts(selector, level));
        }
        for (index, operand) in operands.iter().enumerate() {
            if !skipped.contains(&index) {
                parts.push(self.implied.expr(operand.expr, level, true));
            }
        }
        union(&parts)
    }

    /// The operands that follow from the others and from what is around them, each with the line that says so if one does alone;
    /// `None` where there is nothing to ask. Of
    /// two that follow from each other the first one goes.
    fn redundant(
        &mut self,
        operands: &[Operand],
        context: &Context,
    ) -> Option<Vec<(usize, Option<String>)>> {
        let mut redundant: Vec<usize> = Vec::new();
        // What is settled for all operands is settled for the line. With one of them open all are asked, so that the answer does not
        // depend on which architecture comes first.
        let is_settled = |operand: &Operand| self.shared.settled().contains(&operand.key);
        if operands.iter().all(is_settled) {
            return None;
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
                follows &= match self.facts(operands, &skipped, context, level) {
                    Some(facts) => self.implied.holds(operand.expr, level, &facts),
                    // It is nowhere reached as `y`.
                    None => true,
                };
            }
            if follows {
                redundant.push(index);
            } else {
                self.shared.settled().insert(operand.key);
            }
        }
        if !is_reached {
            return None;
        }
        let mut found = Vec::new();
        for &index in &redundant {
            let why = self.because(operands, &redundant, operands[index].expr, context);
            found.push((index, why));
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
        let outer = unmet::operands(model, context.around);
        sources.extend(outer.into_iter().map(|(entry, expr)| {
            let lines = model.own_operands(entry);
            let line = lines.iter().find(|line| line.dependency == expr);
            let place = line.map_or(model.entry(entry).place, |line| line.place);
            (place, expr)
        }));
        let says = |place, text: String| format!("{}: `{text}` says so", model.location(place));
        for (place, source) in sources {
            let facts = self.implied.expr(source, From::On, true)?;
            if self.implied.holds(expr, From::On, &facts) {
                return Some(says(place, model.write(source)));
            }
        }
        if self.implied.holds(expr, From::On, &[]) {
            return Some("it holds in every configuration".to_owned());
        }
        let selector = context.selector?;
        let facts = self.implied.facts(selector, From::On)?;
        self.implied
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
            Type::Bool => ("a bool", "only y and n"),
            _ => ("a tristate", "only y, m and n"),
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
        impossible.then(|| format!("`{name}` is {is}, which is {values}, and never `{text}`"))
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
        let headline =
            format!("no number is in this range of `{name}`: `{low}` is more than `{high}`");
        self.claim(RANGE, key, property.place, headline);
        self.note(Some(
            "conf replaces every value by one of the two".to_owned(),
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

/// What is a claim on some architecture and settled on none, each once, with the architectures that claim it. `of_archs` are the
/// claims of each architecture; `all` says how many there are.
pub fn findings(of_archs: Vec<(&str, Vec<Claim>)>, shared: &Shared, all: usize) -> Vec<Diagnostic> {
    let settled = shared.settled();
    let mut found: BTreeMap<Key, Diagnostic> = BTreeMap::new();
    for (arch, claims) in of_archs {
        for claim in claims {
            if settled.contains(&claim.key) {
                continue;
            }
            let finding = found.entry(claim.key).or_insert(claim.finding);
            finding.archs.push(arch.to_owned());
        }
    }
    // What is said of all of a condition need not be said of its operands.
    let is_whole = |key: &Key| key.part() == ALL;
    let whole: FxHashSet<Key> = found.keys().filter(|key| is_whole(key)).copied().collect();
    found.retain(|key, _| {
        let is_operand = matches!(key.part(), Part::Operand(_)) && !is_whole(key);
        !is_operand || !whole.contains(&key.with(ALL))
    });
    found
        .into_values()
        .map(|mut finding| {
            if finding.archs.len() == all {
                finding.archs.clear();
            }
            finding
        })
        .collect()
}
