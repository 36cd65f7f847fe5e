//! Owns the one answer to "in which configurations does this architecture have this feature?": the verdict, the condition, the
//! evidence and the reason.
//!
//! [`Engine::support`] takes the terms of a feature: symbols, negated or not, of which any is enough. Selects, implies, defaults,
//! prompts and choices all count, because the solver answers for every configuration at once. It must not know headers, tables,
//! lints or formats of output.

use std::cell::OnceCell;

use rustc_hash::FxHashMap;

use crate::check::support::formula::add_expr;
use crate::check::support::mention::{Files, Kind, Mention};
use crate::check::support::probes::Places;
use crate::check::support::question::{self, Finding};
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::diag::Location;
use crate::feature::name::Term;
use crate::kconfig::model::{Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{
    Asker, Formula, Literal, Node, NodeId, Prepared, Question, Solver, Undecided, Value,
};

/// Lines of a reason that are named. What is further away explains little.
const MAX_REASONS: usize = 3;

/// Upper bound on the lines that turn a symbol on and are asked about one by one. Of more lines, those after the first that acts are
/// taken as they are; the verdict does not rest on them.
pub(super) const MAX_ASKED: usize = 100;

/// Upper bound on the lines that turn a symbol on and are compared with each
/// other, in order to leave out those that another one covers.
const MAX_COMPARED: usize = 12;

/// What Kconfig says of a feature on one architecture.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Support {
    /// Whether some configuration has the feature.
    pub supported: Supported,
    /// The Kconfig expression under which it is there. `None` beside [`Supported::Yes`] means always.
    pub condition: Option<String>,
    /// Why it is not there, or why that is undecided; one sentence, lower case, no full stop.
    pub reason: Option<String>,
    /// The lines that decide, the decisive one first, then those that never act, then the declarations.
    pub evidence: Vec<Evidence>,
}

impl Support {
    /// Undecided for a reason, without evidence.
    pub fn undecided(reason: String) -> Self {
        Self {
            supported: Supported::Undecided,
            condition: None,
            reason: Some(reason),
            evidence: Vec::new(),
        }
    }
}

/// One condition of several that have to hold together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Part {
    /// A symbol is not `n`.
    Symbol(SymbolId),
    /// An expression is not `n`.
    Expr(ExprId),
}

/// A line that turns a symbol on: a `select`, an `imply` or a `default`.
#[derive(Debug)]
struct Line {
    role: Role,
    /// The symbol whose line it is.
    by: String,
    location: Location,
    /// Holds what has to hold for it to act.
    parts: Vec<Part>,
    /// Holds what the entry that holds the line depends on.
    dependency: ExprId,
}

/// Asks the model of one architecture about any number of features.
#[derive(Debug)]
pub struct Engine<'e, 'm> {
    model: &'m Model,
    /// The files in which to look for places that name a symbol without effect.
    mentioned_in: Option<&'e Files>,
    asker: Asker<'e, 'm>,
    /// Whether a part holds in every configuration, as far as that was asked.
    always: FxHashMap<Part, bool>,
    /// Where the files ask for unknown texts; looked for only where one of them is shown.
    probes: OnceCell<Places<'m>>,
}

impl<'e, 'm> Engine<'e, 'm> {
    /// Asks a model. Nothing is encoded yet.
    pub fn new(prepared: &'e Prepared<'m>) -> Self {
        Self {
            model: prepared.model(),
            mentioned_in: None,
            asker: Asker::new(prepared),
            always: FxHashMap::default(),
            probes: OnceCell::new(),
        }
    }

    /// The same; the evidence against a feature also names the places in `files` that name its symbol without effect.
    pub fn with_mentions(prepared: &'e Prepared<'m>, files: &'e Files) -> Self {
        Self {
            mentioned_in: Some(files),
            ..Self::new(prepared)
        }
    }

    /// The model that is asked.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// The asker that tells whether something can be.
    pub fn asker(&mut self) -> &mut Asker<'e, 'm> {
        &mut self.asker
    }

