//! Owns the survey of the whole tree, which needs no feature: markers that only one side knows, names of Kconfig symbols that
//! lost their `CONFIG_`, and selects of symbols that no architecture declares. It must not know the lints that report them.
//!
//! Every file is read once. Anything in any file that could be the other half of a marker counts as one; findings are
//! only about C files of the kernel itself, not those of `tools` and `scripts`, which are other programs, nor the headers of
//! the user's interface, whose other half may be in a C library.

mod texts;

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem::{self, Finder};
use rayon::prelude::*;
use rustc_hash::{FxHashMap, FxHashSet};

use crate::check::error::CheckError;
use crate::cpp::lex::{Span, is_word};
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::{DirectiveKind, File};
use crate::cpp::wanted::Groups;
use crate::cpp::{is_c, is_code};
use crate::diag::Location;
use crate::kconfig::model::{Model, PropertyKind, Symbol, SymbolId};
use crate::kconfig::sources::{Name, Sources, is_named_kconfig};
use crate::tree::Tree;
use texts::OfTexts;

/// Holds what begins the name of a macro by which an architecture says that it has something.
const MARKERS: &[&str] = &["__HAVE_ARCH_", "HAVE_ARCH_", "ARCH_HAS_", "ARCH_HAVE_"];

/// Holds what every marker has in it, so that most files are passed over quickly.
const STEM: &[u8] = b"ARCH_HA";
const OTHER_STEM: &[u8] = b"HAVE_ARCH_";

/// Describes what all files of a tree say, each read once.
#[derive(Debug)]
pub(in crate::check) struct Survey {
    words: Words,
    /// For each feature the source files and headers that have one of its names in them.
    pub named: Vec<Vec<String>>,
    files: OfTexts<Read>,
    defined: Defined,
}

/// Describes what was read in one file.
#[derive(Debug)]
struct Read {
    /// For each feature whether it has one of its names in it.
    named: Vec<bool>,
    of: Option<OfFile>,
}

impl Survey {
    /// Reads the whole tree; `before` is the survey of a tree with the same base, of which all holds whose text is the same.
    /// `features` are for each feature what a file has to have in it to be of interest.
    pub(in crate::check) fn read(
        tree: &Tree,
        sources: &Sources<'_>,
        features: &Groups,
        before: Option<&Self>,
    ) -> Result<Self, CheckError> {
        let paths = tree.walk("", &is_searched)?;
        let (kconfig, paths): (Vec<_>, Vec<_>) =
            paths.into_iter().partition(|path| is_kconfig(path));
        let symbols = logical_symbols(sources, &kconfig);
        let same = before.filter(|before| before.words.symbols == symbols);
        let files = OfTexts::make(tree, paths, same.map(|same| &same.files), |path, bytes| {
            let Some(bytes) = bytes else {
                return Read {
                    named: Vec::new(),
                    of: None,
                };
            };
            let named = is_c(path).then(|| features.are_in(bytes)).flatten();
            Read {
                named: named.map_or_else(Vec::new, Vec::from),
                of: of_file(tree, path, bytes, &symbols),
            }
        });
        let mut named: Vec<Vec<String>> = vec![Vec::new(); features.count()];
        for (path, read) in files.iter() {
            for (paths, _) in named.iter_mut().zip(&read.named).filter(|(_, has)| **has) {
                paths.push(path.to_owned());
            }
        }
        let before = before.map(|before| &before.defined);
        let (words, defined) = Words::new(tree, symbols, &files, before)?;
        Ok(Self {
            words,
            named,
            files,
            defined,
        })
    }

    /// Returns what the whole tree says; `of_archs` are all architectures of the tree, in the order of their names in `architectures`.
    ///
    /// # Errors
    ///
    /// A file cannot be read.
    pub(in crate::check) fn facts(
        &self,
        tree: &Tree,
        (of_archs, architectures): (&[Arc<OfArch>], &[String]),
    ) -> Result<Facts, CheckError> {
        Ok(Facts {
            undeclared: undeclared(of_archs, architectures),
            markers: self.words.one_sided(tree)?,
        })
    }
}

