//! Owns which symbols two texts of a Kconfig file treat otherwise, wherever their lines stand.
//!
//! Lines that went away are understood as the parser reads them, not by their words. These are the cases in which a removed line changes
//! what some symbol can be:
//!
//! - The first line of an entry, a type, a prompt, a default, a range, a dependency: that of the entry's own symbol. The symbols in a
//!   condition or a value are as before.
//! - A `select` or `imply`: that of its target, which less turns on. The selector has the values that it had.
//! - `if`, `endif`, a menu or a choice with its lines: those of all entries that stand in other blocks now, those of a file that is sourced
//!   there included ([`Differences::sources`]).
//!
//! Help, comments and the texts of prompts say nothing about values. It must not know models, nor trees.

use std::collections::{BTreeMap, BTreeSet};

use crate::kconfig::syntax::{File, Prompt, Property, PropertyKind, Statement, StatementKind};

/// The symbols and files that two texts of a file treat otherwise.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Differences {
    /// The symbols whose entries differ in more than selects and implies, or stand in other blocks.
    pub symbols: BTreeSet<String>,
    /// The symbols that the first text alone selects or implies in this way.
    pub targets: BTreeSet<String>,
    /// The files that one of the texts alone sources, or not in the same blocks.
    pub sources: BTreeSet<String>,
}

/// The entries of a text by the names of their symbols, and its `source` lines by path.
#[derive(Default)]
struct Texts {
    /// The lines of each entry of a symbol besides selects and implies, after the blocks around it.
    entries: BTreeMap<String, Vec<String>>,
    /// The selects and implies of a symbol, each with its target.
    reverse: BTreeMap<String, BTreeSet<(String, String)>>,
    /// The blocks around each `source` line.
    sources: BTreeMap<String, Vec<String>>,
}

impl Differences {
    /// Compares two texts of a file.
    pub fn new(old: &File, new: &File) -> Self {
        let (old, new) = (Texts::new(old), Texts::new(new));
        let mut differences = Self {
            symbols: differing(&old.entries, &new.entries),
            targets: BTreeSet::new(),
            sources: differing(&old.sources, &new.sources),
        };
        for (symbol, lines) in &old.reverse {
            let kept = new.reverse.get(symbol);
            let gone = lines
                .iter()
                .filter(|line| kept.is_none_or(|kept| !kept.contains(line)));
            let targets = gone.map(|(_, target)| target.clone());
            differences.targets.extend(targets);
        }
        differences
    }
}

/// The keys whose values differ, or which one of the maps lacks.
fn differing<V: PartialEq>(
    old: &BTreeMap<String, V>,
    new: &BTreeMap<String, V>,
) -> BTreeSet<String> {
    let keys = old.keys().chain(new.keys());
    let differing = keys.filter(|&key| old.get(key) != new.get(key));
    differing.cloned().collect()
}

impl Texts {
    fn new(file: &File) -> Self {
        let mut texts = Self::default();
        texts.add(file, file.statements(), "");
        texts
    }

    /// Adds statements in blocks with this text. Blocks nest a limited number of levels.
    fn add(&mut self, file: &File, statements: &[Statement], around: &str) {
        for statement in statements {
            let properties = statement.kind.properties();
            let lines = || {
                let lines = properties.iter().map(|property| line(file, property));
                lines.flatten().collect::<String>()
            };
            match &statement.kind {
                StatementKind::Config { name, .. } => {
                    let name = file.word_text(*name).to_owned();
                    let of = self.entries.entry(name.clone()).or_default();
                    of.push(format!("{around}\n{}", lines()));
                    for property in properties {
                        if let PropertyKind::Select(target, _) | PropertyKind::Imply(target, _) =
                            property.kind
                        {
                            let target = file.word_text(target).to_owned();
                            let line = (file.print_property(property), target);
                            self.reverse.entry(name.clone()).or_default().insert(line);
                        }
                    }
                }
                StatementKind::Source(path) if !file.word(*path).kind.needs_expansion() => {
                    let path = file.word_text(*path).to_owned();
                    let of = self.sources.entry(path).or_default();
                    of.push(around.to_owned());
                }
                StatementKind::Choice { body, .. } => {
                    self.add(file, body, &format!("{around}\nchoice {}", lines()));
                }
                // A menu without conditions is a matter of display.
                StatementKind::Menu { body, .. } => {
                    self.add(file, body, &format!("{around}{}", lines()));
                }
                StatementKind::If { condition, body } => {
                    let condition = file.print_expression(*condition);
                    self.add(file, body, &format!("{around}\nif {condition}"));
                }
                _ => {}
            }
        }
    }
}

