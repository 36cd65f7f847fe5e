//! Random wishes: `kfeat config want` must find the lines that give a value, or prove that none do, and the kernel's own `conf` must
//! agree.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons). A wish is a random defconfig of a random
//! architecture, a random bool or tristate symbol, and a value that it does not have there. 60 are made by default; this makes
//! 1,000 and prints the figures that `docs/guide/config.md` has:
//!
//! ```text
//! KFEAT_TEST_TREES=… KFEAT_WISHES=1000 cargo test --release --test conf_wishes -- --nocapture
//! ```

mod conf;

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use conf::environment::{Toolchain, arch_values, derive};
use conf::inputs::{Defconfig, defconfigs};
use conf::prng::Prng;
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Target};
use kfeat::diag::Level;
use kfeat::kconfig::eval::{Evaluator, NewValues, Tristate};
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::{self, Model, SymbolId, Type};
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::solve::{Granted, Question, Value, Wishes};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};
use rayon::prelude::*;

mod trees;

/// How many wishes by default.
const WISHES: usize = 60;

/// How many wishes are made of one defconfig, and at most of one architecture at a time.
const PER_DEFCONFIG: usize = 4;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = trees::real().into_iter().map(trial).collect();
    if trials.is_empty() {
        trials.push(trees::missing("wishes_come_true_in_conf"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let name = format!("wishes_come_true_in_conf::{name}");
    Trial::test(name, move || {
        wishes(&path).map_err(|error| format!("{error:#}").into())
    })
}

/// Describes what became of the wishes.
#[derive(Default)]
struct Tally {
    possible: usize,
    smallest: usize,
    impossible: usize,
    undecided: Vec<String>,
    wrong: Vec<String>,
    lines: Vec<usize>,
    times: Vec<Duration>,
}

fn wishes(path: &Path) -> Result<()> {
    let count: usize = match std::env::var("KFEAT_WISHES") {
        Ok(number) => number.parse().context("KFEAT_WISHES is not a number")?,
        Err(_) => WISHES,
    };
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(path, &cache)?;
    let mut environments = Vec::new();
    for value in arch_values(oracle.tree())? {
        let environment = derive(oracle.tree(), &value, &Toolchain::native())?;
        environments.push((value, environment));
    }
    let answers = oracle.record_all(environments.iter().map(|(_, environment)| environment))?;
    let oracle = oracle.with_answers(&answers)?.large_hash();
    let tree = Tree::open(path)?;
    let sources = Sources::new(&tree);
    let all = defconfigs(oracle.tree())?;
    // Every architecture gets its share; those that come first one more.
    let architectures = environments.len();
    let tallies: Vec<Tally> = environments
        .par_iter()
        .enumerate()
        .map(|(index, (value, environment))| {
            let asked = count / architectures + usize::from(index < count % architectures);
            let own: Vec<&Defconfig> = all.iter().filter(|one| one.value == *value).collect();
            if asked == 0 {
                return Ok(Tally::default());
            }
            let of_arch = OfArch {
                oracle: &oracle,
                sources: &sources,
                value,
                environment,
                answers: &answers,
            };
            of_arch
                .run(&own, asked, index)
                .with_context(|| value.label())
        })
        .collect::<Result<_>>()?;
    let sum = |of: fn(&Tally) -> usize| tallies.iter().map(of).sum::<usize>();
    let (possible, impossible) = (sum(|t| t.possible), sum(|t| t.impossible));
    let (smallest, undecided) = (sum(|t| t.smallest), sum(|t| t.undecided.len()));
    let total = possible + impossible + undecided;
    let mut times: Vec<Duration> = tallies.iter().flat_map(|t| t.times.clone()).collect();
    times.sort();
    let mut lines: Vec<usize> = tallies.iter().flat_map(|t| t.lines.clone()).collect();
    lines.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent / 100).min(times.len() - 1)];
    println!(
        "{}: {total} wishes: {possible} possible ({smallest} with the fewest lines for certain), {impossible} impossible, \
         {undecided} undecided; seconds: median {:.2}, 95 of 100 {:.2}, longest {:.2}; lines: median {}, most {}",
        path.display(),
        at(50).as_secs_f64(),
        at(95).as_secs_f64(),
        at(100).as_secs_f64(),
        lines.get(lines.len() / 2).unwrap_or(&0),
        lines.last().unwrap_or(&0),
    );
    let wrong: Vec<String> = tallies.iter().flat_map(|t| t.wrong.clone()).collect();
    ensure!(
        wrong.is_empty(),
        "{} wrong:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    let undecided: Vec<String> = tallies.into_iter().flat_map(|t| t.undecided).collect();
    for line in &undecided {
        println!("undecided: {line}");
    }
    ensure!(
        undecided.len() <= (total / 100).max(1),
        "{} of {total} are undecided:\n{}",
        undecided.len(),
        undecided.join("\n")
    );
    Ok(())
}

/// One value of `ARCH`.
struct OfArch<'a, 't> {
    oracle: &'a Oracle,
    sources: &'a Sources<'t>,
    value: &'a ArchValue,
    environment: &'a Environment,
    answers: &'a Answers,
}

impl OfArch<'_, '_> {
    fn run(&self, defconfigs: &[&Defconfig], count: usize, index: usize) -> Result<Tally> {
        let model = self.model()?;
        let evaluator = Evaluator::new(&model, "CONFIG_");
        let symbols: Vec<SymbolId> = (0..model.symbols.len())
            .map(SymbolId::new)
            .filter(|&symbol| is_asked(&model, symbol))
            .collect();
        // Anything that is proved impossible must not be so in these.
        let examples: Vec<Vec<u8>> = [NewValues::Yes, NewValues::Mod, NewValues::No]
            .into_iter()
            .map(|values| {
                let mut configuration = evaluator.configuration();
                configuration.set_new(values);
                configuration.write()
            })
            .collect();
        let mut server = self.oracle.serve(self.environment, Target::Olddefconfig)?;
        let mut prng = Prng::new(index as u64 * 7_919 + 1);
        let mut tally = Tally::default();
        let mut base = Vec::new();
        let mut name = String::new();
        for done in 0..count {
            if done % PER_DEFCONFIG == 0 {
                let mut configuration = evaluator.configuration();
                if defconfigs.is_empty() {
                    configuration.set_new(NewValues::Default);
                    "the defaults".clone_into(&mut name);
                } else {
                    name.clone_from(&prng.pick(defconfigs).path);
                    let text = std::fs::read(self.oracle.tree().join(&name))?;
                    configuration.load(&text, false);
                    configuration.set_new(NewValues::Default);
                }
                base = configuration.write();
            }
            let symbol = *prng.pick(&symbols);
            let (value, letter) = self.wish(&evaluator, &base, symbol, &mut prng);
            let question = Question::is(symbol, value);
            let start = Instant::now();
            let mut wishes = Wishes::new(&evaluator, &base);
            let granted = wishes.grant(&question, 1);
            tally.times.push(start.elapsed());
            let wish = format!(
                "{}: {name}: {}={letter}",
                self.value.label(),
                model.name(symbol)
            );
            match granted {
                Granted::Already => bail!("{wish} holds already"),
                Granted::Undecided(why) => tally.undecided.push(format!("{wish}: {why}")),
                Granted::Impossible(_) => {
                    tally.impossible += 1;
                    let is_so = |config: &Vec<u8>| value_in(config, &model.name(symbol)) == letter;
                    if examples.iter().any(is_so) {
                        tally.wrong.push(format!("{wish}: is possible"));
                    }
                }
                Granted::Possible(proposals) => {
                    tally.possible += 1;
                    let proposal = &proposals[0];
                    tally.smallest += usize::from(proposal.is_smallest);
                    tally.lines.push(proposal.changes.len());
                    let outcome = server.run(&wishes.apply(proposal))?;
                    let (Ended::Exit(0), Some(made)) = (outcome.ended, outcome.config) else {
                        bail!(
                            "{wish}: conf fails: {}",
                            String::from_utf8_lossy(&outcome.stderr)
                        );
                    };
                    let got = value_in(&made, &model.name(symbol));
                    if got != letter {
                        tally
                            .wrong
                            .push(format!("{wish}: is {got} with {:?}", proposal.changes));
                    }
                }
            }
        }
        Ok(tally)
    }

    fn model(&self) -> Result<Model> {
        let version = Version::of(self.sources.tree())?;
        let mut shell = Shell {
            variables: self.environment.iter().cloned().collect(),
            answers: self.answers.answers.clone(),
            ..Shell::default()
        };
        let model = model::build(
            self.sources,
            "Kconfig",
            &self.value.srcarch,
            &version,
            &mut shell,
        );
        let mut findings = model.diagnostics.iter();
        if let Some(finding) = findings.find(|finding| finding.level == Level::Deny) {
            bail!("{}: {}", finding.primary.location, finding.headline);
        }
        Ok(model)
    }

    /// A value that the symbol does not have, and may have by its type.
    fn wish(
        &self,
        evaluator: &Evaluator<'_>,
        base: &[u8],
        symbol: SymbolId,
        prng: &mut Prng,
    ) -> (Value, &'static str) {
        let mut configuration = evaluator.configuration();
        configuration.load(base, false);
        let now = configuration.tristate(symbol);
        let mut values = vec![
            (Tristate::Yes, Value::Yes, "y"),
            (Tristate::No, Value::No, "n"),
        ];
        if evaluator.type_of(symbol) == Some(Type::Tristate) {
            values.push((Tristate::Mod, Value::Mod, "m"));
        }
        values.retain(|(value, _, _)| *value != now);
        let &(_, value, letter) = prng.pick(&values);
        (value, letter)
    }
}

/// Whether the symbol is one of which a `.config` tells the value.
fn is_asked(model: &Model, symbol: SymbolId) -> bool {
    let of = model.symbol(symbol);
    let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
    model.is_defined(symbol) && logical && of.name.is_some() && !of.is_choice && !of.transitional
}

/// The value of a symbol in the text of a `.config`.
fn value_in(config: &[u8], name: &str) -> String {
    let text = String::from_utf8_lossy(config);
    let line = |line: &str| {
        let value = line.strip_prefix("CONFIG_")?.strip_prefix(name)?;
        value.strip_prefix('=').map(str::to_owned)
    };
    text.lines()
        .find_map(line)
        .unwrap_or_else(|| "n".to_owned())
}
