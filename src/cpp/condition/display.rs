//! Owns how a condition is written: in the preprocessor's words or in Kconfig's.

use super::{Atom, Condition, Conditions, Node, Operator};

/// Whose words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Style {
    Preprocessor,
    Kconfig,
}

/// How strongly the written text binds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Strength {
    Or,
    And,
    Comparison,
    Primary,
}

/// Conditions that nest deeper are cut off with `…`; nobody reads them.
const MAX_DEPTH: usize = 64;

impl Conditions {
    /// The condition as `#if` would have it: `defined(CONFIG_A) && !defined(CONFIG_B)`; `1` and `0` for the constants.
    pub fn in_preprocessor_style(&self, condition: Condition) -> String {
        self.write(condition, Style::Preprocessor, 0).1
    }

    /// The condition as Kconfig would have it: `A && !B`, `A=m` for a module; `y` and `n` for the constants. What Kconfig
    /// cannot say is written as the preprocessor would have it.
    pub fn in_kconfig_style(&self, condition: Condition) -> String {
        self.write(condition, Style::Kconfig, 0).1
    }

    fn write(&self, condition: Condition, style: Style, depth: usize) -> (Strength, String) {
        if depth > MAX_DEPTH {
            return (Strength::Primary, "…".to_owned());
        }
        match self.node(condition) {
            Node::Constant(value) => {
                let text = match (style, value) {
                    (Style::Preprocessor, true) => "1",
                    (Style::Preprocessor, false) => "0",
                    (Style::Kconfig, true) => "y",
                    (Style::Kconfig, false) => "n",
                };
                (Strength::Primary, text.to_owned())
            }
            Node::Atom(atom) => atom_text(atom, style, false),
            Node::Not(operand) => match self.node(*operand) {
                Node::Atom(atom) => atom_text(atom, style, true),
                // Negation stands only in front of atoms; written all the same, should that ever change.
                _ => (
                    Strength::Primary,
                    format!("!({})", self.write(*operand, style, depth + 1).1),
                ),
            },
            Node::And(operands) => (
                Strength::And,
                self.write_operands(operands, style, Strength::And, depth),
            ),
            Node::Or(operands) => (
                Strength::Or,
                self.write_operands(operands, style, Strength::Or, depth),
            ),
        }
    }

    /// The operands in an order that does not depend on what else the arena holds: as they are spelled, without the `!`.
    fn write_operands(
        &self,
        operands: &[Condition],
        style: Style,
        strength: Strength,
        depth: usize,
    ) -> String {
        let mut texts: Vec<(bool, String)> = operands
            .iter()
            .map(|&operand| {
                let (inner, text) = self.write(operand, style, depth + 1);
                let nested = matches!(inner, Strength::And | Strength::Or);
                // gcc's -Wparentheses and the kernel's style both want `a || (b && c)` spelled out.
                if nested || inner < strength {
                    (true, format!("({text})"))
                } else {
                    (false, text)
                }
            })
            .collect();
        texts.sort_unstable_by(|a, b| {
            (a.0, a.1.trim_start_matches('!'), &a.1).cmp(&(b.0, b.1.trim_start_matches('!'), &b.1))
        });
        let separator = match strength {
            Strength::Or => " || ",
            _ => " && ",
        };
        let texts: Vec<String> = texts.into_iter().map(|(_, text)| text).collect();
        texts.join(separator)
    }
}

/// An atom or its negation.
fn atom_text(atom: &Atom, style: Style, negated: bool) -> (Strength, String) {
    let bang = if negated { "!" } else { "" };
    match (atom, style) {
        (Atom::Builtin(name), Style::Kconfig) => (Strength::Primary, format!("{bang}{name}")),
        (Atom::Builtin(name), Style::Preprocessor) => {
            (Strength::Primary, format!("{bang}defined(CONFIG_{name})"))
        }
        (Atom::Module(name), Style::Kconfig) => {
            let operator = if negated { "!=" } else { "=" };
            (Strength::Comparison, format!("{name}{operator}m"))
        }
        (Atom::Module(name), Style::Preprocessor) => (
            Strength::Primary,
            format!("{bang}defined(CONFIG_{name}_MODULE)"),
        ),
        (Atom::Macro(name), _) => (Strength::Primary, format!("{bang}defined({name})")),
        (
            Atom::Comparison {
                name,
                operator,
                value,
            },
            _,
        ) => {
            let operator = match (operator, negated) {
                (Operator::Equal, false) => "==",
                (Operator::Equal, true) => "!=",
                (Operator::Greater, false) => ">",
                (Operator::Greater, true) => "<=",
            };
            let name = match (style, name.strip_prefix("CONFIG_")) {
                (Style::Kconfig, Some(symbol)) => symbol,
                _ => name,
            };
            (Strength::Comparison, format!("{name} {operator} {value}"))
        }
        (Atom::Opaque(text), _) => (Strength::Primary, format!("{bang}({text})")),
    }
}
