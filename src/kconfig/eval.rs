//! Owns the values of one configuration: what the kernel's own `conf` computes from a model and a `.config`, to the byte.
//!
//! [`Evaluator`] holds what follows from the model alone and serves any number of configurations; [`Configuration`] holds the
//! values of one. It is a state like that of `conf`: values are computed on demand, stay until they are invalidated, and some
//! of what `conf` writes depends on what it had computed before.
//!
//! | module | follows |
//! |---|---|
//! | `value` | `expr.h`, `expr.c: expr_parse_string`, `symbol.c: sym_string_valid` |
//! | `compute` | `symbol.c: sym_calc_value`, `sym_calc_visibility`, `expr.c: expr_calc_value` |
//! | `choice` | `symbol.c: sym_calc_choice`, `sym_choice_default` |
//! | `old_choice` | the same, and `menu.c: menu_finalize`, until 6.10 |
//! | `read` | `confdata.c: conf_read_simple`, `conf_read` |
//! | `merge` | `merge_config.sh` |
//! | `random` | `conf.c: conf_set_all_new_symbols`, `randomize_choice_values`; `rand` of glibc |
//! | `write` | `confdata.c: conf_write`, `conf_write_defconfig` |
//! | `target` | `conf.c: main`, `conf_set_all_new_symbols`, `check_conf` |
//! | `why` | `symbol.c: sym_calc_value`, told as reasons |
//! | `rests` | the same, told as what it depends on of what is unknown |
//! | `simplify` | `expr.c`: rewriting of expressions |
//! | `shape` | `menu.c: _menu_finalize`: submenus |
//! | `loops` | `symbol.c: sym_check_deps` |
//! | `sanity` | `menu.c: sym_check_prop` and the checks of `parser.y` |

mod choice;
mod compute;
mod loops;
mod merge;
mod old_choice;
mod order;
mod random;
mod read;
mod rests;
mod sanity;
mod shape;
mod simplify;
mod target;
#[cfg(test)]
mod tests;
pub(super) mod value;
mod why;
mod write;

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};

use crate::kconfig::model::{EntryId, EntryKind, ExprId, Model, SymbolId, Type};

pub use loops::{How, Loop, Step, Written, leads_to};
pub use merge::{line, with_lines};
pub use random::Random;
pub use read::{Warning, WarningKind};
pub use rests::Rests;
pub use sanity::{DEFINITION, LOOP, Problem, ProblemKind};
pub use target::NewValues;
pub use value::{Tristate, is_valid};
pub use why::Reason;
pub use write::ChangedInput;

/// The text of a value that is no logical one. Bytes, for a `.config` need not be UTF-8.
pub type Text = Arc<[u8]>;

/// The differences between the `conf` of one release and another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Dialect {
    /// Until 6.10: a choice is a symbol with a value of its own, and may be tristate or optional.
    OldChoices,
    /// Since 6.11: a choice only says which of its bool members is set.
    NewChoices,
    /// Since 6.18: symbols may be transitional, and more mistakes are refused.
    Transitional,
}

impl Dialect {
    /// The dialect of a release, such as `(7, 2)`.
    pub fn of(release: (u32, u32)) -> Self {
        match release {
            (0, 0) | (6, 18..) | (7.., _) => Dialect::Transitional,
            (6, 11..) => Dialect::NewChoices,
            _ => Dialect::OldChoices,
        }
    }
}

/// A choice with its members.
#[derive(Clone, Debug)]
struct Choice {
    symbol: SymbolId,
    /// The members in the order of their definitions.
    members: Vec<SymbolId>,
    /// The symbols of all entries in it, in the order of the text.
    inside: Vec<SymbolId>,
}