/// Describes what the whole tree says.
#[derive(Debug, Default)]
pub struct Facts {
    /// The selects of symbols that no architecture declares, in the order of architectures and lines.
    pub undeclared: Vec<UndeclaredSelect>,
    /// Macros that only one side knows, by name and file.
    pub markers: Vec<OneSided>,
}

/// A select of a symbol that no architecture declares.
#[derive(Debug)]
pub struct UndeclaredSelect {
    /// The symbol.
    pub symbol: Arc<str>,
    /// The `select`.
    pub location: Location,
    /// The architectures that read the line; none where all of them do.
    pub archs: Vec<String>,
}

/// A macro that a file tests and nothing defines, or that a file defines and nothing tests.
#[derive(Debug)]
pub struct OneSided {
    /// The macro.
    pub name: Box<str>,
    /// Whether it is the name of a Kconfig symbol.
    pub is_symbol: bool,
    /// Whether it is tested; otherwise it is defined.
    pub is_tested: bool,
    /// Whether it breaks nothing: a test that lets an architecture replace something, or the switch of a program.
    pub is_harmless: bool,
    /// The places in one file; never empty.
    pub places: Vec<Location>,
}

/// The names that some Kconfig file of the kernel declares as `bool` or `tristate`.
fn logical_symbols(sources: &Sources<'_>, paths: &[String]) -> FxHashSet<Box<str>> {
    let is_of_kernel = |path: &&String| is_named_kconfig(path) && !path.starts_with("scripts/");
    let paths: Vec<&String> = paths.iter().filter(is_of_kernel).collect();
    let of_files: Vec<Vec<Box<str>>> = paths
        .par_iter()
        .map(|path| {
            let source = sources.file(path).ok();
            source.map_or_else(Vec::new, |source| source.logical_symbols())
        })
        .collect();
    of_files.into_iter().flatten().collect()
}

/// Whether a file can say anything about markers and symbols.
fn is_searched(path: &str) -> bool {
    !path.starts_with("Documentation/") && !path.starts_with(".git/")
}

/// Describes what is asked of the Kconfig files of one architecture.
#[derive(Debug)]
pub(in crate::check) struct OfArch {
    /// The names of all symbols that it declares.
    declared: FxHashSet<Name>,
    /// The selects of symbols that it does not declare.
    selects: Vec<(Name, Location)>,
}

impl OfArch {
    pub(in crate::check) fn of(model: &Model) -> Self {
        let defined = |(index, symbol): (usize, &Symbol)| {
            let name = symbol.name.filter(|_| !symbol.is_choice)?;
            model.is_defined(SymbolId::new(index)).then_some(name)
        };
        let mut selects = Vec::new();
        for property in &model.properties {
            let PropertyKind::Select(target) = property.kind else {
                continue;
            };
            let symbol = model.symbol(target);
            if let Some(name) = symbol.name.filter(|_| !symbol.unknown)
                && !model.is_defined(target)
            {
                selects.push((name, model.location(property.place)));
            }
        }
        Self {
            declared: model
                .symbols
                .iter()
                .enumerate()
                .filter_map(defined)
                .collect(),
            selects,
        }
    }
}

/// The selects of symbols that no architecture declares. What only another one declares may well be selected by a driver for
/// both.
fn undeclared(of_archs: &[Arc<OfArch>], architectures: &[String]) -> Vec<UndeclaredSelect> {
    let declared = |name: &str| of_archs.iter().any(|of| of.declared.contains(name));
    let mut selects: Vec<UndeclaredSelect> = Vec::new();
    // The same file is read for many architectures.
    let mut known: FxHashMap<(Name, Location), usize> = FxHashMap::default();
    for (arch, of) in architectures.iter().zip(of_archs) {
        for (symbol, location) in of.selects.iter().filter(|(name, _)| !declared(name)) {
            let key = (*symbol, location.clone());
            let index = *known.entry(key).or_insert_with(|| {
                selects.push(UndeclaredSelect {
                    symbol: (*symbol).into(),
                    location: location.clone(),
                    archs: Vec::new(),
                });
                selects.len() - 1
            });
            if selects[index].archs.last() != Some(arch) {
                selects[index].archs.push(arch.clone());
            }
        }
    }
    for select in &mut selects {
        if select.archs.len() == architectures.len() {
            select.archs.clear();
        }
    }
    selects
}

