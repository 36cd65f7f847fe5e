//! Owns a feature's spec: what a feature is called, what it consists of, and how that is written in YAML.
//!
//! One file is one feature. Only the first five fields of [`Spec`] are needed; a feature without hooks is one that only
//! Kconfig knows.

use std::collections::BTreeMap;
use std::fmt;
use std::hash::Hash;
use std::marker::PhantomData;

use rustc_hash::FxHashSet;
use serde::Deserialize;
use serde::de::{self, Deserializer, EnumAccess, MapAccess, SeqAccess, Visitor};

use super::hook::{self, Hook};
use super::name::{ArchName, Directory, FeatureName, FilePath, Identifier, Line, PathPrefix, Term};
use super::requirement::{Release, Requirement};
use super::suppression::{self, Suppression};
use crate::limits::SPEC_SIZE;

/// The directory that holds the tables of all features, relative to the tree's root.
pub const FEATURES_DIRECTORY: &str = "Documentation/features";

/// The name of a table's file.
pub const TABLE_FILE: &str = "arch-support.txt";

/// How many `[` and `{` a spec may hold. The time that the YAML reader takes grows with the square of their nesting, which
/// this bounds without a look at what is quoted; a real spec has a handful.
const MAX_BRACKETS: usize = 1000;

/// A feature.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, expecting = "a feature's spec: a mapping")]
pub struct Spec {
    /// The name of the feature on the command line and in findings.
    pub name: FeatureName,
    /// The `Feature name` of its table.
    pub title: Line,
    /// Where its table is.
    pub directory: Directory,
    /// The Kconfig conditions. An architecture supports the feature where any of them holds. Empty where a marker says so.
    #[serde(default, deserialize_with = "one_or_more")]
    pub kconfig: Vec<Term>,
    /// Macros by which an architecture says that it has the feature, where no Kconfig symbol does: `__HAVE_ARCH_…`.
    #[serde(default, deserialize_with = "unique")]
    pub markers: Vec<Identifier>,
    /// The description in its table, in one line.
    pub description: Line,
    /// The header that a user of the feature includes; the hooks must be visible in it. There is one where there are hooks.
    /// `asm/x.h` is a header that each architecture has for itself.
    #[serde(default)]
    pub entry_header: EntryHeaders,
    /// Headers below `asm/` that an architecture which supports the feature has to have.
    #[serde(default, deserialize_with = "unique")]
    pub required_headers: Vec<FilePath>,
    /// The hooks that an architecture which supports the feature has to define.
    #[serde(default, deserialize_with = "hook::list")]
    pub hooks: Vec<Hook>,
    /// The hooks that an architecture has to define where the feature is off. Empty once the spec has been read: they are among the
    /// hooks then.
    #[serde(default, deserialize_with = "hook::list")]
    pub hooks_without: Vec<Hook>,
    /// The hooks are needed only where this holds. `None` once the spec has been read: it is in the condition of each hook then.
    #[serde(default)]
    pub when: Option<Requirement>,
    /// The first release that has the contract.
    #[serde(default)]
    pub since: Option<Release>,
    /// The last release that has the contract.
    #[serde(default)]
    pub until: Option<Release>,
    /// The generic functions that call the hooks, there whether the feature is on or off.
    #[serde(default, deserialize_with = "unique")]
    pub wrappers: Vec<Identifier>,
    /// Macros by which architectures said in the past that they have the feature, and should no more.
    #[serde(default, deserialize_with = "unique")]
    pub retired_markers: Vec<Identifier>,
    /// Who may call a hook and not its wrapper, besides the entry header and the files that define a hook.
    #[serde(default, deserialize_with = "unique")]
    pub direct_callers: Vec<PathPrefix>,
    /// Source files whose objects use the feature, so that compiling them proves that it builds.
    #[serde(default, deserialize_with = "unique")]
    pub objects: Vec<FilePath>,
    /// Findings about the feature that are not to be reported.
    #[serde(default)]
    pub suppress: Vec<Suppression>,
}

/// The headers in which the hooks of a feature must be visible.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EntryHeaders {
    /// For all architectures that have none of their own. A tree may lack some of several.
    all: Vec<FilePath>,
    /// For one architecture.
    by_arch: BTreeMap<ArchName, Vec<FilePath>>,
}

