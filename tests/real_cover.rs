//! How many lines of real changes `cover` gets compiled, with how many builds, and in which time.
//!
//! `$KFEAT_TEST_TREES` names kernel trees (directories, separated by colons); an older and a newer one are needed. The corpus is made
//! from their differences: each change is one to five files of one directory of the newer tree with some of the lines that the
//! older one lacks. `$KFEAT_COVER` says how many changes (8), `$KFEAT_COVER_SEED` which (1). This makes 300 and prints the figures:
//!
//!     KFEAT_TEST_TREES=linux-6.12:linux-7.2 KFEAT_COVER=300 cargo test --release --test real_cover -- --nocapture
//!
//! `$KFEAT_COVER_WRITE` names a file to which the changes are appended, one per line, as arguments of `kfeat cover`;
//! `benches/compile-times.py` reads it.
//!
//! The second test makes the builds of a few changes (`$KFEAT_COVER_BUILDS`, 2) with the compilers that are there, and proves
//! each line from what the preprocessor left. This does it for 100:
//!
//!     KFEAT_TEST_TREES=linux-6.12:linux-7.2 KFEAT_COVER_BUILDS=100 cargo test --release --test real_cover -- --nocapture claims
//!
//! The trees are only read.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

use std::collections::BTreeMap;
use std::io::Write;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Instant;

use kfeat::arch::machine;
use kfeat::cover::entries::Users;
use kfeat::cover::place::{Place, Places};
use kfeat::cover::{Asked, Cover, Outcome, Target, cover, ranges};
use kfeat::cpp::cache::Cache;
use kfeat::cpp::{Atom, Condition};
use kfeat::kconfig::eval::{Evaluator, NewValues, Tristate};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::{OneArch, Version};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

mod trees;

/// Where changes come from, and how many of each ten.
const PLACES: &[(&str, usize)] = &[
    ("drivers", 4),
    ("mm", 1),
    ("include", 1),
    ("arch", 2),
    ("kernel", 1),
    ("fs", 1),
];

/// The architectures, as they are preferred.
const ARCHS: &[&str] = &[
    "x86",
    "arm64",
    "arm",
    "powerpc",
    "riscv",
    "mips",
    "s390",
    "sparc",
    "alpha",
    "arc",
    "csky",
    "hexagon",
    "loongarch",
    "m68k",
    "microblaze",
    "nios2",
    "openrisc",
    "parisc",
    "sh",
    "xtensa",
];

/// Most hunks of one file, and most lines of one hunk.
const MOST: (usize, usize) = (3, 40);

/// Objects that do not compile in a configuration that Kconfig allows, and what the kernel (7.2) lacks.
const DEFECTS: &[(&str, &str)] = &[
    (
        "drivers/interconnect/qcom/sar2130p.o",
        "INTERCONNECT_QCOM_SAR2130P neither selects REGMAP_MMIO nor depends on it",
    ),
    (
        "drivers/interconnect/qcom/shikra.o",
        "INTERCONNECT_QCOM_SHIKRA neither selects REGMAP_MMIO nor depends on it",
    ),
];

/// A test of the change from one tree to another.
type OfTwoTrees = fn(&Path, &Path) -> Result<(), Failed>;

fn main() {
    let arguments = Arguments::from_args();
    let mut trees = trees::real();
    trees.sort_by_key(|path| version(path));
    let tests: [(&str, OfTwoTrees); 2] = [
        ("lines_of_real_changes_are_covered", run),
        ("claims_hold_in_builds", build),
    ];
    let trials = tests.into_iter().map(|(name, test)| match &trees[..] {
        [.., old, new] => {
            let (old, new) = (old.clone(), new.clone());
            Trial::test(name, move || test(&old, &new))
        }
        _ => trees::missing(name),
    });
    let trials = trials.collect();
    libtest_mimic::run(&arguments, trials).exit();
}

/// The numbers in a directory's name.
fn version(path: &Path) -> Vec<u32> {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    name.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|part| part.parse().ok())
        .collect()
}

