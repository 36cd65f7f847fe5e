//! Measures what each layer costs: syntax, model, check.
//!
//! The tree is the first one in `$KFEAT_TEST_TREES`, or `fixtures/linux-mini` if it is unset; the names of the
//! benchmarks say which. Run with `cargo bench --bench modules`.

#![allow(
    clippy::unwrap_used,
    missing_docs,
    reason = "a benchmark stops at the first thing that is wrong, and criterion's macros write undocumented functions"
)]

use std::hint::black_box;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use kfeat::check;
use kfeat::feature::builtin;
use kfeat::kconfig::model;
use kfeat::kconfig::model::environment::Version;
use kfeat::kconfig::sources::Sources;
use kfeat::kconfig::syntax::File;
use kfeat::tree::Tree;

/// The tree that is measured.
fn tree() -> (String, Tree) {
    let path = std::env::var_os("KFEAT_TEST_TREES")
        .and_then(|trees| std::env::split_paths(&trees).next())
        .filter(|path| !path.as_os_str().is_empty())
        .unwrap_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/linux-mini"));
    let name = PathBuf::from(path.file_name().unwrap());
    (name.display().to_string(), Tree::open(&path).unwrap())
}

/// Every Kconfig file that some architecture sources, read once.
fn sources(tree: &Tree) -> Sources<'_> {
    let sources = Sources::new(tree);
    let version = Version::of(tree).unwrap();
    for arch in tree.architectures().unwrap() {
        build(&sources, &arch, &version);
    }
    sources
}

fn build(sources: &Sources<'_>, arch: &str, version: &Version) -> model::Model {
    model::of_all_configurations(sources, arch, version)
}

fn syntax(criterion: &mut Criterion) {
    let (name, tree) = tree();
    let texts: Vec<(Arc<str>, String)> = sources(&tree)
        .loaded()
        .iter()
        .map(|source| {
            let path = source.file.path().clone();
            let text = tree.read_text(&path).unwrap();
            (path, text)
        })
        .collect();
    let bytes = texts.iter().map(|(_, text)| text.len() as u64).sum();
    let mut group = criterion.benchmark_group("syntax");
    group.throughput(Throughput::Bytes(bytes));
    group.bench_function(format!("all files of {name}, one thread"), |bencher| {
        bencher.iter(|| {
            for (path, text) in &texts {
                black_box(File::parse(path.clone(), text.clone()));
            }
        });
    });
    group.finish();
}

fn models(criterion: &mut Criterion) {
    let (name, tree) = tree();
    let sources = sources(&tree);
    let version = Version::of(&tree).unwrap();
    let mut group = criterion.benchmark_group("model");
    for arch in ["x86", "riscv"] {
        group.bench_function(format!("{arch} of {name}, files parsed"), |bencher| {
            bencher.iter(|| black_box(build(&sources, arch, &version)));
        });
    }
    group.finish();
}

fn checks(criterion: &mut Criterion) {
    let (name, tree) = tree();
    let architectures = tree.architectures().unwrap();
    let mut group = criterion.benchmark_group("check");
    group.sample_size(20);
    group.bench_function(format!("all architectures of {name}"), |bencher| {
        bencher
            .iter(|| check::check(&tree, builtin::default(), &architectures, &mut |_| {}).unwrap());
    });
    group.finish();
}

criterion_group!(benches, syntax, models, checks);
criterion_main!(benches);