    /// A solver for questions whose answers are shown. Which of several configurations or reasons a solver finds depends on what it was
    /// asked before, and the same tree has to give the same bytes whatever else was asked of the engine.
    pub fn fresh_solver(&self) -> Solver<'m> {
        Solver::new(self.model)
    }

    /// Whether a symbol can be on; `false` where that is not decided.
    pub fn can_be_on(&mut self, symbol: SymbolId) -> bool {
        self.asker.can_be(symbol, Value::On) == Ok(true)
    }

    /// Whether, and under which condition, the architecture has a feature that is there where any of the terms holds.
    ///
    /// Undecided where a Kconfig file of the architecture could not be read, whatever the other files say.
    pub fn support(&mut self, terms: &[Term]) -> Support {
        let support = self.any(terms);
        self.unless_unread(support)
    }

    /// The same of a single symbol that a file of the architecture declares.
    pub fn support_of(&mut self, symbol: SymbolId) -> Support {
        let support = self.of_symbol(symbol, false);
        self.unless_unread(support)
    }

    fn unless_unread(&self, support: Support) -> Support {
        match &self.model.unread {
            Some(unread) => Support {
                evidence: support.evidence,
                ..Support::undecided(unread.reason.clone())
            },
            None => support,
        }
    }

    /// The symbol of a term, if a file of the architecture declares it.
    pub fn declared(&self, term: &Term) -> Option<SymbolId> {
        self.model
            .find(&term.symbol)
            .filter(|&symbol| self.model.is_defined(symbol))
    }

    /// That the feature is there: that any of the terms holds. A symbol that is not declared is `n`.
    pub fn has(&self, terms: &[Term]) -> Question {
        match self.single(terms) {
            Some((symbol, true)) => Question::is(symbol, Value::No),
            Some((symbol, false)) => Question::is(symbol, Value::On),
            None => Question::new().and_formula(self.any_holds(terms)),
        }
    }

    /// That the feature is not there.
    pub fn lacks(&self, terms: &[Term]) -> Question {
        match self.single(terms) {
            Some((symbol, true)) => Question::is(symbol, Value::On),
            Some((symbol, false)) => Question::is(symbol, Value::No),
            None => {
                let mut formula = Formula::new();
                let any = formula.append(&self.any_holds(terms));
                formula.add(Node::Not(any));
                Question::new().and_formula(formula)
            }
        }
    }

    /// The symbol of the only term, if it is declared, and whether the term is negated.
    fn single(&self, terms: &[Term]) -> Option<(SymbolId, bool)> {
        match terms {
            [term] => Some((self.declared(term)?, term.negated)),
            _ => None,
        }
    }

    fn any_holds(&self, terms: &[Term]) -> Formula {
        let mut formula = Formula::new();
        let operands = terms
            .iter()
            .map(|term| {
                let literal = self.declared(term).map(|symbol| {
                    let value = if term.negated { Value::No } else { Value::On };
                    Node::Literal(Literal::new(symbol, value))
                });
                formula.add(literal.unwrap_or(Node::Constant(term.negated)))
            })
            .collect();
        formula.add(Node::Or(operands));
        formula
    }

    /// A feature that is there where any of the terms holds.
    fn any(&mut self, terms: &[Term]) -> Support {
        let mut of_terms: Vec<Support> = terms.iter().map(|term| self.term(term)).collect();
        if of_terms.len() == 1
            && let Some(only) = of_terms.pop()
        {
            return only;
        }
        let has = |wanted| of_terms.iter().any(|of| of.supported == wanted);
        let supported = if has(Supported::Yes) {
            Supported::Yes
        } else if has(Supported::Undecided) {
            Supported::Undecided
        } else {
            Supported::No
        };
        let (deciding, other): (Vec<Support>, Vec<Support>) = of_terms
            .into_iter()
            .partition(|of| of.supported == supported);
        let mut conditions: Option<Vec<&str>> =
            deciding.iter().map(|of| of.condition.as_deref()).collect();
        if supported == Supported::Yes && conditions.is_some() {
            let off = self.lacks(terms);
            if self.asker.is_possible(&off) == Ok(false) {
                // No term holds always, but one of them always does.
                conditions = None;
            }
        }
        let reasons: Vec<&str> = deciding
            .iter()
            .filter_map(|of| of.reason.as_deref())
            .collect();
        Support {
            supported,
            condition: conditions.map(|all| all.join(" || ")),
            reason: (!reasons.is_empty()).then(|| reasons.join("; ")),
            evidence: deciding
                .iter()
                .chain(&other)
                .flat_map(|of| of.evidence.iter().cloned())
                .collect(),
        }
    }

    fn term(&mut self, term: &Term) -> Support {
        match self.declared(term) {
            Some(symbol) => self.of_symbol(symbol, term.negated),
            None => self.undeclared(term),
        }
    }

    fn of_symbol(&mut self, symbol: SymbolId, negated: bool) -> Support {
        let name = &*self.model.name(symbol);
        let type_ = self.model.symbol(symbol).type_;
        if !matches!(type_, Some(Type::Bool | Type::Tristate)) {
            let what = type_.map_or("no type", Type::text);
            return Support::undecided(format!(
                "`{name}` cannot be on or off: its type is `{what}`"
            ));
        }
        let actual = if negated {
            self.off(name, symbol)
        } else {
            self.on(name, symbol)
        };
        actual.unwrap_or_else(|undecided| Support {
            evidence: self.declarations(symbol),
            ..Support::undecided(undecided.0)
        })
    }

    /// A feature whose symbol no file declares: it is `n`.
    fn undeclared(&mut self, term: &Term) -> Support {
        let name = &*term.symbol;
        let symbol = self.model.find(name);
        let mut evidence = Vec::new();
        for line in symbol.map_or_else(Vec::new, |symbol| self.lines(symbol)) {
            let note = format!("`{name}` is not declared, so this line does nothing");
            evidence.push(self.evidence(&line, Some(note)));
        }
        self.add_mentions(name, &mut evidence);
        Support {
            supported: if term.negated {
                Supported::Yes
            } else {
                Supported::No
            },
            condition: None,
            reason: Some(format!(
                "no Kconfig file of `{}` declares `{name}`",
                self.model.srcarch
            )),
            evidence,
        }
    }

    /// A feature that is there where the symbol is on.
    fn on(&mut self, name: &str, symbol: SymbolId) -> Result<Support, Undecided> {
        let model = self.model;
        let lines = self.lines(symbol);
        let has_prompt = model
            .definitions(symbol)
            .any(|entry| model.entry(entry).prompt.is_some());
        if lines.is_empty() && !has_prompt {
            return Ok(self.never(
                name,
                symbol,
                lines,
                "nothing selects it, and it has no default",
            ));
        }
        let on = Question::is(symbol, Value::On);
        if !self.asker.is_possible(&on)? {
            let disagree = || Undecided("two searches disagree".to_owned());
            let reason = self.excluded_by(&on).ok_or_else(disagree)?;
            return Ok(self.never(name, symbol, lines, &reason));
        }
        let always = !self.asker.can_be(symbol, Value::No)?;
        let (acting, idle) = self.split(lines)?;
        let condition = if always {
            None
        } else if has_prompt || acting.is_empty() || acting.len() > MAX_ASKED {
            Some(name.to_owned())
        } else {
            // Where the lines say always and the symbol can be off, they say too much.
            Some(self.disjunction(&acting)?.unwrap_or(name.to_owned()))
        };
        let mut evidence: Vec<Evidence> = Vec::new();
        for line in acting {
            evidence.push(self.evidence(&line, None));
        }
        // A line without a condition says more than one with a condition.
        evidence.sort_by_key(|evidence| evidence.condition.is_some());
        let declarations = self.declarations(symbol);
        if evidence.is_empty() {
            evidence.extend(declarations);
        } else {
            evidence.extend(self.idle(idle));
            evidence.extend(declarations);
        }
        Ok(Support {
            supported: Supported::Yes,
            condition,
            reason: None,
            evidence,
        })
    }

    /// A feature that is there where the symbol is off.
    fn off(&mut self, name: &str, symbol: SymbolId) -> Result<Support, Undecided> {
        let actual = self.on(name, symbol)?;
        let turned = |supported, condition: Option<String>, reason: Option<String>| Support {
            supported,
            condition,
            reason,
            evidence: actual.evidence.clone(),
        };
        Ok(match (actual.supported, &actual.condition) {
            (Supported::Yes, None) => turned(
                Supported::No,
                None,
                Some(format!("`{name}` is on in every configuration")),
            ),
            (Supported::Yes, Some(condition)) => {
                let is_simple = !condition.contains(' ') && !condition.starts_with('!');
                let condition = if is_simple {
                    format!("!{condition}")
                } else {
                    format!("!({condition})")
                };
                turned(Supported::Yes, Some(condition), None)
            }
            (Supported::No, _) => Support {
                supported: Supported::Yes,
                condition: None,
                ..actual
            },
            (Supported::Undecided, _) => actual,
        })
    }

    /// A symbol that no configuration turns on, for a reason.
    fn never(&mut self, name: &str, symbol: SymbolId, lines: Vec<Line>, reason: &str) -> Support {
        let mut evidence = self.idle(lines);
        evidence.extend(self.declarations(symbol));
        self.add_mentions(name, &mut evidence);
        Support {
            supported: Supported::No,
            condition: None,
            reason: Some(format!("`{name}` is never on: {reason}")),
            evidence,
        }
    }

    /// Every line that could turn the symbol on.
    fn lines(&self, symbol: SymbolId) -> Vec<Line> {
        let model = self.model;
        let selects = model.selects_of(symbol).map(|id| (Role::Select, id));
        let implies = model.implies_of(symbol).map(|id| (Role::Imply, id));
        let defaults = model.properties_of(symbol).filter_map(|id| {
            let PropertyKind::Default(value) = model.property(id).kind else {
                return None;
            };
            let off = model.exprs.get(value) == Expr::Symbol(SymbolId::NO);
            (!off).then_some((Role::Default, id))
        });
        selects
            .chain(defaults)
            .chain(implies)
            .map(|(role, id)| self.line(role, id))
            .collect()
    }

    fn line(&self, role: Role, id: PropertyId) -> Line {
        let model = self.model;
        let property = model.property(id);
        let entry = model.entry(property.entry);
        let mut parts = Vec::new();
        let mut add = |expr| {
            let operands = model.exprs.chain(expr, |expr| match expr {
                Expr::And(a, b) => Some((a, b)),
                _ => None,
            });
            for operand in operands {
                let part = match model.exprs.get(operand) {
                    Expr::Symbol(symbol) => Part::Symbol(symbol),
                    _ => Part::Expr(operand),
                };
                if part != Part::Symbol(SymbolId::YES) && !parts.contains(&part) {
                    parts.push(part);
                }
            }
        };
        match property.kind {
            PropertyKind::Default(value) => {
                add(entry.dependency);
                add(property.condition);
                add(value);
            }
            _ => add(property.condition),
        }
        if role != Role::Default
            && let Some(selector) = entry.symbol
        {
            parts.retain(|&part| part != Part::Symbol(selector));
            parts.insert(0, Part::Symbol(selector));
        }
        Line {
            role,
            by: entry
                .symbol
                .map_or_else(String::new, |symbol| model.name(symbol)),
            location: model.location(property.place),
            parts,
            dependency: entry.dependency,
        }
    }

    /// The lines that can act, without the parts of their conditions that say nothing, and those that cannot.
    fn split(&mut self, lines: Vec<Line>) -> Result<(Vec<Line>, Vec<Line>), Undecided> {
        let (mut acting, mut idle) = (Vec::new(), Vec::new());
        let is_long = lines.len() > MAX_ASKED;
        for mut line in lines {
            if is_long && !acting.is_empty() {
                acting.push(line);
                continue;
            }
            if !self.asker.is_possible(&self.acts(&line))? {
                idle.push(line);
                continue;
            }
            self.simplify(&mut line.parts)?;
            acting.push(line);
        }
        Ok((acting, idle))
    }

    /// That a line acts.
    fn acts(&self, line: &Line) -> Question {
        let mut formula = Formula::new();
        let mut operands = self.operands(&mut formula, &line.parts);
        operands.push(add_expr(self.model, &mut formula, line.dependency));
        formula.add(Node::And(operands));
        Question::new().and_formula(formula)
    }

    fn operands(&self, formula: &mut Formula, parts: &[Part]) -> Vec<NodeId> {
        parts
            .iter()
            .map(|&part| match part {
                Part::Symbol(symbol) => formula.add(Node::Literal(Literal::new(symbol, Value::On))),
                Part::Expr(expr) => add_expr(self.model, formula, expr),
            })
            .collect()
    }

    /// Whether `first` can hold while `second` does not.
    fn can_without(&mut self, first: &[Part], second: &[Part]) -> Result<bool, Undecided> {
        let mut formula = Formula::new();
        let mut operands = self.operands(&mut formula, first);
        let of_second = self.operands(&mut formula, second);
        let of_second = formula.add(Node::And(of_second));
        operands.push(formula.add(Node::Not(of_second)));
        formula.add(Node::And(operands));
        self.asker
            .is_possible(&Question::new().and_formula(formula))
    }

    /// Leaves out parts that always hold, and those that hold wherever the others do.
    fn simplify(&mut self, parts: &mut Vec<Part>) -> Result<(), Undecided> {
        let mut kept = Vec::new();
        for &part in parts.iter() {
            let always = match self.always.get(&part) {
                Some(&always) => always,
                None => {
                    let always = !self.can_without(&[], &[part])?;
                    self.always.insert(part, always);
                    always
                }
            };
            if !always {
                kept.push(part);
            }
        }
        let mut index = kept.len();
        while index > 0 && kept.len() > 1 {
            index -= 1;
            let part = kept.remove(index);
            if self.can_without(&kept, &[part])? {
                kept.insert(index, part);
            }
        }
        *parts = kept;
        Ok(())
    }

    /// The condition under which any of the lines acts; `None` for always.
    fn disjunction(&mut self, lines: &[Line]) -> Result<Option<String>, Undecided> {
        let mut conditions: Vec<&[Part]> = Vec::new();
        for line in lines {
            if !conditions.contains(&&*line.parts) {
                conditions.push(&line.parts);
            }
        }
        if conditions.iter().any(|parts| parts.is_empty()) {
            return Ok(None);
        }
        if conditions.len() <= MAX_COMPARED {
            let mut index = conditions.len();
            while index > 0 {
                index -= 1;
                let condition = conditions[index];
                for other in 0..conditions.len() {
                    if other != index && !self.can_without(condition, conditions[other])? {
                        conditions.remove(index);
                        break;
                    }
                }
            }
        }
        if let [only] = conditions[..] {
            return Ok(Some(self.write(only)));
        }
        let (shared, rest) = shared_parts(&conditions);
        // Where one of several has to hold anyway, only what they share decides.
        let is_all = rest.iter().any(Vec::is_empty)
            || !shared.is_empty() && !self.can_miss(&shared, &rest)?;
        if is_all {
            return Ok(Some(self.write(&shared)));
        }
        let texts = rest.iter().map(|parts| {
            let text = self.write(parts);
            match text.contains(" && ") {
                true => format!("({text})"),
                false => text,
            }
        });
        let rest = texts.collect::<Vec<_>>().join(" || ");
        if shared.is_empty() {
            return Ok(Some(rest));
        }
        let mut parts = self.texts(&shared, true);
        parts.push(format!("({rest})"));
        Ok(Some(parts.join(" && ")))
    }

    /// Whether some parts can hold while none of several lists of others does.
    fn can_miss(&mut self, shared: &[Part], rest: &[Vec<Part>]) -> Result<bool, Undecided> {
        let mut formula = Formula::new();
        let mut operands = self.operands(&mut formula, shared);
        for parts in rest {
            let parts = self.operands(&mut formula, parts);
            let parts = formula.add(Node::And(parts));
            operands.push(formula.add(Node::Not(parts)));
        }
        formula.add(Node::And(operands));
        self.asker
            .is_possible(&Question::new().and_formula(formula))
    }

    /// Conditions that have to hold together, as Kconfig writes them.
    fn write(&self, parts: &[Part]) -> String {
        self.texts(parts, parts.len() > 1).join(" && ")
    }

    /// Conditions one by one; those that have to stand in parentheses beside others do if there are `several`.
    fn texts(&self, parts: &[Part], several: bool) -> Vec<String> {
        let text = |&part: &Part| match part {
            Part::Symbol(symbol) => self.name(symbol),
            Part::Expr(expr) => {
                let mut text = self.model.write(expr);
                let mut symbols = Vec::new();
                self.model.exprs.symbols_of(&[expr], None, &mut symbols);
                symbols.retain(|&symbol| self.model.symbol(symbol).unknown);
                for symbol in symbols {
                    text = text.replace(&*self.model.name(symbol), &self.name(symbol));
                }
                let is_or = matches!(self.model.exprs.get(expr), Expr::Or(..));
                if several && is_or {
                    format!("({text})")
                } else {
                    text
                }
            }
        };
        parts.iter().map(text).collect()
    }

    /// The name of a symbol; of the answer to a command, the macro as a file writes it.
    fn name(&self, symbol: SymbolId) -> String {
        match self.model.symbol(symbol).unknown {
            true => {
                let places = self.probes.get_or_init(|| Places::of_all(self.model));
                places.of(symbol).0
            }
            false => self.model.name(symbol),
        }
    }

    /// A line as evidence, with its condition.
    fn evidence(&self, line: &Line, note: Option<String>) -> Evidence {
        Evidence {
            role: line.role,
            symbol: line.by.clone(),
            condition: (!line.parts.is_empty()).then(|| self.write(&line.parts)),
            location: line.location.clone(),
            note,
        }
    }

    /// Lines that turn nothing on, each with the reason.
    fn idle(&mut self, lines: Vec<Line>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for line in lines {
            let reason = self.excluded_by(&self.acts(&line));
            // The condition may hold where the line does nothing.
            let reason = reason.unwrap_or_else(|| "no line can turn the symbol on".to_owned());
            evidence.push(self.evidence(&line, Some(format!("never takes effect: {reason}"))));
        }
        evidence
    }

    /// The lines that make something impossible, in words; `None` where it is possible.
    fn excluded_by(&mut self, question: &Question) -> Option<String> {
        Some(match question::ask(&mut self.fresh_solver(), question) {
            Finding::Impossible(lines) if !lines.is_empty() => {
                let reasons: Vec<String> = question::reasons(&lines).take(MAX_REASONS).collect();
                reasons.join("; ")
            }
            Finding::Impossible(_) => "its condition contradicts itself".to_owned(),
            Finding::Undecided(reason) => reason,
            Finding::Possible(_) => return None,
        })
    }

    /// The entries that declare the symbol.
    fn declarations(&self, symbol: SymbolId) -> Vec<Evidence> {
        let model = self.model;
        model
            .definitions(symbol)
            .map(|id| {
                let entry = model.entry(id);
                Evidence {
                    role: Role::Declaration,
                    symbol: model.name(symbol),
                    condition: (entry.dependency != ExprId::YES)
                        .then(|| model.write(entry.dependency)),
                    location: model.location(entry.place),
                    note: None,
                }
            })
            .collect()
    }

    /// Adds the places that name the symbol and say nothing, each with the reason.
    fn add_mentions(&self, name: &str, evidence: &mut Vec<Evidence>) {
        let Some(files) = self.mentioned_in else {
            return;
        };
        for mention in files.mentions(name) {
            let place = &mention.location;
            let is_known = evidence.iter().any(|known| {
                known.location.path == place.path && known.location.line == place.line
            });
            if !is_known {
                evidence.push(Evidence {
                    role: Role::Mention,
                    symbol: mention.name.clone(),
                    condition: None,
                    note: Some(self.why_not(name, &mention)),
                    location: mention.location,
                });
            }
        }
    }

    fn why_not(&self, name: &str, mention: &Mention) -> String {
        match mention.kind {
            Kind::Word => "does not turn the symbol on".to_owned(),
            Kind::LongerName => format!("`{}` is a different name", mention.name),
            Kind::Prose => "in a comment or help text".to_owned(),
            Kind::Unread if mention.name != name => format!(
                "`{}` is a different name, and no Kconfig file of `{}` sources this one",
                mention.name, self.model.srcarch
            ),
            Kind::Unread => format!(
                "no Kconfig file of `{}` sources this one",
                self.model.srcarch
            ),
        }
    }
}

/// The parts that all of several lists have, and what is left of each.
fn shared_parts(lists: &[&[Part]]) -> (Vec<Part>, Vec<Vec<Part>>) {
    let Some((first, others)) = lists.split_first() else {
        return Default::default();
    };
    let is_shared = |part: &&Part| others.iter().all(|parts| parts.contains(*part));
    let shared: Vec<Part> = first.iter().filter(is_shared).copied().collect();
    let own = |parts: &&[Part]| -> Vec<Part> {
        let own = parts.iter().filter(|part| !shared.contains(*part));
        own.copied().collect()
    };
    let rest = lists.iter().map(own).collect();
    (shared, rest)
}
