//! Owns the lints over the whole tree, which need no feature: markers that only one side knows, names of Kconfig symbols that
//! lost their `CONFIG_`, and selects of symbols that no architecture declares.
//!
//! Every file is read once. What counts as the other half of a marker is whatever could be it, in any file; what is reported is
//! only what C files of the kernel itself say, not those of `tools` and `scripts`, which are other programs, nor the headers of
//! the user's interface, whose other half may be in a C library.

use std::collections::BTreeMap;
use std::sync::Arc;

use memchr::memmem;
use rayon::prelude::*;
use rustc_hash::FxHashSet;

use super::lints;
use super::{CheckError, Outcome, merge};
use crate::cpp::lex::{Span, is_word};
use crate::cpp::occurrence::Kind;
use crate::cpp::scan::{DirectiveKind, File};
use crate::diag::{self, Diagnostic, Label, Level, Location};
use crate::kconfig::model::environment::Version;
use crate::kconfig::model::{self, Model, PropertyKind, SymbolId, Type};
use crate::kconfig::sources::Sources;
use crate::tree::Tree;

/// What begins the name of a macro by which an architecture says that it has something.
const MARKERS: &[&str] = &["__HAVE_ARCH_", "HAVE_ARCH_", "ARCH_HAS_", "ARCH_HAVE_"];

/// What every marker has in it, so that most files are passed over quickly.
const STEM: &[u8] = b"ARCH_HA";
const OTHER_STEM: &[u8] = b"HAVE_ARCH_";

/// What the whole tree has wrong with it.
#[derive(Debug, Default)]
pub struct Found {
    /// The findings, in the order in which they are shown.
    pub findings: Vec<Diagnostic>,
    /// What breaks nothing: tests that would let an architecture replace something, which none does.
    pub pedantic: Vec<Diagnostic>,
}

/// Adds what is found in the whole tree to what is known of features.
///
/// # Errors
///
/// The tree cannot be read.
pub fn add(tree: &Tree, outcome: &mut Outcome) -> Result<(), CheckError> {
    let mut found = check(tree)?;
    // What is about a feature has been said with more words.
    found.findings.retain(|finding| {
        let place = &finding.primary.location;
        !outcome.findings.iter().any(|known| {
            let at = &known.primary.location;
            known.lint == finding.lint && (&at.path, at.line) == (&place.path, place.line)
        })
    });
    outcome.findings.extend(found.findings);
    outcome.pedantic.extend(found.pedantic);
    crate::diag::sort(&mut outcome.findings);
    Ok(())
}

/// Looks through the whole tree.
///
/// # Errors
///
/// The tree cannot be read.
pub fn check(tree: &Tree) -> Result<Found, CheckError> {
    let version = Version::of(tree)?;
    let sources = Sources::new(tree);
    let architectures = tree.architectures()?;
    // One more than there are threads never exists at a time; only what is asked of them stays.
    let of_archs: Vec<OfArch> = architectures
        .par_iter()
        .map(|arch| OfArch::of(&model::of_all_configurations(&sources, arch, &version)))
        .collect();
    let mut found = Found {
        findings: merge(undeclared(&of_archs), &architectures),
        ..Found::default()
    };
    let symbols = of_archs.into_iter().flat_map(|of| of.logical);
    let words = Words::read(tree, &symbols.collect())?;
    words.stale(tree, &mut found)?;
    diag::sort(&mut found.findings);
    diag::sort(&mut found.pedantic);
    Ok(found)
}

/// What is asked of the Kconfig files of one architecture.
struct OfArch {
    /// The names of its symbols of type `bool` and `tristate`.
    logical: Vec<Arc<str>>,
    /// The names of all symbols that it declares.
    declared: FxHashSet<Arc<str>>,
    /// The selects of symbols that it does not declare.
    selects: Vec<(Arc<str>, Location)>,
}

impl OfArch {
    fn of(model: &Model) -> Self {
        let mut of = Self {
            logical: Vec::new(),
            declared: FxHashSet::default(),
            selects: Vec::new(),
        };
        for (index, symbol) in model.symbols.iter().enumerate() {
            let Some(name) = symbol.name.clone().filter(|_| !symbol.is_choice) else {
                continue;
            };
            if !model.is_defined(SymbolId::new(index)) {
                continue;
            }
            if matches!(symbol.type_, Some(Type::Bool | Type::Tristate)) {
                of.logical.push(name.clone());
            }
            of.declared.insert(name);
        }
        for property in &model.properties {
            let PropertyKind::Select(target) = property.kind else {
                continue;
            };
            let symbol = model.symbol(target);
            if let Some(name) = symbol.name.clone().filter(|_| !symbol.unknown)
                && !model.is_defined(target)
            {
                of.selects.push((name, model.location(property.place)));
            }
        }
        of
    }
}

