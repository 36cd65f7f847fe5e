//! Owns the lint `undeclared-name`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::check::kconfig::words::PREFIX;
use crate::check::lint::{Docs, Lint, Pass, group};
use crate::diag::{Diagnostic, Label, Level, Location};

/// Most places that a finding shows besides the first.
const MAX_SHOWN: usize = 12;

pub(in crate::check) const LINT: Lint = Lint {
    name: "undeclared-name",
    group: &group::NAMES,
    default_level: Level::Deny,
    is_on: true,
    docs: Docs {
        summary: "a Kconfig symbol is used that nothing declares, or no longer declares",
        what: "Checks the lines that a series (`--range`, `--patch`, a hook) adds, and reports names that no Kconfig file of any \
            architecture declares: in Kconfig expressions, in C code with `CONFIG_`, in the `cfg` conditions of Rust code, and in \
            makefiles as `$(CONFIG_...)` or in `ifdef`. In `IS_ENABLED()`, `IS_REACHABLE()`, `IS_BUILTIN()` and `IS_MODULE()`, a \
            name with a wrong prefix or none is reported as well. The finding is an error if a declared name is similar, and \
            otherwise a warning. A macro that some file of the tree defines, and a variable that a makefile assigns, are not \
            reported, nor is a name that the lines which the series removes, in whatever files, mention as often as those that it \
            adds: it is only moved.\n\n\
            If a series removes or renames an entry, all remaining uses of the old name are one finding, at the line that was changed \
            or, if the file of the entry is gone, at the first use. They are searched in the Kconfig files, C and Rust files and \
            makefiles of the whole tree, without `tools` and the programs in `scripts` and `Documentation`. The entries of a file whose \
            `source` the series removes count as removed. A new Kconfig file that nothing sources declares nothing for the rest of the \
            tree; that is a warning.\n\n\
            With `--select names` or `--select kconfig`, every undeclared name in the Kconfig files of the tree is one finding, a \
            warning. Quoted strings and numbers are not names; `Y`, `N` and `M` are. So are words in small letters, such as `yes`, \
            where a truth value has to stand.",
        why: "Neither Kconfig nor the C preprocessor complains about a name that does not exist. A dependency on it never \
            holds, a `select` of it does nothing, code under its `#ifdef` is never compiled, and its `IS_ENABLED()` is 0.",
        example: "config NEW_THING\n\
            \tbool \"New thing\"\n\
            \tdepends on HAVE_ARCH_HUGE_VMPA",
        fix: "Write the name that was meant, or declare the symbol. No automatic fix: only the author knows which.",
    },
    pass: Pass::ChangeAndKconfig,
};

/// A place that names a symbol.
#[derive(Clone, Debug)]
pub(in crate::check) struct Use {
    pub location: Location,
    /// Holds what it does there; may be empty.
    pub what: &'static str,
}

impl Use {
    pub fn new(location: Location, what: &'static str) -> Self {
        Self { location, what }
    }

    /// Whether it is in the directory of the Kconfig file at `path`, or below that.
    pub fn is_beside(&self, path: &str) -> bool {
        let directory = path.rsplit_once('/').map(|(directory, _)| directory);
        let rest = directory.and_then(|directory| self.location.path.strip_prefix(directory));
        rest.is_some_and(|rest| rest.starts_with('/'))
    }
}

/// A name that a change writes.
#[derive(Debug, Default)]
pub(in crate::check) struct Written {
    pub uses: Vec<Use>,
    /// Holds what was probably meant.
    pub meant: Option<String>,
    /// The new Kconfig file that declares it, where no other one sources that.
    pub unsourced: Option<Arc<str>>,
}

/// The finding about a name that nothing declares. `is_other` says that it is not a symbol's at all, for it lacks the prefix.
pub(in crate::check) fn written(name: &str, is_other: bool, written: &Written) -> Diagnostic {
    let headline = if is_other {
        format!("`{name}` is not the macro of a Kconfig symbol")
    } else if let Some(path) = &written.unsourced {
        format!("`{name}` is used, but no architecture reads `{path}`, which declares it")
    } else {
        format!("`{name}` is used, but no Kconfig file declares it")
    };
    let words = if is_other {
        "this is always 0"
    } else {
        "no such symbol"
    };
    let mut finding = finding(name, headline, words, &written.uses);
    if let Some(path) = &written.unsourced {
        finding.level = Level::Warn;
        let help = format!("add `source \"{path}\"` to a Kconfig file that is read");
        return finding.with_help(help);
    }
    match &written.meant {
        Some(meant) => finding = finding.with_help(help(name, meant)),
        None => {
            finding.level = Level::Warn;
            finding = finding.with_help("declare the symbol, or drop what depends on it");
        }
    }
    finding
}

