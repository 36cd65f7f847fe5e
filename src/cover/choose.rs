//! Owns choosing configurations: a greedy set cover over the conditions of lines, where the solver says which of them can hold
//! together and the evaluator has the last word.

use std::cell::RefCell;

use rustc_hash::FxHashMap;

use super::entries::{self, Users};
use super::lines::Language;
use super::place::{Place, Places, Under};
use super::{Asked, Build, Cover, Line, Object, Obstacle, Outcome, Target, lines};
use crate::arch::machine;
use crate::check::support::proof::formula_of;
use crate::cpp::cache::Cache;
use crate::cpp::condition::Operator;
use crate::cpp::{Atom, Condition, Conditions};
use crate::kconfig::eval::{Configuration, Evaluator, NewValues, Tristate};
use crate::kconfig::model::environment::{OneArch, Version};
use crate::kconfig::model::{self, Model, Type};
use crate::kconfig::solve::{
    Answer, Question, Solver, Value, Witness, for_allnoconfig, with_answers,
};
use crate::kconfig::sources::Sources;
use crate::tree::{Tree, TreeError};

/// Most builds for one architecture.
const MAX_BUILDS: usize = 24;

/// Lines of one condition that one object leads to.
struct Group {
    under: Under,
    /// Indices of the lines.
    lines: Vec<usize>,
}

/// Facts about a line without a build.
#[derive(Clone, Debug, Default)]
struct Open {
    /// Why no configuration of an architecture compiles it.
    dead: Vec<Obstacle>,
    /// Why it is not known.
    undecided: Option<String>,
}

/// The builds for lines. `targets` are tried in their order, which is that in which they are preferred.
///
/// # Errors
///
/// The tree cannot be read.
pub fn cover(tree: &Tree, asked: &Asked, targets: &[Target]) -> Result<Cover, TreeError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let cache = Cache::new(tree);
    let all: Vec<Line> = asked
        .iter()
        .flat_map(|(path, numbers)| {
            numbers.iter().map(|&number| Line {
                path: path.clone(),
                number,
            })
        })
        .collect();
    let users = Users::new(tree);
    let mut outcomes: Vec<Option<Outcome>> = all
        .iter()
        .map(|line| {
            let srcarch = entries::owner(&line.path)?;
            let is_asked = targets
                .iter()
                .any(|target| entries::may_compile(&target.srcarch, &line.path));
            let is_code = !matches!(lines::language(&line.path), Language::Other(_));
            (is_code && !is_asked).then(|| {
                Outcome::Undecided(format!(
                    "only `{srcarch}` compiles it, which is not one of the requested architectures"
                ))
            })
        })
        .collect();
    let mut open: Vec<Open> = vec![Open::default(); all.len()];
    let mut builds: Vec<Build> = Vec::new();
    let mut unread = Vec::new();
    for target in targets {
        let wanted = wanted(asked, &all, &outcomes, target);
        if wanted.is_empty() {
            continue;
        }
        let mut outside = OneArch::new(&target.srcarch, &target.arch, &version);
        let model = model::build(&sources, "Kconfig", &target.srcarch, &version, &mut outside);
        let of_model = model.why_incomplete();
        unread.extend(of_model.map(|why| (target.label().to_owned(), why)));
        let solver = RefCell::new(Solver::new(&model));
        // Many lines have the same condition.
        let known: RefCell<FxHashMap<Condition, bool>> = RefCell::default();
        let may_hold = |conditions: &Conditions, condition: Condition| {
            if condition == Condition::FALSE {
                return false;
            }
            *known.borrow_mut().entry(condition).or_insert_with(|| {
                let formula = formula_of(&model, conditions, condition);
                let question = Question::new().and_formula(formula);
                can_hold(&mut solver.borrow_mut(), &question)
            })
        };
        let mut places = Places::new(&cache, &users, target, &model, &may_hold);
        let files: Vec<(&str, &[u32])> = wanted
            .iter()
            .map(|(path, numbers, _)| (path.as_str(), &**numbers))
            .collect();
        let code: Vec<&str> = files
            .iter()
            .map(|(path, _)| *path)
            .filter(|path| lines::language(path) == Language::C)
            .collect();
        let found = places.of(&files, &code);
        let mut groups: Vec<Group> = Vec::new();
        let mut by_place: FxHashMap<Under, usize> = FxHashMap::default();
        for ((_, _, indices), found) in wanted.iter().zip(found) {
            for (&index, place) in indices.iter().zip(found) {
                match place {
                    Place::Settled(outcome) => outcomes[index] = Some(outcome),
                    Place::NotHere(why) => open[index].dead.push(Obstacle {
                        arch: Some(target.label().to_owned()),
                        condition: None,
                        steps: vec![why],
                    }),
                    Place::Unknown(why) => {
                        open[index].undecided.get_or_insert(why);
                    }
                    Place::Under(under) => match by_place.get(&under) {
                        Some(&group) => groups[group].lines.push(index),
                        None => {
                            by_place.insert(under.clone(), groups.len());
                            groups.push(Group {
                                under,
                                lines: vec![index],
                            });
                        }
                    },
                }
            }
        }
        let conditions = places.conditions;
        let mut chooser = Chooser {
            target,
            model: &model,
            conditions: &conditions,
            solver: solver.into_inner(),
            evaluator: Evaluator::new(&model, "CONFIG_"),
        };
        chooser.run(groups, &all, &mut builds, &mut outcomes, &mut open);
    }
    let lines = all
        .into_iter()
        .zip(outcomes)
        .zip(open)
        .map(|((line, outcome), open)| {
            let outcome = outcome.unwrap_or(match open.undecided {
                Some(why) => Outcome::Undecided(why),
                None => Outcome::Dead(open.dead),
            });
            (line, outcome)
        })
        .collect();
    Ok(Cover {
        builds,
        lines,
        unread,
    })
}

