//! Owns what a value is: the three logical values, and the numbers and texts of the other types.
//!
//! Follows `expr.h` (`EXPR_AND`, `EXPR_OR`, `EXPR_NOT`), `expr.c: expr_parse_string` and `symbol.c: sym_string_valid` (7.2).

use crate::kconfig::syntax::{Comparison, Type};

/// One of the three logical values, in their order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tristate {
    /// `n`
    #[default]
    No,
    /// `m`
    Mod,
    /// `y`
    Yes,
}

impl Tristate {
    /// `2 - value`
    #[must_use]
    pub fn negated(self) -> Self {
        match self {
            Tristate::No => Tristate::Yes,
            Tristate::Mod => Tristate::Mod,
            Tristate::Yes => Tristate::No,
        }
    }

    /// `y` or `n`
    pub fn from_bool(value: bool) -> Self {
        if value { Tristate::Yes } else { Tristate::No }
    }

    /// The letter that Kconfig and `.config` write.
    pub fn text(self) -> &'static str {
        match self {
            Tristate::No => "n",
            Tristate::Mod => "m",
            Tristate::Yes => "y",
        }
    }
}

/// Describes what a text is as a number, by the type of the symbol that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Number {
    /// It is not a number.
    None,
    /// A signed one.
    Signed(i64),
    /// An unsigned one.
    Unsigned(u64),
}

/// Compares the values of two symbols: as numbers where both are numbers by their own types, as texts otherwise
/// (`expr.c: __expr_calc_value`).
pub(crate) fn compare(
    operator: Comparison,
    (left, left_type): (&[u8], Option<Type>),
    (right, right_type): (&[u8], Option<Type>),
) -> bool {
    let both_strings = left_type == Some(Type::String) && right_type == Some(Type::String);
    let numbers = if both_strings {
        (Number::None, Number::None)
    } else {
        (number(left, left_type), number(right, right_type))
    };
    let order = match numbers {
        (Number::None, _) | (_, Number::None) => left.cmp(right),
        (Number::Signed(left), Number::Signed(right)) => left.cmp(&right),
        // Where one side is unsigned the bits of both are taken as such.
        (left, right) => bits(left).cmp(&bits(right)),
    };
    match operator {
        Comparison::Equal => order.is_eq(),
        Comparison::Unequal => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterEqual => order.is_ge(),
    }
}

fn bits(number: Number) -> u64 {
    match number {
        Number::None => 0,
        Number::Signed(value) => value as u64,
        Number::Unsigned(value) => value,
    }
}

pub(crate) fn number(text: &[u8], type_: Option<Type>) -> Number {
    match type_ {
        Some(Type::Bool | Type::Tristate) => Number::Signed(match text {
            b"n" => 0,
            b"m" => 1,
            b"y" => 2,
            _ => -1,
        }),
        Some(Type::Int) => whole(text, 10).map_or(Number::None, Number::Signed),
        Some(Type::Hex) => match scan(text, 16) {
            Some(scan) if scan.is_whole(text) => match scan.unsigned() {
                Some(value) => Number::Unsigned(value),
                None => Number::None,
            },
            _ => Number::None,
        },
        Some(Type::String) | None => whole(text, 0).map_or(Number::None, Number::Signed),
    }
}

/// The number that a whole text spells, if it fits.
fn whole(text: &[u8], base: u32) -> Option<i64> {
    let scan = scan(text, base)?;
    if scan.is_whole(text) {
        scan.signed()
    } else {
        None
    }
}

/// `strtoll`: the number at the start of a text, the nearest one that fits, or 0 without one.
pub(crate) fn leading_number(text: &[u8], base: u32) -> i64 {
    match scan(text, base) {
        None => 0,
        Some(scan) => scan
            .signed()
            .unwrap_or(if scan.negative { i64::MIN } else { i64::MAX }),
    }
}

/// The digits at the start of a text.
struct Scan {
    negative: bool,
    /// The value of the digits; `None` where it does not fit 64 bits.
    magnitude: Option<u64>,
    /// How many bytes were read.
    length: usize,
}

impl Scan {
    fn is_whole(&self, text: &[u8]) -> bool {
        self.length == text.len()
    }

    fn signed(&self) -> Option<i64> {
        let magnitude = i128::from(self.magnitude?);
        i64::try_from(if self.negative { -magnitude } else { magnitude }).ok()
    }

    fn unsigned(&self) -> Option<u64> {
        let magnitude = self.magnitude?;
        Some(if self.negative {
            magnitude.wrapping_neg()
        } else {
            magnitude
        })
    }
}

