//! Every lint runs over every case of `fixtures/lints`, and what it finds is exactly what the case expects.
//!
//! `fixtures/README.md` says how a case is written.

#[path = "fixture/mod.rs"]
mod fixture;

use std::collections::BTreeSet;

use fixture::{Case, cases, mini};
use kfeat::cache::Answer;
use kfeat::check::kconfig::{self, Groups};
use kfeat::check::lint::{Lint, Pass};
use kfeat::check::lints::{self, LINTS};
use kfeat::check::reported::Reported;
use kfeat::check::run::baseline::Baseline;
use kfeat::check::run::levels::Levels;
use kfeat::check::run::scope::Scope;
use kfeat::check::run::suppression;
use kfeat::check::table::{self, rows};
use kfeat::check::{self, Outcome};
use kfeat::diag::{Diagnostic, Label, Level, Location, Text};
use kfeat::feature::builtin;
use kfeat::feature::spec::Spec;
use kfeat::kconfig::eval::{Evaluator, LOOP};
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let arguments = Arguments::from_args();
    let mut trials = vec![
        Trial::test("linux_mini_is_clean", || {
            let tree = Tree::open(&mini())?;
            compare(&tree, &findings(&tree, builtin::default())?, &[])
        }),
        Trial::test(
            "every_lint_has_a_case_and_a_near_miss",
            every_lint_is_covered,
        ),
        Trial::test("what_is_kept_changes_nothing", kept_is_fresh),
    ];
    for case in cases() {
        let test = format!("{}::{}", case.lint, case.name);
        trials.push(Trial::test(test, move || expect(&case)));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

/// A checker that goes from case to case, by way of the tree without one and straight, finds what one finds that sees each for
/// the first time; so does a run that takes up what another one left.
fn kept_is_fresh() -> Result<(), Failed> {
    let base = Tree::open(&mini())?.remembering();
    let cases = cases();
    let mut trees = Vec::new();
    for case in &cases {
        trees.extend([
            (case.name.clone(), case.on(&base)),
            ("no case".to_owned(), base.clone()),
        ]);
    }
    trees.extend(cases.iter().map(|case| (case.name.clone(), case.on(&base))));
    for search in [check::Search::Near, check::Search::Whole] {
        let mut checker = check::Checker::for_series(builtin::default(), search);
        for (name, tree) in &trees {
            let mut architectures = tree.architectures()?;
            if search == check::Search::Whole {
                // Declarations of the others count, too.
                architectures.truncate(2);
            }
            let kept = checker.check(tree, &architectures, &mut |_| {})?;
            let fresh = check::check_within(
                tree,
                builtin::default(),
                &architectures,
                search,
                &mut |_| {},
            )?;
            // Where a file could not be read, nothing is kept.
            let is_whole = fresh.unread.is_empty();
            let of_a_run_before = Answer::of(&fresh).and_then(|answer| answer.outcome());
            if is_whole && format!("{of_a_run_before:?}") != format!("Some({fresh:?})") {
                return Err(format!("{name}: {of_a_run_before:#?}").into());
            }
            if format!("{kept:?}") != format!("{fresh:?}") {
                return Err(format!("{name}: {kept:#?}\nis not\n{fresh:#?}").into());
            }
        }
    }
    Ok(())
}

/// A finding as a case writes it: all architectures are named where a finding is about the whole tree.
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

fn findings(tree: &Tree, specs: &[Spec]) -> Result<Vec<Diagnostic>, Failed> {
    let architectures = tree.architectures()?;
    let mut of_features = check::check(tree, specs, &architectures, &mut |_| {})?;
    // A lint that is only heard with --pedantic has variants like any other.
    let pedantic = std::mem::take(&mut of_features.pedantic).into_iter();
    let of_its_level = |finding: &Diagnostic| {
        let of_lint = LINTS.iter().find(|lint| lint.name == finding.lint);
        of_lint.is_some_and(|lint| !lint.is_on || lint.name == "unused-hook")
    };
    of_features.findings.extend(pedantic.filter(of_its_level));
    let rows = rows::of_tree(tree, builtin::default())?;
    let matrix = table::matrix(tree, rows, &architectures, &mut |_| {})?;
    let mut of_tables = Outcome {
        findings: lints::run_tables(&matrix),
        ..Outcome::default()
    };
    for (outcome, is_about_tables) in [(&mut of_features, false), (&mut of_tables, true)] {
        let features = specs.iter().map(|spec| spec.name.to_string());
        let scope = Scope {
            architectures: &architectures,
            is_of_all_architectures: true,
            features: features.collect(),
            specs,
            is_of_all_features: true,
            is_of_whole_tree: false,
            is_about_tables,
            levels: &Levels::default(),
        };
        suppression::apply(tree, &suppression::Source::default(), &scope, outcome)?;
    }
    Ok([of_features.findings, of_tables.findings].concat())
}

/// Fails unless exactly the findings of the case come up.
fn expect(case: &Case) -> Result<(), Failed> {
    let tree = case.on(&Tree::open(&mini())?);
    let mut specs = builtin::default().to_vec();
    if let Some(spec) = &case.spec {
        specs.push(Spec::parse("the case's spec", spec)?);
    }
    let mut found = findings(&tree, &specs)?;
    if lints::find(&case.lint).is_some_and(|lint| matches!(lint.pass, Pass::Definitions)) {
        let all = tree.architectures()?;
        let known: BTreeSet<String> = found.iter().map(|one| short(one, &all)).collect();
        let loops = loops(&tree)?.into_iter();
        found.extend(loops.filter(|one| !known.contains(&short(one, &all))));
    }
    if lints::find(&case.lint).is_some_and(|lint| matches!(lint.pass, Pass::Kconfig)) {
        // Findings in the unchanged small tree do not belong to the case.
        let known = proofs(&Tree::open(&mini())?)?;
        let of_lint = proofs(&tree)?.into_iter().filter(|one| {
            let is_known = known.iter().any(|known| {
                known.headline == one.headline
                    && known.primary.location.path == one.primary.location.path
            });
            one.lint == case.lint && !is_known
        });
        found.extend(of_lint);
    }
    if let Some(entries) = &case.baseline {
        found = beside_baseline(&tree, entries, found)?;
    }
    compare(&tree, &found, &case.findings)
}

/// The findings proved over all Kconfig files, if an option asks for them. Nothing may be undecided.
fn proofs(tree: &Tree) -> Result<Vec<Diagnostic>, Failed> {
    let groups = Groups {
        dead: true,
        style: true,
        uses: true,
        ..Groups::NONE
    };
    let found = kconfig::check(tree, &Sources::new(tree), &tree.architectures()?, groups)?;
    if !found.undecided.is_empty() {
        return Err(format!("{:#?}", found.undecided).into());
    }
    Ok(found.findings)
}

/// The loops of each architecture, which `kfeat config` reports.
fn loops(tree: &Tree) -> Result<Vec<Diagnostic>, Failed> {
    let sources = Sources::new(tree);
    let version = Version::of(tree)?;
    let mut found: Vec<Diagnostic> = Vec::new();
    for arch in tree.architectures()? {
        let model = model::of_all_configurations(&sources, &arch, &version);
        for problem in Evaluator::new(&model, "CONFIG_").loops() {
            let place = model.location(problem.place);
            match found.iter_mut().find(|one| one.primary.location == place) {
                Some(known) => known.archs.push(arch.clone()),
                None => found.push(
                    Diagnostic::new(LOOP, Level::Deny, "a loop", Label::new(place, ""))
                        .with_arch(arch.clone()),
                ),
            }
        }
    }
    Ok(found)
}

/// The findings that a baseline of these entries leaves, with those about the baseline itself.
fn beside_baseline(
    tree: &Tree,
    entries: &str,
    findings: Vec<Diagnostic>,
) -> Result<Vec<Diagnostic>, Failed> {
    let text =
        format!("{{\"kind\": \"kfeat baseline\", \"schema\": \"1.0\", \"findings\": [{entries}]}}");
    let (entries, _): (Vec<_>, Vec<_>) = kfeat::report::baseline::read("baseline", &text)?
        .into_iter()
        .unzip();
    let architectures = tree.architectures()?;
    let mut baseline = Baseline::new(&entries, &architectures);
    let source = |_: &Reported, path: &str| tree.read_text(path).ok().map(Text::new);
    let (left, _) = baseline.part(Reported::all(findings), &source);
    let mut left: Vec<Diagnostic> = left.into_iter().map(|one| one.finding).collect();
    let features = builtin::default().iter().map(|spec| spec.name.to_string());
    let scope = Scope {
        architectures: &architectures,
        is_of_all_architectures: true,
        features: features.collect(),
        specs: builtin::default(),
        is_of_all_features: true,
        is_of_whole_tree: false,
        is_about_tables: false,
        levels: &Levels::default(),
    };
    left.extend(baseline.unused(&scope, &|_| Location::file("baseline")));
    Ok(left)
}

/// Fails unless exactly the expected findings came up.
fn compare(tree: &Tree, found: &[Diagnostic], expected: &[String]) -> Result<(), Failed> {
    let all = tree.architectures()?;
    let findings: BTreeSet<String> = found.iter().map(|finding| short(finding, &all)).collect();
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

/// Each lint has a page with a case in which it fires, and with one in which it does not.
fn every_lint_is_covered() -> Result<(), Failed> {
    let cases = cases();
    let mut wrong = Vec::new();
    for case in &cases {
        if lints::find(&case.lint).is_none() {
            wrong.push(format!("{}: no lint is called `{}`", case.name, case.lint));
        }
    }
    // Findings in a change have their cases beside the series.
    let is_paged = |lint: &&&Lint| !matches!(lint.pass, Pass::ChangeAndKconfig);
    for lint in LINTS.iter().filter(is_paged) {
        let of_lint = || cases.iter().filter(|case| case.lint == lint.name);
        if of_lint().all(Case::is_near_miss) {
            wrong.push(format!("no case for {}", lint.name));
        }
        if !of_lint().any(Case::is_near_miss) {
            wrong.push(format!("no near miss for {}", lint.name));
        }
    }
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(wrong.join("\n").into())
    }
}
