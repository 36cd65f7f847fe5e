//! Data that a checker keeps from one tree to the next never changes a result: after each of many random edits of a tree, a checker
//! that has seen all trees before says the same as one that sees the tree for the first time, and so do the models that it gives to
//! others. A series is judged as it is where the models of each tree are made anew. And the program writes the same bytes for any
//! number of threads, with a result that is kept and without.
//!
//! The same holds from one run to the next, with the cache on disk between them: after random edits of files, the run that goes on from the
//! pieces of an earlier one says what one says that starts anew.
//!
//! The small tree of `fixtures` is always edited; `$KFEAT_TEST_TREES` names real ones: directories, separated by colons. Of these a
//! few edits are tried; `KFEAT_KEPT=all` makes as many edits as of the small tree, and compares the bytes for all features, not for one.
//! `KFEAT_KEPT_SEED` is a number from which other edits follow.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "conf/prng.rs"]
mod prng;
#[path = "trees/mod.rs"]
mod trees;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;

use kfeat::cache::pieces::Pieces;
use kfeat::cache::{Answer, Found, From, Question, Store, Watch};
use kfeat::check::reported::Commit;
use kfeat::check::run::levels::Levels;
use kfeat::check::run::request::Request;
use kfeat::check::run::step::Step;
use kfeat::check::run::suppression;
use kfeat::check::{Checker, Outcome, Search};
use kfeat::feature::builtin;
use kfeat::feature::spec::Spec;
use kfeat::kconfig::model::Model;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};
use prng::Prng;

/// How many edits of a tree are made.
const EDITS: usize = 500;

/// And of a real tree, unless all are asked for.
const EDITS_OF_REAL_TREES: usize = 40;

/// How many runs are made on the small tree, and how many on a real one.
const RUNS: usize = 120;
const RUNS_OF_REAL_TREES: usize = 30;

/// How many series of the small tree are judged, how many of a real one, and how many commits each has.
const SERIES: usize = 40;
const SERIES_OF_REAL_TREES: usize = 4;
const COMMITS: usize = 10;

/// After so many edits the tree is as it was, so that it does not become a ruin in which nothing is found.
const RESET: usize = 20;

/// The architectures of a real tree that are checked: two that have the layer, and one that has not.
const ARCHITECTURES: &[&str] = &["arm64", "sparc", "riscv"];

/// The directories of a real tree that are checked, besides those of the architectures: the whole tree would take minutes.
const DIRECTORIES: &[&str] = &["include", "mm", "Documentation/features"];

