//! Owns the report of a select that can leave dependencies unmet: a configuration, the part that fails, and the change that
//! fixes it.
//!
//! A change is proposed only where it is proved: the select then acts only where the dependencies hold, no dependency leads back to
//! where it starts, and no select of the changed symbol becomes unmet instead.

use rustc_hash::FxHashSet;

use crate::arch;
use crate::check::support::question::{Example, example};
use crate::diag::{Diagnostic, Edit, Fix, Label, Level, Location};
use crate::kconfig::eval::{Evaluator, Tristate, leads_to};
use crate::kconfig::implied::Implied;
use crate::kconfig::model::{
    EntryId, Expr, ExprId, Model, Place, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::solve::{
    Answer, Formula, Literal, Node, NodeId, Refuter, Solver, Witness, configuration,
};
use crate::kconfig::syntax::Span;
use crate::kconfig::unmet::{self, Form, Hole};

/// The name of the lint.
pub const UNMET: &str = "unmet-dependency";

/// A select that can leave dependencies unmet on one architecture, with everything that is reported about it.
#[derive(Clone, Debug)]
pub struct Alarm {
    /// Where the select stands.
    pub place: Location,
    /// The symbol that selects.
    pub selector: String,
    /// The symbol that is selected.
    pub target: String,
    /// In which way dependencies are unmet.
    pub form: Form,
    /// A configuration in which they are.
    pub example: Example,
    /// The parts of the dependencies that fail in that configuration, as Kconfig writes them.
    pub failing: Vec<String>,
    /// All parts that can fail, as Kconfig writes them; empty where the symbol has several definitions.
    pub lacking: Vec<String>,
    /// Where the dependencies stand.
    pub dependencies: Vec<Label>,
    /// The symbol without a prompt that the selector could select, too.
    pub also_select: Option<String>,
    /// Whether the selector can depend on what is lacking.
    pub can_depend: bool,
    /// Where the condition of the select can be extended; `None` where it has none, or where something else relies on the select.
    pub condition: Option<Condition>,
    /// The architecture whose own files say what the symbol depends on, where the select stands in a file for all.
    pub foreign: Option<String>,
    /// Where a line of the selector's entry can be added before its selects, and how it is indented.
    pub insertion: Option<(Location, String)>,
    /// Whether dependencies are unmet only where those of something that the selector depends on are, too: then it is the other select
    /// that is wrong.
    pub follows: bool,
    /// The architectures that it holds for.
    pub archs: Vec<String>,
}

/// The condition of a select in its file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Condition {
    /// Where it begins, if it needs parentheses.
    start: Option<Location>,
    /// Where it ends.
    end: Location,
}

/// Works out what is to be told.
///
/// # Errors
///
/// The configuration could not be found, for a reason.
pub fn alarm(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    solver: &mut Solver<'_>,
    arch: &str,
    hole: Hole,
) -> Result<Option<Alarm>, String> {
    let model = evaluator.model();
    let Some((selector, target)) = unmet::ends(model, hole.select) else {
        return Ok(None);
    };
    let Some((witness, follows)) = witness(evaluator, solver, hole)? else {
        return Ok(None);
    };
    let mut configuration = configuration(evaluator, &witness);
    let wanted = match hole.form {
        Form::Off => Tristate::Mod,
        Form::Module => Tristate::Yes,
    };
    let definitions: Vec<EntryId> = model
        .definitions(target)
        .filter(|&entry| model.entry(entry).dependency != ExprId::YES)
        .collect();
    let mut failing = Vec::new();
    let mut dependencies = Vec::new();
    for &entry in &definitions {
        for (place, expr) in places(model, entry) {
            if configuration.value_of(expr) >= wanted {
                continue;
            }
            let text = operand(model, expr);
            if !failing.contains(&text) {
                let label = format!("`{}` depends on `{text}`", model.name(target));
                dependencies.push(Label::new(model.location(place), label));
                failing.push(text);
            }
        }
    }
    let mut alarm = Alarm {
        place: model.location(model.property(hole.select).place),
        selector: model.name(selector),
        target: model.name(target),
        form: hole.form,
        example: example(model, &witness),
        failing,
        lacking: Vec::new(),
        dependencies,
        also_select: None,
        can_depend: false,
        condition: None,
        foreign: None,
        insertion: insertion(model, model.property(hole.select).entry),
        follows,
        archs: vec![arch.to_owned()],
    };
    let select_file = path(model, model.property(hole.select).place);
    alarm.foreign = definitions
        .iter()
        .filter_map(|&entry| arch::of_file(path(model, model.entry(entry).place)))
        .find(|&arch| arch::of_file(select_file) != Some(arch))
        .map(str::to_owned);
    if let [only] = definitions[..] {
        let mut refuter = Refuter::new(evaluator);
        repair(
            evaluator,
            implied,
            &mut refuter,
            hole.select,
            only,
            &mut alarm,
        );
    }
    Ok(Some(alarm))
}

