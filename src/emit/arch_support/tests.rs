//! Tests of making tables.

use proptest::prelude::*;

use super::*;
use crate::feature::builtin;

const PATH: &str = "Documentation/features/vm/lazy_mmu/arch-support.txt";

const ARCHITECTURES: [&str; 6] = ["arm64", "microblaze", "powerpc", "sparc", "um", "x86"];

fn architectures() -> Vec<String> {
    ARCHITECTURES.iter().map(|&arch| arch.to_owned()).collect()
}

fn verdict(arch: &str) -> Cell {
    match arch {
        "arm64" | "powerpc" | "sparc" | "x86" => Cell::Supported,
        _ => Cell::NotSupported,
    }
}

fn spec() -> &'static Spec {
    builtin::find("lazy_mmu").unwrap()
}

fn table(text: &str) -> Table {
    Table::parse(PATH, text).0
}

/// The table with the verdicts above.
fn emitted(existing: Option<&[u8]>, arches: Arches) -> NewTable {
    let existing = existing.map(|bytes| Table::parse(PATH, bytes).0);
    arch_support(
        spec(),
        &architectures(),
        &verdict,
        existing.as_ref(),
        arches,
    )
}

/// The same as text, whether something is lost or not.
fn emit(existing: Option<&str>, arches: Arches) -> String {
    text(emitted(existing.map(str::as_bytes), arches))
}

fn text(table: NewTable) -> String {
    String::from_utf8(table.bytes).unwrap()
}

const SUPPORTED: &str = "\
#
# Feature name:          lazy_mmu mode
#         Kconfig:       ARCH_HAS_LAZY_MMU_MODE
#         description:   arch supports arch_{enter|flush|leave}_lazy_mmu_mode()
#
    -----------------------
    |         arch |status|
    -----------------------
    |       arm64: |  ok  |
    |     powerpc: |  ok  |
    |       sparc: |  ok  |
    |         x86: |  ok  |
    -----------------------
";

const FULL: &str = "\
#
# Feature name:          lazy_mmu mode
#         Kconfig:       ARCH_HAS_LAZY_MMU_MODE
#         description:   arch supports arch_{enter|flush|leave}_lazy_mmu_mode()
#
    -----------------------
    |         arch |status|
    -----------------------
    |       arm64: |  ok  |
    |  microblaze: | TODO |
    |     powerpc: |  ok  |
    |       sparc: |  ok  |
    |          um: | TODO |
    |         x86: |  ok  |
    -----------------------
";

#[test]
fn the_supporting_architectures_alone() {
    assert_eq!(emit(None, Arches::Supported), SUPPORTED);
}

#[test]
fn all_architectures_in_order_whatever_their_order_was() {
    assert_eq!(emit(None, Arches::All), FULL);
    let mut names = architectures();
    names.reverse();
    names.push("x86".to_owned());
    assert_eq!(
        text(arch_support(spec(), &names, &verdict, None, Arches::All)),
        FULL
    );
}

#[test]
fn a_table_that_is_right_stays_as_it_is() {
    assert_eq!(emit(Some(FULL), Arches::All), FULL);
    assert_eq!(emit(Some(SUPPORTED), Arches::Supported), SUPPORTED);
    assert_eq!(emit(Some(SUPPORTED), Arches::All), FULL);
    assert_eq!(emit(Some(FULL), Arches::Supported), SUPPORTED);
}

#[test]
fn what_people_wrote_stays() {
    let prose = FULL
        .replace(
            "#\n    ---",
            "#\n# The MMU of microblaze is filled by software:\n#   there is nothing to collect\n#\n    ---",
        )
        .replace("lazy_mmu mode\n", "lazy MMU mode\n")
        .replace("microblaze: | TODO |", "microblaze: |  ..  |")
        .replace("um: | TODO |", "um: | N/A  |")
        .replace("    |     powerpc", "# only Book3S\n    |     powerpc")
        + "# below the table\n";
    assert_eq!(emit(Some(&prose), Arches::All), prose);
}

#[test]
fn a_proven_support_overrides_every_status() {
    for word in [" TODO ", "  ..  ", "  N/A ", " what "] {
        let old = FULL.replace("x86: |  ok  |", &format!("x86: |{word}|"));
        assert_ne!(old, FULL);
        assert_eq!(emit(Some(&old), Arches::All), FULL, "{word}");
    }
}

