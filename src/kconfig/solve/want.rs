//! Owns the way from a wish to a configuration: which few lines of a given `.config` have to change so that something holds.
//!
//! The configuration that is given becomes wishes of its own, one for each symbol that the user can set and one for each
//! choice: it stays as it is. A solution breaks as few of them as possible (`fewest`), and each broken one is a line that
//! changes. As everywhere, the evaluator computes a solution before anybody sees it, here with the whole file.
//!
//! Lines change as `merge_config.sh` changes them: earlier lines about the symbol go, and the new one stands last.

#[cfg(test)]
mod tests;

use indexmap::IndexMap;
use rustc_hash::{FxHashMap, FxHashSet};
use rustsat::types::Lit;

use super::choice::Given;
use super::encode::{Encoder, User, UserValue};
use super::fewest::Fewest;
use super::formula::{Node, Question, Value};
use super::witness::quoted;
use super::{Answer, Assignment, Reason, Solver, Undecided, doubtful, replay};
use crate::kconfig::eval::value::{Number, leading_number, number};
use crate::kconfig::eval::{Configuration, Evaluator, with_lines};
use crate::kconfig::model::{EntryId, SymbolId, Type};
use crate::kconfig::syntax::Comparison;

/// Most lines that a proposal changes.
const MAX_CHANGES: usize = 48;

/// Most solutions that are computed by the evaluator for one proposal.
const MAX_ATTEMPTS: usize = 24;

/// Describes what becomes of a wish.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Granted {
    /// It holds already.
    Already,
    /// These changes give it, the smallest first. None of them contains all of the changes of another besides the wish itself.
    Possible(Vec<Proposal>),
    /// No `.config` at all gives it.
    Impossible(Reason),
    /// That is not known, for a reason.
    Undecided(String),
}

/// Lines that change together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The lines, in the order of the definitions.
    pub changes: Vec<Assignment>,
    /// Whether there is certainly no way with fewer lines, among those that are not proposed before.
    pub is_smallest: bool,
}

/// Describes what stays as it is unless it has to change.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Kept {
    Symbol(SymbolId),
    /// Which member of a choice the user asks for.
    Choice(EntryId),
}

/// Answers wishes about one configuration.
#[derive(Debug)]
pub struct Wishes<'e, 'm> {
    encoder: Encoder<'m>,
    evaluator: &'e Evaluator<'m>,
    config: Vec<u8>,
    /// The values that the configuration gives.
    given: FxHashMap<SymbolId, String>,
    /// For each choice the member that it asks for.
    picked: FxHashMap<EntryId, SymbolId>,
    /// The condition under which each thing is kept.
    kept: IndexMap<Kept, Lit>,
    /// The conditions on texts that the configuration decides already.
    decided: FxHashSet<Lit>,
}

impl<'e, 'm> Wishes<'e, 'm> {
    /// Wishes about the `.config` with this text. The evaluator knows the answers of all commands, and found no problem.
    pub fn new(evaluator: &'e Evaluator<'m>, config: &[u8]) -> Self {
        let model = evaluator.model();
        let mut configuration = evaluator.configuration();
        configuration.read(config, false);
        let mut given = FxHashMap::default();
        let mut picked = FxHashMap::default();
        let mut of_choices = Given::default();
        for symbol in (0..model.symbols.len()).map(SymbolId::new) {
            if let Some(choice) = model.symbol(symbol).choice {
                if let Some(member) = configuration.picked(symbol) {
                    picked.insert(choice, member);
                }
                if let Some(order) = configuration.members_as_read(symbol) {
                    of_choices.order.entry(choice).or_insert(order);
                }
            }
            if let Some(text) = configuration.user_text(symbol) {
                if text == "n" {
                    of_choices.denied.insert(symbol);
                }
                of_choices.said.insert(symbol);
                given.insert(symbol, text);
            }
        }
        let mut encoder = Encoder::new(model, false).knowing(evaluator.outsiders());
        encoder.choices.given = Some(of_choices);
        Self {
            encoder,
            evaluator,
            config: config.to_vec(),
            given,
            picked,
            kept: IndexMap::new(),
            decided: FxHashSet::default(),
        }
    }