/// Values that follow from a model alone.
#[derive(Debug)]
pub struct Evaluator<'m> {
    model: &'m Model,
    dialect: Dialect,
    prefix: String,
    choices: Vec<Choice>,
    /// For each symbol the choice that its prompt stands in, as an index into `choices` (`symbol.c: sym_get_choice_menu`).
    choice_of: Vec<Option<u32>>,
    /// For each symbol that is a choice its index in `choices`.
    choice_index: FxHashMap<SymbolId, u32>,
    /// The entries of bool members of tristate choices, with the choice, which has to be `y` for them (until 6.10).
    needs_yes: FxHashMap<EntryId, SymbolId>,
    /// For each symbol its type; a choice without one is `bool`.
    types: Vec<Option<Type>>,
    /// The conditions as `conf` rewrites them, where that makes a difference: where symbols as they are written lead back to
    /// themselves.
    rewritten: Option<simplify::Rewritten>,
    /// The limits because of which conditions, and the shape of menus, follow expressions as they are written.
    unfinished: Vec<simplify::Unfinished>,
    /// All symbols in the order of `conf`, where that makes a difference.
    order: Option<Vec<SymbolId>>,
    zero: Text,
    hex_zero: Text,
    empty: Text,
    no: Text,
}

impl<'m> Evaluator<'m> {
    /// Prepares a model. `prefix` is what stands before each name in `.config`: `CONFIG_` unless the environment variable of
    /// that name says otherwise.
    pub fn new(model: &'m Model, prefix: &str) -> Self {
        let mut evaluator = Self::without_loops(model, prefix);
        if evaluator.has_loop_as_written() {
            let rewritten = simplify::Rewritten::new(&evaluator);
            evaluator.unfinished.extend(&rewritten.unfinished);
            evaluator.rewritten = Some(rewritten);
        }
        evaluator
    }

    /// Whether some symbol of the model leads back to itself as the lines are written. `conf` may see no loop all the same.
    pub fn has_loop_as_written(&self) -> bool {
        // The answer is the same for every evaluator of the model.
        self.model.may_loop_or(|| {
            let all = (0..self.model.symbols.len()).map(SymbolId::new);
            loops::Written::among_circular(self).has_loop(self, all)
        })
    }

    /// As [`Evaluator::new`], for symbols that [`loops::Written`] knows to lead to no loop, or for a model of which it is known that no
    /// symbol leads back to itself.
    pub fn without_loops(model: &'m Model, prefix: &str) -> Self {
        let types = model
            .symbols
            .iter()
            .map(|symbol| {
                let type_ = symbol.type_;
                if symbol.is_choice {
                    type_.or(Some(Type::Bool))
                } else {
                    type_
                }
            })
            .collect();
        let mut evaluator = Self {
            model,
            dialect: Dialect::of(model.release),
            prefix: prefix.to_owned(),
            choices: Vec::new(),
            choice_of: vec![None; model.symbols.len()],
            choice_index: FxHashMap::default(),
            needs_yes: FxHashMap::default(),
            types,
            rewritten: None,
            unfinished: Vec::new(),
            order: None,
            zero: Text::from(&b"0"[..]),
            hex_zero: Text::from(&b"0x0"[..]),
            empty: Text::from(&b""[..]),
            no: Text::from(&b"n"[..]),
        };
        evaluator.types[SymbolId::NO.index()] = Some(Type::Tristate);
        evaluator.types[SymbolId::MOD.index()] = Some(Type::Tristate);
        evaluator.types[SymbolId::YES.index()] = Some(Type::Tristate);
        if evaluator.dialect == Dialect::OldChoices {
            // Until 6.10 a number without a value was written as nothing.
            evaluator.zero = evaluator.empty.clone();
            evaluator.hex_zero = evaluator.empty.clone();
            evaluator.find_old_choices();
        } else {
            evaluator.find_choices();
        }
        evaluator.order = evaluator.order_that_counts();
        evaluator
    }