#[test]
fn without_support_only_statements_about_hardware_stay() {
    for (old, new) in [
        ("  ok  ", " TODO "),
        (" what ", " TODO "),
        ("  ..  ", "  ..  "),
        ("  N/A ", "  N/A "),
    ] {
        let row = |word: &str| FULL.replace("um: | TODO |", &format!("um: |{word}|"));
        assert_eq!(emit(Some(&row(old)), Arches::All), row(new), "{old}");
    }
}

#[test]
fn an_undecided_architecture_keeps_its_row() {
    let undecided = |existing: Option<&str>, arches| {
        let existing = existing.map(table);
        text(arch_support(
            spec(),
            &architectures(),
            &|_| Cell::Undecided,
            existing.as_ref(),
            arches,
        ))
    };
    assert_eq!(undecided(Some(FULL), Arches::All), FULL);
    assert_eq!(undecided(Some(FULL), Arches::Supported), SUPPORTED);
    let odd = FULL.replace("um: | TODO |", "um: | what |");
    assert_eq!(undecided(Some(&odd), Arches::All), odd);
    assert_eq!(
        undecided(None, Arches::All),
        FULL.replace("  ok  ", " TODO ")
    );
}

#[test]
fn rows_that_are_wrong_in_form_are_mended() {
    for (from, to) in [
        ("    |         x86: |  ok  |\n", "|x86:|ok|\n"),
        (
            "    |         x86: |  ok  |\n",
            "    |         x86  |  ok  |\n",
        ),
        (
            "    |         x86: |  ok  |\n",
            "    |         x86: |  ok  |\n    |         x86: |  ok  |\n",
        ),
        (
            "    |         x86: |  ok  |\n",
            "    |         x86: |  ok  |\n    |        ia64: |  ok  |\n",
        ),
        (
            "    |       arm64: |  ok  |\n    |  microblaze: | TODO |\n",
            "    |  microblaze: | TODO |\n    |       arm64: |  ok  |\n",
        ),
        ("    -----------------------\n", "    ---\n"),
        ("    |         arch |status|\n", ""),
        ("|  ok  |\n", "|  ok  |  \n"),
    ] {
        let old = FULL.replace(from, to);
        assert_ne!(old, FULL);
        let new = emitted(Some(old.as_bytes()), Arches::All);
        assert_eq!(new.loss, None, "{to}");
        assert_eq!(text(new), FULL, "{to}");
    }
    assert_eq!(emit(Some(FULL.trim_end()), Arches::All), FULL);
}

#[test]
fn bytes_outside_of_the_rows_stay() {
    let wrong = FULL.replace("x86: |  ok  |", "x86: | TODO |");
    let windows = FULL.replace('\n', "\r\n");
    let old = wrong.replace('\n', "\r\n");
    assert_eq!(emit(Some(&windows), Arches::All), windows);
    assert_eq!(emit(Some(&old), Arches::All), windows);
    // A letter that is not UTF-8, in a comment, in the header and above a row.
    let latin = |text: &str| {
        text.replace("collect", "c@llect")
            .replace("lazy_mmu mode", "l@zy_mmu mode")
            .replace("    |       sparc", "# sp@rc\n    |       sparc")
            .into_bytes()
            .into_iter()
            .map(|byte| if byte == b'@' { 0xe9 } else { byte })
            .collect::<Vec<u8>>()
    };
    let new = emitted(Some(&latin(&wrong)), Arches::All);
    assert_eq!(new.loss, None);
    assert_eq!(new.bytes, latin(FULL));
}

#[test]
fn an_architecture_that_no_row_can_name_is_told() {
    let names = ["x86".to_owned(), "a: | ok |\n# b".to_owned()];
    let new = arch_support(spec(), &names, &verdict, None, Arches::All);
    let reason = "no row can hold the name of `arch/a: | ok |\n# b`";
    assert_eq!(new.loss.as_deref(), Some(reason));
    assert!(!text(new).contains("# b"));
}

