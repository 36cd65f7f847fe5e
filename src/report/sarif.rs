//! Owns the format `sarif`: the findings in the Static Analysis Results Interchange Format, version 2.1.0 (OASIS).

use serde::Serialize;
use serde_json::{Value, json};

use super::json::written;
use super::{Report, Source, SourceOfOne, message};
use crate::check::lint::Docs;
use crate::check::lints;
use crate::check::reported::{Reason, Reported};
use crate::diag::identity::fingerprints;
use crate::diag::{Fix, Label, Level, Location, Text};

/// The report as one run. Each lint that found something is a rule with its whole documentation as help; a safe fix is given
/// as replacements. Lines and columns are those of the text that `source` gives (columns in code points, as the run says);
/// where it gives none, a region has only its line. What is suppressed is there, too, marked as such.
pub fn render(report: &Report<'_>, source: Source<'_>) -> String {
    let findings: Vec<&Reported> = report
        .shown()
        .chain(super::shown(report.suppressed))
        .collect();
    let mut rules: Vec<&str> = findings.iter().map(|finding| finding.lint).collect();
    rules.sort_unstable();
    rules.dedup();
    let results: Vec<Value> = fingerprints(findings.iter().map(|finding| &finding.finding))
        .into_iter()
        .zip(&findings)
        .map(|(fingerprint, finding)| result(finding, &rules, &fingerprint, source))
        .collect();
    let document = json!({
        "$schema": "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "kfeat",
                "version": env!("CARGO_PKG_VERSION"),
                "semanticVersion": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|name| rule(name)).collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "originalUriBaseIds": { "SRCROOT": {
                "description": { "text": "The top directory of the kernel tree." }
            }},
            "results": results,
        }],
    });
    written(&document)
}

/// A lint as a rule.
fn rule(name: &str) -> Value {
    match lints::find(name) {
        Some(lint) => json!({
            "id": name,
            "shortDescription": { "text": lint.docs.summary },
            "fullDescription": { "text": lint.docs.what },
            "help": { "text": help(&lint.docs) },
            "defaultConfiguration": { "level": level(lint.level()), "enabled": lint.is_on },
        }),
        None => json!({ "id": name }),
    }
}

/// The documentation of a lint as plain text.
fn help(docs: &Docs) -> String {
    format!(
        "{}\n\nWhy is this bad? {}\n\nExample:\n\n{}\n\nFix: {}",
        docs.what, docs.why, docs.example, docs.fix
    )
}

/// The word of the standard for a level.
fn level(level: Level) -> &'static str {
    match level {
        Level::Deny => "error",
        Level::Warn => "warning",
        Level::Note => "note",
        Level::Allow => "none",
    }
}

/// One finding.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResultView {
    rule_id: String,
    rule_index: Option<usize>,
    level: &'static str,
    message: Value,
    locations: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related_locations: Vec<Value>,
    partial_fingerprints: Value,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fixes: Vec<Value>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    suppressions: Vec<Value>,
    properties: Value,
}

fn result(finding: &Reported, rules: &[&str], fingerprint: &str, source: Source<'_>) -> Value {
    let source: SourceOfOne<'_> = &|path| source(finding, path);
    let view = ResultView {
        rule_id: finding.lint.to_owned(),
        rule_index: rules.iter().position(|rule| *rule == finding.lint),
        level: level(finding.level),
        message: json!({ "text": message(finding) }),
        locations: vec![json!({ "physicalLocation": place(&finding.primary.location, source) })],
        related_locations: finding
            .secondary
            .iter()
            .enumerate()
            .map(|(id, label)| related(id, label, source))
            .collect(),
        partial_fingerprints: json!({ "kfeat/v2": fingerprint }),
        fixes: finding.fix.iter().map(|f| fix(f, source)).collect(),
        suppressions: finding.suppression.iter().map(suppression).collect(),
        properties: json!({
            "feature": finding.feature,
            "symbol": finding.symbol,
            "archs": finding.archs,
        }),
    };
    serde_json::to_value(view)
        .unwrap_or_else(|error| unreachable!("invariant: a view is a JSON value: {error}"))
}

