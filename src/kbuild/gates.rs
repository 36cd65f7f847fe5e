//! Owns which symbols the lists of kbuild name on the way to an object, with their lines: the evidence of a finding.
//!
//! Nothing is evaluated: an object whose lines stand in a conditional of make, or need a function, counts as undecided. So the answer
//! holds for every architecture and needs no model.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use memchr::memmem;
use rustc_hash::FxHashMap;

use crate::diag::{Lines, Location};
use crate::limits::MAKEFILE_STEPS;
use crate::tree::Tree;

use super::syntax::{self, Kind, Statement};

/// How far composite objects are followed.
const MAX_COMPOSITES: usize = 4;

/// The effect of an assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Suffix {
    /// `-y`, `-objs`
    Always,
    /// `-$(CONFIG_X)`: the symbol without `CONFIG_`.
    Symbol(String),
    /// Anything else, or a line inside a conditional of make.
    Unknown,
}

/// A line that adds words to a variable.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Line {
    /// The first part of the variable's name: `obj`, `lib`, or the name of a composite object.
    stem: String,
    suffix: Suffix,
    words: Vec<String>,
    location: Location,
}

impl Line {
    /// The gates of its words; `None` where make decides.
    fn gates(&self) -> Option<Gates> {
        match &self.suffix {
            Suffix::Always => Some(Gates::new()),
            Suffix::Symbol(symbol) => Some(vec![Gate {
                symbol: symbol.clone(),
                location: self.location.clone(),
            }]),
            Suffix::Unknown => None,
        }
    }
}

/// A symbol that an object, or a directory on the way to it, depends on.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Gate {
    /// The symbol, without `CONFIG_`.
    pub symbol: String,
    /// The line.
    pub location: Location,
}

/// The gates that all have to be open for an object to be built; none means that it always is.
pub type Gates = Vec<Gate>;

/// The ways in which the object of a source file comes to be built, or `None` where the lists do not tell. Where the limit
/// `makefile-steps` is reached, the tree notes that ([`Tree::passed_over`]).
///
/// `from` is the directory above which nothing is asked: that of the architecture, or the root (`""`).
pub fn of_object(tree: &Tree, source: &str, from: &str) -> Option<Vec<Gates>> {
    Lists::new(tree).of_object(source, from)
}

/// The lists of a tree's directories, each read once however many objects are asked about.
#[derive(Debug)]
pub struct Lists<'t> {
    tree: &'t Tree,
    /// By directory: its list, if it has one that can be read.
    read: RefCell<FxHashMap<Box<str>, Option<Rc<List>>>>,
}

/// The list of one directory.
#[derive(Debug)]
struct List {
    text: String,
    lines: Vec<Line>,
    /// Whether it may name something in a directory beside its own.
    looks_beside: bool,
}

impl<'t> Lists<'t> {
    /// None is read yet.
    pub fn new(tree: &'t Tree) -> Self {
        Self {
            tree,
            read: RefCell::default(),
        }
    }

    /// As [`of_object`].
    pub fn of_object(&self, source: &str, from: &str) -> Option<Vec<Gates>> {
        let (directory, name) = source.rsplit_once('/')?;
        let stem = name
            .strip_suffix(".c")
            .or_else(|| name.strip_suffix(".S"))?;
        let object = format!("{stem}.o");
        if self.is_built_from_elsewhere(directory, &object) {
            return None;
        }
        let (mut holder, mut word) = (directory.to_owned(), object);
        // A directory without a list of its own is one whose objects the list above names.
        let list = loop {
            match self.of(&holder) {
                Some(list) => break list,
                None => {
                    let (above, last) = holder.rsplit_once('/')?;
                    word = format!("{last}/{word}");
                    holder = above.to_owned();
                }
            }
        };
        let mut steps = Steps::default();
        let ways = self.all_ways(&list.lines, (&holder, &word), from, &mut steps);
        if steps.are_used_up {
            let reached =
                MAKEFILE_STEPS.reached(format!("the search for when `{source}` is built"));
            let why = format!("{reached}; until then, this is unknown");
            self.tree.pass_over(&holder, why);
        }
        ways
    }