/// A test of a macro.
#[derive(Clone, Debug)]
struct Test {
    location: Location,
    /// Whether it only asks for the macro not to be there.
    negated: bool,
    /// Whether it looks like a switch that a developer sets by hand: the same conditional tests the macro of that name with
    /// `CONFIG_`, too, or the file has its `#define` in a comment.
    is_switch: bool,
}

/// Describes what is said of one name.
#[derive(Debug, Default)]
struct Word {
    tests: Vec<Test>,
    definitions: Vec<Location>,
    /// Whether something else defines it: a makefile, or a program that writes headers.
    defined_elsewhere: bool,
    /// The files that have it in them.
    files: Vec<Arc<str>>,
}

/// The names of markers and of symbols without `CONFIG_`, with what C files say of them.
#[derive(Debug)]
struct Words {
    words: BTreeMap<Box<str>, Word>,
    symbols: FxHashSet<Box<str>>,
    /// Files of a program that has switches of its own: they test other names that nothing defines either.
    with_switches: FxHashSet<Arc<str>>,
}

/// Describes what one file says: tests, definitions, other names that are defined in some way, markers in its text.
#[derive(Debug, Default)]
struct OfFile {
    path: Arc<str>,
    tests: Vec<(Box<str>, Test)>,
    definitions: Vec<(Box<str>, Option<Location>)>,
    elsewhere: Vec<Box<str>>,
    markers: Vec<Box<str>>,
    /// Other names in capitals that it tests for being defined and does not define, where it tests a symbol's.
    others: Vec<Box<str>>,
}

impl Words {
    fn new(
        tree: &Tree,
        symbols: FxHashSet<Box<str>>,
        files: &OfTexts<Read>,
        before: Option<&Defined>,
    ) -> Result<(Self, Defined), CheckError> {
        let of_files = || files.iter().filter_map(|(_, read)| read.of.as_ref());
        let mut words: BTreeMap<Box<str>, Word> = BTreeMap::new();
        for of in of_files() {
            for (name, _) in &of.tests {
                words.entry(name.clone()).or_default();
            }
            for name in &of.markers {
                words.entry(name.clone()).or_default();
            }
        }
        let mut candidates: Vec<(Arc<str>, Vec<Box<str>>)> = Vec::new();
        for of in of_files() {
            if !of.others.is_empty() {
                candidates.push((of.path.clone(), of.others.clone()));
            }
            for (name, test) in &of.tests {
                words
                    .entry(name.clone())
                    .or_default()
                    .tests
                    .push(test.clone());
            }
            for (name, location) in &of.definitions {
                if let Some(word) = words.get_mut(name) {
                    word.definitions.extend(location.clone());
                    word.defined_elsewhere = true;
                }
            }
            for name in &of.elsewhere {
                if let Some(word) = words.get_mut(name) {
                    word.defined_elsewhere = true;
                }
            }
            for name in &of.markers {
                if let Some(word) = words.get_mut(name) {
                    word.files.push(of.path.clone());
                }
            }
        }
        let suspects: FxHashSet<&str> = words
            .values()
            .filter(|word| !word.defined_elsewhere)
            .flat_map(|word| word.tests.iter().map(|test| &*test.location.path))
            .collect();
        candidates.retain(|(path, _)| suspects.contains(&**path));
        let defined = Defined::read(tree, &candidates, before)?;
        let words = Self {
            with_switches: defined.with_switches(&candidates),
            words,
            symbols,
        };
        Ok((words, defined))
    }