/// How many times a configuration without other unmet dependencies is asked for.
const MAX_ROUNDS: usize = 8;

/// A configuration in which dependencies are unmet; and whether in all of these something that the selector depends on has unmet
/// dependencies, too.
fn witness(
    evaluator: &Evaluator<'_>,
    solver: &mut Solver<'_>,
    hole: Hole,
) -> Result<Option<(Witness, bool)>, String> {
    let mut question = unmet::question(evaluator.model(), hole.select, hole.form);
    let mut first = None;
    for _ in 0..MAX_ROUNDS {
        let witness = match (solver.can(&question), first.take()) {
            (Answer::Possible(witness), _) => witness,
            (Answer::Impossible(_), first) => return Ok(first.map(|first| (first, true))),
            (Answer::Undecided(reason), None) => return Err(reason),
            (Answer::Undecided(_), Some(first)) => return Ok(Some((first, false))),
        };
        let mut formula = Formula::new();
        let others = others(evaluator, &witness, hole.select);
        if others.is_empty() {
            return Ok(Some((witness, false)));
        }
        let met = others
            .into_iter()
            .map(|symbol| met(evaluator.model(), &mut formula, symbol));
        let met = met.collect();
        formula.add(Node::And(met));
        question = question.and_formula(formula);
        first = Some(witness);
    }
    Ok(first.map(|first| (first, false)))
}

/// The symbols among those that a select needs to act whose own dependencies are unmet in a configuration.
fn others(evaluator: &Evaluator<'_>, witness: &Witness, select: PropertyId) -> Vec<SymbolId> {
    let model = evaluator.model();
    let mut configuration = configuration(evaluator, witness);
    let target = unmet::ends(model, select).map(|(_, target)| target);
    let property = model.property(select);
    let needed = [model.entry(property.entry).dependency, property.condition];
    let mut pending = Vec::new();
    model.exprs.symbols_of(&needed, None, &mut pending);
    let mut seen: FxHashSet<SymbolId> = target.into_iter().collect();
    let mut found = Vec::new();
    while let Some(symbol) = pending.pop() {
        if !seen.insert(symbol) || !model.is_defined(symbol) {
            continue;
        }
        if configuration.tristate(symbol) == Tristate::No {
            continue;
        }
        let mut unmet = configuration.unmet().iter();
        if unmet.any(|unmet| unmet.symbol == symbol) {
            found.push(symbol);
        }
        let dependencies = unmet::dependencies(model, symbol);
        model.exprs.symbols_of(&dependencies, None, &mut pending);
    }
    found
}

/// The statement that the dependencies of a symbol are met wherever it is on.
fn met(model: &Model, formula: &mut Formula, symbol: SymbolId) -> NodeId {
    let mut each = Vec::new();
    for form in unmet::forms(model, symbol) {
        let on = formula.add(Node::Literal(Literal::new(symbol, form.value())));
        let mut one = vec![formula.add(Node::Not(on))];
        for dependency in unmet::dependencies(model, symbol) {
            one.push(formula.add(Node::Expr(dependency, form.value())));
        }
        each.push(formula.add(Node::Or(one)));
    }
    formula.add(Node::And(each))
}

fn path(model: &Model, place: Place) -> &str {
    model.files[place.file as usize].file.path()
}

/// Finds out which parts can fail, and which changes close the hole.
fn repair(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    refuter: &mut Refuter<'_>,
    select: PropertyId,
    definition: EntryId,
    alarm: &mut Alarm,
) {
    let model = evaluator.model();
    let Some((selector, target)) = unmet::ends(model, select) else {
        return;
    };
    let is_tristate = model.symbol(target).type_ == Some(Type::Tristate);
    let forms: &[Form] = if is_tristate {
        &[Form::Off, Form::Module]
    } else {
        &[Form::Off]
    };
    let lacking: Vec<ExprId> = unmet::operands(model, definition)
        .into_iter()
        .map(|(_, expr)| expr)
        .filter(|&expr| {
            let mut forms = forms.iter();
            forms.any(|&form| !unmet::requires(model, implied, refuter, (select, form), expr))
        })
        .collect();
    for &expr in &lacking {
        let text = operand(model, expr);
        if !alarm.lacking.contains(&text) {
            alarm.lacking.push(text);
        }
    }
    let mut named = Vec::new();
    model.exprs.symbols_of(&lacking, model.modules, &mut named);
    if let [only] = lacking[..]
        && let Expr::Symbol(symbol) = model.exprs.get(only)
        && is_for_selects(model, symbol)
        && !leads_to(evaluator, [selector], symbol)
    {
        let dependencies = unmet::dependencies(model, symbol);
        let is_met = dependencies.is_empty()
            || forms.iter().all(|&form| {
                dependencies.iter().any(|&dependency| {
                    unmet::requires(model, implied, refuter, (select, form), dependency)
                })
            });
        alarm.also_select = is_met.then(|| model.name(symbol));
    }
    if model.property(select).condition != ExprId::YES && !is_relied_on(model, target) {
        alarm.condition = condition(model, select);
    }
    // A select of the selector must not become unmet in its place.
    let mut selects = model.selects_of(selector);
    alarm.can_depend = !leads_to(evaluator, named, selector)
        && selects.all(|other| {
            lacking.iter().all(|&expr| {
                [Form::Off, Form::Module]
                    .iter()
                    .all(|&form| unmet::requires(model, implied, refuter, (other, form), expr))
            })
        });
}