    /// Whether the list of a source file's directory names its object in `obj-…` alone: then it is a part of the kernel wherever it is
    /// built, while one of `lib-…` is linked only where something needs it.
    pub fn is_linked_whole(&self, source: &str) -> bool {
        let Some((directory, name)) = source.rsplit_once('/') else {
            return false;
        };
        let stem = name.split('.').next().unwrap_or_default();
        let object = format!("{stem}.o");
        let Some(list) = self.of(directory) else {
            return false;
        };
        let lines = list.lines.iter();
        let mut lines = lines.filter(|line| line.words.contains(&object)).peekable();
        lines.peek().is_some() && lines.all(|line| line.stem == "obj")
    }

    /// Whether no list can name the object of a source file: that of its directory and those around it write out each object and have no
    /// word like it. A list that includes another one, or makes up names from variables, may name anything.
    pub fn is_in_no_list(&self, source: &str) -> bool {
        let Some((directory, name)) = source.rsplit_once('/') else {
            return false;
        };
        let stem = name.split('.').next().unwrap_or_default();
        let Some(list) = self.of(directory).filter(|_| !stem.is_empty()) else {
            return false;
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
        let names_it = |list: &List| list.text.split(|c| !is_word(c)).any(|word| word == stem);
        let mut words = list.lines.iter().flat_map(|line| &line.words);
        let is_made_up = words.any(|word| word.contains(['$', '%']))
            || list.text.lines().any(|line| {
                let line = line.trim_start();
                line.starts_with("include ") || line.starts_with("-include ")
            });
        let above = directory.rsplit_once('/').map(|(above, _)| above);
        let above = above.and_then(|above| self.of(above));
        !is_made_up
            && !names_it(&list)
            && !above.is_some_and(|above| names_it(&above))
            && !self.is_built_from_elsewhere(directory, &format!("{stem}.o"))
    }

    /// The list of a directory: `Kbuild` if there is one, else `Makefile`.
    fn of(&self, directory: &str) -> Option<Rc<List>> {
        let paths = ["Kbuild", "Makefile"].map(|name| format!("{directory}/{name}"));
        self.first_of(directory, &paths)
    }

    /// The first of some files that is there, as a list, by a name for it.
    fn first_of(&self, name: &str, paths: &[String]) -> Option<Rc<List>> {
        if let Some(known) = self.read.borrow().get(name) {
            return known.clone();
        }
        let path = paths.iter().find(|path| self.tree.is_file(path));
        let list = path.and_then(|path| {
            let text = self.tree.text_if_there(path)?;
            let lines = parse(path, &text);
            Some(Rc::new(List {
                looks_beside: memmem::find(text.as_bytes(), b"../").is_some(),
                text,
                lines,
            }))
        });
        let mut read = self.read.borrow_mut();
        read.insert(name.into(), list.clone());
        list
    }

    /// The ways in which make comes to a directory that the Makefile of its architecture names, as in `libs-y += arch/x/lib/`; `None`
    /// where that does not name it in a way that is understood.
    fn in_makefile_of_arch(&self, directory: &str, from: &str) -> Option<Vec<Gates>> {
        let path = format!("{from}/Makefile");
        // Nothing else goes by a name with a slash at its end.
        let list = self.first_of(&format!("{from}/"), std::slice::from_ref(&path))?;
        let word = format!("{directory}/");
        let mut ways = Vec::new();
        let is_top = |line: &&Line| matches!(&*line.stem, "core" | "drivers" | "libs");
        let lines = list.lines.iter().filter(is_top);
        for line in lines.filter(|line| line.words.contains(&word)) {
            ways.push(line.gates()?);
        }
        (!ways.is_empty()).then_some(ways)
    }

    /// The ways in which a word of the list of a directory comes to be built.
    fn all_ways(
        &self,
        lines: &[Line],
        (holder, word): (&str, &str),
        from: &str,
        steps: &mut Steps,
    ) -> Option<Vec<Gates>> {
        let ways = ways_in(lines, word, 0, steps)?;
        let around = self.of_directory(holder, from, steps)?;
        // The outer gates of one way stay together, as the inner ones name the object.
        let mut all = Vec::new();
        for way in &ways {
            all.extend(joined(&around, std::slice::from_ref(way), steps)?);
        }
        (!all.is_empty()).then_some(all)
    }

    /// Whether the list of the directory above, or that of a neighbour, names an object of a directory, too: `$(addprefix ../sh3/, x.o)`
    /// in `sh4`. Then it may be built where the lists on its own way do not ask for it.
    fn is_built_from_elsewhere(&self, directory: &str, object: &str) -> bool {
        let Some((above, last)) = directory.rsplit_once('/') else {
            return false;
        };
        let from_above = format!("{last}/{object}");
        let of_above = self.of(directory).and_then(|_| self.of(above));
        let mut words = of_above
            .iter()
            .flat_map(|list| &list.lines)
            .flat_map(|line| &line.words);
        if words.any(|word| *word == from_above) {
            return true;
        }
        let from_beside = format!("../{last}/");
        let neighbours = self.tree.list(above).unwrap_or_default();
        let mut neighbours = neighbours.iter().map(|entry| &*entry.name);
        neighbours.any(|name| {
            let list = (name != last).then(|| self.of(&format!("{above}/{name}")));
            let list = list.flatten().filter(|list| list.looks_beside);
            list.is_some_and(|list| list.text.contains(&from_beside) && list.text.contains(object))
        })
    }

    /// The ways in which kbuild comes to descend into a directory.
    fn of_directory(&self, directory: &str, from: &str, steps: &mut Steps) -> Option<Vec<Gates>> {
        let mut ways = vec![Gates::new()];
        let mut inner = directory;
        while inner != from {
            let Some((above, _)) = inner.rsplit_once('/') else {
                // Releases before 6.1 have no list at the root; what the makefile there names is always built, as far as it matters for
                // an object.
                let list = self.first_of("", &["Kbuild".to_owned()]);
                let found = list.and_then(|list| {
                    let word = format!("{inner}/");
                    ways_in(&list.lines, &word, 0, steps)
                });
                if let Some(found) = found {
                    ways = joined(&found, &ways, steps)?;
                }
                break;
            };
            let mut holder = above;
            // `obj-y += boot/startup/` stands two directories above.
            let found = loop {
                if let Some(list) = self.of(holder) {
                    let word = format!("{}/", &inner[holder.len() + 1..]);
                    if let Some(found) = ways_in(&list.lines, &word, 0, steps) {
                        break found;
                    }
                }
                if holder == from {
                    break self.in_makefile_of_arch(inner, from)?;
                }
                holder = holder.rsplit_once('/')?.0;
            };
            ways = joined(&found, &ways, steps)?;
            inner = holder;
        }
        Some(ways)
    }
}

/// Each of the inner ways behind each of the outer ones; `None` where the steps do not do.
fn joined(outer: &[Gates], inner: &[Gates], steps: &mut Steps) -> Option<Vec<Gates>> {
    steps.take(outer.len().saturating_mul(inner.len()))?;
    let each = outer.iter();
    let ways = each.flat_map(|outer| inner.iter().map(|way| [&outer[..], way].concat()));
    Some(ways.collect())
}

/// The work that is left for one object.
struct Steps {
    left: usize,
    are_used_up: bool,
}

impl Default for Steps {
    fn default() -> Self {
        Self {
            left: MAKEFILE_STEPS.length(),
            are_used_up: false,
        }
    }
}

impl Steps {
    /// Takes so many of them; `None` where so many are not left.
    fn take(&mut self, count: usize) -> Option<()> {
        match self.left.checked_sub(count) {
            Some(left) => self.left = left,
            None => self.are_used_up = true,
        }
        (!self.are_used_up).then_some(())
    }
}

/// The ways in which a word comes into the objects of a list; `None` where it does not, or not in a way that is understood, or the
/// steps do not do: each list of a composite object can be that of many others.
fn ways_in(lines: &[Line], word: &str, depth: usize, steps: &mut Steps) -> Option<Vec<Gates>> {
    let words: usize = lines.iter().map(|line| 1 + line.words.len()).sum();
    steps.take(words)?;
    let mut ways = Vec::new();
    for line in lines
        .iter()
        .filter(|line| line.words.iter().any(|w| w == word))
    {
        let own = line.gates()?;
        if matches!(&*line.stem, "obj" | "lib") {
            ways.push(own);
        } else if depth < MAX_COMPOSITES {
            for outer in ways_in(lines, &format!("{}.o", line.stem), depth + 1, steps)? {
                steps.take(1)?;
                ways.push([outer, own.clone()].concat());
            }
        }
    }
    (!ways.is_empty()).then_some(ways)
}

/// The lines of a list.
fn parse(path: &str, text: &str) -> Vec<Line> {
    let path: Arc<str> = path.into();
    let places = Lines::new(text.as_bytes());
    let mut starts = vec![0];
    starts.extend(memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1));
    let mut lines = Vec::new();
    let mut conditionals = 0usize;
    for Statement { kind, line } in syntax::parse(text) {
        match kind {
            Kind::If(_) => conditionals += 1,
            Kind::Endif => conditionals = conditionals.saturating_sub(1),
            Kind::Assign(name, _, value) => {
                let Some((stem, suffix)) = suffix_of(&name) else {
                    continue;
                };
                let start = starts.get(line as usize - 1).copied().unwrap_or_default();
                let at = start + text[start..].find(&*name).unwrap_or_default();
                let location = places.location(path.clone(), at as u32, (at + name.len()) as u32);
                lines.push(Line {
                    stem: stem.to_owned(),
                    suffix: match conditionals {
                        0 => suffix,
                        _ => Suffix::Unknown,
                    },
                    words: value.split_whitespace().map(str::to_owned).collect(),
                    location,
                });
            }
            _ => {}
        }
    }
    lines
}