    /// The ways to what a question states, at most `most` of them.
    pub fn grant(&mut self, question: &Question, most: usize) -> Granted {
        let answer = self.find(question, most);
        answer.unwrap_or_else(|undecided| Granted::Undecided(undecided.0))
    }

    /// The text of the `.config` with a proposal.
    pub fn apply(&self, proposal: &Proposal) -> Vec<u8> {
        let model = self.evaluator.model();
        let lines = proposal.changes.iter();
        let lines: Vec<(String, String)> = lines
            .map(|change| (model.name(change.symbol), change.value.clone()))
            .collect();
        with_lines(&self.config, self.evaluator.prefix(), &lines)
    }

    /// The value that the configuration gives a symbol, as text without quotes, if it does.
    pub fn given(&self, symbol: SymbolId) -> Option<&str> {
        self.given.get(&symbol).map(String::as_str)
    }

    fn find(&mut self, question: &Question, most: usize) -> Result<Granted, Undecided> {
        if self.holds(question, &self.config) {
            return Ok(Granted::Already);
        }
        let direct = self.direct(question);
        let direct = direct.filter(|direct| self.holds(question, &self.apply(direct)));
        if let Some(direct) = &direct
            && direct.changes.len() == 1
        {
            // Without a change it does not hold.
            return Ok(Granted::Possible(vec![direct.clone()]));
        }
        let found = self.search(question, most);
        match (found, direct) {
            // Anything that is not encoded does not matter once there is a way.
            (Err(_), Some(direct)) => Ok(Granted::Possible(vec![direct])),
            (found, _) => found,
        }
    }

    /// The lines that say what is wished, and nothing else.
    fn direct(&self, question: &Question) -> Option<Proposal> {
        let mut changes = Vec::new();
        for literal in &question.literals {
            let value = match literal.value {
                Value::Yes | Value::On => "y",
                Value::Mod => "m",
                Value::No => "n",
            };
            changes.push((literal.symbol, value.to_owned()));
        }
        for formula in &question.formulas {
            let [Node::Compare(Comparison::Equal, symbol, text)] = formula.nodes() else {
                return None;
            };
            let value = match self.encoder.type_of(*symbol) {
                Some(Type::String) => quoted(text),
                _ => text.to_string(),
            };
            changes.push((*symbol, value));
        }
        let changes: Vec<Assignment> = changes
            .into_iter()
            .map(|(symbol, value)| Assignment { symbol, value })
            .collect();
        let is_smallest = changes.len() == 1;
        Some(Proposal {
            changes,
            is_smallest,
        })
    }

    fn search(&mut self, question: &Question, most: usize) -> Result<Granted, Undecided> {
        let mut hard = self.encoder.question(question);
        if !self.encoder.gates.solve(&hard)? {
            return match Solver::new(self.encoder.model).can(question) {
                Answer::Impossible(reason) => Ok(Granted::Impossible(reason)),
                // The configuration only decides what the order of choices is.
                Answer::Possible(_) | Answer::Undecided(_) => Err(Undecided(
                    "none of the changes that were tried gives these values".to_owned(),
                )),
            };
        }
        self.keep();
        let active = self.encoder.gates.fresh();
        hard.push(active);
        let mut fewest = Fewest::new(self.kept.values().copied().collect());
        let mut proposals: Vec<Proposal> = Vec::new();
        let mut is_smallest = self.encoder.opaque.is_empty();
        let mut attempts = 0;
        while proposals.len() < most && attempts < MAX_ATTEMPTS {
            match fewest.solve(&mut self.encoder.gates, &hard, MAX_CHANGES) {
                Ok(true) => {}
                Ok(false) => break,
                Err(_) if !proposals.is_empty() => break,
                Err(undecided) => return Err(undecided),
            }
            self.prefer_yes(question, &hard, &fewest)?;
            let (proposal, said) = self.read(is_smallest);
            let mut without: Vec<Lit> = vec![!active];
            if self.holds(question, &self.apply(&proposal)) {
                // Another way does without one of the other lines.
                let others: Vec<Lit> = self
                    .broken()
                    .filter(|&(kept, _)| !self.is_asked(question, kept))
                    .map(|(_, lit)| lit)
                    .collect();
                let is_only_wish = others.is_empty();
                without.extend(others);
                proposals.push(proposal);
                attempts = 0;
                if is_only_wish {
                    break;
                }
            } else {
                attempts += 1;
                is_smallest = false;
                without.extend(said.into_iter().map(|lit| !lit));
            }
            self.encoder.gates.clause(&without);
        }
        if !proposals.is_empty() {
            return Ok(Granted::Possible(proposals));
        }
        let mut doubts: Vec<_> = self.encoder.opaque.values().cloned().collect();
        doubts.sort_unstable();
        doubts.dedup();
        Err(if doubts.is_empty() {
            Undecided("no change that the solver found holds when it is computed".to_owned())
        } else {
            doubtful(&doubts)
        })
    }

