//! Owns `kfeat` without a command: an overview of the tree, or hints outside of a tree.

use super::global::{Global, Selection};
use super::kept::{CacheArgs, Lookup, Pieced};
use super::levels::LintOptions;
use super::{busy, locate, output, unread};
use crate::check::feature::declared;
use crate::check::run::request::Request;
use crate::check::table::{self, rows};
use crate::kconfig::model::environment::Version;
use crate::report::human::Options;
use crate::report::overview::{self, Features, Tables};

/// Holds what is said outside a kernel tree.
const OUTSIDE: &str = "\
kfeat checks that Kconfig, C headers and Documentation/features of a Linux
kernel tree agree about what each architecture supports.

This is not a kernel tree. Change to one, or name one:
  cd ~/src/linux && kfeat              show what is wrong in the tree
  kfeat -C ~/src/linux                 the same from anywhere
  KFEAT_TREE=~/src/linux kfeat         the same, for all commands

Then:
  kfeat check                          check all features of the tree
  kfeat check --range v7.2..HEAD       check your series, commit by commit
  kfeat audit                          compare all tables with Kconfig
  kfeat help                           list the commands
";

/// Runs `kfeat` without a command.
pub(super) fn run(global: &Global) -> anyhow::Result<output::Exit> {
    let Some(tree) = locate::find(global)? else {
        output::print(OUTSIDE)?;
        return Ok(output::Exit::Failed);
    };
    let version = Version::of(&tree)?;
    let architectures = super::global::select_architectures(&tree, &[])?;
    let settings = LintOptions::default().settings(&tree)?;
    let specs = declared::of_trees(std::iter::once(&tree), &tree)?;
    let selection = Selection::default();

    // The part that takes the shorter time comes first, so that something is there to read.
    let mut rows = rows::of_tree(&tree, &[])?;
    rows.retain(|row| row.is_in_tree());
    let matrix = table::matrix(&tree, rows, &architectures, &mut |_| {})?;
    let shown = tree.root().display().to_string();
    let tables = Tables {
        tree: &shown,
        release: &version.text,
        matrix: &matrix,
    };
    let options = Options {
        color: output::color_on_stdout(),
        width: output::width(),
        ..Options::default()
    };
    output::print(&overview::of_tables(&tables, &options))?;
    busy::start("checking features against the C headers");

    let request = Request {
        specs: &specs,
        architectures: &[],
        is_of_all_features: true,
        is_of_whole_tree: false,
        levels: &settings.levels,
        suppressions: &settings.suppressions,
    };

    // The question is that of `kfeat check`, so that each finds what the other has kept.
    let given = (&*specs, &selection, &settings);
    let mut lookup = CacheArgs::default().lookup(&tree, given)?;
    let found = lookup.as_mut().map(Lookup::find);
    let outcome = match found.unwrap_or_else(|| Err(Pieced::default())) {
        Ok(outcome) => outcome,
        Err(Pieced { kept, keep }) => {
            let watched = lookup.as_ref().map(Lookup::watched);
            let watched = watched.as_ref().unwrap_or(&tree);
            let outcome = request.check_from(watched, &architectures, kept, keep, &mut |_| {})?;
            if let Some(mut lookup) = lookup {
                lookup.answer(&outcome);
                lookup.keep();
            }
            outcome
        }
    };
    let features = Features {
        findings: &outcome.findings,
        checked: specs.len(),
        is_git: tree.root().join(".git").exists(),
    };
    output::print(&overview::of_features(&features, &tables, &options))?;
    Ok(unread::exit_of_tables(&matrix, output::Exit::Clean))
}
