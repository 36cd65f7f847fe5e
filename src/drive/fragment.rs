//! Owns the fragment for `allnoconfig`: the lines of a `.config` with which a feature is on, or off, and as many as possible of
//! the files that use it are compiled, their uses included.
//!
//! The lines are the solver's witness, with what `allnoconfig` lacks of the defaults that it rests on.

use crate::arch::emulator::Emulator;
use crate::arch::machine::Machine;
use crate::check::feature::callers::Caller;
use crate::check::support::proof;
use crate::cpp::condition::Condition;
use crate::feature::spec::Spec;
use crate::kbuild;
use crate::kconfig::eval::Evaluator;
use crate::kconfig::model::Model;
use crate::kconfig::solve::{Answer, Question, Solver, Value, for_allnoconfig};
use crate::tree::Tree;

/// The requested configuration.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fragment {
    /// The lines, such as `CONFIG_X=y`.
    pub lines: Vec<String>,
    /// Requirements besides the lines: names without `CONFIG_`, and whether each is to be on.
    pub wanted: Vec<(String, bool)>,
    /// The reason if no such configuration exists.
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
            // An undeclared symbol is off.
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
    let mut grow = |wish: Question, is_needed: bool| {
        let mut wider = question.clone();
        wider.literals.extend(wish.literals);
        wider.formulas.extend(wish.formulas);
        // An option that only some compilers support is not worth a configuration that others refuse, unless nothing uses the feature
        // without it.
        let possible = match solver.can(&wider) {
            Answer::Possible(witness) => {
                let asked = witness.assumptions.len();
                if is_needed {
                    granted = granted.max(asked);
                }
                asked <= granted
            }
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
            grow(Question::is(symbol, Value::Yes), false);
        }
    }
    // The tests of the feature are asked for one by one: those of everything else cost time. For experts `allnoconfig` leaves out
    // what every kernel has, such as `PRINTK`.
    for name in ["KUNIT_ALL_TESTS", "EXPERT"] {
        if let Some(symbol) = model.find(name).filter(|&symbol| model.is_defined(symbol)) {
            grow(Question::is(symbol, Value::No), false);
        }
    }
    // An unsatisfiable line is requested all the same, so that its loss is reported instead of a silent console.
    let mut insisted = Vec::new();
    for line in emulator.map_or(&[][..], |emulator| emulator.lines) {
        let name = line.trim_start_matches("CONFIG_").trim_end_matches("=y");
        let symbol = model.find(name).filter(|&symbol| model.is_defined(symbol));
        let mut is_possible = |symbol| grow(Question::is(symbol, Value::Yes), false);
        if !symbol.is_some_and(&mut is_possible) {
            insisted.push((*line).to_owned());
        }
    }
    let arch = format!("arch/{}", model.srcarch);
    let is_own = |caller: &&Caller| {
        let of_other = caller.arch().is_some_and(|other| other != model.srcarch);
        !of_other && caller.path.ends_with(".c")
    };
    let hooks = spec.hooks.iter().map(|hook| hook.name.clone());
    let names: Vec<_> = spec.wrappers.iter().cloned().chain(hooks).collect();
    let mut is_used = false;
    // Users of the feature may need a certain compiler, as sanitizers do.
    for is_needed in [false, true] {
        for caller in callers.iter().filter(is_own) {
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
                let is_open = wish.literals.is_empty();
                if known && (is_open || grow(wish, is_needed)) {
                    opened = true;
                    break;
                }
            }
            if !opened {
                continue;
            }
            let conditions: std::collections::BTreeSet<_> = caller
                .uses(&names)
                .map(|place| place.condition.index())
                .collect();
            for place in caller.uses(&names) {
                if conditions.len() > 1 || place.condition != Condition::TRUE {
                    let formula = proof::formula_of(model, caller.conditions(), place.condition);
                    is_used |= grow(Question::new().and_formula(formula), is_needed && !is_used);
                } else {
                    is_used = true;
                }
            }
        }
        if is_used {
            break;
        }
    }
    let Answer::Possible(witness) = solver.can(&question) else {
        unreachable!("invariant: the question was only widened where it had an answer");
    };
    let evaluator = Evaluator::new(model, "CONFIG_");
    fragment.lines = for_allnoconfig(&evaluator, &witness, question.symbols());
    fragment.lines.extend(insisted);
    fragment
}
