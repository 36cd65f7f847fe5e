//! One verdict: whatever command is asked whether an architecture has a feature gives the same answer.
//!
//! For every table of a real tree, every spec that is compiled in and a sample of all symbols, positive and negated, the verdicts of
//! `check`, `audit` and `matrix`, the values that `explain` shows and the tables that `emit` and `emit --all` write are held against
//! each other, on every architecture. `conf_witnesses` compares the underlying solver with the kernel's own `conf`.
//!
//! `$KFEAT_TEST_TREES` names the trees; `KFEAT_SUPPORT=N` sets how many symbols of each tree are asked (60 by default, which takes minutes;
//! 300 is the documented long run).

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

use std::collections::BTreeMap;
use std::path::PathBuf;

use kfeat::check::support::engine::Engine;
use kfeat::check::support::values::{self, Verdict as Value};
use kfeat::check::support::verdict::{Supported, Verdict};
use kfeat::check::table::{self, Row, rows};
use kfeat::check::{self, Search};
use kfeat::emit::arch_support::{Arches, Cell, arch_support};
use kfeat::emit::refresh::refreshed;
use kfeat::feature::arch_support::{Status, Table};
use kfeat::feature::builtin;
use kfeat::feature::spec::Spec;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::model::{self, SymbolId, Type};
use kfeat::kconfig::solve::Prepared;
use kfeat::kconfig::sources::Sources;
use kfeat::tree::Tree;
use libtest_mimic::{Arguments, Failed, Trial};
use rayon::prelude::*;

mod trees;

fn main() {
    let arguments = Arguments::from_args();
    let mut trials: Vec<Trial> = trees::real().into_iter().map(trial).collect();
    if trials.is_empty() {
        trials.push(trees::missing("every_command_says_the_same"));
    }
    libtest_mimic::run(&arguments, trials).exit();
}

fn trial(path: PathBuf) -> Trial {
    let name = path
        .file_name()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    Trial::test(format!("every_command_says_the_same::{name}"), move || {
        every_command_says_the_same(&path)
    })
}

fn every_command_says_the_same(path: &std::path::Path) -> Result<(), Failed> {
    let tree = Tree::open(path)?;
    let archs = tree.architectures()?;
    let count = std::env::var("KFEAT_SUPPORT").ok();
    let count = count.map_or(60, |count| count.parse().unwrap());
    let mut specs: Vec<Spec> = rows::of_tree(&tree, builtin::default())?
        .into_iter()
        .filter_map(|row| row.spec)
        .map(without_hooks)
        .collect();
    let of_tables = specs.len();
    specs.extend(sample(&tree, &archs, count));
    let rows: Vec<Row> = specs.iter().map(row).collect();
    let matrix = table::matrix(&tree, rows, &archs, &mut |_| {})?;
    let outcome = check::check_within(&tree, &specs, &archs, Search::Near, &mut |_| {})?;
    let by_check: BTreeMap<(&str, &str), &Verdict> = outcome
        .verdicts
        .iter()
        .map(|verdict| ((&*verdict.feature, &*verdict.arch), verdict))
        .collect();
    let mut wrong = Vec::new();
    let mut cells = 0;
    for (spec, row) in specs.iter().zip(&matrix.features) {
        let supported = |arch: &str| match by_check[&(&*spec.name, arch)].supported {
            Supported::Yes => Cell::Supported,
            Supported::No => Cell::NotSupported,
            Supported::Undecided => Cell::Undecided,
        };
        let emitted = arch_support(spec, &archs, &supported, None, Arches::All);
        let (emitted, _) = Table::parse(&*row.path, &emitted.bytes);
        let all = refreshed(row).map(|all| Table::parse(&*row.path, &all.new).0);
        for cell in &row.cells {
            cells += 1;
            let checked = by_check[&(&*spec.name, &*cell.arch)];
            let what = format!("{:?} on {}", terms(spec), cell.arch);
            if (checked.supported, &checked.condition) != (cell.supported, &cell.condition) {
                wrong.push(format!("{what}: check {checked:?}\n  matrix {cell:?}"));
            }
            if cell.supported != Supported::Yes && checked.reason != cell.reason {
                wrong.push(format!("{what}: {:?}, {:?}", checked.reason, cell.reason));
            }
            let status = match cell.supported {
                Supported::Yes => Some(Status::Supported),
                Supported::No => Some(Status::Todo),
                Supported::Undecided => continue,
            };
            let of = |table: &Table| table.row(&cell.arch).map(|row| row.status.clone());
            if of(&emitted) != status || all.as_ref().is_some_and(|all| of(all) != status) {
                wrong.push(format!(
                    "{what}: emit writes something else than {status:?}"
                ));
            }
        }
    }
    wrong.extend(explained(&tree, &specs, &matrix.features, &archs)?);
    println!(
        "{}: {of_tables} tables and specs, {} symbols, {cells} cells",
        path.display(),
        specs.len() - of_tables
    );
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{} differences:\n{}", wrong.len(), wrong.join("\n")).into())
    }
}

