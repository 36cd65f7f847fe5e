//! Guards the structure: which module uses which, what each module may do, how its files look, and the stated Rust version.
//!
//! The rules are those of ARCHITECTURE.md; a change there is a change here, and the other way round. A module that is not built yet is no
//! failure, a module that the picture does not have is one.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

#[path = "tidy/rust.rs"]
mod rust;

use rust::{Code, Token, paths, tokens, without_tests};

/// Every module with the modules that it may use, in the order of the flow. `kconfig` stands for the modules in it, too; it is
/// itself no more than the list of their names.
const PICTURE: &[(&str, &str)] = &[
    ("arch", ""),
    ("diag", ""),
    ("limits", ""),
    ("tokens", ""),
    ("disk", "limits"),
    ("tree", "disk limits diag"),
    ("kconfig::syntax", "tokens limits diag"),
    ("kconfig::sources", "kconfig::syntax tree limits diag"),
    (
        "kconfig::model",
        "kconfig::sources kconfig::syntax tree limits arch diag",
    ),
    (
        "kconfig::eval",
        "kconfig::model kconfig::sources kconfig::syntax tree limits arch diag",
    ),
    (
        "kconfig::solve",
        "kconfig::eval kconfig::model kconfig::sources kconfig::syntax tree limits arch diag",
    ),
    (
        "kconfig::implied",
        "kconfig::model kconfig::syntax kconfig::sources",
    ),
    (
        "kconfig::unmet",
        "kconfig::implied kconfig::solve kconfig::eval kconfig::model kconfig::syntax kconfig::sources",
    ),
    ("kconfig", "kconfig"),
    ("cpp", "tokens tree limits arch diag"),
    ("patch", "tree limits diag"),
    ("feature", "limits diag"),
    ("kbuild", "cpp tree limits diag"),
    ("check", "feature kbuild cpp kconfig tree limits arch diag"),
    ("cover", "check kbuild cpp kconfig tree limits arch diag"),
    ("cache", "check tree disk limits diag"),
    ("report", "check feature limits diag"),
    ("emit", "report check feature arch diag"),
    (
        "drive",
        "cover check feature kbuild cpp kconfig tree disk limits arch diag",
    ),
    ("lsp", "check feature kconfig cpp tree limits diag"),
    (
        "cli",
        "lsp drive emit report cache cover check feature kbuild patch cpp kconfig tree disk limits arch diag",
    ),
];

/// The layers inside `check` in the order of the flow: each may use those before it and none after it. The root itself only
/// puts them together, so it is used by none of them.
const LAYERS_OF_CHECK: &[&str] = &[
    "error", "reported", "support", "feature", "table", "outcome", "kconfig", "tree", "lint",
    "lints", "change", "conclude", "memo", "run",
];

/// The modules inside of which no files use each other in a circle.
const WITHOUT_CIRCLES: &[&str] = &["check", "cli"];

/// Permissions that a module has and others lack.
#[derive(Clone, Copy, PartialEq, Eq)]
enum May {
    /// Print, read the environment and the clock, exit.
    Everything,
    /// Know a serialization format, and the clock: to limit the time of children, to tell what is old, to wait for a pause in edits.
    KeepTime,
    /// Know a serialization format.
    Serialize,
    /// Neither.
    Compute,
}

/// The one file besides that knows the clock: it gives up where git does not answer.
const WATCHES_GIT: &str = "src/tree/git/watch.rs";

/// The permissions of a module.
fn may(name: &str) -> May {
    match name {
        "" | "cli" => May::Everything,
        "drive" | "cache" | "lsp" => May::KeepTime,
        "feature" | "report" | "emit" => May::Serialize,
        _ => May::Compute,
    }
}

/// The files that open others. `disk` is how everyone else does; a build writes into a directory of its own, and looks at what
/// its children wrote; `$DESC_FD` is a descriptor; a tree keeps its directory open.
const OPENS_FILES: &[&str] = &[
    "src/disk.rs",
    "src/drive/membership.rs",
    "src/drive/process.rs",
    "src/drive/prove.rs",
    "src/drive/run/stages.rs",
    "src/drive/worktree.rs",
    "src/cli/format.rs",
    "src/tree/directory.rs",
];

/// The longest file that is neither a test nor a table, in lines.
const MAX_LINES: usize = 1_000;

/// Names that say nothing about what a module or a type owns.
const EMPTY_NAMES: &[&str] = &[
    "util", "utils", "helper", "helpers", "common", "manager", "misc",
];

