//! Writes what the kernel's own `conf` makes of every defconfig file and every `all*config`.
//!
//! ```text
//! cargo run --example conf_reference -- TREE CACHE OUT
//! ```
//!
//! `TREE` is a kernel tree (read only), `CACHE` a directory for the built `conf`, `OUT` the
//! directory to fill:
//!
//! ```text
//! answers.json                        the output of every $(shell,...) of all architectures
//! env/LABEL.txt                       NAME=VALUE lines, the environment of conf
//! defconfig-names.txt                 LABEL and the file that `make defconfig` takes
//! index.tsv                           one run a line: LABEL, target, input path or -, directory
//! runs/LABEL/NAME/status              exit status, or `signal` or `timeout`
//! runs/LABEL/NAME/config              .config after the run
//! runs/LABEL/NAME/stdout, stderr      what conf printed
//! runs/LABEL/NAME/savedefconfig       what savedefconfig makes of that .config
//! runs/LABEL/NAME/savedefconfig.log   what that run printed (stdout, then stderr), if anything
//! runs/LABEL/alldefconfig/auto.conf, autoconf.h, rustc_cfg
//! ```
//!
//! `LABEL` is the value of `ARCH`, for um with `SUBARCH` added. `NAME` is the target or the name of
//! the defconfig file. Every file is run under every `ARCH` of its directory.
//! `olddefconfig` and `listnewconfig` start from an empty `.config`.

#[path = "../tests/conf/mod.rs"]
mod conf;

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use conf::environment::{Toolchain, arch_values, capture, default_defconfig, derive};
use conf::inputs::defconfigs_with_variants;
use conf::{Answers, ArchValue, Ended, Environment, Oracle, Run, Target};
use rayon::prelude::*;

/// One run to make.
struct Job {
    label: String,
    name: String,
    target: Target,
    config: Option<&'static [u8]>,
}

fn main() -> Result<()> {
    let arguments: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let [tree, cache, out] = arguments.as_slice() else {
        bail!("usage: TREE CACHE OUT")
    };
    let oracle = Oracle::build(tree, cache)?;
    let values = arch_values(oracle.tree())?;
    fs::create_dir_all(out.join("env"))?;
    let environments = environments(&oracle, &values, out)?;
    let answers = answers(&oracle, &environments, out)?;
    // The larger hash table makes no difference but in time.
    let oracle = oracle.with_answers(&answers)?.large_hash();

    let jobs = jobs(oracle.tree(), &values)?;
    let lines: Vec<String> = jobs
        .par_iter()
        .map(|job| {
            let environment = environments
                .iter()
                .find_map(|(label, environment)| (*label == job.label).then_some(environment))
                .context("invariant: a job has an architecture of the tree")?;
            perform(&oracle, environment, job, out)
        })
        .collect::<Result<_>>()?;
    fs::write(out.join("index.tsv"), lines.concat())?;
    println!("{} runs", jobs.len());
    Ok(())
}

/// The environments, written to `env/`; tells where derived and captured ones differ.
fn environments(
    oracle: &Oracle,
    values: &[ArchValue],
    out: &Path,
) -> Result<Vec<(String, Environment)>> {
    let mut all = Vec::new();
    let mut names = String::new();
    for value in values {
        let environment = capture(oracle.tree(), value)?;
        let derived = derive(oracle.tree(), value, &Toolchain::native())?;
        if environment != derived {
            println!(
                "{}: kbuild gives another environment than derived",
                value.label()
            );
            println!("  kbuild  {environment:?}\n  derived {derived:?}");
        }
        let text: String = environment
            .iter()
            .map(|(name, value)| format!("{name}={value}\n"))
            .collect();
        fs::write(out.join("env").join(format!("{}.txt", value.label())), text)?;
        names += &format!(
            "{} {}\n",
            value.label(),
            default_defconfig(oracle.tree(), value)?
        );
        all.push((value.label(), environment));
    }
    fs::write(out.join("defconfig-names.txt"), names)?;
    Ok(all)
}

