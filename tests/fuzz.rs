//! The targets of `fuzz/` with a stable compiler: on their corpus and on mutations of it, which are the same in each run.
//!
//! Each target takes `KFEAT_FUZZ_SECONDS` of time, 1 if that is not set. `.ci/run` sets 5; an hour each is
//! `KFEAT_FUZZ_SECONDS=3600 cargo test --test fuzz`. With `KFEAT_FUZZ_SEED` the mutations are others.

#![allow(
    clippy::unwrap_used,
    reason = "all of this is a test; clippy only knows functions marked as one"
)]

#[path = "../fuzz/src/lib.rs"]
mod targets;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::time::{Duration, Instant};

use targets::{TARGETS, Target};

/// Longest input, in bytes.
const LONGEST: usize = 4096;

/// Pieces of the languages that are read.
const WORDS: &[&str] = &[
    "config ",
    "\tbool \"a\"\n",
    "\tselect ",
    "\tdepends on ",
    "if ",
    "endif\n",
    "choice\n",
    "endchoice\n",
    "source \"a\"\n",
    "$(shell,a)",
    "$(A)",
    " := ",
    " += ",
    "&&",
    "||",
    "!",
    "(",
    ")",
    "\"",
    "\\\n",
    "#if ",
    "#elif ",
    "#else\n",
    "#endif\n",
    "#define A ",
    "#include <a.h>\n",
    "defined(",
    "CONFIG_A",
    "=y\n",
    "=m\n",
    " is not set\n",
    "0x",
    "18446744073709551615",
    "-1",
    "obj-$(CONFIG_A) += a.o\n",
    "ifdef A\n",
    "diff --git a/a.h b/a.h\n",
    "--- a/a.h\n",
    "+++ b/a.h\n",
    "@@ -1,3 +1,3 @@\n",
    "\n-one\n",
    "\n+two\n",
    "From 1 Mon Sep 17 00:00:00 2001\n",
    "Subject: [PATCH 1/2] ",
    "Content-Transfer-Encoding: base64\n",
    "=?UTF-8?B?",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "null",
    "- ",
    "|",
    "ok 1 a\n",
    "not ok 2 b\n",
    "1..3\n",
    "    ",
    "\t",
    "\0",
    "\r\n",
    "\u{feff}",
    "\u{202e}",
    "\u{1b}[31m",
    "mm/a.c:3:1: error: a\n",
];

/// Numbers that look random and are the same in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, end: usize) -> usize {
        (self.next() % end.max(1) as u64) as usize
    }
}

/// An input made from others.
fn mutated(seeds: &[Vec<u8>], random: &mut Random) -> Vec<u8> {
    let mut data = seeds[random.below(seeds.len())].clone();
    for _ in 0..=random.below(8) {
        let at = random.below(data.len() + 1);
        let end = (at + random.below(32)).min(data.len());
        match random.below(7) {
            0 if at < data.len() => data[at] ^= 1 << random.below(8),
            1 if at < data.len() => data[at] = random.next() as u8,
            2 => drop(data.drain(at..end)),
            3 => {
                let part = data[at..end].to_vec();
                let to = random.below(data.len() + 1);
                data.splice(to..to, part);
            }
            4 => {
                let other = &seeds[random.below(seeds.len())];
                let from = random.below(other.len() + 1);
                let part = other[from..(from + 64).min(other.len())].to_vec();
                data.splice(at..at, part);
            }
            5 => data.extend((0..16).map(|_| random.next() as u8)),
            _ => {
                let word = WORDS[random.below(WORDS.len())];
                data.splice(at..at, word.bytes());
            }
        }
    }
    data.truncate(LONGEST);
    data
}

fn corpus(name: &str) -> Vec<Vec<u8>> {
    let directory = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("fuzz/corpus")
        .join(name);
    let mut paths: Vec<_> = std::fs::read_dir(&directory)
        .unwrap_or_else(|error| panic!("{}: {error}", directory.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    paths.sort();
    assert!(!paths.is_empty(), "{name} has no corpus");
    paths
        .iter()
        .map(|path| std::fs::read(path).unwrap())
        .collect()
}

fn number(variable: &str, default: u64) -> u64 {
    std::env::var(variable).map_or(default, |value| value.parse().unwrap())
}

fn fuzz(name: &str) {
    let target: Target = TARGETS.iter().find(|(of, _)| *of == name).unwrap().1;
    let seeds = corpus(name);
    let try_ = |data: &[u8]| {
        let result = catch_unwind(AssertUnwindSafe(|| target(data)));
        assert!(
            result.is_ok(),
            "{name} fails on {:?}",
            data.escape_ascii().to_string()
        );
    };
    seeds.iter().for_each(|seed| try_(seed));
    let time = Duration::from_secs(number("KFEAT_FUZZ_SECONDS", 1));
    let mut random = Random(number("KFEAT_FUZZ_SEED", 0x9e37_79b9_7f4a_7c15) | 1);
    let (start, mut runs) = (Instant::now(), 0u64);
    while start.elapsed() < time {
        try_(&mutated(&seeds, &mut random));
        runs += 1;
    }
    assert!(runs > 0);
    println!("{name}: {runs} inputs");
}

macro_rules! tests {
    ($($name:ident)*) => {
        $(#[test]
        fn $name() {
            fuzz(stringify!($name));
        })*

        #[test]
        fn every_target_is_run_and_has_a_program() {
            let names = [$(stringify!($name)),*];
            let of: Vec<&str> = TARGETS.iter().map(|(name, _)| *name).collect();
            assert_eq!(names.as_slice(), of);
            let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz");
            let manifest = std::fs::read_to_string(root.join("Cargo.toml")).unwrap();
            for name in of {
                assert!(manifest.contains(&format!("name = \"{name}\"")), "{name}");
                assert!(root.join(format!("fuzz_targets/{name}.rs")).is_file(), "{name}");
            }
        }
    };
}

tests! {
    arch_support baseline compiler_log condition configuration dot_config headers kconfig_grammar kconfig_model kconfig_solver
    kconfig_syntax ktap macros mail makefile manifest patch patch_reverse pieces results spec
}
