//! Owns the answer: under which condition is a name defined once an entry header has been included, and by what?
//!
//! First the include graph is followed whatever the conditionals say, and every directive that cannot bear on the names is
//! put aside ([`slice`]). Then what is left is run symbolically ([`walk`]): a conditional splits the condition, an include is
//! followed under its condition, a macro is defined under the condition of its `#define`.
//!
//! Not known here: the contents of files that only a build makes. A number that no file of the tree defines may come
//! from one (`generated/bounds.h`), so that comparing it gives an atom; a name that is only tested with `defined` and that no
//! file defines counts as not defined.

use std::sync::Arc;

use super::cache::Cache;
use super::condition::{Condition, Conditions};
use super::lex::Span;
use super::occurrence::Kind;
use crate::diag::Location;
use crate::limits::Reached;

mod slice;
mod walk;

/// The question.
#[derive(Clone, Copy, Debug)]
pub struct Question<'a> {
    /// The architecture: a directory below `arch/`.
    pub srcarch: &'a str,
    /// The header that a translation unit includes, relative to the tree's root.
    pub entry: &'a str,
    /// The names: functions, macros, variables.
    pub names: &'a [&'a str],
}

/// One way in which a name is defined.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Definition {
    /// The name.
    pub name: Box<str>,
    /// Its kind; one of those for which [`Kind::provides`] is true.
    pub kind: Kind,
    /// The name's place.
    pub location: Location,
    /// When this definition is there once the entry header has been included. Never [`Condition::FALSE`].
    pub condition: Condition,
    /// The `#include`s that lead from the entry header to it, on the first way on which it is reached; the first of them
    /// stands in the entry header.
    pub chain: Vec<Location>,
    /// The place of the body in the same file, braces included, or of the macro's replacement, if it has one.
    pub body: Option<Span>,
}

/// An `#include` that leads to no file of the tree.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Unresolved {
    /// The directive.
    pub location: Location,
    /// The included file as written.
    pub target: Box<str>,
    /// Whether a build makes the file.
    pub generated: bool,
    /// When the directive is reached. Never [`Condition::FALSE`].
    pub condition: Condition,
}

/// The answer.
#[derive(Clone, Debug, serde::Serialize, serde::Deserialize)]
pub struct Presence {
    /// The arena of all conditions in here.
    pub conditions: Conditions,
    /// All definitions, sorted by name, place and kind.
    pub definitions: Vec<Definition>,
    /// The includes that lead to no file, in the files that had to be looked at, sorted by place. Generated files whose contents are known not to matter here
    /// (autoconf.h is what the `CONFIG_` atoms stand for) are left out.
    pub unresolved: Vec<Unresolved>,
    /// The limit that was reached, if one was: then not everything was followed, conditions may be too narrow or too wide, and
    /// no verdict may rest on them.
    #[serde(serialize_with = "no_limit", skip_deserializing)]
    pub reached: Option<Reached>,
    /// The symbols whose `CONFIG_` macros were looked at, sorted. Others may be in the conditions by way of what the compiler
    /// defines.
    pub symbols: Vec<Box<str>>,
    /// How much work it was.
    pub figures: Figures,
}

impl PartialEq for Presence {
    /// Whether both say the same; how much work it was does not count.
    fn eq(&self, other: &Self) -> bool {
        self.conditions.has_same_numbers(&other.conditions)
            && self.definitions == other.definitions
            && self.unresolved == other.unresolved
            && self.symbols == other.symbols
            && self.reached.is_none()
            && other.reached.is_none()
    }
}

/// How much work an answer was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Figures {
    /// Files that the includes lead to, whatever the conditionals say.
    pub files: usize,
    /// Macros whose definitions bear on the names.
    pub macros: usize,
    /// How often a file was run.
    pub visits: usize,
    /// Directives that were run.
    pub directives: usize,
}

