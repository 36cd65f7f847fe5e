//! Tests of reading tables.

use proptest::prelude::*;

use super::*;

const PATH: &str = "Documentation/features/vm/small-thing/arch-support.txt";

const SMALL: &str = "\
#
# Feature name:          small
#         Kconfig:       HAS_SMALL
#         Kconfig:       !HAS_BIG
#         description:   arch is small
#                        and proud of it
#
# Some prose about it:
#   indented prose
#
    -----------------------
    |         arch |status|
    -----------------------
    |       alpha: | TODO |
    |         arc: |  ..  |
    |         arm: |  N/A |
    |         x86: |  ok  |
    |          um: |maybe |
    |         arc: |  ok  |
    -----------------------
";

fn read(text: &str) -> (Table, Vec<Diagnostic>) {
    Table::parse(PATH, text)
}

/// Line and headline of each diagnostic.
fn findings(text: &str) -> Vec<(u32, String)> {
    read(text)
        .1
        .into_iter()
        .map(|finding| {
            assert_eq!(finding.lint, TABLE_SYNTAX);
            (finding.primary.location.line, finding.headline)
        })
        .collect()
}

#[test]
fn the_header_is_understood() {
    let (table, findings) = read(SMALL);
    assert!(findings.is_empty(), "{findings:?}");
    assert_eq!(table.title(), Some("small"));
    let terms: Vec<String> = table.kconfig().iter().map(Term::to_string).collect();
    assert_eq!(terms, ["HAS_SMALL", "!HAS_BIG"]);
    assert_eq!(
        table.description().as_deref(),
        Some("arch is small and proud of it")
    );
    let (_, location) = table.kconfig_lines().nth(1).unwrap();
    assert_eq!((location.line, location.column), (4, 26));
    assert_eq!(
        &SMALL[location.start as usize..location.end as usize],
        "!HAS_BIG"
    );
}

#[test]
fn rows_have_their_places() {
    let (table, _) = read(SMALL);
    let row = table.row("x86").unwrap();
    assert_eq!(row.status, Status::Supported);
    assert_eq!(row.location.to_string(), format!("{PATH}:17"));
    let slice = |location: &Location| &SMALL[location.start as usize..location.end as usize];
    assert_eq!(slice(&row.location), "|         x86: |  ok  |");
    assert_eq!(slice(&row.arch_location), "x86");
    assert_eq!(slice(&row.status_location), "ok");
    assert_eq!(row.arch_location.column, 15);
}

#[test]
fn unknown_repeated_and_misplaced_rows_are_kept_and_shown() {
    let (table, _) = read(SMALL);
    assert_eq!(
        table.row("um").unwrap().status,
        Status::Other("maybe".into())
    );
    assert_eq!(table.row("arc").unwrap().status, Status::Supported);
    let repeated: Vec<u32> = table
        .repeated_rows()
        .iter()
        .map(|row| row.location.line)
        .collect();
    assert_eq!(repeated, [19]);
    let misplaced: Vec<&str> = table
        .misplaced_rows()
        .iter()
        .map(|row| row.arch.as_str())
        .collect();
    assert_eq!(misplaced, ["um", "arc"]);
}

#[test]
fn of_misplaced_rows_the_fewest_have_to_move() {
    let misplaced = |names: &str| {
        let rows: String = names
            .split(' ')
            .map(|name| format!("    |{name:>12}: | TODO |\n"))
            .collect();
        let line = "    -----------------------\n";
        let text = format!("#\n{line}    |         arch |status|\n{line}{rows}{line}");
        let table = read(&text).0;
        let names: Vec<String> = table
            .misplaced_rows()
            .iter()
            .map(|row| row.arch.clone())
            .collect();
        names.join(" ")
    };
    for (rows, moves) in [
        ("alpha arc arm um x86", ""),
        ("um alpha arc arm x86", "um"),
        ("x86 um alpha arc arm", "x86 um"),
        ("alpha arm um x86 arc", "arc"),
        ("alpha arm arc um x86", "arc"),
        ("alpha um arc arm um x86", "um"),
        ("arc arc um", ""),
    ] {
        assert_eq!(misplaced(rows), moves, "{rows}");
    }
}

#[test]
fn a_table_alone_is_a_feature() {
    let spec = read(SMALL).0.to_spec().unwrap();
    assert_eq!(&*spec.name, "small-thing");
    assert_eq!(&*spec.title, "small");
    assert_eq!(spec.kconfig.len(), 2);
    assert_eq!(&*spec.description, "arch is small and proud of it");
    assert_eq!(spec.table_path(), PATH);
    assert!(spec.hooks.is_empty());
}

