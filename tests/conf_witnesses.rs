//! Runs the witnesses of the solver through the kernel's own `conf`: a configuration that is shown must be one there, too.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons). The symbols that `arch-support.txt` tables name are
//! asked for on every architecture, and a sample of all symbols on a few; with `KFEAT_DIFFERENTIAL=all` a larger sample on all.
//! Members of choices and symbols that depend on the answer of a command are few, and hard: they are a sample of their own. Every
//! select is asked for unmet dependencies: `conf` has to warn of each alarm, and of nothing else in random configurations.
//!
//! No compiler is asked. Commands of `$(shell,…)` get the answers that the witness assumes, and where it assumes nothing the
//! same made-up ones for all: whatever is tried succeeds, and the tools are new. So `conf` and the solver speak of the same
//! machine, and a witness that relies on clang is tried with clang.

mod conf;

use std::collections::BTreeMap;
use std::collections::btree_map::Entry;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail, ensure};
use conf::environment::{Toolchain, arch_values, derive};
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Target};
use kfeat::kconfig::model::environment::{Environment as OfAll, Version};
use kfeat::kconfig::model::macros::Outside;
use kfeat::kconfig::model::{self, Model, PropertyKind, SymbolId, Type};
use kfeat::kconfig::solve::{Answer, Assumption, Question, Solver, Value, Witness};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};
use rayon::prelude::*;

#[path = "conf_witnesses/selects.rs"]
mod selects;
#[path = "trees/features.rs"]
mod tables;
mod trees;

