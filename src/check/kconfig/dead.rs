//! Owns lines that can never act: symbols that no configuration of any architecture turns on, and selects, implies, defaults, ranges,
//! prompts, menus and `if` blocks whose conditions never hold.
//!
//! A line that is overridden never acts either: a select of a member of a choice, and a default after one that always applies.
//!
//! Dead is what is dead on every architecture that reads the line. First each architecture says what surely acts, in a few
//! configurations; what acts nowhere is put to the solver afterwards.

use std::collections::BTreeMap;

use rustc_hash::{FxHashMap, FxHashSet};

use super::line::{Key, Keys, Part, Shared};
use super::together::Together;
use super::touched::Lines;
use super::undecided::Unanswered;
use crate::diag::{Diagnostic, Label, Level};
use crate::kconfig::eval::{Configuration, Evaluator, NewValues, Random, Tristate};
use crate::kconfig::implied::{Implied, Level as From};
use crate::kconfig::model::{
    EntryId, EntryKind, Expr, ExprId, Model, Place, PropertyId, PropertyKind, SymbolId, Type,
};
use crate::kconfig::solve::{Formula, Literal, Node, Question, Refuter, Undecided, Value};
use crate::kconfig::sources::Name;
use crate::kconfig::unmet;

/// The name of the lint about symbols.
pub const SYMBOL: &str = "dead-symbol";
/// The name of the lint about selects and implies.
pub const SELECT: &str = "dead-select";
/// The name of the lint about defaults.
pub const DEFAULT: &str = "dead-default";
/// The name of the lint about ranges.
pub const RANGE: &str = "dead-range";
/// The name of the lint about prompts and comments.
pub const PROMPT: &str = "dead-prompt";
/// The name of the lint about menus and `if` blocks.
pub const BLOCK: &str = "dead-block";

/// The note about a symbol that nothing turns on.
pub const UNUSED: &str = "it has no prompt, and nothing selects it";

/// A symbol that is meant to be off: what depends on it is known not to work.
pub(super) const BROKEN: &str = "BROKEN";

/// From so many symbols it has to follow that a line never acts. A line that acts in some configuration that was not tried would need all
/// symbols that bear on it, by the thousand, for nothing to be said in the end.
const MOST_SYMBOLS: usize = 176;

/// With fewer lines left to ask about, the solver is cheaper than a random configuration.
const WORTH_RANDOM: usize = 64;

/// A random configuration in which fewer lines act was not worth its time; the second of these is the last.
const WORTH_ANOTHER: usize = 6;

/// Most random configurations that are tried.
const MOST_RANDOM: u32 = 48;

/// A line of one model that may act or not.
#[derive(Clone, Copy, Debug)]
enum Item {
    Symbol(SymbolId),
    Block(EntryId),
    Line(PropertyId),
}

/// The solver's answers about the lines of one architecture that acted nowhere.
#[derive(Debug, Default)]
pub struct Verdicts {
    /// Dead lines.
    pub dead: BTreeMap<Key, Dead>,
    /// Undecided lines.
    pub undecided: Vec<(Key, Unanswered)>,
    /// Of the symbols that acted nowhere at one of their places: those that this architecture can turn on.
    pub alive: FxHashSet<Name>,
    /// The names of symbols that are off on purpose, and of those that only they turn on.
    pub meant: FxHashSet<Name>,
}

/// A line that never acts on some architecture.
#[derive(Clone, Debug)]
pub struct Dead {
    /// The symbol and the blocks that it stands in: where one of these is dead, too, that tells all.
    pub around: Vec<Key>,
    /// The selects of a symbol without a prompt: where one of these is dead, too, that tells all.
    pub selects: Vec<Key>,
    /// The finding to report.
    pub finding: Diagnostic,
    /// The symbol, if it is about one as a whole.
    pub symbol: Option<Name>,
    /// The names of the symbols that the line would need: where one of these is dead or declared nowhere, that tells all.
    pub needs: Vec<Name>,
    /// The names of all symbols that it lacks, of which another architecture may meet another one first.
    pub all_needs: Vec<Name>,
    /// The shared cause of findings in the same file.
    pub cause: Option<String>,
}

