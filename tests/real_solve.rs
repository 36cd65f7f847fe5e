//! What can be in the configurations of real kernel trees.
//!
//! `$KFEAT_TEST_TREES` names them: directories, separated by colons. Without it these tests are ignored, and say so.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kfeat::kconfig::eval::{Evaluator, Tristate};
use kfeat::kconfig::model::environment::{Environment, Version};
use kfeat::kconfig::model::{self, Model, SymbolId, Type, Unanswered};
use kfeat::kconfig::solve::{Answer, Confirm, Question, Solver, Value, Witness};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

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
    let trees: Vec<PathBuf> = std::env::var_os("KFEAT_TEST_TREES")
        .map(|trees| {
            std::env::split_paths(&trees)
                .filter(|path| !path.as_os_str().is_empty())
                .collect()
        })
        .unwrap_or_default();
    let mut trials = Vec::new();
    for &(name, test) in TESTS {
        if trees.is_empty() {
            let trial = Trial::test(name, || Ok(()))
                .with_kind("set KFEAT_TEST_TREES to kernel trees to run this")
                .with_ignored_flag(true);
            trials.push(trial);
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

fn build(sources: &Sources<'_>, version: &Version, environment: &Environment) -> Model {
    let mut outside = Unanswered(environment);
    model::build(
        sources,
        "Kconfig",
        &environment.srcarch,
        version,
        &mut outside,
    )
}

/// Tries witnesses in the evaluator, but for those that rely on what commands say.
struct Evaluated<'e, 'm> {
    evaluator: &'e Evaluator<'m>,
    /// The models for each of several values of `ARCH`.
    of_arch: &'e [(String, Evaluator<'m>)],
    symbol: SymbolId,
    value: Value,
    /// How many were tried, and how many rely on more.
    tried: usize,
    relying: usize,
}

impl Confirm for Evaluated<'_, '_> {
    fn confirm(&mut self, witness: &Witness) -> bool {
        if !witness.unknowns.is_empty() {
            self.relying += 1;
            return true;
        }
        self.tried += 1;
        let model = self.evaluator.model();
        let lines = witness.lines(model).join("\n") + "\n";
        let of_arch = self
            .of_arch
            .iter()
            .find(|(arch, _)| Some(&**arch) == witness.arch.as_deref());
        let evaluator = of_arch.map_or(self.evaluator, |(_, evaluator)| evaluator);
        let mut configuration = evaluator.configuration();
        configuration.load(lines.as_bytes(), false);
        let name = model.name(self.symbol);
        let value = evaluator
            .find(&name)
            .map_or(Tristate::No, |symbol| configuration.tristate(symbol));
        match self.value {
            Value::No => value == Tristate::No,
            Value::Mod => value == Tristate::Mod,
            Value::Yes => value == Tristate::Yes,
            Value::On => value != Tristate::No,
        }
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
        let environment = Environment::of_all_configurations(arch, &version);
        let model = build(&sources, &version, &environment);
        let mut solver = Solver::new(&model, version.release);
        let on = is(&model, FEATURE, Value::Yes)?;
        let off = is(&model, FEATURE, Value::No)?;
        let (can_on, can_off) = (solver.can(&on, None), solver.can(&off, None));
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
                let answer = solver.can_without(first, second, None);
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
            let answer = solver.can_without(&first, &second, None);
            ensure(answer.is_impossible(), || format!("{arch}: {answer:?}"))?;
        }
    }
    Ok(())
}

/// The symbols that the `Kconfig:` lines below `Documentation/features` name.
fn feature_symbols(tree: &Tree) -> Result<Vec<String>, Failed> {
    let mut names = Vec::new();
    for path in tree.walk("Documentation/features", &|path| {
        path.ends_with("arch-support.txt")
    })? {
        let text = tree.read_text(&path)?;
        for line in text.lines() {
            if let Some((_, names_of)) = line.split_once("Kconfig:") {
                let is_part = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
                let words = names_of.split(is_part);
                names.extend(words.filter(|word| !word.is_empty()).map(str::to_owned));
            }
        }
    }
    names.sort();
    names.dedup();
    Ok(names)
}

/// Asks whether each symbol can have each value on one architecture, and tries every witness in the evaluator. Returns what
/// stays undecided.
fn ask(
    (sources, version, arch): (&Sources<'_>, &Version, &str),
    values: &[Value],
    symbols: impl FnOnce(&Model) -> Vec<SymbolId>,
) -> Vec<String> {
    let environment = Environment::of_all_configurations(arch, version);
    let model = build(sources, version, &environment);
    let mut models: Vec<(String, Model)> = Vec::new();
    let all = kfeat::arch::values_of_arch(arch);
    for value in all.iter().filter(|_| all.len() > 1) {
        let mut environment = environment.clone();
        environment
            .variables
            .insert("ARCH".to_owned(), Some((*value).to_owned()));
        models.push(((*value).to_owned(), build(sources, version, &environment)));
    }
    let evaluator = Evaluator::new(&model, "CONFIG_");
    let of_arch: Vec<(String, Evaluator<'_>)> = models
        .iter()
        .map(|(arch, model)| (arch.clone(), Evaluator::new(model, "CONFIG_")))
        .collect();
    let mut solver = Solver::new(&model, version.release);
    let mut undecided = Vec::new();
    let (mut tried, mut relying, mut impossible) = (0, 0, 0);
    for symbol in symbols(&model) {
        for &value in values {
            let mut confirm = Evaluated {
                evaluator: &evaluator,
                of_arch: &of_arch,
                symbol,
                value,
                tried: 0,
                relying: 0,
            };
            let answer = solver.can(&Question::is(symbol, value), Some(&mut confirm));
            tried += confirm.tried;
            relying += confirm.relying;
            match answer {
                Answer::Possible(_) => {}
                Answer::Impossible(_) => impossible += 1,
                Answer::Undecided(why) => {
                    undecided.push(format!("{arch}: {} {value:?}: {why}", model.name(symbol)));
                }
            }
        }
    }
    println!(
        "{arch}: {:?}; {tried} witnesses hold, {relying} rely on commands, {impossible} impossible, {} undecided",
        solver.size(),
        undecided.len()
    );
    undecided
}

fn features(tree: &Tree) -> Result<(), Failed> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let names = feature_symbols(tree)?;
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
            (0..model.symbols.len() as u32)
                .step_by(STEP)
                .map(SymbolId)
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
    let names = feature_symbols(tree)?;
    let (mut building, mut asking, mut one) = (Duration::ZERO, Duration::ZERO, Duration::ZERO);
    let mut questions = 0;
    for arch in architectures(tree)? {
        let started = Instant::now();
        let environment = Environment::of_all_configurations(&arch, &version);
        let model = build(&sources, &version, &environment);
        building += started.elapsed();
        let symbols: Vec<SymbolId> = names.iter().filter_map(|name| model.find(name)).collect();
        let started = Instant::now();
        let mut solver = Solver::new(&model, version.release);
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
        let mut solver = Solver::new(&model, version.release);
        for value in [Value::Yes, Value::No] {
            let _ = solver.can(&Question::is(feature, value), None);
        }
        one += started.elapsed();
    }
    println!(
        "models: {building:?}; {questions} questions: {asking:?}; one feature with witnesses and reasons: {one:?}"
    );
    Ok(())
}
