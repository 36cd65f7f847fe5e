//! Describes what has to hold on real kernel trees.
//!
//! `$KFEAT_TEST_TREES` names them: directories, separated by colons. Without it these tests are ignored, and say so.

use std::sync::Arc;

use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::Sources;
use kfeat::kconfig::syntax::File;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

mod trees;

/// A test of one tree.
type Test = fn(&Tree) -> Result<(), Failed>;

/// Every test with its name.
const TESTS: &[(&str, Test)] = &[
    ("kconfig_parses_without_a_diagnostic", parses),
    ("model_of_every_architecture_is_clean", models),
    ("kconfig_printed_and_read_again_is_the_same", prints),
];

fn main() {
    let arguments = Arguments::from_args();
    let trees = trees::real();
    let mut trials = Vec::new();
    for &(name, test) in TESTS {
        if trees.is_empty() {
            trials.push(trees::missing(name));
        }
        for path in &trees {
            let path = path.clone();
            let label = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned();
            trials.push(Trial::test(format!("{name}::{label}"), move || {
                test(&Tree::open(&path)?)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Every Kconfig file of the tree, but for those of the kernel's own tests, some of which are broken on purpose, and for the
/// templates of a generator below `tools/`, which are no Kconfig yet.
fn kconfig_files(tree: &Tree) -> Result<Vec<File>, Failed> {
    let paths = tree.walk("", &|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        name.starts_with("Kconfig")
            && !path.starts_with("scripts/kconfig/tests/")
            && !path.starts_with("tools/verification/rvgen/rvgen/templates/")
    })?;
    if paths.len() < 1_500 {
        return Err(format!("only {} Kconfig files: is this a whole tree?", paths.len()).into());
    }
    paths
        .into_iter()
        .map(|path| {
            let text = tree.read_text(&path)?;
            Ok(File::parse(Arc::from(path), text))
        })
        .collect()
}

fn parses(tree: &Tree) -> Result<(), Failed> {
    let mut wrong = Vec::new();
    for file in kconfig_files(tree)? {
        for diagnostic in file.diagnostics() {
            wrong.push(format!(
                "{}: {}",
                diagnostic.primary.location, diagnostic.headline
            ));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}

fn prints(tree: &Tree) -> Result<(), Failed> {
    for file in kconfig_files(tree)? {
        let printed = file.print();
        let again = File::parse(file.path().clone(), printed.clone());
        if let Some(diagnostic) = again.diagnostics().first() {
            return Err(format!(
                "{}: {}\n{printed}",
                diagnostic.primary.location, diagnostic.headline
            )
            .into());
        }
        if !file.same_tree(&again) {
            return Err(
                format!("{}: another tree when printed and read again", file.path()).into(),
            );
        }
    }
    Ok(())
}

fn models(tree: &Tree) -> Result<(), Failed> {
    let sources = Sources::new(tree);
    let version = Version::of(tree)?;
    let mut wrong = Vec::new();
    let architectures = tree.architectures()?;
    for arch in &architectures {
        let model = model::of_all_configurations(&sources, arch, &version);
        for diagnostic in &model.diagnostics {
            wrong.push(format!(
                "{arch}: {}: {}",
                diagnostic.primary.location, diagnostic.headline
            ));
        }
        for conflict in &model.type_conflicts {
            let name = model.name(conflict.symbol);
            wrong.push(format!(
                "{arch}: {}: {name} has two types",
                model.location(conflict.place)
            ));
        }
        let defined = (0..model.symbols.len())
            .filter(|&id| model.is_defined(model::SymbolId::new(id)))
            .count();
        if defined < 15_000 {
            wrong.push(format!("{arch}: only {defined} symbols are defined"));
        }
    }
    if architectures.len() < 20 {
        wrong.push(format!("only {} architectures", architectures.len()));
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
