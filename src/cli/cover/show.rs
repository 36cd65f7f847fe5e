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
                text.push_str(&reasons(why));
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

/// Most architectures whose reasons are shown.
const MOST_REASONS: usize = 3;

/// Why no configuration compiles a line, by architecture; the lines that exclude it stand below each.
fn reasons(all: &[String]) -> String {
    let show = |why: &str| {
        let why = why.replace(" cannot hold: ", " cannot hold:\n        ");
        format!("\n      {}", why.replace("; ", "\n        "))
    };
    let own = |why: &str| why.split_once(": ").map(|(_, own)| own.to_owned());
    if let [first, rest @ ..] = all
        && !rest.is_empty()
        && let Some(same) = own(first)
        && rest.iter().all(|why| own(why).as_ref() == Some(&same))
    {
        return show(&format!("each architecture: {same}"));
    }
    let mut text: String = all.iter().take(MOST_REASONS).map(|why| show(why)).collect();
    match all.len().saturating_sub(MOST_REASONS) {
        0 => {}
        1 => text.push_str("\n      and one more architecture"),
        more => text.push_str(&format!("\n      and {more} more architectures")),
    }
    text
}

/// A line of a list; where it is longer than a terminal is wide it goes on below.
fn list(name: &str, words: &[String], between: &str) -> String {
    const WIDTH: usize = 80;
    let mut text = format!("  {name}: ");
    let mut width = text.len();
    for (index, word) in words.iter().enumerate() {
        let is_last = index + 1 == words.len();
        let own = word.len() + if is_last { 0 } else { between.trim_end().len() };
        if index > 0 && width + between.len() + own > WIDTH {
            text.push_str(between.trim_end());
            text.push_str("\n    ");
            width = 4;
        } else if index > 0 {
            text.push_str(between);
            width += between.len();
        }
        text.push_str(word);
        width += word.len();
    }
    text.push('\n');
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
        let objects = build.objects.iter().map(|object| object.path.clone());
        text.push_str(&list("objects", &objects.collect::<Vec<_>>(), " "));
    }
    let mut by_path: BTreeMap<&str, Vec<&Line>> = BTreeMap::new();
    for line in &build.lines {
        by_path.entry(&line.path).or_default().push(line);
    }
    for lines in by_path.into_values() {
        let mut words = cover::ranges(lines.iter().map(|line| line.number));
        if let (Some(first), Some(line)) = (words.first_mut(), lines.first()) {
            *first = format!("{}:{first}", line.path);
        }
        text.push_str(&list("lines", &words, ","));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lists_go_on_below_where_they_are_long() {
        let words: Vec<String> = (100..130).map(|number| number.to_string()).collect();
        let text = list("lines", &words, ",");
        assert!(text.lines().all(|line| line.len() <= 80), "{text}");
        assert_eq!(text.lines().count(), 2);
        assert_eq!(
            text.split_whitespace().nth(1).unwrap().matches(',').count(),
            17
        );
        assert_eq!(list("objects", &words[..2], " "), "  objects: 100 101\n");
    }

    #[test]
    fn reasons_that_are_the_same_everywhere_are_given_once() {
        let why = |arch: &str, own: &str| format!("{arch}: {own}");
        let same = [why("x86", "no makefile"), why("arm", "no makefile")];
        assert_eq!(reasons(&same), "\n      each architecture: no makefile");
        let other = [
            why("x86", "`A` cannot hold: k:1: a; k:2: b"),
            why("arm", "none"),
        ];
        assert_eq!(
            reasons(&other),
            "\n      x86: `A` cannot hold:\n        k:1: a\n        k:2: b\n      arm: none"
        );
    }
}
