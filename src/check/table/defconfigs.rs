//! Owns which of the tree's default configurations turn a feature on, computed by the evaluator, and which answers of commands
//! that rests on. Nothing is run.

use std::collections::BTreeMap;

use crate::check::support::probes::Places;
use crate::check::table::configs;
use crate::check::table::matrix::{ArchDefconfigs, CellDefconfigs, Probe, Row};
use crate::feature::name::Term;
use crate::kconfig::answers::{Answers, asks_a_command, of_failure, others};
use crate::kconfig::eval::{Configuration, Dialect, Evaluator, NewValues, Rests, Tristate};
use crate::kconfig::model::{Model, SymbolId};
use crate::tree::{Tree, TreeError};

/// Describes what the default configurations of all architectures are computed with.
#[derive(Clone, Copy)]
pub struct Toolchain<'a> {
    /// Holds what commands and variables are for an architecture, the name of its directory.
    pub answers: &'a (dyn Fn(&str) -> Answers + Sync),
    /// Is called with the number of configurations that are there now, and after each that is done with 0.
    pub progress: &'a (dyn Fn(usize) + Sync),
}

/// A feature as the evaluator has it: on where any of these symbols is on, or off where the flag is set. An undeclared symbol is
/// off.
type Terms = Vec<(Option<SymbolId>, bool)>;

/// The default configurations of the model's architecture, and for each row which of them turn it on.
///
/// # Errors
///
/// A file cannot be read.
pub(in crate::check) fn of_arch(
    tree: &Tree,
    model: &Model,
    rows: &[Row],
    toolchain: Toolchain<'_>,
) -> Result<(ArchDefconfigs, Vec<CellDefconfigs>), TreeError> {
    let all = configs::of_arch(tree, &model.srcarch)?;
    (toolchain.progress)(all.len());
    let mut cells = vec![CellDefconfigs::default(); rows.len()];
    let evaluator = Evaluator::new(model, "CONFIG_");
    if let Some(refused) = refused(&evaluator) {
        for _ in &all {
            (toolchain.progress)(0);
        }
        let refused = Some(refused);
        return Ok((ArchDefconfigs { all, refused }, cells));
    }
    let paths: Vec<&String> = all.iter().flat_map(|defconfig| &defconfig.paths).collect();
    tree.fetch(&paths);
    let terms: Vec<Terms> = rows.iter().map(|row| terms(model, row)).collect();
    let machine = Machine::new(&evaluator, &(toolchain.answers)(&model.srcarch));
    let mut found: Vec<BTreeMap<SymbolId, Vec<String>>> = vec![BTreeMap::new(); rows.len()];
    for defconfig in &all {
        let mut text = Vec::new();
        for path in &defconfig.paths {
            text.extend(tree.read(path)?);
            text.push(b'\n');
        }
        let is_merged = defconfig.paths.len() > 1;
        for (index, result) in machine
            .results(&text, is_merged, &terms)
            .into_iter()
            .enumerate()
        {
            let name = || defconfig.name.clone();
            let is_open = result
                .decided_by
                .iter()
                .any(|symbol| machine.answer(*symbol).is_none());
            match (is_open, result.is_on) {
                (true, _) => cells[index].open.push(name()),
                (false, true) => cells[index].on.push(name()),
                (false, false) => {}
            }
            for symbol in result.decided_by {
                found[index].entry(symbol).or_default().push(name());
            }
        }
        (toolchain.progress)(0);
    }
    let places = Places::new(model, found.iter().flat_map(BTreeMap::keys).copied());
    for (cell, found) in cells.iter_mut().zip(found) {
        for (symbol, defconfigs) in found {
            let (text, location) = places.of(symbol);
            cell.probes.push(Probe {
                text,
                location,
                answer: machine.answer(symbol).map(str::to_owned),
                defconfigs,
            });
        }
        cell.probes.sort_by(|a, b| {
            let key = |probe: &Probe| (probe.location.path.clone(), probe.location.line);
            key(a).cmp(&key(b)).then_with(|| a.text.cmp(&b.text))
        });
    }
    Ok((ArchDefconfigs { all, refused: None }, cells))
}

/// Why `conf` would not make any configuration.
fn refused(evaluator: &Evaluator<'_>) -> Option<String> {
    let problem = evaluator
        .problems()
        .into_iter()
        .find(|problem| problem.is_error)?;
    let finding = evaluator.finding(&problem);
    Some(format!(
        "{}: {}",
        finding.primary.location, finding.headline
    ))
}

fn terms(model: &Model, row: &Row) -> Terms {
    let terms = row.spec.as_ref().map_or(&[][..], |spec| &spec.kconfig);
    let of = |term: &Term| (model.find(&term.symbol), term.negated);
    terms.iter().map(of).collect()
}

