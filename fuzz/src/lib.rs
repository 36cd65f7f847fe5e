//! Owns the fuzz targets: one function for each kind of input that an attacker controls. Each takes bytes, and panics where something
//! does not hold. cargo-fuzz runs them by coverage (`fuzz_targets`), `tests/fuzz.rs` on the corpus and on mutations of it with a
//! stable compiler; both run the same code.
//!
//! Those of Kconfig and headers make text from the bytes by a grammar, so that what is deep inside gets input, too. Oracles beyond
//! "no panic": what is printed is read as the same again, a difference that is applied and reversed gives the old text back, the
//! solver never calls impossible what the evaluator computes, and the same input gives the same result twice.

use std::fmt::Write as _;

use arbitrary::Unstructured;
use kfeat::cache;
use kfeat::check::run::baseline::Entry;
use kfeat::cpp::cache::Cache;
use kfeat::cpp::expression::{Expression, Unknown};
use kfeat::cpp::presence::{self, presence};
use kfeat::cpp::{Conditions, scan};
use kfeat::drive::{ktap, results::Results};
use kfeat::feature::arch_support::Table;
use kfeat::feature::spec::Spec;
use kfeat::feature::{configuration, spec};
use kfeat::kconfig::eval::{Evaluator, Tristate};
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::{self, Model};
use kfeat::kconfig::solve::{Question, Solver, Value};
use kfeat::kconfig::sources::Sources;
use kfeat::kconfig::syntax::File;
use kfeat::patch::{self, FileChange, Hunk, Line, Patch, Sign};

use kfeat::report::baseline;
use kfeat::tree::Tree;
use kfeat::tree::manifest::Manifest;
use kfeat::tree::signature::Digest;

/// A target.
pub type Target = fn(&[u8]);

/// All targets, by the names of their programs and of their directories in `corpus`.
pub const TARGETS: &[(&str, Target)] = &[
    ("arch_support", arch_support),
    ("baseline", read_baseline),
    ("compiler_log", compiler_log),
    ("condition", condition),
    ("configuration", read_configuration),
    ("dot_config", dot_config),
    ("headers", headers),
    ("kconfig_grammar", kconfig_grammar),
    ("kconfig_model", kconfig_model),
    ("kconfig_solver", kconfig_solver),
    ("kconfig_syntax", kconfig_syntax),
    ("ktap", read_ktap),
    ("macros", macros),
    ("mail", mail),
    ("makefile", makefile),
    ("manifest", manifest),
    ("patch", apply_patch),
    ("patch_reverse", patch_reverse),
    ("pieces", pieces),
    ("results", results),
    ("spec", read_spec),
];

/// A tree of which all files are in memory.
fn with_tree(files: &[(&str, &[u8])], test: impl FnOnce(&Tree)) {
    let directory = tempfile::tempdir().expect("a directory can be made");
    let mut tree = Tree::open_directory(directory.path()).expect("it was just made");
    for &(path, text) in files {
        tree.overlay(path, Some(text.to_vec()))
            .expect("the path is one of ours");
    }
    test(&tree);
}

/// The model of a Kconfig file, with others that it may source.
fn with_model(files: &[(&str, &[u8])], test: impl FnOnce(&Model)) {
    with_tree(files, |tree| {
        let sources = Sources::new(tree);
        let version = Version {
            release: (7, 2),
            text: "7.2".into(),
        };
        test(&model::of_all_configurations(&sources, "x86", &version));
    });
}

fn text(data: &[u8]) -> String {
    String::from_utf8_lossy(data).into_owned()
}

/// Any text as a Kconfig file: what is printed of it is read as the same.
pub fn kconfig_syntax(data: &[u8]) {
    let file = File::parse("Kconfig".into(), text(data));
    for diagnostic in file.diagnostics() {
        assert!(diagnostic.primary.location.line >= 1);
    }
    if file.diagnostics().is_empty() {
        let again = File::parse("Kconfig".into(), file.print());
        assert!(file.same_tree(&again), "{}", file.print());
    }
}