fn main() {
    let arguments = Arguments::from_args();
    let real = trees::real();
    let selects = real.iter().flat_map(|path| selects::trials(path));
    let mut trials: Vec<Trial> = real.iter().cloned().map(trial).chain(selects).collect();
    if trials.is_empty() {
        for name in [
            "witnesses_hold_in_conf",
            "alarms_make_conf_warn",
            "conf_warns_of_alarms_only",
        ] {
            trials.push(trees::missing(name));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Trial::test(format!("witnesses_hold_in_conf::{name}"), move || {
        witnesses(&path).map_err(|error| format!("{error:#}").into())
    })
}

/// Of so many symbols one is asked for, by default and with everything.
const STEPS: (usize, usize) = (997, 97);

/// The same for members of choices and symbols that depend on a command.
const HARD_STEPS: (usize, usize) = (23, 5);

/// The architectures of the sample by default.
const SAMPLED: [&str; 3] = ["arm64", "powerpc", "x86"];

fn witnesses(path: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(path, &cache)?.large_hash();
    let all = std::env::var("KFEAT_DIFFERENTIAL").is_ok_and(|value| value == "all");
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let named = tables::feature_symbols(&tree)?;
    let values = arch_values(oracle.tree())?;
    let results: Vec<Tally> = tree
        .architectures()?
        .par_iter()
        .enumerate()
        .map(|(index, arch)| {
            let of_arch: Vec<&ArchValue> =
                values.iter().filter(|value| value.srcarch == *arch).collect();
            let steps = if all {
                Some((STEPS.1, HARD_STEPS.1))
            } else {
                let steps = (STEPS.0, HARD_STEPS.0);
                SAMPLED.contains(&arch.as_str()).then_some(steps)
            };
            let asked = Asked {
                oracle: &oracle,
                sources: &sources,
                version: &version,
                arch,
                values: &of_arch,
            };
            let tally = asked.run(&named, steps, index).with_context(|| arch.clone())?;
            println!(
                "{arch}: {} witnesses, {} of them with answers of commands, in {} configurations; {} undecided",
                tally.witnesses,
                tally.with_answers,
                tally.configurations,
                tally.undecided.len()
            );
            Ok(tally)
        })
        .collect::<Result<_>>()?;
    let sum = |count: fn(&Tally) -> usize| results.iter().map(count).sum::<usize>();
    let (witnesses, with_answers) = (sum(|t| t.witnesses), sum(|t| t.with_answers));
    println!(
        "{}: {witnesses} witnesses, {with_answers} with answers",
        path.display()
    );
    let wrong: Vec<String> = results.iter().flat_map(|t| t.wrong.clone()).collect();
    ensure!(
        wrong.is_empty(),
        "{} of {witnesses} do not hold:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    // Choices of older releases are not encoded.
    let old = version.release < (6, 11);
    let undecided = results.into_iter().flat_map(|t| t.undecided);
    let undecided: Vec<String> = undecided.filter(|_| !old).collect();
    ensure!(undecided.is_empty(), "undecided:\n{}", undecided.join("\n"));
    Ok(())
}

/// The results of one architecture.
#[derive(Default)]
struct Tally {
    witnesses: usize,
    with_answers: usize,
    configurations: usize,
    undecided: Vec<String>,
    wrong: Vec<String>,
}

/// One architecture.
struct Asked<'a, 't> {
    oracle: &'a Oracle,
    sources: &'a Sources<'t>,
    version: &'a Version,
    arch: &'a str,
    values: &'a [&'a ArchValue],
}

/// The assumptions of a witness about unknowns.
type Assumed = Vec<(String, String)>;

/// The required values of a configuration: symbol and value.
type Claims = Vec<(String, Value)>;

impl Asked<'_, '_> {
    fn run(&self, named: &[String], steps: Option<(usize, usize)>, index: usize) -> Result<Tally> {
        let environment = OfAll::of_all_configurations(self.arch, self.version);
        let mut recording = Recording {
            environment: &environment,
            commands: Vec::new(),
        };
        let model = model::build(
            self.sources,
            "Kconfig",
            self.arch,
            self.version,
            &mut recording,
        );
        let commands = recording.commands;
        let mut symbols: Vec<SymbolId> = named.iter().filter_map(|name| model.find(name)).collect();
        if let Some((step, hard_step)) = steps {
            let all = (0..model.symbols.len()).map(SymbolId::new);
            symbols.extend(all.clone().skip(index).step_by(step));
            for is_hard in [is_member, asks_command] {
                let hard = all.clone().filter(|&symbol| is_hard(&model, symbol));
                let hard = hard.filter(|&symbol| is_asked(&model, symbol));
                symbols.extend(hard.skip(index % hard_step).step_by(hard_step));
            }
        }
        symbols.retain(|&symbol| is_asked(&model, symbol));
        symbols.sort_unstable();
        symbols.dedup();
        let mut tally = Tally::default();
        let mut solver = Solver::new(&model);
        // Identical configurations are made once.
        let mut of_machines: BTreeMap<Assumed, (Machine, BTreeMap<String, Claims>)> =
            BTreeMap::new();
        for symbol in symbols {
            let name = model.name(symbol);
            let values: &[Value] = match model.symbol(symbol).type_ {
                Some(Type::Tristate) => &[Value::Yes, Value::Mod, Value::No],
                _ => &[Value::Yes, Value::No],
            };
            for &value in values {
                let witness = match solver.can(&Question::is(symbol, value)) {
                    Answer::Possible(witness) => witness,
                    Answer::Impossible(_) => continue,
                    Answer::Undecided(why) => {
                        tally
                            .undecided
                            .push(format!("{}: {name} {value:?}: {why}", self.arch));
                        continue;
                    }
                };
                tally.witnesses += 1;
                let lines = witness.lines(&model).join("\n") + "\n";
                let of = |known: &Assumption| (known.of.to_string(), known.text.to_string());
                let assumed: Assumed = witness.assumptions.iter().map(of).collect();
                tally.with_answers += usize::from(assumed.iter().any(|(of, _)| of != "$(ARCH)"));
                let (_, configurations) = match of_machines.entry(assumed) {
                    Entry::Occupied(known) => known.into_mut(),
                    Entry::Vacant(new) => {
                        new.insert((self.machine(&witness, &commands)?, BTreeMap::new()))
                    }
                };
                let claims = configurations.entry(lines).or_default();
                claims.push((name.clone(), value));
            }
        }
        for (machine, configurations) in of_machines.into_values() {
            let oracle = self.oracle.clone().with_answers(&machine.answers)?;
            let mut server = oracle.serve(&machine.environment, Target::Olddefconfig)?;
            for (config, claims) in configurations {
                tally.configurations += 1;
                let outcome = server.run(config.as_bytes())?;
                let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
                let (Ended::Exit(0), Some(made)) = (outcome.ended, outcome.config) else {
                    bail!("conf fails: {said}");
                };
                let made = String::from_utf8_lossy(&made).into_owned();
                for (name, value) in claims {
                    let got = value_in(&made, &name);
                    if !is(got, value) {
                        let arch = self.arch;
                        tally.wrong.push(format!(
                            "{arch}: {name} is {got}, not {value:?}, with\n{config}"
                        ));
                    }
                }
            }
        }
        Ok(tally)
    }

    /// The machine that a witness assumes.
    fn machine(&self, witness: &Witness, commands: &[String]) -> Result<Machine> {
        let wanted = witness.arch.as_deref().unwrap_or(self.arch);
        let value = self
            .values
            .iter()
            .find(|value| value.arch == wanted)
            .with_context(|| format!("the tree has no ARCH={wanted}"))?;
        let toolchain = Toolchain::native();
        let mut environment = derive(self.oracle.tree(), value, &toolchain)?;
        for (name, text) in &mut environment {
            if let Some(answer) = witness.answer(&format!("$({name})")) {
                *text = answer;
            }
        }
        let mut outside = Assuming {
            environment: &environment,
            witness,
            commands,
            asked: 0,
            answers: Answers::default(),
        };
        // Only for its commands, which this makes one after the other as the first model did.
        model::build(
            self.sources,
            "Kconfig",
            self.arch,
            self.version,
            &mut outside,
        );
        ensure!(
            outside.asked == commands.len(),
            "another number of commands"
        );
        Ok(Machine {
            answers: outside.answers,
            environment,
        })
    }
}

/// Input of `conf` besides the configuration.
struct Machine {
    environment: Environment,
    answers: Answers,
}

/// Whether the symbol is one of which a `.config` tells the value.
fn is_asked(model: &Model, symbol: SymbolId) -> bool {
    let of = model.symbol(symbol);
    let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
    model.is_defined(symbol) && logical && of.name.is_some() && !of.is_choice && !of.transitional
}

/// Whether the symbol is a member of a choice.
fn is_member(model: &Model, symbol: SymbolId) -> bool {
    model.symbol(symbol).choice.is_some()
}

/// Whether a line of the symbol depends on what a command says, itself or through a symbol that only a command decides.
fn asks_command(model: &Model, symbol: SymbolId) -> bool {
    let asks = |symbol: SymbolId| {
        let of_entries = model
            .definitions(symbol)
            .map(|entry| model.entry(entry).dependency);
        let of_properties = model.properties_of(symbol).flat_map(|id| {
            let property = model.property(id);
            let value = match property.kind {
                PropertyKind::Default(value) => Some(value),
                _ => None,
            };
            value.into_iter().chain([property.condition])
        });
        of_entries.chain(of_properties).collect::<Vec<_>>()
    };
    let mut behind = Vec::new();
    model.exprs.symbols_of(&asks(symbol), None, &mut behind);
    let mut second = Vec::new();
    for &symbol in &behind {
        if model
            .properties_of(symbol)
            .all(|id| !matches!(model.property(id).kind, PropertyKind::Prompt(_)))
        {
            model.exprs.symbols_of(&asks(symbol), None, &mut second);
        }
    }
    behind.extend(second);
    behind.iter().any(|&symbol| model.symbol(symbol).unknown)
}

/// The value of a symbol in the text of a `.config`.
fn value_in<'c>(config: &'c str, name: &str) -> &'c str {
    let line = |line: &'c str| {
        line.strip_prefix("CONFIG_")?
            .strip_prefix(name)?
            .strip_prefix('=')
    };
    config.lines().find_map(line).unwrap_or("n")
}

