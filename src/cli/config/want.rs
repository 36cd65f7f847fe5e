//! Owns `config want`: from a wish to the lines of a `.config` that give it.

use std::sync::Arc;

use anyhow::{Result, anyhow, bail};

use super::input::{find, near_names};
use super::part::Part;
use crate::kconfig::eval::{Evaluator, is_valid, line};
use crate::kconfig::model::{EntryId, ExprId, Model, PropertyKind, SymbolId, Type};
use crate::kconfig::solve::{Formula, Granted, Node, Proposal, Question, Value, Wishes};
use crate::kconfig::syntax::Comparison;
use crate::report::explain::Because;
use crate::report::want::{Change, Effect, Outcome, Want, Way};

/// What `want` found, and the text of the configuration with the first way.
pub(super) struct Found {
    pub want: Want,
    /// The text of the `.config` with the changes of the first way; as it was where nothing has to change.
    pub changed: Option<Vec<u8>>,
}

/// Looks for the ways from the configuration in `parts`, of which the first is the file that changes.
///
/// # Errors
///
/// A wish is not one: no such symbol, or no such value of it.
pub(super) fn find_ways(
    evaluator: &Evaluator<'_>,
    arch: &str,
    wishes: &[String],
    (parts, most): (&[&Part], usize),
) -> Result<Found> {
    let mut question = Question::new();
    let mut named: Vec<String> = Vec::new();
    for wish in wishes {
        question = add_wish(question, evaluator, wish)?;
        let plain = wish.strip_prefix(evaluator.prefix()).unwrap_or(wish);
        let name = |wish: &str| wish.split_once('=').map(|(name, _)| name.to_owned());
        if let Some(known) = named.iter().find(|known| name(known) == name(plain))
            && known != plain
        {
            bail!("`{known}` and `{plain}` contradict each other");
        }
        named.push(plain.to_owned());
    }
    let text: Vec<u8> = parts.iter().flat_map(|part| &part.text).copied().collect();
    let mut ways = Wishes::new(evaluator, &text);
    let model = evaluator.model();
    let (outcome, changed) = match ways.grant(&question, most) {
        Granted::Already => (Outcome::Already, Some(text.clone())),
        Granted::Impossible(reason) => {
            let lines = reason.steps.into_iter().map(|step| Because {
                text: step.text,
                place: Some(model.location(step.place)),
            });
            let mut because = of_choices(model, &named);
            because.extend(lines);
            if because.is_empty() {
                because = of_numbers(evaluator, &named);
            }
            (Outcome::Impossible(because), None)
        }
        Granted::Undecided(why) => (Outcome::Undecided(why), None),
        Granted::Possible(proposals) => {
            let before = values(evaluator, &text);
            let way = |proposal: &Proposal| {
                let after = values(evaluator, &ways.apply(proposal));
                Way {
                    changes: changes(evaluator, proposal, &text),
                    is_smallest: proposal.is_smallest,
                    effects: effects(model, proposal, &before, &after),
                }
            };
            let changed = proposals.first().map(|proposal| ways.apply(proposal));
            (
                Outcome::Possible(proposals.iter().map(way).collect()),
                changed,
            )
        }
    };
    let config = parts.first().map_or(".config", |part| part.name.as_str());
    Ok(Found {
        want: Want {
            wishes: named,
            arch: arch.to_owned(),
            config: config.to_owned(),
            outcome,
        },
        changed,
    })
}

/// A question and one more wish, such as `KASAN=y`.
fn add_wish(question: Question, evaluator: &Evaluator<'_>, wish: &str) -> Result<Question> {
    let Some((name, value)) = wish.split_once('=') else {
        bail!("`{wish}` is not of the form `SYMBOL=VALUE`");
    };
    let symbol = find(evaluator, name)?;
    let model = evaluator.model();
    let name = model.name(symbol);
    if !model.is_defined(symbol) {
        let near = near_names(model, &name);
        let near = match near.is_empty() {
            true => String::new(),
            false => format!("; similar names: {}", near.join(", ")),
        };
        bail!(
            "no Kconfig file of this architecture defines `{name}`, which is only mentioned{near}"
        );
    }
    let type_ = evaluator.type_of(symbol);
    let is_wrong =
        |expected: &str| anyhow!("`{value}` is not a value of `{name}`, which is {expected}");
    let text = match type_ {
        Some(Type::Bool | Type::Tristate) => {
            let value = match value {
                "y" => Value::Yes,
                "n" => Value::No,
                "m" if type_ == Some(Type::Tristate) => Value::Mod,
                _ if type_ == Some(Type::Tristate) => {
                    return Err(is_wrong("a tristate: y, m or n"));
                }
                _ => return Err(is_wrong("a bool: y or n")),
            };
            return Ok(question.and(symbol, value));
        }
        Some(Type::Int) if !is_valid(type_, value.as_bytes()) => return Err(is_wrong("an int")),
        Some(Type::Hex) if !is_valid(type_, value.as_bytes()) => {
            return Err(is_wrong("a hex number"));
        }
        Some(Type::Hex) if !value.starts_with("0x") && !value.starts_with("0X") => {
            format!("0x{value}")
        }
        Some(Type::Int | Type::Hex) => value.to_owned(),
        Some(Type::String) => {
            let quoted = value
                .strip_prefix('"')
                .and_then(|value| value.strip_suffix('"'));
            quoted.unwrap_or(value).to_owned()
        }
        None => bail!("`{name}` has no type"),
    };
    let mut formula = Formula::new();
    formula.add(Node::Compare(Comparison::Equal, symbol, Arc::from(text)));
    Ok(question.and_formula(formula))
}