/// Where what `explain` says of the symbols of the specs differs from the matrix.
fn explained(
    tree: &Tree,
    specs: &[Spec],
    rows: &[Row],
    archs: &[String],
) -> Result<Vec<String>, Failed> {
    let sources = Sources::new(tree);
    let version = Version::of(tree)?;
    let wrong: Vec<Vec<String>> = archs
        .par_iter()
        .enumerate()
        .map(|(index, arch)| {
            let model = model::of_all_configurations(&sources, arch, &version);
            let mut wrong = Vec::new();
            for (spec, row) in specs.iter().zip(rows) {
                let [term] = &spec.kconfig[..] else { continue };
                let value = model.find(&term.symbol).map(|symbol| {
                    let prepared = Prepared::new(&model);
                    let mut engine = Engine::new(&prepared);
                    values::values(&mut engine, symbol).verdict
                });
                let expected = match (value.unwrap_or(Value::Undeclared), term.negated) {
                    (Value::Varies, _)
                    | (Value::Always, false)
                    | (Value::Never | Value::Undeclared, true) => Supported::Yes,
                    (Value::Always, true) | (Value::Never | Value::Undeclared, false) => {
                        Supported::No
                    }
                    (Value::Undecided, _) => Supported::Undecided,
                };
                let cell = &row.cells[index];
                if cell.supported != expected {
                    wrong.push(format!(
                        "{term} on {arch}: explain {value:?}, matrix {}",
                        cell.supported.word()
                    ));
                }
            }
            wrong
        })
        .collect();
    Ok(wrong.concat())
}

fn terms(spec: &Spec) -> Vec<String> {
    spec.kconfig.iter().map(ToString::to_string).collect()
}

/// What Kconfig says is the same with and without hooks, and quicker without.
fn without_hooks(spec: Spec) -> Spec {
    Spec {
        hooks: Vec::new(),
        ..spec
    }
}

/// Every so many of the symbols that are on or off on any architecture, every third negated.
fn sample(tree: &Tree, archs: &[String], count: usize) -> Vec<Spec> {
    let sources = Sources::new(tree);
    let version = Version::of(tree).unwrap();
    let mut names: Vec<String> = archs
        .par_iter()
        .flat_map_iter(|arch| {
            let model = model::of_all_configurations(&sources, arch, &version);
            let logical = |id: SymbolId| {
                let symbol = model.symbol(id);
                !symbol.constant && matches!(symbol.type_, Some(Type::Bool | Type::Tristate))
            };
            (0..model.symbols.len())
                .map(SymbolId::new)
                .filter(|&id| logical(id) && model.symbol(id).name.is_some())
                .map(|id| model.name(id))
                .collect::<Vec<_>>()
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    let step = (names.len() / count.max(1)).max(1);
    let sampled = names.iter().skip(step / 2).step_by(step);
    sampled
        .enumerate()
        .map(|(index, name)| {
            let not = if index % 3 == 2 { "!" } else { "" };
            let text = format!(
                "name: s{index}\ntitle: s{index}\ndescription: sampled\ndirectory: sample/s{index}\nkconfig: \"{not}{name}\"\n"
            );
            Spec::parse("sample.yaml", &text).unwrap()
        })
        .collect()
}

fn row(spec: &Spec) -> Row {
    let path = spec.table_path();
    Row {
        name: spec.name.to_string(),
        subsystem: "sample".to_owned(),
        path,
        spec: Some(spec.clone()),
        table: None,
        syntax: Vec::new(),
        cells: Vec::new(),
    }
}