    /// Returns what only one side knows.
    fn one_sided(&self, tree: &Tree) -> Result<Vec<OneSided>, CheckError> {
        let mut found = Vec::new();
        for (name, word) in &self.words {
            let is_symbol = self.symbols.contains(&**name);
            let one_sided = |is_tested, is_harmless, places: Vec<Location>| OneSided {
                name: name.clone(),
                is_symbol,
                is_tested,
                is_harmless,
                places,
            };
            if word.tests.is_empty() {
                if is_marker(name)
                    && !word.definitions.is_empty()
                    && !self.is_used(tree, name, word)?
                {
                    let of_files = word.definitions.chunk_by(|a, b| a.path == b.path);
                    found.extend(of_files.map(|places| one_sided(false, false, places.to_vec())));
                }
                continue;
            }
            if word.defined_elsewhere {
                continue;
            }
            for tests in word
                .tests
                .chunk_by(|a, b| a.location.path == b.location.path)
            {
                // A test for something not to be there lets an architecture replace it, which none needs to do. Of a symbol
                // that lost its `CONFIG_` it is as wrong as any other.
                let is_harmless = |test: &&Test| {
                    test.is_switch
                        || !is_symbol && test.negated
                        || is_symbol && self.with_switches.contains(&test.location.path)
                        || name.contains("DEBUG") && !is_marker(name)
                };
                let (harmless, dead): (Vec<&Test>, Vec<&Test>) =
                    tests.iter().partition(is_harmless);
                for (tests, is_harmless) in [(dead, false), (harmless, true)] {
                    let places = tests.into_iter().map(|test| test.location.clone());
                    let places: Vec<Location> = places.collect();
                    if !places.is_empty() {
                        found.push(one_sided(true, is_harmless, places));
                    }
                }
            }
        }
        Ok(found)
    }