/// The symbol of a wish, and the value.
fn parts_of<'w>(model: &Model, wish: &'w str) -> Option<(SymbolId, &'w str)> {
    let (name, value) = wish.split_once('=')?;
    Some((model.find(name)?, value))
}

/// Which wishes are for members of one choice, of which only one is set.
fn of_choices(model: &Model, wishes: &[String]) -> Vec<Because> {
    let members: Vec<(SymbolId, EntryId)> = wishes
        .iter()
        .filter_map(|wish| parts_of(model, wish))
        .filter(|(_, value)| *value == "y")
        .filter_map(|(symbol, _)| Some((symbol, model.symbol(symbol).choice?)))
        .collect();
    let mut found = Vec::new();
    for (index, (symbol, choice)) in members.iter().enumerate() {
        for (other, of_other) in &members[index + 1..] {
            if choice == of_other && symbol != other {
                let (name, other) = (model.name(*symbol), model.name(*other));
                found.push(Because {
                    text: format!(
                        "`{name}` and `{other}` are in one choice, so only one of them can be set"
                    ),
                    place: Some(model.location(model.entry(*choice).place)),
                });
            }
        }
    }
    found
}

/// The lines that say which numbers and texts the symbols of the wishes can have.
fn of_numbers(evaluator: &Evaluator<'_>, wishes: &[String]) -> Vec<Because> {
    let model = evaluator.model();
    let mut found = Vec::new();
    for (symbol, _) in wishes.iter().filter_map(|wish| parts_of(model, wish)) {
        if matches!(
            evaluator.type_of(symbol),
            None | Some(Type::Bool | Type::Tristate)
        ) {
            continue;
        }
        let name = model.name(symbol);
        for id in model.properties_of(symbol) {
            let property = model.property(id);
            let condition = match property.condition {
                ExprId::YES => String::new(),
                condition => format!(" if {}", model.write(condition)),
            };
            let text = match &property.kind {
                PropertyKind::Range(low, high) => {
                    let (low, high) = (model.name(*low), model.name(*high));
                    format!("the range of `{name}` is {low} to {high}{condition}")
                }
                PropertyKind::Default(value) => {
                    let value = model.write(*value);
                    format!("the default of `{name}` is {value}{condition}")
                }
                PropertyKind::Prompt(_) | PropertyKind::Menu(_) if !condition.is_empty() => {
                    format!("`{name}` can be set only{condition}")
                }
                _ => continue,
            };
            found.push(Because {
                text,
                place: Some(model.location(property.place)),
            });
        }
    }
    found
}

/// The values of all symbols with names. A number or a text that is not written has none.
fn values(evaluator: &Evaluator<'_>, config: &[u8]) -> Vec<String> {
    let mut configuration = evaluator.configuration();
    configuration.load(config, false);
    let symbols = (0..evaluator.model().symbols.len()).map(SymbolId::new);
    symbols
        .map(|symbol| {
            if configuration.is_written(symbol) {
                return String::from_utf8_lossy(&configuration.text(symbol)).into_owned();
            }
            match evaluator.type_of(symbol) {
                None | Some(Type::Bool | Type::Tristate) => "n".to_owned(),
                Some(Type::Int | Type::Hex | Type::String) => "not set".to_owned(),
            }
        })
        .collect()
}

fn effects(model: &Model, proposal: &Proposal, before: &[String], after: &[String]) -> Vec<Effect> {
    let mut effects = Vec::new();
    for (index, (from, to)) in before.iter().zip(after).enumerate() {
        let symbol = SymbolId::new(index);
        let is_changed = proposal
            .changes
            .iter()
            .any(|change| change.symbol == symbol);
        let of = model.symbol(symbol);
        if from != to && !is_changed && of.name.is_some() && !of.is_choice {
            effects.push(Effect {
                symbol: model.name(symbol),
                from: from.clone(),
                to: to.clone(),
            });
        }
    }
    effects
}

fn changes(evaluator: &Evaluator<'_>, proposal: &Proposal, text: &[u8]) -> Vec<Change> {
    let text = String::from_utf8_lossy(text);
    let prefix = evaluator.prefix();
    proposal
        .changes
        .iter()
        .map(|change| {
            let name = evaluator.model().name(change.symbol);
            let set = format!("{prefix}{name}=");
            let unset = format!("# {prefix}{name} is not set");
            let lines = (1_u32..).zip(text.lines());
            let said = lines.filter(|(_, line)| line.starts_with(&set) || *line == unset);
            // The last one counts.
            let before = said.last().map(|(number, line)| (number, line.to_owned()));
            Change {
                line: line(prefix, &name, &change.value),
                before,
            }
        })
        .collect()
}
