//! Owns the fragment for `allnoconfig`: the lines of a `.config` with which a feature is on, or off, and as many as possible of
//! the files that use it are compiled, their uses included.
//!
//! The lines are the solver's witness. It tells what has to be said on top of the defaults, and `allnoconfig` has no defaults:
//! so the evaluator computes both configurations, and what the one has by default and the other lacks is added.

use std::collections::BTreeMap;

use crate::arch::emulator::Emulator;
use crate::arch::machine::Machine;
use crate::check::feature::callers::Caller;
use crate::check::support::proof;
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues, Tristate};
use crate::kconfig::model::{ExprId, Model, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{Answer, Question, Solver, Value, Witness};
use crate::tree::Tree;

/// How often what `allnoconfig` lacks is looked for: each round adds what the one before made visible.
const MAX_ROUNDS: usize = 12;

/// What the configuration is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The lines, such as `CONFIG_X=y`.
    pub lines: Vec<String>,
    /// What the configuration must have besides the lines: names without `CONFIG_`, and whether each is to be on.
    pub wanted: Vec<(String, bool)>,
    /// Why there is no such configuration, if there is none.
    pub impossible: Option<String>,
    /// Why it is not known whether there is one, if so. The configuration itself will tell.
    pub undecided: Option<String>,
}

/// Makes the fragment for the architecture of `model`; `on` says whether the feature shall be on. `callers` are the files that
/// use it. With an `emulator` the kernel can be booted there.
pub fn fragment(
    tree: &Tree,
    model: &Model,
    machine: Option<&Machine>,
    emulator: Option<&Emulator>,
    spec: &Spec,
    callers: &[Caller],
    on: bool,
) -> Fragment {
    let mut fragment = Fragment::default();
    let mut question = Question::new();
    for term in &spec.kconfig {
        let name = term.symbol.to_string();
        let symbol = model.find(&name).filter(|&symbol| model.is_defined(symbol));
        let wanted = on != term.negated;
        fragment.wanted.push((name.clone(), wanted));
        match symbol {
            Some(symbol) => {
                let value = if wanted { Value::Yes } else { Value::No };
                question = question.and(symbol, value);
            }
            // What nothing declares is off.
            None if wanted => {
                fragment.impossible = Some(format!("nothing declares `{name}`"));
            }
            None => {}
        }
    }
    let mut solver = Solver::new(model);
    // How much the feature itself asks of compilers.
    let mut granted = 0;
    match solver.can(&question) {
        Answer::Possible(witness) => granted = witness.assumptions.len(),
        Answer::Impossible(reason) => {
            let steps: Vec<String> = reason
                .steps
                .iter()
                .map(|step| format!("{}: {}", model.location(step.place), step.text))
                .collect();
            let steps = if steps.is_empty() {
                "nothing turns it on".to_owned()
            } else {
                steps.join("; ")
            };
            fragment.impossible = Some(steps);
            // Who asks for it all the same is shown where it gets lost.
            question = Question::new();
        }
        Answer::Undecided(why) => {
            fragment.undecided = Some(why);
            question = Question::new();
        }
    }
    let mut grow = |wish: Question| {
        let mut wider = question.clone();
        wider.literals.extend(wish.literals);
        wider.formulas.extend(wish.formulas);
        // What only some compilers can is not worth a configuration that others refuse.
        let possible = match solver.can(&wider) {
            Answer::Possible(witness) => witness.assumptions.len() <= granted,
            _ => false,
        };
        if possible {
            question = wider;
        }
        possible
    };
    for line in machine.map_or(&[][..], |machine| machine.lines) {
        let name = line.trim_start_matches("CONFIG_").trim_end_matches("=y");
        if let Some(symbol) = model.find(name).filter(|&symbol| model.is_defined(symbol)) {
            grow(Question::is(symbol, Value::Yes));
        }
    }
    // The tests of the feature are asked for one by one: those of everything else cost time. For experts `allnoconfig` leaves out
    // what every kernel has, such as `PRINTK`.
    for name in ["KUNIT_ALL_TESTS", "EXPERT"] {
        if let Some(symbol) = model.find(name).filter(|&symbol| model.is_defined(symbol)) {
            grow(Question::is(symbol, Value::No));
        }
    }
    // What cannot be had is asked for all the same, so that its loss is seen and not a silent console.
    let mut insisted = Vec::new();
    for line in emulator.map_or(&[][..], |emulator| emulator.lines) {
        let name = line.trim_start_matches("CONFIG_").trim_end_matches("=y");
        let symbol = model.find(name).filter(|&symbol| model.is_defined(symbol));
        if !symbol.is_some_and(|symbol| grow(Question::is(symbol, Value::Yes))) {
            insisted.push((*line).to_owned());
        }
    }
    let arch = format!("arch/{}", model.srcarch);
    for caller in callers {
        let of_other = caller.arch().is_some_and(|other| other != model.srcarch);
        if of_other || !caller.path.ends_with(".c") {
            continue;
        }
        let from = if caller.arch().is_some() { &*arch } else { "" };
        let ways = kbuild::of_object(tree, &caller.path, from).unwrap_or_default();
        let mut opened = ways.is_empty();
        for way in ways {
            let mut wish = Question::new();
            let mut known = true;
            for gate in &way {
                match model
                    .find(&gate.symbol)
                    .filter(|&symbol| model.is_defined(symbol))
                {
                    Some(symbol) => wish = wish.and(symbol, Value::Yes),
                    None => known = false,
                }
            }
            if known && (wish.literals.is_empty() || grow(wish)) {
                opened = true;
                break;
            }
        }
        if !opened {
            continue;
        }
        let hooks = spec.hooks.iter().map(|hook| hook.name.clone());
        let names: Vec<_> = spec.wrappers.iter().cloned().chain(hooks).collect();
        let conditions: std::collections::BTreeSet<_> = caller
            .uses(&names)
            .map(|place| place.condition.index())
            .collect();
        for place in caller.uses(&names) {
            if conditions.len() > 1 || place.condition != crate::cpp::condition::Condition::TRUE {
                let formula = proof::formula_of(model, caller.conditions(), place.condition);
                grow(Question::new().and_formula(formula));
            }
        }
    }
    let Answer::Possible(witness) = solver.can(&question) else {
        unreachable!("invariant: the question was only widened where it had an answer");
    };
    let wanted: Vec<(SymbolId, Tristate)> = question
        .literals
        .iter()
        .map(|literal| {
            let value = match literal.value {
                Value::No => Tristate::No,
                Value::Mod => Tristate::Mod,
                Value::Yes | Value::On => Tristate::Yes,
            };
            (literal.symbol, value)
        })
        .collect();
    fragment.lines = for_allnoconfig(model, &witness, &wanted);
    fragment.lines.extend(insisted);
    fragment
}

