//! Owns what Kconfig says of a feature's symbol on one architecture, taken out of the model so that the model can go.

use rustc_hash::FxHashSet;

use crate::check::feature::order::{self, Misplaced};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kconfig::model::graph::{self, holds_always, is_always_on};
use crate::kconfig::model::{Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type};

/// A `config` entry of the symbol.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Declaration {
    /// Where the entry stands.
    pub location: Location,
    /// The dependencies of the entry and the blocks around it; `None` without dependencies.
    pub dependency: Option<String>,
}

/// In which way a line turns a symbol on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum How {
    /// Another symbol selects it.
    Select,
    /// Another symbol implies it.
    Imply,
    /// It has a `default`, or a header defines the marker that stands for it.
    Default,
    /// A prompt asks the user.
    Prompt,
    /// The feature is there where the symbol is off.
    Off,
}

/// A line that turns the symbol on: a `select`, an `imply`, a `default` or a prompt.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Cause {
    /// The kind of line.
    pub how: How,
    /// The symbol whose line it is: the one that selects, or the feature's own for a `default`.
    pub by: String,
    /// The symbol that is turned on, as it is written.
    pub target: String,
    /// The line.
    pub location: Location,
    /// Under which condition it acts: the symbol that selects and its `if`; `None` for always.
    pub condition: Option<String>,
    /// The dependencies of the entry that holds the line; `None` without dependencies.
    pub dependency: Option<String>,
}

/// A second type for the symbol.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Conflict {
    /// The type that counts.
    pub kept: Option<Type>,
    /// The type that is ignored.
    pub ignored: Type,
    /// Where that stands.
    pub location: Location,
    /// The entry that gave the first type.
    pub first: Option<Location>,
}

/// What Kconfig says of one feature on one architecture.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Facts {
    /// The `config` entries of its symbols.
    pub declarations: Vec<Declaration>,
    /// Every `select` of its symbols.
    pub selects: Vec<Cause>,
    /// Every `imply` of its symbols.
    pub implies: Vec<Cause>,
    /// Every `default` of its symbols whose value is not `n`.
    pub defaults: Vec<Cause>,
    /// Every prompt of its symbols.
    pub prompts: Vec<Cause>,
    /// Where symbols are declared that are off where the feature is on; the architecture's Kconfig file where nothing declares one.
    pub negated: Vec<Cause>,
    /// Selects of a symbol that nothing declares and that is spelled much like one of the feature's.
    pub misspelt: Vec<Cause>,
    /// Every select of its symbols that is out of order in a sorted list.
    pub misplaced: Vec<Misplaced>,
    /// Types that contradict each other.
    pub conflicts: Vec<Conflict>,
    /// Whether a file that is sourced could not be read, so that lines may be missing here.
    pub incomplete: bool,
}

/// The symbols that something selects and nothing declares. They are the same for all features.
pub fn undeclared_targets(model: &Model) -> Vec<SymbolId> {
    let ids = (0..model.symbols.len()).map(SymbolId::new);
    ids.filter(|&id| {
        let symbol = model.symbol(id);
        symbol.name.is_some()
            && !symbol.constant
            && !model.is_defined(id)
            && model.selects_of(id).next().is_some()
    })
    .collect()
}

/// Facts of the model about one feature. `undeclared` are its [`undeclared_targets`], and `is_declared` says whether some Kconfig file of
/// the tree declares a name: a file that several architectures read may select a symbol of one of them.
pub fn facts(
    model: &Model,
    spec: &Spec,
    undeclared: &[SymbolId],
    is_declared: &dyn Fn(&str) -> bool,
) -> Facts {
    let mut facts = Facts {
        incomplete: model.unread.is_some(),
        ..Facts::default()
    };
    let wanted: Vec<&str> = spec.kconfig.iter().map(|term| &*term.symbol).collect();
    for name in &wanted {
        if let Some(symbol) = model.find(name) {
            add(model, symbol, &mut facts);
        }
    }
    for term in spec.kconfig.iter().filter(|term| term.negated) {
        let declared = model.find(&term.symbol);
        let declared = declared.and_then(|symbol| model.definitions(symbol).next());
        let location = match declared {
            Some(entry) => model.location(model.entry(entry).place),
            None => Location::file(format!("arch/{}/Kconfig", model.srcarch)),
        };
        facts.negated.push(Cause {
            how: How::Off,
            by: term.symbol.to_string(),
            target: term.symbol.to_string(),
            location,
            condition: None,
            dependency: None,
        });
    }
    for &id in undeclared {
        let name = model.name(id);
        if !wanted.contains(&&*name)
            && wanted.iter().any(|wanted| is_misspelling(&name, wanted))
            && !is_declared(&name)
        {
            let selects = model.selects_of(id);
            facts
                .misspelt
                .extend(selects.map(|select| cause(model, select)));
        }
    }
    facts
}

