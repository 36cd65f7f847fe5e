//! Owns the command `explain`.

use std::fmt::Write;

use anyhow::bail;
use clap::{Args, ValueEnum};
use rayon::prelude::*;

use super::args::{Global, select_architectures};
use super::{locate, output};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, EntryId, Model, Place, PropertyKind, SymbolId};
use crate::kconfig::sources::Sources;
use crate::report::graph::{Edge, Graph, How};

/// The arguments of `explain`.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  kfeat explain ARCH_HAS_LAZY_MMU_MODE\n  kfeat explain PARAVIRT_XXL --arch x86\n  \
    kfeat explain PARAVIRT_XXL --arch x86 --graph dot | dot -Tsvg >chain.svg\n\n\
    Lines that do not hold for all architectures name those that they hold for."
)]
pub(super) struct ExplainArgs {
    /// The symbol, with or without CONFIG_
    #[arg(value_name = "SYMBOL")]
    symbol: String,
    /// Only these architectures, by their directories below arch/ [default: all of the tree]
    #[arg(long, value_name = "ARCH", value_delimiter = ',')]
    arch: Vec<String>,
    /// Write who selects the symbol, and who selects those, as a graph
    #[arg(long, value_enum, value_name = "FORMAT")]
    graph: Option<GraphFormat>,
}

/// The language of a graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum GraphFormat {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

/// A line of the explanation with the lines below it, and the architectures that it holds for.
#[derive(Clone, Debug)]
struct Node {
    text: String,
    place: Option<String>,
    archs: Vec<String>,
    children: Vec<Node>,
}

impl Node {
    fn new(text: String, place: Option<String>) -> Self {
        Self {
            text,
            place,
            archs: Vec::new(),
            children: Vec::new(),
        }
    }
}

/// Runs `explain`.
pub(super) fn run(global: &Global, args: &ExplainArgs) -> anyhow::Result<output::Exit> {
    let tree = locate::open(global)?;
    let architectures = select_architectures(&tree, &args.arch)?;
    let name = args.symbol.strip_prefix("CONFIG_").unwrap_or(&args.symbol);
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    let found: Vec<(&String, Vec<Node>, Graph)> = architectures
        .par_iter()
        .filter_map(|arch| {
            let model = model::of_all_configurations(&sources, arch, &version);
            let symbol = model.find(name)?;
            Some((arch, explain(&model, symbol), graph(&model, symbol)))
        })
        .collect();
    if found.is_empty() {
        bail!("no Kconfig file mentions the symbol `{name}`");
    }
    let mut merged = Vec::new();
    let mut whole = Graph {
        root: name.to_owned(),
        ..Graph::default()
    };
    for (arch, nodes, graph) in found {
        merge(&mut merged, nodes, arch);
        merge_graph(&mut whole, graph, arch);
    }
    let out = match args.graph {
        Some(GraphFormat::Dot) => whole.dot(),
        Some(GraphFormat::Mermaid) => whole.mermaid(),
        None => {
            let mut out = format!("{name}\n");
            write_nodes(&merged, &architectures, "", &mut out);
            out
        }
    };
    output::print(&out)?;
    Ok(output::Exit::Clean)
}

/// Who selects or implies a symbol, and who those symbols, up to the symbols that a user can set.
fn graph(model: &Model, symbol: SymbolId) -> Graph {
    let mut graph = Graph {
        root: model.name(symbol),
        ..Graph::default()
    };
    let mut pending = vec![symbol];
    let mut seen = vec![symbol];
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
                place: place(model, property.place),
                archs: Vec::new(),
            });
            if !seen.contains(&by) {
                seen.push(by);
                pending.push(by);
            }
        }
    }
    graph
}

