//! Mutation tests of the shipped features' contracts on a real kernel tree. For each feature, defects are made from the
//! tree itself, and must be found; so are twins, which look alike and are right, and must not be.
//!
//! | defect | twin |
//! |---|---|
//! | the hook renamed where the architecture defines it | a comment that names it |
//! | its definition taken out | the definition moved to another header |
//! | its definition put under the condition of a symbol that has nothing to do with it | `#ifdef CONFIG_X` written as `#if defined(CONFIG_X)` |
//! | `#define hook hook` removed | `#define hook hook` added |
//! | a `select` dropped | a `select` moved to an entry that is always on |
//! | the condition of a `select` made impossible | |
//! | the fallback renamed that generic code has without the symbol | |
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without one of 7.x this test is ignored, and says so.
//! `$KFEAT_CONTRACTS` is how many features are taken, spread over all. All of them are taken by
//! `KFEAT_CONTRACTS=1000 KFEAT_TEST_TREES=… cargo test --release --test real_contracts`. `$KFEAT_SPECS` names a directory of specs
//! that are asked instead of the shipped ones. Nothing is written to a tree; the edits are made in memory.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "trees/mod.rs"]
mod trees;

use std::collections::BTreeSet;
use std::path::Path;

use kfeat::check::support::verdict::{Role, Supported};
use kfeat::check::{Checker, Search};
use kfeat::cpp::condition::{Atom, Condition, Conditions};
use kfeat::cpp::occurrence::{Kind, Occurrence};
use kfeat::cpp::scan::File;
use kfeat::diag::Location;
use kfeat::feature::builtin;
use kfeat::feature::spec::Spec;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

/// How many features are taken unless the environment says otherwise.
const SAMPLE: usize = 6;

/// The architectures that are changed, at most two for each feature.
const ARCHS: &[&str] = &[
    "arm64",
    "x86",
    "riscv",
    "powerpc",
    "s390",
    "mips",
    "arm",
    "sparc",
    "parisc",
    "loongarch",
    "sh",
];

fn main() {
    let arguments = Arguments::from_args();
    let tree = trees::real().into_iter().find(|path| {
        let makefile = std::fs::read_to_string(path.join("Makefile")).unwrap_or_default();
        makefile.contains("\nVERSION = 7\n")
    });
    let trial = match tree {
        // The sample takes a quarter of a minute of processor time, without optimisation some minutes.
        Some(path) => Trial::test("mutations", move || mutations(&path)),
        None => trees::missing("mutations"),
    };
    libtest_mimic::run(&arguments, vec![trial]).exit();
}

/// A symbol that the user turns on and off on every architecture, and that no feature has to do with.
const UNRELATED: &str = "CONFIG_AUTOFS_FS";

/// A change of the tree.
struct Edit {
    what: String,
    is_defect: bool,
    /// Files with their new text.
    files: Vec<(String, String)>,
}

/// The text of a file with a piece replaced.
fn replaced(text: &str, start: usize, end: usize, with: &str) -> String {
    format!("{}{with}{}", &text[..start], &text[end..])
}

/// The end of the line that a place is on.
fn end_of_line(text: &str, at: usize) -> usize {
    text[at..].find('\n').map_or(text.len(), |found| at + found)
}

/// Where a file defines names, with the condition that its own conditionals put on it.
fn definitions(path: &str, text: &str, names: &[&str]) -> (Vec<Occurrence>, Conditions) {
    let file = File::parse(path.into(), text);
    let mut conditions = Conditions::new();
    let mut places = file.occurrences(names, &mut conditions);
    places.retain(|place| {
        let is_definition = matches!(
            place.kind,
            Kind::Macro | Kind::FunctionMacro | Kind::SelfMacro
        ) || place.kind.has_body();
        // A name from a macro's expansion has the place of the macro.
        let word = &text[place.location.start as usize..place.location.end as usize];
        is_definition && word == &*place.name
    });
    (places, conditions)
}

/// The start of the statement that a name is in, in the kernel's style.
fn start_of_statement(text: &str, at: usize) -> usize {
    let mut start = text[..at].rfind('\n').map_or(0, |newline| newline + 1);
    while start > 0 {
        let before = &text[..start - 1];
        let line = &before[before.rfind('\n').map_or(0, |newline| newline + 1)..];
        let ends = line.trim().is_empty()
            || line.starts_with('#')
            || line.ends_with(';')
            || line.ends_with('}')
            || line.ends_with("*/");
        if ends {
            break;
        }
        start -= line.len() + 1;
    }
    start
}