/// The files with lines that have no outcome yet and that an architecture may read: path, lines, their indices.
fn wanted(
    asked: &Asked,
    all: &[Line],
    outcomes: &[Option<Outcome>],
    target: &Target,
) -> Vec<(String, Vec<u32>, Vec<usize>)> {
    let mut wanted: Vec<(String, Vec<u32>, Vec<usize>)> = Vec::new();
    let mut index = 0;
    for (path, numbers) in asked {
        let is_own = entries::may_compile(&target.srcarch, path);
        let mut lines = (Vec::new(), Vec::new());
        for &number in numbers {
            debug_assert_eq!(all[index].number, number);
            if is_own && outcomes[index].is_none() {
                lines.0.push(number);
                lines.1.push(index);
            }
            index += 1;
        }
        if !lines.0.is_empty() {
            wanted.push((path.clone(), lines.0, lines.1));
        }
    }
    wanted
}

struct Chooser<'m> {
    target: &'m Target,
    model: &'m Model,
    conditions: &'m Conditions,
    solver: Solver<'m>,
    evaluator: Evaluator<'m>,
}

impl Chooser<'_> {
    fn run(
        &mut self,
        groups: Vec<Group>,
        all: &[Line],
        builds: &mut Vec<Build>,
        outcomes: &mut [Option<Outcome>],
        open: &mut [Open],
    ) {
        let mut pending = Vec::new();
        for group in groups {
            if self.is_possible_alone(&group, open) {
                pending.push(group);
            }
        }
        // The largest group comes first, so that the first build covers most lines.
        pending.sort_by_key(|group| (std::cmp::Reverse(group.lines.len()), group.lines[0]));
        let first = builds.len();
        while !pending.is_empty() && builds.len() - first < MAX_BUILDS {
            let mut question = Question::new();
            let (mut picked, mut rest) = (Vec::new(), Vec::new());
            for group in pending {
                let wider = self.with(&question, group.under.certain);
                if can_hold(&mut self.solver, &wider) {
                    question = wider;
                    picked.push(group);
                } else {
                    rest.push(group);
                }
            }
            if picked.is_empty() {
                for group in &rest {
                    self.undecided(group, "the solver gave up", open);
                }
                break;
            }
            let question = self.grown(question, &picked);
            match self.build(&question, &picked) {
                Ok((build, held)) => {
                    let number = builds.len();
                    let mut build = build;
                    let mut left = Vec::new();
                    for (group, held) in picked.into_iter().zip(held) {
                        if !held.is_compiled {
                            left.push(group);
                            continue;
                        }
                        let condition = self.conditions.in_kconfig_style(group.under.certain);
                        let note = note(&group, held.dropped.as_deref());
                        for &line in &group.lines {
                            build.lines.push(all[line].clone());
                            outcomes[line] = Some(Outcome::Covered {
                                builds: vec![number],
                                condition: condition.clone(),
                                note: note.clone(),
                            });
                        }
                        build.objects.extend(group.under.object.clone());
                    }
                    if build.lines.is_empty() {
                        for group in left.iter().chain(&rest) {
                            self.undecided(
                                group,
                                "no configuration that the solver found holds when it is computed",
                                open,
                            );
                        }
                        break;
                    }
                    build.lines.sort();
                    build.objects.sort();
                    build.objects.dedup();
                    builds.push(build);
                    rest.extend(left);
                }
                Err(why) if picked.len() == 1 => {
                    self.undecided(&picked[0], &why, open);
                }
                Err(_) => {
                    // Together they are too much: the largest alone, the others later.
                    let mut picked = picked.into_iter();
                    if let Some(largest) = picked.next() {
                        let alone = self.with(&Question::new(), largest.under.certain);
                        match self.build(&alone, std::slice::from_ref(&largest)) {
                            Ok((mut build, held)) if held[0].is_compiled => {
                                let number = builds.len();
                                for &line in &largest.lines {
                                    build.lines.push(all[line].clone());
                                    outcomes[line] = Some(Outcome::Covered {
                                        builds: vec![number],
                                        condition: self
                                            .conditions
                                            .in_kconfig_style(largest.under.certain),
                                        note: note(&largest, held[0].dropped.as_deref()),
                                    });
                                }
                                build.objects.extend(largest.under.object.clone());
                                builds.push(build);
                            }
                            Ok(_) => self.undecided(
                                &largest,
                                "the configuration that the solver found does not hold when it is computed",
                                open,
                            ),
                            Err(why) => self.undecided(&largest, &why, open),
                        }
                    }
                    rest.extend(picked);
                }
            }
            pending = rest;
        }
    }

    /// Whether a configuration compiles a group; where none does, why is noted.
    fn is_possible_alone(&mut self, group: &Group, open: &mut [Open]) -> bool {
        let certain = self.with(&Question::new(), group.under.certain);
        if group.under.certain != Condition::FALSE && can_hold(&mut self.solver, &certain) {
            return true;
        }
        let possible = self.with(&Question::new(), group.under.possible);
        match self.solver.can(&possible) {
            Answer::Impossible(_) if !group.under.is_complete => {
                let why =
                    "all source files that were tried exclude it, but there are others".to_owned();
                self.undecided(group, &why, open);
            }
            Answer::Impossible(reason) => {
                let (condition, steps) = match &group.under.excluded {
                    Some((condition, steps)) => (condition.clone(), steps.clone()),
                    None => {
                        let steps = reason.steps.iter().take(4);
                        let steps = steps.map(|step| {
                            format!("{}: {}", self.model.location(step.place), step.text)
                        });
                        let possible = group.under.possible;
                        (self.conditions.in_kconfig_style(possible), steps.collect())
                    }
                };
                let why = Obstacle {
                    arch: Some(self.target.label().to_owned()),
                    condition: Some(condition).filter(|condition| !condition.is_empty()),
                    steps,
                };
                for &line in &group.lines {
                    open[line].dead.push(why.clone());
                }
            }
            Answer::Possible(_) => {
                let names = &group.under.undecided;
                let shown = names.iter().take(2).map(|name| format!("`{name}`"));
                let shown = shown.collect::<Vec<_>>().join(", ");
                let what = match names.len() {
                    0 => "macros".to_owned(),
                    1 | 2 => shown,
                    all => format!("{shown} and {} more", all - 2),
                };
                let why = format!("it depends on {what}, which Kconfig does not decide");
                self.undecided(group, &why, open);
            }
            Answer::Undecided(why) => self.undecided(group, &why, open),
        }
        false
    }

    fn undecided(&self, group: &Group, why: &str, open: &mut [Open]) {
        for &line in &group.lines {
            let known = &mut open[line].undecided;
            known.get_or_insert_with(|| format!("{}: {why}", self.target.label()));
        }
    }

    fn with(&self, question: &Question, condition: Condition) -> Question {
        let formula = formula_of(self.model, self.conditions, condition);
        question.clone().and_formula(formula)
    }

    /// The question with what is worth having where it is possible: a usual machine, and what keeps the compiler from
    /// eliminating lines.
    fn grown(&mut self, mut question: Question, picked: &[Group]) -> Question {
        let machine = machine::machine(&self.target.srcarch);
        let mut names: Vec<(String, Value)> = machine
            .map_or(&[][..], |machine| machine.lines)
            .iter()
            .map(|line| {
                line.trim_start_matches("CONFIG_")
                    .trim_end_matches("=y")
                    .to_owned()
            })
            .map(|name| (name, Value::Yes))
            .collect();
        for text in picked.iter().flat_map(|group| &group.under.eliminated) {
            names.extend(lines::tested(text).into_iter().map(|tested| {
                let value = match (tested.is_negated, tested.macro_name) {
                    (true, _) => Value::No,
                    (false, "IS_BUILTIN(") => Value::Yes,
                    (false, "IS_MODULE(") => Value::Mod,
                    (false, _) => Value::On,
                };
                (tested.symbol, value)
            }));
        }
        for (name, value) in names {
            let symbol = self
                .model
                .find(&name)
                .filter(|&symbol| self.model.is_defined(symbol));
            if let Some(symbol) = symbol {
                let wider = question.clone().and(symbol, value);
                if can_hold(&mut self.solver, &wider) {
                    question = wider;
                }
            }
        }
        question
    }

    /// A build for a question, and what it does with each group.
    fn build(
        &mut self,
        question: &Question,
        picked: &[Group],
    ) -> Result<(Build, Vec<Held>), String> {
        let witness = match self.solver.can(question) {
            Answer::Possible(witness) => witness,
            Answer::Impossible(_) => return Err("it cannot hold".to_owned()),
            Answer::Undecided(why) => return Err(why),
        };
        let evaluator = &self.evaluator;
        let mut full = with_answers(evaluator, &witness);
        full.read(text(&witness.lines(self.model)).as_bytes(), false);
        let mut wanted = Vec::new();
        for group in picked {
            let tested = group.under.eliminated.iter();
            let tested: Vec<lines::Tested> = tested.flat_map(|text| lines::tested(text)).collect();
            let atoms = self.conditions.atoms(group.under.certain).into_iter();
            let names = atoms.filter_map(Atom::symbol);
            for name in names.chain(tested.iter().map(|tested| &*tested.symbol)) {
                let symbol = self.model.find(name);
                wanted.extend(symbol.filter(|&symbol| self.model.is_defined(symbol)));
            }
        }
        let lines = for_allnoconfig(evaluator, &witness, wanted);
        let mut bare = with_answers(evaluator, &witness);
        bare.read(text(&lines).as_bytes(), false);
        bare.set_new(NewValues::No);
        let in_bare = self.hold(&mut bare, picked);
        let in_full = match in_bare.iter().all(|&holds| holds) {
            true => Vec::new(),
            false => self.hold(&mut full, picked),
        };
        let count = |holds: &[bool]| holds.iter().filter(|&&holds| holds).count();
        let (base, fragment, mut configuration, holds) = if count(&in_full) > count(&in_bare) {
            ("alldefconfig", witness.lines(self.model), full, in_full)
        } else {
            ("allnoconfig", lines, bare, in_bare)
        };
        let dropped = picked
            .iter()
            .map(|group| self.dropped(&mut configuration, group));
        let held = std::iter::zip(holds, dropped)
            .map(|(is_compiled, dropped)| Held {
                is_compiled,
                dropped,
            })
            .collect();
        let build = Build {
            target: self.target.clone(),
            base,
            fragment,
            config: configuration.write(),
            objects: Vec::<Object>::new(),
            lines: Vec::new(),
            relies_on: relies_on(self.model, &witness),
        };
        Ok((build, held))
    }

    /// The first test of the code around a group's lines that is false in a configuration, so that the compiler eliminates them.
    fn dropped(&self, configuration: &mut Configuration<'_, '_>, group: &Group) -> Option<String> {
        let mut tests = group
            .under
            .eliminated
            .iter()
            .flat_map(|text| lines::tested(text));
        let mut is_false = |tested: &lines::Tested| {
            let symbol = self.model.find(&tested.symbol);
            let symbol = symbol.filter(|&symbol| self.model.is_defined(symbol));
            let value = symbol.map_or(Tristate::No, |symbol| configuration.tristate(symbol));
            let is_true = match tested.macro_name {
                "IS_BUILTIN(" => value == Tristate::Yes,
                "IS_MODULE(" => value == Tristate::Mod,
                _ => value != Tristate::No,
            };
            is_true == tested.is_negated
        };
        let first = tests.find(|tested| is_false(tested))?;
        let bang = if first.is_negated { "!" } else { "" };
        Some(format!(
            "{bang}{}CONFIG_{})",
            first.macro_name, first.symbol
        ))
    }

    /// Which groups' conditions hold in a configuration.
    fn hold(&self, configuration: &mut Configuration<'_, '_>, picked: &[Group]) -> Vec<bool> {
        let values = RefCell::new(configuration);
        let assignment = |atom: &Atom| {
            let name = atom.symbol()?;
            let Some(symbol) = self.model.find(name).filter(|&s| self.model.is_defined(s)) else {
                // A symbol that nothing declares is not set, and compares as 0.
                return Some(match atom {
                    Atom::Comparison {
                        operator, value, ..
                    } => match operator {
                        Operator::Equal => *value == 0,
                        Operator::Greater => 0 > *value,
                    },
                    _ => false,
                });
            };
            let mut values = values.borrow_mut();
            let logical = matches!(
                self.model.symbol(symbol).type_,
                Some(Type::Bool | Type::Tristate)
            );
            match atom {
                Atom::Builtin(_) if logical => Some(values.tristate(symbol) == Tristate::Yes),
                Atom::Builtin(_) => Some(values.is_written(symbol)),
                Atom::Module(_) => Some(logical && values.tristate(symbol) == Tristate::Mod),
                Atom::Comparison {
                    operator, value, ..
                } => {
                    let own = if logical {
                        i64::from(values.tristate(symbol) == Tristate::Yes)
                    } else {
                        let text = values.text(symbol);
                        let text = String::from_utf8_lossy(&text).into_owned();
                        match text.strip_prefix("0x") {
                            Some(digits) => i64::from_str_radix(digits, 16).ok()?,
                            None if text.is_empty() => 0,
                            None => text.parse().ok()?,
                        }
                    };
                    Some(match operator {
                        Operator::Equal => own == *value,
                        Operator::Greater => own > *value,
                    })
                }
                _ => None,
            }
        };
        picked
            .iter()
            .map(|group| self.conditions.evaluate(group.under.certain, &assignment) == Some(true))
            .collect()
    }
}

