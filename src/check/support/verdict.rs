//! Owns the verdict: whether one architecture supports one feature, with the places in the tree that prove it.

use crate::diag::Location;

/// Whether an architecture supports a feature.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
pub enum Supported {
    /// There is a configuration in which the feature is there.
    Yes,
    /// No configuration supports the feature.
    No,
    /// Stands for what was read does not decide it; the verdict's reason says why.
    Undecided,
}

impl Supported {
    /// The word that stands in every output format.
    pub fn word(self) -> &'static str {
        match self {
            Supported::Yes => "yes",
            Supported::No => "no",
            Supported::Undecided => "undecided",
        }
    }
}

/// Describes what a place in the tree has to do with a verdict.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize,
)]
#[non_exhaustive]
pub enum Role {
    /// A `config` entry of the feature's symbol.
    Declaration,
    /// A `select` of the feature's symbol.
    Select,
    /// An `imply` of the feature's symbol.
    Imply,
    /// A `default` of the feature's symbol.
    Default,
    /// A `depends on`, or an `if` or `menu` around it, that bears on the condition.
    Dependency,
    /// A definition or declaration of one of the feature's hooks.
    Hook,
    /// An `#undef` that takes a hook or a marker away again.
    Undef,
    /// A macro that once told what the symbol tells now.
    Marker,
    /// A place that names the symbol and says nothing about it: a comment, a longer name, a file that nothing reads.
    Mention,
}

impl Role {
    /// The word that stands in every output format.
    pub fn word(self) -> &'static str {
        match self {
            Role::Declaration => "declaration",
            Role::Select => "select",
            Role::Imply => "imply",
            Role::Default => "default",
            Role::Dependency => "dependency",
            Role::Hook => "hook",
            Role::Undef => "undef",
            Role::Marker => "marker",
            Role::Mention => "mention",
        }
    }

    /// Every role, in the order of the declaration. The tests of the output's schema need it.
    pub const ALL: &[Role] = &[
        Role::Declaration,
        Role::Select,
        Role::Imply,
        Role::Default,
        Role::Dependency,
        Role::Hook,
        Role::Undef,
        Role::Marker,
        Role::Mention,
    ];
}

/// A place in the tree that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Evidence {
    /// Holds what the place has to do with the verdict.
    pub role: Role,
    /// The name in the text: the symbol that selects, implies or depends (without `CONFIG_`), the hook, the marker.
    pub symbol: String,
    /// The condition under which the place counts: a Kconfig expression for Kconfig's roles, that of the `#if`s around it
    /// for the preprocessor's. `None` where it always does.
    pub condition: Option<String>,
    /// The place.
    pub location: Location,
    /// Why the place does not count, where it does not; one sentence, lower case, no full stop.
    pub note: Option<String>,
}

/// Whether one architecture supports one feature.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Verdict {
    /// The feature's name in its spec.
    pub feature: String,
    /// The architecture: the name of its directory below `arch/`.
    pub arch: String,
    /// The verdict itself.
    pub supported: Supported,
    /// The Kconfig expression under which the feature is there. `None` beside [`Supported::Yes`] means always.
    pub condition: Option<String>,
    /// Why it is undecided, or with what reservation it was decided; one sentence, lower case, no full stop.
    pub reason: Option<String>,
    /// The places that prove it, in the order in which a reader wants them: the decisive one first.
    pub evidence: Vec<Evidence>,
}
