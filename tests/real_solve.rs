//! Describes what can be in the configurations of real kernel trees.
//!
//! `$KFEAT_TEST_TREES` names them: directories, separated by colons. Without it these tests are ignored, and say so.

use std::time::{Duration, Instant};

use kfeat::kconfig::eval::{Evaluator, Tristate};
use kfeat::kconfig::model::environment::{Environment, Version};
use kfeat::kconfig::model::{self, Model, SymbolId, Type, Unanswered};
use kfeat::kconfig::solve::{Answer, Question, Solver, Value, Witness};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

#[path = "trees/features.rs"]
mod tables;
mod trees;

const FEATURE: &str = "ARCH_HAS_LAZY_MMU_MODE";

/// A test of one tree.
type Test = fn(&Tree) -> Result<(), Failed>;

/// Every test with its name.
const TESTS: &[(&str, Test)] = &[
    ("lazy_mmu_mode_is_as_known", lazy_mmu_mode),
    ("symbols_of_features_are_answered", features),
    ("witnesses_of_many_symbols_hold", many_symbols),
    ("questions_of_all_features", speed),
];

fn main() {
    let arguments = Arguments::from_args();
    let trees = trees::real();
    let mut trials = Vec::new();
    for &(name, test) in TESTS {
        if trees.is_empty() {
            trials.push(trees::missing(name));
        }
        for path in &trees {
            let path = path.clone();
            let label = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned();
            trials.push(Trial::test(format!("{name}::{label}"), move || {
                test(&Tree::open(&path)?)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The directories below `arch/` that have a Kconfig.
fn architectures(tree: &Tree) -> Result<Vec<String>, Failed> {
    let mut architectures: Vec<String> = tree
        .list("arch")?
        .into_iter()
        .map(|entry| entry.name)
        .filter(|name| tree.is_file(&format!("arch/{name}/Kconfig")))
        .collect();
    architectures.sort();
    Ok(architectures)
}

/// Computes a witness with a model that was built for its value of `ARCH`. Those that rely on what commands say are tried with
/// the kernel's own `conf`, by another test.
fn holds(
    evaluator: &Evaluator<'_>,
    witness: &Witness,
    lines: &[String],
    symbol: &str,
    value: Value,
) -> bool {
    if witness
        .assumptions
        .iter()
        .any(|known| &*known.of != "$(ARCH)")
    {
        return true;
    }
    let mut configuration = evaluator.configuration();
    configuration.load((lines.join("\n") + "\n").as_bytes(), false);
    let got = evaluator
        .find(symbol)
        .map_or(Tristate::No, |symbol| configuration.tristate(symbol));
    match value {
        Value::No => got == Tristate::No,
        Value::Mod => got == Tristate::Mod,
        Value::Yes => got == Tristate::Yes,
        Value::On => got != Tristate::No,
    }
}

fn is(model: &Model, name: &str, value: Value) -> Result<Question, Failed> {
    let symbol = model
        .find(name)
        .ok_or_else(|| format!("no symbol {name}"))?;
    Ok(Question::is(symbol, value))
}

fn ensure(holds: bool, what: impl FnOnce() -> String) -> Result<(), Failed> {
    if holds { Ok(()) } else { Err(what().into()) }
}

fn lazy_mmu_mode(tree: &Tree) -> Result<(), Failed> {
    let version = Version::of(tree)?;
    if version.release != (7, 2) {
        return Ok(());
    }
    let sources = Sources::new(tree);
    for (arch, condition) in [
        ("arm64", Some(None)),
        ("powerpc", Some(Some("PPC_BOOK3S_64"))),
        ("sparc", Some(Some("SPARC64"))),
        ("x86", Some(Some("PARAVIRT_XXL"))),
        ("riscv", None),
    ] {
        let model = model::of_all_configurations(&sources, arch, &version);
        let mut solver = Solver::new(&model);
        let on = is(&model, FEATURE, Value::Yes)?;
        let off = is(&model, FEATURE, Value::No)?;
        let (can_on, can_off) = (solver.can(&on), solver.can(&off));
        ensure(can_on.is_possible() == condition.is_some(), || {
            format!("{arch} on: {can_on:?}")
        })?;
        ensure(can_off.is_possible() == (condition != Some(None)), || {
            format!("{arch} off: {can_off:?}")
        })?;
        if arch == "x86"
            && let Answer::Possible(witness) = can_on
        {
            let lines = witness.lines(&model);
            ensure(lines.iter().any(|line| line.contains("XEN")), || {
                format!("{lines:?}")
            })?;
        }
        if let Some(Some(condition)) = condition {
            let condition = is(&model, condition, Value::Yes)?;
            for (first, second) in [(&on, &condition), (&condition, &on)] {
                let answer = solver.can_without(first, second);
                ensure(answer.is_impossible(), || format!("{arch}: {answer:?}"))?;
            }
        }
        let implied: &[(&str, &str)] = match arch {
            "powerpc" => &[("PPC_BOOK3S_64", "PPC_BOOK3S"), ("PPC_BOOK3S_64", "PPC64")],
            "x86" => &[("PARAVIRT_XXL", "PARAVIRT")],
            _ => &[],
        };
        for (first, second) in implied {
            let first = is(&model, first, Value::Yes)?;
            let second = is(&model, second, Value::Yes)?;
            let answer = solver.can_without(&first, &second);
            ensure(answer.is_impossible(), || format!("{arch}: {answer:?}"))?;
        }
    }
    Ok(())
}

/// Asks whether each symbol can have each value on one architecture, and tries every witness in the evaluator. Returns what
/// is undecided or wrong.
fn ask(
    (sources, version, arch): (&Sources<'_>, &Version, &str),
    values: &[Value],
    symbols: impl FnOnce(&Model) -> Vec<SymbolId>,
) -> Vec<String> {
    let model = model::of_all_configurations(sources, arch, version);
    let environment = Environment::of_all_configurations(arch, version);
    let models: Vec<(String, Model)> = kfeat::arch::values_of_arch(arch)
        .into_iter()
        .map(|value| {
            let mut environment = environment.clone();
            let set = Some(value.to_owned());
            environment.variables.insert("ARCH".to_owned(), set);
            let mut outside = Unanswered(&environment);
            let model = model::build(sources, "Kconfig", arch, version, &mut outside);
            (value.to_owned(), model)
        })
        .collect();
    let evaluators: Vec<(&str, Evaluator<'_>)> = models
        .iter()
        .map(|(arch, model)| (arch.as_str(), Evaluator::new(model, "CONFIG_")))
        .collect();
    let mut solver = Solver::new(&model);
    let mut wrong = Vec::new();
    let (mut tried, mut impossible) = (0, 0);
    for symbol in symbols(&model) {
        let name = model.name(symbol);
        for &value in values {
            match solver.can(&Question::is(symbol, value)) {
                Answer::Possible(witness) => {
                    tried += 1;
                    let lines = witness.lines(&model);
                    let of = witness.arch.as_deref().unwrap_or(evaluators[0].0);
                    let evaluator = evaluators.iter().find(|(arch, _)| *arch == of);
                    if !evaluator.is_some_and(|(_, evaluator)| {
                        holds(evaluator, &witness, &lines, &name, value)
                    }) {
                        wrong.push(format!("{arch}: {name} {value:?} is not so with {lines:?}"));
                    }
                }
                Answer::Impossible(_) => impossible += 1,
                Answer::Undecided(why) => {
                    wrong.push(format!("{arch}: {name} {value:?}: {why}"));
                }
            }
        }
    }
    println!(
        "{arch}: {:?}; {tried} witnesses hold, {impossible} impossible, {} undecided or wrong",
        solver.size(),
        wrong.len()
    );
    wrong
}

fn features(tree: &Tree) -> Result<(), Failed> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let names = tables::feature_symbols(tree)?;
    let mut undecided = Vec::new();
    for arch in architectures(tree)? {
        let of_features =
            |model: &Model| names.iter().filter_map(|name| model.find(name)).collect();
        undecided.extend(ask(
            (&sources, &version, &arch),
            &[Value::On, Value::No],
            of_features,
        ));
    }
    // Choices of older releases are not encoded.
    let old = version.release < (6, 11);
    ensure(undecided.is_empty() || old, || undecided.join("\n"))
}

/// Asks for symbols from all over the tree, whose cones are large.
fn many_symbols(tree: &Tree) -> Result<(), Failed> {
    /// Of so many symbols one is asked for.
    const STEP: usize = 199;
    let version = Version::of(tree)?;
    if version.release < (6, 11) {
        return Ok(());
    }
    let sources = Sources::new(tree);
    let mut undecided = Vec::new();
    for arch in ["x86", "arm64", "powerpc"] {
        let some = |model: &Model| -> Vec<SymbolId> {
            (0..model.symbols.len())
                .step_by(STEP)
                .map(SymbolId::new)
                .filter(|&symbol| {
                    let of = model.symbol(symbol);
                    let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
                    model.is_defined(symbol) && of.name.is_some() && logical
                })
                .collect()
        };
        undecided.extend(ask((&sources, &version, arch), &[Value::On], some));
    }
    ensure(undecided.is_empty(), || undecided.join("\n"))
}

/// How long it takes to ask whether every symbol of every feature can be on, and can be off. Only says what it measured, for
/// a machine may be busy.
fn speed(tree: &Tree) -> Result<(), Failed> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let names = tables::feature_symbols(tree)?;
    let (mut building, mut asking, mut one) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut questions = 0;
    for arch in architectures(tree)? {
        let started = Instant::now();
        let model = model::of_all_configurations(&sources, &arch, &version);
        building += started.elapsed();
        let symbols: Vec<SymbolId> = names.iter().filter_map(|name| model.find(name)).collect();
        let started = Instant::now();
        let mut solver = Solver::new(&model);
        for &symbol in &symbols {
            for value in [Value::On, Value::No] {
                questions += 1;
                let _ = solver.is_possible(&Question::is(symbol, value));
            }
        }
        asking += started.elapsed();
        let Some(feature) = model.find(FEATURE) else {
            continue;
        };
        let started = Instant::now();
        let mut solver = Solver::new(&model);
        for value in [Value::Yes, Value::No] {
            let _ = solver.can(&Question::is(feature, value));
        }
        one += started.elapsed();
    }
    println!(
        "models: {building:?}; {questions} questions: {asking:?}; one feature with witnesses and reasons: {one:?}"
    );
    Ok(())
}