/// The changes of what the architecture defines.
fn of_definitions(tree: &Tree, spec: &Spec, arch: &str) -> Result<Vec<Edit>, Failed> {
    let names: Vec<&str> = spec.hooks.iter().map(|hook| &**hook).collect();
    let is_code = |path: &str| path.ends_with(".c") || path.ends_with(".h");
    let mut edits = Vec::new();
    let mut done: BTreeSet<String> = BTreeSet::new();
    for path in tree.walk(&format!("arch/{arch}"), &is_code)? {
        if path.contains("/boot/") || path.contains("/uapi/") || path.contains("/tools/") {
            continue;
        }
        let text = tree.read_text(&path)?;
        if !names.iter().any(|name| text.contains(name)) {
            continue;
        }
        let (places, _) = definitions(&path, &text, &names);
        for place in &places {
            let (start, end) = (place.location.start as usize, place.location.end as usize);
            let name = &*place.name;
            let others = places.iter().filter(|other| *other.name == *name);
            // A name with several definitions may be whole without one of them.
            let functions = others.filter(|other| other.kind != Kind::SelfMacro).count();
            let line = end_of_line(&text, start);
            let mut add = |what: &str, is_defect: bool, files: Vec<(String, String)>| {
                edits.push(Edit {
                    what: format!("{what} of `{name}` at {path}:{}", place.location.line),
                    is_defect,
                    files,
                });
            };
            if place.kind == Kind::SelfMacro {
                let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
                // Without a function beside it, the mark is all there is; without a fallback, nothing needs it.
                if functions == 1 && has_guard(tree, spec, name)? {
                    let without = replaced(&text, from, line, "");
                    add("mark removed", true, vec![(path.clone(), without)]);
                }
                continue;
            }
            if functions != 1 || !done.insert(name.to_owned()) {
                continue;
            }
            let renamed = replaced(&text, start, end, "kfeat_other");
            add("renaming", true, vec![(path.clone(), renamed)]);
            if let Some((from, to)) = whole_definition(&text, place) {
                let without = replaced(&text, from, to, "");
                add("removal", true, vec![(path.clone(), without)]);
                let whole = &text[from..to];
                let guarded = format!("\n#ifdef {UNRELATED}\n{whole}\n#endif\n");
                let guarded = replaced(&text, from, to, &guarded);
                add("a wrong guard", true, vec![(path.clone(), guarded)]);
            }
            let comment = replaced(&text, line, line, &format!(" /* {name} */"));
            if !text[start..line].ends_with('\\') {
                add("a comment", false, vec![(path.clone(), comment)]);
            }
            let guard = text[..start].rfind("\n#ifdef CONFIG_");
            if let Some(guard) = guard {
                let from = guard + 1;
                let to = end_of_line(&text, from);
                let rest = text[from..to].trim_start_matches("#ifdef ");
                let symbol: String = rest
                    .chars()
                    .take_while(|c| c.is_ascii_alphanumeric() || *c == '_')
                    .collect();
                let behind = &rest[symbol.len()..];
                let twin = format!("#if defined({symbol}){behind}");
                let twin = replaced(&text, from, to, &twin);
                add("an equal guard", false, vec![(path.clone(), twin)]);
            }
            if !path.starts_with(&format!("arch/{arch}/include/asm/")) {
                continue;
            }
            if let (true, Some(body)) = (place.kind.has_body(), place.body) {
                let from = start_of_statement(&text, start);
                let to = body.end as usize;
                let moved = text[from..to].to_owned();
                let rest = replaced(&text, from, to, "#include <asm/kfeat_moved.h>");
                let header = format!("arch/{arch}/include/asm/kfeat_moved.h");
                let has_conditional = moved.lines().any(|line| line.starts_with('#'));
                if !has_conditional {
                    add(
                        "the move",
                        false,
                        vec![(path.clone(), rest), (header, format!("{moved}\n"))],
                    );
                }
                let has_mark = places
                    .iter()
                    .any(|other| *other.name == *name && other.kind == Kind::SelfMacro);
                if !has_mark {
                    let marked = replaced(&text, from, from, &format!("#define {name} {name}\n"));
                    add("a mark", false, vec![(path.clone(), marked)]);
                }
            }
        }
    }
    Ok(edits)
}

