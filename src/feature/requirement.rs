//! Owns the two conditions that a spec puts on what it asks for: an expression over Kconfig symbols, and a range of releases.

use std::fmt;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{char, multispace0};
use nom::combinator::all_consuming;
use nom::multi::separated_list1;
use nom::sequence::{delimited, preceded};
use nom::{IResult, Parser};
use serde::de::{self, Deserialize, Deserializer, Visitor};

use super::name::{NameError, Symbol};

/// How many `!` and `(` an expression may hold, which bounds its depth.
const MAX_NESTING: usize = 32;

/// An expression over Kconfig symbols.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Requirement {
    /// The symbol is `y` or `m`.
    Symbol(Symbol),
    /// The operand does not hold.
    Not(Box<Requirement>),
    /// All operands hold.
    And(Vec<Requirement>),
    /// One of the operands holds.
    Or(Vec<Requirement>),
}

impl Requirement {
    const EXPECTED: &str = "an expression over Kconfig symbols (`SYMBOL`, `!`, `&&`, `||`, parentheses; without `CONFIG_`)";

    /// Reads an expression.
    ///
    /// # Errors
    ///
    /// The text is something else, or nested too deeply.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let is_flat = text.matches(['!', '(']).count() <= MAX_NESTING;
        let read = is_flat
            .then(|| all_consuming(any).parse(text).ok())
            .flatten();
        read.map(|(_, read)| read).ok_or_else(|| NameError {
            text: text.to_owned(),
            expected: Self::EXPECTED,
        })
    }
}

impl Requirement {
    /// The value where some symbols are off and nothing is known of the others; `None` where those decide.
    pub fn where_off(&self, is_off: &dyn Fn(&str) -> bool) -> Option<bool> {
        match self {
            Self::Symbol(symbol) => is_off(symbol).then_some(false),
            Self::Not(operand) => operand.where_off(is_off).map(|value| !value),
            Self::And(operands) => join(operands, is_off, false),
            Self::Or(operands) => join(operands, is_off, true),
        }
    }

    /// Adds the symbols that it names, in their order.
    pub fn symbols<'r>(&'r self, found: &mut Vec<&'r str>) {
        match self {
            Self::Symbol(symbol) => found.push(symbol),
            Self::Not(operand) => operand.symbols(found),
            Self::And(operands) | Self::Or(operands) => {
                for operand in operands {
                    operand.symbols(found);
                }
            }
        }
    }
}

/// The value of several operands of which one with the value `decisive` decides.
fn join(operands: &[Requirement], is_off: &dyn Fn(&str) -> bool, decisive: bool) -> Option<bool> {
    let values = operands.iter().map(|operand| operand.where_off(is_off));
    let values: Vec<Option<bool>> = values.collect();
    if values.contains(&Some(decisive)) {
        return Some(decisive);
    }
    (!values.contains(&None)).then_some(!decisive)
}

type Read<'a> = IResult<&'a str, Requirement>;

fn any(text: &str) -> Read<'_> {
    let (rest, mut operands) = separated_list1(tag("||"), all).parse(text)?;
    Ok((
        rest,
        one(&mut operands).unwrap_or(Requirement::Or(operands)),
    ))
}

fn all(text: &str) -> Read<'_> {
    let (rest, mut operands) = separated_list1(tag("&&"), operand).parse(text)?;
    Ok((
        rest,
        one(&mut operands).unwrap_or(Requirement::And(operands)),
    ))
}

/// The only operand, if there is one alone.
fn one(operands: &mut Vec<Requirement>) -> Option<Requirement> {
    match operands.len() {
        1 => operands.pop(),
        _ => None,
    }
}

fn operand(text: &str) -> Read<'_> {
    let not = preceded(char('!'), operand).map(|operand| Requirement::Not(Box::new(operand)));
    let nested = delimited(char('('), any, char(')'));
    delimited(multispace0, alt((not, nested, symbol)), multispace0).parse(text)
}

fn symbol(text: &str) -> Read<'_> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let symbol = nom::combinator::map_res(take_while1(is_word), Symbol::new);
    symbol.map(Requirement::Symbol).parse(text)
}

impl fmt::Display for Requirement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let joined = |f: &mut fmt::Formatter<'_>, operands: &[Self], by: &str| {
            for (index, operand) in operands.iter().enumerate() {
                if index > 0 {
                    f.write_str(by)?;
                }
                match operand {
                    Self::Or(_) | Self::And(_) => write!(f, "({operand})")?,
                    _ => operand.fmt(f)?,
                }
            }
            Ok(())
        };
        match self {
            Self::Symbol(symbol) => symbol.fmt(f),
            Self::Not(operand) => match &**operand {
                Self::Symbol(symbol) => write!(f, "!{symbol}"),
                operand => write!(f, "!({operand})"),
            },
            Self::And(operands) => joined(f, operands, " && "),
            Self::Or(operands) => joined(f, operands, " || "),
        }
    }
}

