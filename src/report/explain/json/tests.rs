//! Tests of explanations as JSON against the schema in `docs/schema/`, and as text.

use serde_json::{Value, json};

use super::*;
use crate::check::support::question::Example;
use crate::check::support::values::{Values, Verdict};
use crate::diag::Label;
use crate::diag::Location;
use crate::report::human::Options;
use crate::report::json::tests::violations;

/// Everything that an explanation may hold, once.
fn full() -> Explanation {
    let place = || Location::in_text("mm/Kconfig".into(), b"config X\n\tbool\n", 0, 8);
    let mut explanation = Explanation {
        symbol: "X".to_owned(),
        feature: Some("quiet".to_owned()),
        archs: vec!["one".to_owned(), "two".to_owned()],
        ..Explanation::default()
    };
    for arch in ["one", "two"] {
        let mut line = Line::new("bool, declared".to_owned(), Some(place()));
        line.children = vec![Line::new("no\u{1b}prompt".to_owned(), None)];
        let of_two = Line::new("selected by TWO".to_owned(), Some(place()));
        let mut lines = vec![line];
        lines.extend((arch == "two").then_some(of_two));
        explanation.add_lines(lines, arch);
    }
    let example = Finding::Possible(Example {
        lines: vec!["CONFIG_TWO=y".to_owned()],
        relies_on: vec!["`ARCH=two`".to_owned()],
    });
    let off = Finding::Possible(Example {
        lines: Vec::new(),
        relies_on: Vec::new(),
    });
    let impossible = Finding::Impossible(vec![Label::new(place(), "`X` has no prompt")]);
    let undecided = Finding::Undecided("it depends on two numbers".to_owned());
    let values = |verdict, answers: &[(Asked, &Finding)]| {
        let answers = answers
            .iter()
            .map(|(asked, finding)| (*asked, (*finding).clone()));
        Values {
            verdict,
            condition: (verdict == Verdict::Varies).then(|| "TWO".to_owned()),
            answers: answers.collect(),
        }
    };
    let two = values(
        Verdict::Varies,
        &[
            (Asked::Yes, &example),
            (Asked::Mod, &undecided),
            (Asked::No, &off),
        ],
    );
    let never = values(
        Verdict::Never,
        &[(Asked::Yes, &impossible), (Asked::No, &off)],
    );
    explanation.add_values(never.clone(), "one");
    explanation.add_values(two, "two");
    explanation.add_values(never, "three");
    explanation.add_values(values(Verdict::Undeclared, &[]), "four");
    explanation.configured = Some(Configured {
        file: ".config".to_owned(),
        arch: "two".to_owned(),
        value: "n".to_owned(),
        reasons: vec![
            Because {
                text: "`X` is `n`".to_owned(),
                place: None,
            },
            Because {
                text: "needs `A`".to_owned(),
                place: Some(place()),
            },
        ],
    });
    explanation
}

fn schema() -> Value {
    serde_json::from_str(include_str!("../../../../docs/schema/explain.schema.json")).unwrap()
}

fn document(explanations: &[Explanation]) -> Value {
    serde_json::from_str(&render(explanations)).unwrap()
}

#[test]
fn the_output_is_what_the_schema_says() {
    let schema = schema();
    for explanations in [vec![], vec![full()], vec![Explanation::default(), full()]] {
        let document = document(&explanations);
        assert_eq!(violations(&schema, &schema, &document, ""), [""; 0]);
    }
    let mut wrong = document(&[full()]);
    *wrong.pointer_mut("/symbols/0/values/0/verdict").unwrap() = json!("maybe");
    assert_eq!(violations(&schema, &schema, &wrong, "").len(), 1);
}

#[test]
fn lines_and_answers_of_several_architectures_are_one() {
    let document = document(&[full()]);
    let at = |pointer: &str| document.pointer(pointer).unwrap().clone();
    assert_eq!(at("/symbols/0/lines/0/archs"), json!(["one", "two"]));
    assert_eq!(at("/symbols/0/lines/1/archs"), json!(["two"]));
    assert_eq!(at("/symbols/0/values/0/archs"), json!(["one", "three"]));
    assert_eq!(
        at("/symbols/0/values/1/answers/0/config"),
        json!(["CONFIG_TWO=y"])
    );
    assert_eq!(at("/symbols/0/values/1/answers/1/possible"), json!(null));
}

#[test]
fn the_text_has_lines_that_can_be_pasted() {
    let mut explanation = full();
    let text = super::super::text(std::slice::from_ref(&explanation), &Options::default());
    assert_eq!(
        text,
        "X\n  `X` is `n`\n  mm/Kconfig:1: needs `A`\n\n\
         never on: one, three\n  cannot be y\n    mm/Kconfig:1: `X` has no prompt\n\n\
         y or n: two\n  on if TWO\n  y with\nCONFIG_TWO=y\n  where `ARCH=two`\n  \
         m is undecided: it depends on two numbers\n  n by default\n\n\
         not declared: four\n"
    );
    explanation.configured = None;
    explanation.values.clear();
    let text = super::super::text(&[explanation], &Options::default());
    assert_eq!(
        text,
        "X\n├─ bool, declared  mm/Kconfig:1\n│  └─ no\u{241b}prompt\n└─ selected by TWO  mm/Kconfig:1  [two]\n"
    );
}
