//! Owns the command `emit`.

use clap::{Args, ValueEnum};

use super::global::{Global, Selection};
use super::output::{self, note};
use super::write::write;
use super::{locate, refresh, unread};
use crate::check::support::verdict::Supported;
use crate::check::{self, Outcome};
use crate::emit::arch_support::{self, Arches, Cell, NewTable};
use crate::emit::diff::unified_diff_of_bytes;
use crate::feature::arch_support::Table;
use crate::feature::spec::Spec;
use crate::tree::TreeError;

/// The arguments of `emit`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat emit                       write the table to standard output\n  \
    kfeat emit --arches supported    list only architectures with support\n  \
    kfeat emit --check               show differences, and exit with 1 if there are any\n  \
    kfeat emit --write               put the table into the tree\n  \
    kfeat emit --all                 show how all tables of the tree would change\n  \
    kfeat emit --all --format-patch out\n                                   write a mail for each of them, for git am\n\n\
    Rows with `..` and `N/A`, comments and prose of an existing table are kept."
)]
pub(super) struct EmitArgs {
    /// Only these features, by name [default: lazy_mmu]; with --all, by the directories of their tables [default: all]
    #[arg(long, value_name = "NAME", value_delimiter = ',')]
    feature: Vec<String>,
    /// The spec of your own feature, a YAML file
    #[arg(long, value_name = "FILE", conflicts_with = "feature")]
    spec: Vec<std::path::PathBuf>,
    /// Update all tables of the tree, and create the table of lazy_mmu if it is missing
    #[arg(long, conflicts_with_all = ["spec", "arches"])]
    all: bool,
    /// Which architectures get a row
    #[arg(long, value_enum, default_value_t = Rows::All, value_name = "WHICH")]
    arches: Rows,
    /// Write the table to its place in the tree
    #[arg(long, conflicts_with = "check")]
    write: bool,
    /// Compare with the table in the tree, print the difference, and exit with 1 if there is one. A missing table counts only if
    /// its feature is named
    #[arg(long)]
    check: bool,
    /// Print the difference from the tables in the tree, which is the default with --all
    #[arg(long, conflicts_with_all = ["write", "check", "format_patch"])]
    diff: bool,
    /// Write a mail for each changed table, as git format-patch does, for git am: to DIR, or to standard output
    #[arg(
        long,
        requires = "all",
        conflicts_with_all = ["write", "check"],
        value_name = "DIR",
        num_args = 0..=1,
        default_missing_value = super::refresh::STDOUT,
    )]
    format_patch: Option<std::path::PathBuf>,
    /// Name in each mail the commits that caused the changes; the tree has to be a git checkout
    #[arg(long, requires = "format_patch")]
    git: bool,
    /// From: address of the mails [default: git's user.name and user.email]
    #[arg(long, requires = "format_patch", value_name = "NAME <ADDRESS>")]
    from: Option<String>,
}

/// Which architectures get a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Rows {
    /// All of the tree
    All,
    /// Those that support the feature
    Supported,
}

/// Runs `emit`.
pub(super) fn run(global: &Global, args: &EmitArgs) -> anyhow::Result<output::Exit> {
    let tree = locate::open(global)?;
    if args.all {
        let options = refresh::Options {
            features: &args.feature,
            write: args.write,
            check: args.check,
            patch: args.format_patch.as_deref(),
            git: args.git,
            from: args.from.as_deref(),
        };
        return refresh::run(&tree, &options);
    }
    let selection = Selection {
        feature: args.feature.clone(),
        spec: args.spec.clone(),
        arch: Vec::new(),
    };
    let mut chosen = selection.specs_to_write()?;
    for text in chosen.fit(&[&tree])? {
        note(&text);
    }
    let specs = &chosen.specs;
    let architectures = selection.architectures(&tree)?;
    let outcome = check::check(&tree, specs, &architectures, &mut |_| {})?;
    if args.write {
        unread::refuse_to_write(&outcome.unread)?;
    }
    let (mut exit, mut is_all) = (output::Exit::Clean, true);
    for spec in specs {
        let path = spec.table_path();
        let existing = match tree.read(&path) {
            Ok(bytes) => Some(bytes),
            Err(TreeError::NotFound { .. }) => None,
            Err(error) => return Err(error.into()),
        };
        let existing = existing.as_deref();
        let NewTable { bytes: table, loss } =
            table(spec, &architectures, &outcome, existing, args.arches);
        if let Some(reason) = loss {
            unread::leave_alone(&path, &reason);
            is_all = false;
        } else if args.check && existing.is_none() && !args.is_of_named_features() {
            note(&format!("{path} does not exist: `--write` creates it"));
        } else if args.check || args.diff {
            let difference = unified_diff_of_bytes(existing, &table, &path);
            if !difference.is_empty() {
                output::print_bytes(&difference)?;
                if args.check {
                    exit = output::Exit::Findings;
                }
            }
        } else if !args.write {
            output::print_bytes(&table)?;
        } else if existing == Some(&*table) {
            note(&format!("{path} is up to date"));
        } else {
            write(&tree, &path, &table)?;
            note(&format!("wrote {path}"));
        }
    }
    let exit = unread::exit_of_specs(&chosen, unread::exit(&outcome.unread, exit));
    Ok(match is_all {
        true => exit,
        false => output::Exit::Failed,
    })
}

impl EmitArgs {
    /// Whether the user chose the features. A table that is missing is no difference otherwise: a tree need not have it.
    pub fn is_of_named_features(&self) -> bool {
        !self.feature.is_empty() || !self.spec.is_empty()
    }
}

/// The table of one feature.
fn table(
    spec: &Spec,
    architectures: &[String],
    outcome: &Outcome,
    existing: Option<&[u8]>,
    rows: Rows,
) -> NewTable {
    let existing = existing.map(|bytes| Table::parse(spec.table_path(), bytes).0);
    let supported = |arch: &str| {
        let verdict = outcome
            .verdicts
            .iter()
            .find(|verdict| verdict.arch == arch && verdict.feature == *spec.name);
        match verdict.map(|verdict| verdict.supported) {
            Some(Supported::Yes) => Cell::Supported,
            Some(Supported::No) => Cell::NotSupported,
            Some(Supported::Undecided) | None => Cell::Undecided,
        }
    };
    let arches = match rows {
        Rows::All => Arches::All,
        Rows::Supported => Arches::Supported,
    };
    arch_support::arch_support(spec, architectures, &supported, existing.as_ref(), arches)
}
