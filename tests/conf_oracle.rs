//! Checks the reference that the differential tests lean on: the kernel's own `conf` as the module
//! `conf` builds and runs it, and the generators of inputs.
//!
//! Runs over each tree in `KFEAT_TEST_TREES` (directories, separated by colons).

mod conf;

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use anyhow::{Context, Result, ensure};
use conf::environment::{Toolchain, arch_values, capture, derive};
use conf::grammar::{self, Dialect, Flavour};
use conf::inputs::{damaged_randconfig, defconfigs, foreign_defconfigs};
use conf::mutate::{Damage, damage};
use conf::oracle::STATUS_NO_ANSWER;
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Outcome, Prng, Run, Target};
use libtest_mimic::{Arguments, Trial};
use rayon::prelude::*;

/// A tree with everything that its tests share.
struct Tree {
    live: Oracle,
    replay: Oracle,
    environments: Vec<(ArchValue, Environment)>,
}

impl Tree {
    fn open(path: &Path) -> Result<Self> {
        let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
        let live = Oracle::build(path, &cache)?;
        let mut environments = Vec::new();
        for value in arch_values(live.tree())? {
            let environment = derive(live.tree(), &value, &Toolchain::native())?;
            environments.push((value, environment));
        }
        let answers = live.record_all(environments.iter().map(|(_, environment)| environment))?;
        let replay = live.clone().with_answers(&answers)?;
        Ok(Self {
            live,
            replay,
            environments,
        })
    }

    fn environment(&self, label: &str) -> Result<&Environment> {
        let found = self
            .environments
            .iter()
            .find(|(value, _)| value.label() == label);
        found
            .map(|(_, environment)| environment)
            .with_context(|| format!("no ARCH {label}"))
    }
}

/// A check on a tree.
type Check = fn(&Tree) -> Result<()>;

const CHECKS: [(&str, Check); 8] = [
    (
        "environment_as_kbuild_gives_it",
        environment_as_kbuild_gives_it,
    ),
    ("same_as_make", same_as_make),
    ("alldefconfig_everywhere", alldefconfig_everywhere),
    ("replay_is_as_live", replay_is_as_live),
    ("no_command_runs_in_replay", no_command_runs_in_replay),
    ("randconfig_is_a_fixed_point", randconfig_is_a_fixed_point),
    ("damaged_and_foreign_inputs", damaged_and_foreign_inputs),
    ("random_kconfig_files", random_kconfig_files),
];

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![Trial::test("generators_are_deterministic", || {
        generators_are_deterministic().map_err(Into::into)
    })];
    match std::env::var_os("KFEAT_TEST_TREES") {
        Some(trees) => {
            for path in std::env::split_paths(&trees) {
                trials.extend(trials_of(path));
            }
        }
        None => trials.extend(CHECKS.iter().map(|(name, _)| {
            Trial::test(*name, || Ok(()))
                .with_kind("KFEAT_TEST_TREES is not set")
                .with_ignored_flag(true)
        })),
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// All checks for one tree, which is opened by the first one that runs.
fn trials_of(path: PathBuf) -> Vec<Trial> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let tree: &'static OnceLock<Result<Tree, String>> = Box::leak(Box::default());
    let trial = |(check_name, check): &(&str, Check)| {
        let (path, check) = (path.clone(), *check);
        Trial::test(format!("{name}::{check_name}"), move || {
            let opened = tree.get_or_init(|| Tree::open(&path).map_err(|e| format!("{e:#}")));
            let tree = opened.as_ref().map_err(Clone::clone)?;
            check(tree).map_err(|error| format!("{error:#}").into())
        })
    };
    CHECKS.iter().map(trial).collect()
}

/// The table in the documentation of `environment` is what the `Makefile` does.
fn environment_as_kbuild_gives_it(tree: &Tree) -> Result<()> {
    for (value, environment) in &tree.environments {
        let captured = capture(tree.live.tree(), value)?;
        ensure!(
            captured == *environment,
            "{}: {captured:?}\n{environment:?}",
            value.label()
        );
    }
    Ok(())
}