/// The part of a line that bears on values; nothing of one that selects or implies, and of texts for people.
fn line(file: &File, property: &Property) -> Option<String> {
    let prompt = |prompt: Prompt| match prompt.condition {
        Some(condition) => format!("prompt if {}", file.print_expression(condition)),
        None => "prompt".to_owned(),
    };
    let text = match property.kind {
        PropertyKind::Help(_) | PropertyKind::Select(..) | PropertyKind::Imply(..) => return None,
        PropertyKind::Prompt(of) => prompt(of),
        PropertyKind::Type(type_, Some(of)) => format!("{} {}", type_.text(), prompt(of)),
        _ => file.print_property(property),
    };
    Some(format!("\n{text}"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    const OLD: &str = "config A\n\tbool \"for PCI\"\n\tdepends on PCI\n\tselect T if X\n\thelp\n\t  Only on PCI.\n\n\
                       if USB\nconfig B\n\tbool\nsource \"b/Kconfig\"\nendif\n\
                       menu \"m\"\n\tdepends on NET\nconfig C\n\tint\nendmenu\nconfig D\n\tbool\n";

    fn differences(from: &str, to: &str) -> String {
        assert!(OLD.contains(from), "{from}");
        let file = |text: &str| File::parse(Arc::from("Kconfig"), text.to_owned());
        let found = Differences::new(&file(OLD), &file(&OLD.replacen(from, to, 1)));
        let list = |of: BTreeSet<String>| of.into_iter().collect::<Vec<_>>().join(" ");
        let (symbols, targets) = (list(found.symbols), list(found.targets));
        format!("{symbols}|{targets}|{}", list(found.sources))
    }

    #[test]
    fn lines_that_went_away_count_for_what_they_mean() {
        for (from, to, expected) in [
            // Texts for people, comments, and how a line is written.
            ("\t  Only on PCI.\n", "\t  Text.\n", "||"),
            ("\thelp\n\t  Only on PCI.\n", "", "||"),
            ("for PCI", "a", "||"),
            ("config A", "# PCI\nconfig A", "||"),
            ("depends on PCI", "depends on  PCI # NET", "||"),
            ("menu \"m\"", "menu \"PCI\"", "||"),
            // An entry is of its own symbol, not of those in its conditions.
            ("\tdepends on PCI\n", "", "A||"),
            ("\"for PCI\"", "\"for PCI\" if PCI", "A||"),
            ("config D", "config E", "D E||"),
            // Less turns the target of a select on.
            ("\tselect T if X\n", "", "|T|"),
            ("\tselect T if X\n", "\timply T if X\n", "|T|"),
            ("\tselect T if X\n", "\tselect T\n", "|T|"),
            ("\tselect T", "\tselect U\n\tselect T", "||"),
            // Entries that stand in another block now.
            ("if USB", "if PCI", "B||b/Kconfig"),
            ("endif\n", "", "C D||"),
            ("\tdepends on NET\n", "", "C||"),
            (
                "endmenu\nconfig D\n\tbool\n",
                "config D\n\tbool\nendmenu\n",
                "D||",
            ),
            (
                "source \"b/Kconfig\"\nendif",
                "endif\nsource \"b/Kconfig\"",
                "||b/Kconfig",
            ),
            // Help that holds a dependency now.
            (
                "\tselect T if X\n\thelp\n",
                "\thelp\n\tselect T if X\n",
                "|T|",
            ),
        ] {
            assert_eq!(differences(from, to), expected, "{from:?} -> {to:?}");
        }
    }
}
