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
    The output shows what the Kconfig files say, and then what follows for all configurations: which values the symbol can \
    have, with lines for a .config that give them, or the Kconfig lines that exclude them.\n\
    Lines that apply only to some architectures name them."
)]
pub(super) struct ExplainArgs {
    /// The symbol, with or without CONFIG_, or the name of a feature, such as `lazy_mmu` or `debug/KASAN`
    #[arg(value_name = "SYMBOL")]
    symbol: String,
    /// Only these architectures, by directory below arch/ or an alias such as `amd64` [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    /// Explain the value of the symbol in this .config, for the architecture of `--arch` [default: $ARCH]
    #[arg(long, value_name = "FILE", conflicts_with = "graph")]
    config: Option<PathBuf>,
    #[command(flatten)]
    at: TreeArgs,
    #[command(flatten)]
    commands: Commands,
    /// How to write the result
    #[arg(long, value_enum, default_value_t = Format::Human, value_name = "FORMAT", conflicts_with = "graph")]
    format: Format,
    /// Write a graph of the symbols that select this one, directly or indirectly
    #[arg(long, value_enum, value_name = "FORMAT")]
    graph: Option<GraphFormat>,
}

/// How an explanation is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Text
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

/// Stands for the definitions of an undeclared symbol.
const NOT_DECLARED: &str = "not declared";

/// Most places that name a symbol which is not declared.
const MAX_MENTIONS: usize = 8;

