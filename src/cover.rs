//! Owns which builds compile given lines: the fewest pairs of an architecture and a configuration that were found, such that every
//! line that can be compiled is compiled by one of them.
//!
//! A line has a presence condition: that of the preprocessor's way to it ([`crate::cpp::presence`]) and that of the object that
//! it belongs to ([`crate::kbuild::objects`]). The solver finds configurations in which as many conditions as possible hold
//! together; the evaluator computes each of them, and only the lines whose conditions hold in what it computed are claimed.
//! Nothing of the tree is run.
//!
//! | module | owns |
//! |---|---|
//! | [`lines`] | what each line of a file is: code, a directive, a comment |
//! | [`entries`] | the source files through which the compiler may get to a file |
//! | [`place`] | the condition of each line on one architecture |
//! | [`choose`] | the configurations |

pub mod choose;
pub mod entries;
pub mod lines;
pub mod place;

use std::collections::BTreeMap;
use std::fmt;

pub use choose::cover;

use crate::arch::machine;
use crate::kconfig::model::Unread;

/// A line of a file.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// The path, relative to the tree's root.
    pub path: String,
    /// The line, counted from 1.
    pub number: u32,
}

/// The lines that are asked about, by file, in ascending order.
pub type Asked = BTreeMap<String, Vec<u32>>;

/// Ascending numbers of lines as words, those that follow each other as one: `1-3`, `7`.
pub fn ranges(numbers: impl IntoIterator<Item = u32>) -> Vec<String> {
    let mut ranges: Vec<(u32, u32)> = Vec::new();
    for number in numbers {
        match ranges.last_mut() {
            Some((_, last)) if *last + 1 == number => *last = number,
            _ => ranges.push((number, number)),
        }
    }
    let word = |(first, last)| match first == last {
        true => format!("{first}"),
        false => format!("{first}-{last}"),
    };
    ranges.into_iter().map(word).collect()
}

/// An architecture that may be built for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// The directory below `arch/`.
    pub srcarch: String,
    /// The value of `ARCH`.
    pub arch: String,
    /// Whether a compiler is there. Architectures that have one are preferred.
    pub has_compiler: bool,
}

impl Target {
    /// A name for people: the directory, or the value of `ARCH` where it is not the usual one.
    pub fn label(&self) -> &str {
        match machine::machine(&self.srcarch) {
            Some(machine) if machine.variants.contains(&self.arch.as_str()) => &self.arch,
            _ => &self.srcarch,
        }
    }
}

/// The outcome for a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A build compiles it.
    Covered {
        /// The builds, as indices.
        builds: Vec<usize>,
        /// The condition under which it is compiled there, as Kconfig would have it.
        condition: String,
        /// Another remark, such as that the compiler eliminates it.
        note: Option<String>,
    },
    /// No configuration of any architecture compiles it: why, for each architecture.
    Dead(Vec<Obstacle>),
    /// There is nothing to compile: a blank line, a comment.
    NoCode(&'static str),
    /// It is not for the compiler of the kernel: why.
    OutOfScope(&'static str),
    /// It is not known: why.
    Undecided(String),
}

/// Why no configuration of an architecture compiles a line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Obstacle {
    /// The architecture, by its label; none where the file itself decides.
    pub arch: Option<String>,
    /// The condition that cannot hold, as Kconfig would have it; none where the steps say all.
    pub condition: Option<String>,
    /// The reasons: each a place with its text, or a sentence.
    pub steps: Vec<String>,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(arch) = &self.arch {
            write!(f, "{arch}: ")?;
        }
        if let Some(condition) = &self.condition {
            write!(f, "`{condition}` cannot hold")?;
            if !self.steps.is_empty() {
                write!(f, ": ")?;
            }
        }
        write!(f, "{}", self.steps.join("; "))
    }
}

/// A build.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Build {
    /// Where it is for.
    pub target: Target,
    /// The target that makes the configuration: `allnoconfig`, or `alldefconfig` where no few lines lead from there.
    pub base: &'static str,
    /// The lines of the fragment, such as `CONFIG_X=y`.
    pub fragment: Vec<String>,
    /// The whole `.config` as the evaluator computes it.
    pub config: Vec<u8>,
    /// The objects, by path, each with the source file.
    pub objects: Vec<Object>,
    /// The lines that it compiles.
    pub lines: Vec<Line>,
    /// Assumptions of the configuration that no `.config` states: answers of compilers.
    pub relies_on: Vec<String>,
}

/// An object of a build.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Object {
    /// Its path.
    pub path: String,
    /// The path as make knows it: by way of the directory whose makefile names it (`a/b/../c/x.o`).
    pub target: String,
    /// The source file.
    pub source: String,
    /// Whether a rule of its directory makes it, not a list.
    pub by_rule: bool,
}

/// The answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cover {
    /// The builds.
    pub builds: Vec<Build>,
    /// The outcome of each line, sorted by path and line.
    pub lines: Vec<(Line, Outcome)>,
    /// The architectures, by their labels, of whose Kconfig files one could not be read or parsed, and why.
    pub unread: Vec<(String, Unread)>,
}

impl Cover {
    /// How many lines have some outcome.
    pub fn count(&self, is: impl Fn(&Outcome) -> bool) -> usize {
        self.lines.iter().filter(|(_, outcome)| is(outcome)).count()
    }
}
