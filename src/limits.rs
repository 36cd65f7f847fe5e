//! Owns the limits on untrusted input: one table, each with its name, its default and what it bounds.
//!
//! A limit that is reached becomes a finding or an error that names it ([`Limit::reached`]), and the rest of the run goes on.
//! Nothing here knows what is read. The values are set once, by the command line, before anything is read; afterwards they
//! stay the same, so that the same tree gives the same result for any number of threads.
//!
//! To add a limit, declare a `static` and list it in [`TABLE`]; `--max`, its help and `docs/security.md` follow from there.

use std::fmt::Display;
use std::sync::atomic::{AtomicU64, Ordering};

/// An upper bound on one dimension of the input. Each has a name of its own, by which two are compared.
#[derive(Debug)]
pub struct Limit {
    /// The name, as the user writes it.
    pub name: &'static str,
    /// The unit of the number.
    pub unit: Unit,
    /// The quantity that is bounded: a noun phrase.
    pub what: &'static str,
    /// The value unless the user sets another one.
    pub default: u64,
    /// Whether nobody can set another one: recursion goes as deep, and the stack is made for that, or the kernel has it so.
    pub is_fixed: bool,
    value: AtomicU64,
}

impl PartialEq for Limit {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Limit {}

/// The unit of a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unit {
    /// Bytes.
    Bytes,
    /// Things of one kind, with the plural to call them by.
    Count(&'static str),
}

impl Limit {
    const fn new(name: &'static str, default: u64, unit: Unit, what: &'static str) -> Self {
        Self {
            name,
            unit,
            what,
            default,
            is_fixed: false,
            value: AtomicU64::new(default),
        }
    }

    const fn fixed(name: &'static str, default: u64, unit: Unit, what: &'static str) -> Self {
        Self {
            is_fixed: true,
            ..Self::new(name, default, unit, what)
        }
    }

    /// The value in this run.
    pub fn get(&self) -> u64 {
        self.value.load(Ordering::Relaxed)
    }

    /// The same as the length of something in memory.
    pub fn length(&self) -> usize {
        usize::try_from(self.get()).unwrap_or(usize::MAX)
    }

    /// A sentence for a finding or an error: what reached the limit, its value, and how to raise it. `subject` is a noun phrase
    /// in the singular, such as the path of a file in backquotes.
    pub fn reached(&'static self, subject: impl Into<String>) -> Reached {
        Reached {
            limit: self,
            subject: subject.into(),
        }
    }

    /// The value with its unit.
    pub fn amount(&self) -> String {
        written(self.get(), self.unit)
    }

    /// How the user raises it, if that can be.
    pub fn how_to_raise(&self) -> String {
        match self.is_fixed {
            true => "it cannot be raised".to_owned(),
            false => format!("raise it with `--max {}=N`", self.name),
        }
    }

    /// The end of a sentence: `200 levels at most (the limit …)`.
    pub fn at_most(&self) -> String {
        format!(
            "at most {} (the limit `{}`; {})",
            self.amount(),
            self.name,
            self.how_to_raise()
        )
    }
}

/// A number with its unit, in the largest unit that divides it.
fn written(value: u64, unit: Unit) -> String {
    match unit {
        Unit::Bytes if value >= 1 << 20 && value.is_multiple_of(1 << 20) => {
            format!("{} MiB", value >> 20)
        }
        Unit::Bytes if value >= 1 << 10 && value.is_multiple_of(1 << 10) => {
            format!("{} KiB", value >> 10)
        }
        Unit::Bytes => format!("{value} bytes"),
        Unit::Count(plural) => format!("{value} {plural}"),
    }
}

/// A limit that something reached.
#[derive(Clone, Debug, thiserror::Error)]
pub struct Reached {
    /// The limit.
    pub limit: &'static Limit,
    /// The input that reached it.
    pub subject: String,
}

impl Display for Reached {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Self { limit, subject } = self;
        write!(
            f,
            "{subject} exceeds the limit `{}` of {}; {}",
            limit.name,
            limit.amount(),
            limit.how_to_raise()
        )
    }
}