fn main() {
    let arguments = Arguments::from_args();
    let mini = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini");
    let mut trials = vec![
        {
            let mini = mini.clone();
            Trial::test("edits_of_linux_mini", move || edits(&mini, EDITS))
        },
        {
            let mini = mini.clone();
            Trial::test("series_of_linux_mini", move || series(&mini, SERIES))
        },
        {
            let mini = mini.clone();
            Trial::test("runs_on_linux_mini", move || {
                let copy = tempfile::tempdir()?;
                copy_of(&mini, copy.path())?;
                runs(copy.path(), RUNS)
            })
        },
        Trial::test("bytes_of_linux_mini", move || bytes(&mini, "all")),
    ];
    let real = trees::real();
    if real.is_empty() {
        trials.push(trees::missing("edits_of_real_trees"));
        trials.push(trees::missing("series_of_real_trees"));
        trials.push(trees::missing("runs_on_real_trees"));
        trials.push(trees::missing("bytes_of_real_trees"));
    }
    for tree in real {
        let name = tree.file_name().unwrap().to_string_lossy().into_owned();
        let of = tree.clone();
        trials.push(Trial::test(format!("edits_of_{name}"), move || {
            let reduced = tempfile::tempdir()?;
            reduce(&of, reduced.path())?;
            let count = [EDITS_OF_REAL_TREES, EDITS][usize::from(wants_all())];
            edits(reduced.path(), count)
        }));
        let of = tree.clone();
        trials.push(Trial::test(format!("series_of_{name}"), move || {
            let reduced = tempfile::tempdir()?;
            reduce(&of, reduced.path())?;
            let count = [SERIES_OF_REAL_TREES, SERIES][usize::from(wants_all())];
            series(reduced.path(), count)
        }));
        let of = tree.clone();
        trials.push(Trial::test(format!("runs_on_{name}"), move || {
            let reduced = tempfile::tempdir()?;
            reduce(&of, reduced.path())?;
            let count = [RUNS_OF_REAL_TREES, EDITS][usize::from(wants_all())];
            runs(reduced.path(), count)
        }));
        trials.push(Trial::test(format!("bytes_of_{name}"), move || {
            bytes(&tree, if wants_all() { "all" } else { "lazy_mmu" })
        }));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Whether everything is to be tried on real trees.
fn wants_all() -> bool {
    std::env::var_os("KFEAT_KEPT").is_some_and(|value| value == "all")
}

/// The number from which all edits follow.
fn seed() -> u64 {
    let seed = std::env::var("KFEAT_KEPT_SEED").ok();
    seed.and_then(|seed| seed.parse().ok()).unwrap_or(14)
}

/// The spec of the lazy MMU layer.
fn lazy_mmu() -> &'static [Spec] {
    std::slice::from_ref(builtin::find("lazy_mmu").unwrap())
}

/// The features that are compiled in and whose entry headers a tree has.
fn features(tree: &Tree) -> Vec<Spec> {
    let found_in = |spec: &&Spec| {
        let entry = spec.entry_header.as_deref();
        entry.is_none_or(|entry| tree.is_file(entry))
    };
    let shipped = builtin::shipped().iter();
    shipped.filter(found_in).cloned().collect()
}

/// Copies a small tree.
fn copy_of(from: &Path, to: &Path) -> Result<(), Failed> {
    let tree = Tree::open(from)?;
    for path in tree.walk("", &|_| true)? {
        let target = to.join(&path);
        std::fs::create_dir_all(target.parent().unwrap())?;
        std::fs::write(target, tree.read(&path)?)?;
    }
    Ok(())
}

/// Copies what is checked of a real tree: the directories, and all files of Kconfig and kbuild.
fn reduce(from: &Path, to: &Path) -> Result<(), Failed> {
    let tree = Tree::open(from)?;
    let mut files = tree.walk("", &|path| {
        let name = path.rsplit('/').next().unwrap_or(path);
        // Generic files source some files of the others, which have to be there.
        let is_of_other = path.strip_prefix("arch/").is_some_and(|rest| {
            let other = rest.split_once('/');
            let other = other.filter(|(arch, _)| !ARCHITECTURES.contains(arch));
            other.is_some_and(|(_, file)| !file.contains('/') || !name.starts_with("Kconfig"))
        });
        !is_of_other
            && ["Kconfig", "Makefile", "Kbuild"]
                .iter()
                .any(|of| name.starts_with(of))
    })?;
    let of_archs = ARCHITECTURES
        .iter()
        .flat_map(|arch| ["include", "mm"].map(|directory| format!("arch/{arch}/{directory}")));
    let directories = DIRECTORIES.iter().map(|directory| (*directory).to_owned());
    for directory in directories.chain(of_archs) {
        files.extend(tree.walk(&directory, &|_| true)?);
    }
    for path in files {
        let target = to.join(&path);
        std::fs::create_dir_all(target.parent().unwrap())?;
        std::fs::write(target, tree.read(&path)?)?;
    }
    Ok(())
}

/// The files that are edited: those that say most about the feature, and some that say nothing.
fn pool(tree: &Tree, architectures: &[String]) -> Result<Vec<String>, Failed> {
    let mut pool = tree.walk("mm", &|path| {
        path.ends_with(".c") || path.ends_with("Kconfig") || path.ends_with("Makefile")
    })?;
    for arch in architectures {
        for directory in ["include/asm", "mm"] {
            let directory = format!("arch/{arch}/{directory}");
            if tree.list(&directory).is_ok() {
                pool.extend(tree.walk(&directory, &|path| {
                    path.contains("pgtable") || path.contains("tlb") || path.ends_with("Makefile")
                })?);
            }
        }
        pool.push(format!("arch/{arch}/Kconfig"));
    }
    let more = tree.walk("drivers", &|path| {
        path.ends_with("/Kconfig") && path.matches('/').count() < 3
    })?;
    pool.extend(more.into_iter().take(20));
    for path in [
        "include/linux/pgtable.h",
        "lib/Kconfig.debug",
        "init/Kconfig",
    ] {
        pool.extend(tree.is_file(path).then(|| path.to_owned()));
    }
    pool.sort_unstable();
    pool.dedup();
    Ok(pool)
}

/// The names of symbols that the files of the pool declare.
fn symbols(tree: &Tree, pool: &[String]) -> Vec<String> {
    let files = pool.iter().filter(|path| path.contains("Kconfig"));
    let texts = files.map(|path| tree.read_text(path).unwrap_or_default());
    let mut names: Vec<String> = texts
        .flat_map(|text| {
            let names = text.lines().filter_map(|line| line.strip_prefix("config "));
            names.map(str::to_owned).collect::<Vec<_>>()
        })
        .collect();
    names.push("NOT_DECLARED".to_owned());
    names.push("ARCH_HAS_LAZY_MMU_MOD".to_owned());
    names
}

/// A random edit of a Kconfig file as people make them: of an entry, or of one line of it.
fn edit_of_entry(text: &str, names: &[String], random: &mut Prng) -> String {
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    let [one, other] = [random.pick(names).clone(), random.pick(names).clone()];
    let entries: Vec<usize> = (0..lines.len())
        .filter(|&at| lines[at].starts_with("config "))
        .collect();
    let is_of_entry = |line: &str| line.is_empty() || line.starts_with([' ', '\t']);
    match random.below(9) {
        0..3 => {
            let name = format!("ADDED_{}", random.below(30));
            let mut entry = vec![format!("config {name}"), format!("\tbool \"{name}\"")];
            if random.chance(70) {
                entry.push(format!("\tdepends on {one}"));
            }
            if random.chance(40) {
                entry.push(format!("\tselect {other}"));
            }
            if random.chance(20) {
                entry.push(format!("\tdepends on ADDED_{}", random.below(30)));
            }
            // Between two entries, or at the end.
            let at = match entries[..] {
                [] => lines.len(),
                _ => *random.pick(&[&entries[..], &[lines.len()]].concat()),
            };
            entry.push(String::new());
            lines.splice(at..at, entry);
        }
        kind @ 3..7 if !entries.is_empty() => {
            let at = *random.pick(&entries);
            let own = lines[at + 1..].iter();
            let own = own.take_while(|line| is_of_entry(line)).count();
            let of = |word: &str, name: &str| format!("\t{word} {name}");
            let line = (at + 1..at + 1 + own).find(|&at| {
                let line = lines[at].trim_start();
                line.starts_with("depends on") || line.starts_with("select")
            });
            match (kind, line) {
                // The whole entry goes.
                (3, _) => drop(lines.drain(at..at + 1 + own)),
                (4, Some(line)) => drop(lines.remove(line)),
                (5, Some(line)) => lines[line] = of("depends on", &one),
                _ if own > 0 => lines.insert(at + 2, of("select", &other)),
                _ => {}
            }
        }
        7 => lines.push(format!("config {one}\n\ttristate \"Again\"")),
        _ => lines.push(format!("if {one}\nconfig {other}_X\n\tdef_bool y\nendif")),
    }
    lines.join("\n") + "\n"
}

/// A random edit: the path, and the text that it has then; `None` for a file that is gone.
fn edit(
    tree: &Tree,
    (pool, names): (&[String], &[String]),
    random: &mut Prng,
) -> (String, Option<String>) {
    let path = random.pick(pool).clone();
    let Ok(text) = tree.read_text(&path) else {
        return (path, Some(String::new()));
    };
    let mut lines: Vec<&str> = text.lines().collect();
    let at = random.below(lines.len() + 1);
    let is_kconfig = path.contains("Kconfig");
    if is_kconfig && random.chance(60) {
        return (path, Some(edit_of_entry(&text, names, random)));
    }
    match random.below(12) {
        0 if random.chance(25) => return (path, None),
        0 | 1 => lines.insert(at, if path.ends_with(".c") { "/* x */" } else { "" }),
        2 => lines.insert(at, if is_kconfig { "# x" } else { "" }),
        3 | 4 if !lines.is_empty() => {
            lines.remove(at.min(lines.len() - 1));
        }
        5 if !lines.is_empty() => lines.insert(at, lines[random.below(lines.len())]),
        6 if lines.len() > 1 => {
            let last = lines.len() - 1;
            lines.swap(at.min(last), random.below(last + 1));
        }
        7 if is_kconfig => {
            lines.push("config ADDED\n\tbool \"Added\"\n\tselect ARCH_HAS_LAZY_MMU_MODE")
        }
        8 if is_kconfig => lines.push("config ADDED\n\tbool \"Added\"\n\tdepends on MMU"),
        9 if path.ends_with(".h") => lines.push("#undef arch_enter_lazy_mmu_mode"),
        10 if path.ends_with(".c") => {
            lines.push("void added(void)\n{\n\tlazy_mmu_mode_enable();\n}");
        }
        _ => lines.push(if is_kconfig { "" } else { "\n" }),
    }
    (path, Some(lines.join("\n") + "\n"))
}

/// Everything that a check says.
fn told(outcome: &Outcome) -> String {
    format!("{outcome:#?}")
}

/// After each edit the checker that keeps things says what a new one says.
fn edits(root: &Path, count: usize) -> Result<(), Failed> {
    let base = Tree::open(root)?.remembering();
    let architectures = base.architectures()?;
    let pool = pool(&base, &architectures)?;
    let specs = features(&base);
    let names = symbols(&base, &pool);
    let mut keeping = Checker::for_series(&specs, Search::Near);
    let mut random = Prng::new(seed());
    let mut tree = base.clone();
    let mut done: Vec<String> = Vec::new();
    for number in 0..count {
        if number % RESET == 0 {
            tree = base.clone();
            done.clear();
        }
        let (path, text) = edit(&tree, (&pool, &names), &mut random);
        done.push(format!(
            "{path}: {}",
            text.as_ref().map_or("gone", |_| "changed")
        ));
        tree.overlay(&path, text.map(String::into_bytes))?;
        let kept = keeping.check(&tree, &architectures, &mut |_| {});
        let mut new = Checker::for_series(&specs, Search::Near);
        let fresh = new.check(&tree, &architectures, &mut |_| {});
        let (kept, fresh) = match (kept, fresh) {
            (Ok(kept), Ok(fresh)) => (told(&kept), told(&fresh)),
            // A file that the feature cannot do without is gone.
            (Err(kept), Err(fresh)) => (kept.to_string(), fresh.to_string()),
            (kept, fresh) => (
                kept.map_or_else(|error| error.to_string(), |_| "a result".to_owned()),
                fresh.map_or_else(|error| error.to_string(), |_| "a result".to_owned()),
            ),
        };
        if kept != fresh {
            let differs = kept.lines().zip(fresh.lines()).find(|(a, b)| a != b);
            return Err(format!("edit {number} of {done:#?}: kept and fresh: {differs:#?}").into());
        }
        if random.chance(20) {
            for (kept, fresh) in keeping.models().zip(new.models()) {
                same_model(kept, fresh).map_err(|what| {
                    let arch = &fresh.srcarch;
                    format!("edit {number} of {done:#?}: the model of {arch}: {what}")
                })?;
            }
        }
    }
    Ok(())
}

/// Whether two models declare the same symbols in the same way at the same places.
fn same_model(kept: &Model, fresh: &Model) -> Result<(), String> {
    let lines = |model: &Model| -> Vec<String> {
        let properties = model.properties.iter();
        let properties = properties.map(|of| {
            let entry = model.entry(of.entry);
            let name = entry
                .symbol
                .map_or_else(String::new, |symbol| model.name(symbol));
            let conditions = [of.condition, entry.dependency].map(|expr| model.write(expr));
            format!("{name} at {}: {conditions:?}", model.location(of.place))
        });
        properties.collect()
    };
    let (kept, fresh) = (lines(kept), lines(fresh));
    match kept.iter().zip(&fresh).find(|(kept, fresh)| kept != fresh) {
        Some(differ) => Err(format!("{differ:?}")),
        None if kept.len() != fresh.len() => Err("one has more lines".to_owned()),
        None => Ok(()),
    }
}

/// Random series, each judged with models that are kept from commit to commit, and with models of its own for each commit.
fn series(root: &Path, count: usize) -> Result<(), Failed> {
    let before = Tree::open(root)?.remembering();
    let pool = pool(&before, &before.architectures()?)?;
    let names = symbols(&before, &pool);
    let mut random = Prng::new(seed());
    let levels = Levels::default();
    let suppressions = suppression::Source::default();
    for number in 0..count {
        // Of all features the Kconfig lines themselves are judged, too.
        let is_of_all_features = number % 2 == 0;
        let specs = match is_of_all_features {
            true => features(&before),
            false => lazy_mmu().to_vec(),
        };
        let mut tree = before.clone();
        let mut done = Vec::new();
        let mut steps = Vec::new();
        for commit in 0..COMMITS {
            let (path, text) = edit(&tree, (&pool, &names), &mut random);
            done.push(format!(
                "{path}: {}",
                text.as_deref().unwrap_or("gone").len()
            ));
            tree.overlay(&path, text.map(String::into_bytes))?;
            let commit = Commit {
                number: commit as u32 + 1,
                of: COMMITS as u32,
                id: None,
                subject: String::new(),
            };
            let (commit, tree) = (Arc::new(commit), tree.clone());
            steps.push(Step { commit, tree });
        }
        let request = Request {
            specs: &specs,
            architectures: &[],
            is_of_all_features,
            is_of_whole_tree: false,
            levels: &levels,
            suppressions: &suppressions,
        };
        let told = |has_own_models: bool| {
            let mut checker = request.checker(&before, &steps);
            if has_own_models {
                checker = checker.with_own_models();
            }
            let next = &mut |_| {};
            let history = request.check_series(&mut checker, &before, &steps, next, &mut |_| {});
            match history {
                Ok(history) => format!("{history:#?}"),
                Err(error) => format!("{error}: {}", error.source),
            }
        };
        let (kept, own) = (told(false), told(true));
        if kept != own {
            let differs = kept.lines().zip(own.lines()).find(|(a, b)| a != b);
            return Err(format!("series {number} of {done:#?}: kept and own: {differs:#?}").into());
        }
    }
    Ok(())
}

/// After edits on disk, a run that finds the cache of the runs before says what one says that does not look there.
fn runs(root: &Path, count: usize) -> Result<(), Failed> {
    let base = Tree::open(root)?;
    let specs = &features(&base);
    let architectures = base.architectures()?;
    let pool = pool(&base, &architectures)?;
    let names = symbols(&base, &pool);
    let cache = tempfile::tempdir()?;
    let store = Store::in_directory(cache.path().to_owned());
    let mut random = Prng::new(seed());
    let mut edited: BTreeMap<String, Option<Vec<u8>>> = BTreeMap::new();
    let mut done: Vec<String> = Vec::new();
    let mut gone_on = 0;
    for number in 0..count {
        if number % RESET == 0 {
            for (path, text) in std::mem::take(&mut edited) {
                match text {
                    Some(text) => std::fs::write(root.join(path), text)?,
                    None => std::fs::remove_file(root.join(path))?,
                }
            }
            done.clear();
        }
        // Mostly one file at a time, sometimes none or several.
        for _ in 0..[1, 1, 1, 0, 2, 3][random.below(6)] {
            let tree = Tree::open(root)?;
            let (path, text) = edit(&tree, (&pool, &names), &mut random);
            let before = tree.read(&path).ok();
            edited.entry(path.clone()).or_insert(before);
            done.push(format!(
                "{path}: {}",
                text.as_deref().unwrap_or("gone").len()
            ));
            match text {
                Some(text) => std::fs::write(root.join(&path), text)?,
                None if tree.is_file(&path) => std::fs::remove_file(root.join(&path))?,
                None => {}
            }
        }
        // The clock of the file system has to go on before a file counts as left alone.
        std::thread::sleep(std::time::Duration::from_millis(45));
        let (found, is_from_pieces) = run(root, &store, specs, &architectures)?;
        gone_on += usize::from(is_from_pieces);
        let fresh = Checker::once(specs, Search::Near);
        let fresh = outcome(fresh, &Tree::open(root)?, &architectures);
        if found != fresh {
            let at = found.lines().zip(fresh.lines()).position(|(a, b)| a != b);
            let around = |text: &str| -> String {
                let lines = text.lines().skip(at.unwrap_or(0).saturating_sub(24));
                let lines = lines.take(30).map(|line| format!("{} ", line.trim()));
                lines.collect()
            };
            let (found, fresh) = (around(&found), around(&fresh));
            let why = format!("run {number} after {done:#?}:\nkept: {found}\nfresh: {fresh}");
            return Err(why.into());
        }
    }
    match gone_on * 3 > count {
        true => Ok(()),
        false => Err(format!("only {gone_on} of {count} runs went on from pieces").into()),
    }
}

/// Returns what a run says that looks into the cache and leaves its result there, and whether it went on from the pieces of an earlier one.
fn run(
    root: &Path,
    store: &Store,
    specs: &[Spec],
    architectures: &[String],
) -> Result<(String, bool), Failed> {
    let tree = Tree::open(root)?;
    let question = Question::about(&tree, "what?").unwrap();
    let watch = Watch::start();
    let view = watch.over(&tree);
    let (checker, from) = match store.find(&tree, &question) {
        Found::Outcome(outcome) => return Ok((told(&outcome), false)),
        Found::Pieces(kept, basis) => (
            Checker::once(specs, Search::Near).with_kept(Some(kept)),
            From::Pieces(basis),
        ),
        Found::Nothing => {
            let pieces: Arc<Pieces> = Arc::default();
            (
                Checker::once(specs, Search::Near).keeping(Some(pieces.clone())),
                From::Start(pieces),
            )
        }
    };
    let mut checker = checker;
    let result = checker.check(&view, architectures, &mut |_| {});
    if let Ok(outcome) = &result
        && let Some(answer) = Answer::of(outcome)
    {
        store.keep(&tree, &question, &answer, &watch, &from)?;
    }
    let told = result.map_or_else(|error| error.to_string(), |outcome| told(&outcome));
    Ok((told, matches!(from, From::Pieces(_))))
}

/// Returns what a checker says of a tree.
fn outcome(mut checker: Checker<'_>, tree: &Tree, architectures: &[String]) -> String {
    match checker.check(tree, architectures, &mut |_| {}) {
        Ok(outcome) => told(&outcome),
        Err(error) => error.to_string(),
    }
}

/// The output for a tree depends neither on threads nor on the cache.
fn bytes(root: &Path, features: &str) -> Result<(), Failed> {
    let cache = tempfile::tempdir()?;
    let run = |threads: &str, arguments: &[&str]| -> Result<Vec<u8>, Failed> {
        let output = Command::new(env!("CARGO_BIN_EXE_kfeat"))
            .args([
                "check",
                "--format",
                "json",
                "--pedantic",
                "--feature",
                features,
                "-C",
            ])
            .arg(root)
            .args(arguments)
            .env("RAYON_NUM_THREADS", threads)
            .output()?;
        if output.stdout.is_empty() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
        }
        Ok(output.stdout)
    };
    let first = run("1", &["--no-cache"])?;
    let directory = cache.path().to_string_lossy().into_owned();
    for threads in ["2", "64"] {
        if run(threads, &["--no-cache"])? != first {
            return Err(format!("{threads} threads write other bytes than one").into());
        }
    }
    for time in ["cold", "warm"] {
        if run("2", &["--cache-dir", &directory])? != first {
            return Err(format!("a {time} cache makes other bytes than none").into());
        }
    }
    Ok(())
}