/// Reads digits as the functions of the `strtol` family do: blanks, a sign, `0x`, and base 0 for "as it is written".
fn scan(text: &[u8], base: u32) -> Option<Scan> {
    let mut at = text
        .iter()
        .take_while(|&&byte| byte == b' ' || (b'\t'..=b'\r').contains(&byte))
        .count();
    let negative = text.get(at) == Some(&b'-');
    if matches!(text.get(at), Some(b'-' | b'+')) {
        at += 1;
    }
    let mut base = base;
    let hexadecimal = text.get(at) == Some(&b'0')
        && matches!(text.get(at + 1), Some(b'x' | b'X'))
        && text.get(at + 2).is_some_and(u8::is_ascii_hexdigit);
    if base == 0 {
        base = match text.get(at) {
            _ if hexadecimal => 16,
            Some(b'0') => 8,
            _ => 10,
        };
    }
    if base == 16 && hexadecimal {
        at += 2;
    }
    let start = at;
    let mut magnitude = Some(0u64);
    while let Some(digit) = text
        .get(at)
        .and_then(|&byte| char::from(byte).to_digit(base))
    {
        magnitude = magnitude
            .and_then(|value| value.checked_mul(u64::from(base)))
            .and_then(|value| value.checked_add(u64::from(digit)));
        at += 1;
    }
    (at > start).then_some(Scan {
        negative,
        magnitude,
        length: at,
    })
}

/// Whether a text is a value of a type (`symbol.c: sym_string_valid`).
pub fn is_valid(type_: Option<Type>, text: &[u8]) -> bool {
    match type_ {
        Some(Type::String) => true,
        Some(Type::Int) => {
            let digits = text.strip_prefix(b"-").unwrap_or(text);
            let no_padding = digits.first() != Some(&b'0') || digits.len() == 1;
            !digits.is_empty() && no_padding && digits.iter().all(u8::is_ascii_digit)
        }
        Some(Type::Hex) => {
            let digits = match text {
                [b'0', b'x' | b'X', digits @ ..] => digits,
                digits => digits,
            };
            !digits.is_empty() && digits.iter().all(u8::is_ascii_hexdigit)
        }
        Some(Type::Bool | Type::Tristate) => {
            matches!(text.first(), Some(b'y' | b'Y' | b'm' | b'M' | b'n' | b'N'))
        }
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (text, base, value) in [
            ("12", 10, 12),
            ("  -12x", 10, -12),
            ("0x1f", 16, 31),
            ("1f", 16, 31),
            ("0x", 16, 0),
            ("010", 0, 8),
            ("0x10", 0, 16),
            ("", 10, 0),
            ("y", 0, 0),
            ("99999999999999999999", 10, i64::MAX),
            ("-99999999999999999999", 10, i64::MIN),
            ("0xffffffffffffffff", 16, i64::MAX),
        ] {
            assert_eq!(leading_number(text.as_bytes(), base), value, "{text}");
        }
    }

    #[test]
    fn a_comparison_goes_by_the_types_of_both_sides() {
        let check = |left: &str, left_type, right: &str, right_type, operator| {
            compare(
                operator,
                (left.as_bytes(), left_type),
                (right.as_bytes(), right_type),
            )
        };
        let (int, hex, string) = (Some(Type::Int), Some(Type::Hex), Some(Type::String));
        assert!(check("9", int, "10", None, Comparison::Less));
        assert!(!check("9", string, "10", string, Comparison::Less));
        assert!(check("0x10", hex, "16", int, Comparison::Equal));
        assert!(check(
            "y",
            Some(Type::Bool),
            "m",
            Some(Type::Tristate),
            Comparison::Greater
        ));
        assert!(check(
            "-1",
            int,
            "0xffffffffffffffff",
            hex,
            Comparison::Equal
        ));
        assert!(check("x", None, "y", Some(Type::Bool), Comparison::Less));
    }

    #[test]
    fn values_are_checked_by_type() {
        for (type_, good, bad) in [
            (
                Type::Int,
                vec!["0", "-1", "10"],
                vec!["", "-", "01", "1x", "+1"],
            ),
            (Type::Hex, vec!["0", "0x1F", "ff"], vec!["", "0x", "xyz"]),
            (Type::Bool, vec!["y", "no"], vec!["", "x"]),
        ] {
            for text in good {
                assert!(is_valid(Some(type_), text.as_bytes()), "{text}");
            }
            for text in bad {
                assert!(!is_valid(Some(type_), text.as_bytes()), "{text}");
            }
        }
    }
}