impl<'de> Deserialize<'de> for Requirement {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Check;
        impl Visitor<'_> for Check {
            type Value = Requirement;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Requirement::EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Requirement, E> {
                Requirement::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Check)
    }
}

/// A release of the kernel, as `6.12`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Release {
    /// `VERSION`
    pub major: u32,
    /// `PATCHLEVEL`
    pub minor: u32,
}

impl Release {
    /// Reads a release: two numbers with a dot between them, `v` before them or not.
    pub fn new(text: &str) -> Option<Self> {
        let (major, minor) = text.strip_prefix('v').unwrap_or(text).split_once('.')?;
        let number = |text: &str| {
            let is_number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
            is_number.then(|| text.parse().ok()).flatten()
        };
        Some(Self {
            major: number(major)?,
            minor: number(minor)?,
        })
    }

    /// Whether a release is neither before the first nor after the last one. A tree that does not tell its release, which counts
    /// as 0.0, is within any range.
    pub fn is_within(release: (u32, u32), since: Option<Self>, until: Option<Self>) -> bool {
        let (major, minor) = release;
        let release = Self { major, minor };
        release == Self { major: 0, minor: 0 }
            || (since.is_none_or(|since| since <= release)
                && until.is_none_or(|until| release <= until))
    }
}

impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl<'de> Deserialize<'de> for Release {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Check;
        impl Visitor<'_> for Check {
            type Value = Release;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a release in quotes, as \"6.12\"")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Release, E> {
                Release::new(text).ok_or_else(|| {
                    E::custom(NameError {
                        text: text.to_owned(),
                        expected: "a release, as `6.12`",
                    })
                })
            }

            fn visit_f64<E: de::Error>(self, _: f64) -> Result<Release, E> {
                Err(E::custom(
                    "a release needs quotes: without them, YAML reads 6.10 as the number 6.1",
                ))
            }
        }
        deserializer.deserialize_any(Check)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_are_those_of_kconfig_over_bool_symbols() {
        for (text, written) in [
            ("SMP", "SMP"),
            (" ! SMP", "!SMP"),
            ("A&&!B || C", "(A && !B) || C"),
            ("A && (B || !(C && D))", "A && (B || !(C && D))"),
        ] {
            assert_eq!(Requirement::new(text).unwrap().to_string(), written);
        }
        for bad in ["", "CONFIG_SMP", "A &&", "A = y", "(A", "A B", "A & B"] {
            assert!(Requirement::new(bad).is_err(), "{bad}");
        }
        assert!(Requirement::new(&format!("{}A", "!".repeat(100_000))).is_err());
    }

    #[test]
    fn symbols_that_are_off_may_decide_an_expression() {
        let value = |text: &str| {
            let is_off = |symbol: &str| symbol.starts_with("NO_");
            Requirement::new(text).unwrap().where_off(&is_off)
        };
        assert_eq!(value("NO_A"), Some(false));
        assert_eq!(value("A && NO_A"), Some(false));
        assert_eq!(value("NO_A || (NO_B && A)"), Some(false));
        assert_eq!(value("A || NO_A"), None);
        assert_eq!(value("!NO_A && A"), None);
        assert_eq!(value("!NO_A || A"), Some(true));
        let expression = Requirement::new("A && !(B || C)").unwrap();
        let mut symbols = Vec::new();
        expression.symbols(&mut symbols);
        assert_eq!(symbols, ["A", "B", "C"]);
    }

    #[test]
    fn releases_are_compared_as_numbers() {
        let release = |text: &str| Release::new(text);
        assert!(release("6.9") < release("6.12"));
        assert_eq!(release("v7.2"), release("7.2"));
        for bad in ["6", "6.", ".1", "6.1.2", "6.x", "+6.1", "99999999999.1"] {
            assert_eq!(release(bad), None, "{bad}");
        }
        assert!(Release::is_within((6, 12), release("6.9"), None));
        assert!(!Release::is_within((6, 12), None, release("6.9")));
        assert!(Release::is_within((0, 0), release("6.9"), None));
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "[A-C!()&| ]{0,60}") {
            if let Ok(read) = Requirement::new(&text) {
                let written = read.to_string();
                proptest::prop_assert_eq!(Requirement::new(&written).unwrap().to_string(), written);
            }
        }
    }
}