#[test]
fn a_table_without_a_condition_or_at_an_odd_path_is_no_feature() {
    assert!(
        Table::parse("Documentation/features/arch-support.txt", SMALL)
            .0
            .to_spec()
            .is_none()
    );
    assert!(
        Table::parse("somewhere/else.txt", SMALL)
            .0
            .to_spec()
            .is_none()
    );
    assert!(read("# Feature name: x\n").0.to_spec().is_none());
    assert!(Table::is_table_path(PATH));
    assert!(!Table::is_table_path(
        "Documentation/features/arch-support.txt"
    ));
    assert!(!Table::is_table_path("Documentation/features/vm/x/README"));
}

#[test]
fn malformed_lines_are_reported_where_they_stand() {
    let malformed = "line is not part of an `arch-support.txt` table".to_owned();
    for line in [
        "    |         x86: |  ok  |  # why",
        "    |         x86  |  ok  |",
        "    |         x86: | not yet |",
        "    |         x86: |      |",
        "    |         x86: |  ok  | ok |",
        "    |            : |  ok  |",
        "just words",
        "|",
        "||",
    ] {
        let text = SMALL.replace("    |         x86: |  ok  |", line);
        assert_eq!(findings(&text), [(17, malformed.clone())], "{line}");
    }
}

#[test]
fn what_the_documentation_reads_is_read() {
    for line in [
        "|x86:|ok|",
        "\t|\tx86:\t|\tok\t|  ",
        "    |         x86: |  ok  |\r",
        "    ---",
        "",
    ] {
        let text = SMALL.replace("    |         x86: |  ok  |", line);
        assert_eq!(findings(&text), [], "{line}");
    }
}

#[test]
fn a_condition_that_is_none_is_reported() {
    let text = SMALL.replace("!HAS_BIG", "HAS_BIG && HAS_FAT");
    assert_eq!(
        findings(&text),
        [(
            4,
            "`Kconfig:` line of a table contains something other than symbols and `!SYMBOL`"
                .to_owned()
        )]
    );
    assert_eq!(read(&text).0.kconfig().len(), 1);
}

#[test]
fn missing_parts_are_reported() {
    let headlines: Vec<String> = findings("").into_iter().map(|(_, text)| text).collect();
    assert_eq!(
        headlines,
        [
            "table has no `Feature name:` line",
            "table has no `Kconfig:` line with a symbol",
            "table has no `description:` line with a text",
            "table has no row of an architecture",
        ]
    );
    let text = SMALL.replace("HAS_SMALL", "").replace("!HAS_BIG", "");
    assert_eq!(
        findings(&text),
        [(1, "table has no `Kconfig:` line with a symbol".to_owned())]
    );
}

/// Text that looks much like a table.
fn nearly_a_table() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("#".to_owned()),
        Just("# Feature name:".to_owned()),
        Just("#         Kconfig:       ".to_owned()),
        Just("#         description:   ".to_owned()),
        Just("    |         arch |status|".to_owned()),
        Just("    |".to_owned()),
        Just("---".to_owned()),
        Just("\n".to_owned()),
        Just("\r\n".to_owned()),
        Just("\t".to_owned()),
        "[ a-zA-Z0-9:|.!/_-]{0,12}",
        "(?s).{0,3}",
    ];
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_text_is_written_back_as_it_was_read(text in "(?s).{0,400}") {
        prop_assert_eq!(read(&text).0.to_string(), text);
    }

    #[test]
    fn any_nearly_table_is_written_back_as_it_was_read(text in nearly_a_table()) {
        let (table, findings) = read(&text);
        prop_assert_eq!(table.to_string(), &*text);
        let _ = table.to_spec();
        for location in table
            .lines()
            .iter()
            .map(|line| &line.location)
            .chain(findings.iter().map(|finding| &finding.primary.location))
            .chain(table.rows().flat_map(|row| [&row.location, &row.arch_location, &row.status_location]))
        {
            prop_assert!(text.get(location.start as usize..location.end as usize).is_some());
        }
        for row in table.rows() {
            let at = |place: &Location| &text[place.start as usize..place.end as usize];
            prop_assert_eq!(at(&row.arch_location), &row.arch);
            prop_assert_eq!(at(&row.status_location), row.status.word());
            let exact = Location::in_text(PATH.into(), text.as_bytes(), row.location.start, row.location.end);
            prop_assert_eq!(&exact, &row.location);
        }
    }

    #[test]
    fn a_written_row_is_read_back(arch in "[a-z0-9_]{1,20}", word in "[a-zA-Z/.]{1,9}") {
        let status = Status::of_word(&word);
        let text = write::row(&arch, &status);
        let (table, _) = read(&text);
        let rows: Vec<&Row> = table.rows().collect();
        prop_assert_eq!(rows.len(), 1);
        prop_assert_eq!((&rows[0].arch, &rows[0].status), (&arch, &status));
    }
}
