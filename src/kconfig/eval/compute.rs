//! Owns how the value of a symbol is computed.
//!
//! Follows `symbol.c: sym_calc_value`, `sym_calc_visibility`, `sym_validate_range`, `sym_clear_all_valid` and
//! `expr.c: expr_calc_value` (7.2).

use rustc_hash::FxHashSet;

use super::simplify::{Id, Join, Node};
use super::value::{compare, leading_number};
use super::{Configuration, Dialect, Evaluator, Text, Tristate, UNKNOWN, Unmet};
use crate::kconfig::model::{Expr, ExprId, PropertyId, PropertyKind, SymbolId, Type};
use crate::kconfig::syntax::Comparison;

/// How deep computing one value may lead to computing others before the rest is computed in the order of dependencies.
const MAX_DEPTH: usize = 1_000;

impl Configuration<'_, '_> {
    /// Forgets all computed values, not what the user gave (`symbol.c: sym_clear_all_valid`).
    pub(super) fn clear_valid(&mut self) {
        self.forget();
        self.changed = true;
        self.calculate_modules();
    }

    /// Forgets all computed values before they are written, unless they are what would be computed again: since choices are plain
    /// symbols, and where nothing depends on what is computed first, values follow from what the user gave.
    pub(super) fn clear_before_writing(&mut self) {
        let rules = self.rules;
        if rules.order.is_some() || rules.dialect == Dialect::OldChoices || self.has_taken_over {
            self.clear_valid();
        } else {
            self.changed = true;
        }
    }

    /// Starts a new round.
    pub(super) fn forget(&mut self) {
        self.round += 1;
        self.forget_exprs();
    }

    /// Has expressions computed again, with the values that symbols have.
    pub(super) fn forget_exprs(&mut self) {
        if std::mem::take(&mut self.has_exprs) {
            self.exprs.fill(UNKNOWN);
        }
    }

    pub(super) fn calculate_modules(&mut self) {
        if let Some(modules) = self.rules.model.modules {
            self.calculate(modules);
        }
    }

    /// The value of an expression of the model, as it is written.
    pub fn value_of(&mut self, expr: ExprId) -> Tristate {
        self.expr(expr)
    }

    /// The value of an expression, each node computed once a round (`expr.c: expr_calc_value`). Both sides of `&&` and `||` are
    /// always computed, as C does. Chains lean to the left and are walked without recursion.
    pub(super) fn expr(&mut self, id: ExprId) -> Tristate {
        let outer = self.spine.len();
        let mut at = id;
        let mut value = loop {
            if let Some(value) = self.known(at) {
                break value;
            }
            match self.rules.model.exprs.get(at) {
                Expr::And(left, _) | Expr::Or(left, _) | Expr::Not(left) => {
                    self.spine.push(at);
                    at = left;
                }
                Expr::Symbol(symbol) => {
                    let value = self.tristate(symbol);
                    self.keep(at, value);
                    break value;
                }
                Expr::Module => {
                    let modules = self.rules.model.modules;
                    let value = modules.map_or(Tristate::No, |symbol| self.tristate(symbol));
                    let value = value.min(Tristate::Mod);
                    self.keep(at, value);
                    break value;
                }
                Expr::Compare(operator, left, right) => {
                    let value = self.compared(operator, left, right);
                    self.keep(at, value);
                    break value;
                }
            }
        };
        while self.spine.len() > outer
            && let Some(node) = self.spine.pop()
        {
            value = match self.rules.model.exprs.get(node) {
                Expr::And(_, right) => value.min(self.operand(right)),
                Expr::Or(_, right) => value.max(self.operand(right)),
                _ => value.negated(),
            };
            self.keep(node, value);
        }
        value
    }

    /// A right operand. Parentheses nest a limited number of levels.
    fn operand(&mut self, id: ExprId) -> Tristate {
        self.depth += 1;
        let value = self.expr(id);
        self.depth -= 1;
        value
    }

    fn keep(&mut self, id: ExprId, value: Tristate) {
        self.exprs[id.index()] = value as u8;
        self.has_exprs = true;
    }

    fn known(&self, id: ExprId) -> Option<Tristate> {
        match self.exprs[id.index()] {
            0 => Some(Tristate::No),
            1 => Some(Tristate::Mod),
            2 => Some(Tristate::Yes),
            _ => None,
        }
    }