    fn find_choices(&mut self) {
        let model = self.model;
        let mut index_of_entry: FxHashMap<EntryId, u32> = FxHashMap::default();
        let mut is_member: FxHashSet<(u32, SymbolId)> = FxHashSet::default();
        // The choice around each entry, if no symbol's entry is nearer. An entry comes after those around it.
        let mut around: Vec<Option<EntryId>> = Vec::with_capacity(model.entries.len());
        for (index, entry) in model.entries.iter().enumerate() {
            let parent = model.entry(entry.parent);
            around.push(match (parent.symbol, parent.kind) {
                _ if index == 0 => None,
                (Some(_), EntryKind::Choice) => Some(entry.parent),
                (Some(_), _) => None,
                (None, _) => around[entry.parent.index()],
            });
            if entry.kind == EntryKind::Choice
                && let Some(symbol) = entry.symbol
            {
                let number = self.choices.len() as u32;
                index_of_entry.insert(EntryId::new(index), number);
                self.choice_index.insert(symbol, number);
                self.choices.push(Choice {
                    symbol,
                    members: Vec::new(),
                    inside: Vec::new(),
                });
                continue;
            }
            let (Some(symbol), Some(choice)) = (entry.symbol, around[index]) else {
                continue;
            };
            if let Some(&number) = index_of_entry.get(&choice) {
                let choice = &mut self.choices[number as usize];
                choice.inside.push(symbol);
                if is_member.insert((number, symbol)) {
                    choice.members.push(symbol);
                }
            }
        }
        // Where a choice holds blocks, entries in them may have become submenus of each other.
        let blocks = model.entries.iter().any(|entry| {
            entry.kind == EntryKind::If && model.entry(entry.parent).kind == EntryKind::Choice
        });
        let shape = blocks.then(|| shape::Shape::new(self));
        let unfinished = shape.iter().flat_map(|shape| &shape.unfinished);
        self.unfinished.extend(unfinished);
        let inside: FxHashSet<SymbolId> = self
            .choices
            .iter()
            .flat_map(|choice| &choice.inside)
            .copied()
            .collect();
        for symbol in inside {
            let with_prompt = model
                .definitions(symbol)
                .find(|&entry| model.entry(entry).prompt.is_some());
            self.choice_of[symbol.index()] = with_prompt
                .and_then(|entry| match &shape {
                    Some(shape) => self.choice_above(shape, entry),
                    None => around[entry.index()],
                })
                .and_then(|choice| index_of_entry.get(&choice).copied());
        }
    }

    /// The choice that an entry is below once submenus are made.
    fn choice_above(&self, shape: &shape::Shape, entry: EntryId) -> Option<EntryId> {
        let mut parent = shape.parent(entry);
        while parent != EntryId::ROOT {
            let above = self.model.entry(parent);
            if above.symbol.is_some() {
                return (above.kind == EntryKind::Choice).then_some(parent);
            }
            parent = shape.parent(parent);
        }
        None
    }

    /// The model.
    pub fn model(&self) -> &'m Model {
        self.model
    }

    /// Whether symbols lead back to themselves as their lines are written. `conf` may see no loop all the same.
    pub fn may_loop(&self) -> bool {
        self.rewritten.is_some()
    }

    /// The prefix of each name in a `.config`.
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// The symbol with this name, defined or only referred to (`symbol.c: sym_find`).
    pub fn find(&self, name: &str) -> Option<SymbolId> {
        self.model.find(name)
    }

    /// Whether lines of a `.config` are read as before 6.8.
    fn reads_loosely(&self) -> bool {
        self.model.release != (0, 0) && self.model.release < (6, 8)
    }

    /// The type of a symbol, which for a choice is `bool` unless it says otherwise.
    pub fn type_of(&self, symbol: SymbolId) -> Option<Type> {
        self.types[symbol.index()]
    }

    fn is_choice(&self, symbol: SymbolId) -> bool {
        self.model.symbol(symbol).is_choice
    }

    fn is_choice_value(&self, symbol: SymbolId) -> bool {
        match self.dialect {
            Dialect::OldChoices => self.choice_of[symbol.index()].is_some(),
            _ => self.model.symbol(symbol).choice.is_some(),
        }
    }

    /// A configuration in which the user has not said anything.
    pub fn configuration(&self) -> Configuration<'_, 'm> {
        Configuration::new(self)
    }
}

/// The state of one symbol (`expr.h: struct symbol`).
#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The round in which the value was computed.
    valid_in: u32,
    value: Tristate,
    visible: Tristate,
    direct: Tristate,
    reverse: Tristate,
    implied: Tristate,
    /// Whether it belongs into `.config`.
    write: bool,
    /// Whether it has already been written.
    written: bool,
    /// Whether the user gave a value.
    has_user: bool,
    user: Tristate,
}

/// A symbol that is selected although its dependencies do not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The symbol.
    pub symbol: SymbolId,
    /// The upper bound from its dependencies.
    pub direct: Tristate,
    /// The lower bound from selects.
    pub reverse: Tristate,
}