/// Any text as several Kconfig files, which a zero byte separates: the same model twice, and a configuration of it that stays the
/// same when it is read.
pub fn kconfig_model(data: &[u8]) {
    let mut parts = data.splitn(3, |&byte| byte == 0);
    let mut part = || parts.next().unwrap_or_default();
    let files = [("Kconfig", part()), ("a", part()), ("b", part())];
    let mut first = None;
    for _ in 0..2 {
        with_model(&files, |model| {
            let found = (model.symbols.len(), model.diagnostics.clone());
            match &first {
                Some(first) => assert_eq!(*first, found),
                None => first = Some(found),
            }
            written_and_read(model, b"");
        });
    }
}

/// A configuration that is read and written can be read, and that gives the same one each time. It need not be the one that was
/// written: where a symbol is declared twice, or one hides another, `conf` takes several rounds, too.
fn written_and_read(model: &Model, config: &[u8]) {
    let evaluator = Evaluator::new(model, "CONFIG_");
    let mut configuration = evaluator.configuration();
    configuration.load(config, true);
    let written = configuration.write();
    let read = || {
        let mut again = evaluator.configuration();
        again.load(&written, true);
        again.write()
    };
    assert_eq!(text(&read()), text(&read()), "{}", text(&written));
}

/// A Kconfig file made by a grammar, with macros, blocks, choices and expressions.
pub fn kconfig_grammar(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let text = kconfig_text(&mut bytes, 40).unwrap_or_default();
    kconfig_syntax(text.as_bytes());
    let file = File::parse("Kconfig".into(), text.clone());
    if let Some(diagnostic) = file.diagnostics().first() {
        panic!(
            "{}: {}\n{text}",
            diagnostic.primary.location, diagnostic.headline
        );
    }
    with_model(&[("Kconfig", text.as_bytes())], |model| {
        written_and_read(model, b"")
    });
}

/// A small model made by the grammar: what the evaluator computes for some `.config` is possible for the solver.
pub fn kconfig_solver(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let Ok(text) = kconfig_text(&mut bytes, 12) else {
        return;
    };
    with_model(&[("Kconfig", text.as_bytes())], |model| {
        if !model.diagnostics.is_empty() {
            return;
        }
        let evaluator = Evaluator::new(model, "CONFIG_");
        // What `conf` refuses has no values.
        let has_errors = evaluator.problems().iter().any(|problem| problem.is_error);
        if has_errors || !evaluator.loops().is_empty() {
            return;
        }
        let mut solver = Solver::new(model);
        let symbols: Vec<_> = NAMES.iter().filter_map(|name| model.find(name)).collect();
        for config in 0..4u32 {
            let seed: u32 = bytes.arbitrary().unwrap_or(config);
            let mut lines = String::new();
            for (index, name) in NAMES.iter().enumerate() {
                let _ = match seed >> (2 * index) & 3 {
                    0 => writeln!(lines, "# CONFIG_{name} is not set"),
                    1 => writeln!(lines, "CONFIG_{name}=y"),
                    2 => writeln!(lines, "CONFIG_{name}=m"),
                    _ => Ok(()),
                };
            }
            let mut configuration = evaluator.configuration();
            configuration.load(lines.as_bytes(), false);
            for &symbol in &symbols {
                let value = match configuration.tristate(symbol) {
                    Tristate::No => Value::No,
                    Tristate::Mod => Value::Mod,
                    Tristate::Yes => Value::Yes,
                };
                let answer = solver.can(&Question::is(symbol, value));
                assert!(
                    !answer.is_impossible(),
                    "{} is {value:?} with\n{lines}in\n{text}",
                    model.name(symbol)
                );
            }
        }
    });
}

/// Macros made by a grammar.
pub fn macros(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let mut made = String::new();
    while !bytes.is_empty() && made.len() < 4096 {
        if macro_line(&mut bytes, &mut made).is_err() {
            break;
        }
    }
    kconfig_model(made.as_bytes());
}

