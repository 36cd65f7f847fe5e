//! Tests of the formats of the matrix, `json` against the schema in `docs/schema/`.

use serde_json::Value;

use super::*;
use crate::check::support::verdict::{Evidence, Role};
use crate::check::table::{Agreement, Documented, Row};
use crate::diag::Location;
use crate::feature::arch_support::Table;
use crate::report::json::tests::violations;

const TABLE: &str = "#\n# Feature name:          calm\n#         Kconfig:       HAVE_CALM\n#         description:   arch \
    has <b>calm</b> & \"peace\"\n#\n    -----------------------\n    |         arch |status|\n    -----------------------\n    \
    |         one: |  ok  |\n    |         two: | TODO |\n    |       three: |  ..  |\n    -----------------------\n";

/// A matrix of one feature with a cell of each kind.
pub(super) fn matrix() -> Matrix {
    let path = "Documentation/features/vm/calm/arch-support.txt";
    let (table, syntax) = Table::parse(path, TABLE);
    let states = [
        ("one", Supported::No, None, Agreement::Claimed),
        (
            "two",
            Supported::Yes,
            Some("A, \"B\" && C"),
            Agreement::Denied,
        ),
        ("three", Supported::No, None, Agreement::Agrees),
        ("four", Supported::Undecided, None, Agreement::Open),
        ("five", Supported::Yes, None, Agreement::Open),
    ];
    let cells = states.map(|(arch, supported, condition, agreement)| Cell {
        arch: arch.to_owned(),
        documented: table.row(arch).map(|row| Documented {
            status: row.status.clone(),
            location: row.status_location.clone(),
        }),
        supported,
        condition: condition.map(str::to_owned),
        agreement,
        declared: true,
        example: None,
        instead: Vec::new(),
        contract: None,
        defconfigs: None,
        reason: (supported != Supported::Yes).then(|| "<script>alert(1)</script>".to_owned()),
        evidence: vec![Evidence {
            role: Role::Select,
            symbol: "TWO".to_owned(),
            condition: Some("B < C".to_owned()),
            location: Location::file("arch/two/Kconfig"),
            note: Some("never\u{1b}[31m acts".to_owned()),
        }],
    });
    Matrix {
        architectures: states.map(|(arch, ..)| arch.to_owned()).to_vec(),
        defconfigs: None,
        unread: Vec::new(),
        features: vec![Row {
            spec: table.to_spec(),
            name: "calm".to_owned(),
            subsystem: "vm".to_owned(),
            path: path.to_owned(),
            table: Some(table),
            syntax,
            cells: cells.to_vec(),
        }],
    }
}

fn plain(width: usize) -> Options {
    Options {
        color: false,
        width,
    }
}

fn only(status: &str) -> Selection {
    Selection {
        statuses: vec![status.to_owned()],
    }
}

#[test]
fn json_is_as_the_schema_says() {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/docs/schema/matrix.schema.json"
    );
    let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
    for selection in [Selection::default(), only("denied"), only("N/A")] {
        let value: Value = serde_json::from_str(&json(&matrix(), &selection)).unwrap();
        assert_eq!(
            violations(&schema, &schema, &value, ""),
            Vec::<String>::new()
        );
        let from_yaml: Value = serde_yaml::from_str(&yaml(&matrix(), &selection)).unwrap();
        assert_eq!(value, from_yaml);
    }
    let roles = &schema["$defs"]["evidence"]["properties"]["role"]["enum"];
    let all: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
    assert_eq!(*roles, serde_json::json!(all));
}

#[test]
fn a_status_selects_cells() {
    for (status, archs) in [
        ("ok", vec!["one"]),
        ("..", vec!["three"]),
        ("none", vec!["four", "five"]),
        ("yes", vec!["two", "five"]),
        ("claimed", vec!["one"]),
        ("undecided", vec!["four"]),
    ] {
        let value: Value = serde_json::from_str(&json(&matrix(), &only(status))).unwrap();
        let cells = value["features"][0]["cells"].as_array().unwrap();
        let shown: Vec<&str> = cells.iter().map(|c| c["arch"].as_str().unwrap()).collect();
        assert_eq!(shown, archs, "{status}");
    }
    assert_eq!(
        table(&matrix(), &only("N/A"), &plain(80)),
        "no cell matches\n"
    );
}

#[test]
fn csv_quotes_what_needs_it() {
    let text = csv(&matrix(), &only("denied"));
    assert_eq!(
        text,
        "feature,arch,documented,actual,condition,evidence\r\n\
         calm,two,TODO,yes,\"A, \"\"B\"\" && C\",arch/two/Kconfig:1: select TWO if B < C (never\u{241b}[31m acts)\r\n"
    );
}