/// The largest file of a tree.
pub static FILE_SIZE: Limit = Limit::new(
    "file-size",
    64 << 20,
    Unit::Bytes,
    "a file of the tree, a configuration or fragment, a baseline, results, a cache entry, a log",
);

/// The largest patch.
pub static PATCH_SIZE: Limit = Limit::new(
    "patch-size",
    64 << 20,
    Unit::Bytes,
    "a patch, or a mailbox with patches",
);

/// The largest program that is read to tell it from other builds of it.
pub static PROGRAM_SIZE: Limit = Limit::new(
    "program-size",
    1 << 30,
    Unit::Bytes,
    "kfeat's own executable, read to keep cached results of different builds apart",
);

/// The largest spec and `kfeat.yaml`.
pub static SPEC_SIZE: Limit = Limit::new(
    "spec-size",
    256 << 10,
    Unit::Bytes,
    "a feature's spec, or a file of suppressions",
);

/// The largest template of a matrix.
pub static TEMPLATE_SIZE: Limit = Limit::new(
    "template-size",
    1 << 20,
    Unit::Bytes,
    "a template of the matrix",
);

/// The largest page that is made from templates.
pub static TEMPLATE_OUTPUT: Limit = Limit::new(
    "template-output",
    64 << 20,
    Unit::Bytes,
    "a page that is made from templates",
);

/// How long the user's templates may take.
pub static TEMPLATE_SECONDS: Limit = Limit::new(
    "template-seconds",
    30,
    Unit::Count("seconds"),
    "how long it may take to make one page from the user's templates",
);

/// How much memory the user's templates may take.
pub static TEMPLATE_MEMORY: Limit = Limit::new(
    "template-memory",
    512 << 20,
    Unit::Bytes,
    "the memory that making one page from the user's templates may take, looked at every few milliseconds",
);

/// How long git may take for one answer.
pub static GIT_SECONDS: Limit = Limit::new(
    "git-seconds",
    300,
    Unit::Count("seconds"),
    "how long git may take to answer one query about a repository",
);

/// How long git may take for one answer that only rests on its settings and names.
pub static GIT_SETTINGS_SECONDS: Limit = Limit::new(
    "git-settings-seconds",
    30,
    Unit::Count("seconds"),
    "how long git may take to answer one query about its settings, its directories or the name of a revision",
);

/// How many conflicts the SAT solver may take for one question.
pub static SOLVER_CONFLICTS: Limit = Limit::new(
    "solver-conflicts",
    20_000,
    Unit::Count("conflicts"),
    "the work of the SAT solver for one question about one architecture",
);

/// How many conflicts the SAT solver may take for all questions about one feature or symbol of one architecture.
pub static SOLVER_CONFLICTS_TOTAL: Limit = Limit::new(
    "solver-conflicts-total",
    200_000,
    Unit::Count("conflicts"),
    "the work of the SAT solver for all questions about one feature or symbol of one architecture",
);

/// How many steps the questions about one feature or symbol of one architecture may take.
pub static SOLVER_STEPS: Limit = Limit::new(
    "solver-steps",
    200_000_000,
    Unit::Count("steps"),
    "decisions and assumptions of the SAT solver, and values computed to try its answers, for all questions about one feature or symbol of one architecture",
);

/// The largest expression that is rewritten as `conf` does.
pub static REWRITTEN_NODES: Limit = Limit::new(
    "rewritten-nodes",
    2_000,
    Unit::Count("nodes"),
    "a Kconfig expression that is simplified as `conf` does it, by comparing all operands with each other; a larger one is left as written, with the same values",
);

/// How much work the rewriting may take.
pub static REWRITING_STEPS: Limit = Limit::new(
    "rewriting-steps",
    20_000_000,
    Unit::Count("steps"),
    "the work of simplifying all expressions of one architecture; beyond it, they are left as written, with the same values",
);

/// How much may be looked at to tell when an object is built.
pub static MAKEFILE_STEPS: Limit = Limit::new(
    "makefile-steps",
    1_000_000,
    Unit::Count("steps"),
    "the work of finding out from makefiles under which conditions one object is built; beyond it, the conditions count as unknown",
);

