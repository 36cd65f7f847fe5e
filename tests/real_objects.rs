//! Whether the objects of a configuration are those that make itself lists, and how many source files have a condition, on real
//! kernel trees.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons; the makefiles of older releases, before 6.1, enter directories
//! in another way, and are left out. For each configuration the tree's own makefiles make the `.config`, and `scripts/Makefile.build`
//! reads the list of each directory, from the root down, with the variables that the top makefile exports: the same files and
//! functions that build the kernel, only that the lists are printed and nothing is compiled. The objects are compared by path, those of
//! the kernel and those of modules.
//!
//! `$KFEAT_OBJECTS` names the configurations, such as `x86/i386_defconfig,arm64/defconfig`; without it there are a few of each
//! architecture. This takes every defconfig of four architectures:
//!
//!     KFEAT_TEST_TREES=linux-7.2 KFEAT_OBJECTS=all cargo test --release --test real_objects -- --nocapture
//!
//! The trees are only read.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use kfeat::arch::machine;
use kfeat::cpp::condition::Operator;
use kfeat::cpp::{Atom, Condition};
use kfeat::kbuild::objects::Objects;
use kfeat::kbuild::run::Symbols;
use kfeat::kconfig::model::environment::{OneArch, Version};
use kfeat::kconfig::model::{self, Model, Type};
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};
use rayon::prelude::*;

mod trees;

/// The architectures, with the prefix of their compilers and the configurations that are the default.
const ARCHS: &[(&str, &str, &[&str])] = &[
    ("x86", "", &["x86_64_defconfig", "i386_defconfig"]),
    ("arm64", "aarch64-linux-gnu-", &["defconfig"]),
    ("powerpc", "powerpc64-linux-gnu-", &["g5_defconfig"]),
    ("riscv", "riscv64-linux-gnu-", &["defconfig"]),
];

/// Most objects of a configuration whose condition may depend on what a compiler says.
const MAX_UNDECIDED: usize = 5;

/// Prints the lists of a directory as scripts/Makefile.build has them.
const PRINT: &str = "kfeat-list: ; @echo 'kernel: $(real-obj-y)'; echo 'library: $(lib-y)'; echo 'module: $(real-obj-m)'; \
    echo 'directories: $(subdir-ym)'; echo 'builtin: $(subdir-builtin)'";

/// Writes the variables that the top makefile exports.
const EXPORTED: &str = "kfeat-exported: ; @env -0 > kfeat.env";