impl EntryHeaders {
    /// The first header for all architectures.
    pub fn as_deref(&self) -> Option<&str> {
        self.all.first().map(|path| &**path)
    }

    /// Whether there are no entries.
    pub fn is_none(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether there is one.
    pub fn is_some(&self) -> bool {
        !self.is_none()
    }

    /// The headers for all architectures.
    pub fn all(&self) -> &[FilePath] {
        &self.all
    }

    /// Adds a header for all architectures.
    pub fn push(&mut self, header: FilePath) {
        if !self.all.contains(&header) {
            self.all.push(header);
        }
    }

    /// The architectures that have headers of their own.
    pub fn archs(&self) -> impl Iterator<Item = &ArchName> {
        self.by_arch.keys()
    }

    /// The headers for all architectures, then those for single ones.
    pub fn lists(&self) -> impl Iterator<Item = &[FilePath]> {
        let of_archs = self.by_arch.values().map(Vec::as_slice);
        std::iter::once(self.all()).chain(of_archs)
    }
}

/// An error in a spec or in a file of suppressions, with its place.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{path}:{line}:{column}: {reason}")]
pub struct SpecError {
    /// The path that the caller gave.
    pub path: String,
    /// The line at fault, from 1.
    pub line: usize,
    /// The column at fault, from 1, in characters.
    pub column: usize,
    /// The error and what was expected.
    pub reason: String,
}

impl SpecError {
    /// An error about a field of the top level, at the value in its lines, or in those of its list, that is at fault. The text is
    /// that of a spec that was read.
    pub fn about(path: &str, text: &str, (field, value): (&str, &str), reason: &str) -> Self {
        let mut error = at_field(path, text, field, reason);
        let lines = text.lines().enumerate().skip(error.line - 1);
        let found = lines.map(|(index, line)| (index, line, line.find(value)));
        if let Some((index, line, Some(at))) = found.into_iter().find(|(.., at)| at.is_some()) {
            error.line = index + 1;
            error.column = line[..at].chars().count() + 1;
        }
        error
    }
}

impl Spec {
    /// A feature of which no more is known than what its table says.
    pub fn without_hooks(
        name: FeatureName,
        directory: Directory,
        kconfig: Vec<Term>,
        title: Line,
        description: Line,
    ) -> Self {
        Self {
            name,
            title,
            directory,
            kconfig,
            markers: Vec::new(),
            description,
            entry_header: EntryHeaders::default(),
            required_headers: Vec::new(),
            hooks: Vec::new(),
            hooks_without: Vec::new(),
            when: None,
            since: None,
            until: None,
            wrappers: Vec::new(),
            retired_markers: Vec::new(),
            direct_callers: Vec::new(),
            objects: Vec::new(),
            suppress: Vec::new(),
        }
    }

    /// The names of its C functions: the hooks, then the wrappers, each in the order of the spec.
    pub fn functions(&self) -> Vec<&str> {
        let hooks = self.hooks.iter().map(|hook| &**hook);
        let wrappers = self.wrappers.iter().map(|name| &**name);
        hooks.chain(wrappers).collect()
    }

    /// The names that are looked for in headers: the functions, then the markers.
    pub fn names(&self) -> Vec<&str> {
        let mut names = self.functions();
        names.extend(self.markers.iter().map(|name| &**name));
        names
    }

    /// The headers in which the hooks must be visible on an architecture: those of the feature, then those of single hooks.
    pub fn headers_on(&self, arch: &str) -> Vec<&str> {
        let of_arch = self.entry_header.by_arch.iter();
        let mut of_arch = of_arch.filter(|(of, _)| ***of == *arch);
        let headers = of_arch.next().map_or(&self.entry_header.all, |(_, of)| of);
        let of_hooks = self.hooks.iter().filter(|hook| hook.is_of(arch));
        let of_hooks = of_hooks.filter_map(|hook| hook.header.as_ref());
        let mut found: Vec<&str> = Vec::new();
        for header in headers.iter().chain(of_hooks) {
            if !found.contains(&&**header) {
                found.push(header);
            }
        }
        found
    }

    /// Whether the spec says more about its hooks than their names, so that a hook is needed only where something uses it.
    pub fn is_detailed(&self) -> bool {
        !self.markers.is_empty()
            || !self.required_headers.is_empty()
            || self.entry_header.all.len() > 1
            || !self.entry_header.by_arch.is_empty()
            || self.hooks.iter().any(Hook::is_detailed)
    }