/// The values of one configuration.
#[derive(Clone, Debug)]
pub struct Configuration<'e, 'm> {
    rules: &'e Evaluator<'m>,
    states: Vec<State>,
    /// The values of `int`, `hex` and `string` symbols.
    texts: Vec<Option<Text>>,
    /// The user's values for them.
    user_texts: Vec<Option<Text>>,
    /// The value of each expression, or [`UNKNOWN`].
    exprs: Vec<u8>,
    /// Whether some of them may be known.
    has_exprs: bool,
    /// For each choice its members, the one that the user set last first.
    recent: Vec<Vec<SymbolId>>,
    /// For each choice the member that it has, and the one that the user gave it (until 6.10).
    chosen: Vec<old_choice::Chosen>,
    /// The current round; what was computed in an earlier one is not valid.
    round: u32,
    /// What `MODULES` was when it was last computed.
    modules: Tristate,
    /// Whether the values differ from what was read (`confdata.c: conf_get_changed`).
    changed: bool,
    unmet: Vec<Unmet>,
    depth: usize,
    /// The operations whose left operands are being computed, the innermost last. It stays for the next expression.
    spine: Vec<ExprId>,
    /// Whether a symbol was given a value of the user's while values were computed.
    has_taken_over: bool,
    /// Whether values are being computed in the order of their dependencies, for the stack is deep.
    in_order: bool,
}

/// Stands in [`Configuration::exprs`] for an expression that was not computed in this round.
const UNKNOWN: u8 = u8::MAX;

impl<'e, 'm> Configuration<'e, 'm> {
    fn new(rules: &'e Evaluator<'m>) -> Self {
        let symbols = rules.model.symbols.len();
        let mut configuration = Self {
            rules,
            states: vec![State::default(); symbols],
            texts: vec![None; symbols],
            user_texts: vec![None; symbols],
            exprs: vec![UNKNOWN; rules.model.exprs.len()],
            has_exprs: false,
            recent: rules
                .choices
                .iter()
                .map(|choice| choice.members.clone())
                .collect(),
            chosen: vec![old_choice::Chosen::default(); rules.choices.len()],
            round: 1,
            modules: Tristate::No,
            changed: true,
            unmet: Vec::new(),
            depth: 0,
            spine: Vec::new(),
            has_taken_over: false,
            in_order: false,
        };
        configuration.states[SymbolId::MOD.index()].value = Tristate::Mod;
        configuration.states[SymbolId::YES.index()].value = Tristate::Yes;
        configuration
    }

    /// Takes the text of an unknown symbol, such as the output of a command, to be this. It holds whatever is read later.
    pub fn assume(&mut self, symbol: SymbolId, text: &str) {
        self.state_mut(symbol).value = match text {
            "y" => Tristate::Yes,
            "m" => Tristate::Mod,
            _ => Tristate::No,
        };
        self.texts[symbol.index()] = Some(Text::from(text.as_bytes()));
        self.forget();
    }

    /// The evaluator of the configuration.
    pub fn evaluator(&self) -> &'e Evaluator<'m> {
        self.rules
    }

    /// The logical value of a symbol; `n` for one of another type.
    pub fn tristate(&mut self, symbol: SymbolId) -> Tristate {
        self.calculate(symbol);
        self.state(symbol).value
    }

    /// The value of a symbol as a comparison sees it: a letter, a number or a text, and its own name for an undefined one
    /// (`symbol.c: sym_get_string_value`).
    pub fn text(&mut self, symbol: SymbolId) -> Text {
        self.calculate(symbol);
        self.current_text(symbol)
    }

    /// Up to which value the user may set the symbol.
    pub fn visibility(&mut self, symbol: SymbolId) -> Tristate {
        self.calculate(symbol);
        self.state(symbol).visible
    }

    /// Whether the user, or the file that was read, gave a value.
    pub fn has_user_value(&self, symbol: SymbolId) -> bool {
        self.state(symbol).has_user
    }

    /// Whether the symbol belongs into the `.config`.
    pub fn is_written(&mut self, symbol: SymbolId) -> bool {
        self.calculate(symbol);
        self.state(symbol).write
    }

    /// The symbols whose selects override their dependencies, each once, as far as values were computed.
    pub fn unmet(&self) -> &[Unmet] {
        &self.unmet
    }

    fn state(&self, symbol: SymbolId) -> &State {
        &self.states[symbol.index()]
    }

    fn state_mut(&mut self, symbol: SymbolId) -> &mut State {
        &mut self.states[symbol.index()]
    }
}