/// Lines that were idle in a few configurations.
#[derive(Debug, Default)]
pub struct Idle {
    /// The lines.
    pub keys: FxHashSet<Key>,
    /// The names of the symbols among them.
    pub names: FxHashSet<Name>,
}

impl Idle {
    fn new(model: &Model, lines: Vec<(Key, Item)>) -> Self {
        let mut idle = Self::default();
        for (key, item) in lines {
            idle.keys.insert(key);
            if let Item::Symbol(symbol) = item {
                idle.names.extend(model.symbol(symbol).name);
            }
        }
        idle
    }

    /// Adds those of another architecture.
    pub fn add(&mut self, other: Self) {
        self.keys.extend(other.keys);
        self.names.extend(other.names);
    }
}

/// Every line that can act or not, or those of `limit`.
fn items(model: &Model, keys: &Keys, limit: Option<&Lines>) -> Vec<(Key, Item)> {
    let key = |place: Place, part| keys.key(place, part);
    let mut found = Vec::new();
    for index in 1..model.entries.len() {
        let id = EntryId::new(index);
        if limit.is_some_and(|limit| !limit.entries.contains(&id)) {
            continue;
        }
        let entry = model.entry(id);
        match (entry.kind, entry.symbol) {
            (EntryKind::Config | EntryKind::Menuconfig, Some(symbol)) => {
                let of = model.symbol(symbol);
                let logical = matches!(of.type_, Some(Type::Bool | Type::Tristate));
                if logical && !of.transitional && model.definitions(symbol).next() == Some(id) {
                    found.push((key(entry.place, Part::Symbol), Item::Symbol(symbol)));
                }
            }
            (EntryKind::Menu | EntryKind::If | EntryKind::Choice | EntryKind::Comment, _)
                if model
                    .own_dependencies(id)
                    .iter()
                    .any(|line| line.dependency != ExprId::YES) =>
            {
                found.push((key(entry.place, Part::Block), Item::Block(id)));
            }
            _ => {}
        }
    }
    for index in 0..model.properties.len() {
        let id = PropertyId::new(index);
        if limit.is_some_and(|limit| !limit.properties.contains(&id)) {
            continue;
        }
        let property = model.property(id);
        let is_line = match property.kind {
            PropertyKind::Select(_) | PropertyKind::Imply(_) => true,
            // A prompt without a condition of its own lives as its symbol does.
            PropertyKind::Prompt(_) | PropertyKind::Menu(_) | PropertyKind::Comment(_) => {
                property.condition != ExprId::YES
            }
            PropertyKind::Default(_) => true,
            PropertyKind::Range(..) => property.condition != ExprId::YES,
        };
        if is_line {
            found.push((key(property.place, Part::Line), Item::Line(id)));
        }
    }
    found
}

/// The conditions under which a line acts, as expressions, and the symbol that has to be on.
fn needs(model: &Model, item: Item) -> (Option<SymbolId>, Vec<ExprId>) {
    match item {
        Item::Symbol(symbol) => (Some(symbol), Vec::new()),
        Item::Block(entry) => (None, vec![model.entry(entry).dependency]),
        Item::Line(id) => {
            let property = model.property(id);
            let entry = model.entry(property.entry);
            let selector = matches!(
                property.kind,
                PropertyKind::Select(_) | PropertyKind::Imply(_)
            );
            (
                entry.symbol.filter(|_| selector),
                vec![entry.dependency, property.condition],
            )
        }
    }
}

/// The default that applies wherever a later one of the same symbol could: the first whose condition and dependencies hold counts
/// (`symbol.c: sym_get_default_prop`). The defaults of a choice name members, of which some may not be visible.
fn default_before(model: &Model, id: PropertyId) -> Option<PropertyId> {
    let property = model.property(id);
    let symbol = model.entry(property.entry).symbol?;
    let is_default = |id: PropertyId| matches!(model.property(id).kind, PropertyKind::Default(_));
    let of = model.symbol(symbol);
    // Until 5.13 `conf` tries all defaults of a string with `option defconfig_list`, one after the other.
    let is_list = model.release < (5, 14) && of.type_ == Some(Type::String);
    if !is_default(id) || of.is_choice || is_list && !has_prompt(model, symbol) {
        return None;
    }
    let earlier = model.own_properties_of(symbol);
    let mut earlier = earlier.take_while(|&other| other != id);
    earlier.find(|&other| {
        let of = model.property(other);
        let is_of_entry =
            of.entry == property.entry || model.entry(of.entry).dependency == ExprId::YES;
        is_default(other) && of.condition == ExprId::YES && is_of_entry
    })
}