    /// The condition of a property together with the dependencies of its entry.
    pub(super) fn condition(&mut self, property: PropertyId) -> Tristate {
        let condition = self.own_condition(property);
        let entry = self.rules.model.property(property).entry;
        match self.rules.needs_yes.get(&entry) {
            Some(&choice) if self.tristate(choice) != Tristate::Yes => Tristate::No,
            _ => condition,
        }
    }

    fn own_condition(&mut self, property: PropertyId) -> Tristate {
        if let Some(rewritten) = &self.rules.rewritten {
            return self.rewritten(rewritten.conditions[property.index()]);
        }
        let model = self.rules.model;
        let property = model.property(property);
        let dependency = self.expr(model.entry(property.entry).dependency);
        dependency.min(self.expr(property.condition))
    }

    /// The value of an expression that was rewritten; `y` for an absent one. Left operands come first, as in C.
    fn rewritten(&mut self, id: Option<Id>) -> Tristate {
        enum Step {
            Enter(Id),
            Not,
            Join(Join),
        }
        let (Some(id), Some(rewritten)) = (id, &self.rules.rewritten) else {
            return Tristate::Yes;
        };
        let mut steps = vec![Step::Enter(id)];
        let mut values: Vec<Tristate> = Vec::new();
        while let Some(step) = steps.pop() {
            let value = match step {
                Step::Enter(id) => match rewritten.get(id) {
                    Node::Symbol(symbol) => self.tristate(symbol),
                    Node::Compare(operator, left, right) => self.compared(operator, left, right),
                    Node::Not(a) => {
                        steps.extend([Step::Not, Step::Enter(a)]);
                        continue;
                    }
                    Node::Join(join, a, b) => {
                        steps.extend([Step::Join(join), Step::Enter(b), Step::Enter(a)]);
                        continue;
                    }
                },
                Step::Not => values.pop().unwrap_or_default().negated(),
                Step::Join(join) => {
                    let right = values.pop().unwrap_or_default();
                    let left = values.pop().unwrap_or_default();
                    match join {
                        Join::And => left.min(right),
                        Join::Or => left.max(right),
                    }
                }
            };
            values.push(value);
        }
        values.pop().unwrap_or_default()
    }

    /// Two symbols compared.
    fn compared(&mut self, operator: Comparison, left: SymbolId, right: SymbolId) -> Tristate {
        self.calculate(left);
        self.calculate(right);
        let (left_text, right_text) = (self.current_text(left), self.current_text(right));
        Tristate::from_bool(compare(
            operator,
            (&left_text, self.rules.type_of(left)),
            (&right_text, self.rules.type_of(right)),
        ))
    }

    /// The type that counts: a tristate is a bool as long as there are no modules (`symbol.c: sym_get_type`).
    pub(super) fn current_type(&self, symbol: SymbolId) -> Option<Type> {
        match self.rules.type_of(symbol) {
            Some(Type::Tristate) if self.modules == Tristate::No => Some(Type::Bool),
            Some(Type::Tristate) if self.is_chosen_alone(symbol) => Some(Type::Bool),
            type_ => type_,
        }
    }

