//! `.config` files thinned out and damaged: defconfig files hide mistakes that these show.

use super::prng::Prng;

/// How much a `.config` is changed.
#[derive(Debug, Clone, Copy)]
pub struct Damage {
    /// How many of 100 lines stay.
    pub keep: usize,
    /// How many of 1000 lines that stay are changed.
    pub change: usize,
}

impl Damage {
    /// A mild or a strong damage, one as likely as the other.
    pub fn any(prng: &mut Prng) -> Self {
        Self {
            keep: *prng.pick(&[5, 20, 50, 80, 95, 100]),
            change: *prng.pick(&[0, 0, 5, 30, 200]),
        }
    }
}

/// Damages a `.config`: leaves out lines, changes values of others, also to ones of the wrong type,
/// repeats lines with another value, and adds unknown symbols and broken lines. Comments go.
/// The result depends on the arguments alone.
pub fn damage(config: &[u8], damage: Damage, prng: &mut Prng) -> Vec<u8> {
    let text = String::from_utf8_lossy(config);
    let mut lines: Vec<String> = Vec::new();
    for line in text.lines() {
        let Some(name) = symbol(line) else { continue };
        if !prng.chance(damage.keep) {
            continue;
        }
        if prng.below(1000) >= damage.change {
            lines.push(line.to_owned());
            continue;
        }
        match prng.below(10) {
            0 => {
                // Two assignments of one symbol; the second one wins, with a warning.
                lines.push(line.to_owned());
                lines.push(set(name, &value(prng)));
            }
            1 => lines.push(unset(name)),
            2 => lines.push(set(&format!("{name}_NO_SUCH"), &value(prng))),
            3 => lines.push(broken(name, prng)),
            _ => lines.push(similar(name, line, prng)),
        }
    }
    if prng.chance(20) && lines.len() > 1 {
        // The order of lines counts in choices only.
        for _ in 0..lines.len() / 8 + 1 {
            let (first, second) = (prng.below(lines.len()), prng.below(lines.len()));
            lines.swap(first, second);
        }
    }
    let mut damaged = lines.join("\n").into_bytes();
    if !damaged.is_empty() && !prng.chance(3) {
        damaged.push(b'\n');
    }
    damaged
}

/// The symbol of a line that sets or unsets one, with its prefix.
fn symbol(line: &str) -> Option<&str> {
    if let Some(rest) = line.strip_prefix("# ") {
        return rest
            .strip_suffix(" is not set")
            .filter(|name| name.starts_with("CONFIG_"));
    }
    line.split_once('=')
        .map(|(name, _)| name)
        .filter(|name| name.starts_with("CONFIG_"))
}

fn set(name: &str, value: &str) -> String {
    format!("{name}={value}")
}

fn unset(name: &str) -> String {
    format!("# {name} is not set")
}

/// Any value, without regard to the type.
fn value(prng: &mut Prng) -> String {
    const VALUES: [&str; 26] = [
        "y",
        "m",
        "n",
        "y",
        "m",
        "n",
        "0",
        "1",
        "-1",
        "007",
        "42",
        "4294967296",
        "0x0",
        "0x10",
        "0XfF",
        "ff",
        "\"\"",
        "\"text\"",
        "\"with \\\"quotes\\\" and \\\\\"",
        "\"open",
        "Y",
        "yes",
        "",
        " y",
        "y ",
        "99999999999999999999",
    ];
    (*prng.pick(&VALUES)).to_owned()
}

/// Another value of the type that the line shows.
fn similar(name: &str, line: &str, prng: &mut Prng) -> String {
    let old = line.split_once('=').map_or("n", |(_, value)| value);
    let new = if matches!(old, "y" | "m" | "n") {
        match prng.below(4) {
            0 => return unset(name),
            1 => "n",
            2 => "m",
            _ => "y",
        }
        .to_owned()
    } else if let Some(hex) = old.strip_prefix("0x") {
        let number = u64::from_str_radix(hex, 16).unwrap_or_default();
        format!("0x{:x}", near(number as i64, prng))
    } else if let Ok(number) = old.parse::<i64>() {
        near(number, prng).to_string()
    } else if old.starts_with('"') {
        (*prng.pick(&["\"\"", "\"other\"", "\"a b\"", "\"\\\"\"", "\"y\"", "\"1\""])).to_owned()
    } else {
        value(prng)
    };
    set(name, &new)
}

/// A number that may well be at the other side of a limit.
fn near(number: i64, prng: &mut Prng) -> i64 {
    match prng.below(6) {
        0 => number.wrapping_add(1),
        1 => number.wrapping_sub(1),
        2 => number.wrapping_mul(2),
        3 => number / 2,
        4 => 0,
        _ => 1_000_000,
    }
}

/// A line that has neither form, or one of them with something odd about it.
fn broken(name: &str, prng: &mut Prng) -> String {
    match prng.below(12) {
        0 => name.to_owned(),
        1 => format!("{name} = y"),
        2 => format!("#{name} is not set"),
        3 => format!("# {name} is not set "),
        4 => format!(" {name}=y"),
        5 => format!("{}=y", name.trim_start_matches("CONFIG_")),
        6 => format!("{name}=y\r"),
        7 => format!("# {name} is not set\r"),
        8 => format!("# {name} is not setx"),
        9 => format!("# {name} is not set to y"),
        10 => format!("{name}=\r"),
        _ => format!("{name}=y # a comment"),
    }
}