/// Whether a line is a default that counts wherever its symbol does.
fn is_plain_default(model: &Model, item: Item) -> bool {
    let Item::Line(id) = item else { return false };
    let property = model.property(id);
    matches!(property.kind, PropertyKind::Default(_))
        && property.condition == ExprId::YES
        && default_before(model, id).is_none()
}

/// Whether a line selects or implies a member of a choice. The choice alone gives its members their values: `sym_calc_value` does not look
/// at what selects them, and before 6.11 `sym_calc_visibility` does not compute it.
fn is_of_member(model: &Model, id: PropertyId) -> bool {
    let target = match model.property(id).kind {
        PropertyKind::Select(target) | PropertyKind::Imply(target) => target,
        _ => return false,
    };
    // In blocks inside a choice, entries may have become submenus of each other, and others are no members.
    let mut entries = model.definitions(target).map(|entry| model.entry(entry));
    model.is_defined(target)
        && entries.all(|entry| {
            model.entry(entry.parent).kind == EntryKind::Choice && entry.prompt.is_some()
        })
}

/// Why a line has no effect although its condition and its dependencies hold.
fn overridden(model: &Model, item: Item) -> Option<String> {
    let Item::Line(id) = item else { return None };
    if is_of_member(model, id) {
        let (PropertyKind::Select(target) | PropertyKind::Imply(target)) = model.property(id).kind
        else {
            return None;
        };
        return Some(format!(
            "`{}` is a member of a choice, and only the choice decides which of them is `y`",
            model.name(target)
        ));
    }
    let earlier = model.property(default_before(model, id)?);
    let place = model.location(earlier.place);
    Some(format!(
        "{place}: this default comes first and always applies"
    ))
}

/// Whether a line acts in a configuration.
fn acts(configuration: &mut Configuration<'_, '_>, model: &Model, item: Item) -> bool {
    if overridden(model, item).is_some() {
        return false;
    }
    let (symbol, exprs) = needs(model, item);
    symbol.is_none_or(|symbol| configuration.tristate(symbol) != Tristate::No)
        && exprs
            .into_iter()
            .all(|expr| configuration.value_of(expr) != Tristate::No)
}

/// Those of the lines that act in some of a few random configurations, which are the same in each run. What they show, the solver need
/// not be asked: most lines that are left after [`survey`] wait for another member of a choice, or for something to be off.
fn acting(evaluator: &Evaluator<'_>, mut left: Vec<(Key, Item)>) -> FxHashSet<Key> {
    let model = evaluator.model();
    let mut acted = FxHashSet::default();
    let mut strikes = 0;
    for seed in 1..=MOST_RANDOM {
        if left.len() < WORTH_RANDOM || strikes == 2 {
            break;
        }
        // Mostly on, so that what stands deep in menus is reached; of three one has more modules, and one is even.
        let (bool_yes, tristate_yes, module) =
            [(85, 75, 10), (50, 33, 33), (75, 25, 55)][seed as usize % 3];
        let mut configuration = evaluator.configuration();
        for (index, symbol) in model.symbols.iter().enumerate() {
            if symbol.unknown {
                let answer = if seed % 4 == 0 { "n" } else { "y" };
                configuration.assume(SymbolId::new(index), answer);
            }
        }
        configuration.set_new(NewValues::Random(Random {
            seed,
            bool_yes,
            tristate_yes,
            module,
        }));
        let before = left.len();
        left.retain(|&(key, item)| {
            let acts = acts(&mut configuration, model, item);
            if acts {
                acted.insert(key);
            }
            !acts
        });
        strikes += u32::from(before - left.len() < WORTH_ANOTHER);
    }
    acted
}