impl Presence {
    /// Whether everything was followed.
    pub fn is_complete(&self) -> bool {
        self.reached.is_none()
    }

    /// The definitions of `name`.
    pub fn of<'p>(&'p self, name: &str) -> impl Iterator<Item = &'p Definition> {
        let name: Box<str> = name.into();
        self.definitions
            .iter()
            .filter(move |definition| definition.name == name)
    }

    /// The answer about some of the names alone, with an arena of its own. What leads to no file is left out.
    pub fn only(&self, names: &[&str]) -> Presence {
        let mut conditions = Conditions::new();
        let mut imported = rustc_hash::FxHashMap::default();
        let mut definitions = Vec::new();
        for definition in &self.definitions {
            if !names.contains(&&*definition.name) {
                continue;
            }
            let mut definition = definition.clone();
            definition.condition =
                conditions.import(&self.conditions, definition.condition, &mut imported);
            definitions.push(definition);
        }
        Presence {
            conditions,
            definitions,
            unresolved: Vec::new(),
            reached: self.reached.clone(),
            symbols: self.symbols.clone(),
            figures: self.figures,
        }
    }

    /// When `name` is defined at all.
    pub fn when(&mut self, name: &str) -> Condition {
        let each: Vec<Condition> = self
            .of(name)
            .filter(|definition| definition.kind.provides())
            .map(|definition| definition.condition)
            .collect();
        self.conditions.any(each)
    }
}

/// Answers a question.
///
/// A file that cannot be read counts as one that is not there. The entry header itself may be missing: then nothing is
/// defined, and it is among the unresolved.
pub fn presence(cache: &Cache<'_>, question: &Question<'_>) -> Presence {
    presence_after(cache, question, &[])
}

/// As [`presence`], with files that the compiler reads before the entry header (`-include`), after those that it
/// always reads.
pub fn presence_after(cache: &Cache<'_>, question: &Question<'_>, before: &[&str]) -> Presence {
    let slice = slice::Slice::new(cache, question, before);
    walk::run(cache, question, &slice)
}

/// When places of an include graph are reached.
#[derive(Clone, Debug)]
pub struct Reaching {
    /// The arena of all conditions in here.
    pub conditions: Conditions,
    /// For each place the condition under which the preprocessor gets there; `None` where the includes do not lead to its file.
    pub places: Vec<Option<Condition>>,
    /// The limit that was reached, if one was: then no condition may be relied on.
    pub reached: Option<Reached>,
}

/// When the preprocessor gets to some places, each a file and the offset of a byte outside of directives or the first one of a
/// directive, where the compiler is given `entry`. What includes define on the way counts. `directories` are those that the makefiles
/// pass for the entry.
pub fn reaching(
    cache: &Cache<'_>,
    srcarch: &str,
    entry: &str,
    directories: &[String],
    places: &[(&str, u32)],
) -> Reaching {
    let question = Question {
        srcarch,
        entry,
        names: &[],
    };
    let (slice, marks) = slice::Slice::of_places(cache, &question, directories, places);
    walk::reaching(cache, &question, &slice, &marks)
}

/// An answer for which a limit was reached is not written, and so not kept.
fn no_limit<S: serde::Serializer>(
    reached: &Option<Reached>,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    match reached {
        Some(reached) => Err(serde::ser::Error::custom(reached)),
        None => serializer.serialize_none(),
    }
}

/// An `#include` on the way to a file: the file that holds it and the index of the directive.
type Step = (usize, u32);

/// The steps as locations.
fn locations(slice: &slice::Slice, chain: &[Step]) -> Vec<Location> {
    chain
        .iter()
        .map(|&(file, directive)| {
            let file = &slice.nodes[file].indexed.file;
            file.location(file.directives[directive as usize].span)
        })
        .collect()
}

/// The chain of includes on which the walk is, shared by everything that was found on it.
type Chain = Arc<[Step]>;

#[cfg(test)]
mod tests;
