//! Does one job on a tree, for `benches/instructions.py`, which counts the instructions.
//!
//! ```text
//! cargo run --release --example jobs -- parse|model|config TREE
//! ```
//!
//! `parse` reads and parses the Kconfig files of all architectures, `model` builds their models besides, and `config` computes one
//! `alldefconfig` of each. Standard output is how much there was, so that no job can do nothing without anybody seeing it.

use std::path::Path;

use anyhow::{Result, bail};
use kfeat::kconfig::eval::{Evaluator, NewValues};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [job, tree] = arguments.as_slice() else {
        bail!("usage: parse|model|config TREE")
    };
    if !["parse", "model", "config"].contains(&job.as_str()) {
        bail!("there is no job `{job}`");
    }
    let tree = Tree::open(Path::new(tree))?;
    let version = Version::of(&tree)?;
    let architectures = tree.architectures()?;
    let sources = Sources::new(&tree);
    sources.preload(&architectures);
    println!("{} files", sources.loaded().len());
    if job == "parse" {
        return Ok(());
    }
    for arch in &architectures {
        let model = model::of_all_configurations(&sources, arch, &version);
        println!("{arch}: {} symbols", model.symbols.len());
        if job == "config" {
            let evaluator = Evaluator::new(&model, "CONFIG_");
            let mut configuration = evaluator.configuration();
            configuration.set_new(NewValues::Default);
            println!("{arch}: {} bytes", configuration.write().len());
        }
    }
    Ok(())
}