/// The help where a declared symbol may be meant.
fn help(name: &str, meant: &str) -> String {
    match name.strip_prefix(PREFIX) == Some(meant) {
        true => format!("write `{meant}`, without the prefix `{PREFIX}`"),
        false => format!("write `{meant}`, if you meant that"),
    }
}

/// A symbol that a change stops declaring.
#[derive(Debug)]
pub(in crate::check) struct Dangling {
    /// Where its entry was; `None` where the file is gone, too.
    pub place: Option<Location>,
    /// The first is where the finding stands if there is no such place.
    pub uses: Vec<Use>,
    /// The declared symbol with the nearest name.
    pub nearest: Option<String>,
}

impl Dangling {
    /// A symbol that the change itself declared before it dropped the entry again.
    pub fn dropped(written: Written) -> Self {
        let mut uses = written.uses;
        for one in uses.iter_mut().filter(|one| one.what.is_empty()) {
            one.what = "still used here";
        }
        Self {
            place: None,
            uses,
            nearest: written.meant,
        }
    }
}

/// The words about the place where an entry was. Any other place that a finding begins with is one that names the symbol.
pub(in crate::check) const ENTRY: &str = "the entry was here";

/// The finding about a symbol that is gone and still used.
pub(in crate::check) fn dangling(name: &str, gone: &Dangling) -> Diagnostic {
    let first = gone.uses.first();
    // Without the line, which moves: the headline is part of what services know a finding by.
    let shown = first.filter(|_| gone.place.is_some());
    let within = shown.map_or_else(String::new, |use_| format!(" in {}", use_.location.path));
    let headline = format!("`{name}` is no longer declared, but still used{within}");
    let entry = gone.place.iter().map(|place| Use::new(place.clone(), ""));
    let uses: Vec<Use> = entry.chain(gone.uses.iter().cloned()).collect();
    let words = match &gone.place {
        Some(_) => ENTRY,
        None => first.map_or("", |first| first.what),
    };
    let finding = finding(name, headline, words, &uses);
    finding.with_help(match &gone.nearest {
        Some(nearest) => format!("use `{nearest}` there, if it replaces `{name}`"),
        None => "remove what uses it, or keep the entry".to_owned(),
    })
}

/// Kconfig files that nothing reads any more, because one `source` is gone.
#[derive(Debug, Default)]
pub(in crate::check) struct Unread {
    /// By name: the uses of the symbols that they declare.
    uses: BTreeMap<String, Vec<Use>>,
    paths: BTreeSet<Arc<str>>,
}

impl Unread {
    /// Adds a symbol of the file at `path`.
    pub fn add(&mut self, path: &Arc<str>, name: &str, uses: Vec<Use>) {
        self.paths.insert(path.clone());
        self.uses.insert(name.to_owned(), uses);
    }

    /// The finding at the line where the `source` was; `None` where nothing uses the symbols but the directories of the files: one that goes
    /// as a whole may use its own.
    pub fn finding(mut self, place: Location) -> Option<Diagnostic> {
        for uses in self.uses.values_mut() {
            uses.retain(|place| !self.paths.iter().any(|path| place.is_beside(path)));
        }
        self.uses.retain(|_, uses| !uses.is_empty());
        let path = self.paths.iter().min_by_key(|path| path.len())?;
        let (first, _) = self.uses.first_key_value()?;
        let others = match self.uses.len() - 1 {
            0 => String::new(),
            1 => " and another symbol of it".to_owned(),
            count => format!(" and {count} other symbols of it"),
        };
        let are = if others.is_empty() { "is" } else { "are" };
        let headline = format!(
            "no architecture reads `{path}` any more, but `{first}`{others} {are} still used"
        );
        let own = Use::new(place, "");
        let uses: Vec<Use> = std::iter::once(own)
            .chain(self.uses.values().flatten().cloned())
            .collect();
        let help = format!("keep `source \"{path}\"`, or remove what uses its symbols");
        Some(finding(first, headline, "the `source` was here", &uses).with_help(help))
    }
}

/// A finding at the first of several places.
fn finding(name: &str, headline: String, words: &str, uses: &[Use]) -> Diagnostic {
    let mut places = uses.iter();
    let first = places.next().map(|first| first.location.clone());
    let first = first.unwrap_or_else(|| Location::file("Kconfig"));
    let mut finding = Diagnostic::new(LINT.name, LINT.level(), headline, Label::new(first, words));
    finding.symbol = Some(name.to_owned());
    for other in places.by_ref().take(MAX_SHOWN) {
        let words = if other.what.is_empty() {
            "and here"
        } else {
            other.what
        };
        finding = finding.with_secondary(Label::new(other.location.clone(), words));
    }
    let left = places.count();
    if left > 0 {
        finding = finding.with_note(format!("{left} more places name it"));
    }
    finding
}