#[test]
fn the_table_fits_and_says_with_signs_what_it_says_with_colours() {
    let wide = table(&matrix(), &Selection::default(), &plain(80));
    assert!(
        wide.contains("  calm -!    y!    -     ?     Y\n"),
        "{wide}"
    );
    for width in [0, 40, 60, 80] {
        let text = table(&matrix(), &Selection::default(), &plain(width));
        let longest = text
            .lines()
            .take_while(|line| !line.is_empty())
            .map(|line| line.chars().count());
        assert!(longest.max().unwrap() <= width.max(40), "{text}");
    }
    let colored = table(
        &matrix(),
        &Selection::default(),
        &Options {
            color: true,
            width: 80,
        },
    );
    assert!(colored.contains('\u{1b}'));
    let bare = anstream::adapter::strip_str(&colored).to_string();
    assert_eq!(bare, wide);
}

#[test]
fn conditions_are_listed_where_few_cells_are_left() {
    let text = table(&matrix(), &Selection::default(), &plain(80));
    assert!(
        text.ends_with("\nconditions\n  two  A, \"B\" && C\n"),
        "{text}"
    );
    let mut many = matrix();
    for row in 0..30 {
        let mut feature = many.features[0].clone();
        feature.name = format!("calm{row}");
        many.features.push(feature);
    }
    let text = table(&many, &Selection::default(), &plain(80));
    assert!(!text.contains("\nconditions\n"), "{text}");
    assert!(text.contains("which is shown for fewer cells"), "{text}");
}

#[test]
fn the_documentation_can_show_what_kconfig_says() {
    let matrix = matrix();
    let selection = Selection::default();
    let shown = |actual| Shown {
        features: &[],
        script: Script::Python,
        cells: Some((&matrix, &selection)),
        actual,
    };
    let path = &*matrix.features[0].path;
    let text = rst(&matrix.features, Part::Feature(path), &shown(true), &[]).unwrap();
    let statuses: Vec<&str> = text
        .lines()
        .filter(|line| {
            ["one", "two", "three", "four", "five"].contains(&line.split(' ').next().unwrap())
        })
        .map(str::trim_end)
        .collect();
    assert_eq!(
        statuses,
        [
            "five          ok",
            "four          undecided",
            "one           no (table: ok)",
            "three         ---",
            "two           ok (table: TODO)",
        ]
    );
    let whole = rst(&matrix.features, Part::Whole, &shown(true), &[]).unwrap();
    let lists: Vec<&str> = whole
        .lines()
        .filter_map(|line| Some(line.split_once("- **")?.1))
        .collect();
    let starts = [
        "no (table: ok)**: one",
        "ok (table: TODO)**: two",
        "ok**: five",
    ];
    for (list, start) in lists.iter().zip(starts) {
        assert!(list.starts_with(start), "{whole}");
    }
    let claims = rst(&matrix.features, Part::Feature(path), &shown(false), &[]).unwrap();
    assert!(claims.contains("one           ok"), "{claims}");
    assert!(!claims.contains("five"), "{claims}");
}

#[test]
fn nothing_from_the_tree_is_markup_on_the_page() {
    let page = html(&matrix(), &Selection::default(), &About::default(), &[]).unwrap();
    assert!(!page.contains("<script>alert"), "{page}");
    assert!(!page.contains("<b>calm"), "{page}");
    assert!(page.contains("B &lt; C"), "{page}");
    assert!(!page.contains('\u{1b}'));
    assert!(!page.contains("://"), "{page}");
    let text = md(&matrix(), &Selection::default(), &[]).unwrap();
    assert!(
        text.contains("| two | TODO | yes **!** | A, \"B\" &amp;&amp; C |\n"),
        "{text}"
    );
    let start = "# Features and architectures\n\n2 of 5 cells have support in some configuration; **2** contradict Kconfig.\n";
    assert!(text.starts_with(start), "{text}");
}

#[test]
fn a_template_of_the_users_replaces_ours_and_its_mistakes_are_named() {
    let file = |text: &str| TemplateFile {
        name: "matrix.md".to_owned(),
        path: "mine/matrix.md".to_owned(),
        text: text.to_owned(),
    };
    let selection = Selection::default();
    let text = md(
        &matrix(),
        &selection,
        &[file("{% for f in features %}{{ f.name }}{% endfor %}\n")],
    );
    assert_eq!(text.unwrap(), "calm\n");
    for (text, place) in [
        ("one\n{% for %}\n", "mine/matrix.md:2:"),
        ("one\n\n{{ nothing.there }}\n", "mine/matrix.md:3:"),
        ("one\n{{ schema | nothing }}\n", "mine/matrix.md:2:"),
        ("one\n{{ nothing() }}\n", "mine/matrix.md:2:"),
        ("{% include \"nothing.md\" %}\n", "mine/matrix.md"),
    ] {
        let error = md(&matrix(), &selection, &[file(text)]).unwrap_err();
        assert!(error.place.starts_with(place), "{error}");
        assert!(!error.message.contains('\n'), "{error}");
    }
}
