//! Compares kfeat's configurations with those of the kernel's own `conf`, byte by byte.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons). A sample is compared, or with
//! `KFEAT_DIFFERENTIAL=all` every defconfig file under every `ARCH`, of its own directory or another one.
//! `KFEAT_DIFFERENTIAL_FUZZ=n` makes `n` damaged configurations for each `ARCH` instead of one, and
//! `KFEAT_DIFFERENTIAL_GRAMMAR=n` makes `n` random Kconfig files of each flavour instead of 50. The files of what differs are
//! left in `$KFEAT_DIFFERENTIAL_KEEP`. So this compares all there is:
//!
//! ```text
//! KFEAT_TEST_TREES=… KFEAT_DIFFERENTIAL=all KFEAT_DIFFERENTIAL_FUZZ=400 cargo test --release --test conf_differential
//! ```

mod conf;
mod random_files;

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use anyhow::{Context, Result, bail};
use conf::environment::{Toolchain, arch_values, derive};
use conf::inputs::{damaged_randconfigs, defconfigs, defconfigs_with_variants, foreign_defconfigs};
use conf::server::Server;
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Outcome, Run, Target};
use kfeat::diag::Level;
use kfeat::kconfig::eval::{Configuration, Evaluator, NewValues, Random, Warning, WarningKind};
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::{self, Model};
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};
use rayon::prelude::*;

mod trees;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = trees::real()
        .into_iter()
        .flat_map(|path| [trial(path.clone()), random_trial(path)])
        .collect();
    if trials.is_empty() {
        trials.extend(["same_as_conf", "random_files"].map(trees::missing));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let label = label("same_as_conf", &path);
    Trial::test(label, move || {
        same_as_conf(&path).map_err(|error| format!("{error:#}").into())
    })
}

/// Random Kconfig files in the dialect of a tree.
fn random_trial(path: PathBuf) -> Trial {
    let label = label("random_files", &path);
    Trial::test(label, move || {
        let count = match std::env::var("KFEAT_DIFFERENTIAL_GRAMMAR") {
            Ok(number) => number
                .parse()
                .map_err(|_| "KFEAT_DIFFERENTIAL_GRAMMAR is not a number")?,
            Err(_) => 50,
        };
        random_files::same_as_conf(&path, count).map_err(|error| format!("{error:#}").into())
    })
}

fn label(test: &str, path: &Path) -> String {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    format!("{test}::{name}")
}

/// How many damaged configurations are made of one random one: making that takes `conf` several times as long.
const DAMAGED_PER_BASE: usize = 10;

