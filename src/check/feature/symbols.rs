//! Owns what Kconfig says of a feature's symbol on one architecture, taken out of the model so that the model can go.

use rustc_hash::FxHashSet;

use crate::check::feature::order::{self, Misplaced};
use crate::diag::Location;
use crate::feature::spec::Spec;
use crate::kconfig::model::{
    EntryId, Expr, ExprId, Model, PropertyId, PropertyKind, SymbolId, Type,
};

/// How deep the question whether a symbol is always on follows other symbols.
const ALWAYS_DEPTH: usize = 8;

/// A `config` entry of the symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Declaration {
    /// Where the entry stands.
    pub location: Location,
    /// What it and the blocks around it depend on; `None` for nothing.
    pub dependency: Option<String>,
}

/// A line that turns the symbol on: a `select`, an `imply` or a `default`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause {
    /// The symbol whose line it is: the one that selects, or the feature's own for a `default`.
    pub by: String,
    /// The symbol that is turned on, as it is written.
    pub target: String,
    /// The line.
    pub location: Location,
    /// Under which condition it acts: the symbol that selects and its `if`; `None` for always.
    pub condition: Option<String>,
    /// What the entry that holds the line depends on; `None` for nothing.
    pub dependency: Option<String>,
}

/// A second type for the symbol.
#[derive(Clone, Debug, PartialEq, Eq)]
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The `config` entries of its symbols.
    pub declarations: Vec<Declaration>,
    /// Every `select` of its symbols.
    pub selects: Vec<Cause>,
    /// Every `imply` of its symbols.
    pub implies: Vec<Cause>,
    /// Every `default` of its symbols whose value is not `n`.
    pub defaults: Vec<Cause>,
    /// Selects of a symbol that nothing declares and that is spelled much like one of the feature's.
    pub misspelt: Vec<Cause>,
    /// Every select of its symbols that stands out of a sorted list.
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