/// Adds what the model says of one of the feature's symbols.
fn add(model: &Model, symbol: SymbolId, facts: &mut Facts) {
    facts
        .declarations
        .extend(model.definitions(symbol).map(|id| {
            let entry = model.entry(id);
            Declaration {
                location: model.location(entry.place),
                dependency: conjunction(model, &[entry.dependency]),
            }
        }));
    facts
        .selects
        .extend(model.selects_of(symbol).map(|select| cause(model, select)));
    let misplaced = model.selects_of(symbol);
    facts.misplaced.extend(order::misplaced(model, misplaced));
    facts
        .implies
        .extend(model.implies_of(symbol).map(|imply| cause(model, imply)));
    for id in model.properties_of(symbol) {
        if let PropertyKind::Default(value) = model.property(id).kind
            && model.exprs.get(value) != Expr::Symbol(SymbolId::NO)
        {
            facts.defaults.push(cause(model, id));
        }
        // A `menuconfig` has one of its own kind.
        if let PropertyKind::Prompt(_) | PropertyKind::Menu(_) = model.property(id).kind {
            facts.prompts.push(cause(model, id));
        }
    }
    for conflict in model
        .type_conflicts
        .iter()
        .filter(|conflict| conflict.symbol == symbol)
    {
        facts.conflicts.push(Conflict {
            kept: model.symbol(symbol).type_,
            ignored: conflict.ignored,
            location: model.location(conflict.place),
            first: model
                .definitions(symbol)
                .next()
                .map(|first| model.location(model.entry(first).place)),
        });
    }
}

/// A `select`, `imply` or `default` with what it needs in order to act.
fn cause(model: &Model, id: PropertyId) -> Cause {
    let property = model.property(id);
    let entry = model.entry(property.entry);
    let name = |symbol: Option<SymbolId>| symbol.map_or_else(String::new, |id| model.name(id));
    let (target, condition) = match property.kind {
        PropertyKind::Select(target) | PropertyKind::Imply(target) => {
            let selector = entry
                .symbol
                .filter(|&selector| !is_always_on(model, selector, 0));
            let mut parts: Vec<String> = selector.map(|id| model.name(id)).into_iter().collect();
            add_operands(model, property.condition, &mut parts);
            (model.name(target), join(parts))
        }
        PropertyKind::Default(value) => (
            name(entry.symbol),
            conjunction(model, &[entry.dependency, property.condition, value]),
        ),
        _ => (
            name(entry.symbol),
            conjunction(model, &[property.condition]),
        ),
    };
    let how = match property.kind {
        PropertyKind::Select(_) => How::Select,
        PropertyKind::Imply(_) => How::Imply,
        PropertyKind::Default(_) => How::Default,
        _ => How::Prompt,
    };
    Cause {
        how,
        by: name(entry.symbol),
        target,
        location: model.location(property.place),
        condition,
        dependency: conjunction(model, &[entry.dependency]),
    }
}

/// Several conditions that have to hold together, without what always holds; `None` where nothing is left.
fn conjunction(model: &Model, conditions: &[ExprId]) -> Option<String> {
    let mut parts = Vec::new();
    for &condition in conditions {
        add_operands(model, condition, &mut parts);
    }
    join(parts)
}

fn join(parts: Vec<String>) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join(" && "))
}

/// Adds the operands of a chain of `&&`, each once, without those that always hold.
fn add_operands(model: &Model, condition: ExprId, parts: &mut Vec<String>) {
    let operands = model.exprs.chain(condition, |expr| match expr {
        Expr::And(a, b) => Some((a, b)),
        _ => None,
    });
    let several = operands.len() > 1 || !parts.is_empty();
    for operand in operands {
        if holds_always(model, operand, 0) {
            continue;
        }
        let mut text = model.write(operand);
        if several && matches!(model.exprs.get(operand), Expr::Or(..)) {
            text = format!("({text})");
        }
        if !parts.contains(&text) {
            parts.push(text);
        }
    }
}

/// Whether a symbol can be off while a feature is on, as far as that shows without a solver: nothing declares it; or it has a
/// prompt, nothing selects it, and one of the feature's selects has nothing to do with it.
pub(in crate::check) fn may_be_off(model: &Model, name: &str, selects: &[Cause]) -> bool {
    let Some(symbol) = model.find(name).filter(|&symbol| model.is_defined(symbol)) else {
        return !selects.is_empty();
    };
    let of_symbol = model.symbol(symbol);
    let has_prompt = model
        .definitions(symbol)
        .all(|entry| model.entry(entry).prompt.is_some());
    if !has_prompt
        || of_symbol.choice.is_some()
        || !matches!(of_symbol.type_, Some(Type::Bool | Type::Tristate))
        || model.selects_of(symbol).next().is_some()
    {
        return false;
    }
    selects.iter().any(|cause| {
        let feature = model.find(&cause.target);
        let select = feature.and_then(|feature| {
            model
                .selects_of(feature)
                .find(|&id| model.location(model.property(id).place) == cause.location)
        });
        select.is_some_and(|select| {
            let property = model.property(select);
            let selector = model.entry(property.entry).symbol;
            let on = FxHashSet::from_iter([symbol]);
            let selector = selector.into_iter().collect();
            !graph::rests_on(model, selector, &[property.condition], &on, usize::MAX)
        })
    })
}

/// Whether a name looks like another one with a slip of the finger: at most two letters differ.
pub(in crate::check) fn is_misspelling(name: &str, of: &str) -> bool {
    name.len().abs_diff(of.len()) <= 2 && of.len() > 8 && strsim::damerau_levenshtein(name, of) <= 2
}
