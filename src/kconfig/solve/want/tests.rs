//! Small Kconfig texts with a wish each, and on many small random ones a comparison with all configurations there are.

use super::*;
use crate::kconfig::eval::Tristate;
use crate::kconfig::model::{Model, PropertyKind};
use crate::kconfig::solve::Value;
use crate::kconfig::solve::tests::with_release;

/// For each way its lines, joined.
fn ways(kconfig: &str, config: &str, wish: (&str, Value)) -> Vec<String> {
    let mut result = Vec::new();
    with_release(kconfig, (7, 2), |model| {
        let evaluator = Evaluator::new(model, "CONFIG_");
        let mut wishes = Wishes::new(&evaluator, config.as_bytes());
        let question = Question::is(model.find(wish.0).unwrap(), wish.1);
        result = match wishes.grant(&question, 3) {
            Granted::Already => vec!["already".to_owned()],
            Granted::Impossible(_) => vec!["impossible".to_owned()],
            Granted::Undecided(why) => vec![why],
            Granted::Possible(proposals) => proposals
                .iter()
                .map(|proposal| {
                    let line = |change: &Assignment| {
                        format!("{}={}", model.name(change.symbol), change.value)
                    };
                    let lines: Vec<String> = proposal.changes.iter().map(line).collect();
                    lines.join(" ")
                })
                .collect(),
        };
    });
    result
}

const DRIVER: &str = "config BUS\n\tbool \"bus\"\nconfig OTHER\n\tbool \"other\"\nconfig CORE\n\ttristate\n\
    config DRIVER\n\ttristate \"driver\"\n\tdepends on BUS || OTHER\n\tselect CORE\n\
    config DEEP\n\tdef_bool CORE && BUS && !OTHER\nconfig NEVER\n\tdef_bool BUS && !BUS\n\
    config NUMBER\n\tint \"number\"\n\trange 1 9\nconfig LARGE\n\tdef_bool NUMBER > 7\n";

#[test]
fn as_few_lines_change_as_possible() {
    let of = |config: &str, symbol, value| ways(DRIVER, config, (symbol, value));
    assert_eq!(of("CONFIG_BUS=y\n", "BUS", Value::Yes), ["already"]);
    assert_eq!(of("CONFIG_BUS=y\n", "DRIVER", Value::Yes), ["DRIVER=y"]);
    let mut both = of("", "DRIVER", Value::Yes);
    both.sort();
    assert_eq!(both, ["BUS=y DRIVER=y", "OTHER=y DRIVER=y"]);
    assert_eq!(
        of("CONFIG_OTHER=y\nCONFIG_DRIVER=y\n", "DEEP", Value::Yes),
        ["BUS=y OTHER=n"]
    );
    assert_eq!(
        of("CONFIG_BUS=y\nCONFIG_DRIVER=y\n", "CORE", Value::No),
        ["DRIVER=n", "BUS=n"]
    );
    assert_eq!(of("", "NEVER", Value::Yes), ["impossible"]);
    assert_eq!(of("CONFIG_NUMBER=3\n", "LARGE", Value::Yes), ["NUMBER=8"]);
}

const CHOICE: &str = "config P\n\tbool \"p\"\nchoice\n\tprompt \"c\"\n\tdefault B\nconfig A\n\tbool \"a\"\n\
    config B\n\tbool \"b\"\nconfig C\n\tbool \"c\"\n\tdepends on P\nendchoice\n";

#[test]
fn a_member_of_a_choice_is_one_line() {
    let of = |config: &str, symbol, value| ways(CHOICE, config, (symbol, value));
    assert_eq!(of("CONFIG_A=y\n", "B", Value::Yes), ["B=y"]);
    assert_eq!(of("CONFIG_A=y\n", "C", Value::Yes), ["P=y C=y"]);
    assert_eq!(
        of("CONFIG_P=y\nCONFIG_C=y\n", "B", Value::Yes)[0]
            .split(' ')
            .count(),
        1
    );
    // The default is denied, so the first member that nothing is said of is set.
    assert_eq!(of("# CONFIG_B is not set\n", "A", Value::Yes), ["already"]);
    let all = "# CONFIG_A is not set\n# CONFIG_B is not set\nCONFIG_C=y\n";
    assert_eq!(of(all, "A", Value::Yes), ["already"]);
    assert_eq!(of(all, "C", Value::Yes), ["P=y"]);
}

#[test]
fn choices_of_old_releases_are_changed_likewise() {
    with_release(CHOICE, (6, 1), |model| {
        let evaluator = Evaluator::new(model, "CONFIG_");
        let mut wishes = Wishes::new(&evaluator, b"CONFIG_A=y\n# CONFIG_B is not set\n");
        let question = Question::is(model.find("C").unwrap(), Value::Yes);
        let Granted::Possible(proposals) = wishes.grant(&question, 3) else {
            panic!("possible");
        };
        assert_eq!(proposals[0].changes.len(), 2);
        assert!(proposals[0].is_smallest);
    });
}

