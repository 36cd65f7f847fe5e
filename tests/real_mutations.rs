//! Describes what every lint has to find on a real kernel tree: a table of mutations of Linux 7.2, each of which causes exactly the one
//! finding that it names, and a table of changes in order, which cause none.
//!
//! `$KFEAT_TEST_TREES` names the trees: directories, separated by colons. Without one of 7.2 these tests are ignored, and say so.
//! Nothing is written to a tree; the edits are made in memory. `docs/mutations.md` is what is found, as a snapshot:
//! `SNAPSHOTS=overwrite cargo test --test real_mutations` makes it anew.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "mutations/build.rs"]
mod build;
#[path = "mutations/edit.rs"]
mod edit;
#[path = "mutations/near.rs"]
mod near;
#[path = "mutations/table.rs"]
mod table;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use kfeat::check::lint::{Lint, Pass};
use kfeat::check::lints::LINTS;
use kfeat::check::{self, Checker, Outcome, Search};
use kfeat::diag::Diagnostic;
use kfeat::feature::builtin;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

use edit::Edit;
use table::{MUTATIONS, Mutation};

/// Describes what was found, by name of the mutation.
type Found = Arc<Mutex<BTreeMap<&'static str, String>>>;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("every_lint_has_a_mutation", every_lint_has_a_mutation),
        Trial::test("every_name_is_there_once", every_name_is_there_once),
    ];
    let found = Found::default();
    let tree = tree_of_7_2();
    for mutation in MUTATIONS {
        let name = format!("{}::{}", mutation.lint, mutation.name);
        trials.push(match &tree {
            Some((path, release)) => {
                let (path, release, found) = (path.clone(), release.clone(), found.clone());
                Trial::test(name, move || mutate(&path, &release, mutation, &found))
            }
            None => ignored(name),
        });
    }
    for &(short, edits) in near::CHANGES {
        let name = format!("in_order::{short}");
        trials.push(match &tree {
            Some((path, _)) => {
                let path = path.clone();
                Trial::test(name, move || change(&path, short, edits))
            }
            None => ignored(name),
        });
    }
    for plan in build::PLANS {
        let name = format!("compiled::{}", plan.name);
        trials.push(match &tree {
            None => ignored(name),
            Some(_) if !plan.has_compiler() => Trial::test(name, || Ok(()))
                .with_kind(format!("{} is not installed", plan.compiler()))
                .with_ignored_flag(true),
            Some((path, _)) => {
                let path = path.clone();
                Trial::test(name, move || plan.run(&path))
            }
        });
    }
    let conclusion = libtest_mimic::run(&arguments, trials);
    let found = found.lock().unwrap();
    if let (true, Some((_, release))) = (overwrites() && found.len() == MUTATIONS.len(), &tree) {
        std::fs::write(snapshot(), page(release, &found)).unwrap();
    }
    conclusion.exit();
}

fn ignored(name: String) -> Trial {
    Trial::test(name, || Ok(()))
        .with_kind("KFEAT_TEST_TREES names no tree of 7.2")
        .with_ignored_flag(true)
}

/// The first tree of 7.2, with its full version.
fn tree_of_7_2() -> Option<(PathBuf, String)> {
    let trees = std::env::var_os("KFEAT_TEST_TREES")?;
    std::env::split_paths(&trees).find_map(|path| {
        let makefile = std::fs::read_to_string(path.join("Makefile")).ok()?;
        let value = |name: &str| {
            let mut lines = makefile.lines();
            lines.find_map(|line| {
                Some(
                    line.strip_prefix(name)?
                        .trim_start()
                        .strip_prefix('=')?
                        .trim(),
                )
            })
        };
        let release = ["VERSION", "PATCHLEVEL", "SUBLEVEL"].map(|name| value(name).unwrap_or(""));
        (release[..2] == ["7", "2"]).then(|| (path, release.join(".")))
    })
}

fn overwrites() -> bool {
    std::env::var_os("SNAPSHOTS").is_some_and(|value| value == "overwrite")
}

/// The page that holds what is found.
fn snapshot() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/mutations.md")
}

