//! Compares kfeat's configurations with those of the kernel's own `conf`, byte by byte.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons). A sample is compared, or with
//! `KFEAT_DIFFERENTIAL=all` every defconfig file under every `ARCH` of its directory; `KFEAT_DIFFERENTIAL_FUZZ=n` makes `n`
//! damaged configurations per architecture instead of one. `KFEAT_DIFFERENTIAL_GRAMMAR=n` makes `n` random Kconfig files of
//! each flavour instead of 50.

mod conf;
mod random_files;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use conf::environment::{Toolchain, arch_values, derive};
use conf::inputs::{damaged_randconfig, defconfigs, defconfigs_with_variants, foreign_defconfigs};
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Run, Target};
use kfeat::kconfig::eval::{Configuration, Dialect, Evaluator, NewValues};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};
use rayon::prelude::*;

fn main() {
    let arguments = Arguments::from_args();
    let trials = match std::env::var_os("KFEAT_TEST_TREES") {
        Some(trees) => std::env::split_paths(&trees)
            .filter(|path| !path.as_os_str().is_empty())
            .flat_map(|path| [trial(path.clone()), random_trial(path)])
            .collect(),
        None => ["same_as_conf", "random_files"]
            .map(|name| {
                Trial::test(name, || Ok(()))
                    .with_kind("set KFEAT_TEST_TREES to kernel trees to run this")
                    .with_ignored_flag(true)
            })
            .into(),
    };
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let label = label("same_as_conf", &path);
    let compared = path.clone();
    let trial = Trial::test(label, move || {
        same_as_conf(&compared).map_err(|error| format!("{error:#}").into())
    });
    unless_old(&path, trial)
}

/// Random Kconfig files in the dialect of a tree.
fn random_trial(path: PathBuf) -> Trial {
    let label = label("random_files", &path);
    let compared = path.clone();
    let trial = Trial::test(label, move || {
        let count = match std::env::var("KFEAT_DIFFERENTIAL_GRAMMAR") {
            Ok(number) => number
                .parse()
                .map_err(|_| "KFEAT_DIFFERENTIAL_GRAMMAR is no number")?,
            Err(_) => 50,
        };
        random_files::same_as_conf(&compared, count).map_err(|error| format!("{error:#}").into())
    });
    unless_old(&path, trial)
}

fn label(test: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{test}::{name}")
}

/// Ignores a test of a tree whose dialect is not computed.
fn unless_old(path: &Path, trial: Trial) -> Trial {
    let release = Tree::open(path)
        .ok()
        .and_then(|tree| Version::of(&tree).ok());
    let old = release.is_some_and(|version| Dialect::of(version.release) == Dialect::OldChoices);
    if old {
        trial
            .with_kind("the choices of releases before 6.11 are not computed yet")
            .with_ignored_flag(true)
    } else {
        trial
    }
}

/// What to compare for one architecture.
struct Job {
    target: Target,
    config: Option<Vec<u8>>,
    name: String,
}

fn same_as_conf(path: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(path, &cache)?;
    let all = std::env::var("KFEAT_DIFFERENTIAL").is_ok_and(|value| value == "all");
    let fuzz: u64 = match std::env::var("KFEAT_DIFFERENTIAL_FUZZ") {
        Ok(number) => number
            .parse()
            .context("KFEAT_DIFFERENTIAL_FUZZ is no number")?,
        Err(_) => 1,
    };
    let mut environments = Vec::new();
    for value in arch_values(oracle.tree())? {
        let environment = derive(oracle.tree(), &value, &Toolchain::native())?;
        environments.push((value, environment));
    }
    let answers = oracle.record_all(environments.iter().map(|(_, environment)| environment))?;
    let oracle = oracle.with_answers(&answers)?.large_hash();
    let tree = Tree::open(path)?;
    let sources = Sources::new(&tree);
    let compared = AtomicUsize::new(0);
    let different: Vec<String> = environments
        .par_iter()
        .enumerate()
        .map(|(index, (value, environment))| {
            let jobs = jobs(&oracle, value, environment, index, all, fuzz)?;
            compared.fetch_add(jobs.len(), Ordering::Relaxed);
            compare(&oracle, &sources, &answers, (value, environment), &jobs)
                .with_context(|| value.label())
        })
        .collect::<Result<Vec<_>>>()?
        .concat();
    let compared = compared.into_inner();
    println!("{}: {compared} configurations compared", path.display());
    if !different.is_empty() {
        bail!(
            "{} of {compared} configurations differ:\n{}",
            different.len(),
            different.join("\n")
        );
    }
    Ok(())
}