    /// How many hooks an architecture has to define where the feature is on; alternatives count as one.
    pub fn required(&self) -> usize {
        let mut groups = Vec::new();
        let needed = self.hooks.iter().filter(|hook| {
            let is_new = hook.group.is_none_or(|group| !groups.contains(&group));
            groups.extend(hook.group);
            is_new && hook.with && !hook.optional
        });
        needed.count()
    }

    /// The spec as it is for a release, if that has the contract.
    pub fn in_release(&self, release: (u32, u32)) -> Option<Self> {
        if !Release::is_within(release, self.since, self.until) {
            return None;
        }
        let mut spec = self.clone();
        spec.hooks.retain(|hook| hook.is_in(release));
        Some(spec)
    }

    /// Reads a spec from the text of a YAML file. The path only serves the error.
    ///
    /// # Errors
    ///
    /// The text is too large or no YAML, or it lacks a field, has an unknown one, or one that is not what its name says.
    pub fn parse(path: &str, text: &str) -> Result<Self, SpecError> {
        refuse_excess("a spec", path, text)?;
        let mut spec: Self =
            serde_yaml::from_str(text).map_err(|error| located(path, text, &error))?;
        let wrong = |field: &str, reason: &str| Err(at_field(path, text, field, reason));
        match (spec.kconfig.is_empty(), spec.markers.is_empty()) {
            (true, true) => {
                return wrong(
                    "kconfig",
                    "missing field `kconfig`: the symbol that an architecture selects, or `markers` for a feature without a symbol",
                );
            }
            (false, false) => {
                return wrong(
                    "markers",
                    "a feature has `kconfig` or `markers`, not both: a marker takes the place of a Kconfig symbol",
                );
            }
            _ => {}
        }
        if !(spec.hooks.is_empty() && spec.hooks_without.is_empty()) && spec.entry_header.is_none()
        {
            return wrong(
                "hooks",
                "a feature with `hooks` needs an `entry_header`: the header that they must be visible in",
            );
        }
        if let (Some(since), Some(until)) = (spec.since, spec.until)
            && since > until
        {
            return wrong(
                "since",
                &format!("`since` ({since}) is after `until` ({until})"),
            );
        }
        let others = spec.required_headers.iter();
        if let Some(header) = others.clone().find(|path| !path.starts_with("asm/")) {
            return wrong(
                "required_headers",
                &format!("`{header}` is not a header of an architecture: write `asm/x.h`"),
            );
        }
        spec.merge_hooks();
        let twice = spec.wrappers.iter().find(|name| {
            let mut hooks = spec.hooks.iter();
            hooks.any(|hook| hook.name == **name)
        });
        if let Some(name) = twice {
            return wrong(
                "wrappers",
                &format!(
                    "`{name}` is both a hook and a wrapper: a wrapper is the generic function that calls the hooks"
                ),
            );
        }
        suppression::place(&mut spec.suppress, path, text);
        Ok(spec)
    }

    /// Puts what is needed where the feature is off, and the condition for all hooks, into the list of hooks.
    fn merge_hooks(&mut self) {
        let groups = self.hooks.len();
        for mut other in std::mem::take(&mut self.hooks_without) {
            if let Some(known) = self.hooks.iter_mut().find(|hook| hook.name == other.name) {
                known.without = true;
                continue;
            }
            (other.with, other.without) = (false, true);
            other.group = other.group.map(|group| groups + group);
            self.hooks.push(other);
        }
        if let Some(when) = self.when.take() {
            for hook in &mut self.hooks {
                hook.when = Some(match hook.when.take() {
                    Some(own) => Requirement::And(vec![when.clone(), own]),
                    None => when.clone(),
                });
            }
        }
    }

    /// The path of the feature's table, relative to the tree's root.
    pub fn table_path(&self) -> String {
        format!("{FEATURES_DIRECTORY}/{}/{TABLE_FILE}", self.directory)
    }