/// Whether a question has an answer. Where clauses alone do not tell, as with `NR_CPUS >= 4`, configurations are tried.
fn can_hold(solver: &mut Solver<'_>, question: &Question) -> bool {
    match solver.is_possible(question) {
        Ok(is_possible) => is_possible,
        Err(_) => solver.can(question).is_possible(),
    }
}

/// Holds what a build does with a group.
struct Held {
    /// Whether its condition holds in the configuration.
    is_compiled: bool,
    /// The test that is false there, so that the compiler eliminates the lines.
    dropped: Option<String>,
}

/// A remark on the lines of a group besides that they are compiled.
fn note(group: &Group, dropped: Option<&str>) -> Option<String> {
    let mut notes = Vec::new();
    match (dropped, group.under.eliminated.is_empty()) {
        (Some(test), _) => {
            notes.push(format!(
                "compiled, but then eliminated: `{test}` is false in this configuration"
            ));
        }
        (None, false) => notes.push(format!(
            "kept in this configuration; eliminated where `{}` is false",
            group.under.eliminated.join(" && ")
        )),
        (None, true) => {}
    }
    if let Some(object) = group.under.object.as_ref().filter(|object| object.by_rule) {
        let directory = object
            .path
            .rsplit_once('/')
            .map_or("", |(directory, _)| directory);
        notes.push(format!(
            "a rule of `{directory}/Makefile` builds the object"
        ));
    }
    (!notes.is_empty()).then(|| notes.join("; "))
}

/// Assumptions of a witness that no `.config` states.
fn relies_on(model: &Model, witness: &Witness) -> Vec<String> {
    let mut found: Vec<String> = witness
        .assumptions
        .iter()
        .filter(|assumption| &*assumption.of != "$(ARCH)")
        .map(|assumption| assumption.written(model))
        .collect();
    // The value of a symbol of another type has been checked in the configuration itself.
    let unknowns = witness.unknowns.iter();
    let unknowns = unknowns.filter(|unknown| !unknown.text.starts_with("CONFIG_"));
    // A text that is made of one that is named already says nothing more.
    let is_named = |text: &str| {
        witness
            .assumptions
            .iter()
            .any(|known| text.contains(&*known.of))
    };
    let unknowns = unknowns.filter(|unknown| !is_named(&unknown.text));
    found.extend(unknowns.map(|unknown| unknown.written(model)));
    found.sort();
    found.dedup();
    found
}

fn text(lines: &[String]) -> String {
    lines.iter().map(|line| format!("{line}\n")).collect()
}
