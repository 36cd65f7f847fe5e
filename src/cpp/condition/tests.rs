//! Owns the tests of presence conditions: what is simplified, how it is written, and that no meaning is lost.

use proptest::prelude::*;

use super::*;

fn config(conditions: &mut Conditions, name: &str) -> Condition {
    conditions.atom(Atom::Builtin(name.into()))
}

#[test]
fn constants_and_complements_vanish() {
    let mut c = Conditions::new();
    let a = config(&mut c, "A");
    let not_a = c.not(a);
    assert_eq!(c.and(a, Condition::TRUE), a);
    assert_eq!(c.and(a, Condition::FALSE), Condition::FALSE);
    assert_eq!(c.or(a, Condition::TRUE), Condition::TRUE);
    assert_eq!(c.and(a, not_a), Condition::FALSE);
    assert_eq!(c.or(a, not_a), Condition::TRUE);
    assert_eq!(c.not(not_a), a);
    assert_eq!(c.all([]), Condition::TRUE);
    assert_eq!(c.any([]), Condition::FALSE);
}

#[test]
fn redundant_operands_vanish() {
    let mut c = Conditions::new();
    let (a, b) = (config(&mut c, "A"), config(&mut c, "B"));
    let (not_a, not_b) = (c.not(a), c.not(b));
    let a_or_b = c.or(a, b);
    assert_eq!(c.and(a, a_or_b), a);
    let a_and_b = c.and(a, b);
    assert_eq!(c.or(a, a_and_b), a);
    let not_a_or_b = c.or(not_a, b);
    assert_eq!(c.and(a, not_a_or_b), a_and_b);
    let a_and_not_b = c.and(a, not_b);
    assert_eq!(c.or(a_and_b, a_and_not_b), a);
    let neither = c.not(a_or_b);
    assert_eq!(c.and(neither, a), Condition::FALSE);
    assert_eq!(c.or(neither, a_or_b), Condition::TRUE);
}

#[test]
fn operands_have_smaller_numbers() {
    let mut c = Conditions::new();
    let (a, b, x) = (
        config(&mut c, "A"),
        config(&mut c, "B"),
        config(&mut c, "X"),
    );
    let a_and_b = c.and(a, b);
    let whole = c.or(x, a_and_b);
    let reachable = c.reachable(whole);
    assert_eq!(reachable.last(), Some(&whole));
    assert!(reachable.is_sorted());
    assert_eq!(c.atoms(whole).len(), 3);
}

#[test]
fn both_styles_use_few_parentheses() {
    let mut c = Conditions::new();
    let (b, a) = (config(&mut c, "B"), config(&mut c, "A"));
    let m = c.defined("CONFIG_T_MODULE");
    let levels = c.atom(Atom::Comparison {
        name: "CONFIG_LEVELS".into(),
        operator: Operator::Greater,
        value: 3,
    });
    let not_b = c.not(b);
    let left = c.and(a, not_b);
    let not_levels = c.not(levels);
    let whole = c.any([left, m, not_levels]);
    assert_eq!(c.in_kconfig_style(whole), "LEVELS <= 3 || T=m || (A && !B)");
    assert_eq!(
        c.in_preprocessor_style(whole),
        "CONFIG_LEVELS <= 3 || defined(CONFIG_T_MODULE) || (defined(CONFIG_A) && !defined(CONFIG_B))"
    );
    assert_eq!(c.in_kconfig_style(Condition::TRUE), "y");
    assert_eq!(c.in_preprocessor_style(Condition::FALSE), "0");
}

#[test]
fn unknown_atoms_leave_the_rest_decided() {
    let mut c = Conditions::new();
    let (a, b) = (config(&mut c, "A"), config(&mut c, "B"));
    let both = c.and(a, b);
    let only = |name: &'static str, value: bool| {
        move |atom: &Atom| (atom.symbol() == Some(name)).then_some(value)
    };
    assert_eq!(c.evaluate(both, &only("A", false)), Some(false));
    assert_eq!(c.evaluate(both, &only("A", true)), None);
    assert_eq!(c.evaluate(both, &|_| Some(true)), Some(true));
}

#[test]
fn satisfiability_sees_what_simplification_does_not() {
    let mut c = Conditions::new();
    let atoms: Vec<Condition> = ["A", "B", "X"].map(|name| config(&mut c, name)).to_vec();
    // All eight combinations excluded one by one: no rule of the simplifier knows that nothing is left.
    let clauses: Vec<Condition> = (0..8)
        .map(|bits: usize| {
            let literals: Vec<Condition> = (0..3)
                .map(|i| {
                    if bits >> i & 1 == 1 {
                        atoms[i]
                    } else {
                        c.not(atoms[i])
                    }
                })
                .collect();
            c.any(literals)
        })
        .collect();
    let impossible = c.all(clauses.clone());
    assert!(!c.is_satisfiable(impossible));
    let possible = c.all(clauses[1..].to_vec());
    assert!(c.is_satisfiable(possible));
    assert!(c.is_implied(clauses[1], possible));
}

/// A random expression, as a program for a stack.
#[derive(Clone, Debug)]
enum Step {
    Atom(u8),
    Not,
    And,
    Or,
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    prop::collection::vec(
        prop_oneof![
            3 => (0u8..5).prop_map(Step::Atom),
            1 => Just(Step::Not),
            2 => Just(Step::And),
            2 => Just(Step::Or),
        ],
        1..60,
    )
}

proptest! {
    #[test]
    fn simplification_keeps_the_meaning(steps in steps()) {
        let mut c = Conditions::new();
        let mut stack: Vec<(Condition, u32)> = Vec::new();
        // A truth table of five atoms has 32 rows, one bit each.
        let table = |atom: u8| (0..32u32).fold(0, |bits, row| bits | ((row >> atom & 1) << row));
        for step in steps {
            match step {
                Step::Atom(atom) => {
                    stack.push((config(&mut c, &format!("S{atom}")), table(atom)));
                }
                Step::Not => {
                    if let Some((a, bits)) = stack.pop() {
                        stack.push((c.not(a), !bits));
                    }
                }
                Step::And | Step::Or if stack.len() >= 2 => {
                    let (a, a_bits) = stack.pop().unwrap();
                    let (b, b_bits) = stack.pop().unwrap();
                    stack.push(match step {
                        Step::And => (c.and(a, b), a_bits & b_bits),
                        _ => (c.or(a, b), a_bits | b_bits),
                    });
                }
                Step::And | Step::Or => {}
            }
        }
        for (condition, bits) in stack {
            for row in 0..32u32 {
                let value = c.evaluate(condition, &|atom| match atom {
                    Atom::Builtin(name) => {
                        let atom: u32 = name[1..].parse().unwrap();
                        Some(row >> atom & 1 == 1)
                    }
                    _ => None,
                });
                prop_assert_eq!(value, Some(bits >> row & 1 == 1));
            }
            prop_assert_eq!(c.is_satisfiable(condition), bits != 0);
        }
    }
}