    /// Whether the file `path` (relative to the tree's root) is one that may call a hook directly, as far as the spec says:
    /// the entry header or one of the direct callers. A file that defines a hook may call another; the caller knows those.
    pub fn may_call_hooks(&self, path: &str) -> bool {
        self.entry_header.all.iter().any(|header| **header == *path)
            || self.direct_callers.iter().any(|caller| caller.covers(path))
    }
}

/// Refuses a text that would keep the YAML reader busy for long.
pub(super) fn refuse_excess(what: &str, path: &str, text: &str) -> Result<(), SpecError> {
    let at = |offset: usize, reason: String| {
        let before = &text[..offset];
        let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
        Err(SpecError {
            path: path.to_owned(),
            line: before.matches('\n').count() + 1,
            column: text[line_start..offset].chars().count() + 1,
            reason,
        })
    };
    if text.len() > SPEC_SIZE.length() {
        return at(0, SPEC_SIZE.reached(what).to_string());
    }
    match text.match_indices(['[', '{']).nth(MAX_BRACKETS) {
        Some((offset, _)) => at(
            offset,
            format!("{what} has at most {MAX_BRACKETS} opening brackets"),
        ),
        None => Ok(()),
    }
}

/// An error of the YAML reader, with its place moved from the end of the message to the front.
pub(super) fn located(path: &str, text: &str, error: &serde_yaml::Error) -> SpecError {
    let message = error.to_string();
    // The reader gives the place of the whole mapping here.
    if let Some(field) = message.strip_prefix("duplicate field `")
        && let Some((field, _)) = field.split_once('`')
    {
        return at_field(path, text, field, &format!("duplicate field `{field}`"));
    }
    let (line, column, message) = match error.location() {
        Some(place) => {
            let suffix = format!(" at line {} column {}", place.line(), place.column());
            (place.line(), place.column(), message.replace(&suffix, ""))
        }
        // Without a place the reader came to the end of the text, or to a second document.
        None => (text.lines().count().max(1), 1, message),
    };
    SpecError {
        path: path.to_owned(),
        line,
        column,
        reason: message,
    }
}

/// An error about the last occurrence of a field of the top level.
fn at_field(path: &str, text: &str, field: &str, reason: &str) -> SpecError {
    let line = text
        .lines()
        .enumerate()
        .filter(|(_, line)| {
            let line = line.trim_start_matches(['"', '\'']);
            let behind = line.strip_prefix(field);
            behind.is_some_and(|behind| behind.starts_with([':', '"', '\'', ' ']))
        })
        .last()
        .map_or(1, |(index, _)| index + 1);
    SpecError {
        path: path.to_owned(),
        line,
        column: 1,
        reason: reason.to_owned(),
    }
}

/// Reads a list in which nothing stands twice.
fn unique<'de, D, T>(deserializer: D) -> Result<Vec<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Clone + Eq + Hash + fmt::Display,
{
    deserializer.deserialize_seq(Unique(PhantomData))
}

impl<'de> Deserialize<'de> for EntryHeaders {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Headers;
        impl<'de> Visitor<'de> for Headers {
            type Value = EntryHeaders;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header, a list of headers, or a mapping from `default` and architectures to headers")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<EntryHeaders, E> {
                let all = vec![FilePath::new(text).map_err(E::custom)?];
                let by_arch = BTreeMap::new();
                Ok(EntryHeaders { all, by_arch })
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<EntryHeaders, A::Error> {
                let all: Vec<FilePath> = Unique(PhantomData).visit_seq(list)?;
                if all.is_empty() {
                    return Err(de::Error::custom("the list needs at least one item"));
                }
                let by_arch = BTreeMap::new();
                Ok(EntryHeaders { all, by_arch })
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<EntryHeaders, A::Error> {
                let mut headers = EntryHeaders::default();
                while let Some((key, OneOrSeveral(paths))) = map.next_entry::<ArchName, _>()? {
                    if &*key == "default" {
                        headers.all = paths;
                    } else {
                        headers.by_arch.insert(key, paths);
                    }
                }
                if headers.all.is_empty() {
                    return Err(de::Error::custom(
                        "`default` is missing: the header of the architectures that are not named",
                    ));
                }
                Ok(headers)
            }
        }
        deserializer.deserialize_any(Headers)
    }
}

/// One path, or several.
struct OneOrSeveral(Vec<FilePath>);

impl<'de> Deserialize<'de> for OneOrSeveral {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Paths;
        impl<'de> Visitor<'de> for Paths {
            type Value = OneOrSeveral;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a header or a list of headers")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<OneOrSeveral, E> {
                Ok(OneOrSeveral(vec![FilePath::new(text).map_err(E::custom)?]))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<OneOrSeveral, A::Error> {
                let paths: Vec<FilePath> = Unique(PhantomData).visit_seq(list)?;
                if paths.is_empty() {
                    return Err(de::Error::custom("the list needs at least one item"));
                }
                Ok(OneOrSeveral(paths))
            }
        }
        deserializer.deserialize_any(Paths)
    }
}

