//! Tests of the findings about every select and every name of real kernel trees: a page that lists all alarms, a comparison with the
//! tree's own `kconfig-sym-check`, and a table of injected defects, all of which are to be found.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without it these tests are ignored, and say so. Nothing is
//! written to a tree; the edits are made in memory. `docs/selects.md` is what is found, as a snapshot:
//! `SNAPSHOTS=overwrite cargo test --test real_selects` makes the sections of the trees that are named anew.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use kfeat::check::kconfig::alarm::Alarm;
use kfeat::check::kconfig::before::{Before, Summary};
use kfeat::check::kconfig::brought::brought;
use kfeat::check::kconfig::touched::Touched;
use kfeat::check::kconfig::{self, Groups, names};
use kfeat::diag::Level;
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::{Sources, Store};
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

#[path = "selects/defects.rs"]
mod defects;
mod trees;

use defects::{DEFECTS, Defect};

fn main() {
    let arguments = Arguments::from_args();
    let trees = trees::real();
    let mut trials = vec![Trial::test(
        "half_of_the_defects_are_of_the_module_kind",
        balance,
    )];
    let page = Arc::new(Mutex::new(()));
    for path in &trees {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        let (first, second, lock) = (path.clone(), path.clone(), page.clone());
        trials.push(Trial::test(
            format!("alarms_are_as_documented::{name}"),
            move || alarms(&first, &lock),
        ));
        trials.push(Trial::test(
            format!("names_are_a_superset_of_those_of_the_tree::{name}"),
            move || superset(&second),
        ));
        if Tree::open(path)
            .and_then(|tree| Version::of(&tree))
            .is_ok_and(|v| v.release == (7, 2))
        {
            let third = path.clone();
            trials.push(Trial::test(
                format!("defects_are_found::{name}"),
                move || injected(&third),
            ));
        }
    }
    if trees.is_empty() {
        trials.push(trees::missing("alarms_are_as_documented"));
        trials.push(trees::missing("names_are_a_superset_of_those_of_the_tree"));
        trials.push(trees::missing("defects_are_found"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

const UNMET: Groups = Groups {
    unmet: true,
    ..Groups::NONE
};

/// The processor time of this process so far, in seconds.
fn processor_time() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace();
    let ticks: f64 = fields
        .skip(11)
        .take(2)
        .filter_map(|ticks| ticks.parse::<f64>().ok())
        .sum();
    ticks / 100.0
}

fn alarms(path: &Path, lock: &Mutex<()>) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let version = Version::of(&tree)?;
    let architectures = tree.architectures()?;
    let (before, started) = (processor_time(), Instant::now());
    let found = kconfig::check(&tree, &Sources::new(&tree), &architectures, UNMET)?;
    println!(
        "{}: {} questions on {} architectures, {} for the solver, {} alarms, {} undecided: {:.1} s of processor time (with what \
         else runs in this process), {:.1} s in all",
        version.text,
        found.asked,
        architectures.len(),
        found.solved,
        found.alarms.len(),
        found.undecided.len(),
        processor_time() - before,
        started.elapsed().as_secs_f64(),
    );
    // Choices of tristates in releases before 6.11 are not encoded.
    if !found.undecided.is_empty() && version.release >= (6, 11) {
        return Err(format!("{:#?}", found.undecided).into());
    }
    let (major, minor) = version.release;
    let title = format!("## Linux {major}.{minor}");
    let section = section(&title, &version, &found, architectures.len());
    let _guard = lock.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let page = std::fs::read_to_string(page())?;
    let (start, end) = match page.find(&format!("{title}\n")) {
        Some(start) => {
            let rest = &page[start + 3..];
            (
                start,
                rest.find("\n## ")
                    .map_or(page.len(), |end| start + 3 + end + 1),
            )
        }
        None => (page.len(), page.len()),
    };
    if std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite") {
        let parts = [&page[..start], &section, &page[end..]];
        std::fs::write(self::page(), parts.concat())?;
        return Ok(());
    }
    if start == end {
        // Another release than those of the page.
        return Ok(());
    }
    if page[start..end] != *section {
        return Err(format!("docs/selects.md differs; now it is\n{section}").into());
    }
    Ok(())
}

fn page() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/selects.md")
}