/// Numbers that look random (a linear congruential generator).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }
}

const NAMES: [&str; 6] = ["A", "B", "C", "D", "E", "F"];

/// Symbols that depend on earlier ones, and select later ones; two of them may be a choice.
fn kconfig(numbers: &mut Numbers) -> String {
    let mut text = "config MODULES\n\tdef_bool y\n\tmodules\n".to_owned();
    let choice = (numbers.below(2) == 0).then(|| numbers.below(4));
    for (index, name) in NAMES.iter().enumerate() {
        let in_choice = choice.is_some_and(|at| index == at || index == at + 1);
        if choice == Some(index) {
            text += "choice\n\tprompt \"choice\"\n";
        }
        let type_ = if in_choice || numbers.below(2) == 0 {
            "bool"
        } else {
            "tristate"
        };
        text += &format!("config {name}\n\t{type_}\n");
        if in_choice || numbers.below(4) > 0 {
            text += "\tprompt \"p\"\n";
        }
        let first = choice.filter(|&at| index == at + 1).unwrap_or(index);
        if first > 0 && numbers.below(2) == 0 {
            let not = ["", "!"][numbers.below(2)];
            text += &format!("\tdepends on {not}{}\n", NAMES[numbers.below(first)]);
        }
        if !in_choice && first > 0 && numbers.below(3) == 0 {
            text += &format!("\tdefault y if {}\n", NAMES[numbers.below(first)]);
        }
        if !in_choice && index + 1 < NAMES.len() && numbers.below(3) == 0 {
            let target = index + 1 + numbers.below(NAMES.len() - index - 1);
            if choice.is_none_or(|at| target != at && target != at + 1) {
                text += &format!("\tselect {}\n", NAMES[target]);
            }
        }
        if choice.is_some_and(|at| index == at + 1) {
            text += "endchoice\n";
        }
    }
    text
}

/// All ways to set what has a prompt: for each symbol nothing, or a value.
fn all_settings(model: &Model) -> Vec<Vec<(String, String)>> {
    let mut all = vec![Vec::new()];
    for name in NAMES {
        let symbol = model.find(name).unwrap();
        let has_prompt = model
            .properties_of(symbol)
            .any(|id| matches!(model.property(id).kind, PropertyKind::Prompt(_)));
        if !has_prompt {
            continue;
        }
        let values: &[&str] = match model.symbol(symbol).type_ {
            Some(Type::Tristate) => &["n", "m", "y"],
            _ => &["n", "y"],
        };
        let mut more = Vec::new();
        for setting in &all {
            more.push(setting.clone());
            for value in values {
                let mut setting = setting.clone();
                setting.push((name.to_owned(), (*value).to_owned()));
                more.push(setting);
            }
        }
        all = more;
    }
    all
}

#[test]
fn no_other_change_is_smaller() {
    for seed in 0..60 {
        let mut numbers = Numbers(seed * 7_919 + 3);
        let text = kconfig(&mut numbers);
        with_release(&text, (7, 2), |model| {
            let evaluator = Evaluator::new(model, "CONFIG_");
            let settings = all_settings(model);
            let base = &settings[numbers.below(settings.len())];
            let config = with_lines(b"", "CONFIG_", base);
            let value_with = |lines: &[(String, String)], symbol| {
                let mut configuration = evaluator.configuration();
                configuration.take(&with_lines(&config, "CONFIG_", lines));
                configuration.tristate(symbol)
            };
            // Small changes first.
            let mut changes = settings.clone();
            changes.sort_by_key(Vec::len);
            let mut wishes = Wishes::new(&evaluator, &config);
            for name in NAMES {
                let symbol = model.find(name).unwrap();
                for (value, tristate) in [(Value::Yes, Tristate::Yes), (Value::No, Tristate::No)] {
                    let least = changes
                        .iter()
                        .filter(|lines| lines.len() <= 3)
                        .find(|lines| value_with(lines, symbol) == tristate)
                        .map(Vec::len);
                    let granted = wishes.grant(&Question::is(symbol, value), 1);
                    let found = match &granted {
                        Granted::Already => Some(0),
                        Granted::Possible(proposals) => Some(proposals[0].changes.len()),
                        _ => None,
                    };
                    let config = String::from_utf8_lossy(&config);
                    let context = format!("{name} {value:?}: {granted:?}\n{text}\n{config}");
                    match least {
                        Some(least) => assert_eq!(found, Some(least), "{context}"),
                        None => assert!(found.is_none_or(|found| found > 3), "{context}"),
                    }
                }
            }
        });
    }
}