/// What to compare for one architecture.
fn jobs(
    oracle: &Oracle,
    value: &ArchValue,
    environment: &Environment,
    index: usize,
    all: bool,
    fuzz: u64,
) -> Result<Vec<Job>> {
    let job = |target: Target| Job {
        name: target.name().to_owned(),
        target,
        config: None,
    };
    let mut jobs: Vec<Job> = Target::ALL.into_iter().map(job).collect();
    let of_defconfig = |path: String| Job {
        name: path.clone(),
        target: Target::Defconfig(path),
        config: None,
    };
    let own = if all {
        defconfigs_with_variants(oracle.tree())?
    } else {
        defconfigs(oracle.tree())?
    };
    let own = own
        .into_iter()
        .filter(|defconfig| defconfig.value == *value);
    let foreign = foreign_defconfigs(oracle.tree(), value)?;
    if all {
        jobs.extend(own.map(|defconfig| of_defconfig(defconfig.path)));
    } else {
        jobs.extend(own.take(1).map(|defconfig| of_defconfig(defconfig.path)));
    }
    // Every architecture meets other files of foreign ones.
    let step = if all { 10 } else { foreign.len().max(1) };
    let some = foreign.into_iter().skip(index % step).step_by(step);
    jobs.extend(some.map(|defconfig| of_defconfig(defconfig.path)));
    for seed in 0..fuzz {
        let config = damaged_randconfig(oracle, environment, seed * 1_000 + index as u64)?;
        jobs.push(Job {
            target: Target::Olddefconfig,
            config: Some(config),
            name: format!("fuzz {seed}"),
        });
    }
    Ok(jobs)
}

/// Makes all configurations of one architecture both ways. Returns a line for each that differs.
fn compare(
    oracle: &Oracle,
    sources: &Sources<'_>,
    answers: &Answers,
    (value, environment): (&ArchValue, &Environment),
    jobs: &[Job],
) -> Result<Vec<String>> {
    let tree: PathBuf = oracle.tree().to_owned();
    let version = Version::of(sources.tree())?;
    let mut shell = Shell {
        variables: environment.iter().cloned().collect(),
        answers: answers.answers.clone(),
        ..Shell::default()
    };
    let model = model::build(sources, "Kconfig", &value.srcarch, &version, &mut shell);
    if let Some(finding) = model.diagnostics.first() {
        bail!("{}: {}", finding.primary.location, finding.headline);
    }
    let evaluator = Evaluator::new(&model, "CONFIG_");
    if let Some(problem) = evaluator.problems().iter().find(|problem| problem.is_error) {
        bail!("refused: {}", evaluator.finding(problem).headline);
    }
    let mut different = Vec::new();
    for job in jobs {
        let mut run = Run::new(environment, job.target.clone());
        run.config_in = job.config.as_deref();
        let theirs = oracle.run(&run)?;
        let mut configuration = evaluator.configuration();
        let warnings = make(&mut configuration, &tree, job)?;
        let ours = configuration.write();
        let name = format!("{} {}", value.label(), job.name);
        if theirs.ended != Ended::Exit(0) || theirs.config.as_deref() != Some(&ours[..]) {
            different.push(name.clone());
            if let Some(directory) = std::env::var_os("KFEAT_DIFFERENTIAL_KEEP") {
                let file = |kind: &str| {
                    Path::new(&directory).join(format!("{}.{kind}", name.replace('/', "_")))
                };
                std::fs::write(file("ours"), &ours)?;
                std::fs::write(file("theirs"), theirs.config.unwrap_or_default())?;
                std::fs::write(file("input"), job.config.as_deref().unwrap_or_default())?;
            }
            continue;
        }
        let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
        let unmet = said
            .lines()
            .filter(|line| line.contains("unmet direct dependencies"));
        let unmet: std::collections::BTreeSet<&str> = unmet.collect();
        let lines = said
            .lines()
            .filter(|line| line.contains(":warning: "))
            .count();
        if unmet.len() != configuration.unmet().len() || lines != warnings {
            different.push(format!("{name}: other warnings"));
        }
        let saved = oracle.run(&Run::new(environment, Target::Savedefconfig).with_config(&ours))?;
        let mut configuration = evaluator.configuration();
        configuration.load(&ours, false);
        if saved.defconfig.as_deref() != Some(&configuration.write_minimal()[..]) {
            different.push(format!("{name}: savedefconfig"));
        }
    }
    Ok(different)
}

/// Computes a configuration. Returns how many warnings there were.
fn make(configuration: &mut Configuration<'_, '_>, tree: &Path, job: &Job) -> Result<usize> {
    let mut warnings = 0;
    match &job.target {
        Target::Defconfig(path) => {
            warnings = configuration
                .load(&std::fs::read(tree.join(path))?, false)
                .len();
            configuration.set_new(NewValues::Default);
        }
        Target::Olddefconfig => {
            let config = job.config.as_deref().unwrap_or_default();
            warnings = configuration.load(config, false).len();
        }
        Target::Allnoconfig => configuration.set_new(NewValues::No),
        Target::Allyesconfig => configuration.set_new(NewValues::Yes),
        Target::Allmodconfig => configuration.set_new(NewValues::Mod),
        Target::Alldefconfig => configuration.set_new(NewValues::Default),
        target => bail!("{} is not compared", target.name()),
    }
    Ok(warnings)
}