/// Looks which lines act in a few configurations: with everything on, as far as possible as modules, with nothing on, and with the
/// defaults; all that is tried in a shell succeeds, and fails. Gives the lines that acted in none and on no architecture before.
pub fn survey(
    evaluator: &Evaluator<'_>,
    keys: &Keys,
    shared: &Shared,
    limit: Option<&Lines>,
) -> Idle {
    let model = evaluator.model();
    let mut left = unsettled(model, keys, shared, limit);
    let mut acted = Vec::new();
    for (values, answer) in [
        (NewValues::Yes, "y"),
        (NewValues::Mod, "y"),
        (NewValues::No, "n"),
        (NewValues::Default, "y"),
        (NewValues::Yes, "n"),
        (NewValues::No, "y"),
    ] {
        if left.is_empty() {
            break;
        }
        let mut configuration = evaluator.configuration();
        for (index, symbol) in model.symbols.iter().enumerate() {
            if symbol.unknown {
                configuration.assume(SymbolId::new(index), answer);
            }
        }
        configuration.set_new(values);
        left.retain(|&(key, item)| {
            let acts = acts(&mut configuration, model, item);
            if acts {
                acted.push(key);
            }
            !acts
        });
    }
    shared.settled().extend(acted);
    Idle::new(model, left)
}

/// The lines that can act or not, as far as they are not settled.
fn unsettled(
    model: &Model,
    keys: &Keys,
    shared: &Shared,
    limit: Option<&Lines>,
) -> Vec<(Key, Item)> {
    let mut found = items(model, keys, limit);
    let mut settled = shared.settled();
    found.retain(|&(key, item)| {
        // A default without a condition lives as its symbol does, unless one comes before it on all architectures.
        if is_plain_default(model, item) {
            settled.insert(key);
        }
        !settled.contains(&key)
    });
    found
}

/// These lines, whether they act or not.
pub fn open(model: &Model, keys: &Keys, shared: &Shared, limit: Option<&Lines>) -> Idle {
    Idle::new(model, unsettled(model, keys, shared, limit))
}

/// Asks of the lines that acted nowhere whether they can act on this architecture. What may is settled for all of them: nothing is said
/// of a line that does not surely act on none.
pub fn verdicts(
    evaluator: &Evaluator<'_>,
    implied: &mut Implied<'_>,
    idle: &Idle,
    keys: &Keys,
    shared: &Shared,
    limit: Option<&Lines>,
) -> Verdicts {
    let model = evaluator.model();
    let mut refuter = Refuter::new(evaluator);
    let mut verdicts = Verdicts::default();
    let mut dead_symbols: FxHashMap<SymbolId, bool> = FxHashMap::default();
    let broken = model.find(BROKEN);
    verdicts.alive = alive(model, idle, keys);
    let mut asked = items(model, keys, limit);
    asked.retain({
        // A line that acts on another architecture is not dead, whatever this one says.
        let settled = shared.settled();
        move |(key, _)| idle.keys.contains(key) && !settled.contains(key)
    });
    let mut open = asked.clone();
    open.retain(|&(_, item)| !never_by_text(model, implied, item));
    let acting = acting(evaluator, open);
    for (key, item) in asked {
        // Another one may have shown it by now.
        if shared.settled().contains(&key) {
            continue;
        }
        let never = match item {
            _ if acting.contains(&key) => Ok(false),
            Item::Line(id) => {
                let property = model.property(id);
                let symbol = model.entry(property.entry).symbol;
                // Its symbol, or a block around it, is reported once.
                if symbol.is_some_and(|symbol| dead_symbols.get(&symbol) == Some(&true)) {
                    Ok(true)
                } else {
                    never(model, implied, &mut refuter, item)
                }
            }
            _ => never(model, implied, &mut refuter, item),
        };
        if let Item::Symbol(symbol) = item {
            dead_symbols.insert(symbol, never == Ok(true));
        }
        match never {
            Ok(true) => {}
            Ok(false) => {
                shared.settled().insert(key);
                if let Item::Symbol(symbol) = item {
                    verdicts.alive.extend(model.symbol(symbol).name);
                }
                continue;
            }
            Err(reason) => {
                let finding = finding(model, item, None);
                let place = finding.primary.location;
                let one = Unanswered::new(finding.lint, place, &model.srcarch, reason.to_string());
                verdicts.undecided.push((key, one));
                continue;
            }
        }
        let Cause {
            operand,
            named,
            all,
        } = cause(model, implied, item);
        if let Item::Symbol(symbol) = item
            && is_meant(model, symbol, broken)
        {
            verdicts.meant.extend(model.symbol(symbol).name);
        }
        let is_off = match item {
            Item::Symbol(symbol) => is_meant(model, symbol, broken),
            _ => is_off_on_purpose(model, item, broken),
        };
        if is_off {
            continue;
        }
        let names = |symbols: Vec<SymbolId>| -> Vec<Name> {
            let symbols = symbols.into_iter();
            let symbols = symbols.filter(|&symbol| symbol > SymbolId::YES);
            symbols
                .filter_map(|symbol| model.symbol(symbol).name)
                .collect()
        };
        let own = match item {
            Item::Symbol(symbol) => model.symbol(symbol).name,
            _ => None,
        };
        let cause = match item {
            Item::Line(id) => {
                let condition = model.property(id).condition;
                let of_line = (condition != ExprId::YES).then(|| model.write(condition));
                // The others after the same default are one finding with it.
                overridden(model, item).or(of_line)
            }
            Item::Symbol(_) => own.map(|name| name.to_string()),
            Item::Block(_) => None,
        };
        verdicts.dead.insert(
            key,
            Dead {
                around: around(model, keys, item),
                selects: selects(model, keys, item),
                finding: finding(model, item, operand),
                symbol: own,
                needs: names(named),
                all_needs: names(all),
                cause,
            },
        );
    }
    verdicts
}

