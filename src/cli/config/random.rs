//! Owns the input of `randconfig`: the seed and the probabilities.
//!
//! Follows `conf.c: set_randconfig_seed` and `conf_set_all_new_symbols` (7.2).

use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, bail};

use crate::kconfig::eval::Random;

/// The seed of `KCONFIG_SEED`, or one of the clock, and the probabilities of `KCONFIG_PROBABILITY`.
///
/// # Errors
///
/// The probabilities are not valid.
pub(super) fn of_environment() -> Result<Random> {
    let seed = std::env::var("KCONFIG_SEED")
        .ok()
        .and_then(|text| seed(&text));
    let seed = seed.unwrap_or_else(|| {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default();
        let seconds = (now.as_secs() as u32).wrapping_add(1);
        seconds.wrapping_mul(now.subsec_micros() + 1)
    });
    let mut random = Random::new(seed);
    let text = std::env::var("KCONFIG_PROBABILITY").unwrap_or_default();
    let Some(parts) = probabilities(&text) else {
        bail!(
            "KCONFIG_PROBABILITY is `{text}`; expected one to three numbers from 0 to 100, separated by `:`"
        );
    };
    match *parts.as_slice() {
        [] => {}
        [yes] => {
            random.module = yes / 2;
            random.tristate_yes = yes - yes / 2;
            random.bool_yes = yes;
        }
        [yes, module] => {
            random.tristate_yes = yes;
            random.module = module;
            random.bool_yes = yes + module;
        }
        [bool_yes, yes, module, ..] => {
            random.bool_yes = bool_yes;
            random.tristate_yes = yes;
            random.module = module;
        }
    }
    if random.tristate_yes + random.module > 100 {
        bail!(
            "KCONFIG_PROBABILITY is `{text}`; the probabilities of y and m for a tristate add up to more than 100"
        );
    }
    Ok(random)
}

/// A seed as `strtol` reads it with base 0; `None` where that leaves something over.
fn seed(text: &str) -> Option<u32> {
    let trimmed = text.trim_start();
    let (negative, digits) = match trimmed.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, trimmed.strip_prefix('+').unwrap_or(trimmed)),
    };
    let number = if let Some(hex) = digits.strip_prefix("0x").or(digits.strip_prefix("0X")) {
        i64::from_str_radix(hex, 16)
    } else if digits.len() > 1 && digits.starts_with('0') {
        i64::from_str_radix(&digits[1..], 8)
    } else {
        digits.parse()
    };
    // Anything that does not fit is cut as a cast of C does.
    let number = number.ok()?;
    Some(if negative {
        number.wrapping_neg()
    } else {
        number
    } as u32)
}

/// Up to three numbers from 0 to 100.
fn probabilities(text: &str) -> Option<Vec<u32>> {
    let mut parts = Vec::new();
    if text.is_empty() {
        return Some(parts);
    }
    for part in text.split(':').take(3) {
        let number: u32 = part.trim_start().parse().ok()?;
        if number > 100 {
            return None;
        }
        parts.push(number);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_is_read_as_c_does() {
        assert_eq!(seed("42"), Some(42));
        assert_eq!(seed("0xFF"), Some(255));
        assert_eq!(seed("017"), Some(15));
        assert_eq!(seed("-1"), Some(u32::MAX));
        assert_eq!(seed("0"), Some(0));
        assert_eq!(seed("4 2"), None);
        assert_eq!(seed(""), None);
    }

    #[test]
    fn probabilities_are_limited() {
        assert_eq!(probabilities(""), Some(vec![]));
        assert_eq!(probabilities("10:20:30"), Some(vec![10, 20, 30]));
        assert_eq!(probabilities("101"), None);
        assert_eq!(probabilities("a"), None);
    }
}
