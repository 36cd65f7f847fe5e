//! Makes the `alldefconfig` of several architectures in one process, for `benches/config.py`.
//!
//! ```text
//! cargo run --release --example config_all -- TREE REFERENCE OUT LABEL...
//! ```
//!
//! `REFERENCE` is what the example `conf_reference` writes: the environments and the shell answers. Each configuration goes
//! to `OUT/LABEL`. The last line on standard output is how many milliseconds one more configuration of a
//! model takes that is loaded already.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

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
    let file: Answers = serde_json::from_slice(&std::fs::read(reference.join("answers.json"))?)?;
    let mut shell = Shell {
        answers: file.answers,
        ..Shell::default()
    };
    let mut one_more = Duration::MAX;
    for label in labels {
        let path = reference.join("env").join(format!("{label}.txt"));
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("cannot read {}", path.display()))?;
        shell.variables = text
            .lines()
            .filter_map(|line| line.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        let srcarch = shell.variables.get("SRCARCH").cloned().unwrap_or_default();
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
        // On a machine with other work the shortest of several times is nearest to the processor time.
        for _ in 0..if labels.len() == 1 { 20 } else { 1 } {
            let start = Instant::now();
            let mut configuration = evaluator.configuration();
            configuration.load(&config, false);
            if configuration.write() != config {
                bail!("{label}: its alldefconfig is no fixed point");
            }
            one_more = one_more.min(start.elapsed());
        }
    }
    println!("{:.1}", one_more.as_secs_f64() * 1000.0);
    Ok(())
}