/// The symbols among the idle ones that this architecture can turn on at another place: those that acted there.
fn alive(model: &Model, idle: &Idle, keys: &Keys) -> FxHashSet<Name> {
    let acts = |name: &&Name| {
        let symbol = model.find(name).filter(|&symbol| {
            let of = model.symbol(symbol);
            matches!(of.type_, Some(Type::Bool | Type::Tristate))
        });
        let first = symbol.and_then(|symbol| model.definitions(symbol).next());
        first.is_some_and(|first| {
            let key = keys.key(model.entry(first).place, Part::Symbol);
            !idle.keys.contains(&key)
        })
    };
    idle.names.iter().filter(acts).copied().collect()
}

/// The operands of a conjunction.
fn operands_of(model: &Model, expr: ExprId) -> Vec<ExprId> {
    let and = |expr| match expr {
        Expr::And(a, b) => Some((a, b)),
        _ => None,
    };
    model.exprs.chain(expr, and)
}

/// Whether an expression is `n` by what somebody wrote there.
fn says_no(model: &Model, expr: ExprId) -> bool {
    let operands = operands_of(model, expr).into_iter();
    let mut operands = operands.map(|expr| model.exprs.get(expr));
    operands.any(|expr| expr == Expr::Symbol(SymbolId::NO))
}

/// Whether expressions name what is known not to work.
fn is_broken(model: &Model, exprs: &[ExprId], broken: Option<SymbolId>) -> bool {
    let mut named = Vec::new();
    model.exprs.symbols_of(exprs, None, &mut named);
    broken.is_some_and(|broken| named.contains(&broken))
}

/// Whether a symbol is off because somebody wants it to be: it depends on what does not work, or stands in a block that is off. One that
/// depends on `n` itself is code that nobody can have.
fn is_meant(model: &Model, symbol: SymbolId, broken: Option<SymbolId>) -> bool {
    let entries: Vec<EntryId> = model.definitions(symbol).collect();
    let dependencies = entries.iter().map(|&entry| model.entry(entry).dependency);
    let mut around = entries.iter().map(|&entry| model.entry(entry).parent);
    broken == Some(symbol)
        || is_broken(model, &dependencies.collect::<Vec<_>>(), broken)
        || around.any(|block| says_no(model, model.entry(block).dependency))
}

/// The same of a line, which may depend on `n` itself.
fn is_off_on_purpose(model: &Model, item: Item, broken: Option<SymbolId>) -> bool {
    let (symbol, exprs) = needs(model, item);
    symbol.is_some_and(|symbol| is_meant(model, symbol, broken))
        || is_broken(model, &exprs, broken)
        || exprs.iter().any(|&expr| says_no(model, expr))
}