/// The answers of all architectures, each recorded alone, so that a command that answers
/// differently is noticed.
fn answers(oracle: &Oracle, environments: &[(String, Environment)], out: &Path) -> Result<Answers> {
    let recorded: Vec<Answers> = environments
        .par_iter()
        .map(|(label, environment)| oracle.record(environment).with_context(|| label.clone()))
        .collect::<Result<_>>()?;
    let mut all = Answers::default();
    for ((label, _), answers) in environments.iter().zip(&recorded) {
        println!("{label}: {} distinct commands", answers.answers.len());
        for command in all.merge(answers) {
            println!("{label}: another answer than before: {command}");
        }
    }
    println!("{} distinct commands in all", all.answers.len());
    all.write(&out.join("answers.json"))?;
    Ok(all)
}

/// All runs, sorted by label and name.
fn jobs(tree: &Path, values: &[ArchValue]) -> Result<Vec<Job>> {
    let mut jobs = Vec::new();
    for value in values {
        let mut add = |target: Target, config| {
            let name = target.name().to_owned();
            jobs.push(Job {
                label: value.label(),
                name,
                target,
                config,
            });
        };
        Target::ALL.into_iter().for_each(|target| add(target, None));
        add(Target::Olddefconfig, Some(&b""[..]));
        add(Target::Listnewconfig, Some(&b""[..]));
    }
    for defconfig in defconfigs_with_variants(tree)? {
        let name = defconfig
            .path
            .rsplit('/')
            .next()
            .unwrap_or_default()
            .to_owned();
        let target = Target::Defconfig(defconfig.path);
        jobs.push(Job {
            label: defconfig.value.label(),
            name,
            target,
            config: None,
        });
    }
    jobs.sort_by(|a, b| (&a.label, &a.name).cmp(&(&b.label, &b.name)));
    Ok(jobs)
}

/// Makes one run and stores what came of it. Returns its line of the index.
fn perform(oracle: &Oracle, environment: &Environment, job: &Job, out: &Path) -> Result<String> {
    let relative = format!("runs/{}/{}", job.label, job.name);
    let directory = out.join(&relative);
    fs::create_dir_all(&directory)?;
    let mut run = Run::new(environment, job.target.clone());
    run.config_in = job.config;
    run.auto_files = job.target == Target::Alldefconfig;
    let outcome = oracle.run(&run)?;
    let write = |name: &str, bytes: &Option<Vec<u8>>| -> Result<()> {
        match bytes {
            Some(bytes) => Ok(fs::write(directory.join(name), bytes)?),
            None => Ok(()),
        }
    };
    fs::write(directory.join("status"), status(outcome.ended))?;
    write("config", &outcome.config)?;
    write("auto.conf", &outcome.auto_conf)?;
    write("autoconf.h", &outcome.autoconf_h)?;
    write("rustc_cfg", &outcome.rustc_cfg)?;
    fs::write(directory.join("stdout"), &outcome.stdout)?;
    fs::write(directory.join("stderr"), &outcome.stderr)?;
    if let Some(config) = outcome
        .config
        .as_ref()
        .filter(|_| job.target != Target::Listnewconfig)
    {
        let saved =
            oracle.run(&Run::new(environment, Target::Savedefconfig).with_config(config))?;
        write("savedefconfig", &saved.defconfig)?;
        let log = [saved.stdout, saved.stderr].concat();
        if !log.is_empty() || saved.ended != Ended::Exit(0) {
            let log = [status(saved.ended).into_bytes(), log].concat();
            fs::write(directory.join("savedefconfig.log"), log)?;
        }
    }
    let input = match &job.target {
        Target::Defconfig(path) => path.as_str(),
        _ => "-",
    };
    Ok(format!(
        "{}\t{}\t{input}\t{relative}\n",
        job.label,
        job.target.name()
    ))
}

/// The exit status as text with a newline.
fn status(ended: Ended) -> String {
    match ended {
        Ended::Exit(status) => format!("{status}\n"),
        Ended::Signal => "signal\n".to_owned(),
        Ended::TimedOut => "timeout\n".to_owned(),
    }
}
