//! Makes the `alldefconfig` of several architectures in one process, for `benches/config.py`.
//!
//! ```text
//! cargo run --release --example config_all -- TREE REFERENCE OUT LABEL...
//! ```
//!
//! `REFERENCE` holds the environments, `env/LABEL.txt`, and the shell answers, `answers.json`, as the example `conf_reference`
//! writes them; where there are no answers the commands run, in the working directory. Each configuration goes to
//! `OUT/LABEL`. Standard output is how many milliseconds of CPU one more configuration of a loaded model takes, if there is but one
//! architecture, else 0, and how many commands ran.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use kfeat::kconfig::eval::{Evaluator, NewValues};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::shell::Shell;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;

/// The file of recorded answers.
#[derive(serde::Deserialize)]
struct Answers {
    answers: BTreeMap<String, String>,
}

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [tree, reference, out, labels @ ..] = arguments.as_slice() else {
        bail!("usage: TREE REFERENCE OUT LABEL...")
    };
    let (reference, out) = (Path::new(reference), PathBuf::from(out));
    let tree = Tree::open(Path::new(tree))?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let mut shell = Shell::default();
    match std::fs::read(reference.join("answers.json")) {
        Ok(text) => shell.answers = serde_json::from_slice::<Answers>(&text)?.answers,
        Err(_) => shell.permitted_in = Some(std::env::current_dir()?),
    }
    let mut environments = Vec::new();
    for label in labels {
        let path = reference.join("env").join(format!("{label}.txt"));
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        let variables: BTreeMap<String, String> = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let srcarch = variables.get("SRCARCH").cloned().unwrap_or_default();
        environments.push((label, srcarch, variables));
    }
    let srcarchs: Vec<String> = environments
        .iter()
        .map(|(_, srcarch, _)| srcarch.clone())
        .collect();
    sources.preload(&srcarchs);
    let mut one_more = Duration::ZERO;
    for (label, srcarch, variables) in environments {
        shell.variables = variables;
        let model = model::build(&sources, "Kconfig", &srcarch, &version, &mut shell);
        let evaluator = Evaluator::new(&model, "CONFIG_");
        if let Some(problem) = evaluator.problems().iter().find(|problem| problem.is_error) {
            bail!("{label}: {}", evaluator.finding(problem).headline);
        }
        let mut configuration = evaluator.configuration();
        configuration.set_new(NewValues::Default);
        let config = configuration.write();
        drop(configuration);
        std::fs::write(out.join(label), &config)?;
        // A second configuration has no place in what is compared with one run of `conf` each.
        let rounds = if labels.len() == 1 { 20 } else { 0 };
        let start = cpu_time()?;
        for _ in 0..rounds {
            let mut configuration = evaluator.configuration();
            configuration.load(&config, false);
            if configuration.write() != config {
                bail!("{label}: its alldefconfig is no fixed point");
            }
        }
        one_more = (cpu_time()? - start)
            .checked_div(rounds)
            .unwrap_or_default();
    }
    println!("{:.2} {}", one_more.as_secs_f64() * 1000.0, shell.runs);
    Ok(())
}

/// How long this thread has run, whatever else the machine does. Linux counts it in steps of a few milliseconds.
fn cpu_time() -> Result<Duration> {
    let path = "/proc/thread-self/schedstat";
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {path}"))?;
    let first = text.split_whitespace().next().unwrap_or_default();
    Ok(Duration::from_nanos(first.parse()?))
}