/// Whether the dependencies of another symbol that something selects may be met by the selects of this one.
fn is_relied_on(model: &Model, symbol: SymbolId) -> bool {
    let mut named = Vec::new();
    model.properties.iter().any(|property| {
        let PropertyKind::Select(target) = property.kind else {
            return false;
        };
        named.clear();
        let dependencies = unmet::dependencies(model, target);
        model.exprs.symbols_of(&dependencies, None, &mut named);
        named.contains(&symbol)
    })
}

/// Where the condition of a select stands.
fn condition(model: &Model, select: PropertyId) -> Option<Condition> {
    let property = model.property(select);
    let file = &model.files[property.place.file as usize].file;
    let (start, end) = (property.place.span.start, property.place.span.end);
    let line = file.text().get(start as usize..end as usize)?;
    let at = line.find(" if ")? + " if ".len();
    let location = |at: u32| file.location(Span { start: at, end: at });
    let is_or = matches!(model.exprs.get(property.condition), Expr::Or(..));
    (!line.contains('\n') && !line.contains('#')).then(|| Condition {
        start: is_or.then(|| location(start + at as u32)),
        end: location(end),
    })
}

/// Whether a symbol is only there to be selected: a bool or tristate without a prompt and without a default.
fn is_for_selects(model: &Model, symbol: SymbolId) -> bool {
    let logical = matches!(
        model.symbol(symbol).type_,
        Some(Type::Bool | Type::Tristate)
    );
    logical
        && model.is_defined(symbol)
        && model.selects_of(symbol).next().is_some()
        && model.properties_of(symbol).all(|id| {
            let kind = &model.property(id).kind;
            matches!(kind, PropertyKind::Select(_) | PropertyKind::Imply(_))
        })
}

/// The dependencies of an entry and the blocks around it, each operand with the place of its line.
fn places(model: &Model, entry: EntryId) -> Vec<(Place, ExprId)> {
    let of = unmet::operands(model, entry);
    of.into_iter()
        .map(|(entry, expr)| {
            let lines = model.own_operands(entry);
            let line = lines.iter().find(|line| line.dependency == expr);
            let place = line.map_or(model.entry(entry).place, |line| line.place);
            (place, expr)
        })
        .collect()
}

/// An expression as an operand of `&&`.
fn operand(model: &Model, expr: ExprId) -> String {
    match model.exprs.get(expr) {
        Expr::Or(..) => format!("({})", model.write(expr)),
        _ => model.write(expr),
    }
}

/// The start of the line before which a line can be added to an entry: its first `select` or `imply`.
fn insertion(model: &Model, entry: EntryId) -> Option<(Location, String)> {
    let symbol = model.entry(entry).symbol?;
    let first = model.properties_of(symbol).find(|&id| {
        let property = model.property(id);
        let is_reverse = matches!(
            property.kind,
            PropertyKind::Select(_) | PropertyKind::Imply(_)
        );
        property.entry == entry && is_reverse
    })?;
    let place = model.property(first).place;
    let file = &model.files[place.file as usize].file;
    let text = file.text();
    let at = place.span.start as usize;
    let start = text.get(..at)?.rfind('\n').map_or(0, |newline| newline + 1);
    let indent = text.get(start..at)?;
    if !indent.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
        return None;
    }
    let start = start as u32;
    let location = file.location(Span { start, end: start });
    Some((location, indent.to_owned()))
}