    /// Whether a macro that is defined somewhere has an effect anywhere.
    fn is_used(&self, tree: &Tree, name: &str, word: &Word) -> Result<bool, CheckError> {
        for path in &word.files {
            if !is_code(path) {
                return Ok(true);
            }
            let file = File::parse(path.clone(), tree.read_text(path)?);
            let places = file.sightings(&[name]);
            if places
                .iter()
                .any(|place| !place.kind.is_macro() && place.kind != Kind::Undefine)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn is_marker(name: &str) -> bool {
    MARKERS.iter().any(|prefix| name.starts_with(prefix))
}

fn is_kconfig(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("Kconfig") || name.ends_with("defconfig")
}

fn is_makefile(path: &str) -> bool {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.starts_with("Makefile") || name.starts_with("Kbuild")
}

/// Whether what the file says is reported.
fn is_reported(path: &str) -> bool {
    let other_programs = ["tools/", "scripts/", "samples/", "usr/"];
    !other_programs.iter().any(|start| path.starts_with(start)) && !path.contains("/uapi/")
}

/// Returns what a file says, or `None` where it says nothing of interest.
fn of_file(tree: &Tree, path: &str, bytes: &[u8], symbols: &FxHashSet<Box<str>>) -> Option<OfFile> {
    let mut of = OfFile {
        path: Arc::from(path),
        ..OfFile::default()
    };
    let has_markers =
        memmem::find(bytes, STEM).is_some() || memmem::find(bytes, OTHER_STEM).is_some();
    if has_markers {
        of.markers = words_of(bytes)
            .filter(|word| is_marker(word))
            .map(Box::from)
            .collect();
        of.markers.sort_unstable();
        of.markers.dedup();
    }
    if !is_code(path) {
        // Whatever else names a marker may be its other half; of symbols only makefiles are asked, by their `-D`.
        of.elsewhere = of.markers.clone();
        if is_makefile(path) {
            let text = String::from_utf8_lossy(bytes);
            of.elsewhere
                .extend(text.split("-D").skip(1).filter_map(first_word));
        }
        return (!of.elsewhere.is_empty()).then_some(of);
    }
    let is_list = path.ends_with("asm-offsets.c") || path == "kernel/bounds.c";
    if !is_list && !says_something(bytes, symbols) {
        return (!of.markers.is_empty()).then_some(of);
    }
    let text = match std::str::from_utf8(bytes) {
        Ok(text) => text.to_owned(),
        // The tree itself decides what stands for bytes that are no text.
        Err(_) => tree
            .read_text(path)
            .unwrap_or_else(|_| String::from_utf8_lossy(bytes).into_owned()),
    };
    // Their macros are written by a program that reads the assembler's output.
    if is_list {
        of.elsewhere = words_of(text.as_bytes()).map(Box::from).collect();
        return Some(of);
    }
    let reported = is_reported(path);
    let file = File::parse(of.path.clone(), text);
    for directive in &file.directives {
        match &directive.kind {
            DirectiveKind::If(expression) | DirectiveKind::Elif(expression) if reported => {
                let names = expression.names(&file.text);
                for &span in &names {
                    let name = span.of(&file.text);
                    if !(is_marker(name) || symbols.contains(name)) {
                        continue;
                    }
                    let beside_config = names
                        .iter()
                        .any(|other| other.of(&file.text).strip_prefix("CONFIG_") == Some(name));
                    let is_switch = beside_config || is_defined_in_comment(&file.text, name);
                    let test = Test {
                        location: file.location(span),
                        negated: is_negated(&file, directive.span, span),
                        is_switch,
                    };
                    of.tests.push((name.into(), test));
                }
            }
            DirectiveKind::Define { name: span, .. } => {
                let name = span.of(&file.text);
                let location = (reported && is_marker(name)).then(|| file.location(*span));
                if location.is_some() || symbols.contains(name) || is_marker(name) {
                    of.definitions.push((name.into(), location));
                }
            }
            _ => {}
        }
    }
    if of.tests.iter().any(|(name, _)| symbols.contains(name)) {
        of.others = other_names(&file, symbols);
    }
    let is_empty = of.tests.is_empty() && of.definitions.is_empty() && of.markers.is_empty();
    (!is_empty).then_some(of)
}

/// The names in capitals that the file tests only for being defined, without those of Kconfig, of compilers, of markers, and
/// what it defines itself.
fn other_names(file: &File, symbols: &FxHashSet<Box<str>>) -> Vec<Box<str>> {
    let mut tested: Vec<&str> = Vec::new();
    let mut defined: Vec<&str> = file
        .guard
        .map(|guard| guard.of(&file.text))
        .into_iter()
        .collect();
    for directive in &file.directives {
        match &directive.kind {
            DirectiveKind::If(expression) | DirectiveKind::Elif(expression) => {
                tested.extend(expression.defined_names(&file.text));
            }
            DirectiveKind::Define { name, .. } => defined.push(name.of(&file.text)),
            _ => {}
        }
    }
    tested.retain(|name| {
        let is_plain =
            !name.starts_with('_') && !name.bytes().any(|byte| byte.is_ascii_lowercase());
        let is_known = symbols.contains(*name) || is_marker(name) || defined.contains(name);
        is_plain && !is_known && !name.starts_with("CONFIG_")
    });
    tested.sort_unstable();
    tested.dedup();
    tested.into_iter().map(Box::from).collect()
}

/// Which of the names that files with symbols test are defined where these could include it. Looked at are the files around each,
/// the directory above included, and all headers that everybody may include.
#[derive(Debug)]
struct Defined {
    names: Vec<Box<str>>,
    /// For each file which of the names it defines.
    files: OfTexts<Vec<bool>>,
}

impl Defined {
    fn read(
        tree: &Tree,
        candidates: &[(Arc<str>, Vec<Box<str>>)],
        before: Option<&Self>,
    ) -> Result<Self, CheckError> {
        let mut around: Vec<&str> = vec!["include/"];
        for (path, _) in candidates {
            let mut slashes = path.match_indices('/').map(|(at, _)| at).rev();
            let (own, above) = (slashes.next(), slashes.next());
            // Anything that is right below a directory of the root is too much to be about one program.
            let is_deep = slashes.next().is_some();
            let end = above.filter(|_| is_deep).or(own).unwrap_or(0);
            around.push(path.get(..=end).unwrap_or_default());
        }
        let is_for_all = |path: &str| {
            // The list at the root tells the compiler about modules.
            path == "Makefile" || path.starts_with("arch/") && path.contains("/include/")
        };
        let is_around = |path: &str| {
            (is_code(path) || is_makefile(path))
                && (is_for_all(path) || around.iter().any(|start| path.starts_with(start)))
        };
        let paths = if candidates.is_empty() {
            Vec::new()
        } else {
            tree.walk("", &is_around)?
        };
        let mut names: Vec<Box<str>> = candidates
            .iter()
            .flat_map(|(_, names)| names)
            .cloned()
            .collect();
        names.sort_unstable();
        names.dedup();
        let finders: Vec<Finder<'_>> = names.iter().map(|name| Finder::new(&**name)).collect();
        let same = before.filter(|before| before.names == names);
        let files = OfTexts::make(tree, paths, same.map(|same| &same.files), |_, bytes| {
            let bytes = bytes.unwrap_or_default();
            let finders = names.iter().zip(&finders);
            finders
                .map(|(name, finder)| is_defined(bytes, name, finder))
                .collect()
        });
        Ok(Self { names, files })
    }

    /// Of the candidates those that test one of their names which nothing defines.
    fn with_switches(&self, candidates: &[(Arc<str>, Vec<Box<str>>)]) -> FxHashSet<Arc<str>> {
        let mut is_known = vec![false; self.names.len()];
        for (_, defined) in self.files.iter() {
            for (known, defined) in is_known.iter_mut().zip(defined) {
                *known |= defined;
            }
        }
        let is_unknown = |name: &str| {
            let index = self.names.binary_search_by(|of| (**of).cmp(name));
            !index.is_ok_and(|index| is_known[index])
        };
        candidates
            .iter()
            .filter(|(_, names)| names.iter().any(|name| is_unknown(name)))
            .map(|(path, _)| path.clone())
            .collect()
    }
}

/// Whether a text defines the name: by a directive, or by an option of the compiler.
fn is_defined(bytes: &[u8], name: &str, finder: &Finder<'_>) -> bool {
    finder.find_iter(bytes).any(|at| {
        let before = &bytes[..at];
        let is_whole = !bytes
            .get(at + name.len())
            .is_some_and(|&byte| is_word(byte));
        let by_directive =
            before.trim_ascii_end() != before && before.trim_ascii_end().ends_with(b"define");
        is_whole && (by_directive || before.ends_with(b"-D"))
    })
}

/// Whether a directive that tests or defines something names a marker or a symbol. Most files have none, and to see that is
/// much cheaper than to read them; what stands in a comment may be taken for a directive.
fn says_something(bytes: &[u8], symbols: &FxHashSet<Box<str>>) -> bool {
    let is_wanted = |word: &[u8]| {
        std::str::from_utf8(word).is_ok_and(|word| symbols.contains(word) || is_marker(word))
    };
    let mut end = 0;
    for at in memchr::memchr_iter(b'#', bytes) {
        if at < end {
            continue;
        }
        let rest = bytes[at + 1..].trim_ascii_start();
        if !(rest.starts_with(b"if") || rest.starts_with(b"elif") || rest.starts_with(b"def")) {
            continue;
        }
        let rest_at = bytes.len() - rest.len();
        end = rest_at;
        loop {
            end = memchr::memchr(b'\n', &bytes[end..]).map_or(bytes.len(), |next| end + next);
            let line = bytes[rest_at..end].trim_ascii_end();
            if end == bytes.len() || !line.ends_with(b"\\") || rest.starts_with(b"def") {
                break;
            }
            end += 1;
        }
        let mut words = bytes[rest_at..end]
            .split(|byte| !is_word(*byte))
            .filter(|word| !word.is_empty())
            .skip(1);
        let found = if rest.starts_with(b"def") {
            words.next().is_some_and(is_wanted)
        } else {
            words.any(is_wanted)
        };
        if found {
            return true;
        }
    }
    false
}

/// Whether a conditional asks for the macro not to be defined.
fn is_negated(file: &File, directive: Span, name: Span) -> bool {
    let before = Span::new(directive.start as usize, name.start as usize).of(&file.text);
    let before = before.trim_end_matches(|c: char| c == '(' || c.is_whitespace());
    match before.strip_suffix("defined") {
        Some(before) => before
            .trim_end_matches(|c: char| c == '(' || c.is_whitespace())
            .ends_with('!'),
        None => before.ends_with("ndef") || before.ends_with('!'),
    }
}

/// The identifiers in bytes.
fn words_of(bytes: &[u8]) -> impl Iterator<Item = &str> {
    bytes
        .split(|byte| !is_word(*byte))
        .filter_map(|word| std::str::from_utf8(word).ok())
        .filter(|word| !word.is_empty())
}

/// The identifier that a text begins with.
fn first_word(text: &str) -> Option<Box<str>> {
    let end = text
        .bytes()
        .position(|byte| !is_word(byte))
        .unwrap_or(text.len());
    text.get(..end)
        .filter(|word| !word.is_empty())
        .map(Box::from)
}

/// Whether a comment holds the definition of a name.
fn is_defined_in_comment(text: &str, name: &str) -> bool {
    text.match_indices("define").any(|(at, word)| {
        let rest = text[at + word.len()..].trim_start_matches([' ', '\t']);
        first_word(rest).is_some_and(|defined| *defined == *name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::check::{Search, check_within};
    use crate::diag::Diagnostic;

    /// Returns what is found in a tree of these files, as `path:line: headline`.
    fn found(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let directory = tempfile::tempdir().unwrap();
        let mut tree = Tree::open_directory(directory.path()).unwrap();
        let mut put = |path: &str, text: &str| tree.overlay(path, Some(text.into())).unwrap();
        put("Makefile", "VERSION = 7\nPATCHLEVEL = 2\n");
        put("Kconfig", "source \"arch/$(SRCARCH)/Kconfig\"\n");
        put(
            "arch/one/Kconfig",
            "config ARCH_HAS_X\n\tbool\n\tselect NOWHERE\n\tselect ON_TWO\n",
        );
        put(
            "arch/two/Kconfig",
            "config ON_TWO\n\tbool\n\tselect NOWHERE\nconfig MMU\n\tbool\n",
        );
        for (path, text) in files {
            put(path, text);
        }
        std::fs::create_dir_all(directory.path().join("arch/one")).unwrap();
        std::fs::create_dir_all(directory.path().join("arch/two")).unwrap();
        let lines = |findings: Vec<Diagnostic>| {
            let of_files = findings.into_iter().filter(|f| f.lint == "stale-marker");
            of_files
                .map(|f| format!("{}: {}", f.primary.location, f.headline))
                .collect()
        };
        let archs = tree.architectures().unwrap();
        let outcome = check_within(&tree, &[], &archs, Search::Whole, &mut |_| {}).unwrap();
        let (findings, pedantic) = (outcome.findings, outcome.pedantic);
        let undeclared: Vec<_> = findings
            .iter()
            .filter(|f| f.lint == "select-undeclared")
            .collect();
        assert_eq!(undeclared.len(), 2, "{undeclared:?}");
        assert!(
            undeclared
                .iter()
                .all(|f| f.symbol.as_deref() == Some("NOWHERE"))
        );
        (lines(findings), lines(pedantic))
    }

    #[test]
    fn a_symbol_without_its_prefix_is_found() {
        let (findings, pedantic) = found(&[
            (
                "a.c",
                "#ifdef ARCH_HAS_X\n#endif\n#if 1 && !defined(ARCH_HAS_X)\n#endif\n",
            ),
            ("b.c", "#ifndef MMU\n#endif\n"),
        ]);
        assert_eq!(
            findings,
            [
                "a.c:1: `ARCH_HAS_X` is tested, but nothing defines it",
                "b.c:1: `MMU` is tested, but nothing defines it"
            ]
        );
        assert_eq!(pedantic, [""; 0]);
    }

    #[test]
    fn what_may_be_defined_is_no_finding() {
        let none = [""; 0];
        for other in [
            ("b.h", "#define MMU 1\n"),
            ("lib/Makefile", "CFLAGS_a.o := -DMMU\n"),
            (
                "arch/one/kernel/asm-offsets.c",
                "int main(void)\n{\n\tDEFINE(MMU, 1);\n}\n",
            ),
        ] {
            let (findings, pedantic) = found(&[("a.c", "#ifdef MMU\n#endif\n"), other]);
            assert_eq!(
                (findings, pedantic),
                (
                    none.map(str::to_owned).into(),
                    none.map(str::to_owned).into()
                )
            );
        }
        let (findings, pedantic) = found(&[
            ("a.c", "#if defined(MMU) || defined(CONFIG_MMU)\n#endif\n"),
            ("b.c", "/* #define MMU */\n#ifdef MMU\n#endif\n"),
            (
                "drivers/net/old/os.c",
                "#ifdef MMU\n#endif\n#ifdef SOLARIS\n#endif\n",
            ),
            ("tools/c.c", "#ifdef MMU\n#endif\n"),
            ("include/uapi/linux/d.h", "#ifdef MMU\n#endif\n"),
            ("e.c", "#ifdef CONFIG_MMU\n#endif /* MMU */\n"),
        ]);
        assert_eq!(findings, none);
        assert_eq!(pedantic.len(), 3);
    }

    #[test]
    fn other_tests_that_are_answered_do_not_excuse_one() {
        let tests = "#ifdef MMU\n#endif\n#if defined(FAST) && !defined(CONFIG_X)\n#endif\n\
                     #ifdef __BIG_ENDIAN\n#endif\n#if BITS == 64\n#endif\n";
        for other in [
            ("drivers/net/old/os.h", "#define FAST\n"),
            ("drivers/net/os.h", "# define FAST 1\n"),
            ("include/linux/os.h", "#define\tFAST\n"),
            ("arch/one/include/asm/os.h", "#define FAST(x) x\n"),
            ("drivers/net/old/Makefile", "ccflags-y := -DFAST\n"),
        ] {
            let (findings, pedantic) = found(&[("drivers/net/old/os.c", tests), other]);
            assert_eq!(findings.len(), 1, "{}", other.0);
            assert_eq!(pedantic, [""; 0]);
        }
        for other in [
            ("drivers/net/old/os.h", "#define FASTER\n"),
            ("drivers/net/old/os.c.txt", "#define FAST\n"),
            ("sound/os.h", "#define FAST\n"),
        ] {
            let (findings, pedantic) = found(&[("drivers/net/old/os.c", tests), other]);
            assert_eq!(findings, [""; 0], "{}", other.0);
            assert_eq!(pedantic.len(), 1);
        }
    }

    #[test]
    fn a_marker_needs_two_sides() {
        let (findings, pedantic) = found(&[
            (
                "arch/one/include/asm/a.h",
                "#define __HAVE_ARCH_A\n#define __HAVE_ARCH_B\n",
            ),
            (
                "include/linux/b.h",
                "#ifndef __HAVE_ARCH_B\n#endif\n#ifdef __HAVE_ARCH_C\n#endif\n",
            ),
            ("include/linux/c.h", "#ifndef __HAVE_ARCH_D\n#endif\n"),
            ("Documentation/e.rst", "__HAVE_ARCH_A\n"),
        ]);
        assert_eq!(
            findings,
            [
                "arch/one/include/asm/a.h:1: `__HAVE_ARCH_A` is defined, but nothing tests it",
                "include/linux/b.h:3: `__HAVE_ARCH_C` is tested, but nothing defines it"
            ]
        );
        assert_eq!(
            pedantic,
            ["include/linux/c.h:1: `__HAVE_ARCH_D` is tested, but nothing defines it"]
        );
        // A use in code, or a word in a script, is the other half.
        for other in [
            ("lib/f.c", "int f(void)\n{\n\treturn __HAVE_ARCH_A;\n}\n"),
            ("scripts/f.sh", "grep __HAVE_ARCH_A\n"),
        ] {
            let (findings, _) = found(&[
                ("arch/one/include/asm/a.h", "#define __HAVE_ARCH_A 1\n"),
                other,
            ]);
            assert_eq!(findings, [""; 0]);
        }
    }
}
