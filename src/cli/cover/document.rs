//! Owns the document that `cover` writes.

use serde::Serialize;

use crate::cover::{Cover, Outcome};
use crate::report;

/// The version of the document.
const SCHEMA: &str = "1.0";

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
    reasons: Vec<String>,
}

/// The result as a document.
pub(in crate::cli) fn json(cover: &Cover) -> String {
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
                document.reasons = why.iter().map(ToString::to_string).collect();
            }
            Outcome::NoCode(why) => {
                document.outcome = "no-code";
                document.reasons = vec![why.to_string()];
            }
            Outcome::OutOfScope(why) => {
                document.outcome = "out-of-scope";
                document.reasons = vec![why.to_string()];
            }
            Outcome::Undecided(why) => {
                document.outcome = "undecided";
                document.reasons = vec![why.to_string()];
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
    report::harmless_document(&text).into_owned()
}
