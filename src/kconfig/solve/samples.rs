//! Owns a few configurations that show of most things that they can be: one look at values that are computed once takes less than a call
//! of the solver, which gives every variable a value.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;

use super::assume::{SUCCEEDS, equality, exit_status};
use super::formula::{Formula, Node, Question};
use super::{Witness, replay};
use crate::arch;
use crate::kconfig::eval::{Configuration, Evaluator, NewValues, Random};
use crate::kconfig::model::{Model, SymbolId};

/// The configurations, in the order in which they are tried: the values of what the user may set, whether commands succeed, and
/// which of several texts a command says.
const SAMPLES: &[(NewValues, bool, usize)] = &[
    (NewValues::Default, true, 0),
    (NewValues::No, false, 1),
    (NewValues::Yes, true, 0),
    (NewValues::Mod, true, 1),
    (NewValues::No, true, 0),
    (NewValues::Yes, false, 2),
    (NewValues::Random(Random::new(1)), true, 1),
    (NewValues::Default, false, 1),
];

/// Most random configurations that are made besides, for whoever asks very many questions.
const MAX_RANDOM: usize = 40;

/// Most configurations that are taken up besides.
const MAX_LEARNT: usize = 12;

/// Configurations of one architecture, each made when those before it do not show something.
#[derive(Debug)]
pub(super) struct Samples<'e, 'm> {
    evaluator: &'e Evaluator<'m>,
    unknowns: Unknowns,
    made: Vec<Configuration<'e, 'm>>,
    /// How many of those that are made are random ones besides [`SAMPLES`].
    random: usize,
    /// Those that somebody else found, the latest last.
    learnt: VecDeque<Configuration<'e, 'm>>,
}

impl<'e, 'm> Samples<'e, 'm> {
    /// None is made yet.
    pub fn new(evaluator: &'e Evaluator<'m>) -> Self {
        Self {
            evaluator,
            unknowns: Unknowns::of(evaluator.model()),
            made: Vec::new(),
            random: 0,
            learnt: VecDeque::new(),
        }
    }

    /// Whether what a question states holds in one of those that are made. Where it holds in none, nothing is known.
    pub fn show(&mut self, question: &Question) -> bool {
        let ways = ways(question);
        let mut made = self.learnt.iter_mut().chain(&mut self.made);
        made.any(|made| is_shown(made, question, ways))
    }

    /// Makes more of them until one shows what a question states. Where none does, nothing is known.
    pub fn grow_until(&mut self, question: &Question) -> bool {
        let ways = ways(question);
        while let Some(&sample) = SAMPLES.get(self.made.len() - self.random) {
            let mut made = self.configuration(sample);
            let is_shown = is_shown(&mut made, question, ways);
            self.made.push(made);
            if is_shown {
                return true;
            }
        }
        false
    }

    /// Makes one more random configuration, and says whether it shows what a question states. Where it does not, nothing is known.
    pub fn add_random(&mut self, question: &Question) -> bool {
        if self.random >= MAX_RANDOM {
            return false;
        }
        self.random += 1;
        let seed = SAMPLES.len() + self.random;
        let values = NewValues::Random(Random::new(seed as u32));
        let mut made = self.configuration((values, self.random.is_multiple_of(2), self.random));
        let is_shown = is_shown(&mut made, question, ways(question));
        self.made.push(made);
        is_shown
    }

    /// Takes up a solution of the clauses, if the evaluator agrees that it shows what a question states.
    pub fn learn(&mut self, question: &Question, found: &Witness) -> bool {
        let mut configuration = replay::configuration(self.evaluator, found);
        if !replay::holds_in(&mut configuration, question, &found.unknowns) {
            return false;
        }
        if self.learnt.len() >= MAX_LEARNT {
            self.learnt.pop_front();
        }
        self.learnt.push_back(configuration);
        true
    }

    fn configuration(
        &self,
        (values, succeeds, pick): (NewValues, bool, usize),
    ) -> Configuration<'e, 'm> {
        let mut configuration = self.evaluator.configuration();
        for &(symbol, text, ref answers) in &self.unknowns.symbols {
            let (of, values) = &self.unknowns.texts[text];
            let text = match (*of, &**values) {
                ("$(ARCH)", _) => {
                    let archs = arch::values_of_arch(&self.evaluator.model().srcarch);
                    archs[pick % archs.len()]
                }
                // Tools are new, or old.
                (_, []) if succeeds => "9999999",
                (_, []) => "0",
                (_, [SUCCEEDS]) if !succeeds => "",
                (_, several) => several[pick % several.len()],
            };
            let answer = match answers {
                Some((value, then, _)) if *value == text => then,
                Some((_, _, otherwise)) => otherwise,
                None => text,
            };
            configuration.assume(symbol, answer);
        }
        configuration.set_new(values);
        configuration
    }
}

/// The ways in which what Kconfig does not decide may be for a question: either way, if it asks for anything of that kind.
fn ways(question: &Question) -> &'static [bool] {
    let mut nodes = question.formulas.iter().flat_map(Formula::nodes);
    match nodes.any(|node| matches!(node, Node::Free(_))) {
        true => &[true, false],
        false => &[true],
    }
}

fn is_shown(made: &mut Configuration<'_, '_>, question: &Question, ways: &[bool]) -> bool {
    let mut ways = ways.iter();
    ways.any(|&way| replay::holds_where(made, question, &|_| Some(way), false))
}

/// The texts of a model that only a machine knows.
#[derive(Debug, Default)]
struct Unknowns {
    /// Each text, with the values that it is compared with. It is the same wherever it is asked for.
    texts: Vec<(&'static str, Vec<&'static str>)>,
    /// The symbols that stand for them, with the index of the text. Where only an exit status counts: the value with which the command
    /// succeeds, and what stands for success and failure.
    symbols: Vec<(SymbolId, usize, Option<Answers>)>,
}

/// A value, and what stands for a text that is that value, and for one that is not.
type Answers = (&'static str, &'static str, &'static str);

impl Unknowns {
    fn of(model: &Model) -> Self {
        let mut found = Self::default();
        let mut known: FxHashMap<&str, usize> = FxHashMap::default();
        for (index, symbol) in model.symbols.iter().enumerate() {
            let Some(name) = symbol.name.filter(|_| symbol.unknown) else {
                continue;
            };
            let (text, answers) = match exit_status(name.text()) {
                Some((command, then, otherwise)) => {
                    let (text, value) = equality(command).unwrap_or((command, SUCCEEDS));
                    (text, Some((value, then, otherwise)))
                }
                None => (name.text(), None),
            };
            let at = *known.entry(text).or_insert_with(|| {
                found.texts.push((text, Vec::new()));
                found.texts.len() - 1
            });
            let values = &mut found.texts[at].1;
            if let Some((value, ..)) = answers
                && !values.contains(&value)
            {
                values.push(value);
            }
            found.symbols.push((SymbolId::new(index), at, answers));
        }
        found
    }
}
