//! The examples below `--help` of each command, which docs/cli.md has, too.

use libtest_mimic::{Failed, Trial};

use crate::needs_a_machine;
use crate::page::{Block, blocks, examples};
use crate::program::package;
use crate::scratch::{Scratch, on_path};

/// Examples that end otherwise than with 0.
const EXITS: &[(&str, i32)] = &[
    // The machine of the tests has no compiler for x86, and this makes that a failure.
    (
        "kfeat build --require arm64,x86 --out ../run --format json",
        1,
    ),
    // No editor says `shutdown`.
    ("kfeat lsp", 1),
    ("kfeat lsp --warn names,unmet", 1),
];

/// Holds what has to be done before the examples of a command, with the start of its usage. The rest is in `examples.sh`.
const FIRST: &[(&str, &str)] = &[
    ("kfeat matrix", "git stash -q && git switch -q slips"),
    ("kfeat hook remove", "kfeat hook install pre-commit"),
    (
        "kfeat report",
        "kfeat build --arch arm64 --format json | tee a.json b.json > arm64.results.json",
    ),
];

/// A test for the examples of each command.
pub fn trials() -> Vec<Trial> {
    let trial = |block: Block| {
        let name = format!("examples of {} ({})", usage(&block), block.place());
        let lacks_jq = block.text.contains("| jq ") && on_path("jq").is_none();
        let trial = Trial::test(name, move || of(&block));
        if lacks_jq {
            let trial = trial.with_kind("jq is not installed");
            return trial.with_ignored_flag(true);
        }
        trial
    };
    blocks("docs/cli.md").into_iter().map(trial).collect()
}

/// The command that a text of help is about.
fn usage(block: &Block) -> String {
    let mut lines = block.text.lines();
    let usage = lines.find_map(|line| line.strip_prefix("Usage: "));
    let words = usage.unwrap_or_default().split(' ');
    let words: Vec<&str> = words
        .take_while(|word| !word.starts_with(['[', '<']))
        .collect();
    words.join(" ")
}

fn of(block: &Block) -> Result<(), Failed> {
    let examples = examples(&block.text);
    let builds = examples.iter().any(|example| needs_a_machine(example));
    let scratch = Scratch::new(builds);
    let prepare = package("tests/docs/examples.sh");
    let fixtures = package("fixtures");
    let prepare = format!("FIXTURES={} bash {}", fixtures.display(), prepare.display());
    let usage = usage(block);
    let first = FIRST.iter().filter(|(start, _)| usage.starts_with(start));
    for first in first.map(|(_, first)| *first).chain([&*prepare]) {
        let ended = scratch.run("src/linux", first);
        if ended.code != 0 {
            return Err(format!("`{first}`: {}{}", ended.out, ended.err).into());
        }
    }
    for example in examples {
        let expected = EXITS.iter().find(|(of, _)| *of == example);
        let expected = expected.map_or(0, |(_, code)| *code);
        crate::ends(&scratch, "src/linux", example, expected)?;
    }
    Ok(())
}