/// The parents of a line: its symbol, unless the line is one itself, and the blocks around it.
fn around(model: &Model, keys: &Keys, item: Item) -> Vec<Key> {
    let (mut at, mut found) = match item {
        Item::Symbol(symbol) => {
            let entry = model.definitions(symbol).next();
            (entry.unwrap_or(EntryId::ROOT), Vec::new())
        }
        Item::Block(entry) => (entry, Vec::new()),
        Item::Line(id) => {
            let entry = model.property(id).entry;
            let symbol = model.entry(entry).symbol;
            let first = symbol.and_then(|symbol| model.definitions(symbol).next());
            let first = first.map(|first| keys.key(model.entry(first).place, Part::Symbol));
            (entry, first.into_iter().collect())
        }
    };
    while at != EntryId::ROOT {
        at = model.entry(at).parent;
        found.push(keys.key(model.entry(at).place, Part::Block));
    }
    found
}

/// The lines that alone could turn a symbol on.
fn selects(model: &Model, keys: &Keys, item: Item) -> Vec<Key> {
    match item {
        Item::Symbol(symbol) if !has_prompt(model, symbol) => {
            let key = |id| keys.key(model.property(id).place, Part::Line);
            model.selects_of(symbol).map(key).collect()
        }
        _ => Vec::new(),
    }
}

/// Whether that a line never acts on this architecture follows from the lines alone.
fn never_by_text(model: &Model, implied: &mut Implied<'_>, item: Item) -> bool {
    if overridden(model, item).is_some() {
        return true;
    }
    let (symbol, exprs) = needs(model, item);
    symbol.is_some_and(|symbol| implied.facts(symbol, From::On).is_none())
        || exprs
            .iter()
            .any(|&expr| implied.expr(expr, From::On, true).is_none())
}

/// Whether a line acts in no configuration of this architecture.
fn never(
    model: &Model,
    implied: &mut Implied<'_>,
    refuter: &mut Refuter<'_>,
    item: Item,
) -> Result<bool, Undecided> {
    if never_by_text(model, implied, item) {
        return Ok(true);
    }
    let (symbol, exprs) = needs(model, item);
    let mut formula = Formula::new();
    let mut parts = Vec::new();
    if let Some(symbol) = symbol {
        parts.push(formula.add(Node::Literal(Literal::new(symbol, Value::On))));
    }
    for expr in exprs {
        parts.push(formula.add(Node::Expr(expr, Value::On)));
    }
    formula.add(Node::And(parts));
    refuter.forget();
    refuter.excludes_within(&Question::new().and_formula(formula), MOST_SYMBOLS)
}

fn finding(model: &Model, item: Item, never: Option<(EntryId, ExprId)>) -> Diagnostic {
    let (lint, place, headline, symbol) = match item {
        Item::Symbol(symbol) => {
            let entry = model.definitions(symbol).next().unwrap_or(EntryId::ROOT);
            let name = model.name(symbol);
            let headline = format!("`{name}` cannot be enabled on any architecture");
            (SYMBOL, model.entry(entry).place, headline, Some(symbol))
        }
        Item::Block(entry) => {
            let of = model.entry(entry);
            let word = match of.kind {
                EntryKind::If => "this `if` block",
                EntryKind::Choice => "this choice",
                _ => "this menu",
            };
            if of.kind == EntryKind::Comment {
                let headline = "this comment is never shown on any architecture".to_owned();
                (PROMPT, of.place, headline, None)
            } else {
                let headline = format!("the condition of {word} never holds on any architecture");
                (BLOCK, of.place, headline, None)
            }
        }
        Item::Line(id) => {
            let property = model.property(id);
            let symbol = model.entry(property.entry).symbol;
            let name = symbol.map_or_else(String::new, |symbol| model.name(symbol));
            let of_member = is_of_member(model, id);
            let (lint, what) = match &property.kind {
                PropertyKind::Select(target) if of_member => (
                    SELECT,
                    format!("`{name}` selects `{}` without effect", model.name(*target)),
                ),
                PropertyKind::Imply(target) if of_member => (
                    SELECT,
                    format!("`{name}` implies `{}` without effect", model.name(*target)),
                ),
                PropertyKind::Select(target) => (
                    SELECT,
                    format!("`{name}` never selects `{}`", model.name(*target)),
                ),
                PropertyKind::Imply(target) => (
                    SELECT,
                    format!("`{name}` never implies `{}`", model.name(*target)),
                ),
                PropertyKind::Default(value) => (
                    DEFAULT,
                    format!(
                        "the default `{}` of `{name}` never applies",
                        model.write(*value)
                    ),
                ),
                PropertyKind::Range(..) => (RANGE, format!("this range of `{name}` never applies")),
                PropertyKind::Comment(_) => (PROMPT, "this comment is never shown".to_owned()),
                _ => (PROMPT, format!("this prompt of `{name}` is never shown")),
            };
            let headline = format!("{what} on any architecture");
            (lint, property.place, headline, symbol)
        }
    };
    let label = Label::new(model.location(place), "");
    let mut finding = Diagnostic::new(lint, Level::Note, headline, label);
    finding.symbol = symbol.map(|symbol| model.name(symbol));
    if let Some(why) = because(model, item, never) {
        finding = finding.with_note(why);
    }
    finding
}