fn main() {
    let arguments = Arguments::from_args();
    let trees = trees::real();
    let asked = std::env::var("KFEAT_OBJECTS").unwrap_or_default();
    let mut trials = Vec::new();
    for name in ["objects_are_those_of_make", "source_files_have_conditions"] {
        if trees.is_empty() {
            trials.push(trees::missing(name));
        }
    }
    for path in trees.iter().filter(|path| is_known(path)) {
        for &(srcarch, prefix, usual) in ARCHS {
            let configurations = configurations(path, srcarch, usual, &asked);
            if configurations.is_empty() {
                continue;
            }
            let compiler = format!("{prefix}gcc");
            let is_installed = Command::new(&compiler).arg("--version").output().is_ok();
            let path = path.clone();
            let name = format!("objects_are_those_of_make::{srcarch}::{}", path.display());
            let trial = match is_installed {
                true => Trial::test(name, move || {
                    compare(&path, srcarch, prefix, &configurations)
                }),
                false => Trial::test(name, || Ok(()))
                    .with_kind(format!("{compiler} is not installed"))
                    .with_ignored_flag(true),
            };
            trials.push(trial);
        }
        let name = format!("source_files_have_conditions::{}", path.display());
        let path = path.clone();
        trials.push(Trial::test(name, move || measure(&path)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// Whether the top makefile enters the root as one directory, with the lists of the architecture in variables.
fn is_known(path: &Path) -> bool {
    let list = std::fs::read_to_string(path.join("Kbuild"));
    list.is_ok_and(|text| text.contains("$(ARCH_CORE)"))
}

fn configurations(path: &Path, srcarch: &str, usual: &[&str], asked: &str) -> Vec<String> {
    match asked {
        "" => usual.iter().map(|name| (*name).to_owned()).collect(),
        "all" => {
            let directory = path.join(format!("arch/{srcarch}/configs"));
            let entries = std::fs::read_dir(directory).unwrap();
            let names = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap());
            let mut names: Vec<String> = names.filter(|name| name.ends_with("defconfig")).collect();
            names.sort();
            names
        }
        asked => {
            let each = asked.split(',').filter_map(|one| one.split_once('/'));
            let own = each.filter(|(of, _)| *of == srcarch);
            own.map(|(_, name)| name.to_owned()).collect()
        }
    }
}

/// The types of a model's symbols.
struct Types<'m>(&'m Model);

impl Symbols for Types<'_> {
    fn is_logical(&self, name: &str) -> bool {
        let symbol = self.0.find(name);
        let symbol = symbol.filter(|&symbol| self.0.is_defined(symbol));
        let type_ = symbol.map(|symbol| self.0.symbol(symbol).type_);
        type_.is_none_or(|type_| matches!(type_, Some(Type::Bool | Type::Tristate)))
    }
}

/// The values of a `.config`.
struct Values(BTreeMap<String, String>);

impl Values {
    fn read(path: &Path) -> Result<Self, Failed> {
        let text = std::fs::read_to_string(path)?;
        let lines = text.lines().filter_map(|line| line.strip_prefix("CONFIG_"));
        let values = lines.filter_map(|line| line.split_once('='));
        let values = values.map(|(name, value)| (name.to_owned(), value.to_owned()));
        Ok(Self(values.collect()))
    }

    fn of(&self, atom: &Atom) -> Option<bool> {
        let own = atom.symbol().and_then(|name| self.0.get(name));
        match atom {
            Atom::Builtin(_) => Some(own.is_some_and(|value| value == "y")),
            Atom::Module(_) => Some(own.is_some_and(|value| value == "m")),
            Atom::Comparison {
                operator, value, ..
            } => {
                let own: i64 = own.map_or(Some(0), |own| own.parse().ok())?;
                Some(match operator {
                    Operator::Equal => own == *value,
                    Operator::Greater => own > *value,
                })
            }
            _ => None,
        }
    }
}

/// The objects of one configuration by path.
#[derive(Default)]
struct Listed {
    kernel: BTreeSet<String>,
    module: BTreeSet<String>,
}

fn compare(
    path: &Path,
    srcarch: &str,
    prefix: &str,
    configurations: &[String],
) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    // The value of ARCH decides on the bits, as for `kfeat cover`.
    let machine = machine::machine(srcarch).ok_or("an unknown architecture")?;
    let of_arch = |arch: &str| {
        let mut outside = OneArch::new(srcarch, arch, &version);
        model::build(&sources, "Kconfig", srcarch, &version, &mut outside)
    };
    let out = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR"))?;
    let mut wrong = Vec::new();
    for arch in [&machine.arch].into_iter().chain(machine.variants) {
        let own: Vec<&String> = configurations
            .iter()
            .filter(|name| (**arch == *"i386") == (*name == "i386_defconfig"))
            .collect();
        if own.is_empty() {
            continue;
        }
        let model = of_arch(arch);
        let types = Types(&model);
        let mut objects = Objects::new(&tree, &types, srcarch, arch);
        let all = objects.all();
        for name in own {
            let make = Make {
                tree: path,
                out: out.path(),
                arch,
                prefix,
            };
            let theirs = make.lists(name)?;
            let values = Values::read(&out.path().join(".config"))?;
            let mut ours = Listed::default();
            let mut undecided = BTreeSet::new();
            for (object, built) in &all {
                for (condition, set) in [
                    (built.kernel, &mut ours.kernel),
                    (built.module, &mut ours.module),
                ] {
                    let truth = objects
                        .conditions
                        .evaluate(condition, &|atom| values.of(atom));
                    match truth {
                        Some(true) => drop(set.insert(object.clone())),
                        Some(false) => {}
                        None => drop(undecided.insert(object.clone())),
                    }
                }
            }
            // An object that the text of a string names is in no list, but what is unknown of its list says so.
            for object in theirs.kernel.union(&theirs.module) {
                let is_listed = ours.kernel.contains(object) || ours.module.contains(object);
                if !is_listed && !objects.object(object).unknown.is_empty() {
                    undecided.insert(object.clone());
                }
            }
            let label = format!("{srcarch}/{name}");
            println!(
                "{label}: make lists {} objects of the kernel and {} of modules; {} are undecided here: {undecided:?}",
                theirs.kernel.len(),
                theirs.module.len(),
                undecided.len()
            );
            let before = wrong.len();
            for (kind, ours, theirs) in [
                ("kernel", &ours.kernel, &theirs.kernel),
                ("module", &ours.module, &theirs.module),
            ] {
                let different = ours.symmetric_difference(theirs);
                for object in different.filter(|object| !undecided.contains(*object)) {
                    let side = if ours.contains(object) {
                        "only kfeat has it"
                    } else {
                        "only make has it"
                    };
                    wrong.push(format!("{label}: {kind}: {object}: {side}"));
                }
            }
            println!("{label}: {} differences", wrong.len() - before);
            if theirs.kernel.len() < 300 {
                wrong.push(format!("{label}: make lists too few objects"));
            }
            if undecided.len() > MAX_UNDECIDED {
                wrong.push(format!("{label}: too many objects are undecided"));
            }
        }
    }
    if !wrong.is_empty() {
        let count = wrong.len();
        wrong.truncate(100);
        return Err(format!("{count} differences\n{}", wrong.join("\n")).into());
    }
    Ok(())
}

