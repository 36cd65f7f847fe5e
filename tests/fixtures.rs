//! Every lint runs over every variant of `fixtures/linux-mini`, and what it finds is exactly what the variant expects.
//!
//! `fixtures/README.md` says how a variant is written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use kfeat::cache::Answer;
use kfeat::check::lint::{Lint, Pass};
use kfeat::check::lints::{self, LINTS};
use kfeat::check::run::levels::Levels;
use kfeat::check::run::scope::Scope;
use kfeat::check::run::suppression;
use kfeat::check::table::{self, rows};
use kfeat::check::{self, Outcome};
use kfeat::diag::Diagnostic;
use kfeat::feature::builtin;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("linux_mini_is_clean", || expect(&tree(None)?, &[])),
        Trial::test(
            "every_lint_has_a_variant_and_a_near_miss",
            every_lint_is_covered,
        ),
    ];
    trials.push(Trial::test("what_is_kept_changes_nothing", kept_is_fresh));
    let pending = std::fs::read_to_string(fixtures().join("pending")).unwrap_or_default();
    let pending: BTreeSet<&str> = lines(&pending).collect();
    let variants = variants();
    for name in &pending {
        assert!(
            variants.iter().any(|variant| name_of(variant) == *name),
            "pending: no variant {name}"
        );
    }
    for variant in variants {
        let name = name_of(&variant);
        let test = format!("variant::{name}");
        if pending.contains(&*name) {
            trials.push(
                Trial::test(test.clone(), || Ok(()))
                    .with_kind("its lint is pending, see fixtures/pending")
                    .with_ignored_flag(true),
            );
            trials.push(Trial::test(
                format!("pending::{name}"),
                move || match expect(&tree(Some(&variant))?, &expected(&variant)?) {
                    Ok(()) => Err("it passes: take it off fixtures/pending".into()),
                    Err(_) => Ok(()),
                },
            ));
        } else {
            trials.push(Trial::test(test, move || {
                expect(&tree(Some(&variant))?, &expected(&variant)?)
            }));
        }
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// The directory of fixtures.
fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures")
}

/// The directories of all variants, sorted. There are many; finding few means looking in the wrong place.
fn variants() -> Vec<PathBuf> {
    let directory = fixtures().join("variants");
    let mut variants: Vec<PathBuf> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.expect("a directory that can be listed").path())
        .collect();
    variants.sort();
    assert!(variants.len() > 50, "only {} variants", variants.len());
    variants
}

fn name_of(variant: &Path) -> String {
    variant
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// The small tree, with a variant on top.
fn tree(variant: Option<&Path>) -> Result<Tree, Failed> {
    tree_on(&Tree::open(&fixtures().join("linux-mini"))?, variant)
}

/// A checker that goes from variant to variant, by way of the tree without one and straight, finds what one finds that sees each for
/// the first time; so does a run that takes up what another one left.
fn kept_is_fresh() -> Result<(), Failed> {
    let base = Tree::open(&fixtures().join("linux-mini"))?.remembering();
    let variants = variants();
    let of =
        |variant: &PathBuf| Ok::<_, Failed>((name_of(variant), tree_on(&base, Some(variant))?));
    let mut trees = Vec::new();
    for variant in &variants {
        trees.extend([of(variant)?, ("no variant".to_owned(), base.clone())]);
    }
    trees.extend(variants.iter().map(of).collect::<Result<Vec<_>, _>>()?);
    for search in [check::Search::Near, check::Search::Whole] {
        let mut checker = check::Checker::for_series(builtin::all(), search);
        for (name, tree) in &trees {
            let mut architectures = tree.architectures()?;
            if search == check::Search::Whole {
                // What the others declare counts, too.
                architectures.truncate(2);
            }
            let kept = checker.check(tree, &architectures, &mut |_| {})?;
            let fresh =
                check::check_within(tree, builtin::all(), &architectures, search, &mut |_| {})?;
            let of_a_run_before = Answer::of(&fresh).and_then(|answer| answer.outcome());
            if format!("{of_a_run_before:?}") != format!("Some({fresh:?})") {
                return Err(format!("{name}: {of_a_run_before:#?}").into());
            }
            if format!("{kept:?}") != format!("{fresh:?}") {
                return Err(format!("{name}: {kept:#?}\nis not\n{fresh:#?}").into());
            }
        }
    }
    Ok(())
}

/// A tree with a variant on top.
fn tree_on(base: &Tree, variant: Option<&Path>) -> Result<Tree, Failed> {
    let mut tree = base.clone();
    let Some(variant) = variant else {
        return Ok(tree);
    };
    let root = variant.join("tree");
    let mut pending = if root.is_dir() {
        vec![root.clone()]
    } else {
        Vec::new()
    };
    while let Some(directory) = pending.pop() {
        for entry in std::fs::read_dir(&directory)? {
            let path = entry?.path();
            if path.is_dir() {
                pending.push(path);
            } else {
                let relative = path.strip_prefix(&root)?.to_string_lossy().into_owned();
                tree.overlay(&relative, Some(std::fs::read(&path)?))?;
            }
        }
    }
    if let Ok(removed) = std::fs::read_to_string(variant.join("removed")) {
        for path in lines(&removed) {
            tree.overlay(path, None)?;
        }
    }
    Ok(tree)
}

/// The lines that say something.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
}