/// The cause of a dead line, as far as it shows.
#[derive(Default)]
struct Cause {
    /// The first operand of what the line needs that never holds by itself.
    operand: Option<(EntryId, ExprId)>,
    /// The symbols that it names, or those that alone could turn a symbol on.
    named: Vec<SymbolId>,
    /// The symbols of all operands that never hold.
    all: Vec<SymbolId>,
}

/// The cause of a dead line.
fn cause(model: &Model, implied: &mut Implied<'_>, item: Item) -> Cause {
    // That another line overrides this one tells on all architectures.
    if overridden(model, item).is_some() {
        return Cause::default();
    }
    let mut operands = Vec::new();
    match item {
        Item::Symbol(symbol) => {
            if let Some(entry) = model.definitions(symbol).next() {
                operands.extend(unmet::operands(model, entry));
            }
        }
        Item::Block(entry) => operands.extend(unmet::operands(model, entry)),
        Item::Line(id) => {
            let property = model.property(id);
            operands.push((property.entry, property.condition));
            operands.extend(unmet::operands(model, property.entry));
        }
    }
    let mut never_holds = |&(_, expr): &(EntryId, ExprId)| {
        let facts = implied.expr(expr, From::On, true);
        facts.is_none()
    };
    operands.retain(&mut never_holds);
    let operand = operands.first().copied();
    let (mut named, mut all) = (Vec::new(), Vec::new());
    for (_, expr) in operands {
        model.exprs.symbols_of(&[expr], None, &mut all);
    }
    match (operand, item) {
        (Some((_, expr)), _) => model.exprs.symbols_of(&[expr], None, &mut named),
        (None, Item::Symbol(symbol)) if !has_prompt(model, symbol) => {
            let selectors = model
                .selects_of(symbol)
                .filter_map(|id| model.entry(model.property(id).entry).symbol);
            named.extend(selectors);
        }
        // Of a symbol that only its prompt turns on, the prompt may be what is never shown.
        (None, Item::Symbol(symbol)) if model.selects_of(symbol).next().is_none() => {
            let prompts = model.properties_of(symbol).map(|id| model.property(id));
            let mut prompts = prompts.filter(|property| is_prompt(&property.kind));
            if let (Some(prompt), None) = (prompts.next(), prompts.next()) {
                let mut parts = operands_of(model, prompt.condition).into_iter();
                let hidden = parts.find(|&expr| never_holds(&(prompt.entry, expr)));
                model.exprs.symbols_of(hidden.as_slice(), None, &mut named);
            }
        }
        _ => {}
    }
    all.extend(&named);
    Cause {
        operand,
        named,
        all,
    }
}

fn is_prompt(kind: &PropertyKind) -> bool {
    matches!(kind, PropertyKind::Prompt(_) | PropertyKind::Menu(_))
}

fn has_prompt(model: &Model, symbol: SymbolId) -> bool {
    let mut properties = model.properties_of(symbol);
    properties.any(|id| is_prompt(&model.property(id).kind))
}

