//! Runs what kfeat says of selects through `conf`: each alarm has to make it warn of unmet dependencies, and whatever it warns of in
//! random configurations has to be an alarm.

use kfeat::kconfig::eval::Evaluator;
use kfeat::kconfig::implied::Implied;
use kfeat::kconfig::unmet;

use super::*;
use conf::Run;

/// How many random configurations are made of each architecture, by default and with everything.
const SEEDS: (u32, u32) = (2, 100);

/// The tests of one tree.
pub fn trials(path: &Path) -> Vec<Trial> {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let (first, second) = (path.to_owned(), path.to_owned());
    vec![
        Trial::test(format!("alarms_make_conf_warn::{name}"), move || {
            of_archs(&first, &|asked, _| alarms(asked)).map_err(|error| format!("{error:#}").into())
        }),
        Trial::test(format!("conf_warns_of_alarms_only::{name}"), move || {
            of_archs(&second, &warnings_are_alarms).map_err(|error| format!("{error:#}").into())
        }),
    ]
}

/// Runs a test on the architectures of a tree, and says what came out.
fn of_archs(
    path: &Path,
    test: &(dyn Fn(&Asked<'_, '_>, bool) -> Result<String> + Sync),
) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(path, &cache)?.large_hash();
    let all = std::env::var("KFEAT_DIFFERENTIAL").is_ok_and(|value| value == "all");
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let values = arch_values(oracle.tree())?;
    let mut architectures = tree.architectures()?;
    architectures.retain(|arch| all || arch == "arm" || SAMPLED.contains(&arch.as_str()));
    let said: Vec<String> = architectures
        .par_iter()
        .map(|arch| {
            let of_arch: Vec<&ArchValue> = values
                .iter()
                .filter(|value| value.srcarch == *arch)
                .collect();
            let asked = Asked {
                oracle: &oracle,
                sources: &sources,
                version: &version,
                arch,
                values: &of_arch,
            };
            let said = test(&asked, all).with_context(|| arch.clone())?;
            Ok(format!("{arch}: {said}"))
        })
        .collect::<Result<_>>()?;
    println!("{}", said.join("\n"));
    Ok(())
}

impl Asked<'_, '_> {
    /// The model of the architecture, and the commands that its files run.
    fn recorded(&self) -> (Model, Vec<String>) {
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
        (model, recording.commands)
    }
}

fn alarms(asked: &Asked<'_, '_>) -> Result<String> {
    let (model, commands) = asked.recorded();
    let evaluator = Evaluator::new(&model, "CONFIG_");
    let selects = unmet::selects(&evaluator, &mut Implied::new(&model), &mut |_| true);
    ensure!(selects.undecided.is_empty(), "{:?}", selects.undecided);
    let mut solver = Solver::new(&model);
    for hole in &selects.holes {
        let property = model.property(hole.select);
        let (selector, target) = ends(&model, hole.select)?;
        let witness = match solver.can(&unmet::question(&model, hole.select, hole.form)) {
            Answer::Possible(witness) => witness,
            answer => bail!("{}: {answer:?}", model.location(property.place)),
        };
        let machine = asked.machine(&witness, &commands)?;
        let oracle = asked.oracle.clone().with_answers(&machine.answers)?;
        let mut server = oracle.serve(&machine.environment, Target::Olddefconfig)?;
        let config = witness.lines(&model).join("\n") + "\n";
        let outcome = server.run(config.as_bytes())?;
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        let warned = warnings(&said)?
            .into_iter()
            .any(|(from, to)| from == selector && to == target);
        ensure!(
            warned,
            "{selector} selects {target}: conf does not say so of\n{config}\n{said}"
        );
    }
    Ok(format!(
        "{} selects ask in {} ways, {} alarms, all confirmed",
        selects.safe.len() + selects.holes.len(),
        selects.asked,
        selects.holes.len()
    ))
}

fn warnings_are_alarms(asked: &Asked<'_, '_>, all: bool) -> Result<String> {
    let (model, commands) = asked.recorded();
    let evaluator = Evaluator::new(&model, "CONFIG_");
    let selects = unmet::selects(&evaluator, &mut Implied::new(&model), &mut |_| true);
    let known: Vec<(String, String)> = selects
        .holes
        .iter()
        .map(|hole| ends(&model, hole.select))
        .collect::<Result<_>>()?;
    let machine = asked.machine(&Witness::default(), &commands)?;
    let oracle = asked.oracle.clone().with_answers(&machine.answers)?;
    let seeds = if all { SEEDS.1 } else { SEEDS.0 };
    let mut seen = 0;
    for seed in 1..=seeds {
        let outcome = oracle.run(&Run::new(&machine.environment, Target::Randconfig(seed)))?;
        let said = String::from_utf8_lossy(&outcome.stderr).into_owned();
        for warned in warnings(&said)? {
            seen += 1;
            ensure!(
                known.contains(&warned),
                "seed {seed}: {} selects {}, which counts as safe:\n{said}",
                warned.0,
                warned.1
            );
        }
    }
    Ok(format!(
        "{} safe selects survive {seeds} random configurations, in which conf warns {seen} times",
        selects.safe.len()
    ))
}

/// The names of who selects, and of what is selected.
fn ends(model: &Model, select: model::PropertyId) -> Result<(String, String)> {
    let property = model.property(select);
    match (model.entry(property.entry).symbol, &property.kind) {
        (Some(selector), model::PropertyKind::Select(target)) => {
            Ok((model.name(selector), model.name(*target)))
        }
        _ => bail!("no select"),
    }
}

/// The selects that `conf` warns of: those that ask for more than the dependencies allow.
fn warnings(said: &str) -> Result<Vec<(String, String)>> {
    let mut found = Vec::new();
    let (mut target, mut allowed, mut asks) = ("", 'n', 'n');
    let letter = |line: &str| {
        line.split_once('[')
            .and_then(|(_, rest)| rest.chars().next())
    };
    for line in said.lines() {
        if let Some((_, name)) = line.split_once("unmet direct dependencies detected for ") {
            target = name.trim();
        } else if line.starts_with("  Depends on [") {
            allowed = letter(line).context("a value")?;
        } else if line.starts_with("  Selected by [") {
            asks = letter(line).context("a value")?;
        } else if let Some(selector) = line.strip_prefix("  - ") {
            let order = |value: char| "nmy".find(value);
            if order(asks) > order(allowed) {
                let name = selector.split_whitespace().next().unwrap_or_default();
                found.push((name.to_owned(), target.to_owned()));
            }
        }
    }
    Ok(found)
}