/// How many references the expansion of one makefile may lead to.
pub static MAKEFILE_EXPANSIONS: Limit = Limit::new(
    "makefile-expansions",
    200_000,
    Unit::Count("expansions"),
    "the texts that are expanded in one makefile and what it includes; beyond it, the rest counts as unknown",
);

/// How much text the expansions in one makefile may give together.
pub static MAKEFILE_TEXT: Limit = Limit::new(
    "makefile-text",
    32 << 20,
    Unit::Bytes,
    "all values that are made in one makefile and what it includes, 16 bytes for each piece included; beyond it, the rest counts as unknown",
);

/// How much text macros may expand to while the Kconfig files of one architecture are read.
pub static MACRO_TEXT: Limit = Limit::new(
    "macro-text",
    16 << 20,
    Unit::Bytes,
    "the total text of all expansions of Kconfig macros of one architecture",
);

/// How many references macros may lead to while the Kconfig files of one architecture are read.
pub static MACRO_REFERENCES: Limit = Limit::new(
    "macro-references",
    1_000_000,
    Unit::Count("references"),
    "the total number of references in all expansions of Kconfig macros of one architecture",
);

/// How much work the conditions of one question about headers may take.
pub static CONDITION_STEPS: Limit = Limit::new(
    "condition-steps",
    10_000_000,
    Unit::Count("steps"),
    "the work on presence conditions for one question about headers",
);

/// How often files may be entered for one question about headers.
pub static INCLUDES: Limit = Limit::new(
    "includes",
    100_000,
    Unit::Count("includes"),
    "how many times headers are entered for one question about them",
);

/// How deeply headers may include each other.
pub static INCLUDE_DEPTH: Limit = Limit::new(
    "include-depth",
    200,
    Unit::Count("levels"),
    "how deeply headers include each other (gcc's own limit)",
);

/// How many lines `cover` is asked about.
pub static COVER_LINES: Limit = Limit::new(
    "cover-lines",
    1_000_000,
    Unit::Count("lines"),
    "the lines that `cover` is asked about, or that a change has which it is asked about",
);

/// How many parts of files have lines that `cover` is asked about.
pub static COVER_REGIONS: Limit = Limit::new(
    "cover-regions",
    2_000,
    Unit::Count("parts"),
    "the parts between two directives of conditionals with lines that `cover` is asked about, of all files on one architecture",
);

/// The text of all Kconfig files of one tree.
pub static KCONFIG_TEXT: Limit = Limit::new(
    "kconfig-text",
    32 << 20,
    Unit::Bytes,
    "the text of all Kconfig files that are read of one tree; 7.2 has 7 MiB",
);

/// How deeply blocks, parentheses and `!` nest in one Kconfig file.
pub static KCONFIG_NESTING: Limit = Limit::fixed(
    "kconfig-nesting",
    200,
    Unit::Count("levels"),
    "how deeply blocks, parentheses and `!` nest in one Kconfig file; real ones stay below 20",
);

/// How deeply blocks nest over all Kconfig files.
pub static KCONFIG_BLOCKS: Limit = Limit::fixed(
    "kconfig-blocks",
    600,
    Unit::Count("levels"),
    "how deeply blocks nest across all Kconfig files that source each other",
);

/// The longest chain of `&&` or `||` in Kconfig.
pub static KCONFIG_OPERANDS: Limit = Limit::fixed(
    "kconfig-operands",
    10_000,
    Unit::Count("operands"),
    "one chain of `&&` or `||` in a Kconfig file; real ones stay below 100",
);

/// How deeply macros of Kconfig expand.
pub static MACRO_DEPTH: Limit = Limit::fixed(
    "macro-depth",
    200,
    Unit::Count("levels"),
    "how deeply Kconfig macros refer to each other",
);

/// The longest text that one expansion of a macro gives, or one macro has.
pub static MACRO_LENGTH: Limit = Limit::new(
    "macro-length",
    1 << 20,
    Unit::Bytes,
    "the text of one Kconfig macro, or of one expansion",
);

