//! Compares what kfeat and `conf` make of random Kconfig files: both refuse a file, or both get the same out of it.

use std::collections::BTreeSet;
use std::path::Path;

use anyhow::{Context, Result, bail};
use kfeat::diag::Level;
use kfeat::kconfig::eval::{Evaluator, NewValues, ProblemKind};
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::{self, Model};
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use rayon::prelude::*;

use crate::conf::grammar::{self, Case, Dialect, Flavour};
use crate::conf::{Ended, Environment, Oracle, Outcome, Run, Target};

/// Holds what is made of each file.
const TARGETS: [Target; 7] = [
    Target::Olddefconfig,
    Target::Allnoconfig,
    Target::Allyesconfig,
    Target::Allmodconfig,
    Target::Alldefconfig,
    Target::Savedefconfig,
    Target::Listnewconfig,
];

/// Compares `count` files of each flavour in the dialect of a tree.
pub fn same_as_conf(tree: &Path, count: u64) -> Result<()> {
    let cache = Path::new(env!("CARGO_TARGET_TMPDIR")).join("conf-oracle");
    let oracle = Oracle::build(tree, &cache)?;
    let dialect = Dialect::of(tree)?;
    let version = Version::of(&Tree::open(tree)?)?;
    let environment = grammar::environment();
    let mut different = Vec::new();
    let mut refused = 0;
    for flavour in [Flavour::Valid, Flavour::Faulty] {
        let results = (0..count)
            .into_par_iter()
            .map(|seed| {
                let case = grammar::case(seed, flavour, dialect);
                compare(&oracle, &environment, &version, &case)
                    .with_context(|| format!("{flavour:?} {seed}"))
                    .map(|verdict| (seed, verdict))
            })
            .collect::<Result<Vec<_>>>()?;
        for (seed, verdict) in results {
            match verdict {
                Verdict::Same => {}
                Verdict::BothRefuse => refused += 1,
                Verdict::Different(what) => {
                    different.push(format!("{flavour:?} {seed}: {what}"));
                    keep(&grammar::case(seed, flavour, dialect), flavour, seed)?;
                }
            }
        }
    }
    let compared = 2 * count;
    println!("{compared} random files compared, {refused} refused by both");
    if !different.is_empty() {
        bail!(
            "{} of {compared} random files differ:\n{}",
            different.len(),
            different.join("\n")
        );
    }
    Ok(())
}

/// Describes what came of a comparison.
enum Verdict {
    Same,
    BothRefuse,
    Different(String),
}

/// Writes a case that differs below `$KFEAT_DIFFERENTIAL_KEEP`, to look at.
fn keep(case: &Case, flavour: Flavour, seed: u64) -> Result<()> {
    if let Some(directory) = std::env::var_os("KFEAT_DIFFERENTIAL_KEEP") {
        let directory = Path::new(&directory).join(format!("{flavour:?}-{seed}"));
        write(case, &directory)?;
    }
    Ok(())
}

fn write(case: &Case, directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory)?;
    for (name, bytes) in &case.files {
        std::fs::write(directory.join(name), bytes)?;
    }
    std::fs::write(directory.join(".config"), &case.config)?;
    Ok(())
}

fn compare(
    oracle: &Oracle,
    environment: &Environment,
    version: &Version,
    case: &Case,
) -> Result<Verdict> {
    let directory = tempfile::tempdir()?;
    write(case, directory.path())?;
    let tree = Tree::open_directory(directory.path())?;
    let sources = Sources::new(&tree);
    let mut shell = Shell {
        variables: environment.iter().cloned().collect(),
        ..Shell::default()
    };
    let model = model::build(&sources, "Kconfig", "toy", version, &mut shell);
    let evaluator = Evaluator::new(&model, "CONFIG_");
    let refusal = refusal(&model, &evaluator);
    for target in TARGETS {
        let name = target.name().to_owned();
        let mut run = Run::new(environment, target);
        run.files = &case.files;
        run.config_in = Some(&case.config);
        let theirs = oracle.run(&run)?;
        let said = String::from_utf8_lossy(&theirs.stderr).into_owned();
        match (&refusal, theirs.ended) {
            (Some(_), Ended::Exit(1)) => return Ok(Verdict::BothRefuse),
            // Until 6.10 the symbols that rewriting leaves in an expression are others, and so are some loops.
            (None, Ended::Exit(1))
                if version.release < (6, 11) && said.contains("recursive dependency") =>
            {
                return Ok(Verdict::BothRefuse);
            }
            (None, Ended::Exit(0)) => {}
            (Some(refusal), _) => {
                return Ok(Verdict::Different(format!("only we refuse: {refusal}")));
            }
            (None, ended) => {
                return Ok(Verdict::Different(format!("they end as {ended:?}: {said}")));
            }
        }
        if let Some(difference) = difference(&evaluator, case, &run.target, &theirs, &said) {
            return Ok(Verdict::Different(format!("{name}: {difference}")));
        }
    }
    Ok(Verdict::Same)
}

