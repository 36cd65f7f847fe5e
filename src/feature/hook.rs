//! Owns what a spec says of one hook: a name alone, or a mapping with all that cannot be derived from the tree.

use std::fmt;
use std::ops::Deref;

use serde::Deserialize;
use serde::de::{self, Deserializer, MapAccess, SeqAccess, Visitor};

use super::name::{ArchName, FilePath, Identifier};
use super::requirement::{Release, Requirement};

/// A name that an architecture has to define, with what else a spec says of it. It reads as the name itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hook {
    /// The function, macro, variable or other name.
    pub name: Identifier,
    /// The kind of C name, if the search depends on it.
    pub kind: Kind,
    /// The hook is needed only where this holds.
    pub when: Option<Requirement>,
    /// Generic code does without the hook where an architecture does not announce it with `#define hook hook`.
    pub optional: bool,
    /// Generic code defines the same name where the feature is off.
    pub fallback: bool,
    /// Another feature needs the hook as well, so that having it says nothing about this one.
    pub shared: bool,
    /// Only built-in code uses the hook.
    pub builtin: bool,
    /// The header that makes the hook visible, where it is not the feature's entry header.
    pub header: Option<FilePath>,
    /// The architectures that have to define the hook; empty for all.
    pub archs: Vec<ArchName>,
    /// The first release that asks for the hook.
    pub since: Option<Release>,
    /// The last release that asks for the hook.
    pub until: Option<Release>,
    /// Which list of alternatives the hook stands in: one of those with the same number is enough.
    pub group: Option<usize>,
    /// Whether the hook is needed where the feature is on.
    pub with: bool,
    /// Whether the hook is needed where the feature is off.
    pub without: bool,
}

/// The kind of a hook in C.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Whatever provides the name: a function, a macro, a variable, a constant.
    #[default]
    Any,
    /// A function, or a macro in its place.
    Function,
    /// A macro.
    Macro,
    /// A variable, or a macro in its place.
    Variable,
    /// A constant of an `enum`, or a macro in its place.
    Enum,
    /// A `struct`, `union` or `typedef`.
    Struct,
    /// A member of a `struct` or `union`.
    Member,
    /// A symbol that assembler code defines; it may have no declaration in C.
    Assembler,
}

impl Hook {
    /// A hook of which nothing but the name is known.
    pub fn new(name: Identifier) -> Self {
        Self {
            name,
            kind: Kind::Any,
            when: None,
            optional: false,
            fallback: false,
            shared: false,
            builtin: false,
            header: None,
            archs: Vec::new(),
            since: None,
            until: None,
            group: None,
            with: true,
            without: false,
        }
    }

    /// Whether the spec says more than the name.
    pub fn is_detailed(&self) -> bool {
        *self != Self::new(self.name.clone())
    }

    /// Whether an architecture has to define it.
    pub fn is_of(&self, arch: &str) -> bool {
        self.archs.is_empty() || self.archs.iter().any(|of| **of == *arch)
    }

    /// Whether a release asks for it.
    pub fn is_in(&self, release: (u32, u32)) -> bool {
        Release::is_within(release, self.since, self.until)
    }
}

impl Deref for Hook {
    type Target = str;

    fn deref(&self) -> &str {
        &self.name
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.name.fmt(f)
    }
}

/// The mapping of one hook, or of several of which one is enough.
#[derive(Deserialize)]
#[serde(
    deny_unknown_fields,
    expecting = "a hook: a C identifier, or a mapping with `name` or `any_of`"
)]
struct Mapping {
    name: Option<Identifier>,
    #[serde(default)]
    any_of: Vec<Identifier>,
    #[serde(default)]
    kind: Kind,
    when: Option<Requirement>,
    #[serde(default)]
    optional: bool,
    #[serde(default)]
    fallback: bool,
    #[serde(default)]
    shared: bool,
    #[serde(default)]
    builtin: bool,
    header: Option<FilePath>,
    #[serde(default)]
    archs: Vec<ArchName>,
    since: Option<Release>,
    until: Option<Release>,
}

/// An item of a list of hooks.
struct Item(Vec<Hook>);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OfItem;
        impl<'de> Visitor<'de> for OfItem {
            type Value = Item;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a C identifier, or a mapping with `name` or `any_of`")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Item, E> {
                let name = Identifier::new(text).map_err(E::custom)?;
                Ok(Item(vec![Hook::new(name)]))
            }

            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Item, A::Error> {
                let mapping = Mapping::deserialize(de::value::MapAccessDeserializer::new(map))?;
                let names: Vec<Identifier> = match (&mapping.name, mapping.any_of.len()) {
                    (Some(name), 0) => vec![name.clone()],
                    (None, 2..) => mapping.any_of.clone(),
                    (None, 1) => {
                        return Err(de::Error::custom(
                            "`any_of` needs at least two names: write `name` for one",
                        ));
                    }
                    (None, _) => {
                        return Err(de::Error::custom("a hook needs `name` or `any_of`"));
                    }
                    (Some(_), _) => {
                        return Err(de::Error::custom("a hook has `name` or `any_of`, not both"));
                    }
                };
                if let (Some(since), Some(until)) = (mapping.since, mapping.until)
                    && since > until
                {
                    return Err(de::Error::custom(format_args!(
                        "`since` ({since}) is after `until` ({until})"
                    )));
                }
                let is_one_of = names.len() > 1;
                let hooks = names.into_iter().map(|name| Hook {
                    kind: mapping.kind,
                    when: mapping.when.clone(),
                    optional: mapping.optional,
                    fallback: mapping.fallback,
                    shared: mapping.shared,
                    builtin: mapping.builtin,
                    header: mapping.header.clone(),
                    archs: mapping.archs.clone(),
                    since: mapping.since,
                    until: mapping.until,
                    // The number comes with the list.
                    group: is_one_of.then_some(0),
                    ..Hook::new(name)
                });
                Ok(Item(hooks.collect()))
            }
        }
        deserializer.deserialize_any(OfItem)
    }
}

/// Reads a list of hooks in which no name stands twice.
pub(super) fn list<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Hook>, D::Error> {
    struct List;
    impl<'de> Visitor<'de> for List {
        type Value = Vec<Hook>;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of hooks")
        }

        fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vec<Hook>, A::Error> {
            let mut hooks: Vec<Hook> = Vec::new();
            let mut groups = 0;
            while let Some(Item(items)) = list.next_element()? {
                for mut hook in items {
                    // The same name may be asked for by one release and again by a later one.
                    let overlaps = |known: &&Hook| {
                        known.name == hook.name
                            && !(known.until < hook.since && known.until.is_some())
                            && !(hook.until < known.since && hook.until.is_some())
                    };
                    if hooks.iter().find(overlaps).is_some() {
                        return Err(de::Error::custom(format_args!("`{hook}` is listed twice")));
                    }
                    hook.group = hook.group.map(|_| groups);
                    hooks.push(hook);
                }
                groups += 1;
            }
            Ok(hooks)
        }
    }
    deserializer.deserialize_seq(List)
}