/// Why a line is dead, if one place tells. What nothing turns on needs no other reason.
fn because(model: &Model, item: Item, never: Option<(EntryId, ExprId)>) -> Option<String> {
    if let Item::Symbol(symbol) = item
        && !has_prompt(model, symbol)
        && model.selects_of(symbol).next().is_none()
    {
        return Some(UNUSED.to_owned());
    }
    let Some((entry, expr)) = never else {
        return overridden(model, item);
    };
    let place = model.location(model.entry(entry).place);
    Some(format!("{place}: `{}` never holds", model.write(expr)))
}

/// Merges the lines of all architectures: those that are dead on each architecture that reads them, one finding for each cause.
/// `is_declared` knows the names of all architectures.
pub fn findings(
    of_archs: &[(&str, Verdicts)],
    shared: &Shared,
    all: usize,
    is_declared: &dyn Fn(&str) -> bool,
) -> (Vec<Diagnostic>, Vec<Unanswered>) {
    let settled = shared.settled();
    let mut reasons = Vec::new();
    let mut undecided: FxHashSet<Key> = FxHashSet::default();
    for (key, why) in of_archs.iter().flat_map(|(_, of)| &of.undecided) {
        if !settled.contains(key) && undecided.insert(*key) {
            reasons.push(why.clone());
        }
    }
    let mut dead: BTreeMap<Key, Dead> = BTreeMap::new();
    let (mut alive, mut meant): (FxHashSet<Name>, FxHashSet<Name>) = Default::default();
    for (arch, of) in of_archs {
        alive.extend(&of.alive);
        meant.extend(&of.meant);
        for (key, line) in &of.dead {
            if settled.contains(key) || undecided.contains(key) {
                continue;
            }
            let known = dead.entry(*key).or_insert_with(|| line.clone());
            known.finding.archs.push((*arch).to_owned());
            known.selects.extend(&line.selects);
            known.all_needs.retain(|name| line.all_needs.contains(name));
            // A note about one architecture may be wrong on another.
            if known.finding.notes != line.finding.notes {
                known.finding.notes.clear();
                known.needs.clone_from(&known.all_needs);
            }
        }
    }
    let symbols: FxHashMap<Name, &[Name]> = dead
        .values()
        .filter_map(|of| Some((of.symbol?, &*of.needs)))
        .filter(|(name, _)| !alive.contains(name))
        .collect();
    let mut together = Together::default();
    for of in dead.values() {
        // On another architecture it has a meaning, and this one says that it has none here.
        let is_elsewhere = of.symbol.is_some_and(|name| alive.contains(&name));
        let is_cause = |name: Name| {
            let is_other = |own: Name| name < own || !leads_to(&symbols, name, own);
            let is_dead = symbols.contains_key(&name) && of.symbol.is_none_or(is_other);
            of.symbol != Some(name) && (is_dead || meant.contains(&name) || !is_declared(&name))
        };
        // One cause is one finding.
        let is_within = |of: &Dead| of.around.iter().any(|key| dead.contains_key(key));
        let mut selects = of.selects.iter().filter_map(|key| dead.get(key));
        let is_told = is_within(of)
            || selects.any(|select| !is_within(select))
            || of.needs.iter().any(|&name| is_cause(name));
        if is_elsewhere || is_told {
            continue;
        }
        let mut finding = of.finding.clone();
        if finding.archs.len() == all {
            finding.archs.clear();
        }
        let path = &finding.primary.location.path;
        let cause = of.cause.as_ref().map(|cause| match of.symbol {
            // The same symbol in the files of several architectures.
            Some(_) => cause.clone(),
            None => format!("{path} {cause}"),
        });
        together.add(finding, cause);
    }
    (together.findings(), reasons)
}

/// Whether what a dead symbol needs leads to another one.
fn leads_to(symbols: &FxHashMap<Name, &[Name]>, from: Name, to: Name) -> bool {
    let (mut pending, mut seen) = (vec![from], FxHashSet::default());
    while let Some(name) = pending.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            let needs = symbols.get(&name).copied().unwrap_or_default();
            pending.extend(needs);
        }
    }
    false
}