fn number(name: &str, default: usize) -> usize {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(default)
}

/// A generator of numbers that is the same everywhere (splitmix64).
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ (mixed >> 31)) % limit.max(1) as u64) as usize
    }
}

/// Changes without end, from the differences of two trees.
struct Changes<'t> {
    old: &'t Tree,
    new: &'t Tree,
    files: BTreeMap<&'static str, Vec<String>>,
    turns: Vec<&'static str>,
    turn: usize,
    numbers: Numbers,
}

impl<'t> Changes<'t> {
    fn new(old: &'t Tree, new: &'t Tree) -> Result<Self, Failed> {
        let mut files: BTreeMap<&str, Vec<String>> = BTreeMap::new();
        for (place, _) in PLACES {
            let is_code = |path: &str| {
                [".c", ".h", ".S"].iter().any(|end| path.ends_with(end))
                    && !path.contains("/tools/")
                    && !path.starts_with("arch/um/")
                    && !path.starts_with("arch/x86/um/")
            };
            files.insert(place, new.walk(place, &is_code)?);
        }
        let turns = PLACES
            .iter()
            .flat_map(|(place, times)| std::iter::repeat_n(*place, *times));
        Ok(Self {
            old,
            new,
            files,
            turns: turns.collect(),
            turn: 0,
            numbers: Numbers(number("KFEAT_COVER_SEED", 1) as u64),
        })
    }

    fn next(&mut self) -> Asked {
        loop {
            let place = self.turns[self.turn % self.turns.len()];
            let asked = change(self.old, self.new, &self.files[place], &mut self.numbers);
            if !asked.is_empty() {
                self.turn += 1;
                return asked;
            }
        }
    }
}

/// The architectures in the order in which they are preferred, each with its other kernels.
fn targets() -> Vec<Target> {
    let mut targets = Vec::new();
    for srcarch in ARCHS {
        let machine = machine::machine(srcarch);
        let variants = machine.map_or(&[][..], |machine| machine.variants);
        let usual = machine.map_or(*srcarch, |machine| machine.arch);
        for arch in [&usual].into_iter().chain(variants) {
            targets.push(Target {
                srcarch: (*srcarch).to_owned(),
                arch: (*arch).to_owned(),
                has_compiler: true,
            });
        }
    }
    targets
}

fn run(old: &Path, new: &Path) -> Result<(), Failed> {
    let (old, new) = (Tree::open(old)?, Tree::open(new)?);
    let wanted = number("KFEAT_COVER", 8);
    let targets = targets();
    let mut changes = Changes::new(&old, &new)?;
    let mut peers = Peers::default();
    let (mut times, mut builds) = (Vec::new(), Vec::new());
    let mut totals: BTreeMap<&str, usize> = BTreeMap::new();
    for made in 1..=wanted {
        let asked = changes.next();
        if let Some(path) = std::env::var_os("KFEAT_COVER_WRITE") {
            let mut file = std::fs::OpenOptions::new()
                .create(true)
                .append(true)
                .open(path)?;
            writeln!(file, "{}", words(&asked).join(" "))?;
        }
        let begun = Instant::now();
        let found = cover(&new, &asked, &targets)?;
        let time = begun.elapsed().as_secs_f64();
        times.push(time);
        builds.push(found.builds.len());
        let first = asked.keys().next().map_or("", String::as_str);
        println!(
            "{made:3} {time:5.1} s {} builds, {} lines: {first}",
            found.builds.len(),
            found.lines.len()
        );
        count(&found, &mut totals);
        peers.note(&asked, &found);
    }
    times.sort_by(f64::total_cmp);
    builds.sort_unstable();
    let of = |name: &str| totals.get(name).copied().unwrap_or_default();
    let compiled = of("covered") + of("undecided");
    let share = of("covered") as f64 * 100.0 / compiled.max(1) as f64;
    println!(
        "{wanted} changes, {totals:?}: {share:.2} % of the lines that are not dead are covered; builds: median {}, most {}; \
         planning: median {:.2} s, most {:.2} s",
        builds[builds.len() / 2],
        builds[builds.len() - 1],
        times[times.len() / 2],
        times[times.len() - 1],
    );
    peers.print(&new)?;
    if share < 97.0 {
        return Err(format!("only {share:.2} % of the lines are covered").into());
    }
    Ok(())
}

