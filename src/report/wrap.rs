//! Owns how a text is broken into lines that fit a width.

/// The lines of `text`, broken at spaces, the first one indented by `first` columns, the others by `rest`.
///
/// An operator stays with what is before it, so that a condition is broken behind `&&` and `||`. A word that is too long stands alone and
/// is not cut: it may be a path that a reader wants to copy.
pub fn lines(text: &str, first: usize, rest: usize, width: usize) -> Vec<String> {
    fill(units(text), first, rest, width)
}

/// The same for a sentence: what stands between backquotes is broken behind `&&` and `||` alone, unless a line cannot hold it.
pub fn prose(text: &str, first: usize, rest: usize, width: usize) -> Vec<String> {
    let room = width.saturating_sub(rest);
    let mut all: Vec<String> = Vec::new();
    let mut is_quoted = false;
    let mut joins = false;
    for word in text.split_whitespace() {
        match all.last_mut() {
            Some(last) if joins => {
                last.push(' ');
                last.push_str(word);
            }
            _ => all.push(word.to_owned()),
        }
        is_quoted ^= word.matches('`').count() % 2 == 1;
        joins = is_quoted && !matches!(word, "&&" | "||");
    }
    let split = all
        .into_iter()
        .flat_map(|unit| match unit.chars().count() > room {
            true => unit.split_whitespace().map(str::to_owned).collect(),
            false => vec![unit],
        });
    fill(split.collect(), first, rest, width)
}

/// Units one after the other in lines.
fn fill(units: Vec<String>, first: usize, rest: usize, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = String::new();
    let mut indent = first;
    for word in units {
        let length = indent + line.chars().count() + 1 + word.chars().count();
        if !line.is_empty() && length > width {
            lines.push(format!("{:indent$}{line}", ""));
            line.clear();
            indent = rest;
        }
        if !line.is_empty() {
            line.push(' ');
        }
        line.push_str(&word);
    }
    lines.push(format!("{:indent$}{line}", ""));
    lines
}

/// The words of a text, an operand of a condition with the operators around it as one.
fn units(text: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    let mut joins = false;
    for word in text.split_whitespace() {
        let is_junction = matches!(word, "&&" | "||");
        let is_comparison = matches!(word, "==" | "!=" | "<" | "<=" | ">" | ">=");
        match units.last_mut() {
            Some(last) if joins || is_junction || is_comparison => {
                last.push(' ');
                last.push_str(word);
            }
            _ => units.push(word.to_owned()),
        }
        joins = is_comparison || word == "if";
    }
    units
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_condition_is_broken_behind_its_operators() {
        assert_eq!(
            lines("if A_LONG_SYMBOL && ANOTHER == 12 || C", 2, 4, 24),
            ["  if A_LONG_SYMBOL &&", "    ANOTHER == 12 || C"]
        );
        assert_eq!(
            prose("out where `A(x, y) && b == c || !d` is false", 2, 4, 24),
            [
                "  out where `A(x, y) &&",
                "    b == c || !d` is",
                "    false"
            ]
        );
        assert_eq!(
            prose("`a command that is too long` is it", 0, 2, 14),
            ["`a command", "  that is too", "  long` is it"]
        );
        assert_eq!(lines("", 2, 4, 24), ["  "]);
        assert_eq!(
            lines("arch/powerpc/Kconfig", 0, 0, 4),
            ["arch/powerpc/Kconfig"]
        );
    }
}