/// A source file of the library.
struct Source {
    /// Relative to the package.
    path: String,
    text: String,
    /// The path of its module, from the root of the crate.
    module: Vec<String>,
    code: Code,
}

impl Source {
    fn new(path: &str, text: &str) -> Self {
        let mut module: Vec<String> = path
            .trim_start_matches("src/")
            .trim_end_matches(".rs")
            .split('/')
            .map(str::to_owned)
            .collect();
        if module
            .last()
            .is_some_and(|name| matches!(&**name, "mod" | "lib" | "main"))
        {
            module.pop();
        }
        Self {
            path: path.to_owned(),
            text: text.to_owned(),
            module,
            code: without_tests(&tokens(text)),
        }
    }

    /// The module that the file belongs to: `""` for the map and the binary, `None` where the picture has none.
    fn in_picture(&self) -> Option<&'static str> {
        if self.module.is_empty() {
            return Some("");
        }
        module_of(&self.module)
    }
}

/// The module of a path from the root of the crate.
fn module_of(path: &[String]) -> Option<&'static str> {
    PICTURE
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| {
            let parts: Vec<&str> = name.split("::").collect();
            path.len() >= parts.len() && parts.iter().zip(path).all(|(a, b)| *a == b)
        })
        .max_by_key(|name| name.len())
}

/// Whether `from` may use `to`.
fn allowed(from: &str, to: &str) -> bool {
    let same = |name: &str| to == name || to.starts_with(&format!("{name}::"));
    from.is_empty()
        || same(from)
        || PICTURE
            .iter()
            .any(|(name, uses)| *name == from && uses.split(' ').any(same))
}

/// The edges of a file that the picture does not have.
fn wrong_edges(source: &Source) -> Vec<String> {
    let Some(from) = source.in_picture() else {
        return vec![format!("{}: the picture has no such module", source.path)];
    };
    let mut wrong = Vec::new();
    for named in paths(&source.code.tokens, &source.module) {
        let Some(("crate", rest)) = named.parts.split_first().map(|(a, b)| (&**a, b)) else {
            continue;
        };
        let place = format!("{}:{}", source.path, named.line);
        match module_of(rest) {
            Some(to) if allowed(from, to) => {}
            Some(to) => wrong.push(format!("{place}: `{from}` must not use `{to}`")),
            None => wrong.push(format!(
                "{place}: `{}` is in no module",
                named.parts.join("::")
            )),
        }
    }
    wrong
}

/// Where a file of `check` uses a layer that comes after its own.
fn upward_uses(source: &Source) -> Vec<String> {
    let module: Vec<&str> = source.module.iter().map(String::as_str).collect();
    let ["check", from, ..] = module[..] else {
        return Vec::new();
    };
    let layer = |name: &str| LAYERS_OF_CHECK.iter().position(|layer| *layer == name);
    let Some(own) = layer(from) else {
        return vec![format!("{}: LAYERS_OF_CHECK has no `{from}`", source.path)];
    };
    let mut wrong = Vec::new();
    for named in paths(&source.code.tokens, &source.module) {
        let parts: Vec<&str> = named.parts.iter().map(String::as_str).collect();
        let ["crate", "check", to, ..] = parts[..] else {
            continue;
        };
        if layer(to).is_some_and(|to| to > own) {
            wrong.push(format!(
                "{}:{}: `check::{from}` must not use `check::{to}`, which comes after it",
                source.path, named.line
            ));
        }
    }
    wrong
}