/// Whether the lint is about features. The tables of the real tree are wrong as they are: `tests/real_audit` has what is found
/// in them.
fn needs_mutation(lint: &Lint) -> bool {
    let is_about_features = matches!(
        lint.pass,
        Pass::Feature(_) | Pass::FeatureAndTree(..) | Pass::FeatureAndKconfig(_)
    );
    is_about_features && !OF_CONTRACTS.contains(&lint.name)
}

/// Lints about contracts of other features than the one that the table is about.
const OF_CONTRACTS: &[&str] = &["hook-defined-twice", "spec-mismatch", "unused-hook"];

fn every_lint_has_a_mutation() -> Result<(), Failed> {
    let has = |name: &str| MUTATIONS.iter().any(|mutation| mutation.lint == name);
    let without: Vec<&str> = LINTS
        .iter()
        .filter(|lint| needs_mutation(lint))
        .map(|lint| lint.name)
        .filter(|name| !has(name))
        .collect();
    if without.is_empty() {
        Ok(())
    } else {
        Err(format!("no mutation for {}", without.join(", ")).into())
    }
}

fn every_name_is_there_once() -> Result<(), Failed> {
    let mutations = MUTATIONS.iter().map(|mutation| mutation.name);
    let mut names: Vec<&str> = mutations
        .chain(near::CHANGES.iter().map(|(name, _)| *name))
        .collect();
    names.sort_unstable();
    match names.windows(2).find(|pair| pair[0] == pair[1]) {
        Some(pair) => Err(format!("{} is there twice", pair[0]).into()),
        None => Ok(()),
    }
}

/// Where the feature's users are looked for.
fn search_of(name: &str, anywhere: &[&str]) -> Search {
    if anywhere.contains(&name) {
        Search::Whole
    } else {
        Search::Near
    }
}

/// The tree, and what is kept from one edit of it to the next, for each of the threads: `--test kept` holds that this is what a
/// fresh check says, which takes several times as long.
#[derive(Debug, Default)]
struct Kept {
    base: OnceLock<Tree>,
    checkers: Mutex<Vec<Checker<'static>>>,
}

static KEPT: Kept = Kept {
    base: OnceLock::new(),
    checkers: Mutex::new(Vec::new()),
};

impl Kept {
    fn base(&self, root: &Path) -> Result<Tree, Failed> {
        if let Some(base) = self.base.get() {
            return Ok(base.clone());
        }
        let opened = Tree::open(root)?.remembering();
        Ok(self.base.get_or_init(|| opened).clone())
    }

    fn check(&self, tree: &Tree) -> Result<Outcome, Failed> {
        let kept = self.checkers.lock().unwrap().pop();
        let mut checker =
            kept.unwrap_or_else(|| Checker::for_series(builtin::default(), Search::Near));
        let outcome = checker.check(tree, &tree.architectures()?, &mut |_| {})?;
        self.checkers.lock().unwrap().push(checker);
        Ok(outcome)
    }
}

/// Checks the tree with the edits on top.
fn findings(
    root: &Path,
    edits: &[Edit],
    search: Search,
    pedantic: &[&str],
) -> Result<(Tree, Vec<Diagnostic>), Failed> {
    let mut tree = match search {
        Search::Near => KEPT.base(root)?,
        Search::Whole => Tree::open(root)?,
    };
    edit::apply(&mut tree, edits)?;
    let outcome = match search {
        Search::Near => KEPT.check(&tree)?,
        Search::Whole => check::check_within(
            &tree,
            builtin::default(),
            &tree.architectures()?,
            search,
            &mut |_| {},
        )?,
    };
    let mut findings = outcome.findings;
    let asked = |finding: &Diagnostic| pedantic.contains(&finding.lint);
    findings.extend(outcome.pedantic.into_iter().filter(asked));
    // Anything that the lints over the whole tree find in this one anyway is verified by `real_check`.
    findings.retain(|finding| {
        search == Search::Near || text(finding).to_lowercase().contains("lazy_mmu")
    });
    Ok((tree, findings))
}