/// Where a definition begins and ends, if all of it is as the kernel's style has it: a function with its body, or a macro with its
/// continued lines.
fn whole_definition(text: &str, place: &Occurrence) -> Option<(usize, usize)> {
    let start = place.location.start as usize;
    if let (true, Some(body)) = (place.kind.has_body(), place.body) {
        let from = start_of_statement(text, start);
        let whole = text[from..body.end as usize].trim_start();
        // A conditional around the head alone must not be cut in two.
        let is_whole = !whole.lines().any(|line| line.starts_with("#e"));
        return is_whole.then_some((from, body.end as usize));
    }
    if !matches!(place.kind, Kind::Macro | Kind::FunctionMacro) {
        return None;
    }
    let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let mut to = end_of_line(text, from);
    while text[..to].ends_with('\\') && to < text.len() {
        to = end_of_line(text, to + 1);
    }
    Some((from, to))
}

/// Whether an entry header, or one below `asm-generic`, has a fallback under `#ifndef hook`.
fn has_guard(tree: &Tree, spec: &Spec, hook: &str) -> Result<bool, Failed> {
    let mark = format!("#ifndef {hook}\n");
    let of_entry = spec.entry_header.as_deref().into_iter().map(str::to_owned);
    let generic = tree.walk("include/asm-generic", &|path| path.ends_with(".h"))?;
    for path in of_entry.chain(generic) {
        if tree.is_file(&path) && tree.read_text(&path)?.contains(&mark) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The changes of a `select`.
fn of_select(tree: &Tree, place: &Location) -> Result<Vec<Edit>, Failed> {
    let text = tree.read_text(&place.path)?;
    let start = place.start as usize;
    let end = end_of_line(&text, start);
    let from = text[..start].rfind('\n').map_or(0, |newline| newline + 1);
    let line = &text[from..end];
    if line.ends_with('\\') {
        return Ok(Vec::new());
    }
    let impossible = match line.split_once(" if ") {
        Some((select, condition)) => format!("{select} if ({condition}) && KFEAT_NOTHING"),
        None => format!("{line} if KFEAT_NOTHING"),
    };
    let edit = |what: &str, is_defect: bool, text: String| Edit {
        what: format!("{what} at {place}"),
        is_defect,
        files: vec![(place.path.to_string(), text)],
    };
    let without = replaced(&text, from, end + 1, "");
    let mut edits = vec![
        edit(
            "an impossible select",
            true,
            replaced(&text, from, end, &impossible),
        ),
        edit("a select less", true, without.clone()),
    ];
    // An entry that is always on, outside of any menu, can hand its select to another one.
    let entry = text[..from].rfind("\nconfig ").map_or(0, |at| at + 1);
    if text[entry..from].contains("\n\tdef_bool y\n") {
        let other = format!("config KFEAT_OTHER\n\tdef_bool y\n{line}\n\n");
        edits.push(edit(
            "a select moved",
            false,
            replaced(&without, entry, entry, &other),
        ));
    }
    Ok(edits)
}

/// The renaming of what generic code has under the hook's name without the symbol.
fn of_fallback(tree: &Tree, spec: &Spec) -> Result<Option<Edit>, Failed> {
    let Some(path) = spec
        .entry_header
        .as_deref()
        .filter(|path| tree.is_file(path))
    else {
        return Ok(None);
    };
    let Some(term) = spec.kconfig.first().filter(|term| !term.negated) else {
        return Ok(None);
    };
    let names: Vec<&str> = spec.hooks.iter().map(|hook| &**hook).collect();
    let text = tree.read_text(path)?;
    let (places, mut conditions) = definitions(path, &text, &names);
    for place in places {
        let mut side = |on: bool| {
            let known = |atom: &Atom| match atom {
                Atom::Builtin(name) if **name == *term.symbol => Some(on),
                Atom::Module(name) if **name == *term.symbol => Some(false),
                _ => None,
            };
            conditions.assume(place.condition, &known) != Condition::FALSE
        };
        if !side(true) && side(false) {
            let (start, end) = (place.location.start as usize, place.location.end as usize);
            return Ok(Some(Edit {
                what: format!(
                    "renaming of the fallback `{}` at {}",
                    place.name, place.location
                ),
                is_defect: true,
                files: vec![(path.to_owned(), replaced(&text, start, end, "kfeat_other"))],
            }));
        }
    }
    Ok(None)
}

/// The findings about a feature on a tree, notes among them, without their places.
fn findings(
    checker: &mut Checker<'_>,
    tree: &Tree,
    arch: &str,
) -> Result<BTreeSet<String>, Failed> {
    let outcome = checker.check(tree, &[arch.to_owned()], &mut |_| {})?;
    let all = outcome.findings.iter().chain(&outcome.pedantic);
    let shown = all.map(|finding| format!("{}: {}", finding.lint, finding.headline));
    Ok(shown.collect())
}

/// The specs of a directory, in the order of their names.
fn specs_of(directory: &Path) -> Result<Vec<Spec>, Failed> {
    let entries: Result<Vec<_>, _> = std::fs::read_dir(directory)?.collect();
    let mut paths: Vec<_> = entries?.iter().map(std::fs::DirEntry::path).collect();
    paths.retain(|path| path.extension().is_some_and(|end| end == "yaml"));
    paths.sort();
    let parse = |path: &std::path::PathBuf| {
        let text = std::fs::read_to_string(path)?;
        Ok(Spec::parse(&path.display().to_string(), &text)?)
    };
    paths.iter().map(parse).collect()
}

fn mutations(path: &Path) -> Result<(), Failed> {
    let wanted = std::env::var("KFEAT_CONTRACTS").ok();
    let wanted = wanted.and_then(|text| text.parse().ok()).unwrap_or(SAMPLE);
    let own = match std::env::var_os("KFEAT_SPECS") {
        Some(directory) => specs_of(Path::new(&directory))?,
        None => Vec::new(),
    };
    let specs: Vec<&Spec> = match own.is_empty() {
        true => builtin::shipped().iter().collect(),
        false => own.iter().collect(),
    };
    let step = specs.len().div_ceil(wanted.max(1)).max(1);
    let tree = Tree::open(path)?.remembering();
    let (mut defects, mut twins) = (0, 0);
    let (mut missed, mut alarms) = (Vec::new(), Vec::new());
    for spec in specs.into_iter().step_by(step) {
        let mut left = 2;
        for &arch in ARCHS {
            let specs = std::slice::from_ref(spec);
            let mut checker = Checker::for_series(specs, Search::default());
            let outcome = checker.check(&tree, &[arch.to_owned()], &mut |_| {})?;
            let Some(verdict) = outcome.verdicts.first() else {
                continue;
            };
            if verdict.supported != Supported::Yes {
                continue;
            }
            let before = findings(&mut checker, &tree, arch)?;
            let mut edits = of_definitions(&tree, spec, arch)?;
            let mut selects = verdict.evidence.iter().filter(|evidence| {
                let is_own = evidence.location.path.starts_with(&format!("arch/{arch}/"));
                evidence.role == Role::Select && is_own
            });
            // With a second select the first one is not missed.
            if let (Some(select), None) = (selects.next(), selects.next()) {
                edits.extend(of_select(&tree, &select.location)?);
            }
            // Where the symbol is always on, nothing needs the fallback.
            if verdict.condition.is_some() {
                edits.extend(of_fallback(&tree, spec)?);
            }
            for edit in edits {
                let mut edited = tree.clone();
                for (path, text) in &edit.files {
                    edited.overlay(path, Some(text.clone().into_bytes()))?;
                }
                let after = findings(&mut checker, &edited, arch)?;
                let is_found = !after.is_subset(&before);
                let line = format!("{}, {arch}: {}", spec.name, edit.what);
                match (edit.is_defect, is_found) {
                    (true, false) => missed.push(line),
                    (false, true) => {
                        let new = after.difference(&before).next().cloned();
                        alarms.push(format!("{line}: {}", new.unwrap_or_default()));
                    }
                    _ => {}
                }
                match edit.is_defect {
                    true => defects += 1,
                    false => twins += 1,
                }
            }
            left -= 1;
            if left == 0 {
                break;
            }
        }
    }
    println!(
        "{} of {defects} defects found; {} findings for {twins} twins",
        defects - missed.len(),
        alarms.len()
    );
    for line in missed.iter().chain(&alarms) {
        println!("{line}");
    }
    if !alarms.is_empty() {
        return Err(format!("{} findings about twins", alarms.len()).into());
    }
    if missed.len() * 20 > defects {
        return Err(format!("{} of {defects} defects are missed", missed.len()).into());
    }
    Ok(())
}