fn same_as_conf(path: &Path) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(path, &cache)?;
    let all = std::env::var("KFEAT_DIFFERENTIAL").is_ok_and(|value| value == "all");
    let fuzz: usize = match std::env::var("KFEAT_DIFFERENTIAL_FUZZ") {
        Ok(number) => number
            .parse()
            .context("KFEAT_DIFFERENTIAL_FUZZ is not a number")?,
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
    let differing: Vec<Vec<String>> = environments
        .par_iter()
        .enumerate()
        .map(|(index, (value, environment))| {
            let model = load(&sources, value, environment, &answers)?;
            let evaluator = Evaluator::new(&model, "CONFIG_");
            if let Some(problem) = evaluator.problems().iter().find(|problem| problem.is_error) {
                bail!("refused: {}", evaluator.finding(problem).headline);
            }
            let mut pair = Pair {
                label: value.label(),
                evaluator: &evaluator,
                oracle: &oracle,
                environment,
                defconfig: oracle.serve(environment, Target::Defconfig(String::new()))?,
                olddefconfig: oracle.serve(environment, Target::Olddefconfig)?,
                savedefconfig: oracle.serve(environment, Target::Savedefconfig)?,
                compared: 0,
                different: Vec::new(),
            };
            pair.compare_all(value, index, all, fuzz)
                .with_context(|| value.label())?;
            compared.fetch_add(pair.compared, Ordering::Relaxed);
            println!("{}: {} configurations", pair.label, pair.compared);
            for line in &pair.different {
                println!("  differs: {line}");
            }
            Ok(pair.different)
        })
        .collect::<Result<_>>()?;
    let different = differing.concat();
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

/// The model of one architecture.
fn load(
    sources: &Sources<'_>,
    value: &ArchValue,
    environment: &Environment,
    answers: &Answers,
) -> Result<Model> {
    let version = Version::of(sources.tree())?;
    let mut shell = Shell {
        variables: environment.iter().cloned().collect(),
        answers: answers.answers.clone(),
        ..Shell::default()
    };
    let model = model::build(sources, "Kconfig", &value.srcarch, &version, &mut shell);
    let mut findings = model.diagnostics.iter();
    if let Some(finding) = findings.find(|finding| finding.level == Level::Deny) {
        bail!("{}: {}", finding.primary.location, finding.headline);
    }
    Ok(model)
}

/// Both programs with the Kconfig files of one architecture read.
struct Pair<'a, 'm> {
    label: String,
    evaluator: &'a Evaluator<'m>,
    oracle: &'a Oracle,
    environment: &'a Environment,
    defconfig: Server,
    olddefconfig: Server,
    savedefconfig: Server,
    compared: usize,
    different: Vec<String>,
}

impl Pair<'_, '_> {
    /// Compares everything there is for one architecture, or a sample of it.
    fn compare_all(
        &mut self,
        value: &ArchValue,
        index: usize,
        all: bool,
        fuzz: usize,
    ) -> Result<()> {
        for target in Target::ALL {
            let theirs = self
                .oracle
                .run(&Run::new(self.environment, target.clone()))?;
            let mut configuration = self.evaluator.configuration();
            configuration.set_new(match target {
                Target::Allnoconfig => NewValues::No,
                Target::Allyesconfig => NewValues::Yes,
                Target::Allmodconfig => NewValues::Mod,
                _ => NewValues::Default,
            });
            let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
            self.compare(target.name(), b"", &theirs, configuration, Vec::new())?;
            let (ours, theirs) = (
                random_files::definitions_we_warn_of(self.evaluator),
                random_files::definitions_they_warn_of(&said),
            );
            if ours != theirs {
                let name = format!("{} {}", self.label, target.name());
                self.different
                    .push(format!("{name}: definitions {ours:?}, of conf {theirs:?}"));
            }
        }
        // Anything that starts from nothing.
        for target in [Target::Olddefconfig, Target::Listnewconfig] {
            let theirs = self
                .oracle
                .run(&Run::new(self.environment, target.clone()).with_config(b""))?;
            let mut configuration = self.evaluator.configuration();
            let warnings = configuration.load(b"", false);
            if target == Target::Listnewconfig {
                self.compared += 1;
                let listed = String::from_utf8_lossy(&theirs.stdout)
                    .lines()
                    .filter(|line| line.starts_with("CONFIG_"))
                    .flat_map(|line| [line, "\n"])
                    .collect::<String>();
                if theirs.ended != Ended::Exit(0) || listed.as_bytes() != configuration.list_new() {
                    self.different.push(format!("{} listnewconfig", self.label));
                }
            } else {
                self.compare(target.name(), b"", &theirs, configuration, warnings)?;
            }
        }
        self.compare_random(index, all)?;
        let tree = self.oracle.tree();
        let mut own = defconfigs_with_variants(tree)?;
        own.retain(|defconfig| defconfig.value == *value);
        let mut foreign = foreign_defconfigs(tree, value)?;
        if !all {
            own.retain(|defconfig| defconfigs(tree).is_ok_and(|all| all.contains(defconfig)));
            own.truncate(1);
            // Every architecture meets another foreign file.
            let one = index % foreign.len().max(1);
            foreign = foreign.drain(..).skip(one).take(1).collect();
        }
        for defconfig in own.iter().chain(&foreign) {
            let config = std::fs::read(tree.join(&defconfig.path))?;
            let theirs = self.defconfig.run(&config)?;
            let mut configuration = self.evaluator.configuration();
            let warnings = configuration.load(&config, false);
            configuration.set_new(NewValues::Default);
            self.compare(&defconfig.path, &config, &theirs, configuration, warnings)?;
        }
        let mut done = 0;
        for base in 0.. {
            let count = (fuzz - done).min(DAMAGED_PER_BASE);
            if count == 0 {
                break;
            }
            let seed = base * 1_000 + index as u64;
            for config in damaged_randconfigs(self.oracle, self.environment, seed, count)? {
                let theirs = self.olddefconfig.run(&config)?;
                let mut configuration = self.evaluator.configuration();
                let warnings = configuration.load(&config, false);
                let name = format!("fuzz {done}");
                self.compare(&name, &config, &theirs, configuration, warnings)?;
                done += 1;
            }
        }
        Ok(())
    }

    /// Compares random configurations: with the usual probabilities and others, and with values that a file gives.
    fn compare_random(&mut self, index: usize, all: bool) -> Result<()> {
        let seeds = if all { 8 } else { 1 };
        let seed_file = b"# CONFIG_MODULES is not set\nCONFIG_EXPERT=y\nCONFIG_PREEMPT=y\n";
        let files = [("allrandom.config".to_owned(), seed_file.to_vec())];
        for number in 0..seeds {
            let seed = (index * 1_000 + number * 37) as u32;
            let usual = Random::new(seed);
            let rare = Random {
                bool_yes: 30,
                tristate_yes: 20,
                module: 10,
                ..usual
            };
            let probability = ("KCONFIG_PROBABILITY".to_owned(), "20:10".to_owned());
            let with_file = ("KCONFIG_ALLCONFIG".to_owned(), "1".to_owned());
            for (random, extra) in [
                (usual, None),
                (rare, Some(probability)),
                (usual, Some(with_file)),
            ] {
                let has_file = extra
                    .as_ref()
                    .is_some_and(|(name, _)| name == "KCONFIG_ALLCONFIG");
                let extra: Vec<(String, String)> = extra.into_iter().collect();
                let mut run = Run::new(self.environment, Target::Randconfig(seed));
                run.extra = &extra;
                run.files = if has_file { &files } else { &[] };
                let theirs = self.oracle.run(&run)?;
                let mut configuration = self.evaluator.configuration();
                let mut warnings = Vec::new();
                if has_file {
                    warnings = configuration.read(seed_file, false);
                }
                configuration.set_new(NewValues::Random(random));
                let name = format!("randconfig {seed} {extra:?}");
                self.compare(&name, b"", &theirs, configuration, warnings)?;
            }
        }
        Ok(())
    }

    /// Compares one configuration made both ways, with the warnings, and the minimal file for it.
    fn compare(
        &mut self,
        name: &str,
        input: &[u8],
        theirs: &Outcome,
        mut configuration: Configuration<'_, '_>,
        warnings: Vec<Warning>,
    ) -> Result<()> {
        self.compared += 1;
        let name = format!("{} {name}", self.label);
        let ours = configuration.write();
        if theirs.ended != Ended::Exit(0) || theirs.config.as_deref() != Some(&ours[..]) {
            keep(&name, input, &ours, theirs)?;
            self.different.push(name);
            return Ok(());
        }
        let mut said: Vec<Said> = warnings.iter().map(ours_said).collect();
        for unmet in configuration.unmet() {
            let symbol = self.evaluator.model().name(unmet.symbol);
            said.push((0, "unmet", symbol));
        }
        said.sort();
        let they_said = they_said(&theirs.stderr);
        if said != they_said {
            keep(&name, input, &ours, theirs)?;
            self.different
                .push(format!("{name}: warnings {said:?}, of conf {they_said:?}"));
        }
        let saved = self.savedefconfig.run(&ours)?;
        let mut configuration = self.evaluator.configuration();
        configuration.load(&ours, false);
        if saved.defconfig.as_deref() != Some(&configuration.write_minimal()[..]) {
            keep(&name, &ours, &configuration.write_minimal(), &saved)?;
            self.different.push(format!("{name}: savedefconfig"));
        }
        Ok(())
    }
}

/// A warning: line of the `.config`, or 0; what is wrong; the symbol or text.
type Said = (u32, &'static str, String);

fn ours_said(warning: &Warning) -> Said {
    let (kind, subject) = match &warning.kind {
        WarningKind::UnexpectedData(line) => ("unexpected", line.clone()),
        WarningKind::UnknownSymbol(name) => ("unknown", name.clone()),
        WarningKind::Reassigned(name) => ("reassigned", name.clone()),
        WarningKind::InvalidValue(name, value) => ("invalid", format!("{value} {name}")),
        WarningKind::InvalidString => ("open string", String::new()),
        WarningKind::Inconsistent(name) => ("inconsistent", name.clone()),
        WarningKind::ChangesChoice(name) => ("changes choice", name.clone()),
    };
    (warning.line, kind, subject)
}

/// The warnings in what `conf` wrote to standard error, sorted.
fn they_said(stderr: &[u8]) -> Vec<Said> {
    let mut said = Vec::new();
    for line in String::from_utf8_lossy(stderr).lines() {
        if let Some((_, symbol)) = line.split_once("unmet direct dependencies detected for ") {
            said.push((0, "unmet", symbol.to_owned()));
            continue;
        }
        // Anything that is said of the Kconfig files is compared once for each target.
        if line
            .split_once(":warning: ")
            .is_some_and(|(place, _)| place.contains("Kconfig"))
        {
            continue;
        }
        let Some((place, text)) = line.split_once(":warning: ") else {
            // The list of dependencies of an unmet symbol.
            if !line.is_empty() && !line.starts_with("  ") {
                said.push((0, "something else", line.to_owned()));
            }
            continue;
        };
        let number = place.rsplit(':').next().and_then(|text| text.parse().ok());
        let (kind, subject) = if let Some(data) = text.strip_prefix("unexpected data: ") {
            ("unexpected", data.to_owned())
        } else if let Some(name) = text.strip_prefix("unknown symbol: ") {
            ("unknown", name.to_owned())
        } else if let Some(name) = text.strip_prefix("override: reassigning to symbol ") {
            ("reassigned", name.to_owned())
        } else if let Some((value, name)) = text
            .strip_prefix("symbol value '")
            .and_then(|rest| rest.split_once("' invalid for "))
        {
            ("invalid", format!("{value} {name}"))
        } else if let Some(name) = text.strip_suffix(" creates inconsistent choice state") {
            ("inconsistent", name.to_owned())
        } else if let Some(name) = text
            .strip_prefix("override: ")
            .and_then(|rest| rest.strip_suffix(" changes choice state"))
        {
            ("changes choice", name.to_owned())
        } else if text == "invalid string found" {
            ("open string", String::new())
        } else {
            ("something else", text.to_owned())
        };
        said.push((number.unwrap_or(0), kind, subject));
    }
    said.sort();
    // conf repeats it when it computes a value again.
    said.dedup_by(|again, first| first.1 == "unmet" && again == first);
    said
}

/// Leaves the files of a difference where `$KFEAT_DIFFERENTIAL_KEEP` says.
fn keep(name: &str, input: &[u8], ours: &[u8], theirs: &Outcome) -> Result<()> {
    let Some(directory) = std::env::var_os("KFEAT_DIFFERENTIAL_KEEP") else {
        return Ok(());
    };
    let name = name.replace(['/', ' '], "_");
    let file = |kind: &str| Path::new(&directory).join(format!("{name}.{kind}"));
    let made = theirs.defconfig.as_ref().or(theirs.config.as_ref());
    std::fs::write(file("input"), input)?;
    std::fs::write(file("ours"), ours)?;
    std::fs::write(file("theirs"), made.map_or(&b""[..], Vec::as_slice))?;
    std::fs::write(file("stderr"), &theirs.stderr)?;
    Ok(())
}