/// The section of one release.
fn section(title: &str, version: &Version, found: &kconfig::Found, count: usize) -> String {
    let mut out = format!(
        "{title}\n\nRelease {}: {} questions about selects on {count} architectures, {} alarms, {} undecided.\n",
        version.text,
        found.asked,
        found.alarms.len(),
        found.undecided.len()
    );
    let mut alarms: Vec<&Alarm> = found.alarms.iter().collect();
    alarms.sort_by(|a, b| a.place.cmp(&b.place));
    for alarm in alarms {
        let finding = alarm.finding(Level::Deny, alarm.archs.len() == count);
        out.push_str(&format!("\n### {}\n\n", finding.headline));
        let mut archs = alarm.archs.clone();
        archs.sort();
        let archs = if archs.len() == count {
            "all architectures".to_owned()
        } else {
            archs.join(", ")
        };
        out.push_str(&format!("`{}`, on {archs}.", alarm.place));
        let rests = !alarm.only_on_configuration();
        if rests {
            out.push_str(" It rests on what a tool of the build answers.");
        }
        out.push('\n');
        if !alarm.example.lines.is_empty() {
            let lines = alarm.example.lines.join("\n");
            out.push_str(&format!("\n```text\n{lines}\n```\n"));
        }
        if let Some(fix) = &finding.fix {
            out.push_str(&format!("\nFix, proved: {}.\n", fix.title));
        } else if let Some(help) = &finding.help {
            out.push_str(&format!("\nBy hand: {help}.\n"));
        }
    }
    out.push('\n');
    out
}

/// Whatever the tree's own script finds, kfeat finds, too.
fn superset(path: &Path) -> Result<(), Failed> {
    let script = path.join("scripts/kconfig/kconfig-sym-check.pl");
    if !script.is_file() {
        return Ok(());
    }
    let output = Command::new("perl").arg(&script).arg(path).output()?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let theirs: Vec<&str> = said
        .lines()
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    let tree = Tree::open(path)?;
    let names = names::Names::read(&tree, &Sources::new(&tree))?;
    let ours: Vec<&str> = names.undeclared().map(|(name, _)| name).collect();
    println!(
        "{} names of the script, {} of kfeat",
        theirs.len(),
        ours.len()
    );
    let missing: Vec<&&str> = theirs.iter().filter(|name| !ours.contains(name)).collect();
    if theirs.is_empty() || !missing.is_empty() {
        return Err(format!("the script says {theirs:?}; not found: {missing:?}").into());
    }
    Ok(())
}

fn balance() -> Result<(), Failed> {
    let modules = DEFECTS.iter().filter(|defect| defect.is_module).count();
    let mut subsystems: Vec<&str> = DEFECTS
        .iter()
        .filter_map(|defect| {
            let end = defect.path.match_indices('/').nth(1)?.0;
            defect.path.get(..end)
        })
        .collect();
    subsystems.sort_unstable();
    subsystems.dedup();
    if DEFECTS.len() < 50 || 2 * modules < DEFECTS.len() || subsystems.len() < 10 {
        return Err(format!(
            "{} defects, {modules} of the module kind, in {subsystems:?}",
            DEFECTS.len()
        )
        .into());
    }
    Ok(())
}

/// Makes each defect alone, and judges the change as that of a patch.
fn injected(path: &Path) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let store = Arc::new(Store::default());
    let mut missed = Vec::new();
    for defect in DEFECTS {
        if !is_found(&tree, &store, defect)? {
            missed.push(format!("{} selects {}", defect.symbol, defect.target));
        }
    }
    if missed.is_empty() {
        Ok(())
    } else {
        Err(missed.join("\n").into())
    }
}

fn is_found(tree: &Tree, store: &Arc<Store>, defect: &Defect) -> Result<bool, Failed> {
    let text = tree.read_text(defect.path)?;
    let entry = format!("config {}\n", defect.symbol);
    let line = format!("\tdepends on {}\n", defect.dependency);
    let at = text
        .find(&entry)
        .and_then(|entry| Some(entry + text[entry..].find(&line)?));
    let at = at.ok_or_else(|| format!("{}: no such line", defect.symbol))?;
    // Without the line the dependency may be `n`; with `!= n` it may only be `m` where `y` is needed.
    let instead = if defect.is_module {
        format!("\tdepends on {}!=n\n", defect.dependency)
    } else {
        String::new()
    };
    let changed = [&text[..at], &instead, &text[at + line.len()..]].concat();
    let number = text[..at].matches('\n').count() as u32 + 1;
    let mut with = tree.clone();
    with.overlay(defect.path, Some(changed.into()))?;
    let mut touched = Touched::new();
    touched.add_lines(defect.path, number - 1, number);
    let version = Version::of(tree)?;
    let model = |tree: &Tree| {
        let sources = Sources::sharing(tree, store);
        model::of_all_configurations(&sources, defect.arch, &version)
    };
    let models = [&model(tree)];
    let before = Before {
        summary: &Summary::new(&models),
        models: &&models[..],
    };
    let found = brought(before, &[&model(&with)], &touched);
    Ok(found
        .alarms
        .iter()
        .any(|alarm| alarm.selector == defect.symbol && alarm.target == defect.target))
}
