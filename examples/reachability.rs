//! Asks on every architecture of a tree whether each symbol that an `arch-support.txt` names can be on, and can be off, for
//! `benches/compare.py`.
//!
//! usage: reachability TREE

use std::path::Path;

use anyhow::{Context, Result};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::solve::{Question, Solver, Value};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use rayon::prelude::*;

#[path = "../tests/trees/features.rs"]
mod tables;

fn main() -> Result<()> {
    let path = std::env::args()
        .nth(1)
        .context("usage: reachability TREE")?;
    let tree = Tree::open(Path::new(&path))?;
    let names = tables::feature_symbols(&tree)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let architectures = tree.architectures()?;
    sources.preload(&architectures);
    let tallies: Vec<[usize; 4]> = architectures
        .par_iter()
        .map(|arch| {
            let model = model::of_all_configurations(&sources, arch, &version);
            let mut solver = Solver::new(&model);
            let mut tally = [0; 4];
            for symbol in names.iter().filter_map(|name| model.find(name)) {
                let mut can = |value| solver.is_possible(&Question::is(symbol, value));
                tally[match (can(Value::On), can(Value::No)) {
                    (Ok(true), Ok(true)) => 0,
                    (Ok(true), Ok(false)) => 1,
                    (Ok(false), _) => 2,
                    _ => 3,
                }] += 1;
            }
            tally
        })
        .collect();
    let sum = |index: usize| tallies.iter().map(|tally| tally[index]).sum::<usize>();
    println!(
        "{} symbols on {} architectures: {} vary, {} always on, {} never on, {} undecided",
        names.len(),
        architectures.len(),
        sum(0),
        sum(1),
        sum(2),
        sum(3)
    );
    Ok(())
}
