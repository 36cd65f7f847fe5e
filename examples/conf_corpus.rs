//! Writes random inputs and what the kernel's own `conf` makes of them.
//!
//! ```text
//! cargo run --example conf_corpus -- TREE CACHE OUT CASES CONFIGS
//! ```
//!
//! `CASES` random Kconfig files of each flavour, seeds 0 to `CASES` - 1:
//!
//! ```text
//! grammar/valid/SEED/Kconfig, Kconfig.1 ...     the case; sourced files beside it
//! grammar/valid/SEED/input.config               the .config before each run
//! grammar/valid/SEED/TARGET.status              exit status, or `signal` or `timeout`
//! grammar/valid/SEED/TARGET.config              .config after the run, if it succeeded
//! grammar/valid/SEED/TARGET.stdout, .stderr     what conf printed, if anything
//! grammar/valid/SEED/savedefconfig.defconfig    what savedefconfig makes of input.config
//! grammar/faulty/...                            likewise
//! grammar/environment.txt                       the environment, NAME=VALUE lines
//! ```
//!
//! `CONFIGS` damaged random configurations for each value of `ARCH`, read by `olddefconfig`; those
//! with an odd seed with `KCONFIG_WARN_UNKNOWN_SYMBOLS=1`. The environment and the shell
//! answers are those that the example `conf_reference` writes:
//!
//! ```text
//! fuzz/LABEL/SEED/input.config, olddefconfig.*  as above
//! ```

#[path = "../tests/conf/mod.rs"]
mod conf;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use conf::environment::{Toolchain, arch_values, derive};
use conf::grammar::{self, Dialect, Flavour};
use conf::inputs::damaged_randconfig;
use conf::{Ended, Environment, Oracle, Run, Target};
use rayon::prelude::*;

/// Holds what is run on each random Kconfig file.
const TARGETS: [Target; 7] = [
    Target::Olddefconfig,
    Target::Allnoconfig,
    Target::Allyesconfig,
    Target::Allmodconfig,
    Target::Alldefconfig,
    Target::Savedefconfig,
    Target::Listnewconfig,
];

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tree, cache, out, cases, configs] = arguments.as_slice() else {
        bail!("usage: TREE CACHE OUT CASES CONFIGS")
    };
    let oracle = Oracle::build(Path::new(tree), Path::new(cache))?.large_hash();
    let out = PathBuf::from(out);
    grammar_cases(&oracle, &out.join("grammar"), cases.parse()?)?;
    fuzz(&oracle, &out.join("fuzz"), configs.parse()?)
}

/// Writes the random Kconfig files.
fn grammar_cases(oracle: &Oracle, out: &Path, count: u64) -> Result<()> {
    let dialect = Dialect::of(oracle.tree())?;
    let environment = grammar::environment();
    fs::create_dir_all(out)?;
    let text: String = environment
        .iter()
        .map(|(name, value)| format!("{name}={value}\n"))
        .collect();
    fs::write(out.join("environment.txt"), text)?;
    for (flavour, name) in [(Flavour::Valid, "valid"), (Flavour::Faulty, "faulty")] {
        (0..count)
            .into_par_iter()
            .try_for_each(|seed| -> Result<()> {
                let directory = out.join(name).join(format!("{seed:05}"));
                fs::create_dir_all(&directory)?;
                let case = grammar::case(seed, flavour, dialect);
                for (file, bytes) in &case.files {
                    fs::write(directory.join(file), bytes)?;
                }
                fs::write(directory.join("input.config"), &case.config)?;
                for target in TARGETS {
                    let mut run = Run::new(&environment, target);
                    run.files = &case.files;
                    run.config_in = Some(&case.config);
                    perform(oracle, &run, &directory)?;
                }
                Ok(())
            })?;
    }
    Ok(())
}

/// Writes the damaged configurations.
fn fuzz(oracle: &Oracle, out: &Path, count: u64) -> Result<()> {
    if count == 0 {
        return Ok(());
    }
    let mut environments = Vec::new();
    for value in arch_values(oracle.tree())? {
        let environment = derive(oracle.tree(), &value, &Toolchain::native())?;
        environments.push((value.label(), environment));
    }
    let answers = oracle.record_all(environments.iter().map(|(_, environment)| environment))?;
    let oracle = oracle.clone().with_answers(&answers)?;
    let jobs: Vec<(&str, &Environment, u64)> = environments
        .iter()
        .flat_map(|(label, environment)| {
            (0..count).map(move |seed| (label.as_str(), environment, seed))
        })
        .collect();
    jobs.par_iter().try_for_each(|&(label, environment, seed)| {
        let directory = out.join(label).join(format!("{seed:05}"));
        fs::create_dir_all(&directory)?;
        let config = damaged_randconfig(&oracle, environment, seed)?;
        fs::write(directory.join("input.config"), &config)?;
        let warn = [("KCONFIG_WARN_UNKNOWN_SYMBOLS".to_owned(), "1".to_owned())];
        let mut run = Run::new(environment, Target::Olddefconfig).with_config(&config);
        if seed % 2 == 1 {
            run.extra = &warn;
        }
        perform(&oracle, &run, &directory)
    })
}

/// Makes one run and stores what came of it.
fn perform(oracle: &Oracle, run: &Run<'_>, directory: &Path) -> Result<()> {
    let outcome = oracle.run(run)?;
    let name = run.target.name();
    let write =
        |suffix: &str, bytes: &[u8]| fs::write(directory.join(format!("{name}.{suffix}")), bytes);
    let status = match outcome.ended {
        Ended::Exit(status) => format!("{status}\n"),
        Ended::Signal => "signal\n".to_owned(),
        Ended::TimedOut => "timeout\n".to_owned(),
    };
    write("status", status.as_bytes())?;
    if outcome.ended == Ended::Exit(0) {
        if let Some(defconfig) = &outcome.defconfig {
            write("defconfig", defconfig)?;
        } else if let Some(config) = &outcome.config
            && run.target != Target::Listnewconfig
        {
            write("config", config)?;
        }
    }
    for (suffix, bytes) in [("stdout", &outcome.stdout), ("stderr", &outcome.stderr)] {
        if !bytes.is_empty() {
            write(suffix, bytes)?;
        }
    }
    Ok(())
}