    /// Makes changes say `y` instead of `m` where both do, unless modules are what is asked for: without modules `m` means `y`.
    fn prefer_yes(
        &mut self,
        question: &Question,
        hard: &[Lit],
        fewest: &Fewest,
    ) -> Result<(), Undecided> {
        if question
            .literals
            .iter()
            .any(|literal| literal.value == Value::Mod)
        {
            return Ok(());
        }
        let gates = &self.encoder.gates;
        let mut modules = Vec::new();
        for (kept, _) in self.broken() {
            if let Kept::Symbol(symbol) = kept
                && let UserValue::Logical(value) = self.encoder.users[&symbol].value
                && gates.holds(value.on)
                && !gates.holds(value.yes)
            {
                modules.push(value.yes);
            }
        }
        if modules.is_empty() {
            return Ok(());
        }
        let kept = self.kept.values().copied();
        let mut same: Vec<Lit> = kept.filter(|&lit| gates.holds(lit)).collect();
        for yes in modules {
            same.push(yes);
            if !fewest.is_as_good_with(&mut self.encoder.gates, hard, &same)? {
                same.pop();
            }
        }
        // The solution is that of the last call.
        fewest.is_as_good_with(&mut self.encoder.gates, hard, &same)?;
        Ok(())
    }

    /// Whether a question holds in a configuration.
    fn holds(&self, question: &Question, config: &[u8]) -> bool {
        let mut configuration: Configuration<'_, '_> = self.evaluator.configuration();
        configuration.take(config);
        replay::holds_in(&mut configuration, question, &[])
    }

    fn is_asked(&self, question: &Question, kept: Kept) -> bool {
        question.symbols().any(|symbol| match kept {
            Kept::Symbol(other) => symbol == other,
            Kept::Choice(choice) => self.encoder.model.symbol(symbol).choice == Some(choice),
        })
    }