/// The lines of the witness, and those that make up for defaults.
fn for_allnoconfig(
    model: &Model,
    witness: &Witness,
    wanted: &[(SymbolId, Tristate)],
) -> Vec<String> {
    let mut lines: BTreeMap<usize, String> = BTreeMap::new();
    let mut order = 0;
    for line in witness.lines(model) {
        lines.insert(order, line);
        order += 1;
    }
    let evaluator = Evaluator::new(model, "CONFIG_");
    let mut full = configuration(&evaluator, witness);
    full.load(text(lines.values()).as_bytes(), false);
    let mut added: Vec<SymbolId> = witness
        .assignments
        .iter()
        .map(|assignment| assignment.symbol)
        .collect();
    for _ in 0..MAX_ROUNDS {
        let mut bare = configuration(&evaluator, witness);
        bare.read(text(lines.values()).as_bytes(), false);
        bare.set_new(NewValues::No);
        let failed: Vec<SymbolId> = wanted
            .iter()
            .filter(|&&(symbol, value)| bare.tristate(symbol) != value)
            .map(|&(symbol, _)| symbol)
            .collect();
        if failed.is_empty() {
            break;
        }
        let before = added.len();
        for symbol in differing(model, &mut full, &mut bare, failed) {
            let value = full.tristate(symbol);
            let has_prompt = model
                .definitions(symbol)
                .any(|entry| model.entry(entry).prompt.is_some());
            if has_prompt && value != Tristate::No && !added.contains(&symbol) {
                added.push(symbol);
                lines.insert(
                    order,
                    format!("CONFIG_{}={}", model.name(symbol), value.text()),
                );
                order += 1;
            }
        }
        if added.len() == before {
            break;
        }
    }
    lines.into_values().collect()
}

fn text<'l>(lines: impl Iterator<Item = &'l String>) -> String {
    lines.map(|line| format!("{line}\n")).collect()
}

/// A configuration with the answers that a witness assumes.
fn configuration<'e, 'm>(evaluator: &'e Evaluator<'m>, witness: &Witness) -> Configuration<'e, 'm> {
    let mut configuration = evaluator.configuration();
    for (index, symbol) in evaluator.model().symbols.iter().enumerate() {
        let name = symbol.name.as_ref().filter(|_| symbol.unknown);
        if let Some(answer) = name.and_then(|name| witness.answer(name)) {
            configuration.assume(SymbolId::new(index), &answer);
        }
    }
    configuration
}

/// The symbols that bear on `failed` and are on in `full` and not in `bare`.
fn differing(
    model: &Model,
    full: &mut Configuration<'_, '_>,
    bare: &mut Configuration<'_, '_>,
    failed: Vec<SymbolId>,
) -> Vec<SymbolId> {
    let mut pending = failed;
    let mut seen: Vec<SymbolId> = Vec::new();
    let mut found = Vec::new();
    while let Some(symbol) = pending.pop() {
        if seen.contains(&symbol) {
            continue;
        }
        seen.push(symbol);
        let logical = matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        );
        if !logical || full.tristate(symbol) == bare.tristate(symbol) {
            continue;
        }
        found.push(symbol);
        let mut exprs: Vec<ExprId> = Vec::new();
        let mut near: Vec<SymbolId> = Vec::new();
        for entry in model.definitions(symbol) {
            exprs.push(model.entry(entry).dependency);
            exprs.extend(
                model
                    .entry(entry)
                    .prompt
                    .map(|prompt| model.property(prompt).condition),
            );
        }
        for id in model.properties_of(symbol) {
            let property = model.property(id);
            exprs.push(property.condition);
            if let PropertyKind::Default(value) = property.kind {
                exprs.push(value);
            }
        }
        for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
            let property = model.property(id);
            exprs.push(property.condition);
            near.extend(model.entry(property.entry).symbol);
        }
        model.exprs.symbols_of(&exprs, None, &mut near);
        pending.extend(near);
    }
    found
}