/// How many references one expansion of a macro leads to.
pub static EXPANSION_REFERENCES: Limit = Limit::new(
    "expansion-references",
    100_000,
    Unit::Count("references"),
    "the number of references in one expansion of a Kconfig macro",
);

/// How deeply parentheses and operators nest in the condition of an `#if`.
pub static CONDITION_NESTING: Limit = Limit::fixed(
    "condition-nesting",
    100,
    Unit::Count("levels"),
    "how deeply parentheses and `!` nest in the condition of an `#if`",
);

/// How many operators the condition of an `#if` has.
pub static CONDITION_OPERATORS: Limit = Limit::fixed(
    "condition-operators",
    300,
    Unit::Count("operators"),
    "the operators in the condition of an `#if`",
);

/// How deeply `#if`s nest in one file.
pub static CONDITIONAL_NESTING: Limit = Limit::fixed(
    "conditional-nesting",
    200,
    Unit::Count("levels"),
    "how deeply `#if`s nest in one file",
);

/// How many files a patch changes.
pub static PATCH_FILES: Limit = Limit::new(
    "patch-files",
    20_000,
    Unit::Count("files"),
    "the files that one patch changes",
);

/// How many hunks a patch has.
pub static PATCH_HUNKS: Limit = Limit::new(
    "patch-hunks",
    200_000,
    Unit::Count("hunks"),
    "the hunks of one patch",
);

/// How long a path of a patch is.
pub static PATH_LENGTH: Limit = Limit::new(
    "path-length",
    4 << 10,
    Unit::Bytes,
    "a path in a patch (`PATH_MAX` in Linux)",
);

/// How many directories a path of a patch leads through.
pub static PATH_DEPTH: Limit = Limit::new(
    "path-depth",
    100,
    Unit::Count("directories"),
    "the number of directories in a path of a patch; real paths stay below 15",
);

/// How many mails a mailbox has.
pub static MAILS: Limit = Limit::new(
    "mails",
    20_000,
    Unit::Count("mails"),
    "the mails of a mailbox",
);

/// How many threads work at once.
pub static THREADS: Limit = Limit::new(
    "threads",
    256,
    Unit::Count("threads"),
    "how many threads run at once, even if `RAYON_NUM_THREADS` is higher",
);

/// All limits, in the order in which the documentation lists them.
pub static TABLE: &[&Limit] = &[
    &FILE_SIZE,
    &PATCH_SIZE,
    &PROGRAM_SIZE,
    &SPEC_SIZE,
    &TEMPLATE_SIZE,
    &TEMPLATE_OUTPUT,
    &TEMPLATE_SECONDS,
    &TEMPLATE_MEMORY,
    &GIT_SECONDS,
    &GIT_SETTINGS_SECONDS,
    &PATCH_FILES,
    &PATCH_HUNKS,
    &PATH_LENGTH,
    &PATH_DEPTH,
    &MAILS,
    &COVER_LINES,
    &COVER_REGIONS,
    &KCONFIG_TEXT,
    &KCONFIG_NESTING,
    &KCONFIG_BLOCKS,
    &KCONFIG_OPERANDS,
    &MACRO_DEPTH,
    &MACRO_LENGTH,
    &EXPANSION_REFERENCES,
    &MACRO_TEXT,
    &MACRO_REFERENCES,
    &REWRITTEN_NODES,
    &REWRITING_STEPS,
    &MAKEFILE_STEPS,
    &MAKEFILE_EXPANSIONS,
    &MAKEFILE_TEXT,
    &INCLUDES,
    &INCLUDE_DEPTH,
    &CONDITIONAL_NESTING,
    &CONDITION_NESTING,
    &CONDITION_OPERATORS,
    &CONDITION_STEPS,
    &SOLVER_CONFLICTS,
    &SOLVER_CONFLICTS_TOTAL,
    &SOLVER_STEPS,
    &THREADS,
];

