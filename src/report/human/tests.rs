//! Tests of the format `human`: what it looks like, and that no input makes it panic or steers a terminal.

use proptest::prelude::*;
use snapbox::{assert_data_eq, str};

use super::*;
use crate::check::reported::Reported;
use crate::check::support::verdict::{Evidence, Role};
use crate::diag::{Diagnostic, Label, Location, Text};
use crate::report::Report;

const KCONFIG: &str =
    "config ONE\n\tdef_bool y\n\tselect ARCH_HAS_QUIET if MMU\n\nconfig MMU\n\tdef_bool y\n";
const HEADER: &str = "/* nothing here */\n";

fn source(_: &Reported, path: &str) -> Option<Text> {
    text_of(path).map(Text::new)
}

fn text_of(path: &str) -> Option<String> {
    match path {
        "arch/one/Kconfig" => Some(KCONFIG.to_owned()),
        "arch/one/include/asm/pgtable.h" => Some(HEADER.to_owned()),
        _ => None,
    }
}

/// The place of `needle` in the text of `path`.
fn at(path: &str, needle: &str) -> Location {
    let text = text_of(path).unwrap();
    let start = text.find(needle).unwrap();
    let end = start + needle.len();
    Location::in_text(path.into(), text.as_bytes(), start as u32, end as u32)
}

fn findings() -> Vec<Reported> {
    Reported::all(vec![
        Diagnostic::new(
            "select-without-hook",
            Level::Deny,
            "`ARCH_HAS_QUIET` is selected, but `one` has none of its hooks",
            Label::new(at("arch/one/Kconfig", "ARCH_HAS_QUIET"), "selected here"),
        )
        .with_secondary(Label::new(
            at("arch/one/Kconfig", "config MMU"),
            "the condition",
        ))
        .with_secondary(Label::new(
            Location::file("arch/one/include/asm/pgtable.h"),
            "no hook in this file or in those that it includes",
        ))
        .with_arch("one")
        .with_note("a configuration that shows it:\nCONFIG_ONE=y\nCONFIG_MMU=y")
        .with_help("remove the `select`"),
        Diagnostic::new(
            "retired-marker",
            Level::Warn,
            "`HAVE_QUIET` is retired",
            Label::new(
                Location {
                    path: "arch/two/gone.h".into(),
                    line: 7,
                    column: 9,
                    start: 90,
                    end: 100,
                },
                "defined here",
            ),
        ),
    ])
}

fn evidence(role: Role, symbol: &str, condition: Option<&str>, path: &str, line: u32) -> Evidence {
    Evidence {
        role,
        symbol: symbol.to_owned(),
        condition: condition.map(str::to_owned),
        location: Location {
            line,
            ..Location::file(path)
        },
        note: None,
    }
}

fn verdict(arch: &str, supported: Supported) -> Verdict {
    Verdict {
        feature: "quiet".to_owned(),
        arch: arch.to_owned(),
        supported,
        condition: None,
        reason: None,
        evidence: Vec::new(),
    }
}

fn verdicts() -> Vec<Verdict> {
    let text_only = "the conditions of select and hook were compared as text only";
    let mut verdicts = vec![
        verdict("one", Supported::Yes),
        verdict("two", Supported::Yes),
        verdict("three", Supported::Undecided),
    ];
    verdicts[0].evidence = vec![
        evidence(Role::Select, "ONE", None, "arch/one/Kconfig", 3),
        evidence(
            Role::Hook,
            "arch_enter_quiet",
            None,
            "arch/one/include/asm/pgtable.h",
            40,
        ),
    ];
    verdicts[1].condition = Some("TWO_64BIT".to_owned());
    verdicts[1].reason = Some(text_only.to_owned());
    verdicts[1].evidence = vec![
        evidence(
            Role::Select,
            "TWO_64BIT",
            Some("MMU"),
            "arch/two/Kconfig",
            12,
        ),
        evidence(
            Role::Hook,
            "arch_enter_quiet",
            Some(
                "defined(CONFIG_TWO_64BIT) && !defined(CONFIG_TWO_TINY) && !defined(__ASSEMBLY__)",
            ),
            "arch/two/include/asm/pgtable.h",
            8,
        ),
    ];
    verdicts[2].condition =
        Some("A_LONG_SYMBOL && ANOTHER_LONG_SYMBOL || THE_THIRD_OF_THEM".to_owned());
    verdicts[2].reason = Some(text_only.to_owned());
    for number in 4..22 {
        let mut other = verdict(&format!("other{number}"), Supported::No);
        other.evidence = vec![evidence(
            Role::Declaration,
            "ARCH_HAS_QUIET",
            None,
            "mm/Kconfig",
            5,
        )];
        verdicts.push(other);
    }
    verdicts
}