/// What the model says of one feature. `undeclared` are its [`undeclared_targets`].
pub fn facts(model: &Model, spec: &Spec, undeclared: &[SymbolId]) -> Facts {
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
    for &id in undeclared {
        let name = model.name(id);
        if !wanted.contains(&&*name) && wanted.iter().any(|wanted| is_misspelling(&name, wanted)) {
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
    facts
        .misplaced
        .extend(misplaced.filter_map(|select| order::misplaced(model, select)));
    facts
        .implies
        .extend(model.implies_of(symbol).map(|imply| cause(model, imply)));
    for id in model.properties_of(symbol) {
        if let PropertyKind::Default(value) = model.property(id).kind
            && model.exprs.get(value) != Expr::Symbol(SymbolId::NO)
        {
            facts.defaults.push(cause(model, id));
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
    Cause {
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

/// Whether an expression is `y` in every configuration, as far as that shows without a solver.
pub(in crate::check) fn holds_always(model: &Model, expr: ExprId, depth: usize) -> bool {
    match model.exprs.get(expr) {
        Expr::Symbol(symbol) => is_always_on(model, symbol, depth),
        Expr::And(a, b) => holds_always(model, a, depth) && holds_always(model, b, depth),
        Expr::Or(a, b) => holds_always(model, a, depth) || holds_always(model, b, depth),
        _ => false,
    }
}

/// Whether a symbol is `y` in every configuration, as far as that shows without a solver: it has no prompt, and its first
/// default is `y` without a condition.
pub(in crate::check) fn is_always_on(model: &Model, symbol: SymbolId, depth: usize) -> bool {
    if symbol == SymbolId::YES {
        return true;
    }
    if depth >= ALWAYS_DEPTH
        || !matches!(
            model.symbol(symbol).type_,
            Some(Type::Bool | Type::Tristate)
        )
    {
        return false;
    }
    let prompted = |entry: EntryId| model.entry(entry).prompt.is_some();
    if model.definitions(symbol).any(prompted) {
        return false;
    }
    let first_default = model
        .properties_of(symbol)
        .find_map(|id| match model.property(id).kind {
            PropertyKind::Default(value) => Some((value, model.property(id))),
            _ => None,
        });
    first_default.is_some_and(|(value, property)| {
        model.exprs.get(value) == Expr::Symbol(SymbolId::YES)
            && holds_always(model, property.condition, depth + 1)
            && holds_always(model, model.entry(property.entry).dependency, depth + 1)
    })
}

/// The symbol itself and those that have to be on wherever it is, as far as that shows without a solver: what the entry of a
/// symbol with one entry depends on, what selects a symbol that nothing else turns on, and so on from there.
pub(in crate::check) fn required_by(model: &Model, name: &str) -> FxHashSet<String> {
    let mut required = FxHashSet::default();
    let mut pending: Vec<SymbolId> = model.find(name).into_iter().collect();
    required.insert(name.to_owned());
    while let Some(symbol) = pending.pop() {
        let mut definitions = model.definitions(symbol);
        let (Some(only), None) = (definitions.next(), definitions.next()) else {
            continue;
        };
        let entry = model.entry(only);
        let operands = model.exprs.chain(entry.dependency, |expr| match expr {
            Expr::And(a, b) => Some((a, b)),
            _ => None,
        });
        let mut needs: Vec<SymbolId> = operands
            .into_iter()
            .filter_map(|operand| match model.exprs.get(operand) {
                Expr::Symbol(symbol) => Some(symbol),
                _ => None,
            })
            .collect();
        let mut selects = model.selects_of(symbol);
        if let (Some(select), None, None) = (selects.next(), selects.next(), entry.prompt)
            && model.implies_of(symbol).next().is_none()
            && !model
                .properties_of(symbol)
                .any(|id| matches!(model.property(id).kind, PropertyKind::Default(_)))
        {
            needs.extend(model.entry(model.property(select).entry).symbol);
        }
        for need in needs {
            let is_plain = !model.symbol(need).constant && model.is_defined(need);
            if is_plain && required.insert(model.name(need)) {
                pending.push(need);
            }
        }
    }
    required
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
        select.is_some_and(|select| !bears_on(model, symbol, select))
    })
}

/// Whether the value of a symbol can bear on a `select`: whether the symbol is among all that its selector and its condition
/// are made of.
fn bears_on(model: &Model, symbol: SymbolId, select: PropertyId) -> bool {
    let mut seen: FxHashSet<SymbolId> = FxHashSet::default();
    let mut pending: Vec<SymbolId> = Vec::new();
    let add = |expr: ExprId, pending: &mut Vec<SymbolId>| {
        for node in model.exprs.reachable(expr) {
            match model.exprs.get(node) {
                Expr::Symbol(symbol) => pending.push(symbol),
                Expr::Compare(_, left, right) => pending.extend([left, right]),
                Expr::Module => pending.extend(model.modules),
                Expr::Not(_) | Expr::And(..) | Expr::Or(..) => {}
            }
        }
    };
    let property = model.property(select);
    add(property.condition, &mut pending);
    pending.extend(model.entry(property.entry).symbol);
    while let Some(next) = pending.pop() {
        if next == symbol {
            return true;
        }
        if !seen.insert(next) || model.symbol(next).constant {
            continue;
        }
        for id in model.definitions(next) {
            let entry = model.entry(id);
            add(entry.dependency, &mut pending);
            add(entry.visibility, &mut pending);
            add(entry.outer_visibility, &mut pending);
        }
        for id in model.properties_of(next) {
            match model.property(id).kind {
                // What it does to others does not bear on itself.
                PropertyKind::Select(_) | PropertyKind::Imply(_) => continue,
                PropertyKind::Default(value) => add(value, &mut pending),
                PropertyKind::Range(low, high) => pending.extend([low, high]),
                _ => {}
            }
            add(model.property(id).condition, &mut pending);
        }
        for id in model.selects_of(next).chain(model.implies_of(next)) {
            add(model.property(id).condition, &mut pending);
            pending.extend(model.entry(model.property(id).entry).symbol);
        }
        if let Some(choice) = model.symbol(next).choice {
            pending.extend(model.entry(choice).symbol);
        }
        if model.symbol(next).is_choice {
            // One member being on keeps the others off.
            for (index, member) in model.symbols.iter().enumerate() {
                let of_choice = member.choice.and_then(|choice| model.entry(choice).symbol);
                if of_choice == Some(next) {
                    pending.push(SymbolId::new(index));
                }
            }
        }
    }
    false
}

/// Whether a name looks like another one with a slip of the finger: at most two letters differ.
fn is_misspelling(name: &str, of: &str) -> bool {
    name.len().abs_diff(of.len()) <= 2 && of.len() > 8 && strsim::damerau_levenshtein(name, of) <= 2
}