/// The lines that some build compiles, for a comparison with what one large configuration of x86 compiles of them.
#[derive(Default)]
struct Peers(Asked);

impl Peers {
    fn note(&mut self, asked: &Asked, found: &Cover) {
        for (line, outcome) in &found.lines {
            if matches!(outcome, Outcome::Covered { .. }) && asked.contains_key(&line.path) {
                let lines = self.0.entry(line.path.clone()).or_default();
                lines.push(line.number);
            }
        }
        for lines in self.0.values_mut() {
            lines.sort_unstable();
            lines.dedup();
        }
    }

    /// Prints the shares. A header counts where the source file that leads to it is built, so these are lower bounds.
    fn print(&self, new: &Tree) -> Result<(), Failed> {
        let target = Target {
            srcarch: "x86".to_owned(),
            arch: "x86_64".to_owned(),
            has_compiler: true,
        };
        let version = Version::of(new)?;
        let sources = Sources::new(new);
        let (cache, users) = (Cache::new(new), Users::new(new));
        let mut outside = OneArch::new("x86", "x86_64", &version);
        let model = model::build(&sources, "Kconfig", "x86", &version, &mut outside);
        let may_hold = |_: &kfeat::cpp::Conditions, condition| condition != Condition::FALSE;
        let mut places = Places::new(&cache, &users, &target, &model, &may_hold);
        let files: Vec<(&str, &[u32])> = self
            .0
            .iter()
            .map(|(path, lines)| (path.as_str(), &**lines))
            .collect();
        let found = places.of(&files, &[]);
        let all: usize = found.iter().map(Vec::len).sum();
        let evaluator = Evaluator::new(&model, "CONFIG_");
        let defconfig = new.read("arch/x86/configs/x86_64_defconfig")?;
        let kinds: [(&str, &[u8], NewValues); 3] = [
            ("allyesconfig", b"", NewValues::Yes),
            ("allmodconfig", b"", NewValues::Mod),
            ("x86_64_defconfig", &defconfig, NewValues::Default),
        ];
        for (name, text, values) in kinds {
            let mut configuration = evaluator.configuration();
            configuration.read(text, false);
            configuration.set_new(values);
            let configuration = Mutex::new(configuration);
            let is = |name: &str, value: Tristate| {
                let symbol = model.find(name);
                let mut values = configuration.lock().unwrap();
                Some(symbol.is_some_and(|symbol| values.tristate(symbol) == value))
            };
            let assignment = |atom: &Atom| match atom {
                Atom::Builtin(name) => is(name, Tristate::Yes),
                Atom::Module(name) => is(name, Tristate::Mod),
                _ => None,
            };
            let holds = |place: &&Place| match place {
                Place::Under(under) => {
                    places.conditions.evaluate(under.certain, &assignment) == Some(true)
                }
                _ => false,
            };
            let compiled = found.iter().flatten().filter(holds).count();
            println!(
                "{name} of x86 compiles {compiled} of these {all} lines, {:.1} %",
                compiled as f64 * 100.0 / all.max(1) as f64
            );
        }
        Ok(())
    }
}

/// A change as arguments.
fn words(asked: &Asked) -> Vec<String> {
    let word = |(path, lines): (&String, &Vec<u32>)| {
        format!("{path}:{}", ranges(lines.iter().copied()).join(","))
    };
    asked.iter().map(word).collect()
}

/// Why an object does not compile, where that is a defect of the kernel itself.
fn defect(object: &serde_json::Value) -> Option<&'static str> {
    let known = DEFECTS
        .iter()
        .find(|(path, _)| object.as_str() == Some(*path))?;
    Some(known.1)
}