/// Why a limit cannot be set.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LimitError {
    /// The text is not `NAME=N`.
    #[error(
        "`{text}` is not of the form `NAME=N`, where N is a positive number, optionally with K, M or G"
    )]
    Form {
        /// The text.
        text: String,
    },
    /// Nobody can set it.
    #[error("the limit `{name}` cannot be set: it is {amount}")]
    Fixed {
        /// Its name.
        name: &'static str,
        /// Its value.
        amount: String,
    },
    /// There is no such limit.
    #[error("there is no limit `{name}`; the limits are {}", names())]
    Unknown {
        /// The name.
        name: String,
    },
}

fn names() -> String {
    let free = TABLE.iter().filter(|limit| !limit.is_fixed);
    let names: Vec<&str> = free.map(|limit| limit.name).collect();
    names.join(", ")
}

/// A value for a limit, as the user writes it: `NAME=N`.
#[derive(Clone, Debug)]
pub struct Setting {
    limit: &'static Limit,
    value: u64,
}

impl Setting {
    /// Makes the value hold for the whole process. To be called before anything is read.
    pub fn apply(&self) {
        self.limit.value.store(self.value, Ordering::Relaxed);
    }
}

impl std::str::FromStr for Setting {
    type Err = LimitError;

    /// # Errors
    ///
    /// The text is not `NAME=N`, or there is no limit of that name.
    fn from_str(text: &str) -> Result<Self, LimitError> {
        let form = || LimitError::Form {
            text: text.to_owned(),
        };
        let (name, number) = text.split_once('=').ok_or_else(form)?;
        let (digits, shift) = match number.as_bytes().last() {
            Some(b'K' | b'k') => (&number[..number.len() - 1], 10),
            Some(b'M' | b'm') => (&number[..number.len() - 1], 20),
            Some(b'G' | b'g') => (&number[..number.len() - 1], 30),
            _ => (number, 0),
        };
        let value: u64 = digits.parse().map_err(|_| form())?;
        let value = value.checked_mul(1 << shift).filter(|&value| value > 0);
        let limit = TABLE.iter().find(|limit| limit.name == name);
        let limit = limit.ok_or_else(|| LimitError::Unknown {
            name: name.to_owned(),
        })?;
        if limit.is_fixed {
            return Err(LimitError::Fixed {
                name: limit.name,
                amount: limit.amount(),
            });
        }
        Ok(Self {
            limit,
            value: value.ok_or_else(form)?,
        })
    }
}

/// The limits that differ from their defaults, as text: results that are kept depend on them.
pub fn changed() -> String {
    let changed = TABLE.iter().filter(|limit| limit.get() != limit.default);
    let changed: Vec<String> = changed
        .map(|limit| format!("{}={}", limit.name, limit.get()))
        .collect();
    changed.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_setting_is_read_or_refused() {
        let read = |text: &str| text.parse::<Setting>();
        let setting = read("file-size=3M").unwrap();
        assert_eq!((setting.limit.name, setting.value), ("file-size", 3 << 20));
        for wrong in [
            "file-size",
            "file-size=",
            "file-size=0",
            "file-size=-1",
            "file-size=1T",
            "file-size=99999999999G",
        ] {
            assert!(
                matches!(read(wrong), Err(LimitError::Form { .. })),
                "{wrong}"
            );
        }
        assert_eq!(
            read("kconfig-nesting=300").unwrap_err().to_string(),
            "the limit `kconfig-nesting` cannot be set: it is 200 levels"
        );
        let error = read("filesize=1").unwrap_err().to_string();
        assert!(
            error.contains("`filesize`") && error.contains("file-size"),
            "{error}"
        );
    }

    #[test]
    fn a_reached_limit_names_itself_and_the_way_out() {
        let text = FILE_SIZE.reached("`mm/Kconfig`").to_string();
        assert_eq!(
            text,
            "`mm/Kconfig` exceeds the limit `file-size` of 64 MiB; raise it with `--max file-size=N`"
        );
    }

    #[test]
    fn names_are_unique_and_plain() {
        let mut names: Vec<&str> = TABLE.iter().map(|limit| limit.name).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
        let is_plain = |name: &&str| {
            name.bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte == b'-')
        };
        assert!(names.iter().all(is_plain));
    }
}
