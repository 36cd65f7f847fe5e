//! Owns the kinds of names that a spec is made of, each checked when it is made: once there is a [`Symbol`], it is one.

use std::fmt;
use std::ops::Deref;

use nom::branch::alt;
use nom::bytes::complete::{tag, take_while1};
use nom::character::complete::{anychar, char};
use nom::combinator::{not, opt, recognize};
use nom::multi::{many0, many0_count, many1_count};
use nom::sequence::{preceded, terminated};
use nom::{IResult, Parser};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// A string that is not what its place asks for.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` is not {expected}", excerpt(.text))]
pub struct NameError {
    /// The string.
    pub text: String,
    /// Holds what was expected, with its article.
    pub expected: &'static str,
}

/// As much of a wrong string as an error message shows, without control characters.
fn excerpt(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut short: String = text.chars().take(LONGEST).collect();
    if short.len() < text.len() {
        short.push('…');
    }
    short.escape_debug().to_string()
}

/// Makes a type for strings that the function after its name accepts.
macro_rules! checked_string {
    ($(#[$documentation:meta])* $name:ident, $accepts:path, $expected:literal) => {
        $(#[$documentation])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks a string.
            ///
            /// # Errors
            ///
            /// The string is something else; the error says what was expected.
            pub fn new(text: &str) -> Result<Self, NameError> {
                if $accepts(text) {
                    Ok(Self(text.to_owned()))
                } else {
                    Err(NameError {
                        text: text.to_owned(),
                        expected: $expected,
                    })
                }
            }
        }

        impl Deref for $name {
            type Target = str;

            fn deref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            // The check runs inside the visitor and not after it, because only then the error gets the place of the
            // string; with `#[serde(try_from)]` it would get that of the whole document.
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Check;
                impl Visitor<'_> for Check {
                    type Value = $name;

                    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                        f.write_str($expected)
                    }

                    fn visit_str<E: de::Error>(self, text: &str) -> Result<$name, E> {
                        $name::new(text).map_err(E::custom)
                    }
                }
                deserializer.deserialize_str(Check)
            }
        }
    };
}

checked_string!(
    /// The name of a feature, as it is given on the command line.
    FeatureName,
    is_feature_name,
    "a feature's name (letters, digits, `_`, `-` and `.`, starting with a letter or a digit)"
);
checked_string!(
    /// The name of a Kconfig symbol, without `CONFIG_`.
    Symbol,
    is_symbol,
    "a Kconfig symbol (letters, digits and `_`, without `CONFIG_`)"
);
checked_string!(
    /// An identifier of C: the name of a function or of a macro.
    Identifier,
    is_identifier,
    "a C identifier (letters, digits and `_`, not starting with a digit)"
);
checked_string!(
    /// The path of a file, relative to the tree's root.
    FilePath,
    is_file_path,
    "a file's path relative to the tree's root (`/` between its parts, no `.` or `..`)"
);
checked_string!(
    /// The path of a file, relative to the tree's root; or, with a `/` at its end, of a directory with all that is in it.
    PathPrefix,
    is_path_prefix,
    "a path relative to the tree's root (`/` between its parts and at the end of a directory, no `.` or `..`)"
);
checked_string!(
    /// Where a feature's table is, relative to `Documentation/features`: the subsystem and the feature's own directory,
    /// for example `vm/lazy_mmu`.
    Directory,
    is_directory,
    "a directory below `Documentation/features` (`SUBSYSTEM/FEATURE`)"
);
checked_string!(
    /// Words that fit into one line of a table's header.
    Line,
    is_line,
    "one line of text (not empty, no space at its ends, no control characters)"
);

checked_string!(
    /// The name of a lint.
    LintName,
    is_lint_name,
    "the name of a lint (lower-case letters and `-`)"
);
checked_string!(
    /// An architecture: the name of its directory below `arch/`.
    ArchName,
    is_word,
    "the name of a directory below `arch/`"
);
checked_string!(
    /// A Kconfig symbol without `CONFIG_`, or a name of C.
    Word,
    is_word,
    "a Kconfig symbol without `CONFIG_` or a C name (letters, digits and `_`)"
);
checked_string!(
    /// A pattern for paths relative to the tree's root: `?` and `*` stand for what has no `/` in it, `**` for anything, and
    /// a `/` at the end for all that is in the directory.
    PathPattern,
    is_path_prefix,
    "a pattern for paths relative to the tree's root (`*`, `**`, `?`; `/` between its parts, no `.` or `..`)"
);

