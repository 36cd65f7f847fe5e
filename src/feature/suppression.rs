//! Owns a suppression: which findings are not to be reported, and why.
//!
//! A `kfeat.yaml` has a list of them, and so may a feature's spec, for findings about this feature.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};

use super::name::{ArchName, LintName, PathPattern, Word};
use super::spec::Unique;
use crate::diag::{Lines, Location};

/// The field with the list.
const FIELD: &str = "suppress";

/// The findings to suppress. A finding matches if all given fields match.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a suppression: a mapping")]
pub struct Suppression {
    /// The lint.
    pub lint: LintName,
    /// Only on these architectures; none given means all.
    #[serde(default, deserialize_with = "one_or_more")]
    pub arch: Vec<ArchName>,
    /// Only about this Kconfig symbol or C name.
    #[serde(default)]
    pub symbol: Option<Word>,
    /// Only in files whose paths fit the pattern.
    #[serde(default)]
    pub file: Option<PathPattern>,
    /// Why it is right not to report it.
    #[serde(deserialize_with = "reason")]
    pub reason: String,
    /// Where it stands.
    #[serde(skip, default = "nowhere")]
    pub place: Location,
}

impl Suppression {
    /// The Kconfig symbol or C name, as findings have it: a symbol may be written as C does, with `CONFIG_`.
    pub fn symbol_name(&self) -> Option<&str> {
        let name = self.symbol.as_deref()?;
        Some(name.strip_prefix("CONFIG_").unwrap_or(name))
    }
}

/// Gives each suppression of a list its place in the text, which was read without a mistake.
pub(super) fn place(list: &mut [Suppression], path: &str, text: &str) {
    let places = places(text);
    let (lines, path) = (Lines::new(text.as_bytes()), Arc::<str>::from(path));
    let field = line_of_field(text).unwrap_or(0..0);
    // A list that is not written with a line for each entry is named as a whole.
    let has_lines = places.len() == list.len();
    for (index, suppression) in list.iter_mut().enumerate() {
        let range = places.get(index).filter(|_| has_lines).unwrap_or(&field);
        let offset = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
        suppression.place = lines.location(path.clone(), offset(range.start), offset(range.end));
    }
}

/// The line of the field with the list.
fn line_of_field(text: &str) -> Option<std::ops::Range<usize>> {
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line
            .strip_prefix(FIELD)
            .is_some_and(|rest| rest.trim_start().starts_with(':'))
        {
            return Some(at..at + line.trim_end().len());
        }
        at += line.len();
    }
    None
}

/// The first lines of the entries of the list, each without its white space. Entries begin with `-` in the column of the first.
fn places(text: &str) -> Vec<std::ops::Range<usize>> {
    let Some(field) = line_of_field(text) else {
        return Vec::new();
    };
    let mut places = Vec::new();
    let mut column = None;
    let mut at = field.end;
    for line in text[field.end..].split_inclusive('\n') {
        let plain = line.trim_start();
        let indent = line.len() - plain.len();
        let begins = plain.starts_with("- ") || plain.trim_end() == "-";
        if begins && column.is_none_or(|column| column == indent) {
            column = Some(indent);
            places.push(at + indent..at + line.trim_end().len());
        } else if indent == 0 && !plain.is_empty() && !plain.starts_with('#') {
            // Another field.
            break;
        }
        at += line.len();
    }
    places
}

fn nowhere() -> Location {
    Location::file("")
}

/// Reads a name, or a list of names in which none stands twice and that is not empty.
fn one_or_more<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<ArchName>, D::Error> {
    struct OneOrMore;
    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<ArchName>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an architecture, or a list of them")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<ArchName>, E> {
            Ok(vec![ArchName::new(text).map_err(E::custom)?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<ArchName>, A::Error> {
            let archs = Unique(PhantomData).visit_seq(list)?;
            if archs.is_empty() {
                return Err(de::Error::custom("the list needs at least one item"));
            }
            Ok(archs)
        }
    }
    deserializer.deserialize_any(OneOrMore)
}

/// Reads a reason: words, on as many lines as they need.
fn reason<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    struct Reason;
    impl Visitor<'_> for Reason {
        type Value = String;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a reason: why this is correct as it is")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<String, E> {
            let words: Vec<&str> = text.split_whitespace().collect();
            if words.is_empty() {
                return Err(E::custom(
                    "the reason is empty: say why this is correct as it is",
                ));
            }
            Ok(words.join(" "))
        }
    }
    deserializer.deserialize_str(Reason)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::feature::spec::SpecError;

    fn parse(path: &str, text: &str) -> Result<Vec<Suppression>, SpecError> {
        Ok(crate::feature::configuration::parse(path, text)?.suppress)
    }

    const GOOD: &str = "\
# Why.
suppress:
  - lint: a-lint
    reason: it is right
  - reason: >
      - two
      lines
    lint: b-lint
    arch: [x, y]
    symbol: S
    file: arch/*/Kconfig
";

    #[test]
    fn entries_have_places_and_reasons() {
        let list = parse("kfeat.yaml", GOOD).unwrap();
        let told: Vec<String> = list
            .iter()
            .map(|one| format!("{} {} {}", one.place, &*one.lint, one.reason))
            .collect();
        assert_eq!(
            told,
            [
                "kfeat.yaml:3 a-lint it is right",
                "kfeat.yaml:5 b-lint - two lines"
            ]
        );
        assert_eq!(list[1].arch.len(), 2);
        assert!(list[1].file.as_ref().unwrap().fits("arch/x/Kconfig"));
        let flow = parse(
            "f",
            "\nsuppress: [{lint: a, reason: b}, {lint: c, reason: d}]\n",
        )
        .unwrap();
        assert_eq!(flow[1].place.line, 2);
        for empty in ["", "# nothing\n", "suppress: []\n"] {
            assert_eq!(parse("f", empty).unwrap(), []);
        }
    }

    #[test]
    fn mistakes_have_a_place() {
        for (text, expected) in [
            (
                "suppress:\n  - lint: a\n",
                "f:2:5: suppress[0]: missing field `reason`",
            ),
            (
                "suppress:\n  - reason: a\n",
                "f:2:5: suppress[0]: missing field `lint`",
            ),
            (
                "suppress:\n  - lint: a\n    reason: ' '\n",
                "f:3:13: suppress[0].reason: the reason is empty",
            ),
            (
                "suppress:\n  - lint: a\n    reason: b\n    line: 3\n",
                "f:4:5: suppress[0]: unknown field `line`",
            ),
            (
                "suppress:\n  - lint: A b\n    reason: b\n",
                "f:2:11: suppress[0].lint: `A b` is not the name of a lint",
            ),
            (
                "suppress:\n  - lint: a\n    reason: b\n    file: /x\n",
                "f:4:11: suppress[0].file: `/x` is not a pattern",
            ),
            (
                "suppress:\n  - lint: a\n    reason: b\n    arch: []\n",
                "f:4:11: suppress[0].arch: the list needs",
            ),
            (
                "suppres: []\n",
                "f:1:1: unknown field `suppres`, expected one of `suppress`",
            ),
            (
                "- a\n",
                "f:1:1: invalid type: sequence, expected a mapping with `suppress`",
            ),
            ("suppress: [\n", "f:2:1: "),
        ] {
            let error = parse("f", text).unwrap_err().to_string();
            assert!(error.starts_with(expected), "{error}\nis not\n{expected}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_damage_makes_the_reader_panic(at in 0..GOOD.len(), with in "(?s).{0,4}") {
            let mut text = GOOD.to_owned();
            text.replace_range(at..=at, &with);
            let _ = parse("f", &text);
        }
    }
}