/// Why we refuse the files, if we do.
fn refusal(model: &Model, evaluator: &Evaluator<'_>) -> Option<String> {
    let mut findings = model.diagnostics.clone();
    let problems = evaluator.problems();
    let errors = problems.iter().filter(|problem| problem.is_error);
    findings.extend(errors.map(|problem| evaluator.finding(problem)));
    let first = findings
        .iter()
        .find(|finding| finding.level == Level::Deny)?;
    Some(format!("{}: {}", first.primary.location, first.headline))
}

/// Returns what differs for one target.
fn difference(
    evaluator: &Evaluator<'_>,
    case: &Case,
    target: &Target,
    theirs: &Outcome,
    said: &str,
) -> Option<String> {
    let mut configuration = evaluator.configuration();
    let mut warnings = 0;
    let mut load = || {
        let mut configuration = evaluator.configuration();
        warnings = configuration.load(&case.config, false).len();
        configuration
    };
    let (ours, expected) = match target {
        Target::Savedefconfig => {
            configuration = load();
            (configuration.write_minimal(), theirs.defconfig.clone())
        }
        Target::Listnewconfig => {
            configuration = load();
            let lines = String::from_utf8_lossy(&theirs.stdout)
                .lines()
                .filter(|line| line.starts_with("CONFIG_"))
                .map(|line| format!("{line}\n"))
                .collect::<String>();
            (configuration.list_new(), Some(lines.into_bytes()))
        }
        Target::Olddefconfig => {
            configuration = load();
            (configuration.write(), theirs.config.clone())
        }
        target => {
            configuration.set_new(match target {
                Target::Allnoconfig => NewValues::No,
                Target::Allyesconfig => NewValues::Yes,
                Target::Allmodconfig => NewValues::Mod,
                _ => NewValues::Default,
            });
            (configuration.write(), theirs.config.clone())
        }
    };
    if expected.as_deref() != Some(&ours[..]) {
        let expected = expected.unwrap_or_default();
        let (ours, theirs) = (
            String::from_utf8_lossy(&ours),
            String::from_utf8_lossy(&expected),
        );
        let lines = |text: &str| -> BTreeSet<String> { text.lines().map(str::to_owned).collect() };
        let (ours, theirs) = (lines(&ours), lines(&theirs));
        return Some(format!(
            "ours {:?}, theirs {:?}",
            ours.difference(&theirs).collect::<Vec<_>>(),
            theirs.difference(&ours).collect::<Vec<_>>()
        ));
    }
    let unmet: BTreeSet<&str> = said
        .lines()
        .filter(|line| line.contains("unmet direct dependencies"))
        .collect();
    if unmet.len() != configuration.unmet().len() {
        return Some(format!(
            "{} unmet dependencies, theirs {unmet:?}",
            configuration.unmet().len()
        ));
    }
    let expected = said
        .lines()
        .filter(|line| line.starts_with(".config:") && line.contains(":warning: "))
        .count();
    if expected != warnings {
        return Some(format!("{warnings} warnings, theirs {expected}"));
    }
    // Anything that is odd about the members of choices until 6.10 is not warned of here.
    if evaluator.model().release < (6, 11) {
        return None;
    }
    let (ours, theirs) = (
        definitions_we_warn_of(evaluator),
        definitions_they_warn_of(said),
    );
    (ours != theirs).then(|| {
        format!(
            "only we warn of {:?}, only they of {:?}",
            ours.difference(&theirs).collect::<Vec<_>>(),
            theirs.difference(&ours).collect::<Vec<_>>()
        )
    })
}

/// The lines of Kconfig files that we warn of. A second type of a symbol counts by the symbol: `conf` gives the line of the
/// entry, and we that of the type. Empty help texts and a `menuconfig` without a prompt are left out: `conf` gave other lines
/// for them while they were only warnings, until 6.17.
pub fn definitions_we_warn_of(evaluator: &Evaluator<'_>) -> BTreeSet<String> {
    let model = evaluator.model();
    let mut warned = BTreeSet::new();
    for finding in &model.diagnostics {
        if finding.level == Level::Warn && !finding.headline.contains("help text") {
            let location = &finding.primary.location;
            warned.insert(format!("{}:{}", location.path, location.line));
        }
    }
    for problem in evaluator.problems() {
        let location = model.location(problem.place);
        if matches!(problem.kind, ProblemKind::OtherType(_)) {
            warned.insert(format!("type of {}", model.name(problem.symbol)));
        } else if !problem.is_error && problem.kind != ProblemKind::MenuconfigWithoutPrompt {
            warned.insert(format!("{}:{}", location.path, location.line));
        }
    }
    warned
}

/// The lines of Kconfig files in the warnings of `conf`.
pub fn definitions_they_warn_of(said: &str) -> BTreeSet<String> {
    let mut warned = BTreeSet::new();
    for (place, text) in said
        .lines()
        .filter_map(|line| line.split_once(":warning: "))
    {
        if let Some(rest) = text.strip_prefix("ignoring type redefinition of '") {
            let name = rest.split('\'').next().unwrap_or_default();
            warned.insert(format!("type of {name}"));
        } else if !place.starts_with(".config:") {
            warned.insert(place.to_owned());
        }
    }
    warned
}
