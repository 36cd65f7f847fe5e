//! Owns the command `explain`.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::path::{Path, PathBuf};

use anyhow::bail;
use clap::{Args, ValueEnum};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use super::at::TreeArgs;
use super::config::{self, Commands, Part, Start};
use super::global::{Global, select_architectures};
use super::{output, unread};
use crate::arch;
use crate::check::support::engine::Engine;
use crate::check::support::values::{self, Values};
use crate::check::table::rows;
use crate::diag::Location;
use crate::feature::builtin;
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, EntryId, Model, Place, PropertyKind, SymbolId, Unread};
use crate::kconfig::solve::Prepared;
use crate::kconfig::sources::Sources;
use crate::report::explain::{self as report, Configured, Explanation, Line};
use crate::report::graph::{Edge, Graph, How};
use crate::report::human::Options;
use crate::tree::Tree;

/// The arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat explain ARCH_HAS_LAZY_MMU_MODE\n  kfeat explain PARAVIRT_XXL --arch x86\n  \
    kfeat explain lazy_mmu --arch x86_64 --config .config --allow-shell\n  \
    kfeat explain PARAVIRT_XXL --arch x86 --graph dot | dot -Tsvg >chain.svg\n\n\
    First what the Kconfig files say, then what that comes to over all configurations: which values the symbol can have, \
    with lines for a .config that give them, or the lines of Kconfig that exclude them.\n\
    Lines that do not hold for all architectures name those that they hold for."
)]
pub(super) struct ExplainArgs {
    /// The symbol, with or without CONFIG_, or the name of a feature, such as `lazy_mmu` or `debug/KASAN`
    #[arg(value_name = "SYMBOL")]
    symbol: String,
    /// Only these architectures, by their directories below arch/ [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    /// Tell why it has its value in this configuration, which is one of `--arch` [default: of $ARCH]
    #[arg(long, value_name = "FILE", conflicts_with = "graph")]
    config: Option<PathBuf>,
    #[command(flatten)]
    at: TreeArgs,
    #[command(flatten)]
    commands: Commands,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", conflicts_with = "graph")]
    format: Format,
    /// Write who selects the symbol, and who selects those, as a graph
    #[arg(long, value_enum, value_name = "FORMAT")]
    graph: Option<GraphFormat>,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Lines to read
    Human,
    /// A document; its schema is docs/schema/explain.schema.json
    Json,
}

/// The language of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

/// An architecture with what it says of a symbol, the graph or the values, whichever is asked for, and why a Kconfig file could not
/// be read.
type OnArch<'a> = (
    &'a String,
    Vec<Line>,
    Option<Graph>,
    Option<Values>,
    Option<Unread>,
);

/// Stands for the definitions of an undeclared symbol.
const NOT_DECLARED: &str = "not declared";

/// Most places that name a symbol which is not declared.
const MAX_MENTIONS: usize = 8;

