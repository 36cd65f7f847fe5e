//! Owns what `cover` prints: for people, and as a document.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::cover::{self, Build, Cover, Line, Outcome};

/// The version of the document.
const SCHEMA: &str = "1.0";

/// The result for people. With `verbose`, or where there is nothing else to say, lines without code are named, too. `is_partial`:
/// only some architectures were asked about.
pub(super) fn human(cover: &Cover, verbose: bool, is_partial: bool) -> String {
    let mut text = String::new();
    let is_silent =
        |outcome: &Outcome| matches!(outcome, Outcome::NoCode(_) | Outcome::OutOfScope(_));
    let verbose = verbose || cover.count(is_silent) == cover.lines.len();
    for (index, build) in cover.builds.iter().enumerate() {
        text.push_str(&of_build(index + 1, build, cover));
    }
    let mut rest: Vec<(String, Vec<&Line>)> = Vec::new();
    for (line, outcome) in &cover.lines {
        let why = match outcome {
            Outcome::Covered { .. } => continue,
            outcome if is_silent(outcome) && !verbose => continue,
            Outcome::NoCode(why) => format!("no code: {why}"),
            Outcome::OutOfScope(why) => format!("out of scope: {why}"),
            Outcome::Undecided(why) => format!("undecided: {why}"),
            Outcome::Dead(why) => {
                let mut text = match is_partial {
                    true => "dead: no configuration of these architectures compiles it",
                    false => "dead: no configuration compiles it",
                }
                .to_owned();
                for why in why.iter().take(3) {
                    text.push_str(&format!("\n      {why}"));
                }
                if why.len() > 3 {
                    text.push_str(&format!("\n      and {} more architectures", why.len() - 3));
                }
                text
            }
        };
        match rest.last_mut() {
            Some((known, lines)) if *known == why && lines[0].path == line.path => lines.push(line),
            _ => rest.push((why, vec![line])),
        }
    }
    for (why, lines) in rest {
        text.push_str(&format!("{}: {why}\n", ranges(&lines)));
    }
    text.push_str(&summary(cover));
    text
}

/// One line: how many builds compile how many lines, and what the others are.
fn summary(cover: &Cover) -> String {
    let plural = |count: usize, word: &str| match count {
        1 => format!("1 {word}"),
        count => format!("{count} {word}s"),
    };
    let covered = cover.count(|outcome| matches!(outcome, Outcome::Covered { .. }));
    let lines = plural(cover.lines.len(), "line");
    let mut text = match cover.builds.len() {
        0 => format!("no build for {lines}"),
        builds => format!("{} for {covered} of {lines}", plural(builds, "build")),
    };
    let others = [
        (
            cover.count(|outcome| matches!(outcome, Outcome::Dead(_))),
            "dead",
        ),
        (
            cover.count(|outcome| matches!(outcome, Outcome::Undecided(_))),
            "undecided",
        ),
        (
            cover.count(|outcome| matches!(outcome, Outcome::NoCode(_))),
            "without code",
        ),
        (
            cover.count(|outcome| matches!(outcome, Outcome::OutOfScope(_))),
            "out of scope",
        ),
    ];
    let mut mark = ':';
    for (count, word) in others.into_iter().filter(|(count, _)| *count > 0) {
        text.push_str(&format!("{mark} {count} {word}"));
        mark = ',';
    }
    text.push('\n');
    text
}

fn of_build(number: usize, build: &Build, cover: &Cover) -> String {
    let target = &build.target;
    let mut text = format!("build {number}: {}", target.srcarch);
    if target.arch != target.srcarch {
        text.push_str(&format!(" (ARCH={})", target.arch));
    }
    text.push_str(&format!(", {}", build.base));
    if !target.has_compiler {
        text.push_str(", no compiler on this machine");
    }
    text.push('\n');
    for line in &build.fragment {
        text.push_str(&format!("    {line}\n"));
    }
    if !build.relies_on.is_empty() {
        text.push_str(&format!("  where {}\n", build.relies_on.join(" and ")));
    }
    if !build.objects.is_empty() {
        let objects = build.objects.iter().map(|object| object.path.as_str());
        let objects: Vec<&str> = objects.collect();
        text.push_str(&format!("  objects: {}\n", objects.join(" ")));
    }
    let mut by_path: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &build.lines {
        by_path.entry(&line.path).or_default().push(line);
    }
    for lines in by_path.into_values() {
        text.push_str(&format!("  lines: {}\n", ranges(&lines)));
    }
    let mut notes: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for (line, outcome) in &cover.lines {
        if let Outcome::Covered {
            builds,
            note: Some(note),
            ..
        } = outcome
            && builds.contains(&(number - 1))
        {
            notes.entry(note).or_default().push(line);
        }
    }
    for (note, lines) in notes {
        text.push_str(&format!("  note: {}: {note}\n", ranges(&lines)));
    }
    text
}

