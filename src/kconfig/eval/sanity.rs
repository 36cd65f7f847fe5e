//! Owns the checks that `conf` makes once all files are read: what it warns about and what it refuses.
//!
//! Follows `menu.c: sym_check_prop`, `parser.y: transitional_check_sanity`, `choice_check_sanity` and the checks of
//! `config_stmt`, `menuconfig_stmt` and `choice_entry` (7.2).

use rustc_hash::FxHashMap;

use super::loops::{self, How, Loop};
use super::shape::Shape;
use super::simplify::Unfinished;
use super::value::is_valid;
use super::{Dialect, Evaluator};
use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::model::{
    EntryId, EntryKind, ExprId, Place, PropertyId, PropertyKind, SymbolId, Type,
};

use crate::limits::Limit;

pub use crate::kconfig::model::DEFINITION;

/// Name of the lint for dependencies that lead back to where they start.
pub const LOOP: &str = "kconfig-loop";

/// Something that `conf` warns about or refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Holds what it is.
    pub kind: ProblemKind,
    /// Whether `conf` refuses the files because of it.
    pub is_error: bool,
    /// Where it is.
    pub place: Place,
    /// The symbol that it is about; of an entry without one the constant `n`.
    pub symbol: SymbolId,
}

/// Describes what `conf` warns about or refuses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProblemKind {
    /// A symbol has no type.
    NoType,
    /// A symbol got another type before.
    OtherType(Type),
    /// An entry has a prompt already.
    SecondPrompt,
    /// The default of an `int`, `hex` or `string` is no single symbol.
    CompoundDefault,
    /// The default of an `int` or `hex` is not a number.
    NoNumber(SymbolId),
    /// The default of a choice is not one of its members.
    NotInChoice(SymbolId),
    /// A symbol that is not logical selects or implies another: the word.
    ReverseOfNumber(&'static str),
    /// A symbol that is not logical is selected or implied: the word and the symbol.
    ReverseOnNumber(&'static str, SymbolId),
    /// A range on a symbol that is not a number.
    RangeOfNoNumber,
    /// A bound of a range is not a number: the first such one.
    NoRange(SymbolId),
    /// A transitional symbol has more than a help text.
    Transitional,
    /// A block around a transitional symbol has a condition.
    TransitionalWithin,
    /// A member of a choice has a default.
    MemberDefault,
    /// A member of a choice has a prompt outside of it.
    MemberElsewhere,
    /// A member of a choice has no prompt.
    MemberWithoutPrompt,
    /// A member of a choice is not bool.
    MemberNotBool,
    /// A choice has no prompt.
    ChoiceWithoutPrompt,
    /// A `menuconfig` has no prompt.
    MenuconfigWithoutPrompt,
    /// Dependencies lead back to where they start.
    Loop(Loop),
    /// An expression is too large to be rewritten as `conf` does it, or all of them are.
    Unfinished(&'static Limit),
}

impl Evaluator<'_> {
    /// Returns what `conf` would warn about or refuse, besides what it says while it reads: [`crate::kconfig::model::Model::diagnostics`].
    pub fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        for conflict in &self.model.type_conflicts {
            problems.push(Problem {
                kind: ProblemKind::OtherType(conflict.ignored),
                is_error: false,
                place: conflict.place,
                symbol: conflict.symbol,
            });
        }
        let more_prompts = self.more_prompts();
        for index in 1..self.model.entries.len() {
            self.check_entry(EntryId::new(index), &more_prompts, &mut problems);
        }
        for index in 0..self.model.symbols.len() {
            self.check_symbol(SymbolId::new(index), &mut problems);
        }
        problems.extend(self.unfinished_problems(&self.unfinished));
        let loops = self.loops();
        self.model.first_loop_or(|| self.first_of(&loops));
        problems.extend(loops);
        problems
    }

    /// The expressions that are too large for the shape of menus, which only the list of new symbols needs.
    pub fn problems_of_menus(&self) -> Vec<Problem> {
        self.unfinished_problems(&Shape::new(self).unfinished)
    }

    fn unfinished_problems(&self, unfinished: &[Unfinished]) -> Vec<Problem> {
        let mut problems: Vec<Problem> = Vec::new();
        for one in unfinished {
            let kind = ProblemKind::Unfinished(one.limit);
            if problems.iter().all(|known| known.kind != kind) {
                problems.push(Problem {
                    kind,
                    is_error: false,
                    place: one.place,
                    symbol: one.symbol.unwrap_or(SymbolId::NO),
                });
            }
        }
        problems
    }

    /// Whether there are loops, because of which `conf` refuses the files.
    pub fn has_loop(&self) -> bool {
        self.first_loop().is_some()
    }

    /// The place of the first loop and what is said of it.
    pub fn first_loop(&self) -> Option<&str> {
        // The answer is the same for every evaluator of the model.
        self.model.first_loop_or(|| self.first_of(&self.loops()))
    }

    fn first_of(&self, loops: &[Problem]) -> Option<String> {
        let finding = self.finding(loops.first()?);
        Some(format!(
            "{}: {}",
            finding.primary.location, finding.headline
        ))
    }

    /// Why `conf` refuses the files as a whole, so that there is no configuration to ask about: a syntax error, or dependencies that lead
    /// back to where they start. Both are reported for themselves.
    pub fn refusal(&self) -> Option<&'static str> {
        if self.model.has_syntax_errors() {
            return Some("a Kconfig file has a syntax error");
        }
        self.has_loop().then_some("the dependencies form a loop")
    }

    /// Of the problems those that are loops, because of which `conf` refuses the files.
    pub fn loops(&self) -> Vec<Problem> {
        let problem = |found: Loop| {
            // A choice has no name to be called by.
            let named = found.steps.iter().find(|step| !self.is_choice(step.symbol));
            let symbol = named?.symbol;
            let place = found.steps.iter().find_map(|step| step.place)?;
            Some(Problem {
                kind: ProblemKind::Loop(found),
                is_error: true,
                place,
                symbol,
            })
        };
        loops::find(self).into_iter().filter_map(problem).collect()
    }

    /// For each entry with more than one prompt the places of all but the first. The properties of a symbol are those of all its
    /// entries, so they are looked at once, not once for each entry.
    fn more_prompts(&self) -> FxHashMap<EntryId, Vec<Place>> {
        let mut more: FxHashMap<EntryId, Vec<Place>> = FxHashMap::default();
        let mut has_prompt = vec![false; self.model.entries.len()];
        for index in 0..self.model.symbols.len() {
            for property in self.model.own_properties_of(SymbolId::new(index)) {
                let property = self.model.property(property);
                let is_prompt = matches!(
                    property.kind,
                    PropertyKind::Prompt(_) | PropertyKind::Menu(_)
                );
                let has_prompt = &mut has_prompt[property.entry.index()];
                if is_prompt && std::mem::replace(has_prompt, true) {
                    more.entry(property.entry).or_default().push(property.place);
                }
            }
        }
        more
    }

    fn check_entry(
        &self,
        id: EntryId,
        more_prompts: &FxHashMap<EntryId, Vec<Place>>,
        problems: &mut Vec<Problem>,
    ) {
        let entry = self.model.entry(id);
        let Some(symbol) = entry.symbol else { return };
        let mut report = |kind, is_error, place| {
            problems.push(Problem {
                kind,
                is_error,
                place,
                symbol,
            });
        };
        let new_choices = self.dialect >= Dialect::NewChoices;
        if entry.kind == EntryKind::Menuconfig && entry.prompt.is_none() {
            let is_error = self.dialect >= Dialect::Transitional;
            report(ProblemKind::MenuconfigWithoutPrompt, is_error, entry.place);
        }
        if entry.kind == EntryKind::Choice {
            if entry.prompt.is_none() {
                report(ProblemKind::ChoiceWithoutPrompt, new_choices, entry.place);
            }
            return;
        }
        if new_choices && self.is_inside_choice(id) {
            if entry.prompt.is_none() {
                report(ProblemKind::MemberWithoutPrompt, true, entry.place);
            }
            if self.type_of(symbol) != Some(Type::Bool) {
                report(ProblemKind::MemberNotBool, true, entry.place);
            }
            for property in self.model.properties_of(symbol) {
                let property = self.model.property(property);
                match property.kind {
                    PropertyKind::Default(_) => {
                        report(ProblemKind::MemberDefault, true, property.place)
                    }
                    PropertyKind::Prompt(_)
                        if property.entry != id && self.is_elsewhere(property.entry, id) =>
                    {
                        report(ProblemKind::MemberElsewhere, true, property.place);
                    }
                    _ => {}
                }
            }
        }
        if self.model.symbol(symbol).transitional {
            let visible = entry.dependency == ExprId::YES && entry.visibility == ExprId::YES;
            let property = self.model.properties_of(symbol).next();
            let is_own = entry.own_dependency != ExprId::YES || entry.visibility != ExprId::YES;
            if !visible && !is_own {
                report(ProblemKind::TransitionalWithin, true, entry.place);
            } else if !visible {
                report(ProblemKind::Transitional, true, entry.place);
            } else if let Some(property) = property {
                let place = self.model.property(property).place;
                report(ProblemKind::Transitional, true, place);
            }
        }
        for &place in more_prompts.get(&id).into_iter().flatten() {
            report(ProblemKind::SecondPrompt, false, place);
        }
    }

    /// Whether another entry with a prompt of a choice's member counts as outside of the choice.
    fn is_elsewhere(&self, other: EntryId, member: EntryId) -> bool {
        // Until 7.0 a second definition in the same choice was fine.
        self.dialect >= Dialect::Transitional
            || self.model.entry(other).parent != self.model.entry(member).parent
    }

    fn is_inside_choice(&self, id: EntryId) -> bool {
        let mut parent = self.model.entry(id).parent;
        while parent != EntryId::ROOT {
            if self.model.entry(parent).kind == EntryKind::Choice {
                return true;
            }
            parent = self.model.entry(parent).parent;
        }
        false
    }

    fn check_symbol(&self, symbol: SymbolId, problems: &mut Vec<Problem>) {
        let Some(first) = self.model.definitions(symbol).next() else {
            return;
        };
        if self.type_of(symbol).is_none() {
            problems.push(Problem {
                kind: ProblemKind::NoType,
                is_error: false,
                place: self.model.entry(first).place,
                symbol,
            });
        }
        for id in self.model.properties_of(symbol) {
            self.check_property(symbol, id, &mut |kind| {
                problems.push(Problem {
                    kind,
                    is_error: false,
                    place: self.model.property(id).place,
                    symbol,
                });
            });
        }
    }

    /// `sym_check_prop`
    fn check_property(&self, symbol: SymbolId, id: PropertyId, found: &mut dyn FnMut(ProblemKind)) {
        let type_ = self.type_of(symbol);
        let is_number = matches!(type_, Some(Type::Int | Type::Hex));
        let is_logical = |type_| matches!(type_, Some(Type::Bool | Type::Tristate));
        match self.model.property(id).kind {
            PropertyKind::Default(value) => match self.model.exprs.get(value) {
                crate::kconfig::model::Expr::Symbol(source) => {
                    if is_number && !self.is_bound(type_, source) {
                        found(ProblemKind::NoNumber(source));
                    }
                    let inside = || {
                        let choice = self.choice_of[source.index()]?;
                        Some(self.choices[choice as usize].symbol)
                    };
                    if self.is_choice(symbol) && inside() != Some(symbol) {
                        found(ProblemKind::NotInChoice(source));
                    }
                }
                _ if is_number || type_ == Some(Type::String) => {
                    found(ProblemKind::CompoundDefault);
                }
                _ => {}
            },
            PropertyKind::Select(target) | PropertyKind::Imply(target) => {
                let word = match self.model.property(id).kind {
                    PropertyKind::Select(_) => "select",
                    _ => "imply",
                };
                let target_type = self.type_of(target);
                if !is_logical(type_) {
                    found(ProblemKind::ReverseOfNumber(word));
                } else if target_type.is_some() && !is_logical(target_type) {
                    found(ProblemKind::ReverseOnNumber(word, target));
                }
            }
            PropertyKind::Range(low, high) => {
                if !is_number {
                    found(ProblemKind::RangeOfNoNumber);
                }
                let mut bounds = [low, high].into_iter();
                if let Some(bound) = bounds.find(|&bound| !self.is_bound(type_, bound)) {
                    found(ProblemKind::NoRange(bound));
                }
            }
            _ => {}
        }
    }

    /// Whether a symbol can stand for a number (`menu_validate_number`).
    fn is_bound(&self, type_: Option<Type>, symbol: SymbolId) -> bool {
        match self.type_of(symbol) {
            Some(Type::Int | Type::Hex) => true,
            // Anything that a command answers is not known here.
            None if self.model.symbol(symbol).unknown => true,
            None => {
                let name = self.model.symbol(symbol).name.as_deref().unwrap_or("");
                is_valid(type_, name.as_bytes())
            }
            _ => false,
        }
    }

    /// A problem as a finding.
    pub fn finding(&self, problem: &Problem) -> Diagnostic {
        let name = self.model.name(problem.symbol);
        let headline = match &problem.kind {
            ProblemKind::NoType => format!("`{name}` has no type"),
            ProblemKind::OtherType(type_) => {
                let known = self.type_of(problem.symbol).map_or("no type", Type::text);
                format!(
                    "an earlier line declares `{name}` as {known}; {} is ignored",
                    type_.text()
                )
            }
            ProblemKind::SecondPrompt => format!("this entry of `{name}` already has a prompt"),
            ProblemKind::CompoundDefault => {
                format!("a default of `{name}` must be a single symbol")
            }
            ProblemKind::NoNumber(default) => format!(
                "the default `{}` of `{name}` is not a number",
                self.model.name(*default)
            ),
            ProblemKind::NotInChoice(default) => {
                format!(
                    "`{}` is the default of a choice, but not a member of it",
                    self.model.name(*default)
                )
            }
            ProblemKind::ReverseOfNumber(word) => {
                format!("`{name}` cannot {word} anything: it is neither bool nor tristate")
            }
            ProblemKind::ReverseOnNumber(word, target) => {
                let target = self.model.name(*target);
                format!("`{name}` cannot {word} `{target}`, which is neither bool nor tristate")
            }
            ProblemKind::RangeOfNoNumber => format!("`{name}` has a range but is not a number"),
            ProblemKind::NoRange(bound) => format!(
                "the bound `{}` of the range of `{name}` is not a number",
                self.model.name(*bound)
            ),
            ProblemKind::Transitional => {
                format!("`{name}` is transitional, but has more than a type and a help text")
            }
            ProblemKind::MemberDefault => {
                format!("`{name}` belongs to a choice, but has a default")
            }
            ProblemKind::TransitionalWithin => format!(
                "`{name}` is transitional, but inherits a dependency from the `if` or `menu` around it"
            ),
            ProblemKind::MemberElsewhere => {
                format!("`{name}` belongs to a choice, but has a prompt in another entry")
            }
            ProblemKind::MemberWithoutPrompt => {
                format!("`{name}` belongs to a choice, but has no prompt")
            }
            ProblemKind::MemberNotBool => format!("`{name}` belongs to a choice, but is not bool"),
            ProblemKind::ChoiceWithoutPrompt => "this choice has no prompt".to_owned(),
            ProblemKind::MenuconfigWithoutPrompt => {
                format!("the menuconfig `{name}` has no prompt")
            }
            ProblemKind::Loop(_) => format!("`{name}` depends on itself"),
            ProblemKind::Unfinished(limit) => limit.reached("this expression").to_string(),
        };
        let (lint, level) = match (&problem.kind, problem.is_error) {
            (ProblemKind::Loop(_), _) => (LOOP, Level::Deny),
            (_, true) => (DEFINITION, Level::Deny),
            (_, false) => (DEFINITION, Level::Warn),
        };
        let label = Label::new(self.model.location(problem.place), "");
        let mut finding = Diagnostic::new(lint, level, headline, label);
        if let ProblemKind::Unfinished(_) = &problem.kind {
            finding = finding.with_note(
                "it is left as written, which does not change its value; which entries form a menu, and which symbols count as \
                 depending on themselves, may differ from `conf`",
            );
        }
        if let ProblemKind::Loop(found) = &problem.kind {
            for step in &found.steps {
                let text = self.step_text(step);
                finding = match step.place {
                    Some(place) => {
                        finding.with_secondary(Label::new(self.model.location(place), text))
                    }
                    None => finding.with_note(text),
                };
            }
        }
        finding
    }

    /// A step of a loop as words.
    pub fn step_text(&self, step: &loops::Step) -> String {
        let (symbol, needs) = (self.model.name(step.symbol), self.model.name(step.needs));
        match step.how {
            How::Dependency => format!("`{symbol}` depends on `{needs}`"),
            How::Selected => format!("`{symbol}` is selected by `{needs}`"),
            How::Implied => format!("`{symbol}` is implied by `{needs}`"),
            How::Value(_) => format!("a default of `{symbol}` uses `{needs}`"),
            How::Condition(_) => format!("a line of `{symbol}` is conditional on `{needs}`"),
            How::Choice => format!("`{symbol}` is part of a choice"),
        }
    }
}