/// Runs `explain`.
pub(super) fn run(global: &Global, args: &ExplainArgs) -> anyhow::Result<output::Exit> {
    let tree = args.at.open(global)?;
    args.commands.look_at(&args.at)?;
    if args.config.is_none() && args.commands.are_given() {
        bail!("what commands answer only counts for a configuration: give `--config FILE`, too");
    }
    let named_arch = args.config.is_some().then(|| one_arch(args)).transpose()?;
    let directories: Vec<String> = match &named_arch {
        Some(arch) => vec![arch::srcarch_of(arch).to_owned()],
        None => args.arch.clone(),
    };
    let architectures = select_architectures(&tree, &directories)?;
    let all = tree.architectures()?;
    let (symbols, mut may_be_feature) = asked(&tree, &args.symbol)?;
    let mut symbols = VecDeque::from(symbols);
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let mut explanations = Vec::new();
    let mut graphs = String::new();
    let mut unread = Vec::new();
    while let Some((feature, name)) = symbols.pop_front() {
        let found: Vec<OnArch<'_>> = architectures
            .par_iter()
            .filter_map(|arch| {
                let model = model::of_all_configurations(&sources, arch, &version);
                let symbol = model.find(&name)?;
                let graph = args.graph.map(|_| graph(&model, symbol));
                let values = args
                    .graph
                    .is_none()
                    .then(|| values::values(&mut Engine::new(&Prepared::new(&model)), symbol));
                let lines = explain(&model, symbol);
                Some((arch, lines, graph, values, model.unread))
            })
            .collect();
        let is_defined =
            |(_, lines, ..): &OnArch<'_>| !lines.iter().all(|line| line.text == NOT_DECLARED);
        let symbol_is_defined = found.iter().any(is_defined);
        if found.is_empty() && std::mem::take(&mut may_be_feature) {
            symbols.extend(of_feature(&tree, &args.symbol)?);
            if !symbols.is_empty() {
                continue;
            }
        }
        if found.is_empty() {
            return Err(unmentioned(
                &tree,
                &sources,
                &version,
                (&name, &architectures),
            )?);
        }
        let mut explanation = Explanation {
            symbol: name.clone(),
            feature,
            ..Explanation::default()
        };
        let mut whole = Graph {
            root: name.clone(),
            ..Graph::default()
        };
        for (arch, lines, graph, values, of_files) in found {
            let of_files = of_files.map(|unread| (arch.clone(), unread));
            unread.extend(of_files.filter(|of_arch| !unread.contains(of_arch)));
            explanation.archs.push(arch.clone());
            explanation.add_lines(lines, arch);
            if let Some(values) = values {
                explanation.add_values(values, arch);
            }
            if let Some(graph) = graph {
                merge_graph(&mut whole, graph, arch);
            }
        }
        if !symbol_is_defined && architectures.len() < all.len() {
            let line = elsewhere(&all, &sources, &version, (&name, &architectures));
            explanation.lines.extend(line);
        }
        explanation.values.sort_by_key(|on| on.values.verdict);
        match args.graph {
            Some(GraphFormat::Dot) => graphs += &whole.dot(),
            Some(GraphFormat::Mermaid) => graphs += &whole.mermaid(),
            None => {
                if let (Some(path), Some(arch)) = (&args.config, &named_arch) {
                    let configured = configured(&tree, arch, &args.commands, path, &name)?;
                    explanation.configured = Some(configured);
                }
                explanations.push(explanation);
            }
        }
    }
    output::print(&match (args.graph, args.format) {
        (Some(_), _) => graphs,
        (None, Format::Human) => {
            let options = Options {
                color: output::color_on_stdout(),
                width: output::width(),
                ..Options::default()
            };
            report::text(&explanations, &options)
        }
        (None, Format::Json) => report::json(&explanations),
    })?;
    Ok(unread::exit(&unread, output::Exit::Clean))
}

/// Which architectures that were not asked declare a symbol that those that were only mention.
fn elsewhere(
    all: &[String],
    sources: &Sources<'_>,
    version: &Version,
    (name, asked): (&str, &[String]),
) -> Option<Line> {
    let declares = |arch: &&String| {
        let model = model::of_all_configurations(sources, arch, version);
        model
            .find(name)
            .is_some_and(|symbol| model.is_defined(symbol))
    };
    let others: Vec<&String> = all.iter().filter(|arch| !asked.contains(arch)).collect();
    let declaring: Vec<&str> = others
        .into_par_iter()
        .filter(declares)
        .map(String::as_str)
        .collect();
    let text = if declaring.is_empty() {
        let model = model::of_all_configurations(sources, asked.first()?, version);
        let near = config::near_names(&model, name);
        if near.is_empty() {
            return None;
        }
        format!(
            "no architecture declares it; near names: {}",
            near.join(", ")
        )
    } else {
        format!("declared elsewhere: by {}", declaring.join(", "))
    };
    let mut line = Line::new(text, None);
    line.archs = asked.to_vec();
    Some(line)
}

/// The message for a symbol that none of the selected architectures mentions: the others that do, and similar names.
fn unmentioned(
    tree: &Tree,
    sources: &Sources<'_>,
    version: &Version,
    (name, asked): (&str, &[String]),
) -> anyhow::Result<anyhow::Error> {
    let others = tree.architectures()?;
    let others: Vec<&String> = others.iter().filter(|arch| !asked.contains(arch)).collect();
    let mentions = |arch: &&&String| {
        let model = model::of_all_configurations(sources, arch, version);
        model.find(name).is_some()
    };
    let elsewhere: Vec<&str> = others
        .par_iter()
        .filter(mentions)
        .map(|arch| arch.as_str())
        .collect();
    let mut text = if others.is_empty() {
        format!("no Kconfig file mentions the symbol `{name}`")
    } else {
        format!(
            "no Kconfig file of {} mentions the symbol `{name}`",
            asked.join(", ")
        )
    };
    if !elsewhere.is_empty() {
        text += &format!("; it is mentioned by {}", elsewhere.join(", "));
    }
    if let Some(arch) = asked.first() {
        let model = model::of_all_configurations(sources, arch, version);
        let near = config::near_names(&model, name);
        if !near.is_empty() {
            text += &format!("; near names: {}", near.join(", "));
        }
    }
    Ok(anyhow::anyhow!(text))
}