/// The evaluator with one toolchain.
struct Machine<'e, 'm> {
    evaluator: &'e Evaluator<'m>,
    /// Without a file, with all answers.
    start: Configuration<'e, 'm>,
    /// The unknown texts that commands answer, with the answers that are known.
    commands: BTreeMap<SymbolId, Option<String>>,
}

/// A feature in one default configuration.
struct Outcome {
    is_on: bool,
    /// The unknown texts that decide.
    decided_by: Vec<SymbolId>,
}

impl<'e, 'm> Machine<'e, 'm> {
    fn new(evaluator: &'e Evaluator<'m>, answers: &Answers) -> Self {
        let mut start = evaluator.configuration();
        let mut commands = BTreeMap::new();
        for (index, symbol) in evaluator.model().symbols.iter().enumerate() {
            let Some(unknown) = symbol.name.as_deref().filter(|_| symbol.unknown) else {
                continue;
            };
            let id = SymbolId::new(index);
            let text = answers.text(unknown);
            let taken = text.clone().unwrap_or_else(|| of_failure(unknown));
            start.assume(id, &taken);
            if asks_a_command(unknown) {
                commands.insert(id, text);
            }
        }
        Self {
            evaluator,
            start,
            commands,
        }
    }

    fn answer(&self, symbol: SymbolId) -> Option<&str> {
        self.commands.get(&symbol)?.as_deref()
    }

    /// All features in one default configuration.
    fn results(&self, text: &[u8], is_merged: bool, terms: &[Terms]) -> Vec<Outcome> {
        let make = |configuration: &mut Configuration<'_, '_>| {
            // Since 6.11 no value depends on which others were computed before, so that those are enough that are asked for.
            if Dialect::of(self.evaluator.model().release) != Dialect::OldChoices {
                configuration.read(text, false);
                configuration.set_new(NewValues::Default);
                return;
            }
            configuration.load(text, false);
            if !is_merged {
                configuration.set_new(NewValues::Default);
            }
        };
        let mut configuration = self.start.clone();
        make(&mut configuration);
        let values: Vec<bool> = terms
            .iter()
            .map(|terms| is_on(&mut configuration, terms))
            .collect();
        let candidates: Vec<Vec<SymbolId>> = {
            let unknown: Vec<SymbolId> = self.commands.keys().copied().collect();
            let mut rests = Rests::new(&mut configuration, &unknown);
            let each = terms.iter().map(|terms| {
                let symbols = terms.iter().filter_map(|(symbol, _)| *symbol);
                let mut all: Vec<SymbolId> = symbols.flat_map(|symbol| rests.of(symbol)).collect();
                all.sort_unstable();
                all.dedup();
                all
            });
            each.collect()
        };
        // With other answers: each alone, then all that bear on a feature together.
        let with_others = |others: &[(SymbolId, String)], terms: &Terms| {
            let mut configuration = self.start.clone();
            for (symbol, text) in others {
                configuration.assume(*symbol, text);
            }
            make(&mut configuration);
            is_on(&mut configuration, terms)
        };
        let mut decided_by: Vec<Vec<SymbolId>> = vec![Vec::new(); terms.len()];
        for (index, candidates) in candidates.into_iter().enumerate() {
            let changes = |others: &[_]| with_others(others, &terms[index]) != values[index];
            let of = |&symbol: &SymbolId| {
                let others = self.others(symbol).into_iter();
                others.map(move |text| (symbol, text))
            };
            decided_by[index] = candidates
                .iter()
                .copied()
                .filter(|symbol| of(symbol).any(|other| changes(&[other])))
                .collect();
            if decided_by[index].is_empty() && candidates.len() > 1 {
                let all: Vec<_> = candidates.iter().filter_map(|id| of(id).next()).collect();
                if changes(&all) {
                    decided_by[index] = candidates;
                }
            }
        }
        values
            .into_iter()
            .zip(decided_by)
            .map(|(is_on, decided_by)| Outcome { is_on, decided_by })
            .collect()
    }

    /// Returns what another toolchain could answer.
    fn others(&self, symbol: SymbolId) -> Vec<String> {
        let model = self.evaluator.model();
        let unknown = model.symbol(symbol).name.as_deref().unwrap_or_default();
        let taken = self.answer(symbol).map(str::to_owned);
        others(unknown, &taken.unwrap_or_else(|| of_failure(unknown)))
    }
}

fn is_on(configuration: &mut Configuration<'_, '_>, terms: &Terms) -> bool {
    terms.iter().any(|&(symbol, negated)| {
        let value = symbol.map_or(Tristate::No, |symbol| configuration.tristate(symbol));
        (value != Tristate::No) != negated
    })
}
