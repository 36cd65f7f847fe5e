//! Tests of the format `json` against the schema in `docs/schema/`.
//!
//! The schema is held against the output by the few rules of JSON Schema that it uses; a keyword that is not among them
//! fails the test, so nothing in it goes unchecked. A whole validator would bring some fifty crates into `Cargo.lock`.

use serde_json::{Value, json};

use super::*;
use crate::check::reported;
use crate::check::support::verdict::{Role, Supported};
use crate::diag::{Diagnostic, Level};

/// What `value` violates of `schema`, with the path to it; empty where it is valid. `root` resolves `$ref`.
pub(in crate::report) fn violations(
    root: &Value,
    schema: &Value,
    value: &Value,
    path: &str,
) -> Vec<String> {
    let mut found = Vec::new();
    let keywords = schema.as_object().expect("a schema is an object");
    for (keyword, rule) in keywords {
        let ok = match keyword.as_str() {
            "$schema" | "$id" | "$defs" | "title" | "description" => true,
            "$ref" => {
                let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
                let target = root.pointer(pointer).expect("a $ref has a target");
                found.extend(violations(root, target, value, path));
                true
            }
            "type" => match rule {
                Value::String(name) => has_type(value, name),
                names => names
                    .as_array()
                    .unwrap()
                    .iter()
                    .any(|n| has_type(value, n.as_str().unwrap())),
            },
            "enum" => rule.as_array().unwrap().contains(value),
            "pattern" => {
                assert_eq!(rule, "^1\\.[0-9]+$", "the one pattern that is known here");
                let digits = value.as_str().and_then(|text| text.strip_prefix("1."));
                digits.is_some_and(|d| !d.is_empty() && d.bytes().all(|b| b.is_ascii_digit()))
            }
            "minimum" => value
                .as_u64()
                .is_none_or(|number| number >= rule.as_u64().unwrap()),
            "items" => {
                for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                    found.extend(violations(root, rule, item, &format!("{path}/{index}")));
                }
                true
            }
            "required" => rule.as_array().unwrap().iter().all(|name| {
                value
                    .as_object()
                    .is_none_or(|o| o.contains_key(name.as_str().unwrap()))
            }),
            "properties" => {
                for (name, rule) in rule.as_object().unwrap() {
                    if let Some(part) = value.get(name) {
                        found.extend(violations(root, rule, part, &format!("{path}/{name}")));
                    }
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(rule, &json!(false));
                let known = keywords
                    .get("properties")
                    .and_then(Value::as_object)
                    .unwrap();
                value
                    .as_object()
                    .is_none_or(|o| o.keys().all(|name| known.contains_key(name)))
            }
            other => panic!("the schema uses `{other}`, which this test does not know"),
        };
        if !ok {
            found.push(format!("{path}: `{keyword}`: {rule}"));
        }
    }
    found
}

fn has_type(value: &Value, name: &str) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        other => panic!("unknown type `{other}`"),
    }
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../docs/schema/report.schema.json")).unwrap()
}

/// Everything that a report may hold, once.
fn full() -> (Vec<Reported>, Vec<Verdict>) {
    let place = Location::in_text(
        "arch/one/Kconfig".into(),
        b"config ONE\n\tselect X\n",
        12,
        20,
    );
    let finding = |level| {
        Diagnostic::new(
            "a-lint",
            level,
            "`X` is bad",
            Label::new(place.clone(), "here"),
        )
    };
    let mut findings = Reported::all(vec![
        finding(Level::Deny)
            .with_secondary(Label::new(Location::file("Kconfig"), ""))
            .with_note("a \"reason\"\u{1b}")
            .with_help("remove it")
            .with_arch("one")
            .about("quiet", "X"),
        finding(Level::Warn),
        finding(Level::Note),
        finding(Level::Allow),
    ]);
    findings[0].episode = Some(Episode {
        status: reported::Status::New,
        since: Some(commit()),
        until: None,
        suppressed: None,
        tree: 1,
    });
    findings[0].suppression = Some(Reason {
        text: "it is right".to_owned(),
        place: place.clone(),
    });
    let evidence = |(index, role): (usize, &Role)| Evidence {
        role: *role,
        symbol: "ONE".to_owned(),
        condition: (index % 2 == 0).then(|| "MMU".to_owned()),
        location: place.clone(),
        note: (index % 3 == 0).then(|| "a comment".to_owned()),
    };
    let verdict = |arch: &str, supported| Verdict {
        feature: "quiet".to_owned(),
        arch: arch.to_owned(),
        supported,
        condition: (arch == "one").then(|| "MMU && \"$(X)\" = \"y\"".to_owned()),
        reason: (arch == "two").then(|| "a file is missing".to_owned()),
        evidence: Role::ALL.iter().enumerate().map(evidence).collect(),
    };
    let verdicts = vec![
        verdict("one", Supported::Yes),
        verdict("two", Supported::Undecided),
        verdict("three", Supported::No),
    ];
    (findings, verdicts)
}

