//! Owns the tests of controlling expressions: what is decided, what stays open, and what is wrong with broken ones.

use super::*;

/// The condition of `text`, looked at alone, in the preprocessor's words.
fn condition(text: &str) -> String {
    let mut conditions = Conditions::new();
    let (expression, error) = Expression::parse(text, 0, text.len());
    assert_eq!(error, None, "{text}");
    let truth = expression.truth(text, &mut Unknown, &mut conditions);
    conditions.in_preprocessor_style(truth)
}

fn error(text: &str) -> &'static str {
    Expression::parse(text, 0, text.len()).1.unwrap()
}

#[test]
fn defined_with_and_without_parentheses() {
    assert_eq!(
        condition("defined CONFIG_A && !defined (CONFIG_B)"),
        "defined(CONFIG_A) && !defined(CONFIG_B)"
    );
    assert_eq!(
        condition("!(defined(A) || defined(B))"),
        "!defined(A) && !defined(B)"
    );
}

#[test]
fn macros_of_kconfig_h() {
    assert_eq!(
        condition("IS_ENABLED(CONFIG_A)"),
        "defined(CONFIG_A) || defined(CONFIG_A_MODULE)"
    );
    assert_eq!(condition("IS_BUILTIN( CONFIG_A )"), "defined(CONFIG_A)");
    assert_eq!(
        condition("!IS_MODULE(CONFIG_A)"),
        "!defined(CONFIG_A_MODULE)"
    );
    assert_eq!(
        condition("IS_REACHABLE(CONFIG_A)"),
        "defined(CONFIG_A) || (defined(CONFIG_A_MODULE) && defined(MODULE))"
    );
}

#[test]
fn comparisons_have_two_forms() {
    assert_eq!(condition("CONFIG_L > 3"), "CONFIG_L > 3");
    assert_eq!(condition("CONFIG_L >= 4"), "CONFIG_L > 3");
    assert_eq!(condition("4 > CONFIG_L"), "CONFIG_L <= 3");
    assert_eq!(condition("CONFIG_L < 4 || CONFIG_L >= 4"), "1");
    assert_eq!(condition("CONFIG_L != 0x10UL"), "CONFIG_L != 16");
    assert_eq!(condition("CONFIG_A"), "CONFIG_A != 0");
}

#[test]
fn arithmetic_of_numbers_is_done() {
    assert_eq!(condition("1 + 2 * 3 == 7"), "1");
    assert_eq!(condition("(1 << 4 | 1) % 16 == 1 && 'A' == 65"), "1");
    assert_eq!(
        condition("010 == 8 && 0b11 == 3 && -1 < 0 && ~0 == -1"),
        "1"
    );
    assert_eq!(condition("1 ? 0 : 1"), "0");
    assert_eq!(condition("1 / 0"), "(1 / 0)");
    assert_eq!(condition("0 && X(1) > 2"), "0");
}

#[test]
fn what_is_not_decided_becomes_one_atom() {
    assert_eq!(condition("A  +\\\n 1 > B"), "(A + 1 > B)");
    assert_eq!(
        condition("!__has_attribute(__x__)"),
        "!(__has_attribute(__x__))"
    );
}

#[test]
fn ternary_and_values_by_case() {
    assert_eq!(condition("(defined(A) ? 8 : 4) == 8"), "defined(A)");
    assert_eq!(
        condition("defined(A) + defined(B) == 2"),
        "defined(A) && defined(B)"
    );
}

#[test]
fn mistakes_have_a_reason() {
    assert_eq!(error("defined("), "`defined` without a name");
    assert_eq!(error("(A"), "`(` without `)`");
    assert_eq!(error(""), "an operand is missing");
    assert_eq!(error("A B"), "unexpected text after the expression");
    assert_eq!(error("A ? B"), "`?` without `:`");
    assert_eq!(
        error(&"(".repeat(5000)),
        "the expression nests too deeply (the limit `condition-nesting` is 100 levels)"
    );
    assert_eq!(
        error(&"!".repeat(5000)),
        "the expression nests too deeply (the limit `condition-nesting` is 100 levels)"
    );
    assert_eq!(
        error(&"1+".repeat(5000)),
        "the expression is too long (the limit `condition-operators` is 300 operators)"
    );
}