#[test]
fn what_cannot_be_kept_is_told() {
    let loss = |old: &[u8]| emitted(Some(old), Arches::All).loss.unwrap_or_default();
    let row = "    |         x86: |  ok  |\n";
    let with = |other: &str| FULL.replace(row, other);
    for (old, reason) in [
        (
            with("    |         x86: |  ok  | # why\n"),
            "line 14 begins like a row, but is not one",
        ),
        (
            with("    |\0        x86: |  ok  |\n"),
            "line 14 has the control character U+0000",
        ),
        (
            FULL.replace('\n', "\r"),
            "line 1 has the control character U+000D",
        ),
        (
            with(&format!("<<<<<<< HEAD\n{row}=======\n{row}>>>>>>> x\n")),
            "line 14 is the mark of a merge conflict",
        ),
        (
            with(&format!("||||||| base\n{row}")),
            "line 14 is the mark of a merge conflict",
        ),
        (
            format!("{FULL}# Feature name:          another\n"),
            "line 16 is part of a header, and has no place in the new one",
        ),
        (
            format!("{FULL}#         Kconfig:       A && B\n"),
            "line 16 is part of a header, and has no place in the new one",
        ),
    ] {
        assert_eq!(loss(old.as_bytes()), reason);
    }
    // A table twice says nothing twice.
    assert_eq!(loss(FULL.repeat(2).as_bytes()), "");
    let mut old = FULL.as_bytes().to_vec();
    let at = FULL.find("x86").unwrap();
    old[at] = 0xff;
    assert_eq!(loss(&old), "line 14 is a row that is not valid UTF-8");
    // Without its name the header is made anew, and the text of the description with it.
    let old = FULL.replace("# Feature name:          lazy_mmu mode\n", "");
    assert_eq!(loss(old.as_bytes()), "");
    let mut old = old.into_bytes();
    let at = old.windows(4).position(|part| part == b"arch").unwrap();
    old[at] = 0xff;
    assert_eq!(
        loss(&old),
        "line 3 is part of a header, and has no place in the new one"
    );
}

#[test]
fn the_conditions_are_those_of_the_spec() {
    let old = FULL.replace(
        "#         Kconfig:       ARCH_HAS_LAZY_MMU_MODE\n",
        "#         Kconfig:       OLD_NAME\n#         Kconfig:       OTHER_NAME\n",
    );
    assert_eq!(emit(Some(&old), Arches::All), FULL);
}

#[test]
fn a_header_that_lacks_a_part_is_completed() {
    for line in FULL.lines().skip(1).take(3) {
        let old = FULL.replace(&format!("{line}\n"), "");
        assert_ne!(old, FULL);
        assert_eq!(emit(Some(&old), Arches::All), FULL, "{line}");
    }
    assert_eq!(emit(Some(""), Arches::All), FULL);
    let prose = emit(Some("#\n# only prose\n#\n"), Arches::All);
    assert_eq!(
        prose,
        FULL.replace("#\n    --", "#\n# only prose\n#\n    --")
    );
}

#[test]
fn a_header_line_between_the_rows_moves_up_or_goes() {
    let kconfig = "#         Kconfig:       ARCH_HAS_LAZY_MMU_MODE\n";
    let below = FULL.replace(kconfig, "") + kconfig;
    assert_eq!(emit(Some(&below), Arches::All), FULL);
    let other = FULL.replace(
        "    |         x86",
        "#         Kconfig:       OTHER\n    |         x86",
    );
    assert_eq!(emit(Some(&other), Arches::All), FULL);
}

#[test]
fn lines_above_a_row_that_goes_are_kept() {
    let old = FULL.replace(
        "    |         x86",
        "# about ia64\n    |        ia64: |  ok  |\n    |         x86",
    );
    let kept = FULL.replace("x86: |  ok  |\n", "x86: |  ok  |\n# about ia64\n");
    assert_eq!(emit(Some(&old), Arches::All), kept);
    assert_eq!(emit(Some(&kept), Arches::All), kept);
}

proptest! {
    /// Whatever stood there: what comes out is well formed as far as it is ours, and making it again changes nothing.
    #[test]
    fn making_a_table_twice_is_making_it_once(
        pieces in prop::collection::vec(
            prop_oneof![
                Just("#\n".to_owned()),
                Just("# Feature name:          x\n".to_owned()),
                Just("#         Kconfig:       OTHER\n".to_owned()),
                Just("#         description:   y\n".to_owned()),
                Just("#                        z\n".to_owned()),
                Just(write::SEPARATOR.to_owned()),
                Just(write::TITLE.to_owned()),
                Just("\n".to_owned()),
                Just("prose\n".to_owned()),
                "    \\|       (arm64|x86|ia64): \\| (TODO| ok | \\.\\. |N/A ) \\|\n",
                "# [a-z]{1,5}\n",
                "\\|[a-z|:]{0,6}\n",
            ],
            0..20,
        ),
    ) {
        let once = emit(Some(&pieces.concat()), Arches::All);
        prop_assert_eq!(&emit(Some(&once), Arches::All), &once);
        let made = table(&once);
        prop_assert_eq!(made.rows().count(), ARCHITECTURES.len());
        prop_assert!(made.repeated_rows().is_empty() && made.misplaced_rows().is_empty());
        prop_assert_eq!(made.kconfig(), spec().kconfig.clone());
    }
}
