//! Owns the command `feature`: which features kfeat knows, and drafts of specs for others.

use anyhow::bail;
use clap::{Args, Subcommand, ValueEnum};

use super::global::Global;
use super::{locate, output};
use crate::check::feature::declared;
use crate::check::feature::derive::{self, Draft};
use crate::feature::builtin;
use crate::feature::name::Symbol;
use crate::report::feature::{self, Listed};

/// The arguments of `feature`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat feature list\n  kfeat feature new ARCH_HAS_LAZY_MMU_MODE > my-feature.yaml\n  \
    kfeat feature derive"
)]
pub(super) struct FeatureArgs {
    #[command(subcommand)]
    command: FeatureCommand,
}

/// The subcommands of `feature`.
#[derive(Debug, Subcommand)]
enum FeatureCommand {
    /// List the features that kfeat knows, with their symbols, hooks and tables
    #[command(after_help = "Examples:\n  kfeat feature list\n  kfeat feature list --format json")]
    List(ListArgs),
    /// Write a draft of a spec for a Kconfig symbol, with the evidence for each line
    #[command(
        after_help = "Examples:\n  kfeat feature new ARCH_HAS_LAZY_MMU_MODE > my-feature.yaml\n  \
        kfeat check --spec my-feature.yaml"
    )]
    New(NewArgs),
    /// Find names that look like hooks of Kconfig symbols, and rate how certain each is
    #[command(
        after_help = "Examples:\n  kfeat feature derive\n  kfeat feature derive ARCH_HAS_LAZY_MMU_MODE --format json"
    )]
    Derive(DeriveArgs),
}

/// The arguments of `feature list`.
#[derive(Debug, Args)]
struct ListArgs {
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
}

/// The arguments of `feature new`.
#[derive(Debug, Args)]
struct NewArgs {
    /// The symbol, with or without `CONFIG_`
    #[arg(value_name = "SYMBOL")]
    symbol: String,
}

/// The arguments of `feature derive`.
#[derive(Debug, Args)]
struct DeriveArgs {
    /// The symbols, with or without `CONFIG_` [default: all symbols without a prompt that an architecture selects]
    #[arg(value_name = "SYMBOL")]
    symbols: Vec<String>,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT")]
    format: Format,
}

/// The forms of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// A line for each feature or name
    Human,
    /// A document; its schema is docs/schema/feature.schema.json
    Json,
}

/// Runs `feature`.
pub(super) fn run(global: &Global, args: &FeatureArgs) -> anyhow::Result<output::Exit> {
    let text = match &args.command {
        FeatureCommand::List(args) => list(global, args.format)?,
        FeatureCommand::New(args) => {
            let drafts = drafts(global, std::slice::from_ref(&args.symbol))?;
            drafts.first().map_or_else(String::new, feature::spec)
        }
        FeatureCommand::Derive(args) => {
            let drafts = drafts(global, &args.symbols)?;
            match args.format {
                Format::Human => feature::names(&drafts),
                Format::Json => feature::drafts_as_json(&drafts),
            }
        }
    };
    output::print(&text)?;
    Ok(output::Exit::Clean)
}

/// The drafts of symbols that the tree declares.
fn drafts(global: &Global, symbols: &[String]) -> anyhow::Result<Vec<Draft>> {
    let symbols: Vec<Symbol> = symbols
        .iter()
        .map(|symbol| Symbol::new(symbol.strip_prefix("CONFIG_").unwrap_or(symbol)))
        .collect::<Result<_, _>>()?;
    let symbols: Vec<&str> = symbols.iter().map(|symbol| &**symbol).collect();
    let tree = locate::open(global)?;
    let drafts = derive::drafts(&tree, &symbols)?;
    let is_declared = |symbol: &&&str| {
        let mut drafts = drafts.iter();
        drafts.any(|draft| draft.symbol == ***symbol && draft.declared.is_some())
    };
    if let Some(unknown) = symbols.iter().find(|symbol| !is_declared(symbol)) {
        bail!(
            "no Kconfig file of the tree declares `{unknown}`; `kfeat explain {unknown}` lists similar names"
        );
    }
    Ok(drafts)
}

/// The features that are compiled in; where there is a tree, with what that has of them.
fn list(global: &Global, format: Format) -> anyhow::Result<String> {
    let all = builtin::shipped();
    // With `-C`, a directory that is not a tree is an error.
    let tree = match locate::open(global) {
        Ok(tree) => Some(tree),
        Err(error) if global.tree.is_some() => return Err(error),
        Err(_) => None,
    };
    let known = match &tree {
        Some(tree) => Some(declared::only(all, std::iter::once(tree))?),
        None => None,
    };
    let features: Vec<Listed<'_>> = all
        .iter()
        .map(|spec| Listed {
            spec,
            is_in_tree: known
                .as_ref()
                .map(|known| known.iter().any(|other| other.name == spec.name)),
            has_table: tree.as_ref().map(|tree| tree.is_file(&spec.table_path())),
        })
        .collect();
    Ok(match format {
        Format::Human => feature::list(&features),
        Format::Json => feature::list_as_json(&features),
    })
}