/// Adds the graph of one architecture to that of the others.
fn merge_graph(into: &mut Graph, graph: Graph, arch: &str) {
    for prompted in graph.prompted {
        if !into.prompted.contains(&prompted) {
            into.prompted.push(prompted);
        }
    }
    for edge in graph.edges {
        let same = |known: &&mut Edge| {
            (&known.from, &known.to, &known.place) == (&edge.from, &edge.to, &edge.place)
        };
        match into.edges.iter_mut().find(same) {
            Some(known) => known.archs.push(arch.to_owned()),
            None => into.edges.push(Edge {
                archs: vec![arch.to_owned()],
                ..edge
            }),
        }
    }
}

/// What one architecture says about a symbol.
fn explain(model: &Model, symbol: SymbolId) -> Vec<Node> {
    let mut nodes = Vec::new();
    let definitions: Vec<EntryId> = model.definitions(symbol).collect();
    if definitions.is_empty() {
        nodes.push(Node::new("not declared".to_owned(), None));
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
        let mut node = Node::new(
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
fn definition(model: &Model, symbol: SymbolId, id: EntryId) -> Node {
    let entry = model.entry(id);
    let type_ = model
        .symbol(symbol)
        .type_
        .map_or("without a type", |type_| type_.text());
    let mut node = Node::new(
        format!("{type_}, declared"),
        Some(place(model, entry.place)),
    );
    if let Some(choice) = model.symbol(symbol).choice {
        node.children.push(Node::new(
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
            .push(Node::new(text, Some(place(model, property.place))));
    }
    if entry.prompt.is_none() {
        node.children.push(Node::new(
            "no prompt: nobody can set it by hand".to_owned(),
            None,
        ));
    }
    node
}

/// In short, how a symbol that selects another one is turned on itself.
fn where_it_comes_from(model: &Model, symbol: SymbolId) -> Vec<Node> {
    let name = model.name(symbol);
    let mut nodes = Vec::new();
    if let Some(choice) = model.symbol(symbol).choice {
        let text = format!("{name} is a member of the choice");
        nodes.push(Node::new(
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
        nodes.push(Node::new(text, Some(place(model, id.place))));
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
        nodes.push(Node::new(text, Some(place(model, property.place))));
    }
    nodes
}

/// What an entry depends on, if anything.
fn dependency(model: &Model, words: &str, id: EntryId) -> Option<Node> {
    let dependency = model.entry(id).dependency;
    (dependency != model::ExprId::YES)
        .then(|| Node::new(format!("{words} {}", model.write(dependency)), None))
}

fn condition(model: &Model, condition: model::ExprId) -> String {
    if condition == model::ExprId::YES {
        String::new()
    } else {
        format!(" if {}", model.write(condition))
    }
}

fn place(model: &Model, place: Place) -> String {
    format!(
        "{}:{}",
        model.files[place.file as usize].file.path(),
        place.line
    )
}

/// Adds the lines of one architecture to those of the others.
fn merge(into: &mut Vec<Node>, nodes: Vec<Node>, arch: &str) {
    for node in nodes {
        let known = into
            .iter_mut()
            .find(|known| known.text == node.text && known.place == node.place);
        match known {
            Some(known) => {
                known.archs.push(arch.to_owned());
                merge(&mut known.children, node.children, arch);
            }
            None => {
                let mut new = Node {
                    archs: vec![arch.to_owned()],
                    children: Vec::new(),
                    ..node.clone()
                };
                merge(&mut new.children, node.children, arch);
                into.push(new);
            }
        }
    }
}

/// Writes lines as a tree. The architectures are named where they are not those of the line above.
fn write_nodes(nodes: &[Node], around: &[String], indent: &str, out: &mut String) {
    for (index, node) in nodes.iter().enumerate() {
        let last = index + 1 == nodes.len();
        let _ = write!(
            out,
            "{indent}{}{}",
            if last { "└─ " } else { "├─ " },
            node.text
        );
        if let Some(place) = &node.place {
            let _ = write!(out, "  {place}");
        }
        if node.archs != around {
            let _ = write!(out, "  [{}]", node.archs.join(", "));
        }
        out.push('\n');
        let deeper = format!("{indent}{}", if last { "   " } else { "│  " });
        write_nodes(&node.children, &node.archs, &deeper, out);
    }
}