impl PathPattern {
    /// Whether it stands for the file `path`.
    pub fn fits(&self, path: &str) -> bool {
        let mut pattern: Vec<char> = self.0.chars().collect();
        if self.0.ends_with('/') {
            pattern.extend(['*', '*']);
        }
        // Which lengths of the path the pattern so far stands for.
        let path: Vec<char> = path.chars().collect();
        let mut fits = vec![false; path.len() + 1];
        fits[0] = true;
        let mut rest = &*pattern;
        while let [first, behind @ ..] = rest {
            let is_any = *first == '*' && behind.first() == Some(&'*');
            rest = if is_any { &behind[1..] } else { behind };
            let before = fits.clone();
            fits[0] = before[0] && *first == '*';
            for (at, character) in path.iter().enumerate() {
                fits[at + 1] = match first {
                    '*' => before[at + 1] || fits[at] && (is_any || *character != '/'),
                    '?' => before[at] && *character != '/',
                    other => before[at] && other == character,
                };
            }
        }
        fits[path.len()]
    }
}

impl PathPrefix {
    /// Whether it is the file `path`, or the directory that `path` is in.
    pub fn covers(&self, path: &str) -> bool {
        self.0 == path || (self.0.ends_with('/') && path.starts_with(&self.0))
    }
}

impl Directory {
    /// The feature's own directory: the last part of the path.
    pub fn last(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or(&self.0)
    }
}

/// One condition of a table's `Kconfig:` line: a symbol, or `!` and a symbol.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Term {
    /// The symbol.
    pub symbol: Symbol,
    /// Whether the feature is there where the symbol is *off*.
    pub negated: bool,
}

impl Term {
    /// Holds what a term is, for error messages.
    const EXPECTED: &str = "a Kconfig symbol or `!SYMBOL` (letters, digits and `_`, without `CONFIG_`; `!` needs quotes in YAML)";

    /// Reads a term.
    ///
    /// # Errors
    ///
    /// The text is not a symbol, with or without `!` before it.
    pub fn new(text: &str) -> Result<Self, NameError> {
        let (negated, symbol) = negated(text);
        match Symbol::new(symbol) {
            Ok(symbol) => Ok(Self { symbol, negated }),
            Err(_) => Err(NameError {
                text: text.to_owned(),
                expected: Self::EXPECTED,
            }),
        }
    }
}

impl Term {
    /// Reads a line of several terms, of which any is enough: they stand apart by white space, with `,`, `||` or `or` between
    /// them or not.
    ///
    /// # Errors
    ///
    /// The text is empty or not a list of symbols.
    pub fn any_of(text: &str) -> Result<Vec<Self>, NameError> {
        let (_, words) = words(text).unwrap_or_default();
        let terms: Vec<Self> = words.into_iter().map(Self::new).collect::<Result<_, _>>()?;
        // Words in lower case are prose, and no symbol of the kernel has such a name among several.
        let is_prose = terms.len() > 1
            && terms.iter().any(|term| {
                !term
                    .symbol
                    .bytes()
                    .any(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit())
            });
        if terms.is_empty() || is_prose {
            return Err(NameError {
                text: text.to_owned(),
                expected: Self::EXPECTED,
            });
        }
        Ok(terms)
    }
}

/// Whether `!` comes first, and what follows.
fn negated(text: &str) -> (bool, &str) {
    let not: IResult<&str, Option<char>> = opt(char('!')).parse(text);
    match not {
        Ok((symbol, not)) => (not.is_some(), symbol),
        Err(_) => (false, text),
    }
}

/// The words of a line of terms: everything but blanks and what joins terms.
fn words(text: &str) -> IResult<&str, Vec<&str>> {
    let joint = || {
        alt((
            take_while1(|c: char| c.is_whitespace() || c == ','),
            tag("||"),
        ))
    };
    let joined = || many0_count(joint());
    let word = recognize(many1_count((not(joint()), anychar)));
    let (rest, mut words) = preceded(joined(), many0(terminated(word, joined()))).parse(text)?;
    words.retain(|&word| word != "or");
    Ok((rest, words))
}

impl fmt::Display for Term {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", if self.negated { "!" } else { "" }, self.symbol)
    }
}

impl<'de> Deserialize<'de> for Term {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Check;
        impl Visitor<'_> for Check {
            type Value = Term;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(Term::EXPECTED)
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Term, E> {
                Term::new(text).map_err(E::custom)
            }
        }
        deserializer.deserialize_str(Check)
    }
}

fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
}

fn is_lint_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

fn is_feature_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
}

fn is_symbol(text: &str) -> bool {
    is_word(text) && !text.starts_with("CONFIG_") && text.bytes().any(|b| b.is_ascii_alphabetic())
}

fn is_identifier(text: &str) -> bool {
    is_word(text) && !text.starts_with(|c: char| c.is_ascii_digit())
}