/// Reads one value, or a list in which nothing stands twice and that is not empty.
fn one_or_more<'de, D>(deserializer: D) -> Result<Vec<Term>, D::Error>
where
    D: Deserializer<'de>,
{
    struct OneOrMore;
    impl<'de> Visitor<'de> for OneOrMore {
        type Value = Vec<Term>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a Kconfig symbol, `!SYMBOL` in quotes, or a list of them")
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Vec<Term>, E> {
            Ok(vec![Term::new(text).map_err(E::custom)?])
        }

        fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Vec<Term>, A::Error> {
            let terms = Unique(PhantomData).visit_seq(list)?;
            if terms.is_empty() {
                return Err(de::Error::custom("the list needs at least one item"));
            }
            Ok(terms)
        }

        /// YAML takes a word that begins with `!` for the tag of a value.
        fn visit_enum<A: EnumAccess<'de>>(self, _: A) -> Result<Vec<Term>, A::Error> {
            Err(de::Error::custom(
                "`!` begins a tag in YAML: write `!SYMBOL` in quotes",
            ))
        }
    }
    deserializer.deserialize_any(OneOrMore)
}

/// Reads the items of a list and refuses a repeated one.
pub(super) struct Unique<T>(pub PhantomData<T>);

impl<'de, T> Visitor<'de> for Unique<T>
where
    T: Deserialize<'de> + Clone + Eq + Hash + fmt::Display,
{
    type Value = Vec<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<T>, A::Error> {
        let mut items = Vec::new();
        let mut seen = FxHashSet::default();
        while let Some(item) = list.next_element::<T>()? {
            if !seen.insert(item.clone()) {
                return Err(de::Error::custom(format_args!("`{item}` is listed twice")));
            }
            items.push(item);
        }
        Ok(items)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = "\
name: small
title: small feature
directory: vm/small
kconfig: HAS_SMALL
description: arch is small
";

    fn error_of(text: &str) -> String {
        Spec::parse("my.yaml", text).unwrap_err().to_string()
    }

    #[test]
    fn five_fields_are_enough() {
        let spec = Spec::parse("my.yaml", SMALL).unwrap();
        assert_eq!(&*spec.title, "small feature");
        assert_eq!(
            spec.table_path(),
            "Documentation/features/vm/small/arch-support.txt"
        );
        assert!(spec.hooks.is_empty() && spec.entry_header.is_none());
        assert!(!spec.may_call_hooks("a.c"));
    }

    #[test]
    fn conditions_are_one_or_several() {
        let text = SMALL.replace("HAS_SMALL", "[HAS_SMALL, '!HAS_BIG']");
        let spec = Spec::parse("my.yaml", &text).unwrap();
        let terms: Vec<String> = spec.kconfig.iter().map(Term::to_string).collect();
        assert_eq!(terms, ["HAS_SMALL", "!HAS_BIG"]);
    }

    /// Each mistake with what the user reads about it.
    #[test]
    fn errors_name_the_place_and_what_was_expected() {
        let cases = [
            (
                format!("{SMALL}hook: [a]\n"),
                "my.yaml:6:1: unknown field `hook`, expected one of `name`, `title`, `directory`, `kconfig`, `markers`, \
                 `description`, `entry_header`, `required_headers`, `hooks`, `hooks_without`, `when`, `since`, `until`, `wrappers`, `retired_markers`, `direct_callers`, `objects`, `suppress`",
            ),
            (
                SMALL.replace("title: small feature\n", ""),
                "my.yaml:1:1: missing field `title`",
            ),
            (
                format!("{SMALL}entry_header: a.h\nhooks:\n  - good\n  - 2bad\n"),
                "my.yaml:9:5: hooks[1]: `2bad` is not a C identifier (letters, digits and `_`, not starting with a digit)",
            ),
            (
                format!("{SMALL}entry_header: ../a.h\n"),
                "my.yaml:6:15: entry_header: `../a.h` is not a file's path relative to the tree's root (`/` between its \
                 parts, no `.` or `..`)",
            ),
            (
                format!("{SMALL}entry_header: a.h\nhooks: [twice, twice]\n"),
                "my.yaml:7:8: hooks: `twice` is listed twice",
            ),
            (
                format!("{SMALL}hooks: [a]\n"),
                "my.yaml:6:1: a feature with `hooks` needs an `entry_header`: the header that they must be visible in",
            ),
            (
                SMALL.replace("kconfig: HAS_SMALL\n", ""),
                "my.yaml:1:1: missing field `kconfig`: the symbol that an architecture selects, or `markers` for a feature without a symbol",
            ),
            (
                format!("{SMALL}entry_header: a.h\nhooks: [a]\nwrappers: [a]\n"),
                "my.yaml:8:1: `a` is both a hook and a wrapper: a wrapper is the generic function that calls the hooks",
            ),
            (
                format!("{SMALL}entry_header: a.h\nhooks:\n  - {{name: a, when: A &&}}\n"),
                "my.yaml:8:21: hooks[0].when: `A &&` is not an expression over Kconfig symbols (`SYMBOL`, `!`, `&&`, `||`, \
                 parentheses; without `CONFIG_`)",
            ),
            (
                format!("{SMALL}since: 6.10\n"),
                "my.yaml:6:8: since: a release needs quotes: without them, YAML reads 6.10 as the number 6.1",
            ),
            (
                SMALL.replace("HAS_SMALL", "CONFIG_SMALL"),
                "my.yaml:4:10: kconfig: `CONFIG_SMALL` is not a Kconfig symbol or `!SYMBOL` (letters, digits and `_`, \
                 without `CONFIG_`; `!` needs quotes in YAML)",
            ),
            (
                SMALL.replace("HAS_SMALL", "[]"),
                "my.yaml:4:10: kconfig: the list needs at least one item",
            ),
            (
                SMALL.replace("HAS_SMALL", "!HAS_SMALL"),
                "my.yaml:4:10: kconfig: `!` begins a tag in YAML: write `!SYMBOL` in quotes",
            ),
            (
                SMALL.replace("vm/small", "small"),
                "my.yaml:3:12: directory: `small` is not a directory below `Documentation/features` (`SUBSYSTEM/FEATURE`)",
            ),
            (
                format!("{SMALL}name: again\n"),
                "my.yaml:6:1: duplicate field `name`",
            ),
            (
                "- a\n- b\n".to_owned(),
                "my.yaml:1:1: invalid type: sequence, expected a feature's spec: a mapping",
            ),
            (
                "# nothing\n".to_owned(),
                "my.yaml:2:1: missing field `name`",
            ),
            (
                "name: a\ntitle: b: c\n".to_owned(),
                "my.yaml:2:9: mapping values are not allowed in this context",
            ),
        ];
        for (text, expected) in cases {
            assert_eq!(error_of(&text), expected, "for:\n{text}");
        }
    }

    #[test]
    fn nesting_and_repetition_have_limits() {
        let deep = format!("{SMALL}hooks:\n {}", "[".repeat(50_000));
        assert_eq!(
            error_of(&deep),
            "my.yaml:7:1002: a spec has at most 1000 opening brackets"
        );
        assert!(
            error_of(&"#".repeat(SPEC_SIZE.length() + 1))
                .starts_with("my.yaml:1:1: a spec exceeds the limit `spec-size`")
        );
        for open in ["[", "{a: ", "- "] {
            error_of(&format!("{SMALL}hooks: {}", open.repeat(MAX_BRACKETS)));
        }
        let mut text = format!("{SMALL}hooks:\n  - &a0 [x, x, x, x, x, x, x, x, x, x]\n");
        for level in 1..12 {
            let alias = format!("*a{}, ", level - 1).repeat(10);
            text.push_str(&format!("  - &a{level} [{alias}]\n"));
        }
        error_of(&text);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in "(?s).{0,200}") {
            let _ = Spec::parse("my.yaml", &text);
        }

        #[test]
        fn no_damage_makes_the_reader_panic(at in 0..SMALL.len(), with in "(?s).{0,4}") {
            let mut text = SMALL.to_owned();
            text.replace_range(at..=at, &with);
            let _ = Spec::parse("my.yaml", &text);
        }
    }
}