/// `make` gives the same configurations, with the `conf` that it builds itself.
fn same_as_make(tree: &Tree) -> Result<()> {
    let objtree = tempfile::tempdir()?;
    for (label, target) in [
        ("x86_64", Target::Alldefconfig),
        ("powerpc", Target::Allmodconfig),
        ("um-i386", Target::Allyesconfig),
    ] {
        let (arch, subarch) = label.split_once('-').unwrap_or((label, ""));
        let mut make = Command::new("make");
        make.arg("-s").arg("-C").arg(tree.live.tree());
        make.arg(format!("O={}", objtree.path().display()));
        make.arg(format!("ARCH={arch}"));
        if !subarch.is_empty() {
            make.arg(format!("SUBARCH={subarch}"));
        }
        let output = make.arg(target.name()).output()?;
        ensure!(
            output.status.success(),
            "make: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        let config = std::fs::read(objtree.path().join(".config"))?;
        let outcome = tree
            .replay
            .run(&Run::new(tree.environment(label)?, target))?;
        ensure!(
            expect_success(&outcome)? == config,
            "{label}: make gives another configuration"
        );
    }
    Ok(())
}

/// Every `ARCH` gives the same configuration twice, whatever the size of the hash table.
fn alldefconfig_everywhere(tree: &Tree) -> Result<()> {
    let large = tree.replay.clone().large_hash();
    tree.environments
        .par_iter()
        .try_for_each(|(value, environment)| {
            let run = Run::new(environment, Target::Alldefconfig);
            let (first, second) = (tree.replay.run(&run)?, large.run(&run)?);
            expect_success(&first).with_context(|| value.label())?;
            ensure!(first == second, "{}: two runs differ", value.label());
            Ok(())
        })
}

/// Recorded answers change nothing.
fn replay_is_as_live(tree: &Tree) -> Result<()> {
    for label in ["x86_64", "arm64", "xtensa"] {
        let environment = tree.environment(label)?;
        for target in [Target::Alldefconfig, Target::Allmodconfig] {
            let run = Run::new(environment, target);
            ensure!(
                tree.live.run(&run)? == tree.replay.run(&run)?,
                "{label}: replay differs"
            );
        }
    }
    Ok(())
}

/// A run that lacks an answer says so instead of running the command.
fn no_command_runs_in_replay(tree: &Tree) -> Result<()> {
    let none = tree.live.clone().with_answers(&Answers::default())?;
    let outcome = none.run(&Run::new(tree.environment("x86_64")?, Target::Alldefconfig))?;
    ensure!(
        outcome.ended == Ended::Exit(STATUS_NO_ANSWER),
        "{:?}",
        outcome.ended
    );
    Ok(())
}

/// `olddefconfig` leaves a random configuration as it is.
fn randconfig_is_a_fixed_point(tree: &Tree) -> Result<()> {
    let large = tree.replay.clone().large_hash();
    ["x86_64", "powerpc", "um-i386"]
        .par_iter()
        .try_for_each(|label| {
            let environment = tree.environment(label)?;
            let random = large.run(&Run::new(environment, Target::Randconfig(7)))?;
            let config = expect_success(&random)?;
            let again =
                large.run(&Run::new(environment, Target::Olddefconfig).with_config(config))?;
            ensure!(
                expect_success(&again)? == config,
                "{label}: olddefconfig changes a randconfig"
            );
            Ok(())
        })
}

/// `conf` accepts what the generators make of configurations.
fn damaged_and_foreign_inputs(tree: &Tree) -> Result<()> {
    let large = tree.replay.clone().large_hash();
    ensure!(
        defconfigs(tree.live.tree())?.len() > 200,
        "too few defconfig files"
    );
    let (value, environment) = &tree.environments[0];
    let foreign = foreign_defconfigs(tree.live.tree(), value)?;
    let foreign = Target::Defconfig(foreign[0].path.clone());
    expect_success(&large.run(&Run::new(environment, foreign))?)?;
    (0..4u64).into_par_iter().try_for_each(|seed| {
        let config = damaged_randconfig(&large, environment, seed)?;
        ensure!(
            config == damaged_randconfig(&large, environment, seed)?,
            "seed {seed}: another input the second time"
        );
        let run = Run::new(environment, Target::Olddefconfig).with_config(&config);
        expect_success(&large.run(&run)?).map(|_| ())
    })
}

/// `conf` accepts nearly all valid cases and rejects many faulty ones; no valid case crashes it.
fn random_kconfig_files(tree: &Tree) -> Result<()> {
    let dialect = Dialect::of(tree.live.tree())?;
    const COUNT: u64 = 300;
    let environment = grammar::environment();
    for (flavour, least) in [(Flavour::Valid, 95), (Flavour::Faulty, 10)] {
        let outcomes: Vec<Ended> = (0..COUNT)
            .into_par_iter()
            .map(|seed| {
                let case = grammar::case(seed, flavour, dialect);
                let mut run = Run::new(&environment, Target::Olddefconfig);
                run.files = &case.files;
                run.config_in = Some(&case.config);
                let outcome = tree.live.run(&run)?;
                let printed = String::from_utf8_lossy(&outcome.stderr);
                ensure!(
                    !printed.contains("Oops"),
                    "{flavour:?} {seed}: the known fault of conf"
                );
                Ok(outcome.ended)
            })
            .collect::<Result<_>>()?;
        let count = |ended| outcomes.iter().filter(|&&o| o == ended).count() as u64;
        let (accepted, rejected) = (count(Ended::Exit(0)), count(Ended::Exit(1)));
        ensure!(
            accepted * 100 >= COUNT * least && (flavour == Flavour::Faulty) == (rejected > 50),
            "{flavour:?}: {accepted} accepted, {rejected} rejected of {COUNT}"
        );
        ensure!(
            flavour == Flavour::Faulty || accepted + rejected == COUNT,
            "{flavour:?}: conf crashes or does not end"
        );
    }
    Ok(())
}

/// The same seed gives the same bytes, another one gives others.
fn generators_are_deterministic() -> Result<()> {
    for flavour in [Flavour::Valid, Flavour::Faulty] {
        for dialect in [Dialect::V6_1, Dialect::V6_12, Dialect::V7_2] {
            let make = |seed| grammar::case(seed, flavour, dialect);
            ensure!(make(3) == make(3), "a case differs");
            ensure!(make(3) != make(4), "two cases are equal");
        }
    }
    let config = b"CONFIG_A=y\n# CONFIG_B is not set\nCONFIG_C=0x10\nCONFIG_D=\"text\"\n";
    let how = Damage {
        keep: 80,
        change: 500,
    };
    let make = |seed| damage(config, how, &mut Prng::new(seed));
    ensure!(make(5) == make(5), "damage differs");
    ensure!(
        (0..50).any(|seed| make(seed) != make(5)),
        "damage is always the same"
    );
    Ok(())
}

/// The configuration of a run that must have succeeded.
fn expect_success(outcome: &Outcome) -> Result<&[u8]> {
    ensure!(
        outcome.ended == Ended::Exit(0),
        "{:?}: {}",
        outcome.ended,
        String::from_utf8_lossy(&outcome.stderr)
    );
    outcome.config.as_deref().context("no .config was written")
}
