//! Owns what Kconfig says of a feature on one architecture: whether some configuration has it, under which condition, and which
//! lines say so.

use std::sync::Arc;

use rustc_hash::FxHashMap;

use crate::check::support::mention::{Files, Kind, Mention};
use crate::check::support::proof::{self, Example, Finding};
use crate::check::support::verdict::{Evidence, Role, Supported};
use crate::check::table::{Agreement, Cell, Documented, Row};
use crate::diag::Location;
use crate::feature::arch_support::Status;
use crate::feature::name::Term;
use crate::kconfig::model::{Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{Formula, Literal, Node, NodeId, Question, Solver, Undecided, Value};
use crate::kconfig::sources::Sources;
use crate::tree::TreeError;

/// Lines of a reason that are named. What is further away explains little.
const MAX_REASONS: usize = 3;

/// So many lines that turn a symbol on are compared with each other in order to leave out what another one covers.
const MAX_COMPARED: usize = 12;

/// The cells of all rows on the architecture of the model.
///
/// # Errors
///
/// The architecture's directory cannot be listed.
pub(in crate::check) fn cells(
    sources: &Sources<'_>,
    model: &Model,
    rows: &[Row],
) -> Result<Vec<Cell>, TreeError> {
    let files = Files::of_arch(sources, &model.srcarch, &|path| {
        model
            .files
            .iter()
            .any(|source| **source.file.path() == *path)
    })?;
    let names = sources.all_names();
    let mut asker = Asker {
        sources,
        model,
        names: &names,
        files: &files,
        solver: Solver::new(model),
        always: FxHashMap::default(),
    };
    let cells = rows.iter().map(|row| {
        let documented = row.table.as_ref().and_then(|table| {
            let of_row = table.row(&model.srcarch)?;
            Some(Documented {
                status: of_row.status.clone(),
                location: of_row.status_location.clone(),
            })
        });
        let actual = match &row.spec {
            Some(spec) => asker.feature(&spec.kconfig),
            None => Actual::undecided("the table names no Kconfig symbol".to_owned()),
        };
        let agreement = agreement(documented.as_ref(), &actual, row.is_negated());
        let terms = row.spec.as_ref().map_or(&[][..], |spec| &spec.kconfig);
        Cell {
            arch: model.srcarch.clone(),
            agreement,
            documented,
            declared: terms.iter().any(|term| asker.declared(term).is_some()),
            example: (agreement == Agreement::Denied && actual.condition.is_some())
                .then(|| asker.example(terms))
                .flatten(),
            instead: if agreement == Agreement::Claimed {
                asker.instead(terms)
            } else {
                Vec::new()
            },
            supported: actual.supported,
            condition: actual.condition,
            reason: actual.reason,
            evidence: actual.evidence,
            defconfigs: None,
        }
    });
    Ok(cells.collect())
}

/// How the table compares with what Kconfig says. `negated` says that the feature is there where its symbols are off.
fn agreement(documented: Option<&Documented>, actual: &Actual, negated: bool) -> Agreement {
    match (documented.map(|of| &of.status), actual.supported) {
        (None | Some(Status::Other(_)), _) | (_, Supported::Undecided) => Agreement::Open,
        (Some(Status::Supported), Supported::Yes) => Agreement::Agrees,
        (Some(Status::Supported), Supported::No) => Agreement::Claimed,
        (Some(_), Supported::No) => Agreement::Agrees,
        (Some(Status::Todo), Supported::Yes) if negated && actual.condition.is_some() => {
            Agreement::Agrees
        }
        (Some(_), Supported::Yes) => Agreement::Denied,
    }
}

/// What Kconfig says.
#[derive(Debug)]
struct Actual {
    supported: Supported,
    condition: Option<String>,
    reason: Option<String>,
    evidence: Vec<Evidence>,
}

impl Actual {
    fn undecided(reason: String) -> Self {
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
    /// What has to hold for it to act.
    parts: Vec<Part>,
    /// What the entry that holds the line depends on.
    dependency: ExprId,
}

/// Asks the model of one architecture.
struct Asker<'s, 'm> {
    sources: &'s Sources<'s>,
    model: &'m Model,
    /// Every name that some Kconfig file of the tree has.
    names: &'s [Arc<str>],
    files: &'s Files,
    solver: Solver<'m>,
    /// What holds in every configuration, as far as it was asked for.
    always: FxHashMap<Part, bool>,
}

impl Asker<'_, '_> {
    /// A feature that is there where any of the terms holds.
    fn feature(&mut self, terms: &[Term]) -> Actual {
        let mut of_terms: Vec<Actual> = terms.iter().map(|term| self.term(term)).collect();
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
        let (deciding, other): (Vec<Actual>, Vec<Actual>) = of_terms
            .into_iter()
            .partition(|of| of.supported == supported);
        let conditions: Option<Vec<&str>> =
            deciding.iter().map(|of| of.condition.as_deref()).collect();
        let reasons: Vec<&str> = deciding
            .iter()
            .filter_map(|of| of.reason.as_deref())
            .collect();
        Actual {
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

    /// The symbol of a name, declared or only referred to.
    fn find(&self, name: &str) -> Option<SymbolId> {
        self.model.find_name(self.sources.find(name)?)
    }

    /// The symbol of a term, if a file of the architecture declares it.
    fn declared(&self, term: &Term) -> Option<SymbolId> {
        self.find(&term.symbol)
            .filter(|&symbol| self.model.is_defined(symbol))
    }

    /// A configuration that has the feature.
    fn example(&mut self, terms: &[Term]) -> Option<Example> {
        terms.iter().find_map(|term| {
            let value = if term.negated { Value::No } else { Value::On };
            let symbol = self.declared(term)?;
            let found = proof::ask(&mut self.solver, &Question::is(symbol, value));
            found.example().cloned()
        })
    }

    /// Symbols whose names go on where that of a term ends, and that can be on.
    fn instead(&mut self, terms: &[Term]) -> Vec<String> {
        let mut found = Vec::new();
        for name in self.names {
            let is_longer = |term: &Term| {
                let rest = name.strip_prefix(&*term.symbol);
                rest.is_some_and(|rest| rest.starts_with('_'))
            };
            if !terms.iter().any(is_longer) {
                continue;
            }
            let symbol = self.find(name).filter(|&symbol| {
                let is_logical = matches!(
                    self.model.symbol(symbol).type_,
                    Some(Type::Bool | Type::Tristate)
                );
                is_logical && self.model.is_defined(symbol)
            });
            if let Some(symbol) = symbol
                && self.solver.is_possible(&Question::is(symbol, Value::On)) == Ok(true)
            {
                found.push(name.to_string());
            }
        }
        found.sort_unstable();
        found
    }

    fn term(&mut self, term: &Term) -> Actual {
        let name = &*term.symbol;
        let Some(symbol) = self.declared(term) else {
            return self.undeclared(term);
        };
        let type_ = self.model.symbol(symbol).type_;
        if !matches!(type_, Some(Type::Bool | Type::Tristate)) {
            let what = type_.map_or("no type", Type::text);
            return Actual::undecided(format!("`{name}` is not on or off: its type is `{what}`"));
        }
        let actual = if term.negated {
            self.off(name, symbol)
        } else {
            self.on(name, symbol)
        };
        actual.unwrap_or_else(|undecided| Actual {
            evidence: self.declarations(symbol),
            ..Actual::undecided(undecided.0)
        })
    }

    /// A feature whose symbol no file declares: it is `n`.
    fn undeclared(&mut self, term: &Term) -> Actual {
        let name = &*term.symbol;
        let symbol = self.find(name);
        let mut evidence = Vec::new();
        for line in symbol.map_or_else(Vec::new, |symbol| self.lines(symbol)) {
            let note = format!("`{name}` is not declared, so this line does nothing");
            evidence.push(self.evidence(&line, Some(note)));
        }
        self.add_mentions(name, &mut evidence);
        Actual {
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
    fn on(&mut self, name: &str, symbol: SymbolId) -> Result<Actual, Undecided> {
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
        if !self.solver.is_possible(&on)? {
            let reason = self.excluded_by(&on);
            return Ok(self.never(name, symbol, lines, &reason));
        }
        let always = !self.solver.is_possible(&Question::is(symbol, Value::No))?;
        let (acting, idle) = self.split(lines)?;
        let condition = if always {
            None
        } else if has_prompt || acting.is_empty() {
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
        Ok(Actual {
            supported: Supported::Yes,
            condition,
            reason: None,
            evidence,
        })
    }

    /// A feature that is there where the symbol is off.
    fn off(&mut self, name: &str, symbol: SymbolId) -> Result<Actual, Undecided> {
        let actual = self.on(name, symbol)?;
        let turned = |supported, condition: Option<String>, reason: Option<String>| Actual {
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
            (Supported::No, _) => Actual {
                supported: Supported::Yes,
                condition: None,
                ..actual
            },
            (Supported::Undecided, _) => actual,
        })
    }

    /// A symbol that no configuration turns on, for a reason.
    fn never(&mut self, name: &str, symbol: SymbolId, lines: Vec<Line>, reason: &str) -> Actual {
        let mut evidence = self.idle(lines);
        evidence.extend(self.declarations(symbol));
        self.add_mentions(name, &mut evidence);
        Actual {
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
        for mut line in lines {
            if !self.solver.is_possible(&self.acts(&line))? {
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
        operands.push(proof::add_expr(self.model, &mut formula, line.dependency));
        formula.add(Node::And(operands));
        Question::new().and_formula(formula)
    }

    fn operands(&self, formula: &mut Formula, parts: &[Part]) -> Vec<NodeId> {
        parts
            .iter()
            .map(|&part| match part {
                Part::Symbol(symbol) => formula.add(Node::Literal(Literal::new(symbol, Value::On))),
                Part::Expr(expr) => proof::add_expr(self.model, formula, expr),
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
        self.solver
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
        let several = conditions.len() > 1;
        let texts: Vec<String> = conditions
            .iter()
            .map(|parts| self.write(parts))
            .map(|text| {
                if several && text.contains(" && ") {
                    format!("({text})")
                } else {
                    text
                }
            })
            .collect();
        Ok(Some(texts.join(" || ")))
    }

    /// Conditions that have to hold together, as Kconfig writes them.
    fn write(&self, parts: &[Part]) -> String {
        let several = parts.len() > 1;
        let texts: Vec<String> = parts
            .iter()
            .map(|&part| match part {
                Part::Symbol(symbol) => self.model.name(symbol),
                Part::Expr(expr) => {
                    let text = self.model.write(expr);
                    let is_or = matches!(self.model.exprs.get(expr), Expr::Or(..));
                    if several && is_or {
                        format!("({text})")
                    } else {
                        text
                    }
                }
            })
            .collect();
        texts.join(" && ")
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

    /// Lines that never act, each with the reason.
    fn idle(&mut self, lines: Vec<Line>) -> Vec<Evidence> {
        let mut evidence = Vec::new();
        for line in lines {
            let reason = self.excluded_by(&self.acts(&line));
            evidence.push(self.evidence(&line, Some(format!("never acts: {reason}"))));
        }
        evidence
    }

    /// The lines that make something impossible, in words.
    fn excluded_by(&mut self, question: &Question) -> String {
        match proof::ask(&mut self.solver, question) {
            Finding::Impossible(lines) if !lines.is_empty() => {
                let reasons: Vec<String> = proof::reasons(&lines).take(MAX_REASONS).collect();
                reasons.join("; ")
            }
            Finding::Impossible(_) => "its condition contradicts itself".to_owned(),
            Finding::Undecided(reason) => reason,
            Finding::Possible(_) => {
                unreachable!("invariant: the solver has found it to be impossible")
            }
        }
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
        for mention in self.files.mentions(name) {
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
            Kind::LongerName => format!("`{}` is another name", mention.name),
            Kind::Prose => "a comment or a text for people".to_owned(),
            Kind::Unread if mention.name != name => format!(
                "`{}` is another name, and no Kconfig file of `{}` sources this one",
                mention.name, self.model.srcarch
            ),
            Kind::Unread => format!(
                "no Kconfig file of `{}` sources this one",
                self.model.srcarch
            ),
        }
    }
}