/// A directory that make configures for a tree.
struct Make<'a> {
    tree: &'a Path,
    out: &'a Path,
    arch: &'a str,
    prefix: &'a str,
}

impl Make<'_> {
    /// The lists of make in a configuration, from the root on.
    fn lists(&self, configuration: &str) -> Result<Listed, Failed> {
        self.top(&[configuration])?;
        self.top(&["syncconfig"])?;
        self.top(&[&format!("--eval={EXPORTED}"), "kfeat-exported"])?;
        let exported = std::fs::read(self.out.join("kfeat.env"))?;
        let exported = String::from_utf8_lossy(&exported).into_owned();
        let kept = ["MAKEFLAGS", "MFLAGS", "MAKELEVEL", "MAKEOVERRIDES"];
        let exported: Vec<(&str, &str)> = exported
            .split('\0')
            .filter_map(|variable| variable.split_once('='))
            .filter(|(name, _)| !kept.contains(name) && *name != "KBUILD_MODULES")
            .collect();
        let mut listed = Listed::default();
        // Whether a directory becomes a part of the kernel; it may be entered a second time for that.
        let mut known: BTreeMap<String, bool> = BTreeMap::new();
        let mut pending = vec![(".".to_owned(), true)];
        while !pending.is_empty() {
            let answers: Vec<String> = pending
                .par_iter()
                .map(|(directory, is_kernel)| self.list(directory, *is_kernel, &exported))
                .collect::<Result<_, String>>()?;
            let mut next = Vec::new();
            for ((_, is_kernel), text) in pending.into_iter().zip(answers) {
                let words = |kind: &str| -> Vec<String> {
                    let line = text.lines().find_map(|line| line.strip_prefix(kind));
                    let words = line.unwrap_or_default().split_whitespace();
                    words.map(normal).collect()
                };
                let objects = |kind: &str| {
                    let words = words(kind).into_iter();
                    words.filter(|word| word.ends_with(".o"))
                };
                if is_kernel {
                    listed.kernel.extend(objects("kernel:"));
                    listed.kernel.extend(objects("library:"));
                }
                listed.module.extend(objects("module:"));
                let builtin = words("builtin:");
                for directory in words("directories:") {
                    let is_kernel =
                        is_kernel && builtin.contains(&format!("{directory}/built-in.a"));
                    let before = known.insert(directory.clone(), is_kernel);
                    if before.is_none_or(|before| is_kernel && !before) {
                        next.push((directory, is_kernel));
                    }
                }
            }
            pending = next;
        }
        listed.module = &listed.module - &listed.kernel;
        Ok(listed)
    }

    /// Runs the top makefile.
    fn top(&self, arguments: &[&str]) -> Result<(), Failed> {
        let output = Command::new("make")
            .args(["-s", "-C"])
            .arg(self.tree)
            .arg(format!("O={}", self.out.display()))
            .arg(format!("ARCH={}", self.arch))
            .arg(format!("CROSS_COMPILE={}", self.prefix))
            .args(arguments)
            .env_remove("MAKEFLAGS")
            .output()?;
        match output.status.success() {
            true => Ok(()),
            false => Err(format!(
                "make {arguments:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            )
            .into()),
        }
    }

    /// The lists of one directory.
    fn list(
        &self,
        directory: &str,
        is_kernel: bool,
        exported: &[(&str, &str)],
    ) -> Result<String, String> {
        let output = Command::new("make")
            .args(["-s", "-r", "-R", "--no-print-directory", "-f"])
            .arg(self.tree.join("scripts/Makefile.build"))
            .arg(format!("obj={directory}"))
            .arg(format!("need-builtin={}", if is_kernel { "1" } else { "" }))
            .arg("need-modorder=1")
            .arg(format!("--eval={PRINT}"))
            .arg("kfeat-list")
            .current_dir(self.out)
            .env_clear()
            .envs(exported.iter().copied())
            .env("KBUILD_MODULES", "y")
            .output()
            .map_err(|error| error.to_string())?;
        match output.status.success() {
            true => Ok(String::from_utf8_lossy(&output.stdout).into_owned()),
            false => Err(format!(
                "{directory}: {}",
                String::from_utf8_lossy(&output.stderr)
            )),
        }
    }
}

