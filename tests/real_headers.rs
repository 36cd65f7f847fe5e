//! Holds what the module `cpp` has to get right on real kernel trees: the lazy MMU hooks of 7.2 and later, and, wherever a cross
//! compiler is installed, what the compiler's own preprocessor leaves of `<linux/pgtable.h>`.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without it these tests are ignored, and say so;
//! so is a comparison whose compiler is missing. Build trees are made below `target/tmp` and used again.

#[path = "headers/claim.rs"]
mod claim;
#[path = "headers/objtree.rs"]
mod objtree;
#[path = "headers/truth.rs"]
mod truth;

use std::path::Path;

use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Trial};

mod trees;

fn main() {
    let arguments = Arguments::from_args();
    let trees = trees::real();
    let mut trials = Vec::new();
    if trees.is_empty() {
        for name in truth::NAMES.iter().copied().chain(
            objtree::CONFIGURATIONS
                .iter()
                .map(|configuration| configuration.name),
        ) {
            trials.push(trees::missing(name));
        }
    }
    for path in trees {
        trials.extend(trials_of(&path));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The tests of one tree.
fn trials_of(path: &Path) -> Vec<Trial> {
    let label = path
        .file_name()
        .unwrap_or(path.as_os_str())
        .to_string_lossy()
        .into_owned();
    let mut trials = truth::trials(path, &label);
    for configuration in objtree::CONFIGURATIONS {
        let name = format!("{}::{label}", configuration.name);
        if !configuration.has_compiler() {
            trials.push(
                Trial::test(name, || Ok(()))
                    .with_kind(format!("{} is not installed", configuration.compiler()))
                    .with_ignored_flag(true),
            );
            continue;
        }
        let path = path.to_owned();
        trials.push(Trial::test(name, move || {
            let tree = Tree::open(&path)?;
            claim::compare(&tree, configuration)
        }));
    }
    trials
}
