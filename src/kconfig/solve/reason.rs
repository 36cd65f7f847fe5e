//! Owns reasons: from clauses that exclude each other to the places that they come from.

use rustsat::types::Lit;

use super::encode::{Encoder, Part};
use super::{Reason, Step, Undecided};
use crate::kconfig::model::{EntryKind, ExprId, PropertyKind};

/// Most steps of which each is tried to be left out.
const MAX_TRIED: usize = 60;

impl Encoder<'_> {
    /// Why what `asked` says is impossible. The encoder has switches.
    pub fn reason(&mut self, asked: &[Lit]) -> Result<Reason, Undecided> {
        let all: Vec<Lit> = self.parts.values().copied().collect();
        let mut assumptions = asked.to_vec();
        assumptions.extend(&all);
        if self.gates.solve(&assumptions)? {
            return Err(Undecided("the reason cannot be found".to_owned()));
        }
        let core = self.gates.core();
        let mut needed: Vec<Lit> = all
            .into_iter()
            .filter(|lit| core.binary_search(&lit.var()).is_ok())
            .collect();
        if needed.len() <= MAX_TRIED {
            // From the far end, so that what remains is close to the question.
            for lit in needed.clone().into_iter().rev() {
                let fewer: Vec<Lit> = needed.iter().copied().filter(|&n| n != lit).collect();
                let mut assumptions = asked.to_vec();
                assumptions.extend(&fewer);
                if !self.gates.solve(&assumptions)? {
                    needed = fewer;
                }
            }
        }
        let steps = self
            .parts
            .iter()
            .filter(|(_, lit)| needed.contains(lit))
            .filter_map(|(&part, _)| self.step(part))
            .collect();
        Ok(Reason { steps })
    }

    fn step(&self, part: Part) -> Option<Step> {
        let model = self.model;
        let (place, text) = match part {
            Part::Symbol(symbol) => {
                let name = model.name(symbol);
                let entry = model.definitions(symbol).next()?;
                let no_prompt = !model.properties_of(symbol).any(|id| {
                    let kind = &model.property(id).kind;
                    matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_))
                });
                let selects = model.selects_of(symbol).count();
                let mut text = format!("`{name}`");
                text.push_str(if no_prompt {
                    " has no prompt"
                } else {
                    " has a prompt"
                });
                match selects {
                    0 => text.push_str(" and nothing selects it"),
                    1 => text.push_str(" and one line selects it"),
                    _ => text.push_str(&format!(" and {selects} lines select it")),
                }
                (model.entry(entry).place, text)
            }
            Part::Dependency(entry, operand) => {
                let of = model.entry(entry);
                let lines = model.own_operands(entry);
                let line = lines.iter().find(|line| line.dependency == operand);
                let operand = model.write(operand);
                let text = match (of.kind, of.symbol) {
                    (EntryKind::Choice, _) => format!("the choice depends on `{operand}`"),
                    (EntryKind::Menu, _) => {
                        format!("everything in this menu depends on `{operand}`")
                    }
                    (_, Some(symbol)) => format!("`{}` depends on `{operand}`", model.name(symbol)),
                    _ => format!("everything in this block depends on `{operand}`"),
                };
                (line.map_or(of.place, |line| line.place), text)
            }
            Part::InChoice(entry) => {
                let of = model.entry(entry);
                let name = of
                    .symbol
                    .map_or_else(String::new, |symbol| model.name(symbol));
                let choice = model.entry(of.parent);
                (choice.place, format!("`{name}` is a member of this choice"))
            }
            Part::Property(id) => {
                let of = model.property(id);
                let by = model
                    .entry(of.entry)
                    .symbol
                    .map_or_else(String::new, |symbol| model.name(symbol));
                let mut text = match &of.kind {
                    PropertyKind::Prompt(_) | PropertyKind::Menu(_) => {
                        format!("the prompt of `{by}` is shown")
                    }
                    PropertyKind::Comment(_) => return None,
                    PropertyKind::Default(value) => {
                        format!("`{by}` is `{}` by default", model.write(*value))
                    }
                    PropertyKind::Select(target) => {
                        format!("`{by}` selects `{}`", model.name(*target))
                    }
                    PropertyKind::Imply(target) => {
                        format!("`{by}` implies `{}`", model.name(*target))
                    }
                    PropertyKind::Range(low, high) => format!(
                        "the range of `{by}` is `{}` to `{}`",
                        model.name(*low),
                        model.name(*high)
                    ),
                };
                if of.condition != ExprId::YES {
                    text.push_str(&format!(" if `{}`", model.write(of.condition)));
                }
                (of.place, text)
            }
        };
        Some(Step { place, text })
    }
}