    /// Returns what the solution that was found last does not keep.
    fn broken(&self) -> impl Iterator<Item = (Kept, Lit)> + '_ {
        let kept = self.kept.iter().map(|(&kept, &lit)| (kept, lit));
        kept.filter(|&(_, lit)| !self.encoder.gates.holds(lit))
    }

    /// Reads the changes from the solution that was found last, and what the user says there as literals.
    fn read(&self, is_smallest: bool) -> (Proposal, Vec<Lit>) {
        let model = self.encoder.model;
        let mut said = Vec::new();
        let mut changes = Vec::new();
        for (kept, lit) in self.broken() {
            said.push(!lit);
            let symbols: Vec<SymbolId> = match kept {
                Kept::Symbol(symbol) => vec![symbol],
                Kept::Choice(choice) => self
                    .encoder
                    .users
                    .iter()
                    .filter(|(symbol, user)| {
                        model.symbol(**symbol).choice == Some(choice)
                            && self.encoder.gates.holds(user.has)
                    })
                    .map(|(&symbol, _)| symbol)
                    .collect(),
            };
            for symbol in symbols {
                let (value, lits) = self.encoder.said(symbol);
                said.extend(lits);
                let place = model.definitions(symbol).next();
                changes.push((place, Assignment { symbol, value }));
            }
        }
        changes.sort_by_key(|(place, change)| (*place, change.symbol));
        let changes = changes.into_iter().map(|(_, change)| change).collect();
        let proposal = Proposal {
            changes,
            is_smallest,
        };
        (proposal, said)
    }

    /// Says of everything that the user can set that it is kept.
    fn keep(&mut self) {
        let users: Vec<(SymbolId, User)> = self
            .encoder
            .users
            .iter()
            .map(|(&symbol, &user)| (symbol, user))
            .collect();
        let mut new_choices: IndexMap<EntryId, Vec<(SymbolId, Lit)>> = IndexMap::new();
        for (symbol, user) in users {
            match user.value {
                UserValue::Picked => {
                    let choice = self.encoder.model.symbol(symbol).choice;
                    let choice =
                        choice.filter(|&choice| !self.kept.contains_key(&Kept::Choice(choice)));
                    if let Some(choice) = choice {
                        new_choices
                            .entry(choice)
                            .or_default()
                            .push((symbol, user.has));
                    }
                }
                UserValue::Logical(value) => {
                    let Some(kept) = self.kept_symbol(symbol, user.has) else {
                        continue;
                    };
                    if let Some(given) = self.given.get(&symbol) {
                        let is_on = matches!(given.as_str(), "y" | "m");
                        let is_yes = given == "y";
                        let gates = &mut self.encoder.gates;
                        gates.clause(&[!kept, if is_on { value.on } else { !value.on }]);
                        gates.clause(&[!kept, if is_yes { value.yes } else { !value.yes }]);
                    }
                }
                UserValue::Text(variable) => {
                    self.kept_symbol(symbol, user.has);
                    let kept = self.kept[&Kept::Symbol(symbol)];
                    let Some(given) = self.given.get(&symbol).cloned() else {
                        continue;
                    };
                    let type_ = self.encoder.type_of(symbol);
                    let variable = self.encoder.variables[variable.0].clone();
                    let is_number = number(given.as_bytes(), None) != Number::None;
                    let mut decided: Vec<(Lit, bool)> = Vec::new();
                    match type_ {
                        Some(Type::Int | Type::Hex) => {
                            let base = if type_ == Some(Type::Int) { 10 } else { 16 };
                            let value = i128::from(leading_number(given.as_bytes(), base));
                            let each = variable.at_least.iter();
                            decided.extend(each.map(|(&least, &lit)| (lit, value >= least)));
                        }
                        _ => {
                            if let Number::Signed(value) = number(given.as_bytes(), None) {
                                let each = variable.at_least.iter();
                                let value = i128::from(value);
                                decided.extend(each.map(|(&least, &lit)| (lit, value >= least)));
                            }
                            let each = variable.is.iter();
                            decided.extend(each.map(|(text, &lit)| (lit, **text == *given)));
                            decided.extend(variable.number.map(|lit| (lit, is_number)));
                        }
                    }
                    for (lit, holds) in decided {
                        if self.decided.insert(lit) {
                            self.encoder
                                .gates
                                .clause(&[!kept, if holds { lit } else { !lit }]);
                        }
                    }
                }
            }
        }
        for (choice, members) in new_choices {
            let kept = self.encoder.gates.fresh();
            let picked = self.picked.get(&choice);
            let mut changed = vec![kept];
            for &(member, has) in &members {
                let is_picked = picked == Some(&member);
                let gates = &mut self.encoder.gates;
                gates.clause(&[!kept, if is_picked { has } else { !has }]);
                // A change is a line that says `y`.
                changed.push(has);
            }
            self.encoder.gates.clause(&changed);
            self.kept.insert(Kept::Choice(choice), kept);
        }
    }

    /// The condition that a symbol keeps what it is given, if it is a new one.
    fn kept_symbol(&mut self, symbol: SymbolId, has: Lit) -> Option<Lit> {
        if self.kept.contains_key(&Kept::Symbol(symbol)) {
            return None;
        }
        let gates = &mut self.encoder.gates;
        let kept = gates.fresh();
        let is_given = self.given.contains_key(&symbol);
        gates.clause(&[!kept, if is_given { has } else { !has }]);
        // A change is a line with a value, not one that goes.
        gates.clause(&[kept, has]);
        self.kept.insert(Kept::Symbol(symbol), kept);
        Some(kept)
    }
}