    /// `symbol.c: sym_get_string_value`, of what was computed last.
    pub(super) fn current_text(&self, symbol: SymbolId) -> Text {
        match self.rules.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) => {
                Text::from(self.state(symbol).value.text().as_bytes())
            }
            _ => self.plain_text(symbol),
        }
    }

    /// The text that a symbol holds besides its logical value: for a bool that is always `n`.
    pub(super) fn plain_text(&self, symbol: SymbolId) -> Text {
        if let Some(text) = &self.texts[symbol.index()] {
            return text.clone();
        }
        match self.rules.type_of(symbol) {
            Some(Type::Bool | Type::Tristate) if symbol > SymbolId::YES => self.rules.no.clone(),
            Some(Type::Int) => self.rules.zero.clone(),
            Some(Type::Hex) => self.rules.hex_zero.clone(),
            Some(Type::String) => self.rules.empty.clone(),
            _ => match &self.rules.model.symbol(symbol).name {
                Some(name) => Text::from(name.as_bytes()),
                None => self.rules.empty.clone(),
            },
        }
    }

    /// The first default whose condition holds, with the value of its condition (`symbol.c: sym_get_default_prop`).
    pub(super) fn active_default(&mut self, symbol: SymbolId) -> Option<(ExprId, Tristate)> {
        let model = self.rules.model;
        for id in model.own_properties_of(symbol) {
            if let PropertyKind::Default(value) = model.property(id).kind {
                let condition = self.condition(id);
                if condition != Tristate::No {
                    return Some((value, condition));
                }
            }
        }
        None
    }

    /// The first range whose condition holds (`symbol.c: sym_get_range_prop`).
    pub(super) fn active_range(&mut self, symbol: SymbolId) -> Option<(SymbolId, SymbolId)> {
        let model = self.rules.model;
        for id in model.own_properties_of(symbol) {
            if let PropertyKind::Range(low, high) = model.property(id).kind
                && self.condition(id) != Tristate::No
            {
                return Some((low, high));
            }
        }
        None
    }

    /// The symbol that an expression is, if it is nothing but one (`symbol.c: prop_get_symbol`).
    pub(super) fn only_symbol(&self, expr: ExprId) -> Option<SymbolId> {
        match self.rules.model.exprs.get(expr) {
            Expr::Symbol(symbol) => Some(symbol),
            _ => None,
        }
    }

    /// `symbol.c: sym_calc_visibility`
    pub(super) fn calculate_visibility(&mut self, symbol: SymbolId) {
        let model = self.rules.model;
        if model.symbol(symbol).transitional {
            self.state_mut(symbol).visible = Tristate::Yes;
            return;
        }
        let mut visible = Tristate::No;
        for id in model.own_properties_of(symbol) {
            if let PropertyKind::Prompt(_) | PropertyKind::Menu(_) = model.property(id).kind {
                let condition = self.condition(id);
                visible = visible.max(self.within_old_choice(symbol, condition));
            }
        }
        if visible == Tristate::Mod
            && (self.rules.type_of(symbol) != Some(Type::Tristate) || self.modules == Tristate::No)
        {
            visible = Tristate::Yes;
        }
        self.state_mut(symbol).visible = visible;
        if self.rules.is_choice_value(symbol) {
            return;
        }
        let direct = self.direct_dependency(symbol);
        self.state_mut(symbol).direct = self.promoted(symbol, direct);
        let mut reverse = Tristate::No;
        for id in model.selects_of(symbol) {
            reverse = reverse.max(self.reverse(id));
        }
        reverse = reverse.max(self.asked_of_old_choice(symbol));
        self.state_mut(symbol).reverse = self.promoted(symbol, reverse);
        let mut implied = Tristate::No;
        for id in model.implies_of(symbol) {
            implied = implied.max(self.reverse(id));
        }
        self.state_mut(symbol).implied = self.promoted(symbol, implied);
    }

    /// `m` is `y` for a bool.
    fn promoted(&self, symbol: SymbolId, value: Tristate) -> Tristate {
        if value == Tristate::Mod && self.current_type(symbol) == Some(Type::Bool) {
            Tristate::Yes
        } else {
            value
        }
    }

    /// Returns what the dependencies of all definitions allow. A definition without any dependency adds nothing to those that have
    /// one: C joins them with `expr_alloc_or`, which drops what is absent.
    fn direct_dependency(&mut self, symbol: SymbolId) -> Tristate {
        let model = self.rules.model;
        let mut direct = None;
        for entry in model.definitions(symbol) {
            let value = if let Some(rewritten) = &self.rules.rewritten {
                let dependency = rewritten.dependencies[entry.index()];
                dependency.map(|_| self.rewritten(dependency))
            } else {
                let dependency = model.entry(entry).dependency;
                (dependency != ExprId::YES).then(|| self.expr(dependency))
            };
            if let Some(value) = value {
                direct = Some(direct.map_or(value, |direct: Tristate| direct.max(value)));
            }
        }
        direct.unwrap_or(Tristate::Yes)
    }

    /// Returns what one `select` or `imply` asks for.
    pub(super) fn reverse(&mut self, property: PropertyId) -> Tristate {
        let model = self.rules.model;
        let entry = model.entry(model.property(property).entry);
        let selecting = entry
            .symbol
            .map_or(Tristate::No, |symbol| self.tristate(symbol));
        selecting.min(self.own_condition(property))
    }

    /// Computes the value of a symbol, unless it is known in this round (`symbol.c: sym_calc_value`).
    pub(super) fn calculate(&mut self, symbol: SymbolId) {
        if symbol <= SymbolId::YES || self.state(symbol).valid_in == self.round {
            return;
        }
        if self.depth > MAX_DEPTH {
            if self.in_order {
                // Only a loop of dependencies leads here, and that is an error of its own.
                if self.depth > 2 * MAX_DEPTH {
                    return;
                }
            } else {
                self.in_order = true;
                for symbol in self.in_order_of_dependencies(symbol) {
                    self.calculate(symbol);
                }
                self.in_order = false;
                return;
            }
        }
        self.depth += 1;
        self.calculate_now(symbol);
        self.depth -= 1;
    }

    fn calculate_now(&mut self, symbol: SymbolId) {
        let round = self.round;
        self.state_mut(symbol).valid_in = round;
        let Some(type_) = self.rules.type_of(symbol) else {
            return;
        };
        self.state_mut(symbol).write = false;
        self.calculate_visibility(symbol);
        // Anything that whoever asks again while this is going on sees.
        let state = self.state_mut(symbol);
        state.write = state.visible != Tristate::No;
        state.value = Tristate::No;
        self.texts[symbol.index()] = None;
        let default = match type_ {
            Type::Bool | Type::Tristate => self.calculate_logical(symbol),
            Type::Int | Type::Hex | Type::String => self.calculate_text(symbol),
        };
        self.take_over_transitional(symbol, default);
        self.validate_range(symbol, type_);
        self.calculate_old_choice(symbol);
        if self.rules.model.modules == Some(symbol) {
            self.modules = self.state(symbol).value;
        }
        if self.rules.is_choice(symbol) || self.rules.model.symbol(symbol).transitional {
            self.state_mut(symbol).write = false;
        }
    }

    /// The value of a bool or tristate. Returns the default that was looked at.
    fn calculate_logical(&mut self, symbol: SymbolId) -> Option<ExprId> {
        let mut used = None;
        let mut value = Tristate::No;
        if self.is_chosen_alone(symbol) {
            value = self.value_in_old_choice(symbol);
        } else if let Some(choice) = self.rules.choice_of[symbol.index()]
            && self.rules.dialect != Dialect::OldChoices
        {
            self.calculate_choice(choice);
            value = self.state(symbol).value;
        } else {
            let state = *self.state(symbol);
            if state.visible != Tristate::No && state.has_user {
                value = state.user.min(state.visible);
            } else {
                if state.reverse != Tristate::No {
                    self.state_mut(symbol).write = true;
                }
                if !self.rules.is_choice(symbol) {
                    if let Some((default, condition)) = self.active_default(symbol) {
                        used = Some(default);
                        value = self.expr(default).min(condition);
                        if value != Tristate::No {
                            self.state_mut(symbol).write = true;
                        }
                    }
                    if state.implied != Tristate::No {
                        self.state_mut(symbol).write = true;
                        value = value.max(state.implied).min(state.direct);
                    }
                }
            }
            if state.direct < state.reverse {
                self.warn_unmet(symbol);
            }
            value = value.max(state.reverse);
        }
        self.state_mut(symbol).value = self.promoted(symbol, value);
        used
    }

    fn warn_unmet(&mut self, symbol: SymbolId) {
        let state = self.state(symbol);
        let unmet = Unmet {
            symbol,
            direct: state.direct,
            reverse: state.reverse,
        };
        if self.unmet.iter().all(|known| known.symbol != symbol) {
            self.unmet.push(unmet);
        }
    }

    /// The value of an `int`, `hex` or `string`. Returns the default that was looked at.
    fn calculate_text(&mut self, symbol: SymbolId) -> Option<ExprId> {
        let state = *self.state(symbol);
        if state.visible != Tristate::No && state.has_user {
            self.texts[symbol.index()] = self.user_texts[symbol.index()].clone();
            return None;
        }
        let (default, _) = self.active_default(symbol)?;
        if let Some(source) = self.only_symbol(default) {
            self.state_mut(symbol).write = true;
            self.calculate(source);
            self.texts[symbol.index()] = Some(self.plain_text(source));
        }
        Some(default)
    }

    /// A symbol that takes its value from a transitional one with a value of the user's counts as set by the user.
    fn take_over_transitional(&mut self, symbol: SymbolId, default: Option<ExprId>) {
        if self.state(symbol).has_user {
            return;
        }
        let Some(source) = default.and_then(|default| self.only_symbol(default)) else {
            return;
        };
        if self.rules.model.symbol(source).transitional && self.state(source).has_user {
            self.user_texts[symbol.index()] = Some(self.plain_text(symbol));
            let state = self.state_mut(symbol);
            state.user = state.value;
            state.has_user = true;
            self.has_taken_over = true;
        }
    }

    /// Moves a number into its range: to the lower end if it is below, to the upper one if it is above
    /// (`symbol.c: sym_validate_range`).
    fn validate_range(&mut self, symbol: SymbolId, type_: Type) {
        let base = match type_ {
            Type::Int => 10,
            Type::Hex => 16,
            _ => return,
        };
        let Some((low, high)) = self.active_range(symbol) else {
            return;
        };
        let value = leading_number(&self.plain_text(symbol), base);
        let mut limit = low;
        if value >= self.range_limit(low, base) {
            limit = high;
            if value <= self.range_limit(high, base) {
                return;
            }
        }
        self.texts[symbol.index()] = Some(self.plain_text(limit));
    }

    /// `symbol.c: sym_get_range_val`
    pub(super) fn range_limit(&mut self, symbol: SymbolId, base: u32) -> i64 {
        self.calculate(symbol);
        let base = match self.rules.type_of(symbol) {
            Some(Type::Int) => 10,
            Some(Type::Hex) => 16,
            _ => base,
        };
        leading_number(&self.plain_text(symbol), base)
    }

    /// The symbols that bear on a value and are not computed yet, each behind those that bear on it, the symbol itself last.
    fn in_order_of_dependencies(&self, symbol: SymbolId) -> Vec<SymbolId> {
        enum Step {
            Enter(SymbolId),
            Leave(SymbolId),
        }
        let mut order = Vec::new();
        let mut seen = FxHashSet::default();
        let mut pending = vec![Step::Enter(symbol)];
        while let Some(step) = pending.pop() {
            match step {
                Step::Leave(symbol) => order.push(symbol),
                Step::Enter(symbol) => {
                    let known = self.state(symbol).valid_in == self.round;
                    if symbol <= SymbolId::YES || known || !seen.insert(symbol) {
                        continue;
                    }
                    pending.push(Step::Leave(symbol));
                    let needed = self.rules.symbols_behind(symbol);
                    pending.extend(needed.into_iter().map(Step::Enter));
                }
            }
        }
        order
    }
}