/// Any text as a `.config` for a small model.
pub fn dot_config(data: &[u8]) {
    const KCONFIG: &[u8] = b"config MODULES\n\tdef_bool y\n\tmodules\nconfig A\n\tbool \"a\"\nconfig B\n\ttristate \"b\"\n\tdepends on A\n\
        config C\n\tint \"c\"\n\trange 1 9\nconfig D\n\thex \"d\"\nconfig E\n\tstring \"e\"\nchoice\n\tprompt \"f\"\n\
        config F\n\tbool \"f\"\nconfig G\n\tbool \"g\"\nendchoice\n";
    with_model(&[("Kconfig", KCONFIG)], |model| {
        written_and_read(model, data)
    });
}

const NAMES: &[&str] = &["A", "B", "C", "D", "E", "F", "G", "H"];

type Made<T> = arbitrary::Result<T>;

fn name(bytes: &mut Unstructured<'_>) -> Made<&'static str> {
    bytes.choose(NAMES).copied()
}

fn kconfig_expression(bytes: &mut Unstructured<'_>, depth: usize) -> Made<String> {
    let kind = if depth > 4 {
        0
    } else {
        bytes.int_in_range(0..=6)?
    };
    let inner = depth + 1;
    Ok(match kind {
        0 | 1 => name(bytes)?.to_owned(),
        2 => format!("!{}", name(bytes)?),
        3 => format!(
            "({} && {})",
            kconfig_expression(bytes, inner)?,
            kconfig_expression(bytes, inner)?
        ),
        4 => format!(
            "({} || {})",
            kconfig_expression(bytes, inner)?,
            kconfig_expression(bytes, inner)?
        ),
        5 => format!(
            "{}={}",
            name(bytes)?,
            bytes.choose(&["y", "m", "n", "\"\""])?
        ),
        _ => format!("!({})", kconfig_expression(bytes, inner)?),
    })
}

fn condition_of(bytes: &mut Unstructured<'_>) -> Made<String> {
    Ok(match bytes.ratio(1, 2)? {
        true => format!(" if {}", kconfig_expression(bytes, 0)?),
        false => String::new(),
    })
}

fn macro_line(bytes: &mut Unstructured<'_>, out: &mut String) -> Made<()> {
    let operator = bytes.choose(&["=", ":=", "+="])?;
    let name = bytes.int_in_range(0..=5u8)?;
    let _ = write!(out, "M{name} {operator} ");
    for _ in 0..bytes.int_in_range(0..=3u8)? {
        let of = bytes.int_in_range(0..=5u8)?;
        let _ = match bytes.int_in_range(0..=6u8)? {
            0 => write!(out, "$(M{of})"),
            1 => write!(out, "$(M{of},x,$(M{}))", bytes.int_in_range(0..=5u8)?),
            2 => write!(out, "$({})", bytes.int_in_range(0..=3u8)?),
            3 => write!(out, "$(shell,echo {of})"),
            4 => write!(out, "$(info,{of})"),
            5 => write!(out, "$"),
            _ => write!(out, "x"),
        };
    }
    out.push('\n');
    Ok(())
}

/// Statements that are Kconfig, whatever the bytes say.
fn kconfig_text(bytes: &mut Unstructured<'_>, most: usize) -> Made<String> {
    let mut out = String::from("config MODULES\n\tdef_bool y\n\tmodules\n\n");
    let mut open: Vec<&str> = Vec::new();
    for _ in 0..most {
        if bytes.is_empty() {
            break;
        }
        match bytes.int_in_range(0..=9u8)? {
            0 if open.len() < 6 => {
                let _ = writeln!(out, "if {}\n", kconfig_expression(bytes, 0)?);
                open.push("endif");
            }
            // A choice holds neither menus nor assignments.
            1 if open.len() < 6 && !open.contains(&"endchoice") => {
                out.push_str("menu \"m\"\n");
                if bytes.ratio(1, 2)? {
                    let _ = writeln!(out, "\tvisible if {}", kconfig_expression(bytes, 0)?);
                }
                out.push('\n');
                open.push("endmenu");
            }
            2 if !open.contains(&"endchoice") => {
                out.push_str("choice\n\tprompt \"c\"\n\n");
                open.push("endchoice");
            }
            3 => {
                if let Some(end) = open.pop() {
                    let _ = writeln!(out, "{end}\n");
                }
            }
            4 if !open.contains(&"endchoice") => macro_line(bytes, &mut out)?,
            _ => entry(bytes, open.contains(&"endchoice"), &mut out)?,
        }
    }
    while let Some(end) = open.pop() {
        let _ = writeln!(out, "{end}\n");
    }
    Ok(out)
}

fn entry(bytes: &mut Unstructured<'_>, in_choice: bool, out: &mut String) -> Made<()> {
    let own = name(bytes)?;
    let type_ = match in_choice {
        true => "bool",
        false => *bytes.choose(&["bool", "tristate"])?,
    };
    let _ = write!(out, "config {own}\n\t{type_}");
    if in_choice || bytes.ratio(2, 3)? {
        let _ = write!(out, " \"p\"{}", condition_of(bytes)?);
    }
    out.push('\n');
    for _ in 0..bytes.int_in_range(0..=3u8)? {
        let _ = match bytes.int_in_range(0..=4u8)? {
            0 => writeln!(out, "\tdepends on {}", kconfig_expression(bytes, 0)?),
            1 => writeln!(out, "\tselect {}{}", name(bytes)?, condition_of(bytes)?),
            2 => writeln!(out, "\timply {}{}", name(bytes)?, condition_of(bytes)?),
            3 if !in_choice => writeln!(
                out,
                "\tdefault {}{}",
                bytes.choose(&["y", "m", "n", "A", "B"])?,
                condition_of(bytes)?
            ),
            _ => writeln!(out, "\thelp\n\t  Text of {own}.\n"),
        };
    }
    out.push('\n');
    Ok(())
}

/// Any text as the condition of an `#if`.
pub fn condition(data: &[u8]) {
    let text = text(data);
    let (expression, _) = Expression::parse(&text, 0, text.len());
    let mut conditions = Conditions::new();
    let once = expression.truth(&text, &mut Unknown, &mut conditions);
    let twice = expression.truth(&text, &mut Unknown, &mut conditions);
    assert_eq!(once, twice);
}

/// Several headers made by a grammar, which include each other: under which condition do they define a name?
pub fn headers(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let paths = ["include/e.h", "include/a.h", "include/b.h"];
    let texts: Vec<String> = paths
        .iter()
        .map(|_| header_text(&mut bytes).unwrap_or_default())
        .collect();
    let files: Vec<(&str, &[u8])> = paths
        .iter()
        .zip(&texts)
        .map(|(path, text)| (*path, text.as_bytes()))
        .collect();
    for text in &texts {
        let file = scan::File::parse("h".into(), text.as_str());
        assert!(file.problems.is_empty(), "{:?}\n{text}", file.problems);
    }
    with_tree(&files, |tree| {
        let question = presence::Question {
            srcarch: "x86",
            entry: "include/e.h",
            names: &["f", "g"],
        };
        let ask = || {
            let cache = Cache::new(tree);
            let found = presence(&cache, &question);
            let write = |definition: &presence::Definition| {
                let condition = found.conditions.in_kconfig_style(definition.condition);
                format!("{} {} {condition}", definition.name, definition.location)
            };
            found.definitions.iter().map(write).collect::<Vec<_>>()
        };
        assert_eq!(ask(), ask());
    });
}

fn header_text(bytes: &mut Unstructured<'_>) -> Made<String> {
    let mut out = String::new();
    let mut open: Vec<bool> = Vec::new();
    for _ in 0..24 {
        if bytes.is_empty() {
            break;
        }
        let word = bytes.choose(&["f", "g", "CONFIG_A", "CONFIG_B", "S", "T"])?;
        let _ = match bytes.int_in_range(0..=9u8)? {
            0 if open.len() < 6 => {
                open.push(false);
                writeln!(out, "#ifdef {word}")
            }
            1 if open.len() < 6 => {
                open.push(false);
                writeln!(
                    out,
                    "#if defined({word}) && {} > {}",
                    bytes.choose(&["S", "T", "CONFIG_C"])?,
                    bytes.int_in_range(0..=2u8)?
                )
            }
            2 if open.last() == Some(&false) => writeln!(out, "#elif defined({word})"),
            3 if open.last() == Some(&false) => {
                open.pop();
                open.push(true);
                writeln!(out, "#else")
            }
            4 => match open.pop() {
                Some(_) => writeln!(out, "#endif"),
                None => Ok(()),
            },
            5 => writeln!(
                out,
                "#define {word} {}",
                bytes.choose(&["", "1", "T", "S + 1", "f"])?
            ),
            6 => writeln!(out, "#undef {word}"),
            7 => writeln!(
                out,
                "#include <{}.h>",
                bytes.choose(&["a", "b", "missing"])?
            ),
            8 => writeln!(out, "static inline void {word}(void) {{ }}"),
            _ => writeln!(out, "void {word}(int);"),
        };
    }
    out.extend(open.iter().map(|_| "#endif\n"));
    Ok(out)
}

/// Any text as a makefile.
pub fn makefile(data: &[u8]) {
    with_tree(&[("Makefile", b""), ("mm/Makefile", data)], |tree| {
        let first = kfeat::kbuild::of_object(tree, "mm/a.c", "");
        let second = kfeat::kbuild::of_object(tree, "mm/a.c", "");
        assert_eq!(format!("{first:?}"), format!("{second:?}"));
    });
}

/// Any text as a table.
pub fn arch_support(data: &[u8]) {
    let text = text(data);
    let (table, diagnostics) = Table::parse("arch-support.txt", &text);
    for diagnostic in &diagnostics {
        assert!(diagnostic.primary.location.end as usize <= text.len());
    }
    let _ = (
        table.title(),
        table.kconfig(),
        table.description(),
        table.to_spec(),
    );
}

/// Any text as a spec.
pub fn read_spec(data: &[u8]) {
    if let Err(error) = Spec::parse("spec.yaml", &text(data)) {
        let _: &spec::SpecError = &error;
        assert!(!error.to_string().is_empty());
    }
}

/// Any text as `kfeat.yaml`.
pub fn read_configuration(data: &[u8]) {
    if let Err(error) = configuration::parse("kfeat.yaml", &text(data)) {
        assert!(!error.to_string().is_empty());
    }
}

const OLD: &str = "one\ntwo\nthree\nfour\nfive\nsix\nsame\nsame\nnine\nten\n";

/// Any bytes as a patch, put onto a small tree: the result is the same twice.
pub fn apply_patch(data: &[u8]) {
    let Ok(patches) = patch::read(data) else {
        return;
    };
    with_tree(
        &[("a.h", OLD.as_bytes()), ("b/c.h", OLD.as_bytes())],
        |tree| {
            let put = || {
                let mut patched = tree.clone();
                for patch in &patches {
                    match patch::apply(&patched, patch) {
                        Ok(after) => patched = after,
                        Err(error) => return Err(error.to_string()),
                    }
                }
                Ok(["a.h", "b/c.h"].map(|path| patched.read(path).ok()))
            };
            assert_eq!(put(), put());
        },
    );
}

/// Two texts made from the bytes: their difference leads from one to the other, and reversed back again.
pub fn patch_reverse(data: &[u8]) {
    let mut bytes = Unstructured::new(data);
    let (Ok(old), Ok(new)) = (lines(&mut bytes), lines(&mut bytes)) else {
        return;
    };
    if old == new || old.is_empty() || new.is_empty() {
        return;
    }
    let difference = similar::TextDiff::from_lines(&old, &new)
        .unified_diff()
        .context_radius(3)
        .header("a/x.h", "b/x.h")
        .to_string();
    let patches = patch::read(difference.as_bytes()).expect("it is a difference");
    with_tree(&[("x.h", old.as_bytes())], |tree| {
        let patched = patch::apply(tree, &patches[0]).expect("it is that of this text");
        assert_eq!(text(&patched.read("x.h").expect("it is there")), new);
        let back = patch::apply(&patched, &reversed(&patches[0])).expect("it was just applied");
        assert_eq!(text(&back.read("x.h").expect("it is there")), old);
    });
}

fn lines(bytes: &mut Unstructured<'_>) -> Made<String> {
    let mut text = String::new();
    for _ in 0..bytes.int_in_range(1..=30u8)? {
        let line = bytes.choose(&[
            "a",
            "b",
            "c",
            "",
            "-",
            "+ x",
            "@@ -1 +1 @@",
            "--- a/x.h",
            " ",
        ])?;
        let _ = writeln!(text, "{line}");
    }
    if bytes.ratio(1, 8)? {
        text.pop();
    }
    Ok(text)
}

fn reversed(patch: &Patch) -> Patch {
    let mut patch = patch.clone();
    for file in &mut patch.files {
        let FileChange {
            old, new, hunks, ..
        } = file;
        std::mem::swap(old, new);
        for hunk in hunks {
            let Hunk {
                old_start,
                new_start,
                lines,
                ..
            } = hunk;
            std::mem::swap(old_start, new_start);
            for Line { sign, .. } in lines {
                *sign = match sign {
                    Sign::Added => Sign::Removed,
                    Sign::Removed => Sign::Added,
                    Sign::Context => Sign::Context,
                };
            }
        }
    }
    patch
}

/// Any bytes as a mailbox.
pub fn mail(data: &[u8]) {
    let mut mails = patch::Mails::default();
    let Ok(unpacked) = patch::unpack(data) else {
        return;
    };
    if mails.add(&unpacked).is_ok() {
        let _ = mails.select();
    }
}

/// Any text as a baseline: what is read is written and read as the same.
pub fn read_baseline(data: &[u8]) {
    let Ok(entries) = baseline::read("baseline", &text(data)) else {
        return;
    };
    let entries: Vec<Entry> = entries.into_iter().map(|(entry, _)| entry).collect();
    let written = baseline::render(&entries);
    let again = baseline::read("baseline", &written).expect("it was just written");
    let again: Vec<Entry> = again.into_iter().map(|(entry, _)| entry).collect();
    assert_eq!(format!("{entries:?}"), format!("{again:?}"));
}

/// Any text as the pieces of a check in a cache entry.
pub fn pieces(data: &[u8]) {
    let changed = std::iter::once(("mm/Kconfig".to_owned(), Digest::of(b"text"))).collect();
    let old_text = |_, _, digest| (digest == Digest::of(b"text")).then(|| "text".to_owned());
    if let Some(kept) = cache::pieces::parse(&text(data).into(), &changed, old_text) {
        for arch in &kept.archs {
            (arch.rest)();
        }
        (kept.models)();
        (kept.old_text)("mm/Kconfig");
    }
}

/// Any text as what a cache entry knows of the files that were read: what is read is written and read as the same.
pub fn manifest(data: &[u8]) {
    if let Some(manifest) = Manifest::parse(&text(data)) {
        let again = Manifest::parse(&manifest.to_string());
        assert_eq!(Some(manifest), again);
    }
}

/// Any bytes as the results of a build: what is read is written and read as the same.
pub fn results(data: &[u8]) {
    let Some(results) = Results::parse(data) else {
        return;
    };
    let written = results.json();
    let again = Results::parse(written.as_bytes()).expect("it was just written");
    assert_eq!(written, again.json());
}

/// Any text as the console of a machine that runs KUnit.
pub fn read_ktap(data: &[u8]) {
    let text = text(data);
    let (first, second) = (ktap::read(&text), ktap::read(&text));
    assert_eq!(format!("{first:?}"), format!("{second:?}"));
}

/// Any text as what compilers say.
pub fn compiler_log(data: &[u8]) {
    with_tree(&[("mm/a.c", OLD.as_bytes())], |tree| {
        let said = text(data);
        let first = kfeat::drive::scan::findings(tree, "/tree", "x86", &said);
        assert_eq!(
            first,
            kfeat::drive::scan::findings(tree, "/tree", "x86", &said)
        );
    });
}