fn change(root: &Path, name: &str, edits: &[Edit]) -> Result<(), Failed> {
    let search = search_of(name, near::ANYWHERE);
    let (_, findings) = findings(root, edits, search, &[])?;
    if findings.is_empty() {
        return Ok(());
    }
    let all: Vec<String> = findings.iter().map(text).collect();
    Err(format!("found\n{}", all.join("\n")).into())
}

/// Fails unless there is the expected finding and no other one, with the text that the snapshot has.
fn mutate(
    root: &Path,
    release: &str,
    mutation: &'static Mutation,
    found: &Found,
) -> Result<(), Failed> {
    let search = search_of(mutation.name, table::ANYWHERE);
    // Anything that breaks nothing is only found with --pedantic.
    let is_pedantic = |lint: &&&'static Lint| lint.name == mutation.lint && !lint.is_on;
    let pedantic: Vec<&str> = LINTS
        .iter()
        .filter(is_pedantic)
        .map(|lint| lint.name)
        .collect();
    let (tree, findings) = findings(root, mutation.edits, search, &pedantic)?;
    let all: Vec<String> = findings.iter().map(text).collect();
    let all = all.join("\n");
    let [finding] = &findings[..] else {
        return Err(format!("{} findings:\n{all}", findings.len()).into());
    };
    let (path, line) = mutation.at;
    let line = edit::line_of(&tree, path, line)?;
    let place = &finding.primary.location;
    if finding.lint != mutation.lint || (&*place.path, place.line as usize) != (path, line) {
        return Err(format!("expected {} at {path}:{line}, found\n{all}", mutation.lint).into());
    }
    if !finding.archs.iter().eq(mutation.archs) {
        return Err(format!("expected it on {:?}, found\n{all}", mutation.archs).into());
    }
    for part in mutation.says {
        if !all.contains(part) {
            return Err(format!("it does not say `{part}`:\n{all}").into());
        }
    }
    found.lock().unwrap().insert(mutation.name, all.clone());
    if overwrites() {
        return Ok(());
    }
    let page = std::fs::read_to_string(snapshot())?;
    // Lines have other numbers in another release.
    if !page.contains(&format!("Linux {release}:")) {
        return Ok(());
    }
    let section = section(mutation, &all);
    if page.contains(&section) {
        Ok(())
    } else {
        Err(format!("docs/mutations.md lacks\n{section}").into())
    }
}

/// A finding with all that it says.
fn text(finding: &Diagnostic) -> String {
    let archs = if finding.archs.is_empty() {
        String::new()
    } else {
        format!(" [{}]", finding.archs.join(", "))
    };
    let mut lines = vec![format!(
        "{}: {}: {}: {}{archs}",
        finding.primary.location,
        finding.level.word(),
        finding.lint,
        finding.headline
    )];
    for label in &finding.secondary {
        lines.push(
            format!("  {}: {}", label.location, label.text)
                .trim_end_matches([' ', ':'])
                .to_owned(),
        );
    }
    for note in &finding.notes {
        lines.push(format!("  note: {}", note.replace('\n', "\n  ")));
    }
    lines.extend(finding.help.iter().map(|help| format!("  help: {help}")));
    lines.join("\n")
}

fn section(mutation: &Mutation, found: &str) -> String {
    format!(
        "### `{}`\n\n{}\n\n```text\n{found}\n```\n{}",
        mutation.name,
        mutation.about,
        build::sentence(mutation.name)
    )
}

fn page(release: &str, found: &BTreeMap<&'static str, String>) -> String {
    let mut page = format!(
        "# Mutations\n\nEach mutation is a deliberate mistake in Linux {release}: it changes a few lines of real files, in memory, and \
        `kfeat check` reports exactly this mistake.\n\
        `tests/mutations/table.rs` holds the edits. The test `real_mutations` generates this page and checks it.\n"
    );
    for lint in LINTS.iter().filter(|lint| needs_mutation(lint)) {
        page.push_str(&format!("\n## `{}`\n", lint.name));
        for mutation in MUTATIONS
            .iter()
            .filter(|mutation| mutation.lint == lint.name)
        {
            page.push('\n');
            page.push_str(&section(mutation, &found[mutation.name]));
        }
    }
    page
}
