//! Describes what is known of the lazy MMU hooks, by reading the trees.

use std::path::Path;

use kfeat::cpp::cache::Cache;
use kfeat::cpp::presence::{Presence, Question, presence};
use kfeat::cpp::scan::File;
use kfeat::tree::Tree;
use libtest_mimic::{Failed, Trial};

/// A test of one tree.
type Test = fn(&Tree) -> Result<(), Failed>;

/// The names of the tests in here.
pub const NAMES: &[&str] = &["headers_have_no_problem", "lazy_mmu_hooks"];

const HOOKS: [&str; 3] = [
    "arch_enter_lazy_mmu_mode",
    "arch_flush_lazy_mmu_mode",
    "arch_leave_lazy_mmu_mode",
];
const WRAPPERS: [&str; 4] = [
    "lazy_mmu_mode_enable",
    "lazy_mmu_mode_disable",
    "lazy_mmu_mode_pause",
    "lazy_mmu_mode_resume",
];
const MARKER: &str = "__HAVE_ARCH_ENTER_LAZY_MMU_MODE";

/// The tests of the tree at `path`.
pub fn trials(path: &Path, label: &str) -> Vec<Trial> {
    let tests: [Test; 2] = [headers_have_no_problem, lazy_mmu_hooks];
    NAMES
        .iter()
        .zip(tests)
        .map(|(name, test)| {
            let path = path.to_owned();
            Trial::test(format!("{name}::{label}"), move || {
                test(&Tree::open(&path)?)
            })
        })
        .collect()
}

/// Every header of the kernel is read without a problem.
fn headers_have_no_problem(tree: &Tree) -> Result<(), Failed> {
    let is_header = |path: &str| path.ends_with(".h");
    let mut paths = tree.walk("include", &is_header)?;
    paths.extend(tree.walk("arch", &is_header)?);
    let mut wrong = Vec::new();
    for path in &paths {
        let file = File::parse(path.as_str().into(), tree.read_text(path)?);
        for problem in &file.problems {
            wrong.push(format!("{}: {}", file.location(problem.span), problem.text));
        }
    }
    if paths.len() < 5_000 {
        wrong.push(format!(
            "only {} headers: is this a whole tree?",
            paths.len()
        ));
    }
    fail_with(wrong)
}

fn lazy_mmu_hooks(tree: &Tree) -> Result<(), Failed> {
    let cache = Cache::new(tree);
    let names: Vec<&str> = HOOKS.into_iter().chain(WRAPPERS).chain([MARKER]).collect();
    let has_symbol = tree
        .read_text("mm/Kconfig")?
        .contains("config ARCH_HAS_LAZY_MMU_MODE");
    let mut wrong = Vec::new();
    for srcarch in tree.architectures()? {
        let question = Question {
            srcarch: &srcarch,
            entry: "include/linux/pgtable.h",
            names: &names,
        };
        let mut presence = presence(&cache, &question);
        if !presence.is_complete() {
            wrong.push(format!("{srcarch}: not complete"));
        }
        if has_symbol {
            expect_since_7_0(&srcarch, &mut presence, &mut wrong);
        } else {
            expect_before_7_0(&srcarch, &mut presence, &mut wrong);
        }
    }
    fail_with(wrong)
}

/// Handles what holds since the symbol ARCH_HAS_LAZY_MMU_MODE exists.
fn expect_since_7_0(srcarch: &str, presence: &mut Presence, wrong: &mut Vec<String>) {
    // um reaches x86's header, but none of its configurations has PARAVIRT_XXL; that is for the solver to tell.
    let hooks = match srcarch {
        "arm64" => "y",
        "powerpc" => "PPC64 && PPC_BOOK3S",
        "sparc" => "SPARC64",
        "x86" => "PARAVIRT && PARAVIRT_XXL",
        "um" => "PARAVIRT && PARAVIRT_XXL && SMP",
        _ => "n",
    };
    for hook in HOOKS {
        let expected = match (srcarch, hook) {
            ("x86", "arch_flush_lazy_mmu_mode") => "PARAVIRT || !PARAVIRT_XXL",
            _ => hooks,
        };
        expect(srcarch, hook, expected, presence, wrong);
    }
    for wrapper in WRAPPERS {
        expect(srcarch, wrapper, "MMU", presence, wrong);
    }
    expect(srcarch, MARKER, "n", presence, wrong);
}

/// Handles what holds in the trees before: the marker and the hooks go together, and three architectures have them.
fn expect_before_7_0(srcarch: &str, presence: &mut Presence, wrong: &mut Vec<String>) {
    let marker = match srcarch {
        "powerpc" => "PPC64 && PPC_BOOK3S",
        "sparc" => "SPARC64",
        "x86" => "PARAVIRT && PARAVIRT_XXL",
        "um" => return,
        _ => "n",
    };
    expect(srcarch, MARKER, marker, presence, wrong);
    // x86 falls back to the generic stubs, which stand behind `#ifndef` of the marker.
    for hook in ["arch_enter_lazy_mmu_mode", "arch_leave_lazy_mmu_mode"] {
        let condition = presence.when(hook);
        let text = presence.conditions.in_kconfig_style(condition);
        let expected = presence.conditions.defined("CONFIG_MMU");
        if !presence.conditions.is_implied(condition, expected) {
            wrong.push(format!(
                "{srcarch}: {hook} under `{text}`, which MMU does not imply"
            ));
        }
    }
}

fn expect(
    srcarch: &str,
    name: &str,
    expected: &str,
    presence: &mut Presence,
    wrong: &mut Vec<String>,
) {
    let condition = presence.when(name);
    let found = presence.conditions.in_kconfig_style(condition);
    if found != expected {
        wrong.push(format!(
            "{srcarch}: {name} under `{found}`, not `{expected}`"
        ));
    }
}

fn fail_with(wrong: Vec<String>) -> Result<(), Failed> {
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