/// Runs `explain`.
pub(super) fn run(global: &Global, args: &ExplainArgs) -> anyhow::Result<output::Exit> {
    let tree = args.at.open(global)?;
    args.commands.look_at(&args.at)?;
    if args.config.is_none() && args.commands.are_given() {
        bail!("the output of commands matters only for a configuration: also pass `--config FILE`");
    }
    let named_arch = args.config.is_some().then(|| one_arch(args)).transpose()?;
    let directories: Vec<String> = match &named_arch {
        Some(arch) => vec![arch::srcarch_of(arch).to_owned()],
        None => args.arch.clone(),
    };
    let (symbols, mut may_be_feature) = asked(&tree, &args.symbol)?;
    let mut symbols = VecDeque::from(symbols);
    let kernel = Kernel {
        architectures: select_architectures(&tree, &directories)?,
        all: tree.architectures()?,
        version: Version::of(&tree)?,
        sources: Sources::new(&tree),
    };
    let (mut explanations, mut graphs) = (Vec::new(), Vec::new());
    let mut unread: Vec<(String, Unread)> = Vec::new();
    while let Some((feature, name)) = symbols.pop_front() {
        let found = kernel.explain(&name, args.graph.is_some());
        if found.is_none() && std::mem::take(&mut may_be_feature) {
            symbols.extend(of_feature(&tree, &args.symbol)?);
            if !symbols.is_empty() {
                continue;
            }
        }
        let Some(mut found) = found else {
            kernel.say_unread();
            return Err(kernel.unmentioned(&name));
        };
        found.explanation.feature = feature;
        if let (Some(path), Some(arch)) = (&args.config, &named_arch) {
            let configured = configured(&tree, arch, &args.commands, path, &name)?;
            found.explanation.configured = Some(configured);
        }
        let is_new = |of_arch: &(String, Unread)| !unread.contains(of_arch);
        let new: Vec<_> = found.unread.into_iter().filter(is_new).collect();
        unread.extend(new);
        explanations.push(found.explanation);
        graphs.push(found.graph);
    }
    output::print(&match (args.graph, args.format) {
        (Some(GraphFormat::Dot), _) => graphs.iter().map(Graph::dot).collect(),
        (Some(GraphFormat::Mermaid), _) => graphs.iter().map(Graph::mermaid).collect(),
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

/// The kernel that is asked, with its Kconfig files.
struct Kernel<'a> {
    /// Those that are asked.
    architectures: Vec<String>,
    /// Those that the tree has.
    all: Vec<String>,
    version: Version,
    sources: Sources<'a>,
}

/// A kernel's answer about a symbol.
struct Said {
    explanation: Explanation,
    /// Who selects it, where that is asked for; the explanation has no values then.
    graph: Graph,
    /// The architectures of which a Kconfig file could not be read.
    unread: Vec<(String, Unread)>,
}

/// The answer of one architecture.
struct OnArch {
    arch: String,
    lines: Vec<Line>,
    /// Whichever is asked for.
    graph: Option<Graph>,
    values: Option<Values>,
    unread: Option<Unread>,
}

impl Kernel<'_> {
    fn model(&self, arch: &str) -> Model {
        model::of_all_configurations(&self.sources, arch, &self.version)
    }

    /// The answer of all architectures; `None` where none of them mentions the symbol.
    fn explain(&self, name: &str, as_graph: bool) -> Option<Said> {
        let of_arch = |arch: &String| {
            let model = self.model(arch);
            let symbol = model.find(name)?;
            let values = || values::values(&mut Engine::new(&Prepared::new(&model)), symbol);
            let (graph, values) = match as_graph {
                true => (Some(graph(&model, symbol)), None),
                false => (None, Some(values())),
            };
            Some(OnArch {
                arch: arch.clone(),
                lines: explain(&model, symbol),
                graph,
                values,
                unread: model.unread,
            })
        };
        let archs = self.architectures.par_iter();
        let found: Vec<OnArch> = archs.filter_map(of_arch).collect();
        if found.is_empty() {
            return None;
        }
        let is_defined = |on: &OnArch| !on.lines.iter().all(|line| line.text == NOT_DECLARED);
        let is_defined_nowhere = !found.iter().any(is_defined);
        let mut said = Said {
            explanation: Explanation {
                symbol: name.to_owned(),
                ..Explanation::default()
            },
            graph: Graph {
                root: name.to_owned(),
                ..Graph::default()
            },
            unread: Vec::new(),
        };
        for on in found {
            let unread = on.unread.map(|unread| (on.arch.clone(), unread));
            said.unread.extend(unread);
            said.explanation.add_lines(on.lines, &on.arch);
            if let Some(values) = on.values {
                said.explanation.add_values(values, &on.arch);
            }
            if let Some(graph) = on.graph {
                merge_graph(&mut said.graph, graph, &on.arch);
            }
            said.explanation.archs.push(on.arch);
        }
        if is_defined_nowhere && self.architectures.len() < self.all.len() {
            said.explanation.lines.extend(self.elsewhere(name));
        }
        let values = &mut said.explanation.values;
        values.sort_by_key(|on| on.values.verdict);
        Some(said)
    }

    /// The architectures that were not asked.
    fn others(&self) -> Vec<&String> {
        let all = self.all.iter();
        all.filter(|arch| !self.architectures.contains(arch))
            .collect()
    }

    /// Which architectures that were not asked declare a symbol that those that were only mention.
    fn elsewhere(&self, name: &str) -> Option<Line> {
        let declares = |arch: &&String| {
            let model = self.model(arch);
            let symbol = model.find(name);
            symbol.is_some_and(|symbol| model.is_defined(symbol))
        };
        let declaring: Vec<&str> = self
            .others()
            .into_par_iter()
            .filter(declares)
            .map(String::as_str)
            .collect();
        let text = if declaring.is_empty() {
            let near = self.near_names(name);
            if near.is_empty() {
                return None;
            }
            format!("no architecture declares it; similar names: {near}")
        } else {
            format!("declared elsewhere: {}", declaring.join(", "))
        };
        let mut line = Line::new(text, None);
        line.archs = self.architectures.clone();
        Some(line)
    }

    /// The names that are near one, as text.
    fn near_names(&self, name: &str) -> String {
        let first = self.architectures.first();
        let near = first.map(|arch| config::near_names(&self.model(arch), name));
        near.unwrap_or_default().join(", ")
    }

    /// Names the Kconfig files that could not be read, each of which may mention a symbol that no other does.
    fn say_unread(&self) {
        let of_arch = |arch: &String| Some((arch.clone(), self.model(arch).unread?));
        let unread: Vec<_> = self.architectures.par_iter().filter_map(of_arch).collect();
        unread::say(&unread);
    }

    /// The error for a symbol that none of the architectures mentions: the others that do, and similar names.
    fn unmentioned(&self, name: &str) -> anyhow::Error {
        let others = self.others();
        let mut text = if others.is_empty() {
            format!("no Kconfig file mentions the symbol `{name}`")
        } else {
            format!(
                "no Kconfig file of {} mentions the symbol `{name}`",
                self.architectures.join(", ")
            )
        };
        let elsewhere: Vec<&str> = others
            .into_par_iter()
            .filter(|arch| self.model(arch).find(name).is_some())
            .map(String::as_str)
            .collect();
        if !elsewhere.is_empty() {
            text += &format!("; it is mentioned by {}", elsewhere.join(", "));
        }
        let near = self.near_names(name);
        if !near.is_empty() {
            text += &format!("; similar names: {near}");
        }
        anyhow::anyhow!(text)
    }
}

/// The value of `ARCH` that a configuration is of.
fn one_arch(args: &ExplainArgs) -> anyhow::Result<String> {
    match args.arch.as_slice() {
        [arch] => Ok(arch.clone()),
        [] => match std::env::var("ARCH") {
            Ok(arch) if !arch.is_empty() => Ok(arch),
            _ => bail!("a configuration belongs to one architecture: pass `--arch`, or set $ARCH"),
        },
        _ => bail!("a configuration belongs to one architecture: pass `--arch` only once"),
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
        if let Some(reason) = row.why_unread() {
            unread::say_table(reason);
        }
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
            let text = format!("a line of {} refers to it", owner(property.entry));
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