/// The parts of a variable's name.
fn suffix_of(variable: &str) -> Option<(&str, Suffix)> {
    if let Some((stem, symbol)) = variable.split_once("-$(CONFIG_") {
        let suffix = match symbol.strip_suffix(')') {
            Some(symbol) if !symbol.contains(['$', '(', ')']) => Suffix::Symbol(symbol.to_owned()),
            _ => Suffix::Unknown,
        };
        return Some((stem, suffix));
    }
    let (stem, suffix) = variable.rsplit_once('-')?;
    match suffix {
        "y" | "objs" => Some((stem, Suffix::Always)),
        // `obj-m` in a list names what is only ever a module, `obj-` and others what is not built.
        _ if stem == "obj" || stem == "lib" => Some((stem, Suffix::Unknown)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gates(text: &str, word: &str) -> Option<Vec<Vec<String>>> {
        let ways = ways_in(&parse("Makefile", text), word, 0, &mut Steps::default())?;
        let names = |way: Gates| way.into_iter().map(|gate| gate.symbol).collect();
        Some(ways.into_iter().map(names).collect())
    }

    #[test]
    fn objects_hang_on_symbols() {
        let text = "obj-y += a.o \\\n\tb.o # c.o\nobj-$(CONFIG_X) := d.o\nm-$(CONFIG_Y) += e.o\nobj-$(CONFIG_M) += m.o\n";
        assert_eq!(gates(text, "b.o"), Some(vec![vec![]]));
        assert_eq!(gates(text, "c.o"), None);
        assert_eq!(gates(text, "d.o"), Some(vec![vec!["X".to_owned()]]));
        assert_eq!(
            gates(text, "e.o"),
            Some(vec![vec!["M".to_owned(), "Y".to_owned()]])
        );
    }

    #[test]
    fn what_make_decides_is_undecided() {
        let text = "ifeq ($(CONFIG_X),y)\nobj-y += a.o\nendif\nobj-$(if $(CONFIG_Z),y) += b.o\nobj-y += c.o\n";
        assert_eq!(gates(text, "a.o"), None);
        assert_eq!(gates(text, "b.o"), None);
        assert_eq!(gates(text, "c.o"), Some(vec![vec![]]));
        assert_eq!(
            gates("a-y += a.o\na-y += a.o\nobj-y = a.o b-\\", "z.o"),
            None
        );
    }

    fn write(directory: &tempfile::TempDir, path: &str, text: &str) {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    /// A tree with one architecture, and no list.
    fn small_tree() -> tempfile::TempDir {
        let directory = tempfile::tempdir().unwrap();
        write(&directory, "Makefile", "VERSION = 7\n");
        write(&directory, "Kconfig", "");
        write(&directory, "arch/one/Kconfig", "");
        directory
    }

    #[test]
    fn the_makefile_of_an_architecture_names_directories() {
        let directory = small_tree();
        let list = |path: &str, text: &str| write(&directory, path, text);
        list("arch/one/Kbuild", "obj-y += mm/\n");
        list(
            "arch/one/Makefile",
            "libs-y := arch/one/lib/ $(libs-y)\ncore-$(CONFIG_X) += arch/one/x/\nifdef CONFIG_Y\ndrivers-y += arch/one/y/\nendif\n",
        );
        list(
            "arch/one/lib/Makefile",
            "lib-y := a.o\nobj-$(CONFIG_B) += b.o\n",
        );
        list("arch/one/lib/other.c", "");
        for part in ["x", "y"] {
            list(
                &format!("arch/one/{part}/Makefile"),
                "obj-y += c.o $(extra)\n",
            );
        }
        let tree = Tree::open(directory.path()).unwrap();
        let lists = Lists::new(&tree);
        let gates = |source: &str| {
            let ways = lists.of_object(&format!("arch/one/{source}"), "arch/one")?;
            let names = |way: Gates| way.into_iter().map(|gate| gate.symbol).collect();
            Some(ways.into_iter().map(names).collect::<Vec<Vec<String>>>())
        };
        assert_eq!(gates("lib/a.c"), Some(vec![vec![]]));
        assert_eq!(gates("lib/b.c"), Some(vec![vec!["B".to_owned()]]));
        assert_eq!(gates("x/c.c"), Some(vec![vec!["X".to_owned()]]));
        assert_eq!(gates("y/c.c"), None);
        assert_eq!(gates("lib/other.c"), None);
        assert!(lists.is_in_no_list("arch/one/lib/other.c"));
        assert!(!lists.is_in_no_list("arch/one/lib/b.c"));
        // A variable may name anything.
        assert!(!lists.is_in_no_list("arch/one/x/other.c"));
    }

    #[test]
    fn objects_that_a_neighbour_builds_are_undecided() {
        let directory = small_tree();
        let list = |path: &str, text: &str| write(&directory, path, text);
        list("Kbuild", "obj-y += cpu/\n");
        list(
            "cpu/Makefile",
            "obj-$(CONFIG_A) += a/\nobj-$(CONFIG_B) += b/\n",
        );
        list("cpu/a/Makefile", "obj-y += x.o y.o z.o\n");
        list("cpu/b/Makefile", "obj-y += $(addprefix ../a/, x.o)\n");
        list("cpu/a/z.c", "");
        let tree = Tree::open(directory.path()).unwrap();
        assert_eq!(of_object(&tree, "cpu/a/x.c", ""), None);
        assert!(of_object(&tree, "cpu/a/y.c", "").is_some());
        list("cpu/Makefile", "obj-$(CONFIG_A) += a/\nobj-y += a/z.o\n");
        let tree = Tree::open(directory.path()).unwrap();
        assert_eq!(of_object(&tree, "cpu/a/z.c", ""), None);
        assert!(of_object(&tree, "cpu/a/y.c", "").is_some());
    }
}