impl Alarm {
    /// Takes over what another architecture says of the same select.
    pub fn merge(&mut self, other: Alarm) {
        self.archs.extend(other.archs);
        let (own, its) = (&self.example.relies_on, &other.example.relies_on);
        let is_better = (its.len(), other.form, other.example.lines.len())
            < (own.len(), self.form, self.example.lines.len());
        if is_better {
            self.example = other.example;
            self.form = other.form;
            self.failing = other.failing;
            self.dependencies = other.dependencies;
        }
        for text in other.lacking {
            if !self.lacking.contains(&text) {
                self.lacking.push(text);
            }
        }
        self.follows &= other.follows;
        self.can_depend &= other.can_depend;
        if other.condition.is_none() {
            self.condition = None;
        }
        self.foreign = self.foreign.take().or(other.foreign);
        if self.also_select != other.also_select {
            self.also_select = None;
        }
    }

    /// The alarm as a finding. `level` is that of an alarm which rests on nothing but the configuration.
    pub fn finding(&self, level: Level, all_archs: bool) -> Diagnostic {
        let Alarm {
            selector, target, ..
        } = self;
        let failing = if self.failing.is_empty() {
            "what it depends on".to_owned()
        } else {
            format!("`{}`", self.failing.join(" && "))
        };
        let (s, verb) = if self.failing.len() > 1 {
            ("ies", "are")
        } else {
            ("y", "is")
        };
        let headline = match self.form {
            Form::Off => {
                format!("`{selector}` selects `{target}` without its dependenc{s} {failing}")
            }
            Form::Module => format!(
                "`{selector}` can select `{target}` as y while its dependenc{s} {failing} {verb} only m"
            ),
        };
        let rests = !self.only_on_configuration();
        let level = if rests { Level::Note.min(level) } else { level };
        let label = Label::new(self.place.clone(), "selected here");
        let mut finding = Diagnostic::new(UNMET, level, headline, label)
            .with_note(self.example.note("for example with"));
        finding.symbol = Some(target.clone());
        finding.secondary = self.dependencies.clone();
        if rests {
            finding = finding.with_note(
                "this depends on what a build tool reports, so it may affect only some machines",
            );
        }
        if !all_archs {
            finding.archs = self.archs.clone();
            finding.archs.sort();
            finding.archs.dedup();
        }
        let lacking = self.lacking.join(" && ");
        let condition = self
            .condition
            .as_ref()
            .filter(|_| !self.lacking.is_empty() && self.foreign.is_none());
        let line = match &self.also_select {
            _ if condition.is_some() => None,
            // A condition for one architecture must not be required of the others.
            _ if self.lacking.is_empty() || self.foreign.is_some() => None,
            Some(symbol) => Some(format!("select {symbol}")),
            None if self.can_depend => Some(format!("depends on {lacking}")),
            None => None,
        };
        finding.help = Some(match (&line, &self.also_select) {
            (Some(line), None) => {
                format!("add `{line}` to `{selector}`, make the select conditional, or use `imply`")
            }
            (Some(line), Some(_)) => {
                format!("add `{line}` to `{selector}`, or make it depend on `{lacking}`")
            }
            (None, _) if condition.is_some() => {
                format!("add `{lacking}` to the condition of the select")
            }
            (None, _) if self.foreign.is_some() => {
                let arch = self.foreign.as_deref().unwrap_or_default();
                format!(
                    "relax the dependencies of `{target}` on {arch}, or make the select conditional on a symbol that {arch} controls"
                )
            }
            (None, _) if lacking.is_empty() => {
                "make the select conditional on the dependencies of the symbol".to_owned()
            }
            (None, _) => {
                format!(
                    "add `if {lacking}` to the select; making `{selector}` depend on that may cause a loop or another unmet dependency"
                )
            }
        });
        if let Some(Condition { start, end }) = condition
            && !rests
        {
            let edit = |at: &Location, text: String| Edit {
                location: at.clone(),
                text,
            };
            let open = start.iter().map(|start| edit(start, "(".to_owned()));
            let close = if start.is_some() { ")" } else { "" };
            let end = edit(end, format!("{close} && {lacking}"));
            finding.fix = Some(Fix {
                title: format!("add `{lacking}` to the condition of the select of `{target}`"),
                edits: open.chain([end]).collect(),
            });
        } else if let (Some(line), Some((at, indent))) = (line, &self.insertion)
            && !rests
        {
            finding.fix = Some(Fix {
                title: format!("add `{line}` to `{selector}`"),
                edits: vec![Edit {
                    location: at.clone(),
                    text: format!("{indent}{line}\n"),
                }],
            });
        }
        finding
    }

    /// Whether the configuration alone shows it, whatever tools of the build answer. Which `ARCH` of an architecture is meant is part of
    /// the configuration.
    pub fn only_on_configuration(&self) -> bool {
        let mut relies_on = self.example.relies_on.iter();
        relies_on.all(|text| text.starts_with("`ARCH="))
    }
}