impl Evaluator<'_> {
    /// The symbols that the value of a symbol is computed from, in no particular order and maybe several times.
    pub(super) fn symbols_behind(&self, symbol: SymbolId) -> Vec<SymbolId> {
        let model = self.model;
        let mut exprs = Vec::new();
        let mut symbols = Vec::new();
        let mut own = vec![symbol];
        if let Some(choice) = self.choice_of[symbol.index()] {
            let choice = &self.choices[choice as usize];
            own.push(choice.symbol);
            own.extend_from_slice(&choice.inside);
        }
        for symbol in own {
            for entry in model.definitions(symbol) {
                exprs.push(model.entry(entry).dependency);
            }
            for id in model.own_properties_of(symbol) {
                let property = model.property(id);
                match property.kind {
                    PropertyKind::Default(value) => exprs.push(value),
                    PropertyKind::Range(low, high) => symbols.extend([low, high]),
                    _ => {}
                }
                exprs.push(property.condition);
            }
            for id in model.selects_of(symbol).chain(model.implies_of(symbol)) {
                let property = model.property(id);
                let entry = model.entry(property.entry);
                symbols.extend(entry.symbol);
                exprs.extend([property.condition, entry.dependency]);
            }
        }
        model.exprs.symbols_of(&exprs, model.modules, &mut symbols);
        symbols
    }
}
