//! Owns what commands and variables are where nothing is run: as recorded, or as the tree's `scripts/dummy-tools` have them.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Result;

use super::environment;
use crate::cli::output;
use crate::kconfig::answers::{Answers, Commands};
use crate::kconfig::dummy_tools::{self, DummyTools};
use crate::kconfig::model::environment::Version;
use crate::kconfig::shell::Shell;
use crate::tree::{Tree, TreeError};

/// The root of the tree, as the model of all configurations has it.
const ROOT: &str = ".";

/// For each architecture the answers in the file, or those of `scripts/dummy-tools`.
///
/// # Errors
///
/// The file or the tree cannot be read.
pub(in crate::cli) fn of_architectures(
    tree: &Tree,
    architectures: &[String],
    recorded: Option<&Path>,
) -> Result<BTreeMap<String, Answers>> {
    let version = Version::of(tree)?;
    match recorded {
        Some(path) => of_file(tree, architectures, &version, path),
        None => of_dummy_tools(tree, architectures, &version),
    }
}

fn of_file(
    tree: &Tree,
    architectures: &[String],
    version: &Version,
    path: &Path,
) -> Result<BTreeMap<String, Answers>> {
    let answers = environment::recorded(path, ROOT)?;
    let makefile = tree.read_text("Makefile")?;
    let each = architectures.iter().map(|arch| {
        let given = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let mut shell = Shell {
            variables: environment::variables(arch, version, ROOT.to_owned(), &given),
            answers: answers.clone(),
            ..Shell::default()
        };
        environment::add_versions(&mut shell, &makefile, false)?;
        let answers = Answers {
            variables: shell.variables,
            commands: Commands::Recorded(shell.answers),
        };
        Ok((arch.clone(), answers))
    });
    each.collect()
}

fn of_dummy_tools(
    tree: &Tree,
    architectures: &[String],
    version: &Version,
) -> Result<BTreeMap<String, Answers>> {
    let names = match tree.list(dummy_tools::DIRECTORY) {
        Err(TreeError::NotFound { .. }) => Vec::new(),
        entries => entries?,
    };
    let names = names.into_iter().map(|entry| entry.name).collect();
    let gcc = match tree.read_text(&format!("{}/gcc", dummy_tools::DIRECTORY)) {
        Err(TreeError::NotFound { .. }) => String::new(),
        text => text?,
    };
    let tools = DummyTools::new(names, &gcc);
    let unknown: Vec<&str> = tools.unknown_options().collect();
    if !unknown.is_empty() {
        output::say(&format!(
            "warning: {}/gcc handles options that kfeat does not know ({}); what depends on them is undecided",
            dummy_tools::DIRECTORY,
            unknown.join(", ")
        ));
    }
    let each = architectures.iter().map(|arch| {
        // The architecture whose Kconfig files um borrows.
        let given = |name: &str| (name == "SUBARCH").then(|| "x86".to_owned());
        let mut variables = environment::variables(arch, version, ROOT.to_owned(), &given);
        variables.extend(tools.variables());
        let commands = Commands::Dummy(tools.clone());
        (
            arch.clone(),
            Answers {
                variables,
                commands,
            },
        )
    });
    Ok(each.collect())
}