/// What the variant expects.
fn expected(variant: &Path) -> Result<Vec<String>, Failed> {
    let text = std::fs::read_to_string(variant.join("expected"))?;
    Ok(lines(&text).map(str::to_owned).collect())
}

/// A finding as `expected` writes it, which names all architectures where a finding is about the whole tree.
fn short(finding: &Diagnostic, all: &[String]) -> String {
    let place = &finding.primary.location;
    let level = finding.level.word();
    let archs = if finding.archs.is_empty() {
        all
    } else {
        &finding.archs
    };
    format!(
        "{}:{}: {level}: {} [{}]",
        place.path,
        place.line,
        finding.lint,
        archs.join(",")
    )
}

fn findings(tree: &Tree) -> Result<Vec<Diagnostic>, Failed> {
    let architectures = tree.architectures()?;
    let mut of_features = check::check(tree, builtin::all(), &architectures, &mut |_| {})?;
    // A lint that is only heard with --pedantic has variants like any other.
    let pedantic = std::mem::take(&mut of_features.pedantic).into_iter();
    let of_its_level = |finding: &Diagnostic| {
        let of_lint = LINTS.iter().find(|lint| lint.name == finding.lint);
        of_lint.is_some_and(|lint| !lint.is_on)
    };
    of_features.findings.extend(pedantic.filter(of_its_level));
    let rows = rows::of_tree(tree, builtin::all())?;
    let matrix = table::matrix(tree, rows, &architectures, &mut |_| {})?;
    let mut of_tables = Outcome {
        findings: lints::run_tables(&matrix),
        ..Outcome::default()
    };
    for (outcome, is_about_tables) in [(&mut of_features, false), (&mut of_tables, true)] {
        let features = builtin::all().iter().map(|spec| spec.name.to_string());
        let scope = Scope {
            architectures: &architectures,
            is_of_all_architectures: true,
            features: features.collect(),
            specs: builtin::all(),
            is_of_all_features: true,
            is_of_whole_tree: false,
            is_about_tables,
            levels: &Levels::default(),
        };
        suppression::apply(tree, &suppression::Source::default(), &scope, outcome)?;
    }
    Ok([of_features.findings, of_tables.findings].concat())
}

/// Fails unless exactly the expected findings come up.
fn expect(tree: &Tree, expected: &[String]) -> Result<(), Failed> {
    let all = tree.architectures()?;
    let findings: BTreeSet<String> = findings(tree)?
        .iter()
        .map(|finding| short(finding, &all))
        .collect();
    let expected: BTreeSet<String> = expected.iter().cloned().collect();
    if findings == expected {
        return Ok(());
    }
    let missing: Vec<_> = expected
        .difference(&findings)
        .map(|line| format!("  missing    {line}"))
        .collect();
    let surplus: Vec<_> = findings
        .difference(&expected)
        .map(|line| format!("  unexpected {line}"))
        .collect();
    Err([missing, surplus].concat().join("\n").into())
}

/// Each lint has to be seen to fire, and variants without a finding have to be there for it not to.
fn every_lint_is_covered() -> Result<(), Failed> {
    let mut fired = BTreeSet::new();
    let mut near_misses = 0;
    for variant in variants() {
        let expected = expected(&variant)?;
        near_misses += usize::from(expected.is_empty());
        for line in expected {
            let lint = line
                .split(": ")
                .nth(2)
                .unwrap_or("")
                .split(' ')
                .next()
                .unwrap_or("")
                .to_owned();
            fired.insert(lint);
        }
    }
    let of_variants = |lint: &&&Lint| {
        !matches!(
            lint.pass,
            Pass::Reading | Pass::Definitions | Pass::Kconfig | Pass::Baseline
        )
    };
    let silent: Vec<&str> = LINTS
        .iter()
        .filter(of_variants)
        .map(|lint| lint.name)
        .filter(|name| !fired.contains(*name))
        .collect();
    if !silent.is_empty() {
        return Err(format!("no variant triggers {}", silent.join(", ")).into());
    }
    // The other lints have near misses in the tests of what finds them.
    let count = LINTS.iter().filter(of_variants).count();
    if near_misses < count {
        return Err(format!("{near_misses} near misses for {count} lints").into());
    }
    Ok(())
}