/// Lines of one file, those that follow each other as ranges: `mm/a.c:1-3,7`.
pub(in crate::cli) fn ranges(lines: &[&Line]) -> String {
    let ranges = cover::ranges(lines.iter().map(|line| line.number));
    let path = lines.first().map_or("", |line| line.path.as_str());
    format!("{path}:{}", ranges.join(","))
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    kfeat: &'static str,
    builds: Vec<DocumentBuild<'a>>,
    lines: Vec<DocumentLine<'a>>,
}

#[derive(Serialize)]
struct DocumentBuild<'a> {
    number: usize,
    srcarch: &'a str,
    arch: &'a str,
    compiler: bool,
    base: &'a str,
    fragment: &'a [String],
    relies_on: &'a [String],
    objects: Vec<DocumentObject<'a>>,
    lines: Vec<String>,
}

#[derive(Serialize)]
struct DocumentObject<'a> {
    path: &'a str,
    source: &'a str,
    by_rule: bool,
}

#[derive(Serialize)]
struct DocumentLine<'a> {
    path: &'a str,
    line: u32,
    outcome: &'static str,
    builds: Vec<usize>,
    condition: Option<&'a str>,
    note: Option<&'a str>,
    reasons: Vec<&'a str>,
}

/// The result as a document.
pub(super) fn json(cover: &Cover) -> String {
    let builds = cover.builds.iter().enumerate();
    let builds = builds.map(|(index, build)| DocumentBuild {
        number: index + 1,
        srcarch: &build.target.srcarch,
        arch: &build.target.arch,
        compiler: build.target.has_compiler,
        base: build.base,
        fragment: &build.fragment,
        relies_on: &build.relies_on,
        objects: build
            .objects
            .iter()
            .map(|object| DocumentObject {
                path: &object.path,
                source: &object.source,
                by_rule: object.by_rule,
            })
            .collect(),
        lines: build
            .lines
            .iter()
            .map(|line| format!("{}:{}", line.path, line.number))
            .collect(),
    });
    let lines = cover.lines.iter().map(|(line, outcome)| {
        let mut document = DocumentLine {
            path: &line.path,
            line: line.number,
            outcome: "",
            builds: Vec::new(),
            condition: None,
            note: None,
            reasons: Vec::new(),
        };
        match outcome {
            Outcome::Covered {
                builds,
                condition,
                note,
            } => {
                document.outcome = "covered";
                document.builds = builds.iter().map(|build| build + 1).collect();
                document.condition = Some(condition);
                document.note = note.as_deref();
            }
            Outcome::Dead(why) => {
                document.outcome = "dead";
                document.reasons = why.iter().map(String::as_str).collect();
            }
            Outcome::NoCode(why) => {
                document.outcome = "no-code";
                document.reasons = vec![why];
            }
            Outcome::OutOfScope(why) => {
                document.outcome = "out-of-scope";
                document.reasons = vec![why];
            }
            Outcome::Undecided(why) => {
                document.outcome = "undecided";
                document.reasons = vec![why];
            }
        }
        document
    });
    written(&Document {
        schema: SCHEMA,
        kfeat: env!("CARGO_PKG_VERSION"),
        builds: builds.collect(),
        lines: lines.collect(),
    })
}

/// A document as it is written, with its last newline.
pub(in crate::cli) fn written(document: &impl Serialize) -> String {
    let mut text = serde_json::to_string_pretty(document).unwrap_or_else(|error| {
        unreachable!("invariant: documents have only strings, numbers and lists: {error}")
    });
    text.push('\n');
    text
}