/// The files that use each other in a circle, among those of one module of the crate's root: each with the line of a use that is
/// part of it. To declare a module is no use of it, and neither is to limit who may see an item (`pub(in …)`).
fn circles(sources: &[Source], top: &str) -> Vec<String> {
    let files: Vec<&Source> = sources
        .iter()
        .filter(|source| source.module.first().is_some_and(|first| first == top))
        .collect();
    let by_module: BTreeMap<&[String], usize> = files
        .iter()
        .enumerate()
        .map(|(index, source)| (&*source.module, index))
        .collect();
    let file_of = |path: &[String]| {
        let lengths = (1..=path.len()).rev();
        lengths
            .filter_map(|length| by_module.get(&path[..length]))
            .next()
            .copied()
    };
    let uses: Vec<BTreeMap<usize, usize>> = files
        .iter()
        .enumerate()
        .map(|(index, source)| {
            let named = paths(&without_visibility(&source.code.tokens), &source.module);
            let targets = named.into_iter().filter_map(|named| {
                let parts = match named.parts.split_first() {
                    Some((first, rest)) if first == "crate" => rest.to_vec(),
                    // A path that starts with the name of a module below leads into it.
                    _ => [&*source.module, &*named.parts].concat(),
                };
                let to = file_of(&parts).filter(|to| *to != index);
                to.map(|to| (to, named.line))
            });
            targets.collect()
        })
        .collect();
    let reachable = |from: usize| {
        let (mut seen, mut pending) = (vec![false; files.len()], vec![from]);
        while let Some(next) = pending.pop() {
            for to in uses[next].keys() {
                if !std::mem::replace(&mut seen[*to], true) {
                    pending.push(*to);
                }
            }
        }
        seen
    };
    let reachable: Vec<Vec<bool>> = (0..files.len()).map(reachable).collect();
    let mut wrong = Vec::new();
    for (from, uses) in uses.iter().enumerate() {
        for (to, line) in uses.iter().filter(|(to, _)| reachable[**to][from]) {
            wrong.push(format!(
                "{}:{line}: uses {}",
                files[from].path, files[*to].path
            ));
        }
    }
    wrong
}

/// The tokens without the modules that may see an item: those of `pub(in …)`.
fn without_visibility(tokens: &[Token]) -> Vec<Token> {
    let mut left = Vec::new();
    let mut index = 0;
    while let Some(token) = tokens.get(index) {
        let is = |offset: usize, text: &str| {
            tokens
                .get(index + offset)
                .is_some_and(|token| token.text == text)
        };
        if is(0, "pub") && is(1, "(") && is(2, "in") {
            while tokens.get(index).is_some_and(|token| token.text != ")") {
                index += 1;
            }
        } else {
            left.push(token.clone());
        }
        index += 1;
    }
    left
}

/// Violations of a module's permissions in a file.
fn wrong_deeds(source: &Source) -> Vec<String> {
    let may = may(source.in_picture().unwrap_or("?"));
    let mut wrong = Vec::new();
    let mut report = |line: usize, what: &str| {
        wrong.push(format!(
            "{}:{line}: `{what}` has no place in this module",
            source.path
        ));
    };
    let code = &source.code.tokens;
    for (index, token) in code.iter().enumerate() {
        let word = &*token.text;
        let call = code.get(index + 1).is_some_and(|next| next.text == "!");
        let prints = call && matches!(word, "print" | "println" | "eprint" | "eprintln" | "dbg");
        // Behind a dot it is a stream of a child process, not one of our own.
        let of_a_child = index > 0 && code[index - 1].text == ".";
        let streams = !of_a_child
            && matches!(
                word,
                "stdin" | "stdout" | "stderr" | "Stdin" | "Stdout" | "Stderr"
            );
        let clock = matches!(word, "Instant" | "SystemTime");
        let macro_reads = call && word == "option_env";
        let clock = clock && may != May::KeepTime && source.path != WATCHES_GIT;
        if may != May::Everything && (prints || streams || clock || macro_reads) {
            report(token.line, word);
        }
        // A type may say what it consists of; what that looks like as text is for others to know.
        let is_format = word.starts_with("serde_") || word == "quick_junit";
        if may == May::Compute && is_format {
            report(token.line, word);
        }
    }
    for named in paths(code, &source.module) {
        let parts: Vec<&str> = named.parts.iter().map(String::as_str).collect();
        let outside = matches!(
            parts[..],
            ["std", "env", ..]
                | ["std", "process", "exit" | "abort"]
                | ["process", "exit" | "abort"]
        );
        if may != May::Everything && outside {
            report(named.line, &parts.join("::"));
        }
        // A file opened elsewhere may be a FIFO, which blocks, or have no end.
        let opens = matches!(
            parts[..],
            [
                "std",
                "fs",
                "read" | "read_to_string" | "write" | "File" | "OpenOptions",
                ..
            ] | ["fs", "read" | "read_to_string" | "write"]
                | [
                    "File" | "OpenOptions",
                    "open" | "create" | "new" | "options"
                ]
        );
        if opens && !OPENS_FILES.contains(&&*source.path) {
            report(named.line, &parts.join("::"));
        }
    }
    wrong
}