/// The selects of symbols that no architecture declares. What only another one declares may well be selected by a driver for
/// both.
fn undeclared(of_archs: &[OfArch]) -> Vec<Vec<Diagnostic>> {
    let declared = |name: &str| of_archs.iter().any(|of| of.declared.contains(name));
    let lint = &lints::select_undeclared::LINT;
    let finding = |(name, location): &(Arc<str>, Location)| {
        let headline = format!("`{name}` is selected, but no architecture declares it");
        let label = Label::new(location.clone(), "this select does nothing");
        let mut finding = Diagnostic::new(lint.name, Level::Warn, headline, label)
            .with_help("remove the select, or declare the symbol");
        finding.symbol = Some(name.to_string());
        finding
    };
    of_archs
        .iter()
        .map(|of| {
            let selects = of.selects.iter().filter(|(name, _)| !declared(name));
            selects.map(finding).collect()
        })
        .collect()
}

/// A test of a macro.
struct Test {
    location: Location,
    /// Whether it only asks for the macro not to be there.
    negated: bool,
    /// Whether it looks like a switch that a developer sets by hand: the same conditional tests the macro of that name with
    /// `CONFIG_`, too, or the file has its `#define` in a comment.
    is_switch: bool,
}

/// What is said of one name.
#[derive(Default)]
struct Word {
    tests: Vec<Test>,
    definitions: Vec<Location>,
    /// Whether something else defines it: a makefile, or a program that writes headers.
    defined_elsewhere: bool,
    /// The files that have it in them.
    files: Vec<Arc<str>>,
}

/// The names of markers and of symbols without `CONFIG_`, with what C files say of them.
struct Words {
    words: BTreeMap<Box<str>, Word>,
    symbols: FxHashSet<Arc<str>>,
}

/// What one file says: tests, definitions, other names that are defined in some way, markers in its text.
#[derive(Default)]
struct OfFile {
    path: Arc<str>,
    tests: Vec<(Box<str>, Test)>,
    definitions: Vec<(Box<str>, Option<Location>)>,
    elsewhere: Vec<Box<str>>,
    markers: Vec<Box<str>>,
}