/// A place that tells the other half.
fn related(id: usize, label: &Label, source: SourceOfOne<'_>) -> Value {
    let mut location = json!({
        "id": id,
        "physicalLocation": place(&label.location, source),
    });
    if !label.text.is_empty() {
        location["message"] = json!({ "text": label.text });
    }
    location
}

/// Why a result is not to be shown. The reason does not stand in the file that it is about.
fn suppression(reason: &Reason) -> Value {
    json!({
        "kind": "external",
        "status": "accepted",
        "justification": reason.text,
        "location": { "physicalLocation": {
            "artifactLocation": artifact(&reason.place),
            "region": { "startLine": reason.place.line },
        }},
    })
}

/// A change of files; each file once, as the standard wants it.
fn fix(fix: &Fix, source: SourceOfOne<'_>) -> Value {
    let changes = fix
        .edits
        .chunk_by(|a, b| a.location.path == b.location.path)
        .map(|edits| {
            let replacements: Vec<Value> = edits
                .iter()
                .map(|edit| {
                    json!({
                        "deletedRegion": region(&edit.location, source),
                        "insertedContent": { "text": edit.text },
                    })
                })
                .collect();
            json!({
                "artifactLocation": artifact(&edits[0].location),
                "replacements": replacements,
            })
        });
    json!({
        "description": { "text": fix.title },
        "artifactChanges": changes.collect::<Vec<_>>(),
    })
}

fn place(location: &Location, source: SourceOfOne<'_>) -> Value {
    json!({
        "artifactLocation": artifact(location),
        "region": region(location, source),
    })
}

fn artifact(location: &Location) -> Value {
    json!({ "uri": uri(&location.path), "uriBaseId": "SRCROOT" })
}

/// The bytes of a location as lines and columns.
fn region(location: &Location, source: SourceOfOne<'_>) -> Value {
    let text = source(&location.path);
    let fits = |text: &&Text| {
        text.is_char_boundary(location.start as usize)
            && text.is_char_boundary(location.end as usize)
    };
    let Some(text) = text.as_ref().filter(fits) else {
        return json!({ "startLine": location.line });
    };
    let (start, end) = (
        location.start as usize,
        location.end.max(location.start) as usize,
    );
    let (start_line, start_column) = line_and_column(text, start);
    let (end_line, end_column) = line_and_column(text, end);
    json!({
        "startLine": start_line,
        "startColumn": start_column,
        "endLine": end_line,
        "endColumn": end_column,
        "byteOffset": start,
        "byteLength": end - start,
    })
}

/// Line and column of a byte, both from 1, the column in code points.
fn line_and_column(text: &Text, offset: usize) -> (u32, usize) {
    let (line, start) = text.line_of(offset);
    (line, text[start..offset].chars().count() + 1)
}

/// A path as a relative URI: whatever is neither unreserved nor `/` is escaped (RFC 3986).
fn uri(path: &str) -> String {
    use std::fmt::Write as _;
    let mut out = String::new();
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"/-._~+".contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diag::Edit;
    use crate::report::samples;

    #[test]
    fn results_refer_to_rules_with_help_and_regions_count_code_points() {
        let mut findings = samples::findings();
        let location = findings[0].primary.location.clone();
        findings[0].fix = Some(Fix {
            title: "remove the select".to_owned(),
            edits: vec![Edit {
                location,
                text: String::new(),
            }],
        });
        let text = render(
            &Report {
                findings: &findings,
                verdicts: &[],
                ..Report::default()
            },
            &samples::source,
        );
        let document: Value = serde_json::from_str(&text).unwrap();
        let run = &document["runs"][0];
        let result = &run["results"][0];
        let index = result["ruleIndex"].as_u64().unwrap() as usize;
        let rule = &run["tool"]["driver"]["rules"][index];
        assert_eq!(rule["id"], "select-without-hook");
        assert!(rule["help"]["text"].as_str().unwrap().len() > 80);
        let region = &result["locations"][0]["physicalLocation"]["region"];
        assert_eq!(region["startLine"], 3);
        assert_eq!(region["startColumn"], 9);
        assert_eq!(region["endColumn"], 14);
        assert_eq!(
            result["fixes"][0]["artifactChanges"][0]["replacements"][0]["deletedRegion"],
            *region
        );
        assert_eq!(
            run["results"][1]["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            "a%2Cb%3A.h"
        );
    }
}