/// Names in a file, and of the file, that say nothing.
fn empty_names(source: &Source) -> Vec<String> {
    let mut wrong = Vec::new();
    let mut look = |place: String, name: &str| {
        // Both `ThingManager` and `thing_manager` are words to look at.
        let mut words = String::new();
        for character in name.chars() {
            if character.is_uppercase() {
                words.push('_');
            }
            words.extend(character.to_lowercase());
        }
        if words.split('_').any(|word| EMPTY_NAMES.contains(&word)) {
            wrong.push(format!("{place}: `{name}` says nothing about what it owns"));
        }
    };
    for part in &source.module {
        look(source.path.clone(), part);
    }
    for pair in source.code.tokens.windows(2) {
        if matches!(&*pair[0].text, "mod" | "struct" | "enum" | "trait" | "type") {
            look(format!("{}:{}", source.path, pair[1].line), &pair[1].text);
        }
    }
    wrong
}

/// The package's directory.
fn package() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// The Rust files below a directory of the package, sorted, relative to the package. None where it is absent.
fn rust_files(directory: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut pending: Vec<PathBuf> = vec![package().join(directory)];
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory).into_iter().flatten() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                pending.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let relative = path.strip_prefix(package()).unwrap();
                found.push(relative.to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

/// Every source file of the library that is not only there for tests.
fn sources() -> Vec<Source> {
    let files = rust_files("src");
    for file in ["src/lib.rs", "src/main.rs", "src/diag.rs", "src/cli.rs"] {
        assert!(
            files.iter().any(|found| found == file),
            "{file} was not found"
        );
    }
    let all: Vec<Source> = files
        .iter()
        .map(|path| Source::new(path, &read(path)))
        .collect();
    let tests: Vec<Vec<String>> = all
        .iter()
        .flat_map(|source| {
            source.code.test_modules.iter().map(|name| {
                let mut module = source.module.clone();
                module.push(name.clone());
                module
            })
        })
        .collect();
    all.into_iter()
        .filter(|source| !tests.iter().any(|test| source.module.starts_with(test)))
        .collect()
}

fn read(path: &str) -> String {
    std::fs::read_to_string(package().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

fn assert_none(what: &str, wrong: Vec<String>) {
    assert!(wrong.is_empty(), "{what}:\n{}", wrong.join("\n"));
}

#[test]
fn data_flows_one_way() {
    let wrong = sources().iter().flat_map(wrong_edges).collect();
    assert_none("edges that the picture does not have", wrong);
}

#[test]
fn data_flows_one_way_inside_check() {
    let wrong = sources().iter().flat_map(upward_uses).collect();
    assert_none("uses of a later layer", wrong);
}

#[test]
fn no_files_use_each_other_in_a_circle() {
    let sources = sources();
    let tops = WITHOUT_CIRCLES.iter();
    let wrong = tops.flat_map(|top| circles(&sources, top)).collect();
    assert_none("uses that are part of a circle of files", wrong);
}

#[test]
fn only_the_command_line_prints_and_asks_the_system() {
    let wrong = sources().iter().flat_map(wrong_deeds).collect();
    assert_none("what the module must not do", wrong);
}

#[test]
fn every_module_says_what_it_owns() {
    let files = ["src", "tests", "benches"].into_iter().flat_map(rust_files);
    let wrong = files
        .filter(|path| !read(path).starts_with("//! "))
        .collect();
    assert_none("files that do not start with `//! `", wrong);
}

#[test]
fn files_are_short() {
    let long = |source: &Source| {
        let lines = source.text.lines().count();
        (lines >= MAX_LINES).then(|| format!("{}: {lines} lines", source.path))
    };
    let wrong = sources().iter().filter_map(long).collect();
    assert_none("files that are too long", wrong);
}

#[test]
fn cases_of_lints_are_pages() {
    let old = package().join("fixtures/variants");
    assert!(
        !old.exists(),
        "write the case into fixtures/lints/LINT.md, as fixtures/README.md says"
    );
}

#[test]
fn names_say_something() {
    let wrong = sources().iter().flat_map(empty_names).collect();
    assert_none("empty names", wrong);
}

#[test]
fn the_map_names_every_module_that_is_there() {
    let map = Source::new("src/lib.rs", &read("src/lib.rs"));
    let declared: Vec<&str> = map
        .code
        .tokens
        .windows(2)
        .filter(|pair| pair[0].text == "mod")
        .map(|pair| &*pair[1].text)
        .collect();
    let documentation: String = map
        .text
        .lines()
        .take_while(|line| line.starts_with("//!"))
        .collect();
    let mut wrong = Vec::new();
    for name in declared {
        if module_of(&[name.to_owned()]).is_none() && name != "kconfig" {
            wrong.push(format!("the picture has no `{name}`"));
        }
        if !documentation.contains(&format!("[`{name}`]")) {
            wrong.push(format!("the map does not describe `{name}`"));
        }
    }
    assert_none("src/lib.rs", wrong);
}

/// With the usual harness none of their trials would run, and nothing would say so.
#[test]
fn tests_with_a_main_function_run_it() {
    let manifest = read("Cargo.toml");
    let mut count = 0;
    for entry in std::fs::read_dir(package().join("tests")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "rs") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        if text.lines().any(|line| line.starts_with("fn main()")) {
            let name = path.file_stem().unwrap().to_str().unwrap();
            let entry = format!("[[test]]\nname = \"{name}\"\nharness = false\n");
            assert!(manifest.contains(&entry), "Cargo.toml lacks\n{entry}");
            count += 1;
        }
    }
    assert!(count > 10, "{count}");
}

/// A version of Rust as numbers: `1.88` is as `1.88.0`.
fn version(text: &str) -> (u32, u32, u32) {
    let mut numbers = text.split('.').map(|part| part.parse().unwrap());
    let mut next = || numbers.next().unwrap_or(0);
    (next(), next(), next())
}

#[test]
fn no_dependency_asks_for_a_newer_rust() {
    let cargo = std::env::var("CARGO").expect("cargo sets CARGO for tests");
    let run = |arguments: &[&str]| {
        let output = std::process::Command::new(&cargo)
            .args(arguments)
            .current_dir(package())
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(output.status.success(), "cargo {arguments:?}: {errors}");
        String::from_utf8(output.stdout).unwrap()
    };
    // Without the platform, cargo would ask for the sources of crates that only other systems need.
    let about = run(&["-vV"]);
    let host = about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .unwrap();
    let metadata = run(&[
        "metadata",
        "--offline",
        "--locked",
        "--format-version",
        "1",
        "--filter-platform",
        host,
    ]);
    let metadata: serde_json::Value = serde_json::from_str(&metadata).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    let versions: BTreeMap<&str, &str> = packages
        .iter()
        .filter_map(|package| Some((package["name"].as_str()?, package["rust_version"].as_str()?)))
        .collect();
    assert!(
        versions.len() > 10,
        "cargo named {} packages",
        packages.len()
    );
    let own = versions["kfeat"];
    let wrong = versions
        .iter()
        .filter(|(_, needed)| version(needed) > version(own))
        .map(|(name, needed)| format!("`{name}` needs {needed}, the package states {own}"))
        .collect();
    assert_none("rust-version in Cargo.toml is too low", wrong);
}

/// Tests of the guard itself: it must see what it is there to see.
mod guard {
    use super::*;

    #[test]
    fn every_way_to_name_a_module_is_an_edge() {
        for code in [
            "use crate::cli;",
            "pub use crate::{diag, cli::Args};",
            "use crate::{diag::{Label, Level}, report::{self as r}};",
            "fn f() { crate::cli::run() }",
            "type T = Vec<crate::check::support::verdict::Verdict>;",
            "use super::cli::Args;",
            "mod inner { use super::super::cli; }",
            "mod inner { } use super::cli;",
            "use crate::kconfig::syntax::Tree;",
            "use crate::kconfig::*;",
            "use crate::nowhere::Thing;",
            "#[cfg(not(test))] use crate::cli;",
            "const C: char = '\"'; use crate::cli; const D: char = '\"';",
            "const S: &str = r#\"\"#; use crate::cli;",
            "fn f<'a>(x: &'a str) { crate::cli::run(x) }",
        ] {
            let wrong = wrong_edges(&Source::new("src/tree.rs", code));
            assert_eq!(wrong.len(), 1, "{code}: {wrong:?}");
        }
        let inside = Source::new(
            "src/kconfig/syntax/expr.rs",
            "use super::super::model::Menu;\n",
        );
        assert_eq!(wrong_edges(&inside).len(), 1);
        let unknown = Source::new("src/attic.rs", "");
        assert_eq!(wrong_edges(&unknown).len(), 1);
    }

    #[test]
    fn what_the_picture_has_is_no_edge_too_many() {
        for (path, code) in [
            (
                "src/tree.rs",
                "use crate::diag::{Label, Level}; use self::inner::X;",
            ),
            (
                "src/tree.rs",
                "//! [`crate::cli`]\n/* crate::cli /* */ crate::cli */ fn f() { \"crate::cli\"; }",
            ),
            (
                "src/tree.rs",
                "#[cfg(test)]\nmod tests { use super::*; use crate::cli::x; }",
            ),
            (
                "src/tree.rs",
                "#[cfg(test)] #[allow(x)] fn f(a: [u8; 2]) { crate::cli::x() }",
            ),
            (
                "src/tree/git.rs",
                "use super::Tree; pub(super) fn f() {} pub(crate) fn g() {}",
            ),
            (
                "src/kconfig.rs",
                "pub mod syntax; pub use self::syntax::Tree;",
            ),
            (
                "src/kconfig/model.rs",
                "use super::syntax; use crate::{arch, tree::Tree};",
            ),
            (
                "src/check/lints/x.rs",
                "use crate::kconfig::{model::Menu, syntax::Tree};",
            ),
            (
                "src/cli/check.rs",
                "use crate::report::json; use super::Args;",
            ),
            ("src/main.rs", "fn main() { kfeat::cli::main() }"),
        ] {
            let wrong = wrong_edges(&Source::new(path, code));
            assert_eq!(wrong, [""; 0], "{path}: {code}");
        }
    }

    #[test]
    fn upward_uses_are_seen() {
        let wrong = |path, code| upward_uses(&Source::new(path, code)).len();
        assert_eq!(
            wrong("src/check/feature/x.rs", "use crate::check::lints::LINTS;"),
            1
        );
        assert_eq!(
            wrong(
                "src/check/table.rs",
                "use crate::check::{lint::Lint, support};"
            ),
            1
        );
        assert_eq!(
            wrong("src/check/support.rs", "use super::run::scope::Scope;"),
            1
        );
        assert_eq!(wrong("src/check/nowhere.rs", ""), 1);
        assert_eq!(
            wrong("src/check/lints/x.rs", "use crate::check::lint::Lint;"),
            0
        );
        assert_eq!(wrong("src/check.rs", "use crate::check::run;"), 0);
    }

    #[test]
    fn circles_are_seen() {
        let circle = |files: &[(&str, &str)]| {
            let sources = files.iter().map(|(path, code)| Source::new(path, code));
            circles(&sources.collect::<Vec<_>>(), "check").len()
        };
        let root = ("src/check.rs", "pub mod a; mod b; pub use b::B;");
        assert_eq!(
            circle(&[
                root,
                ("src/check/a.rs", "use super::b::B;"),
                ("src/check/b.rs", "")
            ]),
            0
        );
        assert_eq!(
            circle(&[
                root,
                ("src/check/a.rs", "use super::b::B;"),
                ("src/check/b.rs", "use crate::check::a; fn f() { a::f() }"),
            ]),
            2
        );
        // By way of what the root shows on behalf of a module below it.
        assert_eq!(
            circle(&[
                root,
                ("src/check/a.rs", ""),
                ("src/check/b.rs", "use crate::check::Thing;"),
            ]),
            2
        );
        assert_eq!(
            circle(&[root, ("src/check/b.rs", "pub(in crate::check) struct B;")]),
            0
        );
    }

    #[test]
    fn deeds_belong_to_modules() {
        for code in [
            "fn f() { println!(\"x\") }",
            "use std::env;",
            "use std::{env::var, fs};",
            "fn f() { std::env::var(\"X\"); }",
            "use std::time::Instant;",
            "use serde_json::Value;",
            "fn f() { serde_json::to_string(x); }",
            "fn f() { std::process::exit(1) }",
        ] {
            let wrong = wrong_deeds(&Source::new("src/check/verdict.rs", code));
            assert_eq!(wrong.len(), 1, "{code}: {wrong:?}");
            assert_eq!(wrong_deeds(&Source::new("src/cli.rs", code)), [""; 0]);
        }
        let serde = "use serde::Serialize; const V: &str = env!(\"CARGO_PKG_VERSION\");";
        assert_eq!(
            wrong_deeds(&Source::new("src/report/json.rs", serde)),
            [""; 0]
        );
        let prints = wrong_deeds(&Source::new(
            "src/report/json.rs",
            "fn f() { print!(\"\") }",
        ));
        assert_eq!(prints.len(), 1);
    }

    #[test]
    fn empty_names_are_seen() {
        let module = Source::new(
            "src/tree/path_utils.rs",
            "struct FileManager; mod common {}",
        );
        assert_eq!(empty_names(&module).len(), 3);
        let good = Source::new(
            "src/tree/path.rs",
            "struct Common_; mod commons {} // manager",
        );
        assert_eq!(empty_names(&good).len(), 1);
    }

    #[test]
    fn versions_are_compared_by_number() {
        assert!(version("1.100") > version("1.88.1"));
        assert_eq!(version("1.88"), version("1.88.0"));
    }
}