impl Words {
    fn read(tree: &Tree, symbols: &FxHashSet<Arc<str>>) -> Result<Self, CheckError> {
        let is_outside = |path: &str| {
            path.starts_with("Documentation/") || path.starts_with(".git/") || is_kconfig(path)
        };
        let paths = tree.walk("", &|path| !is_outside(path))?;
        let of_files: Vec<OfFile> = paths
            .par_iter()
            .filter_map(|path| of_file(tree, path, symbols))
            .collect();
        let mut words: BTreeMap<Box<str>, Word> = BTreeMap::new();
        for of in &of_files {
            for (name, _) in &of.tests {
                words.entry(name.clone()).or_default();
            }
            for name in &of.markers {
                words.entry(name.clone()).or_default();
            }
        }
        for of in of_files {
            for (name, test) in of.tests {
                words.entry(name).or_default().tests.push(test);
            }
            for (name, location) in of.definitions {
                if let Some(word) = words.get_mut(&name) {
                    word.definitions.extend(location);
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
        Ok(Self {
            words,
            symbols: symbols.clone(),
        })
    }

    /// Adds what only one side knows.
    fn stale(&self, tree: &Tree, found: &mut Found) -> Result<(), CheckError> {
        for (name, word) in &self.words {
            if word.tests.is_empty() {
                if is_marker(name)
                    && !word.definitions.is_empty()
                    && !self.is_used(tree, name, word)?
                {
                    let of_files = word.definitions.chunk_by(|a, b| a.path == b.path);
                    found
                        .findings
                        .extend(of_files.filter_map(|places| defined(name, places)));
                }
                continue;
            }
            if word.defined_elsewhere {
                continue;
            }
            let is_symbol = self.symbols.contains(&**name);
            for tests in word
                .tests
                .chunk_by(|a, b| a.location.path == b.location.path)
            {
                // A test for something not to be there lets an architecture replace it, which none needs to do. Of a symbol
                // that lost its `CONFIG_` it is as wrong as any other.
                let is_harmless = |test: &&Test| {
                    test.is_switch
                        || !is_symbol && test.negated
                        || name.contains("DEBUG") && !is_marker(name)
                };
                let (harmless, dead): (Vec<&Test>, Vec<&Test>) =
                    tests.iter().partition(is_harmless);
                found.findings.extend(tested(name, is_symbol, &dead));
                found.pedantic.extend(tested(name, is_symbol, &harmless));
            }
        }
        Ok(())
    }

    /// Whether a macro that is defined somewhere has an effect anywhere.
    fn is_used(&self, tree: &Tree, name: &str, word: &Word) -> Result<bool, CheckError> {
        for path in &word.files {
            if !is_c(path) {
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

fn is_c(path: &str) -> bool {
    path.ends_with(".c") || path.ends_with(".h") || path.ends_with(".S")
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

/// What a file says, or `None` where it cannot be read or says nothing of interest.
fn of_file(tree: &Tree, path: &str, symbols: &FxHashSet<Arc<str>>) -> Option<OfFile> {
    let mut of = OfFile {
        path: Arc::from(path),
        ..OfFile::default()
    };
    let bytes = tree.read(path).ok()?;
    let has_markers =
        memmem::find(&bytes, STEM).is_some() || memmem::find(&bytes, OTHER_STEM).is_some();
    if has_markers {
        of.markers = words_of(&bytes)
            .filter(|word| is_marker(word))
            .map(Box::from)
            .collect();
        of.markers.sort_unstable();
        of.markers.dedup();
    }
    if !is_c(path) {
        // Whatever else names a marker may be its other half; of symbols only makefiles are asked, by their `-D`.
        of.elsewhere = of.markers.clone();
        if is_makefile(path) {
            let text = String::from_utf8_lossy(&bytes);
            of.elsewhere
                .extend(text.split("-D").skip(1).filter_map(first_word));
        }
        return (!of.elsewhere.is_empty()).then_some(of);
    }
    let text = String::from_utf8(bytes).unwrap_or_else(|error| {
        // The tree itself decides what stands for bytes that are no text.
        tree.read_text(path)
            .unwrap_or_else(|_| String::from_utf8_lossy(error.as_bytes()).into_owned())
    });
    // Their macros are written by a program that reads the assembler's output.
    if path.ends_with("asm-offsets.c") || path == "kernel/bounds.c" {
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
    let is_empty = of.tests.is_empty() && of.definitions.is_empty() && of.markers.is_empty();
    (!is_empty).then_some(of)
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

/// That a name is tested in a file and nothing defines it.
fn tested(name: &str, is_symbol: bool, tests: &[&Test]) -> Option<Diagnostic> {
    let help = if is_symbol {
        format!("test `CONFIG_{name}`, if the Kconfig symbol is meant")
    } else {
        "remove what depends on it".to_owned()
    };
    let headline = format!("`{name}` is tested, and nothing defines it");
    let places: Vec<Location> = tests.iter().map(|test| test.location.clone()).collect();
    finding(name, headline, "it is never defined", &places).map(|found| found.with_help(help))
}

/// That a name is defined in a file and nothing looks at it.
fn defined(name: &str, places: &[Location]) -> Option<Diagnostic> {
    let headline = format!("`{name}` is defined, and nothing tests it");
    finding(name, headline, "this says nothing", places).map(|found| found.with_help("remove it"))
}

fn finding(name: &str, headline: String, label: &str, places: &[Location]) -> Option<Diagnostic> {
    let (first, others) = places.split_first()?;
    let lint = &lints::stale_marker::LINT;
    let label = Label::new(first.clone(), label);
    let mut finding = Diagnostic::new(lint.name, lint.level, headline, label);
    finding.symbol = Some(name.to_owned());
    let arch = first.path.strip_prefix("arch/");
    finding.archs = arch
        .and_then(|rest| rest.split('/').next())
        .map(str::to_owned)
        .into_iter()
        .collect();
    for other in others {
        finding = finding.with_secondary(Label::new(other.clone(), "and here"));
    }
    Some(finding)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found in a tree of these files, as `path:line: headline`.
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
        let Found { findings, pedantic } = check(&tree).unwrap();
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
                "a.c:1: `ARCH_HAS_X` is tested, and nothing defines it",
                "b.c:1: `MMU` is tested, and nothing defines it"
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
            ("tools/c.c", "#ifdef MMU\n#endif\n"),
            ("include/uapi/linux/d.h", "#ifdef MMU\n#endif\n"),
            ("e.c", "#ifdef CONFIG_MMU\n#endif /* MMU */\n"),
        ]);
        assert_eq!(findings, none);
        assert_eq!(pedantic.len(), 2);
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
                "arch/one/include/asm/a.h:1: `__HAVE_ARCH_A` is defined, and nothing tests it",
                "include/linux/b.h:3: `__HAVE_ARCH_C` is tested, and nothing defines it"
            ]
        );
        assert_eq!(
            pedantic,
            ["include/linux/c.h:1: `__HAVE_ARCH_D` is tested, and nothing defines it"]
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