/// A path without `./` and `x/..`.
fn normal(word: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in word.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// How it is known when a source file is compiled.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Decided {
    /// A list has its object.
    Listed,
    /// A rule of its directory makes the object, wherever the directory is entered.
    Rule,
    /// It is a program for the build host or for user space.
    Program,
    /// A source file that is decided includes it.
    Included,
    /// Everything on the way is known, and nothing builds it.
    Never,
}

/// How many source files have a condition that is decided: one that only rests on symbols of Kconfig.
fn measure(path: &Path) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let sources = Sources::new(&tree);
    // These have makefiles of their own, and are no part of the kernel.
    let out = ["Documentation/", "tools/", "scripts/"];
    let is_code = |file: &str| file.ends_with(".c") && !out.iter().any(|out| file.starts_with(out));
    let files: Vec<String> = tree.walk("", &is_code)?;
    let mut decided: BTreeMap<&str, Decided> = BTreeMap::new();
    let mut open: BTreeMap<&str, String> = BTreeMap::new();
    for srcarch in tree.architectures()? {
        let machine = machine::machine(&srcarch);
        let arch = machine.map_or(&*srcarch, |machine| machine.arch);
        let mut outside = OneArch::new(&srcarch, arch, &version);
        let model = model::build(&sources, "Kconfig", &srcarch, &version, &mut outside);
        let types = Types(&model);
        let mut objects = Objects::new(&tree, &types, &srcarch, arch);
        for file in files.iter().map(String::as_str) {
            let may_be_known = matches!(
                decided.get(file),
                Some(Decided::Listed | Decided::Rule | Decided::Program)
            );
            if may_be_known || !kfeat::cover::entries::may_compile(&srcarch, file) {
                continue;
            }
            let built = objects.built(file);
            let of_symbols = |condition: Condition| {
                condition != Condition::FALSE
                    && objects
                        .conditions
                        .atoms(condition)
                        .iter()
                        .all(|atom| atom.symbol().is_some())
            };
            let how = if of_symbols(built.kernel) || of_symbols(built.module) {
                Decided::Listed
            } else if of_symbols(built.rule) {
                Decided::Rule
            } else if built.is_possible() {
                let condition = built.any(&mut objects.conditions);
                let condition = objects.conditions.in_kconfig_style(condition);
                open.insert(file, format!("built where `{condition}`"));
                continue;
            } else if objects.is_program(file) {
                Decided::Program
            } else if let Some(unknown) = built.unknown.first() {
                open.entry(file).or_insert_with(|| {
                    format!("{}:{}: {}", unknown.path, unknown.line, unknown.text)
                });
                continue;
            } else {
                Decided::Never
            };
            decided.insert(file, how);
        }
    }
    // A file that another one includes is compiled with that.
    let known: BTreeSet<&str> = decided
        .iter()
        .filter(|(_, how)| **how != Decided::Never)
        .map(|(file, _)| *file)
        .collect();
    for &file in &files.iter().map(String::as_str).collect::<Vec<_>>() {
        if known.contains(file) {
            continue;
        }
        let includers = kfeat::cover::entries::includers(&tree, file);
        if includers.iter().any(|includer| known.contains(&**includer)) {
            decided.insert(file, Decided::Included);
        }
    }
    open.retain(|file, _| !matches!(decided.get(file), Some(how) if *how != Decided::Never));
    let mut by: BTreeMap<Decided, usize> = BTreeMap::new();
    for (file, how) in &decided {
        if !open.contains_key(file) {
            *by.entry(*how).or_default() += 1;
        }
    }
    let count = files.len() - open.len();
    println!(
        "{count} of {} source files are decided, {:.2} %: {by:?}",
        files.len(),
        count as f64 * 100.0 / files.len() as f64
    );
    let never = decided
        .iter()
        .filter(|(file, how)| **how == Decided::Never && !open.contains_key(*file));
    for (file, _) in never {
        println!("  never built: {file}");
    }
    for (file, why) in &open {
        println!("  open: {file}: {why}");
    }
    match count * 100 >= files.len() * 99 {
        true => Ok(()),
        false => Err("less than 99 % of the source files are decided".into()),
    }
}