/// The value of `ARCH` that a configuration is of.
fn one_arch(args: &ExplainArgs) -> anyhow::Result<String> {
    match args.arch.as_slice() {
        [arch] => Ok(arch.clone()),
        [] => match std::env::var("ARCH") {
            Ok(arch) if !arch.is_empty() => Ok(arch),
            _ => bail!("a configuration is of one architecture: give `--arch`, or set $ARCH"),
        },
        _ => bail!("a configuration is of one architecture: give `--arch` once"),
    }
}

/// A symbol to explain, with the feature that it stands for.
type Asked = (Option<String>, String);

/// Resolves a name: in capitals a symbol, if there is one, so that `KASAN` is the symbol and `debug/KASAN` the feature. Returns the
/// symbols, and whether the name may still be that of a feature.
fn asked(tree: &Tree, name: &str) -> anyhow::Result<(Vec<Asked>, bool)> {
    let symbol = name.strip_prefix("CONFIG_").unwrap_or(name);
    let one = vec![(None, symbol.to_owned())];
    let is_symbol = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'_';
    if symbol.bytes().all(is_symbol) {
        return Ok((one, true));
    }
    let of_feature = of_feature(tree, name)?;
    Ok(match of_feature.is_empty() {
        true => (one, false),
        false => (of_feature, false),
    })
}

/// The symbols of the features with this name: of those that are shipped and those that only have a table. The tables are read.
fn of_feature(tree: &Tree, name: &str) -> anyhow::Result<Vec<Asked>> {
    let rows = rows::of_tree(tree, builtin::shipped())?;
    let Ok(rows) = rows::select(rows, &[name.to_owned()]) else {
        return Ok(Vec::new());
    };
    let mut symbols = Vec::new();
    for row in rows {
        for term in row.spec.iter().flat_map(|spec| &spec.kconfig) {
            let symbol = (Some(row.name.clone()), term.symbol.to_string());
            if !symbols.contains(&symbol) {
                symbols.push(symbol);
            }
        }
    }
    Ok(symbols)
}

/// The value of a symbol in one configuration.
fn configured(
    tree: &Tree,
    arch: &str,
    commands: &Commands,
    path: &Path,
    name: &str,
) -> anyhow::Result<Configured> {
    let text = config::read_config(tree, path)?;
    config::with_evaluator(tree, arch, commands, |evaluator, _| {
        let symbol = config::find(evaluator, name)?;
        let part = Part::file(path.display().to_string(), text.clone());
        let parts = [&part];
        let start = Start {
            arch,
            config: Some(path),
            commands,
        };
        let mut configuration = evaluator.configuration();
        configuration.load(&text, false);
        Ok(Configured {
            file: path.display().to_string(),
            arch: arch.to_owned(),
            value: String::from_utf8_lossy(&configuration.text(symbol)).into_owned(),
            reasons: config::why_lines(&mut configuration, symbol, &parts, &start),
        })
    })
}

/// Who selects or implies a symbol, and who those symbols, up to the symbols that a user can set.
fn graph(model: &Model, symbol: SymbolId) -> Graph {
    let mut graph = Graph {
        root: model.name(symbol),
        ..Graph::default()
    };
    let mut pending = vec![symbol];
    let mut seen = FxHashSet::from_iter([symbol]);
    while let Some(target) = pending.pop() {
        let has_prompt = model
            .definitions(target)
            .any(|entry| model.entry(entry).prompt.is_some());
        if has_prompt {
            graph.prompted.push(model.name(target));
            if target != symbol {
                continue;
            }
        }
        let lines = model
            .selects_of(target)
            .map(|id| (How::Select, id))
            .chain(model.implies_of(target).map(|id| (How::Imply, id)));
        for (how, id) in lines {
            let property = model.property(id);
            let Some(by) = model.entry(property.entry).symbol else {
                continue;
            };
            graph.edges.push(Edge {
                from: model.name(by),
                to: model.name(target),
                how,
                condition: (property.condition != model::ExprId::YES)
                    .then(|| model.write(property.condition)),
                place: place(model, property.place).to_string(),
                archs: Vec::new(),
            });
            if seen.insert(by) {
                pending.push(by);
            }
        }
    }
    graph
}