/// Makes the builds of some changes, and wants every line that they claim proven. That an object does not compile is no claim
/// that fails where the kernel is to blame: lines are proven by what the preprocessor says.
fn build(old: &Path, new: &Path) -> Result<(), Failed> {
    let root = new;
    let (old, new) = (Tree::open(old)?, Tree::open(new)?);
    let mut changes = Changes::new(&old, &new)?;
    let (mut wrong, mut proven, mut made) = (Vec::new(), 0, 0);
    for number in 1..=number("KFEAT_COVER_BUILDS", 2) {
        let asked = changes.next();
        let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
        let mut command = Command::new(env!("CARGO_BIN_EXE_kfeat"));
        command
            .arg("-C")
            .arg(root)
            .args(["build", "--format", "json"]);
        command.arg("--out").arg(out.path());
        for word in words(&asked) {
            command.arg("--cover").arg(word);
        }
        let output = command.output()?;
        let text = String::from_utf8_lossy(&output.stdout);
        let document: serde_json::Value = serde_json::from_str(&text)
            .map_err(|error| format!("{error}: {}", String::from_utf8_lossy(&output.stderr)))?;
        for build in document["builds"].as_array().unwrap() {
            let of = |name: &str| build[name].as_array().unwrap();
            println!(
                "{number:3} {} {}: {} proven",
                build["arch"],
                build["status"],
                of("proven").len()
            );
            proven += of("proven").len();
            made += usize::from(build["status"] != "unavailable");
            for what in of("missing").iter().chain(of("failed")) {
                println!("    {what}");
                if let Some(reason) = defect(what) {
                    println!("        no claim of kfeat: {reason}");
                } else {
                    wrong.push(format!("{number}: {}: {what}", build["arch"]));
                }
            }
        }
    }
    println!(
        "{proven} lines proven in {made} builds, {} claims fail",
        wrong.len()
    );
    if made == 0 {
        return Err("no build was made: is no compiler there?".into());
    }
    if !wrong.is_empty() {
        wrong.truncate(40);
        return Err(wrong.join("\n").into());
    }
    Ok(())
}

/// Some new lines of one to five files of a directory.
fn change(old: &Tree, new: &Tree, files: &[String], numbers: &mut Numbers) -> Asked {
    let mut asked = Asked::new();
    let first = numbers.below(files.len());
    let most = 1 + numbers.below(5);
    let directory = files[first]
        .rsplit_once('/')
        .map_or("", |(directory, _)| directory);
    for path in files[first..].iter().take(12) {
        if asked.len() == most || path.rsplit_once('/').map(|(of, _)| of) != Some(directory) {
            break;
        }
        let text = |tree: &Tree| tree.read_text(path).unwrap_or_default();
        let (before, after) = (text(old), text(new));
        let difference = similar::TextDiff::configure()
            .timeout(std::time::Duration::from_secs(2))
            .diff_lines(&before, &after);
        let mut lines: Vec<u32> = Vec::new();
        let mut hunks = 0;
        for change in difference.ops() {
            let range = change.new_range();
            if change.tag() == similar::DiffTag::Equal || range.is_empty() {
                continue;
            }
            lines.extend(range.take(MOST.1).map(|line| line as u32 + 1));
            hunks += 1;
            if hunks == MOST.0 {
                break;
            }
        }
        if !lines.is_empty() {
            asked.insert(path.clone(), lines);
        }
    }
    asked
}

fn count(found: &Cover, totals: &mut BTreeMap<&str, usize>) {
    for (line, outcome) in &found.lines {
        let name = match outcome {
            Outcome::Covered { .. } => "covered",
            Outcome::Dead(why) => {
                println!(
                    "    dead: {}:{}: {}",
                    line.path,
                    line.number,
                    why.first().map(ToString::to_string).unwrap_or_default()
                );
                "dead"
            }
            Outcome::Undecided(why) => {
                println!("    undecided: {}:{}: {why}", line.path, line.number);
                "undecided"
            }
            Outcome::NoCode(_) => "without code",
            Outcome::OutOfScope(_) => "out of scope",
        };
        *totals.entry(name).or_default() += 1;
    }
}