fn is_file_path(text: &str) -> bool {
    text.split('/')
        .all(|part| !matches!(part, "" | "." | "..") && !part.contains(['\\', '\0']))
        && is_line(text)
}

fn is_path_prefix(text: &str) -> bool {
    is_file_path(text.strip_suffix('/').unwrap_or(text))
}

fn is_directory(text: &str) -> bool {
    is_file_path(text) && text.contains('/') && text.split('/').all(is_feature_name)
}

fn is_line(text: &str) -> bool {
    !text.is_empty() && text.trim() == text && !text.chars().any(char::is_control)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn symbols_are_written_without_their_prefix() {
        for good in ["ARCH_HAS_X", "64BIT", "x86_64", "_A"] {
            assert!(Symbol::new(good).is_ok(), "{good}");
        }
        for bad in ["", "CONFIG_X", "A B", "A-B", "64", "!A", "Ä"] {
            assert!(Symbol::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn identifiers_are_those_of_c() {
        assert!(Identifier::new("__HAVE_X2").is_ok());
        for bad in ["", "2x", "a-b", "a()", "é"] {
            assert!(Identifier::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn paths_stay_in_the_tree() {
        assert!(FilePath::new("include/linux/pgtable.h").is_ok());
        for bad in [
            "",
            "/etc/passwd",
            "../x",
            "a/../b",
            "a//b",
            "./a",
            "a/",
            "a\\b",
            "a\nb",
            " a",
        ] {
            assert!(FilePath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_prefix_is_a_file_or_a_directory() {
        let file = PathPrefix::new("arch/x86/a.c").unwrap();
        assert!(file.covers("arch/x86/a.c") && !file.covers("arch/x86/a.cc"));
        let directory = PathPrefix::new("arch/x86/").unwrap();
        assert!(directory.covers("arch/x86/mm/b.c") && !directory.covers("arch/x86_64/b.c"));
        assert!(PathPrefix::new("/").is_err());
        assert!(PathPrefix::new("a//").is_err());
    }

    #[test]
    fn a_pattern_stands_for_paths() {
        for (pattern, path, fits) in [
            ("arch/*/Kconfig", "arch/x86/Kconfig", true),
            ("arch/*/Kconfig", "arch/x86/mm/Kconfig", false),
            ("arch/**/Kconfig", "arch/x86/mm/Kconfig", true),
            ("arch/**", "arch/x86/a.c", true),
            ("arch/", "arch/x86/a.c", true),
            ("arch", "arch/x86", false),
            ("a?c", "abc", true),
            ("a?c", "a/c", false),
            ("*.h", "a.h", true),
            ("*.h", "a/b.h", false),
            ("**", "", true),
            ("a*b*c", "axxbyyc", true),
            ("a*b*c", "axxbyy", false),
        ] {
            assert_eq!(
                PathPattern::new(pattern).unwrap().fits(path),
                fits,
                "{pattern} {path}"
            );
        }
        let slow = PathPattern::new(&"*a".repeat(500)).unwrap();
        assert!(!slow.fits(&"a".repeat(4000)[..499]));
    }

    #[test]
    fn a_directory_has_a_subsystem_and_a_name() {
        assert_eq!(Directory::new("vm/ELF-ASLR").unwrap().last(), "ELF-ASLR");
        for bad in ["vm", "/vm/x", "vm/", "vm/../x", "vm/a b"] {
            assert!(Directory::new(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_term_may_be_negated() {
        let term = Term::new("!LEGACY_TIMER_TICK").unwrap();
        assert!(term.negated);
        assert_eq!(term.to_string(), "!LEGACY_TIMER_TICK");
        assert!(Term::new("!!X").is_err());
        assert!(Term::new("A && B").is_err());
    }

    #[test]
    fn several_terms_may_stand_in_a_line() {
        let read = |text| -> Option<Vec<String>> {
            let terms = Term::any_of(text).ok()?;
            Some(terms.iter().map(Term::to_string).collect())
        };
        for text in ["A !B", "A, !B", "A or !B", "A || !B", "A||!B"] {
            assert_eq!(read(text), Some(vec!["A".into(), "!B".into()]), "{text}");
        }
        assert_eq!(read("x86_64"), Some(vec!["x86_64".into()]));
        for text in [
            "",
            "or",
            "A && B",
            "A B(C)",
            "whatever the arch likes",
            "see A",
        ] {
            assert_eq!(read(text), None, "{text}");
        }
    }

    #[test]
    fn a_long_wrong_string_is_cut_and_escaped() {
        let error = Line::new(&format!("{}\n", "x".repeat(500))).unwrap_err();
        assert!(error.to_string().len() < 200, "{error}");
        let error = Line::new("a\u{1b}[31m").unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'));
    }
}