fn document(findings: &[Reported], verdicts: &[Verdict]) -> Value {
    let series = Series {
        commits: &[commit()],
        fixed: findings,
        known: 2,
        cells: &[cell()],
    };
    let report = Report {
        findings,
        verdicts,
        // A report of nothing is that of a tree alone.
        series: (!findings.is_empty()).then_some(series),
        baseline: (!findings.is_empty()).then_some(OfBaseline::default()),
        suppressed: findings,
        ..Report::default()
    };
    serde_json::from_str(&render(&report)).unwrap()
}

fn cell() -> ChangedCell {
    let state = |supported, condition: Option<&str>, documented| State {
        supported,
        condition: condition.map(str::to_owned),
        documented,
    };
    ChangedCell {
        feature: "quiet".to_owned(),
        arch: "one".to_owned(),
        before: None,
        after: Some(state(Supported::Yes, Some("MMU"), Some(Status::Supported))),
        place: Some(Location::file("arch/one/Kconfig")),
    }
}

fn commit() -> Arc<Commit> {
    Arc::new(Commit {
        number: 1,
        of: 1,
        id: Some("0123456789abcdef".to_owned()),
        subject: "a change".to_owned(),
    })
}

#[test]
fn the_output_is_what_the_schema_says() {
    let schema = schema();
    let (findings, verdicts) = full();
    for document in [document(&findings, &verdicts), document(&[], &[])] {
        assert_eq!(violations(&schema, &schema, &document, ""), [""; 0]);
    }
}

#[test]
fn the_schema_names_every_field_and_word() {
    let schema = schema();
    let (findings, verdicts) = full();
    let whole = document(&findings, &verdicts);
    // Each pointer leads to an object of the output and to its description in the schema: the fields must be the same.
    for (output, description) in [
        ("", ""),
        ("/findings/0", "/$defs/finding"),
        ("/findings/0/primary", "/$defs/label"),
        ("/findings/0/episode", "/$defs/finding/properties/episode"),
        ("/series", "/properties/series"),
        ("/baseline", "/properties/baseline"),
        ("/suppressed/0", "/$defs/finding"),
        (
            "/findings/0/suppression",
            "/$defs/finding/properties/suppression",
        ),
        ("/series/commits/0", "/$defs/commit"),
        ("/series/cells/0", "/$defs/cell"),
        ("/series/cells/0/after", "/$defs/state"),
        ("/series/cells/0/place", "/$defs/cell/properties/place"),
        ("/verdicts/0", "/$defs/verdict"),
        ("/verdicts/0/evidence/0", "/$defs/evidence"),
    ] {
        let names = |value: &Value| {
            let mut names: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
            names.sort();
            names
        };
        let description = schema.pointer(description).unwrap();
        let required: Vec<String> = serde_json::from_value(description["required"].clone())
            .map(|mut v: Vec<String>| {
                v.sort();
                v
            })
            .unwrap();
        let output = names(whole.pointer(output).unwrap());
        assert_eq!(output, names(&description["properties"]));
        assert_eq!(output, required);
    }
    let words = |pointer: &str| schema.pointer(pointer).unwrap().clone();
    let roles: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    assert_eq!(words("/$defs/evidence/properties/role/enum"), json!(roles));
    let levels = [Level::Deny, Level::Warn, Level::Note].map(Level::word);
    assert_eq!(words("/$defs/finding/properties/level/enum"), json!(levels));
    let supported = [Supported::Yes, Supported::No, Supported::Undecided].map(Supported::word);
    for of in ["verdict", "state"] {
        let enumeration = format!("/$defs/{of}/properties/supported/enum");
        assert_eq!(words(&enumeration), json!(supported));
    }
}

#[test]
fn wrong_documents_are_told_apart() {
    let schema = schema();
    let (findings, verdicts) = full();
    let right = document(&findings, &verdicts);
    let break_at = |pointer: &str, with: Value| {
        let mut wrong = right.clone();
        *wrong.pointer_mut(pointer).unwrap() = with;
        violations(&schema, &schema, &wrong, "").len()
    };
    assert_eq!(break_at("/schema", json!("2.0")), 1);
    assert_eq!(break_at("/verdicts/0/supported", json!("maybe")), 1);
    assert_eq!(break_at("/verdicts/0/condition", json!(1)), 1);
    assert_eq!(break_at("/findings/0/primary/line", json!(0)), 1);
    assert_eq!(break_at("/findings/1", json!({"lint": "x"})), 1);
}

#[test]
fn findings_at_level_allow_are_left_out() {
    let (findings, verdicts) = full();
    let whole = document(&findings, &verdicts);
    assert_eq!(whole["findings"].as_array().unwrap().len(), 3);
    assert_eq!(whole["schema"], SCHEMA_VERSION);
    assert_eq!(whole["kfeat"], env!("CARGO_PKG_VERSION"));
    assert_eq!(whole["verdicts"][2]["condition"], Value::Null);
    assert_eq!(
        whole["verdicts"][0]["evidence"][0]["path"],
        "arch/one/Kconfig"
    );
}
