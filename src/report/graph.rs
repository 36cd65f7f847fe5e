//! Owns graphs of who turns on whom, as DOT and as Mermaid.

use std::fmt::Write;

/// How an edge acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum How {
    /// `select`
    Select,
    /// `imply`
    Imply,
}

/// One symbol turns on another.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The symbol that acts.
    pub from: String,
    /// The symbol that is turned on.
    pub to: String,
    /// How.
    pub how: How,
    /// Holds what the line's `if` asks for; `None` for nothing.
    pub condition: Option<String>,
    /// The line, as `file:line`.
    pub place: String,
    /// The architectures that have this line.
    pub archs: Vec<String>,
}

/// A graph. Symbols are the nodes; they are those that edges name, and the root.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Graph {
    /// The symbol that the graph leads to.
    pub root: String,
    /// The symbols that have a prompt: where the user comes in.
    pub prompted: Vec<String>,
    /// The edges, in the order in which they are written.
    pub edges: Vec<Edge>,
}

impl Graph {
    /// The symbols, the root first, the others sorted.
    fn nodes(&self) -> Vec<&str> {
        let mut nodes: Vec<&str> = self
            .edges
            .iter()
            .flat_map(|edge| [&*edge.from, &*edge.to])
            .filter(|node| *node != self.root)
            .collect();
        nodes.sort_unstable();
        nodes.dedup();
        nodes.insert(0, &self.root);
        nodes
    }

    /// The graph as DOT, for Graphviz.
    pub fn dot(&self) -> String {
        let mut out = String::from("digraph select {\n    rankdir=LR;\n    node [shape=box];\n");
        for node in self.nodes() {
            let mut style = String::new();
            if self.prompted.iter().any(|prompted| prompted == node) {
                style.push_str(", style=rounded");
            }
            if node == self.root {
                style.push_str(", penwidth=2");
            }
            let name = quoted(node);
            let _ = writeln!(out, "    {name} [label={name}{style}];");
        }
        for edge in &self.edges {
            let style = if edge.how == How::Imply {
                ", style=dashed"
            } else {
                ""
            };
            let label = quoted(&edge.label("\n"));
            let _ = writeln!(
                out,
                "    {} -> {} [label={label}{style}];",
                quoted(&edge.from),
                quoted(&edge.to)
            );
        }
        out.push_str("}\n");
        out
    }

    /// The graph as Mermaid, for Markdown.
    pub fn mermaid(&self) -> String {
        let nodes = self.nodes();
        let number = |name: &str| nodes.iter().position(|node| *node == name).unwrap_or(0);
        let mut out = String::from("flowchart LR\n");
        for (index, node) in nodes.iter().enumerate() {
            let text = entity(node);
            // A rounded node is one that the user can set.
            let (open, close) = if self.prompted.iter().any(|prompted| prompted == node) {
                ("(", ")")
            } else {
                ("[", "]")
            };
            let _ = writeln!(out, "    s{index}{open}\"{text}\"{close}");
        }
        for edge in &self.edges {
            let arrow = if edge.how == How::Imply {
                "-.->"
            } else {
                "-->"
            };
            let label = entity(&edge.label("\n")).replace('\n', "<br/>");
            let _ = writeln!(
                out,
                "    s{} {arrow}|\"{label}\"| s{}",
                number(&edge.from),
                number(&edge.to)
            );
        }
        out
    }
}

impl Edge {
    /// Returns what stands beside the arrow.
    fn label(&self, separator: &str) -> String {
        let mut parts = Vec::new();
        if let Some(condition) = &self.condition {
            parts.push(format!("if {condition}"));
        }
        parts.push(self.place.clone());
        parts.push(self.archs.join(", "));
        parts.retain(|part| !part.is_empty());
        parts.join(separator)
    }
}

/// A string of DOT.
fn quoted(text: &str) -> String {
    format!(
        "\"{}\"",
        text.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    )
}

/// Text in a label of Mermaid, where quotes and what HTML reserves are written as entities.
fn entity(text: &str) -> String {
    text.replace('&', "#amp;")
        .replace('"', "#quot;")
        .replace('<', "#lt;")
        .replace('>', "#gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph() -> Graph {
        Graph {
            root: "HAS".into(),
            prompted: vec!["USER".into()],
            edges: vec![
                Edge {
                    from: "MID".into(),
                    to: "HAS".into(),
                    how: How::Select,
                    condition: Some("A && B=\"x\"".into()),
                    place: "Kconfig:3".into(),
                    archs: vec!["x86".into()],
                },
                Edge {
                    from: "USER".into(),
                    to: "MID".into(),
                    how: How::Imply,
                    condition: None,
                    place: "Kconfig:9".into(),
                    archs: Vec::new(),
                },
            ],
        }
    }

    #[test]
    fn dot_quotes_what_it_must() {
        let dot = graph().dot();
        assert!(
            dot.contains("\"HAS\" [label=\"HAS\", penwidth=2];"),
            "{dot}"
        );
        assert!(
            dot.contains("\"MID\" -> \"HAS\" [label=\"if A && B=\\\"x\\\"\\nKconfig:3\\nx86\"];"),
            "{dot}"
        );
        assert!(
            dot.contains("\"USER\" -> \"MID\" [label=\"Kconfig:9\", style=dashed];"),
            "{dot}"
        );
    }

    #[test]
    fn mermaid_numbers_the_nodes() {
        let mermaid = graph().mermaid();
        assert!(mermaid.contains("    s2(\"USER\")\n"), "{mermaid}");
        assert!(
            mermaid
                .contains("s1 -->|\"if A #amp;#amp; B=#quot;x#quot;<br/>Kconfig:3<br/>x86\"| s0"),
            "{mermaid}"
        );
    }
}