fn is(got: &str, value: Value) -> bool {
    match value {
        Value::No => got == "n",
        Value::Mod => got == "m",
        Value::Yes => got == "y",
        Value::On => got != "n",
    }
}

/// Leaves everything unknown, and keeps the commands with what is unknown in them.
struct Recording<'a> {
    environment: &'a OfAll,
    commands: Vec<String>,
}

impl Outside for Recording<'_> {
    fn shell(&mut self, command: &str) -> Result<Option<String>, String> {
        self.commands.push(command.to_owned());
        Ok(None)
    }

    fn passed_over(&mut self, command: &str) {
        self.commands.push(command.to_owned());
    }

    fn variable(&self, name: &str) -> Option<Option<&str>> {
        self.environment.variables.get(name).map(Option::as_deref)
    }
}

/// Answers as a witness assumes. Files are read in the same order whatever the answers are, so the n-th command is the n-th of
/// those that were recorded, with its unknown parts known.
struct Assuming<'a> {
    environment: &'a Environment,
    witness: &'a Witness,
    commands: &'a [String],
    asked: usize,
    answers: Answers,
}

impl Outside for Assuming<'_> {
    fn shell(&mut self, command: &str) -> Result<Option<String>, String> {
        let recorded = self.commands.get(self.asked).ok_or("one more command")?;
        self.asked += 1;
        let assumed = self.witness.answer(&format!("$(shell,{recorded})"));
        let answer = assumed.unwrap_or_else(|| made_up(command));
        let known = self.answers.answers.entry(command.to_owned());
        Ok(Some(known.or_insert(answer).clone()))
    }

    fn variable(&self, name: &str) -> Option<Option<&str>> {
        let known = self.environment.iter().find(|(known, _)| known == name);
        known.map(|(_, value)| Some(value.as_str()))
    }
}

/// The answers of a machine that has everything.
fn made_up(command: &str) -> String {
    let version = [
        ("cc-version.sh", "GCC 150100"),
        ("as-version.sh", "GNU 24500"),
        ("ld-version.sh", "BFD 24500"),
        ("rustc-version.sh", "109000"),
        ("rustc-llvm-version.sh", "210000"),
        ("pahole-version.sh", "131"),
    ];
    if let Some((_, answer)) = version.iter().find(|(script, _)| command.contains(script)) {
        return (*answer).to_owned();
    }
    let parts = command
        .strip_prefix("{ ")
        .and_then(|rest| rest.split_once("; } >/dev/null 2>&1 && echo \""));
    if let Some((tried, rest)) = parts {
        // Comparisons are of what is known.
        if !tried.starts_with("test ") && !tried.starts_with("[ ") {
            return rest.split('"').next().unwrap_or_default().to_owned();
        }
    }
    let plain = ["set -- ", "{ test ", "{ [ ", "expr "];
    if !plain.iter().any(|start| command.starts_with(start)) {
        return String::new();
    }
    let output = Command::new("sh").arg("-c").arg(command).output();
    output.map_or_else(
        |_| String::new(),
        |output| {
            String::from_utf8_lossy(&output.stdout)
                .trim_end()
                .replace('\n', " ")
        },
    )
}
