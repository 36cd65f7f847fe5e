//! Owns witnesses: from a solution of the clauses to the few lines that a user writes.

use std::sync::Arc;

use rustc_hash::{FxHashMap, FxHashSet};
use rustsat::types::{Lit, Var};

use super::encode::{Encoder, UserValue};
use super::text::{Variable, VariableId, VariableKey};
use super::{Assignment, Assumption, Undecided, Unknown, Witness};
use crate::kconfig::model::{SymbolId, Type};

/// Most unknowns of which each is tried to be left out of a witness.
const MAX_TRIED: usize = 40;

/// The symbol of the compiler that most people have. A witness takes it to be on if it may be.
const GCC: &str = "CC_IS_GCC";

/// A solution that needs little from the user.
#[derive(Debug)]
pub(super) struct Found {
    pub witness: Witness,
    /// The user's values, as literals.
    pub said: Vec<Lit>,
    /// Reasons to doubt the witness: why parts are not encoded.
    pub doubts: Vec<Arc<str>>,
}

impl Encoder<'_> {
    /// A short witness for `asked`, or `None` if there is no solution.
    pub fn witness(&mut self, asked: &[Lit]) -> Result<Option<Found>, Undecided> {
        let all: Vec<(SymbolId, Lit)> = self
            .users
            .iter()
            .map(|(&symbol, user)| (symbol, user.has))
            .collect();
        // First the user says nothing; then as much as the contradictions that come up ask for.
        let mut given: Vec<SymbolId> = Vec::new();
        let mut is_given: FxHashSet<SymbolId> = FxHashSet::default();
        let silent = |is_given: &FxHashSet<SymbolId>| -> Vec<Lit> {
            all.iter()
                .filter(|(symbol, _)| !is_given.contains(symbol))
                .map(|&(_, has)| !has)
                .collect()
        };
        loop {
            let mut assumptions = asked.to_vec();
            assumptions.extend(silent(&is_given));
            if self.gates.solve(&assumptions)? {
                break;
            }
            let core: FxHashSet<Var> = self.gates.core().into_iter().collect();
            let before = given.len();
            for &(symbol, has) in &all {
                if core.contains(&has.var()) && is_given.insert(symbol) {
                    given.push(symbol);
                }
            }
            if given.len() == before {
                return Ok(None);
            }
        }
        // Then whatever is not needed goes.
        for symbol in given.clone().into_iter().rev() {
            if !is_given.remove(&symbol) {
                continue;
            }
            let has = self.users[&symbol].has;
            if !self.gates.holds(has) {
                continue;
            }
            let mut assumptions = asked.to_vec();
            assumptions.extend(silent(&is_given));
            if !self.gates.solve(&assumptions)? {
                is_given.insert(symbol);
                assumptions.retain(|&lit| lit != !has);
                assumptions.push(has);
                self.gates.solve(&assumptions)?;
            }
        }
        given.retain(|symbol| is_given.contains(symbol));
        let mut assumptions = asked.to_vec();
        assumptions.extend(silent(&is_given));
        let gcc = self.model.find(GCC).and_then(|gcc| self.known_value(gcc));
        if let Some(gcc) = gcc {
            assumptions.push(gcc.on);
            if !self.gates.solve(&assumptions)? {
                assumptions.pop();
            }
        }
        // `m` only where it has to be, for without modules it means `y`.
        for symbol in &given {
            if let UserValue::Logical(value) = self.users[symbol].value
                && value.on != value.yes
            {
                assumptions.push(value.yes);
                if !self.gates.solve(&assumptions)? {
                    assumptions.pop();
                }
            }
        }
        if !self.gates.solve(&assumptions)? {
            return Ok(None);
        }
        self.read(asked, &given, silent(&is_given)).map(Some)
    }

    /// All that the user and the machine say in the solution that was found last, needed or not.
    pub fn found(&self) -> Witness {
        let users = self.users.iter();
        let said = users.filter(|(_, user)| self.gates.holds(user.has));
        let assignments = said.map(|(&symbol, _)| {
            let (value, _) = self.said(symbol);
            Assignment { symbol, value }
        });
        let texts = self.unknown_texts();
        let variables = self.variables.iter().enumerate();
        let assumptions = variables.filter_map(|(id, variable)| match &variable.key {
            VariableKey::Unknown(of) => Some(Assumption {
                of: of.clone(),
                text: texts.get(&VariableId(id))?.as_str().into(),
            }),
            VariableKey::User(_) => None,
        });
        let unknowns = self.unknowns.iter().map(|(var, text)| Unknown {
            text: text.clone(),
            holds: self.gates.holds(var.pos_lit()),
        });
        Witness {
            assignments: assignments.collect(),
            assumptions: assumptions.collect(),
            unknowns: unknowns.collect(),
            arch: None,
        }
    }

    /// Reads the solution that was found last, and finds out on which unknowns it depends.
    fn read(
        &mut self,
        asked: &[Lit],
        given: &[SymbolId],
        silent: Vec<Lit>,
    ) -> Result<Found, Undecided> {
        let model = self.model;
        let as_found = |this: &Self, lit: Lit| if this.gates.holds(lit) { lit } else { !lit };
        let mut said = Vec::new();
        let mut assignments = Vec::new();
        for &symbol in given {
            let (value, lits) = self.said(symbol);
            said.extend(lits);
            let place = model.definitions(symbol).next();
            assignments.push((place, Assignment { symbol, value }));
        }
        assignments.sort_by_key(|(place, assignment)| (*place, assignment.symbol));
        let unknowns: Vec<Lit> = self
            .unknowns
            .keys()
            .map(|&var| as_found(self, var.pos_lit()))
            .collect();
        let texts = self.unknown_texts();
        // With everything that the user and the machine say fixed, can it be otherwise?
        let mut fixed = silent;
        fixed.extend(&said);
        let holds = self.gates.all(asked);
        fixed.push(!holds);
        let mut assumptions = fixed.clone();
        assumptions.extend(&unknowns);
        let mut doubts: Vec<Arc<str>> = Vec::new();
        let mut needed: Vec<Lit> = Vec::new();
        if self.gates.solve(&assumptions)? {
            doubts = self.opaque.values().cloned().collect();
            doubts.sort_unstable();
            doubts.dedup();
        } else {
            let core = self.gates.core();
            needed = unknowns
                .into_iter()
                .filter(|lit| core.binary_search(&lit.var()).is_ok())
                .collect();
            if needed.len() <= MAX_TRIED {
                for lit in needed.clone() {
                    let fewer: Vec<Lit> = needed.iter().copied().filter(|&n| n != lit).collect();
                    let mut assumptions = fixed.clone();
                    assumptions.extend(&fewer);
                    if !self.gates.solve(&assumptions)? {
                        needed = fewer;
                    }
                }
            }
        }
        let mut arch = None;
        let mut assumptions: Vec<Assumption> = Vec::new();
        for (id, variable) in self.variables.iter().enumerate() {
            let VariableKey::Unknown(of) = &variable.key else {
                continue;
            };
            let same = self.same.iter().filter(|((left, right), _)| {
                let id = VariableId(id);
                *left == id || *right == id
            });
            let same: Vec<Var> = same.map(|(_, lit)| lit.var()).collect();
            let mut lits: Vec<Var> = variable.lits().map(Lit::var).collect();
            lits.extend(same);
            if !needed.iter().any(|lit| lits.contains(&lit.var())) {
                continue;
            }
            let text: Arc<str> = Arc::from(&*texts[&VariableId(id)]);
            if &**of == "$(ARCH)" {
                arch = Some(text.clone());
                needed.retain(|lit| !lits.contains(&lit.var()));
            }
            let of = of.clone();
            assumptions.push(Assumption { of, text });
        }
        assumptions.sort_by(|a, b| a.of.cmp(&b.of));
        let mut unknowns: Vec<Unknown> = needed
            .into_iter()
            .map(|lit| Unknown {
                text: self.unknowns[&lit.var()].clone(),
                holds: lit.is_pos(),
            })
            .collect();
        unknowns.sort_by(|a, b| a.text.cmp(&b.text));
        Ok(Found {
            witness: Witness {
                assignments: assignments.into_iter().map(|(_, a)| a).collect(),
                unknowns,
                assumptions,
                arch,
            },
            said,
            doubts,
        })
    }

    /// The value that the user gives a symbol in the solution that was found last, as `.config` writes it, and as literals.
    pub fn said(&self, symbol: SymbolId) -> (String, Vec<Lit>) {
        let as_found = |lit: Lit| if self.gates.holds(lit) { lit } else { !lit };
        let user = self.users[&symbol];
        let mut said = vec![as_found(user.has)];
        let value = match user.value {
            UserValue::Picked => "y".to_owned(),
            UserValue::Logical(value) => {
                said.push(as_found(value.on));
                said.push(as_found(value.yes));
                let letter = match (self.gates.holds(value.on), self.gates.holds(value.yes)) {
                    (_, true) => "y",
                    (true, false) => "m",
                    (false, false) => "n",
                };
                letter.to_owned()
            }
            UserValue::Text(variable) => {
                let variable = &self.variables[variable.0];
                let lits = variable.at_least.values().chain(variable.is.values());
                said.extend(lits.map(|&lit| as_found(lit)));
                let text = self.text_of(self.type_of(symbol), variable);
                if self.type_of(symbol) == Some(Type::String) {
                    quoted(&text)
                } else {
                    text
                }
            }
        };
        (value, said)
    }

    /// The unknown texts in the solution that was found last.
    fn unknown_texts(&self) -> FxHashMap<VariableId, String> {
        let is_unknown = |variable: &&Variable| matches!(variable.key, VariableKey::Unknown(_));
        let of = |variable: &Variable| self.text_of(None, variable);
        let mut texts: FxHashMap<VariableId, String> = (0..)
            .map(VariableId)
            .zip(&self.variables)
            .filter(|(_, variable)| is_unknown(variable))
            .map(|(id, variable)| (id, of(variable)))
            .collect();
        for ((left, right), &same) in &self.same {
            if self.gates.holds(same) || texts.get(left) != texts.get(right) {
                continue;
            }
            if let Some(text) = texts.get_mut(right) {
                *text = self.another(*right, text);
            }
        }
        texts
    }

    /// Another text than one of which the solution says the same.
    fn another(&self, id: VariableId, text: &str) -> String {
        let variable = &self.variables[id.0];
        let Ok(value) = text.parse::<i128>() else {
            // As long as nothing is asked of a text, it may be any.
            let is_other = !variable.is.contains_key(text);
            return if is_other {
                format!("{text}-")
            } else {
                text.to_owned()
            };
        };
        let holds = |value: i128| {
            let mut bounds = variable.at_least.iter();
            bounds.all(|(&bound, &lit)| (value >= bound) == self.gates.holds(lit))
        };
        let next = [value + 1, value - 1]
            .into_iter()
            .find(|&value| holds(value));
        next.unwrap_or(value).to_string()
    }

    /// A text that agrees with what the solution says of it.
    fn text_of(&self, type_: Option<Type>, variable: &Variable) -> String {
        let Variable { at_least, is, .. } = variable;
        let is_text = variable.number.is_some_and(|lit| !self.gates.holds(lit));
        let is_number = matches!(type_, Some(Type::Int | Type::Hex));
        if !is_number && let Some((text, _)) = is.iter().find(|(_, lit)| self.gates.holds(**lit)) {
            return text.to_string();
        }
        let low = at_least
            .iter()
            .rev()
            .find(|(_, lit)| self.gates.holds(**lit))
            .map(|(&value, _)| value);
        let high = at_least
            .iter()
            .find(|(_, lit)| !self.gates.holds(**lit))
            .map(|(&value, _)| value - 1);
        let value = match (low, high) {
            (Some(low), _) => low,
            (None, Some(high)) => high.min(0),
            (None, None) => 0,
        };
        match type_ {
            Some(Type::Int) => value.to_string(),
            Some(Type::Hex) => format!("{value:#x}"),
            // A text other than those that are mentioned.
            _ if is_text || low.is_none() && high.is_none() => {
                let mut text = "other".to_owned();
                while is.contains_key(&*text) {
                    text.push('-');
                }
                text
            }
            _ => value.to_string(),
        }
    }
}

/// A text as `.config` writes it.
pub(super) fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