fn text(findings: &[Reported], verdicts: &[Verdict], options: Options) -> String {
    render(
        &Report {
            findings,
            verdicts,
            ..Report::default()
        },
        &source,
        &options,
    )
}

#[test]
fn findings_are_snippets_and_a_lost_file_costs_only_the_snippet() {
    assert_data_eq!(
        text(&findings(), &[], Options::default()),
        str![[r#"
error[select-without-hook]: `ARCH_HAS_QUIET` is selected, but `one` has none of its hooks
 --> arch/one/Kconfig:3:9
  |
3 |     select ARCH_HAS_QUIET if MMU
  |            ^^^^^^^^^^^^^^ selected here
4 |
5 | config MMU
  | ---------- the condition
 ::: arch/one/include/asm/pgtable.h
  = note: no hook in this file or in those that it includes
  = arch: one
  = note: a configuration that shows it:
          CONFIG_ONE=y
          CONFIG_MMU=y
  = help: remove the `select`

warning[retired-marker]: `HAVE_QUIET` is retired
--> arch/two/gone.h:7:9
 = note: defined here

1 error, 1 warning

"#]]
    );
}

#[test]
fn supporting_architectures_are_a_table_and_the_others_a_sentence() {
    assert_data_eq!(
        text(&[], &verdicts(), Options::default()),
        str![[r#"
quiet
  arch   supported  condition         where
  one    yes        always            arch/one/Kconfig:3
         select     ONE               arch/one/Kconfig:3
         hook       arch_enter_quiet  arch/one/include/asm/pgtable.h:40
  two    yes        TWO_64BIT         arch/two/Kconfig:12
         select     TWO_64BIT         arch/two/Kconfig:12  if MMU
         hook       arch_enter_quiet  arch/two/include/asm/pgtable.h:8
                    if defined(CONFIG_TWO_64BIT) && !defined(CONFIG_TWO_TINY) &&
                      !defined(__ASSEMBLY__)
  three  undecided
                    A_LONG_SYMBOL && ANOTHER_LONG_SYMBOL || THE_THIRD_OF_THEM
  no: other4, other5, other6, other7, other8, other9, other10, other11, other12, other13, other14,
      other15, other16, other17, other18, other19, other20, other21
  note: the conditions of select and hook were compared as text only (two, three)

no findings; quiet on 2 of 21 architectures, 1 undecided

"#]]
    );
}

#[test]
fn verbose_shows_every_architecture() {
    let options = Options {
        verbose: true,
        ..Options::default()
    };
    let brief = text(&[], &verdicts(), Options::default());
    let verbose = text(&[], &verdicts(), options);
    assert!(!brief.contains("mm/Kconfig:5"), "{brief}");
    assert_eq!(verbose.matches("declaration").count(), 18, "{verbose}");
    assert!(!verbose.contains("no: "), "{verbose}");
}

/// A report on the feature `quiet` with its findings and on others without any, or that nobody could decide.
fn several() -> (Vec<Reported>, Vec<Verdict>) {
    let mut findings = findings();
    findings[0].feature = Some("quiet".to_owned());
    let mut verdicts = verdicts();
    for (name, supported) in [
        ("calm", Supported::Yes),
        ("loud", Supported::Undecided),
        ("still", Supported::No),
    ] {
        for arch in ["one", "two"] {
            let mut verdict = verdict(arch, supported);
            name.clone_into(&mut verdict.feature);
            verdicts.push(verdict);
        }
    }
    (findings, verdicts)
}

#[test]
fn of_several_features_only_those_with_findings_have_a_line() {
    let (findings, verdicts) = several();
    let report = |findings| Report {
        findings,
        verdicts: &verdicts,
        features: crate::report::OfFeatures {
            is_contract_checked: true,
            skipped: 5,
        },
        ..Report::default()
    };
    let shown = render(&report(&findings[..1]), &source, &Options::default());
    let (_, end) = shown.split_once("remove the `select`\n\n").unwrap();
    assert_data_eq!(
        end,
        str![[r#"
features with findings (`--feature NAME` shows the verdicts of one, `-v` those of all)
  quiet  on 2 of 21 architectures  1 error
undecided: quiet (three), loud (all architectures)
  note: the conditions of select and hook were compared as text only (three)
contract undecided: quiet (two)
  note: the conditions of select and hook were compared as text only (two)

1 error in 1 of 4 features; 2 features keep their contract; 2 undecided; 1 with an undecided contract; 5 not in this tree

"#]]
    );
    let shown = render(&report(&findings), &source, &Options::default());
    let end = "1 error, 1 warning, 1 of 4 features affected; 2 features keep their contract; 2 undecided; 1 with an undecided contract; 5 not in this tree\n";
    assert!(shown.ends_with(end), "{shown}");

    // With `--verbose` all verdicts are shown, with the same summary.
    let verbose = Options {
        verbose: true,
        ..Options::default()
    };
    let shown = render(&report(&findings), &source, &verbose);
    assert!(shown.contains("\nstill\n  arch  supported"), "{shown}");
    assert!(shown.ends_with(end), "{shown}");
}

#[test]
fn a_feature_keeps_its_contract_only_where_that_was_checked() {
    let (findings, verdicts) = several();
    let report = Report {
        verdicts: &verdicts,
        suppressed: &findings,
        ..Report::default()
    };
    let shown = render(&report, &source, &Options::default());
    let end = "\n\nno findings, 2 suppressed; 2 features without findings; 2 undecided; 1 with an undecided contract\n";
    assert!(shown.ends_with(end), "{shown}");
}

#[test]
fn very_many_notes_are_counted_unless_they_are_of_one_lint() {
    let note = |lint| {
        let label = Label::new(Location::file("Kconfig"), "");
        Reported::from(Diagnostic::new(lint, Level::Note, "small", label))
    };
    let mut notes: Vec<Reported> = vec![note("a-lint"); 210];
    let all = text(&notes, &[], Options::default());
    assert_eq!(all.matches("note[a-lint]").count(), 210);
    notes.push(note("another-lint"));
    notes.extend(findings());
    let counted = text(&notes, &[], Options::default());
    assert_eq!(counted.matches("note[").count(), 0, "{counted}");
    assert!(counted.contains("error[select-without-hook]"), "{counted}");
    assert_data_eq!(
        counted.split_once("= note: defined here\n\n").unwrap().1,
        str![[r#"
211 notes, not shown (`-v` shows all)
  210  a-lint        kfeat check --select a-lint
    1  another-lint  kfeat check --select another-lint

1 error, 1 warning, 211 notes

"#]]
    );
    let verbose = Options {
        verbose: true,
        ..Options::default()
    };
    assert_eq!(text(&notes, &[], verbose).matches("note[").count(), 211);
}

#[test]
fn colour_changes_nothing_but_the_escape_sequences() {
    let color = Options {
        color: true,
        ..Options::default()
    };
    let styled = text(&findings(), &verdicts(), color);
    assert!(styled.contains("\u{1b}["));
    let plain = anstream::adapter::strip_str(&styled).to_string();
    let trimmed: Vec<&str> = plain.lines().map(str::trim_end).collect();
    let expected = text(&findings(), &verdicts(), Options::default());
    assert_eq!(trimmed.join("\n"), expected.trim_end());
}

#[test]
fn one_tree_without_verdicts_and_findings_has_a_summary() {
    assert_eq!(text(&[], &[], Options::default()), "no findings\n");
    let all = [verdict("one", Supported::No)];
    assert_eq!(
        text(&[], &all, Options::default()),
        "quiet\n  no: one\n\nno findings; quiet on 0 of 1 architecture\n"
    );
}

#[test]
fn a_long_line_is_cut_around_the_place() {
    let long = format!("{}BAD{}", "x ".repeat(500_000), "y ".repeat(500_000));
    let start = long.find("BAD").unwrap() as u32;
    let place = Location::in_text("long".into(), long.as_bytes(), start, start + 3);
    let finding = [Reported::from(Diagnostic::new(
        "a-lint",
        Level::Deny,
        "bad",
        Label::new(place, "here"),
    ))];
    let report = Report {
        findings: &finding,
        verdicts: &[],
        ..Report::default()
    };
    let shown = render(
        &report,
        &|_, _| Some(Text::new(long.clone())),
        &Options::default(),
    );
    assert!(shown.lines().all(|line| line.len() < 130), "{shown}");
    assert!(shown.contains("BAD") && shown.contains("..."), "{shown}");
}

/// Source text with everything that is awkward to show.
fn awkward() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[ -~]{0,12}",
        2 => Just("\n".to_owned()),
        1 => Just("\t".to_owned()),
        1 => Just("\r\n".to_owned()),
        1 => "[\u{0}-\u{1f}\u{7f}-\u{9f}]{1,3}",
        1 => Just("\u{1b}[31m\u{1b}]8;;x\u{7}".to_owned()),
        1 => "[\u{e9}\u{4e2d}\u{1f600}\u{301}\u{200d}\u{202e}\u{feff}]{1,3}",
        1 => any::<String>(),
    ];
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

/// A label somewhere in a text or past its end, also on half a character; its line and column fit or are nonsense.
fn label(text: String) -> impl Strategy<Value = Label> {
    let length = text.len() as u32;
    let path =
        prop_oneof![3 => Just("a"), 1 => Just("b"), 1 => Just("gone"), 1 => Just("\u{1b}[2J")];
    (
        path,
        0..=length + 3,
        0..=length + 3,
        any::<bool>(),
        awkward(),
    )
        .prop_map(move |(path, start, end, nonsense, words)| {
            let location = if nonsense {
                Location {
                    path: path.into(),
                    line: end,
                    column: start,
                    start: end,
                    end: start,
                }
            } else {
                Location::in_text(path.into(), text.as_bytes(), start, end)
            };
            Label::new(location, words)
        })
}

/// A text and a finding in it.
fn case() -> impl Strategy<Value = (String, Reported)> {
    awkward().prop_flat_map(|text| {
        let labels = prop::collection::vec(label(text.clone()), 1..5);
        (
            Just(text),
            labels,
            awkward(),
            prop::collection::vec(awkward(), 0..3),
        )
            .prop_map(|(text, mut labels, headline, words)| {
                let primary = labels.remove(0);
                let mut finding = Diagnostic::new("a-lint", Level::Deny, headline, primary);
                finding.secondary = labels;
                finding.help = words.first().cloned();
                finding.archs = words.clone();
                finding.notes = words;
                (text, finding.into())
            })
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1500))]

    #[test]
    fn no_finding_panics_or_steers_the_terminal((text, finding) in case(), width in 0usize..200) {
        let mut verdict = verdict(&finding.headline, Supported::Yes);
        verdict.condition = finding.help.clone();
        verdict.reason = finding.help.clone();
        verdict.evidence = vec![Evidence {
            role: Role::Hook,
            symbol: finding.headline.clone(),
            condition: finding.help.clone(),
            location: finding.primary.location.clone(),
            note: finding.help.clone(),
        }];
        let findings = [finding];
        let verdicts = [verdict];
        let report = Report { findings: &findings, verdicts: &verdicts, ..Report::default() };
        let source = |_: &Reported, path: &str| (path != "gone").then(|| Text::new(text.clone()));
        for color in [false, true] {
            let options = Options { color, width, ..Options::default() };
            let shown = render(&report, &source, &options);
            let plain = anstream::adapter::strip_str(&shown).to_string();
            let seen = if color { plain.as_str() } else { shown.as_str() };
            prop_assert!(
                seen.chars().all(|c| c == '\n' || !c.is_control()),
                "{seen:?}"
            );
            prop_assert!(!seen.contains(['\u{202e}', '\u{feff}', '\u{200d}']), "{seen:?}");
            prop_assert!(seen.contains("a-lint"));
            if color {
                // Every escape sequence is one of ours: colours only.
                for sequence in shown.split('\u{1b}').skip(1) {
                    let body = sequence.strip_prefix('[').and_then(|s| s.split_once('m'));
                    prop_assert!(
                        body.is_some_and(|(b, _)| b.chars().all(|c| c.is_ascii_digit() || c == ';')),
                        "{sequence:?}"
                    );
                }
            }
        }
        let line = crate::report::concise::render(&report);
        prop_assert_eq!(line.matches('\n').count(), 1);
        prop_assert!(line.trim_end_matches('\n').chars().all(|c| !c.is_control()));
        serde_json::from_str::<serde_json::Value>(&crate::report::json::render(&report))?;
    }
}