/// Adds the graph of one architecture to that of the others.
fn merge_graph(into: &mut Graph, graph: Graph, arch: &str) {
    let known: FxHashSet<String> = into.prompted.iter().cloned().collect();
    let is_new = |prompted: &String| !known.contains(prompted);
    into.prompted
        .extend(graph.prompted.into_iter().filter(is_new));
    let key = |edge: &Edge| (edge.from.clone(), edge.to.clone(), edge.place.clone());
    let edges = into.edges.iter().enumerate();
    let mut known: FxHashMap<_, usize> = edges.map(|(at, edge)| (key(edge), at)).collect();
    for edge in graph.edges {
        match known.entry(key(&edge)) {
            Entry::Occupied(at) => into.edges[*at.get()].archs.push(arch.to_owned()),
            Entry::Vacant(free) => {
                free.insert(into.edges.len());
                into.edges.push(Edge {
                    archs: vec![arch.to_owned()],
                    ..edge
                });
            }
        }
    }
}

/// The lines of one architecture about a symbol.
fn explain(model: &Model, symbol: SymbolId) -> Vec<Line> {
    let mut nodes = Vec::new();
    let definitions: Vec<EntryId> = model.definitions(symbol).collect();
    if definitions.is_empty() {
        nodes.push(Line {
            children: mentions(model, symbol),
            ..Line::new(NOT_DECLARED.to_owned(), None)
        });
    }
    for id in definitions {
        nodes.push(definition(model, symbol, id));
    }
    let reverse = model
        .selects_of(symbol)
        .map(|id| ("selected", id))
        .chain(model.implies_of(symbol).map(|id| ("implied", id)));
    for (how, id) in reverse {
        let property = model.property(id);
        let entry = model.entry(property.entry);
        let by = entry
            .symbol
            .map_or_else(String::new, |selector| model.name(selector));
        let condition = condition(model, property.condition);
        let mut node = Line::new(
            format!("{how} by {by}{condition}"),
            Some(place(model, property.place)),
        );
        node.children.extend(dependency(
            model,
            &format!("{by} depends on"),
            property.entry,
        ));
        if let Some(selector) = entry.symbol {
            node.children.extend(where_it_comes_from(model, selector));
        }
        nodes.push(node);
    }
    nodes
}

/// One `config` entry of the symbol.
fn definition(model: &Model, symbol: SymbolId, id: EntryId) -> Line {
    let entry = model.entry(id);
    let type_ = model
        .symbol(symbol)
        .type_
        .map_or("without a type", |type_| type_.text());
    let mut node = Line::new(
        format!("{type_}, declared"),
        Some(place(model, entry.place)),
    );
    if let Some(choice) = model.symbol(symbol).choice {
        node.children.push(Line::new(
            "a member of the choice".to_owned(),
            Some(place(model, model.entry(choice).place)),
        ));
    }
    node.children.extend(dependency(model, "depends on", id));
    let of_this_entry = model
        .properties_of(symbol)
        .map(|id| model.property(id))
        .filter(|property| property.entry == id);
    for property in of_this_entry {
        let text = match &property.kind {
            PropertyKind::Prompt(text) | PropertyKind::Menu(text) => {
                format!("prompt \"{}\"", model.text(text))
            }
            PropertyKind::Default(value) => format!("default {}", model.write(*value)),
            PropertyKind::Range(low, high) => {
                format!("range {} {}", model.name(*low), model.name(*high))
            }
            PropertyKind::Select(target) => format!("selects {}", model.name(*target)),
            PropertyKind::Imply(target) => format!("implies {}", model.name(*target)),
            PropertyKind::Comment(_) => continue,
        };
        let text = format!("{text}{}", condition(model, property.condition));
        node.children
            .push(Line::new(text, Some(place(model, property.place))));
    }
    if entry.prompt.is_none() {
        node.children
            .push(Line::new("no prompt: not user-settable".to_owned(), None));
    }
    node
}

/// In short, how a symbol that selects another one is turned on itself.
fn where_it_comes_from(model: &Model, symbol: SymbolId) -> Vec<Line> {
    let name = model.name(symbol);
    let mut nodes = Vec::new();
    if let Some(choice) = model.symbol(symbol).choice {
        let text = format!("{name} is a member of the choice");
        nodes.push(Line::new(
            text,
            Some(place(model, model.entry(choice).place)),
        ));
    }
    for id in model.properties_of(symbol).map(|id| model.property(id)) {
        let text = match &id.kind {
            PropertyKind::Prompt(text) | PropertyKind::Menu(text) => {
                format!("{name} has the prompt \"{}\"", model.text(text))
            }
            PropertyKind::Default(value) => {
                format!("{name} has the default {}", model.write(*value))
            }
            _ => continue,
        };
        let text = format!("{text}{}", condition(model, id.condition));
        nodes.push(Line::new(text, Some(place(model, id.place))));
    }
    for id in model.selects_of(symbol) {
        let property = model.property(id);
        let by = model
            .entry(property.entry)
            .symbol
            .map_or_else(String::new, |by| model.name(by));
        let text = format!(
            "{name} is selected by {by}{}",
            condition(model, property.condition)
        );
        nodes.push(Line::new(text, Some(place(model, property.place))));
    }
    nodes
}

/// The dependencies of an entry, if it has any.
/// The dependencies of an entry and of the blocks around it. An operand that several of them have is written once.
fn dependency(model: &Model, words: &str, id: EntryId) -> Option<Line> {
    let dependency = model.entry(id).dependency;
    if dependency == model::ExprId::YES {
        return None;
    }
    let and = |expr| match expr {
        model::Expr::And(a, b) => Some((a, b)),
        _ => None,
    };
    let operands = model.exprs.chain(dependency, and);
    let is_only = operands.len() == 1;
    let mut texts: Vec<String> = Vec::new();
    for operand in operands {
        let text = model.write(operand);
        let text = match model.exprs.get(operand) {
            model::Expr::Or(..) if !is_only => format!("({text})"),
            _ => text,
        };
        if !texts.contains(&text) {
            texts.push(text);
        }
    }
    Some(Line::new(format!("{words} {}", texts.join(" && ")), None))
}

/// The places that name a symbol which is not declared, besides selects and implies.
fn mentions(model: &Model, symbol: SymbolId) -> Vec<Line> {
    let mut found: Vec<(String, Place)> = Vec::new();
    let names = |expr| {
        let mut symbols = Vec::new();
        model.exprs.symbols_of(&[expr], None, &mut symbols);
        symbols.contains(&symbol)
    };
    let owner = |id: EntryId| match model.entry(id).symbol {
        Some(owner) => model.name(owner),
        None => "a block".to_owned(),
    };
    for id in (1..model.entries.len()).map(EntryId::new) {
        if model.entry(id).own_dependency == model::ExprId::YES {
            continue;
        }
        for line in model.own_dependencies(id) {
            if names(line.dependency) {
                found.push((format!("{} depends on it", owner(id)), line.place));
            }
        }
    }
    for property in &model.properties {
        let is_value = match property.kind {
            PropertyKind::Default(value) => names(value),
            PropertyKind::Range(low, high) => low == symbol || high == symbol,
            _ => false,
        };
        if is_value || names(property.condition) {
            let text = format!("a line of {} names it", owner(property.entry));
            found.push((text, property.place));
        }
    }
    let more = found.len().saturating_sub(MAX_MENTIONS);
    found.truncate(MAX_MENTIONS);
    let line = |(text, at)| Line::new(text, Some(place(model, at)));
    let mut lines: Vec<Line> = found.into_iter().map(line).collect();
    if more > 0 {
        lines.push(Line::new(format!("and {more} more places"), None));
    }
    lines
}

fn condition(model: &Model, condition: model::ExprId) -> String {
    if condition == model::ExprId::YES {
        String::new()
    } else {
        format!(" if {}", model.write(condition))
    }
}

fn place(model: &Model, place: Place) -> Location {
    model.location(place)
}
